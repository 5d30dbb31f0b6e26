/*
 * The rule of base.h for structs with a size, over every one of them: what is taken may be shorter
 * or longer than this kith's, what is filled is filled up to the caller's size, which stays.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/unit/fact_stand.h"

#define NOW_US      1000
#define STRUCT_MAX  1024
#define FILLER      0xA5
#define BEYOND_SIZE 8 /* what a newer kith may have added */

/* Structs that are filled */

typedef int (*fill_fn)(fixture *f, void *out);

static kith_record ann(fixture *f) {
    kith_record record = KITH_RECORD_INIT;
    assert_int_equal(kith_record_get(f->txn, "crm", "ann", &record), KITH_OK);
    return record;
}

static kith_profile profile(fixture *f) {
    kith_profile found = KITH_PROFILE_INIT;
    assert_int_equal(kith_profile_find(f->txn, "email", "a@b.co", NOW_US, &found, NULL), KITH_OK);
    return found;
}

static int fill_record(fixture *f, void *out) {
    return kith_record_get(f->txn, "crm", "ann", out);
}

static int fill_record_number(fixture *f, void *out) {
    return kith_record_get_number(f->txn, ann(f).number, out);
}

static int fill_next_record(fixture *f, void *out) {
    kith_record_iter *iter = NULL;
    assert_int_equal(kith_record_iter_open(f->txn, &iter), KITH_OK);
    int code = kith_record_iter_next(iter, out);
    kith_record_iter_close(iter);
    return code;
}

static int fill_record_value(fixture *f, void *out) {
    kith_record record = ann(f);
    size_t cursor = 0;
    return kith_record_next_value(&record, &cursor, out);
}

static int fill_event(fixture *f, void *out) {
    kith_event_iter *iter = NULL;
    assert_int_equal(kith_event_iter_open(f->txn, ann(f).number, 0, NOW_US, &iter), KITH_OK);
    int code = kith_event_iter_next(iter, out);
    kith_event_iter_close(iter);
    return code;
}

static int fill_found(fixture *f, void *out) {
    return kith_profile_find(f->txn, "email", "a@b.co", NOW_US, out, NULL);
}

static int fill_profile(fixture *f, void *out) {
    kith_id id = profile(f).id;
    return kith_profile_get(f->txn, &id, NOW_US, out);
}

static int fill_profile_of(fixture *f, void *out) {
    return kith_profile_of_record(f->txn, ann(f).number, NOW_US, out);
}

static int fill_next_profile(fixture *f, void *out) {
    kith_profile_iter *iter = NULL;
    assert_int_equal(kith_profile_iter_open(f->txn, NOW_US, &iter), KITH_OK);
    int code = kith_profile_iter_next(iter, out);
    kith_profile_iter_close(iter);
    return code;
}

static int fill_golden(fixture *f, void *out) {
    kith_profile found = profile(f);
    return kith_profile_value(&found, "email", out);
}

static int fill_next_golden(fixture *f, void *out) {
    kith_profile found = profile(f);
    size_t cursor = 0;
    return kith_profile_next_value(&found, &cursor, out);
}

static int fill_aggregate(fixture *f, void *out) {
    kith_profile found = profile(f);
    return kith_profile_aggregate(&found, "order", out);
}

static int fill_next_aggregate(fixture *f, void *out) {
    kith_profile found = profile(f);
    size_t cursor = 0;
    return kith_profile_next_aggregate(&found, &cursor, out);
}

static int fill_sum(fixture *f, void *out) {
    kith_aggregate aggregate = KITH_AGGREGATE_INIT;
    size_t cursor = 0;
    assert_int_equal(fill_aggregate(f, &aggregate), KITH_OK);
    return kith_aggregate_next_property(&aggregate, &cursor, out);
}

static int fill_tag(fixture *f, void *out) {
    kith_profile found = profile(f);
    return kith_profile_tag(&found, "vip", out);
}

static int fill_next_tag(fixture *f, void *out) {
    kith_profile found = profile(f);
    size_t cursor = 0;
    return kith_profile_next_tag(&found, &cursor, out);
}

static int fill_old_tag(fixture *f, void *out) {
    kith_profile found = profile(f);
    kith_tag_iter *iter = NULL;
    assert_int_equal(kith_tag_iter_open(&found, &iter), KITH_OK);
    int code = kith_tag_iter_next(iter, out);
    kith_tag_iter_close(iter);
    return code;
}

static int fill_consent(fixture *f, void *out) {
    kith_profile found = profile(f);
    size_t cursor = 0;
    return kith_profile_next_consent(&found, &cursor, out);
}

static int fill_points(fixture *f, void *out) {
    kith_profile found = profile(f);
    size_t cursor = 0;
    return kith_profile_next_points(&found, &cursor, out);
}

static int fill_score(fixture *f, void *out) {
    kith_profile found = profile(f);
    return kith_profile_score(&found, "rfm", out);
}

static int fill_next_score(fixture *f, void *out) {
    kith_profile found = profile(f);
    size_t cursor = 0;
    return kith_profile_next_score(&found, &cursor, out);
}

static int fill_tag_report(fixture *f, void *out) {
    char path[SCRATCH_PATH_BYTES];
    kith_tag_input tag = KITH_TAG_INPUT_INIT;
    kith_tag_import_options options = KITH_TAG_IMPORT_OPTIONS_INIT;
    tag.tag = "new";
    options.source = "crm";
    options.tag = &tag;
    scratch_path(path, f->folder, "tags.csv");
    scratch_write_text(path, "id\nann\n");
    scratch_commit(f->txn);
    int code = kith_tag_import(f->store, path, &options, out, NULL);
    f->txn = scratch_begin(f->store, KITH_WRITE);
    return code;
}

static int fill_tag_where_report(fixture *f, void *out) {
    kith_tag_input tag = KITH_TAG_INPUT_INIT;
    kith_tag_where_options options = KITH_TAG_WHERE_OPTIONS_INIT;
    tag.tag = "new";
    options.where = "TRUE";
    options.tag = &tag;
    scratch_commit(f->txn);
    int code = kith_tag_where(f->store, &options, out, NULL);
    f->txn = scratch_begin(f->store, KITH_WRITE);
    return code;
}

static int fill_tag_count(fixture *f, void *out) {
    kith_tag_counts *counts = NULL;
    int code = kith_tag_counts_open(f->txn, NOW_US, &counts);
    code = code == KITH_OK ? kith_tag_counts_next(counts, out) : code;
    kith_tag_counts_close(counts);
    return code;
}

static int fill_settled(fixture *f, void *out) {
    return kith_settle(f->txn, NOW_US, 0, out);
}

static int fill_settled_all(fixture *f, void *out) {
    scratch_commit(f->txn);
    int code = kith_settle_all(f->store, NOW_US, 0, NULL, NULL, out, NULL);
    f->txn = scratch_begin(f->store, KITH_WRITE);
    return code;
}

static int fill_stat(fixture *f, void *out) {
    return kith_stat_get(f->txn, out);
}

static int fill_error(fixture *f, void *out) {
    (void)f;
    return kith_open("/no/such/place/at/all", NULL, &(kith *){NULL}, out) < 0 ? KITH_OK : -1;
}

static const struct {
    const char *name;
    fill_fn fill;
    size_t size;
} filled[] = {
    {"kith_record_get", fill_record, sizeof(kith_record)},
    {"kith_record_get_number", fill_record_number, sizeof(kith_record)},
    {"kith_record_iter_next", fill_next_record, sizeof(kith_record)},
    {"kith_record_next_value", fill_record_value, sizeof(kith_record_value)},
    {"kith_event_iter_next", fill_event, sizeof(kith_event)},
    {"kith_profile_find", fill_found, sizeof(kith_profile)},
    {"kith_profile_get", fill_profile, sizeof(kith_profile)},
    {"kith_profile_of_record", fill_profile_of, sizeof(kith_profile)},
    {"kith_profile_iter_next", fill_next_profile, sizeof(kith_profile)},
    {"kith_profile_value", fill_golden, sizeof(kith_golden)},
    {"kith_profile_next_value", fill_next_golden, sizeof(kith_golden)},
    {"kith_profile_aggregate", fill_aggregate, sizeof(kith_aggregate)},
    {"kith_profile_next_aggregate", fill_next_aggregate, sizeof(kith_aggregate)},
    {"kith_aggregate_next_property", fill_sum, sizeof(kith_property_sum)},
    {"kith_profile_tag", fill_tag, sizeof(kith_tag)},
    {"kith_profile_next_tag", fill_next_tag, sizeof(kith_tag)},
    {"kith_tag_iter_next", fill_old_tag, sizeof(kith_tag)},
    {"kith_profile_next_consent", fill_consent, sizeof(kith_consent)},
    {"kith_profile_next_points", fill_points, sizeof(kith_points)},
    {"kith_profile_score", fill_score, sizeof(kith_score)},
    {"kith_profile_next_score", fill_next_score, sizeof(kith_score)},
    {"kith_tag_import", fill_tag_report, sizeof(kith_tag_import_report)},
    {"kith_tag_where", fill_tag_where_report, sizeof(kith_tag_where_report)},
    {"kith_tag_counts_next", fill_tag_count, sizeof(kith_tag_count)},
    {"kith_settle", fill_settled, sizeof(kith_settle_result)},
    {"kith_settle_all", fill_settled_all, sizeof(kith_settle_result)},
    {"kith_stat_get", fill_stat, sizeof(kith_stat)},
    {"an error", fill_error, sizeof(kith_error)},
};

/* Fills a struct that says it is `size` bytes long, and looks at every byte around. */
static void fill_as(fixture *f, size_t which, size_t size) {
    static _Alignas(max_align_t) unsigned char bytes[STRUCT_MAX];
    size_t known = filled[which].size, end = size < known ? size : known;
    memset(bytes, FILLER, sizeof bytes);
    memcpy(bytes, &size, sizeof size);
    if (filled[which].fill(f, bytes) != KITH_OK) {
        fail_msg("%s fails with a struct of %zu bytes", filled[which].name, size);
    }
    if (memcmp(bytes, &size, sizeof size) != 0) {
        fail_msg("%s changes the size of a struct of %zu bytes", filled[which].name, size);
    }
    for (size_t i = end > sizeof size ? end : sizeof size; i < sizeof bytes; i++) {
        if (bytes[i] != FILLER) {
            fail_msg("%s writes byte %zu of a struct of %zu", filled[which].name, i, size);
        }
    }
    bool any = end <= sizeof size;
    for (size_t i = sizeof size; !any && i < end; i++) {
        any = bytes[i] != FILLER;
    }
    if (!any) {
        fail_msg("%s fills nothing of a struct of %zu bytes", filled[which].name, size);
    }
}

/* One mark of each kind. */
static void put_marks(fixture *f) {
    kith_tag_input tag = KITH_TAG_INPUT_INIT;
    kith_consent_input consent = KITH_CONSENT_INPUT_INIT;
    kith_points_input points = KITH_POINTS_INPUT_INIT;
    kith_score_input score = KITH_SCORE_INPUT_INIT;
    tag.source = consent.source = points.source = score.source = "crm";
    tag.key = consent.key = points.key = score.key = "ann";
    tag.tag = "vip";
    consent.purpose = "news";
    points.ledger = points.entry = "main";
    score.score = "rfm";
    assert_int_equal(kith_tag_add(f->txn, &tag, NULL), KITH_OK);
    assert_int_equal(kith_consent_put(f->txn, &consent, NULL), KITH_OK);
    assert_int_equal(kith_points_put(f->txn, &points, NULL), KITH_OK);
    assert_int_equal(kith_score_put(f->txn, &score, NULL), KITH_OK);
}

static void test_filled(void **state) {
    fixture *f = *state;
    assert_int_equal(scratch_record(f->txn, kith_record_put, "crm", "ann", 1, NULL, "email",
                                    "a@b.co", "given_name", "Ann", NULL),
                     KITH_OK);
    assert_int_equal(
        scratch_event(f->txn, "crm", "ann", "order", 5, "m1", NULL, "amount", "12.50", NULL),
        KITH_OK);
    put_marks(f);
    for (size_t i = 0; i < sizeof filled / sizeof filled[0]; i++) {
        size_t known = filled[i].size;
        const size_t sizes[] = {
            0, sizeof(size_t), sizeof(size_t) + 8, known / 2, known - 1, known, known + BEYOND_SIZE,
        };
        for (size_t s = 0; s < sizeof sizes / sizeof sizes[0]; s++) {
            fill_as(f, i, sizes[s]);
        }
    }
}

/* A message that is cut to a shorter struct is text still. */
static void test_a_short_error(void **state) {
    (void)state;
    kith_error error = KITH_ERROR_INIT;
    kith *store = NULL;
    error.size = offsetof(kith_error, message) + sizeof "no store at '/é" - 1;
    assert_int_equal(kith_open("/éé", NULL, &store, &error), KITH_NOT_FOUND);
    assert_int_equal(error.code, KITH_NOT_FOUND);
    assert_string_equal(error.message, "no store at '/");
}

/* Structs that are taken */

static int take_open(fixture *f, const void *given) {
    kith *store = NULL;
    int code = kith_open(f->path, given, &store, NULL);
    kith_close(store);
    return code;
}

static int take_check(fixture *f, const void *given) {
    uint64_t count;
    return kith_check(f->path, given, &count, NULL);
}

static int take_verify(fixture *f, const void *given) {
    uint64_t count;
    return kith_verify(f->store, NOW_US, given, &count, NULL);
}

static int take_import(fixture *f, const void *given) {
    char path[SCRATCH_PATH_BYTES];
    scratch_path(path, f->folder, "rows.csv");
    scratch_write_text(path, "id,city\n1,Ulm\n");
    scratch_commit(f->txn);
    int code = kith_import(f->store, path, given, NULL, NULL);
    f->txn = scratch_begin(f->store, KITH_WRITE);
    return code;
}

static int take_tags(fixture *f, const void *given) {
    char path[SCRATCH_PATH_BYTES];
    scratch_path(path, f->folder, "tags.csv");
    scratch_write_text(path, "id\nann\n");
    scratch_commit(f->txn);
    int code = kith_tag_import(f->store, path, given, NULL, NULL);
    f->txn = scratch_begin(f->store, KITH_WRITE);
    return code;
}

static int take_tag_where(fixture *f, const void *given) {
    scratch_commit(f->txn);
    int code = kith_tag_where(f->store, given, NULL, NULL);
    f->txn = scratch_begin(f->store, KITH_WRITE);
    return code;
}

static int take_query(fixture *f, const void *given) {
    uint64_t count;
    return kith_query_count(f->txn, given, &count);
}

static int take_overlap(fixture *f, const void *given) {
    uint64_t count;
    return kith_query_overlap(f->txn, given, &count);
}

static int take_rfm(fixture *f, const void *given) {
    kith_rfm_result *result = NULL;
    int code = kith_rfm(f->txn, given, &result);
    kith_rfm_free(result);
    return code;
}

static int take_record(fixture *f, const void *given) {
    return kith_record_put(f->txn, given, NULL);
}

static int take_event(fixture *f, const void *given) {
    return kith_event_put(f->txn, given, NULL);
}

static int take_tag(fixture *f, const void *given) {
    return kith_tag_add(f->txn, given, NULL);
}

static int take_removal(fixture *f, const void *given) {
    return kith_tag_remove(f->txn, given, NULL);
}

static int take_consent(fixture *f, const void *given) {
    return kith_consent_put(f->txn, given, NULL);
}

static int take_points(fixture *f, const void *given) {
    return kith_points_put(f->txn, given, NULL);
}

static int take_score(fixture *f, const void *given) {
    return kith_score_put(f->txn, given, NULL);
}

typedef struct taking {
    const char *name;
    int (*take)(fixture *f, const void *given);
    const void *given;
    size_t size, needed; /* up to what is required */
} taking;

/* Gives a struct that says it is `size` bytes long, its rest filled. */
static void take_as(fixture *f, const taking *t, size_t size, unsigned char tail, int expected) {
    static _Alignas(max_align_t) unsigned char bytes[STRUCT_MAX];
    memset(bytes, tail, sizeof bytes);
    memcpy(bytes, t->given, size < t->size ? t->needed : t->size);
    memcpy(bytes, &size, sizeof size);
    int code = t->take(f, bytes);
    if (code != expected) {
        fail_msg("%s gives %s for a struct of %zu bytes", t->name, kith_code_name(code), size);
    }
}

static void test_taken(void **state) {
    fixture *f = *state;
    kith_open_options open = KITH_OPEN_OPTIONS_INIT;
    kith_check_options check = KITH_CHECK_OPTIONS_INIT;
    kith_import_options import = KITH_IMPORT_OPTIONS_INIT;
    kith_record_input record = KITH_RECORD_INPUT_INIT;
    kith_event_input event = KITH_EVENT_INPUT_INIT;
    import.source = record.source = event.source = "crm";
    record.key = event.key = "ann";
    event.type = "order";
    kith_tag_input tag = KITH_TAG_INPUT_INIT;
    kith_consent_input consent = KITH_CONSENT_INPUT_INIT;
    kith_points_input points = KITH_POINTS_INPUT_INIT;
    kith_score_input score = KITH_SCORE_INPUT_INIT;
    tag.source = consent.source = points.source = score.source = "crm";
    tag.key = consent.key = points.key = score.key = "ann";
    tag.tag = consent.purpose = points.ledger = points.entry = score.score = "x";
    kith_tag_import_options tags = KITH_TAG_IMPORT_OPTIONS_INIT;
    tags.source = "crm";
    tags.tag = &tag;
    kith_tag_where_options meant = KITH_TAG_WHERE_OPTIONS_INIT;
    kith_query_options query = KITH_QUERY_OPTIONS_INIT;
    meant.where = "TRUE";
    meant.tag = &tag;
    kith_expression *everybody = NULL;
    kith_overlap_options overlap = KITH_OVERLAP_OPTIONS_INIT;
    assert_int_equal(kith_expression_parse("TRUE", 4, f->txn, NULL, &everybody, NULL), KITH_OK);
    overlap.conditions = (const kith_expression *const *)&everybody;
    overlap.condition_count = 1;
    kith_rfm_options rfm = KITH_RFM_OPTIONS_INIT;
    scratch_event(f->txn, "crm", "bob", "order", 5, NULL, NULL, "total", "1", NULL);
    rfm.event = "order";
    rfm.amount = "total";
    const taking taken[] = {
        {"kith_open", take_open, &open, sizeof open, sizeof(size_t)},
        {"kith_check", take_check, &check, sizeof check, sizeof(size_t)},
        {"kith_verify", take_verify, &check, sizeof check, sizeof(size_t)},
        {"kith_import", take_import, &import, sizeof import, offsetof(kith_import_options, format)},
        {"kith_record_put", take_record, &record, sizeof record,
         offsetof(kith_record_input, at_us)},
        {"kith_event_put", take_event, &event, sizeof event, offsetof(kith_event_input, time_us)},
        {"kith_tag_add", take_tag, &tag, sizeof tag, offsetof(kith_tag_input, value)},
        {"kith_tag_remove", take_removal, &tag, sizeof tag, offsetof(kith_tag_input, value)},
        {"kith_tag_import", take_tags, &tags, sizeof tags,
         offsetof(kith_tag_import_options, remove)},
        {"kith_tag_where", take_tag_where, &meant, sizeof meant,
         offsetof(kith_tag_where_options, remove)},
        {"kith_query_count", take_query, &query, sizeof query,
         offsetof(kith_query_options, columns)},
        {"kith_query_overlap", take_overlap, &overlap, sizeof overlap,
         offsetof(kith_overlap_options, threads)},
        {"kith_rfm", take_rfm, &rfm, sizeof rfm, offsetof(kith_rfm_options, refund)},
        {"kith_consent_put", take_consent, &consent, sizeof consent,
         offsetof(kith_consent_input, channel)},
        {"kith_points_put", take_points, &points, sizeof points,
         offsetof(kith_points_input, amount_micros)},
        {"kith_score_put", take_score, &score, sizeof score,
         offsetof(kith_score_input, value_micros)},
    };
    for (size_t i = 0; i < sizeof taken / sizeof taken[0]; i++) {
        size_t known = taken[i].size;
        take_as(f, &taken[i], known, FILLER, KITH_OK);
        take_as(f, &taken[i], taken[i].needed, FILLER, KITH_OK);
        take_as(f, &taken[i], known + BEYOND_SIZE, 0, KITH_OK);
        take_as(f, &taken[i], known + BEYOND_SIZE, 1, KITH_MISUSE);
        take_as(f, &taken[i], 0, 0, KITH_MISUSE);
        take_as(f, &taken[i], sizeof(size_t) - 1, 0, KITH_MISUSE);
    }
    kith_expression_free(everybody);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_filled, set_up, tear_down),
        cmocka_unit_test(test_a_short_error),
        cmocka_unit_test_setup_teardown(test_taken, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
