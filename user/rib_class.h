/* SPDX-License-Identifier: GPL-2.0 */
/* The classes of a rib: index, reference count, reuse. Owned by the rib. */
#ifndef XHOP_USER_RIB_CLASS_H
#define XHOP_USER_RIB_CLASS_H

#include "user/rib.h"

struct classes;

/* made: told of each new class before a route has it; may be NULL. */
struct classes *
classes_new(__u32 max, void (*made)(void *data, __u32 index, const struct rib_key *), void *data);
void classes_free(struct classes *cs);
/* The class of the key with one reference more, 0 if all indices are taken. */
__u32 class_get(struct classes *cs, const struct rib_key *key, __u32 oif);
void class_put(struct classes *cs, __u32 index);
bool class_alive(const struct classes *cs, __u32 index);
/* Dead at once; the routes keep their references. */
void class_kill(struct classes *cs, __u32 index);
void classes_quiesce(struct classes *cs);
const struct rib_key *class_key(const struct classes *cs, __u32 index, __u32 *refs, __u32 *oif);
__u32 classes_last(const struct classes *cs); /* no index above it was ever used */
__u32 classes_used(const struct classes *cs);
size_t classes_memory(const struct classes *cs);

#endif
