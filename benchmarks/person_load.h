/*
 * Stores of generated persons, put through kith's public interface and resolved; and records that
 * are held back, for a benchmark to ask for or to add.
 */
#ifndef KITH_BENCHMARKS_PERSON_LOAD_H
#define KITH_BENCHMARKS_PERSON_LOAD_H

#include "harness.h"
#include "kith.h"
#include "persons/persons.h"

#define PERSON_FIELD_BIT(field) (1u << (field))
#define PERSON_ALL_FIELDS       (PERSON_FIELD_BIT(PERSON_FIELDS) - 1)

/* The values that a record has of the wanted fields (a bit each), borrowed. Returns how many. */
size_t person_load_fields(const person_record *record, unsigned wanted,
                          kith_field fields[PERSON_FIELDS]);
void person_load_put(kith_txn *txn, const person_record *record, unsigned wanted);

typedef struct person_load {
    const bench_options *options;
    uint64_t *entities; /* who each record is, by its number in the store */
    uint64_t count;     /* of these */
    /* Held back, spread over all: later records, of whom the store has an earlier or another one;
     * and records as they come, of persons known and unknown. */
    person_record *known, *mixed;
    size_t known_count, mixed_count;
} person_load;

/* options->count records; of each kind a sixteenth of that, but no more than so many, beside. */
#define PERSON_HELD_MAX 62500
void person_load_init(person_load *load, const bench_options *options);
void person_load_clear(person_load *load);

typedef void person_take_fn(void *context, const person_record *record);

/* Hands each record on but those that are held back. */
void person_load_each(person_load *load, person_take_fn *take, void *context);

/* Puts the wanted fields of them all, in durable batches, and resolves. */
void person_load_fill(person_load *load, kith *store, unsigned wanted);
/* The store of all fields at bench_prepared_path(), made unless it is there. */
kith *person_load_prepared(person_load *load);

/* Whether a record of the store is of this person. */
bool person_load_is(const person_load *load, uint32_t record, uint64_t entity);

#endif
