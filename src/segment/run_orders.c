/* The orders of the customer at hand, in numbers: as they stand in the row, or worked out. */
#include "src/base/calendar.h"
#include "src/base/civil.h"
#include "src/segment/run.h"

/* What is known of a summary. */
typedef struct kithi_orders {
    bool known;
    int64_t from_us, until_us; /* it is so from the one to the other */
    kithi_summary summary;
} kithi_orders;

/* A row says them for the times that it holds for, by the definitions that it was made by. */
static bool read_row(const kithi_executor *e, uint16_t score, int64_t now_us, kithi_orders *out) {
    kithi_state_header header;
    if (e->row.size == 0 || !kithi_state_read_header(e->row, &header) ||
        header.stamp != e->plans->stamp || now_us < header.settled_at_us ||
        now_us >= header.next_change_at_us ||
        !kithi_state_summary(e->row, &header, score, &out->summary)) {
        return false;
    }
    out->known = true;
    out->from_us = header.settled_at_us;
    out->until_us = header.next_change_at_us;
    return true;
}

/* The values of an amount that are numbers, together; 0: there is none. */
static int64_t amount_of(kithi_run *run, const kithi_happening *event, int property) {
    kithi_values values;
    int64_t sum = 0, micros;
    int rc = kithi_happening_values(run->executor, event, property, NULL, &values);
    kithi_run_fail(run, rc);
    for (size_t i = 0; rc == KITH_OK && i < values.count; i++) {
        if (kithi_operand_summed(kithi_values_at(&values, i), &micros)) {
            sum = kithi_add_saturated(sum, micros);
        }
    }
    return sum;
}

/* Events of a type up to now; the first after it bounds until when that is so. */
static kithi_happenings events_of(kithi_run *run, int type, kithi_orders *out) {
    kithi_happenings events = {NULL, 0};
    size_t count = 0;
    kithi_run_fail(run, kithi_customer_events(run->executor, type, &events));
    while (count < events.count && events.items[count].at_us <= run->now_us) {
        count++;
    }
    if (count < events.count) {
        kithi_lower(&out->until_us, events.items[count].at_us);
    }
    events.count = count;
    return events;
}

static void sum_up(kithi_run *run, kithi_summary_of of, kithi_orders *out) {
    *out = (kithi_orders){.from_us = run->now_us, .until_us = KITHI_FOR_EVER};
    kithi_happenings orders = events_of(run, of.event, out);
    kithi_happenings refunds = events_of(run, of.refund, out);
    for (size_t i = 0; i < orders.count; i++) {
        int64_t day = kithi_calendar_date(run->executor->store_zone, orders.items[i].at_us);
        kithi_summary_add(&out->summary, (int32_t)day, amount_of(run, &orders.items[i], of.amount));
    }
    for (size_t i = 0; i < refunds.count; i++) {
        kithi_summary_refund(&out->summary, amount_of(run, &refunds.items[i], of.amount));
    }
    out->known = run->rc == KITH_OK;
}

static bool make_room(kithi_executor *e) {
    if (e->orders == NULL) {
        e->orders = kithi_arena_calloc(&e->arena, e->plans->summary_count, sizeof *e->orders);
    }
    return e->orders != NULL;
}

static const kithi_summary *run_kept(kithi_run *run, size_t number, int64_t *until) {
    kithi_executor *e = run->executor;
    kithi_orders *orders = &e->orders[number];
    const kithi_plan *asks = e->plans->summaries[number];
    bool stands = orders->known && orders->from_us <= run->now_us && run->now_us < orders->until_us;
    if (!stands && !read_row(e, asks->formula->id, run->now_us, orders)) {
        sum_up(run, asks->score.orders->of, orders);
    }
    kithi_lower(until, orders->until_us);
    return &orders->summary;
}

/* Of a score that isn't the store's own, which no row has. */
static const kithi_summary *run_other(kithi_run *run, kithi_summary_of of, int64_t *until) {
    kithi_orders *orders = kithi_arena_calloc(&run->executor->arena, 1, sizeof *orders);
    if (orders == NULL) {
        return NULL;
    }
    sum_up(run, of, orders);
    kithi_lower(until, orders->until_us);
    return &orders->summary;
}

const kithi_summary *kithi_run_orders(kithi_run *run, const kithi_score_orders *orders,
                                      int64_t *until) {
    static const kithi_summary none = {0};
    bool kept = orders->number < run->executor->plans->summary_count;
    const kithi_summary *found = !kept                      ? run_other(run, orders->of, until)
                                 : make_room(run->executor) ? run_kept(run, orders->number, until)
                                                            : NULL;
    if (found == NULL) {
        kithi_run_fail(run, KITH_NO_MEMORY);
    }
    return found != NULL ? found : &none;
}

int kithi_execute_orders(kithi_executor *e, size_t number, int64_t now_us, kithi_summary *out,
                         int64_t *out_until_us) {
    kithi_run run = {.executor = e, .now_us = now_us};
    *out_until_us = KITHI_FOR_EVER;
    if (!make_room(e)) {
        return kithi_error_memory(kithi_txn_error(e->txn));
    }
    *out = *run_kept(&run, number, out_until_us);
    return run.rc;
}

/* Most that is asked is asked of one day. */
int64_t kithi_run_day(kithi_run *run, int64_t *until) {
    kithi_executor *e = run->executor;
    if (run->now_us < e->day_from_us || run->now_us >= e->day_until_us) {
        e->day_from_us = run->now_us;
        kithi_calendar_start(e->store_zone, KITHI_CALENDAR_DAY, run->now_us, 0, &e->day_until_us);
        e->day = kithi_calendar_date(e->store_zone, run->now_us);
        e->day_repeats = kithi_calendar_date(e->store_zone, e->day_until_us) < e->day;
    }
    kithi_lower(until, e->day_until_us);
    return e->day;
}

void kithi_run_until_day(kithi_run *run, int64_t day, int64_t *until) {
    const kithi_executor *e = run->executor;
    int64_t ends_us = KITHI_FOR_EVER;
    kithi_run_day(run, &ends_us);
    int64_t begins_us =
        day <= KITHI_LAST_DAY ? kithi_calendar_date_start(e->store_zone, day) : KITHI_FOR_EVER;
    kithi_lower(until, e->day_repeats || begins_us <= run->now_us ? ends_us : begins_us);
}
