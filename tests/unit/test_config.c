/*
 * Definitions: what a config may say, where an error in it stands, that a refused one changes
 * nothing, and that changed rules hold for the records that are there already.
 */
#include <jansson.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "src/store/catalog.h"
#include "tests/fault/scratch.h"

typedef struct fixture {
    char folder[SCRATCH_PATH_BYTES];
    char path[SCRATCH_PATH_BYTES];
    kith *store;
} fixture;

static int set_up(void **state) {
    fixture *f = calloc(1, sizeof *f);
    assert_non_null(f);
    scratch_make(f->folder);
    scratch_path(f->path, f->folder, "store.kith");
    f->store = scratch_open(f->path, KITH_CREATE_NEW);
    *state = f;
    return 0;
}

static int tear_down(void **state) {
    fixture *f = *state;
    kith_close(f->store);
    scratch_remove(f->folder);
    free(f);
    return 0;
}

static void apply(fixture *f, const char *json) {
    kith_txn *txn = scratch_begin(f->store, KITH_WRITE);
    if (kith_config_apply(txn, json, strlen(json)) != KITH_OK) {
        fail_msg("%s", kith_txn_error(txn)->message);
    }
    scratch_commit(txn);
}

/* The definitions in force; owned. */
static char *definitions(fixture *f) {
    char *json = NULL;
    kith_txn *txn = scratch_begin(f->store, KITH_READ);
    assert_int_equal(kith_config_get(txn, &json), KITH_OK);
    kith_txn_abort(txn);
    return json;
}

/* What stands at a path of keys such as "identifiers.email.unique"; owned. */
static json_t *defined(fixture *f, const char *keys) {
    char path[128];
    char *json = definitions(f), *rest = NULL;
    json_t *root = json_loads(json, 0, NULL), *at = root;
    assert_non_null(root);
    snprintf(path, sizeof path, "%s", keys);
    for (char *key = strtok_r(path, ".", &rest); key != NULL; key = strtok_r(NULL, ".", &rest)) {
        at = json_object_get(at, key);
        if (at == NULL) {
            fail_msg("no %s in %s", keys, json);
        }
    }
    json_incref(at);
    json_decref(root);
    kith_free(json);
    return at;
}

static void assert_defined(fixture *f, const char *keys, const char *expected) {
    json_t *at = defined(f, keys);
    char *text = json_dumps(at, JSON_ENCODE_ANY | JSON_COMPACT);
    assert_string_equal(text, expected);
    free(text);
    json_decref(at);
}

/* Refused, at the place where `mark` stands in the text, with these words, and nothing has changed.
 */
static void refuse(fixture *f, const char *json, const char *mark, const char *words) {
    char place[64];
    char *before = definitions(f);
    const char *at = mark != NULL ? strstr(json, mark) : json + strlen(json);
    assert_non_null(at);
    int line = 1, column = 1;
    for (const char *c = json; c < at; c++) {
        line += *c == '\n';
        column = *c == '\n' ? 1 : column + 1;
    }
    snprintf(place, sizeof place, "line %d column %d", line, column);
    kith_txn *txn = scratch_begin(f->store, KITH_WRITE);
    assert_int_equal(kith_config_apply(txn, json, strlen(json)), KITH_INVALID);
    const kith_error *error = kith_txn_error(txn);
    if (strstr(error->message, place) == NULL || strstr(error->message, words) == NULL ||
        error->position != at - json) {
        fail_msg("not '%s' with '%s' at %td but at %lld: %s", place, words, at - json,
                 (long long)error->position, error->message);
    }
    kith_error last = KITH_ERROR_INIT;
    assert_int_equal(kith_txn_commit(txn, &last), KITH_MISUSE); /* it can only be aborted */
    char *after = definitions(f);
    assert_string_equal(before, after);
    kith_free(before);
    kith_free(after);
}

/* The preset */

static void test_preset(void **state) {
    static const char *const identifiers[] = {
        "loyalty_id",    "national_id",    "user_id",   "email",        "phone",
        "wechat_openid", "wechat_unionid", "device_id", "anonymous_id", "external_id"};
    static const char *const attributes[] = {
        "given_name", "family_name", "full_name", "birth_date", "gender",   "address_line", "city",
        "state",      "postcode",    "country",   "company",    "language", "time_zone"};
    for (size_t i = 0; i < sizeof identifiers / sizeof identifiers[0]; i++) {
        char path[64];
        snprintf(path, sizeof path, "identifiers.%s.priority", identifiers[i]);
        json_decref(defined(*state, path));
    }
    for (size_t i = 0; i < sizeof attributes / sizeof attributes[0]; i++) {
        char path[64];
        snprintf(path, sizeof path, "attributes.%s.type", attributes[i]);
        json_decref(defined(*state, path));
    }
    assert_defined(*state, "attributes.birth_date.type", "\"date\"");
    assert_defined(*state, "identifiers.loyalty_id.unique", "true");
    assert_defined(*state, "identifiers.email.veto", "[\"given_name\",\"birth_date\"]");
    assert_defined(*state, "region", "\"auto\"");
}

/* Each field may be overridden alone; what a config doesn't name stays. */
static void test_override(void **state) {
    static const struct {
        const char *json, *path, *expected;
    } cases[] = {
        {"{\"region\": \"CN\"}", "region", "\"CN\""},
        {"{\"sums\": [\"a\", \"\xE9\x87\x91\"]}", "sums", "[\"a\",\"\xE9\x87\x91\"]"},
        {"{\"sources\": {\"crm\": {\"trust\": 90}}}", "sources.crm",
         "{\"trust\":90,\"kind\":\"first_party\",\"distinct\":false}"},
        {"{\"sources\": {\"crm\": {\"kind\": \"third_party\"}}}", "sources.crm",
         "{\"trust\":90,\"kind\":\"third_party\",\"distinct\":false}"},
        {"{\"sources\": {\"crm\": {\"distinct\": true}}}", "sources.crm",
         "{\"trust\":90,\"kind\":\"third_party\",\"distinct\":true}"},
        {"{\"match\": {\"comparisons\": {\"gender\": false, \"note\": \"text\"}}}", "match",
         "{\"comparisons\":{\"gender\":false,\"note\":\"text\"}}"},
        {"{\"match\": {\"link_at\": 3.25, \"review_at\": -1}}", "match",
         "{\"comparisons\":{\"gender\":false,\"note\":\"text\"},\"link_at\":3.25,\"review_at\":-1."
         "0}"},
        {"{\"match\": {\"comparisons\": {\"gender\": true, \"note\": \"category\"}, \"link_at\": "
         "null, \"block_cap\": 20}}",
         "match", "{\"comparisons\":{\"note\":\"category\"},\"review_at\":-1.0,\"block_cap\":20}"},
        {"{\"match\": {\"cohesion\": 0.25}}", "match.cohesion", "0.25"},
        {"{\"match\": {\"blocks\": [\"email\", \"year+word\", \"note+word\"]}}", "match.blocks",
         "[\"word+note\",\"email\",\"word+year\"]"},
        {"{\"match\": {\"review_at\": null}}", "match",
         "{\"comparisons\":{\"note\":\"category\"},\"block_cap\":20,\"cohesion\":0.25,\"blocks\":["
         "\"word+note\",\"email\",\"word+year\"]}"},
        {"{\"match\": {\"blocks\": null}}", "match",
         "{\"comparisons\":{\"note\":\"category\"},\"block_cap\":20,\"cohesion\":0.25}"},
        {"{\"attributes\": {\"city\": {\"survivorship\": \"longest\"}}}", "attributes.city",
         "{\"type\":\"text\",\"survivorship\":\"longest\"}"},
        {"{\"attributes\": {\"city\": {\"type\": \"any\"}}}", "attributes.city",
         "{\"type\":\"any\",\"survivorship\":\"longest\"}"},
        {"{\"attributes\": {\"height\": {\"type\": \"real\"}}}", "attributes.height.type",
         "\"real\""},
        {"{\"attributes\": {\"email\": {\"survivorship\": \"latest\"}}}",
         "identifiers.email.survivorship", "\"latest\""},
        {"{\"identifiers\": {\"email\": {\"normalise\": \"exact\"}}}",
         "identifiers.email.normalise", "\"exact\""},
        {"{\"identifiers\": {\"email\": {\"unique\": true}}}", "identifiers.email.unique", "true"},
        {"{\"identifiers\": {\"email\": {\"limit\": 3}}}", "identifiers.email.limit", "3"},
        {"{\"identifiers\": {\"email\": {\"priority\": 65535}}}", "identifiers.email.priority",
         "65535"},
        {"{\"identifiers\": {\"email\": {\"generic_at\": {\"names\": 4}}}}",
         "identifiers.email.generic_at", "{\"names\":4,\"nameless\":50}"},
        {"{\"identifiers\": {\"email\": {\"generic_at\": {\"nameless\": 0}}}}",
         "identifiers.email.generic_at", "{\"names\":4,\"nameless\":0}"},
        {"{\"identifiers\": {\"email\": {\"veto\": [\"gender\"]}}}", "identifiers.email.veto",
         "[\"gender\"]"},
        {"{\"attributes\": {\"hair\": {}}, \"identifiers\": {\"email\": {\"veto\": [\"hair\"]}}}",
         "identifiers.email.veto", "[\"hair\"]"},
        {"{\"identifiers\": {\"email\": {\"veto\": [\"pin\"]}, \"pin\": {}}}",
         "identifiers.email.veto", "[\"pin\"]"},
        {"{\"identifiers\": {\"email\": {\"veto\": []}}}", "identifiers.email.veto", "[]"},
        {"{\"identifiers\": {\"email\": {\"blocked\": []}}}", "identifiers.email.blocked", "[]"},
        {"{\"identifiers\": {\"card\": {}}}", "identifiers.card",
         "{\"type\":\"text\",\"survivorship\":\"union\",\"normalise\":\"exact\",\"unique\":false,"
         "\"limit\":0,\"generic_at\":{\"names\":0,\"nameless\":0},\"veto\":[],\"priority\":0,"
         "\"blocked\":[]}"},
        {"{\"event_types\": {\"order\": {}}}", "event_types.order", "{}"},
        {"{\"event_types\": {\"order\": {\"sums\": []}}}", "event_types.order", "{\"sums\":[]}"},
        {"{\"event_types\": {\"order\": {\"sums\": [\"tip\"]}}}", "event_types.order.sums",
         "[\"tip\"]"},
        {"{\"preset\": \"retail\"}", "region", "\"CN\""},
        {" {} ", "region", "\"CN\""},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        apply(*state, cases[i].json);
        assert_defined(*state, cases[i].path, cases[i].expected);
    }
}

/* Errors */

static void test_a_byte_order_mark(void **state) {
    fixture *f = *state;
    static const char wrong[] = "\xEF\xBB\xBF{\"region\": \"CN\", \"size\": 1}";
    static const char fine[] = "\xEF\xBB\xBF{\"region\": \"CN\"}";
    kith_txn *txn = scratch_begin(f->store, KITH_WRITE);
    assert_int_equal(kith_config_apply(txn, wrong, strlen(wrong)), KITH_INVALID);
    /* The column is as editors show it, the position as the bytes stand. */
    assert_non_null(strstr(kith_txn_error(txn)->message, "line 1 column 18,"));
    assert_int_equal(kith_txn_error(txn)->position, strstr(wrong, "\"size") - wrong);
    kith_txn_abort(txn);
    txn = scratch_begin(f->store, KITH_WRITE);
    assert_int_equal(kith_config_apply(txn, fine, strlen(fine)), KITH_OK);
    scratch_commit(txn);
    assert_defined(f, "region", "\"CN\"");
}

static void test_syntax(void **state) {
    refuse(*state, "{\"region\": \"CN\",\n \"sums\": [1 2]}", "2]", "");
    refuse(*state, "{\"region\": \"CN\"} x", "x", "");
    refuse(*state, "[]", "[", "expected an object");
    refuse(*state, "\n\n  [1]", "[", "expected an object");
    refuse(*state, "{\"region\": \"CN\", \"region\": \"US\"}", "\": \"US", "duplicate");
}

/* A text that ends too soon: the place is its end, or the last byte of it. */
static void test_half_a_text(void **state) {
    fixture *f = *state;
    static const char json[] = "{\"identifiers\": {\"email\": {\"unique\": true}}}";
    for (size_t size = 0; size < sizeof json - 1; size++) {
        kith_txn *txn = scratch_begin(f->store, KITH_WRITE);
        assert_int_equal(kith_config_apply(txn, json, size), KITH_INVALID);
        const kith_error *error = kith_txn_error(txn);
        assert_non_null(strstr(error->message, "config, line 1 column "));
        assert_true(error->position >= 0 && error->position <= (int64_t)size);
        kith_txn_abort(txn);
    }
}

static void test_unknown_keys(void **state) {
    refuse(*state, "{\n  \"regoin\": \"CN\"\n}", "\"regoin",
           "unknown key; known are preset, region");
    refuse(*state, "{\"sources\": {\"crm\":\n {\"trsut\": 1}}}", "\"trsut", "sources.crm.trsut");
    refuse(*state, "{\"identifiers\": {\"email\": {\"uniqe\": true}}}", "\"uniqe",
           "identifiers.email.uniqe");
    refuse(*state, "{\"identifiers\": {\"email\": {\"generic_at\": {\"name\": 1}}}}", "\"name\"",
           "identifiers.email.generic_at.name: unknown key; known are names, nameless");
    refuse(*state, "{\"event_types\": {\"order\": {\"sum\": []}}}", "\"sum\"", "known are sums");
    refuse(*state, "{\"attributes\": {\"city\": {\"unique\": true}}}", "\"unique",
           "known are type");
}

static void test_wrong_values(void **state) {
    static const struct {
        const char *json, *mark, *words;
    } cases[] = {
        {"{\"preset\": \"bank\"}", "\"preset", "the one preset there is"},
        {"{\"preset\": 1}", "\"preset", "the one preset there is"},
        {"{\"region\": 86}", "\"region", "a region of the world"},
        {"{\"region\": \"China\"}", "\"region", "a region of the world"},
        {"{\"region\": \"XX\"}", "\"region", "a region of the world"},
        {"{\"region\": \"1!\"}", "\"region", "a region of the world"},
        {"{\"sums\": \"a\"}", "\"sums", "list of at most 1000 texts"},
        {"{\"sums\": [1]}", "\"sums", "a list of texts"},
        {"{\"sources\": []}", "\"sources", "expected an object"},
        {"{\"sources\": {\"crm\": 5}}", "\"crm", "sources.crm: expected an object"},
        {"{\"sources\": {\"crm\": {\"trust\": 101}}}", "\"trust", "from 0 to 100"},
        {"{\"sources\": {\"crm\": {\"trust\": -1}}}", "\"trust", "from 0 to 100"},
        {"{\"sources\": {\"crm\": {\"trust\": 1.5}}}", "\"trust", "an integer"},
        {"{\"sources\": {\"crm\": {\"trust\": \"9\"}}}", "\"trust", "an integer"},
        {"{\"sources\": {\"crm\": {\"kind\": \"mine\"}}}", "\"kind", "first_party"},
        {"{\"sources\": {\"crm\": {\"kind\": null}}}", "\"kind", "first_party"},
        {"{\"sources\": {\"crm\": {\"distinct\": 1}}}", "\"distinct", "true or false"},
        {"{\"match\": []}", "\"match", "expected an object"},
        {"{\"match\": {\"links\": 1}}", "\"links", "match.links: unknown key"},
        {"{\"match\": {\"link_at\": \"2\"}}", "\"link_at", "a number from -64 to 64"},
        {"{\"match\": {\"link_at\": 1, \"review_at\": 2.5}}", "\"match",
         "review_at, 2.5, would be above link_at, 1: give both"},
        {"{\"match\": {\"review_at\": 5}}", "\"match",
         "review_at, 5, would be above link_at, 2: give both"},
        {"{\"match\": {\"link_at\": -6}}", "\"match",
         "review_at, -4, would be above link_at, -6: give both"},
        {"{\"match\": {\"block_cap\": 1}}", "\"block_cap", "a number from 2 to 65535"},
        {"{\"match\": {\"cohesion\": 1.5}}", "\"cohesion", "a number from 0 to 1"},
        {"{\"match\": {\"blocks\": \"email\"}}", "\"blocks", "list of at most 1000 texts"},
        {"{\"match\": {\"blocks\": [[\"email\"]]}}", "\"blocks", "a list of texts"},
        {"{\"match\": {\"blocks\": []}}", "\"blocks", "expected a rule, or null"},
        {"{\"match\": {\"blocks\": [\"email\", \"word+yaer\"]}}", "\"blocks",
         "match.blocks: unknown ingredient \"yaer\" in \"word+yaer\"; there are word, sound, year"},
        {"{\"match\": {\"blocks\": [\"word+city\"]}}", "\"blocks", "ingredient \"city\" in"},
        {"{\"match\": {\"comparisons\": {\"city\": false}, \"blocks\": [\"word+city\"]}}",
         "\"blocks", "and what \"comparisons\" compares as text, category"},
        {"{\"match\": {\"comparisons\": {\"city\": \"email\"}, \"blocks\": [\"word+city\"]}}",
         "\"blocks", "unknown ingredient \"city\""},
        {"{\"match\": {\"blocks\": [\"email\", \"year+word\", \"word+year\"]}}", "\"blocks",
         "\"word+year\" is there twice"},
        {"{\"match\": {\"comparisons\": {\"city\": \"geo\"}}}", "\"city", "expected a kind"},
        {"{\"match\": {\"comparisons\": {\"city\": 1}}}", "\"city", "expected a kind"},
        {"{\"match\": {\"comparisons\": {\"citty\": \"text\"}}}", "\"citty",
         "did you mean 'city'?"},
        {"{\"attributes\": {\"a\": {\"type\": \"list\"}}}", "\"type", "any, text, integer"},
        {"{\"attributes\": {\"a\": {\"survivorship\": \"newest\"}}}", "\"survivorship", "latest"},
        {"{\"identifiers\": {\"a\": {\"normalise\": \"fax\"}}}", "\"normalise", "email, phone"},
        {"{\"identifiers\": {\"a\": {\"unique\": 1}}}", "\"unique", "true or false"},
        {"{\"identifiers\": {\"a\": {\"limit\": 65536}}}", "\"limit", "from 0 to 65535"},
        {"{\"identifiers\": {\"a\": {\"generic_at\": 8}}}", "\"generic_at", "expected an object"},
        {"{\"identifiers\": {\"a\": {\"generic_at\": {\"names\": 61}}}}", "\"names", "0 to 60"},
        {"{\"identifiers\": {\"a\": {\"veto\": [1]}}}", "\"veto", "a list of texts"},
        {"{\"identifiers\": {\"a\": {\"veto\": "
         "[\"1\",\"2\",\"3\",\"4\",\"5\",\"6\",\"7\",\"8\",\"9\"]}}}",
         "\"veto", "at most 8"},
        {"{\"identifiers\": {\"a\": {\"veto\": [\"\"]}}}", "\"veto", "1 to 255 bytes"},
        {"{\"identifiers\": {\"a\": {\"blocked\": {}}}}", "\"blocked", "texts"},
        {"{\"event_types\": {\"order\": {\"sums\": [[]]}}}", "\"sums", "texts"},
        {"{\"sources\": {\"\": {}}}", "\"\"", "a name of a source has 1 to 255 bytes"},
        {"{\"attributes\": {\"a\\tb\": {}}}", "\"attributes", "no control characters"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        refuse(*state, cases[i].json, cases[i].mark, cases[i].words);
    }
}

/* Also the one of an earlier config. */
static void test_a_threshold_goes_with_the_other_in_force(void **state) {
    apply(*state, "{\"match\": {\"link_at\": 6, \"review_at\": 5}}");
    refuse(*state, "{\"match\": {\"link_at\": null}}", "\"match",
           "review_at, 5, would be above link_at, 2: give both");
    refuse(*state, "{\"match\": {\"link_at\": 4}}", "\"match",
           "review_at, 5, would be above link_at, 4: give both");
    apply(*state, "{\"match\": {\"link_at\": 5}}");
    apply(*state, "{\"match\": {\"link_at\": null, \"review_at\": null}}");
    apply(*state, "{\"match\": {\"review_at\": 2}}");
}

/* What a rule is made of stays compared as long as there is the rule. */
static void test_blocks_need_their_comparisons(void **state) {
    static const char config[] = "{\"attributes\": {\"hue\": {}}, \"match\": {\"comparisons\": "
                                 "{\"hue\": \"text\"}, \"blocks\": [\"word+hue\"]}}";
    apply(*state, config);
    refuse(*state, "{\"match\":\n {\"comparisons\": {\"hue\": false}}}", "\"match",
           "match.blocks: unknown ingredient \"hue\" in \"word+hue\"");
    apply(*state, "{\"match\": {\"comparisons\": {\"hue\": \"code\"}}}");
    apply(*state, "{\"match\": {\"comparisons\": {\"hue\": false}, \"blocks\": null}}");
}

/* A veto names attributes that are there, or that the config defines. */
static void test_veto_by_unknown_attributes(void **state) {
    refuse(*state, "{\"identifiers\": {\n \"email\": {\"veto\": [\"given_name\", \"birthdate\"]}}}",
           "\"veto", "no attribute is called 'birthdate'; did you mean 'birth_date'?");
    refuse(*state, "{\"identifiers\": {\"email\": {\"veto\": [\"Given Name\"]}}}", "\"veto",
           "did you mean 'given_name'?");
    refuse(*state, "{\"identifiers\": {\"email\": {\"veto\": [\"gedner\"]}}}", "\"veto",
           "did you mean 'gender'?");
    refuse(*state, "{\"identifiers\": {\"email\": {\"veto\": [\"pim\"]}, \"pin\": {}}}", "\"veto",
           "did you mean 'pin'?");
    refuse(*state, "{\"identifiers\": {\"email\": {\"veto\": [\"hair\"]}}}", "\"veto",
           "no attribute is called 'hair'; one of your own is declared under \"attributes\"");
    refuse(*state, "{\"identifiers\": {\"email\": {\"veto\": [\"x\"]}}}", "\"veto",
           "no attribute is called 'x'; one");
}

/* Eight attributes veto for a type, and 64 for all types together. */
static void test_many_vetoes(void **state) {
    char json[8192];
    size_t used = (size_t)snprintf(json, sizeof json, "{\"attributes\": {");
    for (int i = 0; i < 72; i++) {
        used += (size_t)snprintf(json + used, sizeof json - used, "%s\"a%d\": {}",
                                 i > 0 ? ", " : "", i);
    }
    used += (size_t)snprintf(json + used, sizeof json - used, "}, \"identifiers\": {");
    for (int i = 0; i < 72; i += 8) {
        used += (size_t)snprintf(json + used, sizeof json - used, "%s\"i%d\": {\"veto\": [",
                                 i > 0 ? ", " : "", i);
        for (int j = i; j < i + 8; j++) {
            used += (size_t)snprintf(json + used, sizeof json - used, "%s\"a%d\"",
                                     j > i ? ", " : "", j);
        }
        used += (size_t)snprintf(json + used, sizeof json - used, "]}");
    }
    snprintf(json + used, sizeof json - used, "}}");
    refuse(*state, json, "\"identifiers", "more than 64 different attributes veto");
}

/* What comes before the error is not kept either. */
static void test_all_or_nothing(void **state) {
    refuse(*state,
           "{\"region\": \"CN\", \"attributes\": {\"shoe\": {\"type\": \"real\"}},"
           " \"sources\": {\"crm\": {\"trust\": 5}}, \"event_types\": {\"order\": {\"sums\": 1}}}",
           "\"sums\"", "texts");
    fixture *f = *state;
    kith_txn *txn = scratch_begin(f->store, KITH_WRITE);
    assert_int_equal(kith_config_apply(txn, NULL, 0), KITH_INVALID);
    assert_int_equal(scratch_record(txn, kith_record_put, "crm", "1", 1, NULL, NULL), KITH_MISUSE);
    kith_txn_abort(txn);
}

static void test_round_trip(void **state) {
    fixture *f = *state;
    apply(
        f,
        "{\"region\": \"JP\", \"sources\": {\"\\u5e97\": {\"trust\": 0, \"kind\": "
        "\"second_party\"}}, \"identifiers\": {\"a \\\"b\\\" c\": {\"blocked\": [\"\\u00e9*\", "
        "\"\\\\\"], \"veto\": [\"hue\"]}}, \"attributes\": {\"hue\": {}}, \"event_types\": "
        "{\"x\": {\"sums\": []}, \"y\": {}}, \"match\": {\"comparisons\": {\"hue\": \"category\", "
        "\"gender\": false}, \"link_at\": 2.75, \"cohesion\": 0.3333, \"blocks\": [\"word+hue\", "
        "\"street+area\", \"email\"]}}");
    char *first = definitions(f);
    apply(f, first);
    char *second = definitions(f);
    assert_string_equal(first, second);
    kith_free(second);
    /* Into another store: the same definitions, however their numbers are given. */
    kith_open_options options = KITH_OPEN_OPTIONS_INIT;
    kith_error error = KITH_ERROR_INIT;
    kith *own = f->store;
    char path[SCRATCH_PATH_BYTES];
    scratch_path(path, f->folder, "second.kith");
    options.flags = KITH_CREATE_NEW;
    options.config = first;
    assert_int_equal(kith_open(path, &options, &f->store, &error), KITH_OK);
    second = definitions(f);
    json_t *a = json_loads(first, 0, NULL), *b = json_loads(second, 0, NULL);
    assert_true(json_equal(a, b));
    json_decref(a);
    json_decref(b);
    kith_free(second);
    kith_free(first);
    kith_close(f->store);
    f->store = own;
}

/* A config seen by its own transaction before anybody else. */
static void test_in_a_transaction(void **state) {
    fixture *f = *state;
    char *inside = NULL;
    static const char json[] = "{\"identifiers\": {\"card\": {\"normalise\": \"id\"}}}";
    kith_txn *before = scratch_begin(f->store, KITH_READ);
    kith_txn *txn = scratch_begin(f->store, KITH_WRITE);
    assert_int_equal(kith_config_apply(txn, json, sizeof json - 1), KITH_OK);
    assert_int_equal(kith_config_get(txn, &inside), KITH_OK);
    assert_non_null(strstr(inside, "\"card\""));
    kith_free(inside);
    kith_txn_abort(txn);
    char *outside = definitions(f);
    assert_null(strstr(outside, "\"card\""));
    kith_free(outside);
    apply(f, json);
    assert_int_equal(kith_config_get(before, &inside), KITH_OK);
    assert_null(strstr(inside, "\"card\""));
    kith_free(inside);
    kith_txn_reset(before);
    assert_int_equal(kith_txn_renew(before), KITH_OK);
    assert_int_equal(kith_config_get(before, &inside), KITH_OK);
    assert_non_null(strstr(inside, "\"card\""));
    kith_free(inside);
    kith_txn_abort(before);
    outside = definitions(f);
    kith_close(f->store);
    f->store = scratch_open(f->path, 0);
    char *again = definitions(f);
    assert_string_equal(outside, again);
    kith_free(outside);
    kith_free(again);
}

/* Rules that change */

static void put(fixture *f, const char *key, const char *name, const char *email) {
    kith_txn *txn = scratch_begin(f->store, KITH_WRITE);
    assert_int_equal(scratch_record(txn, kith_record_put, "crm", key, 1, NULL, "email", email,
                                    "given_name", name, NULL),
                     KITH_OK);
    scratch_commit(txn);
}

static uint64_t profiles(fixture *f) {
    kith_stat stat = KITH_STAT_INIT;
    uint64_t problems = 1;
    kith_error error = KITH_ERROR_INIT;
    kith_check_options options = KITH_CHECK_OPTIONS_INIT;
    options.problem = scratch_print_problem;
    kith_txn *txn = scratch_begin(f->store, KITH_READ);
    assert_int_equal(kith_stat_get(txn, &stat), KITH_OK);
    kith_txn_abort(txn);
    assert_int_equal(kith_verify(f->store, SCRATCH_NOW_US, &options, &problems, &error), KITH_OK);
    assert_int_equal(problems, 0);
    return stat.profile_count;
}

static kith_value_status status_of(fixture *f, const char *key, const char *attribute) {
    kith_record record = KITH_RECORD_INIT;
    kith_record_value value = KITH_RECORD_VALUE_INIT;
    size_t cursor = 0;
    kith_txn *txn = scratch_begin(f->store, KITH_READ);
    assert_int_equal(kith_record_get(txn, "crm", key, &record), KITH_OK);
    do {
        assert_int_equal(kith_record_next_value(&record, &cursor, &value), KITH_OK);
    } while (strcmp(value.attribute, attribute) != 0);
    kith_txn_abort(txn);
    return value.status;
}

static void test_blocked_and_unblocked(void **state) {
    fixture *f = *state;
    put(f, "1", "Ann", "desk@mail.test");
    put(f, "2", "Ann", "DESK@mail.test");
    assert_int_equal(profiles(f), 1);
    apply(f, "{\"identifiers\": {\"email\": {\"blocked\": [\"desk@*\"]}}}");
    assert_int_equal(status_of(f, "1", "email"), KITH_VALUE_BLOCKED);
    assert_int_equal(profiles(f), 2);
    apply(f, "{\"identifiers\": {\"email\": {\"blocked\": []}}}");
    assert_int_equal(status_of(f, "1", "email"), KITH_VALUE_LIVE);
    assert_int_equal(profiles(f), 1);
}

static void test_unique(void **state) {
    fixture *f = *state;
    kith_txn *txn = scratch_begin(f->store, KITH_WRITE);
    scratch_record(txn, kith_record_put, "crm", "1", 1, NULL, "phone", "+4930901820", "email",
                   "a@mail.test", NULL);
    scratch_record(txn, kith_record_put, "crm", "2", 1, NULL, "phone", "+4930901820", "email",
                   "b@mail.test", NULL);
    scratch_commit(txn);
    assert_int_equal(profiles(f), 1);
    apply(f, "{\"identifiers\": {\"email\": {\"unique\": true}}}");
    assert_int_equal(profiles(f), 2);
    apply(f, "{\"identifiers\": {\"email\": {\"unique\": false, \"limit\": 1}}}");
    assert_int_equal(profiles(f), 2);
    apply(f, "{\"identifiers\": {\"email\": {\"limit\": 2}}}");
    assert_int_equal(profiles(f), 1);
}

static void test_generic_at(void **state) {
    fixture *f = *state;
    static const char *const names[] = {"Ann", "Bob", "Cem", "Dora"};
    apply(f, "{\"identifiers\": {\"email\": {\"veto\": []}}}");
    for (int i = 0; i < 4; i++) {
        char key[16];
        snprintf(key, sizeof key, "%d", i);
        put(f, key, names[i], "all@mail.test");
    }
    assert_int_equal(profiles(f), 1);
    apply(f, "{\"identifiers\": {\"email\": {\"generic_at\": {\"names\": 3}}}}");
    assert_int_equal(profiles(f), 4);
    apply(f, "{\"identifiers\": {\"email\": {\"generic_at\": {\"names\": 4}}}}");
    assert_int_equal(profiles(f), 1);
    apply(f, "{\"identifiers\": {\"email\": {\"veto\": [\"given_name\"]}}}");
    assert_int_equal(profiles(f), 4);
}

/* A veto by an attribute that nobody declared but that records brought. */
static void test_veto_by_an_attribute_of_records(void **state) {
    fixture *f = *state;
    kith_txn *txn = scratch_begin(f->store, KITH_WRITE);
    scratch_record(txn, kith_record_put, "crm", "1", 1, NULL, "email", "a@mail.test", "hair",
                   "brown", NULL);
    scratch_record(txn, kith_record_put, "crm", "2", 1, NULL, "email", "a@mail.test", "hair",
                   "white", NULL);
    scratch_commit(txn);
    assert_int_equal(profiles(f), 1);
    apply(f, "{\"identifiers\": {\"email\": {\"veto\": [\"hair\"]}}}");
    assert_int_equal(profiles(f), 2);
}

/* An attribute becomes an identifier: what was put in its form links from then on. */
static void test_attribute_becomes_identifier(void **state) {
    fixture *f = *state;
    kith_txn *txn = scratch_begin(f->store, KITH_WRITE);
    scratch_record(txn, kith_record_put, "crm", "1", 1, NULL, "badge", "B1", NULL);
    scratch_record(txn, kith_record_put, "crm", "2", 1, NULL, "badge", "B1", NULL);
    scratch_record(txn, kith_record_put, "crm", "3", 1, NULL, "badge", "b-1", NULL);
    scratch_commit(txn);
    assert_int_equal(profiles(f), 3);
    assert_int_equal(status_of(f, "1", "badge"), KITH_VALUE_PLAIN);
    apply(f, "{\"identifiers\": {\"badge\": {\"normalise\": \"id\"}}}");
    assert_int_equal(status_of(f, "1", "badge"), KITH_VALUE_LIVE);
    assert_int_equal(profiles(f), 2); /* "b-1" was put in another form, and stays as it was put */
    txn = scratch_begin(f->store, KITH_WRITE);
    scratch_record(txn, kith_record_put, "crm", "3", 2, NULL, "badge", "b-1", NULL);
    scratch_commit(txn);
    assert_int_equal(profiles(f), 1);
}

/* What says how values are read holds for those that are put from then on */

/* One value of a record, put or patched or added at a time; what that did. */
static kith_change say(fixture *f, scratch_put_fn how, const char *key, int64_t at_us,
                       const char *attribute, const char *text) {
    kith_change change = KITH_IGNORED;
    kith_txn *txn = scratch_begin(f->store, KITH_WRITE);
    assert_int_equal(scratch_record(txn, how, "crm", key, at_us, &change, attribute, text, NULL),
                     KITH_OK);
    scratch_commit(txn);
    return change;
}

/* The values of a record, one after another, each with its status. */
static const char *shown(fixture *f, const char *key) {
    static const char marks[] = " +?!"; /* by status; an identifier that may link has a plus */
    static char text[256];
    kith_record record = KITH_RECORD_INIT;
    kith_record_value value = KITH_RECORD_VALUE_INIT;
    size_t cursor = 0, used = 0;
    kith_txn *txn = scratch_begin(f->store, KITH_READ);
    assert_int_equal(kith_record_get(txn, "crm", key, &record), KITH_OK);
    text[0] = '\0';
    while (kith_record_next_value(&record, &cursor, &value) == KITH_OK) {
        if (value.value.type == KITH_TYPE_TEXT) {
            used += (size_t)snprintf(text + used, sizeof text - used, "%s%.*s%c",
                                     used > 0 ? " " : "", (int)value.value.as.text.size,
                                     value.value.as.text.data, marks[value.status]);
        } else {
            used += (size_t)snprintf(text + used, sizeof text - used, "%stype %d",
                                     used > 0 ? " " : "", (int)value.value.type);
        }
    }
    kith_txn_abort(txn);
    return text;
}

/* A phone that was accepted stays one, and links those that have it in the same form. */
static void test_region_of_phones_that_are_there(void **state) {
    fixture *f = *state;
    say(f, kith_record_put, "1", 1, "phone", "030 901820");
    say(f, kith_record_put, "2", 1, "phone", "(030) 90-1820");
    say(f, kith_record_put, "3", 1, "phone", "555 2368");
    assert_string_equal(shown(f, "1"), "030901820+"); /* of no region: its national digits */
    assert_string_equal(shown(f, "3"), "555 2368?");  /* too short for one of no region */
    assert_int_equal(profiles(f), 2);
    apply(f, "{\"region\": \"DE\"}");
    assert_string_equal(shown(f, "1"), "030901820+");
    assert_int_equal(profiles(f), 2);
    apply(f, "{\"region\": \"IS\"}"); /* where numbers have seven digits */
    assert_string_equal(shown(f, "1"), "030901820+");
    assert_string_equal(shown(f, "3"), "555 2368?"); /* and what was none stays none */
    assert_int_equal(profiles(f), 2);
}

/* What comes later is read in the new region; what is put again, at whatever time, comes later too.
 */
static void test_region_of_phones_put_again(void **state) {
    fixture *f = *state;
    say(f, kith_record_put, "1", 5, "phone", "030 901820");
    say(f, kith_record_patch, "2", 5, "phone", "030 901820");
    apply(f, "{\"region\": \"DE\"}");
    assert_int_equal(say(f, kith_record_put, "3", 5, "phone", "030 901820"), KITH_ADDED);
    assert_string_equal(shown(f, "3"), "+4930901820+");
    assert_int_equal(profiles(f), 2);
    assert_int_equal(say(f, kith_record_put, "1", 5, "phone", "030 901820"), KITH_UPDATED);
    assert_int_equal(say(f, kith_record_patch, "2", 5, "phone", "030 901820"), KITH_UPDATED);
    assert_string_equal(shown(f, "1"), "+4930901820+");
    assert_string_equal(shown(f, "2"), "+4930901820+");
    assert_int_equal(profiles(f), 1);
    assert_int_equal(say(f, kith_record_put, "1", 5, "phone", "030 901820"), KITH_UNCHANGED);
    assert_int_equal(say(f, kith_record_patch, "2", 5, "phone", "030 901820"), KITH_UNCHANGED);
    /* A number that the new region doesn't know is none once it is put again. */
    apply(f, "{\"region\": \"auto\"}");
    say(f, kith_record_put, "4", 5, "phone", "12345670");
    apply(f, "{\"region\": \"US\"}");
    assert_string_equal(shown(f, "4"), "12345670+");
    assert_int_equal(say(f, kith_record_put, "4", 5, "phone", "12345670"), KITH_UPDATED);
    assert_string_equal(shown(f, "4"), "12345670?");
    profiles(f); /* verifies */
}

/* An older version that comes again says nothing, as before; one that was added stays beside. */
static void test_region_and_versions(void **state) {
    fixture *f = *state;
    say(f, kith_record_put, "1", 5, "phone", "030 901820");
    say(f, kith_record_put, "1", 6, "phone", "030 901821");
    say(f, kith_record_add, "2", 5, "phone", "030 901820");
    apply(f, "{\"region\": \"DE\"}");
    assert_int_equal(say(f, kith_record_put, "1", 5, "phone", "030 901820"), KITH_IGNORED);
    assert_string_equal(shown(f, "1"), "030901821+");
    assert_int_equal(say(f, kith_record_add, "2", 5, "phone", "030 901820"), KITH_UPDATED);
    assert_string_equal(shown(f, "2"), "030901820+ +4930901820+");
    profiles(f);
}

static void test_normalise_of_values_that_are_there(void **state) {
    fixture *f = *state;
    apply(f, "{\"identifiers\": {\"badge\": {\"normalise\": \"phone\"}}}");
    say(f, kith_record_put, "1", 1, "badge", "ab-12");
    assert_string_equal(shown(f, "1"), "ab-12?");
    apply(f, "{\"identifiers\": {\"badge\": {\"normalise\": \"id\"}}}");
    say(f, kith_record_put, "2", 1, "badge", "ab-12");
    say(f, kith_record_put, "3", 1, "badge", "AB 12");
    assert_string_equal(shown(f, "1"), "ab-12?");
    assert_string_equal(shown(f, "2"), "AB12+");
    assert_int_equal(profiles(f), 2);
    apply(f, "{\"identifiers\": {\"badge\": {\"normalise\": \"exact\"}}}");
    assert_string_equal(shown(f, "1"), "ab-12?");
    assert_string_equal(shown(f, "2"), "AB12+");
    assert_int_equal(profiles(f), 2); /* 2 and 3 still are one */
    assert_int_equal(say(f, kith_record_put, "1", 1, "badge", "ab-12"), KITH_UPDATED);
    assert_int_equal(say(f, kith_record_put, "2", 1, "badge", "ab-12"), KITH_UPDATED);
    assert_string_equal(shown(f, "1"), "ab-12+");
    assert_int_equal(profiles(f), 2); /* now it is 1 and 2 */
}

/* Blocking is a rule over the form that a value has, whatever made it so. */
static void test_blocked_in_a_former_form(void **state) {
    fixture *f = *state;
    say(f, kith_record_put, "1", 1, "phone", "030 901820");
    apply(f, "{\"region\": \"DE\", \"identifiers\": {\"phone\": {\"blocked\": [\"0309*\"]}}}");
    assert_string_equal(shown(f, "1"), "030901820!");
    apply(f, "{\"identifiers\": {\"phone\": {\"blocked\": []}}}");
    assert_string_equal(shown(f, "1"), "030901820+");
    profiles(f);
}

static void test_type_of_values_that_are_there(void **state) {
    fixture *f = *state;
    char integer[16];
    snprintf(integer, sizeof integer, "type %d", KITH_TYPE_INTEGER);
    say(f, kith_record_put, "1", 1, "size", "42");
    apply(f, "{\"attributes\": {\"size\": {\"type\": \"integer\"}}}");
    assert_string_equal(shown(f, "1"), "42 ");
    assert_int_equal(say(f, kith_record_put, "1", 1, "size", "42"), KITH_UPDATED);
    assert_string_equal(shown(f, "1"), integer);
    assert_int_equal(say(f, kith_record_put, "1", 1, "size", "42"), KITH_UNCHANGED);
    profiles(f);
}

/* Definitions on the fly */

static void test_on_the_fly(void **state) {
    fixture *f = *state;
    kith_txn *txn = scratch_begin(f->store, KITH_WRITE);
    assert_int_equal(
        scratch_record(txn, kith_record_put, "kiosk", "1", 1, NULL, "mood", "fine", NULL), KITH_OK);
    assert_int_equal(scratch_event(txn, "kiosk", "1", "nod", 1, NULL, NULL, "angle", "3", NULL),
                     KITH_OK);
    scratch_commit(txn);
    assert_defined(f, "sources.kiosk",
                   "{\"trust\":50,\"kind\":\"first_party\",\"distinct\":false}");
    assert_defined(f, "attributes.mood", "{\"type\":\"any\",\"survivorship\":\"source_priority\"}");
    assert_defined(f, "event_types.nod", "{}");
}

/* So many of a kind and no more; what is there goes on. */
static void test_limits(void **state) {
    fixture *f = *state;
    kith_txn *txn = scratch_begin(f->store, KITH_WRITE);
    int code = KITH_OK, count = 0;
    while (code == KITH_OK && count <= KITHI_CATALOG_MAX) {
        char name[24];
        snprintf(name, sizeof name, "source %d", count);
        code = scratch_record(txn, kith_record_put, name, "1", 1, NULL, NULL);
        count += code == KITH_OK;
    }
    assert_int_equal(code, KITH_INVALID);
    assert_int_equal(count, KITHI_CATALOG_MAX);
    assert_non_null(strstr(kith_txn_error(txn)->message, "at most 4096"));
    assert_int_equal(scratch_record(txn, kith_record_put, "source 0", "2", 1, NULL, NULL), KITH_OK);
    scratch_commit(txn);
    kith_close(f->store);
    f->store = scratch_open(f->path, 0);
    assert_int_equal(profiles(f), KITHI_CATALOG_MAX + 1);
}

static void test_names_on_the_fly(void **state) {
    fixture *f = *state;
    char longest[257];
    memset(longest, 'n', sizeof longest);
    longest[256] = '\0';
    kith_txn *txn = scratch_begin(f->store, KITH_WRITE);
    assert_int_equal(scratch_record(txn, kith_record_put, longest, "1", 1, NULL, NULL),
                     KITH_INVALID);
    assert_int_equal(scratch_record(txn, kith_record_put, "s", "1", 1, NULL, longest, "v", NULL),
                     KITH_INVALID);
    assert_int_equal(scratch_event(txn, "s", "1", longest, 1, NULL, NULL, NULL), KITH_INVALID);
    assert_int_equal(scratch_event(txn, "s", "1", "t", 1, NULL, NULL, longest, "v", NULL),
                     KITH_INVALID);
    longest[255] = '\0';
    assert_int_equal(
        scratch_record(txn, kith_record_put, longest, "1", 1, NULL, longest, "v", NULL), KITH_OK);
    assert_int_equal(scratch_event(txn, longest, "1", longest, 1, NULL, NULL, longest, "v", NULL),
                     KITH_OK);
    static const char *const bad[] = {"", "a\nb", "\x7f", "\xff", "\xc0\xaf"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        assert_int_equal(scratch_record(txn, kith_record_put, bad[i], "1", 1, NULL, NULL),
                         KITH_INVALID);
        assert_int_equal(scratch_record(txn, kith_record_put, "s", "1", 1, NULL, bad[i], "v", NULL),
                         KITH_INVALID);
        assert_int_equal(scratch_event(txn, "s", "1", bad[i], 1, NULL, NULL, NULL), KITH_INVALID);
    }
    scratch_commit(txn);
    char *json = definitions(f);
    assert_non_null(strstr(json, longest));
    kith_free(json);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(test_preset),
        TEST(test_override),
        TEST(test_a_byte_order_mark),
        TEST(test_syntax),
        TEST(test_half_a_text),
        TEST(test_unknown_keys),
        TEST(test_wrong_values),
        TEST(test_a_threshold_goes_with_the_other_in_force),
        TEST(test_blocks_need_their_comparisons),
        TEST(test_veto_by_unknown_attributes),
        TEST(test_many_vetoes),
        TEST(test_all_or_nothing),
        TEST(test_round_trip),
        TEST(test_in_a_transaction),
        TEST(test_blocked_and_unblocked),
        TEST(test_unique),
        TEST(test_generic_at),
        TEST(test_veto_by_an_attribute_of_records),
        TEST(test_attribute_becomes_identifier),
        TEST(test_region_of_phones_that_are_there),
        TEST(test_region_of_phones_put_again),
        TEST(test_region_and_versions),
        TEST(test_normalise_of_values_that_are_there),
        TEST(test_blocked_in_a_former_form),
        TEST(test_type_of_values_that_are_there),
        TEST(test_on_the_fly),
        TEST(test_limits),
        TEST(test_names_on_the_fly),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
