/* English names: given names by gender with their short forms, surnames with a long tail. */
#ifndef KITH_BENCHMARKS_PERSON_NAMES_H
#define KITH_BENCHMARKS_PERSON_NAMES_H

#include "word_table.h"

/* Of a million surnames: these bear a rare name, put together from parts. */
#define PERSON_RARE_SURNAMES 395500

extern const char *const person_census_surnames[]; /* name, bearers in hundreds */

typedef struct person_names {
    word_table given[2]; /* men, women: name, weight, short forms */
    word_table surnames;
} person_names;

void person_names_load(person_names *names);

/* A surname's number; by census frequency, or one of the rare ones. */
uint32_t person_draw_surname(const person_names *names, person_random *random);
char *person_surname(const person_names *names, uint32_t surname, char out[WORD_BYTES]);
/* How many of a million have it. */
uint32_t person_surname_share(const person_names *names, uint32_t surname);
uint32_t person_given_share(const person_names *names, bool female, uint32_t given);
/* One of the short forms of a given name; false where it has none. */
bool person_draw_nickname(const person_names *names, bool female, uint32_t given,
                          person_random *random, char out[WORD_BYTES]);

#endif
