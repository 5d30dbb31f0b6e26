/*
 * Blame: the weakest link that holds a profile together. The links that carried its unions stand
 * from the strongest to the weakest, as clusters are worked out in that order; so they are tried
 * from the last on. Each is taken out of the component, and the clusters are worked out anew.
 */
#include <stdlib.h>
#include <string.h>

#include "src/identity/teller.h"

#define WORK_MAX UINT64_C(4000000) /* records, values and pairs that trials walk */

struct kith_blame {
    kith_explanation *told; /* the link as its one step; keeps the memory of what is below */
    uint32_t *records;      /* of the profile, by parts */
    size_t *first;          /* of each part in `records`, and behind the last one */
    size_t part_count;
    bool complete;
};

const kith_step *kith_blame_link(const kith_blame *blame) {
    return kith_explanation_step(blame->told, 0);
}

bool kith_blame_complete(const kith_blame *blame) {
    return blame->complete;
}

size_t kith_blame_part_count(const kith_blame *blame) {
    return blame->part_count;
}

const uint32_t *kith_blame_part(const kith_blame *blame, size_t index, size_t *out_count) {
    if (out_count == NULL || index >= blame->part_count) {
        return NULL;
    }
    *out_count = blame->first[index + 1] - blame->first[index];
    return blame->records + blame->first[index];
}

void kith_blame_free(kith_blame *blame) {
    if (blame != NULL) {
        kith_explanation_free(blame->told);
        free(blame);
    }
}

typedef struct blaming {
    kithi_teller t;
    kithi_component trial; /* the teller's, with clusters, links and an arena of its own */
    uint32_t *members;     /* nodes of the profile, ascending */
    size_t member_count;
    bool *tried;     /* values */
    uint64_t weight; /* what one trial walks */
    uint64_t work;
} blaming;

/* Leaving out. Each changes the trial, clusters it, and changes it back: what was left out stands
 * behind the last, or where it stood. */

static int without_value(blaming *b, uint32_t value) {
    kithi_shared_value *v = &b->trial.values[value];
    size_t count = v->node_count;
    v->node_count = 0;
    int rc = kithi_component_cluster(&b->trial);
    v->node_count = count;
    return rc;
}

static int without_score(blaming *b, const kithi_found_link *link) {
    kithi_component *c = &b->trial;
    size_t at = 0;
    while (c->weighed[at].a != link->a || c->weighed[at].b != link->b) {
        at++;
    }
    kithi_weighed_pair pair = c->weighed[at];
    c->weighed_count--;
    c->weighed[at] = c->weighed[c->weighed_count];
    c->weighed[c->weighed_count] = pair;
    int rc = kithi_component_cluster(c);
    c->weighed_count++;
    return rc;
}

static int without_decision(blaming *b, const kithi_found_link *link) {
    kithi_component *c = &b->trial;
    size_t at = 0;
    while (c->pairs[at].a != link->a || c->pairs[at].b != link->b) {
        at++;
    }
    kithi_decided_pair pair = c->pairs[at];
    c->pair_count--;
    c->pairs[at] = c->pairs[c->pair_count];
    c->pairs[c->pair_count] = pair;
    int rc = kithi_component_cluster(c);
    c->pair_count++;
    return rc;
}

static int cluster_without(blaming *b, const kithi_found_link *link) {
    kithi_arena_reset(&b->trial.arena);
    b->work += b->weight;
    switch (link->value) {
    case KITHI_BY_SCORE:
        return without_score(b, link);
    case KITHI_BY_DECISION:
        return without_decision(b, link);
    default:
        return without_value(b, link->value);
    }
}

static bool falls_apart(const blaming *b) {
    const uint32_t *cluster_of = b->trial.cluster_of;
    for (size_t i = 1; i < b->member_count; i++) {
        if (cluster_of[b->members[i]] != cluster_of[b->members[0]]) {
            return true;
        }
    }
    return false;
}

/* The links to try */

/* A taken link of the profile whose value, if it is one, had no turn yet. */
static bool is_to_try(const blaming *b, const kithi_found_link *link) {
    const uint32_t *cluster_of = b->t.c.cluster_of;
    bool by_value = link->value != KITHI_BY_SCORE && link->value != KITHI_BY_DECISION;
    return link->rule == KITHI_RULE_NONE && cluster_of[link->a] == cluster_of[b->members[0]] &&
           !(by_value && b->tried[link->value]);
}

static void note_tried(blaming *b, const kithi_found_link *link) {
    if (link->value != KITHI_BY_SCORE && link->value != KITHI_BY_DECISION) {
        b->tried[link->value] = true;
    }
}

/* *out is NULL where no single link holds the profile, or none was found in time. */
static int find_weakest(blaming *b, const kithi_found_link **out, bool *out_complete) {
    const kithi_component *c = &b->t.c;
    int rc = KITH_OK;
    *out = NULL;
    *out_complete = true;
    for (size_t i = c->link_count; rc == KITH_OK && *out == NULL && i-- > 0;) {
        const kithi_found_link *link = &c->links[i];
        if (!is_to_try(b, link)) {
            continue;
        }
        if (b->work > 0 && b->work + b->weight > WORK_MAX) {
            *out_complete = false;
            return KITH_OK;
        }
        note_tried(b, link);
        rc = cluster_without(b, link);
        *out = rc == KITH_OK && falls_apart(b) ? link : NULL;
    }
    return rc;
}

static uint64_t walked(const kithi_component *c) {
    uint64_t count = c->node_count + c->weighed_count + c->pair_count;
    for (size_t i = 0; i < c->value_count; i++) {
        count += c->values[i].node_count;
    }
    return count;
}

static int begin(blaming *b, uint32_t record) {
    kithi_component *c = &b->t.c;
    b->members = kithi_arena_calloc(&c->arena, c->node_count + 1, sizeof *b->members);
    b->tried = kithi_arena_calloc(&c->arena, c->value_count + 1, sizeof *b->tried);
    if (b->members == NULL || b->tried == NULL) {
        return kithi_teller_no_memory(&b->t);
    }
    uint32_t cluster = c->cluster_of[*kithi_map_get(&c->node_of, record)];
    for (uint32_t i = 0; i < c->node_count; i++) {
        if (c->cluster_of[i] == cluster) {
            b->members[b->member_count++] = i;
        }
    }
    b->weight = walked(c);
    b->trial = *c;
    b->trial.links = NULL;
    b->trial.link_count = b->trial.link_capacity = 0;
    kithi_arena_init(&b->trial.arena);
    return KITH_OK;
}

/* The answer */

static bool make_room(blaming *b, kith_blame *blame) {
    kithi_arena *arena = &b->t.e->arena;
    blame->records = kithi_arena_calloc(arena, b->member_count + 1, sizeof *blame->records);
    blame->first = kithi_arena_calloc(arena, b->member_count + 2, sizeof *blame->first);
    return blame->records != NULL && blame->first != NULL;
}

/* The profile's records by the cluster that each is in. Nodes stand in the order of records, and a
 * cluster is named by its smallest node; where that is none of the profile's, by the order in which
 * they are met. */
static void part(const blaming *b, const uint32_t *cluster_of, uint32_t *turn, kith_blame *out) {
    size_t count = 0;
    for (size_t i = 0; i < b->member_count; i++) {
        uint32_t cluster = cluster_of[b->members[i]];
        if (turn[cluster] != 0) {
            continue;
        }
        turn[cluster] = 1;
        out->first[out->part_count++] = count;
        for (size_t j = i; j < b->member_count; j++) {
            if (cluster_of[b->members[j]] == cluster) {
                out->records[count++] = b->t.c.nodes[b->members[j]].record;
            }
        }
    }
    out->first[out->part_count] = count;
}

static int tell_parts(blaming *b, const kithi_found_link *link, kith_blame *out) {
    const uint32_t *cluster_of = link != NULL ? b->trial.cluster_of : b->t.c.cluster_of;
    uint32_t *turn = kithi_arena_calloc(&b->t.c.arena, b->t.c.node_count + 1, sizeof *turn);
    if (turn == NULL || !make_room(b, out)) {
        return kithi_teller_no_memory(&b->t);
    }
    part(b, cluster_of, turn, out);
    return link != NULL ? kithi_teller_add_link(&b->t, link, 0) : KITH_OK;
}

static int blame_record(blaming *b, uint32_t record, kith_blame *out) {
    const kithi_found_link *link = NULL;
    int rc = begin(b, record);
    if (rc == KITH_OK) {
        rc = find_weakest(b, &link, &out->complete);
    }
    return rc == KITH_OK ? tell_parts(b, link, out) : rc;
}

static void end(blaming *b) {
    if (b->trial.txn != NULL) {
        kithi_arena_clear(&b->trial.arena);
        free(b->trial.links);
    }
}

int kith_explain_blame(kith_txn *txn, uint32_t record, kith_blame **out) {
    blaming b = {0};
    int rc = kithi_txn_check_read(txn);
    if (rc == KITH_OK && out == NULL) {
        rc = kithi_error_say(kithi_txn_error(txn), KITH_MISUSE,
                             "kith_explain_blame: a place for the blame is required");
    }
    if (rc == KITH_OK) {
        rc = kithi_identity_resolve(txn);
    }
    if (rc != KITH_OK) {
        return rc;
    }
    kith_blame *blame = calloc(1, sizeof *blame);
    if (blame == NULL) {
        return kithi_error_memory(kithi_txn_error(txn));
    }
    rc = kithi_teller_begin(&b.t, txn, record);
    if (rc == KITH_OK) {
        b.t.e->same = true;
        rc = blame_record(&b, record, blame);
    }
    end(&b);
    rc = kithi_teller_end(&b.t, rc, &blame->told);
    if (rc == KITH_OK) {
        *out = blame;
    } else {
        kith_blame_free(blame);
    }
    return rc;
}
