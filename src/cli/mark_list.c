#include "src/cli/mark_list.h"

#include "src/cli/finding.h"
#include "src/cli/mark_table.h"
#include "src/cli/score_table.h"

static void add(cli_table *table, const cli_finding *finding, kith_mark_kind kind) {
    kith_txn *txn = finding->session.txn;
    if (kind == KITH_MARK_CONSENT) {
        cli_marks_add_consents(table, txn, &finding->profile, "");
    } else if (kind == KITH_MARK_POINTS) {
        cli_marks_add_points(table, &finding->profile, "");
    } else {
        cli_score_values_add(table, &finding->profile, "");
        cli_marks_add_scores(table, txn, &finding->profile, "");
    }
}

static int print(const cli_finding *finding, kith_mark_kind kind, bool history) {
    cli_table table;
    if (history) {
        return cli_marks_print_history(&finding->session, &finding->profile, kind);
    }
    cli_table_init(&table, kind == KITH_MARK_CONSENT ? CLI_MARK_COLUMNS : "lrlll");
    add(&table, finding, kind);
    cli_table_print(&table, stdout);
    cli_table_clear(&table);
    return CLI_OK;
}

static void add_json(cli_json *json, const cli_finding *finding, kith_mark_kind kind) {
    kith_txn *txn = finding->session.txn;
    if (kind == KITH_MARK_CONSENT) {
        cli_json_consents(json, txn, &finding->profile);
    } else if (kind == KITH_MARK_POINTS) {
        cli_json_points(json, &finding->profile);
    } else {
        cli_json_score_values(json, &finding->profile);
        cli_json_scores(json, txn, &finding->profile);
    }
}

static int print_json(const cli_finding *finding, kith_mark_kind kind, bool history) {
    cli_json json;
    int result = CLI_OK;
    cli_json_init(&json, stdout);
    cli_json_object(&json, NULL);
    cli_json_boolean(&json, "found", true);
    cli_json_id(&json, "id", &finding->profile.id);
    if (history) {
        result = cli_json_marks_history(&json, &finding->session, &finding->profile, kind);
    } else {
        add_json(&json, finding, kind);
    }
    cli_json_end(&json);
    return result;
}

int cli_mark_list(const cli_arguments *arguments, kith_mark_kind kind) {
    cli_finding finding;
    int64_t now_us = 0;
    int result = cli_option_now(arguments, &now_us);
    if (result == CLI_OK) {
        result = cli_finding_begin(arguments, now_us, &finding);
    }
    if (result != CLI_OK) {
        return result;
    }
    bool history = cli_option_get(arguments, "history") != NULL;
    result = arguments->json ? print_json(&finding, kind, history) : print(&finding, kind, history);
    cli_finding_end(&finding);
    return result;
}
