#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "src/fact/normalise.h"
#include "src/base/regions.h"

static void assert_form(kithi_normaliser how, const char *region, const char *text,
                        const char *expected) {
    char out[KITHI_IDENTIFIER_MAX_BYTES + 1], again[KITHI_IDENTIFIER_MAX_BYTES + 1];
    size_t size = 0, again_size = 0;
    if (kithi_normalise(how, region, text, strlen(text), out, &size) != KITH_OK) {
        fail_msg("\"%s\" was refused", text);
    }
    out[size] = '\0';
    assert_string_equal(out, expected);
    assert_int_equal(kithi_normalise(how, region, out, size, again, &again_size), KITH_OK);
    assert_int_equal(again_size, size);
    assert_memory_equal(again, out, size);
}

static void assert_none(kithi_normaliser how, const char *region, const char *text) {
    char out[KITHI_IDENTIFIER_MAX_BYTES + 1];
    size_t size = 0;
    if (kithi_normalise(how, region, text, strlen(text), out, &size) != KITH_INVALID) {
        out[size] = '\0';
        fail_msg("\"%s\" became \"%s\"", text, out);
    }
}

static void test_exact(void **state) {
    (void)state;
    assert_form(KITHI_NORMALISE_EXACT, "auto", "  aB-1  2 ", "aB-1 2");
    assert_form(KITHI_NORMALISE_EXACT, "auto", "ＡＢ１", "AB1");
    assert_none(KITHI_NORMALISE_EXACT, "auto", "");
    assert_none(KITHI_NORMALISE_EXACT, "auto", "   ");
    assert_none(KITHI_NORMALISE_EXACT, "auto", "a\x01");
    assert_none(KITHI_NORMALISE_EXACT, "auto", "a\xFF");
}

static void test_no_text(void **state) {
    (void)state;
    char out[KITHI_IDENTIFIER_MAX_BYTES];
    size_t size;
    assert_int_equal(kithi_normalise(KITHI_NORMALISE_EXACT, "auto", NULL, 0, out, &size),
                     KITH_INVALID);
    assert_int_equal(kithi_normalise((kithi_normaliser)99, "auto", "a", 1, out, &size),
                     KITH_INVALID);
    assert_int_equal(kithi_normalise(KITHI_NORMALISE_EXACT, "auto", "a\0b", 3, out, &size),
                     KITH_INVALID);
}

static void test_lengths(void **state) {
    (void)state;
    char text[KITHI_IDENTIFIER_MAX_BYTES + 2];
    memset(text, 'a', sizeof text);
    char out[KITHI_IDENTIFIER_MAX_BYTES];
    size_t size = 0;
    for (int how = KITHI_NORMALISE_EXACT; how <= KITHI_NORMALISE_NAME; how++) {
        if (how == KITHI_NORMALISE_EMAIL || how == KITHI_NORMALISE_PHONE) {
            continue;
        }
        assert_int_equal(kithi_normalise((kithi_normaliser)how, "auto", text,
                                         KITHI_IDENTIFIER_MAX_BYTES, out, &size),
                         KITH_OK);
        assert_int_equal(size, KITHI_IDENTIFIER_MAX_BYTES);
        assert_int_equal(kithi_normalise((kithi_normaliser)how, "auto", text,
                                         KITHI_IDENTIFIER_MAX_BYTES + 1, out, &size),
                         KITH_INVALID);
    }
}

static void test_id(void **state) {
    (void)state;
    assert_form(KITHI_NORMALISE_ID, "auto", "AB-12 3", "AB123");
    assert_form(KITHI_NORMALISE_ID, "auto", " ab.12/3_x ", "AB123X");
    assert_form(KITHI_NORMALISE_ID, "auto", "ａｂ１２", "AB12");
    assert_form(KITHI_NORMALISE_ID, "auto", "käufer-7", "KÄUFER7");
    assert_form(KITHI_NORMALISE_ID, "auto", "会员-001", "会员001");
    assert_form(KITHI_NORMALISE_ID, "auto", "٠١٢", "012");
    assert_form(KITHI_NORMALISE_ID, "auto", "0000000", "0000000");
    assert_none(KITHI_NORMALISE_ID, "auto", "-- / --");
    assert_none(KITHI_NORMALISE_ID, "auto", "a\xC0\x80");
}

static void test_name(void **state) {
    (void)state;
    assert_form(KITHI_NORMALISE_NAME, "auto", "  O'BRIEN-Smith, José", "obrien smith jose");
    assert_form(KITHI_NORMALISE_NAME, "auto", "タナカ", "たなか");
    assert_none(KITHI_NORMALISE_NAME, "auto", "...");
}

static void email(const char *text, const char *expected) {
    assert_form(KITHI_NORMALISE_EMAIL, "auto", text, expected);
}

static void no_email(const char *text) {
    assert_none(KITHI_NORMALISE_EMAIL, "auto", text);
}

static void test_email(void **state) {
    (void)state;
    email("Jay@X.com", "jay@x.com");
    email("  jay@x.com\n", "jay@x.com");
    email("\"Jay Jones\" <jay@x.com>", "jay@x.com");
    email("Maria<m@x.com>", "m@x.com");
    email("<m@x.com>", "m@x.com");
    email("\"a <b> c\" < m@x.com >;", "m@x.com");
    email("mailto:Jay@x.com", "jay@x.com");
    email("jay@x.com;", "jay@x.com");
    email("Ｊａｙ＠Ｘ．ｃｏｍ", "jay@x.com");
    email("jay@x。com", "jay@x.com");
    email("jay.jones+shop@mail.x.co.uk", "jay.jones+shop@mail.x.co.uk");
    email("o'brien@x.com", "o'brien@x.com");
    email("jay@1and1.com", "jay@1and1.com");
    email("jay@münchen.de", "jay@münchen.de");
    email("JAY@MÜNCHEN.DE", "jay@münchen.de");
    email("王伟@例子.中国", "王伟@例子.中国");
    email("a..b.@docomo.ne.jp", "a..b.@docomo.ne.jp");
    email("jay@xn--mnchen-3ya.de", "jay@xn--mnchen-3ya.de");
}

static void test_bad_email(void **state) {
    (void)state;
    static const char *const bad[] = {
        "jay",
        "jay@",
        "@x.com",
        "jay@x",
        "jay@@x.com",
        "a@b@x.com",
        "jay@x..com",
        "jay@.com",
        "jay@x.com.",
        "jay@-x.com",
        "jay@x-.com",
        "jay@x.c",
        "jay@1.2.3.4",
        "jay @x.com",
        "j ay@x.com",
        "jay@x .com",
        "jay@x_y.com",
        ".jay@x.com",
        "jay(a)@x.com",
        "jay,@x.com",
        "<jay@x.com",
        "jay@x.com>",
        "<>",
        ">",
        "+@x.com",
        "n/a",
        "null",
        "a@x.com,b@x.com",
        "jay@[1.2.3.4]",
        "jay\\@x.com",
        "\"jay j\"@x.com",
        "jay@x.com jay",
        "jay\xFF@x.com",
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        no_email(bad[i]);
    }
}

static void test_email_lengths(void **state) {
    (void)state;
    char text[400] = {0};
    memset(text, 'a', 64);
    strcat(text, "@x.com");
    email(text, text);
    memset(text, 'a', 65);
    strcpy(text + 65, "@x.com");
    no_email(text);
    /* 254 bytes: 2 + three labels of 63 with their dots + one of 56 + ".com" */
    strcpy(text, "a@");
    for (int i = 0; i < 3; i++) {
        memset(text + strlen(text), 0, 70);
        size_t end = strlen(text);
        memset(text + end, 'b', 63);
        strcpy(text + end + 63, ".");
    }
    size_t end = strlen(text);
    memset(text + end, 'c', 56);
    strcpy(text + end + 56, ".com");
    assert_int_equal(strlen(text), 254);
    email(text, text);
    strcpy(text + end + 56, "c.com");
    no_email(text);
    strcpy(text, "a@");
    memset(text + 2, 'b', 64);
    strcpy(text + 66, ".com");
    no_email(text);
}

static void phone(const char *region, const char *text, const char *expected) {
    assert_form(KITHI_NORMALISE_PHONE, region, text, expected);
}

static void no_phone(const char *region, const char *text) {
    assert_none(KITHI_NORMALISE_PHONE, region, text);
}

static void test_phone_china(void **state) {
    (void)state;
    static const char *const same[] = {
        "13800138001",
        "138 0013 8001",
        "138-0013-8001",
        "+86 138 0013 8001",
        "+8613800138001",
        "0086 13800138001",
        "＋８６　１３８００１３８００１",
        "8613800138001",
        "013800138001",
        "(+86)13800138001",
        "+86-138-0013-8001",
        "13800138001.0",
        "'13800138001",
        "tel:+86-138-0013-8001",
        "13800138001 转 8",
        "+86 (0)13800138001",
        "+0086 13800138001",
    };
    for (size_t i = 0; i < sizeof same / sizeof same[0]; i++) {
        phone("CN", same[i], "+8613800138001");
    }
    phone("CN", "010-65551234", "+861065551234");
    phone("CN", "0755-86551234", "+8675586551234");
    phone("CN", "(021) 6555 1234", "+862165551234");
    no_phone("CN", "12800138001");
    no_phone("CN", "1380013800");
    no_phone("CN", "138001380011");
    no_phone("CN", "65551234");
    no_phone("CN", "+86 12800138001");
    phone("CN", "+44 20 7946 0018", "+442079460018");
}

static void test_phone_north_america(void **state) {
    (void)state;
    phone("US", "(702) 919-1300", "+17029191300");
    phone("US", "702.919.1300", "+17029191300");
    phone("US", "1-702-919-1300", "+17029191300");
    phone("US", "+1 702 919 1300", "+17029191300");
    phone("us", "702-919-1300 x123", "+17029191300");
    phone("US", "702-919-1300, ext. 5", "+17029191300");
    phone("CA", "702-919-1300 #9", "+17029191300");
    phone("US", "702-919-1300 extension 12", "+17029191300");
    phone("US", "702-919-1300 (ext 12)", "+17029191300");
    phone("US", "011 44 20 7946 0018", "+442079460018");
    no_phone("US", "919-1300");
    no_phone("US", "(102) 919-1300");
    no_phone("US", "(702) 119-1300");
    no_phone("US", "702-919-13000");
    no_phone("US", "2-702-919-1300");
    no_phone("US", "1-800-FLOWERS");
}

static void test_phone_elsewhere(void **state) {
    (void)state;
    phone("GB", "020 7946 0018", "+442079460018");
    phone("GB", "+44 (0)20 7946 0018", "+442079460018");
    phone("GB", "0044 (0)20 7946 0018", "+442079460018");
    phone("GB", "+44 020 7946 0018", "+442079460018");
    phone("GB", "(0)20 7946 0018", "+442079460018");
    phone("GB", "44 20 7946 0018", "+442079460018");
    phone("DE", "030/901820", "+4930901820");
    phone("DE", "0171 / 555 12 34", "+491715551234");
    phone("FR", "06 12 34 56 79", "+33612345679");
    phone("IT", "06 6982 1234", "+390669821234");
    phone("IT", "+39 06 6982 1234", "+390669821234");
    phone("JP", "０９０ー１２３４ー５６７９", "+819012345679");
    phone("JP", "03-1234-5679", "+81312345679");
    phone("KR", "010-1234-5679", "+821012345679");
    phone("RU", "8 (916) 123-45-67", "+79161234567");
    phone("RU", "+7 812 123-45-67", "+78121234567");
    phone("RU", "812 123-45-67", "+78121234567");
    phone("KZ", "+7 701 123 45 67", "+77011234567");
    phone("HU", "06 30 123 4567", "+36301234567");
    phone("BY", "8029 123 45 67", "+375291234567");
    phone("MX", "+52 1 55 1234 5678", "+525512345678");
    phone("MX", "01 55 1234 5678", "+525512345678");
    phone("BR", "(011) 91234-5678", "+5511912345678");
    phone("AU", "0412 345 679", "+61412345679");
    phone("HK", "9123 4568", "+85291234568");
    phone("SG", "9123 4568", "+6591234568");
    phone("IN", "09812345670", "+919812345670");
    phone("AE", "٠٥٠١٢٣٤٥٦٨", "+971501234568");
    no_phone("FR", "06 12 34 56");
    no_phone("HK", "91234");
    no_phone("GB", "0200 7946 0018 1");
    no_phone("GB", "+44 000 7946 0018");
}

static void test_phone_auto(void **state) {
    (void)state;
    phone("auto", "13800138001", "+8613800138001");
    phone("auto", "138-0013-8001", "+8613800138001");
    phone("auto", "8613800138001", "+8613800138001");
    phone("auto", "86-138-0013-8001", "+8613800138001");
    phone("auto", "13125550100", "+8613125550100");
    phone("auto", "1 (312) 555-0100", "+13125550100");
    phone("auto", "1-312-555-0100", "+13125550100");
    phone("auto", "(312) 555-0100", "+13125550100");
    phone("auto", "702-919-1300", "+17029191300");
    phone("auto", "12125550100", "+12125550100");
    phone("auto", "020 7946 0018", "02079460018");
    phone("auto", "91234568", "91234568");
    phone("auto", "+44 20 7946 0018", "+442079460018");
    phone("auto", "00442079460018", "+442079460018");
    phone(NULL, "702-919-1300", "+17029191300");
    no_phone("auto", "1234568");
    no_phone("auto", "1 380 123 4567");
    no_phone("auto", "1234567890123457");
    /* A region that isn't listed guesses nothing. */
    phone("ZZ", "13800138001", "13800138001");
    phone("ZZ", "+86 13800138001", "+8613800138001");
}

static void test_phone_dummies(void **state) {
    (void)state;
    static const char *const bad[] = {
        "0000000000",   "11111111111",     "2222222222",     "9999999999",  "0123456789",
        "1234567890",   "9876543210",      "0987654321",     "12345678",    "87654321",
        "123456789012", "+1 222 222 2222", "+44 1234567890", "00000000000", "+00000000000",
    };
    static const char *const regions[] = {"auto", "CN", "US", "GB", "DE", "HK", "ZZ"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        for (size_t j = 0; j < sizeof regions / sizeof regions[0]; j++) {
            no_phone(regions[j], bad[i]);
        }
    }
}

static void test_bad_phones(void **state) {
    (void)state;
    static const char *const bad[] = {
        "",
        "x123",
        "phone",
        "n/a",
        "+",
        "++861380",
        "138+00138001",
        "13800138001 x",
        "13800138001a",
        "a13800138001",
        "#9",
        "138001*38001",
        "13800138001,13900139001",
        "+013800138001",
        "+86",
        "13800138001 x12345678",
        "1.38E+10",
        "\xFF"
        "13800138001",
        "1380013800113800138001138001380011380013800",
        "+1234567890123456",
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        no_phone("auto", bad[i]);
        no_phone("CN", bad[i]);
    }
    char out[KITHI_IDENTIFIER_MAX_BYTES];
    size_t size;
    assert_int_equal(kithi_normalise_phone("CN", "13800138001\0", 12, out, &size), KITH_INVALID);
}

static void test_regions(void **state) {
    (void)state;
    size_t size = 0;
    assert_string_equal(kithi_region_find("cn")->name, "CN");
    assert_null(kithi_region_find("ZZ"));
    assert_null(kithi_region_find("CHN"));
    assert_null(kithi_region_find(""));
    assert_string_equal(kithi_region_of_number("358401234567", 12, &size)->name, "FI");
    assert_int_equal(size, 3);
    assert_string_equal(kithi_region_next(kithi_region_find("FI"))->name, "AX");
    assert_null(kithi_region_next(kithi_region_find("AX")));
    assert_null(kithi_region_of_number("999", 3, &size));
    assert_null(kithi_region_of_number("07", 2, &size));
    assert_null(kithi_region_of_number("", 0, &size));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_exact),
        cmocka_unit_test(test_no_text),
        cmocka_unit_test(test_lengths),
        cmocka_unit_test(test_id),
        cmocka_unit_test(test_name),
        cmocka_unit_test(test_email),
        cmocka_unit_test(test_bad_email),
        cmocka_unit_test(test_email_lengths),
        cmocka_unit_test(test_phone_china),
        cmocka_unit_test(test_phone_north_america),
        cmocka_unit_test(test_phone_elsewhere),
        cmocka_unit_test(test_phone_auto),
        cmocka_unit_test(test_phone_dummies),
        cmocka_unit_test(test_bad_phones),
        cmocka_unit_test(test_regions),
    };
    return cmocka_run_group_tests_name("normalise", tests, NULL, NULL);
}
