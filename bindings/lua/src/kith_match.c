/* Pairs that await a person, and who is most like what is known. */
#include "kith_lua.h"

static void set_named(lua_State *L, const char *name, const char *source, const char *key) {
    lua_createtable(L, 0, 2);
    klua_set_text(L, "source", source);
    klua_set_text(L, "key", key);
    lua_setfield(L, -2, name);
}

static void push_review_pair(lua_State *L, const kith_review_pair *pair) {
    lua_createtable(L, 0, 9);
    set_named(L, "a", pair->source_a, pair->key_a);
    set_named(L, "b", pair->source_b, pair->key_b);
    klua_set_id(L, "profile_a", &pair->profile_a);
    klua_set_id(L, "profile_b", &pair->profile_b);
    klua_set_number(L, "bits", pair->bits);
    klua_set_text(L, "reason", kith_review_reason_name(pair->reason));
    klua_set_text(L, "rule", pair->rule);
    klua_set_text(L, "detail", pair->detail);
    klua_set_integer(L, "alike_count", (int64_t)pair->alike_count);
}

static void push_review(lua_State *L, const kith_review *review) {
    lua_createtable(L, 0, 5);
    klua_set_integer(L, "model_version", review->model_version);
    klua_set_number(L, "keep_at_bits", review->keep_at_bits);
    klua_set_number(L, "link_at_bits", review->link_at_bits);
    klua_set_integer(L, "waiting_count", (int64_t)review->waiting_count);
    lua_createtable(L, (int)review->pair_count, 0);
    for (size_t i = 0; i < review->pair_count; i++) {
        push_review_pair(L, review->pairs[i]);
        lua_rawseti(L, -2, (int)i + 1);
    }
    lua_setfield(L, -2, "pairs");
}

static void release_review(void *memory) {
    kith_review_free(memory);
}

static int txn_review(lua_State *L) {
    static const char *const names[] = {"limit", "suggest", NULL};
    klua_txn *txn = klua_object_check(L, 1, KLUA_TXN);
    kith_review_options options = KITH_REVIEW_OPTIONS_INIT;
    klua_check_options(L, 2, names);
    options.suggest = klua_option_boolean(L, 2, "suggest");
    options.limit = (size_t)klua_option_count_or(L, 2, "limit", options.limit);
    klua_owned *box = klua_owned_new(L, release_review);
    klua_txn_ready(L, txn);
    kith_review *review = NULL;
    int rc = kith_review_list(txn->handle, &options, &review);
    if (rc != KITH_OK) {
        return klua_fail_txn(L, txn, rc);
    }
    box->memory = review;
    push_review(L, review);
    klua_owned_free(box);
    return 1;
}

/* The transaction is held. */
static void push_hit(lua_State *L, klua_txn *txn, const kith_search_hit *hit) {
    lua_createtable(L, 0, 5);
    klua_set_id(L, "id", &hit->id);
    klua_push_reference(L, txn, hit->record);
    lua_setfield(L, -2, "record");
    klua_set_number(L, "bits", hit->bits);
    klua_set_boolean(L, "likely", hit->likely);
    klua_set_text(L, "identifier", hit->identifier);
}

static void push_found(lua_State *L, klua_txn *txn, const kith_search_result *found) {
    txn->held++;
    lua_createtable(L, 0, 4);
    klua_set_integer(L, "compared_count", (int64_t)found->compared_count);
    klua_set_boolean(L, "partial", found->partial);
    lua_createtable(L, (int)found->unread_count, 0);
    for (size_t i = 0; i < found->unread_count; i++) {
        lua_pushstring(L, found->unread[i]);
        lua_rawseti(L, -2, (int)i + 1);
    }
    lua_setfield(L, -2, "unread");
    lua_createtable(L, (int)found->hit_count, 0);
    for (size_t i = 0; i < found->hit_count; i++) {
        push_hit(L, txn, found->hits[i]);
        lua_rawseti(L, -2, (int)i + 1);
    }
    lua_setfield(L, -2, "hits");
    txn->held--;
}

static void release_found(void *memory) {
    kith_search_result_free(memory);
}

static int txn_search(lua_State *L) {
    klua_txn *txn = klua_object_check(L, 1, KLUA_TXN);
    kith_search_options options = KITH_SEARCH_OPTIONS_INIT;
    size_t count = 0;
    luaL_checktype(L, 2, LUA_TTABLE);
    options.limit = (size_t)klua_optional_count(L, 3);
    const kith_field *fields = klua_check_fields(L, 2, &count);
    klua_owned *box = klua_owned_new(L, release_found);
    klua_txn_ready(L, txn);
    kith_search_result *found = NULL;
    int rc = kith_search(txn->handle, fields, count, &options, &found);
    if (rc != KITH_OK) {
        return klua_fail_txn(L, txn, rc);
    }
    box->memory = found;
    push_found(L, txn, found);
    klua_owned_free(box);
    return 1;
}

const luaL_Reg klua_txn_matches[] = {{"review", txn_review}, {"search", txn_search}, {NULL, NULL}};
