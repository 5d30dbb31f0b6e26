/*
 * Objects: userdata with a class, an anchor that keeps parents alive, and memory of the core that
 * Lua may have to free.
 */
#include "kith_lua.h"

const char *const klua_class_names[KLUA_END] = {NULL,           "kith.store",   "kith.txn",
                                                "kith.profile", "kith.iter",    "kith.expression",
                                                "kith.baskets", "kith.similar", "kith.owned"};

int klua_wrong_type(lua_State *L, int index, const char *expected) {
    const char *given = lua_typename(L, lua_type(L, index));
    return luaL_argerror(L, index, lua_pushfstring(L, "%s expected, got %s", expected, given));
}

void klua_anchor_parent(lua_State *L, int parent) {
    lua_createtable(L, 2, 0);
    lua_pushvalue(L, -2);
    lua_rawseti(L, -2, 1);
    if (parent != 0) {
        lua_getuservalue(L, parent);
        lua_rawseti(L, -2, 2);
    }
    lua_setuservalue(L, -2);
}

klua_owned *klua_owned_new(lua_State *L, void (*release)(void *memory)) {
    klua_owned *box = klua_object_new(L, KLUA_OWNED, sizeof *box);
    box->release = release;
    return box;
}

void klua_owned_free(klua_owned *box) {
    if (box->memory != NULL) {
        box->release(box->memory);
        box->memory = NULL;
    }
}

static int owned_gc(lua_State *L) {
    klua_owned_free(lua_touserdata(L, 1));
    return 0;
}

const luaL_Reg klua_owned_metamethods[] = {{"__gc", owned_gc}, {NULL, NULL}};
