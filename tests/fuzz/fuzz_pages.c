/*
 * Any bytes as a store's file: the check and the probe end, agree with each other, and say the same
 * twice.
 *
 * An input that begins with 'P' is a list of patches to a sound file (offset, operation, value: six
 * bytes each), since random bytes hardly ever get past the meta pages; any other one is the file
 * itself.
 */
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "kith/store.h"

#include "src/store/probe.h"
#include "tests/lmdb_file.h"
#include "tests/fuzz/target.h"

#define PATCH_BYTES 6u
#define PATCHES_MAX 4096u

static uint8_t *sound;
static uint8_t *scratch;
static size_t sound_size;
static int file = -1;
static char path[64];

static void must(bool holds, const char *what) {
    if (!holds) {
        fprintf(stderr, "%s\n", what);
        abort();
    }
}

static void make_sound(void) {
    const lmdb_file_plan plan = {
        .seed = 1,
        .key_count = 60,
        .rounds = 3,
        .big_one_in = 40,
        .crowd = 2500,
        .delete_one_in = 3,
    };
    struct stat stat;
    char made[] = "/tmp/kith_fuzz_XXXXXX";
    int made_file = mkstemp(made);
    must(made_file >= 0, "mkstemp");
    close(made_file);
    lmdb_file_make(made, &plan);
    FILE *stream = fopen(made, "rb");
    must(stream != NULL && fstat(fileno(stream), &stat) == 0, "fopen");
    sound_size = (size_t)stat.st_size;
    sound = malloc(sound_size);
    scratch = malloc(sound_size);
    must(sound != NULL && scratch != NULL, "malloc");
    must(fread(sound, 1, sound_size, stream) == sound_size, "fread");
    fclose(stream);
    unlink(made);
}

static void prepare(void) {
    if (file >= 0) {
        return;
    }
    make_sound();
    file = memfd_create("kith_fuzz", MFD_CLOEXEC);
    must(file >= 0, "memfd_create");
    snprintf(path, sizeof path, "/proc/self/fd/%d", file);
}

static void apply_patch(const uint8_t *patch) {
    size_t at = kithi_get32(patch) >> 8;
    uint8_t value = patch[5];
    /* Mostly near the beginning of a page, where there is more to break. */
    if (patch[3] & 1) {
        at = at % (sound_size / 4096) * 4096 + patch[4] % 64;
    } else {
        at %= sound_size;
    }
    switch (patch[3] >> 1 & 3) {
    case 0:
        scratch[at] ^= value;
        break;
    case 1:
        scratch[at] = value;
        break;
    case 2:
        memmove(scratch + at / 4096 * 4096, scratch + value % (sound_size / 4096) * 4096, 4096);
        break;
    default:
        memset(scratch + at, value, sound_size - at < 8 ? sound_size - at : 8);
        break;
    }
}

static void write_input(const uint8_t *data, size_t size) {
    const uint8_t *bytes = data;
    if (size > 0 && data[0] == 'P') {
        memcpy(scratch, sound, sound_size);
        for (size_t i = 1; i + PATCH_BYTES <= size && i < PATCHES_MAX * PATCH_BYTES;
             i += PATCH_BYTES) {
            apply_patch(data + i);
        }
        bytes = scratch;
        size = sound_size;
    }
    must(ftruncate(file, (off_t)size) == 0, "ftruncate");
    must(pwrite(file, bytes, size, 0) == (ssize_t)size, "pwrite");
}

/* What the check says: a count, and a hash of the lines. */
typedef struct answer {
    uint64_t lines;
    uint64_t hash;
} answer;

static void hear(void *context, const char *problem) {
    answer *to = context;
    to->lines++;
    for (; *problem != '\0'; problem++) {
        must(*problem != '\n', "a problem is one line");
        to->hash = (to->hash ^ (uint8_t)*problem) * 0x100000001b3u;
    }
}

static uint64_t ask(answer *out) {
    kith_check_options options = KITH_CHECK_OPTIONS_INIT;
    kith_error error = KITH_ERROR_INIT;
    uint64_t count = 0;
    *out = (answer){0, 0};
    options.problem = hear;
    options.context = out;
    must(kith_check(path, &options, &count, &error) == KITH_OK, "kith_check runs on any bytes");
    must(out->lines == (count < 1000 ? count : 1000), "each problem has its line");
    return count;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    kith_error error = KITH_ERROR_INIT;
    answer first;
    answer second;
    prepare();
    write_input(data, size);
    uint64_t count = ask(&first);
    must(ask(&second) == count && second.hash == first.hash, "the same bytes, the same answer");
    int code = kithi_probe(path, NULL, &error);
    must(code == KITH_OK || code == KITH_CORRUPT, "the probe passes or refuses");
    must(code == KITH_OK ? error.message[0] == '\0' : error.message[0] != '\0', "it says why");
    must(code == KITH_OK || count > 0, "what the probe refuses has a problem");
    return 0;
}
