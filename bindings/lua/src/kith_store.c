/* Stores: open and close, and who may write. */
#include "kith_lua.h"

klua_store *klua_store_ready(lua_State *L, klua_store *store) {
    if (store->handle == NULL) {
        luaL_error(L, "the store is closed");
    }
    return store;
}

klua_store *klua_check_store(lua_State *L, int index) {
    return klua_store_ready(L, klua_object_check(L, index, KLUA_STORE));
}

void klua_check_no_writer(lua_State *L, const klua_store *store) {
    if (store->writer != NULL) {
        luaL_error(L, "a write transaction of this store is open; commit or abort it first");
    }
    if (store->writing != NULL) {
        luaL_error(L, "%s this store is running", store->writing);
    }
}

static unsigned option_flag(lua_State *L, int index, const char *name, unsigned flag) {
    return klua_option_boolean(L, index, name) ? flag : 0;
}

static int kith_lua_open(lua_State *L) {
    static const char *const names[] = {"create",         "create_new",  "read_only", "network",
                                        "map_size_bytes", "max_readers", "config",    NULL};
    const char *path = klua_check_text(L, 1);
    klua_check_options(L, 2, names);
    kith_open_options options = KITH_OPEN_OPTIONS_INIT;
    options.flags = option_flag(L, 2, "create", KITH_CREATE) |
                    option_flag(L, 2, "create_new", KITH_CREATE_NEW) |
                    option_flag(L, 2, "read_only", KITH_OPEN_READ_ONLY) |
                    option_flag(L, 2, "network", KITH_OPEN_NETWORK);
    options.map_size_bytes = klua_option_count(L, 2, "map_size_bytes", INT64_MAX);
    options.max_readers = (unsigned)klua_option_count(L, 2, "max_readers", UINT16_MAX);
    options.config = klua_option_text(L, 2, "config");
    klua_store *store = klua_object_new(L, KLUA_STORE, sizeof *store);
    klua_anchor_parent(L, 0);
    kith_error error = KITH_ERROR_INIT;
    int rc = kith_open(path, &options, &store->handle, &error);
    return rc == KITH_OK ? 1 : klua_fail(L, rc, &error);
}

static void store_end(klua_store *store) {
    kith *handle = store->handle;
    store->handle = NULL;
    kith_close(handle);
}

static int store_close(lua_State *L) {
    klua_store *store = klua_object_check(L, 1, KLUA_STORE);
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
    const klua_store *store = klua_object_check(L, 1, KLUA_STORE);
    lua_pushfstring(L, "kith.store (%s)", store->handle != NULL ? "open" : "closed");
    return 1;
}

const luaL_Reg klua_store_life[] = {{"close", store_close}, {NULL, NULL}};

const luaL_Reg klua_store_metamethods[] = {
    {"__gc", store_gc}, {"__close", store_close}, {"__tostring", store_tostring}, {NULL, NULL}};

const luaL_Reg klua_module_store[] = {{"open", kith_lua_open}, {NULL, NULL}};
