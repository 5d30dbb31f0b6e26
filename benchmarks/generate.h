/*
 * Generated customers and their events. Every row is a pure function of the seed and its index, so
 * both sides of a comparison get the same bytes and nothing has to be kept in memory.
 *
 * E-mails, phones and loyalty ids are one-to-one with the number of their owner: two records share
 * one exactly where the generator says so.
 */
#ifndef KITH_BENCHMARKS_GENERATE_H
#define KITH_BENCHMARKS_GENERATE_H

#include <stdint.h>

#include "generate_hash.h"
#include "kith.h"

#define GENERATE_FIELDS_MAX  8
#define GENERATE_EVENT_TYPES 6
#define GENERATE_SOURCES     3
/* Records were said before the first event; every event happened before GENERATE_NOW_US. */
#define GENERATE_DAY_US      INT64_C(86400000000)
#define GENERATE_RECORDS_US  INT64_C(1672531200000000) /* 2023-01-01 */
#define GENERATE_EVENTS_US   INT64_C(1704067200000000) /* 2024-01-01 */
#define GENERATE_EVENT_DAYS  180
#define GENERATE_NOW_US      (GENERATE_EVENTS_US + GENERATE_EVENT_DAYS * GENERATE_DAY_US)

extern const char *const generate_source_names[GENERATE_SOURCES];
extern const char *const generate_event_types[GENERATE_EVENT_TYPES];

typedef struct generated_record {
    unsigned source; /* index in generate_source_names */
    char key[16];
    int64_t at_us;
    const char *given_name;
    const char *family_name;
    const char *city;
    int64_t birth_days;
    char email[64];
    char phone[16];      /* E.164 */
    char loyalty_id[16]; /* empty: none */
} generated_record;

/*
 * Record `index` of a series for an import: 20% are later records of an earlier person that share
 * one or two identifiers with it, 2% a person's record that shares nothing yet (it has no loyalty
 * id), and 2% join such a one to its person.
 */
void generate_import_record(uint64_t seed, uint64_t index, generated_record *out);
/* How many profiles the first `count` of them make. */
uint64_t generate_import_profiles(uint64_t count);

/*
 * Record `index` of `profiles` profiles, every tenth of which has two records: the second ones
 * follow after the first ones, up to generate_profile_records(). They share phone and loyalty id.
 */
void generate_profile_record(uint64_t seed, uint64_t index, uint64_t profiles,
                             generated_record *out);
uint64_t generate_profile_records(uint64_t profiles);
/* Its phone alone. */
void generate_profile_phone(uint64_t person, char out[16]);

/* A record's attributes as kith takes them; they borrow from the record. Returns how many. */
size_t generate_record_fields(const generated_record *record,
                              kith_field fields[GENERATE_FIELDS_MAX]);

typedef struct generated_event {
    uint64_t record; /* index of the record that did it */
    unsigned source; /* and its name */
    char key[16];
    unsigned type; /* index in generate_event_types */
    int64_t time_us;
    char sku[12];
    int64_t quantity;
    double price;
    int64_t shop;
    const char *payment;
    const char *note;
    char json[160]; /* the same properties as text, about 100 bytes */
    uint32_t json_bytes;
    uint64_t hash; /* of the properties */
    char message_id[40];
} generated_event;

/* Event `index` of `count`, in order of time, each of a random one of `records`. */
void generate_event(uint64_t seed, uint64_t index, uint64_t count, uint64_t records,
                    generated_event *out);
size_t generate_event_fields(const generated_event *event, kith_field fields[GENERATE_FIELDS_MAX]);

#endif
