/* What was decided about the customer: tags, consents, points, scores; and buckets. */
#include <string.h>

#include "src/segment/bucket.h"
#include "src/segment/run.h"

static const kithi_marks *marks_of(kithi_run *run) {
    kithi_executor *e = run->executor;
    if (!e->has_marks) {
        int rc = kithi_marks_load(e->txn, e->records, e->record_count, &e->arena, &e->marks);
        kithi_run_fail(run, rc);
        e->has_marks = rc == KITH_OK;
    }
    return e->has_marks ? &e->marks : NULL;
}

static const char *text_of(const kithi_node *node, size_t kid) {
    return kid < node->kid_count ? node->kids[kid]->as.text.data : NULL;
}

/* What the store's own model gives goes before what another system said under that name. */
static bool run_model(kithi_run *run, const kithi_node *node, int64_t *until, kithi_operand *out) {
    const kithi_plan *plan =
        node->word == KITHI_FUNCTION_SCORE
            ? kithi_plan_of(run->executor->plans, KITHI_CATALOG_SCORE, node->id)
            : NULL;
    if (plan != NULL) {
        *out = kithi_run_score(run, plan, (size_t)node->output, until);
    }
    return plan != NULL;
}

kithi_operand kithi_run_mark(kithi_run *run, const kithi_node *node, int64_t *until) {
    kithi_operand value = kithi_operand_null();
    if (run_model(run, node, until, &value)) {
        return value;
    }
    const kithi_marks *marks = marks_of(run);
    const char *name = text_of(node, 0);
    int64_t own = KITHI_FOR_EVER, micros;
    if (marks == NULL) {
        return value;
    }
    if (node->word == KITHI_FUNCTION_POINTS) {
        value = kithi_operand_number(kithi_marks_points(marks, name, run->now_us, &own));
    } else if (kithi_marks_score(marks, name, run->now_us, &own, &micros)) {
        value = kithi_operand_number(micros);
    }
    kithi_lower(until, own);
    return value;
}

/* How many of the tags there are. */
static size_t count_tags(kithi_run *run, const kithi_marks *marks, const kithi_node *node,
                         int64_t *until) {
    size_t count = 0;
    for (size_t i = 0; i < node->kid_count; i++) {
        int64_t own = KITHI_FOR_EVER;
        count += kithi_marks_has_tag(marks, text_of(node, i), run->now_us, &own);
        kithi_lower(until, own);
    }
    return count;
}

static bool has_consent(const kithi_run *run, const kithi_marks *marks, const kithi_node *node,
                        int64_t *until) {
    int64_t own = KITHI_FOR_EVER;
    bool granted =
        kithi_marks_consent(marks, text_of(node, 0), text_of(node, 1), run->now_us, &own);
    kithi_lower(until, own);
    return granted;
}

/* Nobody is in a segment that there isn't. */
static bool is_in_segment(kithi_run *run, const kithi_node *node, int64_t *until) {
    const kithi_plan *plan = kithi_plan_of(run->executor->plans, KITHI_CATALOG_SEGMENT, node->id);
    return plan != NULL && kithi_run_plan(run, plan, until).as.boolean;
}

bool kithi_run_test(kithi_run *run, const kithi_node *node, int64_t *until) {
    if (node->word == KITHI_TEST_BUCKET) {
        kithi_bucket_range range = kithi_bucket_range_of(node);
        return kithi_bucket_has(&range, &run->executor->id);
    }
    if (node->word == KITHI_TEST_SEGMENT) {
        return is_in_segment(run, node, until);
    }
    const kithi_marks *marks = marks_of(run);
    if (marks == NULL) {
        return false;
    }
    switch ((kithi_test)node->word) {
    case KITHI_TEST_CONSENT:
        return has_consent(run, marks, node, until);
    case KITHI_TEST_ALL_TAGS:
        return count_tags(run, marks, node, until) == node->kid_count;
    case KITHI_TEST_NO_TAGS:
        return count_tags(run, marks, node, until) == 0;
    default:
        return count_tags(run, marks, node, until) > 0;
    }
}
