/*
 * Values between Python and kith: None, bool, int, float, str, date, datetime, list and dict, and
 * Decimal as text. Texts handed to the core are borrowed from the objects, which a kpy_fields keeps
 * alive for as long.
 */
#include "_kith.h"

#include <string.h>

#define US_PER_SECOND INT64_C(1000000)
#define US_PER_DAY    (INT64_C(86400) * US_PER_SECOND)
#define EPOCH_ORDINAL 719163 /* date(1970, 1, 1).toordinal() */

/* ---- small helpers ---- */

bool kpy_set(PyObject *dict, const char *name, PyObject *value) {
    if (value == NULL) {
        return false;
    }
    int failed = PyDict_SetItemString(dict, name, value);
    Py_DECREF(value);
    return failed == 0;
}

bool kpy_append(PyObject *list, PyObject *value) {
    if (value == NULL) {
        return false;
    }
    int failed = PyList_Append(list, value);
    Py_DECREF(value);
    return failed == 0;
}

/* The name has one value and gets its second: both become a list, which `several` remembers. */
static bool make_several(PyObject *dict, PyObject *name, PyObject *value, PyObject *several) {
    PyObject *list = PyList_New(0);
    bool done = list != NULL && PyList_Append(list, PyDict_GetItemWithError(dict, name)) == 0 &&
                PyList_Append(list, value) == 0 && PyDict_SetItem(dict, name, list) == 0 &&
                PySet_Add(several, name) == 0;
    Py_XDECREF(list);
    return done;
}

bool kpy_set_several(PyObject *dict, PyObject *name, PyObject *value, PyObject *several) {
    bool done = false;
    if (name != NULL && value != NULL) {
        PyObject *before = PyDict_GetItemWithError(dict, name);
        if (before == NULL) {
            done = PyErr_Occurred() == NULL && PyDict_SetItem(dict, name, value) == 0;
        } else if (PySet_Contains(several, name) == 1) {
            done = PyList_Append(before, value) == 0;
        } else {
            done = make_several(dict, name, value, several);
        }
    }
    Py_XDECREF(name);
    Py_XDECREF(value);
    return done;
}

PyObject *kpy_text_out(const char *text) {
    return text == NULL ? Py_NewRef(Py_None) : PyUnicode_FromString(text);
}

PyObject *kpy_message_out(const char *text, size_t size) {
    return PyUnicode_DecodeUTF8(text, (Py_ssize_t)size, "replace");
}

PyObject *kpy_id_out(const kith_id *id) {
    char text[KITH_ID_TEXT_BYTES];
    kith_id_format(id, text);
    return PyUnicode_FromStringAndSize(text, KITH_ID_TEXT_BYTES - 1);
}

PyObject *kpy_micros_out(kpy_state *state, int64_t micros) {
    char text[32];
    uint64_t size = micros < 0 ? 0 - (uint64_t)micros : (uint64_t)micros;
    PyOS_snprintf(text, sizeof text, "%s%llu.%06llu", micros < 0 ? "-" : "",
                  (unsigned long long)(size / 1000000u), (unsigned long long)(size % 1000000u));
    return PyObject_CallFunction(state->decimal_type, "s", text);
}

/* ---- times ---- */

static bool part_in(PyObject *object, const char *name, int64_t *out) {
    PyObject *part = PyObject_GetAttrString(object, name);
    if (part == NULL) {
        return false;
    }
    *out = PyLong_AsLongLong(part);
    Py_DECREF(part);
    return PyErr_Occurred() == NULL;
}

/* Naive datetimes are refused: which zone they mean is only known to who made them. */
static bool datetime_in(kpy_state *state, PyObject *object, int64_t *out_us) {
    PyObject *offset = PyObject_CallMethod(object, "utcoffset", NULL);
    if (offset == NULL) {
        return false;
    }
    bool naive = Py_IsNone(offset);
    Py_DECREF(offset);
    if (naive) {
        PyErr_Format(PyExc_ValueError,
                     "%S has no time zone: give it one, such as tzinfo=datetime.timezone.utc",
                     object);
        return false;
    }
    PyObject *since = PyNumber_Subtract(object, state->epoch);
    int64_t days = 0;
    int64_t seconds = 0;
    int64_t micros = 0;
    bool done = since != NULL && part_in(since, "days", &days) &&
                part_in(since, "seconds", &seconds) && part_in(since, "microseconds", &micros);
    Py_XDECREF(since);
    *out_us = days * US_PER_DAY + seconds * US_PER_SECOND + micros;
    return done;
}

static bool date_in(PyObject *object, int64_t *out_days) {
    PyObject *ordinal = PyObject_CallMethod(object, "toordinal", NULL);
    if (ordinal == NULL) {
        return false;
    }
    *out_days = PyLong_AsLongLong(ordinal) - EPOCH_ORDINAL;
    Py_DECREF(ordinal);
    return PyErr_Occurred() == NULL;
}

static bool is_a(PyObject *object, PyTypeObject *type) {
    return PyObject_TypeCheck(object, type);
}

static bool int64_in(PyObject *object, int64_t *out) {
    int overflow = 0;
    *out = PyLong_AsLongLongAndOverflow(object, &overflow);
    if (overflow != 0) {
        PyErr_Format(PyExc_OverflowError, "%S doesn't fit 64 bits", object);
    }
    return PyErr_Occurred() == NULL;
}

static bool time_text_in(kpy_state *state, PyObject *object, int64_t *out_us) {
    Py_ssize_t size = 0;
    const char *text = PyUnicode_AsUTF8AndSize(object, &size);
    if (text == NULL) {
        return false;
    }
    if (kith_time_parse(text, (size_t)size, out_us) == KITH_OK) {
        return true;
    }
    char message[128];
    PyOS_snprintf(message, sizeof message, "\"%.40s\" is no time: write it as 2024-02-29T12:00:00Z",
                  text);
    kpy_raise_code(state, KITH_INVALID, message);
    return false;
}

bool kpy_time_in(kpy_state *state, PyObject *object, int64_t *out_us) {
    if (PyLong_Check(object) && !PyBool_Check(object)) {
        return int64_in(object, out_us);
    }
    if (is_a(object, state->datetime_type)) {
        return datetime_in(state, object, out_us);
    }
    if (PyUnicode_Check(object)) {
        return time_text_in(state, object, out_us);
    }
    if (is_a(object, state->date_type)) {
        int64_t days = 0;
        bool done = date_in(object, &days);
        *out_us = days * US_PER_DAY;
        return done;
    }
    PyErr_Format(
        PyExc_TypeError,
        "a time is a datetime with a time zone, a date, an int of microseconds since 1970 or "
        "a str, not %R",
        object);
    return false;
}

bool kpy_time_optional(kpy_state *state, PyObject *object, int64_t fallback_us, int64_t *out_us) {
    *out_us = fallback_us;
    return !kpy_given(object) || kpy_time_in(state, object, out_us);
}

/* What datetime can't hold is given as the number it is, so that the rest can still be read. */
static PyObject *or_number(PyObject *made, int64_t number) {
    if (made == NULL &&
        (PyErr_ExceptionMatches(PyExc_OverflowError) || PyErr_ExceptionMatches(PyExc_ValueError))) {
        PyErr_Clear();
        return PyLong_FromLongLong(number);
    }
    return made;
}

PyObject *kpy_time_out(kpy_state *state, int64_t time_us) {
    if (time_us == INT64_MAX || time_us == INT64_MIN) {
        return Py_NewRef(Py_None);
    }
    int64_t seconds = time_us / US_PER_SECOND;
    int64_t micros = time_us % US_PER_SECOND;
    PyObject *since = PyObject_CallFunction(state->timedelta_type, "iLL", 0, (long long)seconds,
                                            (long long)micros);
    PyObject *made = since == NULL ? NULL : PyNumber_Add(state->epoch, since);
    Py_XDECREF(since);
    return or_number(made, time_us);
}

static PyObject *date_out(kpy_state *state, int64_t days) {
    PyObject *made = PyObject_CallMethod((PyObject *)state->date_type, "fromordinal", "L",
                                         (long long)days + EPOCH_ORDINAL);
    return or_number(made, days);
}

/* ---- values out ---- */

static PyObject *list_out(kpy_state *state, const kith_value *value) {
    PyObject *list = PyList_New(0);
    for (size_t i = 0; list != NULL && i < value->as.list.count; i++) {
        if (!kpy_append(list, kpy_value_out(state, &value->as.list.items[i]))) {
            Py_CLEAR(list);
        }
    }
    return list;
}

static PyObject *map_out(kpy_state *state, const kith_value *value) {
    PyObject *dict = PyDict_New();
    for (size_t i = 0; dict != NULL && i < value->as.map.count; i++) {
        const kith_field *field = &value->as.map.fields[i];
        if (!kpy_set(dict, field->name, kpy_value_out(state, &field->value))) {
            Py_CLEAR(dict);
        }
    }
    return dict;
}

static PyObject *nested_out(kpy_state *state, const kith_value *value) {
    if (Py_EnterRecursiveCall(" in a value of kith") != 0) {
        return NULL;
    }
    PyObject *made = value->type == KITH_TYPE_LIST ? list_out(state, value) : map_out(state, value);
    Py_LeaveRecursiveCall();
    return made;
}

PyObject *kpy_value_out(kpy_state *state, const kith_value *value) {
    switch (value->type) {
    case KITH_TYPE_BOOLEAN:
        return PyBool_FromLong(value->as.boolean);
    case KITH_TYPE_INTEGER:
        return PyLong_FromLongLong(value->as.integer);
    case KITH_TYPE_REAL:
        return PyFloat_FromDouble(value->as.real);
    case KITH_TYPE_TEXT:
        return PyUnicode_FromStringAndSize(value->as.text.data, (Py_ssize_t)value->as.text.size);
    case KITH_TYPE_DATE:
        return date_out(state, value->as.date_days);
    case KITH_TYPE_TIME:
        return kpy_time_out(state, value->as.time_us);
    case KITH_TYPE_LIST:
    case KITH_TYPE_MAP:
        return nested_out(state, value);
    case KITH_TYPE_NULL:
        break;
    }
    return Py_NewRef(Py_None);
}

PyObject *kpy_counts_out(const kpy_named_count *counts, size_t count) {
    PyObject *dict = PyDict_New();
    for (size_t i = 0; dict != NULL && i < count; i++) {
        if (!kpy_set(dict, counts[i].name, PyLong_FromUnsignedLongLong(counts[i].count))) {
            Py_CLEAR(dict);
        }
    }
    return dict;
}

/* ---- values in ---- */

struct kpy_block {
    struct kpy_block *next;
    kith_value first[]; /* aligned for both values and fields */
};

static void *block_new(kpy_fields *fields, size_t bytes) {
    struct kpy_block *block = PyMem_Malloc(sizeof *block + bytes);
    if (block == NULL) {
        PyErr_NoMemory();
        return NULL;
    }
    block->next = fields->blocks;
    fields->blocks = block;
    return block->first;
}

static bool value_in(kpy_fields *fields, PyObject *object, kith_value *out);

static bool text_in(PyObject *object, kith_value *out) {
    Py_ssize_t size = 0;
    const char *text = PyUnicode_AsUTF8AndSize(object, &size);
    *out = kith_value_text_n(text, (size_t)size);
    return text != NULL;
}

/* The new object's text is borrowed from here on. */
static bool kept_text_in(kpy_fields *fields, PyObject *object, kith_value *out) {
    return kpy_append(fields->kept, object) && text_in(object, out);
}

static bool list_in(kpy_fields *fields, PyObject *object, kith_value *out) {
    PyObject *items = PySequence_Tuple(object);
    if (!kpy_append(fields->kept, items)) {
        return false;
    }
    size_t count = (size_t)PyTuple_Size(items);
    kith_value *values = block_new(fields, count * sizeof *values);
    if (values == NULL) {
        return false;
    }
    for (size_t i = 0; i < count; i++) {
        if (!value_in(fields, PyTuple_GetItem(items, (Py_ssize_t)i), &values[i])) {
            return false;
        }
    }
    out->type = KITH_TYPE_LIST;
    out->as.list.items = values;
    out->as.list.count = count;
    return true;
}

static bool field_in(kpy_fields *fields, PyObject *item, kith_field *out) {
    if (!PyTuple_Check(item) || PyTuple_Size(item) != 2) {
        PyErr_SetString(PyExc_TypeError, "items() of a mapping must give pairs");
        return false;
    }
    return kpy_text(PyTuple_GetItem(item, 0), "an attribute's name", &out->name) &&
           value_in(fields, PyTuple_GetItem(item, 1), &out->value);
}

/* The list of items is our own: nothing that runs meanwhile can change it. */
static bool map_in(kpy_fields *fields, PyObject *object, kith_field **out, size_t *out_count) {
    PyObject *items = PyMapping_Items(object);
    if (!kpy_append(fields->kept, items)) {
        return false;
    }
    size_t count = (size_t)PyList_Size(items);
    kith_field *made = block_new(fields, count * sizeof *made);
    if (made == NULL) {
        return false;
    }
    for (size_t i = 0; i < count; i++) {
        if (!field_in(fields, PyList_GetItem(items, (Py_ssize_t)i), &made[i])) {
            return false;
        }
    }
    *out = made;
    *out_count = count;
    return true;
}

static bool nested_in(kpy_fields *fields, PyObject *object, kith_value *out) {
    if (Py_EnterRecursiveCall(" in a value for kith") != 0) {
        return false;
    }
    bool done = false;
    if (PyDict_Check(object)) {
        kith_field *made = NULL;
        size_t count = 0;
        done = map_in(fields, object, &made, &count);
        out->type = KITH_TYPE_MAP;
        out->as.map.fields = made;
        out->as.map.count = count;
    } else {
        done = list_in(fields, object, out);
    }
    Py_LeaveRecursiveCall();
    return done;
}

/* What is rarer: days and times, decimals, numbers of other libraries. */
static bool rare_in(kpy_fields *fields, PyObject *object, kith_value *out) {
    kpy_state *state = fields->state;
    if (is_a(object, state->datetime_type)) {
        out->type = KITH_TYPE_TIME;
        return datetime_in(state, object, &out->as.time_us);
    }
    if (is_a(object, state->date_type)) {
        out->type = KITH_TYPE_DATE;
        return date_in(object, &out->as.date_days);
    }
    if (is_a(object, (PyTypeObject *)state->decimal_type)) {
        return kept_text_in(fields, PyObject_CallMethod(object, "__format__", "s", "f"), out);
    }
    if (PyIndex_Check(object)) {
        PyObject *number = PyNumber_Index(object);
        out->type = KITH_TYPE_INTEGER;
        bool done = number != NULL && int64_in(number, &out->as.integer);
        Py_XDECREF(number);
        return done;
    }
    PyErr_Format(
        PyExc_TypeError,
        "a value is None, bool, int, float, Decimal, str, date, datetime, list, tuple or dict, "
        "not %R",
        object);
    return false;
}

static bool value_in(kpy_fields *fields, PyObject *object, kith_value *out) {
    *out = kith_value_null();
    if (PyUnicode_Check(object)) {
        return text_in(object, out);
    }
    if (Py_IsNone(object)) {
        return true;
    }
    if (PyBool_Check(object)) {
        *out = kith_value_boolean(Py_IsTrue(object));
        return true;
    }
    if (PyLong_Check(object)) {
        out->type = KITH_TYPE_INTEGER;
        return int64_in(object, &out->as.integer);
    }
    if (PyFloat_Check(object)) {
        *out = kith_value_real(PyFloat_AsDouble(object));
        return true;
    }
    if (PyList_Check(object) || PyTuple_Check(object) || PyDict_Check(object)) {
        return nested_in(fields, object, out);
    }
    return rare_in(fields, object, out);
}

bool kpy_fields_init(kpy_fields *fields, kpy_state *state, PyObject *mapping, const char *what) {
    memset(fields, 0, sizeof *fields);
    fields->state = state;
    if (!kpy_given(mapping)) {
        return true;
    }
    if (!PyDict_Check(mapping) && !PyObject_HasAttrString(mapping, "items")) {
        PyErr_Format(PyExc_TypeError, "%s must be a dict, not %R", what, mapping);
        return false;
    }
    fields->kept = PyList_New(0);
    if (fields->kept != NULL && map_in(fields, mapping, &fields->fields, &fields->count)) {
        return true;
    }
    kpy_fields_clear(fields);
    return false;
}

void kpy_fields_clear(kpy_fields *fields) {
    Py_CLEAR(fields->kept);
    while (fields->blocks != NULL) {
        struct kpy_block *next = fields->blocks->next;
        PyMem_Free(fields->blocks);
        fields->blocks = next;
    }
}
