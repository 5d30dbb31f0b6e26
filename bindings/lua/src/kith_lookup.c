/* Who is it? Profiles by identifier, id and record. A profile is borrowed from its transaction. */
#include "kith_lua.h"

klua_profile *klua_profile_new(lua_State *L, int parent) {
    klua_profile *profile = klua_object_new(L, KLUA_PROFILE, sizeof *profile);
    profile->view.size = sizeof profile->view;
    klua_anchor_leaf(L, parent);
    return profile;
}

void klua_profile_bind(klua_profile *profile, klua_txn *txn, klua_iter *iter) {
    profile->txn = txn;
    profile->iter = iter;
    profile->generation = txn->generation;
    profile->step = iter != NULL ? iter->step : 0;
}

static int txn_find(lua_State *L) {
    klua_txn *txn = klua_object_check(L, 1, KLUA_TXN);
    const char *type = klua_check_text(L, 2), *value = klua_check_text(L, 3);
    int64_t now_us = klua_check_time(L, 4);
    klua_profile *profile = klua_profile_new(L, 1);
    klua_txn_ready(L, txn);
    size_t count = 0;
    int rc = kith_profile_find(txn->handle, type, value, now_us, &profile->view, &count);
    if (rc != KITH_OK) {
        return klua_fail_txn(L, txn, rc);
    }
    klua_profile_bind(profile, txn, NULL);
    klua_push_integer(L, (int64_t)count);
    return 2;
}

static void release_ids(void *memory) {
    kith_free(memory);
}

static int txn_find_ids(lua_State *L) {
    klua_txn *txn = klua_object_check(L, 1, KLUA_TXN);
    const char *type = klua_check_text(L, 2), *value = klua_check_text(L, 3);
    klua_owned *box = klua_owned_new(L, release_ids);
    klua_txn_ready(L, txn);
    kith_id *ids = NULL;
    size_t count = 0;
    int rc = kith_profile_find_ids(txn->handle, type, value, &ids, &count);
    if (rc != KITH_OK) {
        return klua_fail_txn(L, txn, rc);
    }
    box->memory = ids;
    lua_createtable(L, (int)count, 0);
    for (size_t i = 0; i < count; i++) {
        char text[KITH_ID_TEXT_BYTES];
        kith_id_format(&ids[i], text);
        lua_pushstring(L, text);
        lua_rawseti(L, -2, (int)i + 1);
    }
    klua_owned_free(box);
    return 1;
}

static int txn_get(lua_State *L) {
    klua_txn *txn = klua_object_check(L, 1, KLUA_TXN);
    const char *text = klua_check_text(L, 2);
    int64_t now_us = klua_check_time(L, 3);
    klua_profile *profile = klua_profile_new(L, 1);
    klua_txn_ready(L, txn);
    kith_id id;
    if (kith_id_parse(text, &id) != KITH_OK) {
        kith_error error = {sizeof error, KITH_INVALID, -1, "an id is 32 hexadecimal digits"};
        return klua_fail(L, KITH_INVALID, &error);
    }
    int rc = kith_profile_get(txn->handle, &id, now_us, &profile->view);
    if (rc != KITH_OK) {
        return klua_fail_txn(L, txn, rc);
    }
    klua_profile_bind(profile, txn, NULL);
    return 1;
}

static int txn_profile_of(lua_State *L) {
    klua_txn *txn = klua_object_check(L, 1, KLUA_TXN);
    const char *source = klua_check_text(L, 2), *key = klua_check_text(L, 3);
    int64_t now_us = klua_check_time(L, 4);
    klua_profile *profile = klua_profile_new(L, 1);
    klua_txn_ready(L, txn);
    uint32_t number = 0;
    int rc = klua_find_number(L, txn, source, key, &number);
    rc = rc == KITH_OK ? kith_profile_of_record(txn->handle, number, now_us, &profile->view) : rc;
    if (rc != KITH_OK) {
        return klua_fail_txn(L, txn, rc);
    }
    klua_profile_bind(profile, txn, NULL);
    return 1;
}

static int txn_profile_id(lua_State *L) {
    klua_txn *txn = klua_check_txn(L, 1);
    uint32_t number = 0;
    kith_id id;
    int rc = klua_find_number(L, txn, klua_check_text(L, 2), klua_check_text(L, 3), &number);
    rc = rc == KITH_OK ? kith_profile_id_of_record(txn->handle, number, &id) : rc;
    if (rc != KITH_OK) {
        return klua_fail_txn(L, txn, rc);
    }
    char text[KITH_ID_TEXT_BYTES];
    kith_id_format(&id, text);
    lua_pushstring(L, text);
    return 1;
}

const luaL_Reg klua_txn_lookups[] = {{"find", txn_find},
                                     {"find_ids", txn_find_ids},
                                     {"get", txn_get},
                                     {"profile_of", txn_profile_of},
                                     {"profile_id", txn_profile_id},
                                     {NULL, NULL}};
