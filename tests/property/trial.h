/*
 * Runs a property over many random histories. The seed is printed; KITH_SEED replays it and
 * KITH_HISTORIES says how many there are. A history that fails is made smaller while it still
 * fails, and printed.
 */
#ifndef TESTS_PROPERTY_TRIAL_H
#define TESTS_PROPERTY_TRIAL_H

#include "tests/property/stand.h"

/* Whether the property holds for a history; NULL, or a text to free that says what didn't. */
typedef char *(*trial_property)(const history *h);

/* Asserts that it holds for `count` histories (or as many as KITH_HISTORIES says). */
void trial_run(const char *name, trial_property holds, unsigned flags, unsigned count);
uint64_t trial_seed(void);
unsigned trial_count(unsigned count);
/* The same of what takes as long as `each` histories do. */
unsigned trial_count_long(unsigned count, unsigned each);

/* What is compared after a commit, at times that the state gives; `when` says which commit. */
typedef void (*trial_compare)(stand *s, model *m, uint64_t *state, const char *when);
/* The property that the store equals the naive model: after each commit, by `compare`, and inside a
 * transaction, where the flags say what is written out of both. */
char *trial_equals_model(const history *h, trial_compare compare, unsigned flags);

/* Takes the problem of a stand, if any, and closes it. */
char *trial_end(stand *s);

#endif
