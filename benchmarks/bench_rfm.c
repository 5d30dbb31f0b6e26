/*
 * RFM of all customers: kith from a settled store beside DuckDB from the orders, by all processors
 * each. Both cut quintiles by the same rule, score everybody, and give the grid of recency and
 * frequency with what its customers spent; the grids have to be the same.
 */
#include <inttypes.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "duckdb_peer.h"
#include "generate_hash.h"
#include "generate_shop.h"
#include "kith_load.h"

#define ROUNDS     5
#define BATCH      50000 /* orders in a transaction */
#define TIMES      10    /* faster than DuckDB */
#define MEAN       10    /* orders of a customer */
#define BINS       5
#define SPREAD(at) ((double)((at)&0xffffff) / 16777216.0)

/* How many cuts a number is above. */
#define OVER(column, cut) "CAST(c." column " > ceil(q." column "[" cut "] - 1e-6) AS INTEGER)"
#define ABOVE(column)                                                                              \
    OVER(column, "1") " + " OVER(column, "2") " + " OVER(column, "3") " + " OVER(column, "4")
/* The same rule as kith's: between two customers in proportion, rounded up to a day, an order, a
 * cent; but for a hair that a floating point number may be above a whole one. */
static const char question[] =
    "WITH c AS (SELECT customer, date_diff('day', CAST(max(time) AS DATE), DATE '2024-12-31') AS d,"
    " count(*) AS n, CAST(sum(amount) * 100 AS BIGINT) AS m FROM orders WHERE time <="
    " TIMESTAMP '2024-12-31' GROUP BY customer),"
    " q AS (SELECT quantile_cont(CAST(d AS DOUBLE), [.2, .4, .6, .8]) AS d,"
    " quantile_cont(CAST(n AS DOUBLE), [.2, .4, .6, .8]) AS n,"
    " quantile_cont(CAST(m AS DOUBLE), [.2, .4, .6, .8]) AS m FROM c),"
    " s AS (SELECT 5 - (" ABOVE(
        "d") ") AS r,"
             " 1 + " ABOVE("n") " AS f,"
                                " 1 + " ABOVE("m") " AS v, c.m AS cents FROM c, q),"
                                                   " g AS (SELECT r, f, v, count(*) AS customers, "
                                                   "sum(cents) AS cents FROM s GROUP BY r, f, v)"
                                                   " SELECT CAST(sum((10 * r + f) * customers + "
                                                   "(100 * f + r) * cents) AS BIGINT) FROM g";
_Static_assert(SHOP_NOW_US == INT64_C(1735603200000000), "the instant is written out");

typedef struct rfm_bench {
    bench_options options;
    uint64_t orders;
    kith *store;
    duckdb_peer *duckdb; /* NULL: it isn't there */
    bench_table table;
} rfm_bench;

typedef struct bought {
    int64_t time_us;
    int64_t cents;
    char sku[16];
} bought;

/* Some buy often. */
static uint64_t order_count(uint64_t seed, uint64_t customer) {
    double part = SPREAD(generate_hash(seed + 10, customer));
    return 1 + (uint64_t)(part * part * (3 * (MEAN - 1) + 1.5));
}

static bought order_at(uint64_t seed, uint64_t customer, uint64_t index) {
    uint64_t hash = generate_hash(generate_hash(seed + 11, customer), index);
    double part = SPREAD(hash >> 32);
    bought made = {.time_us = SHOP_BEGIN_US + (int64_t)(hash % (SHOP_DAYS * 86400)) * 1000000,
                   .cents = 100 + (int64_t)(part * part * 19900)};
    snprintf(made.sku, sizeof made.sku, "K%05u", (unsigned)((hash >> 16) % 50000));
    return made;
}

/* kith */

static void put_order(kith_txn *txn, const char *key, const bought *order) {
    const kith_field fields[] = {{"amount", kith_value_real((double)order->cents / 100)},
                                 {"sku", kith_value_text(order->sku)}};
    kith_event_input input = KITH_EVENT_INPUT_INIT;
    input.source = SHOP_SOURCE;
    input.key = key;
    input.type = "order";
    input.time_us = order->time_us;
    input.fields = fields;
    input.field_count = sizeof fields / sizeof fields[0];
    load_check(txn, kith_event_put(txn, &input, NULL), "kith_event_put");
}

static void put_orders(kith *store, uint64_t seed, uint64_t customers) {
    char key[SHOP_KEY_BYTES];
    uint64_t waiting = 0;
    kith_txn *txn = load_begin(store, KITH_WRITE);
    for (uint64_t i = 0; i < customers; i++) {
        shop_customer_key(i, key);
        for (uint64_t k = 0; k < order_count(seed, i); k++, waiting++) {
            bought order = order_at(seed, i, k);
            put_order(txn, key, &order);
        }
        if (waiting >= BATCH) {
            load_commit(txn);
            txn = load_begin(store, KITH_WRITE);
            waiting = 0;
        }
    }
    load_commit(txn);
}

/* Settled; one that was prepared is used again. */
static void fill_kith(rfm_bench *bench) {
    char path[BENCH_PATH_BYTES];
    int64_t started = bench_now_ns();
    bench_prepared_path(&bench->options, "rfm.kith", path);
    if (bench_exists(path)) {
        bench->store = load_open(path, 0);
        return;
    }
    bench->store = load_open(path, KITH_CREATE_NEW);
    put_orders(bench->store, bench->options.seed, bench->options.count);
    bench_note("kith: orders, after %.1f s", (double)(bench_now_ns() - started) / 1e9);
    load_settle(bench->store, SHOP_NOW_US);
    bench_note("kith: settled, after %.1f s", (double)(bench_now_ns() - started) / 1e9);
}

static int64_t weigh(const kith_rfm_result *result) {
    int64_t sum = 0;
    for (int64_t r = 1; r <= BINS; r++) {
        for (int64_t f = 1; f <= BINS; f++) {
            const kith_rfm_cell *cell = &result->grid[(r - 1) * BINS + f - 1];
            sum += (10 * r + f) * (int64_t)cell->customer_count +
                   (100 * f + r) * (cell->spent_micros / 10000);
        }
    }
    return sum;
}

static int64_t time_kith(kith_txn *txn, unsigned threads, double *us) {
    kith_rfm_options options = KITH_RFM_OPTIONS_INIT;
    kith_rfm_result *result = NULL;
    options.now_us = SHOP_NOW_US;
    options.threads = threads;
    malloc_trim(0);
    int64_t started = bench_now_ns();
    load_check(txn, kith_txn_renew(txn), "kith_txn_renew");
    load_check(txn, kith_rfm(txn, &options, &result), "kith_rfm");
    *us = (double)(bench_now_ns() - started) / 1e3;
    int64_t sum = weigh(result);
    kith_rfm_free(result);
    kith_txn_reset(txn);
    return sum;
}

/* DuckDB, by way of a file; the rows in order of time, as orders come. */

static void write_orders(const rfm_bench *bench, const char *path) {
    FILE *file = fopen(path, "w");
    for (uint64_t i = 0; file && i < bench->options.count; i++) {
        for (uint64_t k = 0; k < order_count(bench->options.seed, i); k++) {
            bought order = order_at(bench->options.seed, i, k);
            fprintf(file, "%" PRIu64 ",%" PRId64 ",%s,%" PRId64 ".%02" PRId64 "\n", i,
                    order.time_us, order.sku, order.cents / 100, order.cents % 100);
        }
    }
    if (!file || ferror(file) || fclose(file) != 0) {
        bench_fail("can't write %s", path);
    }
}

static void fill_duckdb(rfm_bench *bench) {
    char path[BENCH_PATH_BYTES], csv[BENCH_PATH_BYTES], sql[BENCH_PATH_BYTES + 512];
    if (!bench->options.duckdb) {
        return;
    }
    bench_path(&bench->options, "rfm.duckdb", path);
    bench_path(&bench->options, "orders.csv", csv);
    bench->duckdb =
        duckdb_peer_open(bench->options.duckdb, path, (unsigned)sysconf(_SC_NPROCESSORS_ONLN));
    write_orders(bench, csv);
    snprintf(sql, sizeof sql,
             "CREATE TABLE orders AS SELECT customer, make_timestamp(time) AS time, sku, amount"
             " FROM read_csv('%s', header = false, auto_detect = false, columns = {'customer':"
             " 'INTEGER', 'time': 'BIGINT', 'sku': 'VARCHAR', 'amount': 'DECIMAL(9,2)'})"
             " ORDER BY time",
             csv);
    duckdb_peer_exec(bench->duckdb, sql);
    duckdb_peer_checkpoint(bench->duckdb);
    unlink(csv);
    bench_note("DuckDB: filled");
}

/* They take turns; the first, in which all warm up, isn't counted. */
static void measure(rfm_bench *bench) {
    unsigned rounds = bench->options.rounds;
    double *all = bench_allocate(rounds + 1, sizeof *all);
    double *one = bench_allocate(rounds + 1, sizeof *one);
    double *duckdb = bench_allocate(rounds + 1, sizeof *duckdb);
    kith_txn *txn = load_begin(bench->store, KITH_READ);
    kith_txn_reset(txn);
    for (unsigned i = 0; i <= rounds; i++) {
        int64_t mine = time_kith(txn, 0, &all[i]);
        if (time_kith(txn, 1, &one[i]) != mine) {
            bench_fail("one thread comes to another grid than all of them");
        }
        int64_t theirs =
            bench->duckdb ? duckdb_peer_ask(bench->duckdb, question, &duckdb[i]) : mine;
        if (mine != theirs) {
            bench_fail("kith's grid weighs %" PRId64 ", DuckDB's %" PRId64, mine, theirs);
        }
    }
    kith_txn_abort(txn);
    double mine = bench_median(all + 1, rounds), theirs = bench_median(duckdb + 1, rounds);
    bench_row row = {.question = "segments, tiers, grid, cuts", .unit = " ms", .kith = mine / 1e3};
    if (bench->duckdb) {
        row.peer_name = "DuckDB";
        row.peer = theirs / 1e3;
        row.ratio = theirs / mine;
        row.want = BENCH_RATIO_AT_LEAST;
        row.limit = TIMES;
    }
    bench_table_row(&bench->table, &row);
    bench_row alone = {.question = "the same in one thread",
                       .unit = " ms",
                       .kith = bench_median(one + 1, rounds) / 1e3};
    bench_table_row(&bench->table, &alone);
    free(all);
    free(one);
    free(duckdb);
}

int main(int argc, char **argv) {
    rfm_bench bench;
    memset(&bench, 0, sizeof bench);
    bench_start(&bench.options, argc, argv, ROUNDS);
    for (uint64_t i = 0; i < bench.options.count; i++) {
        bench.orders += order_count(bench.options.seed, i);
    }
    fill_duckdb(&bench);
    fill_kith(&bench);
    bench_table_begin(&bench.table,
                      "rfm: %" PRIu64 " customers, %" PRIu64
                      " orders in two years, settled, %ld processors, median of %u rounds (seed"
                      " %" PRIu64 ")%s",
                      bench.options.count, bench.orders, sysconf(_SC_NPROCESSORS_ONLN),
                      bench.options.rounds, bench.options.seed,
                      bench.options.tmpfs ? " IN MEMORY" : "");
    measure(&bench);
    if (bench.duckdb == NULL) {
        bench_table_remark(&bench.table, "DuckDB is MISSING: it isn't in this table.");
    }
    bench_table_print(&bench.table);
    kith_close(bench.store);
    duckdb_peer_close(bench.duckdb);
    return 0;
}
