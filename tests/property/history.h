/*
 * Random histories over a small world: few sources, keys and values, so that sharing, vetoes,
 * conflicts of unique values, shared records, generic and blocked values, ties and late facts all
 * happen often. Everything follows from a seed.
 */
#ifndef TESTS_PROPERTY_HISTORY_H
#define TESTS_PROPERTY_HISTORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "kith.h"
#include "src/store/catalog.h"
#include "tests/random.h"

/* The world */

#define WORLD_SOURCES     3
#define WORLD_KEYS        14
#define WORLD_RECORDS     (WORLD_SOURCES * WORLD_KEYS)
#define WORLD_EVENT_TYPES 3
#define WORLD_PROPERTIES  3
#define WORLD_STAMPS      12 /* facts are stamped with the seconds 1 to this */
#define WORLD_DEFAULT_SUM "amount"
#define SECOND_US         ((int64_t)1000000)

/* Attributes; the first ones are the identifier types. */
typedef enum world_attribute {
    WORLD_LOYALTY_ID,
    WORLD_NATIONAL_ID,
    WORLD_EMAIL,
    WORLD_PHONE,
    WORLD_DEVICE_ID,
    WORLD_TYPES,
    WORLD_GIVEN_NAME = WORLD_TYPES,
    WORLD_FAMILY_NAME,
    WORLD_FULL_NAME,
    WORLD_BIRTH_DATE,
    WORLD_CITY,
    WORLD_POINTS,
    WORLD_NOTE,
    WORLD_ATTRIBUTES
} world_attribute;

typedef struct world_pool {
    const char *name;
    const char *const *values; /* as a source would write them */
    size_t count;
} world_pool;

/* A value of a property, and what it is in millionths where it is a number. */
typedef struct world_amount {
    kith_value value;
    bool number;
    int64_t micros;
} world_amount;
#define WORLD_AMOUNTS 11

extern const char *const world_sources[WORLD_SOURCES];
extern const world_pool world_pools[WORLD_ATTRIBUTES];
extern const kithi_normaliser world_normalisers[WORLD_TYPES];
extern const char *const world_blocked[WORLD_TYPES][2];
#define WORLD_REGIONS 4
extern const char *const world_regions[WORLD_REGIONS]; /* the first is the usual one */
extern const char *const world_event_types[WORLD_EVENT_TYPES];
extern const char *const world_properties[WORLD_PROPERTIES];
extern const world_amount world_amounts[WORLD_AMOUNTS];
extern const char *const world_people[3]; /* who decides */

/* What tags, consents, points and scores are of. */
#define WORLD_NAMES    2
#define WORLD_CHANNELS 3
#define WORLD_MICROS   WORLD_AMOUNTS
extern const char *const world_channels[WORLD_CHANNELS]; /* the first is NULL: any */
extern const char *const world_entries[WORLD_CHANNELS];
extern const int64_t world_micros[WORLD_MICROS];

/* Lists of veto attributes, ended by WORLD_ATTRIBUTES. */
#define WORLD_VETO_LISTS 5
extern const world_attribute world_vetoes[WORLD_VETO_LISTS][3];

/* The definitions in force. */
typedef struct world_type {
    bool unique;
    uint16_t limit, names, nameless, priority;
    uint8_t veto;    /* index of world_vetoes */
    uint8_t blocked; /* a bit for each of its world_blocked */
    bool exact;      /* normalised as it stands instead of by world_normalisers */
} world_type;

typedef struct world_rules {
    world_type types[WORLD_TYPES];
    kithi_survivorship survivorship[WORLD_ATTRIBUTES];
    uint8_t trust[WORLD_SOURCES];
    bool distinct[WORLD_SOURCES]; /* it has no duplicates */
    bool order_sums_points;       /* the first event type declares its own sums */
    uint8_t region;               /* index of world_regions */
    bool defined;                 /* the store has segments and traits: from its start on */
} world_rules;

/* How values of an identifier type are normalised under the rules. */
kithi_normaliser world_normaliser(const world_rules *rules, size_t type);

/* The rules as a config; free it. */
char *world_config(const world_rules *rules);

/* Random numbers, besides random_next() */
uint32_t random_below(uint64_t *state, uint32_t bound);
bool random_one_in(uint64_t *state, uint32_t n);

/* Histories */

typedef enum history_kind {
    HISTORY_PUT,
    HISTORY_PATCH,
    HISTORY_ADD,
    HISTORY_EVENT,
    HISTORY_LINK,
    HISTORY_UNLINK,
    HISTORY_TAG,
    HISTORY_UNTAG,
    HISTORY_CONSENT,
    HISTORY_POINTS,
    HISTORY_SCORE,
    HISTORY_CONFIG,
    HISTORY_SETTLE,
    HISTORY_READ,
    HISTORY_COMMIT,
    HISTORY_ABORT
} history_kind;

#define HISTORY_FIELDS_MAX 5
#define HISTORY_VALUES_MAX 3

typedef struct history_field {
    uint8_t attribute;
    uint8_t value_count; /* 0: null */
    uint8_t values[HISTORY_VALUES_MAX];
} history_field;

typedef struct history_op {
    history_kind kind;
    uint8_t source, key;
    uint8_t other_source, other_key; /* of a decision */
    int64_t at_us;                   /* stamp; time of an event; now of a settle or read */
    uint8_t field_count;
    history_field fields[HISTORY_FIELDS_MAX];
    uint8_t type;    /* of an event */
    uint8_t message; /* 0: none */
    uint8_t property_count;
    uint8_t properties[WORLD_PROPERTIES], amounts[WORLD_PROPERTIES];
    uint8_t by;                   /* of a mark 3: nobody */
    uint8_t name, detail, amount; /* of a mark, the second a channel or an entry */
    bool granted;
    int64_t expires_at_us;
    uint32_t budget;
    world_rules rules;
} history_op;

typedef struct history {
    uint64_t seed;
    world_rules rules; /* at the start */
    history_op *ops;
    size_t count;
} history;

/* What a history may hold besides facts. */
#define HISTORY_PLAIN   0u
#define HISTORY_CONFIGS 1u  /* definitions change on the way */
#define HISTORY_STEPS   2u  /* settles, reads, commits and aborts are strewn in */
#define HISTORY_FORMS   4u  /* definitions say otherwise what form values have, too */
#define HISTORY_SCORED  8u  /* the stores have a match model */
#define HISTORY_DEFINED 16u /* they have segments and traits */

/* Names by kind, of marks. */
extern const char *const world_names[HISTORY_SCORE + 1][WORLD_NAMES];
kith_origin world_origin(const history_op *op);
uint8_t world_confidence(const history_op *op);

void history_make(history *h, uint64_t seed, unsigned flags);
void history_copy(history *to, const history *from);
void history_clear(history *h);
bool history_is_fact(const history_op *op);
/* Whether it is refused while there is no such record. */
bool history_needs_record(const history_op *op);
void history_print_op(FILE *out, const history_op *op);
void history_print(FILE *out, const history *h);

world_rules world_random_rules(uint64_t *state);

/* Texts that both sides of a comparison write. */
void world_record_name(char out[32], uint8_t source, uint8_t key);
void world_show_value(const kith_value *value, char *out, size_t size);

#endif
