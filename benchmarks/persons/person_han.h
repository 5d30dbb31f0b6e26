/* Chinese names: simplified, traditional, romanised. */
#ifndef KITH_BENCHMARKS_PERSON_HAN_H
#define KITH_BENCHMARKS_PERSON_HAN_H

#include "word_table.h"

#define HAN_GIVEN_MAX 2
#define HAN_NONE      UINT16_MAX

typedef enum han_script { HAN_SIMPLIFIED = 0, HAN_TRADITIONAL, HAN_ROMANISED } han_script;

typedef struct han_names {
    word_table surnames; /* simplified, weight, traditional, pinyin */
    word_table given[2]; /* men, women: the characters, likewise */
} han_names;

typedef struct han_given {
    uint16_t character[HAN_GIVEN_MAX]; /* the second is HAN_NONE where the name has but one */
} han_given;

void han_names_load(han_names *names);
uint32_t han_draw_surname(const han_names *names, person_random *random);
han_given han_draw_given(const han_names *names, bool female, person_random *random);
char *han_surname(const han_names *names, uint32_t surname, han_script script,
                  char out[WORD_BYTES]);
/* Romanised syllables are joined by `joint`: "", "-" or " ". */
char *han_given_name(const han_names *names, bool female, han_given given, han_script script,
                     const char *joint, char out[WORD_BYTES]);
/* Puts another character of the same sound into the name; false where none is known. */
bool han_draw_homophone(const han_names *names, bool female, han_given *given,
                        person_random *random);

#endif
