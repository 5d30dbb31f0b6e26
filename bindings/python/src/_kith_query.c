/*
 * Queries: what expressions give for one profile, who is meant by one, and how many; and how many
 * have each tag.
 *
 * What must stay true: the core borrows the expressions of a query, so they live as long as it; a
 * transaction is busy while the interpreter's lock may be away.
 */
#include "_kith.h"

typedef struct kpy_query {
    kith_query *handle;
    kpy_txn *txn;    /* borrowed: the iterator, or the call, holds it */
    PyObject *names; /* of the columns: a list, or NULL */
    PyObject *salt;  /* which the options borrow its text from, or NULL */
    kith_query_options options;
    kith_expression *where; /* or NULL */
    kith_expression **columns;
    kpy_work work;
    bool away; /* the lock, in the call at hand */
} kpy_query;

/* ---- one profile ---- */

static PyObject *outcome_out(kpy_state *state, const kith_outcome *outcome) {
    PyObject *dict = PyDict_New();
    if (dict != NULL &&
        (!kpy_set(dict, "value", kpy_value_out(state, &outcome->value)) ||
         !kpy_set(dict, "truth", PyBool_FromLong(outcome->truth)) ||
         !kpy_set(dict, "next_change_at", kpy_time_out(state, outcome->next_change_at_us)))) {
        Py_CLEAR(dict);
    }
    return dict;
}

PyObject *kpy_profile_evaluate(PyObject *object, PyObject *const *args, Py_ssize_t count,
                               PyObject *names) {
    static const char *const parameters[] = {"expression", "now", NULL};
    static const kpy_signature signature = {"evaluate", 2, 3, parameters};
    kpy_profile *self = (kpy_profile *)object;
    kpy_txn *txn = self->txn;
    PyObject *given[2];
    int64_t now_us = 0;
    kith_expression *expression = NULL;
    const kith_profile *view = NULL;
    if (!kpy_args(&signature, args, count, names, given) ||
        !kpy_time_in(txn->state, given[1], &now_us) || (view = kpy_profile_view(self)) == NULL ||
        !kpy_expression_in(txn, given[0], "expression", true, &expression)) {
        return NULL;
    }
    kith_outcome outcome = KITH_OUTCOME_INIT;
    int code = kith_expression_evaluate(expression, view, now_us, &outcome);
    PyObject *made = code == KITH_OK ? outcome_out(txn->state, &outcome)
                                     : kpy_raise_txn(txn->state, txn->handle, code);
    kith_expression_free(expression);
    return made;
}

/* ---- a query's lifetime ---- */

void kpy_query_close(void *query) {
    kpy_query *self = query;
    if (self == NULL) {
        return;
    }
    kith_query_close(self->handle);
    kith_expression_free(self->where);
    for (size_t i = 0; i < self->options.column_count; i++) {
        kith_expression_free(self->columns[i]);
    }
    PyMem_Free(self->columns);
    Py_XDECREF(self->names);
    Py_XDECREF(self->salt);
    PyMem_Free(self);
}

/* Told before each chunk of profiles that is looked through: there the lock goes, and it stays away
 * to the end of the call, so that the steps within a chunk cost no more than they do. It stays
 * where the transaction writes: what other threads drop of it reaches into it. */
static int on_progress(void *context, const kith_progress *progress) {
    kpy_query *self = context;
    if (self->txn->writes) {
        return PyErr_CheckSignals() != 0;
    }
    if (!self->away) {
        self->away = true;
        kpy_work_begin(&self->work);
    }
    return kpy_work_progress(&self->work, progress);
}

static void work_done(kpy_query *self) {
    if (self->away) {
        kpy_work_end(&self->work);
    }
    self->away = false;
    self->txn->busy = false;
}

static kpy_query *query_new(kpy_txn *txn, int64_t now_us) {
    static const kith_query_options none = KITH_QUERY_OPTIONS_INIT;
    kpy_query *self = PyMem_Calloc(1, sizeof *self);
    if (self == NULL) {
        PyErr_NoMemory();
        return NULL;
    }
    self->txn = txn;
    self->options = none;
    self->options.now_us = now_us;
    self->options.progress = on_progress;
    self->options.context = self;
    if (!kpy_work_init(&self->work, txn->state, NULL)) {
        kpy_query_close(self);
        return NULL;
    }
    return self;
}

static bool where_in(kpy_query *self, PyObject *object) {
    bool fine =
        !kpy_given(object) || kpy_expression_in(self->txn, object, "where", false, &self->where);
    self->options.where = self->where;
    return fine;
}

static bool sample_in(kpy_query *self, PyObject *sample, PyObject *salt) {
    uint64_t buckets = 0;
    bool fine = kpy_count(sample, "sample", &buckets) &&
                kpy_text_optional(salt, "salt", &self->options.salt);
    self->options.sample = buckets < UINT32_MAX ? (uint32_t)buckets : UINT32_MAX;
    Py_XINCREF(salt);
    self->salt = salt;
    return fine;
}

/* The names of a dict's columns, and a new tuple of what they ask; without names, of a list's. */
static PyObject *columns_asked(kpy_query *self, PyObject *object) {
    if (PyUnicode_Check(object)) {
        PyErr_SetString(PyExc_TypeError,
                        "columns must be a list of expressions, or a dict of names to them");
        return NULL;
    }
    if (!PyDict_Check(object)) {
        return PySequence_Tuple(object);
    }
    PyObject *values = PyDict_Values(object);
    self->names = values == NULL ? NULL : PyDict_Keys(object);
    PyObject *asked = self->names == NULL ? NULL : PySequence_Tuple(values);
    Py_XDECREF(values);
    return asked;
}

static bool names_fit(const kpy_query *self) {
    const char *name = NULL;
    Py_ssize_t count = self->names == NULL ? 0 : PyList_Size(self->names);
    for (Py_ssize_t i = 0; i < count; i++) {
        if (!kpy_text(PyList_GetItem(self->names, i), "a column's name", &name)) {
            return false;
        }
    }
    return true;
}

static bool each_in(kpy_query *self, PyObject *asked, const char *what) {
    size_t count = (size_t)PyTuple_Size(asked);
    self->columns = PyMem_Calloc(count + 1, sizeof *self->columns);
    if (self->columns == NULL) {
        PyErr_NoMemory();
        return false;
    }
    for (size_t i = 0; i < count; i++) {
        PyObject *one = PyTuple_GetItem(asked, (Py_ssize_t)i);
        if (!kpy_expression_in(self->txn, one, what, true, &self->columns[i])) {
            return false;
        }
        self->options.column_count = i + 1;
    }
    self->options.columns = (const kith_expression *const *)self->columns;
    return true;
}

static bool columns_in(kpy_query *self, PyObject *object) {
    if (!kpy_given(object)) {
        return true;
    }
    PyObject *asked = columns_asked(self, object);
    bool done = asked != NULL && names_fit(self) && each_in(self, asked, "a column");
    Py_XDECREF(asked);
    return done;
}

/* They stand in place of the columns. */
static bool conditions_in(kpy_query *self, PyObject *object) {
    if (PyUnicode_Check(object) || PyDict_Check(object)) {
        PyErr_SetString(PyExc_TypeError, "conditions must be a list of expressions");
        return false;
    }
    PyObject *asked = PySequence_Tuple(object);
    bool done = asked != NULL && each_in(self, asked, "a condition");
    Py_XDECREF(asked);
    return done;
}

static bool query_open(kpy_query *self) {
    if (!kpy_txn_ready(self->txn)) {
        return false;
    }
    int code = kith_query_open(self->txn->handle, &self->options, &self->handle);
    if (code != KITH_OK) {
        kpy_raise_txn(self->txn->state, self->txn->handle, code);
    }
    return code == KITH_OK;
}

enum { QUERY_WHERE, QUERY_COLUMNS, QUERY_NOW, QUERY_LIMIT, QUERY_SAMPLE, QUERY_SALT, QUERY_COUNT };

PyObject *kpy_txn_query(PyObject *object, PyObject *const *args, Py_ssize_t count,
                        PyObject *names) {
    static const char *const parameters[] = {"where",  "columns", "now", "limit",
                                             "sample", "salt",    NULL};
    static const kpy_signature signature = {"query", 2, 1u << QUERY_NOW, parameters};
    kpy_txn *self = (kpy_txn *)object;
    PyObject *given[QUERY_COUNT];
    int64_t now_us = 0;
    uint64_t limit = 0;
    if (!kpy_args(&signature, args, count, names, given) ||
        !kpy_time_in(self->state, given[QUERY_NOW], &now_us) ||
        !kpy_count(given[QUERY_LIMIT], "limit", &limit) || !kpy_txn_ready(self)) {
        return NULL;
    }
    kpy_query *query = query_new(self, now_us);
    if (query == NULL) {
        return NULL;
    }
    query->options.limit = limit;
    if (!sample_in(query, given[QUERY_SAMPLE], given[QUERY_SALT]) ||
        !where_in(query, given[QUERY_WHERE]) || !columns_in(query, given[QUERY_COLUMNS]) ||
        !query_open(query)) {
        kpy_query_close(query);
        return NULL;
    }
    return kpy_iter_new(self, KPY_ITER_QUERY, query, now_us);
}

/* ---- as a table ---- */

/* Columns without names are called as they are written. */
static bool column_names(const kpy_query *self, const char **out) {
    for (size_t i = 0; self->names != NULL && i < self->options.column_count; i++) {
        if (!kpy_text(PyList_GetItem(self->names, (Py_ssize_t)i), "a column's name", &out[i])) {
            return false;
        }
    }
    return true;
}

bool kpy_query_open_stream(void *query, struct ArrowArrayStream *out) {
    kpy_query *self = query;
    kith_query_options options = self->options;
    const char **names = PyMem_Calloc(options.column_count + 1, sizeof *names);
    options.progress = NULL;
    options.context = NULL;
    if (names == NULL) {
        PyErr_NoMemory();
        return false;
    }
    bool done = column_names(self, names);
    if (done) {
        int code = kith_query_arrow(self->txn->handle, &options, names, out);
        done = code == KITH_OK;
        if (!done) {
            kpy_raise_txn(self->txn->state, self->txn->handle, code);
        }
    }
    PyMem_Free(names);
    return done;
}

/* ---- its rows ---- */

static PyObject *values_tuple(const kpy_query *self, const kith_value *values) {
    Py_ssize_t count = (Py_ssize_t)self->options.column_count;
    PyObject *tuple = PyTuple_New(count);
    for (Py_ssize_t i = 0; tuple != NULL && i < count; i++) {
        PyObject *value = kpy_value_out(self->txn->state, &values[i]);
        if (value == NULL || PyTuple_SetItem(tuple, i, value) != 0) {
            Py_CLEAR(tuple);
        }
    }
    return tuple;
}

static PyObject *values_dict(const kpy_query *self, const kith_value *values) {
    PyObject *dict = PyDict_New();
    for (size_t i = 0; dict != NULL && i < self->options.column_count; i++) {
        PyObject *value = kpy_value_out(self->txn->state, &values[i]);
        PyObject *name = PyList_GetItem(self->names, (Py_ssize_t)i);
        if (value == NULL || name == NULL || PyDict_SetItem(dict, name, value) != 0) {
            Py_CLEAR(dict);
        }
        Py_XDECREF(value);
    }
    return dict;
}

static PyObject *row_out(const kpy_query *self, const kith_query_row *row) {
    PyObject *dict = PyDict_New();
    if (dict != NULL && (!kpy_set(dict, "id", kpy_id_out(&row->id)) ||
                         !kpy_set(dict, "number", PyLong_FromUnsignedLong(row->number)) ||
                         !kpy_set(dict, "values",
                                  self->names == NULL ? values_tuple(self, row->values)
                                                      : values_dict(self, row->values)))) {
        Py_CLEAR(dict);
    }
    return dict;
}

int kpy_query_next(kpy_iter *iter, PyObject **out) {
    kpy_query *self = iter->handle;
    kith_query_row row = KITH_QUERY_ROW_INIT;
    self->txn->busy = true;
    int code = kith_query_next(self->handle, &row);
    work_done(self);
    if (code == KITH_OK) {
        *out = row_out(self, &row);
    }
    return code;
}

/* ---- how many ---- */

static PyObject *count_out(kpy_query *self) {
    kpy_txn *txn = self->txn;
    if (!kpy_txn_ready(txn)) {
        return NULL;
    }
    uint64_t found = 0;
    txn->busy = true;
    int code = kith_query_count(txn->handle, &self->options, &found);
    work_done(self);
    if (PyErr_Occurred() != NULL) { /* a signal stopped it */
        return NULL;
    }
    return code == KITH_OK ? PyLong_FromUnsignedLongLong(found)
                           : kpy_raise_txn(txn->state, txn->handle, code);
}

PyObject *kpy_txn_count(PyObject *object, PyObject *const *args, Py_ssize_t count,
                        PyObject *names) {
    static const char *const parameters[] = {"where", "now", "sample", "salt", NULL};
    static const kpy_signature signature = {"count", 2, 3, parameters};
    kpy_txn *self = (kpy_txn *)object;
    PyObject *given[4];
    int64_t now_us = 0;
    if (!kpy_args(&signature, args, count, names, given) ||
        !kpy_time_in(self->state, given[1], &now_us) || !kpy_txn_ready(self)) {
        return NULL;
    }
    kpy_query *query = query_new(self, now_us);
    if (query == NULL) {
        return NULL;
    }
    bool asked = sample_in(query, given[2], given[3]) && where_in(query, given[0]);
    PyObject *made = asked ? count_out(query) : NULL;
    kpy_query_close(query);
    return made;
}

/* ---- of each two ---- */

static PyObject *matrix_out(const uint64_t *counts, size_t size) {
    PyObject *rows = PyList_New(0);
    for (size_t a = 0; rows != NULL && a < size; a++) {
        PyObject *row = PyList_New(0);
        for (size_t b = 0; row != NULL && b < size; b++) {
            PyObject *count = PyLong_FromUnsignedLongLong(counts[a * size + b]);
            if (count == NULL || PyList_Append(row, count) != 0) {
                Py_CLEAR(row);
            }
            Py_XDECREF(count);
        }
        if (row == NULL || PyList_Append(rows, row) != 0) {
            Py_CLEAR(rows);
        }
        Py_XDECREF(row);
    }
    return rows;
}

static PyObject *overlap_out(kpy_query *self) {
    kpy_txn *txn = self->txn;
    kith_overlap_options options = KITH_OVERLAP_OPTIONS_INIT;
    uint64_t counts[KITH_OVERLAP_MAX * KITH_OVERLAP_MAX];
    options.now_us = self->options.now_us;
    options.conditions = self->options.columns;
    options.condition_count = self->options.column_count;
    options.progress = self->options.progress;
    options.context = self->options.context;
    if (!kpy_txn_ready(txn)) {
        return NULL;
    }
    txn->busy = true;
    int code = kith_query_overlap(txn->handle, &options, counts);
    work_done(self);
    if (PyErr_Occurred() != NULL) { /* a signal stopped it */
        return NULL;
    }
    return code == KITH_OK ? matrix_out(counts, options.condition_count)
                           : kpy_raise_txn(txn->state, txn->handle, code);
}

PyObject *kpy_txn_overlap(PyObject *object, PyObject *const *args, Py_ssize_t count,
                          PyObject *names) {
    static const char *const parameters[] = {"conditions", "now", NULL};
    static const kpy_signature signature = {"overlap", 2, 3, parameters};
    kpy_txn *self = (kpy_txn *)object;
    PyObject *given[2];
    int64_t now_us = 0;
    if (!kpy_args(&signature, args, count, names, given) ||
        !kpy_time_in(self->state, given[1], &now_us) || !kpy_txn_ready(self)) {
        return NULL;
    }
    kpy_query *query = query_new(self, now_us);
    PyObject *made = query != NULL && conditions_in(query, given[0]) ? overlap_out(query) : NULL;
    kpy_query_close(query);
    return made;
}

/* ---- tags ---- */

static PyObject *tag_counts_out(kith_tag_counts *counts) {
    kith_tag_count count = KITH_TAG_COUNT_INIT;
    PyObject *dict = PyDict_New();
    while (dict != NULL && kith_tag_counts_next(counts, &count) == KITH_OK) {
        if (!kpy_set(dict, count.name, PyLong_FromUnsignedLongLong(count.profile_count))) {
            Py_CLEAR(dict);
        }
    }
    return dict;
}

PyObject *kpy_txn_tag_counts(PyObject *object, PyObject *const *args, Py_ssize_t count,
                             PyObject *names) {
    static const char *const parameters[] = {"now", NULL};
    static const kpy_signature signature = {"tag_counts", 1, 1, parameters};
    kpy_txn *self = (kpy_txn *)object;
    PyObject *given[1];
    int64_t now_us = 0;
    kith_tag_counts *counts = NULL;
    if (!kpy_args(&signature, args, count, names, given) ||
        !kpy_time_in(self->state, given[0], &now_us) || !kpy_txn_ready(self)) {
        return NULL;
    }
    int code;
    self->busy = true;
    Py_BEGIN_ALLOW_THREADS code = kith_tag_counts_open(self->handle, now_us, &counts);
    Py_END_ALLOW_THREADS self->busy = false;
    if (code != KITH_OK) {
        return kpy_raise_txn(self->state, self->handle, code);
    }
    PyObject *made = tag_counts_out(counts);
    kith_tag_counts_close(counts);
    return made;
}
