/*
 * A store: one file that holds everything, its transactions, its definitions, its care.
 *
 * Thread rule: a `kith` may be used by any number of threads and processes. A `kith_txn` belongs to
 * one thread at a time; a write transaction must end in the thread that began it. There is one
 * writer at a time for a file (a second waits); readers never wait. A store must not be used in a
 * forked child: such calls return KITH_MISUSE; open it anew there.
 */
#ifndef KITH_STORE_H
#define KITH_STORE_H

#include "kith/base.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct kith kith;         /* an open store */
typedef struct kith_txn kith_txn; /* a transaction: one snapshot of it */

/* Flags of kith_open. */
#define KITH_CREATE         1u /* create the store where there is none */
#define KITH_CREATE_NEW     2u /* create it, and refuse (KITH_EXISTS) where there is one */
#define KITH_OPEN_READ_ONLY 4u
#define KITH_OPEN_NETWORK   8u /* allow a network file system; locks and maps may not hold there */

typedef struct kith_open_options {
    size_t size;
    unsigned flags;
    /* Address space reserved, the largest that the file can grow to. 0: 64 GiB, or the larger size
     * that the store was last written with. */
    uint64_t map_size_bytes;
    unsigned max_readers; /* reader slots over all processes; 0: 254 */
    const char *config;   /* for a new store: JSON definitions over the preset; NULL: none */
} kith_open_options;
#define KITH_OPEN_OPTIONS_INIT                                                                     \
    { sizeof(kith_open_options), 0, 0, 0, NULL }

/**
 * Opens the store in the file `path` (and `path`-lock beside it). Symbolic links are followed: the
 * lock file is the one beside the file itself, so that all writers see each other. A file with
 * several names (hard links) is refused with KITH_INVALID, as each name would have its own.
 *
 * A new store gets the built-in `retail` definitions, and over them options->config. It is made as
 * `path`.partial and has its name only when it is whole; one that could not be made leaves no file.
 * (One that was made stays, even if it then can't be opened.) Who makes the same store at the same
 * time waits, and then has it too (KITH_CREATE) or is refused (KITH_CREATE_NEW). KITH_CREATE takes
 * an empty file for a store that is still to be filled.
 *
 * Opening one file several times in a process is fine: the handles share what they must. So while
 * one of them lives (a closed one too, while it has transactions) map_size_bytes and max_readers
 * are those of the first; a later handle's are ignored. Flags are each handle's own.
 *
 * @param options  NULL: all zero, that is open an existing store for reading and writing.
 * @param out      owned; end it with kith_close(). Set only on success.
 * @param error    NULL, or filled on failure.
 * @return KITH_OK; KITH_NOT_FOUND (no such file); KITH_CORRUPT (damaged, no store, or another
 *         layout); KITH_NEWER; KITH_EXISTS; KITH_INVALID (config, or a file with several names);
 *         KITH_READ_ONLY (this process has it open read-only); KITH_IO (the disk is full, say, even
 *         for the lock file); KITH_NO_MEMORY; KITH_MISUSE (no path, no `out`, unknown flags, or
 *         options of a newer kith).
 */
KITH_API int kith_open(const char *path, const kith_open_options *options, kith **out,
                       kith_error *error);

/** Closes a store. NULL is fine. While transactions live, the closing waits for the last of them.
 */
KITH_API void kith_close(kith *store);

/* Modes of kith_txn_begin. */
#define KITH_READ  0u
#define KITH_WRITE 1u

/**
 * Begins a transaction. A write transaction waits for the writer before it.
 * @param out    owned; end it with kith_txn_commit() or kith_txn_abort().
 * @param error  NULL, or filled on failure.
 * @return KITH_OK; KITH_BUSY (no reader slot); KITH_READ_ONLY; KITH_MISUSE (forked child);
 * KITH_NO_MEMORY; KITH_IO.
 */
KITH_API int kith_txn_begin(kith *store, unsigned mode, kith_txn **out, kith_error *error);

/**
 * Commits and frees the transaction, whatever it returns: after KITH_OK everything is on disk;
 * after a failure nothing of it is in the store. Text of a failure is in `error` (may be NULL).
 * Identity is resolved here, once for all that was written.
 */
KITH_API int kith_txn_commit(kith_txn *txn, kith_error *error);

/** Ends the transaction without writing, and frees it. NULL is fine. */
KITH_API void kith_txn_abort(kith_txn *txn);

/** Lets go of a read transaction's snapshot; all that was borrowed from it ends, iterators too.
 * Then renew or abort. A write transaction stays as it is. */
KITH_API void kith_txn_reset(kith_txn *txn);
/** Takes a new snapshot for a read transaction that was reset. Cheaper than a new transaction. */
KITH_API int kith_txn_renew(kith_txn *txn);

/** The last failure of a call on this transaction. Borrowed until the transaction is freed. */
KITH_API const kith_error *kith_txn_error(const kith_txn *txn);

/** The store that a transaction belongs to. */
KITH_API kith *kith_txn_store(const kith_txn *txn);

#define KITH_NAME_MAX_BYTES 255 /* of a source, attribute, event type or property */

/**
 * Adds definitions, or overrides some, from a JSON text (README, "Definitions", has the form). What
 * the text doesn't name stays. A veto names attributes that are there already (by an earlier
 * config, by a record), or that the same text defines.
 *
 * Facts stay as they were put. Rules of an identifier type (blocked, unique, limit, generic_at,
 * veto, priority), survivorship, trust and sums apply at commit to all that is there. What says how
 * a value is read (region, normalise, an attribute's type) applies to values put from then on: a
 * value that was accepted, such as a phone in a form of the region before, keeps its form and links
 * by it, and one that was none stays none. To have what is there read anew, put it again, at the
 * same time or later: importing the same files again does so. What kith_record_put and
 * kith_record_patch said is then replaced; what kith_record_add said stays beside what it now says.
 * Where an attribute becomes an identifier type, its values that are of the type's form link.
 *
 * @return KITH_OK; KITH_INVALID, with line and column in the message and the offset in position:
 *         the transaction can then only be aborted, so that nothing changes.
 */
KITH_API int kith_config_apply(kith_txn *txn, const char *json, size_t json_bytes);

/** The definitions in force as JSON text; owned, free it with kith_free(). */
KITH_API int kith_config_get(kith_txn *txn, char **out_json);

/** Frees what a function said to free with kith_free(). NULL is fine. */
KITH_API void kith_free(void *memory);

/** Counts and sizes. */
typedef struct kith_stat {
    size_t size;
    uint64_t record_count;
    uint64_t profile_count;
    uint64_t event_count;
    uint64_t assertion_count;      /* decisions of people on links */
    uint64_t identifier_count;     /* (identifier value, record) pairs that may link */
    uint64_t link_count;           /* links taken */
    uint64_t refused_link_count;   /* links that a rule refused */
    uint64_t generic_value_count;  /* identifier values of too many names or records to link */
    uint64_t dirty_profile_count;  /* profiles that await kith_settle() */
    uint64_t pending_record_count; /* records whose large component awaits kith_settle() */
    uint64_t landed_event_count;   /* events in the log that kith_settle() will pack */
    uint64_t source_count;
    uint64_t attribute_count;
    uint64_t event_type_count;
    uint64_t file_bytes;
    uint64_t used_bytes; /* of the file, pages in use */
    uint64_t map_bytes;
    uint32_t format_version;
    uint32_t reader_count; /* read transactions under way, of all processes */
    uint64_t mark_count;   /* tags, removals of tags, consents, points and scores */
} kith_stat;
#define KITH_STAT_INIT                                                                             \
    { sizeof(kith_stat), 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0 }

/** Fills `out`. Reads every link once: the time grows with the links of the store. KITH_OK;
 * KITH_CORRUPT. */
KITH_API int kith_stat_get(kith_txn *txn, kith_stat *out);

/**
 * Writes a compact copy of the store to a new file, while others read and write. The copy is a
 * snapshot. It is made as `path`.partial and has its name only when it is whole; an unfinished copy
 * is removed, and what a backup that was killed leaves the next one to the path replaces. After
 * KITH_OK the copy is on disk, and its name too; where only the sync of the name failed, it stays.
 * A file that is there already, or is being made, is refused with KITH_EXISTS.
 * @return KITH_OK; KITH_EXISTS; KITH_IO; KITH_INTERRUPTED.
 */
KITH_API int kith_backup(kith *store, const char *path, kith_progress_fn progress, void *context,
                         kith_error *error);

/** Told of each problem that kith_check or kith_verify finds: one line of text, borrowed. */
typedef void (*kith_problem_fn)(void *context, const char *problem);

typedef struct kith_check_options {
    size_t size;
    kith_problem_fn problem; /* NULL: only count them */
    kith_progress_fn progress;
    void *context; /* handed to both */
} kith_check_options;
#define KITH_CHECK_OPTIONS_INIT                                                                    \
    { sizeof(kith_check_options), NULL, NULL, NULL }

/**
 * Checks the structure of a store's file without mapping it, so that no damage can end the process:
 * the meta pages, every page reached exactly once, keys in order, the checksum of every fact. Run
 * it on a file that nobody writes to, or on a backup.
 * @param options  NULL: no callbacks.
 * @param out_problem_count  how many problems were found; 0 means the structure is sound. Set only
 *                           where it ran.
 * @return KITH_OK (it ran); KITH_NOT_FOUND; KITH_IO; KITH_INTERRUPTED; KITH_NO_MEMORY; KITH_MISUSE
 *         (no path, no place for the count, or options of a wrong size: shorter than their size
 *         member, or longer than this kith knows with something set in the rest).
 */
KITH_API int kith_check(const char *path, const kith_check_options *options,
                        uint64_t *out_problem_count, kith_error *error);

#ifdef __cplusplus
}
#endif
#endif
