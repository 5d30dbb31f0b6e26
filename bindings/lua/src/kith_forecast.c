/* What is foreseen: of a profile by a score, and of an audience by a power calculation. */
#include "kith_lua.h"

/* ---- a customer ---- */

static void set_next(lua_State *L, const kith_forecast *f) {
    if (f->next_days > 0) {
        klua_set_number(L, "next_days", f->next_days);
        klua_set_number(L, "next_early_days", f->next_early_days);
        klua_set_number(L, "next_late_days", f->next_late_days);
    }
}

static void set_value(lua_State *L, const kith_forecast *f) {
    if (f->has_value) {
        klua_set_number(L, "order_value", f->order_value);
        klua_set_number(L, "value", f->value);
        klua_set_number(L, "value_low", f->value_low);
        klua_set_number(L, "value_high", f->value_high);
        klua_set_number(L, "value_error", f->value_error);
        klua_set_number(L, "at_risk", f->at_risk);
    }
}

static void push_forecast(lua_State *L, const kith_forecast *f) {
    lua_createtable(L, 0, 15);
    klua_set_number(L, "days", f->days);
    klua_set_number(L, "alive", f->alive);
    klua_set_number(L, "alive_then", f->alive_then);
    klua_set_number(L, "alive_if_silent", f->alive_if_silent);
    klua_set_number(L, "purchases", f->purchases);
    lua_createtable(L, KITH_FORECAST_CHANCES, 0);
    for (int i = 0; i < KITH_FORECAST_CHANCES; i++) {
        lua_pushnumber(L, f->chances[i]);
        lua_rawseti(L, -2, i + 1);
    }
    lua_setfield(L, -2, "chances");
    set_next(L, f);
    set_value(L, f);
}

static int profile_forecast(lua_State *L) {
    static const char *const names[] = {"now", "days", "share", NULL};
    const char *score = klua_check_text(L, 2);
    kith_forecast_options options = KITH_FORECAST_OPTIONS_INIT;
    kith_forecast forecast = KITH_FORECAST_INIT;
    luaL_checktype(L, 3, LUA_TTABLE);
    klua_check_options(L, 3, names);
    options.now_us = klua_option_time(L, 3, "now");
    options.days = klua_option_number(L, 3, "days");
    options.share = klua_option_number(L, 3, "share");
    klua_profile *profile = klua_check_profile(L);
    int rc = kith_score_forecast(&profile->view, score, &options, &forecast);
    if (rc != KITH_OK) {
        return klua_fail_txn(L, profile->txn, rc);
    }
    push_forecast(L, &forecast);
    return 1;
}

/* ---- an audience ---- */

static void push_plan(lua_State *L, const kith_control_plan *plan) {
    lua_createtable(L, 0, 6);
    klua_set_boolean(L, "tells", plan->tells);
    klua_set_integer(L, "control_count", plan->control_count);
    klua_set_integer(L, "treated_count", plan->treated_count);
    klua_set_integer(L, "bucket_count", plan->bucket_count);
    if (plan->least_lift != 0) {
        klua_set_number(L, "least_lift", plan->least_lift);
    }
    klua_set_text(L, "why_not", plan->why_not);
}

static int kith_lua_control_group(lua_State *L) {
    static const char *const names[] = {"audience", "base_rate", "lift", "alpha", "power", NULL};
    kith_control_options options = KITH_CONTROL_OPTIONS_INIT;
    kith_control_plan plan = KITH_CONTROL_PLAN_INIT;
    kith_error error = KITH_ERROR_INIT;
    luaL_checktype(L, 1, LUA_TTABLE);
    klua_check_options(L, 1, names);
    options.audience_count = (uint32_t)klua_option_count(L, 1, "audience", UINT32_MAX);
    options.base_rate = klua_option_number(L, 1, "base_rate");
    options.lift = klua_option_number(L, 1, "lift");
    options.alpha = klua_option_number_or(L, 1, "alpha", options.alpha);
    options.power = klua_option_number_or(L, 1, "power", options.power);
    int rc = kith_control_group(&options, &plan, &error);
    if (rc != KITH_OK) {
        return klua_fail(L, rc, &error);
    }
    push_plan(L, &plan);
    return 1;
}

const luaL_Reg klua_profile_forecasts[] = {{"forecast", profile_forecast}, {NULL, NULL}};
const luaL_Reg klua_module_forecast[] = {{"control_group", kith_lua_control_group}, {NULL, NULL}};
