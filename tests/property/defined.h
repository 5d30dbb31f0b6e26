/*
 * Segments, traits and scores that a store under test may have defined: what they are, what the
 * library says of them, and what they mean, worked out by hand for each.
 */
#ifndef TESTS_PROPERTY_DEFINED_H
#define TESTS_PROPERTY_DEFINED_H

#include "tests/property/said.h"

#define DEFINED_SEGMENTS 8

/* Defines all of them. */
int defined_put(kith_txn *txn);
/* Writes out what a profile reads of them, and how many are in each segment. */
void defined_dump_profile(const kith_profile *profile, const char *id, lines *out);
int defined_dump_counts(kith_txn *txn, int64_t now_us, lines *out);

/* A profile of the model. */
typedef struct defined_event {
    uint8_t type;
    int64_t at_us;
} defined_event;
typedef struct defined_person {
    const said *said;
    size_t said_count;
    const defined_event *events;
    size_t event_count;
} defined_person;

/* Writes out the same of it, and adds it to the counts of the segments that it is in. */
void defined_dump_person(const defined_person *person, int64_t now_us, const char *id, lines *out,
                         uint64_t counts[DEFINED_SEGMENTS]);
void defined_dump_person_counts(const uint64_t counts[DEFINED_SEGMENTS], lines *out);

#endif
