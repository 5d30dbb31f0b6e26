/*
 * The running summary of a customer's orders: what every score of buying is worked out from,
 * without a look at the orders again. Plain numbers; an order is added in O(1), and the summaries
 * of two spans of time that follow one another are joined in O(1) to what adding all gives. Sums
 * stop at the largest number there is, so that joining stays exact about that, too.
 *
 * Orders come in their order of time, each with its day, in the time zone of the store. A day that
 * is before the last one, as clocks were put back over midnight, is taken to be the last one.
 */
#ifndef KITHI_PROFILE_SUMMARY_H
#define KITHI_PROFILE_SUMMARY_H

#include <stdint.h>

#include "src/base/integer.h"

__extension__ typedef unsigned __int128 kithi_squares;

/* What the logarithm of one gap is counted in: 2^-32. */
#define KITHI_LOG_ONE ((double)(UINT64_C(1) << 32))

/* All zero: of nobody's orders. */
typedef struct kithi_summary {
    int32_t first_day, last_day; /* since 1970-01-01; they mean nothing where orders is 0 */
    uint32_t orders;             /* events that are no refund, of any amount or of none */
    uint32_t active_days;        /* days on which there were some */
    uint32_t paid_orders;        /* of the orders those of an amount > 0 */
    uint32_t refund_count;
    uint32_t last_gap;    /* days between the last two active days; 0: there is one at most */
    int64_t spent_micros; /* what the paid orders came to */
    int64_t first_day_spent_micros;
    int64_t refunded_micros; /* what went back, as a number that isn't negative */
    uint64_t log_gaps;       /* sum of ln(days from one active day to the next), in 2^-32 */
    kithi_squares squares;   /* sum of the squares of the paid amounts, in (millionths)^2 */
} kithi_summary;

/* ln(days) in 2^-32, rounded to the nearest: the same bits everywhere. 0 of 0. */
uint64_t kithi_summary_log(uint32_t days);
/* Of `a`, and of `b` whose first day is the last one of `a` or behind it. */
kithi_summary kithi_summary_join(const kithi_summary *a, const kithi_summary *b);

/* An event that gives money back, whichever sign its amount has. */
static inline void kithi_summary_refund(kithi_summary *s, int64_t micros) {
    int64_t back = micros < 0 ? micros == INT64_MIN ? INT64_MAX : -micros : micros;
    s->refund_count++;
    s->refunded_micros = kithi_add_saturated(s->refunded_micros, back);
}

static inline void kithi_summary_pay(kithi_summary *s, int64_t micros) {
    kithi_squares square = (kithi_squares)micros * (kithi_squares)micros;
    s->paid_orders++;
    s->spent_micros = kithi_add_saturated(s->spent_micros, micros);
    s->squares = s->squares + square < square ? ~(kithi_squares)0 : s->squares + square;
    if (s->active_days == 1) {
        s->first_day_spent_micros = kithi_add_saturated(s->first_day_spent_micros, micros);
    }
}

/* An order: of 0 or of no amount it is one that isn't paid; of a negative amount it is none, but a
 * refund. */
static inline void kithi_summary_add(kithi_summary *s, int32_t day, int64_t micros) {
    if (micros < 0) {
        kithi_summary_refund(s, micros);
        return;
    }
    if (s->orders == 0) {
        s->first_day = s->last_day = day;
        s->active_days = 1;
    } else if (day > s->last_day) {
        s->last_gap = (uint32_t)(day - s->last_day);
        s->log_gaps += kithi_summary_log(s->last_gap);
        s->last_day = day;
        s->active_days++;
    }
    s->orders++;
    if (micros > 0) {
        kithi_summary_pay(s, micros);
    }
}

/* What a customer left in the shop; below 0 where more went back than came in. */
static inline int64_t kithi_summary_net_micros(const kithi_summary *s) {
    return s->spent_micros - s->refunded_micros;
}

#endif
