// SPDX-License-Identifier: GPL-2.0
/* How the daemon is: see daemon_ask.h. */
#include <bpf/bpf.h>
#include <errno.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include "user/control.h"
#include "user/daemon_ask.h"

#define STATUS_MS 1000 /* for `show`, which has the kernel's word for the rest */
#define MAPS_MS	  5000
#define AGAIN_MS  100

void daemon_status_get(struct daemon_status *status)
{
	status->says = client_try(json_pack("{s:s}", "do", "status"), STATUS_MS, &status->pid);
}

void daemon_status_free(struct daemon_status *status)
{
	json_decref(status->says);
	*status = (struct daemon_status){};
}

static const char *text(const struct daemon_status *status, const char *name)
{
	return json_string_value(json_object_get(status->says, name));
}

const char *daemon_status_state(const struct daemon_status *status)
{
	return text(status, "state");
}

long long daemon_status_number(const struct daemon_status *status, const char *name)
{
	return json_integer_value(json_object_get(status->says, name));
}

/* --- what keeps packets from the maps' answers ---------------------------------------------- */

static bool is_named(const json_t *names, const char *name)
{
	const json_t *one;
	size_t i;

	json_array_foreach (names, i, one) {
		if (json_is_string(one) && !strcmp(json_string_value(one), name))
			return true;
	}
	return false;
}

static void remark_rules(const struct daemon_status *status, const struct set *set,
			 const char *member, int family, struct remarks *remarks)
{
	const json_t *names = json_object_get(status->says, member);
	int count = 0;

	for (int i = 0; i < set->count; i++)
		count += is_named(names, set->ports[i].name);
	for (int i = 0; i < set->count && count; i++) {
		struct remark *remark;

		if (!is_named(names, set->ports[i].name))
			continue;
		remark = remark_add(
			remarks, count < set->count ? set->ports[i].name : "", "forwarded",
			"IPv%d policy rules: the kernel is asked for every IPv%d packet, "
			"static routes do not hold",
			family, family);
		snprintf(remark->fix, sizeof(remark->fix), "ip -%d rule", family);
		if (count == set->count)
			return;
	}
}

static void remark_lookups(const struct daemon_status *status, const struct set *set,
			   struct remarks *remarks)
{
	struct remark *remark;
	const char *lookup = text(status, "lookup");

	if (lookup && !strcmp(lookup, "kernel")) {
		remark = remark_add(remarks, "", "forwarded",
				    "the daemon runs with lookup kernel: its route maps, static "
				    "routes too, are not asked");
		snprintf(remark->fix, sizeof(remark->fix),
			 "end it (pid %d), then xhop run lookup maps", status->pid);
		return;
	}
	for (int i = 0; i < set->count; i++) {
		const struct port *port = &set->ports[i];

		if (port->config.classes)
			continue;
		remark = remark_add(
			remarks, port->name, "forwarded",
			"kernel lookups: the daemon's route maps, static routes too, are "
			"not asked for what comes in here");
		snprintf(remark->fix, sizeof(remark->fix), "xhop attach %s lookup maps",
			 port->name);
	}
}

void daemon_status_remarks(const struct daemon_status *status, const struct set *set,
			   struct remarks *remarks)
{
	long long unresolved = daemon_status_number(status, "hops_unresolved");
	struct remark *remark;

	if (!status->says || !set->count)
		return;
	remark_lookups(status, set, remarks);
	remark_rules(status, set, "rules4", 4, remarks);
	remark_rules(status, set, "rules6", 6, remarks);
	if (!unresolved)
		return;
	remark = remark_add(remarks, "", "neighbour",
			    "%lld next hop%s of static routes or groups without a MAC address: "
			    "packets there are left to Linux",
			    unresolved, unresolved == 1 ? "" : "s");
	snprintf(remark->fix, sizeof(remark->fix), "xhop show neigh");
}

/* --- its maps ------------------------------------------------------------------------------- */

static int open_ids(const json_t *ids, int fds[ROUTE_MAP_COUNT])
{
	if (!json_array_size(ids))
		return -ENODATA;
	for (int m = 0; m < ROUTE_MAP_COUNT; m++) {
		fds[m] = bpf_map_get_fd_by_id(json_integer_value(json_array_get(ids, m)));
		if (fds[m] >= 0)
			continue;
		while (m--) {
			close(fds[m]);
			fds[m] = -1;
		}
		return -EAGAIN;
	}
	return 0;
}

int daemon_maps_open(int fds[ROUTE_MAP_COUNT], int *pid)
{
	const struct timespec pause = {.tv_nsec = AGAIN_MS * 1000000};
	json_t *reply;
	int err = -EAGAIN;

	memset(fds, -1, ROUTE_MAP_COUNT * sizeof(*fds));
	for (int ms = 0; err == -EAGAIN && ms < MAPS_MS; ms += AGAIN_MS) {
		reply = client_try(json_pack("{s:s}", "do", "maps"), MAPS_MS, pid);
		if (!reply)
			return *pid ? -EAGAIN : -ENOENT;
		if (json_object_get(reply, "ids")) /* else it has only just started */
			err = open_ids(json_object_get(reply, "ids"), fds);
		json_decref(reply);
		if (err == -EAGAIN)
			nanosleep(&pause, NULL);
	}
	return err;
}
