/*
 * Values as msgpack: what kith packs, msgpack-c reads and the walker reads, and both read the same;
 * a buffer that is cut short anywhere is refused by both.
 */
#include <float.h>
#include <inttypes.h>
#include <math.h>
#include <msgpack.h>
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
#include "src/store/codec.h"
#include "tests/msgpack_oracle.h"
#include "tests/random.h"

#define VALUES     4000
#define ITEMS_MAX  6
#define DEPTH_MAX  6
#define TEXT_BYTES 300

static uint64_t seed;

/* Making values */

/* Of all sizes alike, and often at the edge of one. */
static int64_t any_integer(uint64_t *state) {
    uint64_t bits = random_next(state) % 65;
    uint64_t number = bits == 64 ? UINT64_MAX : ((uint64_t)1 << bits) - 1;
    number += random_next(state) % 3 - 1;
    return random_next(state) % 2 ? (int64_t)number : -(int64_t)(number >> 1);
}

static double any_real(uint64_t *state) {
    static const double edges[] = {0.0, -0.0, 1.5, -1e300, DBL_MIN, DBL_MAX, 4.9e-324, 0.1};
    return edges[random_next(state) % (sizeof edges / sizeof edges[0])];
}

static char *any_text(kithi_arena *arena, uint64_t *state, size_t *out_size) {
    static const size_t edges[] = {0, 1, 31, 32, 255, 256, TEXT_BYTES};
    size_t size = edges[random_next(state) % (sizeof edges / sizeof edges[0])];
    char *text = kithi_arena_alloc(arena, size + 1);
    assert_non_null(text);
    for (size_t i = 0; i < size; i++) {
        text[i] = (char)('a' + random_next(state) % 26);
    }
    text[size] = '\0';
    *out_size = size;
    return text;
}

static kith_value any_value(kithi_arena *arena, uint64_t *state, int depth);

static kith_value any_list(kithi_arena *arena, uint64_t *state, int depth) {
    kith_value value = {KITH_TYPE_LIST, {0}};
    size_t count = random_next(state) % 40 == 0 ? 70000 / (size_t)(depth * depth * depth + 1) % 700
                                                : random_next(state) % ITEMS_MAX;
    kith_value *items = kithi_arena_calloc(arena, count + 1, sizeof *items);
    assert_non_null(items);
    for (size_t i = 0; i < count; i++) {
        items[i] = any_value(arena, state, count > ITEMS_MAX ? 0 : depth - 1);
    }
    value.as.list.items = items;
    value.as.list.count = count;
    return value;
}

static kith_value any_map(kithi_arena *arena, uint64_t *state, int depth) {
    kith_value value = {KITH_TYPE_MAP, {0}};
    size_t count = random_next(state) % ITEMS_MAX, size;
    kith_field *fields = kithi_arena_calloc(arena, count + 1, sizeof *fields);
    assert_non_null(fields);
    for (size_t i = 0; i < count; i++) {
        fields[i].name = any_text(arena, state, &size);
        fields[i].value = any_value(arena, state, depth - 1);
    }
    value.as.map.fields = fields;
    value.as.map.count = count;
    return value;
}

static kith_value any_value(kithi_arena *arena, uint64_t *state, int depth) {
    size_t size;
    const char *text;
    switch (random_next(state) % (depth > 0 ? 9 : 7)) {
    case 0:
        return kith_value_null();
    case 1:
        return kith_value_boolean(random_next(state) % 2 == 0);
    case 2:
        return kith_value_integer(any_integer(state));
    case 3:
        return kith_value_real(any_real(state));
    case 4:
        text = any_text(arena, state, &size);
        return kith_value_text_n(text, size);
    case 5:
        return kith_value_date((int32_t)any_integer(state));
    case 6:
        return kith_value_time(any_integer(state));
    case 7:
        return any_list(arena, state, depth);
    default:
        return any_map(arena, state, depth);
    }
}

/* Comparing */

static bool same_text(const char *a, size_t a_size, const char *b, size_t b_size) {
    return a_size == b_size && (a_size == 0 || memcmp(a, b, a_size) == 0);
}

static bool same(const kith_value *a, const kith_value *b) {
    bool equal = a->type == b->type;
    switch (equal ? a->type : KITH_TYPE_NULL) {
    case KITH_TYPE_NULL:
        return equal;
    case KITH_TYPE_BOOLEAN:
        return a->as.boolean == b->as.boolean;
    case KITH_TYPE_REAL:
        return memcmp(&a->as.real, &b->as.real, sizeof(double)) == 0;
    case KITH_TYPE_INTEGER:
    case KITH_TYPE_DATE:
    case KITH_TYPE_TIME:
        return a->as.integer == b->as.integer;
    case KITH_TYPE_TEXT:
        return same_text(a->as.text.data, a->as.text.size, b->as.text.data, b->as.text.size);
    case KITH_TYPE_LIST:
        equal = a->as.list.count == b->as.list.count;
        for (size_t i = 0; equal && i < a->as.list.count; i++) {
            equal = same(&a->as.list.items[i], &b->as.list.items[i]);
        }
        return equal;
    case KITH_TYPE_MAP:
        equal = a->as.map.count == b->as.map.count;
        for (size_t i = 0; equal && i < a->as.map.count; i++) {
            equal = strcmp(a->as.map.fields[i].name, b->as.map.fields[i].name) == 0 &&
                    same(&a->as.map.fields[i].value, &b->as.map.fields[i].value);
        }
        return equal;
    }
    return false;
}

/* Tests */

/* Cut anywhere, the walker neither reads nor skips it. */
static void assert_cut(const kithi_buffer *packed, kithi_arena *arena, size_t size) {
    uint8_t *copy = malloc(size + 1); /* its own, so that a sanitizer sees a read behind it */
    kith_value value;
    memcpy(copy, packed->data, size);
    kithi_walker walker = kithi_walker_of(copy, size);
    assert_false(kithi_walk_value(&walker, arena, &value));
    walker = kithi_walker_of(copy, size);
    assert_false(kithi_walk_skip(&walker));
    free(copy);
}

static void check_value(kithi_arena *arena, const kith_value *value) {
    kithi_buffer packed;
    kith_value read;
    size_t at = 0;
    kithi_buffer_init(&packed);
    assert_true(kithi_pack_value(&packed, value));
    assert_true(kithi_buffer_ok(&packed));
    kithi_walker walker = kithi_walker_of(packed.data, packed.size);
    assert_true(kithi_walk_value(&walker, arena, &read));
    assert_true(kithi_walker_done(&walker));
    assert_true(same(value, &read));
    walker = kithi_walker_of(packed.data, packed.size);
    assert_true(kithi_walk_skip(&walker));
    assert_true(kithi_walker_done(&walker));
    msgpack_unpacked oracle;
    msgpack_unpacked_init(&oracle);
    assert_int_equal(msgpack_unpack_next(&oracle, (const char *)packed.data, packed.size, &at),
                     MSGPACK_UNPACK_SUCCESS);
    assert_int_equal(at, packed.size);
    assert_true(oracle_told(value, &oracle.data));
    msgpack_unpacked_destroy(&oracle);
    size_t step = packed.size > 2000 ? packed.size / 500 : 1;
    for (size_t size = 0; size < packed.size; size += step) {
        assert_cut(&packed, arena, size);
    }
    kithi_buffer_clear(&packed);
}

static void test_random_values(void **state) {
    (void)state;
    kithi_arena arena;
    kithi_arena_init(&arena);
    for (uint64_t i = 0; i < VALUES; i++) {
        uint64_t own = seed + i;
        const kith_value value = any_value(&arena, &own, DEPTH_MAX);
        check_value(&arena, &value);
        kithi_arena_reset(&arena);
    }
    kithi_arena_clear(&arena);
}

static void test_integers(void **state) {
    (void)state;
    kithi_arena arena;
    kithi_arena_init(&arena);
    for (int bit = 0; bit < 64; bit++) {
        for (int64_t off = -2; off <= 2; off++) {
            uint64_t number = ((uint64_t)1 << bit) + (uint64_t)off;
            const kith_value plus = kith_value_integer((int64_t)number);
            const kith_value minus = kith_value_integer((int64_t)-number);
            check_value(&arena, &plus);
            check_value(&arena, &minus);
            kithi_arena_reset(&arena);
        }
    }
    kithi_arena_clear(&arena);
}

static kith_value nested(kith_value *levels, int depth, bool maps, kith_field *fields) {
    levels[0] = kith_value_integer(1);
    for (int i = 1; i < depth; i++) {
        if (maps) {
            fields[i] = (kith_field){"k", levels[i - 1]};
            levels[i] = (kith_value){KITH_TYPE_MAP, {0}};
            levels[i].as.map.fields = &fields[i];
            levels[i].as.map.count = 1;
        } else {
            levels[i] = (kith_value){KITH_TYPE_LIST, {0}};
            levels[i].as.list.items = &levels[i - 1];
            levels[i].as.list.count = 1;
        }
    }
    return levels[depth - 1];
}

static void test_depth(void **state) {
    (void)state;
    kith_value levels[KITHI_CODEC_DEPTH_MAX + 2];
    kith_field fields[KITHI_CODEC_DEPTH_MAX + 2];
    kithi_arena arena;
    kithi_buffer packed;
    kithi_arena_init(&arena);
    for (int maps = 0; maps < 2; maps++) {
        kith_value deepest = nested(levels, KITHI_CODEC_DEPTH_MAX, maps, fields);
        check_value(&arena, &deepest);
        kith_value too_deep = nested(levels, KITHI_CODEC_DEPTH_MAX + 1, maps, fields);
        kithi_buffer_init(&packed);
        assert_false(kithi_pack_value(&packed, &too_deep));
        kithi_buffer_clear(&packed);
    }
    /* However deep, a walk over it neither recurses nor ends the process. */
    static uint8_t deep[1 << 20];
    kith_value value;
    memset(deep, 0x91, sizeof deep);
    deep[sizeof deep - 1] = 0xc0;
    kithi_walker walker = kithi_walker_of(deep, sizeof deep);
    assert_true(kithi_walk_skip(&walker));
    walker = kithi_walker_of(deep, sizeof deep);
    assert_false(kithi_walk_value(&walker, &arena, &value));
    kithi_arena_clear(&arena);
}

static void test_unknown_types(void **state) {
    (void)state;
    kithi_buffer packed;
    kithi_buffer_init(&packed);
    kith_value value = {(kith_type)99, {0}};
    assert_false(kithi_pack_value(&packed, &value));
    value = kith_value_date((int64_t)INT32_MAX + 1); /* dates take four bytes */
    assert_false(kithi_pack_value(&packed, &value));
    kithi_buffer_clear(&packed);
}

/* A count is believed only as far as there are bytes: none of these may take much memory or time.
 */
static void test_counts_that_lie(void **state) {
    (void)state;
    static const struct {
        const char *bytes;
        size_t size;
    } lies[] = {
        {"\xdd\xff\xff\xff\xff\xc0", 6},
        {"\xdf\xff\xff\xff\xff\xa0\xc0", 7},
        {"\xdb\xff\xff\xff\xff"
         "a",
         6},
        {"\xc6\xff\xff\xff\xff"
         "a",
         6},
        {"\xc9\xff\xff\xff\xff\x01"
         "a",
         7},
        {"\xdc\xff\xff\xc0", 4},
        {"\xde\xff\xff\xa0\xc0", 5},
        {"\x9f\xc0", 2},
        {"\x8f\xa0\xc0", 3},
        {"\xbf"
         "a",
         2},
    };
    kithi_arena arena;
    kithi_arena_init(&arena);
    for (size_t i = 0; i < sizeof lies / sizeof lies[0]; i++) {
        kith_value value;
        kithi_walker walker = kithi_walker_of(lies[i].bytes, lies[i].size);
        assert_false(kithi_walk_value(&walker, &arena, &value));
        walker = kithi_walker_of(lies[i].bytes, lies[i].size);
        assert_false(kithi_walk_skip(&walker));
    }
    kithi_arena_clear(&arena);
}

/* The readers of one kind take theirs and move, and leave the walker where it was before another.
 */
static void test_kinds(void **state) {
    (void)state;
    static const uint8_t bytes[] = {0xc0, 0xc3, 0x05, 0xff, 0xa1, 'x', 0x90, 0x80};
    bool boolean;
    uint64_t number;
    int64_t integer;
    const char *text;
    size_t size;
    uint32_t count;
    kithi_walker walker = kithi_walker_of(bytes, sizeof bytes);
    assert_false(kithi_walk_bool(&walker, &boolean));
    assert_false(kithi_walk_is_text(&walker));
    assert_ptr_equal(walker.at, bytes);
    assert_true(kithi_walk_nil(&walker));
    assert_false(kithi_walk_nil(&walker));
    assert_true(kithi_walk_bool(&walker, &boolean));
    assert_true(boolean);
    assert_true(kithi_walk_uint(&walker, &number));
    assert_int_equal(number, 5);
    kithi_walker negative = walker;
    assert_false(kithi_walk_uint(&negative, &number));
    assert_true(kithi_walk_int(&walker, &integer));
    assert_int_equal(integer, -1);
    assert_true(kithi_walk_is_text(&walker));
    assert_false(kithi_walk_array(&walker, &count));
    assert_true(kithi_walk_text(&walker, &text, &size));
    assert_int_equal(size, 1);
    assert_false(kithi_walk_map(&walker, &count));
    assert_true(kithi_walk_array(&walker, &count));
    assert_int_equal(count, 0);
    assert_true(kithi_walk_map(&walker, &count));
    assert_true(kithi_walker_done(&walker));
    assert_false(kithi_walk_skip(&walker));
    assert_false(kithi_walk_nil(&walker));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_random_values),   cmocka_unit_test(test_integers),
        cmocka_unit_test(test_depth),           cmocka_unit_test(test_unknown_types),
        cmocka_unit_test(test_counts_that_lie), cmocka_unit_test(test_kinds),
    };
    const char *text = getenv("KITH_SEED");
    seed = text != NULL ? strtoull(text, NULL, 0) : (uint64_t)time(NULL) << 20;
    printf("KITH_SEED=%" PRIu64 "\n", seed);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
