/*
 * A naive model of the whole library. It keeps nothing but the list of facts, in the order in which
 * they came, and works everything out from it each time it is asked, by the shortest way that is
 * surely right. Of the library it uses only the pure functions that define orders: hashes, packed
 * bytes of a value, normal forms, whether two names or dates differ.
 */
#ifndef TESTS_PROPERTY_MODEL_H
#define TESTS_PROPERTY_MODEL_H

#include "tests/property/history.h"
#include "tests/property/lines.h"

typedef struct model model;

model *model_new(const world_rules *rules);
void model_free(model *m);
/* Takes a fact or a config; what else a history holds changes nothing. Gives the code that the
 * library must give. */
int model_apply(model *m, const history_op *op);
void model_commit(model *m);
void model_abort(model *m);

/* A pair of records, and how likely a match model says that they are one. */
typedef struct model_weight {
    uint8_t source, key, other_source, other_key;
    int32_t weight;
} model_weight;
/* What a match model says of the records, which are known by their places in the world. */
typedef struct model_weights {
    const model_weight *pairs; /* that speak for uniting */
    size_t count;
    int32_t link_at; /* from this weight on they link */
    /* What records show that may contradict: the same number is the same. */
    size_t shown[WORLD_RECORDS];
    bool contradict[WORLD_RECORDS][WORLD_RECORDS];
} model_weights;
static inline size_t model_place(uint8_t source, uint8_t key) {
    return (size_t)source * WORLD_KEYS + key;
}
/* Takes it until it is told anew; NULL: nothing. */
void model_weigh(model *m, const model_weights *weights);

/* What is left out of a dump. */
#define DUMP_ALL        0u
#define DUMP_NO_NUMBERS 1u /* what depends on the order in which records came */
#define DUMP_LOOSE_TIES                                                                            \
    2u /* the order of events of one time: with forced hashes it is the store's own */
#define DUMP_ROW_BYTES  8u /* besides: how much each record takes, which the model doesn't know */
#define DUMP_NO_EXPLAIN 4u /* only what profiles hold */

/* Writes, sorted, all that can be seen of the store at a time. */
void model_dump(model *m, int64_t now_us, unsigned flags, lines *out);

#endif
