/*
 * Merging is undone exactly: whatever a record or a decision brought together comes apart as it was
 * when it goes, since nothing was overwritten; a split by a person outlasts later imports; every id
 * ever given out resolves all the time.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/property/trial.h"

#define NOW_US      (7 * SECOND_US)
#define BRIDGE_KEY  (WORLD_KEYS + 1) /* of a record that no history has */
#define LATER_US    (100 * SECOND_US)
#define PROFILE_MAX 64

static void apply(stand *s, const history_op *op) {
    int rc = stand_apply(s, op, NULL);
    bool refused = op->kind >= HISTORY_LINK && (rc == KITH_NOT_FOUND || rc == KITH_INVALID);
    stand_expect(s, refused ? KITH_OK : rc, KITH_OK, "a fact");
}

static void begin(stand *s, const history *h, uint64_t *state) {
    *state = h->seed;
    stand_open(s, &h->rules);
    for (size_t i = 0; i < h->count && s->problem == NULL; i++) {
        apply(s, &h->ops[i]);
        if (random_one_in(state, 6)) {
            stand_commit(s);
        }
    }
    stand_commit(s);
}

/* Settles a part, now and then, so that rows are stored, stale and missing. */
static void settle_some(stand *s, uint64_t *state) {
    history_op op = {.kind = HISTORY_SETTLE, .at_us = NOW_US, .budget = random_below(state, 5)};
    if (random_one_in(state, 2)) {
        apply(s, &op);
        stand_commit(s);
    }
}

/* Lines of the bridge itself, and the counts, which know of it. */
static bool speaks_of_bridge(const char *line, const char *bridge, const char *id) {
    return strstr(line, bridge) != NULL || strstr(line, id) != NULL ||
           strncmp(line, "counts", 6) == 0;
}

static void drop_bridge(lines *list, const kith_id *id) {
    char bridge[32], text[KITH_ID_TEXT_BYTES];
    size_t kept = 0;
    world_record_name(bridge, 0, BRIDGE_KEY);
    kith_id_format(id, text);
    for (size_t i = 0; i < list->count; i++) {
        if (speaks_of_bridge(list->items[i], bridge, text)) {
            free(list->items[i]);
        } else {
            list->items[kept++] = list->items[i];
        }
    }
    list->count = kept;
}

static kith_id id_of(stand *s, const char *source, const char *key) {
    kith_record record = KITH_RECORD_INIT;
    kith_txn *txn = NULL;
    kith_error error = KITH_ERROR_INIT;
    assert_int_equal(kith_txn_begin(s->store, KITH_READ, &txn, &error), KITH_OK);
    stand_expect(s, kith_record_get(txn, source, key, &record), KITH_OK, "kith_record_get");
    kith_txn_abort(txn);
    return record.id;
}

/* A record of its own that shows every value of the world that it can without being shared itself.
 */
static history_op bridging_record(uint64_t *state) {
    history_op op = {.kind = HISTORY_PUT, .key = BRIDGE_KEY, .at_us = LATER_US};
    for (uint8_t i = 0; i < WORLD_TYPES; i++) {
        history_field *field = &op.fields[op.field_count++];
        field->attribute = i;
        field->value_count = (uint8_t)(i <= WORLD_NATIONAL_ID ? 1 : 2);
        for (int j = 0; j < field->value_count; j++) {
            field->values[j] = (uint8_t)random_below(state, (uint32_t)world_pools[i].count);
        }
    }
    return op;
}

/* The store without the bridge, before it came and after it went, is the same. */
static char *bridge_comes_and_goes(const history *h) {
    stand s;
    uint64_t state;
    lines before = {NULL, 0, 0}, after = {NULL, 0, 0};
    begin(&s, h, &state);
    history_op empty = {.kind = HISTORY_PUT, .key = BRIDGE_KEY, .at_us = LATER_US - SECOND_US};
    history_op bridge = bridging_record(&state);
    apply(&s, &empty);
    stand_commit(&s);
    char key[8];
    snprintf(key, sizeof key, "%d", BRIDGE_KEY);
    kith_id id = id_of(&s, world_sources[0], key);
    stand_dump(&s, NOW_US, DUMP_ALL, &before);
    apply(&s, &bridge);
    settle_some(&s, &state);
    stand_commit(&s);
    stand_verify(&s, "with the bridge");
    empty.at_us = LATER_US + SECOND_US;
    apply(&s, &empty);
    settle_some(&s, &state);
    stand_commit(&s);
    stand_dump(&s, NOW_US, DUMP_ALL, &after);
    drop_bridge(&before, &id);
    drop_bridge(&after, &id);
    char *difference = lines_compare(&before, &after);
    if (difference != NULL) {
        stand_fail(&s, "after the bridge went:\n%s", difference);
    }
    free(difference);
    stand_verify(&s, "after the bridge went");
    lines_clear(&before);
    lines_clear(&after);
    return trial_end(&s);
}

/* Two records of the history. */
static bool choose_pair(const history *h, uint64_t *state, history_op *out) {
    size_t a = h->count, b = h->count;
    for (size_t tries = 0; tries < 50 && h->count > 0; tries++) {
        a = random_below(state, (uint32_t)h->count);
        b = random_below(state, (uint32_t)h->count);
        const history_op *x = &h->ops[a], *y = &h->ops[b];
        if (x->kind <= HISTORY_EVENT && y->kind <= HISTORY_EVENT &&
            (x->source != y->source || x->key != y->key)) {
            out->source = x->source;
            out->key = x->key;
            out->other_source = y->source;
            out->other_key = y->key;
            return true;
        }
    }
    return false;
}

static void dump_plain(stand *s, lines *out) {
    size_t kept = 0;
    stand_dump(s, NOW_US, DUMP_ALL, out);
    for (size_t i = 0; i < out->count;
         i++) { /* who decided what is seen in explanations, rightly */
        bool state =
            strncmp(out->items[i], "how", 3) != 0 && strncmp(out->items[i], "counts", 6) != 0;
        if (state) {
            out->items[kept++] = out->items[i];
        } else {
            free(out->items[i]);
        }
    }
    out->count = kept;
}

static bool has_text(const lines *list, const char *start, const char *part) {
    for (size_t i = 0; i < list->count; i++) {
        if (strncmp(list->items[i], start, strlen(start)) == 0 &&
            strstr(list->items[i], part) != NULL) {
            return true;
        }
    }
    return false;
}

/*
 * A pair that a person kept apart is linked and then unlinked again. It is as before, since a
 * decision that no longer stands has no part in anything.
 */
static char *link_comes_and_goes(const history *h) {
    stand s;
    uint64_t state;
    lines before = {NULL, 0, 0}, after = {NULL, 0, 0};
    history_op op = {.kind = HISTORY_UNLINK, .at_us = LATER_US};
    begin(&s, h, &state);
    if (!choose_pair(h, &state, &op)) {
        return trial_end(&s);
    }
    apply(&s, &op);
    stand_commit(&s);
    dump_plain(&s, &before);
    op.kind = HISTORY_LINK;
    op.at_us += SECOND_US;
    apply(&s, &op);
    settle_some(&s, &state);
    stand_commit(&s);
    op.kind = HISTORY_UNLINK; /* of one time the unlink stands */
    op.by = 1;
    apply(&s, &op);
    settle_some(&s, &state);
    stand_commit(&s);
    dump_plain(&s, &after);
    char *difference = lines_compare(&before, &after);
    if (difference != NULL) {
        stand_fail(&s, "after the link was taken back:\n%s", difference);
    }
    free(difference);
    stand_verify(&s, "after the link was taken back");
    lines_clear(&before);
    lines_clear(&after);
    return trial_end(&s);
}

static bool are_one(stand *s, const history_op *pair) {
    char key[8], other[8];
    kith_record a = KITH_RECORD_INIT, b = KITH_RECORD_INIT;
    kith_id x, y;
    kith_txn *txn = NULL;
    kith_error error = KITH_ERROR_INIT;
    snprintf(key, sizeof key, "%d", pair->key);
    snprintf(other, sizeof other, "%d", pair->other_key);
    assert_int_equal(kith_txn_begin(s->store, KITH_READ, &txn, &error), KITH_OK);
    stand_expect(s, kith_record_get(txn, world_sources[pair->source], key, &a), KITH_OK, "a");
    stand_expect(s, kith_record_get(txn, world_sources[pair->other_source], other, &b), KITH_OK,
                 "b");
    stand_expect(s, kith_profile_id_of_record(txn, a.number, &x), KITH_OK, "id of a");
    stand_expect(s, kith_profile_id_of_record(txn, b.number, &y), KITH_OK, "id of b");
    kith_txn_abort(txn);
    return memcmp(x.bytes, y.bytes, sizeof x.bytes) == 0;
}

/* The ids that a dump gave out. */
static size_t collect_ids(const lines *dump, kith_id out[PROFILE_MAX]) {
    size_t count = 0;
    for (size_t i = 0; i < dump->count && count < PROFILE_MAX; i++) {
        char text[KITH_ID_TEXT_BYTES];
        if (sscanf(dump->items[i], "profile %32s", text) == 1) {
            assert_int_equal(kith_id_parse(text, &out[count++]), KITH_OK);
        }
    }
    return count;
}

static void resolve_ids(stand *s, const kith_id *ids, size_t count) {
    kith_txn *txn = NULL;
    kith_error error = KITH_ERROR_INIT;
    kith_profile profile = KITH_PROFILE_INIT;
    assert_int_equal(kith_txn_begin(s->store, KITH_READ, &txn, &error), KITH_OK);
    for (size_t i = 0; i < count; i++) {
        stand_expect(s, kith_profile_get(txn, &ids[i], NOW_US, &profile), KITH_OK, "an old id");
    }
    kith_txn_abort(txn);
}

/* Later imports: the history once more, as if its sources said it again later, and a record that
 * shares with all. */
static void import_again(stand *s, const history *h, uint64_t *state) {
    for (size_t i = 0; i < h->count && s->problem == NULL; i++) {
        history_op op = h->ops[i];
        if (op.kind <= HISTORY_ADD) {
            op.at_us += LATER_US;
            apply(s, &op);
        }
        if (random_one_in(state, 6)) {
            stand_commit(s);
        }
    }
    history_op bridge = bridging_record(state);
    bridge.at_us += LATER_US;
    apply(s, &bridge);
    stand_commit(s);
}

static char *split_outlasts_imports(const history *h) {
    stand s;
    uint64_t state;
    lines before = {NULL, 0, 0};
    kith_id ids[PROFILE_MAX];
    history_op op = {.kind = HISTORY_UNLINK, .at_us = LATER_US};
    begin(&s, h, &state);
    stand_dump(&s, NOW_US, DUMP_NO_EXPLAIN, &before);
    size_t count = collect_ids(&before, ids);
    if (choose_pair(h, &state, &op)) {
        apply(&s, &op);
        stand_commit(&s);
        if (are_one(&s, &op)) {
            stand_fail(&s, "the split pair is one profile");
        }
        import_again(&s, h, &state);
        if (are_one(&s, &op)) {
            stand_fail(&s, "a later import joined a pair that a person split");
        }
        resolve_ids(&s, ids, count);
        stand_verify(&s, "after later imports");
    }
    lines_clear(&before);
    return trial_end(&s);
}

static void test_bridge_comes_and_goes(void **state) {
    (void)state;
    trial_run("a bridge comes and goes", bridge_comes_and_goes, HISTORY_PLAIN, 1000);
    trial_run("a bridge comes and goes, with segments", bridge_comes_and_goes, HISTORY_DEFINED,
              250);
    trial_run("a bridge comes and goes, with scored links", bridge_comes_and_goes, HISTORY_SCORED,
              300);
}

static void test_link_comes_and_goes(void **state) {
    (void)state;
    trial_run("a link comes and goes", link_comes_and_goes, HISTORY_PLAIN, 1000);
    trial_run("a link comes and goes, with segments", link_comes_and_goes, HISTORY_DEFINED, 250);
    trial_run("a link comes and goes, with scored links", link_comes_and_goes, HISTORY_SCORED, 300);
}

static void test_split_outlasts_imports(void **state) {
    (void)state;
    trial_run("a split outlasts imports", split_outlasts_imports, HISTORY_PLAIN, 1000);
    trial_run("a split outlasts imports, with scored links", split_outlasts_imports, HISTORY_SCORED,
              300);
}

/* By hand: two people, a record that shows both of their e-mails, and that record replaced. */
static void test_merge_and_unmerge_by_hand(void **state) {
    (void)state;
    stand s;
    lines dump = {NULL, 0, 0};
    stand_open_config(&s, NULL);
    history_op ann = {.kind = HISTORY_PUT, .key = 1, .at_us = SECOND_US, .field_count = 1};
    ann.fields[0] = (history_field){WORLD_EMAIL, 1, {0}};
    history_op bob = {.kind = HISTORY_PUT, .key = 2, .at_us = 2 * SECOND_US, .field_count = 1};
    bob.fields[0] = (history_field){WORLD_EMAIL, 1, {2}};
    history_op both = {.kind = HISTORY_PUT, .key = 3, .at_us = 3 * SECOND_US, .field_count = 1};
    both.fields[0] = (history_field){WORLD_EMAIL, 2, {0, 2}};
    apply(&s, &ann);
    apply(&s, &bob);
    stand_commit(&s);
    history_op pair = {.key = 1, .other_key = 2};
    assert_false(are_one(&s, &pair));
    apply(&s, &both);
    stand_commit(&s);
    assert_true(are_one(&s, &pair));
    both.field_count = 0;
    both.at_us += SECOND_US;
    apply(&s, &both);
    stand_commit(&s);
    assert_false(are_one(&s, &pair));
    stand_dump(&s, NOW_US, DUMP_ALL, &dump);
    assert_true(has_text(&dump, "counts", "profiles 3 events 0 links 0 refused 0"));
    lines_clear(&dump);
    assert_null(s.problem);
    stand_close(&s);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_merge_and_unmerge_by_hand),
        cmocka_unit_test(test_bridge_comes_and_goes),
        cmocka_unit_test(test_link_comes_and_goes),
        cmocka_unit_test(test_split_outlasts_imports),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
