/*
 * Definitions of scores with one part wrecked: a member that is missing, of another type, or a
 * number at an end of what there is, in what was learnt too. Each is refused with a message, or
 * harmless: what is said of customers then is finite and holds together.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <jansson.h>

#include "tests/unit/fact_stand.h"

#define check(holds) assert_true(holds)
#include "tests/fuzz/score_checks.h"

#define DAY_US   SCRATCH_DAY_US
#define LIST_MAX 4 /* of longer lists only so many members are wrecked */

/* The store: one bought often, one gave it back, one never did. */

static void order(fixture *f, const char *key, const char *type, int days_ago, const char *amount) {
    assert_int_equal(scratch_event(f->txn, "crm", key, type, SCRATCH_NOW_US - days_ago * DAY_US,
                                   NULL, NULL, "amount", amount, NULL),
                     KITH_OK);
}

static void put_customers(fixture *f) {
    static const char config[] = "{\"time_zone\": \"Europe/Berlin\"}";
    static const char *const keys[] = {"often", "back", "never"};
    assert_int_equal(kith_config_apply(f->txn, config, sizeof config - 1), KITH_OK);
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
        assert_int_equal(scratch_record(f->txn, kith_record_put, "crm", keys[i], 10, NULL, "city",
                                        i % 2 == 0 ? "York" : "Ayr", "spent", i < 2 ? "12.5" : NULL,
                                        NULL),
                         KITH_OK);
    }
    for (int i = 0; i < 9; i++) {
        order(f, "often", "order", 7 * i, i % 3 == 0 ? "20.25" : "4");
    }
    order(f, "often", "order", 0, "1e12");
    order(f, "often", "order", 30, "0");
    order(f, "back", "order", 400, "90");
    order(f, "back", "order", 9, "-5");
    order(f, "back", "refund", 8, "90");
}

/* Definitions that are sound, with what was learnt. */

#define FOUR_BY_FOUR "[0.01,0,0,0, 0,0.01,0,0, 0,0,0.01,0, 0,0,0,0.01]"
#define BUYERS(third, fourth)                                                                      \
    "\"fitted\": {\"parameters\": {\"r\": 0.52, \"alpha\": 6.18, \"" third "\": 0.89, \"" fourth   \
    "\": 1.61}, \"covariances\": " FOUR_BY_FOUR                                                    \
    ", \"regularity\": 1, \"spend\": {\"parameters\": {\"p\": 6.25, \"q\": 3.74, \"gamma\": "      \
    "15.44}, \"covariances\": [0.01,0,0, 0,0.01,0, 0,0,0.01]}}}"
/* Cuts that fall: the digit before the point and its sign, then those behind it. */
#define FALL(d) d ".9," d ".8," d ".7," d ".6," d ".5," d ".4," d ".3," d ".2," d ".1," d ".0"
#define RISE(d) d ".0," d ".1," d ".2," d ".3," d ".4," d ".5," d ".6," d ".7," d ".8," d ".9"
#define CUTS                                                                                       \
    FALL("4")                                                                                      \
    "," FALL("3") "," FALL("2") "," FALL("1") "," FALL("0") "," RISE("-0") "," RISE(               \
        "-1") "," RISE("-2") "," RISE("-3") "," RISE("-4")
#define ENCODED                                                                                    \
    "\"fitted\": {\"features\": [{\"kind\": \"number\", \"mean\": 3, \"deviation\": 20, "          \
    "\"missing\": 0.1}, {\"kind\": \"level\", \"levels\": [[\"York\", 0.4], [\"Ayr\", 0.2]], "     \
    "\"other\": 0.2, \"missing\": 0.2}], \"weights\": [0.5, -0.25, 0.1, 0.2, -0.3, 0.4, -1.5], "   \
    "\"cuts\": [" CUTS "]}}"

static const char *const sound[] = {
    "{\"kind\": \"rules\", \"rules\": [{\"name\": \"big\", \"when\": \"sum(order.amount) > 9\"}], "
    "\"otherwise\": \"other\"}",
    "{\"kind\": \"tiers\", \"value\": \"sum(order.amount)\", \"tiers\": [{\"name\": \"gold\", "
    "\"top_percent\": 10}, {\"name\": \"silver\", \"least\": -2.5}], \"otherwise\": \"rest\", "
    "\"fitted\": {\"least\": [\"12.5\", \"-2.5\"]}}",
    "{\"kind\": \"rfm\", \"event\": \"order\", \"amount\": \"amount\", \"refund\": \"refund\", "
    "\"bins\": 3, \"fitted\": {\"days\": [2, 9], \"orders\": [1, 2], \"amounts\": [\"5\", "
    "\"20\"]}}",
    "{\"kind\": \"lifecycle\", \"event\": \"order\", \"slowing\": 1.5, \"at_risk\": 2.5, "
    "\"lapsed\": 4, \"own_gaps\": 2, \"regular_days\": 3, \"least_gap_days\": 0.5, "
    "\"population_gap_days\": 3, \"fitted\": {\"population_gap_days\": 2.25}}",
    "{\"kind\": \"repeat\", \"method\": \"mbg/nbd\", \"event\": \"order\", \"amount\": \"amount\", "
    "\"refund\": \"refund\", \"unit\": \"week\", \"horizon_days\": 30, "
    "\"discount_percent\": 10, " BUYERS("a", "b"),
    "{\"kind\": \"repeat\", \"method\": \"pareto/nbd\", \"event\": \"order\", "
    "\"amount\": \"amount\", \"horizon_days\": 30, " BUYERS("s", "beta"),
    "{\"kind\": \"repeat\", \"method\": \"bg/cnbd\", \"event\": \"order\", "
    "\"amount\": \"amount\", \"horizon_days\": 30, " BUYERS("a", "b"),
    "{\"kind\": \"chance\", \"target\": \"did(order LAST 9d)\", \"of\": \"did(order)\", "
    "\"features\": [\"spent\", \"city\"], \"ahead_days\": 9, \"penalty\": 2, " ENCODED,
    "{\"kind\": \"lookalike\", \"seed\": \"did(order)\", \"features\": [\"spent\", \"city\"], "
    "\"penalty\": 1, " ENCODED,
    "{\"kind\": \"clusters\", \"clusters\": [2, 3], \"seed\": 7, \"of\": \"did(order)\", "
    "\"features\": [{\"value\": \"sum(order.amount)\", \"name\": \"spent\", \"low\": \"few\", "
    "\"high\": \"many\", \"unit\": \"EUR\", \"logarithm\": true}, \"count(order)\"], "
    "\"fitted\": {\"means\": [2, 1], \"deviations\": [1, 0.5], \"centers\": [1, 0, -1, 0], "
    "\"names\": [\"many\", \"few\"], \"descriptions\": [\"many spent\", \"few spent\"]}}",
    "{\"kind\": \"points\", \"rules\": [{\"name\": \"buys\", \"events\": \"order WHERE amount > "
    "2\", \"points\": 5, \"half_life_days\": 3, \"most\": 8}, {\"name\": \"city\", \"when\": "
    "\"city IS NOT NULL\", \"points\": -10}], \"least\": -5, \"most\": 1000}",
};
#define SOUND (sizeof sound / sizeof sound[0])

/* Wrecking */

static json_t *nothing(void) {
    return NULL; /* the member is gone */
}
static json_t *null(void) {
    return json_null();
}
static json_t *truth(void) {
    return json_true();
}
static json_t *empty_text(void) {
    return json_string("");
}
static json_t *long_text(void) {
    char text[3001];
    memset(text, 'w', sizeof text - 1);
    text[sizeof text - 1] = '\0';
    return json_string(text);
}
static json_t *number_text(void) {
    return json_string("-9223372036854.775808");
}
static json_t *zero(void) {
    return json_integer(0);
}
static json_t *minus_one(void) {
    return json_integer(-1);
}
static json_t *greatest(void) {
    return json_integer(INT64_MAX);
}
static json_t *nearly_greatest(void) {
    return json_integer(INT64_MAX - 5);
}
static json_t *least(void) {
    return json_integer(INT64_MIN);
}
static json_t *billion(void) {
    return json_integer(1000000000);
}
static json_t *huge(void) {
    return json_real(1.7e308);
}
static json_t *minus_huge(void) {
    return json_real(-1.7e308);
}
static json_t *tiny(void) {
    return json_real(4e-320);
}
static json_t *large(void) {
    return json_real(1e15);
}
static json_t *small(void) {
    return json_real(1e-15);
}

static json_t *(*const wrecks[])(void) = {
    nothing,     null,       truth,    json_array,      json_object, empty_text, long_text,
    number_text, zero,       greatest, nearly_greatest, minus_one,   least,      billion,
    huge,        minus_huge, tiny,     large,           small};
#define WRECKS (sizeof wrecks / sizeof wrecks[0])

static void set_member(json_t *parent, const char *key, size_t at, json_t *value) {
    if (json_is_object(parent)) {
        value != NULL ? json_object_set_new(parent, key, value) : json_object_del(parent, key);
    } else {
        value != NULL ? json_array_set_new(parent, at, value) : json_array_remove(parent, at);
    }
}

/* Wrecks the member with that number, counted from the front; false: there are fewer, of which
 * *number is then less. */
static bool wreck_member(json_t *parent, size_t *number, json_t *(*wreck)(void)) {
    size_t count = json_is_array(parent) ? json_array_size(parent) : json_object_size(parent);
    void *iter = json_object_iter(parent);
    for (size_t i = 0; i < count && (i < LIST_MAX || json_is_object(parent)); i++) {
        const char *key = iter != NULL ? json_object_iter_key(iter) : NULL;
        json_t *member = iter != NULL ? json_object_iter_value(iter) : json_array_get(parent, i);
        if ((*number)-- == 0) {
            set_member(parent, key, i, wreck());
            return true;
        }
        if (wreck_member(member, number, wreck)) {
            return true;
        }
        iter = iter != NULL ? json_object_iter_next(parent, iter) : NULL;
    }
    return false;
}

/* Trying */

typedef struct tally {
    size_t taken, refused;
} tally;

#define EACH   8 /* members that are all wrecked */
#define ONE_IN 13

static const char *trying; /* told where a check fails */

static void try(fixture *f, const char *text, tally *t) {
    trying = text;
    if (score_check_put(f->txn, text)) {
        score_check_kept(f->txn);
        score_check_profiles(f->txn, SCRATCH_NOW_US);
        t->taken++;
    } else {
        t->refused++;
    }
    trying = NULL;
}

/* One wreck at each member of the definition in turn; of the many numbers of what was learnt at one
 * in some, others for each wreck. */
static void wreck_each(fixture *f, const char *definition, size_t wreck_number,
                       json_t *(*wreck)(void), tally *t) {
    bool found = true;
    for (size_t at = 0; found; at++) {
        json_t *root = json_loads(definition, 0, NULL);
        size_t number = at;
        assert_non_null(root);
        found = wreck_member(root, &number, wreck);
        char *text = json_dumps(root, 0);
        if (found && (at < EACH || (at + wreck_number) % ONE_IN == 0)) {
            try(f, text, t);
        }
        free(text);
        json_decref(root);
    }
}

static int tell(void **state) {
    if (trying != NULL) {
        printf("it was: %s\n", trying);
    }
    return tear_down(state);
}

static void test_sound_definitions_are_taken(void **state) {
    fixture *f = *state;
    put_customers(f);
    for (size_t i = 0; i < SOUND; i++) {
        if (!score_check_put(f->txn, sound[i])) {
            fail_msg("%s: %s", sound[i], kith_txn_error(f->txn)->message);
        }
        score_check_kept(f->txn);
        score_check_profiles(f->txn, SCRATCH_NOW_US);
    }
}

static void test_wrecked_definitions_are_refused_or_harmless(void **state) {
    fixture *f = *state;
    put_customers(f);
    for (size_t i = 0; i < SOUND; i++) {
        tally t = {0, 0};
        for (size_t j = 0; j < WRECKS; j++) {
            wreck_each(f, sound[i], j, wrecks[j], &t);
        }
        printf("%.40s... %zu refused, %zu harmless\n", sound[i], t.refused, t.taken);
        assert_true(t.refused > 0 && t.taken > 0);
        scratch_commit(f->txn);
        f->txn = scratch_begin(f->store, KITH_WRITE);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_sound_definitions_are_taken, set_up, tell),
        cmocka_unit_test_setup_teardown(test_wrecked_definitions_are_refused_or_harmless, set_up,
                                        tell),
    };
    return cmocka_run_group_tests_name("score wrecks", tests, NULL, NULL);
}
