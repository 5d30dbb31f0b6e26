/*
 * How alike two records are said to be, comparison by comparison: each table is one kind, each line
 * two values and the level that they have. Every pair is compared in both orders.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "src/match/levels.h"

#define COUNT(table) (sizeof(table) / sizeof(table)[0])

static kithi_term_list terms_of(const kithi_feature_builder *b, size_t comparison) {
    return (kithi_term_list){b->terms[comparison], b->text, b->counts[comparison], b->generation};
}

static size_t size_of(const char *text) {
    return text != NULL ? strlen(text) : 0;
}

/* Asserts the level that kind.c calls by this name. */
static void expect(kithi_kind kind, size_t comparison, const kithi_feature_builder *x,
                   const kithi_feature_builder *y, const char *level, const char *what) {
    const kithi_kind_info *info = kithi_kind_of(kind);
    kithi_term_list a = terms_of(x, comparison), b = terms_of(y, comparison);
    unsigned found = kithi_level(kind, &a, &b, NULL), turned = kithi_level(kind, &b, &a, NULL);
    if (strcmp(info->level_names[found], level) != 0 || turned != found) {
        fail_msg("%s: %s, exchanged %s; not %s", what, info->level_names[found],
                 info->level_names[turned], level);
    }
}

/* Names */

typedef struct name_text {
    const char *given, *family, *full;
} name_text;

static void make_name(kithi_feature_builder *b, name_text name) {
    kithi_name_parts parts = {.given = {name.given, size_of(name.given)},
                              .family = {name.family, size_of(name.family)},
                              .full = {name.full, size_of(name.full)}};
    memset(b, 0, sizeof *b);
    kithi_terms_of_name(b, 0, &parts);
}

typedef struct name_pair {
    name_text a, b;
    const char *level;
} name_pair;

static void expect_names(const name_pair *table, size_t count) {
    for (size_t i = 0; i < count; i++) {
        kithi_feature_builder a, b;
        make_name(&a, table[i].a);
        make_name(&b, table[i].b);
        expect(KITHI_KIND_NAME, 0, &a, &b, table[i].level,
               table[i].b.full != NULL ? table[i].b.full : table[i].level);
    }
}

static void test_names(void **state) {
    (void)state;
    static const name_pair table[] = {
        /* All words are the same: their order, titles, accents and capitals tell nothing. */
        {{"Ann", "Muir", NULL}, {"ANN", "muir", NULL}, "equal"},
        {{NULL, NULL, "Ann Muir"}, {NULL, NULL, "Muir, Ann"}, "equal"},
        {{"Ann", "Muir", NULL}, {NULL, NULL, "Muir Ann"}, "equal"},
        {{"Ann", "Muir", NULL}, {"Muir", "Ann", NULL}, "equal"},
        {{NULL, NULL, "Dr. Ann Muir"}, {NULL, NULL, "Ann Muir"}, "equal"},
        {{"José", "Muñoz", NULL}, {"Jose", "Munoz", NULL}, "equal"},
        {{NULL, NULL, "王小明"}, {NULL, NULL, "王小明"}, "equal"},
        /* One of them has more words. */
        {{"Ann Marie", "Muir", NULL}, {"Ann", "Muir", NULL}, "given and family equal"},
        {{"Ann", "Muir-Baker", NULL}, {"Ann", "Muir", NULL}, "given and family equal"},
        {{"Juan", "Garcia Lopez", NULL}, {"Juan", "Garcia", NULL}, "given and family equal"},
        {{"小明", "王", NULL}, {NULL, NULL, "王小明"}, "equal"},
        {{NULL, NULL, "歐陽娜娜"}, {NULL, NULL, "欧阳娜娜"}, "equal"},
        {{NULL, NULL, "Maria Garcia Lopez"},
         {NULL, NULL, "Maria Garcia Perez"},
         "several words equal"},
        /* What the one writes as one word and the other as several. */
        {{"Mary Ann", "Muir", NULL}, {"Maryann", "Muir", NULL}, "given and family equal"},
        {{"Xiao-Ming", "Wang", NULL}, {"Xiaoming", "Wang", NULL}, "given and family equal"},
        {{"Ann", "Mac Donald", NULL}, {"Ann", "MacDonald", NULL}, "given and family equal"},
        {{"Mary Ann", "Muir", NULL}, {"Marianne", "Muir", NULL}, "family equal, given alike"},
        /* Nicknames, initials, slips. */
        {{"Robert", "Muir", NULL}, {"Bob", "Muir", NULL}, "family equal, given alike"},
        {{"Ann", "Muir", NULL}, {"Anne", "Muir", NULL}, "family equal, given alike"},
        {{"Katharina", "Muir", NULL}, {"Katarina", "Muir", NULL}, "family equal, given alike"},
        {{"Ann", "Muir", NULL}, {"A", "Muir", NULL}, "family equal, given an initial"},
        {{"Ann", "Lehmann", NULL}, {"Ann", "Lehman", NULL}, "given equal, family alike"},
        {{"Katharina", "Lehmann", NULL}, {"Katarina", "Lehman", NULL}, "given and family alike"},
        {{"Katharina", "Lehmann", NULL}, {"Lehman", "Katarina", NULL}, "given and family alike"},
        /* A family, a marriage, and what one of them leaves out. */
        {{"Ann", "Muir", NULL},
         {"Marie", "Muir", NULL},
         "family equal, given or generation different"},
        {{NULL, NULL, "王小明"}, {NULL, NULL, "王小红"}, "family equal, given an initial"},
        {{"Ann", "Muir", NULL}, {NULL, "Muir", NULL}, "family equal, given missing"},
        {{"Ann", "Muir", NULL}, {"Ann", "Baker", NULL}, "given equal, family different"},
        {{"Ann", "Muir", NULL}, {"Ann", NULL, NULL}, "given equal, family missing"},
        {{"Ann", "Muir", NULL}, {"Bob", "Muirs", NULL}, "one word alike"},
        {{"Ann", "Muir", NULL}, {"Peter", "Baker", NULL}, "different"},
        {{"Ann", "Muir", NULL}, {NULL, NULL, NULL}, "missing"},
    };
    expect_names(table, COUNT(table));
}

/* Who lives together shares two surnames, a father's name, a second name. */
static void test_names_of_siblings(void **state) {
    (void)state;
    static const name_pair table[] = {
        {{"Juan", "García López", NULL},
         {"María", "García López", NULL},
         "family equal, given or generation different"},
        {{NULL, NULL, "Попов Юрий Александрович"},
         {NULL, NULL, "Попов Дмитрий Александрович"},
         "family equal, given or generation different"},
        {{"Juan Carlos", "Pérez", NULL},
         {"Luis Carlos", "Pérez", NULL},
         "family equal, given or generation different"},
        {{NULL, NULL, "Иван Петренко"},
         {NULL, NULL, "Анна Петренко"},
         "family equal, given or generation different"},
        {{"Anna Maria", "Muir", NULL}, {"Maria", "Muir", NULL}, "given and family equal"},
        {{"秀英", "张", NULL},
         {"Xiu Ying", "Zhang", NULL},
         "equal but for order or words left out"},
    };
    expect_names(table, COUNT(table));
}

/* Of more words than are weighed the same ones are named, whichever record is the first. */
static void test_words_that_both_have(void **state) {
    (void)state;
    kithi_feature_builder x, y;
    kithi_shared_terms shared, turned;
    make_name(&x, (name_text){NULL, NULL, "Anna Maria Luisa Carla Elena Ruth"});
    make_name(&y, (name_text){NULL, NULL, "Ruth Elena Carla Luisa Maria Anna"});
    kithi_term_list a = terms_of(&x, 0), b = terms_of(&y, 0);
    kithi_level(KITHI_KIND_NAME, &a, &b, &shared);
    kithi_level(KITHI_KIND_NAME, &b, &a, &turned);
    assert_int_equal(shared.count, KITHI_SHARED_MAX);
    assert_int_equal(turned.count, KITHI_SHARED_MAX);
    for (size_t i = 0; i < KITHI_SHARED_MAX; i++) {
        assert_true(kithi_terms_equal(&a, shared.items[i].term, &b, turned.items[i].term));
    }
}

/* Dates */

typedef struct text_pair {
    const char *a, *b, *level;
} text_pair;

static void test_dates(void **state) {
    (void)state;
    static const text_pair table[] = {
        {"1980-02-01", "1980-02-01", "equal"},
        {"1980-02-01", "19800201", "equal"},
        {"1980-02-01", "1980-01-02", "day and month swapped"},
        {"1985-12-10", "1985-10-12", "day and month swapped"},
        {"1980-02-01", "1980-02-11", "one slip"},
        {"1980-02-13", "1980-02-31", "one slip"}, /* two neighbours changed places */
        {"1980-02-01", "1908-02-01", "one slip"},
        {"1980-06-31", "1980-06-30", "one slip"}, /* a day that there isn't */
        {"1980-02-01", "1980-12-11", "two slips"},
        {"1980-02-13", "1991-02-13", "two slips"},
        {"1980-02-13", "1980-01-01", "same year, one only a year or January 1"},
        {"1980-02-13", "1956-02-13", "two slips"},
        {"1980-02-13", "2056-02-13", "same day and month"},
        {"1980-02-13", "1980-11-30", "same year"},
        {"1980-02-13", "1980", "same year, one only a year or January 1"},
        {"1980", "1980", "same year, one only a year or January 1"},
        {"1980", "1981", "different"},
        {"1980-02-13", "1956-11-30", "different"},
        {"1980-02-13", "in spring", "missing"},
    };
    for (size_t i = 0; i < COUNT(table); i++) {
        kithi_feature_builder a, b;
        kith_value x = kith_value_text(table[i].a), y = kith_value_text(table[i].b);
        memset(&a, 0, sizeof a);
        memset(&b, 0, sizeof b);
        kithi_terms_of_date(&a, 0, &x);
        kithi_terms_of_date(&b, 0, &y);
        expect(KITHI_KIND_DATE, 0, &a, &b, table[i].level, table[i].b);
    }
}

/* Addresses */

typedef struct place {
    const char *street, *city, *postcode, *state;
} place;

static void make_place(kithi_feature_builder *b, place p) {
    memset(b, 0, sizeof *b);
    kithi_terms_of_street(b, 0, p.street, size_of(p.street));
    kithi_terms_of_city(b, 0, p.city, size_of(p.city));
    kithi_terms_of_postcode(b, 0, p.postcode, size_of(p.postcode));
    kithi_terms_of_state(b, 0, p.state, size_of(p.state));
}

/* A former name, another spelling: the best of the values counts. */
static void test_names_of_several_values(void **state) {
    (void)state;
    kithi_name_parts now = {.given = {"Zoe", 3}, .family = {"Quimby", 6}};
    kithi_name_parts both = {.given = {"Zoe", 3}, .family = {"Ormsby", 6}, .further_count = 2};
    both.further[0] = (struct kithi_further_name){{"Quimby", 6}, KITHI_ROLE_FAMILY};
    both.further[1] = (struct kithi_further_name){{"Zuleika Quimby", 14}, KITHI_ROLE_FULL};
    kithi_feature_builder a, b;
    memset(&a, 0, sizeof a);
    memset(&b, 0, sizeof b);
    kithi_terms_of_name(&a, 0, &now);
    kithi_terms_of_name(&b, 0, &both);
    expect(KITHI_KIND_NAME, 0, &a, &b, "given and family equal", "several values");
}

/* How Japanese names are read tells what their writing can't. */
static void test_names_with_kana(void **state) {
    (void)state;
    static const char *const kana[] = {"タカハシ", "イチロウ"};
    kithi_name_parts written = {
        .given = {"一郎", 6}, .family = {"高橋", 6}, .kana = {{kana[0], 12}, {kana[1], 12}}};
    kithi_name_parts read = {.given = {kana[1], 12}, .family = {kana[0], 12}};
    kithi_name_parts other = {.given = {kana[1], 12}, .family = {"サトウ", 9}};
    kithi_name_parts silent = {.given = {"一郎", 6}, .family = {"高橋", 6}};
    kithi_feature_builder a, b, c, d;
    written.kana_count = 2;
    memset(&a, 0, sizeof a);
    memset(&b, 0, sizeof b);
    memset(&c, 0, sizeof c);
    memset(&d, 0, sizeof d);
    kithi_terms_of_name(&a, 0, &written);
    kithi_terms_of_name(&b, 0, &read);
    kithi_terms_of_name(&c, 0, &other);
    kithi_terms_of_name(&d, 0, &silent);
    expect(KITHI_KIND_NAME, 0, &a, &b, "equal", "kanji with kana, and kana");
    expect(KITHI_KIND_NAME, 0, &a, &c, "one word equal", "another family's kana");
    expect(KITHI_KIND_NAME, 0, &a, &d, "equal", "kanji with kana and without");
    expect(KITHI_KIND_NAME, 0, &b, &d, "missing", "kana and kanji");
}

typedef struct place_pair {
    place a, b;
    const char *level;
} place_pair;

static void expect_places(const place_pair *table, size_t count) {
    for (size_t i = 0; i < count; i++) {
        kithi_feature_builder a, b;
        make_place(&a, table[i].a);
        make_place(&b, table[i].b);
        expect(KITHI_KIND_ADDRESS, 0, &a, &b, table[i].level, table[i].level);
    }
}

static void test_addresses(void **state) {
    (void)state;
    static const char *const mill = "4 Mill Lane", *const high = "7 High Street";
    static const char *const wellington = "12 Wellington Street";
    const place_pair table[] = {
        /* Number and street are one, whatever their order and what else stands there. */
        {{mill, "York", "YO1 7HH", NULL}, {"Mill Ln 4", "York", NULL, NULL}, "equal"},
        {{mill, "York", NULL, NULL}, {"Flat 2, 4 Mill Lane", "York", NULL, NULL}, "equal"},
        {{wellington, "York", NULL, NULL}, {"12 Welington Street", "York", NULL, NULL}, "equal"},
        {{mill, "York", NULL, "Yorkshire"},
         {mill, "Leeds", NULL, "Yorkshire"},
         "street equal, near places"},
        {{mill, "York", NULL, NULL},
         {mill, "Leeds", NULL, NULL},
         "street equal, place other or unknown"},
        {{mill, NULL, NULL, NULL},
         {mill, NULL, NULL, NULL},
         "street equal, place other or unknown"},
        {{wellington, "York", NULL, NULL},
         {"14 Wellington Street", "York", NULL, NULL},
         "a word of the street equal, near places"},
        {{mill, "York", NULL, NULL},
         {"9 Mill Road", "Leeds", NULL, NULL},
         "a word of the street equal"},
        /* A number alone is no street. */
        {{"Flat 2", NULL, NULL, NULL}, {"Flat 2", NULL, NULL, NULL}, "missing"},
        {{"Flat 2", NULL, NULL, NULL}, {"Flat 3", NULL, NULL, NULL}, "different"},
        /* The street says nothing. */
        {{mill, NULL, "YO1 7HH", NULL}, {high, NULL, "YO17HH", NULL}, "same postcode"},
        {{mill, NULL, "YO1 7HH", NULL}, {high, NULL, "YO1 9AB", NULL}, "same postal area"},
        {{NULL, NULL, "89132", NULL}, {NULL, NULL, "89123", NULL}, "same postal area"},
        {{NULL, NULL, "89132", NULL}, {NULL, NULL, "89900", NULL}, "near places"},
        {{NULL, NULL, "89132", NULL}, {NULL, NULL, "10115", NULL}, "different"},
        {{mill, "York", NULL, NULL}, {high, "York", NULL, NULL}, "same city"},
        {{NULL, "York", NULL, NULL}, {NULL, "Yorck", NULL, NULL}, "same city"},
        {{NULL, "York", NULL, NULL}, {NULL, "New York", NULL, NULL}, "near places"},
        {{NULL, "York", NULL, "NY"}, {NULL, "Albany", NULL, "NY"}, "same state"},
        {{NULL, NULL, NULL, "NY"}, {NULL, NULL, NULL, "CA"}, "different"},
        {{mill, NULL, NULL, NULL}, {high, NULL, NULL, NULL}, "different"},
        /* What the one says isn't what the other says. */
        {{mill, NULL, NULL, NULL}, {NULL, "York", NULL, NULL}, "missing"},
        {{NULL, "York", NULL, NULL}, {NULL, NULL, "YO1 7HH", NULL}, "missing"},
    };
    expect_places(table, COUNT(table));
}

/* Parted by what they say. */
static void test_addresses_in_han_characters(void **state) {
    (void)state;
    static const place_pair table[] = {
        {{"上海市浦东新区武福路87号1301室", "上海", NULL, NULL},
         {"浦东新区武福路87号1301室", "上海", NULL, NULL},
         "equal"},
        {{"建国路12号", NULL, NULL, NULL},
         {"建国路12号", NULL, NULL, NULL},
         "street equal, place other or unknown"},
        {{"信義區市府路45號", "台北", NULL, NULL},
         {"信义区市府路45号", "台北", NULL, NULL},
         "equal"},
        {{"東京都港区芝公園4丁目2-8", NULL, NULL, NULL},
         {"港区芝公園4-2-8", NULL, NULL, NULL},
         "street equal, place other or unknown"},
        {{"品川区8-22-14", NULL, NULL, NULL},
         {"東京都品川区八丁目", NULL, NULL, NULL},
         "a word of the street equal"},
        {{"港区4-3-1", NULL, NULL, NULL},
         {"港区4-19-28", NULL, NULL, NULL},
         "a word of the street equal"},
        {{"4-1-7番", "渋谷区", NULL, NULL}, {"4丁目1-7", "渋谷区", NULL, NULL}, "equal"},
        {{"4-1-7", "渋谷区", NULL, NULL}, {"4丁目1-7", "渋谷区", NULL, NULL}, "equal"},
        {{"4-1-7番", "渋谷区", NULL, NULL}, {"4-9-9番", "渋谷区", NULL, NULL}, "same city"},
        {{"建国路12号", NULL, NULL, NULL},
         {"建国路14号", NULL, NULL, NULL},
         "a word of the street equal"},
        {{"建国路12号", NULL, NULL, NULL}, {"五一西路79号", NULL, NULL, NULL}, "different"},
    };
    expect_places(table, COUNT(table));
}

/* E-mail addresses: what they have besides their owner's name tells one Ann Muir from another. */

static void test_emails(void **state) {
    (void)state;
    static const struct {
        const char *name, *a, *b, *level;
    } table[] = {
        {"Ann Muir", "ann.muir84@mail.test", "ann.muir84@mail.test", "equal"},
        {"Ann Muir", "ann.muir84@mail.test", "annmuir84@mail.test", "equal"},
        {"Ann Muir", "skipper+shop@mail.test", "SKIPPER@mail.test", "equal"},
        {"Ann Muir", "ann.muir84@mail.test", "annmuir84@box.test", "name equal"},
        {"Ann Muir", "skipper84@mail.test", "skiper84@mail.test", "name alike, same domain"},
        {"Ann Muir", "anna.muir84@mail.test", "ann.muir84@box.test", "name alike"},
        {"Ann Muir", "skipper84@mail.test", "skiper84@box.test", "missing"},
        {"Ann Muir", "ann.muir84@mail.test", "ann.muir85@box.test", "missing"},
        {"Ann Muir", "n/a", "n/a", "missing"},
        {"Ann Muir", "ann.muir@mail.test", "annmuir@box.test", "different"},
        {"Ann Muir", "ann.muir@mail.test", "a.muir@box.test", "different"},
        {"Ann Muir", "skipper@mail.test", "captain@mail.test", "different"},
    };
    for (size_t i = 0; i < COUNT(table); i++) {
        kithi_feature_builder a, b;
        make_name(&a, (name_text){NULL, NULL, table[i].name});
        make_name(&b, (name_text){NULL, NULL, table[i].name});
        kithi_terms_of_email(&a, 1, table[i].a, strlen(table[i].a));
        kithi_terms_of_email(&b, 1, table[i].b, strlen(table[i].b));
        kithi_terms_of_email_rests(&a, 1, 0);
        kithi_terms_of_email_rests(&b, 1, 0);
        expect(KITHI_KIND_EMAIL, 1, &a, &b, table[i].level, table[i].b);
    }
}

/* What is one text */

typedef void make_terms(kithi_feature_builder *builder, size_t comparison, const char *text,
                        size_t size);

static void expect_all(kithi_kind kind, make_terms *make, const text_pair *table, size_t count) {
    for (size_t i = 0; i < count; i++) {
        kithi_feature_builder a, b;
        memset(&a, 0, sizeof a);
        memset(&b, 0, sizeof b);
        make(&a, 0, table[i].a, strlen(table[i].a));
        make(&b, 0, table[i].b, strlen(table[i].b));
        expect(kind, 0, &a, &b, table[i].level, table[i].b);
    }
}

static void test_phones(void **state) {
    (void)state;
    static const text_pair table[] = {
        {"+441904555010", "+44 1904 555010", "equal"},
        {"+441904555010", "01904 555010", "one digit differs"}, /* the last seven are the same */
        {"+441904555010", "+441904555011", "one digit differs"},
        {"+441904555010", "+441904550510", "one digit differs"},
        {"+441904555010", "+441904556123", "same area"},
        {"+441904555010", "+442079460958", "different"},
        {"+441904555010", "none", "missing"},
        {"0000000", "0000000", "missing"},
        {"12", "12", "missing"},
    };
    expect_all(KITHI_KIND_PHONE, kithi_terms_of_phone, table, COUNT(table));
}

static void test_codes(void **state) {
    (void)state;
    static const text_pair table[] = {
        {"AB 12.34-56/C", "ab123456c", "equal"},
        {"AB123456C", "AB123457C", "one character differs"},
        {"AB123456C", "AB123465C", "one character differs"},
        {"AB123456C", "AB12345C", "one character differs"},
        {"AB123456C", "AB123478C", "two characters differ"},
        {"AB123456C", "XY987654Z", "different"},
        {"AB123456C", "", "missing"},
    };
    expect_all(KITHI_KIND_CODE, kithi_terms_of_code, table, COUNT(table));
}

static void test_texts(void **state) {
    (void)state;
    static const text_pair table[] = {
        {"Muir & Co", "muir co", "equal"},
        {"baker", "bakker", "nearly equal"},
        {"Muir", "Muir and Sons", "one holds the other"},
        {"York", "New York", "one holds the other"},
        {"engineer", "engine driver", "alike"},
        {"baker", "butcher", "different"},
        {"baker", "", "missing"},
    };
    expect_all(KITHI_KIND_TEXT, kithi_terms_of_text, table, COUNT(table));
}

static void test_categories(void **state) {
    (void)state;
    static const text_pair table[] = {
        {"f", "F", "equal"}, {"f", "m", "different"}, {"f", "", "missing"}};
    expect_all(KITHI_KIND_CATEGORY, kithi_terms_of_text, table, COUNT(table));
}

/* Companies: what kind of company in law it is says nothing. */

static void test_companies(void **state) {
    (void)state;
    static const text_pair table[] = {
        {"Acme Foods Ltd", "ACME Foods Limited", "equal"},
        {"Acme Foods Ltd", "The Acme Foods Co., Inc.", "equal"},
        {"Panaderia Sol S.A.", "Panaderia Sol", "equal"},
        {"Muir and Co", "Muir", "equal"},
        {"北京小米科技有限公司", "北京小米科技", "equal"},
        {"株式会社山田商店", "山田商店", "equal"},
        {"Acme Foods Ltd", "Acme Fods Ltd", "nearly equal"},
        {"Acme Foods Ltd", "Acme", "one holds the other"},
        {"Acme Foods Ltd", "Zenith Tools Ltd", "different"},
        {"Ltd", "Limited", "different"},
        {"Acme Foods Ltd", "", "missing"},
    };
    expect_all(KITHI_KIND_TEXT, kithi_terms_of_company, table, COUNT(table));
}

static void test_companies_as_names(void **state) {
    (void)state;
    static const text_pair table[] = {
        {"Acme Foods Ltd", "ACME Foods Limited", "equal"},
        {"Acme Northern Foods", "Foods Acme", "equal but for order or words left out"},
        {"Acme Northern Foods", "Acme Nothern Foods", "several words equal"},
        {"Acme Foods", "Acme Fods", "family equal, given alike"},
        {"Acme Foods", "Acme Tools", "family equal, given or generation different"},
        {"Siemens AG", "Siemens", "given and family equal"},
        {"Siemens AG", "Simens AG", "given and family alike"},
        {"Zenith Foods", "Acme Foods Ltd", "given equal, family different"},
        {"山田商店", "株式会社山田商店", "given and family equal"},
        {"ООО Ромашка", "Romashka", "given and family equal"},
        {"Acme Foods", "Zenith Tools", "different"},
        {"Acme Foods", "", "missing"},
    };
    expect_all(KITHI_KIND_NAME, kithi_terms_of_company_name, table, COUNT(table));
}

/* A company of one word as long as there is room for, and longer ones. */
static void test_companies_of_any_length(void **state) {
    (void)state;
    static char text[600];
    memset(text, 'a', sizeof text);
    for (size_t size = 500; size <= sizeof text; size++) {
        kithi_feature_builder b;
        memset(&b, 0, sizeof b);
        kithi_terms_of_company_name(&b, 0, text, size);
        kithi_terms_of_company(&b, 1, text, size);
        assert_int_equal(b.counts[0], size <= 512);
        assert_int_equal(b.counts[1], size <= 512);
    }
}

static void test_companies_among_names(void **state) {
    (void)state;
    static const char *const companies[] = {"Acme Foods Ltd", "Muir GmbH", "ACME INC."};
    static const char *const persons[] = {"Ann Muir", "Maria Sa", "Limited", "Ltd Edition", ""};
    for (size_t i = 0; i < COUNT(companies); i++) {
        assert_true(kithi_terms_tell_company(companies[i], strlen(companies[i])));
    }
    for (size_t i = 0; i < COUNT(persons); i++) {
        assert_false(kithi_terms_tell_company(persons[i], strlen(persons[i])));
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_companies),
        cmocka_unit_test(test_companies_as_names),
        cmocka_unit_test(test_companies_among_names),
        cmocka_unit_test(test_companies_of_any_length),
        cmocka_unit_test(test_names_with_kana),
        cmocka_unit_test(test_names_of_siblings),
        cmocka_unit_test(test_addresses_in_han_characters),
        cmocka_unit_test(test_names),
        cmocka_unit_test(test_words_that_both_have),
        cmocka_unit_test(test_dates),
        cmocka_unit_test(test_names_of_several_values),
        cmocka_unit_test(test_dates),
        cmocka_unit_test(test_addresses),
        cmocka_unit_test(test_emails),
        cmocka_unit_test(test_phones),
        cmocka_unit_test(test_codes),
        cmocka_unit_test(test_texts),
        cmocka_unit_test(test_categories),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
