/*
 * Customers to learn from, held in memory: what is known of each, and whether it happened. They
 * come one at a time. A value takes 8 bytes, whether it is a number or a text, as a text is kept
 * once: 20 features of a million customers are 160 MB, and learning from them takes some 30 MB
 * more.
 */
#ifndef KITHI_SCORE_CASES_H
#define KITHI_SCORE_CASES_H

#include "src/base/map.h"
#include "src/score/encoding.h"

#define KITHI_CASES_LEVELS_MAX 65536 /* of a feature; one with more tells customers apart */

typedef union kithi_case_cell {
    double number;  /* NAN: missing */
    uint32_t level; /* KITHI_CASE_MISSING, KITHI_CASE_BEYOND, or a number of the feature's levels */
    kithi_cell cell; /* once the cases are encoded */
} kithi_case_cell;
#define KITHI_CASE_MISSING UINT32_MAX
#define KITHI_CASE_BEYOND  (UINT32_MAX - 1)

typedef struct kithi_case_level {
    const char *text;
    size_t size;
    uint64_t count;
} kithi_case_level;

typedef struct kithi_case_feature {
    const char *name;
    kithi_feature_kind kind;
    uint64_t missing;
    kithi_case_level *levels; /* in order of their first customers */
    size_t level_count, level_capacity;
    kithi_map places; /* of levels, by hash, or the next one that is free */
    bool beyond;      /* there are more levels than are kept */
} kithi_case_feature;

typedef struct kithi_cases {
    kithi_case_feature *features;
    size_t feature_count;
    kithi_case_cell *cells; /* customer by customer */
    size_t cell_capacity;
    uint8_t *happened;
    size_t happened_capacity;
    size_t count;
    kithi_arena arena;
} kithi_cases;

/* False: memory is out; what there is has to be cleared all the same. */
bool kithi_cases_init(kithi_cases *cases, size_t feature_count);
void kithi_cases_clear(kithi_cases *cases);
/* Names a feature, before there are customers. False: memory is out. */
bool kithi_cases_name(kithi_cases *cases, size_t feature, const char *name,
                      kithi_feature_kind kind);
/* Takes a customer up, of whom there is a value a feature. False: memory is out, or customers are
 * more than 2^32 - 1. */
bool kithi_cases_add(kithi_cases *cases, const kith_value *values, bool happened);

/* What is wrong with a feature. */
typedef enum kithi_feature_fault {
    KITHI_FEATURE_FINE,
    KITHI_FEATURE_IS_ID,      /* nearly each customer has a level of his own */
    KITHI_FEATURE_IS_CONSTANT /* all are the same: it is left out */
} kithi_feature_fault;
/* More than 10 levels and less than two customers for each, or more levels than are kept: an id. */
kithi_feature_fault kithi_cases_fault(const kithi_cases *cases, size_t feature);

/* Learns how to encode them into an encoding without features: so many levels of a feature have
 * columns, the most frequent first and then by bytes; one more than there may be columns is as good
 * as all. False: memory is out. */
bool kithi_cases_learn(const kithi_cases *cases, size_t levels_max, kithi_encoding *out);
/* Puts cells in the place of values, so that nothing can be added any more, and says what there is
 * to learn from: borrowed. False: memory is out, and nothing was done. */
bool kithi_cases_encode(kithi_cases *cases, const kithi_encoding *encoding, kithi_outcomes *out);

#endif
