/*
 * Identity: which records are one customer, and why.
 *
 * Clusters are a pure function of the facts (see the identifier types' rules in the README), and of
 * the match model where kith_resolve() has made one. Explanations, reports of pairs and blames are
 * owned by the caller and stay valid after the transaction. Thread rule: that of the transaction.
 *
 * How much something says that two records are one person is told in bits: one more doubles the
 * odds, one less halves them, and 0 in all is as likely as not.
 */
#ifndef KITH_IDENTITY_H
#define KITH_IDENTITY_H

#include "kith/fact.h"

#ifdef __cplusplus
extern "C" {
#endif

/** What a step of an explanation says. */
typedef enum kith_step_kind {
    KITH_STEP_LINK = 1,     /* a and b are linked by this identifier, or by a person */
    KITH_STEP_REFUSED = 2,  /* they share it, but joining would break `rule` */
    KITH_STEP_BLOCKED = 3,  /* they share a value that is on its type's block list */
    KITH_STEP_GENERIC = 4,  /* they share a value of too many names, or nameless records */
    KITH_STEP_INVALID = 5,  /* they share a text that is no value of the type */
    KITH_STEP_SHARED = 6,   /* `a` itself carries two values of a unique type, so it joins nobody */
    KITH_STEP_UNLINKED = 7, /* a person said that they are two */
    KITH_STEP_PENDING = 8,  /* the component is large and awaits kith_settle() */
    KITH_STEP_NOTHING = 9,  /* they share no identifier */
    KITH_STEP_WEAK = 10,    /* what both say has fewer bits than a link needs */
    KITH_STEP_UNCOMPARED = 11 /* it has enough, but nothing made kith compare the two */
} kith_step_kind;

typedef struct kith_step {
    size_t size;
    kith_step_kind kind;
    uint32_t path;      /* kith_explain_why: steps with one number form one path; else 0 */
    uint32_t a, b;      /* record numbers */
    const char *type;   /* identifier type; "assertion" for a person's decision; "score" for what
                           the match model weighs; NULL */
    const char *value;  /* the identifier's value; who decided; NULL */
    const char *rule;   /* "unlink", "source", "unique", "limit", "veto", "cohesion",
                           "contradiction", "ambiguous"; NULL where none applies */
    const char *detail; /* what broke the rule, such as the attribute and both values, the source,
                           or how many cross pairs of both clusters are known; of a score that no
                           rule refused its bits; NULL */
    /* Of a veto: the records that clash, of the clusters of a and of b, and often others than
     * these. They say the values in `detail`, in this order. Of an ambiguous link clash_a is the
     * third record. KITH_NO_RECORD where none is to be named. */
    uint32_t clash_a, clash_b;
    double bits;        /* where the type is "score": what a and b have; else 0 */
    double bits_needed; /* and what a link needs */
} kith_step;
#define KITH_NO_RECORD UINT32_MAX /* the number of no record */

typedef struct kith_explanation kith_explanation;

/**
 * Why two records are one customer, or why not: every path of links from a to b, shortest first (at
 * most 16), or else what keeps them apart: refused, blocked, generic, shared, unlinked; and where
 * the store has a match model, how many bits the two have and how many they lack.
 * @param out  owned; free it with kith_explanation_free().
 * @return KITH_OK; KITH_NOT_FOUND; KITH_MISUSE (no place for it).
 */
KITH_API int kith_explain_why(kith_txn *txn, uint32_t record_a, uint32_t record_b,
                              kith_explanation **out);
/** How the profile of a record came to be: the unions in their order, each by the link that carried
 * it, then the refused links. */
KITH_API int kith_explain_how(kith_txn *txn, uint32_t record, kith_explanation **out);

/** Whether the records are of one profile (always true for kith_explain_how). */
KITH_API bool kith_explanation_same(const kith_explanation *explanation);
KITH_API size_t kith_explanation_step_count(const kith_explanation *explanation);
/** Borrowed until the explanation is freed. NULL past the end. */
KITH_API const kith_step *kith_explanation_step(const kith_explanation *explanation, size_t index);
KITH_API void kith_explanation_free(kith_explanation *explanation);
/** The word for a kind: "link", "refused", "blocked", ... */
KITH_API const char *kith_step_kind_name(kith_step_kind kind);

/* A pair in bits */

/**
 * Two records of different persons are strangers, who agree by chance, or relatives, who share a
 * surname, an address and a telephone. Each thing is weighed against either, and of both sums the
 * lesser counts. Has no size: it never changes.
 */
typedef struct kith_rival_bits {
    double stranger, relative;
} kith_rival_bits;

/** What one comparison of the match model says about two records. */
typedef struct kith_pair_comparison {
    size_t size;
    const char *name; /* "name", "birth_date", "address", ... */
    const char *kind; /* how it compares: "name", "date", "address", "text", "category", "email",
                         "phone", "code", "number", "geo" */
    uint32_t level;   /* from 0: one of the two says nothing; 1: they differ */
    const char *level_name; /* in words: "missing" or "says nothing" (level 0), "different", ...,
                               "equal" */
    const char *value_a;    /* what the record says, as text; NULL: nothing */
    const char *value_b;
    kith_rival_bits bits;  /* how much more likely the level is for one person than for two */
    double frequency_bits; /* against a stranger what both share says more, as it is rare, or less,
                              as it is common; against a relative it says neither */
} kith_pair_comparison;

/** What all of it comes to. */
typedef struct kith_pair_total {
    size_t size;
    uint32_t a, b;          /* record numbers */
    uint32_t model_version; /* the model in force */
    kith_rival_bits prior;  /* before anything is compared: how rare it is to be one person */
    kith_rival_bits sum;    /* the prior and all comparisons, the frequencies against a stranger */
    bool relative_decides;  /* of both sums that against a relative is the lesser */
    double bits;            /* the lesser: the weight of the pair */
    double link_at;         /* with so many bits and more two records are linked */
    double known_at;        /* and with so many they speak for uniting the clusters they are in */
    double keep_at;         /* and with so many a person may look at them */
    bool links;             /* bits >= link_at */
    bool kept; /* the store holds the pair: something that both say made it compare them, and they
                  have keep_at and more */
} kith_pair_total;

typedef struct kith_pair_report kith_pair_report;

/**
 * Compares any two records under the match model in force, also such as the store never compared.
 * @param out  owned; free it with kith_pair_report_free().
 * @return KITH_OK; KITH_NOT_FOUND: there is no such record, or the store has no match model yet;
 *         KITH_MISUSE (no place for the report).
 */
KITH_API int kith_explain_pair(kith_txn *txn, uint32_t record_a, uint32_t record_b,
                               kith_pair_report **out);
/** Borrowed until the report is freed. */
KITH_API const kith_pair_total *kith_pair_report_total(const kith_pair_report *report);
KITH_API size_t kith_pair_report_comparison_count(const kith_pair_report *report);
/** In the model's order. Borrowed until the report is freed. NULL past the end. */
KITH_API const kith_pair_comparison *kith_pair_report_comparison(const kith_pair_report *report,
                                                                 size_t index);
KITH_API void kith_pair_report_free(kith_pair_report *report);

/* Blame */

typedef struct kith_blame kith_blame;

/**
 * The weakest link that holds a record's profile together, and what would split without it.
 *
 * Links are scored pairs, identifier values (of all records that share one: a phone that isn't
 * theirs is nobody's) and decisions of people. They are tried from the weakest on: scores from the
 * lowest, then values from the lowest priority, then decisions. Each is left out, the clusters are
 * worked out anew, and the first without which the profile falls apart is the one; where other
 * links bring all its records together again, it doesn't hold them. Only links that carried a union
 * are tried.
 *
 * At most 4,000,000 records, values and pairs are walked, each trial all of its component's; at
 * least one link is tried.
 * @param out  owned; free it with kith_blame_free().
 * @return KITH_OK; KITH_NOT_FOUND; KITH_MISUSE (no place for it).
 */
KITH_API int kith_explain_blame(kith_txn *txn, uint32_t record, kith_blame **out);
/** The link; of a value the last union that it carried. Borrowed until the blame is freed. NULL: no
 * single link holds the profile. */
KITH_API const kith_step *kith_blame_link(const kith_blame *blame);
/** Whether all links were tried that had to be; always true where there is a link. */
KITH_API bool kith_blame_complete(const kith_blame *blame);
/** Into how many parts it falls without the link: 1 where there is none. */
KITH_API size_t kith_blame_part_count(const kith_blame *blame);
/** The record numbers of a part, ascending, and how many there are; parts stand in the order of
 * their first ones. Borrowed until the blame is freed. NULL past the end, and where there is no
 * place for the count. */
KITH_API const uint32_t *kith_blame_part(const kith_blame *blame, size_t index, size_t *out_count);
KITH_API void kith_blame_free(kith_blame *blame);

/* Review: pairs that a person should decide on */

/** Why a pair awaits a person. */
typedef enum kith_review_reason {
    KITH_REVIEW_DOUBTFUL = 1, /* too few bits to link, too many to be surely strangers */
    KITH_REVIEW_REFUSED = 2   /* enough to link, but `rule` refused it */
} kith_review_reason;

/** A pair of records of two profiles. */
typedef struct kith_review_pair {
    size_t size;
    uint32_t a, b; /* record numbers; a is the one of the smaller id */
    const char *source_a, *key_a, *source_b, *key_b;
    kith_id profile_a, profile_b;
    double bits; /* the logarithm of the odds that they are one person: 0 is even, 3 is 8 to 1 */
    kith_review_reason reason;
    const char *rule;     /* "cohesion", "contradiction", "ambiguous", "unique", "limit", "veto",
                             "source"; NULL: doubtful */
    const char *detail;   /* the attribute, or the source, that the rule is about; NULL */
    uint64_t alike_count; /* of a suggestion: pairs of the queue whose values agree as these do */
} kith_review_pair;

/** A part of the queue. Owned: kith_review_free(). */
typedef struct kith_review {
    size_t size;
    uint32_t model_version; /* the match model in force; 0: none, so nothing is weighed */
    double keep_at_bits;    /* pairs of fewer bits are not kept */
    double link_at_bits;    /* pairs of so many are linked, unless a rule refuses */
    uint64_t waiting_count; /* pairs of records in the whole queue, each pair of profiles with all
                               of its own */
    size_t pair_count;
    const kith_review_pair *const *pairs;
} kith_review;

#define KITH_REVIEW_USUAL (SIZE_MAX - 1) /* a limit */

typedef struct kith_review_options {
    size_t size;
    size_t limit; /* how many pairs to give, at most; KITH_REVIEW_USUAL: 20, of suggestions 10 */
    bool suggest; /* those that would teach most, not the heaviest */
} kith_review_options;
#define KITH_REVIEW_OPTIONS_INIT                                                                   \
    { sizeof(kith_review_options), KITH_REVIEW_USUAL, false }

/**
 * The queue of pairs for a person to decide on: scored pairs of records of two profiles that weigh
 * too little to link, and pairs whose link, by the score or by an identifier, a rule refused. Of
 * each pair of profiles there is the heaviest;
 * the best come first, and of equal ones the order is that of the records' ids.
 *
 * kith_record_link() accepts a pair, kith_record_unlink() rejects it. Either is a fact: it holds
 * whatever a later model says, and takes all pairs of the two profiles out of the queue. Links that
 * only await kith_settle() are not in it.
 *
 * With `suggest`: the pairs whose decision would teach most. Of all that agree in the same way,
 * each comparison at the same level, there is the one that is nearest to link_at_bits; those come
 * first that are near and stand for many others: one bit nearer counts as much as twice as many.
 *
 * It reads all scored pairs and links once. Memory: what is asked for, some bytes for each decision
 * of people, and with `suggest` some for each way of agreeing.
 * @param options  NULL: as they are initialised.
 * @param out      owned; stays valid after the transaction.
 * @return KITH_OK; KITH_MISUSE (no place for it, or options of a newer kith); KITH_NO_MEMORY;
 *         KITH_CORRUPT.
 */
KITH_API int kith_review_list(kith_txn *txn, const kith_review_options *options, kith_review **out);
KITH_API void kith_review_free(kith_review *review);
/** The word for a reason: "doubtful", "refused". */
KITH_API const char *kith_review_reason_name(kith_review_reason reason);

#ifdef __cplusplus
}
#endif
#endif
