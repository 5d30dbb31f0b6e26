/*
 * Stores and transactions as their header promises them: what is no store is refused and says why,
 * handles and transactions outlive each other in any order, processes share a file, and a full or
 * unwritable place costs a message, not data.
 */
#include <lmdb.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <grp.h>
#include <sched.h>
#include <signal.h>
#include <stdalign.h>
#include <sys/file.h>
#include <sys/inotify.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include "src/base/bytes.h"
#include "src/store/checksum.h"
#include "src/store/pages.h"
#include "src/store/tables.h"
#include "tests/fault/scratch.h"

#define PAGE_BYTES 4096u

static char folder[SCRATCH_PATH_BYTES];
static char path[SCRATCH_PATH_BYTES];

static int set_up(void **state) {
    (void)state;
    scratch_make(folder);
    scratch_path(path, folder, "store.kith");
    return 0;
}

static int tear_down(void **state) {
    (void)state;
    scratch_remove(folder);
    return 0;
}

/* A folder with a store in it. */
static int set_up_store(void **state) {
    set_up(state);
    kith_close(scratch_open(path, KITH_CREATE_NEW));
    return 0;
}

/* Opening must fail with this code and these words. */
static void refuse_open(const char *at, unsigned flags, int code, const char *words) {
    kith_open_options options = KITH_OPEN_OPTIONS_INIT;
    kith_error error = KITH_ERROR_INIT;
    kith *store = (kith *)&options;
    options.flags = flags;
    int got = kith_open(at, &options, &store, &error);
    if (got != code || strstr(error.message, words) == NULL) {
        fail_msg("%s, not %s with '%s': %s", kith_code_name(got), kith_code_name(code), words,
                 error.message);
    }
    assert_ptr_equal(store, &options); /* set only on success */
    assert_int_equal(error.code, code);
}

static void put_one(kith_txn *txn, const char *key) {
    assert_int_equal(
        scratch_record(txn, kith_record_put, "crm", key, 1, NULL, "email", "a@mail.test", NULL),
        KITH_OK);
}

static void commit_one(kith *store, const char *key) {
    kith_txn *txn = scratch_begin(store, KITH_WRITE);
    put_one(txn, key);
    scratch_commit(txn);
}

static uint64_t count_records(kith_txn *txn) {
    kith_stat stat = KITH_STAT_INIT;
    assert_int_equal(kith_stat_get(txn, &stat), KITH_OK);
    return stat.record_count;
}

static uint64_t count_in(kith *store) {
    kith_txn *txn = scratch_begin(store, KITH_READ);
    uint64_t count = count_records(txn);
    kith_txn_abort(txn);
    return count;
}

/* Runs in a child; its exit code. */
static int in_child(int (*run)(void)) {
    int status = 0;
    fflush(NULL);
    pid_t child = fork();
    if (child == 0) {
        alarm(60);
        int code = run();
        fflush(NULL);
        _exit(code);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    return WEXITSTATUS(status);
}

/* What is no store */

static void test_nothing_there(void **state) {
    (void)state;
    char at[SCRATCH_PATH_BYTES];
    refuse_open(path, 0, KITH_NOT_FOUND, "no store at");
    refuse_open(path, KITH_OPEN_READ_ONLY, KITH_NOT_FOUND, "no store at");
    refuse_open(path, KITH_CREATE | KITH_OPEN_READ_ONLY, KITH_NOT_FOUND, "no store at");
    scratch_path(at, folder, "missing/store.kith");
    refuse_open(at, KITH_CREATE, KITH_IO, "No such file");
    scratch_path(at, path, "below");
    scratch_write_text(path, "");
    refuse_open(at, KITH_CREATE, KITH_IO, "Not a directory");
    refuse_open(folder, 0, KITH_CORRUPT, folder);
    refuse_open(folder, KITH_CREATE, KITH_CORRUPT, folder);
    assert_int_equal(scratch_list(folder, false), 1); /* and nothing was made */
}

static void test_a_text_file(void **state) {
    (void)state;
    const char text[] = "name,email\nAnn,ann@mail.test\n";
    size_t size = 0;
    scratch_write_text(path, text);
    refuse_open(path, 0, KITH_CORRUPT, "it looks like a text file");
    refuse_open(path, KITH_CREATE, KITH_CORRUPT, "it looks like a text file");
    refuse_open(path, KITH_OPEN_READ_ONLY, KITH_CORRUPT, "it looks like a text file");
    refuse_open(path, KITH_CREATE_NEW, KITH_EXISTS, "exists already");
    uint8_t *still = scratch_read(path, &size);
    assert_int_equal(size, strlen(text));
    assert_memory_equal(still, text, size);
    free(still);
}

static void test_an_empty_file(void **state) {
    (void)state;
    scratch_write_text(path, "");
    refuse_open(path, 0, KITH_CORRUPT, "it is empty");
    refuse_open(path, KITH_OPEN_READ_ONLY, KITH_CORRUPT, "it is empty");
    kith_close(scratch_open(path, KITH_CREATE)); /* filled in place */
    assert_int_equal(scratch_problems(path), 0);
}

/* However short a store was cut, it is refused, or sound since only free pages are missing. */
static void test_truncated(void **state) {
    (void)state;
    char cut[SCRATCH_PATH_BYTES];
    size_t size = 0, refused = 0;
    kith *store = scratch_open(path, 0);
    for (int i = 0; i < 20; i++) {
        char key[16];
        snprintf(key, sizeof key, "%d", i);
        commit_one(store, key);
    }
    kith_close(store);
    uint8_t *bytes = scratch_read(path, &size);
    scratch_path(cut, folder, "cut.kith");
    for (size_t length = 1; length < size; length += length < 2 * PAGE_BYTES ? 509 : 1021) {
        kith_error error = KITH_ERROR_INIT;
        scratch_unlink(cut);
        scratch_write(cut, bytes, length);
        int code = kith_open(cut, NULL, &store, &error);
        if (code == KITH_OK) {
            assert_int_equal(count_in(store), 20);
            kith_close(store);
            assert_int_equal(scratch_problems(cut), 0);
        } else {
            assert_int_equal(code, KITH_CORRUPT);
            assert_true(error.message[0] != '\0');
            refused++;
        }
    }
    free(bytes);
    assert_true(refused > 10);
}

/* Writes another format version into the meta table. */
static void write_version(uint32_t version) {
    MDB_env *env;
    MDB_txn *txn;
    MDB_dbi meta;
    uint8_t row[64];
    size_t size = strlen(KITHI_FORMAT_MAGIC) + 4;
    MDB_val key = {6, (char[]){"format"}}, value = {size + KITHI_CHECKSUM_BYTES, row};
    memcpy(row, KITHI_FORMAT_MAGIC, size - 4);
    kithi_put32(row + size - 4, version);
    kithi_put64(row + size, kithi_checksum(KITHI_TABLE_META, key.mv_data, key.mv_size, row, size));
    assert_int_equal(mdb_env_create(&env), 0);
    mdb_env_set_maxdbs(env, 4);
    assert_int_equal(mdb_env_open(env, path, MDB_NOSUBDIR, 0600), 0);
    assert_int_equal(mdb_txn_begin(env, NULL, 0, &txn), 0);
    assert_int_equal(mdb_dbi_open(txn, "meta", 0, &meta), 0);
    assert_int_equal(mdb_put(txn, meta, &key, &value, 0), 0);
    assert_int_equal(mdb_txn_commit(txn), 0);
    mdb_env_close(env);
}

static void test_a_newer_version(void **state) {
    (void)state;
    write_version(KITHI_FORMAT_VERSION + 1);
    refuse_open(path, 0, KITH_NEWER, "update kith");
    refuse_open(path, KITH_CREATE, KITH_NEWER, "update kith");
    refuse_open(path, KITH_OPEN_READ_ONLY, KITH_NEWER, "update kith");
    write_version(KITHI_FORMAT_VERSION);
    kith_close(scratch_open(path, 0));
}

static void test_an_earlier_version(void **state) {
    (void)state;
    write_version(KITHI_FORMAT_VERSION - 1);
    refuse_open(path, 0, KITH_CORRUPT, "of an earlier kith");
    refuse_open(path, KITH_CREATE, KITH_CORRUPT, "importing its files");
    refuse_open(path, KITH_OPEN_READ_ONLY, KITH_CORRUPT, "of an earlier kith");
    write_version(KITHI_FORMAT_VERSION);
    kith_close(scratch_open(path, 0));
}

/* A table that another version of kith has not, or not yet. */
static void drop_table(const char *table) {
    MDB_env *env;
    MDB_txn *txn;
    MDB_dbi dbi;
    assert_int_equal(mdb_env_create(&env), 0);
    mdb_env_set_maxdbs(env, 4);
    assert_int_equal(mdb_env_open(env, path, MDB_NOSUBDIR, 0600), 0);
    assert_int_equal(mdb_txn_begin(env, NULL, 0, &txn), 0);
    assert_int_equal(mdb_dbi_open(txn, table, 0, &dbi), 0);
    assert_int_equal(mdb_drop(txn, dbi, 1), 0);
    assert_int_equal(mdb_txn_commit(txn), 0);
    mdb_env_close(env);
}

static void test_another_layout(void **state) {
    (void)state;
    kith_close(scratch_open(path, KITH_CREATE));
    drop_table("record_key_landed");
    refuse_open(path, 0, KITH_CORRUPT, "a damaged one; run kith check");
    refuse_open(path, KITH_OPEN_READ_ONLY, KITH_CORRUPT, "'record_key_landed'");
    write_version(KITHI_FORMAT_VERSION - 1);
    refuse_open(path, 0, KITH_CORRUPT, "of an earlier kith");
    write_version(KITHI_FORMAT_VERSION + 1);
    refuse_open(path, 0, KITH_NEWER, "update kith");
    write_version(KITHI_FORMAT_VERSION);
}

static void test_a_larger_map_is_kept(void **state) {
    (void)state;
    kith_open_options options = KITH_OPEN_OPTIONS_INIT;
    kith_error error = KITH_ERROR_INIT;
    kith_stat stat = KITH_STAT_INIT;
    kith *store = NULL;
    scratch_unlink(path);
    options.flags = KITH_CREATE_NEW;
    options.map_size_bytes = (uint64_t)100 << 30;
    assert_int_equal(kith_open(path, &options, &store, &error), KITH_OK);
    kith_close(store);
    assert_int_equal(kith_open(path, NULL, &store, &error), KITH_OK);
    kith_txn *txn = scratch_begin(store, KITH_READ);
    assert_int_equal(kith_stat_get(txn, &stat), KITH_OK);
    assert_true(stat.map_bytes == (uint64_t)100 << 30);
    kith_txn_abort(txn);
    kith_close(store);
}

/* Another program's LMDB file: with plain keys, or with tables of its own. */
static void make_foreign(const char *table, const char *key) {
    MDB_env *env;
    MDB_txn *txn;
    MDB_dbi dbi;
    MDB_val k = {strlen(key), (void *)(uintptr_t)key}, v = {1, (char[]){"x"}};
    scratch_unlink(path);
    assert_int_equal(mdb_env_create(&env), 0);
    mdb_env_set_maxdbs(env, 4);
    assert_int_equal(mdb_env_open(env, path, MDB_NOSUBDIR, 0600), 0);
    assert_int_equal(mdb_txn_begin(env, NULL, 0, &txn), 0);
    assert_int_equal(mdb_dbi_open(txn, table, table != NULL ? MDB_CREATE : 0, &dbi), 0);
    assert_int_equal(mdb_put(txn, dbi, &k, &v, 0), 0);
    assert_int_equal(mdb_txn_commit(txn), 0);
    mdb_env_close(env);
}

static void test_a_foreign_file(void **state) {
    (void)state;
    make_foreign(NULL, "song");
    refuse_open(path, 0, KITH_CORRUPT, "no kith store");
    refuse_open(path, KITH_CREATE, KITH_CORRUPT, "no kith store");
    make_foreign("songs", "one");
    refuse_open(path, KITH_CREATE, KITH_CORRUPT, "no kith store");
    make_foreign("meta", "format");
    refuse_open(path, KITH_CREATE, KITH_CORRUPT, "no kith store");
    make_foreign(NULL, "meta"); /* a key where a table should be */
    refuse_open(path, KITH_CREATE, KITH_CORRUPT, "");
}

static void test_made_once(void **state) {
    (void)state;
    struct stat status;
    umask(0);
    kith_close(scratch_open(path, KITH_CREATE_NEW));
    assert_int_equal(stat(path, &status), 0);
    assert_int_equal(status.st_mode & 0777, 0600);
    refuse_open(path, KITH_CREATE_NEW, KITH_EXISTS, "exists already");
    kith_close(scratch_open(path, KITH_CREATE));
    kith_close(scratch_open(path, 0));
}

/* A store that could not be made leaves nothing behind. */
static void test_not_made(void **state) {
    (void)state;
    kith_open_options options = KITH_OPEN_OPTIONS_INIT;
    kith_error error = KITH_ERROR_INIT;
    kith *store = NULL;
    options.flags = KITH_CREATE;
    options.config = "{\"regoin\": \"CN\"}";
    assert_int_equal(kith_open(path, &options, &store, &error), KITH_INVALID);
    assert_non_null(strstr(error.message, "regoin"));
    assert_int_equal(error.position, 1);
    assert_null(store);
    assert_int_equal(access(path, F_OK), -1);
    options.config = NULL;
    options.map_size_bytes = 4 * PAGE_BYTES; /* too small for the definitions */
    assert_int_equal(kith_open(path, &options, &store, &error), KITH_FULL);
    assert_int_equal(access(path, F_OK), -1);
    assert_int_equal(kith_open("", &options, &store, &error), KITH_MISUSE);
    assert_int_equal(kith_open(NULL, &options, &store, &error), KITH_MISUSE);
    assert_non_null(strstr(error.message, "a path"));
    assert_int_equal(kith_open(path, &options, NULL, &error), KITH_MISUSE);
    assert_non_null(strstr(error.message, "`out`"));
}

/* A flag that this kith doesn't know may be one that matters. */
static void test_unknown_flags(void **state) {
    (void)state;
    refuse_open(path, KITH_CREATE | 16u, KITH_MISUSE, "unknown flags 0x10");
    refuse_open(path, 1u << 31, KITH_MISUSE, "unknown flags 0x80000000");
    assert_int_equal(scratch_list(folder, false), 0);
    kith_close(scratch_open(path, KITH_CREATE | KITH_CREATE_NEW | KITH_OPEN_NETWORK));
}

/* Options of an older or a newer kith. */
static void test_options_of_other_sizes(void **state) {
    (void)state;
    struct {
        kith_open_options known;
        uint64_t unknown;
    } options = {KITH_OPEN_OPTIONS_INIT, 0};
    kith_error error = KITH_ERROR_INIT;
    kith *store = NULL;
    options.known.size = sizeof options;
    options.known.flags = KITH_CREATE;
    assert_int_equal(kith_open(path, &options.known, &store, &error), KITH_OK);
    kith_close(store);
    options.unknown = 1;
    assert_int_equal(kith_open(path, &options.known, &store, &error), KITH_MISUSE);
    assert_non_null(strstr(error.message, "newer kith"));
    options.known.size = offsetof(kith_open_options, map_size_bytes);
    options.known.map_size_bytes = 1; /* beyond the size: not looked at */
    assert_int_equal(kith_open(path, &options.known, &store, &error), KITH_OK);
    kith_close(store);
    kith_close(NULL);
}

/* A store that is being made */

static const char bad_config[] = "{\"regoin\": \"CN\"}";

static int create(unsigned flags, const char *config, kith **out, kith_error *error) {
    kith_open_options options = KITH_OPEN_OPTIONS_INIT;
    options.flags = flags;
    options.config = config;
    return kith_open(path, &options, out, error);
}

static void beside(const char *ending, char at[SCRATCH_PATH_BYTES]) {
    char name[40];
    snprintf(name, sizeof name, "store.kith%s", ending);
    scratch_path(at, folder, name);
}

static bool is_there(const char *ending) {
    char at[SCRATCH_PATH_BYTES];
    beside(ending, at);
    return access(at, F_OK) == 0;
}

/* All that inotify has seen of the store's own name. */
static uint32_t seen_of_name(int watch) {
    alignas(struct inotify_event) char bytes[4096];
    uint32_t seen = 0;
    ssize_t got;
    while ((got = read(watch, bytes, sizeof bytes)) > 0) {
        for (ssize_t at = 0; at < got;) {
            const struct inotify_event *event = (const void *)(bytes + at);
            seen |= strcmp(event->name, "store.kith") == 0 ? event->mask : 0;
            at += (ssize_t)(sizeof *event + event->len);
        }
    }
    return seen;
}

/* Nobody can open a half of it, and one that could not be made never had its name. */
static void test_named_when_whole(void **state) {
    (void)state;
    kith_error error = KITH_ERROR_INIT;
    kith *store = NULL;
    int watch = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
    assert_true(inotify_add_watch(watch, folder, IN_CREATE | IN_MOVE | IN_DELETE) >= 0);
    assert_int_equal(create(KITH_CREATE, bad_config, &store, &error), KITH_INVALID);
    assert_int_equal(create(KITH_CREATE_NEW, bad_config, &store, &error), KITH_INVALID);
    assert_int_equal(seen_of_name(watch), 0);
    assert_false(is_there("-lock") || is_there(".partial") || is_there(".partial-lock"));
    assert_int_equal(create(KITH_CREATE_NEW, NULL, &store, &error), KITH_OK);
    assert_int_equal(seen_of_name(watch), IN_MOVED_TO);
    assert_false(is_there(".partial") || is_there(".partial-lock"));
    kith_close(store);
    close(watch);
}

/* What a process left that was killed while it made the store. */
static void test_made_after_a_killed_one(void **state) {
    (void)state;
    char at[SCRATCH_PATH_BYTES];
    beside(".partial", at);
    scratch_write_text(at, "half of a store");
    beside(".partial-lock", at);
    scratch_write_text(at, "and its lock file");
    kith_close(scratch_open(path, KITH_CREATE_NEW));
    assert_false(is_there(".partial") || is_there(".partial-lock"));
    assert_int_equal(scratch_problems(path), 0);
    unlink(path);
    beside(".partial", at);
    assert_int_equal(mkdir(at, 0700), 0); /* which is no store's */
    refuse_open(path, KITH_CREATE, KITH_IO, "cannot replace");
    assert_int_equal(rmdir(at), 0);
}

static unsigned waiting_flags;

/* Its definitions are wrong, which is told only by who makes the store. */
static int create_with_bad_config(void) {
    kith_error error = KITH_ERROR_INIT;
    kith *store = NULL;
    int code = create(waiting_flags, bad_config, &store, &error);
    kith_close(store);
    return code == KITH_OK ? 0 : -code;
}

static pid_t start_waiting(unsigned flags) {
    int status = 0;
    waiting_flags = flags;
    fflush(NULL);
    pid_t child = fork();
    if (child == 0) {
        alarm(60);
        _exit(create_with_bad_config());
    }
    usleep(100000);
    assert_int_equal(waitpid(child, &status, WNOHANG), 0); /* it waits for its turn */
    return child;
}

static int code_of(pid_t child) {
    int status = 0;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    return -WEXITSTATUS(status);
}

/* Who makes a store that another process is making waits for it, finds it, and lets it be. */
static void test_made_while_others_wait(void **state) {
    (void)state;
    char partial[SCRATCH_PATH_BYTES];
    kith *store = scratch_open(path, 0);
    commit_one(store, "of the first");
    kith_close(store);
    beside(".partial", partial);
    assert_int_equal(rename(path, partial), 0); /* as if it were being made */
    int file = open(partial, O_RDWR | O_CLOEXEC);
    assert_int_equal(flock(file, LOCK_EX | LOCK_NB), 0);
    pid_t opens = start_waiting(KITH_CREATE), makes = start_waiting(KITH_CREATE_NEW);
    assert_int_equal(rename(partial, path), 0);
    assert_int_equal(flock(file, LOCK_UN), 0); /* for those too who have inherited it */
    close(file);
    assert_int_equal(code_of(opens), KITH_OK);
    assert_int_equal(code_of(makes), KITH_EXISTS);
    store = scratch_open(path, 0);
    assert_int_equal(count_in(store), 1);
    kith_close(store);
    assert_int_equal(scratch_list(folder, false), 1);
}

/* Fails to make the store again and again, until another process has made it. */
static int fail_until_made(void) {
    kith_error error = KITH_ERROR_INIT;
    kith *store = NULL;
    int code = KITH_INVALID;
    while (code == KITH_INVALID) {
        code = create(KITH_CREATE, bad_config, &store, &error);
    }
    kith_close(store);
    if (code != KITH_OK) {
        fprintf(stderr, "who fails to make a store: %d, %s\n", code, error.message);
    }
    return code == KITH_OK ? 0 : 1;
}

/* Who fails to make a store takes nothing away from who made it meanwhile. */
static void test_failures_beside_a_store(void **state) {
    (void)state;
    for (int round = 0; round < 50; round++) {
        fflush(NULL);
        pid_t child = fork();
        if (child == 0) {
            alarm(60);
            _exit(fail_until_made());
        }
        usleep((useconds_t)(round * 100));
        kith *store = scratch_open(path, KITH_CREATE);
        commit_one(store, "1");
        kith_close(store);
        assert_int_equal(code_of(child), 0);
        store = scratch_open(path, 0);
        assert_int_equal(count_in(store), 1);
        kith_close(store);
        assert_int_equal(scratch_list(folder, false), 1);
        scratch_unlink(path);
    }
}

typedef struct maker {
    unsigned flags;
    int code;
} maker;

static void *make_in_a_thread(void *argument) {
    maker *m = argument;
    kith_error error = KITH_ERROR_INIT;
    kith *store = NULL;
    m->code = create(m->flags, NULL, &store, &error);
    kith_close(store);
    return NULL;
}

/* Of those who make a new store at once, one does; all others who ask for less find it. */
static void test_made_at_once(void **state) {
    (void)state;
    for (int round = 0; round < 20; round++) {
        pthread_t threads[8];
        maker makers[8];
        int made = 0;
        for (int i = 0; i < 8; i++) {
            makers[i] = (maker){i < 4 ? KITH_CREATE_NEW : KITH_CREATE, KITH_OK};
            assert_int_equal(pthread_create(&threads[i], NULL, make_in_a_thread, &makers[i]), 0);
        }
        for (int i = 0; i < 8; i++) {
            assert_int_equal(pthread_join(threads[i], NULL), 0);
            made += i < 4 && makers[i].code == KITH_OK;
            assert_true(makers[i].code == KITH_OK || (i < 4 && makers[i].code == KITH_EXISTS));
        }
        assert_true(made <= 1);
        assert_int_equal(scratch_list(folder, false), 1);
        assert_int_equal(scratch_problems(path), 0);
        scratch_unlink(path);
    }
}

/* Places that can't be written */

static int drop_root(void) {
    return setgroups(0, NULL) == 0 && setgid(65534) == 0 && setuid(65534) == 0 ? 0 : -1;
}

/* Root may write anywhere, so a child is nobody. */
static int open_as_nobody(void) {
    kith_error error = KITH_ERROR_INIT;
    kith *store = NULL;
    if (geteuid() == 0 && drop_root() != 0) {
        printf("[  SKIPPED ] a read-only file: root could not become nobody\n");
        return 0;
    }
    int code = kith_open(path, NULL, &store, &error);
    if (code != KITH_IO || strstr(error.message, "Permission denied") == NULL) {
        printf("%s: %s\n", kith_code_name(code), error.message);
        return 1;
    }
    return 0;
}

static int create_as_nobody(void) {
    char at[SCRATCH_PATH_BYTES];
    kith_open_options options = KITH_OPEN_OPTIONS_INIT;
    kith_error error = KITH_ERROR_INIT;
    kith *store = NULL;
    scratch_path(at, folder, "new.kith");
    if (geteuid() == 0 && drop_root() != 0) {
        printf("[  SKIPPED ] a read-only folder: root could not become nobody\n");
        return 0;
    }
    options.flags = KITH_CREATE;
    int code = kith_open(at, &options, &store, &error);
    return code == KITH_IO && error.message[0] != '\0' ? 0 : 1;
}

static void test_read_only_places(void **state) {
    (void)state;
    char lock[SCRATCH_PATH_BYTES + 8];
    snprintf(lock, sizeof lock, "%s-lock", path);
    assert_int_equal(chmod(folder, 0555), 0);
    assert_int_equal(chmod(path, 0444), 0);
    assert_int_equal(in_child(open_as_nobody), 0);
    assert_int_equal(in_child(create_as_nobody), 0);
    assert_int_equal(chmod(folder, 0755), 0);
    assert_int_equal(chmod(path, 0600), 0);
    assert_int_equal(scratch_list(folder, false), 1);
}

/* Commits records until the disk has no more room; the store must be fine then, and afterwards. */
static int fill_disk(const char *at, int wanted) {
    kith_error error = KITH_ERROR_INIT;
    kith *store = scratch_open(at, KITH_CREATE);
    static char text[60000];
    uint64_t count = 0;
    int code = KITH_OK;
    memset(text, 'x', sizeof text - 1);
    while (code == KITH_OK && count < 10000) {
        char key[24];
        kith_txn *txn = scratch_begin(store, KITH_WRITE);
        snprintf(key, sizeof key, "%llu", (unsigned long long)count);
        code = scratch_record(txn, kith_record_put, "crm", key, 1, NULL, "note", text, NULL);
        if (code != KITH_OK) {
            error = *kith_txn_error(txn);
            kith_txn_abort(txn);
        } else {
            code = kith_txn_commit(txn, &error);
        }
        count += code == KITH_OK;
    }
    bool fine =
        code == wanted && count > 0 && count_in(store) == count &&
        (strstr(error.message, "full?") != NULL || strstr(error.message, "No space") != NULL ||
         strstr(error.message, "too large") != NULL);
    printf("    full after %llu records: %s\n", (unsigned long long)count, error.message);
    kith_close(store);
    return fine && scratch_problems(at) == 0 ? 0 : 1;
}

static int fill_limited_file(void) {
    const struct rlimit limit = {2 << 20, 2 << 20};
    signal(SIGXFSZ, SIG_IGN);
    return setrlimit(RLIMIT_FSIZE, &limit) != 0 || fill_disk(path, KITH_IO);
}

/* Puts a disk of 2 MiB over the folder, for this child alone. */
static bool mount_small_disk(const char *instead) {
    if (unshare(CLONE_NEWNS) != 0 || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0 ||
        mount("kith", folder, "tmpfs", 0, "size=2m") != 0) {
        printf("[  SKIPPED ] a small disk can't be mounted here (%s)%s\n", strerror(errno),
               instead);
        return false;
    }
    printf("    a tmpfs of 2 MiB\n");
    return true;
}

static int fill_small_disk(void) {
    char at[SCRATCH_PATH_BYTES];
    if (!mount_small_disk("; a limited file is tried")) {
        return 0;
    }
    scratch_path(at, folder, "full.kith");
    return fill_disk(at, KITH_IO);
}

/* Takes all the room that is left. */
static void take_room(const char *at) {
    static const char zeros[PAGE_BYTES];
    int file = open(at, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    scratch_must(file >= 0, "open", at);
    while (write(file, zeros, sizeof zeros) > 0) {
    }
    close(file);
}

/* Opening needs room for the lock file alone; without it there is a message and no signal. */
static int open_on_a_full_disk(void) {
    char filler[SCRATCH_PATH_BYTES], new_path[SCRATCH_PATH_BYTES], lock[SCRATCH_PATH_BYTES + 8];
    if (!mount_small_disk("")) {
        return 0;
    }
    scratch_path(filler, folder, "filler");
    scratch_path(new_path, folder, "new.kith");
    snprintf(lock, sizeof lock, "%s-lock", path);
    kith *store = scratch_open(path, KITH_CREATE_NEW);
    commit_one(store, "1");
    kith_close(store);
    take_room(filler);
    store = scratch_open(path, 0); /* its lock file is there already */
    kith *same = scratch_open(path, KITH_OPEN_READ_ONLY);
    assert_int_equal(count_in(store), 1);
    kith_close(same);
    kith_close(store);
    assert_int_equal(unlink(lock), 0);
    take_room(filler);
    refuse_open(path, 0, KITH_IO, "the disk is full: there is no room for the lock file");
    refuse_open(path, KITH_OPEN_READ_ONLY, KITH_IO, "free some space");
    refuse_open(new_path, KITH_CREATE, KITH_IO, "the disk is full");
    assert_int_equal(access(new_path, F_OK), -1); /* nothing is left of what was not made */
    unlink(filler);
    store = scratch_open(path, 0);
    assert_int_equal(count_in(store), 1);
    kith_close(store);
    kith_close(scratch_open(new_path, KITH_CREATE));
    return 0;
}

/* However little room there is, a store is made as a whole or not at all. */
static int create_in_little_room(void) {
    char filler[SCRATCH_PATH_BYTES];
    int made = 0, refused = 0;
    if (!mount_small_disk("")) {
        return 0;
    }
    scratch_path(filler, folder, "filler");
    for (off_t pages = 0; pages < 60; pages++) {
        struct stat status;
        kith_open_options options = KITH_OPEN_OPTIONS_INIT;
        kith_error error = KITH_ERROR_INIT;
        kith *store = NULL;
        options.flags = KITH_CREATE_NEW;
        take_room(filler);
        scratch_must(stat(filler, &status) == 0, "stat", filler);
        scratch_must(truncate(filler, status.st_size - pages * PAGE_BYTES) == 0, "trunc", filler);
        int code = kith_open(path, &options, &store, &error);
        if (code == KITH_OK) {
            kith_close(store);
            made++;
        } else {
            assert_int_equal(code, KITH_IO);
            assert_non_null(strstr(error.message, "full"));
            assert_int_equal(scratch_list(folder, false), 1); /* the filler */
            refused++;
        }
        scratch_unlink(path);
        unlink(filler);
    }
    return made > 0 && refused > 5 ? 0 : 1;
}

/* A medium that can't be written needs no lock file: nobody writes there. */
static int open_on_a_read_only_disk(void) {
    if (!mount_small_disk("")) {
        return 0;
    }
    kith *store = scratch_open(path, KITH_CREATE_NEW);
    commit_one(store, "1");
    kith_close(store);
    scratch_must(mount(NULL, folder, NULL, MS_REMOUNT | MS_RDONLY, NULL) == 0, "remount", folder);
    store = scratch_open(path, KITH_OPEN_READ_ONLY);
    assert_int_equal(count_in(store), 1);
    kith_close(store);
    refuse_open(path, 0, KITH_IO, "Read-only file system");
    return 0;
}

static void test_opened_on_a_full_disk(void **state) {
    (void)state;
    assert_int_equal(in_child(open_on_a_full_disk), 0);
    assert_int_equal(in_child(create_in_little_room), 0);
}

static void test_opened_on_a_read_only_disk(void **state) {
    (void)state;
    assert_int_equal(in_child(open_on_a_read_only_disk), 0);
}

/* The lock file is as large as LMDB wants it, since that says how many may read, and has no holes.
 */
static void test_the_lock_file_has_its_room(void **state) {
    (void)state;
    static const unsigned readers[] = {1, 8, 126, 254, 1000};
    char lock[SCRATCH_PATH_BYTES + 8];
    snprintf(lock, sizeof lock, "%s-lock", path);
    for (size_t i = 0; i < sizeof readers / sizeof readers[0]; i++) {
        struct stat status;
        kith_open_options options = KITH_OPEN_OPTIONS_INIT;
        kith_error error = KITH_ERROR_INIT;
        kith *store = NULL;
        options.max_readers = readers[i];
        scratch_must(unlink(lock) == 0, "unlink", lock);
        assert_int_equal(kith_open(path, &options, &store, &error), KITH_OK);
        assert_int_equal(stat(lock, &status), 0);
        assert_true(status.st_size / 64 >= readers[i] && status.st_size / 64 <= readers[i] + 4);
        assert_true(status.st_blocks * 512 >= status.st_size);
        kith_close(store);
    }
    kith_close(scratch_open(path, 0)); /* one that is larger stays */
    struct stat status;
    assert_int_equal(stat(lock, &status), 0);
    assert_true(status.st_size / 64 >= 1000);
}

static void test_a_full_disk(void **state) {
    (void)state;
    assert_int_equal(in_child(fill_small_disk), 0);
    assert_int_equal(in_child(fill_limited_file), 0);
    /* With room again, it goes on. */
    kith *store = scratch_open(path, 0);
    commit_one(store, "after");
    kith_close(store);
    assert_int_equal(scratch_problems(path), 0);
}

static uint64_t map_bytes_of(kith *store) {
    kith_stat stat = KITH_STAT_INIT;
    kith_txn *txn = scratch_begin(store, KITH_READ);
    assert_int_equal(kith_stat_get(txn, &stat), KITH_OK);
    kith_txn_abort(txn);
    return stat.map_bytes;
}

static void test_a_full_map(void **state) {
    (void)state;
    kith_open_options options = KITH_OPEN_OPTIONS_INIT;
    kith_error error = KITH_ERROR_INIT;
    kith *store = NULL;
    static char text[60000];
    kith_change change;
    uint64_t count = 0;
    memset(text, 'x', sizeof text - 1);
    options.flags = KITH_CREATE_NEW;
    options.map_size_bytes = 2 << 20;
    assert_int_equal(kith_open(path, &options, &store, &error), KITH_OK);
    commit_one(store, "small");
    kith_txn *txn = scratch_begin(store, KITH_WRITE);
    int code = KITH_OK;
    while (code == KITH_OK) {
        char key[24];
        snprintf(key, sizeof key, "%llu", (unsigned long long)count++);
        code = scratch_record(txn, kith_record_put, "crm", key, 1, &change, "note", text, NULL);
    }
    assert_int_equal(code, KITH_FULL);
    assert_non_null(strstr(kith_txn_error(txn)->message, "map_size_bytes"));
    char full[sizeof(kith_error)];
    snprintf(full, sizeof full, "%s", kith_txn_error(txn)->message);
    /* Poisoned: neither a put nor a read nor a commit goes through, and nothing is kept. */
    kith_record record = KITH_RECORD_INIT;
    assert_int_equal(scratch_record(txn, kith_record_put, "crm", "x", 1, NULL, NULL), KITH_MISUSE);
    assert_int_equal(kith_record_get(txn, "crm", "small", &record), KITH_MISUSE);
    assert_int_equal(kith_txn_commit(txn, &error), KITH_MISUSE);
    assert_non_null(strstr(error.message, "abort it"));
    assert_int_equal(count_in(store), 1);
    commit_one(store, "another");         /* small ones still fit */
    kith *second = scratch_open(path, 0); /* a larger map, but the first handle has decided */
    assert_int_equal(map_bytes_of(second), options.map_size_bytes);
    assert_non_null(strstr(full, "all handles"));
    kith_close(second);
    kith_close(store);
    assert_int_equal(scratch_problems(path), 0);
    store = scratch_open(path, 0); /* with a larger map */
    assert_true(map_bytes_of(store) > options.map_size_bytes);
    txn = scratch_begin(store, KITH_WRITE);
    for (uint64_t i = 0; i < count; i++) {
        char key[24];
        snprintf(key, sizeof key, "%llu", (unsigned long long)i);
        code = scratch_record(txn, kith_record_put, "crm", key, 1, NULL, "note", text, NULL);
        assert_int_equal(code, KITH_OK);
    }
    scratch_commit(txn);
    assert_int_equal(count_in(store), count + 2);
    kith_close(store);
}

/* Lifetimes */

static void test_opened_twice(void **state) {
    (void)state;
    kith *one = scratch_open(path, 0), *two = scratch_open(path, 0);
    kith *read_only = scratch_open(path, KITH_OPEN_READ_ONLY);
    kith_error error = KITH_ERROR_INIT;
    kith_txn *txn;
    commit_one(one, "1");
    assert_int_equal(count_in(two), 1);
    assert_int_equal(count_in(read_only), 1);
    assert_int_equal(kith_txn_begin(read_only, KITH_WRITE, &txn, &error), KITH_READ_ONLY);
    kith_close(one);
    commit_one(two, "2");
    assert_int_equal(count_in(read_only), 2);
    kith_close(two);
    assert_int_equal(count_in(read_only), 2);
    kith_close(read_only);
    /* The other way round the file is mapped for reading only. */
    read_only = scratch_open(path, KITH_OPEN_READ_ONLY);
    refuse_open(path, 0, KITH_READ_ONLY, "close that handle first");
    kith_close(read_only);
    kith_close(scratch_open(path, 0));
}

/* One file under two names is one store. */
static void test_opened_by_another_name(void **state) {
    (void)state;
    char other[SCRATCH_PATH_BYTES];
    scratch_path(other, folder, "link.kith");
    assert_int_equal(symlink(path, other), 0);
    kith *one = scratch_open(path, 0), *two = scratch_open(other, 0);
    commit_one(one, "1");
    commit_one(two, "2");
    assert_int_equal(count_in(one), 2);
    kith_close(one);
    kith_close(two);
}

/* Names that reach the file through links: of it, of its folder, relative ones, links to links. */
static const char *linked_name(int i, char at[SCRATCH_PATH_BYTES]) {
    static const char *const names[] = {"link.kith", "chain.kith", "sub/store.kith"};
    scratch_path(at, folder, names[i]);
    return at;
}

static void make_links(void) {
    char at[SCRATCH_PATH_BYTES];
    assert_int_equal(symlink(path, linked_name(0, at)), 0);
    assert_int_equal(symlink("link.kith", linked_name(1, at)), 0);
    scratch_path(at, folder, "sub");
    assert_int_equal(symlink(".", at), 0);
}

static int linked_index;

/* A second process, by another name: it commits after the first one, whose record it then sees. */
static int commit_through_a_link(void) {
    char at[SCRATCH_PATH_BYTES];
    kith *store = scratch_open(linked_name(linked_index, at), 0);
    commit_one(store, "of the other name");
    bool fine = count_in(store) == 2;
    kith_close(store);
    return fine ? 0 : 1;
}

/* By whatever name two processes open a store, one writes after the other. */
static void test_links_share_the_lock(void **state) {
    (void)state;
    char at[SCRATCH_PATH_BYTES], lock[SCRATCH_PATH_BYTES + 8];
    make_links();
    for (linked_index = 0; linked_index < 3; linked_index++) {
        scratch_unlink(path);
        kith *store = scratch_open(path, KITH_CREATE_NEW);
        kith_txn *txn = scratch_begin(store, KITH_WRITE);
        put_one(txn, "of the first name");
        fflush(NULL);
        pid_t child = fork();
        if (child == 0) {
            alarm(60);
            _exit(commit_through_a_link());
        }
        int status = 0;
        usleep(100000);
        assert_int_equal(waitpid(child, &status, WNOHANG), 0); /* it waits for its turn */
        scratch_commit(txn);
        assert_int_equal(waitpid(child, &status, 0), child);
        assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
        assert_int_equal(count_in(store), 2);
        kith_close(store);
        assert_int_equal(scratch_problems(path), 0);
    }
    for (int i = 0; i < 2; i++) {
        snprintf(lock, sizeof lock, "%s-lock", linked_name(i, at));
        assert_int_equal(access(lock, F_OK), -1);
    }
}

/* A new store may be made in a folder that is reached by a link; not where a link leads nowhere. */
static void test_made_through_a_link(void **state) {
    (void)state;
    char at[SCRATCH_PATH_BYTES], lock[SCRATCH_PATH_BYTES + 8];
    make_links();
    refuse_open(linked_name(0, at), KITH_CREATE, KITH_IO, "No such file");
    kith *store = scratch_open(linked_name(2, at), KITH_CREATE_NEW);
    commit_one(store, "1");
    kith_close(store);
    snprintf(lock, sizeof lock, "%s-lock", path);
    assert_int_equal(access(lock, F_OK), 0);
    store = scratch_open(linked_name(1, at), KITH_OPEN_READ_ONLY);
    assert_int_equal(count_in(store), 1);
    kith_close(store);
}

/* Of a file with two names nobody can tell where its lock file is. */
static void test_hard_links_are_refused(void **state) {
    (void)state;
    char other[SCRATCH_PATH_BYTES];
    scratch_path(other, folder, "hard.kith");
    assert_int_equal(link(path, other), 0);
    refuse_open(path, 0, KITH_INVALID, "several names (hard links)");
    refuse_open(other, 0, KITH_INVALID, other);
    refuse_open(other, KITH_CREATE, KITH_INVALID, "remove all names but one");
    refuse_open(other, KITH_OPEN_READ_ONLY, KITH_INVALID, "open a copy");
    assert_int_equal(unlink(other), 0);
    kith_close(scratch_open(path, 0));
}

static void test_closed_while_in_use(void **state) {
    (void)state;
    kith *store = scratch_open(path, 0);
    commit_one(store, "1");
    commit_one(store, "2");
    kith_record_iter *iter = NULL;
    kith_record record = KITH_RECORD_INIT;
    kith_txn *reads = scratch_begin(store, KITH_READ), *writes = scratch_begin(store, KITH_WRITE);
    assert_int_equal(kith_record_iter_open(reads, &iter), KITH_OK);
    kith_close(store);
    assert_int_equal(kith_record_iter_next(iter, &record), KITH_OK);
    assert_string_equal(record.key, "1");
    put_one(writes, "3");
    scratch_commit(writes);
    assert_int_equal(kith_record_iter_next(iter, &record), KITH_OK);
    assert_int_equal(kith_record_iter_next(iter, &record), KITH_DONE);
    kith_record_iter_close(iter);
    assert_ptr_equal(kith_txn_store(reads), store);
    kith_txn_abort(reads);
    store = scratch_open(path, 0);
    assert_int_equal(count_in(store), 3);
    kith_close(store);
    kith_txn_abort(NULL);
}

static void test_snapshots(void **state) {
    (void)state;
    kith *store = scratch_open(path, 0);
    kith_record record = KITH_RECORD_INIT;
    commit_one(store, "1");
    kith_txn *before = scratch_begin(store, KITH_READ);
    kith_txn *writes = scratch_begin(store, KITH_WRITE);
    put_one(writes, "2");
    assert_int_equal(count_records(writes), 2);
    assert_int_equal(count_records(before), 1);
    scratch_commit(writes);
    assert_int_equal(count_records(before), 1);
    assert_int_equal(kith_record_get(before, "crm", "2", &record), KITH_NOT_FOUND);
    kith_txn_reset(before);
    assert_int_equal(kith_txn_renew(before), KITH_OK);
    assert_int_equal(kith_record_get(before, "crm", "2", &record), KITH_OK);
    kith_txn_abort(before);
    writes = scratch_begin(store, KITH_WRITE);
    put_one(writes, "3");
    kith_txn_abort(writes);
    assert_int_equal(count_in(store), 2);
    kith_close(store);
}

static void test_calls_out_of_turn(void **state) {
    (void)state;
    kith *store = scratch_open(path, 0);
    kith_error error = KITH_ERROR_INIT;
    kith_record record = KITH_RECORD_INIT;
    kith_record_iter *iter = NULL;
    kith_stat stat = KITH_STAT_INIT;
    kith_txn *second = NULL;
    commit_one(store, "1");
    kith_txn *txn = scratch_begin(store, KITH_READ);
    assert_int_equal(scratch_record(txn, kith_record_put, "crm", "2", 1, NULL, NULL),
                     KITH_READ_ONLY);
    assert_int_equal(scratch_event(txn, "crm", "1", "visit", 1, NULL, NULL, NULL), KITH_READ_ONLY);
    assert_int_equal(kith_settle(txn, 0, 0, NULL), KITH_READ_ONLY);
    assert_int_equal(kith_config_apply(txn, "{}", 2), KITH_READ_ONLY);
    assert_int_equal(kith_txn_renew(txn), KITH_MISUSE);                   /* it was not reset */
    assert_int_equal(kith_record_get(txn, "crm", "1", &record), KITH_OK); /* and goes on */
    kith_txn_reset(txn);
    kith_txn_reset(txn);
    assert_int_equal(kith_record_get(txn, "crm", "1", &record), KITH_MISUSE);
    assert_int_equal(kith_record_iter_open(txn, &iter), KITH_MISUSE);
    assert_int_equal(kith_stat_get(txn, &stat), KITH_MISUSE);
    assert_non_null(strstr(kith_txn_error(txn)->message, "renew it"));
    assert_int_equal(kith_txn_commit(txn, &error), KITH_MISUSE);
    assert_int_equal(kith_txn_begin(store, 7, &txn, &error), KITH_MISUSE);
    assert_int_equal(kith_txn_begin(NULL, KITH_READ, &txn, &error), KITH_MISUSE);
    /* A thread that waited for itself would wait for ever. */
    txn = scratch_begin(store, KITH_WRITE);
    assert_int_equal(kith_txn_begin(store, KITH_WRITE, &second, &error), KITH_MISUSE);
    kith_txn_abort(txn);
    kith_close(store);
}

static void test_reads_end_without_writing(void **state) {
    (void)state;
    kith *store = scratch_open(path, 0);
    kith_txn *txn = scratch_begin(store, KITH_READ);
    scratch_commit(txn);
    txn = scratch_begin(store, KITH_WRITE);
    scratch_commit(txn); /* of nothing */
    kith_close(store);
}

/* Forks */

static kith *inherited;
static kith_txn *inherited_txn;

static int use_inherited(void) {
    kith_error error = KITH_ERROR_INIT;
    kith_txn *txn = NULL;
    kith_record record = KITH_RECORD_INIT;
    char to[SCRATCH_PATH_BYTES];
    scratch_path(to, folder, "never.kith");
    if (kith_txn_begin(inherited, KITH_READ, &txn, &error) != KITH_MISUSE ||
        strstr(error.message, "open it anew") == NULL) {
        return 1;
    }
    if (kith_record_get(inherited_txn, "crm", "1", &record) != KITH_MISUSE ||
        kith_txn_renew(inherited_txn) != KITH_MISUSE ||
        kith_backup(inherited, to, NULL, NULL, &error) != KITH_MISUSE) {
        return 2;
    }
    kith_txn_abort(inherited_txn);
    kith_close(inherited);
    kith *own = scratch_open(path, 0); /* opened anew it works, whatever became of the other */
    commit_one(own, "of the child");
    bool fine = count_in(own) == 2;
    kith_close(own);
    return fine ? 0 : 3;
}

static void test_forked(void **state) {
    (void)state;
    inherited = scratch_open(path, 0);
    commit_one(inherited, "1");
    inherited_txn = scratch_begin(inherited, KITH_READ);
    assert_int_equal(in_child(use_inherited), 0);
    kith_record record = KITH_RECORD_INIT;
    assert_int_equal(kith_record_get(inherited_txn, "crm", "1", &record), KITH_OK);
    assert_int_equal(count_records(inherited_txn), 1); /* its snapshot */
    kith_txn_abort(inherited_txn);
    assert_int_equal(count_in(inherited), 2);
    commit_one(inherited, "3");
    kith_close(inherited);
    assert_int_equal(scratch_problems(path), 0);
}

/* Many processes */

typedef struct crew {
    pid_t pids[16];
    int ready[2], stop[2];
} crew;

/* Processes that each hold a transaction until they are killed or told to stop. */
static void start_crew(crew *c, int count, unsigned mode) {
    char byte = 'r';
    assert_int_equal(pipe(c->ready), 0);
    assert_int_equal(pipe(c->stop), 0);
    fflush(NULL);
    for (int i = 0; i < count; i++) {
        c->pids[i] = fork();
        if (c->pids[i] == 0) {
            close(c->stop[1]);
            kith_txn *txn = scratch_begin(scratch_open(path, 0), mode);
            if (mode == KITH_WRITE) {
                put_one(txn, "of a dead process");
            }
            _exit(write(c->ready[1], &byte, 1) == 1 && read(c->stop[0], &byte, 1) == 0 ? 0 : 1);
        }
    }
    for (int i = 0; i < count; i++) {
        assert_int_equal(read(c->ready[0], &byte, 1), 1);
    }
}

static void end_crew(crew *c, int count, bool by_force) {
    for (int i = 0; by_force && i < count; i++) {
        kill(c->pids[i], SIGKILL);
    }
    close(c->stop[1]);
    for (int i = 0; i < count; i++) {
        int status = 0;
        assert_int_equal(waitpid(c->pids[i], &status, 0), c->pids[i]);
        assert_true(by_force ? WIFSIGNALED(status) : WIFEXITED(status) && WEXITSTATUS(status) == 0);
    }
    close(c->stop[0]);
    close(c->ready[0]);
    close(c->ready[1]);
}

static kith *create_with_readers(unsigned count) {
    kith_open_options options = KITH_OPEN_OPTIONS_INIT;
    kith_error error = KITH_ERROR_INIT;
    kith *store = NULL;
    options.flags = KITH_CREATE_NEW;
    options.max_readers = count;
    assert_int_equal(kith_open(path, &options, &store, &error), KITH_OK);
    return store;
}

/* Slots of processes that died with a snapshot are given to those who ask for one. */
static void test_stale_readers(void **state) {
    (void)state;
    crew readers;
    kith_error error = KITH_ERROR_INIT;
    kith_txn *txns[8], *txn = NULL;
    kith *store = create_with_readers(8);
    start_crew(&readers, 8, KITH_READ);
    assert_int_equal(kith_txn_begin(store, KITH_READ, &txn, &error), KITH_BUSY);
    assert_non_null(strstr(error.message, "max_readers"));
    commit_one(store, "1"); /* a writer needs no slot */
    end_crew(&readers, 8, true);
    for (int i = 0; i < 8; i++) {
        txns[i] = scratch_begin(store, KITH_READ);
    }
    assert_int_equal(kith_txn_begin(store, KITH_READ, &txn, &error), KITH_BUSY);
    for (int i = 0; i < 8; i++) {
        kith_txn_abort(txns[i]);
    }
    assert_int_equal(count_in(store), 1);
    kith_close(store);
}

static void test_many_readers(void **state) {
    (void)state;
    crew readers;
    kith *store = scratch_open(path, 0);
    start_crew(&readers, 16, KITH_READ);
    for (int i = 0; i < 10; i++) {
        char key[16];
        snprintf(key, sizeof key, "%d", i);
        commit_one(store, key);
    }
    assert_int_equal(count_in(store), 10);
    end_crew(&readers, 16, false);
    kith_close(store);
    assert_int_equal(scratch_problems(path), 0);
}

/* A writer elsewhere holds up neither who opens nor who reads; and when it dies, the next writer
 * goes on. */
static void test_a_writer_that_dies(void **state) {
    (void)state;
    crew writer;
    start_crew(&writer, 1, KITH_WRITE);
    alarm(30);
    kith *store = scratch_open(path, 0);
    assert_int_equal(count_in(store), 0);
    end_crew(&writer, 1, true);
    commit_one(store, "of one that lives");
    assert_int_equal(count_in(store), 1);
    alarm(0);
    kith_close(store);
    assert_int_equal(scratch_problems(path), 0);
}

/* Backups */

static int stop_soon(void *context, const kith_progress *progress) {
    uint64_t *calls = context;
    assert_string_equal(progress->phase, "backup");
    return ++*calls >= 2;
}

static int keep_writing(void *context, const kith_progress *progress) {
    char key[32];
    snprintf(key, sizeof key, "during %llu", (unsigned long long)progress->done);
    commit_one(context, key);
    return 0;
}

static void fill(kith *store, int count) {
    static char text[9000]; /* some pages each */
    memset(text, 'n', sizeof text - 1);
    kith_txn *txn = scratch_begin(store, KITH_WRITE);
    for (int i = 0; i < count; i++) {
        char key[16];
        snprintf(key, sizeof key, "%d", i);
        assert_int_equal(
            scratch_record(txn, kith_record_put, "crm", key, 1, NULL, "note", text, NULL), KITH_OK);
    }
    scratch_commit(txn);
}

static void test_backup(void **state) {
    (void)state;
    char to[SCRATCH_PATH_BYTES], nowhere[SCRATCH_PATH_BYTES];
    kith_error error = KITH_ERROR_INIT;
    uint64_t calls = 0;
    struct stat status;
    kith *store = scratch_open(path, 0);
    fill(store, 200);
    scratch_path(to, folder, "copy.kith");
    assert_int_equal(kith_backup(store, to, stop_soon, &calls, &error), KITH_INTERRUPTED);
    assert_int_equal(scratch_list(folder, false), 1);
    /* Who writes meanwhile is not in it; the copy is a snapshot. */
    assert_int_equal(kith_backup(store, to, keep_writing, store, &error), KITH_OK);
    assert_true(count_in(store) > 200);
    assert_int_equal(stat(to, &status), 0);
    assert_int_equal(status.st_mode & 0777, 0600);
    assert_int_equal(scratch_problems(to), 0);
    kith *copy = scratch_open(to, 0);
    assert_int_equal(count_in(copy), 200);
    commit_one(copy, "of the copy");
    kith_close(copy);
    assert_int_equal(kith_backup(store, to, NULL, NULL, &error), KITH_EXISTS);
    assert_int_equal(kith_backup(store, path, NULL, NULL, &error), KITH_EXISTS);
    scratch_path(nowhere, folder, "missing/copy.kith");
    assert_int_equal(kith_backup(store, nowhere, NULL, NULL, &error), KITH_IO);
    assert_int_equal(kith_backup(store, NULL, NULL, NULL, &error), KITH_MISUSE);
    assert_int_equal(scratch_list(folder, false), 2);
    kith_close(store);
}

/* A backup that was killed leaves a part of a copy, which the next one replaces. */
static void test_backup_after_a_killed_one(void **state) {
    (void)state;
    char to[SCRATCH_PATH_BYTES], partial[SCRATCH_PATH_BYTES];
    kith_error error = KITH_ERROR_INIT;
    kith *store = scratch_open(path, 0);
    scratch_path(to, folder, "copy.kith");
    scratch_path(partial, folder, "copy.kith.partial");
    scratch_write_text(partial, "half of a copy");
    assert_int_equal(kith_backup(store, to, NULL, NULL, &error), KITH_OK);
    assert_int_equal(access(partial, F_OK), -1);
    assert_int_equal(scratch_problems(to), 0);
    kith_close(store);
}

#define LIVES_ON 120 /* seconds, longer than a test may take */

typedef struct forking {
    bool stops; /* the backup, after the fork */
    pid_t child;
} forking;

/* Forks while the copy is written; the child has inherited what the backup has open. */
static int fork_once(void *context, const kith_progress *progress) {
    forking *f = context;
    (void)progress;
    if (f->child == 0 && (f->child = fork()) == 0) {
        alarm(LIVES_ON);
        for (;;) {
            pause();
        }
    }
    return f->stops;
}

static void end_child(const forking *f) {
    int status;
    assert_int_equal(kill(f->child, SIGKILL), 0);
    assert_int_equal(waitpid(f->child, &status, 0), f->child);
    assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
}

/* A copy waits for no child, and one that is finished is locked for nobody, whoever lives on. */
static void test_backup_while_forking(void **state) {
    (void)state;
    char to[SCRATCH_PATH_BYTES];
    kith_error error = KITH_ERROR_INIT;
    forking goes_on = {.stops = false}, stops = {.stops = true};
    kith *store = scratch_open(path, 0);
    fill(store, 1000); /* more than is on its way at once */
    scratch_path(to, folder, "copy.kith");
    assert_int_equal(kith_backup(store, to, fork_once, &stops, &error), KITH_INTERRUPTED);
    end_child(&stops);
    assert_int_equal(kith_backup(store, to, fork_once, &goes_on, &error), KITH_OK);
    int file = open(to, O_RDWR | O_CLOEXEC);
    assert_int_equal(flock(file, LOCK_EX | LOCK_NB), 0);
    close(file);
    end_child(&goes_on);
    kith_close(store);
}

typedef struct copier {
    kith *store;
    char to[SCRATCH_PATH_BYTES];
    int code;
} copier;

static void *copy_store(void *argument) {
    copier *c = argument;
    kith_error error = KITH_ERROR_INIT;
    c->code = kith_backup(c->store, c->to, NULL, NULL, &error);
    return NULL;
}

#define STOPS 60

/* Waits until what copies can write no more, then stops. */
static int stop_later(void *context, const kith_progress *progress) {
    int *calls = context;
    (void)progress;
    if (--*calls > 0) {
        return 0;
    }
    usleep(3000);
    return 1;
}

static void test_backup_ends_wherever_it_is_stopped(void **state) {
    (void)state;
    char to[SCRATCH_PATH_BYTES];
    kith *store = scratch_open(path, 0);
    fill(store, 500);
    scratch_path(to, folder, "copy.kith");
    for (int i = 1; i <= STOPS; i++) {
        kith_error error = KITH_ERROR_INIT;
        int calls = i;
        alarm(60); /* a backup that hangs ends the test */
        int rc = kith_backup(store, to, stop_later, &calls, &error);
        alarm(0);
        assert_int_equal(rc, KITH_INTERRUPTED);
        assert_int_equal(access(to, F_OK), -1);
    }
    kith_close(store);
}

/* Of several MB where a file takes one; without a descriptor left; and then as it should be. */
static int back_up_in_want(void) {
    char to[SCRATCH_PATH_BYTES];
    kith_error error = KITH_ERROR_INIT;
    struct rlimit size = {1 << 20, RLIM_INFINITY}, files = {0, 0}, before;
    kith *store = scratch_open(path, 0);
    scratch_path(to, folder, "copy.kith");
    signal(SIGXFSZ, SIG_IGN);
    bool fine = setrlimit(RLIMIT_FSIZE, &size) == 0 && getrlimit(RLIMIT_NOFILE, &before) == 0 &&
                kith_backup(store, to, NULL, NULL, &error) == KITH_IO &&
                strstr(error.message, "cannot write the backup") != NULL && access(to, F_OK) != 0;
    printf("    %s\n", error.message);
    size.rlim_cur = RLIM_INFINITY;
    fine = fine && setrlimit(RLIMIT_FSIZE, &size) == 0;
    files.rlim_max = before.rlim_max;
    for (rlim_t room = 3; fine && room < 64; room++) {
        files.rlim_cur = room;
        fine = setrlimit(RLIMIT_NOFILE, &files) == 0;
        int rc = kith_backup(store, to, NULL, NULL, &error);
        fine = fine && (rc == KITH_OK ? unlink(to) == 0 : access(to, F_OK) != 0);
    }
    fine = fine && setrlimit(RLIMIT_NOFILE, &before) == 0 &&
           kith_backup(store, to, NULL, NULL, &error) == KITH_OK && scratch_problems(to) == 0;
    kith_close(store);
    return fine ? 0 : 1;
}

static void test_backup_in_want(void **state) {
    (void)state;
    kith *store = scratch_open(path, 0);
    fill(store, 500);
    kith_close(store);
    assert_int_equal(in_child(back_up_in_want), 0);
    assert_int_equal(scratch_list(folder, false), 2); /* the store and the copy: nothing is left */
}

/* Of several backups to one name at once one wins, and it is whole. */
static void test_backups_at_once(void **state) {
    (void)state;
    kith *store = scratch_open(path, 0);
    fill(store, 300);
    for (int round = 0; round < 20; round++) {
        pthread_t threads[4];
        copier copiers[4];
        int made = 0;
        for (int i = 0; i < 4; i++) {
            copiers[i] = (copier){.store = store};
            scratch_path(copiers[i].to, folder, "copy.kith");
            assert_int_equal(pthread_create(&threads[i], NULL, copy_store, &copiers[i]), 0);
        }
        for (int i = 0; i < 4; i++) {
            pthread_join(threads[i], NULL);
            made += copiers[i].code == KITH_OK;
            assert_true(copiers[i].code == KITH_OK || copiers[i].code == KITH_EXISTS);
        }
        assert_int_equal(made, 1);
        assert_int_equal(scratch_problems(copiers[0].to), 0);
        scratch_unlink(copiers[0].to);
    }
    assert_int_equal(scratch_list(folder, false), 1);
    kith_close(store);
}

/* Damage that only LMDB meets */

/* Makes a branch with nothing below of each page that is below a branch. Opening looks at roots
 * alone and finds nothing wrong. */
static void damage_leaves(void) {
    const uint16_t header[] = {KITHI_PAGE_BRANCH, KITHI_PAGE_HEADER_BYTES + 2}; /* flags, lower */
    size_t size = 0;
    uint8_t *sound = scratch_read(path, &size), *bytes = scratch_read(path, &size);
    for (size_t at = 2 * PAGE_BYTES; at < size; at += PAGE_BYTES) {
        kithi_page branch;
        kithi_page_node node;
        kithi_page_view(sound + at, PAGE_BYTES, &branch);
        if (branch.flags != KITHI_PAGE_BRANCH || kithi_page_wrong(&branch) != NULL) {
            continue;
        }
        for (size_t i = 0; i < kithi_page_count(&branch); i++) {
            assert_null(kithi_page_get(&branch, i, &node));
            assert_true(node.child < size / PAGE_BYTES);
            memcpy(bytes + node.child * PAGE_BYTES + 10, header, sizeof header);
        }
    }
    scratch_write(path, bytes, size);
    free(sound);
    free(bytes);
}

/* Its stderr goes to a file. */
static int read_damaged(const char *said) {
    const struct rlimit no_core = {0, 0};
    setrlimit(RLIMIT_CORE, &no_core);
    scratch_must(dup2(open(said, O_WRONLY | O_CREAT | O_CLOEXEC, 0600), 2) == 2, "dup2", said);
    kith *store = scratch_open(path, KITH_OPEN_READ_ONLY);
    kith_txn *txn = scratch_begin(store, KITH_READ);
    kith_record record = KITH_RECORD_INIT;
    return kith_record_get(txn, "crm", "7", &record);
}

/* Where LMDB gives up on a damaged file it ends the process; what is to be done is said before. */
static void test_lmdb_gives_up(void **state) {
    (void)state;
    char said[SCRATCH_PATH_BYTES];
    int status = 0;
    size_t size = 0;
    kith *store = scratch_open(path, 0);
    fill(store, 500);
    kith_close(store);
    damage_leaves();
    scratch_path(said, folder, "said");
    fflush(NULL);
    pid_t child = fork();
    if (child == 0) {
        alarm(60);
        _exit(read_damaged(said));
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    uint8_t *text = scratch_read(said, &size);
    text[size] = '\0';
    printf("    %s", (char *)text);
    assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT);
    assert_non_null(strstr((char *)text, path));
    assert_non_null(strstr((char *)text, "run kith check"));
    free(text);
}

#define TEST(name)       cmocka_unit_test_setup_teardown(name, set_up, tear_down)
#define STORE_TEST(name) cmocka_unit_test_setup_teardown(name, set_up_store, tear_down)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(test_nothing_there),
        TEST(test_a_text_file),
        TEST(test_an_empty_file),
        STORE_TEST(test_truncated),
        STORE_TEST(test_a_newer_version),
        STORE_TEST(test_an_earlier_version),
        STORE_TEST(test_another_layout),
        STORE_TEST(test_a_larger_map_is_kept),
        TEST(test_a_foreign_file),
        TEST(test_made_once),
        TEST(test_not_made),
        TEST(test_unknown_flags),
        TEST(test_options_of_other_sizes),
        TEST(test_named_when_whole),
        TEST(test_made_after_a_killed_one),
        STORE_TEST(test_made_while_others_wait),
        TEST(test_failures_beside_a_store),
        TEST(test_made_at_once),
        STORE_TEST(test_read_only_places),
        TEST(test_a_full_disk),
        TEST(test_opened_on_a_full_disk),
        TEST(test_opened_on_a_read_only_disk),
        STORE_TEST(test_the_lock_file_has_its_room),
        TEST(test_a_full_map),
        STORE_TEST(test_opened_twice),
        STORE_TEST(test_opened_by_another_name),
        STORE_TEST(test_links_share_the_lock),
        TEST(test_made_through_a_link),
        STORE_TEST(test_hard_links_are_refused),
        STORE_TEST(test_closed_while_in_use),
        STORE_TEST(test_snapshots),
        STORE_TEST(test_calls_out_of_turn),
        STORE_TEST(test_reads_end_without_writing),
        STORE_TEST(test_forked),
        TEST(test_stale_readers),
        STORE_TEST(test_many_readers),
        STORE_TEST(test_a_writer_that_dies),
        STORE_TEST(test_backup),
        STORE_TEST(test_backup_after_a_killed_one),
        STORE_TEST(test_backup_while_forking),
        STORE_TEST(test_backup_ends_wherever_it_is_stopped),
        STORE_TEST(test_backup_in_want),
        STORE_TEST(test_backups_at_once),
        STORE_TEST(test_lmdb_gives_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
