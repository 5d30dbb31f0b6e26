/*
 * How many have each tag: by the sets, of those whose stored row holds; the others are asked one by
 * one.
 */
#include <stdlib.h>
#include <string.h>

#include "kith/query.h"
#include "src/base/grow.h"
#include "src/base/names.h"
#include "src/base/sized.h"
#include "src/profile/marks_row.h"
#include "src/query/scan.h"

struct kith_tag_counts {
    kithi_names names;
    uint64_t *counts; /* by the numbers of the names */
    size_t capacity;
    kith_tag_count *items; /* in order of the names */
    size_t item_count, at;
};

typedef struct counter {
    kith_txn *txn;
    int64_t now_us;
    kith_tag_counts *out;
    kithi_scan scan;
    kithi_chunk *stale; /* by the numbers of chunks: whose rows don't hold */
} counter;

static int no_memory(const counter *c) {
    return kithi_error_memory(kithi_txn_error(c->txn));
}

static int add(const counter *c, const char *tag, uint64_t count) {
    kith_tag_counts *out = c->out;
    size_t known = out->names.count;
    uint32_t number;
    if (!kithi_names_number(&out->names, tag, &number) ||
        !KITHI_GROW(out->counts, out->capacity, out->names.count)) {
        return no_memory(c);
    }
    if (number == known) {
        out->counts[number] = 0;
    }
    out->counts[number] += count;
    return KITH_OK;
}

/* Those whose rows hold */

static int take_set(void *context, const char *tag, uint32_t chunk, const kithi_chunk *members) {
    const counter *c = context;
    kithi_chunk sure = *members;
    if (chunk >= c->scan.chunk_count) {
        return KITH_OK;
    }
    kithi_chunk_andnot(&sure, &c->stale[chunk]);
    uint32_t count = kithi_chunk_count(&sure);
    return count > 0 ? add(c, tag, count) : KITH_OK;
}

/* The others */

static int add_profile(const counter *c, uint32_t profile, kithi_arena *arena) {
    kith_profile view = KITH_PROFILE_INIT;
    kith_tag tag = KITH_TAG_INIT;
    size_t cursor = 0;
    kithi_arena_reset(arena);
    int rc = kithi_state_profile(c->txn, profile, c->now_us, arena, &view);
    while (rc == KITH_OK && (rc = kith_profile_next_tag(&view, &cursor, &tag)) == KITH_OK) {
        rc = add(c, tag.name, 1);
    }
    return rc == KITH_DONE ? KITH_OK : rc;
}

/* Takes the next chunk into the scan, keeps whose rows don't hold, and counts the tags of those. */
static int take_chunk(counter *c, uint32_t chunk, kithi_arena *arena) {
    kithi_chunk *stale = &c->stale[chunk], all;
    int rc = kithi_scan_choose(&c->scan, chunk, &all);
    *stale = c->scan.stale;
    kithi_chunk_and(stale, &all);
    for (uint32_t bit = kithi_chunk_next(stale, 0); rc == KITH_OK && bit < KITHI_CHUNK_BITS;
         bit = kithi_chunk_next(stale, bit + 1)) {
        rc = add_profile(c, chunk * KITHI_CHUNK_BITS + bit, arena);
    }
    return rc;
}

static int count_all(counter *c) {
    kithi_arena arena;
    int rc = KITH_OK;
    c->stale = malloc((c->scan.chunk_count + 1) * sizeof *c->stale);
    if (c->stale == NULL) {
        return no_memory(c);
    }
    kithi_arena_init(&arena);
    for (uint32_t chunk = 0; rc == KITH_OK && chunk < c->scan.chunk_count; chunk++) {
        rc = take_chunk(c, chunk, &arena);
    }
    kithi_arena_clear(&arena);
    return rc == KITH_OK ? kithi_members_each_tag(c->txn, take_set, c) : rc;
}

/* The list */

static int by_name(const void *a, const void *b) {
    const kith_tag_count *x = a, *y = b;
    return strcmp(x->name, y->name);
}

static int make_list(const counter *c) {
    kith_tag_counts *out = c->out;
    out->items = malloc((out->names.count + 1) * sizeof *out->items);
    if (out->items == NULL) {
        return no_memory(c);
    }
    for (size_t i = 0; i < out->names.count; i++) {
        out->items[out->item_count++] =
            (kith_tag_count){sizeof *out->items, out->names.items[i], out->counts[i]};
    }
    qsort(out->items, out->item_count, sizeof *out->items, by_name);
    return KITH_OK;
}

static int fill(kith_txn *txn, int64_t now_us, kith_tag_counts *out) {
    counter c = {.txn = txn, .now_us = now_us, .out = out};
    int rc = kithi_scan_begin(&c.scan, txn, NULL, now_us);
    rc = rc == KITH_OK ? count_all(&c) : rc;
    rc = rc == KITH_OK ? make_list(&c) : rc;
    kithi_scan_end(&c.scan);
    free(c.stale);
    return rc;
}

int kith_tag_counts_open(kith_txn *txn, int64_t now_us, kith_tag_counts **out) {
    if (out == NULL) {
        return kithi_error_set(kithi_txn_error(txn), KITH_MISUSE,
                               "kith_tag_counts_open: a place for the counts is required");
    }
    int rc = kithi_txn_check_read(txn);
    rc = rc == KITH_OK ? kithi_state_apply(txn) : rc;
    if (rc != KITH_OK) {
        return rc;
    }
    kith_tag_counts *counts = calloc(1, sizeof *counts);
    if (counts == NULL) {
        return kithi_error_memory(kithi_txn_error(txn));
    }
    kithi_names_init(&counts->names);
    rc = fill(txn, now_us, counts);
    if (rc != KITH_OK) {
        kith_tag_counts_close(counts);
        return rc;
    }
    *out = counts;
    return KITH_OK;
}

int kith_tag_counts_next(kith_tag_counts *counts, kith_tag_count *out) {
    if (counts->at >= counts->item_count) {
        return KITH_DONE;
    }
    kithi_give(out, &counts->items[counts->at++], sizeof *counts->items);
    return KITH_OK;
}

void kith_tag_counts_close(kith_tag_counts *counts) {
    if (counts != NULL) {
        kithi_names_clear(&counts->names);
        free(counts->counts);
        free(counts->items);
        free(counts);
    }
}
