/*
 * The truth that profiles are compared with: a CSV file of source, key and entity, parted by
 * commas, semicolons, tabs or bars. A small reader for short rows, since the one of imports stands
 * above this module.
 */
#ifndef KITHI_INSIGHT_TRUTH_H
#define KITHI_INSIGHT_TRUTH_H

#include <stddef.h>
#include <stdint.h>

#include "kith/base.h"
#include "src/base/arena.h"

#define KITHI_TRUTH_ROW_MAX_BYTES 65536
#define KITHI_TRUTH_COLUMNS_MAX   256

typedef struct kithi_truth_row {
    const char *source, *key, *entity; /* in the arena, NUL-terminated */
    uint64_t line;
} kithi_truth_row;

/* Whoever waits: NULL, or told of the bytes of "truth" that are read. */
typedef struct kithi_truth_waiting {
    kith_progress_fn progress;
    void *context;
} kithi_truth_waiting;

/*
 * Reads the file. *out_rows is owned: free().
 * KITH_OK; KITH_NOT_FOUND; KITH_IO; KITH_INVALID, with the line in the message and the byte offset
 * in position; KITH_INTERRUPTED.
 */
int kithi_truth_load(const char *path, const kithi_truth_waiting *waiting, kithi_arena *arena,
                     kithi_truth_row **out_rows, size_t *out_count, kith_error *error);

#endif
