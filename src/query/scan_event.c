#include "src/query/scan_event.h"

#include "src/query/scan_column.h"
#include "src/query/scan_value.h"

/* WHERE: what a condition is asked of are the events of a block. */
typedef struct asked_block {
    const kithi_event_place *at;
    const kithi_event_block *block;
} asked_block;

/* A property that no event of the block has is a column without values. */
static int property_of(kithi_scan *s, const kithi_event_place *at, int property,
                       kithi_column *out) {
    *out = (kithi_column){.sort = KITHI_COLUMN_NOTHING};
    if (property < 0) {
        return KITH_OK;
    }
    int rc = kithi_event_block_property(s->txn, &s->arena, at, (uint16_t)property, out);
    return rc == KITH_NOT_FOUND ? KITH_OK : rc;
}

static int ask_events(kithi_scan *s, const kithi_ground *ground, const kithi_node *node,
                      kithi_known *out) {
    const asked_block *asked = ground->context;
    const kithi_node *value = kithi_scan_compared(node);
    bool told = value != NULL && value->step == KITHI_STEP_THIS &&
                (value->op == KITHI_OP_PROPERTY || value->op == KITHI_OP_AT);
    kithi_column column;
    kithi_know_nothing(out);
    if (!told) {
        return KITH_OK;
    }
    if (value->op == KITHI_OP_AT) {
        return kithi_scan_column(s, node, &asked->block->times, ground->all, out);
    }
    int rc = property_of(s, asked->at, value->id, &column);
    return rc == KITH_OK ? kithi_scan_column(s, node, &column, ground->all, out) : rc;
}

/* How many events of the block are before a time. */
static uint32_t count_before(const kithi_event_block *block, int64_t time_us) {
    uint32_t low = 0, high = block->count;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (kithi_column_number(&block->times, middle) < time_us) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

static void add_owners(const kithi_event_block *block, const kithi_chunk *events,
                       kithi_chunk *out) {
    for (uint32_t i = kithi_chunk_next(events, 0); i < KITHI_CHUNK_BITS;
         i = kithi_chunk_next(events, i + 1)) {
        uint16_t place = kithi_event_block_whose(block, i);
        kithi_chunk_add(out, &place, 1);
    }
}

/* Those whose value is odd may have several, or one that is none of the column's sort. */
static void add_odd_owners(const kithi_scanned *in, kithi_chunk *out) {
    kithi_chunk odd = *in->events;
    for (uint32_t i = 0; i < KITHI_CHUNK_WORDS; i++) {
        odd.words[i] &= i < (in->values->count + 63) / 64 ? in->values->odd[i] : 0;
    }
    add_owners(in->block, &odd, out);
}

typedef struct streaming {
    kithi_scan *scan;
    const kithi_stream *stream;
    int64_t from_us, to_us;
    kithi_scan_take_fn *take;
    void *context;
    kithi_chunk *unsure;
} streaming;

/* The events of the block from `first` on and below `end`. */
static int take_range(streaming *g, const kithi_event_place *at, const kithi_event_block *block,
                      uint32_t first, uint32_t end) {
    kithi_scan *s = g->scan;
    kithi_chunk in_window;
    kithi_column values = {.sort = KITHI_COLUMN_NOTHING};
    kithi_scanned found = {.block = block, .events = &in_window};
    int rc = KITH_OK;
    kithi_chunk_clear(&in_window);
    kithi_chunk_add_range(&in_window, first, end);
    if (g->stream->where != NULL) {
        asked_block asked = {at, block};
        kithi_ground ground = {&in_window, s->known_events, ask_events, &asked};
        rc = kithi_scan_know(s, &ground, g->stream->where);
        if (rc != KITH_OK) {
            return rc;
        }
        found.events = &s->known_events[0].yes;
        kithi_chunk_andnot(&in_window, &s->known_events[0].yes);
        kithi_chunk_andnot(&in_window, &s->known_events[0].no);
        add_owners(block, &in_window, g->unsure);
    }
    if (g->stream->property != NULL && !g->stream->time) {
        rc = property_of(s, at, g->stream->property_id, &values);
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
        uint32_t first = count_before(&block, g->from_us), end = count_before(&block, g->to_us);
        rc = first < end ? take_range(g, &at, &block, first, end) : KITH_OK;
        if (rc != KITH_OK) {
            return rc;
        }
        at.block++;
    }
    return rc == KITH_NOT_FOUND ? KITH_OK : rc;
}

int kithi_scan_stream(kithi_scan *s, const kithi_stream *stream, kithi_scan_take_fn *take,
                      void *context, kithi_chunk *unsure) {
    streaming g = {.scan = s, .stream = stream, .take = take, .context = context, .unsure = unsure};
    if (stream->refers != 0 || stream->inside != NULL ||
        !kithi_scan_is_constant_window(&stream->window)) {
        *unsure = s->all;
        return KITH_OK;
    }
    if (stream->event_id < 0) {
        return KITH_OK;
    }
    int rc = kithi_execute_window(&s->executor, s->where, &stream->window, s->now_us, &g.from_us,
                                  &g.to_us);
    return rc == KITH_OK ? take_blocks(&g) : rc;
}
