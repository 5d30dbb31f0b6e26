#include "src/profile/summary.h"

#include <stdbool.h>

__extension__ typedef unsigned __int128 wide;

/* Fixed point: numbers from 0 to 127 in 2^-57. */
#define PLACES 57
#define ONE    (UINT64_C(1) << PLACES)
#define LN2    UINT64_C(99893036290645747)
#define TERMS  16 /* 3^-33 / 33 is below 2^-57 */

static uint64_t multiply(uint64_t a, uint64_t b) {
    return (uint64_t)((wide)a * b >> PLACES);
}

/* days = m 2^e with 1 <= m < 2, and ln(m) = 2 artanh(z) = 2 (z + z^3 / 3 + z^5 / 5 ...) of
 * z = (m - 1) / (m + 1), at most a third. */
uint64_t kithi_summary_log(uint32_t days) {
    if (days < 2) {
        return 0;
    }
    unsigned exponent = 31 - (unsigned)__builtin_clz(days);
    uint64_t power = UINT64_C(1) << exponent;
    uint64_t z = (uint64_t)(((wide)(days - power) << PLACES) / (days + power));
    uint64_t square = multiply(z, z), sum = 0;
    for (unsigned term = TERMS; term-- > 0;) {
        sum = multiply(sum, square) + ONE / (2 * term + 1);
    }
    uint64_t log = exponent * LN2 + 2 * multiply(z, sum);
    return (log + (ONE >> 33)) >> (PLACES - 32);
}

/* 0: the second begins on the last day of the first. */
static uint32_t gap_between(const kithi_summary *a, const kithi_summary *b) {
    return b->first_day > a->last_day ? (uint32_t)(b->first_day - a->last_day) : 0;
}

static uint32_t last_gap(const kithi_summary *a, const kithi_summary *b, uint32_t between) {
    return b->last_gap > 0 ? b->last_gap : between > 0 ? between : a->last_gap;
}

/* Where the second begins on the only day of the first, that is still the first day. */
static int64_t first_day_spent(const kithi_summary *a, const kithi_summary *b) {
    bool same = a->active_days == 1 && b->first_day <= a->last_day;
    return kithi_add_saturated(a->first_day_spent_micros, same ? b->first_day_spent_micros : 0);
}

static void join_days(kithi_summary *joined, const kithi_summary *a, const kithi_summary *b) {
    if (a->orders == 0 || b->orders == 0) {
        const kithi_summary *one = a->orders > 0 ? a : b;
        joined->first_day = one->first_day;
        joined->last_day = one->last_day;
        joined->active_days = one->active_days;
        joined->last_gap = one->last_gap;
        joined->log_gaps = one->log_gaps;
        joined->first_day_spent_micros = one->first_day_spent_micros;
        return;
    }
    uint32_t between = gap_between(a, b);
    joined->first_day = a->first_day;
    joined->last_day = b->last_day > a->last_day ? b->last_day : a->last_day;
    joined->active_days = a->active_days + b->active_days - (between == 0);
    joined->last_gap = last_gap(a, b, between);
    joined->log_gaps = a->log_gaps + b->log_gaps + kithi_summary_log(between);
    joined->first_day_spent_micros = first_day_spent(a, b);
}

kithi_summary kithi_summary_join(const kithi_summary *a, const kithi_summary *b) {
    kithi_summary joined = {.orders = a->orders + b->orders,
                            .paid_orders = a->paid_orders + b->paid_orders,
                            .refund_count = a->refund_count + b->refund_count};
    joined.spent_micros = kithi_add_saturated(a->spent_micros, b->spent_micros);
    joined.refunded_micros = kithi_add_saturated(a->refunded_micros, b->refunded_micros);
    joined.squares = a->squares + b->squares;
    joined.squares = joined.squares < a->squares ? ~(kithi_squares)0 : joined.squares;
    join_days(&joined, a, b);
    return joined;
}
