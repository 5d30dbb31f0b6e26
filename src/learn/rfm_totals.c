/* The numbers of an RFM analysis: of all customers, of segments, tiers, and cells of the grid. */
#include <stdlib.h>

#include "src/base/workers.h"
#include "src/learn/rfm_made.h"
#include "src/score/ranks.h"

__extension__ typedef __int128 wide;

#define COUNT(list) (sizeof(list) / sizeof(list)[0])
#define GROUPS_MAX  16
#define TIER_COUNT  4
#define CELLS_MAX   (KITH_RFM_BINS_MAX * KITH_RFM_BINS_MAX)
#define PARTS       16 /* of the customers, which are summed up for themselves */
#define MEASURES    3

/* Each of those behind the ones before it; the last tier is the rest. */
static const uint32_t tier_shares[TIER_COUNT - 1] = {10000, 40000, 150000};
static const char *const tier_names[TIER_COUNT] = {"platinum", "gold", "silver", "bronze"};

const char *kithi_rfm_tier_name(size_t place) {
    return tier_names[place];
}

/* Cuts */

static void list_segments(kithi_rfm_made *m) {
    kithi_rfm_code code;
    m->segments = kithi_rfm_retail();
    for (code.r = 1; code.r <= m->bins; code.r++) {
        for (code.f = 1; code.f <= m->bins; code.f++) {
            for (code.m = 1; code.m <= m->bins; code.m++) {
                size_t place = kithi_rfm_segment_of(&m->segments, m->bins, code);
                m->segment_of[kithi_rfm_number(m, code)] = (uint8_t)place;
            }
        }
    }
}

enum { CUT_DAYS, CUT_ORDERS, CUT_MICROS, CUT_TIERS, CUTS };

static int cut_one(void *context, size_t index) {
    kithi_rfm_made *m = context;
    const kithi_crowd *c = &m->crowd;
    bool cut;
    switch (index) {
    case CUT_DAYS:
        cut = kithi_cuts_make(c->days, c->count, m->bins, 1, &m->cuts.days);
        break;
    case CUT_ORDERS:
        cut = kithi_cuts_make(c->orders, c->count, m->bins, 1, &m->cuts.orders);
        break;
    case CUT_MICROS:
        cut = kithi_cuts_make(c->micros, c->count, m->bins, KITHI_RFM_MICROS, &m->cuts.micros);
        break;
    default:
        cut = kithi_tiers_make(c->micros, c->count, tier_shares, COUNT(tier_shares), &m->tiers);
    }
    return cut ? KITH_OK : KITH_NO_MEMORY;
}

bool kithi_rfm_cut(kithi_rfm_made *m) {
    list_segments(m);
    return kithi_workers_run(m->threads, CUTS, cut_one, m) == KITH_OK;
}

/* Sums */

typedef struct sums {
    uint64_t customers, orders;
    wide micros;
} sums;

/* Those of some customers. */
typedef struct tally {
    sums codes[KITHI_RFM_CODES], tiers[TIER_COUNT];
} tally;

/* Groups that each customer is in one of. */
typedef struct grouping {
    uint8_t *of; /* each customer */
    size_t count;
    const sums *sums;
    kith_rfm_group groups[GROUPS_MAX];
} grouping;

typedef struct totals {
    kithi_rfm_made *made;
    tally *parts; /* PARTS of the customers; the first becomes that of all */
    sums all, by_segment[GROUPS_MAX], cells[CELLS_MAX];
    grouping segments, tiers;
} totals;

static int64_t bounded(wide sum) {
    return sum > INT64_MAX ? INT64_MAX : sum < INT64_MIN ? INT64_MIN : (int64_t)sum;
}

static void add(sums *s, int64_t orders, int64_t micros) {
    s->customers++;
    s->orders += (uint64_t)orders;
    s->micros += micros;
}

static int add_part(void *context, size_t part) {
    const totals *t = context;
    const kithi_rfm_made *m = t->made;
    const kithi_crowd *c = &m->crowd;
    tally *to = &t->parts[part];
    for (size_t i = c->count * part / PARTS; i < c->count * (part + 1) / PARTS; i++) {
        size_t code = kithi_rfm_number(m, kithi_rfm_code_of(m, i));
        size_t tier = kithi_tiers_place(&m->tiers, c->micros[i]);
        t->segments.of[i] = m->segment_of[code];
        t->tiers.of[i] = (uint8_t)tier;
        add(&to->codes[code], c->orders[i], c->micros[i]);
        add(&to->tiers[tier], c->orders[i], c->micros[i]);
    }
    return KITH_OK;
}

static void join(sums *to, const sums *from) {
    to->customers += from->customers;
    to->orders += from->orders;
    to->micros += from->micros;
}

/* What a code comes to is part of its segment, of a cell, and of all. */
static void share_out(totals *t) {
    const kithi_rfm_made *m = t->made;
    for (size_t code = 0; code < (size_t)m->bins * m->bins * m->bins; code++) {
        const sums *of = &t->parts[0].codes[code];
        join(&t->by_segment[m->segment_of[code]], of);
        join(&t->cells[code / m->bins], of);
        join(&t->all, of);
    }
    t->segments.sums = t->by_segment;
    t->tiers.sums = t->parts[0].tiers;
}

static void add_customers(totals *t) {
    tally *all = &t->parts[0];
    kithi_workers_run(t->made->threads, PARTS, add_part, t);
    for (size_t i = 1; i < PARTS; i++) {
        for (size_t code = 0; code < KITHI_RFM_CODES; code++) {
            join(&all->codes[code], &t->parts[i].codes[code]);
        }
        for (size_t tier = 0; tier < TIER_COUNT; tier++) {
            join(&all->tiers[tier], &t->parts[i].tiers[tier]);
        }
    }
    share_out(t);
}

/* Medians */

/* Those of each group behind those of the group before. */
static void part_values(const grouping *g, const int64_t *values, size_t count, int64_t *out) {
    size_t next[GROUPS_MAX], begin = 0;
    for (size_t i = 0; i < g->count; i++) {
        next[i] = begin;
        begin += (size_t)g->sums[i].customers;
    }
    for (size_t i = 0; i < count; i++) {
        out[next[g->of[i]]++] = values[i];
    }
}

/* Gives each group the two in the middle. */
static bool find_middles(const grouping *g, const int64_t *values, size_t count,
                         int64_t out[GROUPS_MAX][2]) {
    int64_t *room = malloc((count + 1) * sizeof *room);
    bool found = room != NULL;
    size_t begin = 0;
    if (found) {
        part_values(g, values, count, room);
    }
    for (size_t i = 0; found && i < g->count; i++) {
        found = kithi_middles(room + begin, (size_t)g->sums[i].customers, out[i]);
        begin += (size_t)g->sums[i].customers;
    }
    free(room);
    return found;
}

static double half_of(const int64_t middles[2]) {
    return ((double)middles[0] + (double)middles[1]) / 2;
}

/* Of each of both groupings the days, the orders and the amounts. */
static int find_medians(void *context, size_t index) {
    totals *t = context;
    const kithi_crowd *c = &t->made->crowd;
    const int64_t *const measures[MEASURES] = {c->days, c->orders, c->micros};
    grouping *g = index < MEASURES ? &t->segments : &t->tiers;
    size_t measure = index % MEASURES;
    int64_t middles[GROUPS_MAX][2];
    if (!find_middles(g, measures[measure], c->count, middles)) {
        return KITH_NO_MEMORY;
    }
    for (size_t i = 0; i < g->count; i++) {
        if (measure == 0) {
            g->groups[i].median_days = half_of(middles[i]);
        } else if (measure == 1) {
            g->groups[i].median_orders = half_of(middles[i]);
        } else {
            wide both = (wide)middles[i][0] + middles[i][1];
            g->groups[i].median_spent_micros = (int64_t)(both / 2);
        }
    }
    return KITH_OK;
}

/* The result */

static const kith_rfm_group *const *give_groups(kithi_arena *arena, const grouping *g) {
    kith_rfm_group *groups = kithi_arena_calloc(arena, g->count, sizeof *groups);
    const kith_rfm_group **list = kithi_arena_calloc(arena, g->count, sizeof *list);
    for (size_t i = 0; groups != NULL && list != NULL && i < g->count; i++) {
        groups[i] = g->groups[i];
        groups[i].size = sizeof groups[i];
        groups[i].customer_count = g->sums[i].customers;
        groups[i].order_count = g->sums[i].orders;
        groups[i].spent_micros = bounded(g->sums[i].micros);
        list[i] = &groups[i];
    }
    return groups != NULL ? list : NULL;
}

static const kith_rfm_cell *give_grid(kithi_arena *arena, const sums *cells, size_t count) {
    kith_rfm_cell *grid = kithi_arena_calloc(arena, count, sizeof *grid);
    for (size_t i = 0; grid != NULL && i < count; i++) {
        grid[i] = (kith_rfm_cell){cells[i].customers, bounded(cells[i].micros)};
    }
    return grid;
}

static bool give(totals *t) {
    kithi_rfm_made *m = t->made;
    kith_rfm_result *out = &m->public;
    out->customer_count = m->crowd.count;
    out->without_orders_count = m->crowd.without_orders;
    out->without_amounts_count = m->crowd.without_amounts;
    out->order_count = t->all.orders;
    out->spent_micros = bounded(t->all.micros);
    out->bins = m->bins;
    out->day_cuts = m->cuts.days.at;
    out->order_cuts = m->cuts.orders.at;
    out->spent_cuts_micros = m->cuts.micros.at;
    out->segments = give_groups(&m->arena, &t->segments);
    out->segment_count = t->segments.count;
    out->tiers = give_groups(&m->arena, &t->tiers);
    out->tier_count = t->tiers.count;
    out->grid = give_grid(&m->arena, t->cells, (size_t)m->bins * m->bins);
    return out->segments != NULL && out->tiers != NULL && out->grid != NULL;
}

static void name_groups(totals *t) {
    const kithi_rfm_made *m = t->made;
    t->segments.count = m->segments.count;
    for (size_t i = 0; i < t->segments.count; i++) {
        t->segments.groups[i].name = m->segments.items[i].name;
        t->segments.groups[i].least_spent_micros = INT64_MIN;
    }
    t->tiers.count = TIER_COUNT;
    for (size_t i = 0; i < t->tiers.count; i++) {
        t->tiers.groups[i].name = kithi_rfm_tier_name(i);
        t->tiers.groups[i].least_spent_micros = i < m->tiers.count ? m->tiers.from[i] : INT64_MIN;
    }
}

bool kithi_rfm_total(kithi_rfm_made *m) {
    totals t = {.made = m, .parts = calloc(PARTS, sizeof *t.parts)};
    t.segments.of = malloc(m->crowd.count + 1);
    t.tiers.of = malloc(m->crowd.count + 1);
    bool made = t.parts != NULL && t.segments.of != NULL && t.tiers.of != NULL;
    if (made) {
        name_groups(&t);
        add_customers(&t);
        made = kithi_workers_run(m->threads, 2 * MEASURES, find_medians, &t) == KITH_OK && give(&t);
    }
    free(t.parts);
    free(t.segments.of);
    free(t.tiers.of);
    return made;
}
