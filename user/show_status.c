// SPDX-License-Identifier: GPL-2.0
/* xhop show status: is it fast, and if not, why not, and what to do. */
#include <string.h>
#include <sys/utsname.h>
#include "user/daemon_ask.h"
#include "user/remarks.h"
#include "user/routes.h"
#include "user/show.h"

#define TOP_REASONS 5

struct status {
	struct utsname uts;
	const struct set *set;
	struct xhop_port_counters sum;
	struct remarks remarks;
	struct routes_status routes;
	struct daemon_status daemon;
	__u64 seen, forwarded;
	int hops;
};

static json_t *remark_json(const struct remark *remark)
{
	return json_pack("{s:s, s:s, s:s, s:s, s:b}", "dev", remark->dev, "reason", remark->reason,
			 "text", remark->text, "fix", remark->fix, "closes",
			 remark->closes != CLOSES_NOTHING);
}

/* In one word: the ports' maps tell, or else the daemon itself. */
static const char *daemon_word(const struct status *status)
{
	const char *word = routes_state(&status->routes);
	const char *says = daemon_status_state(&status->daemon);

	if (status->routes.alive)
		return word;
	return says ? says : status->daemon.pid && !strcmp(word, "none") ? "silent" : word;
}

static long long daemon_number(const struct status *status, const char *name, long long is)
{
	return status->routes.there ? is : daemon_status_number(&status->daemon, name);
}

static int daemon_pid(const struct status *status)
{
	return status->daemon.pid ? status->daemon.pid : (int)status->routes.control.pid;
}

static void print_json(const struct show *show, const struct status *status)
{
	const struct routes_status *routes = &status->routes;
	const struct daemon_status *daemon = &status->daemon;
	json_t *remarks = json_array(), *object;

	for (int i = 0; i < status->remarks.count; i++)
		json_array_append_new(remarks, remark_json(&status->remarks.list[i]));
	object = json_pack(
		"{s:s, s:s, s:s, s:s, s:s?, s:I, s:I, s:i, s:b, s:s, s:i, s:i, s:I, s:I, s:I, s:I, "
		"s:I, s:I, s:o}",
		"version", XHOP_VERSION, "kernel", status->uts.release, "gate",
		remarks_gate(&status->remarks), "lookup", routes->there ? "maps" : "kernel",
		"lease",
		!routes->there	? NULL
		: routes->alive ? "held"
				: "expired",
		"routes4",
		(json_int_t)daemon_number(status, "routes4", routes->control.prefixes[0]),
		"routes6",
		(json_int_t)daemon_number(status, "routes6", routes->control.prefixes[1]), "hops",
		status->hops, "stale", routes->there && strcmp(routes_state(routes), "following"),
		"daemon", daemon_word(status), "pid", daemon_pid(status), "ports",
		status->set->count, "packets", (json_int_t)status->seen, "forwarded",
		(json_int_t)status->forwarded, "by_maps", (json_int_t)status->sum.maps,
		"static_routes", (json_int_t)daemon_status_number(daemon, "static_routes"),
		"static_neighbours", (json_int_t)daemon_status_number(daemon, "static_neighbours"),
		"hops_unresolved", (json_int_t)daemon_status_number(daemon, "hops_unresolved"),
		"remarks", remarks);
	out_object(show->options, object);
}

/* "0 packets forwarded: the gate is closed by ...": the answer a user needs. */
static void print_closers(const struct status *status)
{
	char scope[IFNAMSIZ + 2];
	bool first = true;

	if (!strcmp(remarks_gate(&status->remarks), "open"))
		return;
	printf("%sthe gate is %s by ",
	       status->forwarded ? "" : "0 packets forwarded: ", remarks_gate(&status->remarks));
	for (int i = 0; i < status->remarks.count; i++) {
		const struct remark *r = &status->remarks.list[i];

		if (!r->closes)
			continue;
		printf("%s%s%s", first ? "" : "; ", remark_scope(r, scope, sizeof(scope)), r->text);
		first = false;
	}
	puts("");
}

static void print_top_reasons(const struct status *status)
{
	bool printed[XHOP_REASON_COUNT] = {[XHOP_FORWARDED] = true};

	for (int n = 0; n < TOP_REASONS; n++) {
		int top = -1;

		for (int r = 0; r < XHOP_REASON_COUNT; r++) {
			if (!printed[r] && status->sum.reason[r] &&
			    (top < 0 || status->sum.reason[r] > status->sum.reason[top]))
				top = r;
		}
		if (top < 0)
			return;
		printf("%s%12llu  %s: %s\n", n ? "       " : "passed ",
		       (unsigned long long)status->sum.reason[top], reason_texts[top].word,
		       reason_texts[top].sentence);
		printed[top] = true;
	}
}

static void print_remarks(const struct status *status)
{
	char scope[IFNAMSIZ + 2];

	for (int i = 0; i < status->remarks.count; i++) {
		const struct remark *r = &status->remarks.list[i];

		printf("remark %s%s\n", remark_scope(r, scope, sizeof(scope)), r->text);
		if (*r->fix)
			printf("       %s\n", r->fix);
	}
}

/* No daemon, or one that does not renew its lease. */
static void print_dead(const struct status *status)
{
	const int pid = status->daemon.pid;

	if (pid)
		printf("the daemon, pid %d, hangs, its lease has expired: the kernel is asked for "
		       "every packet (kill -CONT %d if it is stopped, else kill it and xhop run)\n",
		       pid, pid);
	else
		printf("no daemon (%s): the kernel is asked for every packet (xhop run starts "
		       "it)\n",
		       status->routes.control.pid ? "it died or hangs, its lease has expired"
						  : "ended");
}

/* The daemon runs, but not a single port has its maps. */
static void print_without_ports(const struct status *status)
{
	const char *says = daemon_status_state(&status->daemon);

	if (!says)
		printf("the daemon, pid %d, does not answer\n", status->daemon.pid);
	else if (!strcmp(says, "starting") || !strcmp(says, "filling"))
		printf("the daemon, pid %d, is %s\n", status->daemon.pid,
		       *says == 's' ? "starting" : "filling its route maps");
	else
		printf("the daemon, pid %d, has %lld IPv4 and %lld IPv6 prefixes, but no port uses "
		       "its route maps\n",
		       status->daemon.pid, daemon_status_number(&status->daemon, "routes4"),
		       daemon_status_number(&status->daemon, "routes6"));
}

/* The daemon and its maps, if there are any. */
static void print_routes(const struct status *status)
{
	const struct routes_status *routes = &status->routes;

	if (!routes->there) {
		if (status->daemon.pid)
			print_without_ports(status);
	} else if (!routes->alive && daemon_status_state(&status->daemon)) {
		print_without_ports(status);
	} else if (!routes->alive) {
		print_dead(status);
	} else if (routes->control.state == XHOP_DAEMON_FOLLOWING) {
		printf("route maps in step with the kernel (daemon: pid %d): %llu IPv4 and %llu "
		       "IPv6 "
		       "prefixes; %.1f %% of the forwarded packets asked the maps alone\n",
		       daemon_pid(status), (unsigned long long)routes->control.prefixes[0],
		       (unsigned long long)routes->control.prefixes[1],
		       status->forwarded ? 100.0 * status->sum.maps / status->forwarded : 0.0);
	} else {
		printf("route maps are %s (daemon: pid %d): the kernel is asked for every packet "
		       "meanwhile\n",
		       routes_state(routes), daemon_pid(status));
	}
}

static void print_text(const struct status *status)
{
	printf("xhop " XHOP_VERSION " on Linux %s: %d port%s, %s lookups, gate %s, %d next hop%s\n",
	       status->uts.release, status->set->count, status->set->count == 1 ? "" : "s",
	       status->routes.there ? "maps" : "kernel", remarks_gate(&status->remarks),
	       status->hops, status->hops == 1 ? "" : "s");
	if (!status->set->count) {
		puts("Nothing is attached in this network namespace (xhop attach DEV...).");
		print_routes(status);
		return;
	}
	printf("%llu packets seen, %llu forwarded by XDP (%.1f %%), %llu passed to Linux\n",
	       (unsigned long long)status->seen, (unsigned long long)status->forwarded,
	       status->seen ? 100.0 * status->forwarded / status->seen : 0.0,
	       (unsigned long long)(status->seen - status->forwarded));
	print_routes(status);
	print_closers(status);
	print_top_reasons(status);
	print_remarks(status);
}

int show_status(const struct show *show, const struct set *set, const struct links *links)
{
	struct status status = {.set = set};
	struct set_hop *hops;
	int err;

	uname(&status.uts);
	err = show_sum(show, set, &status.sum);
	if (err)
		return err;
	status.forwarded = counters_forwarded(&status.sum);
	status.seen = status.forwarded + counters_passed(&status.sum);
	status.hops = set_hops(set, &hops);
	if (status.hops < 0)
		return status.hops;
	free(hops);
	routes_status_get(set, &status.routes);
	remarks_collect(set, links, &status.remarks);
	daemon_status_get(&status.daemon);
	daemon_status_remarks(&status.daemon, set, &status.remarks);
	if (show->options->json || show->options->pretty)
		print_json(show, &status);
	else
		print_text(&status);
	remarks_free(&status.remarks);
	daemon_status_free(&status.daemon);
	return 0;
}
