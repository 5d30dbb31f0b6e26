/* why, how: the reasons behind a profile. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "src/cli/command.h"
#include "src/cli/console.h"
#include "src/cli/finding.h"
#include "src/cli/json_writer.h"
#include "src/cli/session.h"
#include "src/cli/steps.h"

/* why */

static void print_one_record(const cli_arguments *arguments) {
    char *name = cli_text_clean(arguments->operands[1], strlen(arguments->operands[1]));
    printf("%s is one record, named twice\n", name);
    free(name);
}

static bool is_of_path(const kith_step *step, uint32_t path) {
    return step != NULL && step->kind == KITH_STEP_LINK && step->path == path;
}

/*
 * Prints the steps from `first` on that form one path in one line: a — email x — b — phone y — c.
 * Returns the place of the next step.
 */
static size_t print_path(const cli_telling *telling, const kith_explanation *explanation,
                         size_t first, uint32_t from) {
    const kith_step *step = kith_explanation_step(explanation, first);
    uint32_t path = step->path;
    uint32_t at = from;
    char *name = cli_record_text(telling->txn, at);
    printf("%s", name);
    free(name);
    while (is_of_path(step, path)) {
        char *reason = cli_step_reason(step);
        at = step->a == at ? step->b : step->a;
        name = cli_record_text(telling->txn, at);
        printf(" — %s — %s", reason, name);
        free(name);
        free(reason);
        step = kith_explanation_step(explanation, ++first);
    }
    putchar('\n');
    return first;
}

/* Prints one step, or all of one path. Returns the place of the next step. */
static size_t print_steps(cli_telling *telling, const kith_explanation *explanation, size_t first,
                          uint32_t from) {
    const kith_step *step = kith_explanation_step(explanation, first);
    size_t next = first + 1;
    fputs("  ", stdout);
    if (step->kind == KITH_STEP_LINK && step->path > 0) {
        next = print_path(telling, explanation, first, from);
    } else {
        cli_step_print(telling, step);
    }
    for (size_t i = first; i < next; i++) {
        cli_step_print_table(telling, kith_explanation_step(explanation, i), 6);
    }
    return next;
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
    cli_telling telling = {.txn = txn};
    size_t i = 0;
    while (i < kith_explanation_step_count(explanation)) {
        i = print_steps(&telling, explanation, i, from);
    }
    cli_telling_end(&telling);
}

static void json_why(kith_txn *txn, const kith_record *a, const kith_record *b,
                     const kith_explanation *explanation) {
    cli_json json;
    cli_json_init(&json, stdout);
    cli_json_object(&json, NULL);
    cli_json_boolean(&json, "found", true);
    cli_json_boolean(&json, "same", kith_explanation_same(explanation));
    cli_json_profile_id(&json, "profile_a", txn, a->number);
    cli_json_profile_id(&json, "profile_b", txn, b->number);
    cli_json_steps(&json, txn, explanation);
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
               "and the records that say them where others than the two linked do. Under a scored\n"
               "link stands each comparison with the bits that it adds to the prior, what both\n"
               "records say, and what a link needs; so it does where the two have too few.\n"
               "Exit code 0 either way; 1: no such record.",
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
    cli_telling telling = {.txn = txn};
    for (size_t i = 0; i < count; i++) {
        const kith_step *step = kith_explanation_step(explanation, i);
        if (step->kind == KITH_STEP_LINK) {
            printf("%4zu. ", ++unions);
        } else {
            fputs("      ", stdout);
        }
        cli_step_print(&telling, step);
        if (step->kind == KITH_STEP_LINK) {
            cli_step_print_table(&telling, step, 8);
        }
    }
    cli_telling_end(&telling);
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
    cli_json_profile_id(&json, "id", txn, number);
    cli_json_count(&json, "profiles_found", shared_by);
    cli_json_steps(&json, txn, explanation);
    cli_json_end(&json);
}

static int run_how(const cli_arguments *arguments) {
    cli_finding finding;
    kith_explanation *explanation = NULL;
    int result = cli_finding_begin(arguments, cli_clock_us(), &finding);
    if (result != CLI_OK) {
        return result;
    }
    kith_txn *txn = finding.session.txn;
    uint32_t number = finding.profile.number;
    if (kith_explain_how(txn, number, &explanation) != KITH_OK) {
        result = cli_session_fail(&finding.session);
    } else if (arguments->json) {
        json_how(txn, number, finding.shared.count, explanation);
    } else {
        print_how(txn, number, explanation);
        cli_finding_print_shared(&finding.shared);
    }
    kith_explanation_free(explanation);
    cli_finding_end(&finding);
    return result;
}

const cli_command cli_command_how = {
    .name = "how",
    .summary = "say how a profile came to be, union by union",
    .usage = CLI_FINDING_USAGE,
    .operands = {"STORE"},
    .options = {CLI_FINDING_OPTIONS},
    .details = "Prints the unions in their order, each by the link that carried it, scored ones\n"
               "with their comparisons; then the links that a rule refused.\n"
               "Exit code 1: no such profile.",
    .run = run_how,
};
