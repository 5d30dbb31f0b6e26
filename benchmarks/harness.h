/*
 * What every benchmark needs: arguments, a working directory that is removed again, a clock,
 * medians, and one table of questions, peers and targets.
 *
 * A benchmark that can't do its job ends the process with a line on stderr (bench_fail): no figure
 * is better than a wrong one. A target that is missed is only printed; it isn't a failure of the
 * run.
 */
#ifndef KITH_BENCHMARKS_HARNESS_H
#define KITH_BENCHMARKS_HARNESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define BENCH_PATH_BYTES 4096
#define BENCH_ROWS_MAX   32
#define BENCH_CELL_BYTES 96

typedef struct bench_options {
    uint64_t count;
    uint64_t seed;
    unsigned rounds;
    const char *
        store; /* a prepared store to use, made there if missing, and kept; NULL: a temporary one */
    const char *library; /* libkith.so whose size is asked for */
    uint64_t events;     /* bench_segments: 0: 20 for each of count */
    const char *duckdb;  /* the command that runs duckdb_peer.py; NULL: none */
    const char *queries; /* bench_lookup --point-only: where to write the values it asked for */
    bool point_only;
    bool tmpfs; /* the working directory is in memory: a commit costs nothing there */
    char work[BENCH_PATH_BYTES]; /* the working directory; removed at exit */
} bench_options;

/* Reads the arguments and makes the working directory. */
void bench_start(bench_options *options, int argc, char **argv, unsigned default_rounds);
/* The path of a file in the working directory. */
const char *bench_path(const bench_options *options, const char *name, char out[BENCH_PATH_BYTES]);
/* The path of a prepared file: `suffix` after --store, or in the working directory. */
const char *bench_prepared_path(const bench_options *options, const char *suffix,
                                char out[BENCH_PATH_BYTES]);
bool bench_exists(const char *path);
uint64_t bench_file_bytes(const char *path);
void bench_rename(const char *from, const char *to);

void bench_fail(const char *format, ...) __attribute__((noreturn, format(printf, 1, 2)));
/* A line on stderr about what is being done; the tables alone go to stdout. */
void bench_note(const char *format, ...) __attribute__((format(printf, 1, 2)));
void *bench_allocate(size_t count, size_t bytes);

int64_t bench_now_ns(void);
/* Processor time of this process so far: what a figure would be on a machine with nothing else to
 * do. */
int64_t bench_processor_ns(void);
/* Median of values, which are sorted in place. */
double bench_median(double *values, size_t count);
double bench_percentile(double *values, size_t count, double part);

/* Anonymous resident memory of this process now: what it allocated, without the store's map. */
uint64_t bench_anonymous_bytes(void);
/* The most resident memory since the last call of bench_forget_peak(), mapped files included. */
uint64_t bench_peak_bytes(void);
void bench_forget_peak(void);

typedef enum bench_want {
    BENCH_NO_TARGET = 0,
    BENCH_RATIO_AT_LEAST,
    BENCH_RATIO_AT_MOST,
    BENCH_KITH_AT_LEAST,
    BENCH_KITH_AT_MOST,
    BENCH_ABOVE_AT_MOST /* kith - peer */
} bench_want;

typedef struct bench_row {
    const char *question;
    const char *unit; /* of both figures: " us", "/s", " B" */
    double kith;
    const char *peer_name; /* NULL: none */
    double peer;
    double
        ratio; /* in the sense of the target: how many times faster, or how many times its cost */
    bench_want want;
    double limit;
} bench_row;

typedef struct bench_table {
    char title[256];
    size_t row_count;
    char cells[BENCH_ROWS_MAX + 1][6][BENCH_CELL_BYTES];
    size_t remark_count;
    char remarks[BENCH_ROWS_MAX][256];
} bench_table;

void bench_table_begin(bench_table *table, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
void bench_table_row(bench_table *table, const bench_row *row);
/* A line under the table: what the figures leave out. */
void bench_table_remark(bench_table *table, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
void bench_table_print(const bench_table *table);

#endif
