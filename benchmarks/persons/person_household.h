/* The people of one household and what is true of them, before anybody writes it down. */
#ifndef KITH_BENCHMARKS_PERSON_HOUSEHOLD_H
#define KITH_BENCHMARKS_PERSON_HOUSEHOLD_H

#include "person_han.h"
#include "person_names.h"
#include "person_places.h"

#define HOUSEHOLD_MAX    6
#define HOUSEHOLD_PHONES 16 /* owners of phones set aside for each household */

typedef struct person_tables {
    person_names names;
    han_names han;
    person_places places;
} person_tables;

typedef struct person {
    uint64_t entity;
    bool is_chinese;
    bool is_female;
    bool uses_landline;
    bool has_moved;
    uint32_t surname;
    uint32_t given;      /* of an English name */
    han_given han_given; /* of a Chinese one */
    unsigned year, month, day;
    person_place place;
    uint64_t mobile;  /* the number's owner */
    uint64_t mailbox; /* whose address, and the how-manieth it is */
} person;

typedef struct household {
    uint64_t landline; /* the number's owner */
    bool has_landline;
    unsigned size;
    person member[HOUSEHOLD_MAX];
} household;

void person_tables_load(person_tables *tables);
void household_draw(const person_tables *tables, uint64_t number, unsigned chinese_permille,
                    person_random *random, household *out);

#endif
