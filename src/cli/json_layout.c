#include "src/cli/json_layout.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "src/cli/table.h"

#define STEP 2 /* blanks by which a level is indented */

static bool is_nested(const json_t *value) {
    return json_is_object(value) || json_is_array(value);
}

/* Six digits are what a parameter is worth to people; --json has all of them. */
static char *scalar_text(const json_t *value) {
    char number[CLI_NUMBER_BYTES];
    if (json_is_string(value)) {
        return cli_format("%s", json_string_value(value));
    }
    if (json_is_integer(value) && json_integer_value(value) >= 0) {
        return cli_format("%s", cli_count_text((uint64_t)json_integer_value(value), number));
    }
    if (json_is_integer(value)) {
        return cli_format("%" JSON_INTEGER_FORMAT, json_integer_value(value));
    }
    if (json_is_real(value)) {
        return cli_format("%.6g", json_real_value(value));
    }
    return cli_format("%s", json_is_true(value) ? "yes" : json_is_false(value) ? "no" : "-");
}

char *cli_json_title(const char *key) {
    char *title = cli_format("%s", key);
    for (char *at = title; (at = strchr(at, '_')) != NULL;) {
        *at = ' ';
    }
    return title;
}

/* Lists of objects */

static bool has_key(const char *const *keys, size_t count, const char *key) {
    for (size_t i = 0; i < count; i++) {
        if (strcmp(keys[i], key) == 0) {
            return true;
        }
    }
    return false;
}

/* The keys of all the objects of a list; 0: it isn't one that makes a table. */
static size_t table_keys(const json_t *list, const char **keys) {
    size_t count = 0;
    for (size_t i = 0; i < json_array_size(list); i++) {
        json_t *item = json_array_get(list, i), *value;
        const char *key;
        if (!json_is_object(item)) {
            return 0;
        }
        json_object_foreach(item, key, value) {
            bool known = has_key(keys, count, key);
            if (is_nested(value) || (!known && count == CLI_COLUMNS_MAX)) {
                return 0;
            }
            keys[count] = key;
            count += !known;
        }
    }
    return count;
}

static void add_cell(cli_table *table, const json_t *value) {
    char *text = value != NULL ? scalar_text(value) : cli_format("%s", "");
    cli_table_add(table, "%s", text);
    free(text);
}

static void print_table(const json_t *list, const char *const *keys, size_t count, size_t indent,
                        FILE *out) {
    char alignment[CLI_COLUMNS_MAX + 1] = "";
    cli_table table;
    for (size_t i = 0; i < count; i++) {
        alignment[i] =
            json_is_number(json_object_get(json_array_get(list, 0), keys[i])) ? 'r' : 'l';
    }
    cli_table_init(&table, alignment);
    table.indent = indent;
    table.header = true;
    for (size_t i = 0; i < count; i++) {
        char *title = cli_json_title(keys[i]);
        cli_table_add(&table, "%s", title);
        free(title);
    }
    for (size_t row = 0; row < json_array_size(list); row++) {
        for (size_t i = 0; i < count; i++) {
            add_cell(&table, json_object_get(json_array_get(list, row), keys[i]));
        }
    }
    cli_table_print(&table, out);
    cli_table_clear(&table);
}

/* Members */

static bool is_flat_list(const json_t *value) {
    for (size_t i = 0; i < json_array_size(value); i++) {
        if (is_nested(json_array_get(value, i))) {
            return false;
        }
    }
    return json_is_array(value);
}

static bool has_commas(const json_t *list) {
    for (size_t i = 0; i < json_array_size(list); i++) {
        const char *text = json_string_value(json_array_get(list, i));
        if (text != NULL && strchr(text, ',') != NULL) {
            return true;
        }
    }
    return false;
}

/* "1, 2, 3"; owned. */
static char *list_text(const json_t *list) {
    const char *between = has_commas(list) ? "; " : ", ";
    size_t count = json_array_size(list);
    char *text = cli_format("%s", count == 0 ? "none" : "");
    for (size_t i = 0; i < count && i < CLI_JSON_ITEMS_SHOWN; i++) {
        char *item = scalar_text(json_array_get(list, i));
        char *longer = cli_format("%s%s%s", text, i > 0 ? between : "", item);
        free(item);
        free(text);
        text = longer;
    }
    if (count > CLI_JSON_ITEMS_SHOWN) {
        char *longer = cli_format("%s and %zu more", text, count - CLI_JSON_ITEMS_SHOWN);
        free(text);
        text = longer;
    }
    return text;
}

/* What takes one line; NULL: it takes several. Owned. */
static char *line_text(const json_t *value) {
    return is_flat_list(value) ? list_text(value) : is_nested(value) ? NULL : scalar_text(value);
}

static void print_nested(const json_t *value, size_t indent, FILE *out);

static void print_item(const json_t *item, size_t number, size_t indent, FILE *out) {
    char *text = line_text(item);
    char *clean = text != NULL ? cli_text_clean(text, strlen(text)) : cli_format("%zu", number);
    fprintf(out, "%*s%s\n", (int)indent, "", clean);
    if (text == NULL) {
        print_nested(item, indent + STEP, out);
    }
    free(clean);
    free(text);
}

static void print_nested(const json_t *value, size_t indent, FILE *out) {
    const char *keys[CLI_COLUMNS_MAX + 1];
    size_t count = table_keys(value, keys);
    if (json_is_object(value)) {
        cli_json_lay_out(value, indent, out);
    } else if (count > 0) {
        print_table(value, keys, count, indent, out);
    } else {
        for (size_t i = 0; i < json_array_size(value); i++) {
            print_item(json_array_get(value, i), i + 1, indent, out);
        }
    }
}

/* Members that take a line stand in a table of their own, up to the next that takes several. */
static void flush(cli_table *table, FILE *out) {
    size_t indent = table->indent;
    cli_table_print(table, out);
    cli_table_clear(table);
    table->indent = indent;
}

void cli_json_lay_out(const json_t *object, size_t indent, FILE *out) {
    cli_table lines;
    const char *key;
    json_t *value;
    cli_table_init(&lines, "ll");
    lines.indent = indent;
    json_object_foreach((json_t *)object, key, value) {
        char *title = cli_json_title(key);
        char *text = line_text(value);
        cli_table_add(&lines, "%s", title);
        cli_table_add(&lines, "%s", text != NULL ? text : "");
        if (text == NULL) {
            flush(&lines, out);
            print_nested(value, indent + STEP, out);
        }
        free(text);
        free(title);
    }
    flush(&lines, out);
    cli_table_clear(&lines);
}
