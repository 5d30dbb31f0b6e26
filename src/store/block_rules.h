/*
 * Block rules as texts: of which ingredients of a record its block keys are made, "word+year" of
 * two, "email" of one. Which ingredients there are, which of them go together, and which rules
 * there are when nobody says otherwise. src/match makes the keys.
 */
#ifndef KITHI_STORE_BLOCK_RULES_H
#define KITHI_STORE_BLOCK_RULES_H

#include <stdbool.h>
#include <stdint.h>

#include "src/base/arena.h"

#define KITHI_BLOCK_RULES_MAX       32
#define KITHI_BLOCK_OWN_NAME_BYTES  300 /* of a comparison */
#define KITHI_BLOCK_RULE_NAME_BYTES (2 * KITHI_BLOCK_OWN_NAME_BYTES)
#define KITHI_BLOCK_PROBLEM_BYTES   320

typedef enum kithi_ingredient {
    KITHI_INGREDIENT_WORD,  /* of a name */
    KITHI_INGREDIENT_SOUND, /* of such a word */
    KITHI_INGREDIENT_YEAR,
    KITHI_INGREDIENT_DAY, /* and month */
    KITHI_INGREDIENT_DATE,
    KITHI_INGREDIENT_NUMBER, /* in an address */
    KITHI_INGREDIENT_STREET, /* a word of its name */
    KITHI_INGREDIENT_AREA,   /* of a postcode */
    KITHI_INGREDIENT_PLACE,  /* a city, or any text that is compared as a whole */
    KITHI_INGREDIENT_EMAIL,
    KITHI_INGREDIENT_PHONE,
    KITHI_INGREDIENT_CODE,
    KITHI_INGREDIENT_COUNT /* from here on the values of comparisons, each with its number */
} kithi_ingredient;
#define KITHI_INGREDIENT_NONE UINT8_MAX

typedef struct kithi_block_rule {
    const char *name; /* the ingredients in their order, own ones last and by name */
    uint64_t seed;    /* of the hashes that are its keys */
    uint8_t parts[2]; /* KITHI_INGREDIENT_NONE: it has one */
    /* Many strangers have such a key in common. */
    bool weak;
} kithi_block_rule;

/* First those that aren't standard, by name, then the others in the order of the standard: where a
 * record would have more keys than it may, those of the first count. */
typedef struct kithi_block_rules {
    kithi_block_rule items[KITHI_BLOCK_RULES_MAX];
    size_t count;
    uint64_t own; /* a bit each: comparisons whose values are an ingredient */
} kithi_block_rules;

/* A comparison whose values are an ingredient. */
typedef struct kithi_own_ingredient {
    const char *name; /* in the names of rules */
    const char *kind; /* of the comparison, by its name */
    uint8_t number;   /* from 0 on, below 64 */
} kithi_own_ingredient;

/* Where to look for comparisons. False: none is called so. */
typedef struct kithi_own_ingredients {
    bool (*find)(const void *context, const char *name, kithi_own_ingredient *out);
    const void *context;
} kithi_own_ingredients;

/* Ends with NULL. */
extern const char *const kithi_standard_block_rules[];

/*
 * Adds the rule of a text; its name goes into the arena. KITH_OK; KITH_INVALID, and the problem
 * says why; KITH_NO_MEMORY.
 */
int kithi_block_rules_add(kithi_block_rules *rules, const char *text,
                          const kithi_own_ingredients *own, kithi_arena *arena,
                          char problem[KITHI_BLOCK_PROBLEM_BYTES]);
bool kithi_block_rules_are_standard(const kithi_block_rules *rules);
bool kithi_block_rules_equal(const kithi_block_rules *a, const kithi_block_rules *b);

#endif
