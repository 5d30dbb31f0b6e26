/*
 * Records in, resolved: who shares an identifier becomes one profile. Beside SQLite, where each
 * record's three identifiers are looked up, the oldest profile among them is taken, and the others
 * are relabelled.
 *
 * SQLite does less here (it has no rules that could refuse a link, and gets normalised values), on
 * data on which both must come to the same profiles. Memory is measured in a child that runs kith's
 * import alone.
 */
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "generate.h"
#include "harness.h"
#include "kith_load.h"
#include "sqlite_peer.h"

#define BATCH        10000
#define IDENTIFIERS  3
#define PROFILES_MAX 8 /* that one record can find */
/* One profile in so many may differ: kith limits e-mails a person, and knows dummy numbers. */
#define TOLERANCE    5000
#define SAMPLE_NS    2000000
#define MEGABYTE     1048576.0

typedef struct sqlite_side {
    sqlite3 *db;
    char path[BENCH_PATH_BYTES];
    sqlite3_stmt *begin, *find, *record, *identifier, *relabel, *commit;
} sqlite_side;

typedef struct record_bench {
    bench_options options;
    generated_record *slice;
    size_t slice_count;
    char kith_path[BENCH_PATH_BYTES];
    kith *store;
    sqlite_side sqlite;
    double kith_seconds, sqlite_seconds;
    double kith_processor_us, sqlite_processor_us;
    double *ratios;
} record_bench;

static const char sqlite_schema[] =
    "CREATE TABLE record(id INTEGER PRIMARY KEY, profile INTEGER, source INTEGER NOT NULL,"
    " key TEXT NOT NULL, at INTEGER NOT NULL, email TEXT, phone TEXT, loyalty_id TEXT,"
    " given_name TEXT, family_name TEXT, city TEXT, birth_date INTEGER, UNIQUE(source, key));"
    "CREATE INDEX record_profile ON record(profile);"
    "CREATE TABLE identifier(type INTEGER NOT NULL, value TEXT NOT NULL, record INTEGER NOT NULL,"
    " PRIMARY KEY(type, value, record)) WITHOUT ROWID;";

static const char find_sql[] =
    "SELECT r.profile FROM identifier i JOIN record r ON r.id = i.record WHERE i.type = 1 AND "
    "i.value = ?1"
    " UNION SELECT r.profile FROM identifier i JOIN record r ON r.id = i.record"
    " WHERE i.type = 2 AND i.value = ?2"
    " UNION SELECT r.profile FROM identifier i JOIN record r ON r.id = i.record"
    " WHERE i.type = 3 AND i.value = ?3 ORDER BY 1";

/* A second version replaces the first, as kith_record_put does. */
static const char record_sql[] =
    "INSERT INTO record(profile, source, key, at, email, phone, loyalty_id, given_name, "
    "family_name, city,"
    " birth_date) VALUES(?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11) ON CONFLICT(source, key) DO UPDATE SET"
    " at = excluded.at, email = excluded.email, phone = excluded.phone, loyalty_id = "
    "excluded.loyalty_id,"
    " given_name = excluded.given_name, family_name = excluded.family_name, city = excluded.city,"
    " birth_date = excluded.birth_date WHERE excluded.at > at";

static void open_sqlite(record_bench *bench) {
    sqlite_side *side = &bench->sqlite;
    bench_path(&bench->options, "records.sqlite", side->path);
    side->db = sqlite_peer_open(side->path, sqlite_schema);
    side->begin = sqlite_peer_prepare(side->db, "BEGIN IMMEDIATE");
    side->find = sqlite_peer_prepare(side->db, find_sql);
    side->record = sqlite_peer_prepare(side->db, record_sql);
    side->identifier = sqlite_peer_prepare(side->db, "INSERT INTO identifier VALUES(?1, ?2, ?3)");
    side->relabel =
        sqlite_peer_prepare(side->db, "UPDATE record SET profile = ?1 WHERE profile = ?2");
    side->commit = sqlite_peer_prepare(side->db, "COMMIT");
}

/* The profiles that the record's identifiers are known by, oldest first. */
static size_t find_profiles(const sqlite_side *side, const char *const values[IDENTIFIERS],
                            int64_t profiles[PROFILES_MAX]) {
    size_t count = 0;
    for (int i = 0; i < IDENTIFIERS; i++) {
        sqlite_peer_bind_text(side->find, i + 1, values[i]);
    }
    while (sqlite_peer_step(side->find)) {
        if (count == PROFILES_MAX) {
            bench_fail("a record finds too many profiles");
        }
        profiles[count++] = sqlite3_column_int64(side->find, 0);
    }
    return count;
}

static void insert_record(const sqlite_side *side, const generated_record *record,
                          const char *const values[IDENTIFIERS], int64_t profile) {
    sqlite3_bind_int64(side->record, 1, profile);
    sqlite3_bind_int64(side->record, 2, record->source);
    sqlite_peer_bind_text(side->record, 3, record->key);
    sqlite3_bind_int64(side->record, 4, record->at_us);
    for (int i = 0; i < IDENTIFIERS; i++) {
        sqlite_peer_bind_text(side->record, 5 + i, values[i]);
    }
    sqlite_peer_bind_text(side->record, 8, record->given_name);
    sqlite_peer_bind_text(side->record, 9, record->family_name);
    sqlite_peer_bind_text(side->record, 10, record->city);
    sqlite3_bind_int64(side->record, 11, record->birth_days);
    sqlite_peer_run(side->record);
}

/* `next` is the number the record will get, and its profile's if it finds none. */
static void import_one_sqlite(const sqlite_side *side, const generated_record *record,
                              int64_t next) {
    const char *values[IDENTIFIERS] = {record->email, record->phone,
                                       record->loyalty_id[0] ? record->loyalty_id : NULL};
    int64_t profiles[PROFILES_MAX];
    size_t count = find_profiles(side, values, profiles);
    insert_record(side, record, values, count > 0 ? profiles[0] : next);
    for (int i = 0; i < IDENTIFIERS; i++) {
        if (values[i]) {
            sqlite3_bind_int64(side->identifier, 1, i + 1);
            sqlite_peer_bind_text(side->identifier, 2, values[i]);
            sqlite3_bind_int64(side->identifier, 3, next);
            sqlite_peer_run(side->identifier);
        }
    }
    for (size_t i = 1; i < count; i++) {
        sqlite3_bind_int64(side->relabel, 1, profiles[0]);
        sqlite3_bind_int64(side->relabel, 2, profiles[i]);
        sqlite_peer_run(side->relabel);
    }
}

static double import_sqlite(record_bench *bench, uint64_t first, size_t count) {
    int64_t started = bench_now_ns();
    for (size_t at = 0; at < count; at += BATCH) {
        sqlite_peer_run(bench->sqlite.begin);
        for (size_t i = at; i < count && i < at + BATCH; i++) {
            import_one_sqlite(&bench->sqlite, &bench->slice[i], (int64_t)(first + i) + 1);
        }
        sqlite_peer_run(bench->sqlite.commit);
    }
    return (double)(bench_now_ns() - started) / 1e9;
}

static double import_kith(record_bench *bench, size_t count) {
    int64_t started = bench_now_ns();
    for (size_t at = 0; at < count; at += BATCH) {
        kith_txn *txn = load_begin(bench->store, KITH_WRITE);
        for (size_t i = at; i < count && i < at + BATCH; i++) {
            load_record(txn, &bench->slice[i]);
        }
        load_commit(txn);
    }
    return (double)(bench_now_ns() - started) / 1e9;
}

static void import_in_turns(record_bench *bench) {
    uint64_t done = 0;
    for (unsigned turn = 0; turn < bench->options.rounds; turn++) {
        uint64_t left = bench->options.count - done;
        size_t count = left < bench->slice_count ? (size_t)left : bench->slice_count;
        for (size_t i = 0; i < count; i++) {
            generate_import_record(bench->options.seed, done + i, &bench->slice[i]);
        }
        int64_t started = bench_processor_ns();
        double mine = import_kith(bench, count);
        int64_t between = bench_processor_ns();
        double theirs = import_sqlite(bench, done, count);
        bench->kith_processor_us += (double)(between - started) / 1e3;
        bench->sqlite_processor_us += (double)(bench_processor_ns() - between) / 1e3;
        bench->ratios[turn] = theirs / mine;
        bench->kith_seconds += mine;
        bench->sqlite_seconds += theirs;
        bench_note("turn %u: kith %.2f s, SQLite %.2f s", turn + 1, mine, theirs);
        done += count;
    }
}

typedef struct memory_sampler {
    atomic_bool stop;
    uint64_t peak_bytes;
} memory_sampler;

static void *sample_memory(void *context) {
    memory_sampler *sampler = context;
    const struct timespec pause = {0, SAMPLE_NS};
    while (!atomic_load(&sampler->stop)) {
        uint64_t bytes = bench_anonymous_bytes();
        if (bytes > sampler->peak_bytes) {
            sampler->peak_bytes = bytes;
        }
        nanosleep(&pause, NULL);
    }
    return NULL;
}

/* Runs kith's import with nothing else in the process; returns the most it allocated at any time.
 */
static uint64_t import_sampled(const bench_options *options) {
    char path[BENCH_PATH_BYTES];
    memory_sampler sampler = {false, 0};
    pthread_t thread;
    uint64_t before = bench_anonymous_bytes();
    kith *store = load_open(bench_path(options, "memory.kith", path), KITH_CREATE_NEW);
    if (pthread_create(&thread, NULL, sample_memory, &sampler) != 0) {
        bench_fail("no thread to sample memory with");
    }
    for (uint64_t at = 0; at < options->count; at += BATCH) {
        kith_txn *txn = load_begin(store, KITH_WRITE);
        for (uint64_t i = at; i < options->count && i < at + BATCH; i++) {
            generated_record record;
            generate_import_record(options->seed, i, &record);
            load_record(txn, &record);
        }
        load_commit(txn);
    }
    atomic_store(&sampler.stop, true);
    pthread_join(thread, NULL);
    kith_close(store);
    unlink(path);
    return sampler.peak_bytes > before ? sampler.peak_bytes - before : 0;
}

/* In a child that is forked before this process has opened or allocated anything. */
static uint64_t measure_memory(const bench_options *options) {
    int ends[2];
    uint64_t bytes = 0;
    if (pipe(ends) != 0) {
        bench_fail("no pipe");
    }
    bench_note("memory: kith alone imports all once");
    pid_t child = fork();
    if (child == 0) {
        bytes = import_sampled(options);
        _exit(write(ends[1], &bytes, sizeof bytes) == (ssize_t)sizeof bytes ? 0 : 1);
    }
    close(ends[1]);
    bool read_all = read(ends[0], &bytes, sizeof bytes) == (ssize_t)sizeof bytes;
    close(ends[0]);
    if (child < 0 || waitpid(child, NULL, 0) != child || !read_all) {
        bench_fail("the import whose memory is measured didn't end well");
    }
    return bytes;
}

static bool is_near(uint64_t found, uint64_t expected) {
    uint64_t apart = found > expected ? found - expected : expected - found;
    return apart * TOLERANCE <= expected;
}

static void compare_profiles(record_bench *bench, const kith_stat *stat, bench_table *table) {
    uint64_t expected = generate_import_profiles(bench->options.count);
    uint64_t peer =
        (uint64_t)sqlite_peer_ask(bench->sqlite.db, "SELECT count(DISTINCT profile) FROM record");
    if (!is_near(stat->profile_count, expected) || !is_near(peer, expected)) {
        bench_fail("%llu profiles expected; kith has %llu (%llu links refused), SQLite %llu",
                   (unsigned long long)expected, (unsigned long long)stat->profile_count,
                   (unsigned long long)stat->refused_link_count, (unsigned long long)peer);
    }
    bench_table_remark(table, "Profiles: generated %llu, kith %llu, SQLite %llu.",
                       (unsigned long long)expected, (unsigned long long)stat->profile_count,
                       (unsigned long long)peer);
}

static void add_speed(record_bench *bench, bench_table *table) {
    double count = (double)bench->options.count;
    double ratio = bench->sqlite_seconds / bench->kith_seconds;
    bench_row speed = {"import, resolved, 10,000 a transaction",
                       "/s",
                       count / bench->kith_seconds,
                       "SQLite",
                       count / bench->sqlite_seconds,
                       ratio,
                       BENCH_RATIO_AT_LEAST,
                       5};
    bench_table_row(table, &speed);
    speed.peer_name = NULL;
    speed.ratio = 0;
    speed.want = BENCH_KITH_AT_LEAST;
    speed.limit = 40000;
    bench_table_row(table, &speed);
    bench_table_remark(
        table,
        "The median turn's ratio is %.2fx. Processor time a record: kith %.1f us, SQLite %.1f us.",
        bench_median(bench->ratios, bench->options.rounds), bench->kith_processor_us / count,
        bench->sqlite_processor_us / count);
}

static void add_disk(record_bench *bench, bench_table *table, const kith_stat *imported) {
    kith_stat settled = KITH_STAT_INIT;
    double count = (double)bench->options.count;
    int64_t started = bench_now_ns();
    load_settle(bench->store, GENERATE_NOW_US);
    double seconds = (double)(bench_now_ns() - started) / 1e9;
    load_stat(bench->store, &settled);
    double compact = (double)load_compact_bytes(&bench->options, bench->store) / count;
    double peer = (double)sqlite_peer_checkpoint(bench->sqlite.db, bench->sqlite.path) / count;
    bench_row rows[] = {
        {"a record on disk, settled", " B", (double)settled.file_bytes / count, "SQLite", peer, 0,
         BENCH_KITH_AT_MOST, 1536},
        {"  imported, not settled", " B", (double)imported->file_bytes / count, NULL, 0, 0,
         BENCH_NO_TARGET, 0},
        {"  settled, pages in use", " B", (double)settled.used_bytes / count, NULL, 0, 0,
         BENCH_NO_TARGET, 0},
        {"  settled, compact copy", " B", compact, "SQLite", peer, compact / peer, BENCH_NO_TARGET,
         0},
        {"settle", " profiles/s", (double)settled.profile_count / seconds, NULL, 0, 0,
         BENCH_NO_TARGET, 0},
    };
    rows[0].ratio = rows[0].kith / peer;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        bench_table_row(table, &rows[i]);
    }
}

int main(int argc, char **argv) {
    record_bench bench;
    bench_table table;
    kith_stat imported = KITH_STAT_INIT;
    memset(&bench, 0, sizeof bench);
    bench_start(&bench.options, argc, argv, 10);
    double peak = (double)measure_memory(&bench.options) / MEGABYTE;
    bench.slice_count =
        (size_t)((bench.options.count + bench.options.rounds - 1) / bench.options.rounds);
    bench.slice = bench_allocate(bench.slice_count, sizeof *bench.slice);
    bench.ratios = bench_allocate(bench.options.rounds, sizeof(double));
    bench_path(&bench.options, "records.kith", bench.kith_path);
    bench.store = load_open(bench.kith_path, KITH_CREATE_NEW);
    open_sqlite(&bench);
    import_in_turns(&bench);
    load_stat(bench.store, &imported);
    bench_table_begin(
        &table,
        "records: durable import with resolution, size and memory (%llu records with email, phone "
        "and loyalty id, %llu profiles, %u turns, seed %llu)%s",
        (unsigned long long)bench.options.count, (unsigned long long)imported.profile_count,
        bench.options.rounds, (unsigned long long)bench.options.seed,
        bench.options.tmpfs ? " IN MEMORY: a commit costs nothing here" : "");
    compare_profiles(&bench, &imported, &table);
    add_speed(&bench, &table);
    add_disk(&bench, &table, &imported);
    bench_row memory = {
        "most memory at once, without the map", " MB", peak, NULL, 0, 0, BENCH_KITH_AT_MOST, 64};
    bench_table_row(&table, &memory);
    bench_table_print(&table);
    sqlite_peer_close(bench.sqlite.db);
    kith_close(bench.store);
    free(bench.ratios);
    free(bench.slice);
    return 0;
}
