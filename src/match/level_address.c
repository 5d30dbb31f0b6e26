/*
 * How alike two addresses are, by the words that they have in common, whatever the order in which
 * sources write them.
 */
#include "src/match/levels.h"
#include "src/match/similar.h"

#define ALIKE 880

typedef struct overlap {
    size_t numbers, words; /* that both have */
    size_t alike;          /* words that are nearly those of the other */
} overlap;

static const kithi_term *find_equal(const kithi_term_list *a, const kithi_term *x,
                                    const kithi_term_list *b) {
    for (size_t i = 0; i < b->count; i++) {
        if (kithi_terms_equal(a, x, b, &b->terms[i])) {
            return &b->terms[i];
        }
    }
    return NULL;
}

static bool has_alike(const kithi_term_list *a, const kithi_term *x, const kithi_term_list *b) {
    for (size_t i = 0; i < b->count; i++) {
        const kithi_term *y = &b->terms[i];
        if (!(y->flags & KITHI_TERM_NUMBER) &&
            kithi_jaro_winkler(a->text + x->at, x->size, b->text + y->at, y->size) >= ALIKE) {
            return true;
        }
    }
    return false;
}

static overlap find_overlap(const kithi_term_list *a, const kithi_term_list *b) {
    overlap found = {0, 0, 0};
    for (size_t i = 0; i < a->count; i++) {
        const kithi_term *x = &a->terms[i];
        bool number = x->flags & KITHI_TERM_NUMBER;
        bool equal = find_equal(a, x, b) != NULL;
        found.numbers += number && equal;
        found.words += !number && equal;
        found.alike += !number && !equal && has_alike(a, x, b);
    }
    return found;
}

unsigned kithi_level_address(const kithi_term_list *a, const kithi_term_list *b) {
    /* From the shorter side, so that the order of the two makes no difference to what is alike. */
    bool swap = b->count < a->count;
    overlap found = swap ? find_overlap(b, a) : find_overlap(a, b);
    size_t fewer = swap ? b->count : a->count, more = swap ? a->count : b->count;
    size_t common = found.numbers + found.words;
    if (common == more) {
        return 6;
    }
    if (found.numbers > 0 && found.words > 0) {
        return 5;
    }
    if (found.words > 0 && 2 * (common + found.alike) >= fewer) {
        return 4;
    }
    return found.words > 0 ? 3 : found.alike > 0 || found.numbers > 0 ? 2 : 1;
}
