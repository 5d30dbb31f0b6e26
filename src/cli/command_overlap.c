/* segment overlap: how many are in two segments, or have two tags, at once. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "src/cli/command.h"
#include "src/cli/console.h"
#include "src/cli/formula.h"
#include "src/cli/json_writer.h"
#include "src/cli/people.h"
#include "src/cli/progress_bar.h"
#include "src/cli/quote.h"
#include "src/cli/session.h"
#include "src/cli/table.h"

#define SEGMENTS_MAX KITH_OVERLAP_MAX
_Static_assert(CLI_REST_MAX <= SEGMENTS_MAX, "all that may be named have room");

/* The segments, and of each two how many are in both; the diagonal has how many are in one. A
 * condition with brackets, such as tag('vip'), may stand for a segment. */
typedef struct overlap {
    char *names[SEGMENTS_MAX];            /* owned */
    kith_expression *tests[SEGMENTS_MAX]; /* owned */
    size_t count;
    uint64_t common[SEGMENTS_MAX * SEGMENTS_MAX]; /* row by row */
} overlap;

static uint64_t common_of(const overlap *o, size_t a, size_t b) {
    return o->common[a * o->count + b];
}

/* Which segments */

static int add(const cli_session *session, const char *name, char *text, overlap *out) {
    const cli_formula formula = {text, strlen(text)};
    kith_expression *test = NULL;
    int result = cli_formula_parse(&formula, session->txn, NULL, session->json, &test);
    if (result == CLI_OK) {
        out->names[out->count] = cli_format("%s", name);
        out->tests[out->count++] = test;
    }
    return result;
}

static int add_segment(const cli_session *session, const char *name, overlap *out) {
    char *text = cli_segment_test(name);
    int result = add(session, name, text, out);
    free(text);
    return result;
}

static int add_condition(const cli_session *session, const char *name, overlap *out) {
    char *text = cli_format("%s", name);
    int result = add(session, name, text, out);
    free(text);
    return result;
}

static int add_named(const cli_session *session, const char *name, overlap *out) {
    kith_definition found = KITH_DEFINITION_INIT;
    int code = kith_definition_get(session->txn, KITH_SEGMENT, name, 0, &found);
    if (code == KITH_NOT_FOUND && strchr(name, '(') != NULL) {
        return add_condition(session, name, out);
    }
    if (code == KITH_NOT_FOUND) {
        const char *hint = strpbrk(name, "=<>") != NULL ? "; a condition stands in brackets" : "";
        return cli_session_no(session, "%s%s", kith_txn_error(session->txn)->message, hint);
    }
    return code == KITH_OK ? add_segment(session, name, out) : cli_session_fail(session);
}

static int add_each(const cli_arguments *arguments, const cli_session *session, overlap *out) {
    int result = CLI_OK;
    for (size_t i = 0; result == CLI_OK && i < arguments->rest_count; i++) {
        result = add_named(session, arguments->rest[i], out);
    }
    return result;
}

static int add_all(const cli_session *session, overlap *out) {
    kith_definition found = KITH_DEFINITION_INIT;
    size_t cursor = 0;
    for (;;) {
        int code = kith_definition_next(session->txn, KITH_SEGMENT, &cursor, &found);
        if (code != KITH_OK) {
            return code == KITH_DONE ? CLI_OK : cli_session_fail(session);
        }
        if (out->count == SEGMENTS_MAX) {
            return cli_usage(session->command,
                             "the store has more than %d segments, name those that are meant",
                             SEGMENTS_MAX);
        }
        int result = add_segment(session, found.name, out);
        if (result != CLI_OK) {
            return result;
        }
    }
}

/* Counting */

static int count_all(const cli_session *session, int64_t now_us, overlap *o) {
    kith_overlap_options options = KITH_OVERLAP_OPTIONS_INIT;
    options.now_us = now_us;
    options.conditions = (const kith_expression *const *)o->tests;
    options.condition_count = o->count;
    cli_progress bar;
    options.progress = cli_progress_step;
    options.context = &bar;
    cli_progress_begin(&bar);
    int code = o->count > 0 ? kith_query_overlap(session->txn, &options, o->common) : KITH_OK;
    cli_progress_end(&bar);
    return code == KITH_OK ? CLI_OK : cli_people_fail(session, code);
}

/* Showing */

static double share(const overlap *o, size_t a, size_t b) {
    return common_of(o, a, a) > 0 ? (double)common_of(o, a, b) / (double)common_of(o, a, a) : 0;
}

static void add_cells(cli_table *table, const overlap *o, size_t a) {
    char number[CLI_NUMBER_BYTES];
    for (size_t b = 0; b < o->count; b++) {
        cli_count_text(common_of(o, a, b), number);
        if (a == b || common_of(o, a, a) == 0) {
            cli_table_add(table, "%s", number);
        } else {
            cli_table_add(table, "%s %3.0f%%", number, 100 * share(o, a, b));
        }
    }
}

static void print_matrix(const overlap *o) {
    char alignment[SEGMENTS_MAX + 3];
    cli_table table;
    memset(alignment, 'r', o->count + 2);
    alignment[1] = 'l';
    alignment[o->count + 2] = '\0';
    cli_table_init(&table, alignment);
    table.header = true;
    cli_table_add(&table, "%s", "");
    cli_table_add(&table, "segment");
    for (size_t a = 0; a < o->count; a++) {
        cli_table_add(&table, "%zu", a + 1);
    }
    for (size_t a = 0; a < o->count; a++) {
        cli_table_add(&table, "%zu", a + 1);
        cli_table_add(&table, "%s", o->names[a]);
        add_cells(&table, o, a);
    }
    cli_table_print(&table, stdout);
    cli_table_clear(&table);
}

static void put_pair(cli_json *json, const overlap *o, size_t a, size_t b) {
    cli_json_object(json, NULL);
    cli_json_text(json, "a", o->names[a]);
    cli_json_text(json, "b", o->names[b]);
    cli_json_count(json, "common", common_of(o, a, b));
    cli_json_real(json, "share_of_a", share(o, a, b));
    cli_json_real(json, "share_of_b", share(o, b, a));
    cli_json_end(json);
}

static void print_pairs(const overlap *o) {
    cli_json json;
    cli_json_init(&json, stdout);
    cli_json_object(&json, NULL);
    cli_json_list(&json, "segments");
    for (size_t a = 0; a < o->count; a++) {
        cli_json_object(&json, NULL);
        cli_json_text(&json, "segment", o->names[a]);
        cli_json_count(&json, "members", common_of(o, a, a));
        cli_json_end(&json);
    }
    cli_json_end(&json);
    cli_json_list(&json, "pairs");
    for (size_t a = 0; a < o->count; a++) {
        for (size_t b = a + 1; b < o->count; b++) {
            put_pair(&json, o, a, b);
        }
    }
    cli_json_end(&json);
    cli_json_end(&json);
}

static int answer(const cli_arguments *arguments, int64_t now_us, overlap *o) {
    cli_session session;
    int result = cli_session_begin(arguments, KITH_READ, &session);
    if (result != CLI_OK) {
        return result;
    }
    result = arguments->rest_count > 0 ? add_each(arguments, &session, o) : add_all(&session, o);
    result = result == CLI_OK ? count_all(&session, now_us, o) : result;
    cli_session_end(&session);
    if (result == CLI_OK && arguments->json) {
        print_pairs(o);
    } else if (result == CLI_OK && o->count > 0) {
        print_matrix(o);
    }
    return result;
}

static int run_overlap(const cli_arguments *arguments) {
    overlap o = {.count = 0};
    int64_t now_us = 0;
    int result = cli_option_now(arguments, &now_us);
    if (result == CLI_OK) {
        result = answer(arguments, now_us, &o);
    }
    for (size_t i = 0; i < o.count; i++) {
        free(o.names[i]);
        kith_expression_free(o.tests[i]);
    }
    return result;
}

const cli_command cli_command_segment_overlap = {
    .name = "segment overlap",
    .summary = "count those who are in two segments at once, for each two",
    .usage = "STORE [NAME ...] [--as-of TIME]",
    .operands = {"STORE"},
    .rest = "NAME",
    .optional_rest = true,
    .options = {CLI_AS_OF_OPTIONS},
    .details =
        "A row's shares are of the members of its own segment. NAME may also be a condition\n"
        "with brackets, such as tag('vip'). It is quickest where memberships are "
        "settled.\n" CLI_AS_OF_DETAILS
        "Exit code 1: there is no such segment, or a condition means nothing.\n"
        "\n"
        "  kith segment overlap shop.kith\n"
        "  kith segment overlap shop.kith regulars lapsed \"tag('vip')\"",
    .run = run_overlap,
};
