/*
 * The core calls back into Lua. Each kind of callback has an adapter, a C function that builds the
 * arguments; it runs in protected mode. Adapters are pushed beforehand, as pushing one may need
 * memory. The error of a failed callback stays on the stack until the core has returned.
 */
#include "kith_lua.h"

#define MAX_LISTED_PROBLEMS 1000 /* of a check; the count is of all */

klua_callback klua_callback_new(lua_State *L, int function, lua_CFunction adapter) {
    klua_callback made = {function, 0};
    if (function != 0) {
        luaL_checkstack(L, LUA_MINSTACK, "too many callbacks");
        lua_pushcfunction(L, adapter);
        made.adapter = lua_gettop(L);
    }
    return made;
}

/* Returns nonzero to stop the work: the function raised, or returned false. */
static int callback_run(klua_callbacks *all, const klua_callback *one, const void *subject) {
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

int klua_progress_adapter(lua_State *L) {
    const kith_progress *progress = lua_touserdata(L, 2);
    lua_pushvalue(L, 1);
    lua_createtable(L, 0, 4);
    klua_set_text(L, "phase", progress->phase);
    klua_set_integer(L, "done", (int64_t)progress->done);
    klua_set_integer(L, "total", (int64_t)progress->total);
    klua_set_integer(L, "rows", (int64_t)progress->rows);
    lua_call(L, 1, 1);
    return 1;
}

int klua_on_progress(void *context, const kith_progress *progress) {
    klua_callbacks *all = context;
    return callback_run(all, &all->progress, progress);
}

int klua_reject_adapter(lua_State *L) {
    const kith_reject *reject = lua_touserdata(L, 2);
    lua_pushvalue(L, 1);
    lua_createtable(L, 0, 4);
    klua_set_text(L, "reason", kith_reject_reason_name(reject->reason));
    klua_set_integer(L, "line", (int64_t)reject->line);
    klua_set_text(L, "detail", reject->detail);
    lua_pushlstring(L, reject->text != NULL ? reject->text : "", reject->text_bytes);
    lua_setfield(L, -2, "text");
    lua_call(L, 1, 1);
    return 1;
}

int klua_on_reject(void *context, const kith_reject *reject) {
    klua_callbacks *all = context;
    return callback_run(all, &all->reject, reject);
}

int klua_problem_adapter(lua_State *L) {
    size_t count = lua_rawlen(L, 1);
    if (count < MAX_LISTED_PROBLEMS) {
        lua_pushstring(L, lua_touserdata(L, 2));
        lua_rawseti(L, 1, (int)count + 1);
    }
    return 0;
}

void klua_on_problem(void *context, const char *problem) {
    klua_callbacks *all = context;
    callback_run(all, &all->problem, problem);
}

typedef struct piece {
    const char *data;
    size_t bytes;
} piece;

int klua_write_adapter(lua_State *L) {
    const piece *written = lua_touserdata(L, 2);
    lua_pushvalue(L, 1);
    lua_pushlstring(L, written->data, written->bytes);
    lua_call(L, 1, 1);
    return 1;
}

int klua_on_write(void *context, const char *data, size_t bytes) {
    klua_callbacks *all = context;
    piece written = {data, bytes};
    return callback_run(all, &all->write, &written);
}
