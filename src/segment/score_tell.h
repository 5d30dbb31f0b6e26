/*
 * Telling why a score is what it is.
 */
#ifndef KITHI_SEGMENT_SCORE_TELL_H
#define KITHI_SEGMENT_SCORE_TELL_H

#include "src/base/arena.h"
#include "src/segment/operand.h"

/* One thing that led to it. */
typedef struct kithi_score_reason {
    const char *text;
    bool adds;    /* it adds something to the score, */
    double share; /* so much */
} kithi_score_reason;

typedef struct kithi_score_telling {
    kithi_arena *arena; /* that texts and reasons are kept in */
    kithi_score_reason *reasons;
    size_t count, capacity;
    bool out_of_memory;
} kithi_score_telling;

/* Adds a reason in words. */
__attribute__((format(printf, 2, 3))) void kithi_score_tell(kithi_score_telling *telling,
                                                            const char *format, ...);
/* And one that adds so much to the score. */
__attribute__((format(printf, 3, 4))) void
kithi_score_tell_share(kithi_score_telling *telling, double share, const char *format, ...);

#endif
