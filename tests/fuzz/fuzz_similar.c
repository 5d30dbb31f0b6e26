/* Two texts, a line each: how alike they are is within its bounds, the same with both exchanged,
 * and what the definitions say. */
#include <string.h>

#include "src/match/similar.h"
#include "tests/naive_similar.h"
#include "tests/fuzz/target.h"

typedef struct texts {
    const char *a, *b;
    size_t a_size, b_size;
} texts;

static texts split(const char *text, size_t size) {
    const char *line = size > 0 ? memchr(text, '\n', size) : NULL;
    size_t first = line != NULL ? (size_t)(line - text) : size;
    size_t second = line != NULL ? first + 1 : size;
    return (texts){text, text + second, first, size - second};
}

static void check_jaro_winkler(texts of) {
    kithi_jaro pattern;
    int found = kithi_jaro_winkler(of.a, of.a_size, of.b, of.b_size);
    check(found >= 0 && found <= KITHI_SIMILAR_EQUAL);
    check(found == naive_jaro_winkler(of.a, of.a_size, of.b, of.b_size));
    check(found == kithi_jaro_winkler(of.b, of.b_size, of.a, of.a_size));
    kithi_jaro_begin(&pattern, of.a, of.a_size);
    check(found == kithi_jaro_winkler_with(&pattern, of.b, of.b_size));
    check(kithi_jaro_winkler_with(&pattern, of.a, of.a_size) == KITHI_SIMILAR_EQUAL);
    kithi_spelling a = {of.a, of.a_size, kithi_letters_of(of.a, of.a_size)};
    kithi_spelling b = {of.b, of.b_size, kithi_letters_of(of.b, of.b_size)};
    for (int least = 1; least <= KITHI_SIMILAR_EQUAL; least += 111) {
        check(kithi_jaro_winkler_from(&a, &b, least) == (found >= least ? found : 0));
    }
}

static void check_edits(texts of) {
    unsigned plain = kithi_levenshtein(of.a, of.a_size, of.b, of.b_size);
    check(plain <= KITHI_POSITIONS_MAX);
    check(plain == naive_edits(of.a, of.a_size, of.b, of.b_size, false));
    check(plain == kithi_levenshtein(of.b, of.b_size, of.a, of.a_size));
    unsigned exchanged = kithi_damerau(of.a, of.a_size, of.b, of.b_size, KITHI_POSITIONS_MAX);
    check(exchanged <= plain && plain <= 2 * exchanged);
    check(exchanged == naive_edits(of.a, of.a_size, of.b, of.b_size, true));
    for (unsigned max = 0; max < 3; max++) {
        unsigned least = exchanged <= max ? exchanged : max + 1;
        check(kithi_damerau(of.b, of.b_size, of.a, of.a_size, max) == least);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    texts of = split((const char *)data, size);
    check_jaro_winkler(of);
    check_edits(of);
    return 0;
}
