/*
 * Block rules: which texts are rules, what they are called, which are weak; and the keys that are
 * made of them.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "src/identity/scored.h"
#include "src/match/block.h"
#include "src/store/txn.h"
#include "tests/unit/fact_stand.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* Rules as texts */

static bool find_own(const void *context, const char *name, kithi_own_ingredient *out) {
    static const kithi_own_ingredient own[] = {
        {"team", "text", 0},   {"club", "text", 1},  {"size", "number", 2}, {"hue", "category", 3},
        {"joined", "date", 4}, {"badge", "code", 5}, {"mail", "email", 63}, {"word", "text", 7},
    };
    (void)context;
    for (size_t i = 0; i < COUNT(own); i++) {
        if (strcmp(own[i].name, name) == 0) {
            *out = own[i];
            return true;
        }
    }
    return false;
}

static const kithi_own_ingredients own = {find_own, NULL};

typedef struct rules_stand {
    kithi_arena arena;
    kithi_block_rules rules;
    char problem[KITHI_BLOCK_PROBLEM_BYTES];
} rules_stand;

static int add(rules_stand *s, const char *text) {
    return kithi_block_rules_add(&s->rules, text, &own, &s->arena, s->problem);
}

static int begin_rules(void **state) {
    rules_stand *s = calloc(1, sizeof *s);
    assert_non_null(s);
    kithi_arena_init(&s->arena);
    *state = s;
    return 0;
}

static int end_rules(void **state) {
    rules_stand *s = *state;
    kithi_arena_clear(&s->arena);
    free(s);
    return 0;
}

static void test_texts_are_rules(void **state) {
    static const struct {
        const char *text, *name;
        bool weak;
    } cases[] = {
        {"word+word", "word+word", false},
        {"sound+sound", "sound+sound", true},
        {"year+word", "word+year", true},
        {"day+word", "word+day", true},
        {"area+word", "word+area", true},
        {"place+word", "word+place", true},
        {"date+sound", "sound+date", false},
        {"date", "date", true},
        {"street+number", "number+street", true},
        {"area+number", "number+area", true},
        {"email", "email", false},
        {"phone", "phone", false},
        {"code", "code", false},
        {"word", "word", true},
        {"street+street", "street+street", false},
        {"place+place", "place+place", true},
        {"day+number", "day+number", true},
        {"phone+year", "year+phone", false},
        {"email+phone", "email+phone", false},
        {"street+sound", "sound+street", true},
        {"street+date", "date+street", false},
        {"place+date", "date+place", true},
        {"team", "team", true},
        {"badge", "badge", false},
        {"joined+team", "joined+team", false},
        {"team+word", "word+team", false},
        {"word+size", "word+size", true},
        {"hue+size", "hue+size", true},
        {"club+team", "club+team", false},
        {"hue+badge", "badge+hue", false},
        {"joined+word", "word+joined", false},
    };
    rules_stand *s = *state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        s->rules = (kithi_block_rules){.count = 0};
        if (add(s, cases[i].text) != KITH_OK) {
            fail_msg("%s", s->problem);
        }
        assert_string_equal(s->rules.items[0].name, cases[i].name);
        assert_int_equal(s->rules.items[0].weak, cases[i].weak);
    }
}

static void test_other_texts_are_none(void **state) {
    static const struct {
        const char *text, *words;
    } cases[] = {
        {"", "unknown ingredient \"\" in \"\"; there are word, sound, year, day, date, number,"},
        {"Word", "unknown ingredient \"Word\" in \"Word\""},
        {"word+", "unknown ingredient \"\" in \"word+\""},
        {"word +year", "unknown ingredient \"word \""},
        {"word+mail", "unknown ingredient \"mail\" in \"word+mail\""},
        {"word+name", "and what \"comparisons\" compares as text, category, number, date or code"},
        {"word+year+area", "\"word+year+area\" has more than two ingredients"},
        {"year", "\"year\" says too little alone"},
        {"hue", "\"hue\" says too little alone"},
        {"size", "\"size\" says too little alone"},
        {"date+date", "\"date+date\" joins with itself what a record has one of"},
        {"team+team", "joins with itself"},
        {"phone+phone", "joins with itself"},
        {"year+date", "\"year+date\" joins two ingredients of one and the same value"},
        {"day+year", "of one and the same value"},
        {"sound+word", "of one and the same value"},
        {"team+place", "of one and the same value"},
        {"code+badge", "of one and the same value"},
        {"joined+year", "of one and the same value"},
    };
    rules_stand *s = *state;
    char large[700];
    for (size_t i = 0; i < COUNT(cases); i++) {
        assert_int_equal(add(s, cases[i].text), KITH_INVALID);
        if (strstr(s->problem, cases[i].words) == NULL) {
            fail_msg("\"%s\" isn't in: %s", cases[i].words, s->problem);
        }
    }
    memset(large, 'x', sizeof large - 1);
    large[sizeof large - 1] = '\0';
    assert_int_equal(add(s, large), KITH_INVALID);
    assert_int_equal(s->rules.count, 0);
}

static void test_rules_have_an_order(void **state) {
    static const char *const given[] = {"date", "word+team", "email", "badge", "word+word"};
    static const char *const kept[] = {"badge", "word+team", "email", "word+word", "date"};
    rules_stand *s = *state;
    for (size_t i = 0; i < COUNT(given); i++) {
        assert_int_equal(add(s, given[i]), KITH_OK);
    }
    for (size_t i = 0; i < COUNT(kept); i++) {
        assert_string_equal(s->rules.items[i].name, kept[i]);
    }
    assert_int_equal(add(s, "team+word"), KITH_INVALID);
    assert_string_equal(s->problem, "\"team+word\" is there twice");
    assert_int_equal(s->rules.own, 1 << 0 | 1 << 5);
}

static void test_so_many_rules(void **state) {
    static const char *const of[] = {"word",  "year",  "number", "street", "area",
                                     "place", "email", "phone",  "code"};
    rules_stand *s = *state;
    char text[40];
    int code = KITH_OK;
    for (size_t i = 0; i < COUNT(of) && code == KITH_OK; i++) {
        for (size_t j = 0; j < i && code == KITH_OK; j++) {
            snprintf(text, sizeof text, "%s+%s", of[i], of[j]);
            code = add(s, text);
        }
    }
    assert_int_equal(code, KITH_INVALID);
    assert_string_equal(s->problem, "more than 32 rules");
    assert_int_equal(s->rules.count, 32);
}

static void test_the_standard_rules(void **state) {
    static const char weak[] =
        " number+street number+area sound+sound word+year word+day word+area word+place date ";
    rules_stand *s = *state;
    for (size_t i = 0; kithi_standard_block_rules[i] != NULL; i++) {
        char padded[32];
        assert_int_equal(add(s, kithi_standard_block_rules[i]), KITH_OK);
        assert_string_equal(s->rules.items[i].name, kithi_standard_block_rules[i]);
        snprintf(padded, sizeof padded, " %s ", kithi_standard_block_rules[i]);
        assert_int_equal(s->rules.items[i].weak, strstr(weak, padded) != NULL);
    }
    assert_int_equal(s->rules.count, 13);
    assert_true(kithi_block_rules_are_standard(&s->rules));
    s->rules.count--;
    assert_false(kithi_block_rules_are_standard(&s->rules));
    assert_int_equal(add(s, "word"), KITH_OK);
    assert_false(kithi_block_rules_are_standard(&s->rules));
}

/* Keys */

/* The keys of a record by one rule. */
static size_t keys_of(fixture *f, const char *rule, uint32_t record,
                      uint64_t keys[KITHI_BLOCK_KEYS_MAX]) {
    uint64_t room[KITHI_FEATURES_MAX_BYTES / 8];
    char problem[KITHI_BLOCK_PROBLEM_BYTES];
    kithi_features *features = (kithi_features *)(void *)room;
    kithi_model *model = kithi_model_new(kithi_txn_catalog(f->txn));
    assert_non_null(model);
    model->blocks = (kithi_block_rules){.count = 0};
    if (kithi_model_add_block(model, rule, problem) != KITH_OK) {
        fail_msg("%s", problem);
    }
    assert_int_equal(kithi_features_read(f->txn, model, record, features), KITH_OK);
    size_t count = kithi_block_keys(model, features, keys);
    for (size_t i = 0; i < count; i++) {
        bool strong = kithi_block_kind_of(keys[i]) == KITHI_BLOCK_STRONG;
        assert_int_equal(strong, !model->blocks.items[0].weak);
        assert_true(i == 0 || keys[i - 1] < keys[i]);
    }
    kithi_model_free(model);
    return count;
}

static size_t shared_keys(fixture *f, const char *rule) {
    uint64_t a[KITHI_BLOCK_KEYS_MAX], b[KITHI_BLOCK_KEYS_MAX];
    size_t a_count = keys_of(f, rule, 0, a), b_count = keys_of(f, rule, 1, b), shared = 0;
    for (size_t i = 0; i < a_count; i++) {
        for (size_t j = 0; j < b_count; j++) {
            shared += a[i] == b[j];
        }
    }
    return shared;
}

static void define(fixture *f) {
    static const char config[] =
        "{\"attributes\": {\"team\": {}, \"size\": {}, \"hue\": {}, \"joined\": {}, \"badge\": {}},"
        " \"match\": {\"comparisons\": {\"team\": \"text\", \"size\": \"number\", \"hue\":"
        " \"category\", \"joined\": \"date\", \"badge\": \"code\", \"tax_id\": false,"
        " \"passport\": false, \"drivers_license\": false, \"job_title\": false}}}";
    assert_int_equal(kith_config_apply(f->txn, config, sizeof config - 1), KITH_OK);
}

/* Ann and her like: what each rule finds in common. */
static void test_keys_are_made_of_the_ingredients(void **state) {
    static const struct {
        const char *rule;
        size_t shared;
    } cases[] = {
        {"word+word", 0},     {"sound+sound", 1}, /* of two words, one misspelt */
        {"word", 1},          {"sound", 2},
        {"word+year", 2},     /* the day of joining is a date too */ {"word+day", 1},
        {"sound+date", 2},    {"date", 1},
        {"number+street", 1}, {"number+area", 1},
        {"word+area", 1},     {"word+place", 2}, /* the team is a text too */
        {"place+place", 1},   {"street+street", 0},
        {"street+area", 1},   {"email", 1},
        {"phone", 1},         {"code", 1},
        {"email+phone", 1},   {"year+phone", 2},
        {"word+team", 1},     {"team", 1},
        {"word+size", 1},     {"word+hue", 0},
        {"hue+size", 0},      {"joined", 1},
        {"joined+team", 1},   {"badge", 1},
        {"badge+hue", 0},     {"team+badge", 1},
    };
    fixture *f = *state;
    define(f);
    scratch_record(f->txn, kith_record_put, "crm", "1", 1, NULL, "given_name", "Ann", "family_name",
                   "Meyer", "birth_date", "1980-02-01", "address_line", "4 Mill Lane", "city",
                   "York", "postcode", "YO1 7HH", "email", "ann.meyer@mail.test", "phone",
                   "+441904555010", "badge", "AB-123", "team", "The Reds", "size", "38.50", "hue",
                   "red", "joined", "2020-05-01", NULL);
    scratch_record(f->txn, kith_record_put, "crm", "2", 1, NULL, "given_name", "Ann", "family_name",
                   "Maier", "birth_date", "1980-03-01", "address_line", "4 Mill Road", "city",
                   "york", "postcode", "YO1 7HX", "email", "annmeyer@other.test", "phone",
                   "01904555010", "badge", "ab123", "team", "the reds", "size", "38.5", "hue",
                   "blue", "joined", "2020-05-01", NULL);
    for (size_t i = 0; i < COUNT(cases); i++) {
        size_t shared = shared_keys(f, cases[i].rule);
        if (shared != cases[i].shared) {
            fail_msg("%s: %zu keys in common", cases[i].rule, shared);
        }
    }
}

static size_t kinds_of(fixture *f, const char *rule, kithi_block_kind kind) {
    uint64_t keys[KITHI_BLOCK_KEYS_MAX];
    size_t count = keys_of(f, rule, 0, keys), found = 0;
    for (size_t i = 0; i < count; i++) {
        found += kithi_block_kind_of(keys[i]) == kind;
    }
    return found;
}

/* Where somebody lives is told apart from other places: a birthplace, a team. */
static void test_keys_say_what_they_are(void **state) {
    fixture *f = *state;
    define(f);
    scratch_record(f->txn, kith_record_put, "crm", "1", 1, NULL, "given_name", "Ann", "city",
                   "York", "postcode", "YO1 7HH", "team", "The Reds", "birth_date", "1980-02-01",
                   NULL);
    assert_int_equal(kinds_of(f, "word+area", KITHI_BLOCK_PLACED), 1);
    assert_int_equal(kinds_of(f, "word+place", KITHI_BLOCK_PLACED), 1); /* the city */
    assert_int_equal(kinds_of(f, "word+place", KITHI_BLOCK_WEAK), 1);   /* the team */
    assert_int_equal(kinds_of(f, "sound+area", KITHI_BLOCK_PLACED), 1);
    assert_int_equal(kinds_of(f, "word+year", KITHI_BLOCK_WEAK), 1);
    assert_int_equal(kinds_of(f, "sound+date", KITHI_BLOCK_STRONG), 1);
    assert_int_equal(kinds_of(f, "place+place", KITHI_BLOCK_WEAK), 1);
}

static bool is_enough(uint32_t weak_least, size_t weak, size_t placed, size_t strong) {
    kithi_model model = {.weak_least = weak_least};
    const size_t counts[] = {
        [KITHI_BLOCK_WEAK] = weak, [KITHI_BLOCK_STRONG] = strong, [KITHI_BLOCK_PLACED] = placed};
    kithi_block_share share = 0;
    for (size_t kind = 0; kind < COUNT(counts); kind++) {
        for (size_t i = 0; i < counts[kind]; i++) {
            share = kithi_block_share_add(share, (kithi_block_kind)kind);
        }
    }
    return kithi_block_share_suffices(&model, share);
}

static void test_what_is_enough_to_be_compared(void **state) {
    (void)state;
    assert_false(is_enough(1, 0, 0, 0));
    assert_true(is_enough(1, 1, 0, 0));
    assert_true(is_enough(1, 0, 1, 0));
    assert_true(is_enough(2, 0, 0, 1));
    assert_true(is_enough(2, 2, 0, 0));
    assert_true(is_enough(2, 1, 1, 0));
    assert_false(is_enough(2, 1, 0, 0));
    assert_false(is_enough(2, 0, 4, 0)); /* all of one name and home */
    assert_false(is_enough(16, 15, 0, 0));
    assert_true(is_enough(16, 15, 3, 0));
    assert_true(is_enough(16, KITHI_BLOCK_KEYS_MAX, 0, 0)); /* as many as there may be */
}

/* Two words of a street say more than the postal area does. */
static void test_a_number_goes_with_the_area_of_a_short_street(void **state) {
    static const struct {
        const char *street;
        size_t areas, streets;
    } cases[] = {{"4 Mill Lane", 1, 1},
                 {"4 Old Mill Lane", 0, 2},
                 {"4 Very Old Mill Lane", 0, 2},
                 {"Mill Lane", 0, 0},
                 {"4", 1, 0}};
    fixture *f = *state;
    uint64_t keys[KITHI_BLOCK_KEYS_MAX];
    for (size_t i = 0; i < COUNT(cases); i++) {
        scratch_record(f->txn, kith_record_put, "crm", "1", (int64_t)i, NULL, "address_line",
                       cases[i].street, "postcode", "YO1 7HH", NULL);
        assert_int_equal(keys_of(f, "number+area", 0, keys), cases[i].areas);
        assert_int_equal(keys_of(f, "number+street", 0, keys), cases[i].streets);
    }
}

/* Only words that are whole, and of dates those that are. */
static void test_what_makes_no_keys(void **state) {
    fixture *f = *state;
    uint64_t keys[KITHI_BLOCK_KEYS_MAX];
    define(f);
    scratch_record(f->txn, kith_record_put, "crm", "1", 1, NULL, "given_name", "J", "family_name",
                   "Muir", "birth_date", "1980", "joined", "2020", NULL);
    assert_int_equal(keys_of(f, "word", 0, keys), 1);
    assert_int_equal(keys_of(f, "word+word", 0, keys), 0);
    assert_int_equal(keys_of(f, "word+year", 0, keys), 2);
    assert_int_equal(keys_of(f, "date", 0, keys), 0);
    assert_int_equal(keys_of(f, "joined", 0, keys), 0);
}

/* A short name of an e-mail address is many people's: it counts with its domain. */
static void test_short_names_of_addresses(void **state) {
    static const char *const addresses[] = {"ann@mail.test", "ann@other.test", "annamuir@mail.test",
                                            "annamuir@other.test"};
    fixture *f = *state;
    uint64_t keys[COUNT(addresses)][KITHI_BLOCK_KEYS_MAX];
    define(f);
    for (uint32_t i = 0; i < COUNT(addresses); i++) {
        char key[] = {(char)('1' + i), '\0'};
        scratch_record(f->txn, kith_record_put, "crm", key, 1, NULL, "email", addresses[i], NULL);
        assert_int_equal(keys_of(f, "email", i, keys[i]), 1);
    }
    assert_true(keys[0][0] != keys[1][0]);
    assert_true(keys[2][0] == keys[3][0]);
}

#define RULES_TEST(name) cmocka_unit_test_setup_teardown(name, begin_rules, end_rules)
#define TEST(name)       cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void) {
    const struct CMUnitTest tests[] = {
        RULES_TEST(test_texts_are_rules),
        RULES_TEST(test_other_texts_are_none),
        RULES_TEST(test_rules_have_an_order),
        RULES_TEST(test_so_many_rules),
        RULES_TEST(test_the_standard_rules),
        TEST(test_keys_are_made_of_the_ingredients),
        TEST(test_keys_say_what_they_are),
        cmocka_unit_test(test_what_is_enough_to_be_compared),
        TEST(test_a_number_goes_with_the_area_of_a_short_street),
        TEST(test_what_makes_no_keys),
        TEST(test_short_names_of_addresses),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
