/*
 * Blocks of any size. Each alone says little, so records are taken by how many of the blocks they
 * share: where a name, a year and a town are all common, those that have the three come first.
 */
#include <stdlib.h>
#include <string.h>

#include "src/base/grow.h"
#include "src/base/order.h"
#include "src/identity/block_index.h"
#include "src/identity/candidates.h"
#include "src/store/txn.h"

#define READ_MAX  4096 /* records of one block */
#define TAKEN_MAX 256  /* records that are compared */

/* How many records share so many blocks. */
typedef struct shares {
    size_t count[KITHI_BLOCK_KEYS_MAX + 1];
} shares;

static int add_wide(kithi_candidates *c, uint64_t key, bool *out_partial) {
    size_t count;
    if (!KITHI_GROW(c->records, c->record_capacity, c->record_count + READ_MAX + 1)) {
        return kithi_error_memory(kithi_txn_error(c->txn));
    }
    int rc = kithi_block_index_find(c->txn, key, READ_MAX, c->records + c->record_count, &count);
    if (rc == KITH_OK) {
        *out_partial = *out_partial || count > READ_MAX;
        c->record_count += count;
    }
    return rc;
}

/* The end of the run of equal records from `at` on. */
static size_t run_end(const kithi_candidates *c, size_t at) {
    size_t end = at + 1;
    while (end < c->record_count && c->records[end] == c->records[at]) {
        end++;
    }
    return end;
}

/* The least number of shared blocks with which a record is taken, and how many of that number. */
static size_t find_least(const shares *all, size_t *out_count) {
    size_t least = KITHI_BLOCK_KEYS_MAX, room = TAKEN_MAX;
    while (least > 1 && all->count[least] < room) {
        room -= all->count[least--];
    }
    *out_count = all->count[least] < room ? all->count[least] : room;
    return least;
}

/* Records are sorted, each as often as it shares a block. */
static void take_most_shared(kithi_candidates *c, bool *out_partial) {
    shares all = {{0}};
    size_t different = 0, kept = 0, of_least;
    for (size_t at = 0, end; at < c->record_count; at = end) {
        end = run_end(c, at);
        all.count[end - at]++;
        different++;
    }
    size_t least = find_least(&all, &of_least);
    for (size_t at = 0, end; at < c->record_count; at = end) {
        end = run_end(c, at);
        if (end - at > least || (end - at == least && of_least > 0)) {
            of_least -= end - at == least;
            c->records[kept++] = c->records[at];
        }
    }
    *out_partial = *out_partial || different > kept;
    c->record_count = kept;
}

int kithi_candidates_widen(kithi_candidates *c, const kithi_features *features, bool *out_partial) {
    uint64_t keys[KITHI_BLOCK_KEYS_MAX];
    size_t count = kithi_block_keys(c->model, features, keys);
    int rc = KITH_OK;
    c->record_count = 0;
    *out_partial = false;
    for (size_t i = 0; rc == KITH_OK && i < count; i++) {
        rc = add_wide(c, keys[i], out_partial);
    }
    if (rc == KITH_OK && c->record_count > 1) {
        qsort(c->records, c->record_count, sizeof *c->records, kithi_compare_u32);
    }
    if (rc == KITH_OK) {
        take_most_shared(c, out_partial);
    }
    return rc;
}
