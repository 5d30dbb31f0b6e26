#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "kith/base.h"
#include "src/match/compare.h"
#include "src/match/han.h"
#include "src/match/nicknames.h"
#include "src/match/sound.h"
#include "src/match/surnames.h"

static kithi_name name_of(const char *given, const char *family, const char *full) {
    kithi_name name;
    kithi_name_make(given, given != NULL ? strlen(given) : 0, family,
                    family != NULL ? strlen(family) : 0, full, full != NULL ? strlen(full) : 0,
                    &name);
    return name;
}

static bool differ(const kithi_name *a, const kithi_name *b) {
    bool result = kithi_given_names_differ(a, b);
    assert_int_equal(kithi_given_names_differ(b, a), result);
    return result;
}

static void assert_given(const char *given_a, const char *given_b, bool expected) {
    kithi_name a = name_of(given_a, "Muir", NULL), b = name_of(given_b, "Muir", NULL);
    if (differ(&a, &b) != expected) {
        fail_msg("%s and %s should %s", given_a, given_b, expected ? "differ" : "not differ");
    }
}

static void test_given_names_that_may_be_one(void **state) {
    (void)state;
    static const char *const pairs[][2] = {
        {"Robert", "Bob"},
        {"Bob", "B"},
        {"Edward", "Eddie"},
        {"Zara", "Sarah"},
        {"Zara", "Sahra"},
        {"Mary", "Marie"},
        {"Marie Luis", "Maria"},
        {"Keeley", "Kaylee"},
        {"Kristen", "Kristin"},
        {"Anastassia", "Nastassia"},
        {"Morris", "Morrie"},
        {"Anna Maria", "Anna"},
        {"Susan", "Susanne"},
        {"Ray", "R"},
        {"George", "Georg"},
        {"Juan", "Juann"},
        {"Mohamed", "Mhd"},
        {"Muhammed", "Mohamed"},
        {"J.", "Jane"},
        {"Mary Ann", "Maryann"},
        {"Jean-Luc", "Jeanluc"},
        {"José", "JOSE"},
        {"J.P.", "Jean Paul"},
        {"JP", "Jean Paul"},
        {"B", "Robert"},
        {"Christopher", "Kristoffer"},
        {"Pat", "Patrick"},
        {"Pat", "Patricia"},
        {"William", "Liam"},
        {"", "Mary"},
        {"Mr", "Mr"},
        {"Mr. Robert", "Bob"},
        {"Robert Jr.", "Rob"},
        {"Robert J", "J Robert"},
        {"Wei", "伟"},
        {"Иван", "Ivan"},
        {"たろう", "タロウ"},
        {"Дмитрий", "Дмитрии"},
        {"Philip", "Filip"},
        {"123", "Mary"},
    };
    for (size_t i = 0; i < sizeof pairs / sizeof pairs[0]; i++) {
        assert_given(pairs[i][0], pairs[i][1], false);
        assert_given(pairs[i][0], pairs[i][0], false);
    }
}

static void test_given_names_that_surely_differ(void **state) {
    (void)state;
    static const char *const pairs[][2] = {
        {"Mary", "Mark"},      {"Mark", "Marsha"}, {"Edward", "Mary"},
        {"Anna", "Annabelle"}, {"Jim", "Jane"},    {"Patrick", "Patricia"},
        {"Gaston", "Henry"},   {"Ed", "Ada"},      {"Amy", "Mia"},
        {"伟", "杰"},          {"Иван", "Мария"},  {"J", "Mary"},
        {"Mary Ann", "Bob"},   {"민준", "서연"},   {"小明", "大明"},
        {"สมชาย", "นารี"},      {"Ia", "Eo"},
    };
    for (size_t i = 0; i < sizeof pairs / sizeof pairs[0]; i++) {
        assert_given(pairs[i][0], pairs[i][1], true);
    }
}

/* Spellings, transliterations and likely typing errors of one name. */
static void test_names_spelled_in_two_ways(void **state) {
    (void)state;
    static const char *const pairs[][2] = {
        {"Sergey", "Sergei"},       {"Dmitry", "Dmitriy"},     {"Yevgeny", "Evgeni"},
        {"Aleksandr", "Alexander"}, {"Yusuf", "Youssef"},      {"Mahmoud", "Mahmud"},
        {"Katherine", "Catherine"}, {"Sophie", "Sophy"},       {"Hussein", "Husayn"},
        {"Ahmed", "Ahmad"},         {"Erik", "Eric"},          {"Steven", "Stephen"},
        {"Fatima", "Fatimah"},      {"Anabella", "Annabelle"}, {"Jeffrey", "Geoffrey"},
        {"Lee", "Leigh"},           {"Luis", "Louis"},         {"Alex", "Alexandra"},
        {"Robert", "Robret"},       {"Robert", "Robrt"},       {"Robert", "Robbert"},
        {"Robert", "Rovert"},       {"Michael", "Micheal"},    {"Michelle", "Michele"},
        {"Charlott", "Charlotte"},  {"Fernanda", "Fermanda"},  {"Xiaoming", "Xiaomign"},
        {"Shaun", "Sean"},          {"Дмитрий", "Дмитирй"},    {"Александр", "Алексанр"},
        {"Jorg", "Jorge"},          {"Danielle", "Daniela"},   {"Марина", "Маирна"},
        {"Наталья", "Наталия"},     {"Татьяна", "Татяна"},     {"Мария", "Маша"},
        {"Саша", "Александр"},      {"Алёна", "Елена"},        {"Daniil", "Daniel"},
        {"Philipp", "Filip"},       {"Дмитро", "Дмитрий"},
    };
    for (size_t i = 0; i < sizeof pairs / sizeof pairs[0]; i++) {
        assert_given(pairs[i][0], pairs[i][1], false);
    }
}

/* A family shares phones and addresses, and its names are often near. */
static void test_near_names_of_two_people(void **state) {
    (void)state;
    static const char *const pairs[][2] = {
        {"John", "Jane"},         {"Michael", "Michelle"},
        {"Daniel", "Daniela"},    {"Daniel", "Danielle"},
        {"Robert", "Roberta"},    {"Louis", "Louise"},
        {"Paul", "Paula"},        {"Maria", "Mario"},
        {"Tom", "Tim"},           {"Jan", "Jen"},
        {"Eva", "Ava"},           {"Tina", "Toni"},
        {"Pat", "Pete"},          {"Carl", "Carol"},
        {"Dana", "Diana"},        {"Gabriel", "Gabriela"},
        {"Gabriel", "Gabrielle"}, {"Eric", "Erica"},
        {"Francis", "Frances"},   {"Christian", "Christina"},
        {"Martin", "Martina"},    {"Simon", "Simone"},
        {"Denis", "Denise"},      {"Julian", "Juliana"},
        {"Marc", "Mary"},         {"Karen", "Karin"},
        {"Marta", "Maria"},       {"Marina", "Marisa"},
        {"Carlo", "Carla"},       {"Andre", "Andrea"},
        {"Nicholas", "Nicole"},   {"Joan", "John"},
        {"Jean", "John"},         {"Jean", "Joan"},
        {"Brian", "Brianna"},     {"Bryan", "Ryan"},
        {"Emil", "Emily"},        {"Dean", "Dan"},
        {"Don", "Dan"},           {"Ron", "Rob"},
        {"Karim", "Karima"},      {"Amir", "Amira"},
        {"Zoltan", "Zoltana"},    {"Rinaldo", "Rinalda"},
        {"Bilbo", "Dilbo"},       {"Zork", "Zorg"},
        {"Drogan", "Dragon"},     {"Wei", "Wai"},
        {"Ming", "Min"},          {"Иван", "Ивана"},
        {"Мария", "Марина"},      {"Мария", "Дария"},
        {"Алина", "Алена"},       {"Валентин", "Валентина"},
        {"Миша", "Маша"},         {"Александр", "Александра"},
        {"Евгений", "Евгения"},   {"Олег", "Ольга"},
        {"Μάριος", "Μαρία"},      {"كريم", "كريمة"},
        {"Mary Ann", "Mark"},     {"Charlie", "Carly"},
    };
    for (size_t i = 0; i < sizeof pairs / sizeof pairs[0]; i++) {
        assert_given(pairs[i][0], pairs[i][1], true);
    }
}

static void test_given_and_family_swapped(void **state) {
    (void)state;
    kithi_name a = name_of("John", "Smith", NULL), b = name_of("Smith", "Jon", NULL);
    assert_false(differ(&a, &b));
    a = name_of("伟", "王", NULL), b = name_of("王", "伟", NULL);
    assert_false(differ(&a, &b));
    a = name_of("Wei", "Wang", NULL), b = name_of("Wang", "Wei", NULL);
    assert_false(differ(&a, &b));
    a = name_of("John", "Smith", NULL), b = name_of("Smith", "Mary", NULL);
    assert_true(differ(&a, &b));
    a = name_of("Macdonald", "Dylan", NULL), b = name_of("Dylan", NULL, NULL);
    assert_false(differ(&a, &b));
    a = name_of("John", "Smith", NULL), b = name_of("Mary", NULL, NULL);
    assert_true(differ(&a, &b));
    a = name_of("John", NULL, NULL), b = name_of("Mary", NULL, NULL);
    assert_true(differ(&a, &b));
}

static void test_han_names(void **state) {
    (void)state;
    kithi_name a = name_of(NULL, NULL, "王伟"), b = name_of(NULL, NULL, "王杰");
    assert_true(differ(&a, &b));
    b = name_of(NULL, NULL, "王偉"); /* traditional */
    assert_false(differ(&a, &b));
    b = name_of("王伟", "王", NULL); /* the surname twice */
    assert_false(differ(&a, &b));
    a = name_of(NULL, NULL, "田中太郎"), b = name_of("太郎", "田中", NULL);
    assert_false(differ(&a, &b));
    a = name_of(NULL, NULL, "田中太郎"), b = name_of("太郎", NULL, NULL);
    assert_false(differ(&a, &b)); /* where the surname ends isn't known */
    b = name_of("花子", "田中", NULL);
    assert_true(differ(&a, &b));
    a = name_of("小明", "王", NULL), b = name_of("明", "王", NULL);
    assert_true(differ(&a, &b));
}

static void assert_parts(const char *full, const char *given, const char *family) {
    kithi_name name = name_of(NULL, NULL, full);
    assert_string_equal(name.given, given);
    assert_string_equal(name.family, family);
}

static void test_full_names(void **state) {
    (void)state;
    assert_parts("Robert Smith", "robert", "smith");
    assert_parts("Smith, Robert", "robert", "smith");
    assert_parts("Smith, Robert J.", "robert j", "smith");
    assert_parts("Robert James Smith", "robert james", "smith");
    assert_parts("Mr. Robert Smith Jr.", "robert", "smith");
    assert_parts("Robert Smith, Jr.", "robert", "smith");
    assert_parts("Dr Robert Smith III", "robert", "smith");
    assert_parts("King, Martin Luther, Jr.", "martin luther", "king");
    assert_parts("Smith Jr., Robert", "robert", "smith");
    assert_parts("O'Brien", "", "obrien");
    assert_parts("Smith,", "", "smith");
    assert_parts(",Robert", "robert", "");
    assert_parts("", "", "");
    assert_parts(" .,. ", "", "");
    assert_parts("José Muñoz", "jose", "munoz");
    assert_parts("王伟", "伟", "王");
    assert_parts("王小明", "小明", "王");
    assert_parts("王 小明", "小明", "王");
    assert_parts("王　伟", "伟", "王");
    assert_parts("王", "", "王");
    assert_parts("欧阳娜娜", "娜娜", "欧阳");
    assert_parts("歐陽修", "修", "欧阳");
    assert_parts("諸葛亮", "亮", "诸葛");
    assert_parts("司马", "马", "司");
    assert_parts("约翰·史密斯", "约翰", "史密斯");
    assert_parts("王,伟", "伟", "王");
    assert_parts("王，伟", "伟", "王");
}

static void assert_full(const char *full_a, const char *full_b, bool expected) {
    kithi_name a = name_of(NULL, NULL, full_a), b = name_of(NULL, NULL, full_b);
    if (differ(&a, &b) != expected) {
        fail_msg("%s and %s should %s", full_a, full_b, expected ? "differ" : "not differ");
    }
}

static void test_full_names_that_surely_differ(void **state) {
    (void)state;
    static const char *const pairs[][2] = {
        {"Ann Smith", "Bob Smith"},
        {"Ann Smith", "Bob Jones"},
        {"Smith, Ann", "Bob Smith"},
        {"Smith Ann", "Bob Smith"},
        {"Smith Ann", "Smith Bob"},
        {"Mary Jane Smith", "John Paul Smith"},
        {"Maria García López", "Pedro García López"},
        {"Ximena Torres Ruiz", "Mateo Torres Ruiz"},
        {"Yolotzin Quispe Mamani", "Hugo Quispe Mamani"},
        {"María García López", "Pedro García Ruiz"},
        {"García López, María", "Pedro García López"},
        {"Robert Fitzgerald Kennedy", "John Fitzgerald Kennedy"},
        {"Ann van Dyke", "Bob van Dyke"},
        {"María de la Cruz", "Pedro de la Cruz"},
        {"Ahmed bin Salman", "Khalid bin Salman"},
        {"이민호", "박지성"},
        {"김민수", "김지영"},
        {"김 민수", "김지영님"},
        {"남궁민", "남궁지영"},
        {"Nguyễn Văn An", "Nguyễn Thị Bình"},
        {"Nguyễn Văn An", "Nguyễn Văn Bình"},
        {"Nguyễn Hoàng An", "Nguyễn Hoàng Bình"},
        {"Lê Văn An", "Lê Thị Bình"},
        {"Maria", "José"},
        {"Мария", "Иван"},
        {"Maria", "Pedro López"},
        {"李雷 Lei Li", "韩梅梅 Meimei Han"},
        {"李娜vip", "王芳vip"},
        {"이민호 Minho Lee", "박지성 Jisung Park"},
        {"Иванов Иван Иванович", "Иванов Петр Иванович"},
        {"Иванов Иван", "Иванова Мария"},
        {"Wang Wei", "Wang Fang"},
        {"Nguyễn Minh An", "Nguyễn Minh Bình"},
        {"García López María", "García López Pedro"},
        {"Dr. Ann Lee", "Mr Bob Lee"},
        {"张伟先生", "李娜女士"},
        {"张伟（老客户）", "张杰（老客户）"},
        {"Ann Smith (VIP)", "Bob Smith (VIP)"},
    };
    for (size_t i = 0; i < sizeof pairs / sizeof pairs[0]; i++) {
        assert_full(pairs[i][0], pairs[i][1], true);
    }
}

static void test_full_names_that_may_be_one(void **state) {
    (void)state;
    static const char *const pairs[][2] = {
        {"Ann Smith", "SMITH, ANN"},
        {"Ann Smith", "Smith Ann"},
        {"Ann Smith", "Ann Jones"},
        {"Smith Ann", "Ann Jones"},
        {"Ann Zorkin", "Jones Ann"},
        {"Ann Smith", "Mary Ann Smith"},
        {"Ann Smith", "Mary Ann Jones"},
        {"Mary Ann Smith", "Maryann Smith"},
        {"Jean-Luc Picard", "Picard Jeanluc"},
        {"Robert Smith", "Bob Smyth"},
        {"Robert Smith", "R. Smith"},
        {"R. J. Smith", "Robert James Smith"},
        {"JP Morgan", "Jean Paul Morgan"},
        {"Robert Smith", "Robret Smith"},
        {"Robert (Bob) Smith", "Bob Smith"},
        {"Elizabeth (Mimi) Lee", "Mimi Lee"},
        {"María García López", "Maria Garcia"},
        {"María García López", "García López María"},
        {"María José García López", "José García"},
        {"Ann van Dyke", "Ann Dyke"},
        {"Ann van Dyke", "Ann Vandyke"},
        {"Xiu Mei Chen", "Hsiu Mei Chen"},
        {"Xiaoming Wang", "Wang Xiao Ming"},
        {"Nguyễn Văn An", "An Nguyen"},
        {"Nguyễn Văn An", "Nguyễn An"},
        {"Trần Thị Mai Lan", "Tran Mai Lan"},
        {"이민호", "민호"},
        {"이민호", "이 민호"},
        {"이민호", "이민호님"},
        {"이민호", "Minho Lee"},
        {"마이클 존슨", "마이클존슨"},
        {"Maria", "María García"},
        {"Smith", "Ann Jones"},
        {"Maria", "Marie"},
        {"Thomas", "Ann Smith"},
        {"李雷 Lei Li", "李雷"},
        {"李雷 Lei Li", "Lei Li"},
        {"张伟 David Zhang", "张大卫 David Zhang"},
        {"李雷A", "李雷"},
        {"Иванов Иван Иванович", "Иван Иванов"},
        {"Иван Иванович Иванов", "Иванов Ваня"},
        {"Иван Иванов", "Ivan Ivanov"},
        {"Aнна Иванова", "Анна Иванова"}, /* a Latin A */
        {"Priya Thomas", "Priya James"},
        {"Lev Petrov", "Петров Лев"},
    };
    for (size_t i = 0; i < sizeof pairs / sizeof pairs[0]; i++) {
        assert_full(pairs[i][0], pairs[i][1], false);
    }
}

/* Parts that one source has and the whole that another has. */
static void test_full_names_against_parts(void **state) {
    (void)state;
    kithi_name a = name_of("María", "García López", NULL);
    kithi_name b = name_of(NULL, NULL, "Pedro García López");
    assert_true(differ(&a, &b));
    b = name_of(NULL, NULL, "Maria Garcia");
    assert_false(differ(&a, &b));
    b = name_of(NULL, NULL, "García María");
    assert_false(differ(&a, &b));
    b = name_of("Pedro", NULL, NULL);
    assert_true(differ(&a, &b));
    a = name_of("민호", "이", NULL), b = name_of(NULL, NULL, "이민호");
    assert_false(differ(&a, &b));
    b = name_of(NULL, NULL, "박지성");
    assert_true(differ(&a, &b));
    a = name_of("Macdonald", NULL, NULL), b = name_of(NULL, NULL, "Dylan Macdonald");
    assert_false(differ(&a, &b));
}

/* Forms of address, remarks and words for nobody tell nothing of the given name. */
static void test_what_is_no_name(void **state) {
    (void)state;
    static const char *const pairs[][2] = {
        {"张伟", "张伟先生"},
        {"张先生", "张伟"},
        {"王女士", "王伟"},
        {"欧阳先生", "欧阳娜娜"},
        {"張先生", "张伟"},
        {"王伟（老客户）", "王伟"},
        {"王伟(老客户", "王伟"},
        {"王伟【VIP】", "王伟"},
        {"王伟 老客户", "王伟"},
        {"会员王伟", "王伟"},
        {"张总", "张伟"},
        {"小张", "张伟"},
        {"微信用户", "李娜"},
        {"微信用户8f3a", "李娜"},
        {"匿名", "张三"},
        {"客户123", "张三"},
        {"顾客", "张三"},
        {"会员0042", "张三"},
        {"用户9", "张三"},
        {"客户A", "张三"},
        {"新客户", "李娜"},
        {"张伟2", "张伟"},
        {"田中様", "田中太郎"},
        {"Customer", "Ann Smith"},
        {"Customer 17", "Ann"},
        {"customer17", "Ann"},
        {"user_8f3a", "Ann Smith"},
        {"Guest User", "Ann"},
        {"Walk-in Customer", "Ann"},
        {"Mr Smith", "Ann Smith"},
        {"Mr Smith", "Ann Jones"},
        {"Mrs. Lee", "Ann Smith"},
        {"Mr Thomas", "Ann Smith"},
        {"Dr. Ann Lee", "Ann Lee"},
        {"Smith, Mr.", "Ann Smith"},
        {"N/A", "Ann Smith"},
        {"고객", "이민호"},
    };
    for (size_t i = 0; i < sizeof pairs / sizeof pairs[0]; i++) {
        assert_full(pairs[i][0], pairs[i][1], false);
    }
    assert_parts("张先生", "", "张");
    assert_parts("欧阳先生", "", "欧阳");
    assert_parts("张伟先生", "伟", "张");
    assert_parts("張偉 先生", "伟", "张");
    assert_parts("王伟（老客户）", "伟", "王");
    assert_parts("微信用户", "", "");
    assert_parts("Mr Smith", "", "smith");
    assert_parts("Customer 17", "", "");
    assert_parts("(Ann Smith)", "ann", "smith");
    kithi_name name = name_of("Mr", "Smith", NULL);
    assert_string_equal(name.given, "");
    name = name_of("Ann (VIP)", "Smith", NULL);
    assert_string_equal(name.given, "ann");
    name = name_of("先生", "张", NULL);
    assert_string_equal(name.given, "");
    name = name_of("Guest", "User", NULL);
    assert_int_equal(kithi_name_key(&name), 0);
}

/* Around a word nothing changes it, whether it is a name or none. */
static void test_a_word_is_the_same_with_signs_around_it(void **state) {
    (void)state;
    static const char *const words[] = {
        "Smith", "SMITH",     "smith",  "a",     "X",    "no",  "the",  "Mr",      "dr",
        "Jr",    "III",       "Guest",  "guest", "test", "VIP", "User", "Unknown", "walkin",
        "sra",   "Customers", "online", "Name",  "Anna", "Lee", "Li",   "Kunde"};
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        char around[40];
        snprintf(around, sizeof around, " %s. ", words[i]);
        kithi_name plain = name_of(words[i], words[i], NULL);
        kithi_name other = name_of(around, around, NULL);
        assert_string_equal(plain.given, other.given);
        assert_string_equal(plain.family, other.family);
    }
}

static void test_parts_go_before_the_full_name(void **state) {
    (void)state;
    kithi_name name = name_of("Bob", NULL, "Robert Smith");
    assert_string_equal(name.given, "bob");
    assert_string_equal(name.family, "");
    name = name_of(" ", "...", "Robert Smith");
    assert_string_equal(name.given, "robert");
    name = name_of("小 明", "歐陽", NULL);
    assert_string_equal(name.given, "小明");
    assert_string_equal(name.family, "欧阳");
}

static void test_names_that_cannot_be_read_are_empty(void **state) {
    (void)state;
    char longer[2000];
    memset(longer, 'a', sizeof longer);
    kithi_name name;
    kithi_name_make(longer, sizeof longer, longer, 300, longer, sizeof longer, &name);
    assert_string_equal(name.given, "");
    assert_string_equal(name.family, "");
    kithi_name_make(longer, 255, NULL, 0, NULL, 0, &name);
    assert_int_equal(strlen(name.given), 255);
    kithi_name_make(longer, 256, NULL, 0, NULL, 0, &name);
    assert_string_equal(name.given, "");
    kithi_name_make("a\xFF", 2, "b\xC0", 2, "c\xED\xA0\x80", 4, &name);
    assert_string_equal(name.given, "");
    assert_string_equal(name.family, "");
    assert_int_equal(kithi_name_key(&name), 0);
}

static int64_t day(const char *text) {
    int64_t days = 0;
    assert_int_equal(kith_date_parse(text, strlen(text), &days), KITH_OK);
    return days;
}

static void assert_dates(const char *a, const char *b, bool expected) {
    if (kithi_dates_differ(day(a), day(b)) != expected) {
        fail_msg("%s and %s should %s", a, b, expected ? "differ" : "not differ");
    }
    assert_int_equal(kithi_dates_differ(day(b), day(a)), expected);
}

static void test_dates(void **state) {
    (void)state;
    assert_dates("1978-12-11", "1978-12-11", false);
    assert_dates("1978-12-11", "1979-11-12", false);
    assert_dates("1978-12-11", "1978-11-12", false);
    assert_dates("1973-11-21", "1973-12-11", false);
    assert_dates("1973-11-21", "1937-11-21", false);
    assert_dates("1983-05-06", "1983-06-05", false);
    assert_dates("1970-03-01", "1976-10-27", true);
    assert_dates("1976-10-27", "1997-09-28", true);
    assert_dates("1991-02-19", "1967-08-15", true);
    assert_dates("1955-01-31", "1988-07-04", true);
    assert_false(kithi_dates_differ(INT64_MIN, day("1985-06-17"))); /* no date of a calendar */
    assert_false(kithi_dates_differ(INT64_MIN, INT64_MAX));
    static const char *const none[] = {"0001-01-01", "1753-01-01", "1899-12-30", "1899-12-31",
                                       "1900-01-01", "1904-01-01", "1970-01-01", "9999-12-31"};
    for (size_t i = 0; i < sizeof none / sizeof none[0]; i++) {
        assert_dates(none[i], "1985-06-17", false);
    }
    assert_dates("1970-01-03", "1985-06-17", true);
}

static void test_texts(void **state) {
    (void)state;
    assert_false(kithi_texts_differ("Female", 6, " female ", 8));
    assert_true(kithi_texts_differ("female", 6, "male", 4));
    assert_false(kithi_texts_differ("", 0, "male", 4));
    assert_false(kithi_texts_differ("male", 4, "  ", 2));
    assert_false(kithi_texts_differ("José", 5, "jose", 4));
    assert_false(kithi_texts_differ("\xFF", 1, "jose", 4)); /* proves nothing */
}

static void assert_same_key(const char *a, const char *b, bool expected) {
    kithi_name first = name_of(NULL, NULL, a), second = name_of(NULL, NULL, b);
    if ((kithi_name_key(&first) == kithi_name_key(&second)) != expected) {
        fail_msg("%s and %s should %s a key", a, b, expected ? "share" : "not share");
    }
}

static void test_name_keys(void **state) {
    (void)state;
    assert_same_key("Robert Smith", "SMITH, Robert", true);
    assert_same_key("Robert Smith", "Bob Smyth", true);
    assert_same_key("Robert J. Smith", "Robert Smith", true);
    assert_same_key("Sarah Connor", "Zara Conor", true);
    assert_same_key("John Smith", "Smith John", true);
    assert_same_key("王伟", "王偉", true);
    assert_same_key("王伟", "王 伟", true);
    assert_same_key("Robert Smith", "Mary Smith", false);
    assert_same_key("Robert Smith", "Robert Jones", false);
    assert_same_key("王伟", "王杰", false);
    assert_same_key("王伟", "王伟先生", true);
    assert_same_key("王伟", "王 伟（老客户）", true);
    assert_same_key("王先生", "王女士", true);
    assert_same_key("匿名", "微信用户", true);
    assert_same_key("An Nguyen", "Nguyễn An", true);
    assert_same_key("李雷 Lei Li", "李雷", true);
    kithi_name none = name_of(NULL, NULL, "客户123");
    assert_int_equal(kithi_name_key(&none), 0);
    none = name_of(NULL, NULL, NULL);
    assert_int_equal(kithi_name_key(&none), 0);
    kithi_name vowels = name_of("Aia", NULL, NULL);
    assert_int_not_equal(kithi_name_key(&vowels), 0);
    kithi_name a = name_of("田中太郎", NULL, NULL), b = name_of("太郎", "田中", NULL);
    assert_int_equal(kithi_name_key(&a), kithi_name_key(&b));
}

static void assert_skeleton(const char *word, const char *expected) {
    char out[64];
    size_t size = kithi_sound_skeleton(word, strlen(word), out);
    out[size] = '\0';
    assert_string_equal(out, expected);
}

static void test_skeletons(void **state) {
    (void)state;
    assert_skeleton("sarah", "sr");
    assert_skeleton("zara", "sr");
    assert_skeleton("patrick", "ptrk");
    assert_skeleton("patricia", "ptrs");
    assert_skeleton("philip", "flp");
    assert_skeleton("max", "mks");
    assert_skeleton("maxx", "mks");
    assert_skeleton("aia", "");
    assert_skeleton("", "");
}

static void assert_spelling(const char *word, const char *expected) {
    char out[64];
    size_t size = kithi_sound_spelling(word, strlen(word), out);
    out[size] = '\0';
    assert_string_equal(out, expected);
}

static void test_spellings(void **state) {
    (void)state;
    assert_spelling("sarah", "sara");
    assert_spelling("zara", "sara");
    assert_spelling("sahra", "sara");
    assert_spelling("sergey", "sergi");
    assert_spelling("sergei", "sergi");
    assert_spelling("dmitriy", "dmitri");
    assert_spelling("philip", "filip");
    assert_spelling("youssef", "iusef");
    assert_spelling("katie", "kati");
    assert_spelling("lee", "li");
    assert_spelling("max", "maks");
    assert_spelling("maxx", "maksks");
    assert_spelling("hanna", "hana");
    assert_spelling("aia", "aia");
    assert_spelling("", "");
}

static void test_typing_errors(void **state) {
    (void)state;
    static const struct {
        const char *a, *b;
        bool expected;
    } cases[] = {
        {"robert", "robert", true},   {"robert", "rovert", true},
        {"robert", "robrt", true},    {"robert", "robertt", true},
        {"robert", "robret", true},   {"robert", "robetr", true},
        {"robert", "obert", false},   {"robert", "bobert", false},
        {"robert", "orbert", false},  {"robert", "rober", true},
        {"robert", "robe", false},    {"robert", "rovret", false},
        {"robert", "roebrtt", false}, {"mark", "marc", false},
        {"david", "davd", false},     {"", "", false},
        {"иванна", "иванка", true},   {"иванна", "ивнана", true},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const char *a = cases[i].a, *b = cases[i].b;
        assert_int_equal(kithi_sound_one_error(a, strlen(a), b, strlen(b)), cases[i].expected);
        assert_int_equal(kithi_sound_one_error(b, strlen(b), a, strlen(a)), cases[i].expected);
    }
}

static void test_nicknames(void **state) {
    (void)state;
    assert_true(kithi_nicknames_match("robert", 6, "bob", 3));
    assert_true(kithi_nicknames_match("bob", 3, "robbie", 6));
    assert_true(kithi_nicknames_match("pat", 3, "patrick", 7));
    assert_true(kithi_nicknames_match("pat", 3, "patricia", 8));
    assert_false(kithi_nicknames_match("patrick", 7, "patricia", 8));
    assert_false(kithi_nicknames_match("jim", 3, "jane", 4));
    assert_false(kithi_nicknames_match("", 0, "", 0));
    assert_false(kithi_nicknames_match("averyverylongname", 17, "bob", 3));
    assert_true(kithi_nicknames_have_initial("robert", 6, 'b'));
    assert_false(kithi_nicknames_have_initial("robert", 6, 'x'));
    assert_string_equal(kithi_nicknames_formal("bobby", 5), "robert");
    assert_null(kithi_nicknames_formal("zaphod", 6));
    static const char *const known[] = {"robert", "bob", "adriana", "zoe", "mario", "dana"};
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        assert_true(kithi_nicknames_know(known[i], strlen(known[i])));
    }
    assert_false(kithi_nicknames_know("zaphod", 6));
    assert_false(kithi_nicknames_know("", 0));
    assert_false(kithi_nicknames_know("averyverylongname", 17));
}

/* The table of surnames is in order, and none is a given name. */
static void test_surnames(void **state) {
    (void)state;
    static const char *const known[] = {"agarwal", "nguyen", "zhou",
                                        "garcia",  "иванов", "ивановскии"};
    static const char *const unknown[] = {"ann", "zaphod", "", "лев", "яков", "kim", "lee"};
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        assert_true(kithi_surnames_know(known[i], strlen(known[i])));
        assert_false(kithi_nicknames_know(known[i], strlen(known[i])));
    }
    for (size_t i = 0; i < sizeof unknown / sizeof unknown[0]; i++) {
        assert_false(kithi_surnames_know(unknown[i], strlen(unknown[i])));
    }
    assert_true(kithi_surnames_patronymic("иванович", 16));
    assert_true(kithi_surnames_patronymic("petrovna", 8));
    assert_false(kithi_surnames_patronymic("ann", 3));
    assert_true(kithi_surnames_may_be("thomas", 6));
    assert_false(kithi_surnames_may_be("maria", 5));
    assert_true(kithi_surnames_vietnamese("nguyen", 6));
    assert_false(kithi_surnames_vietnamese("garcia", 6));
}

static void test_names_are_equal_in_all_parts(void **state) {
    (void)state;
    kithi_name a = name_of("Ann", "Smith", NULL), b = name_of(NULL, NULL, "Ann Smith");
    assert_false(kithi_names_equal(&a, &b));
    assert_int_not_equal(kithi_name_hash(&a), kithi_name_hash(&b));
    a = name_of(NULL, NULL, "Ann  SMITH");
    assert_true(kithi_names_equal(&a, &b));
    assert_int_equal(kithi_name_hash(&a), kithi_name_hash(&b));
    a = name_of(NULL, NULL, "李雷 Lei Li"), b = name_of(NULL, NULL, "李雷 Lei Wu");
    assert_false(kithi_names_equal(&a, &b));
}

static void test_han_surnames(void **state) {
    (void)state;
    assert_int_equal(kithi_han_surname("欧阳修", 9), 6);
    assert_int_equal(kithi_han_surname("欧阳", 6), 3);
    assert_int_equal(kithi_han_surname("王伟", 6), 3);
    assert_int_equal(kithi_han_surname("王", 3), 3);
    assert_true(kithi_han_is("王 伟", 7));
    assert_false(kithi_han_is("王a", 4));
    assert_false(kithi_han_is("", 0));
    assert_false(kithi_han_is("12", 2));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_given_names_that_may_be_one),
        cmocka_unit_test(test_given_names_that_surely_differ),
        cmocka_unit_test(test_names_spelled_in_two_ways),
        cmocka_unit_test(test_near_names_of_two_people),
        cmocka_unit_test(test_given_and_family_swapped),
        cmocka_unit_test(test_han_names),
        cmocka_unit_test(test_full_names),
        cmocka_unit_test(test_full_names_that_surely_differ),
        cmocka_unit_test(test_full_names_that_may_be_one),
        cmocka_unit_test(test_full_names_against_parts),
        cmocka_unit_test(test_what_is_no_name),
        cmocka_unit_test(test_a_word_is_the_same_with_signs_around_it),
        cmocka_unit_test(test_parts_go_before_the_full_name),
        cmocka_unit_test(test_names_that_cannot_be_read_are_empty),
        cmocka_unit_test(test_dates),
        cmocka_unit_test(test_texts),
        cmocka_unit_test(test_name_keys),
        cmocka_unit_test(test_skeletons),
        cmocka_unit_test(test_spellings),
        cmocka_unit_test(test_typing_errors),
        cmocka_unit_test(test_nicknames),
        cmocka_unit_test(test_surnames),
        cmocka_unit_test(test_names_are_equal_in_all_parts),
        cmocka_unit_test(test_han_surnames),
    };
    return cmocka_run_group_tests_name("compare", tests, NULL, NULL);
}
