/* Transitions: who entered and left segments. */
#include "kith_lua.h"

#include <stdlib.h>

typedef struct klua_transitions {
    uint64_t sequence; /* it stands at */
    uint64_t left;     /* UINT64_MAX: no limit */
} klua_transitions;

void klua_transitions_close(void *transitions) {
    free(transitions);
}

static int txn_transitions(lua_State *L) {
    klua_txn *txn = klua_object_check(L, 1, KLUA_TXN);
    uint64_t since = klua_optional_count(L, 2), limit = klua_optional_count(L, 3);
    klua_iter *iter = klua_iter_new(L, KLUA_ITER_TRANSITIONS);
    klua_txn_ready(L, txn);
    klua_transitions *made = malloc(sizeof *made);
    if (made == NULL) {
        return klua_fail(L, KITH_NO_MEMORY, NULL);
    }
    *made = (klua_transitions){since, limit > 0 ? limit : UINT64_MAX};
    return klua_iter_opened(L, iter, txn, made);
}

static void push_transition(lua_State *L, const kith_transition *transition) {
    lua_createtable(L, 0, 7);
    klua_set_integer(L, "sequence", (int64_t)transition->sequence);
    klua_set_id(L, "id", &transition->id);
    klua_set_integer(L, "number", transition->number);
    klua_set_text(L, "segment", transition->segment);
    klua_set_boolean(L, "entered", transition->entered);
    klua_set_text(L, "cause", kith_cause_name(transition->cause));
    klua_set_time(L, "at", transition->at_us);
}

int klua_transitions_next(lua_State *L, klua_iter *iter) {
    klua_transitions *made = iter->handle;
    kith_transition transition = KITH_TRANSITION_INIT;
    if (made->left == 0) {
        return KITH_DONE;
    }
    int rc = kith_transition_next(iter->txn->handle, &made->sequence, &transition);
    if (rc == KITH_OK) {
        made->left -= made->left != UINT64_MAX;
        iter->txn->held++;
        push_transition(L, &transition);
        iter->txn->held--;
    }
    return rc;
}

static int txn_trim_transitions(lua_State *L) {
    klua_txn *txn = klua_object_check(L, 1, KLUA_TXN);
    luaL_checktype(L, 2, LUA_TNUMBER);
    uint64_t sequence = klua_optional_count(L, 2), count = 0;
    klua_txn_will_write(L, txn);
    int rc = kith_transition_trim(txn->handle, sequence, &count);
    if (rc != KITH_OK) {
        return klua_fail_txn(L, txn, rc);
    }
    klua_push_integer(L, (int64_t)count);
    return 1;
}

const luaL_Reg klua_txn_transitions[] = {
    {"transitions", txn_transitions}, {"trim_transitions", txn_trim_transitions}, {NULL, NULL}};
