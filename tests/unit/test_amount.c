/* Numbers as files write them: what is read, as which number, and what is none. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "src/base/number.h"
#include "src/ingest/amount.h"

typedef struct amount {
    const char *text;
    double number;
} amount;

static void assert_amounts(const amount *amounts, size_t count) {
    for (size_t i = 0; i < count; i++) {
        kith_value value = kithi_amount_read(kith_value_text(amounts[i].text));
        double number = value.type == KITH_TYPE_INTEGER ? (double)value.as.integer
                        : value.type == KITH_TYPE_REAL  ? value.as.real
                                                        : -1e9;
        if (number != amounts[i].number) {
            fail_msg("\"%s\" is %.17g, not %.17g", amounts[i].text, number, amounts[i].number);
        }
    }
}
#define ASSERT_AMOUNTS(amounts) assert_amounts(amounts, sizeof amounts / sizeof amounts[0])

static void assert_none(const char *const *texts, size_t count) {
    for (size_t i = 0; i < count; i++) {
        kith_value value = kithi_amount_read(kith_value_text(texts[i]));
        if (value.type != KITH_TYPE_TEXT || value.as.text.data != texts[i]) {
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
    static const char *const none[] = {"5 pcs", "5 mln", "5 EURO", "EURO5", "5%",   "EUR",
                                       "€",     "--5",   "5-",     "(5)",   "5 €€", "€€5"};
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
    static const char *const none[] = {"1.2.3",    "01.02.2024", "1 2",       "12 34", "1 234'567",
                                       "1,23,456", "1234 567",   "1 234,5,6", "1..2"};
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
        "1e5",
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
    assert_int_equal(kithi_amount_read(kith_value_text(long_text)).type, KITH_TYPE_TEXT);
    assert_int_equal(kithi_amount_read(kith_value_boolean(true)).type, KITH_TYPE_BOOLEAN);
}

/* Whole numbers stay whole, however they are written. */
static void test_types_of_numbers(void **state) {
    (void)state;
    assert_int_equal(kithi_amount_read(kith_value_text("1,234")).type, KITH_TYPE_INTEGER);
    assert_int_equal(kithi_amount_read(kith_value_text("5 EUR")).type, KITH_TYPE_INTEGER);
    assert_int_equal(kithi_amount_read(kith_value_text("5.00 EUR")).type, KITH_TYPE_REAL);
}

static bool take(kithi_number wanted, const char *text, kith_value *out) {
    *out = kith_value_text(text);
    return kithi_amount_take(wanted, out);
}

static void test_what_is_summed(void **state) {
    (void)state;
    kith_value value;
    assert_true(take(KITHI_NUMBER_SUMMED, "12,50", &value));
    assert_int_equal(value.type, KITH_TYPE_REAL);
    assert_true(take(KITHI_NUMBER_SUMMED, "007", &value));
    assert_int_equal(value.as.integer, 7);
    assert_false(take(KITHI_NUMBER_SUMMED, "free", &value));
    assert_int_equal(value.type, KITH_TYPE_TEXT);
    value = kith_value_null();
    assert_true(kithi_amount_take(KITHI_NUMBER_SUMMED, &value));
    value = kith_value_boolean(true);
    assert_false(kithi_amount_take(KITHI_NUMBER_SUMMED, &value));
    value = kith_value_real(1e13); /* a sum counts millionths in 64 bits */
    assert_false(kithi_amount_take(KITHI_NUMBER_SUMMED, &value));
    value = kith_value_integer(INT64_MAX);
    assert_false(kithi_amount_take(KITHI_NUMBER_SUMMED, &value));
}

/* What stays text though it isn't wanted so is no number to the sums of profiles either: what is
 * told as not summed is not. */
static void test_no_text_that_is_told_is_summed(void **state) {
    (void)state;
    static const char *const texts[] = {"12,50", "5 EUR",    "1,23,456", "free", "1234,567", "5.",
                                        "0,500", "1,234.5.", "$€5",      "--5",  "1e5",      "5%"};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        kith_value value;
        int64_t micros;
        bool told = !take(KITHI_NUMBER_SUMMED, texts[i], &value);
        bool summed = value.type != KITH_TYPE_TEXT ||
                      kithi_micros_parse(value.as.text.data, value.as.text.size, &micros);
        if (told == summed) {
            fail_msg("\"%s\" is %s", texts[i], told ? "summed though told" : "left out in silence");
        }
    }
}

static void test_what_attributes_take(void **state) {
    (void)state;
    kith_value value;
    assert_true(take(KITHI_NUMBER_REAL, "1.234,5", &value));
    assert_true(value.as.real == 1234.5);
    assert_true(take(KITHI_NUMBER_REAL, "1e5", &value)); /* the attribute reads it itself */
    assert_int_equal(value.type, KITH_TYPE_TEXT);
    assert_false(take(KITHI_NUMBER_REAL, "tall", &value));
    assert_true(take(KITHI_NUMBER_INTEGER, "１，２３４", &value));
    assert_int_equal(value.as.integer, 1234);
    assert_true(take(KITHI_NUMBER_INTEGER, "42.00", &value));
    assert_int_equal(value.as.integer, 42);
    assert_false(take(KITHI_NUMBER_INTEGER, "42.5", &value));
    assert_int_equal(value.type, KITH_TYPE_TEXT);
    value = kith_value_real(42.5);
    assert_false(kithi_amount_take(KITHI_NUMBER_INTEGER, &value));
    value = kith_value_text("anything");
    assert_true(kithi_amount_take(KITHI_NUMBER_NONE, &value));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_digits_of_full_width_and_of_other_scripts),
        cmocka_unit_test(test_currencies_around_the_number),
        cmocka_unit_test(test_the_last_of_points_and_commas_is_the_decimal_mark),
        cmocka_unit_test(test_a_comma_alone_is_the_decimal_mark_unless_it_can_part_thousands),
        cmocka_unit_test(test_marks_that_part_groups_of_three),
        cmocka_unit_test(test_what_is_no_amount),
        cmocka_unit_test(test_types_of_numbers),
        cmocka_unit_test(test_what_is_summed),
        cmocka_unit_test(test_no_text_that_is_told_is_summed),
        cmocka_unit_test(test_what_attributes_take),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
