/*
 * How what is known of customers becomes numbers that a model can weigh. A number becomes how many
 * standard deviations it is from the mean; a text or a truth becomes one column for each of its
 * levels, of which a customer has one. That a value is missing is a level, or a column, of its own.
 *
 * The structs are plain, so that a definition can hold them: who reads one makes the features,
 * fills them, and finishes the encoding.
 */
#ifndef KITHI_SCORE_ENCODING_H
#define KITHI_SCORE_ENCODING_H

#include "kith/base.h"
#include "src/base/arena.h"
#include "src/score/logistic.h"

#define KITHI_ENCODING_COLUMNS_MAX 2000

typedef enum kithi_feature_kind {
    KITHI_FEATURE_NUMBER, /* numbers, dates and times in days, truths as 0 and 1 */
    KITHI_FEATURE_LEVEL   /* texts; truths and numbers as their texts */
} kithi_feature_kind;

typedef struct kithi_level {
    const char *text; /* UTF-8, `size` bytes */
    size_t size;
    double share; /* of those who were learnt from */
} kithi_level;

/* Shares are of those who were learnt from; where one is 0 there is no such column. A feature that
 * was the same for all has no column: it is left out. */
typedef struct kithi_feature {
    const char *name;
    kithi_feature_kind kind;
    double mean, deviation; /* of a number where there is one; 0: all were the same, no column */
    kithi_level *levels;    /* in order of their columns: the most frequent first, then by bytes */
    size_t level_count;
    double other_share; /* levels beyond those that have columns */
    double missing_share;
    /* Set by kithi_encoding_finish(): */
    uint32_t first_column, width;
    uint32_t *by_text; /* levels in order of their bytes */
} kithi_feature;

typedef struct kithi_encoding {
    kithi_feature *features; /* owned, with all they hold, by the arena */
    size_t feature_count;
    uint32_t width; /* columns */
    kithi_arena arena;
} kithi_encoding;

void kithi_encoding_init(kithi_encoding *encoding);
void kithi_encoding_clear(kithi_encoding *encoding);
/* Makes so many features, empty, for an encoding without any. False: memory is out. */
bool kithi_encoding_make(kithi_encoding *encoding, size_t feature_count);
/* Gives columns to what the features say. False: memory is out. */
bool kithi_encoding_finish(kithi_encoding *encoding);

/* What a value is as a number: finite, and its square too. False: it is none. */
bool kithi_feature_number(const kith_value *value, double *out);
#define KITHI_LEVEL_BYTES 64
/* What a value is as a level: its own bytes, or a text in `room`. False: it is none. */
bool kithi_feature_level(const kith_value *value, char room[KITHI_LEVEL_BYTES], kithi_level *out);

/*
 * The one cell a value comes to. False: it says nothing, and the customer counts as the average one
 * there. So it is with a level that wasn't seen where no other one had to do without a column, with
 * a missing value where none was missing, and with a feature that is left out.
 */
bool kithi_feature_cell(const kithi_feature *feature, const kith_value *value, kithi_cell *out);
/* What the average customer has in a column of the feature, counted from its first. */
double kithi_feature_average(const kithi_feature *feature, uint32_t column);
/* All columns of one customer, of whom there is a value a feature. */
void kithi_encoding_row(const kithi_encoding *encoding, const kith_value *values, double *out);
/* A column in words, cut where there is no more room: "orders", "orders missing", "city = Berlin",
 * "city other". */
void kithi_encoding_name(const kithi_encoding *encoding, uint32_t column, char *out,
                         size_t capacity);

#endif
