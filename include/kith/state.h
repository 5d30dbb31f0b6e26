/*
 * State: finding profiles, keeping their rows fresh, and proving them right.
 *
 * Reads are always exact: a profile whose stored row is dirty, due, or settled after `now` is
 * computed from the facts in the reader's snapshot. kith_settle() makes such reads cheap again.
 * Thread rule: the transaction's.
 *
 * `now_us`: events after it don't count yet.
 */
#ifndef KITH_STATE_H
#define KITH_STATE_H

#include "kith/profile.h"

#ifdef __cplusplus
extern "C" {
#endif

/**
 * Who has this identifier? The value is normalised as an import would.
 * If the value is shared by several profiles, the one that links through it by the type's rules and
 * has the smallest number is given, and *out_count (NULL is fine) says how many there are. All
 * records that have the value are looked at then: a value that thousands share takes its time.
 * @return KITH_OK; KITH_NOT_FOUND; KITH_INVALID (no such type, or no value of it); KITH_MISUSE (no
 *         place for the profile).
 */
KITH_API int kith_profile_find(kith_txn *txn, const char *type, const char *value, int64_t now_us,
                               kith_profile *out, size_t *out_count);
/**
 * The ids of all profiles that have this identifier, in order of the profiles' numbers: those that
 * kith_profile_find() counts. All records that have the value are looked at.
 * @param out_ids  owned: free it with kith_free(). Set only on success.
 * @return KITH_OK; KITH_NOT_FOUND; KITH_INVALID (no such type, or no value of it); KITH_NO_MEMORY;
 *         KITH_MISUSE (no place for the ids or their count).
 */
KITH_API int kith_profile_find_ids(kith_txn *txn, const char *type, const char *value,
                                   kith_id **out_ids, size_t *out_count);
/** The profile that an id, any ever given out, belongs to now. KITH_NOT_FOUND. */
KITH_API int kith_profile_get(kith_txn *txn, const kith_id *id, int64_t now_us, kith_profile *out);
/** The profile of a record, by the record's number. KITH_NOT_FOUND. */
KITH_API int kith_profile_of_record(kith_txn *txn, uint32_t record, int64_t now_us,
                                    kith_profile *out);
/** The id of the profile that a record belongs to; cheaper than the whole profile. */
KITH_API int kith_profile_id_of_record(kith_txn *txn, uint32_t record, kith_id *out);
/** How many events of a type (NULL: all) the profile has with from_us <= time < to_us. */
KITH_API int kith_profile_count_events(const kith_profile *profile, const char *event_type,
                                       int64_t from_us, int64_t to_us, uint64_t *out_count);

typedef struct kith_profile_iter kith_profile_iter;
/**
 * Iterates over all profiles in order of their numbers. Close it before the transaction ends. A
 * write of the transaction, a settle too, ends it, and so does kith_txn_reset(): its next step is
 * then KITH_MISUSE.
 */
KITH_API int kith_profile_iter_open(kith_txn *txn, int64_t now_us, kith_profile_iter **out);
/** The next profile; borrowed until the next step. KITH_DONE after the last. */
KITH_API int kith_profile_iter_next(kith_profile_iter *iter, kith_profile *out);
KITH_API void kith_profile_iter_close(kith_profile_iter *iter);

typedef struct kith_settle_result {
    size_t size;
    uint64_t settled_count;   /* profiles whose rows were written */
    uint64_t packed_count;    /* events packed */
    uint64_t remaining_count; /* dirty or due profiles left; 0: all is settled */
} kith_settle_result;
#define KITH_SETTLE_RESULT_INIT                                                                    \
    { sizeof(kith_settle_result), 0, 0, 0 }

/**
 * Recomputes dirty profiles and those due at now_us, packs their events, writes their rows with
 * their traits, the sets of who is in which segment, and who entered and left. A call that leaves
 * no profile dirty also moves index entries that landed to their place: at most 83,968,
 * and what this transaction put.
 * @param budget  the most profiles to settle in this call; 0: all. A large component counts as one:
 *                while some are left to cluster, settled_count may be 0.
 * @param out     NULL is fine.
 */
KITH_API int kith_settle(kith_txn *txn, int64_t now_us, uint64_t budget, kith_settle_result *out);

/**
 * Settles a store in write transactions of its own, of a limited number of profiles each, so that
 * others can write in between. Each is durable when it ends: what is stopped is gone on with by the
 * next call. Call it while the thread holds no write transaction on the store. Where all is settled
 * and the budget is 0 it also makes the columns that queries read, of 65,536 profile numbers each
 * transaction, where there are none or many of them are stale.
 * @param budget    the most profiles to settle, large components counted; 0: all.
 * @param progress  NULL, or told after each transaction ("settle"; profiles settled, and those with
 *                  the ones left; the same numbers while columns are made), and in the midst of one
 *                  where a single customer takes long, so it may not use the store. Where that is
 *                  stopped nothing of this transaction is in the store.
 * @param out       NULL is fine. The sum of all transactions that ended, whatever is returned;
 *                  remaining_count is what the last of them left, 0 where none ended.
 * @return KITH_OK; KITH_INTERRUPTED; what kith_txn_begin(), kith_settle() and kith_txn_commit()
 *         return.
 */
KITH_API int kith_settle_all(kith *store, int64_t now_us, uint64_t budget,
                             kith_progress_fn progress, void *context, kith_settle_result *out,
                             kith_error *error);

/* Transitions: who entered and left segments. */

/** Why. The numbers are part of the interface. */
typedef enum kith_cause {
    KITH_CAUSE_FACT = 1,       /* something was put; the time is that of the settle that saw it */
    KITH_CAUSE_TIME = 2,       /* time went by; the time is the very instant */
    KITH_CAUSE_DEFINITION = 3, /* a segment was defined, changed or removed */
    KITH_CAUSE_MERGE = 4       /* left: the profile became part of another one, or has another id */
} kith_cause;
/** "fact", "time", "definition", "merge"; "unknown" for another number. Never NULL. */
KITH_API const char *kith_cause_name(kith_cause cause);

typedef struct kith_transition {
    size_t size;
    uint64_t sequence; /* from 1 on, without gaps */
    kith_id id;        /* of the profile, at that time */
    uint32_t number;   /* and its number, of this store only */
    const char *segment;
    bool entered; /* else it left */
    kith_cause cause;
    int64_t at_us;
} kith_transition;
#define KITH_TRANSITION_INIT                                                                       \
    { sizeof(kith_transition), 0, {{0}}, 0, NULL, false, KITH_CAUSE_FACT, 0 }

/**
 * The next transition after *sequence (0: from the first that is kept), which it then is. What
 * settles writes, so a host that remembers the last sequence it saw acts on each once. Of each id
 * entering and leaving alternate, and who is in by them is who is in. Profiles that time alone
 * changes are told with the instant at which they did, also where they were in and out between two
 * settles; what facts change is told with the time of the settle, and so is what time did to a
 * profile that facts changed since, or to any where definitions did.
 * Where profiles merge, the id that goes on goes on in what it was in; the other ones leave.
 * @return KITH_OK; KITH_DONE (no more yet); KITH_CORRUPT.
 */
KITH_API int kith_transition_next(kith_txn *txn, uint64_t *sequence, kith_transition *out);
/** Forgets the transitions up to a sequence, that one too. */
KITH_API int kith_transition_trim(kith_txn *txn, uint64_t sequence, uint64_t *out_count);

/*
 * History: how many were in a segment, and when a customer was, by the transitions that are kept.
 * So it is what settles saw. It begins with the first settle after the segment was defined: whoever
 * was in it then entered then. What facts changed has the time of the settle that saw it, and what
 * happened since the last settle isn't in it yet. Who was in a segment at an instant by the facts,
 * as they are known today, is another question: a read at that `now` answers it.
 */

/** Spans of the calendar, in the store's time zone. The numbers are part of the interface. */
typedef enum kith_period {
    KITH_PERIOD_DAY = 1,
    KITH_PERIOD_WEEK = 2, /* begins with Monday */
    KITH_PERIOD_MONTH = 3
} kith_period;
/** "day", "week", "month"; "unknown" for another number. Never NULL. */
KITH_API const char *kith_period_name(kith_period period);

typedef struct kith_segment_history_options {
    size_t size;
    kith_period by;
    int64_t from_us; /* the first period holds it, unless the history begins later */
    int64_t to_us;   /* the last period begins before it, unless the history ends sooner */
} kith_segment_history_options;
#define KITH_SEGMENT_HISTORY_OPTIONS_INIT                                                          \
    { sizeof(kith_segment_history_options), KITH_PERIOD_DAY, INT64_MIN, INT64_MAX }

/** What happened to a segment in a period. */
typedef struct kith_segment_period {
    size_t size;
    int64_t from_us, to_us; /* from_us <= time < to_us */
    int64_t date_days;      /* the local date that it begins with, as days since 1970-01-01 */
    uint64_t entered_count, left_count;
    uint64_t redefined_count; /* of both those whom a definition moved, not what they did */
    uint64_t merged_count;    /* of those that left: they became part of another profile */
    uint64_t member_count;    /* at its end */
} kith_segment_period;

#define KITH_SEGMENT_PERIODS_MAX 100000

/** Owned: kith_segment_history_free(). It stays valid after the transaction. */
typedef struct kith_segment_history {
    size_t size;
    int64_t begins_us;     /* the first transition; where there never was one, settled_us;
                              INT64_MAX: the segment wasn't settled yet */
    int64_t settled_us;    /* until then: the latest time that was settled for, or what comes just
                              before somebody's next change, if a later settle for an earlier time
                              left that to be told; INT64_MIN: none */
    bool forgotten;        /* transitions were forgotten: it begins with the latest of them */
    uint64_t member_count; /* at settled_us */
    uint64_t dirty_count;  /* profiles that await a settle: they may enter or leave */
    size_t period_count;
    const kith_segment_period *const *periods; /* without gaps, the oldest first */
} kith_segment_history;

/**
 * The size of a segment over time. All transitions that are kept are looked at.
 * @param segment  its name; one that is removed has a history too.
 * @param options  NULL: as they are initialised.
 * @param out      set only on success.
 * @return KITH_OK; KITH_NOT_FOUND (there never was such a segment); KITH_LIMIT (more than
 *         KITH_SEGMENT_PERIODS_MAX periods); KITH_MISUSE (`by` is no period); KITH_CORRUPT;
 *         KITH_NO_MEMORY.
 */
KITH_API int kith_segment_history_read(kith_txn *txn, const char *segment,
                                       const kith_segment_history_options *options,
                                       kith_segment_history **out);
/** NULL is fine. */
KITH_API void kith_segment_history_free(kith_segment_history *history);

/** A stay of a customer in a segment. */
typedef struct kith_stay {
    size_t size;
    const char *segment;
    kith_id id;            /* of the profile when it entered; where that isn't kept, when it left,
                              or, where it never did, now */
    int64_t entered_at_us; /* INT64_MIN: that is forgotten */
    kith_cause entered_by; /* 0 where it is forgotten */
    int64_t left_at_us;    /* INT64_MAX: not by the last settle */
    kith_cause left_by;    /* 0 where it didn't */
} kith_stay;
#define KITH_STAY_INIT                                                                             \
    { sizeof(kith_stay), NULL, {{0}}, 0, (kith_cause)0, 0, (kith_cause)0 }

typedef struct kith_stay_iter kith_stay_iter;
/**
 * Iterates over the stays of a customer in a segment, in order of when they began: those of all
 * profiles that the customer's records were the heads of. Where profiles were merged, stays may
 * overlap, and one of them ends by KITH_CAUSE_MERGE. It holds a copy: what the transaction writes
 * meanwhile doesn't change it, and it may be closed at any time.
 * @param segment  NULL: all segments, also those that are removed.
 * @return KITH_OK; KITH_NOT_FOUND (there never was such a segment); KITH_CORRUPT; KITH_NO_MEMORY.
 */
KITH_API int kith_stay_iter_open(const kith_profile *profile, const char *segment,
                                 kith_stay_iter **out);
/** The next; borrowed until the iterator is closed. KITH_OK; KITH_DONE. */
KITH_API int kith_stay_iter_next(kith_stay_iter *iter, kith_stay *out);
KITH_API void kith_stay_iter_close(kith_stay_iter *iter);

typedef struct kith_resolve_options {
    size_t size;
    int64_t now_us;   /* for settling, as kith_settle() */
    bool train;       /* learn a new match model, also where there is one */
    unsigned threads; /* 0: one for each processor; what comes out is the same for any */
    /* NULL, or a match model as kith_model_export() writes it: it is put in force as the next
     * version, instead of learning one. Attributes that the store doesn't know are defined. */
    const char *model;
    kith_progress_fn
        progress;  /* NULL, or told of "features", "train", "compare", "write", "settle" */
    void *context; /* handed to it */
} kith_resolve_options;
#define KITH_RESOLVE_OPTIONS_INIT                                                                  \
    { sizeof(kith_resolve_options), 0, false, 0, NULL, NULL, NULL }

typedef struct kith_resolve_result {
    size_t size;
    uint64_t record_count;
    uint64_t compared_count; /* pairs of records that share a block */
    uint64_t scored_count;   /* of them those that weigh enough to be kept */
    uint32_t model_version;  /* of the match model in force */
    bool trained;            /* it was learnt just now */
    kith_settle_result settled;
} kith_resolve_result;
#define KITH_RESOLVE_RESULT_INIT                                                                   \
    { sizeof(kith_resolve_result), 0, 0, 0, 0, false, KITH_SETTLE_RESULT_INIT }

/**
 * Links records that share no identifier but are likely one customer: learns a match model of the
 * store's own records (the first time, where options->train, or where the store has four times the
 * records that its model was learnt from; one that was given stays), compares all that have
 * something in common, and settles. With fewer than two records there is nothing to learn. From
 * then on each commit compares what it writes in the same way, and gives the same clusters.
 *
 * It learns and compares in one write transaction: others wait with their writes, and where it is
 * stopped nothing of it is in the store. Then it settles in transactions of its own, as
 * kith_settle_all(): where that is stopped, the rest awaits the next kith_settle(). Memory: about
 * 1 KB a record. Call it while the thread holds no write transaction on the store.
 * @param options  NULL: as they are initialised; then `now` is 1970, so events don't count yet.
 * @param out      NULL is fine.
 * @return KITH_OK; KITH_INVALID (options->model, with line and column in the message and the offset
 *         in position; both it and options->train; or a config asks for more comparisons than a
 *         model has); KITH_INTERRUPTED; KITH_NO_MEMORY; what kith_txn_begin(), kith_settle() and
 *         kith_txn_commit() return.
 */
KITH_API int kith_resolve(kith *store, const kith_resolve_options *options,
                          kith_resolve_result *out, kith_error *error);

/**
 * Rebuilds all that is derived from the facts and compares it with what is stored, in one read
 * snapshot, while others may write. Each profile's row is computed for the time it was settled at,
 * and, where a read at now_us would be given the row as it stands, for that time as well. Where the
 * store has a match model all records are compared anew, as kith_resolve() does, by all processors:
 * that takes up to 1 KB a record.
 *
 * It reads through the map and takes the file's structure as sound: a page that is damaged may lead
 * it out of the file and end the process. Where that is in doubt run kith_check() first, as the
 * command does; it needs a file at rest.
 * @param out_problem_count  0: everything derived is right.
 * @return KITH_OK (it ran); KITH_CORRUPT (facts can't be read); KITH_INTERRUPTED; KITH_NO_MEMORY.
 */
KITH_API int kith_verify(kith *store, int64_t now_us, const kith_check_options *options,
                         uint64_t *out_problem_count, kith_error *error);

/* Searching: who is most like this? */

#define KITH_SEARCH_LIMIT 10 /* profiles, where options don't say how many */

typedef struct kith_search_options {
    size_t size;
    size_t limit; /* the most profiles that are listed; 0: KITH_SEARCH_LIMIT */
} kith_search_options;
#define KITH_SEARCH_OPTIONS_INIT                                                                   \
    { sizeof(kith_search_options), 0 }

/** A profile that may be meant. */
typedef struct kith_search_hit {
    size_t size;
    kith_id id;             /* of the profile */
    uint32_t record;        /* number of its record that is most like what is asked for */
    double bits;            /* that record's weight: how likely it is meant, as log2 of the odds */
    bool likely;            /* the weight is that of a link, which a rule may still refuse */
    const char *identifier; /* the type of an identifier asked for that the profile has, NULL:
                               none */
} kith_search_hit;

/** Owned: kith_search_result_free(). It stays valid after the transaction. */
typedef struct kith_search_result {
    size_t size;
    size_t hit_count;
    const kith_search_hit *const *hits; /* the best first */
    uint64_t compared_count;            /* records that were compared with what is asked for */
    bool partial; /* too many records have what is asked for in common with it: they were not all
                     compared, and who is meant may not be listed. Ask for more */
    /* Attributes that were asked for and made no difference: the match model doesn't compare them,
     * or the value isn't of its type's form, such as a date that is none. */
    const char *const *unread;
    size_t unread_count;
} kith_search_result;

/**
 * Ranks the profiles that are most like what is asked for: any attributes that the match model
 * compares (names, birth date, address, e-mail, ...) and any identifiers, as a record would give
 * them; a list gives several values. Values are normalised as by a put, and what can't be is told
 * (unread); nothing is written, no name is defined. The store needs a match model (kith_resolve()),
 * but need not be settled.
 *
 * What is asked for is compared as if it were a record, and each profile counts by its record that
 * is most alike. Compared are records that share a block with it (two words of a name, a word and a
 * year or a town, a whole birth date, a telephone's last digits, ...), in blocks within the model's
 * cap. Where none of these is likely to be meant and no identifier is known, blocks above the cap
 * are looked into too: of the first 4,096 records of each, the 256 that share the most blocks. One
 * word alone has no block: that is KITH_INVALID, and so is whatever else there is nothing to look
 * up by.
 *
 * Listed are, first, the profiles that have one of the identifiers asked for (the first 64 records
 * of a value are looked at; a blocked value finds nobody), whatever else they say; then those whose
 * weight is above that of a pair of which nothing is known, which is the model's prior: what agrees
 * must outweigh what differs. Whether that is enough for a link doesn't matter. Each of the two in
 * order of weight, ties by profile id.
 * @param options  NULL: as they are initialised.
 * @param out      set only on success, also where nobody is found.
 * @return KITH_OK; KITH_NOT_FOUND (the store has no match model yet); KITH_INVALID (an attribute
 *         that the store doesn't have, a value that a put would refuse, or too little to search
 *         by); KITH_NO_MEMORY; KITH_MISUSE.
 */
KITH_API int kith_search(kith_txn *txn, const kith_field *fields, size_t field_count,
                         const kith_search_options *options, kith_search_result **out);
KITH_API void kith_search_result_free(kith_search_result *result);

#ifdef __cplusplus
}
#endif
#endif
