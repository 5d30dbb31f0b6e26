/*
 * A query gives exactly those for whom the expression holds when each is asked alone: random
 * conditions over random stores, settled or not, at random times. Half of the conditions are of
 * tags, buckets and segments alone, which sets tell. And tags are counted as profiles have them.
 */
#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/property/naive_segment.h"
#include "tests/property/trial.h"

#define TOWNS         200
#define CUSTOMERS_MAX 6
#define STEPS         12 /* a town */
#define TEXT_BYTES    2048
#define DEPTH         3

typedef struct place {
    naive_town town;
    stand s;
    kith_txn *txn; /* to read */
    uint64_t seed, state;
} place;

static const char *const tags[] = {"vip", "main", "news", "no one's"};
#define TAGS (sizeof tags / sizeof tags[0])

/* Facts */

static kith_txn *begin(place *p) {
    kith_txn *txn = NULL;
    assert_int_equal(kith_txn_begin(p->s.store, KITH_WRITE, &txn, NULL), KITH_OK);
    return txn;
}

static int64_t make_time(place *p) {
    return naive_make_time(&p->state, p->town.origin_us, p->town.grid_us);
}

static void define(kith_txn *txn, const char *name, const char *expression) {
    kith_definition_input input = KITH_DEFINITION_INPUT_INIT;
    input.name = name;
    input.expression = expression;
    assert_int_equal(kith_definition_put(txn, KITH_SEGMENT, &input, NULL), KITH_OK);
}

static void open_place(place *p, uint64_t seed) {
    char config[512];
    naive_town_make(&p->town, seed, 1 + seed % CUSTOMERS_MAX);
    p->seed = seed;
    p->state = seed * 2 + 1;
    naive_town_config(&p->town, config);
    stand_open_config(&p->s, config);
    assert_null(p->s.problem);
    kith_txn *txn = begin(p);
    assert_int_equal(naive_town_put(&p->town, txn, &p->state), KITH_OK);
    define(txn, "tagged", "any_tag(['vip', 'news'])");
    define(txn, "half", "bucket('half', 0, 5000)");
    assert_int_equal(kith_txn_commit(txn, NULL), KITH_OK);
    assert_int_equal(kith_txn_begin(p->s.store, KITH_READ, &p->txn, NULL), KITH_OK);
    kith_profile profiles[CUSTOMERS_MAX];
    assert_int_equal(naive_town_find(&p->town, p->txn, profiles), KITH_OK);
}

static void close_place(place *p) {
    kith_txn_abort(p->txn);
    stand_close(&p->s);
    naive_town_clear(&p->town);
}

static void tag_someone(place *p, kith_txn *txn) {
    kith_tag_input input = KITH_TAG_INPUT_INIT;
    uint32_t who = random_below(&p->state, (uint32_t)p->town.customer_count);
    input.id = &p->town.customers[who].id;
    input.tag = tags[random_below(&p->state, TAGS)];
    input.at_us = make_time(p);
    if (random_one_in(&p->state, 3)) {
        assert_int_equal(kith_tag_remove(txn, &input, NULL), KITH_OK);
        return;
    }
    int64_t expires_us = make_time(p);
    input.expires_at_us = expires_us > input.at_us ? expires_us : INT64_MAX;
    assert_int_equal(kith_tag_add(txn, &input, NULL), KITH_OK);
}

/* Something is said, or settled, or nothing happens. */
static void go_on(place *p) {
    uint32_t which = random_below(&p->state, 3);
    if (which == 0) {
        return;
    }
    kith_txn_abort(p->txn);
    kith_txn *txn = begin(p);
    if (which == 1) {
        uint64_t budget = random_one_in(&p->state, 3) ? 1 : 0;
        assert_int_equal(kith_settle(txn, make_time(p), budget, NULL), KITH_OK);
    } else {
        tag_someone(p, txn);
    }
    assert_int_equal(kith_txn_commit(txn, NULL), KITH_OK);
    assert_int_equal(kith_txn_begin(p->s.store, KITH_READ, &p->txn, NULL), KITH_OK);
}

/* Conditions */

static void add(char *out, const char *format, ...) __attribute__((format(printf, 2, 3)));

static void add(char *out, const char *format, ...) {
    size_t used = strlen(out);
    va_list arguments;
    va_start(arguments, format);
    int size = vsnprintf(out + used, TEXT_BYTES - used, format, arguments);
    va_end(arguments);
    assert_true(size >= 0 && used + (size_t)size < TEXT_BYTES);
}

static void add_tag(place *p, char *out) {
    const char *tag = tags[random_below(&p->state, TAGS)];
    add(out, strcmp(tag, tags[TAGS - 1]) == 0 ? "'no one''s'" : "'%s'", tag);
}

static void add_test(place *p, char *out) {
    static const char *const lists[] = {"any_tag", "all_tags", "no_tags"};
    uint32_t low = random_below(&p->state, 6000);
    switch (random_below(&p->state, 6)) {
    case 0:
        add(out, "tag(");
        add_tag(p, out);
        add(out, ")");
        break;
    case 1:
        add(out, "bucket('%u', %u, %u)", random_below(&p->state, 3), low,
            low + random_below(&p->state, 10001 - low));
        break;
    case 2:
        add(out, "segment('%s')", random_one_in(&p->state, 2) ? "tagged" : "half");
        break;
    default:
        add(out, "%s([", lists[random_below(&p->state, 3)]);
        add_tag(p, out);
        for (uint32_t more = random_below(&p->state, 3); more > 0; more--) {
            add(out, ", ");
            add_tag(p, out);
        }
        add(out, "])");
    }
}

static void add_condition(place *p, char *out, int depth) {
    uint32_t which = depth > 0 ? random_below(&p->state, 4) : 3;
    if (which == 3) {
        add_test(p, out);
        return;
    }
    add(out, which == 2 ? "NOT (" : "(");
    add_condition(p, out, depth - 1);
    for (uint32_t more = which < 2 ? random_below(&p->state, 3) + 1 : 0; more > 0; more--) {
        add(out, which == 0 ? " AND " : " OR ");
        add_condition(p, out, depth - 1);
    }
    add(out, ")");
}

/* NULL: it is no condition, or is refused. */
static kith_expression *make_condition(place *p, kithi_arena *arena, char text[TEXT_BYTES]) {
    kith_expression_options options = KITH_EXPRESSION_OPTIONS_INIT;
    kith_expression *expression = NULL;
    options.any_name = true;
    text[0] = '\0';
    if (random_one_in(&p->state, 2)) {
        naive_maker maker = {.state = &p->state,
                             .arena = arena,
                             .origin_us = p->town.origin_us,
                             .grid_us = p->town.grid_us,
                             .id = &p->town.customers[0].id};
        char *written = naive_write(naive_make(&maker));
        if (strlen(written) < TEXT_BYTES) {
            strcpy(text, written);
        }
        free(written);
    } else {
        add_condition(p, text, DEPTH);
    }
    kith_expression_parse(text, strlen(text), p->txn, &options, &expression, NULL);
    return expression;
}

/* Both ways */

/* The ids of those who are asked one by one. */
static size_t ask_each(place *p, const kith_expression *where, const kith_expression *sample,
                       int64_t now_us, kith_id out[CUSTOMERS_MAX]) {
    kith_profile_iter *iter = NULL;
    kith_profile profile = KITH_PROFILE_INIT;
    size_t count = 0;
    assert_int_equal(kith_profile_iter_open(p->txn, now_us, &iter), KITH_OK);
    while (kith_profile_iter_next(iter, &profile) == KITH_OK) {
        kith_outcome holds = KITH_OUTCOME_INIT, chosen = KITH_OUTCOME_INIT;
        chosen.truth = true;
        assert_int_equal(kith_expression_evaluate(where, &profile, now_us, &holds), KITH_OK);
        if (sample != NULL) {
            assert_int_equal(kith_expression_evaluate(sample, &profile, now_us, &chosen), KITH_OK);
        }
        if (holds.truth && chosen.truth) {
            out[count++] = profile.id;
        }
    }
    kith_profile_iter_close(iter);
    return count;
}

static size_t query(place *p, const kith_query_options *options, kith_id out[CUSTOMERS_MAX]) {
    kith_query *q = NULL;
    kith_query_row row = KITH_QUERY_ROW_INIT;
    size_t count = 0;
    uint64_t counted = 0;
    assert_int_equal(kith_query_open(p->txn, options, &q), KITH_OK);
    while (kith_query_next(q, &row) == KITH_OK) {
        assert_true(count < CUSTOMERS_MAX);
        out[count++] = row.id;
    }
    kith_query_close(q);
    assert_int_equal(kith_query_count(p->txn, options, &counted), KITH_OK);
    assert_int_equal(counted, count);
    return count;
}

/* A sample is taken by the bucket that it is defined by. */
static kith_expression *draw_sample(place *p, kith_query_options *options) {
    char text[64];
    kith_expression *bucket = NULL;
    if (!random_one_in(&p->state, 3)) {
        return NULL;
    }
    options->sample = 1 + random_below(&p->state, KITH_SAMPLE_BUCKETS);
    options->salt = random_one_in(&p->state, 2) ? NULL : "it's";
    snprintf(text, sizeof text, "bucket('%s', 0, %u)", options->salt != NULL ? "it''s" : "sample",
             options->sample);
    assert_int_equal(kith_expression_parse(text, strlen(text), p->txn, NULL, &bucket, NULL),
                     KITH_OK);
    return bucket;
}

static void compare(place *p, const kith_expression *where, const char *text) {
    kith_id alone[CUSTOMERS_MAX], together[CUSTOMERS_MAX];
    kith_query_options options = KITH_QUERY_OPTIONS_INIT;
    char now[KITH_TIME_TEXT_BYTES];
    options.where = where;
    options.now_us = make_time(p);
    kith_expression *sample = draw_sample(p, &options);
    size_t count = ask_each(p, where, sample, options.now_us, alone);
    size_t found = query(p, &options, together);
    kith_time_format(options.now_us, now);
    if (found != count || memcmp(alone, together, count * sizeof alone[0]) != 0) {
        fail_msg("%s\n  now %s, sample %u: the query finds %zu, %zu are meant; KITH_SEED=%" PRIu64
                 " KITH_HISTORIES=1 replays it",
                 text, now, options.sample, found, count, p->seed);
    }
    kith_expression_free(sample);
}

/* How many have a tag, by asking each. */
static uint64_t count_tagged(place *p, const char *tag, int64_t now_us) {
    kith_profile_iter *iter = NULL;
    kith_profile profile = KITH_PROFILE_INIT;
    kith_tag found = KITH_TAG_INIT;
    uint64_t count = 0;
    assert_int_equal(kith_profile_iter_open(p->txn, now_us, &iter), KITH_OK);
    while (kith_profile_iter_next(iter, &profile) == KITH_OK) {
        count += kith_profile_tag(&profile, tag, &found) == KITH_OK;
    }
    kith_profile_iter_close(iter);
    return count;
}

static void compare_counts(place *p) {
    kith_tag_counts *counts = NULL;
    kith_tag_count tag = KITH_TAG_COUNT_INIT;
    int64_t now_us = make_time(p);
    size_t told = 0, had = 0;
    char before[32] = "";
    assert_int_equal(kith_tag_counts_open(p->txn, now_us, &counts), KITH_OK);
    while (kith_tag_counts_next(counts, &tag) == KITH_OK) {
        assert_true(tag.profile_count > 0 && strcmp(before, tag.name) < 0);
        assert_int_equal(tag.profile_count, count_tagged(p, tag.name, now_us));
        snprintf(before, sizeof before, "%s", tag.name);
        told++;
    }
    kith_tag_counts_close(counts);
    for (size_t i = 0; i < TAGS; i++) {
        had += count_tagged(p, tags[i], now_us) > 0;
    }
    assert_int_equal(told, had);
}

static unsigned check_town(uint64_t seed) {
    place p;
    kithi_arena arena;
    char text[TEXT_BYTES];
    unsigned asked = 0;
    kithi_arena_init(&arena);
    open_place(&p, seed);
    for (int i = 0; i < STEPS; i++) {
        go_on(&p);
        compare_counts(&p);
        kith_expression *where = make_condition(&p, &arena, text);
        if (where != NULL) {
            compare(&p, where, text);
            compare(&p, where, text);
            asked++;
        }
        kith_expression_free(where);
        kithi_arena_reset(&arena);
    }
    stand_verify(&p.s, "at the end");
    assert_null(p.s.problem);
    close_place(&p);
    kithi_arena_clear(&arena);
    return asked;
}

static void test_queries_give_those_who_are_meant(void **state) {
    (void)state;
    uint64_t seed = trial_seed();
    unsigned wanted = trial_count(TOWNS), asked = 0;
    if (!naive_zones_known()) {
        print_message("SKIPPED: the system has no zoneinfo\n");
        skip();
    }
    printf("queries give those who are meant: KITH_SEED=%" PRIu64 ", %u histories\n", seed, wanted);
    fflush(stdout);
    for (unsigned i = 0; i < wanted; i++) {
        asked += check_town(seed + i);
    }
    printf("%u conditions\n", asked);
    assert_true(asked > wanted);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_queries_give_those_who_are_meant),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
