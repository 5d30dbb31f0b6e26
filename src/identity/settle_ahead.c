#include "src/identity/settle_ahead.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "src/base/workers.h"

#define PIECE 16 /* waiting records that a thread takes at a time */

/* What one component came to, by the place of the waiting record that led to it. */
typedef struct found {
    size_t place;
    kithi_outcome outcome;
} found;

typedef struct lane {
    kith_txn *txn;
    kithi_component component;
    kithi_arena arena; /* of the outcomes */
    found *items;
    size_t count, capacity;
    int rc;
} lane;

typedef struct ahead {
    const uint32_t *waiting;
    size_t count;
    atomic_size_t next;
    pthread_mutex_t lock; /* of `taken`: records whose component is being worked out */
    kithi_map taken;
    lane *lanes;
} ahead;

static int no_memory(const lane *l) {
    return kithi_error_memory(kithi_txn_error(l->txn));
}

static int claim(ahead *k, const lane *l, uint32_t record, bool *out_claimed) {
    pthread_mutex_lock(&k->lock);
    bool ok = kithi_map_put(&k->taken, record, 0, out_claimed) != NULL;
    pthread_mutex_unlock(&k->lock);
    return ok ? KITH_OK : no_memory(l);
}

/* The others of the component need not be gathered again. Another thread may be about to: then
 * there are two equal outcomes, and one is passed over. */
static int claim_component(ahead *k, const lane *l) {
    const kithi_component *c = &l->component;
    bool ok = true;
    pthread_mutex_lock(&k->lock);
    for (size_t i = 0; ok && i < c->node_count; i++) {
        ok = kithi_map_put(&k->taken, c->nodes[i].record, 0, NULL) != NULL;
    }
    pthread_mutex_unlock(&k->lock);
    return ok ? KITH_OK : no_memory(l);
}

/* Values that link so many may turn out generic, which is the write transaction's to note. */
static bool is_large(const kithi_component *c) {
    for (size_t i = 0; i < c->value_count; i++) {
        if (c->values[i].node_count > kithi_component_limit()) {
            return true;
        }
    }
    return false;
}

static int keep(lane *l, size_t place) {
    if (!KITHI_GROW(l->items, l->capacity, l->count + 1)) {
        return no_memory(l);
    }
    int rc = kithi_component_cluster(&l->component);
    if (rc == KITH_OK) {
        rc = kithi_outcome_make(&l->component, &l->arena, &l->items[l->count].outcome);
        l->items[l->count++].place = place;
    }
    return rc;
}

static int work_out(ahead *k, lane *l, size_t place) {
    bool claimed = false, whole;
    int rc = claim(k, l, k->waiting[place], &claimed);
    if (rc != KITH_OK || !claimed) {
        return rc;
    }
    rc = kithi_component_gather(&l->component, k->waiting[place], 0, &whole);
    rc = rc == KITH_OK ? claim_component(k, l) : rc;
    return rc == KITH_OK && !is_large(&l->component) ? keep(l, place) : rc;
}

static int work_lane(void *context, size_t index) {
    ahead *k = context;
    lane *l = &k->lanes[index];
    size_t from;
    while (l->rc == KITH_OK && (from = atomic_fetch_add(&k->next, PIECE)) < k->count) {
        size_t to = from + PIECE < k->count ? from + PIECE : k->count;
        for (size_t i = from; l->rc == KITH_OK && i < to; i++) {
            l->rc = work_out(k, l, i);
        }
    }
    return l->rc;
}

/* Writing */

static int by_place(const void *a, const void *b) {
    const found *x = a, *y = b;
    return (x->place > y->place) - (x->place < y->place);
}

static found *gather_found(const ahead *k, size_t lane_count, size_t *out_count) {
    size_t total = 0, count = 0;
    for (size_t i = 0; i < lane_count; i++) {
        total += k->lanes[i].count;
    }
    found *all = malloc((total + 1) * sizeof *all);
    for (size_t i = 0; all != NULL && i < lane_count; i++) {
        for (size_t j = 0; j < k->lanes[i].count; j++) {
            all[count++] = k->lanes[i].items[j];
        }
    }
    if (count > 1) {
        qsort(all, count, sizeof *all, by_place);
    }
    *out_count = count;
    return all;
}

static int write_found(kithi_resolver *r, const ahead *k, size_t lane_count, uint64_t *done) {
    size_t count;
    found *all = gather_found(k, lane_count, &count);
    int rc = all != NULL ? KITH_OK : kithi_resolver_no_memory(r->txn);
    for (size_t i = 0; rc == KITH_OK && i < count; i++) {
        bool waits;
        rc = kithi_identity_pending(r->txn, &k->waiting[all[i].place], 1, &waits);
        if (rc != KITH_OK || !waits) {
            continue;
        }
        rc = kithi_resolver_write(r, &all[i].outcome);
        rc = rc == KITH_OK ? kithi_resolver_settled(r, &all[i].outcome) : rc;
        ++*done;
    }
    free(all);
    return rc;
}

static int run(kithi_resolver *r, ahead *k, size_t lane_count, uint64_t *done) {
    int rc = kithi_workers_run((unsigned)lane_count, lane_count, work_lane, k);
    for (size_t i = 0; i < lane_count; i++) {
        if (k->lanes[i].rc != KITH_OK) {
            kithi_error_copy(kithi_txn_error(r->txn), kith_txn_error(k->lanes[i].txn));
            return k->lanes[i].rc;
        }
    }
    return rc == KITH_OK ? write_found(r, k, lane_count, done) : rc;
}

int kithi_settle_ahead(kithi_resolver *r, const kithi_readers *readers, const uint32_t *waiting,
                       size_t count, uint64_t *done) {
    ahead k = {.waiting = waiting, .count = count, .lock = PTHREAD_MUTEX_INITIALIZER};
    atomic_init(&k.next, 0);
    kithi_map_init(&k.taken);
    k.lanes = calloc(readers->count, sizeof *k.lanes);
    if (k.lanes == NULL) {
        return kithi_resolver_no_memory(r->txn);
    }
    for (size_t i = 0; i < readers->count; i++) {
        k.lanes[i].txn = readers->txns[i];
        kithi_component_init(&k.lanes[i].component, readers->txns[i], true);
        kithi_arena_init(&k.lanes[i].arena);
    }
    int rc = run(r, &k, readers->count, done);
    for (size_t i = 0; i < readers->count; i++) {
        kithi_component_clear(&k.lanes[i].component);
        kithi_arena_clear(&k.lanes[i].arena);
        free(k.lanes[i].items);
    }
    free(k.lanes);
    kithi_map_clear(&k.taken);
    pthread_mutex_destroy(&k.lock);
    return rc;
}
