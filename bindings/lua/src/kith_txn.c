/* Transactions: begin, end, reset, and what ends with them. */
#include "kith_lua.h"

/* Ends all that was borrowed from the transaction. */
static void txn_end_borrowed(klua_txn *txn) {
    while (txn->iters != NULL) {
        klua_iter_end(txn->iters);
    }
    txn->generation++;
}

kith_txn *klua_txn_take(klua_txn *txn) {
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

void klua_txn_check_free(lua_State *L, const klua_txn *txn) {
    if (txn->held > 0) {
        luaL_error(L, "the transaction is being read; is this call from a finalizer?");
    }
}

void klua_txn_refuse(lua_State *L, const klua_txn *txn) {
    if (txn->handle == NULL) {
        luaL_error(L, "the transaction has ended");
    }
    if (txn->reset) {
        luaL_error(L, "the transaction was reset; renew it first");
    }
    klua_txn_check_free(L, txn);
}

klua_txn *klua_check_txn(lua_State *L, int index) {
    klua_txn *txn = klua_object_check(L, index, KLUA_TXN);
    klua_txn_ready(L, txn);
    return txn;
}

void klua_txn_will_write(lua_State *L, klua_txn *txn) {
    klua_txn_ready(L, txn);
    if (txn->writes) {
        txn_end_borrowed(txn);
    }
}

int klua_txn_begin(lua_State *L, int index, bool writes, klua_txn **out, kith_error *error) {
    klua_store *store = klua_object_check(L, index, KLUA_STORE);
    klua_txn *txn = klua_object_new(L, KLUA_TXN, sizeof *txn);
    klua_anchor_parent(L, index);
    klua_store_ready(L, store);
    if (writes) {
        klua_check_no_writer(L, store);
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
    klua_txn *txn = NULL;
    int rc = klua_txn_begin(L, 1, lua_toboolean(L, 2), &txn, &error);
    return rc == KITH_OK ? 1 : klua_fail(L, rc, &error);
}

/* Ends the transaction at index 3 as its function did, whose results stand above it. */
static int finish_run(lua_State *L, klua_txn *txn) {
    kith_txn *handle = klua_txn_take(txn);
    if (handle != NULL && txn->writes) {
        kith_error error = KITH_ERROR_INIT;
        int rc = kith_txn_commit(handle, &error);
        if (rc != KITH_OK) {
            return klua_fail(L, rc, &error);
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
    klua_object_check(L, 1, KLUA_STORE);
    luaL_checktype(L, 2, LUA_TFUNCTION);
    lua_settop(L, 2);
    kith_error error = KITH_ERROR_INIT;
    klua_txn *txn = NULL;
    int rc = klua_txn_begin(L, 1, writes, &txn, &error);
    if (rc != KITH_OK) {
        return klua_fail(L, rc, &error);
    }
    lua_pushvalue(L, 2);
    lua_pushvalue(L, 3);
    if (lua_pcall(L, 1, LUA_MULTRET, 0) != 0) {
        kith_txn_abort(klua_txn_take(txn));
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
    klua_txn *txn = klua_check_txn(L, 1);
    kith_error error = KITH_ERROR_INIT;
    int rc = kith_txn_commit(klua_txn_take(txn), &error);
    return klua_answer_true(L, rc, &error);
}

static int txn_abort(lua_State *L) {
    klua_txn *txn = klua_object_check(L, 1, KLUA_TXN);
    klua_txn_check_free(L, txn);
    kith_txn_abort(klua_txn_take(txn));
    return 0;
}

static int txn_gc(lua_State *L) {
    kith_txn_abort(klua_txn_take(lua_touserdata(L, 1)));
    return 0;
}

static int txn_reset(lua_State *L) {
    klua_txn *txn = klua_check_txn(L, 1);
    if (txn->writes) {
        return luaL_error(L, "only a read transaction can be reset");
    }
    txn_end_borrowed(txn);
    kith_txn_reset(txn->handle);
    txn->reset = true;
    return 0;
}

static int txn_renew(lua_State *L) {
    klua_txn *txn = klua_object_check(L, 1, KLUA_TXN);
    if (txn->handle == NULL || !txn->reset) {
        return luaL_error(L, "only a transaction that was reset can be renewed");
    }
    int rc = kith_txn_renew(txn->handle);
    if (rc != KITH_OK) {
        return klua_fail_txn(L, txn, rc);
    }
    txn->reset = false;
    lua_pushboolean(L, 1);
    return 1;
}

static int txn_tostring(lua_State *L) {
    const klua_txn *txn = klua_object_check(L, 1, KLUA_TXN);
    const char *state = txn->handle == NULL ? "ended" : txn->writes ? "write" : "read";
    lua_pushfstring(L, "kith.txn (%s)", state);
    return 1;
}

const luaL_Reg klua_store_txns[] = {
    {"begin", store_begin}, {"read", store_read}, {"write", store_write}, {NULL, NULL}};

const luaL_Reg klua_txn_life[] = {{"commit", txn_commit},
                                  {"abort", txn_abort},
                                  {"reset", txn_reset},
                                  {"renew", txn_renew},
                                  {NULL, NULL}};

const luaL_Reg klua_txn_metamethods[] = {
    {"__gc", txn_gc}, {"__close", txn_abort}, {"__tostring", txn_tostring}, {NULL, NULL}};
