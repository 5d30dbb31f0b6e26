/*
 * kith_audit: its figures against what is known of the town, the same for the same facts; and the
 * corrupted copies it makes.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "src/fact/record_key.h"
#include "src/insight/audit_copy.h"
#include "src/insight/audit_links.h"
#include "src/match/features.h"
#include "src/match/model_row.h"
#include "tests/unit/people_stand.h"

static kith_audit_result *audit(kith *store) {
    kith_audit_result *found = NULL;
    kith_error error = KITH_ERROR_INIT;
    if (kith_audit(store, NULL, &found, &error) != KITH_OK) {
        fail_msg("%s", error.message);
    }
    return found;
}

static void assert_sound(const kith_audit_count *count) {
    assert_true(count->found_count <= count->copy_count);
    assert_true(count->right_count <= count->link_count);
    assert_int_equal(count->right_count, count->found_count);
    assert_true(count->quality.recall >= 0 && count->quality.recall <= 1);
    assert_true(count->quality.precision >= 0 && count->quality.precision <= 1);
}

static void test_figures(void **state) {
    const stand *s = *state;
    kith_audit_result *found = audit(s->store);
    uint64_t with_errors = 0;
    assert_int_equal(found->record_count, PEOPLE_COUNT + PEOPLE_COUNT / 3);
    assert_int_equal(found->all.copy_count, 200);
    assert_int_equal(found->model_version, 1);
    assert_int_equal(found->unlinkable_count, 0);
    assert_true(found->identified_count > 0 && found->identified_count < 200);
    assert_true(found->compared_count >= 200);
    assert_sound(&found->all);
    printf("recall %.3f, precision %.3f\n", found->all.quality.recall,
           found->all.quality.precision);
    assert_true(found->all.quality.recall > 0.9);
    assert_true(found->all.quality.precision > 0.9);
    for (size_t i = 0; i < found->error_count; i++) {
        assert_int_equal(found->errors[i]->size, sizeof(kith_audit_error));
        assert_sound(&found->errors[i]->count);
        assert_true(found->errors[i]->count.copy_count > 0); /* the town has what each needs */
        with_errors += found->errors[i]->count.copy_count;
    }
    /* One of each, half of them a second, a quarter a third. */
    assert_true(with_errors > 300 && with_errors < 400);
    assert_true(found->block_count > 0 && found->block_cap > 0);
    assert_true((found->largest_block_count > found->block_cap) ==
                (found->dropped_block_count > 0));
    kith_audit_result_free(found);
}

static const kith_audit_attribute *find_attribute(const kith_audit_result *found,
                                                  const char *name) {
    for (size_t i = 0; i < found->attribute_count; i++) {
        if (strcmp(found->attributes[i]->attribute, name) == 0) {
            return found->attributes[i];
        }
    }
    fail_msg("no attribute %s", name);
    return NULL;
}

/* How often the most frequent given name is there, whoever has it. */
static uint64_t count_top_city(void) {
    uint64_t counts[PEOPLE_COUNT] = {0}, top = 0;
    for (unsigned i = 0; i < PEOPLE_COUNT; i++) {
        counts[people_draw(i, 5, 5)] += i % 3 == 0 ? 2 : 1;
    }
    for (unsigned i = 0; i < 5; i++) {
        top = counts[i] > top ? counts[i] : top;
    }
    return top;
}

static void test_attributes_by_hand(void **state) {
    const stand *s = *state;
    kith_audit_result *found = audit(s->store);
    const kith_audit_attribute *city = find_attribute(found, "city");
    assert_int_equal(city->record_count, found->record_count);
    assert_int_equal(city->value_count, found->record_count);
    assert_int_equal(city->distinct_count, 5);
    assert_int_equal(city->top_count, count_top_city());
    assert_true(city->completeness == 1);
    assert_true(city->uniqueness == 5.0 / (double)found->record_count);
    assert_non_null(city->top_value);
    assert_true(city->top_value[0] >= 'a' && city->top_value[0] <= 'z'); /* folded */
    const kith_audit_attribute *email = find_attribute(found, "email");
    uint64_t without = 0;
    for (unsigned i = 0; i < PEOPLE_COUNT; i += 3) {
        without += i % 4 == 1;
    }
    assert_int_equal(email->record_count, found->record_count - without);
    assert_int_equal(email->distinct_count, PEOPLE_COUNT);
    assert_null(email->top_value); /* none is frequent */
    kith_audit_result_free(found);
}

static void assert_same_count(const kith_audit_count *a, const kith_audit_count *b) {
    assert_memory_equal(a, b, sizeof *a);
}

static void assert_same(const kith_audit_result *a, const kith_audit_result *b) {
    assert_same_count(&a->all, &b->all);
    assert_int_equal(a->identified_count, b->identified_count);
    assert_int_equal(a->compared_count, b->compared_count);
    assert_int_equal(a->error_count, b->error_count);
    for (size_t i = 0; i < a->error_count; i++) {
        assert_string_equal(a->errors[i]->name, b->errors[i]->name);
        assert_same_count(&a->errors[i]->count, &b->errors[i]->count);
    }
    assert_int_equal(a->attribute_count, b->attribute_count);
    for (size_t i = 0; i < a->attribute_count; i++) {
        const kith_audit_attribute *x = a->attributes[i], *y = b->attributes[i];
        assert_string_equal(x->attribute, y->attribute);
        assert_int_equal(x->record_count, y->record_count);
        assert_int_equal(x->value_count, y->value_count);
        assert_int_equal(x->distinct_count, y->distinct_count);
        assert_int_equal(x->top_count, y->top_count);
        assert_string_equal(x->top_value != NULL ? x->top_value : "",
                            y->top_value != NULL ? y->top_value : "");
    }
    assert_int_equal(a->unlinkable_count, b->unlinkable_count);
    assert_int_equal(a->block_cap, b->block_cap);
    assert_int_equal(a->block_count, b->block_count);
    assert_int_equal(a->dropped_block_count, b->dropped_block_count);
    assert_int_equal(a->largest_block_count, b->largest_block_count);
}

static void test_same_facts_same_figures(void **state) {
    const stand *s = *state;
    stand *other = people_make(true, true);
    kith_audit_result *once = audit(s->store), *twice = audit(s->store);
    kith_audit_result *turned = audit(other->store);
    assert_same(once, twice);
    assert_same(once, turned);
    kith_audit_result_free(once);
    kith_audit_result_free(twice);
    kith_audit_result_free(turned);
    people_tear_down((void **)&other);
}

/* Records that say next to nothing, and one that says nothing. */
static void test_unlinkable(void **state) {
    (void)state;
    stand *s = people_make(false, true);
    kith_txn *txn = scratch_begin(s->store, KITH_WRITE);
    for (unsigned i = 0; i < 5; i++) {
        char key[16];
        snprintf(key, sizeof key, "%u", i);
        assert_int_equal(scratch_record(txn, kith_record_put, "list", key, SCRATCH_DAY_US, NULL,
                                        "city", "Riverton", NULL),
                         KITH_OK);
    }
    assert_int_equal(scratch_record(txn, kith_record_put, "list", "none", SCRATCH_DAY_US, NULL,
                                    "note", "nothing", NULL),
                     KITH_OK);
    scratch_commit(txn);
    kith_audit_result *found = audit(s->store);
    assert_int_equal(found->unlinkable_count, 6);
    assert_int_equal(found->all.copy_count, 200);
    kith_audit_result_free(found);
    people_tear_down((void **)&s);
}

/* Puts the model of the one store in force in the other. */
static void give_model(kith *from, kith *to) {
    kith_resolve_options options = KITH_RESOLVE_OPTIONS_INIT;
    kith_error error = KITH_ERROR_INIT;
    kith_txn *txn = scratch_begin(from, KITH_READ);
    char *json = NULL;
    assert_int_equal(kith_model_export(txn, 0, &json), KITH_OK);
    kith_txn_abort(txn);
    options.model = json;
    assert_int_equal(kith_resolve(to, &options, NULL, &error), KITH_OK);
    kith_free(json);
}

/* Of nothing each figure is 1, and the counts say so. */
static void test_no_copies(void **state) {
    const stand *s = *state;
    char folder[SCRATCH_PATH_BYTES], path[SCRATCH_PATH_BYTES];
    kith_error error = KITH_ERROR_INIT;
    scratch_make(folder);
    scratch_path(path, folder, "empty.kith");
    kith *store = scratch_open(path, KITH_CREATE_NEW);
    give_model(s->store, store);
    kith_audit_result *found = audit(store);
    assert_int_equal(found->record_count, 0);
    assert_int_equal(found->all.copy_count, 0);
    assert_int_equal(found->all.link_count, 0);
    assert_true(found->all.quality.recall == 1 && found->all.quality.precision == 1);
    kith_audit_result_free(found);
    assert_int_equal(kith_audit(store, NULL, NULL, &error), KITH_MISUSE);
    assert_non_null(strstr(error.message, "kith_audit"));
    kith_close(store);
    scratch_remove(folder);
}

static void test_share(void **state) {
    const stand *s = *state;
    kith_audit_options options = KITH_AUDIT_OPTIONS_INIT;
    kith_audit_result *found = NULL;
    kith_error error = KITH_ERROR_INIT;
    options.share = 1;
    assert_int_equal(kith_audit(s->store, &options, &found, &error), KITH_OK);
    assert_int_equal(found->all.copy_count, found->record_count);
    kith_audit_result_free(found);
    found = NULL;
    options.share = 1.5;
    assert_int_equal(kith_audit(s->store, &options, &found, &error), KITH_INVALID);
    options.share = -1;
    assert_int_equal(kith_audit(s->store, &options, &found, &error), KITH_INVALID);
    assert_null(found);
}

static int stop_in(void *context, const kith_progress *step) {
    return strcmp(step->phase, context) == 0;
}

static void test_interrupted(void **state) {
    static char phases[][8] = {"records", "copies", "blocks"};
    const stand *s = *state;
    for (size_t i = 0; i < sizeof phases / sizeof phases[0]; i++) {
        kith_audit_options options = KITH_AUDIT_OPTIONS_INIT;
        kith_audit_result *found = NULL;
        kith_error error = KITH_ERROR_INIT;
        options.progress = stop_in;
        options.context = phases[i];
        assert_int_equal(kith_audit(s->store, &options, &found, &error), KITH_INTERRUPTED);
        assert_non_null(strstr(error.message, "stopped"));
        assert_null(found);
    }
}

static void test_no_model_and_no_records(void **state) {
    (void)state;
    char folder[SCRATCH_PATH_BYTES], path[SCRATCH_PATH_BYTES];
    kith_audit_result *found = NULL;
    kith_error error = KITH_ERROR_INIT;
    scratch_make(folder);
    scratch_path(path, folder, "new.kith");
    kith *store = scratch_open(path, KITH_CREATE_NEW);
    assert_int_equal(kith_audit(store, NULL, &found, &error), KITH_NOT_FOUND);
    assert_non_null(strstr(error.message, "kith resolve"));
    people_resolve(store); /* there is nothing to learn from */
    assert_int_equal(kith_audit(store, NULL, &found, &error), KITH_NOT_FOUND);
    assert_null(found);
    kith_close(store);
    scratch_remove(folder);
}

/* Copies */

static kithi_features *features_of(const kithi_model *model, kithi_slice row) {
    kithi_features *features = calloc(1, KITHI_FEATURES_MAX_BYTES);
    assert_non_null(features);
    assert_true(kithi_features_make(model, row, features));
    return features;
}

/* A copy is the same each time, and other than its original. */
static void test_copies(void **state) {
    const stand *s = *state;
    kith_txn *txn = scratch_begin(s->store, KITH_READ);
    const kithi_model *model;
    unsigned seen = 0;
    assert_int_equal(kithi_model_of(txn, &model), KITH_OK);
    for (uint32_t i = 0; i < PEOPLE_COUNT; i++) {
        kithi_slice row, donor;
        kithi_buffer copy, again;
        kithi_audit_copy made, same;
        kithi_buffer_init(&copy);
        kithi_buffer_init(&again);
        assert_int_equal(kithi_record_row(txn, i, &row), KITH_OK);
        assert_int_equal(kithi_record_row(txn, (i + PEOPLE_COUNT / 2) % PEOPLE_COUNT, &donor),
                         KITH_OK);
        assert_int_equal(kithi_audit_copy_make(model, row, donor, &copy, &made), KITH_OK);
        assert_int_equal(kithi_audit_copy_make(model, row, donor, &again, &same), KITH_OK);
        assert_int_equal(copy.size, again.size);
        assert_memory_equal(copy.data, again.data, copy.size);
        assert_true(made.slips != 0 && made.slips < 1u << KITHI_AUDIT_SLIPS);
        assert_true(__builtin_popcount(made.slips) <= 3);
        seen |= made.slips;
        kithi_features *a = features_of(model, row);
        kithi_features *b = features_of(model, (kithi_slice){copy.data, copy.size});
        assert_true(a->bytes != b->bytes || memcmp(a, b, a->bytes) != 0);
        free(a);
        free(b);
        kithi_buffer_clear(&copy);
        kithi_buffer_clear(&again);
    }
    assert_int_equal(seen, (1u << KITHI_AUDIT_SLIPS) - 1); /* each kind was made */
    kith_txn_abort(txn);
}

/* Puts the values of a row as a new record; its number. */
static uint32_t put_row(kith_txn *txn, kithi_slice row) {
    kith_record view = KITH_RECORD_INIT;
    kith_record_value value = KITH_RECORD_VALUE_INIT;
    kith_field fields[SCRATCH_FIELDS_MAX];
    kith_record_input input = KITH_RECORD_INPUT_INIT;
    size_t cursor = 0;
    view.txn = txn;
    view.row = row.data;
    view.row_bytes = row.size;
    while (kith_record_next_value(&view, &cursor, &value) == KITH_OK) {
        fields[input.field_count++] = (kith_field){value.attribute, value.value};
    }
    input.source = "copy";
    input.key = "1";
    input.at_us = SCRATCH_DAY_US;
    input.fields = fields;
    assert_int_equal(kith_record_put(txn, &input, NULL), KITH_OK);
    assert_int_equal(kith_record_get(txn, "copy", "1", &view), KITH_OK);
    return view.number;
}

/* Whether a record is of the other's profile once the copy is put. */
static bool is_joined(kith *store, uint32_t record, kithi_slice copy) {
    kith_id a, b;
    kith_txn *txn = scratch_begin(store, KITH_WRITE);
    uint32_t put = put_row(txn, copy);
    assert_int_equal(kith_profile_id_of_record(txn, record, &a), KITH_OK);
    assert_int_equal(kith_profile_id_of_record(txn, put, &b), KITH_OK);
    kith_txn_abort(txn);
    return memcmp(&a, &b, sizeof a) == 0;
}

/* What the audit says of a copy is what becomes of it where it is put. */
static void test_as_a_put_would(void **state) {
    (void)state;
    stand *s = people_make(false, false);
    kith_txn *txn = scratch_begin(s->store, KITH_READ);
    kithi_audit_links links;
    const kithi_model *model;
    unsigned found = 0, wrong = 0;
    assert_int_equal(kithi_model_of(txn, &model), KITH_OK);
    kithi_audit_links_init(&links, txn, model);
    for (uint32_t i = 0; i < PEOPLE_COUNT; i++) {
        kithi_slice row, donor;
        kithi_buffer copy;
        kithi_audit_copy made;
        kith_audit_count count;
        kithi_buffer_init(&copy);
        assert_int_equal(kithi_record_row(txn, i, &row), KITH_OK);
        assert_int_equal(kithi_record_row(txn, (i + 99) % PEOPLE_COUNT, &donor), KITH_OK);
        assert_int_equal(kithi_audit_copy_make(model, row, donor, &copy, &made), KITH_OK);
        kithi_features *features = features_of(model, (kithi_slice){copy.data, copy.size});
        assert_int_equal(kithi_audit_links_of(&links, features, i, &count), KITH_OK);
        bool joined = is_joined(s->store, i, (kithi_slice){copy.data, copy.size});
        assert_true(count.link_count > 1 || joined == (count.found_count == 1));
        found += count.found_count > 0;
        wrong += count.link_count > count.right_count;
        free(features);
        kithi_buffer_clear(&copy);
    }
    printf("of %u copies %u join their original, %u others\n", PEOPLE_COUNT, found, wrong);
    assert_true(found > PEOPLE_COUNT / 2 && found < PEOPLE_COUNT);
    kithi_audit_links_clear(&links);
    kith_txn_abort(txn);
    people_tear_down((void **)&s);
}

/* Rows of every length, cut anywhere, end in a copy or in KITH_CORRUPT. */
static void test_copies_of_damaged_rows(void **state) {
    const stand *s = *state;
    kith_txn *txn = scratch_begin(s->store, KITH_READ);
    const kithi_model *model;
    kithi_slice row;
    kithi_audit_copy made;
    assert_int_equal(kithi_model_of(txn, &model), KITH_OK);
    assert_int_equal(kithi_record_row(txn, 5, &row), KITH_OK);
    for (size_t size = 0; size < row.size; size++) {
        kithi_buffer copy;
        uint8_t *cut = malloc(size + 1);
        assert_non_null(cut);
        memcpy(cut, row.data, size);
        kithi_buffer_init(&copy);
        int code = kithi_audit_copy_make(model, (kithi_slice){cut, size}, row, &copy, &made);
        assert_true(code == KITH_OK || code == KITH_CORRUPT);
        kithi_buffer_clear(&copy);
        free(cut);
    }
    kith_txn_abort(txn);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_figures),
        cmocka_unit_test(test_attributes_by_hand),
        cmocka_unit_test(test_same_facts_same_figures),
        cmocka_unit_test(test_unlinkable),
        cmocka_unit_test(test_no_copies),
        cmocka_unit_test(test_share),
        cmocka_unit_test(test_interrupted),
        cmocka_unit_test(test_no_model_and_no_records),
        cmocka_unit_test(test_copies),
        cmocka_unit_test(test_as_a_put_would),
        cmocka_unit_test(test_copies_of_damaged_rows),
    };
    return cmocka_run_group_tests_name("audit", tests, people_set_up, people_tear_down);
}
