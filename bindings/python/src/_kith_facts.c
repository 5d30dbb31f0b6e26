/*
 * Records and events as dicts, and kith.Iterator, which steps through records, events,
 * profiles, and what a query or the log of transitions gives.
 */
#include "_kith.h"

/* ---- records ---- */

static bool record_value_out(kpy_state *state, const kith_record_value *value, PyObject *attributes,
                             PyObject *several, PyObject *values) {
    PyObject *made = kpy_value_out(state, &value->value);
    if (made == NULL) {
        return false;
    }
    PyObject *detail = PyDict_New();
    bool fine = detail != NULL && kpy_set(detail, "attribute", kpy_text_out(value->attribute)) &&
                kpy_set(detail, "value", Py_NewRef(made)) &&
                kpy_set(detail, "at", kpy_time_out(state, value->at_us)) &&
                kpy_set(detail, "status", kpy_text_out(kith_value_status_name(value->status))) &&
                PyList_Append(values, detail) == 0;
    Py_XDECREF(detail);
    return kpy_set_several(attributes, fine ? PyUnicode_FromString(value->attribute) : NULL, made,
                           several);
}

/* Both forms of a record's values: {name: value or list}, and each with its time and status. */
static bool record_values_out(kpy_state *state, const kith_record *record, PyObject *dict) {
    PyObject *attributes = PyDict_New();
    PyObject *several = PySet_New(NULL);
    PyObject *values = PyList_New(0);
    bool fine = attributes != NULL && several != NULL && values != NULL;
    size_t cursor = 0;
    while (fine) {
        kith_record_value value = KITH_RECORD_VALUE_INIT;
        int code = kith_record_next_value(record, &cursor, &value);
        if (code == KITH_DONE) {
            break;
        }
        if (code != KITH_OK) {
            kpy_raise_txn(state, record->txn, code);
            fine = false;
        } else {
            fine = record_value_out(state, &value, attributes, several, values);
        }
    }
    Py_XDECREF(several);
    fine = fine && PyDict_SetItemString(dict, "attributes", attributes) == 0 &&
           PyDict_SetItemString(dict, "values", values) == 0;
    Py_XDECREF(attributes);
    Py_XDECREF(values);
    return fine;
}

PyObject *kpy_record_out(kpy_state *state, const kith_record *record) {
    PyObject *dict = PyDict_New();
    if (dict != NULL && (!kpy_set(dict, "source", kpy_text_out(record->source)) ||
                         !kpy_set(dict, "key", kpy_text_out(record->key)) ||
                         !kpy_set(dict, "id", kpy_id_out(&record->id)) ||
                         !kpy_set(dict, "first_seen", kpy_time_out(state, record->first_seen_us)) ||
                         !kpy_set(dict, "at", kpy_time_out(state, record->at_us)) ||
                         !record_values_out(state, record, dict))) {
        Py_CLEAR(dict);
    }
    return dict;
}

PyObject *kpy_record_pair(kpy_txn *txn, uint32_t number) {
    kith_record record = KITH_RECORD_INIT;
    int code = kith_record_get_number(txn->handle, number, &record);
    if (code != KITH_OK) {
        return kpy_raise_txn(txn->state, txn->handle, code);
    }
    return Py_BuildValue("(ss)", record.source, record.key);
}

/* ---- events ---- */

static PyObject *properties_out(kpy_state *state, const kith_event *event) {
    PyObject *dict = PyDict_New();
    size_t cursor = 0;
    while (dict != NULL) {
        kith_field field = {NULL, {KITH_TYPE_NULL, {0}}};
        int code = kith_event_next_property(event, &cursor, &field);
        if (code == KITH_DONE) {
            break;
        }
        if (code != KITH_OK) {
            kpy_raise_txn(state, event->txn, code);
            Py_CLEAR(dict);
        } else if (!kpy_set(dict, field.name, kpy_value_out(state, &field.value))) {
            Py_CLEAR(dict);
        }
    }
    return dict;
}

static PyObject *event_out(kpy_state *state, const kith_event *event) {
    PyObject *dict = PyDict_New();
    if (dict != NULL && (!kpy_set(dict, "type", kpy_text_out(event->type)) ||
                         !kpy_set(dict, "time", kpy_time_out(state, event->time_us)) ||
                         !kpy_set(dict, "message_id", kpy_text_out(event->message_id)) ||
                         !kpy_set(dict, "properties", properties_out(state, event)))) {
        Py_CLEAR(dict);
    }
    return dict;
}

/* ---- the iterator's lifetime ---- */

static void handle_close(kpy_iter_kind kind, void *handle) {
    if (handle == NULL) {
        return;
    }
    switch (kind) {
    case KPY_ITER_RECORDS:
        kith_record_iter_close(handle);
        break;
    case KPY_ITER_EVENTS:
        kith_event_iter_close(handle);
        break;
    case KPY_ITER_PROFILES:
        kith_profile_iter_close(handle);
        break;
    case KPY_ITER_QUERY:
        kpy_query_close(handle);
        break;
    case KPY_ITER_TRANSITIONS:
        kpy_transitions_close(handle);
        break;
    }
}

PyObject *kpy_iter_new(kpy_txn *txn, kpy_iter_kind kind, void *handle, int64_t now_us) {
    bool query = kind == KPY_ITER_QUERY;
    kpy_iter *self =
        PyObject_New(kpy_iter, query ? txn->state->query_type : txn->state->iterator_type);
    if (self == NULL) {
        handle_close(kind, handle);
        return NULL;
    }
    self->txn = (kpy_txn *)Py_NewRef((PyObject *)txn);
    self->handle = handle;
    self->kind = kind;
    self->finished = handle == NULL;
    self->now_us = now_us;
    self->step = 0;
    self->previous = NULL;
    self->next = NULL;
    if (handle != NULL) {
        self->next = txn->iters;
        if (self->next != NULL) {
            self->next->previous = self;
        }
        txn->iters = self;
    }
    return (PyObject *)self;
}

/* Off the transaction's list, and closed. Fine when it is closed already. */
void kpy_iter_close(kpy_iter *self) {
    if (self->handle == NULL) {
        return;
    }
    if (self->previous != NULL) {
        self->previous->next = self->next;
    } else {
        self->txn->iters = self->next;
    }
    if (self->next != NULL) {
        self->next->previous = self->previous;
    }
    self->previous = NULL;
    self->next = NULL;
    self->step++;
    handle_close(self->kind, self->handle);
    self->handle = NULL;
}

static void iter_dealloc(PyObject *object) {
    kpy_iter *self = (kpy_iter *)object;
    PyTypeObject *type = Py_TYPE(object);
    kpy_iter_close(self);
    Py_DECREF(self->txn);
    PyObject_Free(self);
    Py_DECREF(type);
}

static PyObject *iter_close(PyObject *object, PyObject *Py_UNUSED(unused)) {
    kpy_iter *self = (kpy_iter *)object;
    if (self->handle != NULL && !kpy_txn_ready(self->txn)) {
        return NULL;
    }
    kpy_iter_close(self);
    self->finished = true;
    Py_RETURN_NONE;
}

static PyObject *iter_enter(PyObject *object, PyObject *Py_UNUSED(unused)) {
    return Py_NewRef(object);
}

static PyObject *iter_exit(PyObject *object, PyObject *Py_UNUSED(arguments)) {
    return iter_close(object, NULL);
}

/* ---- stepping ---- */

static int next_record(kpy_iter *self, PyObject **out) {
    kith_record record = KITH_RECORD_INIT;
    int code = kith_record_iter_next(self->handle, &record);
    if (code == KITH_OK) {
        *out = kpy_record_out(self->txn->state, &record);
    }
    return code;
}

static int next_event(kpy_iter *self, PyObject **out) {
    kith_event event = KITH_EVENT_INIT;
    int code = kith_event_iter_next(self->handle, &event);
    if (code == KITH_OK) {
        *out = event_out(self->txn->state, &event);
    }
    return code;
}

/* What the step before gave re-reads itself from here on: see kpy_profile_view. */
static int next_profile(kpy_iter *self, PyObject **out) {
    self->step++;
    kpy_profile *found = kpy_profile_new(self->txn, self->now_us);
    if (found == NULL) {
        return KITH_OK;
    }
    int code = kith_profile_iter_next(self->handle, &found->view);
    if (code != KITH_OK) {
        Py_DECREF(found);
        return code;
    }
    found->iter = (kpy_iter *)Py_NewRef((PyObject *)self);
    found->step = self->step;
    *out = (PyObject *)found;
    return KITH_OK;
}

static PyObject *iter_next(PyObject *object) {
    kpy_iter *self = (kpy_iter *)object;
    if (self->finished || !kpy_txn_ready(self->txn)) {
        return NULL;
    }
    static int (*const next[])(kpy_iter *, PyObject **) = {next_record, next_event, next_profile,
                                                           kpy_query_next, kpy_transitions_next};
    PyObject *made = NULL;
    int code = next[self->kind](self, &made);
    if (code == KITH_OK) {
        return made;
    }
    if (PyErr_Occurred() != NULL) { /* a signal stopped it */
        return NULL;
    }
    if (code != KITH_DONE) {
        return kpy_raise_txn(self->txn->state, self->txn->handle, code);
    }
    kpy_iter_close(self);
    self->finished = true;
    return NULL;
}

/* ---- the type ---- */

static PyMethodDef iter_methods[] = {
    {"close", iter_close, METH_NOARGS,
     PyDoc_STR(
         "close($self)\n--\n\nEnds the iteration early; the end of the transaction does so, too.")},
    {"__enter__", iter_enter, METH_NOARGS,
     PyDoc_STR("__enter__($self)\n--\n\nThe iterator itself.")},
    {"__exit__", iter_exit, METH_VARARGS,
     PyDoc_STR("__exit__($self, *exception)\n--\n\nCloses the iterator.")},
    {NULL, NULL, 0, NULL},
};

static PyType_Slot iter_slots[] = {
    {Py_tp_doc, (void *)PyDoc_STR(
                    "Steps through records, events, profiles, rows of a query or transitions of a "
                    "transaction.")},
    {Py_tp_dealloc, iter_dealloc},
    {Py_tp_iter, PyObject_SelfIter},
    {Py_tp_iternext, iter_next},
    {Py_tp_methods, iter_methods},
    {0, NULL},
};

static PyType_Spec iter_spec = {
    .name = "kith.Iterator",
    .basicsize = sizeof(kpy_iter),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_DISALLOW_INSTANTIATION | Py_TPFLAGS_IMMUTABLETYPE |
             Py_TPFLAGS_BASETYPE,
    .slots = iter_slots,
};

static PyObject *query_stream(PyObject *object, PyObject *const *args, Py_ssize_t count,
                              PyObject *names) {
    static const char *const parameters[] = {"requested_schema", NULL};
    static const kpy_signature signature = {"__arrow_c_stream__", 1, 0, parameters};
    kpy_iter *self = (kpy_iter *)object;
    PyObject *given[1]; /* what is asked for of the schema is a wish: casting is the asker's */
    if (!kpy_args(&signature, args, count, names, given) || !kpy_txn_ready(self->txn)) {
        return NULL;
    }
    if (self->handle == NULL) {
        return kpy_raise_code(self->txn->state, KITH_MISUSE,
                              "the query has ended: ask it anew, or make a table of it before its "
                              "rows are stepped through to the end");
    }
    return kpy_stream_of_query(self->txn, kpy_query_open_stream, self->handle);
}

static PyMethodDef query_methods[] = {
    KPY_METHOD("__arrow_c_stream__", query_stream,
               "__arrow_c_stream__($self, requested_schema=None)\n--\n\nAll rows as an Arrow "
               "stream, "
               "whatever was stepped through: pyarrow.table(query), polars.DataFrame(query), "
               "duckdb and pandas call it. Read it before the transaction ends."),
    {NULL, NULL, 0, NULL},
};

static PyType_Slot query_slots[] = {
    {Py_tp_doc, (void *)PyDoc_STR("The rows of a query: an iterator, and a table that Arrow's "
                                  "libraries take.")},
    {Py_tp_methods, query_methods},
    {0, NULL},
};

static PyType_Spec query_spec = {
    .name = "kith.Query",
    .basicsize = sizeof(kpy_iter),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_DISALLOW_INSTANTIATION | Py_TPFLAGS_IMMUTABLETYPE,
    .slots = query_slots,
};

int kpy_iter_init(PyObject *module, kpy_state *state) {
    state->iterator_type = (PyTypeObject *)PyType_FromModuleAndSpec(module, &iter_spec, NULL);
    if (state->iterator_type == NULL || PyModule_AddType(module, state->iterator_type) < 0) {
        return -1;
    }
    state->query_type = (PyTypeObject *)PyType_FromModuleAndSpec(module, &query_spec,
                                                                 (PyObject *)state->iterator_type);
    return state->query_type == NULL ? -1 : PyModule_AddType(module, state->query_type);
}
