#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "src/base/letters.h"
#include "src/base/text.h"

#define OUT_MAX 512

typedef bool (*rewrite_fn)(const char *, size_t, char *, size_t, size_t *);

static void assert_becomes(rewrite_fn rewrite, const char *text, const char *expected) {
    char out[OUT_MAX + 1];
    size_t size = 99;
    if (!rewrite(text, strlen(text), out, OUT_MAX, &size)) {
        fail_msg("\"%s\" was refused", text);
    }
    out[size] = '\0';
    assert_string_equal(out, expected);
    assert_true(kithi_text_valid(out, size));
}

static void assert_refused(rewrite_fn rewrite, const char *text, size_t size, size_t capacity) {
    char *out = malloc(capacity + 1);
    size_t written = 77;
    assert_non_null(out);
    assert_false(rewrite(text, size, out, capacity, &written));
    assert_int_equal(written, 77);
    free(out);
}

static void test_validity(void **state) {
    (void)state;
    assert_true(kithi_text_valid(NULL, 0));
    assert_true(kithi_text_valid("a\0b", 3));
    assert_true(kithi_text_valid("plain ASCII text of some length", 31));
    assert_true(kithi_text_valid("\xE7\x8E\x8B\xF0\x9F\x98\x80", 7));
    assert_true(kithi_text_valid("\xF4\x8F\xBF\xBF", 4));
}

static void test_invalidity(void **state) {
    (void)state;
    static const char *const bad[] = {
        "\x80",             /* a continuation alone */
        "\xC0\x80",         /* NUL, overlong */
        "\xC1\xBF",         /* overlong */
        "\xE0\x80\x80",     /* overlong */
        "\xED\xA0\x80",     /* a surrogate */
        "\xF0\x80\x80\x80", /* overlong */
        "\xF4\x90\x80\x80", /* past U+10FFFF */
        "\xF5\x80\x80\x80",
        "\xE7\x8E",
        "\xFF",
        "\xFE",
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        char text[32] = "0123456789";
        strcat(text, bad[i]);
        assert_false(kithi_text_valid(text, strlen(text)));
        assert_int_equal(kithi_text_valid_prefix(text, strlen(text)), 10);
        assert_refused(kithi_text_clean, text, strlen(text), OUT_MAX);
        assert_refused(kithi_text_fold, text, strlen(text), OUT_MAX);
        assert_refused(kithi_text_words, text, strlen(text), OUT_MAX);
    }
}

static void test_valid_prefix_ends_before_a_cut_character(void **state) {
    (void)state;
    const char text[] = "\xE7\x8E\x8B\xE4\xBC\x9F";
    assert_int_equal(kithi_text_valid_prefix(text, 6), 6);
    assert_int_equal(kithi_text_valid_prefix(text, 5), 3);
    assert_int_equal(kithi_text_valid_prefix(text, 4), 3);
    assert_int_equal(kithi_text_valid_prefix(text, 2), 0);
}

static void test_clean_ascii(void **state) {
    (void)state;
    assert_becomes(kithi_text_clean, "", "");
    assert_becomes(kithi_text_clean, " \t\r\n", "");
    assert_becomes(kithi_text_clean, "  Jay \t\n Jones ", "Jay Jones");
    assert_becomes(kithi_text_clean, "abc", "abc");
}

static void test_clean_width_and_compatibility(void **state) {
    (void)state;
    assert_becomes(kithi_text_clean, "１３８００１３８０００", "13800138000");
    assert_becomes(kithi_text_clean, "Ｊａｙ＠Ｘ．ｃｏｍ", "Jay@X.com");
    assert_becomes(kithi_text_clean, "王　　伟", "王 伟");
    assert_becomes(kithi_text_clean, "　王伟　", "王伟");
    assert_becomes(kithi_text_clean, "ｶﾞｷﾞｸﾞ ﾊﾟﾋﾟ", "ガギグ パピ");
    assert_becomes(kithi_text_clean, "ﬁne №5 ①", "fine No5 1");
    assert_becomes(kithi_text_clean,
                   "a\xC2\xA0\xE2\x80\x83"
                   "b",
                   "a b");
}

static void test_clean_composes(void **state) {
    (void)state;
    assert_becomes(kithi_text_clean, "Jose\xCC\x81", "José");
    /* Two marks in either order are one letter. */
    assert_becomes(kithi_text_clean, "a\xCC\x82\xCC\xA3", "\xE1\xBA\xAD");
    assert_becomes(kithi_text_clean, "a\xCC\xA3\xCC\x82", "\xE1\xBA\xAD");
    /* Hangul from its letters, in both widths. */
    assert_becomes(kithi_text_clean, "\xE1\x84\x92\xE1\x85\xA1\xE1\x86\xAB", "한");
    assert_becomes(kithi_text_clean, "ㅠㅠㅠㅠㅠㅠ", "ᅲᅲᅲᅲᅲᅲ");
}

static void test_clean_drops_what_cannot_be_seen(void **state) {
    (void)state;
    assert_becomes(kithi_text_clean, "\xEF\xBB\xBFJay", "Jay");
    assert_becomes(kithi_text_clean, "\xE2\x80\xAD+44 20\xE2\x80\xAC", "+44 20");
    assert_becomes(kithi_text_clean,
                   "a\xE2\x80\x8B"
                   "b",
                   "ab");
    /* Joiners in emoji and Persian stay. */
    assert_becomes(kithi_text_clean, "👩\xE2\x80\x8D👧", "👩\xE2\x80\x8D👧");
}

static void test_fold(void **state) {
    (void)state;
    assert_becomes(kithi_text_fold, "  JOSÉ  Muñoz", "jose munoz");
    assert_becomes(kithi_text_fold, "Straße", "strasse");
    assert_becomes(kithi_text_fold, "ØSTERGÅRD Æsir Łódź Œuvre Ðuro Đuro",
                   "ostergard aesir lodz oeuvre duro duro");
    assert_becomes(kithi_text_fold, "İSTANBUL ılgaz", "istanbul ilgaz");
    assert_becomes(kithi_text_fold, "ΣΊΣΥΦΟΣ", "σισυφοσ");
    assert_becomes(kithi_text_fold, "Алёна ЙОД", "алена иод");
    assert_becomes(kithi_text_fold, "™", "tm");
}

static void test_fold_kana(void **state) {
    (void)state;
    assert_becomes(kithi_text_fold, "タナカ", "たなか");
    assert_becomes(kithi_text_fold, "ﾀﾅｶ", "たなか");
    assert_becomes(kithi_text_fold, "ガ", "が");
    assert_becomes(kithi_text_fold, "ヴ", "ゔ");
    assert_becomes(kithi_text_fold, "ｶ\xE2\x80\x8Bﾞ", "が"); /* the voicing mark finds its kana */
}

static void test_fold_keeps_vowel_signs(void **state) {
    (void)state;
    assert_becomes(kithi_text_fold, "राम", "राम");
    assert_becomes(kithi_text_fold, "สมชาย", "สมชาย");
    assert_becomes(kithi_text_fold, "مُحَمَّد", "محمد");
}

static void test_no_room_is_refused(void **state) {
    (void)state;
    assert_refused(kithi_text_clean, "abcd", 4, 3);
    assert_refused(kithi_text_clean, "王伟", 6, 5);
    assert_refused(kithi_text_fold, "ABCD", 4, 3);
    assert_refused(kithi_text_fold, "ß", 2, 1);
    assert_refused(kithi_text_words, "a b c", 5, 4);
    assert_refused(kithi_text_clean, "a", 1, 0);
}

static void test_too_many_marks_are_refused(void **state) {
    (void)state;
    char text[256] = "a";
    for (int i = 0; i < 100; i++) {
        strcat(text, "\xCC\x81");
    }
    assert_refused(kithi_text_clean, text, strlen(text), OUT_MAX);
    assert_becomes(kithi_text_fold, text, "a");
}

static void test_next(void **state) {
    (void)state;
    const char text[] = "a\xC3\xA9\xE7\x8E\x8B\xF0\x9F\x98\x80";
    size_t at = 0;
    assert_int_equal(kithi_text_next(text, 10, &at), 'a');
    assert_int_equal(kithi_text_next(text, 10, &at), 0xE9);
    assert_int_equal(kithi_text_next(text, 10, &at), 0x738B);
    assert_int_equal(kithi_text_next(text, 10, &at), 0x1F600);
    assert_int_equal(at, 10);
    assert_int_equal(kithi_text_next(text, 10, &at), -1);
    assert_int_equal(at, 10);
}

static void test_next_moves_over_bad_bytes(void **state) {
    (void)state;
    size_t at = 0;
    assert_int_equal(kithi_text_next("\xE7\x8E", 2, &at), 0xFFFD);
    assert_int_equal(at, 1);
}

static void test_han(void **state) {
    (void)state;
    assert_true(kithi_text_is_han(0x738B));
    assert_true(kithi_text_is_han(0x3005));
    assert_true(kithi_text_is_han(0x20000));
    assert_false(kithi_text_is_han('a'));
    assert_false(kithi_text_is_han(0x3042));
    assert_false(kithi_text_is_han(0xAC00));
    assert_false(kithi_text_is_han(-1));
}

static void test_words(void **state) {
    (void)state;
    assert_becomes(kithi_text_words, "O'Brien-Smith, J.", "obrien smith j");
    assert_becomes(kithi_text_words, "O’Brien", "obrien");
    assert_becomes(kithi_text_words, " --- ", "");
    assert_becomes(kithi_text_words, "Jean-Luc", "jean luc");
    assert_becomes(kithi_text_words, "約翰·史密斯", "約翰 史密斯");
    assert_becomes(kithi_text_words, "O'", "o");
}

static void test_digits_and_case(void **state) {
    (void)state;
    assert_int_equal(kithi_text_digit('7'), 7);
    assert_int_equal(kithi_text_digit(0x663), 3);
    assert_int_equal(kithi_text_digit(0x6F9), 9);
    assert_int_equal(kithi_text_digit('a'), -1);
    assert_int_equal(kithi_text_to_upper(0xE9), 0xC9);
    assert_int_equal(kithi_text_to_lower(0xC9), 0xE9);
}

static void test_scripts(void **state) {
    (void)state;
    assert_int_equal(kithi_text_script('q'), KITHI_SCRIPT_LATIN);
    assert_int_equal(kithi_text_script('1'), KITHI_SCRIPT_NONE);
    assert_int_equal(kithi_text_script(' '), KITHI_SCRIPT_NONE);
    assert_int_equal(kithi_text_script(0x738B), KITHI_SCRIPT_HAN);
    assert_int_equal(kithi_text_script(0x3042), KITHI_SCRIPT_KANA);
    assert_int_equal(kithi_text_script(0xD55C), KITHI_SCRIPT_HANGUL);
    assert_int_equal(kithi_text_script(0x416), KITHI_SCRIPT_CYRILLIC);
    assert_int_equal(kithi_text_script(0xE01), KITHI_SCRIPT_OTHER);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_validity),
        cmocka_unit_test(test_invalidity),
        cmocka_unit_test(test_valid_prefix_ends_before_a_cut_character),
        cmocka_unit_test(test_clean_ascii),
        cmocka_unit_test(test_clean_width_and_compatibility),
        cmocka_unit_test(test_clean_composes),
        cmocka_unit_test(test_clean_drops_what_cannot_be_seen),
        cmocka_unit_test(test_fold),
        cmocka_unit_test(test_fold_kana),
        cmocka_unit_test(test_fold_keeps_vowel_signs),
        cmocka_unit_test(test_no_room_is_refused),
        cmocka_unit_test(test_too_many_marks_are_refused),
        cmocka_unit_test(test_next),
        cmocka_unit_test(test_next_moves_over_bad_bytes),
        cmocka_unit_test(test_han),
        cmocka_unit_test(test_words),
        cmocka_unit_test(test_digits_and_case),
        cmocka_unit_test(test_scripts),
    };
    return cmocka_run_group_tests_name("text", tests, NULL, NULL);
}
