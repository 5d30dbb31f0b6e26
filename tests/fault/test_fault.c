/*
 * The n-th allocation fails, and the n-th store operation fails, for every n until none does; once,
 * and from then on. After each: a code that the headers name with a message, no leak, nothing half
 * done, and a sound store.
 *
 *   test_fault [scenario [plan [n]]]     plays a part of it; a failure prints the arguments that
 * replay it
 */
#include <lmdb.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>

#if defined(FAULT_WRAP)
#include <sanitizer/lsan_interface.h>
#endif

#include "tests/fault/faults.h"
#include "tests/fault/stage.h"

#define POINTS_MAX 1000000u
#define SEEN_MAX   4096u

/* What happens after the fault. */
typedef enum aftermath {
    LOOK, /* the store is closed and looked at */
    RETRY /* the work is done again on the same handle, now without a fault */
} aftermath;

typedef struct plan {
    const char *name;
    fault_kind kind;
    bool for_ever;
    int error;
    aftermath then;
} plan;

static const plan plans[] = {
    {"allocation", FAULT_ALLOCATION, false, ENOMEM, LOOK},
    {"allocation-retry", FAULT_ALLOCATION, false, ENOMEM, RETRY},
    {"allocations-from", FAULT_ALLOCATION, true, ENOMEM, LOOK},
    {"operation", FAULT_OPERATION, false, EIO, LOOK},
    {"operation-retry", FAULT_OPERATION, false, EIO, RETRY},
    {"operations-from", FAULT_OPERATION, true, ENOSPC, LOOK},
};
#define PLAN_COUNT (sizeof plans / sizeof plans[0])

static stage set;
/* The stores that scenarios begin with: without a match model, with one, with segments, and
 * with scores. */
static struct start {
    uint8_t *bytes;
    size_t size;
    uint64_t rows; /* a hash of its rows */
} starts[4];
static size_t input_count; /* files that scenarios read */
static const char *only_plan;
static uint64_t only_point;
static char where[160]; /* arguments that replay what runs */

/* Files whose bytes were found sound already, and the hash of their rows. */
static struct {
    uint64_t bytes[SEEN_MAX], rows[SEEN_MAX];
    size_t count;
} seen;

static uint64_t hash(uint64_t seed, const void *data, size_t size) {
    const uint8_t *bytes = data;
    uint64_t sum = seed ^ UINT64_C(0xcbf29ce484222325);
    for (size_t i = 0; i + 8 <= size; i += 8) {
        uint64_t word;
        memcpy(&word, bytes + i, 8);
        sum = (sum ^ word ^ word >> 29) * UINT64_C(0x9e3779b97f4a7c15);
        sum ^= sum >> 32;
    }
    for (size_t i = size & ~(size_t)7; i < size; i++) {
        sum = (sum ^ bytes[i]) * UINT64_C(0x100000001b3);
    }
    return sum;
}

/* What the store holds, told by LMDB alone */

static uint64_t hash_table(MDB_txn *txn, MDB_val name, uint64_t sum) {
    MDB_dbi table;
    MDB_cursor *cursor;
    MDB_val key, value;
    char text[64] = "";
    memcpy(text, name.mv_data, name.mv_size < 63 ? name.mv_size : 63);
    scratch_must(mdb_dbi_open(txn, text, 0, &table) == 0, "mdb_dbi_open", text);
    scratch_must(mdb_cursor_open(txn, table, &cursor) == 0, "mdb_cursor_open", text);
    while (mdb_cursor_get(cursor, &key, &value, MDB_NEXT) == 0) {
        sum = hash(hash(sum, key.mv_data, key.mv_size), value.mv_data, value.mv_size);
    }
    mdb_cursor_close(cursor);
    return hash(sum, name.mv_data, name.mv_size);
}

static uint64_t hash_rows(const char *path) {
    MDB_env *env;
    MDB_txn *txn;
    MDB_dbi names;
    MDB_cursor *cursor;
    MDB_val name, ignored;
    uint64_t sum = 0;
    scratch_must(mdb_env_create(&env) == 0, "mdb_env_create", path);
    mdb_env_set_maxdbs(env, 64);
    mdb_env_set_mapsize(env, (size_t)1 << 30);
    scratch_must(mdb_env_open(env, path, MDB_NOSUBDIR | MDB_RDONLY | MDB_NOLOCK, 0600) == 0,
                 "mdb_env_open", path);
    scratch_must(mdb_txn_begin(env, NULL, MDB_RDONLY, &txn) == 0, "mdb_txn_begin", path);
    scratch_must(mdb_dbi_open(txn, NULL, 0, &names) == 0, "mdb_dbi_open", path);
    scratch_must(mdb_cursor_open(txn, names, &cursor) == 0, "mdb_cursor_open", path);
    while (mdb_cursor_get(cursor, &name, &ignored, MDB_NEXT) == 0) {
        sum = hash_table(txn, name, sum);
    }
    mdb_cursor_close(cursor);
    mdb_txn_abort(txn);
    mdb_env_close(env);
    return sum;
}

/* The hash of the rows of a store's file, which must be sound; 0: there is no file. */
static uint64_t look(const char *path) {
    size_t size = 0;
    uint8_t *bytes = scratch_read(path, &size);
    if (bytes == NULL) {
        return 0;
    }
    uint64_t sum = hash(size, bytes, size);
    free(bytes);
    for (size_t i = 0; i < seen.count; i++) {
        if (seen.bytes[i] == sum) {
            return seen.rows[i];
        }
    }
    assert_int_equal(scratch_problems(path), 0);
    uint64_t rows = hash_rows(path);
    if (seen.count < SEEN_MAX) {
        seen.bytes[seen.count] = sum;
        seen.rows[seen.count++] = rows;
    }
    return rows;
}

/* Playing a scenario */

static const struct start *start_of(const scenario *what) {
    return &starts[what->flags & SCENARIO_SCORES     ? 3
                   : what->flags & SCENARIO_SEGMENTS ? 2
                   : what->flags & SCENARIO_SCORED   ? 1
                                                     : 0];
}

static void put_up(const scenario *what) {
    scratch_unlink(set.path);
    unlink(set.other);
    if ((what->flags & SCENARIO_MAKES) == 0) {
        scratch_write(set.path, start_of(what)->bytes, start_of(what)->size);
    }
    set.error = (kith_error)KITH_ERROR_INIT;
    set.answer = 0;
    set.store = what->flags & SCENARIO_OPENS ? NULL : scratch_open(set.path, 0);
}

static int play(const scenario *what) {
    set.error = (kith_error)KITH_ERROR_INIT;
    set.answer = UINT64_C(0xcbf29ce484222325);
    return what->run(&set);
}

/* What the scenario should come to. */
typedef struct outcome {
    uint64_t before, after; /* hashes of the rows */
    uint64_t answer;
    uint64_t other; /* of the other file; 0: there is none */
} outcome;

static uint64_t hash_other(const scenario *what) {
    size_t size = 0;
    if ((what->flags & SCENARIO_NOTES) == 0) {
        return look(set.other);
    }
    uint8_t *bytes = scratch_read(set.other, &size);
    uint64_t sum = bytes != NULL ? hash(size, bytes, size) : 0;
    free(bytes);
    return sum;
}

static outcome play_well(const scenario *what) {
    outcome good = {.before = what->flags & SCENARIO_MAKES ? 0 : start_of(what)->rows};
    put_up(what);
    int code = play(what);
    if (code != KITH_OK) {
        fail_msg("%s without a fault: %s: %s", what->name, kith_code_name(code), set.error.message);
    }
    kith_close(set.store);
    good.answer = set.answer;
    good.after = look(set.path);
    good.other = hash_other(what);
    assert_int_not_equal(good.after, 0);
    if (what->flags & SCENARIO_WRITES) {
        assert_int_not_equal(good.before, good.after);
    } else {
        assert_int_equal(good.before, good.after);
    }
    return good;
}

/* The codes that there are for a fault: a map may lack memory, and the system may lack it in a call
 * of its own. */
static bool is_told(const plan *with, int code) {
    bool refused = with->kind == FAULT_OPERATION || strstr(set.error.message, strerror(ENOMEM));
    return code == KITH_OK || code == KITH_NO_MEMORY || (code == KITH_IO && refused);
}

static void assert_told(const plan *with, int code) {
    if (is_told(with, code)) {
        assert_true(code == KITH_OK || set.error.message[0] != '\0');
        assert_true(code == KITH_OK || set.error.code == code);
        return;
    }
    fail_msg("%s fails: %s: %s", fault_name(), kith_code_name(code), set.error.message);
}

static void assert_state(const scenario *what, const outcome *good, int code) {
    uint64_t rows = look(set.path);
    if (code == KITH_OK) {
        assert_int_equal(set.answer, good->answer);
        assert_int_equal(rows, good->after);
        assert_int_equal(hash_other(what), good->other);
    } else if (rows != good->before && rows != good->after && !(what->flags & SCENARIO_STEPS)) {
        fail_msg("the store is neither as before nor as after");
    }
    bool has_other = access(set.other, F_OK) == 0;
    bool is_store = has_other && (what->flags & SCENARIO_NOTES) == 0;
    if (code != KITH_OK && is_store && hash_other(what) != good->other) {
        fail_msg("a part of the file that it was to write is left behind");
    }
    size_t own = (rows != 0) + has_other;
    assert_int_equal(scratch_list(set.folder, false), input_count + own);
}

/* After a fault the same handle works, or says that it has to be opened anew; and then that works.
 * A store that had its name by then is there already. */
static int play_again(const scenario *what) {
    unlink(set.other);
    int code = play(what);
    if (code != KITH_OK && set.store != NULL && strstr(set.error.message, "open it anew") != NULL) {
        kith_close(set.store);
        set.store = scratch_open(set.path, 0);
        code = play(what);
    }
    if (code == KITH_EXISTS && (what->flags & SCENARIO_MAKES)) {
        kith_close(scratch_open(set.path, 0));
        return KITH_OK;
    }
    if (code != KITH_OK) {
        fail_msg("after the fault of %s: %s: %s", fault_name(), kith_code_name(code),
                 set.error.message);
    }
    return code;
}

/* Plays it with one fault. False: the fault did not come, as there were fewer calls. */
static bool play_badly(const scenario *what, const plan *with, uint64_t point,
                       const outcome *good) {
    const fault_plan armed = {with->kind, point, with->for_ever, with->error, FAULT_FAILS};
    snprintf(where, sizeof where, "test_fault \"%s\" %s %llu", what->name, with->name,
             (unsigned long long)point);
    int64_t live = fault_live_allocations();
    put_up(what);
    fault_arm(&armed);
    int code = play(what);
    fault_disarm();
    bool came = fault_count() > 0;
    assert_true(came || code == KITH_OK);
    assert_told(with, code);
    if (with->then == RETRY && code != KITH_OK) {
        code = play_again(what);
        /* What the first try had done is no news to the second. */
        set.answer = what->flags & SCENARIO_WRITES ? good->answer : set.answer;
    }
    kith_close(set.store);
    set.store = NULL;
    assert_int_equal(fault_live_allocations(), live);
    assert_state(what, good, code);
    return came;
}

/* Where a sanitizer watches, which is slow, of the allocations that fail once those alone that are
 * followed by a second try: the way up to there is the same. */
static bool is_asked(const plan *with) {
#if defined(FAULT_WRAP)
    bool once = with->kind == FAULT_ALLOCATION && !with->for_ever && with->then == LOOK;
#else
    bool once = false;
#endif
    return only_plan != NULL ? strcmp(only_plan, with->name) == 0 : !once;
}

static uint64_t play_plan(const scenario *what, const plan *with, const outcome *good) {
    if (!is_asked(with)) {
        return 0;
    }
    if (only_point != 0) {
        play_badly(what, with, only_point, good);
        return 1;
    }
    uint64_t point = 1;
    while (play_badly(what, with, point, good)) {
        point++;
        assert_true(point < POINTS_MAX);
    }
    return point - 1;
}

static void play_scenario(void **state) {
    const scenario *what = *state;
    outcome good;
    seen.count = 0;
    good = play_well(what);
    assert_int_equal(play_well(what).answer, good.answer); /* libc has its caches now */
    uint64_t points[PLAN_COUNT] = {0};
    for (size_t i = 0; i < PLAN_COUNT; i++) {
        points[i] = play_plan(what, &plans[i], &good);
    }
    printf("%-16s %llu allocations, %llu operations\n", what->name, (unsigned long long)points[1],
           (unsigned long long)points[4]);
    where[0] = '\0';
#if defined(FAULT_WRAP)
    assert_int_equal(__lsan_do_recoverable_leak_check(), 0);
#endif
}

static int report(void **state) {
    (void)state;
    fault_disarm();
    if (where[0] != '\0') {
        printf("replay: %s\n", where);
        where[0] = '\0';
    }
    return 0;
}

static void take_start(size_t which, const char *path) {
    starts[which].bytes = scratch_read(path, &starts[which].size);
    starts[which].rows = hash_rows(path);
}

static void add_scenarios(const scenario *list, size_t count, const char *only,
                          struct CMUnitTest *tests, size_t *test_count) {
    for (size_t i = 0; i < count; i++) {
        if (only == NULL || strcmp(only, list[i].name) == 0) {
            tests[(*test_count)++] = (struct CMUnitTest){list[i].name, play_scenario, NULL, report,
                                                         (void *)(uintptr_t)&list[i]};
        }
    }
}

int main(int count, char **arguments) {
    struct CMUnitTest tests[128];
    size_t test_count = 0;
    const char *only = count > 1 ? arguments[1] : NULL;
    only_plan = count > 2 ? arguments[2] : NULL;
    only_point = count > 3 ? strtoull(arguments[3], NULL, 0) : 0;
    fault_spare_jansson(getenv("KITH_FAULT_JANSSON") == NULL);
    printf("jansson's own allocations don't fail: its scanner overruns its buffer when they do "
           "(KITH_FAULT_JANSSON=1 to see)\n");
#if defined(FAULT_WRAP)
    printf(
        "AddressSanitizer needs malloc for itself: only the allocations of kith's own code fail\n");
#endif
    stage_prepare(&set);
    take_start(0, set.path);
    take_start(1, set.scored);
    take_start(2, set.segments);
    take_start(3, set.scores);
    input_count = scratch_list(set.folder, false) - 1;
    add_scenarios(stage_scenarios, stage_scenario_count, only, tests, &test_count);
    add_scenarios(stage_segment_scenarios, stage_segment_scenario_count, only, tests, &test_count);
    add_scenarios(stage_score_scenarios, stage_score_scenario_count, only, tests, &test_count);
    int failed = _cmocka_run_group_tests("fault", tests, test_count, NULL, NULL);
    free(starts[0].bytes);
    free(starts[1].bytes);
    free(starts[2].bytes);
    free(starts[3].bytes);
    scratch_remove(set.folder);
    return failed != 0;
}
