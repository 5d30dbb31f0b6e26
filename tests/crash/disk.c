#include "tests/crash/disk.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/property/history.h"

#define SECTOR_BYTES 512u

/* How the writes that were not synced fare in one image. */
typedef enum fate_kind { FATE_NONE, FATE_ALL, FATE_IN_ORDER, FATE_RANDOM } fate_kind;

typedef struct fate {
    uint64_t state;
    fate_kind kind;
    size_t until;     /* IN_ORDER: this one is torn, those after it are lost */
    uint32_t percent; /* RANDOM: so many get there whole; of the others half are torn */
} fate;

typedef enum outcome { OUTCOME_WHOLE, OUTCOME_TORN, OUTCOME_LOST } outcome;

static uint64_t least(uint64_t a, uint64_t b) {
    return a < b ? a : b;
}

static uint64_t most(uint64_t a, uint64_t b) {
    return a > b ? a : b;
}

/* Files */

static void make_room(disk_file *file, uint64_t capacity) {
    file->capacity = capacity;
    file->bytes = calloc(1, capacity + 1);
    if (file->bytes == NULL) {
        abort();
    }
}

static void resize(disk_file *file, uint64_t size) {
    if (size < file->size) {
        memset(file->bytes + size, 0, file->size - size);
    }
    file->size = size;
}

static void put(disk_file *file, const recording *r, const recording_op *op, uint64_t from,
                uint64_t to) {
    memcpy(file->bytes + from, r->bytes + op->data + (from - op->offset), to - from);
    file->size = most(file->size, to);
}

static void apply_whole(disk_file *file, const recording *r, const recording_op *op) {
    if (op->kind == RECORDING_RESIZE) {
        resize(file, op->offset);
    } else if (op->kind == RECORDING_WRITE) {
        put(file, r, op, op->offset, op->offset + op->size);
    }
}

static void apply_torn(disk_file *file, const recording *r, const recording_op *op,
                       uint64_t *state) {
    uint64_t end = op->offset + op->size;
    for (uint64_t from = op->offset, to; from < end; from = to) {
        to = least(end, (from / SECTOR_BYTES + 1) * SECTOR_BYTES);
        if (random_one_in(state, 2)) {
            put(file, r, op, from, to);
        }
    }
}

void disk_init(disk *d, const recording *of, disk_kind kind) {
    uint64_t sizes[RECORDING_FILES_MAX] = {0};
    *d = (disk){.of = of, .kind = kind};
    for (size_t i = 0; i < of->count; i++) {
        const recording_op *op = &of->ops[i];
        if (op->kind == RECORDING_WRITE || op->kind == RECORDING_RESIZE) {
            sizes[op->file] = most(sizes[op->file], op->offset + op->size);
        }
    }
    for (uint32_t i = 0; i < of->file_count; i++) {
        make_room(&d->safe[i], sizes[i]);
        make_room(&d->found[i], sizes[i]);
    }
}

void disk_clear(disk *d) {
    for (uint32_t i = 0; i < RECORDING_FILES_MAX; i++) {
        free(d->safe[i].bytes);
        free(d->found[i].bytes);
    }
    *d = (disk){0};
}

/* What is surely there */

static void make_safe(disk *d, uint32_t file, size_t to) {
    for (size_t i = d->from[file]; i < to; i++) {
        const recording_op *op = &d->of->ops[i];
        if (op->file == file) {
            apply_whole(&d->safe[file], d->of, op);
        }
    }
    d->from[file] = most(d->from[file], to);
}

static void sync_file(disk *d, uint32_t file, size_t at) {
    if (d->kind == DISK_HONEST) {
        make_safe(d, file, at);
    } else {
        make_safe(d, file, d->synced[file]);
        d->synced[file] = at + 1;
    }
}

static void set_name(disk_file files[RECORDING_FILES_MAX], const recording_op *op) {
    memcpy(files[op->file].name, op->name, sizeof op->name);
}

static void sync_names(disk *d, size_t at) {
    for (size_t i = d->names_from; i < at; i++) {
        if (d->of->ops[i].kind == RECORDING_NAME) {
            set_name(d->safe, &d->of->ops[i]);
        }
    }
    d->names_from = at;
}

void disk_advance(disk *d, size_t at) {
    for (; d->at < at; d->at++) {
        const recording_op *op = &d->of->ops[d->at];
        if (op->kind == RECORDING_SYNC) {
            sync_file(d, op->file, d->at);
        } else if (op->kind == RECORDING_SYNC_FOLDER) {
            sync_names(d, d->at);
        }
    }
}

/* Images */

static outcome fare(fate *f, size_t number) {
    if (f->kind == FATE_IN_ORDER && number == f->until) {
        return OUTCOME_TORN;
    }
    if (f->kind == FATE_RANDOM && random_below(&f->state, 100) >= f->percent) {
        return random_one_in(&f->state, 2) ? OUTCOME_TORN : OUTCOME_LOST;
    }
    bool whole = f->kind == FATE_ALL || f->kind == FATE_RANDOM ||
                 (f->kind == FATE_IN_ORDER && number < f->until);
    return whole ? OUTCOME_WHOLE : OUTCOME_LOST;
}

static bool is_through(const disk *d, size_t number) {
    return d->of->ops[number].through && d->kind != DISK_LATE && number < d->at;
}

/* The size of a file is no part of what is written to it, and may get to the disk before or after.
 */
static void change_size(disk_file *file, uint64_t safe, uint64_t whole, fate *f) {
    if (f->kind == FATE_NONE || f->kind == FATE_ALL) {
        return;
    }
    switch (random_below(&f->state, 4)) {
    case 0:
        file->size = most(file->size, whole);
        break;
    case 1:
        if (file->size > safe) {
            resize(file, safe + random_next(&f->state) % (file->size - safe));
        }
        break;
    default:
        break;
    }
}

static void find_file(disk *d, uint32_t number, fate *f) {
    disk_file *file = &d->found[number];
    memset(file->bytes, 0, file->size);
    memcpy(file->bytes, d->safe[number].bytes, d->safe[number].size);
    file->size = d->safe[number].size;
    uint64_t safe = file->size, whole = file->size;
    f->until = d->from[number] + random_next(&f->state) % (d->at - d->from[number] + 1);
    for (size_t i = d->from[number]; i <= d->at && i < d->of->count; i++) {
        const recording_op *op = &d->of->ops[i];
        if (op->file != number || op->kind > RECORDING_RESIZE) {
            continue;
        }
        bool through = is_through(d, i);
        outcome what = through ? OUTCOME_WHOLE : fare(f, i);
        if (what == OUTCOME_TORN && op->kind == RECORDING_WRITE) {
            apply_torn(file, d->of, op, &f->state);
        } else if (what == OUTCOME_WHOLE) {
            apply_whole(file, d->of, op);
        }
        d->lost_count += what == OUTCOME_LOST;
        d->torn_count += what == OUTCOME_TORN;
        whole = op->kind == RECORDING_RESIZE ? op->offset : most(whole, op->offset + op->size);
        safe = through ? most(safe, op->offset + op->size) : safe;
    }
    change_size(file, safe, whole, f);
}

static void find_names(disk *d, fate *f) {
    for (uint32_t i = 0; i < d->of->file_count; i++) {
        memcpy(d->found[i].name, d->safe[i].name, sizeof d->found[i].name);
    }
    for (size_t i = d->names_from; i <= d->at && i < d->of->count; i++) {
        if (d->of->ops[i].kind != RECORDING_NAME) {
            continue;
        }
        if (f->kind != FATE_ALL && (f->kind == FATE_NONE || random_one_in(&f->state, 2))) {
            return; /* the folder keeps them in order */
        }
        set_name(d->found, &d->of->ops[i]);
    }
}

static void find_all(disk *d, fate *f) {
    d->lost_count = d->torn_count = 0;
    find_names(d, f);
    for (uint32_t i = 0; i < d->of->file_count; i++) {
        find_file(d, i, f);
    }
}

void disk_cut_power(disk *d, uint64_t seed) {
    static const fate_kind kinds[] = {FATE_NONE,   FATE_ALL,    FATE_IN_ORDER, FATE_IN_ORDER,
                                      FATE_RANDOM, FATE_RANDOM, FATE_RANDOM,   FATE_RANDOM};
    fate f = {.state = seed};
    f.kind = kinds[random_below(&f.state, 8)];
    f.percent = random_below(&f.state, 100);
    find_all(d, &f);
}

void disk_cut_nothing(disk *d) {
    fate f = {.kind = FATE_ALL};
    find_all(d, &f);
}

const disk_file *disk_find(const disk *d, const char *name) {
    for (uint32_t i = 0; i < d->of->file_count; i++) {
        if (strcmp(d->found[i].name, name) == 0) {
            return &d->found[i];
        }
    }
    return NULL;
}
