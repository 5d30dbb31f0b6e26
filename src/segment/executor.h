/*
 * The row executor: what an expression gives for one customer at one time, from the customer's
 * facts, and when that changes if no fact is added.
 *
 * An executor belongs to a transaction and takes one customer after another. Of each it reads what
 * is asked for once: events by their type, and the events that a WHERE lets through.
 */
#ifndef KITHI_SEGMENT_EXECUTOR_H
#define KITHI_SEGMENT_EXECUTOR_H

#include "src/fact/event.h"
#include "src/profile/marks.h"
#include "src/segment/expression.h"
#include "src/segment/operand.h"
#include "src/segment/plans.h"
#include "src/segment/zones.h"

/* An event of the customer. */
typedef struct kithi_happening {
    int64_t at_us;
    uint16_t type;
    uint64_t identity; /* 0 where nothing else is of its time */
    const uint8_t *properties;
    size_t properties_size;
    struct kithi_properties **said; /* where its properties are kept once they are read */
} kithi_happening;

typedef struct kithi_happenings {
    const kithi_happening *items; /* in order */
    size_t count;
} kithi_happenings;

typedef struct kithi_executor {
    kith_txn *txn;
    kithi_arena arena; /* of the customer at hand */
    kithi_zones zones;
    const kithi_zone *store_zone;
    int64_t day, day_from_us, day_until_us; /* the store's day that was asked for last */
    bool day_repeats;                       /* at its end clocks are put back to the day before */
    int zone_attribute;                     /* KITHI_UNKNOWN: the store has none */
    const kithi_plans *plans;
    uint64_t revision;     /* of the catalog that they are of */
    kithi_operand *sorted; /* room for the values of a window */
    size_t sorted_capacity;
    /* The customer. */
    uint32_t profile;
    kith_id id;
    kithi_walker golden;
    const kithi_zone *zone;
    const uint32_t *records;
    size_t record_count;
    const kithi_happenings *types; /* by the ids of event types; NULL: not read yet */
    kithi_marks marks;
    bool has_marks;
    kithi_slice row;
    struct kithi_orders *orders;  /* the summaries that were asked for, by their numbers */
    struct kithi_answer *answers; /* what the plans gave, in their order */
    size_t answer_count;
    struct kithi_guests *guests; /* what plans gave that aren't the store's; NULL: none was asked */
} kithi_executor;

/* KITH_OK; KITH_NO_MEMORY; KITH_IO: the file of a time zone can't be read. */
int kithi_executor_init(kithi_executor *executor, kith_txn *txn);
void kithi_executor_clear(kithi_executor *executor);
/* The transaction's own, which is kept with it and made anew where definitions changed. KITH_OK;
 * KITH_NO_MEMORY; KITH_IO; what kithi_plans_of() returns. */
int kithi_executor_of(kith_txn *txn, kithi_executor **out);
/* Takes a customer: the golden values that stand in a row of the profile, of whatever time.
 * KITH_OK; KITH_NO_MEMORY; KITH_IO; KITH_CORRUPT. The row is borrowed until the next one is taken.
 */
int kithi_executor_take(kithi_executor *executor, uint32_t profile, kithi_slice row);
/* Takes nobody: for what is the same for all who live in the store's time zone. */
void kithi_executor_take_nobody(kithi_executor *executor);

typedef struct kithi_outcome {
    kithi_operand value; /* of a condition: a boolean, never NULL; texts are borrowed until the next
                            customer is taken */
    int64_t until_us;    /* it is so until then: from the time at hand to that one nothing changes.
                            INT64_MAX: for ever */
} kithi_outcome;

/*
 * What the expression gives at a time. `exact`: it does change at until_us; else it may, and
 * nothing is asked anew to find out: for those who want the value.
 */
int kithi_execute(kithi_executor *executor, const kith_expression *expression, int64_t now_us,
                  bool exact, kithi_outcome *out);
/* The same for a part of it; `condition`: as a condition. */
int kithi_execute_part(kithi_executor *executor, const kith_expression *expression,
                       const kithi_node *part, bool condition, int64_t now_us, bool exact,
                       kithi_outcome *out);
/* The same for a plan of the executor's, by its place, and of a score for one of its outputs (of
 * others 0); what plans before it gave is kept. */
int kithi_execute_plan(kithi_executor *executor, size_t place, size_t output, int64_t now_us,
                       kithi_outcome *out);
/* What an output of a score gives, also of one that isn't the store's. */
int kithi_execute_score(kithi_executor *executor, const kithi_plan *plan, size_t output,
                        int64_t now_us, kithi_outcome *out);
/* Runs something inside of a score: `act` is told of a run of its plan at a time. */
int kithi_execute_inside(kithi_executor *executor, const kithi_plan *plan, int64_t now_us,
                         void (*act)(struct kithi_run *run, const kithi_plan *plan, void *context),
                         void *context);
/* What a part of a score's plan gives, as a value. */
int kithi_execute_score_part(kithi_executor *executor, const kithi_plan *plan, size_t part,
                             int64_t now_us, kithi_operand *out);
/* Why a score, by its place among the plans, is what it is; until when that is so. */
int kithi_execute_tell(kithi_executor *executor, size_t place, int64_t now_us,
                       struct kithi_score_telling *telling, int64_t *out_until_us);
/* What the orders of a summary, by its number, come to at a time. */
int kithi_execute_orders(kithi_executor *executor, size_t number, int64_t now_us,
                         kithi_summary *out, int64_t *out_until_us);
/* Which times a window of the expression holds then: *out_from_us <= time < *out_to_us. */
int kithi_execute_window(kithi_executor *executor, const kith_expression *expression,
                         const kithi_window *window, int64_t now_us, int64_t *out_from_us,
                         int64_t *out_to_us);

#endif
