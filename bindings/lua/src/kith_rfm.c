/* RFM of all customers, as a table. */
#include "kith_lua.h"

/* Stack indices of txn_rfm. */
enum { TXN = 1, NOW, OPTIONS, WHERE_BOX, RESULT_BOX };

static void release_expression(void *memory) {
    kith_expression_free(memory);
}

static void release_result(void *memory) {
    kith_rfm_free(memory);
}

/* ---- the result ---- */

static void set_least(lua_State *L, int64_t micros) {
    if (micros != INT64_MIN && micros != INT64_MAX) {
        klua_set_micros(L, "least_spent", "least_spent_micros", micros);
    }
}

static void push_groups(lua_State *L, const kith_rfm_group *const *groups, size_t count) {
    lua_createtable(L, (int)count, 0);
    for (size_t i = 0; i < count; i++) {
        const kith_rfm_group *group = groups[i];
        lua_createtable(L, 0, 11);
        klua_set_text(L, "name", group->name);
        klua_set_integer(L, "customer_count", (int64_t)group->customer_count);
        klua_set_integer(L, "order_count", (int64_t)group->order_count);
        klua_set_micros(L, "spent", "spent_micros", group->spent_micros);
        klua_set_number(L, "median_days", group->median_days);
        klua_set_number(L, "median_orders", group->median_orders);
        klua_set_micros(L, "median_spent", "median_spent_micros", group->median_spent_micros);
        set_least(L, group->least_spent_micros);
        lua_rawseti(L, -2, (int)i + 1);
    }
}

static void push_grid(lua_State *L, const kith_rfm_result *result) {
    lua_createtable(L, (int)result->bins, 0);
    for (unsigned r = 0; r < result->bins; r++) {
        lua_createtable(L, (int)result->bins, 0);
        for (unsigned f = 0; f < result->bins; f++) {
            const kith_rfm_cell *cell = &result->grid[r * result->bins + f];
            lua_createtable(L, 0, 3);
            klua_set_integer(L, "customer_count", (int64_t)cell->customer_count);
            klua_set_micros(L, "spent", "spent_micros", cell->spent_micros);
            lua_rawseti(L, -2, (int)f + 1);
        }
        lua_rawseti(L, -2, (int)r + 1);
    }
}

static void set_cuts(lua_State *L, const char *name, const int64_t *cuts, unsigned bins) {
    lua_createtable(L, (int)bins - 1, 0);
    for (unsigned i = 0; i + 1 < bins; i++) {
        klua_push_integer(L, cuts[i]);
        lua_rawseti(L, -2, (int)i + 1);
    }
    lua_setfield(L, -2, name);
}

static void push_customer(lua_State *L, const kith_rfm_customer *customer) {
    lua_createtable(L, 0, 11);
    klua_set_id(L, "id", &customer->id);
    klua_set_integer(L, "number", customer->number);
    klua_set_integer(L, "days", customer->days);
    klua_set_integer(L, "order_count", (int64_t)customer->order_count);
    klua_set_micros(L, "spent", "spent_micros", customer->spent_micros);
    klua_set_integer(L, "r", customer->r);
    klua_set_integer(L, "f", customer->f);
    klua_set_integer(L, "m", customer->m);
    klua_set_text(L, "segment", customer->segment);
    klua_set_text(L, "tier", customer->tier);
}

/* Pushes the list, unless it fails. */
static int push_customers(lua_State *L, const kith_rfm_result *result) {
    kith_rfm_customer customer = KITH_RFM_CUSTOMER_INIT;
    size_t cursor = 0;
    int rc, i = 0;
    lua_newtable(L);
    while ((rc = kith_rfm_next(result, &cursor, &customer)) == KITH_OK) {
        push_customer(L, &customer);
        lua_rawseti(L, -2, ++i);
    }
    return rc == KITH_DONE ? KITH_OK : rc;
}

static void push_result(lua_State *L, const kith_rfm_result *result) {
    lua_createtable(L, 0, 18);
    klua_push_date(L, result->today_days);
    lua_setfield(L, -2, "today");
    klua_set_text(L, "event", result->event);
    klua_set_text(L, "amount", result->amount);
    klua_set_text(L, "refund", result->refund);
    klua_set_integer(L, "bins", result->bins);
    klua_set_integer(L, "customer_count", (int64_t)result->customer_count);
    klua_set_integer(L, "without_orders_count", (int64_t)result->without_orders_count);
    klua_set_integer(L, "without_amounts_count", (int64_t)result->without_amounts_count);
    klua_set_integer(L, "order_count", (int64_t)result->order_count);
    klua_set_micros(L, "spent", "spent_micros", result->spent_micros);
    push_groups(L, result->segments, result->segment_count);
    lua_setfield(L, -2, "segments");
    push_groups(L, result->tiers, result->tier_count);
    lua_setfield(L, -2, "tiers");
    push_grid(L, result);
    lua_setfield(L, -2, "grid");
    set_cuts(L, "day_cuts", result->day_cuts, result->bins);
    set_cuts(L, "order_cuts", result->order_cuts, result->bins);
    set_cuts(L, "spent_cuts_micros", result->spent_cuts_micros, result->bins);
}

/* ---- asking ---- */

/* The texts stay on the stack for the length of the call. */
static void read_options(lua_State *L, kith_rfm_options *out) {
    static const char *const names[] = {"event",     "amount",  "refund",   "bins", "where",
                                        "customers", "threads", "progress", NULL};
    klua_check_options(L, OPTIONS, names);
    out->event = klua_option_text(L, OPTIONS, "event");
    out->amount = klua_option_text(L, OPTIONS, "amount");
    out->refund = klua_option_text(L, OPTIONS, "refund");
    out->bins = (unsigned)klua_option_count(L, OPTIONS, "bins", UINT16_MAX);
    out->threads = (unsigned)klua_option_count(L, OPTIONS, "threads", UINT16_MAX);
}

static int read_where(lua_State *L, const klua_txn *txn, klua_owned *box, kith_rfm_options *out,
                      kith_error *error) {
    kith_expression *where = NULL;
    int rc = KITH_OK;
    if (!lua_isnoneornil(L, OPTIONS)) {
        lua_getfield(L, OPTIONS, "where");
        if (!lua_isnil(L, -1)) {
            rc = klua_expression_read(L, lua_gettop(L), txn, false, &where, error);
        }
        box->memory = where;
    }
    out->where = where;
    return rc;
}

static int answer(lua_State *L, klua_txn *txn, const kith_rfm_result *result) {
    txn->held++;
    push_result(L, result);
    int rc = KITH_OK;
    if (!lua_isnoneornil(L, OPTIONS) && klua_option_boolean(L, OPTIONS, "customers")) {
        rc = push_customers(L, result);
        lua_setfield(L, -2, "customers");
    }
    txn->held--;
    return rc == KITH_OK ? 1 : klua_fail_txn(L, txn, rc);
}

static int txn_rfm(lua_State *L) {
    kith_rfm_options options = KITH_RFM_OPTIONS_INIT;
    kith_rfm_result *result = NULL;
    kith_error error = KITH_ERROR_INIT;
    klua_callbacks all = {.L = L};
    lua_settop(L, OPTIONS);
    klua_txn *txn = klua_object_check(L, TXN, KLUA_TXN);
    options.now_us = klua_check_time(L, NOW);
    klua_owned *where = klua_owned_new(L, release_expression);
    klua_owned *made = klua_owned_new(L, release_result);
    read_options(L, &options);
    all.progress =
        klua_callback_new(L, klua_option_function(L, OPTIONS, "progress"), klua_progress_adapter);
    options.progress = all.progress.function != 0 ? klua_on_progress : NULL;
    options.context = &all;
    klua_txn_ready(L, txn);
    int rc = read_where(L, txn, where, &options, &error);
    if (rc != KITH_OK) {
        return klua_fail(L, rc, &error);
    }
    txn->held++;
    rc = kith_rfm(txn->handle, &options, &result);
    txn->held--;
    made->memory = result;
    if (all.failed) {
        return lua_error(L);
    }
    if (rc != KITH_OK) {
        return klua_fail_txn(L, txn, rc);
    }
    int count = answer(L, txn, result);
    klua_owned_free(made);
    klua_owned_free(where);
    return count;
}

const luaL_Reg klua_txn_rfm[] = {{"rfm", txn_rfm}, {NULL, NULL}};
