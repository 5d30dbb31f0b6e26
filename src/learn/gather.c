#include "src/learn/gather.h"

#include <stdlib.h>
#include <string.h>

#include "src/base/buffer.h"

#define ASKED_MASK 0xff /* of how many one asks whether to go on */

/* What was gathered of a chunk of profiles. */
typedef struct part {
    kithi_buffer items, profiles, texts;
    uint64_t asked_count;
} part;

typedef struct gathering {
    const kithi_gather_plan *plan;
    kithi_crew crew;
    part *parts; /* by their chunks */
    size_t count;
} gathering;

static int no_memory(kith_txn *txn) {
    return kithi_error_memory(kithi_txn_error(txn));
}

static int ask_customer(const kithi_gather_plan *plan, kithi_scan *scan, uint32_t profile,
                        void *item, kithi_buffer *texts, bool *out_take) {
    int rc = kithi_scan_take(scan, profile);
    return rc == KITH_OK
               ? plan->ask(plan->asker, &scan->executor, scan->now_us, item, texts, out_take)
               : rc;
}

/* `orders`: what they come to; NULL: the customer is asked. */
static int take_one(const gathering *g, kithi_scan *scan, uint32_t profile,
                    const kithi_summary *orders, part *out) {
    const kithi_gather_plan *plan = g->plan;
    bool take = true;
    size_t before = out->items.size;
    uint8_t *item = kithi_buffer_grow(&out->items, plan->item_bytes);
    int rc = KITH_OK;
    if (item == NULL) {
        return no_memory(scan->txn);
    }
    memset(item, 0, plan->item_bytes);
    out->asked_count++;
    if (orders != NULL) {
        take = plan->sum_up(plan->asker, orders, item);
    } else {
        rc = ask_customer(plan, scan, profile, item, &out->texts, &take);
    }
    if (rc == KITH_OK && take) {
        kithi_buffer_append(&out->profiles, &profile, sizeof profile);
    } else {
        out->items.size = before;
    }
    bool ok = kithi_buffer_ok(&out->profiles) && kithi_buffer_ok(&out->texts);
    return rc != KITH_OK || ok ? rc : no_memory(scan->txn);
}

static int take_chunk(gathering *g, kithi_scan *scan, uint32_t chunk, kithi_chunk *meant) {
    const kithi_summary *orders = NULL;
    uint32_t asked = 0;
    int rc = kithi_scan_choose(scan, chunk, meant);
    if (rc == KITH_OK && g->plan->orders != NULL) {
        rc = kithi_scan_orders(scan, g->plan->orders, meant, &orders);
    }
    for (uint32_t bit = rc == KITH_OK ? kithi_chunk_next(meant, 0) : KITHI_CHUNK_BITS;
         rc == KITH_OK && bit < KITHI_CHUNK_BITS; bit = kithi_chunk_next(meant, bit + 1)) {
        rc = (++asked & ASKED_MASK) == 0 ? kithi_txn_pause(scan->txn) : rc;
        rc = rc == KITH_OK ? take_one(g, scan, chunk * KITHI_CHUNK_BITS + bit,
                                      orders != NULL ? &orders[bit] : NULL, &g->parts[chunk])
                           : rc;
    }
    return rc;
}

static int gather_chunk(void *context, kithi_scan *scan, size_t index) {
    kithi_chunk *meant = malloc(sizeof *meant);
    int rc =
        meant != NULL ? take_chunk(context, scan, (uint32_t)index, meant) : no_memory(scan->txn);
    free(meant);
    return rc;
}

static bool make_room(const gathering *g, kithi_gathered *out) {
    size_t bytes = 0, count = 0, text_bytes = 0;
    for (size_t i = 0; i < g->count; i++) {
        bytes += g->parts[i].items.size;
        text_bytes += g->parts[i].texts.size;
        count += g->parts[i].profiles.size / sizeof *out->profiles;
        out->asked_count += g->parts[i].asked_count;
    }
    out->items = malloc(bytes + 1);
    out->texts = malloc(text_bytes + 1);
    out->profiles = malloc(count * sizeof *out->profiles + 1);
    out->text_bases = malloc(count * sizeof *out->text_bases + 1);
    return out->items != NULL && out->texts != NULL && out->profiles != NULL &&
           out->text_bases != NULL;
}

static void append(void *to, const kithi_buffer *from) {
    if (from->size > 0) {
        memcpy(to, from->data, from->size);
    }
}

static bool join(const gathering *g, kithi_gathered *out) {
    size_t items = 0, texts = 0;
    if (!make_room(g, out)) {
        return false;
    }
    for (size_t i = 0; i < g->count; i++) {
        const part *p = &g->parts[i];
        append((char *)out->items + items, &p->items);
        append(out->texts + texts, &p->texts);
        append(out->profiles + out->count, &p->profiles);
        for (size_t j = 0; j < p->profiles.size / sizeof *out->profiles; j++) {
            out->text_bases[out->count++] = texts;
        }
        items += p->items.size;
        texts += p->texts.size;
    }
    return true;
}

static int gather_all(gathering *g, kith_txn *txn, kithi_gathered *out) {
    g->count = g->crew.scans[0].chunk_count;
    g->parts = calloc(g->count + 1, sizeof *g->parts);
    if (g->parts == NULL) {
        return no_memory(txn);
    }
    int rc = kithi_crew_run(&g->crew, g->count, gather_chunk, g);
    if (rc == KITH_OK && !join(g, out)) {
        rc = no_memory(txn);
    }
    for (size_t i = 0; i < g->count; i++) {
        kithi_buffer_clear(&g->parts[i].items);
        kithi_buffer_clear(&g->parts[i].profiles);
        kithi_buffer_clear(&g->parts[i].texts);
    }
    free(g->parts);
    return rc;
}

static int tell_reading(void *context, const kith_progress *at) {
    const kithi_gather_plan *plan = context;
    kith_progress state = *at;
    state.phase = "read";
    return plan->progress(plan->context, &state);
}

int kithi_gather(kith_txn *txn, const kithi_gather_plan *plan, kithi_gathered *out) {
    gathering g = {.plan = plan};
    kithi_crew_plan crew = {.conditions = &plan->where,
                            .condition_count = 1,
                            .now_us = plan->now_us,
                            .threads = plan->threads,
                            .progress = plan->progress != NULL ? tell_reading : NULL,
                            .context = (void *)(uintptr_t)plan,
                            .reads_events = true};
    *out = (kithi_gathered){.items = NULL};
    int rc = kithi_crew_begin(&g.crew, txn, &crew);
    rc = rc == KITH_OK ? gather_all(&g, txn, out) : rc;
    kithi_crew_end(&g.crew);
    if (rc != KITH_OK) {
        kithi_gathered_clear(out);
    }
    return rc;
}

void kithi_gathered_clear(kithi_gathered *gathered) {
    free(gathered->items);
    free(gathered->profiles);
    free(gathered->texts);
    free(gathered->text_bases);
    *gathered = (kithi_gathered){.items = NULL};
}
