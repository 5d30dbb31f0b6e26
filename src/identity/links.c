#include "src/identity/links.h"

#include <stdlib.h>
#include <string.h>

#include "src/base/bytes.h"
#include "src/identity/identity.h"
#include "src/identity/record_items.h"

void kithi_link_write(uint8_t out[KITHI_LINK_BYTES], const kithi_link *link) {
    kithi_put32(out, link->other);
    out[4] = (uint8_t)link->rule;
    out[5] = link->later;
    kithi_put16(out + 6, link->detail);
    kithi_put16(out + 8, link->type);
    kithi_put16(out + 10, 0);
    kithi_put32(out + 12, link->order);
    kithi_put64(out + 16, link->hash);
}

bool kithi_link_read(kithi_slice row, kithi_link *out) {
    if (row.size != KITHI_LINK_BYTES || row.data[5] > 1 || kithi_get16(row.data + 10) != 0) {
        return false;
    }
    out->other = kithi_get32(row.data);
    out->rule = (kithi_rule)row.data[4];
    out->later = row.data[5] != 0;
    out->detail = kithi_get16(row.data + 6);
    out->type = kithi_get16(row.data + 8);
    out->order = kithi_get32(row.data + 12);
    out->hash = kithi_get64(row.data + 16);
    return true;
}

static int compare_rows(const void *a, const void *b) {
    return memcmp(a, b, KITHI_LINK_BYTES);
}

static uint16_t type_of(const kithi_component *c, const kithi_found_link *found) {
    switch (found->value) {
    case KITHI_BY_DECISION:
        return KITHI_LINK_DECISION;
    case KITHI_BY_SCORE:
        return KITHI_LINK_SCORE;
    default:
        return c->values[found->value].type->id;
    }
}

static uint64_t hash_of(const kithi_component *c, const kithi_found_link *found) {
    bool by_value = found->value != KITHI_BY_DECISION && found->value != KITHI_BY_SCORE;
    return by_value ? c->values[found->value].hash : found->pattern;
}

static void write_side(const kithi_component *c, const kithi_found_link *found, uint32_t order,
                       bool later, uint8_t out[KITHI_LINK_BYTES]) {
    kithi_link link = {c->nodes[later ? found->a : found->b].record,
                       found->rule,
                       later,
                       found->detail,
                       type_of(c, found),
                       order,
                       hash_of(c, found)};
    kithi_link_write(out, &link);
}

int kithi_links_build(const kithi_component *c, kithi_arena *arena,
                      uint8_t (**out_rows)[KITHI_LINK_BYTES], size_t **out_first) {
    size_t *first = kithi_arena_calloc(arena, c->node_count + 2, sizeof *first);
    uint8_t(*rows)[KITHI_LINK_BYTES] =
        kithi_arena_calloc(arena, 2 * c->link_count + 1, sizeof *rows);
    if (first == NULL || rows == NULL) {
        return kithi_error_memory(kithi_txn_error(c->txn));
    }
    /* A counting sort: how many each node has, then where its rows begin. */
    for (size_t i = 0; i < c->link_count; i++) {
        first[c->links[i].a + 2]++;
        first[c->links[i].b + 2]++;
    }
    for (size_t i = 2; i < c->node_count + 2; i++) {
        first[i] += first[i - 1];
    }
    for (size_t i = 0; i < c->link_count; i++) {
        write_side(c, &c->links[i], (uint32_t)i, false, rows[first[c->links[i].a + 1]++]);
        write_side(c, &c->links[i], (uint32_t)i, true, rows[first[c->links[i].b + 1]++]);
    }
    for (size_t i = 0; i < c->node_count; i++) {
        if (first[i + 1] - first[i] > 1) {
            qsort(rows[first[i]], first[i + 1] - first[i], KITHI_LINK_BYTES, compare_rows);
        }
    }
    *out_rows = rows;
    *out_first = first;
    return KITH_OK;
}

static bool read_link(kithi_slice row, void *out) {
    return kithi_link_read(row, out);
}

int kithi_links_of(kith_txn *txn, uint32_t record, kithi_arena *arena, kithi_link **out,
                   size_t *out_count) {
    static const kithi_item_form form = {KITHI_TABLE_LINK, sizeof(kithi_link), read_link};
    void *items;
    int rc = kithi_record_items(txn, &form, record, arena, &items, out_count);
    *out = items;
    return rc;
}

int kithi_links_damaged(kith_txn *txn) {
    return kithi_error_set(kithi_txn_error(txn), KITH_CORRUPT,
                           "a link can't be read; run kith check");
}

int kithi_link_find(kith_txn *txn, uint32_t a, uint32_t b, uint16_t type, kithi_link *out) {
    uint8_t number[4], least[KITHI_LINK_BYTES] = {0};
    kithi_cursor *cursor;
    kithi_put32(number, a);
    kithi_put32(least, b); /* rows of one record are in order of the other one's number */
    kithi_slice key = {number, sizeof number}, row = {least, sizeof least};
    int rc = kithi_cursor_of(txn, KITHI_TABLE_LINK, &cursor);
    if (rc == KITH_OK) {
        rc = kithi_cursor_seek(cursor, KITHI_SEEK_VALUE_FROM, &key, &row);
    }
    while (rc == KITH_OK && kithi_link_read(row, out) && out->other == b) {
        if (out->type == type) {
            return KITH_OK;
        }
        rc = kithi_cursor_seek(cursor, KITHI_SEEK_NEXT_OF_KEY, NULL, &row);
    }
    return rc == KITH_OK ? KITH_NOT_FOUND : rc;
}

int kithi_identity_count_links(kith_txn *txn, uint64_t *out_taken, uint64_t *out_refused) {
    kithi_cursor *cursor;
    kithi_slice key = {NULL, 0}, row = {NULL, 0};
    uint64_t counts[2] = {0, 0};
    int rc = kithi_cursor_of(txn, KITHI_TABLE_LINK, &cursor);
    if (rc == KITH_OK) {
        rc = kithi_cursor_seek(cursor, KITHI_SEEK_FIRST, &key, &row);
    }
    while (rc == KITH_OK) {
        kithi_link link;
        counts[kithi_link_read(row, &link) && link.rule != KITHI_RULE_NONE]++;
        rc = kithi_cursor_seek(cursor, KITHI_SEEK_NEXT, &key, &row);
    }
    *out_taken = counts[0] / 2;
    *out_refused = counts[1] / 2;
    return rc == KITH_NOT_FOUND ? KITH_OK : rc;
}
