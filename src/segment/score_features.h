/*
 * Features: expressions whose values a model learns from. What they are called is their text.
 */
#ifndef KITHI_SEGMENT_SCORE_FEATURES_H
#define KITHI_SEGMENT_SCORE_FEATURES_H

#include "src/score/encoding.h"
#include "src/segment/score_model.h"

#define KITHI_FEATURES_MAX 128

typedef struct kithi_score_features {
    size_t parts[KITHI_FEATURES_MAX]; /* of the score */
    size_t count;
} kithi_score_features;

/* A list of expressions under "features". */
int kithi_score_read_features(kithi_score_reader *r, json_t *settings, kithi_score_features *out);

/* What an operand is to a model that takes numbers or levels; the null value: it is missing. A text
 * is borrowed from the operand. */
kith_value kithi_score_feature_value(const kithi_operand *operand, kithi_feature_kind kind);
/* The values of all, for the customer at hand; `kinds` has the features. */
void kithi_score_feature_values(struct kithi_run *run, const struct kithi_plan *plan,
                                const kithi_score_features *features,
                                const kithi_encoding *encoding, kith_value *out, int64_t *until);

/* How they are encoded, as "features" of what was learnt says: as many as there are features. */
int kithi_score_read_encoding(kithi_score_reader *r, json_t *fitted,
                              const kithi_score_features *features, kithi_encoding *out);
/* An object of exactly these numbers, all finite. */
int kithi_score_read_named(kithi_score_reader *r, json_t *object, const char *key,
                           const char *const *names, size_t count, double *out);
/* A list of exactly so many finite numbers. */
int kithi_score_read_numbers(kithi_score_reader *r, json_t *object, const char *key, size_t count,
                             double *out);

#endif
