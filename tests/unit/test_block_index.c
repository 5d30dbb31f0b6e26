/*
 * The index of block keys as src/identity/block_index.h promises it: a set of entries, whatever
 * runs they stand in. Random histories are compared with a naive set; KITH_SEED replays one,
 * KITH_HISTORIES says how many there are.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "src/base/bytes.h"
#include "src/identity/block_index.h"
#include "src/store/txn.h"
#include "tests/random.h"
#include "tests/unit/fact_stand.h"

#define KEY_LAST ((UINT64_C(1) << KITHI_BLOCK_KEY_BITS) - 1)

typedef kithi_block_entry entry;

static void commit_index(fixture *f) {
    kith_error error = KITH_ERROR_INIT;
    assert_int_equal(kithi_txn_commit(f->txn, &error), KITH_OK);
    f->txn = scratch_begin(f->store, KITH_WRITE);
}

/* The file's structure is sound too. (kith_verify knows that without a match model there are no
 * entries.) */
static void check_index(fixture *f) {
    kith_error error = KITH_ERROR_INIT;
    uint64_t problems = 0;
    scratch_commit(f->txn);
    kith_close(f->store);
    assert_int_equal(kith_check(f->path, NULL, &problems, &error), KITH_OK);
    assert_int_equal(problems, 0);
    f->store = scratch_open(f->path, 0);
    f->txn = scratch_begin(f->store, KITH_WRITE);
}

static void abort_index(fixture *f) {
    kith_txn_abort(f->txn);
    f->txn = scratch_begin(f->store, KITH_WRITE);
}

/* The records of a key in one line; "+" where there are more. */
static const char *show(fixture *f, uint64_t key, size_t max) {
    uint32_t records[64];
    size_t at = 0, count;
    assert_true(max + 1 <= 64);
    assert_int_equal(kithi_block_index_find(f->txn, key, max, records, &count), KITH_OK);
    f->text[0] = '\0';
    for (size_t i = 0; i < count && i < max; i++) {
        at +=
            (size_t)snprintf(f->text + at, sizeof f->text - at, "%s%u", at ? " " : "", records[i]);
    }
    snprintf(f->text + at, sizeof f->text - at, "%s", count > max ? "+" : "");
    return f->text;
}

static int show_entry(void *context, kithi_block_entry given) {
    fixture *f = context;
    size_t at = strlen(f->text);
    snprintf(f->text + at, sizeof f->text - at, "%s%llu:%u", at ? " " : "",
             (unsigned long long)given.key, given.record);
    return KITH_OK;
}

static const char *show_all(fixture *f) {
    f->text[0] = '\0';
    assert_int_equal(kithi_block_index_each(f->txn, show_entry, f), KITH_OK);
    return f->text;
}

static int count_entry(void *context, kithi_block_entry given) {
    uint64_t *count = context;
    (void)given;
    ++*count;
    return KITH_OK;
}

static uint64_t count_all(fixture *f) {
    uint64_t count = 0;
    assert_int_equal(kithi_block_index_each(f->txn, count_entry, &count), KITH_OK);
    return count;
}

/* Tables of cases */

static void test_a_set(void **state) {
    fixture *f = *state;
    static const struct {
        char how; /* +: add, -: remove */
        size_t count;
        entry entries[4];
        const char *all;
    } steps[] = {
        {'-', 1, {{7, 1}}, ""},
        {'+', 0, {{0, 0}}, ""},
        {'+', 3, {{7, 2}, {7, 1}, {3, 9}}, "3:9 7:1 7:2"},
        {'+', 2, {{7, 2}, {7, 2}}, "3:9 7:1 7:2"},
        {'+', 2, {{KEY_LAST, UINT32_MAX}, {0, 0}}, "0:0 3:9 7:1 7:2 1099511627775:4294967295"},
        {'-', 2, {{7, 3}, {8, 1}}, "0:0 3:9 7:1 7:2 1099511627775:4294967295"},
        {'-', 3, {{0, 0}, {7, 1}, {7, 1}}, "3:9 7:2 1099511627775:4294967295"},
        {'+', 1, {{7, 1}}, "3:9 7:1 7:2 1099511627775:4294967295"},
        {'-', 4, {{3, 9}, {7, 2}, {7, 1}, {KEY_LAST, UINT32_MAX}}, ""},
        {'+', 1, {{1, 1}}, "1:1"},
    };
    for (size_t i = 0; i < sizeof steps / sizeof steps[0]; i++) {
        entry entries[4];
        memcpy(entries, steps[i].entries, sizeof entries);
        int rc = steps[i].how == '+' ? kithi_block_index_add(f->txn, entries, steps[i].count)
                                     : kithi_block_index_remove(f->txn, entries, steps[i].count);
        assert_int_equal(rc, KITH_OK);
        assert_string_equal(show_all(f), steps[i].all);
        commit_index(f);
        assert_string_equal(show_all(f), steps[i].all);
    }
    assert_int_equal(kithi_block_index_clear(f->txn), KITH_OK);
    assert_string_equal(show_all(f), "");
    assert_int_equal(count_all(f), 0);
}

static void test_finding(void **state) {
    fixture *f = *state;
    entry entries[] = {{5, 30}, {5, 10}, {5, 20}, {4, 1}, {6, 2}};
    static const struct {
        uint64_t key;
        size_t max;
        const char *found;
    } cases[] = {
        {5, 4, "10 20 30"}, {5, 3, "10 20 30"}, {5, 2, "10 20+"}, {5, 0, "+"}, {4, 1, "1"},
        {6, 9, "2"},        {7, 9, ""},         {0, 9, ""},       {7, 0, ""},  {KEY_LAST, 9, ""},
    };
    assert_string_equal(show(f, 5, 4), "");
    assert_int_equal(kithi_block_index_add(f->txn, entries, 5), KITH_OK);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        assert_string_equal(show(f, cases[i].key, cases[i].max), cases[i].found);
    }
}

/* A key with so many records that they fill several chunks. */
static void test_a_crowded_key(void **state) {
    fixture *f = *state;
    static uint32_t out[3001];
    size_t count;
    for (uint32_t i = 0; i < 3000; i++) {
        entry one = {9, (i * 7919) % 3000};
        assert_int_equal(kithi_block_index_add(f->txn, &one, 1), KITH_OK);
    }
    commit_index(f);
    assert_int_equal(kithi_block_index_find(f->txn, 9, 3000, out, &count), KITH_OK);
    assert_int_equal(count, 3000);
    for (uint32_t i = 0; i < 3000; i++) {
        assert_int_equal(out[i], i);
    }
    assert_string_equal(show(f, 9, 5), "0 1 2 3 4+");
    assert_string_equal(show(f, 8, 5), "");
    assert_string_equal(show(f, 10, 5), "");
}

static void load(fixture *f, uint32_t from, uint32_t to, uint64_t step) {
    entry *entries = calloc(to - from, sizeof *entries);
    assert_non_null(entries);
    for (uint32_t i = from; i < to; i++) {
        entries[i - from] = (entry){i * step, i};
    }
    assert_int_equal(kithi_block_index_load(f->txn, entries, to - from), KITH_OK);
    free(entries);
}

static void test_bulk(void **state) {
    fixture *f = *state;
    assert_int_equal(kithi_block_index_load(f->txn, NULL, 0), KITH_OK);
    load(f, 0, 1, 1000);
    load(f, 1, 700, 1000);
    load(f, 700, 5000, 1000);
    check_index(f);
    assert_int_equal(count_all(f), 5000);
    for (uint32_t i = 0; i < 5000; i++) {
        char expected[16];
        snprintf(expected, sizeof expected, "%u", i);
        assert_string_equal(show(f, i * UINT64_C(1000), 3), expected);
        assert_string_equal(show(f, i * UINT64_C(1000) + 1, 3), "");
    }
}

/* What isn't ascending is not taken. */
static void test_bulk_out_of_order(void **state) {
    fixture *f = *state;
    static const struct {
        size_t count;
        entry entries[3];
    } cases[] = {
        {2, {{2, 1}, {1, 1}}}, {2, {{1, 1}, {1, 1}}}, {1, {{100, 0}}}, {1, {{3, 7}}}, {1, {{2, 7}}},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        entry first[] = {{3, 7}};
        if (i >= 2) {
            assert_int_equal(kithi_block_index_load(f->txn, first, 1), KITH_OK);
        }
        int rc = kithi_block_index_load(f->txn, cases[i].entries, cases[i].count);
        assert_int_equal(rc, i == 2 ? KITH_OK : KITH_MISUSE);
        assert_int_equal(kithi_txn_check_write(f->txn), i == 2 ? KITH_OK : KITH_MISUSE);
        abort_index(f);
    }
}

/* A reader that is renewed sees what was committed since, though it looked before. */
static void test_a_renewed_reader(void **state) {
    fixture *f = *state;
    kith_txn *writer = f->txn, *reader = scratch_begin(f->store, KITH_READ);
    entry one = {5, 7};
    f->txn = reader;
    assert_string_equal(show(f, 5, 3), "");
    kith_txn_reset(reader);
    f->txn = writer;
    assert_int_equal(kithi_block_index_add(f->txn, &one, 1), KITH_OK);
    commit_index(f);
    writer = f->txn;
    assert_int_equal(kith_txn_renew(reader), KITH_OK);
    f->txn = reader;
    assert_string_equal(show(f, 5, 3), "7");
    kith_txn_abort(reader);
    f->txn = writer;
}

/* Random histories */

#define RECORDS 8 /* of one key; the keys lie apart as hashes do */

typedef struct model {
    uint32_t keys;
    uint8_t *now, *committed; /* one bit a record of a key */
} model;

static uint64_t key_of(const model *m, uint32_t number) {
    return KEY_LAST / m->keys * number;
}

static void change(fixture *f, model *m, uint64_t *seed, size_t count, bool adds) {
    entry *entries = calloc(count + 1, sizeof *entries);
    assert_non_null(entries);
    for (size_t i = 0; i < count; i++) {
        uint64_t noise = random_next(seed);
        uint32_t number = (uint32_t)(noise % m->keys), record = noise >> 60 & (RECORDS - 1);
        entries[i] = (entry){key_of(m, number), record};
        m->now[number] =
            (uint8_t)(adds ? m->now[number] | 1u << record : m->now[number] & ~(1u << record));
    }
    int rc = adds ? kithi_block_index_add(f->txn, entries, count)
                  : kithi_block_index_remove(f->txn, entries, count);
    assert_int_equal(rc, KITH_OK);
    free(entries);
}

static void compare_one(fixture *f, const model *m, uint32_t number, size_t max) {
    uint32_t out[RECORDS + 2];
    size_t count, expected = 0;
    int rc = kithi_block_index_find(f->txn, key_of(m, number), max, out, &count);
    assert_int_equal(rc, KITH_OK);
    for (uint32_t record = 0; record < RECORDS && expected <= max; record++) {
        if (m->now[number] >> record & 1) {
            assert_true(expected < count);
            assert_int_equal(out[expected++], record);
        }
    }
    assert_int_equal(count, expected);
}

typedef struct walk {
    const model *m;
    uint32_t number, record;
} walk;

/* To the next entry of the model from a place on; false: there is none. */
static bool go_on(walk *w) {
    while (w->number < w->m->keys && (w->m->now[w->number] >> w->record & 1) == 0) {
        w->record = (w->record + 1) % RECORDS;
        w->number += w->record == 0;
    }
    return w->number < w->m->keys;
}

static int compare_next(void *context, kithi_block_entry given) {
    walk *w = context;
    assert_true(go_on(w));
    assert_int_equal(given.key, key_of(w->m, w->number));
    assert_int_equal(given.record, w->record);
    w->record = (w->record + 1) % RECORDS;
    w->number += w->record == 0;
    return KITH_OK;
}

static void compare_all(fixture *f, const model *m) {
    walk w = {.m = m};
    assert_int_equal(kithi_block_index_each(f->txn, compare_next, &w), KITH_OK);
    assert_false(go_on(&w));
}

static void load_model(fixture *f, model *m, uint64_t *seed) {
    entry *entries = calloc((size_t)m->keys * RECORDS, sizeof *entries);
    size_t count = 0;
    assert_non_null(entries);
    for (uint32_t i = 0; i < m->keys; i++) {
        m->now[i] = (uint8_t)random_next(seed);
        for (uint32_t record = 0; record < RECORDS; record++) {
            if (m->now[i] >> record & 1) {
                entries[count++] = (entry){key_of(m, i), record};
            }
        }
    }
    for (size_t at = 0, size; at < count; at += size) {
        size = 1 + random_next(seed) % count;
        size = size < count - at ? size : count - at;
        assert_int_equal(kithi_block_index_load(f->txn, entries + at, size), KITH_OK);
    }
    free(entries);
}

static void step(fixture *f, model *m, uint64_t *seed, size_t most) {
    uint64_t noise = random_next(seed);
    size_t count = noise % 4 == 0 ? noise >> 8 & 15 : (noise >> 8) % most;
    switch (noise >> 4 & 15) {
    case 0:
        memcpy(m->committed, m->now, m->keys);
        commit_index(f);
        break;
    case 1:
        memcpy(m->now, m->committed, m->keys);
        abort_index(f);
        break;
    case 2:
        if (noise >> 32 & 1) {
            compare_all(f, m);
        }
        break;
    case 3:
        if ((noise >> 32) % 50 == 0) {
            memset(m->now, 0, m->keys);
            assert_int_equal(kithi_block_index_clear(f->txn), KITH_OK);
        }
        break;
    case 4:
    case 5:
    case 6:
        change(f, m, seed, count / 2, false);
        break;
    default:
        change(f, m, seed, count, true);
    }
    for (int i = 0; i < 20; i++) {
        noise = random_next(seed);
        compare_one(f, m, (uint32_t)(noise % m->keys), noise >> 32 & 7);
    }
}

static void play(fixture *f, uint64_t seed, uint32_t keys, bool loaded, int steps, size_t most) {
    model m = {keys, calloc(keys, 1), calloc(keys, 1)};
    assert_non_null(m.now);
    assert_non_null(m.committed);
    print_message("KITH_SEED=%llu, %u keys\n", (unsigned long long)seed, keys);
    abort_index(f);
    assert_int_equal(kithi_block_index_clear(f->txn), KITH_OK);
    if (loaded) {
        load_model(f, &m, &seed);
    }
    memcpy(m.committed, m.now, keys);
    commit_index(f);
    for (int i = 0; i < steps; i++) {
        step(f, &m, &seed, most);
    }
    compare_all(f, &m);
    free(m.now);
    free(m.committed);
}

static void test_histories(void **state) {
    uint64_t count = scratch_number("KITH_HISTORIES", 12), seed = scratch_number("KITH_SEED", 1);
    count = count < 1000 ? count : 1000;
    for (uint64_t i = 0; i < count; i++) {
        static const uint32_t keys[] = {3, 200, 5000, 100000};
        play(*state, seed + i, keys[i % 4], i % 8 >= 4, 300, 1 + keys[i % 4] / 5);
    }
}

/* So many entries that all runs but the largest are used. */
static void test_a_large_history(void **state) {
    play(*state, scratch_number("KITH_SEED", 1), 1000000, true, 100, 40000);
}

/* Damage */

typedef struct damage {
    const char *what;
    size_t key_size, size;
    uint8_t key[12], value[32];
} damage;

#define ONE   0, 0, 0, 0, 5, 0, 0, 0, 1
#define TWO   0, 0, 0, 0, 5, 0, 0, 0, 2
#define THREE 0, 0, 0, 0, 5, 0, 0, 0, 3
#define LATE  90, 0, 0, 0, 5, 0, 0, 0, 3

static const damage damages[] = {
    {"no entry", 10, 0, {0, ONE}, {0}},
    {"half an entry", 10, 13, {0, ONE}, {0, 0, 0, 0, ONE}},
    {"less than an entry", 10, 8, {0, ONE}, {0, 0, 0, 5, 0, 0, 0, 1}},
    {"not in order", 10, 27, {0, THREE}, {TWO, ONE, THREE}},
    {"twice the same", 10, 27, {0, TWO}, {ONE, TWO, TWO}},
    {"ends with another", 10, 18, {0, TWO}, {ONE, THREE}},
    {"over the one before", 10, 18, {0, LATE}, {ONE, LATE}},
    {"no such run", 10, 9, {99, ONE}, {ONE}},
    {"a key that is short", 9, 9, {0, ONE}, {ONE}},
    {"a key that is long", 11, 9, {0, ONE, 0}, {ONE}},
    {"state: short", 1, 20, {255}, {0}},
    {"state: other counts", 1, 0, {255}, {0}},
};

static int ignore(void *context, kithi_block_entry given) {
    (void)context;
    (void)given;
    return KITH_OK;
}

static void put_damage(fixture *f, const damage *d) {
    uint8_t counts[102] = {0};
    bool is_counts = d->key_size == 1 && d->size == 0;
    counts[7] = 1;
    assert_int_equal(kithi_block_index_clear(f->txn), KITH_OK);
    load(f, 1, 400, UINT64_C(1) << 30);
    assert_int_equal(kithi_put(f->txn, KITHI_TABLE_BLOCK, d->key, d->key_size,
                               is_counts ? counts : d->value, is_counts ? sizeof counts : d->size),
                     KITH_OK);
    commit_index(f);
}

/* Reads and writes around the damage end well or with KITH_CORRUPT; reading all always finds it. */
static void test_damage(void **state) {
    fixture *f = *state;
    for (size_t i = 0; i < sizeof damages / sizeof damages[0]; i++) {
        put_damage(f, &damages[i]);
        assert_int_equal(kithi_block_index_each(f->txn, ignore, NULL), KITH_CORRUPT);
        for (uint64_t key = 3; key < 8; key++) {
            uint32_t out[4];
            size_t count;
            int rc = kithi_block_index_find(f->txn, key, 3, out, &count);
            assert_true(rc == KITH_OK || rc == KITH_CORRUPT);
        }
        for (uint64_t key = 3; key < 16; key++) {
            entry one[] = {{key & 7, 1}, {UINT64_C(1) << 31, 2}};
            int rc = key < 8 ? kithi_block_index_add(f->txn, one, 2)
                             : kithi_block_index_remove(f->txn, one, 1);
            assert_true(rc == KITH_OK || rc == KITH_CORRUPT);
            if (rc != KITH_OK) {
                assert_int_equal(kithi_txn_check_write(f->txn), KITH_MISUSE);
                abort_index(f);
            }
        }
        abort_index(f);
    }
    assert_int_equal(kithi_block_index_clear(f->txn), KITH_OK);
    assert_string_equal(show_all(f), "");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_a_set, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_finding, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_a_crowded_key, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_bulk, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_bulk_out_of_order, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_a_renewed_reader, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_histories, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_a_large_history, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_damage, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
