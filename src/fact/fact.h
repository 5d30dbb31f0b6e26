/*
 * Facts, for the modules above: what changed in a transaction, records and events in their stored
 * form.
 *
 * Nothing derived is touched here. A write leaves a note of what it changed (kithi_changes); the
 * modules above take the notes before the transaction ends and bring the derived state up to date.
 */
#ifndef KITHI_FACT_FACT_H
#define KITHI_FACT_FACT_H

#include "kith/fact.h"
#include "src/base/map.h"
#include "src/store/kv.h"
#include "src/store/txn.h"

/* A live identifier of a record. */
typedef struct kithi_live_value {
    uint16_t attribute;
    const char *text;
    size_t size;
} kithi_live_value;

/* What a transaction changed in one record. */
typedef struct kithi_record_change {
    uint32_t record;
    bool added;        /* it is new */
    bool identity;     /* identifiers, what vetoes look at, or the first-seen time */
    bool values_known; /* before and after hold */
    kithi_live_value *before, *after;
    size_t before_count, after_count;
    bool row_changed;
    bool marks_counted;
    uint32_t mark_count;
    kithi_slice row_before; /* kept where the store has a match model; nothing: the record is new */
} kithi_record_change;

typedef struct kithi_changes {
    kithi_record_change *records; /* one for each changed record */
    size_t record_count, record_capacity;
    uint32_t *pairs; /* records, two and two, of new assertions */
    size_t pair_count, pair_capacity;
    kithi_map by_record; /* record -> index */
    kithi_arena arena;   /* of the old values */
    uint64_t invalid_value_count;
    uint64_t tied_count;
} kithi_changes;

/* The notes of the transaction so far, or NULL. */
kithi_changes *kithi_fact_changes(const kith_txn *txn);
/* What they say of rows is worked in; a row that changes from here on is noted anew. */
void kithi_fact_changes_scored(kith_txn *txn);
/* Forgets them once they are worked in. */
void kithi_fact_changes_done(kith_txn *txn);
/* How many identifier and date values were kept as text in this transaction. */
uint64_t kithi_fact_invalid_value_count(const kith_txn *txn);
void kithi_fact_count_invalid(kith_txn *txn);
/* How many puts of records in this transaction met another version of the same time, so that the
 * content decided between them. */
uint64_t kithi_fact_tied_count(const kith_txn *txn);
void kithi_fact_count_tied(kith_txn *txn);

/* Notes that a record changed in what identity doesn't look at. */
int kithi_fact_note(kith_txn *txn, uint32_t record);
/* The same, for more to be noted; borrowed until the next note. */
int kithi_fact_note_of(kith_txn *txn, uint32_t record, kithi_record_change **out);
/* Notes a change of identity. Of several in a transaction the first `before` and the last `after`
 * are kept. */
int kithi_fact_note_identity(kith_txn *txn, uint32_t record, const kithi_live_value *before,
                             size_t before_count, const kithi_live_value *after,
                             size_t after_count);
int kithi_fact_note_added(kith_txn *txn, uint32_t record);
/* Notes that a record's row changes, and what it was before the transaction. */
int kithi_fact_note_row(kith_txn *txn, uint32_t record, kithi_slice before);
int kithi_fact_note_pair(kith_txn *txn, uint32_t a, uint32_t b);

/* The hash under which a live identifier stands in the identifier table. */
uint64_t kithi_identifier_hash(const kithi_attribute *attribute, const char *value, size_t size);
/* Normalises a value of an identifier type. out has KITHI_IDENTIFIER_MAX_BYTES. */
kith_value_status kithi_identifier_status(const kith_txn *txn, const kithi_attribute *attribute,
                                          const char *text, size_t size, char *out,
                                          size_t *out_size);

/* The number of a record. KITH_NOT_FOUND. */
int kithi_record_number(kith_txn *txn, const char *source, const char *key, uint32_t *out);
/* The number of the record with an id. KITH_NOT_FOUND. */
int kithi_record_number_of_id(kith_txn *txn, const kith_id *id, uint32_t *out);
/* Gives every identifier the status that the definitions now in force give it: none is normalised
 * anew. */
int kithi_fact_reclassify(kith_txn *txn);
/* Whether a record's identifiers have it. KITH_NOT_FOUND. */
int kithi_record_is_classified(kith_txn *txn, uint32_t record, bool *out);

/* Decisions of people. */
typedef enum kithi_decision {
    KITHI_DECISION_NONE,
    KITHI_DECISION_LINK,
    KITHI_DECISION_UNLINK
} kithi_decision;
typedef struct kithi_assertion {
    uint32_t other;
    kithi_decision decision; /* the one that stands */
    int64_t at_us;
    const char *by; /* not NUL-terminated */
    size_t by_size;
} kithi_assertion;
/* Reads a row about two records. False: it can't be read. */
bool kithi_assertion_read(kithi_slice key, kithi_slice value, kithi_assertion *out);
/*
 * Steps through the standing decisions about a record, by the other record's number; `other` starts
 * at 0. KITH_OK; KITH_DONE.
 */
int kithi_assertion_next(kith_txn *txn, uint32_t record, uint64_t *other, kithi_assertion *out);

/* Hands each pair of records that a person decided on to `take`, once, a < b; its failure ends it.
 */
int kithi_decided_each(kith_txn *txn, int (*take)(void *context, uint32_t a, uint32_t b),
                       void *context);

/* Moves the landed events of a record into its packed blocks; *out_count is how many. */
int kithi_events_pack(kith_txn *txn, uint32_t record, uint64_t *out_count);

#endif
