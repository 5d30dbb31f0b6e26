/*
 * The Lua binding: require "kith" in Lua 5.1, LuaJIT, 5.3 and 5.4. kith.d.lua describes its use.
 * This is what its files share. Everything public of kith is reached through include/kith; nothing
 * here knows more than those headers say.
 *
 * What must stay true:
 *  - Lua leaves a C function by longjmp. So what C owns is held by a userdata before Lua is asked
 *    for memory, and an error of a callback is caught before it could jump through the core.
 *  - Any allocation may run finalizers, and these may end a transaction. So a function allocates
 *    first, then checks its handles, then calls the core; and while it reads what is borrowed
 *    from a transaction, that transaction is held: calls on it raise.
 *  - A child keeps its parents alive: its user value is the anchor table of its parent.
 *
 * What a point read runs through is inline: calls from file to file are felt there.
 */
#ifndef KITH_LUA_H
#define KITH_LUA_H

#include <kith.h>

#include <lua.h>
#include <lauxlib.h>

#include <string.h>

#if LUA_VERSION_NUM < 502
#define lua_setuservalue(L, index)            lua_setfenv(L, index)
#define lua_getuservalue(L, index)            lua_getfenv(L, index)
#define lua_rawlen(L, index)                  lua_objlen(L, index)
#define luaL_setfuncs(L, functions, upvalues) luaL_openlib(L, NULL, functions, upvalues)
#endif

/* Metatables are upvalues of every function: giving one to an object costs no look-up by name. */
enum {
    KLUA_STORE = 1,
    KLUA_TXN,
    KLUA_PROFILE,
    KLUA_ITER,
    KLUA_EXPRESSION,
    KLUA_BASKETS,
    KLUA_SIMILAR,
    KLUA_OWNED,
    KLUA_END
};
extern const char *const klua_class_names[KLUA_END];

/* What every object begins with: the address of its class's name, which no other userdata holds.
 * To compare it takes fewer calls of Lua than a metatable, and in a point read these are felt. */
typedef struct klua_object {
    const char *const *class_name;
} klua_object;

typedef struct klua_store {
    klua_object head;
    kith *handle;            /* NULL: closed */
    struct klua_txn *writer; /* the open write transaction */
    const char *writing;     /* what is under way and itself holds write transactions, or NULL */
    unsigned held;           /* calls of the core that are under way */
} klua_store;

typedef struct klua_txn {
    klua_object head;
    kith_txn *handle; /* NULL: ended */
    klua_store *store;
    struct klua_iter *iters; /* the open ones: the core wants them closed first */
    uint64_t generation;     /* what was borrowed in an older one is gone */
    unsigned held;           /* borrowed memory is being read */
    bool writes, reset;
} klua_txn;

enum klua_iter_kind {
    KLUA_ITER_RECORDS,
    KLUA_ITER_PROFILES,
    KLUA_ITER_EVENTS,
    KLUA_ITER_QUERY,
    KLUA_ITER_TRANSITIONS
};

typedef struct klua_iter {
    klua_object head;
    void *handle; /* NULL: closed */
    enum klua_iter_kind kind;
    klua_txn *txn;
    struct klua_iter *next, **link;
    uint64_t generation, step;
} klua_iter;

typedef struct klua_profile {
    klua_object head;
    kith_profile view;
    klua_txn *txn;
    klua_iter *iter; /* NULL, or the profile ends at its next step */
    uint64_t generation, step;
} klua_profile;

typedef struct klua_expression {
    klua_object head;
    kith_expression *handle; /* NULL: not read, or collected */
    bool any_name;           /* it may ask for names that a store doesn't know */
} klua_expression;

/* Memory that the core gave away; the userdata frees it when Lua leaves by an error. */
typedef struct klua_owned {
    klua_object head;
    void *memory;
    void (*release)(void *memory);
} klua_owned;

/* ---- objects (kith_object.c) ---- */

/* Pushes a new object, all zeros. */
static inline void *klua_object_new(lua_State *L, int class_index, size_t size) {
    klua_object *head = lua_newuserdata(L, size);
    memset(head, 0, size);
    head->class_name = &klua_class_names[class_index];
    lua_pushvalue(L, lua_upvalueindex(class_index));
    lua_setmetatable(L, -2);
    return head;
}

/* Raises, as luaL_argerror does. */
int klua_wrong_type(lua_State *L, int index, const char *expected);

/* The object of this class at an index, or NULL. */
static inline void *klua_object_at(lua_State *L, int index, int class_index) {
    klua_object *head = lua_touserdata(L, index);
    /* A light userdata has no length: it is never looked into. */
    bool is = head != NULL && lua_rawlen(L, index) >= sizeof *head &&
              head->class_name == &klua_class_names[class_index];
    return is ? head : NULL;
}

/* The same; else it raises. */
static inline void *klua_object_check(lua_State *L, int index, int class_index) {
    void *object = klua_object_at(L, index, class_index);
    if (object == NULL) {
        klua_wrong_type(L, index, klua_class_names[class_index]);
    }
    return object;
}

/* Gives the object on top an anchor table of its own: itself, and the anchor of its parent. */
void klua_anchor_parent(lua_State *L, int parent);

/* The object on top has no children: it borrows the anchor of its parent. */
static inline void klua_anchor_leaf(lua_State *L, int parent) {
    lua_getuservalue(L, parent);
    lua_setuservalue(L, -2);
}

/* Pushes a box: what the core gives is put into it, freed when it is done with. */
klua_owned *klua_owned_new(lua_State *L, void (*release)(void *memory));
void klua_owned_free(klua_owned *box);

/* ---- answers (kith_answer.c) ---- */

/* The 64-bit counts of a struct, by name. */
typedef struct klua_count_field {
    const char *name;
    size_t offset;
} klua_count_field;
#define KLUA_COUNT(type, field)                                                                    \
    { #field, offsetof(type, field) }

/* Fills a table of attributes: one value stands alone, several become a list. */
typedef struct klua_value_group {
    const char *name; /* of the values that came last */
    int count;
} klua_value_group;

static inline void klua_push_integer(lua_State *L, int64_t integer) {
#if LUA_VERSION_NUM >= 503
    lua_pushinteger(L, integer);
#else
    lua_pushnumber(L, (lua_Number)integer);
#endif
}

/* nil, message, code and, where the input has one, the position. Wrong use raises instead. */
int klua_fail(lua_State *L, int code, const kith_error *error);
/* The same, as the transaction tells it. */
int klua_fail_txn(lua_State *L, const klua_txn *txn, int code);
/* true, or the failure. */
int klua_answer_true(lua_State *L, int code, const kith_error *error);
/* These set a field of the table on top. A NULL text is nil. */
void klua_set_text(lua_State *L, const char *name, const char *text);
void klua_set_integer(lua_State *L, const char *name, int64_t integer);
void klua_set_number(lua_State *L, const char *name, double number);
void klua_set_boolean(lua_State *L, const char *name, bool boolean);
/* INT64_MAX stands for never, which is nil. */
void klua_set_time(lua_State *L, const char *name, int64_t time_us);
void klua_set_id(lua_State *L, const char *name, const kith_id *id);
void klua_set_counts(lua_State *L, const void *from, const klua_count_field *fields);
void klua_push_date(lua_State *L, int64_t date_days);
void klua_push_value(lua_State *L, const kith_value *value);
/* Adds a value to the table of attributes on top. */
void klua_group_add(lua_State *L, klua_value_group *group, const char *name,
                    const kith_value *value);
/* The word of a value's status. */

/* ---- arguments (kith_argument.c) ---- */

/* Text at an index, for the core's NUL-terminated strings. Numbers aren't taken: 1.0 is no key. */
const char *klua_check_text(lua_State *L, int index);
/* NULL where it isn't given. */
const char *klua_optional_text(lua_State *L, int index);
/* Whether it is of Lua's own type for integers, which 5.1 and LuaJIT don't have. */
bool klua_is_integer(lua_State *L, int index);
/* False where it is out of range; a fraction is dropped. */
bool klua_number_to_integer(lua_Number number, int64_t *out);
/* Microseconds as a number, or any text that kith_time_parse reads. Gives NULL, or what is wrong.
 */
const char *klua_read_time(lua_State *L, int index, int64_t *out_us);
/* The time at an index; else it raises. */
int64_t klua_check_time(lua_State *L, int index);
int64_t klua_optional_time(lua_State *L, int index, int64_t otherwise);
/* 0 where it isn't given. */
uint64_t klua_optional_count(lua_State *L, int index);
/* A record named by {source, key} or {source = ..., key = ...}; its strings stay on the stack. */
void klua_check_reference(lua_State *L, int index, const char **out_source, const char **out_key);

/* ---- options (kith_option.c) ---- */

/* Checks that argument `index` is nil or a table that holds only these names. */
void klua_check_options(lua_State *L, int index, const char *const names[]);
/* The text stays on the stack, so that it lives as long as the call. */
const char *klua_option_text(lua_State *L, int index, const char *name);
/* Where an option isn't given: false, 0. */
bool klua_option_boolean(lua_State *L, int index, const char *name);
uint64_t klua_option_count(lua_State *L, int index, const char *name, uint64_t most);
/* The same, where 0 isn't what stands for none. */
uint64_t klua_option_count_or(lua_State *L, int index, const char *name, uint64_t otherwise);
double klua_option_number(lua_State *L, int index, const char *name);
double klua_option_number_or(lua_State *L, int index, const char *name, double otherwise);
/* A time that must be given: nothing here reads a clock. */
int64_t klua_option_time(lua_State *L, int index, const char *name);
/* The stack index of a function, or 0. */
int klua_option_function(lua_State *L, int index, const char *name);

/* ---- values (kith_value.c) ---- */

/* The named values of a table. Their memory is left on the stack, where it lives as long as the
 * call. */
const kith_field *klua_check_fields(lua_State *L, int index, size_t *out_count);

/* ---- JSON (kith_json.c) ---- */

/* JSON as text, or as a table of its members. The memory is left on the stack. */
const char *klua_check_json(lua_State *L, int index);
/* Pushes what JSON text says; it is the core's. A null is kith.null. */
void klua_push_json(lua_State *L, const char *json);

/* ---- callbacks (kith_callback.c) ---- */

typedef struct klua_callback {
    int function; /* stack index; 0: none */
    int adapter;
} klua_callback;

/* The context that the core is given with each of them. */
typedef struct klua_callbacks {
    lua_State *L;
    bool failed; /* the error stands on the stack */
    klua_callback progress, reject, problem, write;
} klua_callbacks;

/* Makes the callback of the function at a stack index; 0: none. Each kind has an adapter for this,
 * and a function for the core. */
klua_callback klua_callback_new(lua_State *L, int function, lua_CFunction adapter);
int klua_progress_adapter(lua_State *L);
int klua_on_progress(void *context, const kith_progress *progress);
int klua_reject_adapter(lua_State *L);
int klua_on_reject(void *context, const kith_reject *reject);
/* Collects a problem in the list that stands in the function's place. */
int klua_problem_adapter(lua_State *L);
void klua_on_problem(void *context, const char *problem);
int klua_write_adapter(lua_State *L);
int klua_on_write(void *context, const char *data, size_t bytes);

/* ---- stores (kith_store.c) ---- */

/* The store itself, if it is open; else it raises. */
klua_store *klua_store_ready(lua_State *L, klua_store *store);
klua_store *klua_check_store(lua_State *L, int index);
/* A second writer in one thread would wait for itself for ever. */
void klua_check_no_writer(lua_State *L, const klua_store *store);

/* ---- transactions (kith_txn.c) ---- */

/* Takes the core's transaction out of its userdata, for it to be committed or aborted. */
kith_txn *klua_txn_take(klua_txn *txn);
/* Raises where what is borrowed is being read: the call is then from a finalizer. */
void klua_txn_check_free(lua_State *L, const klua_txn *txn);
/* Raises what keeps a transaction from being used now. */
void klua_txn_refuse(lua_State *L, const klua_txn *txn);

/* Does so where it can't be. */
static inline void klua_txn_ready(lua_State *L, const klua_txn *txn) {
    if (txn->handle == NULL || txn->reset || txn->held > 0) {
        klua_txn_refuse(L, txn);
    }
}

/* The transaction at an index, ready. */
klua_txn *klua_check_txn(lua_State *L, int index);
/* For a write: what was borrowed before it is gone after it. */
void klua_txn_will_write(lua_State *L, klua_txn *txn);
/* Pushes a new transaction of the store at `index`. */
int klua_txn_begin(lua_State *L, int index, bool writes, klua_txn **out, kith_error *error);

/* ---- records (kith_facts.c) ---- */

/* Pushes what a put did, or the failure. */
int klua_push_change(lua_State *L, const klua_txn *txn, int rc, kith_change change);
void klua_push_record(lua_State *L, klua_txn *txn, const kith_record *record);
/* Pushes a record's {source = ..., key = ...}, or nil. The transaction is held. */
void klua_push_reference(lua_State *L, klua_txn *txn, uint32_t number);
/* The number of the record named by arguments 2 and 3. */
int klua_find_number(lua_State *L, const klua_txn *txn, const char *source, const char *key,
                     uint32_t *out);

/* ---- iterators (kith_iter.c) ---- */

/* Pushes an iterator of the transaction at index 1, to be opened. */
klua_iter *klua_iter_new(lua_State *L, enum klua_iter_kind kind);
/* Opens the iterator on top, which takes the handle: the results of a function that a `for` calls.
 */
int klua_iter_opened(lua_State *L, klua_iter *iter, klua_txn *txn, void *handle);
/* Closes it, if it is open. */
void klua_iter_end(klua_iter *iter);

/* ---- queries and transitions (kith_query.c, kith_transitions.c) ---- */

/* Steps of the iterator at index 1: the row, the transition is pushed. */
int klua_query_next(lua_State *L, klua_iter *iter);
void klua_query_close(void *query);
int klua_transitions_next(lua_State *L, klua_iter *iter);
void klua_transitions_close(void *transitions);

/* ---- expressions (kith_expression.c) ---- */

/* The text of an expression, or of one that is read, whose text then stands at the index.
 * `any_name` is set where it may ask for names that a store doesn't know. */
const char *klua_check_expression_text(lua_State *L, int index, bool *any_name);
/* Reads text, or an expression anew, for this transaction: what a name stands for is told by its
 * store, as it is now. `value`: it need not be a condition. Owned: kith_expression_free(). */
int klua_expression_read(lua_State *L, int index, const klua_txn *txn, bool value,
                         kith_expression **out, kith_error *error);

/* ---- profiles (kith_lookup.c) ---- */

/* Pushes a profile that is to be filled and bound. */
klua_profile *klua_profile_new(lua_State *L, int parent);
/* It ends with what it was got from: the transaction, or the next step of the iterator. */
void klua_profile_bind(klua_profile *profile, klua_txn *txn, klua_iter *iter);

/* ---- what a profile shows (kith_profile.c, kith_marks.c, kith_segments.c, kith_scores.c) ---- */

/* The profile at index 1, if it may be read now; else it raises. */
klua_profile *klua_check_profile(lua_State *L);
klua_profile *klua_check_profile_at(lua_State *L, int index);
/* Sets a number, and the same in millionths. */
void klua_set_micros(lua_State *L, const char *name, const char *micros_name, int64_t micros);
/* Sets the fields for tags, consents, points and scores. The transaction is held. */
void klua_set_profile_marks(lua_State *L, klua_txn *txn, const kith_profile *view);
/* Sets the fields for traits and segments, likewise. */
void klua_set_profile_segments(lua_State *L, const kith_profile *view);
/* Sets the fields for what models say, and for orders, likewise. */
void klua_set_profile_scores(lua_State *L, const kith_profile *view);
/* The methods that remove a definition by name, give one, and give all (kith_segments.c). */
int klua_remove_definition(lua_State *L, kith_definition_kind kind);
int klua_get_definition(lua_State *L, kith_definition_kind kind);
int klua_push_definitions(lua_State *L, kith_definition_kind kind);

/* ---- what each file brings: methods of the classes, functions of the module ---- */

extern const luaL_Reg klua_owned_metamethods[];
extern const luaL_Reg klua_store_life[];
extern const luaL_Reg klua_store_metamethods[];
extern const luaL_Reg klua_module_store[];
extern const luaL_Reg klua_store_txns[];
extern const luaL_Reg klua_txn_life[];
extern const luaL_Reg klua_txn_metamethods[];
extern const luaL_Reg klua_txn_facts[];
extern const luaL_Reg klua_txn_marks[];
extern const luaL_Reg klua_txn_segments[];
extern const luaL_Reg klua_txn_scores[];
extern const luaL_Reg klua_txn_queries[];
extern const luaL_Reg klua_txn_rfm[];
extern const luaL_Reg klua_txn_transitions[];
extern const luaL_Reg klua_txn_history[];
extern const luaL_Reg klua_txn_lookups[];
extern const luaL_Reg klua_txn_explanations[];
extern const luaL_Reg klua_txn_matches[];
extern const luaL_Reg klua_txn_models[];
extern const luaL_Reg klua_profile_methods[];
extern const luaL_Reg klua_profile_marks[];
extern const luaL_Reg klua_profile_segments[];
extern const luaL_Reg klua_profile_scores[];
extern const luaL_Reg klua_profile_forecasts[];
extern const luaL_Reg klua_module_forecast[];
extern const luaL_Reg klua_profile_queries[];
extern const luaL_Reg klua_profile_reasons[];
extern const luaL_Reg klua_profile_history[];
extern const luaL_Reg klua_profile_metamethods[];
extern const luaL_Reg klua_txn_iters[];
extern const luaL_Reg klua_iter_metamethods[];
extern const luaL_Reg klua_expression_methods[];
extern const luaL_Reg klua_expression_metamethods[];
extern const luaL_Reg klua_module_expression[];
extern const luaL_Reg klua_txn_baskets[];
extern const luaL_Reg klua_baskets_methods[];
extern const luaL_Reg klua_baskets_metamethods[];
extern const luaL_Reg klua_similar_methods[];
extern const luaL_Reg klua_similar_metamethods[];
extern const luaL_Reg klua_txn_care[];
extern const luaL_Reg klua_store_care[];
extern const luaL_Reg klua_module_care[];
extern const luaL_Reg klua_store_files[];
extern const luaL_Reg klua_store_insight[];
extern const luaL_Reg klua_store_marks[];
extern const luaL_Reg klua_store_scores[];

#endif
