/*
 * A year of a shop: people come, buy, are tagged, are found to be one and not to be, segments and
 * traits are defined, replaced and removed, the time moves on in steps of any length, and now and
 * then the store is settled, wholly or in part. Each transition is accounted for: entering and
 * leaving alternate, what time did is told with its very instant, none is missing, and together
 * they are the memberships of now.
 */
#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "src/identity/component.h"
#include "tests/property/shop.h"
#include "tests/property/trial.h"

#define YEARS             30
#define HISTORIES_A_YEAR  100
#define YEAR_US           (366 * DAY_US)
#define TOLD_MAX          (SHOP_RECORDS * SHOP_SEGMENTS)
#define FRESH_MAX         20000 /* transitions of one settle */
#define MOMENTS           6     /* looked at between two settles, for each who is followed */
#define FACTS_MAX         8     /* of a step */
#define WAITS_BEYOND      3
#define FIRST_FACTS       80
#define FIRST_DEFINITIONS 10

/* In some years all components of more records than this wait for settle. */
static size_t component_limit;

size_t kithi_component_limit(void) {
    return component_limit;
}

/* That somebody is in a segment, as the transitions told it. */
typedef struct membership {
    kith_id id;
    int segment;
} membership;

typedef struct told {
    membership items[TOLD_MAX];
    size_t count;
} told;

/* A transition, by the number of the segment. */
typedef struct change {
    kith_id id;
    int segment;
    bool entered;
    kith_cause cause;
    int64_t at_us;
} change;

typedef struct year {
    shop shop;
    told told;
    uint64_t sequence;
    int64_t settled_us; /* the time of the last settle */
    struct {
        kith_id id;
        uint32_t records;
    } clean[SHOP_RECORDS]; /* whom only time has changed since, if anything has */
    size_t clean_count;
    change *fresh;
    size_t fresh_count;
    uint64_t transitions, instants, settles;
} year;

/* What was told */

static size_t find_told(const told *t, const kith_id *id, int segment) {
    size_t i = 0;
    while (i < t->count &&
           (t->items[i].segment != segment || memcmp(&t->items[i].id, id, sizeof *id) != 0)) {
        i++;
    }
    return i;
}

static bool is_told(const told *t, const kith_id *id, int segment) {
    return find_told(t, id, segment) < t->count;
}

/* False: one entered who was in, or one left who wasn't. */
static bool take_change(told *t, const change *c) {
    size_t at = find_told(t, &c->id, c->segment);
    if (c->entered == (at < t->count)) {
        return false;
    }
    if (c->entered) {
        assert_true(t->count < TOLD_MAX);
        t->items[t->count++] = (membership){c->id, c->segment};
    } else {
        t->items[at] = t->items[--t->count];
    }
    return true;
}

static void fail_at(const year *y, const kith_id *id, int segment, int64_t at_us,
                    const char *problem) {
    char name[KITH_ID_TEXT_BYTES], at[KITH_TIME_TEXT_BYTES], now[KITH_TIME_TEXT_BYTES],
        last[KITH_TIME_TEXT_BYTES];
    kith_id_format(id, name);
    kith_time_format(at_us, at);
    kith_time_format(y->shop.now_us, now);
    kith_time_format(y->settled_us, last);
    printf("\n");
    shop_print(&y->shop, shop_find(&y->shop, id));
    for (size_t i = 0; i < y->fresh_count; i++) {
        char of[KITH_ID_TEXT_BYTES], when[KITH_TIME_TEXT_BYTES];
        kith_id_format(&y->fresh[i].id, of);
        kith_time_format(y->fresh[i].at_us, when);
        if (y->fresh[i].segment == segment) {
            printf("  told: %s %s %s at %s, %s\n", of, y->fresh[i].entered ? "entered" : "left",
                   shop_segment_names[segment], when, kith_cause_name(y->fresh[i].cause));
        }
    }
    fail_msg("%s and segment %s at %s: %s (settled before at %s, and now at %s)", name,
             shop_segment_names[segment], at, problem, last, now);
}

/* Transitions of a settle */

static void read_fresh(year *y, kith_txn *txn) {
    kith_transition t = KITH_TRANSITION_INIT;
    uint64_t before = y->sequence;
    y->fresh_count = 0;
    while (kith_transition_next(txn, &y->sequence, &t) == KITH_OK) {
        assert_int_equal(t.sequence, before + y->fresh_count + 1);
        assert_true(y->fresh_count < FRESH_MAX);
        change *c = &y->fresh[y->fresh_count++];
        *c = (change){t.id, shop_segment(t.segment), t.entered, t.cause, t.at_us};
        assert_true(c->segment >= 0);
    }
}

/* What time did happened then, and not before. */
static void check_time(const year *y, const change *c, const shop_person *person) {
    if (person == NULL || c->at_us > y->shop.now_us) {
        fail_at(y, &c->id, c->segment, c->at_us, "time changes nobody who is none, nor ahead");
    }
    if (shop_is_in(&y->shop, person, c->segment, c->at_us) != c->entered) {
        fail_at(y, &c->id, c->segment, c->at_us, "it is told that time moved it, which isn't so");
    }
    if (shop_is_in(&y->shop, person, c->segment, c->at_us - 1) == c->entered) {
        fail_at(y, &c->id, c->segment, c->at_us, "it was so before");
    }
}

/* Where a definition changed, all are settled anew, and what time did to them meanwhile is told as
 * what they are now. */
static bool is_anything_new(const year *y) {
    bool new = y->shop.touched;
    for (size_t i = 0; i < SHOP_SEGMENTS; i++) {
        new = new || y->shop.segments[i].changed;
    }
    for (size_t i = 0; i < SHOP_TRAITS; i++) {
        new = new || y->shop.traits[i].changed;
    }
    return new;
}

static void check_cause(const year *y, const change *c) {
    const shop_person *person = shop_find(&y->shop, &c->id);
    bool now = c->at_us == y->shop.now_us;
    switch (c->cause) {
    case KITH_CAUSE_TIME:
        check_time(y, c, person);
        break;
    case KITH_CAUSE_MERGE:
        if (!now || c->entered || person != NULL) {
            fail_at(y, &c->id, c->segment, c->at_us, "who is merged leaves, now, and is no more");
        }
        break;
    case KITH_CAUSE_DEFINITION:
        if (!now || person == NULL || !shop_is_redefined(&y->shop, c->segment)) {
            fail_at(y, &c->id, c->segment, c->at_us, "no definition changed");
        }
        break;
    default:
        if (!now || person == NULL || !is_anything_new(y)) {
            fail_at(y, &c->id, c->segment, c->at_us, "no fact changed it now");
        }
    }
}

static void check_fresh(year *y) {
    for (size_t i = 0; i < y->fresh_count; i++) {
        const change *c = &y->fresh[i];
        check_cause(y, c);
        if (!take_change(&y->told, c)) {
            fail_at(y, &c->id, c->segment, c->at_us, "it is told twice");
        }
        y->instants += c->cause == KITH_CAUSE_TIME;
    }
    y->transitions += y->fresh_count;
}

/* Memberships */

/* What was told until then, of one who only time changed. */
static bool was_told(const year *y, const told *before, const kith_id *id, int segment,
                     int64_t at_us) {
    bool in = is_told(before, id, segment);
    for (size_t i = 0; i < y->fresh_count; i++) {
        const change *c = &y->fresh[i];
        if (c->segment == segment && c->at_us <= at_us && memcmp(&c->id, id, sizeof *id) == 0) {
            in = c->entered;
        }
    }
    return in;
}

static void check_between(year *y, const told *before, const shop_person *person) {
    for (int i = 0; i < MOMENTS; i++) {
        int64_t at_us = shop_moment(&y->shop, person);
        for (int segment = 0;
             at_us > y->settled_us && at_us < y->shop.now_us && segment < SHOP_SEGMENTS;
             segment++) {
            if (was_told(y, before, &person->id, segment, at_us) !=
                shop_is_in(&y->shop, person, segment, at_us)) {
                fail_at(y, &person->id, segment, at_us, "what was told until then isn't so");
            }
        }
    }
}

static void check_followed(year *y, const told *before) {
    for (size_t i = 0; i < y->clean_count; i++) {
        const shop_person *person = shop_find(&y->shop, &y->clean[i].id);
        bool same = person != NULL && person->records == y->clean[i].records;
        if (same && !person->computed) { /* else records that had waited were clustered */
            check_between(y, before, person);
        }
    }
}

static void check_now(year *y) {
    for (size_t i = 0; i < y->shop.person_count; i++) {
        const shop_person *person = &y->shop.people[i];
        for (int segment = 0; !person->computed && segment < SHOP_SEGMENTS; segment++) {
            if (is_told(&y->told, &person->id, segment) !=
                shop_is_in(&y->shop, person, segment, y->shop.now_us)) {
                fail_at(y, &person->id, segment, y->shop.now_us, "what was told isn't so now");
            }
        }
    }
}

/* Nothing is left to be told. */
static void check_all_settled(year *y) {
    for (size_t i = 0; i < y->shop.person_count; i++) {
        assert_false(y->shop.people[i].computed);
    }
    for (size_t i = 0; i < y->told.count; i++) {
        const membership *m = &y->told.items[i];
        if (shop_find(&y->shop, &m->id) == NULL) {
            fail_at(y, &m->id, m->segment, y->shop.now_us, "it never left, and is no more");
        }
    }
    y->shop.touched = false;
    for (size_t i = 0; i < SHOP_SEGMENTS; i++) {
        y->shop.segments[i].changed = false;
    }
    for (size_t i = 0; i < SHOP_TRAITS; i++) {
        y->shop.traits[i].changed = false;
    }
}

/* Reading at any time, settled or not */

static void check_traits(year *y, const kith_profile *profile, const shop_person *person,
                         int64_t now_us) {
    for (int i = 0; i < SHOP_TRAITS; i++) {
        kith_profile_trait_value found = KITH_PROFILE_TRAIT_VALUE_INIT;
        int rc = kith_profile_trait(profile, shop_trait_names[i], &found);
        if (!y->shop.traits[i].defined) {
            assert_int_equal(rc, KITH_NOT_FOUND);
            continue;
        }
        naive_value value = naive_value_of(&found.value);
        naive_value expected = shop_trait(&y->shop, person, i, now_us);
        assert_int_equal(rc, KITH_OK);
        assert_true(naive_equal(&value, &expected));
    }
}

static void check_profile(year *y, const kith_profile *profile, int64_t now_us,
                          uint64_t counts[SHOP_SEGMENTS]) {
    const shop_person *person = shop_find(&y->shop, &profile->id);
    assert_non_null(person);
    for (int i = 0; i < SHOP_SEGMENTS; i++) {
        bool in = false, expected = shop_is_in(&y->shop, person, i, now_us);
        int rc = kith_profile_in_segment(profile, shop_segment_names[i], &in);
        assert_int_equal(rc, y->shop.segments[i].defined ? KITH_OK : KITH_NOT_FOUND);
        if (in != expected) {
            fail_at(y, &person->id, i, now_us, "it is read otherwise");
        }
        counts[i] += expected;
    }
    check_traits(y, profile, person, now_us);
}

static void check_counts(year *y, kith_txn *txn, int64_t now_us,
                         const uint64_t counts[SHOP_SEGMENTS]) {
    for (int i = 0; i < SHOP_SEGMENTS; i++) {
        kith_query_options options = KITH_QUERY_OPTIONS_INIT;
        kith_expression *where = NULL;
        char text[32];
        uint64_t count;
        if (!y->shop.segments[i].defined) {
            continue;
        }
        snprintf(text, sizeof text, "segment('%s')", shop_segment_names[i]);
        assert_int_equal(kith_expression_parse(text, strlen(text), txn, NULL, &where, NULL),
                         KITH_OK);
        options.now_us = now_us;
        options.where = where;
        assert_int_equal(kith_query_count(txn, &options, &count), KITH_OK);
        assert_int_equal(count, counts[i]);
        kith_expression_free(where);
    }
}

static void check_reads(year *y, kith_txn *txn, int64_t now_us) {
    kith_profile_iter *iter = NULL;
    kith_profile profile = KITH_PROFILE_INIT;
    uint64_t counts[SHOP_SEGMENTS] = {0};
    shop_look(&y->shop, txn, now_us);
    assert_int_equal(kith_profile_iter_open(txn, now_us, &iter), KITH_OK);
    while (kith_profile_iter_next(iter, &profile) == KITH_OK) {
        check_profile(y, &profile, now_us, counts);
    }
    kith_profile_iter_close(iter);
    check_counts(y, txn, now_us, counts);
}

/* Steps */

/* Whoever's row holds at the time of the last settle has had no new fact since. */
static void note_clean(year *y, kith_txn *txn) {
    y->clean_count = 0;
    shop_look(&y->shop, txn, y->settled_us);
    for (size_t i = 0; i < y->shop.person_count; i++) {
        if (!y->shop.people[i].computed) {
            y->clean[y->clean_count].id = y->shop.people[i].id;
            y->clean[y->clean_count++].records = y->shop.people[i].records;
        }
    }
}

static bool settle(year *y, kith_txn *txn) {
    kith_settle_result result = KITH_SETTLE_RESULT_INIT;
    uint64_t budget = random_one_in(&y->shop.state, 2) ? 0 : 1 + random_below(&y->shop.state, 5);
    told before = y->told;
    note_clean(y, txn);
    assert_int_equal(kith_settle(txn, y->shop.now_us, budget, &result), KITH_OK);
    read_fresh(y, txn);
    shop_look(&y->shop, txn, y->shop.now_us);
    check_fresh(y);
    check_followed(y, &before);
    check_now(y);
    assert_true(budget > 0 || result.remaining_count == 0);
    if (result.remaining_count == 0) {
        check_all_settled(y);
    }
    y->settled_us = y->shop.now_us;
    y->settles++;
    return result.remaining_count == 0;
}

static void work(year *y, kith_txn *txn) {
    uint32_t facts = random_below(&y->shop.state, FACTS_MAX);
    for (uint32_t i = 0; i < facts; i++) {
        shop_put_fact(&y->shop, txn);
    }
    if (random_one_in(&y->shop.state, 12)) {
        shop_define(&y->shop, txn);
    }
}

/* The first days. */
static void begin(year *y) {
    kith_txn *txn;
    assert_int_equal(kith_txn_begin(y->shop.s.store, KITH_WRITE, &txn, NULL), KITH_OK);
    for (int i = 0; i < FIRST_FACTS; i++) {
        shop_put_fact(&y->shop, txn);
    }
    shop_look(&y->shop, txn, y->shop.now_us);
    for (int i = 0; i < FIRST_DEFINITIONS; i++) {
        shop_define(&y->shop, txn);
    }
    assert_int_equal(kith_txn_commit(txn, NULL), KITH_OK);
}

/* What is settled and taken back is as if it had never been. */
static void settle_in_vain(year *y) {
    kith_txn *txn;
    assert_int_equal(kith_txn_begin(y->shop.s.store, KITH_WRITE, &txn, NULL), KITH_OK);
    assert_int_equal(kith_settle(txn, y->shop.now_us, random_below(&y->shop.state, 3), NULL),
                     KITH_OK);
    kith_txn_abort(txn);
}

static void move_on(year *y) {
    static const int64_t steps_us[] = {1,       60000000,    HOUR_US / 2,  HOUR_US,
                                       HOUR_US, 6 * HOUR_US, 12 * HOUR_US, DAY_US,
                                       DAY_US,  2 * DAY_US,  5 * DAY_US,   14 * DAY_US};
    y->shop.now_us += steps_us[random_below(&y->shop.state, 12)];
    if (random_one_in(&y->shop.state, 3)) {
        y->shop.now_us += (int64_t)random_below(&y->shop.state, 3) - 1;
    }
}

static void step(year *y) {
    kith_txn *txn;
    if (random_one_in(&y->shop.state, 2)) {
        move_on(y);
    }
    if (random_one_in(&y->shop.state, 8)) {
        settle_in_vain(y);
    }
    assert_int_equal(kith_txn_begin(y->shop.s.store, KITH_WRITE, &txn, NULL), KITH_OK);
    if (random_one_in(&y->shop.state, 3)) {
        work(y, txn);
    }
    if (random_one_in(&y->shop.state, 6)) {
        check_reads(y, txn, y->shop.now_us + (int64_t)random_below(&y->shop.state, 9) * DAY_US);
    }
    if (random_one_in(&y->shop.state, 2)) {
        settle(y, txn);
    }
    if (random_one_in(&y->shop.state, 20)) {
        assert_int_equal(kith_transition_trim(txn, y->sequence / 2, NULL), KITH_OK);
    }
    assert_int_equal(kith_txn_commit(txn, NULL), KITH_OK);
}

static void finish(year *y) {
    kith_txn *txn;
    char first[256];
    assert_int_equal(kith_txn_begin(y->shop.s.store, KITH_WRITE, &txn, NULL), KITH_OK);
    while (!settle(y, txn)) {
    }
    check_reads(y, txn, y->shop.now_us);
    assert_int_equal(kith_txn_commit(txn, NULL), KITH_OK);
    if (stand_count_problems(&y->shop.s, first) > 0) {
        fail_msg("verify tells: %s", first);
    }
}

static void play(year *y, uint64_t seed) {
    component_limit = seed % 3 == 0 ? WAITS_BEYOND : KITHI_COMPONENT_MAX;
    shop_open(&y->shop, seed);
    int64_t end_us = y->shop.now_us + YEAR_US;
    y->settled_us = y->shop.now_us;
    begin(y);
    while (y->shop.now_us < end_us) {
        step(y);
    }
    finish(y);
    shop_close(&y->shop);
}

static void test_each_transition_of_a_year_is_accounted_for(void **state) {
    (void)state;
    uint64_t seed = trial_seed();
    unsigned wanted = trial_count_long(YEARS, HISTORIES_A_YEAR);
    year *y = calloc(1, sizeof *y);
    assert_non_null(y);
    y->fresh = calloc(FRESH_MAX, sizeof *y->fresh);
    assert_non_null(y->fresh);
    if (!naive_zones_known()) {
        print_message("SKIPPED: the system has no zoneinfo\n");
        skip();
    }
    printf("each transition of a year is accounted for: KITH_SEED=%" PRIu64 ", %u years\n", seed,
           wanted);
    for (unsigned i = 0; i < wanted; i++) {
        printf("\rKITH_SEED=%" PRIu64 " KITH_HISTORIES=1 ", seed + i);
        fflush(stdout);
        y->told.count = y->clean_count = 0;
        y->sequence = 0;
        play(y, seed + i);
    }
    printf("\n%" PRIu64 " settles told %" PRIu64 " transitions, %" PRIu64 " of them by time\n",
           y->settles, y->transitions, y->instants);
    assert_true(y->transitions > 0 && y->instants > 0);
    free(y->fresh);
    free(y);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_each_transition_of_a_year_is_accounted_for),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
