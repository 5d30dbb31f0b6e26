#include "src/identity/outcome.h"

#include <stdlib.h>

#include "src/base/order.h"
#include "src/store/txn.h"

int kithi_outcome_make(const kithi_component *c, kithi_arena *arena, kithi_outcome *out) {
    out->count = c->node_count;
    out->records = kithi_arena_alloc(arena, (c->node_count + 1) * sizeof *out->records);
    out->cluster_of = kithi_arena_alloc(arena, (c->node_count + 1) * sizeof *out->cluster_of);
    if (out->records == NULL || out->cluster_of == NULL) {
        return kithi_error_memory(kithi_txn_error(c->txn));
    }
    for (size_t i = 0; i < c->node_count; i++) {
        out->records[i] = c->nodes[i].record;
        out->cluster_of[i] = c->cluster_of[i];
    }
    return kithi_links_build(c, arena, &out->links, &out->first);
}

bool kithi_outcome_joins(const kithi_outcome *o, uint32_t record, size_t place) {
    const uint32_t *found =
        bsearch(&record, o->records, o->count, sizeof record, kithi_compare_u32);
    return found != NULL && o->cluster_of[found - o->records] == o->cluster_of[place];
}
