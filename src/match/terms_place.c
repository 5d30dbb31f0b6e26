/*
 * Addresses as words, postcodes with their area, and texts that are compared as a whole.
 */
#include <string.h>

#include "src/match/features.h"
#include "src/match/fold.h"
#include "src/match/han_street.h"
#include "src/match/words.h"

#define WORDS_CAPACITY 512
#define COUNT(list)    (sizeof(list) / sizeof(list)[0])

/* What streets are called besides their names. */
static const char *const street_words[] = {
    "street", "st",     "road",      "rd",        "avenue",  "ave",     "av",      "drive",
    "dr",     "lane",   "ln",        "place",     "pl",      "court",   "ct",      "crescent",
    "cres",   "way",    "close",     "cl",        "circuit", "cct",     "terrace", "tce",
    "parade", "pde",    "boulevard", "blvd",      "square",  "sq",      "highway", "hwy",
    "flat",   "unit",   "apt",       "apartment", "suite",   "floor",   "level",   "no",
    "nr",     "number", "house",     "strasse",   "str",     "weg",     "platz",   "allee",
    "gasse",  "rue",    "chemin",    "route",     "calle",   "avenida", "via",     "viale",
    "piazza", "rua",    "straat",    "laan",      "plein",
};

static void add_words(kithi_feature_builder *b, size_t comparison, const char *words,
                      size_t total) {
    for (size_t at = 0; at < total;) {
        const char *end = memchr(words + at, ' ', total - at);
        size_t length = end != NULL ? (size_t)(end - words) - at : total - at;
        bool number = kithi_word_has_digit(words + at, length);
        if (number ||
            !kithi_word_is_one_of(words + at, length, street_words, COUNT(street_words))) {
            kithi_builder_add(b, comparison, words + at, length, 0, number ? KITHI_TERM_NUMBER : 0);
        }
        at += length + 1;
    }
}

/* 4-2-8: a block and a house of a Japanese town. */
static bool is_block(const char *text, size_t size) {
    size_t signs = 0;
    for (size_t i = 0; i < size; i++) {
        bool digit = text[i] >= '0' && text[i] <= '9';
        if (!digit && (text[i] != '-' || i == 0 || i + 1 == size || text[i - 1] == '-')) {
            return false;
        }
        signs += !digit;
    }
    return signs > 1;
}

void kithi_terms_of_street(kithi_feature_builder *b, size_t comparison, const char *text,
                           size_t size) {
    char words[WORDS_CAPACITY], parted[2 * WORDS_CAPACITY];
    if (is_block(text, size)) {
        kithi_builder_add(b, comparison, text, size, 0, KITHI_TERM_NUMBER);
        return;
    }
    size_t total = kithi_fold_words(text, size, words, sizeof words);
    size_t parted_size = kithi_han_street(words, total, parted, sizeof parted);
    if (parted_size > 0) {
        add_words(b, comparison, parted, parted_size);
    } else {
        add_words(b, comparison, words, total);
    }
}

static void add_whole(kithi_feature_builder *b, size_t comparison, const char *text, size_t size,
                      unsigned flags) {
    char words[WORDS_CAPACITY];
    size_t total = kithi_fold_words(text, size, words, sizeof words);
    kithi_builder_add(b, comparison, words, total, 0, flags);
}

void kithi_terms_of_text(kithi_feature_builder *b, size_t comparison, const char *text,
                         size_t size) {
    add_whole(b, comparison, text, size, 0);
}

void kithi_terms_of_city(kithi_feature_builder *b, size_t comparison, const char *text,
                         size_t size) {
    add_whole(b, comparison, text, size, KITHI_TERM_CITY);
}

void kithi_terms_of_state(kithi_feature_builder *b, size_t comparison, const char *text,
                          size_t size) {
    add_whole(b, comparison, text, size, KITHI_TERM_STATE);
}

/* How much of a postcode says the area: all but the last three of "tq138df", three of "89132", all
 * but the last one of short ones. */
static size_t area_size(size_t size) {
    return size >= 6 ? size - 3 : size == 5 ? 3 : size > 1 ? size - 1 : size;
}

void kithi_terms_of_postcode(kithi_feature_builder *b, size_t comparison, const char *text,
                             size_t size) {
    char folded[WORDS_CAPACITY];
    size_t total = kithi_fold(text, size, folded, sizeof folded);
    size_t kept = kithi_drop_signs(folded, total, " -");
    kithi_builder_add(b, comparison, folded, kept, kithi_alias_of(folded, area_size(kept)),
                      KITHI_TERM_POSTCODE);
}
