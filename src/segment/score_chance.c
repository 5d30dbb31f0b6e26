/*
 * The chance that something happens to a customer, learnt of those to whom it did and to whom it
 * did not: churn, leads. What is known of a customer are expressions; with "ahead_days" it is what
 * was known so many days before it was looked whether it had happened. A score by likeness is the
 * chance to be one of a seed.
 *
 *   {"kind": "chance", "target": "NOT did(order LAST 90d)", "ahead_days": 90,
 *    "of": "did(order LAST 365d)", "features": ["count(order LAST 365d)", "city"]}
 *   {"kind": "lookalike", "seed": "segment('first buyers')", "features": [...]}
 */
#include "src/segment/score_chance.h"

#include <math.h>

#include "src/score/reasons.h"
#include "src/segment/run.h"
#include "src/segment/score_kinds.h"
#include "src/segment/score_tell.h"

#define PENALTY_USUAL 1
#define REASONS_MAX   10
#define REASON_BYTES  256

typedef enum output { CHANCE, TOP_PERCENT, OUTPUTS } output;

static const kithi_score_output chance_outputs[OUTPUTS] = {
    [CHANCE] = {"chance", KITHI_SORT_NUMBER, true, "the chance that it happens, from 0 to 1"},
    [TOP_PERCENT] = {"top_percent", KITHI_SORT_NUMBER, true,
                     "the least percent with the highest chances that the customer belongs to"},
};

static const kithi_score_output likeness_outputs[OUTPUTS] = {
    [CHANCE] = {"likeness", KITHI_SORT_NUMBER, true,
                "the chance to be one of the seed, by what is known of the customer"},
    [TOP_PERCENT] = {"top_percent", KITHI_SORT_NUMBER, true,
                     "the least percent of those most alike that the customer belongs to"},
};

/* Reading */

static int read_common(kithi_score_reader *r, json_t *root, const char *target) {
    kithi_score_chance_settings *s = kithi_score_room(r, 1, sizeof *s);
    if (s == NULL) {
        return KITH_NO_MEMORY;
    }
    r->model->settings = s;
    s->penalty = PENALTY_USUAL;
    s->chosen = json_object_get(root, "of") != NULL;
    if (json_object_get(root, target) == NULL) {
        return kithi_json_refuse_member(&r->json, target,
                                        "missing: a condition, which says to whom it happened, or "
                                        "who is in the seed");
    }
    int rc = kithi_score_ask(r, root, target, true, &s->target);
    rc = rc == KITH_OK ? kithi_score_ask(r, root, "of", true, &s->of) : rc;
    rc = rc == KITH_OK ? kithi_score_read_features(r, root, &s->features) : rc;
    rc = rc == KITH_OK ? kithi_json_integer(&r->json, root, "ahead_days", 36525, &s->ahead_days)
                       : rc;
    return rc == KITH_OK ? kithi_json_real(&r->json, root, "penalty", 1e-9, 1e9, &s->penalty) : rc;
}

static int read_chance(kithi_score_reader *r, json_t *root) {
    return read_common(r, root, "target");
}

static int read_likeness(kithi_score_reader *r, json_t *root) {
    return read_common(r, root, "seed");
}

static int read_cuts(kithi_score_reader *r, json_t *object, double out[KITHI_CUTS]) {
    int rc = kithi_score_read_numbers(r, object, "cuts", KITHI_CUTS, out);
    for (size_t i = 1; rc == KITH_OK && i < KITHI_CUTS; i++) {
        if (out[i] > out[i - 1]) {
            rc = kithi_json_refuse_member(&r->json, "cuts", "expected cuts that don't rise");
        }
    }
    return rc;
}

static int read_fitted(kithi_score_reader *r, json_t *object) {
    const kithi_score_chance_settings *s = r->model->settings;
    kithi_chance *chance = kithi_score_room(r, 1, sizeof *chance);
    if (chance == NULL) {
        return KITH_NO_MEMORY;
    }
    kithi_chance_init(chance);
    r->model->fitted = chance;
    int rc = kithi_score_read_encoding(r, object, &s->features, &chance->encoding);
    size_t width = chance->encoding.width + (size_t)1;
    chance->weights = kithi_arena_calloc(&chance->encoding.arena, width, sizeof *chance->weights);
    if (rc == KITH_OK && chance->weights == NULL) {
        rc = kithi_error_memory(kithi_txn_error(r->json.txn));
    }
    rc =
        rc == KITH_OK ? kithi_score_read_numbers(r, object, "weights", width, chance->weights) : rc;
    rc = rc == KITH_OK ? read_cuts(r, object, chance->cuts) : rc;
    return rc == KITH_OK && !kithi_chance_finish(chance)
               ? kithi_error_memory(kithi_txn_error(r->json.txn))
               : rc;
}

static void clear(kithi_score_model *model) {
    if (model->fitted != NULL) {
        kithi_chance_clear(model->fitted);
    }
}

/* Running */

static kithi_operand number_of(double value) {
    kithi_operand made = kithi_operand_number(0);
    return kithi_decimal_of_real(value, &made.as.number) ? made : kithi_operand_null();
}

static kithi_operand run_chance(kithi_run *run, const kithi_plan *plan, size_t which,
                                int64_t *until) {
    const kithi_score_chance_settings *s = plan->score.settings;
    const kithi_chance *chance = plan->score.fitted;
    kith_value values[KITHI_FEATURES_MAX];
    if (chance == NULL) {
        return kithi_operand_null();
    }
    kithi_score_feature_values(run, plan, &s->features, &chance->encoding, values, until);
    double score = kithi_chance_score(chance, values, NULL);
    return which == TOP_PERCENT
               ? kithi_operand_number(kithi_decimal_of(kithi_cuts_top(chance->cuts, score)))
               : number_of(kithi_logistic_chance(score));
}

static void tell_chance(kithi_run *run, const kithi_plan *plan, kithi_score_telling *t,
                        int64_t *until) {
    const kithi_score_chance_settings *s = plan->score.settings;
    const kithi_chance *chance = plan->score.fitted;
    kith_value values[KITHI_FEATURES_MAX];
    double parts[KITHI_FEATURES_MAX];
    kithi_reason reasons[REASONS_MAX];
    char text[REASON_BYTES];
    if (chance == NULL) {
        kithi_score_tell(t, "it isn't fitted yet");
        return;
    }
    kithi_score_feature_values(run, plan, &s->features, &chance->encoding, values, until);
    kithi_chance_score(chance, values, parts);
    kithi_score_tell_share(t, chance->base, "the average customer");
    size_t count = kithi_reasons_find(parts, s->features.count, REASONS_MAX, reasons);
    for (size_t i = 0; i < count; i++) {
        size_t feature = reasons[i].feature;
        kithi_reason_name(plan->score.parts[s->features.parts[feature]].text, &values[feature],
                          text, sizeof text);
        kithi_score_tell_share(t, reasons[i].part, "%s", text);
    }
}

const kithi_score_kind kithi_score_chance = {
    .name = "chance",
    .outputs = chance_outputs,
    .output_count = OUTPUTS,
    .unit = "log-odds",
    .learns = true,
    .keys = (const char *const[]){"target", "of", "features", "ahead_days", "penalty", NULL},
    .read = read_chance,
    .read_fitted = read_fitted,
    .clear = clear,
    .run = run_chance,
    .tell = tell_chance,
};

const kithi_score_kind kithi_score_lookalike = {
    .name = "lookalike",
    .outputs = likeness_outputs,
    .output_count = OUTPUTS,
    .unit = "log-odds",
    .learns = true,
    .keys = (const char *const[]){"seed", "of", "features", "penalty", NULL},
    .read = read_likeness,
    .read_fitted = read_fitted,
    .clear = clear,
    .run = run_chance,
    .tell = tell_chance,
};
