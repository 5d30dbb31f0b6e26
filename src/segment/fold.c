/* Aggregates: what the events of a stream that stand in its window make together. */
#include <stdlib.h>

#include "src/base/calendar.h"
#include "src/base/grow.h"
#include "src/segment/run.h"

/* The matches in the window: from items[first] on, and the one behind them. */
typedef struct slice {
    const kithi_match *items;
    size_t count;
} slice;

static slice find_slice(kithi_run *run, const kithi_stream *stream, int64_t *until) {
    kithi_span span = kithi_run_window(run, &stream->window, until);
    const kithi_matches *matches = kithi_run_matches(run, stream, until);
    size_t first = 0, count = 0;
    if (matches->count > 0) {
        kithi_span_find(&span, run->now_us, &matches->items[0].at_us, sizeof matches->items[0],
                        matches->count, &first, &count, until);
    }
    slice in = {count > 0 ? matches->items + first : NULL, count};
    return in;
}

/* Several events of one day follow one another. */
static kithi_operand count_days(const kithi_run *run, slice in) {
    int64_t last = 0, days = 0;
    for (size_t i = 0; i < in.count; i++) {
        int64_t day = kithi_calendar_date(run->executor->zone, in.items[i].at_us);
        days += i == 0 || day != last;
        last = day;
    }
    return kithi_operand_number(kithi_decimal_of(days));
}

static kithi_operand sum_of(slice in) {
    return kithi_operand_number(in.count > 0 ? in.items[in.count].sum - in.items[0].sum : 0);
}

static kithi_operand average_of(slice in) {
    kithi_operand average = kithi_operand_number(0);
    uint32_t numbers =
        in.count > 0 ? in.items[in.count].numbers_before - in.items[0].numbers_before : 0;
    bool any = numbers > 0 && kithi_decimal_divide(sum_of(in).as.number, kithi_decimal_of(numbers),
                                                   &average.as.number);
    return any ? average : kithi_operand_null();
}

/* A text that is an amount counts by its number, as in sums. */
static kithi_operand extreme(slice in, int sign) {
    kithi_operand best = kithi_operand_null();
    for (size_t i = 0; i < in.count; i++) {
        kithi_operand value = in.items[i].value, number = kithi_operand_number(0);
        kithi_operands_meet(NULL, &value, &number);
        if (i == 0 || sign * kithi_operand_order(&value, &best) > 0) {
            best = value;
        }
    }
    return best;
}

static int by_order(const void *a, const void *b) {
    return kithi_operand_order(a, b);
}

/* The values in their order, in the executor's room; NULL: memory is out. */
static const kithi_operand *sort_values(kithi_run *run, slice in) {
    kithi_executor *e = run->executor;
    if (!KITHI_GROW(e->sorted, e->sorted_capacity, in.count)) {
        kithi_run_fail(run, KITH_NO_MEMORY);
        return NULL;
    }
    for (size_t i = 0; i < in.count; i++) {
        e->sorted[i] = in.items[i].value;
    }
    qsort(e->sorted, in.count, sizeof *e->sorted, by_order);
    return e->sorted;
}

/* How many values from this one on are equal to it. */
static size_t run_length(const kithi_operand *sorted, size_t count) {
    size_t size = 1;
    while (size < count && kithi_operand_order(&sorted[0], &sorted[size]) == 0) {
        size++;
    }
    return size;
}

static kithi_operand count_distinct(kithi_run *run, slice in) {
    int64_t distinct = 0;
    const kithi_operand *sorted = in.count > 0 ? sort_values(run, in) : NULL;
    for (size_t i = 0; sorted != NULL && i < in.count; i += run_length(sorted + i, in.count - i)) {
        distinct++;
    }
    return kithi_operand_number(kithi_decimal_of(distinct));
}

/* The most frequent value; of equally frequent ones the least. */
static kithi_operand most_frequent(kithi_run *run, slice in) {
    const kithi_operand *sorted = in.count > 0 ? sort_values(run, in) : NULL;
    size_t best = 0, times = 0;
    for (size_t i = 0; sorted != NULL && i < in.count;) {
        size_t size = run_length(sorted + i, in.count - i);
        if (size > times) {
            best = i;
            times = size;
        }
        i += size;
    }
    return sorted != NULL ? sorted[best] : kithi_operand_null();
}

kithi_operand kithi_run_aggregate(kithi_run *run, const kithi_node *node, int64_t *until) {
    slice in = find_slice(run, &node->streams[0], until);
    switch ((kithi_aggregate)node->word) {
    case KITHI_AGGREGATE_COUNT:
        return kithi_operand_number(kithi_decimal_of((int64_t)in.count));
    case KITHI_AGGREGATE_DAYS:
        return count_days(run, in);
    case KITHI_AGGREGATE_SUM:
        return sum_of(in);
    case KITHI_AGGREGATE_AVG:
        return average_of(in);
    case KITHI_AGGREGATE_MIN:
        return extreme(in, -1);
    case KITHI_AGGREGATE_MAX:
        return extreme(in, 1);
    case KITHI_AGGREGATE_FIRST:
        return in.count > 0 ? in.items[0].value : kithi_operand_null();
    case KITHI_AGGREGATE_LAST:
        return in.count > 0 ? in.items[in.count - 1].value : kithi_operand_null();
    case KITHI_AGGREGATE_MODE:
        return most_frequent(run, in);
    default:
        return count_distinct(run, in);
    }
}
