#include "src/store/env.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "src/base/bytes.h"
#include "src/store/partial.h"
#include "src/store/place.h"
#include "src/store/probe.h"

#define DEFAULT_MAP_BYTES        ((uint64_t)64 << 30)
/* A larger one that the file names is damage. */
#define REMEMBERED_MAP_MAX_BYTES ((uint64_t)64 << 40)
#define DEFAULT_READERS          254
#define STORE_FILE_MODE          0600
#define READ_AHEAD_MEMORY_SHARE  3 /* off for files larger than memory / 3 */

/* What is known of a file before it is mapped. */
typedef struct file_sizes {
    uint64_t file_bytes;
    uint64_t map_bytes; /* the largest that it was to grow to when it was last written; 0: new */
} file_sizes;

static struct {
    pthread_mutex_t lock;
    pthread_once_t once;
    kithi_env *first;
    atomic_uint generation; /* of forks: a child's differs from its parent's */
} registry = {PTHREAD_MUTEX_INITIALIZER, PTHREAD_ONCE_INIT, NULL, 0};

static void lock_registry(void) {
    pthread_mutex_lock(&registry.lock);
}

static void unlock_registry(void) {
    pthread_mutex_unlock(&registry.lock);
}

/* The child may not touch its parent's environments, so it forgets them; closing would disturb
 * nothing but them. */
static void leave_parent(void) {
    atomic_fetch_add(&registry.generation, 1);
    registry.first = NULL;
    pthread_mutex_unlock(&registry.lock);
}

static void watch_forks(void) {
    pthread_atfork(lock_registry, unlock_registry, leave_parent);
}

bool kithi_env_is_ours(const kithi_env *env) {
    return env->generation == atomic_load_explicit(&registry.generation, memory_order_relaxed);
}

static const struct {
    int rc;
    int code;
    const char *message;
} mdb_codes[] = {
    {MDB_NOTFOUND, KITH_CORRUPT, "a table is missing; run kith check"},
    {MDB_MAP_FULL, KITH_FULL,
     "the store is full: it has reached its map size; close all handles of it in this process and "
     "open it with a larger one (map_size_bytes, or --map-size of kith import, resolve and "
     "settle)"},
    {MDB_READERS_FULL, KITH_BUSY,
     "all reader slots are taken; end a transaction or raise max_readers"},
    {MDB_CORRUPTED, KITH_CORRUPT, "the file is damaged; run kith check and restore a backup"},
    {MDB_PAGE_NOTFOUND, KITH_CORRUPT, "the file is damaged; run kith check and restore a backup"},
    {MDB_PANIC, KITH_IO,
     "a commit failed earlier as the disk refused; close the store and open it anew"},
    {MDB_INVALID, KITH_CORRUPT, "the file is not a kith store"},
    {MDB_VERSION_MISMATCH, KITH_CORRUPT, "the file or its lock file is of another LMDB version"},
    {MDB_MAP_RESIZED, KITH_FULL,
     "another process enlarged the store's map; close all handles of it in this process and "
     "open it again"},
    {MDB_TXN_FULL, KITH_LIMIT, "the transaction is too large; commit more often"},
    {MDB_BAD_VALSIZE, KITH_LIMIT, "a key or value is too large"},
    {MDB_BAD_TXN, KITH_MISUSE, "the transaction has failed earlier; abort it"},
    {MDB_BAD_RSLOT, KITH_MISUSE, "a reader slot is used by another thread"},
    {ENOMEM, KITH_NO_MEMORY, "out of memory"},
    {ENOSPC, KITH_IO, "No space left on device: the disk is full; free some space and try again"},
    {EIO, KITH_IO, "input/output error; is the disk full?"}, /* what LMDB makes of a short write */
};

int kithi_mdb_error(kith_error *error, int rc, const char *what) {
    for (size_t i = 0; i < sizeof mdb_codes / sizeof mdb_codes[0]; i++) {
        if (mdb_codes[i].rc == rc) {
            return kithi_error_set(error, mdb_codes[i].code, "cannot %s: %s", what,
                                   mdb_codes[i].message);
        }
    }
    return kithi_error_set(error, KITH_IO, "cannot %s: %s", what, mdb_strerror(rc));
}

static bool is_network(const char *path) {
    /* linux/magic.h: NFS, SMB, CIFS, SMB2, 9P, AFS, CEPH. */
    static const unsigned long kinds[] = {0x6969,     0x517B,     0xFF534D42, 0xFE534D42,
                                          0x01021997, 0x5346414F, 0x00C36400};
    struct statfs fs;
    if (statfs(path, &fs) != 0) {
        return false;
    }
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        if (((unsigned long)fs.f_type & 0xFFFFFFFFu) == kinds[i]) {
            return true;
        }
    }
    return false;
}

static unsigned mdb_flags(uint64_t file_bytes, unsigned flags) {
    unsigned result = MDB_NOSUBDIR | MDB_NOTLS;
    if (flags & KITH_OPEN_READ_ONLY) {
        result |= MDB_RDONLY;
    }
    uint64_t memory = (uint64_t)sysconf(_SC_PHYS_PAGES) * (uint64_t)sysconf(_SC_PAGE_SIZE);
    if (file_bytes > memory / READ_AHEAD_MEMORY_SHARE) {
        result |= MDB_NORDAHEAD;
    }
    return result;
}

static int check_version(uint32_t version, kith_error *error) {
    if (version > KITHI_FORMAT_VERSION) {
        return kithi_error_set(error, KITH_NEWER,
                               "the store has format version %u, this kith reads version %d; "
                               "update kith",
                               version, KITHI_FORMAT_VERSION);
    }
    if (version < KITHI_FORMAT_VERSION) {
        return kithi_error_set(error, KITH_CORRUPT,
                               "the store has format version %u, of an earlier kith, this one "
                               "reads version %d; make a new store by importing its files",
                               version, KITHI_FORMAT_VERSION);
    }
    return KITH_OK;
}

static int check_format(kith_txn *txn, bool *out_empty) {
    kithi_slice format;
    int rc = kithi_get(txn, KITHI_TABLE_META, "format", 6, &format);
    if (rc == KITH_NOT_FOUND) {
        *out_empty = true;
        return KITH_OK;
    }
    *out_empty = false;
    if (rc != KITH_OK) {
        return rc;
    }
    size_t magic_size = strlen(KITHI_FORMAT_MAGIC);
    if (format.size != magic_size + 4 || memcmp(format.data, KITHI_FORMAT_MAGIC, magic_size) != 0) {
        return kithi_error_set(kithi_txn_error(txn), KITH_CORRUPT, "the file is not a kith store");
    }
    return check_version(kithi_get32(format.data + magic_size), kithi_txn_error(txn));
}

static int write_format(kith_txn *txn) {
    uint8_t format[64];
    size_t magic_size = strlen(KITHI_FORMAT_MAGIC);
    memcpy(format, KITHI_FORMAT_MAGIC, magic_size);
    kithi_put32(format + magic_size, KITHI_FORMAT_VERSION);
    return kithi_put(txn, KITHI_TABLE_META, "format", 6, format, magic_size + 4);
}

/* The format version that the file says it has; false: it doesn't say that it is a store. */
static bool says_it_is_a_store(MDB_txn *txn, uint32_t *out_version) {
    MDB_dbi meta;
    char name[] = "format";
    MDB_val key = {strlen(name), name};
    MDB_val format;
    size_t magic_size = strlen(KITHI_FORMAT_MAGIC);
    if (mdb_dbi_open(txn, kithi_table_names[KITHI_TABLE_META], 0, &meta) != 0 ||
        mdb_get(txn, meta, &key, &format) != 0 || format.mv_size < magic_size + 4 ||
        memcmp(format.mv_data, KITHI_FORMAT_MAGIC, magic_size) != 0) {
        return false;
    }
    *out_version = kithi_get32((const uint8_t *)format.mv_data + magic_size);
    return true;
}

static int missing_table(MDB_txn *txn, const char *name, kith_error *error) {
    uint32_t version;
    if (says_it_is_a_store(txn, &version)) {
        int rc = check_version(version, error);
        return rc != KITH_OK ? rc
                             : kithi_error_set(error, KITH_CORRUPT,
                                               "it is a kith store without table '%s': a damaged "
                                               "one; run kith check",
                                               name);
    }
    return kithi_error_set(error, KITH_CORRUPT,
                           "it is an LMDB file without table '%s': no kith store, or a damaged "
                           "one; run kith check",
                           name);
}

/* Opens the handles of all tables; a foreign LMDB file has none of them. */
static int open_tables(kithi_env *env, MDB_txn *txn, bool create, kith_error *error) {
    for (int i = 0; i < KITHI_TABLE_COUNT; i++) {
        unsigned flags = create ? MDB_CREATE : 0;
        if (kithi_table_many[i]) {
            flags |= MDB_DUPSORT | MDB_DUPFIXED;
        }
        int rc = mdb_dbi_open(txn, kithi_table_names[i], flags, &env->tables[i]);
        if (rc == MDB_NOTFOUND || rc == MDB_INCOMPATIBLE) {
            return missing_table(txn, kithi_table_names[i], error);
        }
        if (rc != 0) {
            return kithi_mdb_error(error, rc, "open the tables");
        }
    }
    return KITH_OK;
}

static int has_tables(MDB_txn *txn, bool *out) {
    MDB_dbi main_table;
    int rc = mdb_dbi_open(txn, NULL, 0, &main_table);
    MDB_stat stat;
    if (rc == 0) {
        rc = mdb_stat(txn, main_table, &stat);
    }
    *out = rc == 0 && stat.ms_entries > 0;
    return rc;
}

/* A transaction, and whether the store has tables in it. */
static int begin_to_open(kithi_env *env, unsigned flags, MDB_txn **out, bool *out_present,
                         kith_error *error) {
    int rc = mdb_txn_begin(env->mdb, NULL, flags, out);
    if (rc == 0) {
        rc = has_tables(*out, out_present);
        if (rc != 0) {
            mdb_txn_abort(*out);
        }
    }
    return rc == 0 ? KITH_OK : kithi_mdb_error(error, rc, "open the store");
}

/* Only a new store is written to: to open one waits for no writer. */
static int open_all_tables(kithi_env *env, bool may_fill, bool *out_created, kith_error *error) {
    MDB_txn *txn = NULL;
    bool present = false;
    int rc = begin_to_open(env, MDB_RDONLY, &txn, &present, error);
    if (rc == KITH_OK && !present && may_fill) {
        mdb_txn_abort(txn);
        rc = begin_to_open(env, 0, &txn, &present, error);
    }
    if (rc != KITH_OK) {
        return rc;
    }
    *out_created = !present && may_fill;
    int code = open_tables(env, txn, *out_created, error);
    if (code != KITH_OK) {
        mdb_txn_abort(txn);
        return code;
    }
    rc = mdb_txn_commit(txn);
    return rc == 0 ? KITH_OK : kithi_mdb_error(error, rc, "open the store");
}

static unsigned max_readers(const kith_open_options *options) {
    return options->max_readers ? options->max_readers : DEFAULT_READERS;
}

/* LMDB ends the process after this, as it can't go on. */
static void say_damaged(MDB_env *mdb, const char *assertion) {
    const char *path = NULL;
    (void)assertion; /* LMDB prints it too */
    if (mdb_env_get_path(mdb, &path) != 0 || path == NULL) {
        path = "the store";
    }
    fprintf(stderr, "%s is damaged; run kith check on it and restore a backup. LMDB ends here:\n",
            path);
}

/* A store that was given a larger map keeps it, whoever opens it next. */
static size_t map_bytes_of(const kith_open_options *options, const file_sizes *sizes) {
    uint64_t bytes = options->map_size_bytes;
    if (bytes == 0) {
        bool larger =
            sizes->map_bytes > DEFAULT_MAP_BYTES && sizes->map_bytes <= REMEMBERED_MAP_MAX_BYTES;
        bytes = larger ? sizes->map_bytes : DEFAULT_MAP_BYTES;
    }
    return (size_t)(bytes < sizes->file_bytes ? sizes->file_bytes : bytes);
}

static int set_up_mdb(MDB_env *mdb, const kith_open_options *options, const file_sizes *sizes) {
    int rc = mdb_env_set_mapsize(mdb, map_bytes_of(options, sizes));
    if (rc == 0) {
        rc = mdb_env_set_maxdbs(mdb, KITHI_TABLE_COUNT + 1);
    }
    if (rc == 0) {
        rc = mdb_env_set_maxreaders(mdb, max_readers(options));
    }
    return rc == 0 ? mdb_env_set_assert(mdb, say_damaged) : rc;
}

static int open_mdb(kithi_env *env, const char *path, const kith_open_options *options,
                    const file_sizes *sizes, kith_error *error) {
    int rc = mdb_env_create(&env->mdb);
    if (rc != 0) {
        env->mdb = NULL;
        return kithi_mdb_error(error, rc, "open the store");
    }
    rc = set_up_mdb(env->mdb, options, sizes);
    if (rc == 0) {
        rc = mdb_env_open(env->mdb, path, mdb_flags(sizes->file_bytes, options->flags),
                          STORE_FILE_MODE);
    }
    if (rc == EACCES || rc == EROFS) {
        return kithi_error_set(error, KITH_IO,
                               "cannot open '%s': %s; the file and '%s-lock' beside it must be "
                               "%s",
                               path, strerror(rc), path,
                               env->read_only ? "readable, the lock writable" : "writable");
    }
    if (rc == ENOMEM) { /* mostly of addresses, as the map reserves them */
        return kithi_error_set(error, KITH_NO_MEMORY,
                               "cannot map '%s': out of memory or address space for a map of %zu "
                               "bytes; a smaller map_size_bytes (--map-size) may do",
                               path, map_bytes_of(options, sizes));
    }
    if (rc != 0) {
        return kithi_mdb_error(error, rc, "open the store");
    }
    int dead = 0;
    mdb_reader_check(env->mdb, &dead); /* slots of processes that died; failing is harmless */
    return KITH_OK;
}

static void free_env(kithi_env *env) {
    if (env == NULL) {
        return;
    }
    if (env->mdb != NULL) {
        mdb_env_close(env->mdb);
    }
    kithi_catalog_release(env->catalog);
    pthread_mutex_destroy(&env->lock);
    free(env);
}

/* Looks for the format; where there is none and the transaction writes, fills the store in it. */
static int initialise_in(kith *store, unsigned mode, const char *config, bool *out_empty,
                         kith_error *error) {
    kith_txn *txn = NULL;
    int rc = kithi_txn_begin(store, mode, &txn, error);
    if (rc != KITH_OK) {
        return rc;
    }
    rc = check_format(txn, out_empty);
    if (rc == KITH_OK && *out_empty && mode == KITH_WRITE) {
        rc = write_format(txn);
        if (rc == KITH_OK) {
            rc = kithi_catalog_install(txn, config);
        }
        if (rc == KITH_OK) {
            return kithi_txn_commit(txn, error);
        }
    }
    kithi_error_copy(error, rc == KITH_OK ? NULL : kithi_txn_error(txn));
    kith_txn_abort(txn);
    return rc;
}

/* Fills a store whose tables are empty: format, counters, definitions; all in one transaction, and
 * not before the name of the file is on the disk: an empty file that was there is filled in place,
 * and of a folder that can't be synced is told before a new store has its name. */
static int initialise(kithi_env *env, const char *path, const kith_open_options *options,
                      kith_error *error) {
    kith store = {.env = env, .flags = options->flags};
    bool empty = false;
    atomic_init(&store.reference_count, 1);
    int rc = initialise_in(&store, KITH_READ, NULL, &empty, error);
    if (rc == KITH_OK && empty && env->read_only) {
        return kithi_error_set(error, KITH_CORRUPT, "the store is empty");
    }
    if (rc != KITH_OK || !empty) {
        return rc;
    }
    rc = kithi_place_sync_folder(path, error);
    return rc == KITH_OK ? initialise_in(&store, KITH_WRITE, options->config, &empty, error) : rc;
}

static int new_env(const char *path, const kith_open_options *options, const file_sizes *sizes,
                   bool may_fill, kithi_env **out, kith_error *error) {
    kithi_env *env = calloc(1, sizeof *env);
    if (env == NULL) {
        return kithi_error_memory(error);
    }
    pthread_mutex_init(&env->lock, NULL);
    env->generation = atomic_load(&registry.generation);
    env->read_only = (options->flags & KITH_OPEN_READ_ONLY) != 0;
    bool created = false;
    int rc = kithi_place_reserve_lock(path, max_readers(options), error);
    if (rc == KITH_OK) {
        rc = open_mdb(env, path, options, sizes, error);
    }
    if (rc == KITH_OK) {
        rc = open_all_tables(env, may_fill, &created, error);
    }
    if (rc == KITH_OK) {
        rc = initialise(env, path, options, error);
    }
    struct stat status;
    if (rc == KITH_OK && stat(path, &status) != 0) {
        rc = kithi_error_set(error, KITH_IO, "cannot read '%s': %s", path, strerror(errno));
    }
    if (rc != KITH_OK) {
        free_env(env);
        return rc;
    }
    env->device = status.st_dev;
    env->inode = status.st_ino;
    *out = env;
    return KITH_OK;
}

static kithi_env *find_env(const struct stat *status) {
    kithi_env *env = registry.first;
    while (env != NULL && (env->device != status->st_dev || env->inode != status->st_ino)) {
        env = env->next;
    }
    return env;
}

static int look_at_file(const char *path, unsigned flags, struct stat *status, kith_error *error) {
    bool makes = (flags & (KITH_CREATE | KITH_CREATE_NEW)) && !(flags & KITH_OPEN_READ_ONLY);
    if (stat(path, status) == 0) {
        return KITH_OK;
    }
    if (errno == ENOENT && !makes) {
        return kithi_error_set(error, KITH_NOT_FOUND, "no store at '%s'; create one with kith init",
                               path);
    }
    return kithi_error_set(error, KITH_IO, "cannot read '%s': %s", path, strerror(errno));
}

static int check_network(const char *path, const kith_open_options *options, kith_error *error) {
    if ((options->flags & KITH_OPEN_NETWORK) || !is_network(path)) {
        return KITH_OK;
    }
    return kithi_error_set(error, KITH_IO,
                           "'%s' is on a network file system, where locks and maps may not hold; "
                           "use a local disk or KITH_OPEN_NETWORK",
                           path);
}

/* Opens a file that this process has not open. */
static int open_file(const char *path, const kith_open_options *options, const struct stat *status,
                     kithi_env **out, kith_error *error) {
    char *real_path = NULL;
    bool may_fill = (options->flags & KITH_CREATE) != 0;
    file_sizes sizes = {(uint64_t)status->st_size, 0};
    int rc = check_network(path, options, error);
    if (rc == KITH_OK && !(may_fill && sizes.file_bytes == 0)) {
        rc = kithi_probe(path, &sizes.map_bytes, error);
    }
    if (rc == KITH_OK) {
        rc = kithi_place_resolve(path, &real_path, error);
    }
    if (rc == KITH_OK) {
        rc = new_env(real_path, options, &sizes, may_fill, out, error);
    }
    free(real_path);
    return rc;
}

/* A new store has its name only when it is whole: it can be filled, and dropped where that fails,
 * while nobody else may have it open. KITH_EXISTS: there is a file of that name, at least by now.
 */
static int make_store(const char *path, const kith_open_options *options, kith_error *error) {
    kithi_partial partial;
    kithi_env *env = NULL;
    file_sizes sizes = {0, 0};
    int rc = kithi_partial_open(path, true, &partial, error);
    if (rc != KITH_OK) {
        return rc;
    }
    rc = check_network(partial.path, options, error);
    if (rc == KITH_OK) {
        rc = new_env(partial.path, options, &sizes, true, &env, error);
    }
    if (rc != KITH_OK) {
        kithi_partial_drop(&partial);
        return rc;
    }
    free_env(env);
    return kithi_partial_publish(&partial, path, error);
}

/* Makes the store where that is asked for and there is none. Without the registry's lock, as it
 * waits for others who make the same one. */
static int make_if_asked(const char *path, const kith_open_options *options, kith_error *error) {
    kith_error reason = KITH_ERROR_INIT;
    bool must_be_new = (options->flags & KITH_CREATE_NEW) != 0;
    if (!must_be_new && !(options->flags & KITH_CREATE)) {
        return KITH_OK;
    }
    if (options->flags & KITH_OPEN_READ_ONLY) { /* who doesn't write makes none */
        return must_be_new ? kithi_place_check_free(path, error) : KITH_OK;
    }
    int rc = make_store(path, options, &reason);
    if (rc == KITH_OK || (rc == KITH_EXISTS && !must_be_new)) {
        return KITH_OK;
    }
    kithi_error_copy(error, &reason);
    return rc;
}

static int acquire_locked(const char *path, const kith_open_options *options, kithi_env **out,
                          kith_error *error) {
    struct stat status;
    int rc = look_at_file(path, options->flags, &status, error);
    if (rc == KITH_OK) {
        rc = kithi_place_check_names(path, &status, error);
    }
    if (rc != KITH_OK) {
        return rc;
    }
    kithi_env *env = find_env(&status);
    if (env != NULL && env->read_only && !(options->flags & KITH_OPEN_READ_ONLY)) {
        return kithi_error_set(error, KITH_READ_ONLY,
                               "'%s' is open read-only in this process; close that handle first",
                               path);
    }
    if (env == NULL) {
        rc = open_file(path, options, &status, &env, error);
        if (rc != KITH_OK) {
            return rc;
        }
        env->next = registry.first;
        registry.first = env;
    }
    env->reference_count++;
    *out = env;
    return KITH_OK;
}

int kithi_env_acquire(const char *path, const kith_open_options *options, kithi_env **out,
                      kith_error *error) {
    pthread_once(&registry.once, watch_forks);
    int rc = make_if_asked(path, options, error);
    if (rc != KITH_OK) {
        return rc;
    }
    lock_registry();
    rc = acquire_locked(path, options, out, error);
    unlock_registry();
    return rc;
}

void kithi_env_release(kithi_env *env) {
    if (!kithi_env_is_ours(env)) {
        return; /* the parent's: it alone may close it */
    }
    lock_registry();
    if (--env->reference_count == 0) {
        kithi_env **link = &registry.first;
        while (*link != env) {
            link = &(*link)->next;
        }
        *link = env->next;
        free_env(env);
    }
    unlock_registry();
}
