/*
 * Transaction.models, model, export_model and compare_models: what resolve() learnt. A model may
 * know many frequent values, so others run while it is read; the transaction is busy meanwhile, and
 * while a list is made, which may run Python.
 */
#include "_kith.h"

/* A version of a model; 0, the one in force, where it isn't given. */
static bool version_in(PyObject *object, const char *what, uint32_t *out) {
    uint64_t version = 0;
    if (!kpy_count(object, what, &version)) {
        return false;
    }
    if (version > UINT32_MAX) {
        PyErr_Format(PyExc_ValueError, "%s must be between 0 and 2**32 - 1", what);
        return false;
    }
    *out = (uint32_t)version;
    return true;
}

/* The transaction is busy. */
static int model_get(kpy_txn *self, uint32_t version, kith_model **out) {
    int code = 0;
    Py_BEGIN_ALLOW_THREADS code = kith_model_get(self->handle, version, out);
    Py_END_ALLOW_THREADS return code;
}

/* ---- one model ---- */

static bool set_bits(PyObject *dict, const kith_model_info *info) {
    return kpy_set(dict, "prior_bits", PyFloat_FromDouble(info->prior_bits)) &&
           kpy_set(dict, "relative_prior_bits", PyFloat_FromDouble(info->relative_prior_bits)) &&
           kpy_set(dict, "link_at_bits", PyFloat_FromDouble(info->link_at_bits)) &&
           kpy_set(dict, "known_at_bits", PyFloat_FromDouble(info->known_at_bits)) &&
           kpy_set(dict, "review_at_bits", PyFloat_FromDouble(info->review_at_bits));
}

static PyObject *info_out(const kith_model *model) {
    kith_model_info info = KITH_MODEL_INFO_INIT;
    kith_model_about(model, &info);
    const kpy_named_count counts[] = {
        {"version", info.version},
        {"record_count", info.record_count},
        {"match_count", info.match_count},
        {"block_cap", info.block_cap},
        {"comparison_count", info.comparison_count},
        {"block_rule_count", info.block_rule_count},
    };
    PyObject *dict = kpy_counts_out(counts, sizeof counts / sizeof counts[0]);
    if (dict != NULL &&
        (!kpy_set(dict, "in_force", PyBool_FromLong(info.in_force)) ||
         !kpy_set(dict, "configured", PyBool_FromLong(info.configured)) ||
         !kpy_set(dict, "given", PyBool_FromLong(info.given)) || !set_bits(dict, &info) ||
         !kpy_set(dict, "cohesion", PyFloat_FromDouble(info.cohesion)))) {
        Py_CLEAR(dict);
    }
    return dict;
}

static PyObject *attributes_out(const kith_model *model, size_t comparison, size_t count) {
    PyObject *list = PyList_New(0);
    for (size_t i = 0; list != NULL && i < count; i++) {
        if (!kpy_append(list, kpy_text_out(kith_model_attribute_at(model, comparison, i)))) {
            Py_CLEAR(list);
        }
    }
    return list;
}

static PyObject *levels_out(const kith_model *model, size_t comparison) {
    kith_model_level level = KITH_MODEL_LEVEL_INIT;
    PyObject *list = PyList_New(0);
    for (size_t i = 0; list != NULL && kith_model_level_at(model, comparison, i, &level); i++) {
        PyObject *made = Py_BuildValue("{sssdsdsdsdsd}", "name", level.name, "m", level.m, "u",
                                       level.u, "relative_u", level.relative_u, "bits", level.bits,
                                       "relative_bits", level.relative_bits);
        if (!kpy_append(list, made)) {
            Py_CLEAR(list);
        }
    }
    return list;
}

static PyObject *comparison_out(const kith_model *model, size_t index,
                                const kith_model_comparison *c) {
    PyObject *dict = PyDict_New();
    if (dict != NULL &&
        (!kpy_set(dict, "name", kpy_text_out(c->name)) ||
         !kpy_set(dict, "kind", kpy_text_out(c->kind)) ||
         !kpy_set(dict, "attributes", attributes_out(model, index, c->attribute_count)) ||
         !kpy_set(dict, "levels", levels_out(model, index)) ||
         !kpy_set(dict, "seen", PyBool_FromLong(c->seen)) ||
         !kpy_set(dict, "term_count", PyLong_FromUnsignedLongLong(c->term_count)))) {
        Py_CLEAR(dict);
    }
    return dict;
}

static PyObject *comparisons_out(const kith_model *model) {
    kith_model_comparison c = KITH_MODEL_COMPARISON_INIT;
    PyObject *list = PyList_New(0);
    for (size_t i = 0; list != NULL && kith_model_comparison_at(model, i, &c); i++) {
        if (!kpy_append(list, comparison_out(model, i, &c))) {
            Py_CLEAR(list);
        }
    }
    return list;
}

static PyObject *block_rules_out(const kith_model *model) {
    kith_model_block_rule rule = KITH_MODEL_BLOCK_RULE_INIT;
    PyObject *list = PyList_New(0);
    for (size_t i = 0; list != NULL && kith_model_block_rule_at(model, i, &rule); i++) {
        PyObject *weak = rule.weak ? Py_True : Py_False;
        if (!kpy_append(list, Py_BuildValue("{sssO}", "name", rule.name, "weak", weak))) {
            Py_CLEAR(list);
        }
    }
    return list;
}

static PyObject *model_out(const kith_model *model) {
    PyObject *dict = info_out(model);
    if (dict != NULL && (!kpy_set(dict, "comparisons", comparisons_out(model)) ||
                         !kpy_set(dict, "block_rules", block_rules_out(model)))) {
        Py_CLEAR(dict);
    }
    return dict;
}

/* The version that a function about one model is given. */
static bool one_version(kpy_txn *self, const char *function, PyObject *const *args,
                        Py_ssize_t count, PyObject *names, uint32_t *out) {
    static const char *const parameters[] = {"version", NULL};
    const kpy_signature signature = {function, 1, 0, parameters};
    PyObject *given[1];
    return kpy_args(&signature, args, count, names, given) &&
           version_in(given[0], "version", out) && kpy_txn_ready(self);
}

PyObject *kpy_txn_model(PyObject *object, PyObject *const *args, Py_ssize_t count,
                        PyObject *names) {
    kpy_txn *self = (kpy_txn *)object;
    uint32_t version = 0;
    if (!one_version(self, "model", args, count, names, &version)) {
        return NULL;
    }
    kith_model *model = NULL;
    self->busy = true;
    int code = model_get(self, version, &model);
    self->busy = false;
    if (code != KITH_OK) {
        return kpy_raise_txn(self->state, self->handle, code);
    }
    PyObject *made = model_out(model);
    kith_model_free(model);
    return made;
}

PyObject *kpy_txn_export_model(PyObject *object, PyObject *const *args, Py_ssize_t count,
                               PyObject *names) {
    kpy_txn *self = (kpy_txn *)object;
    uint32_t version = 0;
    if (!one_version(self, "export_model", args, count, names, &version)) {
        return NULL;
    }
    char *json = NULL;
    int code = 0;
    self->busy = true;
    Py_BEGIN_ALLOW_THREADS code = kith_model_export(self->handle, version, &json);
    Py_END_ALLOW_THREADS self->busy = false;
    if (code != KITH_OK) {
        return kpy_raise_txn(self->state, self->handle, code);
    }
    PyObject *made = kpy_text_out(json);
    kith_free(json);
    return made;
}

/* ---- all of them ---- */

/* Gives KITH_DONE; or a failure; or KITH_OK with an exception set. */
static int append_models(kpy_txn *self, PyObject *list) {
    uint32_t version = 0;
    int code = kith_model_next(self->handle, &version);
    while (code == KITH_OK) {
        kith_model *model = NULL;
        code = model_get(self, version, &model);
        bool added = code == KITH_OK && kpy_append(list, info_out(model));
        kith_model_free(model);
        if (!added) {
            return code;
        }
        code = kith_model_next(self->handle, &version);
    }
    return code;
}

PyObject *kpy_txn_models(PyObject *object, PyObject *Py_UNUSED(unused)) {
    kpy_txn *self = (kpy_txn *)object;
    PyObject *list = PyList_New(0);
    if (list != NULL && kpy_txn_ready(self)) {
        self->busy = true;
        int code = append_models(self, list);
        self->busy = false;
        if (code == KITH_DONE) {
            return list;
        }
        if (code != KITH_OK) {
            kpy_raise_txn(self->state, self->handle, code);
        }
    }
    Py_XDECREF(list);
    return NULL;
}

/* ---- two of them ---- */

/* What only one of the models has is no number. */
static PyObject *side_out(const kith_model_change *change, double value) {
    return change->has_before && change->has_after ? PyFloat_FromDouble(value) : Py_NewRef(Py_None);
}

static PyObject *change_out(const kith_model_change *change) {
    PyObject *dict = PyDict_New();
    if (dict != NULL &&
        (!kpy_set(dict, "kind", kpy_text_out(kith_model_change_kind_name(change->kind))) ||
         !kpy_set(dict, "name", kpy_text_out(change->name)) ||
         !kpy_set(dict, "level", kpy_text_out(change->level)) ||
         !kpy_set(dict, "relative", PyBool_FromLong(change->relative)) ||
         !kpy_set(dict, "has_before", PyBool_FromLong(change->has_before)) ||
         !kpy_set(dict, "has_after", PyBool_FromLong(change->has_after)) ||
         !kpy_set(dict, "before", side_out(change, change->before)) ||
         !kpy_set(dict, "after", side_out(change, change->after)))) {
        Py_CLEAR(dict);
    }
    return dict;
}

static PyObject *changes_out(const kith_model_changes *changes) {
    PyObject *list = PyList_New(0);
    size_t count = kith_model_change_count(changes);
    for (size_t i = 0; list != NULL && i < count; i++) {
        if (!kpy_append(list, change_out(kith_model_change_at(changes, i)))) {
            Py_CLEAR(list);
        }
    }
    return list;
}

PyObject *kpy_txn_compare_models(PyObject *object, PyObject *const *args, Py_ssize_t count,
                                 PyObject *names) {
    static const char *const parameters[] = {"before", "after", NULL};
    static const kpy_signature signature = {"compare_models", 2, 1, parameters};
    kpy_txn *self = (kpy_txn *)object;
    PyObject *given[2];
    uint32_t before = 0, after = 0;
    if (!kpy_args(&signature, args, count, names, given) ||
        !version_in(given[0], "before", &before) || !version_in(given[1], "after", &after) ||
        !kpy_txn_ready(self)) {
        return NULL;
    }
    kith_model_changes *changes = NULL;
    int code = 0;
    self->busy = true;
    Py_BEGIN_ALLOW_THREADS code = kith_model_compare(self->handle, before, after, &changes);
    Py_END_ALLOW_THREADS self->busy = false;
    if (code != KITH_OK) {
        return kpy_raise_txn(self->state, self->handle, code);
    }
    PyObject *made = changes_out(changes);
    kith_model_changes_free(changes);
    return made;
}
