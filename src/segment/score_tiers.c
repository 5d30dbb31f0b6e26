/*
 * Value tiers: the top shares of what an expression gives. Each tier begins at a least value: one
 * that is given, or the one at which the customers' top share ends, which is learnt. Who are alike
 * are in one tier: the share is the least that holds all of them.
 *
 *   {"kind": "tiers", "value": "sum(order.amount LAST 365d)",
 *    "tiers": [{"name": "platinum", "top_percent": 1}, {"name": "gold", "top_percent": 5},
 *              {"name": "silver", "least": 100}], "otherwise": "bronze"}
 */
#include <string.h>

#include "src/segment/run.h"
#include "src/segment/score_kinds.h"
#include "src/segment/score_tell.h"
#include "src/segment/score_tiers.h"

/* Tiers of one sort have to fall: a later one that takes in no more is never reached. */
static bool is_reached(const kithi_score_tier *tiers, size_t at) {
    for (size_t i = 0; i < at; i++) {
        if (tiers[i].learnt == tiers[at].learnt &&
            (tiers[at].learnt ? tiers[i].top_percent >= tiers[at].top_percent
                              : tiers[i].least <= tiers[at].least)) {
            return false;
        }
    }
    return true;
}

static int read_tier(kithi_score_reader *r, json_t *member, size_t at, void *context) {
    static const char *const keys[] = {"name", "top_percent", "least", NULL};
    kithi_score_tier_settings *s = context;
    kithi_score_tier *tier = &s->tiers[at];
    double least = 0;
    bool shared = json_object_get(member, "top_percent") != NULL;
    bool given = json_object_get(member, "least") != NULL;
    int rc = kithi_json_check_keys(&r->json, member, keys);
    if (rc == KITH_OK && (json_object_get(member, "name") == NULL || shared == given)) {
        return kithi_json_refuse(&r->json,
                                 "each tier needs \"name\" and \"top_percent\" or \"least\"");
    }
    rc = rc == KITH_OK ? kithi_score_text(r, member, "name", &tier->name) : rc;
    rc = rc == KITH_OK
             ? kithi_json_real(&r->json, member, "top_percent", 0, 100, &tier->top_percent)
             : rc;
    rc = rc == KITH_OK ? kithi_json_real(&r->json, member, "least", -1e12, 1e12, &least) : rc;
    tier->learnt = shared;
    s->learns = s->learns || shared;
    kithi_decimal_of_real(least, &tier->least);
    return rc == KITH_OK && !is_reached(s->tiers, at)
               ? kithi_json_refuse(&r->json, "the best tier comes first: \"top_percent\" must rise "
                                             "and \"least\" must fall from one to the next, or "
                                             "nobody is in a later one")
               : rc;
}

static int read_settings(kithi_score_reader *r, json_t *root) {
    kithi_score_tier_settings *s = kithi_score_room(r, 1, sizeof *s);
    if (s == NULL) {
        return KITH_NO_MEMORY;
    }
    r->model->settings = s;
    if (json_object_get(root, "value") == NULL || json_object_get(root, "tiers") == NULL) {
        return kithi_json_refuse(&r->json, "\"tiers\" needs \"value\", an expression, and "
                                           "\"tiers\", a list of them, the best first");
    }
    int rc = kithi_score_ask(r, root, "value", false, &s->part);
    rc = rc == KITH_OK
             ? kithi_score_list(r, root, "tiers", KITHI_TIERS_MAX, read_tier, s, &s->count)
             : rc;
    return rc == KITH_OK ? kithi_score_text(r, root, "otherwise", &s->otherwise) : rc;
}

/* A number that is written as a text, exactly. */
static int read_least(kithi_score_reader *r, json_t *member, size_t at, void *context) {
    kithi_score_tiers_fitted *fitted = context;
    const char *text = json_string_value(member);
    bool negative = text != NULL && text[0] == '-';
    size_t size = text != NULL ? strlen(text) - negative : 0;
    if (size == 0 || kithi_decimal_read(text + negative, size, &fitted->least[at]) != size) {
        return kithi_json_refuse(&r->json, "expected the least value of each tier, as texts");
    }
    fitted->least[at] = negative ? -fitted->least[at] : fitted->least[at];
    return KITH_OK;
}

/* Top shares that grow end at values that don't. */
static bool falls(const kithi_score_tier_settings *s, const kithi_score_tiers_fitted *fitted) {
    const kithi_decimal *last = NULL;
    for (size_t i = 0; i < s->count; i++) {
        if (s->tiers[i].learnt && last != NULL && fitted->least[i] > *last) {
            return false;
        }
        last = s->tiers[i].learnt ? &fitted->least[i] : last;
    }
    return true;
}

static int read_fitted(kithi_score_reader *r, json_t *object) {
    const kithi_score_tier_settings *s = r->model->settings;
    kithi_score_tiers_fitted *fitted = kithi_score_room(r, 1, sizeof *fitted);
    size_t count = 0;
    if (fitted == NULL) {
        return KITH_NO_MEMORY;
    }
    int rc = kithi_score_list(r, object, "least", KITHI_TIERS_MAX, read_least, fitted, &count);
    if (rc == KITH_OK && count != s->count) {
        return kithi_json_refuse(&r->json,
                                 "expected as many values in \"least\" as there are tiers");
    }
    if (rc == KITH_OK && !falls(s, fitted)) {
        return kithi_json_refuse_member(&r->json, "least", "expected values that don't rise");
    }
    r->model->fitted = fitted;
    return rc;
}

static kithi_decimal least_of(const kithi_plan *plan, size_t tier) {
    const kithi_score_tier_settings *s = plan->score.settings;
    const kithi_score_tiers_fitted *fitted = plan->score.fitted;
    return s->tiers[tier].learnt ? fitted->least[tier] : s->tiers[tier].least;
}

/* The first tier whose least value the customer has; their count: none. */
static size_t find_tier(const kithi_plan *plan, const kithi_operand *value) {
    const kithi_score_tier_settings *s = plan->score.settings;
    size_t i = 0;
    while (i < s->count && value->as.number < least_of(plan, i)) {
        i++;
    }
    return i;
}

static bool has_number(kithi_operand *value) {
    kithi_operand number = kithi_operand_number(0);
    return kithi_operands_meet(NULL, value, &number) && value->sort == KITHI_SORT_NUMBER;
}

static kithi_operand run_tiers(kithi_run *run, const kithi_plan *plan, size_t output,
                               int64_t *until) {
    const kithi_score_tier_settings *s = plan->score.settings;
    kithi_operand value = kithi_run_part(run, plan, s->part, until);
    (void)output;
    if (s->learns && plan->score.fitted == NULL) {
        return kithi_operand_null();
    }
    size_t i = has_number(&value) ? find_tier(plan, &value) : s->count;
    const char *name = i < s->count ? s->tiers[i].name : s->otherwise;
    return name != NULL ? kithi_operand_text(name, strlen(name)) : kithi_operand_null();
}

static void tell_tiers(kithi_run *run, const kithi_plan *plan, kithi_score_telling *telling,
                       int64_t *until) {
    const kithi_score_tier_settings *s = plan->score.settings;
    kithi_operand value = kithi_run_part(run, plan, s->part, until);
    char least[KITHI_DECIMAL_TEXT_BYTES], has[KITHI_DECIMAL_TEXT_BYTES];
    const char *text = plan->score.parts[s->part].text;
    if (!has_number(&value)) {
        kithi_score_tell(telling, "%s has no value", text);
        return;
    }
    kithi_decimal_format(value.as.number, has);
    kithi_score_tell(telling, "%s is %s", text, has);
    for (size_t i = 0; (!s->learns || plan->score.fitted != NULL) && i < s->count; i++) {
        kithi_decimal_format(least_of(plan, i), least);
        kithi_score_tell(telling, "%s from %s on", s->tiers[i].name, least);
    }
}

static bool needs_fit(const kithi_score_model *model) {
    const kithi_score_tier_settings *s = model->settings;
    return s->learns;
}

const kithi_score_kind kithi_score_tiers = {
    .name = "tiers",
    .outputs = (const kithi_score_output[]){{"name", KITHI_SORT_TEXT, true,
                                             "of the best tier whose least value is reached"}},
    .output_count = 1,
    .learns = true,
    .needs = needs_fit,
    .keys = (const char *const[]){"value", "tiers", "otherwise", NULL},
    .read = read_settings,
    .read_fitted = read_fitted,
    .run = run_tiers,
    .tell = tell_tiers,
};
