#include "src/cli/asked_baskets.h"

#include <string.h>

#include "src/cli/console.h"
#include "src/cli/formula.h"
#include "src/cli/progress_bar.h"

static int read_options(const cli_arguments *arguments, int64_t now_us, kith_baskets_options *out) {
    out->event = cli_option_get(arguments, "event");
    out->item = cli_option_get(arguments, "item");
    out->order = cli_option_get(arguments, "order");
    out->now_us = now_us;
    int result = cli_option_time(arguments, "since", INT64_MIN, &out->from_us);
    result =
        result == CLI_OK ? cli_option_time(arguments, "until", INT64_MAX, &out->to_us) : result;
    return result == CLI_OK ? cli_option_size(arguments, "memory", &out->memory_bytes) : result;
}

int cli_baskets_fail(const cli_session *session, const kith_error *error) {
    if (error->code == KITH_INTERRUPTED) {
        return cli_fail("interrupted: 'kith %s' is unfinished", session->command->name);
    }
    return error->code == KITH_NOT_FOUND || error->code == KITH_INVALID
               ? cli_session_no(session, "%s", error->message)
               : cli_fail_error(error);
}

int cli_baskets_read(const cli_arguments *arguments, const cli_session *session, int64_t now_us,
                     kith_baskets **out) {
    kith_baskets_options options = KITH_BASKETS_OPTIONS_INIT;
    kith_expression *where = NULL;
    int result = read_options(arguments, now_us, &options);
    result = result == CLI_OK ? cli_formula_where(arguments, session->txn, &where) : result;
    if (result != CLI_OK) {
        return result;
    }
    cli_progress bar;
    options.where = where;
    options.progress = cli_progress_step;
    options.context = &bar;
    cli_progress_begin(&bar);
    int code = kith_baskets_open(session->txn, &options, out);
    cli_progress_end(&bar);
    kith_expression_free(where);
    return code == KITH_OK ? CLI_OK : cli_baskets_fail(session, kith_txn_error(session->txn));
}

void cli_json_baskets(cli_json *json, const kith_baskets *baskets) {
    kith_baskets_summary summary = KITH_BASKETS_SUMMARY_INIT;
    kith_baskets_summarise(baskets, &summary);
    cli_json_object(json, "baskets");
    cli_json_count(json, "customers", summary.customer_count);
    cli_json_count(json, "baskets", summary.basket_count);
    cli_json_count(json, "items", summary.item_count);
    cli_json_count(json, "lines", summary.line_count);
    cli_json_count(json, "left_out", summary.left_out_count);
    cli_json_end(json);
}

void cli_baskets_print(const kith_baskets *baskets) {
    kith_baskets_summary summary = KITH_BASKETS_SUMMARY_INIT;
    char number[CLI_NUMBER_BYTES];
    kith_baskets_summarise(baskets, &summary);
    printf("%s basket%s", cli_count_text(summary.basket_count, number),
           cli_plural(summary.basket_count));
    printf(" of %s customer%s", cli_count_text(summary.customer_count, number),
           cli_plural(summary.customer_count));
    printf(", %s item%s", cli_count_text(summary.item_count, number),
           cli_plural(summary.item_count));
    if (summary.left_out_count > 0) {
        printf("; %s value%s named no item", cli_count_text(summary.left_out_count, number),
               cli_plural(summary.left_out_count));
    }
}

int cli_option_small(const cli_arguments *arguments, const char *name, uint32_t *inout) {
    uint64_t count = 0;
    int result = cli_option_count(arguments, name, *inout, &count);
    *inout = count < UINT32_MAX ? (uint32_t)count : UINT32_MAX;
    return result;
}

int cli_similar_read(const cli_arguments *arguments, kith_similar_options *out) {
    const char *by = cli_option_get(arguments, "by");
    bool ratio = by != NULL && strcmp(by, "ratio") == 0;
    if (by != NULL && !ratio && strcmp(by, "cosine") != 0) {
        return cli_usage(arguments->command, "--by is cosine or ratio, not '%s'", by);
    }
    out->by = ratio ? KITH_SIMILAR_BY_RATIO : KITH_SIMILAR_BY_COSINE;
    int result = cli_option_small(arguments, "customers", &out->min_customers);
    return result == CLI_OK ? cli_option_size(arguments, "memory", &out->memory_bytes) : result;
}

int cli_similar_find(const cli_session *session, const kith_baskets *baskets,
                     kith_similar_options *options, kith_similar **out) {
    kith_error error = KITH_ERROR_INIT;
    cli_progress bar;
    options->progress = cli_progress_step;
    options->context = &bar;
    cli_progress_begin(&bar);
    int code = kith_similar_open(baskets, options, out, &error);
    cli_progress_end(&bar);
    return code == KITH_INVALID ? cli_usage(session->command, "%s", error.message)
           : code != KITH_OK    ? cli_baskets_fail(session, &error)
                                : CLI_OK;
}
