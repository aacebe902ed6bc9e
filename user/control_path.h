/* SPDX-License-Identifier: GPL-2.0 */
/* Where the socket of a namespace's daemon is. */
#ifndef XHOP_USER_CONTROL_PATH_H
#define XHOP_USER_CONTROL_PATH_H

#include <linux/types.h>
#include <stddef.h>

void control_path(char *path, size_t size, __u64 cookie);

#endif
