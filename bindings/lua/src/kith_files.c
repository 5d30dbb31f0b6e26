/* Files in and out: import and export. */
#include "kith_lua.h"

static void release_report(void *memory) {
    kith_import_report_free(memory);
}

static void set_mapping(lua_State *L, const kith_import_report *report) {
    lua_createtable(L, (int)report->column_count, 0);
    for (size_t i = 0; i < report->column_count; i++) {
        lua_createtable(L, 0, 2);
        klua_set_text(L, "column", report->columns[i]);
        klua_set_text(L, "attribute", report->attributes[i]);
        lua_rawseti(L, -2, (int)i + 1);
    }
    lua_setfield(L, -2, "columns");
}

static void set_facts(lua_State *L, const char *name, const kith_fact_counts *facts) {
    static const klua_count_field fields[] = {KLUA_COUNT(kith_fact_counts, added),
                                              KLUA_COUNT(kith_fact_counts, updated),
                                              KLUA_COUNT(kith_fact_counts, unchanged),
                                              KLUA_COUNT(kith_fact_counts, ignored),
                                              {NULL, 0}};
    lua_createtable(L, 0, 4);
    klua_set_counts(L, facts, fields);
    lua_setfield(L, -2, name);
}

static void set_non_numbers(lua_State *L, const kith_import_report *report) {
    lua_createtable(L, (int)report->non_number_count, 0);
    for (size_t i = 0; i < report->non_number_count; i++) {
        lua_createtable(L, 0, 3);
        klua_set_text(L, "column", report->non_numbers[i]->column);
        klua_set_integer(L, "value_count", (int64_t)report->non_numbers[i]->value_count);
        klua_set_integer(L, "first_line", (int64_t)report->non_numbers[i]->first_line);
        lua_rawseti(L, -2, (int)i + 1);
    }
    lua_setfield(L, -2, "non_numbers");
}

static void set_mixed_dates(lua_State *L, const kith_import_report *report) {
    lua_createtable(L, (int)report->mixed_date_count, 0);
    for (size_t i = 0; i < report->mixed_date_count; i++) {
        const kith_mixed_dates *dates = report->mixed_dates[i];
        lua_createtable(L, 0, 6);
        klua_set_text(L, "column", dates->column);
        lua_pushboolean(L, dates->month_first);
        lua_setfield(L, -2, "month_first");
        klua_set_integer(L, "either_count", (int64_t)dates->either_count);
        klua_set_integer(L, "first_either_line", (int64_t)dates->first_either_line);
        klua_set_integer(L, "other_count", (int64_t)dates->other_count);
        klua_set_integer(L, "first_other_line", (int64_t)dates->first_other_line);
        lua_rawseti(L, -2, (int)i + 1);
    }
    lua_setfield(L, -2, "mixed_dates");
}

static void set_generic_values(lua_State *L, const kith_import_report *report) {
    lua_createtable(L, (int)report->generic_value_count, 0);
    for (size_t i = 0; i < report->generic_value_count; i++) {
        lua_createtable(L, 0, 3);
        klua_set_text(L, "type", report->generic_values[i]->type);
        klua_set_text(L, "value", report->generic_values[i]->value);
        klua_set_integer(L, "record_count", (int64_t)report->generic_values[i]->record_count);
        lua_rawseti(L, -2, (int)i + 1);
    }
    lua_setfield(L, -2, "generic_values");
}

static void push_report(lua_State *L, const kith_import_report *report) {
    static const klua_count_field fields[] = {KLUA_COUNT(kith_import_report, row_count),
                                              KLUA_COUNT(kith_import_report, added_count),
                                              KLUA_COUNT(kith_import_report, updated_count),
                                              KLUA_COUNT(kith_import_report, unchanged_count),
                                              KLUA_COUNT(kith_import_report, ignored_count),
                                              KLUA_COUNT(kith_import_report, rejected_count),
                                              KLUA_COUNT(kith_import_report, invalid_value_count),
                                              KLUA_COUNT(kith_import_report, settled_count),
                                              KLUA_COUNT(kith_import_report, future_row_count),
                                              KLUA_COUNT(kith_import_report, first_future_line),
                                              KLUA_COUNT(kith_import_report, source_value_count),
                                              KLUA_COUNT(kith_import_report, unmapped_value_count),
                                              KLUA_COUNT(kith_import_report, tied_count),
                                              KLUA_COUNT(kith_import_report, first_tied_line),
                                              KLUA_COUNT(kith_import_report, generic_count),
                                              {NULL, 0}};
    lua_createtable(L, 0, 30);
    klua_set_counts(L, report, fields);
    lua_createtable(L, 0, (int)report->reason_count);
    for (size_t i = 0; i < report->reason_count; i++) {
        const char *name = kith_reject_reason_name((kith_reject_reason)i);
        klua_set_integer(L, name, (int64_t)report->rejected_by_reason[i]);
    }
    lua_setfield(L, -2, "rejected_by_reason");
    klua_set_text(L, "format", report->format);
    klua_set_text(L, "encoding", report->encoding);
    klua_set_text(L, "key", report->key);
    klua_set_text(L, "source_column", report->source_column);
    klua_set_text(L, "wrong_option", report->wrong_option);
    set_facts(L, "records", &report->records);
    set_facts(L, "events", &report->events);
    set_facts(L, "links", &report->links);
    set_non_numbers(L, report);
    set_mixed_dates(L, report);
    set_generic_values(L, report);
    set_mapping(L, report);
}

static kith_format option_format(lua_State *L, int index) {
    static const char *const names[] = {"auto", "csv", "jsonl", "segment"};
    const char *name = klua_option_text(L, index, "format");
    for (int i = 0; name != NULL && i < 4; i++) {
        if (strcmp(names[i], name) == 0) {
            return (kith_format)i;
        }
    }
    if (name != NULL) {
        luaL_argerror(L, index, lua_pushfstring(L, "unknown format '%s'", name));
    }
    return KITH_FORMAT_AUTO;
}

static void read_import_options(lua_State *L, int index, kith_import_options *out,
                                klua_callbacks *all) {
    static const char *const names[] = {"source",    "now",         "format", "key",
                                        "map",       "event",       "time",   "encoding",
                                        "rejects",   "batch_count", "settle", "progress",
                                        "on_reject", "message_id",  "dates",  NULL};
    luaL_checktype(L, index, LUA_TTABLE);
    klua_check_options(L, index, names);
    luaL_checkstack(L, LUA_MINSTACK, "too many options");
    out->source = klua_option_text(L, index, "source");
    if (out->source == NULL) {
        luaL_argerror(L, index, "option 'source' is required");
    }
    out->format = option_format(L, index);
    out->key_column = klua_option_text(L, index, "key");
    out->map = klua_option_text(L, index, "map");
    out->event_type = klua_option_text(L, index, "event");
    out->time_column = klua_option_text(L, index, "time");
    out->message_id_column = klua_option_text(L, index, "message_id");
    out->dates = klua_option_text(L, index, "dates");
    out->encoding = klua_option_text(L, index, "encoding");
    out->rejects_path = klua_option_text(L, index, "rejects");
    out->now_us = klua_option_time(L, index, "now");
    out->batch_count = (uint32_t)klua_option_count(L, index, "batch_count", UINT32_MAX);
    out->settle = klua_option_boolean(L, index, "settle");
    all->progress =
        klua_callback_new(L, klua_option_function(L, index, "progress"), klua_progress_adapter);
    all->reject =
        klua_callback_new(L, klua_option_function(L, index, "on_reject"), klua_reject_adapter);
    out->progress = all->progress.function != 0 ? klua_on_progress : NULL;
    out->reject = all->reject.function != 0 ? klua_on_reject : NULL;
    out->context = all;
}

/* The report of an import that was stopped or failed half-way is the fourth result. */
static int push_import(lua_State *L, klua_owned *box, int rc, const kith_error *error) {
    int failed = rc == KITH_OK ? 0 : klua_fail(L, rc, error);
    if (box->memory == NULL) {
        return failed;
    }
    lua_settop(L, failed > 3 ? -2 : -1);
    push_report(L, box->memory);
    klua_owned_free(box);
    return rc == KITH_OK ? 1 : 4;
}

static int store_import(lua_State *L) {
    klua_store *store = klua_object_check(L, 1, KLUA_STORE);
    const char *path = klua_check_text(L, 2);
    klua_callbacks all = {.L = L};
    kith_import_options options = KITH_IMPORT_OPTIONS_INIT;
    read_import_options(L, 3, &options, &all);
    klua_owned *box = klua_owned_new(L, release_report);
    klua_store_ready(L, store);
    klua_check_no_writer(L, store);
    kith_error error = KITH_ERROR_INIT;
    kith_import_report *report = NULL;
    store->held++;
    store->writing = "an import into";
    int rc = kith_import(store->handle, path, &options, &report, &error);
    store->writing = NULL;
    store->held--;
    box->memory = report;
    if (all.failed) {
        klua_owned_free(box);
        return lua_error(L);
    }
    return push_import(L, box, rc, &error);
}

static int store_export(lua_State *L) {
    static const char *const whats[] = {"records", "events", "profiles", "clusters", NULL};
    static const char *const formats[] = {"csv", "jsonl", "arrow", NULL};
    static const kith_format codes[] = {KITH_FORMAT_CSV, KITH_FORMAT_JSONL, KITH_FORMAT_ARROW};
    klua_store *store = klua_object_check(L, 1, KLUA_STORE);
    int what = luaL_checkoption(L, 2, NULL, whats) + KITH_EXPORT_RECORDS;
    kith_format format = codes[luaL_checkoption(L, 3, NULL, formats)];
    int64_t now_us = klua_check_time(L, 4);
    luaL_checktype(L, 5, LUA_TFUNCTION);
    klua_callbacks all = {.L = L};
    all.write = klua_callback_new(L, 5, klua_write_adapter);
    klua_store_ready(L, store);
    klua_check_no_writer(L, store);
    kith_error error = KITH_ERROR_INIT;
    store->held++;
    int rc = kith_export(store->handle, (kith_export_what)what, format, now_us, klua_on_write, &all,
                         &error);
    store->held--;
    return all.failed ? lua_error(L) : klua_answer_true(L, rc, &error);
}

const luaL_Reg klua_store_files[] = {
    {"import", store_import}, {"export", store_export}, {NULL, NULL}};
