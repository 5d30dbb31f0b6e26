/*
 * Sets of profiles: all that have a row, the members of each segment, those that have a tag; and
 * who entered and left.
 *
 * bitmap: of each set, a chunk of 64 Ki profile numbers a row: who is in it by the stored rows.
 * Tags have no numbers of their own in a store: their sets are kept by their names.
 * departed: by its id, the segments that a profile was in which is none any more, or is another's
 * number, until settle tells that it left them, or goes on from there. transition: who entered and
 * left, in order.
 */
#ifndef KITHI_STATE_MEMBERS_H
#define KITHI_STATE_MEMBERS_H

#include "src/base/map.h"
#include "src/base/names.h"
#include "src/bitmap/chunk.h"
#include "src/state/state.h"

/* A set by its number. */
#define KITHI_SET_PROFILES    UINT32_C(0)
#define KITHI_SET_STALE       UINT32_C(0x20000) /* whose columns don't say what their rows do */
#define KITHI_SET_RESCORED    UINT32_C(0x20001) /* whose columns of scores don't say what rows do */
#define KITHI_SET_SEGMENT(id) (UINT32_C(0x10000) | (id))
#define KITHI_SET_TAGS        UINT32_C(0x80000000) /* and from there on, by the number of a name */
#define KITHI_SET_CHUNKS      65536u

/* One bit that is to change. */
typedef struct kithi_member_change {
    uint32_t set;
    uint32_t profile;
    bool in;
} kithi_member_change;

/* Changes to the sets, which are worked in together. */
typedef struct kithi_member_changes {
    kithi_member_change *items;
    size_t count, capacity;
    kithi_names tags;
} kithi_member_changes;

void kithi_members_init(kithi_member_changes *changes);
/* Notes one; nothing is written yet. */
int kithi_members_note(kith_txn *txn, kithi_member_changes *changes, kithi_member_change change);
/* Notes which tags a profile has now and which it hasn't any more, by the marks in two rows of it
 * (kithi_state_marks()). */
int kithi_members_note_tags(kith_txn *txn, kithi_member_changes *changes, uint32_t profile,
                            kithi_walker before, kithi_walker now);
/* Works them in and forgets them. */
int kithi_members_apply(kith_txn *txn, kithi_member_changes *changes);
/* The same when they are many: to be called now and then, where nothing that was read is still in
 * use. */
int kithi_members_apply_many(kith_txn *txn, kithi_member_changes *changes);
void kithi_members_clear(kithi_member_changes *changes);

/* A chunk of a set; empty where there is no row. KITH_CORRUPT. */
int kithi_members_chunk(kith_txn *txn, uint32_t set, uint32_t chunk, kithi_chunk *out);
/* The same of those that have a tag. */
int kithi_members_tag_chunk(kith_txn *txn, const char *tag, uint32_t chunk, kithi_chunk *out);
/* Both for who would see any damage, not only that of the header. */
int kithi_members_chunk_whole(kith_txn *txn, uint32_t set, uint32_t chunk, kithi_chunk *out);
int kithi_members_tag_chunk_whole(kith_txn *txn, const char *tag, uint32_t chunk, kithi_chunk *out);
/* Hands all chunks of those that have a tag to `take`, by the names of the tags; its failure ends
 * it. */
int kithi_members_each_tag(kith_txn *txn,
                           int (*take)(void *context, const char *tag, uint32_t chunk,
                                       const kithi_chunk *members),
                           void *context);
/* How many are in a chunk; takes all out of it. */
int kithi_members_size(kith_txn *txn, uint32_t set, uint32_t chunk, uint32_t *out);
int kithi_members_empty(kith_txn *txn, uint32_t set, uint32_t chunk);
/* How many chunks of it have a row. */
int kithi_members_rows(kith_txn *txn, uint32_t set, uint64_t *out);
/* How many are in it by the stored rows. */
int kithi_members_count(kith_txn *txn, uint32_t set, uint64_t *out);
/* How many that are profiles no more are still to be told to have left a segment. */
int kithi_members_departing(kith_txn *txn, uint16_t segment, uint64_t *out);

/* Takes a profile that is no more, or goes by another id now, out of the sets, and remembers by its
 * id what it was in: behind KITHI_DEPARTED_HEAD bytes with its number. */
#define KITHI_DEPARTED_HEAD 4
/* The segments that a row of what departed says, KITHI_MEMBERSHIP_BYTES each. */
kithi_slice kithi_departed_segments(kithi_slice row);
int kithi_members_depart(kith_txn *txn, uint32_t profile, kithi_slice row,
                         kithi_member_changes *changes);

/* For verify: what the sets should be by the rows, and whether they are. */
typedef struct kithi_members_check {
    kith_txn *txn;
    struct kithi_expected *items; /* a chunk of a set each */
    size_t count, capacity;
    kithi_map places; /* of set and chunk */
    kithi_names tags;
} kithi_members_check;

void kithi_members_check_begin(kithi_members_check *check, kith_txn *txn);
/* Takes in what a row says that its profile is in. */
int kithi_members_check_row(kithi_members_check *check, uint32_t profile, kithi_slice row);
/* Compares. *out_wrong: chunks that are others than they should be. */
int kithi_members_check_end(kithi_members_check *check, uint64_t *out_wrong);
void kithi_members_check_clear(kithi_members_check *check);

typedef struct kithi_transition {
    int64_t at_us;
    uint32_t profile;
    kith_id id;
    uint16_t segment;
    bool entered;
    kith_cause cause;
} kithi_transition;

int kithi_transition_append(kith_txn *txn, const kithi_transition *transition);
/* Hands all that are kept to `take`, in order; its failure ends it. */
int kithi_transition_each(kith_txn *txn, int (*take)(void *context, const kithi_transition *t),
                          void *context);
/* The latest time among those that were forgotten; INT64_MIN: none was. */
int kithi_transition_forgotten(kith_txn *txn, int64_t *out_us);

#endif
