/* The numbers of an RFM analysis: of all customers, of segments, tiers, and cells of the grid. */
#include <stdlib.h>

#include "src/learn/rfm_made.h"
#include "src/score/ranks.h"

__extension__ typedef __int128 wide;

#define COUNT(list) (sizeof(list) / sizeof(list)[0])
#define GROUPS_MAX  16
#define TIER_COUNT  4

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

bool kithi_rfm_cut(kithi_rfm_made *m) {
    const kithi_crowd *c = &m->crowd;
    list_segments(m);
    return kithi_rfm_cuts_make(c->days, c->orders, c->micros, c->count, m->bins, &m->cuts) &&
           kithi_tiers_make(c->micros, c->count, tier_shares, COUNT(tier_shares), &m->tiers);
}

/* Sums */

typedef struct sums {
    uint64_t customers, orders;
    wide micros;
} sums;

/* Groups that each customer is in one of. */
typedef struct grouping {
    const kithi_crowd *crowd;
    uint8_t *of; /* each customer */
    size_t count;
    sums sums[GROUPS_MAX];
    kith_rfm_group groups[GROUPS_MAX];
} grouping;

typedef struct totals {
    kithi_rfm_made *made;
    grouping segments, tiers;
    sums all;
    sums *cells;
} totals;

static int64_t bounded(wide sum) {
    return sum > INT64_MAX ? INT64_MAX : sum < INT64_MIN ? INT64_MIN : (int64_t)sum;
}

static void add(sums *s, int64_t orders, int64_t micros) {
    s->customers++;
    s->orders += (uint64_t)orders;
    s->micros += micros;
}

static void add_customers(totals *t) {
    const kithi_rfm_made *m = t->made;
    const kithi_crowd *c = &m->crowd;
    for (size_t i = 0; i < c->count; i++) {
        kithi_rfm_code code = kithi_rfm_code_of(m, i);
        uint8_t segment = m->segment_of[kithi_rfm_number(m, code)];
        uint8_t tier = (uint8_t)kithi_tiers_place(&m->tiers, c->micros[i]);
        t->segments.of[i] = segment;
        t->tiers.of[i] = tier;
        add(&t->segments.sums[segment], c->orders[i], c->micros[i]);
        add(&t->tiers.sums[tier], c->orders[i], c->micros[i]);
        add(&t->cells[(code.r - 1u) * m->bins + code.f - 1u], c->orders[i], c->micros[i]);
        add(&t->all, c->orders[i], c->micros[i]);
    }
}

/* Medians */

/* Those of each group behind those of the group before. */
static void part(const grouping *g, const int64_t *values, int64_t *out) {
    size_t next[GROUPS_MAX], begin = 0;
    for (size_t i = 0; i < g->count; i++) {
        next[i] = begin;
        begin += (size_t)g->sums[i].customers;
    }
    for (size_t i = 0; i < g->crowd->count; i++) {
        out[next[g->of[i]]++] = values[i];
    }
}

/* Gives each group the two in the middle. */
static bool find_middles(const grouping *g, const int64_t *values, int64_t *room,
                         int64_t out[GROUPS_MAX][2]) {
    bool found = true;
    size_t begin = 0;
    part(g, values, room);
    for (size_t i = 0; found && i < g->count; i++) {
        found = kithi_middles(room + begin, (size_t)g->sums[i].customers, out[i]);
        begin += (size_t)g->sums[i].customers;
    }
    return found;
}

static double half_of(const int64_t middles[2]) {
    return ((double)middles[0] + (double)middles[1]) / 2;
}

static bool find_medians(grouping *g, int64_t *room) {
    int64_t days[GROUPS_MAX][2], orders[GROUPS_MAX][2], micros[GROUPS_MAX][2];
    if (!find_middles(g, g->crowd->days, room, days) ||
        !find_middles(g, g->crowd->orders, room, orders) ||
        !find_middles(g, g->crowd->micros, room, micros)) {
        return false;
    }
    for (size_t i = 0; i < g->count; i++) {
        g->groups[i].median_days = half_of(days[i]);
        g->groups[i].median_orders = half_of(orders[i]);
        g->groups[i].median_spent_micros = (int64_t)(((wide)micros[i][0] + micros[i][1]) / 2);
    }
    return true;
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

static bool begin_grouping(kithi_rfm_made *m, grouping *out) {
    *out = (grouping){.crowd = &m->crowd, .of = malloc(m->crowd.count + 1)};
    return out->of != NULL;
}

bool kithi_rfm_total(kithi_rfm_made *m) {
    totals t = {.made = m};
    int64_t *room = malloc((m->crowd.count + 1) * sizeof *room);
    t.cells = calloc((size_t)m->bins * m->bins, sizeof *t.cells);
    bool made = begin_grouping(m, &t.segments);
    made = begin_grouping(m, &t.tiers) && made && room != NULL && t.cells != NULL;
    if (made) {
        name_groups(&t);
        add_customers(&t);
        made = find_medians(&t.segments, room) && find_medians(&t.tiers, room) && give(&t);
    }
    free(room);
    free(t.cells);
    free(t.segments.of);
    free(t.tiers.of);
    return made;
}
