/*
 * What a write transaction puts: records, events, decisions. These keep the interpreter's lock: to
 * let it go would cost more than they do.
 */
#include "_kith.h"

PyObject *kpy_change_out(kpy_txn *self, int code, kith_change change) {
    static const char *const names[] = {"unchanged", "added", "updated", "ignored"};
    if (code != KITH_OK) {
        return kpy_raise_txn(self->state, self->handle, code);
    }
    return PyUnicode_FromString(names[change & 3]);
}

typedef int (*record_function)(kith_txn *, const kith_record_input *, kith_change *);

static PyObject *put_record(PyObject *object, const kpy_signature *signature,
                            record_function function, PyObject *const *args, Py_ssize_t count,
                            PyObject *names) {
    kpy_txn *self = (kpy_txn *)object;
    PyObject *given[4];
    kith_record_input input = KITH_RECORD_INPUT_INIT;
    kpy_fields fields;
    if (!kpy_args(signature, args, count, names, given) ||
        !kpy_text(given[0], "source", &input.source) || !kpy_text(given[1], "key", &input.key) ||
        !kpy_time_in(self->state, given[3], &input.at_us) ||
        !kpy_fields_init(&fields, self->state, given[2], "attributes")) {
        return NULL;
    }
    input.fields = fields.fields;
    input.field_count = fields.count;
    PyObject *made = NULL;
    if (kpy_txn_ready_to_write(self)) {
        kith_change change = KITH_UNCHANGED;
        int code = function(self->handle, &input, &change);
        made = kpy_change_out(self, code, change);
    }
    kpy_fields_clear(&fields);
    return made;
}

static const char *const record_parameters[] = {"source", "key", "attributes", "at", NULL};

PyObject *kpy_txn_put(PyObject *self, PyObject *const *args, Py_ssize_t count, PyObject *names) {
    static const kpy_signature signature = {"put", 4, 15, record_parameters};
    return put_record(self, &signature, kith_record_put, args, count, names);
}

PyObject *kpy_txn_patch(PyObject *self, PyObject *const *args, Py_ssize_t count, PyObject *names) {
    static const kpy_signature signature = {"patch", 4, 15, record_parameters};
    return put_record(self, &signature, kith_record_patch, args, count, names);
}

PyObject *kpy_txn_add(PyObject *self, PyObject *const *args, Py_ssize_t count, PyObject *names) {
    static const kpy_signature signature = {"add", 4, 15, record_parameters};
    return put_record(self, &signature, kith_record_add, args, count, names);
}

PyObject *kpy_txn_event(PyObject *object, PyObject *const *args, Py_ssize_t count,
                        PyObject *names) {
    static const char *const parameters[] = {"source",     "key",        "type", "time",
                                             "properties", "message_id", NULL};
    static const kpy_signature signature = {"event", 6, 15, parameters};
    kpy_txn *self = (kpy_txn *)object;
    PyObject *given[6];
    kith_event_input input = KITH_EVENT_INPUT_INIT;
    kpy_fields fields;
    if (!kpy_args(&signature, args, count, names, given) ||
        !kpy_text(given[0], "source", &input.source) || !kpy_text(given[1], "key", &input.key) ||
        !kpy_text(given[2], "type", &input.type) ||
        !kpy_time_in(self->state, given[3], &input.time_us) ||
        !kpy_text_optional(given[5], "message_id", &input.message_id) ||
        !kpy_fields_init(&fields, self->state, given[4], "properties")) {
        return NULL;
    }
    input.fields = fields.fields;
    input.field_count = fields.count;
    PyObject *made = NULL;
    if (kpy_txn_ready_to_write(self)) {
        kith_change change = KITH_UNCHANGED;
        int code = kith_event_put(self->handle, &input, &change);
        made = kpy_change_out(self, code, change);
    }
    kpy_fields_clear(&fields);
    return made;
}

typedef int (*decision_function)(kith_txn *, const char *, const char *, const char *, const char *,
                                 const char *, int64_t, kith_change *);

static PyObject *put_decision(PyObject *object, const kpy_signature *signature,
                              decision_function function, PyObject *const *args, Py_ssize_t count,
                              PyObject *names) {
    kpy_txn *self = (kpy_txn *)object;
    PyObject *given[4];
    const char *source[2];
    const char *key[2];
    const char *by = NULL;
    int64_t at_us = 0;
    if (!kpy_args(signature, args, count, names, given) ||
        !kpy_pair(given[0], "a", &source[0], &key[0]) ||
        !kpy_pair(given[1], "b", &source[1], &key[1]) || !kpy_text(given[2], "by", &by) ||
        !kpy_time_in(self->state, given[3], &at_us) || !kpy_txn_ready_to_write(self)) {
        return NULL;
    }
    kith_change change = KITH_UNCHANGED;
    int code = function(self->handle, source[0], key[0], source[1], key[1], by, at_us, &change);
    return kpy_change_out(self, code, change);
}

static const char *const decision_parameters[] = {"a", "b", "by", "at", NULL};

PyObject *kpy_txn_link(PyObject *self, PyObject *const *args, Py_ssize_t count, PyObject *names) {
    static const kpy_signature signature = {"link", 2, 15, decision_parameters};
    return put_decision(self, &signature, kith_record_link, args, count, names);
}

PyObject *kpy_txn_unlink(PyObject *self, PyObject *const *args, Py_ssize_t count, PyObject *names) {
    static const kpy_signature signature = {"unlink", 2, 15, decision_parameters};
    return put_decision(self, &signature, kith_record_unlink, args, count, names);
}
