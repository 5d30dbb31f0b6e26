/*
 * Companies: as what a person's record says beside the name, and as the name of who has no other.
 */
#include <string.h>

#include "src/match/company.h"
#include "src/match/features.h"
#include "src/match/fold.h"
#include "src/match/han.h"

#define WORDS_CAPACITY 512

static kithi_span read_words(const char *text, size_t size, char words[WORDS_CAPACITY]) {
    size_t total = kithi_fold_words(text, size, words, WORDS_CAPACITY);
    return kithi_company_strip((kithi_span){words, kithi_han_fold(words, total)});
}

void kithi_terms_of_company(kithi_feature_builder *b, size_t comparison, const char *text,
                            size_t size) {
    char words[WORDS_CAPACITY];
    kithi_span kept = read_words(text, size, words);
    kithi_builder_add(b, comparison, kept.data, kept.size, 0, 0);
}

/* Adds the first of the words; returns the others. */
static kithi_span add_first(kithi_feature_builder *b, size_t comparison, kithi_span words,
                            unsigned flags) {
    char name[WORDS_CAPACITY + 1];
    kithi_span first = kithi_span_first_word(words);
    size_t behind = first.size + (first.size < words.size);
    memcpy(name, first.data, first.size);
    name[first.size] = '\0';
    kithi_builder_add_name(b, comparison, name, flags);
    return (kithi_span){words.data + behind, words.size - behind};
}

/* The first word stands for the family name and the second for a given one: "acme foods", "acme
 * fods". One alone is both. */
void kithi_terms_of_company_name(kithi_feature_builder *b, size_t comparison, const char *text,
                                 size_t size) {
    char words[WORDS_CAPACITY];
    kithi_span rest = read_words(text, size, words);
    bool alone = kithi_span_first_word(rest).size == rest.size;
    rest = add_first(b, comparison, rest, KITHI_TERM_FAMILY | (alone ? KITHI_TERM_GIVEN : 0));
    for (unsigned flags = KITHI_TERM_GIVEN; rest.size > 0; flags = 0) {
        rest = add_first(b, comparison, rest, flags);
    }
}

bool kithi_terms_tell_company(const char *text, size_t size) {
    char words[WORDS_CAPACITY];
    return kithi_company_is((kithi_span){words, kithi_fold_words(text, size, words, sizeof words)});
}
