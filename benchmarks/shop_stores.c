#include "shop_stores.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define BATCH 50000

/* kith */

static void put_tags(kith_txn *txn, const shop_customer *customer) {
    for (size_t i = 0; i < SHOP_TAGS; i++) {
        kith_tag_input input = KITH_TAG_INPUT_INIT;
        input.source = SHOP_SOURCE;
        input.key = customer->key;
        input.tag = shop_tag_names[i];
        input.at_us = SHOP_BEGIN_US;
        if (customer->tags[i]) {
            load_check(txn, kith_tag_add(txn, &input, NULL), "kith_tag_add");
        }
    }
}

static void put_customer(kith_txn *txn, uint64_t seed, uint64_t index) {
    shop_customer customer;
    kith_field fields[GENERATE_FIELDS_MAX];
    kith_record_input input = KITH_RECORD_INPUT_INIT;
    shop_customer_at(seed, index, &customer);
    input.source = SHOP_SOURCE;
    input.key = customer.key;
    input.at_us = SHOP_BEGIN_US;
    input.fields = fields;
    input.field_count = shop_customer_fields(&customer, fields);
    load_check(txn, kith_record_put(txn, &input, NULL), "kith_record_put");
    put_tags(txn, &customer);
}

static void fill_kith_customers(shop_stores *stores) {
    for (uint64_t at = 0; at < stores->options->count; at += BATCH) {
        kith_txn *txn = load_begin(stores->kith, KITH_WRITE);
        for (uint64_t i = at; i < at + BATCH && i < stores->options->count; i++) {
            put_customer(txn, stores->options->seed, i);
        }
        load_commit(txn);
    }
    load_settle(stores->kith, SHOP_NOW_US);
    stores->kith_sizes.customers_bytes = load_compact_bytes(stores->options, stores->kith);
}

void shop_stores_put_event(kith_txn *txn, const shop_event *event) {
    char key[SHOP_KEY_BYTES];
    kith_field fields[GENERATE_FIELDS_MAX];
    kith_event_input input = KITH_EVENT_INPUT_INIT;
    shop_customer_key(event->customer, key);
    input.source = SHOP_SOURCE;
    input.key = key;
    input.type = event->type;
    input.time_us = event->time_us;
    input.fields = fields;
    input.field_count = shop_event_fields(event, fields);
    load_check(txn, kith_event_put(txn, &input, NULL), "kith_event_put");
}

/* The numbers of all events, customer by customer, each one's in order of time. */
static uint32_t *order_by_customer(const shop_stores *stores) {
    uint64_t customers = stores->options->count, seed = stores->options->seed;
    uint32_t *next = bench_allocate(customers + 1, sizeof *next);
    uint32_t *order = bench_allocate(stores->events, sizeof *order);
    for (uint64_t i = 0; i < stores->events; i++) {
        next[shop_event_customer(seed, i, customers) + 1]++;
    }
    for (uint64_t i = 0; i < customers; i++) {
        next[i + 1] += next[i];
    }
    for (uint64_t i = 0; i < stores->events; i++) {
        order[next[shop_event_customer(seed, i, customers)]++] = (uint32_t)i;
    }
    free(next);
    return order;
}

static void fill_kith_events(shop_stores *stores) {
    uint32_t *order = order_by_customer(stores);
    for (uint64_t at = 0; at < stores->events; at += BATCH) {
        kith_txn *txn = load_begin(stores->kith, KITH_WRITE);
        for (uint64_t i = at; i < at + BATCH && i < stores->events; i++) {
            shop_event event;
            shop_event_at(stores->options->seed, order[i], stores->events, stores->options->count,
                          &event);
            shop_stores_put_event(txn, &event);
        }
        load_commit(txn);
    }
    free(order);
}

/* SQLite */

static const char customer_schema[] =
    "CREATE TABLE customer(id INTEGER PRIMARY KEY, city TEXT, store_id TEXT, birth_date INTEGER,"
    " budget INTEGER, gender TEXT);"
    "CREATE TABLE tag(customer INTEGER, name TEXT, PRIMARY KEY(customer, name)) WITHOUT ROWID;"
    "CREATE TABLE event(customer INTEGER NOT NULL, time INTEGER NOT NULL, type TEXT NOT NULL,"
    " category TEXT, channel TEXT, sku TEXT, cents INTEGER);";
/* What its questions ask for: by attribute, by customer, by kind and time. */
static const char customer_indexes[] = "CREATE INDEX customer_city ON customer(city);"
                                       "CREATE INDEX customer_birth ON customer(birth_date);"
                                       "CREATE INDEX customer_budget ON customer(budget);"
                                       "CREATE INDEX tag_name ON tag(name, customer);";
static const char event_indexes[] = "CREATE INDEX event_customer ON event(customer, type, time);"
                                    "CREATE INDEX event_time ON event(type, time);"
                                    "ANALYZE;";

static void insert_customer(sqlite3_stmt *insert, sqlite3_stmt *insert_tag, uint64_t index,
                            const shop_customer *customer) {
    sqlite3_bind_int64(insert, 1, (int64_t)index);
    sqlite_peer_bind_text(insert, 2, customer->city);
    sqlite_peer_bind_text(insert, 3, customer->store_id);
    sqlite3_bind_int64(insert, 4, customer->birth_days);
    sqlite3_bind_int64(insert, 5, customer->budget);
    sqlite_peer_bind_text(insert, 6, customer->gender);
    sqlite_peer_run(insert);
    for (size_t i = 0; i < SHOP_TAGS; i++) {
        if (customer->tags[i]) {
            sqlite3_bind_int64(insert_tag, 1, (int64_t)index);
            sqlite_peer_bind_text(insert_tag, 2, shop_tag_names[i]);
            sqlite_peer_run(insert_tag);
        }
    }
}

static void fill_sqlite_customers(shop_stores *stores, const char *path) {
    const char *sql = "INSERT INTO customer VALUES(?1, ?2, ?3, ?4, ?5, ?6)";
    sqlite3_stmt *insert = sqlite_peer_prepare(stores->sqlite, sql);
    sqlite3_stmt *insert_tag =
        sqlite_peer_prepare(stores->sqlite, "INSERT INTO tag VALUES(?1, ?2)");
    sqlite_peer_begin_fill(stores->sqlite);
    for (uint64_t i = 0; i < stores->options->count; i++) {
        shop_customer customer;
        shop_customer_at(stores->options->seed, i, &customer);
        insert_customer(insert, insert_tag, i, &customer);
    }
    sqlite_peer_exec(stores->sqlite, customer_indexes);
    sqlite_peer_end_fill(stores->sqlite);
    stores->sqlite_sizes.customers_bytes = sqlite_peer_checkpoint(stores->sqlite, path);
}

static void insert_event(sqlite3_stmt *insert, const shop_event *event) {
    sqlite3_bind_int64(insert, 1, (int64_t)event->customer);
    sqlite3_bind_int64(insert, 2, event->time_us);
    sqlite_peer_bind_text(insert, 3, event->type);
    sqlite_peer_bind_text(insert, 4, event->category);
    sqlite_peer_bind_text(insert, 5, event->channel);
    sqlite_peer_bind_text(insert, 6, event->sku);
    if (event->cents > 0) {
        sqlite3_bind_int64(insert, 7, event->cents);
    } else {
        sqlite3_bind_null(insert, 7);
    }
    sqlite_peer_run(insert);
}

static void fill_sqlite_events(shop_stores *stores, const char *path) {
    const char *sql = "INSERT INTO event VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7)";
    sqlite3_stmt *insert = sqlite_peer_prepare(stores->sqlite, sql);
    sqlite_peer_begin_fill(stores->sqlite);
    for (uint64_t i = 0; i < stores->events; i++) {
        shop_event event;
        shop_event_at(stores->options->seed, i, stores->events, stores->options->count, &event);
        insert_event(insert, &event);
    }
    sqlite_peer_exec(stores->sqlite, event_indexes);
    sqlite_peer_end_fill(stores->sqlite);
    stores->sqlite_sizes.bytes = sqlite_peer_checkpoint(stores->sqlite, path);
}

/* DuckDB, by way of files */

static const char *const duckdb_schema[] = {
    "CREATE TABLE customer(id INTEGER, city VARCHAR, store_id VARCHAR, birth_date DATE, budget"
    " INTEGER, gender VARCHAR)",
    "CREATE TABLE tag(customer INTEGER, name VARCHAR)",
    "CREATE TABLE event(customer INTEGER, time TIMESTAMP, type VARCHAR, category VARCHAR, channel"
    " VARCHAR, sku VARCHAR, amount DECIMAL(9,2))",
};

static FILE *create_file(const char *path) {
    FILE *file = fopen(path, "w");
    if (!file) {
        bench_fail("can't make %s", path);
    }
    return file;
}

static void close_file(FILE *file, const char *path) {
    if (ferror(file) || fclose(file) != 0) {
        bench_fail("can't write %s", path);
    }
}

/* Takes a file in, and removes it. */
static void take_file(shop_stores *stores, const char *path, const char *table, const char *columns,
                      const char *types) {
    char sql[BENCH_PATH_BYTES + 1024];
    snprintf(sql, sizeof sql,
             "INSERT INTO %s SELECT %s FROM read_csv('%s', header = false, auto_detect = false,"
             " columns = {%s})",
             table, columns, path, types);
    duckdb_peer_exec(stores->duckdb, sql);
    unlink(path);
}

static void write_customers(const shop_stores *stores, FILE *customers, FILE *tags) {
    for (uint64_t i = 0; i < stores->options->count; i++) {
        shop_customer customer;
        shop_customer_at(stores->options->seed, i, &customer);
        fprintf(customers, "%" PRIu64 ",%s,%s,%" PRId64 ",%" PRId64 ",%s\n", i, customer.city,
                customer.store_id, customer.birth_days, customer.budget,
                customer.gender ? customer.gender : "");
        for (size_t tag = 0; tag < SHOP_TAGS; tag++) {
            if (customer.tags[tag]) {
                fprintf(tags, "%" PRIu64 ",%s\n", i, shop_tag_names[tag]);
            }
        }
    }
}

static void fill_duckdb_customers(shop_stores *stores) {
    char path[BENCH_PATH_BYTES], tags_path[BENCH_PATH_BYTES];
    bench_path(stores->options, "customers.csv", path);
    bench_path(stores->options, "tags.csv", tags_path);
    FILE *customers = create_file(path), *tags = create_file(tags_path);
    write_customers(stores, customers, tags);
    close_file(customers, path);
    close_file(tags, tags_path);
    take_file(stores, path, "customer",
              "id, city, store_id, DATE '1970-01-01' + birth_date, budget, gender",
              "'id': 'INTEGER', 'city': 'VARCHAR', 'store_id': 'VARCHAR', 'birth_date': 'INTEGER',"
              " 'budget': 'INTEGER', 'gender': 'VARCHAR'");
    take_file(stores, tags_path, "tag", "*", "'customer': 'INTEGER', 'name': 'VARCHAR'");
    stores->duckdb_sizes.customers_bytes = duckdb_peer_checkpoint(stores->duckdb);
}

static void write_event(FILE *file, const shop_event *event) {
    fprintf(file, "%" PRIu64 ",%" PRId64 ",%s,%s,%s,%s,", event->customer, event->time_us,
            event->type, event->category, event->channel, event->sku);
    if (event->cents > 0) {
        fprintf(file, "%" PRId64 ".%02" PRId64, event->cents / 100, event->cents % 100);
    }
    fputc('\n', file);
}

static void fill_duckdb_events(shop_stores *stores) {
    char path[BENCH_PATH_BYTES];
    bench_path(stores->options, "events.csv", path);
    FILE *file = create_file(path);
    for (uint64_t i = 0; i < stores->events; i++) {
        shop_event event;
        shop_event_at(stores->options->seed, i, stores->events, stores->options->count, &event);
        write_event(file, &event);
    }
    close_file(file, path);
    take_file(stores, path, "event",
              "customer, make_timestamp(time), type, category, channel, sku, amount",
              "'customer': 'INTEGER', 'time': 'BIGINT', 'type': 'VARCHAR', 'category': 'VARCHAR',"
              " 'channel': 'VARCHAR', 'sku': 'VARCHAR', 'amount': 'DECIMAL(9,2)'");
    stores->duckdb_sizes.bytes = duckdb_peer_checkpoint(stores->duckdb);
}

/* All */

static double seconds_since(int64_t started) {
    return (double)(bench_now_ns() - started) / 1e9;
}

static void fill_kith(shop_stores *stores) {
    char path[BENCH_PATH_BYTES];
    int64_t started = bench_now_ns();
    stores->kith = load_open(bench_path(stores->options, "shop.kith", path), KITH_CREATE_NEW);
    fill_kith_customers(stores);
    bench_note("kith: %" PRIu64 " customers, after %.1f s", stores->options->count,
               seconds_since(started));
    fill_kith_events(stores);
    bench_note("kith: %" PRIu64 " events, after %.1f s", stores->events, seconds_since(started));
}

static void fill_sqlite(shop_stores *stores) {
    char path[BENCH_PATH_BYTES];
    int64_t started = bench_now_ns();
    bench_path(stores->options, "shop.sqlite", path);
    stores->sqlite = sqlite_peer_open(path, customer_schema);
    fill_sqlite_customers(stores, path);
    fill_sqlite_events(stores, path);
    bench_note("SQLite: filled in %.1f s", seconds_since(started));
}

static void fill_duckdb(shop_stores *stores) {
    char path[BENCH_PATH_BYTES];
    int64_t started = bench_now_ns();
    if (!stores->options->duckdb) {
        return;
    }
    stores->duckdb =
        duckdb_peer_open(stores->options->duckdb, bench_path(stores->options, "shop.duckdb", path),
                         (unsigned)sysconf(_SC_NPROCESSORS_ONLN));
    for (size_t i = 0; i < sizeof duckdb_schema / sizeof duckdb_schema[0]; i++) {
        duckdb_peer_exec(stores->duckdb, duckdb_schema[i]);
    }
    fill_duckdb_customers(stores);
    fill_duckdb_events(stores);
    bench_note("DuckDB: filled in %.1f s", seconds_since(started));
}

void shop_stores_fill(shop_stores *stores) {
    fill_duckdb(stores);
    fill_sqlite(stores);
    fill_kith(stores);
}

void shop_stores_close(shop_stores *stores) {
    kith_close(stores->kith);
    sqlite_peer_close(stores->sqlite);
    duckdb_peer_close(stores->duckdb);
}
