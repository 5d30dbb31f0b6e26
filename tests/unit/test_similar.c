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

#include "src/base/letters.h"
#include "src/match/similar.h"
#include "tests/naive_similar.h"
#include "tests/random.h"

#define RANDOM_PAIRS   200000
#define RANDOM_LETTERS 80 /* at most, so that some texts are longer than what is compared */
#define TEXT_BYTES     (RANDOM_LETTERS * KITHI_UTF8_MAX_BYTES)
#define ANY_DISTANCE   1000u

typedef struct text {
    char bytes[TEXT_BYTES];
    size_t size;
} text;

static text text_of(const char *bytes) {
    text out = {.size = strlen(bytes)};
    assert_true(out.size <= sizeof out.bytes);
    memcpy(out.bytes, bytes, out.size);
    return out;
}

static void append(text *to, int32_t letter) {
    assert_true(kithi_text_append(letter, to->bytes, sizeof to->bytes, &to->size));
}

/* `count` letters that all differ, from `first` on. */
static text letters_from(int32_t first, int count) {
    text out = {.size = 0};
    for (int i = 0; i < count; i++) {
        append(&out, first + i);
    }
    return out;
}

/* All ways to ask for it agree. */
static int jaro_winkler(const text *a, const text *b) {
    kithi_jaro pattern;
    int result = kithi_jaro_winkler(a->bytes, a->size, b->bytes, b->size);
    assert_int_equal(kithi_jaro_winkler(b->bytes, b->size, a->bytes, a->size), result);
    kithi_jaro_begin(&pattern, a->bytes, a->size);
    assert_int_equal(kithi_jaro_winkler_with(&pattern, b->bytes, b->size), result);
    assert_int_equal(kithi_jaro_winkler_with(&pattern, a->bytes, a->size), 1000);
    uint32_t mine = kithi_letters_of(a->bytes, a->size);
    uint32_t theirs = kithi_letters_of(b->bytes, b->size);
    for (int least = 1; least <= 1000; least += 37) {
        int from = kithi_jaro_winkler_from(&(kithi_spelling){a->bytes, a->size, mine},
                                           &(kithi_spelling){b->bytes, b->size, theirs}, least);
        assert_int_equal(from, result >= least ? result : 0);
    }
    return result;
}

static unsigned levenshtein(const text *a, const text *b) {
    unsigned result = kithi_levenshtein(a->bytes, a->size, b->bytes, b->size);
    assert_int_equal(kithi_levenshtein(b->bytes, b->size, a->bytes, a->size), result);
    return result;
}

static unsigned damerau(const text *a, const text *b, unsigned max) {
    unsigned result = kithi_damerau(a->bytes, a->size, b->bytes, b->size, max);
    assert_int_equal(kithi_damerau(b->bytes, b->size, a->bytes, a->size, max), result);
    return result;
}

static void assert_jaro_winkler(const char *a, const char *b, int expected) {
    text first = text_of(a), second = text_of(b);
    int result = jaro_winkler(&first, &second);
    if (result != expected) {
        fail_msg("%s and %s: %d, not %d", a, b, result, expected);
    }
}

static void assert_edits(const char *a, const char *b, unsigned expected, unsigned exchanged) {
    text first = text_of(a), second = text_of(b);
    unsigned plain = levenshtein(&first, &second), osa = damerau(&first, &second, ANY_DISTANCE);
    if (plain != expected || osa != exchanged) {
        fail_msg("%s and %s: %u and %u, not %u and %u", a, b, plain, osa, expected, exchanged);
    }
}

/* The table of Winkler (1990), in thousandths; it rounds to the nearest where kith rounds down. */
static void test_jaro_winkler_as_published(void **state) {
    (void)state;
    static const struct {
        const char *a, *b;
        int published;
    } rows[] = {
        {"shackleford", "shackelford", 982},
        {"dunningham", "cunnigham", 896},
        {"nichleson", "nichulson", 956},
        {"jones", "johnson", 832},
        {"massey", "massie", 933},
        {"abroms", "abrams", 922},
        {"hardin", "martinez", 722},
        {"itman", "smith", 467},
        {"jeraldine", "geraldine", 926},
        {"marhta", "martha", 961},
        {"michelle", "michael", 921},
        {"julies", "julius", 933},
        {"tanya", "tonya", 880},
        {"dwayne", "duane", 840},
        {"sean", "susan", 805},
        {"jon", "john", 933},
        {"jon", "jan", 800},
        {"dixon", "dicksonx", 813},
        {"jellyfish", "smellyfish", 896},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        text a = text_of(rows[i].a), b = text_of(rows[i].b);
        int result = jaro_winkler(&a, &b);
        if (result != rows[i].published && result != rows[i].published - 1) {
            fail_msg("%s and %s: %d, not %d", rows[i].a, rows[i].b, result, rows[i].published);
        }
    }
}

static void test_jaro_winkler_is_exact(void **state) {
    (void)state;
    assert_jaro_winkler("shackleford", "shackelford", 981); /* 0.98181... */
    assert_jaro_winkler("tanya", "tonya", 880);             /* 0.88, no less */
    assert_jaro_winkler("jon", "jan", 800);
    assert_jaro_winkler("abcd", "abdc", 933);     /* jaro 11/12 */
    assert_jaro_winkler("abcdef", "abcdxy", 866); /* jaro 7/9, all of the bonus */
}

static void test_jaro_winkler_ends(void **state) {
    (void)state;
    assert_jaro_winkler("", "", 1000);
    assert_jaro_winkler("", "a", 0);
    assert_jaro_winkler("a", "a", 1000);
    assert_jaro_winkler("a", "b", 0);
    assert_jaro_winkler("ab", "ba", 0); /* too far apart */
    assert_jaro_winkler("иванов", "", 0);
    assert_jaro_winkler("smith", "smith", 1000);
    assert_int_equal(kithi_jaro_winkler(NULL, 0, NULL, 0), 1000);
    assert_int_equal(kithi_jaro_winkler("a\0b", 3, "a\0b", 3), 1000);
    assert_true(kithi_jaro_winkler("a\0b", 3, "a\0c", 3) < 1000);
}

/* The same pairs as letters of other alphabets: the same figures, whatever bytes they take. */
static void test_letters_are_code_points(void **state) {
    (void)state;
    assert_jaro_winkler("мариа", "марна", 906);
    assert_jaro_winkler("maria", "marna", 906);
    assert_jaro_winkler("müller", "muller", 900);
    assert_jaro_winkler("miller", "muller", 900);
    assert_jaro_winkler("王小明", "王晓明", 800);
    assert_jaro_winkler("jon", "jan", 800);
    assert_jaro_winkler("\xF0\xA0\xAE\xB7野家", "吉野家", 777);
    assert_jaro_winkler("иванов", "ivanov", 0);
    assert_edits("müller", "muller", 1, 1);
    assert_edits("müller", "mueller", 2, 2);
    assert_edits("иванов", "иваонв", 2, 1);
    assert_edits("王小明", "王明", 1, 1);
    assert_edits("ô", "ö", 1, 1); /* they share their first byte */
}

static void test_edits_as_published(void **state) {
    (void)state;
    assert_edits("kitten", "sitting", 3, 3);
    assert_edits("saturday", "sunday", 3, 3);
    assert_edits("intention", "execution", 5, 5);
    assert_edits("rosettacode", "raisethysword", 8, 8);
    assert_edits("flaw", "lawn", 2, 2);
    assert_edits("gumbo", "gambol", 2, 2);
    assert_edits("ca", "abc", 3, 3); /* no letter is edited twice, else it would be 2 */
    assert_edits("specter", "spectre", 2, 1);
    assert_edits("martha", "marhta", 2, 1);
    assert_edits("a cat", "an act", 3, 2);
    assert_edits("abab", "baba", 2, 2);
}

static void test_edits_ends(void **state) {
    (void)state;
    assert_edits("", "", 0, 0);
    assert_edits("", "abc", 3, 3);
    assert_edits("a", "a", 0, 0);
    assert_edits("a", "b", 1, 1);
    assert_edits("ab", "ba", 2, 1);
}

static void test_damerau_stops_at_max(void **state) {
    (void)state;
    text a = text_of("kitten"), b = text_of("sitting"), empty = text_of("");
    assert_int_equal(damerau(&a, &b, 0), 1);
    assert_int_equal(damerau(&a, &b, 1), 2);
    assert_int_equal(damerau(&a, &b, 2), 3);
    assert_int_equal(damerau(&a, &b, 3), 3);
    assert_int_equal(damerau(&a, &b, UINT32_MAX), 3);
    assert_int_equal(damerau(&a, &a, 0), 0);
    assert_int_equal(damerau(&a, &empty, 3), 4);
}

/* A text's 64th letter counts, its 65th doesn't. */
static void check_limit(int32_t first) {
    int32_t unlike = first + 200;
    text whole = letters_from(first, 64), longer = letters_from(first, 70);
    text shorter = letters_from(first, 63), last = shorter;
    append(&last, unlike);
    assert_int_equal(jaro_winkler(&whole, &longer), 1000);
    assert_int_equal(levenshtein(&whole, &longer), 0);
    assert_int_equal(damerau(&whole, &longer, ANY_DISTANCE), 0);
    assert_int_equal(levenshtein(&whole, &last), 1);
    assert_int_equal(levenshtein(&longer, &last), 1);
    assert_int_equal(levenshtein(&longer, &shorter), 1);
    assert_int_equal(damerau(&whole, &last, ANY_DISTANCE), 1);
    assert_int_equal(jaro_winkler(&whole, &last),
                     naive_jaro_winkler(whole.bytes, whole.size, last.bytes, last.size));
    assert_true(jaro_winkler(&whole, &last) < 1000);
}

static void test_64_letters_are_compared(void **state) {
    (void)state;
    check_limit(' '); /* ASCII alone */
    check_limit('A'); /* from ASCII on beyond it */
    check_limit(0x410);
    check_limit(0x4E00);
    check_limit(0x20000);
}

/* Letters match up to 31 places away, not further. */
static void test_reach_of_64_letters(void **state) {
    (void)state;
    for (int distance = 30; distance <= 33; distance++) {
        text a = {.size = 0}, b = {.size = 0};
        for (int i = 0; i < 64; i++) {
            append(&a, i == 0 ? 'x' : 'a');
            append(&b, i == distance ? 'x' : 'b');
        }
        assert_int_equal(jaro_winkler(&a, &b), distance <= 31 ? (1000 + 500 / 16) / 3 : 0);
    }
}

/* Many letters of few kinds, in every slot of the table. */
static void test_letters_that_share_slots(void **state) {
    (void)state;
    for (int32_t step = 1; step <= 1024; step *= 2) {
        text a = {.size = 0}, b = {.size = 0};
        for (int i = 0; i < 64; i++) {
            append(&a, 0x10000 + i * step);
            append(&b, 0x10000 + (63 - i) * step);
        }
        assert_int_equal(levenshtein(&a, &b), naive_edits(a.bytes, a.size, b.bytes, b.size, false));
        assert_int_equal(jaro_winkler(&a, &b),
                         naive_jaro_winkler(a.bytes, a.size, b.bytes, b.size));
    }
}

static int random_below(uint64_t *state, uint32_t bound) {
    return (int)(random_next(state) % bound);
}

/* Of so few kinds that many are equal. */
static int32_t random_letter(uint64_t *state, bool mixed) {
    static const int32_t others[] = {0xE9, 0x44E, 0x4E00, 0x10FFFF, 0x80, 0x7F, 0, ' '};
    return mixed && random_below(state, 2) == 0 ? others[random_below(state, 8)]
                                                : 'a' + random_below(state, 6);
}

static text random_text(uint64_t *state, bool mixed) {
    text out = {.size = 0};
    uint32_t most = random_below(state, 4) == 0 ? RANDOM_LETTERS : 12;
    for (int count = random_below(state, most + 1); count > 0; count--) {
        append(&out, random_letter(state, mixed));
    }
    return out;
}

/* A text like `from`: letters left out, added, replaced, exchanged. */
static text random_copy(uint64_t *state, const text *from, bool mixed) {
    text out = {.size = 0};
    for (size_t at = 0; at < from->size;) {
        int32_t letter = kithi_text_next(from->bytes, from->size, &at);
        int change = random_below(state, 24);
        if (change == 1) {
            append(&out, random_letter(state, mixed));
        } else if (change == 2 && at < from->size) {
            append(&out, kithi_text_next(from->bytes, from->size, &at));
            append(&out, letter);
        } else if (change != 0) {
            append(&out, letter);
        }
    }
    return out;
}

static bool agrees(const text *a, const text *b) {
    return jaro_winkler(a, b) == naive_jaro_winkler(a->bytes, a->size, b->bytes, b->size) &&
           levenshtein(a, b) == naive_edits(a->bytes, a->size, b->bytes, b->size, false) &&
           damerau(a, b, ANY_DISTANCE) == naive_edits(a->bytes, a->size, b->bytes, b->size, true);
}

static void test_random_texts_as_the_naive(void **state) {
    (void)state;
    const char *given = getenv("KITH_SEED");
    uint64_t seed = given != NULL ? strtoull(given, NULL, 0) : (uint64_t)time(NULL) << 20;
    printf("KITH_SEED=%" PRIu64 "\n", seed);
    for (unsigned i = 0; i < RANDOM_PAIRS; i++) {
        bool mixed = random_below(&seed, 2) == 0;
        text a = random_text(&seed, mixed);
        text b =
            random_below(&seed, 2) == 0 ? random_text(&seed, mixed) : random_copy(&seed, &a, mixed);
        if (!agrees(&a, &b)) {
            fail_msg("pair %u: \"%.*s\" and \"%.*s\"", i, (int)a.size, a.bytes, (int)b.size,
                     b.bytes);
        }
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_jaro_winkler_as_published),
        cmocka_unit_test(test_jaro_winkler_is_exact),
        cmocka_unit_test(test_jaro_winkler_ends),
        cmocka_unit_test(test_letters_are_code_points),
        cmocka_unit_test(test_edits_as_published),
        cmocka_unit_test(test_edits_ends),
        cmocka_unit_test(test_damerau_stops_at_max),
        cmocka_unit_test(test_64_letters_are_compared),
        cmocka_unit_test(test_reach_of_64_letters),
        cmocka_unit_test(test_letters_that_share_slots),
        cmocka_unit_test(test_random_texts_as_the_naive),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
