/*
 * Arrow's PyCapsule interface: streams of queries and exports out, streams of others in.
 *
 * What must stay true: who reads a stream may hold no lock and be in any thread, so a stream of a
 * query takes the interpreter's lock to look at its transaction, and marks that busy while kith
 * works. It ends with its transaction. Streams of one transaction wait for each other.
 */
#include "_kith.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define CAPSULE_NAME "arrow_array_stream"

/* ---- capsules ---- */

static void capsule_free(PyObject *capsule) {
    struct ArrowArrayStream *stream = PyCapsule_GetPointer(capsule, CAPSULE_NAME);
    if (stream != NULL && stream->release != NULL) {
        stream->release(stream);
    }
    free(stream);
}

/* Takes the stream, also on failure. */
static PyObject *capsule_of(const struct ArrowArrayStream *stream) {
    struct ArrowArrayStream *kept = malloc(sizeof *kept);
    if (kept == NULL) {
        struct ArrowArrayStream lost = *stream;
        lost.release(&lost);
        return PyErr_NoMemory();
    }
    *kept = *stream;
    PyObject *capsule = PyCapsule_New(kept, CAPSULE_NAME, capsule_free);
    if (capsule == NULL) {
        kept->release(kept);
        free(kept);
    }
    return capsule;
}

struct ArrowArrayStream *kpy_stream_in(PyObject *object, PyObject **out_kept) {
    if (!PyObject_HasAttrString(object, "__arrow_c_stream__")) {
        PyErr_Format(PyExc_TypeError,
                     "data must be a table or a stream with __arrow_c_stream__, as pandas, polars, "
                     "pyarrow and duckdb have them, not %R",
                     (PyObject *)Py_TYPE(object));
        return NULL;
    }
    PyObject *capsule = PyObject_CallMethod(object, "__arrow_c_stream__", NULL);
    struct ArrowArrayStream *stream =
        capsule != NULL ? PyCapsule_GetPointer(capsule, CAPSULE_NAME) : NULL;
    if (stream == NULL) {
        Py_XDECREF(capsule);
        return NULL;
    }
    *out_kept = capsule;
    return stream;
}

/* ---- streams of queries ---- */

typedef struct kpy_stream {
    kpy_txn *txn;                  /* a reference */
    struct ArrowArrayStream inner; /* released when the transaction ends */
    struct kpy_stream *previous, *next;
    const char *wrong; /* why the last step wasn't kith's; NULL: it was */
} kpy_stream;

static void stream_unlink(kpy_stream *self) {
    if (self->inner.release == NULL) {
        return;
    }
    if (self->previous != NULL) {
        self->previous->next = self->next;
    } else {
        self->txn->streams = self->next;
    }
    if (self->next != NULL) {
        self->next->previous = self->previous;
    }
    self->inner.release(&self->inner);
}

void kpy_streams_end(kpy_txn *txn) {
    while (txn->streams != NULL) {
        stream_unlink(txn->streams);
    }
}

/* Takes the interpreter's lock, and that of the streams, for which it lets go of the former: who
 * has it may be waiting for that. */
static PyGILState_STATE stream_enter(const kpy_stream *self) {
    PyGILState_STATE state = PyGILState_Ensure();
    PyThread_type_lock lock = self->txn->stream_lock;
    Py_BEGIN_ALLOW_THREADS PyThread_acquire_lock(lock, 1);
    Py_END_ALLOW_THREADS return state;
}

static void stream_leave(const kpy_stream *self, PyGILState_STATE state) {
    PyThread_release_lock(self->txn->stream_lock);
    PyGILState_Release(state);
}

static bool stream_ready(kpy_stream *self) {
    self->wrong = kpy_txn_wrong(self->txn);
    if (self->wrong == NULL && self->inner.release == NULL) {
        self->wrong = "the transaction has ended";
    }
    return self->wrong == NULL;
}

static int stream_schema(struct ArrowArrayStream *stream, struct ArrowSchema *out) {
    kpy_stream *self = stream->private_data;
    PyGILState_STATE state = stream_enter(self);
    int code = stream_ready(self) ? self->inner.get_schema(&self->inner, out) : EINVAL;
    stream_leave(self, state);
    return code;
}

/* The interpreter's lock stays where the transaction writes: what other threads drop of it reaches
 * into it. */
static int stream_step(kpy_stream *self, struct ArrowArray *out) {
    int code = 0;
    if (self->txn->writes) {
        return self->inner.get_next(&self->inner, out);
    }
    self->txn->busy = true;
    Py_BEGIN_ALLOW_THREADS code = self->inner.get_next(&self->inner, out);
    Py_END_ALLOW_THREADS self->txn->busy = false;
    return code;
}

static int stream_next(struct ArrowArrayStream *stream, struct ArrowArray *out) {
    kpy_stream *self = stream->private_data;
    PyGILState_STATE state = stream_enter(self);
    int code = stream_ready(self) ? stream_step(self, out) : EINVAL;
    stream_leave(self, state);
    return code;
}

static const char *stream_error(struct ArrowArrayStream *stream) {
    kpy_stream *self = stream->private_data;
    return self->wrong != NULL ? self->wrong : self->inner.get_last_error(&self->inner);
}

static void stream_release(struct ArrowArrayStream *stream) {
    kpy_stream *self = stream->private_data;
    stream->release = NULL;
    if (!Py_IsInitialized()) { /* the interpreter has ended, and all that it kept is left as it is
                                */
        return;
    }
    PyGILState_STATE state = stream_enter(self);
    stream_unlink(self);
    PyThread_release_lock(self->txn->stream_lock);
    Py_DECREF(self->txn);
    free(self);
    PyGILState_Release(state);
}

static kpy_stream *stream_new(kpy_txn *txn) {
    if (txn->stream_lock == NULL) {
        txn->stream_lock = PyThread_allocate_lock();
    }
    kpy_stream *self = txn->stream_lock != NULL ? calloc(1, sizeof *self) : NULL;
    if (self == NULL) {
        PyErr_NoMemory();
        return NULL;
    }
    self->txn = (kpy_txn *)Py_NewRef((PyObject *)txn);
    return self;
}

PyObject *kpy_stream_of_query(kpy_txn *txn, bool (*open)(void *query, struct ArrowArrayStream *out),
                              void *query) {
    kpy_stream *self = stream_new(txn);
    if (self == NULL) {
        return NULL;
    }
    if (!open(query, &self->inner)) {
        Py_DECREF(self->txn);
        free(self);
        return NULL;
    }
    self->next = txn->streams;
    if (self->next != NULL) {
        self->next->previous = self;
    }
    txn->streams = self;
    struct ArrowArrayStream outer = {stream_schema, stream_next, stream_error, stream_release,
                                     self};
    return capsule_of(&outer);
}

/* ---- exports ---- */

typedef struct kpy_export {
    PyObject_HEAD kpy_store *store;
    kith_export_what what;
    int64_t now_us;
} kpy_export;

static const char *const whats[] = {"records", "events", "profiles", "clusters", NULL};

static void export_dealloc(PyObject *object) {
    kpy_export *self = (kpy_export *)object;
    PyTypeObject *type = Py_TYPE(object);
    Py_DECREF(self->store);
    PyObject_Free(self);
    Py_DECREF(type);
}

static PyObject *export_repr(PyObject *object) {
    kpy_export *self = (kpy_export *)object;
    return PyUnicode_FromFormat("<kith.Export of %s>", whats[self->what - KITH_EXPORT_RECORDS]);
}

/* A stream of an export is kith's own: it has a snapshot, and needs nothing of the interpreter. */
static PyObject *export_stream(PyObject *object, PyObject *const *args, Py_ssize_t count,
                               PyObject *names) {
    static const char *const parameters[] = {"requested_schema", NULL};
    static const kpy_signature signature = {"__arrow_c_stream__", 1, 0, parameters};
    kpy_export *self = (kpy_export *)object;
    PyObject *given[1];
    if (!kpy_args(&signature, args, count, names, given)) {
        return NULL;
    }
    kith *handle = kpy_store_enter(self->store);
    if (handle == NULL) {
        return NULL;
    }
    struct ArrowArrayStream stream;
    kith_error error = KITH_ERROR_INIT;
    int code = 0;
    Py_BEGIN_ALLOW_THREADS code =
        kith_export_arrow(handle, self->what, self->now_us, &stream, &error);
    Py_END_ALLOW_THREADS kpy_store_leave(self->store);
    return code == KITH_OK ? capsule_of(&stream) : kpy_raise(self->store->state, code, &error);
}

PyObject *kpy_store_export_arrow(PyObject *object, PyObject *const *args, Py_ssize_t count,
                                 PyObject *names) {
    static const char *const parameters[] = {"what", "now", NULL};
    static const kpy_signature signature = {"export_arrow", 1, 3, parameters};
    kpy_store *store = (kpy_store *)object;
    PyObject *given[2];
    int what = 0;
    int64_t now_us = 0;
    if (!kpy_args(&signature, args, count, names, given) ||
        !kpy_word(given[0], "what", whats, &what) ||
        !kpy_time_in(store->state, given[1], &now_us)) {
        return NULL;
    }
    kpy_export *self = PyObject_New(kpy_export, store->state->export_type);
    if (self != NULL) {
        self->store = (kpy_store *)Py_NewRef(object);
        self->what = (kith_export_what)(what + KITH_EXPORT_RECORDS);
        self->now_us = now_us;
    }
    return (PyObject *)self;
}

static PyMethodDef export_methods[] = {
    KPY_METHOD("__arrow_c_stream__", export_stream,
               "__arrow_c_stream__($self, requested_schema=None)\n--\n\nThe rows as an Arrow "
               "stream with a snapshot of its own, taken by this call."),
    {NULL, NULL, 0, NULL},
};

static PyType_Slot export_slots[] = {
    {Py_tp_doc, (void *)PyDoc_STR("What a store holds, as a table that Arrow's libraries take; "
                                  "made by Store.export_arrow().")},
    {Py_tp_dealloc, export_dealloc},
    {Py_tp_repr, export_repr},
    {Py_tp_methods, export_methods},
    {0, NULL},
};

static PyType_Spec export_spec = {
    .name = "kith.Export",
    .basicsize = sizeof(kpy_export),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_DISALLOW_INSTANTIATION | Py_TPFLAGS_IMMUTABLETYPE,
    .slots = export_slots,
};

int kpy_arrow_init(PyObject *module, kpy_state *state) {
    state->export_type = (PyTypeObject *)PyType_FromModuleAndSpec(module, &export_spec, NULL);
    return state->export_type == NULL ? -1 : PyModule_AddType(module, state->export_type);
}
