#include "src/cli/asked_columns.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "src/cli/console.h"
#include "src/cli/quote.h"

/* Bytes of the text: the expression of a column, and its name, which is empty where it has none. */
typedef struct part {
    size_t from, to;
    size_t name_from, name_to;
    bool named;
} part;

static bool is_blank(char c) {
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static bool is_quote(char c) {
    return c == '\'' || c == '"';
}

static bool is_word(char c) {
    return isalnum((unsigned char)c) || c == '_' || c == '.' || (unsigned char)c >= 0x80;
}

/* Parting */

/* Behind the quote that closes the one here; a quote within, which is doubled, closes and opens. */
static size_t skip_quoted(const cli_formula *list, size_t at) {
    const char *end = memchr(list->text + at + 1, list->text[at], list->size - at - 1);
    return end != NULL ? (size_t)(end - list->text) + 1 : list->size;
}

static bool is_as(const cli_formula *list, size_t from, size_t at) {
    const char *text = list->text + at;
    return at > from && !is_word(text[-1]) && at + 2 < list->size &&
           tolower((unsigned char)text[0]) == 'a' && tolower((unsigned char)text[1]) == 's' &&
           (is_blank(text[2]) || is_quote(text[2]));
}

static void trim(const cli_formula *list, size_t *from, size_t *to) {
    while (*from < *to && is_blank(list->text[*from])) {
        ++*from;
    }
    while (*to > *from && is_blank(list->text[*to - 1])) {
        --*to;
    }
}

/* The column that begins here; returns where it ends. */
static size_t find_part(const cli_formula *list, size_t from, part *out) {
    size_t at = from, as = list->size;
    int depth = 0;
    while (at < list->size && (depth > 0 || list->text[at] != ',')) {
        char c = list->text[at];
        if (is_quote(c)) {
            at = skip_quoted(list, at);
            continue;
        }
        depth += (c == '(' || c == '[') - (c == ')' || c == ']');
        as = depth == 0 && is_as(list, from, at) ? at : as;
        at++;
    }
    bool named = as < list->size;
    *out = (part){from, named ? as : at, named ? as + 2 : at, at, named};
    trim(list, &out->from, &out->to);
    trim(list, &out->name_from, &out->name_to);
    return at;
}

/* Names */

/* A name in quotes is what stands between them; owned. */
static char *copy_name(const cli_formula *list, const part *p) {
    size_t from = p->named ? p->name_from : p->from, to = p->named ? p->name_to : p->to;
    const char *text = list->text;
    if (p->named && to - from >= 2 && is_quote(text[from]) && text[to - 1] == text[from]) {
        from++;
        to--;
    }
    return cli_format("%.*s", (int)(to - from), text + from);
}

static int check_name(const cli_arguments *arguments, const cli_columns *columns,
                      const char *name) {
    bool taken = strcmp(name, CLI_ID_COLUMN) == 0;
    for (size_t i = 0; i < columns->count && !taken; i++) {
        taken = strcmp(columns->names[i], name) == 0;
    }
    if (taken) {
        return cli_usage(arguments->command,
                         "two columns are called '%s'; write EXPRESSION as NAME to name one", name);
    }
    return CLI_OK;
}

void cli_columns_add(cli_columns *columns, kith_expression *expression, char *name) {
    columns->names[columns->count] = name;
    columns->expressions[columns->count++] = expression;
}

int cli_columns_add_output(cli_columns *columns, const cli_session *session, const char *score,
                           const char *output, char *name) {
    kith_expression_options options = KITH_EXPRESSION_OPTIONS_INIT;
    kith_expression *expression = NULL;
    kith_error error = KITH_ERROR_INIT;
    char *text = cli_score_call(score, output);
    options.value = true;
    int code =
        kith_expression_parse(text, strlen(text), session->txn, &options, &expression, &error);
    free(text);
    if (code != KITH_OK) {
        free(name);
        return cli_fail_error(&error);
    }
    cli_columns_add(columns, expression, name);
    return CLI_OK;
}

/* Reading */

static int parse_part(const cli_arguments *arguments, const cli_session *session,
                      const cli_formula *list, const part *p, kith_expression **out) {
    kith_error error = KITH_ERROR_INIT;
    kith_expression_options options = KITH_EXPRESSION_OPTIONS_INIT;
    options.value = true;
    options.any_name = cli_option_get(arguments, "any-name") != NULL;
    int code = kith_expression_parse(list->text + p->from, p->to - p->from, session->txn, &options,
                                     out, &error);
    if (code == KITH_OK) {
        return CLI_OK;
    }
    if (code != KITH_INVALID && code != KITH_LIMIT) {
        return cli_fail_error(&error);
    }
    error.position += error.position >= 0 ? (int64_t)p->from : 0;
    return cli_formula_refuse(list, &error, session->json);
}

static int add_part(const cli_arguments *arguments, const cli_session *session,
                    const cli_formula *list, const part *p, cli_columns *out) {
    kith_expression *expression = NULL;
    if (out->count == KITH_QUERY_COLUMNS_MAX) {
        return cli_usage(arguments->command, "at most %d columns may be asked for",
                         KITH_QUERY_COLUMNS_MAX);
    }
    if (p->named && p->name_from == p->name_to) {
        return cli_usage(arguments->command, "a column is without a name behind AS");
    }
    int result = parse_part(arguments, session, list, p, &expression);
    if (result != CLI_OK) {
        return result;
    }
    char *name = copy_name(list, p);
    result = check_name(arguments, out, name);
    if (result != CLI_OK) {
        free(name);
        kith_expression_free(expression);
        return result;
    }
    cli_columns_add(out, expression, name);
    return CLI_OK;
}

int cli_columns_read_option(const cli_arguments *arguments, const cli_session *session,
                            const char *option, cli_columns *out) {
    const char *text = cli_option_get(arguments, option);
    int result = CLI_OK;
    if (text == NULL) {
        return CLI_OK;
    }
    cli_formula list = {cli_format("%s", text), strlen(text)};
    for (size_t at = 0; result == CLI_OK && at <= list.size; at++) {
        part p;
        at = find_part(&list, at, &p);
        result = add_part(arguments, session, &list, &p, out);
    }
    if (result != CLI_OK) {
        cli_columns_clear(out);
    }
    cli_formula_clear(&list);
    return result;
}

int cli_columns_read(const cli_arguments *arguments, const cli_session *session, cli_columns *out) {
    return cli_columns_read_option(arguments, session, "columns", out);
}

void cli_columns_clear(cli_columns *columns) {
    for (size_t i = 0; i < columns->count; i++) {
        kith_expression_free(columns->expressions[i]);
        free(columns->names[i]);
    }
    columns->count = 0;
}
