#include "src/cli/import_summary.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "src/cli/console.h"
#include "src/cli/json_writer.h"
#include "src/cli/table.h"

#define MAPPING_LINES_MAX 100 /* shown to people; --json has them all */

/* What became of the columns */

/* What a column that is no attribute was used for. */
static const char *other_use(const cli_import_summary *summary, size_t column) {
    const kith_import_report *report = summary->report;
    const char *time_column = cli_option_get(summary->arguments, "time");
    if (report->key != NULL && strcmp(report->columns[column], report->key) == 0) {
        return "(key)";
    }
    if (time_column != NULL && strcmp(report->columns[column], time_column) == 0) {
        return "(time)";
    }
    return "(left out)";
}

static void print_mapping(const cli_import_summary *summary) {
    const kith_import_report *report = summary->report;
    cli_table table;
    cli_table_init(&table, "lll");
    table.indent = 2;
    size_t count = report->column_count;
    size_t shown = count > MAPPING_LINES_MAX ? MAPPING_LINES_MAX : count;
    for (size_t i = 0; i < shown; i++) {
        const char *attribute = report->attributes[i];
        cli_table_add(&table, "%s", report->columns[i]);
        cli_table_add(&table, "%s", attribute != NULL ? "→" : "");
        cli_table_add(&table, "%s", attribute != NULL ? attribute : other_use(summary, i));
    }
    cli_table_print(&table, stdout);
    cli_table_clear(&table);
    if (count > shown) {
        char number[CLI_NUMBER_BYTES];
        printf("  ... and %s more\n", cli_count_text(count - shown, number));
    }
}

/* Rows and facts */

/* Adds "2 column_count" behind a comma to an owned text. */
static char *add_part(char *text, uint64_t count, const char *what) {
    char number[CLI_NUMBER_BYTES];
    if (count == 0) {
        return text;
    }
    char *longer = cli_format("%s%s%s %s", text, text[0] != '\0' ? ", " : "",
                              cli_count_text(count, number), what);
    free(text);
    return longer;
}

/* "2 column_count, 1 bad_time"; owned. */
static char *reasons_text(const kith_import_report *report) {
    char *text = cli_format("%s", "");
    for (size_t i = 0; i < report->reason_count; i++) {
        text = add_part(text, report->rejected_by_reason[i],
                        kith_reject_reason_name((kith_reject_reason)i));
    }
    return text;
}

static void add_count(cli_table *table, const char *name, uint64_t count, const char *note) {
    cli_table_add(table, "%s", name);
    cli_table_add_count(table, count);
    cli_table_add(table, "%s", note);
}

/* Facts of one kind: how many were put, and what became of them. */
static void add_facts(cli_table *table, const char *name, const kith_fact_counts *facts,
                      const char *known, const char *ignored) {
    char *text = cli_format("%s", "");
    text = add_part(text, facts->added, "added");
    text = add_part(text, facts->updated, "updated");
    text = add_part(text, facts->unchanged, known);
    text = add_part(text, facts->ignored, ignored);
    add_count(table, name, facts->added + facts->updated + facts->unchanged + facts->ignored, text);
    free(text);
}

static bool any_facts(const kith_fact_counts *facts) {
    return facts->added + facts->updated + facts->unchanged + facts->ignored > 0;
}

static void add_all_facts(const cli_import_summary *summary, cli_table *table) {
    const kith_import_report *report = summary->report;
    bool events = cli_option_get(summary->arguments, "event") != NULL;
    if (!events || any_facts(&report->records)) {
        add_facts(table, "records", &report->records, "already known",
                  "ignored (older than what is there, or beaten by another version of that time)");
    }
    if (events || any_facts(&report->events)) {
        add_facts(table, "events", &report->events,
                  "already known (equal to an earlier row or import)",
                  "ignored (another event has the message id)");
    }
    if (any_facts(&report->links)) {
        add_facts(table, "links", &report->links, "already known",
                  "ignored (another decision stands)");
    }
}

static void print_counts(const cli_import_summary *summary) {
    const kith_import_report *report = summary->report;
    cli_table table;
    char *reasons = reasons_text(report);
    cli_table_init(&table, "lrl");
    add_count(&table, "rows read", report->row_count, "");
    add_all_facts(summary, &table);
    add_count(&table, "rejected", report->rejected_count, reasons);
    if (report->invalid_value_count > 0) {
        add_count(&table, "kept as text", report->invalid_value_count,
                  "values that are not of their type's form; they link nobody");
    }
    if (cli_option_get(summary->arguments, "no-settle") == NULL) {
        add_count(&table, "settled", report->settled_count, "profiles");
    }
    cli_table_print(&table, stdout);
    cli_table_clear(&table);
    free(reasons);
}

/* What deserves a look */

/* Whether the rows look like those of a file in another encoding, by the first of them: no encoding
 * helps against a NUL byte. */
static bool is_of_other_encoding(const cli_import_summary *summary) {
    for (size_t i = 0; i < summary->reject_count; i++) {
        const cli_reject *reject = &summary->rejects[i];
        if (reject->reason == KITH_REJECT_ENCODING) {
            return strstr(reject->detail, "NUL") == NULL;
        }
    }
    return summary->report->rejected_by_reason[KITH_REJECT_ENCODING] > 0;
}

static void print_rejects(const cli_import_summary *summary) {
    const char *path = cli_option_get(summary->arguments, "rejects");
    uint64_t rejected = summary->report->rejected_count;
    for (size_t i = 0; i < summary->reject_count && i < rejected; i++) {
        const cli_reject *reject = &summary->rejects[i];
        printf("  line %" PRIu64 ": %s%s%s\n", reject->line,
               kith_reject_reason_name(reject->reason), reject->detail[0] != '\0' ? ", " : "",
               reject->detail);
    }
    if (rejected > summary->reject_count) {
        printf("  ... and %" PRIu64 " more\n", rejected - summary->reject_count);
    }
    if (path != NULL) {
        printf("  the rejected rows are in %s\n", path);
    } else {
        printf("  the rows stay in the file; --rejects FILE collects them with their reasons\n");
    }
    if (is_of_other_encoding(summary)) {
        puts("Some rows are not of this encoding; name the file's own, such as --encoding CP1252.");
    }
}

static void print_non_numbers(const kith_import_report *report) {
    bool events = any_facts(&report->events);
    char number[CLI_NUMBER_BYTES];
    for (size_t i = 0; i < report->non_number_count; i++) {
        const kith_non_number *column = report->non_numbers[i];
        char *name = cli_text_clean(column->column, strlen(column->column));
        printf("no number to use: %s value%s of %s, the first on line %" PRIu64
               "; kept as said%s\n",
               cli_count_text(column->value_count, number), cli_plural(column->value_count), name,
               column->first_line, events ? ", not summed" : "");
        free(name);
    }
}

/* What a time to come means for the facts that were put. */
static const char *future_text(const kith_import_report *report) {
    if (!any_facts(&report->events)) {
        return "until then they win over all other versions";
    }
    return any_facts(&report->records)
               ? "until then records win over all others, events don't count"
               : "until then they don't count";
}

static void print_future(const cli_import_summary *summary) {
    const kith_import_report *report = summary->report;
    char number[CLI_NUMBER_BYTES];
    char now[KITH_TIME_TEXT_BYTES];
    if (report->future_row_count == 0) {
        return;
    }
    kith_time_format(summary->now_us, now);
    printf("in the future: %s row%s dated after %s, the first on line %" PRIu64 "; %s\n",
           cli_count_text(report->future_row_count, number), cli_plural(report->future_row_count),
           now, report->first_future_line, future_text(report));
}

static void print_unmapped(const kith_import_report *report) {
    char number[CLI_NUMBER_BYTES];
    if (report->unmapped_value_count > 0) {
        printf("left out: %s value%s beyond the first 1,000 names of JSON members, or the 4,096 "
               "attributes of a store; where names are data, make them values of one member\n",
               cli_count_text(report->unmapped_value_count, number),
               cli_plural(report->unmapped_value_count));
    }
}

static void print_ahead(const cli_import_summary *summary) {
    char ahead[KITH_TIME_TEXT_BYTES];
    char now[KITH_TIME_TEXT_BYTES];
    if (summary->ahead_us == 0) {
        return;
    }
    kith_time_format(summary->ahead_us, ahead);
    kith_time_format(summary->now_us, now);
    printf("the file's own time is still to come (%s): the clock's (%s) was taken; --now says "
           "another\n",
           ahead, now);
}

static void print_ties(const kith_import_report *report) {
    char number[CLI_NUMBER_BYTES];
    if (report->tied_count == 0) {
        return;
    }
    printf("two versions of one time: %s row%s another version of the same key and time, the "
           "first on line %" PRIu64 "; which stands is decided by the content: --time names a "
           "column that dates them, a later --now lets this file stand\n",
           cli_count_text(report->tied_count, number),
           report->tied_count == 1 ? " differs from" : "s differ from", report->first_tied_line);
}

static void print_mixed_dates(const cli_import_summary *summary) {
    char either[CLI_NUMBER_BYTES];
    char other[CLI_NUMBER_BYTES];
    const kith_import_report *report = summary->report;
    bool dated = cli_option_get(summary->arguments, "time") != NULL;
    for (size_t i = 0; i < report->mixed_date_count; i++) {
        const kith_mixed_dates *dates = report->mixed_dates[i];
        char *name = cli_text_clean(dates->column, strlen(dates->column));
        printf("day or month first: %s date%s of %s can only be %s first (line %" PRIu64
               "), %s that could be either %s read %s first (line %" PRIu64
               "); --dates %s reads them the other way%s\n",
               cli_count_text(dates->other_count, other), cli_plural(dates->other_count), name,
               dates->month_first ? "day" : "month", dates->first_other_line,
               cli_count_text(dates->either_count, either),
               dates->either_count == 1 ? "was" : "were", dates->month_first ? "month" : "day",
               dates->first_either_line, dates->month_first ? "dmy" : "mdy",
               any_facts(&report->events) || dated
                   ? ", but in a new store: what is dated by a column stays as it was read first"
                   : ": name a later --now too");
        free(name);
    }
}

/* Customers that the values held together have come apart. */
static void print_generic(const kith_import_report *report) {
    char number[CLI_NUMBER_BYTES];
    if (report->generic_count == 0) {
        return;
    }
    printf("generic now: %s value%s on too many records (generic_at) and no longer link%s anybody; "
           "'kith stat' counts all such values\n",
           cli_count_text(report->generic_count, number),
           report->generic_count == 1 ? " stands" : "s stand",
           report->generic_count == 1 ? "s" : "");
    for (size_t i = 0; i < report->generic_value_count; i++) {
        const kith_generic_value *value = report->generic_values[i];
        char *text = cli_text_clean(value->value, strlen(value->value));
        printf("  %s %s: %s record%s\n", value->type, text,
               cli_count_text(value->record_count, number), cli_plural(value->record_count));
        free(text);
    }
    if (report->generic_count > report->generic_value_count) {
        printf("  ... and %" PRIu64 " more\n", report->generic_count - report->generic_value_count);
    }
}

static void print_sources(const cli_import_summary *summary) {
    const kith_import_report *report = summary->report;
    char number[CLI_NUMBER_BYTES];
    if (report->source_column == NULL) {
        return;
    }
    char *column = cli_text_clean(report->source_column, strlen(report->source_column));
    const char *source = cli_option_get(summary->arguments, "source");
    char *name = cli_text_clean(source, strlen(source));
    printf("several sources: column %s holds %s different values, but all rows are of source %s; "
           "import each source's rows with its own --source\n",
           column, cli_count_text(report->source_value_count, number), name);
    free(column);
    free(name);
}

void cli_import_summary_print(const cli_import_summary *summary) {
    const kith_import_report *report = summary->report;
    const char *file = summary->arguments->operands[1];
    char *path = cli_text_clean(file, strlen(file));
    printf("%s%s%s: %s, %s, key %s\n", cli_bold(stdout), path, cli_plain(stdout),
           report->format != NULL ? report->format : "?",
           report->encoding != NULL ? report->encoding : "?",
           report->key != NULL ? report->key : "none");
    free(path);
    if (report->column_count > 0) {
        print_mapping(summary);
    }
    putchar('\n');
    print_counts(summary);
    if (report->rejected_count > 0) {
        print_rejects(summary);
    }
    print_non_numbers(report);
    print_ahead(summary);
    print_future(summary);
    print_unmapped(report);
    print_ties(report);
    print_mixed_dates(summary);
    print_generic(report);
    print_sources(summary);
}

/* JSON */

static void json_mapping(cli_json *json, const kith_import_report *report) {
    cli_json_list(json, "mapping");
    for (size_t i = 0; i < report->column_count; i++) {
        cli_json_object(json, NULL);
        cli_json_text(json, "column", report->columns[i]);
        cli_json_text(json, "attribute", report->attributes[i]);
        cli_json_end(json);
    }
    cli_json_end(json);
}

static void json_facts(cli_json *json, const char *name, const kith_fact_counts *facts) {
    cli_json_object(json, name);
    cli_json_count(json, "added", facts->added);
    cli_json_count(json, "updated", facts->updated);
    cli_json_count(json, "unchanged", facts->unchanged);
    cli_json_count(json, "ignored", facts->ignored);
    cli_json_end(json);
}

static void json_counts(cli_json *json, const kith_import_report *report) {
    cli_json_count(json, "rows", report->row_count);
    cli_json_count(json, "added", report->added_count);
    cli_json_count(json, "updated", report->updated_count);
    cli_json_count(json, "unchanged", report->unchanged_count);
    cli_json_count(json, "ignored", report->ignored_count);
    json_facts(json, "records", &report->records);
    json_facts(json, "events", &report->events);
    json_facts(json, "links", &report->links);
    cli_json_count(json, "rejected", report->rejected_count);
    cli_json_object(json, "rejected_by_reason");
    for (size_t i = 0; i < report->reason_count; i++) {
        cli_json_count(json, kith_reject_reason_name((kith_reject_reason)i),
                       report->rejected_by_reason[i]);
    }
    cli_json_end(json);
}

static void json_mixed_dates(cli_json *json, const kith_import_report *report) {
    cli_json_list(json, "mixed_dates");
    for (size_t i = 0; i < report->mixed_date_count; i++) {
        const kith_mixed_dates *dates = report->mixed_dates[i];
        cli_json_object(json, NULL);
        cli_json_text(json, "column", dates->column);
        cli_json_text(json, "read_as", dates->month_first ? "mdy" : "dmy");
        cli_json_count(json, "either", dates->either_count);
        cli_json_count(json, "first_either_line", dates->first_either_line);
        cli_json_count(json, "other", dates->other_count);
        cli_json_count(json, "first_other_line", dates->first_other_line);
        cli_json_end(json);
    }
    cli_json_end(json);
}

static void json_generic(cli_json *json, const kith_import_report *report) {
    cli_json_count(json, "generic", report->generic_count);
    cli_json_list(json, "generic_values");
    for (size_t i = 0; i < report->generic_value_count; i++) {
        const kith_generic_value *value = report->generic_values[i];
        cli_json_object(json, NULL);
        cli_json_text(json, "type", value->type);
        cli_json_text(json, "value", value->value);
        cli_json_count(json, "records", value->record_count);
        cli_json_end(json);
    }
    cli_json_end(json);
}

/* What deserves a look: null or empty where nothing does. */
static void json_remarks(cli_json *json, const kith_import_report *report) {
    cli_json_list(json, "non_numbers");
    for (size_t i = 0; i < report->non_number_count; i++) {
        const kith_non_number *column = report->non_numbers[i];
        cli_json_object(json, NULL);
        cli_json_text(json, "column", column->column);
        cli_json_count(json, "values", column->value_count);
        cli_json_count(json, "first_line", column->first_line);
        cli_json_end(json);
    }
    cli_json_end(json);
    if (report->future_row_count > 0) {
        cli_json_object(json, "future_rows");
        cli_json_count(json, "rows", report->future_row_count);
        cli_json_count(json, "first_line", report->first_future_line);
        cli_json_end(json);
    } else {
        cli_json_null(json, "future_rows");
    }
    if (report->tied_count > 0) {
        cli_json_object(json, "tied_rows");
        cli_json_count(json, "rows", report->tied_count);
        cli_json_count(json, "first_line", report->first_tied_line);
        cli_json_end(json);
    } else {
        cli_json_null(json, "tied_rows");
    }
    json_mixed_dates(json, report);
    json_generic(json, report);
    if (report->source_column != NULL) {
        cli_json_object(json, "source_column");
        cli_json_text(json, "column", report->source_column);
        cli_json_count(json, "values", report->source_value_count);
        cli_json_end(json);
    } else {
        cli_json_null(json, "source_column");
    }
}

void cli_import_summary_print_json(const cli_import_summary *summary) {
    const kith_import_report *report = summary->report;
    cli_json json;
    cli_json_init(&json, stdout);
    cli_json_object(&json, NULL);
    cli_json_text(&json, "format", report->format);
    cli_json_text(&json, "encoding", report->encoding);
    cli_json_text(&json, "key", report->key);
    json_mapping(&json, report);
    json_counts(&json, report);
    cli_json_text(&json, "rejects_file", cli_option_get(summary->arguments, "rejects"));
    cli_json_count(&json, "invalid_values", report->invalid_value_count);
    cli_json_count(&json, "unmapped_values", report->unmapped_value_count);
    cli_json_time(&json, "now", summary->now_us);
    json_remarks(&json, report);
    cli_json_count(&json, "settled", report->settled_count);
    cli_json_boolean(&json, "interrupted", summary->stopped);
    cli_json_text(&json, "error", summary->error != NULL ? summary->error->message : NULL);
    cli_json_end(&json);
}
