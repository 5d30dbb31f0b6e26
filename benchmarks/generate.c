#include "generate.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "generate_hash.h"
#include "harness.h"

#define CYCLE         50 /* kinds of import records repeat in cycles of this many */
#define SPLIT_AT      7
#define BRIDGE_AT     33
#define SECOND_EVERY  10 /* one profile in ten has two records */
#define MIX           UINT64_C(0x9e3779b97f4a7c15)
#define COUNT_OF(all) (sizeof(all) / sizeof((all)[0]))

const char *const generate_source_names[GENERATE_SOURCES] = {"pos", "web", "crm"};
const char *const generate_event_types[GENERATE_EVENT_TYPES] = {"order",  "visit",  "return",
                                                                "coupon", "review", "call"};

static const char *const given_names[] = {
    "Anna",  "Boris", "Carla", "David",  "Elena",  "Felix", "Grace", "Hugo",
    "Irene", "Jonas", "Karin", "Lukas",  "Maria",  "Nils",  "Olga",  "Pedro",
    "Quinn", "Rosa",  "Simon", "Tara",   "Ulrich", "Vera",  "Wanda", "Xaver",
    "Yara",  "Zoe",   "Amir",  "Bianca", "Cem",    "Dunja", "Emil",  "Farah",
};
static const char *const family_names[] = {
    "Adler",  "Becker",  "Costa",    "Dumas",  "Evans",  "Fischer", "Garcia", "Hansen",
    "Ivanov", "Jensen",  "Keller",   "Lopez",  "Martin", "Novak",   "Okafor", "Petrov",
    "Quiroz", "Rossi",   "Schmidt",  "Torres", "Ueda",   "Vargas",  "Weber",  "Xavier",
    "Yilmaz", "Zhukova", "Andersen", "Brandt", "Correa", "Duarte",  "Ekberg", "Ferrari",
};
static const char *const cities[] = {
    "Berlin",  "Lisbon", "Madrid", "Oslo",   "Prague", "Riga",   "Shanghai", "Toulouse",
    "Utrecht", "Vienna", "Warsaw", "Zagreb", "Athens", "Boston", "Chengdu",  "Dublin",
};
static const char *const payments[] = {"card", "cash", "wallet", "invoice"};

/* Which person a record speaks of, and whose identifiers it carries. */
typedef struct owners {
    uint64_t person;
    uint64_t email_owner;
    uint64_t phone_owner;
    uint64_t loyalty_owner;
    bool has_loyalty;
} owners;

/* Chinese mobile numbers: 13 or 15, then nine digits. */
static void write_phone(uint64_t owner, char out[16]) {
    uint64_t number = generate_scatter(owner, UINT64_C(0x1f35a4bd));
    const unsigned prefix = number < 1000000000 ? 13 : 15;
    snprintf(out, 16, "+86%u%09u", prefix, (unsigned)(number % 1000000000));
}

static void write_email(uint64_t owner, char *out, size_t size) {
    uint64_t number = generate_scatter(owner, UINT64_C(0x27d4eb2f));
    snprintf(out, size, "%s.%s.%" PRIx64 "@mail%u.example",
             given_names[number % COUNT_OF(given_names)],
             family_names[number / 64 % COUNT_OF(family_names)], number, (unsigned)(number % 40));
    for (char *c = out; *c; c++) {
        *c = (char)(*c >= 'A' && *c <= 'Z' ? *c + 32 : *c);
    }
}

static unsigned write_name(uint64_t index, char key[16]) {
    snprintf(key, 16, "R%09" PRIu32, (uint32_t)index);
    return (unsigned)(index % GENERATE_SOURCES);
}

static void write_record(uint64_t seed, uint64_t index, const owners *plan, generated_record *out) {
    uint64_t hash = generate_hash(seed, plan->person);
    memset(out, 0, sizeof *out);
    out->source = write_name(index, out->key);
    out->at_us = GENERATE_RECORDS_US + (int64_t)index * 10000000;
    out->given_name = given_names[hash % COUNT_OF(given_names)];
    out->family_name = family_names[(hash >> 8) % COUNT_OF(family_names)];
    out->city = cities[(hash >> 16) % COUNT_OF(cities)];
    out->birth_days = -10000 + (int64_t)((hash >> 24) % 22000);
    write_email(plan->email_owner, out->email, sizeof out->email);
    write_phone(plan->phone_owner, out->phone);
    if (plan->has_loyalty) {
        snprintf(out->loyalty_id, sizeof out->loyalty_id, "LC%010" PRIu64,
                 generate_scatter(plan->loyalty_owner, UINT64_C(0x165667b1)));
    }
}

static bool is_later_record(uint64_t index) {
    unsigned at = (unsigned)(index % CYCLE);
    return at % 5 == 3 ? at != BRIDGE_AT : at == 4;
}

static bool is_first_record(uint64_t index) {
    unsigned at = (unsigned)(index % CYCLE);
    return at != SPLIT_AT && at != BRIDGE_AT && !is_later_record(index);
}

/*
 * A random earlier record that is the first of its person: of the later half of those before, so
 * that the first persons don't gather more records than a customer has.
 */
static uint64_t earlier_person(uint64_t seed, uint64_t index) {
    uint64_t hash = generate_hash(seed ^ MIX, index);
    uint64_t person = index / 2 + hash % (index - index / 2);
    while (!is_first_record(person)) {
        hash = generate_hash(seed, hash);
        person = index / 2 + hash % (index - index / 2);
    }
    return person;
}

/* The record without ties that the bridge at `index` joins to its person; two bridges share one. */
static uint64_t bridged_record(uint64_t index) {
    return SPLIT_AT + CYCLE * (index / CYCLE / 2);
}

static owners plan_import(uint64_t seed, uint64_t index) {
    owners out = {index, index, index, index, true};
    if (index % CYCLE == SPLIT_AT) {
        out.person = earlier_person(seed, index);
        out.has_loyalty = false;
    } else if (index % CYCLE == BRIDGE_AT) {
        out.email_owner = bridged_record(index);
        out.person = earlier_person(seed, out.email_owner);
        out.loyalty_owner = out.person;
    } else if (is_later_record(index)) {
        /* The loyalty id is unique in a profile, so it is the one that all of them share. */
        unsigned shared = (unsigned)(generate_hash(seed + 2, index) % 3);
        out.person = earlier_person(seed, index);
        out.loyalty_owner = out.person;
        out.email_owner = shared == 1 ? out.person : index;
        out.phone_owner = shared == 2 ? out.person : index;
    }
    return out;
}

void generate_import_record(uint64_t seed, uint64_t index, generated_record *out) {
    owners plan = plan_import(seed, index);
    write_record(seed, index, &plan, out);
}

uint64_t generate_import_profiles(uint64_t count) {
    unsigned char *joined = bench_allocate(count / CYCLE + 1, 1);
    uint64_t profiles = 0;
    for (uint64_t i = 0; i < count; i++) {
        if (is_first_record(i) || i % CYCLE == SPLIT_AT) {
            profiles++;
        } else if (i % CYCLE == BRIDGE_AT) {
            unsigned char *mark = &joined[bridged_record(i) / CYCLE];
            profiles -= !*mark;
            *mark = 1;
        }
    }
    free(joined);
    return profiles;
}

uint64_t generate_profile_records(uint64_t profiles) {
    return profiles + profiles / SECOND_EVERY;
}

void generate_profile_record(uint64_t seed, uint64_t index, uint64_t profiles,
                             generated_record *out) {
    owners plan = {index, index, index, index, true};
    if (index >= profiles) {
        plan.person = (index - profiles) * SECOND_EVERY;
        plan.phone_owner = plan.person;
        plan.loyalty_owner = plan.person;
    }
    write_record(seed, index, &plan, out);
}

void generate_profile_phone(uint64_t person, char out[16]) {
    write_phone(person, out);
}

static kith_field text_field(const char *name, const char *text) {
    kith_field field = {name, kith_value_text(text)};
    return field;
}

size_t generate_record_fields(const generated_record *record,
                              kith_field fields[GENERATE_FIELDS_MAX]) {
    size_t count = 0;
    fields[count++] = text_field("email", record->email);
    fields[count++] = text_field("phone", record->phone);
    if (record->loyalty_id[0]) {
        fields[count++] = text_field("loyalty_id", record->loyalty_id);
    }
    fields[count++] = text_field("given_name", record->given_name);
    fields[count++] = text_field("family_name", record->family_name);
    fields[count++] = text_field("city", record->city);
    fields[count].name = "birth_date";
    fields[count++].value = kith_value_date(record->birth_days);
    return count;
}

void generate_event(uint64_t seed, uint64_t index, uint64_t count, uint64_t records,
                    generated_event *out) {
    uint64_t hash = generate_hash(seed + 3, index);
    uint64_t more = generate_hash(seed + 4, index);
    int64_t span = GENERATE_EVENT_DAYS * GENERATE_DAY_US;
    out->record = hash % records;
    out->source = write_name(out->record, out->key);
    out->type = (unsigned)((hash >> 40) % GENERATE_EVENT_TYPES);
    out->time_us = GENERATE_EVENTS_US + (int64_t)((double)index / (double)count * (double)span);
    snprintf(out->sku, sizeof out->sku, "A%07u", (unsigned)(more % 10000000));
    out->quantity = 1 + (int64_t)((more >> 24) % 5);
    out->price = (double)((more >> 32) % 500000) / 100;
    out->shop = (int64_t)((hash >> 32) % 120);
    out->payment = payments[(more >> 56) % COUNT_OF(payments)];
    out->note = "sale at the till";
    out->json_bytes = (uint32_t)snprintf(out->json, sizeof out->json,
                                         "{\"sku\":\"%s\",\"quantity\":%d,\"price\":%.2f,\"shop\":%"
                                         "d,\"payment\":\"%s\",\"note\":\"%s\"}",
                                         out->sku, (int)out->quantity, out->price, (int)out->shop,
                                         out->payment, out->note);
    out->hash = more;
    snprintf(out->message_id, sizeof out->message_id, "%08x-%04x-4%03x-%04x-%012" PRIx64,
             (unsigned)(more >> 32), (unsigned)(more >> 16) & 0xffff, (unsigned)more & 0xfff,
             (unsigned)(hash >> 48), index);
}

size_t generate_event_fields(const generated_event *event, kith_field fields[GENERATE_FIELDS_MAX]) {
    fields[0] = text_field("sku", event->sku);
    fields[1].name = "quantity";
    fields[1].value = kith_value_integer(event->quantity);
    fields[2].name = "price";
    fields[2].value = kith_value_real(event->price);
    fields[3].name = "shop";
    fields[3].value = kith_value_integer(event->shop);
    fields[4] = text_field("payment", event->payment);
    fields[5] = text_field("note", event->note);
    return 6;
}
