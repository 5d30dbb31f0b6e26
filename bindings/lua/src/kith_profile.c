/* Profiles: golden values, aggregates, records. They are borrowed from their transaction. */
#include "kith_lua.h"

klua_profile *klua_check_profile_at(lua_State *L, int index) {
    klua_profile *profile = klua_object_check(L, index, KLUA_PROFILE);
    const klua_txn *txn = profile->txn;
    if (txn == NULL || txn->handle == NULL || profile->generation != txn->generation) {
        luaL_error(L, "the profile is gone: its transaction ended, was reset or wrote");
    }
    if (profile->iter != NULL && profile->step != profile->iter->step) {
        luaL_error(L, "the profile is gone: its iterator went on; get it by its id to keep it");
    }
    klua_txn_check_free(L, txn);
    return profile;
}

klua_profile *klua_check_profile(lua_State *L) {
    return klua_check_profile_at(L, 1);
}

static int profile_id(lua_State *L) {
    const klua_profile *profile = klua_check_profile(L);
    char text[KITH_ID_TEXT_BYTES];
    kith_id_format(&profile->view.id, text);
    lua_pushstring(L, text);
    return 1;
}

static int profile_value(lua_State *L) {
    const char *name = klua_check_text(L, 2);
    klua_profile *profile = klua_check_profile(L);
    kith_golden golden = KITH_GOLDEN_INIT;
    int rc = kith_profile_value(&profile->view, name, &golden);
    if (rc != KITH_OK) {
        return klua_fail_txn(L, profile->txn, rc);
    }
    profile->txn->held++;
    klua_push_value(L, &golden.value);
    profile->txn->held--;
    return 1;
}

/* The transaction is held. */
static void push_golden(lua_State *L, klua_txn *txn, const kith_golden *golden) {
    kith_record record = KITH_RECORD_INIT;
    lua_createtable(L, 0, 7);
    klua_set_text(L, "attribute", golden->attribute);
    klua_push_value(L, &golden->value);
    lua_setfield(L, -2, "value");
    klua_set_integer(L, "record", golden->record);
    klua_set_text(L, "source", golden->source);
    if (kith_record_get_number(txn->handle, golden->record, &record) == KITH_OK) {
        klua_set_text(L, "key", record.key);
    }
    klua_set_time(L, "at", golden->at_us);
    klua_set_text(L, "status", kith_value_status_name(golden->status));
}

static int profile_golden(lua_State *L) {
    const char *name = klua_check_text(L, 2);
    klua_profile *profile = klua_check_profile(L);
    kith_golden golden = KITH_GOLDEN_INIT;
    int rc = kith_profile_value(&profile->view, name, &golden);
    if (rc != KITH_OK) {
        return klua_fail_txn(L, profile->txn, rc);
    }
    profile->txn->held++;
    push_golden(L, profile->txn, &golden);
    profile->txn->held--;
    return 1;
}

static int profile_values(lua_State *L) {
    klua_profile *profile = klua_check_profile(L);
    kith_golden golden = KITH_GOLDEN_INIT;
    size_t cursor = 0;
    profile->txn->held++;
    lua_newtable(L);
    for (int i = 1; kith_profile_next_value(&profile->view, &cursor, &golden) == KITH_OK; i++) {
        push_golden(L, profile->txn, &golden);
        lua_rawseti(L, -2, i);
    }
    profile->txn->held--;
    return 1;
}

static void push_profile_attributes(lua_State *L, const kith_profile *profile) {
    kith_golden golden = KITH_GOLDEN_INIT;
    klua_value_group group = {NULL, 0};
    size_t cursor = 0;
    lua_newtable(L);
    while (kith_profile_next_value(profile, &cursor, &golden) == KITH_OK) {
        klua_group_add(L, &group, golden.attribute, &golden.value);
    }
}

static void push_profile_records(lua_State *L, klua_txn *txn, const kith_profile *profile) {
    uint32_t number = 0;
    size_t cursor = 0;
    lua_createtable(L, (int)profile->record_count, 0);
    for (int i = 1; kith_profile_next_record(profile, &cursor, &number) == KITH_OK; i++) {
        klua_push_reference(L, txn, number);
        lua_rawseti(L, -2, i);
    }
}

static int profile_records(lua_State *L) {
    klua_profile *profile = klua_check_profile(L);
    profile->txn->held++;
    push_profile_records(L, profile->txn, &profile->view);
    profile->txn->held--;
    return 1;
}

void klua_set_micros(lua_State *L, const char *name, const char *micros_name, int64_t micros) {
    klua_set_number(L, name, (double)micros / 1e6);
    klua_set_integer(L, micros_name, micros);
}

static void push_property_sum(lua_State *L, const kith_property_sum *sum) {
    lua_createtable(L, 0, 8);
    klua_set_integer(L, "count", (int64_t)sum->count);
    klua_set_micros(L, "sum", "sum_micros", sum->sum_micros);
    klua_set_micros(L, "min", "min_micros", sum->min_micros);
    klua_set_micros(L, "max", "max_micros", sum->max_micros);
    klua_set_boolean(L, "overflow", sum->overflow);
}

static void push_aggregate(lua_State *L, const kith_aggregate *aggregate) {
    kith_property_sum sum = KITH_PROPERTY_SUM_INIT;
    size_t cursor = 0;
    lua_createtable(L, 0, 4);
    klua_set_integer(L, "count", (int64_t)aggregate->count);
    klua_set_time(L, "first", aggregate->first_us);
    klua_set_time(L, "last", aggregate->last_us);
    lua_newtable(L);
    while (kith_aggregate_next_property(aggregate, &cursor, &sum) == KITH_OK) {
        push_property_sum(L, &sum);
        lua_setfield(L, -2, sum.property);
    }
    lua_setfield(L, -2, "properties");
}

static void push_profile_aggregates(lua_State *L, const kith_profile *profile) {
    kith_aggregate aggregate = KITH_AGGREGATE_INIT;
    size_t cursor = 0;
    lua_newtable(L);
    while (kith_profile_next_aggregate(profile, &cursor, &aggregate) == KITH_OK) {
        push_aggregate(L, &aggregate);
        lua_setfield(L, -2, aggregate.event_type);
    }
}

static int profile_aggregates(lua_State *L) {
    klua_profile *profile = klua_check_profile(L);
    profile->txn->held++;
    push_profile_aggregates(L, &profile->view);
    profile->txn->held--;
    return 1;
}

static int profile_aggregate(lua_State *L) {
    const char *type = klua_check_text(L, 2);
    klua_profile *profile = klua_check_profile(L);
    kith_aggregate aggregate = KITH_AGGREGATE_INIT;
    int rc = kith_profile_aggregate(&profile->view, type, &aggregate);
    if (rc != KITH_OK) {
        return klua_fail_txn(L, profile->txn, rc);
    }
    profile->txn->held++;
    push_aggregate(L, &aggregate);
    profile->txn->held--;
    return 1;
}

static int profile_count_events(lua_State *L) {
    const char *type = klua_optional_text(L, 2);
    int64_t from_us = klua_optional_time(L, 3, INT64_MIN);
    int64_t to_us = klua_optional_time(L, 4, INT64_MAX);
    klua_profile *profile = klua_check_profile(L);
    uint64_t count = 0;
    int rc = kith_profile_count_events(&profile->view, type, from_us, to_us, &count);
    if (rc != KITH_OK) {
        return klua_fail_txn(L, profile->txn, rc);
    }
    klua_push_integer(L, (int64_t)count);
    return 1;
}

static int profile_to_table(lua_State *L) {
    klua_profile *profile = klua_check_profile(L);
    const kith_profile *view = &profile->view;
    profile->txn->held++;
    lua_createtable(L, 0, 16);
    klua_set_id(L, "id", &view->id);
    klua_set_integer(L, "number", view->number);
    klua_set_integer(L, "record_count", view->record_count);
    klua_set_integer(L, "event_count", (int64_t)view->event_count);
    klua_set_time(L, "next_change_at", view->next_change_at_us);
    klua_set_boolean(L, "computed", view->flags & KITH_PROFILE_COMPUTED);
    klua_set_boolean(L, "pending", view->flags & KITH_PROFILE_PENDING);
    push_profile_attributes(L, view);
    lua_setfield(L, -2, "attributes");
    push_profile_records(L, profile->txn, view);
    lua_setfield(L, -2, "records");
    push_profile_aggregates(L, view);
    lua_setfield(L, -2, "aggregates");
    klua_set_profile_marks(L, profile->txn, view);
    klua_set_profile_segments(L, view);
    klua_set_profile_scores(L, view);
    profile->txn->held--;
    return 1;
}

static int profile_tostring(lua_State *L) {
    const klua_profile *profile = klua_object_check(L, 1, KLUA_PROFILE);
    char text[KITH_ID_TEXT_BYTES];
    kith_id_format(&profile->view.id, text);
    lua_pushfstring(L, "kith.profile %s", text);
    return 1;
}

const luaL_Reg klua_profile_methods[] = {{"id", profile_id},
                                         {"value", profile_value},
                                         {"golden", profile_golden},
                                         {"values", profile_values},
                                         {"records", profile_records},
                                         {"aggregate", profile_aggregate},
                                         {"aggregates", profile_aggregates},
                                         {"count_events", profile_count_events},
                                         {"to_table", profile_to_table},
                                         {NULL, NULL}};

const luaL_Reg klua_profile_metamethods[] = {{"__tostring", profile_tostring}, {NULL, NULL}};
