/*
 * A component: records connected by live identifiers and decisions of people, gathered into memory,
 * and the clusters that it falls into. Clusters are a pure function of the facts of a component
 * (cluster.c); all else here is reading.
 */
#ifndef KITHI_IDENTITY_COMPONENT_H
#define KITHI_IDENTITY_COMPONENT_H

#include "src/base/arena.h"
#include "src/base/map.h"
#include "src/fact/fact.h"
#include "src/match/compare.h"
#include "src/match/model.h"

/* A larger component is not clustered at a commit but at the next settle, so that no input makes
 * kith quadratic. */
#define KITHI_COMPONENT_MAX 4096
/* That number. It stands in an object of its own, so that a test that links the static library puts
 * one in its place that makes small components wait. */
size_t kithi_component_limit(void);
/* Refused links kept of one record through one value. */
#define KITHI_REFUSED_MAX 16

/* Why a link is refused. Stored in link rows. */
typedef enum kithi_rule {
    KITHI_RULE_NONE = 0,
    KITHI_RULE_UNLINK = 1,
    KITHI_RULE_UNIQUE = 2,
    KITHI_RULE_LIMIT = 3,
    KITHI_RULE_VETO = 4,
    KITHI_RULE_COHESION = 5,      /* too few of the cross pairs are as likely as not one person */
    KITHI_RULE_SOURCE = 6,        /* a source that has no duplicates would have two records */
    KITHI_RULE_CONTRADICTION = 7, /* a cross pair differs in what one person's records agree in */
    KITHI_RULE_AMBIGUOUS = 8      /* one of both is as like to a third, who contradicts the other */
} kithi_rule;

/* "unlink", "unique", ...; NULL for NONE. */
const char *kithi_rule_name(kithi_rule rule);

/* What a record shows of its person, for vetoes and for counting names. Interned: equal ones are
 * one. */
typedef struct kithi_persona {
    kithi_name name;
    uint64_t name_key; /* once has_key */
    bool has_key;
    /* One for each attribute that some type vetoes by, but the name: what the record says, or NULL.
     */
    const kith_value *const *values;
} kithi_persona;

/* An identifier value that a record of the component has. */
typedef struct kithi_shared_value {
    const kithi_attribute *type;
    const char *text;
    size_t size;
    uint64_t hash;
    bool generic;
    bool gathered;   /* its records were looked up */
    uint32_t *nodes; /* those of the component that may link by it, in canonical order */
    size_t node_count;
} kithi_shared_value;

typedef struct kithi_node {
    uint32_t record;
    kith_id id;
    int64_t first_seen_us;
    uint32_t distinct_source; /* the source's id, where that has no duplicates; else
                                 KITHI_NOT_DISTINCT */
    bool shared;              /* carries two values of a unique type: joins nobody */
    bool expanded;
    uint32_t persona;
    uint32_t *values; /* indexes of its live values */
    size_t value_count;
} kithi_node;

#define KITHI_NOT_DISTINCT UINT32_MAX

typedef struct kithi_decided_pair {
    uint32_t a, b; /* nodes */
    kithi_decision decision;
    uint8_t ids[32]; /* of both records, the smaller first: the order in which decisions are worked
                        in */
} kithi_decided_pair;

/* A pair that the model weighs, between nodes. */
typedef struct kithi_weighed_pair {
    uint32_t a, b; /* nodes, a < b */
    int32_t weight;
    uint64_t pattern;
} kithi_weighed_pair;

/* What a link is by, other than a value. */
#define KITHI_BY_DECISION UINT32_MAX
#define KITHI_BY_SCORE    (UINT32_MAX - 1)

/* The pairs of a record of one cluster and a record of another. */
typedef struct kithi_cross_pairs {
    uint64_t all;
    uint64_t known;  /* of cohesion: as likely as not one person; of a contradiction: how many do */
    uint64_t needed; /* of them, or how many may */
} kithi_cross_pairs;

/* A link taken or refused, between nodes. */
typedef struct kithi_found_link {
    uint32_t a, b;
    uint32_t value; /* index; KITHI_BY_DECISION, KITHI_BY_SCORE */
    int32_t weight; /* of a scored link */
    uint64_t pattern;
    kithi_rule rule;
    uint16_t detail;         /* id of the attribute that broke the rule, or of the source */
    kithi_cross_pairs cross; /* where cohesion or a contradiction refused it */
    uint32_t third;          /* where it is ambiguous: the node that one end is as like to */
} kithi_found_link;

typedef struct kithi_component {
    kith_txn *txn;
    kithi_arena arena;
    kithi_map node_of;  /* record -> node */
    kithi_map value_of; /* hash of type and text -> first value with it (chained) */
    kithi_node *nodes;
    size_t node_count, node_capacity;
    kithi_shared_value *values;
    uint32_t *value_next; /* chain of one hash */
    size_t value_count, value_capacity;
    kithi_persona *personas;
    size_t persona_count, persona_capacity;
    kithi_map persona_of;
    kithi_decided_pair *pairs;
    size_t pair_count, pair_capacity;
    const kithi_model *model; /* NULL: the store has none */
    kithi_weighed_pair *weighed;
    size_t weighed_count, weighed_capacity;
    uint16_t
        veto_attributes[KITHI_VETOES_MAX]; /* all attributes that vetoes look at, but the name */
    size_t veto_attribute_count;
    bool use_markers; /* genericness is read from the table; else it is worked out */
    /* The result of kithi_component_cluster: */
    uint32_t *cluster_of; /* node -> smallest node of its cluster */
    kithi_found_link *links;
    size_t link_count, link_capacity;
} kithi_component;

void kithi_component_init(kithi_component *component, kith_txn *txn, bool use_markers);
/* Forgets the records, keeps memory. */
void kithi_component_reset(kithi_component *component);
void kithi_component_clear(kithi_component *component);

/* Loads a record without looking around. KITH_NOT_FOUND. */
int kithi_component_load(kithi_component *component, uint32_t record, uint32_t *out_node);
/* Gathers all records connected with `record`. *out_whole is false if there are more than max (0:
 * no limit). */
int kithi_component_gather(kithi_component *component, uint32_t record, size_t max,
                           bool *out_whole);
/* Works out the clusters. */
int kithi_component_cluster(kithi_component *component);

/* Whether a loaded record has a live value. */
bool kithi_node_has(const kithi_component *component, uint32_t node, const kithi_attribute *type,
                    const char *text, size_t size);
/* The order of records within a value: by first sight, then id. */
int kithi_node_compare(const kithi_node *a, const kithi_node *b);
/* Whether two personas clash in an attribute that a type vetoes by; *out_attribute says which. */
bool kithi_personas_clash(const kithi_component *component, const kithi_attribute *type, uint32_t a,
                          uint32_t b, uint16_t *out_attribute);
bool kithi_is_name_attribute(const kithi_attribute *attribute);

#endif
