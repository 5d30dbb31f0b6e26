/*
 * Genders, in the words that sources have for them.
 */
#include "src/match/features.h"
#include "src/match/fold.h"
#include "src/match/words.h"

#define WORDS_CAPACITY 128

static const struct {
    const char *word, *gender;
} words_of[] = {
    {"m", "m"},        {"male", "m"},      {"man", "m"},      {"mr", "m"},      {"herr", "m"},
    {"mann", "m"},     {"maennlich", "m"}, {"mannlich", "m"}, {"homme", "m"},   {"hombre", "m"},
    {"masculin", "m"}, {"masculino", "m"}, {"h", "m"},        {"男", "m"},      {"男性", "m"},
    {"先生", "m"},     {"мужской", "m"},   {"м", "m"},        {"f", "f"},       {"female", "f"},
    {"woman", "f"},    {"mrs", "f"},       {"ms", "f"},       {"frau", "f"},    {"weiblich", "f"},
    {"w", "f"},        {"femme", "f"},     {"mujer", "f"},    {"feminin", "f"}, {"femenino", "f"},
    {"女", "f"},       {"女性", "f"},      {"女士", "f"},     {"женский", "f"}, {"ж", "f"},
};

/* One that is neither word is nothing sure: "unknown", "x", a code. */
void kithi_terms_of_gender(kithi_feature_builder *b, size_t comparison, const char *text,
                           size_t size) {
    char words[WORDS_CAPACITY];
    size_t total = kithi_fold_words(text, size, words, sizeof words);
    for (size_t i = 0; i < sizeof words_of / sizeof words_of[0]; i++) {
        if (kithi_word_is(words, total, words_of[i].word)) {
            kithi_builder_add(b, comparison, words_of[i].gender, 1, 0, 0);
            return;
        }
    }
}
