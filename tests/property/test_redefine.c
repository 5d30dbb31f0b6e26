/*
 * Definitions that say what form values have (the region of phone numbers, how an identifier is
 * normalised) change in the middle of a history. What was accepted stays accepted and keeps its
 * form, what was none stays none; and once the same facts are put again, at the same times, the
 * store is what the last definitions would have made of them.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/property/trial.h"

#define NOW_US (7 * SECOND_US)

/* What stays */

static void add_forms(stand *s, const kith_record *record, lines *out) {
    kith_record_value value = KITH_RECORD_VALUE_INIT;
    size_t cursor = 0;
    char text[128];
    int rc;
    while ((rc = kith_record_next_value(record, &cursor, &value)) == KITH_OK) {
        bool accepted = value.status == KITH_VALUE_LIVE || value.status == KITH_VALUE_BLOCKED;
        world_show_value(&value.value, text, sizeof text);
        lines_add(out, "%s:%s %s=%s %s", record->source, record->key, value.attribute, text,
                  accepted ? "accepted" : "none");
    }
    stand_expect(s, rc, KITH_DONE, "kith_record_next_value");
}

/* Each value, and whether it is an identifier in normal form. */
static void dump_forms(stand *s, lines *out) {
    kith_error error = KITH_ERROR_INIT;
    kith_txn *txn = NULL;
    kith_record_iter *iter = NULL;
    kith_record record = KITH_RECORD_INIT;
    int rc = kith_txn_begin(s->store, KITH_READ, &txn, &error);
    rc = rc == KITH_OK ? kith_record_iter_open(txn, &iter) : rc;
    while (rc == KITH_OK && (rc = kith_record_iter_next(iter, &record)) == KITH_OK) {
        add_forms(s, &record, out);
    }
    stand_expect(s, rc, KITH_DONE, "reading the records");
    kith_record_iter_close(iter);
    kith_txn_abort(txn);
    lines_sort(out);
}

static void redefine(stand *s, const history_op *config) {
    lines before = {NULL, 0, 0}, after = {NULL, 0, 0};
    stand_commit(s);
    dump_forms(s, &before);
    stand_expect(s, stand_apply(s, config, NULL), KITH_OK, "a config");
    stand_commit(s);
    dump_forms(s, &after);
    char *difference = lines_compare(&before, &after);
    if (difference != NULL) {
        stand_fail(s, "a config changed what values are:\n%s", difference);
    }
    free(difference);
    lines_clear(&before);
    lines_clear(&after);
    stand_verify(s, "after a config");
}

static char *forms_stay(const history *h) {
    stand s;
    stand_open(&s, &h->rules);
    for (size_t i = 0; i < h->count && s.problem == NULL; i++) {
        const history_op *op = &h->ops[i];
        if (op->kind == HISTORY_CONFIG) {
            redefine(&s, op);
        } else if (op->kind == HISTORY_COMMIT) {
            stand_commit(&s);
            stand_verify(&s, "after a commit");
        } else if (op->kind == HISTORY_ABORT) {
            stand_abort(&s);
        } else {
            stand_apply(&s, op, NULL);
        }
    }
    stand_commit(&s);
    stand_verify(&s, "at the end");
    return trial_end(&s);
}

static void test_forms_stay(void **state) {
    (void)state;
    trial_run("a config leaves the forms of values", forms_stay,
              HISTORY_CONFIGS | HISTORY_STEPS | HISTORY_FORMS, 1000);
}

/* What is put again */

/* The facts that were taken, which an abort shortens. */
typedef struct taken {
    history_op *ops;
    size_t count, committed;
} taken;

/* What was added stays beside what is added anew, so here everything is put or patched. */
static history_op without_adds(const history_op *op) {
    history_op put = *op;
    put.kind = op->kind == HISTORY_ADD ? HISTORY_PATCH : op->kind;
    return put;
}

static void step(stand *s, model *m, const history_op *op, taken *facts) {
    if (op->kind == HISTORY_COMMIT) {
        stand_commit(s);
        model_commit(m);
        facts->committed = facts->count;
    } else if (op->kind == HISTORY_ABORT) {
        stand_abort(s);
        model_abort(m);
        facts->count = facts->committed;
    } else {
        history_op put = without_adds(op);
        int rc = stand_apply(s, &put, NULL);
        stand_expect(s, rc, model_apply(m, &put), "an operation");
        if (rc == KITH_OK && history_is_fact(&put)) {
            facts->ops[facts->count++] = put;
        }
    }
}

static void put_again(stand *s, const taken *facts, uint64_t *state) {
    for (size_t i = facts->count; i > 1; i--) {
        size_t j = random_below(state, (uint32_t)i);
        history_op moved = facts->ops[i - 1];
        facts->ops[i - 1] = facts->ops[j];
        facts->ops[j] = moved;
    }
    for (size_t i = 0; i < facts->count && s->problem == NULL; i++) {
        stand_expect(s, stand_apply(s, &facts->ops[i], NULL), KITH_OK, "a fact once more");
        if (random_one_in(state, 8)) {
            stand_commit(s);
        }
    }
    stand_commit(s);
}

static char *putting_again_renews(const history *h) {
    stand s;
    uint64_t state = h->seed;
    model *m = model_new(&h->rules);
    taken facts = {calloc(h->count + 1, sizeof *facts.ops), 0, 0};
    stand_open(&s, &h->rules);
    for (size_t i = 0; i < h->count && s.problem == NULL; i++) {
        step(&s, m, &h->ops[i], &facts);
    }
    stand_commit(&s);
    put_again(&s, &facts, &state);
    stand_compare(&s, m, NOW_US, DUMP_ALL, "once all facts were put again");
    stand_verify(&s, "once all facts were put again");
    free(facts.ops);
    model_free(m);
    return trial_end(&s);
}

static void test_putting_again_renews(void **state) {
    (void)state;
    trial_run("what is put again is what the last config makes of it", putting_again_renews,
              HISTORY_CONFIGS | HISTORY_STEPS | HISTORY_FORMS, 2000);
    trial_run("so it is with segments", putting_again_renews,
              HISTORY_CONFIGS | HISTORY_STEPS | HISTORY_FORMS | HISTORY_DEFINED, 300);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_forms_stay),
        cmocka_unit_test(test_putting_again_renews),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
