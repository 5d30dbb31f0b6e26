/*
 * kith_verify finds nothing in a store that kith wrote, whatever happened to it; and it does find
 * every damage of a derived table: each row of each in turn is deleted, and altered byte by byte,
 * in the file itself, where kith_check finds nothing.
 */
#include <lmdb.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "src/store/tables.h"
#include "tests/property/trial.h"

#define MAP_BYTES ((size_t)1 << 30)
#define ROW_MAX   2048

/* Sound stores */

static void expect_sound(stand *s, const char *when) {
    kith_error error = KITH_ERROR_INIT;
    uint64_t problems = 0;
    stand_verify(s, when);
    if (kith_check(s->path, NULL, &problems, &error) != KITH_OK || problems > 0) {
        stand_fail(s, "%s, check tells %llu problems: %s", when, (unsigned long long)problems,
                   error.message);
    }
}

static char *verify_finds_nothing(const history *h) {
    stand s;
    stand_open(&s, &h->rules);
    for (size_t i = 0; i < h->count && s.problem == NULL; i++) {
        const history_op *op = &h->ops[i];
        if (op->kind == HISTORY_ABORT) {
            stand_abort(&s);
        } else if (op->kind == HISTORY_COMMIT) {
            stand_commit(&s);
            expect_sound(&s, "after a commit");
        } else {
            stand_apply(&s, op, NULL);
        }
    }
    stand_commit(&s);
    expect_sound(&s, "at the end");
    return trial_end(&s);
}

static void test_verify_finds_nothing(void **state) {
    (void)state;
    trial_run("verify finds nothing", verify_finds_nothing, HISTORY_CONFIGS | HISTORY_STEPS, 1000);
}

/* A store that has rows in every derived table */

static history_op record(uint8_t key, int64_t seconds) {
    return (history_op){.kind = HISTORY_PUT, .key = key, .at_us = seconds * SECOND_US};
}

static void add_field(history_op *op, world_attribute attribute, uint8_t value) {
    op->fields[op->field_count++] = (history_field){(uint8_t)attribute, 1, {value}};
}

static void apply(stand *s, const history_op *op) {
    assert_int_equal(stand_apply(s, op, NULL), KITH_OK);
}

static void put_family(stand *s) {
    history_op jim = record(1, 1), james = record(2, 2), jane = record(3, 3), bridge = record(4, 4);
    add_field(&jim, WORLD_EMAIL, 0);
    add_field(&jim, WORLD_GIVEN_NAME, 0);
    add_field(&jim, WORLD_LOYALTY_ID, 0);
    add_field(&james, WORLD_EMAIL, 1);
    add_field(&james, WORLD_PHONE, 0);
    add_field(&james, WORLD_GIVEN_NAME, 1);
    add_field(&jane, WORLD_PHONE, 1);
    add_field(&jane, WORLD_GIVEN_NAME, 2);
    add_field(&bridge, WORLD_LOYALTY_ID, 1);
    apply(s, &jim);
    apply(s, &james);
    apply(s, &jane);
    apply(s, &bridge);
}

/* A device of three people, which is generic, and a tablet that has two loyalty ids, which is
 * shared. */
static void put_strangers(stand *s) {
    for (uint8_t i = 0; i < 3; i++) {
        history_op stranger = record((uint8_t)(5 + i), 5 + i);
        add_field(&stranger, WORLD_DEVICE_ID, 0);
        add_field(&stranger, WORLD_GIVEN_NAME, (uint8_t)(1 + i));
        apply(s, &stranger);
    }
    history_op tablet = record(8, 8);
    add_field(&tablet, WORLD_LOYALTY_ID, 0);
    tablet.fields[0] = (history_field){WORLD_LOYALTY_ID, 2, {2, 3}};
    apply(s, &tablet);
    history_op link = {.kind = HISTORY_LINK, .key = 5, .other_key = 8, .at_us = SECOND_US};
    apply(s, &link);
}

static void put_event(stand *s, uint8_t key, int64_t seconds, uint8_t message) {
    history_op event = {.kind = HISTORY_EVENT,
                        .key = key,
                        .at_us = seconds * SECOND_US,
                        .message = message,
                        .property_count = 1};
    apply(s, &event);
}

/*
 * Settled rows, one of which is due later; packed and landed events; then, if wanted, dirty
 * profiles with and without a row. (Nobody reads the row of a dirty profile, so no damage of it
 * matters.)
 */
static void make_store(stand *s, bool dirty) {
    history_op settle = {.kind = HISTORY_SETTLE, .at_us = 10 * SECOND_US};
    world_rules rules;
    memset(&rules, 0, sizeof rules);
    rules.types[WORLD_LOYALTY_ID] = (world_type){.unique = true, .priority = 30};
    rules.types[WORLD_NATIONAL_ID] = (world_type){.unique = true, .priority = 20};
    rules.types[WORLD_EMAIL] = (world_type){.limit = 3, .priority = 10, .veto = 1};
    rules.types[WORLD_PHONE] = (world_type){.limit = 3, .priority = 10, .veto = 1};
    rules.types[WORLD_DEVICE_ID] = (world_type){.names = 2};
    stand_open(s, &rules);
    put_family(s);
    put_strangers(s);
    put_event(s, 1, 3, 1);
    put_event(s, 1, 20, 2);
    put_event(s, 2, 4, 0);
    apply(s, &settle);
    stand_commit(s);
    if (dirty) {
        put_event(s, 3, 5, 3);
        put_event(s, 9, 6, 0);
        history_op late = record(10, 7);
        add_field(&late, WORLD_EMAIL, 2);
        apply(s, &late);
        stand_commit(s);
    }
    stand_verify(s, "before any damage");
    assert_null(s->problem);
}

/* Damage */

/* A row, copied. */
typedef struct row {
    size_t key_size, value_size;
    uint8_t key[ROW_MAX], value[ROW_MAX];
} row;

typedef struct damage {
    kithi_table table;
    size_t number; /* of the row in its table */
    size_t byte;   /* of the key and value, to alter; SIZE_MAX: the row is deleted */
} damage;

typedef struct opened {
    MDB_env *env;
    MDB_txn *txn;
    MDB_dbi dbi;
} opened;

static void must(int code) {
    assert_int_equal(code, MDB_SUCCESS);
}

static opened open_file(const char *path, kithi_table table) {
    opened file;
    must(mdb_env_create(&file.env));
    must(mdb_env_set_maxdbs(file.env, KITHI_TABLE_COUNT + 1));
    must(mdb_env_set_mapsize(file.env, MAP_BYTES));
    must(mdb_env_open(file.env, path, MDB_NOSUBDIR | MDB_NOLOCK | MDB_NOSYNC, 0600));
    must(mdb_txn_begin(file.env, NULL, 0, &file.txn));
    must(mdb_dbi_open(file.txn, kithi_table_names[table], 0, &file.dbi));
    return file;
}

static void close_file(opened *file) {
    must(mdb_txn_commit(file->txn));
    mdb_env_close(file->env);
}

/* Copies a row. False: the table has no more. */
static bool read_row(const opened *file, size_t number, row *out) {
    MDB_cursor *cursor = NULL;
    MDB_val key, value;
    must(mdb_cursor_open(file->txn, file->dbi, &cursor));
    int rc = mdb_cursor_get(cursor, &key, &value, MDB_FIRST);
    for (size_t i = 0; rc == MDB_SUCCESS && i < number; i++) {
        rc = mdb_cursor_get(cursor, &key, &value, MDB_NEXT);
    }
    if (rc == MDB_SUCCESS) {
        assert_true(key.mv_size <= ROW_MAX && value.mv_size <= ROW_MAX);
        out->key_size = key.mv_size;
        out->value_size = value.mv_size;
        memcpy(out->key, key.mv_data, key.mv_size);
        memcpy(out->value, value.mv_data, value.mv_size);
    }
    mdb_cursor_close(cursor);
    return rc == MDB_SUCCESS;
}

/* Does the damage. False: there is no such row or byte. */
static bool do_damage(const char *path, const damage *d) {
    row at;
    opened file = open_file(path, d->table);
    bool there = read_row(&file, d->number, &at);
    there = there && (d->byte == SIZE_MAX || d->byte < at.key_size + at.value_size);
    if (there) {
        MDB_val key = {at.key_size, at.key}, value = {at.value_size, at.value};
        must(mdb_del(file.txn, file.dbi, &key, &value));
        if (d->byte != SIZE_MAX) {
            uint8_t *byte =
                d->byte < at.key_size ? &at.key[d->byte] : &at.value[d->byte - at.key_size];
            *byte ^= 0x01;
            must(mdb_put(file.txn, file.dbi, &key, &value, 0));
        }
    }
    close_file(&file);
    return there;
}

static char *read_file(const char *path, size_t *out_size) {
    FILE *file = fopen(path, "rb");
    char *data = NULL;
    assert_non_null(file);
    fseek(file, 0, SEEK_END);
    *out_size = (size_t)ftell(file);
    rewind(file);
    data = malloc(*out_size);
    assert_int_equal(fread(data, 1, *out_size, file), *out_size);
    fclose(file);
    return data;
}

static void write_file(const char *path, const char *data, size_t size) {
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(data, 1, size, file), size);
    fclose(file);
}

static void reopen(stand *s) {
    kith_error error = KITH_ERROR_INIT;
    if (kith_open(s->path, NULL, &s->store, &error) != KITH_OK) {
        fail_msg("open: %s", error.message);
    }
}

/* Damages a fresh copy and asks. False: there is nothing there to damage. */
static bool try_damage(stand *s, const char *sound, size_t size, const damage *d) {
    char first[256];
    kith_error error = KITH_ERROR_INIT;
    uint64_t problems = 1;
    kith_close(s->store);
    s->store = NULL;
    write_file(s->path, sound, size);
    bool done = do_damage(s->path, d);
    assert_int_equal(kith_check(s->path, NULL, &problems, &error), KITH_OK);
    assert_int_equal(problems, 0);
    reopen(s);
    if (done && stand_count_problems(s, first) == 0) {
        fail_msg("verify finds nothing after row %zu of %s was %s (byte %zd)", d->number,
                 kithi_table_names[d->table], d->byte == SIZE_MAX ? "deleted" : "altered",
                 (ssize_t)d->byte);
    }
    return done;
}

static void delete_each_row(kithi_table table) {
    stand s;
    size_t size, count = 0;
    make_store(&s, table != KITHI_TABLE_STATE);
    char *sound = read_file(s.path, &size);
    while (try_damage(&s, sound, size, &(damage){table, count, SIZE_MAX})) {
        count++;
    }
    assert_true(count > 0);
    printf("%s: each of %zu rows was deleted\n", kithi_table_names[table], count);
    free(sound);
    stand_close(&s);
}

/* From the byte `first` of each row on. */
static void alter_each_byte(kithi_table table, size_t first) {
    stand s;
    size_t size, count = 0;
    make_store(&s, table != KITHI_TABLE_STATE);
    char *sound = read_file(s.path, &size);
    for (size_t number = 0;; number++) {
        size_t before = count;
        for (size_t byte = first; try_damage(&s, sound, size, &(damage){table, number, byte});
             byte++) {
            count++;
        }
        if (count == before) {
            break;
        }
    }
    assert_true(count > 0);
    printf("%s: each of %zu bytes was altered\n", kithi_table_names[table], count);
    free(sound);
    stand_close(&s);
}

#define DELETED(name, table)                                                                       \
    static void test_deleted_##name(void **state) {                                                \
        (void)state;                                                                               \
        delete_each_row(KITHI_TABLE_##table);                                                      \
    }
#define ALTERED(name, table, first)                                                                \
    static void test_altered_##name(void **state) {                                                \
        (void)state;                                                                               \
        alter_each_byte(KITHI_TABLE_##table, first);                                               \
    }

DELETED(record_key, RECORD_KEY)
DELETED(record_key_landed, RECORD_KEY_LANDED)
DELETED(identifier, IDENTIFIER)
DELETED(identifier_landed, IDENTIFIER_LANDED)
DELETED(generic, GENERIC)
DELETED(link, LINK)
DELETED(member, MEMBER)
DELETED(cluster, CLUSTER)
DELETED(event_chain, EVENT_CHAIN)
DELETED(event_message, EVENT_MESSAGE)
DELETED(state, STATE)
DELETED(due, DUE)
DELETED(dirty, DIRTY)
ALTERED(record_key, RECORD_KEY, 0)
ALTERED(record_key_landed, RECORD_KEY_LANDED, 0)
ALTERED(identifier, IDENTIFIER, 0)
ALTERED(identifier_landed, IDENTIFIER_LANDED, 0)
ALTERED(generic, GENERIC, 0)
ALTERED(link, LINK, 0)
ALTERED(member, MEMBER, 0)
ALTERED(cluster, CLUSTER, 0)
ALTERED(event_chain, EVENT_CHAIN, 0)
ALTERED(event_message, EVENT_MESSAGE, 0)
ALTERED(due, DUE, 0)

/*
 * In a state row the time at which it was settled may be another at which the facts give the same:
 * then the row is right. All else is found; so are altered keys.
 */
#define STATE_SETTLED_END (4 + 8)
ALTERED(state, STATE, STATE_SETTLED_END)

/* A mark more costs a computation; a mark less, where the row is old or missing, is found. */
static void test_cleared_dirty_bits(void **state) {
    (void)state;
    stand s;
    row at;
    size_t size, cleared = 0;
    make_store(&s, true);
    char *sound = read_file(s.path, &size);
    kith_close(s.store);
    s.store = NULL;
    opened file = open_file(s.path, KITHI_TABLE_DIRTY);
    assert_true(read_row(&file, 0, &at));
    close_file(&file);
    for (size_t bit = 0; bit < 8 * at.value_size; bit++) {
        char first[256];
        if (!(at.value[bit / 8] >> (bit % 8) & 1)) {
            continue;
        }
        row altered = at;
        altered.value[bit / 8] ^= (uint8_t)(1u << (bit % 8));
        write_file(s.path, sound, size);
        file = open_file(s.path, KITHI_TABLE_DIRTY);
        MDB_val key = {altered.key_size, altered.key}, value = {altered.value_size, altered.value};
        must(mdb_put(file.txn, file.dbi, &key, &value, 0));
        close_file(&file);
        reopen(&s);
        assert_true(stand_count_problems(&s, first) > 0);
        kith_close(s.store);
        s.store = NULL;
        cleared++;
    }
    assert_int_equal(cleared, 3);
    free(sound);
    stand_close(&s);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_deleted_record_key),
        cmocka_unit_test(test_deleted_identifier),
        cmocka_unit_test(test_deleted_generic),
        cmocka_unit_test(test_deleted_link),
        cmocka_unit_test(test_deleted_member),
        cmocka_unit_test(test_deleted_cluster),
        cmocka_unit_test(test_deleted_record_key_landed),
        cmocka_unit_test(test_deleted_identifier_landed),
        cmocka_unit_test(test_altered_record_key_landed),
        cmocka_unit_test(test_altered_identifier_landed),
        cmocka_unit_test(test_deleted_event_chain),
        cmocka_unit_test(test_deleted_event_message),
        cmocka_unit_test(test_altered_event_chain),
        cmocka_unit_test(test_deleted_state),
        cmocka_unit_test(test_deleted_due),
        cmocka_unit_test(test_deleted_dirty),
        cmocka_unit_test(test_cleared_dirty_bits),
        cmocka_unit_test(test_altered_record_key),
        cmocka_unit_test(test_altered_identifier),
        cmocka_unit_test(test_altered_generic),
        cmocka_unit_test(test_altered_link),
        cmocka_unit_test(test_altered_member),
        cmocka_unit_test(test_altered_cluster),
        cmocka_unit_test(test_altered_event_message),
        cmocka_unit_test(test_altered_due),
        cmocka_unit_test(test_altered_state),
        cmocka_unit_test(test_verify_finds_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
