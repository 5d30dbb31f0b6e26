/* What Lua gives to functions: texts, times, counts, records. */
#include "kith_lua.h"

const char *klua_check_text(lua_State *L, int index) {
    if (lua_type(L, index) != LUA_TSTRING) {
        klua_wrong_type(L, index, "string");
    }
    size_t size = 0;
    const char *text = lua_tolstring(L, index, &size);
    if (memchr(text, '\0', size) != NULL) {
        luaL_argerror(L, index, "the text holds a NUL byte");
    }
    return text;
}

const char *klua_optional_text(lua_State *L, int index) {
    return lua_isnoneornil(L, index) ? NULL : klua_check_text(L, index);
}

bool klua_is_integer(lua_State *L, int index) {
#if LUA_VERSION_NUM >= 503
    return lua_isinteger(L, index);
#else
    (void)L;
    (void)index;
    return false;
#endif
}

bool klua_number_to_integer(lua_Number number, int64_t *out) {
    if (!(number >= -9.2e18 && number <= 9.2e18)) {
        return false;
    }
    int64_t integer = (int64_t)number;
    *out = (lua_Number)integer > number ? integer - 1 : integer;
    return true;
}

const char *klua_read_time(lua_State *L, int index, int64_t *out_us) {
    int type = lua_type(L, index);
    if (klua_is_integer(L, index)) {
        *out_us = (int64_t)lua_tointeger(L, index);
        return NULL;
    }
    if (type == LUA_TNUMBER) {
        bool fits = klua_number_to_integer(lua_tonumber(L, index), out_us);
        return fits ? NULL : "the number is no time in microseconds";
    }
    if (type != LUA_TSTRING) {
        return lua_pushfstring(L, "time expected, as microseconds or text, got %s",
                               lua_typename(L, type));
    }
    size_t size = 0;
    const char *text = lua_tolstring(L, index, &size);
    int rc = kith_time_parse(text, size, out_us);
    return rc == KITH_OK ? NULL : lua_pushfstring(L, "'%s' is no time", text);
}

int64_t klua_check_time(lua_State *L, int index) {
    int64_t time_us = 0;
    const char *wrong = klua_read_time(L, index, &time_us);
    if (wrong != NULL) {
        luaL_argerror(L, index, wrong);
    }
    return time_us;
}

int64_t klua_optional_time(lua_State *L, int index, int64_t otherwise) {
    return lua_isnoneornil(L, index) ? otherwise : klua_check_time(L, index);
}

uint64_t klua_optional_count(lua_State *L, int index) {
    if (lua_isnoneornil(L, index)) {
        return 0;
    }
    lua_Number number = luaL_checknumber(L, index);
    int64_t count = 0;
    if (!klua_number_to_integer(number, &count) || count < 0 || (lua_Number)count != number) {
        luaL_argerror(L, index, "a whole number, zero or more, expected");
    }
    return (uint64_t)count;
}

void klua_check_reference(lua_State *L, int index, const char **out_source, const char **out_key) {
    luaL_checktype(L, index, LUA_TTABLE);
    const char *const names[] = {"source", "key"};
    const char *parts[2];
    for (int i = 0; i < 2; i++) {
        lua_rawgeti(L, index, i + 1);
        if (lua_isnil(L, -1)) {
            lua_pop(L, 1);
            lua_getfield(L, index, names[i]);
        }
        size_t size = 0;
        parts[i] = lua_type(L, -1) == LUA_TSTRING ? lua_tolstring(L, -1, &size) : NULL;
        if (parts[i] == NULL || memchr(parts[i], '\0', size) != NULL) {
            luaL_argerror(L, index, "a record as {source, key} expected");
        }
    }
    *out_source = parts[0];
    *out_key = parts[1];
}
