#include "src/segment/executor.h"

#include <stdlib.h>
#include <string.h>

#include "src/base/civil.h"
#include "src/identity/identity.h"
#include "src/profile/row.h"
#include "src/segment/customer.h"
#include "src/segment/run.h"

#define ZONE_ATTRIBUTE "time_zone"
/* How often a condition is asked anew for the time at which it changes: where only what it is now
 * counts, of one that is evaluated often, and of one that says exactly when it changes; and all
 * conditions together. */
#define PATIENCE_NONE  0u
#define PATIENCE       16u
#define PATIENCE_EXACT KITH_EXPRESSION_INSTANTS_AHEAD
#define LOOKS_MAX      (2u * PATIENCE_EXACT)
/* What hangs on the clock alone may never change (`date_part('hour', now) < 24`), and the calendar
 * goes on: so there are few looks beyond the next years. */
#define LOOKS_FAR      10000u
#define FAR_US         (KITH_EXPRESSION_YEARS_AHEAD * 366 * KITHI_US_A_DAY)

void kithi_run_fail(kithi_run *run, int rc) {
    if (run->rc == KITH_OK && rc != KITH_OK) {
        run->rc = rc;
        if (rc == KITH_NO_MEMORY) {
            kithi_error_memory(kithi_txn_error(run->executor->txn));
        }
    }
}

int kithi_executor_init(kithi_executor *e, kith_txn *txn) {
    const kithi_catalog *catalog = kithi_txn_catalog(txn);
    const kithi_attribute *zone = kithi_catalog_find_attribute(catalog, ZONE_ATTRIBUTE);
    *e = (kithi_executor){.txn = txn, .zone_attribute = zone != NULL ? zone->id : KITHI_UNKNOWN};
    kithi_arena_init(&e->arena);
    kithi_zones_init(&e->zones);
    e->revision = kithi_catalog_revision(catalog);
    int rc = kithi_plans_of(txn, &e->plans);
    return rc == KITH_OK ? kithi_zones_of_store(&e->zones, txn, &e->store_zone) : rc;
}

static void free_matches(kithi_matches *matches, size_t count) {
    for (size_t i = 0; matches != NULL && i < count; i++) {
        free(matches[i].items);
    }
}

static void forget_answers(kithi_executor *e) {
    for (size_t i = 0; e->answers != NULL && i < e->answer_count; i++) {
        free_matches(e->answers[i].matches, e->answers[i].matches_count);
    }
    for (size_t i = 0; e->guests != NULL && i < KITHI_GUESTS_MAX; i++) {
        free_matches(e->guests->answers[i].matches, e->guests->answers[i].matches_count);
    }
    e->answers = NULL;
    e->guests = NULL;
}

void kithi_executor_clear(kithi_executor *e) {
    forget_answers(e);
    kithi_arena_clear(&e->arena);
    kithi_zones_clear(&e->zones);
    free(e->sorted);
}

static void end_executor(void *data) {
    kithi_executor_clear(data);
    free(data);
}

int kithi_executor_of(kith_txn *txn, kithi_executor **out) {
    kithi_executor *e = kithi_txn_slot(txn, KITHI_SLOT_EXECUTOR);
    if (e != NULL && e->revision == kithi_catalog_revision(kithi_txn_catalog(txn))) {
        *out = e;
        return KITH_OK;
    }
    kithi_txn_end_slot(txn, KITHI_SLOT_EXECUTOR);
    e = malloc(sizeof *e);
    int rc = e != NULL ? kithi_executor_init(e, txn) : kithi_error_memory(kithi_txn_error(txn));
    if (rc != KITH_OK) {
        if (e != NULL) {
            end_executor(e);
        }
        return rc;
    }
    kithi_txn_set_slot(txn, KITHI_SLOT_EXECUTOR, e, end_executor);
    *out = e;
    return KITH_OK;
}

/* The zone that the customer lives in, else the store's. */
static int find_zone(kithi_executor *e) {
    kithi_values values;
    int rc = kithi_customer_values(e, e->zone_attribute, NULL, &values);
    e->zone = e->store_zone;
    if (rc == KITH_OK && values.count > 0 && values.first.sort == KITHI_SORT_TEXT) {
        rc = kithi_zones_take(&e->zones, e->txn, values.first.as.text.data,
                              values.first.as.text.size, e->store_zone, &e->zone);
    }
    return rc;
}

void kithi_executor_take_nobody(kithi_executor *e) {
    forget_answers(e);
    kithi_arena_reset(&e->arena);
    e->zone = e->store_zone;
    e->golden = kithi_walker_of(NULL, 0);
    e->records = NULL;
    e->record_count = 0;
    e->types = NULL;
    e->has_marks = false;
    e->row = (kithi_slice){NULL, 0};
    e->orders = NULL;
}

int kithi_executor_take(kithi_executor *e, uint32_t profile, kithi_slice row) {
    kithi_state_header header;
    uint32_t *records;
    kithi_executor_take_nobody(e);
    e->profile = profile;
    if (!kithi_state_read_header(row, &header)) {
        return kithi_error_set(kithi_txn_error(e->txn), KITH_CORRUPT,
                               "the row of profile %u can't be read; run kith verify", profile);
    }
    e->id = header.id;
    e->row = row;
    e->golden = kithi_state_golden(row, &header);
    int rc = kithi_identity_members(e->txn, profile, &e->arena, &records, &e->record_count);
    e->records = records;
    if (rc == KITH_OK) {
        e->answer_count = e->plans->count;
        e->answers = kithi_arena_calloc(&e->arena, e->answer_count + 1, sizeof *e->answers);
        rc = e->answers != NULL ? KITH_OK : kithi_error_memory(kithi_txn_error(e->txn));
    }
    return rc == KITH_OK ? find_zone(e) : rc;
}

/* Execution */

static kithi_operand ask(kithi_run *run, int64_t *until) {
    *until = KITHI_FOR_EVER;
    return run->condition ? kithi_operand_boolean(kithi_run_condition(run, run->root, until))
                          : kithi_run_value(run, run->root, until);
}

static bool same_value(const kithi_operand *a, const kithi_operand *b) {
    return a->slope == b->slope && kithi_operand_order(a, b) == 0;
}

static kithi_looks make_looks(int64_t now_us) {
    return (kithi_looks){LOOKS_MAX, LOOKS_FAR, kithi_ahead(now_us, FAR_US)};
}

bool kithi_run_looks(kithi_run *run, unsigned count, int64_t at_us) {
    kithi_looks *looks = run->looks;
    unsigned *left = at_us < looks->far_us ? &looks->near : &looks->far;
    bool may = run->rc == KITH_OK && *left > 0 && count < run->patience;
    *left -= may;
    return may;
}

/* Goes on to the first time at which the value is another one. */
static void find_change(kithi_run *run, kithi_outcome *out) {
    for (unsigned i = 0; out->until_us != KITHI_FOR_EVER && kithi_run_looks(run, i, out->until_us);
         i++) {
        int64_t next;
        run->now_us = out->until_us;
        kithi_operand then = ask(run, &next);
        if (!same_value(&then, &out->value)) {
            return;
        }
        out->until_us = next;
    }
}

static kithi_matches *make_matches(kithi_executor *e, const kith_expression *expression) {
    return kithi_arena_calloc(&e->arena, expression->stream_count + 1, sizeof(kithi_matches));
}

static int begin_run(kithi_run *run, kithi_executor *e, const kith_expression *expression,
                     int64_t now_us, kithi_looks *looks) {
    *run = (kithi_run){.executor = e,
                       .matches = make_matches(e, expression),
                       .now_us = now_us,
                       .patience = PATIENCE,
                       .looks = looks};
    return run->matches != NULL ? KITH_OK : kithi_error_memory(kithi_txn_error(e->txn));
}

int kithi_execute_part(kithi_executor *e, const kith_expression *expression, const kithi_node *part,
                       bool condition, int64_t now_us, bool exact, kithi_outcome *out) {
    kithi_looks looks = make_looks(now_us);
    kithi_run run;
    int rc = begin_run(&run, e, expression, now_us, &looks);
    if (rc != KITH_OK) {
        return rc;
    }
    run.root = part;
    run.condition = condition;
    run.patience = exact ? PATIENCE_EXACT : PATIENCE_NONE;
    out->value = ask(&run, &out->until_us);
    if (out->value.slope != 0) {
        out->until_us = kithi_ahead(now_us, 1); /* it moves on with the time */
    } else if (exact) {
        find_change(&run, out);
    }
    free_matches(run.matches, expression->stream_count);
    return run.rc;
}

int kithi_execute_window(kithi_executor *e, const kith_expression *expression,
                         const kithi_window *window, int64_t now_us, int64_t *out_from_us,
                         int64_t *out_to_us) {
    kithi_looks looks = make_looks(now_us);
    kithi_run run;
    int64_t until = KITHI_FOR_EVER;
    int rc = begin_run(&run, e, expression, now_us, &looks);
    if (rc != KITH_OK) {
        return rc;
    }
    kithi_span span = kithi_run_window(&run, window, &until);
    *out_from_us = span.from_us;
    *out_to_us = span.to_us;
    free_matches(run.matches, expression->stream_count);
    return run.rc;
}

int kithi_execute(kithi_executor *e, const kith_expression *expression, int64_t now_us, bool exact,
                  kithi_outcome *out) {
    return kithi_execute_part(e, expression, expression->root, expression->condition, now_us, exact,
                              out);
}

/* Plans */

static bool still_holds(const kithi_answer *answer, int64_t now_us) {
    return answer->known && answer->from_us <= now_us &&
           (now_us < answer->until_us || answer->until_us == KITHI_FOR_EVER);
}

/* A run of a plan's own inside of another one. */
static kithi_run inner_run(const kithi_run *outer, const kithi_plan *plan,
                           const kithi_answer *answer) {
    return (kithi_run){.executor = outer->executor,
                       .root = plan->expression->root,
                       .condition = plan->expression->condition,
                       .matches = answer->matches,
                       .now_us = outer->now_us,
                       .patience = outer->patience,
                       .looks = outer->looks};
}

/* Where it doesn't stand yet, the value of a plan, or of an output of it (a score), is worked out.
 */
static int ask_plan(const kithi_run *outer, const kithi_plan *plan, const kithi_answer *whole,
                    size_t output, kithi_answer *answer) {
    kithi_run run = inner_run(outer, plan, whole);
    answer->until_us = KITHI_FOR_EVER;
    answer->value = plan->kind == KITHI_CATALOG_SCORE
                        ? plan->score.kind->run(&run, plan, output, &answer->until_us)
                        : ask(&run, &answer->until_us);
    answer->from_us = run.now_us;
    answer->known = run.rc == KITH_OK;
    return run.rc;
}

/* A guest's, of whom there are few. NULL: memory is out. */
static kithi_answer *guest_answer(kithi_executor *e, const kithi_plan *plan) {
    if (e->guests == NULL) {
        e->guests = kithi_arena_calloc(&e->arena, 1, sizeof *e->guests);
    }
    for (size_t i = 0; e->guests != NULL && i < KITHI_GUESTS_MAX; i++) {
        if (e->guests->plans[i] == NULL || e->guests->plans[i] == plan) {
            e->guests->plans[i] = plan;
            return &e->guests->answers[i];
        }
    }
    return NULL;
}

static kithi_answer *answer_of(kithi_executor *e, const kithi_plan *plan) {
    bool own = plan >= e->plans->items && plan < e->plans->items + e->plans->count;
    return own ? &e->answers[plan - e->plans->items] : guest_answer(e, plan);
}

/* Room for what a plan gives, and for what it finds on its way. */
static int make_answer(kithi_executor *e, const kithi_plan *plan, kithi_answer *answer) {
    bool score = plan->kind == KITHI_CATALOG_SCORE;
    if (answer == NULL) {
        return KITH_NO_MEMORY;
    }
    if (answer->matches == NULL) {
        answer->matches = make_matches(e, plan->expression);
        answer->matches_count = plan->expression->stream_count;
    }
    if (score && answer->outputs == NULL) {
        answer->outputs =
            kithi_arena_calloc(&e->arena, plan->score.kind->output_count, sizeof *answer->outputs);
    }
    return answer->matches != NULL && (!score || answer->outputs != NULL) ? KITH_OK
                                                                          : KITH_NO_MEMORY;
}

static kithi_operand take_answer(kithi_run *run, const kithi_plan *plan, size_t output,
                                 int64_t *until) {
    kithi_answer *whole = answer_of(run->executor, plan);
    int rc = make_answer(run->executor, plan, whole);
    kithi_answer *answer =
        plan->kind != KITHI_CATALOG_SCORE || rc != KITH_OK ? whole : &whole->outputs[output];
    if (rc == KITH_OK && !still_holds(answer, run->now_us)) {
        rc = ask_plan(run, plan, whole, output, answer);
    }
    kithi_run_fail(run, rc);
    if (rc == KITH_OK) {
        kithi_lower(until, answer->until_us);
    }
    return rc == KITH_OK ? answer->value : kithi_operand_null();
}

kithi_operand kithi_run_plan(kithi_run *run, const kithi_plan *plan, int64_t *until) {
    return take_answer(run, plan, 0, until);
}

kithi_operand kithi_run_score(kithi_run *run, const kithi_plan *plan, size_t output,
                              int64_t *until) {
    return take_answer(run, plan, output, until);
}

void *kithi_run_memo(kithi_run *run, const kithi_plan *plan) {
    kithi_answer *answer = answer_of(run->executor, plan);
    if (answer != NULL && answer->memo == NULL) {
        answer->memo = kithi_arena_calloc(&run->executor->arena, 1, plan->score.kind->memo_bytes);
    }
    if (answer == NULL || answer->memo == NULL) {
        kithi_run_fail(run, KITH_NO_MEMORY);
        return NULL;
    }
    return answer->memo;
}

kithi_operand kithi_run_part(kithi_run *run, const kithi_plan *plan, size_t part, int64_t *until) {
    return kithi_run_value(run, plan->expression->root->kids[part], until);
}

bool kithi_run_part_holds(kithi_run *run, const kithi_plan *plan, size_t part, int64_t *until) {
    return kithi_run_condition(run, plan->expression->root->kids[part], until);
}

int kithi_execute_score(kithi_executor *e, const kithi_plan *plan, size_t output, int64_t now_us,
                        kithi_outcome *out) {
    kithi_looks looks = make_looks(now_us);
    kithi_run run = {.executor = e, .now_us = now_us, .patience = PATIENCE, .looks = &looks};
    out->until_us = KITHI_FOR_EVER;
    out->value = take_answer(&run, plan, output, &out->until_us);
    return run.rc;
}

int kithi_execute_plan(kithi_executor *e, size_t place, size_t output, int64_t now_us,
                       kithi_outcome *out) {
    return kithi_execute_score(e, &e->plans->items[place], output, now_us, out);
}

static int run_inside(kithi_executor *e, const kithi_plan *plan, int64_t now_us, unsigned patience,
                      void (*act)(kithi_run *run, const kithi_plan *plan, void *context),
                      void *context) {
    kithi_answer *answer = answer_of(e, plan);
    kithi_looks looks = make_looks(now_us);
    kithi_run outer = {.executor = e, .now_us = now_us, .patience = patience, .looks = &looks};
    if (make_answer(e, plan, answer) != KITH_OK) {
        return kithi_error_memory(kithi_txn_error(e->txn));
    }
    kithi_run run = inner_run(&outer, plan, answer);
    act(&run, plan, context);
    return run.rc;
}

int kithi_execute_inside(kithi_executor *e, const kithi_plan *plan, int64_t now_us,
                         void (*act)(kithi_run *run, const kithi_plan *plan, void *context),
                         void *context) {
    return run_inside(e, plan, now_us, 0, act, context);
}

typedef struct tell_of_score {
    struct kithi_score_telling *telling;
    int64_t until_us;
} tell_of_score;

static void tell(kithi_run *run, const kithi_plan *plan, void *context) {
    tell_of_score *asked = context;
    plan->score.kind->tell(run, plan, asked->telling, &asked->until_us);
}

int kithi_execute_tell(kithi_executor *e, size_t place, int64_t now_us,
                       struct kithi_score_telling *telling, int64_t *out_until_us) {
    tell_of_score asked = {telling, KITHI_FOR_EVER};
    int rc = run_inside(e, &e->plans->items[place], now_us, PATIENCE, tell, &asked);
    *out_until_us = asked.until_us;
    return rc;
}

typedef struct asked_part {
    size_t part;
    kithi_operand value;
} asked_part;

static void ask_part(kithi_run *run, const kithi_plan *plan, void *context) {
    asked_part *asked = context;
    int64_t until = KITHI_FOR_EVER;
    asked->value = plan->score.parts[asked->part].condition
                       ? kithi_operand_boolean(kithi_run_part_holds(run, plan, asked->part, &until))
                       : kithi_run_part(run, plan, asked->part, &until);
}

int kithi_execute_score_part(kithi_executor *e, const kithi_plan *plan, size_t part, int64_t now_us,
                             kithi_operand *out) {
    asked_part asked = {part, kithi_operand_null()};
    int rc = kithi_execute_inside(e, plan, now_us, ask_part, &asked);
    *out = asked.value;
    return rc;
}
