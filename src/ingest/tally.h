/*
 * What a summary tells of columns: how many values of each were noted, and where the first one is.
 * As with all counts of an import, a row counts once it is no longer rejected, and is told once the
 * transaction that holds it is durable.
 */
#ifndef KITHI_INGEST_TALLY_H
#define KITHI_INGEST_TALLY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "src/base/arena.h"
#include "src/base/map.h"

typedef struct kithi_tally_count {
    uint64_t count, first_line;
} kithi_tally_count;

typedef struct kithi_tally_item {
    const char *name;
    uint64_t of_row; /* noted in the row at hand */
    kithi_tally_count noted, committed;
} kithi_tally_item;

typedef struct kithi_tally {
    kithi_tally_item *items; /* in the order of their first values */
    size_t count;
    /* private */
    size_t capacity;
    bool of_row; /* something was noted in the row at hand */
    kithi_arena names;
    kithi_map by_name; /* a name's hash -> index in items */
} kithi_tally;

void kithi_tally_init(kithi_tally *tally);
void kithi_tally_clear(kithi_tally *tally);
/* Notes a value in the row at hand. False when memory is out. */
bool kithi_tally_note(kithi_tally *tally, const char *name);
/* Counts what was noted in the row, or forgets it where the row is rejected. */
void kithi_tally_end_row(kithi_tally *tally, uint64_t line, bool rejected);
void kithi_tally_commit(kithi_tally *tally);
/* Adds `count` to a count; `line` is the first where there was none. */
void kithi_tally_add(kithi_tally_count *to, uint64_t count, uint64_t line);

#endif
