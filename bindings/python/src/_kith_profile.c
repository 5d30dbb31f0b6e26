/*
 * kith.Profile: a view that reads what it is asked for and nothing else. It belongs to one epoch of
 * its transaction; a write, a reset or the end of it makes the view unusable. One that an iterator
 * gave and has moved on from reads itself anew.
 */
#include "_kith.h"

/* ---- lifetime ---- */

kpy_profile *kpy_profile_new(kpy_txn *txn, int64_t now_us) {
    static const kith_profile empty = KITH_PROFILE_INIT;
    kpy_profile *self = PyObject_New(kpy_profile, txn->state->profile_type);
    if (self != NULL) {
        self->txn = (kpy_txn *)Py_NewRef((PyObject *)txn);
        self->iter = NULL;
        self->step = 0;
        self->epoch = txn->epoch;
        self->now_us = now_us;
        self->match_count = 1;
        self->view = empty;
    }
    return self;
}

static void profile_dealloc(PyObject *object) {
    kpy_profile *self = (kpy_profile *)object;
    PyTypeObject *type = Py_TYPE(object);
    Py_XDECREF((PyObject *)self->iter);
    Py_DECREF(self->txn);
    PyObject_Free(self);
    Py_DECREF(type);
}

/* The iterator stands elsewhere by now: the same profile of the same snapshot, by its number. */
static bool read_anew(kpy_profile *self) {
    kith_profile view = KITH_PROFILE_INIT;
    int code = kith_profile_of_record(self->txn->handle, self->view.number, self->now_us, &view);
    if (code != KITH_OK) {
        kpy_raise_txn(self->txn->state, self->txn->handle, code);
        return false;
    }
    self->view = view;
    Py_CLEAR(self->iter);
    return true;
}

const kith_profile *kpy_profile_view(kpy_profile *self) {
    if (!kpy_txn_ready(self->txn)) {
        return NULL;
    }
    if (self->epoch != self->txn->epoch) {
        kpy_raise_code(
            self->txn->state, KITH_MISUSE,
            "the transaction wrote or was reset since the profile was read: read it again");
        return NULL;
    }
    if (self->iter != NULL && self->iter->step != self->step && !read_anew(self)) {
        return NULL;
    }
    return &self->view;
}

/* ---- golden values ---- */

static PyObject *raise_profile(kpy_profile *self, int code) {
    return kpy_raise_txn(self->txn->state, self->txn->handle, code);
}

static PyObject *profile_value(PyObject *object, PyObject *name) {
    kpy_profile *self = (kpy_profile *)object;
    const char *attribute = NULL;
    const kith_profile *view = NULL;
    if (!kpy_text(name, "attribute", &attribute) || (view = kpy_profile_view(self)) == NULL) {
        return NULL;
    }
    kith_golden golden = KITH_GOLDEN_INIT;
    int code = kith_profile_value(view, attribute, &golden);
    if (code == KITH_NOT_FOUND) {
        Py_RETURN_NONE;
    }
    return code == KITH_OK ? kpy_value_out(self->txn->state, &golden.value)
                           : raise_profile(self, code);
}

static PyObject *golden_out(kpy_profile *self, const kith_golden *golden) {
    kpy_state *state = self->txn->state;
    PyObject *dict = PyDict_New();
    if (dict != NULL &&
        (!kpy_set(dict, "attribute", kpy_text_out(golden->attribute)) ||
         !kpy_set(dict, "value", kpy_value_out(state, &golden->value)) ||
         !kpy_set(dict, "source", kpy_text_out(golden->source)) ||
         !kpy_set(dict, "record", kpy_record_pair(self->txn, golden->record)) ||
         !kpy_set(dict, "at", kpy_time_out(state, golden->at_us)) ||
         !kpy_set(dict, "status", kpy_text_out(kith_value_status_name(golden->status))))) {
        Py_CLEAR(dict);
    }
    return dict;
}

static PyObject *profile_golden(PyObject *object, PyObject *name) {
    kpy_profile *self = (kpy_profile *)object;
    const char *attribute = NULL;
    const kith_profile *view = NULL;
    if (!kpy_text(name, "attribute", &attribute) || (view = kpy_profile_view(self)) == NULL) {
        return NULL;
    }
    kith_golden golden = KITH_GOLDEN_INIT;
    int code = kith_profile_value(view, attribute, &golden);
    if (code == KITH_NOT_FOUND) {
        Py_RETURN_NONE;
    }
    return code == KITH_OK ? golden_out(self, &golden) : raise_profile(self, code);
}

/* Hands each golden value to `take` until one fails. */
static bool each_golden(kpy_profile *self, const kith_profile *view,
                        bool (*take)(kpy_profile *, const kith_golden *, PyObject *const *),
                        PyObject *const *into) {
    size_t cursor = 0;
    for (;;) {
        kith_golden golden = KITH_GOLDEN_INIT;
        int code = kith_profile_next_value(view, &cursor, &golden);
        if (code == KITH_DONE) {
            return true;
        }
        if (code != KITH_OK) {
            raise_profile(self, code);
            return false;
        }
        if (!take(self, &golden, into)) {
            return false;
        }
    }
}

static bool take_golden(kpy_profile *self, const kith_golden *golden, PyObject *const *into) {
    return kpy_append(into[0], golden_out(self, golden));
}

static PyObject *profile_get_golden_values(PyObject *object, void *Py_UNUSED(context)) {
    kpy_profile *self = (kpy_profile *)object;
    const kith_profile *view = kpy_profile_view(self);
    PyObject *list = view == NULL ? NULL : PyList_New(0);
    if (list != NULL && !each_golden(self, view, take_golden, &list)) {
        Py_CLEAR(list);
    }
    return list;
}

static bool take_attribute(kpy_profile *self, const kith_golden *golden, PyObject *const *into) {
    return kpy_set_several(into[0], PyUnicode_FromString(golden->attribute),
                           kpy_value_out(self->txn->state, &golden->value), into[1]);
}

static PyObject *profile_get_attributes(PyObject *object, void *Py_UNUSED(context)) {
    kpy_profile *self = (kpy_profile *)object;
    const kith_profile *view = kpy_profile_view(self);
    if (view == NULL) {
        return NULL;
    }
    PyObject *into[2] = {PyDict_New(), PySet_New(NULL)};
    if (into[0] == NULL || into[1] == NULL || !each_golden(self, view, take_attribute, into)) {
        Py_CLEAR(into[0]);
    }
    Py_XDECREF(into[1]);
    return into[0];
}

/* ---- aggregates ---- */

static PyObject *property_out(kpy_state *state, const kith_property_sum *sum) {
    PyObject *dict = PyDict_New();
    if (dict != NULL && (!kpy_set(dict, "count", PyLong_FromUnsignedLongLong(sum->count)) ||
                         !kpy_set(dict, "sum", kpy_micros_out(state, sum->sum_micros)) ||
                         !kpy_set(dict, "min", kpy_micros_out(state, sum->min_micros)) ||
                         !kpy_set(dict, "max", kpy_micros_out(state, sum->max_micros)) ||
                         !kpy_set(dict, "overflow", PyBool_FromLong(sum->overflow)))) {
        Py_CLEAR(dict);
    }
    return dict;
}

static PyObject *sums_out(kpy_profile *self, const kith_aggregate *aggregate) {
    PyObject *dict = PyDict_New();
    size_t cursor = 0;
    while (dict != NULL) {
        kith_property_sum sum = KITH_PROPERTY_SUM_INIT;
        int code = kith_aggregate_next_property(aggregate, &cursor, &sum);
        if (code == KITH_DONE) {
            break;
        }
        if (code != KITH_OK) {
            raise_profile(self, code);
            Py_CLEAR(dict);
        } else if (!kpy_set(dict, sum.property, property_out(self->txn->state, &sum))) {
            Py_CLEAR(dict);
        }
    }
    return dict;
}

static PyObject *aggregate_out(kpy_profile *self, const kith_aggregate *aggregate) {
    kpy_state *state = self->txn->state;
    PyObject *dict = PyDict_New();
    if (dict != NULL && (!kpy_set(dict, "count", PyLong_FromUnsignedLongLong(aggregate->count)) ||
                         !kpy_set(dict, "first", kpy_time_out(state, aggregate->first_us)) ||
                         !kpy_set(dict, "last", kpy_time_out(state, aggregate->last_us)) ||
                         !kpy_set(dict, "properties", sums_out(self, aggregate)))) {
        Py_CLEAR(dict);
    }
    return dict;
}

static PyObject *profile_aggregate(PyObject *object, PyObject *name) {
    kpy_profile *self = (kpy_profile *)object;
    const char *type = NULL;
    const kith_profile *view = NULL;
    if (!kpy_text(name, "event type", &type) || (view = kpy_profile_view(self)) == NULL) {
        return NULL;
    }
    kith_aggregate aggregate = KITH_AGGREGATE_INIT;
    int code = kith_profile_aggregate(view, type, &aggregate);
    if (code == KITH_NOT_FOUND) {
        Py_RETURN_NONE;
    }
    return code == KITH_OK ? aggregate_out(self, &aggregate) : raise_profile(self, code);
}

static PyObject *profile_get_aggregates(PyObject *object, void *Py_UNUSED(context)) {
    kpy_profile *self = (kpy_profile *)object;
    const kith_profile *view = kpy_profile_view(self);
    PyObject *dict = view == NULL ? NULL : PyDict_New();
    size_t cursor = 0;
    while (dict != NULL) {
        kith_aggregate aggregate = KITH_AGGREGATE_INIT;
        int code = kith_profile_next_aggregate(view, &cursor, &aggregate);
        if (code == KITH_DONE) {
            break;
        }
        if (code != KITH_OK) {
            raise_profile(self, code);
            Py_CLEAR(dict);
        } else if (!kpy_set(dict, aggregate.event_type, aggregate_out(self, &aggregate))) {
            Py_CLEAR(dict);
        }
    }
    return dict;
}

PyObject *kpy_profile_count_events(PyObject *object, PyObject *const *args, Py_ssize_t count,
                                   PyObject *names) {
    static const char *const parameters[] = {"type", "from_", "to", NULL};
    static const kpy_signature signature = {"count_events", 3, 0, parameters};
    kpy_profile *self = (kpy_profile *)object;
    kpy_state *state = self->txn->state;
    PyObject *given[3];
    const char *type = NULL;
    int64_t from_us = 0;
    int64_t to_us = 0;
    if (!kpy_args(&signature, args, count, names, given) ||
        !kpy_text_optional(given[0], "type", &type) ||
        !kpy_time_optional(state, given[1], INT64_MIN, &from_us) ||
        !kpy_time_optional(state, given[2], INT64_MAX, &to_us)) {
        return NULL;
    }
    const kith_profile *view = kpy_profile_view(self);
    if (view == NULL) {
        return NULL;
    }
    uint64_t found = 0;
    int code = kith_profile_count_events(view, type, from_us, to_us, &found);
    return code == KITH_OK ? PyLong_FromUnsignedLongLong(found) : raise_profile(self, code);
}

/* ---- the rest of it ---- */

static PyObject *profile_get_id(PyObject *self, void *Py_UNUSED(context)) {
    const kith_profile *view = kpy_profile_view((kpy_profile *)self);
    return view == NULL ? NULL : kpy_id_out(&view->id);
}

static PyObject *profile_get_record_count(PyObject *self, void *Py_UNUSED(context)) {
    const kith_profile *view = kpy_profile_view((kpy_profile *)self);
    return view == NULL ? NULL : PyLong_FromUnsignedLong(view->record_count);
}

static PyObject *profile_get_event_count(PyObject *self, void *Py_UNUSED(context)) {
    const kith_profile *view = kpy_profile_view((kpy_profile *)self);
    return view == NULL ? NULL : PyLong_FromUnsignedLongLong(view->event_count);
}

static PyObject *profile_get_match_count(PyObject *self, void *Py_UNUSED(context)) {
    const kith_profile *view = kpy_profile_view((kpy_profile *)self);
    return view == NULL ? NULL : PyLong_FromSize_t(((kpy_profile *)self)->match_count);
}

static PyObject *profile_get_pending(PyObject *self, void *Py_UNUSED(context)) {
    const kith_profile *view = kpy_profile_view((kpy_profile *)self);
    return view == NULL ? NULL : PyBool_FromLong((view->flags & KITH_PROFILE_PENDING) != 0);
}

static PyObject *profile_get_computed(PyObject *self, void *Py_UNUSED(context)) {
    const kith_profile *view = kpy_profile_view((kpy_profile *)self);
    return view == NULL ? NULL : PyBool_FromLong((view->flags & KITH_PROFILE_COMPUTED) != 0);
}

static PyObject *profile_get_next_change(PyObject *object, void *Py_UNUSED(context)) {
    kpy_profile *self = (kpy_profile *)object;
    const kith_profile *view = kpy_profile_view(self);
    return view == NULL ? NULL : kpy_time_out(self->txn->state, view->next_change_at_us);
}

static PyObject *profile_get_records(PyObject *object, void *Py_UNUSED(context)) {
    kpy_profile *self = (kpy_profile *)object;
    const kith_profile *view = kpy_profile_view(self);
    PyObject *list = view == NULL ? NULL : PyList_New(0);
    size_t cursor = 0;
    while (list != NULL) {
        uint32_t number = 0;
        int code = kith_profile_next_record(view, &cursor, &number);
        if (code == KITH_DONE) {
            break;
        }
        if (code != KITH_OK) {
            raise_profile(self, code);
            Py_CLEAR(list);
        } else if (!kpy_append(list, kpy_record_pair(self->txn, number))) {
            Py_CLEAR(list);
        }
    }
    return list;
}

static PyObject *profile_to_dict(PyObject *self, PyObject *Py_UNUSED(unused)) {
    PyObject *dict = PyDict_New();
    if (dict != NULL && (!kpy_set(dict, "id", profile_get_id(self, NULL)) ||
                         !kpy_set(dict, "record_count", profile_get_record_count(self, NULL)) ||
                         !kpy_set(dict, "event_count", profile_get_event_count(self, NULL)) ||
                         !kpy_set(dict, "pending", profile_get_pending(self, NULL)) ||
                         !kpy_set(dict, "next_change_at", profile_get_next_change(self, NULL)) ||
                         !kpy_set(dict, "attributes", profile_get_attributes(self, NULL)) ||
                         !kpy_set(dict, "aggregates", profile_get_aggregates(self, NULL)) ||
                         !kpy_set(dict, "tags", kpy_profile_get_tags(self, NULL)) ||
                         !kpy_set(dict, "consents", kpy_profile_get_consents(self, NULL)) ||
                         !kpy_set(dict, "points", kpy_profile_get_points(self, NULL)) ||
                         !kpy_set(dict, "scores", kpy_profile_get_scores(self, NULL)) ||
                         !kpy_set(dict, "score_values", kpy_profile_get_score_values(self, NULL)) ||
                         !kpy_set(dict, "orders", kpy_profile_get_orders(self, NULL)) ||
                         !kpy_set(dict, "traits", kpy_profile_get_traits(self, NULL)) ||
                         !kpy_set(dict, "segments", kpy_profile_get_segments(self, NULL)) ||
                         !kpy_set(dict, "records", profile_get_records(self, NULL)))) {
        Py_CLEAR(dict);
    }
    return dict;
}

static PyObject *profile_repr(PyObject *object) {
    kpy_profile *self = (kpy_profile *)object;
    char text[KITH_ID_TEXT_BYTES];
    kith_id_format(&self->view.id, text);
    return PyUnicode_FromFormat("<kith.Profile %s>", text);
}

/* ---- the type ---- */

static PyMethodDef profile_methods[] = {
    {"value", profile_value, METH_O,
     PyDoc_STR("value($self, attribute, /)\n--\n\nThe golden value of an attribute, the first of "
               "several; or None.")},
    {"golden", profile_golden, METH_O,
     PyDoc_STR(
         "golden($self, attribute, /)\n--\n\nThe golden value and where it comes from: a dict of "
         "attribute, value, source, record, at and status; or None.")},
    {"aggregate", profile_aggregate, METH_O,
     PyDoc_STR(
         "aggregate($self, event_type, /)\n--\n\nThe events of one type: a dict of count, first, "
         "last and the sums of numeric properties; or None.")},
    KPY_METHOD(
        "count_events", kpy_profile_count_events,
        "count_events($self, type=None, from_=None, to=None)\n--\n\nHow many events it has, of one "
        "type or all, with from_ <= time < to."),
    {"tag", kpy_profile_tag, METH_O,
     PyDoc_STR("tag($self, name, /)\n--\n\nA tag that it has: a dict of tag, value, origin, "
               "confidence, expires, record, at and by; or None.")},
    {"tag_history", kpy_profile_tag_history, METH_NOARGS,
     PyDoc_STR("tag_history($self)\n--\n\nAll that was ever said of its tags, by time: a list of "
               "what tag() gives, with removed.")},
    {"consent_history", kpy_profile_consent_history, METH_NOARGS,
     PyDoc_STR("consent_history($self)\n--\n\nAll that was ever said of its consents, by time: a "
               "list of dicts of purpose, channel, granted, record, at and by.")},
    {"points_history", kpy_profile_points_history, METH_NOARGS,
     PyDoc_STR("points_history($self)\n--\n\nThe entries of its ledgers, by time: a list of dicts "
               "of ledger, entry, amount, record, at and by.")},
    {"score_history", kpy_profile_score_history, METH_NOARGS,
     PyDoc_STR("score_history($self)\n--\n\nAll scores that it ever had, by time: a list of dicts "
               "of score, value, record, at and by.")},
    KPY_METHOD("consent", kpy_profile_consent,
               "consent($self, purpose, channel=None)\n--\n\nWhether there is consent to a purpose "
               "by a channel, or by any."),
    {"balance", kpy_profile_balance, METH_O,
     PyDoc_STR("balance($self, ledger, /)\n--\n\nThe balance of a ledger of points, exact: a "
               "Decimal.")},
    {"score", kpy_profile_score, METH_O,
     PyDoc_STR("score($self, name, /)\n--\n\nA score as a Decimal, or None.")},
    {"trait", kpy_profile_trait, METH_O,
     PyDoc_STR("trait($self, name, /)\n--\n\nThe value of a trait, or None.")},
    {"in_segment", kpy_profile_in_segment, METH_O,
     PyDoc_STR("in_segment($self, name, /)\n--\n\nWhether it is in a segment. kith.NotFound: there "
               "is no such segment.")},
    KPY_METHOD("evaluate", kpy_profile_evaluate,
               "evaluate($self, expression, now)\n--\n\nWhat an expression, text or "
               "kith.Expression, gives for this profile at any time, from the facts: a dict of "
               "value, truth (of a condition; of a value, whether there is one) and next_change_at "
               "(None: never). A duration is an int of microseconds."),
    KPY_METHOD(
        "explain", kpy_profile_explain,
        "explain($self, expression, now)\n--\n\nWhy a condition holds for this profile, or "
        "doesn't: a dict of text, truth, values (what stands in it: dicts of text and value), "
        "distance (how far it is from coming out otherwise, as \"2 of 3\"; or None), "
        "next_change_at, joins (and, or, not, segment; or None) and parts: a list of such "
        "dicts."),
    KPY_METHOD("explain_segment", kpy_profile_explain_segment,
               "explain_segment($self, name, now)\n--\n\nWhy this profile is in a segment, or "
               "isn't, likewise. kith.NotFound: there is no such segment."),
    KPY_METHOD(
        "explain_score", kpy_profile_explain_score,
        "explain_score($self, name, now)\n--\n\nWhat a score says of this profile and why: a "
        "dict of score, kind, version, learnt (False: it says nothing before fit_score()), "
        "outputs (dicts of output, value as people read it, and what it means), reasons "
        "(dicts of text and share, which it adds to the score, or None), unit (of the shares) "
        "and next_change_at. "
        "kith.NotFound: there is no such score."),
    KPY_METHOD(
        "forecast", kpy_profile_forecast,
        "forecast($self, score, now, *, days=0, share=0)\n--\n\nWhat a score of kind repeat "
        "foresees of this profile in `days` (0: the score's horizon): a dict of days, alive, "
        "alive_then, alive_if_silent, purchases, chances (of 0 to 9 purchases and of 10 or more), "
        "next_days with next_early_days and next_late_days (None: there is hardly one to come), "
        "order_value, value, value_low, value_high, value_error and at_risk (None: it isn't known "
        "what orders bring). What is within an interval is so by `share` (0: .8). kith.NotFound: "
        "there is no such score, or the customer has no orders."),
    KPY_METHOD("stays", kpy_profile_stays,
               "stays($self, segment=None)\n--\n\nWhen it was in a segment, or in any: a list of "
               "dicts of segment, id (of the profile then), entered (None: forgotten), entered_by, "
               "left (None: not by the last settle) and left_by; each by fact, time, definition or "
               "merge."),
    {"to_dict", profile_to_dict, METH_NOARGS,
     PyDoc_STR("to_dict($self)\n--\n\nAll of it as a dict, which outlives the transaction.")},
    {NULL, NULL, 0, NULL},
};

static PyGetSetDef profile_properties[] = {
    {"id", profile_get_id, NULL, PyDoc_STR("The id: 32 hexadecimal digits that stay."), NULL},
    {"record_count", profile_get_record_count, NULL, PyDoc_STR("How many records it has."), NULL},
    {"event_count", profile_get_event_count, NULL, PyDoc_STR("How many events it has, up to now."),
     NULL},
    {"match_count", profile_get_match_count, NULL,
     PyDoc_STR("How many profiles share the identifier that find() was given."), NULL},
    {"pending", profile_get_pending, NULL,
     PyDoc_STR("Whether more records may belong to it, which the next settle will tell."), NULL},
    {"computed", profile_get_computed, NULL,
     PyDoc_STR("Whether it was computed just now, its stored row being dirty or due."), NULL},
    {"next_change_at", profile_get_next_change, NULL,
     PyDoc_STR("When it would change with no new fact; None: never."), NULL},
    {"attributes", profile_get_attributes, NULL,
     PyDoc_STR("The golden values: a dict of name to value, or to a list where there are several."),
     NULL},
    {"golden_values", profile_get_golden_values, NULL,
     PyDoc_STR("All golden values with where they come from: a list of what golden() gives."),
     NULL},
    {"aggregates", profile_get_aggregates, NULL,
     PyDoc_STR("A dict of event type to what aggregate() gives."), NULL},
    {"tags", kpy_profile_get_tags, NULL,
     PyDoc_STR("The tags that it has: a dict of name to what tag() gives."), NULL},
    {"consents", kpy_profile_get_consents, NULL,
     PyDoc_STR("What stands for each purpose and channel: a list of dicts of purpose, channel "
               "(None: any that isn't listed), granted, record, at and by."),
     NULL},
    {"points", kpy_profile_get_points, NULL,
     PyDoc_STR("Its ledgers: a dict of name to a dict of balance, count, last and overflow."),
     NULL},
    {"scores", kpy_profile_get_scores, NULL,
     PyDoc_STR("Its scores: a dict of name to a dict of value, record, at and by."), NULL},
    {"score_values", kpy_profile_get_score_values, NULL,
     PyDoc_STR("What the store's models say: a dict of score to a dict of output to value. Those "
               "that say nothing, and outputs that aren't kept, aren't there."),
     NULL},
    {"orders", kpy_profile_get_orders, NULL,
     PyDoc_STR("What the orders come to, for each way in which scores ask: a list of dicts of "
               "event, amount, refund, first and last (dates, None: no order), order_count, "
               "day_count, paid_count, refund_count, last_gap_days, spent, first_spent, refunded, "
               "squares (of the paid amounts) and log_gaps."),
     NULL},
    {"traits", kpy_profile_get_traits, NULL,
     PyDoc_STR("The traits that it has: a dict of name to value."), NULL},
    {"segments", kpy_profile_get_segments, NULL,
     PyDoc_STR("The segments that it is in: a list of names."), NULL},
    {"records", profile_get_records, NULL,
     PyDoc_STR("Its records: a list of tuples (source, key)."), NULL},
    {NULL, NULL, NULL, NULL, NULL},
};

static PyType_Slot profile_slots[] = {
    {Py_tp_doc,
     (void *)PyDoc_STR("A unified customer: a view into its transaction, unusable once that "
                       "ended, wrote or was reset.")},
    {Py_tp_dealloc, profile_dealloc},
    {Py_tp_repr, profile_repr},
    {Py_tp_methods, profile_methods},
    {Py_tp_getset, profile_properties},
    {0, NULL},
};

static PyType_Spec profile_spec = {
    .name = "kith.Profile",
    .basicsize = sizeof(kpy_profile),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_DISALLOW_INSTANTIATION | Py_TPFLAGS_IMMUTABLETYPE,
    .slots = profile_slots,
};

int kpy_profile_init(PyObject *module, kpy_state *state) {
    state->profile_type = (PyTypeObject *)PyType_FromModuleAndSpec(module, &profile_spec, NULL);
    return state->profile_type == NULL ? -1 : PyModule_AddType(module, state->profile_type);
}
