/*
 * generate: router configurations and frames drawn from a seed. The same seed gives the same text
 * on every run and machine, so a failure is one number to repeat.
 */
#ifndef TESTS_DIFF_GENERATE_H
#define TESTS_DIFF_GENERATE_H

#include <stdint.h>

/* A shell script for struct lab_setup.setup; the caller frees it. */
char *generate_config(uint64_t seed);
/*
 * Frame number N of SEED as text for frame_build(), and in *PORT where it enters; the caller frees
 * the text. It does not depend on the frames before.
 */
char *generate_frame(uint64_t seed, unsigned int n, unsigned int *port);

#endif
