#include "src/query/scan_orders.h"

#include <stdlib.h>
#include <string.h>

#include "src/base/civil.h"
#include "src/query/scan_event.h"
#include "src/segment/customer.h"

#define ASKED_MASK 0xff /* of how many one is told of */
#define BATCH      64   /* events, a word of those that are let through */

/* What is filled: one of both. */
typedef struct order_sums {
    kithi_summary *summaries;
    kithi_spending *spending;
} order_sums;

typedef struct summing {
    const kithi_zone *zone;
    bool refunds; /* all events give money back */
    int32_t day;  /* of the times from <= time < until */
    int64_t from_us, until_us;
    order_sums out;
} summing;

/* Days */

/* Works out the day that holds a time, and until when it is the same by the same clock. */
static void find_day(summing *s, int64_t time_us) {
    int64_t offset_until;
    int64_t offset_us = kithi_zone_offset(s->zone, time_us, &offset_until) * KITHI_US_A_SECOND;
    int64_t day = kithi_floor_div(kithi_add_saturated(time_us, offset_us), KITHI_US_A_DAY);
    int64_t next = kithi_multiply_saturated(day + 1, KITHI_US_A_DAY);
    int64_t end = kithi_add_saturated(next, -offset_us);
    s->day = (int32_t)day;
    s->from_us = time_us;
    s->until_us = end < offset_until ? end : offset_until;
}

/* Events come by their times: the day is worked out when it has passed. */
static inline int32_t day_of(summing *s, int64_t time_us) {
    if (time_us < s->from_us || time_us >= s->until_us) {
        find_day(s, time_us);
    }
    return s->day;
}

/* Sums: each takes in one event. */

typedef void add_one(summing *s, uint16_t place, int64_t time_us, int64_t micros);

static inline void spend(summing *s, uint16_t place, int64_t time_us, int64_t micros) {
    kithi_spending *sum = &s->out.spending[place];
    uint32_t twice = sum->twice | (micros != 0);
    sum->micros = kithi_add_saturated(sum->micros, micros);
    if (micros >= 0) {
        uint32_t day = (uint32_t)day_of(s, time_us) - (uint32_t)INT32_MIN;
        sum->last = day > sum->last ? day : sum->last;
        twice += 2;
    }
    sum->twice = twice;
}

/* Whichever its sign, an amount goes back. */
static inline void spend_back(summing *s, uint16_t place, int64_t time_us, int64_t micros) {
    kithi_spending *sum = &s->out.spending[place];
    (void)time_us;
    sum->micros = kithi_add_saturated(sum->micros, micros > 0 ? -micros : micros);
    sum->twice |= 1;
}

static inline void order(summing *s, uint16_t place, int64_t time_us, int64_t micros) {
    kithi_summary_add(&s->out.summaries[place], day_of(s, time_us), micros);
}

static inline void order_back(summing *s, uint16_t place, int64_t time_us, int64_t micros) {
    (void)time_us;
    kithi_summary_refund(&s->out.summaries[place], micros);
}

static add_one *add_of(const summing *s) {
    return s->out.spending != NULL ? s->refunds ? spend_back : spend
           : s->refunds            ? order_back
                                   : order;
}

/* Of columns */

static int64_t amount_at(const kithi_column *values, uint32_t event) {
    kithi_operand value = kithi_operand_null();
    int64_t micros = 0;
    if (kithi_column_has(values, event)) {
        value = kithi_column_operand(values, event);
    }
    return kithi_operand_summed(&value, &micros) ? micros : 0;
}

/* What some events say, one after the other. */
typedef struct batch {
    int64_t times[BATCH], places[BATCH], micros[BATCH];
} batch;

static void read_batch(const kithi_scanned *in, uint32_t first, uint32_t count, batch *out) {
    kithi_column_numbers(&in->times, first, count, out->times);
    kithi_column_numbers(&in->places, first, count, out->places);
    if (in->values->sort == KITHI_COLUMN_NUMBER) {
        kithi_column_numbers(in->values, first, count, out->micros);
        return;
    }
    for (uint32_t i = 0; i < count; i++) {
        out->micros[i] = amount_at(in->values, first + i);
    }
}

typedef void add_batch(summing *s, const batch *b, uint64_t word, uint32_t count);

/* What is mostly asked for has a loop of its own, into which the compiler puts what is done with
 * one event. */
static void spend_batch(summing *s, const batch *b, uint64_t word, uint32_t count) {
    for (uint32_t i = 0; i < count; i++) {
        if ((word >> i & 1) != 0) {
            spend(s, (uint16_t)b->places[i], b->times[i], b->micros[i]);
        }
    }
}

static void add_each(summing *s, const batch *b, uint64_t word, uint32_t count) {
    add_one *add = add_of(s);
    for (uint32_t i = 0; i < count; i++) {
        if ((word >> i & 1) != 0) {
            add(s, (uint16_t)b->places[i], b->times[i], b->micros[i]);
        }
    }
}

static int take_events(void *context, const kithi_scanned *in) {
    summing *s = context;
    add_batch *add = s->out.spending != NULL && !s->refunds ? spend_batch : add_each;
    batch b;
    for (uint32_t first = 0; first < in->count; first += BATCH) {
        uint64_t word = in->events->words[first / BATCH];
        uint32_t count = in->count - first < BATCH ? in->count - first : BATCH;
        if (word != 0) {
            read_batch(in, first, count, &b);
            add(s, &b, word, count);
        }
    }
    return KITH_OK;
}

static kithi_times until_now(const kithi_scan *s) {
    return (kithi_times){INT64_MIN, kithi_add_saturated(s->now_us, 1)};
}

static int take_columns(kithi_scan *s, int event, int amount, summing *out, kithi_chunk *unsure) {
    const kithi_stream stream = {
        .event = "", .event_id = event, .property = "", .property_id = amount};
    return kithi_scan_times(s, &stream, until_now(s), take_events, out, unsure);
}

/* Of facts */

static int sum_amounts(kithi_executor *e, const kithi_happening *event, int property,
                       int64_t *out_micros) {
    kithi_values values;
    int64_t micros;
    int rc = kithi_happening_values(e, event, property, NULL, &values);
    *out_micros = 0;
    for (size_t i = 0; rc == KITH_OK && i < values.count; i++) {
        if (kithi_operand_summed(kithi_values_at(&values, i), &micros)) {
            *out_micros = kithi_add_saturated(*out_micros, micros);
        }
    }
    return rc;
}

static int take_facts(kithi_scan *s, int event, int amount, uint32_t place, summing *out) {
    kithi_happenings events = {NULL, 0};
    int rc = event >= 0 ? kithi_customer_events(&s->executor, event, &events) : KITH_OK;
    for (size_t i = 0; rc == KITH_OK && i < events.count && events.items[i].at_us <= s->now_us;
         i++) {
        int64_t micros;
        rc = sum_amounts(&s->executor, &events.items[i], amount, &micros);
        if (rc == KITH_OK) {
            add_of(out)(out, (uint16_t)place, events.items[i].at_us, micros);
        }
    }
    return rc;
}

static void forget(order_sums out, uint32_t place) {
    if (out.spending != NULL) {
        out.spending[place] = (kithi_spending){.twice = 0};
    } else {
        out.summaries[place] = (kithi_summary){.orders = 0};
    }
}

static summing begin(const kithi_scan *s, bool refunds, order_sums out) {
    return (summing){s->executor.store_zone, refunds, 0, INT64_MAX, INT64_MIN, out};
}

static int ask(kithi_scan *s, const kithi_summary_of *events, uint32_t place, order_sums out) {
    summing orders = begin(s, false, out), refunds = begin(s, true, out);
    forget(out, place);
    int rc = kithi_scan_take(s, s->chunk * KITHI_CHUNK_BITS + place);
    rc = rc == KITH_OK ? take_facts(s, events->event, events->amount, place, &orders) : rc;
    return rc == KITH_OK ? take_facts(s, events->refund, events->amount, place, &refunds) : rc;
}

static int ask_each(kithi_scan *s, const kithi_summary_of *events, const kithi_chunk *who,
                    order_sums out) {
    uint32_t asked = 0;
    int rc = KITH_OK;
    for (uint32_t i = kithi_chunk_next(who, 0); rc == KITH_OK && i < KITHI_CHUNK_BITS;
         i = kithi_chunk_next(who, i + 1)) {
        rc = (++asked & ASKED_MASK) == 0 ? kithi_txn_pause(s->txn) : rc;
        rc = rc == KITH_OK ? ask(s, events, i, out) : rc;
    }
    return rc;
}

/* Both */

static int sum_up(kithi_scan *s, const kithi_summary_of *events, const kithi_chunk *who,
                  order_sums out) {
    kithi_chunk unsure = s->has_columns ? s->dirty : s->all;
    int rc = KITH_OK;
    if (s->has_columns) {
        summing orders = begin(s, false, out), refunds = begin(s, true, out);
        kithi_chunk_or(&unsure, &s->odd);
        rc = take_columns(s, events->event, events->amount, &orders, &unsure);
        rc =
            rc == KITH_OK ? take_columns(s, events->refund, events->amount, &refunds, &unsure) : rc;
    }
    kithi_chunk_and(&unsure, who);
    return rc == KITH_OK ? ask_each(s, events, &unsure, out) : rc;
}

/* Room for all of a chunk, zeroed. */
static int begin_room(kithi_scan *s, size_t item_size, void **room) {
    *room = *room != NULL ? *room : malloc(KITHI_CHUNK_BITS * item_size);
    if (*room == NULL) {
        return kithi_error_memory(kithi_txn_error(s->txn));
    }
    memset(*room, 0, KITHI_CHUNK_BITS * item_size);
    return KITH_OK;
}

int kithi_scan_orders(kithi_scan *s, const kithi_summary_of *events, const kithi_chunk *who,
                      const kithi_summary **out) {
    int rc = begin_room(s, sizeof **out, &s->summaries);
    rc = rc == KITH_OK ? sum_up(s, events, who, (order_sums){.summaries = s->summaries}) : rc;
    *out = rc == KITH_OK ? s->summaries : NULL;
    return rc;
}

int kithi_scan_spending(kithi_scan *s, const kithi_summary_of *events, const kithi_chunk *who,
                        const kithi_spending **out) {
    int rc = begin_room(s, sizeof **out, &s->spending);
    rc = rc == KITH_OK ? sum_up(s, events, who, (order_sums){.spending = s->spending}) : rc;
    *out = rc == KITH_OK ? s->spending : NULL;
    return rc;
}
