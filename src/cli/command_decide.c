/* link, unlink: what people decide about two records. */
#include <stdlib.h>
#include <string.h>

#include "src/cli/command.h"
#include "src/cli/console.h"
#include "src/cli/decision.h"
#include "src/cli/json_writer.h"
#include "src/cli/session.h"

typedef int (*decide_fn)(kith_txn *txn, const char *source_a, const char *key_a,
                         const char *source_b, const char *key_b, const char *by, int64_t at_us,
                         kith_change *out_change);

static const char *decision_word(cli_decision decision) {
    return decision == CLI_DECIDE_LINK ? "link" : "unlink";
}

static const char *change_word(kith_change change) {
    switch (change) {
    case KITH_ADDED:
        return "added";
    case KITH_UPDATED:
        return "updated";
    case KITH_IGNORED:
        return "ignored";
    case KITH_UNCHANGED:
        break;
    }
    return "unchanged";
}

/* Why a decision wasn't taken, in words that name the arguments. */
static int fail_decision(const cli_session *session, const cli_arguments *arguments, int code) {
    if (code == KITH_NOT_FOUND) {
        kith_record record = KITH_RECORD_INIT;
        int result = cli_record_find(session, arguments->operands[1], &record);
        if (result == CLI_OK) {
            result = cli_record_find(session, arguments->operands[2], &record);
        }
        return result != CLI_OK ? result : cli_session_fail(session);
    }
    return cli_session_fail(session);
}

static int put_decision(cli_session *session, const cli_arguments *arguments, cli_decision decision,
                        const char *by, int64_t now_us, kith_change *out_change) {
    decide_fn decide = decision == CLI_DECIDE_LINK ? kith_record_link : kith_record_unlink;
    cli_record_name a = {NULL, NULL};
    cli_record_name b = {NULL, NULL};
    int result = cli_record_name_read(session, arguments->operands[1], &a);
    if (result == CLI_OK) {
        result = cli_record_name_read(session, arguments->operands[2], &b);
    }
    if (result == CLI_OK) {
        int code = decide(session->txn, a.source, a.key, b.source, b.key, by, now_us, out_change);
        result = code == KITH_OK ? CLI_OK : fail_decision(session, arguments, code);
    }
    cli_record_name_clear(&a);
    cli_record_name_clear(&b);
    return result;
}

/* A decision is about two records; the names of one record tell so before the store is opened. */
static bool names_one_record(const cli_arguments *arguments) {
    return strcmp(arguments->operands[1], arguments->operands[2]) == 0;
}

/* Whether the two are one customer now, with the decision and all others worked in. */
static int find_same(cli_session *session, const cli_arguments *arguments, bool *out) {
    kith_record a = KITH_RECORD_INIT, b = KITH_RECORD_INIT;
    kith_id x, y;
    int result = cli_record_find(session, arguments->operands[1], &a);
    if (result == CLI_OK) {
        result = cli_record_find(session, arguments->operands[2], &b);
    }
    if (result != CLI_OK) {
        return result;
    }
    if (kith_profile_id_of_record(session->txn, a.number, &x) != KITH_OK ||
        kith_profile_id_of_record(session->txn, b.number, &y) != KITH_OK) {
        return cli_session_fail(session);
    }
    *out = memcmp(x.bytes, y.bytes, sizeof x.bytes) == 0;
    return CLI_OK;
}

static void print_decision(const cli_arguments *arguments, cli_decision decision,
                           kith_change change, bool same) {
    if (arguments->json) {
        cli_json json;
        cli_json_init(&json, stdout);
        cli_json_object(&json, NULL);
        cli_json_boolean(&json, "found", true);
        cli_json_text(&json, "decision", decision_word(decision));
        cli_json_text(&json, "a", arguments->operands[1]);
        cli_json_text(&json, "b", arguments->operands[2]);
        cli_json_text(&json, "by", cli_option_get(arguments, "by"));
        cli_json_text(&json, "change", change_word(change));
        cli_json_boolean(&json, "same", same);
        cli_json_end(&json);
        return;
    }
    bool wanted = decision == CLI_DECIDE_LINK;
    char *a = cli_text_clean(arguments->operands[1], strlen(arguments->operands[1]));
    char *b = cli_text_clean(arguments->operands[2], strlen(arguments->operands[2]));
    if (same != wanted) {
        printf("kept, but %s and %s are still %s: other decisions stand; see 'kith why'\n", a, b,
               same ? "one customer" : "two customers");
    } else {
        printf("%sed %s and %s%s\n", decision_word(decision), a, b,
               change == KITH_UNCHANGED ? ", as it was already" : "");
    }
    free(a);
    free(b);
}

int cli_decide(const cli_arguments *arguments, cli_decision decision) {
    cli_session session;
    kith_change change = KITH_UNCHANGED;
    bool same = false;
    int64_t now_us = 0;
    const char *by = cli_option_get(arguments, "by");
    if (by == NULL || by[0] == '\0') {
        return cli_usage(arguments->command, "%s needs --by WHO", arguments->command->name);
    }
    if (names_one_record(arguments)) {
        return cli_usage(arguments->command, "%s needs two records, '%s' is named twice",
                         arguments->command->name, arguments->operands[1]);
    }
    int result = cli_option_now(arguments, &now_us);
    if (result == CLI_OK && now_us > cli_clock_us()) {
        return cli_usage(arguments->command,
                         "--now '%s' is still to come: until then no other decision on the two "
                         "would stand",
                         cli_option_get(arguments, "now"));
    }
    if (result == CLI_OK) {
        result = cli_session_begin(arguments, KITH_WRITE, &session);
    }
    if (result != CLI_OK) {
        return result;
    }
    result = put_decision(&session, arguments, decision, by, now_us, &change);
    if (result == CLI_OK) {
        result = find_same(&session, arguments, &same);
    }
    if (result == CLI_OK) {
        result = cli_session_commit(&session);
    }
    if (result == CLI_OK) {
        print_decision(arguments, decision, change, same);
    }
    cli_session_end(&session);
    return result;
}

static int run_link(const cli_arguments *arguments) {
    return cli_decide(arguments, CLI_DECIDE_LINK);
}

static int run_unlink(const cli_arguments *arguments) {
    return cli_decide(arguments, CLI_DECIDE_UNLINK);
}

const cli_command cli_command_link = {
    .name = "link",
    .summary = "decide that two records are one customer",
    .usage = "STORE SOURCE:KEY SOURCE:KEY --by WHO",
    .operands = {"STORE", "SOURCE:KEY", "a second SOURCE:KEY"},
    .options = {CLI_DECISION_OPTIONS},
    .details =
        "They are joined whatever the rules say. Of several decisions on one pair the latest\n"
        "stands. Exit code 1: no such record.",
    .run = run_link,
};

const cli_command cli_command_unlink = {
    .name = "unlink",
    .summary = "decide that two records are not one customer",
    .usage = "STORE SOURCE:KEY SOURCE:KEY --by WHO",
    .operands = {"STORE", "SOURCE:KEY", "a second SOURCE:KEY"},
    .options = {CLI_DECISION_OPTIONS},
    .details = "They are kept apart whatever later imports say. Of several decisions on one pair\n"
               "the latest stands. Exit code 1: no such record.",
    .run = run_unlink,
};
