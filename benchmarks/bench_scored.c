/*
 * One record at a time into a large store that is resolved: another record of somebody who is known
 * there, with its slips, often sharing no identifier. Each is put by a call of its own; the commit
 * compares it with all that have something in common with it and works the clusters out anew, and
 * the profiles are settled before it.
 *
 * The records are those that were held back when the store was made, spread over all of it. How
 * many of them joined their person is printed under the table: linking nobody would be quick.
 */
#include <stdlib.h>

#include "harness.h"
#include "kith_load.h"
#include "person_load.h"

#define BATCH_MAX    1000
#define ALONE_MAX    200
#define LEAST_A_CORE 10000.0

typedef struct scored_bench {
    bench_options options;
    person_load load;
    kith *store;
    size_t put;                    /* of those held back */
    size_t batch;                  /* records a commit */
    double *clock_s, *processor_s; /* a round's record, on the average */
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

static void put_batch(scored_bench *bench, size_t count) {
    kith_settle_result settled = KITH_SETTLE_RESULT_INIT;
    kith_txn *txn = load_begin(bench->store, KITH_WRITE);
    for (size_t i = 0; i < count; i++) {
        person_load_put(txn, &bench->load.held[bench->put++], PERSON_ALL_FIELDS);
    }
    load_check(txn, kith_settle(txn, GENERATE_NOW_US, 0, &settled), "kith_settle");
    load_commit(txn);
    if (settled.remaining_count > 0) {
        bench_fail("%llu profiles aren't settled", (unsigned long long)settled.remaining_count);
    }
}

static void run_rounds(scored_bench *bench) {
    unsigned rounds = bench->options.rounds;
    size_t left = bench->load.held_count - bench->alone_count;
    bench->batch = left / rounds < BATCH_MAX ? left / rounds : BATCH_MAX;
    if (bench->batch == 0) {
        bench_fail("%zu records are held back, which are too few for %u rounds", left, rounds);
    }
    size_t batches = left / rounds / bench->batch;
    for (unsigned round = 0; round < rounds; round++) {
        int64_t clock = bench_now_ns(), processor = bench_processor_ns();
        for (size_t i = 0; i < batches; i++) {
            put_batch(bench, bench->batch);
        }
        double records = (double)(batches * bench->batch) * 1e9;
        bench->clock_s[round] = (double)(bench_now_ns() - clock) / records;
        bench->processor_s[round] = (double)(bench_processor_ns() - processor) / records;
    }
}

static void run_alone(scored_bench *bench) {
    for (size_t i = 0; i < bench->alone_count; i++) {
        int64_t started = bench_now_ns();
        put_batch(bench, 1);
        bench->alone_us[i] = (double)(bench_now_ns() - started) / 1e3;
    }
}

typedef struct joined {
    size_t right, wrong; /* with another record of their person; with one of somebody else */
} joined;

static void look_at(const scored_bench *bench, kith_txn *txn, size_t nth, joined *sum) {
    kith_profile profile = KITH_PROFILE_INIT;
    uint32_t own = (uint32_t)(bench->load.count + nth), other = 0;
    bool right = false, wrong = false;
    load_check(txn, kith_profile_of_record(txn, own, GENERATE_NOW_US, &profile),
               "kith_profile_of_record");
    for (size_t at = 0; kith_profile_next_record(&profile, &at, &other) == KITH_OK;) {
        if (other < bench->load.count) {
            bool same = person_load_is(&bench->load, other, bench->load.held[nth].entity);
            right |= same;
            wrong |= !same;
        }
    }
    sum->right += right;
    sum->wrong += wrong;
}

static joined count_joined(const scored_bench *bench) {
    joined sum = {0, 0};
    kith_txn *txn = load_begin(bench->store, KITH_READ);
    for (size_t i = 0; i < bench->put; i++) {
        look_at(bench, txn, i, &sum);
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

static void print_table(scored_bench *bench) {
    bench_table table;
    unsigned rounds = bench->options.rounds;
    double clock = bench_median(bench->clock_s, rounds);
    double processor = bench_median(bench->processor_s, rounds);
    joined sum = count_joined(bench);
    bench_table_begin(
        &table,
        "scored: one record at a time into %llu that are resolved, linked and settled "
        "(%zu a commit, median of %u rounds, seed %llu)%s",
        (unsigned long long)bench->load.count, bench->batch, rounds,
        (unsigned long long)bench->options.seed,
        bench->options.tmpfs ? " IN MEMORY: a commit costs nothing here" : "");
    add_row(&table, "records in a second of one core", "/s", 1 / processor, LEAST_A_CORE);
    add_row(&table, "records in a second by the clock, durable", "/s", 1 / clock, 0);
    add_row(&table, "a record, processor time", " us", processor * 1e6, 0);
    add_row(&table, "a record by the clock, durable", " us", clock * 1e6, 0);
    if (bench->alone_count > 0) {
        add_row(&table, "a record alone in its commit, durable, median", " us",
                bench_median(bench->alone_us, bench->alone_count), 0);
    }
    bench_table_remark(&table,
                       "%.1f %% of the %zu records joined their person, %.1f %% somebody else.",
                       100.0 * (double)sum.right / (double)bench->put, bench->put,
                       100.0 * (double)sum.wrong / (double)bench->put);
    bench_table_remark(&table, "There is no peer to run here: Splink links all at once, and "
                               "Senzing publishes 12 records a second a core.");
    bench_table_print(&table);
}

int main(int argc, char **argv) {
    scored_bench bench = {.put = 0};
    bench_start(&bench.options, argc, argv, 5);
    person_load_init(&bench.load, &bench.options);
    open_copy(&bench);
    bench.clock_s = bench_allocate(bench.options.rounds, sizeof *bench.clock_s);
    bench.processor_s = bench_allocate(bench.options.rounds, sizeof *bench.processor_s);
    bench.alone_us = bench_allocate(ALONE_MAX, sizeof *bench.alone_us);
    bench.alone_count =
        bench.load.held_count / 10 < ALONE_MAX ? bench.load.held_count / 10 : ALONE_MAX;
    run_rounds(&bench);
    run_alone(&bench);
    print_table(&bench);
    kith_close(bench.store);
    person_load_clear(&bench.load);
    free(bench.clock_s);
    free(bench.processor_s);
    free(bench.alone_us);
    return 0;
}
