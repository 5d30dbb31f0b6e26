/*
 * What is foreseen: of a kith.Profile by a score, and of an audience by a power calculation.
 */
#include "_kith.h"

/* ---- a customer ---- */

static PyObject *chances_out(const kith_forecast *f) {
    PyObject *list = PyList_New(0);
    for (size_t i = 0; list != NULL && i < KITH_FORECAST_CHANCES; i++) {
        if (!kpy_append(list, PyFloat_FromDouble(f->chances[i]))) {
            Py_CLEAR(list);
        }
    }
    return list;
}

static PyObject *number_out(bool there, double number) {
    return there ? PyFloat_FromDouble(number) : Py_NewRef(Py_None);
}

static PyObject *forecast_out(const kith_forecast *f) {
    bool next = f->next_days > 0, value = f->has_value;
    PyObject *dict = PyDict_New();
    if (dict != NULL &&
        (!kpy_set(dict, "days", PyFloat_FromDouble(f->days)) ||
         !kpy_set(dict, "alive", PyFloat_FromDouble(f->alive)) ||
         !kpy_set(dict, "alive_then", PyFloat_FromDouble(f->alive_then)) ||
         !kpy_set(dict, "alive_if_silent", PyFloat_FromDouble(f->alive_if_silent)) ||
         !kpy_set(dict, "purchases", PyFloat_FromDouble(f->purchases)) ||
         !kpy_set(dict, "chances", chances_out(f)) ||
         !kpy_set(dict, "next_days", number_out(next, f->next_days)) ||
         !kpy_set(dict, "next_early_days", number_out(next, f->next_early_days)) ||
         !kpy_set(dict, "next_late_days", number_out(next, f->next_late_days)) ||
         !kpy_set(dict, "order_value", number_out(value, f->order_value)) ||
         !kpy_set(dict, "value", number_out(value, f->value)) ||
         !kpy_set(dict, "value_low", number_out(value, f->value_low)) ||
         !kpy_set(dict, "value_high", number_out(value, f->value_high)) ||
         !kpy_set(dict, "value_error", number_out(value, f->value_error)) ||
         !kpy_set(dict, "at_risk", number_out(value, f->at_risk)))) {
        Py_CLEAR(dict);
    }
    return dict;
}

PyObject *kpy_profile_forecast(PyObject *object, PyObject *const *args, Py_ssize_t count,
                               PyObject *names) {
    static const char *const parameters[] = {"score", "now", "days", "share", NULL};
    static const kpy_signature signature = {"forecast", 2, 3, parameters};
    kpy_profile *self = (kpy_profile *)object;
    PyObject *given[4];
    const char *score = NULL;
    const kith_profile *view = NULL;
    kith_forecast_options options = KITH_FORECAST_OPTIONS_INIT;
    kith_forecast forecast = KITH_FORECAST_INIT;
    if (!kpy_args(&signature, args, count, names, given) || !kpy_text(given[0], "score", &score) ||
        !kpy_time_in(self->txn->state, given[1], &options.now_us) ||
        !kpy_real(given[2], "days", &options.days) ||
        !kpy_real(given[3], "share", &options.share) || (view = kpy_profile_view(self)) == NULL) {
        return NULL;
    }
    int code = kith_score_forecast(view, score, &options, &forecast);
    return code == KITH_OK ? forecast_out(&forecast)
                           : kpy_raise_txn(self->txn->state, self->txn->handle, code);
}

/* ---- an audience ---- */

static PyObject *plan_out(const kith_control_plan *plan) {
    PyObject *dict = PyDict_New();
    if (dict != NULL &&
        (!kpy_set(dict, "tells", PyBool_FromLong(plan->tells)) ||
         !kpy_set(dict, "control_count", PyLong_FromUnsignedLong(plan->control_count)) ||
         !kpy_set(dict, "treated_count", PyLong_FromUnsignedLong(plan->treated_count)) ||
         !kpy_set(dict, "bucket_count", PyLong_FromUnsignedLong(plan->bucket_count)) ||
         !kpy_set(dict, "least_lift", number_out(plan->least_lift != 0, plan->least_lift)) ||
         !kpy_set(dict, "why_not", kpy_text_out(plan->why_not)))) {
        Py_CLEAR(dict);
    }
    return dict;
}

PyObject *kpy_control_group(PyObject *module, PyObject *const *args, Py_ssize_t count,
                            PyObject *names) {
    static const char *const parameters[] = {"audience", "base_rate", "lift",
                                             "alpha",    "power",     NULL};
    static const kpy_signature signature = {"control_group", 5, 7, parameters};
    PyObject *given[5];
    kith_control_options options = KITH_CONTROL_OPTIONS_INIT;
    kith_control_plan plan = KITH_CONTROL_PLAN_INIT;
    kith_error error = KITH_ERROR_INIT;
    if (!kpy_args(&signature, args, count, names, given) ||
        !kpy_small(given[0], "audience", &options.audience_count) ||
        !kpy_real(given[1], "base_rate", &options.base_rate) ||
        !kpy_real(given[2], "lift", &options.lift) ||
        !kpy_real(given[3], "alpha", &options.alpha) ||
        !kpy_real(given[4], "power", &options.power)) {
        return NULL;
    }
    int code = kith_control_group(&options, &plan, &error);
    return code == KITH_OK ? plan_out(&plan) : kpy_raise(PyModule_GetState(module), code, &error);
}
