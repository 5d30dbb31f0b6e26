/*
 * Match models as definitions: what a config says of them, as JSON and back, compared; the kinds
 * of comparisons that say how near two values are; and sources without duplicates.
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "src/identity/scored.h"
#include "src/match/compare_pair.h"
#include "src/match/sphere.h"
#include "src/store/txn.h"
#include "tests/unit/fact_stand.h"

#define PEOPLE 80

static void apply(fixture *f, const char *json) {
    if (kith_config_apply(f->txn, json, strlen(json)) != KITH_OK) {
        fail_msg("%s", kith_txn_error(f->txn)->message);
    }
    commit(f);
}

static void put(fixture *f, const char *source, const char *key, const char *given,
                const char *family, const char *born) {
    assert_int_equal(scratch_record(f->txn, kith_record_put, source, key, 1, NULL, "given_name",
                                    given, "family_name", family, "birth_date", born, NULL),
                     KITH_OK);
}

/* People of two sources, of which some are misspelt in one. */
static void put_people(fixture *f) {
    static const char *const given[] = {"Ann",  "Maria", "Peter", "Ines", "Tom",
                                        "Olga", "Hugo",  "Lena",  "Karl", "Nora"};
    static const char *const family[] = {"Muir", "Gomez",  "Schmidt", "Okafor",
                                         "Wang", "Dubois", "Rossi",   "Novak"};
    for (int i = 0; i < PEOPLE; i++) {
        char key[16], born[16], name[32];
        snprintf(key, sizeof key, "%d", i);
        snprintf(born, sizeof born, "19%02d-%02d-%02d", 40 + i / 2, 1 + i % 12, 1 + i * 7 % 28);
        snprintf(name, sizeof name, "%s%s", family[i % 8], i % 5 == 0 ? "s" : "");
        put(f, "crm", key, given[i % 10], family[i % 8], born);
        put(f, "shop", key, given[i % 10], name, born);
    }
    commit(f);
}

/* Resolves in transactions of its own. */
static int resolve(fixture *f, bool train, const char *model, kith_error *error) {
    kith_resolve_options options = KITH_RESOLVE_OPTIONS_INIT;
    options.train = train;
    options.model = model;
    options.threads = 1;
    kith_txn_abort(f->txn);
    int code = kith_resolve(f->store, &options, NULL, error);
    f->txn = scratch_begin(f->store, KITH_WRITE);
    return code;
}

static void resolve_well(fixture *f, bool train, const char *model) {
    kith_error error = KITH_ERROR_INIT;
    if (resolve(f, train, model, &error) != KITH_OK) {
        fail_msg("%s", error.message);
    }
    commit(f); /* which also verifies */
}

static kith_model *model_of(fixture *f, uint32_t version) {
    kith_model *model = NULL;
    if (kith_model_get(f->txn, version, &model) != KITH_OK) {
        fail_msg("%s", kith_txn_error(f->txn)->message);
    }
    return model;
}

static kith_model_info info_of(fixture *f, uint32_t version) {
    kith_model_info info = KITH_MODEL_INFO_INIT;
    kith_model *model = model_of(f, version);
    kith_model_about(model, &info);
    kith_model_free(model);
    return info;
}

static char *exported(fixture *f, uint32_t version) {
    char *json = NULL;
    assert_int_equal(kith_model_export(f->txn, version, &json), KITH_OK);
    return json;
}

static uint64_t profile_count(fixture *f) {
    kith_stat stat = KITH_STAT_INIT;
    assert_int_equal(kith_stat_get(f->txn, &stat), KITH_OK);
    return stat.profile_count;
}

/* A text with the first `from` in it replaced; owned. */
static char *replaced(const char *text, const char *from, const char *to) {
    const char *at = strstr(text, from);
    if (at == NULL) {
        fail_msg("no %s in the text", from);
    }
    size_t size = strlen(text) + strlen(to) + 1;
    char *made = malloc(size);
    assert_non_null(made);
    snprintf(made, size, "%.*s%s%s", (int)(at - text), text, to, at + strlen(from));
    return made;
}

/* Versions */

static void test_no_model_yet(void **state) {
    fixture *f = *state;
    kith_model *model = NULL;
    char *json = NULL;
    uint32_t version = 0;
    assert_int_equal(kith_model_get(f->txn, 0, &model), KITH_NOT_FOUND);
    assert_int_equal(kith_model_export(f->txn, 1, &json), KITH_NOT_FOUND);
    assert_int_equal(kith_model_next(f->txn, &version), KITH_DONE);
    assert_null(model);
    assert_null(json);
}

static void assert_misused(const fixture *f, int code, const char *function) {
    assert_int_equal(code, KITH_MISUSE);
    assert_non_null(strstr(kith_txn_error(f->txn)->message, function));
}

static void test_a_place_for_the_result_is_required(void **state) {
    fixture *f = *state;
    kith_model *model = NULL;
    put_people(f);
    resolve_well(f, false, NULL);
    assert_misused(f, kith_model_get(f->txn, 0, NULL), "kith_model_get");
    assert_misused(f, kith_model_export(f->txn, 0, NULL), "kith_model_export");
    assert_misused(f, kith_model_compare(f->txn, 0, 0, NULL), "kith_model_compare");
    assert_misused(f, kith_model_next(f->txn, NULL), "kith_model_next");
    assert_int_equal(kith_model_get(f->txn, 0, &model), KITH_OK);
    kith_model_about(model, NULL);
    assert_false(kith_model_comparison_at(model, 0, NULL));
    assert_false(kith_model_level_at(model, 0, 0, NULL));
    assert_false(kith_model_block_rule_at(model, 0, NULL));
    kith_model_free(model);
}

static void test_models_are_looked_at(void **state) {
    fixture *f = *state;
    kith_model_comparison c = KITH_MODEL_COMPARISON_INIT;
    kith_model_level level = KITH_MODEL_LEVEL_INIT;
    kith_model_block_rule rule = KITH_MODEL_BLOCK_RULE_INIT;
    uint32_t version = 0;
    put_people(f);
    resolve_well(f, false, NULL);
    resolve_well(f, true, NULL);
    assert_int_equal(kith_model_next(f->txn, &version), KITH_OK);
    assert_int_equal(kith_model_next(f->txn, &version), KITH_OK);
    assert_int_equal(version, 2);
    assert_int_equal(kith_model_next(f->txn, &version), KITH_DONE);
    assert_false(info_of(f, 1).in_force);
    kith_model_info info = info_of(f, 0);
    assert_true(info.version == 2 && info.in_force && info.configured);
    assert_int_equal(info.record_count, 2 * PEOPLE);
    assert_true(info.link_at_bits == 2 && info.known_at_bits == 0 && info.review_at_bits == -4);
    kith_model *model = model_of(f, 2);
    assert_true(kith_model_comparison_at(model, 0, &c));
    assert_string_equal(c.name, "name");
    assert_string_equal(kith_model_attribute_at(model, 0, 1), "family_name");
    assert_null(kith_model_attribute_at(model, 0, c.attribute_count));
    assert_true(kith_model_level_at(model, 0, c.level_count - 1, &level));
    assert_string_equal(level.name, "equal");
    assert_true(level.m > level.u && fabs(log2(level.m / level.u) - level.bits) < 0.02);
    assert_false(kith_model_level_at(model, 0, c.level_count, &level));
    for (size_t i = 0; kith_model_comparison_at(model, i, &c); i++) {
        bool there = strcmp(c.name, "name") == 0 || strcmp(c.name, "birth_date") == 0;
        assert_true(c.seen || !there);
        assert_true(!c.seen || strcmp(c.name, "gender") != 0);
    }
    assert_false(kith_model_comparison_at(model, info.comparison_count, &c));
    assert_true(kith_model_block_rule_at(model, 0, &rule));
    assert_true(strcmp(rule.name, "number+street") == 0 && rule.weak);
    assert_int_equal(info.block_rule_count, 13);
    assert_false(kith_model_block_rule_at(model, info.block_rule_count, &rule));
    kith_model_free(model);
}

/* JSON and back */

static void test_an_export_comes_back(void **state) {
    fixture *f = *state;
    put_people(f);
    resolve_well(f, false, NULL);
    uint64_t profiles = profile_count(f);
    char *first = exported(f, 0);
    resolve_well(f, false, first);
    char *second = exported(f, 2);
    char *expected = replaced(first, "\"version\": 1,", "\"version\": 2,");
    assert_string_equal(second, expected);
    assert_true(info_of(f, 2).in_force);
    assert_int_equal(profile_count(f), profiles);
    assert_true(profiles < 2 * PEOPLE);
    kith_free(first);
    kith_free(second);
    free(expected);
}

/* All pairs are weighed anew: the store is as the new model says, and goes on so. */
static void test_a_model_that_is_given_holds_at_once(void **state) {
    fixture *f = *state;
    put_people(f);
    resolve_well(f, false, NULL);
    uint64_t profiles = profile_count(f);
    char *json = exported(f, 0);
    char *strict = replaced(json, "\"link_at_bits\": 2.0", "\"link_at_bits\": 100.0");
    resolve_well(f, false, strict);
    assert_int_equal(profile_count(f), 2 * PEOPLE);
    assert_false(info_of(f, 0).configured);
    put(f, "till", "1", "Ann", "Muir", "1940-01-01");
    commit(f);
    assert_int_equal(profile_count(f), 2 * PEOPLE + 1);
    resolve_well(f, false, json);
    assert_true(profile_count(f) <= profiles + 1);
    kith_free(json);
    free(strict);
}

static void test_a_model_goes_to_another_store(void **state) {
    fixture *f = *state;
    char path[SCRATCH_PATH_BYTES];
    apply(f, "{\"attributes\": {\"shoe_size\": {}},"
             " \"match\": {\"comparisons\": {\"shoe_size\": \"number\"}}}");
    put_people(f);
    resolve_well(f, false, NULL);
    char *json = exported(f, 0);
    scratch_path(path, f->folder, "other.kith");
    kith_txn_abort(f->txn);
    kith_close(f->store);
    snprintf(f->path, sizeof f->path, "%s", path);
    f->store = scratch_open(f->path, KITH_CREATE_NEW);
    f->txn = scratch_begin(f->store, KITH_WRITE);
    put_people(f);
    resolve_well(f, false, json);
    char *again = exported(f, 0);
    assert_non_null(strstr(again, "\"shoe_size\""));
    kith_free(json);
    kith_free(again);
}

static void refuse_model(fixture *f, const char *json, const char *words) {
    kith_error error = KITH_ERROR_INIT;
    assert_int_equal(resolve(f, false, json, &error), KITH_INVALID);
    if (strstr(error.message, words) == NULL ||
        strncmp(error.message, "match model, line ", 18) != 0) {
        fail_msg("\"%s\" isn't in: %s", words, error.message);
    }
    assert_true(error.position >= 0 && (size_t)error.position <= strlen(json));
}

#define NOTHING_COMPARED                                                                           \
    "{\"version\": 1, \"records\": 9, \"matches\": 1, \"cohesion\": 0.5, \"block_cap\": 9,"        \
    "\"weak_least\": 1, \"prior\": {\"stranger_bits\": -8, \"relative_bits\": -4},"                \
    "\"thresholds\": {\"link_at_bits\": 2, \"known_at_bits\": 0, \"review_at_bits\": -4},"         \
    "\"comparisons\": {}, \"blocks\": [\"word+word\"]}"

static void test_what_is_no_model_is_refused(void **state) {
    static const struct {
        const char *from, *to, *words;
    } cases[] = {
        {"\"records\"", "\"record\"", "record: unknown key"},
        {"\"cohesion\": 0.", "\"cohesion\": 7.", "cohesion: expected a number from 0 to 1"},
        {"\"block_cap\": ", "\"block_cap\": -", "block_cap: expected an integer"},
        {"\"link_at_bits\": 2.0", "\"link_at_bits\": -9.0", "thresholds: expected review_at"},
        {"\"stranger_bits\": ", "\"stranger_bits\": 1e9, \"x\": ", "prior"},
        {"\"kind\": \"name\"", "\"kind\": \"nome\"", "comparisons.name.kind: expected the name"},
        {"\"kind\": \"date\"", "\"kind\": \"name\"", "there is one of this kind already"},
        {"\"given_name\": \"given\"", "\"given_name\": \"city\"", "attributes.given_name: that is"},
        {"\"birth_date\": \"value\"", "\"given_name\": \"value\"", "is compared already"},
        {"\"different\": {", "\"differing\": {", "comparisons.name.levels.differing: unknown key"},
        {"\"m\": ", "\"m\": -", "levels.different.m: expected a number"},
        {"\"u\": ", "\"w\": 1, \"u\": ", "levels.different.w: unknown key"},
        {"\"rest\": 1", "\"rest\": -1", "terms.rest: expected an integer"},
        {"\"listed\": {", "\"listed\": {\"xyz\": 1, ", "listed.xyz: expected a hash"},
        {"\"listed\": {", "\"listed\": {\"00000000000000ff\": 0, ", "expected a count of at least"},
        {"\"blocks\"", "\"block\"", "block: unknown key"},
        {"\"word+word\"", "\"word+gender\", \"word+name\"", "blocks: unknown ingredient \"name\""},
        {"\"word+word\"", "\"year+word\"", "blocks: \"word+year\" is there twice"},
        {"\"word+word\"", "1", "blocks: expected a list of texts"},
        {"{", "{{", "expected"},
    };
    fixture *f = *state;
    put_people(f);
    resolve_well(f, false, NULL);
    char *json = exported(f, 0);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char *wrong = replaced(json, cases[i].from, cases[i].to);
        refuse_model(f, wrong, cases[i].words);
        free(wrong);
    }
    refuse_model(f, NOTHING_COMPARED, "comparisons: a match model compares something");
    refuse_model(f, "[]", "expected an object");
    refuse_model(f, "{}", "\"records\" is missing");
    assert_int_equal(info_of(f, 0).version, 1);
    kith_error error = KITH_ERROR_INIT;
    assert_int_equal(resolve(f, true, json, &error), KITH_INVALID);
    assert_non_null(strstr(error.message, "not both"));
    kith_free(json);
}

/* Comparing */

static const kith_model_change *find_change(const kith_model_changes *changes, const char *name,
                                            const char *level) {
    for (size_t i = 0; i < kith_model_change_count(changes); i++) {
        const kith_model_change *change = kith_model_change_at(changes, i);
        bool same = level == NULL ? change->level == NULL
                                  : change->level != NULL && strcmp(change->level, level) == 0;
        if (same && strcmp(change->name, name) == 0) {
            return change;
        }
    }
    return NULL;
}

static void test_kinds_of_changes_have_names(void **state) {
    (void)state;
    assert_string_equal(kith_model_change_kind_name(KITH_MODEL_PRIOR), "prior");
    assert_string_equal(kith_model_change_kind_name(KITH_MODEL_THRESHOLD), "threshold");
    assert_string_equal(kith_model_change_kind_name(KITH_MODEL_COMPARISON), "comparison");
    assert_string_equal(kith_model_change_kind_name(KITH_MODEL_LEVEL), "level");
    assert_string_equal(kith_model_change_kind_name(KITH_MODEL_BLOCKS), "blocks");
    assert_string_equal(kith_model_change_kind_name((kith_model_change_kind)99), "unknown");
}

static void test_models_are_compared(void **state) {
    fixture *f = *state;
    kith_model_changes *changes = NULL;
    put_people(f);
    resolve_well(f, false, NULL);
    char *json = exported(f, 0);
    char *other = replaced(json, "\"link_at_bits\": 2.0", "\"link_at_bits\": 3.0");
    char *another = replaced(other, "\"gender\": {", "\"sex\": {");
    char *m = strstr(another, "\"equal\": {"), *end = strchr(m, ',');
    memset(m + 10, ' ', (size_t)(end - m) - 10); /* m of the equal names */
    memcpy(m + 12, "\"m\": 0.0001", 11);
    resolve_well(f, false, another);
    assert_int_equal(kith_model_compare(f->txn, 1, 2, &changes), KITH_OK);
    const kith_model_change *change = find_change(changes, "link_at", NULL);
    assert_non_null(change);
    assert_true(change->kind == KITH_MODEL_THRESHOLD && change->before == 2 && change->after == 3);
    change = find_change(changes, "name", "equal");
    assert_true(change != NULL && change->kind == KITH_MODEL_LEVEL);
    assert_true(change->before - change->after > 5);
    change = find_change(changes, "gender", NULL);
    assert_true(change != NULL && change->has_before && !change->has_after);
    change = find_change(changes, "sex", NULL);
    assert_true(change != NULL && !change->has_before && change->has_after);
    assert_null(find_change(changes, "prior", NULL));
    assert_int_equal(kith_model_change_count(changes),
                     5); /* the level counts against both rivals */
    assert_null(kith_model_change_at(changes, 5));
    kith_model_changes_free(changes);
    assert_int_equal(kith_model_compare(f->txn, 1, 1, &changes), KITH_OK);
    assert_int_equal(kith_model_change_count(changes), 0);
    kith_model_changes_free(changes);
    assert_int_equal(kith_model_compare(f->txn, 1, 3, &changes), KITH_NOT_FOUND);
    kith_free(json);
    free(other);
    free(another);
}

/* Definitions */

static void test_a_config_counts_when_a_model_is_learnt(void **state) {
    fixture *f = *state;
    put_people(f);
    resolve_well(f, false, NULL);
    apply(f, "{\"attributes\": {\"shoe_size\": {}, \"address\": {}}, \"match\": {\"comparisons\":"
             " {\"shoe_size\": \"number\", \"gender\": false, \"address\": \"text\"},"
             " \"link_at\": 3.5, \"review_at\": 1, \"block_cap\": 12, \"cohesion\": 0.5}}");
    kith_model_info info = info_of(f, 0);
    assert_true(info.version == 1 && !info.configured && info.link_at_bits == 2);
    resolve_well(f, true, NULL);
    info = info_of(f, 0);
    assert_true(info.version == 2 && info.configured);
    assert_true(info.link_at_bits == 3.5 && info.review_at_bits == 1 && info.known_at_bits == 1);
    assert_true(info.block_cap == 12 && info.cohesion == 0.5);
    char *json = exported(f, 0);
    assert_null(strstr(json, "\"gender\""));
    assert_non_null(strstr(json, "\"shoe_size\""));
    assert_non_null(strstr(json, "\"address_\"")); /* "address" is that of all its parts */
    kith_free(json);
    apply(f, "{\"match\": {\"comparisons\": {\"shoe_size\": false, \"gender\": true, \"address\":"
             " false}, \"link_at\": null, \"review_at\": null, \"block_cap\": null, \"cohesion\":"
             " null}}");
    resolve_well(f, true, NULL);
    kith_model_changes *changes = NULL;
    assert_int_equal(kith_model_compare(f->txn, 1, 3, &changes), KITH_OK);
    assert_int_equal(kith_model_change_count(changes), 0);
    kith_model_changes_free(changes);
}

/* Block keys */

/* Everybody's two records name a team of his own; two more agree in little else. */
static void put_teams(fixture *f) {
    apply(f,
          "{\"attributes\": {\"team\": {}}, \"match\": {\"comparisons\": {\"team\": \"text\"}}}");
    put_people(f);
    for (int i = 0; i < PEOPLE; i++) {
        char key[16], team[16];
        snprintf(key, sizeof key, "%d", i);
        snprintf(team, sizeof team, "Team %d", i);
        scratch_record(f->txn, kith_record_patch, "crm", key, 2, NULL, "team", team, NULL);
        scratch_record(f->txn, kith_record_patch, "shop", key, 2, NULL, "team", team, NULL);
    }
    scratch_record(f->txn, kith_record_put, "crm", "a", 1, NULL, "birth_date", "1950-03-04", "team",
                   "Harlequins", NULL);
    scratch_record(f->txn, kith_record_put, "shop", "b", 1, NULL, "birth_date", "1950-04-03",
                   "team", "Harlequins", NULL);
    commit(f);
}

/* Learns anew; how many pairs were compared. */
static uint64_t compared_by(fixture *f, const char *config) {
    kith_resolve_options options = KITH_RESOLVE_OPTIONS_INIT;
    kith_resolve_result result = KITH_RESOLVE_RESULT_INIT;
    kith_error error = KITH_ERROR_INIT;
    options.train = true;
    apply(f, config);
    kith_txn_abort(f->txn);
    assert_int_equal(kith_resolve(f->store, &options, &result, &error), KITH_OK);
    f->txn = scratch_begin(f->store, KITH_WRITE);
    commit(f); /* which also verifies */
    return result.compared_count;
}

static bool is_one(fixture *f, uint32_t a, uint32_t b) {
    kith_explanation *why = NULL;
    assert_int_equal(kith_explain_why(f->txn, a, b, &why), KITH_OK);
    bool same = kith_explanation_same(why);
    kith_explanation_free(why);
    return same;
}

static void test_a_config_sets_the_block_keys(void **state) {
    fixture *f = *state;
    put_teams(f);
    uint64_t usual = compared_by(f, "{}");
    assert_false(is_one(f, 2 * PEOPLE, 2 * PEOPLE + 1));
    assert_true(compared_by(f, "{\"match\": {\"blocks\": [\"word+word\"]}}") < usual);
    compared_by(f, "{\"match\": {\"blocks\": [\"word+word\", \"sound+date\", \"team\"]}}");
    assert_true(is_one(f, 2 * PEOPLE, 2 * PEOPLE + 1));
    /* The same for what comes afterwards. */
    scratch_record(f->txn, kith_record_put, "till", "c", 1, NULL, "birth_date", "1950-04-03",
                   "team", "harlequins", NULL);
    commit(f);
    assert_true(is_one(f, 2 * PEOPLE, 2 * PEOPLE + 2));
    compared_by(f, "{\"match\": {\"blocks\": null}}");
    assert_false(is_one(f, 2 * PEOPLE, 2 * PEOPLE + 1));
}

static void test_block_keys_are_of_the_model(void **state) {
    fixture *f = *state;
    kith_model_changes *changes = NULL;
    put_teams(f);
    resolve_well(f, false, NULL);
    apply(f, "{\"match\": {\"blocks\": [\"word+word\", \"team+word\"]}}");
    assert_false(info_of(f, 0).configured);
    resolve_well(f, true, NULL);
    apply(f, "{\"match\": {\"blocks\": [\"word+team\", \"word+word\"]}}");
    assert_true(info_of(f, 0).configured && info_of(f, 0).block_rule_count == 2);
    assert_int_equal(kith_model_compare(f->txn, 1, 2, &changes), KITH_OK);
    const kith_model_change *change = find_change(changes, "date", NULL);
    assert_true(change != NULL && change->kind == KITH_MODEL_BLOCKS);
    assert_true(change->has_before && !change->has_after);
    change = find_change(changes, "word+team", NULL);
    assert_true(change != NULL && !change->has_before && change->has_after);
    assert_null(find_change(changes, "word+word", NULL));
    kith_model_changes_free(changes);
    const kith_field team = {"team", kith_value_text("Harlequins")};
    kith_search_result *found = NULL;
    assert_int_equal(kith_search(f->txn, &team, 1, NULL, &found), KITH_INVALID);
    assert_non_null(strstr(kith_txn_error(f->txn)->message, "made of: word+team, word+word"));
    char *json = exported(f, 2);
    resolve_well(f, false, json);
    assert_true(info_of(f, 0).version == 3 && info_of(f, 0).configured);
    kith_free(json);
}

/* Where an attribute's comparison isn't called as the attribute is, its rules go with it. */
static void test_block_keys_of_a_comparison_of_another_name(void **state) {
    fixture *f = *state;
    kith_model_block_rule rule = KITH_MODEL_BLOCK_RULE_INIT;
    put_people(f);
    apply(
        f,
        "{\"attributes\": {\"address\": {}}, \"match\": {\"comparisons\": {\"address\": \"text\"},"
        " \"blocks\": [\"word+address\"]}}");
    resolve_well(f, false, NULL);
    kith_model *model = model_of(f, 0);
    assert_true(kith_model_block_rule_at(model, 0, &rule));
    assert_string_equal(rule.name, "word+address_");
    kith_model_free(model);
    assert_true(info_of(f, 0).configured);
}

static void test_a_model_compares_so_many_things(void **state) {
    fixture *f = *state;
    kith_error error = KITH_ERROR_INIT;
    put_people(f);
    apply(f, "{\"attributes\": {\"a\": {}, \"b\": {}, \"c\": {}}, \"match\": {\"comparisons\":"
             " {\"a\": \"text\", \"b\": \"number\", \"c\": \"code\"}}}");
    assert_int_equal(resolve(f, false, NULL, &error), KITH_INVALID);
    assert_non_null(strstr(error.message, "18 comparisons"));
    apply(f, "{\"match\": {\"comparisons\": {\"tax_id\": false, \"passport\": false}}}");
    resolve_well(f, false, NULL);
    assert_int_equal(info_of(f, 0).comparison_count, 16);
}

static void test_a_model_may_compare_nothing(void **state) {
    fixture *f = *state;
    char config[2048] = "{\"match\": {\"comparisons\": {";
    for (const kithi_standard *s = kithi_standards; s->attribute != NULL; s++) {
        size_t used = strlen(config);
        snprintf(config + used, sizeof config - used, "%s\"%s\": false",
                 s == kithi_standards ? "" : ", ", s->attribute);
    }
    strcat(config, "}}}");
    put_people(f);
    apply(f, config);
    resolve_well(f, false, NULL);
    assert_int_equal(profile_count(f), 2 * PEOPLE);
}

static void test_the_kinds_of_definitions_are_kinds(void **state) {
    (void)state;
    for (size_t i = 0; kithi_match_kinds[i] != NULL; i++) {
        const char *name = kithi_match_kinds[i];
        const kithi_kind_info *kind = kithi_kind_find(name, strlen(name));
        assert_non_null(kind);
        assert_true(kithi_role_fits(KITHI_ROLE_VALUE, kind->kind));
    }
}

/* What is compared by how near it is */

/* The level of two records' comparison, as its name. */
static const char *level_of(fixture *f, const char *comparison) {
    uint64_t rooms[2][KITHI_FEATURES_MAX_BYTES / 8];
    kithi_features *features[2] = {(kithi_features *)(void *)rooms[0],
                                   (kithi_features *)(void *)rooms[1]};
    kithi_model *model = kithi_model_new(kithi_txn_catalog(f->txn));
    const char *name = NULL;
    assert_non_null(model);
    for (uint32_t record = 0; record < 2; record++) {
        assert_int_equal(kithi_features_read(f->txn, model, record, features[record]), KITH_OK);
    }
    uint64_t pattern = kithi_pattern_of(model, features[0], features[1]);
    assert_int_equal(pattern, kithi_pattern_of(model, features[1], features[0]));
    for (size_t i = 0; i < model->comparison_count; i++) {
        if (strcmp(model->comparisons[i].name, comparison) == 0) {
            name = model->comparisons[i].kind->level_names[kithi_pattern_level(pattern, i)];
        }
    }
    kithi_model_free(model);
    return name;
}

static void test_numbers(void **state) {
    static const struct {
        const char *a, *b, *level;
    } cases[] = {
        {"42", "42", "equal"},
        {"42", "42.000", "equal"},
        {"1,234.50", "1.234,5", "equal"},
        {"100", "101", "within 1 %"},
        {"100", "99", "within 1 %"},
        {"100", "98.99", "within 5 %"},
        {"100", "95", "within 5 %"},
        {"100", "94.9", "within 20 %"},
        {"100", "80", "within 20 %"},
        {"100", "79.9", "different"},
        {"-100", "-99", "within 1 %"},
        {"-1", "1", "different"},
        {"0", "0.000001", "different"},
        {"9000000000000", "9000000000001", "within 1 %"},
        {"9000000000000", "-9000000000000", "different"},
        {"100", "many", "missing"},
    };
    fixture *f = *state;
    apply(f, "{\"attributes\": {\"size\": {}}, \"match\": {\"comparisons\": {\"size\": "
             "\"number\"}}}");
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        scratch_record(f->txn, kith_record_put, "crm", "a", (int64_t)i, NULL, "size", cases[i].a,
                       NULL);
        scratch_record(f->txn, kith_record_put, "crm", "b", (int64_t)i, NULL, "size", cases[i].b,
                       NULL);
        const char *level = level_of(f, "size");
        if (strcmp(level, cases[i].level) != 0) {
            fail_msg("%s and %s are %s", cases[i].a, cases[i].b, level);
        }
    }
}

static void test_places(void **state) {
    static const struct {
        const char *a_latitude, *a_longitude, *b_latitude, *b_longitude, *level;
    } cases[] = {
        {"48.8584", "2.2945", "48.8584", "2.2945", "within 100 m"},
        {"48.8584", "2.2945", "48.8590", "2.2950", "within 100 m"}, /* 76 m */
        {"48.8584", "2.2945", "48.8606", "2.2976", "within 1 km"},  /* 333 m */
        {"48.8584", "2.2945", "48.8606", "2.3376", "within 10 km"}, /* 3.2 km */
        {"48.8584", "2.2945", "48.8049", "2.1204", "within 50 km"}, /* 14 km: Versailles */
        {"48.8584", "2.2945", "49.8941", "2.3022", "different"},    /* 115 km: Amiens */
        {"0", "179.9996", "0", "-179.9997", "within 100 m"},
        {"-17.5", "-179.9996", "-17.5", "179.9900", "within 10 km"},
        {"90", "10", "90", "-120", "within 100 m"},
        {"0", "0", "0", "0", "missing"},
        {"48.8584", NULL, "48.8584", "2.2945", "missing"},
        {"95", "2.2945", "95", "2.2945", "missing"},
        {"10", "181", "10", "181", "missing"},
    };
    fixture *f = *state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        scratch_record(f->txn, kith_record_put, "crm", "a", (int64_t)i, NULL, "latitude",
                       cases[i].a_latitude, "longitude", cases[i].a_longitude, NULL);
        scratch_record(f->txn, kith_record_put, "crm", "b", (int64_t)i, NULL, "latitude",
                       cases[i].b_latitude, "longitude", cases[i].b_longitude, NULL);
        const char *level = level_of(f, "location");
        if (strcmp(level, cases[i].level) != 0) {
            fail_msg("case %zu: %s", i, level);
        }
    }
}

static double metres_between(kithi_point a, kithi_point b) {
    double degree = acos(-1) / 180 / 1e6;
    double across = sin((a.longitude - (double)b.longitude) * degree / 2);
    double along = sin((a.latitude - (double)b.latitude) * degree / 2);
    double h =
        along * along + cos(a.latitude * degree) * cos(b.latitude * degree) * across * across;
    return 2 * 6371008.8 * asin(sqrt(h));
}

/* In whole numbers as in real ones, all over the globe. */
static void test_distances(void **state) {
    (void)state;
    uint64_t random = 7;
    for (int i = 0; i < 20000; i++) {
        int32_t step = (int32_t)1 << (i % 23);
        kithi_point a, b;
        random = random * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
        a.latitude = (int32_t)(random >> 33) % 90000001 * (i % 2 ? 1 : -1);
        a.longitude = (int32_t)(random >> 20 & 0x7fffffff) % 180000001 * (i % 3 ? 1 : -1);
        b.latitude = a.latitude + (int32_t)(random >> 40) % step;
        b.longitude = a.longitude + (int32_t)(random >> 34) % step;
        b.latitude = b.latitude > 90000000 ? 90000000 : b.latitude;
        b.longitude = b.longitude > 180000000 ? b.longitude - 360000000 : b.longitude;
        double metres = metres_between(a, b);
        if (metres > 900000) {
            continue;
        }
        uint32_t above = (uint32_t)ceil(metres * 1.0005 + 1);
        uint32_t below = metres > 2 ? (uint32_t)(metres * 0.9995 - 1) : 0;
        if (!kithi_points_within(a, b, above) || (below > 0 && kithi_points_within(b, a, below))) {
            fail_msg("(%d, %d) and (%d, %d) are %.2f m apart", a.latitude, a.longitude, b.latitude,
                     b.longitude, metres);
        }
    }
}

/* Sources without duplicates */

static void assert_step(fixture *f, uint32_t a, uint32_t b, bool same, const char *rule,
                        const char *detail) {
    kith_explanation *why = NULL;
    assert_int_equal(kith_explain_why(f->txn, a, b, &why), KITH_OK);
    assert_int_equal(kith_explanation_same(why), same);
    bool found = rule == NULL;
    for (size_t i = 0; i < kith_explanation_step_count(why) && !found; i++) {
        const kith_step *step = kith_explanation_step(why, i);
        found = step->rule != NULL && strcmp(step->rule, rule) == 0 &&
                strcmp(step->detail, detail) == 0;
    }
    assert_true(found);
    kith_explanation_free(why);
}

static void put_email(fixture *f, const char *source, const char *key, int64_t at_us) {
    assert_int_equal(scratch_record(f->txn, kith_record_put, source, key, at_us, NULL, "email",
                                    "ann@mail.example", NULL),
                     KITH_OK);
}

static void test_a_source_without_duplicates(void **state) {
    fixture *f = *state;
    put_email(f, "crm", "1", 1);
    put_email(f, "shop", "1", 2);
    put_email(f, "crm", "2", 3);
    commit(f);
    assert_int_equal(profile_count(f), 1);
    apply(f, "{\"sources\": {\"crm\": {\"distinct\": true}}}");
    assert_int_equal(profile_count(f), 2);
    assert_step(f, 0, 1, true, NULL, NULL);
    assert_step(f, 0, 2, false, "source", "crm");
    assert_int_equal(kith_record_link(f->txn, "crm", "1", "crm", "2", "ann", 4, NULL), KITH_OK);
    commit(f);
    assert_int_equal(profile_count(f), 1);
    put_email(f, "crm", "3", 5); /* what a person allowed for one isn't so for a third */
    commit(f);
    assert_int_equal(profile_count(f), 2);
    apply(f, "{\"sources\": {\"crm\": {\"distinct\": false}}}");
    assert_int_equal(profile_count(f), 1);
}

static void test_scored_links_respect_it(void **state) {
    fixture *f = *state;
    put_people(f);
    put(f, "crm", "again", "Nora", "Dubois", "1940-01-01");
    put(f, "crm", "more", "Nora", "Dubois", "1940-01-01");
    commit(f);
    resolve_well(f, false, NULL);
    assert_step(f, 2 * PEOPLE, 2 * PEOPLE + 1, true, NULL, NULL);
    apply(f, "{\"sources\": {\"crm\": {\"distinct\": true}}}");
    assert_step(f, 2 * PEOPLE, 2 * PEOPLE + 1, false, "source", "crm");
    resolve_well(f, false, NULL);
    assert_step(f, 2 * PEOPLE, 2 * PEOPLE + 1, false, "source", "crm");
}

/* Explained */

static const kith_pair_comparison *find_compared(const kith_pair_report *report, const char *name) {
    for (size_t i = 0; i < kith_pair_report_comparison_count(report); i++) {
        const kith_pair_comparison *c = kith_pair_report_comparison(report, i);
        if (strcmp(c->name, name) == 0) {
            return c;
        }
    }
    fail_msg("%s isn't compared", name);
    return NULL;
}

static void test_what_is_compared_is_shown(void **state) {
    fixture *f = *state;
    kith_pair_report *report = NULL;
    put_people(f);
    resolve_well(f, false, NULL);
    for (int i = 0; i < 2; i++) {
        assert_int_equal(scratch_record(f->txn, kith_record_put, "till", i == 0 ? "a" : "b", 1,
                                        NULL, "gender", "male", "latitude", "48.8584", "longitude",
                                        i == 0 ? "2.2945" : "2.2950", NULL),
                         KITH_OK);
    }
    commit(f);
    assert_int_equal(kith_explain_pair(f->txn, 2 * PEOPLE, 2 * PEOPLE + 1, &report), KITH_OK);
    const kith_pair_comparison *c = find_compared(report, "location");
    assert_string_equal(c->kind, "geo");
    assert_string_equal(c->level_name, "within 100 m");
    assert_string_equal(c->value_a, "48.8584, 2.2945");
    assert_string_equal(c->value_b, "48.8584, 2.295");
    assert_string_equal(find_compared(report, "gender")->value_a, "male");
    kith_pair_report_free(report);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(test_no_model_yet),
        TEST(test_a_place_for_the_result_is_required),
        TEST(test_models_are_looked_at),
        TEST(test_an_export_comes_back),
        TEST(test_a_model_that_is_given_holds_at_once),
        TEST(test_a_model_goes_to_another_store),
        TEST(test_what_is_no_model_is_refused),
        TEST(test_kinds_of_changes_have_names),
        TEST(test_models_are_compared),
        TEST(test_a_config_counts_when_a_model_is_learnt),
        TEST(test_a_config_sets_the_block_keys),
        TEST(test_block_keys_are_of_the_model),
        TEST(test_block_keys_of_a_comparison_of_another_name),
        TEST(test_a_model_compares_so_many_things),
        TEST(test_a_model_may_compare_nothing),
        cmocka_unit_test(test_the_kinds_of_definitions_are_kinds),
        TEST(test_numbers),
        TEST(test_places),
        cmocka_unit_test(test_distances),
        TEST(test_a_source_without_duplicates),
        TEST(test_scored_links_respect_it),
        TEST(test_what_is_compared_is_shown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
