/*
 * What the format text of an ArrowSchema says of the values of a column.
 */
#ifndef KITHI_ARROW_SHAPE_H
#define KITHI_ARROW_SHAPE_H

#include <stdbool.h>

typedef enum kithi_arrow_kind {
    KITHI_ARROW_UNKNOWN, /* nested, binary, or none that kith knows */
    KITHI_ARROW_NULLS,
    KITHI_ARROW_BITS,
    KITHI_ARROW_INTEGERS,
    KITHI_ARROW_FLOATS,
    KITHI_ARROW_DECIMALS, /* of 128 bits */
    KITHI_ARROW_TEXTS,    /* offsets are of `bits` */
    KITHI_ARROW_TEXT_VIEWS,
    KITHI_ARROW_DATES, /* of 32 bits in days, of 64 in milliseconds */
    KITHI_ARROW_TIMESTAMPS,
    KITHI_ARROW_DURATIONS
} kithi_arrow_kind;

/* As the IPC format numbers them. */
typedef enum kithi_arrow_unit {
    KITHI_ARROW_SECOND,
    KITHI_ARROW_MILLI,
    KITHI_ARROW_MICRO,
    KITHI_ARROW_NANO
} kithi_arrow_unit;

typedef struct kithi_arrow_shape {
    kithi_arrow_kind kind;
    unsigned bits; /* of one value, or of one offset; 0: values have no buffer of fixed width */
    bool is_signed;
    int precision, scale;
    kithi_arrow_unit unit;
    const char *zone; /* of timestamps: borrowed from the format; "": none */
} kithi_arrow_shape;

/* What a type is called, for people. */
const char *kithi_arrow_type_name(const char *format);
/* What is none that kith knows is KITHI_ARROW_UNKNOWN; NULL too. */
kithi_arrow_shape kithi_arrow_shape_of(const char *format);

#endif
