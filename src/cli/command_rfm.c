/* rfm: how recently, how often and for how much customers bought, and what that makes them. */
#include <string.h>

#include "src/cli/command.h"
#include "src/cli/console.h"
#include "src/cli/formula.h"
#include "src/cli/interrupt.h"
#include "src/cli/people.h"
#include "src/cli/progress_bar.h"
#include "src/cli/rfm_card.h"
#include "src/cli/row_writer.h"
#include "src/cli/session.h"

static int check_use(const cli_arguments *arguments) {
    const char *format = cli_option_get(arguments, "format");
    if (format != NULL && cli_option_get(arguments, "customers") == NULL) {
        return cli_usage(arguments->command, "--format is of --customers");
    }
    if (format != NULL && strcmp(format, "arrow") == 0) {
        return cli_usage(arguments->command, "--format is csv or jsonl here");
    }
    return CLI_OK;
}

static int read_options(const cli_arguments *arguments, kith_rfm_options *out) {
    uint64_t bins = 0;
    out->event = cli_option_get(arguments, "event");
    out->amount = cli_option_get(arguments, "amount");
    out->refund = cli_option_get(arguments, "refund");
    int result = cli_option_now(arguments, &out->now_us);
    result = result == CLI_OK ? cli_option_count(arguments, "bins", 0, &bins) : result;
    bool given = cli_option_get(arguments, "bins") != NULL;
    if (result == CLI_OK && given && (bins < 2 || bins > KITH_RFM_BINS_MAX)) {
        return cli_usage(arguments->command, "--bins takes 2 to %d", KITH_RFM_BINS_MAX);
    }
    out->bins = (unsigned)bins;
    return result;
}

static kith_value count_value(uint64_t count) {
    return kith_value_integer((int64_t)count);
}

static void put_customer(cli_rows *rows, const kith_rfm_customer *c) {
    const kith_value values[] = {
        kith_value_integer(c->days),
        count_value(c->order_count),
        kith_value_real((double)c->spent_micros / 1e6),
        count_value(c->r),
        count_value(c->f),
        count_value(c->m),
        kith_value_text(c->segment),
        kith_value_text(c->tier),
    };
    cli_rows_put(rows, &c->id, values);
}

/* Whoever reads the rows may have had enough of them; the flush at the end tells what failed. */
static int write_rows(const kith_rfm_result *result, cli_rows *rows) {
    kith_rfm_customer customer = KITH_RFM_CUSTOMER_INIT;
    size_t cursor = 0;
    int code = KITH_OK;
    while (code == KITH_OK && !ferror(stdout)) {
        code = cli_interrupted() ? KITH_INTERRUPTED : kith_rfm_next(result, &cursor, &customer);
        if (code == KITH_OK) {
            put_customer(rows, &customer);
        }
    }
    if (cli_interrupted()) {
        clearerr(stdout); /* a write that waited for its reader was stopped too */
        return KITH_INTERRUPTED;
    }
    return code == KITH_DONE ? KITH_OK : code;
}

static void name_columns(cli_columns *out) {
    static const char *const names[] = {"days", "orders", "spent",   "r",
                                        "f",    "m",      "segment", "tier"};
    *out = (cli_columns){.count = 0};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        out->names[out->count++] = cli_format("%s", names[i]);
    }
}

static int write_customers(const cli_arguments *arguments, const cli_session *session,
                           const kith_rfm_result *result) {
    kith_format format = KITH_FORMAT_CSV;
    cli_columns columns;
    cli_rows rows;
    int outcome = cli_option_format(arguments, &format);
    if (outcome != CLI_OK) {
        return outcome;
    }
    name_columns(&columns);
    cli_rows_begin(&rows, &columns, format == KITH_FORMAT_JSONL);
    int code = write_rows(result, &rows);
    cli_columns_clear(&columns);
    return code == KITH_OK ? CLI_OK : cli_people_fail(session, code);
}

static int show(const cli_arguments *arguments, const cli_session *session,
                const kith_rfm_result *result) {
    if (cli_option_get(arguments, "customers") != NULL) {
        return write_customers(arguments, session, result);
    }
    if (arguments->json) {
        cli_rfm_print_json(result);
    } else {
        cli_rfm_print(result);
    }
    return CLI_OK;
}

static int answer(const cli_arguments *arguments, const cli_session *session,
                  kith_rfm_options *options) {
    kith_rfm_result *result = NULL;
    kith_expression *where = NULL;
    cli_progress bar;
    int outcome = cli_formula_where(arguments, session->txn, &where);
    if (outcome != CLI_OK) {
        return outcome;
    }
    options->where = where;
    options->progress = cli_progress_step;
    options->context = &bar;
    cli_progress_begin(&bar);
    int code = kith_rfm(session->txn, options, &result);
    cli_progress_end(&bar);
    outcome = code == KITH_OK ? show(arguments, session, result)
              : code == KITH_INVALID
                  ? cli_session_no(session, "%s", kith_txn_error(session->txn)->message)
                  : cli_people_fail(session, code);
    kith_rfm_free(result);
    kith_expression_free(where);
    return outcome;
}

static int run_rfm(const cli_arguments *arguments) {
    kith_rfm_options options = KITH_RFM_OPTIONS_INIT;
    cli_session session;
    int result = check_use(arguments);
    result = result == CLI_OK ? read_options(arguments, &options) : result;
    result = result == CLI_OK ? cli_session_begin(arguments, KITH_READ, &session) : result;
    if (result == CLI_OK) {
        result = answer(arguments, &session, &options);
        cli_session_end(&session);
    }
    return result;
}

const cli_command cli_command_rfm = {
    .name = "rfm",
    .summary = "score customers by how recently, how often and for how much they bought",
    .usage = "STORE [--event EVENT] [--amount PROPERTY] [--refund EVENT] [--bins N]\n"
             "       [--where EXPRESSION] [--customers [--format FORMAT]] [--as-of TIME]",
    .operands = {"STORE"},
    .options =
        {
            {"event", "EVENT",
             "what an order is (default: the one of order, purchase,\n'Order Completed' that the "
             "store has)"},
            {"amount", "PROPERTY",
             "what an order came to (default: the first of amount, total,\nrevenue, value that the "
             "store has)"},
            {"refund", "EVENT", "events whose amount goes back, whichever its sign"},
            {"bins", "N", "scores from 1 to N, 2 to 10 (default: 5)"},
            {"where", "EXPRESSION", "only those, compared with one another"},
            {"customers", NULL, "write a row for each customer instead"},
            {"format", "FORMAT", "of the rows: csv (default), or jsonl, as with --json"},
            CLI_AS_OF_OPTIONS,
        },
    .details =
        "R: days since the last order. F: orders. M: what they came to, less refunds and amounts\n"
        "below 0. Each is cut where 1/N, 2/N ... of the customers stand; equal numbers have equal\n"
        "scores. Segments are named for ranges of scores; tiers are the top 1%, 5% and 20% by "
        "M.\n" CLI_AS_OF_DETAILS
        "Exit code 1: there is no such event or property, or the condition means nothing.\n"
        "\n"
        "  kith rfm shop.kith\n"
        "  kith rfm shop.kith --event order --amount total --refund return --where \"city = "
        "'York'\"\n"
        "  kith rfm shop.kith --customers --as-of 2024-01-01 > rfm.csv",
    .run = run_rfm,
};
