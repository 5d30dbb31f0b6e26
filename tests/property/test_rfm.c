/*
 * The orders of all customers, summed up at once, are those of each read one by one; and who is
 * scored how follows from sorting everybody: before a store is settled, after, with its columns,
 * when some of it changed since, and at any time.
 */
#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "src/base/amount.h"
#include "src/query/scan_orders.h"
#include "src/score/rfm.h"
#include "tests/property/naive_segment.h"
#include "tests/property/trial.h"

#define STORES            6
#define HISTORIES_A_STORE 100
#define CUSTOMERS_LEAST   20
#define CUSTOMERS_MORE    400
#define RETURNING_MAX     40 /* whose facts come twice, and differ */
#define TIMES             3  /* that it is asked at, each time that something was done to it */
#define COUNT(list)       (sizeof(list) / sizeof(list)[0])

/* Of each profile what its orders come to. */
typedef struct customer {
    uint32_t number;
    kith_id id;
    kithi_summary summary;
} customer;

typedef struct place {
    uint64_t state;
    naive_town town;
    stand s;
    const char *order, *refund, *amount; /* refund: NULL, or events of that type give back */
    customer *customers;
    size_t count, capacity;
    const char *when;
} place;

/* One by one */

typedef struct said {
    int64_t time_us, micros;
    bool refund;
} said;

typedef struct heard {
    said *items;
    size_t count, capacity;
} heard;

/* A list of amounts counts as their sum. */
static int64_t amount_of(const kith_value *value) {
    int64_t sum = 0, micros;
    bool list = value->type == KITH_TYPE_LIST;
    for (size_t i = 0; i < (list ? value->as.list.count : 1); i++) {
        sum += kithi_amount_summed(list ? &value->as.list.items[i] : value, &micros) ? micros : 0;
    }
    return sum;
}

static int64_t amount_of_event(const place *p, const kith_event *event) {
    kith_field field;
    size_t cursor = 0;
    while (kith_event_next_property(event, &cursor, &field) == KITH_OK) {
        if (strcmp(field.name, p->amount) == 0) {
            return amount_of(&field.value);
        }
    }
    return 0;
}

static void hear_record(const place *p, kith_txn *txn, uint32_t record, int64_t now_us,
                        heard *out) {
    kith_event_iter *iter = NULL;
    kith_event event = KITH_EVENT_INIT;
    assert_int_equal(kith_event_iter_open(txn, record, INT64_MIN, now_us + 1, &iter), KITH_OK);
    while (kith_event_iter_next(iter, &event) == KITH_OK) {
        bool refund = p->refund != NULL && strcmp(event.type, p->refund) == 0;
        if (!refund && strcmp(event.type, p->order) != 0) {
            continue;
        }
        if (out->count == out->capacity) {
            out->capacity = 2 * out->capacity + 16;
            out->items = realloc(out->items, out->capacity * sizeof *out->items);
            assert_non_null(out->items);
        }
        out->items[out->count++] = (said){event.time_us, amount_of_event(p, &event), refund};
    }
    kith_event_iter_close(iter);
}

static int by_time(const void *a, const void *b) {
    int64_t left = ((const said *)a)->time_us, right = ((const said *)b)->time_us;
    return (left > right) - (left < right);
}

static kithi_summary sum_up(const place *p, const kith_profile *profile, int64_t now_us) {
    const kithi_zone *zone = p->town.zones[p->town.store_zone];
    kithi_summary summary = {0};
    heard all = {NULL, 0, 0};
    uint32_t record;
    size_t cursor = 0;
    while (kith_profile_next_record(profile, &cursor, &record) == KITH_OK) {
        hear_record(p, profile->txn, record, now_us, &all);
    }
    if (all.count > 0) {
        qsort(all.items, all.count, sizeof *all.items, by_time);
    }
    for (size_t i = 0; i < all.count; i++) {
        if (all.items[i].refund) {
            kithi_summary_refund(&summary, all.items[i].micros);
        } else {
            int64_t day = kithi_calendar_date(zone, all.items[i].time_us);
            kithi_summary_add(&summary, (int32_t)day, all.items[i].micros);
        }
    }
    free(all.items);
    return summary;
}

static void ask_profiles(place *p, kith_txn *txn, int64_t now_us) {
    kith_profile_iter *iter = NULL;
    kith_profile profile = KITH_PROFILE_INIT;
    p->count = 0;
    assert_int_equal(kith_profile_iter_open(txn, now_us, &iter), KITH_OK);
    while (kith_profile_iter_next(iter, &profile) == KITH_OK) {
        assert_true(p->count < p->capacity);
        p->customers[p->count++] =
            (customer){profile.number, profile.id, sum_up(p, &profile, now_us)};
    }
    kith_profile_iter_close(iter);
}

/* All at once */

static void compare_summary(const place *p, const customer *c, const kithi_summary *found) {
    const kithi_summary *s = &c->summary;
    bool same = s->orders == found->orders && s->active_days == found->active_days &&
                s->paid_orders == found->paid_orders && s->refund_count == found->refund_count &&
                s->spent_micros == found->spent_micros && s->squares == found->squares &&
                s->first_day_spent_micros == found->first_day_spent_micros &&
                s->refunded_micros == found->refunded_micros && s->log_gaps == found->log_gaps &&
                s->first_day == found->first_day && s->last_day == found->last_day;
    if (!same) {
        fail_msg("%s: profile %u has %u orders of %" PRId64 " less %" PRId64
                 ", the scan gives %u of %" PRId64 " less %" PRId64,
                 p->when, c->number, s->orders, s->spent_micros, s->refunded_micros, found->orders,
                 found->spent_micros, found->refunded_micros);
    }
}

static int id_of_event(kith_txn *txn, const char *name) {
    const kithi_event_type *type =
        name != NULL ? kithi_catalog_find_event_type(kithi_txn_catalog(txn), name) : NULL;
    return type != NULL ? type->id : -1;
}

static void compare_scan(const place *p, kith_txn *txn, int64_t now_us) {
    const kithi_summary_of events = {
        .event = id_of_event(txn, p->order),
        .refund = id_of_event(txn, p->refund),
        .amount = kithi_catalog_find_property(kithi_txn_catalog(txn), p->amount)};
    const kithi_summary *found = NULL;
    kithi_scan scan;
    kithi_chunk who;
    size_t at = 0;
    assert_int_equal(kithi_scan_begin(&scan, txn, NULL, now_us), KITH_OK);
    for (uint32_t chunk = 0; chunk < scan.chunk_count; chunk++) {
        assert_int_equal(kithi_scan_choose(&scan, chunk, &who), KITH_OK);
        assert_int_equal(kithi_scan_orders(&scan, &events, &who, &found), KITH_OK);
        for (; at < p->count && p->customers[at].number / KITHI_CHUNK_BITS == chunk; at++) {
            compare_summary(p, &p->customers[at],
                            &found[p->customers[at].number % KITHI_CHUNK_BITS]);
        }
    }
    assert_int_equal(at, p->count);
    kithi_scan_end(&scan);
}

/* Scores, by sorting */

typedef struct sorted {
    int64_t *values;
    size_t count;
    int64_t unit;
} sorted;

static int by_value(const void *a, const void *b) {
    int64_t left = *(const int64_t *)a, right = *(const int64_t *)b;
    return (left > right) - (left < right);
}

static void sort(sorted *s, int64_t unit) {
    s->unit = unit;
    qsort(s->values, s->count, sizeof *s->values, by_value);
    for (size_t i = 0; i < s->count; i++) {
        while (s->values[i] % s->unit != 0) {
            s->unit /= 10;
        }
    }
}

static int64_t naive_cut(const sorted *s, size_t cut, size_t bins) {
    size_t way = (s->count - 1) * cut, last = s->count - 1;
    int64_t low = s->values[way / bins],
            high = s->values[way / bins < last ? way / bins + 1 : last];
    naive_number steps = (naive_number)(high - low) / s->unit * (int64_t)(way % bins);
    int64_t at = low + (int64_t)((steps + (int64_t)bins - 1) / (int64_t)bins) * s->unit;
    while (at == s->values[s->count - 1] && last > 0 && s->values[last] == at) {
        last--;
    }
    return at == s->values[s->count - 1] ? s->values[last] : at;
}

static unsigned naive_bin(const sorted *s, int64_t value, size_t bins) {
    unsigned bin = 1;
    for (size_t cut = 1; cut < bins; cut++) {
        bin += value > naive_cut(s, cut, bins);
    }
    return bin;
}

static void fail_at(const place *p, const customer *c, const char *problem) {
    fail_msg("%s: profile %u: %s", p->when, c->number, problem);
}

static void compare_customer(const place *p, const kith_rfm_result *result, const customer *c,
                             const kith_rfm_customer *found, const sorted measures[3]) {
    int64_t days = result->today_days - c->summary.last_day;
    int64_t micros = kithi_summary_net_micros(&c->summary);
    unsigned bins = result->bins;
    if (found->number != c->number || memcmp(&found->id, &c->id, sizeof c->id) != 0) {
        fail_at(p, c, "another one is given");
    }
    if (found->days != days || found->order_count != c->summary.orders ||
        found->spent_micros != micros) {
        fail_at(p, c, "its numbers differ");
    }
    kithi_rfm_code code = {(uint8_t)(bins + 1 - naive_bin(&measures[0], days, bins)),
                           (uint8_t)naive_bin(&measures[1], c->summary.orders, bins),
                           (uint8_t)naive_bin(&measures[2], micros, bins)};
    kithi_rfm_segments retail = kithi_rfm_retail();
    if (found->r != code.r || found->f != code.f || found->m != code.m) {
        fail_at(p, c, "its scores differ");
    }
    if (strcmp(found->segment, retail.items[kithi_rfm_segment_of(&retail, bins, code)].name) != 0) {
        fail_at(p, c, "its segment differs");
    }
}

static void add_up(const kith_rfm_result *result, const kith_rfm_customer *c, uint64_t counts[64]) {
    for (size_t i = 0; i < result->segment_count; i++) {
        counts[i] += strcmp(result->segments[i]->name, c->segment) == 0;
    }
    for (size_t i = 0; i < result->tier_count; i++) {
        counts[32 + i] += strcmp(result->tiers[i]->name, c->tier) == 0;
    }
}

static void compare_groups(const kith_rfm_result *result, const uint64_t counts[64]) {
    uint64_t cells = 0;
    for (size_t i = 0; i < result->segment_count; i++) {
        assert_int_equal(result->segments[i]->customer_count, counts[i]);
    }
    for (size_t i = 0; i < result->tier_count; i++) {
        assert_int_equal(result->tiers[i]->customer_count, counts[32 + i]);
    }
    for (size_t i = 0; i < (size_t)result->bins * result->bins; i++) {
        cells += result->grid[i].customer_count;
    }
    assert_int_equal(cells, result->customer_count);
}

/* The three numbers of all who have orders, sorted. */
static void sort_all(const place *p, const kith_rfm_result *result, sorted measures[3]) {
    for (size_t i = 0; i < 3; i++) {
        measures[i] = (sorted){calloc(p->count + 1, sizeof(int64_t)), 0, 1};
        assert_non_null(measures[i].values);
    }
    for (size_t i = 0; i < p->count; i++) {
        const kithi_summary *s = &p->customers[i].summary;
        if (s->orders > 0) {
            measures[0].values[measures[0].count++] = result->today_days - s->last_day;
            measures[1].values[measures[1].count++] = s->orders;
            measures[2].values[measures[2].count++] = kithi_summary_net_micros(s);
        }
    }
    for (size_t i = 0; i < 3; i++) {
        sort(&measures[i], i == 2 ? 1000000 : 1);
    }
}

static void compare_customers(const place *p, const kith_rfm_result *result) {
    kith_rfm_customer found = KITH_RFM_CUSTOMER_INIT;
    sorted measures[3];
    uint64_t counts[64] = {0};
    size_t cursor = 0, given = 0;
    sort_all(p, result, measures);
    for (size_t i = 0; i < p->count; i++) {
        if (p->customers[i].summary.orders > 0) {
            assert_int_equal(kith_rfm_next(result, &cursor, &found), KITH_OK);
            compare_customer(p, result, &p->customers[i], &found, measures);
            add_up(result, &found, counts);
            given++;
        }
    }
    assert_int_equal(kith_rfm_next(result, &cursor, &found), KITH_DONE);
    assert_int_equal(result->customer_count, given);
    assert_int_equal(result->without_orders_count, p->count - given);
    compare_groups(result, counts);
    for (size_t i = 0; i < 3; i++) {
        free(measures[i].values);
    }
}

static void compare_analysis(place *p, kith_txn *txn, int64_t now_us) {
    kith_rfm_options options = KITH_RFM_OPTIONS_INIT;
    kith_rfm_result *result = NULL;
    options.now_us = now_us;
    options.event = p->order;
    options.refund = p->refund;
    options.amount = p->amount;
    options.bins = 2 + random_below(&p->state, 9);
    options.threads = random_below(&p->state, 3);
    if (id_of_event(txn, p->order) < 0 || (p->refund != NULL && id_of_event(txn, p->refund) < 0) ||
        kithi_catalog_find_property(kithi_txn_catalog(txn), p->amount) < 0) {
        assert_int_equal(kith_rfm(txn, &options, &result), KITH_INVALID);
        return;
    }
    assert_int_equal(kith_rfm(txn, &options, &result), KITH_OK);
    compare_customers(p, result);
    kith_rfm_free(result);
}

static int64_t choose_time(place *p) {
    int64_t time_us = naive_make_time(&p->state, p->town.origin_us, p->town.grid_us);
    return random_one_in(&p->state, 6)
               ? time_us + (int64_t)random_below(&p->state, 800) * DAY_US - 60 * DAY_US
               : time_us;
}

static void choose_names(place *p) {
    static const char *const amounts[] = {"amount", "amount", "sku", "due"};
    p->order = naive_event_types[random_below(&p->state, 2)];
    p->refund = random_one_in(&p->state, 2) ? "return" : NULL;
    p->amount = amounts[random_below(&p->state, COUNT(amounts))];
}

static void compare(place *p, const char *when) {
    kith_txn *txn;
    p->when = when;
    assert_int_equal(kith_txn_begin(p->s.store, KITH_READ, &txn, NULL), KITH_OK);
    for (int i = 0; i < TIMES; i++) {
        int64_t now_us = choose_time(p);
        choose_names(p);
        ask_profiles(p, txn, now_us);
        compare_scan(p, txn, now_us);
        compare_analysis(p, txn, now_us);
    }
    kith_txn_abort(txn);
}

/* What is done to a store */

static void put(place *p, const naive_town *town) {
    kith_txn *txn;
    assert_int_equal(kith_txn_begin(p->s.store, KITH_WRITE, &txn, NULL), KITH_OK);
    assert_int_equal(naive_town_put(town, txn, &p->state), KITH_OK);
    assert_int_equal(kith_txn_commit(txn, NULL), KITH_OK);
}

/* Others say what some customers had said, and have done other things. */
static void put_again(place *p) {
    naive_town town;
    naive_town_make(&town, random_next(&p->state), 1 + random_below(&p->state, RETURNING_MAX));
    put(p, &town);
    naive_town_clear(&town);
}

static void settle(place *p, uint64_t budget) {
    assert_int_equal(kith_settle_all(p->s.store, choose_time(p), budget, NULL, NULL, NULL, NULL),
                     KITH_OK);
}

static void open_place(place *p, uint64_t seed) {
    char config[512];
    *p = (place){.state = seed};
    size_t customers = CUSTOMERS_LEAST + random_below(&p->state, CUSTOMERS_MORE);
    naive_town_make(&p->town, seed, customers);
    naive_town_config(&p->town, config);
    stand_open_config(&p->s, config);
    assert_null(p->s.problem);
    p->capacity = (customers + RETURNING_MAX) * NAIVE_RECORDS_MAX;
    p->customers = calloc(p->capacity, sizeof *p->customers);
    assert_non_null(p->customers);
    put(p, &p->town);
}

static void close_place(place *p) {
    free(p->customers);
    naive_town_clear(&p->town);
    stand_close(&p->s);
}

static void play(uint64_t seed) {
    place p;
    open_place(&p, seed);
    compare(&p, "nothing settled");
    settle(&p, 0);
    compare(&p, "all settled");
    put_again(&p);
    compare(&p, "some changed since");
    settle(&p, 1 + random_below(&p.state, 30));
    compare(&p, "some of these settled");
    settle(&p, 0);
    compare(&p, "all settled again");
    close_place(&p);
}

static void test_all_at_once_is_one_by_one(void **state) {
    (void)state;
    uint64_t seed = trial_seed();
    unsigned wanted = trial_count_long(STORES, HISTORIES_A_STORE);
    if (!naive_zones_known()) {
        print_message("SKIPPED: the system has no zoneinfo\n");
        skip();
    }
    printf("all at once is one by one: KITH_SEED=%" PRIu64 ", %u stores\n", seed, wanted);
    for (unsigned i = 0; i < wanted; i++) {
        printf("\rKITH_SEED=%" PRIu64 " KITH_HISTORIES=1 ", seed + i);
        fflush(stdout);
        play(seed + i);
    }
    printf("\n");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_all_at_once_is_one_by_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
