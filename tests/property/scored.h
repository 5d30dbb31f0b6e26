/*
 * Match models for stores under test. One is learnt, once, of a small town with people that have
 * several records; a store that is to have scored links is given it before its first fact, with
 * other thresholds, another cap of the blocks and other block keys for each history.
 */
#ifndef TESTS_PROPERTY_SCORED_H
#define TESTS_PROPERTY_SCORED_H

#include "src/match/model.h"
#include "tests/property/stand.h"

#define TOWN_PEOPLE 300

/* From now on each store that stand_open() makes has the model, as this history has it; NULL: none
 * has any more. */
void scored_use(const history *h);
/* Puts it, if it is wanted, and commits. */
void scored_begin(stand *s);
/* The same at any time, as its next version. */
void scored_put(stand *s, const history *h);

/* Puts the records of the town, in an order that hangs on the seed. */
void scored_put_town(stand *s, uint64_t seed);
/* The bytes of the newest model of a store; free them. */
uint8_t *scored_read_model(stand *s, size_t *out_size);

/* Tells the naive model what the match model says of each pair of records; nothing if the store has
 * no match model. All pairs are weighed, in both orders. */
void scored_weigh(stand *s, kith_txn *txn, model *m);

/* How many pairs link, and how many speak for uniting only, of all stores that were weighed. */
void scored_tell(void);

#endif
