/*
 * did(a THEN b THEN NOT c) of all profiles of a chunk. No WHERE looks back here: so of the ways to
 * get to a step only when their last events happened makes a difference, and of those before an
 * event the latest one serves best.
 */
#include <stdlib.h>
#include <string.h>

#include "src/base/grow.h"
#include "src/base/integer.h"
#include "src/query/scan_event.h"
#include "src/query/scan_value.h"

/* When the events of a step happened, by place, ascending. */
typedef struct step_times {
    int64_t *times;
    size_t ends[KITHI_CHUNK_BITS];
    int64_t first_us, last_us; /* of all of them; the other way round where there are none */
} step_times;

typedef struct met_event {
    int64_t time_us;
    uint16_t place;
} met_event;

typedef struct meeting {
    const kithi_chunk *wanted; /* who got to the step before; NULL: all */
    met_event *items;
    size_t count, capacity;
} meeting;

static int meet_events(void *context, const kithi_scanned *in) {
    meeting *m = context;
    for (uint32_t i = kithi_chunk_next(in->events, 0); i < in->count;
         i = kithi_chunk_next(in->events, i + 1)) {
        uint16_t place = kithi_scanned_whose(in, i);
        if (m->wanted != NULL && !kithi_chunk_has(m->wanted, place)) {
            continue;
        }
        if (!KITHI_GROW(m->items, m->capacity, m->count + 1)) {
            return KITH_NO_MEMORY;
        }
        m->items[m->count++] = (met_event){kithi_column_number(&in->times, i), place};
    }
    return KITH_OK;
}

/* Lists them by place; those of a place keep their order. False: memory is out. */
static bool list_times(const meeting *m, step_times *out) {
    out->times = malloc((m->count + 1) * sizeof *out->times);
    if (out->times == NULL) {
        return false;
    }
    memset(out->ends, 0, sizeof out->ends);
    out->first_us = INT64_MAX;
    out->last_us = INT64_MIN;
    for (size_t i = 0; i < m->count; i++) {
        int64_t time_us = m->items[i].time_us;
        out->first_us = time_us < out->first_us ? time_us : out->first_us;
        out->last_us = time_us > out->last_us ? time_us : out->last_us;
        out->ends[m->items[i].place]++;
    }
    size_t begin = 0;
    for (size_t place = 0; place < KITHI_CHUNK_BITS; place++) {
        size_t count = out->ends[place];
        out->ends[place] = begin;
        begin += count;
    }
    for (size_t i = 0; i < m->count; i++) {
        out->times[out->ends[m->items[i].place]++] = m->items[i].time_us;
    }
    return true;
}

/* The times of one profile in a step. */
typedef struct span {
    int64_t *times;
    size_t count;
} span;

static span span_at(const step_times *step, uint32_t place) {
    size_t begin = place > 0 ? step->ends[place - 1] : 0;
    return (span){step->times + begin, step->ends[place] - begin};
}

static bool is_in_time(int64_t before_us, int64_t at_us, int64_t within_us) {
    return before_us < at_us &&
           (within_us == 0 || at_us <= kithi_add_saturated(before_us, within_us));
}

/* Keeps those events that follow one of the step before, in place. */
static span follow(span before, span events, int64_t within_us) {
    size_t kept = 0, next = 0;
    for (size_t i = 0; i < events.count; i++) {
        while (next < before.count && before.times[next] < events.times[i]) {
            next++;
        }
        if (next > 0 && is_in_time(before.times[next - 1], events.times[i], within_us)) {
            events.times[kept++] = events.times[i];
        }
    }
    return (span){events.times, kept};
}

/* THEN NOT: whether one of the step before is followed by none, and the time for it is over. */
static bool stays_alone(span before, span events, int64_t within_us, int64_t now_us) {
    size_t next = 0;
    for (size_t i = 0; i < before.count; i++) {
        while (next < events.count && events.times[next] <= before.times[i]) {
            next++;
        }
        bool followed =
            next < events.count && is_in_time(before.times[i], events.times[next], within_us);
        if (!followed &&
            (within_us == 0 || now_us >= kithi_add_saturated(before.times[i], within_us))) {
            return true;
        }
    }
    return false;
}

/* Who of `who` gets to this step as well; their times in it are kept in place of all. */
static void take_step(const kithi_scan *s, const kithi_stream *stream, const step_times *before,
                      step_times *step, size_t *lengths, kithi_chunk *who) {
    for (uint32_t i = kithi_chunk_next(who, 0); i < KITHI_CHUNK_BITS;
         i = kithi_chunk_next(who, i + 1)) {
        span ways = {span_at(before, i).times, lengths[i]};
        span events = span_at(step, i);
        bool holds;
        if (stream->negated) {
            holds = stays_alone(ways, events, stream->within_us, s->now_us);
        } else {
            lengths[i] = follow(ways, events, stream->within_us).count;
            holds = lengths[i] > 0;
        }
        if (!holds) {
            who->words[i / 64] &= ~(UINT64_C(1) << i % 64);
        }
    }
}

static int find_times(kithi_scan *s, const kithi_stream *stream, kithi_times times,
                      const kithi_chunk *wanted, step_times *out, kithi_chunk *unsure) {
    meeting m = {.wanted = wanted};
    free(out->times);
    out->times = NULL;
    int rc = kithi_scan_stream(s, stream, times, meet_events, &m, unsure);
    if (rc == KITH_NO_MEMORY || (rc == KITH_OK && !list_times(&m, out))) {
        rc = kithi_error_memory(kithi_txn_error(s->txn));
    }
    free(m.items);
    return rc;
}

static void begin_ways(const step_times *first, size_t *lengths, kithi_chunk *who) {
    kithi_chunk_clear(who);
    for (uint32_t i = 0; i < KITHI_CHUNK_BITS; i++) {
        lengths[i] = span_at(first, i).count;
        who->words[i / 64] |= (uint64_t)(lengths[i] > 0) << i % 64;
    }
}

/* When an event may have happened that follows one of the step before. */
static kithi_times times_after(const step_times *before, const kithi_stream *stream) {
    int64_t end_us = stream->within_us != 0 && before->last_us != INT64_MIN
                         ? kithi_add_saturated(before->last_us, stream->within_us)
                         : INT64_MAX;
    return (kithi_times){before->first_us, kithi_add_saturated(end_us, 1)};
}

static int follow_steps(kithi_scan *s, const kithi_node *node, step_times steps[2], size_t *lengths,
                        kithi_chunk *who, kithi_chunk *unsure) {
    int rc = find_times(s, &node->streams[0], KITHI_ALL_TIMES, NULL, &steps[0], unsure);
    if (rc == KITH_OK) {
        begin_ways(&steps[0], lengths, who);
    }
    for (size_t i = 1; rc == KITH_OK && i < node->stream_count; i++) {
        const kithi_stream *stream = &node->streams[i];
        const step_times *before = &steps[(i + 1) % 2];
        step_times *step = &steps[i % 2];
        rc = find_times(s, stream, times_after(before, stream), who, step, unsure);
        if (rc == KITH_OK) {
            take_step(s, stream, before, step, lengths, who);
        }
    }
    return rc;
}

int kithi_scan_sequence(kithi_scan *s, const kithi_node *node, kithi_chunk *out,
                        kithi_chunk *unsure) {
    step_times *steps = calloc(2, sizeof *steps);
    size_t *lengths = malloc(KITHI_CHUNK_BITS * sizeof *lengths);
    int rc = steps != NULL && lengths != NULL ? follow_steps(s, node, steps, lengths, out, unsure)
                                              : kithi_error_memory(kithi_txn_error(s->txn));
    for (size_t i = 0; steps != NULL && i < 2; i++) {
        free(steps[i].times);
    }
    free(steps);
    free(lengths);
    return rc;
}
