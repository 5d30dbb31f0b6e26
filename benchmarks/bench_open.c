/*
 * What kith costs before it does anything: opening and closing a store, and the size of the
 * library.
 */
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "generate.h"
#include "harness.h"
#include "kith_load.h"

#define OPENS 200

static double open_once_us(const char *path, kith_open_options *options) {
    kith *store = NULL;
    kith_error error = KITH_ERROR_INIT;
    int64_t started = bench_now_ns();
    if (kith_open(path, options, &store, &error) != KITH_OK) {
        bench_fail("kith_open: %s", error.message);
    }
    kith_close(store);
    return (double)(bench_now_ns() - started) / 1e3;
}

/* Opens, asks who has a phone, closes: what a script that runs once pays. */
static double ask_once_us(const char *path, uint64_t person) {
    char phone[16];
    kith_profile profile = KITH_PROFILE_INIT;
    generate_profile_phone(person, phone);
    int64_t started = bench_now_ns();
    kith *store = load_open(path, 0);
    kith_txn *txn = load_begin(store, KITH_READ);
    int code = kith_profile_find(txn, "phone", phone, GENERATE_NOW_US, &profile, NULL);
    load_check(txn, code, "kith_profile_find");
    kith_txn_abort(txn);
    kith_close(store);
    return (double)(bench_now_ns() - started) / 1e3;
}

/* The library's size without symbols, as it would be installed. */
static double stripped_bytes(const bench_options *options) {
    char copy[BENCH_PATH_BYTES];
    bench_path(options, "stripped.so", copy);
    pid_t child = fork();
    if (child == 0) {
        execlp("strip", "strip", "--strip-unneeded", "-o", copy, options->library, (char *)NULL);
        _exit(127);
    }
    int status = 0;
    if (child < 0 || waitpid(child, &status, 0) != child || status != 0) {
        bench_fail("strip can't read %s", options->library);
    }
    return (double)bench_file_bytes(copy);
}

static void add_time(bench_table *table, const char *question, double *values, bench_want want) {
    bench_row row = {question, " us", bench_median(values, OPENS),       NULL, 0,
                     0,        want,  want == BENCH_NO_TARGET ? 0 : 2000};
    bench_table_row(table, &row);
}

int main(int argc, char **argv) {
    bench_options options;
    bench_table table;
    char path[BENCH_PATH_BYTES];
    double writable[OPENS], readable[OPENS], asked[OPENS];
    kith_open_options read_only = KITH_OPEN_OPTIONS_INIT;
    read_only.flags = KITH_OPEN_READ_ONLY;
    bench_start(&options, argc, argv, 1);
    /* Closed again, since a second handle of one process would share what is open already. */
    kith_close(load_prepared(&options));
    bench_prepared_path(&options, ".kith", path);
    for (unsigned i = 0; i < OPENS; i++) {
        writable[i] = open_once_us(path, NULL);
        readable[i] = open_once_us(path, &read_only);
        asked[i] = ask_once_us(path, generate_hash(options.seed, i) % options.count);
    }
    bench_table_begin(&table,
                      "open: a store of %llu profiles, and the library (%d times, seed %llu)",
                      (unsigned long long)options.count, OPENS, (unsigned long long)options.seed);
    add_time(&table, "open and close", writable, BENCH_KITH_AT_MOST);
    add_time(&table, "open and close, read-only", readable, BENCH_NO_TARGET);
    add_time(&table, "open, find one profile, close", asked, BENCH_NO_TARGET);
    if (options.library) {
        bench_row size = {
            "libkith.so, stripped", " KB", stripped_bytes(&options) / 1024, NULL, 0, 0,
            BENCH_KITH_AT_MOST,     1024};
        bench_table_row(&table, &size);
    }
    bench_table_print(&table);
    return 0;
}
