/*
 * Values of attributes and properties from Lua.
 *
 * A table becomes one userdata of fields and items. The first walk checks it and measures the
 * bytes, the second fills them. Between the two a finalizer may change the table, so the second
 * minds its bounds.
 */
#include "kith_lua.h"

#include <stdlib.h>

#define MAX_DEPTH 32 /* of tables in tables, as attributes or properties */

typedef struct builder {
    lua_State *L;
    int argument;     /* that the errors speak of */
    char *next, *end; /* free memory */
} builder;

static void builder_refuse(const builder *b, const char *why) {
    luaL_argerror(b->L, b->argument, why);
}

static size_t measure_value(const builder *b, int depth);

/* How many entries the table on top has; true if they are named, false for a list. */
static bool table_shape(const builder *b, size_t *out_count) {
    lua_State *L = b->L;
    size_t names = 0, indexes = 0;
    lua_pushnil(L);
    while (lua_next(L, -2)) {
        lua_pop(L, 1);
        int type = lua_type(L, -1);
        names += type == LUA_TSTRING;
        indexes += type == LUA_TNUMBER;
        if (type != LUA_TSTRING && type != LUA_TNUMBER) {
            builder_refuse(b, "a name is a string");
        }
    }
    if (names > 0 && indexes > 0) {
        builder_refuse(b, "a table holds either names or a list, not both");
    }
    *out_count = names + indexes;
    return names > 0;
}

static size_t measure_list(const builder *b, size_t count, int depth) {
    size_t bytes = count * sizeof(kith_value);
    for (size_t i = 0; i < count; i++) {
        lua_rawgeti(b->L, -1, (int)i + 1);
        if (lua_isnil(b->L, -1)) {
            builder_refuse(b, "a list has a hole, or an index that is none");
        }
        bytes += measure_value(b, depth + 1);
        lua_pop(b->L, 1);
    }
    return bytes;
}

static size_t measure_map(const builder *b, size_t count, int depth) {
    size_t bytes = count * sizeof(kith_field);
    lua_pushnil(b->L);
    while (lua_next(b->L, -2)) {
        size_t size = 0;
        const char *name = lua_tolstring(b->L, -2, &size);
        if (memchr(name, '\0', size) != NULL) {
            builder_refuse(b, "a name holds a NUL byte");
        }
        bytes += measure_value(b, depth + 1);
        lua_pop(b->L, 1);
    }
    return bytes;
}

static size_t measure_table(const builder *b, int depth) {
    if (depth > MAX_DEPTH) {
        builder_refuse(b, "tables are nested too deep");
    }
    luaL_checkstack(b->L, 8, "tables are nested too deep");
    size_t count = 0;
    return table_shape(b, &count) ? measure_map(b, count, depth) : measure_list(b, count, depth);
}

static size_t measure_value(const builder *b, int depth) {
    int type = lua_type(b->L, -1);
    if (type == LUA_TTABLE) {
        return measure_table(b, depth);
    }
    bool is_null = type == LUA_TLIGHTUSERDATA && lua_touserdata(b->L, -1) == NULL;
    if (type != LUA_TBOOLEAN && type != LUA_TNUMBER && type != LUA_TSTRING && !is_null) {
        builder_refuse(b, lua_pushfstring(b->L, "a %s is no value", lua_typename(b->L, type)));
    }
    return 0;
}

static void *builder_take(builder *b, size_t bytes) {
    if (bytes > (size_t)(b->end - b->next)) {
        builder_refuse(b, "a finalizer changed the table while it was read");
    }
    luaL_checkstack(b->L, 8, "tables are nested too deep");
    void *taken = b->next;
    b->next += bytes;
    return taken;
}

static kith_value fill_value(builder *b);

static kith_value fill_list(builder *b, size_t count) {
    kith_value *items = builder_take(b, count * sizeof *items);
    for (size_t i = 0; i < count; i++) {
        lua_rawgeti(b->L, -1, (int)i + 1);
        items[i] = fill_value(b);
        lua_pop(b->L, 1);
    }
    kith_value list = {.type = KITH_TYPE_LIST, .as.list = {items, count}};
    return list;
}

static int compare_fields(const void *a, const void *b) {
    return strcmp(((const kith_field *)a)->name, ((const kith_field *)b)->name);
}

/* Lua walks a table in an order that differs from run to run; the core gets the names sorted. */
static kith_value fill_map(builder *b, size_t count) {
    kith_field *fields = builder_take(b, count * sizeof *fields);
    kith_field *field = fields;
    lua_pushnil(b->L);
    while (lua_next(b->L, -2)) {
        field->name = lua_tostring(b->L, -2);
        field->value = fill_value(b);
        field++;
        lua_pop(b->L, 1);
    }
    qsort(fields, count, sizeof *fields, compare_fields);
    kith_value map = {.type = KITH_TYPE_MAP, .as.map = {fields, count}};
    return map;
}

/* Without a type for integers, a whole number below 2^53 is one. */
static kith_value fill_number(lua_State *L) {
    if (klua_is_integer(L, -1)) {
        return kith_value_integer((int64_t)lua_tointeger(L, -1));
    }
    lua_Number number = lua_tonumber(L, -1);
#if LUA_VERSION_NUM < 503
    if (number >= -9007199254740992.0 && number <= 9007199254740992.0 &&
        (lua_Number)(int64_t)number == number) {
        return kith_value_integer((int64_t)number);
    }
#endif
    return kith_value_real(number);
}

static kith_value fill_value(builder *b) {
    lua_State *L = b->L;
    size_t count = 0;
    switch (lua_type(L, -1)) {
    case LUA_TBOOLEAN:
        return kith_value_boolean(lua_toboolean(L, -1));
    case LUA_TNUMBER:
        return fill_number(L);
    case LUA_TSTRING: {
        const char *text = lua_tolstring(L, -1, &count);
        return kith_value_text_n(text, count);
    }
    case LUA_TTABLE:
        return table_shape(b, &count) ? fill_map(b, count) : fill_list(b, count);
    default:
        return kith_value_null();
    }
}

const kith_field *klua_check_fields(lua_State *L, int index, size_t *out_count) {
    *out_count = 0;
    if (lua_isnoneornil(L, index)) {
        return NULL;
    }
    luaL_checktype(L, index, LUA_TTABLE);
    builder b = {L, index, NULL, NULL};
    size_t count = 0;
    lua_pushvalue(L, index);
    if (!table_shape(&b, &count) && count > 0) {
        luaL_argerror(L, index, "a table of names and values expected");
    }
    size_t bytes = measure_table(&b, 1);
    b.next = lua_newuserdata(L, bytes > 0 ? bytes : 1);
    b.end = b.next + bytes;
    lua_insert(L, -2);
    kith_value map = fill_value(&b);
    lua_pop(L, 1);
    if (map.type != KITH_TYPE_MAP) {
        return NULL;
    }
    *out_count = map.as.map.count;
    return map.as.map.fields;
}
