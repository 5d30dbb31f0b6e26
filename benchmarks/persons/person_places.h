/* Where people live: American cities and small towns, Chinese cities in three scripts. */
#ifndef KITH_BENCHMARKS_PERSON_PLACES_H
#define KITH_BENCHMARKS_PERSON_PLACES_H

#include "person_han.h"
#include "word_table.h"

typedef struct person_places {
    word_table cities;      /* name, weight, state, first postcode, how many of them */
    word_table states;      /* code, weight, first three digits of the postcodes, how many */
    word_table streets;     /* name, weight */
    word_table han_cities;  /* see person_han_places.c */
    word_table han_streets; /* simplified, weight, traditional, pinyin */
} person_places;

/* A home, small enough to be copied. */
typedef struct person_place {
    bool is_chinese;
    bool is_town; /* `city` is the number of a small town */
    bool has_unit;
    uint8_t kind; /* of street */
    uint16_t street;
    uint32_t city;
    uint32_t postcode;
    uint32_t number;
    uint32_t unit;
} person_place;

/* How the home is written. */
typedef struct person_place_style {
    bool shortened; /* St, not Street */
    han_script script;
} person_place_style;

typedef struct person_address {
    char line[2 * WORD_BYTES];
    char city[WORD_BYTES];
    char postcode[WORD_BYTES];
    char state[WORD_BYTES];
} person_address;

void person_places_load(person_places *places);
person_place person_draw_place(const person_places *places, bool is_chinese, person_random *random);
void person_write_place(const person_places *places, const person_place *place,
                        person_place_style style, person_address *out);

/* The Chinese part of it. */
extern const char *const person_han_city_lines[];
extern const char *const person_han_street_lines[];
void person_draw_han_place(const person_places *places, person_random *random, person_place *place);
void person_write_han_place(const person_places *places, const person_place *place,
                            han_script script, person_address *out);

#endif
