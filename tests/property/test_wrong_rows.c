/*
 * Rows that kith would not write: one after another is put into a sound store, or what a row says
 * is altered, and kith_verify tells what is wrong.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "src/base/bytes.h"
#include "src/fact/assertion.h"
#include "src/fact/mark.h"
#include "src/fact/record_row.h"
#include "src/store/checksum.h"
#include "tests/fault/scratch.h"
#include "tests/property/damage.h"
#include "tests/property/full_store.h"

#define COUNT(list) (sizeof(list) / sizeof(list)[0])

/* A record that is listed as pending though its component is small. */
static void test_needless_pending_rows(void **state) {
    (void)state;
    uint8_t records[9][4] = {{0}};
    damage_wrong_row rows[COUNT(records)];
    stand s;
    for (uint8_t i = 0; i < COUNT(records); i++) {
        records[i][3] = i;
        rows[i] = (damage_wrong_row){.table = KITHI_TABLE_PENDING,
                                     .key = records[i],
                                     .key_size = sizeof records[i],
                                     .words = "awaits settle, but only"};
    }
    full_store_make(&s, true);
    damage_expect_each(&s, rows, COUNT(rows));
}

/* One that there is no record for, or that is no record's number. */
static void test_pending_rows_of_nobody(void **state) {
    (void)state;
    static const uint8_t number[8] = {0, 0, 0, 77};
    damage_wrong_row rows[sizeof number];
    stand s;
    for (size_t i = 0; i < COUNT(rows); i++) {
        rows[i] = (damage_wrong_row){.table = KITHI_TABLE_PENDING,
                                     .key = number,
                                     .key_size = i + 1,
                                     .words = "1 pending rows are stored, but the facts give 0"};
    }
    full_store_make(&s, true);
    damage_expect_each(&s, rows, COUNT(rows));
}

/* Of two models the older isn't in force any more, but can be asked for. */
static void test_models_that_cant_be_read(void **state) {
    (void)state;
    static const uint8_t older[4] = {0, 0, 0, 1}, newer[4] = {0, 0, 0, 2}, longer[5] = {0};
    static const damage_wrong_row rows[] = {
        {KITHI_TABLE_MODEL, older, 4, "no model", 8, "match model 1 can't be read", true},
        {KITHI_TABLE_MODEL, newer, 4, "no model", 8, "can't be read", true},
        {KITHI_TABLE_MODEL, longer, 5, "no model", 8, "match model 0 can't be read", true},
    };
    stand s;
    full_store_make_for(&s, KITHI_TABLE_MODEL);
    kith_resolve_options options = KITH_RESOLVE_OPTIONS_INIT;
    kith_error error = KITH_ERROR_INIT;
    options.train = true;
    assert_int_equal(kith_resolve(s.store, &options, NULL, &error), KITH_OK);
    stand_verify(&s, "before any damage");
    assert_null(s.problem);
    damage_expect_each(&s, rows, COUNT(rows));
}

/* Rows that scored links come from, without a model. */
static void test_scored_rows_without_a_model(void **state) {
    (void)state;
    static const uint8_t record[4] = {0, 0, 0, 1}, pair[16] = {0, 0, 0, 2, 0x80, 0, 1};
    static const uint8_t chunk[10] = {0}, entry[9] = {0};
    static const damage_wrong_row rows[] = {
        {KITHI_TABLE_SCORED, record, 4, pair, 16, "1 scored pairs are stored that the facts don't",
         false},
        {KITHI_TABLE_BLOCK, chunk, 10, entry, 9, "the index of block keys is damaged", false},
    };
    stand s;
    full_store_make(&s, true);
    damage_expect_each(&s, rows, COUNT(rows));
}

/* What a row says */

/* Gives the identifiers of a record another status, in a row that is sound by itself. */
static void restate_identifiers(const char *path, uint8_t record, kith_value_status status) {
    static kithi_row_value values[64];
    damage_row at;
    kithi_row_header header;
    kithi_walker walker;
    kithi_buffer written;
    size_t count = 0;
    uint8_t sum[KITHI_CHECKSUM_BYTES];
    assert_true(damage_read_row(path, KITHI_TABLE_RECORD, record, &at));
    assert_true(
        kithi_row_values((kithi_slice){at.value, at.value_size - sizeof sum}, &header, &walker));
    while (kithi_row_next(&header, &walker, &values[count])) {
        bool live = values[count].status == KITH_VALUE_LIVE;
        values[count].status = live ? status : values[count].status;
        count++;
    }
    kithi_buffer_init(&written);
    kithi_row_write(&written, &header, values, count);
    kithi_put64(
        sum, kithi_checksum(KITHI_TABLE_RECORD, at.key, at.key_size, written.data, written.size));
    kithi_buffer_append(&written, sum, sizeof sum);
    damage_put_row(path, KITHI_TABLE_RECORD, at.key, at.key_size, written.data, written.size);
    kithi_buffer_clear(&written);
}

/* The status of a value is what the definitions say of it. (That it was accepted is a fact.) */
static void test_altered_statuses(void **state) {
    (void)state;
    static const kith_value_status others[] = {KITH_VALUE_PLAIN, KITH_VALUE_BLOCKED};
    stand s;
    damage_stand d;
    full_store_make(&s, true);
    damage_begin(&d, &s);
    for (size_t i = 0; i < COUNT(others); i++) {
        damage_undo(&d);
        restate_identifiers(s.path, 0, others[i]);
        damage_expect(&d, "a value of another status");
    }
    damage_end(&d);
}

/* What was said of records */

/* A tag that says nothing more, as a row; its size. */
static size_t plain_tag(uint8_t out[32]) {
    kithi_buffer row;
    const uint8_t nil = 0xc0;
    const kithi_mark mark = {
        .kind = KITHI_MARK_TAG, .name = {"x", 1}, .expires_at_us = INT64_MAX, .value = {&nil, 1}};
    kithi_buffer_init(&row);
    kithi_mark_write(&row, &mark);
    size_t size = row.size;
    assert_true(size <= 32);
    memcpy(out, row.data, size);
    kithi_buffer_clear(&row);
    return size;
}

static void test_wrong_assertions(void **state) {
    (void)state;
    uint8_t tag[32], of_nobody[24], own[24], elsewhere[24], pair[24], neither[24];
    size_t size = plain_tag(tag);
    uint64_t place = kithi_mark_place((kithi_slice){tag, size});
    kithi_assertion_key(of_nobody, 77, KITHI_ASSERTION_NOBODY, 0, place);
    kithi_assertion_key(own, 0, KITHI_ASSERTION_NOBODY, 0, place);
    kithi_assertion_key(elsewhere, 0, KITHI_ASSERTION_NOBODY, 0, place + 1);
    kithi_assertion_key(pair, 0, 1, 0, 5);
    kithi_assertion_key(neither, 0, 1, 0, 6);
    static const char words[] = "what was said of a record can't be read or found";
    const damage_wrong_row rows[] = {
        {KITHI_TABLE_ASSERTION, of_nobody, 24, tag, size, words, true},
        {KITHI_TABLE_ASSERTION, elsewhere, 24, tag, size, words, true},
        {KITHI_TABLE_ASSERTION, own, 24, "\3", 1, "what was said of record number 0 can't be read",
         true},
        {KITHI_TABLE_ASSERTION, own, 24, tag, size, "disagree with their counter", true},
        {KITHI_TABLE_ASSERTION, pair, 24, "\1ann", 4, words, true},
        {KITHI_TABLE_ASSERTION, neither, 24, "\4ann", 4,
         "a decision about record number 0 can't be read", true},
        {KITHI_TABLE_ASSERTION, "short", 5, tag, size, words, true},
    };
    stand s;
    full_store_make(&s, true);
    damage_expect_each(&s, rows, COUNT(rows));
}

/* Components that wait for settle */

#define WAITING 4200 /* records; more than a component that a commit clusters */
#define ALONE   3    /* records besides, each a component of its own */

static void put_phone(stand *s, uint32_t number, const char *phone) {
    char key[16];
    snprintf(key, sizeof key, "%u", number);
    assert_int_equal(
        scratch_record(s->txn, kith_record_put, "crm", key, number, NULL, "phone", phone, NULL),
        KITH_OK);
}

/* Records 0 to WAITING - 1 share a phone, the first of them clustered before it was too many. */
static void make_waiting_store(stand *s) {
    static const char config[] =
        "{\"identifiers\": {\"phone\": {\"limit\": 0, \"generic_at\": {\"names\": 0, "
        "\"nameless\": 0}}}}";
    static const char *const phones[ALONE] = {"13912345602", "13912345603", "13912345604"};
    kith_error error = KITH_ERROR_INIT;
    stand_open_config(s, config);
    for (uint32_t i = 0; i < WAITING + ALONE; i++) {
        if (s->txn == NULL) {
            assert_int_equal(kith_txn_begin(s->store, KITH_WRITE, &s->txn, &error), KITH_OK);
        }
        put_phone(s, i, i < WAITING ? "13912345601" : phones[i - WAITING]);
        if (i == WAITING / 2) {
            stand_commit(s);
        }
    }
    stand_commit(s);
    stand_verify(s, "while records wait");
    assert_null(s->problem);
}

/* A component that is too large and that nobody lists as pending is asked for its clusters. */
static void test_taken_pending_rows(void **state) {
    (void)state;
    stand s;
    damage_stand d;
    size_t count = 0;
    make_waiting_store(&s);
    damage_begin(&d, &s);
    while (damage_do(s.path, &(damage){KITHI_TABLE_PENDING, 0, SIZE_MAX})) {
        count++;
    }
    assert_true(count > WAITING / 3);
    damage_expect(&d, "is in profile");
    damage_end(&d);
}

/* While a component waits, rows of the others are asked and all rows are counted. */
static void test_damage_beside_waiting_records(void **state) {
    (void)state;
    static const uint8_t head[4] = {0}, first[4] = {0, 0, 0, 1}, nobody[4] = {0, 1, 0, 0};
    static const uint8_t alone[4] = {0, 0, WAITING >> 8, WAITING & 0xff};
    static const uint8_t last[4] = {0, 0, (WAITING + 2) >> 8, (WAITING + 2) & 0xff};
    static const uint8_t link[24] = {0, 0, WAITING >> 8, WAITING & 0xff}, mark[16] = {1};
    static const damage_wrong_row rows[] = {
        {KITHI_TABLE_PENDING, alone, 4, NULL, 0, "only 1 records are connected", false},
        {KITHI_TABLE_MEMBER, last, 4, alone, 4, "the facts say", false},
        {KITHI_TABLE_MEMBER, nobody, 4, head, 4, "member rows are stored", false},
        {KITHI_TABLE_CLUSTER, alone, 4, last, 4, "cluster rows are stored", false},
        {KITHI_TABLE_CLUSTER, first, 4, last, 4, "cluster rows are stored", false},
        {KITHI_TABLE_LINK, nobody, 4, link, 24, "link rows are stored", false},
        {KITHI_TABLE_LINK, last, 4, link, 24, "other links", false},
        {KITHI_TABLE_GENERIC, mark, 16, NULL, 0, "generic values are stored", false},
    };
    stand s;
    make_waiting_store(&s);
    damage_expect_each(&s, rows, COUNT(rows));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_needless_pending_rows),
        cmocka_unit_test(test_pending_rows_of_nobody),
        cmocka_unit_test(test_models_that_cant_be_read),
        cmocka_unit_test(test_scored_rows_without_a_model),
        cmocka_unit_test(test_altered_statuses),
        cmocka_unit_test(test_wrong_assertions),
        cmocka_unit_test(test_taken_pending_rows),
        cmocka_unit_test(test_damage_beside_waiting_records),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
