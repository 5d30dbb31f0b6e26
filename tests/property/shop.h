/*
 * A shop as the naive evaluator sees it: what was said at each record, the segments and traits that
 * are defined, and who is in which segment at a time, worked out from all of it anew. Who belongs
 * to whom, and the golden values, are the library's word: they have a model of their own.
 */
#ifndef TESTS_PROPERTY_SHOP_H
#define TESTS_PROPERTY_SHOP_H

#include "tests/property/naive_segment.h"
#include "tests/property/stand.h"

#define SHOP_KEYS     7
#define SHOP_RECORDS  (3 * SHOP_KEYS) /* of each key one in each source */
#define SHOP_SEGMENTS 6
#define SHOP_TRAITS   2
#define SHOP_FACTS    2000

/* A segment: an expression, maybe joined to what others say; or a trait, an aggregate. */
typedef struct shop_definition {
    bool defined;
    naive_node *node;
    char *text;
    int segment;      /* that it asks for; -1: none. It has a smaller number */
    const char *join; /* "AND", "AND NOT", "OR" */
    int trait;        /* of which more than `least` is enough; -1: none */
    int64_t least;
    bool changed; /* since all was settled */
} shop_definition;

typedef struct shop_person {
    naive_customer customer;
    kith_id id;
    uint32_t number;
    bool computed;    /* its row doesn't hold */
    uint32_t records; /* a bit each */
} shop_person;

typedef struct shop {
    uint64_t state;
    naive_town town; /* its times and zones; nobody lives in it */
    stand s;
    int64_t now_us;
    bool known[SHOP_RECORDS];
    uint32_t numbers[SHOP_RECORDS];
    naive_event *events; /* in their one order; each of its record here */
    size_t event_count;
    naive_mark *marks;
    size_t mark_count;
    unsigned serial; /* of facts */
    bool touched;    /* something was put since all was settled */
    shop_definition segments[SHOP_SEGMENTS], traits[SHOP_TRAITS];
    kithi_arena arena; /* of the people */
    shop_person people[SHOP_RECORDS];
    size_t person_count;
} shop;

extern const char *const shop_segment_names[SHOP_SEGMENTS];
extern const char *const shop_trait_names[SHOP_TRAITS];

void shop_open(shop *shop, uint64_t seed);
void shop_close(shop *shop);

/* Something is said, done or decided, now or lately or soon. */
void shop_put_fact(shop *shop, kith_txn *txn);
/* A segment or a trait is defined, replaced or removed. */
void shop_define(shop *shop, kith_txn *txn);
/* Looks at who there is, as is read at a time. */
void shop_look(shop *shop, kith_txn *txn, int64_t now_us);
/* NULL: nobody has this id. */
const shop_person *shop_find(const shop *shop, const kith_id *id);
/* The number of the segment; -1: there never was one. */
int shop_segment(const char *name);

bool shop_is_in(const shop *shop, const shop_person *person, int segment, int64_t at_us);
naive_value shop_trait(const shop *shop, const shop_person *person, int trait, int64_t at_us);
/* Whether the segment, or what it asks for, was defined anew since all was settled. */
bool shop_is_redefined(const shop *shop, int segment);
/* An instant at which something of the person may change. */
int64_t shop_moment(shop *shop, const shop_person *person);
void shop_print(const shop *shop, const shop_person *person);

#endif
