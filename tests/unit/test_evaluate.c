/*
 * kith_evaluate: figures by hand, figures against a naive count of all pairs, and truth files of
 * every wrong form. Clusters are made by decisions of people, so that nothing here depends on
 * identifier rules.
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "kith.h"
#include "src/identity/scored.h"
#include "tests/fault/scratch.h"

typedef struct fixture {
    char folder[SCRATCH_PATH_BYTES];
    char store_path[SCRATCH_PATH_BYTES];
    char truth_path[SCRATCH_PATH_BYTES];
    kith *store;
} fixture;

static int set_up(void **state) {
    fixture *f = calloc(1, sizeof *f);
    assert_non_null(f);
    scratch_make(f->folder);
    scratch_path(f->store_path, f->folder, "s.kith");
    scratch_path(f->truth_path, f->folder, "truth.csv");
    kith_open_options options = KITH_OPEN_OPTIONS_INIT;
    kith_error error = KITH_ERROR_INIT;
    options.flags = KITH_CREATE_NEW;
    options.map_size_bytes = (uint64_t)64 << 20;
    if (kith_open(f->store_path, &options, &f->store, &error) != KITH_OK) {
        fail_msg("%s", error.message);
    }
    *state = f;
    return 0;
}

static int tear_down(void **state) {
    fixture *f = *state;
    char lock[SCRATCH_PATH_BYTES + 8];
    snprintf(lock, sizeof lock, "%s-lock", f->store_path);
    kith_close(f->store);
    unlink(f->store_path);
    unlink(lock);
    unlink(f->truth_path);
    rmdir(f->folder);
    free(f);
    return 0;
}

static void write_bytes(const fixture *f, const char *data, size_t size) {
    FILE *file = fopen(f->truth_path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(data, 1, size, file), size);
    assert_int_equal(fclose(file), 0);
}

static void write_truth(const fixture *f, const char *text) {
    write_bytes(f, text, strlen(text));
}

static kith_txn *begin(const fixture *f) {
    kith_txn *txn = NULL;
    kith_error error = KITH_ERROR_INIT;
    if (kith_txn_begin(f->store, KITH_WRITE, &txn, &error) != KITH_OK) {
        fail_msg("%s", error.message);
    }
    return txn;
}

static void commit(kith_txn *txn) {
    kith_error error = KITH_ERROR_INIT;
    if (kith_txn_commit(txn, &error) != KITH_OK) {
        fail_msg("%s", error.message);
    }
}

static void put(kith_txn *txn, const char *source, const char *key) {
    kith_field field = {"note", kith_value_text(key)};
    kith_record_input input = KITH_RECORD_INPUT_INIT;
    kith_change change;
    input.source = source;
    input.key = key;
    input.at_us = 1000;
    input.fields = &field;
    input.field_count = 1;
    assert_int_equal(kith_record_put(txn, &input, &change), KITH_OK);
}

static void join(kith_txn *txn, const char *a, const char *b) {
    kith_change change;
    assert_int_equal(kith_record_link(txn, "s", a, "s", b, "test", 2000, &change), KITH_OK);
}

/* Profiles {a1 a2 b1} {a3} {b2 b3}. */
static void make_six(const fixture *f) {
    static const char *const keys[] = {"a1", "a2", "a3", "b1", "b2", "b3"};
    kith_txn *txn = begin(f);
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
        put(txn, "s", keys[i]);
    }
    join(txn, "a1", "a2");
    join(txn, "a2", "b1");
    join(txn, "b2", "b3");
    commit(txn);
}

static kith_evaluation *evaluate(const fixture *f) {
    kith_evaluation *evaluation = NULL;
    kith_error error = KITH_ERROR_INIT;
    if (kith_evaluate(f->store, f->truth_path, NULL, NULL, &evaluation, &error) != KITH_OK) {
        fail_msg("%s", error.message);
    }
    assert_non_null(evaluation);
    return evaluation;
}

static void assert_near(double found, double wanted) {
    if (fabs(found - wanted) > 1e-12) {
        fail_msg("%.15f is not %.15f", found, wanted);
    }
}

static void assert_pair(const kith_wrong_pair *pair, const char *key_a, const char *key_b,
                        const char *entity_a, const char *entity_b) {
    assert_string_equal(pair->source_a, "s");
    assert_string_equal(pair->source_b, "s");
    assert_string_equal(pair->key_a, key_a);
    assert_string_equal(pair->key_b, key_b);
    assert_string_equal(pair->entity_a, entity_a);
    assert_string_equal(pair->entity_b, entity_b);
}

static void assert_six(const kith_evaluation *e) {
    assert_int_equal(e->record_count, 6);
    assert_int_equal(e->missing_count, 0);
    assert_int_equal(e->entity_count, 2);
    assert_int_equal(e->profile_count, 3);
    assert_int_equal(e->true_pair_count, 6);
    assert_int_equal(e->found_pair_count, 4);
    assert_int_equal(e->right_pair_count, 2);
    assert_near(e->pairwise.precision, 0.5);
    assert_near(e->pairwise.recall, 1.0 / 3);
    assert_near(e->pairwise.f1, 0.4);
    assert_near(e->bcubed.precision, 14.0 / 18);
    assert_near(e->bcubed.recall, 10.0 / 18);
    assert_near(e->bcubed.f1, 2 * (14.0 / 18) * (10.0 / 18) / (24.0 / 18));
    assert_int_equal(e->over_merge_count, 2);
    assert_int_equal(e->under_merge_count, 4);
}

static void test_figures_by_hand(void **state) {
    const fixture *f = *state;
    make_six(f);
    write_truth(f, "source,key,entity\ns,a1,A\ns,a2,A\ns,a3,A\ns,b1,B\ns,b2,B\ns,b3,B\n");
    kith_evaluation *e = evaluate(f);
    assert_six(e);
    assert_int_equal(e->size, sizeof *e);
    assert_int_equal(e->model_version, 0); /* so there is no threshold curve */
    assert_int_equal(e->curve_count + e->unscored_pair_count, 0);
    assert_null(e->curve);
    assert_int_equal(e->over_listed, 2);
    assert_pair(e->over_merges[0], "a1", "b1", "A", "B");
    assert_pair(e->over_merges[1], "a2", "b1", "A", "B");
    assert_int_equal(e->under_listed, 4);
    assert_pair(e->under_merges[0], "a1", "a3", "A", "A");
    assert_pair(e->under_merges[1], "a2", "a3", "A", "A");
    assert_pair(e->under_merges[2], "b1", "b2", "B", "B");
    assert_pair(e->under_merges[3], "b1", "b3", "B", "B");
    kith_evaluation_free(e);
}

static void test_forms_of_the_file(void **state) {
    static const char *const forms[] = {
        "\xEF\xBB\xBFsource,key,entity\r\ns,a1,A\r\ns,a2,A\r\ns,a3,A\r\ns,b1,B\r\ns,b2,B\r\ns,b3,"
        "B\r\n",
        "CLUSTER_ID,RECORD_ID,DATA_SOURCE\nA,a1,S\nA,a2,S\nA,a3,S\nB,b1,S\nB,b2,S\nB,b3,S",
        "note,\"Entity\",Source,KEY\n\"x,\"\"y\"\"\nz\",A,s,a1\n,A,s,a2\n\n,A,s,a3\n,B,\"s\",b1\n,"
        "B,s,"
        "\"b2\"\r\n,B,s,\"b3\"",
        /* parted as spreadsheets part, and as import reads it too */
        "source;key;entity\r\ns;a1;A\r\ns;a2;A\r\ns;a3;A\r\ns;b1;B\r\ns;b2;B\r\ns;b3;B\r\n",
        "\xEF\xBB\xBF\n\nsource\tkey\tentity\tnote, if any\ns\ta1\tA\t,\ns\ta2\tA\t\n"
        "s\ta3\tA\t\ns\tb1\tB\t\ns\tb2\tB\t\ns\tb3\tB\t\n",
        "key|entity|source\na1|\"A\"|s\na2|A|s\na3|A|s\nb1|B|s\nb2|B|s\nb3|B|s",
        /* a second copy of a row says nothing new */
        "source,key,entity\ns,b3,B\ns,b2,B\ns,a1,A\ns,a1,A\nS,a1,A\ns,a2,A\ns,a3,A\ns,b1,B\n",
    };
    const fixture *f = *state;
    make_six(f);
    for (size_t i = 0; i < sizeof forms / sizeof forms[0]; i++) {
        write_truth(f, forms[i]);
        kith_evaluation *e = evaluate(f);
        assert_six(e);
        kith_evaluation_free(e);
    }
}

static void test_missing_records_are_left_out(void **state) {
    const fixture *f = *state;
    make_six(f);
    write_truth(f, "source,key,entity\ns,a1,A\ns,a2,A\ns,gone,A\nother,a1,A\ns,a3,C\n");
    kith_evaluation *e = evaluate(f);
    assert_int_equal(e->record_count, 3);
    assert_int_equal(e->missing_count, 2);
    assert_int_equal(e->entity_count, 2);
    assert_near(e->pairwise.precision, 1);
    assert_near(e->pairwise.recall, 1);
    assert_near(e->bcubed.f1, 1);
    assert_int_equal(e->over_listed + e->under_listed, 0);
    kith_evaluation_free(e);
}

static void test_nothing_to_count(void **state) {
    static const char *const truths[] = {"source,key,entity\n", "source,key,entity\ns,nobody,A\n"};
    const fixture *f = *state;
    for (size_t i = 0; i < 2; i++) {
        write_truth(f, truths[i]);
        kith_evaluation *e = evaluate(f);
        assert_int_equal(e->record_count, 0);
        assert_near(e->pairwise.precision, 1);
        assert_near(e->pairwise.recall, 1);
        assert_near(e->pairwise.f1, 1);
        assert_near(e->bcubed.precision, 1);
        assert_near(e->bcubed.recall, 1);
        kith_evaluation_free(e);
    }
}

static void test_exact_source_goes_before_another_case(void **state) {
    const fixture *f = *state;
    kith_txn *txn = begin(f);
    put(txn, "CRM", "1");
    put(txn, "crm", "1");
    put(txn, "crm", "2");
    kith_change change;
    assert_int_equal(kith_record_link(txn, "crm", "1", "crm", "2", "test", 1, &change), KITH_OK);
    commit(txn);
    write_truth(f, "source,key,entity\ncrm,1,A\ncrm,2,A\n");
    kith_evaluation *e = evaluate(f);
    assert_int_equal(e->right_pair_count, 1);
    kith_evaluation_free(e);
}

#define MANY 100

static void test_lists_are_capped(void **state) {
    const fixture *f = *state;
    FILE *truth = fopen(f->truth_path, "wb");
    assert_non_null(truth);
    fputs("source,key,entity\n", truth);
    kith_txn *txn = begin(f);
    for (int i = 0; i < MANY; i++) {
        char key[16];
        snprintf(key, sizeof key, "k%03d", i);
        put(txn, "s", key);
        fprintf(truth, "s,%s,E\n", key);
    }
    commit(txn);
    assert_int_equal(fclose(truth), 0);
    kith_evaluation *e = evaluate(f);
    assert_int_equal(e->under_merge_count, MANY * (MANY - 1) / 2);
    assert_int_equal(e->under_listed, 1000);
    assert_pair(e->under_merges[0], "k000", "k001", "E", "E");
    assert_pair(e->under_merges[999], "k010", "k065", "E", "E");
    assert_near(e->pairwise.recall, 0);
    assert_near(e->pairwise.precision, 1);
    assert_near(e->pairwise.f1, 0);
    assert_near(e->bcubed.recall, 1.0 / MANY);
    kith_evaluation_free(e);
}

/* The naive count. */

#define CAST 24

static uint64_t next_random(uint64_t *seed) {
    *seed = *seed * 6364136223846793005u + 1442695040888963407u;
    return *seed >> 33;
}

typedef struct naive {
    uint64_t true_pairs, found_pairs, right_pairs;
    double precision, recall;
} naive;

static naive count_naively(const int *entity, const kith_id *profile) {
    naive n = {0, 0, 0, 0, 0};
    for (int i = 0; i < CAST; i++) {
        int same_profile = 0, same_entity = 0, same_both = 0;
        for (int j = 0; j < CAST; j++) {
            bool e = entity[i] == entity[j];
            bool p = memcmp(&profile[i], &profile[j], sizeof profile[i]) == 0;
            same_entity += e;
            same_profile += p;
            same_both += e && p;
            n.true_pairs += j > i && e;
            n.found_pairs += j > i && p;
            n.right_pairs += j > i && e && p;
        }
        n.precision += (double)same_both / same_profile / CAST;
        n.recall += (double)same_both / same_entity / CAST;
    }
    return n;
}

static void test_random_clusters(void **state) {
    const fixture *f = *state;
    uint64_t seed = 20240229;
    for (int round = 0; round < 30; round++) {
        char source[16];
        int entity[CAST];
        kith_id profile[CAST];
        char key[8], other[8];
        kith_change change;
        snprintf(source, sizeof source, "round%d", round);
        FILE *truth = fopen(f->truth_path, "wb");
        assert_non_null(truth);
        fputs("key,entity,source\n", truth);
        kith_txn *txn = begin(f);
        for (int i = 0; i < CAST; i++) {
            snprintf(key, sizeof key, "%d", i);
            put(txn, source, key);
            entity[i] = (int)(next_random(&seed) % 8);
            fprintf(truth, "%d,e%d,%s\n", i, entity[i], source);
        }
        for (int i = 0; i < CAST / 2; i++) {
            int a = (int)(next_random(&seed) % CAST), b = (int)(next_random(&seed) % CAST);
            snprintf(key, sizeof key, "%d", a);
            snprintf(other, sizeof other, "%d", b);
            if (a != b) {
                assert_int_equal(
                    kith_record_link(txn, source, key, source, other, "test", 5, &change), KITH_OK);
            }
        }
        commit(txn);
        assert_int_equal(fclose(truth), 0);
        txn = begin(f);
        for (int i = 0; i < CAST; i++) {
            kith_record record = KITH_RECORD_INIT;
            snprintf(key, sizeof key, "%d", i);
            assert_int_equal(kith_record_get(txn, source, key, &record), KITH_OK);
            assert_int_equal(kith_profile_id_of_record(txn, record.number, &profile[i]), KITH_OK);
        }
        kith_txn_abort(txn);
        naive wanted = count_naively(entity, profile);
        kith_evaluation *e = evaluate(f);
        assert_int_equal(e->true_pair_count, wanted.true_pairs);
        assert_int_equal(e->found_pair_count, wanted.found_pairs);
        assert_int_equal(e->right_pair_count, wanted.right_pairs);
        assert_int_equal(e->over_listed, wanted.found_pairs - wanted.right_pairs);
        assert_int_equal(e->under_listed, wanted.true_pairs - wanted.right_pairs);
        assert_near(e->bcubed.precision, wanted.precision);
        assert_near(e->bcubed.recall, wanted.recall);
        for (size_t i = 0; i < e->over_listed; i++) {
            assert_string_not_equal(e->over_merges[i]->entity_a, e->over_merges[i]->entity_b);
        }
        for (size_t i = 0; i < e->under_listed; i++) {
            assert_string_equal(e->under_merges[i]->entity_a, e->under_merges[i]->entity_b);
        }
        kith_evaluation_free(e);
    }
}

/* Wrong files. */

static void assert_refused(const fixture *f, int code, const char *words) {
    kith_evaluation *evaluation = NULL;
    kith_error error = KITH_ERROR_INIT;
    assert_int_equal(kith_evaluate(f->store, f->truth_path, NULL, NULL, &evaluation, &error), code);
    assert_null(evaluation);
    assert_int_equal(error.code, code);
    if (strstr(error.message, words) == NULL) {
        fail_msg("'%s' says nothing of '%s'", error.message, words);
    }
    assert_null(strchr(error.message, '\n'));
}

static void test_wrong_files(void **state) {
    static const struct {
        const char *text;
        const char *words;
    } wrong[] = {
        {"", "is empty"},
        {"\n\n", "is empty"},
        {"source,key\ns,1\n", "no column 'entity'"},
        {"source,entity\ns,1\n", "no column 'key'"},
        {"key,entity\ns,1\n", "no column 'source'"},
        {"source,key,entity\ns,1,A\ns,2\n", "line 3"},
        {"source,key,entity\ns,1,A,B\n", "line 2"},
        {"source,key,entity\n\n\ns,,A\n", "line 4"},
        {"source,key,entity\n,1,A\n", "empty source"},
        {"source,key,entity\ns,1,\n", "empty entity"},
        {"source,key,entity\ns,1,\"A\n", "never closed"},
        {"source,key,entity\ns,1,\"A\"B\n", "closing quote"},
        {"source,key,entity\ns,1,\xFF\n", "not UTF-8"},
        {"source,key,entity\ns,1,A\ns,2,A\ns,1,B\n", "line 4"},
    };
    const fixture *f = *state;
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        write_truth(f, wrong[i].text);
        assert_refused(f, KITH_INVALID, wrong[i].words);
    }
    write_bytes(f, "source,key,entity\ns,1\0,A\n", 25);
    assert_refused(f, KITH_INVALID, "NUL");
    write_bytes(f, "source,key,entity\ns,\"1\0\",A\n", 27);
    assert_refused(f, KITH_INVALID, "NUL");
}

static void test_positions(void **state) {
    const fixture *f = *state;
    kith_evaluation *evaluation = NULL;
    kith_error error = KITH_ERROR_INIT;
    write_truth(f, "source,key,entity\r\ns,1,A\r\ns,2\r\n");
    assert_int_equal(kith_evaluate(f->store, f->truth_path, NULL, NULL, &evaluation, &error),
                     KITH_INVALID);
    assert_int_equal(error.position, 26);
}

static void test_long_rows(void **state) {
    const fixture *f = *state;
    size_t size = 100000;
    char *text = malloc(size + 64);
    assert_non_null(text);
    size_t head = (size_t)sprintf(text, "source,key,entity\ns,1,");
    memset(text + head, 'x', size - head);
    write_bytes(f, text, size);
    assert_refused(f, KITH_INVALID, "64 KiB");
    memset(text, ',', size);
    write_bytes(f, text, size);
    assert_refused(f, KITH_INVALID, "256 columns");
    free(text);
}

static void test_files_that_cannot_be_read(void **state) {
    fixture *f = *state;
    assert_refused(f, KITH_NOT_FOUND, "truth.csv");
    char kept[sizeof f->truth_path];
    memcpy(kept, f->truth_path, sizeof kept);
    snprintf(f->truth_path, sizeof f->truth_path, "%s", f->folder);
    assert_refused(f, KITH_IO, f->folder);
    memcpy(f->truth_path, kept, sizeof kept);
}

static void test_free_accepts_null(void **state) {
    (void)state;
    kith_evaluation_free(NULL);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

/* The threshold curve. */

#define LIKELY 600

static void put_likely(kith_txn *txn, int number, uint64_t *seed) {
    static const char *const given[] = {"Anna", "Boris", "Carla"};
    char key[16], family[16], birth[16];
    int person = number / 3;
    kith_field fields[3];
    kith_record_input input = KITH_RECORD_INPUT_INIT;
    snprintf(key, sizeof key, "%d", number);
    snprintf(family, sizeof family, "%c%curne", 'A' + person % 9, 'a' + person % 4);
    snprintf(birth, sizeof birth, "19%02d-%02d-%02d", person % 31, 1 + person % 12,
             1 + person % 25);
    input.source = "s";
    input.key = key;
    input.at_us = 1000;
    input.fields = fields;
    fields[input.field_count++] = (kith_field){"family_name", kith_value_text(family)};
    if (next_random(seed) % 4 > 0) {
        fields[input.field_count++] =
            (kith_field){"given_name", kith_value_text(given[person / 36 % 3])};
    }
    if (next_random(seed) % 3 > 0) {
        fields[input.field_count++] = (kith_field){"birth_date", kith_value_text(birth)};
    }
    assert_int_equal(kith_record_put(txn, &input, NULL), KITH_OK);
}

/* Two thirds of the records are in the truth, those of a person in a row. */
static bool is_in_truth(int number) {
    return number % 9 < 6;
}

static void make_likely(const fixture *f) {
    uint64_t seed = 5;
    kith_error error = KITH_ERROR_INIT;
    FILE *truth = fopen(f->truth_path, "wb");
    assert_non_null(truth);
    fputs("source,key,entity\n", truth);
    kith_txn *txn = begin(f);
    for (int i = 0; i < LIKELY; i++) {
        put_likely(txn, i, &seed);
        if (is_in_truth(i)) {
            fprintf(truth, "s,%d,p%d\n", i, i / 3);
        }
    }
    commit(txn);
    assert_int_equal(fclose(truth), 0);
    if (kith_resolve(f->store, NULL, NULL, &error) != KITH_OK) {
        fail_msg("%s", error.message);
    }
}

/* Counts the scored pairs of the truth of so many bits, from the table. */
static void count_scored(const fixture *f, double bits, uint64_t *pairs, uint64_t *right) {
    kith_txn *txn = begin(f);
    kithi_arena arena;
    kithi_arena_init(&arena);
    *pairs = *right = 0;
    for (uint32_t i = 0; i < LIKELY; i++) { /* numbers are given in order */
        kithi_scored *scored;
        size_t count;
        assert_int_equal(kithi_scored_of(txn, i, &arena, &scored, &count), KITH_OK);
        for (size_t j = 0; j < count; j++) {
            bool counts = scored[j].other < i && scored[j].weight >= bits * 256 &&
                          is_in_truth((int)i) && is_in_truth((int)scored[j].other);
            *pairs += counts;
            *right += counts && scored[j].other / 3 == i / 3;
        }
    }
    kithi_arena_clear(&arena);
    kith_txn_abort(txn);
}

static void test_threshold_curve(void **state) {
    const fixture *f = *state;
    make_likely(f);
    kith_evaluation *e = evaluate(f);
    assert_int_equal(e->model_version, 1);
    assert_near(e->link_at_bits, 2);
    assert_int_equal(e->curve_count, 13); /* -4, -2, ..., 20 */
    assert_int_equal(e->true_pair_count, LIKELY / 9 * 6 + 6);
    for (size_t i = 0; i < e->curve_count; i++) {
        const kith_curve_point *point = e->curve[i];
        uint64_t pairs, right;
        assert_int_equal(point->size, sizeof *point);
        assert_near(point->threshold_bits, -4 + 2 * (double)i);
        count_scored(f, point->threshold_bits, &pairs, &right);
        assert_int_equal(point->pair_count, pairs);
        assert_int_equal(point->right_pair_count, right);
        assert_near(point->quality.precision, pairs > 0 ? (double)right / (double)pairs : 1);
        assert_near(point->quality.recall, (double)right / (double)e->true_pair_count);
    }
    assert_true(e->curve[0]->pair_count > e->curve[0]->right_pair_count);
    assert_true(e->curve[0]->right_pair_count > e->curve[12]->right_pair_count);
    assert_int_equal(e->unscored_pair_count, e->true_pair_count - e->curve[0]->right_pair_count);
    assert_true(e->unscored_pair_count > 0);
    kith_evaluation_free(e);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(test_figures_by_hand),
        TEST(test_threshold_curve),
        TEST(test_forms_of_the_file),
        TEST(test_missing_records_are_left_out),
        TEST(test_nothing_to_count),
        TEST(test_exact_source_goes_before_another_case),
        TEST(test_lists_are_capped),
        TEST(test_random_clusters),
        TEST(test_wrong_files),
        TEST(test_positions),
        TEST(test_long_rows),
        TEST(test_files_that_cannot_be_read),
        cmocka_unit_test(test_free_accepts_null),
    };
    return cmocka_run_group_tests_name("evaluate", tests, NULL, NULL);
}
