#include "src/learn/crowd.h"

#include <stdlib.h>
#include <string.h>

typedef struct gathering {
    const kithi_order_events *events;
    int64_t today;
    kithi_crowd *chunks; /* what each of them has */
} gathering;

static bool make(kithi_crowd *crowd, size_t count) {
    crowd->numbers = malloc((count + 1) * sizeof *crowd->numbers);
    crowd->days = malloc((count + 1) * sizeof *crowd->days);
    crowd->orders = malloc((count + 1) * sizeof *crowd->orders);
    crowd->micros = malloc((count + 1) * sizeof *crowd->micros);
    return crowd->numbers != NULL && crowd->days != NULL && crowd->orders != NULL &&
           crowd->micros != NULL;
}

void kithi_crowd_clear(kithi_crowd *crowd) {
    free(crowd->numbers);
    free(crowd->days);
    free(crowd->orders);
    free(crowd->micros);
    *crowd = (kithi_crowd){.count = 0};
}

static void add(const gathering *g, const kithi_summary *s, uint32_t number, kithi_crowd *out) {
    if (s->orders == 0) {
        out->without_orders++;
        return;
    }
    size_t i = out->count++;
    out->numbers[i] = number;
    out->days[i] = g->today - s->last_day;
    out->orders[i] = s->orders;
    out->micros[i] = kithi_summary_net_micros(s);
    out->without_amounts += s->paid_orders == 0 && s->refund_count == 0;
}

static int gather_chunk(void *context, kithi_scan *scan, size_t chunk) {
    const gathering *g = context;
    kithi_crowd *out = &g->chunks[chunk];
    const kithi_summary *summaries = NULL;
    kithi_chunk who;
    int rc = kithi_scan_choose(scan, (uint32_t)chunk, &who);
    rc = rc == KITH_OK ? kithi_scan_orders(scan, g->events, &who, &summaries) : rc;
    if (rc == KITH_OK && !make(out, kithi_chunk_count(&who))) {
        rc = kithi_error_memory(kithi_txn_error(scan->txn));
    }
    for (uint32_t i = kithi_chunk_next(&who, 0); rc == KITH_OK && i < KITHI_CHUNK_BITS;
         i = kithi_chunk_next(&who, i + 1)) {
        add(g, &summaries[i], (uint32_t)chunk * KITHI_CHUNK_BITS + i, out);
    }
    return rc;
}

static void append(kithi_crowd *crowd, const kithi_crowd *more) {
    size_t at = crowd->count;
    if (more->count > 0) {
        memcpy(crowd->numbers + at, more->numbers, more->count * sizeof *more->numbers);
        memcpy(crowd->days + at, more->days, more->count * sizeof *more->days);
        memcpy(crowd->orders + at, more->orders, more->count * sizeof *more->orders);
        memcpy(crowd->micros + at, more->micros, more->count * sizeof *more->micros);
    }
    crowd->count += more->count;
    crowd->without_orders += more->without_orders;
    crowd->without_amounts += more->without_amounts;
}

static bool join(const kithi_crowd *chunks, size_t chunk_count, kithi_crowd *out) {
    size_t count = 0;
    for (size_t i = 0; i < chunk_count; i++) {
        count += chunks[i].count;
    }
    bool made = make(out, count);
    for (size_t i = 0; made && i < chunk_count; i++) {
        append(out, &chunks[i]);
    }
    return made;
}

int kithi_crowd_gather(kithi_crew *crew, const kithi_order_events *events, int64_t today,
                       kithi_crowd *out) {
    size_t count = crew->scans[0].chunk_count;
    gathering g = {events, today, calloc(count + 1, sizeof *g.chunks)};
    *out = (kithi_crowd){.count = 0};
    int rc = g.chunks != NULL ? kithi_crew_run(crew, count, gather_chunk, &g) : KITH_NO_MEMORY;
    if (rc == KITH_OK && !join(g.chunks, count, out)) {
        rc = KITH_NO_MEMORY;
    }
    for (size_t i = 0; g.chunks != NULL && i < count; i++) {
        kithi_crowd_clear(&g.chunks[i]);
    }
    free(g.chunks);
    return rc == KITH_NO_MEMORY ? kithi_error_memory(kithi_txn_error(crew->scans[0].txn)) : rc;
}
