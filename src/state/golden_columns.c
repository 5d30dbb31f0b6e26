#include "src/state/golden_columns.h"

#include <stdlib.h>
#include <string.h>

#include "src/base/bytes.h"

#define KEY_BYTES 5

static kithi_slice key_of(uint8_t key[KEY_BYTES], uint16_t attribute, uint32_t chunk) {
    key[0] = KITHI_COLUMN_ATTRIBUTE;
    kithi_put16(key + 1, attribute);
    kithi_put16(key + 3, (uint16_t)chunk);
    return (kithi_slice){key, KEY_BYTES};
}

int kithi_golden_column(kith_txn *txn, kithi_arena *arena, uint16_t attribute, uint32_t chunk,
                        kithi_column *out) {
    uint8_t key[KEY_BYTES];
    return kithi_column_row_get(txn, arena, key_of(key, attribute, chunk), out);
}

/* Making */

int kithi_golden_columns_begin(kithi_golden_columns *m, kith_txn *txn, uint32_t chunk) {
    kithi_counters *counters;
    uint64_t first = (uint64_t)chunk * KITHI_CHUNK_BITS;
    *m = (kithi_golden_columns){.txn = txn, .chunk = chunk};
    kithi_arena_init(&m->arena);
    int rc = kithi_txn_counters(txn, &counters);
    if (rc != KITH_OK) {
        return rc;
    }
    uint64_t left = counters->next_record > first ? counters->next_record - first : 0;
    m->places = left < KITHI_CHUNK_BITS ? (uint32_t)left : KITHI_CHUNK_BITS;
    m->attribute_count = kithi_catalog_attribute_count(kithi_txn_catalog(txn));
    m->makers = calloc(m->attribute_count + 1, sizeof(kithi_column_maker *));
    m->said = calloc(m->attribute_count + 1, sizeof *m->said);
    bool made = m->makers != NULL && m->said != NULL;
    return made ? KITH_OK : kithi_error_memory(kithi_txn_error(txn));
}

int kithi_golden_columns_mend(kithi_golden_columns *m, kith_txn *txn, uint32_t chunk) {
    int rc = kithi_golden_columns_begin(m, txn, chunk);
    if (rc != KITH_OK) {
        return rc;
    }
    m->stored = calloc(m->attribute_count + 1, sizeof *m->stored);
    rc = m->stored != NULL ? KITH_OK : kithi_error_memory(kithi_txn_error(txn));
    for (size_t id = 0; rc == KITH_OK && id < m->attribute_count; id++) {
        rc = kithi_golden_column(txn, &m->arena, (uint16_t)id, chunk, &m->stored[id]);
        rc = rc == KITH_NOT_FOUND ? KITH_OK : rc;
    }
    return rc;
}

void kithi_golden_columns_clear(kithi_golden_columns *m) {
    for (size_t id = 0; m->makers != NULL && id < m->attribute_count; id++) {
        if (m->makers[id] != NULL) {
            kithi_column_clear(m->makers[id]);
            free(m->makers[id]);
        }
    }
    free(m->makers);
    free(m->said);
    free(m->stored);
    kithi_arena_clear(&m->arena);
}

/* With what is stored of the others, where that is mended. */
static bool begin_maker(const kithi_golden_columns *m, uint16_t attribute,
                        kithi_column_maker *out) {
    return m->stored != NULL ? kithi_column_reopen(out, &m->stored[attribute], m->places)
                             : kithi_column_begin(out, m->places);
}

static kithi_column_maker *maker_of(kithi_golden_columns *m, uint16_t attribute) {
    kithi_column_maker **at = &m->makers[attribute];
    if (*at == NULL) {
        *at = malloc(sizeof **at);
        if (*at != NULL && !begin_maker(m, attribute, *at)) {
            kithi_column_clear(*at);
            free(*at);
            *at = NULL;
        }
    }
    return *at;
}

/* Whether that is what is stored, and still stands. What is no scalar makes a place odd. */
static bool stands(const kithi_golden_columns *m, uint16_t attribute, uint32_t place,
                   const kithi_operand *value) {
    if (m->stored == NULL || m->makers[attribute] != NULL || value->sort == KITHI_SORT_NULL) {
        return false;
    }
    kithi_operand stored = kithi_column_operand(&m->stored[attribute], place);
    return stored.sort == value->sort && kithi_operand_order(&stored, value) == 0;
}

/* The first value of a row takes the place of what was stored. */
static int set(kithi_golden_columns *m, uint16_t attribute, uint32_t place,
               const kithi_operand *value) {
    bool first = !m->said[attribute];
    if (first && stands(m, attribute, place, value)) {
        m->said[attribute] = true;
        return KITH_OK;
    }
    kithi_column_maker *maker = maker_of(m, attribute);
    if (maker == NULL) {
        return kithi_error_memory(kithi_txn_error(m->txn));
    }
    if (first) {
        kithi_column_unset(maker, place);
    }
    kithi_column_set_operand(maker, place, value);
    m->said[attribute] = true;
    return KITH_OK;
}

static bool has_any(const kithi_column *column, uint32_t place) {
    return kithi_column_has(column, place) || kithi_column_is_odd(column, place);
}

/* What was stored and isn't said any more. */
static int unset_others(kithi_golden_columns *m, uint32_t place) {
    for (size_t id = 0; m->stored != NULL && id < m->attribute_count; id++) {
        if (m->said[id] || !has_any(&m->stored[id], place)) {
            continue;
        }
        kithi_column_maker *maker = maker_of(m, (uint16_t)id);
        if (maker == NULL) {
            return kithi_error_memory(kithi_txn_error(m->txn));
        }
        kithi_column_unset(maker, place);
    }
    return KITH_OK;
}

int kithi_golden_columns_take(kithi_golden_columns *m, uint32_t profile, kithi_slice row) {
    kithi_state_header header;
    kithi_golden_entry entry;
    uint32_t place = profile % KITHI_CHUNK_BITS;
    int rc = KITH_OK;
    if (!kithi_state_read_header(row, &header) || place >= m->places) {
        return KITH_OK; /* verify tells it */
    }
    memset(m->said, 0, m->attribute_count * sizeof *m->said);
    kithi_walker golden = kithi_state_golden(row, &header);
    while (rc == KITH_OK && kithi_golden_next(&golden, &entry)) {
        kithi_walker packed = kithi_walker_of(entry.packed.data, entry.packed.size);
        kithi_operand value;
        if (entry.attribute < m->attribute_count && kithi_operand_walk(&packed, &value)) {
            rc = set(m, entry.attribute, place, &value);
        }
    }
    return rc == KITH_OK ? unset_others(m, place) : rc;
}

static int put_column(kithi_golden_columns *m, uint16_t attribute, kithi_buffer *room) {
    uint8_t bytes[KEY_BYTES];
    kithi_slice key = key_of(bytes, attribute, m->chunk);
    const kithi_column_maker *maker = m->makers[attribute];
    if (maker == NULL && m->stored != NULL) {
        return KITH_OK;
    }
    return maker != NULL ? kithi_column_row_put(m->txn, key, maker, room)
                         : kithi_delete(m->txn, KITHI_TABLE_COLUMN, key.data, key.size);
}

int kithi_golden_columns_put(kithi_golden_columns *m) {
    kithi_buffer room;
    int rc = KITH_OK;
    kithi_buffer_init(&room);
    for (size_t id = 0; rc == KITH_OK && id < m->attribute_count; id++) {
        rc = put_column(m, (uint16_t)id, &room);
    }
    kithi_buffer_clear(&room);
    return rc;
}

/* Comparing */

static bool same_place(const kithi_column *a, const kithi_column *b, uint32_t place) {
    kithi_operand x = kithi_column_operand(a, place), y = kithi_column_operand(b, place);
    return kithi_column_is_odd(a, place) == kithi_column_is_odd(b, place) && x.sort == y.sort &&
           (x.sort == KITHI_SORT_NULL || kithi_operand_order(&x, &y) == 0);
}

static bool same_column(const kithi_column *a, const kithi_column *b, const kithi_chunk *sure) {
    for (uint32_t i = kithi_chunk_next(sure, 0); i < KITHI_CHUNK_BITS;
         i = kithi_chunk_next(sure, i + 1)) {
        if (!same_place(a, b, i)) {
            return false;
        }
    }
    return true;
}

/* Of one attribute. The order in which rows are taken decides the sort of a column, and what is
 * stale took part in that: what is odd in one of them may fit the other. So only columns of one
 * sort are compared. */
static int compare_column(kithi_golden_columns *m, kithi_arena *arena, uint16_t attribute,
                          const kithi_chunk *sure, bool *out_same) {
    kithi_column stored = {.sort = KITHI_COLUMN_NOTHING}, made = {.sort = KITHI_COLUMN_NOTHING};
    kithi_buffer packed;
    kithi_buffer_init(&packed);
    int rc = kithi_golden_column(m->txn, arena, attribute, m->chunk, &stored);
    bool damaged = rc == KITH_CORRUPT;
    rc = rc == KITH_NOT_FOUND || damaged ? KITH_OK : rc;
    if (rc == KITH_OK && m->makers[attribute] != NULL &&
        (!kithi_column_pack(m->makers[attribute], &packed) ||
         !kithi_column_read(packed.data, packed.size, &made))) {
        rc = kithi_error_memory(kithi_txn_error(m->txn));
    }
    bool other = stored.sort != made.sort && stored.sort != KITHI_COLUMN_NOTHING &&
                 made.sort != KITHI_COLUMN_NOTHING;
    *out_same = !damaged && (rc != KITH_OK || other || same_column(&stored, &made, sure));
    kithi_buffer_clear(&packed);
    return rc;
}

int kithi_golden_columns_compare(kithi_golden_columns *m, const kithi_chunk *sure,
                                 uint64_t *wrong) {
    kithi_arena arena;
    int rc = KITH_OK;
    kithi_arena_init(&arena);
    for (size_t id = 0; rc == KITH_OK && id < m->attribute_count; id++) {
        bool same;
        rc = compare_column(m, &arena, (uint16_t)id, sure, &same);
        *wrong += rc == KITH_OK && !same;
        kithi_arena_reset(&arena);
    }
    kithi_arena_clear(&arena);
    return rc;
}
