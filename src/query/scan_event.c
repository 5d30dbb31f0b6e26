#include "src/query/scan_event.h"

#include "src/query/scan_column.h"
#include "src/query/scan_value.h"

/* Events of a block from one on, a multiple of 64, up to another one. */
typedef struct part {
    kithi_event_place at;
    uint32_t from, to;
    kithi_column times;
} part;

/* A property that no event of the block has is a column without values. */
static int property_of(kithi_scan *s, const part *p, int property, kithi_column *out) {
    *out = (kithi_column){.sort = KITHI_COLUMN_NOTHING};
    int rc = property >= 0
                 ? kithi_event_block_property(s->txn, &s->arena, &p->at, (uint16_t)property, out)
                 : KITH_NOT_FOUND;
    if (rc == KITH_OK) {
        *out = kithi_column_slice(out, p->from, p->to);
    }
    return rc == KITH_NOT_FOUND ? KITH_OK : rc;
}

/* WHERE: what a condition is asked of are events. */
static int ask_events(kithi_scan *s, const kithi_ground *ground, const kithi_node *node,
                      kithi_known *out) {
    const part *p = ground->context;
    const kithi_node *value = kithi_scan_compared(node);
    kithi_column column;
    if (value != NULL && value->op == KITHI_OP_AT && value->step == KITHI_STEP_THIS) {
        return kithi_scan_column(s, node, &p->times, ground->all, out);
    }
    if (value == NULL || value->op != KITHI_OP_PROPERTY || value->step != KITHI_STEP_THIS) {
        kithi_know_nothing(out);
        return KITH_OK;
    }
    int rc = property_of(s, p, value->id, &column);
    return rc == KITH_OK ? kithi_scan_column(s, node, &column, ground->all, out) : rc;
}

/* How many of the times are before one. */
static uint32_t count_before(const kithi_column *times, int64_t time_us) {
    uint32_t low = 0, high = times->count;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (kithi_column_number(times, middle) < time_us) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

static void add_owners(const kithi_scanned *in, const kithi_chunk *events, kithi_chunk *out) {
    for (uint32_t i = kithi_chunk_next(events, 0); i < in->count;
         i = kithi_chunk_next(events, i + 1)) {
        kithi_chunk_put(out, kithi_scanned_whose(in, i));
    }
}

/* An odd value may be several, or one that is none of the column's sort. */
static void add_odd_owners(const kithi_scanned *in, kithi_chunk *out) {
    for (uint32_t i = kithi_chunk_next(in->events, 0); i < in->count;
         i = kithi_chunk_next(in->events, i + 1)) {
        if (kithi_column_is_odd(in->values, i)) {
            kithi_chunk_put(out, kithi_scanned_whose(in, i));
        }
    }
}

typedef struct streaming {
    kithi_scan *scan;
    const kithi_stream *stream;
    kithi_times times;
    kithi_scan_take_fn *take;
    void *context;
    kithi_chunk *unsure;
} streaming;

/* Which of the events in the window WHERE surely lets through; who has others is unsure. */
static int filter(streaming *g, const part *p, kithi_chunk *window, kithi_scanned *found) {
    kithi_known *known = g->scan->known_events;
    kithi_ground ground = {window, known, ask_events, p};
    int rc = kithi_scan_know(g->scan, &ground, g->stream->where);
    if (rc == KITH_OK) {
        kithi_chunk_andnot(window, &known->yes);
        kithi_chunk_andnot(window, &known->no);
        add_owners(found, window, g->unsure);
        found->events = &known->yes;
    }
    return rc;
}

/* Takes out those that are struck out of the block. */
static int leave_struck(const streaming *g, const part *p, kithi_chunk *window) {
    kithi_chunk struck;
    int rc = kithi_event_block_struck(g->scan->txn, &p->at, &struck);
    for (uint32_t i = p->from / 64, j = 0; rc == KITH_OK && i * 64 < p->to; i++, j++) {
        window->words[j] &= ~struck.words[i];
    }
    return rc;
}

/* The events from `first` on and below `end`. */
static int take_part(streaming *g, const kithi_event_place *at, const kithi_event_block *block,
                     uint32_t first, uint32_t end) {
    kithi_chunk window;
    kithi_column values;
    part p = {*at, first / 64 * 64, end, {.count = 0}};
    p.times = kithi_column_slice(&block->times, p.from, p.to);
    kithi_scanned found = {.times = p.times,
                           .places = kithi_column_slice(&block->places, p.from, p.to),
                           .events = &window,
                           .count = p.to - p.from};
    kithi_chunk_clear(&window);
    kithi_chunk_add_range(&window, first - p.from, found.count);
    int rc = leave_struck(g, &p, &window);
    if (rc == KITH_OK && g->stream->where != NULL) {
        rc = filter(g, &p, &window, &found);
    }
    if (rc == KITH_OK && g->stream->property != NULL && !g->stream->time) {
        rc = property_of(g->scan, &p, g->stream->property_id, &values);
        found.values = &values;
        if (rc == KITH_OK && values.odd != NULL) {
            add_odd_owners(&found, g->unsure);
        }
    }
    return rc == KITH_OK ? g->take(g->context, &found) : rc;
}

static int take_blocks(streaming *g) {
    kithi_scan *s = g->scan;
    kithi_event_place at = {(uint16_t)g->stream->event_id, s->chunk, 0};
    kithi_event_block block;
    int rc;
    while ((rc = kithi_event_block_get(s->txn, &s->arena, &at, &block)) == KITH_OK) {
        uint32_t first = count_before(&block.times, g->times.from_us);
        uint32_t end = count_before(&block.times, g->times.to_us);
        rc = first < end ? take_part(g, &at, &block, first, end) : KITH_OK;
        if (rc != KITH_OK) {
            return rc;
        }
        at.block++;
    }
    return rc == KITH_NOT_FOUND ? KITH_OK : rc;
}

int kithi_scan_times(kithi_scan *s, const kithi_stream *stream, kithi_times times,
                     kithi_scan_take_fn *take, void *context, kithi_chunk *unsure) {
    streaming g = {s, stream, times, take, context, unsure};
    return stream->event_id >= 0 ? take_blocks(&g) : KITH_OK;
}

int kithi_scan_stream(kithi_scan *s, const kithi_stream *stream, kithi_times times,
                      kithi_scan_take_fn *take, void *context, kithi_chunk *unsure) {
    kithi_times window;
    if (stream->refers != 0 || stream->inside != NULL ||
        !kithi_scan_is_constant_window(&stream->window)) {
        *unsure = s->all;
        return KITH_OK;
    }
    if (stream->event_id < 0) {
        return KITH_OK;
    }
    int rc = kithi_execute_window(&s->executor, s->where, &stream->window, s->now_us,
                                  &window.from_us, &window.to_us);
    window.from_us = window.from_us > times.from_us ? window.from_us : times.from_us;
    window.to_us = window.to_us < times.to_us ? window.to_us : times.to_us;
    return rc == KITH_OK ? kithi_scan_times(s, stream, window, take, context, unsure) : rc;
}
