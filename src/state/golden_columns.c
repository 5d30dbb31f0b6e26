#include "src/state/golden_columns.h"

#include <stdlib.h>
#include <string.h>

#include "src/base/bytes.h"
#include "src/segment/operand.h"

#define KEY_BYTES    5
#define MADE         0 /* the first byte of the key that says that a chunk has columns */
#define ATTRIBUTE    1
#define STALE_SHARE  16u /* a chunk is made anew when one in so many is stale */
#define NO_ATTRIBUTE 0

static void column_key(uint8_t out[KEY_BYTES], uint8_t kind, uint16_t id, uint32_t chunk) {
    out[0] = kind;
    kithi_put16(out + 1, id);
    kithi_put16(out + 3, (uint16_t)chunk);
}

int kithi_columns_made(kith_txn *txn, uint32_t chunk, bool *out) {
    uint8_t key[KEY_BYTES];
    kithi_slice row;
    column_key(key, MADE, NO_ATTRIBUTE, chunk);
    int rc = kithi_get(txn, KITHI_TABLE_COLUMN, key, sizeof key, &row);
    *out = rc == KITH_OK;
    return rc == KITH_NOT_FOUND ? KITH_OK : rc;
}

/* Small rows stand anywhere in a page: they are copied to where a column may be read. */
static int align(kith_txn *txn, kithi_slice *row) {
    if ((uintptr_t)row->data % sizeof(uint64_t) == 0) {
        return KITH_OK;
    }
    uint8_t *copy = kithi_arena_alloc(kithi_txn_arena(txn), row->size);
    if (copy == NULL) {
        return kithi_error_memory(kithi_txn_error(txn));
    }
    memcpy(copy, row->data, row->size);
    row->data = copy;
    return KITH_OK;
}

int kithi_columns_get(kith_txn *txn, uint16_t attribute, uint32_t chunk, kithi_column *out) {
    uint8_t key[KEY_BYTES];
    kithi_slice row;
    column_key(key, ATTRIBUTE, attribute, chunk);
    int rc = kithi_get(txn, KITHI_TABLE_COLUMN, key, sizeof key, &row);
    rc = rc == KITH_OK ? align(txn, &row) : rc;
    if (rc == KITH_OK && !kithi_column_read(row.data, row.size, out)) {
        rc = kithi_error_set(kithi_txn_error(txn), KITH_CORRUPT,
                             "a column can't be read; run kith verify");
    }
    return rc;
}

/* Making */

typedef struct making {
    kith_txn *txn;
    uint32_t chunk, places;
    kithi_column_maker **makers; /* by attributes; NULL: nobody has it */
    size_t attribute_count;
} making;

static kithi_column_maker *maker_of(making *m, uint16_t attribute) {
    kithi_column_maker **at = &m->makers[attribute];
    if (*at == NULL) {
        *at = malloc(sizeof **at);
        if (*at != NULL && !kithi_column_begin(*at, m->places)) {
            kithi_column_clear(*at);
            free(*at);
            *at = NULL;
        }
    }
    return *at;
}

static void set_operand(kithi_column_maker *maker, uint32_t place, const kithi_operand *value) {
    switch (value->sort) {
    case KITHI_SORT_NUMBER:
        if (value->as.number == (int64_t)value->as.number) {
            kithi_column_set_number(maker, place, KITHI_COLUMN_NUMBER, (int64_t)value->as.number);
            return;
        }
        break;
    case KITHI_SORT_BOOLEAN:
        kithi_column_set_number(maker, place, KITHI_COLUMN_BOOLEAN, value->as.boolean);
        return;
    case KITHI_SORT_DATE:
        kithi_column_set_number(maker, place, KITHI_COLUMN_DATE, value->as.date_days);
        return;
    case KITHI_SORT_TIME:
        kithi_column_set_number(maker, place, KITHI_COLUMN_TIME, value->as.us);
        return;
    case KITHI_SORT_TEXT:
        kithi_column_set_text(maker, place, value->as.text.data, value->as.text.size);
        return;
    default:
        break;
    }
    kithi_column_set_odd(maker, place); /* a list, a map, a number beyond all */
}

static int take_row(making *m, uint32_t profile, kithi_slice row) {
    kithi_state_header header;
    kithi_golden_entry entry;
    if (!kithi_state_read_header(row, &header) || profile % KITHI_CHUNK_BITS >= m->places) {
        return KITH_OK; /* verify tells it */
    }
    kithi_walker golden = kithi_state_golden(row, &header);
    while (kithi_golden_next(&golden, &entry)) {
        kithi_walker packed = kithi_walker_of(entry.packed.data, entry.packed.size);
        kithi_operand value;
        kithi_column_maker *maker =
            entry.attribute < m->attribute_count ? maker_of(m, entry.attribute) : NULL;
        if (maker == NULL) {
            return kithi_error_memory(kithi_txn_error(m->txn));
        }
        if (kithi_operand_walk(&packed, &value)) {
            set_operand(maker, profile % KITHI_CHUNK_BITS, &value);
        }
    }
    return KITH_OK;
}

static int take_rows(making *m) {
    uint8_t from[4];
    kithi_cursor *cursor;
    kithi_slice key = {from, sizeof from}, row = {NULL, 0};
    kithi_put32(from, m->chunk * KITHI_CHUNK_BITS);
    int rc = kithi_cursor_of(m->txn, KITHI_TABLE_STATE, &cursor);
    rc = rc == KITH_OK ? kithi_cursor_seek(cursor, KITHI_SEEK_FROM, &key, &row) : rc;
    while (rc == KITH_OK && kithi_get32(key.data) / KITHI_CHUNK_BITS == m->chunk) {
        rc = take_row(m, kithi_get32(key.data), row);
        rc = rc == KITH_OK ? kithi_cursor_seek(cursor, KITHI_SEEK_NEXT, &key, &row) : rc;
    }
    return rc == KITH_NOT_FOUND ? KITH_OK : rc;
}

static int put_column(making *m, uint16_t attribute, kithi_buffer *packed) {
    uint8_t key[KEY_BYTES];
    column_key(key, ATTRIBUTE, attribute, m->chunk);
    const kithi_column_maker *maker = m->makers[attribute];
    if (maker == NULL) {
        return kithi_delete(m->txn, KITHI_TABLE_COLUMN, key, sizeof key);
    }
    kithi_buffer_reset(packed);
    if (!kithi_column_pack(maker, packed)) {
        return kithi_error_memory(kithi_txn_error(m->txn));
    }
    return kithi_put(m->txn, KITHI_TABLE_COLUMN, key, sizeof key, packed->data, packed->size);
}

static int put_columns(making *m) {
    uint8_t key[KEY_BYTES];
    kithi_buffer packed;
    int rc = KITH_OK;
    kithi_buffer_init(&packed);
    for (size_t id = 0; rc == KITH_OK && id < m->attribute_count; id++) {
        rc = put_column(m, (uint16_t)id, &packed);
    }
    kithi_buffer_clear(&packed);
    column_key(key, MADE, NO_ATTRIBUTE, m->chunk);
    rc = rc == KITH_OK ? kithi_put(m->txn, KITHI_TABLE_COLUMN, key, sizeof key, NULL, 0) : rc;
    return rc == KITH_OK ? kithi_members_empty(m->txn, KITHI_SET_STALE, m->chunk) : rc;
}

static int begin_making(making *m, kith_txn *txn, uint32_t chunk) {
    kithi_counters *counters;
    uint64_t first = (uint64_t)chunk * KITHI_CHUNK_BITS;
    *m = (making){.txn = txn, .chunk = chunk};
    int rc = kithi_txn_counters(txn, &counters);
    if (rc != KITH_OK) {
        return rc;
    }
    uint64_t left = counters->next_record > first ? counters->next_record - first : 0;
    m->places = left < KITHI_CHUNK_BITS ? (uint32_t)left : KITHI_CHUNK_BITS;
    m->attribute_count = kithi_catalog_attribute_count(kithi_txn_catalog(txn));
    m->makers = calloc(m->attribute_count + 1, sizeof(kithi_column_maker *));
    return m->makers != NULL ? KITH_OK : kithi_error_memory(kithi_txn_error(txn));
}

static void end_making(making *m) {
    for (size_t id = 0; m->makers != NULL && id < m->attribute_count; id++) {
        if (m->makers[id] != NULL) {
            kithi_column_clear(m->makers[id]);
            free(m->makers[id]);
        }
    }
    free(m->makers);
}

int kithi_columns_make(kith_txn *txn, uint32_t chunk) {
    making m;
    int rc = begin_making(&m, txn, chunk);
    rc = rc == KITH_OK ? take_rows(&m) : rc;
    rc = rc == KITH_OK ? put_columns(&m) : rc;
    end_making(&m);
    return rc;
}

static int wants_columns(kith_txn *txn, uint32_t chunk, bool *out) {
    uint32_t all, stale;
    bool made;
    int rc = kithi_columns_made(txn, chunk, &made);
    rc = rc == KITH_OK ? kithi_members_size(txn, KITHI_SET_PROFILES, chunk, &all) : rc;
    rc = rc == KITH_OK ? kithi_members_size(txn, KITHI_SET_STALE, chunk, &stale) : rc;
    if (rc == KITH_OK) {
        *out = all > 0 && (!made || stale > all / STALE_SHARE);
    }
    return rc;
}

int kithi_columns_next(kith_txn *txn, uint32_t *chunk) {
    kithi_counters *counters;
    bool wanted = false;
    int rc = kithi_txn_counters(txn, &counters);
    while (rc == KITH_OK && (uint64_t)*chunk * KITHI_CHUNK_BITS < counters->next_record) {
        rc = wants_columns(txn, *chunk, &wanted);
        if (rc != KITH_OK || wanted) {
            return rc;
        }
        ++*chunk;
    }
    return rc == KITH_OK ? KITH_NOT_FOUND : rc;
}

/* Checking */

static bool has_bit(const uint64_t *words, uint32_t place) {
    return (words[place / 64] >> place % 64 & 1) != 0;
}

static bool is_odd(const kithi_column *c, uint32_t place) {
    return c->odd != NULL && has_bit(c->odd, place);
}

static bool is_present(const kithi_column *c, uint32_t place) {
    return place < c->count && c->width > 0 && (c->present == NULL || has_bit(c->present, place));
}

static bool same_place(const kithi_column *a, const kithi_column *b, uint32_t place) {
    if (is_present(a, place) != is_present(b, place) ||
        (place < a->count && is_odd(a, place)) != (place < b->count && is_odd(b, place))) {
        return false;
    }
    if (!is_present(a, place)) {
        return true;
    }
    if (a->sort != KITHI_COLUMN_TEXT || b->sort != KITHI_COLUMN_TEXT) {
        return a->sort == b->sort && kithi_column_number(a, place) == kithi_column_number(b, place);
    }
    size_t a_size, b_size;
    const char *x = kithi_column_text(a, kithi_column_code(a, place), &a_size);
    const char *y = kithi_column_text(b, kithi_column_code(b, place), &b_size);
    return a_size == b_size && memcmp(x, y, a_size) == 0;
}

/* Whether two columns say the same of all who aren't stale. */
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
static int check_column(making *m, uint16_t attribute, const kithi_chunk *sure, bool *out_same) {
    kithi_column stored = {.sort = KITHI_COLUMN_NOTHING}, made = {.sort = KITHI_COLUMN_NOTHING};
    kithi_buffer packed;
    kithi_buffer_init(&packed);
    int rc = kithi_columns_get(m->txn, attribute, m->chunk, &stored);
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

static int check_chunk(kith_txn *txn, uint32_t chunk, uint64_t *wrong) {
    kithi_chunk sure, stale;
    making m;
    int rc = kithi_members_chunk(txn, KITHI_SET_PROFILES, chunk, &sure);
    rc = rc == KITH_OK ? kithi_members_chunk(txn, KITHI_SET_STALE, chunk, &stale) : rc;
    if (rc != KITH_OK) {
        return rc;
    }
    kithi_chunk_andnot(&sure, &stale);
    rc = begin_making(&m, txn, chunk);
    rc = rc == KITH_OK ? take_rows(&m) : rc;
    for (size_t id = 0; rc == KITH_OK && id < m.attribute_count; id++) {
        bool same;
        rc = check_column(&m, (uint16_t)id, &sure, &same);
        *wrong += rc == KITH_OK && !same;
    }
    end_making(&m);
    return rc;
}

int kithi_columns_check(kith_txn *txn, uint64_t *out_wrong) {
    kithi_counters *counters;
    bool made = false;
    *out_wrong = 0;
    int rc = kithi_txn_counters(txn, &counters);
    for (uint64_t first = 0; rc == KITH_OK && first < counters->next_record;
         first += KITHI_CHUNK_BITS) {
        uint32_t chunk = (uint32_t)(first / KITHI_CHUNK_BITS);
        rc = kithi_columns_made(txn, chunk, &made);
        if (rc == KITH_OK && made) {
            rc = check_chunk(txn, chunk, out_wrong);
        }
    }
    return rc;
}
