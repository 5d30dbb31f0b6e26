/* query: who is meant by an expression, and what is asked about each. */
#include "src/cli/asked_columns.h"
#include "src/cli/command.h"
#include "src/cli/console.h"
#include "src/cli/formula.h"
#include "src/cli/people.h"
#include "src/cli/session.h"

static int check_use(const cli_arguments *arguments) {
    static const char *const of_rows[] = {"columns", "limit", "format"};
    for (size_t i = 0; i < sizeof of_rows / sizeof of_rows[0]; i++) {
        if (cli_option_get(arguments, "count") != NULL &&
            cli_option_get(arguments, of_rows[i]) != NULL) {
            return cli_usage(arguments->command, "--count counts, there is no --%s of it",
                             of_rows[i]);
        }
    }
    return CLI_OK;
}

static int answer(const cli_arguments *arguments, const cli_session *session,
                  const cli_formula *formula, int64_t now_us) {
    kith_expression_options options = KITH_EXPRESSION_OPTIONS_INIT;
    kith_expression *where = NULL;
    options.json = cli_option_get(arguments, "twin") != NULL;
    options.any_name = cli_option_get(arguments, "any-name") != NULL;
    int result = cli_formula_parse(formula, session->txn, &options, session->json, &where);
    if (result == CLI_OK) {
        result = cli_option_get(arguments, "count") != NULL
                     ? cli_people_print_count(arguments, session, where, now_us)
                     : cli_people_write(arguments, session, where, now_us);
    }
    kith_expression_free(where);
    return result;
}

static int run_query(const cli_arguments *arguments) {
    cli_formula formula = {NULL, 0};
    cli_session session;
    int64_t now_us = 0;
    int result = check_use(arguments);
    if (result == CLI_OK) {
        result = cli_option_now(arguments, &now_us);
    }
    if (result == CLI_OK) {
        result = cli_formula_read_one(arguments, arguments->operands[1], &formula);
    }
    if (result == CLI_OK) {
        result = cli_session_begin(arguments, KITH_READ, &session);
    }
    if (result == CLI_OK) {
        result = answer(arguments, &session, &formula, now_us);
        cli_session_end(&session);
    }
    cli_formula_clear(&formula);
    return result;
}

const cli_command cli_command_query = {
    .name = "query",
    .summary = "write those whom an expression means, and what is asked about each",
    .usage = "STORE EXPRESSION " CLI_PEOPLE_USAGE "\n"
             "       kith query STORE EXPRESSION --count " CLI_SHARE_USAGE,
    .operands = {"STORE", "EXPRESSION"},
    .optional_operands = 1,
    .options =
        {
            CLI_PEOPLE_OPTIONS,
            {"count", NULL, "print only how many they are"},
            CLI_FORMULA_OPTIONS,
            {"twin", NULL, "EXPRESSION is the JSON twin"},
            CLI_AS_OF_OPTIONS,
        },
    .details =
        "Each row begins with " CLI_ID_COLUMN ". A column is called what stands behind AS, or as\n"
        "its expression is written; a duration is in microseconds. TRUE means everybody; - reads\n"
        "EXPRESSION from standard input. Answers are exact at any time; those of a store that is\n"
        "settled come fast. --sample takes those in the first buckets of 10,000, as\n"
        "bucket('SALT', 0, 1000) does: the same 10% on every machine, and all of them in 20%.\n"
        "\n"
        "--format arrow writes a table for pandas, polars and DuckDB: numbers as exact decimals "
        "or\n"
        "whole ones, times as timestamps. A column whose type each value tells is a text there.\n"
        "\n"
        "  kith query shop.kith \"did(order LAST 90d)\" --columns 'email, count(order) as orders'\n"
        "  kith query shop.kith \"city = 'York' AND NOT did(order LAST 365d)\" --count\n"
        "  kith query shop.kith \"segment('lapsed')\" --sample 10% --salt spring --columns email\n"
        "\n"
        "Exit code 1: an expression means nothing; the message says where, and what was expected.",
    .run = run_query,
};
