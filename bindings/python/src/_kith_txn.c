/*
 * kith.Transaction: lifetime, puts and lookups. Point reads and puts keep the interpreter's lock,
 * since letting it go costs more than they do; begin, commit, settle and definitions let it go, and
 * mark the transaction busy for so long.
 */
#include "_kith.h"

/* ---- lifetime ---- */

static kpy_txn *txn_new(kpy_store *store, bool writes) {
    kpy_txn *self = PyObject_New(kpy_txn, store->state->transaction_type);
    if (self != NULL) {
        self->state = store->state;
        self->store = (kpy_store *)Py_NewRef((PyObject *)store);
        self->handle = NULL;
        self->iters = NULL;
        self->streams = NULL;
        self->stream_lock = NULL;
        self->epoch = 0;
        self->thread = PyThread_get_thread_ident();
        self->writes = writes;
        self->busy = false;
        self->reset = false;
    }
    return self;
}

PyObject *kpy_txn_begin(kpy_store *store, bool writes) {
    kith *handle = writes ? kpy_store_enter_to_write(store) : kpy_store_enter(store);
    if (handle == NULL) {
        return NULL;
    }
    kpy_txn *self = txn_new(store, writes);
    kith_error error = KITH_ERROR_INIT;
    int code = KITH_NO_MEMORY;
    if (self != NULL) {
        Py_BEGIN_ALLOW_THREADS code =
            kith_txn_begin(handle, writes ? KITH_WRITE : KITH_READ, &self->handle, &error);
        Py_END_ALLOW_THREADS
    }
    kpy_store_leave(store);
    if (self != NULL && code != KITH_OK) {
        Py_DECREF(self);
        return kpy_raise(store->state, code, &error);
    }
    if (self != NULL && writes) {
        store->writer = self;
    }
    return (PyObject *)self;
}

/* The handle, which this object gives up. */
static kith_txn *take_handle(kpy_txn *self) {
    kith_txn *handle = self->handle;
    self->handle = NULL;
    if (self->store->writer == self) {
        self->store->writer = NULL;
    }
    return handle;
}

/* What was read before is unusable from here on; of its iterators kith knows that itself. */
static void end_views(kpy_txn *self) {
    self->epoch++;
}

/* The transaction ends: its iterators are closed. */
static void end_borrowed(kpy_txn *self) {
    end_views(self);
    while (self->iters != NULL) {
        kpy_iter_close(self->iters);
    }
    kpy_streams_end(self);
}

const char *kpy_txn_wrong(const kpy_txn *self) {
    if (self->handle == NULL) {
        return "the transaction has ended";
    }
    if (self->busy) {
        return "the transaction is at work in another call";
    }
    if (self->reset) {
        return "the transaction was reset: renew() it first";
    }
    if (self->writes && self->thread != PyThread_get_thread_ident()) {
        return "a write transaction belongs to the thread that began it";
    }
    return NULL;
}

bool kpy_txn_ready(kpy_txn *self) {
    const char *wrong = kpy_txn_wrong(self);
    if (wrong != NULL) {
        kpy_raise_code(self->state, KITH_MISUSE, wrong);
    }
    return wrong == NULL;
}

bool kpy_txn_ready_to_write(kpy_txn *self) {
    if (!kpy_txn_ready(self)) {
        return false;
    }
    if (!self->writes) {
        kpy_raise_code(self->state, KITH_READ_ONLY,
                       "a read transaction can't write: begin one with store.write()");
        return false;
    }
    end_views(self);
    return true;
}

bool kpy_txn_commit(kpy_txn *self) {
    kith_error error = KITH_ERROR_INIT;
    end_borrowed(self);
    kith_txn *handle = take_handle(self);
    int code = 0;
    Py_BEGIN_ALLOW_THREADS code = kith_txn_commit(handle, &error);
    Py_END_ALLOW_THREADS if (code != KITH_OK) {
        kpy_raise(self->state, code, &error);
    }
    return code == KITH_OK;
}

void kpy_txn_abort(kpy_txn *self) {
    end_borrowed(self);
    kith_txn_abort(take_handle(self));
}

static void txn_dealloc(PyObject *object) {
    kpy_txn *self = (kpy_txn *)object;
    PyTypeObject *type = Py_TYPE(object);
    kith_txn_abort(take_handle(self));
    if (self->stream_lock != NULL) {
        PyThread_free_lock(self->stream_lock);
    }
    Py_DECREF(self->store);
    PyObject_Free(self);
    Py_DECREF(type);
}

static PyObject *txn_commit(PyObject *object, PyObject *Py_UNUSED(unused)) {
    kpy_txn *self = (kpy_txn *)object;
    if (!kpy_txn_ready(self) || !kpy_txn_commit(self)) {
        return NULL;
    }
    Py_RETURN_NONE;
}

/* Whether abort and the end of a with statement may touch the handle: not ended, and nobody else is
 * at it. */
static bool may_abort(kpy_txn *self) {
    bool reset = self->reset;
    self->reset = false;
    bool ready = kpy_txn_ready(self);
    self->reset = reset;
    return ready;
}

static PyObject *txn_abort(PyObject *object, PyObject *Py_UNUSED(unused)) {
    kpy_txn *self = (kpy_txn *)object;
    if (self->handle == NULL) {
        Py_RETURN_NONE;
    }
    if (!may_abort(self)) {
        return NULL;
    }
    kpy_txn_abort(self);
    Py_RETURN_NONE;
}

static PyObject *txn_enter(PyObject *object, PyObject *Py_UNUSED(unused)) {
    return kpy_txn_ready((kpy_txn *)object) ? Py_NewRef(object) : NULL;
}

static PyObject *txn_exit(PyObject *object, PyObject *arguments) {
    kpy_txn *self = (kpy_txn *)object;
    bool clean = PyTuple_Size(arguments) == 0 || Py_IsNone(PyTuple_GetItem(arguments, 0));
    if (self->handle != NULL && self->writes && clean) {
        return txn_commit(object, NULL);
    }
    return txn_abort(object, NULL);
}

static PyObject *txn_reset(PyObject *object, PyObject *Py_UNUSED(unused)) {
    kpy_txn *self = (kpy_txn *)object;
    if (!kpy_txn_ready(self)) {
        return NULL;
    }
    if (self->writes) {
        return kpy_raise_code(self->state, KITH_MISUSE, "only a read transaction can be reset");
    }
    end_views(self);
    kith_txn_reset(self->handle);
    self->reset = true;
    Py_RETURN_NONE;
}

static PyObject *txn_renew(PyObject *object, PyObject *Py_UNUSED(unused)) {
    kpy_txn *self = (kpy_txn *)object;
    if (!self->reset) {
        if (!kpy_txn_ready(self)) {
            return NULL;
        }
        return kpy_raise_code(self->state, KITH_MISUSE,
                              "only a transaction that was reset is renewed");
    }
    if (!may_abort(self)) {
        return NULL;
    }
    int code = kith_txn_renew(self->handle);
    if (code != KITH_OK) {
        return kpy_raise_txn(self->state, self->handle, code);
    }
    self->reset = false;
    Py_RETURN_NONE;
}

/* ---- settle, definitions, counts ---- */

static PyObject *txn_settle(PyObject *object, PyObject *const *args, Py_ssize_t count,
                            PyObject *names) {
    static const char *const parameters[] = {"now", "budget", NULL};
    static const kpy_signature signature = {"settle", 2, 1, parameters};
    kpy_txn *self = (kpy_txn *)object;
    PyObject *given[2];
    int64_t now_us = 0;
    uint64_t budget = 0;
    if (!kpy_args(&signature, args, count, names, given) ||
        !kpy_time_in(self->state, given[0], &now_us) || !kpy_count(given[1], "budget", &budget) ||
        !kpy_txn_ready_to_write(self)) {
        return NULL;
    }
    kith_settle_result result = KITH_SETTLE_RESULT_INIT;
    int code = 0;
    self->busy = true;
    Py_BEGIN_ALLOW_THREADS code = kith_settle(self->handle, now_us, budget, &result);
    Py_END_ALLOW_THREADS self->busy = false;
    if (code != KITH_OK) {
        return kpy_raise_txn(self->state, self->handle, code);
    }
    return kpy_settle_result_out(&result);
}

static PyObject *json_call(const char *function, PyObject *argument) {
    PyObject *module = PyImport_ImportModule("json");
    PyObject *made = module == NULL ? NULL : PyObject_CallMethod(module, function, "O", argument);
    Py_XDECREF(module);
    return made;
}

PyObject *kpy_json_text(PyObject *object, const char *what) {
    if (PyUnicode_Check(object)) {
        return Py_NewRef(object);
    }
    if (!PyDict_Check(object)) {
        PyErr_Format(PyExc_TypeError, "%s must be a dict or JSON text, not %R", what, object);
        return NULL;
    }
    return json_call("dumps", object);
}

PyObject *kpy_json_out(const char *text) {
    PyObject *kept = kpy_text_out(text);
    PyObject *made = kept == NULL ? NULL : json_call("loads", kept);
    Py_XDECREF(kept);
    return made;
}

bool kpy_config_in(kpy_txn *self, PyObject *config) {
    PyObject *text = kpy_json_text(config, "config");
    Py_ssize_t size = 0;
    const char *json = text == NULL ? NULL : PyUnicode_AsUTF8AndSize(text, &size);
    bool done = false;
    if (json != NULL && kpy_txn_ready_to_write(self)) {
        int code = 0;
        self->busy = true;
        Py_BEGIN_ALLOW_THREADS code = kith_config_apply(self->handle, json, (size_t)size);
        Py_END_ALLOW_THREADS self->busy = false;
        done = code == KITH_OK;
        if (!done) {
            kpy_raise_txn(self->state, self->handle, code);
        }
    }
    Py_XDECREF(text);
    return done;
}

PyObject *kpy_config_out(kpy_txn *self) {
    char *json = NULL;
    int code = kith_config_get(self->handle, &json);
    if (code != KITH_OK) {
        return kpy_raise_txn(self->state, self->handle, code);
    }
    PyObject *text = PyUnicode_FromString(json);
    kith_free(json);
    PyObject *made = text == NULL ? NULL : json_call("loads", text);
    Py_XDECREF(text);
    return made;
}

static PyObject *txn_config(PyObject *object, PyObject *Py_UNUSED(unused)) {
    kpy_txn *self = (kpy_txn *)object;
    return kpy_txn_ready(self) ? kpy_config_out(self) : NULL;
}

static PyObject *txn_apply_config(PyObject *object, PyObject *config) {
    if (!kpy_config_in((kpy_txn *)object, config)) {
        return NULL;
    }
    Py_RETURN_NONE;
}

PyObject *kpy_stat_out(kpy_txn *self) {
    kith_stat stat = KITH_STAT_INIT;
    int code = kith_stat_get(self->handle, &stat);
    if (code != KITH_OK) {
        return kpy_raise_txn(self->state, self->handle, code);
    }
    const kpy_named_count counts[] = {
        {"record_count", stat.record_count},
        {"profile_count", stat.profile_count},
        {"event_count", stat.event_count},
        {"assertion_count", stat.assertion_count},
        {"mark_count", stat.mark_count},
        {"identifier_count", stat.identifier_count},
        {"link_count", stat.link_count},
        {"refused_link_count", stat.refused_link_count},
        {"generic_value_count", stat.generic_value_count},
        {"dirty_profile_count", stat.dirty_profile_count},
        {"pending_record_count", stat.pending_record_count},
        {"landed_event_count", stat.landed_event_count},
        {"source_count", stat.source_count},
        {"attribute_count", stat.attribute_count},
        {"event_type_count", stat.event_type_count},
        {"file_bytes", stat.file_bytes},
        {"used_bytes", stat.used_bytes},
        {"map_bytes", stat.map_bytes},
        {"format_version", stat.format_version},
        {"reader_count", stat.reader_count},
    };
    return kpy_counts_out(counts, sizeof counts / sizeof counts[0]);
}

static PyObject *txn_stat(PyObject *object, PyObject *Py_UNUSED(unused)) {
    kpy_txn *self = (kpy_txn *)object;
    return kpy_txn_ready(self) ? kpy_stat_out(self) : NULL;
}

/* ---- the type ---- */

static PyObject *txn_get_store(PyObject *self, void *Py_UNUSED(context)) {
    return Py_NewRef((PyObject *)((kpy_txn *)self)->store);
}

static PyObject *txn_get_writable(PyObject *self, void *Py_UNUSED(context)) {
    return PyBool_FromLong(((kpy_txn *)self)->writes);
}

static PyObject *txn_get_ended(PyObject *self, void *Py_UNUSED(context)) {
    return PyBool_FromLong(((kpy_txn *)self)->handle == NULL);
}

static PyObject *txn_repr(PyObject *object) {
    kpy_txn *self = (kpy_txn *)object;
    return PyUnicode_FromFormat("<kith.Transaction to %s%s>", self->writes ? "write" : "read",
                                self->handle == NULL ? ", ended" : "");
}

static PyMethodDef txn_methods[] = {
    {"__enter__", txn_enter, METH_NOARGS,
     PyDoc_STR("__enter__($self)\n--\n\nThe transaction itself.")},
    {"__exit__", txn_exit, METH_VARARGS,
     PyDoc_STR("__exit__($self, *exception)\n--\n\nCommits a write transaction, or aborts it on an "
               "exception; ends a read transaction.")},
    {"commit", txn_commit, METH_NOARGS,
     PyDoc_STR("commit($self)\n--\n\nMakes everything durable and ends the transaction.")},
    {"abort", txn_abort, METH_NOARGS,
     PyDoc_STR("abort($self)\n--\n\nEnds the transaction; what it wrote is gone. Fine when it has "
               "ended.")},
    {"reset", txn_reset, METH_NOARGS,
     PyDoc_STR("reset($self)\n--\n\nLets go of a read transaction's snapshot, until renew().")},
    {"renew", txn_renew, METH_NOARGS,
     PyDoc_STR("renew($self)\n--\n\nTakes a new snapshot after reset(); cheaper than a new "
               "transaction.")},
    KPY_METHOD(
        "put", kpy_txn_put,
        "put($self, source, key, attributes, at)\n--\n\nPuts a record: its attributes replace what "
        "older versions said. A list gives several values of an attribute. Returns 'added', "
        "'updated', 'unchanged' or 'ignored'."),
    KPY_METHOD(
        "patch", kpy_txn_patch,
        "patch($self, source, key, attributes, at)\n--\n\nPatches a record: these attributes "
        "replace theirs, the others stay; None removes one."),
    KPY_METHOD(
        "add", kpy_txn_add,
        "add($self, source, key, attributes, at)\n--\n\nAdds values to a record's attributes "
        "beside those that they hold."),
    KPY_METHOD(
        "event", kpy_txn_event,
        "event($self, source, key, type, time, properties=None, message_id=None)\n--\n\nPuts an "
        "event of a record. A second copy is 'unchanged'."),
    KPY_METHOD(
        "link", kpy_txn_link,
        "link($self, a, b, *, by, at)\n--\n\nSays that two records, each a tuple (source, key), "
        "are one customer: a person's decision, whatever the rules say."),
    KPY_METHOD(
        "unlink", kpy_txn_unlink,
        "unlink($self, a, b, *, by, at)\n--\n\nSays that two records are two customers, whatever "
        "later facts say."),
    KPY_METHOD("tag", kpy_txn_tag,
               "tag($self, of, tag, at, *, value=None, expires=None, confidence=100, "
               "origin='manual', by=None)\n--\n\nTags a record (source, key), or that of an id. "
               "What is said last of a tag at the records of a profile stands, also after it "
               "expired. Returns 'added' or 'unchanged'."),
    KPY_METHOD("untag", kpy_txn_untag,
               "untag($self, of, tag, at, *, origin='manual', by=None)\n--\n\nSays that a tag was "
               "removed, whichever record of the profile it hangs on."),
    KPY_METHOD("consent", kpy_txn_consent,
               "consent($self, of, purpose, granted, at, *, channel=None, by=None)\n--\n\nPuts a "
               "consent, granted or withdrawn, for one channel or for any."),
    KPY_METHOD("points", kpy_txn_points,
               "points($self, of, ledger, entry, amount, at, *, by=None)\n--\n\nPuts an entry into "
               "a ledger of points; below zero they are redeemed. An entry of one id counts once "
               "for a record."),
    KPY_METHOD("score", kpy_txn_score,
               "score($self, of, score, value, at, *, by=None)\n--\n\nPuts a score that another "
               "system computed; the latest stands."),
    KPY_METHOD("put_segment", kpy_txn_put_segment,
               "put_segment($self, name, expression, at, *, note=None, any_name=False, "
               "json=False)\n--\n\nDefines a segment by a condition, or a new version of it: text, "
               "an Expression, or with `json` the twin. `any_name`: names that the store doesn't "
               "know are fine. Returns 'added', 'updated' or 'unchanged'. What is refused is "
               "kith.Invalid, and the transaction goes on."),
    KPY_METHOD("put_trait", kpy_txn_put_trait,
               "put_trait($self, name, expression, at, *, note=None, any_name=False, "
               "json=False)\n--\n\nDefines a trait, a value that each profile has and expressions "
               "ask for by its name; as put_segment()."),
    KPY_METHOD("remove_segment", kpy_txn_remove_segment,
               "remove_segment($self, name, at)\n--\n\nRemoves a segment, which no other may ask "
               "for. Its versions stay."),
    KPY_METHOD("remove_trait", kpy_txn_remove_trait,
               "remove_trait($self, name, at)\n--\n\nRemoves a trait, likewise."),
    KPY_METHOD("segment", kpy_txn_segment,
               "segment($self, name, version=None)\n--\n\nThe definition of a segment, in force or "
               "any it ever had: a dict of kind, name, version, removed, expression, note, gives "
               "and at. kith.NotFound says what was likely meant."),
    KPY_METHOD("trait", kpy_txn_trait,
               "trait($self, name, version=None)\n--\n\nThe definition of a trait, as segment()."),
    {"segments", kpy_txn_segments, METH_NOARGS,
     PyDoc_STR("segments($self)\n--\n\nThe segments in force, in order of their first definition: "
               "a list of what segment() gives.")},
    {"traits", kpy_txn_traits, METH_NOARGS,
     PyDoc_STR("traits($self)\n--\n\nThe traits in force, likewise.")},
    KPY_METHOD("mentions", kpy_txn_mentions,
               "mentions($self, kind, name)\n--\n\nWhat a definition in force asks for, 'segment', "
               "'trait' or 'score': a list of tuples (kind, name), as Expression.mentions."),
    KPY_METHOD("define_score", kpy_txn_define_score,
               "define_score($self, name, definition, at, *, note=None, any_name=False)\n--\n\n"
               "Defines a score, a model with a name, or a new version of it: a dict, or JSON text "
               "of it, that says what 'kind' of model it is, and its settings. Expressions ask for "
               "it by score('name') and score('name.output'). Gives 'added', 'updated' or "
               "'unchanged'. What was learnt stays as long as the settings do."),
    KPY_METHOD("remove_score", kpy_txn_remove_score,
               "remove_score($self, name, at)\n--\n\nRemoves a score, which no definition may ask "
               "for any more. Its versions stay."),
    KPY_METHOD(
        "score_definition", kpy_txn_score_definition,
        "score_definition($self, name, version=None)\n--\n\nThe definition of a score, in "
        "force or of a version it had: a dict of name, version, removed, definition (a dict, "
        "with what was learnt under 'fitted'), note, gives and at. kith.NotFound: there is "
        "none."),
    {"score_definitions", kpy_txn_score_definitions, METH_NOARGS,
     PyDoc_STR("score_definitions($self)\n--\n\nThe scores in force, in order of their first "
               "definition: a list of what score_definition() gives.")},
    KPY_METHOD("score_drift", kpy_txn_score_drift,
               "score_drift($self, name, now, *, from_version=0, to_version=0, threads=0, "
               "progress=None)\n--\n\nCompares what two versions of a score say of all customers, "
               "by its first output: a dict of "
               "output, from_version, to_version, customer_count, changed_count, from_mean, "
               "to_mean, mean_change and stability_index (of the population: below 0.1 little has "
               "moved, above 0.25 much). 0: the version in force, and the one before it. In a read "
               "transaction `progress` is told."),
    {"score_model", kpy_txn_score_model, METH_O,
     PyDoc_STR(
         "score_model($self, name, /)\n--\n\nThe model of a score in force: a dict of kind, "
         "learns (it has to be fitted), learnt (it was) and outputs, a list of dicts of "
         "output, gives ('number', 'text' or 'date'), what (in words) and kept (in the rows of "
         "profiles).")},
    KPY_METHOD(
        "query", kpy_txn_query,
        "query($self, where=None, columns=None, *, now, limit=None, sample=None, "
        "salt=None)\n--\n\nIterates over the profiles that an expression means (None: all), by "
        "their numbers, as dicts of id, number and values. `columns` says what is asked about "
        "each: a list of expressions, then values is a tuple; or a dict of name to expression, "
        "then it is a dict. Expressions are texts or kith.Expression; their names are looked up "
        "in the store as it is now. `sample` takes so many buckets of 10,000 of them, as "
        "bucket(salt, 0, sample) does: the same each time. It is a table, too: "
        "pyarrow.table(query), polars.DataFrame(query), duckdb."),
    KPY_METHOD("count", kpy_txn_count,
               "count($self, where, now, *, sample=None, salt=None)\n--\n\nHow many profiles an "
               "expression means; None: all. `sample` and `salt` are as of query()."),
    KPY_METHOD(
        "overlap", kpy_txn_overlap,
        "overlap($self, conditions, now)\n--\n\nOf each two of a list of conditions (1 to 64), "
        "how many profiles both of them mean: a list of rows, each a list of counts; the "
        "diagonal has those of one alone."),
    KPY_METHOD(
        "rfm", kpy_txn_rfm,
        "rfm($self, now, *, event=None, amount=None, refund=None, bins=5, where=None, "
        "customers=False, threads=0, progress=None)\n--\n\nHow recently (R), how often (F) and for "
        "how much "
        "(M) customers bought, scored from 1 to `bins`; of those whom `where` means. `event` is "
        "what orders are (None: order, purchase or Order Completed), `amount` their property "
        "(None: amount, total, revenue or value), `refund` events that give money back. A dict "
        "of counts, segments, tiers (each with its customers, orders, what they spent and "
        "medians), grid (a list by R of lists by F), day_cuts, order_cuts and spent_cuts, up to "
        "and with which a score goes; with `customers` also a list of a dict for each."),
    KPY_METHOD(
        "baskets", kpy_txn_baskets,
        "baskets($self, event=None, item=None, order=None, *, now, from_=None, to=None, "
        "where=None, memory_bytes=None, threads=None, progress=None)\n--\n\nReads what "
        "customers bought together, as kith.Baskets: from events of a type, whose property "
        "`item` says what was bought and whose property `order` tells the orders apart "
        "(None: their times do). Events with from_ <= time < to count, of those whom `where` "
        "means. In a read transaction `progress` is told."),
    KPY_METHOD("tag_counts", kpy_txn_tag_counts,
               "tag_counts($self, now)\n--\n\nHow many profiles have each tag, as a dict in order "
               "of the tags' names."),
    KPY_METHOD("transitions", kpy_txn_transitions,
               "transitions($self, since=0, limit=None)\n--\n\nIterates over who entered and left "
               "segments after the sequence `since`, as dicts of sequence, id, number, segment, "
               "entered, cause and at. settle() writes them: who keeps the last sequence acts on "
               "each once."),
    {"trim_transitions", kpy_txn_trim_transitions, METH_O,
     PyDoc_STR("trim_transitions($self, sequence, /)\n--\n\nForgets the transitions up to a "
               "sequence, that one too; gives how many.")},
    KPY_METHOD(
        "segment_history", kpy_txn_segment_history,
        "segment_history($self, name, by='day', from_=None, to=None)\n--\n\nThe size of a "
        "segment over time, by the transitions that are kept: a dict of begins (None: it "
        "wasn't settled yet), settled (what came later isn't in it), forgotten, members, "
        "dirty (profiles that await a settle) and periods: dicts of date (the local one it begins "
        "with), from, to, entered, left, "
        "redefined (of both, by a definition), merged (of those that left) and members at its "
        "end. `by` is day, week or month, in the store's time zone."),
    KPY_METHOD("record", kpy_txn_record,
               "record($self, source, key)\n--\n\nA record as a dict, or None."),
    KPY_METHOD(
        "find", kpy_txn_find,
        "find($self, type, value, now)\n--\n\nThe profile that has this identifier, or None."),
    KPY_METHOD("find_ids", kpy_txn_find_ids,
               "find_ids($self, type, value)\n--\n\nThe ids of all profiles that have this "
               "identifier; none: an empty list."),
    KPY_METHOD(
        "get", kpy_txn_get,
        "get($self, id, now)\n--\n\nThe profile that an id, any ever given out, belongs to now; "
        "or None."),
    KPY_METHOD("profile_of", kpy_txn_profile_of,
               "profile_of($self, source, key, now)\n--\n\nThe profile of a record, or None."),
    KPY_METHOD(
        "profile_id", kpy_txn_profile_id,
        "profile_id($self, source, key)\n--\n\nThe id of a record's profile, or None; cheaper "
        "than the profile."),
    {"records", kpy_txn_records, METH_NOARGS,
     PyDoc_STR("records($self)\n--\n\nIterates over all records, as dicts.")},
    KPY_METHOD("profiles", kpy_txn_profiles,
               "profiles($self, now)\n--\n\nIterates over all profiles."),
    KPY_METHOD(
        "events", kpy_txn_events,
        "events($self, source, key, from_=None, to=None)\n--\n\nIterates over a record's events "
        "with from_ <= time < to, in order of time, as dicts."),
    KPY_METHOD(
        "count_events", kpy_txn_count_events,
        "count_events($self, profile, /, type=None, from_=None, to=None)\n--\n\nHow many events a "
        "profile has, of one type or all, with from_ <= time < to."),
    KPY_METHOD(
        "why", kpy_txn_why,
        "why($self, a, b)\n--\n\nWhy two records, each a tuple (source, key), are one customer, "
        "or why not: a dict of same, paths and steps."),
    KPY_METHOD(
        "how", kpy_txn_how,
        "how($self, of)\n--\n\nHow the profile of a record (source, key), or a Profile, came to "
        "be: the list of its unions in order, then the refused links."),
    KPY_METHOD("pair", kpy_txn_pair,
               "pair($self, a, b)\n--\n\nTwo records, each a tuple (source, key), in bits: each "
               "comparison "
               "of the match model, and what it comes to. kith.plot.waterfall draws it."),
    KPY_METHOD(
        "blame", kpy_txn_blame,
        "blame($self, of)\n--\n\nThe weakest link that holds the profile of a record (source, "
        "key), or a Profile, together, and the parts into which it falls without it."),
    KPY_METHOD(
        "review", kpy_txn_review,
        "review($self, limit=None, suggest=False)\n--\n\nThe pairs that a person should decide on "
        "by "
        "link() or unlink(), the likeliest first; with `suggest` those whose decision would teach "
        "most. Without a limit 20 of them, or ten suggestions."),
    KPY_METHOD("search", kpy_txn_search,
               "search($self, attributes, limit=10)\n--\n\nThe profiles that are most like what is "
               "known of "
               "a customer, the best first."),
    {"models", kpy_txn_models, METH_NOARGS,
     PyDoc_STR("models($self)\n--\n\nThe match models that the store has had, a dict for each, "
               "the oldest first; the last is in force. Empty before the first resolve().")},
    KPY_METHOD("model", kpy_txn_model,
               "model($self, version=0)\n--\n\nA match model (0: the one in force): its prior and "
               "thresholds in bits, its block rules, and for each comparison its attributes and "
               "its levels. A "
               "level's number is its place in the list; m, u and relative_u are how likely it is "
               "for two records of one person, of strangers, of relatives, from 0 to 1. "
               "kith.NotFound where there is none. kith.plot.weights draws it."),
    KPY_METHOD("export_model", kpy_txn_export_model,
               "export_model($self, version=0)\n--\n\nA match model (0: the one in force) as JSON "
               "text, with all that Store.resolve(model=...) needs, in this store or another. "
               "kith.NotFound where there is none."),
    KPY_METHOD("compare_models", kpy_txn_compare_models,
               "compare_models($self, before, after=0)\n--\n\nWhat differs between two versions of "
               "the match model (0: the one in force): a list of dicts of priors and thresholds "
               "that differ at all, weights that do by more than half a bit, and comparisons and "
               "block rules that only one has. kith.NotFound where there is no such version."),
    KPY_METHOD(
        "settle", txn_settle,
        "settle($self, now, budget=0)\n--\n\nRecomputes at most `budget` profiles (0: all) that "
        "are dirty or due, in this transaction."),
    {"config", txn_config, METH_NOARGS,
     PyDoc_STR("config($self)\n--\n\nThe definitions in force, as a dict.")},
    {"apply_config", txn_apply_config, METH_O,
     PyDoc_STR(
         "apply_config($self, config, /)\n--\n\nAdds or overrides definitions, given as a dict or "
         "as JSON text.")},
    {"stat", txn_stat, METH_NOARGS, PyDoc_STR("stat($self)\n--\n\nCounts and sizes, as a dict.")},
    {NULL, NULL, 0, NULL},
};

static PyGetSetDef txn_properties[] = {
    {"store", txn_get_store, NULL, PyDoc_STR("The store it belongs to."), NULL},
    {"writable", txn_get_writable, NULL, PyDoc_STR("Whether it is a write transaction."), NULL},
    {"ended", txn_get_ended, NULL, PyDoc_STR("Whether it was committed or aborted."), NULL},
    {NULL, NULL, NULL, NULL, NULL},
};

static PyType_Slot txn_slots[] = {
    {Py_tp_doc,
     (void *)PyDoc_STR("A snapshot of a store, and for a write transaction what is to be "
                       "written; made by Store.begin(), read() and write().")},
    {Py_tp_dealloc, txn_dealloc},
    {Py_tp_repr, txn_repr},
    {Py_tp_methods, txn_methods},
    {Py_tp_getset, txn_properties},
    {0, NULL},
};

static PyType_Spec txn_spec = {
    .name = "kith.Transaction",
    .basicsize = sizeof(kpy_txn),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_DISALLOW_INSTANTIATION | Py_TPFLAGS_IMMUTABLETYPE,
    .slots = txn_slots,
};

int kpy_txn_init(PyObject *module, kpy_state *state) {
    state->transaction_type = (PyTypeObject *)PyType_FromModuleAndSpec(module, &txn_spec, NULL);
    return state->transaction_type == NULL ? -1 : PyModule_AddType(module, state->transaction_type);
}
