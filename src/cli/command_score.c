/* score: add, list, show, remove. */
#include "src/cli/command.h"
#include "src/cli/console.h"
#include "src/cli/define.h"
#include "src/cli/finding.h"
#include "src/cli/mark_list.h"

static int run_add(const cli_arguments *arguments) {
    return cli_define_add(arguments, KITH_SCORE);
}

static bool has_customer(const cli_arguments *arguments) {
    return cli_option_get(arguments, "id") != NULL || cli_option_get(arguments, "record") != NULL ||
           cli_option_get(arguments, "find") != NULL;
}

static int run_list(const cli_arguments *arguments) {
    if (has_customer(arguments)) {
        return cli_mark_list(arguments, KITH_MARK_SCORE);
    }
    if (cli_option_get(arguments, "history") != NULL) {
        return cli_usage(arguments->command,
                         "--history needs a customer: --id ID, --record SOURCE:KEY or --find "
                         "TYPE=VALUE");
    }
    return cli_define_run(arguments, KITH_SCORE, cli_define_list);
}

static int run_show(const cli_arguments *arguments) {
    return cli_define_run(arguments, KITH_SCORE, cli_define_show);
}

static int run_remove(const cli_arguments *arguments) {
    return cli_define_run(arguments, KITH_SCORE, cli_define_remove);
}

const cli_command cli_command_score_add = {
    .name = "score add",
    .summary = "define a score, a model of what customers are worth, or a new version of one",
    .usage = "STORE NAME (DEFINITION | --file FILE) [--note TEXT] [options]",
    .operands = {"STORE", "NAME", "DEFINITION"},
    .optional_operands = 1,
    .options = {{"note", "TEXT", "what it is for; a new version keeps it"},
                {"file", "FILE", "read the definition from a file (-: standard input) instead"},
                {"any-name", NULL,
                 "attributes, events and properties that the store doesn't know\nare no error"},
                {"now", "TIME", "the time that it is (default: the clock)"},
                CLI_MAP_SIZE_OPTION},
    .details =
        "A definition is a JSON object that says what \"kind\" of model it is, and its settings.\n"
        "A kind that learns says nothing before 'kith score fit'; what was learnt stays as long\n"
        "as the settings do. Expressions ask for it by score('NAME'), and for another of its\n"
        "outputs by score('NAME.OUTPUT').\n"
        "\n"
        "  kith score add shop.kith size --note 'who is a company' '{\"kind\": \"rules\",\n"
        "      \"rules\": [{\"name\": \"big\", \"when\": \"sum(order.total LAST 365d) > "
        "50000\"}],\n"
        "      \"otherwise\": \"consumer\"}'\n"
        "  kith score add shop.kith tier --file tier.json\n"
        "\n"
        "Exit code 1: the definition means nothing, or asks for the score itself.",
    .run = run_add,
};

const cli_command cli_command_score_list = {
    .name = "score list",
    .summary = "list the scores that are defined, or those of a customer",
    .usage = "STORE [--now TIME]\n"
             "       kith score list " CLI_FINDING_USAGE "\n"
             "           [--history] [--now TIME]",
    .operands = {"STORE"},
    .options = {CLI_FINDING_OPTIONS,
                {"history", NULL, "of a customer: all that other systems ever said, by time"},
                CLI_DEFINE_NOW_OPTION},
    .details =
        "Those that are defined come with their kind, what they were fitted to, and how many\n"
        "customers have a value. Of a customer: what the models say, and beside it the scores\n"
        "that other systems gave ('kith score put'). Exit code 1: no such customer.\n"
        "\n"
        "  kith score list shop.kith\n"
        "  kith score list shop.kith --record crm:17",
    .run = run_list,
};

const cli_command cli_command_score_show = {
    .name = "score show",
    .summary = "show a score: its settings, what was learnt, versions, who asks for it",
    .usage = "STORE NAME [--version N] [--now TIME]",
    .operands = {"STORE", "NAME"},
    .options = {CLI_DEFINE_VERSION_OPTION, CLI_DEFINE_NOW_OPTION},
    .details = "Exit code 1: there is no such score, or no such version of it.\n"
               "\n"
               "  kith score show shop.kith tier",
    .run = run_show,
};

const cli_command cli_command_score_remove = {
    .name = "score remove",
    .summary = "remove a score; its versions stay",
    .usage = "STORE NAME [--now TIME]",
    .operands = {"STORE", "NAME"},
    .options = {{"now", "TIME", "the time that it is (default: the clock)"}, CLI_MAP_SIZE_OPTION},
    .details = "Exit code 1: there is no such score, or another definition asks for it.\n"
               "\n"
               "  kith score remove shop.kith tier",
    .run = run_remove,
};
