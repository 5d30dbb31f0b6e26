/*
 * Work grows with the input, not with its square: what twice as many records cost is about twice
 * as much. Work is counted, not timed: steps through groups and personas, calls of LMDB, bytes
 * asked of malloc. The program is linked with --wrap for that.
 */
#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>
#include <lmdb.h>

#include "src/identity/group.h"
#include "tests/property/stand.h"

#define FEW          3000u
#define COMMIT       250u
#define WAITS_BEYOND 100 /* records of a component, so that small crowds are large ones */
/* Twice the input may cost so many times the work: 2, and something for the depth of trees, sorting
 * and arrays that double; 4 were quadratic. */
#define GROWTH_MAX   3.0

/* Counting */

typedef struct work {
    double steps, calls, bytes;
} work;

static size_t component_limit = KITHI_COMPONENT_MAX;

/* Instead of the library's, which never changes. */
size_t kithi_component_limit(void) {
    return component_limit;
}

static work done;

uint32_t __real_kithi_group_find(kithi_groups *groups, uint32_t node);
uint32_t __wrap_kithi_group_find(kithi_groups *groups, uint32_t node);
uint32_t __wrap_kithi_group_find(kithi_groups *groups, uint32_t node) {
    done.steps++;
    return __real_kithi_group_find(groups, node);
}

bool __real_kithi_personas_clash(const kithi_component *c, const kithi_attribute *type, uint32_t a,
                                 uint32_t b, uint16_t *out_attribute);
bool __wrap_kithi_personas_clash(const kithi_component *c, const kithi_attribute *type, uint32_t a,
                                 uint32_t b, uint16_t *out_attribute);
bool __wrap_kithi_personas_clash(const kithi_component *c, const kithi_attribute *type, uint32_t a,
                                 uint32_t b, uint16_t *out_attribute) {
    done.steps++;
    return __real_kithi_personas_clash(c, type, a, b, out_attribute);
}

int __real_mdb_get(MDB_txn *txn, MDB_dbi table, MDB_val *key, MDB_val *data);
int __wrap_mdb_get(MDB_txn *txn, MDB_dbi table, MDB_val *key, MDB_val *data);
int __wrap_mdb_get(MDB_txn *txn, MDB_dbi table, MDB_val *key, MDB_val *data) {
    done.calls++;
    return __real_mdb_get(txn, table, key, data);
}

int __real_mdb_cursor_get(MDB_cursor *cursor, MDB_val *key, MDB_val *data, MDB_cursor_op how);
int __wrap_mdb_cursor_get(MDB_cursor *cursor, MDB_val *key, MDB_val *data, MDB_cursor_op how);
int __wrap_mdb_cursor_get(MDB_cursor *cursor, MDB_val *key, MDB_val *data, MDB_cursor_op how) {
    done.calls++;
    return __real_mdb_cursor_get(cursor, key, data, how);
}

void *__real_malloc(size_t size);
void *__wrap_malloc(size_t size);
void *__wrap_malloc(size_t size) {
    done.bytes += (double)size;
    return __real_malloc(size);
}

/* Crowds: how record i of one looks. */

typedef struct person {
    const char *attribute, *value; /* what all share */
    char name[32], birth_date[16]; /* "": none */
} person;

typedef void (*crowd)(uint32_t i, person *out);

static void of_one_name(uint32_t i, person *out) {
    (void)i;
    *out = (person){"phone", "+442079460958", "Ann", ""};
}

static void of_many_names(uint32_t i, person *out) {
    *out = (person){"card", "GUEST1", "", ""};
    snprintf(out->name, sizeof out->name, "Name%u", i);
}

static void of_many_birthdays(uint32_t i, person *out) {
    *out = (person){"email", "ann@mail.example", "Ann", ""};
    snprintf(out->birth_date, sizeof out->birth_date, "%u-%02u-%02u", 1920 + i % 90,
             1 + i / 90 % 12, 1 + i / 1080 % 28);
}

static void of_no_name(uint32_t i, person *out) {
    (void)i;
    *out = (person){"phone", "+442079460958", "", ""};
}

static const char config[] =
    "{\"identifiers\": {\"card\": {\"normalise\": \"id\"},"
    " \"phone\": {\"generic_at\": {\"names\": 8, \"nameless\": 0}, \"veto\": [\"given_name\"]}}}";

static kith_txn *begin(stand *s, unsigned mode) {
    kith_txn *txn = NULL;
    kith_error error = KITH_ERROR_INIT;
    if (kith_txn_begin(s->store, mode, &txn, &error) != KITH_OK) {
        fail_msg("begin: %s", error.message);
    }
    return txn;
}

static void put(kith_txn *txn, const char *source, uint32_t i, crowd looks) {
    person p;
    char key[16];
    kith_field fields[3];
    kith_record_input input = KITH_RECORD_INPUT_INIT;
    looks(i, &p);
    snprintf(key, sizeof key, "%u", i);
    input.source = source;
    input.key = key;
    input.at_us = 1000 + i;
    input.fields = fields;
    fields[input.field_count++] = (kith_field){p.attribute, kith_value_text(p.value)};
    if (p.name[0] != '\0') {
        fields[input.field_count++] = (kith_field){"given_name", kith_value_text(p.name)};
    }
    if (p.birth_date[0] != '\0') {
        fields[input.field_count++] = (kith_field){"birth_date", kith_value_text(p.birth_date)};
    }
    assert_int_equal(kith_record_put(txn, &input, NULL), KITH_OK);
}

static void put_all(stand *s, const char *source, uint32_t count, uint32_t in_one, crowd looks) {
    for (uint32_t i = 0; i < count;) {
        kith_txn *txn = begin(s, KITH_WRITE);
        for (uint32_t end = i + in_one; i < end && i < count; i++) {
            put(txn, source, i, looks);
        }
        assert_int_equal(kith_txn_commit(txn, NULL), KITH_OK);
    }
}

static void settle(stand *s) {
    kith_txn *txn = begin(s, KITH_WRITE);
    assert_int_equal(kith_settle(txn, 0, 0, NULL), KITH_OK);
    assert_int_equal(kith_txn_commit(txn, NULL), KITH_OK);
}

static void ask_why(stand *s, uint32_t a, uint32_t b) {
    kith_explanation *explanation = NULL;
    kith_txn *txn = begin(s, KITH_READ);
    assert_int_equal(kith_explain_why(txn, a, b, &explanation), KITH_OK);
    kith_explanation_free(explanation);
    kith_txn_abort(txn);
}

/* What a crowd costs: imported in commits, settled, explained, verified. */
static work cost_of_crowd(uint32_t count, crowd looks) {
    stand s;
    done = (work){0, 0, 0};
    stand_open_config(&s, config);
    put_all(&s, "crm", count, COMMIT, looks);
    settle(&s);
    ask_why(&s, 0, count - 1);
    char first[256];
    assert_int_equal(stand_count_problems(&s, first), 0);
    work result = done;
    stand_close(&s);
    return result;
}

/* What a large transaction costs while another crowd waits. */
static work cost_beside_one_that_waits(uint32_t count, crowd looks) {
    stand s;
    stand_open_config(&s, config);
    put_all(&s, "crm", 2 * WAITS_BEYOND, COMMIT, of_no_name);
    component_limit = count + 1;
    done = (work){0, 0, 0};
    put_all(&s, "shop", count, count, looks);
    work result = done;
    component_limit = WAITS_BEYOND;
    stand_close(&s);
    return result;
}

/* What puts one by one into a crowd cost that is there already. */
static work cost_of_single_puts(uint32_t count, crowd looks) {
    stand s;
    stand_open_config(&s, config);
    put_all(&s, "crm", count, COMMIT, looks);
    settle(&s);
    done = (work){0, 0, 0};
    put_all(&s, "shop", 50, 1, looks);
    work result = done;
    stand_close(&s);
    return result;
}

static void compare(const char *what, const char *of, double few, double many, double growth) {
    print_message("%s, %s: %.0f, of twice as many %.0f (%.2fx)\n", what, of, few, many,
                  few > 0 ? many / few : 0);
    if (many > growth * few + 1000) {
        fail_msg("%s: %s grow faster than the input", what, of);
    }
}

static void compare_work(const char *what, work few, work many, double growth) {
    compare(what, "steps", few.steps, many.steps, growth);
    compare(what, "calls of LMDB", few.calls, many.calls, growth);
    compare(what, "bytes of memory", few.bytes, many.bytes, growth);
}

static const struct {
    const char *name;
    crowd looks;
} crowds[] = {
    {"a crowd of one name", of_one_name},
    {"a crowd of many names", of_many_names},
    {"a crowd of many birthdays", of_many_birthdays},
    {"a crowd without a name", of_no_name},
};

static void test_crowds(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof crowds / sizeof crowds[0]; i++) {
        work few = cost_of_crowd(FEW, crowds[i].looks);
        compare_work(crowds[i].name, few, cost_of_crowd(2 * FEW, crowds[i].looks), GROWTH_MAX);
    }
}

static void test_beside_one_that_waits(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof crowds / sizeof crowds[0]; i++) {
        work few = cost_beside_one_that_waits(FEW, crowds[i].looks);
        work many = cost_beside_one_that_waits(2 * FEW, crowds[i].looks);
        compare_work(crowds[i].name, few, many, GROWTH_MAX);
    }
}

/* A put costs the same, however large the crowd. */
static void test_single_puts(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof crowds / sizeof crowds[0]; i++) {
        work few = cost_of_single_puts(FEW, crowds[i].looks);
        compare_work(crowds[i].name, few, cost_of_single_puts(2 * FEW, crowds[i].looks), 1.3);
    }
}

static int make_crowds_large(void **state) {
    (void)state;
    component_limit = WAITS_BEYOND;
    return 0;
}

static int end(void **state) {
    (void)state;
    component_limit = KITHI_COMPONENT_MAX;
    return 0;
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_crowds),
        cmocka_unit_test(test_beside_one_that_waits),
        cmocka_unit_test(test_single_puts),
    };
    return cmocka_run_group_tests(tests, make_crowds_large, end);
}
