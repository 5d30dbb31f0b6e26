/* The gap between two days with orders that is usual for everybody. */
#include <math.h>
#include <stdlib.h>

#include "src/learn/learner.h"
#include "src/score/ranks.h"
#include "src/segment/score_lifecycle.h"

#define GAP_ONE 1000 /* gaps are in thousandths of a day */

/* The customer's own mean gap. */
static bool sum_up(void *asker, const kithi_summary *orders, void *item) {
    (void)asker;
    if (orders->active_days < 2) {
        return false;
    }
    int64_t days = orders->last_day - orders->first_day, gaps = orders->active_days - 1;
    *(int64_t *)item = (days * GAP_ONE + gaps / 2) / gaps;
    return true;
}

int kithi_learn_lifecycle(kithi_learner *l) {
    kithi_gathered gaps = {.items = NULL};
    int64_t middles[2] = {0, 0};
    int rc =
        kithi_learner_gather_orders(l, l->options.now_us, sizeof(int64_t), sum_up, NULL, &gaps);
    if (rc == KITH_OK && gaps.count == 0) {
        rc = kithi_learner_refuse(l, "nobody has orders on two days");
    }
    if (rc == KITH_OK && !kithi_middles(gaps.items, gaps.count, middles)) {
        rc = kithi_error_memory(kithi_txn_error(l->txn));
    }
    l->customer_count = gaps.count;
    kithi_gathered_clear(&gaps);
    int64_t median = middles[0] + (middles[1] - middles[0]) / 2;
    return rc == KITH_OK ? kithi_learner_put(l, l->fitted, "population_gap_days",
                                             json_real((double)(median > 0 ? median : 1) / GAP_ONE))
                         : rc;
}
