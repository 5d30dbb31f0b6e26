/* score drift: what a version of a score says otherwise than another. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "src/cli/command.h"
#include "src/cli/console.h"
#include "src/cli/json_writer.h"
#include "src/cli/people.h"
#include "src/cli/progress_bar.h"
#include "src/cli/session.h"
#include "src/cli/table.h"

#define LITTLE .1 /* of the stability index */
#define MUCH   .25

static void print_json(const char *score, const kith_drift *drift) {
    cli_json json;
    cli_json_init(&json, stdout);
    cli_json_object(&json, NULL);
    cli_json_boolean(&json, "found", true);
    cli_json_text(&json, "score", score);
    cli_json_text(&json, "output", drift->output);
    cli_json_count(&json, "from_version", drift->from_version);
    cli_json_count(&json, "to_version", drift->to_version);
    cli_json_count(&json, "customers", drift->customer_count);
    cli_json_count(&json, "changed", drift->changed_count);
    cli_json_real(&json, "from_mean", drift->from_mean);
    cli_json_real(&json, "to_mean", drift->to_mean);
    cli_json_real(&json, "mean_change", drift->mean_change);
    cli_json_real(&json, "stability_index", drift->stability_index);
    cli_json_end(&json);
}

static const char *words_for(double index) {
    return index < LITTLE ? "little has moved" : index > MUCH ? "much has moved" : "some has moved";
}

static void print_text(const char *score, const kith_drift *drift) {
    char all[CLI_NUMBER_BYTES], changed[CLI_NUMBER_BYTES];
    char *name = cli_text_clean(score, strlen(score));
    cli_table table;
    printf("%s%s.%s%s  version %" PRIu32 " to %" PRIu32 "\n", cli_bold(stdout), name, drift->output,
           cli_plain(stdout), drift->from_version, drift->to_version);
    cli_table_init(&table, "ll");
    table.indent = 2;
    cli_table_add(&table, "changed");
    cli_table_add(&table, "%s of %s customers", cli_count_text(drift->changed_count, changed),
                  cli_count_text(drift->customer_count, all));
    if (drift->from_mean != 0 || drift->to_mean != 0) {
        cli_table_add(&table, "mean");
        cli_table_add(&table, "%.6g, before %.6g", drift->to_mean, drift->from_mean);
        cli_table_add(&table, "mean change");
        cli_table_add(&table, "%.6g", drift->mean_change);
    }
    cli_table_add(&table, "stability index");
    cli_table_add(&table, "%.4f: %s", drift->stability_index, words_for(drift->stability_index));
    cli_table_print(&table, stdout);
    cli_table_clear(&table);
    free(name);
}

static int read_version(const cli_arguments *arguments, const char *name, uint32_t *out) {
    uint64_t version = 0;
    int result = cli_option_count(arguments, name, 0, &version);
    if (result == CLI_OK &&
        (version > UINT32_MAX || (version == 0 && cli_option_get(arguments, name) != NULL))) {
        result = cli_usage(arguments->command, "--%s needs a number from 1 on", name);
    }
    *out = (uint32_t)version;
    return result;
}

static int compare(const cli_session *session, const char *score, const kith_drift_options *given,
                   kith_drift *out) {
    kith_drift_options options = *given;
    cli_progress bar;
    options.progress = cli_progress_step;
    options.context = &bar;
    cli_progress_begin(&bar);
    int code = kith_score_drift(session->txn, score, &options, out);
    cli_progress_end(&bar);
    if (code == KITH_NOT_FOUND || code == KITH_INVALID) {
        return cli_session_no(session, "%s", kith_txn_error(session->txn)->message);
    }
    return code == KITH_OK ? CLI_OK : cli_people_fail(session, code);
}

static int run_drift(const cli_arguments *arguments) {
    kith_drift_options options = KITH_DRIFT_OPTIONS_INIT;
    kith_drift drift = KITH_DRIFT_INIT;
    const char *score = arguments->operands[1];
    cli_session session;
    int result = cli_option_now(arguments, &options.now_us);
    result = result == CLI_OK ? read_version(arguments, "from", &options.from_version) : result;
    result = result == CLI_OK ? read_version(arguments, "to", &options.to_version) : result;
    result = result == CLI_OK ? cli_session_begin(arguments, KITH_READ, &session) : result;
    if (result != CLI_OK) {
        return result;
    }
    result = compare(&session, score, &options, &drift);
    if (result == CLI_OK && arguments->json) {
        print_json(score, &drift);
    } else if (result == CLI_OK) {
        print_text(score, &drift);
    }
    cli_session_end(&session);
    return result;
}

const cli_command cli_command_score_drift = {
    .name = "score drift",
    .summary = "compare what two versions of a score say of the customers",
    .usage = "STORE NAME [--from N] [--to N] [--as-of TIME]",
    .operands = {"STORE", "NAME"},
    .options = {{"from", "N", "the earlier version (default: the one before the other)"},
                {"to", "N", "the later one (default: the one in force)"},
                CLI_AS_OF_OPTIONS},
    .details = "Both are asked of all customers at one time, by the first output. The population\n"
               "stability index tells how far the crowd moved: below 0.1 little, above 0.25 much.\n"
               "\n"
               "  kith score drift shop.kith tier\n"
               "  kith score drift shop.kith tier --from 2 --to 5\n"
               "\n"
               "Exit code 1: there is no such score or version, or the two can't be compared.",
    .run = run_drift,
};
