/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What keeps the daemon's entries from being used, as the ports show: they may ask the kernel for
 * every packet, or for those of a family.
 */
#ifndef XHOP_USER_EFFECT_H
#define XHOP_USER_EFFECT_H

#include "user/link.h"
#include "user/set.h"

struct effect {
	struct links links;
	struct set set;
	bool known;
	int asking;	/* ports that look into route maps */
	int allowed[2]; /* of these, those whose rules let them: IPv4, IPv6 */
};

/* What cannot be asked keeps nothing. effect_free() afterwards. */
void effect_get(struct effect *effect);
void effect_free(struct effect *effect);

/* Why packets of a family do not go by an entry towards dev (NULL: none named); NULL: they do. */
const char *effect_remark(const struct effect *effect, int family, const char *dev);

#endif
