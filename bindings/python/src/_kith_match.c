/*
 * Transaction.review and search: pairs that await a person, and who is most like what is known.
 */
#include "_kith.h"

/* `limit` where it is given, else `fallback`. */
static bool limit_in(PyObject *object, size_t fallback, size_t *out) {
    uint64_t limit = fallback;
    if (kpy_given(object) && !kpy_count(object, "limit", &limit)) {
        return false;
    }
    *out = limit < SIZE_MAX ? (size_t)limit : SIZE_MAX;
    return true;
}

/* ---- review ---- */

static PyObject *review_pair_out(const kith_review_pair *pair) {
    PyObject *dict = PyDict_New();
    if (dict != NULL &&
        (!kpy_set(dict, "a", Py_BuildValue("(ss)", pair->source_a, pair->key_a)) ||
         !kpy_set(dict, "b", Py_BuildValue("(ss)", pair->source_b, pair->key_b)) ||
         !kpy_set(dict, "profile_a", kpy_id_out(&pair->profile_a)) ||
         !kpy_set(dict, "profile_b", kpy_id_out(&pair->profile_b)) ||
         !kpy_set(dict, "bits", PyFloat_FromDouble(pair->bits)) ||
         !kpy_set(dict, "reason", kpy_text_out(kith_review_reason_name(pair->reason))) ||
         !kpy_set(dict, "rule", kpy_text_out(pair->rule)) ||
         !kpy_set(dict, "detail", kpy_text_out(pair->detail)) ||
         !kpy_set(dict, "alike_count", PyLong_FromUnsignedLongLong(pair->alike_count)))) {
        Py_CLEAR(dict);
    }
    return dict;
}

static PyObject *review_pairs_out(const kith_review *review) {
    PyObject *list = PyList_New(0);
    for (size_t i = 0; list != NULL && i < review->pair_count; i++) {
        if (!kpy_append(list, review_pair_out(review->pairs[i]))) {
            Py_CLEAR(list);
        }
    }
    return list;
}

static PyObject *review_out(const kith_review *review) {
    const kpy_named_count counts[] = {
        {"model_version", review->model_version},
        {"waiting_count", review->waiting_count},
    };
    PyObject *dict = kpy_counts_out(counts, sizeof counts / sizeof counts[0]);
    if (dict != NULL && (!kpy_set(dict, "keep_at_bits", PyFloat_FromDouble(review->keep_at_bits)) ||
                         !kpy_set(dict, "link_at_bits", PyFloat_FromDouble(review->link_at_bits)) ||
                         !kpy_set(dict, "pairs", review_pairs_out(review)))) {
        Py_CLEAR(dict);
    }
    return dict;
}

/* It reads all scored pairs: others run meanwhile. */
PyObject *kpy_txn_review(PyObject *object, PyObject *const *args, Py_ssize_t count,
                         PyObject *names) {
    static const char *const parameters[] = {"limit", "suggest", NULL};
    static const kpy_signature signature = {"review", 2, 0, parameters};
    kpy_txn *self = (kpy_txn *)object;
    PyObject *given[2];
    kith_review_options options = KITH_REVIEW_OPTIONS_INIT;
    if (!kpy_args(&signature, args, count, names, given) ||
        !limit_in(given[0], options.limit, &options.limit) ||
        !kpy_flag(given[1], false, &options.suggest) || !kpy_txn_ready(self)) {
        return NULL;
    }
    kith_review *review = NULL;
    int code = 0;
    self->busy = true;
    Py_BEGIN_ALLOW_THREADS code = kith_review_list(self->handle, &options, &review);
    Py_END_ALLOW_THREADS self->busy = false;
    if (code != KITH_OK) {
        return kpy_raise_txn(self->state, self->handle, code);
    }
    PyObject *made = review_out(review);
    kith_review_free(review);
    return made;
}

/* ---- search ---- */

static PyObject *hit_out(kpy_txn *self, const kith_search_hit *hit) {
    PyObject *dict = PyDict_New();
    if (dict != NULL && (!kpy_set(dict, "id", kpy_id_out(&hit->id)) ||
                         !kpy_set(dict, "record", kpy_record_pair(self, hit->record)) ||
                         !kpy_set(dict, "bits", PyFloat_FromDouble(hit->bits)) ||
                         !kpy_set(dict, "likely", PyBool_FromLong(hit->likely)) ||
                         !kpy_set(dict, "identifier", kpy_text_out(hit->identifier)))) {
        Py_CLEAR(dict);
    }
    return dict;
}

static PyObject *hits_out(kpy_txn *self, const kith_search_result *found) {
    PyObject *list = PyList_New(0);
    for (size_t i = 0; list != NULL && i < found->hit_count; i++) {
        if (!kpy_append(list, hit_out(self, found->hits[i]))) {
            Py_CLEAR(list);
        }
    }
    return list;
}

static PyObject *unread_out(const kith_search_result *found) {
    PyObject *list = PyList_New(0);
    for (size_t i = 0; list != NULL && i < found->unread_count; i++) {
        if (!kpy_append(list, kpy_text_out(found->unread[i]))) {
            Py_CLEAR(list);
        }
    }
    return list;
}

static PyObject *search_out(kpy_txn *self, const kith_search_result *found) {
    PyObject *dict = PyDict_New();
    if (dict != NULL &&
        (!kpy_set(dict, "hits", hits_out(self, found)) ||
         !kpy_set(dict, "compared_count", PyLong_FromUnsignedLongLong(found->compared_count)) ||
         !kpy_set(dict, "partial", PyBool_FromLong(found->partial)) ||
         !kpy_set(dict, "unread", unread_out(found)))) {
        Py_CLEAR(dict);
    }
    return dict;
}

PyObject *kpy_txn_search(PyObject *object, PyObject *const *args, Py_ssize_t count,
                         PyObject *names) {
    static const char *const parameters[] = {"attributes", "limit", NULL};
    static const kpy_signature signature = {"search", 2, 1, parameters};
    kpy_txn *self = (kpy_txn *)object;
    PyObject *given[2];
    PyObject *made = NULL;
    kpy_fields fields;
    kith_search_options options = KITH_SEARCH_OPTIONS_INIT;
    kith_search_result *found = NULL;
    if (!kpy_args(&signature, args, count, names, given) ||
        !limit_in(given[1], KITH_SEARCH_LIMIT, &options.limit) ||
        !kpy_fields_init(&fields, self->state, given[0], "attributes")) {
        return NULL;
    }
    /* Reading the fields may have run Python: only now is the transaction looked at. */
    if (kpy_txn_ready(self)) {
        int code = kith_search(self->handle, fields.fields, fields.count, &options, &found);
        made = code == KITH_OK ? search_out(self, found)
                               : kpy_raise_txn(self->state, self->handle, code);
        kith_search_result_free(found);
    }
    kpy_fields_clear(&fields);
    return made;
}
