/*
 * The module kith._kith: what the package kith is made of. It has no state but its own kpy_state.
 */
#include "_kith.h"

static PyObject *version(PyObject *Py_UNUSED(module), PyObject *Py_UNUSED(unused)) {
    return PyUnicode_FromString(kith_version());
}

static PyMethodDef module_methods[] = {
    KPY_METHOD(
        "open", kpy_open,
        "open($module, path, *, create=False, create_new=False, read_only=False, network=False, "
        "map_size_bytes=0, max_readers=0, config=None)\n--\n\nOpens the store in the file `path`. "
        "`create` makes it where there is none, `create_new` refuses one that is there. `config`, "
        "a dict or JSON text, holds definitions for a new store. `network` allows a network file "
        "system. `max_readers` is the number of readers at once, over all processes."),
    KPY_METHOD(
        "check", kpy_check,
        "check($module, path, progress=None)\n--\n\nChecks the structure of a store's file without "
        "trusting it. Gives the list of problems; an empty one means that it is sound."),
    KPY_METHOD(
        "control_group", kpy_control_group,
        "control_group($module, audience, base_rate, lift, alpha=0.05, power=0.8)\n--\n\nHow many "
        "of an audience are to be left alone, so that a change of `base_rate` by `lift` (.1: a "
        "tenth more) can be told: a dict of tells (False: it can't, they are halves), "
        "control_count, treated_count, bucket_count (bucket('salt', 0, bucket_count) draws such a "
        "group), least_lift (that can be told; None: none can) and why_not."),
    {"version", version, METH_NOARGS,
     PyDoc_STR("version($module)\n--\n\nThe version of the kith library.")},
    {NULL, NULL, 0, NULL},
};

/* datetime's types, and the epoch as an aware datetime: the limited API has no other way to them.
 */
static int dates_init(kpy_state *state) {
    PyObject *module = PyImport_ImportModule("datetime");
    PyObject *zone = NULL;
    PyObject *utc = NULL;
    if (module != NULL) {
        state->date_type = (PyTypeObject *)PyObject_GetAttrString(module, "date");
        state->datetime_type = (PyTypeObject *)PyObject_GetAttrString(module, "datetime");
        state->timedelta_type = PyObject_GetAttrString(module, "timedelta");
        zone = PyObject_GetAttrString(module, "timezone");
    }
    utc = zone == NULL ? NULL : PyObject_GetAttrString(zone, "utc");
    if (utc != NULL && state->date_type != NULL && state->datetime_type != NULL &&
        state->timedelta_type != NULL) {
        state->epoch = PyObject_CallFunction((PyObject *)state->datetime_type, "iiiiiiiO", 1970, 1,
                                             1, 0, 0, 0, 0, utc);
    }
    Py_XDECREF(utc);
    Py_XDECREF(zone);
    Py_XDECREF(module);
    return state->epoch == NULL ? -1 : 0;
}

static int decimal_init(kpy_state *state) {
    PyObject *module = PyImport_ImportModule("decimal");
    if (module != NULL) {
        state->decimal_type = PyObject_GetAttrString(module, "Decimal");
        Py_DECREF(module);
    }
    return state->decimal_type == NULL ? -1 : 0;
}

static int module_exec(PyObject *module) {
    kpy_state *state = PyModule_GetState(module);
    if (dates_init(state) < 0 || decimal_init(state) < 0 || kpy_errors_init(module, state) < 0 ||
        kpy_store_init(module, state) < 0 || kpy_txn_init(module, state) < 0 ||
        kpy_profile_init(module, state) < 0 || kpy_iter_init(module, state) < 0 ||
        kpy_expression_init(module, state) < 0 || kpy_baskets_init(module, state) < 0 ||
        kpy_similar_init(module, state) < 0 || kpy_arrow_init(module, state) < 0) {
        return -1;
    }
    return 0;
}

static int module_traverse(PyObject *module, visitproc visit, void *arg) {
    kpy_state *state = PyModule_GetState(module);
    for (int i = 0; i < KPY_CODE_COUNT; i++) {
        Py_VISIT(state->errors[i]);
    }
    Py_VISIT(state->store_type);
    Py_VISIT(state->transaction_type);
    Py_VISIT(state->profile_type);
    Py_VISIT(state->iterator_type);
    Py_VISIT(state->query_type);
    Py_VISIT(state->export_type);
    Py_VISIT(state->expression_type);
    Py_VISIT(state->baskets_type);
    Py_VISIT(state->similar_type);
    Py_VISIT(state->date_type);
    Py_VISIT(state->datetime_type);
    Py_VISIT(state->timedelta_type);
    Py_VISIT(state->decimal_type);
    Py_VISIT(state->epoch);
    return 0;
}

static int module_clear(PyObject *module) {
    kpy_state *state = PyModule_GetState(module);
    for (int i = 0; i < KPY_CODE_COUNT; i++) {
        Py_CLEAR(state->errors[i]);
    }
    Py_CLEAR(state->store_type);
    Py_CLEAR(state->transaction_type);
    Py_CLEAR(state->profile_type);
    Py_CLEAR(state->iterator_type);
    Py_CLEAR(state->query_type);
    Py_CLEAR(state->export_type);
    Py_CLEAR(state->expression_type);
    Py_CLEAR(state->baskets_type);
    Py_CLEAR(state->similar_type);
    Py_CLEAR(state->date_type);
    Py_CLEAR(state->datetime_type);
    Py_CLEAR(state->timedelta_type);
    Py_CLEAR(state->decimal_type);
    Py_CLEAR(state->epoch);
    return 0;
}

static void module_free(void *module) {
    module_clear(module);
}

static PyModuleDef_Slot module_slots[] = {
    {Py_mod_exec, module_exec},
    {0, NULL},
};

static struct PyModuleDef module_def = {
    PyModuleDef_HEAD_INIT,
    .m_name = "kith._kith",
    .m_doc = PyDoc_STR("The binding of kith to Python; import kith instead."),
    .m_size = sizeof(kpy_state),
    .m_methods = module_methods,
    .m_slots = module_slots,
    .m_traverse = module_traverse,
    .m_clear = module_clear,
    .m_free = module_free,
};

PyMODINIT_FUNC PyInit__kith(void);
PyMODINIT_FUNC PyInit__kith(void) {
    return PyModuleDef_Init(&module_def);
}
