#include "src/learn/crowd.h"

#include <stdlib.h>
#include <string.h>

typedef struct gathering {
    const kithi_order_events *events;
    int64_t today;
    kithi_crowd *chunks; /* what each of them has */
} gathering;

/* All of them in one. */
typedef struct joining {
    kithi_crowd *chunks;
    size_t *begins; /* of each chunk's customers */
    kithi_crowd *all;
} joining;

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

static void add(const gathering *g, const kithi_spending *s, uint32_t number, kithi_crowd *out) {
    if (kithi_spending_orders(s) == 0) {
        out->without_orders++;
        return;
    }
    size_t i = out->count++;
    out->numbers[i] = number;
    out->days[i] = g->today - kithi_spending_last_day(s);
    out->orders[i] = kithi_spending_orders(s);
    out->micros[i] = s->micros;
    out->without_amounts += !kithi_spending_is_valued(s);
}

static int gather_chunk(void *context, kithi_scan *scan, size_t chunk) {
    const gathering *g = context;
    kithi_crowd *out = &g->chunks[chunk];
    const kithi_spending *spending = NULL;
    kithi_chunk who;
    int rc = kithi_scan_choose(scan, (uint32_t)chunk, &who);
    rc = rc == KITH_OK ? kithi_scan_spending(scan, g->events, &who, &spending) : rc;
    if (rc == KITH_OK && !make(out, kithi_chunk_count(&who))) {
        rc = kithi_error_memory(kithi_txn_error(scan->txn));
    }
    for (uint32_t i = kithi_chunk_next(&who, 0); rc == KITH_OK && i < KITHI_CHUNK_BITS;
         i = kithi_chunk_next(&who, i + 1)) {
        add(g, &spending[i], (uint32_t)chunk * KITHI_CHUNK_BITS + i, out);
    }
    return rc;
}

/* Puts what a chunk has where it belongs, and lets go of it. */
static int place_chunk(void *context, size_t chunk) {
    const joining *j = context;
    kithi_crowd *from = &j->chunks[chunk], *to = j->all;
    size_t at = j->begins[chunk], count = from->count;
    memcpy(to->numbers + at, from->numbers, count * sizeof *to->numbers);
    memcpy(to->days + at, from->days, count * sizeof *to->days);
    memcpy(to->orders + at, from->orders, count * sizeof *to->orders);
    memcpy(to->micros + at, from->micros, count * sizeof *to->micros);
    kithi_crowd_clear(from);
    return KITH_OK;
}

static int join(kithi_crowd *chunks, size_t chunk_count, unsigned threads, kithi_crowd *out) {
    joining j = {chunks, calloc(chunk_count + 1, sizeof *j.begins), out};
    for (size_t i = 0; j.begins != NULL && i < chunk_count; i++) {
        j.begins[i] = out->count;
        out->count += chunks[i].count;
        out->without_orders += chunks[i].without_orders;
        out->without_amounts += chunks[i].without_amounts;
    }
    bool made = j.begins != NULL && make(out, out->count);
    int rc = made ? kithi_workers_run(threads, chunk_count, place_chunk, &j) : KITH_NO_MEMORY;
    free(j.begins);
    return rc;
}

int kithi_crowd_gather(kithi_crew *crew, const kithi_order_events *events, int64_t today,
                       kithi_crowd *out) {
    size_t count = crew->scans[0].chunk_count;
    gathering g = {events, today, calloc(count + 1, sizeof *g.chunks)};
    *out = (kithi_crowd){.count = 0};
    int rc = g.chunks != NULL ? kithi_crew_run(crew, count, gather_chunk, &g) : KITH_NO_MEMORY;
    rc = rc == KITH_OK ? join(g.chunks, count, (unsigned)crew->count, out) : rc;
    for (size_t i = 0; g.chunks != NULL && i < count; i++) {
        kithi_crowd_clear(&g.chunks[i]);
    }
    free(g.chunks);
    return rc == KITH_NO_MEMORY ? kithi_error_memory(kithi_txn_error(crew->scans[0].txn)) : rc;
}
