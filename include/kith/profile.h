/*
 * Profiles: golden values with their provenance, and aggregates of events.
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
    int64_t next_change_at_us; /* when it would change with no new fact; INT64_MAX: never */
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

/** Steps through the numbers of a profile's records, ascending; cursor 0 at the start. */
KITH_API int kith_profile_next_record(const kith_profile *profile, size_t *cursor,
                                      uint32_t *out_number);

#ifdef __cplusplus
}
#endif
#endif
