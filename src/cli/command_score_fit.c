/* score fit: what a score's model learns from the customers. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "src/cli/command.h"
#include "src/cli/console.h"
#include "src/cli/formula.h"
#include "src/cli/json_writer.h"
#include "src/cli/progress_bar.h"
#include "src/cli/score_card.h"
#include "src/cli/session.h"

/* The definition as it stands before. */
typedef struct version_before {
    uint32_t number;
    char *definition; /* owned; NULL: there is none */
} version_before;

static void print_json(const kith_fit_report *report, const version_before *before, bool dry) {
    cli_json json;
    cli_json_init(&json, stdout);
    cli_json_object(&json, NULL);
    cli_json_boolean(&json, "found", true);
    cli_json_text(&json, "score", report->score);
    cli_json_text(&json, "change", report->change == KITH_UNCHANGED ? "unchanged" : "updated");
    cli_json_count(&json, "version", report->version);
    cli_json_boolean(&json, "dry_run", dry);
    cli_json_count(&json, "customers", report->customer_count);
    cli_json_made(&json, "fitted", report->fitted);
    cli_score_json_fitted(&json, "before", before->definition);
    cli_json_end(&json);
}

static void print_text(const kith_fit_report *report, const version_before *before, bool dry) {
    char number[CLI_NUMBER_BYTES];
    char *name = cli_text_clean(report->score, strlen(report->score));
    printf("score '%s': %s", name, dry ? "nothing written, it would be " : "");
    if (report->change == KITH_UNCHANGED) {
        printf("unchanged");
    } else {
        printf("version %" PRIu32, report->version);
    }
    printf(", learnt from %s customer%s\n\n", cli_count_text(report->customer_count, number),
           cli_plural(report->customer_count));
    cli_score_print_fitted(report->fitted);
    cli_score_print_drift(before->definition, before->number, report->fitted);
    free(name);
}

/* A model that these customers don't tell is refused; the caller has asked whether it can be. */
static int refuse(const cli_arguments *arguments, const kith_error *error) {
    const char *where = cli_option_get(arguments, "where");
    if (error->position >= 0 && where != NULL) {
        cli_formula formula = {(char *)where, strlen(where)};
        return cli_formula_refuse(&formula, error, arguments->json);
    }
    if (arguments->json) {
        cli_json json;
        cli_json_init(&json, stdout);
        cli_json_object(&json, NULL);
        cli_json_boolean(&json, "found", true);
        cli_json_null(&json, "fitted");
        cli_json_text(&json, "message", error->message);
        cli_json_end(&json);
    }
    cli_fail("%s", error->message);
    return CLI_NO;
}

static int not_found(const cli_arguments *arguments, const kith_error *error) {
    const cli_session session = {.command = arguments->command, .json = arguments->json};
    return cli_session_no(&session, "%s", error->message);
}

/* What the fit itself finds wrong is told by it. */
static int read_before(kith *store, const char *score, version_before *out, kith_error *error) {
    kith_definition found = KITH_DEFINITION_INIT;
    kith_txn *txn = NULL;
    int code = kith_txn_begin(store, KITH_READ, &txn, error);
    if (code == KITH_OK && kith_definition_get(txn, KITH_SCORE, score, 0, &found) == KITH_OK) {
        out->number = found.version;
        out->definition = cli_format("%s", found.expression);
    }
    kith_txn_abort(txn);
    return code;
}

static int fit(kith *store, const char *score, const kith_fit_options *given, kith_fit_report **out,
               kith_error *error) {
    kith_fit_options options = *given;
    cli_progress bar;
    options.progress = cli_progress_step;
    options.context = &bar;
    cli_progress_begin(&bar);
    int code = kith_score_fit(store, score, &options, out, error);
    cli_progress_end(&bar);
    return code;
}

static int end(const cli_arguments *arguments, const kith_fit_options *options,
               const version_before *before, int code, const kith_fit_report *report,
               const kith_error *error) {
    switch (code) {
    case KITH_OK:
        break;
    case KITH_NOT_FOUND:
        return not_found(arguments, error);
    case KITH_INVALID:
    case KITH_LIMIT:
        return refuse(arguments, error);
    case KITH_INTERRUPTED:
        return cli_fail("interrupted: nothing was learnt, nothing is written");
    default:
        return cli_fail_error(error);
    }
    if (arguments->json) {
        print_json(report, before, options->dry_run);
    } else {
        print_text(report, before, options->dry_run);
    }
    return CLI_OK;
}

static int read_options(const cli_arguments *arguments, kith_fit_options *out) {
    uint64_t days = 0;
    *out = (kith_fit_options)KITH_FIT_OPTIONS_INIT;
    out->where = cli_option_get(arguments, "where");
    out->dry_run = cli_option_get(arguments, "dry-run") != NULL;
    int result = cli_option_now(arguments, &out->now_us);
    result = result == CLI_OK ? cli_option_count(arguments, "holdout-days", 0, &days) : result;
    if (result == CLI_OK &&
        (days > UINT32_MAX || (days == 0 && cli_option_get(arguments, "holdout-days") != NULL))) {
        result = cli_usage(arguments->command,
                           "--holdout-days needs a number from 1 on, and below 4,294,967,296");
    }
    out->holdout_days = (uint32_t)days;
    return result;
}

static int run_fit(const cli_arguments *arguments) {
    const char *score = arguments->operands[1];
    kith_fit_options options;
    version_before before = {0, NULL};
    kith_fit_report *report = NULL;
    kith_error error = KITH_ERROR_INIT;
    kith *store = NULL;
    int result = read_options(arguments, &options);
    result = result == CLI_OK ? cli_store_open(arguments, 0, &store) : result;
    if (result != CLI_OK) {
        return result;
    }
    int code = read_before(store, score, &before, &error);
    code = code == KITH_OK ? fit(store, score, &options, &report, &error) : code;
    result = end(arguments, &options, &before, code, report, &error);
    kith_fit_report_free(report);
    free(before.definition);
    kith_close(store);
    return result;
}

const cli_command cli_command_score_fit = {
    .name = "score fit",
    .summary = "let a score's model learn from the customers",
    .usage = "STORE NAME [--as-of TIME] [--where CONDITION] [--holdout-days N] [--dry-run]",
    .operands = {"STORE", "NAME"},
    .options = {{"where", "CONDITION", "learn from those alone (default: all customers)"},
                {"holdout-days", "N",
                 "of a model that foretells: keep the last days back, and see\nhow well they "
                 "are foretold (default: half of the time known)"},
                {"dry-run", NULL, "say what would be learnt, and write nothing"},
                CLI_AS_OF_OPTIONS,
                CLI_MAP_SIZE_OPTION},
    .details =
        "What is learnt becomes a new version of the definition, and holds at once for whoever\n"
        "reads; 'kith settle' makes such reads fast. Where it had learnt before, the numbers that\n"
        "are other ones now are shown beside. Customers are read in one snapshot, while\n"
        "others may write. Ctrl-C stops it: then nothing is written.\n"
        "\n"
        "  kith score fit shop.kith tier\n"
        "  kith score fit shop.kith tier --as-of 2024-06-01 --where \"country = 'GB'\" --dry-run\n"
        "\n"
        "Exit code 1: there is no such score, it has nothing to learn, or these customers don't\n"
        "tell; what it knew before stays.",
    .run = run_fit,
};
