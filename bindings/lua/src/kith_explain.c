/* Why two records are one customer, how a profile came to be, and both in bits. */
#include "kith_lua.h"

static void release_explanation(void *memory) {
    kith_explanation_free(memory);
}

static void push_step(lua_State *L, klua_txn *txn, const kith_step *step) {
    lua_createtable(L, 0, 10);
    klua_set_text(L, "kind", kith_step_kind_name(step->kind));
    klua_set_integer(L, "path", step->path);
    klua_push_reference(L, txn, step->a);
    lua_setfield(L, -2, "a");
    if (step->kind != KITH_STEP_SHARED) {
        klua_push_reference(L, txn, step->b);
        lua_setfield(L, -2, "b");
    }
    klua_set_text(L, "type", step->type);
    klua_set_text(L, "value", step->value);
    klua_set_text(L, "rule", step->rule);
    klua_set_text(L, "detail", step->detail);
    klua_push_reference(L, txn, step->clash_a);
    lua_setfield(L, -2, "clash_a");
    klua_push_reference(L, txn, step->clash_b);
    lua_setfield(L, -2, "clash_b");
    if (step->type != NULL && strcmp(step->type, "score") == 0) {
        klua_set_number(L, "bits", step->bits);
        klua_set_number(L, "bits_needed", step->bits_needed);
    }
}

static void push_explanation(lua_State *L, klua_txn *txn, const kith_explanation *explanation) {
    size_t count = kith_explanation_step_count(explanation);
    txn->held++;
    lua_createtable(L, 0, 2);
    klua_set_boolean(L, "same", kith_explanation_same(explanation));
    lua_createtable(L, (int)count, 0);
    for (size_t i = 0; i < count; i++) {
        push_step(L, txn, kith_explanation_step(explanation, i));
        lua_rawseti(L, -2, (int)i + 1);
    }
    lua_setfield(L, -2, "steps");
    txn->held--;
}

/* The numbers of the records that arguments 2 and 3 name. */
static int find_both(lua_State *L, klua_txn *txn, uint32_t *out_a, uint32_t *out_b) {
    const char *source_a, *key_a, *source_b, *key_b;
    klua_check_reference(L, 2, &source_a, &key_a);
    klua_check_reference(L, 3, &source_b, &key_b);
    klua_txn_ready(L, txn);
    int rc = klua_find_number(L, txn, source_a, key_a, out_a);
    return rc == KITH_OK ? klua_find_number(L, txn, source_b, key_b, out_b) : rc;
}

static int txn_why(lua_State *L) {
    klua_txn *txn = klua_object_check(L, 1, KLUA_TXN);
    uint32_t a = 0, b = 0;
    int rc = find_both(L, txn, &a, &b);
    klua_owned *box = klua_owned_new(L, release_explanation);
    klua_txn_ready(L, txn); /* making it may have run a finalizer */
    kith_explanation *explanation = NULL;
    rc = rc == KITH_OK ? kith_explain_why(txn->handle, a, b, &explanation) : rc;
    if (rc != KITH_OK) {
        return klua_fail_txn(L, txn, rc);
    }
    box->memory = explanation;
    push_explanation(L, txn, explanation);
    klua_owned_free(box);
    return 1;
}

/* The number of the record that arguments 2 and 3 name, or 2 alone: {source, key}. */
static int find_one(lua_State *L, klua_txn *txn, uint32_t *out) {
    const char *source, *key;
    if (lua_istable(L, 2)) {
        klua_check_reference(L, 2, &source, &key);
    } else {
        source = klua_check_text(L, 2);
        key = klua_check_text(L, 3);
    }
    klua_txn_ready(L, txn);
    return klua_find_number(L, txn, source, key, out);
}

static int txn_how(lua_State *L) {
    klua_txn *txn = klua_object_check(L, 1, KLUA_TXN);
    uint32_t number = 0;
    int rc = find_one(L, txn, &number);
    klua_owned *box = klua_owned_new(L, release_explanation);
    klua_txn_ready(L, txn); /* making it may have run a finalizer */
    kith_explanation *explanation = NULL;
    rc = rc == KITH_OK ? kith_explain_how(txn->handle, number, &explanation) : rc;
    if (rc != KITH_OK) {
        return klua_fail_txn(L, txn, rc);
    }
    box->memory = explanation;
    push_explanation(L, txn, explanation);
    klua_owned_free(box);
    return 1;
}

static void release_pair_report(void *memory) {
    kith_pair_report_free(memory);
}

static void set_rival_bits(lua_State *L, const char *name, kith_rival_bits bits) {
    lua_createtable(L, 0, 2);
    klua_set_number(L, "stranger", bits.stranger);
    klua_set_number(L, "relative", bits.relative);
    lua_setfield(L, -2, name);
}

static void push_comparison(lua_State *L, const kith_pair_comparison *c) {
    lua_createtable(L, 0, 8);
    klua_set_text(L, "name", c->name);
    klua_set_text(L, "kind", c->kind);
    klua_set_integer(L, "level", c->level);
    klua_set_text(L, "level_name", c->level_name);
    klua_set_text(L, "value_a", c->value_a);
    klua_set_text(L, "value_b", c->value_b);
    set_rival_bits(L, "bits", c->bits);
    klua_set_number(L, "frequency_bits", c->frequency_bits);
}

static void push_pair_report(lua_State *L, klua_txn *txn, const kith_pair_report *report) {
    const kith_pair_total *total = kith_pair_report_total(report);
    const kith_pair_comparison *c;
    txn->held++;
    lua_createtable(L, 0, 13);
    klua_push_reference(L, txn, total->a);
    lua_setfield(L, -2, "a");
    klua_push_reference(L, txn, total->b);
    lua_setfield(L, -2, "b");
    txn->held--;
    klua_set_integer(L, "model_version", total->model_version);
    set_rival_bits(L, "prior", total->prior);
    set_rival_bits(L, "sum", total->sum);
    klua_set_text(L, "rival", total->relative_decides ? "relative" : "stranger");
    klua_set_number(L, "bits", total->bits);
    klua_set_number(L, "link_at", total->link_at);
    klua_set_number(L, "known_at", total->known_at);
    klua_set_number(L, "keep_at", total->keep_at);
    klua_set_boolean(L, "links", total->links);
    klua_set_boolean(L, "kept", total->kept);
    lua_newtable(L);
    for (size_t i = 0; (c = kith_pair_report_comparison(report, i)) != NULL; i++) {
        push_comparison(L, c);
        lua_rawseti(L, -2, (int)i + 1);
    }
    lua_setfield(L, -2, "comparisons");
}

static int txn_pair(lua_State *L) {
    klua_txn *txn = klua_object_check(L, 1, KLUA_TXN);
    uint32_t a = 0, b = 0;
    int rc = find_both(L, txn, &a, &b);
    klua_owned *box = klua_owned_new(L, release_pair_report);
    klua_txn_ready(L, txn); /* making it may have run a finalizer */
    kith_pair_report *report = NULL;
    rc = rc == KITH_OK ? kith_explain_pair(txn->handle, a, b, &report) : rc;
    if (rc != KITH_OK) {
        return klua_fail_txn(L, txn, rc);
    }
    box->memory = report;
    push_pair_report(L, txn, report);
    klua_owned_free(box);
    return 1;
}

static void release_blame(void *memory) {
    kith_blame_free(memory);
}

static void push_parts(lua_State *L, klua_txn *txn, const kith_blame *blame) {
    const uint32_t *records;
    size_t count;
    lua_newtable(L);
    for (size_t i = 0; (records = kith_blame_part(blame, i, &count)) != NULL; i++) {
        lua_createtable(L, (int)count, 0);
        for (size_t j = 0; j < count; j++) {
            klua_push_reference(L, txn, records[j]);
            lua_rawseti(L, -2, (int)j + 1);
        }
        lua_rawseti(L, -2, (int)i + 1);
    }
}

static void push_blame(lua_State *L, klua_txn *txn, const kith_blame *blame) {
    txn->held++;
    lua_createtable(L, 0, 3);
    klua_set_boolean(L, "complete", kith_blame_complete(blame));
    if (kith_blame_link(blame) != NULL) {
        push_step(L, txn, kith_blame_link(blame));
        lua_setfield(L, -2, "link");
    }
    push_parts(L, txn, blame);
    lua_setfield(L, -2, "parts");
    txn->held--;
}

static int txn_blame(lua_State *L) {
    klua_txn *txn = klua_object_check(L, 1, KLUA_TXN);
    uint32_t number = 0;
    int rc = find_one(L, txn, &number);
    klua_owned *box = klua_owned_new(L, release_blame);
    klua_txn_ready(L, txn); /* making it may have run a finalizer */
    kith_blame *blame = NULL;
    rc = rc == KITH_OK ? kith_explain_blame(txn->handle, number, &blame) : rc;
    if (rc != KITH_OK) {
        return klua_fail_txn(L, txn, rc);
    }
    box->memory = blame;
    push_blame(L, txn, blame);
    klua_owned_free(box);
    return 1;
}

const luaL_Reg klua_txn_explanations[] = {
    {"why", txn_why}, {"how", txn_how}, {"pair", txn_pair}, {"blame", txn_blame}, {NULL, NULL}};
