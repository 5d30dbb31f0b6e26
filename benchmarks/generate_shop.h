/*
 * A generated shop for questions about segments: customers with attributes and tags, and what they
 * viewed and bought in two years. Every row is a pure function of the seed and its index; events
 * come in order of time, no two at one instant. The most active tenth does a third of all.
 */
#ifndef KITH_BENCHMARKS_GENERATE_SHOP_H
#define KITH_BENCHMARKS_GENERATE_SHOP_H

#include <stdbool.h>

#include "generate.h"

#define SHOP_SOURCE    "shop"
#define SHOP_DAYS      730
#define SHOP_BEGIN_US  INT64_C(1672531200000000) /* 2023-01-01 */
#define SHOP_NOW_US    (SHOP_BEGIN_US + SHOP_DAYS * GENERATE_DAY_US)
#define SHOP_TAGS      3
#define SHOP_KEY_BYTES 16

extern const char *const shop_tag_names[SHOP_TAGS];

typedef struct shop_customer {
    char key[SHOP_KEY_BYTES];
    const char *city;
    char store_id[8];
    const char *gender; /* NULL: unknown */
    int64_t birth_days;
    int64_t budget;
    bool tags[SHOP_TAGS];
} shop_customer;

typedef struct shop_event {
    uint64_t customer; /* index */
    int64_t time_us;
    const char *type; /* view, purchase */
    int64_t cents;    /* of a purchase; of a view 0 */
    const char *category;
    const char *channel;
    char sku[16];
} shop_event;

void shop_customer_key(uint64_t index, char out[SHOP_KEY_BYTES]);
void shop_customer_at(uint64_t seed, uint64_t index, shop_customer *out);
/* The customer of event `index` alone; of so many customers. */
uint64_t shop_event_customer(uint64_t seed, uint64_t index, uint64_t customers);
void shop_event_at(uint64_t seed, uint64_t index, uint64_t count, uint64_t customers,
                   shop_event *out);

/* What kith is told; the fields borrow. */
size_t shop_customer_fields(const shop_customer *customer, kith_field fields[GENERATE_FIELDS_MAX]);
size_t shop_event_fields(const shop_event *event, kith_field fields[GENERATE_FIELDS_MAX]);

#endif
