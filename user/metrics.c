// SPDX-License-Identifier: GPL-2.0
/* Counters for Prometheus: see metrics.h. Text format 0.0.4. */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>
#include "user/log.h"
#include "user/metrics.h"
#include "user/peers.h"
#include "user/show.h"

#define PEER_SECONDS 10
#define REQUEST_MAX  8192 /* bytes */

struct metrics {
	struct peers *peers;
	struct metrics_source source;
};

static void family(struct evbuffer *out, const char *name, const char *type, const char *help)
{
	evbuffer_add_printf(out, "# HELP xhop_%s %s\n# TYPE xhop_%s %s\n", name, help, name, type);
}

static void single(struct evbuffer *out, const char *name, const char *type, const char *help,
		   unsigned long long value)
{
	family(out, name, type, help);
	evbuffer_add_printf(out, "xhop_%s %llu\n", name, value);
}

/* A device's name as a label: quotes, backslashes and line ends are escaped. */
static const char *label(const char *text, char out[2 * IFNAMSIZ])
{
	char *to = out;

	for (; *text; text++) {
		if (*text == '"' || *text == '\\')
			*to++ = '\\';
		*to++ = *text;
	}
	*to = '\0';
	return out;
}

static void ports(struct evbuffer *out, const struct set *set)
{
	struct xhop_port_counters c;
	char dev[2 * IFNAMSIZ];

	family(out, "packets_total", "counter", "Packets that came in, by what became of them.");
	for (int i = 0; i < set->count; i++) {
		if (set_port_counters(set, set->ports[i].config.slot, &c))
			continue;
		label(set->ports[i].name, dev);
		for (int r = 0; r < XHOP_REASON_COUNT; r++)
			evbuffer_add_printf(
				out, "xhop_packets_total{dev=\"%s\",reason=\"%s\"} %llu\n", dev,
				reason_texts[r].word, (unsigned long long)c.reason[r]);
	}
	family(out, "receive_bytes_total", "counter", "Bytes that came in.");
	for (int i = 0; i < set->count; i++) {
		if (!set_port_counters(set, set->ports[i].config.slot, &c))
			evbuffer_add_printf(out, "xhop_receive_bytes_total{dev=\"%s\"} %llu\n",
					    label(set->ports[i].name, dev),
					    (unsigned long long)c.rx_bytes);
	}
	family(out, "maps_packets_total", "counter",
	       "Forwarded packets that the route maps answered alone.");
	for (int i = 0; i < set->count; i++) {
		if (!set_port_counters(set, set->ports[i].config.slot, &c))
			evbuffer_add_printf(out, "xhop_maps_packets_total{dev=\"%s\"} %llu\n",
					    label(set->ports[i].name, dev),
					    (unsigned long long)c.maps);
	}
}

static void hop_label(const struct set *set, const struct set_hop *hop, char *text, size_t size)
{
	const struct port *port = set_port(set, hop->key.ifindex);
	char via[INET6_ADDRSTRLEN], dev[2 * IFNAMSIZ] = "gone";
	const __u8 *m = hop->key.lladdr;

	if (port)
		label(port->name, dev);
	inet_ntop(hop->key.family, hop->key.addr, via, sizeof(via));
	snprintf(text, size,
		 "hop=\"%u\",dev=\"%s\",via=\"%s\",lladdr=\"%02x:%02x:%02x:%02x:%02x:%02x\"",
		 hop->id, dev, via, m[0], m[1], m[2], m[3], m[4], m[5]);
}

static void hops(struct evbuffer *out, const struct set *set)
{
	struct set_hop *list;
	int count = set_hops(set, &list);
	char text[256];

	if (count < 0)
		return;
	family(out, "hop_packets_total", "counter", "Packets sent to a next hop.");
	for (int i = 0; i < count; i++) {
		hop_label(set, &list[i], text, sizeof(text));
		evbuffer_add_printf(out, "xhop_hop_packets_total{%s} %llu\n", text,
				    (unsigned long long)list[i].counters.packets);
	}
	family(out, "hop_bytes_total", "counter", "Bytes sent to a next hop.");
	for (int i = 0; i < count; i++) {
		hop_label(set, &list[i], text, sizeof(text));
		evbuffer_add_printf(out, "xhop_hop_bytes_total{%s} %llu\n", text,
				    (unsigned long long)list[i].counters.bytes);
	}
	free(list);
}

static void two(struct evbuffer *out, const char *name, const char *type, const char *help,
		unsigned long long ip4, unsigned long long ip6)
{
	family(out, name, type, help);
	evbuffer_add_printf(out, "xhop_%s{family=\"ipv4\"} %llu\nxhop_%s{family=\"ipv6\"} %llu\n",
			    name, ip4, name, ip6);
}

static void maps(struct evbuffer *out, const struct metrics_source *source)
{
	const struct routes *routes = source->routes(source->data);
	const struct mirror *mirror = source->mirror(source->data);
	const struct xhop_route_control *control = routes ? routes->control : NULL;
	struct mirror_stats stats = {};
	struct statics_count statics;
	bool behind[2] = {};

	if (!control)
		return;
	if (!mirror) {
		single(out, "following", "gauge", "1: the route maps follow the kernel's routes.",
		       0);
		return;
	}
	mirror_stats(mirror, &stats);
	source->behind(source->data, behind);
	statics_count(source->statics, &statics);
	single(out, "following", "gauge", "1: the route maps follow the kernel's routes.",
	       control->state == XHOP_DAEMON_FOLLOWING);
	two(out, "maps_behind", "gauge",
	    "1: the maps do not hold the kernel's latest routes, it is asked for every packet.",
	    behind[0], behind[1]);
	two(out, "prefixes", "gauge", "Prefixes in the route maps.", control->prefixes[0],
	    control->prefixes[1]);
	single(out, "classes", "gauge", "Kinds of routes in use.", control->classes);
	single(out, "route_events_total", "counter", "Messages of the kernel.", stats.events);
	single(out, "resyncs_total", "counter", "Times that routes were read anew.", stats.resyncs);
	single(out, "losses_total", "counter", "Times that messages of the kernel were lost.",
	       stats.losses);
	single(out, "static_routes", "gauge", "Static routes.", statics.routes);
	single(out, "static_neighbours", "gauge", "Static neighbours.", statics.neighs);
	single(out, "hops_unresolved", "gauge",
	       "Next hops of static routes or groups whose MAC address is not known.",
	       statics.unresolved);
}

static void page(struct evbuffer *out, const struct metrics_source *source)
{
	const struct set *set = source->set(source->data);

	if (set && set->count) {
		ports(out, set);
		hops(out, set);
	}
	maps(out, source);
}

/* Each connection is for one answer. */
static void reply(struct peer *peer, const char *status, const char *type, struct evbuffer *body,
		  bool head)
{
	struct evbuffer *out = evbuffer_new();

	if (!out) {
		peer_close(peer);
		return;
	}
	evbuffer_add_printf(out,
			    "HTTP/1.1 %s\r\nContent-Type: %s; charset=utf-8\r\nContent-Length: "
			    "%zu\r\nConnection: close\r\n\r\n",
			    status, type, evbuffer_get_length(body));
	if (!head)
		evbuffer_add_buffer(out, body);
	peer_answer(peer, out, true);
	evbuffer_free(out);
}

static void refuse(struct peer *peer, const char *status, struct evbuffer *body, bool head)
{
	evbuffer_add_printf(body, "%s: GET /metrics is what is here\n", status);
	reply(peer, status, "text/plain", body, head);
}

/* The first line of a request. */
static void serve(struct metrics *metrics, struct peer *peer, char *line)
{
	char *rest = line, *method = strsep(&rest, " "), *path = strsep(&rest, " ");
	bool head = !strcmp(method, "HEAD");
	struct evbuffer *body = evbuffer_new();

	if (!body) {
		peer_close(peer);
		return;
	}
	if (path)
		path[strcspn(path, "?")] = '\0';
	if (!path || !rest || strncmp(rest, "HTTP/1.", 7)) {
		refuse(peer, "400 Bad Request", body, false);
	} else if (!head && strcmp(method, "GET")) {
		refuse(peer, "405 Method Not Allowed", body, false);
	} else if (strcmp(path, "/metrics")) {
		refuse(peer, "404 Not Found", body, head);
	} else {
		page(body, &metrics->source);
		reply(peer, "200 OK", "text/plain; version=0.0.4", body, head);
	}
	evbuffer_free(body);
}

static void on_request(void *data, struct peer *peer, struct evbuffer *in)
{
	struct evbuffer_ptr end = evbuffer_search(in, "\r\n\r\n", 4, NULL);
	char *line;

	if (end.pos < 0) {
		if (evbuffer_get_length(in) >= REQUEST_MAX)
			peer_close(peer);
		return;
	}
	line = evbuffer_readln(in, NULL, EVBUFFER_EOL_CRLF);
	evbuffer_drain(in,
		       evbuffer_get_length(in)); /* what is not read when it is closed resets it */
	if (line)
		serve(data, peer, line);
	else
		peer_close(peer);
	free(line);
}

static int listen_at(const char *addr, unsigned int port)
{
	struct sockaddr_in6 to6 = {.sin6_family = AF_INET6, .sin6_port = htons(port)};
	struct sockaddr_in to4 = {.sin_family = AF_INET, .sin_port = htons(port)};
	bool ip6 = strchr(addr, ':');
	int fd, on = 1, err;

	inet_pton(AF_INET6, addr, &to6.sin6_addr);
	inet_pton(AF_INET, addr, &to4.sin_addr);
	fd = socket(ip6 ? AF_INET6 : AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return -errno;
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (bind(fd, ip6 ? (struct sockaddr *)&to6 : (struct sockaddr *)&to4,
		 ip6 ? sizeof(to6) : sizeof(to4)) ||
	    listen(fd, SOMAXCONN)) {
		err = -errno;
		close(fd);
		return err;
	}
	return fd;
}

static void refused(const char *addr, unsigned int port, int err)
{
	const char *what = "";

	if (err == -EADDRNOTAVAIL)
		what = " (no device here has this address: ip address shows them)";
	else if (err == -EADDRINUSE)
		what = " (somebody listens there: ss -ltnp shows who; metrics takes another port)";
	else if (err == -EACCES)
		what = " (a port below 1024 needs CAP_NET_BIND_SERVICE)";
	log_error("metrics: %s port %u: %s%s", addr, port, strerror(-err), what);
}

struct metrics *metrics_new(struct event_base *base, const char *addr, unsigned int port,
			    const struct metrics_source *source)
{
	struct metrics *metrics = calloc(1, sizeof(*metrics));
	const struct peers_ops ops = {
		.data = metrics,
		.what = "metrics",
		.seconds = PEER_SECONDS,
		.evict = true,
		.request = on_request,
	};
	int fd = metrics ? listen_at(addr, port) : -ENOMEM;

	if (fd >= 0) {
		metrics->source = *source;
		metrics->peers = peers_new(base, fd, &ops);
		if (metrics->peers)
			return metrics;
		fd = -ENOMEM;
	}
	refused(addr, port, fd);
	free(metrics);
	return NULL;
}

void metrics_free(struct metrics *metrics)
{
	if (!metrics)
		return;
	peers_free(metrics->peers);
	free(metrics);
}
