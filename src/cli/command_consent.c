/* consent put, consent list: what a customer agreed to. */
#include "src/cli/command.h"
#include "src/cli/mark_list.h"
#include "src/cli/saying.h"

static int run_put(const cli_arguments *arguments) {
    kith_consent_input input = KITH_CONSENT_INPUT_INIT;
    kith_change change = KITH_UNCHANGED;
    cli_saying saying;
    bool granted = cli_option_get(arguments, "granted") != NULL;
    if (granted == (cli_option_get(arguments, "withdrawn") != NULL)) {
        return cli_usage(arguments->command, "consent put needs --granted or --withdrawn");
    }
    int result = cli_saying_begin(arguments, &saying);
    if (result != CLI_OK) {
        return result;
    }
    input.source = saying.source;
    input.key = saying.key;
    input.id = saying.id;
    input.purpose = arguments->operands[1];
    input.channel = cli_option_get(arguments, "channel");
    input.granted = granted;
    input.at_us = saying.at_us;
    input.by = saying.by;
    int code = kith_consent_put(saying.finding.session.txn, &input, &change);
    return cli_saying_end(&saying, code, change);
}

static int run_list(const cli_arguments *arguments) {
    return cli_mark_list(arguments, KITH_MARK_CONSENT);
}

const cli_command cli_command_consent_put = {
    .name = "consent put",
    .summary = "keep that a customer granted or withdrew a consent",
    .usage = "STORE PURPOSE (--granted | --withdrawn)\n           " CLI_WHOM_USAGE " [options]",
    .operands = {"STORE", "PURPOSE"},
    .options =
        {
            CLI_FINDING_OPTIONS,
            {"granted", NULL, "they agree"},
            {"withdrawn", NULL, "they don't, or no more"},
            {"channel", "NAME", "of this channel only, such as sms (default: of any)"},
            CLI_SAYING_OPTIONS,
        },
    .details = "Of what is said of a purpose, for the channel in question or for any, the last\n"
               "stands; where nothing is said there is no consent. Exit code 1: no such customer.\n"
               "\n"
               "  kith consent put shop.kith marketing --granted --channel sms --record crm:17",
    .run = run_put,
};

const cli_command cli_command_consent_list = {
    .name = "consent list",
    .summary = "list the consents of a customer",
    .usage = CLI_FINDING_USAGE " [--history]",
    .operands = {"STORE"},
    .options = {CLI_FINDING_OPTIONS,
                {"history", NULL, "all that was ever said, by time"},
                {"now", "TIME", "as of this time (default: the clock)"}},
    .details = "Exit code 1: no such customer.\n"
               "\n"
               "  kith consent list shop.kith --find phone=+4930901820",
    .run = run_list,
};
