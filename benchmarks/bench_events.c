/*
 * Events in, durably, and counted: beside SQLite with the same events in a table.
 *
 * kith finds second copies of an event, so SQLite gets the unique index that does the same; the run
 * against a table without one is shown too. The import is cut into turns that the sides take one
 * after another; a figure is that of the whole import.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "generate.h"
#include "harness.h"
#include "kith_load.h"
#include "sqlite_peer.h"

#define EVENTS_PER_RECORD  20
#define PROFILES_OF(count) ((count) / (EVENTS_PER_RECORD * 11 / 10) + 1)
#define SIDES_MAX          3
#define COUNT_ROUNDS       7
#define QUERIES_MAX        100000
#define WINDOW_US          (30 * GENERATE_DAY_US)

typedef enum check_kind {
    CHECK_CONTENT, /* record, time, type and content tell an event from another */
    CHECK_NOTHING, /* a second copy becomes a second row */
    CHECK_MESSAGE_ID
} check_kind;

typedef struct event_side {
    const char *name;
    check_kind check;
    char path[BENCH_PATH_BYTES];
    kith *store; /* one of the two */
    sqlite3 *db;
    sqlite3_stmt *begin, *insert, *commit;
    uint64_t base_bytes; /* with the records and no event */
    double seconds, processor_us;
    double *turns;
} event_side;

typedef struct event_bench {
    bench_options options;
    uint64_t profiles, records;
    generated_event *slice;
    size_t slice_count;
    bench_table table;
} event_bench;

static const char base_schema[] =
    "CREATE TABLE record(id INTEGER PRIMARY KEY, source INTEGER NOT NULL, key TEXT NOT NULL,"
    " profile INTEGER NOT NULL, UNIQUE(source, key));"
    "CREATE INDEX record_profile ON record(profile);";

static const char *const event_schemas[] = {
    [CHECK_CONTENT] =
        "CREATE TABLE event(record INTEGER NOT NULL, time INTEGER NOT NULL, type INTEGER NOT NULL,"
        " hash INTEGER NOT NULL, properties TEXT NOT NULL);"
        "CREATE UNIQUE INDEX event_once ON event(record, time, type, hash);",
    [CHECK_NOTHING] =
        "CREATE TABLE event(record INTEGER NOT NULL, time INTEGER NOT NULL, type INTEGER NOT NULL,"
        " hash INTEGER NOT NULL, properties TEXT NOT NULL);"
        "CREATE INDEX event_time ON event(record, time);",
    [CHECK_MESSAGE_ID] =
        "CREATE TABLE event(record INTEGER NOT NULL, time INTEGER NOT NULL, type INTEGER NOT NULL,"
        " message_id TEXT NOT NULL, properties TEXT NOT NULL);"
        "CREATE INDEX event_time ON event(record, time);"
        "CREATE UNIQUE INDEX event_once ON event(record, message_id);",
};

/* The fourth column is what tells copies apart: a hash, or the message id. */
static const char insert_sql[] =
    "INSERT OR IGNORE INTO event"
    " SELECT id, ?1, ?2, ?3, ?4 FROM record WHERE source = ?5 AND key = ?6";

static void open_sqlite(event_bench *bench, event_side *side) {
    side->db = sqlite_peer_open(side->path, base_schema);
    sqlite_peer_exec(side->db, event_schemas[side->check]);
    /* Pages that many transactions touch are then moved once: 15 to 20 % faster here than the
     * default. */
    sqlite_peer_exec(side->db, "PRAGMA wal_autocheckpoint=10000");
    sqlite_peer_begin_fill(side->db);
    sqlite3_stmt *insert = sqlite_peer_prepare(side->db, "INSERT INTO record VALUES(?,?,?,?)");
    for (uint64_t i = 0; i < bench->records; i++) {
        generated_record record;
        uint64_t first = i < bench->profiles ? i : (i - bench->profiles) * 10;
        generate_profile_record(bench->options.seed, i, bench->profiles, &record);
        sqlite3_bind_int64(insert, 1, (int64_t)i + 1);
        sqlite3_bind_int64(insert, 2, record.source);
        sqlite_peer_bind_text(insert, 3, record.key);
        sqlite3_bind_int64(insert, 4, (int64_t)first + 1);
        sqlite_peer_run(insert);
    }
    sqlite_peer_end_fill(side->db);
    side->base_bytes = bench_file_bytes(side->path);
    side->begin = sqlite_peer_prepare(side->db, "BEGIN IMMEDIATE");
    side->insert = sqlite_peer_prepare(side->db, insert_sql);
    side->commit = sqlite_peer_prepare(side->db, "COMMIT");
}

static void open_side(event_bench *bench, event_side *side, const char *file) {
    bench_path(&bench->options, file, side->path);
    side->turns = bench_allocate(bench->options.rounds, sizeof(double));
    if (strcmp(side->name, "kith") != 0) {
        open_sqlite(bench, side);
        return;
    }
    side->store = load_open(side->path, KITH_CREATE_NEW);
    load_profiles(side->store, bench->options.seed, bench->profiles);
    load_settle(side->store, GENERATE_NOW_US);
    side->base_bytes = load_compact_bytes(&bench->options, side->store);
}

static void close_side(event_side *side) {
    if (side->db) {
        sqlite_peer_close(side->db);
    }
    kith_close(side->store);
    remove(side->path);
    free(side->turns);
}

static void import_kith(event_side *side, const generated_event *slice, size_t count) {
    kith_txn *txn = load_begin(side->store, KITH_WRITE);
    for (size_t i = 0; i < count; i++) {
        load_event(txn, &slice[i], side->check == CHECK_MESSAGE_ID);
    }
    load_commit(txn);
}

static void import_sqlite(event_side *side, const generated_event *slice, size_t count) {
    sqlite_peer_run(side->begin);
    for (size_t i = 0; i < count; i++) {
        const generated_event *event = &slice[i];
        sqlite3_bind_int64(side->insert, 1, event->time_us);
        sqlite3_bind_int64(side->insert, 2, event->type);
        if (side->check == CHECK_MESSAGE_ID) {
            sqlite_peer_bind_text(side->insert, 3, event->message_id);
        } else {
            sqlite3_bind_int64(side->insert, 3, (int64_t)event->hash);
        }
        sqlite3_bind_text(side->insert, 4, event->json, (int)event->json_bytes, SQLITE_STATIC);
        sqlite3_bind_int64(side->insert, 5, event->source);
        sqlite_peer_bind_text(side->insert, 6, event->key);
        sqlite_peer_run(side->insert);
    }
    sqlite_peer_run(side->commit);
}

static double import_slice(const event_bench *bench, event_side *side, size_t count, size_t batch) {
    int64_t started = bench_now_ns();
    for (size_t at = 0; at < count; at += batch) {
        size_t size = count - at < batch ? count - at : batch;
        if (side->store) {
            import_kith(side, bench->slice + at, size);
        } else {
            import_sqlite(side, bench->slice + at, size);
        }
    }
    return (double)(bench_now_ns() - started) / 1e9;
}

/* All sides import the same events, a slice each in turn. */
static void import_all(event_bench *bench, event_side *sides, size_t side_count, size_t batch) {
    uint64_t done = 0;
    for (unsigned turn = 0; turn < bench->options.rounds; turn++) {
        uint64_t left = bench->options.count - done;
        size_t count = left < bench->slice_count ? (size_t)left : bench->slice_count;
        for (size_t i = 0; i < count; i++) {
            generate_event(bench->options.seed, done + i, bench->options.count, bench->records,
                           &bench->slice[i]);
        }
        for (size_t i = 0; i < side_count; i++) {
            int64_t used = bench_processor_ns();
            sides[i].turns[turn] = import_slice(bench, &sides[i], count, batch);
            sides[i].seconds += sides[i].turns[turn];
            sides[i].processor_us += (double)(bench_processor_ns() - used) / 1e3;
        }
        done += count;
    }
}

static void add_import_row(event_bench *bench, const char *question, event_side *mine,
                           const event_side *peer, double at_least) {
    double count = (double)bench->options.count;
    double *ratios = bench_allocate(bench->options.rounds, sizeof(double));
    bench_row row = {question,
                     "/s",
                     count / mine->seconds,
                     peer->name,
                     count / peer->seconds,
                     peer->seconds / mine->seconds,
                     at_least > 0 ? BENCH_RATIO_AT_LEAST : BENCH_NO_TARGET,
                     at_least};
    for (unsigned i = 0; i < bench->options.rounds; i++) {
        ratios[i] = peer->turns[i] / mine->turns[i];
    }
    bench_table_row(&bench->table, &row);
    bench_table_remark(
        &bench->table,
        "%s, %s: the median turn's ratio is %.2fx; processor time an event: kith %.2f us, "
        "SQLite %.2f us.",
        question, peer->name, bench_median(ratios, bench->options.rounds),
        mine->processor_us / count, peer->processor_us / count);
    free(ratios);
}

static void settle_and_weigh(event_bench *bench, event_side *mine, event_side *sqlite) {
    kith_stat stat = KITH_STAT_INIT;
    double count = (double)bench->options.count;
    int64_t started = bench_now_ns();
    load_settle(mine->store, GENERATE_NOW_US);
    double seconds = (double)(bench_now_ns() - started) / 1e9;
    load_stat(mine->store, &stat);
    if (stat.event_count != bench->options.count) {
        bench_fail("kith has %llu events", (unsigned long long)stat.event_count);
    }
    uint64_t compact = load_compact_bytes(&bench->options, mine->store);
    uint64_t peer = sqlite_peer_checkpoint(sqlite->db, sqlite->path);
    double weight = (double)(compact - mine->base_bytes) / count;
    double peer_weight = (double)(peer - sqlite->base_bytes) / count;
    bench_row time = {"import and settle, 10,000",
                      "/s",
                      count / (mine->seconds + seconds),
                      sqlite->name,
                      count / sqlite->seconds,
                      sqlite->seconds / (mine->seconds + seconds),
                      BENCH_NO_TARGET,
                      0};
    bench_row disk = {
        "an event on disk, settled", " B", weight, sqlite->name, peer_weight, weight / peer_weight,
        BENCH_RATIO_AT_MOST,         1.2};
    bench_table_row(&bench->table, &time);
    bench_table_row(&bench->table, &disk);
    bench_table_remark(
        &bench->table,
        "On disk: a compact copy (kith_backup) without its records; the working file has %.0f "
        "bytes an event, %.0f in use. SQLite's is checkpointed.",
        (double)stat.file_bytes / count, (double)stat.used_bytes / count);
}

/* Counts the events of the last 30 days of each queried record's profile. */
static double count_kith(kith_txn *txn, const uint32_t *numbers, size_t count, uint64_t *out) {
    int64_t started = bench_now_ns();
    for (size_t i = 0; i < count; i++) {
        kith_profile profile = KITH_PROFILE_INIT;
        uint64_t seen = 0;
        load_check(txn, kith_txn_renew(txn), "kith_txn_renew");
        int code = kith_profile_of_record(txn, numbers[i], GENERATE_NOW_US, &profile);
        load_check(txn, code, "kith_profile_of_record");
        code = kith_profile_count_events(&profile, NULL, GENERATE_NOW_US - WINDOW_US,
                                         GENERATE_NOW_US, &seen);
        load_check(txn, code, "kith_profile_count_events");
        kith_txn_reset(txn);
        *out += seen;
    }
    return (double)(bench_now_ns() - started) / 1e3 / (double)count;
}

static double count_sqlite(sqlite3_stmt *query, const uint64_t *indexes, size_t count,
                           uint64_t *out) {
    int64_t started = bench_now_ns();
    for (size_t i = 0; i < count; i++) {
        sqlite3_bind_int64(query, 1, (int64_t)indexes[i] + 1);
        sqlite_peer_step(query);
        *out += (uint64_t)sqlite3_column_int64(query, 0);
        sqlite3_reset(query);
    }
    return (double)(bench_now_ns() - started) / 1e3 / (double)count;
}

static void pick_records(const event_bench *bench, kith_txn *txn, size_t count, uint64_t *indexes,
                         uint32_t *numbers) {
    load_check(txn, kith_txn_renew(txn), "kith_txn_renew");
    for (size_t i = 0; i < count; i++) {
        generated_record record;
        kith_record found = KITH_RECORD_INIT;
        indexes[i] = generate_hash(bench->options.seed + 99, i) % bench->records;
        generate_profile_record(bench->options.seed, indexes[i], bench->profiles, &record);
        int code = kith_record_get(txn, generate_source_names[record.source], record.key, &found);
        load_check(txn, code, "kith_record_get");
        numbers[i] = found.number;
    }
    kith_txn_reset(txn);
}

static const char count_profile_sql[] =
    "SELECT count(*) FROM record r JOIN event e ON e.record = r.id"
    " WHERE r.profile = (SELECT profile FROM record WHERE id = ?1) AND e.time >= ?2 AND e.time < "
    "?3";

static void count_windows(event_bench *bench, event_side *mine, event_side *sqlite) {
    size_t count = bench->options.count < QUERIES_MAX ? bench->options.count : QUERIES_MAX;
    uint64_t *indexes = bench_allocate(count, sizeof *indexes);
    uint32_t *numbers = bench_allocate(count, sizeof *numbers);
    double times[COUNT_ROUNDS], peer_times[COUNT_ROUNDS];
    uint64_t found = 0, peer_found = 0;
    kith_txn *txn = load_begin(mine->store, KITH_READ);
    kith_txn_reset(txn);
    pick_records(bench, txn, count, indexes, numbers);
    sqlite_peer_exec(sqlite->db, "ANALYZE");
    sqlite3_stmt *query = sqlite_peer_prepare(sqlite->db, count_profile_sql);
    sqlite3_bind_int64(query, 2, GENERATE_NOW_US - WINDOW_US);
    sqlite3_bind_int64(query, 3, GENERATE_NOW_US);
    count_kith(txn, numbers, count, &found); /* warm up, and compare the answers */
    count_sqlite(query, indexes, count, &peer_found);
    if (found != peer_found) {
        bench_fail("the counts differ: kith %llu, SQLite %llu", (unsigned long long)found,
                   (unsigned long long)peer_found);
    }
    for (int round = 0; round < COUNT_ROUNDS; round++) {
        times[round] = count_kith(txn, numbers, count, &found);
        peer_times[round] = count_sqlite(query, indexes, count, &peer_found);
    }
    bench_row row = {"a profile's events in 30 days",
                     " us",
                     bench_median(times, COUNT_ROUNDS),
                     sqlite->name,
                     bench_median(peer_times, COUNT_ROUNDS),
                     0,
                     BENCH_RATIO_AT_LEAST,
                     2};
    row.ratio = row.peer / row.kith;
    bench_table_row(&bench->table, &row);
    kith_txn_abort(txn);
    free(numbers);
    free(indexes);
}

static void run_by_content(event_bench *bench, size_t batch, double at_least, const char *question,
                           bool look_inside) {
    event_side sides[SIDES_MAX];
    memset(sides, 0, sizeof sides);
    sides[0].name = "kith";
    sides[1].name = "SQLite";
    sides[2].name = "SQLite, duplicates unseen";
    sides[2].check = CHECK_NOTHING;
    bench_note("import without message ids, %zu a transaction", batch);
    open_side(bench, &sides[0], "events.kith");
    open_side(bench, &sides[1], "events.sqlite");
    open_side(bench, &sides[2], "plain.sqlite");
    import_all(bench, sides, 3, batch);
    add_import_row(bench, question, &sides[0], &sides[1], at_least);
    add_import_row(bench, question, &sides[0], &sides[2], 0);
    if (look_inside) {
        settle_and_weigh(bench, &sides[0], &sides[1]);
        count_windows(bench, &sides[0], &sides[1]);
    }
    for (int i = 0; i < 3; i++) {
        close_side(&sides[i]);
    }
}

static void run_by_message_id(event_bench *bench, size_t batch, const char *question) {
    event_side sides[2];
    memset(sides, 0, sizeof sides);
    sides[0].name = "kith";
    sides[1].name = "SQLite";
    bench_note("import with message ids, %zu a transaction", batch);
    for (int i = 0; i < 2; i++) {
        sides[i].check = CHECK_MESSAGE_ID;
        open_side(bench, &sides[i], i == 0 ? "ids.kith" : "ids.sqlite");
    }
    import_all(bench, sides, 2, batch);
    add_import_row(bench, question, &sides[0], &sides[1], 0);
    for (int i = 0; i < 2; i++) {
        close_side(&sides[i]);
    }
}

int main(int argc, char **argv) {
    event_bench bench;
    memset(&bench, 0, sizeof bench);
    bench_start(&bench.options, argc, argv, 10);
    bench.profiles = PROFILES_OF(bench.options.count);
    bench.records = generate_profile_records(bench.profiles);
    bench.slice_count =
        (size_t)((bench.options.count + bench.options.rounds - 1) / bench.options.rounds);
    bench.slice = bench_allocate(bench.slice_count, sizeof *bench.slice);
    bench_table_begin(
        &bench.table,
        "events: durable import, count and size (%llu events of about 100 bytes on %llu records, "
        "%u turns, seed %llu)%s",
        (unsigned long long)bench.options.count, (unsigned long long)bench.records,
        bench.options.rounds, (unsigned long long)bench.options.seed,
        bench.options.tmpfs ? " IN MEMORY: a commit costs nothing here" : "");
    run_by_content(&bench, 1000, 1.5, "import, 1,000 a transaction", false);
    run_by_content(&bench, 10000, 2, "import, 10,000 a transaction", true);
    run_by_message_id(&bench, 1000, "with message ids, 1,000");
    run_by_message_id(&bench, 10000, "with message ids, 10,000");
    bench_table_print(&bench.table);
    free(bench.slice);
    return 0;
}
