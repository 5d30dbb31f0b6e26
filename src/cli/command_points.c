/* points add, points list, score put: numbers that are kept of a customer. */
#include "src/cli/command.h"
#include "src/cli/mark_list.h"
#include "src/cli/saying.h"

static int run_add(const cli_arguments *arguments) {
    kith_points_input input = KITH_POINTS_INPUT_INIT;
    kith_change change = KITH_UNCHANGED;
    cli_saying saying;
    int result = cli_option_micros(arguments, "amount", &input.amount_micros);
    input.entry = cli_option_get(arguments, "entry");
    if (result == CLI_OK && input.entry == NULL) {
        result = cli_usage(arguments->command,
                           "points add needs --entry ID, which tells this entry from others");
    }
    if (result == CLI_OK) {
        result = cli_saying_begin(arguments, &saying);
    }
    if (result != CLI_OK) {
        return result;
    }
    input.source = saying.source;
    input.key = saying.key;
    input.id = saying.id;
    input.ledger = arguments->operands[1];
    input.at_us = saying.at_us;
    input.by = saying.by;
    int code = kith_points_put(saying.finding.session.txn, &input, &change);
    return cli_saying_end(&saying, code, change);
}

static int run_put(const cli_arguments *arguments) {
    kith_score_input input = KITH_SCORE_INPUT_INIT;
    kith_change change = KITH_UNCHANGED;
    cli_saying saying;
    int result = cli_option_micros(arguments, "value", &input.value_micros);
    if (result == CLI_OK) {
        result = cli_saying_begin(arguments, &saying);
    }
    if (result != CLI_OK) {
        return result;
    }
    input.source = saying.source;
    input.key = saying.key;
    input.id = saying.id;
    input.score = arguments->operands[1];
    input.at_us = saying.at_us;
    input.by = saying.by;
    int code = kith_score_put(saying.finding.session.txn, &input, &change);
    return cli_saying_end(&saying, code, change);
}

static int run_points_list(const cli_arguments *arguments) {
    return cli_mark_list(arguments, KITH_MARK_POINTS);
}

const cli_command cli_command_points_add = {
    .name = "points add",
    .summary = "put an entry into a customer's ledger of points",
    .usage = "STORE LEDGER --amount N --entry ID\n           " CLI_WHOM_USAGE " [options]",
    .operands = {"STORE", "LEDGER"},
    .options =
        {
            CLI_FINDING_OPTIONS,
            {"amount", "N",
             "how many, such as 12 or -3.5: below zero they are redeemed (required)"},
            {"entry", "ID",
             "what tells the entry apart, such as the receipt's number: told\nagain it counts once "
             "(required)"},
            CLI_SAYING_OPTIONS,
        },
    .details =
        "The balance is the exact sum of the entries of all the customer's records. Of two\n"
        "entries of one record with one ID the earlier counts. Exit code 1: no such customer.\n"
        "\n"
        "  kith points add shop.kith main --amount 120 --entry R-1017 --record till:4711",
    .run = run_add,
};

const cli_command cli_command_points_list = {
    .name = "points list",
    .summary = "list the balances of a customer",
    .usage = CLI_FINDING_USAGE " [--history]",
    .operands = {"STORE"},
    .options = {CLI_FINDING_OPTIONS,
                {"history", NULL, "all that was ever said, by time"},
                {"now", "TIME", "as of this time (default: the clock); later entries don't count"}},
    .details = "Exit code 1: no such customer.\n"
               "\n"
               "  kith points list shop.kith --record till:4711",
    .run = run_points_list,
};

const cli_command cli_command_score_put = {
    .name = "score put",
    .summary = "keep a score of a customer that another system computed",
    .usage = "STORE SCORE --value N\n           " CLI_WHOM_USAGE " [options]",
    .operands = {"STORE", "SCORE"},
    .options =
        {
            CLI_FINDING_OPTIONS,
            {"value", "N", "the score, with up to six decimals (required)"},
            CLI_SAYING_OPTIONS,
        },
    .details = "The last that is said stands. Exit code 1: no such customer.\n"
               "\n"
               "  kith score put shop.kith churn --value 0.83 --record crm:17 --by 'model 3'",
    .run = run_put,
};
