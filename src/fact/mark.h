/*
 * Marks: tags, removals of tags, consents, entries of points and scores in their stored form. Each
 * is a row of the table of assertions that names one record.
 *
 * Nothing is decided here: all that was said is kept, and src/profile/marks.h says what stands.
 */
#ifndef KITHI_FACT_MARK_H
#define KITHI_FACT_MARK_H

#include "src/base/buffer.h"
#include "src/fact/fact.h"
#include "src/store/codec.h"

/* The numbers are those of the format; 1 and 2 are decisions on two records. */
typedef enum kithi_mark_kind {
    KITHI_MARK_TAG = 3,
    KITHI_MARK_UNTAG = 4,
    KITHI_MARK_CONSENT = 5,
    KITHI_MARK_POINTS = 6,
    KITHI_MARK_SCORE = 7
} kithi_mark_kind;

/* A text of a mark: NULL where there is none. No byte of it is NUL. */
typedef struct kithi_mark_text {
    const char *data;
    size_t size;
} kithi_mark_text;

typedef struct kithi_mark {
    kithi_mark_kind kind;
    kithi_mark_text name;   /* of the tag, the purpose, the ledger or the score */
    kithi_mark_text detail; /* of a consent its channel, or none; of points the entry's id */
    kithi_mark_text by;     /* who said it, or none */
    kith_origin origin;     /* of tags and their removals */
    uint8_t confidence;     /* of tags, as the next two */
    int64_t expires_at_us;
    kithi_slice value; /* packed; a nil: none */
    bool granted;      /* of consents */
    int64_t micros;    /* of points and scores */
} kithi_mark;

/* Rows. What is read borrows from the row. False: it can't be read. */
void kithi_mark_write(kithi_buffer *out, const kithi_mark *mark);
bool kithi_mark_read(kithi_slice row, kithi_mark *out);
/* What says which of two stands where nothing else does. */
uint64_t kithi_mark_hash(kithi_slice row);
/* The last part of the key under which a row is kept, unless another one has it. */
uint64_t kithi_mark_place(kithi_slice row);

/* A mark as it stands in the store. */
typedef struct kithi_mark_row {
    kithi_mark mark;
    int64_t at_us;
    kithi_slice row; /* what `mark` was read from */
} kithi_mark_row;
/* Hands all marks of a record to `take`, in order of time; its failure ends it. What they borrow is
 * the transaction's. */
int kithi_mark_each(kith_txn *txn, uint32_t record,
                    int (*take)(void *context, const kithi_mark_row *row), void *context);

/* Checks a tag that is to be set, or removed, whoever it is for, and packs its value. KITH_OK; what
 * kith_tag_add() refuses it with; KITH_NO_MEMORY. */
int kithi_tag_check(kith_txn *txn, const kith_tag_input *input, bool remove,
                    kithi_buffer *out_value);
/* How many marks a record has. */
int kithi_mark_count(kith_txn *txn, uint32_t record, uint32_t *out);

/* Whether a row of marks, with this key, can be read and is found where it is looked for. */
int kithi_mark_is_sound(kith_txn *txn, kithi_slice key, kithi_slice row, bool *out);

#endif
