/*
 * The power goes at a random point of random work. What was committed before is there afterwards,
 * what was being committed is there as a whole or not at all, and the store is sound.
 *
 * All that a process does to the files of a store is recorded, and many images of what a disk may
 * hold at a point are made from one recording. Two kinds of disks that don't keep their promises
 * show that a loss would be noticed.
 *
 *   KITH_IMAGES   images of honest disks (2,000)
 *   KITH_SEED     replays: everything is a function of it
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <inttypes.h>
#include <time.h>

#include "src/base/hash.h"
#include "src/identity/link_all.h"
#include "src/store/kv.h"
#include "tests/crash/disk.h"
#include "tests/fault/scratch.h"
#include "tests/property/stand.h"

#define IMAGES               2000
#define IMAGES_A_RECORDING   250
#define HISTORIES            4 /* one after the other, in one store */
#define CROWD_MAX            60
#define LARGE_MAX_BYTES      40000
#define VERIFY_NOW_US        (WORLD_STAMPS * SECOND_US)
#define GOES_ON_ONE_IN       8
#define AT_CREATION_ONE_IN   16
#define IN_THE_BACKUP_ONE_IN 8

static const char store_name[] = "s.kith";
static const char partial_name[] = "s.kith.partial";
static const char backup_name[] = "b.kith";

static char folder[SCRATCH_PATH_BYTES];
static char image_path[SCRATCH_PATH_BYTES];
static char partial_path[SCRATCH_PATH_BYTES];
static uint64_t seed;
static uint64_t images;

/* What a store holds */

static bool hash_table(kith_txn *txn, kithi_table table, uint64_t *hash) {
    kithi_cursor *cursor = NULL;
    kithi_slice key, value;
    int code = kithi_cursor_open(txn, table, &cursor);
    kithi_seek how = KITHI_SEEK_FIRST;
    while (code == KITH_OK && (code = kithi_cursor_seek(cursor, how, &key, &value)) == KITH_OK) {
        *hash = kithi_hash64(key.data, key.size, *hash);
        *hash = kithi_hash64(value.data, value.size, *hash);
        how = KITHI_SEEK_NEXT;
    }
    kithi_cursor_close(cursor);
    *hash = kithi_hash64(&table, sizeof table, *hash);
    return code == KITH_NOT_FOUND;
}

/* Of all rows of all tables: facts, definitions, and what is derived. */
static bool hash_store(kith *store, uint64_t *out) {
    kith_txn *txn = scratch_begin(store, KITH_READ);
    bool read = true;
    *out = 0;
    for (int i = 0; read && i < KITHI_TABLE_COUNT; i++) {
        read = hash_table(txn, (kithi_table)i, out);
    }
    kith_txn_abort(txn);
    return read;
}

/* The work that is recorded */

typedef struct work {
    stand s;
    uint64_t state;
    char *config; /* the store is made with */
    char backup[SCRATCH_PATH_BYTES];
    recording done;
    size_t backup_from, backup_to; /* the operations of the backup */
} work;

static void promise(work *w, const char *name) {
    uint64_t hash = 0;
    assert_true(hash_store(w->s.store, &hash));
    recording_promise(name, hash);
}

static void commit(work *w) {
    stand_commit(&w->s);
    if (w->s.problem != NULL) {
        fail_msg("%s", w->s.problem);
    }
    promise(w, store_name);
}

static void play_history(work *w) {
    history h;
    history_make(&h, random_next(&w->state), HISTORY_CONFIGS | HISTORY_STEPS | HISTORY_FORMS);
    for (size_t i = 0; i < h.count; i++) {
        if (h.ops[i].kind == HISTORY_COMMIT) {
            commit(w);
        } else if (h.ops[i].kind == HISTORY_ABORT) {
            stand_abort(&w->s);
        } else {
            stand_apply(&w->s, &h.ops[i], NULL);
        }
    }
    commit(w);
    history_clear(&h);
}

/* Trees of several pages, values that take pages of their own, and pages that get free again. */
static void put_crowd(work *w) {
    static char large[LARGE_MAX_BYTES + 1];
    uint32_t count = 1 + random_below(&w->state, CROWD_MAX);
    kith_txn *txn = scratch_begin(w->s.store, KITH_WRITE);
    for (uint32_t i = 0; i < count; i++) {
        char key[16], email[32];
        bool has_large = random_one_in(&w->state, 10);
        size_t size = has_large ? random_below(&w->state, LARGE_MAX_BYTES) : 20;
        memset(large, 'a' + (int)(i % 26), size);
        large[size] = '\0';
        snprintf(key, sizeof key, "c%u", i);
        snprintf(email, sizeof email, "c%u@mail.test", i % 40);
        int code = scratch_record(txn, kith_record_put, "crowd", key,
                                  SECOND_US + (int64_t)(w->state % 1000), NULL, "email", email,
                                  "note", large, NULL);
        assert_int_equal(code, KITH_OK);
    }
    scratch_commit(txn);
    promise(w, store_name);
}

/* From then on each commit keeps the index of block keys and the scored pairs. */
static void link_all(work *w) {
    kithi_link_options options = {.train = true, .threads = 1};
    kithi_link_result result;
    w->s.txn = scratch_begin(w->s.store, KITH_WRITE);
    assert_int_equal(kithi_identity_link_all(w->s.txn, &options, &result), KITH_OK);
    commit(w);
}

static void open_again(work *w, uint64_t map_bytes) {
    kith_open_options options = KITH_OPEN_OPTIONS_INIT;
    kith_error error = KITH_ERROR_INIT;
    kith_close(w->s.store);
    w->s.store = NULL;
    options.map_size_bytes = map_bytes;
    int code = kith_open(w->s.path, &options, &w->s.store, &error);
    scratch_must(code == KITH_OK, w->s.path, error.message);
}

static void back_up(work *w) {
    kith_error error = KITH_ERROR_INIT;
    w->backup_from = w->done.count;
    int code = kith_backup(w->s.store, w->backup, NULL, NULL, &error);
    scratch_must(code == KITH_OK, "kith_backup", error.message);
    promise(w, backup_name);
    w->backup_to = w->done.count;
}

/* No write got past the recording: played back it gives the very bytes that are in the files. */
static void assert_complete(work *w) {
    disk d;
    size_t sizes[2] = {0};
    uint8_t *files[2] = {scratch_read(w->s.path, &sizes[0]), scratch_read(w->backup, &sizes[1])};
    const char *const names[2] = {store_name, backup_name};
    disk_init(&d, &w->done, DISK_HONEST);
    disk_advance(&d, w->done.count);
    disk_cut_nothing(&d);
    for (int i = 0; i < 2; i++) {
        const disk_file *found = disk_find(&d, names[i]);
        assert_non_null(found);
        assert_int_equal(found->size, sizes[i]);
        assert_memory_equal(found->bytes, files[i], sizes[i]);
        free(files[i]);
    }
    disk_clear(&d);
}

static void record_work(work *w, uint64_t of_seed) {
    *w = (work){.state = of_seed};
    world_rules rules = world_random_rules(&w->state);
    w->config = world_config(&rules);
    recording_start(&w->done);
    stand_open_config(&w->s, w->config);
    assert_null(w->s.problem);
    scratch_path(w->backup, w->s.folder, backup_name);
    promise(w, store_name);
    uint32_t backup_after = random_below(&w->state, HISTORIES);
    for (uint32_t i = 0; i < HISTORIES; i++) {
        play_history(w);
        put_crowd(w);
        if (random_one_in(&w->state, 2)) {
            link_all(w);
        }
        if (i == backup_after) {
            back_up(w);
        }
        if (random_one_in(&w->state, 2)) {
            open_again(w, (uint64_t)(i + 2) << 30); /* with a map that grew */
        }
    }
    recording_stop();
    assert_complete(w);
    unlink(w->backup);
    stand_close(&w->s);
}

static void forget_work(work *w) {
    recording_clear(&w->done);
    free(w->config);
}

/* Images and what is in them */

typedef enum verdict { VERDICT_SOUND, VERDICT_UNBORN, VERDICT_BROKEN, VERDICT_LOST } verdict;

typedef struct tally {
    uint64_t images, verdicts[VERDICT_LOST + 1];
    uint64_t with_lost, with_torn; /* writes */
} tally;

/* One loss of power. */
typedef struct loss {
    size_t at;
    const char *name; /* of the file that is looked at */
    uint64_t seed;
} loss;

static const char *said = "";
static char said_text[512];

static verdict broken(const char *what, const char *detail) {
    snprintf(said_text, sizeof said_text, "%.40s: %.400s", what, detail);
    said = said_text;
    return VERDICT_BROKEN;
}

static void keep_problem(void *context, const char *problem) {
    snprintf(context, 256, "%s", problem);
}

static int open_image(unsigned flags, const char *config, kith **out, kith_error *error) {
    kith_open_options options = KITH_OPEN_OPTIONS_INIT;
    options.flags = flags;
    options.config = config;
    options.map_size_bytes = (uint64_t)1 << 30;
    return kith_open(image_path, &options, out, error);
}

/* Whether kith_check finds the image sound; without opening it, so that nothing can die of it. */
static bool is_whole(void) {
    kith_check_options options = KITH_CHECK_OPTIONS_INIT;
    kith_error error = KITH_ERROR_INIT;
    char problem[256] = "";
    uint64_t count = 0;
    options.problem = keep_problem;
    options.context = problem;
    int code = kith_check(image_path, &options, &count, &error);
    if (code != KITH_OK || count > 0) {
        broken("kith_check", code != KITH_OK ? error.message : problem);
        return false;
    }
    return true;
}

static bool is_right(kith *store) {
    kith_check_options options = KITH_CHECK_OPTIONS_INIT;
    kith_error error = KITH_ERROR_INIT;
    char problem[256] = "";
    uint64_t count = 0;
    options.problem = keep_problem;
    options.context = problem;
    int code = kith_verify(store, VERIFY_NOW_US, &options, &count, &error);
    if (code != KITH_OK || count > 0) {
        broken("kith_verify", code != KITH_OK ? error.message : problem);
        return false;
    }
    return true;
}

static bool goes_on(kith *store) {
    kith_txn *txn = scratch_begin(store, KITH_WRITE);
    int code = scratch_record(txn, kith_record_put, "after", "1", SECOND_US, NULL, "email",
                              "ann@mail.cn", NULL);
    scratch_must(code == KITH_OK, "kith_record_put", kith_txn_error(txn)->message);
    scratch_commit(txn);
    return is_right(store);
}

/* Of a store that opened: what it holds, that it is right, and that work goes on. */
static verdict look_into(kith *store, const loss *l, uint64_t *out_hash) {
    bool more = l->seed % GOES_ON_ONE_IN == 0;
    bool fine = hash_store(store, out_hash) || (broken("rows", "can't be read"), false);
    fine = fine && is_right(store) && (!more || goes_on(store));
    kith_close(store);
    return fine && (!more || is_whole()) ? VERDICT_SOUND : VERDICT_BROKEN;
}

/* The call that makes it had not returned. It is made anew, whatever is left of the one before. */
static verdict judge_unborn(const work *w, const loss *l, const disk *d) {
    const disk_file *left = disk_find(d, partial_name);
    kith_error error = KITH_ERROR_INIT;
    kith *store = NULL;
    uint64_t hash = 0;
    scratch_unlink(image_path);
    if (left != NULL) {
        scratch_write(partial_path, left->bytes, left->size);
    }
    if (open_image(KITH_CREATE, w->config, &store, &error) != KITH_OK) {
        return broken("create", error.message);
    }
    if (look_into(store, l, &hash) != VERDICT_SOUND || !is_whole()) {
        return VERDICT_BROKEN;
    }
    if (scratch_list(folder, false) != 1) {
        return broken("create", "something is left over");
    }
    return hash == recording_to_promise(&w->done, store_name, 0)->state
               ? VERDICT_UNBORN
               : broken("create", "it holds something else than a new store");
}

static verdict judge_state(const work *w, const loss *l, uint64_t hash) {
    const recording_op *before = recording_promised(&w->done, l->name, l->at);
    const recording_op *after = recording_to_promise(&w->done, l->name, l->at);
    if ((before != NULL && before->state == hash) || (after != NULL && after->state == hash)) {
        return VERDICT_SOUND;
    }
    while (before != NULL && before->state != hash) {
        before = recording_promised(&w->done, l->name, (size_t)(before - w->done.ops));
    }
    return before != NULL ? VERDICT_LOST : broken("state", "no commit left it so");
}

static verdict judge(const work *w, const loss *l, const disk *d) {
    const disk_file *file = disk_find(d, l->name);
    bool promised = recording_promised(&w->done, l->name, l->at) != NULL;
    kith_error error = KITH_ERROR_INIT;
    kith *store = NULL;
    uint64_t hash = 0;
    said = "";
    if (file == NULL && !promised) {
        return l->name == store_name ? judge_unborn(w, l, d) : VERDICT_UNBORN;
    }
    if (file == NULL) {
        return VERDICT_LOST;
    }
    scratch_write(image_path, file->bytes, file->size); /* what has its name is whole */
    if (!is_whole()) {
        return VERDICT_BROKEN;
    }
    if (open_image(0, NULL, &store, &error) != KITH_OK) {
        return broken("kith_open", error.message);
    }
    verdict looked = look_into(store, l, &hash);
    return looked == VERDICT_SOUND ? judge_state(w, l, hash) : looked;
}

/* Losses of power, in the order of their points. */

static int compare_losses(const void *a, const void *b) {
    size_t x = ((const loss *)a)->at, y = ((const loss *)b)->at;
    return (x > y) - (x < y);
}

static loss random_loss(const work *w, uint64_t *state) {
    loss l = {.name = store_name, .seed = random_next(state)};
    size_t from = 0, to = w->done.count;
    if (random_one_in(state, AT_CREATION_ONE_IN)) {
        to = (size_t)(recording_to_promise(&w->done, store_name, 0) - w->done.ops);
    } else if (random_one_in(state, IN_THE_BACKUP_ONE_IN)) {
        l.name = backup_name;
        from = w->backup_from;
        to = w->backup_to + 1;
    }
    l.at = from + random_below(state, (uint32_t)(to - from + 1));
    return l;
}

typedef void (*on_verdict)(const work *w, const loss *l, verdict v);

static void lose_power(const work *w, disk_kind kind, size_t count, on_verdict told, tally *t) {
    uint64_t state = w->state;
    loss *losses = calloc(count, sizeof *losses);
    assert_non_null(losses);
    for (size_t i = 0; i < count; i++) {
        losses[i] = random_loss(w, &state);
    }
    qsort(losses, count, sizeof *losses, compare_losses);
    disk d;
    disk_init(&d, &w->done, kind);
    for (size_t i = 0; i < count; i++) {
        disk_advance(&d, losses[i].at);
        disk_cut_power(&d, losses[i].seed);
        verdict v = judge(w, &losses[i], &d);
        t->images++;
        t->verdicts[v]++;
        t->with_lost += d.lost_count > 0;
        t->with_torn += d.torn_count > 0;
        if (told != NULL) {
            told(w, &losses[i], v);
        }
    }
    disk_clear(&d);
    free(losses);
}

static void print_tally(const char *disk_name, const tally *t) {
    printf("%s: %" PRIu64 " images, %" PRIu64 " with lost and %" PRIu64 " with torn writes; "
           "%" PRIu64 " sound, %" PRIu64 " from before the store was there, %" PRIu64 " broken, "
           "%" PRIu64 " that lost a commit\n",
           disk_name, t->images, t->with_lost, t->with_torn, t->verdicts[VERDICT_SOUND],
           t->verdicts[VERDICT_UNBORN], t->verdicts[VERDICT_BROKEN], t->verdicts[VERDICT_LOST]);
}

/* Tests */

static uint64_t recording_seed;

static void must_be_fine(const work *w, const loss *l, verdict v) {
    if (v == VERDICT_SOUND || v == VERDICT_UNBORN) {
        return;
    }
    fail_msg("%s after a loss of power in operation %zu of %zu (%s); "
             "KITH_SEED=%" PRIu64 " KITH_IMAGES=%d replays it",
             v == VERDICT_LOST ? "a commit is lost" : said, l->at, w->done.count, l->name,
             recording_seed, IMAGES_A_RECORDING);
}

static void test_nothing_is_lost(void **state) {
    tally t = {0};
    uint64_t recordings = 0;
    (void)state;
    for (; t.images < images; recordings++) {
        work w;
        uint64_t left = images - t.images;
        recording_seed = seed + recordings;
        record_work(&w, recording_seed);
        lose_power(&w, DISK_HONEST, left < IMAGES_A_RECORDING ? left : IMAGES_A_RECORDING,
                   must_be_fine, &t);
        forget_work(&w);
    }
    printf("%" PRIu64 " recordings\n", recordings);
    print_tally("an honest disk", &t);
}

static void lose_power_of_a_bad_disk(const char *disk_name, disk_kind kind, tally *out) {
    work w;
    record_work(&w, seed);
    lose_power(&w, kind, IMAGES_A_RECORDING, NULL, out);
    forget_work(&w);
    print_tally(disk_name, out);
}

static void test_a_disk_that_is_late_is_noticed(void **state) {
    tally t = {0};
    (void)state;
    lose_power_of_a_bad_disk("a disk that lies about sync", DISK_LATE, &t);
    assert_true(t.verdicts[VERDICT_LOST] > 0);
    assert_true(t.verdicts[VERDICT_BROKEN] > 0);
}

static void test_a_disk_that_reorders_is_noticed(void **state) {
    tally t = {0};
    (void)state;
    lose_power_of_a_bad_disk("a disk that writes the meta page first", DISK_REORDERS, &t);
    assert_true(t.verdicts[VERDICT_BROKEN] > 0);
}

static int set_up(void **state) {
    (void)state;
    scratch_make(folder);
    scratch_path(image_path, folder, "image.kith");
    scratch_path(partial_path, folder, "image.kith.partial");
    return 0;
}

static int tear_down(void **state) {
    (void)state;
    scratch_remove(folder);
    return 0;
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_nothing_is_lost, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_a_disk_that_is_late_is_noticed, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_a_disk_that_reorders_is_noticed, set_up, tear_down),
    };
    seed = scratch_number("KITH_SEED", (uint64_t)time(NULL));
    images = scratch_number("KITH_IMAGES", IMAGES);
    printf("KITH_SEED=%" PRIu64 "\n", seed);
    fflush(stdout);
    return cmocka_run_group_tests_name("power loss", tests, NULL, NULL);
}
