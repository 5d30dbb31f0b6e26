/* export: what a store holds, as CSV or JSON lines on standard output. */
#include <errno.h>
#include <string.h>

#include "src/cli/command.h"
#include "src/cli/console.h"
#include "src/cli/session.h"

static int write_out(void *context, const char *data, size_t bytes) {
    int *failure = context;
    errno = 0;
    if (fwrite(data, 1, bytes, stdout) == bytes) {
        return 0;
    }
    *failure = errno != 0 ? errno : EIO;
    return 1;
}

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
    bool lines = false;
    int failure = 0;
    int result = read_what(arguments, &what);
    if (result == CLI_OK) {
        result = cli_option_lines(arguments, &lines);
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
    kith_format format = lines ? KITH_FORMAT_JSONL : KITH_FORMAT_CSV;
    int code = kith_export(store, what, format, now_us, write_out, &failure, &error);
    if (failure != 0 && failure != EPIPE) {
        result = cli_fail("cannot write to standard output, %s", strerror(failure));
    } else if (code != KITH_OK && failure == 0) {
        result = cli_fail_error(&error);
    }
    kith_close(store);
    return result;
}

const cli_command cli_command_export = {
    .name = "export",
    .summary = "write records, events, profiles or clusters to standard output",
    .usage = "STORE records|events|profiles|clusters [--format csv|jsonl]",
    .operands = {"STORE", "records|events|profiles|clusters"},
    .options =
        {
            {"format", "FORMAT", "csv (default) or jsonl, one JSON object a line"},
            {"now", "TIME", "profiles as of this time (default: the clock)"},
            {"json", NULL, "the same as --format jsonl"},
        },
    .details =
        "records   source, key, then the attributes\n"
        "events    source, key, type, time, message_id, then the properties\n"
        "profiles  profile_id, record_count, the golden attributes, then of each event type\n"
        "          .count, .first, .last and .sum.<property>\n"
        "clusters  source, key, profile_id\n"
        "\n"
        "Several values of one attribute are joined by '; ' in CSV and are a list in JSON.",
    .run = run_export,
};
