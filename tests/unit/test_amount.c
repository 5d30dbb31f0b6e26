/* Numbers as files write them: what is read, as which number, and what is none. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "src/base/amount.h"
#include "src/base/number.h"

typedef struct amount {
    const char *text;
    double number;
} amount;

static void assert_amounts(const amount *amounts, size_t count) {
    for (size_t i = 0; i < count; i++) {
        const char *text = amounts[i].text;
        double number = -1e9;
        if (!kithi_amount_real(text, strlen(text), &number) || number != amounts[i].number) {
            fail_msg("\"%s\" is %.17g, not %.17g", text, number, amounts[i].number);
        }
    }
}
#define ASSERT_AMOUNTS(amounts) assert_amounts(amounts, sizeof amounts / sizeof amounts[0])

static void assert_none(const char *const *texts, size_t count) {
    for (size_t i = 0; i < count; i++) {
        size_t size = strlen(texts[i]);
        int64_t integer;
        double real;
        bool plain = kithi_real_parse(texts[i], size, &real); /* an exponent, a point at the end */
        if (kithi_amount_integer(texts[i], size, &integer) ||
            (!plain && kithi_amount_real(texts[i], size, &real))) {
            fail_msg("\"%s\" is read as a number", texts[i]);
        }
    }
}
#define ASSERT_NONE(texts) assert_none(texts, sizeof texts / sizeof texts[0])

static void test_digits_of_full_width_and_of_other_scripts(void **state) {
    (void)state;
    static const amount amounts[] = {
        {"１２３", 123},   {"１２．５０", 12.5}, {"－１２，５", -12.5}, {"１，２３４", 1234},
        {"￥１００", 100}, {"١٢", 12},           {"१२.५", 12.5},
    };
    ASSERT_AMOUNTS(amounts);
    static const char *const none[] = {"5²", "①", "十二", "½"};
    ASSERT_NONE(none);
}

static void test_currencies_around_the_number(void **state) {
    (void)state;
    static const amount amounts[] = {
        {"€5.00", 5},     {"5 €", 5},       {"5EUR", 5},
        {"5 eur", 5},     {"EUR 5", 5},     {"USD5.25", 5.25},
        {"$5.00 USD", 5}, {"HK$ 7", 7},     {"R$7,50", 7.5},
        {"￥100元", 100}, {"100 元", 100},  {"５００円", 500},
        {"-€5", -5},      {"€-5", -5},      {"€ -5", -5},
        {"- 5 EUR", -5},  {"+5", 5},        {"−5", -5},
        {"RMB 8", 8},     {"₹1,000", 1000}, {"CHF 1'234.50", 1234.5},
    };
    ASSERT_AMOUNTS(amounts);
    static const char *const none[] = {"5 pcs", "5 mln", "5 EURO", "EURO5", "5%",
                                       "EUR",   "€",     "--5",    "5 €€",  "€€5"};
    ASSERT_NONE(none);
}

static void test_the_last_of_points_and_commas_is_the_decimal_mark(void **state) {
    (void)state;
    static const amount amounts[] = {
        {"1,234.50", 1234.5},       {"1.234,50", 1234.5}, {"1,234,567.891", 1234567.891},
        {"1.234.567,8", 1234567.8}, {"12.50", 12.5},
    };
    ASSERT_AMOUNTS(amounts);
    static const char *const none[] = {"1,234.50,1", "12,34.50", "1,2345.6", "0,123.5",
                                       "1.234,5.6"};
    ASSERT_NONE(none);
}

static void test_a_comma_alone_is_the_decimal_mark_unless_it_can_part_thousands(void **state) {
    (void)state;
    static const amount amounts[] = {
        {"12,50", 12.5},        {"12,5", 12.5},    {"0,500", 0.5},  {"12,5000", 12.5},
        {"1234,567", 1234.567}, {",5", 0.5},       {"1,234", 1234}, {"12,345", 12345},
        {"123,456", 123456},    {"-1,234", -1234}, {"00,5", 0.5},
    };
    ASSERT_AMOUNTS(amounts);
    static const char *const none[] = {"12,", ",", ".", "5.", "1,2,3"};
    ASSERT_NONE(none);
}

static void test_marks_that_part_groups_of_three(void **state) {
    (void)state;
    static const amount amounts[] = {
        {"1,234,567", 1234567}, {"1.234.567", 1234567},    {"1 234 567", 1234567},
        {"1 234,50", 1234.5},   {"1\u00A0234,50", 1234.5}, {"1\u202F234.50", 1234.5},
        {"1'234", 1234},        {"1\u2019234.50", 1234.5}, {"1 234,567", 1234.567},
    };
    ASSERT_AMOUNTS(amounts);
    static const char *const none[] = {"1.2.3",     "01.02.2024", "1 2",       "12 34",
                                       "1 234'567", "1234 567",   "1 234,5,6", "1..2"};
    ASSERT_NONE(none);
}

static void test_commas_that_part_the_indian_way(void **state) {
    (void)state;
    static const amount amounts[] = {
        {"1,00,000.00", 100000}, {"1,23,456", 123456},      {"₹12,34,567.89", 1234567.89},
        {"-1,00,000", -100000},  {"1,00,00,000", 10000000},
    };
    ASSERT_AMOUNTS(amounts);
    static const char *const none[] = {"123,45,678", "1,00,00",  "1,000,00,000", "1,00,000,000",
                                       "0,00,000",   "1.00.000", "1 00 000"};
    ASSERT_NONE(none);
}

static void test_a_minus_behind_or_brackets_around(void **state) {
    (void)state;
    static const amount amounts[] = {
        {"5-", -5},         {"1.234,50-", -1234.5},   {"5,00- EUR", -5}, {"5,00 EUR-", -5},
        {"(5.00)", -5},     {"($1,234.50)", -1234.5}, {"$(5)", -5},      {"(5 EUR)", -5},
        {"(5.00) EUR", -5}, {"（５）", -5},
    };
    ASSERT_AMOUNTS(amounts);
    static const char *const none[] = {"-5-",   "+5-", "(-5)", "-(5)", "(5", "5)",  "(5-)", "(5)-",
                                       "((5))", "()",  "-",    "5--",  "5+", "5-6", "5,-",  "5.-"};
    ASSERT_NONE(none);
}

static void test_exponents(void **state) {
    (void)state;
    int64_t value;
    assert_true(kithi_amount_integer("1e3", 3, &value) && value == 1000);
    assert_true(kithi_amount_integer("-1.5E3", 6, &value) && value == -1500);
    assert_true(kithi_amount_micros("1.5E3", 5, &value) && value == INT64_C(1500000000));
    assert_true(kithi_amount_micros("12e-2", 5, &value) && value == 120000);
    assert_false(kithi_amount_integer("1e-3", 4, &value));
    assert_false(kithi_amount_integer("1e17", 4, &value)); /* its neighbours have none */
    assert_false(kithi_amount_micros("1e13", 4, &value));
    static const char *const none[] = {"e3", "1e", "€1e3", "1,000e3", "1e3 EUR", "1e400", "1e3-"};
    ASSERT_NONE(none);
}

static void test_what_is_no_amount(void **state) {
    (void)state;
    static const char *const none[] = {
        "",
        "free",
        "about 5",
        "5 or 6",
        "2024-01-02",
        "10:30",
        "0x10",
        "12a",
        "nan",
        "inf",
        "99999999999999999999",
        "\xFF"
        "5",
        "1/2",
    };
    ASSERT_NONE(none);
    char long_text[200];
    memset(long_text, '1', sizeof long_text - 1);
    long_text[sizeof long_text - 1] = '\0';
    double real;
    assert_false(kithi_amount_real(long_text, sizeof long_text - 1, &real));
}

static bool integer_of(const char *text, int64_t *out) {
    return kithi_amount_integer(text, strlen(text), out);
}

static bool micros_of(const char *text, int64_t *out) {
    return kithi_amount_micros(text, strlen(text), out);
}

static void test_whole_numbers(void **state) {
    (void)state;
    static const char *const none[] = {"42.5", "1.234", "large", "", ",0", "9223372036854775808 €"};
    int64_t integer;
    assert_true(integer_of("+12", &integer) && integer == 12);
    assert_true(integer_of("１，２３４", &integer) && integer == 1234);
    assert_true(integer_of("42.00", &integer) && integer == 42);
    assert_true(integer_of("-5,0 EUR", &integer) && integer == -5);
    assert_true(integer_of("9.007.199.254.740.993,00", &integer)); /* no double holds it */
    assert_int_equal(integer, INT64_C(9007199254740993));
    for (size_t i = 0; i < sizeof none / sizeof none[0]; i++) {
        assert_false(integer_of(none[i], &integer));
    }
}

static void test_millionths_are_exact(void **state) {
    (void)state;
    int64_t micros;
    assert_true(micros_of("12,50", &micros) && micros == 12500000);
    assert_true(micros_of("007", &micros) && micros == 7000000);
    assert_true(micros_of("€-0,1", &micros) && micros == -100000);
    assert_true(micros_of("9.100.000.000.001,000001 EUR", &micros)); /* no double holds it */
    assert_int_equal(micros, INT64_C(9100000000001000001));
    assert_true(micros_of("0,0000005", &micros) && micros == 0); /* half to even */
    assert_true(micros_of("0,0000015", &micros) && micros == 2);
    assert_false(micros_of("99.999.999.999.999", &micros)); /* a sum counts in 64 bits */
    assert_false(micros_of("99999999999999", &micros));
}

static void test_no_amount_has_millionths(void **state) {
    (void)state;
    static const char *const none[] = {"1,234,56", "free", "1,234.5.", "5%", "", "€"};
    int64_t micros;
    for (size_t i = 0; i < sizeof none / sizeof none[0]; i++) {
        if (micros_of(none[i], &micros)) {
            fail_msg("\"%s\" is summed", none[i]);
        }
    }
}

static bool is_summed(kith_value value) {
    int64_t micros;
    return kithi_amount_summed(&value, &micros);
}

static void test_values_that_are_summed(void **state) {
    (void)state;
    kith_value list = {KITH_TYPE_LIST, {0}};
    assert_true(is_summed(kith_value_integer(-3)));
    assert_true(is_summed(kith_value_real(2.5)));
    assert_true(is_summed(kith_value_text("5 EUR")));
    assert_false(is_summed(kith_value_text("some")));
    assert_false(is_summed(kith_value_integer(INT64_MAX)));
    assert_false(is_summed(kith_value_integer(99999999999999)));
    assert_false(is_summed(kith_value_real(1e13)));
    assert_false(is_summed(kith_value_boolean(true)));
    assert_false(is_summed(kith_value_date(5)));
    assert_false(is_summed(kith_value_null()));
    assert_false(is_summed(list));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_digits_of_full_width_and_of_other_scripts),
        cmocka_unit_test(test_currencies_around_the_number),
        cmocka_unit_test(test_the_last_of_points_and_commas_is_the_decimal_mark),
        cmocka_unit_test(test_a_comma_alone_is_the_decimal_mark_unless_it_can_part_thousands),
        cmocka_unit_test(test_marks_that_part_groups_of_three),
        cmocka_unit_test(test_commas_that_part_the_indian_way),
        cmocka_unit_test(test_a_minus_behind_or_brackets_around),
        cmocka_unit_test(test_exponents),
        cmocka_unit_test(test_what_is_no_amount),
        cmocka_unit_test(test_whole_numbers),
        cmocka_unit_test(test_millionths_are_exact),
        cmocka_unit_test(test_no_amount_has_millionths),
        cmocka_unit_test(test_values_that_are_summed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
