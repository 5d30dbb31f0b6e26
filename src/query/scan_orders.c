#include "src/query/scan_orders.h"

#include <stdlib.h>
#include <string.h>

#include "src/base/calendar.h"
#include "src/query/scan_event.h"
#include "src/segment/customer.h"

#define ASKED_MASK 0xff /* of how many one is told of */

typedef struct summing {
    const kithi_scan *scan;
    bool refunds; /* all events give money back */
    int32_t day;  /* of the times from <= time < until */
    int64_t from_us, until_us;
    kithi_summary *out;
} summing;

/* Events come by their times: the day is worked out when it has passed. */
static inline int32_t day_of(summing *s, int64_t time_us) {
    if (time_us < s->from_us || time_us >= s->until_us) {
        const kithi_zone *zone = s->scan->executor.store_zone;
        s->day = (int32_t)kithi_calendar_date(zone, time_us);
        s->from_us = time_us;
        kithi_calendar_start(zone, KITHI_CALENDAR_DAY, time_us, 0, &s->until_us);
    }
    return s->day;
}

static inline void add(summing *s, kithi_summary *summary, int64_t time_us, int64_t micros) {
    if (s->refunds) {
        kithi_summary_refund(summary, micros);
    } else {
        kithi_summary_add(summary, day_of(s, time_us), micros);
    }
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

static int take_events(void *context, const kithi_scanned *in) {
    summing *s = context;
    bool plain = in->values->sort == KITHI_COLUMN_NUMBER && in->values->present == NULL;
    for (uint32_t i = kithi_chunk_next(in->events, 0); i < in->count;
         i = kithi_chunk_next(in->events, i + 1)) {
        int64_t micros = plain ? kithi_column_number(in->values, i) : amount_at(in->values, i);
        add(s, &s->out[kithi_scanned_whose(in, i)], kithi_column_number(&in->times, i), micros);
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

static int take_facts(kithi_scan *s, int event, int amount, summing *out, kithi_summary *summary) {
    kithi_happenings events = {NULL, 0};
    int rc = event >= 0 ? kithi_customer_events(&s->executor, event, &events) : KITH_OK;
    for (size_t i = 0; rc == KITH_OK && i < events.count && events.items[i].at_us <= s->now_us;
         i++) {
        int64_t micros;
        rc = sum_amounts(&s->executor, &events.items[i], amount, &micros);
        if (rc == KITH_OK) {
            add(out, summary, events.items[i].at_us, micros);
        }
    }
    return rc;
}

static summing begin(const kithi_scan *s, bool refunds, kithi_summary *out) {
    return (summing){s, refunds, 0, INT64_MAX, INT64_MIN, out};
}

static int ask(kithi_scan *s, const kithi_order_events *events, uint32_t place,
               kithi_summary *out) {
    summing orders = begin(s, false, out), refunds = begin(s, true, out);
    *out = (kithi_summary){0};
    int rc = kithi_scan_take(s, s->chunk * KITHI_CHUNK_BITS + place);
    rc = rc == KITH_OK ? take_facts(s, events->order, events->amount, &orders, out) : rc;
    return rc == KITH_OK ? take_facts(s, events->refund, events->amount, &refunds, out) : rc;
}

static int ask_each(kithi_scan *s, const kithi_order_events *events, const kithi_chunk *who,
                    kithi_summary *out) {
    uint32_t asked = 0;
    int rc = KITH_OK;
    for (uint32_t i = kithi_chunk_next(who, 0); rc == KITH_OK && i < KITHI_CHUNK_BITS;
         i = kithi_chunk_next(who, i + 1)) {
        rc = (++asked & ASKED_MASK) == 0 ? kithi_txn_pause(s->txn) : rc;
        rc = rc == KITH_OK ? ask(s, events, i, &out[i]) : rc;
    }
    return rc;
}

static int begin_summaries(kithi_scan *s) {
    if (s->summaries == NULL) {
        s->summaries = malloc(KITHI_CHUNK_BITS * sizeof *s->summaries);
    }
    if (s->summaries == NULL) {
        return kithi_error_memory(kithi_txn_error(s->txn));
    }
    memset(s->summaries, 0, KITHI_CHUNK_BITS * sizeof *s->summaries);
    return KITH_OK;
}

int kithi_scan_orders(kithi_scan *s, const kithi_order_events *events, const kithi_chunk *who,
                      const kithi_summary **out) {
    kithi_chunk unsure = s->has_columns ? s->dirty : s->all;
    int rc = begin_summaries(s);
    if (rc == KITH_OK && s->has_columns) {
        summing orders = begin(s, false, s->summaries), refunds = begin(s, true, s->summaries);
        kithi_chunk_or(&unsure, &s->odd);
        rc = take_columns(s, events->order, events->amount, &orders, &unsure);
        rc =
            rc == KITH_OK ? take_columns(s, events->refund, events->amount, &refunds, &unsure) : rc;
    }
    kithi_chunk_and(&unsure, who);
    rc = rc == KITH_OK ? ask_each(s, events, &unsure, s->summaries) : rc;
    *out = rc == KITH_OK ? s->summaries : NULL;
    return rc;
}
