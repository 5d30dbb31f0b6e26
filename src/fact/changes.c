#include "src/base/grow.h"
#include "src/fact/fact.h"

#include <stdlib.h>
#include <string.h>

static void end_changes(void *data) {
    kithi_changes *changes = data;
    free(changes->records);
    kithi_arena_clear(&changes->arena);
    free(changes->pairs);
    kithi_map_clear(&changes->by_record);
    free(changes);
}

kithi_changes *kithi_fact_changes(const kith_txn *txn) {
    return kithi_txn_slot(txn, KITHI_SLOT_FACT);
}

static kithi_changes *make_changes(kith_txn *txn) {
    kithi_changes *changes = kithi_fact_changes(txn);
    if (changes == NULL && (changes = calloc(1, sizeof *changes)) != NULL) {
        kithi_map_init(&changes->by_record);
        kithi_arena_init(&changes->arena);
        kithi_txn_set_slot(txn, KITHI_SLOT_FACT, changes, end_changes);
    }
    return changes;
}

void kithi_fact_changes_scored(kith_txn *txn) {
    kithi_changes *changes = kithi_fact_changes(txn);
    for (size_t i = 0; changes != NULL && i < changes->record_count; i++) {
        kithi_record_change *change = &changes->records[i];
        change->added = change->row_changed = false;
        change->row_before = (kithi_slice){NULL, 0};
    }
}

void kithi_fact_changes_done(kith_txn *txn) {
    kithi_changes *changes = kithi_fact_changes(txn);
    if (changes != NULL) {
        changes->record_count = 0;
        kithi_arena_reset(&changes->arena);
        changes->pair_count = 0;
        kithi_map_reset(&changes->by_record);
    }
}

uint64_t kithi_fact_invalid_value_count(const kith_txn *txn) {
    const kithi_changes *changes = kithi_fact_changes(txn);
    return changes != NULL ? changes->invalid_value_count : 0;
}

void kithi_fact_count_invalid(kith_txn *txn) {
    kithi_changes *changes = make_changes(txn);
    if (changes != NULL) { /* without memory the next note fails anyway */
        changes->invalid_value_count++;
    }
}

uint64_t kithi_fact_tied_count(const kith_txn *txn) {
    const kithi_changes *changes = kithi_fact_changes(txn);
    return changes != NULL ? changes->tied_count : 0;
}

void kithi_fact_count_tied(kith_txn *txn) {
    kithi_changes *changes = make_changes(txn);
    if (changes != NULL) {
        changes->tied_count++;
    }
}

static int no_memory(kith_txn *txn) {
    return kithi_txn_poison(txn, kithi_error_memory(kithi_txn_error(txn)));
}

static bool keep_values(kithi_changes *changes, const kithi_live_value *values, size_t count,
                        kithi_live_value **out, size_t *out_count) {
    kithi_live_value *kept = kithi_arena_calloc(&changes->arena, count + 1, sizeof *kept);
    for (size_t i = 0; kept != NULL && i < count; i++) {
        kept[i] = values[i];
        kept[i].text = kithi_arena_copy(&changes->arena, values[i].text, values[i].size);
        if (kept[i].text == NULL) {
            return false;
        }
    }
    *out = kept;
    *out_count = count;
    return kept != NULL;
}

/* The note of a record, made where there is none; NULL: out of memory. */
static kithi_record_change *change_of(kith_txn *txn, uint32_t record) {
    kithi_changes *changes = make_changes(txn);
    if (changes == NULL ||
        !KITHI_GROW(changes->records, changes->record_capacity, changes->record_count + 1)) {
        return NULL;
    }
    bool added;
    uint64_t *index = kithi_map_put(&changes->by_record, record, changes->record_count, &added);
    if (index == NULL) {
        return NULL;
    }
    if (added) {
        changes->records[changes->record_count++] = (kithi_record_change){.record = record};
    }
    return &changes->records[*index];
}

int kithi_fact_note(kith_txn *txn, uint32_t record) {
    return change_of(txn, record) != NULL ? KITH_OK : no_memory(txn);
}

int kithi_fact_note_of(kith_txn *txn, uint32_t record, kithi_record_change **out) {
    *out = change_of(txn, record);
    return *out != NULL ? KITH_OK : no_memory(txn);
}

int kithi_fact_note_added(kith_txn *txn, uint32_t record) {
    kithi_record_change *change = change_of(txn, record);
    if (change == NULL) {
        return no_memory(txn);
    }
    change->added = change->identity = change->values_known = true;
    return KITH_OK;
}

int kithi_fact_note_row(kith_txn *txn, uint32_t record, kithi_slice before) {
    kithi_record_change *change = change_of(txn, record);
    if (change == NULL) {
        return no_memory(txn);
    }
    if (kithi_catalog_model(kithi_txn_catalog(txn)) > 0 && !change->row_changed && !change->added) {
        kithi_changes *changes = kithi_fact_changes(txn);
        change->row_before.data =
            (const uint8_t *)kithi_arena_copy(&changes->arena, before.data, before.size);
        change->row_before.size = before.size;
        if (change->row_before.data == NULL) {
            return no_memory(txn);
        }
    }
    change->row_changed = true;
    return KITH_OK;
}

int kithi_fact_note_identity(kith_txn *txn, uint32_t record, const kithi_live_value *before,
                             size_t before_count, const kithi_live_value *after,
                             size_t after_count) {
    kithi_record_change *change = change_of(txn, record);
    kithi_changes *changes = kithi_fact_changes(txn);
    if (change == NULL) {
        return no_memory(txn);
    }
    bool ok = change->values_known ||
              keep_values(changes, before, before_count, &change->before, &change->before_count);
    ok = ok && keep_values(changes, after, after_count, &change->after, &change->after_count);
    change->identity = change->values_known = true;
    return ok ? KITH_OK : no_memory(txn);
}

int kithi_fact_note_pair(kith_txn *txn, uint32_t a, uint32_t b) {
    kithi_changes *changes = make_changes(txn);
    if (changes == NULL ||
        !KITHI_GROW(changes->pairs, changes->pair_capacity, changes->pair_count * 2 + 2)) {
        return no_memory(txn);
    }
    changes->pairs[changes->pair_count * 2] = a;
    changes->pairs[changes->pair_count * 2 + 1] = b;
    changes->pair_count++;
    return KITH_OK;
}
