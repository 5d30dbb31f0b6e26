/*
 * One record at a time into a large store that is resolved: records as they come, and another
 * record of somebody who is known there, with its slips, often sharing no identifier. Each is put
 * by a call of its own; the commit of many, of fewer or of one compares each with all that have
 * something in common with it and works the clusters out anew, and the profiles are settled before
 * it.
 *
 * The records are those that were held back when the store was made, spread over all of it. How
 * many of the known joined their person is printed under the table: linking nobody would be quick.
 */
#include <stdio.h>
#include <stdlib.h>

#include "harness.h"
#include "kith_load.h"
#include "person_load.h"

#define ALONE_MAX    200
#define LEAST_A_CORE 10000.0

/* Records that are put by commits of one size; of each round a record's time, on the average. */
typedef struct series {
    const char *records;
    size_t batch_max; /* records a commit; 10,000 as kith_import has */
    bool known;       /* of persons of the store, else as they come */
    double at_least;  /* wanted in a second; 0: nothing is */
    size_t batch;     /* where there are enough */
    double *clock_s, *processor_s;
} series;

#define SERIES_COUNT 3

typedef struct scored_bench {
    bench_options options;
    person_load load;
    kith *store;
    size_t known_put, mixed_put;
    const person_record **put; /* in their order: the n-th has the number load.count + n */
    size_t put_count;
    series series[SERIES_COUNT];
    double *alone_us;
    size_t alone_count;
} scored_bench;

/* A store that may be changed: the prepared one is kept as it is. */
static void open_copy(scored_bench *bench) {
    char path[BENCH_PATH_BYTES];
    kith_error error = KITH_ERROR_INIT;
    kith *prepared = person_load_prepared(&bench->load);
    bench_path(&bench->options, "scored.kith", path);
    if (kith_backup(prepared, path, NULL, NULL, &error) != KITH_OK) {
        bench_fail("kith_backup: %s", error.message);
    }
    kith_close(prepared);
    bench->store = load_open(path, 0);
}

static void put_one(scored_bench *bench, kith_txn *txn, bool known) {
    const person_load *load = &bench->load;
    const person_record *record =
        known ? &load->known[bench->known_put++] : &load->mixed[bench->mixed_put++];
    person_load_put(txn, record, PERSON_ALL_FIELDS);
    bench->put[bench->put_count++] = record;
}

static void put_batch(scored_bench *bench, size_t count, bool known) {
    kith_settle_result settled = KITH_SETTLE_RESULT_INIT;
    kith_txn *txn = load_begin(bench->store, KITH_WRITE);
    for (size_t i = 0; i < count; i++) {
        put_one(bench, txn, known);
    }
    load_check(txn, kith_settle(txn, GENERATE_NOW_US, 0, &settled), "kith_settle");
    load_commit(txn);
    if (settled.remaining_count > 0) {
        bench_fail("%llu profiles aren't settled", (unsigned long long)settled.remaining_count);
    }
}

/* A small store has few that were held back: then the commits are smaller. */
static void plan(scored_bench *bench) {
    static const series all[SERIES_COUNT] = {
        {.records = "as they come", .batch_max = 10000, .at_least = LEAST_A_CORE},
        {.records = "of known persons", .batch_max = 10000, .known = true},
        {.records = "of known persons", .batch_max = 1000, .known = true},
    };
    size_t held = bench->load.known_count, rounds = bench->options.rounds;
    size_t share = held / rounds / 2;
    if (share == 0) {
        bench_fail("%zu records are held back, which are too few for %zu rounds", held, rounds);
    }
    for (size_t i = 0; i < SERIES_COUNT; i++) {
        series *s = &bench->series[i];
        *s = all[i];
        s->batch = s->batch_max * rounds * 5 / 4 <= held ? s->batch_max : share;
        s->batch = s->batch < s->batch_max ? s->batch : s->batch_max;
        s->clock_s = bench_allocate(rounds, sizeof *s->clock_s);
        s->processor_s = bench_allocate(rounds, sizeof *s->processor_s);
    }
    bench->put = bench_allocate(2 * held, sizeof *bench->put);
    bench->alone_us = bench_allocate(ALONE_MAX, sizeof *bench->alone_us);
}

static void run_round(scored_bench *bench, series *s, unsigned round) {
    int64_t clock = bench_now_ns(), processor = bench_processor_ns();
    put_batch(bench, s->batch, s->known);
    double records = (double)s->batch * 1e9;
    s->clock_s[round] = (double)(bench_now_ns() - clock) / records;
    s->processor_s[round] = (double)(bench_processor_ns() - processor) / records;
}

static void run_rounds(scored_bench *bench) {
    for (unsigned round = 0; round < bench->options.rounds; round++) {
        for (size_t i = 0; i < SERIES_COUNT; i++) {
            run_round(bench, &bench->series[i], round);
        }
    }
}

static void run_alone(scored_bench *bench) {
    size_t left = bench->load.known_count - bench->known_put;
    bench->alone_count = left < ALONE_MAX ? left : ALONE_MAX;
    for (size_t i = 0; i < bench->alone_count; i++) {
        int64_t started = bench_now_ns();
        put_batch(bench, 1, true);
        bench->alone_us[i] = (double)(bench_now_ns() - started) / 1e3;
    }
}

/* Of the records of known persons: with another record of the person, with one of somebody else. */
typedef struct joined {
    size_t right, wrong, all;
} joined;

static void look_at(const scored_bench *bench, kith_txn *txn, size_t nth, joined *sum) {
    kith_profile profile = KITH_PROFILE_INIT;
    uint32_t own = (uint32_t)(bench->load.count + nth), other = 0;
    bool right = false, wrong = false;
    load_check(txn, kith_profile_of_record(txn, own, GENERATE_NOW_US, &profile),
               "kith_profile_of_record");
    for (size_t at = 0; kith_profile_next_record(&profile, &at, &other) == KITH_OK;) {
        if (other < bench->load.count) {
            bool same = person_load_is(&bench->load, other, bench->put[nth]->entity);
            right |= same;
            wrong |= !same;
        }
    }
    sum->right += right;
    sum->wrong += wrong;
    sum->all++;
}

static bool is_known(const scored_bench *bench, const person_record *record) {
    const person_load *load = &bench->load;
    return record >= load->known && record < load->known + load->known_count;
}

static joined count_joined(const scored_bench *bench) {
    joined sum = {0, 0, 0};
    kith_txn *txn = load_begin(bench->store, KITH_READ);
    for (size_t i = 0; i < bench->put_count; i++) {
        if (is_known(bench, bench->put[i])) {
            look_at(bench, txn, i, &sum);
        }
    }
    kith_txn_abort(txn);
    return sum;
}

static void add_row(bench_table *table, const char *question, const char *unit, double figure,
                    double at_least) {
    bench_row row = {.question = question, .unit = unit, .kith = figure};
    if (at_least > 0) {
        row.want = BENCH_KITH_AT_LEAST;
        row.limit = at_least;
    }
    bench_table_row(table, &row);
}

static void add_series(bench_table *table, const scored_bench *bench, const series *s) {
    unsigned rounds = bench->options.rounds;
    char question[BENCH_CELL_BYTES];
    snprintf(question, sizeof question, "%s, %zu a commit, in a second of one core", s->records,
             s->batch);
    add_row(table, question, "/s", 1 / bench_median(s->processor_s, rounds), s->at_least);
    snprintf(question, sizeof question, "%s, %zu a commit, in a second by the clock, durable",
             s->records, s->batch);
    add_row(table, question, "/s", 1 / bench_median(s->clock_s, rounds), 0);
}

static void print_table(scored_bench *bench) {
    bench_table table;
    joined sum = count_joined(bench);
    bench_table_begin(&table,
                      "scored: one record at a time into %llu that are resolved, linked and "
                      "settled (median of %u rounds, seed %llu)%s",
                      (unsigned long long)bench->load.count, bench->options.rounds,
                      (unsigned long long)bench->options.seed,
                      bench->options.tmpfs ? " IN MEMORY: a commit costs nothing here" : "");
    for (size_t i = 0; i < SERIES_COUNT; i++) {
        add_series(&table, bench, &bench->series[i]);
    }
    if (bench->alone_count > 0) {
        add_row(&table, "of known persons, alone in its commit, durable, median", " us",
                bench_median(bench->alone_us, bench->alone_count), 0);
    }
    bench_table_remark(&table,
                       "%.1f %% of the %zu records of known persons joined their person, %.1f %% "
                       "somebody else.",
                       100.0 * (double)sum.right / (double)sum.all, sum.all,
                       100.0 * (double)sum.wrong / (double)sum.all);
    bench_table_remark(&table, "There is no peer to run here: Splink links all at once, and "
                               "Senzing publishes 12 records a second a core.");
    bench_table_print(&table);
}

static void end(scored_bench *bench) {
    kith_close(bench->store);
    person_load_clear(&bench->load);
    for (size_t i = 0; i < SERIES_COUNT; i++) {
        free(bench->series[i].clock_s);
        free(bench->series[i].processor_s);
    }
    free(bench->put);
    free(bench->alone_us);
}

int main(int argc, char **argv) {
    scored_bench bench = {.put_count = 0};
    bench_start(&bench.options, argc, argv, 5);
    person_load_init(&bench.load, &bench.options);
    open_copy(&bench);
    plan(&bench);
    run_rounds(&bench);
    run_alone(&bench);
    print_table(&bench);
    end(&bench);
    return 0;
}
