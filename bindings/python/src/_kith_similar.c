/*
 * kith.Similar: items that the same customers buy, and what these say a customer buys next. It
 * never changes, so several threads may ask it at once.
 */
#include "_kith.h"

typedef struct kpy_similar {
    PyObject_HEAD kpy_state *state;
    kith_similar *handle; /* never NULL once it is made */
} kpy_similar;

/* The names of items, borrowed from a tuple. */
typedef struct item_names {
    PyObject *kept; /* the tuple; NULL: none are given */
    const char **items;
    size_t count;
} item_names;

static void names_clear(item_names *names) {
    Py_XDECREF(names->kept);
    PyMem_Free((void *)names->items);
}

static bool names_in(PyObject *object, item_names *out) {
    *out = (item_names){NULL, NULL, 0};
    if (!kpy_given(object)) {
        return true;
    }
    if (PyUnicode_Check(object)) {
        PyErr_SetString(PyExc_TypeError, "items must be a list of str");
        return false;
    }
    out->kept = PySequence_Tuple(object);
    size_t count = out->kept == NULL ? 0 : (size_t)PyTuple_Size(out->kept);
    out->items = out->kept == NULL ? NULL : PyMem_Calloc(count + 1, sizeof *out->items);
    if (out->items == NULL) {
        if (out->kept != NULL) {
            PyErr_NoMemory();
        }
        return false;
    }
    for (; out->count < count; out->count++) {
        PyObject *one = PyTuple_GetItem(out->kept, (Py_ssize_t)out->count);
        if (!kpy_text(one, "an item", &out->items[out->count])) {
            return false;
        }
    }
    return true;
}

/* A copy of what a kith.Profile shows, which may be asked without the lock. */
static bool customer_in(kpy_state *state, PyObject *object, kith_profile *copy,
                        const kith_profile **out) {
    *out = NULL;
    if (!kpy_given(object)) {
        return true;
    }
    if (!PyObject_TypeCheck(object, state->profile_type)) {
        PyErr_Format(PyExc_TypeError, "customer must be a kith.Profile, not %R", object);
        return false;
    }
    const kith_profile *view = kpy_profile_view((kpy_profile *)object);
    if (view != NULL) {
        *copy = *view;
        *out = copy;
    }
    return view != NULL;
}

/* ---- finding them ---- */

enum {
    FIND_ITEMS,
    FIND_CUSTOMER,
    FIND_BY,
    FIND_LIMIT,
    FIND_CUSTOMERS,
    FIND_MEMORY,
    FIND_THREADS,
    FIND_PROGRESS,
    FIND_COUNT
};

static bool options_in(PyObject **given, kith_similar_options *out) {
    static const char *const measures[] = {"cosine", "ratio", NULL};
    int by = 0;
    uint32_t threads = 0;
    bool fine = (!kpy_given(given[FIND_BY]) || kpy_word(given[FIND_BY], "by", measures, &by)) &&
                kpy_small(given[FIND_LIMIT], "limit", &out->limit) &&
                kpy_small(given[FIND_CUSTOMERS], "min_customers", &out->min_customers) &&
                kpy_count(given[FIND_MEMORY], "memory_bytes", &out->memory_bytes) &&
                kpy_small(given[FIND_THREADS], "threads", &threads);
    out->by = (kith_similar_by)by;
    out->threads = threads;
    return fine;
}

static PyObject *similar_new(kpy_state *state, kith_similar *handle) {
    kpy_similar *self = PyObject_New(kpy_similar, state->similar_type);
    if (self == NULL) {
        kith_similar_close(handle);
        return NULL;
    }
    self->state = state;
    self->handle = handle;
    return (PyObject *)self;
}

static PyObject *find(kpy_state *state, const kith_baskets *baskets, kith_similar_options *options,
                      PyObject *progress) {
    kith_error error = KITH_ERROR_INIT;
    kith_similar *handle = NULL;
    kpy_work work;
    if (!kpy_work_init(&work, state, progress)) {
        return NULL;
    }
    options->progress = kpy_work_progress;
    options->context = &work;
    kpy_work_begin(&work);
    int code = kith_similar_open(baskets, options, &handle, &error);
    kpy_work_end(&work);
    if (PyErr_Occurred() != NULL) { /* of a callback, or a signal */
        kith_similar_close(handle);
        return NULL;
    }
    return code == KITH_OK ? similar_new(state, handle) : kpy_raise(state, code, &error);
}

PyObject *kpy_similar_of(kpy_state *state, const kith_baskets *baskets, PyObject *const *args,
                         Py_ssize_t count, PyObject *names) {
    static const char *const parameters[] = {"items",   "customer",      "by",
                                             "limit",   "min_customers", "memory_bytes",
                                             "threads", "progress",      NULL};
    static const kpy_signature signature = {"similar", 1, 0, parameters};
    kith_similar_options options = KITH_SIMILAR_OPTIONS_INIT;
    kith_profile customer;
    item_names items = {NULL, NULL, 0};
    PyObject *given[FIND_COUNT], *made = NULL;
    if (kpy_args(&signature, args, count, names, given) && options_in(given, &options) &&
        customer_in(state, given[FIND_CUSTOMER], &customer, &options.customer) &&
        names_in(given[FIND_ITEMS], &items)) {
        options.items = items.items;
        options.item_count = items.count;
        made = find(state, baskets, &options, given[FIND_PROGRESS]);
    }
    names_clear(&items);
    return made;
}

static void similar_dealloc(PyObject *object) {
    PyTypeObject *type = Py_TYPE(object);
    kith_similar_close(((kpy_similar *)object)->handle);
    PyObject_Free(object);
    Py_DECREF(type);
}

/* ---- what they are ---- */

static PyObject *pair_out(const kith_similar_item *pair) {
    return Py_BuildValue("{sssssKsKsKsKsdsd}", "item", pair->item, "other", pair->other,
                         "item_customers", (unsigned long long)pair->item_customers,
                         "other_customers", (unsigned long long)pair->other_customers,
                         "both_customers", (unsigned long long)pair->both_customers,
                         "later_customers", (unsigned long long)pair->later_customers, "cosine",
                         pair->cosine, "likelihood_ratio", pair->likelihood_ratio);
}

static PyObject *similar_pairs(PyObject *object, PyObject *Py_UNUSED(unused)) {
    PyObject *list = PyList_New(0);
    kith_similar_item pair = KITH_SIMILAR_ITEM_INIT;
    size_t cursor = 0;
    while (list != NULL &&
           kith_similar_next(((kpy_similar *)object)->handle, &cursor, &pair) == KITH_OK) {
        if (!kpy_append(list, pair_out(&pair))) {
            Py_CLEAR(list);
        }
    }
    return list;
}

/* ---- what is bought next ---- */

static PyObject *reasons_out(const kith_recommendation *made) {
    PyObject *list = PyList_New(0);
    for (size_t i = 0; list != NULL && i < made->reason_count; i++) {
        if (!kpy_append(list, Py_BuildValue("{sssd}", "item", made->reasons[i].item, "part",
                                            made->reasons[i].part))) {
            Py_CLEAR(list);
        }
    }
    return list;
}

static PyObject *recommendation_out(const kith_recommendation *made) {
    PyObject *dict = Py_BuildValue("{sssssd}", "item", made->item, "kind",
                                   made->repeat ? "repeat" : "new", "score", made->score);
    bool done = dict != NULL;
    if (done && made->repeat) {
        done = kpy_set(dict, "basket_count", PyLong_FromUnsignedLongLong(made->basket_count)) &&
               kpy_set(dict, "later_count", PyLong_FromUnsignedLongLong(made->later_count));
    } else if (done) {
        done = kpy_set(dict, "reasons", reasons_out(made));
    }
    if (!done) {
        Py_CLEAR(dict);
    }
    return dict;
}

static PyObject *recommendations_out(kith_recommendations *all) {
    PyObject *list = PyList_New(0);
    kith_recommendation made = KITH_RECOMMENDATION_INIT;
    while (list != NULL && kith_recommendations_next(all, &made) == KITH_OK) {
        if (!kpy_append(list, recommendation_out(&made))) {
            Py_CLEAR(list);
        }
    }
    return list;
}

static PyObject *recommend(const kpy_similar *self, const kith_recommend_options *options) {
    kith_error error = KITH_ERROR_INIT;
    kith_recommendations *all = NULL;
    int code = kith_recommendations_open(self->handle, options, &all, &error);
    PyObject *made =
        code == KITH_OK ? recommendations_out(all) : kpy_raise(self->state, code, &error);
    kith_recommendations_close(all);
    return made;
}

static PyObject *similar_recommend(PyObject *object, PyObject *const *args, Py_ssize_t count,
                                   PyObject *names) {
    static const char *const parameters[] = {"customer", "items", "limit", "reasons", NULL};
    static const kpy_signature signature = {"recommend", 1, 0, parameters};
    kpy_similar *self = (kpy_similar *)object;
    kith_recommend_options options = KITH_RECOMMEND_OPTIONS_INIT;
    kith_profile customer;
    item_names items = {NULL, NULL, 0};
    PyObject *given[4], *made = NULL;
    if (kpy_args(&signature, args, count, names, given) &&
        customer_in(self->state, given[0], &customer, &options.customer) &&
        names_in(given[1], &items) && kpy_small(given[2], "limit", &options.limit) &&
        kpy_small(given[3], "reasons", &options.reason_limit)) {
        options.items = items.items;
        options.item_count = items.count;
        made = recommend(self, &options);
    }
    names_clear(&items);
    return made;
}

/* ---- the type ---- */

static PyMethodDef similar_methods[] = {
    {"pairs", similar_pairs, METH_NOARGS,
     PyDoc_STR("pairs($self)\n--\n\nThe pairs, of one item after the other, the most alike first: "
               "a list of dicts.")},
    KPY_METHOD("recommend", similar_recommend,
               "recommend($self, customer=None, *, items=None, limit=10, reasons=3)\n--\n\nWhat a "
               "customer is likely to buy next: a list of dicts, of the 'kind' repeat and then of "
               "the kind new, the highest score first. `items` lie in the basket at hand."),
    {NULL, NULL, 0, NULL},
};

static PyType_Slot similar_slots[] = {
    {Py_tp_doc, (void *)PyDoc_STR("Items that the same customers buy: Baskets.similar() finds "
                                  "them. It never changes.")},
    {Py_tp_dealloc, similar_dealloc},
    {Py_tp_methods, similar_methods},
    {0, NULL},
};

static PyType_Spec similar_spec = {
    .name = "kith.Similar",
    .basicsize = sizeof(kpy_similar),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_IMMUTABLETYPE | Py_TPFLAGS_DISALLOW_INSTANTIATION,
    .slots = similar_slots,
};

int kpy_similar_init(PyObject *module, kpy_state *state) {
    state->similar_type = (PyTypeObject *)PyType_FromModuleAndSpec(module, &similar_spec, NULL);
    return state->similar_type == NULL ? -1 : PyModule_AddType(module, state->similar_type);
}
