/*
 * kith_review_list: the queue against one that is worked out pair by pair, what takes pairs out of
 * it, decisions that outlive their model, and suggestions.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "src/identity/identity.h"
#include "src/identity/links.h"
#include "src/identity/scored.h"
#include "src/match/model_row.h"
#include "tests/unit/fact_stand.h"

#define PERSONS 400

/* In place of the library's: a test makes small components wait for settle. */
static size_t component_limit = KITHI_COMPONENT_MAX;

size_t kithi_component_limit(void) {
    return component_limit;
}

/* People, and what goes wrong when they are written down. */

static uint64_t next_random(uint64_t *seed, uint64_t below) {
    *seed = *seed * 6364136223846793005u + 1442695040888963407u;
    return (*seed >> 33) % below;
}

static const char *pick(uint64_t *seed, const char *const *words, size_t count) {
    return words[next_random(seed, count)];
}
#define PICK(seed, words) pick(seed, words, sizeof words / sizeof words[0])

static const char *const given_names[] = {"Ann",    "Bella",  "Carl",  "Dora",  "Emil",  "Frida",
                                          "Gustav", "Hanna",  "Ivan",  "Julia", "Karl",  "Lena",
                                          "Moritz", "Nora",   "Oscar", "Paula", "Rosa",  "Simon",
                                          "Thea",   "Ulrich", "Vera",  "Wanda", "Xaver", "Zoe"};
static const char *const heads[] = {"Berg", "Stein", "Wald",  "Hof",  "Feld",
                                    "Roth", "Lind",  "Kirch", "Eich", "Bach"};
static const char *const tails[] = {"mann", "er", "ner", "meier", "huber", "hardt", "inger", "ke"};
static const char *const cities[] = {"Bonn", "Ulm", "Kiel", "Trier", "Jena", "Hof"};

typedef struct person {
    char given[16], family[32], birth[16], street[48], city[16], loyalty[16];
} person;

static person make_person(uint64_t *seed, int number) {
    person p;
    snprintf(p.given, sizeof p.given, "%s", PICK(seed, given_names));
    snprintf(p.family, sizeof p.family, "%s%s", PICK(seed, heads), PICK(seed, tails));
    snprintf(p.birth, sizeof p.birth, "19%02d-%02d-%02d", (int)next_random(seed, 100),
             1 + (int)next_random(seed, 12), 1 + (int)next_random(seed, 28));
    snprintf(p.street, sizeof p.street, "%d %s Road", 1 + (int)next_random(seed, 90),
             PICK(seed, heads));
    snprintf(p.city, sizeof p.city, "%s", PICK(seed, cities));
    snprintf(p.loyalty, sizeof p.loyalty, "L%05d", number);
    return p;
}

static void spoil(uint64_t *seed, char *text) {
    size_t size = strlen(text);
    if (size > 3 && next_random(seed, 4) == 0) {
        text[2 + next_random(seed, size - 3)] = 'x';
    }
}

static void put(kith_txn *txn, const char *key, const person *p, uint64_t *seed) {
    kith_field fields[6];
    kith_record_input input = KITH_RECORD_INPUT_INIT;
    const char *const names[] = {"given_name",   "family_name", "birth_date",
                                 "address_line", "city",        "loyalty_id"};
    const char *const texts[] = {p->given, p->family, p->birth, p->street, p->city, p->loyalty};
    input.source = "crm";
    input.key = key;
    input.at_us = SCRATCH_NOW_US;
    input.fields = fields;
    for (size_t i = 0; i < 6; i++) {
        uint64_t missing = i == 5 ? 9 : i > 1 ? 4 : 1; /* of ten */
        if (next_random(seed, 10) >= missing) {
            fields[input.field_count++] = (kith_field){names[i], kith_value_text(texts[i])};
        }
    }
    assert_int_equal(kith_record_put(txn, &input, NULL), KITH_OK);
}

static void put_persons(kith_txn *txn, uint64_t seed, int count) {
    for (int i = 0; i < count; i++) {
        person p = make_person(&seed, i);
        int copies = 1 + (int)next_random(&seed, 4);
        for (int copy = 0; copy < copies; copy++) {
            char key[32];
            person written = p;
            spoil(&seed, written.given);
            spoil(&seed, written.family);
            spoil(&seed, written.street);
            if (next_random(&seed, 8) == 0) {
                snprintf(written.loyalty, sizeof written.loyalty, "M%05d", i);
            }
            snprintf(key, sizeof key, "%d-%d-%d", count, i, copy);
            put(txn, key, &written, &seed);
        }
    }
}

static void resolve(fixture *f, bool train) {
    kith_resolve_options options = KITH_RESOLVE_OPTIONS_INIT;
    kith_error error = KITH_ERROR_INIT;
    options.now_us = SCRATCH_NOW_US;
    options.train = train;
    scratch_commit(f->txn);
    f->txn = NULL;
    if (kith_resolve(f->store, &options, NULL, &error) != KITH_OK) {
        fail_msg("%s", error.message);
    }
    f->txn = scratch_begin(f->store, KITH_WRITE);
}

static void make_shop(fixture *f) {
    put_persons(f->txn, 7, PERSONS);
    resolve(f, false);
}

static kith_review *list(fixture *f, size_t limit, bool suggest) {
    kith_review_options options = KITH_REVIEW_OPTIONS_INIT;
    kith_review *review = NULL;
    options.limit = limit;
    options.suggest = suggest;
    if (kith_review_list(f->txn, &options, &review) != KITH_OK) {
        fail_msg("%s", kith_txn_error(f->txn)->message);
    }
    assert_non_null(review);
    assert_int_equal(review->size, sizeof *review);
    return review;
}

/* The naive queue. */

typedef struct naive_pair {
    uint32_t a, b, head_a, head_b; /* a has the smaller id */
    kith_id id_a, id_b;
    int32_t weight;
    uint64_t pattern;
    const char *rule;
} naive_pair;

typedef struct naive_queue {
    naive_pair items[65536];
    size_t count;
    size_t unsettled; /* pairs that would link */
} naive_queue;

static uint32_t head_of(kith_txn *txn, uint32_t record) {
    uint32_t head;
    assert_int_equal(kithi_identity_head(txn, record, &head), KITH_OK);
    return head;
}

static kith_id id_of(kith_txn *txn, uint32_t number) {
    kith_record record = KITH_RECORD_INIT;
    assert_int_equal(kith_record_get_number(txn, number, &record), KITH_OK);
    return record.id;
}

static uint32_t count_records(kith_txn *txn) {
    kith_record record = KITH_RECORD_INIT;
    uint32_t count = 0;
    while (kith_record_get_number(txn, count, &record) == KITH_OK) {
        count++;
    }
    return count;
}

/* Whether a person decided about any record of the one profile and any of the other. */
static bool is_decided(kith_txn *txn, uint32_t head_a, uint32_t head_b) {
    kithi_arena arena;
    kithi_assertion assertion;
    uint32_t *members;
    size_t count;
    bool found = false;
    kithi_arena_init(&arena);
    assert_int_equal(kithi_identity_members(txn, head_a, &arena, &members, &count), KITH_OK);
    for (size_t i = 0; i < count; i++) {
        for (uint64_t other = 0;
             kithi_assertion_next(txn, members[i], &other, &assertion) == KITH_OK;) {
            found = found || head_of(txn, assertion.other) == head_b;
        }
    }
    kithi_arena_clear(&arena);
    return found;
}

static const char *refused_by(kith_txn *txn, uint32_t a, uint32_t b) {
    kithi_arena arena;
    kithi_link *links;
    size_t count;
    const char *rule = NULL;
    kithi_arena_init(&arena);
    assert_int_equal(kithi_links_of(txn, a, &arena, &links, &count), KITH_OK);
    for (size_t i = 0; i < count; i++) {
        if (links[i].other == b && links[i].type == KITHI_LINK_SCORE) {
            rule = kithi_rule_name(links[i].rule);
        }
    }
    kithi_arena_clear(&arena);
    return rule;
}

static void add_naive(kith_txn *txn, const kithi_model *model, uint32_t record,
                      const kithi_scored *scored, naive_queue *out) {
    naive_pair p = {.a = record, .b = scored->other};
    p.head_a = head_of(txn, p.a);
    p.head_b = head_of(txn, p.b);
    p.weight = scored->weight;
    p.pattern = scored->pattern;
    bool heavy = p.weight >= model->link_at;
    if (p.b < p.a || p.head_a == p.head_b || is_decided(txn, p.head_a, p.head_b)) {
        return;
    }
    p.rule = heavy ? refused_by(txn, p.a, p.b) : NULL;
    p.id_a = id_of(txn, p.a);
    p.id_b = id_of(txn, p.b);
    if (memcmp(p.id_a.bytes, p.id_b.bytes, sizeof p.id_a.bytes) > 0) {
        naive_pair q = p;
        p.a = q.b, p.b = q.a, p.id_a = q.id_b, p.id_b = q.id_a;
        p.head_a = q.head_b, p.head_b = q.head_a;
    }
    if (heavy && p.rule == NULL) {
        out->unsettled++;
        return;
    }
    assert_true(out->count < sizeof out->items / sizeof out->items[0]);
    out->items[out->count++] = p;
}

static int compare_naive(const void *a, const void *b) {
    const naive_pair *x = a, *y = b;
    if (x->weight != y->weight) {
        return x->weight > y->weight ? -1 : 1;
    }
    int order = memcmp(x->id_a.bytes, y->id_a.bytes, sizeof x->id_a.bytes);
    return order != 0 ? order : memcmp(x->id_b.bytes, y->id_b.bytes, sizeof x->id_b.bytes);
}

static bool same_profiles(const naive_pair *x, const naive_pair *y) {
    return (x->head_a == y->head_a && x->head_b == y->head_b) ||
           (x->head_a == y->head_b && x->head_b == y->head_a);
}

/* All open pairs, heaviest first. Owned: free(). */
static naive_queue *work_out(fixture *f) {
    const kithi_model *model;
    naive_queue *queue = calloc(1, sizeof *queue);
    kithi_arena arena;
    assert_non_null(queue);
    assert_int_equal(kithi_model_of(f->txn, &model), KITH_OK);
    assert_non_null(model);
    kithi_arena_init(&arena);
    for (uint32_t record = 0, count = count_records(f->txn); record < count; record++) {
        kithi_scored *pairs;
        size_t pair_count;
        kithi_arena_reset(&arena);
        assert_int_equal(kithi_scored_of(f->txn, record, &arena, &pairs, &pair_count), KITH_OK);
        for (size_t i = 0; i < pair_count; i++) {
            add_naive(f->txn, model, record, &pairs[i], queue);
        }
    }
    kithi_arena_clear(&arena);
    qsort(queue->items, queue->count, sizeof *queue->items, compare_naive);
    return queue;
}

/* Keeps of each two profiles the first. */
static void keep_first(naive_queue *queue) {
    size_t kept = 0;
    for (size_t i = 0; i < queue->count; i++) {
        bool known = false;
        for (size_t j = 0; j < kept && !known; j++) {
            known = same_profiles(&queue->items[i], &queue->items[j]);
        }
        if (!known) {
            queue->items[kept++] = queue->items[i];
        }
    }
    queue->count = kept;
}

static void assert_pair(fixture *f, const kith_review_pair *found, const naive_pair *wanted) {
    kith_record a = KITH_RECORD_INIT, b = KITH_RECORD_INIT;
    kith_id profile_a, profile_b;
    assert_int_equal(found->size, sizeof *found);
    assert_int_equal(found->a, wanted->a);
    assert_int_equal(found->b, wanted->b);
    assert_true(found->bits == wanted->weight / 256.0);
    assert_int_equal(kith_record_get_number(f->txn, found->a, &a), KITH_OK);
    assert_int_equal(kith_record_get_number(f->txn, found->b, &b), KITH_OK);
    assert_string_equal(found->source_a, a.source);
    assert_string_equal(found->key_a, a.key);
    assert_string_equal(found->source_b, b.source);
    assert_string_equal(found->key_b, b.key);
    assert_int_equal(kith_profile_id_of_record(f->txn, found->a, &profile_a), KITH_OK);
    assert_int_equal(kith_profile_id_of_record(f->txn, found->b, &profile_b), KITH_OK);
    assert_memory_equal(&found->profile_a, &profile_a, sizeof profile_a);
    assert_memory_equal(&found->profile_b, &profile_b, sizeof profile_b);
    if (wanted->rule == NULL) {
        assert_int_equal(found->reason, KITH_REVIEW_DOUBTFUL);
        assert_null(found->rule);
        assert_null(found->detail);
    } else {
        assert_int_equal(found->reason, KITH_REVIEW_REFUSED);
        assert_string_equal(found->rule, wanted->rule);
    }
}

/* The queue is what the naive one says, however much of it is asked for. */
static void assert_queue(fixture *f, bool settled) {
    static const size_t limits[] = {0, 1, 2, 20, 33, 150, SIZE_MAX};
    kith_review_free(list(f, 0, false)); /* works in what was put */
    naive_queue *queue = work_out(f);
    size_t waiting = queue->count;
    assert_int_equal(queue->unsettled == 0, settled);
    keep_first(queue);
    assert_true(waiting > queue->count && queue->count > 100);
    for (size_t i = 0; i < sizeof limits / sizeof limits[0]; i++) {
        kith_review *review = list(f, limits[i], false);
        assert_int_equal(review->waiting_count, waiting);
        assert_int_equal(review->pair_count, limits[i] < queue->count ? limits[i] : queue->count);
        for (size_t j = 0; j < review->pair_count; j++) {
            assert_pair(f, review->pairs[j], &queue->items[j]);
            assert_int_equal(review->pairs[j]->alike_count, 0);
        }
        kith_review_free(review);
    }
    free(queue);
}

static void test_the_queue_is_what_is_open(void **state) {
    fixture *f = *state;
    make_shop(f);
    kith_review *review = list(f, 1000, false);
    size_t doubtful = 0, unique = 0;
    for (size_t i = 0; i < review->pair_count; i++) {
        const kith_review_pair *pair = review->pairs[i];
        doubtful += pair->reason == KITH_REVIEW_DOUBTFUL;
        assert_true(pair->bits >= review->keep_at_bits);
        assert_int_equal(pair->bits >= review->link_at_bits, pair->reason == KITH_REVIEW_REFUSED);
        if (pair->rule != NULL && strcmp(pair->rule, "unique") == 0) {
            assert_string_equal(pair->detail, "loyalty_id");
            unique++;
        }
    }
    assert_true(doubtful > 50 && unique > 0);
    assert_int_equal(review->model_version, 1);
    kith_review_free(review);
    assert_queue(f, true);
}

static void test_links_that_await_settle_are_not_asked_for(void **state) {
    fixture *f = *state;
    make_shop(f);
    component_limit = 2;
    put_persons(f->txn, 7, PERSONS / 2); /* the same as some of the others */
    assert_queue(f, false);
    component_limit = KITHI_COMPONENT_MAX;
    resolve(f, false);
    assert_queue(f, true);
}

static void decide(fixture *f, const kith_review_pair *pair, bool link) {
    kith_change change;
    int rc = (link ? kith_record_link : kith_record_unlink)(f->txn, pair->source_a, pair->key_a,
                                                            pair->source_b, pair->key_b, "Ann",
                                                            SCRATCH_NOW_US, &change);
    assert_int_equal(rc, KITH_OK);
    assert_int_equal(change, KITH_ADDED);
}

static bool lists(const kith_review *review, const kith_review_pair *pair) {
    for (size_t i = 0; i < review->pair_count; i++) {
        const kith_review_pair *at = review->pairs[i];
        if ((at->a == pair->a && at->b == pair->b) || (at->a == pair->b && at->b == pair->a)) {
            return true;
        }
    }
    return false;
}

static void assert_decided(fixture *f, const kith_review *before) {
    kith_review *now = list(f, SIZE_MAX, false);
    for (size_t i = 0; i < 20; i++) {
        const kith_review_pair *pair = before->pairs[i];
        bool same = head_of(f->txn, pair->a) == head_of(f->txn, pair->b);
        assert_false(lists(now, pair));
        assert_true(same == (i % 3 == 0) || i % 3 == 2);
    }
    kith_review_free(now);
}

/* Of the first twenty each third is accepted, each third rejected, and of each third two other
 * records of the profiles are told apart. */
static void decide_some(fixture *f, const kith_review *review) {
    for (size_t i = 0; i < 20; i++) {
        const kith_review_pair *pair = review->pairs[i];
        kith_review_pair other = *pair;
        uint32_t *members;
        size_t count;
        assert_int_equal(kithi_identity_members(f->txn, head_of(f->txn, pair->a),
                                                kithi_txn_arena(f->txn), &members, &count),
                         KITH_OK);
        kith_record record = KITH_RECORD_INIT;
        assert_int_equal(kith_record_get_number(f->txn, members[count - 1], &record), KITH_OK);
        char key[32];
        snprintf(key, sizeof key, "%s", record.key);
        other.key_a = i % 3 == 2 ? key : pair->key_a;
        /* by others it may be one profile already */
        if (head_of(f->txn, pair->a) != head_of(f->txn, pair->b)) {
            decide(f, &other, i % 3 == 0);
        }
    }
}

static void test_decisions_outlive_the_model(void **state) {
    fixture *f = *state;
    make_shop(f);
    kith_review *review = list(f, 20, false);
    assert_int_equal(review->pair_count, 20);
    decide_some(f, review);
    assert_decided(f, review); /* within the transaction */
    assert_queue(f, true);
    commit(f);
    assert_decided(f, review);
    put_persons(f->txn, 11, PERSONS / 2);
    resolve(f, true);
    kith_review *now = list(f, 1, false);
    assert_int_equal(now->model_version, 2);
    kith_review_free(now);
    assert_decided(f, review);
    assert_queue(f, true);
    kith_review_free(review);
}

/* Suggestions, worked out pattern by pattern. */

typedef struct naive_lesson {
    naive_pair pair;
    uint64_t alike;
    int32_t distance, worth;
} naive_lesson;

static int compare_lessons(const void *a, const void *b) {
    const naive_lesson *x = a, *y = b;
    if (x->worth != y->worth) {
        return x->worth > y->worth ? -1 : 1;
    }
    if (x->distance != y->distance) {
        return x->distance < y->distance ? -1 : 1;
    }
    return compare_naive(&x->pair, &y->pair);
}

static size_t work_lessons_out(const naive_queue *queue, int32_t link_at, naive_lesson *out) {
    size_t count = 0;
    for (size_t i = 0; i < queue->count; i++) {
        const naive_pair *pair = &queue->items[i];
        int32_t distance = abs(pair->weight - link_at);
        size_t at = 0;
        while (at < count && out[at].pair.pattern != pair->pattern) {
            at++;
        }
        if (at == count) {
            out[count++] = (naive_lesson){*pair, 0, distance, 0};
        }
        out[at].alike++;
        if (distance < out[at].distance) { /* heaviest first: of two as near the heavier stays */
            out[at].pair = *pair;
            out[at].distance = distance;
        }
    }
    for (size_t i = 0; i < count; i++) {
        out[i].worth = kithi_log2_ratio(out[i].alike, 1) - out[i].distance;
    }
    qsort(out, count, sizeof *out, compare_lessons);
    return count;
}

static void test_suggestions_differ_in_what_they_teach(void **state) {
    fixture *f = *state;
    make_shop(f);
    naive_queue *queue = work_out(f);
    naive_lesson *lessons = calloc(queue->count, sizeof *lessons);
    kith_review *review = list(f, 10, true);
    assert_non_null(lessons);
    size_t count = work_lessons_out(queue, (int32_t)(review->link_at_bits * 256), lessons), at = 0;
    assert_int_equal(review->pair_count, 10);
    for (size_t i = 0; i < count && at < 10; i++) {
        bool taken = false;
        for (size_t j = 0; j < i; j++) {
            taken = taken || same_profiles(&lessons[i].pair, &lessons[j].pair);
        }
        if (!taken) {
            assert_pair(f, review->pairs[at], &lessons[i].pair);
            assert_int_equal(review->pairs[at++]->alike_count, lessons[i].alike);
        }
    }
    assert_int_equal(at, 10);
    assert_true(review->pairs[0]->alike_count > 1);
    kith_review_free(review);
    kith_review_free(list(f, 0, true));
    free(lessons);
    free(queue);
}

static void test_a_store_without_a_model_has_no_queue(void **state) {
    fixture *f = *state;
    kith_review *review = list(f, 20, false);
    assert_int_equal(review->model_version, 0);
    assert_int_equal(review->pair_count + review->waiting_count, 0);
    kith_review_free(review);
    put_persons(f->txn, 3, 20);
    review = list(f, 20, true);
    assert_int_equal(review->model_version, 0);
    kith_review_free(review);
    kith_review_free(NULL);
}

/* Where no limit is set. */
static void test_usual_limits(void **state) {
    fixture *f = *state;
    kith_review_options options = KITH_REVIEW_OPTIONS_INIT;
    kith_review *review = NULL;
    put_persons(f->txn, 7, 300);
    resolve(f, false);
    assert_int_equal(kith_review_list(f->txn, NULL, &review), KITH_OK);
    assert_int_equal(review->pair_count, 20);
    kith_review_free(review);
    options.suggest = true;
    assert_int_equal(kith_review_list(f->txn, &options, &review), KITH_OK);
    assert_int_equal(review->pair_count, 10);
    kith_review_free(review);
}

static void test_misuse(void **state) {
    fixture *f = *state;
    struct {
        kith_review_options options;
        uint64_t unknown;
    } newer = {KITH_REVIEW_OPTIONS_INIT, 1};
    kith_review *review = NULL;
    newer.options.size = sizeof newer;
    assert_int_equal(kith_review_list(f->txn, NULL, NULL), KITH_MISUSE);
    assert_int_equal(kith_review_list(f->txn, &newer.options, &review), KITH_MISUSE);
    assert_null(review);
    newer.unknown = 0;
    assert_int_equal(kith_review_list(f->txn, &newer.options, &review), KITH_OK);
    kith_review_free(review);
    assert_string_equal(kith_review_reason_name(KITH_REVIEW_DOUBTFUL), "doubtful");
    assert_string_equal(kith_review_reason_name(KITH_REVIEW_REFUSED), "refused");
    assert_string_equal(kith_review_reason_name((kith_review_reason)99), "unknown");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_the_queue_is_what_is_open, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_links_that_await_settle_are_not_asked_for, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_decisions_outlive_the_model, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_suggestions_differ_in_what_they_teach, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_a_store_without_a_model_has_no_queue, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_usual_limits, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_misuse, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
