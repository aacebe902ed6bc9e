/* SPDX-License-Identifier: GPL-2.0 */
/*
 * libFuzzer over maps/trie.h: the first byte chooses the family and how much memory there is, the
 * rest is a stream of changes that a plainly right table is compared under. See `make fuzz`.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include "tests/lib/routes.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *wrong;

	if (!size)
		return 0;
	wrong = routes_compare(data[0] & 1 ? AF_INET6 : AF_INET, data + 1, size - 1,
			       data[0] & 2 ? 60 : 20000, NULL, NULL);
	if (!wrong)
		return 0;
	fprintf(stderr, "%s\n", wrong);
	abort();
}
