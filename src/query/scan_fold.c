/* Aggregates of the events of all profiles of a chunk, in one pass over their columns. */
#include <stdlib.h>
#include <string.h>

#include "src/base/calendar.h"
#include "src/query/scan_event.h"
#include "src/query/scan_value.h"

/* What a profile came to so far, by place. */
struct kithi_fold {
    uint32_t counts[KITHI_CHUNK_BITS]; /* of events, of numbers, of days */
    kithi_decimal sums[KITHI_CHUNK_BITS];
    int64_t days[KITHI_CHUNK_BITS]; /* the last one */
};

typedef struct folding {
    kithi_scan *scan;
    kithi_aggregate aggregate;
    kithi_lane *out;
} folding;

static kithi_operand value_of(const kithi_scanned *in, uint32_t event) {
    return in->values != NULL ? kithi_column_operand(in->values, event)
                              : kithi_operand_time(kithi_column_number(&in->times, event), 0);
}

static bool has_value(const kithi_scanned *in, uint32_t event) {
    return in->values == NULL || kithi_column_has(in->values, event);
}

/* Numbers are what is mostly asked for, and need no look at what they are. */
static bool has_number(const kithi_scanned *in, uint32_t event) {
    return in->values != NULL && in->values->sort == KITHI_COLUMN_NUMBER &&
           kithi_column_has(in->values, event);
}

static void add_count(folding *f, const kithi_scanned *in, uint32_t event, uint16_t place) {
    f->scan->fold->counts[place] += has_value(in, event);
}

static void add_number(folding *f, const kithi_scanned *in, uint32_t event, uint16_t place) {
    int64_t micros;
    if (has_number(in, event)) {
        micros = kithi_column_number(in->values, event);
    } else {
        kithi_operand value = value_of(in, event);
        if (!kithi_operand_summed(&value, &micros)) {
            return;
        }
    }
    f->scan->fold->sums[place] += micros;
    f->scan->fold->counts[place]++;
}

/* Several events of one day follow one another. */
static void add_day(folding *f, const kithi_scanned *in, uint32_t event, uint16_t place) {
    struct kithi_fold *fold = f->scan->fold;
    if (has_value(in, event)) {
        int64_t time_us = kithi_column_number(&in->times, event);
        int64_t day = kithi_calendar_date(f->scan->executor.zone, time_us);
        fold->counts[place] += fold->counts[place] == 0 || day != fold->days[place];
        fold->days[place] = day;
    }
}

static void keep(folding *f, uint16_t place, const kithi_operand *value) {
    f->out->each[place] = *value;
    kithi_chunk_put(&f->out->own, place);
}

static void keep_first(folding *f, const kithi_scanned *in, uint32_t event, uint16_t place) {
    if (has_value(in, event) && !kithi_chunk_has(&f->out->own, place)) {
        kithi_operand value = value_of(in, event);
        keep(f, place, &value);
    }
}

static void keep_last(folding *f, const kithi_scanned *in, uint32_t event, uint16_t place) {
    if (has_value(in, event)) {
        kithi_operand value = value_of(in, event);
        keep(f, place, &value);
    }
}

/* A text that is an amount counts by its number. */
static kithi_operand read_amount(kithi_operand value) {
    kithi_operand number = kithi_operand_number(0);
    kithi_operands_meet(NULL, &value, &number);
    return value;
}

static void keep_extreme(folding *f, const kithi_scanned *in, uint32_t event, uint16_t place) {
    int sign = f->aggregate == KITHI_AGGREGATE_MAX ? 1 : -1;
    kithi_operand *best = &f->out->each[place];
    bool first = !kithi_chunk_has(&f->out->own, place);
    if (!first && best->sort == KITHI_SORT_NUMBER && has_number(in, event)) {
        kithi_decimal number = kithi_column_number(in->values, event);
        bool beyond = sign > 0 ? number > best->as.number : number < best->as.number;
        best->as.number = beyond ? number : best->as.number;
    } else if (has_value(in, event)) {
        kithi_operand value = read_amount(value_of(in, event));
        if (first || sign * kithi_operand_order(&value, best) > 0) {
            keep(f, place, &value);
        }
    }
}

typedef void fold_one(folding *f, const kithi_scanned *in, uint32_t event, uint16_t place);

/* NULL: it is asked one by one. */
static fold_one *fold_of(kithi_aggregate aggregate) {
    static fold_one *const folds[KITHI_AGGREGATES] = {
        [KITHI_AGGREGATE_COUNT] = add_count,  [KITHI_AGGREGATE_DAYS] = add_day,
        [KITHI_AGGREGATE_SUM] = add_number,   [KITHI_AGGREGATE_AVG] = add_number,
        [KITHI_AGGREGATE_MIN] = keep_extreme, [KITHI_AGGREGATE_MAX] = keep_extreme,
        [KITHI_AGGREGATE_FIRST] = keep_first, [KITHI_AGGREGATE_LAST] = keep_last};
    return folds[aggregate];
}

static inline void fold_each(folding *f, const kithi_scanned *in, fold_one *one) {
    for (uint32_t i = kithi_chunk_next(in->events, 0); i < in->count;
         i = kithi_chunk_next(in->events, i + 1)) {
        one(f, in, i, kithi_scanned_whose(in, i));
    }
}

/* Each has a loop of its own, into which the compiler puts what is done with one event. */
static int fold_events(void *context, const kithi_scanned *in) {
    folding *f = context;
    switch (f->aggregate) {
    case KITHI_AGGREGATE_COUNT:
        fold_each(f, in, add_count);
        break;
    case KITHI_AGGREGATE_SUM:
    case KITHI_AGGREGATE_AVG:
        fold_each(f, in, add_number);
        break;
    case KITHI_AGGREGATE_MIN:
    case KITHI_AGGREGATE_MAX:
        fold_each(f, in, keep_extreme);
        break;
    default:
        fold_each(f, in, fold_of(f->aggregate));
    }
    return KITH_OK;
}

static kithi_operand sum_at(const struct kithi_fold *fold, uint32_t place) {
    return kithi_operand_number(fold->sums[place]);
}

static kithi_operand average_at(const struct kithi_fold *fold, uint32_t place) {
    kithi_operand average = kithi_operand_number(0);
    bool any = kithi_decimal_divide(fold->sums[place], kithi_decimal_of(fold->counts[place]),
                                    &average.as.number);
    return any ? average : kithi_operand_null();
}

/* Gives those with anything to count their values. */
static void finish(folding *f) {
    const struct kithi_fold *fold = f->scan->fold;
    for (uint32_t i = 0; i < KITHI_CHUNK_BITS; i++) {
        if (fold->counts[i] == 0) {
            continue;
        }
        f->out->each[i] = f->aggregate == KITHI_AGGREGATE_SUM ? sum_at(fold, i)
                          : f->aggregate == KITHI_AGGREGATE_AVG
                              ? average_at(fold, i)
                              : kithi_operand_number(kithi_decimal_of(fold->counts[i]));
        f->out->own.words[i / 64] |= UINT64_C(1) << i % 64;
    }
}

static int begin_fold(kithi_scan *s, bool sums) {
    if (s->fold == NULL) {
        s->fold = malloc(sizeof *s->fold);
    }
    if (s->fold == NULL) {
        return kithi_error_memory(kithi_txn_error(s->txn));
    }
    memset(s->fold->counts, 0, sizeof s->fold->counts);
    if (sums) {
        memset(s->fold->sums, 0, sizeof s->fold->sums);
    }
    return KITH_OK;
}

static int fold(folding *f, const kithi_node *node, kithi_chunk *unsure) {
    bool sums = fold_of(f->aggregate) == add_number;
    int rc = begin_fold(f->scan, sums);
    return rc == KITH_OK ? kithi_scan_stream(f->scan, &node->streams[0], KITHI_ALL_TIMES,
                                             fold_events, f, unsure)
                         : rc;
}

int kithi_scan_count(kithi_scan *s, const kithi_node *node, const uint32_t **out,
                     kithi_chunk *unsure) {
    folding f = {s, KITHI_AGGREGATE_COUNT, NULL};
    int rc = fold(&f, node, unsure);
    *out = rc == KITH_OK ? s->fold->counts : NULL;
    return rc;
}

int kithi_scan_fold(kithi_scan *s, const kithi_node *node, kithi_lane *out, kithi_chunk *unsure) {
    folding f = {s, (kithi_aggregate)node->word, out};
    fold_one *one = fold_of(f.aggregate);
    bool keeps = one == keep_first || one == keep_last || one == keep_extreme;
    bool counts = one == add_count || one == add_day || f.aggregate == KITHI_AGGREGATE_SUM;
    out->rest = counts ? kithi_operand_number(0) : kithi_operand_null();
    kithi_chunk_clear(&out->own);
    if (one == NULL) {
        *unsure = s->all;
        return KITH_OK;
    }
    int rc = fold(&f, node, unsure);
    if (rc == KITH_OK && !keeps) {
        finish(&f);
    }
    return rc;
}
