#include "person_household.h"

#define LIVES_ABROAD     300 /* of a thousand Chinese households */
#define HAS_LANDLINE     450
#define USES_LANDLINE    250
#define IS_COUPLE        850 /* of the second members; the others just live there */
#define WIFE_TAKES_NAME  750
#define IS_TWIN          30
#define IS_JUNIOR        30
#define USES_HEADS_EMAIL 60
#define FIRST_YEAR       1935
#define LAST_YEAR        2016
#define MAILBOXES        8 /* of one person */

void person_tables_load(person_tables *tables) {
    person_names_load(&tables->names);
    han_names_load(&tables->han);
    person_places_load(&tables->places);
}

static unsigned draw_size(person_random *random) {
    static const unsigned upto[HOUSEHOLD_MAX] = {450, 750, 870, 960, 990, 1000};
    unsigned point = person_draw_below(random, 1000);
    unsigned size = 1;
    while (point >= upto[size - 1]) {
        size++;
    }
    return size;
}

static void draw_birthday(person_random *random, unsigned year, person *out) {
    static const unsigned char days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    out->year = year < LAST_YEAR ? year : LAST_YEAR;
    out->month = 1 + person_draw_below(random, 12);
    out->day = 1 + person_draw_below(random, days[out->month - 1]);
}

static uint32_t draw_surname(const person_tables *tables, bool is_chinese, person_random *random) {
    return is_chinese ? han_draw_surname(&tables->han, random)
                      : person_draw_surname(&tables->names, random);
}

static void draw_given(const person_tables *tables, person_random *random, person *out) {
    if (out->is_chinese) {
        out->han_given = han_draw_given(&tables->han, out->is_female, random);
    } else {
        out->given = (uint32_t)word_table_draw(&tables->names.given[out->is_female], random);
    }
}

static bool same_given(const person *a, const person *b) {
    return a->is_female == b->is_female && a->given == b->given &&
           a->han_given.character[0] == b->han_given.character[0] &&
           a->han_given.character[1] == b->han_given.character[1];
}

/* People under one roof and surname have names of their own. */
static void draw_own_given(const person_tables *tables, person_random *random, household *home,
                           unsigned at) {
    unsigned same;
    do {
        draw_given(tables, random, &home->member[at]);
        for (same = 0; same < at && !same_given(&home->member[same], &home->member[at]); same++) {
        }
    } while (same < at);
}

static void draw_partner(const person_tables *tables, person_random *random, household *home) {
    const person *head = &home->member[0];
    person *out = &home->member[1];
    bool is_couple = person_draw_chance(random, IS_COUPLE);
    out->is_female = is_couple ? !head->is_female : person_draw_chance(random, 500);
    draw_birthday(random, head->year + person_draw_below(random, 11) - 5, out);
    bool shares = is_couple && !head->is_chinese && person_draw_chance(random, WIFE_TAKES_NAME);
    out->surname = shares ? head->surname : draw_surname(tables, head->is_chinese, random);
    draw_own_given(tables, random, home, 1);
}

static void draw_child(const person_tables *tables, person_random *random, household *home,
                       unsigned at) {
    const person *head = &home->member[0];
    person *out = &home->member[at];
    out->is_female = person_draw_chance(random, 500);
    out->surname = head->surname;
    draw_birthday(random, head->year + 20 + person_draw_below(random, 18), out);
    if (at > 2 && person_draw_chance(random, IS_TWIN)) {
        out->year = out[-1].year;
        out->month = out[-1].month;
        out->day = out[-1].day;
    }
    bool is_junior = at == 2 && out->is_female == head->is_female;
    if (is_junior && person_draw_chance(random, IS_JUNIOR)) {
        out->given = head->given;
        out->han_given = head->han_given;
    } else {
        draw_own_given(tables, random, home, at);
    }
}

static void draw_head(const person_tables *tables, person_random *random, household *home) {
    person *out = &home->member[0];
    out->is_female = person_draw_chance(random, 480);
    out->surname = draw_surname(tables, out->is_chinese, random);
    draw_birthday(random, FIRST_YEAR + 5 + person_draw_below(random, 64), out);
    draw_own_given(tables, random, home, 0);
}

void household_draw(const person_tables *tables, uint64_t number, unsigned chinese_permille,
                    person_random *random, household *out) {
    bool is_chinese = person_draw_chance(random, chinese_permille);
    bool lives_in_china = is_chinese && !person_draw_chance(random, LIVES_ABROAD);
    person_place place = person_draw_place(&tables->places, lives_in_china, random);
    out->size = draw_size(random);
    out->landline = number * HOUSEHOLD_PHONES + HOUSEHOLD_PHONES - 1;
    out->has_landline = person_draw_chance(random, HAS_LANDLINE);
    for (unsigned i = 0; i < out->size; i++) {
        person *each = &out->member[i];
        *each = (person){
            .entity = number * HOUSEHOLD_MAX + i, .is_chinese = is_chinese, .place = place};
        each->uses_landline = out->has_landline && person_draw_chance(random, USES_LANDLINE);
        each->mobile = number * HOUSEHOLD_PHONES + i;
        bool own_mailbox = i == 0 || !person_draw_chance(random, USES_HEADS_EMAIL);
        each->mailbox = (own_mailbox ? each->entity : out->member[0].entity) * MAILBOXES;
    }
    draw_head(tables, random, out);
    if (out->size > 1) {
        draw_partner(tables, random, out);
    }
    for (unsigned i = 2; i < out->size; i++) {
        draw_child(tables, random, out, i);
    }
}
