#include "src/insight/audit_links.h"

#include <stdlib.h>
#include <string.h>

#include "src/identity/cohesion.h"
#include "src/identity/identity.h"
#include "src/store/txn.h"

void kithi_audit_links_init(kithi_audit_links *l, kith_txn *txn, const kithi_model *model) {
    memset(l, 0, sizeof *l);
    l->txn = txn;
    l->model = model;
    kithi_candidates_init(&l->candidates, txn, model);
    l->candidates.newcomers = 1; /* the copy would be in its blocks */
    kithi_arena_init(&l->arena);
}

void kithi_audit_links_clear(kithi_audit_links *l) {
    kithi_candidates_clear(&l->candidates);
    kithi_arena_clear(&l->arena);
}

/* How many records of a profile must be known to the copy. Cohesion counts those that the model
 * weighs with somebody, and those that are known to the copy are so weighed with it. */
static int needed_of(kithi_audit_links *l, const uint32_t *records, size_t count, size_t known,
                     uint64_t *out) {
    size_t weighed = 0;
    for (size_t i = 0; i < count && count > 1; i++) {
        kithi_scored *pairs;
        size_t pair_count;
        bool any = false;
        int rc = kithi_scored_of(l->txn, records[i], &l->arena, &pairs, &pair_count);
        for (size_t j = 0; rc == KITH_OK && j < pair_count && !any; j++) {
            any = pairs[j].weight >= l->model->known_at;
        }
        if (rc != KITH_OK) {
            return rc;
        }
        weighed += any;
    }
    *out = kithi_cohesion_needed(l->model, 1, weighed > known ? weighed : known);
    return KITH_OK;
}

/* What a copy has to do with one profile. */
typedef struct nearness {
    uint32_t head;
    bool links;   /* with one of its records at least */
    size_t known; /* records that are as likely as not one person with it */
} nearness;

static int compare_heads(const void *a, const void *b) {
    const nearness *x = a, *y = b;
    return (x->head > y->head) - (x->head < y->head);
}

/* One for each profile, of one for each pair. */
static size_t unite(nearness *all, size_t count) {
    size_t kept = 0;
    qsort(all, count, sizeof *all, compare_heads);
    for (size_t i = 0; i < count; i++) {
        if (kept > 0 && all[kept - 1].head == all[i].head) {
            all[kept - 1].links = all[kept - 1].links || all[i].links;
            all[kept - 1].known += all[i].known;
        } else {
            all[kept++] = all[i];
        }
    }
    return kept;
}

/* Whether the copy is linked to a profile. */
static int is_linked(kithi_audit_links *l, const nearness *near, bool *out) {
    uint32_t *records;
    size_t count;
    uint64_t needed;
    *out = false;
    if (!near->links) {
        return KITH_OK;
    }
    int rc = kithi_identity_members(l->txn, near->head, &l->arena, &records, &count);
    rc = rc == KITH_OK ? needed_of(l, records, count, near->known, &needed) : rc;
    *out = rc == KITH_OK && near->known >= needed;
    return rc;
}

static int count_links(kithi_audit_links *l, const nearness *near, size_t count, uint32_t original,
                       kith_audit_count *out) {
    int rc = KITH_OK;
    for (size_t i = 0; rc == KITH_OK && i < count; i++) {
        bool linked;
        rc = is_linked(l, &near[i], &linked);
        out->link_count += linked;
        out->right_count += linked && near[i].head == original;
    }
    out->found_count = out->right_count;
    return rc;
}

int kithi_audit_links_of(kithi_audit_links *l, const kithi_features *copy, uint32_t record,
                         kith_audit_count *out) {
    kithi_scored *pairs;
    size_t count;
    uint32_t original;
    *out = (kith_audit_count){.copy_count = 1};
    kithi_candidates_tidy(&l->candidates);
    int rc = kithi_candidates_score_features(&l->candidates, copy, UINT32_MAX, l->model->known_at,
                                             &pairs, &count);
    l->compared_count += rc == KITH_OK ? l->candidates.record_count : 0;
    rc = rc == KITH_OK ? kithi_identity_head(l->txn, record, &original) : rc;
    nearness *near = rc == KITH_OK ? calloc(count + 1, sizeof *near) : NULL;
    if (near == NULL) {
        return rc == KITH_OK ? KITH_NO_MEMORY : rc;
    }
    for (size_t i = 0; rc == KITH_OK && i < count; i++) {
        near[i].links = pairs[i].weight >= l->model->link_at;
        near[i].known = 1;
        rc = kithi_identity_head(l->txn, pairs[i].other, &near[i].head);
    }
    rc = rc == KITH_OK ? count_links(l, near, unite(near, count), original, out) : rc;
    free(near);
    kithi_arena_reset(&l->arena);
    return rc;
}
