/*
 * Operands: what a part of an expression gives for one customer at one time, and how two of them
 * compare.
 *
 * What says the time of day moves on with it: `now` by a microsecond each microsecond, `now - at`
 * as well. A moving operand holds its value at the time that it was worked out for, and its slope;
 * so a comparison knows to the microsecond when it will come out otherwise.
 */
#ifndef KITHI_SEGMENT_OPERAND_H
#define KITHI_SEGMENT_OPERAND_H

#include "src/base/zone.h"
#include "src/segment/node.h"
#include "src/store/codec.h"

typedef struct kithi_operand {
    kithi_sort sort; /* NULL: there is no value */
    int slope;       /* of a time or a duration */
    union {
        bool boolean;
        kithi_decimal number;
        int64_t date_days;
        int64_t us; /* a time or a duration */
        struct {
            const char *data;
            size_t size;
        } text;
    } as;
} kithi_operand;

static inline kithi_operand kithi_operand_null(void) {
    kithi_operand none = {.sort = KITHI_SORT_NULL};
    return none;
}

static inline kithi_operand kithi_operand_number(kithi_decimal number) {
    kithi_operand made = {.sort = KITHI_SORT_NUMBER, .as = {.number = number}};
    return made;
}

static inline kithi_operand kithi_operand_boolean(bool boolean) {
    kithi_operand made = {.sort = KITHI_SORT_BOOLEAN, .as = {.boolean = boolean}};
    return made;
}

static inline kithi_operand kithi_operand_time(int64_t time_us, int slope) {
    kithi_operand made = {.sort = KITHI_SORT_TIME, .slope = slope, .as = {.us = time_us}};
    return made;
}

static inline kithi_operand kithi_operand_date(int64_t date_days) {
    kithi_operand made = {.sort = KITHI_SORT_DATE, .as = {.date_days = date_days}};
    return made;
}

static inline kithi_operand kithi_operand_text(const char *data, size_t size) {
    kithi_operand made = {.sort = KITHI_SORT_TEXT, .as = {.text = {data, size}}};
    return made;
}

/* A scalar; lists, maps and numbers that are too large give no value. It borrows. */
kithi_operand kithi_operand_of(const kith_value *value);
/* As others see it: a number that isn't whole is a real, a duration an integer. A text is borrowed
 * from the operand's. */
kith_value kithi_operand_value(const kithi_operand *operand);
/* Reads a packed scalar and moves past it; what is no scalar is passed over and gives no value.
 * False: damaged. */
bool kithi_operand_walk(kithi_walker *walker, kithi_operand *out);

/*
 * A text that stands beside a number, a date, a time or a condition is read as one, as values of no
 * declared type may come either way. False: they can't be compared.
 */
bool kithi_operands_meet(const kithi_zone *zone, kithi_operand *a, kithi_operand *b);
/* The same for a comparison by `op`: conditions have no order. */
bool kithi_operands_compare_by(kithi_op op, const kithi_zone *zone, kithi_operand *a,
                               kithi_operand *b);
/* Whether a comparison of two holds; false where they can't be compared. */
bool kithi_operands_hold(kithi_op op, const kithi_zone *zone, kithi_operand a, kithi_operand b);
/* A text that is a date or a time becomes one. */
void kithi_operand_read_moment(kithi_operand *operand);
/* The order of two that meet, both at the same time. Texts by their bytes, in composed form. */
int kithi_operand_compare(const kithi_operand *a, const kithi_operand *b);
/* Any two: by sort, then as above. For distinct values and the most frequent one. */
int kithi_operand_order(const kithi_operand *a, const kithi_operand *b);

/* How long after the time at hand the order of two that meet crosses a border for the first time:
 * the comparison by `op` comes out otherwise then. INT64_MAX: never. */
int64_t kithi_operand_crossing(kithi_op op, const kithi_operand *a, const kithi_operand *b);
/* What the comparison gives. */
bool kithi_operand_holds(kithi_op op, int order);

/* What a sum takes of a value: a number, or a text that is an amount. False: nothing, as of one
 * that is too large. */
bool kithi_operand_summed(const kithi_operand *value, int64_t *out_micros);
/* A moment as a time: a date's is its first one in the zone. What is neither gives no value. */
kithi_operand kithi_operand_moment(const kithi_zone *zone, kithi_operand operand);
/* a + b, a - b, ...; no value where there is none, or none that fits. */
kithi_operand kithi_operand_combine(kithi_op op, const kithi_zone *zone, kithi_operand a,
                                    kithi_operand b);

#endif
