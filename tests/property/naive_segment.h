/*
 * The segment language once more, by its meaning alone: an expression as a tree of its own, made at
 * random, written as text, and evaluated over lists of facts by the shortest way that is surely
 * right. Of the library it uses only what has tests of its own: calendars, hashes, composed text,
 * and the readers of dates, times and amounts.
 */
#ifndef TESTS_PROPERTY_NAIVE_SEGMENT_H
#define TESTS_PROPERTY_NAIVE_SEGMENT_H

#include <stdio.h>

#include "kith.h"
#include "src/base/arena.h"
#include "src/base/calendar.h"

#define HOUR_US (3600 * (int64_t)1000000)
#define DAY_US  (24 * HOUR_US)

/* Values */

typedef enum naive_sort {
    NAIVE_NOTHING,
    NAIVE_BOOLEAN,
    NAIVE_NUMBER,
    NAIVE_TEXT,
    NAIVE_DATE,
    NAIVE_TIME,
    NAIVE_DURATION,
    NAIVE_OTHER /* a map */
} naive_sort;

__extension__ typedef __int128 naive_number;

#define NAIVE_TEXT_BYTES 64

typedef struct naive_value {
    naive_sort sort;
    naive_number number; /* millionths; days; microseconds; 0 or 1 */
    char text[NAIVE_TEXT_BYTES];
} naive_value;

/* Facts of one customer */

#define NAIVE_RECORDS_MAX    3
#define NAIVE_ATTRIBUTES     10
#define NAIVE_PROPERTIES_MAX 5
#define NAIVE_ZONES          6

typedef struct naive_attribute {
    size_t record; /* which says it */
    kith_field field;
} naive_attribute;

typedef struct naive_event {
    size_t record;
    const char *type;
    int64_t time_us;
    char message[16]; /* its id */
    kith_field fields[NAIVE_PROPERTIES_MAX];
    size_t field_count;
} naive_event;

typedef enum naive_mark_kind {
    NAIVE_TAG,
    NAIVE_UNTAG,
    NAIVE_CONSENT,
    NAIVE_POINTS,
    NAIVE_SCORE
} naive_mark_kind;

typedef struct naive_mark {
    naive_mark_kind kind;
    size_t record;
    const char *name;
    const char *channel; /* of a consent; NULL: any */
    const char *entry;   /* of points */
    bool granted;
    int64_t micros;
    int64_t at_us, expires_at_us;
} naive_mark;

typedef struct naive_customer {
    char card[32]; /* what makes its records one */
    size_t record_count;
    naive_attribute attributes[NAIVE_ATTRIBUTES];
    size_t attribute_count;
    naive_event *events; /* in their one order */
    size_t event_count;
    naive_mark *marks;
    size_t mark_count;
    const kithi_zone *zone;
    kith_id id; /* as the store gave it */
} naive_customer;

/* Expressions */

typedef enum naive_op {
    NAIVE_LITERAL,
    NAIVE_NOW,
    NAIVE_TODAY,
    NAIVE_ATTRIBUTE,
    NAIVE_PROPERTY,
    NAIVE_AT,
    NAIVE_SUM,
    NAIVE_AGGREGATE,
    NAIVE_CALL,
    NAIVE_AND,
    NAIVE_OR,
    NAIVE_NOT,
    NAIVE_COMPARE,
    NAIVE_IN,
    NAIVE_BETWEEN,
    NAIVE_MATCH,
    NAIVE_IS_NULL,
    NAIVE_DID,
    NAIVE_REGULARLY,
    NAIVE_TEST
} naive_op;

typedef enum naive_window {
    NAIVE_ALL,
    NAIVE_LAST,
    NAIVE_CALENDAR,
    NAIVE_THIS,
    NAIVE_SINCE,
    NAIVE_BEFORE,
    NAIVE_FROM_TO
} naive_window;

typedef struct naive_node naive_node;

typedef struct naive_stream {
    const char *event;
    const char *property; /* NULL: the events; "at": their times; else a path */
    naive_node *where;    /* NULL: all */
    naive_window window;
    kithi_calendar_unit unit;
    int64_t count, duration_us;
    naive_node *from, *to;
    bool negated;      /* THEN NOT */
    int64_t within_us; /* 0: whenever */
} naive_stream;

#define NAIVE_KIDS_MAX  4
#define NAIVE_STEPS_MAX 4

struct naive_node {
    naive_op op;
    const char *word; /* which: "+", "<=", "sum", "lower", "LIKE", "tag", a part of a date */
    bool negated;     /* NOT IN, NOT BETWEEN, NOT LIKE, IS NOT NULL */
    naive_value value;
    const char *names[NAIVE_KIDS_MAX]; /* of an attribute or a property: its path; of tags, ... */
    size_t name_count;
    int step; /* whose property: 0: this event's, -1: prev's, else that of stepN */
    naive_node *kids[NAIVE_KIDS_MAX];
    size_t kid_count;
    naive_stream *streams[NAIVE_STEPS_MAX];
    size_t stream_count;
    int64_t least, most; /* of a bucket: from and to; regularly: events, and periods */
    int64_t period_us;   /* 0: the unit */
    kithi_calendar_unit unit;
};

/* naive_segment.c: what an expression gives for a customer at a time; `condition`: it is one. */
naive_value naive_evaluate(const naive_customer *customer, const naive_node *node, bool condition,
                           int64_t now_us);
/* The bucket of 10000 that a customer is in. */
int64_t naive_bucket(const kith_id *id, const char *salt);
bool naive_equal(const naive_value *a, const naive_value *b);
void naive_show(const naive_value *value, char out[128]);
/* What an attribute or a property is as a value; NAIVE_OTHER: it is no scalar. */
naive_value naive_value_of(const kith_value *value);

/* naive_expression.c */

/* What an expression is made of and around. */
typedef struct naive_maker {
    uint64_t *state;
    kithi_arena *arena;
    int64_t origin_us, grid_us; /* facts lie on a grid of times */
    const kith_id *id;          /* of a customer */
    bool in_where;
    int step; /* of the sequence whose WHERE it is, from 1 on */
} naive_maker;

/* A random expression: mostly a condition, or a value. */
naive_node *naive_make(naive_maker *maker);
/* Its text; free it. */
char *naive_write(const naive_node *node);
/* Makes an expression smaller in the way of that number, in place, and keeps in *out_undo how it
 * was. False: there are no more ways. */
typedef struct naive_undo {
    naive_node *node;
    naive_node node_was;
    naive_stream *stream;
    naive_stream stream_was;
} naive_undo;
bool naive_shrink(naive_node *node, size_t way, naive_undo *out_undo);
void naive_restore(const naive_undo *undo);
/* The durations in an expression, the instants that it names, and the finest of the units whose
 * ends it asks the calendar for. */
#define NAIVE_MOMENTS_MAX 64
typedef struct naive_moments {
    int64_t durations_us[NAIVE_MOMENTS_MAX], times_us[NAIVE_MOMENTS_MAX];
    size_t duration_count, time_count;
    int64_t unit_us; /* 0: none */
} naive_moments;
void naive_collect(const naive_node *node, const kithi_zone *zone, naive_moments *out);

/* naive_facts.c */

typedef struct naive_town {
    uint64_t seed;
    kithi_arena arena;
    int64_t origin_us, grid_us;
    size_t store_zone; /* by its number */
    kithi_zone *zones[NAIVE_ZONES];
    naive_customer *customers;
    size_t customer_count;
} naive_town;

#define NAIVE_EVENT_TYPES 4
#define NAIVE_NAMES       3
#define NAIVE_TEXTS       14
extern const char *const naive_zone_names[NAIVE_ZONES];
extern const char *const naive_event_types[NAIVE_EVENT_TYPES];
extern const char *const naive_names[NAIVE_NAMES];    /* of tags, purposes, ledgers and scores */
extern const char *const naive_channels[NAIVE_NAMES]; /* the last is NULL: any */
extern const char *const naive_texts[NAIVE_TEXTS];

/* An event type: two of them mostly. */
const char *naive_pick_type(uint64_t *state);
/* An instant on the grid of a town, or just beside it. */
int64_t naive_make_time(uint64_t *state, int64_t origin_us, int64_t grid_us);
/* Whether the system knows the zones that towns are in. */
bool naive_zones_known(void);
/* A town of so many customers. */
void naive_town_make(naive_town *town, uint64_t seed, size_t customer_count);
void naive_town_clear(naive_town *town);
/* The definitions of its store; it has room for 512 bytes. */
void naive_town_config(const naive_town *town, char out[512]);
/* The order of events, and a zone by its name; the store's where there is none of it. */
int naive_compare_events(const void *left, const void *right);
const kithi_zone *naive_zone_of(const naive_town *town, const naive_customer *customer);
/* A property of an event or an attribute of a customer, by its place among the names. */
extern const char *const naive_attributes[NAIVE_ATTRIBUTES];
kith_value naive_make_attribute(naive_town *town, uint64_t *state, size_t which);
void naive_make_properties(naive_town *town, uint64_t *state, naive_event *event);
/* Puts a fact of the customer that has this key, by a record of the source of its number. */
int naive_put_event(kith_txn *txn, const char *key, const naive_event *event);
int naive_put_mark(kith_txn *txn, const char *key, const naive_mark *mark);
/* Puts all facts into a store, in an order that the state gives. KITH_OK, or the first failure. */
int naive_town_put(const naive_town *town, kith_txn *txn, uint64_t *state);
/* Finds the profile of each customer, and takes its id; all records must be in it. */
int naive_town_find(naive_town *town, kith_txn *txn, kith_profile *profiles);
void naive_customer_print(FILE *out, const naive_customer *customer);

#endif
