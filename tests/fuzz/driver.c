/*
 * Runs a fuzz target without libFuzzer, in any build: each file that is named, each file of each
 * folder that is named, and of each of them some changed copies, which are the same in every run.
 *
 * usage: PROGRAM [-n COPIES] [-s SEED] FILE|FOLDER...
 */
#include <dirent.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/fuzz/target.h"
#include "tests/random.h"

#define COPIES_DEFAULT 50u
#define CHANGES_MAX    8u
#define GROWTH_MAX     64u

typedef struct input {
    uint8_t *data;
    size_t size;
} input;

typedef struct tally {
    uint64_t seed;
    uint64_t copies;
    uint64_t files;
    uint64_t inputs;
} tally;

static void must(bool holds, const char *what) {
    if (!holds) {
        perror(what);
        exit(2);
    }
}

/* In memory of exactly its size, so that a sanitizer sees a read past the end. */
static void give(tally *run, const uint8_t *data, size_t size) {
    uint8_t *exact = malloc(size > 0 ? size : 1);
    must(exact != NULL, "malloc");
    if (size > 0) {
        memcpy(exact, data, size);
    }
    LLVMFuzzerTestOneInput(exact, size);
    free(exact);
    run->inputs++;
}

static void change_byte(input *copy, uint64_t *state) {
    static const uint8_t telling[] = {0,    1,   0x7f, 0x80, 0xff, '"', ',', '\n',
                                      '\r', '{', '}',  '\\', '9',  '-', '.'};
    if (copy->size > 0) {
        uint64_t random = random_next(state);
        uint8_t *byte = &copy->data[random_next(state) % copy->size];
        *byte = random % 2 == 0 ? (uint8_t)(*byte ^ 1u << (random >> 8) % 8)
                                : telling[(random >> 8) % sizeof telling];
    }
}

static void cut_end(input *copy, uint64_t *state) {
    copy->size = (size_t)(random_next(state) % (copy->size + 1));
}

static void remove_bytes(input *copy, uint64_t *state) {
    if (copy->size > 0) {
        size_t from = (size_t)(random_next(state) % copy->size);
        size_t count = (size_t)(random_next(state) % (copy->size - from) % GROWTH_MAX) + 1;
        memmove(copy->data + from, copy->data + from + count, copy->size - from - count);
        copy->size -= count;
    }
}

/* The copy has room for it. */
static void repeat_bytes(input *copy, uint64_t *state) {
    if (copy->size > 0) {
        size_t from = (size_t)(random_next(state) % copy->size);
        size_t count = (size_t)(random_next(state) % (copy->size - from) % GROWTH_MAX) + 1;
        memmove(copy->data + from + count, copy->data + from, copy->size - from);
        copy->size += count;
    }
}

static void change(input *copy, uint64_t *state) {
    static void (*const ways[])(input *, uint64_t *) = {
        change_byte, change_byte, change_byte, change_byte, cut_end, remove_bytes, repeat_bytes};
    uint64_t changes = 1 + random_next(state) % CHANGES_MAX;
    for (uint64_t i = 0; i < changes; i++) {
        ways[random_next(state) % (sizeof ways / sizeof ways[0])](copy, state);
    }
}

static void replay(tally *run, const input *original) {
    uint64_t state = run->seed;
    input copy = {malloc(original->size + (CHANGES_MAX + 1) * GROWTH_MAX), 0};
    must(copy.data != NULL, "malloc");
    give(run, original->data, original->size);
    for (uint64_t i = 0; i < run->copies; i++) {
        memcpy(copy.data, original->data, original->size);
        copy.size = original->size;
        change(&copy, &state);
        give(run, copy.data, copy.size);
    }
    free(copy.data);
}

static void replay_file(tally *run, const char *path, size_t size) {
    FILE *file = fopen(path, "rb");
    input original = {malloc(size > 0 ? size : 1), size};
    must(file != NULL, path);
    must(original.data != NULL && fread(original.data, 1, size, file) == size, path);
    fclose(file);
    replay(run, &original);
    free(original.data);
    run->files++;
}

static void replay_path(tally *run, const char *path);

static int is_named(const struct dirent *entry) {
    return entry->d_name[0] != '.';
}

static void replay_folder(tally *run, const char *path) {
    struct dirent **entries = NULL;
    int count = scandir(path, &entries, is_named, alphasort);
    must(count >= 0, path);
    for (int i = 0; i < count; i++) {
        size_t size = strlen(path) + strlen(entries[i]->d_name) + 2;
        char *inner = malloc(size);
        must(inner != NULL, "malloc");
        snprintf(inner, size, "%s/%s", path, entries[i]->d_name);
        replay_path(run, inner);
        free(inner);
        free(entries[i]);
    }
    free(entries);
}

static void replay_path(tally *run, const char *path) {
    struct stat status;
    must(stat(path, &status) == 0, path);
    if (S_ISDIR(status.st_mode)) {
        replay_folder(run, path);
    } else {
        replay_file(run, path, (size_t)status.st_size);
    }
}

int main(int count, char **arguments) {
    tally run = {.seed = 1, .copies = COPIES_DEFAULT};
    int option;
    while ((option = getopt(count, arguments, "n:s:")) != -1) {
        switch (option) {
        case 'n':
            run.copies = strtoull(optarg, NULL, 0);
            break;
        case 's':
            run.seed = strtoull(optarg, NULL, 0);
            break;
        default:
            fprintf(stderr, "usage: %s [-n COPIES] [-s SEED] FILE|FOLDER...\n", arguments[0]);
            return 2;
        }
    }
    for (int i = optind; i < count; i++) {
        replay_path(&run, arguments[i]);
    }
    printf("%" PRIu64 " files, %" PRIu64 " inputs\n", run.files, run.inputs);
    if (run.files == 0) {
        fprintf(stderr, "%s: there is no file to replay\n", arguments[0]);
        return 1;
    }
    return 0;
}
