// SPDX-License-Identifier: GPL-2.0
/* Messages: see log.h. The libraries' lines are kept in one buffer, oldest dropped first. */
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <bpf/libbpf.h>
#include <xdp/libxdp.h>
#include "user/log.h"

int log_verbose;

static const char *context;
static char kept[16384];
static size_t kept_len;
static char reason[256];

/* Words of other people may be in it: what steers a terminal is printed as \xNN. */
static void print_safely(const char *text)
{
	const unsigned char *at = (const unsigned char *)text;

	for (; *at; at++) {
		bool c1 = *at == 0xc2 && at[1] >= 0x80 && at[1] < 0xa0; /* of UTF-8 */

		if (*at < 0x20 || *at == 0x7f || c1)
			fprintf(stderr, "\\x%02x", c1 ? *++at : *at);
		else
			fputc(*at, stderr);
	}
}

static void print_line(const char *prefix, const char *fmt, va_list args)
{
	char *text;

	if (vasprintf(&text, fmt, args) < 0)
		text = NULL;
	flockfile(stderr);
	fputs(prefix, stderr);
	print_safely(context ? context : "");
	print_safely(text ? text : fmt);
	fputc('\n', stderr);
	funlockfile(stderr);
	free(text);
}

void log_context(const char *where)
{
	context = where;
}

void log_error(const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	print_line("xhop: ", fmt, args);
	va_end(args);
}

void log_note(const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	print_line("xhop: note: ", fmt, args);
	va_end(args);
}

void log_debug(const char *fmt, ...)
{
	va_list args;

	if (!log_verbose)
		return;
	va_start(args, fmt);
	print_line("xhop: ", fmt, args);
	va_end(args);
}

/* libbpf prints "Kernel error message: ..." where the kernel explained itself. */
static void reason_keep(const char *line)
{
	static const char mark[] = "Kernel error message: ";
	const char *at = strstr(line, mark);

	if (!at)
		return;
	snprintf(reason, sizeof(reason), "%s", at + sizeof(mark) - 1);
	reason[strcspn(reason, "\n")] = '\0';
}

/* Keep the end of the text: the verifier's last lines say what it refused. */
static void keep(const char *text)
{
	size_t len = strlen(text);

	if (len >= sizeof(kept)) {
		text += len - sizeof(kept) + 1;
		len = sizeof(kept) - 1;
	}
	if (kept_len + len >= sizeof(kept)) {
		size_t drop = kept_len + len - sizeof(kept) + 1;

		memmove(kept, kept + drop, kept_len - drop);
		kept_len -= drop;
	}
	memcpy(kept + kept_len, text, len + 1);
	kept_len += len;
}

static int library_line(int level, const char *fmt, va_list args)
{
	char *text;
	int len = vasprintf(&text, fmt, args);

	if (len < 0)
		return 0;
	reason_keep(text);
	if (log_verbose >= 2 || (log_verbose && level < LIBBPF_DEBUG))
		fputs(text, stderr);
	/* "elf: skipping ...": a section that is libxdp's, of no interest to anybody */
	if (level != LIBBPF_DEBUG && !strstr(text, "elf: skipping unrecognized data section"))
		keep(text);
	free(text);
	return len;
}

static int libbpf_line(enum libbpf_print_level level, const char *fmt, va_list args)
{
	return library_line(level, fmt, args);
}

static int libxdp_line(enum libxdp_print_level level, const char *fmt, va_list args)
{
	return library_line((int)level, fmt, args);
}

void log_init(void)
{
	libbpf_set_print(libbpf_line);
	libxdp_set_print(libxdp_line);
}

void log_library_clear(void)
{
	kept_len = 0;
	kept[0] = '\0';
	reason[0] = '\0';
}

void log_library_show(void)
{
	const char *from = kept;

	if (log_verbose || !kept_len)
		return; /* shown already, or nothing to show */
	if (kept_len > 1500) {
		from = strchr(kept + kept_len - 1500, '\n');
		from = from ? from + 1 : kept;
	}
	fputs(from, stderr);
}

const char *log_library_reason(void)
{
	return reason;
}
