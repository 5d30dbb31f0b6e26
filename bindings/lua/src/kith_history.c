/* How large segments were, and when a customer was in them. */
#include "kith_lua.h"

#include <stddef.h>

/* ---- a segment's size over time ---- */

static void release_history(void *memory) {
    kith_segment_history_free(memory);
}

static void push_period(lua_State *L, const kith_segment_period *period) {
    lua_createtable(L, 0, 8);
    klua_push_date(L, period->date_days);
    lua_setfield(L, -2, "date");
    klua_set_time(L, "from", period->from_us);
    klua_set_time(L, "to", period->to_us);
    klua_set_integer(L, "entered", (int64_t)period->entered_count);
    klua_set_integer(L, "left", (int64_t)period->left_count);
    klua_set_integer(L, "redefined", (int64_t)period->redefined_count);
    klua_set_integer(L, "merged", (int64_t)period->merged_count);
    klua_set_integer(L, "members", (int64_t)period->member_count);
}

/* Sets a time that may be INT64_MIN, which is nil. */
static void set_past(lua_State *L, const char *name, int64_t time_us) {
    if (time_us != INT64_MIN) {
        klua_set_time(L, name, time_us);
    }
}

static void push_history(lua_State *L, const kith_segment_history *history) {
    lua_createtable(L, 0, 6);
    klua_set_time(L, "begins", history->begins_us);
    set_past(L, "settled", history->settled_us);
    klua_set_boolean(L, "forgotten", history->forgotten);
    klua_set_integer(L, "members", (int64_t)history->member_count);
    klua_set_integer(L, "dirty", (int64_t)history->dirty_count);
    lua_createtable(L, (int)history->period_count, 0);
    for (size_t i = 0; i < history->period_count; i++) {
        push_period(L, history->periods[i]);
        lua_rawseti(L, -2, (int)i + 1);
    }
    lua_setfield(L, -2, "periods");
}

static kith_period check_period(lua_State *L, int index) {
    static const char *const words[] = {"day", "week", "month", NULL};
    const char *word = klua_option_text(L, index, "by");
    int i = 0;
    while (word != NULL && words[i] != NULL && strcmp(words[i], word) != 0) {
        i++;
    }
    if (words[i] == NULL) {
        luaL_argerror(L, index, "option 'by': day, week or month expected");
    }
    return (kith_period)(KITH_PERIOD_DAY + i);
}

/* A time among the options, or `otherwise` where it isn't given. */
static int64_t option_time_or(lua_State *L, int index, const char *name, int64_t otherwise) {
    bool missing = lua_isnoneornil(L, index);
    if (!missing) {
        lua_getfield(L, index, name);
        missing = lua_isnil(L, -1);
        lua_pop(L, 1);
    }
    return missing ? otherwise : klua_option_time(L, index, name);
}

static int txn_segment_history(lua_State *L) {
    static const char *const names[] = {"by", "from", "to", NULL};
    klua_txn *txn = klua_object_check(L, 1, KLUA_TXN);
    kith_segment_history_options options = KITH_SEGMENT_HISTORY_OPTIONS_INIT;
    kith_segment_history *history = NULL;
    lua_settop(L, 3);
    const char *name = klua_check_text(L, 2);
    klua_check_options(L, 3, names);
    options.by = check_period(L, 3);
    options.from_us = option_time_or(L, 3, "from", INT64_MIN);
    options.to_us = option_time_or(L, 3, "to", INT64_MAX);
    klua_owned *box = klua_owned_new(L, release_history);
    klua_txn_ready(L, txn);
    int rc = kith_segment_history_read(txn->handle, name, &options, &history);
    if (rc != KITH_OK) {
        return klua_fail_txn(L, txn, rc);
    }
    box->memory = history;
    push_history(L, history);
    klua_owned_free(box);
    return 1;
}

/* ---- a customer's stays ---- */

static void release_stays(void *memory) {
    kith_stay_iter_close(memory);
}

static void push_stay(lua_State *L, const kith_stay *stay) {
    lua_createtable(L, 0, 6);
    klua_set_text(L, "segment", stay->segment);
    klua_set_id(L, "id", &stay->id);
    if (stay->entered_at_us != INT64_MIN) {
        klua_set_time(L, "entered", stay->entered_at_us);
        klua_set_text(L, "entered_by", kith_cause_name(stay->entered_by));
    }
    if (stay->left_at_us != INT64_MAX) {
        klua_set_time(L, "left", stay->left_at_us);
        klua_set_text(L, "left_by", kith_cause_name(stay->left_by));
    }
}

static int profile_stays(lua_State *L) {
    const char *segment = klua_optional_text(L, 2);
    klua_owned *box = klua_owned_new(L, release_stays);
    klua_profile *profile = klua_check_profile(L);
    kith_stay_iter *iter = NULL;
    kith_stay stay = KITH_STAY_INIT;
    int rc = kith_stay_iter_open(&profile->view, segment, &iter);
    if (rc != KITH_OK) {
        return klua_fail_txn(L, profile->txn, rc);
    }
    box->memory = iter;
    lua_newtable(L);
    for (int i = 1; kith_stay_iter_next(iter, &stay) == KITH_OK; i++) {
        push_stay(L, &stay);
        lua_rawseti(L, -2, i);
    }
    klua_owned_free(box);
    return 1;
}

const luaL_Reg klua_txn_history[] = {{"segment_history", txn_segment_history}, {NULL, NULL}};

const luaL_Reg klua_profile_history[] = {{"stays", profile_stays}, {NULL, NULL}};
