/*
 * One record, or one event, durable, alone: beside raw LMDB committing one row of equal size into a
 * table of as many rows, which was filled in transactions of the size in which the store was, so
 * that the free pages of both files lie scattered alike. Both wait for the disk twice; the rest is
 * what kith adds.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "generate.h"
#include "harness.h"
#include "kith_load.h"
#include "lmdb_peer.h"

#define COMMITS    2000
#define KEY_BYTES  16
#define FILL_BATCH 10000
#define ROW_MAX    1024

typedef struct commits {
    bench_options options;
    kith *store;
    lmdb_peer lmdb;
    uint64_t records;    /* in the store now */
    uint64_t record_sum; /* bytes of the records put */
    double *kith_us, *lmdb_us;
    size_t count;
} commits;

/* Of the values alone: neither side's framing is counted. */
static size_t record_bytes(const generated_record *record) {
    return strlen(record->key) + strlen(record->email) + strlen(record->phone) +
           strlen(record->loyalty_id) + strlen(record->given_name) + strlen(record->family_name) +
           strlen(record->city) + sizeof record->birth_days + sizeof record->at_us;
}

static void write_key(uint64_t seed, uint64_t number, uint8_t key[KEY_BYTES]) {
    uint64_t parts[2] = {generate_hash(seed, number), number};
    memcpy(key, parts, KEY_BYTES);
}

static void fill_lmdb(commits *bench) {
    uint8_t key[KEY_BYTES], row[ROW_MAX] = {0};
    for (uint64_t at = 0; at < bench->options.count; at += FILL_BATCH) {
        MDB_txn *txn = lmdb_peer_begin(&bench->lmdb, true);
        for (uint64_t i = at; i < at + FILL_BATCH && i < bench->options.count; i++) {
            write_key(bench->options.seed, i, key);
            lmdb_peer_put(&bench->lmdb, txn, key, KEY_BYTES, row, 128);
        }
        lmdb_peer_commit(txn);
    }
}

static double commit_lmdb(commits *bench, uint64_t number, size_t bytes) {
    uint8_t key[KEY_BYTES], row[ROW_MAX];
    memset(row, (int)(number & 0xff), sizeof row);
    write_key(bench->options.seed + 5, number, key);
    int64_t started = bench_now_ns();
    MDB_txn *txn = lmdb_peer_begin(&bench->lmdb, true);
    lmdb_peer_put(&bench->lmdb, txn, key, KEY_BYTES, row, bytes < ROW_MAX ? bytes : ROW_MAX);
    lmdb_peer_commit(txn);
    return (double)(bench_now_ns() - started) / 1e3;
}

static double commit_record(commits *bench, const generated_record *record) {
    int64_t started = bench_now_ns();
    kith_txn *txn = load_begin(bench->store, KITH_WRITE);
    load_record(txn, record);
    load_commit(txn);
    return (double)(bench_now_ns() - started) / 1e3;
}

static double commit_event(commits *bench, const generated_event *event) {
    int64_t started = bench_now_ns();
    kith_txn *txn = load_begin(bench->store, KITH_WRITE);
    load_event(txn, event, false);
    load_commit(txn);
    return (double)(bench_now_ns() - started) / 1e3;
}

static void run_records(commits *bench) {
    for (size_t i = 0; i < bench->count; i++) {
        generated_record record;
        uint64_t index = bench->records + i;
        generate_profile_record(bench->options.seed, index, index + 1, &record);
        bench->kith_us[i] = commit_record(bench, &record);
        bench->lmdb_us[i] = commit_lmdb(bench, index, record_bytes(&record));
    }
    bench->records += bench->count;
}

static void run_events(commits *bench) {
    for (size_t i = 0; i < bench->count; i++) {
        generated_event event;
        uint64_t known = generate_profile_records(bench->options.count);
        generate_event(bench->options.seed + bench->records, i, bench->count, known, &event);
        event.time_us += GENERATE_EVENT_DAYS * GENERATE_DAY_US; /* newer than those in the store */
        bench->kith_us[i] = commit_event(bench, &event);
        bench->lmdb_us[i] = commit_lmdb(bench, bench->records + i, event.json_bytes);
    }
}

static void add_rows(commits *bench, bench_table *table, const char *question) {
    char tail[BENCH_CELL_BYTES];
    double mine = bench_median(bench->kith_us, bench->count);
    double theirs = bench_median(bench->lmdb_us, bench->count);
    bench_row middle = {
        question, " us", mine, "raw LMDB", theirs, mine / theirs, BENCH_RATIO_AT_MOST, 1.3};
    bench_table_row(table, &middle);
    mine = bench_percentile(bench->kith_us, bench->count, 0.99);
    theirs = bench_percentile(bench->lmdb_us, bench->count, 0.99);
    snprintf(tail, sizeof tail, "%s, 99th percentile", question);
    bench_row last = {tail, " us", mine, "raw LMDB", theirs, mine / theirs, BENCH_NO_TARGET, 0};
    bench_table_row(table, &last);
}

int main(int argc, char **argv) {
    commits bench;
    bench_table table;
    kith_stat stat = KITH_STAT_INIT;
    char path[BENCH_PATH_BYTES];
    memset(&bench, 0, sizeof bench);
    bench_start(&bench.options, argc, argv, 1);
    bench.count = bench.options.count < COMMITS ? (size_t)bench.options.count / 10 : COMMITS;
    bench.kith_us = bench_allocate(bench.count, sizeof(double));
    bench.lmdb_us = bench_allocate(bench.count, sizeof(double));
    bench.store = load_prepared(&bench.options);
    load_stat(bench.store, &stat);
    bench.records = stat.record_count;
    lmdb_peer_open(&bench.lmdb, bench_path(&bench.options, "commit.lmdb", path));
    fill_lmdb(&bench);
    bench_table_begin(
        &table,
        "commit: one fact, durable, alone (%zu commits in turn, into %llu profiles, seed %llu)%s",
        bench.count, (unsigned long long)bench.options.count,
        (unsigned long long)bench.options.seed,
        bench.options.tmpfs ? " IN MEMORY: a commit costs nothing here" : "");
    run_records(&bench);
    add_rows(&bench, &table, "one record");
    run_events(&bench);
    add_rows(&bench, &table, "one event");
    bench_table_print(&table);
    lmdb_peer_close(&bench.lmdb);
    kith_close(bench.store);
    free(bench.lmdb_us);
    free(bench.kith_us);
    return 0;
}
