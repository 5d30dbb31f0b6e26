/*
 * What Lua adds to a point read: who has this phone? The same reads from C and from Lua, in one
 * process and in turns of a few milliseconds, so that whatever else goes on in the machine meets
 * both alike. The binding is built in: what it adds is its code and Lua's, not another copy of the
 * core. One program for each version of Lua.
 *
 * On either side the phone is at hand, as where a program has just been given it: Lua gets those of
 * a turn before the clock starts. With all of them in Lua's heap, that heap is mostly phones, which
 * the collector has to go through; the last line shows that.
 */
#include <lua.h>
#include <lauxlib.h>
#include <lualib.h>

#include <stdlib.h>

#include "generate.h"
#include "harness.h"
#include "kith_load.h"

#define QUERIES_MAX 100000
#define TURN        1000 /* reads */
#define PHONE_BYTES 16
#define TARGET_US   0.2
/* LUA_NAME comes from the build: LuaJIT's own headers say "Lua 5.1". */

typedef struct lua_side {
    bench_options options;
    size_t turn_count;
    char (*phones)[PHONE_BYTES];
    kith *store;
    kith_txn *txn;
    lua_State *L; /* at 1 the function that asks; at 2 the table of all phones, if all_kept */
    bool all_kept;
} lua_side;

typedef struct figures {
    double lua_us, c_us, added_us;
} figures;

int luaopen_kith(lua_State *L);

static const char script[] = "local kith, path, now = ...\n"
                             "local txn = assert(assert(kith.open(path)):begin())\n"
                             "return function(phones, first, last)\n"
                             "    for i = first, last do\n"
                             "        if not txn:find('phone', phones[i], now) then\n"
                             "            error('there is no ' .. phones[i])\n"
                             "        end\n"
                             "    end\n"
                             "end\n";

static void call(lua_State *L, int arguments, int results) {
    if (lua_pcall(L, arguments, results, 0) != 0) {
        bench_fail("%s", lua_tostring(L, -1));
    }
}

/* The collector rests meanwhile: what the reads leave to it, it shall do while the clock runs. */
static void push_phones(const lua_side *side, size_t first, size_t count) {
    lua_gc(side->L, LUA_GCSTOP, 0);
    lua_createtable(side->L, (int)count, 0);
    for (size_t i = 0; i < count; i++) {
        lua_pushstring(side->L, side->phones[first + i]);
        lua_rawseti(side->L, -2, (int)i + 1);
    }
    lua_gc(side->L, LUA_GCRESTART, 0);
}

/* Begins with a heap of its own, so that the rows of the table don't share garbage. */
static void open_lua(lua_side *side, bool all_kept) {
    char path[BENCH_PATH_BYTES];
    lua_State *L = side->L = luaL_newstate();
    if (L == NULL || luaL_loadstring(L, script) != 0) {
        bench_fail("Lua can't begin");
    }
    luaL_openlibs(L);
    lua_pushcfunction(L, luaopen_kith);
    call(L, 0, 1);
    lua_pushstring(L, bench_prepared_path(&side->options, ".kith", path));
    lua_pushinteger(L, GENERATE_NOW_US);
    call(L, 3, 1);
    side->all_kept = all_kept;
    if (all_kept) {
        push_phones(side, 0, side->turn_count * TURN);
    }
}

static double ask_c_ns(const lua_side *side, size_t first) {
    int64_t started = bench_processor_ns();
    for (size_t i = first; i < first + TURN; i++) {
        kith_profile profile = KITH_PROFILE_INIT;
        int code =
            kith_profile_find(side->txn, "phone", side->phones[i], GENERATE_NOW_US, &profile, NULL);
        load_check(side->txn, code, "kith_profile_find");
    }
    return (double)(bench_processor_ns() - started);
}

static double ask_lua_ns(const lua_side *side, size_t first) {
    lua_State *L = side->L;
    size_t before = side->all_kept ? first : 0;
    lua_pushvalue(L, 1);
    if (side->all_kept) {
        lua_pushvalue(L, 2);
    } else {
        push_phones(side, first, TURN);
    }
    lua_pushinteger(L, (lua_Integer)before + 1);
    lua_pushinteger(L, (lua_Integer)before + TURN);
    int64_t started = bench_processor_ns();
    call(L, 3, 0);
    return (double)(bench_processor_ns() - started);
}

/* Each side asks for every phone once, at another time than the other: none finds what it reads in
 * the cache because the other has just read it. */
static figures run_round(const lua_side *side, unsigned round) {
    double lua_ns = 0, c_ns = 0, reads = (double)(side->turn_count * TURN);
    for (size_t turn = 0; turn < side->turn_count; turn++) {
        size_t other = (turn + side->turn_count / 2) % side->turn_count;
        c_ns += ask_c_ns(side, (round % 2 ? other : turn) * TURN);
        lua_ns += ask_lua_ns(side, (round % 2 ? turn : other) * TURN);
    }
    return (figures){lua_ns / reads / 1e3, c_ns / reads / 1e3, (lua_ns - c_ns) / reads / 1e3};
}

/* The medians of all rounds. What Lua adds is that of their differences: it holds still where the
 * two figures don't. */
static figures measure(lua_side *side, bool all_kept) {
    unsigned rounds = side->options.rounds;
    double *columns[3];
    for (int i = 0; i < 3; i++) {
        columns[i] = bench_allocate(rounds, sizeof(double));
    }
    open_lua(side, all_kept);
    run_round(side, 0); /* fault the pages in */
    for (unsigned round = 0; round < rounds; round++) {
        figures one = run_round(side, round);
        columns[0][round] = one.lua_us;
        columns[1][round] = one.c_us;
        columns[2][round] = one.added_us;
    }
    lua_close(side->L);
    double medians[3];
    for (int i = 0; i < 3; i++) {
        medians[i] = bench_median(columns[i], rounds);
        free(columns[i]);
    }
    return (figures){medians[0], medians[1], medians[2]};
}

static void print_result(const lua_side *side, const figures *at_hand, const figures *all_kept) {
    bench_table table;
    bench_table_begin(&table,
                      "lua: a point read in an open snapshot from " LUA_NAME
                      ", processor time (%llu profiles, "
                      "%u rounds of %zu, seed %llu)",
                      (unsigned long long)side->options.count, side->options.rounds,
                      side->turn_count * TURN, (unsigned long long)side->options.seed);
    bench_row read = {.question = "find a profile by phone",
                      .unit = " us",
                      .kith = at_hand->lua_us,
                      .peer_name = "C",
                      .peer = at_hand->c_us};
    bench_row added = {.question = "what Lua adds to it",
                       .unit = " us",
                       .kith = at_hand->added_us,
                       .want = BENCH_KITH_AT_MOST,
                       .limit = TARGET_US};
    bench_row heap = {.question = "the same, with all phones in Lua's heap",
                      .unit = " us",
                      .kith = all_kept->added_us};
    bench_table_row(&table, &read);
    bench_table_row(&table, &added);
    bench_table_row(&table, &heap);
    bench_table_print(&table);
}

int main(int argc, char **argv) {
    lua_side side = {.phones = NULL};
    bench_start(&side.options, argc, argv, 15);
    uint64_t count = side.options.count < QUERIES_MAX ? side.options.count : QUERIES_MAX;
    side.turn_count = count < TURN ? 1 : count / TURN;
    side.phones = bench_allocate(side.turn_count * TURN, PHONE_BYTES);
    for (size_t i = 0; i < side.turn_count * TURN; i++) {
        uint64_t person = generate_hash(side.options.seed + 77, i) % side.options.count;
        generate_profile_phone(person, side.phones[i]);
    }
    side.store = load_prepared(&side.options);
    side.txn = load_begin(side.store, KITH_READ);
    figures at_hand = measure(&side, false), all_kept = measure(&side, true);
    print_result(&side, &at_hand, &all_kept);
    kith_txn_abort(side.txn);
    kith_close(side.store);
    free(side.phones);
    return 0;
}
