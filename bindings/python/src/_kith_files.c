/*
 * Files and tables in, and files out: Store.import_file, import_arrow and export.
 */
#include "_kith.h"

#include <string.h>

/* In the order of kith_format, past KITH_FORMAT_AUTO. */
static const char *const format_words[] = {"auto", "csv", "jsonl", "segment", NULL};

/* ---- import ---- */

/* Those that a table has no use for come last. */
enum {
    IMPORT_FROM, /* a path or a table */
    IMPORT_SOURCE,
    IMPORT_NOW,
    IMPORT_KEY,
    IMPORT_MAP,
    IMPORT_EVENT,
    IMPORT_TIME,
    IMPORT_REJECTS,
    IMPORT_BATCH_COUNT,
    IMPORT_SETTLE,
    IMPORT_PROGRESS,
    IMPORT_MESSAGE_ID,
    IMPORT_DATES,
    IMPORT_FORMAT,
    IMPORT_ENCODING,
    IMPORT_COUNT
};

#define IMPORT_REQUIRED (1u << IMPORT_FROM | 1u << IMPORT_SOURCE | 1u << IMPORT_NOW)
#define IMPORT_PARAMETERS                                                                          \
    "source", "now", "key", "map", "event", "time", "rejects", "batch_count", "settle",            \
        "progress", "message_id", "dates"

/* What the options borrow from. */
typedef struct import_call {
    kith_import_options options;
    kpy_work work;
    PyObject *from;                  /* the path as bytes, or a capsule with the stream */
    struct ArrowArrayStream *stream; /* NULL: a file is read */
    PyObject *rejects;               /* bytes, or NULL */
    PyObject *map;                   /* str, or NULL */
} import_call;

static PyObject *reject_out(const kith_reject *reject) {
    PyObject *dict = PyDict_New();
    const char *reason = kith_reject_reason_name(reject->reason);
    if (dict != NULL &&
        (!kpy_set(dict, "line", PyLong_FromUnsignedLongLong(reject->line)) ||
         !kpy_set(dict, "reason", kpy_text_out(reason)) ||
         !kpy_set(dict, "detail", kpy_message_out(reject->detail, strlen(reject->detail))) ||
         !kpy_set(dict, "text", kpy_message_out(reject->text, reject->text_bytes)))) {
        Py_CLEAR(dict);
    }
    return dict;
}

static int note_reject(void *context, const kith_reject *reject) {
    kpy_work *work = context;
    kpy_work_end(work);
    int stop = 1;
    if (PyErr_Occurred() == NULL) {
        PyObject *told = reject_out(reject);
        PyObject *answer =
            told == NULL ? NULL : PyObject_CallFunctionObjArgs(work->reject, told, NULL);
        stop = answer == NULL || Py_IsFalse(answer);
        Py_XDECREF(told);
        Py_XDECREF(answer);
    }
    kpy_work_begin(work);
    return stop;
}

/* Names in a map can't hold its separators. */
static bool plain_name(PyObject *name) {
    if (!PyUnicode_Check(name)) {
        PyErr_Format(PyExc_TypeError, "map holds names as str, not %R", name);
        return false;
    }
    Py_ssize_t size = PyUnicode_GetLength(name);
    if (PyUnicode_FindChar(name, ',', 0, size, 1) >= 0 ||
        PyUnicode_FindChar(name, '=', 0, size, 1) >= 0) {
        PyErr_Format(PyExc_ValueError, "%R in map holds a comma or an equals sign", name);
        return false;
    }
    return true;
}

/* One "column=attribute"; None as attribute leaves the column out. */
static PyObject *map_entry(PyObject *item) {
    PyObject *column = PyTuple_GetItem(item, 0);
    PyObject *attribute = column == NULL ? NULL : PyTuple_GetItem(item, 1);
    if (attribute == NULL || !plain_name(column)) {
        return NULL;
    }
    if (Py_IsNone(attribute)) {
        return PyUnicode_FromFormat("%U=", column);
    }
    return plain_name(attribute) ? PyUnicode_FromFormat("%U=%U", column, attribute) : NULL;
}

static PyObject *map_text(PyObject *map) {
    if (PyUnicode_Check(map)) {
        return Py_NewRef(map);
    }
    if (!PyObject_HasAttrString(map, "items")) {
        PyErr_Format(PyExc_TypeError, "map is a str or a mapping of str to str or None, not %R",
                     map);
        return NULL;
    }
    PyObject *items = PyMapping_Items(map);
    PyObject *entries = PyList_New(0);
    PyObject *comma = PyUnicode_FromString(",");
    PyObject *text = NULL;
    bool fine = items != NULL && entries != NULL && comma != NULL;
    for (Py_ssize_t i = 0; fine && i < PyList_Size(items); i++) {
        fine = kpy_append(entries, map_entry(PyList_GetItem(items, i)));
    }
    if (fine) {
        text = PyUnicode_Join(comma, entries);
    }
    Py_XDECREF(comma);
    Py_XDECREF(entries);
    Py_XDECREF(items);
    return text;
}

static bool import_rejects(import_call *call, PyObject *rejects) {
    if (!kpy_given(rejects)) {
        return true;
    }
    if (PyCallable_Check(rejects)) {
        call->work.reject = rejects;
        call->options.reject = note_reject;
        return true;
    }
    if (!PyUnicode_FSConverter(rejects, &call->rejects)) {
        return false;
    }
    call->options.rejects_path = PyBytes_AsString(call->rejects);
    return true;
}

static bool import_texts(import_call *call, PyObject *const *given) {
    kith_import_options *options = &call->options;
    if (kpy_given(given[IMPORT_MAP])) {
        call->map = map_text(given[IMPORT_MAP]);
        if (call->map == NULL || !kpy_text(call->map, "map", &options->map)) {
            return false;
        }
    }
    return kpy_text(given[IMPORT_SOURCE], "source", &options->source) &&
           kpy_text_optional(given[IMPORT_KEY], "key", &options->key_column) &&
           kpy_text_optional(given[IMPORT_EVENT], "event", &options->event_type) &&
           kpy_text_optional(given[IMPORT_TIME], "time", &options->time_column) &&
           kpy_text_optional(given[IMPORT_MESSAGE_ID], "message_id", &options->message_id_column) &&
           kpy_text_optional(given[IMPORT_DATES], "dates", &options->dates) &&
           kpy_text_optional(given[IMPORT_ENCODING], "encoding", &options->encoding);
}

static bool import_numbers(import_call *call, PyObject *const *given) {
    kith_import_options *options = &call->options;
    uint64_t batch_count = 0;
    int format = KITH_FORMAT_AUTO;
    if (!kpy_time_in(call->work.state, given[IMPORT_NOW], &options->now_us) ||
        !kpy_count(given[IMPORT_BATCH_COUNT], "batch_count", &batch_count) ||
        !kpy_flag(given[IMPORT_SETTLE], true, &options->settle) ||
        (kpy_given(given[IMPORT_FORMAT]) &&
         !kpy_word(given[IMPORT_FORMAT], "format", format_words, &format))) {
        return false;
    }
    if (batch_count > UINT32_MAX) {
        PyErr_SetString(PyExc_ValueError, "batch_count must be below 2**32");
        return false;
    }
    options->batch_count = (uint32_t)batch_count;
    options->format = (kith_format)format;
    return true;
}

static bool import_call_init(import_call *call, kpy_state *state, PyObject *const *given) {
    const kith_import_options empty = KITH_IMPORT_OPTIONS_INIT;
    call->options = empty;
    if (!kpy_work_init(&call->work, state, given[IMPORT_PROGRESS])) {
        return false;
    }
    call->options.progress = kpy_work_progress;
    call->options.context = &call->work;
    return import_texts(call, given) && import_numbers(call, given) &&
           import_rejects(call, given[IMPORT_REJECTS]);
}

static PyObject *reasons_out(const kith_import_report *report) {
    PyObject *dict = PyDict_New();
    for (size_t i = 0; dict != NULL && i < report->reason_count; i++) {
        if (!kpy_set(dict, kith_reject_reason_name((kith_reject_reason)i),
                     PyLong_FromUnsignedLongLong(report->rejected_by_reason[i]))) {
            Py_CLEAR(dict);
        }
    }
    return dict;
}

static PyObject *columns_out(const kith_import_report *report) {
    PyObject *dict = PyDict_New();
    for (size_t i = 0; dict != NULL && i < report->column_count; i++) {
        if (!kpy_set(dict, report->columns[i], kpy_text_out(report->attributes[i]))) {
            Py_CLEAR(dict);
        }
    }
    return dict;
}

static PyObject *facts_out(const kith_fact_counts *facts) {
    PyObject *dict = PyDict_New();
    if (dict != NULL &&
        (!kpy_set(dict, "added", PyLong_FromUnsignedLongLong(facts->added)) ||
         !kpy_set(dict, "updated", PyLong_FromUnsignedLongLong(facts->updated)) ||
         !kpy_set(dict, "unchanged", PyLong_FromUnsignedLongLong(facts->unchanged)) ||
         !kpy_set(dict, "ignored", PyLong_FromUnsignedLongLong(facts->ignored)))) {
        Py_CLEAR(dict);
    }
    return dict;
}

static PyObject *non_number_out(const kith_non_number *column) {
    PyObject *dict = PyDict_New();
    if (dict != NULL &&
        (!kpy_set(dict, "column", kpy_text_out(column->column)) ||
         !kpy_set(dict, "value_count", PyLong_FromUnsignedLongLong(column->value_count)) ||
         !kpy_set(dict, "first_line", PyLong_FromUnsignedLongLong(column->first_line)))) {
        Py_CLEAR(dict);
    }
    return dict;
}

static PyObject *non_numbers_out(const kith_import_report *report) {
    PyObject *list = PyList_New(0);
    for (size_t i = 0; list != NULL && i < report->non_number_count; i++) {
        if (!kpy_append(list, non_number_out(report->non_numbers[i]))) {
            Py_CLEAR(list);
        }
    }
    return list;
}

static PyObject *mixed_date_out(const kith_mixed_dates *dates) {
    PyObject *dict = PyDict_New();
    if (dict != NULL &&
        (!kpy_set(dict, "column", kpy_text_out(dates->column)) ||
         !kpy_set(dict, "month_first", PyBool_FromLong(dates->month_first)) ||
         !kpy_set(dict, "either_count", PyLong_FromUnsignedLongLong(dates->either_count)) ||
         !kpy_set(dict, "first_either_line",
                  PyLong_FromUnsignedLongLong(dates->first_either_line)) ||
         !kpy_set(dict, "other_count", PyLong_FromUnsignedLongLong(dates->other_count)) ||
         !kpy_set(dict, "first_other_line",
                  PyLong_FromUnsignedLongLong(dates->first_other_line)))) {
        Py_CLEAR(dict);
    }
    return dict;
}

static PyObject *mixed_dates_out(const kith_import_report *report) {
    PyObject *list = PyList_New(0);
    for (size_t i = 0; list != NULL && i < report->mixed_date_count; i++) {
        if (!kpy_append(list, mixed_date_out(report->mixed_dates[i]))) {
            Py_CLEAR(list);
        }
    }
    return list;
}

static PyObject *generic_value_out(const kith_generic_value *value) {
    PyObject *dict = PyDict_New();
    if (dict != NULL &&
        (!kpy_set(dict, "type", kpy_text_out(value->type)) ||
         !kpy_set(dict, "value", kpy_text_out(value->value)) ||
         !kpy_set(dict, "record_count", PyLong_FromUnsignedLongLong(value->record_count)))) {
        Py_CLEAR(dict);
    }
    return dict;
}

static PyObject *generic_values_out(const kith_import_report *report) {
    PyObject *list = PyList_New(0);
    for (size_t i = 0; list != NULL && i < report->generic_value_count; i++) {
        if (!kpy_append(list, generic_value_out(report->generic_values[i]))) {
            Py_CLEAR(list);
        }
    }
    return list;
}

static PyObject *report_out(const kith_import_report *report) {
    const kpy_named_count counts[] = {
        {"row_count", report->row_count},
        {"added_count", report->added_count},
        {"updated_count", report->updated_count},
        {"unchanged_count", report->unchanged_count},
        {"ignored_count", report->ignored_count},
        {"rejected_count", report->rejected_count},
        {"invalid_value_count", report->invalid_value_count},
        {"settled_count", report->settled_count},
        {"future_row_count", report->future_row_count},
        {"first_future_line", report->first_future_line},
        {"source_value_count", report->source_value_count},
        {"unmapped_value_count", report->unmapped_value_count},
        {"tied_count", report->tied_count},
        {"first_tied_line", report->first_tied_line},
        {"generic_count", report->generic_count},
    };
    PyObject *dict = kpy_counts_out(counts, sizeof counts / sizeof counts[0]);
    bool fine = dict != NULL && kpy_set(dict, "rejected_by_reason", reasons_out(report)) &&
                kpy_set(dict, "format", kpy_text_out(report->format)) &&
                kpy_set(dict, "encoding", kpy_text_out(report->encoding)) &&
                kpy_set(dict, "key", kpy_text_out(report->key)) &&
                kpy_set(dict, "columns", columns_out(report)) &&
                kpy_set(dict, "records", facts_out(&report->records)) &&
                kpy_set(dict, "events", facts_out(&report->events)) &&
                kpy_set(dict, "links", facts_out(&report->links)) &&
                kpy_set(dict, "non_numbers", non_numbers_out(report)) &&
                kpy_set(dict, "mixed_dates", mixed_dates_out(report)) &&
                kpy_set(dict, "generic_values", generic_values_out(report)) &&
                kpy_set(dict, "source_column", kpy_text_out(report->source_column)) &&
                kpy_set(dict, "wrong_option", kpy_text_out(report->wrong_option));
    if (!fine) {
        Py_CLEAR(dict);
    }
    return dict;
}

PyObject *kpy_raise_reported(kpy_state *state, int code, const kith_error *error,
                             PyObject *report) {
    kpy_raise(state, code, error);
    if (report == NULL) {
        return NULL;
    }
    PyObject *type = NULL;
    PyObject *value = NULL;
    PyObject *traceback = NULL;
    PyErr_Fetch(&type, &value, &traceback);
    PyErr_NormalizeException(&type, &value, &traceback);
    if (PyObject_SetAttrString(value, "report", report) < 0) {
        PyErr_Clear();
    }
    Py_DECREF(report);
    PyErr_Restore(type, value, traceback);
    return NULL;
}

/* What was committed before a stop or a failure, or the option to mend. */
static PyObject *raise_failed(kpy_state *state, int code, const kith_error *error,
                              const kith_import_report *report) {
    PyObject *told = report != NULL ? report_out(report) : NULL;
    if (PyErr_Occurred() != NULL) {
        PyErr_Clear(); /* the failure itself is the one to tell */
    }
    return kpy_raise_reported(state, code, error, told);
}

static PyObject *import_run(kpy_store *self, import_call *call) {
    kith *handle = kpy_store_enter_to_write(self);
    if (handle == NULL) {
        return NULL;
    }
    const char *path = call->stream == NULL ? PyBytes_AsString(call->from) : NULL;
    kith_import_report *report = NULL;
    kith_error error = KITH_ERROR_INIT;
    kpy_store_writing_begin(self, &call->work);
    kpy_work_begin(&call->work);
    int code = call->stream == NULL
                   ? kith_import(handle, path, &call->options, &report, &error)
                   : kith_import_arrow(handle, call->stream, &call->options, &report, &error);
    kpy_work_end(&call->work);
    kpy_store_writing_end(self, &call->work);
    kpy_store_leave(self);
    PyObject *made = NULL;
    if (PyErr_Occurred() == NULL) {
        made =
            code == KITH_OK ? report_out(report) : raise_failed(self->state, code, &error, report);
    }
    kith_import_report_free(report);
    return made;
}

/* Once it is said what is imported. */
static PyObject *import_from(kpy_store *self, import_call *call, PyObject *const *given) {
    PyObject *made = NULL;
    if (import_call_init(call, self->state, given)) {
        made = import_run(self, call);
    }
    Py_XDECREF(call->from);
    Py_XDECREF(call->rejects);
    Py_XDECREF(call->map);
    return made;
}

PyObject *kpy_store_import(PyObject *object, PyObject *const *args, Py_ssize_t count,
                           PyObject *names) {
    static const char *const parameters[] = {"path", IMPORT_PARAMETERS, "format", "encoding", NULL};
    static const kpy_signature signature = {"import_file", 2, IMPORT_REQUIRED, parameters};
    PyObject *given[IMPORT_COUNT];
    import_call call = {.stream = NULL};
    if (!kpy_args(&signature, args, count, names, given) ||
        !PyUnicode_FSConverter(given[IMPORT_FROM], &call.from)) {
        return NULL;
    }
    return import_from((kpy_store *)object, &call, given);
}

PyObject *kpy_store_import_arrow(PyObject *object, PyObject *const *args, Py_ssize_t count,
                                 PyObject *names) {
    static const char *const parameters[] = {"data", IMPORT_PARAMETERS, NULL};
    static const kpy_signature signature = {"import_arrow", 2, IMPORT_REQUIRED, parameters};
    PyObject *given[IMPORT_COUNT] = {NULL};
    import_call call = {.stream = NULL};
    if (!kpy_args(&signature, args, count, names, given)) {
        return NULL;
    }
    call.stream = kpy_stream_in(given[IMPORT_FROM], &call.from);
    return call.stream != NULL ? import_from((kpy_store *)object, &call, given) : NULL;
}

/* ---- export ---- */

static int write_bytes(void *context, const char *data, size_t bytes) {
    kpy_work *work = context;
    kpy_work_end(work);
    int stop = 1;
    if (PyErr_Occurred() == NULL && PyErr_CheckSignals() == 0) {
        PyObject *written = PyObject_CallFunction(work->write, "y#", data, (Py_ssize_t)bytes);
        stop = written == NULL;
        Py_XDECREF(written);
    }
    kpy_work_begin(work);
    return stop;
}

/* A function that takes bytes: the object itself, or its write method. */
static PyObject *writer_of(PyObject *object) {
    if (PyObject_HasAttrString(object, "write")) {
        return PyObject_GetAttrString(object, "write");
    }
    if (PyCallable_Check(object)) {
        return Py_NewRef(object);
    }
    PyErr_Format(PyExc_TypeError, "write must be a binary file or a callable, not %R", object);
    return NULL;
}

static bool export_run(kpy_store *self, kpy_work *work, int what, int format, int64_t now_us) {
    kith *handle = kpy_store_enter(self);
    if (handle == NULL) {
        return false;
    }
    kith_error error = KITH_ERROR_INIT;
    kpy_work_begin(work);
    int code = kith_export(handle, (kith_export_what)what, (kith_format)format, now_us, write_bytes,
                           work, &error);
    kpy_work_end(work);
    kpy_store_leave(self);
    if (PyErr_Occurred() == NULL && code != KITH_OK) {
        kpy_raise(self->state, code, &error);
    }
    return PyErr_Occurred() == NULL;
}

/* Into memory: the chunks are kept in a list and joined. */
static PyObject *export_bytes(kpy_store *self, kpy_work *work, int what, int format,
                              int64_t now_us) {
    PyObject *chunks = PyList_New(0);
    PyObject *empty = PyBytes_FromStringAndSize(NULL, 0);
    PyObject *made = NULL;
    if (chunks != NULL && empty != NULL) {
        work->write = PyObject_GetAttrString(chunks, "append");
        if (work->write != NULL && export_run(self, work, what, format, now_us)) {
            made = PyObject_CallMethod(empty, "join", "O", chunks);
        }
    }
    Py_XDECREF(empty);
    Py_XDECREF(chunks);
    return made;
}

PyObject *kpy_store_export(PyObject *object, PyObject *const *args, Py_ssize_t count,
                           PyObject *names) {
    static const char *const parameters[] = {"what", "format", "now", "write", NULL};
    static const kpy_signature signature = {"export", 2, 1u | 4u, parameters};
    static const char *const whats[] = {"records", "events", "profiles", "clusters", NULL};
    static const char *const formats[] = {"csv", "jsonl", "arrow", NULL};
    static const kith_format codes[] = {KITH_FORMAT_CSV, KITH_FORMAT_JSONL, KITH_FORMAT_ARROW};
    kpy_store *self = (kpy_store *)object;
    PyObject *given[4];
    int what = 0;
    int format = 0;
    int64_t now_us = 0;
    kpy_work work;
    if (!kpy_args(&signature, args, count, names, given) ||
        !kpy_word(given[0], "what", whats, &what) ||
        (given[1] != NULL && !kpy_word(given[1], "format", formats, &format)) ||
        !kpy_time_in(self->state, given[2], &now_us) || !kpy_work_init(&work, self->state, NULL)) {
        return NULL;
    }
    what += KITH_EXPORT_RECORDS;
    format = (int)codes[format];
    PyObject *made = NULL;
    if (!kpy_given(given[3])) {
        made = export_bytes(self, &work, what, format, now_us);
    } else {
        work.write = writer_of(given[3]);
        if (work.write != NULL && export_run(self, &work, what, format, now_us)) {
            made = Py_NewRef(Py_None);
        }
    }
    Py_XDECREF(work.write);
    return made;
}
