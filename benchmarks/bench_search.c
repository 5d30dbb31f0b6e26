/*
 * Who is most like this? Records of generated persons that the store never saw, with their slips,
 * are searched for: by all that they say, and by less. Beside SQLite's full-text search (FTS5, by
 * rank) over the same records, which knows whole words only.
 *
 * Both are asked in a snapshot that is open, for ten answers; how often the right person is the
 * first one, or among the ten, is printed under the table.
 */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness.h"
#include "kith_load.h"
#include "person_load.h"
#include "sqlite_peer.h"

#define QUERIES_MAX  2000
#define PEER_QUERIES 20 /* about so many: it is slow */
#define ANSWERS      10
#define MATCH_BYTES  1024
#define TARGET_US    500.0
#define NAME_BITS    (PERSON_FIELD_BIT(PERSON_GIVEN_NAME) | PERSON_FIELD_BIT(PERSON_FAMILY_NAME))

/* What is asked for. */
static const struct question {
    const char *text;
    unsigned fields; /* a bit each */
    double most_us;  /* 0: no target */
} questions[] = {
    {"all that a record says, median", PERSON_ALL_FIELDS, TARGET_US},
    {"name and birth date", NAME_BITS | PERSON_FIELD_BIT(PERSON_BIRTH_DATE), TARGET_US},
    {"name and city", NAME_BITS | PERSON_FIELD_BIT(PERSON_CITY), 0},
    {"name alone", NAME_BITS, 0},
    {"phone alone", PERSON_FIELD_BIT(PERSON_PHONE), TARGET_US},
};
#define QUESTION_COUNT (sizeof questions / sizeof questions[0])

typedef struct found {
    size_t asked, first, among;
} found;

typedef struct search_bench {
    bench_options options;
    person_load load;
    const person_record **queries; /* records that were held back, of persons of the store */
    size_t query_count;
    double *latencies;
    kith *store;
    kith_txn *txn;
    sqlite3 *db;
    sqlite3_stmt *insert, *match;
    found by_kith[QUESTION_COUNT], by_peer[QUESTION_COUNT];
} search_bench;

/* Stores */

/* Letters, digits and blanks of the values: what the peer's index holds, or (quoted) is asked. */
static void words_of(const person_record *record, unsigned wanted, bool match,
                     char out[MATCH_BYTES]) {
    size_t used = 0;
    bool inside = false;
    for (unsigned i = 0; i < PERSON_FIELDS; i++) {
        const char *text = wanted & PERSON_FIELD_BIT(i) ? record->field[i] : "";
        for (; *text && used + 16 < MATCH_BYTES; text++) {
            bool letter = isalnum((unsigned char)*text) || (*text & 0x80);
            if (letter && !inside) {
                used += (size_t)sprintf(out + used, "%s%s", used > 0 ? match ? " OR " : " " : "",
                                        match ? "\"" : "");
            } else if (!letter && inside && match) {
                out[used++] = '"';
            }
            inside = letter;
            if (letter) {
                out[used++] = *text;
            }
        }
        if (inside && match) {
            out[used++] = '"';
        }
        inside = false;
    }
    out[used] = 0;
}

static void put_sqlite(void *context, const person_record *record) {
    search_bench *bench = context;
    char words[MATCH_BYTES];
    words_of(record, PERSON_ALL_FIELDS, false, words);
    sqlite3_bind_int64(bench->insert, 1, (int64_t)bench->load.count);
    sqlite_peer_bind_text(bench->insert, 2, words);
    sqlite_peer_run(bench->insert);
}

/* Asks for some of those held back, spread over all. */
static void choose_queries(search_bench *bench) {
    size_t spacing = (bench->load.known_count + QUERIES_MAX - 1) / QUERIES_MAX;
    for (size_t i = 0; i < bench->load.known_count; i += spacing) {
        bench->queries[bench->query_count++] = &bench->load.known[i];
    }
}

static void open_kith(search_bench *bench) {
    bench->store = person_load_prepared(&bench->load);
    choose_queries(bench);
    bench->txn = load_begin(bench->store, KITH_READ);
}

static void open_sqlite(search_bench *bench) {
    char path[BENCH_PATH_BYTES];
    bench_path(&bench->options, "search.sqlite", path);
    bench->db = sqlite_peer_open(
        path, "CREATE VIRTUAL TABLE person USING fts5(words, content='', columnsize=1);");
    bench->insert = sqlite_peer_prepare(bench->db, "INSERT INTO person(rowid, words) VALUES(?, ?)");
    sqlite_peer_begin_fill(bench->db);
    person_load_each(&bench->load, put_sqlite, bench);
    sqlite_peer_end_fill(bench->db);
    sqlite_peer_exec(bench->db, "INSERT INTO person(person) VALUES('optimize')");
    bench->match = sqlite_peer_prepare(
        bench->db, "SELECT rowid FROM person WHERE person MATCH ? ORDER BY rank LIMIT ?");
    sqlite3_bind_int64(bench->match, 2, ANSWERS);
}

/* Asking */

/* Whether the person asked for is the nth of the answers. */
static void note_answer(found *sum, size_t nth, bool *seen) {
    sum->first += nth == 0;
    sum->among += !*seen;
    *seen = true;
}

static void ask_kith(search_bench *bench, const person_record *query, unsigned wanted, found *sum) {
    kith_field fields[PERSON_FIELDS];
    kith_search_result *result = NULL;
    bool seen = false;
    size_t count = person_load_fields(query, wanted, fields);
    int code = kith_search(bench->txn, fields, count, NULL, &result);
    load_check(bench->txn, code == KITH_INVALID ? KITH_OK : code, "kith_search"); /* too little */
    for (size_t i = 0; result && i < result->hit_count; i++) {
        if (person_load_is(&bench->load, result->hits[i]->record, query->entity)) {
            note_answer(sum, i, &seen);
        }
    }
    kith_search_result_free(result);
    sum->asked++;
}

static void ask_sqlite(search_bench *bench, const person_record *query, unsigned wanted,
                       found *sum) {
    char words[MATCH_BYTES];
    bool seen = false;
    words_of(query, wanted, true, words);
    sqlite_peer_bind_text(bench->match, 1, words);
    for (size_t i = 0; sqlite_peer_step(bench->match); i++) {
        int64_t row = sqlite3_column_int64(bench->match, 0);
        if (person_load_is(&bench->load, (uint32_t)row - 1, query->entity)) {
            note_answer(sum, i, &seen);
        }
    }
    sum->asked++;
}

/* Queries that lack a value which the question needs are passed over, and so are names of one
 * word. */
static bool is_askable(const person_record *query, unsigned wanted) {
    bool all = wanted == PERSON_ALL_FIELDS;
    for (unsigned i = 0; i < PERSON_FIELDS; i++) {
        bool needed = all ? i == PERSON_FAMILY_NAME || i == PERSON_BIRTH_DATE : wanted >> i & 1;
        if (needed && strlen(query->field[i]) < 2) {
            return false;
        }
    }
    return true;
}

typedef void (*ask_fn)(search_bench *bench, const person_record *query, unsigned wanted,
                       found *sum);

/* Microseconds at the median, and at 99 %. */
static double ask_all(search_bench *bench, ask_fn ask, const struct question *question,
                      size_t spacing, found *sum, double *out_tail) {
    size_t count = 0;
    *sum = (found){0, 0, 0};
    for (size_t i = 0; i < bench->query_count; i++) {
        if (!is_askable(bench->queries[i], question->fields) || i % spacing != 0) {
            continue;
        }
        int64_t started = bench_now_ns();
        ask(bench, bench->queries[i], question->fields, sum);
        bench->latencies[count++] = (double)(bench_now_ns() - started) / 1e3;
    }
    *out_tail = bench_percentile(bench->latencies, count, 0.99);
    return bench_median(bench->latencies, count);
}

static double part(size_t some, size_t all) {
    return all > 0 ? 100.0 * (double)some / (double)all : 0;
}

static void compare(search_bench *bench, bench_table *table, size_t at) {
    const struct question *question = &questions[at];
    unsigned rounds = bench->options.rounds;
    double *ours = bench_allocate(rounds, sizeof *ours);
    double *theirs = bench_allocate(rounds, sizeof *theirs);
    double tail = 0, other;
    found *a = &bench->by_kith[at], *b = &bench->by_peer[at];
    for (unsigned round = 0; round < rounds; round++) {
        ours[round] = ask_all(bench, ask_kith, question, 1, a, &tail);
        theirs[round] =
            ask_all(bench, ask_sqlite, question, bench->query_count / PEER_QUERIES + 1, b, &other);
    }
    double own = bench_median(ours, rounds), peer = bench_median(theirs, rounds);
    bench_table_row(table,
                    &(bench_row){question->text, " us", own, "FTS5", peer, own > 0 ? peer / own : 0,
                                 question->most_us > 0 ? BENCH_KITH_AT_MOST : BENCH_NO_TARGET,
                                 question->most_us});
    bench_table_remark(table,
                       "%s: kith 99 %% within %.0f us; the right person first %.1f %%, among ten "
                       "%.1f %% (of %zu); FTS5 %.1f %%, %.1f %% (of %zu)",
                       question->text, tail, part(a->first, a->asked), part(a->among, a->asked),
                       a->asked, part(b->first, b->asked), part(b->among, b->asked), b->asked);
    free(ours);
    free(theirs);
}

int main(int argc, char **argv) {
    search_bench bench = {.txn = NULL};
    bench_table table;
    bench_start(&bench.options, argc, argv, 3);
    person_load_init(&bench.load, &bench.options);
    bench.queries = bench_allocate(QUERIES_MAX, sizeof *bench.queries);
    bench.latencies = bench_allocate(QUERIES_MAX, sizeof *bench.latencies);
    open_kith(&bench);
    open_sqlite(&bench);
    bench_table_begin(&table,
                      "Search: %llu records of generated persons, ten answers, in an open "
                      "snapshot; %u rounds, seed %llu",
                      (unsigned long long)bench.load.count, bench.options.rounds,
                      (unsigned long long)bench.options.seed);
    for (size_t i = 0; i < QUESTION_COUNT; i++) {
        compare(&bench, &table, i);
    }
    bench_table_print(&table);
    kith_txn_abort(bench.txn);
    kith_close(bench.store);
    sqlite3_finalize(bench.insert);
    sqlite3_finalize(bench.match);
    sqlite3_close(bench.db); /* sqlite_peer_close() would take FTS5's own statements too */
    person_load_clear(&bench.load);
    free(bench.queries);
    free(bench.latencies);
    return 0;
}
