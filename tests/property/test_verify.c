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

#include "src/base/bytes.h"
#include "src/fact/record_row.h"
#include "src/store/checksum.h"
#include "src/store/tables.h"
#include "tests/property/scored.h"
#include "tests/property/trial.h"

#define MAP_BYTES ((size_t)1 << 30)
#define ROW_MAX   65536

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
    trial_run("verify finds nothing, with scored links", verify_finds_nothing,
              HISTORY_CONFIGS | HISTORY_STEPS | HISTORY_SCORED, 300);
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

/* Three records that share no identifier, and are likely one person. */
static void put_triplets(stand *s) {
    for (uint8_t i = 0; i < 3; i++) {
        history_op op = record((uint8_t)(11 + i), 5 + i);
        add_field(&op, WORLD_GIVEN_NAME, 0);
        add_field(&op, WORLD_FAMILY_NAME, 0);
        add_field(&op, WORLD_BIRTH_DATE, (uint8_t)(i / 2));
        apply(s, &op);
    }
    stand_commit(s);
    stand_verify(s, "with the triplets");
    assert_null(s->problem);
}

/* One that has rows in this table. */
static void make_store_for(stand *s, kithi_table table) {
    static const history any = {.seed = 8};
    bool of_scored =
        table == KITHI_TABLE_MODEL || table == KITHI_TABLE_BLOCK || table == KITHI_TABLE_SCORED;
    scored_use(of_scored ? &any : NULL);
    make_store(s, table != KITHI_TABLE_STATE);
    scored_use(NULL);
    if (of_scored) {
        put_triplets(s);
    }
}

static void delete_each_row(kithi_table table) {
    stand s;
    size_t size, count = 0;
    make_store_for(&s, table);
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
    make_store_for(&s, table);
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
DELETED(model, MODEL)
DELETED(block, BLOCK)
DELETED(scored, SCORED)
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
ALTERED(scored, SCORED, 0)

/*
 * In a state row the time at which it was settled may be another at which the facts give the same:
 * then the row is right. All else is found; so are altered keys.
 */
#define STATE_SETTLED_END (4 + 8)
ALTERED(state, STATE, STATE_SETTLED_END)

/* Each byte of a chunk of the index; of the row behind the chunks those that count the main run's
 * entries. Where a run goes on to be emptied may be any place. */
static void test_altered_block(void **state) {
    (void)state;
    stand s;
    size_t size, count = 0;
    make_store_for(&s, KITHI_TABLE_BLOCK);
    char *sound = read_file(s.path, &size);
    while (try_damage(&s, sound, size, &(damage){KITHI_TABLE_BLOCK, 0, count})) {
        count++;
    }
    assert_true(count > 100);
    for (size_t byte = 0; byte < 1 + 8; byte++) {
        assert_true(try_damage(&s, sound, size, &(damage){KITHI_TABLE_BLOCK, 1, byte}));
    }
    printf("block: each of %zu bytes was altered\n", count);
    free(sound);
    stand_close(&s);
}

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

/* Components that wait for settle */

#define WAITING 4200 /* records; more than a component that a commit clusters */
#define ALONE   3    /* records besides, each a component of its own */

static void put_phone(stand *s, uint32_t number, const char *phone) {
    kith_record_input input = KITH_RECORD_INPUT_INIT;
    char key[16];
    kith_field fields[1] = {{"phone", kith_value_text(phone)}};
    snprintf(key, sizeof key, "%u", number);
    input.source = "crm";
    input.key = key;
    input.at_us = number;
    input.fields = fields;
    input.field_count = 1;
    assert_int_equal(kith_record_put(s->txn, &input, NULL), KITH_OK);
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

static void put_row(const char *path, kithi_table table, const void *key_bytes, size_t key_size,
                    const void *value_bytes, size_t value_size) {
    opened file = open_file(path, table);
    MDB_val key = {key_size, (void *)key_bytes}, value = {value_size, (void *)value_bytes};
    must(mdb_put(file.txn, file.dbi, &key, &value, 0));
    close_file(&file);
}

/* The same in a table whose values end in a checksum. */
static void put_checked_row(const char *path, kithi_table table, const void *key, size_t key_size,
                            const char *content) {
    uint8_t value[ROW_MAX];
    size_t size = strlen(content);
    memcpy(value, content, size);
    kithi_put64(value + size, kithi_checksum(table, key, key_size, content, size));
    put_row(path, table, key, key_size, value, size + KITHI_CHECKSUM_BYTES);
}

/* Gives the first problem that verify tells of the file as it now is; closes the store. */
static void expect_problem(stand *s, const char *words) {
    char first[256];
    kith_error error = KITH_ERROR_INIT;
    uint64_t problems = 1;
    assert_int_equal(kith_check(s->path, NULL, &problems, &error), KITH_OK);
    assert_int_equal(problems, 0);
    reopen(s);
    assert_true(stand_count_problems(s, first) > 0);
    if (strstr(first, words) == NULL) {
        fail_msg("verify tells \"%s\" where \"%s\" was to be told", first, words);
    }
    kith_close(s->store);
    s->store = NULL;
}

/* A record that is listed as pending though its component is small. */
static void test_needless_pending_rows(void **state) {
    (void)state;
    stand s;
    size_t size;
    make_store(&s, true);
    char *sound = read_file(s.path, &size);
    kith_close(s.store);
    s.store = NULL;
    for (uint8_t record = 0; record < 9; record++) {
        const uint8_t number[4] = {0, 0, 0, record};
        write_file(s.path, sound, size);
        put_row(s.path, KITHI_TABLE_PENDING, number, sizeof number, NULL, 0);
        expect_problem(&s, "awaits settle, but only");
    }
    free(sound);
    stand_close(&s);
}

/* Of two models the older isn't in force any more, but can be asked for. */
static void test_models_that_cant_be_read(void **state) {
    (void)state;
    static const uint8_t older[4] = {0, 0, 0, 1}, newer[4] = {0, 0, 0, 2}, longer[5] = {0};
    stand s;
    size_t size;
    make_store_for(&s, KITHI_TABLE_MODEL);
    kith_resolve_options options = KITH_RESOLVE_OPTIONS_INIT;
    kith_error error = KITH_ERROR_INIT;
    options.train = true;
    assert_int_equal(kith_resolve(s.store, &options, NULL, &error), KITH_OK);
    stand_verify(&s, "before any damage");
    assert_null(s.problem);
    char *sound = read_file(s.path, &size);
    kith_close(s.store);
    s.store = NULL;
    put_checked_row(s.path, KITHI_TABLE_MODEL, older, sizeof older, "no model");
    expect_problem(&s, "match model 1 can't be read");
    write_file(s.path, sound, size);
    put_checked_row(s.path, KITHI_TABLE_MODEL, newer, sizeof newer, "no model");
    expect_problem(&s, "can't be read");
    write_file(s.path, sound, size);
    put_checked_row(s.path, KITHI_TABLE_MODEL, longer, sizeof longer, "no model");
    expect_problem(&s, "match model 0 can't be read");
    free(sound);
    stand_close(&s);
}

/* Rows that scored links come from, without a model. */
static void test_scored_rows_without_a_model(void **state) {
    (void)state;
    static const uint8_t record[4] = {0, 0, 0, 1}, pair[16] = {0, 0, 0, 2, 0x80, 0, 1};
    static const uint8_t chunk[10] = {0}, entry[9] = {0};
    static const struct {
        kithi_table table;
        const uint8_t *key;
        size_t key_size;
        const uint8_t *value;
        size_t value_size;
        const char *words;
    } rows[] = {
        {KITHI_TABLE_SCORED, record, 4, pair, 16, "1 scored pairs are stored that the facts don't"},
        {KITHI_TABLE_BLOCK, chunk, 10, entry, 9, "the index of block keys is damaged"},
    };
    stand s;
    size_t size;
    make_store(&s, true);
    char *sound = read_file(s.path, &size);
    kith_close(s.store);
    s.store = NULL;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        write_file(s.path, sound, size);
        put_row(s.path, rows[i].table, rows[i].key, rows[i].key_size, rows[i].value,
                rows[i].value_size);
        expect_problem(&s, rows[i].words);
    }
    free(sound);
    stand_close(&s);
}

/* One that there is no record for, or that is no record's number. */
static void test_pending_rows_of_nobody(void **state) {
    (void)state;
    stand s;
    size_t size;
    const uint8_t number[8] = {0, 0, 0, 77};
    make_store(&s, true);
    char *sound = read_file(s.path, &size);
    kith_close(s.store);
    s.store = NULL;
    for (size_t key_size = 1; key_size <= sizeof number; key_size++) {
        write_file(s.path, sound, size);
        put_row(s.path, KITHI_TABLE_PENDING, number, key_size, NULL, 0);
        expect_problem(&s, "1 pending rows are stored, but the facts give 0");
    }
    free(sound);
    stand_close(&s);
}

/* A component that is too large and that nobody lists as pending is asked for its clusters. */
static void test_taken_pending_rows(void **state) {
    (void)state;
    stand s;
    size_t count = 0;
    make_waiting_store(&s);
    kith_close(s.store);
    s.store = NULL;
    while (do_damage(s.path, &(damage){KITHI_TABLE_PENDING, 0, SIZE_MAX})) {
        count++;
    }
    assert_true(count > WAITING / 3);
    expect_problem(&s, "is in profile");
    stand_close(&s);
}

/* While a component waits, rows of the others are asked and all rows are counted. */
static void test_damage_beside_waiting_records(void **state) {
    (void)state;
    static const uint8_t head[4] = {0}, first[4] = {0, 0, 0, 1}, nobody[4] = {0, 1, 0, 0};
    static const uint8_t alone[4] = {0, 0, WAITING >> 8, WAITING & 0xff};
    static const uint8_t last[4] = {0, 0, (WAITING + 2) >> 8, (WAITING + 2) & 0xff};
    static const uint8_t link[24] = {0, 0, WAITING >> 8, WAITING & 0xff}, mark[16] = {1};
    static const struct {
        kithi_table table;
        const uint8_t *key;
        size_t key_size;
        const uint8_t *value;
        size_t value_size;
        const char *words;
    } rows[] = {
        {KITHI_TABLE_PENDING, alone, 4, NULL, 0, "only 1 records are connected"},
        {KITHI_TABLE_MEMBER, last, 4, alone, 4, "the facts say"},
        {KITHI_TABLE_MEMBER, nobody, 4, head, 4, "member rows are stored"},
        {KITHI_TABLE_CLUSTER, alone, 4, last, 4, "cluster rows are stored"},
        {KITHI_TABLE_CLUSTER, first, 4, last, 4, "cluster rows are stored"},
        {KITHI_TABLE_LINK, nobody, 4, link, 24, "link rows are stored"},
        {KITHI_TABLE_LINK, last, 4, link, 24, "other links"},
        {KITHI_TABLE_GENERIC, mark, 16, NULL, 0, "generic values are stored"},
    };
    stand s;
    size_t size;
    make_waiting_store(&s);
    char *sound = read_file(s.path, &size);
    kith_close(s.store);
    s.store = NULL;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        write_file(s.path, sound, size);
        put_row(s.path, rows[i].table, rows[i].key, rows[i].key_size, rows[i].value,
                rows[i].value_size);
        expect_problem(&s, rows[i].words);
    }
    free(sound);
    stand_close(&s);
}

/* Gives the identifiers of a record another status, in a row that is sound by itself. */
static void restate_identifiers(const char *path, uint8_t record, kith_value_status status) {
    static kithi_row_value values[64];
    row at;
    kithi_row_header header;
    kithi_walker walker;
    kithi_buffer written;
    size_t count = 0;
    uint8_t sum[KITHI_CHECKSUM_BYTES];
    opened file = open_file(path, KITHI_TABLE_RECORD);
    assert_true(read_row(&file, record, &at));
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
    MDB_val key = {at.key_size, at.key}, value = {written.size, written.data};
    must(mdb_put(file.txn, file.dbi, &key, &value, 0));
    close_file(&file);
    kithi_buffer_clear(&written);
}

/* The status of a value is what the definitions say of it. (That it was accepted is a fact.) */
static void test_altered_statuses(void **state) {
    (void)state;
    static const kith_value_status others[] = {KITH_VALUE_PLAIN, KITH_VALUE_BLOCKED};
    stand s;
    size_t size;
    make_store(&s, true);
    char *sound = read_file(s.path, &size);
    kith_close(s.store);
    s.store = NULL;
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
        write_file(s.path, sound, size);
        restate_identifiers(s.path, 0, others[i]);
        expect_problem(&s, "a value of another status");
    }
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
        cmocka_unit_test(test_deleted_model),
        cmocka_unit_test(test_deleted_block),
        cmocka_unit_test(test_deleted_scored),
        cmocka_unit_test(test_altered_block),
        cmocka_unit_test(test_altered_scored),
        cmocka_unit_test(test_models_that_cant_be_read),
        cmocka_unit_test(test_scored_rows_without_a_model),
        cmocka_unit_test(test_altered_record_key),
        cmocka_unit_test(test_altered_identifier),
        cmocka_unit_test(test_altered_generic),
        cmocka_unit_test(test_altered_link),
        cmocka_unit_test(test_altered_member),
        cmocka_unit_test(test_altered_cluster),
        cmocka_unit_test(test_altered_event_message),
        cmocka_unit_test(test_altered_due),
        cmocka_unit_test(test_altered_state),
        cmocka_unit_test(test_altered_statuses),
        cmocka_unit_test(test_needless_pending_rows),
        cmocka_unit_test(test_pending_rows_of_nobody),
        cmocka_unit_test(test_taken_pending_rows),
        cmocka_unit_test(test_damage_beside_waiting_records),
        cmocka_unit_test(test_verify_finds_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
