/*
 * A score: a value about a customer that a model gives. Its definition is a JSON object: what kind
 * of model it is, its settings, and under "fitted" what was learnt from the store's customers.
 *
 * A kind of model reads its settings, and says of one customer at one time what each of its outputs
 * is. What it asks about the customer by expressions are parts of one tree, so they are checked,
 * and what they mention is known, as of any segment.
 */
#ifndef KITHI_SEGMENT_SCORE_MODEL_H
#define KITHI_SEGMENT_SCORE_MODEL_H

#include "kith/segment.h"
#include "src/profile/summary_row.h"
#include "src/segment/expression.h"
#include "src/segment/operand.h"
#include "src/segment/tree.h"
#include "src/store/json_reader.h"

#define KITHI_SCORE_OUTPUTS_MAX 8
#define KITHI_SCORE_PARTS_MAX   256 /* expressions of a model */

typedef struct kithi_score_output {
    const char *name;
    kithi_sort sort; /* NUMBER or TEXT */
    bool kept;       /* in the row of each customer, and as a column */
    const char *what;
} kithi_score_output;

/* An expression that a model asks about a customer. */
typedef struct kithi_score_part {
    const char *text;
    bool condition;
} kithi_score_part;

/* Where a model finds a customer's orders. */
typedef struct kithi_score_orders {
    const char *event;
    const char *amount;  /* a property of them; NULL: their amounts don't matter */
    const char *refund;  /* events that take an amount back; NULL: there are none */
    kithi_summary_of of; /* their ids */
    size_t number;       /* of the summaries that all scores ask for, each once */
} kithi_score_orders;

typedef struct kithi_score_model {
    const struct kithi_score_kind *kind;
    kithi_score_part *parts;    /* as many as the root of the expression has kids */
    kithi_score_orders *orders; /* NULL: it asks for none */
    void *settings;             /* the kind's own, in the arena of the expression */
    void *fitted; /* likewise what was learnt; NULL: nothing was, and it gives no value */
} kithi_score_model;

/* Reading a definition. */
typedef struct kithi_score_reader {
    kithi_json_reader json;
    kith_expression *expression; /* its root holds the parts */
    kithi_score_model *model;
    kithi_tree tree;
} kithi_score_reader;

struct kithi_run;
struct kithi_plan;
struct kithi_score_telling;

typedef struct kithi_score_kind {
    const char *name;
    const kithi_score_output *outputs; /* the first is what the score's own name means */
    size_t output_count;
    size_t memo_bytes; /* that it keeps of a customer, from one output to the next */
    const char *unit;  /* that shares of reasons are told in; NULL: none have any */
    bool learns;       /* it may have to be fitted before it gives anything */
    bool (*needs)(const kithi_score_model *model); /* whether this one has to be; NULL: all do */
    const char *const *keys; /* of the settings, but for "kind" and "fitted"; ends with NULL */
    int (*read)(kithi_score_reader *r, json_t *settings);
    int (*read_fitted)(kithi_score_reader *r, json_t *fitted); /* NULL: it doesn't learn */
    void (*clear)(kithi_score_model *model); /* what was learnt; NULL: the arena has it all */
    /* What an output is now. A failure is set in the run. */
    kithi_operand (*run)(struct kithi_run *run, const struct kithi_plan *plan, size_t output,
                         int64_t *until);
    /* Tells what led to it. */
    void (*tell)(struct kithi_run *run, const struct kithi_plan *plan,
                 struct kithi_score_telling *telling, int64_t *until);
} kithi_score_kind;

/* score_kind.c */
const kithi_score_kind *kithi_score_kind_of(const char *name); /* NULL: there is none */
/* The names of all, with commas, in a buffer. */
void kithi_score_kind_names(char *out, size_t size);
/* The output that a name means behind the score's own: "" is the first; -1: there is none. */
int kithi_score_output_of(const kithi_score_kind *kind, const char *name);
/* Whether it has to be fitted. */
bool kithi_score_learns(const kithi_score_model *model);
/* kith_definition_next_mention(): the events and the property of its orders, then the rest. */
int kithi_score_next_mention(const kith_expression *expression, const kithi_score_model *model,
                             size_t *cursor, kith_mention *out);
/* Which bytes of a name, "churn" or "churn.chance", are that of a score. */
size_t kithi_score_name_size(const char *name);

/* score_read.c */
/*
 * Reads a definition into an expression that is empty yet: its root gets the parts, and it is not
 * checked. KITH_OK; KITH_INVALID, with line and column in the message; KITH_LIMIT; KITH_NO_MEMORY.
 */
int kithi_score_read(kith_txn *txn, const char *text, size_t size, kith_expression *expression,
                     kithi_score_model *out);
/* Also of one that could not be read to the end. */
void kithi_score_clear(kithi_score_model *model);
/* The definition as it is kept: compact; where its settings are those of `before` (NULL: none) and
 * it says nothing of what was learnt, with what was learnt there. Owned: kith_free(). */
int kithi_score_keep(kith_txn *txn, const char *text, size_t size, const char *before, char **out);

/* For kinds, while they read. Texts are kept in the arena of the expression. */
void *kithi_score_room(kithi_score_reader *r, size_t count, size_t size);
/* One that isn't empty; the reading stands at it. */
int kithi_score_keep_text(kithi_score_reader *r, const json_t *member, const char **out);
int kithi_score_text(kithi_score_reader *r, json_t *object, const char *key, const char **out);
/* "event", which is needed, "amount" and "refund". */
int kithi_score_read_orders(kithi_score_reader *r, json_t *settings);
/* A list; reads each of its members. */
int kithi_score_list(kithi_score_reader *r, json_t *object, const char *key, size_t most,
                     int (*read)(kithi_score_reader *r, json_t *member, size_t at, void *context),
                     void *context, size_t *out_count);
/* An expression becomes a part: its place among them. */
int kithi_score_ask_text(kithi_score_reader *r, const json_t *member, bool condition,
                         size_t *out_part);
int kithi_score_ask(kithi_score_reader *r, json_t *object, const char *key, bool condition,
                    size_t *out_part);

#endif
