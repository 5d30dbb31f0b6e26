/* Control groups: how many customers are left alone. */
#include "kith/learn.h"
#include "src/base/sized.h"
#include "src/score/power.h"

static int refuse(kith_error *error, kithi_power_refusal refusal) {
    return kithi_error_set(error, KITH_INVALID, "no control group: %s",
                           kithi_power_refusal_text(refusal));
}

int kith_control_group(const kith_control_options *given, kith_control_plan *out,
                       kith_error *error) {
    kith_control_options options = KITH_CONTROL_OPTIONS_INIT;
    kith_control_plan made = KITH_CONTROL_PLAN_INIT;
    kithi_power_plan plan;
    if (given == NULL || out == NULL) {
        return kithi_error_set(error, KITH_MISUSE,
                               "kith_control_group: options and a place for the plan are required");
    }
    int rc = kithi_take(given, &options, sizeof options, "kith_control_group", error);
    if (rc != KITH_OK) {
        return rc;
    }
    kithi_power_options asked = {.base_rate = options.base_rate,
                                 .lift = options.lift,
                                 .alpha = options.alpha,
                                 .power = options.power,
                                 .audience = options.audience_count};
    kithi_power_refusal refusal = kithi_power_find(&asked, &plan);
    if (refusal != KITHI_POWER_TELLS && refusal != KITHI_POWER_TOO_FEW) {
        return refuse(error, refusal);
    }
    made.tells = refusal == KITHI_POWER_TELLS;
    made.control_count = plan.control;
    made.treated_count = plan.treated;
    made.bucket_count = plan.buckets;
    made.least_lift = plan.least_lift;
    made.why_not = made.tells ? NULL : kithi_power_refusal_text(refusal);
    kithi_give(out, &made, sizeof made);
    return KITH_OK;
}
