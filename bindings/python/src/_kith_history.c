/*
 * How large segments were, and when a customer was in them. These keep the interpreter's lock.
 */
#include "_kith.h"

/* ---- a segment's size over time ---- */

static PyObject *period_out(kpy_state *state, const kith_segment_period *period) {
    const kpy_named_count counts[] = {{"entered", period->entered_count},
                                      {"left", period->left_count},
                                      {"redefined", period->redefined_count},
                                      {"merged", period->merged_count},
                                      {"members", period->member_count}};
    kith_value date = kith_value_date(period->date_days);
    PyObject *dict = kpy_counts_out(counts, sizeof counts / sizeof counts[0]);
    if (dict != NULL && (!kpy_set(dict, "date", kpy_value_out(state, &date)) ||
                         !kpy_set(dict, "from", kpy_time_out(state, period->from_us)) ||
                         !kpy_set(dict, "to", kpy_time_out(state, period->to_us)))) {
        Py_CLEAR(dict);
    }
    return dict;
}

static PyObject *periods_out(kpy_state *state, const kith_segment_history *history) {
    PyObject *list = PyList_New(0);
    for (size_t i = 0; list != NULL && i < history->period_count; i++) {
        if (!kpy_append(list, period_out(state, history->periods[i]))) {
            Py_CLEAR(list);
        }
    }
    return list;
}

static PyObject *history_out(kpy_state *state, const kith_segment_history *history) {
    const kpy_named_count counts[] = {{"members", history->member_count},
                                      {"dirty", history->dirty_count}};
    PyObject *dict = kpy_counts_out(counts, sizeof counts / sizeof counts[0]);
    if (dict != NULL && (!kpy_set(dict, "begins", kpy_time_out(state, history->begins_us)) ||
                         !kpy_set(dict, "settled", kpy_time_out(state, history->settled_us)) ||
                         !kpy_set(dict, "forgotten", PyBool_FromLong(history->forgotten)) ||
                         !kpy_set(dict, "periods", periods_out(state, history)))) {
        Py_CLEAR(dict);
    }
    return dict;
}

static bool period_in(PyObject *object, kith_period *out) {
    static const char *const words[] = {"day", "week", "month", NULL};
    int word = 0;
    if (kpy_given(object) && !kpy_word(object, "by", words, &word)) {
        return false;
    }
    *out = (kith_period)(KITH_PERIOD_DAY + word);
    return true;
}

PyObject *kpy_txn_segment_history(PyObject *object, PyObject *const *args, Py_ssize_t count,
                                  PyObject *names) {
    static const char *const parameters[] = {"name", "by", "from_", "to", NULL};
    static const kpy_signature signature = {"segment_history", 4, 1, parameters};
    kpy_txn *self = (kpy_txn *)object;
    PyObject *given[4];
    const char *name = NULL;
    kith_segment_history_options options = KITH_SEGMENT_HISTORY_OPTIONS_INIT;
    kith_segment_history *history = NULL;
    if (!kpy_args(&signature, args, count, names, given) || !kpy_text(given[0], "name", &name) ||
        !period_in(given[1], &options.by) ||
        !kpy_time_optional(self->state, given[2], INT64_MIN, &options.from_us) ||
        !kpy_time_optional(self->state, given[3], INT64_MAX, &options.to_us) ||
        !kpy_txn_ready(self)) {
        return NULL;
    }
    int code = kith_segment_history_read(self->handle, name, &options, &history);
    if (code != KITH_OK) {
        return kpy_raise_txn(self->state, self->handle, code);
    }
    PyObject *made = history_out(self->state, history);
    kith_segment_history_free(history);
    return made;
}

/* ---- a customer's stays ---- */

/* The cause of what is known to have happened; else None. */
static PyObject *cause_out(bool known, kith_cause cause) {
    return known ? kpy_text_out(kith_cause_name(cause)) : Py_NewRef(Py_None);
}

static PyObject *stay_out(kpy_state *state, const kith_stay *stay) {
    bool begun = stay->entered_at_us != INT64_MIN, ended = stay->left_at_us != INT64_MAX;
    PyObject *dict = PyDict_New();
    if (dict != NULL && (!kpy_set(dict, "segment", kpy_text_out(stay->segment)) ||
                         !kpy_set(dict, "id", kpy_id_out(&stay->id)) ||
                         !kpy_set(dict, "entered", kpy_time_out(state, stay->entered_at_us)) ||
                         !kpy_set(dict, "entered_by", cause_out(begun, stay->entered_by)) ||
                         !kpy_set(dict, "left", kpy_time_out(state, stay->left_at_us)) ||
                         !kpy_set(dict, "left_by", cause_out(ended, stay->left_by)))) {
        Py_CLEAR(dict);
    }
    return dict;
}

PyObject *kpy_profile_stays(PyObject *object, PyObject *const *args, Py_ssize_t count,
                            PyObject *names) {
    static const char *const parameters[] = {"segment", NULL};
    static const kpy_signature signature = {"stays", 1, 0, parameters};
    kpy_profile *self = (kpy_profile *)object;
    PyObject *given[1];
    const char *segment = NULL;
    const kith_profile *view = NULL;
    kith_stay_iter *iter = NULL;
    kith_stay stay = KITH_STAY_INIT;
    if (!kpy_args(&signature, args, count, names, given) ||
        !kpy_text_optional(given[0], "segment", &segment) ||
        (view = kpy_profile_view(self)) == NULL) {
        return NULL;
    }
    int code = kith_stay_iter_open(view, segment, &iter);
    if (code != KITH_OK) {
        return kpy_raise_txn(self->txn->state, self->txn->handle, code);
    }
    PyObject *list = PyList_New(0);
    while (list != NULL && kith_stay_iter_next(iter, &stay) == KITH_OK) {
        if (!kpy_append(list, stay_out(self->txn->state, &stay))) {
            Py_CLEAR(list);
        }
    }
    kith_stay_iter_close(iter);
    return list;
}
