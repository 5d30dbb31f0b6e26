/* How good the clusters and the match model are: evaluate and audit. */
#include "kith_lua.h"

static void release_evaluation(void *memory) {
    kith_evaluation_free(memory);
}

static void set_quality(lua_State *L, const char *name, const kith_quality *quality) {
    lua_createtable(L, 0, 3);
    lua_pushnumber(L, quality->precision);
    lua_setfield(L, -2, "precision");
    lua_pushnumber(L, quality->recall);
    lua_setfield(L, -2, "recall");
    lua_pushnumber(L, quality->f1);
    lua_setfield(L, -2, "f1");
    lua_setfield(L, -2, name);
}

static void set_wrong_record(lua_State *L, const char *name, const char *source, const char *key,
                             const char *entity) {
    lua_createtable(L, 0, 3);
    klua_set_text(L, "source", source);
    klua_set_text(L, "key", key);
    klua_set_text(L, "entity", entity);
    lua_setfield(L, -2, name);
}

static void set_wrong_pairs(lua_State *L, const char *name, const kith_wrong_pair *const *pairs,
                            size_t count) {
    lua_createtable(L, (int)count, 0);
    for (size_t i = 0; i < count; i++) {
        const kith_wrong_pair *pair = pairs[i];
        lua_createtable(L, 0, 2);
        set_wrong_record(L, "a", pair->source_a, pair->key_a, pair->entity_a);
        set_wrong_record(L, "b", pair->source_b, pair->key_b, pair->entity_b);
        lua_rawseti(L, -2, (int)i + 1);
    }
    lua_setfield(L, -2, name);
}

static void set_curve(lua_State *L, const kith_evaluation *evaluation) {
    static const klua_count_field fields[] = {KLUA_COUNT(kith_curve_point, pair_count),
                                              KLUA_COUNT(kith_curve_point, right_pair_count),
                                              {NULL, 0}};
    lua_createtable(L, (int)evaluation->curve_count, 0);
    for (size_t i = 0; i < evaluation->curve_count; i++) {
        const kith_curve_point *point = evaluation->curve[i];
        lua_createtable(L, 0, 4);
        klua_set_number(L, "threshold_bits", point->threshold_bits);
        klua_set_counts(L, point, fields);
        set_quality(L, "quality", &point->quality);
        lua_rawseti(L, -2, (int)i + 1);
    }
    lua_setfield(L, -2, "curve");
}

static void push_evaluation(lua_State *L, const kith_evaluation *evaluation) {
    static const klua_count_field fields[] = {KLUA_COUNT(kith_evaluation, record_count),
                                              KLUA_COUNT(kith_evaluation, missing_count),
                                              KLUA_COUNT(kith_evaluation, entity_count),
                                              KLUA_COUNT(kith_evaluation, profile_count),
                                              KLUA_COUNT(kith_evaluation, true_pair_count),
                                              KLUA_COUNT(kith_evaluation, found_pair_count),
                                              KLUA_COUNT(kith_evaluation, right_pair_count),
                                              KLUA_COUNT(kith_evaluation, over_merge_count),
                                              KLUA_COUNT(kith_evaluation, under_merge_count),
                                              KLUA_COUNT(kith_evaluation, unscored_pair_count),
                                              {NULL, 0}};
    lua_createtable(L, 0, 17);
    klua_set_counts(L, evaluation, fields);
    set_quality(L, "pairwise", &evaluation->pairwise);
    set_quality(L, "bcubed", &evaluation->bcubed);
    set_wrong_pairs(L, "over_merges", evaluation->over_merges, evaluation->over_listed);
    set_wrong_pairs(L, "under_merges", evaluation->under_merges, evaluation->under_listed);
    klua_set_integer(L, "model_version", evaluation->model_version);
    klua_set_number(L, "link_at_bits", evaluation->link_at_bits);
    set_curve(L, evaluation);
}

static int store_evaluate(lua_State *L) {
    static const char *const names[] = {"progress", NULL};
    klua_store *store = klua_object_check(L, 1, KLUA_STORE);
    const char *path = klua_check_text(L, 2);
    klua_callbacks all = {.L = L};
    klua_check_options(L, 3, names);
    all.progress =
        klua_callback_new(L, klua_option_function(L, 3, "progress"), klua_progress_adapter);
    klua_owned *box = klua_owned_new(L, release_evaluation);
    klua_store_ready(L, store);
    kith_error error = KITH_ERROR_INIT;
    kith_evaluation *evaluation = NULL;
    store->held++;
    int rc = kith_evaluate(store->handle, path, klua_on_progress, &all, &evaluation, &error);
    store->held--;
    box->memory = evaluation;
    if (all.failed) {
        /* The error of the callback stands on top. */
        klua_owned_free(box);
        return lua_error(L);
    }
    if (rc != KITH_OK) {
        return klua_fail(L, rc, &error);
    }
    push_evaluation(L, evaluation);
    klua_owned_free(box);
    return 1;
}

static void release_audit(void *memory) {
    kith_audit_result_free(memory);
}

static void push_audit_count(lua_State *L, const kith_audit_count *count) {
    static const klua_count_field fields[] = {KLUA_COUNT(kith_audit_count, copy_count),
                                              KLUA_COUNT(kith_audit_count, found_count),
                                              KLUA_COUNT(kith_audit_count, link_count),
                                              KLUA_COUNT(kith_audit_count, right_count),
                                              {NULL, 0}};
    lua_createtable(L, 0, 6);
    klua_set_counts(L, count, fields);
    set_quality(L, "quality", &count->quality);
}

static void set_audit_errors(lua_State *L, const kith_audit_result *found) {
    lua_createtable(L, (int)found->error_count, 0);
    for (size_t i = 0; i < found->error_count; i++) {
        push_audit_count(L, &found->errors[i]->count);
        klua_set_text(L, "name", found->errors[i]->name);
        lua_rawseti(L, -2, (int)i + 1);
    }
    lua_setfield(L, -2, "errors");
}

static void set_audit_attributes(lua_State *L, const kith_audit_result *found) {
    static const klua_count_field fields[] = {KLUA_COUNT(kith_audit_attribute, record_count),
                                              KLUA_COUNT(kith_audit_attribute, value_count),
                                              KLUA_COUNT(kith_audit_attribute, distinct_count),
                                              KLUA_COUNT(kith_audit_attribute, top_count),
                                              {NULL, 0}};
    lua_createtable(L, (int)found->attribute_count, 0);
    for (size_t i = 0; i < found->attribute_count; i++) {
        const kith_audit_attribute *attribute = found->attributes[i];
        lua_createtable(L, 0, 8);
        klua_set_text(L, "attribute", attribute->attribute);
        klua_set_counts(L, attribute, fields);
        klua_set_text(L, "top_value", attribute->top_value);
        klua_set_number(L, "completeness", attribute->completeness);
        klua_set_number(L, "uniqueness", attribute->uniqueness);
        lua_rawseti(L, -2, (int)i + 1);
    }
    lua_setfield(L, -2, "attributes");
}

static void push_audit(lua_State *L, const kith_audit_result *found) {
    static const klua_count_field fields[] = {KLUA_COUNT(kith_audit_result, record_count),
                                              KLUA_COUNT(kith_audit_result, identified_count),
                                              KLUA_COUNT(kith_audit_result, compared_count),
                                              KLUA_COUNT(kith_audit_result, unlinkable_count),
                                              KLUA_COUNT(kith_audit_result, block_count),
                                              KLUA_COUNT(kith_audit_result, dropped_block_count),
                                              KLUA_COUNT(kith_audit_result, largest_block_count),
                                              {NULL, 0}};
    lua_createtable(L, 0, 12);
    klua_set_counts(L, found, fields);
    klua_set_integer(L, "model_version", found->model_version);
    klua_set_integer(L, "block_cap", found->block_cap);
    push_audit_count(L, &found->all);
    lua_setfield(L, -2, "all");
    set_audit_errors(L, found);
    set_audit_attributes(L, found);
}

static int store_audit(lua_State *L) {
    static const char *const names[] = {"share", "progress", NULL};
    klua_store *store = klua_object_check(L, 1, KLUA_STORE);
    klua_callbacks all = {.L = L};
    kith_audit_options options = KITH_AUDIT_OPTIONS_INIT;
    klua_check_options(L, 2, names);
    options.share = klua_option_number(L, 2, "share");
    all.progress =
        klua_callback_new(L, klua_option_function(L, 2, "progress"), klua_progress_adapter);
    options.progress = klua_on_progress;
    options.context = &all;
    klua_owned *box = klua_owned_new(L, release_audit);
    klua_store_ready(L, store);
    kith_error error = KITH_ERROR_INIT;
    kith_audit_result *found = NULL;
    store->held++;
    int rc = kith_audit(store->handle, &options, &found, &error);
    store->held--;
    box->memory = found;
    if (all.failed) {
        /* The error of the callback stands on top. */
        klua_owned_free(box);
        return lua_error(L);
    }
    if (rc != KITH_OK) {
        return klua_fail(L, rc, &error);
    }
    push_audit(L, found);
    klua_owned_free(box);
    return 1;
}

const luaL_Reg klua_store_insight[] = {
    {"evaluate", store_evaluate}, {"audit", store_audit}, {NULL, NULL}};
