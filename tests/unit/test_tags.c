/*
 * Tags, consents, points and scores as fact.h and profile.h promise them: what stands at any time,
 * whatever the order, and until when; what is refused; and that they follow their records.
 */
#include <inttypes.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "src/base/value.h"
#include "src/profile/marks.h"
#include "tests/random.h"
#include "tests/unit/fact_stand.h"

#define END_US 100 /* of the times that are looked at */

/* Records 1 to 3 are one person, who shares an e-mail; 4 is another. */
static int set_up_people(void **state) {
    set_up(state);
    fixture *f = *state;
    for (char key[2] = "1"; key[0] <= '4'; key[0]++) {
        const char *email = key[0] < '4' ? "ann@b.co" : "bob@b.co";
        scratch_record(f->txn, kith_record_put, "crm", key, 1, NULL, "email", email, NULL);
    }
    return 0;
}

/* Saying things, each in a word:
 *   2:+vip=gold@10<50  record 2 is tagged with a value at time 10, until 50; -vip@20 removes it
 *   !news/sms@10       consent to news by sms; ?news@20 withdraws the one for any channel
 *   $main.a=-5@10      entry a of the ledger main: -5 millionths
 *   %rfm=7@10          a score
 */
typedef struct word {
    char key[2];
    char kind;
    char name[32], detail[32], value[32];
    int64_t at_us, expires_at_us;
} word;

static void cut(char *text, char at, char *out) {
    char *found = strchr(text, at);
    out[0] = '\0';
    if (found != NULL) {
        *found = '\0';
        strcpy(out, found + 1);
    }
}

static word read_word(const char *text) {
    word w = {.key = "1", .expires_at_us = INT64_MAX};
    char rest[64], time[32], expiry[32];
    if (text[1] == ':') {
        w.key[0] = text[0];
        text += 2;
    }
    w.kind = text[0];
    snprintf(rest, sizeof rest, "%s", text + 1);
    cut(rest, '@', time);
    cut(time, '<', expiry);
    cut(rest, '=', w.value);
    cut(rest, w.kind == '$' ? '.' : '/', w.detail);
    strcpy(w.name, rest);
    w.at_us = strtoll(time, NULL, 10);
    w.expires_at_us = expiry[0] != '\0' ? strtoll(expiry, NULL, 10) : INT64_MAX;
    return w;
}

static int say_tag(fixture *f, const word *w, kith_change *change) {
    kith_tag_input input = KITH_TAG_INPUT_INIT;
    input.source = "crm";
    input.key = w->key;
    input.tag = w->name;
    input.value = kith_value_text(w->value);
    input.at_us = w->at_us;
    input.expires_at_us = w->expires_at_us;
    return w->kind == '+' ? kith_tag_add(f->txn, &input, change)
                          : kith_tag_remove(f->txn, &input, change);
}

static int say_consent(fixture *f, const word *w, kith_change *change) {
    kith_consent_input input = KITH_CONSENT_INPUT_INIT;
    input.source = "crm";
    input.key = w->key;
    input.purpose = w->name;
    input.channel = w->detail[0] != '\0' ? w->detail : NULL;
    input.granted = w->kind == '!';
    input.at_us = w->at_us;
    return kith_consent_put(f->txn, &input, change);
}

static int say_points(fixture *f, const word *w, kith_change *change) {
    kith_points_input input = KITH_POINTS_INPUT_INIT;
    input.source = "crm";
    input.key = w->key;
    input.ledger = w->name;
    input.entry = w->detail;
    input.amount_micros = strtoll(w->value, NULL, 10);
    input.at_us = w->at_us;
    return kith_points_put(f->txn, &input, change);
}

static int say_score(fixture *f, const word *w, kith_change *change) {
    kith_score_input input = KITH_SCORE_INPUT_INIT;
    input.source = "crm";
    input.key = w->key;
    input.score = w->name;
    input.value_micros = strtoll(w->value, NULL, 10);
    input.at_us = w->at_us;
    return kith_score_put(f->txn, &input, change);
}

static kith_change say(fixture *f, const char *text) {
    word w = read_word(text);
    kith_change change = KITH_IGNORED;
    int code = w.kind == '+' || w.kind == '-'   ? say_tag(f, &w, &change)
               : w.kind == '!' || w.kind == '?' ? say_consent(f, &w, &change)
               : w.kind == '$'                  ? say_points(f, &w, &change)
                                                : say_score(f, &w, &change);
    if (code != KITH_OK) {
        fail_msg("%s: %s", text, kith_txn_error(f->txn)->message);
    }
    return change;
}

#define WORDS_MAX 16

/* The words of a sentence; `text` holds them. */
static size_t split(const char *sentence, char *text, char *words[WORDS_MAX]) {
    size_t count = 0;
    strcpy(text, sentence);
    for (char *next = strtok(text, " "); next != NULL; next = strtok(NULL, " ")) {
        assert_true(count < WORDS_MAX);
        words[count++] = next;
    }
    return count;
}

static void say_all(fixture *f, const char *sentence, bool backwards) {
    char text[256], *words[WORDS_MAX];
    size_t count = split(sentence, text, words);
    for (size_t i = 0; i < count; i++) {
        assert_int_equal(say(f, words[backwards ? count - 1 - i : i]), KITH_ADDED);
    }
}

/* Reading */

static kith_profile profile_at(fixture *f, const char *key, int64_t now_us) {
    kith_record record = KITH_RECORD_INIT;
    kith_profile profile = KITH_PROFILE_INIT;
    assert_int_equal(kith_record_get(f->txn, "crm", key, &record), KITH_OK);
    assert_int_equal(kith_profile_of_record(f->txn, record.number, now_us, &profile), KITH_OK);
    return profile;
}

typedef struct line {
    char text[512];
    size_t size;
} line;

__attribute__((format(printf, 2, 3))) static void append(line *out, const char *format, ...) {
    va_list list;
    va_start(list, format);
    size_t room = sizeof out->text - out->size;
    const char *gap = out->size > 0 ? " " : "";
    out->size += (size_t)snprintf(out->text + out->size, room, "%s", gap);
    room = sizeof out->text - out->size;
    out->size += (size_t)vsnprintf(out->text + out->size, room, format, list);
    va_end(list);
    assert_true(out->size < sizeof out->text);
}

static void show_tags(const kith_profile *profile, line *out) {
    kith_tag tag = KITH_TAG_INIT, again = KITH_TAG_INIT;
    size_t cursor = 0;
    int code;
    while ((code = kith_profile_next_tag(profile, &cursor, &tag)) == KITH_OK) {
        char value[32] = "";
        if (tag.value.type == KITH_TYPE_TEXT) {
            snprintf(value, sizeof value, "=%.*s", (int)tag.value.as.text.size,
                     tag.value.as.text.data);
        }
        append(out, "%s%s", tag.name, value);
        assert_false(tag.removed);
        assert_int_equal(kith_profile_tag(profile, tag.name, &again), KITH_OK);
        assert_ptr_equal(again.name, tag.name);
    }
    assert_int_equal(code, KITH_DONE);
}

static void show_consents(const kith_profile *profile, line *out) {
    kith_consent consent = KITH_CONSENT_INIT;
    size_t cursor = 0;
    int code;
    while ((code = kith_profile_next_consent(profile, &cursor, &consent)) == KITH_OK) {
        bool granted;
        int64_t at_us;
        append(out, "%c%s%s%s", consent.granted ? '!' : '?', consent.purpose,
               consent.channel != NULL ? "/" : "", consent.channel != NULL ? consent.channel : "");
        assert_int_equal(
            kith_profile_consent(profile, consent.purpose, consent.channel, &granted, &at_us),
            KITH_OK);
        assert_int_equal(granted, consent.granted);
        assert_int_equal(at_us, consent.at_us);
    }
    assert_int_equal(code, KITH_DONE);
}

static void show_numbers(const kith_profile *profile, line *out) {
    kith_points points = KITH_POINTS_INIT;
    kith_score score = KITH_SCORE_INIT, again = KITH_SCORE_INIT;
    size_t cursor = 0;
    int64_t micros;
    while (kith_profile_next_points(profile, &cursor, &points) == KITH_OK) {
        append(out, "$%s=%" PRId64, points.ledger, points.balance_micros);
        assert_int_equal(kith_profile_points(profile, points.ledger, &micros), KITH_OK);
        assert_int_equal(micros, points.balance_micros);
    }
    cursor = 0;
    while (kith_profile_next_score(profile, &cursor, &score) == KITH_OK) {
        append(out, "%%%s=%" PRId64, score.name, score.value_micros);
        assert_int_equal(kith_profile_score(profile, score.name, &again), KITH_OK);
        assert_ptr_equal(again.name, score.name);
    }
}

/* All that stands at a time. */
static line show(fixture *f, const char *key, int64_t now_us) {
    line out = {.size = 0};
    kith_profile profile = profile_at(f, key, now_us);
    show_tags(&profile, &out);
    show_consents(&profile, &out);
    show_numbers(&profile, &out);
    return out;
}

/* How that changes: "10 vip, 50 " is a tag from 10 to 49. No row says that it holds longer. */
static line show_times(fixture *f, const char *key) {
    line out = {.size = 0}, last = {.size = 0};
    int64_t next_us = INT64_MIN;
    for (int64_t now_us = 0; now_us < END_US; now_us++) {
        line now = show(f, key, now_us);
        if (strcmp(now.text, last.text) != 0) {
            append(&out, "%" PRId64 " %s,", now_us, now.text);
            assert_true(next_us <= now_us);
        }
        next_us = profile_at(f, key, now_us).next_change_at_us;
        last = now;
    }
    return out;
}

/* What stands */

typedef struct case_of {
    const char *sentence;
    const char *times;
} case_of;

static const case_of cases[] = {
    {"+vip@10", "10 vip,"},
    {"+vip@10<50", "10 vip, 50 ,"},
    {"+vip@10 -vip@20", "10 vip, 20 ,"},
    {"+vip@10 -vip@20 +vip@30", "10 vip, 20 , 30 vip,"},
    {"+vip@10 -vip@10", ""},                                /* at one time the removal stands */
    {"+vip@10<50 +vip@20<30", "10 vip, 30 ,"},              /* the later one stands */
    {"+vip=a@10 +vip=b@20<30", "10 vip=a, 20 vip=b, 30 ,"}, /* also after it expired */
    {"+vip@10<20 +vip@20", "10 vip,"},
    {"+vip@10<20 +vip@30<40", "10 vip, 20 , 30 vip, 40 ,"},
    {"-vip@5 -vip@10", ""},
    {"+vip@10 2:-vip@20 3:+vip@30", "10 vip, 20 , 30 vip,"}, /* whichever record it is said of */
    {"+vip@10 4:-vip@20", "10 vip,"},                        /* but of the same person */
    {"+b@10 +a@20 +c@5 +B@7", "5 c, 7 B c, 10 B b c, 20 B a b c,"},
    {"!news@10", "10 !news,"},
    {"!news@10 ?news@20", "10 !news, 20 ?news,"},
    {"!news@10 ?news@10", "10 ?news,"},
    {"!news/sms@10", "10 !news/sms,"},
    {"!news/sms@10 ?news@20", "10 !news/sms, 20 ?news ?news/sms,"},
    {"!news/sms@10 ?news@10", "10 ?news ?news/sms,"},
    {"?news@10 !news/sms@20 !news@30", "10 ?news, 20 ?news !news/sms, 30 !news !news/sms,"},
    {"!news/sms@10 2:?news/sms@20 3:!news/mail@15",
     "10 !news/sms, 15 !news/mail !news/sms, 20 !news/mail ?news/sms,"},
    {"!news@10 ?ads@10", "10 ?ads !news,"},
    {"$main.a=5@10 $main.b=-7@20", "10 $main=5, 20 $main=-2,"},
    {"$main.a=5@10 $main.a=9@20", "10 $main=5,"}, /* the same entry: the earlier one counts */
    {"$main.a=5@10 2:$main.a=5@10", "10 $main=10,"},
    {"$main.a=5@10 4:$main.b=5@10", "10 $main=5,"},
    {"$main.a=5@10 $other.a=6@10", "10 $main=5 $other=6,"},
    {"$main.a=5@10 $main.b=-5@20", "10 $main=5, 20 $main=0,"},
    {"%rfm=7@10 2:%rfm=8@20 %nps=-1@30", "10 %rfm=7, 20 %rfm=8, 30 %nps=-1 %rfm=8,"},
    {"+vip@10<40 !news@20 $main.a=5@30 %rfm=7@5",
     "5 %rfm=7, 10 vip %rfm=7, 20 vip !news %rfm=7, 30 vip !news $main=5 %rfm=7, "
     "40 !news $main=5 %rfm=7,"},
};

static void check_case(const case_of *c, bool backwards) {
    void *state = NULL;
    set_up_people(&state);
    fixture *f = state;
    say_all(f, c->sentence, backwards);
    line times = show_times(f, "1");
    if (strcmp(times.text, c->times) != 0) {
        fail_msg("%s: %s, not %s", c->sentence, times.text, c->times);
    }
    tear_down(&state);
}

static void test_what_stands(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        check_case(&cases[i], false);
        check_case(&cases[i], true);
    }
}

/* What is said otherwise the same at one time has one winner, whichever came first. */
static void test_ties_break_by_content(void **state) {
    (void)state;
    static const char *const sentences[] = {"+vip=a@10 +vip=b@10", "+vip@10<20 +vip@10<30",
                                            "$main.a=5@10 $main.a=6@10", "%rfm=1@10 %rfm=2@10",
                                            "+vip=a@10 2:+vip=b@10"};
    for (size_t i = 0; i < sizeof sentences / sizeof sentences[0]; i++) {
        line times[2];
        for (size_t backwards = 0; backwards < 2; backwards++) {
            void *stood = NULL;
            set_up_people(&stood);
            say_all(stood, sentences[i], backwards != 0);
            times[backwards] = show_times(stood, "1");
            tear_down(&stood);
        }
        assert_true(times[0].size > 0);
        assert_string_equal(times[0].text, times[1].text);
    }
}

/* Where even that is the same, the record with the smallest id is named. */
static void test_ties_break_by_id(void **state) {
    fixture *f = *state;
    kith_record record = KITH_RECORD_INIT;
    kith_id least = {{0}};
    kith_tag tag = KITH_TAG_INIT;
    uint32_t expected = UINT32_MAX;
    for (char key[2] = "3"; key[0] >= '1'; key[0]--) {
        char text[16];
        snprintf(text, sizeof text, "%s:+vip@10", key);
        say(f, text);
        assert_int_equal(kith_record_get(f->txn, "crm", key, &record), KITH_OK);
        if (expected == UINT32_MAX || memcmp(&record.id, &least, sizeof least) < 0) {
            least = record.id;
            expected = record.number;
        }
        kith_profile profile = profile_at(f, "1", 10);
        assert_int_equal(kith_profile_tag(&profile, "vip", &tag), KITH_OK);
        assert_int_equal(tag.record, expected);
    }
}

/* Until when */

typedef struct answers {
    bool vip, news, sms, scored;
    int64_t vip_us, news_us, sms_us, points_us, score_us;
    int64_t points, score;
    int64_t told; /* the score, or where there is none the least number */
} answers;

static answers ask(const kithi_marks *marks, int64_t at_us) {
    answers a = {0};
    a.vip = kithi_marks_has_tag(marks, "vip", at_us, &a.vip_us);
    a.news = kithi_marks_consent(marks, "news", NULL, at_us, &a.news_us);
    a.sms = kithi_marks_consent(marks, "news", "sms", at_us, &a.sms_us);
    a.points = (int64_t)kithi_marks_points(marks, "main", at_us, &a.points_us);
    a.scored = kithi_marks_score(marks, "rfm", at_us, &a.score_us, &a.score);
    a.told = a.scored ? a.score : INT64_MIN;
    return a;
}

/* The first time from which an answer is another one. */
#define CHECK_UNTIL(said, member, until)                                                           \
    do {                                                                                           \
        int64_t at_us = now_us + 1;                                                                \
        while (at_us < END_US && all[at_us].member == all[now_us].member) {                        \
            at_us++;                                                                               \
        }                                                                                          \
        int64_t wanted_us = at_us < END_US ? at_us : INT64_MAX;                                    \
        if (all[now_us].until != wanted_us) {                                                      \
            fail_msg("%s: " #member " at %" PRId64 " holds until %" PRId64 ", not %" PRId64, said, \
                     now_us, wanted_us, all[now_us].until);                                        \
        }                                                                                          \
    } while (0)

static void check_until(fixture *f, const char *sentence) {
    static answers all[END_US];
    const uint32_t records[] = {2, 0, 1};
    kithi_arena arena;
    kithi_marks marks;
    kithi_arena_init(&arena);
    assert_int_equal(kithi_marks_load(f->txn, records, 3, &arena, &marks), KITH_OK);
    for (int64_t now_us = 0; now_us < END_US; now_us++) {
        all[now_us] = ask(&marks, now_us);
    }
    for (int64_t now_us = 0; now_us < END_US; now_us++) {
        CHECK_UNTIL(sentence, vip, vip_us);
        CHECK_UNTIL(sentence, news, news_us);
        CHECK_UNTIL(sentence, sms, sms_us);
        CHECK_UNTIL(sentence, points, points_us);
        CHECK_UNTIL(sentence, told, score_us);
    }
    kithi_arena_clear(&arena);
}

/* Whether what the inside answers is what the profile shows. */
static void check_answers(fixture *f) {
    const uint32_t records[] = {0, 1, 2};
    kithi_arena arena;
    kithi_marks marks;
    kithi_arena_init(&arena);
    assert_int_equal(kithi_marks_load(f->txn, records, 3, &arena, &marks), KITH_OK);
    for (int64_t now_us = 0; now_us < END_US; now_us++) {
        kith_profile profile = profile_at(f, "1", now_us);
        kith_tag tag = KITH_TAG_INIT;
        kith_score score = KITH_SCORE_INIT;
        answers a = ask(&marks, now_us);
        bool granted;
        int64_t micros;
        assert_int_equal(kith_profile_tag(&profile, "vip", &tag), a.vip ? KITH_OK : KITH_NOT_FOUND);
        assert_int_equal(kith_profile_consent(&profile, "news", NULL, &granted, NULL), KITH_OK);
        assert_int_equal(granted, a.news);
        assert_int_equal(kith_profile_consent(&profile, "news", "sms", &granted, NULL), KITH_OK);
        assert_int_equal(granted, a.sms);
        assert_int_equal(kith_profile_points(&profile, "main", &micros), KITH_OK);
        assert_int_equal(micros, a.points);
        assert_int_equal(kith_profile_score(&profile, "rfm", &score),
                         a.scored ? KITH_OK : KITH_NOT_FOUND);
        assert_int_equal(score.value_micros, a.score);
    }
    kithi_arena_clear(&arena);
}

static void test_until_when(void **state) {
    (void)state;
    static const char *const more[] = {
        "+vip@10<20 +vip@20<30 +vip@30<40 -vip@50",
        "+vip@10<15 +vip@12<60 +vip@30<31",
        "!news@10 !news@20 !news/sms@30 ?news/sms@40 ?news@50 ?news/sms@60",
        "!news/mail@10 ?news/mail@20 !news/sms@30",
        "$main.a=5@10 $main.b=2@20 $main.c=-2@20 $main.d=1@30 $main.d=7@25",
        "%rfm=7@10 %rfm=7@20 %rfm=8@30 2:%rfm=8@40 %rfm=7@50",
        "%rfm=0@10 %rfm=1@20 %rfm=0@30",
    };
    size_t given = sizeof cases / sizeof cases[0], count = given + sizeof more / sizeof more[0];
    for (size_t i = 0; i < count; i++) {
        void *stood = NULL;
        const char *sentence = i < given ? cases[i].sentence : more[i - given];
        set_up_people(&stood);
        say_all(stood, sentence, false);
        check_until(stood, sentence);
        check_answers(stood);
        tear_down(&stood);
    }
}

#define SENTENCES 300

/* A few words of few names and times, so that much is said of one thing, and at once. */
static void random_sentence(uint64_t *state, char out[256]) {
    static const char *const said[] = {
        "+vip",       "+vip=x",    "-vip",      "!news",      "?news",     "!news/sms", "?news/sms",
        "!news/mail", "$main.a=5", "$main.a=6", "$main.b=-5", "$main.c=1", "%rfm=7",    "%rfm=8"};
    size_t used = 0, count = 1 + random_next(state) % 8;
    for (size_t i = 0; i < count; i++) {
        const char *what = said[random_next(state) % (sizeof said / sizeof said[0])];
        unsigned key = 1 + (unsigned)(random_next(state) % 3);
        unsigned at = 10 * (1 + (unsigned)(random_next(state) % 6));
        used += (size_t)snprintf(out + used, 256 - used, "%u:%s@%u", key, what, at);
        if (what[0] == '+' && random_next(state) % 2 == 0) {
            unsigned expiry = at + 5 * (1 + (unsigned)(random_next(state) % 6));
            used += (size_t)snprintf(out + used, 256 - used, "<%u", expiry);
        }
        used += (size_t)snprintf(out + used, 256 - used, " ");
    }
}

/* Whatever is said: in any order the same stands, and the inside tells until when. */
static void test_random_sentences(void **state) {
    (void)state;
    uint64_t random = 20240229;
    for (int i = 0; i < SENTENCES; i++) {
        char sentence[256], text[256], *words[WORDS_MAX];
        void *forth = NULL, *back = NULL;
        random_sentence(&random, sentence);
        size_t count = split(sentence, text, words);
        set_up_people(&forth);
        set_up_people(&back);
        for (size_t j = 0; j < count; j++) {
            say(forth, words[j]);
            say(back, words[count - 1 - j]);
        }
        check_until(forth, sentence);
        check_answers(forth);
        line times = show_times(forth, "1");
        assert_string_equal(show_times(back, "1").text, times.text);
        tear_down(&forth);
        tear_down(&back);
    }
}

/* A sum goes beyond 64 bits inside, and says so outside. */
static void test_large_sums(void **state) {
    fixture *f = *state;
    kith_points points = KITH_POINTS_INIT;
    int64_t micros = 3;
    size_t cursor = 0;
    say_all(f,
            "$main.a=9223372036854775807@10 $main.b=9223372036854775807@20 "
            "$main.c=-9223372036854775807@30",
            false);
    kith_profile profile = profile_at(f, "1", 25);
    assert_int_equal(kith_profile_points(&profile, "main", &micros), KITH_LIMIT);
    assert_int_equal(micros, 3);
    assert_int_equal(kith_profile_next_points(&profile, &cursor, &points), KITH_OK);
    assert_true(points.overflow);
    assert_true(points.balance_micros == INT64_MAX);
    assert_int_equal(points.entry_count, 2);
    assert_int_equal(points.last_us, 20);
    profile = profile_at(f, "1", 30);
    assert_int_equal(kith_profile_points(&profile, "main", &micros), KITH_OK);
    assert_true(micros == INT64_MAX);
}

/* Nothing said */

static void test_nothing_said(void **state) {
    fixture *f = *state;
    kith_profile profile = profile_at(f, "1", 50);
    kith_tag tag = KITH_TAG_INIT;
    kith_score score = KITH_SCORE_INIT;
    int64_t number = 7;
    bool granted = true;
    assert_string_equal(show(f, "1", 50).text, "");
    assert_int_equal(kith_profile_tag(&profile, "vip", &tag), KITH_NOT_FOUND);
    assert_int_equal(kith_profile_score(&profile, "rfm", &score), KITH_NOT_FOUND);
    assert_int_equal(kith_profile_points(&profile, "main", &number), KITH_OK);
    assert_int_equal(number, 0);
    assert_int_equal(kith_profile_consent(&profile, "news", "sms", &granted, &number), KITH_OK);
    assert_false(granted);
    assert_true(number == INT64_MIN);
    assert_true(profile.next_change_at_us == INT64_MAX);
}

/* Putting */

static void test_twice_is_once(void **state) {
    fixture *f = *state;
    static const char *const words[] = {"+vip=a@10<50",  "-vip@20",   "!news/sms@10",  "?news@10",
                                        "$main.a=-5@10", "%rfm=7@10", "2:+vip=a@10<50"};
    size_t count = sizeof words / sizeof words[0];
    kith_stat stat = KITH_STAT_INIT;
    for (size_t i = 0; i < count; i++) {
        assert_int_equal(say(f, words[i]), KITH_ADDED);
    }
    for (size_t i = 0; i < count; i++) {
        assert_int_equal(say(f, words[i]), KITH_UNCHANGED);
    }
    assert_int_equal(kith_record_link(f->txn, "crm", "1", "crm", "4", "ann", 5, NULL), KITH_OK);
    assert_int_equal(kith_stat_get(f->txn, &stat), KITH_OK);
    assert_int_equal(stat.mark_count, count);
    assert_int_equal(stat.assertion_count, 1);
    commit(f);
    assert_int_equal(say(f, words[0]), KITH_UNCHANGED);
    assert_int_equal(kith_stat_get(f->txn, &stat), KITH_OK);
    assert_int_equal(stat.mark_count, count);
}

static void test_settled_rows_hold(void **state) {
    fixture *f = *state;
    kith_settle_result result = KITH_SETTLE_RESULT_INIT;
    say_all(f, "+vip@10<40 !news@20 $main.a=5@30 %rfm=7@5", false);
    line times = show_times(f, "1");
    for (int64_t now_us = 0; now_us < END_US; now_us += 7) {
        assert_int_equal(kith_settle(f->txn, now_us, 0, &result), KITH_OK);
        assert_int_equal(profile_at(f, "1", now_us).flags, 0);
        assert_string_equal(show_times(f, "1").text, times.text);
        commit(f);
    }
    assert_int_equal(kith_settle(f->txn, END_US, 0, &result), KITH_OK);
    assert_int_equal(result.settled_count, 0); /* nothing changes any more */
    assert_true(profile_at(f, "1", END_US).next_change_at_us == INT64_MAX);
    say(f, "+late@50");
    assert_int_equal(profile_at(f, "1", END_US).flags, KITH_PROFILE_COMPUTED);
    assert_int_equal(kith_settle(f->txn, END_US, 0, &result), KITH_OK);
    assert_int_equal(result.settled_count, 1);
}

/* What is said stays with its record: joined, both have it; parted, each has its own. */
static void test_marks_follow_their_records(void **state) {
    fixture *f = *state;
    say_all(f, "+a@10 $main.a=5@10 4:+b@20 4:$main.a=7@10 4:?news@10 !news@5", false);
    line ann = show(f, "1", 50), bob = show(f, "4", 50);
    assert_string_equal(ann.text, "a !news $main=5");
    assert_string_equal(bob.text, "b ?news $main=7");
    assert_int_equal(kith_record_link(f->txn, "crm", "1", "crm", "4", "x", 1, NULL), KITH_OK);
    assert_string_equal(show(f, "1", 50).text, "a b ?news $main=12");
    assert_int_equal(kith_record_unlink(f->txn, "crm", "1", "crm", "4", "x", 2, NULL), KITH_OK);
    for (char key[2] = "2"; key[0] <= '3'; key[0]++) {
        assert_int_equal(kith_record_unlink(f->txn, "crm", key, "crm", "4", "x", 2, NULL), KITH_OK);
    }
    assert_string_equal(show(f, "1", 50).text, ann.text);
    assert_string_equal(show(f, "4", 50).text, bob.text);
    commit(f);
    assert_string_equal(show(f, "2", 50).text, ann.text);
}

/* All that is known of a tag */

static void test_what_a_tag_holds(void **state) {
    fixture *f = *state;
    const kith_value values[] = {kith_value_null(),      kith_value_boolean(true),
                                 kith_value_integer(-7), kith_value_real(0.5),
                                 kith_value_text("x"),   kith_value_date(-1),
                                 kith_value_time(1)};
    kith_tag_input input = KITH_TAG_INPUT_INIT;
    input.source = "crm";
    input.key = "2";
    input.tag = "vip";
    input.confidence = 70;
    input.by = "ann";
    for (size_t i = 0; i < sizeof values / sizeof values[0]; i++) {
        kith_tag tag = KITH_TAG_INIT;
        input.value = values[i];
        input.origin = (kith_origin)(i % 4);
        input.at_us = (int64_t)i;
        input.expires_at_us = (int64_t)i + 10;
        assert_int_equal(kith_tag_add(f->txn, &input, NULL), KITH_OK);
        kith_profile profile = profile_at(f, "1", (int64_t)i);
        assert_int_equal(kith_profile_tag(&profile, "vip", &tag), KITH_OK);
        assert_int_equal(kithi_value_compare(&tag.value, &values[i]), 0);
        assert_int_equal(tag.origin, i % 4);
        assert_int_equal(tag.confidence, 70);
        assert_int_equal(tag.record, 1);
        assert_int_equal(tag.at_us, i);
        assert_int_equal(tag.expires_at_us, i + 10);
        assert_string_equal(tag.by, "ann");
    }
}

static void test_names_of_origins(void **state) {
    (void)state;
    assert_string_equal(kith_origin_name(KITH_ORIGIN_MANUAL), "manual");
    assert_string_equal(kith_origin_name(KITH_ORIGIN_RULE), "rule");
    assert_string_equal(kith_origin_name(KITH_ORIGIN_IMPORT), "import");
    assert_string_equal(kith_origin_name(KITH_ORIGIN_MODEL), "model");
    assert_string_equal(kith_origin_name((kith_origin)9), "unknown");
}

static void test_history(void **state) {
    fixture *f = *state;
    line out = {.size = 0};
    kith_tag tag = KITH_TAG_INIT;
    kith_tag_iter *iter = NULL;
    say_all(f, "+vip=x@10<20 2:-vip@15 3:+vip@90 +a@15 +vip@15 !news@3 4:+vip@4", false);
    kith_profile profile = profile_at(f, "2", 12);
    assert_int_equal(kith_tag_iter_open(&profile, &iter), KITH_OK);
    say(f, "+later@1"); /* it has a copy */
    while (kith_tag_iter_next(iter, &tag) == KITH_OK) {
        append(&out, "%c%s@%d.%u", tag.removed ? '-' : '+', tag.name, (int)tag.at_us, tag.record);
        assert_true((tag.value.type == KITH_TYPE_TEXT) == (tag.at_us == 10));
    }
    assert_int_equal(kith_tag_iter_next(iter, &tag), KITH_DONE);
    kith_tag_iter_close(iter);
    kith_tag_iter_close(NULL);
    assert_string_equal(out.text, "+vip@10.0 +a@15.0 -vip@15.1 +vip@15.0 +vip@90.2");
    profile = profile_at(f, "4", 0);
    assert_int_equal(kith_tag_iter_open(&profile, &iter), KITH_OK);
    assert_int_equal(kith_tag_iter_next(iter, &tag), KITH_OK);
    assert_int_equal(kith_tag_iter_next(iter, &tag), KITH_DONE);
    kith_tag_iter_close(iter);
}

/* "news+@12.0", "main=5@10.1": of each what was said, when, and of which record. */
static const char *told(fixture *f, kith_mark_kind kind, line *out) {
    kith_mark_iter *iter = NULL;
    kith_mark mark = KITH_MARK_INIT;
    kith_profile profile = profile_at(f, "2", 12);
    out->size = 0;
    assert_int_equal(kith_mark_iter_open(&profile, kind, &iter), KITH_OK);
    say(f, "+later@1"); /* it has a copy */
    while (kith_mark_iter_next(iter, &mark) == KITH_OK) {
        assert_int_equal(mark.kind, kind);
        append(out, "%s", mark.name);
        out->size += (size_t)snprintf(
            out->text + out->size, sizeof out->text - out->size, "%s%s%c%d@%d.%u",
            mark.detail != NULL ? "/" : "", mark.detail != NULL ? mark.detail : "",
            mark.granted ? '+' : '=', (int)mark.micros, (int)mark.at_us, mark.record);
    }
    assert_int_equal(kith_mark_iter_next(iter, &mark), KITH_DONE);
    kith_mark_iter_close(iter);
    kith_mark_iter_close(NULL);
    return out->text;
}

static void test_histories_of_consents_points_and_scores(void **state) {
    fixture *f = *state;
    line out;
    kith_mark_iter *iter = NULL;
    kith_profile profile = profile_at(f, "1", 0);
    assert_string_equal(told(f, KITH_MARK_SCORE, &(line){.size = 0}), "");
    say_all(f,
            "!news/sms@10 2:?news@15 +vip@11 3:!news@90 $main.a=5@20 2:$main.b=-3@10 "
            "$main.a=7@30 %rfm=2@40 3:%rfm=4@12 4:!news@4",
            false);
    assert_string_equal(told(f, KITH_MARK_CONSENT, &out),
                        "news/sms+0@10.0 news=0@15.1 news+0@90.2");
    assert_string_equal(told(f, KITH_MARK_POINTS, &out), "main/b=-3@10.1 main/a=5@20.0");
    assert_string_equal(told(f, KITH_MARK_SCORE, &out), "rfm=4@12.2 rfm=2@40.0");
    profile = profile_at(f, "1", 0);
    assert_int_equal(kith_mark_iter_open(&profile, (kith_mark_kind)3, &iter), KITH_MISUSE);
    assert_null(iter);
}
/* The limit is counted anew in each transaction, and what is there already isn't one more. */
static void test_a_record_takes_only_so_many(void **state) {
    fixture *f = *state;
    kith_score_input input = KITH_SCORE_INPUT_INIT;
    kith_change change;
    input.source = "crm";
    input.key = "4";
    input.score = "rfm";
    for (int i = 0; i < KITH_RECORD_MAX_MARKS; i++) {
        input.at_us = i;
        assert_int_equal(kith_score_put(f->txn, &input, NULL), KITH_OK);
        if (i == KITH_RECORD_MAX_MARKS / 2) {
            scratch_commit(f->txn);
            f->txn = scratch_begin(f->store, KITH_WRITE);
        }
    }
    for (int i = 0; i < 2; i++) {
        input.at_us = KITH_RECORD_MAX_MARKS;
        assert_int_equal(kith_score_put(f->txn, &input, NULL), KITH_LIMIT);
        assert_non_null(strstr(kith_txn_error(f->txn)->message, "100000 tags"));
        input.at_us = 7;
        assert_int_equal(kith_score_put(f->txn, &input, &change), KITH_OK);
        assert_int_equal(change, KITH_UNCHANGED);
        assert_int_equal(say(f, i == 0 ? "%rfm=1@1" : "%rfm=1@2"), KITH_ADDED);
        commit(f);
    }
}

/* Who is meant */

static void test_records_by_id(void **state) {
    fixture *f = *state;
    kith_profile profile = profile_at(f, "1", 0);
    kith_score_input input = KITH_SCORE_INPUT_INIT;
    kith_change change;
    input.id = &profile.id;
    input.score = "rfm";
    input.value_micros = 3;
    assert_int_equal(kith_score_put(f->txn, &input, &change), KITH_OK);
    assert_int_equal(change, KITH_ADDED);
    assert_string_equal(show(f, "3", 0).text, "%rfm=3");
    kith_id unknown = {{1}};
    input.id = &unknown;
    assert_int_equal(kith_score_put(f->txn, &input, NULL), KITH_NOT_FOUND);
    assert_non_null(strstr(kith_txn_error(f->txn)->message, "01000000000000000000000000000000"));
    input.id = NULL;
    input.source = "crm";
    input.key = "9";
    assert_int_equal(kith_score_put(f->txn, &input, NULL), KITH_NOT_FOUND);
    input.source = "nobody";
    assert_int_equal(kith_score_put(f->txn, &input, NULL), KITH_NOT_FOUND);
    commit(f);
    assert_string_equal(show(f, "3", 0).text, "%rfm=3");
}

static void test_misuse(void **state) {
    fixture *f = *state;
    kith_id id = profile_at(f, "1", 0).id;
    kith_consent_input input = KITH_CONSENT_INPUT_INIT;
    input.purpose = "news";
    assert_int_equal(kith_consent_put(f->txn, &input, NULL), KITH_MISUSE); /* nobody */
    input.source = "crm";
    assert_int_equal(kith_consent_put(f->txn, &input, NULL), KITH_MISUSE);
    input.id = &id; /* twice */
    assert_int_equal(kith_consent_put(f->txn, &input, NULL), KITH_MISUSE);
    input.source = NULL;
    assert_int_equal(kith_consent_put(f->txn, &input, NULL), KITH_OK);
    assert_int_equal(kith_consent_put(f->txn, NULL, NULL), KITH_MISUSE);
    kith_tag_input tag = KITH_TAG_INPUT_INIT;
    tag.id = &id;
    tag.tag = "vip";
    tag.origin = (kith_origin)4;
    assert_int_equal(kith_tag_add(f->txn, &tag, NULL), KITH_MISUSE);
    scratch_commit(f->txn);
    f->txn = scratch_begin(f->store, KITH_READ);
    assert_int_equal(kith_consent_put(f->txn, &input, NULL), KITH_READ_ONLY);
}

/* Bad input */

static int put_tag(fixture *f, const char *name, kith_value value, const char *by, int64_t at_us,
                   int64_t expires_at_us, uint32_t confidence) {
    kith_tag_input input = KITH_TAG_INPUT_INIT;
    input.source = "crm";
    input.key = "1";
    input.tag = name;
    input.value = value;
    input.by = by;
    input.at_us = at_us;
    input.expires_at_us = expires_at_us;
    input.confidence = confidence;
    return kith_tag_add(f->txn, &input, NULL);
}

static void test_limits_of_tags(void **state) {
    fixture *f = *state;
    const kith_value none = kith_value_null(), item = kith_value_integer(1);
    const kith_value list = {KITH_TYPE_LIST, {.list = {&item, 1}}};
    char name[258], text[1026];
    memset(name, 'n', sizeof name);
    memset(text, 't', sizeof text);
    name[255] = '\0';
    assert_int_equal(put_tag(f, name, none, name, 0, INT64_MAX, 0), KITH_OK);
    kith_value value = kith_value_text_n(text, 1024);
    assert_int_equal(put_tag(f, name, value, name, 1, INT64_MAX, 0), KITH_OK);
    assert_int_equal(put_tag(f, "old", none, NULL, INT64_MIN, INT64_MIN + 1, 100), KITH_OK);
    assert_int_equal(put_tag(f, "far", none, NULL, INT64_MAX - 1, INT64_MAX, 100), KITH_OK);

    name[255] = 'n';
    name[256] = '\0';
    assert_int_equal(put_tag(f, name, none, NULL, 0, INT64_MAX, 0), KITH_INVALID);
    assert_int_equal(put_tag(f, "a", none, name, 0, INT64_MAX, 0), KITH_INVALID);
    assert_int_equal(put_tag(f, "", none, NULL, 0, INT64_MAX, 0), KITH_INVALID);
    assert_int_equal(put_tag(f, NULL, none, NULL, 0, INT64_MAX, 0), KITH_INVALID);
    assert_int_equal(put_tag(f, "a\nb", none, NULL, 0, INT64_MAX, 0), KITH_INVALID);
    assert_int_equal(put_tag(f, "\xff", none, NULL, 0, INT64_MAX, 0), KITH_INVALID);
    assert_int_equal(put_tag(f, "a", kith_value_text_n(text, 1025), NULL, 0, INT64_MAX, 0),
                     KITH_INVALID);
    assert_int_equal(put_tag(f, "a", kith_value_real(NAN), NULL, 0, INT64_MAX, 0), KITH_INVALID);
    assert_int_equal(put_tag(f, "a", kith_value_text("\xff"), NULL, 0, INT64_MAX, 0), KITH_INVALID);
    assert_int_equal(put_tag(f, "a", kith_value_date(INT64_MAX), NULL, 0, INT64_MAX, 0),
                     KITH_INVALID);
    assert_int_equal(put_tag(f, "a", list, NULL, 0, INT64_MAX, 0), KITH_INVALID);
    assert_int_equal(put_tag(f, "a", none, NULL, INT64_MAX, INT64_MAX, 0), KITH_INVALID);
    assert_int_equal(put_tag(f, "a", none, NULL, 5, 5, 0), KITH_INVALID);
    assert_int_equal(put_tag(f, "a", none, NULL, 5, INT64_MAX, 101), KITH_INVALID);
    commit(f); /* what was refused isn't there, and the transaction went on */
    kith_stat stat = KITH_STAT_INIT;
    assert_int_equal(kith_stat_get(f->txn, &stat), KITH_OK);
    assert_int_equal(stat.mark_count, 4);
    name[255] = '\0';
    kith_profile profile = profile_at(f, "1", 5);
    kith_tag tag = KITH_TAG_INIT;
    size_t cursor = 0;
    assert_int_equal(kith_profile_next_tag(&profile, &cursor, &tag), KITH_OK);
    assert_string_equal(tag.name, name);
    assert_string_equal(tag.by, name);
    assert_int_equal(tag.value.as.text.size, 1024);
    assert_int_equal(kith_profile_next_tag(&profile, &cursor, &tag), KITH_DONE);
}

static void test_limits_of_the_others(void **state) {
    fixture *f = *state;
    kith_points_input points = KITH_POINTS_INPUT_INIT;
    points.source = "crm";
    points.key = "1";
    points.ledger = "main";
    assert_int_equal(kith_points_put(f->txn, &points, NULL), KITH_INVALID); /* no entry */
    points.entry = "";
    assert_int_equal(kith_points_put(f->txn, &points, NULL), KITH_INVALID);
    points.entry = "a";
    points.at_us = INT64_MAX;
    assert_int_equal(kith_points_put(f->txn, &points, NULL), KITH_INVALID);
    points.at_us = 0;
    points.ledger = NULL;
    assert_int_equal(kith_points_put(f->txn, &points, NULL), KITH_INVALID);
    points.ledger = "main";
    points.amount_micros = INT64_MIN;
    assert_int_equal(kith_points_put(f->txn, &points, NULL), KITH_OK);
    kith_consent_input consent = KITH_CONSENT_INPUT_INIT;
    consent.source = "crm";
    consent.key = "1";
    assert_int_equal(kith_consent_put(f->txn, &consent, NULL), KITH_INVALID);
    consent.purpose = "news";
    consent.channel = "\t";
    assert_int_equal(kith_consent_put(f->txn, &consent, NULL), KITH_INVALID);
    consent.channel = ""; /* as NULL is */
    assert_int_equal(kith_consent_put(f->txn, &consent, NULL), KITH_OK);
    kith_score_input score = KITH_SCORE_INPUT_INIT;
    score.source = "crm";
    score.key = "1";
    assert_int_equal(kith_score_put(f->txn, &score, NULL), KITH_INVALID);
    assert_string_equal(show(f, "1", 5).text, "?news $main=-9223372036854775808");
}

#define PEOPLE_TEST(test) cmocka_unit_test_setup_teardown(test, set_up_people, tear_down)

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_stands),
        cmocka_unit_test(test_ties_break_by_content),
        PEOPLE_TEST(test_ties_break_by_id),
        cmocka_unit_test(test_until_when),
        cmocka_unit_test(test_random_sentences),
        PEOPLE_TEST(test_large_sums),
        PEOPLE_TEST(test_nothing_said),
        PEOPLE_TEST(test_twice_is_once),
        PEOPLE_TEST(test_settled_rows_hold),
        PEOPLE_TEST(test_marks_follow_their_records),
        PEOPLE_TEST(test_what_a_tag_holds),
        cmocka_unit_test(test_names_of_origins),
        PEOPLE_TEST(test_history),
        PEOPLE_TEST(test_a_record_takes_only_so_many),
        PEOPLE_TEST(test_histories_of_consents_points_and_scores),
        PEOPLE_TEST(test_records_by_id),
        PEOPLE_TEST(test_misuse),
        PEOPLE_TEST(test_limits_of_tags),
        PEOPLE_TEST(test_limits_of_the_others),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
