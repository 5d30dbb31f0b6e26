/*
 * Writers are killed with SIGKILL, at random times and at every call that writes to the file, while
 * another process reads. Nothing that was acknowledged is lost, nothing half done is seen, and the
 * store is sound afterwards.
 *
 *   KITH_ROUNDS   random kills of one writer (100; of several writers half as many)
 *   KITH_SEED     replays: the times and the work are functions of it (the scheduler is not)
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <sys/wait.h>
#include <time.h>

#include "tests/fault/faults.h"
#include "tests/fault/scratch.h"
#include "tests/random.h"

#define WRITERS_MAX     3
#define EVENTS_A_COMMIT 3
#define MARKS_A_COMMIT  2
#define ROUNDS_A_STORE                                                                             \
    5 /* then a new one: the beginning of a store is worth many tries, and little is read */
#define KILL_MAX_US       15000
#define READER_FAILED     3
#define WRITER_FAILED     4
#define BEFORE_ALL_EVENTS INT64_MAX
#define SETTLES_EACH      5
#define SETTLED_FOR       60 /* commits: more than there are when it is settled for so much later */
#define HOUR_US           (SCRATCH_DAY_US / 24)
#define TOLD_SLOTS        65536 /* a power of two, many more than memberships */

static char folder[SCRATCH_PATH_BYTES];
static char path[SCRATCH_PATH_BYTES];
static uint64_t seed;
static uint64_t rounds;

/*
 * The work. Commit n of a writer says so in the writer's own record and puts one more record,
 * three events, a tag and points, so what a store must hold is told by the counters in it.
 */

typedef struct ack {
    uint32_t writer;
    uint64_t commit;
} ack;

static int read_counter(kith_txn *txn, int writer, uint64_t *out) {
    char key[16], text[32] = "";
    kith_record record = KITH_RECORD_INIT;
    kith_record_value value = KITH_RECORD_VALUE_INIT;
    size_t cursor = 0;
    snprintf(key, sizeof key, "w%d", writer);
    *out = 0;
    int code = kith_record_get(txn, "writer", key, &record);
    while (code == KITH_OK &&
           (code = kith_record_next_value(&record, &cursor, &value)) == KITH_OK) {
        if (strcmp(value.attribute, "commits") == 0 && value.value.as.text.size < sizeof text) {
            memcpy(text, value.value.as.text.data, value.value.as.text.size);
            *out = strtoull(text, NULL, 10);
        }
    }
    return code == KITH_DONE || code == KITH_NOT_FOUND ? KITH_OK : code;
}

static int put_record(kith_txn *txn, int writer, uint64_t commit) {
    char source[16], key[24], email[40], phone[24];
    snprintf(source, sizeof source, "s%d", writer);
    snprintf(key, sizeof key, "%" PRIu64, commit);
    snprintf(email, sizeof email, "p%" PRIu64 "@mail.test", commit % 11);
    snprintf(phone, sizeof phone, "+4930901820%02" PRIu64, commit % 23);
    return scratch_record(txn, kith_record_put, source, key, (int64_t)commit, NULL, "email", email,
                          "phone", phone, "given_name", commit % 2 ? "Ann" : "Bob", "family_name",
                          commit % 3 ? "Lehmann" : "Lehman", "birth_date",
                          commit % 5 ? "1971-04-09" : "1958-11-30", NULL);
}

static int put_events(kith_txn *txn, int writer, uint64_t commit) {
    int code = KITH_OK;
    char source[16], key[24], id[40];
    snprintf(source, sizeof source, "s%d", writer);
    snprintf(key, sizeof key, "%" PRIu64, commit);
    for (int i = 0; code == KITH_OK && i < EVENTS_A_COMMIT; i++) {
        snprintf(id, sizeof id, "%s-%d", key, i);
        code = scratch_event(txn, source, key, "order", (int64_t)(commit % 50) * SCRATCH_DAY_US + i,
                             i ? id : NULL, NULL, "amount", key, NULL);
    }
    return code;
}

static int decide(kith_txn *txn, int writer, uint64_t commit) {
    char source[16], a[24], b[24];
    snprintf(source, sizeof source, "s%d", writer);
    snprintf(a, sizeof a, "%" PRIu64, commit);
    snprintf(b, sizeof b, "%" PRIu64, commit - 1);
    return (commit % 2 ? kith_record_link : kith_record_unlink)(txn, source, a, source, b, "desk",
                                                                (int64_t)commit, NULL);
}

static const char *const segments[][2] = {
    {"odd", "tag('odd')"},
    {"lately", "did(order LAST 20000d)"},
    {"both", "count(order) >= 4 OR (segment('odd') AND NOT segment('lately'))"}};
#define SEGMENTS (sizeof segments / sizeof segments[0])

static void define_segments(kith_txn *txn) {
    kith_definition_input input = KITH_DEFINITION_INPUT_INIT;
    kith_expression_options options = KITH_EXPRESSION_OPTIONS_INIT;
    options.any_name = true;
    input.options = &options;
    for (size_t i = 0; i < SEGMENTS; i++) {
        input.name = segments[i][0];
        input.expression = segments[i][1];
        scratch_must(kith_definition_put(txn, KITH_SEGMENT, &input, NULL) == KITH_OK,
                     "kith_definition_put", kith_txn_error(txn)->message);
    }
}

/* Time goes on with the commits of a writer: windows move, and tags expire. */
static int64_t time_of(uint64_t commit) {
    return SCRATCH_NOW_US + (int64_t)commit * HOUR_US;
}

/* A tag, of which each record has one, and an entry of points. */
static int mark(kith_txn *txn, int writer, uint64_t commit) {
    char source[16], key[24];
    kith_tag_input tag = KITH_TAG_INPUT_INIT;
    kith_points_input points = KITH_POINTS_INPUT_INIT;
    snprintf(source, sizeof source, "s%d", writer);
    snprintf(key, sizeof key, "%" PRIu64, commit);
    tag.source = points.source = source;
    tag.key = points.key = key;
    tag.tag = commit % 2 ? "odd" : "even";
    tag.at_us = points.at_us = (int64_t)commit;
    tag.expires_at_us = commit % 3 ? INT64_MAX : time_of(commit + 7);
    points.ledger = "main";
    points.entry = key;
    points.amount_micros = 1;
    int code = kith_tag_add(txn, &tag, NULL);
    return code == KITH_OK ? kith_points_put(txn, &points, NULL) : code;
}

static int do_commit(kith *store, int writer, uint64_t *out_commit, kith_error *error) {
    kith_txn *txn = NULL;
    char key[16], text[24];
    uint64_t commit = 0;
    int code = kith_txn_begin(store, KITH_WRITE, &txn, error);
    if (code != KITH_OK) {
        return code;
    }
    code = read_counter(txn, writer, &commit);
    commit++;
    snprintf(key, sizeof key, "w%d", writer);
    snprintf(text, sizeof text, "%" PRIu64, commit);
    if (code == KITH_OK) {
        code = scratch_record(txn, kith_record_put, "writer", key, (int64_t)commit, NULL, "commits",
                              text, NULL);
    }
    if (code == KITH_OK) {
        code = put_record(txn, writer, commit);
    }
    if (code == KITH_OK) {
        code = put_events(txn, writer, commit);
    }
    if (code == KITH_OK) {
        code = mark(txn, writer, commit);
    }
    if (code == KITH_OK && commit % 7 == 0) {
        code = decide(txn, writer, commit);
    }
    if (code == KITH_OK && commit % SETTLES_EACH == 0) {
        code = kith_settle(txn, time_of(commit), commit % 3 ? 0 : 2, NULL);
    }
    if (code != KITH_OK) {
        *error = *kith_txn_error(txn);
        kith_txn_abort(txn);
        return code;
    }
    *out_commit = commit;
    return kith_txn_commit(txn, error);
}

/* Commits until it is killed, and acknowledges each. */
static void write_on(int writer, int to) {
    kith_error error = KITH_ERROR_INIT;
    kith *store = scratch_open(path, 0);
    for (;;) {
        ack done = {(uint32_t)writer, 0};
        if (do_commit(store, writer, &done.commit, &error) != KITH_OK) {
            fprintf(stderr, "writer %d: %s\n", writer, error.message);
            _exit(WRITER_FAILED);
        }
        if (write(to, &done, sizeof done) != (ssize_t)sizeof done) {
            _exit(0);
        }
    }
}

/* What one snapshot says, and what it must say. */

/* Who is in which segment, as the transitions tell it. */
typedef struct told {
    kith_id id;
    const char *segment; /* NULL: nobody yet */
    bool in;
} told;

typedef struct census {
    kith_stat stat;
    bool told_wrong; /* somebody entered twice, or is in another segment than was told */
    uint64_t commits[WRITERS_MAX], writers, all_commits;
    uint64_t profile_records, profile_events, profile_points, profiles;
} census;

static told *find_told(told *table, const kith_id *id, const char *segment) {
    uint32_t at;
    memcpy(&at, id->bytes, sizeof at);
    for (at += (uint32_t)segment[0];; at++) {
        told *slot = &table[at % TOLD_SLOTS];
        if (slot->segment == NULL) {
            slot->id = *id;
            slot->segment = segment;
        }
        if (memcmp(&slot->id, id, sizeof *id) == 0 && strcmp(slot->segment, segment) == 0) {
            return slot;
        }
    }
}

static int take_transitions(kith_txn *txn, told *table, census *out) {
    kith_transition t = KITH_TRANSITION_INIT;
    uint64_t sequence = 0;
    int code;
    while ((code = kith_transition_next(txn, &sequence, &t)) == KITH_OK) {
        told *known = find_told(table, &t.id, t.segment);
        out->told_wrong = out->told_wrong || known->in == t.entered;
        known->in = t.entered;
    }
    return code == KITH_DONE ? KITH_OK : code;
}

/* A row that holds was told when it was written. */
static void compare_told(const kith_profile *profile, told *table, census *out) {
    for (size_t i = 0; (profile->flags & KITH_PROFILE_COMPUTED) == 0 && i < SEGMENTS; i++) {
        bool in = false;
        kith_profile_in_segment(profile, segments[i][0], &in);
        out->told_wrong =
            out->told_wrong || find_told(table, &profile->id, segments[i][0])->in != in;
    }
}

/* What was told is what is, at a time that somebody settled for. */
static int check_told(kith_txn *txn, int64_t now_us, census *out) {
    told *table = calloc(TOLD_SLOTS, sizeof *table);
    kith_profile_iter *iter = NULL;
    kith_profile profile = KITH_PROFILE_INIT;
    scratch_must(table != NULL, "calloc", "told");
    int code = take_transitions(txn, table, out);
    if (code == KITH_OK) {
        code = kith_profile_iter_open(txn, now_us, &iter);
    }
    while (code == KITH_OK && (code = kith_profile_iter_next(iter, &profile)) == KITH_OK) {
        compare_told(&profile, table, out);
    }
    kith_profile_iter_close(iter);
    free(table);
    return code == KITH_DONE ? KITH_OK : code;
}

/* The latest time that a commit settled for. */
static int64_t settled_us(const census *c) {
    uint64_t latest = 0;
    for (int i = 0; i < WRITERS_MAX; i++) {
        latest = c->commits[i] > latest ? c->commits[i] : latest;
    }
    return time_of(latest - latest % SETTLES_EACH);
}

static int count_profiles(kith_txn *txn, census *out) {
    kith_profile_iter *iter = NULL;
    kith_profile profile = KITH_PROFILE_INIT;
    int code = kith_profile_iter_open(txn, BEFORE_ALL_EVENTS, &iter);
    while (code == KITH_OK && (code = kith_profile_iter_next(iter, &profile)) == KITH_OK) {
        out->profiles++;
        out->profile_records += profile.record_count;
        out->profile_events += profile.event_count;
        int64_t points = 0;
        code = kith_profile_points(&profile, "main", &points);
        out->profile_points += (uint64_t)points;
    }
    kith_profile_iter_close(iter);
    return code == KITH_DONE ? KITH_OK : code;
}

static int take_census(kith_txn *txn, census *out) {
    *out = (census){.stat = KITH_STAT_INIT};
    int code = kith_stat_get(txn, &out->stat);
    for (int i = 0; code == KITH_OK && i < WRITERS_MAX; i++) {
        code = read_counter(txn, i, &out->commits[i]);
        out->writers += out->commits[i] > 0;
        out->all_commits += out->commits[i];
    }
    code = code == KITH_OK ? check_told(txn, settled_us(out), out) : code;
    return code == KITH_OK ? count_profiles(txn, out) : code;
}

/* NULL, or what does not add up. */
static const char *census_wrong(const census *c) {
    if (c->stat.record_count != c->writers + c->all_commits) {
        return "records are not those of the commits";
    }
    if (c->stat.event_count != EVENTS_A_COMMIT * c->all_commits) {
        return "events are not those of the commits";
    }
    if (c->stat.mark_count != MARKS_A_COMMIT * c->all_commits) {
        return "tags and points are not those of the commits";
    }
    if (c->profile_points != c->all_commits) {
        return "the profiles' points are not those of the commits";
    }
    if (c->told_wrong) {
        return "the transitions are not those of the memberships";
    }
    if (c->profile_records != c->stat.record_count) {
        return "the profiles' records are not the records";
    }
    if (c->profile_events != c->stat.event_count) {
        return "the profiles' events are not the events";
    }
    return c->profiles != c->stat.profile_count ? "profiles are not counted right" : NULL;
}

/* Reads snapshot after snapshot until it is killed or told to stop. */
static void read_on(int until) {
    kith_txn *txn = NULL;
    kith_error error = KITH_ERROR_INIT;
    char stop;
    kith *store = scratch_open(path, KITH_OPEN_READ_ONLY);
    int code = kith_txn_begin(store, KITH_READ, &txn, &error);
    while (code == KITH_OK) {
        census now;
        code = take_census(txn, &now);
        error = *kith_txn_error(txn);
        const char *wrong = code == KITH_OK ? census_wrong(&now) : error.message;
        if (wrong != NULL) {
            fprintf(stderr, "reader: %s\n", wrong);
            _exit(READER_FAILED);
        }
        if (read(until, &stop, 1) >= 0 || errno != EAGAIN) {
            kith_txn_abort(txn);
            kith_close(store);
            _exit(0);
        }
        kith_txn_reset(txn);
        code = kith_txn_renew(txn);
    }
    fprintf(stderr, "reader: %s\n", txn != NULL ? kith_txn_error(txn)->message : error.message);
    _exit(READER_FAILED);
}

/* Rounds */

static void make_store(void) {
    scratch_unlink(path);
    kith *store = scratch_open(path, KITH_CREATE_NEW);
    kith_txn *txn = scratch_begin(store, KITH_WRITE);
    define_segments(txn);
    scratch_commit(txn);
    kith_close(store);
}

static void assert_sound(const uint64_t acknowledged[WRITERS_MAX]) {
    census now;
    assert_int_equal(scratch_problems(path), 0);
    kith *store = scratch_open(path, 0);
    kith_txn *txn = scratch_begin(store, KITH_READ);
    assert_int_equal(take_census(txn, &now), KITH_OK);
    const char *wrong = census_wrong(&now);
    if (wrong != NULL) {
        fail_msg("%s", wrong);
    }
    for (int i = 0; i < WRITERS_MAX; i++) {
        assert_true(now.commits[i] >= acknowledged[i]);
    }
    kith_txn_abort(txn);
    kith_close(store);
}

static void collect(int from, uint64_t acknowledged[WRITERS_MAX], uint64_t *count) {
    ack done;
    while (read(from, &done, sizeof done) == (ssize_t)sizeof done) {
        acknowledged[done.writer] = done.commit;
        ++*count;
    }
}

static void end_process(pid_t process, bool may_be_killed) {
    int status = 0;
    assert_int_equal(waitpid(process, &status, 0), process);
    if (WIFSIGNALED(status) && may_be_killed && WTERMSIG(status) == SIGKILL) {
        return;
    }
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
}

/* Several writers die one after the other, so that those left find the lock of a dead one. */
static void play_round(int writers, uint64_t *state, uint64_t acknowledged[WRITERS_MAX],
                       uint64_t *commits) {
    int acks[2], stop[2];
    pid_t pids[WRITERS_MAX];
    assert_int_equal(pipe(acks), 0);
    assert_int_equal(pipe2(stop, O_NONBLOCK), 0);
    fflush(NULL);
    pid_t reader = fork();
    if (reader == 0) {
        close(acks[0]);
        close(acks[1]);
        close(stop[1]);
        read_on(stop[0]);
    }
    for (int i = 0; i < writers; i++) {
        if ((pids[i] = fork()) == 0) {
            close(acks[0]);
            write_on(i, acks[1]);
        }
    }
    close(acks[1]);
    close(stop[0]);
    usleep((useconds_t)(500 + random_next(state) % KILL_MAX_US));
    for (int i = 0; i < writers; i++) {
        kill(pids[i], SIGKILL);
        usleep((useconds_t)(writers > 1 ? random_next(state) % 3000 : 0));
    }
    collect(acks[0], acknowledged, commits);
    close(acks[0]);
    bool kill_reader = random_next(state) % 2 == 0; /* and leave its slot behind */
    if (kill_reader) {
        kill(reader, SIGKILL);
    }
    close(stop[1]);
    for (int i = 0; i < writers; i++) {
        end_process(pids[i], true);
    }
    end_process(reader, kill_reader);
}

static void play(int writers, uint64_t count) {
    uint64_t acknowledged[WRITERS_MAX] = {0};
    uint64_t commits = 0;
    uint64_t state = seed;
    for (uint64_t i = 0; i < count; i++) {
        if (i % ROUNDS_A_STORE == 0) {
            make_store();
            memset(acknowledged, 0, sizeof acknowledged);
        }
        play_round(writers, &state, acknowledged, &commits);
        assert_sound(acknowledged);
    }
    printf("%" PRIu64 " rounds of %d writers, %" PRIu64 " commits acknowledged\n", count, writers,
           commits);
    assert_true(commits > 0);
}

static void test_one_writer_killed_at_random(void **state) {
    (void)state;
    play(1, rounds);
}

static void test_several_writers_killed_at_random(void **state) {
    (void)state;
    play(WRITERS_MAX, (rounds + 1) / 2);
}

/* Named points: every call that writes, before it, half of it, after it. */

static const char *const effect_names[] = {"fails", "before", "half of", "after"};

typedef struct work {
    const char *name;
    void (*prepare)(void);
    void (*run)(void); /* in the child */
    void (*judge)(void);
} work;

static void backup_path(char out[SCRATCH_PATH_BYTES]) {
    scratch_path(out, folder, "backup.kith");
}

static void remove_store(void) {
    scratch_unlink(path);
}

static void run_create(void) {
    kith_close(scratch_open(path, KITH_CREATE));
}

/* Killed while it was made, it is whole or not there; what is left is removed when it is made
 * again.
 */
static void judge_create(void) {
    static const char *const left_over[] = {"store.kith.partial", "store.kith.partial-lock"};
    if (access(path, F_OK) == 0) {
        assert_sound((uint64_t[WRITERS_MAX]){0});
    }
    run_create();
    for (int i = 0; i < 2; i++) {
        char at[SCRATCH_PATH_BYTES];
        scratch_path(at, folder, left_over[i]);
        assert_int_equal(access(at, F_OK), -1);
    }
    assert_sound((uint64_t[WRITERS_MAX]){0});
}

static void make_empty_file(void) {
    remove_store();
    scratch_write_text(path, "");
}

/* An empty file that was there is filled where it is. Killed meanwhile, that can be done again; at
 * the very first page it says that the file has to be removed. */
static void judge_fill(void) {
    kith_open_options options = KITH_OPEN_OPTIONS_INIT;
    kith_error error = KITH_ERROR_INIT;
    kith *store = NULL;
    options.flags = KITH_CREATE;
    int code = kith_open(path, &options, &store, &error);
    if (code == KITH_CORRUPT && strstr(error.message, "it holds nothing, remove it") != NULL) {
        scratch_unlink(path);
        code = kith_open(path, &options, &store, &error);
    }
    if (code != KITH_OK) {
        fail_msg("%s", error.message);
    }
    kith_close(store);
    assert_sound((uint64_t[WRITERS_MAX]){0});
}

static void make_store_with_commits(void) {
    kith_error error = KITH_ERROR_INIT;
    uint64_t commit;
    make_store();
    kith *store = scratch_open(path, 0);
    for (int i = 0; i < 13; i++) {
        assert_int_equal(do_commit(store, 0, &commit, &error), KITH_OK);
    }
    kith_close(store);
}

/* Settled before the last commit, so that it has columns, which then are mended. */
static void make_store_with_columns(void) {
    kith_error error = KITH_ERROR_INIT;
    uint64_t commit;
    make_store();
    kith *store = scratch_open(path, 0);
    for (int i = 0; i < 13; i++) {
        if (i == 12) {
            assert_int_equal(
                kith_settle_all(store, time_of(SETTLED_FOR), 0, NULL, NULL, NULL, &error), KITH_OK);
        }
        assert_int_equal(do_commit(store, 0, &commit, &error), KITH_OK);
    }
    kith_close(store);
}

static void run_commits(void) {
    kith_error error = KITH_ERROR_INIT;
    uint64_t commit;
    kith *store = scratch_open(path, 0);
    for (int i = 0; i < 2; i++) { /* the 14th decides, the 15th settles */
        if (do_commit(store, 0, &commit, &error) != KITH_OK) {
            _exit(WRITER_FAILED);
        }
    }
    kith_close(store);
}

static void judge_commits(void) {
    assert_sound((uint64_t[WRITERS_MAX]){13});
}

/* Settles all for a later time, in transactions of its own, and makes the columns. */
static void run_settle(void) {
    kith_error error = KITH_ERROR_INIT;
    kith *store = scratch_open(path, 0);
    if (kith_settle_all(store, time_of(SETTLED_FOR), 0, NULL, NULL, NULL, &error) != KITH_OK) {
        _exit(WRITER_FAILED);
    }
    kith_close(store);
}

/* Killed meanwhile, it can be done again, and then all that was told is what is. */
static void judge_settle(void) {
    kith_settle_result result = KITH_SETTLE_RESULT_INIT;
    census now = {.told_wrong = false};
    judge_commits();
    run_settle();
    judge_commits();
    kith *store = scratch_open(path, 0);
    kith_txn *txn = scratch_begin(store, KITH_WRITE);
    assert_int_equal(kith_settle(txn, time_of(SETTLED_FOR), 0, &result), KITH_OK);
    assert_int_equal(result.settled_count + result.remaining_count, 0);
    assert_int_equal(check_told(txn, time_of(SETTLED_FOR), &now), KITH_OK);
    assert_false(now.told_wrong);
    kith_txn_abort(txn);
    kith_close(store);
}

/* Links all records, and settles what that changed. */
static void run_resolve(void) {
    kith_resolve_options options = KITH_RESOLVE_OPTIONS_INIT;
    kith_resolve_result result = KITH_RESOLVE_RESULT_INIT;
    kith_error error = KITH_ERROR_INIT;
    kith *store = scratch_open(path, 0);
    options.now_us = SCRATCH_NOW_US;
    if (kith_resolve(store, &options, &result, &error) != KITH_OK || result.scored_count == 0) {
        _exit(WRITER_FAILED);
    }
    kith_close(store);
}

static uint64_t count_pending(void) {
    kith_stat stat = KITH_STAT_INIT;
    kith *store = scratch_open(path, 0);
    kith_txn *txn = scratch_begin(store, KITH_READ);
    assert_int_equal(kith_stat_get(txn, &stat), KITH_OK);
    kith_txn_abort(txn);
    kith_close(store);
    return stat.pending_record_count;
}

/* Killed meanwhile, it can be done again, and then nothing waits. */
static void judge_resolve(void) {
    judge_commits();
    run_resolve();
    judge_commits();
    assert_int_equal(count_pending(), 0);
}

static void make_scored_store(void) {
    make_store_with_commits();
    run_resolve();
}

static void run_backup(void) {
    char to[SCRATCH_PATH_BYTES];
    kith_error error = KITH_ERROR_INIT;
    kith *store = scratch_open(path, 0);
    backup_path(to);
    if (kith_backup(store, to, NULL, NULL, &error) != KITH_OK) {
        _exit(WRITER_FAILED);
    }
    kith_close(store);
}

/* The backup is there and whole, or it is not there; then it can be made under the same name. */
static void judge_backup(void) {
    char to[SCRATCH_PATH_BYTES];
    backup_path(to);
    judge_commits();
    if (access(to, F_OK) != 0) {
        run_backup();
    }
    assert_int_equal(scratch_problems(to), 0);
    scratch_unlink(to);
    assert_int_equal(scratch_list(folder, false), 1);
}

/* Runs the work in a child that dies at a point; false: it ended before it came there. */
static bool die_at(const work *what, uint64_t point, fault_effect effect) {
    const fault_plan plan = {FAULT_OPERATION, point, false, EIO, effect};
    int status = 0;
    what->prepare();
    fflush(NULL);
    pid_t child = fork();
    if (child == 0) {
        fault_arm(&plan);
        what->run();
        _exit(0);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    if (WIFEXITED(status)) {
        assert_int_equal(WEXITSTATUS(status), 0);
        return false;
    }
    assert_int_equal(WTERMSIG(status), SIGKILL);
    return true;
}

static void die_at_all_points(const work *what) {
    uint64_t points = 0;
    for (int effect = FAULT_KILLS_FIRST; effect <= FAULT_KILLS_LAST; effect++) {
        for (uint64_t point = 1;; point++) {
            bool died = die_at(what, point, (fault_effect)effect);
            printf("\r%s: killed %s call %" PRIu64 " ", what->name, effect_names[effect], point);
            what->judge();
            if (!died) {
                break;
            }
            points++;
        }
    }
    printf("\r%s: killed at %" PRIu64 " points                \n", what->name, points);
    assert_true(points > 0);
}

static void test_killed_while_a_store_is_made(void **state) {
    (void)state;
    die_at_all_points(&(work){"create", remove_store, run_create, judge_create});
}

static void test_killed_while_an_empty_file_is_filled(void **state) {
    (void)state;
    die_at_all_points(&(work){"fill", make_empty_file, run_create, judge_fill});
}

static void test_killed_in_a_commit(void **state) {
    (void)state;
    die_at_all_points(&(work){"commit", make_store_with_commits, run_commits, judge_commits});
}

static void test_killed_in_a_settle(void **state) {
    (void)state;
    die_at_all_points(&(work){"settle", make_store_with_commits, run_settle, judge_settle});
}

static void test_killed_while_columns_are_mended(void **state) {
    (void)state;
    die_at_all_points(&(work){"mend", make_store_with_columns, run_settle, judge_settle});
}

static void test_killed_in_a_resolve(void **state) {
    (void)state;
    die_at_all_points(&(work){"resolve", make_store_with_commits, run_resolve, judge_resolve});
}

static void test_killed_in_a_commit_of_a_scored_store(void **state) {
    (void)state;
    die_at_all_points(&(work){"commit, scored", make_scored_store, run_commits, judge_commits});
}

static void test_killed_in_a_backup(void **state) {
    (void)state;
    die_at_all_points(&(work){"backup", make_store_with_commits, run_backup, judge_backup});
}

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

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_killed_while_a_store_is_made, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_killed_while_an_empty_file_is_filled, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_killed_in_a_commit, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_killed_in_a_settle, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_killed_while_columns_are_mended, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_killed_in_a_resolve, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_killed_in_a_commit_of_a_scored_store, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_killed_in_a_backup, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_one_writer_killed_at_random, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_several_writers_killed_at_random, set_up, tear_down),
    };
    seed = scratch_number("KITH_SEED", (uint64_t)time(NULL));
    rounds = scratch_number("KITH_ROUNDS", 100);
    printf("KITH_SEED=%" PRIu64 "\n", seed);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
