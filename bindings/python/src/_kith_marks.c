/*
 * What a kith.Profile shows of tags, consents, points and scores.
 */
#include "_kith.h"

static PyObject *raise_profile(kpy_profile *self, int code) {
    return kpy_raise_txn(self->txn->state, self->txn->handle, code);
}

/* What was said of a record: where, when, by whom. */
static bool set_said(kpy_profile *self, PyObject *dict, uint32_t record, int64_t at_us,
                     const char *by) {
    return kpy_set(dict, "record", kpy_record_pair(self->txn, record)) &&
           kpy_set(dict, "at", kpy_time_out(self->txn->state, at_us)) &&
           kpy_set(dict, "by", kpy_text_out(by));
}

/* ---- tags ---- */

static PyObject *tag_out(kpy_profile *self, const kith_tag *tag) {
    kpy_state *state = self->txn->state;
    PyObject *dict = PyDict_New();
    if (dict != NULL && (!kpy_set(dict, "tag", kpy_text_out(tag->name)) ||
                         !kpy_set(dict, "value", kpy_value_out(state, &tag->value)) ||
                         !kpy_set(dict, "origin", kpy_text_out(kith_origin_name(tag->origin))) ||
                         !kpy_set(dict, "confidence", PyLong_FromUnsignedLong(tag->confidence)) ||
                         !kpy_set(dict, "expires", kpy_time_out(state, tag->expires_at_us)) ||
                         !set_said(self, dict, tag->record, tag->at_us, tag->by))) {
        Py_CLEAR(dict);
    }
    return dict;
}

PyObject *kpy_profile_tag(PyObject *object, PyObject *name) {
    kpy_profile *self = (kpy_profile *)object;
    const char *tag_name = NULL;
    const kith_profile *view = NULL;
    if (!kpy_text(name, "tag", &tag_name) || (view = kpy_profile_view(self)) == NULL) {
        return NULL;
    }
    kith_tag tag = KITH_TAG_INIT;
    int code = kith_profile_tag(view, tag_name, &tag);
    if (code == KITH_NOT_FOUND) {
        Py_RETURN_NONE;
    }
    return code == KITH_OK ? tag_out(self, &tag) : raise_profile(self, code);
}

PyObject *kpy_profile_get_tags(PyObject *object, void *Py_UNUSED(context)) {
    kpy_profile *self = (kpy_profile *)object;
    const kith_profile *view = kpy_profile_view(self);
    PyObject *dict = view == NULL ? NULL : PyDict_New();
    size_t cursor = 0;
    while (dict != NULL) {
        kith_tag tag = KITH_TAG_INIT;
        int code = kith_profile_next_tag(view, &cursor, &tag);
        if (code == KITH_DONE) {
            break;
        }
        if (code != KITH_OK) {
            raise_profile(self, code);
            Py_CLEAR(dict);
        } else if (!kpy_set(dict, tag.name, tag_out(self, &tag))) {
            Py_CLEAR(dict);
        }
    }
    return dict;
}

static PyObject *old_tag_out(kpy_profile *self, const kith_tag *tag) {
    PyObject *dict = tag_out(self, tag);
    if (dict != NULL && !kpy_set(dict, "removed", PyBool_FromLong(tag->removed))) {
        Py_CLEAR(dict);
    }
    return dict;
}

PyObject *kpy_profile_tag_history(PyObject *object, PyObject *Py_UNUSED(unused)) {
    kpy_profile *self = (kpy_profile *)object;
    const kith_profile *view = kpy_profile_view(self);
    kith_tag_iter *iter = NULL;
    kith_tag tag = KITH_TAG_INIT;
    int code = view == NULL ? KITH_OK : kith_tag_iter_open(view, &iter);
    if (view == NULL || code != KITH_OK) {
        return view == NULL ? NULL : raise_profile(self, code);
    }
    PyObject *list = PyList_New(0);
    while (list != NULL && kith_tag_iter_next(iter, &tag) == KITH_OK) {
        if (!kpy_append(list, old_tag_out(self, &tag))) {
            Py_CLEAR(list);
        }
    }
    kith_tag_iter_close(iter);
    return list;
}

/* ---- histories of the others ---- */

/* Sets what only its kind has. */
static bool set_of_kind(kpy_profile *self, PyObject *dict, const kith_mark *mark) {
    kpy_state *state = self->txn->state;
    switch (mark->kind) {
    case KITH_MARK_CONSENT:
        return kpy_set(dict, "purpose", kpy_text_out(mark->name)) &&
               kpy_set(dict, "channel", kpy_text_out(mark->detail)) &&
               kpy_set(dict, "granted", PyBool_FromLong(mark->granted));
    case KITH_MARK_POINTS:
        return kpy_set(dict, "ledger", kpy_text_out(mark->name)) &&
               kpy_set(dict, "entry", kpy_text_out(mark->detail)) &&
               kpy_set(dict, "amount", kpy_micros_out(state, mark->micros));
    case KITH_MARK_SCORE:
        break;
    }
    return kpy_set(dict, "score", kpy_text_out(mark->name)) &&
           kpy_set(dict, "value", kpy_micros_out(state, mark->micros));
}

static PyObject *mark_out(kpy_profile *self, const kith_mark *mark) {
    PyObject *dict = PyDict_New();
    if (dict != NULL && (!set_of_kind(self, dict, mark) ||
                         !set_said(self, dict, mark->record, mark->at_us, mark->by))) {
        Py_CLEAR(dict);
    }
    return dict;
}

static PyObject *history_out(PyObject *object, kith_mark_kind kind) {
    kpy_profile *self = (kpy_profile *)object;
    const kith_profile *view = kpy_profile_view(self);
    kith_mark_iter *iter = NULL;
    kith_mark mark = KITH_MARK_INIT;
    int code = view == NULL ? KITH_OK : kith_mark_iter_open(view, kind, &iter);
    if (view == NULL || code != KITH_OK) {
        return view == NULL ? NULL : raise_profile(self, code);
    }
    PyObject *list = PyList_New(0);
    while (list != NULL && kith_mark_iter_next(iter, &mark) == KITH_OK) {
        if (!kpy_append(list, mark_out(self, &mark))) {
            Py_CLEAR(list);
        }
    }
    kith_mark_iter_close(iter);
    return list;
}

PyObject *kpy_profile_consent_history(PyObject *self, PyObject *Py_UNUSED(unused)) {
    return history_out(self, KITH_MARK_CONSENT);
}

PyObject *kpy_profile_points_history(PyObject *self, PyObject *Py_UNUSED(unused)) {
    return history_out(self, KITH_MARK_POINTS);
}

PyObject *kpy_profile_score_history(PyObject *self, PyObject *Py_UNUSED(unused)) {
    return history_out(self, KITH_MARK_SCORE);
}

/* ---- consents ---- */

PyObject *kpy_profile_consent(PyObject *object, PyObject *const *args, Py_ssize_t count,
                              PyObject *names) {
    static const char *const parameters[] = {"purpose", "channel", NULL};
    static const kpy_signature signature = {"consent", 2, 1, parameters};
    kpy_profile *self = (kpy_profile *)object;
    PyObject *given[2];
    const char *purpose = NULL, *channel = NULL;
    const kith_profile *view = NULL;
    if (!kpy_args(&signature, args, count, names, given) ||
        !kpy_text(given[0], "purpose", &purpose) ||
        !kpy_text_optional(given[1], "channel", &channel) ||
        (view = kpy_profile_view(self)) == NULL) {
        return NULL;
    }
    bool granted = false;
    int code = kith_profile_consent(view, purpose, channel, &granted, NULL);
    return code == KITH_OK ? PyBool_FromLong(granted) : raise_profile(self, code);
}

static PyObject *consent_out(kpy_profile *self, const kith_consent *consent) {
    PyObject *dict = PyDict_New();
    if (dict != NULL && (!kpy_set(dict, "purpose", kpy_text_out(consent->purpose)) ||
                         !kpy_set(dict, "channel", kpy_text_out(consent->channel)) ||
                         !kpy_set(dict, "granted", PyBool_FromLong(consent->granted)) ||
                         !set_said(self, dict, consent->record, consent->at_us, consent->by))) {
        Py_CLEAR(dict);
    }
    return dict;
}

PyObject *kpy_profile_get_consents(PyObject *object, void *Py_UNUSED(context)) {
    kpy_profile *self = (kpy_profile *)object;
    const kith_profile *view = kpy_profile_view(self);
    PyObject *list = view == NULL ? NULL : PyList_New(0);
    size_t cursor = 0;
    while (list != NULL) {
        kith_consent consent = KITH_CONSENT_INIT;
        int code = kith_profile_next_consent(view, &cursor, &consent);
        if (code == KITH_DONE) {
            break;
        }
        if (code != KITH_OK) {
            raise_profile(self, code);
            Py_CLEAR(list);
        } else if (!kpy_append(list, consent_out(self, &consent))) {
            Py_CLEAR(list);
        }
    }
    return list;
}

/* ---- points ---- */

PyObject *kpy_profile_balance(PyObject *object, PyObject *name) {
    kpy_profile *self = (kpy_profile *)object;
    const char *ledger = NULL;
    const kith_profile *view = NULL;
    int64_t micros = 0;
    if (!kpy_text(name, "ledger", &ledger) || (view = kpy_profile_view(self)) == NULL) {
        return NULL;
    }
    int code = kith_profile_points(view, ledger, &micros);
    return code == KITH_OK ? kpy_micros_out(self->txn->state, micros) : raise_profile(self, code);
}

static PyObject *points_out(kpy_profile *self, const kith_points *points) {
    kpy_state *state = self->txn->state;
    PyObject *dict = PyDict_New();
    if (dict != NULL && (!kpy_set(dict, "balance", kpy_micros_out(state, points->balance_micros)) ||
                         !kpy_set(dict, "count", PyLong_FromUnsignedLong(points->entry_count)) ||
                         !kpy_set(dict, "last", kpy_time_out(state, points->last_us)) ||
                         !kpy_set(dict, "overflow", PyBool_FromLong(points->overflow)))) {
        Py_CLEAR(dict);
    }
    return dict;
}

PyObject *kpy_profile_get_points(PyObject *object, void *Py_UNUSED(context)) {
    kpy_profile *self = (kpy_profile *)object;
    const kith_profile *view = kpy_profile_view(self);
    PyObject *dict = view == NULL ? NULL : PyDict_New();
    size_t cursor = 0;
    while (dict != NULL) {
        kith_points points = KITH_POINTS_INIT;
        int code = kith_profile_next_points(view, &cursor, &points);
        if (code == KITH_DONE) {
            break;
        }
        if (code != KITH_OK) {
            raise_profile(self, code);
            Py_CLEAR(dict);
        } else if (!kpy_set(dict, points.ledger, points_out(self, &points))) {
            Py_CLEAR(dict);
        }
    }
    return dict;
}

/* ---- scores ---- */

PyObject *kpy_profile_score(PyObject *object, PyObject *name) {
    kpy_profile *self = (kpy_profile *)object;
    const char *score_name = NULL;
    const kith_profile *view = NULL;
    if (!kpy_text(name, "score", &score_name) || (view = kpy_profile_view(self)) == NULL) {
        return NULL;
    }
    kith_score score = KITH_SCORE_INIT;
    int code = kith_profile_score(view, score_name, &score);
    if (code == KITH_NOT_FOUND) {
        Py_RETURN_NONE;
    }
    return code == KITH_OK ? kpy_micros_out(self->txn->state, score.value_micros)
                           : raise_profile(self, code);
}

static PyObject *score_out(kpy_profile *self, const kith_score *score) {
    PyObject *dict = PyDict_New();
    if (dict != NULL &&
        (!kpy_set(dict, "value", kpy_micros_out(self->txn->state, score->value_micros)) ||
         !set_said(self, dict, score->record, score->at_us, score->by))) {
        Py_CLEAR(dict);
    }
    return dict;
}

PyObject *kpy_profile_get_scores(PyObject *object, void *Py_UNUSED(context)) {
    kpy_profile *self = (kpy_profile *)object;
    const kith_profile *view = kpy_profile_view(self);
    PyObject *dict = view == NULL ? NULL : PyDict_New();
    size_t cursor = 0;
    while (dict != NULL) {
        kith_score score = KITH_SCORE_INIT;
        int code = kith_profile_next_score(view, &cursor, &score);
        if (code == KITH_DONE) {
            break;
        }
        if (code != KITH_OK) {
            raise_profile(self, code);
            Py_CLEAR(dict);
        } else if (!kpy_set(dict, score.name, score_out(self, &score))) {
            Py_CLEAR(dict);
        }
    }
    return dict;
}
