/*
 * Definitions of segments and traits, and what a kith.Profile shows of both. These keep the
 * interpreter's lock.
 */
#include "_kith.h"

/* ---- defining ---- */

enum { PUT_NAME, PUT_EXPRESSION, PUT_AT, PUT_NOTE, PUT_ANY_NAME, PUT_JSON, PUT_COUNT };

static const char *const put_parameters[] = {"name",     "expression", "at", "note",
                                             "any_name", "json",       NULL};

PyObject *kpy_formula_text(kpy_state *state, PyObject *object, kith_expression_options *options) {
    if (options->json) {
        return kpy_json_text(object, "expression");
    }
    if (!PyObject_TypeCheck(object, state->expression_type)) {
        return Py_NewRef(object);
    }
    options->any_name = options->any_name || ((kpy_expression *)object)->any_name;
    return PyObject_Str(object);
}

PyObject *kpy_put_definition(kpy_txn *self, kith_definition_kind kind,
                             const kith_definition_input *input) {
    if (!kpy_txn_ready_to_write(self)) {
        return NULL;
    }
    kith_change change = KITH_UNCHANGED;
    int code = kith_definition_put(self->handle, kind, input, &change);
    return kpy_change_out(self, code, change);
}

static PyObject *define(kpy_txn *self, kith_definition_kind kind, const kpy_signature *signature,
                        PyObject *const *args, Py_ssize_t count, PyObject *names) {
    PyObject *given[PUT_COUNT];
    kith_definition_input input = KITH_DEFINITION_INPUT_INIT;
    kith_expression_options options = KITH_EXPRESSION_OPTIONS_INIT;
    if (!kpy_args(signature, args, count, names, given) ||
        !kpy_text(given[PUT_NAME], "name", &input.name) ||
        !kpy_time_in(self->state, given[PUT_AT], &input.at_us) ||
        !kpy_text_optional(given[PUT_NOTE], "note", &input.note) ||
        !kpy_flag(given[PUT_ANY_NAME], false, &options.any_name) ||
        !kpy_flag(given[PUT_JSON], false, &options.json)) {
        return NULL;
    }
    PyObject *text = kpy_formula_text(self->state, given[PUT_EXPRESSION], &options);
    PyObject *made = NULL;
    input.options = &options;
    if (text != NULL && kpy_text(text, "expression", &input.expression)) {
        made = kpy_put_definition(self, kind, &input);
    }
    Py_XDECREF(text);
    return made;
}

PyObject *kpy_txn_put_segment(PyObject *self, PyObject *const *args, Py_ssize_t count,
                              PyObject *names) {
    static const kpy_signature signature = {"put_segment", 3, 7, put_parameters};
    return define((kpy_txn *)self, KITH_SEGMENT, &signature, args, count, names);
}

PyObject *kpy_txn_put_trait(PyObject *self, PyObject *const *args, Py_ssize_t count,
                            PyObject *names) {
    static const kpy_signature signature = {"put_trait", 3, 7, put_parameters};
    return define((kpy_txn *)self, KITH_TRAIT, &signature, args, count, names);
}

/* ---- removing ---- */

static const char *const remove_parameters[] = {"name", "at", NULL};

PyObject *kpy_remove_definition(kpy_txn *self, kith_definition_kind kind,
                                const kpy_signature *signature, PyObject *const *args,
                                Py_ssize_t count, PyObject *names) {
    PyObject *given[2];
    const char *name = NULL;
    int64_t at_us = 0;
    if (!kpy_args(signature, args, count, names, given) || !kpy_text(given[0], "name", &name) ||
        !kpy_time_in(self->state, given[1], &at_us) || !kpy_txn_ready_to_write(self)) {
        return NULL;
    }
    int code = kith_definition_remove(self->handle, kind, name, at_us);
    return code == KITH_OK ? Py_NewRef(Py_None) : kpy_raise_txn(self->state, self->handle, code);
}

PyObject *kpy_txn_remove_segment(PyObject *self, PyObject *const *args, Py_ssize_t count,
                                 PyObject *names) {
    static const kpy_signature signature = {"remove_segment", 2, 3, remove_parameters};
    return kpy_remove_definition((kpy_txn *)self, KITH_SEGMENT, &signature, args, count, names);
}

PyObject *kpy_txn_remove_trait(PyObject *self, PyObject *const *args, Py_ssize_t count,
                               PyObject *names) {
    static const kpy_signature signature = {"remove_trait", 2, 3, remove_parameters};
    return kpy_remove_definition((kpy_txn *)self, KITH_TRAIT, &signature, args, count, names);
}

/* ---- reading definitions ---- */

/* What it says: an expression, or of a score its model. */
static bool set_content(PyObject *dict, const kith_definition *definition) {
    if (definition->kind == KITH_SCORE) {
        return kpy_set(dict, "definition", kpy_json_out(definition->expression));
    }
    const char *kind = kith_definition_kind_name(definition->kind);
    return kpy_set(dict, "kind", kpy_text_out(kind)) &&
           kpy_set(dict, "expression", kpy_text_out(definition->expression));
}

static PyObject *definition_out(kpy_state *state, const kith_definition *definition) {
    PyObject *dict = PyDict_New();
    if (dict != NULL &&
        (!kpy_set(dict, "name", kpy_text_out(definition->name)) ||
         !kpy_set(dict, "version", PyLong_FromUnsignedLong(definition->version)) ||
         !kpy_set(dict, "removed", PyBool_FromLong(definition->removed)) ||
         !set_content(dict, definition) ||
         !kpy_set(dict, "note",
                  kpy_text_out(definition->note[0] != '\0' ? definition->note : NULL)) ||
         !kpy_set(dict, "gives", kpy_text_out(definition->gives)) ||
         !kpy_set(dict, "at", kpy_time_out(state, definition->at_us)))) {
        Py_CLEAR(dict);
    }
    return dict;
}

static const char *const get_parameters[] = {"name", "version", NULL};

PyObject *kpy_get_definition(kpy_txn *self, kith_definition_kind kind,
                             const kpy_signature *signature, PyObject *const *args,
                             Py_ssize_t count, PyObject *names) {
    PyObject *given[2];
    const char *name = NULL;
    uint64_t version = 0;
    if (!kpy_args(signature, args, count, names, given) || !kpy_text(given[0], "name", &name) ||
        !kpy_count(given[1], "version", &version) || !kpy_txn_ready(self)) {
        return NULL;
    }
    kith_definition found = KITH_DEFINITION_INIT;
    uint32_t asked = version < UINT32_MAX ? (uint32_t)version : UINT32_MAX;
    int code = kith_definition_get(self->handle, kind, name, asked, &found);
    return code == KITH_OK ? definition_out(self->state, &found)
                           : kpy_raise_txn(self->state, self->handle, code);
}

PyObject *kpy_txn_segment(PyObject *self, PyObject *const *args, Py_ssize_t count,
                          PyObject *names) {
    static const kpy_signature signature = {"segment", 2, 1, get_parameters};
    return kpy_get_definition((kpy_txn *)self, KITH_SEGMENT, &signature, args, count, names);
}

PyObject *kpy_txn_trait(PyObject *self, PyObject *const *args, Py_ssize_t count, PyObject *names) {
    static const kpy_signature signature = {"trait", 2, 1, get_parameters};
    return kpy_get_definition((kpy_txn *)self, KITH_TRAIT, &signature, args, count, names);
}

PyObject *kpy_definitions_out(kpy_txn *self, kith_definition_kind kind) {
    PyObject *list = kpy_txn_ready(self) ? PyList_New(0) : NULL;
    size_t cursor = 0;
    while (list != NULL) {
        kith_definition found = KITH_DEFINITION_INIT;
        int code = kith_definition_next(self->handle, kind, &cursor, &found);
        if (code == KITH_DONE) {
            break;
        }
        if (code != KITH_OK) {
            kpy_raise_txn(self->state, self->handle, code);
            Py_CLEAR(list);
        } else if (!kpy_append(list, definition_out(self->state, &found))) {
            Py_CLEAR(list);
        }
    }
    return list;
}

PyObject *kpy_txn_segments(PyObject *self, PyObject *Py_UNUSED(unused)) {
    return kpy_definitions_out((kpy_txn *)self, KITH_SEGMENT);
}

PyObject *kpy_txn_traits(PyObject *self, PyObject *Py_UNUSED(unused)) {
    return kpy_definitions_out((kpy_txn *)self, KITH_TRAIT);
}

/* ---- what definitions ask for ---- */

static PyObject *mentions_out(kpy_txn *self, kith_definition_kind kind, const char *name) {
    PyObject *list = PyList_New(0);
    size_t cursor = 0;
    while (list != NULL) {
        kith_mention mention = KITH_MENTION_INIT;
        int code = kith_definition_next_mention(self->handle, kind, name, &cursor, &mention);
        if (code == KITH_DONE) {
            break;
        }
        if (code != KITH_OK) {
            kpy_raise_txn(self->state, self->handle, code);
            Py_CLEAR(list);
        } else if (!kpy_append(list, Py_BuildValue("(ss)", mention.kind, mention.name))) {
            Py_CLEAR(list);
        }
    }
    return list;
}

PyObject *kpy_txn_mentions(PyObject *object, PyObject *const *args, Py_ssize_t count,
                           PyObject *names) {
    static const char *const parameters[] = {"kind", "name", NULL};
    static const kpy_signature signature = {"mentions", 2, 3, parameters};
    static const char *const kinds[] = {"segment", "trait", "score", NULL};
    static const kith_definition_kind of[] = {KITH_SEGMENT, KITH_TRAIT, KITH_SCORE};
    kpy_txn *self = (kpy_txn *)object;
    PyObject *given[2];
    const char *name = NULL;
    int kind = 0;
    if (!kpy_args(&signature, args, count, names, given) ||
        !kpy_word(given[0], "kind", kinds, &kind) || !kpy_text(given[1], "name", &name) ||
        !kpy_txn_ready(self)) {
        return NULL;
    }
    return mentions_out(self, of[kind], name);
}

/* ---- what a profile shows ---- */

static PyObject *raise_profile(kpy_profile *self, int code) {
    return kpy_raise_txn(self->txn->state, self->txn->handle, code);
}

PyObject *kpy_profile_trait(PyObject *object, PyObject *name) {
    kpy_profile *self = (kpy_profile *)object;
    const char *trait_name = NULL;
    const kith_profile *view = NULL;
    if (!kpy_text(name, "trait", &trait_name) || (view = kpy_profile_view(self)) == NULL) {
        return NULL;
    }
    kith_profile_trait_value trait = KITH_PROFILE_TRAIT_VALUE_INIT;
    int code = kith_profile_trait(view, trait_name, &trait);
    if (code == KITH_NOT_FOUND) {
        Py_RETURN_NONE;
    }
    return code == KITH_OK ? kpy_value_out(self->txn->state, &trait.value)
                           : raise_profile(self, code);
}

PyObject *kpy_profile_get_traits(PyObject *object, void *Py_UNUSED(context)) {
    kpy_profile *self = (kpy_profile *)object;
    const kith_profile *view = kpy_profile_view(self);
    PyObject *dict = view == NULL ? NULL : PyDict_New();
    size_t cursor = 0;
    while (dict != NULL) {
        kith_profile_trait_value trait = KITH_PROFILE_TRAIT_VALUE_INIT;
        int code = kith_profile_next_trait(view, &cursor, &trait);
        if (code == KITH_DONE) {
            break;
        }
        if (code != KITH_OK) {
            raise_profile(self, code);
            Py_CLEAR(dict);
        } else if (!kpy_set(dict, trait.trait, kpy_value_out(self->txn->state, &trait.value))) {
            Py_CLEAR(dict);
        }
    }
    return dict;
}

PyObject *kpy_profile_in_segment(PyObject *object, PyObject *name) {
    kpy_profile *self = (kpy_profile *)object;
    const char *segment = NULL;
    const kith_profile *view = NULL;
    if (!kpy_text(name, "segment", &segment) || (view = kpy_profile_view(self)) == NULL) {
        return NULL;
    }
    bool in = false;
    int code = kith_profile_in_segment(view, segment, &in);
    return code == KITH_OK ? PyBool_FromLong(in) : raise_profile(self, code);
}

PyObject *kpy_profile_get_segments(PyObject *object, void *Py_UNUSED(context)) {
    kpy_profile *self = (kpy_profile *)object;
    const kith_profile *view = kpy_profile_view(self);
    PyObject *list = view == NULL ? NULL : PyList_New(0);
    size_t cursor = 0;
    while (list != NULL) {
        const char *segment = NULL;
        int code = kith_profile_next_segment(view, &cursor, &segment);
        if (code == KITH_DONE) {
            break;
        }
        if (code != KITH_OK) {
            raise_profile(self, code);
            Py_CLEAR(list);
        } else if (!kpy_append(list, kpy_text_out(segment))) {
            Py_CLEAR(list);
        }
    }
    return list;
}
