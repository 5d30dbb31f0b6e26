#include "src/match/levels.h"

#include <string.h>

#include "src/match/similar.h"

typedef unsigned level_of_terms(const kithi_term_list *a, const kithi_term *x,
                                const kithi_term_list *b, const kithi_term *y);

static const char *text_of(const kithi_term_list *list, const kithi_term *term) {
    return list->text + term->at;
}

/* The best of all pairs, where an attribute has several values. Of several terms that both have,
 * the one that precedes is named, whichever record is the first. */
static unsigned best_level(level_of_terms *level_of, unsigned top, const kithi_term_list *a,
                           const kithi_term_list *b, kithi_shared_terms *shared) {
    const kithi_term *equal = NULL;
    unsigned best = 0;
    for (size_t i = 0; i < a->count; i++) {
        for (size_t j = 0; j < b->count; j++) {
            const kithi_term *x = &a->terms[i];
            unsigned level = level_of(a, x, b, &b->terms[j]);
            best = level > best ? level : best;
            if (level == top && (equal == NULL || kithi_term_precedes(a, x, equal))) {
                equal = x;
            }
        }
    }
    if (equal != NULL && shared != NULL) {
        shared->items[shared->count++] = (struct kithi_shared_term){a, equal, 0};
    }
    return best;
}

unsigned kithi_level(kithi_kind kind, const kithi_term_list *a, const kithi_term_list *b,
                     kithi_shared_terms *shared) {
    static level_of_terms *const levels[KITHI_KIND_COUNT] = {
        [KITHI_KIND_DATE] = kithi_level_date,         [KITHI_KIND_TEXT] = kithi_level_text,
        [KITHI_KIND_CATEGORY] = kithi_level_category, [KITHI_KIND_EMAIL] = kithi_level_email,
        [KITHI_KIND_PHONE] = kithi_level_phone,       [KITHI_KIND_CODE] = kithi_level_code,
        [KITHI_KIND_NUMBER] = kithi_level_number,     [KITHI_KIND_GEO] = kithi_level_geo,
    };
    if (shared != NULL) {
        shared->count = 0;
    }
    if (a->count == 0 || b->count == 0) {
        return 0;
    }
    if (kind == KITHI_KIND_NAME) {
        return kithi_level_name(a, b, shared);
    }
    if (kind == KITHI_KIND_ADDRESS) {
        return kithi_level_address(a, b, shared);
    }
    return best_level(levels[kind], kithi_kind_of(kind)->level_count - 1u, a, b, shared);
}

/* Dates */

#define DATE_DIGITS 8

static bool is_new_year(const char *digits) {
    return memcmp(digits + 4, "0101", 4) == 0;
}

static bool is_swapped(const char *a, const char *b) {
    return memcmp(a + 4, b + 6, 2) == 0 && memcmp(a + 6, b + 4, 2) == 0;
}

/* How many digits differ, two neighbours that changed places counted once; 3: more than two. */
static unsigned count_slips(const char *a, const char *b, size_t size) {
    unsigned count = 0;
    for (size_t i = 0; i < size && count < 3; i++) {
        if (a[i] != b[i]) {
            bool exchanged = i + 1 < size && a[i] == b[i + 1] && a[i + 1] == b[i];
            count++;
            i += exchanged;
        }
    }
    return count;
}

unsigned kithi_level_date(const kithi_term_list *a, const kithi_term *x, const kithi_term_list *b,
                          const kithi_term *y) {
    const char *p = text_of(a, x), *q = text_of(b, y);
    bool same_year = memcmp(p, q, 4) == 0;
    if ((x->flags | y->flags) & KITHI_TERM_PARTIAL) {
        return same_year ? 4 : 1; /* others write such a year as its first day */
    }
    unsigned slips = count_slips(p, q, DATE_DIGITS);
    if (slips == 0) {
        return 8;
    }
    if (is_swapped(p, q) && count_slips(p, q, 4) <= 1) {
        return same_year ? 7 : 5;
    }
    if (same_year && (is_new_year(p) || is_new_year(q))) {
        return 4;
    }
    if (slips <= 2) {
        return slips == 1 ? 6 : 5;
    }
    return same_year ? 2 : memcmp(p + 4, q + 4, 4) == 0 ? 3 : 1;
}

/* Short texts */

#define TEXT_NEAR  920
#define TEXT_ALIKE 800

bool kithi_text_holds(const char *longer, size_t longer_size, const char *shorter, size_t size) {
    for (size_t at = 0; at + size <= longer_size; at++) {
        bool starts = at == 0 || longer[at - 1] == ' ';
        bool ends = at + size == longer_size || longer[at + size] == ' ';
        if (starts && ends && memcmp(longer + at, shorter, size) == 0) {
            return true;
        }
    }
    return false;
}

unsigned kithi_level_text(const kithi_term_list *a, const kithi_term *x, const kithi_term_list *b,
                          const kithi_term *y) {
    if (kithi_terms_equal(a, x, b, y)) {
        return 5;
    }
    const char *p = text_of(a, x), *q = text_of(b, y);
    int likeness = kithi_terms_alike(a, x, b, y, TEXT_ALIKE);
    if (likeness >= TEXT_NEAR) {
        return 4;
    }
    if (x->size < y->size ? kithi_text_holds(q, y->size, p, x->size)
                          : kithi_text_holds(p, x->size, q, y->size)) {
        return 3;
    }
    return likeness > 0 ? 2 : 1;
}

unsigned kithi_level_category(const kithi_term_list *a, const kithi_term *x,
                              const kithi_term_list *b, const kithi_term *y) {
    return kithi_terms_equal(a, x, b, y) ? 2 : 1;
}

/* Contacts */

#define LOCAL_ALIKE 880
#define REST_MIN    2 /* bytes of a rest that tell one from others of the name */

typedef enum rests { OTHER_RESTS, NEAR_RESTS, SAME_RESTS } rests;

/* What two addresses have besides their owners' names. */
static rests compare_rests(const kithi_term_list *a, const kithi_term *x, const kithi_term_list *b,
                           const kithi_term *y) {
    if (x->size < REST_MIN || y->size < REST_MIN) {
        return OTHER_RESTS;
    }
    unsigned edits = kithi_damerau(text_of(a, x), x->size, text_of(b, y), y->size, 1);
    return edits == 0 ? SAME_RESTS : edits == 1 ? NEAR_RESTS : OTHER_RESTS;
}

/* Behind each address stands its rest. Where the domain is another, a rest that is nearly the same
 * says nothing: it may be a slip, or the number of somebody of that name. */
unsigned kithi_level_email(const kithi_term_list *a, const kithi_term *x, const kithi_term_list *b,
                           const kithi_term *y) {
    if ((x->flags | y->flags) & KITHI_TERM_REST) {
        return 0;
    }
    bool same_domain = x->alias == y->alias;
    bool equal = kithi_terms_equal(a, x, b, y);
    if (equal && same_domain) {
        return 5;
    }
    rests rest = compare_rests(a, x + 1, b, y + 1);
    if (rest == OTHER_RESTS) {
        return 1;
    }
    if (rest == NEAR_RESTS && !same_domain) {
        return 0;
    }
    if (equal) {
        return 4;
    }
    bool alike = kithi_terms_alike(a, x, b, y, LOCAL_ALIKE) > 0;
    return !alike ? 1 : same_domain ? 3 : 2;
}

#define PHONE_AREA_TAIL 6 /* digits behind the area */

unsigned kithi_level_phone(const kithi_term_list *a, const kithi_term *x, const kithi_term_list *b,
                           const kithi_term *y) {
    const char *p = text_of(a, x), *q = text_of(b, y);
    if (kithi_terms_equal(a, x, b, y)) {
        return 4;
    }
    if (x->alias == y->alias || kithi_damerau(p, x->size, q, y->size, 1) <= 1) {
        return 3;
    }
    bool area = x->size == y->size && x->size > PHONE_AREA_TAIL &&
                memcmp(p, q, x->size - (size_t)PHONE_AREA_TAIL) == 0;
    return area ? 2 : 1;
}

unsigned kithi_level_code(const kithi_term_list *a, const kithi_term *x, const kithi_term_list *b,
                          const kithi_term *y) {
    unsigned edits = kithi_damerau(text_of(a, x), x->size, text_of(b, y), y->size, 2);
    return 4 - edits;
}
