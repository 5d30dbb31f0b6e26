#include "src/profile/summary_row.h"

#include "src/base/bytes.h"

/* Where these stand in a summary. */
#define COUNTS_AT 2
#define SUMS_AT   30

static void put_counts(uint8_t *at, const kithi_summary *s) {
    const uint32_t counts[] = {
        (uint32_t)s->first_day, (uint32_t)s->last_day, s->orders,  s->active_days,
        s->paid_orders,         s->refund_count,       s->last_gap};
    for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++) {
        kithi_put32(at + 4 * i, counts[i]);
    }
}

static void put_sums(uint8_t *at, const kithi_summary *s) {
    kithi_put64(at, (uint64_t)s->spent_micros);
    kithi_put64(at + 8, (uint64_t)s->first_day_spent_micros);
    kithi_put64(at + 16, (uint64_t)s->refunded_micros);
    kithi_put64(at + 24, s->log_gaps);
    kithi_put64(at + 32, (uint64_t)(s->squares >> 64));
    kithi_put64(at + 40, (uint64_t)s->squares);
}

void kithi_row_add_summary(kithi_buffer *row, uint16_t score, const kithi_summary *summary) {
    uint8_t *at = kithi_buffer_grow(row, KITHI_SUMMARY_BYTES);
    if (at == NULL) {
        return;
    }
    kithi_put16(at, score);
    put_counts(at + COUNTS_AT, summary);
    put_sums(at + SUMS_AT, summary);
    kithi_row_count_summary(row, KITHI_SUMMARY_BYTES);
}

static void get_summary(const uint8_t *at, kithi_summary *out) {
    const uint8_t *counts = at + COUNTS_AT, *sums = at + SUMS_AT;
    *out = (kithi_summary){.first_day = (int32_t)kithi_get32(counts),
                           .last_day = (int32_t)kithi_get32(counts + 4),
                           .orders = kithi_get32(counts + 8),
                           .active_days = kithi_get32(counts + 12),
                           .paid_orders = kithi_get32(counts + 16),
                           .refund_count = kithi_get32(counts + 20),
                           .last_gap = kithi_get32(counts + 24),
                           .spent_micros = (int64_t)kithi_get64(sums),
                           .first_day_spent_micros = (int64_t)kithi_get64(sums + 8),
                           .refunded_micros = (int64_t)kithi_get64(sums + 16),
                           .log_gaps = kithi_get64(sums + 24),
                           .squares = (kithi_squares)kithi_get64(sums + 32) << 64 |
                                      kithi_get64(sums + 40)};
}

bool kithi_state_summary_at(kithi_slice row, const kithi_state_header *header, size_t place,
                            uint16_t *out_score, kithi_summary *out) {
    kithi_slice all = kithi_state_summaries(row, header);
    if (place >= all.size / KITHI_SUMMARY_BYTES) {
        return false;
    }
    const uint8_t *at = all.data + place * KITHI_SUMMARY_BYTES;
    *out_score = kithi_get16(at);
    get_summary(at, out);
    return true;
}

bool kithi_state_summary(kithi_slice row, const kithi_state_header *header, uint16_t score,
                         kithi_summary *out) {
    uint16_t found;
    for (size_t i = 0; kithi_state_summary_at(row, header, i, &found, out); i++) {
        if (found == score) {
            return true;
        }
    }
    return false;
}
