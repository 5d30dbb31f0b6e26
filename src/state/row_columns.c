#include "src/state/row_columns.h"

#include <stdlib.h>
#include <string.h>

#include "src/base/bytes.h"
#include "src/segment/score_model.h"

#define KEY_BYTES 5

static kithi_slice key_of(uint8_t key[KEY_BYTES], kithi_column_kind kind, uint16_t number,
                          uint32_t chunk) {
    key[0] = (uint8_t)kind;
    kithi_put16(key + 1, number);
    kithi_put16(key + 3, (uint16_t)chunk);
    return (kithi_slice){key, KEY_BYTES};
}

static int get_column(kith_txn *txn, kithi_arena *arena, kithi_column_kind kind, uint16_t number,
                      uint32_t chunk, kithi_column *out) {
    uint8_t key[KEY_BYTES];
    return kithi_column_row_get(txn, arena, key_of(key, kind, number, chunk), out);
}

int kithi_golden_column(kith_txn *txn, kithi_arena *arena, uint16_t attribute, uint32_t chunk,
                        kithi_column *out) {
    return get_column(txn, arena, KITHI_COLUMN_ATTRIBUTE, attribute, chunk, out);
}

static uint16_t number_of(uint16_t score, uint8_t output) {
    return (uint16_t)(score * KITHI_SCORE_OUTPUTS_MAX + output);
}

int kithi_score_column(kith_txn *txn, kithi_arena *arena, uint16_t score, uint8_t output,
                       uint32_t chunk, kithi_column *out) {
    return get_column(txn, arena, KITHI_COLUMN_SCORE, number_of(score, output), chunk, out);
}

/* Making */

static size_t count_columns(kith_txn *txn, kithi_column_kind kind) {
    const kithi_catalog *catalog = kithi_txn_catalog(txn);
    return kind == KITHI_COLUMN_ATTRIBUTE
               ? kithi_catalog_attribute_count(catalog)
               : kithi_catalog_formula_count(catalog, KITHI_CATALOG_SCORE) *
                     KITHI_SCORE_OUTPUTS_MAX;
}

int kithi_row_columns_begin(kithi_row_columns *m, kith_txn *txn, kithi_column_kind kind,
                            uint32_t chunk) {
    kithi_counters *counters;
    uint64_t first = (uint64_t)chunk * KITHI_CHUNK_BITS;
    *m = (kithi_row_columns){.txn = txn, .kind = kind, .chunk = chunk};
    kithi_arena_init(&m->arena);
    int rc = kithi_txn_counters(txn, &counters);
    if (rc != KITH_OK) {
        return rc;
    }
    uint64_t left = counters->next_record > first ? counters->next_record - first : 0;
    m->places = left < KITHI_CHUNK_BITS ? (uint32_t)left : KITHI_CHUNK_BITS;
    m->count = count_columns(txn, kind);
    m->makers = calloc(m->count + 1, sizeof(kithi_column_maker *));
    m->said = calloc(m->count + 1, sizeof *m->said);
    bool made = m->makers != NULL && m->said != NULL;
    return made ? KITH_OK : kithi_error_memory(kithi_txn_error(txn));
}

int kithi_row_columns_mend(kithi_row_columns *m, kith_txn *txn, kithi_column_kind kind,
                           uint32_t chunk) {
    int rc = kithi_row_columns_begin(m, txn, kind, chunk);
    if (rc != KITH_OK) {
        return rc;
    }
    m->stored = calloc(m->count + 1, sizeof *m->stored);
    rc = m->stored != NULL ? KITH_OK : kithi_error_memory(kithi_txn_error(txn));
    for (size_t id = 0; rc == KITH_OK && id < m->count; id++) {
        rc = get_column(txn, &m->arena, kind, (uint16_t)id, chunk, &m->stored[id]);
        rc = rc == KITH_NOT_FOUND ? KITH_OK : rc;
    }
    return rc;
}

void kithi_row_columns_clear(kithi_row_columns *m) {
    for (size_t id = 0; m->makers != NULL && id < m->count; id++) {
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
static bool begin_maker(const kithi_row_columns *m, uint16_t number, kithi_column_maker *out) {
    return m->stored != NULL ? kithi_column_reopen(out, &m->stored[number], m->places)
                             : kithi_column_begin(out, m->places);
}

static kithi_column_maker *maker_of(kithi_row_columns *m, uint16_t number) {
    kithi_column_maker **at = &m->makers[number];
    if (*at == NULL) {
        *at = malloc(sizeof **at);
        if (*at != NULL && !begin_maker(m, number, *at)) {
            kithi_column_clear(*at);
            free(*at);
            *at = NULL;
        }
    }
    return *at;
}

/* Whether that is what is stored, and still stands. What is no scalar makes a place odd. */
static bool stands(const kithi_row_columns *m, uint16_t number, uint32_t place,
                   const kithi_operand *value) {
    if (m->stored == NULL || m->makers[number] != NULL || value->sort == KITHI_SORT_NULL) {
        return false;
    }
    kithi_operand stored = kithi_column_operand(&m->stored[number], place);
    return stored.sort == value->sort && kithi_operand_order(&stored, value) == 0;
}

/* The first value of a row takes the place of what was stored. */
static int set(kithi_row_columns *m, uint16_t number, uint32_t place, const kithi_operand *value) {
    bool first = !m->said[number];
    if (first && stands(m, number, place, value)) {
        m->said[number] = true;
        return KITH_OK;
    }
    kithi_column_maker *maker = maker_of(m, number);
    if (maker == NULL) {
        return kithi_error_memory(kithi_txn_error(m->txn));
    }
    if (first) {
        kithi_column_unset(maker, place);
    }
    kithi_column_set_operand(maker, place, value);
    m->said[number] = true;
    return KITH_OK;
}

static bool has_any(const kithi_column *column, uint32_t place) {
    return kithi_column_has(column, place) || kithi_column_is_odd(column, place);
}

/* What was stored and isn't said any more. */
static int unset_others(kithi_row_columns *m, uint32_t place) {
    for (size_t id = 0; m->stored != NULL && id < m->count; id++) {
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

/* What a row says next; false at its end. */
static bool next_said(kithi_column_kind kind, kithi_walker *walker, uint16_t *out_number,
                      kithi_slice *out_packed) {
    kithi_golden_entry golden;
    kithi_score_entry score;
    if (kind == KITHI_COLUMN_ATTRIBUTE) {
        bool any = kithi_golden_next(walker, &golden);
        *out_number = any ? golden.attribute : 0;
        *out_packed = any ? golden.packed : (kithi_slice){NULL, 0};
        return any;
    }
    bool any = kithi_score_next(walker, &score);
    *out_number = any ? number_of(score.score, score.output) : 0;
    *out_packed = any ? score.packed : (kithi_slice){NULL, 0};
    return any;
}

int kithi_row_columns_take(kithi_row_columns *m, uint32_t profile, kithi_slice row) {
    kithi_state_header header;
    kithi_slice said;
    uint16_t number;
    uint32_t place = profile % KITHI_CHUNK_BITS;
    int rc = KITH_OK;
    if (!kithi_state_read_header(row, &header) || place >= m->places) {
        return KITH_OK; /* verify tells it */
    }
    memset(m->said, 0, m->count * sizeof *m->said);
    kithi_walker walker = m->kind == KITHI_COLUMN_ATTRIBUTE ? kithi_state_golden(row, &header)
                                                            : kithi_state_scores(row, &header);
    while (rc == KITH_OK && next_said(m->kind, &walker, &number, &said)) {
        kithi_walker packed = kithi_walker_of(said.data, said.size);
        kithi_operand value;
        if (number < m->count && kithi_operand_walk(&packed, &value)) {
            rc = set(m, number, place, &value);
        }
    }
    return rc == KITH_OK ? unset_others(m, place) : rc;
}

static int put_column(kithi_row_columns *m, uint16_t number, kithi_buffer *room) {
    uint8_t bytes[KEY_BYTES];
    kithi_slice key = key_of(bytes, m->kind, number, m->chunk);
    const kithi_column_maker *maker = m->makers[number];
    if (maker == NULL && m->stored != NULL) {
        return KITH_OK;
    }
    return maker != NULL ? kithi_column_row_put(m->txn, key, maker, room)
                         : kithi_delete(m->txn, KITHI_TABLE_COLUMN, key.data, key.size);
}

int kithi_row_columns_put(kithi_row_columns *m) {
    kithi_buffer room;
    int rc = KITH_OK;
    kithi_buffer_init(&room);
    for (size_t id = 0; rc == KITH_OK && id < m->count; id++) {
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
static int compare_column(kithi_row_columns *m, kithi_arena *arena, uint16_t number,
                          const kithi_chunk *sure, bool *out_same) {
    kithi_column stored = {.sort = KITHI_COLUMN_NOTHING}, made = {.sort = KITHI_COLUMN_NOTHING};
    kithi_buffer packed;
    kithi_buffer_init(&packed);
    int rc = get_column(m->txn, arena, m->kind, number, m->chunk, &stored);
    bool damaged = rc == KITH_CORRUPT;
    rc = rc == KITH_NOT_FOUND || damaged ? KITH_OK : rc;
    if (rc == KITH_OK && m->makers[number] != NULL &&
        (!kithi_column_pack(m->makers[number], &packed) ||
         !kithi_column_read(packed.data, packed.size, &made))) {
        rc = kithi_error_memory(kithi_txn_error(m->txn));
    }
    bool other = stored.sort != made.sort && stored.sort != KITHI_COLUMN_NOTHING &&
                 made.sort != KITHI_COLUMN_NOTHING;
    *out_same = !damaged && (rc != KITH_OK || other || same_column(&stored, &made, sure));
    kithi_buffer_clear(&packed);
    return rc;
}

int kithi_row_columns_compare(kithi_row_columns *m, const kithi_chunk *sure, uint64_t *wrong) {
    kithi_arena arena;
    int rc = KITH_OK;
    kithi_arena_init(&arena);
    for (size_t id = 0; rc == KITH_OK && id < m->count; id++) {
        bool same;
        rc = compare_column(m, &arena, (uint16_t)id, sure, &same);
        *wrong += rc == KITH_OK && !same;
        kithi_arena_reset(&arena);
    }
    kithi_arena_clear(&arena);
    return rc;
}
