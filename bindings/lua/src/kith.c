/*
 * The module: require "kith" gives its functions, and makes the classes of all objects.
 */
#include "kith_lua.h"

static int kith_lua_parse_time(lua_State *L) {
    luaL_checktype(L, 1, LUA_TSTRING);
    size_t size = 0;
    const char *text = lua_tolstring(L, 1, &size);
    int64_t time_us = 0;
    if (kith_time_parse(text, size, &time_us) != KITH_OK) {
        kith_error error = {sizeof error, KITH_INVALID, -1, "the text is no time"};
        return klua_fail(L, KITH_INVALID, &error);
    }
    klua_push_integer(L, time_us);
    return 1;
}

static int kith_lua_parse_date(lua_State *L) {
    luaL_checktype(L, 1, LUA_TSTRING);
    size_t size = 0;
    const char *text = lua_tolstring(L, 1, &size);
    int64_t date_days = 0;
    if (kith_date_parse(text, size, &date_days) != KITH_OK) {
        kith_error error = {sizeof error, KITH_INVALID, -1, "the text is no date"};
        return klua_fail(L, KITH_INVALID, &error);
    }
    klua_push_date(L, date_days);
    return 1;
}

static int kith_lua_format_time(lua_State *L) {
    char text[KITH_TIME_TEXT_BYTES];
    kith_time_format(klua_check_time(L, 1), text);
    lua_pushstring(L, text);
    return 1;
}

static const luaL_Reg times[] = {{"parse_time", kith_lua_parse_time},
                                 {"parse_date", kith_lua_parse_date},
                                 {"format_time", kith_lua_format_time},
                                 {NULL, NULL}};

/* What the files bring: lists of functions. */
static const luaL_Reg *const module_functions[] = {
    times, klua_module_store, klua_module_care, klua_module_expression, klua_module_forecast, NULL};
static const luaL_Reg *const store_methods[] = {
    klua_store_life,    klua_store_txns,  klua_store_care,   klua_store_files,
    klua_store_insight, klua_store_marks, klua_store_scores, NULL};
static const luaL_Reg *const txn_methods[] = {klua_txn_life,
                                              klua_txn_facts,
                                              klua_txn_lookups,
                                              klua_txn_iters,
                                              klua_txn_explanations,
                                              klua_txn_matches,
                                              klua_txn_models,
                                              klua_txn_care,
                                              klua_txn_marks,
                                              klua_txn_segments,
                                              klua_txn_queries,
                                              klua_txn_transitions,
                                              klua_txn_history,
                                              klua_txn_scores,
                                              klua_txn_rfm,
                                              klua_txn_baskets,
                                              NULL};
static const luaL_Reg *const profile_methods[] = {
    klua_profile_methods, klua_profile_marks,     klua_profile_segments,
    klua_profile_scores,  klua_profile_forecasts, klua_profile_queries,
    klua_profile_reasons, klua_profile_history,   NULL};
static const luaL_Reg *const expression_methods[] = {klua_expression_methods, NULL};
static const luaL_Reg *const baskets_methods[] = {klua_baskets_methods, NULL};
static const luaL_Reg *const similar_methods[] = {klua_similar_methods, NULL};
static const luaL_Reg *const none[] = {NULL};

/* Sets the functions in the table on top; the metatables stand at index 1 and up. */
static void set_functions(lua_State *L, const luaL_Reg *functions) {
    for (int i = KLUA_STORE; i < KLUA_END; i++) {
        lua_pushvalue(L, i);
    }
    luaL_setfuncs(L, functions, KLUA_END - KLUA_STORE);
}

/* Pushes a table of all functions of the lists. */
static void push_functions(lua_State *L, const luaL_Reg *const lists[]) {
    lua_newtable(L);
    for (int i = 0; lists[i] != NULL; i++) {
        set_functions(L, lists[i]);
    }
}

/* Fills the metatable at index `at`. Methods stand apart from it, so that no one calls a __gc by
 * hand. */
static void make_class(lua_State *L, int at, const luaL_Reg *metamethods,
                       const luaL_Reg *const methods[]) {
    lua_pushvalue(L, at);
    set_functions(L, metamethods);
    klua_set_text(L, "__name", klua_class_names[at]);
    klua_set_text(L, "__metatable", klua_class_names[at]);
    push_functions(L, methods);
    lua_setfield(L, -2, "__index");
    lua_pop(L, 1);
}

KITH_API int luaopen_kith(lua_State *L);

int luaopen_kith(lua_State *L) {
    luaL_checkstack(L, LUA_MINSTACK, "too many arguments");
    lua_settop(L, 0);
    for (int i = KLUA_STORE; i < KLUA_END; i++) {
        lua_newtable(L);
    }
    make_class(L, KLUA_STORE, klua_store_metamethods, store_methods);
    make_class(L, KLUA_TXN, klua_txn_metamethods, txn_methods);
    make_class(L, KLUA_PROFILE, klua_profile_metamethods, profile_methods);
    make_class(L, KLUA_ITER, klua_iter_metamethods, none);
    make_class(L, KLUA_EXPRESSION, klua_expression_metamethods, expression_methods);
    make_class(L, KLUA_BASKETS, klua_baskets_metamethods, baskets_methods);
    make_class(L, KLUA_SIMILAR, klua_similar_metamethods, similar_methods);
    make_class(L, KLUA_OWNED, klua_owned_metamethods, none);
    push_functions(L, module_functions);
    klua_set_text(L, "version", kith_version());
    lua_pushlightuserdata(L, NULL);
    lua_setfield(L, -2, "null");
    return 1;
}
