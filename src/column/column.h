/*
 * Columns: one thing that is known of many, in places from 0 on, so that a question about all of
 * them is a loop over an array. A packed column is read in place.
 *
 * A place has no value, or one that fits the column (its sort, in range), or it is odd: it has
 * another one, or several, and whoever asks has to look elsewhere.
 *
 * Numbers of all sorts are stored as codes of 1, 2, 4 or 8 bytes: value = base + scale * code.
 * Texts are codes of a dictionary of the column's own, in order of bytes.
 *
 * The packed form, integers in the byte order of the machine, as the file's pages are:
 *
 *   0  version, 1
 *   1  sort
 *   2  bytes of a code: 0 (no value at all), 1, 2, 4, 8
 *   3  flags: 1 some places have no value, 2 some are odd
 *   4  places, 32 bits
 *   8  base, 64 bits
 *  16  scale, 64 bits, at least 1
 *  24  texts of the dictionary, 32 bits
 *  28  their bytes, 32 bits
 *  32  codes, filled up to 8 bytes; then where there are such a bit a place: it has a value; it is
 *      odd, filled up to 8 bytes each; then the end of each text, 32 bits, filled up; the texts
 *
 * It has no checksum, as it is derived and asked often: a damaged one gives wrong answers, which
 * verify finds, and never reads out of its bounds.
 */
#ifndef KITHI_COLUMN_COLUMN_H
#define KITHI_COLUMN_COLUMN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "src/base/buffer.h"

#define KITHI_COLUMN_PLACES_MAX 65536u
#define KITHI_COLUMN_TEXTS_MAX  65535u

typedef enum kithi_column_sort {
    KITHI_COLUMN_NOTHING, /* no place has a value that fits */
    KITHI_COLUMN_BOOLEAN,
    KITHI_COLUMN_NUMBER, /* in millionths */
    KITHI_COLUMN_DATE,   /* days */
    KITHI_COLUMN_TIME,   /* microseconds */
    KITHI_COLUMN_TEXT,
    KITHI_COLUMN_SORTS
} kithi_column_sort;

/* Making one. The first value that is set decides the sort; a place of another one is odd. */
typedef struct kithi_column_maker {
    kithi_column_sort sort;
    uint32_t count;
    int64_t *numbers; /* of texts the offset in `texts` */
    uint32_t *sizes;  /* of texts */
    uint64_t *present, *odd;
    kithi_buffer texts;
} kithi_column_maker;

/* False: memory is out. It is cleared in either case. */
bool kithi_column_begin(kithi_column_maker *maker, uint32_t count);
void kithi_column_set_number(kithi_column_maker *maker, uint32_t place, kithi_column_sort sort,
                             int64_t number);
void kithi_column_set_text(kithi_column_maker *maker, uint32_t place, const char *data,
                           size_t size);
void kithi_column_set_odd(kithi_column_maker *maker, uint32_t place);
/* Takes away what the place has. */
void kithi_column_unset(kithi_column_maker *maker, uint32_t place);
/* Appends the packed column. False: memory is out. */
bool kithi_column_pack(const kithi_column_maker *maker, kithi_buffer *out);
void kithi_column_clear(kithi_column_maker *maker);

/* A packed column: borrows its bytes, which must begin at a multiple of 8 in memory. */
typedef struct kithi_column {
    kithi_column_sort sort;
    unsigned width; /* bytes of a code */
    uint32_t count;
    int64_t base, scale;
    const uint8_t *codes;
    const uint64_t *present; /* NULL: all */
    const uint64_t *odd;     /* NULL: none */
    uint32_t text_count, text_bytes;
    const uint32_t *ends; /* of the texts */
    const char *texts;
} kithi_column;

/* False: damaged. */
bool kithi_column_read(const void *data, size_t size, kithi_column *out);
/* The same column from one place on, a multiple of 64, up to another one: its places are counted
 * from there. */
kithi_column kithi_column_slice(const kithi_column *column, uint32_t from, uint32_t to);

static inline bool kithi_column_is_odd(const kithi_column *column, uint32_t place) {
    return place < column->count && column->odd != NULL &&
           (column->odd[place / 64] >> place % 64 & 1) != 0;
}

static inline bool kithi_column_has(const kithi_column *column, uint32_t place) {
    return place < column->count && column->width > 0 &&
           (column->present == NULL || (column->present[place / 64] >> place % 64 & 1) != 0);
}

/* Begins to make a column of so many places with what another one has, which may have fewer. False:
 * memory is out. It is cleared in either case. */
bool kithi_column_reopen(kithi_column_maker *maker, const kithi_column *column, uint32_t count);

/* The code at a place, which is below `count`. */
static inline uint64_t kithi_column_code(const kithi_column *column, uint32_t place) {
    const void *codes = column->codes;
    switch (column->width) {
    case 1:
        return ((const uint8_t *)codes)[place];
    case 2:
        return ((const uint16_t *)codes)[place];
    case 4:
        return ((const uint32_t *)codes)[place];
    case 8:
        return ((const uint64_t *)codes)[place];
    default:
        return 0;
    }
}

/* The number at a place that has a value. */
static inline int64_t kithi_column_number(const kithi_column *column, uint32_t place) {
    return (int64_t)((uint64_t)column->base +
                     kithi_column_code(column, place) * (uint64_t)column->scale);
}

/* The numbers at `count` places in a row; 0 where there is no value. */
void kithi_column_numbers(const kithi_column *column, uint32_t place, uint32_t count, int64_t *out);

/* A text of the dictionary; an empty one where its bounds are damaged. */
const char *kithi_column_text(const kithi_column *column, uint32_t code, size_t *out_size);

/*
 * The places whose number is from `least` to `most`, a bit each; those that have no value are in
 * none. `out` has room for the places, in words.
 */
void kithi_column_between(const kithi_column *column, int64_t least, int64_t most, uint64_t *out);
/* The places whose text is chosen: a byte for each text of the dictionary, 1 or 0. */
void kithi_column_chosen(const kithi_column *column, const uint8_t *chosen, uint64_t *out);

#endif
