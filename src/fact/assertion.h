/*
 * Keys of the table of assertions: record, other record, time, hash. What is decided on two records
 * stands under both of them; what is said of one has nobody in place of the other.
 */
#ifndef KITHI_FACT_ASSERTION_H
#define KITHI_FACT_ASSERTION_H

#include "src/base/bytes.h"
#include "src/store/kv.h"

#define KITHI_ASSERTION_KEY_BYTES 24 /* record 4, other 4, time 8, hash 8 */
/* No record has this number; behind all others, so that decisions come first. */
#define KITHI_ASSERTION_NOBODY    UINT32_MAX

static inline void kithi_assertion_key(uint8_t out[KITHI_ASSERTION_KEY_BYTES], uint32_t record,
                                       uint32_t other, int64_t at_us, uint64_t hash) {
    kithi_put32(out, record);
    kithi_put32(out + 4, other);
    kithi_put_time(out + 8, at_us);
    kithi_put64(out + 16, hash);
}

static inline bool kithi_assertion_is_mark(kithi_slice key) {
    return key.size == KITHI_ASSERTION_KEY_BYTES &&
           kithi_get32(key.data + 4) == KITHI_ASSERTION_NOBODY;
}

#endif
