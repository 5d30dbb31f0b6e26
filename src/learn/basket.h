/*
 * Inside of baskets: what was read, by numbers. Items are numbered in order of the bytes of their
 * names, customers stand in order of their profile numbers, baskets of one in order of time.
 */
#ifndef KITHI_LEARN_BASKET_H
#define KITHI_LEARN_BASKET_H

#include <stdatomic.h>

#include "kith/basket.h"
#include "src/base/arena.h"
#include "src/score/likeness.h"

struct kith_baskets {
    atomic_uint owner_count; /* the caller, and what has been opened of it */
    kithi_arena texts;
    const char **names;     /* of the items */
    uint32_t *lines;        /* items, basket by basket */
    size_t *ends;           /* of the baskets, in lines */
    size_t *basket_ends;    /* of the customers, in baskets */
    uint32_t *profiles;     /* of the customers: their numbers */
    uint32_t *item_baskets; /* by item: baskets that have it */
    kithi_item_customers *items;
    uint32_t item_count;
    size_t line_count, basket_count, customer_count;
    uint64_t left_out_count;
};

/* Empty ones, with one owner; NULL: memory is out. */
kith_baskets *kithi_baskets_new(void);
/* One more owner. */
kith_baskets *kithi_baskets_keep(const kith_baskets *baskets);
/* As their analyses see them. */
kithi_customers kithi_baskets_view(const kith_baskets *baskets);
/* An item by its name. False: nobody has bought it. */
bool kithi_baskets_find(const kith_baskets *baskets, const char *name, uint32_t *out);
/* A customer's place by the number of the profile. False: there is no basket of it. */
bool kithi_baskets_customer(const kith_baskets *baskets, uint32_t profile, size_t *out);
/* What options say, or KITH_BASKET_MEMORY. */
uint64_t kithi_basket_memory(uint64_t given);

/* Whoever is told how far an analysis is. */
typedef struct kithi_basket_ear {
    const char *phase;
    kith_progress_fn progress; /* NULL: nobody */
    void *context;
} kithi_basket_ear;
/* For kithi_workers_ear; its context is the above. */
int kithi_basket_tell(void *context, size_t done, size_t count);
/* At least 1. */
unsigned kithi_basket_threads(unsigned given);

#endif
