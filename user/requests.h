/* SPDX-License-Identifier: GPL-2.0 */
/* What the daemon answers on its socket. */
#ifndef XHOP_USER_REQUESTS_H
#define XHOP_USER_REQUESTS_H

#include <jansson.h>
#include "user/rib.h"
#include "user/statics.h"

struct requests {
	struct statics *statics;
	const struct rib *(*rib)(void *data); /* as it is now */
	void *data;
};

/* A control_handler; data: struct requests. */
json_t *requests_handle(void *data, const json_t *request);

/*
 * A route of the maps is an array, since a full table is long: prefix, answer ("hop", "group",
 * "kernel"), class or group, device, via, source ("kernel", "static"), where a static one comes
 * from ("command", "file"), what keeps packets from it; null where there is none.
 */
enum request_row {
	ROW_PREFIX,
	ROW_ANSWER,
	ROW_CLASS,
	ROW_DEV,
	ROW_VIA,
	ROW_MTU,
	ROW_SOURCE,
	ROW_FROM,
	ROW_REMARK,
	ROW_MEMBERS
};

#endif
