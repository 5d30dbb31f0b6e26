/*
 * Why a condition holds for a kith.Profile, or doesn't: the tree of its parts, as dicts.
 */
#include "_kith.h"

static PyObject *values_out(const kith_reason *reason) {
    PyObject *list = PyList_New(0);
    for (size_t i = 0; list != NULL && i < reason->value_count; i++) {
        const kith_reason_value *value = reason->values[i];
        PyObject *dict = PyDict_New();
        if (dict != NULL && (!kpy_set(dict, "text", kpy_text_out(value->text)) ||
                             !kpy_set(dict, "value", kpy_text_out(value->value)))) {
            Py_CLEAR(dict);
        }
        if (!kpy_append(list, dict)) {
            Py_CLEAR(list);
        }
    }
    return list;
}

static PyObject *reason_out(kpy_state *state, const kith_reason *reason);

static PyObject *parts_out(kpy_state *state, const kith_reason *reason) {
    PyObject *list = PyList_New(0);
    for (size_t i = 0; list != NULL && i < reason->part_count; i++) {
        if (!kpy_append(list, reason_out(state, reason->parts[i]))) {
            Py_CLEAR(list);
        }
    }
    return list;
}

static PyObject *reason_out(kpy_state *state, const kith_reason *reason) {
    PyObject *dict = PyDict_New();
    if (dict != NULL &&
        (!kpy_set(dict, "text", kpy_text_out(reason->text)) ||
         !kpy_set(dict, "truth", PyBool_FromLong(reason->truth)) ||
         !kpy_set(dict, "values", values_out(reason)) ||
         !kpy_set(dict, "distance", kpy_text_out(reason->distance)) ||
         !kpy_set(dict, "next_change_at", kpy_time_out(state, reason->next_change_at_us)) ||
         !kpy_set(dict, "joins", kpy_text_out(reason->joins)) ||
         !kpy_set(dict, "parts", parts_out(state, reason)))) {
        Py_CLEAR(dict);
    }
    return dict;
}

static PyObject *give(kpy_txn *txn, int code, kith_reason *reason) {
    PyObject *made = code == KITH_OK ? reason_out(txn->state, reason)
                                     : kpy_raise_txn(txn->state, txn->handle, code);
    kith_reason_free(reason);
    return made;
}

PyObject *kpy_profile_explain(PyObject *object, PyObject *const *args, Py_ssize_t count,
                              PyObject *names) {
    static const char *const parameters[] = {"expression", "now", NULL};
    static const kpy_signature signature = {"explain", 2, 3, parameters};
    kpy_profile *self = (kpy_profile *)object;
    PyObject *given[2];
    int64_t now_us = 0;
    kith_expression *expression = NULL;
    const kith_profile *view = NULL;
    kith_reason *reason = NULL;
    if (!kpy_args(&signature, args, count, names, given) ||
        !kpy_time_in(self->txn->state, given[1], &now_us) ||
        (view = kpy_profile_view(self)) == NULL ||
        !kpy_expression_in(self->txn, given[0], "expression", false, &expression)) {
        return NULL;
    }
    int code = kith_expression_explain(expression, view, now_us, &reason);
    kith_expression_free(expression);
    return give(self->txn, code, reason);
}

PyObject *kpy_profile_explain_segment(PyObject *object, PyObject *const *args, Py_ssize_t count,
                                      PyObject *names) {
    static const char *const parameters[] = {"name", "now", NULL};
    static const kpy_signature signature = {"explain_segment", 2, 3, parameters};
    kpy_profile *self = (kpy_profile *)object;
    PyObject *given[2];
    int64_t now_us = 0;
    const char *segment = NULL;
    const kith_profile *view = NULL;
    kith_reason *reason = NULL;
    if (!kpy_args(&signature, args, count, names, given) || !kpy_text(given[0], "name", &segment) ||
        !kpy_time_in(self->txn->state, given[1], &now_us) ||
        (view = kpy_profile_view(self)) == NULL) {
        return NULL;
    }
    int code = kith_segment_explain(view, segment, now_us, &reason);
    return give(self->txn, code, reason);
}
