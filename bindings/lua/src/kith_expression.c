/* Expressions of the segment language: read and checked once, they belong to no transaction. */
#include "kith_lua.h"

/* Stack indices of kith_lua_expression. */
enum { TEXT = 1, OPTIONS, STORE, EXPRESSION };

static klua_expression *check_expression(lua_State *L, int index) {
    klua_expression *expression = klua_object_check(L, index, KLUA_EXPRESSION);
    if (expression->handle == NULL) {
        luaL_error(L, "the expression was collected");
    }
    return expression;
}

/* Reads the text into the object; `txn` is NULL where names aren't looked up. */
static int parse(lua_State *L, kith_txn *txn, const kith_expression_options *options,
                 kith_error *error) {
    size_t size = 0;
    const char *text = lua_tolstring(L, TEXT, &size);
    klua_expression *expression = lua_touserdata(L, EXPRESSION);
    expression->any_name = options->any_name;
    return kith_expression_parse(text, size, txn, options, &expression->handle, error);
}

/* In a transaction of the store, or the one that is given in its place. */
static int parse_in(lua_State *L, const kith_expression_options *options, kith_error *error) {
    klua_txn *txn = NULL;
    if (klua_object_at(L, STORE, KLUA_TXN) != NULL) {
        txn = klua_check_txn(L, STORE);
        return parse(L, txn->handle, options, error);
    }
    int rc = klua_txn_begin(L, STORE, false, &txn, error);
    if (rc == KITH_OK) {
        rc = parse(L, txn->handle, options, error);
        kith_txn_abort(klua_txn_take(txn));
    }
    return rc;
}

/* Leaves the store or transaction at its index, or nil. */
static void take_store(lua_State *L) {
    if (lua_isnoneornil(L, OPTIONS)) {
        lua_pushnil(L);
        return;
    }
    lua_getfield(L, OPTIONS, "store");
    bool fits = lua_isnil(L, -1) || klua_object_at(L, -1, KLUA_STORE) != NULL ||
                klua_object_at(L, -1, KLUA_TXN) != NULL;
    if (!fits) {
        luaL_argerror(L, OPTIONS,
                      lua_pushfstring(L, "option 'store': kith.store or kith.txn expected, got %s",
                                      lua_typename(L, lua_type(L, -1))));
    }
}

static int kith_lua_expression(lua_State *L) {
    static const char *const names[] = {"store", "json", "value", "any_name", NULL};
    kith_expression_options options = KITH_EXPRESSION_OPTIONS_INIT;
    kith_error error = KITH_ERROR_INIT;
    luaL_checktype(L, TEXT, LUA_TSTRING);
    klua_check_options(L, OPTIONS, names);
    options.json = klua_option_boolean(L, OPTIONS, "json");
    options.value = klua_option_boolean(L, OPTIONS, "value");
    options.any_name = klua_option_boolean(L, OPTIONS, "any_name");
    lua_settop(L, OPTIONS);
    take_store(L);
    klua_object_new(L, KLUA_EXPRESSION, sizeof(klua_expression));
    int rc = lua_isnil(L, STORE) ? parse(L, NULL, &options, &error) : parse_in(L, &options, &error);
    if (rc != KITH_OK) {
        return klua_fail(L, rc, &error);
    }
    lua_pushvalue(L, EXPRESSION);
    return 1;
}

/* Pushes what the core made, and frees it. */
static int push_made(lua_State *L, klua_owned *box, int rc, char *made) {
    if (rc != KITH_OK) {
        return klua_fail(L, rc, NULL);
    }
    box->memory = made;
    lua_pushstring(L, made);
    klua_owned_free(box);
    return 1;
}

static int push_text(lua_State *L, const klua_expression *expression, size_t columns) {
    klua_owned *box = klua_owned_new(L, kith_free);
    char *text = NULL;
    int rc = kith_expression_text(expression->handle, columns, &text);
    return push_made(L, box, rc, text);
}

static int expression_text(lua_State *L) {
    const klua_expression *expression = check_expression(L, 1);
    return push_text(L, expression, (size_t)klua_optional_count(L, 2));
}

static int expression_json(lua_State *L) {
    const klua_expression *expression = check_expression(L, 1);
    if (!lua_isnoneornil(L, 2)) {
        luaL_checktype(L, 2, LUA_TBOOLEAN);
    }
    bool pretty = lua_toboolean(L, 2);
    klua_owned *box = klua_owned_new(L, kith_free);
    char *json = NULL;
    int rc = kith_expression_json(expression->handle, pretty, &json);
    return push_made(L, box, rc, json);
}

const char *klua_check_expression_text(lua_State *L, int index, bool *any_name) {
    if (klua_object_at(L, index, KLUA_EXPRESSION) == NULL) {
        return klua_check_text(L, index);
    }
    const klua_expression *expression = check_expression(L, index);
    *any_name = *any_name || expression->any_name;
    if (push_text(L, expression, 0) != 1) {
        luaL_error(L, "not enough memory");
    }
    lua_replace(L, index);
    return lua_tostring(L, index);
}

/* Lua allocates nothing here, so that no finalizer comes between. */
int klua_expression_read(lua_State *L, int index, const klua_txn *txn, bool value,
                         kith_expression **out, kith_error *error) {
    kith_expression_options options = KITH_EXPRESSION_OPTIONS_INIT;
    options.value = value;
    if (lua_type(L, index) == LUA_TSTRING) {
        size_t size = 0;
        const char *text = lua_tolstring(L, index, &size);
        return kith_expression_parse(text, size, txn->handle, &options, out, error);
    }
    if (klua_object_at(L, index, KLUA_EXPRESSION) == NULL) {
        return luaL_error(L, "an expression as a string or a kith.expression expected, got %s",
                          lua_typename(L, lua_type(L, index)));
    }
    const klua_expression *expression = check_expression(L, index);
    char *text = NULL;
    options.any_name = expression->any_name;
    int rc = kith_expression_text(expression->handle, 0, &text);
    rc = rc == KITH_OK
             ? kith_expression_parse(text, strlen(text), txn->handle, &options, out, error)
             : rc;
    kith_free(text);
    return rc;
}

static int expression_mentions(lua_State *L) {
    const klua_expression *expression = check_expression(L, 1);
    kith_mention mention = KITH_MENTION_INIT;
    size_t cursor = 0;
    lua_newtable(L);
    for (int i = 1; kith_expression_next_mention(expression->handle, &cursor, &mention) == KITH_OK;
         i++) {
        lua_createtable(L, 0, 2);
        klua_set_text(L, "kind", mention.kind);
        klua_set_text(L, "name", mention.name);
        lua_rawseti(L, -2, i);
    }
    return 1;
}

static int expression_gives(lua_State *L) {
    lua_pushstring(L, kith_expression_gives(check_expression(L, 1)->handle));
    return 1;
}

static int expression_tostring(lua_State *L) {
    return push_text(L, check_expression(L, 1), 0);
}

/* By their texts. Lua may ask of an expression and another object. */
static int expression_eq(lua_State *L) {
    bool equal = klua_object_at(L, 1, KLUA_EXPRESSION) != NULL &&
                 klua_object_at(L, 2, KLUA_EXPRESSION) != NULL;
    if (equal) {
        lua_settop(L, 2);
        bool made = push_text(L, check_expression(L, 1), 0) == 1;
        int first = lua_gettop(L);
        if (!made || push_text(L, check_expression(L, 2), 0) != 1) {
            return luaL_error(L, "not enough memory");
        }
        equal = lua_rawequal(L, first, -1);
    }
    lua_pushboolean(L, equal);
    return 1;
}

static int expression_gc(lua_State *L) {
    klua_expression *expression = lua_touserdata(L, 1);
    kith_expression_free(expression->handle);
    expression->handle = NULL;
    return 0;
}

const luaL_Reg klua_expression_methods[] = {{"text", expression_text},
                                            {"json", expression_json},
                                            {"gives", expression_gives},
                                            {"mentions", expression_mentions},
                                            {NULL, NULL}};

const luaL_Reg klua_expression_metamethods[] = {{"__gc", expression_gc},
                                                {"__eq", expression_eq},
                                                {"__tostring", expression_tostring},
                                                {NULL, NULL}};

const luaL_Reg klua_module_expression[] = {{"expression", kith_lua_expression}, {NULL, NULL}};
