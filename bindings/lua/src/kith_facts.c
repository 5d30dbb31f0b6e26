/* What a transaction puts: records, events, decisions of people; and records as they stand. */
#include "kith_lua.h"

int klua_push_change(lua_State *L, const klua_txn *txn, int rc, kith_change change) {
    static const char *const names[] = {"unchanged", "added", "updated", "ignored"};
    if (rc != KITH_OK) {
        return klua_fail_txn(L, txn, rc);
    }
    lua_pushstring(L, names[change]);
    return 1;
}

typedef int (*record_fn)(kith_txn *txn, const kith_record_input *input, kith_change *out_change);

static int put_record(lua_State *L, record_fn put) {
    klua_txn *txn = klua_object_check(L, 1, KLUA_TXN);
    kith_record_input input = KITH_RECORD_INPUT_INIT;
    input.source = klua_check_text(L, 2);
    input.key = klua_check_text(L, 3);
    input.at_us = klua_check_time(L, 5);
    luaL_checktype(L, 4, LUA_TTABLE);
    input.fields = klua_check_fields(L, 4, &input.field_count);
    klua_txn_will_write(L, txn);
    kith_change change = KITH_UNCHANGED;
    int rc = put(txn->handle, &input, &change);
    return klua_push_change(L, txn, rc, change);
}

static int txn_put(lua_State *L) {
    return put_record(L, kith_record_put);
}

static int txn_patch(lua_State *L) {
    return put_record(L, kith_record_patch);
}

static int txn_add(lua_State *L) {
    return put_record(L, kith_record_add);
}

static int txn_event(lua_State *L) {
    klua_txn *txn = klua_object_check(L, 1, KLUA_TXN);
    kith_event_input input = KITH_EVENT_INPUT_INIT;
    input.source = klua_check_text(L, 2);
    input.key = klua_check_text(L, 3);
    input.type = klua_check_text(L, 4);
    input.time_us = klua_check_time(L, 5);
    input.message_id = klua_optional_text(L, 7);
    input.fields = klua_check_fields(L, 6, &input.field_count);
    klua_txn_will_write(L, txn);
    kith_change change = KITH_UNCHANGED;
    int rc = kith_event_put(txn->handle, &input, &change);
    return klua_push_change(L, txn, rc, change);
}

typedef int (*decide_fn)(kith_txn *txn, const char *source_a, const char *key_a,
                         const char *source_b, const char *key_b, const char *by, int64_t at_us,
                         kith_change *out_change);

static int put_decision(lua_State *L, decide_fn decide) {
    klua_txn *txn = klua_object_check(L, 1, KLUA_TXN);
    const char *source_a, *key_a, *source_b, *key_b;
    const char *by = klua_check_text(L, 4);
    int64_t at_us = klua_check_time(L, 5);
    klua_check_reference(L, 2, &source_a, &key_a);
    klua_check_reference(L, 3, &source_b, &key_b);
    klua_txn_will_write(L, txn);
    kith_change change = KITH_UNCHANGED;
    int rc = decide(txn->handle, source_a, key_a, source_b, key_b, by, at_us, &change);
    return klua_push_change(L, txn, rc, change);
}

static int txn_link(lua_State *L) {
    return put_decision(L, kith_record_link);
}

static int txn_unlink(lua_State *L) {
    return put_decision(L, kith_record_unlink);
}

/* Fills the table on top with a record's attributes, plain and with what is known of each value. */
static void set_record_values(lua_State *L, const kith_record *record) {
    kith_record_value value = KITH_RECORD_VALUE_INIT;
    klua_value_group group = {NULL, 0};
    size_t cursor = 0;
    int count = 0;
    lua_newtable(L);
    lua_newtable(L);
    while (kith_record_next_value(record, &cursor, &value) == KITH_OK) {
        klua_group_add(L, &group, value.attribute, &value.value);
        lua_createtable(L, 0, 4);
        klua_set_text(L, "attribute", value.attribute);
        klua_push_value(L, &value.value);
        lua_setfield(L, -2, "value");
        klua_set_time(L, "at", value.at_us);
        klua_set_text(L, "status", kith_value_status_name(value.status));
        lua_rawseti(L, -3, ++count);
    }
    lua_setfield(L, -3, "attributes");
    lua_setfield(L, -2, "values");
}

void klua_push_record(lua_State *L, klua_txn *txn, const kith_record *record) {
    txn->held++;
    lua_createtable(L, 0, 8);
    klua_set_integer(L, "number", record->number);
    klua_set_id(L, "id", &record->id);
    klua_set_text(L, "source", record->source);
    klua_set_text(L, "key", record->key);
    klua_set_time(L, "first_seen", record->first_seen_us);
    klua_set_time(L, "at", record->at_us);
    set_record_values(L, record);
    txn->held--;
}

static int txn_record(lua_State *L) {
    klua_txn *txn = klua_check_txn(L, 1);
    kith_record record = KITH_RECORD_INIT;
    int rc;
    if (lua_type(L, 2) == LUA_TNUMBER) {
        uint64_t number = klua_optional_count(L, 2);
        rc = number < UINT32_MAX ? kith_record_get_number(txn->handle, (uint32_t)number, &record)
                                 : KITH_NOT_FOUND;
    } else {
        rc = kith_record_get(txn->handle, klua_check_text(L, 2), klua_check_text(L, 3), &record);
    }
    if (rc != KITH_OK) {
        return klua_fail_txn(L, txn, rc);
    }
    klua_push_record(L, txn, &record);
    return 1;
}

void klua_push_reference(lua_State *L, klua_txn *txn, uint32_t number) {
    kith_record record = KITH_RECORD_INIT;
    if (kith_record_get_number(txn->handle, number, &record) != KITH_OK) {
        lua_pushnil(L);
        return;
    }
    lua_createtable(L, 0, 2);
    klua_set_text(L, "source", record.source);
    klua_set_text(L, "key", record.key);
}

int klua_find_number(lua_State *L, const klua_txn *txn, const char *source, const char *key,
                     uint32_t *out) {
    kith_record record = KITH_RECORD_INIT;
    int rc = kith_record_get(txn->handle, source, key, &record);
    *out = record.number;
    return rc;
}

const luaL_Reg klua_txn_facts[] = {
    {"put", txn_put},   {"patch", txn_patch},   {"add", txn_add},       {"event", txn_event},
    {"link", txn_link}, {"unlink", txn_unlink}, {"record", txn_record}, {NULL, NULL}};
