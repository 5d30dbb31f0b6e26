/*
 * Explaining: why two records are one customer or not, and how a profile came to be. The component
 * of the records is gathered as resolving does, so what is told is what was decided.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "src/base/grow.h"
#include "src/base/text.h"
#include "src/base/value.h"
#include "src/fact/record_key.h"
#include "src/identity/component.h"
#include "src/identity/generic.h"
#include "src/identity/identity.h"

#define PATHS_MAX       16
#define PATH_LENGTH_MAX 32
#define PATH_WORK_MAX   200000 /* steps of the search for paths */

struct kith_explanation {
    kithi_arena arena;
    bool same;
    kith_step *steps;
    size_t count, capacity;
};

static const char *const kind_names[] = {NULL,      "link",   "refused",  "blocked", "generic",
                                         "invalid", "shared", "unlinked", "pending", "nothing"};

const char *kith_step_kind_name(kith_step_kind kind) {
    size_t at = (size_t)kind;
    return at < sizeof kind_names / sizeof kind_names[0] && kind_names[at] ? kind_names[at]
                                                                           : "unknown";
}

bool kith_explanation_same(const kith_explanation *e) {
    return e->same;
}

size_t kith_explanation_step_count(const kith_explanation *e) {
    return e->count;
}

const kith_step *kith_explanation_step(const kith_explanation *e, size_t index) {
    return index < e->count ? &e->steps[index] : NULL;
}

void kith_explanation_free(kith_explanation *e) {
    if (e != NULL) {
        kithi_arena_clear(&e->arena);
        free(e->steps);
        free(e);
    }
}

/* The explanation being written. */
typedef struct teller {
    kith_txn *txn;
    kith_explanation *e;
    kithi_component c;
    bool failed; /* a text could not be kept: memory is out */
} teller;

static int no_memory(teller *t) {
    return kithi_error_memory(kithi_txn_error(t->txn));
}

static const char *keep(teller *t, const char *text, size_t size) {
    const char *kept = text != NULL ? kithi_arena_copy(&t->e->arena, text, size) : NULL;
    t->failed = t->failed || (text != NULL && kept == NULL);
    return kept;
}

static const char *keep_text(teller *t, const char *text) {
    return text != NULL ? keep(t, text, strlen(text)) : NULL;
}

static kith_step step_of(kith_step_kind kind, uint32_t a, uint32_t b) {
    return (kith_step){.size = sizeof(kith_step),
                       .kind = kind,
                       .a = a,
                       .b = b,
                       .clash_a = KITH_NO_RECORD,
                       .clash_b = KITH_NO_RECORD};
}

static int add(teller *t, kith_step step) {
    kith_explanation *e = t->e;
    if (!KITHI_GROW(e->steps, e->capacity, e->count + 1)) {
        return no_memory(t);
    }
    e->steps[e->count++] = step;
    return KITH_OK;
}

/* Text of what broke a rule: the attribute and what both sides say. */

static void name_of(const kithi_persona *p, char *out, size_t size) {
    snprintf(out, size, "%.60s%s%.60s", p->name.given,
             p->name.given[0] && p->name.family[0] ? " " : "", p->name.family);
}

static bool clash_in(const teller *t, const kithi_found_link *link, size_t i, size_t j) {
    const kithi_component *c = &t->c;
    uint16_t attribute;
    return kithi_personas_clash(c, c->values[link->value].type, c->nodes[i].persona,
                                c->nodes[j].persona, &attribute) &&
           attribute == link->detail;
}

/* The two nodes that clash in what the link was refused for, one of each cluster: the link's own if
 * they do. */
static bool find_clash(const teller *t, const kithi_found_link *link, size_t *out_i,
                       size_t *out_j) {
    const kithi_component *c = &t->c;
    uint32_t a = c->cluster_of[link->a], b = c->cluster_of[link->b];
    *out_i = link->a;
    *out_j = link->b;
    bool found = clash_in(t, link, link->a, link->b);
    for (size_t i = 0; !found && i < c->node_count; i++) {
        for (size_t j = 0; !found && c->cluster_of[i] == a && j < c->node_count; j++) {
            found = c->cluster_of[j] == b && clash_in(t, link, i, j);
            *out_i = i;
            *out_j = j;
        }
    }
    return found;
}

/* What a node says of an attribute that vetoes. */
static void show_said(const teller *t, size_t node, const kithi_attribute *by, char *out,
                      size_t size) {
    const kithi_persona *persona = &t->c.personas[t->c.nodes[node].persona];
    if (kithi_is_name_attribute(by)) {
        name_of(persona, out, size);
    }
    for (size_t i = 0; i < t->c.veto_attribute_count; i++) {
        if (t->c.veto_attributes[i] == by->id && persona->values[i] != NULL) {
            kithi_value_show(persona->values[i], out, size);
        }
    }
}

static void tell_veto(teller *t, const kithi_found_link *link, const kithi_attribute *by,
                      kith_step *step) {
    char x[128] = "", y[128] = "", text[320];
    size_t i, j;
    if (!find_clash(t, link, &i, &j)) {
        step->detail = keep_text(t, by->name);
        return;
    }
    show_said(t, i, by, x, sizeof x);
    show_said(t, j, by, y, sizeof y);
    snprintf(text, sizeof text, "%s: %s / %s", by->name, x, y);
    kithi_text_mend(text);
    step->detail = keep_text(t, text);
    step->clash_a = t->c.nodes[i].record;
    step->clash_b = t->c.nodes[j].record;
}

static void tell_rule(teller *t, const kithi_found_link *link, kith_step *step) {
    const kithi_attribute *by = kithi_catalog_attribute(kithi_txn_catalog(t->txn), link->detail);
    bool counted = link->rule == KITHI_RULE_UNIQUE || link->rule == KITHI_RULE_LIMIT;
    step->rule = kithi_rule_name(link->rule);
    if (link->rule == KITHI_RULE_VETO && by != NULL) {
        tell_veto(t, link, by, step);
    } else if (counted && by != NULL) {
        step->detail = keep_text(t, by->name);
    }
}

/* Who decided about a pair. */
static int decided_by(teller *t, uint32_t a, uint32_t b, const char **out) {
    kithi_assertion assertion;
    uint64_t other = b;
    int rc = kithi_assertion_next(t->txn, a, &other, &assertion);
    *out = rc == KITH_OK && assertion.other == b ? keep(t, assertion.by, assertion.by_size) : NULL;
    return rc == KITH_DONE ? KITH_OK : rc;
}

static int add_found(teller *t, const kithi_found_link *link, uint32_t path) {
    const kithi_component *c = &t->c;
    kith_step step = step_of(link->rule == KITHI_RULE_NONE ? KITH_STEP_LINK : KITH_STEP_REFUSED,
                             c->nodes[link->a].record, c->nodes[link->b].record);
    int rc = KITH_OK;
    step.path = path;
    if (link->value == KITHI_BY_SCORE) {
        step.type = keep_text(t, "score");
    } else if (link->value == KITHI_BY_DECISION) {
        step.type = keep_text(t, "assertion");
        rc = decided_by(t, step.a, step.b, &step.value);
    } else {
        step.type = keep_text(t, c->values[link->value].type->name);
        step.value = keep(t, c->values[link->value].text, c->values[link->value].size);
    }
    if (link->rule != KITHI_RULE_NONE) {
        tell_rule(t, link, &step);
    }
    return rc == KITH_OK ? add(t, step) : rc;
}

/* Paths: every way from a to b over records of one cluster that share a value or were joined by a
 * person. */

typedef struct path_search {
    teller *t;
    uint32_t target;
    uint32_t nodes[PATH_LENGTH_MAX];
    uint32_t values[PATH_LENGTH_MAX]; /* by which each but the first was reached */
    size_t wanted;                    /* steps of the paths looked for now */
    uint32_t paths;
    uint64_t work;
    uint32_t last_nodes[PATH_LENGTH_MAX];
} path_search;

static int tell_path(path_search *s) {
    int rc = KITH_OK;
    s->paths++;
    for (size_t i = 1; rc == KITH_OK && i <= s->wanted; i++) {
        kithi_found_link link = {.a = s->nodes[i - 1], .b = s->nodes[i], .value = s->values[i]};
        rc = add_found(s->t, &link, s->paths);
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

static int extend(path_search *s, size_t length);

static int step_to(path_search *s, size_t length, uint32_t node, uint32_t value) {
    const kithi_component *c = &s->t->c;
    bool end = node == s->target;
    if (c->cluster_of[node] != c->cluster_of[s->target] || on_path(s, length, node) ||
        end != (length + 1 == s->wanted)) {
        return KITH_OK;
    }
    s->nodes[length + 1] = node;
    s->values[length + 1] = value;
    return end ? tell_path(s) : extend(s, length + 1);
}

static int extend(path_search *s, size_t length) {
    const kithi_component *c = &s->t->c;
    uint32_t from = s->nodes[length];
    int rc = KITH_OK;
    for (size_t i = 0; rc == KITH_OK && i < c->pair_count && s->paths < PATHS_MAX; i++) {
        const kithi_decided_pair *pair = &c->pairs[i];
        if (pair->decision == KITHI_DECISION_LINK && (pair->a == from || pair->b == from)) {
            rc = step_to(s, length, pair->a == from ? pair->b : pair->a, KITHI_BY_DECISION);
        }
    }
    for (size_t i = 0; rc == KITH_OK && i < c->nodes[from].value_count; i++) {
        uint32_t value = c->nodes[from].values[i];
        for (size_t j = 0; rc == KITH_OK && j < c->values[value].node_count; j++) {
            if (s->paths >= PATHS_MAX || ++s->work > PATH_WORK_MAX) {
                return KITH_OK;
            }
            rc = step_to(s, length, c->values[value].nodes[j], value);
        }
    }
    return rc;
}

/* The links taken, by their ends: end 2i is the link i at its record a, end 2i + 1 at its b. Those
 * of one node are chained. */
typedef struct taken_links {
    uint32_t *first; /* by node */
    uint32_t *next;  /* by end */
} taken_links;

static bool chain_taken_links(kithi_component *c, taken_links *out) {
    out->first = kithi_arena_alloc(&c->arena, (c->node_count + 1) * sizeof *out->first);
    out->next = kithi_arena_alloc(&c->arena, (2 * c->link_count + 1) * sizeof *out->next);
    if (out->first == NULL || out->next == NULL) {
        return false;
    }
    memset(out->first, 0xff, (c->node_count + 1) * sizeof *out->first);
    for (uint32_t end = 0; end < 2 * c->link_count; end++) {
        const kithi_found_link *link = &c->links[end / 2];
        if (link->rule == KITHI_RULE_NONE) {
            uint32_t node = end % 2 == 0 ? link->a : link->b;
            out->next[end] = out->first[node];
            out->first[node] = end;
        }
    }
    return true;
}

/* By which link each node is one step nearer to `to`; UINT32_MAX where none leads there. */
static uint32_t *find_ways(kithi_component *c, uint32_t to) {
    taken_links taken;
    uint32_t *by = kithi_arena_alloc(&c->arena, (c->node_count + 1) * sizeof *by);
    uint32_t *queue = kithi_arena_alloc(&c->arena, (c->node_count + 1) * sizeof *queue);
    if (by == NULL || queue == NULL || !chain_taken_links(c, &taken)) {
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
static int tell_taken_path(teller *t, uint32_t a, uint32_t b) {
    kithi_component *c = &t->c;
    const uint32_t *by = find_ways(c, b);
    int rc = by != NULL ? KITH_OK : no_memory(t);
    for (uint32_t at = a; rc == KITH_OK && at != b && by[at] != UINT32_MAX;) {
        kithi_found_link link = c->links[by[at]];
        uint32_t next = link.a == at ? link.b : link.a;
        link.a = at;
        link.b = next;
        rc = add_found(t, &link, 1);
        at = next;
    }
    return rc;
}

static int tell_paths(teller *t, uint32_t a, uint32_t b) {
    path_search s = {.t = t, .target = b};
    int rc = KITH_OK;
    s.nodes[0] = a;
    for (s.wanted = 1; rc == KITH_OK && s.wanted < PATH_LENGTH_MAX - 1 &&
                       s.wanted < t->c.node_count && s.paths < PATHS_MAX && s.work < PATH_WORK_MAX;
         s.wanted++) {
        rc = extend(&s, 0);
    }
    return rc == KITH_OK && s.paths == 0 ? tell_taken_path(t, a, b) : rc;
}

/* Why not */

typedef struct row_value {
    const kithi_attribute *attribute;
    kith_value_status status;
    const char *text;
    size_t size;
} row_value;

static int read_identifiers(teller *t, uint32_t record, row_value **out, size_t *out_count) {
    const kithi_catalog *catalog = kithi_txn_catalog(t->txn);
    kithi_slice row;
    kithi_row_header header;
    kithi_row_value value;
    kithi_walker walker;
    size_t count = 0;
    int rc = kithi_record_row(t->txn, record, &row);
    if (rc != KITH_OK) {
        return rc;
    }
    row_value *list = kithi_arena_calloc(&t->e->arena, row.size / 2 + 1, sizeof *list);
    if (list == NULL) {
        return no_memory(t);
    }
    if (!kithi_row_values(row, &header, &walker)) {
        return kithi_record_damaged(t->txn, record);
    }
    while (kithi_row_next(&header, &walker, &value)) {
        const kithi_attribute *attribute = kithi_catalog_attribute(catalog, value.attribute);
        kithi_walker packed = kithi_walker_of(value.packed, value.packed_size);
        row_value *item = &list[count];
        if (!value.floor && attribute != NULL && attribute->identifier != NULL &&
            kithi_walk_text(&packed, &item->text, &item->size)) {
            item->attribute = attribute;
            item->status = value.status;
            count++;
        }
    }
    *out = list;
    *out_count = count;
    return KITH_OK;
}

/* What a value that both have says about why it doesn't link them; LINK: it could. */
static kith_step_kind judge(teller *t, const row_value *value) {
    if (value->status != KITH_VALUE_LIVE) {
        return value->status == KITH_VALUE_BLOCKED ? KITH_STEP_BLOCKED : KITH_STEP_INVALID;
    }
    uint8_t key[16];
    kithi_slice marker;
    kithi_generic_key(key, value->attribute, value->text, value->size);
    return kithi_get(t->txn, KITHI_TABLE_GENERIC, key, sizeof key, &marker) == KITH_OK
               ? KITH_STEP_GENERIC
               : KITH_STEP_LINK;
}

/* Shared values that don't link. */
static int tell_dead_values(teller *t, uint32_t a, uint32_t b) {
    row_value *mine, *theirs;
    size_t my_count, their_count;
    int rc = read_identifiers(t, a, &mine, &my_count);
    if (rc == KITH_OK) {
        rc = read_identifiers(t, b, &theirs, &their_count);
    }
    for (size_t i = 0; rc == KITH_OK && i < my_count; i++) {
        for (size_t j = 0; rc == KITH_OK && j < their_count; j++) {
            if (mine[i].attribute != theirs[j].attribute || mine[i].size != theirs[j].size ||
                memcmp(mine[i].text, theirs[j].text, mine[i].size) != 0) {
                continue;
            }
            kith_step step = step_of(judge(t, &mine[i]), a, b);
            if (step.kind != KITH_STEP_LINK) {
                step.type = keep_text(t, mine[i].attribute->name);
                step.value = keep(t, mine[i].text, mine[i].size);
                rc = add(t, step);
            }
        }
    }
    return rc;
}

/* Links between the clusters of two records that a rule refused. */
static int tell_refused(teller *t, uint32_t a, uint32_t b) {
    const kithi_component *c = &t->c;
    const uint64_t *x = kithi_map_get(&c->node_of, a), *y = kithi_map_get(&c->node_of, b);
    int rc = KITH_OK;
    for (size_t i = 0; rc == KITH_OK && x != NULL && y != NULL && i < c->link_count; i++) {
        const kithi_found_link *link = &c->links[i];
        uint32_t p = c->cluster_of[link->a], q = c->cluster_of[link->b];
        uint32_t m = c->cluster_of[*x], n = c->cluster_of[*y];
        if (link->rule != KITHI_RULE_NONE && ((p == m && q == n) || (p == n && q == m))) {
            rc = add_found(t, link, 0);
        }
    }
    return rc;
}

static int tell_shared(teller *t, uint32_t record) {
    uint32_t node;
    int rc = kithi_component_load(&t->c, record, &node);
    if (rc != KITH_OK || !t->c.nodes[node].shared) {
        return rc;
    }
    kith_step step = step_of(KITH_STEP_SHARED, record, record);
    for (size_t i = 0; i < t->c.nodes[node].value_count; i++) {
        const kithi_attribute *type = t->c.values[t->c.nodes[node].values[i]].type;
        step.type =
            type->identifier->unique && step.type == NULL ? keep_text(t, type->name) : step.type;
    }
    return add(t, step);
}

static int tell_unlinked(teller *t, uint32_t a, uint32_t b) {
    kithi_assertion assertion;
    uint64_t other = b;
    int rc = kithi_assertion_next(t->txn, a, &other, &assertion);
    if (rc != KITH_OK || assertion.other != b || assertion.decision != KITHI_DECISION_UNLINK) {
        return rc == KITH_DONE ? KITH_OK : rc;
    }
    kith_step step = step_of(KITH_STEP_UNLINKED, a, b);
    step.type = keep_text(t, "assertion");
    step.value = keep(t, assertion.by, assertion.by_size);
    return add(t, step);
}

static int tell_pending(teller *t, uint32_t a, uint32_t b) {
    uint32_t records[2] = {a, b};
    bool pending;
    int rc = kithi_identity_pending(t->txn, records, 2, &pending);
    if (rc == KITH_OK && pending) {
        kith_step step = step_of(KITH_STEP_PENDING, a, b);
        rc = add(t, step);
    }
    return rc;
}

static int tell_why_not(teller *t, uint32_t a, uint32_t b) {
    int rc = tell_unlinked(t, a, b);
    if (rc == KITH_OK) {
        rc = tell_pending(t, a, b);
    }
    if (rc == KITH_OK) {
        rc = tell_refused(t, a, b);
    }
    if (rc == KITH_OK) {
        rc = tell_dead_values(t, a, b);
    }
    if (rc == KITH_OK) {
        rc = tell_shared(t, a);
    }
    if (rc == KITH_OK) {
        rc = tell_shared(t, b);
    }
    if (rc == KITH_OK && t->e->count == 0) {
        kith_step step = step_of(KITH_STEP_NOTHING, a, b);
        rc = add(t, step);
    }
    return rc;
}

/* Gathers the component of a record as it was decided; one that is pending is not clustered here
 * either. */
static int begin(teller *t, kith_txn *txn, uint32_t record) {
    bool whole;
    memset(t, 0, sizeof *t);
    t->txn = txn;
    t->e = calloc(1, sizeof *t->e);
    if (t->e == NULL) {
        return kithi_error_memory(kithi_txn_error(txn));
    }
    kithi_arena_init(&t->e->arena);
    kithi_component_init(&t->c, txn, true);
    int rc = kithi_component_gather(&t->c, record, 0, &whole);
    if (rc == KITH_NOT_FOUND) {
        return kithi_record_missing(txn, record);
    }
    return rc == KITH_OK ? kithi_component_cluster(&t->c) : rc;
}

static int finish(teller *t, int rc, kith_explanation **out) {
    if (rc == KITH_OK && t->failed) {
        rc = no_memory(t);
    }
    if (t->e != NULL) {
        kithi_component_clear(&t->c);
    }
    if (rc == KITH_OK) {
        *out = t->e;
    } else {
        kith_explanation_free(t->e);
    }
    return rc;
}

int kith_explain_why(kith_txn *txn, uint32_t record_a, uint32_t record_b, kith_explanation **out) {
    teller t = {0};
    uint32_t head_a, head_b;
    kith_record present = KITH_RECORD_INIT;
    int rc = kithi_txn_check_read(txn);
    if (rc == KITH_OK) {
        rc = kithi_identity_resolve(txn);
    }
    if (rc == KITH_OK) {
        rc = kith_record_get_number(txn, record_b, &present);
    }
    if (rc == KITH_OK) {
        rc = kithi_identity_head(txn, record_a, &head_a);
    }
    if (rc == KITH_OK) {
        rc = kithi_identity_head(txn, record_b, &head_b);
    }
    if (rc == KITH_OK) {
        rc = begin(&t, txn, record_a);
    }
    if (rc == KITH_OK) {
        t.e->same = head_a == head_b;
        const uint64_t *a = kithi_map_get(&t.c.node_of, record_a),
                       *b = kithi_map_get(&t.c.node_of, record_b);
        bool paths = t.e->same && record_a != record_b && a != NULL && b != NULL;
        rc = paths       ? tell_paths(&t, (uint32_t)*a, (uint32_t)*b)
             : t.e->same ? KITH_OK
                         : tell_why_not(&t, record_a, record_b);
    }
    return finish(&t, rc, out);
}

int kith_explain_how(kith_txn *txn, uint32_t record, kith_explanation **out) {
    teller t = {0};
    int rc = kithi_txn_check_read(txn);
    if (rc == KITH_OK) {
        rc = kithi_identity_resolve(txn);
    }
    if (rc == KITH_OK) {
        rc = begin(&t, txn, record);
    }
    if (rc == KITH_OK) {
        t.e->same = true;
        uint32_t cluster = t.c.cluster_of[*kithi_map_get(&t.c.node_of, record)];
        for (int refused = 0; refused < 2; refused++) {
            for (size_t i = 0; rc == KITH_OK && i < t.c.link_count; i++) {
                const kithi_found_link *link = &t.c.links[i];
                bool mine =
                    t.c.cluster_of[link->a] == cluster || t.c.cluster_of[link->b] == cluster;
                if (mine && (link->rule != KITHI_RULE_NONE) == (refused == 1)) {
                    rc = add_found(&t, link, 0);
                }
            }
        }
    }
    return finish(&t, rc, out);
}
