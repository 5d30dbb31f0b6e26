/*
 * RFM of all customers, without the interpreter's lock while it is worked out.
 */
#include "_kith.h"

/* What is asked, and what came of it. */
typedef struct kpy_rfm {
    kpy_txn *txn; /* borrowed: the call holds it */
    kpy_work work;
    kith_rfm_options options;
    kith_expression *where;  /* or NULL */
    kith_rfm_result *result; /* or NULL */
} kpy_rfm;

/* ---- the result as a dict ---- */

static PyObject *group_out(kpy_state *state, const kith_rfm_group *group, bool tier) {
    const kpy_named_count counts[] = {
        {"customer_count", group->customer_count},
        {"order_count", group->order_count},
    };
    PyObject *dict = kpy_counts_out(counts, sizeof counts / sizeof counts[0]);
    bool bounded = group->least_spent_micros != INT64_MIN && group->least_spent_micros != INT64_MAX;
    if (dict != NULL &&
        (!kpy_set(dict, "name", kpy_text_out(group->name)) ||
         !kpy_set(dict, "spent", kpy_micros_out(state, group->spent_micros)) ||
         !kpy_set(dict, "median_days", PyFloat_FromDouble(group->median_days)) ||
         !kpy_set(dict, "median_orders", PyFloat_FromDouble(group->median_orders)) ||
         !kpy_set(dict, "median_spent", kpy_micros_out(state, group->median_spent_micros)) ||
         (tier && !kpy_set(dict, "least_spent",
                           bounded ? kpy_micros_out(state, group->least_spent_micros)
                                   : kpy_text_out(NULL))))) {
        Py_CLEAR(dict);
    }
    return dict;
}

static PyObject *groups_out(kpy_state *state, const kith_rfm_group *const *groups, size_t count,
                            bool tiers) {
    PyObject *list = PyList_New(0);
    for (size_t i = 0; list != NULL && i < count; i++) {
        if (!kpy_append(list, group_out(state, groups[i], tiers))) {
            Py_CLEAR(list);
        }
    }
    return list;
}

static PyObject *cell_out(kpy_state *state, const kith_rfm_cell *cell) {
    PyObject *dict = PyDict_New();
    if (dict != NULL &&
        (!kpy_set(dict, "customer_count", PyLong_FromUnsignedLongLong(cell->customer_count)) ||
         !kpy_set(dict, "spent", kpy_micros_out(state, cell->spent_micros)))) {
        Py_CLEAR(dict);
    }
    return dict;
}

static PyObject *row_out(kpy_state *state, const kith_rfm_cell *cells, unsigned bins) {
    PyObject *row = PyList_New(0);
    for (unsigned f = 0; row != NULL && f < bins; f++) {
        if (!kpy_append(row, cell_out(state, &cells[f]))) {
            Py_CLEAR(row);
        }
    }
    return row;
}

static PyObject *grid_out(kpy_state *state, const kith_rfm_result *result) {
    PyObject *rows = PyList_New(0);
    for (unsigned r = 0; rows != NULL && r < result->bins; r++) {
        if (!kpy_append(rows, row_out(state, result->grid + r * result->bins, result->bins))) {
            Py_CLEAR(rows);
        }
    }
    return rows;
}

static PyObject *cuts_out(kpy_state *state, const int64_t *cuts, unsigned bins, bool micros) {
    PyObject *list = PyList_New(0);
    for (unsigned i = 0; list != NULL && i + 1 < bins; i++) {
        if (!kpy_append(list,
                        micros ? kpy_micros_out(state, cuts[i]) : PyLong_FromLongLong(cuts[i]))) {
            Py_CLEAR(list);
        }
    }
    return list;
}

static PyObject *customer_out(kpy_state *state, const kith_rfm_customer *c) {
    return Py_BuildValue("{sNsKsLsKsNsIsIsIssss}", "id", kpy_id_out(&c->id), "number",
                         (unsigned long long)c->number, "days", (long long)c->days, "order_count",
                         (unsigned long long)c->order_count, "spent",
                         kpy_micros_out(state, c->spent_micros), "r", c->r, "f", c->f, "m", c->m,
                         "segment", c->segment, "tier", c->tier);
}

static PyObject *customers_out(const kpy_rfm *self) {
    kith_rfm_customer customer = KITH_RFM_CUSTOMER_INIT;
    kpy_state *state = self->txn->state;
    PyObject *list = PyList_New(0);
    size_t cursor = 0;
    int code = KITH_OK;
    while (list != NULL && (code = kith_rfm_next(self->result, &cursor, &customer)) == KITH_OK) {
        if (!kpy_append(list, customer_out(state, &customer))) {
            Py_CLEAR(list);
        }
    }
    if (list != NULL && code != KITH_DONE) {
        Py_CLEAR(list);
        kpy_raise_txn(state, self->txn->handle, code);
    }
    return list;
}

static PyObject *result_out(const kpy_rfm *self, bool customers) {
    const kith_rfm_result *found = self->result;
    kpy_state *state = self->txn->state;
    const kith_value today = kith_value_date(found->today_days);
    const kpy_named_count counts[] = {
        {"bins", found->bins},
        {"customer_count", found->customer_count},
        {"without_orders_count", found->without_orders_count},
        {"without_amounts_count", found->without_amounts_count},
        {"order_count", found->order_count},
    };
    PyObject *dict = kpy_counts_out(counts, sizeof counts / sizeof counts[0]);
    if (dict != NULL &&
        (!kpy_set(dict, "today", kpy_value_out(state, &today)) ||
         !kpy_set(dict, "event", kpy_text_out(found->event)) ||
         !kpy_set(dict, "amount", kpy_text_out(found->amount)) ||
         !kpy_set(dict, "refund", kpy_text_out(found->refund)) ||
         !kpy_set(dict, "spent", kpy_micros_out(state, found->spent_micros)) ||
         !kpy_set(dict, "segments",
                  groups_out(state, found->segments, found->segment_count, false)) ||
         !kpy_set(dict, "tiers", groups_out(state, found->tiers, found->tier_count, true)) ||
         !kpy_set(dict, "grid", grid_out(state, found)) ||
         !kpy_set(dict, "day_cuts", cuts_out(state, found->day_cuts, found->bins, false)) ||
         !kpy_set(dict, "order_cuts", cuts_out(state, found->order_cuts, found->bins, false)) ||
         !kpy_set(dict, "spent_cuts",
                  cuts_out(state, found->spent_cuts_micros, found->bins, true)) ||
         (customers && !kpy_set(dict, "customers", customers_out(self))))) {
        Py_CLEAR(dict);
    }
    return dict;
}

/* ---- asking ---- */

enum {
    RFM_NOW,
    RFM_EVENT,
    RFM_AMOUNT,
    RFM_REFUND,
    RFM_BINS,
    RFM_WHERE,
    RFM_CUSTOMERS,
    RFM_THREADS,
    RFM_PROGRESS,
    RFM_COUNT
};

static int work_out(kpy_rfm *self) {
    kpy_txn *txn = self->txn;
    self->options.context = &self->work;
    self->options.progress = kpy_txn_work_begin(txn, &self->work);
    int code = kith_rfm(txn->handle, &self->options, &self->result);
    kpy_txn_work_end(txn, &self->work);
    return code;
}

static bool options_in(kpy_rfm *self, PyObject *const *given) {
    uint64_t bins = 0;
    kith_rfm_options *o = &self->options;
    bool fine = kpy_time_in(self->txn->state, given[RFM_NOW], &o->now_us) &&
                kpy_text_optional(given[RFM_EVENT], "event", &o->event) &&
                kpy_text_optional(given[RFM_AMOUNT], "amount", &o->amount) &&
                kpy_text_optional(given[RFM_REFUND], "refund", &o->refund) &&
                kpy_count(given[RFM_BINS], "bins", &bins) &&
                kpy_threads(given[RFM_THREADS], &o->threads) &&
                kpy_work_init(&self->work, self->txn->state, given[RFM_PROGRESS]) &&
                (!kpy_given(given[RFM_WHERE]) ||
                 kpy_expression_in(self->txn, given[RFM_WHERE], "where", false, &self->where));
    o->bins = bins <= UINT32_MAX ? (unsigned)bins : UINT32_MAX;
    o->where = self->where;
    return fine;
}

static PyObject *ask(kpy_rfm *self, bool customers) {
    int code = work_out(self);
    if (PyErr_Occurred() != NULL) { /* a signal, or the callable, stopped it */
        return NULL;
    }
    return code == KITH_OK ? result_out(self, customers)
                           : kpy_raise_txn(self->txn->state, self->txn->handle, code);
}

PyObject *kpy_txn_rfm(PyObject *object, PyObject *const *args, Py_ssize_t count, PyObject *names) {
    static const char *const parameters[] = {"now",   "event",     "amount",  "refund",   "bins",
                                             "where", "customers", "threads", "progress", NULL};
    static const kpy_signature signature = {"rfm", 1, 1u << RFM_NOW, parameters};
    kpy_rfm self = {.txn = (kpy_txn *)object, .options = KITH_RFM_OPTIONS_INIT};
    PyObject *given[RFM_COUNT];
    bool customers = false;
    PyObject *made = NULL;
    if (kpy_args(&signature, args, count, names, given) &&
        kpy_flag(given[RFM_CUSTOMERS], false, &customers) && kpy_txn_ready(self.txn) &&
        options_in(&self, given)) {
        made = ask(&self, customers);
    }
    kith_rfm_free(self.result);
    kith_expression_free(self.where);
    return made;
}
