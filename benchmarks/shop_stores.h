/*
 * The generated shop in kith, in SQLite and, where it is there, in DuckDB: the same rows in each,
 * in the order that is natural to it. kith and SQLite are filled outside of any measurement.
 */
#ifndef KITH_BENCHMARKS_SHOP_STORES_H
#define KITH_BENCHMARKS_SHOP_STORES_H

#include "duckdb_peer.h"
#include "generate_shop.h"
#include "kith_load.h"
#include "sqlite_peer.h"

typedef struct shop_sizes {
    uint64_t customers_bytes; /* of the file with the customers and no event */
    uint64_t bytes;
} shop_sizes;

typedef struct shop_stores {
    const bench_options *options; /* count: customers */
    uint64_t events;
    kith *kith;
    sqlite3 *sqlite;
    duckdb_peer *duckdb; /* NULL: it isn't there */
    shop_sizes kith_sizes, sqlite_sizes, duckdb_sizes;
} shop_stores;

/* Fills all. kith's is not settled. */
void shop_stores_fill(shop_stores *stores);
void shop_stores_close(shop_stores *stores);
/* Puts one event more into kith. */
void shop_stores_put_event(kith_txn *txn, const shop_event *event);

#endif
