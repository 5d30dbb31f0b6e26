/*
 * Marks of a profile: all that was said of tags, consents, points and scores at its records,
 * gathered once and in order; and what of it stands at any time.
 *
 * An answer is a function of the records and the time alone: ties break by content, then by the
 * record's id, which are the same in every store. Each says until when it holds: the next time at
 * which it is another one, INT64_MAX: never.
 */
#ifndef KITHI_PROFILE_MARKS_H
#define KITHI_PROFILE_MARKS_H

#include "src/base/arena.h"
#include "src/fact/mark.h"

/* One thing that was said. */
typedef struct kithi_said {
    kithi_mark mark; /* its texts end in NUL */
    uint32_t record;
    const uint8_t *record_id; /* 16 bytes */
    int64_t at_us;
    kithi_slice row;
    uint64_t hash; /* of the row */
} kithi_said;

typedef struct kithi_marks {
    const kithi_said **items; /* in order of kind, name, time, and then of what stands */
    size_t count;
} kithi_marks;

/* What is said of one name: a tag, a purpose, a ledger or a score. */
typedef struct kithi_marks_run {
    const kithi_said *const *items; /* in order of time; at one time the one that stands first */
    size_t count;
} kithi_marks_run;

/* Gathers what was said of these records into the arena; of entries of points those that count. It
 * stays valid until the arena is reset, whatever the transaction writes. */
int kithi_marks_load(kith_txn *txn, const uint32_t *records, size_t count, kithi_arena *arena,
                     kithi_marks *out);

/* Whether there is the tag at a time. */
bool kithi_marks_has_tag(const kithi_marks *marks, const char *name, int64_t at_us,
                         int64_t *out_until_us);
/* Whether there is consent to a purpose by a channel (NULL: any). */
bool kithi_marks_consent(const kithi_marks *marks, const char *purpose, const char *channel,
                         int64_t at_us, int64_t *out_until_us);
/* The balance of a ledger, in millionths; 0 where there is no entry. */
__extension__ typedef __int128 kithi_marks_sum;
kithi_marks_sum kithi_marks_points(const kithi_marks *marks, const char *ledger, int64_t at_us,
                                   int64_t *out_until_us);
/* A score in millionths; false: there is none at that time. */
bool kithi_marks_score(const kithi_marks *marks, const char *name, int64_t at_us,
                       int64_t *out_until_us, int64_t *out_micros);

/* For the row: steps through the runs; *at starts at 0. */
bool kithi_marks_next_run(const kithi_marks *marks, size_t *at, kithi_marks_run *out);
/* What stands of a run at a time; of a consent, for a channel. NULL: nothing was said by then. */
const kithi_said *kithi_marks_standing(kithi_marks_run run, const char *channel, int64_t at_us);
/* Whether of two that are said of one name the first stands against the other. */
bool kithi_said_prevails(const kithi_said *a, const kithi_said *b);
/* Whether what stands of a tag is that the profile has it. */
bool kithi_said_holds(const kithi_said *said, int64_t at_us);

#endif
