/*
 * Transaction.why, how, pair and blame: explanations as dicts and lists.
 */
#include "_kith.h"

#include <string.h>

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

/* Only a score has bits. */
static PyObject *bits_out(const kith_step *step, double bits) {
    bool scored = step->type != NULL && strcmp(step->type, "score") == 0;
    return scored ? PyFloat_FromDouble(bits) : Py_NewRef(Py_None);
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
                         !kpy_set(dict, "clash_b", clash_out(self, step->clash_b)) ||
                         !kpy_set(dict, "bits", bits_out(step, step->bits)) ||
                         !kpy_set(dict, "bits_needed", bits_out(step, step->bits_needed)))) {
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

/* The numbers of two records, the arguments "a" and "b" of a function about them. */
static bool two_records(kpy_txn *self, const char *function, PyObject *const *args,
                        Py_ssize_t count, PyObject *names, uint32_t out[2]) {
    static const char *const parameters[] = {"a", "b", NULL};
    const kpy_signature signature = {function, 2, 3, parameters};
    PyObject *given[2];
    return kpy_args(&signature, args, count, names, given) &&
           record_number(self, given[0], "a", &out[0]) &&
           record_number(self, given[1], "b", &out[1]);
}

PyObject *kpy_txn_why(PyObject *object, PyObject *const *args, Py_ssize_t count, PyObject *names) {
    kpy_txn *self = (kpy_txn *)object;
    uint32_t records[2];
    if (!two_records(self, "why", args, count, names, records)) {
        return NULL;
    }
    kith_explanation *found = NULL;
    int code = kith_explain_why(self->handle, records[0], records[1], &found);
    if (code != KITH_OK) {
        return kpy_raise_txn(self->state, self->handle, code);
    }
    PyObject *made = why_out(self, found);
    kith_explanation_free(found);
    return made;
}

/* The number of a profile: of a record (source, key), or a Profile. */
static bool profile_number(kpy_txn *self, PyObject *of, uint32_t *out) {
    if (!PyObject_TypeCheck(of, self->state->profile_type)) {
        return record_number(self, of, "of", out);
    }
    const kith_profile *view = kpy_profile_view((kpy_profile *)of);
    if (view == NULL || !kpy_txn_ready(self)) {
        return false;
    }
    *out = view->number;
    return true;
}

PyObject *kpy_txn_how(PyObject *object, PyObject *const *args, Py_ssize_t count, PyObject *names) {
    static const char *const parameters[] = {"of", NULL};
    static const kpy_signature signature = {"how", 1, 1, parameters};
    kpy_txn *self = (kpy_txn *)object;
    PyObject *given[1];
    uint32_t number = 0;
    if (!kpy_args(&signature, args, count, names, given) ||
        !profile_number(self, given[0], &number)) {
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

/* ---- a pair in bits ---- */

static PyObject *rival_bits_out(kith_rival_bits bits) {
    return Py_BuildValue("{sdsd}", "stranger", bits.stranger, "relative", bits.relative);
}

static PyObject *comparison_out(const kith_pair_comparison *c) {
    PyObject *dict = PyDict_New();
    if (dict != NULL && (!kpy_set(dict, "name", kpy_text_out(c->name)) ||
                         !kpy_set(dict, "kind", kpy_text_out(c->kind)) ||
                         !kpy_set(dict, "level", PyLong_FromUnsignedLong(c->level)) ||
                         !kpy_set(dict, "level_name", kpy_text_out(c->level_name)) ||
                         !kpy_set(dict, "value_a", kpy_text_out(c->value_a)) ||
                         !kpy_set(dict, "value_b", kpy_text_out(c->value_b)) ||
                         !kpy_set(dict, "bits", rival_bits_out(c->bits)) ||
                         !kpy_set(dict, "frequency_bits", PyFloat_FromDouble(c->frequency_bits)))) {
        Py_CLEAR(dict);
    }
    return dict;
}

static PyObject *comparisons_out(const kith_pair_report *report) {
    PyObject *list = PyList_New(0);
    size_t count = kith_pair_report_comparison_count(report);
    for (size_t i = 0; list != NULL && i < count; i++) {
        if (!kpy_append(list, comparison_out(kith_pair_report_comparison(report, i)))) {
            Py_CLEAR(list);
        }
    }
    return list;
}

static PyObject *pair_out(kpy_txn *self, const kith_pair_report *report) {
    const kith_pair_total *total = kith_pair_report_total(report);
    const char *rival = total->relative_decides ? "relative" : "stranger";
    PyObject *dict = PyDict_New();
    if (dict != NULL &&
        (!kpy_set(dict, "a", kpy_record_pair(self, total->a)) ||
         !kpy_set(dict, "b", kpy_record_pair(self, total->b)) ||
         !kpy_set(dict, "model_version", PyLong_FromUnsignedLong(total->model_version)) ||
         !kpy_set(dict, "prior", rival_bits_out(total->prior)) ||
         !kpy_set(dict, "comparisons", comparisons_out(report)) ||
         !kpy_set(dict, "sum", rival_bits_out(total->sum)) ||
         !kpy_set(dict, "rival", kpy_text_out(rival)) ||
         !kpy_set(dict, "bits", PyFloat_FromDouble(total->bits)) ||
         !kpy_set(dict, "link_at", PyFloat_FromDouble(total->link_at)) ||
         !kpy_set(dict, "known_at", PyFloat_FromDouble(total->known_at)) ||
         !kpy_set(dict, "keep_at", PyFloat_FromDouble(total->keep_at)) ||
         !kpy_set(dict, "links", PyBool_FromLong(total->links)) ||
         !kpy_set(dict, "kept", PyBool_FromLong(total->kept)))) {
        Py_CLEAR(dict);
    }
    return dict;
}

PyObject *kpy_txn_pair(PyObject *object, PyObject *const *args, Py_ssize_t count, PyObject *names) {
    kpy_txn *self = (kpy_txn *)object;
    uint32_t records[2];
    if (!two_records(self, "pair", args, count, names, records)) {
        return NULL;
    }
    kith_pair_report *report = NULL;
    int code = kith_explain_pair(self->handle, records[0], records[1], &report);
    if (code != KITH_OK) {
        return kpy_raise_txn(self->state, self->handle, code);
    }
    PyObject *made = pair_out(self, report);
    kith_pair_report_free(report);
    return made;
}

/* ---- blame ---- */

static PyObject *part_out(kpy_txn *self, const uint32_t *records, size_t count) {
    PyObject *list = PyList_New(0);
    for (size_t i = 0; list != NULL && i < count; i++) {
        if (!kpy_append(list, kpy_record_pair(self, records[i]))) {
            Py_CLEAR(list);
        }
    }
    return list;
}

static PyObject *parts_out(kpy_txn *self, const kith_blame *blame) {
    PyObject *list = PyList_New(0);
    size_t count = kith_blame_part_count(blame);
    for (size_t i = 0; list != NULL && i < count; i++) {
        size_t size = 0;
        const uint32_t *records = kith_blame_part(blame, i, &size);
        if (!kpy_append(list, part_out(self, records, size))) {
            Py_CLEAR(list);
        }
    }
    return list;
}

static PyObject *blame_out(kpy_txn *self, const kith_blame *blame) {
    const kith_step *link = kith_blame_link(blame);
    PyObject *dict = PyDict_New();
    if (dict != NULL &&
        (!kpy_set(dict, "link", link == NULL ? Py_NewRef(Py_None) : step_out(self, link)) ||
         !kpy_set(dict, "complete", PyBool_FromLong(kith_blame_complete(blame))) ||
         !kpy_set(dict, "parts", parts_out(self, blame)))) {
        Py_CLEAR(dict);
    }
    return dict;
}

/* It may walk a large component many times: others run meanwhile. */
PyObject *kpy_txn_blame(PyObject *object, PyObject *const *args, Py_ssize_t count,
                        PyObject *names) {
    static const char *const parameters[] = {"of", NULL};
    static const kpy_signature signature = {"blame", 1, 1, parameters};
    kpy_txn *self = (kpy_txn *)object;
    PyObject *given[1];
    uint32_t number = 0;
    if (!kpy_args(&signature, args, count, names, given) ||
        !profile_number(self, given[0], &number)) {
        return NULL;
    }
    kith_blame *blame = NULL;
    int code = 0;
    self->busy = true;
    Py_BEGIN_ALLOW_THREADS code = kith_explain_blame(self->handle, number, &blame);
    Py_END_ALLOW_THREADS self->busy = false;
    if (code != KITH_OK) {
        return kpy_raise_txn(self->state, self->handle, code);
    }
    PyObject *made = blame_out(self, blame);
    kith_blame_free(blame);
    return made;
}
