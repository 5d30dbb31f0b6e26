/*
 * Chunks against a naive set, one bool a number: whatever was done to them, in memory and as rows.
 *
 *   KITH_SEED       replays: everything is a function of it
 *   KITH_HISTORIES  how many sets, pairs and histories each test tries
 */
#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "src/base/bytes.h"
#include "src/bitmap/chunk_inside.h"
#include "tests/random.h"

#define ALL KITHI_CHUNK_BITS

typedef bool naive[ALL];

static uint64_t seed;
static uint64_t histories;

/* ---------------------------------------------------------------- the naive set */

static uint32_t naive_count(const naive set) {
    uint32_t count = 0;
    for (uint32_t i = 0; i < ALL; i++) {
        count += set[i];
    }
    return count;
}

static uint32_t naive_runs(const naive set) {
    uint32_t count = 0;
    for (uint32_t i = 0; i < ALL; i++) {
        count += set[i] && (i == 0 || !set[i - 1]);
    }
    return count;
}

static void fill(naive set, uint32_t from, uint32_t to, bool member) {
    for (uint32_t i = from; i < to; i++) {
        set[i] = member;
    }
}

/* The first `count` of an order in which no two neighbours follow each other before half of all. */
static void make_scattered(naive set, uint32_t count) {
    fill(set, 0, ALL, false);
    for (uint32_t i = 0; i < count; i++) {
        set[i < ALL / 2 ? i * 2 : (i - ALL / 2) * 2 + 1] = true;
    }
}

static void make_runs(naive set, uint32_t count, uint32_t length) {
    fill(set, 0, ALL, false);
    for (uint32_t i = 0; i < count; i++) {
        fill(set, i * (ALL / count), i * (ALL / count) + length, true);
    }
}

static void make_random_runs(naive set, uint64_t *state) {
    uint32_t longest = 1u << random_next(state) % 13, farthest = 1u << random_next(state) % 13;
    fill(set, 0, ALL, false);
    for (uint32_t at = (uint32_t)(random_next(state) % 3); at < ALL;) {
        uint32_t end = at + 1 + (uint32_t)(random_next(state) % longest);
        end = end < ALL ? end : ALL;
        fill(set, at, end, true);
        at = end + 1 + (uint32_t)(random_next(state) % farthest);
    }
}

/* Of any density, in runs or not, some turned over. */
static void make_random(naive set, uint64_t *state) {
    uint64_t noise = random_next(state);
    if (noise % 3 == 0) {
        make_random_runs(set, state);
    } else {
        uint64_t one_in = (uint64_t)1 << (noise >> 8) % 17;
        for (uint32_t i = 0; i < ALL; i++) {
            set[i] = random_next(state) % one_in == 0;
        }
    }
    if (noise >> 32 & 1) {
        for (uint32_t i = 0; i < ALL; i++) {
            set[i] = !set[i];
        }
    }
}

static void load(kithi_chunk *chunk, const naive set) {
    kithi_chunk_clear(chunk);
    for (uint32_t i = 0; i < ALL; i++) {
        chunk->words[i / 64] |= (uint64_t)set[i] << i % 64;
    }
}

/* ---------------------------------------------------------------- what must hold of a set */

static void assert_members(const kithi_chunk *chunk, const naive set) {
    uint32_t count = 0, next = kithi_chunk_next(chunk, 0);
    for (uint32_t i = 0; i < ALL; i++) {
        if (kithi_chunk_has(chunk, (uint16_t)i) != set[i]) {
            fail_msg("%" PRIu32 " is%s a member", i, set[i] ? " not" : "");
        }
        if (set[i]) {
            assert_int_equal(next, i);
            next = kithi_chunk_next(chunk, i + 1);
            count++;
        }
    }
    assert_int_equal(next, ALL);
    assert_int_equal(kithi_chunk_count(chunk), count);
}

static size_t smallest(const naive set, kithi_chunk_form *out_form) {
    size_t array = 2 * (size_t)naive_count(set), runs = 4 * (size_t)naive_runs(set);
    size_t size = ALL / 8;
    *out_form = KITHI_CHUNK_BITMAP;
    if (array < size) {
        *out_form = KITHI_CHUNK_ARRAY;
        size = array;
    }
    if (runs < size) {
        *out_form = KITHI_CHUNK_RUNS;
        size = runs;
    }
    return size;
}

/* The set's row is of the smallest form, reads, and says of each number what the set says. */
static void assert_row(const naive set) {
    static uint8_t row[KITHI_CHUNK_PACKED_MAX], again[KITHI_CHUNK_PACKED_MAX];
    static kithi_chunk chunk, unpacked;
    kithi_chunk_form form;
    kithi_chunk_view view, peeked;
    load(&chunk, set);
    size_t size = kithi_chunk_pack(&chunk, row);
    assert_int_equal(size, KITHI_CHUNK_HEADER_BYTES + smallest(set, &form));
    assert_true(kithi_chunk_read(row, size, &view) && kithi_chunk_peek(row, size, &peeked));
    assert_int_equal(view.form, form);
    assert_int_equal(view.cardinality, naive_count(set));
    assert_int_equal(peeked.cardinality, view.cardinality);
    memset(&unpacked, 0xa5, sizeof unpacked);
    kithi_chunk_unpack(&view, &unpacked);
    assert_members(&unpacked, set);
    assert_memory_equal(&unpacked, &chunk, sizeof chunk);
    assert_int_equal(kithi_chunk_pack(&unpacked, again), size);
    assert_memory_equal(again, row, size);
}

/* ---------------------------------------------------------------- sets */

static void test_borders_of_the_forms(void **state) {
    (void)state;
    static const uint32_t counts[] = {0,    1,    2,     3,     63,    64,    65,    4094,  4095,
                                      4096, 4097, 32767, 32768, 32769, 65533, 65534, 65535, 65536};
    static const uint32_t runs[][2] = {
        {1, 2},    {1, 3},    {1, 65536}, {2, 2},    {2, 3},     {2047, 2},  {2047, 3},
        {2048, 2}, {2048, 3}, {2049, 3},  {2047, 9}, {2048, 31}, {2049, 30},
    };
    static naive set;
    for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++) {
        make_scattered(set, counts[i]);
        assert_int_equal(naive_count(set), counts[i]);
        assert_row(set);
    }
    for (size_t i = 0; i < sizeof runs / sizeof runs[0]; i++) {
        make_runs(set, runs[i][0], runs[i][1]);
        assert_int_equal(naive_runs(set), runs[i][0]);
        assert_row(set);
    }
}

static void test_every_single_member(void **state) {
    (void)state;
    static kithi_chunk chunk;
    uint8_t row[KITHI_CHUNK_PACKED_MAX];
    for (uint32_t i = 0; i < ALL; i++) {
        kithi_chunk_view view;
        kithi_chunk_clear(&chunk);
        kithi_chunk_add_range(&chunk, i, i + 1);
        size_t size = kithi_chunk_pack(&chunk, row);
        assert_int_equal(size, KITHI_CHUNK_HEADER_BYTES + 2);
        assert_true(kithi_chunk_read(row, size, &view));
        assert_true(view.form == KITHI_CHUNK_ARRAY && view.cardinality == 1);
        memset(&chunk, 0xa5, sizeof chunk);
        kithi_chunk_unpack(&view, &chunk);
        assert_true(kithi_chunk_has(&chunk, (uint16_t)i));
        assert_int_equal(kithi_chunk_next(&chunk, 0), i);
        assert_int_equal(kithi_chunk_next(&chunk, i + 1), ALL);
    }
}

static void test_random_rows(void **state) {
    (void)state;
    static naive set;
    uint64_t noise = seed;
    for (uint64_t i = 0; i < histories; i++) {
        make_random(set, &noise);
        assert_row(set);
    }
    make_random(set, &noise);
    assert_row(set);
}

/* ---------------------------------------------------------------- changes */

static void change_many(kithi_chunk *chunk, naive set, uint64_t *noise) {
    uint16_t numbers[200];
    uint32_t changed = 0;
    bool adds = random_next(noise) % 2 == 0;
    size_t count = random_next(noise) % (sizeof numbers / sizeof numbers[0]);
    uint32_t at = (uint32_t)random_next(noise), step = 1 + (uint32_t)random_next(noise) % 400;
    for (size_t i = 0; i < count; i++) {
        at += (uint32_t)random_next(noise) % step; /* the same one twice, now and then */
        numbers[i] = (uint16_t)at;
        changed += set[numbers[i]] != adds;
        set[numbers[i]] = adds;
    }
    uint32_t told =
        adds ? kithi_chunk_add(chunk, numbers, count) : kithi_chunk_remove(chunk, numbers, count);
    assert_int_equal(told, changed);
}

static void change_range(kithi_chunk *chunk, naive set, uint64_t *noise) {
    uint32_t from = (uint32_t)(random_next(noise) % (ALL + 1));
    uint32_t to = random_next(noise) % 2 == 0 ? from + (uint32_t)(random_next(noise) % 130)
                                              : (uint32_t)(random_next(noise) % (ALL + 1));
    to = to < ALL ? to : ALL;
    if (random_next(noise) % 2 == 0) {
        kithi_chunk_add_range(chunk, from, to);
        fill(set, from, to, true);
    } else {
        kithi_chunk_trim(chunk, from);
        fill(set, from, ALL, false);
    }
}

/* All below a limit that aren't members become those that are. */
static void change_all(kithi_chunk *chunk, naive set, uint64_t *noise) {
    static kithi_chunk rest;
    uint32_t limit = (uint32_t)(random_next(noise) % (ALL + 1));
    if (random_next(noise) % 4 == 0) {
        limit = 0;
    }
    kithi_chunk_clear(&rest);
    kithi_chunk_add_range(&rest, 0, ALL - limit);
    kithi_chunk_andnot(&rest, chunk);
    *chunk = rest;
    for (uint32_t i = 0; i < ALL; i++) {
        set[i] = i < ALL - limit && !set[i];
    }
}

static void test_random_histories(void **state) {
    (void)state;
    static naive set;
    static kithi_chunk chunk;
    static void (*const ways[])(kithi_chunk *, naive, uint64_t *) = {change_many, change_many,
                                                                     change_range, change_all};
    uint64_t noise = seed;
    kithi_chunk_clear(&chunk);
    fill(set, 0, ALL, false);
    for (uint64_t i = 0; i < histories; i++) {
        ways[random_next(&noise) % 4](&chunk, set, &noise);
        assert_members(&chunk, set);
        if (i % 8 == 0) {
            make_random(set, &noise);
            load(&chunk, set);
        }
    }
}

static void test_ends_of_ranges(void **state) {
    (void)state;
    static const uint32_t ends[] = {0, 1, 63, 64, 65, 127, 128, 65471, 65472, 65473, 65535, 65536};
    static naive set;
    static kithi_chunk chunk;
    size_t count = sizeof ends / sizeof ends[0];
    for (size_t i = 0; i < count * count; i++) {
        uint32_t from = ends[i / count], to = ends[i % count];
        fill(set, 0, ALL, false);
        fill(set, from, to, true);
        kithi_chunk_clear(&chunk);
        kithi_chunk_add_range(&chunk, from, to);
        assert_members(&chunk, set);
        fill(set, 0, ALL, false);
        fill(set, 0, to, true);
        kithi_chunk_add_range(&chunk, 0, ALL);
        kithi_chunk_trim(&chunk, to);
        assert_members(&chunk, set);
    }
}

/* ---------------------------------------------------------------- algebra */

typedef struct operation {
    void (*apply)(kithi_chunk *, const kithi_chunk *);
    bool table[4]; /* whether it is a member, for neither, the second, the first, both */
} operation;

static const operation operations[] = {
    {kithi_chunk_and, {false, false, false, true}},
    {kithi_chunk_or, {false, true, true, true}},
    {kithi_chunk_andnot, {false, false, true, false}},
};

static void assert_algebra(const naive a, const naive b) {
    static naive expected;
    static kithi_chunk left, right, result;
    uint32_t common = 0;
    load(&left, a);
    load(&right, b);
    for (size_t i = 0; i < sizeof operations / sizeof operations[0]; i++) {
        for (uint32_t n = 0; n < ALL; n++) {
            expected[n] = operations[i].table[2 * a[n] + b[n]];
        }
        result = left;
        operations[i].apply(&result, &right);
        assert_members(&result, expected);
    }
    for (uint32_t n = 0; n < ALL; n++) {
        common += a[n] && b[n];
    }
    assert_int_equal(kithi_chunk_count_common(&left, &right), common);
}

static void test_algebra(void **state) {
    (void)state;
    static naive a, b;
    uint64_t noise = seed;
    for (uint64_t i = 0; i < histories; i++) {
        make_random(a, &noise);
        make_random(b, &noise);
        assert_algebra(a, b);
    }
}

static void test_algebra_with_itself(void **state) {
    (void)state;
    static naive set, none;
    static kithi_chunk chunk;
    uint64_t noise = seed;
    make_random(set, &noise);
    load(&chunk, set);
    kithi_chunk_and(&chunk, &chunk);
    kithi_chunk_or(&chunk, &chunk);
    assert_members(&chunk, set);
    kithi_chunk_andnot(&chunk, &chunk);
    assert_members(&chunk, none);
}

/* ---------------------------------------------------------------- rows */

/* What is stored must be read by every later version. */
static void test_bytes_of_rows(void **state) {
    (void)state;
    static const uint16_t members[] = {1, 2, 65535};
    static const uint8_t array[] = {1,    1,    0,    0,    0,    3, 0x85, 0x6e, 0xb2, 0xf1, 0xc4,
                                    0x3c, 0x84, 0x04, 0x34, 0xae, 0, 1,    0,    2,    0xff, 0xff};
    static const uint8_t runs[] = {0, 1, 0x01, 0x2b, 0xff, 0xff, 0xff, 0xff};
    static kithi_chunk chunk;
    uint8_t row[KITHI_CHUNK_PACKED_MAX];
    kithi_chunk_clear(&chunk);
    kithi_chunk_add(&chunk, members, 3);
    assert_int_equal(kithi_chunk_pack(&chunk, row), sizeof array);
    assert_memory_equal(row, array, sizeof array);
    kithi_chunk_add_range(&chunk, 2, 300);
    assert_int_equal(kithi_chunk_pack(&chunk, row), KITHI_CHUNK_HEADER_BYTES + sizeof runs);
    assert_memory_equal(row, "\x01\x03\x00\x00\x01\x2c", 6);
    assert_memory_equal(row + KITHI_CHUNK_HEADER_BYTES, runs, sizeof runs);
    for (uint32_t i = 0; i < ALL; i += 9) {
        kithi_chunk_add(&chunk, &(uint16_t){(uint16_t)i}, 1);
    }
    assert_int_equal(kithi_chunk_pack(&chunk, row), KITHI_CHUNK_PACKED_MAX);
    assert_memory_equal(row, "\x01\x02\x00\x00", 4);
    /* 296 to 299, 306, 315 */
    assert_memory_equal(row + KITHI_CHUNK_HEADER_BYTES + 37, "\x0f\x04\x08", 3);
}

static size_t pack_set(const naive set, uint8_t *row) {
    static kithi_chunk chunk;
    load(&chunk, set);
    return kithi_chunk_pack(&chunk, row);
}

static void assert_damaged(const uint8_t *row, size_t size) {
    kithi_chunk_view view, before;
    memset(&view, 0x5a, sizeof view);
    before = view;
    /* In memory of exactly its size, so that a sanitizer sees a read past the end. */
    uint8_t *exact = malloc(size > 0 ? size : 1);
    assert_non_null(exact);
    memcpy(exact, row, size);
    assert_false(kithi_chunk_read(exact, size, &view));
    assert_memory_equal(&view, &before, sizeof view);
    free(exact);
}

/* Read whole, a row with one bit changed is never taken. Returns how many changed headers are taken
 * as long as nobody looks at the content: as the check has 16 bits, by chance one in 65,536. */
static uint32_t assert_every_bit_counts(uint8_t *row, size_t size) {
    kithi_chunk_view view;
    uint32_t overlooked = 0;
    for (size_t i = 0; i < size * 8; i++) {
        bool in_header = i / 8 < KITHI_CHUNK_HEADER_BYTES;
        row[i / 8] ^= (uint8_t)(1u << i % 8);
        assert_damaged(row, size);
        bool taken = kithi_chunk_peek(row, size, &view);
        assert_true(taken || in_header);
        overlooked += taken && in_header;
        row[i / 8] ^= (uint8_t)(1u << i % 8);
    }
    assert_true(kithi_chunk_read(row, size, &view));
    return overlooked;
}

static void assert_every_byte_counts(const uint8_t *row, size_t size) {
    static uint8_t longer[KITHI_CHUNK_PACKED_MAX + 16];
    memcpy(longer, row, size);
    for (size_t cut = 0; cut < size; cut++) {
        assert_damaged(row, cut);
    }
    for (size_t more = 1; more <= 16; more++) {
        assert_damaged(longer, size + more);
    }
}

static void test_damaged_rows(void **state) {
    (void)state;
    static naive set;
    uint8_t row[KITHI_CHUNK_PACKED_MAX];
    uint64_t noise = seed;
    make_scattered(set, 100);
    size_t size = pack_set(set, row);
    assert_int_equal(assert_every_bit_counts(row, size), 0);
    assert_every_byte_counts(row, size);
    make_runs(set, 20, 50);
    size = pack_set(set, row);
    assert_int_equal(assert_every_bit_counts(row, size), 0);
    assert_every_byte_counts(row, size);
    for (uint32_t i = 0; i < ALL; i++) {
        set[i] = random_next(&noise) % 2 == 0;
    }
    size = pack_set(set, row);
    assert_int_equal(size, sizeof row);
    /* Of the 128 of a row that is drawn more than two, once in 10^9 rows. */
    assert_in_range(assert_every_bit_counts(row, size), 0, 2);
    assert_every_byte_counts(row, size);
}

/* A row that says so of itself, with checksums that hold. */
static size_t make_row(uint8_t *row, kithi_chunk_form form, uint32_t cardinality,
                       const uint16_t *numbers, size_t count) {
    row[0] = KITHI_CHUNK_VERSION;
    row[KITHI_CHUNK_AT_FORM] = (uint8_t)form;
    kithi_put32(row + KITHI_CHUNK_AT_CARDINALITY, cardinality);
    for (size_t i = 0; i < count; i++) {
        kithi_put16(row + KITHI_CHUNK_HEADER_BYTES + 2 * i, numbers[i]);
    }
    size_t size = KITHI_CHUNK_HEADER_BYTES + 2 * count;
    kithi_chunk_seal(row, size);
    return size;
}

static void test_rows_that_lie(void **state) {
    (void)state;
    static const struct {
        int form;
        uint32_t cardinality;
        size_t count;
        uint16_t numbers[6];
        bool sound;
    } rows[] = {
        {KITHI_CHUNK_ARRAY, 3, 3, {1, 5, 9}, true},
        {KITHI_CHUNK_ARRAY, 2, 2, {1, 2}, true},
        {KITHI_CHUNK_ARRAY, 0, 0, {0}, true},
        {KITHI_CHUNK_ARRAY, 3, 3, {1, 9, 5}, false},
        {KITHI_CHUNK_ARRAY, 3, 3, {1, 5, 5}, false},
        {KITHI_CHUNK_ARRAY, 4, 3, {1, 5, 9}, false},
        {KITHI_CHUNK_ARRAY, 2, 3, {1, 5, 9}, false},
        {KITHI_CHUNK_ARRAY, 0x80000003, 3, {1, 5, 9}, false}, /* twice as much is as many bytes */
        {KITHI_CHUNK_ARRAY, 3, 3, {1, 2, 3}, false},          /* a run is smaller */
        {KITHI_CHUNK_RUNS, 3, 2, {1, 3}, true},
        {KITHI_CHUNK_RUNS, 65536, 2, {0, 65535}, true},
        {KITHI_CHUNK_RUNS, 7, 4, {1, 3, 5, 8}, true},
        {KITHI_CHUNK_RUNS, 4, 2, {1, 3}, false},
        {KITHI_CHUNK_RUNS, 2, 2, {1, 3}, false},
        {KITHI_CHUNK_RUNS, 7, 4, {5, 8, 1, 3}, false},
        {KITHI_CHUNK_RUNS, 8, 4, {1, 4, 5, 8}, false},         /* they touch */
        {KITHI_CHUNK_RUNS, 9, 4, {1, 5, 5, 8}, false},         /* they overlap */
        {KITHI_CHUNK_RUNS, 0, 2, {3, 2}, false},               /* it ends before it begins */
        {KITHI_CHUNK_RUNS, 8, 6, {1, 3, 6, 5, 7, 11}, false},  /* one of several does */
        {KITHI_CHUNK_RUNS, 65537, 4, {0, 65535, 0, 0}, false}, /* all, and one more */
        {KITHI_CHUNK_RUNS, 2, 2, {1, 2}, false},               /* an array is as small */
        {KITHI_CHUNK_RUNS, 0, 0, {0}, false},                  /* likewise */
        {KITHI_CHUNK_RUNS, 3, 3, {1, 3, 9}, false},
        {KITHI_CHUNK_BITMAP, 3, 3, {1, 5, 9}, false},
        {0, 3, 3, {1, 5, 9}, false},
        {4, 3, 3, {1, 5, 9}, false},
    };
    uint8_t row[KITHI_CHUNK_HEADER_BYTES + sizeof rows[0].numbers];
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        kithi_chunk_view view;
        size_t size = make_row(row, (kithi_chunk_form)rows[i].form, rows[i].cardinality,
                               rows[i].numbers, rows[i].count);
        if (kithi_chunk_read(row, size, &view) != rows[i].sound) {
            fail_msg("row %zu is%s taken", i, rows[i].sound ? " not" : "");
        }
        row[0]++;
        kithi_chunk_seal(row, size);
        assert_damaged(row, size); /* of a version to come */
    }
}

/* Content that is right in a form that isn't the smallest, or is too large for it. */
static void test_rows_in_another_form(void **state) {
    (void)state;
    static uint16_t numbers[8192];
    static uint8_t row[KITHI_CHUNK_HEADER_BYTES + sizeof numbers];
    for (uint32_t i = 0; i < 8192; i++) {
        numbers[i] = (uint16_t)(i * 2);
    }
    assert_damaged(row, make_row(row, KITHI_CHUNK_ARRAY, 4096, numbers, 4096));
    kithi_chunk_view view;
    assert_true(
        kithi_chunk_read(row, make_row(row, KITHI_CHUNK_ARRAY, 4095, numbers, 4095), &view));
    for (uint32_t i = 0; i < 4098; i++) {
        numbers[i] = (uint16_t)(i / 2 * 8 + i % 2 * 3);
    }
    assert_damaged(row, make_row(row, KITHI_CHUNK_RUNS, 2048 * 4, numbers, 4096));
    assert_damaged(row, make_row(row, KITHI_CHUNK_RUNS, 2049 * 4, numbers, 4098));
    assert_true(
        kithi_chunk_read(row, make_row(row, KITHI_CHUNK_RUNS, 2047 * 4, numbers, 4094), &view));
    memset(numbers, 0, sizeof numbers);
    assert_damaged(row, make_row(row, KITHI_CHUNK_BITMAP, 0, numbers, 4096));
    memset(numbers, 0xff, sizeof numbers);
    assert_damaged(row, make_row(row, KITHI_CHUNK_BITMAP, ALL, numbers, 4096));
    assert_damaged(row, make_row(row, KITHI_CHUNK_BITMAP, ALL + 1, numbers, 4096));
    memset(numbers, 0x55, sizeof numbers);
    assert_damaged(row, make_row(row, KITHI_CHUNK_BITMAP, ALL / 2 - 1, numbers, 4096));
    assert_true(
        kithi_chunk_read(row, make_row(row, KITHI_CHUNK_BITMAP, ALL / 2, numbers, 4096), &view));
}

/* The header alone tells what can't be, whatever its check says. */
static void test_headers_that_lie(void **state) {
    (void)state;
    static const struct {
        int form;
        uint32_t cardinality;
        size_t count;
        bool peeked;
    } rows[] = {
        {KITHI_CHUNK_ARRAY, 4095, 4095, true},      {KITHI_CHUNK_ARRAY, 4096, 4096, false},
        {KITHI_CHUNK_ARRAY, 4095, 4094, false},     {KITHI_CHUNK_BITMAP, ALL, 4096, true},
        {KITHI_CHUNK_BITMAP, ALL + 1, 4096, false}, {KITHI_CHUNK_BITMAP, ALL, 4095, false},
        {KITHI_CHUNK_BITMAP, ALL, 4097, false},     {KITHI_CHUNK_RUNS, ALL, 4094, true},
        {KITHI_CHUNK_RUNS, ALL + 1, 4094, false},   {KITHI_CHUNK_RUNS, ALL, 4093, false},
        {KITHI_CHUNK_RUNS, ALL, 4096, false},       {KITHI_CHUNK_RUNS, ALL, 60000, false},
    };
    static const uint16_t numbers[60000];
    static uint8_t row[KITHI_CHUNK_HEADER_BYTES + sizeof numbers];
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        kithi_chunk_view view;
        size_t size = make_row(row, (kithi_chunk_form)rows[i].form, rows[i].cardinality, numbers,
                               rows[i].count);
        if (kithi_chunk_peek(row, size, &view) != rows[i].peeked) {
            fail_msg("header %zu is%s taken", i, rows[i].peeked ? " not" : "");
        }
        assert_damaged(row, size);
    }
}

/* The header is right and the content is not: it unpacks within a chunk. */
static void test_unpacking_damaged_content(void **state) {
    (void)state;
    static kithi_chunk chunk;
    uint64_t noise = seed;
    for (uint64_t i = 0; i < 20 * histories; i++) {
        kithi_chunk_view view;
        kithi_chunk_form form = (kithi_chunk_form)(1 + random_next(&noise) % 3);
        size_t count = form == KITHI_CHUNK_BITMAP ? 4096 : random_next(&noise) % 2047 * 2;
        size_t size = KITHI_CHUNK_HEADER_BYTES + 2 * count;
        uint8_t *row = malloc(size);
        assert_non_null(row);
        make_row(row, form, (uint32_t)count, NULL, 0);
        for (size_t at = KITHI_CHUNK_HEADER_BYTES; at < size; at++) {
            row[at] = (uint8_t)random_next(&noise);
        }
        assert_true(kithi_chunk_peek(row, size, &view));
        kithi_chunk_unpack(&view, &chunk);
        assert_true(kithi_chunk_count(&chunk) <= ALL);
        free(row);
    }
}

static uint64_t number_of(const char *name, uint64_t otherwise) {
    const char *text = getenv(name);
    return text != NULL ? strtoull(text, NULL, 0) : otherwise;
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_borders_of_the_forms),
        cmocka_unit_test(test_every_single_member),
        cmocka_unit_test(test_random_rows),
        cmocka_unit_test(test_random_histories),
        cmocka_unit_test(test_ends_of_ranges),
        cmocka_unit_test(test_algebra),
        cmocka_unit_test(test_algebra_with_itself),
        cmocka_unit_test(test_bytes_of_rows),
        cmocka_unit_test(test_damaged_rows),
        cmocka_unit_test(test_rows_that_lie),
        cmocka_unit_test(test_rows_in_another_form),
        cmocka_unit_test(test_headers_that_lie),
        cmocka_unit_test(test_unpacking_damaged_content),
    };
    seed = number_of("KITH_SEED", (uint64_t)time(NULL) << 20);
    histories = number_of("KITH_HISTORIES", 200);
    printf("KITH_SEED=%" PRIu64 " KITH_HISTORIES=%" PRIu64 "\n", seed, histories);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
