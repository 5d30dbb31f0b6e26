#include "src/score/repeat.h"

#include <math.h>
#include <stdlib.h>

#include "src/base/radix.h"

bool kithi_repeat_is_valid(const kithi_repeat *c) {
    return isfinite(c->age) && c->recency >= 0 && c->recency <= c->age &&
           (c->frequency > 0 || c->recency == 0) && isfinite(c->log_gaps) && c->weight > 0 &&
           isfinite(c->weight);
}

/* Of those with the same key. Those that are alike are ordered, too, so that sums are rounded the
 * same. */
static int by_history(const void *a, const void *b) {
    const kithi_repeat *x = a, *y = b;
    if (x->frequency != y->frequency) {
        return x->frequency < y->frequency ? -1 : 1;
    }
    if (x->recency != y->recency) {
        return x->recency < y->recency ? -1 : 1;
    }
    if (x->age != y->age) {
        return x->age < y->age ? -1 : 1;
    }
    return (x->log_gaps > y->log_gaps) - (x->log_gaps < y->log_gaps);
}

static bool is_alike(const kithi_repeat *a, const kithi_repeat *b) {
    return a->frequency == b->frequency && a->recency == b->recency && a->age == b->age;
}

#define TIME_BITS  11
#define TIME_PARTS ((1 << TIME_BITS) - 1)

/* Which part of the greatest age a time is in. */
static uint64_t part_of(double time, double parts) {
    double part = time * parts;
    return part > 0 && part < TIME_PARTS ? (uint64_t)part : part > 0 ? TIME_PARTS : 0;
}

/* Those who are alike have the same key, and few others. */
static uint64_t rough_key(const kithi_repeat *c, double parts) {
    return (uint64_t)c->frequency << 2 * TIME_BITS | part_of(c->recency, parts) << TIME_BITS |
           part_of(c->age, parts);
}

static double greatest_age(const kithi_repeat *customers, size_t count) {
    double most = 0;
    for (size_t i = 0; i < count; i++) {
        most = customers[i].age > most ? customers[i].age : most;
    }
    return most;
}

static bool is_in_order(const kithi_repeat *customers, size_t count) {
    for (size_t i = 1; i < count; i++) {
        if (by_history(&customers[i - 1], &customers[i]) > 0) {
            return false;
        }
    }
    return true;
}

/* Those with the same key, who come to stand in order, each with whoever is alike. */
static size_t unite_alike(kithi_repeat *customers, size_t count) {
    size_t kept = 0;
    if (!is_in_order(customers, count)) {
        qsort(customers, count, sizeof *customers, by_history);
    }
    for (size_t i = 0; i < count; i++) {
        if (kept > 0 && is_alike(&customers[kept - 1], &customers[i])) {
            customers[kept - 1].weight += customers[i].weight;
            customers[kept - 1].log_gaps += customers[i].log_gaps;
        } else {
            customers[kept++] = customers[i];
        }
    }
    return kept;
}

/* By keys, and those with the same one by comparing them. False: memory is out. */
static bool unite(const kithi_repeat *customers, uint32_t count, uint64_t *keys, uint32_t *order,
                  kithi_repeat *out, size_t *kept) {
    double parts = TIME_PARTS / greatest_age(customers, count);
    for (uint32_t i = 0; i < count; i++) {
        keys[i] = rough_key(&customers[i], parts);
    }
    if (!kithi_radix_order(keys, count, order)) {
        return false;
    }
    for (uint32_t i = 0, end; i < count; i = end) {
        for (end = i; end < count && keys[order[end]] == keys[order[i]]; end++) {
            out[*kept + end - i] = customers[order[end]];
        }
        *kept += unite_alike(out + *kept, end - i);
    }
    return true;
}

kithi_repeat *kithi_repeat_compress(const kithi_repeat *customers, uint32_t count,
                                    size_t *out_count) {
    size_t room = (size_t)count + 1;
    uint64_t *keys = calloc(room, sizeof *keys);
    uint32_t *order = malloc(room * sizeof *order);
    kithi_repeat *out = malloc(room * sizeof *out);
    *out_count = 0;
    if (keys == NULL || order == NULL || out == NULL ||
        !unite(customers, count, keys, order, out, out_count)) {
        free(out);
        out = NULL;
    }
    free(keys);
    free(order);
    return out;
}

double kithi_repeat_weight(const kithi_repeat *customers, size_t count) {
    double weight = 0;
    for (size_t i = 0; i < count; i++) {
        weight += customers[i].weight;
    }
    return weight;
}
