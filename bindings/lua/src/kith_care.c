/* Care of a store: counts, definitions, settle, resolve, verify, check, backup. */
#include "kith_lua.h"

static int txn_stat(lua_State *L) {
    static const klua_count_field fields[] = {KLUA_COUNT(kith_stat, record_count),
                                              KLUA_COUNT(kith_stat, profile_count),
                                              KLUA_COUNT(kith_stat, event_count),
                                              KLUA_COUNT(kith_stat, assertion_count),
                                              KLUA_COUNT(kith_stat, identifier_count),
                                              KLUA_COUNT(kith_stat, link_count),
                                              KLUA_COUNT(kith_stat, refused_link_count),
                                              KLUA_COUNT(kith_stat, generic_value_count),
                                              KLUA_COUNT(kith_stat, dirty_profile_count),
                                              KLUA_COUNT(kith_stat, pending_record_count),
                                              KLUA_COUNT(kith_stat, landed_event_count),
                                              KLUA_COUNT(kith_stat, source_count),
                                              KLUA_COUNT(kith_stat, attribute_count),
                                              KLUA_COUNT(kith_stat, event_type_count),
                                              KLUA_COUNT(kith_stat, file_bytes),
                                              KLUA_COUNT(kith_stat, used_bytes),
                                              KLUA_COUNT(kith_stat, map_bytes),
                                              KLUA_COUNT(kith_stat, mark_count),
                                              {NULL, 0}};
    klua_txn *txn = klua_check_txn(L, 1);
    kith_stat stat = KITH_STAT_INIT;
    int rc = kith_stat_get(txn->handle, &stat);
    if (rc != KITH_OK) {
        return klua_fail_txn(L, txn, rc);
    }
    lua_createtable(L, 0, 21);
    klua_set_counts(L, &stat, fields);
    klua_set_integer(L, "format_version", stat.format_version);
    klua_set_integer(L, "reader_count", stat.reader_count);
    return 1;
}

static int in_read_txn(lua_State *L, lua_CFunction get) {
    kith_error error = KITH_ERROR_INIT;
    klua_txn *txn = NULL;
    lua_settop(L, 1);
    int rc = klua_txn_begin(L, 1, false, &txn, &error);
    if (rc != KITH_OK) {
        return klua_fail(L, rc, &error);
    }
    lua_replace(L, 1);
    int count = get(L);
    kith_txn_abort(klua_txn_take(txn));
    return count;
}

static int store_stat(lua_State *L) {
    return in_read_txn(L, txn_stat);
}

static int push_settled(lua_State *L, const kith_settle_result *result) {
    static const klua_count_field fields[] = {KLUA_COUNT(kith_settle_result, settled_count),
                                              KLUA_COUNT(kith_settle_result, packed_count),
                                              KLUA_COUNT(kith_settle_result, remaining_count),
                                              {NULL, 0}};
    lua_createtable(L, 0, 3);
    klua_set_counts(L, result, fields);
    return 1;
}

static int txn_settle(lua_State *L) {
    klua_txn *txn = klua_object_check(L, 1, KLUA_TXN);
    int64_t now_us = klua_check_time(L, 2);
    uint64_t budget = klua_optional_count(L, 3);
    klua_txn_will_write(L, txn);
    kith_settle_result result = KITH_SETTLE_RESULT_INIT;
    int rc = kith_settle(txn->handle, now_us, budget, &result);
    return rc == KITH_OK ? push_settled(L, &result) : klua_fail_txn(L, txn, rc);
}

/* Commits where `rc` is KITH_OK, else aborts and tells why. */
static int end_write(kith_txn *txn, int rc, kith_error *error) {
    if (rc == KITH_OK) {
        return kith_txn_commit(txn, error);
    }
    *error = *kith_txn_error(txn);
    kith_txn_abort(txn);
    return rc;
}

static const char *const progress_options[] = {"progress", NULL};

static klua_callbacks progress_callback(lua_State *L, int options) {
    klua_callbacks all = {.L = L};
    klua_check_options(L, options, progress_options);
    all.progress =
        klua_callback_new(L, klua_option_function(L, options, "progress"), klua_progress_adapter);
    return all;
}

static int store_settle(lua_State *L) {
    klua_store *store = klua_check_store(L, 1);
    int64_t now_us = klua_check_time(L, 2);
    uint64_t budget = klua_optional_count(L, 3);
    lua_settop(L, 4);
    klua_callbacks all = progress_callback(L, 4);
    klua_check_no_writer(L, store);
    kith_settle_result result = KITH_SETTLE_RESULT_INIT;
    kith_error error = KITH_ERROR_INIT;
    store->held++;
    int rc =
        kith_settle_all(store->handle, now_us, budget, klua_on_progress, &all, &result, &error);
    store->held--;
    if (all.failed) {
        return lua_error(L);
    }
    return rc == KITH_OK ? push_settled(L, &result) : klua_fail(L, rc, &error);
}

static int store_apply_config(lua_State *L) {
    klua_store *store = klua_check_store(L, 1);
    luaL_checktype(L, 2, LUA_TSTRING);
    size_t size = 0;
    const char *json = lua_tolstring(L, 2, &size);
    klua_check_no_writer(L, store);
    kith_error error = KITH_ERROR_INIT;
    kith_txn *txn = NULL;
    int rc = kith_txn_begin(store->handle, KITH_WRITE, &txn, &error);
    if (rc == KITH_OK) {
        rc = end_write(txn, kith_config_apply(txn, json, size), &error);
    }
    return klua_answer_true(L, rc, &error);
}

static int txn_apply_config(lua_State *L) {
    klua_txn *txn = klua_object_check(L, 1, KLUA_TXN);
    luaL_checktype(L, 2, LUA_TSTRING);
    size_t size = 0;
    const char *json = lua_tolstring(L, 2, &size);
    klua_txn_will_write(L, txn);
    int rc = kith_config_apply(txn->handle, json, size);
    return rc == KITH_OK ? klua_answer_true(L, rc, NULL) : klua_fail_txn(L, txn, rc);
}

static int txn_config(lua_State *L) {
    klua_txn *txn = klua_object_check(L, 1, KLUA_TXN);
    klua_owned *box = klua_owned_new(L, kith_free);
    klua_txn_ready(L, txn);
    char *json = NULL;
    int rc = kith_config_get(txn->handle, &json);
    if (rc != KITH_OK) {
        return klua_fail_txn(L, txn, rc);
    }
    box->memory = json;
    lua_pushstring(L, json);
    klua_owned_free(box);
    return 1;
}

static int store_config(lua_State *L) {
    return in_read_txn(L, txn_config);
}

/* Makes the callbacks of check and verify; the list of problems is left at index `list`. */
static klua_callbacks problem_callbacks(lua_State *L, int options, int *list) {
    klua_callbacks all = {.L = L};
    klua_check_options(L, options, progress_options);
    int progress = klua_option_function(L, options, "progress");
    lua_newtable(L);
    *list = lua_gettop(L);
    all.problem = klua_callback_new(L, *list, klua_problem_adapter);
    all.progress = klua_callback_new(L, progress, klua_progress_adapter);
    return all;
}

static int push_problems(lua_State *L, const klua_callbacks *all, int list, int rc, uint64_t count,
                         const kith_error *error) {
    if (all->failed) {
        return lua_error(L);
    }
    if (rc != KITH_OK) {
        return klua_fail(L, rc, error);
    }
    klua_push_integer(L, (int64_t)count);
    lua_pushvalue(L, list);
    return 2;
}

static int store_verify(lua_State *L) {
    klua_store *store = klua_object_check(L, 1, KLUA_STORE);
    int64_t now_us = klua_check_time(L, 2);
    int list = 0;
    klua_callbacks all = problem_callbacks(L, 3, &list);
    klua_store_ready(L, store);
    kith_check_options options = {sizeof options, klua_on_problem, klua_on_progress, &all};
    kith_error error = KITH_ERROR_INIT;
    uint64_t count = 0;
    store->held++;
    int rc = kith_verify(store->handle, now_us, &options, &count, &error);
    store->held--;
    return push_problems(L, &all, list, rc, count, &error);
}

static int kith_lua_check(lua_State *L) {
    const char *path = klua_check_text(L, 1);
    int list = 0;
    klua_callbacks all = problem_callbacks(L, 2, &list);
    kith_check_options options = {sizeof options, klua_on_problem, klua_on_progress, &all};
    kith_error error = KITH_ERROR_INIT;
    uint64_t count = 0;
    int rc = kith_check(path, &options, &count, &error);
    return push_problems(L, &all, list, rc, count, &error);
}

static int store_backup(lua_State *L) {
    klua_store *store = klua_object_check(L, 1, KLUA_STORE);
    const char *path = klua_check_text(L, 2);
    klua_callbacks all = progress_callback(L, 3);
    klua_store_ready(L, store);
    kith_error error = KITH_ERROR_INIT;
    store->held++;
    int rc = kith_backup(store->handle, path, klua_on_progress, &all, &error);
    store->held--;
    return all.failed ? lua_error(L) : klua_answer_true(L, rc, &error);
}

static int push_resolved(lua_State *L, const kith_resolve_result *result) {
    static const klua_count_field fields[] = {KLUA_COUNT(kith_resolve_result, record_count),
                                              KLUA_COUNT(kith_resolve_result, compared_count),
                                              KLUA_COUNT(kith_resolve_result, scored_count),
                                              {NULL, 0}};
    lua_createtable(L, 0, 6);
    klua_set_counts(L, result, fields);
    klua_set_integer(L, "model_version", result->model_version);
    klua_set_boolean(L, "trained", result->trained);
    push_settled(L, &result->settled);
    lua_setfield(L, -2, "settled");
    return 1;
}

static int store_resolve(lua_State *L) {
    static const char *const names[] = {"train", "threads", "model", "progress", NULL};
    klua_store *store = klua_object_check(L, 1, KLUA_STORE);
    klua_callbacks all = {.L = L};
    kith_resolve_options options = KITH_RESOLVE_OPTIONS_INIT;
    options.now_us = klua_check_time(L, 2);
    klua_check_options(L, 3, names);
    options.train = klua_option_boolean(L, 3, "train");
    options.threads = (unsigned)klua_option_count(L, 3, "threads", UINT16_MAX);
    options.model = klua_option_text(L, 3, "model");
    all.progress =
        klua_callback_new(L, klua_option_function(L, 3, "progress"), klua_progress_adapter);
    options.progress = klua_on_progress;
    options.context = &all;
    klua_store_ready(L, store);
    klua_check_no_writer(L, store);
    kith_error error = KITH_ERROR_INIT;
    kith_resolve_result result = KITH_RESOLVE_RESULT_INIT;
    store->held++;
    store->writing = "a resolve of";
    int rc = kith_resolve(store->handle, &options, &result, &error);
    store->writing = NULL;
    store->held--;
    if (all.failed) {
        return lua_error(L);
    }
    return rc == KITH_OK ? push_resolved(L, &result) : klua_fail(L, rc, &error);
}

const luaL_Reg klua_txn_care[] = {{"stat", txn_stat},
                                  {"settle", txn_settle},
                                  {"config", txn_config},
                                  {"apply_config", txn_apply_config},
                                  {NULL, NULL}};

const luaL_Reg klua_store_care[] = {{"settle", store_settle},
                                    {"resolve", store_resolve},
                                    {"verify", store_verify},
                                    {"backup", store_backup},
                                    {"stat", store_stat},
                                    {"config", store_config},
                                    {"apply_config", store_apply_config},
                                    {NULL, NULL}};

const luaL_Reg klua_module_care[] = {{"check", kith_lua_check}, {NULL, NULL}};
