/* The slips in a person's later records: which, how many, and where. */
#ifndef KITH_BENCHMARKS_PERSON_SLIPS_H
#define KITH_BENCHMARKS_PERSON_SLIPS_H

#include "person_writing.h"

/* At least one in the share of records that the options say, then fewer and fewer. */
void person_slip(const person_writer *writer, person_random *random, const person *who,
                 han_script script, person_record *record);

#endif
