/*
 * The parts of a person's name, from whatever a source has, and its key. Folded words; Han names
 * without spaces and in one form of their characters.
 */
#include "src/identity/compare.h"

#include <string.h>

#include "src/base/hash.h"
#include "src/base/letters.h"
#include "src/base/text.h"
#include "src/identity/han.h"
#include "src/identity/nicknames.h"
#include "src/identity/sound.h"

#define FULL_CAPACITY 512

typedef struct span {
    const char *data;
    size_t size;
} span;

static const char *const titles[] = {"mr", "mrs", "ms", "miss", "mx", "dr", "prof"};
static const char *const suffixes[] = {"jr", "sr", "ii", "iii", "iv", "esq", "phd"};

#define TITLE_COUNT  (sizeof titles / sizeof titles[0])
#define SUFFIX_COUNT (sizeof suffixes / sizeof suffixes[0])

static bool is_one_of(span word, const char *const *list, size_t count) {
    for (size_t i = 0; i < count; i++) {
        if (strlen(list[i]) == word.size && memcmp(list[i], word.data, word.size) == 0) {
            return true;
        }
    }
    return false;
}

static span first_word(span words) {
    const char *space = words.size > 0 ? memchr(words.data, ' ', words.size) : NULL;
    return (span){words.data, space != NULL ? (size_t)(space - words.data) : words.size};
}

static span last_word(span words) {
    size_t at = words.size;
    while (at > 0 && words.data[at - 1] != ' ') {
        at--;
    }
    return (span){words.data + at, words.size - at};
}

/* The words without titles in front and suffixes behind; one word always remains. */
static span without_titles(span words) {
    for (;;) {
        span first = first_word(words), last = last_word(words);
        if (first.size == words.size) {
            return words;
        }
        if (is_one_of(first, titles, TITLE_COUNT)) {
            words.data += first.size + 1;
            words.size -= first.size + 1;
        } else if (is_one_of(last, suffixes, SUFFIX_COUNT)) {
            words.size -= last.size + 1;
        } else {
            return words;
        }
    }
}

/* Writes a part; one that doesn't fit stays empty, as nothing sure can be said of it. */
static void set_part(span words, char part[KITHI_NAME_MAX_BYTES]) {
    part[0] = '\0';
    if (words.size >= KITHI_NAME_MAX_BYTES) {
        return;
    }
    bool han = kithi_han_is(words.data, words.size);
    size_t size = 0;
    for (size_t i = 0; i < words.size; i++) {
        if (!han || words.data[i] != ' ') {
            part[size++] = words.data[i];
        }
    }
    part[size] = '\0';
    kithi_han_fold(part, size);
}

static void make_part(span text, char part[KITHI_NAME_MAX_BYTES]) {
    char words[FULL_CAPACITY];
    size_t size = 0;
    part[0] = '\0';
    if (text.size > 0 && kithi_text_words(text.data, text.size, words, sizeof words, &size)) {
        set_part(without_titles((span){words, size}), part);
    }
}

/* Whether nothing but suffixes stands there: "John Smith, Jr." has no comma of the kind that turns
 * names around. */
static bool only_suffixes(span text) {
    char part[KITHI_NAME_MAX_BYTES];
    make_part(text, part);
    return part[0] == '\0' || is_one_of((span){part, strlen(part)}, suffixes, SUFFIX_COUNT);
}

/* The middle dot between the parts of a name that was written in Han characters by its sound, given
 * name first. */
static size_t find_middle_dot(span text, size_t *out_after) {
    for (size_t at = 0; at < text.size;) {
        size_t start = at;
        int32_t c = kithi_text_next(text.data, text.size, &at);
        if (c == 0xB7 || c == 0x30FB || c == 0x2022 || c == 0x2027) {
            *out_after = at;
            return start;
        }
    }
    return text.size;
}

static void split_han(span text, span words, kithi_name *out) {
    size_t after = 0;
    size_t dot = find_middle_dot(text, &after);
    if (dot < text.size) {
        make_part((span){text.data, dot}, out->given);
        make_part((span){text.data + after, text.size - after}, out->family);
        return;
    }
    span first = first_word(words);
    if (first.size < words.size) {
        set_part(first, out->family);
        set_part((span){words.data + first.size + 1, words.size - first.size - 1}, out->given);
        return;
    }
    char whole[KITHI_NAME_MAX_BYTES];
    set_part(words, whole);
    size_t size = strlen(whole), surname = kithi_han_surname(whole, size);
    memcpy(out->family, whole, surname);
    out->family[surname] = '\0';
    memcpy(out->given, whole + surname, size - surname + 1);
}

static void split_words(span words, kithi_name *out) {
    span last = last_word(words);
    set_part(last, out->family);
    if (last.size < words.size) {
        set_part((span){words.data, words.size - last.size - 1}, out->given);
    }
}

static void split_full(span text, kithi_name *out) {
    char cleaned[FULL_CAPACITY], words[FULL_CAPACITY];
    size_t cleaned_size = 0, words_size = 0;
    if (!kithi_text_clean(text.data, text.size, cleaned, sizeof cleaned, &cleaned_size)) {
        return;
    }
    span all = {cleaned, cleaned_size};
    const char *comma = memchr(cleaned, ',', cleaned_size);
    if (comma != NULL) {
        span last = {cleaned, (size_t)(comma - cleaned)};
        span first = {comma + 1, cleaned_size - last.size - 1};
        if (!only_suffixes(first)) {
            make_part(last, out->family);
            make_part(first, out->given);
            return;
        }
        all = last;
    }
    if (!kithi_text_words(all.data, all.size, words, sizeof words, &words_size)) {
        return;
    }
    span kept = without_titles((span){words, words_size});
    if (kithi_han_is(kept.data, kept.size)) {
        split_han(all, kept, out);
    } else {
        split_words(kept, out);
    }
}

void kithi_name_make(const char *given, size_t given_size, const char *family, size_t family_size,
                     const char *full, size_t full_size, kithi_name *out) {
    out->given[0] = out->family[0] = '\0';
    make_part((span){given, given != NULL ? given_size : 0}, out->given);
    make_part((span){family, family != NULL ? family_size : 0}, out->family);
    if (out->given[0] == '\0' && out->family[0] == '\0' && full != NULL && full_size > 0) {
        split_full((span){full, full_size}, out);
    }
}

/* The consonants of a word, or the word where it has only vowels. `out` has twice its room. */
static size_t write_sound(span word, char *out) {
    size_t size = kithi_sound_skeleton(word.data, word.size, out);
    if (size == 0) {
        memcpy(out, word.data, word.size);
        size = word.size;
    }
    return size;
}

static uint64_t hash_key(span a, span b) {
    char key[4 * KITHI_NAME_MAX_BYTES + 1];
    /* In one order, so that a source that swaps the two names counts as no other name. */
    size_t shorter = a.size < b.size ? a.size : b.size;
    int order = shorter > 0 ? memcmp(a.data, b.data, shorter) : 0;
    if (order > 0 || (order == 0 && a.size > b.size)) {
        span swap = a;
        a = b;
        b = swap;
    }
    memcpy(key, a.data, a.size);
    key[a.size] = '\n';
    memcpy(key + a.size + 1, b.data, b.size);
    uint64_t hash = kithi_hash64(key, a.size + 1 + b.size, 0);
    return hash != 0 ? hash : 1;
}

/*
 * Han names count by the whole, as sources disagree where the surname ends. Other names count by
 * the sound of the formal given name and of the family name: Bob Smith and Robert Smyth are one,
 * since a count of names must not grow with each misspelling.
 */
uint64_t kithi_name_key(const kithi_name *name) {
    span given = {name->given, strlen(name->given)};
    span family = {name->family, strlen(name->family)};
    char given_sound[2 * KITHI_NAME_MAX_BYTES], family_sound[2 * KITHI_NAME_MAX_BYTES];
    if (given.size == 0 && family.size == 0) {
        return 0;
    }
    if (kithi_han_is(given.data, given.size) || kithi_han_is(family.data, family.size)) {
        memcpy(given_sound, family.data, family.size);
        memcpy(given_sound + family.size, given.data, given.size);
        return hash_key((span){given_sound, family.size + given.size}, (span){family_sound, 0});
    }
    span first = first_word(given);
    const char *formal = kithi_nicknames_formal(first.data, first.size);
    if (formal != NULL) {
        first = (span){formal, strlen(formal)};
    }
    size_t given_size = write_sound(first, given_sound);
    size_t family_size = write_sound(family, family_sound);
    return hash_key((span){given_sound, given_size}, (span){family_sound, family_size});
}
