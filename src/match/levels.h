/*
 * Levels: how alike what two records say is, by the kinds of comparisons. Symmetric: the order of
 * the two makes no difference.
 */
#ifndef KITHI_MATCH_LEVELS_H
#define KITHI_MATCH_LEVELS_H

#include "src/match/features.h"

/* Terms that both records have, where the level says so: for how frequent they are. */
typedef struct kithi_shared_terms {
    size_t count;
    struct kithi_shared_term {
        const kithi_term_list *list;
        const kithi_term *term;
        unsigned flags; /* that it has in both */
    } items[KITHI_SHARED_MAX];
} kithi_shared_terms;

/* The level of a comparison of this kind, from 0 (missing). `shared` is NULL or is filled. */
unsigned kithi_level(kithi_kind kind, const kithi_term_list *a, const kithi_term_list *b,
                     kithi_shared_terms *shared);

/* level_*.c */
unsigned kithi_level_name(const kithi_term_list *a, const kithi_term_list *b,
                          kithi_shared_terms *shared);
unsigned kithi_level_address(const kithi_term_list *a, const kithi_term_list *b,
                             kithi_shared_terms *shared);
/* Of one term of each. */
unsigned kithi_level_date(const kithi_term_list *a, const kithi_term *x, const kithi_term_list *b,
                          const kithi_term *y);
unsigned kithi_level_text(const kithi_term_list *a, const kithi_term *x, const kithi_term_list *b,
                          const kithi_term *y);
/* Whether one text holds the other as whole words. */
bool kithi_text_holds(const char *longer, size_t longer_size, const char *shorter, size_t size);
unsigned kithi_level_category(const kithi_term_list *a, const kithi_term *x,
                              const kithi_term_list *b, const kithi_term *y);
unsigned kithi_level_email(const kithi_term_list *a, const kithi_term *x, const kithi_term_list *b,
                           const kithi_term *y);
unsigned kithi_level_phone(const kithi_term_list *a, const kithi_term *x, const kithi_term_list *b,
                           const kithi_term *y);
/* Numbers and places, as terms_near.c writes them. */
unsigned kithi_level_number(const kithi_term_list *a, const kithi_term *x, const kithi_term_list *b,
                            const kithi_term *y);
unsigned kithi_level_geo(const kithi_term_list *a, const kithi_term *x, const kithi_term_list *b,
                         const kithi_term *y);
unsigned kithi_level_code(const kithi_term_list *a, const kithi_term *x, const kithi_term_list *b,
                          const kithi_term *y);

#endif
