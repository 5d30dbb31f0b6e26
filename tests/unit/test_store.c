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
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include "src/base/bytes.h"
#include "src/store/checksum.h"
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
    kith_close(scratch_open(path, KITH_CREATE)); /* as it is when two processes make one store */
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
    assert_int_equal(kith_open(path, &options, NULL, &error), KITH_MISUSE);
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

static int fill_small_disk(void) {
    char at[SCRATCH_PATH_BYTES];
    if (unshare(CLONE_NEWNS) != 0 || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0 ||
        mount("kith", folder, "tmpfs", 0, "size=2m") != 0) {
        printf("[  SKIPPED ] a small disk can't be mounted here (%s); a limited file is tried\n",
               strerror(errno));
        return 0;
    }
    scratch_path(at, folder, "full.kith");
    printf("    a tmpfs of 2 MiB\n");
    return fill_disk(at, KITH_IO);
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
    /* Poisoned: neither a put nor a read nor a commit goes through, and nothing is kept. */
    kith_record record = KITH_RECORD_INIT;
    assert_int_equal(scratch_record(txn, kith_record_put, "crm", "x", 1, NULL, NULL), KITH_MISUSE);
    assert_int_equal(kith_record_get(txn, "crm", "small", &record), KITH_MISUSE);
    assert_int_equal(kith_txn_commit(txn, &error), KITH_MISUSE);
    assert_non_null(strstr(error.message, "abort it"));
    assert_int_equal(count_in(store), 1);
    commit_one(store, "another"); /* small ones still fit */
    kith_close(store);
    assert_int_equal(scratch_problems(path), 0);
    store = scratch_open(path, 0); /* with a larger map */
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
    static char text[3000];
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

#define TEST(name)       cmocka_unit_test_setup_teardown(name, set_up, tear_down)
#define STORE_TEST(name) cmocka_unit_test_setup_teardown(name, set_up_store, tear_down)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(test_nothing_there),
        TEST(test_a_text_file),
        TEST(test_an_empty_file),
        STORE_TEST(test_truncated),
        STORE_TEST(test_a_newer_version),
        TEST(test_a_foreign_file),
        TEST(test_made_once),
        TEST(test_not_made),
        TEST(test_options_of_other_sizes),
        STORE_TEST(test_read_only_places),
        TEST(test_a_full_disk),
        TEST(test_a_full_map),
        STORE_TEST(test_opened_twice),
        STORE_TEST(test_opened_by_another_name),
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
        STORE_TEST(test_backups_at_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
