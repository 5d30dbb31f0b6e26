/* import: the rows of a file become facts. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "src/cli/command.h"
#include "src/cli/console.h"
#include "src/cli/import_summary.h"
#include "src/cli/interrupt.h"
#include "src/cli/progress_bar.h"
#include "src/cli/session.h"

typedef struct import_run {
    cli_progress progress;
    cli_import_summary summary;
} import_run;

static int on_progress(void *context, const kith_progress *step) {
    import_run *run = context;
    return cli_progress_step(&run->progress, step);
}

static int on_reject(void *context, const kith_reject *reject) {
    cli_import_summary *summary = &((import_run *)context)->summary;
    if (summary->reject_count < CLI_REJECTS_SHOWN) {
        const char *detail = reject->detail != NULL ? reject->detail : "";
        summary->rejects[summary->reject_count++] =
            (cli_reject){reject->line, reject->reason, cli_text_clean(detail, strlen(detail))};
    }
    return 0;
}

static int read_format(const cli_arguments *arguments, kith_format *out) {
    static const struct {
        const char *name;
        kith_format format;
    } formats[] = {
        {"csv", KITH_FORMAT_CSV}, {"jsonl", KITH_FORMAT_JSONL}, {"segment", KITH_FORMAT_SEGMENT}};
    const char *name = cli_option_get(arguments, "format");
    *out = KITH_FORMAT_AUTO;
    if (name == NULL) {
        return CLI_OK;
    }
    for (size_t i = 0; i < sizeof formats / sizeof formats[0]; i++) {
        if (strcmp(formats[i].name, name) == 0) {
            *out = formats[i].format;
            return CLI_OK;
        }
    }
    return cli_usage(arguments->command, "--format is csv, jsonl or segment, not '%s'", name);
}

/* A file's own time makes a second import of it the same facts again. One that is still to come
 * would win over all that is said until then, so the clock's is taken. */
static int read_now(const cli_arguments *arguments, int64_t *out_us, int64_t *out_ahead_us) {
    const char *path = arguments->operands[1];
    struct stat info;
    if (cli_option_get(arguments, "now") == NULL && strcmp(path, "-") != 0 &&
        stat(path, &info) == 0 && S_ISREG(info.st_mode)) {
        int64_t clock_us = cli_clock_us();
        *out_us = (int64_t)info.st_mtim.tv_sec * 1000000 + info.st_mtim.tv_nsec / 1000;
        if (*out_us > clock_us) {
            *out_ahead_us = *out_us;
            *out_us = clock_us;
        }
        return CLI_OK;
    }
    return cli_option_now(arguments, out_us);
}

static int read_options(const cli_arguments *arguments, kith_import_options *out,
                        int64_t *out_ahead_us) {
    out->source = cli_option_get(arguments, "source");
    if (out->source == NULL || out->source[0] == '\0') {
        return cli_usage(arguments->command, "import needs --source NAME");
    }
    if (strchr(out->source, ':') !=
        NULL) { /* records are named SOURCE:KEY, split at the first colon */
        return cli_usage(arguments->command, "a source's name has no colon: '%s'", out->source);
    }
    out->key_column = cli_option_get(arguments, "key");
    out->map = cli_option_get(arguments, "map");
    out->event_type = cli_option_get(arguments, "event");
    out->time_column = cli_option_get(arguments, "time");
    out->message_id_column = cli_option_get(arguments, "message-id");
    out->dates = cli_option_get(arguments, "dates");
    out->encoding = cli_option_get(arguments, "encoding");
    out->rejects_path = cli_option_get(arguments, "rejects");
    out->settle = cli_option_get(arguments, "no-settle") == NULL;
    out->progress = on_progress;
    out->reject = on_reject;
    int result = read_format(arguments, &out->format);
    return result == CLI_OK ? read_now(arguments, &out->now_us, out_ahead_us) : result;
}

static void print_summary(const import_run *run) {
    const cli_import_summary *summary = &run->summary;
    if (summary->arguments->json) {
        cli_import_summary_print_json(summary);
        return;
    }
    cli_import_summary_print(summary);
    if (cli_is_terminal(stdout)) {
        double seconds = cli_progress_seconds(&run->progress);
        double rows = (double)summary->report->row_count;
        char rate[CLI_NUMBER_BYTES];
        cli_count_text((uint64_t)(rows / (seconds > 0 ? seconds : 1)), rate);
        printf("%.2f s, %s rows/s\n", seconds, rate);
    }
}

/* Options that are wrong in themselves, or don't fit the file; the message begins with their name.
 */
static bool is_wrong_use(int code, const kith_import_report *report) {
    return code == KITH_MISUSE || (report != NULL && report->wrong_option != NULL);
}

static int finish(import_run *run, int code, const kith_import_report *report,
                  const kith_error *error) {
    bool stopped = code == KITH_INTERRUPTED || (code != KITH_OK && cli_interrupted());
    if (is_wrong_use(code, report)) {
        return cli_usage(run->summary.arguments->command, "--%s", error->message);
    }
    run->summary.report = report;
    run->summary.stopped = stopped;
    run->summary.error = code != KITH_OK ? error : NULL;
    if (report != NULL) {
        print_summary(run);
    }
    if (stopped && report == NULL) {
        return cli_fail("interrupted: what was committed is in, run it again to go on");
    }
    if (stopped) {
        return cli_fail("interrupted: %" PRIu64 " rows are in, run it again to go on",
                        report->row_count);
    }
    if (code == KITH_OK && report->row_count > 0 && report->rejected_count == report->row_count) {
        return cli_fail("no row of %s could be imported; the summary says why",
                        run->summary.arguments->operands[1]);
    }
    if (code == KITH_NOT_FOUND) {
        return cli_fail("there is no file '%s', give the path of a CSV or JSON lines file or '-'",
                        run->summary.arguments->operands[1]);
    }
    return code == KITH_OK ? CLI_OK : cli_fail_error(error);
}

static int run_import(const cli_arguments *arguments) {
    import_run run = {.summary = {.arguments = arguments}};
    kith_import_options options = KITH_IMPORT_OPTIONS_INIT;
    kith_import_report *report = NULL;
    kith_error error = KITH_ERROR_INIT;
    kith *store = NULL;
    int result = read_options(arguments, &options, &run.summary.ahead_us);
    if (result != CLI_OK) {
        return result;
    }
    result = cli_store_open(arguments, 0, &store);
    if (result != CLI_OK) {
        return result;
    }
    options.context = &run;
    run.summary.now_us = options.now_us;
    cli_progress_begin(&run.progress);
    int code = kith_import(store, arguments->operands[1], &options, &report, &error);
    cli_progress_end(&run.progress);
    result = finish(&run, code, report, &error);
    for (size_t i = 0; i < run.summary.reject_count; i++) {
        free(run.summary.rejects[i].detail);
    }
    kith_import_report_free(report);
    kith_close(store);
    return result;
}

const cli_command cli_command_import = {
    .name = "import",
    .summary = "put the rows of a file into a store",
    .usage = "STORE FILE --source NAME [options]",
    .operands = {"STORE", "FILE"},
    .options =
        {
            {"source", "NAME", "the system that the file comes from, such as crm (required)"},
            {"format", "FORMAT",
             "csv, jsonl or segment; else told by the file's name or its\nfirst byte"},
            {"key", "COLUMN",
             "the column that holds the source's own key of the record;\nelse recognised by its "
             "name; without one the row's first\nidentifier is the key"},
            {"map", "LIST",
             "column=attribute,... where a column's name isn't recognised;\n'column=' leaves it "
             "out; of events 'column=message_id' is as\n--message-id"},
            {"event", "TYPE",
             "rows are events of this type on the record that the key\nnames, not records"},
            {"time", "COLUMN",
             "when the event was; of records: when the source said so.\nWithout a zone it is UTC"},
            {"message-id", "COLUMN",
             "what numbers the events, such as the order's number: one\nthat is told again counts "
             "once; else a column message_id"},
            {"dates", "ORDER",
             "dmy or mdy: which comes first, day or month, where a date's\nnumbers allow both; "
             "else "
             "month before '/' and '-', day\nbefore '.'"},
            {"encoding", "NAME",
             "as iconv names it; else UTF-8, or GB18030 where a CSV isn't\nvalid UTF-8"},
            {"rejects", "FILE",
             "write rejected rows there, each with its line and reason; only\na file of rejected "
             "rows is "
             "replaced or, if none is, removed"},
            {"now", "TIME", "the version of records that have no time of their own"},
            CLI_MAP_SIZE_OPTION,
            {"no-settle", NULL, "leave the profiles to be settled later, by 'kith settle'"},
        },
    .details =
        "FILE '-' is standard input. The usual column names are recognised (Shopify, HubSpot,\n"
        "Salesforce, Senzing, Chinese ERP exports; German, French, Spanish); the mapping used is\n"
        "printed. Other columns become attributes of their own. A cell of several e-mails or\n"
        "phones (a@x.com; b@x.com) is several values where each part is one, and so are columns "
        "of\n"
        "one name. Whom goods are sent to (shipping, 收件人) is not taken for the customer.\n"
        "Names that are data (JSON members beyond the first 1,000, columns that a full store has\n"
        "no room for) are left out, and told; their rows are taken.\n"
        "\n"
        "Without --now the version is the file's modification time (for standard input, and\n"
        "where that time is still to come: the clock), so importing the same file again changes\n"
        "nothing. Of rows of one key and time that differ, and of the same file read another way,\n"
        "one stands by its content, not by its place; a later --now makes the new reading stand.\n"
        "A bad row never stops the others. Ctrl-C stops after the current row and keeps what is\n"
        "in; run it again to go on.\n"
        "\n"
        "Equal event rows (record, time, type and properties) count once; with a message id all\n"
        "rows of a record that share it do. Of those that differ the one with the smaller time\n"
        "stands, then the one that says more, then the smaller content: a changed order sent\n"
        "again doesn't replace the first.\n"
        "\n"
        "Times without a zone are UTC. Numbers are Unix times, of 1973 or later; a spreadsheet's\n"
        "numbers of days (45292) are none. Of a time that becomes a date the day as written\n"
        "counts, whatever its zone.\n"
        "\n"
        "Values are kept as the file says them. Where an event type sums or an attribute is an\n"
        "integer or real, amounts are read with full-width digits, a currency (€5, 5 EUR) and\n"
        "either decimal mark: of points and commas the last (1,234.50 and 1.234,50); a comma\n"
        "alone too (12,50), but 1,234 is a thousand. (5.00) and 5.00- are below zero, 1.5E3 is\n"
        "1500. What is no such number, or too large to be summed, is kept as it is, not summed,\n"
        "and told of in the summary.\n"
        "\n"
        "  kith import shop.kith customers.csv --source crm --key id\n"
        "  kith import shop.kith orders.csv --source shop --event order --key email --time date\n"
        "  zcat events.jsonl.gz | kith import shop.kith - --source web --format segment",
    .run = run_import,
};
