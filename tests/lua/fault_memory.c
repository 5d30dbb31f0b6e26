/*
 * Lua runs out of memory at its Nth allocation and stays so until the script has failed, for every
 * N until it gets through. Nothing may crash, leak, jump through the core or spoil the store. Use:
 * fault_memory SCRIPT STORE. LUA_CPATH says where the module is.
 */
#include <lua.h>
#include <lauxlib.h>
#include <lualib.h>

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MOST_ALLOCATIONS 200000

typedef struct budget {
    long left;
} budget;

static void *allocate(void *context, void *block, size_t old_size, size_t size) {
    budget *memory = context;
    if (size == 0) {
        free(block);
        return NULL;
    }
    if (block == NULL || size > old_size) {
        if (memory->left <= 0) {
            return NULL;
        }
        memory->left--;
    }
    return realloc(block, size);
}

typedef enum outcome { DONE, OUT_OF_MEMORY, WRONG } outcome;

/* A callback's error for want of memory is raised again, and is then an error like others. */
static outcome outcome_of(lua_State *L, int status) {
    const char *text = status != 0 ? lua_tostring(L, -1) : NULL;
    if (status == 0) {
        return DONE;
    }
    if (status == LUA_ERRMEM || (text != NULL && strcmp(text, "not enough memory") == 0)) {
        return OUT_OF_MEMORY;
    }
    fprintf(stderr, "fault_memory: %s\n", text != NULL ? text : "(no text)");
    return WRONG;
}

/* Runs the script with so many allocations. */
static outcome run(const char *script, const char *store, long allocations) {
    budget memory = {LONG_MAX};
    lua_State *L = lua_newstate(allocate, &memory);
    if (L == NULL) {
        return WRONG;
    }
    luaL_openlibs(L);
    lua_getglobal(L, "require");
    lua_pushliteral(L, "kith");
    int status = lua_pcall(L, 1, 0, 0);
    status = status == 0 ? luaL_loadfile(L, script) : status;
    if (status == 0) {
        lua_pushstring(L, store);
        memory.left = allocations;
        status = lua_pcall(L, 1, 0, 0);
        memory.left = LONG_MAX;
    }
    outcome found = outcome_of(L, status);
    lua_close(L);
    return found;
}

int main(int argc, char **argv) {
    if (argc != 3) {
        fprintf(stderr, "use: fault_memory SCRIPT STORE\n");
        return 2;
    }
    outcome found = run(argv[1], argv[2], LONG_MAX);
    if (found != DONE) {
        return 1;
    }
    long count = 0;
    do {
        found = run(argv[1], argv[2], count++);
    } while (found == OUT_OF_MEMORY && count < MOST_ALLOCATIONS);
    printf("%ld points of failure passed, %d failed\n", count, found != DONE);
    return found != DONE;
}
