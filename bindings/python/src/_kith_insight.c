/*
 * Store.evaluate and audit: how good the clusters and the match model are, without the
 * interpreter's lock.
 */
#include "_kith.h"

/* ---- evaluate ---- */

static PyObject *quality_out(const kith_quality *quality) {
    return Py_BuildValue("{sdsdsd}", "precision", quality->precision, "recall", quality->recall,
                         "f1", quality->f1);
}

static PyObject *wrong_pairs_out(const kith_wrong_pair *const *pairs, size_t count) {
    PyObject *list = PyList_New(0);
    for (size_t i = 0; list != NULL && i < count; i++) {
        const kith_wrong_pair *pair = pairs[i];
        PyObject *made =
            Py_BuildValue("{s(ss)s(ss)ssss}", "a", pair->source_a, pair->key_a, "b", pair->source_b,
                          pair->key_b, "entity_a", pair->entity_a, "entity_b", pair->entity_b);
        if (!kpy_append(list, made)) {
            Py_CLEAR(list);
        }
    }
    return list;
}

static PyObject *curve_out(const kith_evaluation *found) {
    PyObject *list = PyList_New(0);
    for (size_t i = 0; list != NULL && i < found->curve_count; i++) {
        const kith_curve_point *point = found->curve[i];
        PyObject *made = Py_BuildValue(
            "{sdsKsKsN}", "threshold_bits", point->threshold_bits, "pair_count",
            (unsigned long long)point->pair_count, "right_pair_count",
            (unsigned long long)point->right_pair_count, "quality", quality_out(&point->quality));
        if (!kpy_append(list, made)) {
            Py_CLEAR(list);
        }
    }
    return list;
}

static PyObject *evaluation_out(const kith_evaluation *found) {
    const kpy_named_count counts[] = {
        {"record_count", found->record_count},
        {"missing_count", found->missing_count},
        {"entity_count", found->entity_count},
        {"profile_count", found->profile_count},
        {"true_pair_count", found->true_pair_count},
        {"found_pair_count", found->found_pair_count},
        {"right_pair_count", found->right_pair_count},
        {"over_merge_count", found->over_merge_count},
        {"under_merge_count", found->under_merge_count},
        {"model_version", found->model_version},
        {"unscored_pair_count", found->unscored_pair_count},
    };
    PyObject *dict = kpy_counts_out(counts, sizeof counts / sizeof counts[0]);
    if (dict != NULL &&
        (!kpy_set(dict, "pairwise", quality_out(&found->pairwise)) ||
         !kpy_set(dict, "bcubed", quality_out(&found->bcubed)) ||
         !kpy_set(dict, "over_merges", wrong_pairs_out(found->over_merges, found->over_listed)) ||
         !kpy_set(dict, "under_merges",
                  wrong_pairs_out(found->under_merges, found->under_listed)) ||
         !kpy_set(dict, "link_at_bits", PyFloat_FromDouble(found->link_at_bits)) ||
         !kpy_set(dict, "curve", curve_out(found)))) {
        Py_CLEAR(dict);
    }
    return dict;
}

PyObject *kpy_store_evaluate(PyObject *object, PyObject *const *args, Py_ssize_t count,
                             PyObject *names) {
    static const char *const parameters[] = {"truth_path", "progress", NULL};
    static const kpy_signature signature = {"evaluate", 2, 1, parameters};
    kpy_store *self = (kpy_store *)object;
    PyObject *given[2];
    PyObject *path = NULL;
    kpy_work work;
    if (!kpy_args(&signature, args, count, names, given) ||
        !kpy_work_init(&work, self->state, given[1]) || !PyUnicode_FSConverter(given[0], &path)) {
        return NULL;
    }
    int code = KITH_MISUSE;
    kith_error error = KITH_ERROR_INIT;
    kith_evaluation *found = NULL;
    const char *bytes = PyBytes_AsString(path);
    kith *handle = kpy_store_enter(self);
    if (handle != NULL) {
        kpy_work_begin(&work);
        code = kith_evaluate(handle, bytes, kpy_work_progress, &work, &found, &error);
        kpy_work_end(&work);
        kpy_store_leave(self);
    }
    Py_DECREF(path);
    if (handle == NULL) {
        return NULL;
    }
    PyObject *made = NULL;
    if (PyErr_Occurred() == NULL) {
        made = code == KITH_OK ? evaluation_out(found) : kpy_raise(self->state, code, &error);
    }
    kith_evaluation_free(found);
    return made;
}

/* ---- audit ---- */

/* The figures of a count, to be added to. */
static PyObject *audit_count_out(const kith_audit_count *count) {
    const kpy_named_count counts[] = {
        {"copy_count", count->copy_count},
        {"found_count", count->found_count},
        {"link_count", count->link_count},
        {"right_count", count->right_count},
    };
    PyObject *dict = kpy_counts_out(counts, sizeof counts / sizeof counts[0]);
    if (dict != NULL && !kpy_set(dict, "quality", quality_out(&count->quality))) {
        Py_CLEAR(dict);
    }
    return dict;
}

static PyObject *audit_error_out(const kith_audit_error *error) {
    PyObject *dict = audit_count_out(&error->count);
    if (dict != NULL && !kpy_set(dict, "name", kpy_text_out(error->name))) {
        Py_CLEAR(dict);
    }
    return dict;
}

static PyObject *audit_errors_out(const kith_audit_result *found) {
    PyObject *list = PyList_New(0);
    for (size_t i = 0; list != NULL && i < found->error_count; i++) {
        if (!kpy_append(list, audit_error_out(found->errors[i]))) {
            Py_CLEAR(list);
        }
    }
    return list;
}

static PyObject *audit_attribute_out(const kith_audit_attribute *a) {
    const kpy_named_count counts[] = {
        {"record_count", a->record_count},
        {"value_count", a->value_count},
        {"distinct_count", a->distinct_count},
        {"top_count", a->top_count},
    };
    PyObject *dict = kpy_counts_out(counts, sizeof counts / sizeof counts[0]);
    if (dict != NULL && (!kpy_set(dict, "attribute", kpy_text_out(a->attribute)) ||
                         !kpy_set(dict, "top_value", kpy_text_out(a->top_value)) ||
                         !kpy_set(dict, "completeness", PyFloat_FromDouble(a->completeness)) ||
                         !kpy_set(dict, "uniqueness", PyFloat_FromDouble(a->uniqueness)))) {
        Py_CLEAR(dict);
    }
    return dict;
}

static PyObject *audit_attributes_out(const kith_audit_result *found) {
    PyObject *list = PyList_New(0);
    for (size_t i = 0; list != NULL && i < found->attribute_count; i++) {
        if (!kpy_append(list, audit_attribute_out(found->attributes[i]))) {
            Py_CLEAR(list);
        }
    }
    return list;
}

static PyObject *audit_out(const kith_audit_result *found) {
    const kpy_named_count counts[] = {
        {"model_version", found->model_version},
        {"record_count", found->record_count},
        {"identified_count", found->identified_count},
        {"compared_count", found->compared_count},
        {"unlinkable_count", found->unlinkable_count},
        {"block_cap", found->block_cap},
        {"block_count", found->block_count},
        {"dropped_block_count", found->dropped_block_count},
        {"largest_block_count", found->largest_block_count},
    };
    PyObject *dict = kpy_counts_out(counts, sizeof counts / sizeof counts[0]);
    if (dict != NULL && (!kpy_set(dict, "all", audit_count_out(&found->all)) ||
                         !kpy_set(dict, "errors", audit_errors_out(found)) ||
                         !kpy_set(dict, "attributes", audit_attributes_out(found)))) {
        Py_CLEAR(dict);
    }
    return dict;
}

static bool share_in(PyObject *object, double *out) {
    *out = KITH_AUDIT_SHARE;
    if (!kpy_given(object)) {
        return true;
    }
    *out = PyFloat_AsDouble(object);
    return PyErr_Occurred() == NULL;
}

PyObject *kpy_store_audit(PyObject *object, PyObject *const *args, Py_ssize_t count,
                          PyObject *names) {
    static const char *const parameters[] = {"share", "progress", NULL};
    static const kpy_signature signature = {"audit", 2, 0, parameters};
    kpy_store *self = (kpy_store *)object;
    PyObject *given[2];
    kpy_work work;
    kith_audit_options options = KITH_AUDIT_OPTIONS_INIT;
    if (!kpy_args(&signature, args, count, names, given) || !share_in(given[0], &options.share) ||
        !kpy_work_init(&work, self->state, given[1])) {
        return NULL;
    }
    options.progress = kpy_work_progress;
    options.context = &work;
    kith *handle = kpy_store_enter(self);
    if (handle == NULL) {
        return NULL;
    }
    kith_audit_result *found = NULL;
    kith_error error = KITH_ERROR_INIT;
    kpy_work_begin(&work);
    int code = kith_audit(handle, &options, &found, &error);
    kpy_work_end(&work);
    kpy_store_leave(self);
    PyObject *made = NULL;
    if (PyErr_Occurred() == NULL) {
        made = code == KITH_OK ? audit_out(found) : kpy_raise(self->state, code, &error);
    }
    kith_audit_result_free(found);
    return made;
}
