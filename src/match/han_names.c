#include "src/match/han_names.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "src/base/letters.h"
#include "src/base/text.h"
#include "src/match/compare.h"
#include "src/match/han.h"
#include "src/match/pinyin.h"
#include "src/match/remarks.h"

#define WORDS_MAX     8  /* of a romanised name; four are many */
#define SYLLABLES_MAX 16 /* of a key */
#define SYLLABLE_SIZE 8
#define PINYIN_BYTES  256 /* longer names are no names */
#define INITIALS_MAX  4   /* of a word that has nothing but initials: "xm" */

typedef enum writing { OTHER, HAN, JAPANESE, LATIN } writing;

typedef struct side {
    char family[KITHI_NAME_MAX_BYTES];
    char given[KITHI_NAME_MAX_BYTES];
    char whole[2 * KITHI_NAME_MAX_BYTES]; /* the family name first */
    writing writing;
} side;

/* Some words of a romanised name. */
typedef struct words {
    kithi_span at[WORDS_MAX];
    size_t count;
} words;

static bool equal(const char *a, const char *b) {
    return strcmp(a, b) == 0;
}

static bool is_latin(const char *text, size_t size) {
    bool any = false;
    for (size_t at = 0; at < size;) {
        kithi_script script = kithi_text_script(kithi_text_next(text, size, &at));
        if (script != KITHI_SCRIPT_LATIN && script != KITHI_SCRIPT_NONE) {
            return false;
        }
        any = any || script == KITHI_SCRIPT_LATIN;
    }
    return any;
}

static writing writing_of(const char *text) {
    size_t size = strlen(text);
    if (is_latin(text, size)) {
        return LATIN;
    }
    return kithi_han_is(text, size) ? HAN : kithi_han_has_kana(text, size) ? JAPANESE : OTHER;
}

static void keep(const char *text, size_t size, char out[KITHI_NAME_MAX_BYTES]) {
    size = size < KITHI_NAME_MAX_BYTES ? size : 0;
    memcpy(out, text, size);
    out[size] = '\0';
}

/* Sources write the whole name as the given one, with the family name in its own place or not. */
static void part(const char *family, const char *given, side *out) {
    size_t front = strlen(family), size = strlen(given);
    if (front == 0) {
        front = kithi_han_surname(given, size);
        keep(given, front, out->family);
    } else {
        keep(family, front, out->family);
        front = front < size && strncmp(family, given, front) == 0 ? front : 0;
    }
    keep(given + front, size - front, out->given);
}

static void make_side(const char *family, const char *given, side *out) {
    keep(family, strlen(family), out->family);
    keep(given, strlen(given), out->given);
    strcat(strcpy(out->whole, out->family), out->given);
    out->writing = writing_of(out->whole);
    if (out->writing == HAN) {
        part(family, given, out);
        strcat(strcpy(out->whole, out->family), out->given);
    }
}

static bool is_complete(const side *name) {
    return name->family[0] != '\0' && name->given[0] != '\0';
}

static bool same_name(const side *a, const side *b) {
    bool turned = equal(a->family, b->given) && equal(a->given, b->family);
    return equal(a->whole, b->whole) || turned;
}

/* Both names in Han characters */

static size_t read_name(const side *name, char out[PINYIN_BYTES]) {
    size_t family =
        kithi_pinyin_words(name->family, strlen(name->family), true, out, PINYIN_BYTES - 1);
    if (family == 0) {
        return 0;
    }
    out[family++] = ' ';
    size_t given = kithi_pinyin_words(name->given, strlen(name->given), false, out + family,
                                      PINYIN_BYTES - family);
    return given > 0 ? family + given : 0;
}

static bool sound_equal(const side *a, const side *b) {
    char first[PINYIN_BYTES], second[PINYIN_BYTES];
    return read_name(a, first) > 0 && read_name(b, second) > 0 && equal(first, second);
}

static bool share_character(const char *a, const char *b) {
    size_t size = strlen(a);
    for (size_t at = 0, start = 0; at < size; start = at) {
        char character[KITHI_UTF8_MAX_BYTES + 1] = {0};
        kithi_text_next(a, size, &at);
        memcpy(character, a + start, at - start);
        if (strstr(b, character) != NULL) {
            return true;
        }
    }
    return false;
}

/* The first letter of each word; empty where they have no room. */
static void write_initials(const char *syllables, char out[SYLLABLES_MAX]) {
    size_t count = 0;
    for (const char *at = syllables; *at != '\0'; at++) {
        bool first = at == syllables || at[-1] == ' ';
        if (first && count == SYLLABLES_MAX - 1) {
            count = 0;
            break;
        }
        if (first) {
            out[count++] = *at;
        }
    }
    out[count] = '\0';
}

static void given_initials(const char *given, char out[SYLLABLES_MAX]) {
    char syllables[PINYIN_BYTES];
    syllables[0] = '\0';
    if (kithi_pinyin_words(given, strlen(given), false, syllables, sizeof syllables) == 0) {
        syllables[0] = '\0';
    }
    write_initials(syllables, out);
}

static kithi_han_level han_level(const side *a, const side *b) {
    char first[SYLLABLES_MAX], second[SYLLABLES_MAX];
    if (!is_complete(a) || !is_complete(b)) {
        return KITHI_HAN_NONE;
    }
    if (sound_equal(a, b)) {
        return KITHI_HAN_SOUND;
    }
    if (!equal(a->family, b->family)) {
        return KITHI_HAN_DIFFERENT;
    }
    if (share_character(a->given, b->given)) {
        return KITHI_HAN_CHARACTER;
    }
    given_initials(a->given, first);
    given_initials(b->given, second);
    return first[0] != '\0' && equal(first, second) ? KITHI_HAN_INITIALS : KITHI_HAN_SURNAME;
}

/* One of them in kana, at least in part */

static kithi_han_level japanese_level(const side *a, const side *b) {
    bool families = writing_of(a->family) == writing_of(b->family);
    bool givens = writing_of(a->given) == writing_of(b->given);
    if (!is_complete(a) || !is_complete(b) || !families) {
        return KITHI_HAN_NONE;
    }
    if (!equal(a->family, b->family)) {
        return KITHI_HAN_DIFFERENT;
    }
    return givens ? KITHI_HAN_SURNAME : KITHI_HAN_NONE;
}

/* One in Han characters, one in Latin letters */

static void append_words(const char *text, words *out) {
    for (size_t size; *text != '\0' && out->count < WORDS_MAX; text += size + (text[size] == ' ')) {
        size = strcspn(text, " ");
        if (size > 0) {
            out->at[out->count++] = (kithi_span){text, size};
        }
    }
}

static words words_of(const char *first, const char *second) {
    words out = {.count = 0};
    append_words(first, &out);
    append_words(second, &out);
    return out;
}

static words some(const words *of, size_t from, size_t to) {
    words out = {.count = to - from};
    memcpy(out.at, of->at + from, out.count * sizeof *out.at);
    return out;
}

static bool spelled(const char *han, bool surname, const words *latin) {
    char joined[WORDS_MAX * KITHI_NAME_MAX_BYTES];
    size_t size = 0;
    for (size_t i = 0; i < latin->count; i++) {
        memcpy(joined + size, latin->at[i].data, latin->at[i].size);
        size += latin->at[i].size;
    }
    return kithi_pinyin_spells(han, strlen(han), surname, joined, size);
}

/* The initials that words stand for, whether they are written out or not; empty: they stand for
 * none. */
static void latin_initials(const words *latin, char out[SYLLABLES_MAX]) {
    char syllables[PINYIN_BYTES], letters[SYLLABLES_MAX];
    size_t size = 0;
    for (size_t i = 0; i < latin->count; i++) {
        kithi_span word = latin->at[i];
        if (kithi_pinyin_split(word.data, word.size, syllables, sizeof syllables) > 0) {
            write_initials(syllables, letters);
        } else {
            keep(word.data, word.size <= INITIALS_MAX ? word.size : 0, syllables);
            memcpy(letters, syllables, INITIALS_MAX);
            letters[strnlen(syllables, INITIALS_MAX)] = '\0';
        }
        size_t more = strlen(letters);
        if (more == 0 || size + more >= SYLLABLES_MAX) {
            size = 0;
            break;
        }
        memcpy(out + size, letters, more);
        size += more;
    }
    out[size] = '\0';
}

/* With these words for the family name, and those for the given one. */
static kithi_han_level parted_level(const side *han, const words *family, const words *given) {
    char first[SYLLABLES_MAX], second[SYLLABLES_MAX];
    if (!spelled(han->family, true, family)) {
        return KITHI_HAN_NONE;
    }
    if (spelled(han->given, false, given)) {
        return KITHI_HAN_ROMANISED;
    }
    given_initials(han->given, first);
    latin_initials(given, second);
    bool initials = first[0] != '\0' && equal(first, second);
    return initials ? KITHI_HAN_INITIALS : KITHI_HAN_SURNAME;
}

/* Of two ways to part a name, the better one. That it is the other romanised says more here than
 * its initials. */
static kithi_han_level better(kithi_han_level a, kithi_han_level b) {
    if (a == KITHI_HAN_ROMANISED || b == KITHI_HAN_ROMANISED) {
        return KITHI_HAN_ROMANISED;
    }
    return a > b ? a : b;
}

static kithi_han_level ordered_level(const side *han, const words *all) {
    kithi_han_level best = KITHI_HAN_NONE;
    for (size_t i = 1; i < all->count; i++) {
        words front = some(all, 0, i), back = some(all, i, all->count);
        best = better(best, parted_level(han, &front, &back));
        best = better(best, parted_level(han, &back, &front));
    }
    return best;
}

/* "wangwei" */
static bool glued(const side *han, kithi_span word) {
    for (size_t i = 1; i < word.size; i++) {
        words front = {.at = {{word.data, i}}, .count = 1};
        words back = {.at = {{word.data + i, word.size - i}}, .count = 1};
        if ((spelled(han->family, true, &front) && spelled(han->given, false, &back)) ||
            (spelled(han->family, true, &back) && spelled(han->given, false, &front))) {
            return true;
        }
    }
    return false;
}

/* The two parts of a romanised name may stand for one another, and a word may have gone to the
 * wrong one. */
static kithi_han_level latin_level(const side *han, const side *latin) {
    char key[PINYIN_BYTES];
    words family_first = words_of(latin->family, latin->given);
    words given_first = words_of(latin->given, latin->family);
    if (!is_complete(han)) {
        return KITHI_HAN_NONE;
    }
    if (family_first.count == 1) {
        return glued(han, family_first.at[0]) ? KITHI_HAN_ROMANISED : KITHI_HAN_NONE;
    }
    kithi_han_level level =
        better(ordered_level(han, &family_first), ordered_level(han, &given_first));
    if (level != KITHI_HAN_NONE) {
        return level;
    }
    /* What is no pinyin may be the name in Cantonese, or another one. */
    bool sure = kithi_han_latin(latin->family, latin->given, key, sizeof key) > 0;
    return sure ? KITHI_HAN_DIFFERENT : KITHI_HAN_NONE;
}

static kithi_han_level both_latin_level(const side *a, const side *b) {
    char first[PINYIN_BYTES], second[PINYIN_BYTES];
    if (equal(a->family, b->family) && equal(a->given, b->given)) {
        return KITHI_HAN_EQUAL;
    }
    bool pinyin = kithi_han_latin(a->family, a->given, first, sizeof first) > 0 &&
                  kithi_han_latin(b->family, b->given, second, sizeof second) > 0;
    return pinyin && equal(first, second) ? KITHI_HAN_ROMANISED : KITHI_HAN_NONE;
}

static kithi_han_level sides_level(const side *a, const side *b) {
    if (a->writing == OTHER || b->writing == OTHER) {
        return KITHI_HAN_NONE;
    }
    if (a->writing == LATIN && b->writing == LATIN) {
        return both_latin_level(a, b);
    }
    if (same_name(a, b)) {
        return KITHI_HAN_EQUAL;
    }
    if (a->writing == LATIN || b->writing == LATIN) {
        const side *latin = a->writing == LATIN ? a : b, *other = latin == a ? b : a;
        return other->writing == HAN ? latin_level(other, latin) : KITHI_HAN_NONE;
    }
    bool chinese = a->writing == HAN && b->writing == HAN;
    return chinese ? han_level(a, b) : japanese_level(a, b);
}

int kithi_han_names_level(const char *family_a, const char *given_a, const char *family_b,
                          const char *given_b) {
    side a, b;
    make_side(family_a, given_a, &a);
    make_side(family_b, given_b, &b);
    return sides_level(&a, &b);
}

const char *kithi_han_level_name(int level) {
    static const char *const names[KITHI_HAN_LEVEL_COUNT] = {
        "none",     "different", "surname only", "romanised",
        "initials", "character", "sound",        "equal"};
    return level >= 0 && level < KITHI_HAN_LEVEL_COUNT ? names[level] : "none";
}

/* A key */

typedef struct syllables {
    char at[SYLLABLES_MAX][SYLLABLE_SIZE];
    size_t count;
} syllables;

static bool add_syllables(const char *spaced, syllables *out) {
    for (size_t size; *spaced != '\0'; spaced += size + (spaced[size] == ' ')) {
        size = strcspn(spaced, " ");
        if (out->count == SYLLABLES_MAX) {
            return false;
        }
        memcpy(out->at[out->count], spaced, size);
        out->at[out->count++][size] = '\0';
    }
    return true;
}

static bool add_latin(const char *part_of_name, syllables *out) {
    char spaced[PINYIN_BYTES];
    words all = words_of(part_of_name, "");
    for (size_t i = 0; i < all.count; i++) {
        kithi_span word = all.at[i];
        if (kithi_pinyin_split(word.data, word.size, spaced, sizeof spaced) == 0 ||
            !add_syllables(spaced, out)) {
            return false;
        }
    }
    return true;
}

static int compare_syllables(const void *a, const void *b) {
    return strcmp(a, b);
}

static size_t write_key(syllables *all, char *out, size_t capacity) {
    size_t written = 0;
    qsort(all->at, all->count, SYLLABLE_SIZE, compare_syllables);
    for (size_t i = 0; i < all->count; i++) {
        size_t size = strlen(all->at[i]);
        if (written + size + 1 > capacity) { /* a space or the NUL follows */
            return 0;
        }
        memcpy(out + written, all->at[i], size);
        written += size;
        out[written++] = i + 1 < all->count ? ' ' : '\0';
    }
    return written > 0 ? written - 1 : 0;
}

size_t kithi_han_latin(const char *family, const char *given, char *out, size_t capacity) {
    char spaced[PINYIN_BYTES];
    side name;
    syllables all = {.count = 0};
    make_side(family, given, &name);
    bool known = name.writing == LATIN
                     ? add_latin(name.family, &all) && add_latin(name.given, &all)
                     : name.writing == HAN && is_complete(&name) && read_name(&name, spaced) > 0 &&
                           add_syllables(spaced, &all);
    return known && all.count > 1 ? write_key(&all, out, capacity) : 0;
}
