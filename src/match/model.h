/*
 * The match model: which attributes are compared how, and what each outcome weighs. A pair of
 * records has for each comparison a level (0: one of them says nothing); the model gives each level
 * a weight in bits, corrects it where a common or a rare value is shared, and adds the odds that
 * two random records are one person. So the sum is the logarithm of the odds that they are:
 * Fellegi and Sunter, "A theory for record linkage", 1969, with the term frequencies of Winkler.
 *
 * A model is immutable; all that it says about two records is a function of it and of them.
 * Weights are integers, 1/256 of a bit.
 *
 * Two records of different persons are one of two things: strangers who agree by chance, or
 * relatives, who share a surname, an address and a telephone because they live together. Taken for
 * strangers, a family would be one person. So each level has a weight against either, and the sum
 * that is less counts.
 */
#ifndef KITHI_MATCH_MODEL_H
#define KITHI_MATCH_MODEL_H

#include "src/base/arena.h"
#include "src/match/kind.h"
#include "src/match/roles.h"
#include "src/store/block_rules.h"
#include "src/store/catalog.h"

#define KITHI_COMPARISONS_MAX       16
#define KITHI_CHANCE_UNIT           ((double)(UINT64_C(1) << 40)) /* of m and u */
#define KITHI_BIT                   KITHI_MATCH_BIT               /* a weight of one bit */
#define KITHI_COMPARISON_NAME_BYTES 300 /* an attribute's, with room to be another's */

/* What the frequency of shared terms may add to a comparison or take from it: a value that nobody
 * else has is no stronger evidence than this, and a very common one keeps some. */
#define KITHI_FREQUENCY_MAX (6 * KITHI_BIT)
#define KITHI_FREQUENCY_MIN (-8 * KITHI_BIT)

/* How often a term is in the records of a store: those that are frequent by name, the rest by their
 * average. */
typedef struct kithi_terms {
    uint64_t total; /* of all terms, repeated ones counted */
    uint32_t rest;  /* how often one that isn't listed is there, on the average; at least 1 */
    size_t count, capacity; /* capacity: a power of two, or 0 */
    struct kithi_term_count {
        uint64_t hash;
        uint32_t count; /* 0: a free place */
    } * places;
} kithi_terms;

/* Who two records of different persons may be. */
typedef enum kithi_rival {
    KITHI_RIVAL_STRANGER,
    KITHI_RIVAL_RELATIVE,
    KITHI_RIVAL_COUNT
} kithi_rival;

typedef struct kithi_comparison {
    const kithi_kind_info *kind;
    const char *name; /* "name", "birth_date"; the attribute's own for one */
    /* How likely each level is, from 1, in units of 2^-40: for one person, and for two. */
    uint64_t m[KITHI_LEVELS_MAX], u[KITHI_RIVAL_COUNT][KITHI_LEVELS_MAX];
    int32_t weight[KITHI_RIVAL_COUNT][KITHI_LEVELS_MAX]; /* log2(m / u); 0 for level 0 */
    kithi_terms terms;
    int32_t shared[KITHI_PARTS_MAX]; /* log2 of how frequent a random record's term of the part is,
                                        on the average */
} kithi_comparison;

/* An attribute that is compared, and what it is to its comparison. */
typedef struct kithi_model_attribute {
    const char *name;
    uint8_t comparison;
    kithi_role role;
} kithi_model_attribute;

#define KITHI_MODEL_ATTRIBUTES_MAX 64

typedef struct kithi_model {
    kithi_arena arena; /* of names */
    uint32_t version;  /* 0: not of a store yet */
    size_t comparison_count;
    kithi_comparison comparisons[KITHI_COMPARISONS_MAX];
    size_t attribute_count;
    kithi_model_attribute attributes[KITHI_MODEL_ATTRIBUTES_MAX];
    bool given; /* not learnt of this store: it stays in force however that grows */
    uint64_t record_count, match_count; /* it was learnt from; pairs thought to be one person */
    /* The most that the comparisons from each on can add, frequencies included. */
    int32_t most_left[KITHI_RIVAL_COUNT][KITHI_COMPARISONS_MAX + 1];
    int32_t prior[KITHI_RIVAL_COUNT]; /* log2 of how many pairs are one person to how many are
                                         strangers, or relatives */
    int32_t link_at;                  /* least weight of a link */
    int32_t known_at;    /* least weight of a pair that speaks for uniting two clusters */
    int32_t keep_at;     /* least weight of a pair that is kept, for a person to look at */
    uint32_t block_cap;  /* a block of more records proposes nothing; 0: it is to be learnt */
    uint32_t weak_least; /* blocks of weak keys that propose two records, where no other does */
    uint32_t cohesion;   /* the least share of the cross pairs of two clusters that must be known
                            for a scored link to unite them; KITHI_MATCH_WHOLE is all */
    kithi_block_rules blocks; /* the values of a comparison have its place */
    /* By the attribute ids of a store: which attribute of the model it is, or KITHI_NOT_COMPARED.
     */
    uint8_t *place_of;
    size_t place_count;
} kithi_model;
#define KITHI_NOT_COMPARED UINT8_MAX

/* A model of the standard attributes and of what the definitions of a store say besides, with
 * nothing learnt yet. NULL: memory is out. */
kithi_model *kithi_model_new(const kithi_catalog *catalog);
/* How many comparisons that takes; a model has KITHI_COMPARISONS_MAX at most, further ones are left
 * out. */
size_t kithi_model_comparisons_wanted(const kithi_catalog *catalog);
/* Whether a model compares and decides as one would that was learnt under these definitions.
 * KITH_OK; KITH_NO_MEMORY. */
int kithi_model_is_configured(const kithi_model *model, const kithi_catalog *catalog, bool *out);
void kithi_model_free(kithi_model *model);
/* model_blocks.c: the block rules. Adds one whose own ingredients are names of comparisons, all
 * standard ones, or all of a list of names of attributes (none: the standard ones). The first is
 * KITH_OK, KITH_INVALID with the problem, KITH_NO_MEMORY; the others are false when memory is out.
 */
int kithi_model_add_block(kithi_model *model, const char *text,
                          char problem[KITHI_BLOCK_PROBLEM_BYTES]);
bool kithi_model_add_standard_blocks(kithi_model *model);
bool kithi_model_add_configured_blocks(kithi_model *model, const kithi_match_settings *settings);
/* Finds the attributes in a store. False: memory is out. */
bool kithi_model_bind(kithi_model *model, const kithi_catalog *catalog);
/* Which comparison is that of names; KITHI_COMPARISONS_MAX: none. */
size_t kithi_model_names(const kithi_model *model);
/* Works the weights out from the chances. */
void kithi_model_weigh(kithi_model *model);

/* The count of a term, and its frequency's logarithm; log2(1) is 0, all others are less. */
uint32_t kithi_terms_count(const kithi_terms *terms, uint64_t hash);
int32_t kithi_terms_frequency(const kithi_terms *terms, uint64_t hash);
/* Makes room for so many listed terms; false: memory is out. Then each is listed once. */
bool kithi_terms_begin(kithi_terms *terms, size_t count);
/* False: it is listed already. */
bool kithi_terms_list(kithi_terms *terms, uint64_t hash, uint32_t count);

/* log2(a / b) in 1/256 bits, by integers alone. Both are positive. */
int32_t kithi_log2_ratio(uint64_t a, uint64_t b);

#endif
