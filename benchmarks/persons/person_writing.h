/* How a source writes a person down, with what goes wrong in it. */
#ifndef KITH_BENCHMARKS_PERSON_WRITING_H
#define KITH_BENCHMARKS_PERSON_WRITING_H

#include "person_household.h"
#include "persons.h"

typedef struct person_writer {
    const person_tables *tables;
    const persons_options *options;
    uint64_t *changes; /* counted here */
} person_writer;

/* What may happen to a person before a later record. */
void person_live_on(const person_writer *writer, person_random *random, person *who);
/* Writes everything but the record's id. `home` is where the family's phone and e-mail come from.
 */
void person_write(const person_writer *writer, person_random *random, const person *who,
                  const household *home, bool is_later, person_record *out);

#endif
