/*
 * Checking an expression against what a store knows: whether names are known, and types fit. It
 * notes in the tree what names mean and what each part gives, so that executing never asks.
 */
#ifndef KITHI_SEGMENT_CHECKING_H
#define KITHI_SEGMENT_CHECKING_H

#include "src/segment/plans.h"
#include "src/segment/tree.h"

typedef struct kithi_checking {
    const kithi_catalog *catalog; /* NULL: nothing is known */
    const kithi_plans *plans;     /* of traits and scores, which say what they give; NULL: none */
    bool any_name; /* unknown attributes, events and properties are no error: nobody has them yet */
    bool condition; /* the expression is to be true or false */
} kithi_checking;

/*
 * KITH_OK; KITH_INVALID, with the byte offset in the error's position, what is wrong there, and
 * what was likely meant; KITH_NO_MEMORY. Dates and times in quotes become what they say where they
 * stand beside a date or a time.
 */
int kithi_check(kithi_tree *tree, kithi_node *root, const kithi_checking *checking);

/* A value that is kept must not move with the time itself: KITH_INVALID where one does. `what` it
 * is of: "trait". */
int kithi_check_stands(const kithi_node *root, const char *what, kith_error *error);
/* score_check.c: the parts of a score, and the names in its settings. */
int kithi_score_check(kithi_tree *tree, kithi_score_model *model, kithi_node *root,
                      const kithi_checking *checking);

const char *kithi_sort_name(kithi_sort sort);

#endif
