#include "src/learn/crowd.h"

#include <stdlib.h>
#include <string.h>

/* Of each chunk, whose customers are put where they would be if all numbers were customers'. */
typedef struct gathered {
    size_t count;
    uint64_t without_orders, without_amounts;
} gathered;

typedef struct gathering {
    const kithi_summary_of *events;
    int64_t today;
    gathered *chunks;
    kithi_crowd *all;
} gathering;

/* Room that nobody writes to costs nothing. */
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

static void add(const gathering *g, size_t chunk, uint32_t place, const kithi_spending *s) {
    gathered *mine = &g->chunks[chunk];
    if (kithi_spending_orders(s) == 0) {
        mine->without_orders++;
        return;
    }
    size_t at = chunk * KITHI_CHUNK_BITS + mine->count++;
    g->all->numbers[at] = (uint32_t)(chunk * KITHI_CHUNK_BITS + place);
    g->all->days[at] = g->today - kithi_spending_last_day(s);
    g->all->orders[at] = kithi_spending_orders(s);
    g->all->micros[at] = s->micros;
    mine->without_amounts += !kithi_spending_is_valued(s);
}

static int gather_chunk(void *context, kithi_scan *scan, size_t chunk) {
    const gathering *g = context;
    const kithi_spending *spending = NULL;
    kithi_chunk who;
    int rc = kithi_scan_choose(scan, (uint32_t)chunk, &who);
    rc = rc == KITH_OK ? kithi_scan_spending(scan, g->events, &who, &spending) : rc;
    for (uint32_t i = kithi_chunk_next(&who, 0); rc == KITH_OK && i < KITHI_CHUNK_BITS;
         i = kithi_chunk_next(&who, i + 1)) {
        add(g, chunk, i, &spending[i]);
    }
    return rc;
}

/* Moves what a chunk has behind what those before it have. */
static void close_gap(const gathering *g, size_t chunk) {
    kithi_crowd *all = g->all;
    size_t from = chunk * KITHI_CHUNK_BITS, to = all->count, count = g->chunks[chunk].count;
    if (from != to) {
        memmove(all->numbers + to, all->numbers + from, count * sizeof *all->numbers);
        memmove(all->days + to, all->days + from, count * sizeof *all->days);
        memmove(all->orders + to, all->orders + from, count * sizeof *all->orders);
        memmove(all->micros + to, all->micros + from, count * sizeof *all->micros);
    }
    all->count += count;
    all->without_orders += g->chunks[chunk].without_orders;
    all->without_amounts += g->chunks[chunk].without_amounts;
}

int kithi_crowd_gather(kithi_crew *crew, const kithi_summary_of *events, int64_t today,
                       kithi_crowd *out) {
    size_t chunk_count = crew->scans[0].chunk_count;
    gathering g = {events, today, calloc(chunk_count + 1, sizeof *g.chunks), out};
    *out = (kithi_crowd){.count = 0};
    bool made = g.chunks != NULL && make(out, chunk_count * KITHI_CHUNK_BITS);
    int rc = made ? kithi_crew_run(crew, chunk_count, gather_chunk, &g)
                  : kithi_error_memory(kithi_txn_error(crew->scans[0].txn));
    for (size_t chunk = 0; rc == KITH_OK && chunk < chunk_count; chunk++) {
        close_gap(&g, chunk);
    }
    free(g.chunks);
    return rc;
}
