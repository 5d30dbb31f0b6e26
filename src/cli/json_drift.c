#include "src/cli/json_drift.h"

#include <math.h>
#include <stdlib.h>

#include "src/cli/json_layout.h"

/* A number, also one that is written as a text so that it is exact. */
static bool read_number(const json_t *value, double *out) {
    const char *text = json_string_value(value);
    char *end = NULL;
    *out = text != NULL ? strtod(text, &end) : json_number_value(value);
    return json_is_number(value) || (text != NULL && end != text && *end == '\0');
}

static void add_number(cli_table *table, const char *place, const json_t *before,
                       const json_t *now) {
    double was, is;
    if (!read_number(before, &was) || !read_number(now, &is) || was == is) {
        return;
    }
    double percent = 100 * (is - was) / fabs(was);
    cli_table_add(table, "%s", place);
    cli_table_add(table, "%.6g", was);
    cli_table_add(table, "%.6g", is);
    cli_table_add(table, isfinite(percent) ? "%+.1f%%" : "", percent);
}

static void add_value(cli_table *table, const char *place, const json_t *before, const json_t *now);

static void add_members(cli_table *table, const char *place, const json_t *before,
                        const json_t *now) {
    const char *key;
    json_t *value;
    json_object_foreach((json_t *)now, key, value) {
        char *title = cli_json_title(key);
        char *longer = cli_format("%s%s%s", place, place[0] != '\0' ? ", " : "", title);
        add_value(table, longer, json_object_get(before, key), value);
        free(longer);
        free(title);
    }
}

static void add_items(cli_table *table, const char *place, const json_t *before,
                      const json_t *now) {
    size_t count = json_array_size(now);
    if (count > CLI_JSON_ITEMS_SHOWN || json_array_size(before) != count) {
        return;
    }
    for (size_t i = 0; i < count; i++) {
        char *longer = cli_format("%s %zu", place, i + 1);
        add_number(table, longer, json_array_get(before, i), json_array_get(now, i));
        free(longer);
    }
}

static void add_value(cli_table *table, const char *place, const json_t *before,
                      const json_t *now) {
    if (json_is_object(now)) {
        add_members(table, place, before, now);
    } else if (json_is_array(now)) {
        add_items(table, place, before, now);
    } else if (before != NULL) {
        add_number(table, place, before, now);
    }
}

void cli_json_add_drift(cli_table *table, const json_t *before, const json_t *now) {
    add_members(table, "", before, now);
}
