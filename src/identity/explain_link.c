/*
 * Explaining a link: what it is by, and what refused it.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "src/base/text.h"
#include "src/base/value.h"
#include "src/identity/teller.h"

/* Text of what broke a rule: the attribute and what both sides say. */

static void name_of(const kithi_persona *p, char *out, size_t size) {
    snprintf(out, size, "%.60s%s%.60s", p->name.given,
             p->name.given[0] && p->name.family[0] ? " " : "", p->name.family);
}

static bool clash_in(const kithi_teller *t, const kithi_found_link *link, size_t i, size_t j) {
    const kithi_component *c = &t->c;
    uint16_t attribute;
    return kithi_personas_clash(c, c->values[link->value].type, c->nodes[i].persona,
                                c->nodes[j].persona, &attribute) &&
           attribute == link->detail;
}

/* The two nodes that clash in what the link was refused for, one of each cluster: the link's own if
 * they do. */
static bool find_clash(const kithi_teller *t, const kithi_found_link *link, size_t *out_i,
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
static void show_said(const kithi_teller *t, size_t node, const kithi_attribute *by, char *out,
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

static void tell_veto(kithi_teller *t, const kithi_found_link *link, const kithi_attribute *by,
                      kith_step *step) {
    char x[128] = "", y[128] = "", text[320];
    size_t i, j;
    if (!find_clash(t, link, &i, &j)) {
        step->detail = kithi_teller_keep_text(t, by->name);
        return;
    }
    show_said(t, i, by, x, sizeof x);
    show_said(t, j, by, y, sizeof y);
    snprintf(text, sizeof text, "%s: %s / %s", by->name, x, y);
    kithi_text_mend(text);
    step->detail = kithi_teller_keep_text(t, text);
    step->clash_a = t->c.nodes[i].record;
    step->clash_b = t->c.nodes[j].record;
}

static const char *are(uint64_t count) {
    return count == 1 ? "is" : "are";
}

static void tell_cohesion(kithi_teller *t, const kithi_cross_pairs *cross, kith_step *step) {
    char text[160];
    snprintf(text, sizeof text,
             "%" PRIu64 " of %" PRIu64 " cross pairs %s known, %" PRIu64 " %s needed", cross->known,
             cross->all, are(cross->known), cross->needed, are(cross->needed));
    step->detail = kithi_teller_keep_text(t, text);
}

static void tell_contradiction(kithi_teller *t, const kithi_cross_pairs *cross, kith_step *step) {
    char text[160];
    if (cross->all == 0) {
        step->detail = kithi_teller_keep_text(t, "too many different birth dates or documents");
        return;
    }
    snprintf(text, sizeof text,
             "birth dates or documents of %" PRIu64 " of %" PRIu64
             " cross pairs contradict, %" PRIu64 " may",
             cross->known, cross->all, cross->needed);
    step->detail = kithi_teller_keep_text(t, text);
}

/* The record that one end is as like to, and the end that it contradicts. */
static void tell_ambiguous(kithi_teller *t, const kithi_found_link *link, kith_step *step) {
    step->clash_a = t->c.nodes[link->third].record;
    step->detail =
        kithi_teller_keep_text(t, "one is as like to a third record, which contradicts the other");
}

static void tell_source(kithi_teller *t, const kithi_found_link *link, kith_step *step) {
    const kithi_source *source = kithi_catalog_source(kithi_txn_catalog(t->txn), link->detail);
    step->detail = source != NULL ? kithi_teller_keep_text(t, source->name) : NULL;
}

static void tell_rule(kithi_teller *t, const kithi_found_link *link, kith_step *step) {
    const kithi_attribute *by = kithi_catalog_attribute(kithi_txn_catalog(t->txn), link->detail);
    bool counted = link->rule == KITHI_RULE_UNIQUE || link->rule == KITHI_RULE_LIMIT;
    step->rule = kithi_rule_name(link->rule);
    if (link->rule == KITHI_RULE_VETO && by != NULL) {
        tell_veto(t, link, by, step);
    } else if (link->rule == KITHI_RULE_SOURCE) {
        tell_source(t, link, step);
    } else if (link->rule == KITHI_RULE_COHESION) {
        tell_cohesion(t, &link->cross, step);
    } else if (link->rule == KITHI_RULE_CONTRADICTION) {
        tell_contradiction(t, &link->cross, step);
    } else if (link->rule == KITHI_RULE_AMBIGUOUS) {
        tell_ambiguous(t, link, step);
    } else if (counted && by != NULL) {
        step->detail = kithi_teller_keep_text(t, by->name);
    }
}

/* Who decided about a pair. */
static int decided_by(kithi_teller *t, uint32_t a, uint32_t b, const char **out) {
    kithi_assertion assertion;
    uint64_t other = b;
    int rc = kithi_assertion_next(t->txn, a, &other, &assertion);
    *out = rc == KITH_OK && assertion.other == b
               ? kithi_teller_keep(t, assertion.by, assertion.by_size)
               : NULL;
    return rc == KITH_DONE ? KITH_OK : rc;
}

static void tell_score(kithi_teller *t, const kithi_found_link *link, kith_step *step) {
    char text[32];
    step->type = kithi_teller_keep_text(t, "score");
    step->bits = kithi_bits(link->weight);
    step->bits_needed = kithi_bits(t->c.model->link_at);
    snprintf(text, sizeof text, "%.2f bits", step->bits);
    step->detail = kithi_teller_keep_text(t, text);
}

int kithi_teller_add_link(kithi_teller *t, const kithi_found_link *link, uint32_t path) {
    const kithi_component *c = &t->c;
    kith_step step =
        kithi_step_of(link->rule == KITHI_RULE_NONE ? KITH_STEP_LINK : KITH_STEP_REFUSED,
                      c->nodes[link->a].record, c->nodes[link->b].record);
    int rc = KITH_OK;
    step.path = path;
    if (link->value == KITHI_BY_SCORE) {
        tell_score(t, link, &step);
    } else if (link->value == KITHI_BY_DECISION) {
        step.type = kithi_teller_keep_text(t, "assertion");
        rc = decided_by(t, step.a, step.b, &step.value);
    } else {
        step.type = kithi_teller_keep_text(t, c->values[link->value].type->name);
        step.value = kithi_teller_keep(t, c->values[link->value].text, c->values[link->value].size);
    }
    if (link->rule != KITHI_RULE_NONE) {
        step.detail = NULL;
        tell_rule(t, link, &step);
    }
    return rc == KITH_OK ? kithi_teller_add(t, step) : rc;
}
