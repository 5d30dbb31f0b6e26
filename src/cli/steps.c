#include "src/cli/steps.h"

#include <stdlib.h>
#include <string.h>

#include "src/cli/console.h"
#include "src/cli/pair_table.h"
#include "src/cli/session.h"

static bool is_decision(const kith_step *step) {
    return step->type != NULL && strcmp(step->type, "assertion") == 0;
}

static const char *or_empty(const char *text) {
    return text != NULL ? text : "";
}

static bool is_scored(const kith_step *step) {
    return step->type != NULL && strcmp(step->type, "score") == 0;
}

char *cli_step_reason(const kith_step *step) {
    char *text;
    if (is_decision(step)) {
        text = cli_format("%s by %s", step->kind == KITH_STEP_UNLINKED ? "unlinked" : "linked",
                          or_empty(step->value));
    } else if (is_scored(step)) {
        text = cli_format("score %.2f bits", step->bits);
    } else {
        text =
            cli_format("%s%s%s", or_empty(step->type),
                       step->type != NULL && step->value != NULL ? " " : "", or_empty(step->value));
    }
    char *clean = cli_text_clean(text, strlen(text));
    free(text);
    return clean;
}

/* "; crm:5 / erp:3 say so" where the values in the detail are not those of a and b, ": crm:5" for a
 * third record; owned. */
static char *clash_text(kith_txn *txn, const kith_step *step) {
    bool own = step->clash_a == step->a && step->clash_b == step->b;
    if (own || step->clash_a == KITH_NO_RECORD) {
        return cli_format("%s", "");
    }
    char *a = cli_record_text(txn, step->clash_a);
    char *b = step->clash_b != KITH_NO_RECORD ? cli_record_text(txn, step->clash_b) : NULL;
    char *text = b != NULL ? cli_format("; %s / %s say so", a, b) : cli_format(": %s", a);
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
    char *reason = cli_step_reason(step);
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
    case KITH_STEP_WEAK:
        printf("%s: %s and %s have %s\n", word, a, b, or_empty(step->detail));
        break;
    case KITH_STEP_UNCOMPARED:
        printf("%s: %s and %s have %s; but nothing made kith compare them\n", word, a, b,
               or_empty(step->detail));
        break;
    }
    free(reason);
    free(rule);
}

void cli_step_print(cli_telling *telling, const kith_step *step) {
    char *a = cli_record_text(telling->txn, step->a);
    char *b = cli_record_text(telling->txn, step->b);
    print_apart(telling->txn, step, a, b);
    free(a);
    free(b);
}

static bool is_shown(const cli_telling *telling, const kith_step *step) {
    for (size_t i = 0; i < telling->shown_count; i++) {
        const uint32_t *pair = telling->shown[i];
        if ((pair[0] == step->a && pair[1] == step->b) ||
            (pair[0] == step->b && pair[1] == step->a)) {
            return true;
        }
    }
    return false;
}

void cli_step_print_table(cli_telling *telling, const kith_step *step, size_t indent) {
    if (!is_scored(step) || is_shown(telling, step)) {
        return;
    }
    if (telling->shown_count == CLI_TABLES_MAX) {
        telling->left_out++;
        return;
    }
    telling->shown[telling->shown_count][0] = step->a;
    telling->shown[telling->shown_count++][1] = step->b;
    cli_pair_print(telling->txn, step->a, step->b, indent);
}

void cli_telling_end(const cli_telling *telling) {
    if (telling->left_out > 0) {
        printf("\nOf the scored links the first %d are shown in full; --json has them all.\n",
               CLI_TABLES_MAX);
    }
}

void cli_json_record(cli_json *json, const char *name, kith_txn *txn, uint32_t number) {
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

static void json_bits(cli_json *json, kith_txn *txn, const kith_step *step) {
    if (is_scored(step)) {
        cli_json_real(json, "bits", step->bits);
        cli_json_real(json, "bits_needed", step->bits_needed);
        cli_json_pair(json, "pair", txn, step->a, step->b);
    }
}

void cli_json_step(cli_json *json, const char *name, kith_txn *txn, const kith_step *step) {
    if (step == NULL) {
        cli_json_null(json, name);
        return;
    }
    cli_json_object(json, name);
    cli_json_text(json, "kind", kith_step_kind_name(step->kind));
    cli_json_count(json, "path", step->path);
    cli_json_record(json, "a", txn, step->a);
    cli_json_record(json, "b", txn, step->b);
    cli_json_text(json, "type", step->type);
    cli_json_text(json, "value", step->value);
    cli_json_text(json, "rule", step->rule);
    cli_json_text(json, "detail", step->detail);
    cli_json_record(json, "clash_a", txn, step->clash_a);
    cli_json_record(json, "clash_b", txn, step->clash_b);
    json_bits(json, txn, step);
    cli_json_end(json);
}

void cli_json_steps(cli_json *json, kith_txn *txn, const kith_explanation *explanation) {
    cli_json_list(json, "steps");
    for (size_t i = 0; i < kith_explanation_step_count(explanation); i++) {
        cli_json_step(json, NULL, txn, kith_explanation_step(explanation, i));
    }
    cli_json_end(json);
}

void cli_json_profile_id(cli_json *json, const char *name, kith_txn *txn, uint32_t number) {
    kith_id id;
    if (kith_profile_id_of_record(txn, number, &id) == KITH_OK) {
        cli_json_id(json, name, &id);
    } else {
        cli_json_null(json, name);
    }
}
