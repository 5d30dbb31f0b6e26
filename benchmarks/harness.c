#include "harness.h"

#include <errno.h>
#include <ftw.h>
#include <getopt.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <time.h>
#include <unistd.h>

#define TMPFS_MAGIC   0x01021994L
#define DEFAULT_COUNT 1000000
#define DEFAULT_SEED  20240229

static const char *const column_names[6] = {"question", "kith", "peer", "ratio", "target", "met"};

/* The one thing that must outlive main: what the exit handler removes, and in which process. */
static char work_to_remove[BENCH_PATH_BYTES];
static pid_t work_owner;

void bench_fail(const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    fputs("benchmark failed: ", stderr);
    vfprintf(stderr, format, arguments);
    fputc('\n', stderr);
    va_end(arguments);
    exit(3);
}

void bench_note(const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    fputs("  ... ", stderr);
    vfprintf(stderr, format, arguments);
    fputc('\n', stderr);
    va_end(arguments);
}

void *bench_allocate(size_t count, size_t bytes) {
    void *memory = calloc(count ? count : 1, bytes);
    if (!memory) {
        bench_fail("no memory for %zu x %zu bytes", count, bytes);
    }
    return memory;
}

static int remove_entry(const char *path, const struct stat *status, int kind, struct FTW *walk) {
    (void)status;
    (void)kind;
    (void)walk;
    return remove(path);
}

static void remove_work(void) {
    /* A forked child shares the handler but not the directory. */
    if (work_to_remove[0] && work_owner == getpid()) {
        nftw(work_to_remove, remove_entry, 16, FTW_DEPTH | FTW_PHYS);
    }
}

static void make_work(bench_options *options, const char *parent) {
    struct statfs system;
    if (snprintf(options->work, sizeof options->work, "%s/kith-bench-XXXXXX", parent) >=
        (int)sizeof options->work) {
        bench_fail("the directory's name is too long");
    }
    if (!mkdtemp(options->work)) {
        bench_fail("can't make a directory in %s: %s", parent, strerror(errno));
    }
    memcpy(work_to_remove, options->work, sizeof work_to_remove);
    work_owner = getpid();
    atexit(remove_work);
    options->tmpfs = statfs(options->work, &system) == 0 && system.f_type == TMPFS_MAGIC;
}

static uint64_t read_number(const char *name, const char *text) {
    char *end = NULL;
    errno = 0;
    unsigned long long number = strtoull(text, &end, 10);
    if (errno || end == text || *end || text[0] == '-') {
        bench_fail("--%s: \"%s\" is no number", name, text);
    }
    return number;
}

static void usage(const char *program) {
    printf(
        "Usage: %s [--count N] [--rounds N] [--seed N] [--dir DIRECTORY] [--store FILE]\n"
        "       [--library FILE] [--point-only [--queries FILE]] [--events N] [--duckdb COMMAND]\n"
        "--count    how many records, events or profiles (default %d)\n"
        "--rounds   how often kith and its peers take turns\n"
        "--seed     of the generated data\n"
        "--dir      where files go and are removed again (default $TMPDIR, else /tmp)\n"
        "--store    a prepared store, made there if missing, and kept\n"
        "--library  libkith.so, to print its stripped size\n"
        "--point-only  print only the processor nanoseconds of one find in a snapshot\n"
        "--queries  write the phone numbers that were looked up to this file\n"
        "--events   how many the customers of bench_segments have together (default 20 each)\n"
        "--duckdb   what runs duckdb_peer.py, the peer of bench_segments and bench_rfm\n",
        program, DEFAULT_COUNT);
}

static void read_options(bench_options *options, int argc, char **argv, const char **dir) {
    static const struct option known[] = {
        {"count", required_argument, NULL, 'n'},  {"rounds", required_argument, NULL, 'r'},
        {"seed", required_argument, NULL, 's'},   {"dir", required_argument, NULL, 'd'},
        {"store", required_argument, NULL, 'f'},  {"library", required_argument, NULL, 'l'},
        {"point-only", no_argument, NULL, 'p'},   {"queries", required_argument, NULL, 'q'},
        {"events", required_argument, NULL, 'e'}, {"duckdb", required_argument, NULL, 'k'},
        {"help", no_argument, NULL, 'h'},         {NULL, 0, NULL, 0},
    };
    int letter;
    while ((letter = getopt_long(argc, argv, "", known, NULL)) != -1) {
        switch (letter) {
        case 'n':
            options->count = read_number("count", optarg);
            break;
        case 'r':
            options->rounds = (unsigned)read_number("rounds", optarg);
            break;
        case 's':
            options->seed = read_number("seed", optarg);
            break;
        case 'd':
            *dir = optarg;
            break;
        case 'f':
            options->store = optarg;
            break;
        case 'l':
            options->library = optarg;
            break;
        case 'p':
            options->point_only = true;
            break;
        case 'q':
            options->queries = optarg;
            break;
        case 'e':
            options->events = read_number("events", optarg);
            break;
        case 'k':
            options->duckdb = optarg;
            break;
        default:
            usage(argv[0]);
            exit(letter == 'h' ? 0 : 2);
        }
    }
}

void bench_start(bench_options *options, int argc, char **argv, unsigned default_rounds) {
    const char *dir = getenv("TMPDIR");
    memset(options, 0, sizeof *options);
    options->count = DEFAULT_COUNT;
    options->seed = DEFAULT_SEED;
    options->rounds = default_rounds;
    if (!dir || !dir[0]) {
        dir = "/tmp";
    }
    read_options(options, argc, argv, &dir);
    if (options->count < 100 || options->count > 100000000 || options->rounds < 1) {
        bench_fail("--count must be 100 to 100,000,000 and --rounds at least 1");
    }
    make_work(options, dir);
}

const char *bench_path(const bench_options *options, const char *name, char out[BENCH_PATH_BYTES]) {
    if (snprintf(out, BENCH_PATH_BYTES, "%s/%s", options->work, name) >= BENCH_PATH_BYTES) {
        bench_fail("a path is too long");
    }
    return out;
}

const char *bench_prepared_path(const bench_options *options, const char *suffix,
                                char out[BENCH_PATH_BYTES]) {
    if (!options->store) {
        char name[64];
        snprintf(name, sizeof name, "prepared%s", suffix);
        return bench_path(options, name, out);
    }
    if (snprintf(out, BENCH_PATH_BYTES, "%s%s", options->store, suffix) >= BENCH_PATH_BYTES) {
        bench_fail("a path is too long");
    }
    return out;
}

bool bench_exists(const char *path) {
    return access(path, F_OK) == 0;
}

uint64_t bench_file_bytes(const char *path) {
    struct stat status;
    if (stat(path, &status) != 0) {
        bench_fail("can't ask for the size of %s: %s", path, strerror(errno));
    }
    return (uint64_t)status.st_size;
}

void bench_rename(const char *from, const char *to) {
    if (rename(from, to) != 0) {
        bench_fail("can't rename %s to %s: %s", from, to, strerror(errno));
    }
}

int64_t bench_now_ns(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

int64_t bench_processor_ns(void) {
    struct timespec used;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used);
    return (int64_t)used.tv_sec * 1000000000 + used.tv_nsec;
}

static int compare_doubles(const void *a, const void *b) {
    double x = *(const double *)a;
    double y = *(const double *)b;
    return (x > y) - (x < y);
}

double bench_percentile(double *values, size_t count, double part) {
    if (count == 0) {
        return 0;
    }
    qsort(values, count, sizeof *values, compare_doubles);
    return values[(size_t)(part * (double)(count - 1))];
}

double bench_median(double *values, size_t count) {
    return bench_percentile(values, count, 0.5);
}

/* A figure of /proc/self/status, which is in KiB there. */
static uint64_t status_bytes(const char *name) {
    char line[256];
    uint64_t kibibytes = 0;
    FILE *file = fopen("/proc/self/status", "r");
    if (!file) {
        return 0;
    }
    while (fgets(line, sizeof line, file)) {
        if (strncmp(line, name, strlen(name)) == 0) {
            kibibytes = strtoull(line + strlen(name), NULL, 10);
            break;
        }
    }
    fclose(file);
    return kibibytes * 1024;
}

uint64_t bench_anonymous_bytes(void) {
    return status_bytes("RssAnon:");
}

uint64_t bench_peak_bytes(void) {
    return status_bytes("VmHWM:");
}

void bench_forget_peak(void) {
    FILE *file = fopen("/proc/self/clear_refs", "w");
    if (!file || fputs("5", file) < 0 || fclose(file) != 0) {
        bench_fail("can't forget the peak of the memory");
    }
}

static void format_grouped(char out[BENCH_CELL_BYTES], double number) {
    char digits[40];
    size_t used = 0;
    int length = snprintf(digits, sizeof digits, "%.0f", number);
    for (int i = 0; i < length; i++) {
        out[used++] = digits[i];
        if (digits[i] != '-' && i + 1 < length && (length - i - 1) % 3 == 0) {
            out[used++] = ',';
        }
    }
    out[used] = 0;
}

/* Three significant digits, but never fewer than the whole number. */
static void format_number(char out[BENCH_CELL_BYTES], double number) {
    double size = fabs(number);
    if (size >= 1000) {
        format_grouped(out, number);
    } else if (size == floor(size)) {
        snprintf(out, BENCH_CELL_BYTES, "%.0f", number);
    } else {
        snprintf(out, BENCH_CELL_BYTES, "%.*f", size >= 100 ? 0 : size >= 10 ? 1 : 2, number);
    }
}

static void format_target(char out[BENCH_CELL_BYTES], const bench_row *row) {
    char number[BENCH_CELL_BYTES];
    bool at_least = row->want == BENCH_RATIO_AT_LEAST || row->want == BENCH_KITH_AT_LEAST;
    bool ratio = row->want == BENCH_RATIO_AT_LEAST || row->want == BENCH_RATIO_AT_MOST;
    if (row->want == BENCH_NO_TARGET) {
        strcpy(out, "-");
        return;
    }
    format_number(number, row->limit);
    snprintf(out, BENCH_CELL_BYTES, "%s%s %.40s%s", row->want == BENCH_ABOVE_AT_MOST ? "+ " : "",
             at_least ? ">=" : "<=", number, ratio ? "x" : row->unit);
}

static bool is_met(const bench_row *row) {
    switch (row->want) {
    case BENCH_RATIO_AT_LEAST:
        return row->ratio >= row->limit;
    case BENCH_RATIO_AT_MOST:
        return row->ratio <= row->limit;
    case BENCH_KITH_AT_LEAST:
        return row->kith >= row->limit;
    case BENCH_KITH_AT_MOST:
        return row->kith <= row->limit;
    case BENCH_ABOVE_AT_MOST:
        return row->kith - row->peer <= row->limit;
    default:
        return true;
    }
}

void bench_table_begin(bench_table *table, const char *format, ...) {
    va_list arguments;
    memset(table, 0, sizeof *table);
    va_start(arguments, format);
    vsnprintf(table->title, sizeof table->title, format, arguments);
    va_end(arguments);
    for (int i = 0; i < 6; i++) {
        strcpy(table->cells[0][i], column_names[i]);
    }
    table->row_count = 1;
}

void bench_table_row(bench_table *table, const bench_row *row) {
    char number[BENCH_CELL_BYTES];
    if (table->row_count > BENCH_ROWS_MAX) {
        bench_fail("a table has too many rows");
    }
    char(*cells)[BENCH_CELL_BYTES] = table->cells[table->row_count++];
    snprintf(cells[0], BENCH_CELL_BYTES, "%s", row->question);
    format_number(number, row->kith);
    snprintf(cells[1], BENCH_CELL_BYTES, "%.60s%s", number, row->unit);
    strcpy(cells[2], "-");
    strcpy(cells[3], "-");
    if (row->peer_name) {
        format_number(number, row->peer);
        snprintf(cells[2], BENCH_CELL_BYTES, "%s %.40s%s", row->peer_name, number, row->unit);
    }
    if (row->ratio > 0) {
        snprintf(cells[3], BENCH_CELL_BYTES, "%.2fx", row->ratio);
    }
    format_target(cells[4], row);
    strcpy(cells[5], row->want == BENCH_NO_TARGET ? "-" : is_met(row) ? "yes" : "NO");
}

void bench_table_remark(bench_table *table, const char *format, ...) {
    va_list arguments;
    if (table->remark_count == BENCH_ROWS_MAX) {
        bench_fail("a table has too many remarks");
    }
    va_start(arguments, format);
    vsnprintf(table->remarks[table->remark_count++], sizeof table->remarks[0], format, arguments);
    va_end(arguments);
}

static void print_rule(const int widths[6]) {
    for (int i = 0; i < 6; i++) {
        printf("|%.*s", widths[i] + 2,
               "------------------------------------------------------------------------------"
               "----------------------------------------");
    }
    puts("|");
}

void bench_table_print(const bench_table *table) {
    int widths[6] = {0};
    for (size_t row = 0; row < table->row_count; row++) {
        for (int i = 0; i < 6; i++) {
            int width = (int)strlen(table->cells[row][i]);
            widths[i] = width > widths[i] ? width : widths[i];
        }
    }
    printf("\n%s\n\n", table->title);
    for (size_t row = 0; row < table->row_count; row++) {
        for (int i = 0; i < 6; i++) {
            printf("| %-*s ", widths[i], table->cells[row][i]);
        }
        puts("|");
        if (row == 0) {
            print_rule(widths);
        }
    }
    for (size_t i = 0; i < table->remark_count; i++) {
        printf("%s%s\n", i == 0 ? "\n" : "", table->remarks[i]);
    }
    fflush(stdout);
}
