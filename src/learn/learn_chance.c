/* The chance that something happens, and the likeness to a seed. */
#include <stdlib.h>

#include "src/learn/known.h"
#include "src/segment/score_chance.h"

#define DAY_US INT64_C(86400000000)

/* Taking customers up */

static int take_up(kithi_learner *l, const kithi_known_customers *known, kithi_cases *cases) {
    const kithi_score_features *features = known->features;
    kith_value values[KITHI_FEATURES_MAX];
    bool ok = kithi_cases_init(cases, features->count);
    for (size_t i = 0; ok && i < features->count; i++) {
        ok = kithi_cases_name(cases, i, l->plan->score.parts[features->parts[i]].text,
                              known->kinds[i]);
    }
    for (size_t i = 0; ok && i < known->gathered.count; i++) {
        kithi_known_values(known, i, values);
        ok = kithi_cases_add(cases, values, kithi_known_happened(known, i));
    }
    return ok ? KITH_OK : kithi_error_memory(kithi_txn_error(l->txn));
}

/* Telling */

static json_t *levels_of(const kithi_feature *f) {
    json_t *levels = json_array();
    for (size_t i = 0; levels != NULL && i < f->level_count; i++) {
        json_t *level =
            json_pack("[s%, f]", f->levels[i].text, f->levels[i].size, f->levels[i].share);
        if (json_array_append_new(levels, level) != 0) {
            json_decref(levels);
            return NULL;
        }
    }
    return levels;
}

static json_t *feature_of(const kithi_feature *f) {
    return f->kind == KITHI_FEATURE_NUMBER
               ? json_pack("{s:s, s:s, s:f, s:f, s:f}", "name", f->name, "kind", "number", "mean",
                           f->mean, "deviation", f->deviation, "missing", f->missing_share)
               : json_pack("{s:s, s:s, s:o, s:f, s:f}", "name", f->name, "kind", "level", "levels",
                           levels_of(f), "other", f->other_share, "missing", f->missing_share);
}

static json_t *features_of(const kithi_encoding *encoding) {
    json_t *features = json_array();
    for (size_t i = 0; features != NULL && i < encoding->feature_count; i++) {
        if (json_array_append_new(features, feature_of(&encoding->features[i])) != 0) {
            json_decref(features);
            return NULL;
        }
    }
    return features;
}

static json_t *groups_of(const kithi_validation *v) {
    json_t *groups = json_array();
    for (size_t i = 0; groups != NULL && i < KITHI_DECILES; i++) {
        const kithi_decile *d = &v->deciles[i];
        json_t *group = json_pack("{s:f, s:f, s:I}", "predicted", d->predicted, "actual", d->actual,
                                  "customers", (json_int_t)d->count);
        if (json_array_append_new(groups, group) != 0) {
            json_decref(groups);
            return NULL;
        }
    }
    return groups;
}

static json_t *calibration_of(const kithi_chance_report *report, unsigned folds) {
    const kithi_validation *v = &report->held_out;
    return json_pack("{s:i, s:f, s:f, s:f, s:f, s:f, s:f, s:o}", "folds", (int)folds, "auc", v->auc,
                     "auc_deviation", v->auc_deviation, "log_loss", v->log_loss, "base_log_loss",
                     v->base_log_loss, "brier", v->brier, "base_rate", v->base_rate, "groups",
                     groups_of(v));
}

static int tell(kithi_learner *l, const kithi_chance *chance, const kithi_chance_report *report,
                const kithi_chance_options *options) {
    size_t width = chance->encoding.width + (size_t)1;
    json_t *fitted = l->fitted;
    int rc = kithi_learner_put(l, fitted, "happened", json_integer(report->happened));
    rc = rc == KITH_OK
             ? kithi_learner_put(l, fitted, "converged", json_boolean(report->fit.converged))
             : rc;
    rc = rc == KITH_OK ? kithi_learner_put(l, fitted, "gradient_norm",
                                           kithi_learner_real(report->fit.gradient_norm))
                       : rc;
    rc = rc == KITH_OK
             ? kithi_learner_put(l, fitted, "calibration", calibration_of(report, options->folds))
             : rc;
    rc = rc == KITH_OK ? kithi_learner_put(l, fitted, "features", features_of(&chance->encoding))
                       : rc;
    rc = rc == KITH_OK
             ? kithi_learner_put(l, fitted, "weights", kithi_learner_reals(chance->weights, width))
             : rc;
    return rc == KITH_OK
               ? kithi_learner_put(l, fitted, "cuts", kithi_learner_reals(chance->cuts, KITHI_CUTS))
               : rc;
}

/* Fitting */

static int refuse(kithi_learner *l, kithi_chance_refusal refusal,
                  const kithi_chance_report *report) {
    const kithi_score_chance_settings *s = l->plan->score.settings;
    const char *why = kithi_chance_refusal_text(refusal);
    switch (refusal) {
    case KITHI_CHANCE_FITS:
        return KITH_OK;
    case KITHI_CHANCE_NO_MEMORY:
        return kithi_error_memory(kithi_txn_error(l->txn));
    case KITHI_CHANCE_INTERRUPTED:
        return kithi_learner_stopped(l);
    case KITHI_CHANCE_ID:
        return kithi_learner_refuse(
            l, "\"%.80s\": %s", l->plan->score.parts[s->features.parts[report->feature]].text, why);
    default:
        return kithi_learner_refuse(l, "%s", why);
    }
}

static int fit(kithi_learner *l, kithi_cases *cases) {
    const kithi_score_chance_settings *s = l->plan->score.settings;
    kithi_chance_options options = KITHI_CHANCE_OPTIONS_INIT;
    kithi_workers_ear ear = {kithi_learner_tell, l};
    kithi_chance_report report;
    kithi_chance chance;
    options.penalty = s->penalty;
    options.threads = l->options.threads != 0 ? l->options.threads : kithi_workers_available();
    options.ear = &ear;
    kithi_chance_init(&chance);
    int rc = kithi_learner_tell(l, 0, options.folds) == 0 ? KITH_OK : kithi_learner_stopped(l);
    rc = rc == KITH_OK
             ? refuse(l, kithi_chance_fit(cases, &options, &chance, &report, NULL), &report)
             : rc;
    rc = rc == KITH_OK ? tell(l, &chance, &report, &options) : rc;
    kithi_chance_clear(&chance);
    return rc;
}

int kithi_learn_chance(kithi_learner *l) {
    const kithi_score_chance_settings *s = l->plan->score.settings;
    kithi_known_plan plan = {.features = &s->features,
                             .ahead_us = s->ahead_days * DAY_US,
                             .has_target = true,
                             .target = s->target,
                             .chosen = s->chosen,
                             .of = s->of};
    kithi_known_customers known;
    kithi_cases cases;
    int rc = kithi_known_gather(l, &plan, &known);
    l->customer_count = known.gathered.count;
    if (rc != KITH_OK) {
        kithi_known_clear(&known);
        return rc;
    }
    rc = take_up(l, &known, &cases);
    kithi_known_clear(&known);
    rc = rc == KITH_OK ? fit(l, &cases) : rc;
    kithi_cases_clear(&cases);
    return rc;
}
