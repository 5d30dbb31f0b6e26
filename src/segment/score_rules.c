/*
 * Scores by rules: each has a name and a condition, and the first whose condition holds names the
 * customer; "otherwise" names who is left.
 *
 *   {"kind": "rules", "rules": [{"name": "big", "when": "sum(order.amount LAST 365d) > 50000"},
 *                               {"name": "small", "when": "vat_id IS NOT NULL"}],
 *    "otherwise": "consumer"}
 */
#include <string.h>

#include "src/segment/run.h"
#include "src/segment/score_kinds.h"
#include "src/segment/score_tell.h"

#define RULES_MAX 64

typedef struct settings {
    const char **names;
    size_t *parts; /* the condition of each */
    size_t count;
    const char *otherwise; /* NULL: nobody else has a name */
} settings;

static int read_rule(kithi_score_reader *r, json_t *rule, size_t at, void *context) {
    static const char *const keys[] = {"name", "when", NULL};
    settings *s = context;
    int rc = kithi_json_check_keys(&r->json, rule, keys);
    if (rc == KITH_OK &&
        (json_object_get(rule, "name") == NULL || json_object_get(rule, "when") == NULL)) {
        return kithi_json_refuse(&r->json, "each rule needs \"name\" and \"when\"");
    }
    rc = rc == KITH_OK ? kithi_score_text(r, rule, "name", &s->names[at]) : rc;
    return rc == KITH_OK ? kithi_score_ask(r, rule, "when", true, &s->parts[at]) : rc;
}

static int read_settings(kithi_score_reader *r, json_t *root) {
    settings *s = kithi_score_room(r, 1, sizeof *s);
    if (s == NULL) {
        return KITH_NO_MEMORY;
    }
    s->names = kithi_score_room(r, RULES_MAX, sizeof *s->names);
    s->parts = kithi_score_room(r, RULES_MAX, sizeof *s->parts);
    if (s->names == NULL || s->parts == NULL) {
        return KITH_NO_MEMORY;
    }
    r->model->settings = s;
    if (json_object_get(root, "rules") == NULL) {
        return kithi_json_refuse_member(&r->json, "rules", "missing: a list of rules");
    }
    int rc = kithi_score_list(r, root, "rules", RULES_MAX, read_rule, s, &s->count);
    return rc == KITH_OK ? kithi_score_text(r, root, "otherwise", &s->otherwise) : rc;
}

/* The first rule that holds; their count: none. */
static size_t find_rule(kithi_run *run, const kithi_plan *plan, int64_t *until) {
    const settings *s = plan->score.settings;
    size_t i = 0;
    while (i < s->count && !kithi_run_part_holds(run, plan, s->parts[i], until)) {
        i++;
    }
    return i;
}

static kithi_operand run_rules(kithi_run *run, const kithi_plan *plan, size_t output,
                               int64_t *until) {
    const settings *s = plan->score.settings;
    size_t i = find_rule(run, plan, until);
    const char *name = i < s->count ? s->names[i] : s->otherwise;
    (void)output;
    return name != NULL ? kithi_operand_text(name, strlen(name)) : kithi_operand_null();
}

static void tell_rules(kithi_run *run, const kithi_plan *plan, kithi_score_telling *telling,
                       int64_t *until) {
    const settings *s = plan->score.settings;
    size_t i = find_rule(run, plan, until);
    if (i < s->count) {
        kithi_score_tell(telling, "%s", plan->score.parts[s->parts[i]].text);
    } else {
        kithi_score_tell(telling, "none of the %zu rules holds", s->count);
    }
}

const kithi_score_kind kithi_score_rules = {
    .name = "rules",
    .outputs = (const kithi_score_output[]){{"name", KITHI_SORT_TEXT, true,
                                             "of the first rule that holds"}},
    .output_count = 1,
    .keys = (const char *const[]){"rules", "otherwise", NULL},
    .read = read_settings,
    .run = run_rules,
    .tell = tell_rules,
};
