/*
 * A store under test: opened in a folder of its own, fed with a history, and written out as the
 * model is.
 */
#ifndef TESTS_PROPERTY_STAND_H
#define TESTS_PROPERTY_STAND_H

#include "tests/property/model.h"

typedef struct stand {
    char folder[64];
    char path[96];
    kith *store;
    kith_txn *txn; /* the write transaction that is open, if any */
    bool defined;  /* it has segments and traits */
    char *problem; /* the first thing that went wrong; NULL: nothing yet */
} stand;

void stand_open(stand *s, const world_rules *rules);
/* The same with a config of one's own. */
void stand_open_config(stand *s, const char *config);
/* Defines segments and traits in it. */
void stand_define(stand *s);
/* Closes the store and removes its files. */
void stand_close(stand *s);

/* Notes what went wrong, unless something did before. */
void stand_fail(stand *s, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* Notes a code that should have been another. */
void stand_expect(stand *s, int code, int expected, const char *what);

/* Does an operation, beginning a write transaction where none is open. Gives its code; *out_change
 * may be NULL. */
int stand_apply(stand *s, const history_op *op, kith_change *out_change);
void stand_commit(stand *s);
void stand_abort(stand *s);
/* Writes out what a snapshot holds at a time: of the open write transaction, or else of a new read
 * transaction. */
void stand_dump(stand *s, int64_t now_us, unsigned flags, lines *out);
void stand_dump_txn(stand *s, kith_txn *txn, int64_t now_us, unsigned flags, lines *out);
/* Tells the model what the store's match model, if it has one, says of its records now. */
void stand_weigh(stand *s, model *m);
/* Compares with the model, which is told so first; a difference is a failure. */
void stand_compare(stand *s, model *m, int64_t now_us, unsigned flags, const char *when);
/* kith_verify finds nothing. */
void stand_verify(stand *s, const char *when);
/* How many problems kith_verify tells; the first one's text is kept in `first` if it isn't NULL. */
uint64_t stand_count_problems(stand *s, char first[256]);

/* A folder that costs no disk where there is one. */
const char *stand_base_folder(void);

#endif
