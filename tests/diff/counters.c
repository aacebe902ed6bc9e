/*
 * Are xhop's counters honest? What it says it forwarded must be the frames that came out and that
 * the stack never saw, and every packet must have ended in exactly one way.
 */
#include <jansson.h>
#include <stdlib.h>

#include "tests/diff/work.h"

struct counters {
	long long received, forwarded, passed, dropped, reasons;
};

static long long sum_field(const char *text, const char *name)
{
	json_t *list = json_loads(text, 0, NULL), *object;
	long long sum = 0;
	size_t i;

	if (!list)
		return -1;
	json_array_foreach (list, i, object)
		sum += json_integer_value(json_object_get(object, name));
	json_decref(list);
	return sum;
}

static int counters_read(struct lab *lab, const char *show, struct counters *c)
{
	int err = netns_sh(NULL, "%s -n %s -j show dev", show, lab->router.name);

	if (err)
		return err;
	c->received = sum_field(netns_output(), "rx_packets");
	c->forwarded = sum_field(netns_output(), "forwarded");
	c->passed = sum_field(netns_output(), "passed");
	c->dropped = sum_field(netns_output(), "dropped");
	err = netns_sh(NULL, "%s -n %s -j show reason", show, lab->router.name);
	if (!err)
		c->reasons = sum_field(netns_output(), "packets");
	return err;
}

void counters_check(const struct options *o, struct pair *p, const char *name, FILE *out)
{
	struct counters c = {0};
	bool right;

	if (!o->show)
		return;
	if (counters_read(&p->on, o->show, &c)) {
		fprintf(out, "not ok counters: %s\n", name);
		worker_comment(out, netns_output());
		return;
	}
	right = c.forwarded == p->taken && c.received == c.forwarded + c.passed + c.dropped &&
		c.reasons == c.received;
	fprintf(out, "%s counters: %s\n", right ? "ok" : "not ok", name);
	if (!right)
		fprintf(out,
			"# received %lld: forwarded %lld, passed %lld, dropped %lld; by reason "
			"%lld\n"
			"# came out without the stack having seen them: %u\n",
			c.received, c.forwarded, c.passed, c.dropped, c.reasons, p->taken);
}
