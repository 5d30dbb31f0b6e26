/*
 * The stage that a customer is in, from the customer's own rhythm (src/score/lifecycle.h has the
 * rules). What is usual for everybody may be given, or learnt.
 *
 *   {"kind": "lifecycle", "event": "order", "slowing": 1.5, "at_risk": 2.5, "lapsed": 4}
 */
#include "src/segment/score_lifecycle.h"

#include <math.h>
#include <string.h>

#include "src/segment/run.h"
#include "src/segment/score_kinds.h"
#include "src/segment/score_tell.h"

#define GAP_ONE 1000 /* gaps are in thousandths of a day */

typedef enum output { STAGE, NEXT_STAGE, CHANGES_ON, SILENT_DAYS, USUAL_GAP, OUTPUTS } output;

static const kithi_score_output outputs[OUTPUTS] = {
    [STAGE] = {"stage", KITHI_SORT_TEXT, true,
               "prospect, new, active, regular, slowing, at risk, lapsed or won back"},
    [NEXT_STAGE] = {"next_stage", KITHI_SORT_TEXT, true, "the next one without another order"},
    [CHANGES_ON] = {"changes_on", KITHI_SORT_DATE, true, "the first day of that"},
    [SILENT_DAYS] = {"silent_days", KITHI_SORT_NUMBER, false, "days since the last order"},
    [USUAL_GAP] = {"usual_gap", KITHI_SORT_NUMBER, true,
                   "days from one order to the next that are usual"},
};

kithi_rhythm kithi_rhythm_of(const kithi_summary *orders) {
    return (kithi_rhythm){.active_days = orders->active_days,
                          .first_day = orders->first_day,
                          .last_day = orders->last_day,
                          .last_gap = (int32_t)orders->last_gap};
}

/* A number that is scaled to an integer. */
static int read_scaled(kithi_score_reader *r, json_t *root, const char *key, double scale,
                       double most, int64_t *out) {
    double value = (double)*out / scale;
    int rc = kithi_json_real(&r->json, root, key, 0, most, &value);
    *out = llround(value * scale);
    return rc;
}

static int read_times(kithi_score_reader *r, json_t *root, const char *key, int32_t *out) {
    int64_t times = *out;
    int rc = read_scaled(r, root, key, 100, (double)KITHI_TIMES_MAX / 100, &times);
    *out = (int32_t)times;
    return rc;
}

static int read_gap(kithi_score_reader *r, json_t *root, const char *key, int64_t *out) {
    return read_scaled(r, root, key, GAP_ONE, (double)KITHI_GAP_MAX / GAP_ONE, out);
}

static int read_count(kithi_score_reader *r, json_t *root, const char *key, uint32_t *out) {
    int64_t count = *out;
    int rc = kithi_json_integer(&r->json, root, key, UINT32_MAX, &count);
    *out = (uint32_t)count;
    return rc;
}

static int read_settings(kithi_score_reader *r, json_t *root) {
    kithi_lifecycle *rules = kithi_score_room(r, 1, sizeof *rules);
    if (rules == NULL) {
        return KITH_NO_MEMORY;
    }
    *rules = kithi_lifecycle_default();
    r->model->settings = rules;
    int rc = kithi_score_read_orders(r, root);
    rc = rc == KITH_OK ? read_times(r, root, "slowing", &rules->slowing) : rc;
    rc = rc == KITH_OK ? read_times(r, root, "at_risk", &rules->at_risk) : rc;
    rc = rc == KITH_OK ? read_times(r, root, "lapsed", &rules->lapsed) : rc;
    rc = rc == KITH_OK ? read_count(r, root, "own_gaps", &rules->own_gaps) : rc;
    rc = rc == KITH_OK ? read_count(r, root, "regular_days", &rules->regular_days) : rc;
    rc = rc == KITH_OK ? read_gap(r, root, "least_gap_days", &rules->least_gap) : rc;
    rc = rc == KITH_OK ? read_gap(r, root, "population_gap_days", &rules->population_gap) : rc;
    if (rc == KITH_OK && !kithi_lifecycle_is_valid(rules)) {
        rc = kithi_json_refuse(&r->json, "\"slowing\", \"at_risk\" and \"lapsed\" must rise, and "
                                         "gaps and counts be above 0");
    }
    return rc;
}

static int read_fitted(kithi_score_reader *r, json_t *object) {
    kithi_lifecycle *rules = kithi_score_room(r, 1, sizeof *rules);
    if (rules == NULL) {
        return KITH_NO_MEMORY;
    }
    *rules = *(const kithi_lifecycle *)r->model->settings;
    r->model->fitted = rules;
    int rc = read_gap(r, object, "population_gap_days", &rules->population_gap);
    return rc == KITH_OK && !kithi_lifecycle_is_valid(rules)
               ? kithi_json_refuse_member(&r->json, "population_gap_days", "expected it above 0")
               : rc;
}

/* It changes on the day that the standing says, if nothing is bought. */
static kithi_standing stand(kithi_run *run, const kithi_plan *plan, int64_t *until) {
    const kithi_lifecycle *rules =
        plan->score.fitted != NULL ? plan->score.fitted : plan->score.settings;
    int64_t tomorrow_us = KITHI_FOR_EVER;
    kithi_rhythm rhythm = kithi_rhythm_of(kithi_run_orders(run, plan->score.orders, until));
    kithi_standing found =
        kithi_lifecycle_stand(rules, &rhythm, (int32_t)kithi_run_day(run, &tomorrow_us));
    if (found.changes) {
        kithi_run_until_day(run, found.change_day, until);
    }
    return found;
}

static kithi_operand name_of(kithi_stage stage) {
    const char *name = kithi_stage_name(stage);
    return kithi_operand_text(name, strlen(name));
}

static kithi_operand run_lifecycle(kithi_run *run, const kithi_plan *plan, size_t which,
                                   int64_t *until) {
    kithi_standing found = stand(run, plan, until);
    bool bought = found.stage != KITHI_STAGE_PROSPECT;
    switch ((output)which) {
    case STAGE:
        return name_of(found.stage);
    case NEXT_STAGE:
        return found.changes ? name_of(found.change_stage) : kithi_operand_null();
    case CHANGES_ON:
        return found.changes ? kithi_operand_date(found.change_day) : kithi_operand_null();
    case SILENT_DAYS:
        kithi_run_day(run, until);
        return bought ? kithi_operand_number(kithi_decimal_of(found.silent_days))
                      : kithi_operand_null();
    default:
        return bought ? kithi_operand_number(kithi_decimal_of(found.usual_gap) / GAP_ONE)
                      : kithi_operand_null();
    }
}

static void tell_lifecycle(kithi_run *run, const kithi_plan *plan, kithi_score_telling *telling,
                           int64_t *until) {
    char text[160], date[KITH_TIME_TEXT_BYTES];
    kithi_standing found = stand(run, plan, until);
    kithi_standing_say(&found, text, sizeof text);
    kithi_score_tell(telling, "%s", text);
    if (found.changes) {
        kith_date_format(found.change_day, date);
        kithi_score_tell(telling, "without another order %s from %s on",
                         kithi_stage_name(found.change_stage), date);
    }
}

static bool needs_nothing(const kithi_score_model *model) {
    (void)model;
    return false;
}

const kithi_score_kind kithi_score_lifecycle = {
    .name = "lifecycle",
    .outputs = outputs,
    .output_count = OUTPUTS,
    .learns = true,
    .needs = needs_nothing,
    .keys = (const char *const[]){"event", "amount", "refund", "slowing", "at_risk", "lapsed",
                                  "own_gaps", "regular_days", "least_gap_days",
                                  "population_gap_days", NULL},
    .read = read_settings,
    .read_fitted = read_fitted,
    .run = run_lifecycle,
    .tell = tell_lifecycle,
};
