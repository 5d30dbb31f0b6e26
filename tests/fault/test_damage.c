/*
 * Random damage to a sound file: neither probe nor check may die or hang, and what they pass may
 * not kill a reader or a writer that maps the file. Each trial runs in a child, so that a signal is
 * a result and not the end.
 *
 *   test_damage [trials [seed]]      or KITH_TRIALS and KITH_SEED; a trial replays by its own seed
 * and one trial
 */
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "kith/store.h"

#include "src/store/probe.h"
#include "tests/fault/scratch.h"
#include "tests/lmdb_file.h"

#define TRIALS        500
#define TRIAL_SECONDS 60
#define PAGE_BYTES    4096u
#define SECTOR_BYTES  512u

/* What came of a trial; the child's exit code. */
typedef enum outcome {
    OUTCOME_REFUSED = 10, /* by the probe, and so by open; the check said so too */
    OUTCOME_FOUND,        /* by the check alone */
    OUTCOME_HARMLESS,     /* nothing found, and LMDB read and wrote all of it */
    OUTCOME_HIDDEN,       /* the probe refused what the check passed */
    OUTCOME_CODE,         /* a code that isn't in the contract, or a count other than the lines' */
    OUTCOME_SPOILT        /* the file passed, was written to, and then did not pass */
} outcome;

typedef struct tally {
    uint64_t outcomes[OUTCOME_SPOILT + 1];
    uint64_t failures;
} tally;

static char folder[SCRATCH_PATH_BYTES];
static char path[SCRATCH_PATH_BYTES];
static uint8_t *sound;
static size_t sound_size;

/* The store that gets damaged. */
static void make_store(const char *at, uint64_t seed) {
    const lmdb_file_plan plan = {
        .seed = seed,
        .key_count = 400,
        .rounds = 4,
        .big_one_in = 100,
        .crowd = 3000,
        .delete_one_in = 3,
    };
    lmdb_file_make(at, &plan);
}

/* Reads all rows, and writes to all tables. Returns LMDB's code; may die, which is what is tested.
 */
static int use_store(const char *at) {
    lmdb_file *file = calloc(1, sizeof *file);
    const lmdb_file_plan plan = {
        .seed = 1, .key_count = 40, .rounds = 1, .crowd = 100, .delete_one_in = 2};
    if (file == NULL) {
        abort();
    }
    lmdb_file_open(file, at, MDB_NOLOCK);
    lmdb_file_tables(file);
    lmdb_file_must(mdb_txn_begin(file->env, NULL, MDB_RDONLY, &file->txn), "mdb_txn_begin");
    uint64_t sum = 0;
    for (int i = 0; i < KITHI_TABLE_COUNT; i++) {
        MDB_cursor *cursor = NULL;
        MDB_val key;
        MDB_val value;
        lmdb_file_must(mdb_cursor_open(file->txn, file->tables[i], &cursor), "mdb_cursor_open");
        while (mdb_cursor_get(cursor, &key, &value, MDB_NEXT) == MDB_SUCCESS) {
            sum += kithi_checksum((kithi_table)i, key.mv_data, key.mv_size, value.mv_data,
                                  value.mv_size);
        }
        mdb_cursor_close(cursor);
    }
    mdb_txn_abort(file->txn);
    lmdb_file_round(file, &plan, 0);
    mdb_env_close(file->env);
    free(file);
    return sum == 0;
}

/* One trial, in the child */

static void count_line(void *context, const char *problem) {
    uint64_t *lines = context;
    *lines += problem[0] != '\0' ? 1 : 0;
}

static bool run_check(uint64_t *out_count) {
    kith_check_options options = KITH_CHECK_OPTIONS_INIT;
    kith_error error = KITH_ERROR_INIT;
    uint64_t lines = 0;
    options.problem = count_line;
    options.context = &lines;
    int code = kith_check(path, &options, out_count, &error);
    return code == KITH_OK && lines == (*out_count < 1000 ? *out_count : 1000);
}

static outcome run_trial(void) {
    kith_error error = KITH_ERROR_INIT;
    uint64_t count = 0;
    int probed = kithi_probe(path, NULL, &error);
    if ((probed != KITH_OK && probed != KITH_CORRUPT) || !run_check(&count)) {
        return OUTCOME_CODE;
    }
    if (probed == KITH_CORRUPT) {
        return count > 0 ? OUTCOME_REFUSED : OUTCOME_HIDDEN;
    }
    if (count > 0) {
        return OUTCOME_FOUND;
    }
    use_store(path);
    return run_check(&count) && count == 0 ? OUTCOME_HARMLESS : OUTCOME_SPOILT;
}

/* Damage */

typedef struct harm {
    uint8_t *bytes;
    size_t size;
    uint64_t state;
    const char *kind;
} harm;

static size_t below(harm *to, size_t limit) {
    return (size_t)(random_next(&to->state) % limit);
}

static size_t any_page(harm *to) {
    return below(to, to->size / PAGE_BYTES) * PAGE_BYTES;
}

static void flip_bits(harm *to) {
    size_t count = 1 + below(to, 8);
    for (size_t i = 0; i < count; i++) {
        to->bytes[below(to, to->size)] ^= (uint8_t)(1u << below(to, 8));
    }
}

/* The first bytes of a page, where its header and the offsets of its entries are. */
static void change_header(harm *to) {
    size_t at = any_page(to) + below(to, 40);
    size_t count = 1 + below(to, 4);
    for (size_t i = 0; i < count; i++) {
        to->bytes[at + i] = (uint8_t)below(to, 256);
    }
}

static void flip_header_bit(harm *to) {
    to->bytes[any_page(to) + below(to, 40)] ^= (uint8_t)(1u << below(to, 8));
}

/* Bytes of an entry's head: sizes, flags, page numbers. */
static void change_entry(harm *to) {
    uint8_t *page = to->bytes + any_page(to);
    uint16_t lower;
    uint16_t offset;
    memcpy(&lower, page + 12, sizeof lower);
    size_t count = lower >= 18 && lower < PAGE_BYTES ? (size_t)(lower - 16) / 2 : 1;
    memcpy(&offset, page + 16 + 2 * below(to, count), sizeof offset);
    page[(offset + below(to, 24)) % PAGE_BYTES] ^= (uint8_t)(1u << below(to, 8));
}

static void change_meta(harm *to) {
    to->bytes[below(to, 2) * PAGE_BYTES + below(to, 152)] ^= (uint8_t)(1u << below(to, 8));
}

static void truncate_file(harm *to) {
    to->size = below(to, to->size / SECTOR_BYTES) * SECTOR_BYTES;
}

static void zero_page(harm *to) {
    memset(to->bytes + any_page(to), 0, PAGE_BYTES);
}

static void fill_page(harm *to) {
    uint8_t *page = to->bytes + any_page(to);
    for (size_t i = 0; i < PAGE_BYTES; i++) {
        page[i] = (uint8_t)random_next(&to->state);
    }
}

static void zero_sector(harm *to) {
    memset(to->bytes + below(to, to->size / SECTOR_BYTES) * SECTOR_BYTES, 0, SECTOR_BYTES);
}

static void copy_page(harm *to) {
    size_t from = any_page(to);
    memmove(to->bytes + any_page(to), to->bytes + from, PAGE_BYTES);
}

/* Two pages in each other's place; at times each still has its right number. */
static void swap_pages(harm *to) {
    uint8_t *a = to->bytes + any_page(to);
    uint8_t *b = to->bytes + any_page(to);
    size_t kept_bytes = below(to, 2) * 8;
    uint8_t kept[PAGE_BYTES];
    memcpy(kept, a, PAGE_BYTES);
    memmove(a + kept_bytes, b + kept_bytes, PAGE_BYTES - kept_bytes);
    memcpy(b + kept_bytes, kept + kept_bytes, PAGE_BYTES - kept_bytes);
}

static const struct {
    const char *name;
    void (*apply)(harm *to);
} harms[] = {
    {"bits flipped", flip_bits},
    {"page header changed", change_header},
    {"bit of a page header flipped", flip_header_bit},
    {"bit of an entry flipped", change_entry},
    {"bit of a meta page flipped", change_meta},
    {"file truncated", truncate_file},
    {"page zeroed", zero_page},
    {"page filled with noise", fill_page},
    {"sector zeroed", zero_sector},
    {"page copied over another", copy_page},
    {"pages swapped", swap_pages},
};

static void damage_file(harm *to) {
    size_t kind = below(to, sizeof harms / sizeof harms[0]);
    to->kind = harms[kind].name;
    memcpy(to->bytes, sound, sound_size);
    to->size = sound_size;
    harms[kind].apply(to);
    FILE *file = fopen(path, "wb");
    if (file == NULL || fwrite(to->bytes, 1, to->size, file) != to->size || fclose(file) != 0) {
        perror(path);
        exit(2);
    }
}

/* Trials */

static const char *complaint(int status) {
    if (WIFSIGNALED(status)) {
        return WTERMSIG(status) == SIGALRM ? "hung" : strsignal(WTERMSIG(status));
    }
    switch (WEXITSTATUS(status)) {
    case OUTCOME_REFUSED:
    case OUTCOME_FOUND:
    case OUTCOME_HARMLESS:
        return NULL;
    case OUTCOME_HIDDEN:
        return "the check passed what the probe refused";
    case OUTCOME_CODE:
        return "an unexpected code or count";
    case OUTCOME_SPOILT:
        return "the check passed what a write then spoilt";
    default:
        return "the child failed";
    }
}

static void judge(tally *to, uint64_t seed, const char *kind, int status) {
    const char *text = complaint(status);
    if (WIFEXITED(status) && WEXITSTATUS(status) <= OUTCOME_SPOILT) {
        to->outcomes[WEXITSTATUS(status)]++;
    }
    if (text != NULL) {
        to->failures++;
        printf("FAILED: test_damage 1 %llu (%s): %s\n", (unsigned long long)seed, kind, text);
    }
}

static void trial(uint64_t seed, uint8_t *scratch, tally *to) {
    harm what = {scratch, sound_size, seed, ""};
    int status = 0;
    damage_file(&what);
    fflush(stdout);
    pid_t child = fork();
    if (child == 0) {
        alarm(TRIAL_SECONDS);
        _exit((int)run_trial());
    }
    if (child < 0 || waitpid(child, &status, 0) != child) {
        perror("fork");
        exit(2);
    }
    judge(to, seed, what.kind, status);
}

static void load_sound(void) {
    struct stat stat;
    make_store(path, 1);
    FILE *file = fopen(path, "rb");
    if (file == NULL || fstat(fileno(file), &stat) != 0) {
        perror(path);
        exit(2);
    }
    sound_size = (size_t)stat.st_size;
    sound = malloc(sound_size);
    if (sound == NULL || fread(sound, 1, sound_size, file) != sound_size) {
        exit(2);
    }
    fclose(file);
}

static uint64_t number(int count, char **arguments, int index, const char *name, uint64_t other) {
    const char *text = count > index ? arguments[index] : getenv(name);
    return text != NULL ? strtoull(text, NULL, 0) : other;
}

static void print(const tally *from, uint64_t trials) {
    printf("%llu trials: %llu refused by the probe, %llu found by the check, %llu harmless, "
           "%llu failed\n",
           (unsigned long long)trials, (unsigned long long)from->outcomes[OUTCOME_REFUSED],
           (unsigned long long)from->outcomes[OUTCOME_FOUND],
           (unsigned long long)from->outcomes[OUTCOME_HARMLESS],
           (unsigned long long)from->failures);
}

int main(int count, char **arguments) {
    uint64_t trials = number(count, arguments, 1, "KITH_TRIALS", TRIALS);
    uint64_t seed = number(count, arguments, 2, "KITH_SEED", (uint64_t)time(NULL) << 20);
    tally sum = {{0}, 0};
    scratch_make(folder);
    scratch_path(path, folder, "store");
    printf("seed %llu\n", (unsigned long long)seed);
    load_sound();
    uint8_t *scratch = malloc(sound_size);
    uint64_t problems = 1;
    if (scratch == NULL || !run_check(&problems) || problems != 0) {
        printf("the file is not sound before any damage\n");
        return 1;
    }
    for (uint64_t i = 0; i < trials; i++) {
        trial(seed + i, scratch, &sum);
    }
    print(&sum, trials);
    free(scratch);
    free(sound);
    unlink(path);
    rmdir(folder);
    return sum.failures == 0 ? 0 : 1;
}
