/*
 * Transaction.why and Transaction.how: explanations as dicts and lists.
 */
#include "_kith.h"

static bool record_number(kpy_txn *self, PyObject *pair, const char *what, uint32_t *out) {
    const char *source = NULL;
    const char *key = NULL;
    kith_record record = KITH_RECORD_INIT;
    if (!kpy_pair(pair, what, &source, &key) || !kpy_txn_ready(self)) {
        return false;
    }
    int code = kith_record_get(self->handle, source, key, &record);
    if (code == KITH_NOT_FOUND) {
        char message[160];
        PyOS_snprintf(message, sizeof message, "no record \"%.60s\" of the source \"%.40s\"", key,
                      source);
        kpy_raise_code(self->state, code, message);
    } else if (code != KITH_OK) {
        kpy_raise_txn(self->state, self->handle, code);
    }
    *out = record.number;
    return code == KITH_OK;
}

/* The record as (source, key), or None. */
static PyObject *clash_out(kpy_txn *self, uint32_t number) {
    return number == KITH_NO_RECORD ? Py_NewRef(Py_None) : kpy_record_pair(self, number);
}

static PyObject *step_out(kpy_txn *self, const kith_step *step) {
    PyObject *dict = PyDict_New();
    if (dict != NULL && (!kpy_set(dict, "kind", kpy_text_out(kith_step_kind_name(step->kind))) ||
                         !kpy_set(dict, "a", kpy_record_pair(self, step->a)) ||
                         !kpy_set(dict, "b", kpy_record_pair(self, step->b)) ||
                         !kpy_set(dict, "type", kpy_text_out(step->type)) ||
                         !kpy_set(dict, "value", kpy_text_out(step->value)) ||
                         !kpy_set(dict, "rule", kpy_text_out(step->rule)) ||
                         !kpy_set(dict, "detail", kpy_text_out(step->detail)) ||
                         !kpy_set(dict, "clash_a", clash_out(self, step->clash_a)) ||
                         !kpy_set(dict, "clash_b", clash_out(self, step->clash_b)))) {
        Py_CLEAR(dict);
    }
    return dict;
}

static PyObject *steps_out(kpy_txn *self, const kith_explanation *found) {
    PyObject *list = PyList_New(0);
    size_t count = kith_explanation_step_count(found);
    for (size_t i = 0; list != NULL && i < count; i++) {
        if (!kpy_append(list, step_out(self, kith_explanation_step(found, i)))) {
            Py_CLEAR(list);
        }
    }
    return list;
}

/* Puts a link into the list of its path, a new one where the path's number changes. */
static bool add_to_paths(PyObject *paths, bool new_path, PyObject *step) {
    if (new_path && !kpy_append(paths, PyList_New(0))) {
        return false;
    }
    PyObject *last = PyList_GetItem(paths, PyList_Size(paths) - 1);
    return last != NULL && PyList_Append(last, step) == 0;
}

/* The links that join the two, a list for each path. */
static PyObject *paths_out(const kith_explanation *found, PyObject *steps) {
    PyObject *paths = PyList_New(0);
    uint32_t path = 0;
    for (Py_ssize_t i = 0; paths != NULL && i < PyList_Size(steps); i++) {
        const kith_step *step = kith_explanation_step(found, (size_t)i);
        if (step->kind != KITH_STEP_LINK) {
            continue;
        }
        bool new_path = PyList_Size(paths) == 0 || step->path != path;
        path = step->path;
        if (!add_to_paths(paths, new_path, PyList_GetItem(steps, i))) {
            Py_CLEAR(paths);
        }
    }
    return paths;
}

static PyObject *why_out(kpy_txn *self, const kith_explanation *found) {
    PyObject *same = kith_explanation_same(found) ? Py_True : Py_False;
    PyObject *steps = steps_out(self, found);
    PyObject *paths = steps == NULL ? NULL : paths_out(found, steps);
    PyObject *dict = NULL;
    if (paths != NULL) {
        dict = Py_BuildValue("{sOsOsO}", "same", same, "paths", paths, "steps", steps);
    }
    Py_XDECREF(steps);
    Py_XDECREF(paths);
    return dict;
}

PyObject *kpy_txn_why(PyObject *object, PyObject *const *args, Py_ssize_t count, PyObject *names) {
    static const char *const parameters[] = {"a", "b", NULL};
    static const kpy_signature signature = {"why", 2, 3, parameters};
    kpy_txn *self = (kpy_txn *)object;
    PyObject *given[2];
    uint32_t a = 0;
    uint32_t b = 0;
    if (!kpy_args(&signature, args, count, names, given) ||
        !record_number(self, given[0], "a", &a) || !record_number(self, given[1], "b", &b)) {
        return NULL;
    }
    kith_explanation *found = NULL;
    int code = kith_explain_why(self->handle, a, b, &found);
    if (code != KITH_OK) {
        return kpy_raise_txn(self->state, self->handle, code);
    }
    PyObject *made = why_out(self, found);
    kith_explanation_free(found);
    return made;
}

PyObject *kpy_txn_how(PyObject *object, PyObject *const *args, Py_ssize_t count, PyObject *names) {
    static const char *const parameters[] = {"of", NULL};
    static const kpy_signature signature = {"how", 1, 1, parameters};
    kpy_txn *self = (kpy_txn *)object;
    PyObject *given[1];
    uint32_t number = 0;
    if (!kpy_args(&signature, args, count, names, given)) {
        return NULL;
    }
    if (PyObject_TypeCheck(given[0], self->state->profile_type)) {
        const kith_profile *view = kpy_profile_view((kpy_profile *)given[0]);
        if (view == NULL || !kpy_txn_ready(self)) {
            return NULL;
        }
        number = view->number;
    } else if (!record_number(self, given[0], "of", &number)) {
        return NULL;
    }
    kith_explanation *found = NULL;
    int code = kith_explain_how(self->handle, number, &found);
    if (code != KITH_OK) {
        return kpy_raise_txn(self->state, self->handle, code);
    }
    PyObject *made = steps_out(self, found);
    kith_explanation_free(found);
    return made;
}
