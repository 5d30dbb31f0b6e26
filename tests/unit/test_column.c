/*
 * Columns: what is packed reads back, questions about all places are answered as place by place,
 * and damage never leads out of the bytes.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "src/column/column.h"
#include "tests/fault/scratch.h"
#include "tests/random.h"

#define PLACES 300

/* What a place was given. */
typedef struct given {
    enum { NOTHING, FITS, ODD } what;
    int64_t number;
    char text[24];
} given;

static bool is_set(const uint64_t *words, uint32_t place) {
    return (words[place / 64] >> place % 64 & 1) != 0;
}

static uint64_t *copy_aligned(const kithi_buffer *packed) {
    uint64_t *copy = malloc(packed->size + sizeof *copy);
    assert_non_null(copy);
    memcpy(copy, packed->data, packed->size);
    return copy;
}

static void read_back(const kithi_column *column, const given *all, uint32_t count) {
    assert_int_equal(column->count, count);
    for (uint32_t i = 0; i < count; i++) {
        bool odd = column->odd != NULL && is_set(column->odd, i);
        bool present = column->width > 0 && (column->present == NULL || is_set(column->present, i));
        assert_int_equal(odd, all[i].what == ODD);
        assert_int_equal(present, all[i].what == FITS);
        if (present && column->sort == KITHI_COLUMN_TEXT) {
            size_t size;
            const char *text =
                kithi_column_text(column, (uint32_t)kithi_column_code(column, i), &size);
            assert_int_equal(size, strlen(all[i].text));
            assert_memory_equal(text, all[i].text, size);
        } else if (present) {
            assert_true(kithi_column_number(column, i) == all[i].number);
        }
    }
}

static void check_order(const kithi_column *column) {
    for (uint32_t i = 1; i < column->text_count; i++) {
        size_t before, size;
        const char *a = kithi_column_text(column, i - 1, &before);
        const char *b = kithi_column_text(column, i, &size);
        int order = memcmp(a, b, before < size ? before : size);
        assert_true(order < 0 || (order == 0 && before < size));
    }
}

static void ask_between(const kithi_column *column, const given *all, uint32_t count, int64_t least,
                        int64_t most) {
    uint64_t found[PLACES / 64 + 1];
    kithi_column_between(column, least, most, found);
    for (uint32_t i = 0; i < count; i++) {
        bool in = all[i].what == FITS && all[i].number >= least && all[i].number <= most;
        assert_int_equal(is_set(found, i), in);
    }
}

static void ask_chosen(const kithi_column *column, const given *all, uint32_t count,
                       uint64_t *seed) {
    uint64_t found[PLACES / 64 + 1];
    uint8_t chosen[PLACES + 1];
    for (uint32_t i = 0; i < column->text_count; i++) {
        chosen[i] = random_next(seed) % 4 == 0;
    }
    kithi_column_chosen(column, chosen, found);
    for (uint32_t i = 0; i < count; i++) {
        bool in = all[i].what == FITS && chosen[kithi_column_code(column, i)] != 0;
        assert_int_equal(is_set(found, i), in);
    }
}

/* Numbers of a random width and step, about a random one. */
static int64_t random_number(uint64_t *seed, unsigned bits, int64_t base, int64_t step) {
    uint64_t code = bits == 0 ? 0 : random_next(seed) >> (64 - bits);
    return (int64_t)((uint64_t)base + code * (uint64_t)step);
}

static void set_one(kithi_column_maker *maker, uint32_t place, const given *one, bool texts) {
    if (one->what == ODD) {
        kithi_column_set_odd(maker, place);
    } else if (one->what == FITS && texts) {
        kithi_column_set_text(maker, place, one->text, strlen(one->text));
    } else if (one->what == FITS) {
        kithi_column_set_number(maker, place, KITHI_COLUMN_NUMBER, one->number);
    }
}

static void set_all(kithi_column_maker *maker, const given *all, uint32_t count, bool texts) {
    assert_true(kithi_column_begin(maker, count));
    for (uint32_t i = 0; i < count; i++) {
        set_one(maker, i, &all[i], texts);
    }
}

static void make_random(given *all, uint32_t count, bool texts, uint64_t *seed) {
    static const unsigned widths[] = {0, 3, 8, 9, 16, 17, 32, 33, 61};
    unsigned bits = widths[random_next(seed) % 9], gaps = (unsigned)(random_next(seed) % 3);
    int64_t step = 1 + (int64_t)(random_next(seed) % 3) * 1000000;
    int64_t base = (int64_t)(random_next(seed) % 3) * 1000000007 - 1000000;
    for (uint32_t i = 0; i < count; i++) {
        uint64_t dice = random_next(seed) % 10;
        all[i].what = gaps > 0 && dice < gaps ? NOTHING : gaps > 1 && dice == 9 ? ODD : FITS;
        all[i].number = texts ? 0 : random_number(seed, bits > 40 ? 40 : bits, base, step);
        snprintf(all[i].text, sizeof all[i].text, "%s%.*s",
                 random_next(seed) % 2 != 0 ? "they begin alike" : "", (int)(random_next(seed) % 4),
                 random_next(seed) % 2 != 0 ? "abc" : "bca");
    }
}

/* A column that is opened anew keeps what isn't changed in it, and has room for more places. */
static void check_reopened(const kithi_column *column, given *all, uint32_t count, bool texts,
                           uint64_t *seed) {
    given other[PLACES];
    kithi_column_maker maker;
    kithi_buffer packed;
    kithi_column mended;
    uint32_t more = count + (uint32_t)(random_next(seed) % (PLACES - count));
    make_random(other, more, texts, seed);
    assert_true(kithi_column_reopen(&maker, column, more));
    for (uint32_t i = 0; i < more; i++) {
        if (i >= count || random_next(seed) % 4 == 0) {
            all[i] = other[i];
            kithi_column_unset(&maker, i);
            set_one(&maker, i, &all[i], texts);
        }
    }
    kithi_buffer_init(&packed);
    assert_true(kithi_column_pack(&maker, &packed));
    kithi_column_clear(&maker);
    uint64_t *bytes = copy_aligned(&packed);
    assert_true(kithi_column_read(bytes, packed.size, &mended));
    read_back(&mended, all, more);
    free(bytes);
    kithi_buffer_clear(&packed);
}

/* Numbers in a row are those at each place, and 0 where there is none. */
static void check_numbers(const kithi_column *column, uint32_t count, uint64_t *seed) {
    int64_t numbers[PLACES];
    uint32_t first = (uint32_t)(random_next(seed) % (count + 1));
    uint32_t some = (uint32_t)(random_next(seed) % (count - first + 1));
    kithi_column_numbers(column, first, some, numbers);
    for (uint32_t i = 0; i < some; i++) {
        bool has = kithi_column_has(column, first + i);
        assert_true(numbers[i] == (has ? kithi_column_number(column, first + i) : 0));
    }
}

static void test_random_columns(void **state) {
    (void)state;
    uint64_t seed = scratch_number("KITH_SEED", 20261122);
    print_message("seed %llu\n", (unsigned long long)seed);
    for (int round = 0; round < 400; round++) {
        given all[PLACES];
        kithi_column_maker maker;
        kithi_buffer packed;
        kithi_column column;
        bool texts = round % 2 != 0;
        uint32_t count = (uint32_t)(random_next(&seed) % PLACES);
        make_random(all, count, texts, &seed);
        set_all(&maker, all, count, texts);
        kithi_buffer_init(&packed);
        assert_true(kithi_column_pack(&maker, &packed));
        kithi_column_clear(&maker);
        uint64_t *bytes = copy_aligned(&packed);
        assert_true(kithi_column_read(bytes, packed.size, &column));
        read_back(&column, all, count);
        check_numbers(&column, count, &seed);
        for (int i = 0; i < 20 && !texts && count > 0; i++) {
            int64_t a = all[random_next(&seed) % count].number + (int64_t)(random_next(&seed) % 3);
            int64_t b = all[random_next(&seed) % count].number - (int64_t)(random_next(&seed) % 3);
            ask_between(&column, all, count, a, b);
            ask_between(&column, all, count, b, INT64_MAX);
            ask_between(&column, all, count, INT64_MIN, a);
        }
        if (texts) {
            check_order(&column);
            ask_chosen(&column, all, count, &seed);
        }
        check_reopened(&column, all, count, texts, &seed);
        free(bytes);
        kithi_buffer_clear(&packed);
    }
}

static void test_extreme_numbers(void **state) {
    (void)state;
    given all[] = {{FITS, INT64_MIN, ""}, {FITS, INT64_MAX, ""}, {FITS, 0, ""}, {NOTHING, 0, ""}};
    kithi_column_maker maker;
    kithi_buffer packed;
    kithi_column column;
    set_all(&maker, all, 4, false);
    kithi_buffer_init(&packed);
    assert_true(kithi_column_pack(&maker, &packed));
    uint64_t *bytes = copy_aligned(&packed);
    assert_true(kithi_column_read(bytes, packed.size, &column));
    read_back(&column, all, 4);
    ask_between(&column, all, 4, INT64_MIN, INT64_MAX);
    ask_between(&column, all, 4, INT64_MIN, INT64_MIN);
    ask_between(&column, all, 4, INT64_MAX, INT64_MAX);
    ask_between(&column, all, 4, 0, 0);
    ask_between(&column, all, 4, 1, INT64_MAX - 1);
    free(bytes);
    kithi_buffer_clear(&packed);
    kithi_column_clear(&maker);
}

/* The sort of the first value is the column's; a second value makes its place odd. */
static void test_what_does_not_fit_is_odd(void **state) {
    (void)state;
    kithi_column_maker maker;
    kithi_buffer packed;
    kithi_column column;
    assert_true(kithi_column_begin(&maker, 4));
    kithi_column_set_number(&maker, 0, KITHI_COLUMN_DATE, 5);
    kithi_column_set_text(&maker, 1, "x", 1);
    kithi_column_set_number(&maker, 2, KITHI_COLUMN_DATE, 6);
    kithi_column_set_number(&maker, 2, KITHI_COLUMN_DATE, 7);
    kithi_buffer_init(&packed);
    assert_true(kithi_column_pack(&maker, &packed));
    uint64_t *bytes = copy_aligned(&packed);
    assert_true(kithi_column_read(bytes, packed.size, &column));
    assert_int_equal(column.sort, KITHI_COLUMN_DATE);
    assert_int_equal(column.odd[0], 6);
    assert_int_equal(column.present[0], 1);
    free(bytes);
    kithi_buffer_clear(&packed);
    kithi_column_clear(&maker);
}

static void test_damage_is_refused_or_harmless(void **state) {
    (void)state;
    uint64_t seed = scratch_number("KITH_SEED", 20261122);
    given all[PLACES];
    kithi_column_maker maker;
    kithi_buffer packed;
    uint64_t found[PLACES / 64 + 1];
    uint8_t chosen[KITHI_COLUMN_PLACES_MAX] = {1};
    print_message("seed %llu\n", (unsigned long long)seed);
    make_random(all, PLACES, true, &seed);
    set_all(&maker, all, PLACES, true);
    kithi_buffer_init(&packed);
    assert_true(kithi_column_pack(&maker, &packed));
    for (size_t size = 0; size < packed.size; size++) {
        kithi_column column;
        uint64_t *bytes = copy_aligned(&packed);
        assert_false(kithi_column_read(bytes, size, &column));
        ((uint8_t *)bytes)[size] ^= (uint8_t)(1u << random_next(&seed) % 8);
        if (kithi_column_read(bytes, packed.size, &column) && column.count <= PLACES) {
            kithi_column_chosen(&column, chosen, found);
            for (uint32_t i = 0; i < column.count; i++) {
                size_t length;
                kithi_column_text(&column, (uint32_t)kithi_column_code(&column, i), &length);
                assert_true(length <= column.text_bytes);
            }
        }
        free(bytes);
    }
    kithi_buffer_clear(&packed);
    kithi_column_clear(&maker);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_random_columns),
        cmocka_unit_test(test_extreme_numbers),
        cmocka_unit_test(test_what_does_not_fit_is_odd),
        cmocka_unit_test(test_damage_is_refused_or_harmless),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
