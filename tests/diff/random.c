#include "tests/diff/diff.h"
void run_random(const struct options *o, uint64_t seed, unsigned int configs, unsigned int frames)
{
	(void)o;
	(void)seed;
	(void)configs;
	(void)frames;
}
void replay_random(const struct options *o, uint64_t seed, unsigned int frame)
{
	(void)o;
	(void)seed;
	(void)frame;
}
