#include "src/fact/holders.h"

#include "src/base/bytes.h"

static int record_of(int rc, kithi_slice number, uint32_t *out) {
    if (rc == KITH_OK) {
        *out = number.size == 4 ? kithi_get32(number.data) : UINT32_MAX;
    }
    return rc;
}

static int first(kith_txn *txn, uint64_t hash, bool moved, kithi_holders *holders, uint32_t *out) {
    uint8_t key[8];
    kithi_slice number = {NULL, 0};
    kithi_put64(key, hash);
    int rc =
        kithi_landing_first(txn, KITHI_TABLE_IDENTIFIER, key, sizeof key, moved, holders, &number);
    return record_of(rc, number, out);
}

int kithi_holders_first(kith_txn *txn, uint64_t hash, kithi_holders *holders, uint32_t *out) {
    return first(txn, hash, false, holders, out);
}

int kithi_holders_first_moved(kith_txn *txn, uint64_t hash, kithi_holders *holders, uint32_t *out) {
    return first(txn, hash, true, holders, out);
}

int kithi_holders_next(kithi_holders *holders, uint32_t *out) {
    kithi_slice number = {NULL, 0};
    int rc = kithi_landing_next(holders, &number);
    return record_of(rc, number, out);
}

int kithi_holders_count(kithi_holders *holders, size_t *out) {
    return kithi_landing_value_count(holders, out);
}

int kithi_holders_all(kith_txn *txn, uint64_t hash, kithi_holders *holders, uint32_t *out,
                      size_t *out_count) {
    int rc = kithi_holders_first(txn, hash, holders, out);
    return rc == KITH_OK ? kithi_holders_count(holders, out_count) : rc;
}

int kithi_holders_add(kith_txn *txn, uint64_t hash, uint32_t record) {
    uint8_t key[8], number[4];
    kithi_put64(key, hash);
    kithi_put32(number, record);
    return kithi_landing_put_one(txn, KITHI_TABLE_IDENTIFIER, key, sizeof key, number,
                                 sizeof number);
}

int kithi_holders_remove(kith_txn *txn, uint64_t hash, uint32_t record) {
    uint8_t key[8], number[4];
    kithi_put64(key, hash);
    kithi_put32(number, record);
    return kithi_landing_delete_one(txn, KITHI_TABLE_IDENTIFIER, key, sizeof key, number,
                                    sizeof number);
}

int kithi_holders_has(kith_txn *txn, uint64_t hash, uint32_t record, bool *out) {
    uint8_t key[8], number[4];
    kithi_put64(key, hash);
    kithi_put32(number, record);
    return kithi_landing_has(txn, KITHI_TABLE_IDENTIFIER, key, sizeof key, number, sizeof number,
                             out);
}
