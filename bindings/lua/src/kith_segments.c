/* Definitions of segments and traits, and what a profile shows of both. */
#include "kith_lua.h"

/* ---- defining ---- */

static int put_definition(lua_State *L, kith_definition_kind kind) {
    static const char *const names[] = {"note", "any_name", "json", NULL};
    klua_txn *txn = klua_object_check(L, 1, KLUA_TXN);
    kith_definition_input input = KITH_DEFINITION_INPUT_INIT;
    kith_expression_options options = KITH_EXPRESSION_OPTIONS_INIT;
    lua_settop(L, 5);
    input.name = klua_check_text(L, 2);
    input.at_us = klua_check_time(L, 4);
    klua_check_options(L, 5, names);
    input.note = klua_option_text(L, 5, "note");
    options.json = klua_option_boolean(L, 5, "json");
    options.any_name = klua_option_boolean(L, 5, "any_name");
    input.expression = klua_check_expression_text(L, 3, &options.any_name);
    input.options = &options;
    klua_txn_will_write(L, txn);
    kith_change change = KITH_UNCHANGED;
    int rc = kith_definition_put(txn->handle, kind, &input, &change);
    return klua_push_change(L, txn, rc, change);
}

static int txn_put_segment(lua_State *L) {
    return put_definition(L, KITH_SEGMENT);
}

static int txn_put_trait(lua_State *L) {
    return put_definition(L, KITH_TRAIT);
}

int klua_remove_definition(lua_State *L, kith_definition_kind kind) {
    klua_txn *txn = klua_object_check(L, 1, KLUA_TXN);
    const char *name = klua_check_text(L, 2);
    int64_t at_us = klua_check_time(L, 3);
    klua_txn_will_write(L, txn);
    int rc = kith_definition_remove(txn->handle, kind, name, at_us);
    if (rc != KITH_OK) {
        return klua_fail_txn(L, txn, rc);
    }
    lua_pushboolean(L, 1);
    return 1;
}

static int txn_remove_segment(lua_State *L) {
    return klua_remove_definition(L, KITH_SEGMENT);
}

static int txn_remove_trait(lua_State *L) {
    return klua_remove_definition(L, KITH_TRAIT);
}

/* ---- reading definitions ---- */

/* What it says: an expression, or of a score its model. */
static void set_content(lua_State *L, const kith_definition *definition) {
    if (definition->kind == KITH_SCORE) {
        klua_push_json(L, definition->expression);
        lua_setfield(L, -2, "definition");
        return;
    }
    klua_set_text(L, "kind", kith_definition_kind_name(definition->kind));
    klua_set_text(L, "expression", definition->expression);
}

/* The transaction is held. */
static void push_definition(lua_State *L, const kith_definition *definition) {
    lua_createtable(L, 0, 8);
    klua_set_text(L, "name", definition->name);
    klua_set_integer(L, "version", definition->version);
    klua_set_boolean(L, "removed", definition->removed);
    set_content(L, definition);
    klua_set_text(L, "note", definition->note[0] != '\0' ? definition->note : NULL);
    klua_set_text(L, "gives", definition->gives);
    klua_set_time(L, "at", definition->at_us);
}

int klua_get_definition(lua_State *L, kith_definition_kind kind) {
    const char *name = klua_check_text(L, 2);
    uint64_t version = klua_optional_count(L, 3);
    klua_txn *txn = klua_check_txn(L, 1);
    kith_definition found = KITH_DEFINITION_INIT;
    int rc = kith_definition_get(txn->handle, kind, name,
                                 version < UINT32_MAX ? (uint32_t)version : UINT32_MAX, &found);
    if (rc != KITH_OK) {
        return klua_fail_txn(L, txn, rc);
    }
    txn->held++;
    push_definition(L, &found);
    txn->held--;
    return 1;
}

static int txn_segment(lua_State *L) {
    return klua_get_definition(L, KITH_SEGMENT);
}

static int txn_trait(lua_State *L) {
    return klua_get_definition(L, KITH_TRAIT);
}

int klua_push_definitions(lua_State *L, kith_definition_kind kind) {
    klua_txn *txn = klua_check_txn(L, 1);
    kith_definition found = KITH_DEFINITION_INIT;
    size_t cursor = 0;
    int rc;
    txn->held++;
    lua_newtable(L);
    for (int i = 1; (rc = kith_definition_next(txn->handle, kind, &cursor, &found)) == KITH_OK;
         i++) {
        push_definition(L, &found);
        lua_rawseti(L, -2, i);
    }
    txn->held--;
    return rc == KITH_DONE ? 1 : klua_fail_txn(L, txn, rc);
}

static int txn_segments(lua_State *L) {
    return klua_push_definitions(L, KITH_SEGMENT);
}

static int txn_traits(lua_State *L) {
    return klua_push_definitions(L, KITH_TRAIT);
}

/* ---- what definitions ask for ---- */

static int txn_mentions(lua_State *L) {
    static const char *const words[] = {"segment", "trait", "score", NULL};
    static const kith_definition_kind kinds[] = {KITH_SEGMENT, KITH_TRAIT, KITH_SCORE};
    kith_definition_kind kind = kinds[luaL_checkoption(L, 2, NULL, words)];
    const char *name = klua_check_text(L, 3);
    klua_txn *txn = klua_check_txn(L, 1);
    kith_mention mention = KITH_MENTION_INIT;
    size_t cursor = 0;
    int rc;
    txn->held++;
    lua_newtable(L);
    for (int i = 1;
         (rc = kith_definition_next_mention(txn->handle, kind, name, &cursor, &mention)) == KITH_OK;
         i++) {
        lua_createtable(L, 0, 2);
        klua_set_text(L, "kind", mention.kind);
        klua_set_text(L, "name", mention.name);
        lua_rawseti(L, -2, i);
    }
    txn->held--;
    return rc == KITH_DONE ? 1 : klua_fail_txn(L, txn, rc);
}

/* ---- what a profile shows ---- */

static int profile_trait(lua_State *L) {
    const char *name = klua_check_text(L, 2);
    klua_profile *profile = klua_check_profile(L);
    kith_profile_trait_value trait = KITH_PROFILE_TRAIT_VALUE_INIT;
    int rc = kith_profile_trait(&profile->view, name, &trait);
    if (rc != KITH_OK) {
        return klua_fail_txn(L, profile->txn, rc);
    }
    profile->txn->held++;
    klua_push_value(L, &trait.value);
    profile->txn->held--;
    return 1;
}

static void push_traits(lua_State *L, const kith_profile *view) {
    kith_profile_trait_value trait = KITH_PROFILE_TRAIT_VALUE_INIT;
    size_t cursor = 0;
    lua_newtable(L);
    while (kith_profile_next_trait(view, &cursor, &trait) == KITH_OK) {
        klua_push_value(L, &trait.value);
        lua_setfield(L, -2, trait.trait);
    }
}

static int profile_traits(lua_State *L) {
    klua_profile *profile = klua_check_profile(L);
    profile->txn->held++;
    push_traits(L, &profile->view);
    profile->txn->held--;
    return 1;
}

static int profile_in_segment(lua_State *L) {
    const char *name = klua_check_text(L, 2);
    klua_profile *profile = klua_check_profile(L);
    bool in = false;
    int rc = kith_profile_in_segment(&profile->view, name, &in);
    if (rc != KITH_OK) {
        return klua_fail_txn(L, profile->txn, rc);
    }
    lua_pushboolean(L, in);
    return 1;
}

static void push_segments(lua_State *L, const kith_profile *view) {
    const char *name = NULL;
    size_t cursor = 0;
    lua_newtable(L);
    for (int i = 1; kith_profile_next_segment(view, &cursor, &name) == KITH_OK; i++) {
        lua_pushstring(L, name);
        lua_rawseti(L, -2, i);
    }
}

static int profile_segments(lua_State *L) {
    klua_profile *profile = klua_check_profile(L);
    profile->txn->held++;
    push_segments(L, &profile->view);
    profile->txn->held--;
    return 1;
}

void klua_set_profile_segments(lua_State *L, const kith_profile *view) {
    push_traits(L, view);
    lua_setfield(L, -2, "traits");
    push_segments(L, view);
    lua_setfield(L, -2, "segments");
}

const luaL_Reg klua_txn_segments[] = {{"put_segment", txn_put_segment},
                                      {"put_trait", txn_put_trait},
                                      {"remove_segment", txn_remove_segment},
                                      {"remove_trait", txn_remove_trait},
                                      {"segment", txn_segment},
                                      {"trait", txn_trait},
                                      {"segments", txn_segments},
                                      {"traits", txn_traits},
                                      {"mentions", txn_mentions},
                                      {NULL, NULL}};

const luaL_Reg klua_profile_segments[] = {{"trait", profile_trait},
                                          {"traits", profile_traits},
                                          {"in_segment", profile_in_segment},
                                          {"segments", profile_segments},
                                          {NULL, NULL}};
