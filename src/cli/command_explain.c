/* why, how: the reasons behind a profile. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "src/cli/command.h"
#include "src/cli/console.h"
#include "src/cli/finding.h"
#include "src/cli/json_writer.h"
#include "src/cli/session.h"

static bool is_decision(const kith_step *step) {
    return step->type != NULL && strcmp(step->type, "assertion") == 0;
}

static const char *or_empty(const char *text) {
    return text != NULL ? text : "";
}

/* "email bob@x.com", or "linked by Anna"; cleaned, owned. */
static char *reason_text(const kith_step *step) {
    char *text;
    if (is_decision(step)) {
        text = cli_format("%s by %s", step->kind == KITH_STEP_UNLINKED ? "unlinked" : "linked",
                          or_empty(step->value));
    } else {
        text =
            cli_format("%s%s%s", or_empty(step->type),
                       step->type != NULL && step->value != NULL ? " " : "", or_empty(step->value));
    }
    char *clean = cli_text_clean(text, strlen(text));
    free(text);
    return clean;
}

/* "; crm:5 / erp:3 say so" where the values in the detail are not those of a and b; owned. */
static char *clash_text(kith_txn *txn, const kith_step *step) {
    bool own = step->clash_a == step->a && step->clash_b == step->b;
    if (own || step->clash_a == KITH_NO_RECORD || step->clash_b == KITH_NO_RECORD) {
        return cli_format("%s", "");
    }
    char *a = cli_record_text(txn, step->clash_a), *b = cli_record_text(txn, step->clash_b);
    char *text = cli_format("; %s / %s say so", a, b);
    free(a);
    free(b);
    return text;
}

/* " (veto: given_name: mark hall / marsha hall; crm:5 / erp:3 say so)"; cleaned, owned. */
static char *rule_text(kith_txn *txn, const kith_step *step) {
    if (step->rule == NULL && step->detail == NULL) {
        return cli_format("%s", "");
    }
    char *clash = clash_text(txn, step);
    char *text = cli_format(" (%s%s%s%s)", or_empty(step->rule),
                            step->rule != NULL && step->detail != NULL ? ": " : "",
                            or_empty(step->detail), clash);
    char *clean = cli_text_clean(text, strlen(text));
    free(clash);
    free(text);
    return clean;
}

static void print_apart(kith_txn *txn, const kith_step *step, const char *a, const char *b) {
    char *reason = reason_text(step);
    char *rule = rule_text(txn, step);
    const char *word = kith_step_kind_name(step->kind);
    switch (step->kind) {
    case KITH_STEP_LINK:
        printf("%s — %s — %s\n", a, reason, b);
        break;
    case KITH_STEP_REFUSED:
        printf("%s: %s — %s — %s%s\n", word, a, reason, b, rule);
        break;
    case KITH_STEP_BLOCKED:
        printf("%s: %s and %s share %s, a value that never links%s\n", word, a, b, reason, rule);
        break;
    case KITH_STEP_GENERIC:
        printf("%s: %s and %s share %s, a value of too many names, or records without one%s\n",
               word, a, b, reason, rule);
        break;
    case KITH_STEP_INVALID:
        printf("%s: %s and %s share %s, which is no value of its type%s\n", word, a, b, reason,
               rule);
        break;
    case KITH_STEP_SHARED:
        printf("%s: %s carries two values of a unique type, so it joins nobody%s%s%s\n", word, a,
               reason[0] != '\0' ? ": " : "", reason, rule);
        break;
    case KITH_STEP_UNLINKED:
        printf("%s: %s and %s are two, says %s%s\n", word, a, b,
               step->value != NULL ? step->value : "somebody", rule);
        break;
    case KITH_STEP_PENDING:
        printf("%s: their records are many and await 'kith settle'\n", word);
        break;
    case KITH_STEP_NOTHING:
        printf("%s: %s and %s share no identifier\n", word, a, b);
        break;
    }
    free(reason);
    free(rule);
}

/*
 * Prints the steps from `first` on that form one path in one line: a — email x — b — phone y — c.
 * Returns the place of the next step.
 */
static size_t print_path(kith_txn *txn, const kith_explanation *explanation, size_t first,
                         uint32_t from) {
    const kith_step *step = kith_explanation_step(explanation, first);
    uint32_t path = step->path;
    uint32_t at = from;
    char *name = cli_record_text(txn, at);
    printf("%s", name);
    free(name);
    do {
        char *reason = reason_text(step);
        at = step->a == at ? step->b : step->a;
        name = cli_record_text(txn, at);
        printf(" — %s — %s", reason, name);
        free(name);
        free(reason);
        step = kith_explanation_step(explanation, ++first);
    } while (step != NULL && step->kind == KITH_STEP_LINK && step->path == path);
    putchar('\n');
    return first;
}

static void print_step(kith_txn *txn, const kith_step *step) {
    char *a = cli_record_text(txn, step->a);
    char *b = cli_record_text(txn, step->b);
    print_apart(txn, step, a, b);
    free(a);
    free(b);
}

static void json_record(cli_json *json, const char *name, kith_txn *txn, uint32_t number) {
    kith_record record = KITH_RECORD_INIT;
    if (number == KITH_NO_RECORD) {
        cli_json_null(json, name);
        return;
    }
    cli_json_object(json, name);
    if (kith_record_get_number(txn, number, &record) == KITH_OK) {
        cli_json_text(json, "source", record.source);
        cli_json_text(json, "key", record.key);
    }
    cli_json_end(json);
}

static void json_steps(cli_json *json, kith_txn *txn, const kith_explanation *explanation) {
    cli_json_list(json, "steps");
    for (size_t i = 0; i < kith_explanation_step_count(explanation); i++) {
        const kith_step *step = kith_explanation_step(explanation, i);
        cli_json_object(json, NULL);
        cli_json_text(json, "kind", kith_step_kind_name(step->kind));
        cli_json_count(json, "path", step->path);
        json_record(json, "a", txn, step->a);
        json_record(json, "b", txn, step->b);
        cli_json_text(json, "type", step->type);
        cli_json_text(json, "value", step->value);
        cli_json_text(json, "rule", step->rule);
        cli_json_text(json, "detail", step->detail);
        json_record(json, "clash_a", txn, step->clash_a);
        json_record(json, "clash_b", txn, step->clash_b);
        cli_json_end(json);
    }
    cli_json_end(json);
}

static void json_profile_id(cli_json *json, const char *name, kith_txn *txn, uint32_t number) {
    kith_id id;
    if (kith_profile_id_of_record(txn, number, &id) == KITH_OK) {
        cli_json_id(json, name, &id);
    } else {
        cli_json_null(json, name);
    }
}

/* why */

static void print_one_record(const cli_arguments *arguments) {
    char *name = cli_text_clean(arguments->operands[1], strlen(arguments->operands[1]));
    printf("%s is one record, named twice\n", name);
    free(name);
}

static void print_why(const cli_arguments *arguments, kith_txn *txn, uint32_t from,
                      const kith_explanation *explanation) {
    bool same = kith_explanation_same(explanation);
    char *a = cli_text_clean(arguments->operands[1], strlen(arguments->operands[1]));
    char *b = cli_text_clean(arguments->operands[2], strlen(arguments->operands[2]));
    printf("%s%s and %s are %s%s\n", cli_bold(stdout), a, b,
           same ? "one customer:" : "two customers as far as is known:", cli_plain(stdout));
    free(a);
    free(b);
    size_t i = 0;
    while (i < kith_explanation_step_count(explanation)) {
        const kith_step *step = kith_explanation_step(explanation, i);
        fputs("  ", stdout);
        if (step->kind == KITH_STEP_LINK && step->path > 0) {
            i = print_path(txn, explanation, i, from);
        } else {
            print_step(txn, step);
            i++;
        }
    }
}

static void json_why(kith_txn *txn, const kith_record *a, const kith_record *b,
                     const kith_explanation *explanation) {
    cli_json json;
    cli_json_init(&json, stdout);
    cli_json_object(&json, NULL);
    cli_json_boolean(&json, "found", true);
    cli_json_boolean(&json, "same", kith_explanation_same(explanation));
    json_profile_id(&json, "profile_a", txn, a->number);
    json_profile_id(&json, "profile_b", txn, b->number);
    json_steps(&json, txn, explanation);
    cli_json_end(&json);
}

static int run_why(const cli_arguments *arguments) {
    cli_session session;
    kith_record a = KITH_RECORD_INIT;
    kith_record b = KITH_RECORD_INIT;
    kith_explanation *explanation = NULL;
    int result = cli_session_begin(arguments, KITH_READ, &session);
    if (result != CLI_OK) {
        return result;
    }
    result = cli_record_find(&session, arguments->operands[1], &a);
    if (result == CLI_OK) {
        result = cli_record_find(&session, arguments->operands[2], &b);
    }
    if (result != CLI_OK) {
        goto done;
    }
    if (kith_explain_why(session.txn, a.number, b.number, &explanation) != KITH_OK) {
        result = cli_session_fail(&session);
    } else if (arguments->json) {
        json_why(session.txn, &a, &b, explanation);
    } else if (a.number == b.number) {
        print_one_record(arguments);
    } else {
        print_why(arguments, session.txn, a.number, explanation);
    }
done:
    kith_explanation_free(explanation);
    cli_session_end(&session);
    return result;
}

const cli_command cli_command_why = {
    .name = "why",
    .summary = "say why two records are one customer, or why not",
    .usage = "STORE SOURCE:KEY SOURCE:KEY",
    .operands = {"STORE", "SOURCE:KEY", "a second SOURCE:KEY"},
    .details = "Prints every path of links from the first record to the second, shortest first;\n"
               "or else what keeps them apart: links that a rule refused, values that are blocked\n"
               "or shared by too many, decisions of people. A veto names the values that clash,\n"
               "and the records that say them where others than the two linked do. Exit code 0\n"
               "either way; 1: no such record.",
    .run = run_why,
};

/* how */

static void print_how(kith_txn *txn, uint32_t number, const kith_explanation *explanation) {
    kith_id id;
    char id_text[KITH_ID_TEXT_BYTES] = "";
    size_t count = kith_explanation_step_count(explanation);
    size_t unions = 0;
    if (kith_profile_id_of_record(txn, number, &id) == KITH_OK) {
        kith_id_format(&id, id_text);
    }
    printf("%sprofile %s%s\n", cli_bold(stdout), id_text, cli_plain(stdout));
    for (size_t i = 0; i < count; i++) {
        const kith_step *step = kith_explanation_step(explanation, i);
        if (step->kind == KITH_STEP_LINK) {
            printf("%4zu. ", ++unions);
        } else {
            fputs("      ", stdout);
        }
        print_step(txn, step);
    }
    if (count == 0) {
        puts("  it is one record; no link joins it to others ('kith why' says why not)");
    }
}

static void json_how(kith_txn *txn, uint32_t number, size_t shared_by,
                     const kith_explanation *explanation) {
    cli_json json;
    cli_json_init(&json, stdout);
    cli_json_object(&json, NULL);
    cli_json_boolean(&json, "found", true);
    json_profile_id(&json, "id", txn, number);
    cli_json_count(&json, "profiles_found", shared_by);
    json_steps(&json, txn, explanation);
    cli_json_end(&json);
}

static int run_how(const cli_arguments *arguments) {
    cli_session session;
    kith_profile profile = KITH_PROFILE_INIT;
    kith_explanation *explanation = NULL;
    cli_shared shared = {0, NULL};
    int result = cli_finding_check(arguments);
    if (result == CLI_OK) {
        result = cli_session_begin(arguments, KITH_READ, &session);
    }
    if (result != CLI_OK) {
        return result;
    }
    result = cli_finding_profile(&session, arguments, cli_clock_us(), &profile, &shared);
    if (result != CLI_OK) {
        goto done;
    }
    if (kith_explain_how(session.txn, profile.number, &explanation) != KITH_OK) {
        result = cli_session_fail(&session);
    } else if (arguments->json) {
        json_how(session.txn, profile.number, shared.count, explanation);
    } else {
        print_how(session.txn, profile.number, explanation);
        cli_finding_print_shared(&shared);
    }
done:
    kith_free(shared.ids);
    kith_explanation_free(explanation);
    cli_session_end(&session);
    return result;
}

const cli_command cli_command_how = {
    .name = "how",
    .summary = "say how a profile came to be, union by union",
    .usage = CLI_FINDING_USAGE,
    .operands = {"STORE"},
    .options = {CLI_FINDING_OPTIONS},
    .details = "Prints the unions in their order, then the links that a rule refused.\n"
               "Exit code 1: no such profile.",
    .run = run_how,
};
