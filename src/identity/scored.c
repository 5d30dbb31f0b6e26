#include "src/identity/scored.h"

#include "src/base/bytes.h"
#include "src/fact/record_key.h"
#include "src/identity/record_items.h"
#include "src/match/compare_pair.h"
#include "src/store/txn.h"

#define SIGN_BIT UINT32_C(0x80000000)

void kithi_scored_write(uint8_t out[KITHI_SCORED_BYTES], const kithi_scored *pair) {
    kithi_put32(out, pair->other);
    kithi_put32(out + 4, (uint32_t)pair->weight ^ SIGN_BIT);
    kithi_put64(out + 8, pair->pattern);
}

bool kithi_scored_read(kithi_slice row, kithi_scored *out) {
    if (row.size != KITHI_SCORED_BYTES) {
        return false;
    }
    out->other = kithi_get32(row.data);
    out->weight = (int32_t)(kithi_get32(row.data + 4) ^ SIGN_BIT);
    out->pattern = kithi_get64(row.data + 8);
    return true;
}

static bool read_pair(kithi_slice row, void *out) {
    return kithi_scored_read(row, out);
}

int kithi_scored_of(kith_txn *txn, uint32_t record, kithi_arena *arena, kithi_scored **out,
                    size_t *out_count) {
    static const kithi_item_form form = {KITHI_TABLE_SCORED, sizeof(kithi_scored), read_pair};
    void *items;
    int rc = kithi_record_items(txn, &form, record, arena, &items, out_count);
    *out = items;
    return rc;
}

int kithi_scored_has(kith_txn *txn, uint32_t a, uint32_t b, bool *out) {
    kithi_arena arena;
    kithi_scored *pairs;
    size_t count;
    kithi_arena_init(&arena);
    int rc = kithi_scored_of(txn, a, &arena, &pairs, &count);
    *out = false;
    for (size_t i = 0; rc == KITH_OK && i < count; i++) {
        *out = *out || pairs[i].other == b;
    }
    kithi_arena_clear(&arena);
    return rc;
}

int kithi_scored_damaged(kith_txn *txn) {
    return kithi_error_set(kithi_txn_error(txn), KITH_CORRUPT,
                           "a scored pair can't be read; run kith check");
}

static int put_side(kith_txn *txn, uint32_t record, const kithi_scored *pair, bool put) {
    uint8_t number[4], row[KITHI_SCORED_BYTES];
    kithi_put32(number, record);
    kithi_scored_write(row, pair);
    return put ? kithi_put_one(txn, KITHI_TABLE_SCORED, number, sizeof number, row, sizeof row,
                               NULL)
               : kithi_delete_one(txn, KITHI_TABLE_SCORED, number, sizeof number, row, sizeof row);
}

int kithi_scored_put(kith_txn *txn, uint32_t a, uint32_t b, int32_t weight, uint64_t pattern) {
    int rc = put_side(txn, a, &(kithi_scored){b, weight, pattern}, true);
    return rc == KITH_OK ? put_side(txn, b, &(kithi_scored){a, weight, pattern}, true) : rc;
}

int kithi_scored_append(kith_txn *txn, uint32_t record, const kithi_scored *pair) {
    uint8_t number[4], row[KITHI_SCORED_BYTES];
    kithi_put32(number, record);
    kithi_scored_write(row, pair);
    return kithi_append(txn, KITHI_TABLE_SCORED, number, sizeof number, row, sizeof row);
}

int kithi_scored_remove(kith_txn *txn, uint32_t record, const kithi_scored *pair) {
    int rc = put_side(txn, record, pair, false);
    kithi_scored turned = {record, pair->weight, pair->pattern};
    return rc == KITH_OK ? put_side(txn, pair->other, &turned, false) : rc;
}

int kithi_scored_astray(kith_txn *txn, uint32_t record) {
    return kithi_error_set(kithi_txn_error(txn), KITH_CORRUPT,
                           "scored links lead to record number %u, which isn't there; kith resolve "
                           "makes them anew",
                           record);
}

int kithi_features_read(kith_txn *txn, const kithi_model *model, uint32_t record,
                        kithi_features *out) {
    kithi_slice row;
    int rc = kithi_record_row(txn, record, &row);
    if (rc == KITH_OK && !kithi_features_make(model, row, out)) {
        rc = kithi_record_damaged(txn, record);
    }
    return rc;
}

static int read_side(kith_txn *txn, const kithi_model *model, uint32_t record, uint64_t *room) {
    int rc = kithi_features_read(txn, model, record, (kithi_features *)(void *)room);
    return rc == KITH_NOT_FOUND ? kithi_record_missing(txn, record) : rc;
}

int kithi_scored_weigh(kith_txn *txn, const kithi_model *model, uint32_t a, uint32_t b,
                       kithi_scored *out) {
    uint64_t rooms[2][KITHI_FEATURES_MAX_BYTES / sizeof(uint64_t)];
    int rc = read_side(txn, model, a, rooms[0]);
    rc = rc == KITH_OK ? read_side(txn, model, b, rooms[1]) : rc;
    if (rc == KITH_OK) {
        out->other = b;
        out->weight =
            kithi_pair_weight(model, (kithi_features *)(void *)rooms[0],
                              (kithi_features *)(void *)rooms[1], INT32_MIN, &out->pattern);
    }
    return rc;
}
