/*
 * What a transaction finds: profiles, records, and iterators over both and over events. Point reads
 * keep the interpreter's lock. What isn't there is None.
 */
#include "_kith.h"

static PyObject *none_or_raise(kpy_txn *self, int code) {
    if (code == KITH_NOT_FOUND) {
        Py_RETURN_NONE;
    }
    return kpy_raise_txn(self->state, self->handle, code);
}

/* Takes the profile: gives it, or None, or NULL with an exception set. */
static PyObject *profile_or_none(kpy_profile *found, int code) {
    if (code == KITH_OK) {
        return (PyObject *)found;
    }
    PyObject *made = none_or_raise(found->txn, code);
    Py_DECREF(found);
    return made;
}

PyObject *kpy_txn_find(PyObject *object, PyObject *const *args, Py_ssize_t count, PyObject *names) {
    static const char *const parameters[] = {"type", "value", "now", NULL};
    static const kpy_signature signature = {"find", 3, 7, parameters};
    kpy_txn *self = (kpy_txn *)object;
    PyObject *given[3];
    const char *type = NULL;
    const char *value = NULL;
    int64_t now_us = 0;
    if (!kpy_args(&signature, args, count, names, given) || !kpy_text(given[0], "type", &type) ||
        !kpy_text(given[1], "value", &value) || !kpy_time_in(self->state, given[2], &now_us) ||
        !kpy_txn_ready(self)) {
        return NULL;
    }
    kpy_profile *found = kpy_profile_new(self, now_us);
    if (found == NULL) {
        return NULL;
    }
    int code =
        kith_profile_find(self->handle, type, value, now_us, &found->view, &found->match_count);
    return profile_or_none(found, code);
}

static PyObject *ids_out(const kith_id *ids, size_t count) {
    PyObject *list = PyList_New(0);
    for (size_t i = 0; list != NULL && i < count; i++) {
        if (!kpy_append(list, kpy_id_out(&ids[i]))) {
            Py_CLEAR(list);
        }
    }
    return list;
}

PyObject *kpy_txn_find_ids(PyObject *object, PyObject *const *args, Py_ssize_t count,
                           PyObject *names) {
    static const char *const parameters[] = {"type", "value", NULL};
    static const kpy_signature signature = {"find_ids", 2, 3, parameters};
    kpy_txn *self = (kpy_txn *)object;
    PyObject *given[2];
    const char *type = NULL;
    const char *value = NULL;
    kith_id *ids = NULL;
    size_t found = 0;
    if (!kpy_args(&signature, args, count, names, given) || !kpy_text(given[0], "type", &type) ||
        !kpy_text(given[1], "value", &value) || !kpy_txn_ready(self)) {
        return NULL;
    }
    int code = kith_profile_find_ids(self->handle, type, value, &ids, &found);
    if (code != KITH_OK && code != KITH_NOT_FOUND) {
        return none_or_raise(self, code);
    }
    PyObject *list = ids_out(ids, found);
    kith_free(ids);
    return list;
}

PyObject *kpy_txn_get(PyObject *object, PyObject *const *args, Py_ssize_t count, PyObject *names) {
    static const char *const parameters[] = {"id", "now", NULL};
    static const kpy_signature signature = {"get", 2, 3, parameters};
    kpy_txn *self = (kpy_txn *)object;
    PyObject *given[2];
    const char *text = NULL;
    kith_id id;
    int64_t now_us = 0;
    if (!kpy_args(&signature, args, count, names, given) || !kpy_text(given[0], "id", &text) ||
        !kpy_time_in(self->state, given[1], &now_us) || !kpy_txn_ready(self)) {
        return NULL;
    }
    if (kith_id_parse(text, &id) != KITH_OK) {
        return kpy_raise_code(self->state, KITH_INVALID, "an id is 32 hexadecimal digits");
    }
    kpy_profile *found = kpy_profile_new(self, now_us);
    if (found == NULL) {
        return NULL;
    }
    return profile_or_none(found, kith_profile_get(self->handle, &id, now_us, &found->view));
}

/* Finds the record that two arguments name. A code of kith; KITH_DONE with an exception set. */
static int record_of(kpy_txn *self, PyObject *source, PyObject *key, kith_record *out) {
    const char *source_text = NULL;
    const char *key_text = NULL;
    if (!kpy_text(source, "source", &source_text) || !kpy_text(key, "key", &key_text) ||
        !kpy_txn_ready(self)) {
        return KITH_DONE;
    }
    return kith_record_get(self->handle, source_text, key_text, out);
}

PyObject *kpy_txn_profile_of(PyObject *object, PyObject *const *args, Py_ssize_t count,
                             PyObject *names) {
    static const char *const parameters[] = {"source", "key", "now", NULL};
    static const kpy_signature signature = {"profile_of", 3, 7, parameters};
    kpy_txn *self = (kpy_txn *)object;
    PyObject *given[3];
    int64_t now_us = 0;
    kith_record record = KITH_RECORD_INIT;
    if (!kpy_args(&signature, args, count, names, given) ||
        !kpy_time_in(self->state, given[2], &now_us)) {
        return NULL;
    }
    int code = record_of(self, given[0], given[1], &record);
    if (code != KITH_OK) {
        return code == KITH_DONE ? NULL : none_or_raise(self, code);
    }
    kpy_profile *found = kpy_profile_new(self, now_us);
    if (found == NULL) {
        return NULL;
    }
    code = kith_profile_of_record(self->handle, record.number, now_us, &found->view);
    return profile_or_none(found, code);
}

static const char *const key_parameters[] = {"source", "key", NULL};

PyObject *kpy_txn_profile_id(PyObject *object, PyObject *const *args, Py_ssize_t count,
                             PyObject *names) {
    static const kpy_signature signature = {"profile_id", 2, 3, key_parameters};
    kpy_txn *self = (kpy_txn *)object;
    PyObject *given[2];
    kith_record record = KITH_RECORD_INIT;
    kith_id id;
    if (!kpy_args(&signature, args, count, names, given)) {
        return NULL;
    }
    int code = record_of(self, given[0], given[1], &record);
    if (code == KITH_OK) {
        code = kith_profile_id_of_record(self->handle, record.number, &id);
    }
    if (code == KITH_OK) {
        return kpy_id_out(&id);
    }
    return code == KITH_DONE ? NULL : none_or_raise(self, code);
}

PyObject *kpy_txn_record(PyObject *object, PyObject *const *args, Py_ssize_t count,
                         PyObject *names) {
    static const kpy_signature signature = {"record", 2, 3, key_parameters};
    kpy_txn *self = (kpy_txn *)object;
    PyObject *given[2];
    kith_record record = KITH_RECORD_INIT;
    if (!kpy_args(&signature, args, count, names, given)) {
        return NULL;
    }
    int code = record_of(self, given[0], given[1], &record);
    if (code == KITH_OK) {
        return kpy_record_out(self->state, &record);
    }
    return code == KITH_DONE ? NULL : none_or_raise(self, code);
}

/* ---- iterators ---- */

static PyObject *iter_or_raise(kpy_txn *self, int code, kpy_iter_kind kind, void *handle,
                               int64_t now_us) {
    if (code != KITH_OK) {
        return kpy_raise_txn(self->state, self->handle, code);
    }
    return kpy_iter_new(self, kind, handle, now_us);
}

PyObject *kpy_txn_records(PyObject *object, PyObject *Py_UNUSED(unused)) {
    kpy_txn *self = (kpy_txn *)object;
    if (!kpy_txn_ready(self)) {
        return NULL;
    }
    kith_record_iter *iter = NULL;
    int code = kith_record_iter_open(self->handle, &iter);
    return iter_or_raise(self, code, KPY_ITER_RECORDS, iter, 0);
}

PyObject *kpy_txn_profiles(PyObject *object, PyObject *const *args, Py_ssize_t count,
                           PyObject *names) {
    static const char *const parameters[] = {"now", NULL};
    static const kpy_signature signature = {"profiles", 1, 1, parameters};
    kpy_txn *self = (kpy_txn *)object;
    PyObject *given[1];
    int64_t now_us = 0;
    if (!kpy_args(&signature, args, count, names, given) ||
        !kpy_time_in(self->state, given[0], &now_us) || !kpy_txn_ready(self)) {
        return NULL;
    }
    kith_profile_iter *iter = NULL;
    int code = kith_profile_iter_open(self->handle, now_us, &iter);
    return iter_or_raise(self, code, KPY_ITER_PROFILES, iter, now_us);
}

PyObject *kpy_txn_events(PyObject *object, PyObject *const *args, Py_ssize_t count,
                         PyObject *names) {
    static const char *const parameters[] = {"source", "key", "from_", "to", NULL};
    static const kpy_signature signature = {"events", 4, 3, parameters};
    kpy_txn *self = (kpy_txn *)object;
    PyObject *given[4];
    int64_t from_us = 0;
    int64_t to_us = 0;
    kith_record record = KITH_RECORD_INIT;
    if (!kpy_args(&signature, args, count, names, given) ||
        !kpy_time_optional(self->state, given[2], INT64_MIN, &from_us) ||
        !kpy_time_optional(self->state, given[3], INT64_MAX, &to_us)) {
        return NULL;
    }
    int code = record_of(self, given[0], given[1], &record);
    if (code == KITH_DONE) {
        return NULL;
    }
    if (code == KITH_NOT_FOUND) {
        return kpy_iter_new(self, KPY_ITER_EVENTS, NULL, 0);
    }
    kith_event_iter *iter = NULL;
    if (code == KITH_OK) {
        code = kith_event_iter_open(self->handle, record.number, from_us, to_us, &iter);
    }
    return iter_or_raise(self, code, KPY_ITER_EVENTS, iter, 0);
}

PyObject *kpy_txn_count_events(PyObject *object, PyObject *const *args, Py_ssize_t count,
                               PyObject *names) {
    kpy_txn *self = (kpy_txn *)object;
    if (count < 1 || !PyObject_TypeCheck(args[0], self->state->profile_type)) {
        PyErr_SetString(PyExc_TypeError, "count_events() takes a Profile first");
        return NULL;
    }
    return kpy_profile_count_events(args[0], args + 1, count - 1, names);
}
