/* Iterators over profiles, records and events; and what all iterators share. */
#include "kith_lua.h"

void klua_iter_end(klua_iter *iter) {
    if (iter->handle == NULL) {
        return;
    }
    switch (iter->kind) {
    case KLUA_ITER_RECORDS:
        kith_record_iter_close(iter->handle);
        break;
    case KLUA_ITER_PROFILES:
        kith_profile_iter_close(iter->handle);
        break;
    case KLUA_ITER_EVENTS:
        kith_event_iter_close(iter->handle);
        break;
    case KLUA_ITER_QUERY:
        klua_query_close(iter->handle);
        break;
    case KLUA_ITER_TRANSITIONS:
        klua_transitions_close(iter->handle);
        break;
    }
    iter->handle = NULL;
    iter->step++;
    *iter->link = iter->next;
    if (iter->next != NULL) {
        iter->next->link = iter->link;
    }
}

klua_iter *klua_iter_new(lua_State *L, enum klua_iter_kind kind) {
    klua_iter *iter = klua_object_new(L, KLUA_ITER, sizeof *iter);
    iter->kind = kind;
    klua_anchor_parent(L, 1);
    return iter;
}

/* The fourth result is closed when the loop is left (5.4). */
int klua_iter_opened(lua_State *L, klua_iter *iter, klua_txn *txn, void *handle) {
    iter->handle = handle;
    iter->txn = txn;
    iter->generation = txn->generation;
    iter->next = txn->iters;
    iter->link = &txn->iters;
    if (iter->next != NULL) {
        iter->next->link = &iter->next;
    }
    txn->iters = iter;
    lua_pushnil(L);
    lua_pushnil(L);
    lua_pushvalue(L, -3);
    return 4;
}

static int txn_records(lua_State *L) {
    klua_txn *txn = klua_object_check(L, 1, KLUA_TXN);
    klua_iter *iter = klua_iter_new(L, KLUA_ITER_RECORDS);
    klua_txn_ready(L, txn);
    kith_record_iter *handle = NULL;
    int rc = kith_record_iter_open(txn->handle, &handle);
    return rc == KITH_OK ? klua_iter_opened(L, iter, txn, handle) : klua_fail_txn(L, txn, rc);
}

static int txn_profiles(lua_State *L) {
    klua_txn *txn = klua_object_check(L, 1, KLUA_TXN);
    int64_t now_us = klua_check_time(L, 2);
    klua_iter *iter = klua_iter_new(L, KLUA_ITER_PROFILES);
    klua_txn_ready(L, txn);
    kith_profile_iter *handle = NULL;
    int rc = kith_profile_iter_open(txn->handle, now_us, &handle);
    return rc == KITH_OK ? klua_iter_opened(L, iter, txn, handle) : klua_fail_txn(L, txn, rc);
}

static int txn_events(lua_State *L) {
    klua_txn *txn = klua_object_check(L, 1, KLUA_TXN);
    const char *source = klua_check_text(L, 2), *key = klua_check_text(L, 3);
    int64_t from_us = klua_optional_time(L, 4, INT64_MIN);
    int64_t to_us = klua_optional_time(L, 5, INT64_MAX);
    klua_iter *iter = klua_iter_new(L, KLUA_ITER_EVENTS);
    klua_txn_ready(L, txn);
    uint32_t number = 0;
    kith_event_iter *handle = NULL;
    int rc = klua_find_number(L, txn, source, key, &number);
    rc = rc == KITH_OK ? kith_event_iter_open(txn->handle, number, from_us, to_us, &handle) : rc;
    return rc == KITH_OK ? klua_iter_opened(L, iter, txn, handle) : klua_fail_txn(L, txn, rc);
}

static int next_record(lua_State *L, klua_iter *iter) {
    kith_record record = KITH_RECORD_INIT;
    int rc = kith_record_iter_next(iter->handle, &record);
    if (rc == KITH_OK) {
        klua_push_record(L, iter->txn, &record);
    }
    return rc;
}

static void push_event(lua_State *L, klua_txn *txn, const kith_event *event) {
    kith_field property;
    size_t cursor = 0;
    txn->held++;
    lua_createtable(L, 0, 4);
    klua_set_time(L, "time", event->time_us);
    klua_set_text(L, "type", event->type);
    klua_set_text(L, "message_id", event->message_id);
    lua_newtable(L);
    while (kith_event_next_property(event, &cursor, &property) == KITH_OK) {
        klua_push_value(L, &property.value);
        lua_setfield(L, -2, property.name);
    }
    lua_setfield(L, -2, "properties");
    txn->held--;
}

static int next_event(lua_State *L, klua_iter *iter) {
    kith_event event = KITH_EVENT_INIT;
    int rc = kith_event_iter_next(iter->handle, &event);
    if (rc == KITH_OK) {
        push_event(L, iter->txn, &event);
    }
    return rc;
}

/* The profile stands on top; it ends with the next step. */
static int next_profile(klua_iter *iter, klua_profile *profile) {
    int rc = kith_profile_iter_next(iter->handle, &profile->view);
    if (rc == KITH_OK) {
        klua_profile_bind(profile, iter->txn, iter);
    }
    return rc;
}

static void iter_ready(lua_State *L, const klua_iter *iter) {
    if (iter->txn == NULL || iter->txn->handle == NULL ||
        iter->generation != iter->txn->generation) {
        luaL_error(L, "the iterator is gone: its transaction ended, was reset or wrote");
    }
    klua_txn_check_free(L, iter->txn);
}

static int iter_call(lua_State *L) {
    static int (*const next[])(lua_State *, klua_iter *) = {next_record, NULL, next_event,
                                                            klua_query_next, klua_transitions_next};
    klua_iter *iter = klua_object_check(L, 1, KLUA_ITER);
    klua_profile *profile = iter->kind == KLUA_ITER_PROFILES ? klua_profile_new(L, 1) : NULL;
    iter_ready(L, iter);
    if (iter->handle == NULL) {
        lua_pushnil(L);
        return 1;
    }
    iter->step++;
    int rc =
        iter->kind == KLUA_ITER_PROFILES ? next_profile(iter, profile) : next[iter->kind](L, iter);
    if (rc == KITH_OK) {
        return 1;
    }
    klua_iter_end(iter);
    if (rc == KITH_DONE) {
        lua_pushnil(L);
        return 1;
    }
    int count = klua_fail_txn(L, iter->txn, rc);
    return luaL_error(L, "%s: %s", kith_code_name(rc), lua_tostring(L, 1 - count));
}

static int iter_close(lua_State *L) {
    klua_iter *iter = klua_object_check(L, 1, KLUA_ITER);
    if (iter->handle != NULL) {
        klua_txn_check_free(L, iter->txn);
        klua_iter_end(iter);
    }
    return 0;
}

static int iter_gc(lua_State *L) {
    klua_iter_end(lua_touserdata(L, 1));
    return 0;
}

const luaL_Reg klua_txn_iters[] = {
    {"profiles", txn_profiles}, {"records", txn_records}, {"events", txn_events}, {NULL, NULL}};

const luaL_Reg klua_iter_metamethods[] = {
    {"__call", iter_call}, {"__gc", iter_gc}, {"__close", iter_close}, {NULL, NULL}};
