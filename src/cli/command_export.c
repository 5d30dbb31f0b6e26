/* export: what a store holds, as CSV, JSON lines or Arrow on standard output. */
#include <string.h>

#include "src/cli/command.h"
#include "src/cli/console.h"
#include "src/cli/output.h"
#include "src/cli/session.h"

static int read_what(const cli_arguments *arguments, kith_export_what *out) {
    static const struct {
        const char *name;
        kith_export_what what;
    } names[] = {{"records", KITH_EXPORT_RECORDS},
                 {"events", KITH_EXPORT_EVENTS},
                 {"profiles", KITH_EXPORT_PROFILES},
                 {"clusters", KITH_EXPORT_CLUSTERS}};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (strcmp(names[i].name, arguments->operands[1]) == 0) {
            *out = names[i].what;
            return CLI_OK;
        }
    }
    return cli_usage(arguments->command,
                     "export writes records, events, profiles or clusters, not '%s'",
                     arguments->operands[1]);
}

static int run_export(const cli_arguments *arguments) {
    kith_error error = KITH_ERROR_INIT;
    kith_export_what what = KITH_EXPORT_RECORDS;
    kith *store = NULL;
    int64_t now_us = 0;
    kith_format format = KITH_FORMAT_CSV;
    cli_output output = {0};
    int result = read_what(arguments, &what);
    if (result == CLI_OK) {
        result = cli_option_format(arguments, &format);
    }
    if (result == CLI_OK) {
        result = cli_option_now(arguments, &now_us);
    }
    if (result == CLI_OK) {
        result = cli_store_open(arguments, KITH_OPEN_READ_ONLY, &store);
    }
    if (result != CLI_OK) {
        return result;
    }
    int code = kith_export(store, what, format, now_us, cli_output_write, &output, &error);
    result = cli_output_end(&output, code, &error);
    kith_close(store);
    return result;
}

const cli_command cli_command_export = {
    .name = "export",
    .summary = "write records, events, profiles or clusters to standard output",
    .usage = "STORE records|events|profiles|clusters [--format csv|jsonl|arrow]",
    .operands = {"STORE", "records|events|profiles|clusters"},
    .options =
        {
            {"format", "FORMAT",
             "csv (default), jsonl, one JSON object a line, or arrow, the IPC\nstream format "
             "(.arrows)"},
            {"now", "TIME", "profiles as of this time (default: the clock)"},
            {"json", NULL, "the same as --format jsonl"},
        },
    .details =
        "records   source, key, then the attributes\n"
        "events    source, key, type, time, message_id, then the properties\n"
        "profiles  profile_id, record_count, the golden attributes, then of each event type\n"
        "          .count, .first, .last and .sum.<property>, then trait.<name>, of each score\n"
        "          score.<name>.<output>, and segment.<name>, true or false\n"
        "clusters  source, key, profile_id\n"
        "\n"
        "Several values of one attribute are joined by '; ' in CSV and are a list in JSON.\n"
        "In Arrow a column is of the type of its values, and a text as in CSV where they are of\n"
        "several types, or there are several of one attribute. 'kith query' writes columns of\n"
        "your own, such as \"score('repeat.value')\", of whom you like.",
    .run = run_export,
};
