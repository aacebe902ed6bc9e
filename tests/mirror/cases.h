/* SPDX-License-Identifier: GPL-2.0 */
/* The cases, in this order, in one lab. */
#ifndef TESTS_MIRROR_CASES_H
#define TESTS_MIRROR_CASES_H

/* Random routes of all kinds, dumped, then compared. */
void case_load(unsigned int routes);
void case_rules(void);
void case_cached(void);
/* Steps of the IPv6 generation that nothing was told of. */
void case_untold(void);
/* Changes that take routes away, or turn them, without telling each. */
void case_link_down(void);
void case_nexthop_gone(void);
void case_carrier(void);
/* Routes that the maps never answer for. */
void case_sources(void);
void case_expires(void);
/* Changes in the midst of a first dump. */
void case_filling(void);
/* Random changes, compared after each. */
void case_changes(unsigned int changes);
/* More events than the socket takes. */
void case_lost(void);
void case_congested(void);
/* The FIB is busy at first. */
void case_start(void);

/* Loads a file of prefixes; figures of the fill and of changes; instead of the others. */
void case_table(const char *name, unsigned int addresses);

#endif
