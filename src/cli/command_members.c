/* segment count, segment members: who is in a segment. */
#include "src/cli/asked_columns.h"
#include "src/cli/command.h"
#include "src/cli/console.h"
#include "src/cli/formula.h"
#include "src/cli/people.h"
#include "src/cli/session.h"

/* The segment that is named, or the condition of --where. */
static int find_where(const cli_arguments *arguments, const cli_session *session,
                      kith_expression **out) {
    const char *condition = cli_option_get(arguments, "where");
    kith_expression_options options = KITH_EXPRESSION_OPTIONS_INIT;
    cli_formula formula = {NULL, 0};
    if (condition == NULL) {
        return cli_people_of_segment(session, arguments->operands[1], out);
    }
    options.any_name = cli_option_get(arguments, "any-name") != NULL;
    int result = cli_formula_read(arguments, condition, &formula);
    if (result == CLI_OK) {
        result = cli_formula_parse(&formula, session->txn, &options, session->json, out);
    }
    cli_formula_clear(&formula);
    return result;
}

static int answer(const cli_arguments *arguments, int64_t now_us, bool count) {
    kith_expression *where = NULL;
    cli_session session;
    int result = cli_session_begin(arguments, KITH_READ, &session);
    if (result != CLI_OK) {
        return result;
    }
    result = find_where(arguments, &session, &where);
    if (result == CLI_OK) {
        result = count ? cli_people_print_count(arguments, &session, where, now_us)
                       : cli_people_write(arguments, &session, where, now_us);
    }
    kith_expression_free(where);
    cli_session_end(&session);
    return result;
}

static int run_count(const cli_arguments *arguments) {
    bool named = arguments->operands[1] != NULL;
    int64_t now_us = 0;
    if (named == (cli_option_get(arguments, "where") != NULL)) {
        return cli_usage(arguments->command, "segment count needs a NAME or --where EXPRESSION%s",
                         named ? ", not both" : "");
    }
    int result = cli_option_now(arguments, &now_us);
    return result == CLI_OK ? answer(arguments, now_us, true) : result;
}

static int run_members(const cli_arguments *arguments) {
    int64_t now_us = 0;
    int result = cli_option_now(arguments, &now_us);
    return result == CLI_OK ? answer(arguments, now_us, false) : result;
}

const cli_command cli_command_segment_count = {
    .name = "segment count",
    .summary = "count those who are in a segment",
    .usage = "STORE (NAME | --where EXPRESSION) [--now TIME]\n       " CLI_SHARE_USAGE,
    .operands = {"STORE", "NAME"},
    .optional_operands = 1,
    .options =
        {
            {"where", "EXPRESSION", "count those whom this means (-: standard input)"},
            CLI_SHARE_OPTIONS,
            {"any-name", NULL,
             "attributes, events and properties that the store doesn't know\nare no error"},
            {"now", "TIME", "as of this time (default: the clock)"},
        },
    .details = "Exit code 1: there is no such segment, or the expression means nothing.\n"
               "\n"
               "  kith segment count shop.kith regulars\n"
               "  kith segment count shop.kith --where \"segment('regulars') AND city = 'York'\"",
    .run = run_count,
};

const cli_command cli_command_segment_members = {
    .name = "segment members",
    .summary = "write those who are in a segment, and what is asked about each",
    .usage = "STORE NAME " CLI_PEOPLE_USAGE,
    .operands = {"STORE", "NAME"},
    .options =
        {
            CLI_PEOPLE_OPTIONS,
            {"any-name", NULL,
             "attributes, events and properties that the store doesn't know\nare no error"},
            {"now", "TIME", "as of this time (default: the clock)"},
        },
    .details = "Each row begins with " CLI_ID_COLUMN "; 'kith query --help' has more on columns.\n"
               "Exit code 1: there is no such segment, or an expression means nothing.\n"
               "\n"
               "  kith segment members shop.kith regulars --columns 'email, city' > regulars.csv",
    .run = run_members,
};
