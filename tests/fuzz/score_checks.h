/*
 * What holds of any score that can be defined. Who includes it says what check() does.
 */
#ifndef KITH_TESTS_FUZZ_SCORE_CHECKS_H
#define KITH_TESTS_FUZZ_SCORE_CHECKS_H

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "tests/fuzz/value_same.h"

#define SCORE_CHECKED "checked" /* the name of the score */
#define SCORE_TWIN    "twin"

/* Defining */

static inline int score_put(kith_txn *txn, const char *name, const char *text) {
    kith_definition_input input = KITH_DEFINITION_INPUT_INIT;
    kith_expression_options options = KITH_EXPRESSION_OPTIONS_INIT;
    options.any_name = true;
    input.name = name;
    input.expression = text;
    input.options = &options;
    return kith_definition_put(txn, KITH_SCORE, &input, NULL);
}

/* Whether it is taken; else it is refused with a message. */
static inline bool score_check_put(kith_txn *txn, const char *text) {
    int code = score_put(txn, SCORE_CHECKED, text);
    check(code == KITH_OK || code == KITH_INVALID || code == KITH_LIMIT);
    check(code == KITH_OK || kith_txn_error(txn)->message[0] != '\0');
    return code == KITH_OK;
}

static inline char *score_kept(kith_txn *txn, const char *name) {
    kith_definition found = KITH_DEFINITION_INIT;
    check(kith_definition_get(txn, KITH_SCORE, name, 0, &found) == KITH_OK);
    return strdup(found.expression);
}

/* What is kept is taken as it is. */
static inline void score_check_kept(kith_txn *txn) {
    char *kept = score_kept(txn, SCORE_CHECKED);
    check(score_put(txn, SCORE_TWIN, kept) == KITH_OK);
    char *again = score_kept(txn, SCORE_TWIN);
    check(strcmp(kept, again) == 0);
    check(kith_definition_remove(txn, KITH_SCORE, SCORE_TWIN, 0) == KITH_OK);
    free(kept);
    free(again);
}

/* Asking */

/* What an output is by an expression; when it would be another one. */
static inline int64_t score_ask(const char *output, const kith_profile *profile, int64_t now_us,
                                kith_value *out) {
    kith_expression_options options = KITH_EXPRESSION_OPTIONS_INIT;
    kith_expression *expression = NULL;
    kith_outcome outcome = KITH_OUTCOME_INIT;
    char text[64];
    size_t size = (size_t)snprintf(text, sizeof text, "score('" SCORE_CHECKED ".%s')", output);
    options.value = true;
    check(kith_expression_parse(text, size, profile->txn, &options, &expression, NULL) == KITH_OK);
    check(kith_expression_evaluate(expression, profile, now_us, &outcome) == KITH_OK);
    kith_expression_free(expression);
    check(outcome.value.type != KITH_TYPE_REAL || isfinite(outcome.value.as.real));
    check(outcome.next_change_at_us > now_us);
    *out = outcome.value;
    return outcome.next_change_at_us;
}

/* Reasons of models of repeat buying hold no words but those of the model. */
static inline void score_check_reason(const kith_score_explanation *why,
                                      const kith_score_reason *reason) {
    bool numbers = strcmp(why->kind, "repeat") == 0;
    check(reason->text != NULL);
    check(!reason->adds || isfinite(reason->share));
    check(!numbers || (strstr(reason->text, "nan") == NULL && strstr(reason->text, "inf") == NULL));
}

static inline kith_score_explanation *score_why(const kith_profile *profile, int64_t now_us) {
    kith_score_explanation *why = NULL;
    check(kith_score_explain(profile, SCORE_CHECKED, now_us, &why) == KITH_OK);
    check(why->next_change_at_us > now_us);
    for (size_t i = 0; i < why->reason_count; i++) {
        score_check_reason(why, why->reasons[i]);
    }
    return why;
}

static inline bool score_text_same(const char *a, const char *b) {
    return a == NULL || b == NULL ? a == b : strcmp(a, b) == 0;
}

/* None of it changes until it says so. */
static inline void score_check_stays(const kith_profile *profile,
                                     const kith_score_explanation *why) {
    if (why->next_change_at_us == INT64_MAX) {
        return;
    }
    kith_score_explanation *then = score_why(profile, why->next_change_at_us - 1);
    check(then->output_count == why->output_count);
    for (size_t i = 0; i < why->output_count; i++) {
        check(score_text_same(then->outputs[i]->value, why->outputs[i]->value));
    }
    check(then->reason_count == why->reason_count);
    for (size_t i = 0; i < why->reason_count; i++) {
        check(score_text_same(then->reasons[i]->text, why->reasons[i]->text));
        check(then->reasons[i]->share == why->reasons[i]->share);
    }
    kith_score_explanation_free(then);
}

/* What the row says of an output. False: nothing. */
static inline bool score_in_row(const kith_profile *profile, const char *output, kith_value *out) {
    kith_score_value value = KITH_SCORE_VALUE_INIT;
    size_t cursor = 0;
    int code;
    while ((code = kith_profile_next_score_value(profile, &cursor, &value)) == KITH_OK) {
        if (strcmp(value.score, SCORE_CHECKED) == 0 && strcmp(value.output, output) == 0) {
            *out = value.value;
            return true;
        }
    }
    check(code == KITH_DONE);
    return false;
}

static inline void score_check_output(const kith_profile *profile, int64_t now_us,
                                      const kith_score_explanation *why,
                                      const kith_score_output *output) {
    kith_value value, kept, then;
    int64_t until_us = score_ask(output->name, profile, now_us, &value);
    check((value.type == KITH_TYPE_NULL) == (output->value == NULL));
    check(until_us >= why->next_change_at_us);
    if (score_in_row(profile, output->name, &kept)) {
        check(value_same(&kept, &value));
    }
    if (until_us != INT64_MAX) {
        score_ask(output->name, profile, until_us - 1, &then);
        check(value_same(&then, &value));
    }
}

/* What is said of a profile by an expression, in its row and in an explanation is the same, finite,
 * and stays until the very instant that is said. */
static inline void score_check_profile(const kith_profile *profile, int64_t now_us) {
    kith_score_explanation *why = score_why(profile, now_us);
    check(why->output_count > 0);
    for (size_t i = 0; i < why->output_count; i++) {
        score_check_output(profile, now_us, why, why->outputs[i]);
    }
    score_check_stays(profile, why);
    kith_score_explanation_free(why);
}

static inline void score_check_profiles(kith_txn *txn, int64_t now_us) {
    kith_profile_iter *iter = NULL;
    kith_profile profile = KITH_PROFILE_INIT;
    check(kith_profile_iter_open(txn, now_us, &iter) == KITH_OK);
    while (kith_profile_iter_next(iter, &profile) == KITH_OK) {
        score_check_profile(&profile, now_us);
    }
    kith_profile_iter_close(iter);
}

#endif
