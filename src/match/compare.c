#include "src/match/compare.h"

#include <string.h>

#include "kith/base.h"
#include "src/base/letters.h"
#include "src/base/text.h"
#include "src/match/cyrillic.h"
#include "src/match/han.h"
#include "src/match/nicknames.h"
#include "src/match/sound.h"
#include "src/match/surnames.h"

#define WORDS_MAX      16 /* of a name; more add nothing */
#define TEXT_CAPACITY  512
#define DATE_DIGITS    8
#define DATE_EDITS_MAX 2 /* a likely misreading */

#define NONE         SIZE_MAX /* no partner */
#define JOINED_MAX   3        /* words that one may stand for */
#define JOINED_SLACK 2        /* bytes by which their spelling may differ */

#define SCRIPT_UNKNOWN 0
#define SCRIPT_MIXED   (-1)
#define SCRIPT_BLOCKS  16 /* scripts without a name of their own are told apart by their block */

typedef struct word {
    const char *data;
    size_t size;
    bool known; /* of a full name: as a given name */
} word;

typedef struct words {
    word at[WORDS_MAX];
    size_t count;
} words;

static void append(const char *text, words *out) {
    while (*text != '\0' && out->count < WORDS_MAX) {
        size_t size = strcspn(text, " ");
        if (size > 0) {
            out->at[out->count++] = (word){.data = text, .size = size};
        }
        text += size + (text[size] == ' ');
    }
}

static void split(const char *text, words *out) {
    out->count = 0;
    append(text, out);
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
    return first_size > 0 && equal((word){.data = first, .size = first_size},
                                   (word){.data = second, .size = second_size});
}

/* A name as the table of given names has it; empty where it can't be there. */
static word listed(int script, word name, char out[2 * KITHI_NAME_MAX_BYTES]) {
    if (script == KITHI_SCRIPT_LATIN) {
        return name;
    }
    bool cyrillic = script == KITHI_SCRIPT_CYRILLIC;
    return (word){.data = out,
                  .size = cyrillic ? kithi_cyrillic_latin(name.data, name.size, out) : 0};
}

static bool are_nicknames(int script, word a, word b) {
    char first[2 * KITHI_NAME_MAX_BYTES], second[2 * KITHI_NAME_MAX_BYTES];
    a = listed(script, a, first);
    b = listed(script, b, second);
    return kithi_nicknames_match(a.data, a.size, b.data, b.size);
}

static bool is_known(word name) {
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

/* One name in two spellings, or with a likely typing error. A man's name and its form for a woman
 * are two people's. */
static bool spelled_alike(int script, word a, word b) {
    bool latin = script == KITHI_SCRIPT_LATIN;
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
    /* Siblings with near names are commoner than typing errors. */
    return !(is_known(a) && is_known(b)) && spelled_alike(script, a, b);
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
        rest = (word){.data = rest.data + size, .size = rest.size - size};
    }
    return rest.size == 0;
}

static word glue(const words *parts, char out[KITHI_NAME_MAX_BYTES]) {
    size_t size = 0;
    for (size_t i = 0; i < parts->count; i++) {
        memcpy(out + size, parts->at[i].data, parts->at[i].size);
        size += parts->at[i].size;
    }
    return (word){.data = out, .size = size};
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

/* Names without spaces, in Han and in Hangul. Two or three characters leave no room for typing
 * errors, so such given names are equal or they differ. */
static bool dense_names_differ(const kithi_name *a, const kithi_name *b) {
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

/*
 * Full names. Which of their words are the given names is a guess, so all words of one name are
 * paired with those of the other, and the pairs that may be a given name of both are looked for.
 */

typedef struct full_name {
    words all;
    size_t given; /* this many words at the front, first of all the first, are taken for given */
    bool guessed;
    size_t partner[WORDS_MAX];
} full_name;

static void set_full(const char *given, const char *family, bool guessed, full_name *out) {
    split(given, &out->all);
    out->given = out->all.count;
    append(family, &out->all);
    out->guessed = guessed;
    for (size_t i = 0; i < WORDS_MAX; i++) {
        out->partner[i] = NONE;
    }
    for (size_t i = 0; i < out->all.count; i++) {
        out->all.at[i].known = is_known(out->all.at[i]);
    }
}

typedef bool pairs(int script, word a, word b);

static bool words_equal(int script, word a, word b) {
    (void)script;
    return equal(a, b);
}

static bool words_spelled_alike(int script, word a, word b) {
    return a.known && b.known ? are_nicknames(script, a, b) : spelled_alike(script, a, b);
}

static bool initial_matches(int script, word a, word b) {
    return has_initials(script) && (is_initial_of(a, b) || is_initial_of(b, a));
}

static void pair_words(int script, full_name *a, full_name *b, pairs *alike) {
    for (size_t i = 0; i < a->all.count; i++) {
        for (size_t j = 0; j < b->all.count && a->partner[i] == NONE; j++) {
            if (b->partner[j] == NONE && alike(script, a->all.at[i], b->all.at[j])) {
                a->partner[i] = j;
                b->partner[j] = i;
            }
        }
    }
}

/* The words without partners from `at` on, `count` of them; fewer where fewer stand there. */
static words free_words(const full_name *name, size_t at, size_t count) {
    words out = {.count = 0};
    while (out.count < count && at < name->all.count && name->partner[at] == NONE) {
        out.at[out.count++] = name->all.at[at++];
    }
    return out;
}

/* Maryann for Mary Ann, and JP for Jean Paul. */
static bool joined(int script, const words *one, const words *parts) {
    char buffer[KITHI_NAME_MAX_BYTES * 2];
    size_t size = 0, single = one->count == 1 ? one->at[0].size : 0;
    for (size_t i = 0; i < parts->count; i++) {
        size += parts->at[i].size;
    }
    bool near = size < KITHI_NAME_MAX_BYTES && size <= single + JOINED_SLACK &&
                single <= size + JOINED_SLACK;
    return single > 0 && ((near && words_alike(script, one->at[0], glue(parts, buffer))) ||
                          (has_initials(script) && are_initials_of(one, parts)));
}

static void pair_joined(int script, full_name *a, full_name *b) {
    for (size_t i = 0; i < a->all.count; i++) {
        for (size_t j = 0; j < b->all.count; j++) {
            for (size_t count = 2; count <= JOINED_MAX && a->partner[i] == NONE; count++) {
                words one = free_words(a, i, 1), parts = free_words(b, j, count);
                if (parts.count < count || !joined(script, &one, &parts)) {
                    continue;
                }
                a->partner[i] = j;
                for (size_t k = j; k < j + count; k++) {
                    b->partner[k] = i;
                }
            }
        }
    }
}

static void pair_names(int script, full_name *a, full_name *b) {
    pair_words(script, a, b, words_equal);
    pair_words(script, a, b, words_spelled_alike);
    pair_joined(script, a, b);
    pair_joined(script, b, a);
    pair_words(script, a, b, initial_matches);
}

static bool all_paired(const full_name *name) {
    for (size_t i = 0; i < name->all.count; i++) {
        if (name->partner[i] == NONE) {
            return false;
        }
    }
    return true;
}

static bool any_given_left(const full_name *name) {
    for (size_t i = 0; i < name->all.count; i++) {
        if (name->partner[i] == NONE && name->all.at[i].known) {
            return true;
        }
    }
    return false;
}

/* Letters that both words have in the same order. */
static size_t common_letters(word a, word b) {
    size_t row[KITHI_NAME_MAX_BYTES + 1] = {0};
    for (size_t i = 0; i < a.size; i++) {
        size_t diagonal = 0;
        for (size_t j = 0; j < b.size; j++) {
            size_t above = row[j + 1];
            row[j + 1] = a.data[i] == b.data[j] ? diagonal + 1 : above > row[j] ? above : row[j];
            diagonal = above;
        }
    }
    return row[b.size];
}

/* Whether no transliteration makes one of the other (Xiu and Hsiu): both are known, or they have
 * hardly a letter in common. */
static bool surely_unlike(word a, word b) {
    size_t longer = a.size > b.size ? a.size : b.size;
    return (a.known && b.known) || 3 * common_letters(a, b) <= longer;
}

/* Whether a pair of words may be a given name of both. */
static bool may_be_given(const full_name *a, size_t i, const full_name *b, size_t j) {
    word name = a->all.at[i];
    bool guess = a->guessed && b->guessed;
    if (i >= a->given && j >= b->given) {
        return false;
    }
    if (i >= a->given || j >= b->given) { /* "Jones Ann", and Ann Smith */
        return name.known && !any_given_left(a) && !any_given_left(b);
    }
    if (guess && kithi_surnames_know(name.data, name.size)) {
        return false;
    }
    return !guess || i == 0 || j == 0 || name.known || !surely_unlike(a->all.at[0], b->all.at[0]);
}

static bool any_given_paired(const full_name *a, const full_name *b) {
    for (size_t i = 0; i < a->all.count; i++) {
        if (a->partner[i] != NONE && may_be_given(a, i, b, a->partner[i])) {
            return true;
        }
    }
    return false;
}

/* A word alone, taken for a given name, may be a surname: that the other begins with a given name
 * must be sure too. */
static bool tells_given(const full_name *single, const full_name *other) {
    bool alone = single->guessed && single->all.count == 1;
    return !alone || !other->guessed || other->all.at[0].known;
}

static bool full_names_differ(int script, full_name *a, full_name *b) {
    pair_names(script, a, b);
    return tells_given(a, b) && tells_given(b, a) && !all_paired(a) && !all_paired(b) &&
           !any_given_paired(a, b) && !any_given_paired(b, a);
}

static bool whole_names_differ(int script, const kithi_name *a, const kithi_name *b) {
    full_name first, second;
    set_full(a->given, a->family, a->guessed, &first);
    set_full(b->given, b->family, b->guessed, &second);
    return full_names_differ(script, &first, &second);
}

/* Whether the Latin letters beside two names tell of one person. One unknown word, as in "vip",
 * tells nothing. */
static bool latin_agrees(const kithi_name *a, const kithi_name *b) {
    full_name first, second;
    set_full(a->latin, "", true, &first);
    set_full(b->latin, "", true, &second);
    if (first.all.count == 0 || second.all.count == 0) {
        return false;
    }
    bool told = (first.all.count > 1 && second.all.count > 1) ||
                (first.all.at[0].known && second.all.at[0].known);
    pair_names(KITHI_SCRIPT_LATIN, &first, &second);
    return told && (all_paired(&first) || all_paired(&second));
}

static bool names_of_script_differ(int script, const kithi_name *a, const kithi_name *b) {
    if (a->guessed || b->guessed) {
        return whole_names_differ(script, a, b);
    }
    if (script == KITHI_SCRIPT_HAN || script == KITHI_SCRIPT_HANGUL) {
        return dense_names_differ(a, b);
    }
    return !names_alike(script, a->given, b->given) && !swapped(script, a, b);
}

/* One order of the two, as words find their partners in order and the answer must be one. */
static bool stand_turned(const kithi_name *a, const kithi_name *b) {
    int order = strcmp(a->given, b->given);
    return order > 0 || (order == 0 && strcmp(a->family, b->family) > 0);
}

bool kithi_given_names_differ(const kithi_name *a, const kithi_name *b) {
    if (a->given[0] == '\0' || b->given[0] == '\0') {
        return false;
    }
    int script = script_of(a->given);
    if (script != script_of(b->given) || script == SCRIPT_MIXED || script == SCRIPT_UNKNOWN) {
        return false;
    }
    const kithi_name *first = stand_turned(a, b) ? b : a, *second = first == a ? b : a;
    return names_of_script_differ(script, first, second) && !latin_agrees(first, second);
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

bool kithi_date_is_unset(const char *date) {
    static const char dates[][DATE_DIGITS + 1] = {"00000101", "00010101", "16010101", "17530101",
                                                  "18991230", "18991231", "19000101", "19040101",
                                                  "19700101", "99991231"};
    for (size_t i = 0; i < sizeof dates / sizeof dates[0]; i++) {
        if (memcmp(date, dates[i], DATE_DIGITS) == 0) {
            return true;
        }
    }
    return false;
}

bool kithi_dates_differ(int64_t days_a, int64_t days_b) {
    char a[DATE_DIGITS], b[DATE_DIGITS], swapped[DATE_DIGITS];
    date_digits(days_a, a);
    date_digits(days_b, b);
    if (kithi_date_is_unset(a) || kithi_date_is_unset(b)) {
        return false;
    }
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
           !equal((word){.data = first, .size = first_size},
                  (word){.data = second, .size = second_size});
}
