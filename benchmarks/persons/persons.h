/*
 * Generated persons with truth, for matching without a shared key: households that share surname,
 * address and phone; persons with one or more records, by a Zipf law; and in the later records what
 * happens to data about people: slips, moves, marriages, new e-mails, other scripts.
 *
 * A household is a pure function of the seed and its number, in whole numbers only, so the same
 * options give the same bytes on every machine. Records come in random order within a window of
 * fixed size; nothing else is kept in memory but the tables.
 */
#ifndef KITH_BENCHMARKS_PERSONS_H
#define KITH_BENCHMARKS_PERSONS_H

#include <stdbool.h>
#include <stdint.h>

#define PERSONS_COUNT_MAX     UINT64_C(100000000) /* phones stay one-to-one up to here */
#define PERSONS_CLUSTER_LIMIT 64
#define PERSON_SOURCES        3
#define PERSON_FIELD_BYTES    64
#define PERSON_ID_BYTES       16

typedef struct persons_options {
    uint64_t count; /* of records */
    uint64_t seed;
    unsigned chinese_permille; /* of households */
    unsigned slips_permille;   /* of a person's later records: those with at least one slip */
    unsigned cluster_max;      /* most records of one person */
} persons_options;

#define PERSONS_OPTIONS_INIT                                                                       \
    { .count = 1000, .seed = 1, .chinese_permille = 50, .slips_permille = 700, .cluster_max = 12 }

typedef enum person_field {
    PERSON_GIVEN_NAME = 0,
    PERSON_FAMILY_NAME,
    PERSON_BIRTH_DATE, /* YYYY-MM-DD */
    PERSON_GENDER,     /* F, M */
    PERSON_ADDRESS_LINE,
    PERSON_CITY,
    PERSON_POSTCODE,
    PERSON_STATE,
    PERSON_EMAIL,
    PERSON_PHONE,
    PERSON_FIELDS
} person_field;

/* What was done to a record. Slips are drawn for later records alone, and so is what happens in
 * life. */
typedef enum person_change {
    PERSON_TYPING = 0,
    PERSON_SCAN,
    PERSON_SOUND, /* of a Chinese name: another character of the same sound */
    PERSON_NICKNAME,
    PERSON_INITIAL,
    PERSON_SWAPPED_NAMES,
    PERSON_SWAPPED_DAY_MONTH,
    PERSON_DATE_DIGIT,
    PERSON_PHONE_DIGIT,
    PERSON_WRONG_GENDER,
    PERSON_LOST_VALUE,
    PERSON_SLIPS, /* how many kinds of slips there are */
    PERSON_MOVED = PERSON_SLIPS,
    PERSON_MARRIED,
    PERSON_NEW_EMAIL,
    PERSON_NEW_MOBILE,
    PERSON_FAMILY_PHONE, /* the phone of the household is given, not the person's own */
    PERSON_FAMILY_EMAIL,
    PERSON_TRADITIONAL,
    PERSON_ROMANISED,
    PERSON_ROMANISED_REVERSED, /* of those */
    PERSON_MISSING,            /* values left out from the start */
    PERSON_CHANGES
} person_change;

extern const char *const person_sources[PERSON_SOURCES];
extern const char *const person_field_names[PERSON_FIELDS];
extern const char *const person_change_names[PERSON_CHANGES];

typedef struct person_record {
    uint64_t entity; /* the truth: who it is */
    unsigned source; /* index in person_sources */
    bool is_later;   /* not the first record of its person */
    char record_id[PERSON_ID_BYTES];
    char field[PERSON_FIELDS][PERSON_FIELD_BYTES]; /* empty: missing */
} person_record;

typedef struct persons persons;

/* NULL where an option is out of its limits or memory lacks. */
persons *persons_new(const persons_options *options);
/* False after the last record. */
bool persons_next(persons *all, person_record *out);
/* How often each change was made so far, in records that may still be in the window. */
const uint64_t *persons_changes(const persons *all);
void persons_free(persons *all);

#endif
