#include "tests/bench/bench.h"
int features_section(struct lab *lab, const struct options *opts, const char *table, int n)
{
	(void)lab;
	(void)opts;
	(void)table;
	(void)n;
	return 0;
}
