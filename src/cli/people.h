/*
 * Who is meant by an expression: counting them, and writing a row for each. With a bar for long
 * work; Ctrl-C stops it. Functions that fail have said why and return the exit code.
 */
#ifndef KITH_CLI_PEOPLE_H
#define KITH_CLI_PEOPLE_H

#include "kith.h"
#include "src/cli/asked_columns.h"
#include "src/cli/formula.h"
#include "src/cli/session.h"
#include "src/cli/share.h"

#define CLI_PEOPLE_USAGE                                                                           \
    "[--columns EXPRESSIONS] [--limit N] [--format FORMAT]\n       " CLI_SHARE_USAGE
#define CLI_PEOPLE_OPTIONS                                                                         \
    {"columns", "EXPRESSIONS", "what is asked about each: 'city, count(order) as orders'"},        \
        CLI_SHARE_OPTIONS, {"limit", "N", "write at most so many"},                                \
        {"format", "FORMAT",                                                                       \
         "csv (default), jsonl, one JSON object a line, or arrow, the IPC\nstream format "         \
         "(.arrows)"},                                                                             \
    {                                                                                              \
        "json", NULL, "the same as --format jsonl"                                                 \
    }

/* Who is in a segment, whose name the message suggests where there is none. CLI_NO. */
int cli_people_of_segment(const cli_session *session, const char *segment, kith_expression **out);

/* What a query that failed or was stopped is told by. */
int cli_people_fail(const cli_session *session, int code);

/* `where` NULL: all. */
int cli_people_count(const cli_session *session, const kith_expression *where, int64_t now_us,
                     uint64_t *out);
/* Prints the count alone, for a script to take, or {"count": N}; of a sample if the options
 * CLI_SHARE_OPTIONS say so. */
int cli_people_print_count(const cli_arguments *arguments, const cli_session *session,
                           const kith_expression *where, int64_t now_us);
/* Hands each to `take`, with what is asked by the columns. `where` NULL: all. */
int cli_people_each(const cli_session *session, const cli_columns *columns,
                    const kith_expression *where, int64_t now_us,
                    void (*take)(void *context, const kith_query_row *row), void *context);
/* Writes a row for each, as the options CLI_PEOPLE_OPTIONS and --any-name say. */
int cli_people_write(const cli_arguments *arguments, const cli_session *session,
                     const kith_expression *where, int64_t now_us);

#endif
