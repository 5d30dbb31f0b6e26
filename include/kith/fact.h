/*
 * Facts: what the sources say (records and events) and what people and programs decide (links,
 * tags, consents, points, scores).
 *
 * Facts are a set: putting one a second time changes nothing, and the order in which facts arrive
 * doesn't matter, as long as the definitions are the same (kith_config_apply() says what a changed
 * one does). Thread rule: that of the transaction.
 *
 * A failure after the first put of a write transaction poisons it: it can only be aborted.
 * KITH_INVALID and KITH_NOT_FOUND are answers, not failures: nothing was put, no name was defined,
 * and the transaction goes on.
 */
#ifndef KITH_FACT_H
#define KITH_FACT_H

#include "kith/store.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Limits. */
#define KITH_KEY_MAX_BYTES       1024    /* a record's key, a message id */
#define KITH_VALUE_MAX_BYTES     65536   /* one attribute value */
#define KITH_RECORD_MAX_BYTES    1048576 /* one record, stored: of all its versions */
#define KITH_PUT_MAX_BYTES       524288  /* what one put or patch gives to it, as stored */
#define KITH_RECORD_MAX_VALUES   4096    /* of either; each item of a list is one */
#define KITH_EVENT_MAX_BYTES     1048576 /* one event's properties, stored */
#define KITH_TAG_VALUE_MAX_BYTES 1024    /* a tag's value, if it is a text */
#define KITH_RECORD_MAX_MARKS    100000 /* tags and removals, consents, entries of points, scores */

/** What a put did. */
typedef enum kith_change {
    KITH_UNCHANGED = 0, /* the fact was there already */
    KITH_ADDED = 1,
    KITH_UPDATED = 2,
    KITH_IGNORED = 3 /* older than what is there: it changed nothing that can be seen */
} kith_change;

/** What one source says about one person, as of one time. All borrowed in. */
typedef struct kith_record_input {
    size_t size;
    const char *source; /* a new name defines a source with default trust */
    const char *key;    /* the source's own key of the record */
    int64_t at_us;      /* when the source said so: the version; the greatest wins, ties by content.
                           Less than INT64_MAX */
    const kith_field
        *fields;        /* attributes; an unknown name defines one; a list gives several values; */
    size_t field_count; /* a null or empty text is no value (in a patch it removes the attribute) */
} kith_record_input;
#define KITH_RECORD_INPUT_INIT                                                                     \
    { sizeof(kith_record_input), NULL, NULL, 0, NULL, 0 }

/** Puts a record: what it holds replaces whatever older versions said. */
KITH_API int kith_record_put(kith_txn *txn, const kith_record_input *input,
                             kith_change *out_change);
/** Patches a record: the attributes given replace theirs, the others stay. Creates it if need be.
 */
KITH_API int kith_record_patch(kith_txn *txn, const kith_record_input *input,
                               kith_change *out_change);
/** Adds values to attributes: what they hold stays beside them. Creates the record if need be. */
KITH_API int kith_record_add(kith_txn *txn, const kith_record_input *input,
                             kith_change *out_change);

/** A record as stored. Borrowed out. */
typedef struct kith_record {
    size_t size;
    uint32_t number; /* dense, of this store only, never reused */
    kith_id id;      /* the same in every store */
    const char *source;
    const char *key;
    int64_t first_seen_us; /* the earliest at_us of its versions; INT64_MAX: only events so far */
    int64_t at_us;         /* the latest */
    kith_txn *txn;
    const void *row; /* private */
    size_t row_bytes;
} kith_record;
#define KITH_RECORD_INIT                                                                           \
    { sizeof(kith_record), 0, {{0}}, NULL, NULL, 0, 0, NULL, NULL, 0 }

/** Finds a record by source and key. KITH_NOT_FOUND. */
KITH_API int kith_record_get(kith_txn *txn, const char *source, const char *key, kith_record *out);
/** Finds a record by its number. KITH_NOT_FOUND. */
KITH_API int kith_record_get_number(kith_txn *txn, uint32_t number, kith_record *out);

/** Whether a value of an identifier type may link. */
typedef enum kith_value_status {
    KITH_VALUE_PLAIN = 0,   /* an attribute that is no identifier */
    KITH_VALUE_LIVE = 1,    /* an identifier in normal form */
    KITH_VALUE_INVALID = 2, /* not of its type's form: kept as given, never links */
    KITH_VALUE_BLOCKED = 3  /* on the type's list of values that never link */
} kith_value_status;
/** "plain", "live", "invalid", "blocked"; "unknown" for another number. Never NULL. */
KITH_API const char *kith_value_status_name(kith_value_status status);

typedef struct kith_record_value {
    size_t size;
    const char *attribute;
    kith_value value;
    int64_t at_us; /* the version that said it */
    kith_value_status status;
} kith_record_value;
#define KITH_RECORD_VALUE_INIT                                                                     \
    { sizeof(kith_record_value), NULL, {KITH_TYPE_NULL, {0}}, 0, KITH_VALUE_PLAIN }

/**
 * Steps through a record's values; several values of one attribute follow each other.
 * @param cursor  the caller's, 0 at the start.
 * @return KITH_OK; KITH_DONE after the last.
 */
KITH_API int kith_record_next_value(const kith_record *record, size_t *cursor,
                                    kith_record_value *out);

typedef struct kith_record_iter kith_record_iter;
/**
 * Iterates over all records in order of their numbers. Close it before the transaction ends. A put
 * that changes records ends it, and so does kith_txn_reset(): its next step is then KITH_MISUSE.
 */
KITH_API int kith_record_iter_open(kith_txn *txn, kith_record_iter **out);
/** The next record; borrowed until the next step. KITH_DONE after the last. */
KITH_API int kith_record_iter_next(kith_record_iter *iter, kith_record *out);
KITH_API void kith_record_iter_close(kith_record_iter *iter);

/** What one record did, when. All borrowed in. */
typedef struct kith_event_input {
    size_t size;
    const char *source;
    const char *key;          /* of the record; an unknown one makes a record with no attributes */
    const char *type;         /* such as "order"; an unknown name defines an event type */
    int64_t time_us;          /* less than INT64_MAX */
    const char *message_id;   /* NULL: the event is told apart by time, type and content */
    const kith_field *fields; /* properties */
    size_t field_count;
} kith_event_input;
#define KITH_EVENT_INPUT_INIT                                                                      \
    { sizeof(kith_event_input), NULL, NULL, NULL, 0, NULL, NULL, 0 }

/**
 * Puts an event. Late ones land in their place. An event of the same record with the same message
 * id (or without one: the same time, type and properties) is a second copy: KITH_UNCHANGED. Of two
 * that share a message id but differ, the one of the smaller time stands, then of the smaller type
 * name; then the one that has more properties; then the smaller content; whichever came first.
 */
KITH_API int kith_event_put(kith_txn *txn, const kith_event_input *input, kith_change *out_change);

/** An event as stored. Borrowed out. */
typedef struct kith_event {
    size_t size;
    uint32_t record; /* number */
    int64_t time_us;
    const char *type;
    const char *message_id; /* NULL: none */
    kith_txn *txn;
    const void *properties; /* private */
    size_t properties_bytes;
} kith_event;
#define KITH_EVENT_INIT                                                                            \
    { sizeof(kith_event), 0, 0, NULL, NULL, NULL, NULL, 0 }

/** Steps through an event's properties; cursor 0 at the start. KITH_OK; KITH_DONE. */
KITH_API int kith_event_next_property(const kith_event *event, size_t *cursor, kith_field *out);

typedef struct kith_event_iter kith_event_iter;
/**
 * Iterates over the events of one record with from_us <= time < to_us, in order of time (ties by a
 * fixed rule that is the same in every store). Close it before the transaction ends.
 * A put or a settle that writes events ends it, and so does kith_txn_reset(): its next step is then
 * KITH_MISUSE.
 */
KITH_API int kith_event_iter_open(kith_txn *txn, uint32_t record, int64_t from_us, int64_t to_us,
                                  kith_event_iter **out);
KITH_API int kith_event_iter_next(kith_event_iter *iter, kith_event *out);
KITH_API void kith_event_iter_close(kith_event_iter *iter);

/**
 * A person's decision that two records are one customer: joined whatever the rules say.
 * Of several decisions on one pair the latest at_us stands (ties: unlink, then by `by`).
 * @param by  who decided; kept and shown by kith_explain_why().
 * @return KITH_OK; KITH_NOT_FOUND (no such record); KITH_INVALID (the same record twice).
 */
KITH_API int kith_record_link(kith_txn *txn, const char *source_a, const char *key_a,
                              const char *source_b, const char *key_b, const char *by,
                              int64_t at_us, kith_change *out_change);
/** A person's decision that they are not: kept apart, whatever later facts say. */
KITH_API int kith_record_unlink(kith_txn *txn, const char *source_a, const char *key_a,
                                const char *source_b, const char *key_b, const char *by,
                                int64_t at_us, kith_change *out_change);

/*
 * Marks: what people and programs say of one customer. They hang on a record, so that they stay
 * with it when profiles are merged and split; profile.h reads what a profile's records have
 * together. Each function puts one. A record is named by source and key, or, where both are NULL,
 * by any id ever given out: the id of a profile is that of a record.
 *
 * Each has a time, less than INT64_MAX; one in the future counts from then on. What is put a second
 * time, the same in all its members, is a second copy: KITH_UNCHANGED; all else is KITH_ADDED, also
 * where something later stands already. Names, and who says it (`by`, NULL: nobody), have 1 to
 * KITH_NAME_MAX_BYTES bytes of UTF-8 and no control characters.
 *
 * @return KITH_OK; KITH_NOT_FOUND (no such record); KITH_INVALID (a name, a value or a time);
 *         KITH_LIMIT (the record has KITH_RECORD_MAX_MARKS, with what no longer stands; nothing was
 *         put, and the transaction goes on); KITH_MISUSE (a record that is named in neither way or
 * in both, a kith_origin that is none).
 */

/** How somebody came to say it. The numbers are part of the interface. */
typedef enum kith_origin {
    KITH_ORIGIN_MANUAL = 0, /* a person did */
    KITH_ORIGIN_RULE = 1,
    KITH_ORIGIN_IMPORT = 2,
    KITH_ORIGIN_MODEL = 3
} kith_origin;
/** "manual", "rule", "import", "model"; "unknown" for another number. Never NULL. */
KITH_API const char *kith_origin_name(kith_origin origin);

/** A tag on a record. All borrowed in. */
typedef struct kith_tag_input {
    size_t size;
    const char *source;
    const char *key;
    const kith_id *id; /* where source and key are NULL */
    const char *tag;   /* its name */
    kith_value value;  /* a scalar; null or an empty text: none */
    kith_origin origin;
    uint32_t confidence;   /* how sure it is, in whole percent: 0 to 100 */
    int64_t at_us;         /* when it was set or removed */
    int64_t expires_at_us; /* it holds before that; after at_us. INT64_MAX: for ever */
    const char *by;
} kith_tag_input;
#define KITH_TAG_INPUT_INIT                                                                        \
    {                                                                                              \
        sizeof(kith_tag_input), NULL, NULL, NULL, NULL, {KITH_TYPE_NULL, {0}}, KITH_ORIGIN_MANUAL, \
            100, 0, INT64_MAX, NULL                                                                \
    }

/**
 * Tags a record. Of all that is said of one tag at the records of a profile the latest stands, also
 * after it expired (ties: the removal, then by content): the profile has the tag if that one isn't
 * a removal and hasn't expired.
 */
KITH_API int kith_tag_add(kith_txn *txn, const kith_tag_input *input, kith_change *out_change);
/** Says that a tag was removed. Its value, confidence and expiry make no difference. */
KITH_API int kith_tag_remove(kith_txn *txn, const kith_tag_input *input, kith_change *out_change);

/** A consent of the person that a record is of. All borrowed in. */
typedef struct kith_consent_input {
    size_t size;
    const char *source;
    const char *key;
    const kith_id *id;
    const char *purpose; /* such as "marketing" */
    const char *channel; /* such as "sms"; NULL: any */
    bool granted;        /* false: withdrawn */
    int64_t at_us;
    const char *by;
} kith_consent_input;
#define KITH_CONSENT_INPUT_INIT                                                                    \
    { sizeof(kith_consent_input), NULL, NULL, NULL, NULL, NULL, false, 0, NULL }

/**
 * Puts a consent, granted or withdrawn. Of those of a purpose for the channel in question or for
 * any the latest stands (ties: the withdrawal, then by content).
 */
KITH_API int kith_consent_put(kith_txn *txn, const kith_consent_input *input,
                              kith_change *out_change);

/** An entry of a ledger of points. All borrowed in. */
typedef struct kith_points_input {
    size_t size;
    const char *source;
    const char *key;
    const kith_id *id;
    const char *ledger;
    const char *entry;     /* what tells it apart: 1 to KITH_NAME_MAX_BYTES bytes */
    int64_t amount_micros; /* in millionths of a point; negative: redeemed */
    int64_t at_us;
    const char *by;
} kith_points_input;
#define KITH_POINTS_INPUT_INIT                                                                     \
    { sizeof(kith_points_input), NULL, NULL, NULL, NULL, NULL, 0, 0, NULL }

/**
 * Puts an entry into a ledger. Of several with one id in one ledger of one record only one counts:
 * that with the smallest at_us, then by content. Entries of two records count twice, whatever their
 * ids: each source gave its own.
 */
KITH_API int kith_points_put(kith_txn *txn, const kith_points_input *input,
                             kith_change *out_change);

/** A score that another system computed. All borrowed in. */
typedef struct kith_score_input {
    size_t size;
    const char *source;
    const char *key;
    const kith_id *id;
    const char *score;    /* its name */
    int64_t value_micros; /* in millionths */
    int64_t at_us;
    const char *by;
} kith_score_input;
#define KITH_SCORE_INPUT_INIT                                                                      \
    { sizeof(kith_score_input), NULL, NULL, NULL, NULL, 0, 0, NULL }

/** Puts a score. The latest of the profile's records stands (ties by content). */
KITH_API int kith_score_put(kith_txn *txn, const kith_score_input *input, kith_change *out_change);

#ifdef __cplusplus
}
#endif
#endif
