/*
 * How alike two names are: whatever the order of their words, and where a source tells given and
 * family name apart, by these. The level's meanings are in kind.c.
 */
#include <string.h>

#include "src/match/han_names.h"
#include "src/match/levels.h"
#include "src/match/nicknames.h"
#include "src/match/similar.h"

#define LONG_WORD 6   /* bytes of a word that may have two slips */
#define ALIKE     860 /* Jaro-Winkler; Winkler's own data has clerks agree from about .85 on */

typedef enum likeness { MISSING, DIFFERENT, INITIAL_ONLY, ALIKE_WORDS, EQUAL } likeness;

static const char *text_of(const kithi_term_list *list, const kithi_term *term) {
    return list->text + term->at;
}

/* One word with a slip or two. Likeness alone would take Darla for Darlene, as both begin alike. */
static bool spelled_alike(const kithi_term_list *a, const kithi_term *x, const kithi_term_list *b,
                          const kithi_term *y) {
    unsigned slips = (x->size < y->size ? x->size : y->size) >= LONG_WORD ? 2 : 1;
    return kithi_terms_alike(a, x, b, y, ALIKE) > 0 &&
           kithi_damerau(text_of(a, x), x->size, text_of(b, y), y->size, slips) <= slips;
}

static likeness compare_words(const kithi_term_list *a, const kithi_term *x,
                              const kithi_term_list *b, const kithi_term *y) {
    if (kithi_terms_equal(a, x, b, y)) {
        return EQUAL;
    }
    if ((x->flags | y->flags) & KITHI_TERM_INITIAL) {
        size_t size = x->size < y->size ? x->size : y->size;
        return memcmp(text_of(a, x), text_of(b, y), size) == 0 ? INITIAL_ONLY : DIFFERENT;
    }
    bool known = x->alias != 0 && y->alias != 0;
    if (known && kithi_nicknames_share_group(x->alias, y->alias)) {
        return ALIKE_WORDS;
    }
    /* Of two common given names one is seldom the other misspelt: Darla and Darlene are sisters. */
    if (known && x->flags & y->flags & KITHI_TERM_GIVEN) {
        return DIFFERENT;
    }
    return spelled_alike(a, x, b, y) ? ALIKE_WORDS : DIFFERENT;
}

/* The best of the words of a part of one name with those of a part of the other. */
static likeness compare_parts(const kithi_term_list *a, unsigned part_a, const kithi_term_list *b,
                              unsigned part_b) {
    likeness best = MISSING;
    for (size_t i = 0; i < a->count; i++) {
        for (size_t j = 0; j < b->count && best < EQUAL; j++) {
            if ((a->terms[i].flags & part_a) && (b->terms[j].flags & part_b)) {
                likeness found = compare_words(a, &a->terms[i], b, &b->terms[j]);
                best = found > best ? found : best;
            }
        }
    }
    return best;
}

/* The words of a part as one: "mary ann" is "maryann". Returns the size; 0: it isn't several. */
static size_t join_words(const kithi_term_list *list, unsigned part,
                         char out[KITHI_TERMS_MAX * KITHI_TERM_MAX_BYTES]) {
    size_t size = 0, count = 0;
    for (size_t i = 0; i < list->count; i++) {
        const kithi_term *term = &list->terms[i];
        if (term->flags & part) {
            memcpy(out + size, text_of(list, term), term->size);
            size += term->size;
            count++;
        }
    }
    return count > 1 ? size : 0;
}

/* Whether a word of the one is all words of the other. */
static bool is_joined(const kithi_term_list *one, const kithi_term_list *parts, unsigned part) {
    char whole[KITHI_TERMS_MAX * KITHI_TERM_MAX_BYTES];
    size_t size = join_words(parts, part, whole);
    for (size_t i = 0; size > 0 && i < one->count; i++) {
        const kithi_term *term = &one->terms[i];
        if ((term->flags & part) && term->size == size &&
            memcmp(text_of(one, term), whole, size) == 0) {
            return true;
        }
    }
    return false;
}

static const kithi_term *first_of(const kithi_term_list *list, unsigned part) {
    for (size_t i = 0; i < list->count; i++) {
        if (list->terms[i].flags & part) {
            return &list->terms[i];
        }
    }
    return NULL;
}

/* Whether a word of the part in the one is like none of it in the other. */
static bool has_left_over(const kithi_term_list *one, const kithi_term_list *other, unsigned part) {
    for (size_t i = 0; i < one->count; i++) {
        likeness best = DIFFERENT;
        for (size_t j = 0; j < other->count && (one->terms[i].flags & part); j++) {
            if (other->terms[j].flags & part) {
                likeness found = compare_words(one, &one->terms[i], other, &other->terms[j]);
                best = found > best ? found : best;
            }
        }
        if ((one->terms[i].flags & part) && best == DIFFERENT) {
            return true;
        }
    }
    return false;
}

/* Brothers share a second name or their father's: Juan Carlos isn't Luis Carlos. */
static bool begin_apart(const kithi_term_list *a, const kithi_term_list *b, unsigned part) {
    return compare_words(a, first_of(a, part), b, first_of(b, part)) == DIFFERENT &&
           has_left_over(a, b, part) && has_left_over(b, a, part);
}

static bool has_several(const kithi_term_list *list, unsigned part) {
    size_t count = 0;
    for (size_t i = 0; i < list->count; i++) {
        count += (list->terms[i].flags & part) != 0;
    }
    return count > 1;
}

static likeness compare_part(const kithi_term_list *a, const kithi_term_list *b, unsigned part) {
    likeness found = compare_parts(a, part, b, part);
    if (!has_several(a, part) && !has_several(b, part)) {
        return found;
    }
    bool joined =
        found > MISSING && found < EQUAL && (is_joined(a, b, part) || is_joined(b, a, part));
    bool apart = !joined && found > DIFFERENT && begin_apart(a, b, part);
    return joined ? EQUAL : apart ? DIFFERENT : found;
}

/* Whether a given name of the one stands elsewhere in the other: in front of its surname, or among
 * its middle names. */
static bool shares_given(const kithi_term_list *a, const kithi_term_list *b) {
    for (size_t i = 0; i < a->count; i++) {
        for (size_t j = 0; j < b->count; j++) {
            const kithi_term *x = &a->terms[i], *y = &b->terms[j];
            if (((x->flags ^ y->flags) & KITHI_TERM_GIVEN) && kithi_terms_equal(a, x, b, y)) {
                return true;
            }
        }
    }
    return false;
}

/* Neither an initial nor the sound of the whole. */
static bool is_word(const kithi_term *term) {
    return !(term->flags & (KITHI_TERM_INITIAL | KITHI_TERM_SOUND | KITHI_TERM_KANA));
}

static size_t count_words(const kithi_term_list *list) {
    size_t count = 0;
    for (size_t i = 0; i < list->count; i++) {
        count += is_word(&list->terms[i]);
    }
    return count;
}

/* Of more than there is room for, those that precede the others: the same whichever of the two
 * records is the first. */
static void note_shared(kithi_shared_terms *shared, const kithi_term_list *a, const kithi_term *x,
                        unsigned flags) {
    struct kithi_shared_term *items = shared->items;
    size_t at = 0;
    while (at < shared->count && kithi_term_precedes(a, items[at].term, x)) {
        at++;
    }
    if (at == KITHI_SHARED_MAX) {
        return;
    }
    shared->count += shared->count < KITHI_SHARED_MAX;
    for (size_t i = shared->count; --i > at;) {
        items[i] = items[i - 1];
    }
    items[at] = (struct kithi_shared_term){a, x, flags};
}

static size_t count_common(const kithi_term_list *a, const kithi_term_list *b,
                           kithi_shared_terms *shared) {
    size_t count = 0;
    for (size_t i = 0; i < a->count; i++) {
        const kithi_term *x = &a->terms[i];
        for (size_t j = 0; j < b->count && is_word(x); j++) {
            if (!kithi_terms_equal(a, x, b, &b->terms[j])) {
                continue;
            }
            count++;
            if (shared != NULL) {
                note_shared(shared, a, x, x->flags & b->terms[j].flags);
            }
            break;
        }
    }
    return count;
}

static unsigned level_of_parts(likeness given, likeness family, size_t common) {
    if (family == EQUAL) {
        return given == ALIKE_WORDS ? 10 : given == INITIAL_ONLY ? 11 : given == MISSING ? 7 : 6;
    }
    if (given == EQUAL) {
        return family >= INITIAL_ONLY ? 9 : family == MISSING ? 4 : 3;
    }
    if (given == ALIKE_WORDS && family == ALIKE_WORDS) {
        return 8;
    }
    return common > 0 ? 5 : given == ALIKE_WORDS || family == ALIKE_WORDS ? 2 : 1;
}

static bool crossed(const kithi_term_list *a, const kithi_term_list *b) {
    return compare_parts(a, KITHI_TERM_GIVEN, b, KITHI_TERM_FAMILY) >= ALIKE_WORDS &&
           compare_parts(a, KITHI_TERM_FAMILY, b, KITHI_TERM_GIVEN) >= ALIKE_WORDS;
}

static bool is_foreign(const kithi_term_list *list) {
    for (size_t i = 0; i < list->count; i++) {
        if (!(list->terms[i].flags & KITHI_TERM_FOREIGN)) {
            return false;
        }
    }
    return true;
}

/* Words in letters. Those of two scripts can't be compared. */
static unsigned level_of_words(const kithi_term_list *a, const kithi_term_list *b,
                               kithi_shared_terms *shared) {
    if (is_foreign(a) != is_foreign(b)) {
        return 0;
    }
    size_t words_a = count_words(a), words_b = count_words(b);
    size_t common = count_common(a, b, shared);
    size_t fewer = words_a < words_b ? words_a : words_b;
    if (a->generation != b->generation && a->generation > 0 && b->generation > 0) {
        return KITHI_NAME_GIVEN_DIFFERENT;
    }
    if (common >= 2 && common == words_a && common == words_b) {
        return 15;
    }
    likeness given = compare_part(a, b, KITHI_TERM_GIVEN);
    likeness family = compare_part(a, b, KITHI_TERM_FAMILY);
    if (given == EQUAL && family == EQUAL) {
        return 14;
    }
    /* Who lives together shares two surnames, or a surname and the father's name. */
    bool siblings = given == DIFFERENT && family == EQUAL && !shares_given(a, b);
    if (common >= 2 && !siblings) {
        return common == fewer ? 13 : 12;
    }
    unsigned level = level_of_parts(given, family, common);
    return level <= 5 && crossed(a, b) ? 8 : level;
}

/* Names in Han characters */

static const kithi_term *find_part(const kithi_term_list *list, unsigned flags) {
    for (size_t i = 0; i < list->count; i++) {
        if ((list->terms[i].flags & flags) == flags) {
            return &list->terms[i];
        }
    }
    return NULL;
}

static bool has_han(const kithi_term_list *list) {
    return find_part(list, KITHI_TERM_HAN) != NULL;
}

/* All words of a part in one: pinyin may have its syllables apart. */
static void copy_part(const kithi_term_list *list, unsigned flags,
                      char out[KITHI_TERM_MAX_BYTES + 1]) {
    size_t size = 0;
    for (size_t i = 0; i < list->count; i++) {
        const kithi_term *term = &list->terms[i];
        if ((term->flags & flags) == flags && size + term->size <= KITHI_TERM_MAX_BYTES) {
            memcpy(out + size, text_of(list, term), term->size);
            size += term->size;
        }
    }
    out[size] = '\0';
}

static void share(const kithi_term_list *a, const kithi_term_list *b, unsigned flags,
                  kithi_shared_terms *shared) {
    const kithi_term *x = find_part(a, flags), *y = find_part(b, flags);
    if (shared != NULL && x != NULL && y != NULL && kithi_terms_equal(a, x, b, y)) {
        shared->items[shared->count++] = (struct kithi_shared_term){a, x, flags};
    }
}

static unsigned level_of_han(const kithi_term_list *a, const kithi_term_list *b,
                             kithi_shared_terms *shared) {
    char family_a[KITHI_TERM_MAX_BYTES + 1], given_a[KITHI_TERM_MAX_BYTES + 1];
    char family_b[KITHI_TERM_MAX_BYTES + 1], given_b[KITHI_TERM_MAX_BYTES + 1];
    unsigned han = has_han(a) && has_han(b) ? KITHI_TERM_HAN : 0;
    unsigned han_a = has_han(a) ? KITHI_TERM_HAN : 0, han_b = has_han(b) ? KITHI_TERM_HAN : 0;
    copy_part(a, KITHI_TERM_FAMILY | han_a, family_a);
    copy_part(a, KITHI_TERM_GIVEN | han_a, given_a);
    copy_part(b, KITHI_TERM_FAMILY | han_b, family_b);
    copy_part(b, KITHI_TERM_GIVEN | han_b, given_b);
    switch (kithi_han_names_level(family_a, given_a, family_b, given_b)) {
    case KITHI_HAN_EQUAL:
        share(a, b, KITHI_TERM_FAMILY | han, shared);
        share(a, b, KITHI_TERM_GIVEN | han, shared);
        return 15;
    case KITHI_HAN_ROMANISED:
        share(a, b, KITHI_TERM_SOUND, shared);
        return 13;
    case KITHI_HAN_SOUND:
        share(a, b, KITHI_TERM_FAMILY | han, shared);
        return 10;
    case KITHI_HAN_CHARACTER:
    case KITHI_HAN_INITIALS:
        share(a, b, KITHI_TERM_FAMILY | han, shared);
        return 11;
    case KITHI_HAN_SURNAME:
        share(a, b, KITHI_TERM_FAMILY | han, shared);
        return KITHI_NAME_GIVEN_DIFFERENT;
    case KITHI_HAN_DIFFERENT:
        return KITHI_LEVEL_DIFFERENT;
    default:
        return 0;
    }
}

/* How names are read, where what is written can't be compared: 高橋 with its kana beside タカハシ.
 */

static bool is_kana(const kithi_term *term) {
    return (term->flags & KITHI_TERM_FOREIGN) != 0;
}

static size_t count_kana(const kithi_term_list *list) {
    size_t count = 0;
    for (size_t i = 0; i < list->count; i++) {
        count += is_kana(&list->terms[i]);
    }
    return count;
}

static unsigned level_of_kana(const kithi_term_list *a, const kithi_term_list *b,
                              kithi_shared_terms *shared) {
    size_t words_a = count_kana(a), words_b = count_kana(b), common = 0;
    for (size_t i = 0; i < a->count; i++) {
        const kithi_term *x = &a->terms[i];
        for (size_t j = 0; j < b->count && is_kana(x); j++) {
            if (is_kana(&b->terms[j]) && kithi_terms_equal(a, x, b, &b->terms[j])) {
                common++;
                if (shared != NULL) {
                    note_shared(shared, a, x, 0);
                }
                break;
            }
        }
    }
    if (words_a == 0 || words_b == 0) {
        return 0;
    }
    bool all = common == words_a && common == words_b;
    return common > 1 ? (all ? 15 : 13) : common == 1 ? 5 : 1;
}

static unsigned level_of_written(const kithi_term_list *a, const kithi_term_list *b,
                                 kithi_shared_terms *shared) {
    bool han_a = has_han(a), han_b = has_han(b);
    if (han_a || han_b) {
        unsigned level = level_of_han(a, b, shared);
        if (level > 0 || han_a != han_b) {
            return level;
        }
    }
    return level_of_words(a, b, shared);
}

unsigned kithi_level_name(const kithi_term_list *a, const kithi_term_list *b,
                          kithi_shared_terms *shared) {
    unsigned level = level_of_written(a, b, shared);
    return level > 0 ? level : level_of_kana(a, b, shared);
}
