/* Scores: definitions of models, fitting them, what they say of a profile and why. */
#include "kith_lua.h"

/* ---- defining ---- */

static int txn_define_score(lua_State *L) {
    static const char *const names[] = {"note", "any_name", NULL};
    klua_txn *txn = klua_object_check(L, 1, KLUA_TXN);
    kith_definition_input input = KITH_DEFINITION_INPUT_INIT;
    kith_expression_options options = KITH_EXPRESSION_OPTIONS_INIT;
    lua_settop(L, 5);
    input.name = klua_check_text(L, 2);
    input.at_us = klua_check_time(L, 4);
    klua_check_options(L, 5, names);
    input.note = klua_option_text(L, 5, "note");
    options.any_name = klua_option_boolean(L, 5, "any_name");
    input.expression = klua_check_json(L, 3);
    input.options = &options;
    klua_txn_will_write(L, txn);
    kith_change change = KITH_UNCHANGED;
    int rc = kith_definition_put(txn->handle, KITH_SCORE, &input, &change);
    return klua_push_change(L, txn, rc, change);
}

static int txn_remove_score(lua_State *L) {
    return klua_remove_definition(L, KITH_SCORE);
}

/* ---- reading definitions ---- */

static int txn_score_definition(lua_State *L) {
    return klua_get_definition(L, KITH_SCORE);
}

static int txn_score_definitions(lua_State *L) {
    return klua_push_definitions(L, KITH_SCORE);
}

static void push_outputs(lua_State *L, const klua_txn *txn, const char *score) {
    kith_score_about about = KITH_SCORE_ABOUT_INIT;
    size_t cursor = 0;
    lua_newtable(L);
    for (int i = 1; kith_score_next_output(txn->handle, score, &cursor, &about) == KITH_OK; i++) {
        lua_createtable(L, 0, 4);
        klua_set_text(L, "output", about.output);
        klua_set_text(L, "gives", about.gives);
        klua_set_text(L, "what", about.what);
        klua_set_boolean(L, "kept", about.kept);
        lua_rawseti(L, -2, i);
    }
}

static int txn_score_model(lua_State *L) {
    const char *name = klua_check_text(L, 2);
    klua_txn *txn = klua_check_txn(L, 1);
    kith_score_model model = KITH_SCORE_MODEL_INIT;
    int rc = kith_score_model_get(txn->handle, name, &model);
    if (rc != KITH_OK) {
        return klua_fail_txn(L, txn, rc);
    }
    txn->held++;
    lua_createtable(L, 0, 4);
    klua_set_text(L, "kind", model.kind);
    klua_set_boolean(L, "learns", model.learns);
    klua_set_boolean(L, "learnt", model.learnt);
    push_outputs(L, txn, name);
    lua_setfield(L, -2, "outputs");
    txn->held--;
    return 1;
}

/* ---- comparing versions ---- */

static void push_drift(lua_State *L, const kith_drift *drift) {
    static const klua_count_field fields[] = {
        KLUA_COUNT(kith_drift, customer_count), KLUA_COUNT(kith_drift, changed_count), {NULL, 0}};
    lua_createtable(L, 0, 9);
    klua_set_text(L, "output", drift->output);
    klua_set_integer(L, "from_version", drift->from_version);
    klua_set_integer(L, "to_version", drift->to_version);
    klua_set_counts(L, drift, fields);
    klua_set_number(L, "from_mean", drift->from_mean);
    klua_set_number(L, "to_mean", drift->to_mean);
    klua_set_number(L, "mean_change", drift->mean_change);
    klua_set_number(L, "stability_index", drift->stability_index);
}

static int txn_score_drift(lua_State *L) {
    static const char *const names[] = {"now",     "from_version", "to_version",
                                        "threads", "progress",     NULL};
    const char *name = klua_check_text(L, 2);
    kith_drift_options options = KITH_DRIFT_OPTIONS_INIT;
    kith_drift drift = KITH_DRIFT_INIT;
    klua_callbacks all = {.L = L};
    lua_settop(L, 3);
    luaL_checktype(L, 3, LUA_TTABLE);
    klua_check_options(L, 3, names);
    options.now_us = klua_option_time(L, 3, "now");
    options.from_version = (uint32_t)klua_option_count(L, 3, "from_version", UINT32_MAX);
    options.to_version = (uint32_t)klua_option_count(L, 3, "to_version", UINT32_MAX);
    options.threads = (unsigned)klua_option_count(L, 3, "threads", UINT16_MAX);
    all.progress =
        klua_callback_new(L, klua_option_function(L, 3, "progress"), klua_progress_adapter);
    options.progress = all.progress.function != 0 ? klua_on_progress : NULL;
    options.context = &all;
    klua_txn *txn = klua_check_txn(L, 1);
    txn->held++;
    int rc = kith_score_drift(txn->handle, name, &options, &drift);
    txn->held--;
    if (all.failed) {
        return lua_error(L);
    }
    if (rc != KITH_OK) {
        return klua_fail_txn(L, txn, rc);
    }
    push_drift(L, &drift);
    return 1;
}

/* ---- fitting ---- */

static void release_report(void *memory) {
    kith_fit_report_free(memory);
}

static void read_fit_options(lua_State *L, kith_fit_options *out, klua_callbacks *all) {
    static const char *const names[] = {"now",     "where",    "holdout_days", "dry_run",
                                        "threads", "progress", "definition",   NULL};
    luaL_checktype(L, 3, LUA_TTABLE);
    klua_check_options(L, 3, names);
    luaL_checkstack(L, LUA_MINSTACK, "too many options");
    out->now_us = klua_option_time(L, 3, "now");
    out->holdout_days = (uint32_t)klua_option_count(L, 3, "holdout_days", UINT32_MAX);
    out->dry_run = klua_option_boolean(L, 3, "dry_run");
    out->threads = (unsigned)klua_option_count(L, 3, "threads", UINT16_MAX);
    lua_getfield(L, 3, "where");
    if (!lua_isnil(L, -1)) {
        bool any_name = false;
        out->where = klua_check_expression_text(L, lua_gettop(L), &any_name);
    }
    lua_getfield(L, 3, "definition");
    if (!lua_isnil(L, -1)) {
        out->definition = klua_check_json(L, lua_gettop(L));
    }
    all->progress =
        klua_callback_new(L, klua_option_function(L, 3, "progress"), klua_progress_adapter);
    out->progress = all->progress.function != 0 ? klua_on_progress : NULL;
    out->context = all;
}

static void push_report(lua_State *L, const kith_fit_report *report) {
    lua_createtable(L, 0, 6);
    klua_set_text(L, "score", report->score);
    klua_set_integer(L, "version", report->version);
    klua_set_text(L, "change", report->change == KITH_UNCHANGED ? "unchanged" : "updated");
    klua_set_integer(L, "customer_count", (int64_t)report->customer_count);
    klua_push_json(L, report->definition);
    lua_setfield(L, -2, "definition");
    klua_push_json(L, report->fitted);
    lua_setfield(L, -2, "fitted");
}

static int store_fit_score(lua_State *L) {
    klua_store *store = klua_object_check(L, 1, KLUA_STORE);
    const char *name = klua_optional_text(L, 2);
    klua_callbacks all = {.L = L};
    kith_fit_options options = KITH_FIT_OPTIONS_INIT;
    kith_fit_report *report = NULL;
    kith_error error = KITH_ERROR_INIT;
    lua_settop(L, 3);
    read_fit_options(L, &options, &all);
    klua_owned *box = klua_owned_new(L, release_report);
    klua_store_ready(L, store);
    klua_check_no_writer(L, store);
    store->held++;
    store->writing = "fitting a score of";
    int rc = kith_score_fit(store->handle, name, &options, &report, &error);
    store->writing = NULL;
    store->held--;
    box->memory = report;
    if (all.failed) {
        return lua_error(L);
    }
    if (rc != KITH_OK) {
        return klua_fail(L, rc, &error);
    }
    push_report(L, report);
    klua_owned_free(box);
    return 1;
}

/* ---- what a profile shows ---- */

/* Sets the outputs of each score in a table of its own. */
static void push_values(lua_State *L, const kith_profile *view) {
    kith_score_value found = KITH_SCORE_VALUE_INIT;
    size_t cursor = 0;
    lua_newtable(L);
    while (kith_profile_next_score_value(view, &cursor, &found) == KITH_OK) {
        lua_getfield(L, -1, found.score);
        if (lua_isnil(L, -1)) {
            lua_pop(L, 1);
            lua_newtable(L);
            lua_pushvalue(L, -1);
            lua_setfield(L, -3, found.score);
        }
        klua_push_value(L, &found.value);
        lua_setfield(L, -2, found.output);
        lua_pop(L, 1);
    }
}

static int profile_score_values(lua_State *L) {
    klua_profile *profile = klua_check_profile(L);
    profile->txn->held++;
    push_values(L, &profile->view);
    profile->txn->held--;
    return 1;
}

static void set_day(lua_State *L, const char *name, const kith_orders *orders, int64_t days) {
    if (orders->order_count > 0) {
        klua_push_date(L, days);
        lua_setfield(L, -2, name);
    }
}

static void push_order(lua_State *L, const kith_orders *orders) {
    static const klua_count_field fields[] = {
        KLUA_COUNT(kith_orders, order_count),   KLUA_COUNT(kith_orders, day_count),
        KLUA_COUNT(kith_orders, paid_count),    KLUA_COUNT(kith_orders, refund_count),
        KLUA_COUNT(kith_orders, last_gap_days), {NULL, 0}};
    lua_createtable(L, 0, 18);
    klua_set_text(L, "event", orders->event);
    klua_set_text(L, "amount", orders->amount);
    klua_set_text(L, "refund", orders->refund);
    set_day(L, "first", orders, orders->first_days);
    set_day(L, "last", orders, orders->last_days);
    klua_set_counts(L, orders, fields);
    klua_set_micros(L, "spent", "spent_micros", orders->spent_micros);
    klua_set_micros(L, "first_spent", "first_spent_micros", orders->first_spent_micros);
    klua_set_micros(L, "refunded", "refunded_micros", orders->refunded_micros);
    klua_set_number(L, "squares", orders->squares);
    klua_set_number(L, "log_gaps", orders->log_gaps);
}

static void push_orders(lua_State *L, const kith_profile *view) {
    kith_orders orders = KITH_ORDERS_INIT;
    size_t cursor = 0;
    lua_newtable(L);
    for (int i = 1; kith_profile_next_orders(view, &cursor, &orders) == KITH_OK; i++) {
        push_order(L, &orders);
        lua_rawseti(L, -2, i);
    }
}

static int profile_orders(lua_State *L) {
    klua_profile *profile = klua_check_profile(L);
    profile->txn->held++;
    push_orders(L, &profile->view);
    profile->txn->held--;
    return 1;
}

void klua_set_profile_scores(lua_State *L, const kith_profile *view) {
    push_values(L, view);
    lua_setfield(L, -2, "score_values");
    push_orders(L, view);
    lua_setfield(L, -2, "orders");
}

/* ---- explaining ---- */

static void release_explanation(void *memory) {
    kith_score_explanation_free(memory);
}

static void push_explanation(lua_State *L, const kith_score_explanation *why) {
    lua_createtable(L, 0, 8);
    klua_set_text(L, "score", why->score);
    klua_set_text(L, "kind", why->kind);
    klua_set_integer(L, "version", why->version);
    klua_set_boolean(L, "learnt", why->learnt);
    klua_set_time(L, "next_change_at", why->next_change_at_us);
    lua_createtable(L, (int)why->output_count, 0);
    for (size_t i = 0; i < why->output_count; i++) {
        lua_createtable(L, 0, 3);
        klua_set_text(L, "output", why->outputs[i]->name);
        klua_set_text(L, "value", why->outputs[i]->value);
        klua_set_text(L, "what", why->outputs[i]->what);
        lua_rawseti(L, -2, (int)i + 1);
    }
    lua_setfield(L, -2, "outputs");
    lua_createtable(L, (int)why->reason_count, 0);
    for (size_t i = 0; i < why->reason_count; i++) {
        lua_createtable(L, 0, 2);
        klua_set_text(L, "text", why->reasons[i]->text);
        if (why->reasons[i]->adds) {
            klua_set_number(L, "share", why->reasons[i]->share);
        }
        lua_rawseti(L, -2, (int)i + 1);
    }
    lua_setfield(L, -2, "reasons");
    klua_set_text(L, "unit", why->unit);
}

static int profile_explain_score(lua_State *L) {
    const char *name = klua_check_text(L, 2);
    int64_t now_us = klua_check_time(L, 3);
    kith_score_explanation *why = NULL;
    klua_owned *box = klua_owned_new(L, release_explanation);
    klua_profile *profile = klua_check_profile(L);
    int rc = kith_score_explain(&profile->view, name, now_us, &why);
    if (rc != KITH_OK) {
        return klua_fail_txn(L, profile->txn, rc);
    }
    box->memory = why;
    push_explanation(L, why);
    klua_owned_free(box);
    return 1;
}

const luaL_Reg klua_txn_scores[] = {{"define_score", txn_define_score},
                                    {"remove_score", txn_remove_score},
                                    {"score_definition", txn_score_definition},
                                    {"score_definitions", txn_score_definitions},
                                    {"score_model", txn_score_model},
                                    {"score_drift", txn_score_drift},
                                    {NULL, NULL}};
const luaL_Reg klua_store_scores[] = {{"fit_score", store_fit_score}, {NULL, NULL}};
const luaL_Reg klua_profile_scores[] = {{"score_values", profile_score_values},
                                        {"orders", profile_orders},
                                        {"explain_score", profile_explain_score},
                                        {NULL, NULL}};
