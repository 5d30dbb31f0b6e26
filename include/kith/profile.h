/*
 * Profiles: golden values with their provenance, aggregates of events, and the tags, consents,
 * points and scores that stand.
 *
 * A kith_profile is a view, filled by the functions of state.h. It is borrowed: valid until its
 * transaction ends, is reset, or writes next. Reading it allocates nothing. Thread rule: the
 * transaction's.
 */
#ifndef KITH_PROFILE_H
#define KITH_PROFILE_H

#include "kith/identity.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Flags of a profile. */
#define KITH_PROFILE_COMPUTED 1u /* from the facts just now, as its stored row was dirty or due */
#define KITH_PROFILE_PENDING                                                                       \
    2u /* its large component awaits kith_settle(): more records may belong */

typedef struct kith_profile {
    size_t size;
    kith_id id;      /* stable: the id of its oldest record */
    uint32_t number; /* of this store only: its smallest record number */
    uint32_t flags;
    uint32_t record_count;
    uint64_t event_count;      /* with time <= now */
    int64_t next_change_at_us; /* when it may next change with no new fact; INT64_MAX: never */
    kith_txn *txn;
    const void *row; /* private */
    size_t row_bytes;
} kith_profile;
#define KITH_PROFILE_INIT                                                                          \
    { sizeof(kith_profile), {{0}}, 0, 0, 0, 0, 0, NULL, NULL, 0 }

/** A golden value and its provenance. */
typedef struct kith_golden {
    size_t size;
    const char *attribute;
    kith_value value;
    uint32_t record;    /* number of the record that said it */
    const char *source; /* that record's source */
    int64_t at_us;      /* when it said so */
    kith_value_status status;
} kith_golden;
#define KITH_GOLDEN_INIT                                                                           \
    { sizeof(kith_golden), NULL, {KITH_TYPE_NULL, {0}}, 0, NULL, 0, KITH_VALUE_PLAIN }

/**
 * The golden value of an attribute, by name; the first of several. KITH_NOT_FOUND if there is none.
 */
KITH_API int kith_profile_value(const kith_profile *profile, const char *attribute,
                                kith_golden *out);
/** Steps through all golden values, in order of the attributes' definition; cursor 0 at the start.
 */
KITH_API int kith_profile_next_value(const kith_profile *profile, size_t *cursor, kith_golden *out);

/** The events of one type. */
typedef struct kith_aggregate {
    size_t size;
    const char *event_type;
    uint64_t count;
    int64_t first_us, last_us;
    const void *row; /* private */
    size_t row_bytes;
    kith_txn *txn;
} kith_aggregate;
#define KITH_AGGREGATE_INIT                                                                        \
    { sizeof(kith_aggregate), NULL, 0, 0, 0, NULL, 0, NULL }

/** The aggregate of an event type, by name. KITH_NOT_FOUND. */
KITH_API int kith_profile_aggregate(const kith_profile *profile, const char *event_type,
                                    kith_aggregate *out);
KITH_API int kith_profile_next_aggregate(const kith_profile *profile, size_t *cursor,
                                         kith_aggregate *out);

/** One numeric property over the events of one type. Sums are exact: in millionths, as integers. */
typedef struct kith_property_sum {
    size_t size;
    const char *property;
    uint64_t count;     /* events whose property is a number */
    int64_t sum_micros; /* in millionths of the property's unit */
    int64_t min_micros, max_micros;
    bool overflow; /* the sum passed +-9.2e12 and stands at that bound */
} kith_property_sum;
#define KITH_PROPERTY_SUM_INIT                                                                     \
    { sizeof(kith_property_sum), NULL, 0, 0, 0, 0, false }

/** Steps through the numeric properties of an aggregate; cursor 0 at the start. */
KITH_API int kith_aggregate_next_property(const kith_aggregate *aggregate, size_t *cursor,
                                          kith_property_sum *out);

/** A trait that the profile has. */
typedef struct kith_profile_trait_value {
    size_t size;
    const char *trait;
    kith_value value; /* a number that isn't whole is a real; a duration an integer, microseconds */
} kith_profile_trait_value;
#define KITH_PROFILE_TRAIT_VALUE_INIT                                                              \
    {                                                                                              \
        sizeof(kith_profile_trait_value), NULL, {                                                  \
            KITH_TYPE_NULL, {                                                                      \
                0                                                                                  \
            }                                                                                      \
        }                                                                                          \
    }

/** The value of a trait, by name. KITH_NOT_FOUND: it has none, or there is no such trait. */
KITH_API int kith_profile_trait(const kith_profile *profile, const char *trait,
                                kith_profile_trait_value *out);
/** Steps through the traits that have a value, in order of their definition; cursor 0 at the start.
 */
KITH_API int kith_profile_next_trait(const kith_profile *profile, size_t *cursor,
                                     kith_profile_trait_value *out);
/** Whether the profile is in a segment, by name. KITH_OK; KITH_NOT_FOUND: there is no such segment.
 */
KITH_API int kith_profile_in_segment(const kith_profile *profile, const char *segment,
                                     bool *out_in);
/** Steps through the names of the segments that it is in, in order of their definition; cursor 0 at
 * the start. */
KITH_API int kith_profile_next_segment(const kith_profile *profile, size_t *cursor,
                                       const char **out_name);

/** Steps through the numbers of a profile's records, ascending; cursor 0 at the start. */
KITH_API int kith_profile_next_record(const kith_profile *profile, size_t *cursor,
                                      uint32_t *out_number);

/*
 * Marks: of what was put by fact.h for the profile's records what stands at its `now`. Texts are
 * borrowed as the profile is.
 */

/** A tag that the profile has, or, from kith_tag_iter_next(), what was said of one. */
typedef struct kith_tag {
    size_t size;
    const char *name;
    bool removed;     /* only in a history */
    kith_value value; /* null: none */
    kith_origin origin;
    uint32_t confidence; /* whole percent */
    uint32_t record;     /* number of the record that has it */
    int64_t at_us;
    int64_t expires_at_us; /* INT64_MAX: never */
    const char *by;        /* NULL: nobody */
} kith_tag;
#define KITH_TAG_INIT                                                                              \
    { sizeof(kith_tag), NULL, false, {KITH_TYPE_NULL, {0}}, KITH_ORIGIN_MANUAL, 0, 0, 0, 0, NULL }

/** Whether the profile has a tag, by name, and all that is known of it. KITH_NOT_FOUND. */
KITH_API int kith_profile_tag(const kith_profile *profile, const char *name, kith_tag *out);
/** Steps through the tags that the profile has, in order of their names; cursor 0 at the start. */
KITH_API int kith_profile_next_tag(const kith_profile *profile, size_t *cursor, kith_tag *out);

typedef struct kith_tag_iter kith_tag_iter;
/**
 * Iterates over all that was said of tags at the profile's records: set and removed, expired, and
 * still to come; in order of time, ties in the order in which they stand. It holds a copy: what the
 * transaction writes meanwhile doesn't change it, and it may be closed at any time.
 */
KITH_API int kith_tag_iter_open(const kith_profile *profile, kith_tag_iter **out);
/** The next; borrowed until the iterator is closed. KITH_OK; KITH_DONE. */
KITH_API int kith_tag_iter_next(kith_tag_iter *iter, kith_tag *out);
KITH_API void kith_tag_iter_close(kith_tag_iter *iter);

/** What stands for a purpose and a channel. */
typedef struct kith_consent {
    size_t size;
    const char *purpose;
    const char *channel; /* NULL: any that isn't named beside it */
    bool granted;
    uint32_t record;
    int64_t at_us;
    const char *by; /* NULL: nobody */
} kith_consent;
#define KITH_CONSENT_INIT                                                                          \
    { sizeof(kith_consent), NULL, NULL, false, 0, 0, NULL }

/**
 * Whether there is a consent to a purpose by a channel (NULL: by any; then what was said of single
 * ones makes no difference). Where nobody said anything there is none.
 * @param out_at_us  NULL is fine. When that was said; INT64_MIN: never.
 */
KITH_API int kith_profile_consent(const kith_profile *profile, const char *purpose,
                                  const char *channel, bool *out_granted, int64_t *out_at_us);
/**
 * Steps through the purposes and the channels that were named, in order of both; the one without a
 * channel first. Cursor 0 at the start.
 */
KITH_API int kith_profile_next_consent(const kith_profile *profile, size_t *cursor,
                                       kith_consent *out);

/** The balance of a ledger. */
typedef struct kith_points {
    size_t size;
    const char *ledger;
    int64_t balance_micros; /* in millionths of a point: the exact sum of the entries */
    uint32_t entry_count;
    int64_t last_us; /* the time of the latest entry */
    bool overflow;   /* the sum is beyond what balance_micros holds, and stands at that bound */
} kith_points;
#define KITH_POINTS_INIT                                                                           \
    { sizeof(kith_points), NULL, 0, 0, 0, false }

/** The balance of a ledger in millionths of a point; 0 without an entry. KITH_LIMIT: overflow. */
KITH_API int kith_profile_points(const kith_profile *profile, const char *ledger,
                                 int64_t *out_micros);
/** Steps through the ledgers that have an entry, in order of their names; cursor 0 at the start. */
KITH_API int kith_profile_next_points(const kith_profile *profile, size_t *cursor,
                                      kith_points *out);

/** A score that another system computed. */
typedef struct kith_score {
    size_t size;
    const char *name;
    int64_t value_micros; /* in millionths */
    uint32_t record;
    int64_t at_us;
    const char *by; /* NULL: nobody */
} kith_score;
#define KITH_SCORE_INIT                                                                            \
    { sizeof(kith_score), NULL, 0, 0, 0, NULL }

/** A score by name. KITH_NOT_FOUND. */
KITH_API int kith_profile_score(const kith_profile *profile, const char *name, kith_score *out);
/** Steps through the scores in order of their names; cursor 0 at the start. */
KITH_API int kith_profile_next_score(const kith_profile *profile, size_t *cursor, kith_score *out);

/** What a history is of. The numbers are part of the interface. */
typedef enum kith_mark_kind {
    KITH_MARK_CONSENT = 5,
    KITH_MARK_POINTS = 6,
    KITH_MARK_SCORE = 7
} kith_mark_kind;

/** A consent, an entry of points or a score that was said at one of the profile's records. */
typedef struct kith_mark {
    size_t size;
    kith_mark_kind kind;
    const char *name; /* of the purpose, the ledger or the score */
    const char
        *detail;     /* of a consent its channel, NULL: any; of points the entry's id; else NULL */
    bool granted;    /* of a consent */
    int64_t micros;  /* of points and scores, in millionths */
    uint32_t record; /* number of the record that it was said of */
    int64_t at_us;
    const char *by; /* NULL: nobody */
} kith_mark;
#define KITH_MARK_INIT                                                                             \
    { sizeof(kith_mark), KITH_MARK_CONSENT, NULL, NULL, false, 0, 0, 0, NULL }

typedef struct kith_mark_iter kith_mark_iter;
/**
 * Iterates over all that was said of one kind at the profile's records, also what stands no more
 * and what is still to come; in order of time, ties in the order in which they stand. Of entries of
 * points with one id only the one that counts is told. It holds a copy, as kith_tag_iter_open()'s.
 * @return KITH_OK; KITH_CORRUPT; KITH_NO_MEMORY; KITH_MISUSE (`kind` is none).
 */
KITH_API int kith_mark_iter_open(const kith_profile *profile, kith_mark_kind kind,
                                 kith_mark_iter **out);
/** The next; borrowed until the iterator is closed. KITH_OK; KITH_DONE. */
KITH_API int kith_mark_iter_next(kith_mark_iter *iter, kith_mark *out);
KITH_API void kith_mark_iter_close(kith_mark_iter *iter);

#ifdef __cplusplus
}
#endif
#endif
