/*
 * What a write transaction says of a customer (tags, consents, points, scores), and tagging the
 * records that a file lists or those whom a condition means.
 */
#include "_kith.h"

/* ---- who, and how much ---- */

typedef struct whom {
    const char *source, *key; /* or NULL both */
    const kith_id *id;        /* or NULL */
    kith_id given;
} whom;

/* A record (source, key), or any id ever given out. */
static bool whom_in(kpy_txn *self, PyObject *object, whom *out) {
    const char *text = NULL;
    *out = (whom){NULL, NULL, NULL, {{0}}};
    if (!PyUnicode_Check(object)) {
        return kpy_pair(object, "of", &out->source, &out->key);
    }
    if (!kpy_text(object, "of", &text)) {
        return false;
    }
    if (kith_id_parse(text, &out->given) != KITH_OK) {
        kpy_raise_code(self->state, KITH_INVALID, "an id has 32 hexadecimal digits");
        return false;
    }
    out->id = &out->given;
    return true;
}

/* Moves the point of a Decimal; NULL where a part of a millionth is left. */
static PyObject *scale(PyObject *decimal, PyObject *given) {
    PyObject *scaled = PyObject_CallMethod(decimal, "scaleb", "i", 6);
    PyObject *whole = scaled == NULL ? NULL : PyObject_CallMethod(scaled, "__int__", NULL);
    int same = whole == NULL ? -1 : PyObject_RichCompareBool(scaled, whole, Py_EQ);
    if (same == 0) {
        PyErr_Format(PyExc_ValueError, "%S has more than six decimals", given);
    }
    if (same != 1) {
        Py_CLEAR(whole);
    }
    Py_XDECREF(scaled);
    return whole;
}

/* Millionths of an int, a Decimal, or a float as it is written. */
static bool micros_in(kpy_state *state, PyObject *object, int64_t *out) {
    if (!PyLong_Check(object) && !PyFloat_Check(object) &&
        !PyObject_IsInstance(object, state->decimal_type)) {
        PyErr_Format(PyExc_TypeError, "a number is an int, a float or a Decimal, not %R", object);
        return false;
    }
    PyObject *text = PyObject_Str(object);
    PyObject *decimal =
        text == NULL ? NULL : PyObject_CallFunctionObjArgs(state->decimal_type, text, NULL);
    PyObject *whole = decimal == NULL ? NULL : scale(decimal, object);
    int overflow = 0;
    *out = whole == NULL ? 0 : PyLong_AsLongLongAndOverflow(whole, &overflow);
    if (overflow != 0) {
        PyErr_Format(PyExc_OverflowError, "%S doesn't fit 64 bits of millionths", object);
    }
    Py_XDECREF(whole);
    Py_XDECREF(decimal);
    Py_XDECREF(text);
    return PyErr_Occurred() == NULL;
}

/* ---- tags ---- */

static const char *const origin_words[] = {"manual", "rule", "import", "model", NULL};

static bool origin_in(PyObject *object, kith_origin *out) {
    int origin = KITH_ORIGIN_MANUAL;
    bool fine = !kpy_given(object) || kpy_word(object, "origin", origin_words, &origin);
    *out = (kith_origin)origin;
    return fine;
}

/* What a tag has beside its name and time. What the value borrows lives until kpy_fields_clear. */
static bool tag_in(kpy_state *state, PyObject *value, PyObject *expires, PyObject *confidence,
                   kpy_fields *fields, kith_tag_input *out) {
    uint64_t percent = 0;
    if (!kpy_count(confidence, "confidence", &percent) ||
        !kpy_time_optional(state, expires, INT64_MAX, &out->expires_at_us)) {
        return false;
    }
    if (kpy_given(confidence)) {
        out->confidence = percent < UINT32_MAX ? (uint32_t)percent : UINT32_MAX;
    }
    PyObject *mapping = PyDict_New();
    bool fine = mapping != NULL &&
                PyDict_SetItemString(mapping, "value", value != NULL ? value : Py_None) == 0 &&
                kpy_fields_init(fields, state, mapping, "value");
    if (fine) {
        out->value = fields->fields[0].value;
    }
    Py_XDECREF(mapping);
    return fine;
}

enum { TAG_OF, TAG_TAG, TAG_AT, TAG_VALUE, TAG_EXPIRES, TAG_CONFIDENCE, TAG_ORIGIN, TAG_BY };

PyObject *kpy_txn_tag(PyObject *object, PyObject *const *args, Py_ssize_t count, PyObject *names) {
    static const char *const parameters[] = {"of",         "tag",    "at", "value", "expires",
                                             "confidence", "origin", "by", NULL};
    static const kpy_signature signature = {"tag", 3, 7, parameters};
    kpy_txn *self = (kpy_txn *)object;
    PyObject *given[8];
    kith_tag_input input = KITH_TAG_INPUT_INIT;
    kpy_fields fields = {0};
    whom who;
    if (!kpy_args(&signature, args, count, names, given) || !whom_in(self, given[TAG_OF], &who) ||
        !kpy_text(given[TAG_TAG], "tag", &input.tag) ||
        !kpy_time_in(self->state, given[TAG_AT], &input.at_us) ||
        !origin_in(given[TAG_ORIGIN], &input.origin) ||
        !kpy_text_optional(given[TAG_BY], "by", &input.by) ||
        !tag_in(self->state, given[TAG_VALUE], given[TAG_EXPIRES], given[TAG_CONFIDENCE], &fields,
                &input)) {
        return NULL;
    }
    input.source = who.source;
    input.key = who.key;
    input.id = who.id;
    PyObject *made = NULL;
    if (kpy_txn_ready_to_write(self)) {
        kith_change change = KITH_UNCHANGED;
        int code = kith_tag_add(self->handle, &input, &change);
        made = kpy_change_out(self, code, change);
    }
    kpy_fields_clear(&fields);
    return made;
}

PyObject *kpy_txn_untag(PyObject *object, PyObject *const *args, Py_ssize_t count,
                        PyObject *names) {
    static const char *const parameters[] = {"of", "tag", "at", "origin", "by", NULL};
    static const kpy_signature signature = {"untag", 3, 7, parameters};
    kpy_txn *self = (kpy_txn *)object;
    PyObject *given[5];
    kith_tag_input input = KITH_TAG_INPUT_INIT;
    kith_change change = KITH_UNCHANGED;
    whom who;
    if (!kpy_args(&signature, args, count, names, given) || !whom_in(self, given[0], &who) ||
        !kpy_text(given[1], "tag", &input.tag) ||
        !kpy_time_in(self->state, given[2], &input.at_us) || !origin_in(given[3], &input.origin) ||
        !kpy_text_optional(given[4], "by", &input.by) || !kpy_txn_ready_to_write(self)) {
        return NULL;
    }
    input.source = who.source;
    input.key = who.key;
    input.id = who.id;
    int code = kith_tag_remove(self->handle, &input, &change);
    return kpy_change_out(self, code, change);
}

/* ---- consents, points, scores ---- */

PyObject *kpy_txn_consent(PyObject *object, PyObject *const *args, Py_ssize_t count,
                          PyObject *names) {
    static const char *const parameters[] = {"of",      "purpose", "granted", "at",
                                             "channel", "by",      NULL};
    static const kpy_signature signature = {"consent", 4, 15, parameters};
    kpy_txn *self = (kpy_txn *)object;
    PyObject *given[6];
    kith_consent_input input = KITH_CONSENT_INPUT_INIT;
    kith_change change = KITH_UNCHANGED;
    whom who;
    if (!kpy_args(&signature, args, count, names, given) || !whom_in(self, given[0], &who) ||
        !kpy_text(given[1], "purpose", &input.purpose) ||
        !kpy_flag(given[2], false, &input.granted) ||
        !kpy_time_in(self->state, given[3], &input.at_us) ||
        !kpy_text_optional(given[4], "channel", &input.channel) ||
        !kpy_text_optional(given[5], "by", &input.by) || !kpy_txn_ready_to_write(self)) {
        return NULL;
    }
    input.source = who.source;
    input.key = who.key;
    input.id = who.id;
    int code = kith_consent_put(self->handle, &input, &change);
    return kpy_change_out(self, code, change);
}

PyObject *kpy_txn_points(PyObject *object, PyObject *const *args, Py_ssize_t count,
                         PyObject *names) {
    static const char *const parameters[] = {"of", "ledger", "entry", "amount", "at", "by", NULL};
    static const kpy_signature signature = {"points", 5, 31, parameters};
    kpy_txn *self = (kpy_txn *)object;
    PyObject *given[6];
    kith_points_input input = KITH_POINTS_INPUT_INIT;
    kith_change change = KITH_UNCHANGED;
    whom who;
    if (!kpy_args(&signature, args, count, names, given) || !whom_in(self, given[0], &who) ||
        !kpy_text(given[1], "ledger", &input.ledger) ||
        !kpy_text(given[2], "entry", &input.entry) ||
        !micros_in(self->state, given[3], &input.amount_micros) ||
        !kpy_time_in(self->state, given[4], &input.at_us) ||
        !kpy_text_optional(given[5], "by", &input.by) || !kpy_txn_ready_to_write(self)) {
        return NULL;
    }
    input.source = who.source;
    input.key = who.key;
    input.id = who.id;
    int code = kith_points_put(self->handle, &input, &change);
    return kpy_change_out(self, code, change);
}

PyObject *kpy_txn_score(PyObject *object, PyObject *const *args, Py_ssize_t count,
                        PyObject *names) {
    static const char *const parameters[] = {"of", "score", "value", "at", "by", NULL};
    static const kpy_signature signature = {"score", 4, 15, parameters};
    kpy_txn *self = (kpy_txn *)object;
    PyObject *given[5];
    kith_score_input input = KITH_SCORE_INPUT_INIT;
    kith_change change = KITH_UNCHANGED;
    whom who;
    if (!kpy_args(&signature, args, count, names, given) || !whom_in(self, given[0], &who) ||
        !kpy_text(given[1], "score", &input.score) ||
        !micros_in(self->state, given[2], &input.value_micros) ||
        !kpy_time_in(self->state, given[3], &input.at_us) ||
        !kpy_text_optional(given[4], "by", &input.by) || !kpy_txn_ready_to_write(self)) {
        return NULL;
    }
    input.source = who.source;
    input.key = who.key;
    input.id = who.id;
    int code = kith_score_put(self->handle, &input, &change);
    return kpy_change_out(self, code, change);
}

/* ---- files ---- */

enum {
    FILE_PATH,
    FILE_SOURCE,
    FILE_TAG,
    FILE_AT,
    FILE_KEY,
    FILE_REMOVE,
    FILE_VALUE,
    FILE_EXPIRES,
    FILE_CONFIDENCE,
    FILE_ORIGIN,
    FILE_BY,
    FILE_ENCODING,
    FILE_PROGRESS,
    FILE_COUNT
};

typedef struct file_call {
    kpy_work work;
    kith_tag_import_options options;
    kith_tag_input tag;
    kpy_fields fields;
    PyObject *path;
} file_call;

static bool file_call_init(file_call *call, kpy_state *state, PyObject *const *given) {
    const kith_tag_import_options empty = KITH_TAG_IMPORT_OPTIONS_INIT;
    const kith_tag_input none = KITH_TAG_INPUT_INIT;
    call->options = empty;
    call->tag = none;
    call->options.tag = &call->tag;
    call->options.progress = kpy_work_progress;
    call->options.context = &call->work;
    return kpy_work_init(&call->work, state, given[FILE_PROGRESS]) &&
           PyUnicode_FSConverter(given[FILE_PATH], &call->path) &&
           kpy_text(given[FILE_SOURCE], "source", &call->options.source) &&
           kpy_text(given[FILE_TAG], "tag", &call->tag.tag) &&
           kpy_time_in(state, given[FILE_AT], &call->tag.at_us) &&
           kpy_text_optional(given[FILE_KEY], "key", &call->options.key_column) &&
           kpy_flag(given[FILE_REMOVE], false, &call->options.remove) &&
           origin_in(given[FILE_ORIGIN], &call->tag.origin) &&
           kpy_text_optional(given[FILE_BY], "by", &call->tag.by) &&
           kpy_text_optional(given[FILE_ENCODING], "encoding", &call->options.encoding) &&
           tag_in(state, given[FILE_VALUE], given[FILE_EXPIRES], given[FILE_CONFIDENCE],
                  &call->fields, &call->tag);
}

static PyObject *report_out(const kith_tag_import_report *report) {
    const kpy_named_count counts[] = {
        {"row_count", report->row_count},
        {"added_count", report->added_count},
        {"unchanged_count", report->unchanged_count},
        {"unknown_count", report->unknown_count},
        {"first_unknown_line", report->first_unknown_line},
        {"rejected_count", report->rejected_count},
        {"first_rejected_line", report->first_rejected_line},
    };
    return kpy_counts_out(counts, sizeof counts / sizeof counts[0]);
}

static PyObject *file_run(kpy_store *self, file_call *call) {
    kith *handle = kpy_store_enter_to_write(self);
    if (handle == NULL) {
        return NULL;
    }
    kith_tag_import_report report = KITH_TAG_IMPORT_REPORT_INIT;
    kith_error error = KITH_ERROR_INIT;
    const char *path = PyBytes_AsString(call->path);
    kpy_store_writing_begin(self, &call->work);
    kpy_work_begin(&call->work);
    int code = kith_tag_import(handle, path, &call->options, &report, &error);
    kpy_work_end(&call->work);
    kpy_store_writing_end(self, &call->work);
    kpy_store_leave(self);
    if (PyErr_Occurred() != NULL) {
        return NULL;
    }
    PyObject *told = report_out(&report);
    return code == KITH_OK || told == NULL ? told
                                           : kpy_raise_reported(self->state, code, &error, told);
}

PyObject *kpy_store_tag_file(PyObject *object, PyObject *const *args, Py_ssize_t count,
                             PyObject *names) {
    static const char *const parameters[] = {
        "path",    "source",     "tag",    "at", "key",      "remove",   "value",
        "expires", "confidence", "origin", "by", "encoding", "progress", NULL};
    static const kpy_signature signature = {"tag_file", 4, 15, parameters};
    kpy_store *self = (kpy_store *)object;
    PyObject *given[FILE_COUNT];
    file_call call = {.path = NULL};
    PyObject *made = NULL;
    if (!kpy_args(&signature, args, count, names, given)) {
        return NULL;
    }
    if (file_call_init(&call, self->state, given)) {
        made = file_run(self, &call);
    }
    kpy_fields_clear(&call.fields);
    Py_XDECREF(call.path);
    return made;
}

/* ---- those who are meant ---- */

enum {
    WHERE_WHERE,
    WHERE_TAG,
    WHERE_AT,
    WHERE_NOW,
    WHERE_REMOVE,
    WHERE_DRY_RUN,
    WHERE_VALUE,
    WHERE_EXPIRES,
    WHERE_CONFIDENCE,
    WHERE_ORIGIN,
    WHERE_BY,
    WHERE_ANY_NAME,
    WHERE_JSON,
    WHERE_PROGRESS,
    WHERE_COUNT
};

typedef struct where_call {
    kpy_work work;
    kith_tag_where_options options;
    kith_expression_options expression;
    kith_tag_input tag;
    kpy_fields fields;
    PyObject *where;
} where_call;

static bool where_in(where_call *call, kpy_state *state, PyObject *const *given) {
    if (!kpy_flag(given[WHERE_ANY_NAME], false, &call->expression.any_name) ||
        !kpy_flag(given[WHERE_JSON], false, &call->expression.json)) {
        return false;
    }
    call->where = kpy_formula_text(state, given[WHERE_WHERE], &call->expression);
    return call->where != NULL && kpy_text(call->where, "where", &call->options.where);
}

static bool where_call_init(where_call *call, kpy_state *state, PyObject *const *given) {
    const kith_tag_where_options empty = KITH_TAG_WHERE_OPTIONS_INIT;
    const kith_expression_options text = KITH_EXPRESSION_OPTIONS_INIT;
    const kith_tag_input none = KITH_TAG_INPUT_INIT;
    call->options = empty;
    call->expression = text;
    call->tag = none;
    call->options.tag = &call->tag;
    call->options.expression = &call->expression;
    call->options.progress = kpy_work_progress;
    call->options.context = &call->work;
    return kpy_work_init(&call->work, state, given[WHERE_PROGRESS]) &&
           where_in(call, state, given) && kpy_text(given[WHERE_TAG], "tag", &call->tag.tag) &&
           kpy_time_in(state, given[WHERE_AT], &call->tag.at_us) &&
           kpy_time_optional(state, given[WHERE_NOW], call->tag.at_us, &call->options.now_us) &&
           kpy_flag(given[WHERE_REMOVE], false, &call->options.remove) &&
           kpy_flag(given[WHERE_DRY_RUN], false, &call->options.dry_run) &&
           origin_in(given[WHERE_ORIGIN], &call->tag.origin) &&
           kpy_text_optional(given[WHERE_BY], "by", &call->tag.by) &&
           tag_in(state, given[WHERE_VALUE], given[WHERE_EXPIRES], given[WHERE_CONFIDENCE],
                  &call->fields, &call->tag);
}

static PyObject *where_run(kpy_store *self, where_call *call) {
    kith *handle = kpy_store_enter_to_write(self);
    if (handle == NULL) {
        return NULL;
    }
    kith_tag_where_report report = KITH_TAG_WHERE_REPORT_INIT;
    kith_error error = KITH_ERROR_INIT;
    kpy_store_writing_begin(self, &call->work);
    kpy_work_begin(&call->work);
    int code = kith_tag_where(handle, &call->options, &report, &error);
    kpy_work_end(&call->work);
    kpy_store_writing_end(self, &call->work);
    kpy_store_leave(self);
    if (PyErr_Occurred() != NULL) {
        return NULL;
    }
    const kpy_named_count counts[] = {{"matched_count", report.matched_count},
                                      {"added_count", report.added_count},
                                      {"unchanged_count", report.unchanged_count}};
    PyObject *told = kpy_counts_out(counts, sizeof counts / sizeof counts[0]);
    return code == KITH_OK || told == NULL ? told
                                           : kpy_raise_reported(self->state, code, &error, told);
}

PyObject *kpy_store_tag_where(PyObject *object, PyObject *const *args, Py_ssize_t count,
                              PyObject *names) {
    static const char *const parameters[] = {
        "where",      "tag",    "at", "now",      "remove", "dry_run",  "value", "expires",
        "confidence", "origin", "by", "any_name", "json",   "progress", NULL};
    static const kpy_signature signature = {"tag_where", 3, 7, parameters};
    kpy_store *self = (kpy_store *)object;
    PyObject *given[WHERE_COUNT];
    where_call call = {.where = NULL};
    PyObject *made = NULL;
    if (!kpy_args(&signature, args, count, names, given)) {
        return NULL;
    }
    if (where_call_init(&call, self->state, given)) {
        made = where_run(self, &call);
    }
    kpy_fields_clear(&call.fields);
    Py_XDECREF(call.where);
    return made;
}
