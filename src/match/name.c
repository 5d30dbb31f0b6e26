/*
 * The parts of a person's name, from whatever a source has, and its key. Folded words; Han names
 * without spaces and in one form of their characters.
 */
#include "src/match/compare.h"

#include <string.h>

#include "src/base/hash.h"
#include "src/base/letters.h"
#include "src/base/text.h"
#include "src/match/han.h"
#include "src/match/hangul.h"
#include "src/match/nicknames.h"
#include "src/match/remarks.h"
#include "src/match/sound.h"
#include "src/match/surnames.h"
#include "src/match/words.h"

#define FULL_CAPACITY 512

typedef kithi_span span;

/* Writes a part; one that doesn't fit stays empty, as nothing sure can be said of it. Digits beside
 * Han characters are somebody's numbering. */
static void set_part(span words, char part[KITHI_NAME_MAX_BYTES]) {
    part[0] = '\0';
    if (words.size >= KITHI_NAME_MAX_BYTES) {
        return;
    }
    bool han = kithi_han_is(words.data, words.size);
    bool dense = han || kithi_hangul_is(words.data, words.size);
    size_t size = 0;
    for (size_t i = 0; i < words.size; i++) {
        char c = words.data[i];
        bool digit = c >= '0' && c <= '9';
        if (!(dense && c == ' ') && !(han && digit)) {
            part[size++] = c;
        }
    }
    part[size] = '\0';
}

/* The words of a text, in one form of their characters, without what is no name. */
static span read_words(span text, char out[FULL_CAPACITY], bool *out_addressed) {
    size_t size = 0;
    *out_addressed = false;
    if (text.size == 0 || !kithi_text_words(text.data, text.size, out, FULL_CAPACITY, &size)) {
        return (span){out, 0};
    }
    size = kithi_han_fold(out, size);
    return kithi_remarks_strip((span){out, size}, out_addressed);
}

/* Leaves remarks out. Most texts have none, and are lent as they are. */
static span clean(span text, char out[FULL_CAPACITY]) {
    size_t size = 0;
    bool plain = text.size > 0 && kithi_text_is_ascii(text.data, text.size) &&
                 memchr(text.data, '(', text.size) == NULL &&
                 memchr(text.data, '[', text.size) == NULL;
    if (plain) {
        return text;
    }
    if (text.size == 0 || !kithi_text_clean(text.data, text.size, out, FULL_CAPACITY, &size)) {
        return (span){out, 0};
    }
    kithi_remarks_blank(out, size);
    return (span){out, size};
}

/* One plain word, as most parts are: what the longer way comes to. */
static void make_plain(span text, char part[KITHI_NAME_MAX_BYTES]) {
    for (size_t i = 0; i < text.size; i++) {
        part[i] = (char)(text.data[i] | 0x20);
    }
    part[text.size] = '\0';
    if (kithi_remarks_alone((span){part, text.size})) {
        part[0] = '\0';
    }
}

static void make_part(span text, char part[KITHI_NAME_MAX_BYTES]) {
    char cleaned[FULL_CAPACITY], words[FULL_CAPACITY];
    bool addressed;
    if (text.size < KITHI_NAME_MAX_BYTES && kithi_word_is_plain(text.data, text.size)) {
        make_plain(text, part);
        return;
    }
    set_part(read_words(clean(text, cleaned), words, &addressed), part);
}

/* Whether nothing but suffixes stands there: "John Smith, Jr." has no comma of the kind that turns
 * names around. */
static bool only_suffixes(span text) {
    char part[KITHI_NAME_MAX_BYTES];
    make_part(text, part);
    return part[0] == '\0' || kithi_remarks_suffix((span){part, strlen(part)});
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

/* The family name and the rest, of `whole` in one piece. */
static void set_dense(const char *whole, size_t surname, kithi_name *out) {
    memcpy(out->family, whole, surname);
    out->family[surname] = '\0';
    strcpy(out->given, whole + surname);
}

/* 小张 and 老王 are Zhang and Wang, or somebody's given name. */
static bool is_familiar(const char *whole) {
    static const char *const fronts[] = {"小", "老", "阿"};
    for (size_t i = 0; i < sizeof fronts / sizeof fronts[0]; i++) {
        size_t size = strlen(fronts[i]);
        if (strncmp(whole, fronts[i], size) == 0 && strlen(whole) == 2 * size) {
            return true;
        }
    }
    return false;
}

static bool split_at_middle_dot(span text, kithi_name *out) {
    size_t after = 0;
    size_t dot = find_middle_dot(text, &after);
    if (dot == text.size) {
        return false;
    }
    make_part((span){text.data, dot}, out->given);
    make_part((span){text.data + after, text.size - after}, out->family);
    return true;
}

static void split_han(span text, span words, bool addressed, kithi_name *out) {
    if (split_at_middle_dot(text, out)) {
        return;
    }
    span first = kithi_span_first_word(words);
    if (first.size < words.size) {
        set_part(first, out->family);
        set_part((span){words.data + first.size + 1, words.size - first.size - 1}, out->given);
        return;
    }
    char whole[KITHI_NAME_MAX_BYTES];
    set_part(words, whole);
    size_t size = strlen(whole);
    bool surname_only = is_familiar(whole) || (addressed && kithi_han_is_surname(whole, size));
    set_dense(whole, surname_only ? size : kithi_han_surname(whole, size), out);
}

static span behind(span words, size_t size) {
    size_t skip = size + (size < words.size);
    return (span){words.data + skip, words.size - skip};
}

/* Where the family name begins: with a particle behind the first word and before the last, or with
 * the last word. */
static span family_of(span words) {
    span last = kithi_span_last_word(words);
    span rest = behind(words, kithi_span_first_word(words).size);
    while (rest.size > last.size) {
        span word = kithi_span_first_word(rest);
        if (kithi_surnames_particle(word.data, word.size)) {
            return rest;
        }
        rest = behind(rest, word.size);
    }
    return last;
}

static bool equals(span word, const char *text) {
    return strlen(text) == word.size && memcmp(word.data, text, word.size) == 0;
}

/* Thị, and Văn behind what is a given name nowhere else, tell a Vietnamese name with a rarer
 * surname. */
static bool is_vietnamese(span words) {
    static const char *const surnames[] = {"le", "do", "ho", "ly", "mai", "dao", "ha", "to", "cao"};
    span first = kithi_span_first_word(words);
    span rest = behind(words, first.size);
    span second = kithi_span_first_word(rest);
    bool van = equals(second, "van") && second.size < rest.size, rarer = false;
    for (size_t i = 0; van && i < sizeof surnames / sizeof surnames[0]; i++) {
        rarer = rarer || equals(first, surnames[i]);
    }
    return rarer || (equals(second, "thi") && second.size < rest.size);
}

/* Иванов Иван Иванович */
static bool ends_in_patronymic(span words) {
    span last = kithi_span_last_word(words);
    span first = kithi_span_first_word(words);
    span second = kithi_span_first_word(behind(words, first.size));
    return first.size + second.size + last.size + 2 == words.size &&
           kithi_surnames_patronymic(last.data, last.size) &&
           !kithi_surnames_patronymic(second.data, second.size);
}

static bool is_surname(span word) {
    return kithi_surnames_know(word.data, word.size);
}

/* The surnames in front. */
static span leading_surnames(span words) {
    span rest = words;
    while (rest.size > 0 && is_surname(kithi_span_first_word(rest))) {
        rest = behind(rest, kithi_span_first_word(rest).size);
    }
    size_t size = words.size - rest.size;
    return (span){words.data, size > 0 && rest.size > 0 ? size - 1 : size};
}

/* Writes words in the order from the last to the first: a Vietnamese given name stands last. */
static void set_reversed(span words, char part[KITHI_NAME_MAX_BYTES]) {
    size_t size = 0;
    part[0] = '\0';
    if (words.size >= KITHI_NAME_MAX_BYTES) {
        return;
    }
    while (words.size > 0) {
        span last = kithi_span_last_word(words);
        memcpy(part + size, last.data, last.size);
        size += last.size;
        part[size++] = ' ';
        words.size -= last.size + (last.size < words.size);
    }
    part[size - 1] = '\0';
}

/* One word is a given name where it is known as one and no form of address makes a surname of it.
 */
static void set_single(span word, bool addressed, kithi_name *out) {
    bool given = !addressed && kithi_nicknames_know(word.data, word.size) &&
                 !kithi_surnames_may_be(word.data, word.size);
    set_part(word, given ? out->given : out->family);
    out->guessed = !addressed;
}

static void split_family_first(span words, span family, kithi_name *out) {
    set_part(family, out->family);
    set_part(behind(words, family.size), out->given);
}

static void split_vietnamese(span words, kithi_name *out) {
    span first = kithi_span_first_word(words);
    set_part(first, out->family);
    set_reversed(behind(words, first.size), out->given);
}

static void split_words(span words, bool addressed, kithi_name *out) {
    span first = kithi_span_first_word(words), last = kithi_span_last_word(words);
    if (first.size == words.size) {
        set_single(words, addressed, out);
        return;
    }
    span surnames = leading_surnames(words);
    bool family_first = surnames.size > 0 && (surnames.size == words.size || !is_surname(last));
    out->guessed = true;
    if (ends_in_patronymic(words)) {
        split_family_first(words, first, out);
    } else if (is_vietnamese(words) ||
               (family_first && kithi_surnames_vietnamese(first.data, first.size))) {
        split_vietnamese(words, out);
    } else if (family_first) {
        split_family_first(words, surnames, out);
    } else {
        span family = family_of(words);
        set_part(family, out->family);
        set_part((span){words.data, words.size - family.size - 1}, out->given);
    }
}

static void split_hangul(span words, bool addressed, kithi_name *out) {
    char whole[KITHI_NAME_MAX_BYTES];
    span first = kithi_span_first_word(words);
    set_part(words, whole);
    size_t surname = kithi_hangul_surname(words.data, words.size);
    if (first.size < words.size && kithi_hangul_is_surname(first.data, first.size)) {
        surname = first.size;
    }
    if (surname > 0) {
        set_dense(whole, surname, out);
    } else if (first.size == words.size) {
        strcpy(out->family, whole);
    } else {
        split_words(words, addressed, out);
    }
}

/* 山田 さくら. In kana alone it may be a foreign name that lost its dot. */
static void split_kana(span text, span words, bool addressed, kithi_name *out) {
    span first = kithi_span_first_word(words);
    if (first.size == words.size) {
        set_single(words, addressed, out);
    } else if (!split_at_middle_dot(text, out)) {
        split_family_first(words, first, out);
        out->guessed = true;
    }
}

static void split_one_script(span text, span words, bool addressed, kithi_name *out) {
    if (kithi_han_is(words.data, words.size)) {
        split_han(text, words, addressed, out);
    } else if (kithi_han_has_kana(words.data, words.size)) {
        split_kana(text, words, addressed, out);
    } else if (kithi_hangul_is(words.data, words.size)) {
        split_hangul(words, addressed, out);
    } else {
        split_words(words, addressed, out);
    }
}

static void put_space(char *out, size_t *size) {
    if (*size > 0 && out[*size - 1] != ' ') {
        out[(*size)++] = ' ';
    }
}

/* Takes the Latin letters of a text out of it, in place, into `latin`; both with a space where they
 * parted. */
static void part_scripts(char *text, size_t *size, char *latin, size_t *latin_size) {
    size_t kept = 0;
    *latin_size = 0;
    for (size_t at = 0, start = 0; at < *size; start = at) {
        bool is_latin = kithi_text_script(kithi_text_next(text, *size, &at)) == KITHI_SCRIPT_LATIN;
        char *out = is_latin ? latin : text;
        size_t *written = is_latin ? latin_size : &kept;
        memmove(out + *written, text + start, at - start);
        *written += at - start;
        if (is_latin) {
            put_space(text, &kept);
        } else {
            put_space(latin, latin_size);
        }
    }
    *size = kept;
}

/* Whether a name stands there in Latin letters and in Han or Hangul. */
static bool is_bilingual(span text) {
    bool latin = false, native = false;
    for (size_t at = 0; at < text.size;) {
        kithi_script script = kithi_text_script(kithi_text_next(text.data, text.size, &at));
        latin = latin || script == KITHI_SCRIPT_LATIN;
        native = native || script == KITHI_SCRIPT_HAN || script == KITHI_SCRIPT_HANGUL;
    }
    return latin && native;
}

/* 李雷 Lei Li: the name that splits surely is the one compared. */
static void split_bilingual(char *text, size_t size, kithi_name *out) {
    char latin[FULL_CAPACITY], words[FULL_CAPACITY];
    size_t latin_size = 0;
    bool addressed;
    part_scripts(text, &size, latin, &latin_size);
    span kept = read_words((span){text, size}, words, &addressed);
    split_one_script((span){text, size}, kept, addressed, out);
    make_part((span){latin, latin_size}, out->latin);
}

static void split_full(span text, kithi_name *out) {
    char cleaned[FULL_CAPACITY], words[FULL_CAPACITY];
    bool addressed;
    span all = clean(text, cleaned);
    const char *comma = all.size > 0 ? memchr(all.data, ',', all.size) : NULL;
    if (comma != NULL) {
        span last = {all.data, (size_t)(comma - all.data)};
        span first = {comma + 1, all.size - last.size - 1};
        if (!only_suffixes(first)) {
            make_part(last, out->family);
            make_part(first, out->given);
            return;
        }
        all = last;
    }
    if (is_bilingual(all)) {
        split_bilingual(cleaned, all.size, out); /* it is not ASCII: cleaned has it */
        return;
    }
    span kept = read_words(all, words, &addressed);
    if (kept.size > 0) {
        split_one_script(all, kept, addressed, out);
    }
}

void kithi_name_make(const char *given, size_t given_size, const char *family, size_t family_size,
                     const char *full, size_t full_size, kithi_name *out) {
    out->given[0] = out->family[0] = out->latin[0] = '\0';
    out->guessed = false;
    make_part((span){given, given != NULL ? given_size : 0}, out->given);
    make_part((span){family, family != NULL ? family_size : 0}, out->family);
    if (out->given[0] == '\0' && out->family[0] == '\0' && full != NULL && full_size > 0) {
        split_full((span){full, full_size}, out);
    }
}

bool kithi_names_equal(const kithi_name *a, const kithi_name *b) {
    return strcmp(a->given, b->given) == 0 && strcmp(a->family, b->family) == 0 &&
           strcmp(a->latin, b->latin) == 0 && a->guessed == b->guessed;
}

uint64_t kithi_name_hash(const kithi_name *name) {
    uint64_t hash = kithi_hash64(name->given, strlen(name->given), 1 + name->guessed);
    hash = kithi_hash64(name->family, strlen(name->family), hash);
    return kithi_hash64(name->latin, strlen(name->latin), hash);
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
    span first = kithi_span_first_word(given);
    const char *formal = kithi_nicknames_formal(first.data, first.size);
    if (formal != NULL) {
        first = (span){formal, strlen(formal)};
    }
    size_t given_size = write_sound(first, given_sound);
    size_t family_size = write_sound(family, family_sound);
    return hash_key((span){given_sound, given_size}, (span){family_sound, family_size});
}
