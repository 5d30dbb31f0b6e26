/*
 * The words of a name. Given and family name where they are told apart, and what else the full name
 * has.
 */
#include <string.h>

#include "src/base/text.h"
#include "src/base/letters.h"
#include "src/match/compare.h"
#include "src/match/cyrillic.h"
#include "src/match/features.h"
#include "src/match/han.h"
#include "src/match/han_names.h"
#include "src/match/hangul.h"
#include "src/match/nicknames.h"
#include "src/match/remarks.h"
#include "src/match/words.h"

#define WORDS_CAPACITY     512
#define PINYIN_SURNAME_MAX 6 /* bytes: ouyang, zhuang */

/* One letter, of a script whose letters are no words. */
static bool is_initial(const char *word, size_t size) {
    size_t at = 0;
    if (size > KITHI_UTF8_MAX_BYTES) {
        return false;
    }
    kithi_script script = kithi_text_script(kithi_text_next(word, size, &at));
    return at == size && (script == KITHI_SCRIPT_LATIN || script == KITHI_SCRIPT_CYRILLIC ||
                          script == KITHI_SCRIPT_GREEK);
}

/* Words that join names, or that are no names: they are too frequent to tell anything. */
static bool is_filler(const char *word, size_t size) {
    static const char *const fillers[] = {
        "of", "the", "and", "de",  "la", "del", "von", "van", "der", "den",
        "di", "da",  "do",  "dos", "al", "el",  "bin", "ibn", "st",
    };
    return kithi_word_is_one_of(word, size, fillers, sizeof fillers / sizeof fillers[0]);
}

static kithi_script script_of(const char *word, size_t size) {
    size_t at = 0;
    return kithi_text_script(kithi_text_next(word, size, &at));
}

static bool has_word(const kithi_feature_builder *b, size_t comparison, const char *word,
                     size_t size) {
    for (size_t i = 0; i < b->counts[comparison]; i++) {
        const kithi_term *term = &b->terms[comparison][i];
        if (term->size == size && memcmp(b->text + term->at, word, size) == 0) {
            return true;
        }
    }
    return false;
}

/* Unless it is there. Cyrillic words are compared in Latin letters, as other sources write them so.
 */
static void add_word(kithi_feature_builder *b, size_t comparison, const char *word, size_t size,
                     unsigned flags) {
    char latin[2 * KITHI_NAME_MAX_BYTES];
    kithi_script script = script_of(word, size);
    if (script == KITHI_SCRIPT_CYRILLIC && size <= KITHI_NAME_MAX_BYTES) {
        size = kithi_cyrillic_latin(word, size, latin);
        word = latin;
    } else if (script != KITHI_SCRIPT_LATIN && script != KITHI_SCRIPT_NONE) {
        flags |= KITHI_TERM_FOREIGN;
    }
    if (has_word(b, comparison, word, size)) {
        return;
    }
    flags |= is_initial(word, size) ? KITHI_TERM_INITIAL : 0;
    kithi_builder_add(b, comparison, word, size, (uint32_t)kithi_nicknames_find(word, size), flags);
}

void kithi_builder_add_name(kithi_feature_builder *b, size_t comparison, const char *words,
                            unsigned flags) {
    while (*words != '\0') {
        size_t size = strcspn(words, " ");
        if (size > 0 && !is_filler(words, size)) {
            add_word(b, comparison, words, size, flags);
        }
        words += size + (words[size] == ' ');
    }
}

static void add_text(kithi_feature_builder *b, size_t comparison,
                     const struct kithi_name_part *part) {
    char words[WORDS_CAPACITY];
    size_t size;
    bool addressed;
    if (part->text == NULL ||
        !kithi_text_words(part->text, part->size, words, sizeof words - 1, &size)) {
        return;
    }
    kithi_span kept = kithi_remarks_strip((kithi_span){words, size}, &addressed);
    memmove(words, kept.data, kept.size);
    words[kept.size] = '\0';
    kithi_builder_add_name(b, comparison, words, 0);
}

/* What stands behind the names of a father and his son. */
static uint8_t generation_of(const char *word, size_t size) {
    static const struct {
        const char *word;
        uint8_t generation;
    } words[] = {{"sr", 1}, {"senior", 1}, {"i", 1},   {"1st", 1}, {"jr", 2}, {"junior", 2},
                 {"ii", 2}, {"2nd", 2},    {"iii", 3}, {"3rd", 3}, {"iv", 4}, {"4th", 4}};
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        if (kithi_word_is(word, size, words[i].word)) {
            return words[i].generation;
        }
    }
    return 0;
}

static void take_generation(kithi_feature_builder *b, const struct kithi_name_part *part) {
    char words[WORDS_CAPACITY];
    size_t size;
    if (part->text == NULL || kithi_word_is_plain(part->text, part->size) ||
        !kithi_text_words(part->text, part->size, words, sizeof words, &size)) {
        return;
    }
    size_t start = size;
    while (start > 0 && words[start - 1] != ' ') {
        start--;
    }
    uint8_t generation = start > 0 ? generation_of(words + start, size - start) : 0;
    b->generation = generation > 0 ? generation : b->generation;
}

static bool is_han(const kithi_name *name) {
    return kithi_han_is(name->family, strlen(name->family)) ||
           kithi_han_is(name->given, strlen(name->given));
}

/* Whether all words end as syllables of pinyin do: most other names are told apart by that. */
static bool may_be_pinyin(const char *words) {
    size_t size = strlen(words);
    for (size_t i = 0; i < size; i++) {
        bool last = i + 1 == size || words[i + 1] == ' ';
        if (last && words[i] != ' ' && memchr("aeiounrg", words[i], 8) == NULL) {
            return false;
        }
    }
    return size > 0;
}

/* Names that are pinyin, and those in Han characters, have their sound in common. */
static void add_sound(kithi_feature_builder *b, size_t comparison, const kithi_name *name) {
    char sound[KITHI_TERM_MAX_BYTES];
    if (!is_han(name) && (strlen(name->family) > PINYIN_SURNAME_MAX ||
                          !may_be_pinyin(name->family) || !may_be_pinyin(name->given))) {
        return;
    }
    size_t size = kithi_han_latin(name->family, name->given, sound, sizeof sound);
    if (size > 0) {
        kithi_builder_add(b, comparison, sound, size, 0, KITHI_TERM_SOUND);
    }
}

static void add_han(kithi_feature_builder *b, size_t comparison, const char *part, unsigned flags) {
    kithi_builder_add(b, comparison, part, strlen(part), 0, flags | KITHI_TERM_HAN);
}

static void add_parts(kithi_feature_builder *b, size_t comparison, const kithi_name *name) {
    if (is_han(name)) {
        add_han(b, comparison, name->given, KITHI_TERM_GIVEN);
        add_han(b, comparison, name->family, KITHI_TERM_FAMILY);
        kithi_builder_add_name(b, comparison, name->latin, 0);
    } else {
        kithi_builder_add_name(b, comparison, name->given, KITHI_TERM_GIVEN);
        kithi_builder_add_name(b, comparison, name->family, KITHI_TERM_FAMILY);
    }
}

static void add_name(kithi_feature_builder *b, size_t comparison, const kithi_name *name) {
    add_parts(b, comparison, name);
    add_sound(b, comparison, name);
}

static void add_native(kithi_feature_builder *b, size_t comparison,
                       const struct kithi_name_part *part) {
    kithi_name name;
    kithi_name_make(NULL, 0, NULL, 0, part->text, part->size, &name);
    add_name(b, comparison, &name);
}

/* Names in Han characters and others are compared apart, each by its first values. */
static void add_further(kithi_feature_builder *b, size_t comparison,
                        const struct kithi_further_name *further, bool han) {
    const char *text = further->value.text;
    size_t size = further->value.size;
    bool given = further->role == KITHI_ROLE_GIVEN, family = further->role == KITHI_ROLE_FAMILY;
    kithi_name name;
    if (further->role == KITHI_ROLE_MIDDLE) {
        add_text(b, comparison, &further->value);
        return;
    }
    kithi_name_make(given ? text : NULL, size, family ? text : NULL, size,
                    given || family ? NULL : text, size, &name);
    if (!han && !is_han(&name)) {
        add_parts(b, comparison, &name);
    }
}

/* The words that the name itself doesn't have. */
static void add_kana(kithi_feature_builder *b, size_t comparison,
                     const struct kithi_name_part *part) {
    char words[WORDS_CAPACITY];
    size_t size;
    if (kithi_text_words(part->text, part->size, words, sizeof words - 1, &size)) {
        words[size] = '\0';
        kithi_builder_add_name(b, comparison, words, KITHI_TERM_KANA);
    }
}

void kithi_terms_of_name(kithi_feature_builder *b, size_t comparison,
                         const kithi_name_parts *parts) {
    kithi_name name;
    take_generation(b, &parts->given);
    take_generation(b, &parts->family);
    take_generation(b, &parts->full);
    kithi_name_make(parts->given.text, parts->given.size, parts->family.text, parts->family.size,
                    parts->full.text, parts->full.size, &name);
    add_name(b, comparison, &name);
    add_text(b, comparison, &parts->middle);
    if (!is_han(&name) && !kithi_hangul_is(name.family, strlen(name.family))) {
        add_text(b, comparison, &parts->full);
    }
    if (parts->native.text != NULL) {
        add_native(b, comparison, &parts->native);
    }
    for (size_t i = 0; i < parts->kana_count; i++) {
        add_kana(b, comparison, &parts->kana[i]);
    }
    for (size_t i = 0; i < parts->further_count; i++) {
        add_further(b, comparison, &parts->further[i], is_han(&name));
    }
}
