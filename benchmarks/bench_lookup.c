/*
 * Who has this phone? The profile's golden values with their provenance and the aggregates of its
 * events, each question in a snapshot of its own, beside SQLite giving the same answer from tables
 * and raw LMDB giving one row of equal size.
 *
 * --point-only prints the processor nanoseconds of one kith_profile_find() in an open snapshot, to
 * which the Python binding compares its own.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "allocations.h"
#include "generate.h"
#include "harness.h"
#include "kith_load.h"
#include "lmdb_peer.h"
#include "sqlite_peer.h"

#define QUERIES_MAX  100000
#define PHONE_BYTES  16
#define CACHE_LINE   64
#define TABLES_COUNT 4

/* What was read, so that the compiler can't drop it and the answers can be compared. */
typedef struct answer {
    uint64_t values;
    uint64_t aggregates;
    uint64_t sum;
} answer;

typedef struct sqlite_side {
    sqlite3 *db;
    sqlite3_stmt *begin, *find, *golden, *aggregate, *end;
} sqlite_side;

typedef struct lookup {
    bench_options options;
    size_t query_count;
    char (*phones)[PHONE_BYTES];
    double *latencies;
    kith *store;
    kith_txn *txn;
    sqlite_side sqlite;
    lmdb_peer lmdb;
    MDB_txn *lmdb_txn;
} lookup;

typedef void (*ask_fn)(lookup *bench, const char *phone, answer *out);

static const char sqlite_schema[] =
    "CREATE TABLE identifier(type INTEGER NOT NULL, value TEXT NOT NULL, record INTEGER NOT NULL,"
    " PRIMARY KEY(type, value, record)) WITHOUT ROWID;"
    "CREATE TABLE member(record INTEGER PRIMARY KEY, profile INTEGER NOT NULL);"
    "CREATE TABLE golden(profile INTEGER NOT NULL, attribute INTEGER NOT NULL, position INTEGER "
    "NOT NULL,"
    " value NOT NULL, record INTEGER NOT NULL, source INTEGER NOT NULL, at INTEGER NOT NULL,"
    " PRIMARY KEY(profile, attribute, position)) WITHOUT ROWID;"
    "CREATE TABLE aggregate(profile INTEGER NOT NULL, type INTEGER NOT NULL, property INTEGER NOT "
    "NULL,"
    " count INTEGER NOT NULL, first INTEGER, last INTEGER, sum INTEGER, min INTEGER, max INTEGER,"
    " PRIMARY KEY(profile, type, property)) WITHOUT ROWID;";

/* Names that SQLite stores as small numbers, as its engineer would. */
static int number_of(const char *name) {
    static char names[64][64];
    int i = 0;
    while (i < 64 && names[i][0] && strcmp(names[i], name) != 0) {
        i++;
    }
    if (i == 64) {
        bench_fail("more names than the peer's dictionary holds");
    }
    snprintf(names[i], sizeof names[i], "%s", name);
    return i + 1;
}

static void add_value(const kith_value *value, answer *out) {
    out->values++;
    switch (value->type) {
    case KITH_TYPE_TEXT:
        out->sum +=
            value->as.text.size + (value->as.text.size ? (uint8_t)value->as.text.data[0] : 0);
        break;
    case KITH_TYPE_DATE:
        out->sum += (uint64_t)value->as.date_days;
        break;
    default:
        out->sum += (uint64_t)value->as.integer;
    }
}

static void add_aggregate(uint64_t count, int64_t first, int64_t last, answer *out) {
    out->aggregates++;
    out->sum += count + (uint64_t)first + (uint64_t)last;
}

static void add_property(uint64_t count, int64_t sum, int64_t min, int64_t max, answer *out) {
    out->aggregates++;
    out->sum += count + (uint64_t)sum + (uint64_t)min + (uint64_t)max;
}

static void read_profile(const kith_profile *profile, answer *out) {
    kith_golden golden = KITH_GOLDEN_INIT;
    kith_aggregate aggregate = KITH_AGGREGATE_INIT;
    kith_property_sum property = KITH_PROPERTY_SUM_INIT;
    size_t cursor = 0;
    while (kith_profile_next_value(profile, &cursor, &golden) == KITH_OK) {
        add_value(&golden.value, out);
        out->sum += (uint64_t)golden.at_us + golden.record;
    }
    cursor = 0;
    while (kith_profile_next_aggregate(profile, &cursor, &aggregate) == KITH_OK) {
        size_t inner = 0;
        add_aggregate(aggregate.count, aggregate.first_us, aggregate.last_us, out);
        while (kith_aggregate_next_property(&aggregate, &inner, &property) == KITH_OK) {
            add_property(property.count, property.sum_micros, property.min_micros,
                         property.max_micros, out);
        }
    }
}

static void ask_kith(lookup *bench, const char *phone, answer *out) {
    kith_profile profile = KITH_PROFILE_INIT;
    load_check(bench->txn, kith_txn_renew(bench->txn), "kith_txn_renew");
    load_check(bench->txn,
               kith_profile_find(bench->txn, "phone", phone, GENERATE_NOW_US, &profile, NULL),
               "kith_profile_find");
    read_profile(&profile, out);
    kith_txn_reset(bench->txn);
}

static void ask_sqlite(lookup *bench, const char *phone, answer *out) {
    const sqlite_side *side = &bench->sqlite;
    sqlite_peer_run(side->begin); /* one snapshot for the three queries */
    sqlite_peer_bind_text(side->find, 2, phone);
    if (!sqlite_peer_step(side->find)) {
        bench_fail("SQLite doesn't know %s", phone);
    }
    int64_t profile = sqlite3_column_int64(side->find, 0);
    sqlite3_reset(side->find);
    sqlite3_bind_int64(side->golden, 1, profile);
    while (sqlite_peer_step(side->golden)) {
        kith_value value = kith_value_integer(0);
        if (sqlite3_column_type(side->golden, 1) == SQLITE_TEXT) {
            const char *text = (const char *)sqlite3_column_text(side->golden, 1);
            value = kith_value_text_n(text, (size_t)sqlite3_column_bytes(side->golden, 1));
        } else {
            value = kith_value_integer(sqlite3_column_int64(side->golden, 1));
        }
        add_value(&value, out);
        out->sum += (uint64_t)sqlite3_column_int64(side->golden, 2);
        out->sum += (uint64_t)sqlite3_column_int64(side->golden, 4);
    }
    sqlite3_bind_int64(side->aggregate, 1, profile);
    while (sqlite_peer_step(side->aggregate)) {
        uint64_t count = (uint64_t)sqlite3_column_int64(side->aggregate, 2);
        if (sqlite3_column_int64(side->aggregate, 1) == 0) {
            add_aggregate(count, sqlite3_column_int64(side->aggregate, 3),
                          sqlite3_column_int64(side->aggregate, 4), out);
        } else {
            add_property(count, sqlite3_column_int64(side->aggregate, 5),
                         sqlite3_column_int64(side->aggregate, 6),
                         sqlite3_column_int64(side->aggregate, 7), out);
        }
    }
    sqlite_peer_run(side->end);
}

static void ask_lmdb(lookup *bench, const char *phone, answer *out) {
    MDB_val key = {strlen(phone), (void *)(uintptr_t)phone};
    MDB_val row;
    lmdb_peer_check(mdb_txn_renew(bench->lmdb_txn), "renew");
    lmdb_peer_check(mdb_get(bench->lmdb_txn, bench->lmdb.table, &key, &row), "get");
    /* Whoever asks for a row reads it: touch each of its cache lines. */
    for (size_t i = 0; i < row.mv_size; i += CACHE_LINE) {
        out->sum += ((const uint8_t *)row.mv_data)[i];
    }
    mdb_txn_reset(bench->lmdb_txn);
}

static void fill_golden(const kith_profile *profile, sqlite3_stmt *insert) {
    kith_golden golden = KITH_GOLDEN_INIT;
    size_t cursor = 0;
    for (int position = 0; kith_profile_next_value(profile, &cursor, &golden) == KITH_OK;
         position++) {
        sqlite3_bind_int64(insert, 1, profile->number);
        sqlite3_bind_int64(insert, 2, number_of(golden.attribute));
        sqlite3_bind_int64(insert, 3, position);
        if (golden.value.type == KITH_TYPE_TEXT) {
            sqlite3_bind_text(insert, 4, golden.value.as.text.data, (int)golden.value.as.text.size,
                              SQLITE_STATIC);
        } else if (golden.value.type == KITH_TYPE_DATE) {
            sqlite3_bind_int64(insert, 4, golden.value.as.date_days);
        } else {
            bench_fail("a golden value of a type that was never put");
        }
        sqlite3_bind_int64(insert, 5, golden.record);
        sqlite3_bind_int64(insert, 6, number_of(golden.source));
        sqlite3_bind_int64(insert, 7, golden.at_us);
        sqlite_peer_run(insert);
    }
}

static void fill_aggregates(const kith_profile *profile, sqlite3_stmt *insert) {
    kith_aggregate aggregate = KITH_AGGREGATE_INIT;
    kith_property_sum property = KITH_PROPERTY_SUM_INIT;
    size_t cursor = 0;
    while (kith_profile_next_aggregate(profile, &cursor, &aggregate) == KITH_OK) {
        size_t inner = 0;
        sqlite3_clear_bindings(insert);
        sqlite3_bind_int64(insert, 1, profile->number);
        sqlite3_bind_int64(insert, 2, number_of(aggregate.event_type));
        sqlite3_bind_int64(insert, 3, 0);
        sqlite3_bind_int64(insert, 4, (int64_t)aggregate.count);
        sqlite3_bind_int64(insert, 5, aggregate.first_us);
        sqlite3_bind_int64(insert, 6, aggregate.last_us);
        sqlite_peer_run(insert);
        while (kith_aggregate_next_property(&aggregate, &inner, &property) == KITH_OK) {
            sqlite3_bind_int64(insert, 3, number_of(property.property));
            sqlite3_bind_int64(insert, 4, (int64_t)property.count);
            sqlite3_bind_null(insert, 5);
            sqlite3_bind_null(insert, 6);
            sqlite3_bind_int64(insert, 7, property.sum_micros);
            sqlite3_bind_int64(insert, 8, property.min_micros);
            sqlite3_bind_int64(insert, 9, property.max_micros);
            sqlite_peer_run(insert);
        }
    }
}

static void fill_identifiers(const kith_profile *profile, sqlite3_stmt *identifier,
                             sqlite3_stmt *member) {
    kith_record record = KITH_RECORD_INIT;
    size_t cursor = 0;
    uint32_t number = 0;
    while (kith_profile_next_record(profile, &cursor, &number) == KITH_OK) {
        kith_record_value value = KITH_RECORD_VALUE_INIT;
        size_t inner = 0;
        load_check(profile->txn, kith_record_get_number(profile->txn, number, &record), "record");
        sqlite3_bind_int64(member, 1, number);
        sqlite3_bind_int64(member, 2, profile->number);
        sqlite_peer_run(member);
        while (kith_record_next_value(&record, &inner, &value) == KITH_OK) {
            if (value.status == KITH_VALUE_LIVE) {
                sqlite3_bind_int64(identifier, 1, number_of(value.attribute));
                sqlite3_bind_text(identifier, 2, value.value.as.text.data,
                                  (int)value.value.as.text.size, SQLITE_STATIC);
                sqlite3_bind_int64(identifier, 3, number);
                sqlite_peer_run(identifier);
            }
        }
    }
}

/* SQLite's tables are copied from kith's answers, so that both are asked for the same. */
static void fill_sqlite(lookup *bench, sqlite3 *db) {
    static const char *const inserts[TABLES_COUNT] = {
        "INSERT OR IGNORE INTO identifier VALUES(?,?,?)", "INSERT INTO member VALUES(?,?)",
        "INSERT INTO golden VALUES(?,?,?,?,?,?,?)",
        "INSERT INTO aggregate VALUES(?,?,?,?,?,?,?,?,?)"};
    sqlite3_stmt *into[TABLES_COUNT];
    kith_profile profile = KITH_PROFILE_INIT;
    kith_profile_iter *iter = NULL;
    kith_txn *txn = load_begin(bench->store, KITH_READ);
    for (int i = 0; i < TABLES_COUNT; i++) {
        into[i] = sqlite_peer_prepare(db, inserts[i]);
    }
    load_check(txn, kith_profile_iter_open(txn, GENERATE_NOW_US, &iter), "kith_profile_iter_open");
    while (kith_profile_iter_next(iter, &profile) == KITH_OK) {
        fill_identifiers(&profile, into[0], into[1]);
        fill_golden(&profile, into[2]);
        fill_aggregates(&profile, into[3]);
    }
    kith_profile_iter_close(iter);
    kith_txn_abort(txn);
}

static void open_sqlite(lookup *bench) {
    char path[BENCH_PATH_BYTES];
    sqlite_side *side = &bench->sqlite;
    bench_path(&bench->options, "lookup.sqlite", path);
    side->db = sqlite_peer_open(path, sqlite_schema);
    bench_note("SQLite gets the same answers");
    sqlite_peer_begin_fill(side->db);
    fill_sqlite(bench, side->db);
    sqlite_peer_end_fill(side->db);
    sqlite_peer_exec(side->db, "ANALYZE");
    side->begin = sqlite_peer_prepare(side->db, "BEGIN");
    side->find = sqlite_peer_prepare(
        side->db, "SELECT m.profile FROM identifier i JOIN member m"
                  " ON m.record = i.record WHERE i.type = ? AND i.value = ? LIMIT 1");
    sqlite3_bind_int64(side->find, 1, number_of("phone"));
    side->golden = sqlite_peer_prepare(
        side->db, "SELECT attribute, value, record, source, at FROM golden WHERE profile = ?");
    side->aggregate = sqlite_peer_prepare(
        side->db, "SELECT type, property, count, first, last, sum, min, max FROM aggregate"
                  " WHERE profile = ?");
    side->end = sqlite_peer_prepare(side->db, "COMMIT");
}

/* The size of kith's own row. The field is private to kith; only its number is used here. */
static size_t row_bytes(lookup *bench) {
    uint64_t bytes = 0;
    kith_txn *txn = load_begin(bench->store, KITH_READ);
    for (size_t i = 0; i < bench->query_count; i++) {
        kith_profile profile = KITH_PROFILE_INIT;
        int code =
            kith_profile_find(txn, "phone", bench->phones[i], GENERATE_NOW_US, &profile, NULL);
        load_check(txn, code, "kith_profile_find");
        bytes += profile.row_bytes;
    }
    kith_txn_abort(txn);
    return (size_t)(bytes / bench->query_count);
}

static int compare_phones(const void *a, const void *b) {
    return strcmp(a, b);
}

static size_t open_lmdb(lookup *bench) {
    char path[BENCH_PATH_BYTES];
    size_t count = (size_t)bench->options.count;
    size_t bytes = row_bytes(bench);
    char(*phones)[PHONE_BYTES] = bench_allocate(count, PHONE_BYTES);
    uint8_t *row = bench_allocate(1, bytes);
    for (size_t i = 0; i < count; i++) {
        generate_profile_phone(i, phones[i]);
    }
    qsort(phones, count, PHONE_BYTES, compare_phones);
    lmdb_peer_open(&bench->lmdb, bench_path(&bench->options, "lookup.lmdb", path));
    MDB_txn *txn = lmdb_peer_begin(&bench->lmdb, true);
    for (size_t i = 0; i < count; i++) {
        lmdb_peer_put(&bench->lmdb, txn, phones[i], strlen(phones[i]), row, bytes);
    }
    lmdb_peer_commit(txn);
    bench->lmdb_txn = lmdb_peer_begin(&bench->lmdb, false);
    mdb_txn_reset(bench->lmdb_txn);
    free(row);
    free(phones);
    return bytes;
}

static void pick_phones(lookup *bench, unsigned round) {
    for (size_t i = 0; i < bench->query_count; i++) {
        uint64_t hash = generate_hash(bench->options.seed + 77 + round, i);
        generate_profile_phone(hash % bench->options.count, bench->phones[i]);
    }
}

/* The median of one round, in microseconds; and how many allocations the questions made. */
static double run_round(lookup *bench, ask_fn ask, answer *out, uint64_t *allocations) {
    uint64_t before = allocations_count();
    for (size_t i = 0; i < bench->query_count; i++) {
        int64_t started = bench_now_ns();
        ask(bench, bench->phones[i], out);
        bench->latencies[i] = (double)(bench_now_ns() - started) / 1e3;
    }
    *allocations += allocations_count() - before; /* not those of sorting the latencies */
    return bench_median(bench->latencies, bench->query_count);
}

static void compare_answers(const answer *mine, const answer *sqlite) {
    if (memcmp(mine, sqlite, sizeof *mine) != 0) {
        bench_fail("the answers differ: kith %llu values, %llu aggregates; SQLite %llu, %llu",
                   (unsigned long long)mine->values, (unsigned long long)mine->aggregates,
                   (unsigned long long)sqlite->values, (unsigned long long)sqlite->aggregates);
    }
}

static void print_result(lookup *bench, double medians[3], double tail_us, size_t bytes,
                         uint64_t allocations, const answer *read) {
    bench_table table;
    double queries = (double)bench->query_count * bench->options.rounds;
    bench_table_begin(
        &table,
        "lookup: phone -> profile, golden values and aggregates, each in its own snapshot "
        "(%llu profiles, %u rounds of %zu, seed %llu)",
        (unsigned long long)bench->options.count, bench->options.rounds, bench->query_count,
        (unsigned long long)bench->options.seed);
    bench_row rows[] = {
        {"median", " us", medians[0], NULL, 0, 0, BENCH_KITH_AT_MOST, 5},
        {"median", " us", medians[0], "SQLite", medians[1], medians[1] / medians[0],
         BENCH_RATIO_AT_LEAST, 3},
        {"median", " us", medians[0], "raw LMDB", medians[2], medians[0] / medians[2],
         BENCH_RATIO_AT_MOST, 3},
        {"allocations", "", (double)allocations, NULL, 0, 0, BENCH_KITH_AT_MOST, 0},
        {"99th percentile", " us", tail_us, NULL, 0, 0, BENCH_NO_TARGET, 0},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        if (i != 3 || allocations_counted()) {
            bench_table_row(&table, &rows[i]);
        }
    }
    bench_table_remark(&table,
                       "An answer holds %.1f golden values with record, source and time, and %.1f "
                       "aggregates and sums. A raw row has %zu bytes.",
                       (double)read->values / queries, (double)read->aggregates / queries, bytes);
    bench_table_remark(&table, "SQLite: three prepared queries in one transaction.");
    bench_table_print(&table);
}

static void compare_all(lookup *bench) {
    static const ask_fn sides[3] = {ask_kith, ask_sqlite, ask_lmdb};
    unsigned rounds = bench->options.rounds;
    double *medians[3], *tails = bench_allocate(rounds, sizeof(double));
    answer answers[3] = {{0, 0, 0}};
    uint64_t allocations[3] = {0, 0, 0};
    pick_phones(bench, 0);
    open_sqlite(bench);
    size_t bytes = open_lmdb(bench);
    for (int side = 0; side < 3; side++) {
        answer warm = {0, 0, 0};
        medians[side] = bench_allocate(rounds, sizeof(double));
        run_round(bench, sides[side], &warm, &allocations[side]);
        allocations[side] = 0;
    }
    for (unsigned round = 0; round < rounds; round++) {
        pick_phones(bench, round);
        for (int side = 0; side < 3; side++) {
            medians[side][round] =
                run_round(bench, sides[side], &answers[side], &allocations[side]);
            if (side == 0) {
                tails[round] = bench_percentile(bench->latencies, bench->query_count, 0.99);
            }
        }
        compare_answers(&answers[0], &answers[1]);
    }
    double results[3];
    for (int side = 0; side < 3; side++) {
        results[side] = bench_median(medians[side], rounds);
        free(medians[side]);
    }
    print_result(bench, results, bench_median(tails, rounds), bytes, allocations[0], &answers[0]);
    free(tails);
    mdb_txn_abort(bench->lmdb_txn);
    lmdb_peer_close(&bench->lmdb);
    sqlite_peer_close(bench->sqlite.db);
}

static void write_queries(const lookup *bench) {
    FILE *file = fopen(bench->options.queries, "w");
    if (!file) {
        bench_fail("can't write %s: %s", bench->options.queries, strerror(errno));
    }
    for (size_t i = 0; i < bench->query_count; i++) {
        fprintf(file, "%s\n", bench->phones[i]);
    }
    if (fclose(file) != 0) {
        bench_fail("can't write %s: %s", bench->options.queries, strerror(errno));
    }
}

/* Processor time: the bindings' figure comes from another process, so only what is used compares.
 */
static double point_round_ns(lookup *bench) {
    int64_t started = bench_processor_ns();
    for (size_t i = 0; i < bench->query_count; i++) {
        kith_profile profile = KITH_PROFILE_INIT;
        int code = kith_profile_find(bench->txn, "phone", bench->phones[i], GENERATE_NOW_US,
                                     &profile, NULL);
        load_check(bench->txn, code, "kith_profile_find");
    }
    return (double)(bench_processor_ns() - started) / (double)bench->query_count;
}

static void print_point(lookup *bench) {
    double *rounds = bench_allocate(bench->options.rounds, sizeof(double));
    pick_phones(bench, 0);
    if (bench->options.queries) {
        write_queries(bench);
    }
    load_check(bench->txn, kith_txn_renew(bench->txn), "kith_txn_renew");
    point_round_ns(bench); /* fault the pages in */
    for (unsigned round = 0; round < bench->options.rounds; round++) {
        rounds[round] = point_round_ns(bench);
    }
    kith_txn_reset(bench->txn);
    printf("%.1f\n", bench_median(rounds, bench->options.rounds));
    free(rounds);
}

int main(int argc, char **argv) {
    lookup bench;
    memset(&bench, 0, sizeof bench);
    bench_start(&bench.options, argc, argv, 7);
    bench.query_count = bench.options.count < QUERIES_MAX ? bench.options.count : QUERIES_MAX;
    bench.phones = bench_allocate(bench.query_count, PHONE_BYTES);
    bench.latencies = bench_allocate(bench.query_count, sizeof(double));
    bench.store = load_prepared(&bench.options);
    bench.txn = load_begin(bench.store, KITH_READ);
    kith_txn_reset(bench.txn);
    if (bench.options.point_only) {
        print_point(&bench);
    } else {
        compare_all(&bench);
    }
    kith_txn_abort(bench.txn);
    kith_close(bench.store);
    free(bench.latencies);
    free(bench.phones);
    return 0;
}
