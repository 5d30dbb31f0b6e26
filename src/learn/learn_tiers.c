/* The least values of tiers that hold top shares. */
#include <stdlib.h>

#include "src/learn/learner.h"
#include "src/segment/run.h"
#include "src/segment/score_tiers.h"

static int ask_value(void *asker, kithi_executor *e, int64_t now_us, void *item,
                     kithi_buffer *texts, bool *out_take) {
    const kithi_plan *plan = asker;
    const kithi_score_tier_settings *s = plan->score.settings;
    (void)texts;
    kithi_operand value, number = kithi_operand_number(0);
    int rc = kithi_execute_score_part(e, plan, s->part, now_us, &value);
    *out_take = rc == KITH_OK && kithi_operands_meet(NULL, &value, &number) &&
                value.sort == KITHI_SORT_NUMBER;
    if (*out_take) {
        *(kithi_decimal *)item = value.as.number;
    }
    return rc;
}

static int descending(const void *a, const void *b) {
    const kithi_decimal *x = a, *y = b;
    return (*x < *y) - (*x > *y);
}

/* The value at which the top share ends: at least one customer is in it, and all who are alike. */
static kithi_decimal cut_at(const kithi_decimal *sorted, size_t count, double percent) {
    double wanted = (double)count * percent / 100;
    size_t rank = wanted < 1 ? 1 : (size_t)wanted;
    return sorted[rank < count ? rank - 1 : count - 1];
}

static int put_cuts(kithi_learner *l, const kithi_decimal *sorted, size_t count) {
    const kithi_score_tier_settings *s = l->plan->score.settings;
    json_t *least = json_array();
    int rc = least != NULL ? KITH_OK : kithi_error_memory(kithi_txn_error(l->txn));
    for (size_t i = 0; rc == KITH_OK && i < s->count; i++) {
        char text[KITHI_DECIMAL_TEXT_BYTES];
        kithi_decimal_format(s->tiers[i].learnt ? cut_at(sorted, count, s->tiers[i].top_percent)
                                                : s->tiers[i].least,
                             text);
        if (json_array_append_new(least, json_string(text)) != 0) {
            rc = kithi_error_memory(kithi_txn_error(l->txn));
        }
    }
    if (rc != KITH_OK) {
        json_decref(least);
        return rc;
    }
    return kithi_learner_put(l, l->fitted, "least", least);
}

int kithi_learn_tiers(kithi_learner *l) {
    kithi_gathered values;
    int rc = kithi_learner_gather(l, sizeof(kithi_decimal), ask_value, (void *)l->plan, &values);
    if (rc == KITH_OK && values.count == 0) {
        rc = kithi_learner_refuse(l, "nobody has a number there");
    }
    if (rc == KITH_OK) {
        qsort(values.items, values.count, sizeof(kithi_decimal), descending);
        l->customer_count = values.count;
        rc = put_cuts(l, values.items, values.count);
    }
    kithi_gathered_clear(&values);
    return rc;
}
