/*
 * The catalog: the definitions of a store, as an immutable snapshot in memory. A transaction holds
 * one; a write that defines something makes a new one, which other transactions see after its
 * commit. Ids are dense per kind, given in order of definition, never reused, of this store only.
 */
#ifndef KITHI_STORE_CATALOG_H
#define KITHI_STORE_CATALOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "kith/base.h"

#define KITHI_CATALOG_MAX 4096 /* entries of a kind */
#define KITHI_VETO_MAX    8    /* veto attributes of an identifier type */
#define KITHI_VETOES_MAX  64   /* different ones of all types */

typedef enum kithi_catalog_kind {
    KITHI_CATALOG_SOURCE = 1,
    KITHI_CATALOG_ATTRIBUTE = 2, /* with identifier rules where it is an identifier type */
    KITHI_CATALOG_EVENT_TYPE = 3,
    KITHI_CATALOG_PROPERTY = 4,
    KITHI_CATALOG_SETTING = 5,
    KITHI_CATALOG_SEGMENT = 6,
    KITHI_CATALOG_TRAIT = 7,
    KITHI_CATALOG_VERSION = 8, /* what one of them was before; not in memory */
    KITHI_CATALOG_SCORE = 9
} kithi_catalog_kind;

typedef enum kithi_source_kind {
    KITHI_SOURCE_FIRST_PARTY = 1,
    KITHI_SOURCE_SECOND_PARTY = 2,
    KITHI_SOURCE_THIRD_PARTY = 3
} kithi_source_kind;

typedef enum kithi_normaliser {
    KITHI_NORMALISE_EXACT = 0, /* cleaned text, case kept */
    KITHI_NORMALISE_ID = 1,    /* letters and digits only, upper case: "AB-12 3" -> "AB123" */
    KITHI_NORMALISE_EMAIL = 2,
    KITHI_NORMALISE_PHONE = 3,
    KITHI_NORMALISE_NAME = 4 /* folded as names are compared */
} kithi_normaliser;

typedef enum kithi_survivorship {
    KITHI_SURVIVORSHIP_LATEST = 0,
    KITHI_SURVIVORSHIP_EARLIEST = 1,
    KITHI_SURVIVORSHIP_MOST_FREQUENT = 2,
    KITHI_SURVIVORSHIP_SOURCE_PRIORITY = 3,
    KITHI_SURVIVORSHIP_LONGEST = 4,
    KITHI_SURVIVORSHIP_MIN = 5,
    KITHI_SURVIVORSHIP_MAX = 6,
    KITHI_SURVIVORSHIP_UNION = 7
} kithi_survivorship;

typedef struct kithi_source {
    uint16_t id;
    const char *name;
    uint8_t trust; /* 0-100, for source_priority */
    kithi_source_kind kind;
    bool distinct; /* it has no duplicates: a profile holds at most one record of it */
} kithi_source;

/* The rules of an identifier type (README, "Definitions"). */
typedef struct kithi_identifier_rules {
    kithi_normaliser normaliser;
    bool unique;
    uint16_t limit;         /* 0: none */
    uint16_t generic_names; /* more different names than this: generic; 0: never */
    uint16_t generic_nameless;
    uint16_t priority;
    uint16_t veto_count;
    uint16_t veto[KITHI_VETO_MAX]; /* attribute ids */
    size_t blocked_count;
    const char *const *blocked; /* patterns over the normal form, as normalise.h says */
} kithi_identifier_rules;

typedef struct kithi_attribute {
    uint16_t id;
    const char *name;
    uint64_t name_hash; /* the same in every store: seeds identifier hashes and orders */
    kith_type type;     /* TEXT, INTEGER, REAL, BOOLEAN, DATE, TIME; NULL: any, kept as given */
    kithi_survivorship survivorship;
    const kithi_identifier_rules *identifier; /* NULL: it never links */
    bool identity; /* an identifier, a name, or what a veto looks at: a change of it may change
                      clusters */
} kithi_attribute;

typedef struct kithi_event_type {
    uint16_t id;
    const char *name;
    bool declares_sums; /* else the store's default properties are summed */
    size_t sum_count;
    const char *const *sums; /* names of numeric properties */
} kithi_event_type;

/* A segment, a trait or a score. */
typedef struct kithi_formula {
    uint16_t id;
    const char *name;
    uint32_t version; /* from 1 on */
    uint32_t stamp;   /* how many definitions of any of them there had been by then, with it */
    bool removed;     /* its id and versions stay */
    int64_t at_us;    /* when this version was defined */
    const char *text; /* the expression, in its one form; of a score its model, JSON */
    const char *note; /* what people say of it; "": nothing */
} kithi_formula;

/* What a config says of the match model. It counts when a model is learnt. */

typedef struct kithi_compared {
    const char *attribute;
    const char *kind; /* one of kithi_match_kinds; NULL: it is not compared */
} kithi_compared;

#define KITHI_COMPARED_MAX    64
#define KITHI_MATCH_UNSET     INT32_MIN
#define KITHI_MATCH_BIT       256                    /* weights: one bit */
#define KITHI_MATCH_WHOLE     300                    /* shares: one, so that a third is exact */
#define KITHI_MATCH_CAP_MAX   65535                  /* of a block */
#define KITHI_MATCH_LINK_AT   (2 * KITHI_MATCH_BIT)  /* usual: four to one that it is one person */
#define KITHI_MATCH_REVIEW_AT (-4 * KITHI_MATCH_BIT) /* one to sixteen */

/* KITHI_MATCH_UNSET: what is usual. */
typedef struct kithi_match_settings {
    kithi_compared compared[KITHI_COMPARED_MAX];
    size_t compared_count;
    int32_t link_at, review_at; /* in 1/256 bits */
    int32_t block_cap;          /* records */
    int32_t cohesion;           /* of the cross pairs of two clusters, in 1/300 */
    const char *const *blocks;  /* names of block rules; none: the standard ones */
    size_t block_count;
} kithi_match_settings;

/* As what an attribute of its own may be compared; ends with NULL. */
extern const char *const kithi_match_kinds[];

typedef struct kithi_catalog kithi_catalog;

/* Text forms of the enumerations, as definitions name them; NULL or -1 for what has none. */
const char *kithi_normaliser_name(kithi_normaliser normaliser);
const char *kithi_survivorship_name(kithi_survivorship survivorship);
const char *kithi_source_kind_name(kithi_source_kind kind);
const char *kithi_type_name(kith_type type); /* "any" for KITH_TYPE_NULL */
int kithi_normaliser_of(const char *name);
int kithi_survivorship_of(const char *name);
int kithi_source_kind_of(const char *name);
int kithi_type_of(const char *name);

const kithi_source *kithi_catalog_source(const kithi_catalog *catalog, uint16_t id);
const kithi_attribute *kithi_catalog_attribute(const kithi_catalog *catalog, uint16_t id);
const kithi_event_type *kithi_catalog_event_type(const kithi_catalog *catalog, uint16_t id);
const char *kithi_catalog_property(const kithi_catalog *catalog, uint16_t id);

const kithi_source *kithi_catalog_find_source(const kithi_catalog *catalog, const char *name);
const kithi_attribute *kithi_catalog_find_attribute(const kithi_catalog *catalog, const char *name);
const kithi_event_type *kithi_catalog_find_event_type(const kithi_catalog *catalog,
                                                      const char *name);
/* The id of a property, or -1. */
int kithi_catalog_find_property(const kithi_catalog *catalog, const char *name);

/* Segments, traits and scores; those that are removed are found as well. */
const kithi_formula *kithi_catalog_formula(const kithi_catalog *catalog, kithi_catalog_kind kind,
                                           uint16_t id);
const kithi_formula *kithi_catalog_find_formula(const kithi_catalog *catalog,
                                                kithi_catalog_kind kind, const char *name);
size_t kithi_catalog_formula_count(const kithi_catalog *catalog, kithi_catalog_kind kind);

size_t kithi_catalog_source_count(const kithi_catalog *catalog);
size_t kithi_catalog_attribute_count(const kithi_catalog *catalog);
size_t kithi_catalog_event_type_count(const kithi_catalog *catalog);
size_t kithi_catalog_property_count(const kithi_catalog *catalog);

/* Names of the properties that are summed for event types that don't say. */
size_t kithi_catalog_default_sums(const kithi_catalog *catalog, const char *const **out_names);
const char *kithi_catalog_region(const kithi_catalog *catalog);
/* The zone whose calendar holds for customers who have none of their own. */
const char *kithi_catalog_time_zone(const kithi_catalog *catalog);
const kithi_match_settings *kithi_catalog_match(const kithi_catalog *catalog);
/* The version of the match model in force; 0: none. */
uint32_t kithi_catalog_model(const kithi_catalog *catalog);
/*
 * What a module above made of the catalog and keeps with it; NULL: nothing yet. Of several that
 * are attached in one place by different threads the first stays, and is given back; `end` frees
 * the others, and it when the catalog goes.
 */
typedef enum kithi_attachment_place {
    KITHI_ATTACHED_MODEL,
    KITHI_ATTACHED_PLANS,
    KITHI_ATTACHMENTS
} kithi_attachment_place;
void *kithi_catalog_attached(const kithi_catalog *catalog, kithi_attachment_place place);
void *kithi_catalog_attach(const kithi_catalog *catalog, kithi_attachment_place place, void *item,
                           void (*end)(void *item));
/* A transaction's own catalog learns names on the fly: then this is another number, and what was
 * made of it before is to be detached, which frees it. */
uint64_t kithi_catalog_revision(const kithi_catalog *catalog);
void kithi_catalog_detach(const kithi_catalog *catalog, kithi_attachment_place place);
/* Whether events of this type sum this property. */
bool kithi_catalog_sums(const kithi_catalog *catalog, const kithi_event_type *type,
                        uint16_t property);

#endif
