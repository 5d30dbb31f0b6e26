#include "generate_shop.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define STORES        40
#define PRIME         UINT64_C(2654435761) /* spreads the active ones over all numbers */
#define PURCHASE_PART 30                   /* percent; the rest are views */
#define COUNT_OF(all) (sizeof(all) / sizeof((all)[0]))
#define PART_OF(bits) ((double)((bits)&0xffffff) / 16777216.0)
#define EVENNESS      0.1 /* the most active do 1 / 0.1 of the mean */

const char *const shop_tag_names[SHOP_TAGS] = {"vip", "staff", "newsletter"};
static const unsigned tag_percents[SHOP_TAGS] = {5, 1, 30};

static const char *const cities[] = {
    "Berlin",  "Lisbon", "Madrid", "Oslo",   "Prague", "Riga",   "Shanghai", "Toulouse",
    "Utrecht", "Vienna", "Warsaw", "Zagreb", "Athens", "Boston", "Chengdu",  "Dublin",
};
static const char *const genders[] = {"f", "m", "x", NULL};
static const char *const channels[] = {"web", "web", "app", "store"};
/* Some sell more than others. */
static const char *const categories[] = {
    "shoes", "shoes", "shoes", "shirts", "shirts", "coats", "bags",  "toys",
    "books", "games", "tools", "tea",    "garden", "sport", "music", "gifts",
};

void shop_customer_key(uint64_t index, char out[SHOP_KEY_BYTES]) {
    snprintf(out, SHOP_KEY_BYTES, "C%09" PRIu32, (uint32_t)index);
}

void shop_customer_at(uint64_t seed, uint64_t index, shop_customer *out) {
    uint64_t hash = generate_hash(seed, index), more = generate_hash(seed + 1, index);
    memset(out, 0, sizeof *out);
    shop_customer_key(index, out->key);
    out->city = cities[hash % COUNT_OF(cities)];
    snprintf(out->store_id, sizeof out->store_id, "S%02u", (unsigned)((hash >> 8) % STORES));
    out->gender = genders[(hash >> 16) % COUNT_OF(genders)];
    out->birth_days = -10000 + (int64_t)((hash >> 24) % 22000);
    out->budget = (int64_t)((hash >> 40) % 1000);
    for (size_t i = 0; i < SHOP_TAGS; i++) {
        out->tags[i] = (more >> (16 * i) & 0xffff) % 100 < tag_percents[i];
    }
}

uint64_t shop_event_customer(uint64_t seed, uint64_t index, uint64_t customers) {
    double part = PART_OF(generate_hash(seed + 2, index) >> 8);
    double rank = part * (EVENNESS + (1 - EVENNESS) * part);
    return (uint64_t)(rank * (double)customers) * PRIME % customers;
}

void shop_event_at(uint64_t seed, uint64_t index, uint64_t count, uint64_t customers,
                   shop_event *out) {
    uint64_t hash = generate_hash(seed + 3, index);
    int64_t step = SHOP_DAYS * GENERATE_DAY_US / (int64_t)count;
    bool bought = hash % 100 < PURCHASE_PART;
    out->customer = shop_event_customer(seed, index, customers);
    out->time_us = SHOP_BEGIN_US + (int64_t)index * step + (int64_t)((hash >> 8) % (uint64_t)step);
    out->type = bought ? "purchase" : "view";
    /* Small amounts are frequent. */
    double part = PART_OF(hash >> 32);
    out->cents = bought ? 100 + (int64_t)(part * part * 19900) : 0;
    out->category = categories[(hash >> 56) % COUNT_OF(categories)];
    out->channel = channels[(hash >> 60) % COUNT_OF(channels)];
    snprintf(out->sku, sizeof out->sku, "K%05u", (unsigned)((hash >> 16) % 50000));
}

static kith_field text_field(const char *name, const char *text) {
    return (kith_field){name, kith_value_text(text)};
}

size_t shop_customer_fields(const shop_customer *customer, kith_field fields[GENERATE_FIELDS_MAX]) {
    size_t count = 0;
    fields[count++] = text_field("city", customer->city);
    fields[count++] = text_field("store_id", customer->store_id);
    fields[count++] = (kith_field){"birth_date", kith_value_date(customer->birth_days)};
    fields[count++] = (kith_field){"budget", kith_value_integer(customer->budget)};
    if (customer->gender) {
        fields[count++] = text_field("gender", customer->gender);
    }
    return count;
}

size_t shop_event_fields(const shop_event *event, kith_field fields[GENERATE_FIELDS_MAX]) {
    size_t count = 0;
    fields[count++] = text_field("category", event->category);
    fields[count++] = text_field("sku", event->sku);
    fields[count++] = text_field("channel", event->channel);
    if (event->cents > 0) {
        fields[count++] = (kith_field){"amount", kith_value_real((double)event->cents / 100)};
    }
    return count;
}
