/*
 * Long work without the interpreter's lock: settle, resolve, verify, check, backup. Callbacks take
 * the lock back for as long as they run. An exception in a callback, a signal's included, stops the
 * work and is what the caller gets.
 */
#include "_kith.h"

#include <string.h>

/* ---- the lock and the callbacks ---- */

bool kpy_work_init(kpy_work *work, kpy_state *state, PyObject *progress) {
    memset(work, 0, sizeof *work);
    work->state = state;
    if (!kpy_given(progress)) {
        return true;
    }
    if (!PyCallable_Check(progress)) {
        PyErr_Format(PyExc_TypeError, "progress must be callable, not %R", progress);
        return false;
    }
    work->progress = progress;
    return true;
}

void kpy_work_begin(kpy_work *work) {
    work->thread = PyEval_SaveThread();
}

void kpy_work_end(kpy_work *work) {
    PyEval_RestoreThread(work->thread);
}

static int report(kpy_work *work, const char *phase, uint64_t done, uint64_t total, uint64_t rows) {
    if (PyErr_Occurred() != NULL || PyErr_CheckSignals() != 0) {
        return 1;
    }
    if (work->progress == NULL) {
        return 0;
    }
    PyObject *answer =
        PyObject_CallFunction(work->progress, "sKKK", phase, (unsigned long long)done,
                              (unsigned long long)total, (unsigned long long)rows);
    int stop = answer == NULL || Py_IsFalse(answer);
    Py_XDECREF(answer);
    return stop;
}

int kpy_work_progress(void *context, const kith_progress *progress) {
    kpy_work *work = context;
    kpy_work_end(work);
    int stop = report(work, progress->phase, progress->done, progress->total, progress->rows);
    kpy_work_begin(work);
    return stop;
}

static int look_for_signals(void *Py_UNUSED(context), const kith_progress *Py_UNUSED(progress)) {
    return PyErr_CheckSignals() != 0;
}

kith_progress_fn kpy_txn_work_begin(kpy_txn *self, kpy_work *work) {
    self->busy = true;
    if (self->writes) {
        return look_for_signals;
    }
    kpy_work_begin(work);
    return kpy_work_progress;
}

void kpy_txn_work_end(kpy_txn *self, kpy_work *work) {
    if (!self->writes) {
        kpy_work_end(work);
    }
    self->busy = false;
}

/* Can't stop the work; a failure here is found by the next report of progress, or at the end. */
static void note_problem(void *context, const char *problem) {
    kpy_work *work = context;
    kpy_work_end(work);
    if (PyErr_Occurred() == NULL) {
        (void)kpy_append(work->problems, kpy_message_out(problem, strlen(problem)));
    }
    kpy_work_begin(work);
}

/* ---- settle ---- */

PyObject *kpy_settle_result_out(const kith_settle_result *result) {
    return Py_BuildValue("{sKsKsK}", "settled_count", (unsigned long long)result->settled_count,
                         "packed_count", (unsigned long long)result->packed_count,
                         "remaining_count", (unsigned long long)result->remaining_count);
}

PyObject *kpy_store_settle(PyObject *object, PyObject *const *args, Py_ssize_t count,
                           PyObject *names) {
    static const char *const parameters[] = {"now", "budget", "progress", NULL};
    static const kpy_signature signature = {"settle", 3, 1, parameters};
    kpy_store *self = (kpy_store *)object;
    PyObject *given[3];
    int64_t now_us = 0;
    uint64_t budget = 0;
    kpy_work work;
    if (!kpy_args(&signature, args, count, names, given) ||
        !kpy_time_in(self->state, given[0], &now_us) || !kpy_count(given[1], "budget", &budget) ||
        !kpy_work_init(&work, self->state, given[2])) {
        return NULL;
    }
    kith *handle = kpy_store_enter_to_write(self);
    if (handle == NULL) {
        return NULL;
    }
    kith_settle_result sum = KITH_SETTLE_RESULT_INIT;
    kith_error error = KITH_ERROR_INIT;
    kpy_work_begin(&work);
    int code = kith_settle_all(handle, now_us, budget, kpy_work_progress, &work, &sum, &error);
    kpy_work_end(&work);
    kpy_store_leave(self);
    if (PyErr_Occurred() != NULL) {
        return NULL;
    }
    return code == KITH_OK ? kpy_settle_result_out(&sum) : kpy_raise(self->state, code, &error);
}

/* ---- resolve ---- */

static PyObject *resolve_result_out(const kith_resolve_result *result) {
    const kpy_named_count counts[] = {
        {"record_count", result->record_count},
        {"compared_count", result->compared_count},
        {"scored_count", result->scored_count},
        {"model_version", result->model_version},
    };
    PyObject *dict = kpy_counts_out(counts, sizeof counts / sizeof counts[0]);
    if (dict != NULL && (!kpy_set(dict, "trained", PyBool_FromLong(result->trained)) ||
                         !kpy_set(dict, "settled", kpy_settle_result_out(&result->settled)))) {
        Py_CLEAR(dict);
    }
    return dict;
}

static PyObject *resolve_run(kpy_store *self, const kith_resolve_options *options, kpy_work *work) {
    kith *handle = kpy_store_enter_to_write(self);
    if (handle == NULL) {
        return NULL;
    }
    kith_resolve_result result = KITH_RESOLVE_RESULT_INIT;
    kith_error error = KITH_ERROR_INIT;
    kpy_store_writing_begin(self, work);
    kpy_work_begin(work);
    int code = kith_resolve(handle, options, &result, &error);
    kpy_work_end(work);
    kpy_store_writing_end(self, work);
    kpy_store_leave(self);
    if (PyErr_Occurred() != NULL) {
        return NULL;
    }
    return code == KITH_OK ? resolve_result_out(&result) : kpy_raise(self->state, code, &error);
}

bool kpy_threads(PyObject *object, unsigned *out) {
    uint64_t threads = 0;
    if (!kpy_count(object, "threads", &threads)) {
        return false;
    }
    if (threads > UINT16_MAX) {
        PyErr_Format(PyExc_ValueError, "threads must be between 0 and %d", UINT16_MAX);
        return false;
    }
    *out = (unsigned)threads;
    return true;
}

/* Text of a model where one is given; `out_kept` keeps it alive. */
static bool model_in(PyObject *object, PyObject **out_kept, const char **out) {
    if (!kpy_given(object)) {
        return true;
    }
    *out_kept = kpy_json_text(object, "model");
    return *out_kept != NULL && kpy_text(*out_kept, "model", out);
}

PyObject *kpy_store_resolve(PyObject *object, PyObject *const *args, Py_ssize_t count,
                            PyObject *names) {
    static const char *const parameters[] = {"now", "train", "threads", "progress", "model", NULL};
    static const kpy_signature signature = {"resolve", 4, 1, parameters};
    kpy_store *self = (kpy_store *)object;
    PyObject *given[5];
    PyObject *model = NULL;
    PyObject *made = NULL;
    kpy_work work;
    kith_resolve_options options = KITH_RESOLVE_OPTIONS_INIT;
    if (kpy_args(&signature, args, count, names, given) &&
        kpy_time_in(self->state, given[0], &options.now_us) &&
        kpy_flag(given[1], false, &options.train) && kpy_threads(given[2], &options.threads) &&
        kpy_work_init(&work, self->state, given[3]) && model_in(given[4], &model, &options.model)) {
        options.progress = kpy_work_progress;
        options.context = &work;
        made = resolve_run(self, &options, &work);
    }
    Py_XDECREF(model);
    return made;
}

/* ---- verify and check ---- */

/* Gives the list of problems, or NULL with an exception set. Takes work->problems. */
static PyObject *problems_out(kpy_work *work, int code, const kith_error *error) {
    if (PyErr_Occurred() == NULL && code == KITH_OK) {
        return work->problems;
    }
    Py_CLEAR(work->problems);
    return PyErr_Occurred() != NULL ? NULL : kpy_raise(work->state, code, error);
}

static kith_check_options check_options(kpy_work *work) {
    kith_check_options options = KITH_CHECK_OPTIONS_INIT;
    options.problem = note_problem;
    options.progress = kpy_work_progress;
    options.context = work;
    return options;
}

PyObject *kpy_store_verify(PyObject *object, PyObject *const *args, Py_ssize_t count,
                           PyObject *names) {
    static const char *const parameters[] = {"now", "progress", NULL};
    static const kpy_signature signature = {"verify", 2, 1, parameters};
    kpy_store *self = (kpy_store *)object;
    PyObject *given[2];
    int64_t now_us = 0;
    kpy_work work;
    if (!kpy_args(&signature, args, count, names, given) ||
        !kpy_time_in(self->state, given[0], &now_us) ||
        !kpy_work_init(&work, self->state, given[1])) {
        return NULL;
    }
    kith *handle = kpy_store_enter(self);
    if (handle == NULL) {
        return NULL;
    }
    int code = KITH_NO_MEMORY;
    kith_error error = KITH_ERROR_INIT;
    uint64_t problem_count = 0;
    kith_check_options options = check_options(&work);
    work.problems = PyList_New(0);
    if (work.problems != NULL) {
        kpy_work_begin(&work);
        code = kith_verify(handle, now_us, &options, &problem_count, &error);
        kpy_work_end(&work);
    }
    kpy_store_leave(self);
    return problems_out(&work, code, &error);
}

PyObject *kpy_check(PyObject *module, PyObject *const *args, Py_ssize_t count, PyObject *names) {
    static const char *const parameters[] = {"path", "progress", NULL};
    static const kpy_signature signature = {"check", 2, 1, parameters};
    PyObject *given[2];
    PyObject *path = NULL;
    kpy_work work;
    if (!kpy_args(&signature, args, count, names, given) ||
        !kpy_work_init(&work, PyModule_GetState(module), given[1]) ||
        !PyUnicode_FSConverter(given[0], &path)) {
        return NULL;
    }
    int code = KITH_NO_MEMORY;
    kith_error error = KITH_ERROR_INIT;
    uint64_t problem_count = 0;
    kith_check_options options = check_options(&work);
    const char *bytes = PyBytes_AsString(path);
    work.problems = PyList_New(0);
    if (work.problems != NULL) {
        kpy_work_begin(&work);
        code = kith_check(bytes, &options, &problem_count, &error);
        kpy_work_end(&work);
    }
    Py_DECREF(path);
    return problems_out(&work, code, &error);
}

/* ---- backup ---- */

PyObject *kpy_store_backup(PyObject *object, PyObject *const *args, Py_ssize_t count,
                           PyObject *names) {
    static const char *const parameters[] = {"path", "progress", NULL};
    static const kpy_signature signature = {"backup", 2, 1, parameters};
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
    const char *bytes = PyBytes_AsString(path);
    kith *handle = kpy_store_enter(self);
    if (handle != NULL) {
        kpy_work_begin(&work);
        code = kith_backup(handle, bytes, kpy_work_progress, &work, &error);
        kpy_work_end(&work);
        kpy_store_leave(self);
    }
    Py_DECREF(path);
    if (PyErr_Occurred() != NULL) {
        return NULL;
    }
    return code == KITH_OK ? Py_NewRef(Py_None) : kpy_raise(self->state, code, &error);
}
