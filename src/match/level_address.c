/*
 * How alike two addresses are. Street, city, postcode and state are one comparison, since who lives
 * in one street lives in one town: taken for different evidence they would count four times.
 */
#include <string.h>

#include "src/match/levels.h"
#include "src/match/similar.h"

#define ALIKE 880

/* How near two places are, by city, postcode and state. */
typedef enum nearness {
    UNKNOWN,
    ELSEWHERE,
    SAME_STATE,
    SAME_REGION,
    SAME_CITY,
    SAME_AREA,
    SAME_POSTCODE
} nearness;

static const char *text_of(const kithi_term_list *list, const kithi_term *term) {
    return list->text + term->at;
}

static nearness compare_postcodes(const kithi_term_list *a, const kithi_term *x,
                                  const kithi_term_list *b, const kithi_term *y) {
    const char *p = text_of(a, x), *q = text_of(b, y);
    if (kithi_terms_equal(a, x, b, y)) {
        return SAME_POSTCODE;
    }
    if (x->alias == y->alias || kithi_damerau(p, x->size, q, y->size, 1) <= 1) {
        return SAME_AREA;
    }
    return x->size > 2 && y->size > 2 && memcmp(p, q, 2) == 0 ? SAME_REGION : ELSEWHERE;
}

static nearness compare_cities(const kithi_term_list *a, const kithi_term *x,
                               const kithi_term_list *b, const kithi_term *y) {
    if (kithi_terms_equal(a, x, b, y) || kithi_terms_alike(a, x, b, y, ALIKE) > 0) {
        return SAME_CITY;
    }
    const char *p = text_of(a, x), *q = text_of(b, y);
    bool part = x->size < y->size ? kithi_text_holds(q, y->size, p, x->size)
                                  : kithi_text_holds(p, x->size, q, y->size);
    return part ? SAME_REGION : ELSEWHERE;
}

static nearness compare_parts(const kithi_term_list *a, const kithi_term *x,
                              const kithi_term_list *b, const kithi_term *y) {
    unsigned part = x->flags & KITHI_TERM_AREA;
    if (part != (y->flags & KITHI_TERM_AREA)) {
        return UNKNOWN;
    }
    switch (part) {
    case KITHI_TERM_POSTCODE:
        return compare_postcodes(a, x, b, y);
    case KITHI_TERM_CITY:
        return compare_cities(a, x, b, y);
    case KITHI_TERM_STATE:
        return kithi_terms_equal(a, x, b, y) ? SAME_STATE : ELSEWHERE;
    default:
        return UNKNOWN;
    }
}

/* What is nearest, and the term that is equal; of several the one that precedes. */
static nearness compare_places(const kithi_term_list *a, const kithi_term_list *b,
                               const kithi_term **out_term) {
    nearness best = UNKNOWN;
    for (size_t i = 0; i < a->count; i++) {
        for (size_t j = 0; j < b->count; j++) {
            const kithi_term *x = &a->terms[i], *y = &b->terms[j];
            nearness found = compare_parts(a, x, b, y);
            if (found > best) {
                best = found;
                *out_term = NULL;
            }
            if (found == best && kithi_terms_equal(a, x, b, y) &&
                (*out_term == NULL || kithi_term_precedes(a, x, *out_term))) {
                *out_term = x;
            }
        }
    }
    return best;
}

/* Words of streets that both have. */
typedef struct overlap {
    size_t numbers, words;
    size_t alike; /* words that are nearly those of the other */
    bool known;   /* both have a street */
} overlap;

static bool is_street(const kithi_term *term) {
    return (term->flags & KITHI_TERM_AREA) == 0;
}

static size_t count_street(const kithi_term_list *list) {
    size_t count = 0;
    for (size_t i = 0; i < list->count; i++) {
        count += is_street(&list->terms[i]);
    }
    return count;
}

typedef enum word_match { NO_WORD, ALIKE_WORD, EQUAL_WORD } word_match;

static word_match find_word(const kithi_term_list *a, const kithi_term *x,
                            const kithi_term_list *b) {
    word_match best = NO_WORD;
    for (size_t i = 0; i < b->count; i++) {
        const kithi_term *y = &b->terms[i];
        if (!is_street(y)) {
            continue;
        }
        if (kithi_terms_equal(a, x, b, y)) {
            return EQUAL_WORD;
        }
        if (!((x->flags | y->flags) & KITHI_TERM_NUMBER) &&
            kithi_terms_alike(a, x, b, y, ALIKE) > 0) {
            best = ALIKE_WORD;
        }
    }
    return best;
}

static overlap find_overlap(const kithi_term_list *a, const kithi_term_list *b) {
    overlap found = {0, 0, 0, false};
    for (size_t i = 0; i < a->count; i++) {
        const kithi_term *x = &a->terms[i];
        if (is_street(x)) {
            word_match match = find_word(a, x, b);
            bool number = x->flags & KITHI_TERM_NUMBER;
            bool block = number && memchr(a->text + x->at, '-', x->size) != NULL;
            found.numbers += number && match == EQUAL_WORD;
            found.words += (!number || block) && match == EQUAL_WORD;
            found.alike += match == ALIKE_WORD;
        }
    }
    return found;
}

/* Street and number are the same: all words, or a number and most of the words, some of them
 * misspelt. */
typedef enum streets { NO_STREET, OTHER_STREET, PART_OF_STREET, SAME_STREET } streets;

/* An order of two lists, so that which of them comes first makes no difference. */
static bool comes_first(const kithi_term_list *a, size_t words_a, const kithi_term_list *b,
                        size_t words_b) {
    if (words_a != words_b) {
        return words_a < words_b;
    }
    size_t i = 0;
    while (i < a->count && i < b->count && a->terms[i].hash == b->terms[i].hash &&
           a->terms[i].flags == b->terms[i].flags) {
        i++;
    }
    if (i == a->count || i == b->count) {
        return i == a->count;
    }
    const kithi_term *x = &a->terms[i], *y = &b->terms[i];
    return x->hash != y->hash ? x->hash < y->hash : x->flags < y->flags;
}

static streets compare_streets(const kithi_term_list *a, const kithi_term_list *b) {
    size_t words_a = count_street(a), words_b = count_street(b);
    size_t fewer = words_a < words_b ? words_a : words_b;
    if (fewer == 0) {
        return NO_STREET;
    }
    overlap found = comes_first(a, words_a, b, words_b) ? find_overlap(a, b) : find_overlap(b, a);
    size_t near = found.numbers + found.words + found.alike;
    if ((found.numbers > 0 && found.words + found.alike > 0 && 2 * near > fewer) ||
        (found.words > 1 && near == fewer)) {
        return SAME_STREET;
    }
    /* One of them has only its number, and it is the other's too. */
    if (found.numbers == fewer && found.words == 0) {
        return NO_STREET;
    }
    return found.words > 0 || (found.alike > 0 && found.numbers > 0) ? PART_OF_STREET
                                                                     : OTHER_STREET;
}

unsigned kithi_level_address(const kithi_term_list *a, const kithi_term_list *b,
                             kithi_shared_terms *shared) {
    const kithi_term *equal = NULL;
    nearness places = compare_places(a, b, &equal);
    streets street = compare_streets(a, b);
    if (street == SAME_STREET) {
        return places >= SAME_CITY ? 11 : places >= SAME_STATE ? 10 : 9;
    }
    if (street == PART_OF_STREET) {
        return places >= SAME_CITY ? 8 : 7;
    }
    if (equal != NULL && shared != NULL) {
        shared->items[shared->count++] = (struct kithi_shared_term){a, equal, equal->flags};
    }
    return places == UNKNOWN ? (street == NO_STREET ? 0 : 1) : (unsigned)places;
}
