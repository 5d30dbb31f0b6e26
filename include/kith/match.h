/*
 * Match models: what kith_resolve() learnt of a store's records, how much it says that two of them
 * agree in a name, a birth date, an address. A model is a definition: it stands in the store under
 * its version, the greatest is in force, and none is ever changed. It can be looked at, written as
 * JSON, compared with another version, and put in force in any store by kith_resolve().
 *
 * A comparison has levels of likeness. A level's weight is the logarithm, to the base of 2, of how
 * much likelier it is for two records of one person than for two of strangers, or of relatives,
 * who share what a household has. The sum of the weights and of the prior is the logarithm of the
 * odds that two records are one person; of both sums the lesser counts.
 *
 * Thread rule: that of the transaction; a kith_model may be read by any number of threads.
 */
#ifndef KITH_MATCH_H
#define KITH_MATCH_H

#include "kith/store.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct kith_model kith_model;

/** A model at a glance. Bits are multiples of 1/256. */
typedef struct kith_model_info {
    size_t size;
    uint32_t version;
    bool in_force;
    /* It compares and decides as a model would that were learnt now, under the definitions in force
     * (section "match" of a config); else kith_resolve() with `train` makes one that does. */
    bool configured;
    uint64_t record_count; /* it was learnt from */
    uint64_t match_count;  /* pairs of them that are thought to be one person */
    /* Logarithm of how many pairs are one person to how many are strangers, or relatives. */
    double prior_bits, relative_prior_bits;
    double link_at_bits;   /* a pair of this sum, or more, links */
    double known_at_bits;  /* speaks for uniting two clusters, where another pair links them */
    double review_at_bits; /* is kept, for a person to look at */
    double cohesion; /* the least share of the cross pairs of two clusters that must speak for it */
    uint32_t block_cap; /* what so many records have in common proposes no pair */
    size_t comparison_count;
    size_t block_rule_count;
    bool given; /* by options->model, not learnt here: kith_resolve() learns anew only if asked */
} kith_model_info;
#define KITH_MODEL_INFO_INIT                                                                       \
    { sizeof(kith_model_info), 0, false, false, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, false }

/** What is compared. Texts are borrowed from the model. */
typedef struct kith_model_comparison {
    size_t size;
    const char *name;
    const char *kind; /* "name", "date", "address", "text", "category", "email", "phone", "code",
                         "number", "geo" */
    size_t attribute_count;
    size_t level_count;  /* with level 0, "missing" */
    uint64_t term_count; /* values whose frequency is known each by itself */
    bool seen; /* in the records it was learnt from; else each level is taken to be as likely */
} kith_model_comparison;
#define KITH_MODEL_COMPARISON_INIT                                                                 \
    { sizeof(kith_model_comparison), NULL, NULL, 0, 0, 0, false }

/** A level of a comparison. */
typedef struct kith_model_level {
    size_t size;
    const char *name;           /* borrowed from the library, as long as it is loaded */
    double m;                   /* how likely it is for two records of one person, from 0 to 1 */
    double u;                   /* of two strangers */
    double relative_u;          /* of two relatives */
    double bits, relative_bits; /* its weights: 0 for level 0 */
} kith_model_level;
#define KITH_MODEL_LEVEL_INIT                                                                      \
    { sizeof(kith_model_level), NULL, 0, 0, 0, 0, 0 }

/**
 * Records are compared that have a block key in common, or where the rule is weak, in a large store
 * two. A rule says of what such keys are made: "word+year" of a word of a name and a year, "email"
 * of the name in an e-mail address. The text is borrowed from the model.
 */
typedef struct kith_model_block_rule {
    size_t size;
    const char *name;
    bool weak; /* many strangers have such a key in common */
} kith_model_block_rule;
#define KITH_MODEL_BLOCK_RULE_INIT                                                                 \
    { sizeof(kith_model_block_rule), NULL, false }

/**
 * Reads a model of the store.
 * @param version  0: the one in force.
 * @param out      owned; free it with kith_model_free(). It stays valid after the transaction.
 * @return KITH_OK; KITH_NOT_FOUND (no such version, or no model yet); KITH_CORRUPT; KITH_NO_MEMORY;
 *         KITH_MISUSE (no place for the model).
 */
KITH_API int kith_model_get(kith_txn *txn, uint32_t version, kith_model **out);
/** NULL is fine. */
KITH_API void kith_model_free(kith_model *model);

/** Fills `out`, where that isn't NULL. */
KITH_API void kith_model_about(const kith_model *model, kith_model_info *out);
/** Fills `out`. False past the end, and where `out` is NULL. */
KITH_API bool kith_model_comparison_at(const kith_model *model, size_t index,
                                       kith_model_comparison *out);
/** The name of an attribute of a comparison, borrowed from the model. NULL past the end. */
KITH_API const char *kith_model_attribute_at(const kith_model *model, size_t comparison,
                                             size_t index);
/** Fills `out`. False past the end, and where `out` is NULL. */
KITH_API bool kith_model_level_at(const kith_model *model, size_t comparison, size_t level,
                                  kith_model_level *out);

/** Fills `out`. False past the end, and where `out` is NULL. */
KITH_API bool kith_model_block_rule_at(const kith_model *model, size_t index,
                                       kith_model_block_rule *out);

/**
 * The next version that the store has, all of them from the first on.
 * @param version  0 to begin with; then the version before. Set to the next one.
 * @return KITH_OK; KITH_DONE; KITH_MISUSE (no place for the version).
 */
KITH_API int kith_model_next(kith_txn *txn, uint32_t *version);

/**
 * A model as JSON text: all that kith_resolve() needs to put it in force (options->model), here or
 * in another store. Frequent values stand in it as hashes, rare ones not at all. Of a level m, u
 * and relative_u count; its bits stand there for the reader, and what is put in force works them
 * out anew.
 * @param version   0: the one in force.
 * @param out_json  owned; free it with kith_free().
 * @return KITH_OK; KITH_NOT_FOUND; KITH_CORRUPT; KITH_NO_MEMORY; KITH_MISUSE (no place for it).
 */
KITH_API int kith_model_export(kith_txn *txn, uint32_t version, char **out_json);

/** What differs between two models. */
typedef enum kith_model_change_kind {
    KITH_MODEL_PRIOR = 1,      /* a prior, by any amount */
    KITH_MODEL_THRESHOLD = 2,  /* a threshold in bits, the cohesion, the cap of blocks */
    KITH_MODEL_COMPARISON = 3, /* only one of them has the comparison, or of this kind */
    KITH_MODEL_LEVEL = 4,      /* a weight, by more than half a bit */
    KITH_MODEL_BLOCKS = 5      /* only one of them has the block rule */
} kith_model_change_kind;

/** The word for a kind: "prior", "threshold", "comparison", "level", "blocks". */
KITH_API const char *kith_model_change_kind_name(kith_model_change_kind kind);

typedef struct kith_model_change {
    size_t size;
    kith_model_change_kind kind;
    /* Borrowed: of a comparison or level the comparison's name, of a block rule its own, else what
     * it is: "prior", "relative_prior", "link_at", "known_at", "review_at", "cohesion",
     * "block_cap". */
    const char *name;
    const char *level;          /* the name of the level; NULL */
    bool relative;              /* of a level: it is the weight against relatives */
    bool has_before, has_after; /* of a comparison or block rule: which model has it; else both */
    /* Bits; of the cohesion a share, of the cap a count; of a comparison or block rule 0. */
    double before, after;
} kith_model_change;

typedef struct kith_model_changes kith_model_changes;

/**
 * Compares two models of the store, by their versions; 0 is the one in force.
 * @param out  owned; free it with kith_model_changes_free(). It stays valid after the transaction.
 * @return KITH_OK; KITH_NOT_FOUND; KITH_CORRUPT; KITH_NO_MEMORY; KITH_MISUSE (no place for them).
 */
KITH_API int kith_model_compare(kith_txn *txn, uint32_t before, uint32_t after,
                                kith_model_changes **out);
KITH_API size_t kith_model_change_count(const kith_model_changes *changes);
/** Borrowed until the changes are freed. NULL past the end. */
KITH_API const kith_model_change *kith_model_change_at(const kith_model_changes *changes,
                                                       size_t index);
/** NULL is fine. */
KITH_API void kith_model_changes_free(kith_model_changes *changes);

#ifdef __cplusplus
}
#endif
#endif
