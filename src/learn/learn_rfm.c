/* The cuts of a score by recency, frequency and monetary value. */
#include <stdlib.h>

#include "src/learn/learner.h"
#include "src/segment/score_rfm.h"

/* One customer's. */
typedef struct numbers {
    int64_t days, orders, micros;
} numbers;

static bool sum_up(void *asker, const kithi_summary *orders, void *item) {
    const int64_t *today = asker;
    if (orders->orders == 0) {
        return false;
    }
    *(numbers *)item =
        (numbers){*today - orders->last_day, orders->orders, kithi_summary_net_micros(orders)};
    return true;
}

static int64_t *column_of(const kithi_gathered *all, size_t offset) {
    int64_t *column = malloc((all->count + 1) * sizeof *column);
    for (size_t i = 0; column != NULL && i < all->count; i++) {
        column[i] = *(const int64_t *)((const char *)all->items + i * sizeof(numbers) + offset);
    }
    return column;
}

static int make_cuts(kithi_learner *l, const kithi_gathered *all, kithi_rfm_cuts *out) {
    const kithi_score_rfm_settings *s = l->plan->score.settings;
    int64_t *days = column_of(all, offsetof(numbers, days));
    int64_t *orders = column_of(all, offsetof(numbers, orders));
    int64_t *micros = column_of(all, offsetof(numbers, micros));
    bool made = days != NULL && orders != NULL && micros != NULL &&
                kithi_rfm_cuts_make(days, orders, micros, all->count, s->bins, out);
    free(days);
    free(orders);
    free(micros);
    return made ? KITH_OK : kithi_error_memory(kithi_txn_error(l->txn));
}

static json_t *list_of(const kithi_cuts *cuts, bool amounts) {
    json_t *list = json_array();
    for (unsigned i = 0; list != NULL && i + 1 < cuts->bins; i++) {
        char text[KITHI_DECIMAL_TEXT_BYTES];
        kithi_decimal_format(cuts->at[i], text);
        json_t *cut = amounts ? json_string(text) : json_integer(cuts->at[i]);
        if (json_array_append_new(list, cut) != 0) {
            json_decref(list);
            return NULL;
        }
    }
    return list;
}

int kithi_learn_rfm(kithi_learner *l) {
    kithi_gathered all = {.items = NULL};
    kithi_rfm_cuts cuts;
    int64_t today;
    int rc = kithi_learner_day(l, l->options.now_us, &today);
    rc = rc == KITH_OK ? kithi_learner_gather_orders(l, l->options.now_us, sizeof(numbers), sum_up,
                                                     &today, &all)
                       : rc;
    if (rc == KITH_OK && all.count == 0) {
        rc = kithi_learner_refuse(l, "nobody has orders");
    }
    rc = rc == KITH_OK ? make_cuts(l, &all, &cuts) : rc;
    l->customer_count = all.count;
    kithi_gathered_clear(&all);
    rc = rc == KITH_OK ? kithi_learner_put(l, l->fitted, "days", list_of(&cuts.days, false)) : rc;
    rc = rc == KITH_OK ? kithi_learner_put(l, l->fitted, "orders", list_of(&cuts.orders, false))
                       : rc;
    return rc == KITH_OK ? kithi_learner_put(l, l->fitted, "amounts", list_of(&cuts.micros, true))
                         : rc;
}
