/*
 * Inside of the executor: one evaluation at one time. Each part of an expression gives what it is
 * at that time, and lowers `until` to the first time at which it may be otherwise.
 *
 * After a failure `rc` is set; parts then give no value and are false.
 */
#ifndef KITHI_SEGMENT_RUN_H
#define KITHI_SEGMENT_RUN_H

#include "src/segment/customer.h"

#define KITHI_FOR_EVER INT64_MAX

/* One value of one event that a stream lets through. */
typedef struct kithi_match {
    int64_t at_us;
    const kithi_happening *event;
    kithi_operand value;     /* of the property that is asked for */
    kithi_decimal sum;       /* of the numbers before it */
    uint32_t numbers_before; /* how many they are */
} kithi_match;

/* What a stream lets through, in order; whatever its window. */
typedef struct kithi_matches {
    bool known;
    int64_t from_us, until_us; /* they are so from the one to the other: a WHERE may ask for now */
    kithi_match *items;        /* and one more behind them, with the sums of all; malloc'ed */
    size_t count;
} kithi_matches;

/* How often conditions may be asked anew, for a time before far_us, and for one beyond it. */
typedef struct kithi_looks {
    unsigned near, far;
    int64_t far_us;
} kithi_looks;

typedef struct kithi_run {
    kithi_executor *executor;
    const kithi_node *root; /* what is asked */
    bool condition;         /* it is asked whether that holds */
    kithi_matches *matches; /* by the number of the stream */
    int64_t now_us;
    unsigned patience; /* how often a condition is asked anew for the time at which it changes */
    kithi_looks
        *looks; /* how often all of them together, those of nested plans too, still may be */
    const kithi_happening *event;        /* inside WHERE: of which event */
    const kithi_happening *const *steps; /* inside WHERE: the events of the steps before */
    size_t step_count;
    size_t tries; /* of sequences, since the last pause */
    int rc;
} kithi_run;

static inline void kithi_lower(int64_t *until, int64_t us) {
    *until = us < *until ? us : *until;
}

/* The time that lies so far ahead. */
static inline int64_t kithi_ahead(int64_t now_us, int64_t wait_us) {
    int64_t sum;
    return __builtin_add_overflow(now_us, wait_us, &sum) ? KITHI_FOR_EVER : sum;
}

void kithi_run_fail(kithi_run *run, int rc);

/* Whether a condition may be asked anew for that time, so many times after the first; that is
 * counted. */
bool kithi_run_looks(kithi_run *run, unsigned count, int64_t at_us);

/* value.c */
/* What a plan gave last, and its matches, which serve for other times too. */
typedef struct kithi_answer {
    bool known;
    int64_t from_us, until_us; /* it is so from the one to the other */
    kithi_operand value;
    kithi_matches *matches; /* NULL: it wasn't asked */
    size_t matches_count;
    struct kithi_answer *outputs; /* of a score: one each; NULL: it wasn't asked */
    void *memo;                   /* of a score: what its kind keeps of the customer */
} kithi_answer;
/* What plans gave that aren't the store's own (score_guest.h). */
#define KITHI_GUESTS_MAX 4
typedef struct kithi_guests {
    const kithi_plan *plans[KITHI_GUESTS_MAX];
    kithi_answer answers[KITHI_GUESTS_MAX];
} kithi_guests;
/* executor.c: what a segment or a trait gives that an expression asks for; an output of a score. */
kithi_operand kithi_run_plan(kithi_run *run, const kithi_plan *plan, int64_t *until);
kithi_operand kithi_run_score(kithi_run *run, const kithi_plan *plan, size_t output,
                              int64_t *until);
/* run_orders.c: the orders of the customer up to now, in numbers. */
const kithi_summary *kithi_run_orders(kithi_run *run, const kithi_score_orders *orders,
                                      int64_t *until);
/* The day that it is in the store's time zone, until the next one begins. */
int64_t kithi_run_day(kithi_run *run, int64_t *until);
/* Lowers `until` to when a later day begins. A day that clocks put back over midnight part in two
 * begins twice: both times, and when the first part ends, count. */
void kithi_run_until_day(kithi_run *run, int64_t day, int64_t *until);
/* For kinds of scores: room for what a score of this customer is worked out from once for all its
 * outputs, all zero at first, of kithi_score_kind's memo_bytes; NULL: memory is out. */
void *kithi_run_memo(kithi_run *run, const kithi_plan *plan);
/* What a part of the score gives. */
kithi_operand kithi_run_part(kithi_run *run, const kithi_plan *plan, size_t part, int64_t *until);
bool kithi_run_part_holds(kithi_run *run, const kithi_plan *plan, size_t part, int64_t *until);

/* run_value.c */
kithi_operand kithi_run_value(kithi_run *run, const kithi_node *node, int64_t *until);
/* All that an attribute or a property says; of other parts the one value. */
kithi_values kithi_run_values(kithi_run *run, const kithi_node *node, int64_t *until);
/* standing.c: score() and points(); tag(), consent(), segment(), bucket(). */
kithi_operand kithi_run_mark(kithi_run *run, const kithi_node *node, int64_t *until);
bool kithi_run_test(kithi_run *run, const kithi_node *node, int64_t *until);
/* condition.c */
bool kithi_run_condition(kithi_run *run, const kithi_node *node, int64_t *until);
/* fold.c: count, sum, avg, ... */
kithi_operand kithi_run_aggregate(kithi_run *run, const kithi_node *node, int64_t *until);
/* sequence.c */
bool kithi_run_sequence(kithi_run *run, const kithi_node *node, int64_t *until);
/* regular.c */
bool kithi_run_regularly(kithi_run *run, const kithi_node *node, int64_t *until);

/* matches.c */
const kithi_matches *kithi_run_matches(kithi_run *run, const kithi_stream *stream, int64_t *until);
/* Whether WHERE lets an event through. */
bool kithi_run_lets(kithi_run *run, const kithi_stream *stream, const kithi_happening *event,
                    int64_t *until);

/* window.c: the times of a window, from <= at < to, and how both move on. Without an end to the
 * left `from` is INT64_MIN. It is empty where a bound has no value. */
typedef struct kithi_span {
    int64_t from_us, to_us;
    int from_slope, to_slope;
    int64_t turn_us; /* when a unit of the calendar ends, and both jump ahead */
} kithi_span;
kithi_span kithi_run_window(kithi_run *run, const kithi_window *window, int64_t *until);
/* When the events change that are inside of it. Times are those of a list of `count`, ascending,
 * with `stride` bytes from one to the next. Gives the first of them inside, and how many. */
void kithi_span_find(const kithi_span *span, int64_t now_us, const int64_t *times, size_t stride,
                     size_t count, size_t *out_first, size_t *out_count, int64_t *until);

#endif
