/* Words beside listed ones, and texts without their signs. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "src/match/fold.h"
#include "src/match/words.h"

#define COUNT(list) (sizeof(list) / sizeof(list)[0])

static const char *const listed[] = {"st", "street", "straat", "氏"};

static bool is_listed(const char *word) {
    return kithi_word_is_one_of(word, strlen(word), listed, COUNT(listed));
}

static void test_whole_words(void **state) {
    (void)state;
    assert_true(is_listed("st"));
    assert_true(is_listed("street"));
    assert_true(is_listed("straat"));
    assert_true(is_listed("氏"));
    assert_false(is_listed(""));
    assert_false(is_listed("s"));
    assert_false(is_listed("str"));
    assert_false(is_listed("streets"));
    assert_false(is_listed("mill"));
    assert_true(kithi_word_is("mill lane", 4, "mill"));
}

static void test_endings(void **state) {
    (void)state;
    static const char *const endings[] = {"ovich", "ich", "ova"};
    assert_int_equal(kithi_word_ending("petrovich", 9, endings, COUNT(endings)), 5);
    assert_int_equal(kithi_word_ending("dietrich", 8, endings, COUNT(endings)), 3);
    assert_int_equal(kithi_word_ending("ova", 3, endings, COUNT(endings)), 3);
    assert_int_equal(kithi_word_ending("va", 2, endings, COUNT(endings)), 0);
    assert_int_equal(kithi_word_ending("ovadia", 6, endings, COUNT(endings)), 0);
}

static void test_digits(void **state) {
    (void)state;
    assert_true(kithi_word_has_digit("12b", 3));
    assert_true(kithi_word_has_digit("b0", 2));
    assert_false(kithi_word_has_digit("b0", 1));
    assert_false(kithi_word_has_digit("mill", 4));
}

static void test_signs_are_dropped(void **state) {
    (void)state;
    char text[] = "a.b-c.-";
    assert_int_equal(kithi_drop_signs(text, 7, ".-"), 3);
    assert_memory_equal(text, "abc", 3);
    assert_int_equal(kithi_drop_signs(text, 3, ""), 3);
    assert_int_equal(kithi_drop_signs(text, 0, "a"), 0);
}

static void test_what_is_no_text_gives_nothing(void **state) {
    (void)state;
    char out[16];
    assert_int_equal(kithi_fold("TQ13 8DF", 8, out, sizeof out), 8);
    assert_memory_equal(out, "tq13 8df", 8);
    assert_int_equal(kithi_fold_words("O'Brien, J.", 11, out, sizeof out), 8);
    assert_memory_equal(out, "obrien j", 8);
    assert_int_equal(kithi_fold("\xff", 1, out, sizeof out), 0);
    assert_int_equal(kithi_fold_words("\xff", 1, out, sizeof out), 0);
    assert_int_equal(kithi_fold("longer than its room", 20, out, sizeof out), 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_whole_words),
        cmocka_unit_test(test_endings),
        cmocka_unit_test(test_digits),
        cmocka_unit_test(test_signs_are_dropped),
        cmocka_unit_test(test_what_is_no_text_gives_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
