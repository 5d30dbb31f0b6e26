/*
 * Scores: definitions of models as dicts, fitting them, what they say of a kith.Profile and why.
 * Fitting is done without the interpreter's lock.
 */
#include "_kith.h"

/* ---- defining ---- */

PyObject *kpy_txn_define_score(PyObject *object, PyObject *const *args, Py_ssize_t count,
                               PyObject *names) {
    static const char *const parameters[] = {"name", "definition", "at", "note", "any_name", NULL};
    static const kpy_signature signature = {"define_score", 3, 7, parameters};
    kpy_txn *self = (kpy_txn *)object;
    PyObject *given[5];
    kith_definition_input input = KITH_DEFINITION_INPUT_INIT;
    kith_expression_options options = KITH_EXPRESSION_OPTIONS_INIT;
    if (!kpy_args(&signature, args, count, names, given) ||
        !kpy_text(given[0], "name", &input.name) ||
        !kpy_time_in(self->state, given[2], &input.at_us) ||
        !kpy_text_optional(given[3], "note", &input.note) ||
        !kpy_flag(given[4], false, &options.any_name)) {
        return NULL;
    }
    PyObject *text = kpy_json_text(given[1], "definition");
    PyObject *made = NULL;
    input.options = &options;
    if (text != NULL && kpy_text(text, "definition", &input.expression)) {
        made = kpy_put_definition(self, KITH_SCORE, &input);
    }
    Py_XDECREF(text);
    return made;
}

PyObject *kpy_txn_remove_score(PyObject *self, PyObject *const *args, Py_ssize_t count,
                               PyObject *names) {
    static const char *const parameters[] = {"name", "at", NULL};
    static const kpy_signature signature = {"remove_score", 2, 3, parameters};
    return kpy_remove_definition((kpy_txn *)self, KITH_SCORE, &signature, args, count, names);
}

/* ---- reading definitions ---- */

PyObject *kpy_txn_score_definition(PyObject *self, PyObject *const *args, Py_ssize_t count,
                                   PyObject *names) {
    static const char *const parameters[] = {"name", "version", NULL};
    static const kpy_signature signature = {"score_definition", 2, 1, parameters};
    return kpy_get_definition((kpy_txn *)self, KITH_SCORE, &signature, args, count, names);
}

PyObject *kpy_txn_score_definitions(PyObject *self, PyObject *Py_UNUSED(unused)) {
    return kpy_definitions_out((kpy_txn *)self, KITH_SCORE);
}

static PyObject *about_out(const kith_score_about *about) {
    PyObject *dict = PyDict_New();
    if (dict != NULL && (!kpy_set(dict, "output", kpy_text_out(about->output)) ||
                         !kpy_set(dict, "gives", kpy_text_out(about->gives)) ||
                         !kpy_set(dict, "what", kpy_text_out(about->what)) ||
                         !kpy_set(dict, "kept", PyBool_FromLong(about->kept)))) {
        Py_CLEAR(dict);
    }
    return dict;
}

static PyObject *outputs_out(kpy_txn *self, const char *score) {
    PyObject *list = PyList_New(0);
    kith_score_about about = KITH_SCORE_ABOUT_INIT;
    size_t cursor = 0;
    while (list != NULL &&
           kith_score_next_output(self->handle, score, &cursor, &about) == KITH_OK) {
        if (!kpy_append(list, about_out(&about))) {
            Py_CLEAR(list);
        }
    }
    return list;
}

PyObject *kpy_txn_score_model(PyObject *object, PyObject *name) {
    kpy_txn *self = (kpy_txn *)object;
    const char *score = NULL;
    if (!kpy_text(name, "score", &score) || !kpy_txn_ready(self)) {
        return NULL;
    }
    kith_score_model model = KITH_SCORE_MODEL_INIT;
    int code = kith_score_model_get(self->handle, score, &model);
    if (code != KITH_OK) {
        return kpy_raise_txn(self->state, self->handle, code);
    }
    PyObject *dict = PyDict_New();
    if (dict != NULL && (!kpy_set(dict, "kind", kpy_text_out(model.kind)) ||
                         !kpy_set(dict, "learns", PyBool_FromLong(model.learns)) ||
                         !kpy_set(dict, "learnt", PyBool_FromLong(model.learnt)) ||
                         !kpy_set(dict, "outputs", outputs_out(self, score)))) {
        Py_CLEAR(dict);
    }
    return dict;
}

/* ---- fitting ---- */

enum {
    FIT_NAME,
    FIT_NOW,
    FIT_WHERE,
    FIT_HOLDOUT,
    FIT_DRY_RUN,
    FIT_THREADS,
    FIT_PROGRESS,
    FIT_DEFINITION,
    FIT_COUNT
};

/* What is given for a fit; `where` and `definition` keep their texts. */
typedef struct fit_call {
    const char *score;
    PyObject *where, *definition;
    kith_fit_options options;
    kpy_work work;
} fit_call;

static bool where_in(fit_call *call, kpy_state *state, PyObject *object) {
    kith_expression_options options = KITH_EXPRESSION_OPTIONS_INIT;
    if (!kpy_given(object)) {
        return true;
    }
    call->where = kpy_formula_text(state, object, &options);
    return call->where != NULL && kpy_text(call->where, "where", &call->options.where);
}

static bool definition_in(fit_call *call, PyObject *object) {
    if (!kpy_given(object)) {
        return true;
    }
    call->definition = kpy_json_text(object, "definition");
    return call->definition != NULL &&
           kpy_text(call->definition, "definition", &call->options.definition);
}

static bool holdout_in(PyObject *object, uint32_t *out) {
    uint64_t days = 0;
    if (!kpy_count(object, "holdout_days", &days)) {
        return false;
    }
    if (days > UINT32_MAX) {
        PyErr_SetString(PyExc_ValueError, "holdout_days is too large");
        return false;
    }
    *out = (uint32_t)days;
    return true;
}

static bool fit_call_init(fit_call *call, kpy_state *state, PyObject *const *given) {
    call->options = (kith_fit_options)KITH_FIT_OPTIONS_INIT;
    call->options.progress = kpy_work_progress;
    call->options.context = &call->work;
    return kpy_work_init(&call->work, state, given[FIT_PROGRESS]) &&
           kpy_text_optional(given[FIT_NAME], "name", &call->score) &&
           kpy_time_in(state, given[FIT_NOW], &call->options.now_us) &&
           where_in(call, state, given[FIT_WHERE]) && definition_in(call, given[FIT_DEFINITION]) &&
           holdout_in(given[FIT_HOLDOUT], &call->options.holdout_days) &&
           kpy_flag(given[FIT_DRY_RUN], false, &call->options.dry_run) &&
           kpy_threads(given[FIT_THREADS], &call->options.threads);
}

static PyObject *report_out(const kith_fit_report *report) {
    const char *change = report->change == KITH_UNCHANGED ? "unchanged" : "updated";
    PyObject *dict = PyDict_New();
    if (dict != NULL &&
        (!kpy_set(dict, "score", kpy_text_out(report->score)) ||
         !kpy_set(dict, "version", PyLong_FromUnsignedLong(report->version)) ||
         !kpy_set(dict, "change", kpy_text_out(change)) ||
         !kpy_set(dict, "customer_count", PyLong_FromUnsignedLongLong(report->customer_count)) ||
         !kpy_set(dict, "definition", kpy_json_out(report->definition)) ||
         !kpy_set(dict, "fitted", kpy_json_out(report->fitted)))) {
        Py_CLEAR(dict);
    }
    return dict;
}

static PyObject *fit_run(kpy_store *self, fit_call *call) {
    kith *handle = kpy_store_enter_to_write(self);
    if (handle == NULL) {
        return NULL;
    }
    kith_fit_report *report = NULL;
    kith_error error = KITH_ERROR_INIT;
    kpy_store_writing_begin(self, &call->work);
    kpy_work_begin(&call->work);
    int code = kith_score_fit(handle, call->score, &call->options, &report, &error);
    kpy_work_end(&call->work);
    kpy_store_writing_end(self, &call->work);
    kpy_store_leave(self);
    PyObject *made = NULL;
    if (PyErr_Occurred() == NULL) {
        made = code == KITH_OK ? report_out(report) : kpy_raise(self->state, code, &error);
    }
    kith_fit_report_free(report);
    return made;
}

PyObject *kpy_store_fit_score(PyObject *object, PyObject *const *args, Py_ssize_t count,
                              PyObject *names) {
    static const char *const parameters[] = {"name",         "now",        "where",
                                             "holdout_days", "dry_run",    "threads",
                                             "progress",     "definition", NULL};
    static const kpy_signature signature = {"fit_score", 2, 3, parameters};
    kpy_store *self = (kpy_store *)object;
    PyObject *given[FIT_COUNT];
    fit_call call = {.where = NULL, .definition = NULL};
    PyObject *made = NULL;
    if (kpy_args(&signature, args, count, names, given) &&
        fit_call_init(&call, self->state, given)) {
        made = fit_run(self, &call);
    }
    Py_XDECREF(call.where);
    Py_XDECREF(call.definition);
    return made;
}

/* ---- comparing versions ---- */

static bool version_in(PyObject *object, const char *what, uint32_t *out) {
    uint64_t version = 0;
    if (!kpy_count(object, what, &version)) {
        return false;
    }
    *out = version < UINT32_MAX ? (uint32_t)version : UINT32_MAX;
    return true;
}

static PyObject *drift_out(const kith_drift *drift) {
    PyObject *dict = PyDict_New();
    if (dict != NULL &&
        (!kpy_set(dict, "output", kpy_text_out(drift->output)) ||
         !kpy_set(dict, "from_version", PyLong_FromUnsignedLong(drift->from_version)) ||
         !kpy_set(dict, "to_version", PyLong_FromUnsignedLong(drift->to_version)) ||
         !kpy_set(dict, "customer_count", PyLong_FromUnsignedLongLong(drift->customer_count)) ||
         !kpy_set(dict, "changed_count", PyLong_FromUnsignedLongLong(drift->changed_count)) ||
         !kpy_set(dict, "from_mean", PyFloat_FromDouble(drift->from_mean)) ||
         !kpy_set(dict, "to_mean", PyFloat_FromDouble(drift->to_mean)) ||
         !kpy_set(dict, "mean_change", PyFloat_FromDouble(drift->mean_change)) ||
         !kpy_set(dict, "stability_index", PyFloat_FromDouble(drift->stability_index)))) {
        Py_CLEAR(dict);
    }
    return dict;
}

static PyObject *compare(kpy_txn *self, const char *score, kith_drift_options *options,
                         kpy_work *work) {
    kith_drift drift = KITH_DRIFT_INIT;
    options->context = work;
    options->progress = kpy_txn_work_begin(self, work);
    int code = kith_score_drift(self->handle, score, options, &drift);
    kpy_txn_work_end(self, work);
    if (PyErr_Occurred() != NULL) { /* of the callable, or a signal */
        return NULL;
    }
    return code == KITH_OK ? drift_out(&drift) : kpy_raise_txn(self->state, self->handle, code);
}

PyObject *kpy_txn_score_drift(PyObject *object, PyObject *const *args, Py_ssize_t count,
                              PyObject *names) {
    static const char *const parameters[] = {
        "name", "now", "from_version", "to_version", "threads", "progress", NULL};
    static const kpy_signature signature = {"score_drift", 2, 3, parameters};
    kpy_txn *self = (kpy_txn *)object;
    PyObject *given[6];
    const char *name = NULL;
    kith_drift_options options = KITH_DRIFT_OPTIONS_INIT;
    kpy_work work;
    if (!kpy_args(&signature, args, count, names, given) || !kpy_text(given[0], "name", &name) ||
        !kpy_time_in(self->state, given[1], &options.now_us) ||
        !version_in(given[2], "from_version", &options.from_version) ||
        !version_in(given[3], "to_version", &options.to_version) ||
        !kpy_threads(given[4], &options.threads) || !kpy_work_init(&work, self->state, given[5]) ||
        !kpy_txn_ready(self)) {
        return NULL;
    }
    return compare(self, name, &options, &work);
}

/* ---- what a profile shows ---- */

static PyObject *raise_profile(kpy_profile *self, int code) {
    return kpy_raise_txn(self->txn->state, self->txn->handle, code);
}

/* The dict of a score's outputs in the dict of all scores; borrowed, NULL with an exception set. */
static PyObject *outputs_of(PyObject *dict, const char *score) {
    PyObject *outputs = PyDict_GetItemString(dict, score);
    if (outputs == NULL && kpy_set(dict, score, PyDict_New())) {
        outputs = PyDict_GetItemString(dict, score);
    }
    return outputs;
}

PyObject *kpy_profile_get_score_values(PyObject *object, void *Py_UNUSED(context)) {
    kpy_profile *self = (kpy_profile *)object;
    const kith_profile *view = kpy_profile_view(self);
    PyObject *dict = view == NULL ? NULL : PyDict_New();
    size_t cursor = 0;
    while (dict != NULL) {
        kith_score_value found = KITH_SCORE_VALUE_INIT;
        int code = kith_profile_next_score_value(view, &cursor, &found);
        if (code == KITH_DONE) {
            break;
        }
        PyObject *outputs = code == KITH_OK ? outputs_of(dict, found.score) : NULL;
        if (code != KITH_OK) {
            raise_profile(self, code);
            Py_CLEAR(dict);
        } else if (outputs == NULL ||
                   !kpy_set(outputs, found.output, kpy_value_out(self->txn->state, &found.value))) {
            Py_CLEAR(dict);
        }
    }
    return dict;
}

static PyObject *date_out(kpy_state *state, const kith_orders *orders, int64_t days) {
    kith_value date = kith_value_date(days);
    return orders->order_count > 0 ? kpy_value_out(state, &date) : Py_NewRef(Py_None);
}

static PyObject *orders_out(kpy_state *state, const kith_orders *orders) {
    const kpy_named_count counts[] = {{"order_count", orders->order_count},
                                      {"day_count", orders->day_count},
                                      {"paid_count", orders->paid_count},
                                      {"refund_count", orders->refund_count},
                                      {"last_gap_days", orders->last_gap_days}};
    PyObject *dict = kpy_counts_out(counts, sizeof counts / sizeof counts[0]);
    if (dict != NULL &&
        (!kpy_set(dict, "event", kpy_text_out(orders->event)) ||
         !kpy_set(dict, "amount", kpy_text_out(orders->amount)) ||
         !kpy_set(dict, "refund", kpy_text_out(orders->refund)) ||
         !kpy_set(dict, "first", date_out(state, orders, orders->first_days)) ||
         !kpy_set(dict, "last", date_out(state, orders, orders->last_days)) ||
         !kpy_set(dict, "spent", kpy_micros_out(state, orders->spent_micros)) ||
         !kpy_set(dict, "first_spent", kpy_micros_out(state, orders->first_spent_micros)) ||
         !kpy_set(dict, "refunded", kpy_micros_out(state, orders->refunded_micros)) ||
         !kpy_set(dict, "squares", PyFloat_FromDouble(orders->squares)) ||
         !kpy_set(dict, "log_gaps", PyFloat_FromDouble(orders->log_gaps)))) {
        Py_CLEAR(dict);
    }
    return dict;
}

PyObject *kpy_profile_get_orders(PyObject *object, void *Py_UNUSED(context)) {
    kpy_profile *self = (kpy_profile *)object;
    const kith_profile *view = kpy_profile_view(self);
    PyObject *list = view == NULL ? NULL : PyList_New(0);
    size_t cursor = 0;
    while (list != NULL) {
        kith_orders orders = KITH_ORDERS_INIT;
        int code = kith_profile_next_orders(view, &cursor, &orders);
        if (code == KITH_DONE) {
            break;
        }
        if (code != KITH_OK) {
            raise_profile(self, code);
            Py_CLEAR(list);
        } else if (!kpy_append(list, orders_out(self->txn->state, &orders))) {
            Py_CLEAR(list);
        }
    }
    return list;
}

/* ---- explaining ---- */

static PyObject *told_outputs(const kith_score_explanation *why) {
    PyObject *list = PyList_New(0);
    for (size_t i = 0; list != NULL && i < why->output_count; i++) {
        const kith_score_output *output = why->outputs[i];
        PyObject *dict = PyDict_New();
        if (dict != NULL && (!kpy_set(dict, "output", kpy_text_out(output->name)) ||
                             !kpy_set(dict, "value", kpy_text_out(output->value)) ||
                             !kpy_set(dict, "what", kpy_text_out(output->what)))) {
            Py_CLEAR(dict);
        }
        if (!kpy_append(list, dict)) {
            Py_CLEAR(list);
        }
    }
    return list;
}

static PyObject *told_reasons(const kith_score_explanation *why) {
    PyObject *list = PyList_New(0);
    for (size_t i = 0; list != NULL && i < why->reason_count; i++) {
        const kith_score_reason *reason = why->reasons[i];
        PyObject *share = reason->adds ? PyFloat_FromDouble(reason->share) : Py_NewRef(Py_None);
        PyObject *dict = PyDict_New();
        if (dict == NULL) {
            Py_XDECREF(share);
        } else if (!kpy_set(dict, "share", share) ||
                   !kpy_set(dict, "text", kpy_text_out(reason->text))) {
            Py_CLEAR(dict);
        }
        if (!kpy_append(list, dict)) {
            Py_CLEAR(list);
        }
    }
    return list;
}

static PyObject *explanation_out(kpy_state *state, const kith_score_explanation *why) {
    PyObject *dict = PyDict_New();
    if (dict != NULL &&
        (!kpy_set(dict, "score", kpy_text_out(why->score)) ||
         !kpy_set(dict, "kind", kpy_text_out(why->kind)) ||
         !kpy_set(dict, "version", PyLong_FromUnsignedLong(why->version)) ||
         !kpy_set(dict, "learnt", PyBool_FromLong(why->learnt)) ||
         !kpy_set(dict, "outputs", told_outputs(why)) ||
         !kpy_set(dict, "reasons", told_reasons(why)) ||
         !kpy_set(dict, "unit", kpy_text_out(why->unit)) ||
         !kpy_set(dict, "next_change_at", kpy_time_out(state, why->next_change_at_us)))) {
        Py_CLEAR(dict);
    }
    return dict;
}

PyObject *kpy_profile_explain_score(PyObject *object, PyObject *const *args, Py_ssize_t count,
                                    PyObject *names) {
    static const char *const parameters[] = {"name", "now", NULL};
    static const kpy_signature signature = {"explain_score", 2, 3, parameters};
    kpy_profile *self = (kpy_profile *)object;
    PyObject *given[2];
    int64_t now_us = 0;
    const char *score = NULL;
    const kith_profile *view = NULL;
    kith_score_explanation *why = NULL;
    if (!kpy_args(&signature, args, count, names, given) || !kpy_text(given[0], "name", &score) ||
        !kpy_time_in(self->txn->state, given[1], &now_us) ||
        (view = kpy_profile_view(self)) == NULL) {
        return NULL;
    }
    int code = kith_score_explain(view, score, now_us, &why);
    PyObject *made =
        code == KITH_OK ? explanation_out(self->txn->state, why) : raise_profile(self, code);
    kith_score_explanation_free(why);
    return made;
}
