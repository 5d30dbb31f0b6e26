/* import: the rows of a file become facts. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "src/cli/command.h"
#include "src/cli/console.h"
#include "src/cli/json_writer.h"
#include "src/cli/progress_bar.h"
#include "src/cli/session.h"
#include "src/cli/table.h"

#define REJECTS_SHOWN 5

/* The first rejected rows, to be shown under the summary. */
typedef struct shown_reject {
    uint64_t line;
    kith_reject_reason reason;
    char *detail;
} shown_reject;

typedef struct import_run {
    const cli_arguments *arguments;
    cli_progress progress;
    shown_reject rejects[REJECTS_SHOWN];
    size_t reject_count;
} import_run;

static int on_progress(void *context, const kith_progress *step) {
    import_run *run = context;
    return cli_progress_step(&run->progress, step);
}

static int on_reject(void *context, const kith_reject *reject) {
    import_run *run = context;
    if (run->reject_count < REJECTS_SHOWN) {
        const char *detail = reject->detail != NULL ? reject->detail : "";
        run->rejects[run->reject_count++] =
            (shown_reject){reject->line, reject->reason, cli_text_clean(detail, strlen(detail))};
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

/* A file's own time makes a second import of it the same facts again. */
static int read_now(const cli_arguments *arguments, int64_t *out_us) {
    const char *path = arguments->operands[1];
    struct stat info;
    if (cli_option_get(arguments, "now") == NULL && strcmp(path, "-") != 0 &&
        stat(path, &info) == 0 && S_ISREG(info.st_mode)) {
        *out_us = (int64_t)info.st_mtim.tv_sec * 1000000 + info.st_mtim.tv_nsec / 1000;
        return CLI_OK;
    }
    return cli_option_now(arguments, out_us);
}

static int read_options(const cli_arguments *arguments, kith_import_options *out) {
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
    out->encoding = cli_option_get(arguments, "encoding");
    out->rejects_path = cli_option_get(arguments, "rejects");
    out->settle = cli_option_get(arguments, "no-settle") == NULL;
    out->progress = on_progress;
    out->reject = on_reject;
    int result = read_format(arguments, &out->format);
    return result == CLI_OK ? read_now(arguments, &out->now_us) : result;
}

/* What a column that is no attribute was used for. */
static const char *other_use(const import_run *run, const kith_import_report *report,
                             size_t column) {
    const char *time_column = cli_option_get(run->arguments, "time");
    if (report->key != NULL && strcmp(report->columns[column], report->key) == 0) {
        return "(key)";
    }
    if (time_column != NULL && strcmp(report->columns[column], time_column) == 0) {
        return "(time)";
    }
    return "(left out)";
}

static void print_mapping(const import_run *run, const kith_import_report *report) {
    cli_table table;
    cli_table_init(&table, "lll");
    table.indent = 2;
    for (size_t i = 0; i < report->column_count; i++) {
        const char *attribute = report->attributes[i];
        cli_table_add(&table, "%s", report->columns[i]);
        cli_table_add(&table, "%s", attribute != NULL ? "→" : "");
        cli_table_add(&table, "%s", attribute != NULL ? attribute : other_use(run, report, i));
    }
    cli_table_print(&table, stdout);
    cli_table_clear(&table);
}

static void print_rejects(const import_run *run, const kith_import_report *report) {
    const char *path = cli_option_get(run->arguments, "rejects");
    for (size_t i = 0; i < run->reject_count; i++) {
        const shown_reject *reject = &run->rejects[i];
        printf("  line %" PRIu64 ": %s%s%s\n", reject->line,
               kith_reject_reason_name(reject->reason), reject->detail[0] != '\0' ? ", " : "",
               reject->detail);
    }
    if (report->rejected_count > run->reject_count) {
        printf("  ... and %" PRIu64 " more\n", report->rejected_count - run->reject_count);
    }
    if (path != NULL) {
        printf("  the rejected rows are in %s\n", path);
    } else {
        printf("  the rows stay in the file; --rejects FILE collects them with their reasons\n");
    }
}

/* "2 column_count, 1 bad_time" */
static char *reasons_text(const kith_import_report *report) {
    char *text = cli_format("%s", "");
    for (int i = 0; i < KITH_REJECT_REASON_COUNT; i++) {
        if (report->rejected_by_reason[i] > 0) {
            char *longer = cli_format("%s%s%" PRIu64 " %s", text, text[0] != '\0' ? ", " : "",
                                      report->rejected_by_reason[i],
                                      kith_reject_reason_name((kith_reject_reason)i));
            free(text);
            text = longer;
        }
    }
    return text;
}

static void add_count(cli_table *table, const char *name, uint64_t count, const char *note) {
    char text[CLI_NUMBER_BYTES];
    cli_table_add(table, "%s", name);
    cli_table_add(table, "%s", cli_count_text(count, text));
    cli_table_add(table, "%s", note);
}

static void print_counts(const import_run *run, const kith_import_report *report) {
    cli_table table;
    char *reasons = reasons_text(report);
    cli_table_init(&table, "lrl");
    add_count(&table, "rows", report->row_count, "");
    add_count(&table, "added", report->added_count, "");
    add_count(&table, "updated", report->updated_count, "");
    add_count(&table, "unchanged", report->unchanged_count, "");
    add_count(&table, "ignored", report->ignored_count,
              report->ignored_count > 0
                  ? "older than what is there, or beaten by another version of the same time"
                  : "");
    add_count(&table, "rejected", report->rejected_count, reasons);
    if (report->invalid_value_count > 0) {
        add_count(&table, "kept as text", report->invalid_value_count,
                  "values that are not of their type's form; they link nobody");
    }
    if (cli_option_get(run->arguments, "no-settle") == NULL) {
        add_count(&table, "settled", report->settled_count, "profiles");
    }
    cli_table_print(&table, stdout);
    cli_table_clear(&table);
    free(reasons);
    if (report->rejected_by_reason[KITH_REJECT_ENCODING] > 0) {
        puts("Some rows are not of this encoding; name the file's own, such as --encoding CP1252.");
    }
}

static void print_report(const import_run *run, const kith_import_report *report) {
    char *path = cli_text_clean(run->arguments->operands[1], strlen(run->arguments->operands[1]));
    printf("%s%s%s: %s, %s, key %s\n", cli_bold(stdout), path, cli_plain(stdout),
           report->format != NULL ? report->format : "?",
           report->encoding != NULL ? report->encoding : "?",
           report->key != NULL ? report->key : "none");
    free(path);
    if (report->column_count > 0) {
        print_mapping(run, report);
    }
    putchar('\n');
    print_counts(run, report);
    if (report->rejected_count > 0) {
        print_rejects(run, report);
    }
    if (cli_is_terminal(stdout)) {
        double seconds = cli_progress_seconds(&run->progress);
        char rate[CLI_NUMBER_BYTES];
        cli_count_text((uint64_t)((double)report->row_count / (seconds > 0 ? seconds : 1)), rate);
        printf("%.2f s, %s rows/s\n", seconds, rate);
    }
}

static void print_report_json(const import_run *run, const kith_import_report *report,
                              bool stopped) {
    cli_json json;
    cli_json_init(&json, stdout);
    cli_json_object(&json, NULL);
    cli_json_text(&json, "format", report->format);
    cli_json_text(&json, "encoding", report->encoding);
    cli_json_text(&json, "key", report->key);
    cli_json_list(&json, "mapping");
    for (size_t i = 0; i < report->column_count; i++) {
        cli_json_object(&json, NULL);
        cli_json_text(&json, "column", report->columns[i]);
        cli_json_text(&json, "attribute", report->attributes[i]);
        cli_json_end(&json);
    }
    cli_json_end(&json);
    cli_json_count(&json, "rows", report->row_count);
    cli_json_count(&json, "added", report->added_count);
    cli_json_count(&json, "updated", report->updated_count);
    cli_json_count(&json, "unchanged", report->unchanged_count);
    cli_json_count(&json, "ignored", report->ignored_count);
    cli_json_count(&json, "rejected", report->rejected_count);
    cli_json_object(&json, "rejected_by_reason");
    for (int i = 0; i < KITH_REJECT_REASON_COUNT; i++) {
        cli_json_count(&json, kith_reject_reason_name((kith_reject_reason)i),
                       report->rejected_by_reason[i]);
    }
    cli_json_end(&json);
    cli_json_text(&json, "rejects_file", cli_option_get(run->arguments, "rejects"));
    cli_json_count(&json, "invalid_values", report->invalid_value_count);
    cli_json_count(&json, "settled", report->settled_count);
    cli_json_boolean(&json, "interrupted", stopped);
    cli_json_end(&json);
}

static int report_end(const import_run *run, int code, const kith_import_report *report,
                      const kith_error *error) {
    bool stopped = code == KITH_INTERRUPTED || (code != KITH_OK && cli_interrupted());
    if (report != NULL && run->arguments->json) {
        print_report_json(run, report, stopped);
    } else if (report != NULL) {
        print_report(run, report);
    }
    if (stopped && report == NULL) {
        return cli_fail("interrupted: what was committed is in, run it again to go on");
    }
    if (stopped) {
        return cli_fail("interrupted: %" PRIu64 " rows are in, run it again to go on",
                        report->row_count);
    }
    return code == KITH_OK ? CLI_OK : cli_fail_error(error);
}

static int run_import(const cli_arguments *arguments) {
    import_run run = {.arguments = arguments};
    kith_import_options options = KITH_IMPORT_OPTIONS_INIT;
    kith_import_report *report = NULL;
    kith_error error = KITH_ERROR_INIT;
    kith *store = NULL;
    int result = read_options(arguments, &options);
    if (result != CLI_OK) {
        return result;
    }
    result = cli_store_open(arguments->operands[0], 0, &store);
    if (result != CLI_OK) {
        return result;
    }
    options.context = &run;
    cli_progress_begin(&run.progress);
    int code = kith_import(store, arguments->operands[1], &options, &report, &error);
    cli_progress_end(&run.progress);
    result = report_end(&run, code, report, &error);
    for (size_t i = 0; i < run.reject_count; i++) {
        free(run.rejects[i].detail);
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
             "out"},
            {"event", "TYPE",
             "rows are events of this type on the record that the key\nnames, not records"},
            {"time", "COLUMN", "when the event was; of records: when the source said so"},
            {"encoding", "NAME",
             "as iconv names it; else UTF-8, or GB18030 where a CSV isn't\nvalid UTF-8"},
            {"rejects", "FILE", "write rejected rows there, each with its line and reason"},
            {"now", "TIME", "the version of records that have no time of their own"},
            {"no-settle", NULL, "leave the profiles to be settled later, by 'kith settle'"},
        },
    .details =
        "FILE '-' is standard input. The usual column names are recognised (Shopify, HubSpot,\n"
        "Salesforce, Senzing, Chinese ERP exports); the mapping used is printed. Other columns\n"
        "become attributes of their own.\n"
        "\n"
        "Without --now the version is the file's modification time (for standard input: the\n"
        "clock), so importing the same file again changes nothing. A bad row never stops the\n"
        "others. Ctrl-C stops after the current row and keeps what is in; run it again to go on.\n"
        "\n"
        "  kith import shop.kith customers.csv --source crm --key id\n"
        "  kith import shop.kith orders.csv --source shop --event order --key email --time date\n"
        "  zcat events.jsonl.gz | kith import shop.kith - --source web --format segment",
    .run = run_import,
};
