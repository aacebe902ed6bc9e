// SPDX-License-Identifier: GPL-2.0
/*
 * libFuzzer over what people and programs write: the first byte chooses the daemon's file, lines
 * of `ip route`, or requests on the daemon's socket (one a line), which are answered by real
 * tables in plain memory. See `make fuzz`.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include "user/config.h"
#include "user/import.h"
#include "user/requests.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct rib *rib;

static int on_route(void *data, int family, const void *addr, int len, const struct xhop_class *via)
{
	(void)data;
	return rib_static(rib, family, addr, len, via);
}

static bool on_hop(void *data, __u32 *cursor, struct xhop_class *via)
{
	(void)data;
	return rib_via_next(rib, cursor, via);
}

static __u32 on_device(void *data, const char *name)
{
	(void)data;
	return *name == 'p' ? name[1] : 0;
}

static const struct rib *on_rib(void *data)
{
	(void)data;
	return rib;
}

static void on_list(struct neighbours *neighbours)
{
	*neighbours = (struct neighbours){};
}

static int on_address(__u32 ifindex, int family, const void *addr)
{
	(void)ifindex;
	(void)family;
	(void)addr;
	return 0;
}

static int on_install(__u32 ifindex, int family, const void *addr, const __u8 lladdr[6])
{
	(void)lladdr;
	return on_address(ifindex, family, addr);
}

static enum gateway on_ask(__u32 ifindex, int family, const void *addr)
{
	(void)ifindex;
	(void)family;
	return *(const __u8 *)addr % (GATEWAY_MANY + 1);
}

static void requests(FILE *file)
{
	static const struct statics_kernel kernel = {on_list, on_address, on_install, on_address,
						     on_ask};
	const struct statics_ops ops = {
		.route = on_route, .hop = on_hop, .device = on_device, .kernel = &kernel};
	struct requests r = {.statics = statics_new(&ops), .rib = on_rib};
	const struct rib_ops rib_ops = {};
	struct trie *tries[2];
	void *memory[2];
	char line[4096];

	for (int i = 0; i < 2; i++) {
		int family = i ? AF_INET6 : AF_INET;
		size_t size = trie_size_min(family) + 65536;

		memory[i] = aligned_alloc(64, size);
		tries[i] = trie_new(family, memory[i], size);
	}
	rib = rib_new(&rib_ops, tries[0], tries[1], 16);
	while (r.statics && rib && fgets(line, sizeof(line), file)) {
		json_t *request = json_loads(line, 0, NULL);

		if (json_is_object(request)) {
			json_t *reply = requests_handle(&r, request);

			if (!reply)
				abort();
			json_decref(reply);
		}
		json_decref(request);
		statics_tick(r.statics);
	}
	statics_free(r.statics);
	rib_free(rib);
	for (int i = 0; i < 2; i++) {
		trie_free(tries[i]);
		free(memory[i]);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct config config;
	struct import import;
	FILE *file;

	if (size < 2)
		return 0;
	file = fmemopen((void *)(data + 1), size - 1, "r");
	if (!file)
		return 0;
	if (data[0] % 3 == 0) {
		if (!config_parse(file, "file", &config))
			config_free(&config);
	} else if (data[0] % 3 == 1) {
		if (!import_read(file, "file", &import))
			import_free(&import);
	} else {
		requests(file);
	}
	fclose(file);
	return 0;
}
