#include "src/match/pinyin.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "src/base/text.h"
#include "src/match/han.h"
#include "src/match/han_tables.h"
#include "src/match/words.h"

#define SYLLABLE_MAX      (KITHI_HAN_SYLLABLE_BYTES - 1)
#define WORD_SYLLABLE_MAX 4 /* of a Latin word; given names have two */

/* A text, and how it is read where names differ from the table. */
typedef struct reading {
    const char *text;
    const char *syllables;
} reading;

/* Surnames that are read otherwise than the same characters elsewhere; the commoner reading first.
 */
static const reading surnames[] = {
    {"单", "shan"},      {"解", "xie"},         {"仇", "qiu"},       {"查", "zha"},
    {"朴", "piao"},      {"区", "ou"},          {"盖", "ge"},        {"覃", "qin"},
    {"覃", "tan"},       {"翟", "zhai"},        {"翟", "di"},        {"缪", "miao"},
    {"缪", "mou"},       {"乐", "yue"},         {"乐", "le"},        {"卜", "bu"},
    {"员", "yun"},       {"尉", "wei"},         {"尉", "yu"},        {"黑", "he"},
    {"秘", "bi"},        {"洗", "xian"},        {"祭", "zhai"},      {"种", "chong"},
    {"重", "chong"},     {"隗", "wei"},         {"隗", "kui"},       {"郗", "xi"},
    {"郗", "chi"},       {"折", "she"},         {"谌", "chen"},      {"谌", "shen"},
    {"繁", "po"},        {"召", "shao"},        {"牟", "mou"},       {"牟", "mu"},
    {"句", "gou"},       {"柏", "bai"},         {"柏", "bo"},        {"阚", "kan"},
    {"薄", "bo"},        {"都", "du"},          {"郇", "xun"},       {"郇", "huan"},
    {"会", "gui"},       {"炅", "gui"},         {"莘", "shen"},      {"莘", "xin"},
    {"么", "yao"},       {"藏", "zang"},        {"佴", "nai"},       {"宓", "mi"},
    {"宓", "fu"},        {"尉迟", "yu chi"},    {"万俟", "mo qi"},   {"长孙", "zhang sun"},
    {"单于", "chan yu"}, {"乐正", "yue zheng"}, {"澹台", "tan tai"},
};

/* Other readings that a character has in given names. */
static const reading others[] = {
    {"茜", "xi"},    {"拓", "ta"},    {"乐", "yue"},   {"柏", "bo"},    {"朝", "zhao"},
    {"长", "zhang"}, {"晟", "cheng"}, {"盛", "cheng"}, {"莘", "shen"},  {"行", "hang"},
    {"重", "chong"}, {"单", "shan"},  {"曾", "ceng"},  {"传", "zhuan"}, {"伽", "qie"},
    {"莞", "wan"},   {"艾", "yi"},    {"娜", "nuo"},   {"蕃", "bo"},    {"洵", "xuan"},
    {"颉", "xie"},   {"祎", "hui"},   {"璟", "ying"},  {"珏", "yu"},    {"郁", "you"},
    {"期", "ji"},    {"数", "shuo"},
};

#define COUNT(list) (sizeof(list) / sizeof(list)[0])

static bool append(const char *text, size_t size, char *out, size_t capacity, size_t *at) {
    if (capacity - *at <= size) { /* a NUL follows */
        return false;
    }
    memcpy(out + *at, text, size);
    *at += size;
    out[*at] = '\0';
    return true;
}

static const char *surname_reading(const char *text, size_t size) {
    for (size_t i = 0; i < COUNT(surnames); i++) {
        if (kithi_word_is(text, size, surnames[i].text)) {
            return surnames[i].syllables;
        }
    }
    return NULL;
}

size_t kithi_pinyin_words(const char *text, size_t size, bool surname, char *out, size_t capacity) {
    const char *whole = surname ? surname_reading(text, size) : NULL;
    size_t written = 0;
    if (whole != NULL) {
        return append(whole, strlen(whole), out, capacity, &written) ? written : 0;
    }
    for (size_t at = 0; at < size;) {
        const char *syllable = kithi_han_syllable(kithi_text_next(text, size, &at));
        if (syllable == NULL || (written > 0 && !append(" ", 1, out, capacity, &written)) ||
            !append(syllable, strlen(syllable), out, capacity, &written)) {
            return 0;
        }
    }
    return written;
}

size_t kithi_pinyin_of(const char *text, size_t size, bool surname, char *out, size_t capacity) {
    size_t spaced = kithi_pinyin_words(text, size, surname, out, capacity), written = 0;
    for (size_t i = 0; i < spaced; i++) {
        if (out[i] != ' ') {
            out[written++] = out[i];
        }
    }
    if (written > 0) {
        out[written] = '\0';
    }
    return written;
}

/* The bytes of ü at the start of a text, where its dots are not lost: v, or yu as in passports. */
static size_t umlaut_size(const char *text, size_t size) {
    if (size > 0 && text[0] == 'v') {
        return 1;
    }
    return size > 1 && text[0] == 'y' && text[1] == 'u' ? 2 : 0;
}

/* Whether the u of a syllable may be ü with a letter before it that u could follow as well. */
static bool has_umlaut(const char *syllable) {
    return (syllable[0] == 'l' || syllable[0] == 'n') && syllable[1] == 'u' &&
           (syllable[2] == '\0' || syllable[2] == 'e');
}

/* The bytes that a syllable takes at the start of a Latin text; 0 where something else stands
 * there. */
static size_t syllable_at(const char *syllable, const char *latin, size_t size) {
    size_t length = strlen(syllable);
    if (length <= size && memcmp(syllable, latin, length) == 0) {
        return length;
    }
    if (!has_umlaut(syllable) || size < 2 || latin[0] != syllable[0]) {
        return 0;
    }
    size_t umlaut = umlaut_size(latin + 1, size - 1), rest = length - 2, before = 1 + umlaut;
    bool matches =
        umlaut > 0 && before + rest <= size && memcmp(latin + before, syllable + 2, rest) == 0;
    return matches ? before + rest : 0;
}

static bool spells_rest(const char *han, size_t han_size, const char *latin, size_t latin_size) {
    size_t first = 0;
    if (han_size == 0) {
        return latin_size == 0;
    }
    const char *usual = kithi_han_syllable(kithi_text_next(han, han_size, &first));
    size_t taken = usual != NULL ? syllable_at(usual, latin, latin_size) : 0;
    if (taken > 0 &&
        spells_rest(han + first, han_size - first, latin + taken, latin_size - taken)) {
        return true;
    }
    for (size_t i = 0; usual != NULL && i < COUNT(others); i++) {
        taken = kithi_word_is(han, first, others[i].text)
                    ? syllable_at(others[i].syllables, latin, latin_size)
                    : 0;
        if (taken > 0 &&
            spells_rest(han + first, han_size - first, latin + taken, latin_size - taken)) {
            return true;
        }
    }
    return false;
}

/* Whether a Latin text is a reading, of one or two syllables, without its space. */
static bool is_spelled(const char *syllables, const char *latin, size_t size) {
    size_t at = 0;
    for (; *syllables != '\0'; syllables++) {
        if (*syllables != ' ' && (at == size || latin[at++] != *syllables)) {
            return false;
        }
    }
    return at == size;
}

bool kithi_pinyin_spells(const char *han, size_t han_size, bool surname, const char *latin,
                         size_t latin_size) {
    for (size_t i = 0; surname && i < COUNT(surnames); i++) {
        if (kithi_word_is(han, han_size, surnames[i].text) &&
            is_spelled(surnames[i].syllables, latin, latin_size)) {
            return true;
        }
    }
    return han_size > 0 && spells_rest(han, han_size, latin, latin_size);
}

static int compare_syllables(const void *a, const void *b) {
    return strcmp(a, b);
}

/* The listed syllable that these letters are; NULL: none. */
static const char *find_syllable(const char *letters, size_t size) {
    char wanted[KITHI_HAN_SYLLABLE_BYTES] = {0};
    memcpy(wanted, letters, size);
    size_t umlaut = umlaut_size(letters + 1, size - 1);
    if (umlaut > 0) {
        wanted[1] = 'u';
        memset(wanted + 2, 0, sizeof wanted - 2);
        memcpy(wanted + 2, letters + 1 + umlaut, size - 1 - umlaut);
        if (!has_umlaut(wanted)) {
            return NULL;
        }
    }
    return bsearch(wanted, kithi_han_syllables, kithi_han_syllable_count, KITHI_HAN_SYLLABLE_BYTES,
                   compare_syllables);
}

typedef struct splitter {
    const char *word;
    size_t size;
    bool vowels; /* whether a vowel may begin a later syllable; else an apostrophe would stand there
                  */
    const char *syllables[WORD_SYLLABLE_MAX];
    size_t count;
} splitter;

/* The longest syllables first. */
static bool split_rest(splitter *s, size_t at) {
    if (at == s->size) {
        return true;
    }
    bool vowel = memchr("aeo", s->word[at], 3) != NULL;
    if (s->count == WORD_SYLLABLE_MAX || (at > 0 && vowel && !s->vowels)) {
        return false;
    }
    size_t size = s->size - at < SYLLABLE_MAX ? s->size - at : SYLLABLE_MAX;
    for (; size > 0; size--) {
        s->syllables[s->count] = find_syllable(s->word + at, size);
        if (s->syllables[s->count] == NULL) {
            continue;
        }
        s->count++;
        if (split_rest(s, at + size)) {
            return true;
        }
        s->count--;
    }
    return false;
}

size_t kithi_pinyin_split(const char *word, size_t size, char *out, size_t capacity) {
    splitter s = {.word = word, .size = size};
    size_t written = 0;
    if (size == 0 || size > (size_t)WORD_SYLLABLE_MAX * SYLLABLE_MAX) {
        return 0;
    }
    if (!split_rest(&s, 0)) {
        s.vowels = true;
        if (!split_rest(&s, 0)) {
            return 0;
        }
    }
    for (size_t i = 0; i < s.count; i++) {
        if ((i > 0 && !append(" ", 1, out, capacity, &written)) ||
            !append(s.syllables[i], strlen(s.syllables[i]), out, capacity, &written)) {
            return 0;
        }
    }
    return written;
}
