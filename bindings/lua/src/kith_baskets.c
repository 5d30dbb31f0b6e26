/*
 * Baskets: what customers bought together, its rules, items that are alike, and what is bought
 * next. Baskets and what is similar belong to no transaction and never change.
 */
#include "kith_lua.h"

typedef struct klua_baskets {
    klua_object head;
    kith_baskets *handle; /* NULL: not read, or collected */
} klua_baskets;

typedef struct klua_similar {
    klua_object head;
    kith_similar *handle;
} klua_similar;

/* ---- options ---- */

static bool is_given(lua_State *L, int index, const char *name) {
    if (lua_isnoneornil(L, index)) {
        return false;
    }
    lua_getfield(L, index, name);
    bool given = !lua_isnil(L, -1);
    lua_pop(L, 1);
    return given;
}

static int64_t time_or(lua_State *L, int index, const char *name, int64_t otherwise) {
    return is_given(L, index, name) ? klua_option_time(L, index, name) : otherwise;
}

static uint32_t small_or(lua_State *L, int index, const char *name, uint32_t otherwise) {
    uint64_t count = klua_option_count_or(L, index, name, otherwise);
    return count < UINT32_MAX ? (uint32_t)count : UINT32_MAX;
}

/* The place of a word among a NULL-terminated list; the first where it isn't given. */
static int word_of(lua_State *L, int index, const char *name, const char *const words[]) {
    const char *word = klua_option_text(L, index, name);
    int place = 0;
    while (word != NULL && words[place] != NULL && strcmp(words[place], word) != 0) {
        place++;
    }
    if (words[place] == NULL) {
        luaL_argerror(L, index, lua_pushfstring(L, "option '%s' can't be '%s'", name, word));
    }
    return place;
}

static klua_callbacks progress_of(lua_State *L, int index) {
    klua_callbacks all = {.L = L};
    all.progress =
        klua_callback_new(L, klua_option_function(L, index, "progress"), klua_progress_adapter);
    return all;
}

/* The list of texts of an option, which stays on the stack with them; NULL where it isn't given. */
static const char *const *texts_of(lua_State *L, int index, const char *name, size_t *out_count) {
    *out_count = 0;
    if (!is_given(L, index, name)) {
        return NULL;
    }
    lua_getfield(L, index, name);
    if (!lua_istable(L, -1)) {
        luaL_argerror(L, index, lua_pushfstring(L, "option '%s': a list expected", name));
    }
    int list = lua_gettop(L);
    size_t count = lua_rawlen(L, list);
    const char **texts = lua_newuserdata(L, (count + 1) * sizeof *texts);
    for (size_t i = 0; i < count; i++) {
        lua_rawgeti(L, list, (int)i + 1);
        texts[i] = klua_check_text(L, lua_gettop(L));
        lua_pop(L, 1); /* the list keeps it */
    }
    *out_count = count;
    return texts;
}

/* The customer of an option, which stays on the stack; NULL where it isn't given. */
static const kith_profile *customer_of(lua_State *L, int index) {
    if (!is_given(L, index, "customer")) {
        return NULL;
    }
    lua_getfield(L, index, "customer");
    return &klua_check_profile_at(L, lua_gettop(L))->view;
}

/* ---- reading ---- */

static void release_expression(void *memory) {
    kith_expression_free(memory);
}

static kith_baskets_options read_options(lua_State *L, int index) {
    kith_baskets_options options = KITH_BASKETS_OPTIONS_INIT;
    options.event = klua_option_text(L, index, "event");
    options.item = klua_option_text(L, index, "item");
    options.order = klua_option_text(L, index, "order");
    options.now_us = klua_option_time(L, index, "now");
    options.from_us = time_or(L, index, "from", INT64_MIN);
    options.to_us = time_or(L, index, "to", INT64_MAX);
    options.memory_bytes = klua_option_count(L, index, "memory_bytes", INT64_MAX);
    options.threads = small_or(L, index, "threads", 0);
    return options;
}

/* What stands at `where` on the stack, in a box. */
static int read_where(lua_State *L, int where, const klua_txn *txn, klua_owned *box,
                      kith_error *error) {
    kith_expression *expression = NULL;
    int rc = lua_isnil(L, where) ? KITH_OK
                                 : klua_expression_read(L, where, txn, false, &expression, error);
    box->memory = expression;
    return rc;
}

static int txn_baskets(lua_State *L) {
    static const char *const names[] = {"event",   "item",     "order", "now",
                                        "from",    "to",       "where", "memory_bytes",
                                        "threads", "progress", NULL};
    kith_error error = KITH_ERROR_INIT;
    klua_txn *txn = klua_object_check(L, 1, KLUA_TXN);
    luaL_checktype(L, 2, LUA_TTABLE);
    lua_settop(L, 2);
    klua_check_options(L, 2, names);
    kith_baskets_options options = read_options(L, 2);
    klua_callbacks all = progress_of(L, 2);
    lua_getfield(L, 2, "where");
    int where = lua_gettop(L);
    klua_baskets *baskets = klua_object_new(L, KLUA_BASKETS, sizeof *baskets);
    int made = lua_gettop(L);
    klua_owned *box = klua_owned_new(L, release_expression);
    klua_txn_ready(L, txn);
    int rc = read_where(L, where, txn, box, &error);
    if (rc != KITH_OK) {
        return klua_fail(L, rc, &error);
    }
    options.where = box->memory;
    options.progress = klua_on_progress;
    options.context = &all;
    txn->held++;
    rc = kith_baskets_open(txn->handle, &options, &baskets->handle);
    txn->held--;
    klua_owned_free(box);
    if (all.failed) {
        return lua_error(L);
    }
    if (rc != KITH_OK) {
        return klua_fail_txn(L, txn, rc);
    }
    lua_pushvalue(L, made);
    return 1;
}

static int baskets_gc(lua_State *L) {
    klua_baskets *baskets = lua_touserdata(L, 1);
    kith_baskets_close(baskets->handle);
    baskets->handle = NULL;
    return 0;
}

/* ---- what they hold ---- */

static const kith_baskets *check_baskets(lua_State *L) {
    const klua_baskets *baskets = klua_object_check(L, 1, KLUA_BASKETS);
    if (baskets->handle == NULL) {
        luaL_error(L, "the baskets were not read");
    }
    return baskets->handle;
}

static int baskets_summary(lua_State *L) {
    static const klua_count_field fields[] = {KLUA_COUNT(kith_baskets_summary, customer_count),
                                              KLUA_COUNT(kith_baskets_summary, basket_count),
                                              KLUA_COUNT(kith_baskets_summary, item_count),
                                              KLUA_COUNT(kith_baskets_summary, line_count),
                                              KLUA_COUNT(kith_baskets_summary, left_out_count),
                                              {NULL, 0}};
    kith_baskets_summary summary = KITH_BASKETS_SUMMARY_INIT;
    kith_baskets_summarise(check_baskets(L), &summary);
    lua_createtable(L, 0, 5);
    klua_set_counts(L, &summary, fields);
    return 1;
}

static void push_item(lua_State *L, const kith_basket_item *item) {
    static const klua_count_field fields[] = {KLUA_COUNT(kith_basket_item, basket_count),
                                              KLUA_COUNT(kith_basket_item, customer_count),
                                              KLUA_COUNT(kith_basket_item, again_count),
                                              {NULL, 0}};
    lua_createtable(L, 0, 5);
    klua_set_text(L, "item", item->item);
    klua_set_counts(L, item, fields);
    klua_set_number(L, "repeat_share", item->repeat_share);
}

static int baskets_items(lua_State *L) {
    const kith_baskets *baskets = check_baskets(L);
    kith_basket_item item = KITH_BASKET_ITEM_INIT;
    size_t cursor = 0;
    lua_newtable(L);
    while (kith_baskets_next_item(baskets, &cursor, &item) == KITH_OK) {
        push_item(L, &item);
        lua_rawseti(L, -2, (int)cursor);
    }
    return 1;
}

static int baskets_item(lua_State *L) {
    const kith_baskets *baskets = check_baskets(L);
    kith_basket_item item = KITH_BASKET_ITEM_INIT;
    if (kith_baskets_find_item(baskets, klua_check_text(L, 2), &item) != KITH_OK) {
        lua_pushnil(L);
    } else {
        push_item(L, &item);
    }
    return 1;
}

/* ---- rules ---- */

static kith_rules_options rules_options(lua_State *L, int index) {
    static const char *const orders[] = {"lift", "confidence", "support", "leverage", NULL};
    kith_rules_options options = KITH_RULES_OPTIONS_INIT;
    options.min_support = klua_option_number_or(L, index, "min_support", options.min_support);
    options.min_count = klua_option_count(L, index, "min_count", INT64_MAX);
    options.min_confidence =
        klua_option_number_or(L, index, "min_confidence", options.min_confidence);
    options.min_lift = klua_option_number_or(L, index, "min_lift", options.min_lift);
    options.max_p = klua_option_number_or(L, index, "max_p", options.max_p);
    options.max_items = small_or(L, index, "max_items", options.max_items);
    options.max_consequent = small_or(L, index, "max_consequent", options.max_consequent);
    options.redundant = klua_option_boolean(L, index, "redundant");
    options.order = (kith_rules_order)word_of(L, index, "by", orders);
    options.limit = klua_option_count(L, index, "limit", INT64_MAX);
    options.memory_bytes = klua_option_count(L, index, "memory_bytes", INT64_MAX);
    options.threads = small_or(L, index, "threads", 0);
    return options;
}

static void set_texts(lua_State *L, const char *name, const char *const *texts, size_t count) {
    lua_createtable(L, (int)count, 0);
    for (size_t i = 0; i < count; i++) {
        lua_pushstring(L, texts[i]);
        lua_rawseti(L, -2, (int)i + 1);
    }
    lua_setfield(L, -2, name);
}

static void push_rule(lua_State *L, const kith_rule *rule) {
    static const klua_count_field fields[] = {KLUA_COUNT(kith_rule, antecedent_baskets),
                                              KLUA_COUNT(kith_rule, consequent_baskets),
                                              KLUA_COUNT(kith_rule, both_baskets),
                                              {NULL, 0}};
    lua_createtable(L, 0, 14);
    set_texts(L, "antecedent", rule->antecedent, rule->antecedent_count);
    set_texts(L, "consequent", rule->consequent, rule->consequent_count);
    klua_set_counts(L, rule, fields);
    klua_set_number(L, "support", rule->support);
    klua_set_number(L, "confidence", rule->confidence);
    klua_set_number(L, "lift", rule->lift);
    klua_set_number(L, "lift_low", rule->lift_low);
    klua_set_number(L, "lift_high", rule->lift_high);
    klua_set_number(L, "leverage", rule->leverage);
    klua_set_number(L, "p", rule->p);
    klua_set_boolean(L, "always", rule->always);
    if (!rule->always) {
        klua_set_number(L, "conviction", rule->conviction);
    }
}

static void push_rules(lua_State *L, kith_rules *rules) {
    static const klua_count_field fields[] = {KLUA_COUNT(kith_rules_summary, basket_count),
                                              KLUA_COUNT(kith_rules_summary, min_count),
                                              KLUA_COUNT(kith_rules_summary, item_count),
                                              KLUA_COUNT(kith_rules_summary, itemset_count),
                                              KLUA_COUNT(kith_rules_summary, rule_count),
                                              KLUA_COUNT(kith_rules_summary, redundant_count),
                                              {NULL, 0}};
    kith_rules_summary summary = KITH_RULES_SUMMARY_INIT;
    kith_rule rule = KITH_RULE_INIT;
    kith_rules_summarise(rules, &summary);
    lua_createtable(L, 0, 7);
    klua_set_counts(L, &summary, fields);
    lua_newtable(L);
    for (int i = 1; kith_rules_next(rules, &rule) == KITH_OK; i++) {
        push_rule(L, &rule);
        lua_rawseti(L, -2, i);
    }
    lua_setfield(L, -2, "rules");
}

static void release_rules(void *memory) {
    kith_rules_close(memory);
}

static int baskets_rules(lua_State *L) {
    static const char *const names[] = {"min_support", "min_count", "min_confidence", "min_lift",
                                        "max_p",       "max_items", "max_consequent", "redundant",
                                        "by",          "limit",     "memory_bytes",   "threads",
                                        "progress",    NULL};
    kith_error error = KITH_ERROR_INIT;
    kith_rules *rules = NULL;
    const kith_baskets *baskets = check_baskets(L);
    lua_settop(L, 2);
    klua_check_options(L, 2, names);
    kith_rules_options options = rules_options(L, 2);
    klua_callbacks all = progress_of(L, 2);
    klua_owned *box = klua_owned_new(L, release_rules);
    options.progress = klua_on_progress;
    options.context = &all;
    int rc = kith_rules_open(baskets, &options, &rules, &error);
    box->memory = rules;
    if (all.failed) {
        return lua_error(L);
    }
    if (rc != KITH_OK) {
        return klua_fail(L, rc, &error);
    }
    push_rules(L, rules);
    klua_owned_free(box);
    return 1;
}

/* ---- similar items ---- */

static int baskets_similar(lua_State *L) {
    static const char *const names[] = {"items",   "customer",      "by",
                                        "limit",   "min_customers", "memory_bytes",
                                        "threads", "progress",      NULL};
    static const char *const measures[] = {"cosine", "ratio", NULL};
    kith_similar_options options = KITH_SIMILAR_OPTIONS_INIT;
    kith_error error = KITH_ERROR_INIT;
    const kith_baskets *baskets = check_baskets(L);
    lua_settop(L, 2);
    klua_check_options(L, 2, names);
    options.items = texts_of(L, 2, "items", &options.item_count);
    options.customer = customer_of(L, 2);
    options.by = (kith_similar_by)word_of(L, 2, "by", measures);
    options.limit = small_or(L, 2, "limit", options.limit);
    options.min_customers = small_or(L, 2, "min_customers", options.min_customers);
    options.memory_bytes = klua_option_count(L, 2, "memory_bytes", INT64_MAX);
    options.threads = small_or(L, 2, "threads", 0);
    klua_callbacks all = progress_of(L, 2);
    klua_similar *similar = klua_object_new(L, KLUA_SIMILAR, sizeof *similar);
    int made = lua_gettop(L);
    options.progress = klua_on_progress;
    options.context = &all;
    int rc = kith_similar_open(baskets, &options, &similar->handle, &error);
    if (all.failed) {
        return lua_error(L);
    }
    if (rc != KITH_OK) {
        return klua_fail(L, rc, &error);
    }
    lua_pushvalue(L, made);
    return 1;
}

static int similar_gc(lua_State *L) {
    klua_similar *similar = lua_touserdata(L, 1);
    kith_similar_close(similar->handle);
    similar->handle = NULL;
    return 0;
}

static const kith_similar *check_similar(lua_State *L) {
    const klua_similar *similar = klua_object_check(L, 1, KLUA_SIMILAR);
    if (similar->handle == NULL) {
        luaL_error(L, "the similar items were not found");
    }
    return similar->handle;
}

static void push_pair(lua_State *L, const kith_similar_item *pair) {
    static const klua_count_field fields[] = {KLUA_COUNT(kith_similar_item, item_customers),
                                              KLUA_COUNT(kith_similar_item, other_customers),
                                              KLUA_COUNT(kith_similar_item, both_customers),
                                              KLUA_COUNT(kith_similar_item, later_customers),
                                              {NULL, 0}};
    lua_createtable(L, 0, 8);
    klua_set_text(L, "item", pair->item);
    klua_set_text(L, "other", pair->other);
    klua_set_counts(L, pair, fields);
    klua_set_number(L, "cosine", pair->cosine);
    klua_set_number(L, "likelihood_ratio", pair->likelihood_ratio);
}

static int similar_pairs(lua_State *L) {
    const kith_similar *similar = check_similar(L);
    kith_similar_item pair = KITH_SIMILAR_ITEM_INIT;
    size_t cursor = 0;
    lua_newtable(L);
    while (kith_similar_next(similar, &cursor, &pair) == KITH_OK) {
        push_pair(L, &pair);
        lua_rawseti(L, -2, (int)cursor);
    }
    return 1;
}

/* ---- what is bought next ---- */

static void set_reasons(lua_State *L, const kith_recommendation *made) {
    lua_createtable(L, (int)made->reason_count, 0);
    for (size_t i = 0; i < made->reason_count; i++) {
        lua_createtable(L, 0, 2);
        klua_set_text(L, "item", made->reasons[i].item);
        klua_set_number(L, "part", made->reasons[i].part);
        lua_rawseti(L, -2, (int)i + 1);
    }
    lua_setfield(L, -2, "reasons");
}

static void push_recommendation(lua_State *L, const kith_recommendation *made) {
    lua_createtable(L, 0, 5);
    klua_set_text(L, "item", made->item);
    klua_set_text(L, "kind", made->repeat ? "repeat" : "new");
    klua_set_number(L, "score", made->score);
    if (made->repeat) {
        klua_set_integer(L, "basket_count", (int64_t)made->basket_count);
        klua_set_integer(L, "later_count", (int64_t)made->later_count);
    } else {
        set_reasons(L, made);
    }
}

static void release_recommendations(void *memory) {
    kith_recommendations_close(memory);
}

static int similar_recommend(lua_State *L) {
    static const char *const names[] = {"customer", "items", "limit", "reasons", NULL};
    kith_recommend_options options = KITH_RECOMMEND_OPTIONS_INIT;
    kith_recommendation made = KITH_RECOMMENDATION_INIT;
    kith_error error = KITH_ERROR_INIT;
    kith_recommendations *recommendations = NULL;
    const kith_similar *similar = check_similar(L);
    lua_settop(L, 2);
    klua_check_options(L, 2, names);
    options.customer = customer_of(L, 2);
    options.items = texts_of(L, 2, "items", &options.item_count);
    options.limit = small_or(L, 2, "limit", options.limit);
    options.reason_limit = small_or(L, 2, "reasons", options.reason_limit);
    klua_owned *box = klua_owned_new(L, release_recommendations);
    int rc = kith_recommendations_open(similar, &options, &recommendations, &error);
    box->memory = recommendations;
    if (rc != KITH_OK) {
        return klua_fail(L, rc, &error);
    }
    lua_newtable(L);
    for (int i = 1; kith_recommendations_next(recommendations, &made) == KITH_OK; i++) {
        push_recommendation(L, &made);
        lua_rawseti(L, -2, i);
    }
    klua_owned_free(box);
    return 1;
}

const luaL_Reg klua_txn_baskets[] = {{"baskets", txn_baskets}, {NULL, NULL}};

const luaL_Reg klua_baskets_methods[] = {{"summary", baskets_summary}, {"items", baskets_items},
                                         {"item", baskets_item},       {"rules", baskets_rules},
                                         {"similar", baskets_similar}, {NULL, NULL}};
const luaL_Reg klua_baskets_metamethods[] = {{"__gc", baskets_gc}, {NULL, NULL}};

const luaL_Reg klua_similar_methods[] = {
    {"pairs", similar_pairs}, {"recommend", similar_recommend}, {NULL, NULL}};
const luaL_Reg klua_similar_metamethods[] = {{"__gc", similar_gc}, {NULL, NULL}};
