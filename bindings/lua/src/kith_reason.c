/* Why a condition holds for a profile, or doesn't: the tree of its parts. */
#include "kith_lua.h"

static void release_reason(void *memory) {
    kith_reason_free(memory);
}

static void release_expression(void *memory) {
    kith_expression_free(memory);
}

static void push_reason(lua_State *L, const kith_reason *reason) {
    luaL_checkstack(L, 6, "a condition is nested too deep");
    lua_createtable(L, 0, 7);
    klua_set_text(L, "text", reason->text);
    klua_set_boolean(L, "truth", reason->truth);
    klua_set_text(L, "distance", reason->distance);
    klua_set_time(L, "next_change_at", reason->next_change_at_us);
    klua_set_text(L, "joins", reason->joins);
    lua_createtable(L, (int)reason->value_count, 0);
    for (size_t i = 0; i < reason->value_count; i++) {
        lua_createtable(L, 0, 2);
        klua_set_text(L, "text", reason->values[i]->text);
        klua_set_text(L, "value", reason->values[i]->value);
        lua_rawseti(L, -2, (int)i + 1);
    }
    lua_setfield(L, -2, "values");
    lua_createtable(L, (int)reason->part_count, 0);
    for (size_t i = 0; i < reason->part_count; i++) {
        push_reason(L, reason->parts[i]);
        lua_rawseti(L, -2, (int)i + 1);
    }
    lua_setfield(L, -2, "parts");
}

/* The box is that of the reason. */
static int give_reason(lua_State *L, const klua_txn *txn, klua_owned *box, int rc,
                       kith_reason *reason) {
    if (rc != KITH_OK) {
        return klua_fail_txn(L, txn, rc);
    }
    box->memory = reason;
    push_reason(L, reason);
    klua_owned_free(box);
    return 1;
}

static int profile_explain(lua_State *L) {
    kith_expression *expression = NULL;
    kith_error error = KITH_ERROR_INIT;
    kith_reason *reason = NULL;
    int64_t now_us = klua_check_time(L, 3);
    klua_owned *parsed = klua_owned_new(L, release_expression);
    klua_owned *box = klua_owned_new(L, release_reason);
    klua_profile *profile = klua_check_profile(L);
    int rc = klua_expression_read(L, 2, profile->txn, false, &expression, &error);
    parsed->memory = expression;
    if (rc != KITH_OK) {
        return klua_fail(L, rc, &error);
    }
    rc = kith_expression_explain(expression, &profile->view, now_us, &reason);
    klua_owned_free(parsed);
    return give_reason(L, profile->txn, box, rc, reason);
}

static int profile_explain_segment(lua_State *L) {
    const char *segment = klua_check_text(L, 2);
    kith_reason *reason = NULL;
    int64_t now_us = klua_check_time(L, 3);
    klua_owned *box = klua_owned_new(L, release_reason);
    klua_profile *profile = klua_check_profile(L);
    int rc = kith_segment_explain(&profile->view, segment, now_us, &reason);
    return give_reason(L, profile->txn, box, rc, reason);
}

const luaL_Reg klua_profile_reasons[] = {
    {"explain", profile_explain}, {"explain_segment", profile_explain_segment}, {NULL, NULL}};
