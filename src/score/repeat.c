#include "src/score/repeat.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "src/base/radix.h"

bool kithi_repeat_is_valid(const kithi_repeat *c) {
    return isfinite(c->age) && c->recency >= 0 && c->recency <= c->age &&
           (c->frequency > 0 || c->recency == 0) && isfinite(c->log_gaps) && c->weight > 0 &&
           isfinite(c->weight);
}

/* By history; those that are alike by what isn't compared of it, so that sums are rounded alike. */
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

#define TIME_BITS      26 /* exponent and 15 bits of the mantissa: 1 in 32,768 */
#define FREQUENCY_BITS (64 - 2 * TIME_BITS)

/* The first bits of a number from 0 on, which are in order as the numbers are. */
static uint64_t first_bits(double number) {
    uint64_t bits;
    double positive = number + 0.; /* there is a -0. */
    memcpy(&bits, &positive, sizeof bits);
    return bits >> (63 - TIME_BITS);
}

/* Whoever is before another one has no greater one; nearly all that differ have others, but for
 * those who bought very often. */
static uint64_t rough_key(const kithi_repeat *c) {
    if (c->frequency >= (UINT32_C(1) << FREQUENCY_BITS) - 1) {
        return UINT64_MAX;
    }
    return (uint64_t)c->frequency << 2 * TIME_BITS | first_bits(c->recency) << TIME_BITS |
           first_bits(c->age);
}

static bool is_in_order(const kithi_repeat *customers, size_t count) {
    for (size_t i = 1; i < count; i++) {
        if (by_history(&customers[i - 1], &customers[i]) > 0) {
            return false;
        }
    }
    return true;
}

/* In the order of keys; those with the same one are compared. */
static bool put_in_order(const kithi_repeat *customers, uint32_t count, uint64_t *keys,
                         uint32_t *order, kithi_repeat *out) {
    for (uint32_t i = 0; i < count; i++) {
        keys[i] = rough_key(&customers[i]);
    }
    if (!kithi_radix_order(keys, count, order)) {
        return false;
    }
    for (uint32_t i = 0, begin = 0; i < count; i++) {
        out[i] = customers[order[i]];
        bool last = i + 1 == count || keys[order[i + 1]] != keys[order[i]];
        if (last && !is_in_order(out + begin, i + 1 - begin)) {
            qsort(out + begin, i + 1 - begin, sizeof *out, by_history);
        }
        begin = last ? i + 1 : begin;
    }
    return true;
}

static size_t unite_alike(kithi_repeat *customers, size_t count) {
    size_t kept = 0;
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

kithi_repeat *kithi_repeat_compress(const kithi_repeat *customers, uint32_t count,
                                    size_t *out_count) {
    size_t room = (size_t)count + 1;
    uint64_t *keys = calloc(room, sizeof *keys);
    uint32_t *order = malloc(room * sizeof *order);
    kithi_repeat *out = malloc(room * sizeof *out);
    if (keys == NULL || order == NULL || out == NULL ||
        !put_in_order(customers, count, keys, order, out)) {
        free(out);
        out = NULL;
    }
    *out_count = out != NULL ? unite_alike(out, count) : 0;
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
