/*
 * Explaining by paths: every way from one record to another over records of their cluster that
 * share a value, were joined by a person, or weigh enough to be linked. Shortest first. A link that
 * a rule refused is no way, also where others united the two.
 */
#include <string.h>

#include "src/identity/teller.h"

#define PATHS_MAX       16
#define PATH_LENGTH_MAX 32
#define PATH_WORK_MAX   200000 /* steps of the search for paths */

/* The ends of links by their nodes: end 2i is the link i at its node a, end 2i + 1 at its b. Those
 * of one node are chained. */
typedef struct chains {
    uint32_t *first; /* by node; UINT32_MAX ends */
    uint32_t *next;  /* by end */
} chains;

static bool begin_chains(kithi_component *c, size_t link_count, chains *out) {
    out->first = kithi_arena_alloc(&c->arena, (c->node_count + 1) * sizeof *out->first);
    out->next = kithi_arena_alloc(&c->arena, (2 * link_count + 1) * sizeof *out->next);
    if (out->first == NULL || out->next == NULL) {
        return false;
    }
    memset(out->first, 0xff, (c->node_count + 1) * sizeof *out->first);
    return true;
}

static void chain_end(chains *k, uint32_t end, uint32_t node) {
    k->next[end] = k->first[node];
    k->first[node] = end;
}

static void chain_ends(chains *k, size_t link, uint32_t a, uint32_t b) {
    chain_end(k, (uint32_t)(2 * link), a);
    chain_end(k, (uint32_t)(2 * link + 1), b);
}

/* The links that were found, taken or refused. */
static bool chain_found(kithi_component *c, bool taken, chains *out) {
    if (!begin_chains(c, c->link_count, out)) {
        return false;
    }
    for (size_t i = 0; i < c->link_count; i++) {
        if ((c->links[i].rule == KITHI_RULE_NONE) == taken) {
            chain_ends(out, i, c->links[i].a, c->links[i].b);
        }
    }
    return true;
}

/* The search */

typedef struct path_search {
    kithi_teller *t;
    uint32_t target;
    chains scored;  /* the weighed pairs that link */
    chains refused; /* the links that do not, though both ends may be united by others */
    uint32_t nodes[PATH_LENGTH_MAX];
    kithi_found_link links[PATH_LENGTH_MAX]; /* by which each but the first was reached */
    size_t wanted;                           /* steps of the paths looked for now */
    uint32_t paths;
    uint64_t work;
} path_search;

/* The last are chained first, so that the first come first. */
static bool chain_scored(path_search *s) {
    kithi_component *c = &s->t->c;
    if (!begin_chains(c, c->weighed_count, &s->scored)) {
        return false;
    }
    for (size_t i = c->weighed_count; i-- > 0;) {
        if (c->weighed[i].weight >= c->model->link_at) {
            chain_ends(&s->scored, i, c->weighed[i].a, c->weighed[i].b);
        }
    }
    return true;
}

static int tell_path(path_search *s) {
    int rc = KITH_OK;
    s->paths++;
    for (size_t i = 1; rc == KITH_OK && i <= s->wanted; i++) {
        rc = kithi_teller_add_link(s->t, &s->links[i], s->paths);
    }
    return rc;
}

static bool on_path(const path_search *s, size_t length, uint32_t node) {
    for (size_t i = 0; i <= length; i++) {
        if (s->nodes[i] == node) {
            return true;
        }
    }
    return false;
}

static bool is_spent(const path_search *s) {
    return s->paths >= PATHS_MAX || s->work > PATH_WORK_MAX;
}

static bool is_refused(const path_search *s, const kithi_found_link *link) {
    const kithi_found_link *links = s->t->c.links;
    for (uint32_t end = s->refused.first[link->a]; end != UINT32_MAX; end = s->refused.next[end]) {
        const kithi_found_link *refused = &links[end / 2];
        if ((end % 2 == 0 ? refused->b : refused->a) == link->b && refused->value == link->value) {
            return true;
        }
    }
    return false;
}

static int extend(path_search *s, size_t length);

static int step_to(path_search *s, size_t length, kithi_found_link link) {
    const kithi_component *c = &s->t->c;
    bool end = link.b == s->target;
    if (c->cluster_of[link.b] != c->cluster_of[s->target] || on_path(s, length, link.b) ||
        end != (length + 1 == s->wanted) || is_refused(s, &link)) {
        return KITH_OK;
    }
    s->nodes[length + 1] = link.b;
    s->links[length + 1] = link;
    return end ? tell_path(s) : extend(s, length + 1);
}

static int extend_by_decisions(path_search *s, size_t length) {
    const kithi_component *c = &s->t->c;
    uint32_t from = s->nodes[length];
    int rc = KITH_OK;
    for (size_t i = 0; rc == KITH_OK && i < c->pair_count && !is_spent(s); i++) {
        const kithi_decided_pair *pair = &c->pairs[i];
        if (pair->decision == KITHI_DECISION_LINK && (pair->a == from || pair->b == from)) {
            uint32_t to = pair->a == from ? pair->b : pair->a;
            rc = step_to(s, length,
                         (kithi_found_link){.a = from, .b = to, .value = KITHI_BY_DECISION});
        }
    }
    return rc;
}

static int extend_by_values(path_search *s, size_t length) {
    const kithi_component *c = &s->t->c;
    uint32_t from = s->nodes[length];
    int rc = KITH_OK;
    for (size_t i = 0; rc == KITH_OK && i < c->nodes[from].value_count; i++) {
        uint32_t value = c->nodes[from].values[i];
        for (size_t j = 0; rc == KITH_OK && j < c->values[value].node_count; j++) {
            s->work++;
            if (is_spent(s)) {
                return KITH_OK;
            }
            uint32_t to = c->values[value].nodes[j];
            rc = step_to(s, length, (kithi_found_link){.a = from, .b = to, .value = value});
        }
    }
    return rc;
}

static int extend_by_scores(path_search *s, size_t length) {
    const kithi_component *c = &s->t->c;
    uint32_t from = s->nodes[length];
    int rc = KITH_OK;
    for (uint32_t end = s->scored.first[from]; rc == KITH_OK && end != UINT32_MAX;
         end = s->scored.next[end]) {
        const kithi_weighed_pair *pair = &c->weighed[end / 2];
        s->work++;
        if (is_spent(s)) {
            return KITH_OK;
        }
        rc = step_to(s, length,
                     (kithi_found_link){.a = from,
                                        .b = end % 2 == 0 ? pair->b : pair->a,
                                        .value = KITHI_BY_SCORE,
                                        .weight = pair->weight,
                                        .pattern = pair->pattern});
    }
    return rc;
}

static int extend(path_search *s, size_t length) {
    int rc = extend_by_decisions(s, length);
    if (rc == KITH_OK) {
        rc = extend_by_values(s, length);
    }
    return rc == KITH_OK ? extend_by_scores(s, length) : rc;
}

/* The way that is always there */

/* By which link each node is one step nearer to `to`; UINT32_MAX where none leads there. */
static uint32_t *find_ways(kithi_component *c, uint32_t to) {
    chains taken;
    uint32_t *by = kithi_arena_alloc(&c->arena, (c->node_count + 1) * sizeof *by);
    uint32_t *queue = kithi_arena_alloc(&c->arena, (c->node_count + 1) * sizeof *queue);
    if (by == NULL || queue == NULL || !chain_found(c, true, &taken)) {
        return NULL;
    }
    memset(by, 0xff, (c->node_count + 1) * sizeof *by);
    size_t count = 0;
    queue[count++] = to;
    for (size_t at = 0; at < count; at++) {
        uint32_t node = queue[at];
        for (uint32_t end = taken.first[node]; end != UINT32_MAX; end = taken.next[end]) {
            const kithi_found_link *link = &c->links[end / 2];
            uint32_t other = end % 2 == 0 ? link->b : link->a;
            if (other != to && by[other] == UINT32_MAX) {
                by[other] = end / 2;
                queue[count++] = other;
            }
        }
    }
    return by;
}

/* Links taken that lead from one record to another: always there for records of one cluster,
 * however far apart. They are a tree, so there is one way. */
static int tell_taken_path(kithi_teller *t, uint32_t a, uint32_t b) {
    kithi_component *c = &t->c;
    const uint32_t *by = find_ways(c, b);
    int rc = by != NULL ? KITH_OK : kithi_teller_no_memory(t);
    for (uint32_t at = a; rc == KITH_OK && at != b && by[at] != UINT32_MAX;) {
        kithi_found_link link = c->links[by[at]];
        uint32_t next = link.a == at ? link.b : link.a;
        link.a = at;
        link.b = next;
        rc = kithi_teller_add_link(t, &link, 1);
        at = next;
    }
    return rc;
}

static bool goes_on(const path_search *s) {
    return s->wanted < PATH_LENGTH_MAX - 1 && s->wanted < s->t->c.node_count && !is_spent(s);
}

int kithi_tell_paths(kithi_teller *t, uint32_t a, uint32_t b) {
    path_search s = {.t = t, .target = b, .wanted = 1};
    bool ok = chain_scored(&s) && chain_found(&t->c, false, &s.refused);
    int rc = ok ? KITH_OK : kithi_teller_no_memory(t);
    s.nodes[0] = a;
    for (; rc == KITH_OK && goes_on(&s); s.wanted++) {
        rc = extend(&s, 0);
    }
    return rc == KITH_OK && s.paths == 0 ? tell_taken_path(t, a, b) : rc;
}
