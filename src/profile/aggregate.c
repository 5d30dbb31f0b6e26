#include "src/profile/aggregate.h"

#include <stdlib.h>
#include <string.h>

#include "src/base/amount.h"
#include "src/base/bytes.h"
#include "src/base/grow.h"
#include "src/fact/event.h"
#include "src/profile/row.h"

#define SUM_BOUND ((int64_t)9200000000000 * 1000000)

typedef struct sum {
    uint16_t property;
    uint64_t count;
    __extension__ __int128 total;
    int64_t min, max;
} sum;

typedef struct aggregate {
    uint16_t type;
    const kithi_event_type *definition;
    uint64_t count;
    int64_t first_us, last_us;
    sum *sums;
    size_t sum_count, sum_capacity;
    uint64_t asked, summed; /* of the first properties, a bit each: whether they are summed */
} aggregate;

typedef struct aggregates {
    kith_txn *txn;
    aggregate *items;
    size_t count, capacity;
} aggregates;

static aggregate *find_aggregate(aggregates *all, uint16_t type) {
    size_t at = 0;
    while (at < all->count && all->items[at].type < type) {
        at++;
    }
    if (at < all->count && all->items[at].type == type) {
        return &all->items[at];
    }
    if (!KITHI_GROW(all->items, all->capacity, all->count + 1)) {
        return NULL;
    }
    aggregate *items = all->items;
    memmove(items + at + 1, items + at, (all->count - at) * sizeof *items);
    all->count++;
    items[at] =
        (aggregate){.type = type,
                    .definition = kithi_catalog_event_type(kithi_txn_catalog(all->txn), type),
                    .first_us = INT64_MAX,
                    .last_us = INT64_MIN};
    return &items[at];
}

static sum *find_sum(aggregate *a, uint16_t property) {
    size_t at = 0;
    while (at < a->sum_count && a->sums[at].property < property) {
        at++;
    }
    if (at < a->sum_count && a->sums[at].property == property) {
        return &a->sums[at];
    }
    if (!KITHI_GROW(a->sums, a->sum_capacity, a->sum_count + 1)) {
        return NULL;
    }
    sum *sums = a->sums;
    memmove(sums + at + 1, sums + at, (a->sum_count - at) * sizeof *sums);
    a->sum_count++;
    sums[at] = (sum){property, 0, 0, INT64_MAX, INT64_MIN};
    return &sums[at];
}

/* Whether a property of the type is summed. The catalog tells it by names: it is asked once. */
static bool is_summed(const aggregates *all, aggregate *a, uint16_t property) {
    const kithi_catalog *catalog = kithi_txn_catalog(all->txn);
    uint64_t bit = property < 64 ? UINT64_C(1) << property : 0;
    if ((a->asked & bit) == 0) {
        bool summed = kithi_catalog_sums(catalog, a->definition, property);
        a->asked |= bit;
        a->summed |= summed ? bit : 0;
        return summed;
    }
    return (a->summed & bit) != 0;
}

/* A property's value in millionths, if it is a number or a text that is one. */
static bool micros_of(kithi_walker *walker, int64_t *out) {
    kithi_walker at = *walker;
    kith_value value;
    /* A list or map isn't walked: no number. */
    return kithi_walk_value(&at, NULL, &value) && kithi_amount_summed(&value, out);
}

static bool add_properties(aggregates *all, aggregate *a, const kithi_event *event) {
    kithi_walker walker = kithi_walker_of(event->properties, event->properties_size);
    uint32_t count;
    if (a->definition == NULL || !kithi_walk_map(&walker, &count)) {
        return true;
    }
    for (uint32_t i = 0; i < count; i++) {
        uint64_t property;
        int64_t micros;
        if (!kithi_walk_uint(&walker, &property)) {
            return true;
        }
        if (is_summed(all, a, (uint16_t)property) && micros_of(&walker, &micros)) {
            sum *s = find_sum(a, (uint16_t)property);
            if (s == NULL) {
                return false;
            }
            s->count++;
            s->total += micros;
            s->min = micros < s->min ? micros : s->min;
            s->max = micros > s->max ? micros : s->max;
        }
        if (!kithi_walk_skip(&walker)) {
            return true;
        }
    }
    return true;
}

static int add_event(aggregates *all, const kithi_event *event) {
    aggregate *a = find_aggregate(all, event->type);
    if (a == NULL) {
        return kithi_error_memory(kithi_txn_error(all->txn));
    }
    a->count++;
    a->first_us = event->time_us < a->first_us ? event->time_us : a->first_us;
    a->last_us = event->time_us > a->last_us ? event->time_us : a->last_us;
    return add_properties(all, a, event) ? KITH_OK : kithi_error_memory(kithi_txn_error(all->txn));
}

static int add_record(aggregates *all, uint32_t record, int64_t now_us, uint64_t *event_count,
                      int64_t *next_us) {
    kithi_events events;
    kithi_event event;
    int rc = kithi_events_open(all->txn, record, INT64_MIN, INT64_MAX, false, &events);
    if (rc != KITH_OK) {
        return rc;
    }
    while ((rc = kithi_events_next(&events, &event)) == KITH_OK) {
        if (event.time_us > now_us) {
            *next_us = event.time_us < *next_us ? event.time_us : *next_us;
            break;
        }
        ++*event_count;
        rc = add_event(all, &event);
        if (rc != KITH_OK) {
            break;
        }
    }
    kithi_events_close(&events);
    return rc == KITH_DONE ? KITH_OK : rc;
}

static void write_sum(const sum *s, kithi_buffer *out) {
    uint8_t *at = kithi_buffer_grow(out, KITHI_SUM_BYTES);
    bool over = s->total > SUM_BOUND, under = s->total < -SUM_BOUND;
    if (at == NULL) {
        return;
    }
    kithi_put16(at, s->property);
    kithi_put64(at + 2, s->count);
    kithi_put_time(at + 10, over ? SUM_BOUND : under ? -SUM_BOUND : (int64_t)s->total);
    kithi_put_time(at + 18, s->min);
    kithi_put_time(at + 26, s->max);
    at[34] = over || under;
}

static void write_aggregate(const aggregate *a, kithi_buffer *out) {
    uint8_t *head = kithi_buffer_grow(out, KITHI_AGGREGATE_HEAD_BYTES);
    if (head == NULL) {
        return;
    }
    kithi_put16(head, a->type);
    kithi_put64(head + 2, a->count);
    kithi_put_time(head + 10, a->first_us);
    kithi_put_time(head + 18, a->last_us);
    kithi_put32(head + 26, (uint32_t)(a->sum_count * KITHI_SUM_BYTES));
    for (size_t i = 0; i < a->sum_count; i++) {
        write_sum(&a->sums[i], out);
    }
}

int kithi_aggregate_compute(kith_txn *txn, const uint32_t *records, size_t count, int64_t now_us,
                            kithi_buffer *out, uint64_t *out_event_count, int64_t *out_next_us) {
    aggregates all = {.txn = txn};
    int rc = KITH_OK;
    *out_event_count = 0;
    *out_next_us = INT64_MAX;
    for (size_t i = 0; rc == KITH_OK && i < count; i++) {
        rc = add_record(&all, records[i], now_us, out_event_count, out_next_us);
    }
    for (size_t i = 0; i < all.count; i++) {
        if (rc == KITH_OK) {
            write_aggregate(&all.items[i], out);
        }
        free(all.items[i].sums);
    }
    free(all.items);
    return rc;
}
