#include "src/identity/block_index.h"

#include <stdlib.h>
#include <string.h>

#include "src/base/bytes.h"
#include "src/identity/block_run.h"
#include "src/store/txn.h"

#define ENTRY     KITHI_BLOCK_ENTRY_BYTES
#define MAIN_RUN  0
#define RUN_COUNT 6

/* The most entries that a run keeps; the main run keeps all. Each is so much larger than the next
 * that a look-up has few runs to look into, and yet a slice that moves on brings each chunk that it
 * comes to several entries. The small ones stand beside each other at the table's end. */
static const uint64_t bounds[RUN_COUNT] = {UINT64_MAX, 14680064, 917504, 57344, 3584, 224};
/* Moved on at least, so that the chunks in which a slice begins and ends weigh little. */
#define SLACK      512
/* A run is used once the main run is so many times its bound; before, what it would hold may as
 * well be in the next one. */
#define MAIN_TIMES 4

/* The row that says what the runs hold: behind all chunks. */
static const uint8_t state_key[1] = {255};
#define STATE_RUN_BYTES (8 + ENTRY)
#define STATE_BYTES     (RUN_COUNT * STATE_RUN_BYTES)

typedef struct run_state {
    uint64_t count;       /* of entries */
    uint8_t place[ENTRY]; /* the last entry that moved on; zeros: begin anew */
} run_state;

typedef struct index_state {
    run_state runs[RUN_COUNT];
} index_state;

static int read_state(kith_txn *txn, index_state *state) {
    kithi_slice row;
    int rc = kithi_get(txn, KITHI_TABLE_BLOCK, state_key, sizeof state_key, &row);
    if (rc != KITH_OK) {
        return rc == KITH_NOT_FOUND ? KITH_OK : rc;
    }
    if (row.size != STATE_BYTES) {
        return kithi_block_damaged(txn);
    }
    for (size_t i = 0; i < RUN_COUNT; i++) {
        const uint8_t *at = row.data + i * STATE_RUN_BYTES;
        state->runs[i].count = kithi_get64(at);
        memcpy(state->runs[i].place, at + 8, ENTRY);
    }
    return KITH_OK;
}

/* The state of the transaction's index, which is read once. */
static int state_of(kith_txn *txn, index_state **out) {
    index_state *state = kithi_txn_slot(txn, KITHI_SLOT_BLOCK_INDEX);
    int rc = KITH_OK;
    if (state == NULL) {
        state = calloc(1, sizeof *state);
        rc = state != NULL ? read_state(txn, state) : kithi_error_memory(kithi_txn_error(txn));
        if (rc == KITH_OK) {
            kithi_txn_set_slot(txn, KITHI_SLOT_BLOCK_INDEX, state, free);
        } else {
            free(state);
        }
    }
    *out = state;
    return rc;
}

static int store_state(kith_txn *txn, const index_state *state) {
    uint8_t row[STATE_BYTES];
    for (size_t i = 0; i < RUN_COUNT; i++) {
        uint8_t *at = row + i * STATE_RUN_BYTES;
        kithi_put64(at, state->runs[i].count);
        memcpy(at + 8, state->runs[i].place, ENTRY);
    }
    return kithi_put(txn, KITHI_TABLE_BLOCK, state_key, sizeof state_key, row, sizeof row);
}

static kithi_block_run run_of(kith_txn *txn, index_state *state, size_t number) {
    return (kithi_block_run){txn, (uint8_t)number, &state->runs[number].count};
}

/* Entries as they come in */

static int compare_entries(const void *a, const void *b) {
    const kithi_block_entry *x = a, *y = b;
    return x->key != y->key ? (x->key > y->key) - (x->key < y->key)
                            : (x->record > y->record) - (x->record < y->record);
}

static size_t drop_doubles(kithi_block_entry *entries, size_t count) {
    size_t kept = 0;
    for (size_t i = 0; i < count; i++) {
        if (kept == 0 || compare_entries(&entries[kept - 1], &entries[i]) != 0) {
            entries[kept++] = entries[i];
        }
    }
    return kept;
}

static int pack(kith_txn *txn, const kithi_block_entry *entries, size_t count, uint8_t **out) {
    uint8_t *packed = count <= SIZE_MAX / ENTRY ? malloc(count * ENTRY) : NULL;
    if (packed == NULL) {
        return kithi_error_memory(kithi_txn_error(txn));
    }
    for (size_t i = 0; i < count; i++) {
        kithi_block_entry_write(packed + i * ENTRY, entries[i]);
    }
    *out = packed;
    return KITH_OK;
}

/* Moving on */

/* A run, if it is in use or worth using, else the next larger one that is. */
static size_t run_from(const index_state *state, size_t number) {
    while (number > MAIN_RUN && state->runs[number].count == 0 &&
           state->runs[MAIN_RUN].count / MAIN_TIMES < bounds[number]) {
        number--;
    }
    return number;
}

/* The smallest run that is large beside so many new entries. */
static size_t run_for(const index_state *state, size_t count) {
    size_t number = RUN_COUNT - 1;
    while (number > MAIN_RUN && bounds[number] / 2 < count) {
        number--;
    }
    return run_from(state, number);
}

static int move_slice(kith_txn *txn, index_state *state, size_t from, uint64_t count) {
    kithi_block_run source = run_of(txn, state, from);
    kithi_block_run target = run_of(txn, state, run_from(state, from - 1));
    kithi_buffer slice;
    kithi_buffer_init(&slice);
    int rc = kithi_block_run_take(&source, state->runs[from].place, count, &slice);
    if (rc == KITH_OK) {
        rc = kithi_block_run_add(&target, slice.data, slice.size / ENTRY);
    }
    kithi_buffer_clear(&slice);
    return rc;
}

/* Moves on what is too much, from the smallest run to the largest. */
static int trim(kith_txn *txn, index_state *state) {
    int rc = KITH_OK;
    for (size_t i = RUN_COUNT - 1; rc == KITH_OK && i > MAIN_RUN; i--) {
        uint64_t slack = bounds[i] / 2 < SLACK ? bounds[i] / 2 : SLACK;
        uint64_t count = state->runs[i].count;
        if (count > bounds[i]) {
            rc = move_slice(txn, state, i, count - bounds[i] + slack);
        }
    }
    return rc;
}

/* Changing */

static int add_packed(kith_txn *txn, const uint8_t *packed, size_t count) {
    index_state *state;
    int rc = state_of(txn, &state);
    if (rc == KITH_OK) {
        kithi_block_run run = run_of(txn, state, run_for(state, count));
        rc = kithi_block_run_add(&run, packed, count);
    }
    if (rc == KITH_OK) {
        rc = trim(txn, state);
    }
    return rc == KITH_OK ? store_state(txn, state) : rc;
}

static int remove_packed(kith_txn *txn, const uint8_t *packed, size_t count) {
    index_state *state;
    int rc = state_of(txn, &state);
    for (size_t i = 0; rc == KITH_OK && i < RUN_COUNT; i++) {
        kithi_block_run run = run_of(txn, state, i);
        if (state->runs[i].count > 0) {
            rc = kithi_block_run_remove(&run, packed, count);
        }
    }
    return rc == KITH_OK ? store_state(txn, state) : rc;
}

typedef int change_packed(kith_txn *txn, const uint8_t *packed, size_t count);

static int change(kith_txn *txn, kithi_block_entry *entries, size_t count, change_packed *how) {
    uint8_t *packed = NULL;
    if (count == 0) {
        return KITH_OK;
    }
    qsort(entries, count, sizeof *entries, compare_entries);
    count = drop_doubles(entries, count);
    int rc = pack(txn, entries, count, &packed);
    if (rc == KITH_OK) {
        rc = how(txn, packed, count);
    }
    free(packed);
    return rc == KITH_OK ? KITH_OK : kithi_txn_poison(txn, rc);
}

int kithi_block_index_add(kith_txn *txn, kithi_block_entry *entries, size_t count) {
    return change(txn, entries, count, add_packed);
}

int kithi_block_index_remove(kith_txn *txn, kithi_block_entry *entries, size_t count) {
    return change(txn, entries, count, remove_packed);
}

int kithi_block_index_clear(kith_txn *txn) {
    index_state *state = kithi_txn_slot(txn, KITHI_SLOT_BLOCK_INDEX);
    if (state != NULL) {
        memset(state, 0, sizeof *state);
    }
    return kithi_clear(txn, KITHI_TABLE_BLOCK);
}

static int load_packed(kith_txn *txn, const uint8_t *packed, size_t count) {
    index_state *state;
    int rc = state_of(txn, &state);
    if (rc == KITH_OK) { /* nothing may stand behind what is appended */
        rc = kithi_delete(txn, KITHI_TABLE_BLOCK, state_key, sizeof state_key);
    }
    if (rc == KITH_OK) {
        kithi_block_run run = run_of(txn, state, MAIN_RUN);
        rc = kithi_block_run_append(&run, packed, count);
    }
    return rc == KITH_OK ? store_state(txn, state) : rc;
}

int kithi_block_index_load(kith_txn *txn, const kithi_block_entry *sorted, size_t count) {
    uint8_t *packed = NULL;
    if (count == 0) {
        return KITH_OK;
    }
    int rc = pack(txn, sorted, count, &packed);
    if (rc == KITH_OK) {
        rc = load_packed(txn, packed, count);
    }
    free(packed);
    return rc == KITH_OK ? KITH_OK : kithi_txn_poison(txn, rc);
}

/* Reading */

static int find_in_runs(kith_txn *txn, index_state *state, kithi_block_look *looks, uint64_t key,
                        kithi_block_found *found) {
    int rc = KITH_OK;
    for (size_t i = 0; rc == KITH_OK && i < RUN_COUNT; i++) {
        kithi_block_run run = run_of(txn, state, i);
        if (state->runs[i].count > 0) {
            rc = kithi_block_run_find(&run, &looks[i], key, found);
        }
    }
    return rc;
}

int kithi_block_index_find(kith_txn *txn, uint64_t key, size_t max, uint32_t *out,
                           size_t *out_count) {
    index_state *state;
    kithi_block_look looks[RUN_COUNT] = {{NULL, {NULL, 0}}};
    kithi_block_found found = {out, 0, max + 1};
    int rc = state_of(txn, &state);
    for (size_t i = 0; rc == KITH_OK && i < RUN_COUNT; i++) {
        rc = kithi_cursor_of(txn, KITHI_TABLE_BLOCK, &looks[i].cursor);
    }
    rc = rc == KITH_OK ? find_in_runs(txn, state, looks, key, &found) : rc;
    *out_count = found.count;
    return rc;
}

struct kithi_block_finder {
    kith_txn *txn;
    index_state *state;
    kithi_block_look looks[RUN_COUNT];
};

int kithi_block_finder_open(kith_txn *txn, kithi_block_finder **out) {
    kithi_block_finder *finder = calloc(1, sizeof *finder);
    *out = finder;
    if (finder == NULL) {
        return kithi_error_memory(kithi_txn_error(txn));
    }
    finder->txn = txn;
    int rc = state_of(txn, &finder->state);
    for (size_t i = 0; rc == KITH_OK && i < RUN_COUNT; i++) {
        rc = kithi_cursor_open(txn, KITHI_TABLE_BLOCK, &finder->looks[i].cursor);
    }
    if (rc != KITH_OK) {
        kithi_block_finder_close(finder);
        *out = NULL;
    }
    return rc;
}

void kithi_block_finder_close(kithi_block_finder *finder) {
    for (size_t i = 0; finder != NULL && i < RUN_COUNT; i++) {
        kithi_cursor_close(finder->looks[i].cursor);
    }
    free(finder);
}

int kithi_block_finder_find(kithi_block_finder *finder, uint64_t key, size_t max, uint32_t *out,
                            size_t *out_count) {
    kithi_block_found found = {out, 0, max + 1};
    int rc = find_in_runs(finder->txn, finder->state, finder->looks, key, &found);
    *out_count = found.count;
    return rc;
}

/* All runs at once, in the order of their entries. */
typedef struct merge {
    kithi_block_reader readers[RUN_COUNT];
    bool has[RUN_COUNT];
} merge;

static int open_readers(kith_txn *txn, merge *m) {
    int rc = KITH_OK;
    for (size_t i = 0; rc == KITH_OK && i < RUN_COUNT; i++) {
        rc = kithi_block_reader_open(txn, (uint8_t)i, &m->readers[i]);
        m->has[i] = rc == KITH_OK;
        rc = rc == KITH_NOT_FOUND ? KITH_OK : rc;
    }
    return rc;
}

/* The least entry that is left; NULL: none. */
static const uint8_t *least(const merge *m) {
    const uint8_t *entry = NULL;
    for (size_t i = 0; i < RUN_COUNT; i++) {
        if (m->has[i] &&
            (entry == NULL ||
             kithi_block_entry_compare(kithi_block_reader_entry(&m->readers[i]), entry) < 0)) {
            entry = kithi_block_reader_entry(&m->readers[i]);
        }
    }
    return entry;
}

/* Moves all readers that stand on an entry behind it. */
static int pass(merge *m, const uint8_t *entry) {
    uint8_t passed[ENTRY];
    int rc = KITH_OK;
    memcpy(passed, entry, ENTRY);
    for (size_t i = 0; rc == KITH_OK && i < RUN_COUNT; i++) {
        if (m->has[i] &&
            kithi_block_entry_compare(kithi_block_reader_entry(&m->readers[i]), passed) == 0) {
            rc = kithi_block_reader_next(&m->readers[i]);
            m->has[i] = rc == KITH_OK;
            rc = rc == KITH_NOT_FOUND ? KITH_OK : rc;
        }
    }
    return rc;
}

/* The runs hold what the row of their state says, and the table holds nothing else. */
static int check_counts(kith_txn *txn, const merge *m) {
    index_state *state;
    uint64_t rows, chunks = 0, entries = 0;
    int rc = state_of(txn, &state);
    if (rc == KITH_OK) {
        rc = kithi_count(txn, KITHI_TABLE_BLOCK, &rows);
    }
    for (size_t i = 0; rc == KITH_OK && i < RUN_COUNT; i++) {
        chunks += m->readers[i].chunk_count;
        entries += m->readers[i].entry_count;
        if (m->readers[i].entry_count != state->runs[i].count) {
            rc = kithi_block_damaged(txn);
        }
    }
    if (rc == KITH_OK && rows != chunks + 1 && (rows != 0 || entries != 0)) {
        rc = kithi_block_damaged(txn);
    }
    return rc;
}

int kithi_block_index_each(kith_txn *txn, int (*take)(void *context, kithi_block_entry entry),
                           void *context) {
    merge *m = calloc(1, sizeof *m);
    const uint8_t *entry;
    if (m == NULL) {
        return kithi_error_memory(kithi_txn_error(txn));
    }
    int rc = open_readers(txn, m);
    while (rc == KITH_OK && (entry = least(m)) != NULL) {
        rc = take(context, kithi_block_entry_read(entry));
        rc = rc == KITH_OK ? pass(m, entry) : rc;
    }
    rc = rc == KITH_OK ? check_counts(txn, m) : rc;
    for (size_t i = 0; i < RUN_COUNT; i++) {
        kithi_block_reader_close(&m->readers[i]);
    }
    free(m);
    return rc;
}
