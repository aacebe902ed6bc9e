// SPDX-License-Identifier: GPL-2.0
/* Slots of a group: see rendezvous.h. */
#include <math.h>
#include <string.h>
#include "user/rendezvous.h"

#define SLOTS XHOP_GROUP_SLOTS

static __u64 mix(__u64 *state) /* splitmix64 */
{
	__u64 z = *state += 0x9e3779b97f4a7c15ull;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9ull;
	z = (z ^ z >> 27) * 0x94d049bb133111ebull;
	return z ^ z >> 31;
}

/*
 * A hop's numbers are a permutation of evenly spread ones instead of random ones, which halves
 * the spread of the shares.
 */
static void draw(__u64 identity, __u16 numbers[SLOTS])
{
	for (unsigned int s = 0; s < SLOTS; s++)
		numbers[s] = s;
	for (unsigned int s = SLOTS - 1; s; s--) {
		unsigned int other = mix(&identity) % (s + 1);
		__u16 kept = numbers[s];

		numbers[s] = numbers[other];
		numbers[other] = kept;
	}
}

void rendezvous_fill(const struct rendezvous_hop *hops, unsigned int count,
		     struct xhop_group *group)
{
	__u64 best_identity[SLOTS];
	double best[SLOTS];
	__u16 numbers[SLOTS];

	for (unsigned int i = 0; i < count; i++) {
		draw(hops[i].identity, numbers);
		for (unsigned int s = 0; s < SLOTS; s++) {
			/* Exponential, of rate weight: the least is the hop's by weight/sum. */
			double cost = -log((numbers[s] + 0.5) / SLOTS) / hops[i].weight;

			if (i && (cost > best[s] ||
				  (cost == best[s] && hops[i].identity > best_identity[s])))
				continue;
			best[s] = cost;
			best_identity[s] = hops[i].identity;
			group->member[s] = hops[i].value;
		}
	}
}
