/*
 * The Python binding of kith: what its files share. Everything public of kith is reached through
 * include/kith; nothing here knows more than those headers say. Compiled against the limited API,
 * so one build serves Python 3.11 and later.
 *
 * What must stay true: a child holds a reference to its parent; every handle of the core that a
 * transaction must outlive is on the transaction's list of iterators; a profile that was borrowed
 * from a transaction carries the epoch in which it was and is refused in a later one; the
 * interpreter's lock is held except between kpy_work_begin and kpy_work_end.
 */
#ifndef KITH_PYTHON_H
#define KITH_PYTHON_H

#define PY_SSIZE_T_CLEAN
#include <Python.h>

#include "kith.h"

#define KPY_CODE_COUNT 14 /* codes 0 to -13; 0 stands for the base class */

/* What the module owns. Objects keep a plain pointer: their type keeps the module alive. */
typedef struct kpy_state {
    PyObject *errors[KPY_CODE_COUNT]; /* kith.Error, then the subclass of each code */
    PyTypeObject *store_type;
    PyTypeObject *transaction_type;
    PyTypeObject *profile_type;
    PyTypeObject *iterator_type;
    PyTypeObject *query_type; /* an iterator that is a table, too */
    PyTypeObject *export_type;
    PyTypeObject *expression_type;
    PyTypeObject *baskets_type;
    PyTypeObject *similar_type;
    PyTypeObject *date_type;
    PyTypeObject *datetime_type;
    PyObject *timedelta_type;
    PyObject *decimal_type;
    PyObject *epoch; /* 1970-01-01T00:00:00Z as a datetime */
} kpy_state;

/* ---- arguments and errors (_kith_error.c) ---- */

/* How a function may be called. Parameters past `positional_count` are by name only. */
typedef struct kpy_signature {
    const char *function;
    int positional_count;
    unsigned required;             /* a bit for each parameter */
    const char *const *parameters; /* NULL-terminated */
} kpy_signature;

/* What Python calls with positional and named arguments; a function of the module's takes the
 * module as `self`. */
typedef PyObject *kpy_method(PyObject *self, PyObject *const *args, Py_ssize_t count,
                             PyObject *names);

/* Puts the arguments in order into `out`; those not given are NULL. False with an exception set. */
bool kpy_args(const kpy_signature *signature, PyObject *const *args, Py_ssize_t count,
              PyObject *names, PyObject **out);
/* NULL and None both say that an optional argument wasn't given. */
bool kpy_given(PyObject *object);
/* The bytes of a str without NUL; borrowed from it. */
bool kpy_text(PyObject *object, const char *what, const char **out);
/* The same, or NULL where it isn't given. */
bool kpy_text_optional(PyObject *object, const char *what, const char **out);
/* The two texts of a (source, key) tuple, borrowed from it. */
bool kpy_pair(PyObject *object, const char *what, const char **source, const char **key);
bool kpy_flag(PyObject *object, bool fallback, bool *out);
bool kpy_count(PyObject *object, const char *what, uint64_t *out);
/* A number, or a count of 32 bits, that stays as it is where it isn't given. */
bool kpy_real(PyObject *object, const char *what, double *inout);
bool kpy_small(PyObject *object, const char *what, uint32_t *inout);
/* The place of a str in a NULL-terminated list of words; ValueError names them all. */
bool kpy_word(PyObject *object, const char *what, const char *const *words, int *out);

/* These set an exception and return NULL. */
PyObject *kpy_raise(kpy_state *state, int code, const kith_error *error);
PyObject *kpy_raise_code(kpy_state *state, int code, const char *message);
PyObject *kpy_raise_txn(kpy_state *state, const kith_txn *txn, int code);
/* Makes the exception classes and adds them to the module. */
int kpy_errors_init(PyObject *module, kpy_state *state);

/* ---- values (_kith_convert.c) ---- */

bool kpy_time_in(kpy_state *state, PyObject *object, int64_t *out_us);
/* The same, with a fallback where it isn't given. */
bool kpy_time_optional(kpy_state *state, PyObject *object, int64_t fallback_us, int64_t *out_us);
/* An aware datetime in UTC; None for INT64_MAX and INT64_MIN; an int where datetime can't hold it.
 */
PyObject *kpy_time_out(kpy_state *state, int64_t time_us);
PyObject *kpy_value_out(kpy_state *state, const kith_value *value);
/* Exact: a decimal.Decimal of a number of millionths. */
PyObject *kpy_micros_out(kpy_state *state, int64_t micros);
PyObject *kpy_id_out(const kith_id *id);
/* A str, or None for NULL. */
PyObject *kpy_text_out(const char *text);
/* A str of text that may be damaged: bytes that are no UTF-8 are replaced. */
PyObject *kpy_message_out(const char *text, size_t size);

/* A count of kith, and what it is called. */
typedef struct kpy_named_count {
    const char *name;
    uint64_t count;
} kpy_named_count;

/* A new dict of counts; NULL with an exception set. */
PyObject *kpy_counts_out(const kpy_named_count *counts, size_t count);

/* Fields made from a dict. What they borrow lives until kpy_fields_clear. */
typedef struct kpy_fields {
    kpy_state *state;
    PyObject *kept; /* list of the objects that text is borrowed from */
    struct kpy_block *blocks;
    kith_field *fields;
    size_t count;
} kpy_fields;

bool kpy_fields_init(kpy_fields *fields, kpy_state *state, PyObject *mapping, const char *what);
void kpy_fields_clear(kpy_fields *fields);

/* dict[name] = value, taking the reference; false (value may be NULL) with an exception set. */
bool kpy_set(PyObject *dict, const char *name, PyObject *value);
/* list.append(value), likewise. */
bool kpy_append(PyObject *list, PyObject *value);
/* dict[name] = value; a name that is there already gets a list of all its values. Takes the
 * reference. */
bool kpy_set_several(PyObject *dict, PyObject *name, PyObject *value, PyObject *several);

/* ---- stores (_kith_store.c) ---- */

struct kpy_txn;
struct kpy_work;

typedef struct kpy_store {
    PyObject_HEAD kpy_state *state;
    kith *handle; /* NULL once closed */
    PyObject *path;
    struct kpy_txn *writer;   /* the live write transaction; borrowed */
    struct kpy_work *writing; /* calls under way whose threads may be the writer's */
    unsigned user_count;      /* calls that use the handle without the interpreter's lock */
    bool closed;              /* by the caller; the last user closes the handle */
} kpy_store;

/* The handle for a call that may let go of the lock; NULL with an exception set. Then
 * kpy_store_leave. */
kith *kpy_store_enter(kpy_store *self);
void kpy_store_leave(kpy_store *self);
/* The same, for a call that waits for the writer: refused in the thread that is the writer. */
kith *kpy_store_enter_to_write(kpy_store *self);
/* Around work that holds write transactions of its own while it calls back. */
void kpy_store_writing_begin(kpy_store *self, struct kpy_work *work);
void kpy_store_writing_end(kpy_store *self, const struct kpy_work *work);
int kpy_store_init(PyObject *module, kpy_state *state);
kpy_method kpy_open;

/* ---- long work (_kith_work.c, _kith_files.c, _kith_insight.c, _kith_say.c) ---- */

/* Work without the interpreter's lock, whose callbacks take it back. */
typedef struct kpy_work {
    kpy_state *state;
    PyThreadState *thread;
    PyObject *progress; /* callables, NULL: none */
    PyObject *reject;
    PyObject *write;
    PyObject *problems;    /* list */
    struct kpy_work *next; /* of those that write to a store */
    unsigned long thread_id;
} kpy_work;

bool kpy_work_init(kpy_work *work, kpy_state *state, PyObject *progress);
void kpy_work_begin(kpy_work *work);
void kpy_work_end(kpy_work *work);
/* How many threads are asked for at most; 0: as many as there are processors. */
bool kpy_threads(PyObject *object, unsigned *out);
/* A kith_progress_fn whose context is a kpy_work: looks for signals, calls the callable. */
int kpy_work_progress(void *context, const kith_progress *progress);

kpy_method kpy_store_settle;
kpy_method kpy_store_resolve;
kpy_method kpy_store_verify;
kpy_method kpy_store_backup;
kpy_method kpy_store_evaluate;
kpy_method kpy_store_audit;
kpy_method kpy_store_import;
kpy_method kpy_store_tag_file;
kpy_method kpy_store_tag_where;
kpy_method kpy_store_fit_score;
kpy_method kpy_store_export;
/* Raises with the exception's `report`, which is taken; NULL: none. */
PyObject *kpy_raise_reported(kpy_state *state, int code, const kith_error *error, PyObject *report);
kpy_method kpy_check;
PyObject *kpy_settle_result_out(const kith_settle_result *result);

/* ---- transactions (_kith_txn.c) ---- */

struct kpy_iter;
struct kpy_stream;

typedef struct kpy_txn {
    PyObject_HEAD kpy_state *state;
    kpy_store *store;
    kith_txn *handle;               /* NULL once ended */
    struct kpy_iter *iters;         /* open ones, closed when the transaction ends */
    struct kpy_stream *streams;     /* Arrow streams of queries, likewise */
    PyThread_type_lock stream_lock; /* who reads one of them; NULL: there was none yet */
    uint64_t epoch;                 /* grows when what was borrowed ends */
    unsigned long thread;           /* that began it */
    bool writes;
    bool busy;  /* a call works on it without the interpreter's lock */
    bool reset; /* and not renewed */
} kpy_txn;

PyObject *kpy_txn_begin(kpy_store *store, bool writes);
/* Around work on all of what a transaction sees; gives its kith_progress_fn, whose context is the
 * kpy_work. The lock goes where the transaction reads. Where it writes the lock stays, for what
 * other threads drop of it reaches into it: then signals are looked for, and nobody is told. */
kith_progress_fn kpy_txn_work_begin(kpy_txn *self, kpy_work *work);
void kpy_txn_work_end(kpy_txn *self, kpy_work *work);
/* Why the transaction may not be used now; NULL: it may. */
const char *kpy_txn_wrong(const kpy_txn *self);
/* Whether the transaction may be used now; false with kith.Misuse set. */
bool kpy_txn_ready(kpy_txn *self);
/* The same for a write, which ends the profiles read before, whether it succeeds or not. */
bool kpy_txn_ready_to_write(kpy_txn *self);
int kpy_txn_init(PyObject *module, kpy_state *state);
/* kith_config_get as a dict, and kith_config_apply of a str or dict. */
PyObject *kpy_config_out(kpy_txn *self);
bool kpy_config_in(kpy_txn *self, PyObject *config);
/* What is given as a dict or as JSON text, as JSON text: a new str. */
PyObject *kpy_json_text(PyObject *object, const char *what);
/* What JSON text says: dicts, lists, numbers. */
PyObject *kpy_json_out(const char *text);
PyObject *kpy_stat_out(kpy_txn *self);
/* Ends the transaction. False with an exception set. */
bool kpy_txn_commit(kpy_txn *self);
void kpy_txn_abort(kpy_txn *self);

/* Methods of the type (_kith_put.c, _kith_say.c, _kith_lookup.c, _kith_explain.c, _kith_match.c,
 * _kith_model.c, _kith_segments.c, _kith_query.c, _kith_rfm.c, _kith_transitions.c,
 * _kith_history.c). */
/* What a put did, as a word; or its exception. */
PyObject *kpy_change_out(kpy_txn *self, int code, kith_change change);
kpy_method kpy_txn_put;
kpy_method kpy_txn_patch;
kpy_method kpy_txn_add;
kpy_method kpy_txn_event;
kpy_method kpy_txn_link;
kpy_method kpy_txn_unlink;
kpy_method kpy_txn_tag;
kpy_method kpy_txn_untag;
kpy_method kpy_txn_consent;
kpy_method kpy_txn_points;
kpy_method kpy_txn_score;
kpy_method kpy_txn_put_segment;
kpy_method kpy_txn_put_trait;
kpy_method kpy_txn_remove_segment;
kpy_method kpy_txn_remove_trait;
kpy_method kpy_txn_segment;
kpy_method kpy_txn_trait;
PyObject *kpy_txn_segments(PyObject *self, PyObject *unused);
PyObject *kpy_txn_traits(PyObject *self, PyObject *unused);
kpy_method kpy_txn_mentions;
/* What was put, as a word; what removed it, None. */
PyObject *kpy_put_definition(kpy_txn *self, kith_definition_kind kind,
                             const kith_definition_input *input);
PyObject *kpy_remove_definition(kpy_txn *self, kith_definition_kind kind,
                                const kpy_signature *signature, PyObject *const *args,
                                Py_ssize_t count, PyObject *names);
/* One as a dict, by name and version; those that are in force. */
PyObject *kpy_get_definition(kpy_txn *self, kith_definition_kind kind,
                             const kpy_signature *signature, PyObject *const *args,
                             Py_ssize_t count, PyObject *names);
PyObject *kpy_definitions_out(kpy_txn *self, kith_definition_kind kind);
/* Scores (_kith_scores.c). */
kpy_method kpy_txn_define_score;
kpy_method kpy_txn_remove_score;
kpy_method kpy_txn_score_definition;
PyObject *kpy_txn_score_definitions(PyObject *self, PyObject *unused);
PyObject *kpy_txn_score_model(PyObject *self, PyObject *name);
kpy_method kpy_txn_score_drift;
kpy_method kpy_txn_query;
kpy_method kpy_txn_tag_counts;
kpy_method kpy_txn_count;
kpy_method kpy_txn_overlap;
kpy_method kpy_txn_rfm;
kpy_method kpy_txn_baskets;
kpy_method kpy_txn_transitions;
PyObject *kpy_txn_trim_transitions(PyObject *self, PyObject *sequence);
kpy_method kpy_txn_segment_history;
kpy_method kpy_txn_find;
kpy_method kpy_txn_find_ids;
kpy_method kpy_txn_get;
kpy_method kpy_txn_profile_of;
kpy_method kpy_txn_profile_id;
kpy_method kpy_txn_record;
kpy_method kpy_txn_profiles;
kpy_method kpy_txn_events;
kpy_method kpy_txn_count_events;
PyObject *kpy_txn_records(PyObject *self, PyObject *unused);
kpy_method kpy_txn_why;
kpy_method kpy_txn_how;

kpy_method kpy_txn_pair;
kpy_method kpy_txn_blame;
kpy_method kpy_txn_review;
kpy_method kpy_txn_search;
PyObject *kpy_txn_models(PyObject *self, PyObject *unused);
kpy_method kpy_txn_model;
kpy_method kpy_txn_export_model;
kpy_method kpy_txn_compare_models;

/* ---- records and events (_kith_facts.c) ---- */

typedef enum kpy_iter_kind {
    KPY_ITER_RECORDS,
    KPY_ITER_EVENTS,
    KPY_ITER_PROFILES,
    KPY_ITER_QUERY,
    KPY_ITER_TRANSITIONS
} kpy_iter_kind;

typedef struct kpy_iter {
    PyObject_HEAD kpy_txn *txn;
    struct kpy_iter *previous;
    struct kpy_iter *next;
    void *handle; /* NULL once closed */
    kpy_iter_kind kind;
    bool finished;
    int64_t now_us;
    uint64_t step; /* grows when what the last step gave ends */
} kpy_iter;

/* Takes the handle, also on failure. A NULL handle makes an empty iterator. */
PyObject *kpy_iter_new(kpy_txn *txn, kpy_iter_kind kind, void *handle, int64_t now_us);
void kpy_iter_close(kpy_iter *self);
int kpy_iter_init(PyObject *module, kpy_state *state);
PyObject *kpy_record_out(kpy_state *state, const kith_record *record);
/* A record's number as the tuple (source, key). */
PyObject *kpy_record_pair(kpy_txn *txn, uint32_t number);

/* ---- profiles (_kith_profile.c) ---- */

typedef struct kpy_profile {
    PyObject_HEAD kpy_txn *txn;
    kpy_iter *iter; /* that gave it, while it may still stand there; else NULL */
    uint64_t step;
    uint64_t epoch;
    int64_t now_us;
    size_t match_count; /* profiles that share the identifier it was found by */
    kith_profile view;
} kpy_profile;

/* An empty Profile whose `view` a function of kith fills. */
kpy_profile *kpy_profile_new(kpy_txn *txn, int64_t now_us);
/* The view, if it may be read now; NULL with an exception set. */
const kith_profile *kpy_profile_view(kpy_profile *self);
kpy_method kpy_profile_count_events;
int kpy_profile_init(PyObject *module, kpy_state *state);

/* Methods and properties of the type (_kith_marks.c). */
PyObject *kpy_profile_tag(PyObject *self, PyObject *name);
PyObject *kpy_profile_get_tags(PyObject *self, void *context);
PyObject *kpy_profile_tag_history(PyObject *self, PyObject *unused);
PyObject *kpy_profile_consent_history(PyObject *self, PyObject *unused);
PyObject *kpy_profile_points_history(PyObject *self, PyObject *unused);
PyObject *kpy_profile_score_history(PyObject *self, PyObject *unused);
kpy_method kpy_profile_consent;
PyObject *kpy_profile_get_consents(PyObject *self, void *context);
PyObject *kpy_profile_balance(PyObject *self, PyObject *name);
PyObject *kpy_profile_get_points(PyObject *self, void *context);
PyObject *kpy_profile_score(PyObject *self, PyObject *name);
PyObject *kpy_profile_get_scores(PyObject *self, void *context);

/* The same (_kith_segments.c, _kith_query.c, _kith_reason.c, _kith_history.c). */
PyObject *kpy_profile_trait(PyObject *self, PyObject *name);
PyObject *kpy_profile_get_traits(PyObject *self, void *context);
PyObject *kpy_profile_in_segment(PyObject *self, PyObject *name);
PyObject *kpy_profile_get_segments(PyObject *self, void *context);
kpy_method kpy_profile_evaluate;
kpy_method kpy_profile_explain;
kpy_method kpy_profile_explain_segment;
/* The same (_kith_scores.c). */
PyObject *kpy_profile_get_score_values(PyObject *self, void *context);
PyObject *kpy_profile_get_orders(PyObject *self, void *context);
kpy_method kpy_profile_explain_score;
/* What is foreseen (_kith_forecast.c). */
kpy_method kpy_profile_forecast;
kpy_method kpy_control_group;
kpy_method kpy_profile_stays;

/* ---- queries and transitions (_kith_query.c, _kith_transitions.c) ---- */

/* The steps of an iterator, and its end, whose handle it takes. */
int kpy_query_next(kpy_iter *iter, PyObject **out);
void kpy_query_close(void *query);
int kpy_transitions_next(kpy_iter *iter, PyObject **out);
void kpy_transitions_close(void *transitions);

/* ---- Arrow (_kith_arrow.c, _kith_query.c) ---- */

/* The stream of an object with __arrow_c_stream__, which `out_kept` keeps: a capsule, or NULL. */
struct ArrowArrayStream *kpy_stream_in(PyObject *object, PyObject **out_kept);
/* A capsule with a stream of a query, which a function opens in the caller's place for it. */
PyObject *kpy_stream_of_query(kpy_txn *txn, bool (*open)(void *query, struct ArrowArrayStream *out),
                              void *query);
/* Ends the streams of a transaction; whoever holds one is told so by its next step. */
void kpy_streams_end(kpy_txn *txn);
bool kpy_query_open_stream(void *query, struct ArrowArrayStream *out);
kpy_method kpy_store_export_arrow;
kpy_method kpy_store_import_arrow;
int kpy_arrow_init(PyObject *module, kpy_state *state);

/* ---- baskets (_kith_baskets.c, _kith_similar.c) ---- */

/* A kith.Similar, by the arguments of Baskets.similar(). */
PyObject *kpy_similar_of(kpy_state *state, const kith_baskets *baskets, PyObject *const *args,
                         Py_ssize_t count, PyObject *names);
int kpy_baskets_init(PyObject *module, kpy_state *state);
int kpy_similar_init(PyObject *module, kpy_state *state);

/* ---- expressions (_kith_expression.c) ---- */

typedef struct kpy_expression {
    PyObject_HEAD kpy_state *state;
    kith_expression *handle; /* never NULL */
    bool any_name;           /* it may ask for names that a store doesn't know */
} kpy_expression;

/* A new str of what is to be read by these options: JSON may be given as a dict, and text as an
 * Expression, which says itself whether it may ask for any name (_kith_segments.c). */
PyObject *kpy_formula_text(kpy_state *state, PyObject *object, kith_expression_options *options);
/* Reads a str or an Expression anew, for this transaction: what a name stands for is told by its
 * store, as it is now. `value`: it need not be a condition. Owned: kith_expression_free(). */
bool kpy_expression_in(kpy_txn *txn, PyObject *object, const char *what, bool value,
                       kith_expression **out);
int kpy_expression_init(PyObject *module, kpy_state *state);

/* An entry of a method table that is called with positional and named arguments. */
#define KPY_METHOD(name, function, doc)                                                            \
    { name, (PyCFunction)(void (*)(void))(function), METH_FASTCALL | METH_KEYWORDS, PyDoc_STR(doc) }

#endif
