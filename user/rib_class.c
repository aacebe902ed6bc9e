// SPDX-License-Identifier: GPL-2.0
/* Classes: see rib_class.h. An index goes free -> alive -> (dead) -> limbo -> free. */
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include "user/rib_class.h"

#define CLASS_BUCKETS 4096

enum class_state { CLASS_FREE, CLASS_ALIVE, CLASS_DEAD, CLASS_LIMBO };

struct class
{
	struct rib_key key;
	__u32 oif;
	__u32 hash;
	__u32 next; /* in its bucket, or in the list of the free or of limbo */
	__u32 refs;
	enum class_state state;
};

struct classes {
	__u32 max, last, used;
	__u32 free, limbo;
	void (*made)(void *data, __u32 index, const struct rib_key *key);
	void *made_data;
	__u32 recent; /* what class_get() answered last */
	__u32 bucket[CLASS_BUCKETS];
	struct class class[]; /* index 0 is not a class */
};

struct classes *
classes_new(__u32 max, void (*made)(void *data, __u32 index, const struct rib_key *), void *data)
{
	struct classes *cs = calloc(1, sizeof(*cs) + ((size_t)max + 1) * sizeof(struct class));

	if (!cs)
		return NULL;
	cs->max = max;
	cs->made = made;
	cs->made_data = data;
	return cs;
}

void classes_free(struct classes *cs)
{
	free(cs);
}

static size_t key_size(const struct rib_key *key)
{
	return offsetof(struct rib_key, metrics) + key->metrics_len;
}

static __u32 take(struct classes *cs)
{
	__u32 i = cs->free;

	if (i)
		cs->free = cs->class[i].next;
	else if (cs->last < cs->max)
		i = ++cs->last;
	if (i)
		cs->used++;
	return i;
}

__u32 class_get(struct classes *cs, const struct rib_key *key, __u32 oif)
{
	size_t size = key_size(key);
	__u32 hash, i = cs->recent;

	if (i && cs->class[i].state == CLASS_ALIVE && !memcmp(&cs->class[i].key, key, size)) {
		cs->class[i].refs++;
		return i;
	}
	hash = rib_hash(0, key, size);
	for (i = cs->bucket[hash % CLASS_BUCKETS]; i; i = cs->class[i].next) {
		if (cs->class[i].hash == hash && !memcmp(&cs->class[i].key, key, size))
			break;
	}
	if (!i) {
		i = take(cs);
		if (!i)
			return 0;
		cs->class[i] = (struct class){
			.key = *key,
			.oif = oif,
			.hash = hash,
			.next = cs->bucket[hash % CLASS_BUCKETS],
			.state = CLASS_ALIVE,
		};
		cs->bucket[hash % CLASS_BUCKETS] = i;
		if (cs->made)
			cs->made(cs->made_data, i, key);
	}
	cs->class[i].refs++;
	cs->recent = i;
	return i;
}

static void unhash(struct classes *cs, __u32 index)
{
	__u32 *at = &cs->bucket[cs->class[index].hash % CLASS_BUCKETS];

	while (*at != index)
		at = &cs->class[*at].next;
	*at = cs->class[index].next;
}

void class_put(struct classes *cs, __u32 index)
{
	struct class *c = &cs->class[index];

	if (!index || --c->refs)
		return;
	if (c->state == CLASS_ALIVE)
		unhash(cs, index);
	c->state = CLASS_LIMBO;
	c->next = cs->limbo;
	cs->limbo = index;
}

bool class_alive(const struct classes *cs, __u32 index)
{
	return index && cs->class[index].state == CLASS_ALIVE;
}

void class_kill(struct classes *cs, __u32 index)
{
	if (!class_alive(cs, index))
		return;
	unhash(cs, index);
	cs->class[index].state = CLASS_DEAD;
}

void classes_quiesce(struct classes *cs)
{
	__u32 i, next;

	for (i = cs->limbo; i; i = next) {
		next = cs->class[i].next;
		cs->class[i].state = CLASS_FREE;
		cs->class[i].next = cs->free;
		cs->free = i;
		cs->used--;
	}
	cs->limbo = 0;
}

const struct rib_key *class_key(const struct classes *cs, __u32 index, __u32 *refs, __u32 *oif)
{
	if (index > cs->last || !class_alive(cs, index))
		return NULL;
	if (refs)
		*refs = cs->class[index].refs;
	if (oif)
		*oif = cs->class[index].oif;
	return &cs->class[index].key;
}

__u32 classes_last(const struct classes *cs)
{
	return cs->last;
}

__u32 classes_used(const struct classes *cs)
{
	return cs->used;
}

size_t classes_memory(const struct classes *cs)
{
	return sizeof(*cs) + (cs->max + 1) * sizeof(struct class);
}
