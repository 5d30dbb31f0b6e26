/* What a row says of traits, scores and segments, worked out from the facts. */
#include <stdlib.h>

#include "src/base/order.h"
#include "src/segment/executor.h"
#include "src/state/state.h"

/* What the plans give: it is written when all of it is known, as the row that the executor reads
 * must not move. */
typedef struct derived {
    kithi_summary *summaries; /* by their numbers */
    kithi_outcome *traits;    /* by their ids; until_us 0: none */
    kithi_outcome *scores;    /* by their ids, and of each by its outputs; likewise */
    uint32_t *segments;
    size_t segment_count;
    int64_t until_us;
    int64_t moves_us; /* it is in these segments until then */
} derived;

static bool make_room(kithi_executor *e, derived *out) {
    const kithi_plans *plans = e->plans;
    out->traits = kithi_arena_calloc(&e->arena, plans->traits.count + 1, sizeof *out->traits);
    out->segments = kithi_arena_calloc(&e->arena, plans->segments.count + 1, sizeof *out->segments);
    out->until_us = out->moves_us = INT64_MAX;
    out->scores = kithi_arena_calloc(&e->arena, plans->scores.count * KITHI_SCORE_OUTPUTS_MAX + 1,
                                     sizeof *out->scores);
    out->summaries =
        kithi_arena_calloc(&e->arena, plans->summary_count + 1, sizeof *out->summaries);
    return out->traits != NULL && out->segments != NULL && out->scores != NULL &&
           out->summaries != NULL;
}

static int ask(kithi_executor *e, size_t place, size_t output, int64_t now_us, derived *d,
               kithi_outcome *out) {
    int rc = kithi_execute_plan(e, place, output, now_us, out);
    d->until_us = out->until_us < d->until_us ? out->until_us : d->until_us;
    return rc;
}

static kithi_outcome *scores_of(const derived *d, size_t id) {
    return &d->scores[id * KITHI_SCORE_OUTPUTS_MAX];
}

static int ask_outputs(kithi_executor *e, size_t place, int64_t now_us, derived *out) {
    const kithi_plan *plan = &e->plans->items[place];
    kithi_outcome *outcomes = scores_of(out, plan->formula->id);
    int rc = KITH_OK;
    for (size_t i = 0; rc == KITH_OK && i < plan->score.kind->output_count; i++) {
        if (plan->score.kind->outputs[i].kept) {
            rc = ask(e, place, i, now_us, out, &outcomes[i]);
        }
    }
    return rc;
}

static int ask_orders(kithi_executor *e, int64_t now_us, derived *d) {
    int rc = KITH_OK;
    for (size_t i = 0; rc == KITH_OK && i < e->plans->summary_count; i++) {
        int64_t until_us;
        rc = kithi_execute_orders(e, i, now_us, &d->summaries[i], &until_us);
        d->until_us = until_us < d->until_us ? until_us : d->until_us;
    }
    return rc;
}

static int ask_plans(kithi_executor *e, int64_t now_us, derived *out) {
    int rc = KITH_OK;
    for (size_t i = 0; rc == KITH_OK && i < e->plans->count; i++) {
        const kithi_plan *plan = &e->plans->items[i];
        kithi_outcome outcome;
        if (plan->kind == KITHI_CATALOG_SCORE) {
            rc = ask_outputs(e, i, now_us, out);
            continue;
        }
        rc = ask(e, i, 0, now_us, out, &outcome);
        if (plan->kind == KITHI_CATALOG_TRAIT) {
            out->traits[plan->formula->id] = outcome;
            continue;
        }
        out->moves_us = outcome.until_us < out->moves_us ? outcome.until_us : out->moves_us;
        if (outcome.value.as.boolean) {
            out->segments[out->segment_count++] = plan->formula->id;
        }
    }
    return rc;
}

/* A definition that is removed has no outcome: its sort is that of no value at all. */
static bool has_value(const kithi_outcome *outcome) {
    return outcome->until_us != 0 && outcome->value.sort != KITHI_SORT_NULL;
}

/* That memory was out for one of them is remembered to the end. */
static void pack(kithi_buffer *out, const kithi_outcome *outcome) {
    kith_value value = kithi_operand_value(&outcome->value);
    out->size = 0;
    kithi_pack_value(out, &value);
}

static int write_derived(kithi_executor *e, derived *d, kithi_buffer *row) {
    kithi_buffer packed;
    kithi_buffer_init(&packed);
    for (size_t i = 0; i < e->plans->summary_count; i++) {
        kithi_row_add_summary(row, e->plans->summaries[i]->formula->id, &d->summaries[i]);
    }
    for (size_t id = 0; id < e->plans->traits.count; id++) {
        if (has_value(&d->traits[id])) {
            pack(&packed, &d->traits[id]);
            kithi_row_add_trait(row, (uint16_t)id, packed.data, packed.size);
        }
    }
    for (size_t i = 0; i < e->plans->scores.count * KITHI_SCORE_OUTPUTS_MAX; i++) {
        if (has_value(&d->scores[i])) {
            pack(&packed, &d->scores[i]);
            kithi_row_add_score(row, (uint16_t)(i / KITHI_SCORE_OUTPUTS_MAX),
                                (uint8_t)(i % KITHI_SCORE_OUTPUTS_MAX), packed.data, packed.size);
        }
    }
    if (d->segment_count > 1) {
        qsort(d->segments, d->segment_count, sizeof *d->segments, kithi_compare_u32);
    }
    for (size_t i = 0; i < d->segment_count; i++) {
        kithi_row_add_segment(row, (uint16_t)d->segments[i]);
    }
    kithi_row_hold(row, e->plans->stamp, d->until_us);
    bool written = kithi_buffer_ok(row) && kithi_buffer_ok(&packed);
    kithi_buffer_clear(&packed);
    return written ? KITH_OK : kithi_error_memory(kithi_txn_error(e->txn));
}

int kithi_state_derive(kith_txn *txn, uint32_t profile, int64_t now_us, kithi_buffer *row,
                       int64_t *out_moves_us) {
    kithi_executor *e;
    derived d = {.segment_count = 0};
    const kithi_catalog *catalog = kithi_txn_catalog(txn);
    if (kithi_catalog_formula_count(catalog, KITHI_CATALOG_SEGMENT) == 0 &&
        kithi_catalog_formula_count(catalog, KITHI_CATALOG_TRAIT) == 0 &&
        kithi_catalog_formula_count(catalog, KITHI_CATALOG_SCORE) == 0) {
        return KITH_OK;
    }
    int rc = kithi_executor_of(txn, &e);
    if (rc == KITH_OK) {
        rc = kithi_executor_take(e, profile, (kithi_slice){row->data, row->size});
    }
    if (rc == KITH_OK && !make_room(e, &d)) {
        rc = kithi_error_memory(kithi_txn_error(txn));
    }
    rc = rc == KITH_OK ? ask_orders(e, now_us, &d) : rc;
    rc = rc == KITH_OK ? ask_plans(e, now_us, &d) : rc;
    *out_moves_us = rc == KITH_OK ? d.moves_us : INT64_MAX;
    return rc == KITH_OK ? write_derived(e, &d, row) : rc;
}
