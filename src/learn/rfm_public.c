#include <stdlib.h>
#include <string.h>

#include "src/base/calendar.h"
#include "src/base/sized.h"
#include "src/learn/order_names.h"
#include "src/learn/rfm_made.h"

#define BINS 5

_Static_assert(KITH_RFM_BINS_MAX == KITHI_BINS_MAX, "all bins that may be asked for can be made");

static int check(kith_txn *txn, kith_rfm_options *options) {
    kith_error *error = kithi_txn_error(txn);
    options->bins = options->bins == 0 ? BINS : options->bins;
    if (options->bins < KITHI_BINS_MIN || options->bins > KITHI_BINS_MAX) {
        return kithi_error_set(error, KITH_INVALID, "scores are in %d to %d bins, not %u",
                               KITHI_BINS_MIN, KITHI_BINS_MAX, options->bins);
    }
    if (options->where != NULL && !options->where->condition) {
        return kithi_error_set(error, KITH_INVALID,
                               "an analysis asks for a condition, this gives a %s",
                               kith_expression_gives(options->where));
    }
    return KITH_OK;
}

/* Copies of the names that were taken. */
static bool keep_names(kithi_rfm_made *m, const kithi_order_names *names) {
    const char *given[] = {names->event, names->amount, names->refund};
    const char **kept[] = {&m->public.event, &m->public.amount, &m->public.refund};
    bool made = true;
    for (size_t i = 0; i < sizeof given / sizeof given[0]; i++) {
        if (given[i] != NULL) {
            *kept[i] = kithi_arena_copy(&m->arena, given[i], strlen(given[i]));
            made = made && *kept[i] != NULL;
        }
    }
    return made;
}

static int gather(kith_txn *txn, const kith_rfm_options *o, const kithi_summary_of *events,
                  kithi_rfm_made *m) {
    kithi_crew crew;
    kithi_crew_plan plan = {&o->where, 1, o->now_us, o->threads, o->progress, o->context, true};
    int rc = kithi_crew_begin(&crew, txn, &plan);
    if (rc == KITH_OK) {
        const kithi_zone *zone = crew.scans[0].executor.store_zone;
        m->public.today_days = kithi_calendar_date(zone, o->now_us);
        rc = kithi_crowd_gather(&crew, events, m->public.today_days, &m->crowd);
        m->threads = (unsigned)crew.count;
    }
    kithi_crew_end(&crew);
    return rc;
}

static int work_out(kith_txn *txn, const kith_rfm_options *options, kithi_rfm_made *m) {
    kithi_order_names names = {options->event, options->amount, options->refund};
    kithi_summary_of events;
    int rc = kithi_order_names_find(txn, &names, &events);
    rc = rc == KITH_OK ? gather(txn, options, &events, m) : rc;
    if (rc == KITH_OK && (!keep_names(m, &names) || !kithi_rfm_cut(m) || !kithi_rfm_total(m))) {
        rc = kithi_error_memory(kithi_txn_error(txn));
    }
    return rc;
}

static int make(kith_txn *txn, const kith_rfm_options *options, kith_rfm_result **out) {
    kithi_rfm_made *made = calloc(1, sizeof *made);
    if (made == NULL) {
        return kithi_error_memory(kithi_txn_error(txn));
    }
    made->public.size = sizeof made->public;
    made->watch = kithi_watch_begin(txn, KITHI_WATCH_ALL);
    made->bins = options->bins;
    kithi_arena_init(&made->arena);
    int rc = work_out(txn, options, made);
    if (rc == KITH_OK) {
        *out = &made->public;
    } else {
        kith_rfm_free(&made->public);
    }
    return rc;
}

int kith_rfm(kith_txn *txn, const kith_rfm_options *given, kith_rfm_result **out) {
    kith_rfm_options options = KITH_RFM_OPTIONS_INIT;
    if (out == NULL) {
        return kithi_error_set(kithi_txn_error(txn), KITH_MISUSE,
                               "kith_rfm: a place for the result is required");
    }
    int rc = kithi_txn_check_read(txn);
    rc = rc == KITH_OK ? kithi_state_apply(txn) : rc;
    if (rc == KITH_OK) {
        rc = kithi_take(given, &options, sizeof options, "kith_rfm", kithi_txn_error(txn));
    }
    rc = rc == KITH_OK ? check(txn, &options) : rc;
    return rc == KITH_OK ? make(txn, &options, out) : rc;
}

int kith_rfm_next(const kith_rfm_result *result, size_t *cursor, kith_rfm_customer *out) {
    const kithi_rfm_made *m = (const kithi_rfm_made *)result;
    const kithi_crowd *c = &m->crowd;
    kith_rfm_customer customer = {.size = sizeof customer};
    size_t i = *cursor;
    int rc = kithi_watch_check(&m->watch, "customers");
    if (rc != KITH_OK || i >= c->count) {
        return rc == KITH_OK ? KITH_DONE : rc;
    }
    rc = kithi_identity_id(m->watch.txn, c->numbers[i], &customer.id);
    if (rc != KITH_OK) {
        return rc;
    }
    kithi_rfm_code code = kithi_rfm_code_of(m, i);
    customer.number = c->numbers[i];
    customer.days = c->days[i];
    customer.order_count = (uint64_t)c->orders[i];
    customer.spent_micros = c->micros[i];
    customer.r = code.r;
    customer.f = code.f;
    customer.m = code.m;
    customer.segment = m->segments.items[m->segment_of[kithi_rfm_number(m, code)]].name;
    customer.tier = kithi_rfm_tier_name(kithi_tiers_place(&m->tiers, c->micros[i]));
    kithi_give(out, &customer, sizeof customer);
    ++*cursor;
    return KITH_OK;
}

void kith_rfm_free(kith_rfm_result *result) {
    if (result != NULL) {
        kithi_rfm_made *made = (kithi_rfm_made *)result;
        kithi_crowd_clear(&made->crowd);
        kithi_arena_clear(&made->arena);
        free(made);
    }
}
