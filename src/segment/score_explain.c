/* Explaining a score: what each of its outputs is, and what led to it. */
#include <stdlib.h>
#include <string.h>

#include "src/base/error.h"
#include "src/segment/run.h"
#include "src/segment/score_tell.h"
#include "src/segment/show.h"

/* What is owned: the explanation, and the memory of all. */
typedef struct owned {
    kith_score_explanation explanation;
    kithi_arena arena;
} owned;

typedef struct teller {
    kithi_executor *executor;
    const kithi_plan *plan;
    size_t place;
    int64_t now_us;
    owned *out;
} teller;

static int no_memory(const teller *t) {
    return kithi_error_memory(kithi_txn_error(t->executor->txn));
}

static const char *keep_text(teller *t, const char *text) {
    return kithi_arena_copy(&t->out->arena, text, strlen(text));
}

/* NULL where there is none; false: memory is out. */
static bool keep_value(teller *t, const kithi_operand *value, const char **out) {
    kithi_buffer shown;
    *out = NULL;
    if (value->sort == KITHI_SORT_NULL) {
        return true;
    }
    kithi_buffer_init(&shown);
    kithi_operand_show(value, &shown);
    if (kithi_buffer_ok(&shown)) {
        *out = kithi_arena_copy(&t->out->arena, shown.data, shown.size);
    }
    kithi_buffer_clear(&shown);
    return *out != NULL;
}

static int tell_output(teller *t, size_t at, kith_score_output *out) {
    const kithi_score_output *output = &t->plan->score.kind->outputs[at];
    kithi_outcome outcome;
    int rc = kithi_execute_plan(t->executor, t->place, at, t->now_us, &outcome);
    if (rc != KITH_OK) {
        return rc;
    }
    kithi_lower(&t->out->explanation.next_change_at_us, outcome.until_us);
    out->size = sizeof *out;
    out->name = output->name;
    out->what = output->what;
    return keep_value(t, &outcome.value, &out->value) ? KITH_OK : no_memory(t);
}

static int tell_outputs(teller *t) {
    size_t count = t->plan->score.kind->output_count;
    kith_score_output *outputs = kithi_arena_calloc(&t->out->arena, count, sizeof *outputs);
    const kith_score_output **list = kithi_arena_calloc(&t->out->arena, count, sizeof *list);
    if (outputs == NULL || list == NULL) {
        return no_memory(t);
    }
    int rc = KITH_OK;
    for (size_t i = 0; rc == KITH_OK && i < count; i++) {
        rc = tell_output(t, i, &outputs[i]);
        list[i] = &outputs[i];
    }
    t->out->explanation.outputs = list;
    t->out->explanation.output_count = count;
    return rc;
}

static int give_reasons(teller *t, const kithi_score_telling *telling) {
    kith_score_reason *reasons =
        kithi_arena_calloc(&t->out->arena, telling->count + 1, sizeof *reasons);
    const kith_score_reason **list =
        kithi_arena_calloc(&t->out->arena, telling->count + 1, sizeof *list);
    if (reasons == NULL || list == NULL) {
        return no_memory(t);
    }
    for (size_t i = 0; i < telling->count; i++) {
        const kithi_score_reason *told = &telling->reasons[i];
        reasons[i] = (kith_score_reason){sizeof *reasons, told->text, told->adds, told->share};
        list[i] = &reasons[i];
    }
    t->out->explanation.reasons = list;
    t->out->explanation.reason_count = telling->count;
    return KITH_OK;
}

static int tell_reasons(teller *t) {
    kithi_score_telling telling = {.arena = &t->out->arena};
    int64_t until_us;
    int rc = kithi_execute_tell(t->executor, t->place, t->now_us, &telling, &until_us);
    kithi_lower(&t->out->explanation.next_change_at_us, until_us);
    if (rc == KITH_OK && telling.out_of_memory) {
        rc = no_memory(t);
    }
    return rc == KITH_OK ? give_reasons(t, &telling) : rc;
}

static int tell_head(teller *t) {
    const kithi_score_model *model = &t->plan->score;
    kith_score_explanation *e = &t->out->explanation;
    e->size = sizeof *e;
    e->score = keep_text(t, t->plan->formula->name);
    e->kind = model->kind->name;
    e->unit = model->kind->unit;
    e->version = t->plan->formula->version;
    e->learnt = model->fitted != NULL || !kithi_score_learns(model);
    e->next_change_at_us = KITHI_FOR_EVER;
    return e->score != NULL ? KITH_OK : no_memory(t);
}

static int tell_all(teller *t) {
    int rc = tell_head(t);
    rc = rc == KITH_OK ? tell_outputs(t) : rc;
    return rc == KITH_OK ? tell_reasons(t) : rc;
}

static int explain(const kith_profile *profile, const char *score, int64_t now_us, owned *out) {
    kithi_slice row = {profile->row, profile->row_bytes};
    const kithi_formula *formula =
        kithi_catalog_find_formula(kithi_txn_catalog(profile->txn), KITHI_CATALOG_SCORE, score);
    teller t = {.now_us = now_us, .out = out};
    int rc = kithi_executor_of(profile->txn, &t.executor);
    rc = rc == KITH_OK ? kithi_executor_take(t.executor, profile->number, row) : rc;
    if (rc == KITH_OK) {
        t.plan = kithi_plan_of(t.executor->plans, KITHI_CATALOG_SCORE, formula->id);
        t.place = (size_t)(t.plan - t.executor->plans->items);
        rc = tell_all(&t);
    }
    return rc;
}

int kith_score_explain(const kith_profile *profile, const char *score, int64_t now_us,
                       kith_score_explanation **out) {
    kith_definition definition = KITH_DEFINITION_INIT;
    if (profile == NULL || profile->txn == NULL) {
        return KITH_MISUSE;
    }
    if (score == NULL || out == NULL) {
        return kithi_error_set(kithi_txn_error(profile->txn), KITH_MISUSE,
                               "kith_score_explain: a name and a place for the explanation are "
                               "required");
    }
    int rc = kith_definition_get(profile->txn, KITH_SCORE, score, 0, &definition);
    if (rc != KITH_OK) {
        return rc;
    }
    owned *made = calloc(1, sizeof *made);
    if (made == NULL) {
        return kithi_error_memory(kithi_txn_error(profile->txn));
    }
    kithi_arena_init(&made->arena);
    rc = explain(profile, score, now_us, made);
    if (rc != KITH_OK) {
        kith_score_explanation_free(&made->explanation);
        return rc;
    }
    *out = &made->explanation;
    return KITH_OK;
}

void kith_score_explanation_free(kith_score_explanation *explanation) {
    owned *made = (owned *)explanation;
    if (made != NULL) {
        kithi_arena_clear(&made->arena);
        free(made);
    }
}
