/*
 * kith_search: who is found, in which order, by what, and what it refuses.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "src/base/hash.h"
#include "src/fact/given_row.h"
#include "src/identity/scored.h"
#include "src/match/compare_pair.h"
#include "src/match/model_row.h"
#include "tests/unit/people_stand.h"

/* Two values that a test makes fall together: their identifiers' hashes are equal. */
static uint64_t collide_from, collide_to;

uint64_t kithi_hash_kept(uint64_t hash) {
    return collide_from != 0 && hash == collide_from ? collide_to : hash;
}

static int search_fields(kith_txn *txn, const kith_field *fields, size_t count, size_t limit,
                         kith_search_result **out) {
    kith_search_options options = KITH_SEARCH_OPTIONS_INIT;
    options.limit = limit;
    *out = NULL;
    return kith_search(txn, fields, count, &options, out);
}

/* name, text, ..., NULL */
__attribute__((sentinel)) static int search(kith_txn *txn, kith_search_result **out, ...) {
    kith_field fields[SCRATCH_FIELDS_MAX];
    va_list list;
    va_start(list, out);
    size_t count = scratch_fields(fields, list);
    va_end(list);
    return search_fields(txn, fields, count, 0, out);
}

/* The profile of a record. */
static kith_id profile_of(kith_txn *txn, const char *source, unsigned number) {
    kith_record record = KITH_RECORD_INIT;
    kith_id id;
    char key[16];
    snprintf(key, sizeof key, "%u", number);
    assert_int_equal(kith_record_get(txn, source, key, &record), KITH_OK);
    assert_int_equal(kith_profile_id_of_record(txn, record.number, &id), KITH_OK);
    return id;
}

static bool same_id(const kith_id *a, const kith_id *b) {
    return memcmp(a, b, sizeof *a) == 0;
}

static void assert_ordered(const kith_search_result *found) {
    for (size_t i = 1; i < found->hit_count; i++) {
        const kith_search_hit *a = found->hits[i - 1], *b = found->hits[i];
        assert_false(same_id(&a->id, &b->id));
        if ((a->identifier != NULL) != (b->identifier != NULL)) {
            assert_non_null(a->identifier);
        } else if (a->bits == b->bits) {
            assert_true(memcmp(&a->id, &b->id, sizeof a->id) < 0);
        } else {
            assert_true(a->bits > b->bits);
        }
    }
}

static void test_everybody_finds_himself(void **state) {
    const stand *s = *state;
    kith_txn *txn = scratch_begin(s->store, KITH_READ);
    for (unsigned i = 0; i < PEOPLE_COUNT; i++) {
        person p;
        kith_field fields[7];
        kith_search_result *found;
        people_person(i, &p);
        p.phone[0] = p.email[0] = '\0'; /* by likeness alone */
        size_t count = people_fields(&p, fields);
        assert_int_equal(search_fields(txn, fields, count, 3, &found), KITH_OK);
        assert_true(found->hit_count > 0 && found->hit_count <= 3);
        assert_ordered(found);
        kith_id wanted = profile_of(txn, "crm", i);
        assert_true(same_id(&found->hits[0]->id, &wanted));
        assert_true(found->hits[0]->likely);
        assert_null(found->hits[0]->identifier);
        assert_true(found->compared_count > 0);
        kith_search_result_free(found);
    }
    kith_txn_abort(txn);
}

/* Bits are the weight of what is asked for and the record, as if it were one too; nobody in the
 * store weighs more than the first. */
static void test_bits_are_weights(void **state) {
    const stand *s = *state;
    kith_txn *txn = scratch_begin(s->store, KITH_READ);
    const kithi_model *model;
    uint64_t pattern, room[2][KITHI_FEATURES_MAX_BYTES / sizeof(uint64_t)];
    kithi_features *asked = (kithi_features *)(void *)room[0];
    kithi_features *other = (kithi_features *)(void *)room[1];
    assert_int_equal(kithi_model_of(txn, &model), KITH_OK);
    for (unsigned i = 0; i < PEOPLE_COUNT; i += 11) {
        person p;
        kith_field fields[7];
        kith_search_result *found;
        kithi_buffer row;
        int32_t most = INT32_MIN;
        people_person(i, &p);
        people_slip(i, &p);
        p.phone[0] = p.email[0] = '\0';
        size_t count = people_fields(&p, fields);
        kithi_buffer_init(&row);
        assert_int_equal(kithi_given_row(txn, fields, count, &row), KITH_OK);
        assert_true(kithi_features_make(model, (kithi_slice){row.data, row.size}, asked));
        assert_int_equal(search_fields(txn, fields, count, 0, &found), KITH_OK);
        assert_true(found->hit_count > 0);
        for (size_t k = 0; k < found->hit_count; k++) {
            const kith_search_hit *hit = found->hits[k];
            assert_int_equal(kithi_features_read(txn, model, hit->record, other), KITH_OK);
            int32_t weight = kithi_pair_weight(model, asked, other, INT32_MIN, &pattern);
            assert_true(hit->bits == weight / 256.0);
            assert_true(hit->likely == (weight >= model->link_at));
        }
        for (uint32_t k = 0; k < PEOPLE_COUNT + PEOPLE_COUNT / 3; k++) {
            assert_int_equal(kithi_features_read(txn, model, k, other), KITH_OK);
            int32_t weight = kithi_pair_weight(model, asked, other, INT32_MIN, &pattern);
            most = weight > most ? weight : most;
        }
        assert_true(found->hits[0]->bits == most / 256.0);
        kith_search_result_free(found);
        kithi_buffer_clear(&row);
    }
    kith_txn_abort(txn);
}

static void test_slips_are_forgiven(void **state) {
    const stand *s = *state;
    kith_txn *txn = scratch_begin(s->store, KITH_READ);
    size_t first = 0;
    for (unsigned i = 1; i < PEOPLE_COUNT; i += 3) {
        person p;
        kith_field fields[7];
        kith_search_result *found;
        people_person(i, &p);
        people_slip(i, &p);
        p.phone[0] = p.email[0] = '\0';
        size_t count = people_fields(&p, fields);
        assert_int_equal(search_fields(txn, fields, count, 0, &found), KITH_OK);
        kith_id wanted = profile_of(txn, "crm", i);
        first += found->hit_count > 0 && same_id(&found->hits[0]->id, &wanted);
        assert_true(found->hit_count <= KITH_SEARCH_LIMIT);
        kith_search_result_free(found);
    }
    printf("of %u searches with a slip %zu give the right person first\n", PEOPLE_COUNT / 3, first);
    assert_true(first >= PEOPLE_COUNT / 3 * 95 / 100);
    kith_txn_abort(txn);
}

static void test_identifiers_come_first(void **state) {
    const stand *s = *state;
    kith_txn *txn = scratch_begin(s->store, KITH_READ);
    kith_search_result *found;
    person p, q;
    people_person(10, &p);
    people_person(20, &q);
    kith_id holder = profile_of(txn, "crm", 10), alike = profile_of(txn, "crm", 20);
    /* All but the telephone is another's, and it is written in another way. */
    char phone[40];
    snprintf(phone, sizeof phone, "(%.3s) %.3s-%s", p.phone + 2, p.phone + 5, p.phone + 8);
    assert_int_equal(search(txn, &found, "phone", phone, "given_name", q.given, "family_name",
                            q.family, "birth_date", q.birth_date, "city", q.city, "address_line",
                            q.street, NULL),
                     KITH_OK);
    assert_true(found->hit_count >= 2);
    assert_true(same_id(&found->hits[0]->id, &holder));
    assert_string_equal(found->hits[0]->identifier, "phone");
    assert_true(same_id(&found->hits[1]->id, &alike));
    assert_null(found->hits[1]->identifier);
    assert_true(found->hits[1]->bits > found->hits[0]->bits);
    assert_ordered(found);
    kith_search_result_free(found);
    /* Alone, and where nobody has it. */
    assert_int_equal(search(txn, &found, "email", p.email, NULL), KITH_OK);
    assert_true(found->hit_count >= 1 && same_id(&found->hits[0]->id, &holder));
    kith_search_result_free(found);
    assert_int_equal(search(txn, &found, "email", "no@body.example", NULL), KITH_OK);
    assert_int_equal(found->hit_count, 0);
    kith_search_result_free(found);
    kith_txn_abort(txn);
}

/* A type that the model doesn't compare. */
static void test_identifiers_outside_of_the_model(void **state) {
    const stand *s = *state;
    kith_txn *txn = scratch_begin(s->store, KITH_WRITE);
    kith_search_result *found;
    assert_int_equal(scratch_record(txn, kith_record_put, "till", "a", SCRATCH_DAY_US, NULL,
                                    "loyalty_id", "AB-1234", "given_name", "Zoe", NULL),
                     KITH_OK);
    assert_int_equal(search(txn, &found, "loyalty_id", "ab 1234", NULL), KITH_OK);
    assert_int_equal(found->hit_count, 1);
    assert_string_equal(found->hits[0]->identifier, "loyalty_id");
    assert_false(found->hits[0]->likely);
    kith_search_result_free(found);
    kith_txn_abort(txn);
}

/* Values whose hashes collide are told apart. */
static void test_collisions(void **state) {
    const stand *s = *state;
    kith_txn *txn = scratch_begin(s->store, KITH_WRITE);
    kith_search_result *found;
    assert_int_equal(scratch_record(txn, kith_record_put, "till", "a", SCRATCH_DAY_US, NULL,
                                    "loyalty_id", "FIRST1", NULL),
                     KITH_OK);
    uint64_t seed = kithi_hash64("loyalty_id", 10, 0);
    collide_from = kithi_hash64("SECOND2", 7, seed);
    collide_to = kithi_hash64("FIRST1", 6, seed);
    assert_int_equal(search(txn, &found, "loyalty_id", "SECOND2", NULL), KITH_OK);
    assert_int_equal(found->hit_count, 0);
    kith_search_result_free(found);
    collide_from = 0;
    kith_txn_abort(txn);
}

/* In the transaction that puts, before anything is settled. */
static void test_what_was_just_put(void **state) {
    const stand *s = *state;
    kith_txn *txn = scratch_begin(s->store, KITH_WRITE);
    kith_search_result *found;
    assert_int_equal(scratch_record(txn, kith_record_put, "till", "new", SCRATCH_DAY_US, NULL,
                                    "given_name", "Wilhelmina", "family_name", "Featherstone",
                                    "birth_date", "1971-05-06", NULL),
                     KITH_OK);
    assert_int_equal(
        search(txn, &found, "given_name", "Wilhelmna", "family_name", "Featherstone", NULL),
        KITH_OK);
    assert_true(found->hit_count >= 1);
    kith_record record = KITH_RECORD_INIT;
    assert_int_equal(kith_record_get(txn, "till", "new", &record), KITH_OK);
    assert_int_equal(found->hits[0]->record, record.number);
    kith_search_result_free(found);
    kith_txn_abort(txn);
}

/* A list gives several values, each of which may be the one. */
static void test_several_values(void **state) {
    const stand *s = *state;
    kith_txn *txn = scratch_begin(s->store, KITH_READ);
    kith_search_result *found;
    person p, q;
    people_person(31, &p);
    people_person(41, &q);
    kith_value phones[] = {kith_value_text(p.phone), kith_value_text(q.phone)};
    kith_field field = {"phone", {KITH_TYPE_LIST, {.list = {phones, 2}}}};
    assert_int_equal(search_fields(txn, &field, 1, 0, &found), KITH_OK);
    assert_true(found->hit_count >= 2);
    assert_non_null(found->hits[0]->identifier);
    assert_non_null(found->hits[1]->identifier);
    kith_search_result_free(found);
    kith_txn_abort(txn);
}

static void test_too_little(void **state) {
    const stand *s = *state;
    kith_txn *txn = scratch_begin(s->store, KITH_READ);
    kith_search_result *found;
    assert_int_equal(search(txn, &found, "family_name", "Abbott", NULL), KITH_INVALID);
    assert_non_null(strstr(kith_txn_error(txn)->message, "too little"));
    assert_int_equal(search_fields(txn, NULL, 0, 0, &found), KITH_INVALID);
    assert_int_equal(search(txn, &found, "city", "", NULL), KITH_INVALID);
    assert_int_equal(search(txn, &found, "shoe_colour", "red", NULL), KITH_INVALID);
    assert_non_null(strstr(kith_txn_error(txn)->message, "shoe_colour"));
    assert_int_equal(search(txn, &found, "given_name", "\xff\xfe", NULL), KITH_INVALID);
    assert_null(found);
    assert_int_equal(kith_search(txn, NULL, 0, NULL, NULL), KITH_MISUSE);
    kith_txn_abort(txn);
}

/* Of a list, of a text, and of what a list holds. */
static void test_counts_of_nothing(void **state) {
    const stand *s = *state;
    kith_value inner = {.type = KITH_TYPE_LIST, .as.list = {NULL, 3}};
    const kith_field fields[] = {
        {"city", inner},
        {"city", {.type = KITH_TYPE_MAP, .as.map = {NULL, 3}}},
        {"city", {.type = KITH_TYPE_TEXT, .as.text = {NULL, 3}}},
        {"city", {.type = KITH_TYPE_LIST, .as.list = {&inner, 1}}},
    };
    for (size_t i = 0; i < sizeof fields / sizeof fields[0]; i++) {
        kith_txn *txn = scratch_begin(s->store, KITH_WRITE);
        kith_record_input input = KITH_RECORD_INPUT_INIT;
        kith_search_result *found;
        assert_int_equal(search_fields(txn, &fields[i], 1, 0, &found), KITH_INVALID);
        assert_non_null(strstr(kith_txn_error(txn)->message, "'city' holds a NULL pointer"));
        input.source = "crm", input.key = "0", input.at_us = SCRATCH_DAY_US;
        input.fields = &fields[i], input.field_count = 1;
        assert_int_equal(kith_record_put(txn, &input, NULL), KITH_INVALID);
        assert_non_null(strstr(kith_txn_error(txn)->message, "'city' holds a NULL pointer"));
        kith_txn_abort(txn);
    }
}

/* Also the write transaction stays as it is: no name is defined, no value counted. */
static void test_nothing_is_written(void **state) {
    const stand *s = *state;
    kith_txn *txn = scratch_begin(s->store, KITH_WRITE);
    kith_stat before = KITH_STAT_INIT, after = KITH_STAT_INIT;
    kith_search_result *found;
    assert_int_equal(kith_stat_get(txn, &before), KITH_OK);
    assert_int_equal(search(txn, &found, "shoe_colour", "red", NULL), KITH_INVALID);
    assert_int_equal(search(txn, &found, "email", "no address", "given_name", "Alice",
                            "family_name", "Abbott", "birth_date", "no date", NULL),
                     KITH_OK);
    kith_search_result_free(found);
    assert_int_equal(kith_stat_get(txn, &after), KITH_OK);
    assert_int_equal(after.attribute_count, before.attribute_count);
    assert_int_equal(after.record_count, before.record_count);
    assert_int_equal(after.identifier_count, before.identifier_count);
    kith_txn_abort(txn);
}

static void test_no_model(void **state) {
    (void)state;
    char folder[SCRATCH_PATH_BYTES], path[SCRATCH_PATH_BYTES];
    kith_search_result *found;
    scratch_make(folder);
    scratch_path(path, folder, "new.kith");
    kith *store = scratch_open(path, KITH_CREATE_NEW);
    kith_txn *txn = scratch_begin(store, KITH_READ);
    assert_int_equal(search(txn, &found, "email", "ann@mail.example", NULL), KITH_NOT_FOUND);
    assert_non_null(strstr(kith_txn_error(txn)->message, "kith resolve"));
    kith_txn_abort(txn);
    kith_close(store);
    scratch_remove(folder);
}

static void assert_same_hits(const kith_search_result *a, const kith_search_result *b) {
    assert_int_equal(a->hit_count, b->hit_count);
    for (size_t i = 0; i < a->hit_count; i++) {
        assert_true(same_id(&a->hits[i]->id, &b->hits[i]->id));
        assert_true(a->hits[i]->bits == b->hits[i]->bits);
        assert_true(a->hits[i]->likely == b->hits[i]->likely);
    }
}

/* The same facts in another order: the same answers. A smaller limit gives the first of them. */
static void test_order_and_limit(void **state) {
    stand *other = people_make(true, true);
    const stand *s = *state;
    kith_txn *a = scratch_begin(s->store, KITH_READ), *b = scratch_begin(other->store, KITH_READ);
    for (unsigned i = 0; i < PEOPLE_COUNT; i += 7) {
        person p;
        kith_field fields[7];
        kith_search_result *ten, *again, *two;
        people_person(i, &p);
        p.street[0] = p.email[0] = p.phone[0] = '\0';
        size_t count = people_fields(&p, fields);
        assert_int_equal(search_fields(a, fields, count, 0, &ten), KITH_OK);
        assert_int_equal(search_fields(b, fields, count, 0, &again), KITH_OK);
        assert_int_equal(search_fields(a, fields, count, 2, &two), KITH_OK);
        assert_same_hits(ten, again);
        assert_true(two->hit_count <= 2 && two->hit_count <= ten->hit_count);
        for (size_t k = 0; k < two->hit_count; k++) {
            assert_true(same_id(&two->hits[k]->id, &ten->hits[k]->id));
        }
        kith_search_result_free(ten);
        kith_search_result_free(again);
        kith_search_result_free(two);
    }
    kith_txn_abort(a);
    kith_txn_abort(b);
    people_tear_down((void **)&other);
}

/* So many have one name that its block proposes nothing: they are found all the same, and the city,
 * which is common too, says who of them comes first. */
static void test_large_blocks(void **state) {
    const stand *s = *state;
    kith_txn *txn = scratch_begin(s->store, KITH_WRITE);
    kith_search_result *found;
    for (unsigned i = 0; i < 700; i++) {
        char key[16], date[16];
        snprintf(key, sizeof key, "%u", i);
        snprintf(date, sizeof date, "%u-%02u-%02u", 1930 + i / 10, 1 + i % 12, 1 + i % 28);
        assert_int_equal(scratch_record(txn, kith_record_put, "list", key, SCRATCH_DAY_US, NULL,
                                        "given_name", "John", "family_name", "Smith", "birth_date",
                                        date, "city", i < 699 ? "Riverton" : "Oakdale", NULL),
                         KITH_OK);
    }
    kith_record odd = KITH_RECORD_INIT;
    assert_int_equal(search(txn, &found, "given_name", "John", "family_name", "Smith", NULL),
                     KITH_OK);
    assert_int_equal(found->hit_count, KITH_SEARCH_LIMIT);
    assert_true(found->partial);
    assert_ordered(found);
    kith_search_result_free(found);
    assert_int_equal(
        search(txn, &found, "given_name", "John", "family_name", "Smith", "city", "Oakdale", NULL),
        KITH_OK);
    assert_int_equal(kith_record_get(txn, "list", "699", &odd), KITH_OK);
    assert_int_equal(found->hits[0]->record, odd.number);
    kith_search_result_free(found);
    kith_txn_abort(txn);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_everybody_finds_himself),
        cmocka_unit_test(test_bits_are_weights),
        cmocka_unit_test(test_slips_are_forgiven),
        cmocka_unit_test(test_identifiers_come_first),
        cmocka_unit_test(test_identifiers_outside_of_the_model),
        cmocka_unit_test(test_collisions),
        cmocka_unit_test(test_what_was_just_put),
        cmocka_unit_test(test_several_values),
        cmocka_unit_test(test_too_little),
        cmocka_unit_test(test_counts_of_nothing),
        cmocka_unit_test(test_nothing_is_written),
        cmocka_unit_test(test_no_model),
        cmocka_unit_test(test_order_and_limit),
        cmocka_unit_test(test_large_blocks),
    };
    return cmocka_run_group_tests_name("search", tests, people_set_up, people_tear_down);
}
