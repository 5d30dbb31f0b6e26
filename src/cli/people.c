#include "src/cli/people.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "src/cli/asked_columns.h"
#include "src/cli/console.h"
#include "src/cli/interrupt.h"
#include "src/cli/json_writer.h"
#include "src/cli/output.h"
#include "src/cli/progress_bar.h"
#include "src/cli/quote.h"
#include "src/cli/row_writer.h"

int cli_people_of_segment(const cli_session *session, const char *segment, kith_expression **out) {
    kith_definition found = KITH_DEFINITION_INIT;
    kith_error error = KITH_ERROR_INIT;
    int code = kith_definition_get(session->txn, KITH_SEGMENT, segment, 0, &found);
    if (code == KITH_NOT_FOUND) {
        return cli_session_no(session, "%s", kith_txn_error(session->txn)->message);
    }
    if (code != KITH_OK) {
        return cli_session_fail(session);
    }
    char *text = cli_segment_test(segment);
    code = kith_expression_parse(text, strlen(text), session->txn, NULL, out, &error);
    free(text);
    return code == KITH_OK ? CLI_OK : cli_fail_error(&error);
}

int cli_people_fail(const cli_session *session, int code) {
    return code == KITH_INTERRUPTED
               ? cli_fail("interrupted: 'kith %s' is unfinished", session->command->name)
               : cli_session_fail(session);
}

static int count(const cli_session *session, const kith_query_options *given, uint64_t *out) {
    kith_query_options options = *given;
    cli_progress bar;
    options.progress = cli_progress_step;
    options.context = &bar;
    cli_progress_begin(&bar);
    int code = kith_query_count(session->txn, &options, out);
    cli_progress_end(&bar);
    return code == KITH_OK ? CLI_OK : cli_people_fail(session, code);
}

int cli_people_count(const cli_session *session, const kith_expression *where, int64_t now_us,
                     uint64_t *out) {
    kith_query_options options = KITH_QUERY_OPTIONS_INIT;
    options.now_us = now_us;
    options.where = where;
    return count(session, &options, out);
}

int cli_people_print_count(const cli_arguments *arguments, const cli_session *session,
                           const kith_expression *where, int64_t now_us) {
    kith_query_options options = KITH_QUERY_OPTIONS_INIT;
    uint64_t found = 0;
    options.now_us = now_us;
    options.where = where;
    int result = cli_share_read(arguments, &options);
    result = result == CLI_OK ? count(session, &options, &found) : result;
    if (result != CLI_OK) {
        return result;
    }
    if (session->json) {
        cli_json json;
        cli_json_init(&json, stdout);
        cli_json_object(&json, NULL);
        cli_json_count(&json, "count", found);
        cli_json_end(&json);
    } else {
        printf("%" PRIu64 "\n", found);
    }
    return CLI_OK;
}

int cli_people_each(const cli_session *session, const cli_columns *columns,
                    const kith_expression *where, int64_t now_us,
                    void (*take)(void *context, const kith_query_row *row), void *context) {
    kith_query_options options = KITH_QUERY_OPTIONS_INIT;
    kith_query_row row = KITH_QUERY_ROW_INIT;
    kith_query *query = NULL;
    cli_progress bar;
    options.now_us = now_us;
    options.where = where;
    options.columns = (const kith_expression *const *)columns->expressions;
    options.column_count = columns->count;
    options.progress = cli_progress_step;
    options.context = &bar;
    cli_progress_begin(&bar);
    int code = kith_query_open(session->txn, &options, &query);
    while (code == KITH_OK) {
        code = cli_interrupted() ? KITH_INTERRUPTED : kith_query_next(query, &row);
        if (code == KITH_OK) {
            take(context, &row);
        }
    }
    kith_query_close(query);
    cli_progress_end(&bar);
    return code == KITH_DONE ? CLI_OK : cli_people_fail(session, code);
}

/* Whoever reads the rows may have had enough of them; the flush at the end tells what failed. */
static int write_rows(kith_query *query, cli_rows *rows) {
    kith_query_row row = KITH_QUERY_ROW_INIT;
    int code = KITH_OK;
    while (code == KITH_OK && !ferror(stdout)) {
        code = cli_interrupted() ? KITH_INTERRUPTED : kith_query_next(query, &row);
        if (code == KITH_OK) {
            cli_rows_put(rows, &row.id, row.values);
        }
    }
    if (cli_interrupted()) {
        clearerr(stdout); /* a write that waited for its reader was stopped too */
        return KITH_INTERRUPTED;
    }
    return code == KITH_DONE ? KITH_OK : code;
}

/* As a table in Arrow. */
static int write_table(const cli_session *session, const kith_query_options *options,
                       const cli_columns *columns, cli_output *output, kith_error *error) {
    struct ArrowArrayStream stream;
    int code =
        kith_query_arrow(session->txn, options, (const char *const *)columns->names, &stream);
    if (code != KITH_OK) {
        *error = *kith_txn_error(session->txn);
        return code;
    }
    code = kith_arrow_write(&stream, cli_output_write, output, error);
    stream.release(&stream);
    return code;
}

/* As text, row by row. */
static int write_texts(const cli_session *session, const kith_query_options *options,
                       const cli_columns *columns, bool json) {
    kith_query *query = NULL;
    cli_rows rows;
    int code = kith_query_open(session->txn, options, &query);
    if (code == KITH_OK) {
        cli_rows_begin(&rows, columns, json);
        code = write_rows(query, &rows);
    }
    kith_query_close(query);
    return code;
}

static int write_people(const cli_session *session, const kith_query_options *given,
                        const cli_columns *columns, kith_format format) {
    kith_query_options options = *given;
    kith_error error = KITH_ERROR_INIT;
    cli_output output = {0};
    cli_progress bar;
    bool table = format == KITH_FORMAT_ARROW;
    options.columns = (const kith_expression *const *)columns->expressions;
    options.column_count = columns->count;
    options.progress = cli_progress_step;
    options.context = &bar;
    cli_progress_begin(&bar);
    bar.shown = bar.shown && !cli_is_terminal(stdout); /* the rows show how it goes */
    int code = table ? write_table(session, &options, columns, &output, &error)
                     : write_texts(session, &options, columns, format == KITH_FORMAT_JSONL);
    cli_progress_end(&bar);
    if (table) {
        return cli_output_end(&output, code, &error);
    }
    return code == KITH_OK ? CLI_OK : cli_people_fail(session, code);
}

int cli_people_write(const cli_arguments *arguments, const cli_session *session,
                     const kith_expression *where, int64_t now_us) {
    kith_query_options options = KITH_QUERY_OPTIONS_INIT;
    cli_columns columns = {.count = 0};
    kith_format format = KITH_FORMAT_CSV;
    options.now_us = now_us;
    options.where = where;
    int result = cli_option_format(arguments, &format);
    if (result == CLI_OK) {
        result = cli_share_read(arguments, &options);
    }
    if (result == CLI_OK) {
        result = cli_option_count(arguments, "limit", 0, &options.limit);
    }
    if (result == CLI_OK && cli_option_get(arguments, "limit") != NULL && options.limit == 0) {
        result = cli_usage(arguments->command, "--limit needs a number from 1 on");
    }
    if (result == CLI_OK) {
        result = cli_columns_read(arguments, session, &columns);
    }
    if (result == CLI_OK) {
        result = write_people(session, &options, &columns, format);
    }
    cli_columns_clear(&columns);
    return result;
}
