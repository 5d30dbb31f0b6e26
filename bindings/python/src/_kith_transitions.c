/*
 * Transitions: who entered and left segments. Stepping is a point read by the sequence that the
 * iterator stands at, so it goes on after a write of its transaction.
 */
#include "_kith.h"

typedef struct kpy_transitions {
    uint64_t sequence;
    uint64_t left; /* UINT64_MAX: no limit */
} kpy_transitions;

void kpy_transitions_close(void *transitions) {
    PyMem_Free(transitions);
}

static PyObject *transition_out(kpy_state *state, const kith_transition *transition) {
    PyObject *dict = PyDict_New();
    if (dict != NULL &&
        (!kpy_set(dict, "sequence", PyLong_FromUnsignedLongLong(transition->sequence)) ||
         !kpy_set(dict, "id", kpy_id_out(&transition->id)) ||
         !kpy_set(dict, "number", PyLong_FromUnsignedLong(transition->number)) ||
         !kpy_set(dict, "segment", kpy_text_out(transition->segment)) ||
         !kpy_set(dict, "entered", PyBool_FromLong(transition->entered)) ||
         !kpy_set(dict, "cause", kpy_text_out(kith_cause_name(transition->cause))) ||
         !kpy_set(dict, "at", kpy_time_out(state, transition->at_us)))) {
        Py_CLEAR(dict);
    }
    return dict;
}

int kpy_transitions_next(kpy_iter *iter, PyObject **out) {
    kpy_transitions *self = iter->handle;
    kith_transition transition = KITH_TRANSITION_INIT;
    if (self->left == 0) {
        return KITH_DONE;
    }
    int code = kith_transition_next(iter->txn->handle, &self->sequence, &transition);
    if (code == KITH_OK) {
        self->left -= self->left != UINT64_MAX;
        *out = transition_out(iter->txn->state, &transition);
    }
    return code;
}

PyObject *kpy_txn_transitions(PyObject *object, PyObject *const *args, Py_ssize_t count,
                              PyObject *names) {
    static const char *const parameters[] = {"since", "limit", NULL};
    static const kpy_signature signature = {"transitions", 2, 0, parameters};
    kpy_txn *self = (kpy_txn *)object;
    PyObject *given[2];
    kpy_transitions start = {0, UINT64_MAX};
    uint64_t limit = 0;
    if (!kpy_args(&signature, args, count, names, given) ||
        !kpy_count(given[0], "since", &start.sequence) || !kpy_count(given[1], "limit", &limit) ||
        !kpy_txn_ready(self)) {
        return NULL;
    }
    start.left = limit > 0 ? limit : UINT64_MAX;
    kpy_transitions *made = PyMem_Malloc(sizeof *made);
    if (made == NULL) {
        return PyErr_NoMemory();
    }
    *made = start;
    return kpy_iter_new(self, KPY_ITER_TRANSITIONS, made, 0);
}

PyObject *kpy_txn_trim_transitions(PyObject *object, PyObject *sequence) {
    kpy_txn *self = (kpy_txn *)object;
    uint64_t last = 0;
    uint64_t count = 0;
    if (!kpy_count(sequence, "sequence", &last) || !kpy_txn_ready_to_write(self)) {
        return NULL;
    }
    int code = kith_transition_trim(self->handle, last, &count);
    return code == KITH_OK ? PyLong_FromUnsignedLongLong(count)
                           : kpy_raise_txn(self->state, self->handle, code);
}
