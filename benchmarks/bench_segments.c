/*
 * Segments: how large one is, who is in it, a new one, and keeping them: beside DuckDB and SQLite
 * with the same rows. All have to give the same answers.
 *
 * kith and SQLite run in this process, DuckDB in its own, by all processors. A new segment is asked
 * by each as text, which it reads and plans anew. SQLite has the indexes that the questions want.
 */
#include <inttypes.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "generate_shop.h"
#include "harness.h"
#include "kith_load.h"
#include "shop_stores.h"

#define ROUNDS        5
#define SETS          10
#define SETS_MANY     100
#define ASK_REPEATS   200 /* of what takes microseconds: a round's figure is the mean */
#define LOOKUPS       100000
#define ONE_EVENT     200
#define ALL_ROUNDS    3
#define IMPORTS       6
#define IMPORTED_PART 20 /* one customer in so many gets an event between two settles */

/* Instants, as kith's DuckDB's and SQLite's text. */
#define DUCK_NOW        "TIMESTAMP '2024-12-31'"
#define DUCK_AGO(days)  DUCK_NOW " - INTERVAL " #days " DAY"
#define LITE_NOW        "1735603200000000"
#define LITE_DAY        "86400000000"
#define LITE_AGO(days)  LITE_NOW " - " #days " * " LITE_DAY
#define BIRTH_1990_DAYS "7305"
#define BIRTH_1995_DAYS "9131"
_Static_assert(SHOP_NOW_US == INT64_C(1735603200000000), "the instants are written out");

typedef struct segment {
    const char *name, *expression;
} segment;

/* What is stored; the first five are asked for. */
static const segment stored[SETS] = {
    {"recent", "did(purchase LAST 90d)"},
    {"northern", "city IN ('Berlin', 'Oslo', 'Riga', 'Warsaw')"},
    {"grown", "birth_date < 1995-01-01"},
    {"reachable", "tag('newsletter')"},
    {"outsiders", "NOT tag('staff')"},
    {"regulars", "count(purchase LAST 365d) >= 4"},
    {"spenders", "sum(purchase.amount LAST 365d) >= 200"},
    {"browsers", "count(view LAST 30d) >= 3 AND NOT did(purchase LAST 30d)"},
    {"quick", "did(view LAST 14d THEN purchase WITHIN 1d)"},
    {"lapsed", "did(purchase) AND NOT did(purchase LAST 180d)"},
};

typedef struct question {
    const char *text, *expression;
    const char *duckdb, *sqlite;
    const char *unit;
    double unit_us;
    unsigned repeats;       /* of kith, in a round */
    double at_most;         /* units; 0: none */
    double times_of_duckdb; /* times faster, at least; 0: none */
    double times_of_sqlite;
} question;

static const question questions[] = {
    {.text = "size of a stored segment",
     .expression = "segment('recent')",
     .duckdb = "SELECT count(*) FROM customer AS c WHERE EXISTS (SELECT 1 FROM event AS e WHERE"
               " e.customer = c.id AND e.type = 'purchase' AND e.time > " DUCK_AGO(
                   90) " AND e.time <= " DUCK_NOW ")",
     .sqlite =
         "SELECT count(DISTINCT customer) FROM event WHERE type = 'purchase' AND time > " LITE_AGO(
             90) " AND time <= " LITE_NOW,
     .unit = " us",
     .unit_us = 1,
     .repeats = ASK_REPEATS,
     .at_most = 50,
     .times_of_duckdb = 100},
    {.text = "AND of five stored segments",
     .expression = "segment('recent') AND segment('northern') AND segment('grown') AND"
                   " segment('reachable') AND segment('outsiders')",
     .duckdb = "SELECT count(*) FROM customer AS c WHERE c.city IN ('Berlin', 'Oslo', 'Riga',"
               " 'Warsaw') AND c.birth_date < DATE '1995-01-01' AND EXISTS (SELECT 1 FROM tag AS t"
               " WHERE t.customer = c.id AND t.name = 'newsletter') AND NOT EXISTS (SELECT 1 FROM"
               " tag AS t WHERE t.customer = c.id AND t.name = 'staff') AND EXISTS (SELECT 1 FROM"
               " event AS e WHERE e.customer = c.id AND e.type = 'purchase' AND e.time > " DUCK_AGO(
                   90) " AND e.time <= " DUCK_NOW ")",
     .sqlite = "SELECT count(*) FROM customer AS c WHERE c.city IN ('Berlin', 'Oslo', 'Riga',"
               " 'Warsaw') AND c.birth_date < " BIRTH_1995_DAYS " AND EXISTS (SELECT 1 FROM tag AS"
               " t WHERE t.customer = c.id AND t.name = 'newsletter') AND NOT EXISTS (SELECT 1 FROM"
               " tag AS t WHERE t.customer = c.id AND t.name = 'staff') AND EXISTS (SELECT 1 FROM"
               " event AS e WHERE e.customer = c.id AND e.type = 'purchase' AND e.time > " LITE_AGO(
                   90) " AND e.time <= " LITE_NOW ")",
     .unit = " us",
     .unit_us = 1,
     .repeats = ASK_REPEATS,
     .at_most = 250,
     .times_of_duckdb = 100},
    {.text = "new: three attributes",
     .expression = "city = 'Berlin' AND birth_date < 1990-01-01 AND budget >= 500",
     .duckdb = "SELECT count(*) FROM customer WHERE city = 'Berlin' AND birth_date < DATE"
               " '1990-01-01' AND budget >= 500",
     .sqlite =
         "SELECT count(*) FROM customer WHERE city = 'Berlin' AND birth_date < " BIRTH_1990_DAYS
         " AND budget >= 500",
     .unit = " ms",
     .unit_us = 1000,
     .repeats = 1,
     .times_of_duckdb = 1,
     .times_of_sqlite = 20},
    {.text = "new: count with a filter in a window",
     .expression = "count(purchase WHERE amount > 20 AND category = 'shoes' LAST 30d) >= 2",
     .duckdb = "SELECT count(*) FROM (SELECT customer FROM event WHERE type = 'purchase' AND amount"
               " > 20 AND category = 'shoes' AND time > " DUCK_AGO(
                   30) " AND time <= " DUCK_NOW " GROUP BY customer HAVING count(*) >= 2)",
     .sqlite = "SELECT count(*) FROM (SELECT customer FROM event WHERE type = 'purchase' AND cents"
               " > 2000 AND category = 'shoes' AND time > " LITE_AGO(
                   30) " AND time <= " LITE_NOW " GROUP BY customer HAVING count(*) >= 2)",
     .unit = " ms",
     .unit_us = 1000,
     .repeats = 1,
     .times_of_duckdb = 3,
     .times_of_sqlite = 20},
    {.text = "new: count with a filter in a year",
     .expression = "count(purchase WHERE amount > 20 AND category = 'shoes' LAST 365d) >= 3",
     .duckdb = "SELECT count(*) FROM (SELECT customer FROM event WHERE type = 'purchase' AND amount"
               " > 20 AND category = 'shoes' AND time > " DUCK_AGO(
                   365) " AND time <= " DUCK_NOW " GROUP BY customer HAVING count(*) >= 3)",
     .sqlite = "SELECT count(*) FROM (SELECT customer FROM event WHERE type = 'purchase' AND cents"
               " > 2000 AND category = 'shoes' AND time > " LITE_AGO(
                   365) " AND time <= " LITE_NOW " GROUP BY customer HAVING count(*) >= 3)",
     .unit = " ms",
     .unit_us = 1000,
     .repeats = 1,
     .times_of_duckdb = 3,
     .times_of_sqlite = 20},
    {.text = "new: a sequence",
     .expression = "did(view LAST 30d THEN purchase WITHIN 7d)",
     .duckdb = "SELECT count(DISTINCT v.customer) FROM event AS v JOIN event AS p ON p.customer ="
               " v.customer AND p.time > v.time AND p.time <= v.time + INTERVAL 7 DAY WHERE v.type"
               " = 'view' AND v.time > " DUCK_AGO(30) " AND v.time <= " DUCK_NOW " AND p.type ="
                                                      " 'purchase' AND p.time > " DUCK_AGO(
                                                          30) " AND p.time <= " DUCK_NOW,
     .sqlite =
         "SELECT count(DISTINCT v.customer) FROM event AS v WHERE v.type = 'view' AND v.time"
         " > " LITE_AGO(
             30) " AND v.time <= " LITE_NOW " AND EXISTS (SELECT 1 FROM event AS p"
                 " WHERE p.customer = v.customer AND p.type = 'purchase' AND p.time > v.time AND"
                 " p.time <= min(v.time + 7 * " LITE_DAY ", " LITE_NOW "))",
     .unit = " ms",
     .unit_us = 1000,
     .repeats = 1,
     .times_of_duckdb = 3,
     .times_of_sqlite = 20},
};
#define QUESTIONS (sizeof questions / sizeof questions[0])

typedef struct segment_bench {
    bench_options options;
    shop_stores stores;
    bench_table table;
} segment_bench;

/* Asking */

static uint64_t ask_kith(kith_txn *txn, const char *text, kith_progress_fn progress,
                         void *context) {
    kith_expression *where = NULL;
    kith_error error = KITH_ERROR_INIT;
    kith_query_options options = KITH_QUERY_OPTIONS_INIT;
    uint64_t count = 0;
    if (kith_expression_parse(text, strlen(text), txn, NULL, &where, &error) != KITH_OK) {
        bench_fail("%s: %s", text, error.message);
    }
    options.now_us = SHOP_NOW_US;
    options.where = where;
    options.progress = progress;
    options.context = context;
    load_check(txn, kith_query_count(txn, &options, &count), "kith_query_count");
    kith_expression_free(where);
    return count;
}

/* What SQLite freed is put in order before: the next large allocation would pay for it. */
static uint64_t time_kith(kith_txn *txn, const question *q, double *us) {
    uint64_t count = 0;
    malloc_trim(0);
    int64_t started = bench_now_ns();
    for (unsigned i = 0; i < q->repeats; i++) {
        load_check(txn, kith_txn_renew(txn), "kith_txn_renew");
        count = ask_kith(txn, q->expression, NULL, NULL);
        kith_txn_reset(txn);
    }
    *us = (double)(bench_now_ns() - started) / 1e3 / q->repeats;
    return count;
}

static uint64_t time_sqlite(sqlite3 *db, const question *q, double *us) {
    int64_t started = bench_now_ns();
    uint64_t count = (uint64_t)sqlite_peer_ask(db, q->sqlite);
    *us = (double)(bench_now_ns() - started) / 1e3;
    return count;
}

static void compare(const question *q, const char *peer, uint64_t mine, uint64_t theirs) {
    if (mine != theirs) {
        bench_fail("%s: kith counts %" PRIu64 ", %s %" PRIu64, q->text, mine, peer, theirs);
    }
}

/* A row for each thing that is promised. */
static void add_rows(segment_bench *bench, const question *q, double kith_us, const double *duckdb,
                     const double *sqlite) {
    bench_row row = {.question = q->text, .unit = q->unit, .kith = kith_us / q->unit_us};
    if (q->at_most > 0) {
        row.want = BENCH_KITH_AT_MOST;
        row.limit = q->at_most;
        bench_table_row(&bench->table, &row);
    }
    if (duckdb != NULL) {
        row.peer_name = "DuckDB";
        row.peer = *duckdb / q->unit_us;
        row.ratio = *duckdb / kith_us;
        row.want = BENCH_RATIO_AT_LEAST;
        row.limit = q->times_of_duckdb;
        bench_table_row(&bench->table, &row);
    }
    row.peer_name = "SQLite";
    row.peer = *sqlite / q->unit_us;
    row.ratio = *sqlite / kith_us;
    row.want = q->times_of_sqlite > 0 ? BENCH_RATIO_AT_LEAST : BENCH_NO_TARGET;
    row.limit = q->times_of_sqlite;
    bench_table_row(&bench->table, &row);
}

/* They take turns; the first, in which all warm up, isn't counted. */
static void measure(segment_bench *bench, kith_txn *txn, const question *q) {
    unsigned rounds = bench->options.rounds;
    duckdb_peer *peer = bench->stores.duckdb;
    double *mine = bench_allocate(rounds + 1, sizeof *mine);
    double *duckdb = bench_allocate(rounds + 1, sizeof *duckdb);
    double *sqlite = bench_allocate(rounds + 1, sizeof *sqlite);
    uint64_t count = 0;
    for (unsigned i = 0; i <= rounds; i++) {
        count = time_kith(txn, q, &mine[i]);
        if (peer != NULL) {
            uint64_t theirs = (uint64_t)duckdb_peer_ask(peer, q->duckdb, &duckdb[i]);
            compare(q, "DuckDB", count, theirs);
        }
        compare(q, "SQLite", count, time_sqlite(bench->stores.sqlite, q, &sqlite[i]));
    }
    double duckdb_us = bench_median(duckdb + 1, rounds),
           sqlite_us = bench_median(sqlite + 1, rounds);
    add_rows(bench, q, bench_median(mine + 1, rounds), peer != NULL ? &duckdb_us : NULL,
             &sqlite_us);
    bench_note("%s: %" PRIu64, q->text, count);
    free(mine);
    free(duckdb);
    free(sqlite);
}

/* Memory */

static int sample_memory(void *context, const kith_progress *progress) {
    uint64_t *most = context, now = bench_anonymous_bytes();
    (void)progress;
    *most = now > *most ? now : *most;
    return 0;
}

static void tell_memory(segment_bench *bench, kith_txn *txn, const question *q) {
    char theirs[64] = "";
    uint64_t before = bench_anonymous_bytes(), own = before;
    load_check(txn, kith_txn_renew(txn), "kith_txn_renew");
    ask_kith(txn, q->expression, sample_memory, &own);
    kith_txn_reset(txn);
    if (bench->stores.duckdb != NULL) {
        uint64_t bytes = duckdb_peer_peak_bytes(bench->stores.duckdb, q->duckdb);
        snprintf(theirs, sizeof theirs, "; DuckDB's process at most %.0f MB", (double)bytes / 1e6);
    }
    bench_table_remark(&bench->table, "Memory, %s: kith allocates %.1f MB more%s.", q->text,
                       (double)(own - before) / 1e6, theirs);
}

/* Is this customer in? */

static void check_members(segment_bench *bench, kith_txn *txn) {
    double *times = bench_allocate(bench->options.rounds, sizeof *times);
    uint32_t *numbers = bench_allocate(LOOKUPS, sizeof *numbers);
    uint64_t found = 0;
    load_check(txn, kith_txn_renew(txn), "kith_txn_renew");
    for (size_t i = 0; i < LOOKUPS; i++) {
        char key[SHOP_KEY_BYTES];
        kith_record record = KITH_RECORD_INIT;
        shop_customer_key(generate_hash(bench->options.seed, i) % bench->options.count, key);
        load_check(txn, kith_record_get(txn, SHOP_SOURCE, key, &record), "kith_record_get");
        numbers[i] = record.number;
    }
    for (unsigned round = 0; round < bench->options.rounds; round++) {
        int64_t started = bench_now_ns();
        for (size_t i = 0; i < LOOKUPS; i++) {
            kith_profile profile = KITH_PROFILE_INIT;
            bool in = false;
            int code = kith_profile_of_record(txn, numbers[i], SHOP_NOW_US, &profile);
            load_check(txn, code, "kith_profile_of_record");
            load_check(txn, kith_profile_in_segment(&profile, "recent", &in), "in_segment");
            found += in;
        }
        times[round] = (double)(bench_now_ns() - started) / 1e3 / LOOKUPS;
    }
    kith_txn_reset(txn);
    bench_row row = {.question = "is this customer in?",
                     .unit = " us",
                     .kith = bench_median(times, bench->options.rounds),
                     .want = BENCH_KITH_AT_MOST,
                     .limit = 1.5};
    bench_table_row(&bench->table, &row);
    if (found == 0) {
        bench_fail("nobody is in a segment");
    }
    free(numbers);
    free(times);
}

/* Settling */

static void define(kith_txn *txn, const char *name, const char *expression) {
    kith_definition_input input = KITH_DEFINITION_INPUT_INIT;
    input.name = name;
    input.expression = expression;
    input.at_us = SHOP_NOW_US;
    load_check(txn, kith_definition_put(txn, KITH_SEGMENT, &input, NULL), expression);
}

static void define_stored(kith *store) {
    kith_txn *txn = load_begin(store, KITH_WRITE);
    for (size_t i = 0; i < SETS; i++) {
        define(txn, stored[i].name, stored[i].expression);
    }
    load_commit(txn);
}

/* Of many kinds, each with other numbers. */
static void write_segment(unsigned number, char *out, size_t size) {
    unsigned days = 10 + 3 * number;
    switch (number % 6) {
    case 0:
        snprintf(out, size, "count(purchase LAST %ud) >= %u", days, 1 + number % 5);
        break;
    case 1:
        snprintf(out, size, "sum(purchase.amount LAST %ud) >= %u", days, 10 * number);
        break;
    case 2:
        snprintf(out, size, "budget BETWEEN %u AND %u", 5 * number, 10 * number);
        break;
    case 3:
        snprintf(out, size, "gender = 'f' AND did(purchase WHERE category = 'toys' LAST %ud)",
                 days);
        break;
    case 4:
        snprintf(out, size, "store_id = 'S%02u' OR tag('vip')", number % 40);
        break;
    default:
        snprintf(out, size, "did(view LAST %ud THEN purchase WITHIN %uh)", days, number);
    }
}

static void define_more(kith *store) {
    kith_txn *txn = load_begin(store, KITH_WRITE);
    for (unsigned i = SETS; i < SETS_MANY; i++) {
        char name[16], expression[128];
        snprintf(name, sizeof name, "set %u", i);
        write_segment(i, expression, sizeof expression);
        define(txn, name, expression);
    }
    load_commit(txn);
}

static double settle_seconds(kith *store) {
    int64_t started = bench_now_ns();
    load_settle(store, SHOP_NOW_US);
    return (double)(bench_now_ns() - started) / 1e9;
}

static void make_event(segment_bench *bench, uint64_t number, shop_event *out) {
    shop_event_at(bench->options.seed + 1, number % bench->stores.events, bench->stores.events,
                  bench->options.count, out);
    out->type = "purchase";
    out->cents = 2500;
    out->time_us = SHOP_NOW_US - (int64_t)(number % 1000000) - 1;
}

static uint64_t import_some(segment_bench *bench, unsigned round) {
    uint64_t count = bench->options.count / IMPORTED_PART;
    kith_txn *txn = load_begin(bench->stores.kith, KITH_WRITE);
    for (uint64_t i = 0; i < count; i++) {
        shop_event event;
        make_event(bench, round * count + i, &event);
        event.customer = (i * IMPORTED_PART + round) % bench->options.count;
        shop_stores_put_event(txn, &event);
    }
    load_commit(txn);
    return count;
}

/* The time that a processor takes to settle what is dirty. */
static int64_t settle_ns(segment_bench *bench) {
    int64_t used = bench_processor_ns();
    load_settle(bench->stores.kith, SHOP_NOW_US);
    return bench_processor_ns() - used;
}

static void settle_row(segment_bench *bench, const char *text, uint64_t settled, int64_t ns) {
    bench_row row = {.question = text,
                     .unit = "/s",
                     .kith = (double)settled * 1e9 / (double)ns,
                     .want = BENCH_KITH_AT_LEAST,
                     .limit = 50000};
    bench_table_row(&bench->table, &row);
}

/* Each time one segment is another one, for which all are settled anew, in order. */
static void settle_everybody(segment_bench *bench) {
    int64_t ns = 0;
    for (unsigned i = 0; i < ALL_ROUNDS; i++) {
        char expression[64];
        snprintf(expression, sizeof expression, "count(purchase LAST 90d) >= %u", i + 1);
        kith_txn *txn = load_begin(bench->stores.kith, KITH_WRITE);
        define(txn, stored[SETS - 1].name, expression);
        load_commit(txn);
        ns += settle_ns(bench);
    }
    settle_row(bench, "settle of all, 10 segments", ALL_ROUNDS * bench->options.count, ns);
}

/* A part of them, here and there. The columns of a chunk are mended now and then only: so the
 * rounds count together. */
static void settle_many(segment_bench *bench) {
    uint64_t settled = 0;
    int64_t ns = 0;
    for (unsigned i = 0; i < IMPORTS; i++) {
        settled += import_some(bench, i);
        ns += settle_ns(bench);
    }
    settle_row(bench, "settle of 5 % after an import, 10 segments", settled, ns);
}

static double settle_one_us(segment_bench *bench, uint64_t number) {
    shop_event event;
    kith_settle_result result = KITH_SETTLE_RESULT_INIT;
    kith_txn *txn = load_begin(bench->stores.kith, KITH_WRITE);
    make_event(bench, number, &event);
    shop_stores_put_event(txn, &event);
    int64_t started = bench_now_ns();
    load_check(txn, kith_settle(txn, SHOP_NOW_US, 0, &result), "kith_settle");
    double us = (double)(bench_now_ns() - started) / 1e3;
    kith_txn_abort(txn);
    if (result.settled_count != 1) {
        bench_fail("after one event %" PRIu64 " profiles were settled", result.settled_count);
    }
    return us;
}

static void settle_one(segment_bench *bench) {
    size_t count = (size_t)bench->options.rounds * ONE_EVENT;
    double *times = bench_allocate(count, sizeof *times);
    define_more(bench->stores.kith);
    double seconds = settle_seconds(bench->stores.kith);
    for (size_t i = 0; i < count; i++) {
        times[i] = settle_one_us(bench, i);
    }
    bench_row row = {.question = "settle after one event, 100 segments",
                     .unit = " us",
                     .kith = bench_median(times, count),
                     .want = BENCH_KITH_AT_MOST,
                     .limit = 100};
    bench_table_row(&bench->table, &row);
    bench_table_remark(&bench->table,
                       "%u segments more were defined, and all customers settled, in %.1f s.",
                       SETS_MANY - SETS, seconds);
    free(times);
}

/* Size */

static double bytes_an_event(const segment_bench *bench, const shop_sizes *sizes) {
    return (double)(sizes->bytes - sizes->customers_bytes) / (double)bench->stores.events;
}

static void weigh(segment_bench *bench) {
    shop_stores *stores = &bench->stores;
    stores->kith_sizes.bytes = load_compact_bytes(&bench->options, stores->kith);
    bench_row row = {.question = "an event on disk",
                     .unit = " B",
                     .kith = bytes_an_event(bench, &stores->kith_sizes),
                     .peer_name = "SQLite",
                     .peer = bytes_an_event(bench, &stores->sqlite_sizes)};
    row.ratio = row.kith / row.peer;
    bench_table_row(&bench->table, &row);
    if (stores->duckdb != NULL) {
        row.peer_name = "DuckDB";
        row.peer = bytes_an_event(bench, &stores->duckdb_sizes);
        row.ratio = row.kith / row.peer;
        bench_table_row(&bench->table, &row);
    }
}

static void ask_all(segment_bench *bench) {
    kith_txn *txn = load_begin(bench->stores.kith, KITH_READ);
    kith_txn_reset(txn);
    for (size_t i = 0; i < QUESTIONS; i++) {
        measure(bench, txn, &questions[i]);
        if (i == 1) {
            check_members(bench, txn);
        }
    }
    for (size_t i = 2; i < QUESTIONS; i++) {
        tell_memory(bench, txn, &questions[i]);
    }
    kith_txn_abort(txn);
}

int main(int argc, char **argv) {
    segment_bench bench;
    memset(&bench, 0, sizeof bench);
    bench_start(&bench.options, argc, argv, ROUNDS);
    bench.stores.options = &bench.options;
    bench.stores.events = bench.options.events ? bench.options.events : 20 * bench.options.count;
    bench_table_begin(&bench.table,
                      "segments: %" PRIu64 " customers, %" PRIu64
                      " events in two years, %ld processors, median of %u rounds (seed %" PRIu64
                      ")%s",
                      bench.options.count, bench.stores.events, sysconf(_SC_NPROCESSORS_ONLN),
                      bench.options.rounds, bench.options.seed,
                      bench.options.tmpfs ? " IN MEMORY: a commit costs nothing here" : "");
    shop_stores_fill(&bench.stores);
    define_stored(bench.stores.kith);
    double seconds = settle_seconds(bench.stores.kith);
    bench_table_remark(
        &bench.table,
        "The first settle, with all events to pack and %d segments: %.0f customers/s.", SETS,
        (double)bench.options.count / seconds);
    ask_all(&bench);
    weigh(&bench);
    settle_everybody(&bench);
    settle_many(&bench);
    settle_one(&bench);
    if (bench.stores.duckdb == NULL) {
        bench_table_remark(&bench.table, "DuckDB is MISSING: it isn't in this table.");
    }
    bench_table_print(&bench.table);
    shop_stores_close(&bench.stores);
    return 0;
}
