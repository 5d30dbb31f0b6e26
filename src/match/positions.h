/*
 * Where each letter of a text stands, a bit for each of its first 64 letters: what the comparisons
 * of similar.h that work on all positions at once begin with. Letters are code points. A text's
 * letters are numbered, so that a fresh table costs 128 bytes to clear and not a mask for each
 * letter there is.
 */
#ifndef KITHI_MATCH_POSITIONS_H
#define KITHI_MATCH_POSITIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define KITHI_POSITIONS_MAX   64  /* letters that are seen of a text */
#define KITHI_POSITIONS_SLOTS 128 /* for ASCII, and as many for what other letters a text has */

/* A letter's number is one more than the last position where it stands, 0 if there is none. */
typedef struct kithi_positions {
    size_t count;                            /* letters seen */
    uint64_t masks[KITHI_POSITIONS_MAX + 1]; /* by number */
    uint8_t ascii[KITHI_POSITIONS_SLOTS];    /* the number of each letter of ASCII */
    bool has_others;                         /* else what follows isn't set */
    uint8_t others[KITHI_POSITIONS_SLOTS];   /* of the letter in each slot; 0: it is free */
    int32_t other_letters[KITHI_POSITIONS_SLOTS];
} kithi_positions;

void kithi_positions_make(const char *text, size_t size, kithi_positions *out);
/* Where each of the first letters of another text stands in this one; returns how many of them were
 * written. */
size_t kithi_positions_find(const kithi_positions *positions, const char *text, size_t size,
                            uint64_t out[KITHI_POSITIONS_MAX]);

#endif
