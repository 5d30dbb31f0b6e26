#include "src/cli/tag_people.h"

#include "src/cli/console.h"
#include "src/cli/formula.h"
#include "src/cli/json_writer.h"
#include "src/cli/progress_bar.h"
#include "src/cli/quote.h"
#include "src/cli/session.h"
#include "src/cli/table.h"

bool cli_tag_people_is_asked(const cli_arguments *arguments) {
    return cli_option_get(arguments, "segment") != NULL ||
           cli_option_get(arguments, "where") != NULL;
}

static void print_report(const cli_arguments *arguments, const kith_tag_where_report *report,
                         bool remove, bool dry_run) {
    const char *done = remove    ? dry_run ? "would lose the tag" : "lost the tag"
                       : dry_run ? "would be tagged"
                                 : "tagged";
    const cli_named_count counts[] = {
        {"customers", report->matched_count},
        {done, report->added_count},
        {remove ? "don't have it" : "have it already", report->unchanged_count}};
    cli_table table;
    cli_json json;
    if (!arguments->json) {
        cli_table_init(&table, "lr");
        cli_table_add_named_counts(&table, counts, sizeof counts / sizeof counts[0]);
        cli_table_print(&table, stdout);
        cli_table_clear(&table);
        return;
    }
    cli_json_init(&json, stdout);
    cli_json_object(&json, NULL);
    cli_json_count(&json, "matched", report->matched_count);
    cli_json_count(&json, "added", report->added_count);
    cli_json_count(&json, "unchanged", report->unchanged_count);
    cli_json_boolean(&json, "dry_run", dry_run);
    cli_json_end(&json);
}

static int fail(const cli_arguments *arguments, const cli_formula *where, int code,
                const kith_error *error) {
    if (code != KITH_INVALID && code != KITH_LIMIT) {
        return cli_fail_error(error);
    }
    if (error->position < 0) { /* what was said of the tag */
        return cli_usage(arguments->command, "%s", error->message);
    }
    if (cli_option_get(arguments, "where") != NULL) {
        return cli_formula_refuse(where, error, arguments->json);
    }
    cli_fail("%s", error->message);
    return CLI_NO;
}

static int run(const cli_arguments *arguments, kith *store, const cli_formula *where,
               kith_tag_where_options *options) {
    kith_tag_where_report report = KITH_TAG_WHERE_REPORT_INIT;
    kith_expression_options reading = KITH_EXPRESSION_OPTIONS_INIT;
    kith_error error = KITH_ERROR_INIT;
    cli_progress progress;
    reading.any_name = cli_option_get(arguments, "any-name") != NULL;
    options->where = where->text;
    options->expression = &reading;
    options->progress = cli_progress_step;
    options->context = &progress;
    cli_progress_begin(&progress);
    int code = kith_tag_where(store, options, &report, &error);
    cli_progress_end(&progress);
    if (code == KITH_OK || report.added_count > 0) {
        print_report(arguments, &report, options->remove, options->dry_run);
    }
    return code == KITH_OK ? CLI_OK : fail(arguments, where, code, &error);
}

static int read_where(const cli_arguments *arguments, cli_formula *out) {
    const char *segment = cli_option_get(arguments, "segment");
    const char *condition = cli_option_get(arguments, "where");
    if (segment != NULL && condition != NULL) {
        return cli_usage(arguments->command, "either --segment or --where, not both");
    }
    if (segment == NULL) {
        return cli_formula_read(arguments, condition, out);
    }
    out->text = cli_segment_test(segment);
    return CLI_OK;
}

int cli_tag_people(const cli_arguments *arguments, const kith_tag_input *tag, bool remove) {
    kith_tag_where_options options = KITH_TAG_WHERE_OPTIONS_INIT;
    cli_formula where = {NULL, 0};
    kith *store = NULL;
    options.tag = tag;
    options.remove = remove;
    options.dry_run = cli_option_get(arguments, "dry-run") != NULL;
    int result = cli_option_now(arguments, &options.now_us);
    if (result == CLI_OK) {
        result = read_where(arguments, &where);
    }
    if (result == CLI_OK) {
        result = cli_store_open(arguments, options.dry_run ? KITH_OPEN_READ_ONLY : 0, &store);
    }
    if (result == CLI_OK) {
        result = run(arguments, store, &where, &options);
    }
    kith_close(store);
    cli_formula_clear(&where);
    return result;
}
