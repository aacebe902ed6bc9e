/* Which kernel runs here: see kernel.h. */
#include <stdio.h>
#include <sys/utsname.h>

#include "tests/lib/kernel.h"

bool kernel_before(unsigned int major, unsigned int minor)
{
	struct utsname u;
	unsigned int is_major = 0, is_minor = 0;

	uname(&u);
	sscanf(u.release, "%u.%u", &is_major, &is_minor);
	return is_major < major || (is_major == major && is_minor < minor);
}
