/*
 * compare: are the two outcomes of one frame the same?
 *
 * Masked, because the kernel draws it at random or reads a clock: the id (and so the checksum) of
 * IPv4 headers the router itself made, the times of ICMP timestamp replies and of the IP timestamp
 * option. Left out: MLD and IGMP reports of the router, repeats of an ARP request or neighbour
 * solicitation already seen, redirects that a clock limits, and host-unreachable
 * answers to earlier frames, which a clock sends.
 */
#ifndef TESTS_DIFF_COMPARE_H
#define TESTS_DIFF_COMPARE_H

#include "tests/diff/lab.h"

/* Takes the noise out of OUT and masks what is random; F is the frame that was sent. */
void outcome_clean(struct lab *lab, const struct frame *f, struct outcome *out);
/* NULL when both are the same, else what differs; the caller frees it. */
char *outcome_difference(const struct outcome *off, const struct outcome *on);
/* All frames of OUT in words and hex, to be freed. */
char *outcome_text(const struct outcome *out);

#endif
