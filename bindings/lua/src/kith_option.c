/* Options: an argument that is a table of names. */
#include "kith_lua.h"

void klua_check_options(lua_State *L, int index, const char *const names[]) {
    if (lua_isnoneornil(L, index)) {
        return;
    }
    luaL_checktype(L, index, LUA_TTABLE);
    lua_pushnil(L);
    while (lua_next(L, index)) {
        lua_pop(L, 1);
        const char *name = lua_type(L, -1) == LUA_TSTRING ? lua_tostring(L, -1) : "(no name)";
        int i = 0;
        while (names[i] != NULL && strcmp(names[i], name) != 0) {
            i++;
        }
        if (names[i] == NULL) {
            luaL_argerror(L, index, lua_pushfstring(L, "unknown option '%s'", name));
        }
    }
}

/* Pushes an option, nil where it is missing, and gives its index. */
static int option_push(lua_State *L, int index, const char *name) {
    if (lua_isnoneornil(L, index)) {
        lua_pushnil(L);
    } else {
        lua_getfield(L, index, name);
    }
    return lua_gettop(L);
}

static void option_check_type(lua_State *L, int index, const char *name, int type) {
    int given = lua_type(L, -1);
    if (given != LUA_TNIL && given != type) {
        luaL_argerror(L, index,
                      lua_pushfstring(L, "option '%s': %s expected, got %s", name,
                                      lua_typename(L, type), lua_typename(L, given)));
    }
}

const char *klua_option_text(lua_State *L, int index, const char *name) {
    option_push(L, index, name);
    option_check_type(L, index, name, LUA_TSTRING);
    size_t size = 0;
    const char *text = lua_tolstring(L, -1, &size);
    if (text != NULL && memchr(text, '\0', size) != NULL) {
        luaL_argerror(L, index, lua_pushfstring(L, "option '%s' holds a NUL byte", name));
    }
    return text;
}

bool klua_option_boolean(lua_State *L, int index, const char *name) {
    option_push(L, index, name);
    option_check_type(L, index, name, LUA_TBOOLEAN);
    bool boolean = lua_toboolean(L, -1);
    lua_pop(L, 1);
    return boolean;
}

uint64_t klua_option_count(lua_State *L, int index, const char *name, uint64_t most) {
    option_push(L, index, name);
    option_check_type(L, index, name, LUA_TNUMBER);
    lua_Number number = lua_tonumber(L, -1);
    int64_t count = 0;
    if (!klua_number_to_integer(number, &count) || count < 0 || (uint64_t)count > most) {
        luaL_argerror(L, index, lua_pushfstring(L, "option '%s' is out of range", name));
    }
    if ((lua_Number)count != number) {
        luaL_argerror(L, index, lua_pushfstring(L, "option '%s': a whole number expected", name));
    }
    lua_pop(L, 1);
    return (uint64_t)count;
}

uint64_t klua_option_count_or(lua_State *L, int index, const char *name, uint64_t otherwise) {
    bool missing = lua_isnil(L, option_push(L, index, name));
    lua_pop(L, 1);
    return missing ? otherwise : klua_option_count(L, index, name, INT64_MAX);
}

double klua_option_number(lua_State *L, int index, const char *name) {
    option_push(L, index, name);
    option_check_type(L, index, name, LUA_TNUMBER);
    double number = lua_tonumber(L, -1);
    lua_pop(L, 1);
    return number;
}

double klua_option_number_or(lua_State *L, int index, const char *name, double otherwise) {
    bool missing = lua_isnil(L, option_push(L, index, name));
    lua_pop(L, 1);
    return missing ? otherwise : klua_option_number(L, index, name);
}

int64_t klua_option_time(lua_State *L, int index, const char *name) {
    int64_t time_us = 0;
    const char *wrong = klua_read_time(L, option_push(L, index, name), &time_us);
    if (wrong != NULL) {
        luaL_argerror(L, index, lua_pushfstring(L, "option '%s': %s", name, wrong));
    }
    return time_us;
}

int klua_option_function(lua_State *L, int index, const char *name) {
    int at = option_push(L, index, name);
    option_check_type(L, index, name, LUA_TFUNCTION);
    return lua_isnil(L, at) ? 0 : at;
}
