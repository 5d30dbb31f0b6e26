/*
 * kith.Baskets: what customers bought together, read once, and the association rules of it.
 *
 * Baskets belong to no transaction and never change, so several threads may ask them at once.
 */
#include "_kith.h"

typedef struct kpy_baskets {
    PyObject_HEAD kpy_state *state;
    kith_baskets *handle; /* never NULL once it is made */
} kpy_baskets;

/* ---- reading ---- */

enum {
    READ_EVENT,
    READ_ITEM,
    READ_ORDER,
    READ_NOW,
    READ_FROM,
    READ_TO,
    READ_WHERE,
    READ_MEMORY,
    READ_THREADS,
    READ_PROGRESS,
    READ_COUNT
};

static bool options_in(kpy_txn *txn, PyObject **given, kith_baskets_options *out) {
    uint32_t threads = 0;
    bool fine = kpy_text_optional(given[READ_EVENT], "event", &out->event) &&
                kpy_text_optional(given[READ_ITEM], "item", &out->item) &&
                kpy_text_optional(given[READ_ORDER], "order", &out->order) &&
                kpy_time_in(txn->state, given[READ_NOW], &out->now_us) &&
                kpy_time_optional(txn->state, given[READ_FROM], INT64_MIN, &out->from_us) &&
                kpy_time_optional(txn->state, given[READ_TO], INT64_MAX, &out->to_us) &&
                kpy_count(given[READ_MEMORY], "memory_bytes", &out->memory_bytes) &&
                kpy_small(given[READ_THREADS], "threads", &threads);
    out->threads = threads;
    return fine;
}

static int read_baskets(kpy_txn *txn, kith_baskets_options *options, kpy_work *work,
                        kith_baskets **out) {
    options->context = work;
    options->progress = kpy_txn_work_begin(txn, work);
    int code = kith_baskets_open(txn->handle, options, out);
    kpy_txn_work_end(txn, work);
    return code;
}

static PyObject *baskets_new(kpy_state *state, kith_baskets *handle) {
    kpy_baskets *self = PyObject_New(kpy_baskets, state->baskets_type);
    if (self == NULL) {
        kith_baskets_close(handle);
        return NULL;
    }
    self->state = state;
    self->handle = handle;
    return (PyObject *)self;
}

static PyObject *read_out(kpy_txn *txn, kith_baskets_options *options, PyObject *progress) {
    kith_baskets *handle = NULL;
    kpy_work work;
    if (!kpy_work_init(&work, txn->state, progress) || !kpy_txn_ready(txn)) {
        return NULL;
    }
    int code = read_baskets(txn, options, &work, &handle);
    if (PyErr_Occurred() != NULL) { /* of a callback, or a signal */
        kith_baskets_close(handle);
        return NULL;
    }
    return code == KITH_OK ? baskets_new(txn->state, handle)
                           : kpy_raise_txn(txn->state, txn->handle, code);
}

PyObject *kpy_txn_baskets(PyObject *object, PyObject *const *args, Py_ssize_t count,
                          PyObject *names) {
    static const char *const parameters[] = {"event",   "item",     "order", "now",
                                             "from_",   "to",       "where", "memory_bytes",
                                             "threads", "progress", NULL};
    static const kpy_signature signature = {"baskets", 3, 1u << READ_NOW, parameters};
    kpy_txn *self = (kpy_txn *)object;
    kith_baskets_options options = KITH_BASKETS_OPTIONS_INIT;
    kith_expression *where = NULL;
    PyObject *given[READ_COUNT];
    if (!kpy_args(&signature, args, count, names, given) || !options_in(self, given, &options) ||
        !kpy_txn_ready(self) ||
        (kpy_given(given[READ_WHERE]) &&
         !kpy_expression_in(self, given[READ_WHERE], "where", false, &where))) {
        return NULL;
    }
    options.where = where;
    PyObject *made = read_out(self, &options, given[READ_PROGRESS]);
    kith_expression_free(where);
    return made;
}

static void baskets_dealloc(PyObject *object) {
    PyTypeObject *type = Py_TYPE(object);
    kith_baskets_close(((kpy_baskets *)object)->handle);
    PyObject_Free(object);
    Py_DECREF(type);
}

/* ---- what they hold ---- */

static PyObject *baskets_get_summary(PyObject *object, void *Py_UNUSED(context)) {
    kith_baskets_summary s = KITH_BASKETS_SUMMARY_INIT;
    kith_baskets_summarise(((kpy_baskets *)object)->handle, &s);
    const kpy_named_count counts[] = {{"customer_count", s.customer_count},
                                      {"basket_count", s.basket_count},
                                      {"item_count", s.item_count},
                                      {"line_count", s.line_count},
                                      {"left_out_count", s.left_out_count}};
    return kpy_counts_out(counts, sizeof counts / sizeof counts[0]);
}

static PyObject *item_out(const kith_basket_item *item) {
    return Py_BuildValue("{sssKsKsKsd}", "item", item->item, "basket_count",
                         (unsigned long long)item->basket_count, "customer_count",
                         (unsigned long long)item->customer_count, "again_count",
                         (unsigned long long)item->again_count, "repeat_share", item->repeat_share);
}

static PyObject *baskets_items(PyObject *object, PyObject *Py_UNUSED(unused)) {
    PyObject *list = PyList_New(0);
    kith_basket_item item = KITH_BASKET_ITEM_INIT;
    size_t cursor = 0;
    while (list != NULL &&
           kith_baskets_next_item(((kpy_baskets *)object)->handle, &cursor, &item) == KITH_OK) {
        if (!kpy_append(list, item_out(&item))) {
            Py_CLEAR(list);
        }
    }
    return list;
}

static PyObject *baskets_item(PyObject *object, PyObject *name) {
    kith_basket_item item = KITH_BASKET_ITEM_INIT;
    const char *text = NULL;
    if (!kpy_text(name, "item", &text)) {
        return NULL;
    }
    return kith_baskets_find_item(((kpy_baskets *)object)->handle, text, &item) == KITH_OK
               ? item_out(&item)
               : Py_NewRef(Py_None);
}

/* ---- rules ---- */

enum {
    RULES_SUPPORT,
    RULES_COUNT_MIN,
    RULES_CONFIDENCE,
    RULES_LIFT,
    RULES_P,
    RULES_ITEMS,
    RULES_CONSEQUENT,
    RULES_REDUNDANT,
    RULES_BY,
    RULES_LIMIT,
    RULES_MEMORY,
    RULES_THREADS,
    RULES_PROGRESS,
    RULES_COUNT
};

static bool rules_options_in(PyObject **given, kith_rules_options *out) {
    static const char *const orders[] = {"lift", "confidence", "support", "leverage", NULL};
    int order = 0;
    uint32_t threads = 0;
    bool fine = kpy_real(given[RULES_SUPPORT], "min_support", &out->min_support) &&
                kpy_count(given[RULES_COUNT_MIN], "min_count", &out->min_count) &&
                kpy_real(given[RULES_CONFIDENCE], "min_confidence", &out->min_confidence) &&
                kpy_real(given[RULES_LIFT], "min_lift", &out->min_lift) &&
                kpy_real(given[RULES_P], "max_p", &out->max_p) &&
                kpy_small(given[RULES_ITEMS], "max_items", &out->max_items) &&
                kpy_small(given[RULES_CONSEQUENT], "max_consequent", &out->max_consequent) &&
                kpy_flag(given[RULES_REDUNDANT], false, &out->redundant) &&
                (!kpy_given(given[RULES_BY]) || kpy_word(given[RULES_BY], "by", orders, &order)) &&
                kpy_count(given[RULES_LIMIT], "limit", &out->limit) &&
                kpy_count(given[RULES_MEMORY], "memory_bytes", &out->memory_bytes) &&
                kpy_small(given[RULES_THREADS], "threads", &threads);
    out->order = (kith_rules_order)order;
    out->threads = threads;
    return fine;
}

static PyObject *texts_out(const char *const *texts, size_t count) {
    PyObject *tuple = PyTuple_New((Py_ssize_t)count);
    for (size_t i = 0; tuple != NULL && i < count; i++) {
        PyObject *text = PyUnicode_FromString(texts[i]);
        if (text == NULL || PyTuple_SetItem(tuple, (Py_ssize_t)i, text) != 0) {
            Py_CLEAR(tuple);
        }
    }
    return tuple;
}

static PyObject *rule_out(const kith_rule *rule) {
    PyObject *dict = Py_BuildValue(
        "{sKsKsKsdsdsdsdsdsdsd}", "antecedent_baskets",
        (unsigned long long)rule->antecedent_baskets, "consequent_baskets",
        (unsigned long long)rule->consequent_baskets, "both_baskets",
        (unsigned long long)rule->both_baskets, "support", rule->support, "confidence",
        rule->confidence, "lift", rule->lift, "lift_low", rule->lift_low, "lift_high",
        rule->lift_high, "leverage", rule->leverage, "p", rule->p);
    if (dict != NULL &&
        (!kpy_set(dict, "antecedent", texts_out(rule->antecedent, rule->antecedent_count)) ||
         !kpy_set(dict, "consequent", texts_out(rule->consequent, rule->consequent_count)) ||
         !kpy_set(dict, "conviction",
                  rule->always ? Py_NewRef(Py_None) : PyFloat_FromDouble(rule->conviction)))) {
        Py_CLEAR(dict);
    }
    return dict;
}

static PyObject *rules_list(kith_rules *rules) {
    PyObject *list = PyList_New(0);
    kith_rule rule = KITH_RULE_INIT;
    while (list != NULL && kith_rules_next(rules, &rule) == KITH_OK) {
        if (!kpy_append(list, rule_out(&rule))) {
            Py_CLEAR(list);
        }
    }
    return list;
}

static PyObject *rules_out(kith_rules *rules) {
    kith_rules_summary s = KITH_RULES_SUMMARY_INIT;
    kith_rules_summarise(rules, &s);
    const kpy_named_count counts[] = {
        {"basket_count", s.basket_count}, {"min_count", s.min_count},
        {"item_count", s.item_count},     {"itemset_count", s.itemset_count},
        {"rule_count", s.rule_count},     {"redundant_count", s.redundant_count}};
    PyObject *dict = kpy_counts_out(counts, sizeof counts / sizeof counts[0]);
    if (dict != NULL && !kpy_set(dict, "rules", rules_list(rules))) {
        Py_CLEAR(dict);
    }
    return dict;
}

static PyObject *baskets_rules(PyObject *object, PyObject *const *args, Py_ssize_t count,
                               PyObject *names) {
    static const char *const parameters[] = {
        "min_support",  "min_count",      "min_confidence", "min_lift", "max_p",
        "max_items",    "max_consequent", "redundant",      "by",       "limit",
        "memory_bytes", "threads",        "progress",       NULL};
    static const kpy_signature signature = {"rules", 1, 0, parameters};
    kpy_baskets *self = (kpy_baskets *)object;
    kith_rules_options options = KITH_RULES_OPTIONS_INIT;
    kith_error error = KITH_ERROR_INIT;
    kith_rules *rules = NULL;
    PyObject *given[RULES_COUNT];
    kpy_work work;
    if (!kpy_args(&signature, args, count, names, given) || !rules_options_in(given, &options) ||
        !kpy_work_init(&work, self->state, given[RULES_PROGRESS])) {
        return NULL;
    }
    options.progress = kpy_work_progress;
    options.context = &work;
    kpy_work_begin(&work);
    int code = kith_rules_open(self->handle, &options, &rules, &error);
    kpy_work_end(&work);
    PyObject *made = PyErr_Occurred() != NULL ? NULL
                     : code == KITH_OK        ? rules_out(rules)
                                              : kpy_raise(self->state, code, &error);
    kith_rules_close(rules);
    return made;
}

static PyObject *baskets_similar(PyObject *object, PyObject *const *args, Py_ssize_t count,
                                 PyObject *names) {
    kpy_baskets *self = (kpy_baskets *)object;
    return kpy_similar_of(self->state, self->handle, args, count, names);
}

/* ---- the type ---- */

static PyMethodDef baskets_methods[] = {
    {"items", baskets_items, METH_NOARGS,
     PyDoc_STR("items($self)\n--\n\nThe items, by name: in how many baskets, of how many "
               "customers, of whom so many bought it again.")},
    {"item", baskets_item, METH_O,
     PyDoc_STR("item($self, name, /)\n--\n\nThe same of one item, or None.")},
    KPY_METHOD(
        "rules", baskets_rules,
        "rules($self, min_support=0.01, *, min_count=None, min_confidence=0.2, min_lift=0, "
        "max_p=1, max_items=5, max_consequent=1, redundant=False, by='lift', limit=None, "
        "memory_bytes=None, threads=None, progress=None)\n--\n\nThe association rules, as a dict "
        "with counts and the list 'rules'. A conviction of None is infinite: the rule "
        "always holds. kith.Limit says what to raise."),
    KPY_METHOD(
        "similar", baskets_similar,
        "similar($self, items=None, *, customer=None, by='cosine', limit=10, "
        "min_customers=2, memory_bytes=None, threads=None, progress=None)\n--\n\nThe items that "
        "the same customers buy, as kith.Similar: of those named, of what a customer has "
        "bought, or of all."),
    {NULL, NULL, 0, NULL},
};

static PyGetSetDef baskets_properties[] = {
    {"summary", baskets_get_summary, NULL,
     PyDoc_STR("How many customers, baskets, items and lines they are, and how many values named "
               "no item."),
     NULL},
    {NULL, NULL, NULL, NULL, NULL},
};

static PyType_Slot baskets_slots[] = {
    {Py_tp_doc, (void *)PyDoc_STR("What customers bought together: Transaction.baskets() reads "
                                  "them. They belong to no transaction and never change.")},
    {Py_tp_dealloc, baskets_dealloc},
    {Py_tp_methods, baskets_methods},
    {Py_tp_getset, baskets_properties},
    {0, NULL},
};

static PyType_Spec baskets_spec = {
    .name = "kith.Baskets",
    .basicsize = sizeof(kpy_baskets),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_IMMUTABLETYPE | Py_TPFLAGS_DISALLOW_INSTANTIATION,
    .slots = baskets_slots,
};

int kpy_baskets_init(PyObject *module, kpy_state *state) {
    state->baskets_type = (PyTypeObject *)PyType_FromModuleAndSpec(module, &baskets_spec, NULL);
    return state->baskets_type == NULL ? -1 : PyModule_AddType(module, state->baskets_type);
}
