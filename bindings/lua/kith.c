/*
 * The Lua binding: require "kith" in Lua 5.1, LuaJIT, 5.3 and 5.4. kith.d.lua describes its use.
 *
 * What must stay true:
 *  - Lua leaves a C function by longjmp. So what C owns is held by a userdata before Lua is asked
 *    for memory, and an error of a callback is caught before it could jump through the core.
 *  - Any allocation may run finalizers, and these may end a transaction. So a function allocates
 *    first, then checks its handles, then calls the core; and while it reads what is borrowed
 *    from a transaction, that transaction is held: calls on it raise.
 *  - A child keeps its parents alive: its user value is the anchor table of its parent.
 */
#include <kith.h>

#include <lua.h>
#include <lauxlib.h>

#include <stdlib.h>
#include <string.h>

#if LUA_VERSION_NUM < 502
#define lua_setuservalue(L, index)            lua_setfenv(L, index)
#define lua_getuservalue(L, index)            lua_getfenv(L, index)
#define lua_rawlen(L, index)                  lua_objlen(L, index)
#define luaL_setfuncs(L, functions, upvalues) luaL_openlib(L, NULL, functions, upvalues)
#endif

#define MAX_DEPTH           32   /* of tables in tables, as attributes or properties */
#define MAX_LISTED_PROBLEMS 1000 /* of a check; the count is of all */

/* Metatables are upvalues of every function: giving one to an object costs no look-up by name. */
enum { CLASS_STORE = 1, CLASS_TXN, CLASS_PROFILE, CLASS_ITER, CLASS_OWNED, CLASS_END };
static const char *const class_names[CLASS_END] = {NULL,           "kith.store", "kith.txn",
                                                   "kith.profile", "kith.iter",  "kith.owned"};

/* What every object begins with: the address of its class's name, which no other userdata holds.
 * To compare it takes fewer calls of Lua than a metatable, and in a point read these are felt. */
typedef struct object {
    const char *const *class_name;
} object;

typedef struct lua_store {
    object head;
    kith *handle;           /* NULL: closed */
    struct lua_txn *writer; /* the open write transaction */
    const char *writing;    /* what is under way and itself holds write transactions, or NULL */
    unsigned held;          /* calls of the core that are under way */
} lua_store;

typedef struct lua_txn {
    object head;
    kith_txn *handle; /* NULL: ended */
    lua_store *store;
    struct lua_iter *iters; /* the open ones: the core wants them closed first */
    uint64_t generation;    /* what was borrowed in an older one is gone */
    unsigned held;          /* borrowed memory is being read */
    bool writes, reset;
} lua_txn;

enum iter_kind { ITER_RECORDS, ITER_PROFILES, ITER_EVENTS };

typedef struct lua_iter {
    object head;
    void *handle; /* NULL: closed */
    enum iter_kind kind;
    lua_txn *txn;
    struct lua_iter *next, **link;
    uint64_t generation, step;
} lua_iter;

typedef struct lua_profile {
    object head;
    kith_profile view;
    lua_txn *txn;
    lua_iter *iter; /* NULL, or the profile ends at its next step */
    uint64_t generation, step;
} lua_profile;

/* Memory that the core gave away; the userdata frees it when Lua leaves by an error. */
typedef struct owned {
    object head;
    void *memory;
    void (*release)(void *memory);
} owned;

/* ---- objects ---- */

static void *object_new(lua_State *L, int class_index, size_t size) {
    object *head = lua_newuserdata(L, size);
    memset(head, 0, size);
    head->class_name = &class_names[class_index];
    lua_pushvalue(L, lua_upvalueindex(class_index));
    lua_setmetatable(L, -2);
    return head;
}

static int wrong_type(lua_State *L, int index, const char *expected) {
    const char *given = lua_typename(L, lua_type(L, index));
    return luaL_argerror(L, index, lua_pushfstring(L, "%s expected, got %s", expected, given));
}

static void *object_check(lua_State *L, int index, int class_index) {
    object *head = lua_touserdata(L, index);
    /* A light userdata has no length: it is never looked into. */
    if (head == NULL || lua_rawlen(L, index) < sizeof *head ||
        head->class_name != &class_names[class_index]) {
        wrong_type(L, index, class_names[class_index]);
    }
    return head;
}

/* Gives the object on top an anchor table of its own: itself, and the anchor of its parent. */
static void anchor_parent(lua_State *L, int parent) {
    lua_createtable(L, 2, 0);
    lua_pushvalue(L, -2);
    lua_rawseti(L, -2, 1);
    if (parent != 0) {
        lua_getuservalue(L, parent);
        lua_rawseti(L, -2, 2);
    }
    lua_setuservalue(L, -2);
}

/* The object on top has no children: it borrows the anchor of its parent. */
static void anchor_leaf(lua_State *L, int parent) {
    lua_getuservalue(L, parent);
    lua_setuservalue(L, -2);
}

static owned *owned_new(lua_State *L, void (*release)(void *memory)) {
    owned *box = object_new(L, CLASS_OWNED, sizeof *box);
    box->release = release;
    return box;
}

static void owned_free(owned *box) {
    if (box->memory != NULL) {
        box->release(box->memory);
        box->memory = NULL;
    }
}

static int owned_gc(lua_State *L) {
    owned_free(lua_touserdata(L, 1));
    return 0;
}

/* ---- answers ---- */

static void push_integer(lua_State *L, int64_t integer) {
#if LUA_VERSION_NUM >= 503
    lua_pushinteger(L, integer);
#else
    lua_pushnumber(L, (lua_Number)integer);
#endif
}

/* nil, message, code and, where the input has one, the position. Wrong use raises instead. */
static int fail(lua_State *L, int code, const kith_error *error) {
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
    push_integer(L, error->position);
    return 4;
}

static int fail_txn(lua_State *L, const lua_txn *txn, int code) {
    kith_error error = *kith_txn_error(txn->handle);
    return fail(L, code, &error);
}

static int answer_true(lua_State *L, int code, const kith_error *error) {
    if (code != KITH_OK) {
        return fail(L, code, error);
    }
    lua_pushboolean(L, 1);
    return 1;
}

static void set_text(lua_State *L, const char *name, const char *text) {
    if (text != NULL) {
        lua_pushstring(L, text);
        lua_setfield(L, -2, name);
    }
}

static void set_integer(lua_State *L, const char *name, int64_t integer) {
    push_integer(L, integer);
    lua_setfield(L, -2, name);
}

static void set_number(lua_State *L, const char *name, double number) {
    lua_pushnumber(L, (lua_Number)number);
    lua_setfield(L, -2, name);
}

static void set_boolean(lua_State *L, const char *name, bool boolean) {
    lua_pushboolean(L, boolean);
    lua_setfield(L, -2, name);
}

/* INT64_MAX stands for never, which is nil. */
static void set_time(lua_State *L, const char *name, int64_t time_us) {
    if (time_us != INT64_MAX) {
        set_integer(L, name, time_us);
    }
}

static void set_id(lua_State *L, const char *name, const kith_id *id) {
    char text[KITH_ID_TEXT_BYTES];
    kith_id_format(id, text);
    set_text(L, name, text);
}

/* The 64-bit counts of a struct, by name. */
typedef struct count_field {
    const char *name;
    size_t offset;
} count_field;
#define COUNT(type, field)                                                                         \
    { #field, offsetof(type, field) }

static void set_counts(lua_State *L, const void *from, const count_field *fields) {
    for (; fields->name != NULL; fields++) {
        uint64_t count;
        memcpy(&count, (const char *)from + fields->offset, sizeof count);
        set_integer(L, fields->name, (int64_t)count);
    }
}

static void push_value(lua_State *L, const kith_value *value);

static void push_list(lua_State *L, const kith_value *value) {
    luaL_checkstack(L, 4, "a value is nested too deep");
    lua_createtable(L, (int)value->as.list.count, 0);
    for (size_t i = 0; i < value->as.list.count; i++) {
        push_value(L, &value->as.list.items[i]);
        lua_rawseti(L, -2, (int)i + 1);
    }
}

static void push_map(lua_State *L, const kith_value *value) {
    luaL_checkstack(L, 4, "a value is nested too deep");
    lua_createtable(L, 0, (int)value->as.map.count);
    for (size_t i = 0; i < value->as.map.count; i++) {
        push_value(L, &value->as.map.fields[i].value);
        lua_setfield(L, -2, value->as.map.fields[i].name);
    }
}

static void push_date(lua_State *L, int64_t date_days) {
    char text[KITH_TIME_TEXT_BYTES];
    kith_date_format(date_days, text);
    lua_pushstring(L, text);
}

static void push_value(lua_State *L, const kith_value *value) {
    switch (value->type) {
    case KITH_TYPE_BOOLEAN:
        lua_pushboolean(L, value->as.boolean);
        return;
    case KITH_TYPE_INTEGER:
        push_integer(L, value->as.integer);
        return;
    case KITH_TYPE_REAL:
        lua_pushnumber(L, value->as.real);
        return;
    case KITH_TYPE_TEXT:
        lua_pushlstring(L, value->as.text.data, value->as.text.size);
        return;
    case KITH_TYPE_DATE:
        push_date(L, value->as.date_days);
        return;
    case KITH_TYPE_TIME:
        push_integer(L, value->as.time_us);
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

/* Fills a table of attributes: one value stands alone, several become a list. */
typedef struct value_group {
    const char *name; /* of the values that came last */
    int count;
} value_group;

static void group_add(lua_State *L, value_group *group, const char *name, const kith_value *value) {
    if (group->name == NULL || strcmp(group->name, name) != 0) {
        *group = (value_group){name, 1};
        push_value(L, value);
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
    push_value(L, value);
    lua_rawseti(L, -2, ++group->count);
    lua_pop(L, 1);
}

static const char *status_name(kith_value_status status) {
    switch (status) {
    case KITH_VALUE_LIVE:
        return "live";
    case KITH_VALUE_INVALID:
        return "invalid";
    case KITH_VALUE_BLOCKED:
        return "blocked";
    case KITH_VALUE_PLAIN:
        break;
    }
    return "plain";
}

/* ---- arguments ---- */

/* Text at an index, for the core's NUL-terminated strings. Numbers aren't taken: 1.0 is no key. */
static const char *check_text(lua_State *L, int index) {
    if (lua_type(L, index) != LUA_TSTRING) {
        wrong_type(L, index, "string");
    }
    size_t size = 0;
    const char *text = lua_tolstring(L, index, &size);
    if (memchr(text, '\0', size) != NULL) {
        luaL_argerror(L, index, "the text holds a NUL byte");
    }
    return text;
}

static const char *optional_text(lua_State *L, int index) {
    return lua_isnoneornil(L, index) ? NULL : check_text(L, index);
}

static bool is_integer(lua_State *L, int index) {
#if LUA_VERSION_NUM >= 503
    return lua_isinteger(L, index);
#else
    (void)L;
    (void)index;
    return false;
#endif
}

static bool number_to_integer(lua_Number number, int64_t *out) {
    if (!(number >= -9.2e18 && number <= 9.2e18)) {
        return false;
    }
    int64_t integer = (int64_t)number;
    *out = (lua_Number)integer > number ? integer - 1 : integer;
    return true;
}

/* Microseconds as a number, or any text that kith_time_parse reads. Returns NULL, or what is wrong.
 */
static const char *read_time(lua_State *L, int index, int64_t *out_us) {
    int type = lua_type(L, index);
    if (is_integer(L, index)) {
        *out_us = (int64_t)lua_tointeger(L, index);
        return NULL;
    }
    if (type == LUA_TNUMBER) {
        bool fits = number_to_integer(lua_tonumber(L, index), out_us);
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

static int64_t check_time(lua_State *L, int index) {
    int64_t time_us = 0;
    const char *wrong = read_time(L, index, &time_us);
    if (wrong != NULL) {
        luaL_argerror(L, index, wrong);
    }
    return time_us;
}

static int64_t optional_time(lua_State *L, int index, int64_t otherwise) {
    return lua_isnoneornil(L, index) ? otherwise : check_time(L, index);
}

static uint64_t optional_count(lua_State *L, int index) {
    if (lua_isnoneornil(L, index)) {
        return 0;
    }
    lua_Number number = luaL_checknumber(L, index);
    int64_t count = 0;
    if (!number_to_integer(number, &count) || count < 0 || (lua_Number)count != number) {
        luaL_argerror(L, index, "a whole number, zero or more, expected");
    }
    return (uint64_t)count;
}

/* A record named by {source, key} or {source = ..., key = ...}; its strings stay on the stack. */
static void check_reference(lua_State *L, int index, const char **out_source,
                            const char **out_key) {
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

/* ---- Lua values for the core ---- */

/*
 * A table becomes one userdata of fields and items. The first walk checks it and measures the
 * bytes, the second fills them. Between the two a finalizer may change the table, so the second
 * minds its bounds.
 */
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
    if (is_integer(L, -1)) {
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

/* The named values of a table. Their memory is left on the stack, where it lives as long as the
 * call. */
static const kith_field *check_fields(lua_State *L, int index, size_t *out_count) {
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

/* ---- options ---- */

/* Checks that argument `index` is nil or a table that holds only these names. */
static void check_options(lua_State *L, int index, const char *const names[]) {
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

/* The text stays on the stack, so that it lives as long as the call. */
static const char *option_text(lua_State *L, int index, const char *name) {
    option_push(L, index, name);
    option_check_type(L, index, name, LUA_TSTRING);
    size_t size = 0;
    const char *text = lua_tolstring(L, -1, &size);
    if (text != NULL && memchr(text, '\0', size) != NULL) {
        luaL_argerror(L, index, lua_pushfstring(L, "option '%s' holds a NUL byte", name));
    }
    return text;
}

static bool option_boolean(lua_State *L, int index, const char *name) {
    option_push(L, index, name);
    option_check_type(L, index, name, LUA_TBOOLEAN);
    bool boolean = lua_toboolean(L, -1);
    lua_pop(L, 1);
    return boolean;
}

static uint64_t option_count(lua_State *L, int index, const char *name, uint64_t most) {
    option_push(L, index, name);
    option_check_type(L, index, name, LUA_TNUMBER);
    lua_Number number = lua_tonumber(L, -1);
    int64_t count = 0;
    if (!number_to_integer(number, &count) || count < 0 || (uint64_t)count > most) {
        luaL_argerror(L, index, lua_pushfstring(L, "option '%s' is out of range", name));
    }
    lua_pop(L, 1);
    return (uint64_t)count;
}

/* The same, where 0 isn't what stands for none. */
static uint64_t option_count_or(lua_State *L, int index, const char *name, uint64_t otherwise) {
    bool missing = lua_isnil(L, option_push(L, index, name));
    lua_pop(L, 1);
    return missing ? otherwise : option_count(L, index, name, INT64_MAX);
}

static double option_number(lua_State *L, int index, const char *name) {
    option_push(L, index, name);
    option_check_type(L, index, name, LUA_TNUMBER);
    double number = lua_tonumber(L, -1);
    lua_pop(L, 1);
    return number;
}

/* A time that must be given: nothing here reads a clock. */
static int64_t option_time(lua_State *L, int index, const char *name) {
    int64_t time_us = 0;
    const char *wrong = read_time(L, option_push(L, index, name), &time_us);
    if (wrong != NULL) {
        luaL_argerror(L, index, lua_pushfstring(L, "option '%s': %s", name, wrong));
    }
    return time_us;
}

/* The stack index of a function, or 0. */
static int option_function(lua_State *L, int index, const char *name) {
    int at = option_push(L, index, name);
    option_check_type(L, index, name, LUA_TFUNCTION);
    return lua_isnil(L, at) ? 0 : at;
}

/* ---- callbacks ---- */

/*
 * The core calls back into Lua. Each kind of callback has an adapter, a C function that builds the
 * arguments; it runs in protected mode. Adapters are pushed beforehand, as pushing one may need
 * memory. The error of a failed callback stays on the stack until the core has returned.
 */
typedef struct callback {
    int function; /* stack index; 0: none */
    int adapter;
} callback;

typedef struct callbacks {
    lua_State *L;
    bool failed;
    callback progress, reject, problem, write;
} callbacks;

static callback callback_new(lua_State *L, int function, lua_CFunction adapter) {
    callback made = {function, 0};
    if (function != 0) {
        luaL_checkstack(L, LUA_MINSTACK, "too many callbacks");
        lua_pushcfunction(L, adapter);
        made.adapter = lua_gettop(L);
    }
    return made;
}

/* Returns nonzero to stop the work: the function raised, or returned false. */
static int callback_run(callbacks *all, const callback *one, const void *subject) {
    lua_State *L = all->L;
    if (all->failed || one->function == 0) {
        return all->failed;
    }
    lua_pushvalue(L, one->adapter);
    lua_pushvalue(L, one->function);
    lua_pushlightuserdata(L, (void *)(uintptr_t)subject);
    if (lua_pcall(L, 2, 1, 0) != 0) {
        all->failed = true;
        return 1;
    }
    int stop = lua_isboolean(L, -1) && !lua_toboolean(L, -1);
    lua_pop(L, 1);
    return stop;
}

static int progress_adapter(lua_State *L) {
    const kith_progress *progress = lua_touserdata(L, 2);
    lua_pushvalue(L, 1);
    lua_createtable(L, 0, 4);
    set_text(L, "phase", progress->phase);
    set_integer(L, "done", (int64_t)progress->done);
    set_integer(L, "total", (int64_t)progress->total);
    set_integer(L, "rows", (int64_t)progress->rows);
    lua_call(L, 1, 1);
    return 1;
}

static int on_progress(void *context, const kith_progress *progress) {
    callbacks *all = context;
    return callback_run(all, &all->progress, progress);
}

static int reject_adapter(lua_State *L) {
    const kith_reject *reject = lua_touserdata(L, 2);
    lua_pushvalue(L, 1);
    lua_createtable(L, 0, 4);
    set_text(L, "reason", kith_reject_reason_name(reject->reason));
    set_integer(L, "line", (int64_t)reject->line);
    set_text(L, "detail", reject->detail);
    lua_pushlstring(L, reject->text != NULL ? reject->text : "", reject->text_bytes);
    lua_setfield(L, -2, "text");
    lua_call(L, 1, 1);
    return 1;
}

static int on_reject(void *context, const kith_reject *reject) {
    callbacks *all = context;
    return callback_run(all, &all->reject, reject);
}

/* Collects a problem in the list that stands in the function's place. */
static int problem_adapter(lua_State *L) {
    size_t count = lua_rawlen(L, 1);
    if (count < MAX_LISTED_PROBLEMS) {
        lua_pushstring(L, lua_touserdata(L, 2));
        lua_rawseti(L, 1, (int)count + 1);
    }
    return 0;
}

static void on_problem(void *context, const char *problem) {
    callbacks *all = context;
    callback_run(all, &all->problem, problem);
}

typedef struct piece {
    const char *data;
    size_t bytes;
} piece;

static int write_adapter(lua_State *L) {
    const piece *written = lua_touserdata(L, 2);
    lua_pushvalue(L, 1);
    lua_pushlstring(L, written->data, written->bytes);
    lua_call(L, 1, 1);
    return 1;
}

static int on_write(void *context, const char *data, size_t bytes) {
    callbacks *all = context;
    piece written = {data, bytes};
    return callback_run(all, &all->write, &written);
}

/* ---- transactions ---- */

static lua_store *store_ready(lua_State *L, lua_store *store) {
    if (store->handle == NULL) {
        luaL_error(L, "the store is closed");
    }
    return store;
}

static lua_store *check_store(lua_State *L, int index) {
    return store_ready(L, object_check(L, index, CLASS_STORE));
}

/* A second writer in one thread would wait for itself for ever. */
static void check_no_writer(lua_State *L, const lua_store *store) {
    if (store->writer != NULL) {
        luaL_error(L, "a write transaction of this store is open; commit or abort it first");
    }
    if (store->writing != NULL) {
        luaL_error(L, "%s this store is running", store->writing);
    }
}

static void iter_end(lua_iter *iter) {
    if (iter->handle == NULL) {
        return;
    }
    switch (iter->kind) {
    case ITER_RECORDS:
        kith_record_iter_close(iter->handle);
        break;
    case ITER_PROFILES:
        kith_profile_iter_close(iter->handle);
        break;
    case ITER_EVENTS:
        kith_event_iter_close(iter->handle);
        break;
    }
    iter->handle = NULL;
    iter->step++;
    *iter->link = iter->next;
    if (iter->next != NULL) {
        iter->next->link = iter->link;
    }
}

/* Ends all that was borrowed from the transaction. */
static void txn_end_borrowed(lua_txn *txn) {
    while (txn->iters != NULL) {
        iter_end(txn->iters);
    }
    txn->generation++;
}

/* Takes the core's transaction out of its userdata, for it to be committed or aborted. */
static kith_txn *txn_take(lua_txn *txn) {
    kith_txn *handle = txn->handle;
    if (handle != NULL) {
        txn_end_borrowed(txn);
        txn->handle = NULL;
        if (txn->store->writer == txn) {
            txn->store->writer = NULL;
        }
    }
    return handle;
}

static void txn_check_free(lua_State *L, const lua_txn *txn) {
    if (txn->held > 0) {
        luaL_error(L, "the transaction is being read; is this call from a finalizer?");
    }
}

static void txn_ready(lua_State *L, const lua_txn *txn) {
    if (txn->handle == NULL) {
        luaL_error(L, "the transaction has ended");
    }
    if (txn->reset) {
        luaL_error(L, "the transaction was reset; renew it first");
    }
    txn_check_free(L, txn);
}

static lua_txn *check_txn(lua_State *L, int index) {
    lua_txn *txn = object_check(L, index, CLASS_TXN);
    txn_ready(L, txn);
    return txn;
}

/* For a write: what was borrowed before it is gone after it. */
static void txn_will_write(lua_State *L, lua_txn *txn) {
    txn_ready(L, txn);
    if (txn->writes) {
        txn_end_borrowed(txn);
    }
}

/* Pushes a new transaction of the store at `index`. */
static int txn_begin(lua_State *L, int index, bool writes, lua_txn **out, kith_error *error) {
    lua_store *store = object_check(L, index, CLASS_STORE);
    lua_txn *txn = object_new(L, CLASS_TXN, sizeof *txn);
    anchor_parent(L, index);
    store_ready(L, store);
    if (writes) {
        check_no_writer(L, store);
    }
    int rc = kith_txn_begin(store->handle, writes ? KITH_WRITE : KITH_READ, &txn->handle, error);
    if (rc != KITH_OK) {
        return rc;
    }
    txn->store = store;
    txn->writes = writes;
    if (writes) {
        store->writer = txn;
    }
    *out = txn;
    return KITH_OK;
}

static int store_begin(lua_State *L) {
    if (!lua_isnoneornil(L, 2)) {
        luaL_checktype(L, 2, LUA_TBOOLEAN);
    }
    kith_error error = KITH_ERROR_INIT;
    lua_txn *txn = NULL;
    int rc = txn_begin(L, 1, lua_toboolean(L, 2), &txn, &error);
    return rc == KITH_OK ? 1 : fail(L, rc, &error);
}

/* Ends the transaction at index 3 as its function did, whose results stand above it. */
static int finish_run(lua_State *L, lua_txn *txn) {
    kith_txn *handle = txn_take(txn);
    if (handle != NULL && txn->writes) {
        kith_error error = KITH_ERROR_INIT;
        int rc = kith_txn_commit(handle, &error);
        if (rc != KITH_OK) {
            return fail(L, rc, &error);
        }
    } else {
        kith_txn_abort(handle);
    }
    if (lua_gettop(L) == 3) {
        lua_pushboolean(L, 1);
    }
    return lua_gettop(L) - 3;
}

static int run_in_txn(lua_State *L, bool writes) {
    object_check(L, 1, CLASS_STORE);
    luaL_checktype(L, 2, LUA_TFUNCTION);
    lua_settop(L, 2);
    kith_error error = KITH_ERROR_INIT;
    lua_txn *txn = NULL;
    int rc = txn_begin(L, 1, writes, &txn, &error);
    if (rc != KITH_OK) {
        return fail(L, rc, &error);
    }
    lua_pushvalue(L, 2);
    lua_pushvalue(L, 3);
    if (lua_pcall(L, 1, LUA_MULTRET, 0) != 0) {
        kith_txn_abort(txn_take(txn));
        return lua_error(L);
    }
    return finish_run(L, txn);
}

static int store_read(lua_State *L) {
    return run_in_txn(L, false);
}

static int store_write(lua_State *L) {
    return run_in_txn(L, true);
}

static int txn_commit(lua_State *L) {
    lua_txn *txn = check_txn(L, 1);
    kith_error error = KITH_ERROR_INIT;
    int rc = kith_txn_commit(txn_take(txn), &error);
    return answer_true(L, rc, &error);
}

static int txn_abort(lua_State *L) {
    lua_txn *txn = object_check(L, 1, CLASS_TXN);
    txn_check_free(L, txn);
    kith_txn_abort(txn_take(txn));
    return 0;
}

static int txn_gc(lua_State *L) {
    kith_txn_abort(txn_take(lua_touserdata(L, 1)));
    return 0;
}

static int txn_reset(lua_State *L) {
    lua_txn *txn = check_txn(L, 1);
    if (txn->writes) {
        return luaL_error(L, "only a read transaction can be reset");
    }
    txn_end_borrowed(txn);
    kith_txn_reset(txn->handle);
    txn->reset = true;
    return 0;
}

static int txn_renew(lua_State *L) {
    lua_txn *txn = object_check(L, 1, CLASS_TXN);
    if (txn->handle == NULL || !txn->reset) {
        return luaL_error(L, "only a transaction that was reset can be renewed");
    }
    int rc = kith_txn_renew(txn->handle);
    if (rc != KITH_OK) {
        return fail_txn(L, txn, rc);
    }
    txn->reset = false;
    lua_pushboolean(L, 1);
    return 1;
}

static int txn_tostring(lua_State *L) {
    const lua_txn *txn = object_check(L, 1, CLASS_TXN);
    const char *state = txn->handle == NULL ? "ended" : txn->writes ? "write" : "read";
    lua_pushfstring(L, "kith.txn (%s)", state);
    return 1;
}

/* ---- facts ---- */

static int push_change(lua_State *L, const lua_txn *txn, int rc, kith_change change) {
    static const char *const names[] = {"unchanged", "added", "updated", "ignored"};
    if (rc != KITH_OK) {
        return fail_txn(L, txn, rc);
    }
    lua_pushstring(L, names[change]);
    return 1;
}

typedef int (*record_fn)(kith_txn *txn, const kith_record_input *input, kith_change *out_change);

static int put_record(lua_State *L, record_fn put) {
    lua_txn *txn = object_check(L, 1, CLASS_TXN);
    kith_record_input input = KITH_RECORD_INPUT_INIT;
    input.source = check_text(L, 2);
    input.key = check_text(L, 3);
    input.at_us = check_time(L, 5);
    luaL_checktype(L, 4, LUA_TTABLE);
    input.fields = check_fields(L, 4, &input.field_count);
    txn_will_write(L, txn);
    kith_change change = KITH_UNCHANGED;
    int rc = put(txn->handle, &input, &change);
    return push_change(L, txn, rc, change);
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
    lua_txn *txn = object_check(L, 1, CLASS_TXN);
    kith_event_input input = KITH_EVENT_INPUT_INIT;
    input.source = check_text(L, 2);
    input.key = check_text(L, 3);
    input.type = check_text(L, 4);
    input.time_us = check_time(L, 5);
    input.message_id = optional_text(L, 7);
    input.fields = check_fields(L, 6, &input.field_count);
    txn_will_write(L, txn);
    kith_change change = KITH_UNCHANGED;
    int rc = kith_event_put(txn->handle, &input, &change);
    return push_change(L, txn, rc, change);
}

typedef int (*decide_fn)(kith_txn *txn, const char *source_a, const char *key_a,
                         const char *source_b, const char *key_b, const char *by, int64_t at_us,
                         kith_change *out_change);

static int put_decision(lua_State *L, decide_fn decide) {
    lua_txn *txn = object_check(L, 1, CLASS_TXN);
    const char *source_a, *key_a, *source_b, *key_b;
    const char *by = check_text(L, 4);
    int64_t at_us = check_time(L, 5);
    check_reference(L, 2, &source_a, &key_a);
    check_reference(L, 3, &source_b, &key_b);
    txn_will_write(L, txn);
    kith_change change = KITH_UNCHANGED;
    int rc = decide(txn->handle, source_a, key_a, source_b, key_b, by, at_us, &change);
    return push_change(L, txn, rc, change);
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
    value_group group = {NULL, 0};
    size_t cursor = 0;
    int count = 0;
    lua_newtable(L);
    lua_newtable(L);
    while (kith_record_next_value(record, &cursor, &value) == KITH_OK) {
        group_add(L, &group, value.attribute, &value.value);
        lua_createtable(L, 0, 4);
        set_text(L, "attribute", value.attribute);
        push_value(L, &value.value);
        lua_setfield(L, -2, "value");
        set_time(L, "at", value.at_us);
        set_text(L, "status", status_name(value.status));
        lua_rawseti(L, -3, ++count);
    }
    lua_setfield(L, -3, "attributes");
    lua_setfield(L, -2, "values");
}

static void push_record(lua_State *L, lua_txn *txn, const kith_record *record) {
    txn->held++;
    lua_createtable(L, 0, 8);
    set_integer(L, "number", record->number);
    set_id(L, "id", &record->id);
    set_text(L, "source", record->source);
    set_text(L, "key", record->key);
    set_time(L, "first_seen", record->first_seen_us);
    set_time(L, "at", record->at_us);
    set_record_values(L, record);
    txn->held--;
}

static int txn_record(lua_State *L) {
    lua_txn *txn = check_txn(L, 1);
    kith_record record = KITH_RECORD_INIT;
    int rc;
    if (lua_type(L, 2) == LUA_TNUMBER) {
        uint64_t number = optional_count(L, 2);
        rc = number < UINT32_MAX ? kith_record_get_number(txn->handle, (uint32_t)number, &record)
                                 : KITH_NOT_FOUND;
    } else {
        rc = kith_record_get(txn->handle, check_text(L, 2), check_text(L, 3), &record);
    }
    if (rc != KITH_OK) {
        return fail_txn(L, txn, rc);
    }
    push_record(L, txn, &record);
    return 1;
}

/* Pushes a record's {source = ..., key = ...}, or nil. The transaction is held. */
static void push_reference(lua_State *L, lua_txn *txn, uint32_t number) {
    kith_record record = KITH_RECORD_INIT;
    if (kith_record_get_number(txn->handle, number, &record) != KITH_OK) {
        lua_pushnil(L);
        return;
    }
    lua_createtable(L, 0, 2);
    set_text(L, "source", record.source);
    set_text(L, "key", record.key);
}

/* The number of the record named by arguments 2 and 3. */
static int find_number(lua_State *L, const lua_txn *txn, const char *source, const char *key,
                       uint32_t *out) {
    kith_record record = KITH_RECORD_INIT;
    int rc = kith_record_get(txn->handle, source, key, &record);
    *out = record.number;
    return rc;
}

/* ---- explanations ---- */

static void release_explanation(void *memory) {
    kith_explanation_free(memory);
}

static void push_step(lua_State *L, lua_txn *txn, const kith_step *step) {
    lua_createtable(L, 0, 10);
    set_text(L, "kind", kith_step_kind_name(step->kind));
    set_integer(L, "path", step->path);
    push_reference(L, txn, step->a);
    lua_setfield(L, -2, "a");
    if (step->kind != KITH_STEP_SHARED) {
        push_reference(L, txn, step->b);
        lua_setfield(L, -2, "b");
    }
    set_text(L, "type", step->type);
    set_text(L, "value", step->value);
    set_text(L, "rule", step->rule);
    set_text(L, "detail", step->detail);
    push_reference(L, txn, step->clash_a);
    lua_setfield(L, -2, "clash_a");
    push_reference(L, txn, step->clash_b);
    lua_setfield(L, -2, "clash_b");
    if (step->type != NULL && strcmp(step->type, "score") == 0) {
        set_number(L, "bits", step->bits);
        set_number(L, "bits_needed", step->bits_needed);
    }
}

static void push_explanation(lua_State *L, lua_txn *txn, const kith_explanation *explanation) {
    size_t count = kith_explanation_step_count(explanation);
    txn->held++;
    lua_createtable(L, 0, 2);
    set_boolean(L, "same", kith_explanation_same(explanation));
    lua_createtable(L, (int)count, 0);
    for (size_t i = 0; i < count; i++) {
        push_step(L, txn, kith_explanation_step(explanation, i));
        lua_rawseti(L, -2, (int)i + 1);
    }
    lua_setfield(L, -2, "steps");
    txn->held--;
}

static int txn_why(lua_State *L) {
    lua_txn *txn = object_check(L, 1, CLASS_TXN);
    const char *source_a, *key_a, *source_b, *key_b;
    check_reference(L, 2, &source_a, &key_a);
    check_reference(L, 3, &source_b, &key_b);
    owned *box = owned_new(L, release_explanation);
    txn_ready(L, txn);
    kith_explanation *explanation = NULL;
    uint32_t a = 0, b = 0;
    int rc = find_number(L, txn, source_a, key_a, &a);
    rc = rc == KITH_OK ? find_number(L, txn, source_b, key_b, &b) : rc;
    rc = rc == KITH_OK ? kith_explain_why(txn->handle, a, b, &explanation) : rc;
    if (rc != KITH_OK) {
        return fail_txn(L, txn, rc);
    }
    box->memory = explanation;
    push_explanation(L, txn, explanation);
    owned_free(box);
    return 1;
}

static int txn_how(lua_State *L) {
    lua_txn *txn = object_check(L, 1, CLASS_TXN);
    const char *source = check_text(L, 2), *key = check_text(L, 3);
    owned *box = owned_new(L, release_explanation);
    txn_ready(L, txn);
    kith_explanation *explanation = NULL;
    uint32_t number = 0;
    int rc = find_number(L, txn, source, key, &number);
    rc = rc == KITH_OK ? kith_explain_how(txn->handle, number, &explanation) : rc;
    if (rc != KITH_OK) {
        return fail_txn(L, txn, rc);
    }
    box->memory = explanation;
    push_explanation(L, txn, explanation);
    owned_free(box);
    return 1;
}

static void release_pair_report(void *memory) {
    kith_pair_report_free(memory);
}

static void set_rival_bits(lua_State *L, const char *name, kith_rival_bits bits) {
    lua_createtable(L, 0, 2);
    set_number(L, "stranger", bits.stranger);
    set_number(L, "relative", bits.relative);
    lua_setfield(L, -2, name);
}

static void push_comparison(lua_State *L, const kith_pair_comparison *c) {
    lua_createtable(L, 0, 8);
    set_text(L, "name", c->name);
    set_text(L, "kind", c->kind);
    set_integer(L, "level", c->level);
    set_text(L, "level_name", c->level_name);
    set_text(L, "value_a", c->value_a);
    set_text(L, "value_b", c->value_b);
    set_rival_bits(L, "bits", c->bits);
    set_number(L, "frequency_bits", c->frequency_bits);
}

static void push_pair_report(lua_State *L, lua_txn *txn, const kith_pair_report *report) {
    const kith_pair_total *total = kith_pair_report_total(report);
    const kith_pair_comparison *c;
    txn->held++;
    lua_createtable(L, 0, 13);
    push_reference(L, txn, total->a);
    lua_setfield(L, -2, "a");
    push_reference(L, txn, total->b);
    lua_setfield(L, -2, "b");
    txn->held--;
    set_integer(L, "model_version", total->model_version);
    set_rival_bits(L, "prior", total->prior);
    set_rival_bits(L, "sum", total->sum);
    set_text(L, "rival", total->relative_decides ? "relative" : "stranger");
    set_number(L, "bits", total->bits);
    set_number(L, "link_at", total->link_at);
    set_number(L, "known_at", total->known_at);
    set_number(L, "keep_at", total->keep_at);
    set_boolean(L, "links", total->links);
    set_boolean(L, "kept", total->kept);
    lua_newtable(L);
    for (size_t i = 0; (c = kith_pair_report_comparison(report, i)) != NULL; i++) {
        push_comparison(L, c);
        lua_rawseti(L, -2, (int)i + 1);
    }
    lua_setfield(L, -2, "comparisons");
}

static int txn_pair(lua_State *L) {
    lua_txn *txn = object_check(L, 1, CLASS_TXN);
    const char *source_a, *key_a, *source_b, *key_b;
    check_reference(L, 2, &source_a, &key_a);
    check_reference(L, 3, &source_b, &key_b);
    owned *box = owned_new(L, release_pair_report);
    txn_ready(L, txn);
    kith_pair_report *report = NULL;
    uint32_t a = 0, b = 0;
    int rc = find_number(L, txn, source_a, key_a, &a);
    rc = rc == KITH_OK ? find_number(L, txn, source_b, key_b, &b) : rc;
    rc = rc == KITH_OK ? kith_explain_pair(txn->handle, a, b, &report) : rc;
    if (rc != KITH_OK) {
        return fail_txn(L, txn, rc);
    }
    box->memory = report;
    push_pair_report(L, txn, report);
    owned_free(box);
    return 1;
}

static void release_blame(void *memory) {
    kith_blame_free(memory);
}

static void push_parts(lua_State *L, lua_txn *txn, const kith_blame *blame) {
    const uint32_t *records;
    size_t count;
    lua_newtable(L);
    for (size_t i = 0; (records = kith_blame_part(blame, i, &count)) != NULL; i++) {
        lua_createtable(L, (int)count, 0);
        for (size_t j = 0; j < count; j++) {
            push_reference(L, txn, records[j]);
            lua_rawseti(L, -2, (int)j + 1);
        }
        lua_rawseti(L, -2, (int)i + 1);
    }
}

static void push_blame(lua_State *L, lua_txn *txn, const kith_blame *blame) {
    txn->held++;
    lua_createtable(L, 0, 3);
    set_boolean(L, "complete", kith_blame_complete(blame));
    if (kith_blame_link(blame) != NULL) {
        push_step(L, txn, kith_blame_link(blame));
        lua_setfield(L, -2, "link");
    }
    push_parts(L, txn, blame);
    lua_setfield(L, -2, "parts");
    txn->held--;
}

static int txn_blame(lua_State *L) {
    lua_txn *txn = object_check(L, 1, CLASS_TXN);
    const char *source = check_text(L, 2), *key = check_text(L, 3);
    owned *box = owned_new(L, release_blame);
    txn_ready(L, txn);
    kith_blame *blame = NULL;
    uint32_t number = 0;
    int rc = find_number(L, txn, source, key, &number);
    rc = rc == KITH_OK ? kith_explain_blame(txn->handle, number, &blame) : rc;
    if (rc != KITH_OK) {
        return fail_txn(L, txn, rc);
    }
    box->memory = blame;
    push_blame(L, txn, blame);
    owned_free(box);
    return 1;
}

/* ---- review and search ---- */

static void set_named(lua_State *L, const char *name, const char *source, const char *key) {
    lua_createtable(L, 0, 2);
    set_text(L, "source", source);
    set_text(L, "key", key);
    lua_setfield(L, -2, name);
}

static void push_review_pair(lua_State *L, const kith_review_pair *pair) {
    lua_createtable(L, 0, 9);
    set_named(L, "a", pair->source_a, pair->key_a);
    set_named(L, "b", pair->source_b, pair->key_b);
    set_id(L, "profile_a", &pair->profile_a);
    set_id(L, "profile_b", &pair->profile_b);
    set_number(L, "bits", pair->bits);
    set_text(L, "reason", kith_review_reason_name(pair->reason));
    set_text(L, "rule", pair->rule);
    set_text(L, "detail", pair->detail);
    set_integer(L, "alike_count", (int64_t)pair->alike_count);
}

static void push_review(lua_State *L, const kith_review *review) {
    lua_createtable(L, 0, 5);
    set_integer(L, "model_version", review->model_version);
    set_number(L, "keep_at_bits", review->keep_at_bits);
    set_number(L, "link_at_bits", review->link_at_bits);
    set_integer(L, "waiting_count", (int64_t)review->waiting_count);
    lua_createtable(L, (int)review->pair_count, 0);
    for (size_t i = 0; i < review->pair_count; i++) {
        push_review_pair(L, review->pairs[i]);
        lua_rawseti(L, -2, (int)i + 1);
    }
    lua_setfield(L, -2, "pairs");
}

static void release_review(void *memory) {
    kith_review_free(memory);
}

static int txn_review(lua_State *L) {
    static const char *const names[] = {"limit", "suggest", NULL};
    lua_txn *txn = object_check(L, 1, CLASS_TXN);
    kith_review_options options = KITH_REVIEW_OPTIONS_INIT;
    check_options(L, 2, names);
    options.suggest = option_boolean(L, 2, "suggest");
    options.limit = (size_t)option_count_or(L, 2, "limit", options.limit);
    owned *box = owned_new(L, release_review);
    txn_ready(L, txn);
    kith_review *review = NULL;
    int rc = kith_review_list(txn->handle, &options, &review);
    if (rc != KITH_OK) {
        return fail_txn(L, txn, rc);
    }
    box->memory = review;
    push_review(L, review);
    owned_free(box);
    return 1;
}

/* The transaction is held. */
static void push_hit(lua_State *L, lua_txn *txn, const kith_search_hit *hit) {
    lua_createtable(L, 0, 5);
    set_id(L, "id", &hit->id);
    push_reference(L, txn, hit->record);
    lua_setfield(L, -2, "record");
    set_number(L, "bits", hit->bits);
    set_boolean(L, "likely", hit->likely);
    set_text(L, "identifier", hit->identifier);
}

static void push_found(lua_State *L, lua_txn *txn, const kith_search_result *found) {
    txn->held++;
    lua_createtable(L, 0, 3);
    set_integer(L, "compared_count", (int64_t)found->compared_count);
    set_boolean(L, "partial", found->partial);
    lua_createtable(L, (int)found->hit_count, 0);
    for (size_t i = 0; i < found->hit_count; i++) {
        push_hit(L, txn, found->hits[i]);
        lua_rawseti(L, -2, (int)i + 1);
    }
    lua_setfield(L, -2, "hits");
    txn->held--;
}

static void release_found(void *memory) {
    kith_search_result_free(memory);
}

static int txn_search(lua_State *L) {
    lua_txn *txn = object_check(L, 1, CLASS_TXN);
    kith_search_options options = KITH_SEARCH_OPTIONS_INIT;
    size_t count = 0;
    luaL_checktype(L, 2, LUA_TTABLE);
    options.limit = (size_t)optional_count(L, 3);
    const kith_field *fields = check_fields(L, 2, &count);
    owned *box = owned_new(L, release_found);
    txn_ready(L, txn);
    kith_search_result *found = NULL;
    int rc = kith_search(txn->handle, fields, count, &options, &found);
    if (rc != KITH_OK) {
        return fail_txn(L, txn, rc);
    }
    box->memory = found;
    push_found(L, txn, found);
    owned_free(box);
    return 1;
}

/* ---- profiles ---- */

static lua_profile *profile_new(lua_State *L, int parent) {
    lua_profile *profile = object_new(L, CLASS_PROFILE, sizeof *profile);
    profile->view.size = sizeof profile->view;
    anchor_leaf(L, parent);
    return profile;
}

static void profile_bind(lua_profile *profile, lua_txn *txn, lua_iter *iter) {
    profile->txn = txn;
    profile->iter = iter;
    profile->generation = txn->generation;
    profile->step = iter != NULL ? iter->step : 0;
}

static lua_profile *check_profile(lua_State *L) {
    lua_profile *profile = object_check(L, 1, CLASS_PROFILE);
    const lua_txn *txn = profile->txn;
    if (txn == NULL || txn->handle == NULL || profile->generation != txn->generation) {
        luaL_error(L, "the profile is gone: its transaction ended, was reset or wrote");
    }
    if (profile->iter != NULL && profile->step != profile->iter->step) {
        luaL_error(L, "the profile is gone: its iterator went on; get it by its id to keep it");
    }
    txn_check_free(L, txn);
    return profile;
}

static int txn_find(lua_State *L) {
    lua_txn *txn = object_check(L, 1, CLASS_TXN);
    const char *type = check_text(L, 2), *value = check_text(L, 3);
    int64_t now_us = check_time(L, 4);
    lua_profile *profile = profile_new(L, 1);
    txn_ready(L, txn);
    size_t count = 0;
    int rc = kith_profile_find(txn->handle, type, value, now_us, &profile->view, &count);
    if (rc != KITH_OK) {
        return fail_txn(L, txn, rc);
    }
    profile_bind(profile, txn, NULL);
    push_integer(L, (int64_t)count);
    return 2;
}

static void release_ids(void *memory) {
    kith_free(memory);
}

static int txn_find_ids(lua_State *L) {
    lua_txn *txn = object_check(L, 1, CLASS_TXN);
    const char *type = check_text(L, 2), *value = check_text(L, 3);
    owned *box = owned_new(L, release_ids);
    txn_ready(L, txn);
    kith_id *ids = NULL;
    size_t count = 0;
    int rc = kith_profile_find_ids(txn->handle, type, value, &ids, &count);
    if (rc != KITH_OK) {
        return fail_txn(L, txn, rc);
    }
    box->memory = ids;
    lua_createtable(L, (int)count, 0);
    for (size_t i = 0; i < count; i++) {
        char text[KITH_ID_TEXT_BYTES];
        kith_id_format(&ids[i], text);
        lua_pushstring(L, text);
        lua_rawseti(L, -2, (int)i + 1);
    }
    owned_free(box);
    return 1;
}

static int txn_get(lua_State *L) {
    lua_txn *txn = object_check(L, 1, CLASS_TXN);
    const char *text = check_text(L, 2);
    int64_t now_us = check_time(L, 3);
    lua_profile *profile = profile_new(L, 1);
    txn_ready(L, txn);
    kith_id id;
    if (kith_id_parse(text, &id) != KITH_OK) {
        kith_error error = {sizeof error, KITH_INVALID, -1, "an id is 32 hexadecimal digits"};
        return fail(L, KITH_INVALID, &error);
    }
    int rc = kith_profile_get(txn->handle, &id, now_us, &profile->view);
    if (rc != KITH_OK) {
        return fail_txn(L, txn, rc);
    }
    profile_bind(profile, txn, NULL);
    return 1;
}

static int txn_profile_of(lua_State *L) {
    lua_txn *txn = object_check(L, 1, CLASS_TXN);
    const char *source = check_text(L, 2), *key = check_text(L, 3);
    int64_t now_us = check_time(L, 4);
    lua_profile *profile = profile_new(L, 1);
    txn_ready(L, txn);
    uint32_t number = 0;
    int rc = find_number(L, txn, source, key, &number);
    rc = rc == KITH_OK ? kith_profile_of_record(txn->handle, number, now_us, &profile->view) : rc;
    if (rc != KITH_OK) {
        return fail_txn(L, txn, rc);
    }
    profile_bind(profile, txn, NULL);
    return 1;
}

static int txn_profile_id(lua_State *L) {
    lua_txn *txn = check_txn(L, 1);
    uint32_t number = 0;
    kith_id id;
    int rc = find_number(L, txn, check_text(L, 2), check_text(L, 3), &number);
    rc = rc == KITH_OK ? kith_profile_id_of_record(txn->handle, number, &id) : rc;
    if (rc != KITH_OK) {
        return fail_txn(L, txn, rc);
    }
    char text[KITH_ID_TEXT_BYTES];
    kith_id_format(&id, text);
    lua_pushstring(L, text);
    return 1;
}

static int profile_id(lua_State *L) {
    const lua_profile *profile = check_profile(L);
    char text[KITH_ID_TEXT_BYTES];
    kith_id_format(&profile->view.id, text);
    lua_pushstring(L, text);
    return 1;
}

static int profile_value(lua_State *L) {
    const char *name = check_text(L, 2);
    lua_profile *profile = check_profile(L);
    kith_golden golden = KITH_GOLDEN_INIT;
    int rc = kith_profile_value(&profile->view, name, &golden);
    if (rc != KITH_OK) {
        return fail_txn(L, profile->txn, rc);
    }
    profile->txn->held++;
    push_value(L, &golden.value);
    profile->txn->held--;
    return 1;
}

/* The transaction is held. */
static void push_golden(lua_State *L, lua_txn *txn, const kith_golden *golden) {
    kith_record record = KITH_RECORD_INIT;
    lua_createtable(L, 0, 7);
    set_text(L, "attribute", golden->attribute);
    push_value(L, &golden->value);
    lua_setfield(L, -2, "value");
    set_integer(L, "record", golden->record);
    set_text(L, "source", golden->source);
    if (kith_record_get_number(txn->handle, golden->record, &record) == KITH_OK) {
        set_text(L, "key", record.key);
    }
    set_time(L, "at", golden->at_us);
    set_text(L, "status", status_name(golden->status));
}

static int profile_golden(lua_State *L) {
    const char *name = check_text(L, 2);
    lua_profile *profile = check_profile(L);
    kith_golden golden = KITH_GOLDEN_INIT;
    int rc = kith_profile_value(&profile->view, name, &golden);
    if (rc != KITH_OK) {
        return fail_txn(L, profile->txn, rc);
    }
    profile->txn->held++;
    push_golden(L, profile->txn, &golden);
    profile->txn->held--;
    return 1;
}

static int profile_values(lua_State *L) {
    lua_profile *profile = check_profile(L);
    kith_golden golden = KITH_GOLDEN_INIT;
    size_t cursor = 0;
    profile->txn->held++;
    lua_newtable(L);
    for (int i = 1; kith_profile_next_value(&profile->view, &cursor, &golden) == KITH_OK; i++) {
        push_golden(L, profile->txn, &golden);
        lua_rawseti(L, -2, i);
    }
    profile->txn->held--;
    return 1;
}

static void push_profile_attributes(lua_State *L, const kith_profile *profile) {
    kith_golden golden = KITH_GOLDEN_INIT;
    value_group group = {NULL, 0};
    size_t cursor = 0;
    lua_newtable(L);
    while (kith_profile_next_value(profile, &cursor, &golden) == KITH_OK) {
        group_add(L, &group, golden.attribute, &golden.value);
    }
}

static void push_profile_records(lua_State *L, lua_txn *txn, const kith_profile *profile) {
    uint32_t number = 0;
    size_t cursor = 0;
    lua_createtable(L, (int)profile->record_count, 0);
    for (int i = 1; kith_profile_next_record(profile, &cursor, &number) == KITH_OK; i++) {
        push_reference(L, txn, number);
        lua_rawseti(L, -2, i);
    }
}

static int profile_records(lua_State *L) {
    lua_profile *profile = check_profile(L);
    profile->txn->held++;
    push_profile_records(L, profile->txn, &profile->view);
    profile->txn->held--;
    return 1;
}

static void set_micros(lua_State *L, const char *name, const char *micros_name, int64_t micros) {
    set_number(L, name, (double)micros / 1e6);
    set_integer(L, micros_name, micros);
}

static void push_property_sum(lua_State *L, const kith_property_sum *sum) {
    lua_createtable(L, 0, 8);
    set_integer(L, "count", (int64_t)sum->count);
    set_micros(L, "sum", "sum_micros", sum->sum_micros);
    set_micros(L, "min", "min_micros", sum->min_micros);
    set_micros(L, "max", "max_micros", sum->max_micros);
    set_boolean(L, "overflow", sum->overflow);
}

static void push_aggregate(lua_State *L, const kith_aggregate *aggregate) {
    kith_property_sum sum = KITH_PROPERTY_SUM_INIT;
    size_t cursor = 0;
    lua_createtable(L, 0, 4);
    set_integer(L, "count", (int64_t)aggregate->count);
    set_time(L, "first", aggregate->first_us);
    set_time(L, "last", aggregate->last_us);
    lua_newtable(L);
    while (kith_aggregate_next_property(aggregate, &cursor, &sum) == KITH_OK) {
        push_property_sum(L, &sum);
        lua_setfield(L, -2, sum.property);
    }
    lua_setfield(L, -2, "properties");
}

static void push_profile_aggregates(lua_State *L, const kith_profile *profile) {
    kith_aggregate aggregate = KITH_AGGREGATE_INIT;
    size_t cursor = 0;
    lua_newtable(L);
    while (kith_profile_next_aggregate(profile, &cursor, &aggregate) == KITH_OK) {
        push_aggregate(L, &aggregate);
        lua_setfield(L, -2, aggregate.event_type);
    }
}

static int profile_aggregates(lua_State *L) {
    lua_profile *profile = check_profile(L);
    profile->txn->held++;
    push_profile_aggregates(L, &profile->view);
    profile->txn->held--;
    return 1;
}

static int profile_aggregate(lua_State *L) {
    const char *type = check_text(L, 2);
    lua_profile *profile = check_profile(L);
    kith_aggregate aggregate = KITH_AGGREGATE_INIT;
    int rc = kith_profile_aggregate(&profile->view, type, &aggregate);
    if (rc != KITH_OK) {
        return fail_txn(L, profile->txn, rc);
    }
    profile->txn->held++;
    push_aggregate(L, &aggregate);
    profile->txn->held--;
    return 1;
}

static int profile_count_events(lua_State *L) {
    const char *type = optional_text(L, 2);
    int64_t from_us = optional_time(L, 3, INT64_MIN);
    int64_t to_us = optional_time(L, 4, INT64_MAX);
    lua_profile *profile = check_profile(L);
    uint64_t count = 0;
    int rc = kith_profile_count_events(&profile->view, type, from_us, to_us, &count);
    if (rc != KITH_OK) {
        return fail_txn(L, profile->txn, rc);
    }
    push_integer(L, (int64_t)count);
    return 1;
}

static int profile_to_table(lua_State *L) {
    lua_profile *profile = check_profile(L);
    const kith_profile *view = &profile->view;
    profile->txn->held++;
    lua_createtable(L, 0, 10);
    set_id(L, "id", &view->id);
    set_integer(L, "number", view->number);
    set_integer(L, "record_count", view->record_count);
    set_integer(L, "event_count", (int64_t)view->event_count);
    set_time(L, "next_change_at", view->next_change_at_us);
    set_boolean(L, "computed", view->flags & KITH_PROFILE_COMPUTED);
    set_boolean(L, "pending", view->flags & KITH_PROFILE_PENDING);
    push_profile_attributes(L, view);
    lua_setfield(L, -2, "attributes");
    push_profile_records(L, profile->txn, view);
    lua_setfield(L, -2, "records");
    push_profile_aggregates(L, view);
    lua_setfield(L, -2, "aggregates");
    profile->txn->held--;
    return 1;
}

static int profile_tostring(lua_State *L) {
    const lua_profile *profile = object_check(L, 1, CLASS_PROFILE);
    char text[KITH_ID_TEXT_BYTES];
    kith_id_format(&profile->view.id, text);
    lua_pushfstring(L, "kith.profile %s", text);
    return 1;
}

/* ---- iterators ---- */

/* Pushes an iterator; fill its handle, then call iter_opened. */
static lua_iter *iter_new(lua_State *L, enum iter_kind kind) {
    lua_iter *iter = object_new(L, CLASS_ITER, sizeof *iter);
    iter->kind = kind;
    anchor_parent(L, 1);
    return iter;
}

/* The results of a function that a `for` calls: the fourth is closed when the loop is left (5.4).
 */
static int iter_opened(lua_State *L, lua_iter *iter, lua_txn *txn, void *handle) {
    iter->handle = handle;
    iter->txn = txn;
    iter->generation = txn->generation;
    iter->next = txn->iters;
    iter->link = &txn->iters;
    if (iter->next != NULL) {
        iter->next->link = &iter->next;
    }
    txn->iters = iter;
    lua_pushnil(L);
    lua_pushnil(L);
    lua_pushvalue(L, -3);
    return 4;
}

static int txn_records(lua_State *L) {
    lua_txn *txn = object_check(L, 1, CLASS_TXN);
    lua_iter *iter = iter_new(L, ITER_RECORDS);
    txn_ready(L, txn);
    kith_record_iter *handle = NULL;
    int rc = kith_record_iter_open(txn->handle, &handle);
    return rc == KITH_OK ? iter_opened(L, iter, txn, handle) : fail_txn(L, txn, rc);
}

static int txn_profiles(lua_State *L) {
    lua_txn *txn = object_check(L, 1, CLASS_TXN);
    int64_t now_us = check_time(L, 2);
    lua_iter *iter = iter_new(L, ITER_PROFILES);
    txn_ready(L, txn);
    kith_profile_iter *handle = NULL;
    int rc = kith_profile_iter_open(txn->handle, now_us, &handle);
    return rc == KITH_OK ? iter_opened(L, iter, txn, handle) : fail_txn(L, txn, rc);
}

static int txn_events(lua_State *L) {
    lua_txn *txn = object_check(L, 1, CLASS_TXN);
    const char *source = check_text(L, 2), *key = check_text(L, 3);
    int64_t from_us = optional_time(L, 4, INT64_MIN);
    int64_t to_us = optional_time(L, 5, INT64_MAX);
    lua_iter *iter = iter_new(L, ITER_EVENTS);
    txn_ready(L, txn);
    uint32_t number = 0;
    kith_event_iter *handle = NULL;
    int rc = find_number(L, txn, source, key, &number);
    rc = rc == KITH_OK ? kith_event_iter_open(txn->handle, number, from_us, to_us, &handle) : rc;
    return rc == KITH_OK ? iter_opened(L, iter, txn, handle) : fail_txn(L, txn, rc);
}

static int next_record(lua_State *L, lua_iter *iter) {
    kith_record record = KITH_RECORD_INIT;
    int rc = kith_record_iter_next(iter->handle, &record);
    if (rc == KITH_OK) {
        push_record(L, iter->txn, &record);
    }
    return rc;
}

static void push_event(lua_State *L, lua_txn *txn, const kith_event *event) {
    kith_field property;
    size_t cursor = 0;
    txn->held++;
    lua_createtable(L, 0, 4);
    set_time(L, "time", event->time_us);
    set_text(L, "type", event->type);
    set_text(L, "message_id", event->message_id);
    lua_newtable(L);
    while (kith_event_next_property(event, &cursor, &property) == KITH_OK) {
        push_value(L, &property.value);
        lua_setfield(L, -2, property.name);
    }
    lua_setfield(L, -2, "properties");
    txn->held--;
}

static int next_event(lua_State *L, lua_iter *iter) {
    kith_event event = KITH_EVENT_INIT;
    int rc = kith_event_iter_next(iter->handle, &event);
    if (rc == KITH_OK) {
        push_event(L, iter->txn, &event);
    }
    return rc;
}

/* The profile stands on top; it ends with the next step. */
static int next_profile(lua_iter *iter, lua_profile *profile) {
    int rc = kith_profile_iter_next(iter->handle, &profile->view);
    if (rc == KITH_OK) {
        profile_bind(profile, iter->txn, iter);
    }
    return rc;
}

static void iter_ready(lua_State *L, const lua_iter *iter) {
    if (iter->txn == NULL || iter->txn->handle == NULL ||
        iter->generation != iter->txn->generation) {
        luaL_error(L, "the iterator is gone: its transaction ended, was reset or wrote");
    }
    txn_check_free(L, iter->txn);
}

static int iter_call(lua_State *L) {
    lua_iter *iter = object_check(L, 1, CLASS_ITER);
    lua_profile *profile = iter->kind == ITER_PROFILES ? profile_new(L, 1) : NULL;
    iter_ready(L, iter);
    if (iter->handle == NULL) {
        lua_pushnil(L);
        return 1;
    }
    iter->step++;
    int rc = iter->kind == ITER_PROFILES  ? next_profile(iter, profile)
             : iter->kind == ITER_RECORDS ? next_record(L, iter)
                                          : next_event(L, iter);
    if (rc == KITH_OK) {
        return 1;
    }
    iter_end(iter);
    if (rc == KITH_DONE) {
        lua_pushnil(L);
        return 1;
    }
    int count = fail_txn(L, iter->txn, rc);
    return luaL_error(L, "%s: %s", kith_code_name(rc), lua_tostring(L, 1 - count));
}

static int iter_close(lua_State *L) {
    lua_iter *iter = object_check(L, 1, CLASS_ITER);
    if (iter->handle != NULL) {
        txn_check_free(L, iter->txn);
        iter_end(iter);
    }
    return 0;
}

static int iter_gc(lua_State *L) {
    iter_end(lua_touserdata(L, 1));
    return 0;
}

/* ---- care ---- */

static int txn_stat(lua_State *L) {
    static const count_field fields[] = {
        COUNT(kith_stat, record_count),        COUNT(kith_stat, profile_count),
        COUNT(kith_stat, event_count),         COUNT(kith_stat, assertion_count),
        COUNT(kith_stat, identifier_count),    COUNT(kith_stat, link_count),
        COUNT(kith_stat, refused_link_count),  COUNT(kith_stat, generic_value_count),
        COUNT(kith_stat, dirty_profile_count), COUNT(kith_stat, pending_record_count),
        COUNT(kith_stat, landed_event_count),  COUNT(kith_stat, source_count),
        COUNT(kith_stat, attribute_count),     COUNT(kith_stat, event_type_count),
        COUNT(kith_stat, file_bytes),          COUNT(kith_stat, used_bytes),
        COUNT(kith_stat, map_bytes),           {NULL, 0}};
    lua_txn *txn = check_txn(L, 1);
    kith_stat stat = KITH_STAT_INIT;
    int rc = kith_stat_get(txn->handle, &stat);
    if (rc != KITH_OK) {
        return fail_txn(L, txn, rc);
    }
    lua_createtable(L, 0, 20);
    set_counts(L, &stat, fields);
    set_integer(L, "format_version", stat.format_version);
    set_integer(L, "reader_count", stat.reader_count);
    return 1;
}

static int in_read_txn(lua_State *L, lua_CFunction get) {
    kith_error error = KITH_ERROR_INIT;
    lua_txn *txn = NULL;
    lua_settop(L, 1);
    int rc = txn_begin(L, 1, false, &txn, &error);
    if (rc != KITH_OK) {
        return fail(L, rc, &error);
    }
    lua_replace(L, 1);
    int count = get(L);
    kith_txn_abort(txn_take(txn));
    return count;
}

static int store_stat(lua_State *L) {
    return in_read_txn(L, txn_stat);
}

static int push_settled(lua_State *L, const kith_settle_result *result) {
    static const count_field fields[] = {COUNT(kith_settle_result, settled_count),
                                         COUNT(kith_settle_result, packed_count),
                                         COUNT(kith_settle_result, remaining_count),
                                         {NULL, 0}};
    lua_createtable(L, 0, 3);
    set_counts(L, result, fields);
    return 1;
}

static int txn_settle(lua_State *L) {
    lua_txn *txn = object_check(L, 1, CLASS_TXN);
    int64_t now_us = check_time(L, 2);
    uint64_t budget = optional_count(L, 3);
    txn_will_write(L, txn);
    kith_settle_result result = KITH_SETTLE_RESULT_INIT;
    int rc = kith_settle(txn->handle, now_us, budget, &result);
    return rc == KITH_OK ? push_settled(L, &result) : fail_txn(L, txn, rc);
}

/* Commits where `rc` is KITH_OK, else aborts and tells why. */
static int end_write(kith_txn *txn, int rc, kith_error *error) {
    if (rc == KITH_OK) {
        return kith_txn_commit(txn, error);
    }
    *error = *kith_txn_error(txn);
    kith_txn_abort(txn);
    return rc;
}

static int store_settle(lua_State *L) {
    lua_store *store = check_store(L, 1);
    int64_t now_us = check_time(L, 2);
    uint64_t budget = optional_count(L, 3);
    check_no_writer(L, store);
    kith_settle_result result = KITH_SETTLE_RESULT_INIT;
    kith_error error = KITH_ERROR_INIT;
    int rc = kith_settle_all(store->handle, now_us, budget, NULL, NULL, &result, &error);
    return rc == KITH_OK ? push_settled(L, &result) : fail(L, rc, &error);
}

static int store_apply_config(lua_State *L) {
    lua_store *store = check_store(L, 1);
    luaL_checktype(L, 2, LUA_TSTRING);
    size_t size = 0;
    const char *json = lua_tolstring(L, 2, &size);
    check_no_writer(L, store);
    kith_error error = KITH_ERROR_INIT;
    kith_txn *txn = NULL;
    int rc = kith_txn_begin(store->handle, KITH_WRITE, &txn, &error);
    if (rc == KITH_OK) {
        rc = end_write(txn, kith_config_apply(txn, json, size), &error);
    }
    return answer_true(L, rc, &error);
}

static int txn_apply_config(lua_State *L) {
    lua_txn *txn = object_check(L, 1, CLASS_TXN);
    luaL_checktype(L, 2, LUA_TSTRING);
    size_t size = 0;
    const char *json = lua_tolstring(L, 2, &size);
    txn_will_write(L, txn);
    int rc = kith_config_apply(txn->handle, json, size);
    return rc == KITH_OK ? answer_true(L, rc, NULL) : fail_txn(L, txn, rc);
}

static int txn_config(lua_State *L) {
    lua_txn *txn = object_check(L, 1, CLASS_TXN);
    owned *box = owned_new(L, kith_free);
    txn_ready(L, txn);
    char *json = NULL;
    int rc = kith_config_get(txn->handle, &json);
    if (rc != KITH_OK) {
        return fail_txn(L, txn, rc);
    }
    box->memory = json;
    lua_pushstring(L, json);
    owned_free(box);
    return 1;
}

static int store_config(lua_State *L) {
    return in_read_txn(L, txn_config);
}

static const char *const progress_options[] = {"progress", NULL};

/* Makes the callbacks of check and verify; the list of problems is left at index `list`. */
static callbacks problem_callbacks(lua_State *L, int options, int *list) {
    callbacks all = {.L = L};
    check_options(L, options, progress_options);
    int progress = option_function(L, options, "progress");
    lua_newtable(L);
    *list = lua_gettop(L);
    all.problem = callback_new(L, *list, problem_adapter);
    all.progress = callback_new(L, progress, progress_adapter);
    return all;
}

static int push_problems(lua_State *L, const callbacks *all, int list, int rc, uint64_t count,
                         const kith_error *error) {
    if (all->failed) {
        return lua_error(L);
    }
    if (rc != KITH_OK) {
        return fail(L, rc, error);
    }
    push_integer(L, (int64_t)count);
    lua_pushvalue(L, list);
    return 2;
}

static int store_verify(lua_State *L) {
    lua_store *store = object_check(L, 1, CLASS_STORE);
    int64_t now_us = check_time(L, 2);
    int list = 0;
    callbacks all = problem_callbacks(L, 3, &list);
    store_ready(L, store);
    kith_check_options options = {sizeof options, on_problem, on_progress, &all};
    kith_error error = KITH_ERROR_INIT;
    uint64_t count = 0;
    store->held++;
    int rc = kith_verify(store->handle, now_us, &options, &count, &error);
    store->held--;
    return push_problems(L, &all, list, rc, count, &error);
}

static int kith_lua_check(lua_State *L) {
    const char *path = check_text(L, 1);
    int list = 0;
    callbacks all = problem_callbacks(L, 2, &list);
    kith_check_options options = {sizeof options, on_problem, on_progress, &all};
    kith_error error = KITH_ERROR_INIT;
    uint64_t count = 0;
    int rc = kith_check(path, &options, &count, &error);
    return push_problems(L, &all, list, rc, count, &error);
}

static int store_backup(lua_State *L) {
    lua_store *store = object_check(L, 1, CLASS_STORE);
    const char *path = check_text(L, 2);
    check_options(L, 3, progress_options);
    callbacks all = {.L = L};
    all.progress = callback_new(L, option_function(L, 3, "progress"), progress_adapter);
    store_ready(L, store);
    kith_error error = KITH_ERROR_INIT;
    store->held++;
    int rc = kith_backup(store->handle, path, on_progress, &all, &error);
    store->held--;
    return all.failed ? lua_error(L) : answer_true(L, rc, &error);
}

static int push_resolved(lua_State *L, const kith_resolve_result *result) {
    static const count_field fields[] = {COUNT(kith_resolve_result, record_count),
                                         COUNT(kith_resolve_result, compared_count),
                                         COUNT(kith_resolve_result, scored_count),
                                         {NULL, 0}};
    lua_createtable(L, 0, 6);
    set_counts(L, result, fields);
    set_integer(L, "model_version", result->model_version);
    set_boolean(L, "trained", result->trained);
    push_settled(L, &result->settled);
    lua_setfield(L, -2, "settled");
    return 1;
}

static int store_resolve(lua_State *L) {
    static const char *const names[] = {"train", "threads", "progress", NULL};
    lua_store *store = object_check(L, 1, CLASS_STORE);
    callbacks all = {.L = L};
    kith_resolve_options options = KITH_RESOLVE_OPTIONS_INIT;
    options.now_us = check_time(L, 2);
    check_options(L, 3, names);
    options.train = option_boolean(L, 3, "train");
    options.threads = (unsigned)option_count(L, 3, "threads", UINT16_MAX);
    all.progress = callback_new(L, option_function(L, 3, "progress"), progress_adapter);
    options.progress = on_progress;
    options.context = &all;
    store_ready(L, store);
    check_no_writer(L, store);
    kith_error error = KITH_ERROR_INIT;
    kith_resolve_result result = KITH_RESOLVE_RESULT_INIT;
    store->held++;
    store->writing = "a resolve of";
    int rc = kith_resolve(store->handle, &options, &result, &error);
    store->writing = NULL;
    store->held--;
    if (all.failed) {
        return lua_error(L);
    }
    return rc == KITH_OK ? push_resolved(L, &result) : fail(L, rc, &error);
}

/* ---- files in and out ---- */

static void release_report(void *memory) {
    kith_import_report_free(memory);
}

static void set_mapping(lua_State *L, const kith_import_report *report) {
    lua_createtable(L, (int)report->column_count, 0);
    for (size_t i = 0; i < report->column_count; i++) {
        lua_createtable(L, 0, 2);
        set_text(L, "column", report->columns[i]);
        set_text(L, "attribute", report->attributes[i]);
        lua_rawseti(L, -2, (int)i + 1);
    }
    lua_setfield(L, -2, "columns");
}

static void set_facts(lua_State *L, const char *name, const kith_fact_counts *facts) {
    static const count_field fields[] = {COUNT(kith_fact_counts, added),
                                         COUNT(kith_fact_counts, updated),
                                         COUNT(kith_fact_counts, unchanged),
                                         COUNT(kith_fact_counts, ignored),
                                         {NULL, 0}};
    lua_createtable(L, 0, 4);
    set_counts(L, facts, fields);
    lua_setfield(L, -2, name);
}

static void set_non_numbers(lua_State *L, const kith_import_report *report) {
    lua_createtable(L, (int)report->non_number_count, 0);
    for (size_t i = 0; i < report->non_number_count; i++) {
        lua_createtable(L, 0, 3);
        set_text(L, "column", report->non_numbers[i]->column);
        set_integer(L, "value_count", (int64_t)report->non_numbers[i]->value_count);
        set_integer(L, "first_line", (int64_t)report->non_numbers[i]->first_line);
        lua_rawseti(L, -2, (int)i + 1);
    }
    lua_setfield(L, -2, "non_numbers");
}

static void set_mixed_dates(lua_State *L, const kith_import_report *report) {
    lua_createtable(L, (int)report->mixed_date_count, 0);
    for (size_t i = 0; i < report->mixed_date_count; i++) {
        const kith_mixed_dates *dates = report->mixed_dates[i];
        lua_createtable(L, 0, 6);
        set_text(L, "column", dates->column);
        lua_pushboolean(L, dates->month_first);
        lua_setfield(L, -2, "month_first");
        set_integer(L, "either_count", (int64_t)dates->either_count);
        set_integer(L, "first_either_line", (int64_t)dates->first_either_line);
        set_integer(L, "other_count", (int64_t)dates->other_count);
        set_integer(L, "first_other_line", (int64_t)dates->first_other_line);
        lua_rawseti(L, -2, (int)i + 1);
    }
    lua_setfield(L, -2, "mixed_dates");
}

static void set_generic_values(lua_State *L, const kith_import_report *report) {
    lua_createtable(L, (int)report->generic_value_count, 0);
    for (size_t i = 0; i < report->generic_value_count; i++) {
        lua_createtable(L, 0, 3);
        set_text(L, "type", report->generic_values[i]->type);
        set_text(L, "value", report->generic_values[i]->value);
        set_integer(L, "record_count", (int64_t)report->generic_values[i]->record_count);
        lua_rawseti(L, -2, (int)i + 1);
    }
    lua_setfield(L, -2, "generic_values");
}

static void push_report(lua_State *L, const kith_import_report *report) {
    static const count_field fields[] = {COUNT(kith_import_report, row_count),
                                         COUNT(kith_import_report, added_count),
                                         COUNT(kith_import_report, updated_count),
                                         COUNT(kith_import_report, unchanged_count),
                                         COUNT(kith_import_report, ignored_count),
                                         COUNT(kith_import_report, rejected_count),
                                         COUNT(kith_import_report, invalid_value_count),
                                         COUNT(kith_import_report, settled_count),
                                         COUNT(kith_import_report, future_row_count),
                                         COUNT(kith_import_report, first_future_line),
                                         COUNT(kith_import_report, source_value_count),
                                         COUNT(kith_import_report, unmapped_value_count),
                                         COUNT(kith_import_report, tied_count),
                                         COUNT(kith_import_report, first_tied_line),
                                         COUNT(kith_import_report, generic_count),
                                         {NULL, 0}};
    lua_createtable(L, 0, 30);
    set_counts(L, report, fields);
    lua_createtable(L, 0, (int)report->reason_count);
    for (size_t i = 0; i < report->reason_count; i++) {
        const char *name = kith_reject_reason_name((kith_reject_reason)i);
        set_integer(L, name, (int64_t)report->rejected_by_reason[i]);
    }
    lua_setfield(L, -2, "rejected_by_reason");
    set_text(L, "format", report->format);
    set_text(L, "encoding", report->encoding);
    set_text(L, "key", report->key);
    set_text(L, "source_column", report->source_column);
    set_text(L, "wrong_option", report->wrong_option);
    set_facts(L, "records", &report->records);
    set_facts(L, "events", &report->events);
    set_facts(L, "links", &report->links);
    set_non_numbers(L, report);
    set_mixed_dates(L, report);
    set_generic_values(L, report);
    set_mapping(L, report);
}

static kith_format option_format(lua_State *L, int index) {
    static const char *const names[] = {"auto", "csv", "jsonl", "segment"};
    const char *name = option_text(L, index, "format");
    for (int i = 0; name != NULL && i < 4; i++) {
        if (strcmp(names[i], name) == 0) {
            return (kith_format)i;
        }
    }
    if (name != NULL) {
        luaL_argerror(L, index, lua_pushfstring(L, "unknown format '%s'", name));
    }
    return KITH_FORMAT_AUTO;
}

static void read_import_options(lua_State *L, int index, kith_import_options *out, callbacks *all) {
    static const char *const names[] = {"source",    "now",         "format", "key",
                                        "map",       "event",       "time",   "encoding",
                                        "rejects",   "batch_count", "settle", "progress",
                                        "on_reject", "message_id",  "dates",  NULL};
    luaL_checktype(L, index, LUA_TTABLE);
    check_options(L, index, names);
    luaL_checkstack(L, LUA_MINSTACK, "too many options");
    out->source = option_text(L, index, "source");
    if (out->source == NULL) {
        luaL_argerror(L, index, "option 'source' is required");
    }
    out->format = option_format(L, index);
    out->key_column = option_text(L, index, "key");
    out->map = option_text(L, index, "map");
    out->event_type = option_text(L, index, "event");
    out->time_column = option_text(L, index, "time");
    out->message_id_column = option_text(L, index, "message_id");
    out->dates = option_text(L, index, "dates");
    out->encoding = option_text(L, index, "encoding");
    out->rejects_path = option_text(L, index, "rejects");
    out->now_us = option_time(L, index, "now");
    out->batch_count = (uint32_t)option_count(L, index, "batch_count", UINT32_MAX);
    out->settle = option_boolean(L, index, "settle");
    all->progress = callback_new(L, option_function(L, index, "progress"), progress_adapter);
    all->reject = callback_new(L, option_function(L, index, "on_reject"), reject_adapter);
    out->progress = all->progress.function != 0 ? on_progress : NULL;
    out->reject = all->reject.function != 0 ? on_reject : NULL;
    out->context = all;
}

/* The report of an import that was stopped or failed half-way is the fourth result. */
static int push_import(lua_State *L, owned *box, int rc, const kith_error *error) {
    int failed = rc == KITH_OK ? 0 : fail(L, rc, error);
    if (box->memory == NULL) {
        return failed;
    }
    lua_settop(L, failed > 3 ? -2 : -1);
    push_report(L, box->memory);
    owned_free(box);
    return rc == KITH_OK ? 1 : 4;
}

static int store_import(lua_State *L) {
    lua_store *store = object_check(L, 1, CLASS_STORE);
    const char *path = check_text(L, 2);
    callbacks all = {.L = L};
    kith_import_options options = KITH_IMPORT_OPTIONS_INIT;
    read_import_options(L, 3, &options, &all);
    owned *box = owned_new(L, release_report);
    store_ready(L, store);
    check_no_writer(L, store);
    kith_error error = KITH_ERROR_INIT;
    kith_import_report *report = NULL;
    store->held++;
    store->writing = "an import into";
    int rc = kith_import(store->handle, path, &options, &report, &error);
    store->writing = NULL;
    store->held--;
    box->memory = report;
    if (all.failed) {
        owned_free(box);
        return lua_error(L);
    }
    return push_import(L, box, rc, &error);
}

static int store_export(lua_State *L) {
    static const char *const whats[] = {"records", "events", "profiles", "clusters", NULL};
    static const char *const formats[] = {"csv", "jsonl", NULL};
    lua_store *store = object_check(L, 1, CLASS_STORE);
    int what = luaL_checkoption(L, 2, NULL, whats) + KITH_EXPORT_RECORDS;
    int format = luaL_checkoption(L, 3, NULL, formats) + KITH_FORMAT_CSV;
    int64_t now_us = check_time(L, 4);
    luaL_checktype(L, 5, LUA_TFUNCTION);
    callbacks all = {.L = L};
    all.write = callback_new(L, 5, write_adapter);
    store_ready(L, store);
    check_no_writer(L, store);
    kith_error error = KITH_ERROR_INIT;
    store->held++;
    int rc = kith_export(store->handle, (kith_export_what)what, (kith_format)format, now_us,
                         on_write, &all, &error);
    store->held--;
    return all.failed ? lua_error(L) : answer_true(L, rc, &error);
}

static void release_evaluation(void *memory) {
    kith_evaluation_free(memory);
}

static void set_quality(lua_State *L, const char *name, const kith_quality *quality) {
    lua_createtable(L, 0, 3);
    lua_pushnumber(L, quality->precision);
    lua_setfield(L, -2, "precision");
    lua_pushnumber(L, quality->recall);
    lua_setfield(L, -2, "recall");
    lua_pushnumber(L, quality->f1);
    lua_setfield(L, -2, "f1");
    lua_setfield(L, -2, name);
}

static void set_wrong_record(lua_State *L, const char *name, const char *source, const char *key,
                             const char *entity) {
    lua_createtable(L, 0, 3);
    set_text(L, "source", source);
    set_text(L, "key", key);
    set_text(L, "entity", entity);
    lua_setfield(L, -2, name);
}

static void set_wrong_pairs(lua_State *L, const char *name, const kith_wrong_pair *const *pairs,
                            size_t count) {
    lua_createtable(L, (int)count, 0);
    for (size_t i = 0; i < count; i++) {
        const kith_wrong_pair *pair = pairs[i];
        lua_createtable(L, 0, 2);
        set_wrong_record(L, "a", pair->source_a, pair->key_a, pair->entity_a);
        set_wrong_record(L, "b", pair->source_b, pair->key_b, pair->entity_b);
        lua_rawseti(L, -2, (int)i + 1);
    }
    lua_setfield(L, -2, name);
}

static void set_curve(lua_State *L, const kith_evaluation *evaluation) {
    static const count_field fields[] = {
        COUNT(kith_curve_point, pair_count), COUNT(kith_curve_point, right_pair_count), {NULL, 0}};
    lua_createtable(L, (int)evaluation->curve_count, 0);
    for (size_t i = 0; i < evaluation->curve_count; i++) {
        const kith_curve_point *point = evaluation->curve[i];
        lua_createtable(L, 0, 4);
        set_number(L, "threshold_bits", point->threshold_bits);
        set_counts(L, point, fields);
        set_quality(L, "quality", &point->quality);
        lua_rawseti(L, -2, (int)i + 1);
    }
    lua_setfield(L, -2, "curve");
}

static void push_evaluation(lua_State *L, const kith_evaluation *evaluation) {
    static const count_field fields[] = {COUNT(kith_evaluation, record_count),
                                         COUNT(kith_evaluation, missing_count),
                                         COUNT(kith_evaluation, entity_count),
                                         COUNT(kith_evaluation, profile_count),
                                         COUNT(kith_evaluation, true_pair_count),
                                         COUNT(kith_evaluation, found_pair_count),
                                         COUNT(kith_evaluation, right_pair_count),
                                         COUNT(kith_evaluation, over_merge_count),
                                         COUNT(kith_evaluation, under_merge_count),
                                         COUNT(kith_evaluation, unscored_pair_count),
                                         {NULL, 0}};
    lua_createtable(L, 0, 17);
    set_counts(L, evaluation, fields);
    set_quality(L, "pairwise", &evaluation->pairwise);
    set_quality(L, "bcubed", &evaluation->bcubed);
    set_wrong_pairs(L, "over_merges", evaluation->over_merges, evaluation->over_listed);
    set_wrong_pairs(L, "under_merges", evaluation->under_merges, evaluation->under_listed);
    set_integer(L, "model_version", evaluation->model_version);
    set_number(L, "link_at_bits", evaluation->link_at_bits);
    set_curve(L, evaluation);
}

static int store_evaluate(lua_State *L) {
    lua_store *store = object_check(L, 1, CLASS_STORE);
    const char *path = check_text(L, 2);
    owned *box = owned_new(L, release_evaluation);
    store_ready(L, store);
    kith_error error = KITH_ERROR_INIT;
    kith_evaluation *evaluation = NULL;
    int rc = kith_evaluate(store->handle, path, &evaluation, &error);
    if (rc != KITH_OK) {
        return fail(L, rc, &error);
    }
    box->memory = evaluation;
    push_evaluation(L, evaluation);
    owned_free(box);
    return 1;
}

/* ---- audit ---- */

static void release_audit(void *memory) {
    kith_audit_result_free(memory);
}

static void push_audit_count(lua_State *L, const kith_audit_count *count) {
    static const count_field fields[] = {COUNT(kith_audit_count, copy_count),
                                         COUNT(kith_audit_count, found_count),
                                         COUNT(kith_audit_count, link_count),
                                         COUNT(kith_audit_count, right_count),
                                         {NULL, 0}};
    lua_createtable(L, 0, 6);
    set_counts(L, count, fields);
    set_quality(L, "quality", &count->quality);
}

static void set_audit_errors(lua_State *L, const kith_audit_result *found) {
    lua_createtable(L, (int)found->error_count, 0);
    for (size_t i = 0; i < found->error_count; i++) {
        push_audit_count(L, &found->errors[i]->count);
        set_text(L, "name", found->errors[i]->name);
        lua_rawseti(L, -2, (int)i + 1);
    }
    lua_setfield(L, -2, "errors");
}

static void set_audit_attributes(lua_State *L, const kith_audit_result *found) {
    static const count_field fields[] = {COUNT(kith_audit_attribute, record_count),
                                         COUNT(kith_audit_attribute, value_count),
                                         COUNT(kith_audit_attribute, distinct_count),
                                         COUNT(kith_audit_attribute, top_count),
                                         {NULL, 0}};
    lua_createtable(L, (int)found->attribute_count, 0);
    for (size_t i = 0; i < found->attribute_count; i++) {
        const kith_audit_attribute *attribute = found->attributes[i];
        lua_createtable(L, 0, 8);
        set_text(L, "attribute", attribute->attribute);
        set_counts(L, attribute, fields);
        set_text(L, "top_value", attribute->top_value);
        set_number(L, "completeness", attribute->completeness);
        set_number(L, "uniqueness", attribute->uniqueness);
        lua_rawseti(L, -2, (int)i + 1);
    }
    lua_setfield(L, -2, "attributes");
}

static void push_audit(lua_State *L, const kith_audit_result *found) {
    static const count_field fields[] = {COUNT(kith_audit_result, record_count),
                                         COUNT(kith_audit_result, identified_count),
                                         COUNT(kith_audit_result, compared_count),
                                         COUNT(kith_audit_result, unlinkable_count),
                                         COUNT(kith_audit_result, block_count),
                                         COUNT(kith_audit_result, dropped_block_count),
                                         COUNT(kith_audit_result, largest_block_count),
                                         {NULL, 0}};
    lua_createtable(L, 0, 12);
    set_counts(L, found, fields);
    set_integer(L, "model_version", found->model_version);
    set_integer(L, "block_cap", found->block_cap);
    push_audit_count(L, &found->all);
    lua_setfield(L, -2, "all");
    set_audit_errors(L, found);
    set_audit_attributes(L, found);
}

static int store_audit(lua_State *L) {
    static const char *const names[] = {"share", "progress", NULL};
    lua_store *store = object_check(L, 1, CLASS_STORE);
    callbacks all = {.L = L};
    kith_audit_options options = KITH_AUDIT_OPTIONS_INIT;
    check_options(L, 2, names);
    options.share = option_number(L, 2, "share");
    all.progress = callback_new(L, option_function(L, 2, "progress"), progress_adapter);
    options.progress = on_progress;
    options.context = &all;
    owned *box = owned_new(L, release_audit);
    store_ready(L, store);
    kith_error error = KITH_ERROR_INIT;
    kith_audit_result *found = NULL;
    store->held++;
    int rc = kith_audit(store->handle, &options, &found, &error);
    store->held--;
    box->memory = found;
    if (all.failed) {
        /* The error of the callback stands on top. */
        owned_free(box);
        return lua_error(L);
    }
    if (rc != KITH_OK) {
        return fail(L, rc, &error);
    }
    push_audit(L, found);
    owned_free(box);
    return 1;
}

/* ---- the store and the module ---- */

static unsigned option_flag(lua_State *L, int index, const char *name, unsigned flag) {
    return option_boolean(L, index, name) ? flag : 0;
}

static int kith_lua_open(lua_State *L) {
    static const char *const names[] = {"create",         "create_new",  "read_only", "network",
                                        "map_size_bytes", "max_readers", "config",    NULL};
    const char *path = check_text(L, 1);
    check_options(L, 2, names);
    kith_open_options options = KITH_OPEN_OPTIONS_INIT;
    options.flags = option_flag(L, 2, "create", KITH_CREATE) |
                    option_flag(L, 2, "create_new", KITH_CREATE_NEW) |
                    option_flag(L, 2, "read_only", KITH_OPEN_READ_ONLY) |
                    option_flag(L, 2, "network", KITH_OPEN_NETWORK);
    options.map_size_bytes = option_count(L, 2, "map_size_bytes", INT64_MAX);
    options.max_readers = (unsigned)option_count(L, 2, "max_readers", UINT16_MAX);
    options.config = option_text(L, 2, "config");
    lua_store *store = object_new(L, CLASS_STORE, sizeof *store);
    anchor_parent(L, 0);
    kith_error error = KITH_ERROR_INIT;
    int rc = kith_open(path, &options, &store->handle, &error);
    return rc == KITH_OK ? 1 : fail(L, rc, &error);
}

static void store_end(lua_store *store) {
    kith *handle = store->handle;
    store->handle = NULL;
    kith_close(handle);
}

static int store_close(lua_State *L) {
    lua_store *store = object_check(L, 1, CLASS_STORE);
    if (store->held > 0) {
        return luaL_error(L, "the store is in use by the call that called back");
    }
    store_end(store);
    return 0;
}

static int store_gc(lua_State *L) {
    store_end(lua_touserdata(L, 1));
    return 0;
}

static int store_tostring(lua_State *L) {
    const lua_store *store = object_check(L, 1, CLASS_STORE);
    lua_pushfstring(L, "kith.store (%s)", store->handle != NULL ? "open" : "closed");
    return 1;
}

static int kith_lua_parse_time(lua_State *L) {
    luaL_checktype(L, 1, LUA_TSTRING);
    size_t size = 0;
    const char *text = lua_tolstring(L, 1, &size);
    int64_t time_us = 0;
    if (kith_time_parse(text, size, &time_us) != KITH_OK) {
        kith_error error = {sizeof error, KITH_INVALID, -1, "the text is no time"};
        return fail(L, KITH_INVALID, &error);
    }
    push_integer(L, time_us);
    return 1;
}

static int kith_lua_parse_date(lua_State *L) {
    luaL_checktype(L, 1, LUA_TSTRING);
    size_t size = 0;
    const char *text = lua_tolstring(L, 1, &size);
    int64_t date_days = 0;
    if (kith_date_parse(text, size, &date_days) != KITH_OK) {
        kith_error error = {sizeof error, KITH_INVALID, -1, "the text is no date"};
        return fail(L, KITH_INVALID, &error);
    }
    push_date(L, date_days);
    return 1;
}

static int kith_lua_format_time(lua_State *L) {
    char text[KITH_TIME_TEXT_BYTES];
    kith_time_format(check_time(L, 1), text);
    lua_pushstring(L, text);
    return 1;
}

static const luaL_Reg store_methods[] = {{"close", store_close},
                                         {"begin", store_begin},
                                         {"read", store_read},
                                         {"write", store_write},
                                         {"import", store_import},
                                         {"export", store_export},
                                         {"settle", store_settle},
                                         {"resolve", store_resolve},
                                         {"verify", store_verify},
                                         {"backup", store_backup},
                                         {"evaluate", store_evaluate},
                                         {"audit", store_audit},
                                         {"stat", store_stat},
                                         {"config", store_config},
                                         {"apply_config", store_apply_config},
                                         {NULL, NULL}};

static const luaL_Reg store_metamethods[] = {
    {"__gc", store_gc}, {"__close", store_close}, {"__tostring", store_tostring}, {NULL, NULL}};

static const luaL_Reg txn_methods[] = {{"commit", txn_commit},
                                       {"abort", txn_abort},
                                       {"reset", txn_reset},
                                       {"renew", txn_renew},
                                       {"put", txn_put},
                                       {"patch", txn_patch},
                                       {"add", txn_add},
                                       {"event", txn_event},
                                       {"link", txn_link},
                                       {"unlink", txn_unlink},
                                       {"record", txn_record},
                                       {"find", txn_find},
                                       {"find_ids", txn_find_ids},
                                       {"get", txn_get},
                                       {"profile_of", txn_profile_of},
                                       {"profile_id", txn_profile_id},
                                       {"profiles", txn_profiles},
                                       {"records", txn_records},
                                       {"events", txn_events},
                                       {"why", txn_why},
                                       {"how", txn_how},
                                       {"pair", txn_pair},
                                       {"blame", txn_blame},
                                       {"review", txn_review},
                                       {"search", txn_search},
                                       {"stat", txn_stat},
                                       {"settle", txn_settle},
                                       {"config", txn_config},
                                       {"apply_config", txn_apply_config},
                                       {NULL, NULL}};

static const luaL_Reg txn_metamethods[] = {
    {"__gc", txn_gc}, {"__close", txn_abort}, {"__tostring", txn_tostring}, {NULL, NULL}};

static const luaL_Reg profile_methods[] = {{"id", profile_id},
                                           {"value", profile_value},
                                           {"golden", profile_golden},
                                           {"values", profile_values},
                                           {"records", profile_records},
                                           {"aggregate", profile_aggregate},
                                           {"aggregates", profile_aggregates},
                                           {"count_events", profile_count_events},
                                           {"to_table", profile_to_table},
                                           {NULL, NULL}};

static const luaL_Reg profile_metamethods[] = {{"__tostring", profile_tostring}, {NULL, NULL}};

static const luaL_Reg iter_metamethods[] = {
    {"__call", iter_call}, {"__gc", iter_gc}, {"__close", iter_close}, {NULL, NULL}};

static const luaL_Reg owned_metamethods[] = {{"__gc", owned_gc}, {NULL, NULL}};

static const luaL_Reg module_functions[] = {{"open", kith_lua_open},
                                            {"check", kith_lua_check},
                                            {"parse_time", kith_lua_parse_time},
                                            {"parse_date", kith_lua_parse_date},
                                            {"format_time", kith_lua_format_time},
                                            {NULL, NULL}};

/* Sets the functions in the table on top; the metatables stand at index 1 and up. */
static void set_functions(lua_State *L, const luaL_Reg *functions) {
    for (int i = CLASS_STORE; i < CLASS_END; i++) {
        lua_pushvalue(L, i);
    }
    luaL_setfuncs(L, functions, CLASS_END - CLASS_STORE);
}

/* Fills the metatable at index `at`. Methods stand apart from it, so that no one calls a __gc by
 * hand. */
static void make_class(lua_State *L, int at, const luaL_Reg *metamethods, const luaL_Reg *methods) {
    lua_pushvalue(L, at);
    set_functions(L, metamethods);
    set_text(L, "__name", class_names[at]);
    set_text(L, "__metatable", class_names[at]);
    lua_newtable(L);
    set_functions(L, methods);
    lua_setfield(L, -2, "__index");
    lua_pop(L, 1);
}

KITH_API int luaopen_kith(lua_State *L);

int luaopen_kith(lua_State *L) {
    static const luaL_Reg none[] = {{NULL, NULL}};
    luaL_checkstack(L, LUA_MINSTACK, "too many arguments");
    lua_settop(L, 0);
    for (int i = CLASS_STORE; i < CLASS_END; i++) {
        lua_newtable(L);
    }
    make_class(L, CLASS_STORE, store_metamethods, store_methods);
    make_class(L, CLASS_TXN, txn_metamethods, txn_methods);
    make_class(L, CLASS_PROFILE, profile_metamethods, profile_methods);
    make_class(L, CLASS_ITER, iter_metamethods, none);
    make_class(L, CLASS_OWNED, owned_metamethods, none);
    lua_newtable(L);
    set_functions(L, module_functions);
    set_text(L, "version", kith_version());
    lua_pushlightuserdata(L, NULL);
    lua_setfield(L, -2, "null");
    return 1;
}
