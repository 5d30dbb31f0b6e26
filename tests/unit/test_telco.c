/*
 * Chances on what was published: who of a telephone company's customers left it. The table is
 * Telco-Customer-Churn.csv in scoring/telco_churn of the folder of data sets, KITH_DATA.
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "src/base/number.h"
#include "src/score/chance.h"
#include "src/score/reasons.h"

#define COLUMNS  21 /* customer, features, whether he left */
#define FEATURES (COLUMNS - 2)

static void assert_near(double found, double wanted, double within) {
    if (!(fabs(found - wanted) <= within)) {
        fail_msg("%.12g is not %.12g within %g", found, wanted, within);
    }
}

static FILE *open_table(void) {
    const char *data = getenv("KITH_DATA");
    char path[1024];
    snprintf(path, sizeof path, "%s/scoring/telco_churn/Telco-Customer-Churn.csv",
             data != NULL ? data : SHARED_DATA);
    FILE *file = fopen(path, "r");
    if (file == NULL) {
        print_message("[  SKIPPED ] %s isn't there: set KITH_DATA to the folder of the data sets\n",
                      path);
        skip();
    }
    return file;
}

/* No cell of the table has quotes. */
static bool read_cells(FILE *file, char line[1024], char *cells[COLUMNS]) {
    if (fgets(line, 1024, file) == NULL) {
        return false;
    }
    line[strcspn(line, "\r\n")] = '\0';
    for (size_t i = 0; i < COLUMNS; i++) {
        size_t size = strcspn(line, ",");
        cells[i] = line;
        line += size + (line[size] == ',');
        cells[i][size] = '\0';
    }
    return true;
}

static bool is_number(const char *name) {
    return strcmp(name, "tenure") == 0 || strcmp(name, "MonthlyCharges") == 0 ||
           strcmp(name, "TotalCharges") == 0;
}

static void read_values(const kithi_cases *cases, char *cells[COLUMNS], kith_value *out) {
    for (size_t i = 0; i < FEATURES; i++) {
        const char *text = cells[i + 1];
        double number;
        out[i] = kith_value_text(text);
        if (cases->features[i].kind == KITHI_FEATURE_NUMBER) {
            bool told = kithi_real_parse(text, strlen(text), &number);
            out[i] = told ? kith_value_real(number) : kith_value_null();
        }
    }
}

static void read_table(kithi_cases *cases) {
    FILE *file = open_table();
    char line[1024], *cells[COLUMNS];
    kith_value values[FEATURES];
    assert_true(kithi_cases_init(cases, FEATURES));
    assert_true(read_cells(file, line, cells));
    for (size_t i = 0; i < FEATURES; i++) {
        assert_true(
            kithi_cases_name(cases, i, cells[i + 1],
                             is_number(cells[i + 1]) ? KITHI_FEATURE_NUMBER : KITHI_FEATURE_LEVEL));
    }
    while (read_cells(file, line, cells)) {
        read_values(cases, cells, values);
        assert_true(kithi_cases_add(cases, values, strcmp(cells[COLUMNS - 1], "Yes") == 0));
    }
    fclose(file);
}

static void learn(kithi_cases *cases, kithi_chance *chance, kithi_chance_report *report) {
    kithi_chance_options options = KITHI_CHANCE_OPTIONS_INIT;
    read_table(cases);
    kithi_chance_refusal refusal = kithi_chance_fit(cases, &options, chance, report, NULL);
    assert_int_equal(refusal, KITHI_CHANCE_FITS);
}

/* What scikit-learn's LogisticRegression(C=1) comes to with StratifiedKFold(5), from the same
 * columns, which were scaled by all. */
static void test_those_who_leave_are_told_as_was_published(void **state) {
    (void)state;
    kithi_cases cases;
    kithi_chance chance;
    kithi_chance_report report;
    learn(&cases, &chance, &report);
    const kithi_validation *v = &report.held_out;
    assert_int_equal(report.count, 7043);
    assert_int_equal(report.happened, 1869);
    assert_int_equal(report.left_out, 0);
    assert_int_equal(report.columns, 47);
    assert_near(v->base_rate, 1869 / 7043., 1e-12);
    assert_near(v->auc, .8454, .00005); /* as published */
    assert_near(v->auc, .8453726354, 1e-8);
    assert_near(v->auc_deviation, .0108749379, 1e-8);
    assert_near(v->log_loss, .4172322283, 1e-8);
    assert_near(v->brier, .1354238841, 1e-8);
    kithi_chance_clear(&chance);
    kithi_cases_clear(&cases);
}

/* The chances that were said are what came, to some hundredths, in each tenth of the customers. */
static void test_chances_are_kept(void **state) {
    (void)state;
    kithi_cases cases;
    kithi_chance chance;
    kithi_chance_report report;
    uint32_t count = 0;
    learn(&cases, &chance, &report);
    for (size_t i = 0; i < KITHI_DECILES; i++) {
        const kithi_decile *d = &report.held_out.deciles[i];
        assert_near(d->actual, d->predicted, .06);
        assert_true(i == 0 || d->predicted > d[-1].predicted);
        count += d->count;
    }
    assert_int_equal(count, 7043);
    assert_near(report.held_out.deciles[9].predicted, .725104, 1e-6);
    assert_near(report.held_out.deciles[9].actual, .768466, 1e-6);
    kithi_chance_clear(&chance);
    kithi_cases_clear(&cases);
}

/* The first customers' scores as scikit-learn has them, and why they are what they are. */
static void test_customers_have_reasons(void **state) {
    (void)state;
    static const double scores[] = {.54695758, -3.11134845, -.87802629};
    static const char *const reasons[] = {"tenure = 1", "TotalCharges = 29.85"};
    static const double shares[] = {1.8, -.66};
    kithi_cases cases;
    kithi_chance chance;
    kithi_chance_report report;
    char line[1024], *cells[COLUMNS], text[256];
    learn(&cases, &chance, &report);
    FILE *file = open_table();
    assert_true(read_cells(file, line, cells));
    for (size_t i = 0; i < 3; i++) {
        kith_value values[FEATURES];
        double parts[FEATURES];
        kithi_reason found[2];
        assert_true(read_cells(file, line, cells));
        read_values(&cases, cells, values);
        assert_near(kithi_chance_score(&chance, values, parts), scores[i], 1e-6);
        assert_int_equal(kithi_reasons_find(parts, FEATURES, 2, found), 2);
        for (size_t j = 0; i == 0 && j < 2; j++) {
            size_t feature = found[j].feature;
            kithi_reason_name(cases.features[feature].name, &values[feature], text, sizeof text);
            assert_string_equal(text, reasons[j]);
            assert_near(found[j].part, shares[j], fabs(shares[j]) / 20);
        }
    }
    fclose(file);
    kithi_chance_clear(&chance);
    kithi_cases_clear(&cases);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_those_who_leave_are_told_as_was_published),
        cmocka_unit_test(test_chances_are_kept),
        cmocka_unit_test(test_customers_have_reasons),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
