/*
 * Tagging the records of a file, as ingest.h promises it: which column is the key, what becomes of
 * every row, and what is kept where it is stopped or fails.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/unit/fact_stand.h"

typedef struct tagging {
    kith_tag_input tag;
    kith_tag_import_options options;
    kith_tag_import_report report;
    kith_error error;
    char path[SCRATCH_PATH_BYTES];
} tagging;

/* Records 1 to 3 of crm, and a file that will tag some. */
static void begin(fixture *f, tagging *t, const char *csv) {
    for (char key[2] = "1"; key[0] <= '3'; key[0]++) {
        scratch_record(f->txn, kith_record_put, "crm", key, 1, NULL, "city", "Ulm", NULL);
    }
    *t = (tagging){.tag = KITH_TAG_INPUT_INIT,
                   .options = KITH_TAG_IMPORT_OPTIONS_INIT,
                   .report = KITH_TAG_IMPORT_REPORT_INIT,
                   .error = KITH_ERROR_INIT};
    t->tag.tag = "fair";
    t->options.source = "crm";
    scratch_path(t->path, f->folder, "keys.csv");
    scratch_write_text(t->path, csv);
}

static int run(fixture *f, tagging *t) {
    scratch_commit(f->txn);
    t->options.tag = &t->tag;
    int code = kith_tag_import(f->store, t->path, &t->options, &t->report, &t->error);
    f->txn = scratch_begin(f->store, KITH_WRITE);
    return code;
}

/* The keys of the records that have the tag. */
static const char *tagged(fixture *f) {
    f->text[0] = '\0';
    for (uint32_t i = 0; i < 3; i++) {
        kith_profile profile = KITH_PROFILE_INIT;
        kith_tag tag = KITH_TAG_INIT;
        assert_int_equal(kith_profile_of_record(f->txn, i, 100, &profile), KITH_OK);
        int code = kith_profile_tag(&profile, "fair", &tag);
        snprintf(f->text + strlen(f->text), 8, "%c", code == KITH_OK ? (char)('1' + i) : '-');
    }
    return f->text;
}

static void test_what_becomes_of_rows(void **state) {
    fixture *f = *state;
    tagging t;
    begin(f, &t, "name,customer id\nAnn, 1 \n\"Bob\" x,2\nCem,9\nDora,\nEva,3\nEva,3\n");
    assert_int_equal(run(f, &t), KITH_OK);
    assert_string_equal(tagged(f), "1-3");
    assert_int_equal(t.report.row_count, 6);
    assert_int_equal(t.report.added_count, 2);
    assert_int_equal(t.report.unchanged_count, 1);
    assert_int_equal(t.report.unknown_count, 2);
    assert_int_equal(t.report.first_unknown_line, 4);
    assert_int_equal(t.report.rejected_count, 1);
    assert_int_equal(t.report.first_rejected_line, 3);
    assert_int_equal(run(f, &t), KITH_OK);
    assert_int_equal(t.report.added_count, 0);
    assert_int_equal(t.report.unchanged_count, 3);
    t.options.remove = true;
    t.tag.at_us = 5;
    assert_int_equal(run(f, &t), KITH_OK);
    assert_string_equal(tagged(f), "---");
    commit(f);
}

static void test_which_column_is_the_key(void **state) {
    fixture *f = *state;
    tagging t;
    begin(f, &t, "id;Card No\n3;1\n1;2\n");
    t.options.key_column = "card_no";
    assert_int_equal(run(f, &t), KITH_OK);
    assert_string_equal(tagged(f), "12-");
    t.options.key_column = "shoe";
    assert_int_equal(run(f, &t), KITH_INVALID);
    assert_non_null(strstr(t.error.message, "shoe"));
    t.options.key_column = NULL;
    scratch_write_text(t.path, "name,city\n1,2\n");
    assert_int_equal(run(f, &t), KITH_INVALID);
    scratch_write_text(t.path, "");
    assert_int_equal(run(f, &t), KITH_INVALID);
    assert_string_equal(tagged(f), "12-");
}

static int stop_at_second(void *context, const kith_progress *progress) {
    assert_string_equal(progress->phase, "tag");
    return ++*(int *)context == 2;
}

/* What was committed stays, and only that is told. */
static void test_stopped(void **state) {
    fixture *f = *state;
    tagging t;
    int calls = 0;
    begin(f, &t, "id\n1\n2\n3\n");
    t.options.batch_count = 1;
    t.options.progress = stop_at_second;
    t.options.context = &calls;
    assert_int_equal(run(f, &t), KITH_INTERRUPTED);
    assert_string_equal(tagged(f), "12-");
    assert_int_equal(t.report.row_count, 2);
    assert_int_equal(t.report.added_count, 2);
}

static void test_refused(void **state) {
    fixture *f = *state;
    tagging t;
    begin(f, &t, "id\n1\n");
    t.tag.confidence = 101;
    assert_int_equal(run(f, &t), KITH_INVALID);
    assert_int_equal(t.report.row_count, 0);
    t.tag.confidence = 100;
    t.options.encoding = "none";
    assert_int_equal(run(f, &t), KITH_INVALID);
    t.options.encoding = NULL;
    t.options.source = NULL;
    assert_int_equal(run(f, &t), KITH_MISUSE);
    t.options.source = "crm";
    strcpy(t.path, "/no/such/file");
    assert_int_equal(run(f, &t), KITH_NOT_FOUND);
    assert_int_equal(kith_tag_import(f->store, NULL, &t.options, NULL, NULL), KITH_MISUSE);
    assert_int_equal(kith_tag_import(f->store, t.path, NULL, NULL, NULL), KITH_MISUSE);
    assert_string_equal(tagged(f), "---");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_what_becomes_of_rows, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_which_column_is_the_key, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_stopped, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_refused, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
