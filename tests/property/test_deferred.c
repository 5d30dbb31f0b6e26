/*
 * Components that are too large for a commit wait for settle. With a limit of a few records most
 * of a history waits: what doesn't say that it waits is as the model has it, and after a settle all
 * of it is.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "src/identity/component.h"
#include "tests/property/trial.h"

#define LIMITS 6 /* 1 to 6 records */

static size_t component_limit = KITHI_COMPONENT_MAX;

/* Instead of the library's, which never changes. */
size_t kithi_component_limit(void) {
    return component_limit;
}

static uint64_t count_pending(stand *s) {
    kith_stat stat = KITH_STAT_INIT;
    kith_error error = KITH_ERROR_INIT;
    kith_txn *txn = s->txn;
    if (s->problem != NULL) {
        return 0;
    }
    if (txn == NULL) {
        assert_int_equal(kith_txn_begin(s->store, KITH_READ, &txn, &error), KITH_OK);
    }
    assert_int_equal(kith_stat_get(txn, &stat), KITH_OK);
    if (txn != s->txn) {
        kith_txn_abort(txn);
    }
    return stat.pending_record_count;
}

/* A settle with no budget leaves nothing that waits. */
static void settle_all(stand *s, int64_t now_us) {
    history_op op = {.kind = HISTORY_SETTLE, .at_us = now_us};
    if (s->problem == NULL) {
        stand_expect(s, stand_apply(s, &op, NULL), KITH_OK, "a settle");
        stand_commit(s);
    }
    if (count_pending(s) > 0) {
        stand_fail(s, "records wait after a settle");
    }
}

/* What the open transaction wrote, since clusters were worked out last. */
typedef struct written {
    bool known[WORLD_RECORDS];     /* records that are there */
    bool committed[WORLD_RECORDS]; /* those that are there whatever becomes of the transaction */
    bool asked[WORLD_RECORDS];     /* new ones, those that a person decided about, or all */
} written;

static size_t place_of(uint8_t source, uint8_t key) {
    return (size_t)source * WORLD_KEYS + key % WORLD_KEYS;
}

static void note_written(written *w, const history_op *op) {
    size_t a = place_of(op->source, op->key), b = place_of(op->other_source, op->other_key);
    bool decided = op->kind == HISTORY_LINK || op->kind == HISTORY_UNLINK;
    if (op->kind <= HISTORY_EVENT) {
        w->asked[a] = w->asked[a] || !w->known[a];
        w->known[a] = true;
    }
    if (decided) {
        w->asked[a] = w->asked[b] = true;
    }
    if (op->kind == HISTORY_CONFIG) {
        memset(w->asked, true, sizeof w->asked);
    }
    if (op->kind == HISTORY_SETTLE) {
        memset(w->asked, false, sizeof w->asked);
    }
}

static void end_written(written *w, bool committed) {
    memcpy(committed ? w->committed : w->known, committed ? w->known : w->committed,
           sizeof w->known);
    memset(w->asked, false, sizeof w->asked);
}

static bool has_line(const lines *list, const char *line) {
    for (size_t i = 0; i < list->count; i++) {
        if (strcmp(list->items[i], line) == 0) {
            return true;
        }
    }
    return false;
}

/* The id of the profile that lists a record; "" where none does, or where it says that it waits. */
static void find_ready(const lines *found, const char *name, char id[KITH_ID_TEXT_BYTES]) {
    char of[KITH_ID_TEXT_BYTES] = "", member[32], line[128];
    id[0] = '\0';
    for (size_t i = 0; i < found->count; i++) {
        if (sscanf(found->items[i], "member %32s %31s", of, member) == 2 &&
            strcmp(member, name) == 0) {
            memcpy(id, of, sizeof of);
        }
    }
    snprintf(line, sizeof line, "profile %s ", id);
    for (size_t i = 0; id[0] != '\0' && i < found->count; i++) {
        if (strncmp(found->items[i], line, strlen(line)) == 0 &&
            strstr(found->items[i], "pending 1") != NULL) {
            id[0] = '\0';
        }
    }
}

/* Every line about the profile of a record is the model's too, unless the profile waits. */
static void check_ready(stand *s, const lines *expected, const lines *found, size_t place) {
    char name[32], id[KITH_ID_TEXT_BYTES];
    world_record_name(name, (uint8_t)(place / WORLD_KEYS), (uint8_t)(place % WORLD_KEYS));
    find_ready(found, name, id);
    for (size_t i = 0; id[0] != '\0' && i < found->count; i++) {
        if (strstr(found->items[i], id) != NULL && !has_line(expected, found->items[i])) {
            stand_fail(s, "the profile of %s doesn't say that it waits, but the model lacks: %s",
                       name, found->items[i]);
        }
    }
}

/* The profiles of records that a transaction asked to cluster are right, or say that they wait;
 * where nothing waits at all, everything is right. */
static void compare_unsettled(stand *s, model *m, const written *w, int64_t now_us,
                              const char *when) {
    lines expected = {NULL, 0, 0}, found = {NULL, 0, 0};
    if (count_pending(s) == 0) {
        stand_compare(s, m, now_us, DUMP_ALL, when);
        return;
    }
    stand_dump(s, now_us, DUMP_ALL, &found); /* everything can be asked meanwhile */
    lines_clear(&found);
    found = (lines){NULL, 0, 0};
    stand_weigh(s, m);
    model_dump(m, now_us, DUMP_NO_EXPLAIN | DUMP_NO_NUMBERS, &expected);
    stand_dump(s, now_us, DUMP_NO_EXPLAIN | DUMP_NO_NUMBERS, &found);
    for (size_t place = 0; s->problem == NULL && place < WORLD_RECORDS; place++) {
        if (w->asked[place]) {
            check_ready(s, &expected, &found, place);
        }
    }
    lines_clear(&expected);
    lines_clear(&found);
}

static void at_commit(stand *s, model *m, written *w, uint64_t *state) {
    int64_t now_us = random_below(state, WORLD_STAMPS + 2) * SECOND_US;
    stand_commit(s);
    model_commit(m);
    compare_unsettled(s, m, w, now_us, "after a commit");
    end_written(w, true);
    stand_verify(s, "after a commit");
    if (random_one_in(state, 2)) {
        settle_all(s, now_us);
        stand_compare(s, m, now_us, DUMP_ALL, "after a settle");
        stand_verify(s, "after a settle");
    }
}

static void apply(stand *s, model *m, written *w, const history_op *op) {
    kith_change change;
    int rc = model_apply(m, op);
    stand_expect(s, stand_apply(s, op, &change), rc, "an operation");
    bool changes = op->kind > HISTORY_UNLINK || change == KITH_ADDED || change == KITH_UPDATED;
    if (rc == KITH_OK && changes) {
        note_written(w, op);
    }
}

static void step(stand *s, model *m, written *w, const history_op *op, uint64_t *state) {
    switch (op->kind) {
    case HISTORY_COMMIT:
        at_commit(s, m, w, state);
        break;
    case HISTORY_ABORT:
        stand_abort(s);
        model_abort(m);
        end_written(w, false);
        break;
    case HISTORY_READ:
        compare_unsettled(s, m, w, op->at_us, "inside a transaction");
        memset(w->asked, false, sizeof w->asked);
        break;
    default:
        apply(s, m, w, op);
    }
}

static char *settled_store_equals_model(const history *h) {
    stand s;
    uint64_t state = h->seed;
    written w = {{false}, {false}, {false}};
    model *m = model_new(&h->rules);
    component_limit = 1 + h->seed % LIMITS;
    stand_open(&s, &h->rules);
    for (size_t i = 0; i < h->count && s.problem == NULL; i++) {
        step(&s, m, &w, &h->ops[i], &state);
    }
    at_commit(&s, m, &w, &state);
    settle_all(&s, SECOND_US);
    stand_compare(&s, m, SECOND_US, DUMP_ALL, "at the end");
    stand_verify(&s, "at the end");
    model_free(m);
    return trial_end(&s);
}

static void test_settled_store_equals_model(void **state) {
    (void)state;
    trial_run("after a settle the store equals the model", settled_store_equals_model,
              HISTORY_CONFIGS | HISTORY_STEPS, 2000);
    trial_run("the same with segments", settled_store_equals_model,
              HISTORY_CONFIGS | HISTORY_STEPS | HISTORY_DEFINED, 400);
    trial_run("the same with scored links", settled_store_equals_model,
              HISTORY_CONFIGS | HISTORY_STEPS | HISTORY_SCORED, 300);
    component_limit = KITHI_COMPONENT_MAX;
}

static void put(stand *s, uint8_t source, uint8_t key, int64_t at, world_attribute attribute,
                uint8_t value) {
    history_op op = {.kind = HISTORY_ADD, .source = source, .key = key, .at_us = at * SECOND_US};
    op.field_count = 1;
    op.fields[0] = (history_field){(uint8_t)attribute, 1, {value}};
    stand_expect(s, stand_apply(s, &op, NULL), KITH_OK, "a put");
}

/* A record that gave a cluster its number is settled into another one, and the budget ends there:
 * the record that it left behind, and that waits on, gets a number of its own. */
static void test_a_budget_ends_between_two(void **state) {
    (void)state;
    stand s;
    char first[256];
    history_op empty = {.kind = HISTORY_PUT, .source = 1, .key = 1, .at_us = 7 * SECOND_US};
    history_op settle = {.kind = HISTORY_SETTLE, .at_us = 12 * SECOND_US, .budget = 1};
    component_limit = 1;
    stand_open_config(&s, NULL);
    put(&s, 2, 2, 5, WORLD_DEVICE_ID, 1);
    put(&s, 1, 1, 1, WORLD_PHONE, 0);
    put(&s, 1, 2, 2, WORLD_PHONE, 0);
    stand_commit(&s);
    settle_all(&s, 12 * SECOND_US);
    put(&s, 1, 1, 11, WORLD_DEVICE_ID, 1);
    put(&s, 2, 1, 12, WORLD_PHONE, 0);
    assert_int_equal(stand_apply(&s, &empty, NULL), KITH_OK); /* it has no phone any more */
    assert_int_equal(stand_apply(&s, &settle, NULL), KITH_OK);
    stand_commit(&s);
    assert_int_equal(count_pending(&s), 2);
    assert_int_equal(stand_count_problems(&s, first), 0);
    settle_all(&s, 12 * SECOND_US);
    stand_verify(&s, "after the rest was settled");
    assert_null(s.problem);
    stand_close(&s);
    component_limit = KITHI_COMPONENT_MAX;
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_budget_ends_between_two),
        cmocka_unit_test(test_settled_store_equals_model),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
