/*
 * Arguments in, exceptions out. Every method of the binding is called through a kpy_signature, so
 * that all refuse wrong calls in the same words; every failure of the core becomes the exception
 * class of its code.
 */
#include "_kith.h"

#include <string.h>

/* ---- arguments ---- */

static int parameter_count(const kpy_signature *signature) {
    int count = 0;
    while (signature->parameters[count] != NULL) {
        count++;
    }
    return count;
}

static int parameter_find(const kpy_signature *signature, PyObject *name) {
    for (int i = 0; signature->parameters[i] != NULL; i++) {
        if (PyUnicode_CompareWithASCIIString(name, signature->parameters[i]) == 0) {
            return i;
        }
    }
    return -1;
}

static bool take_named(const kpy_signature *signature, PyObject *const *values, PyObject *names,
                       PyObject **out) {
    Py_ssize_t count = PyTuple_Size(names);
    for (Py_ssize_t i = 0; i < count; i++) {
        PyObject *name = PyTuple_GetItem(names, i);
        int at = parameter_find(signature, name);
        if (at < 0) {
            PyErr_Format(PyExc_TypeError, "%s() got an unexpected argument '%U'",
                         signature->function, name);
            return false;
        }
        if (out[at] != NULL) {
            PyErr_Format(PyExc_TypeError, "%s() got argument '%U' twice", signature->function,
                         name);
            return false;
        }
        out[at] = values[i];
    }
    return true;
}

bool kpy_args(const kpy_signature *signature, PyObject *const *args, Py_ssize_t count,
              PyObject *names, PyObject **out) {
    int total = parameter_count(signature);
    if (count > signature->positional_count) {
        PyErr_Format(PyExc_TypeError, "%s() takes %d arguments by position, not %zd",
                     signature->function, signature->positional_count, count);
        return false;
    }
    for (int i = 0; i < total; i++) {
        out[i] = i < count ? args[i] : NULL;
    }
    if (names != NULL && !take_named(signature, args + count, names, out)) {
        return false;
    }
    for (int i = 0; i < total; i++) {
        if (out[i] == NULL && (signature->required >> i & 1u) != 0) {
            PyErr_Format(PyExc_TypeError, "%s() needs the argument '%s'", signature->function,
                         signature->parameters[i]);
            return false;
        }
    }
    return true;
}

bool kpy_given(PyObject *object) {
    return object != NULL && !Py_IsNone(object);
}

static bool wrong_type(const char *what, const char *wanted, PyObject *object) {
    PyObject *name = PyType_GetName(Py_TYPE(object));
    if (name != NULL) {
        PyErr_Format(PyExc_TypeError, "%s must be %s, not %U", what, wanted, name);
        Py_DECREF(name);
    }
    return false;
}

bool kpy_text(PyObject *object, const char *what, const char **out) {
    if (!PyUnicode_Check(object)) {
        return wrong_type(what, "str", object);
    }
    Py_ssize_t size = 0;
    const char *text = PyUnicode_AsUTF8AndSize(object, &size);
    if (text == NULL) {
        return false;
    }
    if (strlen(text) != (size_t)size) {
        PyErr_Format(PyExc_ValueError, "%s holds a NUL character", what);
        return false;
    }
    *out = text;
    return true;
}

bool kpy_text_optional(PyObject *object, const char *what, const char **out) {
    *out = NULL;
    return !kpy_given(object) || kpy_text(object, what, out);
}

bool kpy_pair(PyObject *object, const char *what, const char **source, const char **key) {
    if (!PyTuple_Check(object) || PyTuple_Size(object) != 2) {
        return wrong_type(what, "a tuple (source, key)", object);
    }
    return kpy_text(PyTuple_GetItem(object, 0), "source", source) &&
           kpy_text(PyTuple_GetItem(object, 1), "key", key);
}

bool kpy_flag(PyObject *object, bool fallback, bool *out) {
    int truth = object == NULL ? fallback : PyObject_IsTrue(object);
    *out = truth == 1;
    return truth >= 0;
}

bool kpy_count(PyObject *object, const char *what, uint64_t *out) {
    *out = 0;
    if (!kpy_given(object)) {
        return true;
    }
    if (!PyLong_Check(object)) {
        return wrong_type(what, "int", object);
    }
    unsigned long long count = PyLong_AsUnsignedLongLong(object);
    if (PyErr_Occurred() != NULL) {
        PyErr_Format(PyExc_ValueError, "%s must be between 0 and 2**64 - 1", what);
        return false;
    }
    *out = count;
    return true;
}

bool kpy_real(PyObject *object, const char *what, double *inout) {
    if (!kpy_given(object)) {
        return true;
    }
    if (!PyFloat_Check(object) && !PyLong_Check(object)) {
        PyErr_Format(PyExc_TypeError, "%s must be a number, not %R", what, object);
        return false;
    }
    *inout = PyFloat_AsDouble(object);
    return *inout != -1 || PyErr_Occurred() == NULL;
}

bool kpy_small(PyObject *object, const char *what, uint32_t *inout) {
    uint64_t count = *inout;
    bool fine = !kpy_given(object) || kpy_count(object, what, &count);
    *inout = count < UINT32_MAX ? (uint32_t)count : UINT32_MAX;
    return fine;
}

bool kpy_word(PyObject *object, const char *what, const char *const *words, int *out) {
    const char *text = NULL;
    if (!kpy_text(object, what, &text)) {
        return false;
    }
    char list[128] = "";
    for (int i = 0; words[i] != NULL; i++) {
        if (strcmp(words[i], text) == 0) {
            *out = i;
            return true;
        }
        size_t used = strlen(list);
        PyOS_snprintf(list + used, sizeof list - used, i == 0 ? "%s" : ", %s", words[i]);
    }
    PyErr_Format(PyExc_ValueError, "%s is one of %s, not %R", what, list, object);
    return false;
}

/* ---- exceptions ---- */

static const struct {
    int code;
    const char *name;
    PyObject **also; /* the built-in exception that a caller may catch instead */
    const char *doc;
} classes[] = {
    {KITH_NOT_FOUND, "NotFound", &PyExc_LookupError, "Nothing has this key, id or path."},
    {KITH_INVALID, "Invalid", &PyExc_ValueError, "Bad data; the message says what and where."},
    {KITH_MISUSE, "Misuse", &PyExc_RuntimeError, "A call that the contract forbids."},
    {KITH_NO_MEMORY, "NoMemory", &PyExc_MemoryError, "Out of memory."},
    {KITH_IO, "Io", &PyExc_OSError, "The operating system refused: disk full, permissions, ..."},
    {KITH_FULL, "Full", NULL, "The store has reached its map size; reopen it with a larger one."},
    {KITH_CORRUPT, "Corrupt", NULL, "The file is damaged, or is no kith store."},
    {KITH_NEWER, "Newer", NULL, "The store was written by a newer kith."},
    {KITH_BUSY, "Busy", NULL, "All reader slots are taken, or others changed what is worked at."},
    {KITH_READ_ONLY, "ReadOnly", NULL, "A write through something that only reads."},
    {KITH_INTERRUPTED, "Interrupted", NULL,
     "A progress callback asked to stop. `report` says what an import had done by then."},
    {KITH_EXISTS, "Exists", &PyExc_FileExistsError, "The file is there already."},
    {KITH_LIMIT, "Limit", NULL, "A documented limit would be passed."},
};

static PyObject *class_attributes(int code) {
    PyObject *attributes = PyDict_New();
    if (attributes == NULL) {
        return NULL;
    }
    const char *name = code == 0 ? NULL : kith_code_name(code);
    if (!kpy_set(attributes, "code", PyLong_FromLong(code)) ||
        !kpy_set(attributes, "code_name", kpy_text_out(name)) ||
        !kpy_set(attributes, "position", Py_NewRef(Py_None)) ||
        (code == KITH_INTERRUPTED && !kpy_set(attributes, "report", Py_NewRef(Py_None)))) {
        Py_DECREF(attributes);
        return NULL;
    }
    return attributes;
}

static PyObject *class_new(const char *name, const char *doc, PyObject *bases, int code) {
    char full[64];
    PyOS_snprintf(full, sizeof full, "kith.%s", name);
    PyObject *attributes = class_attributes(code);
    PyObject *made = NULL;
    if (attributes != NULL && bases != NULL) {
        made = PyErr_NewExceptionWithDoc(full, doc, bases, attributes);
    }
    Py_XDECREF(attributes);
    return made;
}

int kpy_errors_init(PyObject *module, kpy_state *state) {
    static const char doc[] =
        "What kith could not do. `code` is its number, `code_name` its name, `position` the byte "
        "offset in the input that the message speaks of, or None.";
    PyObject *base = state->errors[0] = class_new("Error", doc, PyExc_Exception, 0);
    if (base == NULL || PyModule_AddObjectRef(module, "Error", base) < 0) {
        return -1;
    }
    for (size_t i = 0; i < sizeof classes / sizeof classes[0]; i++) {
        PyObject *bases = classes[i].also == NULL ? PyTuple_Pack(1, base)
                                                  : PyTuple_Pack(2, base, *classes[i].also);
        PyObject *made = class_new(classes[i].name, classes[i].doc, bases, classes[i].code);
        Py_XDECREF(bases);
        state->errors[-classes[i].code] = made;
        if (made == NULL || PyModule_AddObjectRef(module, classes[i].name, made) < 0) {
            return -1;
        }
    }
    return 0;
}

static bool set_attribute(PyObject *object, const char *name, PyObject *value) {
    int failed = value == NULL ? -1 : PyObject_SetAttrString(object, name, value);
    Py_XDECREF(value);
    return failed == 0;
}

PyObject *kpy_raise(kpy_state *state, int code, const kith_error *error) {
    bool known = code < 0 && code > -KPY_CODE_COUNT;
    PyObject *class = state->errors[known ? -code : 0];
    bool told = error->code == code && error->message[0] != '\0';
    const char *text = told ? error->message : kith_code_name(code);
    PyObject *message = kpy_message_out(text, strlen(text));
    PyObject *made = message == NULL ? NULL : PyObject_CallFunctionObjArgs(class, message, NULL);
    Py_XDECREF(message);
    if (made == NULL) {
        return NULL;
    }
    bool fine = known || set_attribute(made, "code", PyLong_FromLong(code));
    if (fine && told && error->position >= 0) {
        fine = set_attribute(made, "position", PyLong_FromLongLong(error->position));
    }
    if (fine) {
        PyErr_SetObject(class, made);
    }
    Py_DECREF(made);
    return NULL;
}

PyObject *kpy_raise_code(kpy_state *state, int code, const char *message) {
    kith_error error = KITH_ERROR_INIT;
    error.code = code;
    PyOS_snprintf(error.message, sizeof error.message, "%s", message);
    return kpy_raise(state, code, &error);
}

PyObject *kpy_raise_txn(kpy_state *state, const kith_txn *txn, int code) {
    const kith_error *error = kith_txn_error(txn);
    if (error != NULL && error->code == code) {
        return kpy_raise(state, code, error);
    }
    return kpy_raise_code(state, code, "");
}
