/*
 * Fitting a score: its model is learnt in one snapshot, then put into the definition, if that is
 * still the one that it was learnt for.
 */
#include <errno.h>
#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "src/base/calendar.h"
#include "src/base/sized.h"
#include "src/learn/learner.h"
#include "src/segment/score_guest.h"
#include "src/state/state.h"

#define FITTED "fitted"

/* What is owned: the report, and its texts. */
typedef struct owned {
    kith_fit_report report;
    char *score, *fitted, *definition;
} owned;

typedef struct fitting {
    kith *store;
    const char *score; /* NULL: a definition is given */
    kithi_guest guest;
    kith_fit_options options;
    kith_error *error;
    char *before;   /* the definition that is fitted, as it stands */
    char *after;    /* and with what was learnt */
    json_t *fitted; /* what was learnt */
    uint64_t customer_count;
    uint32_t version;
    kith_change change;
} fitting;

/* For learners */

static kithi_gather_plan plan_of(const kithi_learner *l, size_t item_bytes, void *asker) {
    return (kithi_gather_plan){.where = l->where,
                               .now_us = l->options.now_us,
                               .threads = l->options.threads,
                               .progress = l->options.progress,
                               .context = l->options.context,
                               .item_bytes = item_bytes,
                               .asker = asker};
}

int kithi_learner_gather(kithi_learner *l, size_t item_bytes,
                         int (*ask)(void *asker, kithi_executor *executor, int64_t now_us,
                                    void *item, kithi_buffer *texts, bool *out_take),
                         void *asker, kithi_gathered *out) {
    kithi_gather_plan plan = plan_of(l, item_bytes, asker);
    plan.ask = ask;
    return kithi_gather(l->txn, &plan, out);
}

int kithi_learner_gather_orders(kithi_learner *l, int64_t now_us, size_t item_bytes,
                                bool (*sum_up)(void *asker, const kithi_summary *orders,
                                               void *item),
                                void *asker, kithi_gathered *out) {
    kithi_gather_plan plan = plan_of(l, item_bytes, asker);
    plan.now_us = now_us;
    plan.orders = &l->plan->score.orders->of;
    plan.sum_up = sum_up;
    return kithi_gather(l->txn, &plan, out);
}

int kithi_learner_day(kithi_learner *l, int64_t time_us, int64_t *out_day) {
    kithi_executor *e;
    int rc = kithi_executor_of(l->txn, &e);
    *out_day = rc == KITH_OK ? kithi_calendar_date(e->store_zone, time_us) : 0;
    return rc;
}

int kithi_learner_tell(void *learner, size_t done, size_t count) {
    const kithi_learner *l = learner;
    kith_progress state = {sizeof state, "fit", done, count, 0};
    return l->options.progress != NULL ? l->options.progress(l->options.context, &state) : 0;
}

int kithi_learner_stopped(kithi_learner *l) {
    return kithi_error_set(kithi_txn_error(l->txn), KITH_INTERRUPTED, "the fit was stopped");
}

int kithi_learner_refuse(kithi_learner *l, const char *format, ...) {
    char why[300];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(why, sizeof why, format, arguments);
    va_end(arguments);
    if (l->options.definition != NULL) {
        return kithi_error_set(kithi_txn_error(l->txn), KITH_INVALID,
                               "the model can't be fitted: %s", why);
    }
    return kithi_error_set(kithi_txn_error(l->txn), KITH_INVALID,
                           "score '%.60s' can't be fitted: %s", l->plan->formula->name, why);
}

int kithi_learner_put(kithi_learner *l, json_t *object, const char *key, json_t *value) {
    bool put = value != NULL && json_object_set_new(object, key, value) == 0;
    return put ? KITH_OK : kithi_error_memory(kithi_txn_error(l->txn));
}

json_t *kithi_learner_real(double value) {
    return isfinite(value) ? json_real(value) : json_null();
}

json_t *kithi_learner_reals(const double *values, size_t count) {
    json_t *list = json_array();
    for (size_t i = 0; list != NULL && i < count; i++) {
        if (json_array_append_new(list, kithi_learner_real(values[i])) != 0) {
            json_decref(list);
            return NULL;
        }
    }
    return list;
}

/* Learning */

static kithi_learn *learn_of(const char *kind) {
    static const struct {
        const char *kind;
        kithi_learn *learn;
    } learners[] = {{"chance", kithi_learn_chance},       {"clusters", kithi_learn_clusters},
                    {"lifecycle", kithi_learn_lifecycle}, {"lookalike", kithi_learn_chance},
                    {"repeat", kithi_learn_repeat},       {"rfm", kithi_learn_rfm},
                    {"tiers", kithi_learn_tiers}};
    for (size_t i = 0; i < sizeof learners / sizeof learners[0]; i++) {
        if (strcmp(learners[i].kind, kind) == 0) {
            return learners[i].learn;
        }
    }
    return NULL;
}

static int put_head(kithi_learner *l) {
    char as_of[KITH_TIME_TEXT_BYTES];
    kith_time_format(l->options.now_us, as_of);
    int rc = kithi_learner_put(l, l->fitted, "as_of", json_string(as_of));
    rc = rc == KITH_OK ? kithi_learner_put(l, l->fitted, "customers", json_integer(0)) : rc;
    return rc;
}

static int learn(fitting *f, kithi_learner *l) {
    kithi_learn *own = learn_of(l->plan->score.kind->name);
    if (own == NULL) {
        return kithi_learner_refuse(l, "it has nothing to learn");
    }
    l->fitted = f->fitted = json_object();
    int rc = l->fitted != NULL ? put_head(l) : kithi_error_memory(kithi_txn_error(l->txn));
    rc = rc == KITH_OK ? own(l) : rc;
    f->customer_count = l->customer_count;
    return rc == KITH_OK ? kithi_learner_put(l, l->fitted, "customers",
                                             json_integer((json_int_t)l->customer_count))
                         : rc;
}

static int parse_where(fitting *f, kith_txn *txn, kith_expression **out) {
    *out = NULL;
    return f->options.where != NULL
               ? kith_expression_parse(f->options.where, strlen(f->options.where), txn, NULL, out,
                                       kithi_txn_error(txn))
               : KITH_OK;
}

static int read_given(fitting *f, kith_txn *txn, const kithi_plan **out) {
    int rc = kithi_guest_read(txn, "given", f->options.definition, false, &f->guest);
    *out = &f->guest.plan;
    f->before = rc == KITH_OK ? strdup(f->options.definition) : NULL;
    return rc == KITH_OK && f->before == NULL ? kithi_error_memory(kithi_txn_error(txn)) : rc;
}

static int find_plan(fitting *f, kith_txn *txn, const kithi_plan **out) {
    const kithi_plans *plans;
    kith_definition definition = KITH_DEFINITION_INIT;
    int rc = kith_definition_get(txn, KITH_SCORE, f->score, 0, &definition);
    rc = rc == KITH_OK ? kithi_plans_of(txn, &plans) : rc;
    if (rc != KITH_OK) {
        return rc;
    }
    const kithi_formula *formula =
        kithi_catalog_find_formula(kithi_txn_catalog(txn), KITHI_CATALOG_SCORE, f->score);
    *out = kithi_plan_of(plans, KITHI_CATALOG_SCORE, formula->id);
    f->before = strdup(definition.expression);
    return f->before != NULL ? KITH_OK : kithi_error_memory(kithi_txn_error(txn));
}

static int make_definition(fitting *f, kith_txn *txn) {
    json_t *root = json_loads(f->before, 0, NULL);
    errno = 0;
    if (root == NULL || json_object_set(root, FITTED, f->fitted) != 0) {
        json_decref(root);
        return kithi_error_memory(kithi_txn_error(txn));
    }
    return kithi_json_dump(txn, root, &f->after);
}

static int learn_in_snapshot(fitting *f) {
    kith_txn *txn;
    kith_expression *where = NULL;
    kithi_learner l = {.options = f->options};
    int rc = kith_txn_begin(f->store, KITH_READ, &txn, f->error);
    if (rc != KITH_OK) {
        return rc;
    }
    l.txn = txn;
    rc = f->score != NULL ? find_plan(f, txn, &l.plan) : read_given(f, txn, &l.plan);
    rc = rc == KITH_OK ? parse_where(f, txn, &where) : rc;
    l.where = where;
    rc = rc == KITH_OK ? learn(f, &l) : rc;
    rc = rc == KITH_OK ? make_definition(f, txn) : rc;
    if (rc != KITH_OK) {
        kithi_error_copy(f->error, kith_txn_error(txn));
    }
    kith_expression_free(where);
    kith_txn_abort(txn);
    return rc;
}

/* Writing */

static int put_definition(fitting *f, kith_txn *txn) {
    kith_expression_options options = KITH_EXPRESSION_OPTIONS_INIT;
    kith_definition_input input = KITH_DEFINITION_INPUT_INIT;
    kith_definition now = KITH_DEFINITION_INIT;
    int rc = kith_definition_get(txn, KITH_SCORE, f->score, 0, &now);
    if (rc == KITH_OK && strcmp(now.expression, f->before) != 0) {
        rc = kithi_error_set(kithi_txn_error(txn), KITH_BUSY,
                             "score '%.60s' was defined anew while it was fitted; fit it again",
                             f->score);
    }
    options.any_name = true; /* as the definition before has it */
    input.name = f->score;
    input.expression = f->after;
    input.options = &options;
    input.note = now.note;
    input.at_us = f->options.now_us;
    rc = rc == KITH_OK ? kith_definition_put(txn, KITH_SCORE, &input, &f->change) : rc;
    rc = rc == KITH_OK ? kith_definition_get(txn, KITH_SCORE, f->score, 0, &now) : rc;
    f->version = now.version;
    return rc;
}

/* All */

static int give(const fitting *f, kith_fit_report **out) {
    owned *made = calloc(1, sizeof *made);
    if (made != NULL) {
        made->score = f->score != NULL ? strdup(f->score) : NULL;
        made->fitted = json_dumps(f->fitted, JSON_INDENT(2));
        made->definition = strdup(f->after);
    }
    if (made == NULL || made->fitted == NULL || made->definition == NULL ||
        (f->score != NULL && made->score == NULL)) {
        kith_fit_report_free(made != NULL ? &made->report : NULL);
        return kithi_error_memory(f->error);
    }
    made->report = (kith_fit_report){sizeof made->report, made->score,      f->version,  f->change,
                                     f->customer_count,   made->definition, made->fitted};
    *out = &made->report;
    return KITH_OK;
}

/* The report is made before anything is written: what was written is never told as failed. */
static int write_fitted(fitting *f, kith_fit_report **out) {
    kith_txn *txn;
    kith_fit_report *made = NULL;
    int rc = kith_txn_begin(f->store, KITH_WRITE, &txn, f->error);
    if (rc != KITH_OK) {
        return rc;
    }
    rc = put_definition(f, txn);
    if (rc != KITH_OK) {
        kithi_error_copy(f->error, kith_txn_error(txn));
    }
    rc = rc == KITH_OK && out != NULL ? give(f, &made) : rc;
    if (rc != KITH_OK || f->options.dry_run) {
        kith_txn_abort(txn);
    } else {
        rc = kith_txn_commit(txn, f->error);
    }
    if (rc != KITH_OK) {
        kith_fit_report_free(made);
    } else if (out != NULL) {
        *out = made;
    }
    return rc;
}

static int fit(fitting *f, kith_fit_report **out) {
    int rc = learn_in_snapshot(f);
    if (rc == KITH_OK && f->score != NULL) {
        rc = write_fitted(f, out);
    } else if (rc == KITH_OK && out != NULL) {
        rc = give(f, out);
    }
    kithi_guest_clear(&f->guest);
    kith_free(f->before);
    kith_free(f->after);
    json_decref(f->fitted);
    return rc;
}

int kith_score_fit(kith *store, const char *score, const kith_fit_options *options,
                   kith_fit_report **out, kith_error *error) {
    fitting f = {.store = store, .score = score, .options = KITH_FIT_OPTIONS_INIT, .error = error};
    int rc = kithi_take(options, &f.options, sizeof f.options, "kith_score_fit", error);
    if (rc == KITH_OK && (store == NULL || (score == NULL) == (f.options.definition == NULL))) {
        rc = kithi_error_set(error, KITH_MISUSE,
                             "kith_score_fit: a store, and the name of a score or a definition, "
                             "are required");
    }
    return rc == KITH_OK ? fit(&f, out) : rc;
}

void kith_fit_report_free(kith_fit_report *report) {
    owned *made = (owned *)report;
    if (made != NULL) {
        free(made->score);
        free(made->definition);
        free(made->fitted);
        free(made);
    }
}
