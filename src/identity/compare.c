#include "src/identity/compare.h"

#include <string.h>

#include "kith/base.h"
#include "src/base/letters.h"
#include "src/base/text.h"
#include "src/identity/cyrillic.h"
#include "src/identity/han.h"
#include "src/identity/nicknames.h"
#include "src/identity/sound.h"

#define WORDS_MAX      16 /* of a given name; more add nothing */
#define TEXT_CAPACITY  512
#define DATE_DIGITS    8
#define DATE_EDITS_MAX 2 /* a likely misreading */

#define SCRIPT_UNKNOWN 0
#define SCRIPT_MIXED   (-1)
#define SCRIPT_BLOCKS  16 /* scripts without a name of their own are told apart by their block */

typedef struct word {
    const char *data;
    size_t size;
} word;

typedef struct words {
    word at[WORDS_MAX];
    size_t count;
} words;

static void split(const char *text, words *out) {
    out->count = 0;
    while (*text != '\0' && out->count < WORDS_MAX) {
        size_t size = strcspn(text, " ");
        if (size > 0) {
            out->at[out->count++] = (word){text, size};
        }
        text += size + (text[size] == ' ');
    }
}

static int script_of(const char *text) {
    size_t size = strlen(text);
    int found = SCRIPT_UNKNOWN;
    for (size_t at = 0; at < size;) {
        int32_t c = kithi_text_next(text, size, &at);
        int script = (int)kithi_text_script(c);
        if (script == KITHI_SCRIPT_NONE) {
            continue;
        }
        if (script == KITHI_SCRIPT_OTHER) {
            script = SCRIPT_BLOCKS + (int)(c >> 7);
        }
        if (found != SCRIPT_UNKNOWN && found != script) {
            return SCRIPT_MIXED;
        }
        found = script;
    }
    return found;
}

static bool has_initials(int script) {
    return script == KITHI_SCRIPT_LATIN || script == KITHI_SCRIPT_CYRILLIC ||
           script == KITHI_SCRIPT_GREEK;
}

static bool equal(word a, word b) {
    return a.size == b.size && memcmp(a.data, b.data, a.size) == 0;
}

static size_t first_letter_size(word text) {
    size_t at = 0;
    kithi_text_next(text.data, text.size, &at);
    return at;
}

static bool is_initial_of(word initial, word of) {
    size_t size = first_letter_size(initial);
    if (size != initial.size) {
        return false;
    }
    bool first = of.size >= size && memcmp(initial.data, of.data, size) == 0;
    return first || (size == 1 && kithi_nicknames_have_initial(of.data, of.size, *initial.data));
}

static bool spelling_equal(word a, word b) {
    char first[2 * KITHI_NAME_MAX_BYTES], second[2 * KITHI_NAME_MAX_BYTES];
    size_t first_size = kithi_sound_spelling(a.data, a.size, first);
    size_t second_size = kithi_sound_spelling(b.data, b.size, second);
    return first_size > 0 && equal((word){first, first_size}, (word){second, second_size});
}

/* A name as the table of given names has it; empty where it can't be there. */
static word listed(int script, word name, char out[2 * KITHI_NAME_MAX_BYTES]) {
    if (script == KITHI_SCRIPT_LATIN) {
        return name;
    }
    bool cyrillic = script == KITHI_SCRIPT_CYRILLIC;
    return (word){out, cyrillic ? kithi_cyrillic_latin(name.data, name.size, out) : 0};
}

static bool are_nicknames(int script, word a, word b) {
    char first[2 * KITHI_NAME_MAX_BYTES], second[2 * KITHI_NAME_MAX_BYTES];
    a = listed(script, a, first);
    b = listed(script, b, second);
    return kithi_nicknames_match(a.data, a.size, b.data, b.size);
}

static bool is_known(int script, word name) {
    char out[2 * KITHI_NAME_MAX_BYTES];
    name = listed(script, name, out);
    return kithi_nicknames_know(name.data, name.size);
}

/* Whether the rest of `text` behind its first `stem` bytes is `ending`. */
static bool ends_in(word text, size_t stem, const char *ending) {
    size_t size = strlen(ending);
    return text.size == stem + size && memcmp(text.data + stem, ending, size) == 0;
}

/* What a man's name ends in and a woman's of the same stem. Longer endings (Michel, Michelle) are
 * no typing error anyhow. Folding makes ий of a name ии. */
static bool endings_differ(word man, word woman) {
    static const char *const endings[][2] = {
        {"", "a"}, {"", "e"}, {"o", "a"}, {"", "а"}, {"ии", "ия"}, {"", "ة"},
    };
    for (size_t i = 0; i < sizeof endings / sizeof endings[0]; i++) {
        size_t ending = strlen(endings[i][0]);
        if (man.size <= ending) {
            continue;
        }
        size_t stem = man.size - ending;
        if (ends_in(man, stem, endings[i][0]) && ends_in(woman, stem, endings[i][1]) &&
            memcmp(man.data, woman.data, stem) == 0) {
            return true;
        }
    }
    return false;
}

/* One name in two spellings, or with a likely typing error. Siblings with near names are commoner
 * than typing errors, so two known names are two people, and so are a man's name and its form for a
 * woman. */
static bool spelled_alike(int script, word a, word b) {
    bool latin = script == KITHI_SCRIPT_LATIN;
    if (is_known(script, a) && is_known(script, b)) {
        return false;
    }
    if (endings_differ(a, b) || endings_differ(b, a)) {
        return false;
    }
    return (latin && spelling_equal(a, b)) || kithi_sound_one_error(a.data, a.size, b.data, b.size);
}

static bool words_alike(int script, word a, word b) {
    if (equal(a, b)) {
        return true;
    }
    if (has_initials(script) && (is_initial_of(a, b) || is_initial_of(b, a))) {
        return true;
    }
    if (are_nicknames(script, a, b)) {
        return true;
    }
    return spelled_alike(script, a, b);
}

/* "jp" for Jean Paul. */
static bool are_initials_of(const words *initials, const words *of) {
    if (initials->count != 1 || of->count < 2) {
        return false;
    }
    word rest = initials->at[0];
    for (size_t i = 0; i < of->count; i++) {
        size_t size = first_letter_size(of->at[i]);
        if (rest.size < size || memcmp(rest.data, of->at[i].data, size) != 0) {
            return false;
        }
        rest = (word){rest.data + size, rest.size - size};
    }
    return rest.size == 0;
}

static word glue(const words *parts, char out[KITHI_NAME_MAX_BYTES]) {
    size_t size = 0;
    for (size_t i = 0; i < parts->count; i++) {
        memcpy(out + size, parts->at[i].data, parts->at[i].size);
        size += parts->at[i].size;
    }
    return (word){out, size};
}

/* Mary Ann and Maryann. */
static bool glued_alike(int script, const words *a, const words *b) {
    char first[KITHI_NAME_MAX_BYTES], second[KITHI_NAME_MAX_BYTES];
    return a->count + b->count > 2 && words_alike(script, glue(a, first), glue(b, second));
}

/* Whether any word of one goes with any word of the other. */
static bool names_alike(int script, const char *text_a, const char *text_b) {
    words a, b;
    split(text_a, &a);
    split(text_b, &b);
    for (size_t i = 0; i < a.count; i++) {
        for (size_t j = 0; j < b.count; j++) {
            if (words_alike(script, a.at[i], b.at[j])) {
                return true;
            }
        }
    }
    bool initials = has_initials(script) && (are_initials_of(&a, &b) || are_initials_of(&b, &a));
    return initials || glued_alike(script, &a, &b);
}

static bool both_equal(const char *a, const char *b, const char *c, const char *d) {
    return strcmp(a, b) == 0 && strcmp(c, d) == 0;
}

static bool whole_equal(const kithi_name *a, const kithi_name *b) {
    char first[2 * KITHI_NAME_MAX_BYTES], second[2 * KITHI_NAME_MAX_BYTES];
    strcat(strcpy(first, a->family), a->given);
    strcat(strcpy(second, b->family), b->given);
    return strcmp(first, second) == 0;
}

/* Whether `longer` is the other's given name with a surname in front, as some sources write it. */
static bool holds_surname(const kithi_name *longer, const kithi_name *shorter) {
    size_t size = strlen(longer->given), tail = strlen(shorter->given);
    if (size <= tail || strcmp(longer->given + size - tail, shorter->given) != 0) {
        return false;
    }
    size_t front = size - tail;
    const char *families[] = {longer->family, shorter->family};
    for (size_t i = 0; i < 2; i++) {
        bool matches =
            strlen(families[i]) == front && memcmp(families[i], longer->given, front) == 0;
        if (families[i][0] == '\0' || matches) {
            return true;
        }
    }
    return false;
}

/* Two or three characters leave no room for typing errors, so given names in Han are equal or they
 * differ. */
static bool han_names_differ(const kithi_name *a, const kithi_name *b) {
    bool same = strcmp(a->given, b->given) == 0 ||
                both_equal(a->given, b->family, a->family, b->given) || whole_equal(a, b) ||
                holds_surname(a, b) || holds_surname(b, a);
    return !same;
}

static bool crossed(int script, const char *given, const char *family) {
    return family[0] != '\0' && names_alike(script, given, family);
}

/* Whether one source has the two names the wrong way round; a missing family name says nothing
 * against it. */
static bool swapped(int script, const kithi_name *a, const kithi_name *b) {
    bool a_in_b = crossed(script, a->given, b->family);
    bool b_in_a = crossed(script, b->given, a->family);
    return (a_in_b && b_in_a) || (a_in_b && a->family[0] == '\0') ||
           (b_in_a && b->family[0] == '\0');
}

bool kithi_given_names_differ(const kithi_name *a, const kithi_name *b) {
    if (a->given[0] == '\0' || b->given[0] == '\0') {
        return false;
    }
    int script = script_of(a->given);
    if (script != script_of(b->given) || script == SCRIPT_MIXED || script == SCRIPT_UNKNOWN) {
        return false;
    }
    if (script == KITHI_SCRIPT_HAN) {
        return han_names_differ(a, b);
    }
    if (names_alike(script, a->given, b->given)) {
        return false;
    }
    return !swapped(script, a, b);
}

/* Optimal string alignment: insertions, deletions, substitutions and swaps of neighbours. */
static int date_edits(const char *a, const char *b) {
    int cost[DATE_DIGITS + 1][DATE_DIGITS + 1];
    for (int i = 0; i <= DATE_DIGITS; i++) {
        cost[i][0] = cost[0][i] = i;
    }
    for (int i = 1; i <= DATE_DIGITS; i++) {
        for (int j = 1; j <= DATE_DIGITS; j++) {
            int best = cost[i - 1][j - 1] + (a[i - 1] != b[j - 1]);
            int drop = (cost[i - 1][j] < cost[i][j - 1] ? cost[i - 1][j] : cost[i][j - 1]) + 1;
            best = drop < best ? drop : best;
            bool swapped = i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1];
            if (swapped && cost[i - 2][j - 2] + 1 < best) {
                best = cost[i - 2][j - 2] + 1;
            }
            cost[i][j] = best;
        }
    }
    return cost[DATE_DIGITS][DATE_DIGITS];
}

/* 20240229 */
static void date_digits(int64_t days, char out[DATE_DIGITS]) {
    char text[KITH_TIME_TEXT_BYTES];
    kith_date_format(days, text);
    memcpy(out, text, 4);
    memcpy(out + 4, text + 5, 2);
    memcpy(out + 6, text + 8, 2);
}

/* The date with its day read as its month; false where there is no such month. */
static bool swap_day_month(const char *date, char out[DATE_DIGITS]) {
    if (memcmp(date + 6, "12", 2) > 0) {
        return false;
    }
    memcpy(out, date, 4);
    memcpy(out + 4, date + 6, 2);
    memcpy(out + 6, date + 4, 2);
    return true;
}

bool kithi_dates_differ(int64_t days_a, int64_t days_b) {
    char a[DATE_DIGITS], b[DATE_DIGITS], swapped[DATE_DIGITS];
    date_digits(days_a, a);
    date_digits(days_b, b);
    if (date_edits(a, b) <= DATE_EDITS_MAX) {
        return false;
    }
    if (swap_day_month(a, swapped) && date_edits(swapped, b) <= DATE_EDITS_MAX) {
        return false;
    }
    return !(swap_day_month(b, swapped) && date_edits(a, swapped) <= DATE_EDITS_MAX);
}

bool kithi_texts_differ(const char *a, size_t size_a, const char *b, size_t size_b) {
    char first[TEXT_CAPACITY], second[TEXT_CAPACITY];
    size_t first_size = 0, second_size = 0;
    /* Text that can't be folded, or is far longer than an attribute, proves nothing. */
    if (!kithi_text_fold(a, size_a, first, sizeof first, &first_size) ||
        !kithi_text_fold(b, size_b, second, sizeof second, &second_size)) {
        return false;
    }
    return first_size > 0 && second_size > 0 &&
           !equal((word){first, first_size}, (word){second, second_size});
}
