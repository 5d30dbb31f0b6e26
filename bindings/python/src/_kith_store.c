/*
 * kith.Store: one open file. A call that lets go of the interpreter's lock counts as a user of the
 * handle, so that close() in another thread, or in a callback, waits for the last of them.
 */
#include "_kith.h"

/* ---- lifetime ---- */

kith *kpy_store_enter(kpy_store *self) {
    if (self->closed) {
        kpy_raise_code(self->state, KITH_MISUSE, "the store is closed");
        return NULL;
    }
    self->user_count++;
    return self->handle;
}

static bool holds_the_writer(const kpy_store *self) {
    unsigned long me = PyThread_get_thread_ident();
    for (const kpy_work *work = self->writing; work != NULL; work = work->next) {
        if (work->thread_id == me) {
            return true;
        }
    }
    return self->writer != NULL && self->writer->thread == me;
}

/* A thread that holds the writer would wait for itself, for ever. */
kith *kpy_store_enter_to_write(kpy_store *self) {
    if (holds_the_writer(self)) {
        kpy_raise_code(self->state, KITH_MISUSE,
                       "this thread holds a write transaction on the store: end it first");
        return NULL;
    }
    return kpy_store_enter(self);
}

void kpy_store_writing_begin(kpy_store *self, kpy_work *work) {
    work->thread_id = PyThread_get_thread_ident();
    work->next = self->writing;
    self->writing = work;
}

void kpy_store_writing_end(kpy_store *self, const kpy_work *work) {
    kpy_work **at = &self->writing;
    while (*at != work) {
        at = &(*at)->next;
    }
    *at = work->next;
}

static void close_if_unused(kpy_store *self) {
    if (!self->closed || self->user_count > 0 || self->handle == NULL) {
        return;
    }
    kith *handle = self->handle;
    self->handle = NULL;
    Py_BEGIN_ALLOW_THREADS kith_close(handle);
    Py_END_ALLOW_THREADS
}

void kpy_store_leave(kpy_store *self) {
    self->user_count--;
    close_if_unused(self);
}

static PyObject *store_close(PyObject *object, PyObject *Py_UNUSED(unused)) {
    kpy_store *self = (kpy_store *)object;
    self->closed = true;
    close_if_unused(self);
    Py_RETURN_NONE;
}

static void store_dealloc(PyObject *object) {
    kpy_store *self = (kpy_store *)object;
    PyTypeObject *type = Py_TYPE(object);
    kith_close(self->handle);
    Py_XDECREF(self->path);
    PyObject_Free(self);
    Py_DECREF(type);
}

static PyObject *store_enter(PyObject *object, PyObject *Py_UNUSED(unused)) {
    kpy_store *self = (kpy_store *)object;
    if (self->closed) {
        return kpy_raise_code(self->state, KITH_MISUSE, "the store is closed");
    }
    return Py_NewRef(object);
}

static PyObject *store_exit(PyObject *object, PyObject *Py_UNUSED(arguments)) {
    return store_close(object, NULL);
}

/* ---- opening ---- */

enum {
    OPEN_PATH,
    OPEN_CREATE,
    OPEN_CREATE_NEW,
    OPEN_READ_ONLY,
    OPEN_NETWORK,
    OPEN_MAP_SIZE,
    OPEN_MAX_READERS,
    OPEN_CONFIG,
    OPEN_COUNT
};

static const char *const open_parameters[] = {"path",        "create",  "create_new",
                                              "read_only",   "network", "map_size_bytes",
                                              "max_readers", "config",  NULL};
static const kpy_signature open_signature = {"open", 1, 1u << OPEN_PATH, open_parameters};

static bool open_flags(PyObject *const *given, unsigned *out) {
    static const unsigned flags[] = {KITH_CREATE, KITH_CREATE_NEW, KITH_OPEN_READ_ONLY,
                                     KITH_OPEN_NETWORK};
    for (int i = OPEN_CREATE; i <= OPEN_NETWORK; i++) {
        bool set = false;
        if (!kpy_flag(given[i], false, &set)) {
            return false;
        }
        *out |= set ? flags[i - OPEN_CREATE] : 0;
    }
    return true;
}

static bool open_counts(PyObject *const *given, kith_open_options *options) {
    uint64_t readers = 0;
    if (!kpy_count(given[OPEN_MAP_SIZE], "map_size_bytes", &options->map_size_bytes) ||
        !kpy_count(given[OPEN_MAX_READERS], "max_readers", &readers)) {
        return false;
    }
    if (readers > UINT16_MAX) {
        PyErr_Format(PyExc_ValueError, "max_readers must be between 0 and %d", UINT16_MAX);
        return false;
    }
    options->max_readers = (unsigned)readers;
    return true;
}

static kpy_store *store_new(kpy_state *state, PyObject *path) {
    kpy_store *self = PyObject_New(kpy_store, state->store_type);
    if (self != NULL) {
        self->state = state;
        self->handle = NULL;
        self->path = Py_NewRef(path);
        self->writer = NULL;
        self->writing = NULL;
        self->user_count = 0;
        self->closed = false;
    }
    return self;
}

static PyObject *open_path(kpy_state *state, PyObject *path, const kith_open_options *options) {
    PyObject *shown = PyUnicode_DecodeFSDefault(PyBytes_AsString(path));
    kpy_store *self = shown == NULL ? NULL : store_new(state, shown);
    Py_XDECREF(shown);
    if (self == NULL) {
        return NULL;
    }
    kith_error error = KITH_ERROR_INIT;
    const char *bytes = PyBytes_AsString(path);
    int code = 0;
    Py_BEGIN_ALLOW_THREADS code = kith_open(bytes, options, &self->handle, &error);
    Py_END_ALLOW_THREADS if (code != KITH_OK) {
        Py_DECREF(self);
        return kpy_raise(state, code, &error);
    }
    return (PyObject *)self;
}

PyObject *kpy_open(PyObject *module, PyObject *const *args, Py_ssize_t count, PyObject *names) {
    kpy_state *state = PyModule_GetState(module);
    PyObject *given[OPEN_COUNT];
    kith_open_options options = KITH_OPEN_OPTIONS_INIT;
    if (!kpy_args(&open_signature, args, count, names, given) ||
        !open_flags(given, &options.flags) || !open_counts(given, &options)) {
        return NULL;
    }
    PyObject *path = NULL;
    PyObject *config = NULL;
    PyObject *store = NULL;
    if (kpy_given(given[OPEN_CONFIG])) {
        config = kpy_json_text(given[OPEN_CONFIG], "config");
        if (config == NULL || !kpy_text(config, "config", &options.config)) {
            goto done;
        }
    }
    if (PyUnicode_FSConverter(given[OPEN_PATH], &path)) {
        store = open_path(state, path, &options);
    }
done:
    Py_XDECREF(path);
    Py_XDECREF(config);
    return store;
}

/* ---- transactions, and what takes one of its own ---- */

static PyObject *store_begin(PyObject *self, PyObject *const *args, Py_ssize_t count,
                             PyObject *names) {
    static const char *const parameters[] = {"write", NULL};
    static const kpy_signature signature = {"begin", 1, 0, parameters};
    PyObject *given[1];
    bool writes = false;
    if (!kpy_args(&signature, args, count, names, given) || !kpy_flag(given[0], false, &writes)) {
        return NULL;
    }
    return kpy_txn_begin((kpy_store *)self, writes);
}

static PyObject *store_read(PyObject *self, PyObject *Py_UNUSED(unused)) {
    return kpy_txn_begin((kpy_store *)self, false);
}

static PyObject *store_write(PyObject *self, PyObject *Py_UNUSED(unused)) {
    return kpy_txn_begin((kpy_store *)self, true);
}

static PyObject *in_read_txn(PyObject *self, PyObject *(*get)(kpy_txn *)) {
    kpy_txn *txn = (kpy_txn *)kpy_txn_begin((kpy_store *)self, false);
    if (txn == NULL) {
        return NULL;
    }
    PyObject *made = get(txn);
    kpy_txn_abort(txn);
    Py_DECREF(txn);
    return made;
}

static PyObject *store_stat(PyObject *self, PyObject *Py_UNUSED(unused)) {
    return in_read_txn(self, kpy_stat_out);
}

static PyObject *store_config(PyObject *self, PyObject *Py_UNUSED(unused)) {
    return in_read_txn(self, kpy_config_out);
}

static PyObject *store_apply_config(PyObject *self, PyObject *config) {
    kpy_txn *txn = (kpy_txn *)kpy_txn_begin((kpy_store *)self, true);
    if (txn == NULL) {
        return NULL;
    }
    bool done = kpy_config_in(txn, config) && kpy_txn_commit(txn);
    kpy_txn_abort(txn);
    Py_DECREF(txn);
    return done ? Py_NewRef(Py_None) : NULL;
}

/* ---- the type ---- */

static PyObject *store_get_path(PyObject *self, void *Py_UNUSED(context)) {
    return Py_NewRef(((kpy_store *)self)->path);
}

static PyObject *store_get_closed(PyObject *self, void *Py_UNUSED(context)) {
    return PyBool_FromLong(((kpy_store *)self)->closed);
}

static PyObject *store_repr(PyObject *object) {
    kpy_store *self = (kpy_store *)object;
    return PyUnicode_FromFormat("<kith.Store %R%s>", self->path, self->closed ? ", closed" : "");
}

static PyMethodDef store_methods[] = {
    {"close", store_close, METH_NOARGS,
     PyDoc_STR(
         "close($self)\n--\n\nCloses the store; transactions that still live keep the file open "
         "until they end. Closing twice is fine.")},
    {"__enter__", store_enter, METH_NOARGS, PyDoc_STR("__enter__($self)\n--\n\nThe store itself.")},
    {"__exit__", store_exit, METH_VARARGS,
     PyDoc_STR("__exit__($self, *exception)\n--\n\nCloses the store.")},
    KPY_METHOD(
        "begin", store_begin,
        "begin($self, write=False)\n--\n\nBegins a transaction, to be used in a with statement "
        "or ended by commit() or abort(). A write transaction waits for the writer before it."),
    {"read", store_read, METH_NOARGS,
     PyDoc_STR("read($self)\n--\n\nBegins a read transaction: a snapshot of the store.")},
    {"write", store_write, METH_NOARGS,
     PyDoc_STR("write($self)\n--\n\nBegins a write transaction; a with statement commits it, or "
               "aborts it on an exception.")},
    KPY_METHOD(
        "import_file", kpy_store_import,
        "import_file($self, path, source, *, now, format='auto', key=None, map=None, event=None, "
        "time=None, encoding=None, rejects=None, batch_count=0, settle=True, progress=None, "
        "message_id=None, dates=None)\n--\n\n"
        "Imports CSV, JSON lines or Segment lines and gives a report. A bad row never stops the "
        "others: it is counted, and told to `rejects`, the path of a file or a callable that is "
        "given a dict. `map` is {'column': 'attribute'}, None leaves a column out. `progress` is "
        "called with phase, done, total and rows; return False to stop."),
    KPY_METHOD(
        "import_arrow", kpy_store_import_arrow,
        "import_arrow($self, data, source, *, now, key=None, map=None, event=None, time=None, "
        "rejects=None, batch_count=0, settle=True, progress=None, message_id=None, "
        "dates=None)\n--\n\nImports the rows of a table, as import_file() does those of a CSV "
        "file: of anything with __arrow_c_stream__, such as a DataFrame of pandas or polars, a "
        "table or a reader of pyarrow, a relation of duckdb. Values keep their types; a column of "
        "a type that isn't taken (a list, binary) is kith.Invalid before anything is written, "
        "unless `map` leaves it out. A rejected row is told of by its number."),
    KPY_METHOD(
        "tag_file", kpy_store_tag_file,
        "tag_file($self, path, source, tag, at, *, key=None, remove=False, value=None, "
        "expires=None, confidence=100, origin='manual', by=None, encoding=None, "
        "progress=None)\n--\n\nTags the record of each row of a CSV file, or removes the tag, in "
        "transactions of a bounded size, and gives a report. `key` is the column of keys; else it "
        "is recognised by its name. Rows whose key is unknown are counted."),
    KPY_METHOD(
        "tag_where", kpy_store_tag_where,
        "tag_where($self, where, tag, at, *, now=None, remove=False, dry_run=False, value=None, "
        "expires=None, confidence=100, origin='manual', by=None, any_name=False, json=False, "
        "progress=None)\n--\n\nTags everybody whom a condition means at `now` (else at `at`), or "
        "removes the tag, in transactions of a bounded size, and gives a report. Who has the very "
        "same tag already is left as it is. With `dry_run` nothing is written: the report says "
        "what would be."),
    KPY_METHOD(
        "fit_score", kpy_store_fit_score,
        "fit_score($self, name, now, *, where=None, holdout_days=0, dry_run=False, threads=0, "
        "progress=None, definition=None)\n--\n\nLets a score's model learn from the customers, or "
        "from those whom "
        "`where` means, by what had happened by `now`, and puts what was learnt into a new version "
        "of its definition. Gives a dict of score, version, change ('updated' or 'unchanged'), "
        "customer_count, definition (the whole of it) and fitted, a dict of what was learnt and "
        "how good it is. With `definition`, and None as the name, that model is fitted instead of "
        "one of the store's, and nothing is written. `holdout_days`: "
        "a model that foretells keeps the last days back to be foretold (0: half of the time that "
        "is known). kith.Invalid: it has nothing to learn, or these customers don't tell, and what "
        "would help; what it knew before stays."),
    KPY_METHOD(
        "export", kpy_store_export,
        "export($self, what, format='csv', *, now, write=None)\n--\n\nWrites records, events, "
        "profiles (with their traits, scores and segments) or clusters as csv, jsonl or arrow (the "
        "IPC stream format), in one snapshot. "
        "`write` is a binary file or a callable that is given bytes; without it the bytes are "
        "returned."),
    KPY_METHOD(
        "export_arrow", kpy_store_export_arrow,
        "export_arrow($self, what, *, now)\n--\n\nRecords, events, profiles or clusters as a "
        "table: pyarrow.table(), polars.DataFrame(), duckdb and pandas take it without a detour "
        "over text. A snapshot is taken when they do."),
    KPY_METHOD(
        "settle", kpy_store_settle,
        "settle($self, now, budget=0, progress=None)\n--\n\nRecomputes what is dirty or due, in "
        "transactions of a bounded size, until all is settled or `budget` profiles are."),
    KPY_METHOD(
        "resolve", kpy_store_resolve,
        "resolve($self, now, train=False, threads=0, progress=None, *, model=None)\n--\n\nLinks "
        "records that share no identifier but are likely one customer, and settles. The first "
        "time, or with `train`, it learns a match model of the store's own records; later writes "
        "are compared in the same way. `model`, as Transaction.export_model() of any store gives "
        "it (JSON text, or a dict of it), is put in force as the next version instead; "
        "kith.Invalid says what is wrong with it. `threads`: 0 is one for each processor; the "
        "result is the same."),
    KPY_METHOD(
        "verify", kpy_store_verify,
        "verify($self, now, progress=None)\n--\n\nRebuilds all that is derived and compares. Gives "
        "the list of problems; an empty one means that everything is right. It takes the file's "
        "structure as sound: where damage is likely run kith.check() first."),
    {"stat", store_stat, METH_NOARGS, PyDoc_STR("stat($self)\n--\n\nCounts and sizes, as a dict.")},
    KPY_METHOD(
        "backup", kpy_store_backup,
        "backup($self, path, progress=None)\n--\n\nWrites a compact copy of a snapshot to a new "
        "file while others read and write."),
    KPY_METHOD("evaluate", kpy_store_evaluate,
               "evaluate($self, truth_path, progress=None)\n--\n\nCompares the profiles with a CSV "
               "file of source, key, "
               "entity: pairwise and B-cubed precision and recall, the wrong pairs, and what each "
               "threshold of the match model would find."),
    KPY_METHOD(
        "audit", kpy_store_audit,
        "audit($self, share=0.005, progress=None)\n--\n\nHow good the match model is on this very "
        "data: plants corrupted copies of a share of the records in memory and looks which it "
        "would link to their originals. Writes nothing."),
    {"config", store_config, METH_NOARGS,
     PyDoc_STR("config($self)\n--\n\nThe definitions in force, as a dict.")},
    {"apply_config", store_apply_config, METH_O,
     PyDoc_STR(
         "apply_config($self, config, /)\n--\n\nAdds or overrides definitions, given as a dict or "
         "as JSON text.")},
    {NULL, NULL, 0, NULL},
};

static PyGetSetDef store_properties[] = {
    {"path", store_get_path, NULL, PyDoc_STR("The path it was opened by."), NULL},
    {"closed", store_get_closed, NULL, PyDoc_STR("Whether close() was called."), NULL},
    {NULL, NULL, NULL, NULL, NULL},
};

static PyType_Slot store_slots[] = {
    {Py_tp_doc, (void *)PyDoc_STR("An open store; made by kith.open(). Threads may share it.")},
    {Py_tp_dealloc, store_dealloc},
    {Py_tp_repr, store_repr},
    {Py_tp_methods, store_methods},
    {Py_tp_getset, store_properties},
    {0, NULL},
};

static PyType_Spec store_spec = {
    .name = "kith.Store",
    .basicsize = sizeof(kpy_store),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_DISALLOW_INSTANTIATION | Py_TPFLAGS_IMMUTABLETYPE,
    .slots = store_slots,
};

int kpy_store_init(PyObject *module, kpy_state *state) {
    state->store_type = (PyTypeObject *)PyType_FromModuleAndSpec(module, &store_spec, NULL);
    return state->store_type == NULL ? -1 : PyModule_AddType(module, state->store_type);
}
