/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Can an address be a next hop behind a device? Asked of the kernel's FIB, as it asks itself when
 * a route is added (fib_check_nh(), ip6_validate_gw()).
 */
#ifndef XHOP_USER_GATEWAY_H
#define XHOP_USER_GATEWAY_H

#include <linux/types.h>
#include <stdbool.h>

/* In order: from GATEWAY_DEVICE on nothing may be sent there. */
enum gateway {
	GATEWAY_GOOD,
	GATEWAY_OFF_LINK, /* Linux takes it with "onlink" only */
	GATEWAY_DEVICE,	  /* the device is no Ethernet device */
	GATEWAY_LOCAL,
	GATEWAY_BROADCAST,
	GATEWAY_MANY, /* multicast, anycast */
};

/* addr: 4 or 16 bytes. What the kernel does not tell is good. */
enum gateway gateway_ask(__u32 ifindex, int family, const void *addr);

bool gateway_hopeless(enum gateway says);
/* Why, behind "via ADDR dev DEV: "; "" if it is good. */
const char *gateway_text(enum gateway says);

#endif
