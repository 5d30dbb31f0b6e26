/*
 * kith.Expression: the segment language. An expression is read and checked once, belongs to no
 * transaction, and never changes.
 */
#include "_kith.h"

#include <string.h>

#define DEFAULT_COLUMNS 80

/* ---- reading ---- */

/* With `txn` the names are looked up in its store. A new Expression, or NULL with an exception set.
 */
static kpy_expression *expression_read(kpy_state *state, PyObject *text, kith_txn *txn,
                                       const kith_expression_options *options) {
    Py_ssize_t size = 0;
    const char *data = PyUnicode_AsUTF8AndSize(text, &size);
    kpy_expression *self =
        data == NULL ? NULL : PyObject_New(kpy_expression, state->expression_type);
    if (self == NULL) {
        return NULL;
    }
    kith_error error = KITH_ERROR_INIT;
    self->state = state;
    self->handle = NULL;
    self->any_name = options != NULL && options->any_name;
    int code = kith_expression_parse(data, (size_t)size, txn, options, &self->handle, &error);
    if (code != KITH_OK) {
        Py_DECREF(self);
        kpy_raise(state, code, &error);
        return NULL;
    }
    return self;
}

static kpy_expression *read_in_txn(kpy_txn *txn, PyObject *text,
                                   const kith_expression_options *options) {
    return kpy_txn_ready(txn) ? expression_read(txn->state, text, txn->handle, options) : NULL;
}

/* In a transaction of its own. */
static kpy_expression *read_in_store(kpy_store *store, PyObject *text,
                                     const kith_expression_options *options) {
    kpy_txn *txn = (kpy_txn *)kpy_txn_begin(store, false);
    if (txn == NULL) {
        return NULL;
    }
    kpy_expression *made = read_in_txn(txn, text, options);
    kpy_txn_abort(txn);
    Py_DECREF(txn);
    return made;
}

static kpy_expression *read_in(kpy_state *state, PyObject *in, PyObject *text,
                               const kith_expression_options *options) {
    if (!kpy_given(in)) {
        return expression_read(state, text, NULL, options);
    }
    if (PyObject_TypeCheck(in, state->store_type)) {
        return read_in_store((kpy_store *)in, text, options);
    }
    if (PyObject_TypeCheck(in, state->transaction_type)) {
        return read_in_txn((kpy_txn *)in, text, options);
    }
    PyErr_Format(PyExc_TypeError, "store must be a kith.Store or a kith.Transaction, not %R", in);
    return NULL;
}

/* ---- making ---- */

enum { NEW_TEXT, NEW_STORE, NEW_JSON, NEW_VALUE, NEW_ANY_NAME, NEW_COUNT };

static const char *const new_parameters[] = {"text", "store", "json", "value", "any_name", NULL};
static const kpy_signature new_signature = {"Expression", 2, 1u << NEW_TEXT, new_parameters};

/* The arguments of a constructor come as a tuple and a dict: puts them in order. */
static bool new_args(PyObject *args, PyObject *named, PyObject **given) {
    PyObject *all[2 * NEW_COUNT] = {NULL};
    Py_ssize_t count = PyTuple_Size(args);
    Py_ssize_t kept = count < NEW_COUNT ? count : NEW_COUNT;
    PyObject *names = named == NULL ? PyTuple_New(0) : PySequence_Tuple(named);
    if (names == NULL) {
        return false;
    }
    for (Py_ssize_t i = 0; i < kept; i++) {
        all[i] = PyTuple_GetItem(args, i);
    }
    Py_ssize_t named_count = PyTuple_Size(names);
    for (Py_ssize_t i = 0; i < named_count && i < NEW_COUNT; i++) {
        all[kept + i] = PyDict_GetItemWithError(named, PyTuple_GetItem(names, i));
    }
    bool done = named_count <= NEW_COUNT && kpy_args(&new_signature, all, count, names, given);
    if (named_count > NEW_COUNT) {
        PyErr_SetString(PyExc_TypeError, "Expression() got too many arguments");
    }
    Py_DECREF(names);
    return done;
}

/* A str; JSON may be given as a dict too. A new reference. */
static PyObject *text_in(PyObject *object, bool json) {
    if (json) {
        return kpy_json_text(object, "text");
    }
    if (!PyUnicode_Check(object)) {
        PyErr_Format(PyExc_TypeError, "text must be str, not %R", object);
        return NULL;
    }
    return Py_NewRef(object);
}

static PyObject *expression_new(PyTypeObject *type, PyObject *args, PyObject *named) {
    kpy_state *state = PyType_GetModuleState(type);
    kith_expression_options options = KITH_EXPRESSION_OPTIONS_INIT;
    PyObject *given[NEW_COUNT];
    if (state == NULL || !new_args(args, named, given) ||
        !kpy_flag(given[NEW_JSON], false, &options.json) ||
        !kpy_flag(given[NEW_VALUE], false, &options.value) ||
        !kpy_flag(given[NEW_ANY_NAME], false, &options.any_name)) {
        return NULL;
    }
    PyObject *text = text_in(given[NEW_TEXT], options.json);
    kpy_expression *self = text == NULL ? NULL : read_in(state, given[NEW_STORE], text, &options);
    Py_XDECREF(text);
    return (PyObject *)self;
}

static void expression_dealloc(PyObject *object) {
    kpy_expression *self = (kpy_expression *)object;
    PyTypeObject *type = Py_TYPE(object);
    kith_expression_free(self->handle);
    PyObject_Free(self);
    Py_DECREF(type);
}

/* ---- writing ---- */

/* The text that the core made, which is freed. */
static PyObject *made_out(kpy_state *state, int code, char *made) {
    if (code != KITH_OK) {
        return kpy_raise_code(state, code, "");
    }
    PyObject *text = PyUnicode_FromString(made);
    kith_free(made);
    return text;
}

static PyObject *text_out(kpy_expression *self, size_t columns) {
    char *text = NULL;
    int code = kith_expression_text(self->handle, columns, &text);
    return made_out(self->state, code, text);
}

static PyObject *expression_str(PyObject *object) {
    return text_out((kpy_expression *)object, 0);
}

static PyObject *expression_repr(PyObject *object) {
    PyObject *text = expression_str(object);
    PyObject *made = text == NULL ? NULL : PyUnicode_FromFormat("kith.Expression(%R)", text);
    Py_XDECREF(text);
    return made;
}

static PyObject *expression_format(PyObject *object, PyObject *const *args, Py_ssize_t count,
                                   PyObject *names) {
    static const char *const parameters[] = {"columns", NULL};
    static const kpy_signature signature = {"format", 1, 0, parameters};
    PyObject *given[1];
    uint64_t columns = 0;
    if (!kpy_args(&signature, args, count, names, given) ||
        !kpy_count(given[0], "columns", &columns)) {
        return NULL;
    }
    return text_out((kpy_expression *)object,
                    kpy_given(given[0]) ? (size_t)columns : DEFAULT_COLUMNS);
}

static PyObject *expression_json(PyObject *object, PyObject *const *args, Py_ssize_t count,
                                 PyObject *names) {
    static const char *const parameters[] = {"pretty", NULL};
    static const kpy_signature signature = {"json", 1, 0, parameters};
    kpy_expression *self = (kpy_expression *)object;
    PyObject *given[1];
    bool pretty = false;
    if (!kpy_args(&signature, args, count, names, given) || !kpy_flag(given[0], false, &pretty)) {
        return NULL;
    }
    char *json = NULL;
    int code = kith_expression_json(self->handle, pretty, &json);
    return made_out(self->state, code, json);
}

/* The names it asks for, each as (kind, name). */
static PyObject *expression_get_mentions(PyObject *object, void *Py_UNUSED(context)) {
    const kpy_expression *self = (kpy_expression *)object;
    PyObject *list = PyList_New(0);
    kith_mention mention = KITH_MENTION_INIT;
    size_t cursor = 0;
    while (list != NULL &&
           kith_expression_next_mention(self->handle, &cursor, &mention) == KITH_OK) {
        if (!kpy_append(list, Py_BuildValue("(ss)", mention.kind, mention.name))) {
            Py_CLEAR(list);
        }
    }
    return list;
}

static PyObject *expression_get_gives(PyObject *object, void *Py_UNUSED(context)) {
    return PyUnicode_FromString(kith_expression_gives(((kpy_expression *)object)->handle));
}

/* ---- reading anew: for a transaction that asks by it ---- */

static bool parse_anew(kpy_txn *txn, const char *text, size_t size,
                       const kith_expression_options *options, kith_expression **out) {
    kith_error error = KITH_ERROR_INIT;
    int code = kith_expression_parse(text, size, txn->handle, options, out, &error);
    if (code != KITH_OK) {
        kpy_raise(txn->state, code, &error);
    }
    return code == KITH_OK;
}

static bool text_anew(kpy_txn *txn, const kpy_expression *made, kith_expression_options options,
                      kith_expression **out) {
    char *text = NULL;
    int code = kith_expression_text(made->handle, 0, &text);
    if (code != KITH_OK) {
        kpy_raise_code(txn->state, code, "");
        return false;
    }
    options.any_name = made->any_name;
    bool done = parse_anew(txn, text, strlen(text), &options, out);
    kith_free(text);
    return done;
}

bool kpy_expression_in(kpy_txn *txn, PyObject *object, const char *what, bool value,
                       kith_expression **out) {
    kith_expression_options options = KITH_EXPRESSION_OPTIONS_INIT;
    options.value = value;
    if (!kpy_txn_ready(txn)) {
        return false;
    }
    if (PyObject_TypeCheck(object, txn->state->expression_type)) {
        return text_anew(txn, (kpy_expression *)object, options, out);
    }
    if (!PyUnicode_Check(object)) {
        PyErr_Format(PyExc_TypeError, "%s must be str or kith.Expression, not %R", what, object);
        return false;
    }
    Py_ssize_t size = 0;
    const char *text = PyUnicode_AsUTF8AndSize(object, &size);
    return text != NULL && parse_anew(txn, text, (size_t)size, &options, out);
}

/* ---- comparing: by the text ---- */

static PyObject *expression_compare(PyObject *a, PyObject *b, int how) {
    if ((how != Py_EQ && how != Py_NE) || Py_TYPE(a) != Py_TYPE(b)) {
        return Py_NewRef(Py_NotImplemented);
    }
    PyObject *text = expression_str(a);
    PyObject *other = text == NULL ? NULL : expression_str(b);
    PyObject *made = other == NULL ? NULL : PyObject_RichCompare(text, other, how);
    Py_XDECREF(text);
    Py_XDECREF(other);
    return made;
}

static Py_hash_t expression_hash(PyObject *object) {
    PyObject *text = expression_str(object);
    Py_hash_t hash = text == NULL ? -1 : PyObject_Hash(text);
    Py_XDECREF(text);
    return hash;
}

/* ---- the type ---- */

static PyMethodDef expression_methods[] = {
    KPY_METHOD("format", expression_format,
               "format($self, columns=80)\n--\n\nThe text; where it is longer than `columns` "
               "(0: no matter), what AND or OR joins stands on lines of its own."),
    KPY_METHOD("json", expression_json,
               "json($self, pretty=False)\n--\n\nThe JSON twin, for rule builders and for sync: "
               "Expression(..., json=True) reads it."),
    {NULL, NULL, 0, NULL},
};

static PyGetSetDef expression_properties[] = {
    {"gives", expression_get_gives, NULL,
     PyDoc_STR("What it gives: 'condition', 'number', 'text', 'date', 'time', 'duration', 'null', "
               "or 'any' where each value tells."),
     NULL},
    {"mentions", expression_get_mentions, NULL,
     PyDoc_STR("What it asks for: a list of tuples (kind, name), each once. The kinds are "
               "'attribute' (or a trait), 'event', 'property', 'segment', 'tag', 'consent', "
               "'points' and 'score'."),
     NULL},
    {NULL, NULL, NULL, NULL, NULL},
};

static PyType_Slot expression_slots[] = {
    {Py_tp_doc,
     (void *)PyDoc_STR(
         "Expression(text, store=None, *, json=False, value=False, any_name=False)\n--\n\n"
         "An expression of the segment language, read and checked: its form, its types and, with "
         "a Store or a Transaction, that its names are known there. str() gives its text in one "
         "form, by which expressions are equal. `json`: the text is the JSON twin, or a dict of "
         "it. `value`: it may give a value, not only a condition. `any_name`: names that the "
         "store doesn't know are fine. kith.Invalid says what was expected or likely meant; its "
         "`position` is the byte in the text.")},
    {Py_tp_new, expression_new},
    {Py_tp_dealloc, expression_dealloc},
    {Py_tp_str, expression_str},
    {Py_tp_repr, expression_repr},
    {Py_tp_richcompare, expression_compare},
    {Py_tp_hash, expression_hash},
    {Py_tp_methods, expression_methods},
    {Py_tp_getset, expression_properties},
    {0, NULL},
};

static PyType_Spec expression_spec = {
    .name = "kith.Expression",
    .basicsize = sizeof(kpy_expression),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_IMMUTABLETYPE,
    .slots = expression_slots,
};

int kpy_expression_init(PyObject *module, kpy_state *state) {
    state->expression_type =
        (PyTypeObject *)PyType_FromModuleAndSpec(module, &expression_spec, NULL);
    return state->expression_type == NULL ? -1 : PyModule_AddType(module, state->expression_type);
}
