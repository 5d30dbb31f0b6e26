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
    return in->values != NULL
               ? kithi_column_operand(in->values, event)
               : kithi_operand_time(kithi_column_number(&in->block->times, event), 0);
}

static void add_count(folding *f, const kithi_scanned *in, uint32_t event, uint16_t place) {
    f->scan->fold->counts[place] += in->values == NULL || kithi_column_has(in->values, event);
}

static void add_number(folding *f, const kithi_scanned *in, uint32_t event, uint16_t place) {
    int64_t micros;
    bool number = in->values != NULL && in->values->sort == KITHI_COLUMN_NUMBER;
    if (number && kithi_column_has(in->values, event)) {
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
    if (in->values != NULL && !kithi_column_has(in->values, event)) {
        return;
    }
    int64_t time_us = kithi_column_number(&in->block->times, event);
    int64_t day = kithi_calendar_date(f->scan->executor.zone, time_us);
    fold->counts[place] += fold->counts[place] == 0 || day != fold->days[place];
    fold->days[place] = day;
}

/* The value of the first, the last, the least or the greatest so far. */
static void keep_value(folding *f, const kithi_scanned *in, uint32_t event, uint16_t place) {
    kithi_operand value = value_of(in, event), *best = &f->out->each[place];
    bool first = !kithi_chunk_has(&f->out->own, place);
    if (value.sort == KITHI_SORT_NULL) {
        return;
    }
    if (f->aggregate == KITHI_AGGREGATE_MIN || f->aggregate == KITHI_AGGREGATE_MAX) {
        int sign = f->aggregate == KITHI_AGGREGATE_MAX ? 1 : -1;
        kithi_operand number = kithi_operand_number(0);
        kithi_operands_meet(NULL, &value, &number); /* an amount counts by its number */
        if (!first && sign * kithi_operand_order(&value, best) <= 0) {
            return;
        }
    } else if (!first && f->aggregate == KITHI_AGGREGATE_FIRST) {
        return;
    }
    *best = value;
    kithi_chunk_add(&f->out->own, &place, 1);
}

typedef void fold_one(folding *f, const kithi_scanned *in, uint32_t event, uint16_t place);

static fold_one *fold_of(kithi_aggregate aggregate) {
    switch (aggregate) {
    case KITHI_AGGREGATE_COUNT:
        return add_count;
    case KITHI_AGGREGATE_SUM:
    case KITHI_AGGREGATE_AVG:
        return add_number;
    case KITHI_AGGREGATE_DAYS:
        return add_day;
    case KITHI_AGGREGATE_MIN:
    case KITHI_AGGREGATE_MAX:
    case KITHI_AGGREGATE_FIRST:
    case KITHI_AGGREGATE_LAST:
        return keep_value;
    default:
        return NULL; /* asked one by one */
    }
}

static int fold_events(void *context, const kithi_scanned *in) {
    folding *f = context;
    fold_one *one = fold_of(f->aggregate);
    for (uint32_t i = 0; i < KITHI_CHUNK_WORDS; i++) {
        for (uint64_t word = in->events->words[i]; word != 0; word &= word - 1) {
            uint32_t event = i * 64 + (uint32_t)__builtin_ctzll(word);
            one(f, in, event, kithi_event_block_whose(in->block, event));
        }
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

static int begin_fold(kithi_scan *s) {
    if (s->fold == NULL) {
        s->fold = malloc(sizeof *s->fold);
    }
    if (s->fold == NULL) {
        return kithi_error_memory(kithi_txn_error(s->txn));
    }
    memset(s->fold->counts, 0, sizeof s->fold->counts);
    memset(s->fold->sums, 0, sizeof s->fold->sums);
    return KITH_OK;
}

int kithi_scan_fold(kithi_scan *s, const kithi_node *node, kithi_lane *out, kithi_chunk *unsure) {
    folding f = {s, (kithi_aggregate)node->word, out};
    bool counts = f.aggregate <= KITHI_AGGREGATE_SUM;
    out->rest = counts ? kithi_operand_number(0) : kithi_operand_null();
    kithi_chunk_clear(&out->own);
    if (fold_of(f.aggregate) == NULL) {
        *unsure = s->all;
        return KITH_OK;
    }
    int rc = begin_fold(s);
    rc = rc == KITH_OK ? kithi_scan_stream(s, &node->streams[0], fold_events, &f, unsure) : rc;
    if (rc == KITH_OK && fold_of(f.aggregate) != keep_value) {
        finish(&f);
    }
    return rc;
}
