/* What a transaction says of a customer: tags, consents, points, scores; and tagging a file's
 * records, or those whom a condition means. */
#include "kith_lua.h"

typedef struct whom {
    const char *source, *key; /* or NULL both */
    kith_id given;
    bool by_id, wrong; /* wrong: the text is no id */
} whom;

/* A record as {source, key}, or any id ever given out. */
static whom check_whom(lua_State *L, int index) {
    whom who = {NULL, NULL, {{0}}, lua_type(L, index) == LUA_TSTRING, false};
    if (who.by_id) {
        who.wrong = kith_id_parse(klua_check_text(L, index), &who.given) != KITH_OK;
    } else {
        klua_check_reference(L, index, &who.source, &who.key);
    }
    return who;
}

static int fail_id(lua_State *L) {
    kith_error error = {sizeof error, KITH_INVALID, -1, "an id is 32 hexadecimal digits"};
    return klua_fail(L, KITH_INVALID, &error);
}

/* Millionths of a number of at most six decimals. */
static int64_t check_micros(lua_State *L, int index) {
    lua_Number number = luaL_checknumber(L, index);
    lua_Number scaled = number * 1e6;
    int64_t micros = 0;
    if (!klua_number_to_integer(scaled + 0.5, &micros)) {
        luaL_argerror(L, index, "the number is too large");
    }
    if ((lua_Number)micros / 1e6 != number) {
        luaL_argerror(L, index, "the number has more than six decimals");
    }
    return micros;
}

/* ---- tags ---- */

static kith_origin option_origin(lua_State *L, int index) {
    const char *name = klua_option_text(L, index, "origin");
    for (int i = KITH_ORIGIN_MANUAL; name != NULL && i <= KITH_ORIGIN_MODEL; i++) {
        if (strcmp(kith_origin_name((kith_origin)i), name) == 0) {
            return (kith_origin)i;
        }
    }
    if (name != NULL) {
        luaL_argerror(L, index, lua_pushfstring(L, "unknown origin '%s'", name));
    }
    return KITH_ORIGIN_MANUAL;
}

/* What it borrows stays on the stack. */
static kith_value option_value(lua_State *L, int index) {
    size_t count = 0;
    if (lua_isnoneornil(L, index)) {
        return kith_value_null();
    }
    lua_newtable(L);
    lua_getfield(L, index, "value");
    lua_setfield(L, -2, "value");
    const kith_field *fields = klua_check_fields(L, lua_gettop(L), &count);
    return count > 0 ? fields[0].value : kith_value_null();
}

static bool has_option(lua_State *L, int index, const char *name) {
    if (lua_isnoneornil(L, index)) {
        return false;
    }
    lua_getfield(L, index, name);
    bool has = !lua_isnil(L, -1);
    lua_pop(L, 1);
    return has;
}

/* Options of a tag, all of which may be missing. */
static void read_tag(lua_State *L, int index, kith_tag_input *out) {
    luaL_checkstack(L, LUA_MINSTACK, "too many options");
    uint64_t confidence = klua_option_count_or(L, index, "confidence", 100);
    out->confidence = confidence < UINT32_MAX ? (uint32_t)confidence : UINT32_MAX;
    if (has_option(L, index, "expires")) {
        out->expires_at_us = klua_option_time(L, index, "expires");
    }
    out->origin = option_origin(L, index);
    out->by = klua_option_text(L, index, "by");
    out->value = option_value(L, index);
}

static int put_tag(lua_State *L, const char *const names[],
                   int (*put)(kith_txn *, const kith_tag_input *, kith_change *)) {
    klua_txn *txn = klua_object_check(L, 1, KLUA_TXN);
    kith_tag_input input = KITH_TAG_INPUT_INIT;
    lua_settop(L, 5);
    whom who = check_whom(L, 2);
    input.source = who.source;
    input.key = who.key;
    input.id = who.by_id ? &who.given : NULL;
    input.tag = klua_check_text(L, 3);
    input.at_us = klua_check_time(L, 4);
    klua_check_options(L, 5, names);
    read_tag(L, 5, &input);
    if (who.wrong) {
        return fail_id(L);
    }
    klua_txn_will_write(L, txn);
    kith_change change = KITH_UNCHANGED;
    int rc = put(txn->handle, &input, &change);
    return klua_push_change(L, txn, rc, change);
}

static int txn_tag(lua_State *L) {
    static const char *const names[] = {"value", "expires", "confidence", "origin", "by", NULL};
    return put_tag(L, names, kith_tag_add);
}

static int txn_untag(lua_State *L) {
    static const char *const names[] = {"origin", "by", NULL};
    return put_tag(L, names, kith_tag_remove);
}

/* ---- consents, points, scores ---- */

static int txn_consent(lua_State *L) {
    static const char *const names[] = {"channel", "by", NULL};
    klua_txn *txn = klua_object_check(L, 1, KLUA_TXN);
    kith_consent_input input = KITH_CONSENT_INPUT_INIT;
    lua_settop(L, 6);
    whom who = check_whom(L, 2);
    input.source = who.source;
    input.key = who.key;
    input.id = who.by_id ? &who.given : NULL;
    input.purpose = klua_check_text(L, 3);
    luaL_checktype(L, 4, LUA_TBOOLEAN);
    input.granted = lua_toboolean(L, 4);
    input.at_us = klua_check_time(L, 5);
    klua_check_options(L, 6, names);
    input.channel = klua_option_text(L, 6, "channel");
    input.by = klua_option_text(L, 6, "by");
    if (who.wrong) {
        return fail_id(L);
    }
    klua_txn_will_write(L, txn);
    kith_change change = KITH_UNCHANGED;
    int rc = kith_consent_put(txn->handle, &input, &change);
    return klua_push_change(L, txn, rc, change);
}

static int txn_points(lua_State *L) {
    klua_txn *txn = klua_object_check(L, 1, KLUA_TXN);
    kith_points_input input = KITH_POINTS_INPUT_INIT;
    lua_settop(L, 7);
    whom who = check_whom(L, 2);
    input.source = who.source;
    input.key = who.key;
    input.id = who.by_id ? &who.given : NULL;
    input.ledger = klua_check_text(L, 3);
    input.entry = klua_check_text(L, 4);
    input.amount_micros = check_micros(L, 5);
    input.at_us = klua_check_time(L, 6);
    input.by = klua_optional_text(L, 7);
    if (who.wrong) {
        return fail_id(L);
    }
    klua_txn_will_write(L, txn);
    kith_change change = KITH_UNCHANGED;
    int rc = kith_points_put(txn->handle, &input, &change);
    return klua_push_change(L, txn, rc, change);
}

static int txn_score(lua_State *L) {
    klua_txn *txn = klua_object_check(L, 1, KLUA_TXN);
    kith_score_input input = KITH_SCORE_INPUT_INIT;
    lua_settop(L, 6);
    whom who = check_whom(L, 2);
    input.source = who.source;
    input.key = who.key;
    input.id = who.by_id ? &who.given : NULL;
    input.score = klua_check_text(L, 3);
    input.value_micros = check_micros(L, 4);
    input.at_us = klua_check_time(L, 5);
    input.by = klua_optional_text(L, 6);
    if (who.wrong) {
        return fail_id(L);
    }
    klua_txn_will_write(L, txn);
    kith_change change = KITH_UNCHANGED;
    int rc = kith_score_put(txn->handle, &input, &change);
    return klua_push_change(L, txn, rc, change);
}

/* ---- files ---- */

static void read_file_options(lua_State *L, int index, kith_tag_import_options *out,
                              kith_tag_input *tag, klua_callbacks *all) {
    static const char *const names[] = {"source",   "tag",      "at",         "key",    "remove",
                                        "value",    "expires",  "confidence", "origin", "by",
                                        "encoding", "progress", NULL};
    luaL_checktype(L, index, LUA_TTABLE);
    klua_check_options(L, index, names);
    luaL_checkstack(L, 2 * LUA_MINSTACK, "too many options");
    out->source = klua_option_text(L, index, "source");
    tag->tag = klua_option_text(L, index, "tag");
    if (out->source == NULL || tag->tag == NULL) {
        luaL_argerror(L, index, "options 'source' and 'tag' are required");
    }
    tag->at_us = klua_option_time(L, index, "at");
    out->key_column = klua_option_text(L, index, "key");
    out->encoding = klua_option_text(L, index, "encoding");
    out->remove = klua_option_boolean(L, index, "remove");
    read_tag(L, index, tag);
    all->progress =
        klua_callback_new(L, klua_option_function(L, index, "progress"), klua_progress_adapter);
    out->progress = all->progress.function != 0 ? klua_on_progress : NULL;
    out->context = all;
    out->tag = tag;
}

static void push_report(lua_State *L, const kith_tag_import_report *report) {
    static const klua_count_field fields[] = {
        KLUA_COUNT(kith_tag_import_report, row_count),
        KLUA_COUNT(kith_tag_import_report, added_count),
        KLUA_COUNT(kith_tag_import_report, unchanged_count),
        KLUA_COUNT(kith_tag_import_report, unknown_count),
        KLUA_COUNT(kith_tag_import_report, first_unknown_line),
        KLUA_COUNT(kith_tag_import_report, rejected_count),
        KLUA_COUNT(kith_tag_import_report, first_rejected_line),
        {NULL, 0}};
    lua_createtable(L, 0, 7);
    klua_set_counts(L, report, fields);
}

static int store_tag_file(lua_State *L) {
    klua_store *store = klua_object_check(L, 1, KLUA_STORE);
    const char *path = klua_check_text(L, 2);
    klua_callbacks all = {.L = L};
    kith_tag_import_options options = KITH_TAG_IMPORT_OPTIONS_INIT;
    kith_tag_input tag = KITH_TAG_INPUT_INIT;
    read_file_options(L, 3, &options, &tag, &all);
    klua_store_ready(L, store);
    klua_check_no_writer(L, store);
    kith_error error = KITH_ERROR_INIT;
    kith_tag_import_report report = KITH_TAG_IMPORT_REPORT_INIT;
    store->held++;
    store->writing = "an import into";
    int rc = kith_tag_import(store->handle, path, &options, &report, &error);
    store->writing = NULL;
    store->held--;
    if (all.failed) {
        return lua_error(L);
    }
    int failed = rc == KITH_OK ? 0 : klua_fail(L, rc, &error);
    lua_settop(L, failed > 3 ? -2 : -1); /* no position: the report is the fourth */
    push_report(L, &report);
    return rc == KITH_OK ? 1 : 4;
}

/* ---- those who are meant ---- */

static void read_where_options(lua_State *L, kith_tag_where_options *out,
                               kith_expression_options *expression, kith_tag_input *tag,
                               klua_callbacks *all) {
    static const char *const names[] = {"tag",      "at",      "now",        "remove", "dry_run",
                                        "value",    "expires", "confidence", "origin", "by",
                                        "any_name", "json",    "progress",   NULL};
    luaL_checktype(L, 3, LUA_TTABLE);
    klua_check_options(L, 3, names);
    luaL_checkstack(L, 2 * LUA_MINSTACK, "too many options");
    tag->tag = klua_option_text(L, 3, "tag");
    if (tag->tag == NULL) {
        luaL_argerror(L, 3, "option 'tag' is required");
    }
    tag->at_us = klua_option_time(L, 3, "at");
    out->now_us = has_option(L, 3, "now") ? klua_option_time(L, 3, "now") : tag->at_us;
    out->remove = klua_option_boolean(L, 3, "remove");
    out->dry_run = klua_option_boolean(L, 3, "dry_run");
    expression->any_name = klua_option_boolean(L, 3, "any_name");
    expression->json = klua_option_boolean(L, 3, "json");
    out->where = klua_check_expression_text(L, 2, &expression->any_name);
    read_tag(L, 3, tag);
    all->progress =
        klua_callback_new(L, klua_option_function(L, 3, "progress"), klua_progress_adapter);
    out->progress = all->progress.function != 0 ? klua_on_progress : NULL;
    out->context = all;
    out->expression = expression;
    out->tag = tag;
}

static void push_where_report(lua_State *L, const kith_tag_where_report *report) {
    static const klua_count_field fields[] = {KLUA_COUNT(kith_tag_where_report, matched_count),
                                              KLUA_COUNT(kith_tag_where_report, added_count),
                                              KLUA_COUNT(kith_tag_where_report, unchanged_count),
                                              {NULL, 0}};
    lua_createtable(L, 0, 3);
    klua_set_counts(L, report, fields);
}

static int store_tag_where(lua_State *L) {
    klua_store *store = klua_object_check(L, 1, KLUA_STORE);
    klua_callbacks all = {.L = L};
    kith_tag_where_options options = KITH_TAG_WHERE_OPTIONS_INIT;
    kith_expression_options expression = KITH_EXPRESSION_OPTIONS_INIT;
    kith_tag_input tag = KITH_TAG_INPUT_INIT;
    lua_settop(L, 3);
    read_where_options(L, &options, &expression, &tag, &all);
    klua_store_ready(L, store);
    klua_check_no_writer(L, store);
    kith_error error = KITH_ERROR_INIT;
    kith_tag_where_report report = KITH_TAG_WHERE_REPORT_INIT;
    store->held++;
    store->writing = "tagging in";
    int rc = kith_tag_where(store->handle, &options, &report, &error);
    store->writing = NULL;
    store->held--;
    if (all.failed) {
        return lua_error(L);
    }
    if (rc == KITH_OK) {
        push_where_report(L, &report);
        return 1;
    }
    int failed = klua_fail(L, rc, &error);
    if (report.matched_count == 0) { /* nobody is tagged yet: where the condition is wrong */
        return failed;
    }
    lua_settop(L, failed > 3 ? -2 : -1); /* no position: the report is the fourth */
    push_where_report(L, &report);
    return 4;
}

const luaL_Reg klua_txn_marks[] = {{"tag", txn_tag},         {"untag", txn_untag},
                                   {"consent", txn_consent}, {"points", txn_points},
                                   {"score", txn_score},     {NULL, NULL}};
const luaL_Reg klua_store_marks[] = {
    {"tag_file", store_tag_file}, {"tag_where", store_tag_where}, {NULL, NULL}};
