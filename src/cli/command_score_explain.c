/* score explain: what a score says of somebody, why, and until when. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "src/cli/command.h"
#include "src/cli/console.h"
#include "src/cli/finding.h"
#include "src/cli/json_writer.h"
#include "src/cli/table.h"

static void print_json(const kith_profile *profile, const kith_score_explanation *why) {
    cli_json json;
    cli_json_init(&json, stdout);
    cli_json_object(&json, NULL);
    cli_json_boolean(&json, "found", true);
    cli_json_id(&json, "profile", &profile->id);
    cli_json_text(&json, "score", why->score);
    cli_json_text(&json, "kind", why->kind);
    cli_json_count(&json, "version", why->version);
    cli_json_boolean(&json, "learnt", why->learnt);
    cli_json_time(&json, "next_change_at", why->next_change_at_us);
    cli_json_list(&json, "outputs");
    for (size_t i = 0; i < why->output_count; i++) {
        cli_json_object(&json, NULL);
        cli_json_text(&json, "output", why->outputs[i]->name);
        cli_json_text(&json, "value", why->outputs[i]->value);
        cli_json_text(&json, "what", why->outputs[i]->what);
        cli_json_end(&json);
    }
    cli_json_end(&json);
    cli_json_text(&json, "unit", why->unit);
    cli_json_list(&json, "reasons");
    for (size_t i = 0; i < why->reason_count; i++) {
        cli_json_object(&json, NULL);
        cli_json_text(&json, "text", why->reasons[i]->text);
        if (why->reasons[i]->adds) {
            cli_json_real(&json, "share", why->reasons[i]->share);
        } else {
            cli_json_null(&json, "share");
        }
        cli_json_end(&json);
    }
    cli_json_end(&json);
    cli_json_end(&json);
}

static void print_head(const kith_profile *profile, const kith_score_explanation *why) {
    char id[KITH_ID_TEXT_BYTES];
    char *name = cli_text_clean(why->score, strlen(why->score));
    kith_id_format(&profile->id, id);
    printf("%sscore %s%s of profile %s: %s, version %u\n\n", cli_bold(stdout), name,
           cli_plain(stdout), id, why->kind, (unsigned)why->version);
    free(name);
}

static void print_outputs(const kith_score_explanation *why) {
    cli_table table;
    cli_table_init(&table, "lll");
    for (size_t i = 0; i < why->output_count; i++) {
        const kith_score_output *output = why->outputs[i];
        cli_table_add(&table, "%s", output->name);
        cli_table_add(&table, "%s", output->value != NULL ? output->value : "-");
        cli_table_add(&table, "%s", output->what);
    }
    cli_table_print(&table, stdout);
    cli_table_clear(&table);
}

/* Shares stand in a column of their own, with as many digits as tell the largest of them apart. */
static int share_places(const kith_score_explanation *why) {
    double most = 0;
    for (size_t i = 0; i < why->reason_count; i++) {
        double share = why->reasons[i]->adds ? fabs(why->reasons[i]->share) : 0;
        most = share > most ? share : most;
    }
    return most < 1 ? 3 : most < 100 ? 2 : 0;
}

static void print_reasons(const kith_score_explanation *why) {
    int places = share_places(why);
    bool adds = false;
    cli_table table;
    for (size_t i = 0; i < why->reason_count; i++) {
        adds = adds || why->reasons[i]->adds;
    }
    cli_table_init(&table, adds ? "rl" : "l");
    table.indent = 2;
    for (size_t i = 0; i < why->reason_count; i++) {
        const kith_score_reason *reason = why->reasons[i];
        if (reason->adds) {
            cli_table_add(&table, "%+.*f", places, reason->share);
        } else if (adds) {
            cli_table_add(&table, "%s", "");
        }
        cli_table_add(&table, "%s", reason->text);
    }
    if (why->reason_count > 0) {
        printf("\nbecause%s%s\n", why->unit != NULL ? ", in " : "",
               why->unit != NULL ? why->unit : "");
    }
    cli_table_print(&table, stdout);
    cli_table_clear(&table);
}

static void print_text(const kith_profile *profile, const kith_score_explanation *why) {
    char until[KITH_TIME_TEXT_BYTES];
    print_head(profile, why);
    print_outputs(why);
    print_reasons(why);
    if (!why->learnt) {
        puts("\nIt says nothing before it is fitted: 'kith score fit'.");
    } else if (why->next_change_at_us == INT64_MAX) {
        puts("\nNone of it changes unless something is added.");
    } else {
        kith_time_format(why->next_change_at_us, until);
        printf("\nNone of it changes before %s unless something is added.\n", until);
    }
}

static int run_explain(const cli_arguments *arguments) {
    cli_finding finding;
    kith_score_explanation *why = NULL;
    int64_t now_us;
    int result = cli_option_now(arguments, &now_us);
    result = result == CLI_OK ? cli_finding_begin(arguments, now_us, &finding) : result;
    if (result != CLI_OK) {
        return result;
    }
    int code = kith_score_explain(&finding.profile, arguments->operands[1], now_us, &why);
    if (code == KITH_NOT_FOUND) {
        result =
            cli_session_no(&finding.session, "%s", kith_txn_error(finding.session.txn)->message);
    } else if (code != KITH_OK) {
        result = cli_session_fail(&finding.session);
    } else if (arguments->json) {
        print_json(&finding.profile, why);
    } else {
        print_text(&finding.profile, why);
        cli_finding_print_shared(&finding.shared);
    }
    kith_score_explanation_free(why);
    cli_finding_end(&finding);
    return result;
}

const cli_command cli_command_score_explain = {
    .name = "score explain",
    .summary = "say what a score says of somebody, why, and until when",
    .usage = "STORE NAME (--id ID | --record SOURCE:KEY | --find TYPE=VALUE)\n"
             "           [--as-of TIME]",
    .operands = {"STORE", "NAME"},
    .options = {CLI_FINDING_OPTIONS, CLI_AS_OF_OPTIONS},
    .details =
        "Each output with what it means, and what led to it: what adds to the score or takes from\n"
        "it stands with its share and its sign, the largest first.\n" CLI_AS_OF_DETAILS "\n"
        "  kith score explain shop.kith size --find phone=+442079460958\n\n"
        "Exit code 1: there is no such profile or score.",
    .run = run_explain,
};
