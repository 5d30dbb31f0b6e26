/*
 * Chains: the landed events of a record, each of which names the one before it in the log.
 */
#include <string.h>

#include "src/base/bytes.h"
#include "src/fact/event.h"

#define CHAIN_BYTES 28

bool kithi_chain_read(kithi_slice row, kithi_chain *out) {
    if (row.size != CHAIN_BYTES) {
        return false;
    }
    out->last = kithi_get64(row.data);
    out->count = kithi_get32(row.data + 8);
    out->filter[0] = kithi_get64(row.data + 12);
    out->filter[1] = kithi_get64(row.data + 20);
    return true;
}

int kithi_chain_get(kith_txn *txn, uint32_t record, kithi_chain *out) {
    uint8_t number[4];
    kithi_cursor *cursor;
    kithi_slice key = {number, sizeof number}, row = {NULL, 0};
    *out = (kithi_chain){.last = 0};
    kithi_put32(number, record);
    int rc = kithi_cursor_of(txn, KITHI_TABLE_EVENT_CHAIN, &cursor);
    if (rc == KITH_OK) {
        rc = kithi_cursor_seek(cursor, KITHI_SEEK_KEY, &key, &row);
    }
    if (rc == KITH_OK && !kithi_chain_read(row, out)) {
        return kithi_event_damaged(txn, record);
    }
    return rc == KITH_NOT_FOUND ? KITH_OK : rc;
}

int kithi_chain_put(kith_txn *txn, uint32_t record, const kithi_chain *chain) {
    uint8_t number[4], row[CHAIN_BYTES];
    kithi_put32(number, record);
    kithi_put64(row, chain->last);
    kithi_put32(row + 8, chain->count);
    kithi_put64(row + 12, chain->filter[0]);
    kithi_put64(row + 20, chain->filter[1]);
    return kithi_put(txn, KITHI_TABLE_EVENT_CHAIN, number, sizeof number, row, sizeof row);
}

int kithi_chain_delete(kith_txn *txn, uint32_t record) {
    uint8_t number[4];
    kithi_put32(number, record);
    return kithi_delete(txn, KITHI_TABLE_EVENT_CHAIN, number, sizeof number);
}

/* Three bits of 128: with 10 events one stranger of 100 is let through, with 31 one of 7. */
#define FILTER_BITS  3
#define FILTER_SHIFT 7

bool kithi_chain_may_have(const kithi_chain *chain, uint64_t identity) {
    bool may = true;
    for (int i = 0; i < FILTER_BITS; i++, identity >>= FILTER_SHIFT) {
        may = may && (chain->filter[identity >> 6 & 1] >> (identity & 63) & 1) != 0;
    }
    return may;
}

void kithi_chain_mark(kithi_chain *chain, uint64_t identity) {
    for (int i = 0; i < FILTER_BITS; i++, identity >>= FILTER_SHIFT) {
        chain->filter[identity >> 6 & 1] |= (uint64_t)1 << (identity & 63);
    }
}

int kithi_chain_step(kith_txn *txn, uint32_t record, uint64_t *sequence, kithi_event *out) {
    uint32_t of;
    uint64_t before, at = *sequence;
    int rc = kithi_log_get(txn, at, &of, &before, out);
    if (rc == KITH_OK && (of != record || before >= at)) {
        rc = kithi_event_damaged(txn, record);
    }
    *sequence = rc == KITH_OK ? before : 0;
    return rc;
}
