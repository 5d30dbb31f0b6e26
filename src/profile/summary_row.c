#include "src/profile/summary_row.h"

#include "src/base/bytes.h"

#define NONE 0xffffu

static void put_id(uint8_t *at, int id) {
    kithi_put16(at, id < 0 ? NONE : (uint16_t)id);
}

static int get_id(const uint8_t *at) {
    uint16_t id = kithi_get16(at);
    return id == NONE ? -1 : id;
}

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

void kithi_row_add_summary(kithi_buffer *row, kithi_summary_of of, const kithi_summary *summary) {
    uint8_t *at = kithi_buffer_grow(row, KITHI_SUMMARY_BYTES);
    if (at == NULL) {
        return;
    }
    put_id(at, of.event);
    put_id(at + 2, of.amount);
    put_id(at + 4, of.refund);
    put_counts(at + 6, summary);
    put_sums(at + 34, summary);
    kithi_row_count_summary(row, KITHI_SUMMARY_BYTES);
}

static void get_summary(const uint8_t *at, kithi_summary *out) {
    const uint8_t *sums = at + 34;
    *out = (kithi_summary){.first_day = (int32_t)kithi_get32(at + 6),
                           .last_day = (int32_t)kithi_get32(at + 10),
                           .orders = kithi_get32(at + 14),
                           .active_days = kithi_get32(at + 18),
                           .paid_orders = kithi_get32(at + 22),
                           .refund_count = kithi_get32(at + 26),
                           .last_gap = kithi_get32(at + 30),
                           .spent_micros = (int64_t)kithi_get64(sums),
                           .first_day_spent_micros = (int64_t)kithi_get64(sums + 8),
                           .refunded_micros = (int64_t)kithi_get64(sums + 16),
                           .log_gaps = kithi_get64(sums + 24),
                           .squares = (kithi_squares)kithi_get64(sums + 32) << 64 |
                                      kithi_get64(sums + 40)};
}

bool kithi_state_summary_at(kithi_slice row, const kithi_state_header *header, size_t place,
                            kithi_summary_of *out_of, kithi_summary *out) {
    kithi_slice all = kithi_state_summaries(row, header);
    if (place >= all.size / KITHI_SUMMARY_BYTES) {
        return false;
    }
    const uint8_t *at = all.data + place * KITHI_SUMMARY_BYTES;
    *out_of = (kithi_summary_of){get_id(at), get_id(at + 2), get_id(at + 4)};
    get_summary(at, out);
    return true;
}

bool kithi_state_summary(kithi_slice row, const kithi_state_header *header, kithi_summary_of of,
                         kithi_summary *out) {
    kithi_summary_of found;
    for (size_t i = 0; kithi_state_summary_at(row, header, i, &found, out); i++) {
        if (kithi_summary_of_same(found, of)) {
            return true;
        }
    }
    return false;
}
