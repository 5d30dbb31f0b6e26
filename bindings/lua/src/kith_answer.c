/* What functions give to Lua: numbers, texts, tables, values of attributes; and failures. */
#include "kith_lua.h"

int klua_fail(lua_State *L, int code, const kith_error *error) {
    bool has_text = error != NULL && error->code == code && error->message[0] != '\0';
    const char *message = has_text ? error->message : kith_code_name(code);
    if (code == KITH_MISUSE) {
        return luaL_error(L, "%s", message);
    }
    lua_pushnil(L);
    lua_pushstring(L, message);
    lua_pushstring(L, kith_code_name(code));
    if (!has_text || error->position < 0) {
        return 3;
    }
    klua_push_integer(L, error->position);
    return 4;
}

int klua_fail_txn(lua_State *L, const klua_txn *txn, int code) {
    kith_error error = *kith_txn_error(txn->handle);
    return klua_fail(L, code, &error);
}

int klua_answer_true(lua_State *L, int code, const kith_error *error) {
    if (code != KITH_OK) {
        return klua_fail(L, code, error);
    }
    lua_pushboolean(L, 1);
    return 1;
}

void klua_set_text(lua_State *L, const char *name, const char *text) {
    if (text != NULL) {
        lua_pushstring(L, text);
        lua_setfield(L, -2, name);
    }
}

void klua_set_integer(lua_State *L, const char *name, int64_t integer) {
    klua_push_integer(L, integer);
    lua_setfield(L, -2, name);
}

void klua_set_number(lua_State *L, const char *name, double number) {
    lua_pushnumber(L, (lua_Number)number);
    lua_setfield(L, -2, name);
}

void klua_set_boolean(lua_State *L, const char *name, bool boolean) {
    lua_pushboolean(L, boolean);
    lua_setfield(L, -2, name);
}

void klua_set_time(lua_State *L, const char *name, int64_t time_us) {
    if (time_us != INT64_MAX) {
        klua_set_integer(L, name, time_us);
    }
}

void klua_set_id(lua_State *L, const char *name, const kith_id *id) {
    char text[KITH_ID_TEXT_BYTES];
    kith_id_format(id, text);
    klua_set_text(L, name, text);
}

void klua_set_counts(lua_State *L, const void *from, const klua_count_field *fields) {
    for (; fields->name != NULL; fields++) {
        uint64_t count;
        memcpy(&count, (const char *)from + fields->offset, sizeof count);
        klua_set_integer(L, fields->name, (int64_t)count);
    }
}

void klua_push_value(lua_State *L, const kith_value *value);

static void push_list(lua_State *L, const kith_value *value) {
    luaL_checkstack(L, 4, "a value is nested too deep");
    lua_createtable(L, (int)value->as.list.count, 0);
    for (size_t i = 0; i < value->as.list.count; i++) {
        klua_push_value(L, &value->as.list.items[i]);
        lua_rawseti(L, -2, (int)i + 1);
    }
}

static void push_map(lua_State *L, const kith_value *value) {
    luaL_checkstack(L, 4, "a value is nested too deep");
    lua_createtable(L, 0, (int)value->as.map.count);
    for (size_t i = 0; i < value->as.map.count; i++) {
        klua_push_value(L, &value->as.map.fields[i].value);
        lua_setfield(L, -2, value->as.map.fields[i].name);
    }
}

void klua_push_date(lua_State *L, int64_t date_days) {
    char text[KITH_TIME_TEXT_BYTES];
    kith_date_format(date_days, text);
    lua_pushstring(L, text);
}

void klua_push_value(lua_State *L, const kith_value *value) {
    switch (value->type) {
    case KITH_TYPE_BOOLEAN:
        lua_pushboolean(L, value->as.boolean);
        return;
    case KITH_TYPE_INTEGER:
        klua_push_integer(L, value->as.integer);
        return;
    case KITH_TYPE_REAL:
        lua_pushnumber(L, value->as.real);
        return;
    case KITH_TYPE_TEXT:
        lua_pushlstring(L, value->as.text.data, value->as.text.size);
        return;
    case KITH_TYPE_DATE:
        klua_push_date(L, value->as.date_days);
        return;
    case KITH_TYPE_TIME:
        klua_push_integer(L, value->as.time_us);
        return;
    case KITH_TYPE_LIST:
        push_list(L, value);
        return;
    case KITH_TYPE_MAP:
        push_map(L, value);
        return;
    case KITH_TYPE_NULL:
        break;
    }
    lua_pushlightuserdata(L, NULL);
}

void klua_group_add(lua_State *L, klua_value_group *group, const char *name,
                    const kith_value *value) {
    if (group->name == NULL || strcmp(group->name, name) != 0) {
        *group = (klua_value_group){name, 1};
        klua_push_value(L, value);
        lua_setfield(L, -2, name);
        return;
    }
    lua_getfield(L, -1, name);
    if (group->count == 1) {
        lua_createtable(L, 2, 0);
        lua_insert(L, -2);
        lua_rawseti(L, -2, 1);
        lua_pushvalue(L, -1);
        lua_setfield(L, -3, name);
    }
    klua_push_value(L, value);
    lua_rawseti(L, -2, ++group->count);
    lua_pop(L, 1);
}
