/* segment test, segment count, segment members: who is in a segment. */
#include "src/cli/asked_columns.h"
#include "src/cli/command.h"
#include "src/cli/console.h"
#include "src/cli/finding.h"
#include "src/cli/formula.h"
#include "src/cli/json_writer.h"
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

/* One customer */

static void print_test(const cli_finding *finding, const char *segment,
                       const kith_outcome *outcome) {
    char until[KITH_TIME_TEXT_BYTES];
    bool changes = outcome->next_change_at_us != INT64_MAX;
    cli_json json;
    if (finding->session.json) {
        cli_json_init(&json, stdout);
        cli_json_object(&json, NULL);
        cli_json_boolean(&json, "found", true);
        cli_json_id(&json, CLI_ID_COLUMN, &finding->profile.id);
        cli_json_text(&json, "segment", segment);
        cli_json_boolean(&json, "in", outcome->truth);
        cli_json_time(&json, "next_change_at", outcome->next_change_at_us);
        cli_json_end(&json);
        return;
    }
    kith_time_format(changes ? outcome->next_change_at_us : 0, until);
    printf("%s%s%s\n", outcome->truth ? "in" : "not in", changes ? " until " : "",
           changes ? until : "");
    cli_finding_print_shared(&finding->shared);
}

static int run_test(const cli_arguments *arguments) {
    const char *segment = arguments->operands[1];
    kith_expression *expression = NULL;
    kith_outcome outcome = KITH_OUTCOME_INIT;
    cli_finding finding;
    int64_t now_us = 0;
    int result = cli_option_now(arguments, &now_us);
    result = result == CLI_OK ? cli_finding_begin(arguments, now_us, &finding) : result;
    if (result != CLI_OK) {
        return result;
    }
    result = cli_people_of_segment(&finding.session, segment, &expression);
    if (result == CLI_OK &&
        kith_expression_evaluate(expression, &finding.profile, now_us, &outcome) != KITH_OK) {
        result = cli_session_fail(&finding.session);
    }
    if (result == CLI_OK) {
        print_test(&finding, segment, &outcome);
        result = outcome.truth ? CLI_OK : CLI_NO;
    }
    kith_expression_free(expression);
    cli_finding_end(&finding);
    return result;
}

/* Many */

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

const cli_command cli_command_segment_test = {
    .name = "segment test",
    .summary = "whether somebody is in a segment, and until when that is so",
    .usage = "STORE NAME (--id ID | --record SOURCE:KEY | --find TYPE=VALUE)\n"
             "           [--as-of TIME]",
    .operands = {"STORE", "NAME"},
    .options = {CLI_FINDING_OPTIONS, CLI_AS_OF_OPTIONS},
    .details = CLI_AS_OF_DETAILS
    "Exit code 0: in it; 1: not in it, or there is no such customer or segment.\n"
    "\n"
    "  kith segment test shop.kith regulars --record crm:17\n"
    "  kith segment test shop.kith regulars --record crm:17 --as-of 2024-03-01",
    .run = run_test,
};

const cli_command cli_command_segment_count = {
    .name = "segment count",
    .summary = "count those who are in a segment",
    .usage = "STORE (NAME | --where EXPRESSION) [--as-of TIME]\n       " CLI_SHARE_USAGE,
    .operands = {"STORE", "NAME"},
    .optional_operands = 1,
    .options =
        {
            {"where", "EXPRESSION", "count those whom this means (-: standard input)"},
            CLI_SHARE_OPTIONS,
            {"any-name", NULL,
             "attributes, events and properties that the store doesn't know\nare no error"},
            CLI_AS_OF_OPTIONS,
        },
    .details = CLI_AS_OF_DETAILS
    "Exit code 1: there is no such segment, or the expression means nothing.\n"
    "\n"
    "  kith segment count shop.kith regulars --as-of 2024-03-01\n"
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
            CLI_AS_OF_OPTIONS,
        },
    .details = "Each row begins with " CLI_ID_COLUMN
               "; 'kith query --help' has more on columns.\n" CLI_AS_OF_DETAILS
               "Exit code 1: there is no such segment, or an expression means nothing.\n"
               "\n"
               "  kith segment members shop.kith regulars --columns 'email, city' > regulars.csv",
    .run = run_members,
};
