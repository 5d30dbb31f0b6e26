/*
 * Expressions: the segment language, which says in one line of text who is meant.
 *
 *   count(purchase WHERE amount > 200 LAST 30d) >= 3 AND NOT tag('staff')
 *
 * README, "Segments", has the language. Meaning that holds everywhere: conditions are true or
 * false, never unknown; `NOT p` is everybody else; a comparison with a missing value is false, and
 * `x != v` is `NOT (x = v)`. Numbers are exact decimals with six places.
 *
 * Thread rule: an expression never changes once it is made; any number of threads may use it.
 */
#ifndef KITH_SEGMENT_H
#define KITH_SEGMENT_H

#include "kith/profile.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Limits. */
#define KITH_EXPRESSION_MAX_BYTES      65536 /* of its text; of its JSON 16 times as many */
#define KITH_EXPRESSION_DEPTH_MAX      64    /* parts that stand within one another */
#define KITH_EXPRESSION_PARTS_MAX      10000
/* How far ahead what hangs on the calendar alone is searched for a change. */
#define KITH_EXPRESSION_YEARS_AHEAD    20
#define KITH_EXPRESSION_INSTANTS_AHEAD 200000

typedef struct kith_expression kith_expression;

typedef struct kith_expression_options {
    size_t size;
    bool json;     /* the text is the JSON twin */
    bool value;    /* it need not be a condition: count(purchase), lower(city) */
    bool any_name; /* attributes, events and properties that the store doesn't know are no error:
                      nobody has them yet */
} kith_expression_options;
#define KITH_EXPRESSION_OPTIONS_INIT                                                               \
    { sizeof(kith_expression_options), false, false, false }

/**
 * Reads an expression and checks it: its form, its types, and, where there is a transaction, that
 * the store knows the names in it.
 * @param text     UTF-8, `bytes` long.
 * @param txn      NULL, or of the store that it is for. Names that the store learns later stay
 *                 unknown to it, and of names that an earlier snapshot doesn't know nobody has
 *                 anything there.
 * @param options  NULL: as they are initialised.
 * @param out      owned: kith_expression_free(). Set only on success.
 * @param error    NULL, or filled on failure.
 * @return KITH_OK; KITH_INVALID: the message says what was expected or what was likely meant,
 *         position is the offset in the text (JSON: of what isn't JSON, else -1 and the path to it
 *         in the message); KITH_LIMIT; KITH_NO_MEMORY; KITH_MISUSE.
 */
KITH_API int kith_expression_parse(const char *text, size_t bytes, kith_txn *txn,
                                   const kith_expression_options *options, kith_expression **out,
                                   kith_error *error);
/** NULL is fine. */
KITH_API void kith_expression_free(kith_expression *expression);

/**
 * Writes an expression as text in one form: words of the language in capitals, brackets only where
 * they are needed. Reading it gives the same expression.
 * @param columns   where the text is longer, what AND or OR joins stands on lines of its own; 0:
 *                  all on one line.
 * @param out_text  owned: kith_free().
 * @return KITH_OK; KITH_NO_MEMORY.
 */
KITH_API int kith_expression_text(const kith_expression *expression, size_t columns,
                                  char **out_text);
/**
 * Writes an expression as its JSON twin, for rule builders and for sync: reading it gives the same
 * expression.
 * @param pretty    indented, on several lines.
 * @param out_json  owned: kith_free().
 * @return KITH_OK; KITH_NO_MEMORY.
 */
KITH_API int kith_expression_json(const kith_expression *expression, bool pretty, char **out_json);
/** What it gives: "condition", "number", "text", "date", "time", "duration", "null", or "any" where
 * that is told by each value. Never NULL. */
KITH_API const char *kith_expression_gives(const kith_expression *expression);

/*
 * Definitions: segments and traits, which are expressions with a name, and scores, which are models
 * with a name.
 */

typedef enum kith_definition_kind {
    KITH_SEGMENT = 6, /* a condition: who is in it */
    KITH_TRAIT = 7,   /* a value that each profile has, and that expressions ask for by its name */
    KITH_SCORE = 9    /* what a model says of each profile; expressions ask for it by score('name')
                         and score('name.output') */
} kith_definition_kind;
/** "segment", "trait", "score"; "unknown" for another number. Never NULL. */
KITH_API const char *kith_definition_kind_name(kith_definition_kind kind);

/** All borrowed in. */
typedef struct kith_definition_input {
    size_t size;
    const char *name;       /* 1 to KITH_NAME_MAX_BYTES bytes of UTF-8, no control characters */
    const char *expression; /* text, or its JSON twin where options->json; of a score its model, a
                               JSON object: README, "Scores" */
    const kith_expression_options *options; /* NULL: as they are initialised; `value` is as the kind
                                               asks for, whatever it says */
    const char *note;                       /* what people say of it; NULL: nothing */
    int64_t at_us;                          /* when it is defined: kept beside it */
} kith_definition_input;
#define KITH_DEFINITION_INPUT_INIT                                                                 \
    { sizeof(kith_definition_input), NULL, NULL, NULL, NULL, 0 }

/**
 * Defines a segment, a trait or a score, or a new version of one. What it asks for by
 * segment('name') or score('name'), or as a trait, must not ask for it in turn. A trait goes before
 * an attribute of its name, and its value must not move with the time itself
 * (now - last(purchase.at)). Memberships, traits and scores follow at once for those who read;
 * kith_settle() makes such reads cheap again.
 * @param out_change  NULL is fine. KITH_UNCHANGED: this very definition is in force.
 * @return KITH_OK; KITH_INVALID: the name, or the expression (position is the offset in it; -1
 *         where it is sound by itself, but doesn't fit what the store has): the
 *         transaction goes on without it; KITH_LIMIT (an expression too long or too deep, more than
 *         32 that stand within one another, 4,096 of a kind); KITH_NO_MEMORY; KITH_MISUSE.
 */
KITH_API int kith_definition_put(kith_txn *txn, kith_definition_kind kind,
                                 const kith_definition_input *input, kith_change *out_change);
/**
 * Removes one. Its versions stay, and so does what happened to its members.
 * @return KITH_OK; KITH_NOT_FOUND; KITH_INVALID (another one asks for it: the message says which).
 */
KITH_API int kith_definition_remove(kith_txn *txn, kith_definition_kind kind, const char *name,
                                    int64_t at_us);

/** Borrowed out. */
typedef struct kith_definition {
    size_t size;
    kith_definition_kind kind;
    const char *name;
    uint32_t version;       /* from 1 on, each change and each removal one more */
    bool removed;           /* with this version */
    const char *expression; /* in its one form; of a score with what was learnt, "fitted" */
    const char *note;       /* "": none */
    const char *gives;      /* as kith_expression_gives(); of a score, its first output */
    int64_t at_us;
} kith_definition;
#define KITH_DEFINITION_INIT                                                                       \
    { sizeof(kith_definition), KITH_SEGMENT, NULL, 0, false, NULL, NULL, NULL, 0 }

/**
 * A definition by name.
 * @param version  0: the one in force; else any it ever had.
 * @return KITH_OK; KITH_NOT_FOUND (none of that name or version, or it is removed; the message says
 *         what was likely meant).
 */
KITH_API int kith_definition_get(kith_txn *txn, kith_definition_kind kind, const char *name,
                                 uint32_t version, kith_definition *out);
/** Steps through those in force, in order of their first definition; cursor 0 at the start.
 * KITH_OK; KITH_DONE. */
KITH_API int kith_definition_next(kith_txn *txn, kith_definition_kind kind, size_t *cursor,
                                  kith_definition *out);

/** A name that an expression mentions. */
typedef struct kith_mention {
    size_t size;
    const char *kind; /* "attribute" (or a trait), "event", "property", "segment", "tag", "consent",
                         "points", "score" */
    const char *name;
} kith_mention;
#define KITH_MENTION_INIT                                                                          \
    { sizeof(kith_mention), NULL, NULL }

/** Steps through what an expression asks for, each name once; cursor 0 at the start. Borrowed from
 * the expression. KITH_OK; KITH_DONE. */
KITH_API int kith_expression_next_mention(const kith_expression *expression, size_t *cursor,
                                          kith_mention *out);
/** Steps through what a definition that is in force asks for, each name once; cursor 0 at the
 * start. Borrowed out. KITH_OK; KITH_DONE; KITH_NOT_FOUND. */
KITH_API int kith_definition_next_mention(kith_txn *txn, kith_definition_kind kind,
                                          const char *name, size_t *cursor, kith_mention *out);

/* Evaluating */

/** What an expression gives for one profile at one time. */
typedef struct kith_outcome {
    size_t size;
    bool truth;       /* of a condition; of a value: whether there is one */
    kith_value value; /* of a condition a boolean; a number that isn't whole is a real, rounded from
                         its six places; a duration is an integer, in microseconds; the null value:
                         there is none. Borrowed until the transaction ends or is reset */
    int64_t next_change_at_us; /* when it would be another one with no new fact, to the microsecond;
                                  INT64_MAX: never. Of what hangs on the calendar alone, as
                                  date_part('hour', now) < 24, at most the next 20 years are
                                  searched, or 200 000 instants: until when it is the same then */
} kith_outcome;
#define KITH_OUTCOME_INIT                                                                          \
    { sizeof(kith_outcome), false, {KITH_TYPE_NULL, {0}}, 0 }

/**
 * Evaluates an expression for one profile, from the facts: what is settled makes no difference.
 * @param profile  of the transaction's store that the expression was checked against; from any
 *                 function of state.h, whatever `now` it was read for.
 * @param now_us   any time: events and decisions after it don't count, those before do, as they are
 *                 known today. Who belongs to the profile and its golden values are today's.
 * @return KITH_OK; KITH_CORRUPT; KITH_IO (the system's file of a time zone can't be read);
 *         KITH_NO_MEMORY; KITH_MISUSE.
 */
KITH_API int kith_expression_evaluate(const kith_expression *expression,
                                      const kith_profile *profile, int64_t now_us,
                                      kith_outcome *out);

/* Explaining */

/** A part of a condition that has a value: `count(purchase LAST 30d)` is 2. */
typedef struct kith_reason_value {
    size_t size;
    const char *text;  /* the part, in its one form */
    const char *value; /* as people read it; NULL: it has none */
} kith_reason_value;

/** Why a condition holds, or doesn't. */
typedef struct kith_reason {
    size_t size;
    const char *text; /* the condition, in its one form */
    const char
        *joins; /* "and", "or", "not", "segment": what its parts are to it; NULL: it has none */
    bool truth;
    /* What stands in it and has a value; literals don't. */
    const kith_reason_value *const *values;
    size_t value_count;
    /* "2 of 3", "100 short of 10000", ...: how far it is from coming out otherwise; NULL: that
     * can't be told in numbers. */
    const char *distance;
    int64_t next_change_at_us; /* as of kith_outcome */
    const struct kith_reason *const *parts;
    size_t part_count;
} kith_reason;

/**
 * Explains what a condition gives for one profile at one time: the tree of its parts, and in it
 * those of the segments that it asks for.
 * @param profile, now_us  as for kith_expression_evaluate().
 * @param out  owned: kith_reason_free(). It stays valid after the transaction.
 * @return KITH_OK; KITH_INVALID (it is no condition); KITH_CORRUPT; KITH_IO; KITH_NO_MEMORY;
 *         KITH_MISUSE.
 */
KITH_API int kith_expression_explain(const kith_expression *expression, const kith_profile *profile,
                                     int64_t now_us, kith_reason **out);
/** The same for a segment, by name. Also KITH_NOT_FOUND. */
KITH_API int kith_segment_explain(const kith_profile *profile, const char *segment, int64_t now_us,
                                  kith_reason **out);
/** NULL is fine. */
KITH_API void kith_reason_free(kith_reason *reason);

/*
 * Scores: what models say of a customer, and why. README, "Scores", has the kinds of models. What
 * one says is current: what counts are the facts up to `now`, and the days of the store's calendar
 * up to that of `now`.
 */

/** What a score's model is. Borrowed out. */
typedef struct kith_score_model {
    size_t size;
    const char *kind; /* "rules", "tiers", ... */
    bool learns;      /* it has to be fitted, kith_score_fit(), before it says anything */
    bool learnt;      /* and it was */
} kith_score_model;
#define KITH_SCORE_MODEL_INIT                                                                      \
    { sizeof(kith_score_model), NULL, false, false }

/** The model of a score that is in force. KITH_OK; KITH_NOT_FOUND (the message says what was likely
 * meant). */
KITH_API int kith_score_model_get(kith_txn *txn, const char *score, kith_score_model *out);

/** An output that a score has, whoever the profile is. Borrowed out. */
typedef struct kith_score_about {
    size_t size;
    const char *output; /* an expression asks for it by score('name.output') */
    const char *what;   /* what it says, in words */
    const char *gives;  /* "number", "text" or "date" */
    bool kept; /* in the rows of profiles, where kith_profile_next_score_value() finds it */
} kith_score_about;
#define KITH_SCORE_ABOUT_INIT                                                                      \
    { sizeof(kith_score_about), NULL, NULL, NULL, false }

/** Steps through the outputs of a score that is in force; cursor 0 at the start, where the one
 * stands that the score's own name means. KITH_OK; KITH_DONE; KITH_NOT_FOUND. */
KITH_API int kith_score_next_output(kith_txn *txn, const char *score, size_t *cursor,
                                    kith_score_about *out);

/** One of the outputs of a score, for a profile. */
typedef struct kith_score_value {
    size_t size;
    const char *score;  /* the name of the definition */
    const char *output; /* an expression asks for it by score('name.output'), for the first one by
                           score('name') */
    kith_value value;   /* an integer, a real, a text or a date; it is never NULL */
} kith_score_value;
#define KITH_SCORE_VALUE_INIT                                                                      \
    {                                                                                              \
        sizeof(kith_score_value), NULL, NULL, {                                                    \
            KITH_TYPE_NULL, {                                                                      \
                0                                                                                  \
            }                                                                                      \
        }                                                                                          \
    }

/**
 * Steps through what the profile's row says of scores, in order of their definition and of the
 * outputs of each; cursor 0 at the start. Those that have no value aren't there, nor outputs that
 * aren't kept; an expression asks for any.
 * @return KITH_OK; KITH_DONE; KITH_CORRUPT.
 */
KITH_API int kith_profile_next_score_value(const kith_profile *profile, size_t *cursor,
                                           kith_score_value *out);

/** What a profile's orders come to, as scores ask for them: which events count is told by their
 * definitions. Days are those of the store's time zone. */
typedef struct kith_orders {
    size_t size;
    const char *event;             /* of this type are orders */
    const char *amount;            /* the property that says what they came to; NULL: none */
    const char *refund;            /* events that give money back; NULL: none but orders below 0 */
    int64_t first_days, last_days; /* the first and the last day with an order, as days since
                                      1970-01-01; they mean nothing without any */
    uint64_t order_count;
    uint64_t day_count;  /* on which there were some */
    uint64_t paid_count; /* orders of an amount above 0 */
    uint64_t refund_count;
    uint64_t last_gap_days;     /* between the last two of the days; 0: there is one at most */
    int64_t spent_micros;       /* what the paid orders came to, in millionths */
    int64_t first_spent_micros; /* of that what was spent on the first day */
    int64_t refunded_micros;    /* what went back, not below 0 */
    double squares;             /* sum of the squares of the paid amounts */
    double log_gaps; /* sum of the natural logarithms of the days from one of the days to the next
                      */
} kith_orders;
#define KITH_ORDERS_INIT                                                                           \
    { sizeof(kith_orders), NULL, NULL, NULL, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0 }

/** Steps through the profile's summaries of orders, one for each way in which scores ask; cursor 0
 * at the start. KITH_OK; KITH_DONE; KITH_CORRUPT. */
KITH_API int kith_profile_next_orders(const kith_profile *profile, size_t *cursor,
                                      kith_orders *out);

/** An output in an explanation. */
typedef struct kith_score_output {
    size_t size;
    const char *name;
    const char *what;  /* what it says, in words */
    const char *value; /* as people read it; NULL: the model says nothing */
} kith_score_output;

/** Something that led to the score. */
typedef struct kith_score_reason {
    size_t size;
    const char *text;
    bool adds;    /* it adds a share to the score, */
    double share; /* so much, in the unit that the explanation names */
} kith_score_reason;

/** Why a score is what it is. */
typedef struct kith_score_explanation {
    size_t size;
    const char *score;
    const char *kind; /* of model: "rules", "repeat", ... */
    uint32_t version; /* of the definition */
    bool learnt;      /* the model was fitted, or needs not to be */
    const kith_score_output *const *outputs;
    size_t output_count;
    const kith_score_reason *const *reasons;
    size_t reason_count;
    const char *unit;          /* of their shares: "log-odds", "points"; NULL: none has any */
    int64_t next_change_at_us; /* until then none of it changes with no new fact; INT64_MAX: never
                                */
} kith_score_explanation;

/**
 * Explains what a score says of a profile.
 * @param score   the name of the definition.
 * @param now_us  as for kith_expression_evaluate().
 * @param out     owned: kith_score_explanation_free(). It stays valid after the transaction.
 * @return KITH_OK; KITH_NOT_FOUND (there is no such score; the message says what was likely meant);
 *         KITH_CORRUPT; KITH_IO; KITH_NO_MEMORY; KITH_MISUSE.
 */
KITH_API int kith_score_explain(const kith_profile *profile, const char *score, int64_t now_us,
                                kith_score_explanation **out);
/** NULL is fine. */
KITH_API void kith_score_explanation_free(kith_score_explanation *explanation);

/* Forecasts: what a score of kind "repeat" foresees of a customer. */

#define KITH_FORECAST_CHANCES 11

typedef struct kith_forecast_options {
    size_t size;
    int64_t now_us;
    double days;  /* how far ahead, above 0; 0: the score's horizon */
    double share; /* of the intervals: by such a chance it is within; 0: .8 */
} kith_forecast_options;
#define KITH_FORECAST_OPTIONS_INIT                                                                 \
    { sizeof(kith_forecast_options), 0, 0, 0 }

/** What is to be expected. Orders of one day are one purchase. */
typedef struct kith_forecast {
    size_t size;
    double days;
    double alive;           /* the chance that the customer still buys here */
    double alive_then;      /* the chance that he will, after these days */
    double alive_if_silent; /* the same, if he buys nothing in these days */
    double purchases;       /* to be expected in these days */
    /* Days until the next one, if there is one in these days: half of the time within `next_days`,
     * by `share` from next_early_days to next_late_days. 0 where it is all but sure that there is
     * none. */
    double next_days, next_early_days, next_late_days;
    bool has_value;     /* the score knows what orders bring; else all that follows is 0 */
    double order_value; /* what a purchase is expected to bring */
    double value;       /* of all of them, discounted: the customer lifetime value */
    double value_low, value_high; /* within which what he brings is by `share`: the spread of his
                                     own future */
    double value_error; /* the standard error of the value, as parameters are estimates (delta
                           method); it has none of the spread */
    double at_risk;     /* value * (1 - alive) */
    /* The chances of exactly so many purchases; the last one of as many or more. */
    double chances[KITH_FORECAST_CHANCES];
} kith_forecast;
#define KITH_FORECAST_INIT                                                                         \
    {                                                                                              \
        sizeof(kith_forecast), 0, 0, 0, 0, 0, 0, 0, 0, false, 0, 0, 0, 0, 0, 0, {                  \
            0                                                                                      \
        }                                                                                          \
    }

/**
 * Foresees what a customer will do, by a score of kind "repeat". src/score/buyers.h, spend.h and
 * worth.h have the formulas and their sources. Takes up to some milliseconds.
 * @param options  NULL: as they are initialised, and `now` is 1970.
 * @return KITH_OK; KITH_NOT_FOUND (there is no such score, or the customer has no orders);
 *         KITH_INVALID (the score is of another kind, isn't fitted, or an option is out of range);
 *         KITH_CORRUPT; KITH_IO; KITH_NO_MEMORY; KITH_MISUSE.
 */
KITH_API int kith_score_forecast(const kith_profile *profile, const char *score,
                                 const kith_forecast_options *options, kith_forecast *out);

#ifdef __cplusplus
}
#endif
#endif
