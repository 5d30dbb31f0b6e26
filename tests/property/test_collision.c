/*
 * Hashes that collide cost time and nothing else: with hashes cut to two bits the store equals the
 * model as before, and two people whose e-mails have one hash are two.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "src/base/hash.h"
#include "tests/property/trial.h"

#define FEW_HASHES 0x3u
#define ONE_HASH   0x0u

static void compare(stand *s, model *m, uint64_t *state, const char *when) {
    stand_compare(s, m, random_below(state, WORLD_STAMPS + 2) * SECOND_US, DUMP_LOOSE_TIES, when);
}

static void step(stand *s, model *m, const history_op *op, uint64_t *state) {
    switch (op->kind) {
    case HISTORY_COMMIT:
        stand_commit(s);
        model_commit(m);
        compare(s, m, state, "after a commit");
        stand_verify(s, "after a commit");
        break;
    case HISTORY_ABORT:
        stand_abort(s);
        model_abort(m);
        break;
    case HISTORY_READ:
        stand_compare(s, m, op->at_us, DUMP_LOOSE_TIES, "inside a transaction");
        break;
    default:
        stand_expect(s, stand_apply(s, op, NULL), model_apply(m, op), "an operation");
    }
}

static char *store_equals_model(const history *h) {
    stand s;
    uint64_t state = h->seed;
    model *m = model_new(&h->rules);
    stand_open(&s, &h->rules);
    for (size_t i = 0; i < h->count && s.problem == NULL; i++) {
        step(&s, m, &h->ops[i], &state);
    }
    stand_commit(&s);
    compare(&s, m, &state, "at the end");
    stand_verify(&s, "at the end");
    model_free(m);
    return trial_end(&s);
}

static void test_collisions_change_nothing(void **state) {
    (void)state;
    kithi_hash_mask = FEW_HASHES;
    trial_run("collisions change nothing", store_equals_model, HISTORY_CONFIGS | HISTORY_STEPS,
              2000);
    kithi_hash_mask = UINT64_MAX;
}

static void put(stand *s, uint8_t key, uint8_t email_a, uint8_t email_b) {
    history_op op = {.kind = HISTORY_ADD, .key = key, .at_us = SECOND_US, .field_count = 1};
    op.fields[0] = (history_field){WORLD_EMAIL, 2, {email_a, email_b}};
    assert_int_equal(stand_apply(s, &op, NULL), KITH_OK);
}

static void assert_found(stand *s, const char *email, const char *key, size_t count) {
    kith_profile profile = KITH_PROFILE_INIT;
    kith_record record = KITH_RECORD_INIT;
    kith_txn *txn = NULL;
    kith_error error = KITH_ERROR_INIT;
    size_t found = 0;
    assert_int_equal(kith_txn_begin(s->store, KITH_READ, &txn, &error), KITH_OK);
    assert_int_equal(kith_record_get(txn, world_sources[0], key, &record), KITH_OK);
    assert_int_equal(kith_profile_find(txn, "email", email, 0, &profile, &found), KITH_OK);
    assert_int_equal(profile.number, record.number);
    assert_int_equal(found, count);
    kith_txn_abort(txn);
}

/* Two e-mails with one hash: nobody is merged, and each of the two is found by their own. */
static void test_two_emails_with_one_hash(void **state) {
    (void)state;
    stand s;
    kithi_hash_mask = ONE_HASH;
    stand_open_config(&s, NULL);
    put(&s, 1, 0, 1); /* one e-mail, written in two ways */
    put(&s, 2, 2, 2);
    stand_commit(&s);
    assert_found(&s, "ann@mail.cn", "1", 1);
    assert_found(&s, "bob@mail.cn", "2", 1);
    stand_verify(&s, "two e-mails with one hash");
    assert_null(s.problem);
    stand_close(&s);
    kithi_hash_mask = UINT64_MAX;
}

/* One record loses one of two values that have one hash: it is still found by the other. */
static void test_one_of_two_values_goes(void **state) {
    (void)state;
    stand s;
    kith_profile profile = KITH_PROFILE_INIT;
    kithi_hash_mask = ONE_HASH;
    stand_open_config(&s, NULL);
    put(&s, 1, 0, 2);
    stand_commit(&s);
    assert_found(&s, "ann@mail.cn", "1", 1);
    assert_found(&s, "bob@mail.cn", "1", 1);
    history_op op = {.kind = HISTORY_PUT, .key = 1, .at_us = 2 * SECOND_US, .field_count = 1};
    op.fields[0] = (history_field){WORLD_EMAIL, 1, {0}};
    assert_int_equal(stand_apply(&s, &op, NULL), KITH_OK);
    assert_int_equal(kith_profile_find(s.txn, "email", "bob@mail.cn", 0, &profile, NULL),
                     KITH_NOT_FOUND);
    stand_commit(&s);
    assert_found(&s, "ann@mail.cn", "1", 1);
    stand_verify(&s, "one value went");
    assert_null(s.problem);
    stand_close(&s);
    kithi_hash_mask = UINT64_MAX;
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_two_emails_with_one_hash),
        cmocka_unit_test(test_one_of_two_values_goes),
        cmocka_unit_test(test_collisions_change_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
