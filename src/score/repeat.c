#include "src/score/repeat.h"

#include <math.h>
#include <stdlib.h>

bool kithi_repeat_is_valid(const kithi_repeat *c) {
    return isfinite(c->age) && c->recency >= 0 && c->recency <= c->age &&
           (c->frequency > 0 || c->recency == 0) && isfinite(c->log_gaps) && c->weight > 0 &&
           isfinite(c->weight);
}

static int by_history(const void *a, const void *b) {
    const kithi_repeat *x = a, *y = b;
    if (x->frequency != y->frequency) {
        return x->frequency < y->frequency ? -1 : 1;
    }
    if (x->recency != y->recency) {
        return x->recency < y->recency ? -1 : 1;
    }
    return (x->age > y->age) - (x->age < y->age);
}

size_t kithi_repeat_compress(kithi_repeat *customers, size_t count) {
    size_t kept = 0;
    qsort(customers, count, sizeof *customers, by_history);
    for (size_t i = 0; i < count; i++) {
        if (kept > 0 && by_history(&customers[kept - 1], &customers[i]) == 0) {
            customers[kept - 1].weight += customers[i].weight;
            customers[kept - 1].log_gaps += customers[i].log_gaps;
        } else {
            customers[kept++] = customers[i];
        }
    }
    return kept;
}

double kithi_repeat_weight(const kithi_repeat *customers, size_t count) {
    double weight = 0;
    for (size_t i = 0; i < count; i++) {
        weight += customers[i].weight;
    }
    return weight;
}
