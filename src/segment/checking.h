/*
 * Checking an expression against what a store knows: whether names are known, and types fit. It
 * notes in the tree what names mean and what each part gives, so that executing never asks.
 */
#ifndef KITHI_SEGMENT_CHECKING_H
#define KITHI_SEGMENT_CHECKING_H

#include "src/segment/tree.h"
#include "src/store/catalog.h"

/* What the traits of a store give, by their ids. */
typedef struct kithi_trait_sorts {
    const kithi_sort *sorts;
    size_t count;
} kithi_trait_sorts;

typedef struct kithi_checking {
    const kithi_catalog *catalog; /* NULL: nothing is known */
    kithi_trait_sorts traits;
    bool any_name; /* unknown attributes, events and properties are no error: nobody has them yet */
    bool condition; /* the expression is to be true or false */
} kithi_checking;

/*
 * KITH_OK; KITH_INVALID, with the byte offset in the error's position, what is wrong there, and
 * what was likely meant; KITH_NO_MEMORY. Dates and times in quotes become what they say where they
 * stand beside a date or a time.
 */
int kithi_check(kithi_tree *tree, kithi_node *root, const kithi_checking *checking);

const char *kithi_sort_name(kithi_sort sort);

#endif
