/*
 * Addresses as words, postcodes with their area, and texts that are compared as a whole.
 */
#include <string.h>

#include "src/base/text.h"
#include "src/base/letters.h"
#include "src/match/features.h"

#define WORDS_CAPACITY 512

/* What streets are called besides their names. */
static bool is_street_word(const char *word, size_t size) {
    static const char street_words[] =
        " street st road rd avenue ave av drive dr lane ln place pl court ct crescent cres way "
        "close cl circuit cct terrace tce parade pde boulevard blvd square sq highway hwy flat "
        "unit "
        "apt apartment suite floor level no nr number house strasse str weg platz allee gasse rue "
        "chemin route calle avenida via viale piazza rua straat laan plein ";
    char key[16];
    if (size + 2 >= sizeof key) {
        return false;
    }
    key[0] = ' ';
    memcpy(key + 1, word, size);
    key[size + 1] = ' ';
    key[size + 2] = '\0';
    return strstr(street_words, key) != NULL;
}

static bool has_digit(const char *word, size_t size) {
    for (size_t i = 0; i < size; i++) {
        if (word[i] >= '0' && word[i] <= '9') {
            return true;
        }
    }
    return false;
}

void kithi_terms_of_street(kithi_feature_builder *b, size_t comparison, const char *text,
                           size_t size) {
    char words[WORDS_CAPACITY];
    size_t total;
    if (!kithi_text_words(text, size, words, sizeof words, &total)) {
        return;
    }
    for (size_t at = 0; at < total;) {
        const char *end = memchr(words + at, ' ', total - at);
        size_t length = end != NULL ? (size_t)(end - words) - at : total - at;
        if (!is_street_word(words + at, length)) {
            kithi_builder_add(b, comparison, words + at, length, 0,
                              has_digit(words + at, length) ? KITHI_TERM_NUMBER : 0);
        }
        at += length + 1;
    }
}

static void add_whole(kithi_feature_builder *b, size_t comparison, const char *text, size_t size,
                      unsigned flags) {
    char words[WORDS_CAPACITY];
    size_t total;
    if (kithi_text_words(text, size, words, sizeof words, &total)) {
        kithi_builder_add(b, comparison, words, total, 0, flags);
    }
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
    size_t total, kept = 0;
    if (!kithi_text_fold(text, size, folded, sizeof folded, &total)) {
        return;
    }
    for (size_t i = 0; i < total; i++) {
        bool sign = folded[i] == ' ' || folded[i] == '-';
        folded[kept] = folded[i];
        kept += !sign;
    }
    kithi_builder_add(b, comparison, folded, kept, kithi_alias_of(folded, area_size(kept)),
                      KITHI_TERM_POSTCODE);
}
