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

/* Room for `more` items behind `count`; false: out of memory. */
static bool reserve(void **items, size_t *capacity, size_t count, size_t more, size_t item_size) {
    if (count + more <= *capacity) {
        return true;
    }
    size_t wanted = *capacity ? *capacity * 2 : 64;
    while (wanted < count + more) {
        wanted *= 2;
    }
    void *grown = realloc(*items, wanted * item_size);
    if (grown == NULL) {
        return false;
    }
    *items = grown;
    *capacity = wanted;
    return true;
}

static int no_memory(kith_txn *txn) {
    return kithi_txn_poison(txn, kithi_error_memory(kithi_txn_error(txn)));
}

static bool keep_values(kithi_changes *changes, kithi_record_change *change,
                        const kithi_old_value *values, size_t count) {
    kithi_old_value *kept = kithi_arena_calloc(&changes->arena, count + 1, sizeof *kept);
    for (size_t i = 0; kept != NULL && i < count; i++) {
        kept[i] = values[i];
        kept[i].text = kithi_arena_copy(&changes->arena, values[i].text, values[i].size);
        if (kept[i].text == NULL) {
            return false;
        }
    }
    change->values = kept;
    change->value_count = count;
    return kept != NULL;
}

/* The note of a record, made where there is none; NULL: out of memory. */
static kithi_record_change *change_of(kith_txn *txn, uint32_t record) {
    kithi_changes *changes = make_changes(txn);
    if (changes == NULL || !reserve((void **)&changes->records, &changes->record_capacity,
                                    changes->record_count, 1, sizeof *changes->records)) {
        return NULL;
    }
    bool added;
    uint64_t *index = kithi_map_put(&changes->by_record, record, changes->record_count, &added);
    if (index == NULL) {
        return NULL;
    }
    if (added) {
        changes->records[changes->record_count++] =
            (kithi_record_change){record, false, false, NULL, 0};
    }
    return &changes->records[*index];
}

int kithi_fact_note(kith_txn *txn, uint32_t record, bool identity, const kithi_old_value *old_values,
                    size_t old_count) {
    kithi_record_change *change = change_of(txn, record);
    if (change == NULL) {
        return no_memory(txn);
    }
    if (identity && !change->identity) {
        change->identity = true;
        if (!keep_values(kithi_fact_changes(txn), change, old_values, old_count)) {
            return no_memory(txn);
        }
    }
    return KITH_OK;
}

int kithi_fact_note_added(kith_txn *txn, uint32_t record) {
    kithi_record_change *change = change_of(txn, record);
    if (change == NULL) {
        return no_memory(txn);
    }
    change->identity = true;
    change->added = true;
    return KITH_OK;
}

int kithi_fact_note_pair(kith_txn *txn, uint32_t a, uint32_t b) {
    kithi_changes *changes = make_changes(txn);
    if (changes == NULL || !reserve((void **)&changes->pairs, &changes->pair_capacity,
                                    changes->pair_count * 2, 2, sizeof *changes->pairs)) {
        return no_memory(txn);
    }
    changes->pairs[changes->pair_count * 2] = a;
    changes->pairs[changes->pair_count * 2 + 1] = b;
    changes->pair_count++;
    return KITH_OK;
}
