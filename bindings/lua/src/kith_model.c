/* Match models: what resolve() learnt. A model stays valid after the transaction that read it. */
#include "kith_lua.h"

/* A version of a model; 0, the one in force, where none is given. */
static uint32_t check_version(lua_State *L, int index) {
    uint64_t version = klua_optional_count(L, index);
    if (version > UINT32_MAX) {
        luaL_argerror(L, index, "a version below 2^32 expected");
    }
    return (uint32_t)version;
}

static void release_model(void *memory) {
    kith_model_free(memory);
}

static void push_model_info(lua_State *L, const kith_model *model) {
    static const klua_count_field fields[] = {KLUA_COUNT(kith_model_info, record_count),
                                              KLUA_COUNT(kith_model_info, match_count),
                                              {NULL, 0}};
    kith_model_info info = KITH_MODEL_INFO_INIT;
    kith_model_about(model, &info);
    lua_createtable(L, 0, 16);
    klua_set_counts(L, &info, fields);
    klua_set_integer(L, "version", info.version);
    klua_set_boolean(L, "in_force", info.in_force);
    klua_set_boolean(L, "configured", info.configured);
    klua_set_boolean(L, "given", info.given);
    klua_set_number(L, "prior_bits", info.prior_bits);
    klua_set_number(L, "relative_prior_bits", info.relative_prior_bits);
    klua_set_number(L, "link_at_bits", info.link_at_bits);
    klua_set_number(L, "known_at_bits", info.known_at_bits);
    klua_set_number(L, "review_at_bits", info.review_at_bits);
    klua_set_number(L, "cohesion", info.cohesion);
    klua_set_integer(L, "block_cap", info.block_cap);
    klua_set_integer(L, "comparison_count", (int64_t)info.comparison_count);
    klua_set_integer(L, "block_rule_count", (int64_t)info.block_rule_count);
}

/* By their numbers, so from 0 on, as a pair's comparison names them. */
static void set_levels(lua_State *L, const kith_model *model, size_t comparison) {
    kith_model_level level = KITH_MODEL_LEVEL_INIT;
    lua_newtable(L);
    for (size_t i = 0; kith_model_level_at(model, comparison, i, &level); i++) {
        lua_createtable(L, 0, 6);
        klua_set_text(L, "name", level.name);
        klua_set_number(L, "m", level.m);
        klua_set_number(L, "u", level.u);
        klua_set_number(L, "relative_u", level.relative_u);
        klua_set_number(L, "bits", level.bits);
        klua_set_number(L, "relative_bits", level.relative_bits);
        lua_rawseti(L, -2, (int)i);
    }
    lua_setfield(L, -2, "levels");
}

static void set_attributes(lua_State *L, const kith_model *model, size_t comparison) {
    const char *name;
    lua_newtable(L);
    for (size_t i = 0; (name = kith_model_attribute_at(model, comparison, i)) != NULL; i++) {
        lua_pushstring(L, name);
        lua_rawseti(L, -2, (int)i + 1);
    }
    lua_setfield(L, -2, "attributes");
}

static void set_comparisons(lua_State *L, const kith_model *model) {
    kith_model_comparison c = KITH_MODEL_COMPARISON_INIT;
    lua_newtable(L);
    for (size_t i = 0; kith_model_comparison_at(model, i, &c); i++) {
        lua_createtable(L, 0, 6);
        klua_set_text(L, "name", c.name);
        klua_set_text(L, "kind", c.kind);
        klua_set_integer(L, "term_count", (int64_t)c.term_count);
        klua_set_boolean(L, "seen", c.seen);
        set_attributes(L, model, i);
        set_levels(L, model, i);
        lua_rawseti(L, -2, (int)i + 1);
    }
    lua_setfield(L, -2, "comparisons");
}

static void set_block_rules(lua_State *L, const kith_model *model) {
    kith_model_block_rule rule = KITH_MODEL_BLOCK_RULE_INIT;
    lua_newtable(L);
    for (size_t i = 0; kith_model_block_rule_at(model, i, &rule); i++) {
        lua_createtable(L, 0, 2);
        klua_set_text(L, "name", rule.name);
        klua_set_boolean(L, "weak", rule.weak);
        lua_rawseti(L, -2, (int)i + 1);
    }
    lua_setfield(L, -2, "block_rules");
}

static int txn_model(lua_State *L) {
    klua_txn *txn = klua_object_check(L, 1, KLUA_TXN);
    uint32_t version = check_version(L, 2);
    klua_owned *box = klua_owned_new(L, release_model);
    klua_txn_ready(L, txn);
    kith_model *model = NULL;
    int rc = kith_model_get(txn->handle, version, &model);
    if (rc != KITH_OK) {
        return klua_fail_txn(L, txn, rc);
    }
    box->memory = model;
    push_model_info(L, model);
    set_comparisons(L, model);
    set_block_rules(L, model);
    klua_owned_free(box);
    return 1;
}

/* Adds all models to the list on top, each held by the box for as long as it is read. The
 * transaction is held. */
static int add_models(lua_State *L, const klua_txn *txn, klua_owned *box) {
    uint32_t version = 0;
    int rc;
    for (int i = 1; (rc = kith_model_next(txn->handle, &version)) == KITH_OK; i++) {
        kith_model *model = NULL;
        rc = kith_model_get(txn->handle, version, &model);
        if (rc != KITH_OK) {
            return rc;
        }
        box->memory = model;
        push_model_info(L, model);
        lua_rawseti(L, -2, i);
        klua_owned_free(box);
    }
    return rc;
}

static int txn_models(lua_State *L) {
    klua_txn *txn = klua_object_check(L, 1, KLUA_TXN);
    klua_owned *box = klua_owned_new(L, release_model);
    lua_newtable(L);
    klua_txn_ready(L, txn);
    txn->held++;
    int rc = add_models(L, txn, box);
    txn->held--;
    return rc == KITH_DONE ? 1 : klua_fail_txn(L, txn, rc);
}

static int txn_export_model(lua_State *L) {
    klua_txn *txn = klua_object_check(L, 1, KLUA_TXN);
    uint32_t version = check_version(L, 2);
    klua_owned *box = klua_owned_new(L, kith_free);
    klua_txn_ready(L, txn);
    char *json = NULL;
    int rc = kith_model_export(txn->handle, version, &json);
    if (rc != KITH_OK) {
        return klua_fail_txn(L, txn, rc);
    }
    box->memory = json;
    lua_pushstring(L, json);
    klua_owned_free(box);
    return 1;
}

static void release_changes(void *memory) {
    kith_model_changes_free(memory);
}

static void push_change_of_model(lua_State *L, const kith_model_change *change) {
    lua_createtable(L, 0, 8);
    klua_set_text(L, "kind", kith_model_change_kind_name(change->kind));
    klua_set_text(L, "name", change->name);
    klua_set_text(L, "level", change->level);
    klua_set_boolean(L, "relative", change->relative);
    klua_set_boolean(L, "has_before", change->has_before);
    klua_set_boolean(L, "has_after", change->has_after);
    if (change->has_before && change->has_after) {
        klua_set_number(L, "before", change->before);
        klua_set_number(L, "after", change->after);
    }
}

static int txn_compare_models(lua_State *L) {
    klua_txn *txn = klua_object_check(L, 1, KLUA_TXN);
    luaL_checktype(L, 2, LUA_TNUMBER);
    uint32_t before = check_version(L, 2), after = check_version(L, 3);
    klua_owned *box = klua_owned_new(L, release_changes);
    klua_txn_ready(L, txn);
    kith_model_changes *changes = NULL;
    int rc = kith_model_compare(txn->handle, before, after, &changes);
    if (rc != KITH_OK) {
        return klua_fail_txn(L, txn, rc);
    }
    box->memory = changes;
    size_t count = kith_model_change_count(changes);
    lua_createtable(L, (int)count, 0);
    for (size_t i = 0; i < count; i++) {
        push_change_of_model(L, kith_model_change_at(changes, i));
        lua_rawseti(L, -2, (int)i + 1);
    }
    klua_owned_free(box);
    return 1;
}

const luaL_Reg klua_txn_models[] = {{"models", txn_models},
                                    {"model", txn_model},
                                    {"export_model", txn_export_model},
                                    {"compare_models", txn_compare_models},
                                    {NULL, NULL}};
