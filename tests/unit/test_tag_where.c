/*
 * Tagging everybody whom a condition means, as query.h promises it: who is tagged, who is left as
 * they are, and what is kept where it is stopped.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/unit/fact_stand.h"

#define PEOPLE 6

typedef struct tagging {
    kith_tag_input tag;
    kith_tag_where_options options;
    kith_tag_where_report report;
    kith_error error;
} tagging;

/* Records 1 to 6 of crm; the even ones live in York, the others in Ulm. */
static void begin(fixture *f, tagging *t) {
    for (char key[2] = "1"; key[0] <= '6'; key[0]++) {
        scratch_record(f->txn, kith_record_put, "crm", key, 1, NULL, "city",
                       key[0] % 2 == 0 ? "York" : "Ulm", NULL);
    }
    *t = (tagging){.tag = KITH_TAG_INPUT_INIT,
                   .options = KITH_TAG_WHERE_OPTIONS_INIT,
                   .report = KITH_TAG_WHERE_REPORT_INIT,
                   .error = KITH_ERROR_INIT};
    t->tag.tag = "fair";
    t->options.where = "city = 'York'";
}

static int run(fixture *f, tagging *t) {
    scratch_commit(f->txn);
    t->options.tag = &t->tag;
    int code = kith_tag_where(f->store, &t->options, &t->report, &t->error);
    f->txn = scratch_begin(f->store, KITH_WRITE);
    return code;
}

static void expect_report(const tagging *t, uint64_t matched, uint64_t added, uint64_t unchanged) {
    assert_int_equal(t->report.matched_count, matched);
    assert_int_equal(t->report.added_count, added);
    assert_int_equal(t->report.unchanged_count, unchanged);
}

/* The keys of those who have the tag at a time. */
static const char *tagged_at(fixture *f, int64_t now_us) {
    f->text[0] = '\0';
    for (uint32_t i = 0; i < PEOPLE; i++) {
        kith_profile profile = KITH_PROFILE_INIT;
        kith_tag tag = KITH_TAG_INIT;
        assert_int_equal(kith_profile_of_record(f->txn, i, now_us, &profile), KITH_OK);
        int code = kith_profile_tag(&profile, "fair", &tag);
        snprintf(f->text + strlen(f->text), 8, "%c", code == KITH_OK ? (char)('1' + i) : '-');
    }
    return f->text;
}

static const char *tagged(fixture *f) {
    return tagged_at(f, 100);
}

static void test_those_who_are_meant_are_tagged(void **state) {
    fixture *f = *state;
    tagging t;
    begin(f, &t);
    assert_int_equal(run(f, &t), KITH_OK);
    assert_string_equal(tagged(f), "-2-4-6");
    expect_report(&t, 3, 3, 0);
    commit(f);
    t.options.where = "tag('fair') AND NOT tag('staff')";
    t.options.remove = true;
    t.options.now_us = t.tag.at_us = 5;
    assert_int_equal(run(f, &t), KITH_OK);
    expect_report(&t, 3, 3, 0);
    assert_string_equal(tagged(f), "------");
    assert_string_equal(tagged_at(f, 4), "-2-4-6");
    commit(f);
}

/* Twice is once, also at a later time; another value is said anew. */
static void test_those_who_have_it_are_left_as_they_are(void **state) {
    fixture *f = *state;
    tagging t;
    begin(f, &t);
    assert_int_equal(run(f, &t), KITH_OK);
    t.options.now_us = t.tag.at_us = 10;
    t.options.where = "TRUE";
    assert_int_equal(run(f, &t), KITH_OK);
    expect_report(&t, 6, 3, 3);
    t.tag.at_us = 20;
    assert_int_equal(run(f, &t), KITH_OK);
    expect_report(&t, 6, 0, 6);
    t.tag.value = kith_value_text("gold");
    assert_int_equal(run(f, &t), KITH_OK);
    expect_report(&t, 6, 6, 0);
    t.tag.at_us = 30;
    t.tag.expires_at_us = 40;
    assert_int_equal(run(f, &t), KITH_OK);
    expect_report(&t, 6, 6, 0);
    t.tag.at_us = 50; /* it has expired: none is there to be removed */
    t.options.remove = true;
    assert_int_equal(run(f, &t), KITH_OK);
    expect_report(&t, 6, 0, 6);
    commit(f);
}

static void test_a_dry_run_writes_nothing(void **state) {
    fixture *f = *state;
    tagging t;
    begin(f, &t);
    t.options.dry_run = true;
    assert_int_equal(run(f, &t), KITH_OK);
    expect_report(&t, 3, 3, 0);
    assert_string_equal(tagged(f), "------");
    t.tag.confidence = 101; /* but says what is wrong */
    assert_int_equal(run(f, &t), KITH_INVALID);
}

/* The tag hangs on the record that gives the profile its id, and stays with it. */
static void test_profiles_of_several_records_are_tagged_once(void **state) {
    fixture *f = *state;
    tagging t;
    begin(f, &t);
    assert_int_equal(kith_record_link(f->txn, "crm", "2", "crm", "5", "me", 1, NULL), KITH_OK);
    assert_int_equal(run(f, &t), KITH_OK);
    expect_report(&t, 3, 3, 0);
    assert_string_equal(tagged(f), "-2-456");
    assert_int_equal(kith_record_unlink(f->txn, "crm", "2", "crm", "5", "me", 2, NULL), KITH_OK);
    kith_profile profile = KITH_PROFILE_INIT;
    kith_tag tag = KITH_TAG_INIT;
    assert_int_equal(kith_profile_of_record(f->txn, 1, 100, &profile), KITH_OK);
    assert_int_equal(kith_profile_tag(&profile, "fair", &tag), KITH_OK);
    assert_int_equal(tag.record, 1);
    assert_string_equal(tagged(f), "-2-4-6");
    commit(f);
}

/* Whom a condition means is found before anybody is tagged. */
static void test_tags_make_no_difference_to_who_is_meant(void **state) {
    fixture *f = *state;
    tagging t;
    begin(f, &t);
    t.options.where = "no_tags(['fair'])";
    t.options.batch_count = 1;
    assert_int_equal(run(f, &t), KITH_OK);
    expect_report(&t, 6, 6, 0);
    t.options.now_us = t.tag.at_us = 1;
    assert_int_equal(run(f, &t), KITH_OK);
    expect_report(&t, 0, 0, 0);
}

static int stop_at_second_tag(void *context, const kith_progress *progress) {
    return strcmp(progress->phase, "tag") == 0 && ++*(int *)context == 2;
}

/* What was committed stays, and only that is told; running it again does the rest. */
static void test_stopped(void **state) {
    fixture *f = *state;
    tagging t;
    int calls = 0;
    begin(f, &t);
    t.options.batch_count = 1;
    t.options.progress = stop_at_second_tag;
    t.options.context = &calls;
    assert_int_equal(run(f, &t), KITH_INTERRUPTED);
    assert_string_equal(tagged(f), "-2-4--");
    expect_report(&t, 3, 2, 0);
    t.options.progress = NULL;
    assert_int_equal(run(f, &t), KITH_OK);
    expect_report(&t, 3, 1, 2);
    assert_string_equal(tagged(f), "-2-4-6");
    commit(f);
}

static void test_refused(void **state) {
    fixture *f = *state;
    tagging t;
    begin(f, &t);
    t.options.where = "city = ";
    assert_int_equal(run(f, &t), KITH_INVALID);
    assert_int_equal(t.error.position, 7);
    t.options.where = "lower(city)";
    assert_int_equal(run(f, &t), KITH_INVALID);
    t.options.where = "TRUE";
    t.tag.tag = "";
    assert_int_equal(run(f, &t), KITH_INVALID);
    t.tag.tag = "fair";
    t.tag.expires_at_us = -1;
    assert_int_equal(run(f, &t), KITH_INVALID);
    t.options.where = NULL;
    assert_int_equal(run(f, &t), KITH_MISUSE);
    assert_int_equal(kith_tag_where(NULL, &t.options, NULL, NULL), KITH_MISUSE);
    assert_int_equal(kith_tag_where(f->store, NULL, NULL, NULL), KITH_MISUSE);
    assert_string_equal(tagged(f), "------");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_those_who_are_meant_are_tagged, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_those_who_have_it_are_left_as_they_are, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_a_dry_run_writes_nothing, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_profiles_of_several_records_are_tagged_once, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_tags_make_no_difference_to_who_is_meant, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_stopped, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_refused, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
