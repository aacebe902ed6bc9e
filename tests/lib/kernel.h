/* Which kernel runs here, for what tests expect of it. */
#ifndef TESTS_LIB_KERNEL_H
#define TESTS_LIB_KERNEL_H

#include <stdbool.h>

bool kernel_before(unsigned int major, unsigned int minor);

#endif
