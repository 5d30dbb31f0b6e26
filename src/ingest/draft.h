/*
 * One row on its way to being a fact: its values, gathered under the attributes they become, its
 * key, time and message id. A second value of an attribute makes a list, or goes to the column's
 * own name where the attribute takes one column. A text of several e-mails or phones is a list too.
 */
#ifndef KITHI_INGEST_DRAFT_H
#define KITHI_INGEST_DRAFT_H

#include "kith/fact.h"
#include "src/base/time.h"
#include "src/ingest/lines.h"
#include "src/ingest/mapping.h"
#include "src/ingest/tally.h"

#define KITHI_DRAFT_KEY_BYTES   (KITH_KEY_MAX_BYTES + 1)
/* Different values that are counted of a column of sources. */
#define KITHI_DRAFT_SOURCES_MAX 1000

typedef struct kithi_draft_place kithi_draft_place;

typedef struct kithi_draft {
    kithi_mapping *mapping;
    kithi_arena arena; /* of this row: lists, copies */
    kith_field *fields;
    size_t field_count, field_capacity, place_capacity;
    kith_value key, time, message_id; /* null: the row has none */
    kith_value identifier;    /* the first of the row's identifiers in the order of columns.h */
    int identifier_rank;      /* -1: it has none */
    kithi_tally *non_numbers; /* told of values that should be numbers; NULL: nobody is */
    kithi_date_order date_order;
    kithi_tally *either_dates; /* told of dates whose numbers allow both orders, */
    kithi_tally *other_dates;  /* and of those that allow only the one that isn't date_order */
    kithi_map sources;         /* the different values of mapping->source, as hashes */
    /* private */
    kithi_draft_place *places; /* beside fields */
    uint32_t *field_of_slot;   /* slot -> index in fields + 1 */
    size_t slot_capacity;
} kithi_draft;

/* The mapping is borrowed. */
void kithi_draft_init(kithi_draft *draft, kithi_mapping *mapping);
void kithi_draft_clear(kithi_draft *draft);
/* Forgets the row; what its values point to ends. */
void kithi_draft_reset(kithi_draft *draft);

/*
 * Adds a value as it was said; texts are trimmed, empty ones and nulls are no values. False when
 * memory is out.
 */
bool kithi_draft_add(kithi_draft *draft, uint32_t column, kith_value value);
/* The same, and a null or empty text is added too, to remove the attribute in a patch. */
bool kithi_draft_add_any(kithi_draft *draft, uint32_t column, kith_value value);
/* The same, under the column's own name. */
bool kithi_draft_add_own(kithi_draft *draft, uint32_t column, kith_value value);

/*
 * The record's key as text in `out`: the value as the file has it, or of an e-mail address the
 * normal form. Rejects the row where it has none, or one that is too long.
 * @param out_identifier  NULL, or set to the identifier type whose value the key is (NULL: to
 * none),
 * @param out_value       and to that value.
 */
void kithi_draft_key(const kithi_draft *draft, kithi_row *row, char out[KITHI_DRAFT_KEY_BYTES],
                     const char **out_identifier, kith_value *out_value);
/* The time of an event or a record's version; rejects the row where it is none. */
void kithi_draft_time(const kithi_draft *draft, kithi_row *row, int64_t *out_us);
/* The version of a record: as kithi_draft_time where the time column was named, else now where
 * there is none. */
void kithi_draft_version(const kithi_draft *draft, kithi_row *row, int64_t now_us, int64_t *out_us);
/* The message id in `out`; false where the row has none. Rejects the row where it is too long. */
bool kithi_draft_message_id(const kithi_draft *draft, kithi_row *row,
                            char out[KITHI_DRAFT_KEY_BYTES]);
/* Rejects the row if a value of a record is longer than the store takes. */
void kithi_draft_check_values(const kithi_draft *draft, kithi_row *row);

/* White space off both ends, of full width too; of a text value only. */
kith_value kithi_draft_trim(kith_value value);

#endif
