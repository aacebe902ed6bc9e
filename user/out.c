// SPDX-License-Identifier: GPL-2.0
/* Lists: see out.h. */
#include <errno.h>
#include <string.h>
#include "user/log.h"
#include "user/out.h"

static size_t json_flags(const struct options *options)
{
	return JSON_PRESERVE_ORDER | (options->pretty ? JSON_INDENT(2) : JSON_COMPACT);
}

static bool is_json(const struct options *options)
{
	return options->json || options->pretty;
}

static bool shown(const struct out *out, const struct out_column *column)
{
	return !column->stats || out->options->stats;
}

static bool is_last(const struct out *out, const struct out_column *column)
{
	for (column++; column->key; column++) {
		if (shown(out, column))
			return false;
	}
	return true;
}

static void cell(const struct out *out, const struct out_column *column, const char *text)
{
	int width = out->widths[column - out->columns];

	if (column->left && is_last(out, column))
		width = 0; /* no blanks at the end of a line */
	fprintf(out->file, "%*s%s", column->left ? -width : width, text,
		is_last(out, column) ? "\n" : "  ");
}

void out_begin(struct out *out, const struct options *options, const struct out_column *columns)
{
	*out = (struct out){.options = options, .columns = columns, .file = stdout};
	if (is_json(options))
		fputs("[", out->file);
}

static void value_text(const json_t *value, char *buf, size_t size)
{
	if (json_is_integer(value))
		snprintf(buf, size, "%lld", (long long)json_integer_value(value));
	else if (json_is_real(value))
		snprintf(buf, size, "%.1f", json_real_value(value));
	else if (json_is_string(value))
		snprintf(buf, size, "%s", json_string_value(value));
	else if (json_is_boolean(value))
		snprintf(buf, size, "%s", json_is_true(value) ? "yes" : "no");
	else
		snprintf(buf, size, "-");
}

static void row_text(struct out *out, const json_t *row)
{
	char text[256];

	for (const struct out_column *c = out->columns; c->key; c++) {
		if (!shown(out, c))
			continue;
		value_text(json_object_get(row, c->key), text, sizeof(text));
		cell(out, c, text);
	}
}

/* Columns as wide as their header and the rows kept so far; then print those. */
static void kept_print(struct out *out)
{
	char text[256];

	if (!out->kept_count)
		return;
	for (const struct out_column *c = out->columns; c->key; c++) {
		int *width = &out->widths[c - out->columns];

		*width = strlen(c->header);
		for (int i = 0; i < out->kept_count; i++) {
			value_text(json_object_get(out->kept[i], c->key), text, sizeof(text));
			if ((int)strlen(text) > *width)
				*width = strlen(text);
		}
	}
	for (const struct out_column *c = out->columns; c->key; c++) {
		if (shown(out, c))
			cell(out, c, c->header);
	}
	for (int i = 0; i < out->kept_count; i++) {
		row_text(out, out->kept[i]);
		json_decref(out->kept[i]);
	}
	out->kept_count = 0;
}

void out_row(struct out *out, json_t *row)
{
	if (!row) { /* the kernel takes any bytes as a device's name */
		log_note("a row is left out: what it says is not UTF-8 (a device's name?)");
		return;
	}
	if (!is_json(out->options) && out->rows < OUT_KEPT) {
		out->kept[out->kept_count++] = row;
		out->rows++;
		return;
	}
	if (is_json(out->options)) {
		if (out->rows)
			fputs(",", out->file);
		if (out->options->pretty)
			fputs("\n", out->file);
		json_dumpf(row, out->file, json_flags(out->options));
	} else {
		kept_print(out);
		row_text(out, row);
	}
	out->rows++;
	json_decref(row);
}

void out_end(struct out *out)
{
	kept_print(out);
	if (is_json(out->options))
		fputs(out->options->pretty && out->rows ? "\n]\n" : "]\n", out->file);
}

void out_object(const struct options *options, json_t *object)
{
	json_dumpf(object, stdout, json_flags(options));
	fputs("\n", stdout);
	json_decref(object);
}

int out_flush(void)
{
	if (fflush(stdout) || ferror(stdout))
		return -(errno ? errno : EIO);
	return 0;
}
