/*
 * Explaining as identity.h promises it: pairs in bits, whose sums are the weights that link; paths
 * over scored links; what two records lack; and the weakest link of a profile, held together with
 * clusters that are worked out here in the plainest way.
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "src/identity/cohesion.h"
#include "src/identity/scored.h"
#include "src/match/compare_pair.h"
#include "src/match/model_row.h"
#include "tests/unit/fact_stand.h"

#define PERSONS 160
#define AT_US   1

/* Persons who are written down several times, and not always well. */

typedef struct person {
    const char *given, *family, *city;
    unsigned year, month, day;
} person;

static uint32_t next_random(uint64_t *seed) {
    *seed = *seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (uint32_t)(*seed >> 33);
}

static const char *const givens[] = {
    "Alice", "Bruno", "Carla",  "Dieter", "Emma", "Felix",  "Greta", "Hugo",  "Ines", "Jakob",
    "Klara", "Lukas", "Martha", "Nils",   "Olga", "Pascal", "Ronja", "Simon", "Thea", "Ulrich"};
static const char *const families[] = {
    "Adler",   "Brandt",   "Conrad", "Dietrich", "Engel",  "Fuchs",   "Gruber", "Hartmann",
    "Iversen", "Jansen",   "Keller", "Lorenz",   "Maurer", "Neumann", "Otto",   "Pfeiffer",
    "Richter", "Schubert", "Thoma",  "Ullmann",  "Vogel",  "Winkler", "Zimmer"};
static const char *const cities[] = {"Berlin", "Hamburg", "Leipzig", "Ulm"};
#define ANY(list, seed) (list)[next_random(seed) % (sizeof(list) / sizeof(list)[0])]

static person make_person(uint64_t *seed) {
    return (person){ANY(givens, seed),          ANY(families, seed),
                    ANY(cities, seed),          1950 + next_random(seed) % 50,
                    1 + next_random(seed) % 12, 1 + next_random(seed) % 28};
}

/* A letter lost, or two letters swapped. */
static void spoil(char *text, uint64_t *seed) {
    size_t size = strlen(text), at = 1 + next_random(seed) % (size - 2);
    if (next_random(seed) % 2 == 0) {
        memmove(text + at, text + at + 1, size - at);
    } else {
        char letter = text[at];
        text[at] = text[at + 1];
        text[at + 1] = letter;
    }
}

static void put_person(fixture *f, const char *key, const person *p, uint64_t *seed) {
    char given[32], family[32], birth[64], email[64];
    unsigned slip = next_random(seed) % 6;
    snprintf(given, sizeof given, "%s", p->given);
    snprintf(family, sizeof family, "%s", p->family);
    snprintf(birth, sizeof birth, "%u-%02u-%02u", p->year, p->month,
             slip == 2 ? 1 + p->day % 28 : p->day);
    snprintf(email, sizeof email, "%.8s.%.8s%u@mail.example", p->given, p->family,
             p->year % 10 + (next_random(seed) % 4 == 0));
    if (slip == 0) {
        spoil(family, seed);
    } else if (slip == 1) {
        spoil(given, seed);
    }
    assert_int_equal(scratch_record(f->txn, kith_record_put, "crm", key, AT_US, NULL, "given_name",
                                    given, "family_name", family,
                                    slip == 3 ? "nickname" : "birth_date", birth,
                                    slip == 4 ? "town" : "city", p->city,
                                    next_random(seed) % 3 == 0 ? "email" : "note", email, NULL),
                     KITH_OK);
}

/* Resolves what the transaction wrote, and begins anew. */
static void resolve(fixture *f) {
    kith_error error = KITH_ERROR_INIT;
    scratch_commit(f->txn);
    f->txn = NULL;
    assert_int_equal(kith_resolve(f->store, NULL, NULL, &error), KITH_OK);
    f->txn = scratch_begin(f->store, KITH_WRITE);
}

static uint32_t put_persons(fixture *f) {
    uint64_t seed = 11;
    uint32_t count = 0;
    for (size_t i = 0; i < PERSONS; i++) {
        person p = make_person(&seed);
        for (uint32_t copies = 1 + next_random(&seed) % 4; copies > 0; copies--) {
            char key[16];
            snprintf(key, sizeof key, "%u", count++);
            put_person(f, key, &p, &seed);
        }
    }
    resolve(f);
    return count;
}

static kith_pair_report *report_of(fixture *f, uint32_t a, uint32_t b) {
    kith_pair_report *report = NULL;
    assert_int_equal(kith_explain_pair(f->txn, a, b, &report), KITH_OK);
    return report;
}

static kith_explanation *why(fixture *f, uint32_t a, uint32_t b) {
    kith_explanation *explanation = NULL;
    assert_int_equal(kith_explain_why(f->txn, a, b, &explanation), KITH_OK);
    return explanation;
}

/* Pairs */

static bool same_bits(double bits, int32_t weight) {
    return bits * KITHI_BIT == (double)weight;
}

static int32_t weigh(fixture *f, const kithi_model *model, uint32_t a, uint32_t b) {
    uint64_t room[2][KITHI_FEATURES_MAX_BYTES / sizeof(uint64_t)], pattern;
    kithi_features *x = (kithi_features *)(void *)room[0], *y = (kithi_features *)(void *)room[1];
    assert_int_equal(kithi_features_read(f->txn, model, a, x), KITH_OK);
    assert_int_equal(kithi_features_read(f->txn, model, b, y), KITH_OK);
    return kithi_pair_weight(model, x, y, INT32_MIN, &pattern);
}

static bool is_kept(fixture *f, uint32_t a, uint32_t b) {
    kithi_arena arena;
    kithi_scored *pairs;
    size_t count;
    bool found = false;
    kithi_arena_init(&arena);
    assert_int_equal(kithi_scored_of(f->txn, a, &arena, &pairs, &count), KITH_OK);
    for (size_t i = 0; i < count; i++) {
        found = found || pairs[i].other == b;
    }
    kithi_arena_clear(&arena);
    return found;
}

/* The sums of what the comparisons say. */
static kith_rival_bits sum_of(const kith_pair_report *report) {
    kith_rival_bits sum = kith_pair_report_total(report)->prior;
    const kith_pair_comparison *c;
    for (size_t i = 0; (c = kith_pair_report_comparison(report, i)) != NULL; i++) {
        sum.stranger += c->bits.stranger + c->frequency_bits;
        sum.relative += c->bits.relative;
        assert_true(c->level > 0 || (c->bits.stranger == 0 && c->bits.relative == 0));
    }
    return sum;
}

static void check_pair(fixture *f, const kithi_model *model, uint32_t a, uint32_t b) {
    kith_pair_report *report = report_of(f, a, b);
    const kith_pair_total *total = kith_pair_report_total(report);
    kith_rival_bits sum = sum_of(report);
    assert_true(same_bits(total->bits, weigh(f, model, a, b)));
    assert_true(sum.stranger == total->sum.stranger && sum.relative == total->sum.relative);
    assert_true(total->bits == fmin(sum.stranger, sum.relative));
    assert_int_equal(total->relative_decides, sum.relative < sum.stranger);
    assert_true(same_bits(total->link_at, model->link_at));
    assert_true(same_bits(total->known_at, model->known_at));
    assert_true(same_bits(total->keep_at, model->keep_at));
    assert_int_equal(total->links, total->bits >= total->link_at);
    assert_int_equal(total->kept, is_kept(f, a, b));
    assert_true(total->a == a && total->b == b && total->model_version == 1);
    assert_int_equal(kith_pair_report_comparison_count(report), model->comparison_count);
    kith_pair_report_free(report);
}

static void test_sums_are_the_weights(void **state) {
    fixture *f = *state;
    uint32_t count = put_persons(f);
    uint64_t seed = 5;
    const kithi_model *model;
    assert_int_equal(kithi_model_of(f->txn, &model), KITH_OK);
    for (size_t i = 0; i < 2000; i++) {
        check_pair(f, model, next_random(&seed) % count, next_random(&seed) % count);
    }
    for (uint32_t i = 0; i + 1 < count; i++) {
        check_pair(f, model, i, i + 1); /* one person, as often as not */
    }
}

static const kith_pair_comparison *comparison_of(const kith_pair_report *report, const char *name) {
    const kith_pair_comparison *c;
    for (size_t i = 0; (c = kith_pair_report_comparison(report, i)) != NULL; i++) {
        if (strcmp(c->name, name) == 0) {
            return c;
        }
    }
    fail_msg("no comparison %s", name);
    return NULL;
}

static void expect_comparison(const kith_pair_report *report, const char *name, const char *kind,
                              const char *level, const char *a, const char *b) {
    const kith_pair_comparison *c = comparison_of(report, name);
    assert_string_equal(c->kind, kind);
    assert_string_equal(c->level_name, level);
    assert_int_equal(c->level == 0, strcmp(level, "missing") == 0);
    assert_true((a == NULL) == (c->value_a == NULL) && (b == NULL) == (c->value_b == NULL));
    assert_true(a == NULL || strcmp(a, c->value_a) == 0);
    assert_true(b == NULL || strcmp(b, c->value_b) == 0);
}

static void test_what_both_say(void **state) {
    fixture *f = *state;
    uint32_t count = put_persons(f);
    assert_int_equal(scratch_record(f->txn, kith_record_put, "shop", "x", AT_US, NULL, "given_name",
                                    "Ronja", "family_name", "Vogel", "middle_name", "Maria",
                                    "birth_date", "1971-02-03", "city", "Ulm", "postcode", "89073",
                                    NULL),
                     KITH_OK);
    assert_int_equal(scratch_record(f->txn, kith_record_put, "shop", "y", AT_US, NULL, "full_name",
                                    "Ronja Vogel", "birth_date", "1971-03-02", "address_line",
                                    "Lange Gasse 5", "city", "Ulm", NULL),
                     KITH_OK);
    kith_pair_report *report = report_of(f, count, count + 1);
    expect_comparison(report, "name", "name", "given and family equal", "Ronja Maria Vogel",
                      "Ronja Vogel");
    expect_comparison(report, "birth_date", "date", "day and month swapped", "1971-02-03",
                      "1971-03-02");
    expect_comparison(report, "address", "address", "same city", "Ulm, 89073",
                      "Lange Gasse 5, Ulm");
    expect_comparison(report, "gender", "category", "missing", NULL, NULL);
    assert_true(kith_pair_report_comparison(report, kith_pair_report_comparison_count(report)) ==
                NULL);
    kith_pair_report_free(report);
    kith_pair_report_free(NULL);
}

static void test_no_pair(void **state) {
    fixture *f = *state;
    kith_pair_report *report = NULL;
    assert_int_equal(
        scratch_record(f->txn, kith_record_put, "crm", "a", AT_US, NULL, "city", "Ulm", NULL),
        KITH_OK);
    assert_int_equal(
        scratch_record(f->txn, kith_record_put, "crm", "b", AT_US, NULL, "city", "Ulm", NULL),
        KITH_OK);
    assert_int_equal(kith_explain_pair(f->txn, 0, 0, &report), KITH_NOT_FOUND);
    assert_non_null(strstr(kith_txn_error(f->txn)->message, "run kith resolve first"));
    resolve(f);
    assert_int_equal(kith_explain_pair(f->txn, 0, 7, &report), KITH_NOT_FOUND);
    assert_non_null(strstr(kith_txn_error(f->txn)->message, "no record number 7"));
    assert_int_equal(kith_explain_pair(f->txn, 7, 0, &report), KITH_NOT_FOUND);
    assert_null(report);
    assert_int_equal(kith_explain_pair(f->txn, 0, 0, &report), KITH_OK);
    kith_pair_report_free(report);
}

static void assert_misused(const fixture *f, int code) {
    assert_int_equal(code, KITH_MISUSE);
    assert_non_null(strstr(kith_txn_error(f->txn)->message, "a place for the"));
}

static void test_a_place_for_the_result_is_required(void **state) {
    fixture *f = *state;
    kith_blame *blame = NULL;
    assert_int_equal(
        scratch_record(f->txn, kith_record_put, "crm", "a", AT_US, NULL, "city", "Ulm", NULL),
        KITH_OK);
    assert_misused(f, kith_explain_pair(f->txn, 0, 0, NULL));
    assert_misused(f, kith_explain_why(f->txn, 0, 0, NULL));
    assert_misused(f, kith_explain_how(f->txn, 0, NULL));
    assert_misused(f, kith_explain_blame(f->txn, 0, NULL));
    assert_int_equal(kith_explain_blame(f->txn, 0, &blame), KITH_OK);
    assert_null(kith_blame_part(blame, 0, NULL));
    kith_blame_free(blame);
}

/* Paths, and what is lacking */

static double bits_between(fixture *f, uint32_t a, uint32_t b) {
    kith_pair_report *report = report_of(f, a, b);
    double bits = kith_pair_report_total(report)->bits;
    kith_pair_report_free(report);
    return bits;
}

static bool is_scored(const kith_step *step) {
    return step->type != NULL && strcmp(step->type, "score") == 0;
}

/* Every path leads from a to b; each score of it says the bits of its two records. */
static size_t check_paths(fixture *f, const kith_explanation *e, uint32_t a, uint32_t b) {
    const kith_step *step;
    uint32_t path = 0, at = b;
    size_t scores = 0;
    for (size_t i = 0; (step = kith_explanation_step(e, i)) != NULL; i++) {
        assert_int_equal(step->kind, KITH_STEP_LINK);
        assert_true(at == b ? step->path == path + 1 : step->path == path);
        path = step->path;
        at = at == b ? a : at;
        assert_int_equal(step->a, at);
        at = step->b;
        if (is_scored(step)) {
            char text[32];
            snprintf(text, sizeof text, "%.2f bits", step->bits);
            assert_string_equal(step->detail, text);
            assert_true(step->bits == bits_between(f, step->a, step->b));
            assert_true(step->bits >= step->bits_needed && step->bits_needed == 2.0);
            scores++;
        }
    }
    assert_true(path >= 1 && path <= 16);
    assert_int_equal(at, b);
    return scores;
}

/* The last step tells the bits of a and b, unless it was refused by a rule all the same. */
static kith_step_kind check_apart(fixture *f, const kith_explanation *e, uint32_t a, uint32_t b) {
    const kith_step *last = kith_explanation_step(e, kith_explanation_step_count(e) - 1);
    double bits = bits_between(f, a, b);
    if (last->kind == KITH_STEP_REFUSED) {
        assert_true(bits >= 2.0 && is_kept(f, a, b));
        return last->kind;
    }
    assert_int_equal(last->kind, bits < 2.0 ? KITH_STEP_WEAK : KITH_STEP_UNCOMPARED);
    assert_true(last->a == a && last->b == b && last->bits == bits && last->bits_needed == 2.0);
    assert_true(is_scored(last));
    assert_int_equal(strstr(last->detail, "are lacking") != NULL, bits < 2.0);
    return last->kind;
}

static void test_why(void **state) {
    fixture *f = *state;
    uint32_t count = put_persons(f);
    size_t scores = 0, weak = 0;
    for (uint32_t i = 0; i < count; i++) {
        for (uint32_t j = i + 1; j < count && j < i + 6; j++) {
            kith_explanation *e = why(f, i, j);
            if (kith_explanation_same(e)) {
                scores += check_paths(f, e, i, j);
            } else {
                weak += check_apart(f, e, i, j) == KITH_STEP_WEAK;
            }
            kith_explanation_free(e);
        }
    }
    assert_true(scores > 100 && weak > 100);
}

/* "2 of 9 cross pairs are known, 3 are needed" */
static void check_cohesion(const kith_step *step) {
    unsigned known, all, needed;
    char text[96];
    assert_int_equal(
        sscanf(step->detail, "%u of %u cross pairs %*s known, %u", &known, &all, &needed), 3);
    assert_true(known < needed && needed == (all + 2) / 3);
    snprintf(text, sizeof text, "%u of %u cross pairs %s known, %u %s needed", known, all,
             known == 1 ? "is" : "are", needed, needed == 1 ? "is" : "are");
    assert_string_equal(step->detail, text);
}

static void test_how(void **state) {
    fixture *f = *state;
    uint32_t count = put_persons(f);
    size_t scores = 0, refused = 0;
    for (uint32_t i = 0; i < count; i++) {
        kith_explanation *e = NULL;
        const kith_step *step;
        assert_int_equal(kith_explain_how(f->txn, i, &e), KITH_OK);
        for (size_t j = 0; (step = kith_explanation_step(e, j)) != NULL; j++) {
            if (step->rule != NULL && strcmp(step->rule, "cohesion") == 0) {
                check_cohesion(step);
            }
            refused += is_scored(step) && step->rule != NULL && step->detail != NULL;
            if (is_scored(step)) {
                assert_true(step->bits == bits_between(f, step->a, step->b));
                scores++;
            } else {
                assert_true(step->bits == 0 && step->bits_needed == 0);
            }
        }
        kith_explanation_free(e);
    }
    assert_true(scores > 100 && refused > 0);
}

/* A pair that a veto keeps apart, and whose records have little else in common. */
static void test_why_of_a_veto(void **state) {
    fixture *f = *state;
    uint32_t count = put_persons(f);
    assert_int_equal(scratch_record(f->txn, kith_record_put, "shop", "x", AT_US, NULL, "given_name",
                                    "Thea", "birth_date", "1979-08-21", "city", "Ulm", "email",
                                    "t.m39@mail.example", NULL),
                     KITH_OK);
    assert_int_equal(scratch_record(f->txn, kith_record_put, "shop", "y", AT_US, NULL, "given_name",
                                    "Boris", "family_name", "Zimmer", "birth_date", "1968-09-09",
                                    "city", "Kiel", "email", "t.m39@mail.example", NULL),
                     KITH_OK);
    kith_explanation *e = why(f, count, count + 1);
    assert_false(kith_explanation_same(e));
    const kith_step *first = kith_explanation_step(e, 0);
    assert_int_equal(first->kind, KITH_STEP_REFUSED);
    assert_string_equal(first->rule, "veto");
    check_apart(f, e, count, count + 1);
    kith_explanation_free(e);
}

/* Cohesion: how many of the cross pairs are known. All records show the same. */
static void test_cross_pairs(void **state) {
    fixture *f = *state;
    kithi_component c;
    kithi_groups groups;
    kithi_cohesion k;
    kithi_node nodes[6] = {{.record = 0}};
    kithi_found_link link = {.a = 1, .b = 2};
    kithi_weighed_pair pairs[] = {
        {.a = 0, .b = 1}, {.a = 1, .b = 2}, {.a = 2, .b = 3}, {.a = 3, .b = 4}, {.a = 0, .b = 4}};
    put_persons(f);
    kithi_component_init(&c, f->txn, true);
    assert_int_equal(kithi_model_of(f->txn, &c.model), KITH_OK);
    c.nodes = nodes;
    c.node_count = 6; /* the last is weighed with nobody */
    c.weighed = pairs;
    c.weighed_count = 5;
    assert_true(kithi_groups_init(&groups, &c) && kithi_group_unite(&groups, 0, 1));
    assert_true(kithi_group_unite(&groups, 2, 3) && kithi_group_unite(&groups, 2, 4));
    assert_true(kithi_group_unite(&groups, 2, 5) && kithi_cohesion_init(&k, &groups));
    assert_int_equal(kithi_cohesion_check(&k, &link), KITH_OK);
    assert_true(link.rule == KITHI_RULE_NONE && link.cross.all == 6 && link.cross.known == 2 &&
                link.cross.needed == 2);
    kithi_cohesion_clear(&k);
    c.weighed_count = 4;
    assert_true(kithi_cohesion_init(&k, &groups));
    assert_int_equal(kithi_cohesion_check(&k, &link), KITH_OK);
    assert_true(link.rule == KITHI_RULE_COHESION && link.cross.all == 6 && link.cross.known == 1 &&
                link.cross.needed == 2);
    kithi_cohesion_clear(&k);
    c.nodes = NULL;
    c.weighed = NULL;
    kithi_component_clear(&c);
}

/* Blame */

static void put_values(fixture *f, const char *key, const char *type, const char *value,
                       const char *other_type, const char *other_value) {
    assert_int_equal(scratch_record(f->txn, kith_record_put, "crm", key, AT_US, NULL, type, value,
                                    other_type, other_value, NULL),
                     KITH_OK);
}

/* "phone +1...: 0 1 | 2 3" */
static const char *blame(fixture *f, uint32_t record) {
    kith_blame *found = NULL;
    size_t at = 0, count = 0;
    assert_int_equal(kith_explain_blame(f->txn, record, &found), KITH_OK);
    const kith_step *link = kith_blame_link(found);
    if (link != NULL) {
        at = (size_t)snprintf(f->text, sizeof f->text, "%s%s%s:", link->type,
                              link->value != NULL ? " " : "",
                              link->value != NULL ? link->value : "");
        assert_int_equal(link->kind, KITH_STEP_LINK);
    } else {
        at = (size_t)snprintf(f->text, sizeof f->text,
                              "none%s:", kith_blame_complete(found) ? "" : " in time");
    }
    assert_true(kith_blame_part_count(found) > (link != NULL));
    for (size_t i = 0; i < kith_blame_part_count(found); i++) {
        const uint32_t *records = kith_blame_part(found, i, &count);
        at += (size_t)snprintf(f->text + at, sizeof f->text - at, "%s", i > 0 ? " |" : "");
        for (size_t j = 0; j < count && at < 200; j++) {
            at += (size_t)snprintf(f->text + at, sizeof f->text - at, " %u", records[j]);
        }
    }
    assert_null(kith_blame_part(found, kith_blame_part_count(found), &count));
    kith_blame_free(found);
    return f->text;
}

static void link_records(fixture *f, const char *a, const char *b, const char *by) {
    assert_int_equal(kith_record_link(f->txn, "crm", a, "crm", b, by, AT_US, NULL), KITH_OK);
}

static void test_blame_of_values(void **state) {
    fixture *f = *state;
    put_values(f, "0", "email", "a@x.example", "note", "-");
    assert_string_equal(blame(f, 0), "none: 0");
    put_values(f, "1", "email", "a@x.example", "phone", "+442079460958");
    put_values(f, "2", "email", "b@x.example", "phone", "+442079460958");
    put_values(f, "3", "email", "b@x.example", "note", "-");
    assert_string_equal(blame(f, 3), "phone +442079460958: 0 1 | 2 3");
    put_values(f, "4", "note", "-", "phone", "+442079460958"); /* of all that share it */
    assert_string_equal(blame(f, 0), "phone +442079460958: 0 1 | 2 3 | 4");
    link_records(f, "1", "2", "Eve"); /* a second link of the same two, and a stronger one */
    assert_string_equal(blame(f, 0), "phone +442079460958: 0 1 2 3 | 4");
    link_records(f, "4", "0", "Eve");
    assert_string_equal(blame(f, 0), "email b@x.example: 0 1 2 4 | 3");
    link_records(f, "3", "1", "Eve");
    assert_string_equal(blame(f, 4), "none: 0 1 2 3 4");
    commit(f);
    assert_string_equal(blame(f, 4), "none: 0 1 2 3 4");
    kith_blame *found = NULL;
    assert_int_equal(kith_explain_blame(f->txn, 9, &found), KITH_NOT_FOUND);
    assert_null(found);
    kith_blame_free(NULL);
}

static void test_blame_of_a_decision(void **state) {
    fixture *f = *state;
    for (uint32_t i = 0; i < 3; i++) {
        char key[8];
        snprintf(key, sizeof key, "%u", i);
        put_values(f, key, "note", "-", "city", "Ulm");
    }
    link_records(f, "0", "1", "Ann");
    link_records(f, "1", "2", "Bob");
    const char *said = blame(f, 1);
    assert_true(strcmp(said, "assertion Ann: 0 | 1 2") == 0 ||
                strcmp(said, "assertion Bob: 0 1 | 2") == 0);
    link_records(f, "2", "0", "Ann");
    assert_string_equal(blame(f, 1), "none: 0 1 2");
}

/* A ring of decisions: no link alone holds it, and it is too large for trying all. */
static void test_blame_ends_in_time(void **state) {
    fixture *f = *state;
    enum { RING = 1500 };
    for (uint32_t i = 0; i < RING; i++) {
        char key[8], before[8];
        snprintf(key, sizeof key, "%u", i);
        snprintf(before, sizeof before, "%u", i - 1);
        put_values(f, key, "note", "-", "city", "Ulm");
        if (i > 0) {
            link_records(f, before, key, "Ann");
        }
    }
    link_records(f, "0", "1499", "Ann");
    assert_int_equal(strncmp(blame(f, 3), "none in time: 0 1 2", 19), 0);
}

/* The scored links of the persons: what is blamed does hold them. */
static void check_scored_blame(fixture *f, uint32_t record, size_t *scored) {
    kith_blame *found = NULL;
    kith_explanation *e = NULL;
    const kith_step *link, *step;
    assert_int_equal(kith_explain_blame(f->txn, record, &found), KITH_OK);
    assert_int_equal(kith_explain_how(f->txn, record, &e), KITH_OK);
    link = kith_blame_link(found);
    bool among = link == NULL;
    for (size_t i = 0; link != NULL && (step = kith_explanation_step(e, i)) != NULL; i++) {
        among = among || (step->kind == KITH_STEP_LINK && step->a == link->a &&
                          step->b == link->b && step->bits == link->bits);
    }
    assert_true(among && kith_blame_complete(found));
    size_t unions = 0;
    while ((step = kith_explanation_step(e, unions)) != NULL && step->kind == KITH_STEP_LINK) {
        unions++;
    }
    /* The one link of two records, unless they share a value too. */
    assert_true(unions != 1 || link != NULL || !is_scored(kith_explanation_step(e, 0)));
    *scored += link != NULL && is_scored(link);
    kith_explanation_free(e);
    kith_blame_free(found);
}

static void test_blame_of_scores(void **state) {
    fixture *f = *state;
    uint32_t count = put_persons(f);
    size_t scored = 0;
    for (uint32_t i = 0; i < count; i++) {
        check_scored_blame(f, i, &scored);
    }
    assert_true(scored > 50);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_sums_are_the_weights, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_what_both_say, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_a_place_for_the_result_is_required, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_no_pair, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_why, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_how, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_why_of_a_veto, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_cross_pairs, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_blame_of_values, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_blame_of_a_decision, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_blame_ends_in_time, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_blame_of_scores, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
