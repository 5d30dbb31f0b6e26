/*
 * How fast names are compared: kith's Jaro-Winkler and Levenshtein, which work on all positions of
 * a name at once, beside the definitions written down in C, letter by letter. Both give the same
 * figures, which is checked before anything is measured. Then persons, by three fields.
 *
 * This is the one benchmark of what is inside the library: no public function compares two names,
 * or two records, and does nothing else.
 */
#include <stdlib.h>

#include "generate_hash.h"
#include "harness.h"
#include "naive_names.h"
#include "name_list.h"
#include "src/match/similar.h"
#include "three_fields.h"

#define MANY          50 /* names that one is compared with */
#define JARO_AT_LEAST 10e6

typedef int (*compare_fn)(const char *a, size_t a_size, const char *b, size_t b_size);

typedef struct similar_bench {
    bench_options options;
    bench_table table;
    name_list names, misspelt, cyrillic;
    uint32_t *first, *second; /* which names are compared, at random */
    int64_t sum;              /* of all results, so that none is left out as unused */
} similar_bench;

/* One row: which names, and who compares them. */
typedef struct trial {
    const char *question;
    const name_list *a, *b;
    const uint32_t *first, *second;
    compare_fn kith, naive; /* naive NULL: there is no peer */
    bool many;              /* kith and the peer compare one name with MANY */
    bench_want want;
} trial;

static int kith_levenshtein(const char *a, size_t a_size, const char *b, size_t b_size) {
    return (int)kithi_levenshtein(a, a_size, b, b_size);
}

static int compare(const trial *t, compare_fn function, uint32_t i, uint32_t j) {
    return function(t->a->names[i], t->a->sizes[i], t->b->names[j], t->b->sizes[j]);
}

/* A double may fall short of a whole number that the exact value is. */
static void check(const similar_bench *bench, const trial *t) {
    for (uint64_t i = 0; t->naive && i < bench->options.count; i++) {
        int ours = compare(t, t->kith, t->first[i], t->second[i]);
        int peers = compare(t, t->naive, t->first[i], t->second[i]);
        if (ours != peers && (ours != peers + 1 || t->kith != kithi_jaro_winkler)) {
            bench_fail("%s: pair %llu is %d to kith and %d to the peer", t->question,
                       (unsigned long long)i, ours, peers);
        }
    }
}

static double pairs_per_second(uint64_t pairs, int64_t started_ns) {
    return (double)pairs * 1e9 / (double)(bench_processor_ns() - started_ns);
}

static double measure_pairs(similar_bench *bench, const trial *t, compare_fn function) {
    int64_t sum = 0, started = bench_processor_ns();
    for (uint64_t i = 0; i < bench->options.count; i++) {
        sum += compare(t, function, t->first[i], t->second[i]);
    }
    bench->sum += sum;
    return pairs_per_second(bench->options.count, started);
}

/* Each name with as many that stand together elsewhere, as in a block of candidates. */
static double measure_many(similar_bench *bench, const trial *t, compare_fn function) {
    int64_t sum = 0, started = bench_processor_ns();
    uint64_t turns = bench->options.count / MANY;
    for (uint64_t i = 0; i < turns; i++) {
        uint32_t one = t->first[i], from = t->second[i] % (uint32_t)(t->b->count - MANY);
        kithi_jaro pattern;
        if (function == t->kith) {
            kithi_jaro_begin(&pattern, t->a->names[one], t->a->sizes[one]);
        }
        for (uint32_t j = from; j < from + MANY; j++) {
            sum += function == t->kith
                       ? kithi_jaro_winkler_with(&pattern, t->b->names[j], t->b->sizes[j])
                       : compare(t, function, one, j);
        }
    }
    bench->sum += sum;
    return pairs_per_second(turns * MANY, started);
}

static double measure(similar_bench *bench, const trial *t, compare_fn function) {
    return t->many ? measure_many(bench, t, function) : measure_pairs(bench, t, function);
}

static void run(similar_bench *bench, const trial *t) {
    unsigned rounds = bench->options.rounds;
    double *ours = bench_allocate(rounds, sizeof *ours);
    double *peers = bench_allocate(rounds, sizeof *peers);
    check(bench, t);
    for (unsigned i = 0; i < rounds; i++) {
        ours[i] = measure(bench, t, t->kith);
        peers[i] = t->naive ? measure(bench, t, t->naive) : 0;
    }
    bench_row row = {.question = t->question,
                     .unit = "/s",
                     .kith = bench_median(ours, rounds),
                     .want = t->want,
                     .limit = JARO_AT_LEAST};
    if (t->naive) {
        row.peer_name = "naive C";
        row.peer = bench_median(peers, rounds);
        row.ratio = row.kith / row.peer;
    }
    bench_table_row(&bench->table, &row);
    free(ours);
    free(peers);
}

static void prepare(similar_bench *bench) {
    const bench_options *options = &bench->options;
    name_list_load(&bench->names);
    name_list_misspell(&bench->names, options->seed, &bench->misspelt);
    name_list_cyrillic(&bench->names, &bench->cyrillic);
    bench->first = bench_allocate(options->count, sizeof *bench->first);
    bench->second = bench_allocate(options->count, sizeof *bench->second);
    for (uint64_t i = 0; i < options->count; i++) {
        bench->first[i] = (uint32_t)(generate_hash(options->seed, 2 * i) % bench->names.count);
        bench->second[i] = (uint32_t)(generate_hash(options->seed, 2 * i + 1) % bench->names.count);
    }
}

static void run_all(similar_bench *bench) {
    const name_list *names = &bench->names, *cyrillic = &bench->cyrillic;
    uint32_t *first = bench->first, *second = bench->second;
    const trial trials[] = {
        {"Jaro-Winkler of two names", names, names, first, second, kithi_jaro_winkler,
         naive_jaro_winkler, false, BENCH_KITH_AT_LEAST},
        {"the same, a name and itself misspelt", names, &bench->misspelt, first, first,
         kithi_jaro_winkler, naive_jaro_winkler, false, BENCH_KITH_AT_LEAST},
        {"the same, in Cyrillic letters", cyrillic, cyrillic, first, second, kithi_jaro_winkler,
         NULL, false, BENCH_NO_TARGET},
        {"Jaro-Winkler of one name and 50", names, names, first, second, kithi_jaro_winkler,
         naive_jaro_winkler, true, BENCH_KITH_AT_LEAST},
        {"Levenshtein of two names", names, names, first, second, kith_levenshtein,
         naive_levenshtein, false, BENCH_NO_TARGET},
    };
    for (size_t i = 0; i < sizeof trials / sizeof trials[0]; i++) {
        run(bench, &trials[i]);
    }
}

int main(int argc, char **argv) {
    similar_bench *bench = bench_allocate(1, sizeof *bench);
    bench_start(&bench->options, argc, argv, 9);
    prepare(bench);
    bench_table_begin(&bench->table,
                      "similar: names compared in a second of one core (%llu pairs, median of %u "
                      "rounds, seed %llu)",
                      (unsigned long long)bench->options.count, bench->options.rounds,
                      (unsigned long long)bench->options.seed);
    run_all(bench);
    bench_table_remark(&bench->table,
                       "%zu surnames, the most frequent of the census of the USA of 2010.",
                       bench->names.count);
    bench_table_remark(&bench->table,
                       "The peer knows bytes only, so it has no figure for Cyrillic "
                       "letters. Sum of all results: %lld.",
                       (long long)bench->sum);
    three_fields_measure(&bench->options, &bench->table);
    bench_table_print(&bench->table);
    free(bench->first);
    free(bench->second);
    free(bench);
    return 0;
}
