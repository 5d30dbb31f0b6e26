#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "src/match/compare.h"
#include "src/match/han.h"
#include "src/match/han_names.h"
#include "src/match/han_street.h"
#include "src/match/pinyin.h"

#define COUNT(list) (sizeof(list) / sizeof(list)[0])

static kithi_name name_of(const char *full) {
    kithi_name name;
    kithi_name_make(NULL, 0, NULL, 0, full, strlen(full), &name);
    return name;
}

static void test_streets_are_parted(void **state) {
    (void)state;
    static const char *const pairs[][2] = {
        {"上海市浦东新区武福路87号1301室", "上海市 浦东新区 武福路 87 1301"},
        {"台北市信義區市府路45號", "台北市 信义区 市府 路 45"},
        {"東京都港区芝公園4丁目2 8", "东京都 港区 芝公园 4-2-8"},
        {"朝阳区 建国路1号楼3单元502", "朝阳区 建国路 1 3 502"},
        {"建国路", "建国路"},
        {"4 mill lane", ""}, /* others have spaces */
        {"号", ""},
        {"", ""},
    };
    for (size_t i = 0; i < COUNT(pairs); i++) {
        char out[KITHI_HAN_STREET_MAX_BYTES];
        size_t size = kithi_han_street(pairs[i][0], strlen(pairs[i][0]), out, sizeof out);
        assert_int_equal(size, strlen(pairs[i][1]));
        assert_memory_equal(out, pairs[i][1], size);
    }
}

static void test_streets_without_room(void **state) {
    (void)state;
    static const char *const street = "武福路87号";
    char out[16];
    for (size_t capacity = 0; capacity < sizeof out; capacity++) {
        size_t size = kithi_han_street(street, strlen(street), out, capacity);
        assert_int_equal(size, capacity < 12 ? 0 : 12);
    }
}

static void test_forms(void **state) {
    (void)state;
    static const char *const pairs[][2] = {
        {"張偉", "张伟"},     {"劉曉慶", "刘晓庆"}, {"諸葛亮", "诸葛亮"}, {"鄧麗君", "邓丽君"},
        {"龔琳娜", "龚琳娜"}, {"饒宗頤", "饶宗颐"}, {"樑靜茹", "梁静茹"}, {"鞏俐", "巩俐"},
        {"閻錫山", "阎锡山"}, {"馬英九", "马英九"}, {"蕭亞軒", "萧亚轩"}, {"譚詠麟", "谭咏麟"},
        {"羅大佑", "罗大佑"}, {"陳奕迅", "陈奕迅"}, {"濮陽", "濮阳"},     {"鍾楚紅", "锺楚红"},
        {"陳昇", "陈升"},     {"周潤發", "周润发"}, {"竇靖童", "窦靖童"}, {"顧長衛", "顾长卫"},
        {"斎藤", "齋藤"},     {"渡辺", "渡邊"},     {"渡邉", "渡辺"},     {"髙橋", "高橋"},
        {"山﨑", "山崎"},     {"浜田", "濱田"},     {"黒沢", "黑澤"},     {"桜井", "櫻井"},
        {"佐々木", "佐佐木"}, {"𠮷田", "吉田"},     {"広瀬", "廣瀨"},     {"竜崎", "龍崎"},
        {"関口", "關口"},     {"塩谷", "鹽谷"},     {"鉄男", "鐵男"},     {"国分", "國分"},
        {"恵子", "惠子"},     {"眞理", "真理"},     {"峯村", "峰村"},     {"嶋田", "島田"},
    };
    for (size_t i = 0; i < COUNT(pairs); i++) {
        kithi_name a = name_of(pairs[i][0]), b = name_of(pairs[i][1]);
        if (!kithi_names_equal(&a, &b)) {
            fail_msg("%s and %s have two forms", pairs[i][0], pairs[i][1]);
        }
    }
}

static void test_characters_of_their_own(void **state) {
    (void)state;
    static const char *const kept[] = {"后", "于",  "於",     "乾",   "干", "喆",   "哲", "堃",
                                       "坤", "佟",  "仝",     "芸",   "艺", "余",   "邱", "丘",
                                       "李", "abc", "さくら", "ー々", "々", "𠀀𠀀", ""};
    for (size_t i = 0; i < COUNT(kept); i++) {
        char text[16];
        strcpy(text, kept[i]);
        assert_int_equal(kithi_han_fold(text, strlen(text)), strlen(kept[i]));
        assert_string_equal(text, kept[i]);
    }
}

static void test_fold_never_grows(void **state) {
    (void)state;
    char text[] = "𠮷𠮷々𠀀々國";
    size_t size = kithi_han_fold(text, strlen(text));
    text[size] = '\0';
    assert_string_equal(text, "吉吉吉𠀀々国");
}

static void test_readings(void **state) {
    (void)state;
    static const struct {
        const char *text;
        bool surname;
        const char *joined;
        const char *words;
    } names[] = {
        {"王", true, "wang", "wang"},
        {"小明", false, "xiaoming", "xiao ming"},
        {"单", true, "shan", "shan"},
        {"单", false, "dan", "dan"},
        {"解", true, "xie", "xie"},
        {"仇", true, "qiu", "qiu"},
        {"曾", true, "zeng", "zeng"},
        {"查", true, "zha", "zha"},
        {"朴", true, "piao", "piao"},
        {"区", true, "ou", "ou"},
        {"盖", true, "ge", "ge"},
        {"任", true, "ren", "ren"},
        {"华", true, "hua", "hua"},
        {"尉迟", true, "yuchi", "yu chi"},
        {"万俟", true, "moqi", "mo qi"},
        {"长孙", true, "zhangsun", "zhang sun"},
        {"欧阳", true, "ouyang", "ou yang"},
        {"司马", true, "sima", "si ma"},
        {"诸葛", true, "zhuge", "zhu ge"},
        {"吕", true, "lu", "lu"},
        {"壮", false, "zhuang", "zhuang"},
        {"䶮", false, "yan", "yan"},
        {"張學友", false, "zhangxueyou", "zhang xue you"},
        {"さくら", false, "", ""},
        {"山さ", false, "", ""},
        {"wei", false, "", ""},
        {"", true, "", ""},
    };
    for (size_t i = 0; i < COUNT(names); i++) {
        char joined[64] = "", words[64] = "";
        size_t size = strlen(names[i].text), expected = strlen(names[i].joined);
        bool surname = names[i].surname;
        assert_int_equal(kithi_pinyin_of(names[i].text, size, surname, joined, sizeof joined),
                         expected);
        assert_int_equal(kithi_pinyin_words(names[i].text, size, surname, words, sizeof words),
                         strlen(names[i].words));
        if (expected > 0) {
            assert_string_equal(joined, names[i].joined);
            assert_string_equal(words, names[i].words);
        }
    }
}

static void test_readings_need_room(void **state) {
    (void)state;
    char out[10];
    for (size_t capacity = 0; capacity <= sizeof out; capacity++) {
        size_t words = kithi_pinyin_words("小明", 6, false, out, capacity);
        assert_int_equal(words, capacity >= 10 ? 9 : 0);
        assert_int_equal(kithi_pinyin_words("尉迟", 6, true, out, capacity), capacity > 6 ? 6 : 0);
        assert_int_equal(kithi_pinyin_split("xiaoming", 8, out, capacity), capacity >= 10 ? 9 : 0);
    }
}

/* Each character of the usual set of mainland China has a reading. */
static void test_readings_are_complete(void **state) {
    (void)state;
    size_t count = 0;
    for (int32_t c = 0x4E00; c <= 0x9FFF; c++) {
        count += kithi_han_syllable(c) != NULL;
    }
    assert_true(count > 15000);
    static const char usual[] = "芳娜敏静丽强磊军洋勇艳杰娟涛明超秀霞平刚桂英华玉兰红建国文辉力"
                                "燕浩宇鑫鹏飞倩雪梅婷欣怡梓涵雨轩浩然子睿诗琪煜祺懿琰翀赟彧喆";
    for (size_t at = 0; at < sizeof usual - 1; at += 3) {
        char out[8];
        assert_true(kithi_pinyin_of(usual + at, 3, false, out, sizeof out) > 0);
    }
}

static void test_spelling(void **state) {
    (void)state;
    static const struct {
        const char *han;
        bool surname;
        const char *latin;
        bool expected;
    } cases[] = {
        {"吕", true, "lu", true},
        {"吕", true, "lv", true},
        {"吕", true, "lyu", true},
        {"吕", true, "lyv", false},
        {"罗", true, "lvo", false},
        {"茜", false, "qian", true},
        {"茜", false, "xi", true},
        {"翟", true, "zhai", true},
        {"翟", true, "di", true},
        {"尉迟", true, "yuchi", true},
        {"尉迟", true, "weichi", true},
        {"尉迟", true, "yuch", false},
        {"小明", false, "xiaoming", true},
        {"小明", false, "xiaomin", false},
        {"小明", false, "xiaominga", false},
        {"乐瑶", false, "yueyao", true},
        {"乐瑶", false, "leyao", true},
        {"", false, "", false},
        {"明", false, "", false},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        bool spells = kithi_pinyin_spells(cases[i].han, strlen(cases[i].han), cases[i].surname,
                                          cases[i].latin, strlen(cases[i].latin));
        if (spells != cases[i].expected) {
            fail_msg("%s, %s", cases[i].han, cases[i].latin);
        }
    }
}

static void test_splitting(void **state) {
    (void)state;
    static const char *const cases[][2] = {
        {"xiaoming", "xiao ming"},
        {"fangang", "fan gang"},
        {"xian", "xian"},
        {"lyu", "lu"},
        {"lvfang", "lu fang"},
        {"nanyu", "nan yu"},
        {"jianan", "jia nan"},
        {"ouyang", "ou yang"},
        {"zhuangzhuang", "zhuang zhuang"},
        {"a", "a"},
        {"yaan", "ya an"},
        {"smith", ""},
        {"n", ""},
        {"hsiao", ""},
        {"wangx", ""},
        {"v", ""},
        {"yuyuyuyuyu", ""},
        {"", ""},
        {"lyuelyue", "lue lue"},
        {"wēi", ""},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        char out[64] = "";
        size_t size = kithi_pinyin_split(cases[i][0], strlen(cases[i][0]), out, sizeof out);
        assert_int_equal(size, strlen(cases[i][1]));
        assert_string_equal(size > 0 ? out : "", cases[i][1]);
    }
}

static void assert_level(const kithi_name *a, const kithi_name *b, int expected) {
    int level = kithi_han_names_level(a->family, a->given, b->family, b->given);
    assert_int_equal(kithi_han_names_level(b->family, b->given, a->family, a->given), level);
    if (level != expected) {
        fail_msg("%s %s and %s %s: %s, not %s", a->family, a->given, b->family, b->given,
                 kithi_han_level_name(level), kithi_han_level_name(expected));
    }
}

static void test_levels(void **state) {
    (void)state;
    static const struct {
        const char *a;
        const char *b;
        int level;
    } cases[] = {
        {"王伟", "王伟", KITHI_HAN_EQUAL},
        {"王偉", "王伟", KITHI_HAN_EQUAL},
        {"王伟", "王玮", KITHI_HAN_SOUND},
        {"张静", "章静", KITHI_HAN_SOUND},
        {"曾志伟", "增志伟", KITHI_HAN_SOUND},
        {"王小明", "王晓明", KITHI_HAN_SOUND},
        {"王小明", "王明", KITHI_HAN_CHARACTER},
        {"王小明", "王小红", KITHI_HAN_CHARACTER},
        {"欧阳娜娜", "歐陽娜", KITHI_HAN_CHARACTER},
        {"王伟", "王文", KITHI_HAN_INITIALS},
        {"李晓梅", "李雪萌", KITHI_HAN_INITIALS},
        {"王伟", "王芳", KITHI_HAN_SURNAME},
        {"王伟", "李娜", KITHI_HAN_DIFFERENT},
        {"单田芳", "Shan Tianfang", KITHI_HAN_ROMANISED},
        {"王伟", "Wang Wei", KITHI_HAN_ROMANISED},
        {"王伟", "Wei Wang", KITHI_HAN_ROMANISED},
        {"王伟", "Wang, Wei", KITHI_HAN_ROMANISED},
        {"王伟", "wangwei", KITHI_HAN_ROMANISED},
        {"李娜", "Na Li", KITHI_HAN_ROMANISED},
        {"李小明", "Li Xiaoming", KITHI_HAN_ROMANISED},
        {"李小明", "Li Xiao Ming", KITHI_HAN_ROMANISED},
        {"李小明", "Xiao-Ming Li", KITHI_HAN_ROMANISED},
        {"李小明", "Xiaoming LI", KITHI_HAN_ROMANISED},
        {"吕布", "Lyu Bu", KITHI_HAN_ROMANISED},
        {"吕布", "Lü Bu", KITHI_HAN_ROMANISED},
        {"欧阳娜娜", "Nana Ouyang", KITHI_HAN_ROMANISED},
        {"欧阳娜娜", "Ou Yang Na Na", KITHI_HAN_ROMANISED},
        {"万俟雪", "Moqi Xue", KITHI_HAN_ROMANISED},
        {"張學友", "Zhang Xueyou", KITHI_HAN_ROMANISED},
        {"范刚", "Fang Ang", KITHI_HAN_DIFFERENT},
        {"李小明", "Li X. M.", KITHI_HAN_INITIALS},
        {"李小明", "XM Li", KITHI_HAN_INITIALS},
        {"李小明", "Li Xuemei", KITHI_HAN_INITIALS},
        {"李小明", "Li Wei", KITHI_HAN_SURNAME},
        {"王伟", "David Wang", KITHI_HAN_SURNAME},
        {"王伟", "Li Na", KITHI_HAN_DIFFERENT},
        {"王伟", "John Smith", KITHI_HAN_NONE},
        {"王伟", "Wong Wai", KITHI_HAN_NONE},
        {"王伟", "Wang", KITHI_HAN_NONE},
        {"Wang Wei", "Wei Wang", KITHI_HAN_EQUAL},
        {"Li Na", "Na Li", KITHI_HAN_ROMANISED},
        {"Li Xiao Ming", "Xiaoming Li", KITHI_HAN_ROMANISED},
        {"Anna Brown", "Brown Anna", KITHI_HAN_NONE},
        {"山田 さくら", "山田 さくら", KITHI_HAN_EQUAL},
        {"山田 サクラ", "山田 さくら", KITHI_HAN_EQUAL},
        {"山田 さくら", "山田 すみれ", KITHI_HAN_SURNAME},
        {"山田 さくら", "田中 さくら", KITHI_HAN_DIFFERENT},
        {"山田 さくら", "山田 桜", KITHI_HAN_NONE},
        {"ヤマダ サクラ", "山田 桜", KITHI_HAN_NONE},
        {"やまだ さくら", "Yamada Sakura", KITHI_HAN_NONE},
        {"王 さくら", "Wang Sakura", KITHI_HAN_NONE},
        {"渡辺 健", "渡邊 健", KITHI_HAN_EQUAL},
        {"이민호", "李敏镐", KITHI_HAN_NONE},
        {"", "王伟", KITHI_HAN_NONE},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        kithi_name a = name_of(cases[i].a), b = name_of(cases[i].b);
        assert_level(&a, &b, cases[i].level);
    }
}

/* However a source fills its two columns. */
static void test_levels_of_parts(void **state) {
    (void)state;
    static const char *const parts[][2] = {
        {"王", "伟"}, {"伟", "王"}, {"", "王伟"}, {"王", "王伟"}, {"王伟", ""}};
    for (size_t i = 0; i < COUNT(parts); i++) {
        assert_int_equal(kithi_han_names_level("王", "伟", parts[i][0], parts[i][1]),
                         KITHI_HAN_EQUAL);
    }
    assert_int_equal(kithi_han_names_level("李", "伟", "", "王伟"), KITHI_HAN_DIFFERENT);
    assert_int_equal(kithi_han_names_level("王", "伟", "王", ""), KITHI_HAN_NONE);
    assert_int_equal(kithi_han_names_level("", "", "", ""), KITHI_HAN_NONE);
    assert_int_equal(kithi_han_names_level("王", "小明", "ming", "wang xiao"), KITHI_HAN_ROMANISED);
    assert_string_equal(kithi_han_level_name(KITHI_HAN_ROMANISED), "romanised");
}

static void assert_key(const char *full, const char *expected) {
    char key[64] = "";
    kithi_name name = name_of(full);
    size_t size = kithi_han_latin(name.family, name.given, key, sizeof key);
    assert_int_equal(size, strlen(expected));
    assert_string_equal(size > 0 ? key : "", expected);
}

static void test_keys(void **state) {
    (void)state;
    static const char *const same[] = {"王小明",        "Wang Xiaoming",  "Wang Xiao Ming",
                                       "Xiaoming Wang", "Xiao-Ming Wang", "Wang, Xiaoming"};
    for (size_t i = 0; i < COUNT(same); i++) {
        assert_key(same[i], "ming wang xiao");
    }
    assert_key("王伟", "wang wei");
    assert_key("Wei Wang", "wang wei");
    assert_key("尉迟恭", "chi gong yu");
    assert_key("吕布", "bu lu");
    assert_key("Lyu Bu", "bu lu");
    assert_key("John Smith", "");
    assert_key("Wang", "");
    assert_key("王", "");
    assert_key("山田 さくら", "");
    assert_key("이민호", "");
    char small[8];
    assert_int_equal(kithi_han_latin("王", "伟", small, sizeof small), 0);
    char exact[9];
    assert_int_equal(kithi_han_latin("王", "伟", exact, sizeof exact), 8);
}

static void test_vetoes(void **state) {
    (void)state;
    static const char *const fine[][2] = {{"王伟", "Wang Wei"},
                                          {"王伟", "Wei Wang"},
                                          {"王伟", "Li Na"},
                                          {"王偉", "王伟"},
                                          {"鞏俐", "巩俐"},
                                          {"佐々木 希", "佐佐木 希"},
                                          {"山田 さくら", "さくら 山田"},
                                          {"山田 さくら", "山田 桜"}};
    static const char *const clashes[][2] = {{"山田 さくら", "山田 すみれ"},
                                             {"ジョン・スミス", "メアリー・スミス"}};
    for (size_t i = 0; i < COUNT(fine); i++) {
        kithi_name a = name_of(fine[i][0]), b = name_of(fine[i][1]);
        assert_false(kithi_given_names_differ(&a, &b));
    }
    for (size_t i = 0; i < COUNT(clashes); i++) {
        kithi_name a = name_of(clashes[i][0]), b = name_of(clashes[i][1]);
        assert_true(kithi_given_names_differ(&a, &b));
    }
}

/* A Japanese family name stands first, a foreign one behind the dot. */
static void test_kana_parts(void **state) {
    (void)state;
    static const char *const names[][3] = {{"山田 さくら", "山田", "さくら"},
                                           {"ヤマダ サクラ", "やまだ", "さくら"},
                                           {"ﾔﾏﾀﾞ ｻｸﾗ", "やまだ", "さくら"},
                                           {"ジョン・スミス", "すみす", "じょん"},
                                           {"さくら", "さくら", ""}};
    for (size_t i = 0; i < COUNT(names); i++) {
        kithi_name name = name_of(names[i][0]);
        assert_string_equal(name.family, names[i][1]);
        assert_string_equal(name.given, names[i][2]);
    }
}

/* A name that nobody chose: characters of names, Latin syllables and stray pieces. */
static void random_part(uint64_t *seed, char *out) {
    static const char *const pieces[] = {"王",  "李",   "欧阳", "吕", "单", "小",    "明",   "伟",
                                         "安",  "茜",   "々",   "𠮷", "さ", "민",    "wang", "li",
                                         "lyu", "xiao", "x",    " ",  "an", "smith", "ж",    "1"};
    out[0] = '\0';
    for (size_t count = *seed >> 60; count > 0; count--) {
        *seed = *seed * 6364136223846793005u + 1442695040888963407u;
        strcat(out, pieces[(*seed >> 33) % COUNT(pieces)]);
    }
    *seed = *seed * 6364136223846793005u + 1442695040888963407u;
}

static void test_any_parts(void **state) {
    (void)state;
    uint64_t seed = 1;
    for (int i = 0; i < 20000; i++) {
        char parts[4][KITHI_NAME_MAX_BYTES], again[KITHI_NAME_MAX_BYTES], key[512];
        for (size_t j = 0; j < 4; j++) {
            random_part(&seed, parts[j]);
            parts[j][kithi_han_fold(parts[j], strlen(parts[j]))] = '\0';
            strcpy(again, parts[j]);
            assert_int_equal(kithi_han_fold(again, strlen(again)), strlen(parts[j]));
            assert_string_equal(again, parts[j]);
        }
        int level = kithi_han_names_level(parts[0], parts[1], parts[2], parts[3]);
        assert_in_range(level, KITHI_HAN_NONE, KITHI_HAN_EQUAL);
        assert_int_equal(kithi_han_names_level(parts[2], parts[3], parts[0], parts[1]), level);
        int self = kithi_han_names_level(parts[0], parts[1], parts[0], parts[1]);
        assert_true(self == KITHI_HAN_EQUAL || self == KITHI_HAN_NONE);
        size_t size = kithi_han_latin(parts[0], parts[1], key, sizeof key);
        assert_true(size == 0 || strlen(key) == size);
    }
}

/* Whatever characters a name has, it goes with its own spelling in either order. */
static void test_own_spelling(void **state) {
    (void)state;
    static const char families[] = "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗单解仇曾查朴区盖任吕";
    static const char givens[] = "伟芳娜敏静丽强磊洋勇艳杰娟涛明超霞平刚桂英华玉兰红建国文辉绿律略";
    for (size_t f = 0; f < sizeof families - 1; f += 3) {
        for (size_t g = 0; g + 6 < sizeof givens; g += 3) {
            char family[4] = "", given[7] = "", latin_family[16], latin_given[32];
            char key[64], latin_key[64];
            memcpy(family, families + f, 3);
            memcpy(given, givens + g, 6);
            kithi_pinyin_of(family, 3, true, latin_family, sizeof latin_family);
            kithi_pinyin_of(given, 6, false, latin_given, sizeof latin_given);
            assert_int_equal(kithi_han_names_level(family, given, latin_family, latin_given),
                             KITHI_HAN_ROMANISED);
            assert_int_equal(kithi_han_names_level(family, given, latin_given, latin_family),
                             KITHI_HAN_ROMANISED);
            assert_true(kithi_han_latin(family, given, key, sizeof key) > 0);
            assert_true(kithi_han_latin(latin_given, latin_family, latin_key, sizeof latin_key));
            assert_string_equal(key, latin_key);
        }
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_streets_are_parted),
        cmocka_unit_test(test_streets_without_room),
        cmocka_unit_test(test_forms),
        cmocka_unit_test(test_characters_of_their_own),
        cmocka_unit_test(test_fold_never_grows),
        cmocka_unit_test(test_readings),
        cmocka_unit_test(test_readings_need_room),
        cmocka_unit_test(test_readings_are_complete),
        cmocka_unit_test(test_spelling),
        cmocka_unit_test(test_splitting),
        cmocka_unit_test(test_levels),
        cmocka_unit_test(test_levels_of_parts),
        cmocka_unit_test(test_keys),
        cmocka_unit_test(test_vetoes),
        cmocka_unit_test(test_kana_parts),
        cmocka_unit_test(test_any_parts),
        cmocka_unit_test(test_own_spelling),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
