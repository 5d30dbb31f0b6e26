/*
 * Queries: what an expression gives for one profile, who is meant by one, and how many; and how
 * many have each tag.
 *
 * The core borrows the expressions of a query, so they live in C as long as it, whatever Lua
 * collects. The names of columns are the third entry of the iterator's anchor table.
 */
#include "kith_lua.h"

#include <stdlib.h>

#define NAMES_ANCHOR 3

/* Stack indices of txn_query. */
enum { TXN = 1, OPTIONS, COLUMNS, NAMES, WHERE, ITER };

typedef struct klua_query {
    kith_query *handle;
    kith_query_options options;
    kith_expression *where; /* or NULL */
    kith_expression **columns;
} klua_query;

/* ---- one profile ---- */

static void release_expression(void *memory) {
    kith_expression_free(memory);
}

static void push_outcome(lua_State *L, const kith_outcome *outcome) {
    lua_createtable(L, 0, 3);
    klua_set_boolean(L, "truth", outcome->truth);
    klua_set_time(L, "next_change_at", outcome->next_change_at_us);
    if (outcome->value.type != KITH_TYPE_NULL) {
        klua_push_value(L, &outcome->value);
        lua_setfield(L, -2, "value");
    }
}

static int profile_evaluate(lua_State *L) {
    kith_expression *expression = NULL;
    kith_error error = KITH_ERROR_INIT;
    kith_outcome outcome = KITH_OUTCOME_INIT;
    int64_t now_us = klua_check_time(L, 3);
    klua_owned *box = klua_owned_new(L, release_expression);
    klua_profile *profile = klua_check_profile(L);
    int rc = klua_expression_read(L, 2, profile->txn, true, &expression, &error);
    box->memory = expression;
    if (rc != KITH_OK) {
        return klua_fail(L, rc, &error);
    }
    rc = kith_expression_evaluate(expression, &profile->view, now_us, &outcome);
    if (rc != KITH_OK) {
        return klua_fail_txn(L, profile->txn, rc);
    }
    profile->txn->held++;
    push_outcome(L, &outcome);
    profile->txn->held--;
    klua_owned_free(box);
    return 1;
}

/* ---- a query's lifetime ---- */

static klua_query *query_new(int64_t now_us, size_t column_count) {
    static const kith_query_options none = KITH_QUERY_OPTIONS_INIT;
    klua_query *query = calloc(1, sizeof *query);
    if (query == NULL) {
        return NULL;
    }
    query->options = none;
    query->options.now_us = now_us;
    query->options.column_count = column_count;
    query->columns = calloc(column_count + 1, sizeof *query->columns);
    query->options.columns = (const kith_expression *const *)query->columns;
    if (query->columns == NULL) {
        free(query);
        return NULL;
    }
    return query;
}

void klua_query_close(void *memory) {
    klua_query *query = memory;
    kith_query_close(query->handle);
    kith_expression_free(query->where);
    for (size_t i = 0; i < query->options.column_count; i++) {
        kith_expression_free(query->columns[i]);
    }
    free(query->columns);
    free(query);
}

static int read_where(lua_State *L, int index, const klua_txn *txn, klua_query *query,
                      kith_error *error) {
    int rc = lua_isnoneornil(L, index)
                 ? KITH_OK
                 : klua_expression_read(L, index, txn, false, &query->where, error);
    query->options.where = query->where;
    return rc;
}

/* The salt stays on the stack, or in the table of options, until the query is open. */
static void read_sample(lua_State *L, int index, kith_query_options *out) {
    uint64_t sample = klua_option_count(L, index, "sample", INT64_MAX);
    out->sample = sample < UINT32_MAX ? (uint32_t)sample : UINT32_MAX;
    out->salt = klua_option_text(L, index, "salt");
}

static int read_columns(lua_State *L, const klua_txn *txn, klua_query *query, kith_error *error) {
    int rc = KITH_OK;
    for (size_t i = 0; rc == KITH_OK && i < query->options.column_count; i++) {
        if (lua_isnil(L, NAMES)) {
            lua_rawgeti(L, COLUMNS, (int)i + 1);
        } else {
            lua_rawgeti(L, NAMES, (int)i + 1);
            lua_rawget(L, COLUMNS);
        }
        rc = klua_expression_read(L, lua_gettop(L), txn, true, &query->columns[i], error);
        lua_pop(L, 1);
    }
    return rc;
}

/* Fills the list of names on top with those of the columns; a list has none. */
static size_t count_columns(lua_State *L) {
    size_t names = 0, indexes = 0;
    lua_pushnil(L);
    while (lua_next(L, COLUMNS)) {
        lua_pop(L, 1);
        if (lua_type(L, -1) == LUA_TSTRING) {
            lua_pushvalue(L, -1);
            lua_rawseti(L, NAMES, (int)++names);
        } else {
            indexes++;
        }
    }
    if ((names > 0 && indexes > 0) || indexes != lua_rawlen(L, COLUMNS)) {
        luaL_argerror(L, OPTIONS, "option 'columns': either names or a list without holes");
    }
    if (indexes > 0) {
        lua_pushnil(L);
        lua_replace(L, NAMES);
    }
    return names + indexes;
}

/* Pushes the table of columns and a list of their names, or nil for either; gives how many they
 * are. */
static size_t push_columns(lua_State *L) {
    lua_getfield(L, OPTIONS, "columns");
    if (lua_isnil(L, COLUMNS)) {
        lua_pushnil(L);
        return 0;
    }
    if (!lua_istable(L, COLUMNS)) {
        luaL_argerror(L, OPTIONS, "option 'columns': a table of expressions expected");
    }
    lua_newtable(L);
    return count_columns(L);
}

/* Pushes the iterator, with the names in its anchor table. */
static klua_iter *push_iter(lua_State *L) {
    klua_iter *iter = klua_iter_new(L, KLUA_ITER_QUERY);
    lua_getuservalue(L, ITER);
    lua_pushvalue(L, NAMES);
    lua_rawseti(L, -2, NAMES_ANCHOR);
    lua_pop(L, 1);
    return iter;
}

static int txn_query(lua_State *L) {
    static const char *const names[] = {"where", "columns", "now", "limit", "sample", "salt", NULL};
    kith_query_options sample = KITH_QUERY_OPTIONS_INIT;
    kith_error error = KITH_ERROR_INIT;
    klua_txn *txn = klua_object_check(L, TXN, KLUA_TXN);
    luaL_checktype(L, OPTIONS, LUA_TTABLE);
    klua_check_options(L, OPTIONS, names);
    int64_t now_us = klua_option_time(L, OPTIONS, "now");
    uint64_t limit = klua_option_count(L, OPTIONS, "limit", INT64_MAX);
    read_sample(L, OPTIONS, &sample);
    lua_settop(L, OPTIONS);
    size_t column_count = push_columns(L);
    lua_getfield(L, OPTIONS, "where");
    klua_iter *iter = push_iter(L);
    klua_owned *box = klua_owned_new(L, klua_query_close);
    klua_txn_ready(L, txn);
    klua_query *query = query_new(now_us, column_count);
    if (query == NULL) {
        return klua_fail(L, KITH_NO_MEMORY, NULL);
    }
    box->memory = query;
    query->options.limit = limit;
    query->options.sample = sample.sample;
    query->options.salt = sample.salt;
    int rc = read_where(L, WHERE, txn, query, &error);
    rc = rc == KITH_OK ? read_columns(L, txn, query, &error) : rc;
    if (rc != KITH_OK) {
        return klua_fail(L, rc, &error);
    }
    rc = kith_query_open(txn->handle, &query->options, &query->handle);
    if (rc != KITH_OK) {
        return klua_fail_txn(L, txn, rc);
    }
    box->memory = NULL;
    lua_settop(L, ITER);
    return klua_iter_opened(L, iter, txn, query);
}

/* ---- its rows ---- */

/* In a list a missing value is null, so that the others keep their places. */
static void push_values(lua_State *L, const kith_value *values, size_t count) {
    lua_createtable(L, (int)count, 0);
    for (size_t i = 0; i < count; i++) {
        klua_push_value(L, &values[i]);
        lua_rawseti(L, -2, (int)i + 1);
    }
}

/* The list of names stands on top, where the table of values takes its place. */
static void push_named_values(lua_State *L, const kith_value *values, size_t count) {
    int names = lua_gettop(L);
    lua_createtable(L, 0, (int)count);
    for (size_t i = 0; i < count; i++) {
        if (values[i].type != KITH_TYPE_NULL) {
            lua_rawgeti(L, names, (int)i + 1);
            klua_push_value(L, &values[i]);
            lua_rawset(L, -3);
        }
    }
    lua_replace(L, names);
}

static void push_row(lua_State *L, const kith_query_row *row, size_t column_count) {
    lua_createtable(L, 0, 3);
    klua_set_id(L, "id", &row->id);
    klua_set_integer(L, "number", row->number);
    lua_getuservalue(L, 1);
    lua_rawgeti(L, -1, NAMES_ANCHOR);
    lua_remove(L, -2);
    if (lua_isnil(L, -1)) {
        lua_pop(L, 1);
        push_values(L, row->values, column_count);
    } else {
        push_named_values(L, row->values, column_count);
    }
    lua_setfield(L, -2, "values");
}

int klua_query_next(lua_State *L, klua_iter *iter) {
    const klua_query *query = iter->handle;
    kith_query_row row = KITH_QUERY_ROW_INIT;
    int rc = kith_query_next(query->handle, &row);
    if (rc == KITH_OK) {
        iter->txn->held++;
        push_row(L, &row, query->options.column_count);
        iter->txn->held--;
    }
    return rc;
}

/* ---- how many ---- */

static int txn_count(lua_State *L) {
    static const char *const names[] = {"sample", "salt", NULL};
    kith_query_options sample = KITH_QUERY_OPTIONS_INIT;
    kith_error error = KITH_ERROR_INIT;
    klua_txn *txn = klua_object_check(L, 1, KLUA_TXN);
    int64_t now_us = klua_check_time(L, 3);
    lua_settop(L, 4);
    klua_check_options(L, 4, names);
    read_sample(L, 4, &sample);
    klua_owned *box = klua_owned_new(L, klua_query_close);
    klua_txn_ready(L, txn);
    klua_query *query = query_new(now_us, 0);
    if (query == NULL) {
        return klua_fail(L, KITH_NO_MEMORY, NULL);
    }
    box->memory = query;
    query->options.sample = sample.sample;
    query->options.salt = sample.salt;
    int rc = read_where(L, 2, txn, query, &error);
    if (rc != KITH_OK) {
        return klua_fail(L, rc, &error);
    }
    uint64_t count = 0;
    rc = kith_query_count(txn->handle, &query->options, &count);
    if (rc != KITH_OK) {
        return klua_fail_txn(L, txn, rc);
    }
    klua_owned_free(box);
    klua_push_integer(L, (int64_t)count);
    return 1;
}

/* ---- of each two ---- */

static int read_conditions(lua_State *L, int index, const klua_txn *txn, klua_query *query,
                           kith_error *error) {
    int rc = KITH_OK;
    for (size_t i = 0; rc == KITH_OK && i < query->options.column_count; i++) {
        lua_rawgeti(L, index, (int)i + 1);
        rc = klua_expression_read(L, lua_gettop(L), txn, false, &query->columns[i], error);
        lua_pop(L, 1);
    }
    return rc;
}

static void push_matrix(lua_State *L, const uint64_t *counts, size_t size) {
    lua_createtable(L, (int)size, 0);
    for (size_t a = 0; a < size; a++) {
        lua_createtable(L, (int)size, 0);
        for (size_t b = 0; b < size; b++) {
            klua_push_integer(L, (int64_t)counts[a * size + b]);
            lua_rawseti(L, -2, (int)b + 1);
        }
        lua_rawseti(L, -2, (int)a + 1);
    }
}

static int txn_overlap(lua_State *L) {
    kith_overlap_options options = KITH_OVERLAP_OPTIONS_INIT;
    uint64_t counts[KITH_OVERLAP_MAX * KITH_OVERLAP_MAX];
    kith_error error = KITH_ERROR_INIT;
    klua_txn *txn = klua_object_check(L, 1, KLUA_TXN);
    luaL_checktype(L, 2, LUA_TTABLE);
    options.now_us = klua_check_time(L, 3);
    klua_owned *box = klua_owned_new(L, klua_query_close);
    klua_txn_ready(L, txn);
    klua_query *query = query_new(options.now_us, lua_rawlen(L, 2));
    if (query == NULL) {
        return klua_fail(L, KITH_NO_MEMORY, NULL);
    }
    box->memory = query;
    int rc = read_conditions(L, 2, txn, query, &error);
    if (rc != KITH_OK) {
        return klua_fail(L, rc, &error);
    }
    options.conditions = query->options.columns;
    options.condition_count = query->options.column_count;
    rc = kith_query_overlap(txn->handle, &options, counts);
    if (rc != KITH_OK) {
        return klua_fail_txn(L, txn, rc);
    }
    klua_owned_free(box);
    push_matrix(L, counts, options.condition_count);
    return 1;
}

/* ---- tags ---- */

static void close_tag_counts(void *memory) {
    kith_tag_counts_close(memory);
}

static int txn_tag_counts(lua_State *L) {
    kith_tag_counts *counts = NULL;
    kith_tag_count count = KITH_TAG_COUNT_INIT;
    klua_txn *txn = klua_object_check(L, 1, KLUA_TXN);
    int64_t now_us = klua_check_time(L, 2);
    klua_owned *box = klua_owned_new(L, close_tag_counts);
    klua_txn_ready(L, txn);
    int rc = kith_tag_counts_open(txn->handle, now_us, &counts);
    box->memory = counts;
    if (rc != KITH_OK) {
        return klua_fail_txn(L, txn, rc);
    }
    lua_newtable(L);
    while (kith_tag_counts_next(counts, &count) == KITH_OK) {
        klua_set_integer(L, count.name, (int64_t)count.profile_count);
    }
    klua_owned_free(box);
    return 1;
}

const luaL_Reg klua_txn_queries[] = {{"query", txn_query},
                                     {"count", txn_count},
                                     {"overlap", txn_overlap},
                                     {"tag_counts", txn_tag_counts},
                                     {NULL, NULL}};

const luaL_Reg klua_profile_queries[] = {{"evaluate", profile_evaluate}, {NULL, NULL}};
