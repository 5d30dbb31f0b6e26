/* segment explain: why somebody is in a segment, or isn't. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "src/cli/command.h"
#include "src/cli/console.h"
#include "src/cli/finding.h"
#include "src/cli/json_writer.h"
#include "src/cli/table.h"

static void reason_json(cli_json *json, const kith_reason *reason, uint64_t depth) {
    cli_json_object(json, NULL);
    cli_json_count(json, "depth", depth);
    cli_json_text(json, "text", reason->text);
    cli_json_boolean(json, "holds", reason->truth);
    cli_json_list(json, "values");
    for (size_t i = 0; i < reason->value_count; i++) {
        cli_json_object(json, NULL);
        cli_json_text(json, "text", reason->values[i]->text);
        cli_json_text(json, "value", reason->values[i]->value);
        cli_json_end(json);
    }
    cli_json_end(json);
    cli_json_text(json, "distance", reason->distance);
    cli_json_time(json, "next_change_at", reason->next_change_at_us);
    cli_json_end(json);
    for (size_t i = 0; i < reason->part_count; i++) {
        reason_json(json, reason->parts[i], depth + 1);
    }
}

static void print_json(const kith_profile *profile, const char *segment,
                       const kith_reason *reason) {
    cli_json json;
    cli_json_init(&json, stdout);
    cli_json_object(&json, NULL);
    cli_json_id(&json, "profile", &profile->id);
    cli_json_text(&json, "segment", segment);
    cli_json_boolean(&json, "in", reason->truth);
    cli_json_time(&json, "next_change_at", reason->next_change_at_us);
    cli_json_list(&json, "parts");
    reason_json(&json, reason, 0);
    cli_json_end(&json);
    cli_json_end(&json);
}

/* "2 of 3"; else what stands in it: "city is Ayr, ..." */
static char *found_text(const kith_reason *reason) {
    char *text = cli_format("%s", reason->distance != NULL ? reason->distance : "");
    for (size_t i = 0; reason->distance == NULL && i < reason->value_count; i++) {
        const kith_reason_value *value = reason->values[i];
        char *longer = cli_format("%s%s%s is %s", text, i > 0 ? ", " : "", value->text,
                                  value->value != NULL ? value->value : "missing");
        free(text);
        text = longer;
    }
    return text;
}

static void add_reason(cli_table *table, const kith_reason *reason, int depth) {
    char change[KITH_TIME_TEXT_BYTES] = "";
    char *found = found_text(reason);
    if (reason->next_change_at_us != INT64_MAX) {
        kith_time_format(reason->next_change_at_us, change);
    }
    cli_table_add(table, "%s", reason->truth ? "yes" : "no");
    cli_table_add(table, "%*s%s", 2 * depth, "", reason->text);
    cli_table_add(table, "%s", found);
    cli_table_add(table, "%s%s", change[0] != '\0' ? "until " : "", change);
    free(found);
    for (size_t i = 0; i < reason->part_count; i++) {
        add_reason(table, reason->parts[i], depth + 1);
    }
}

static void print_text(const kith_profile *profile, const char *segment,
                       const kith_reason *reason) {
    char id[KITH_ID_TEXT_BYTES];
    cli_table table;
    char *name = cli_text_clean(segment, strlen(segment));
    kith_id_format(&profile->id, id);
    printf("profile %s is %s%s\n\n", id, reason->truth ? "in " : "not in ", name);
    free(name);
    cli_table_init(&table, "llll");
    add_reason(&table, reason, 0);
    cli_table_print(&table, stdout);
    cli_table_clear(&table);
}

static int run_segment_explain(const cli_arguments *arguments) {
    cli_finding finding;
    kith_reason *reason = NULL;
    const char *segment = arguments->operands[1];
    int64_t now_us;
    int result = cli_option_now(arguments, &now_us);
    result = result == CLI_OK ? cli_finding_begin(arguments, now_us, &finding) : result;
    if (result != CLI_OK) {
        return result;
    }
    int code = kith_segment_explain(&finding.profile, segment, now_us, &reason);
    if (code == KITH_NOT_FOUND) {
        result =
            cli_session_no(&finding.session, "%s", kith_txn_error(finding.session.txn)->message);
    } else if (code != KITH_OK) {
        result = cli_session_fail(&finding.session);
    } else if (arguments->json) {
        print_json(&finding.profile, segment, reason);
    } else {
        print_text(&finding.profile, segment, reason);
        cli_finding_print_shared(&finding.shared);
    }
    kith_reason_free(reason);
    cli_finding_end(&finding);
    return result;
}

const cli_command cli_command_segment_explain = {
    .name = "segment explain",
    .summary = "say why somebody is in a segment, or isn't, and when that changes",
    .usage = "STORE NAME (--id ID | --record SOURCE:KEY | --find TYPE=VALUE)\n"
             "           [--as-of TIME]",
    .operands = {"STORE", "NAME"},
    .options = {CLI_FINDING_OPTIONS, CLI_AS_OF_OPTIONS},
    .details =
        "Each part of the expression with whether it holds, what stands in it or how far it\n"
        "is from coming out otherwise, and until when that is so if nothing is "
        "added.\n" CLI_AS_OF_DETAILS "\n"
        "  kith segment explain shop.kith regulars --find phone=+442079460958\n\n"
        "Exit code 1: there is no such profile or segment.",
    .run = run_segment_explain,
};
