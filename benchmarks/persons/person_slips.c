#include "person_slips.h"

#include <string.h>

#include "person_errors.h"

#define ANOTHER   400 /* of a thousand records with a slip have another one */
#define SLIPS_MAX 5   /* in one record */
#define TRIES     16  /* to find a slip that the record allows */

/* Of a thousand slips. */
static const unsigned shares[PERSON_SLIPS] = {
    [PERSON_TYPING] = 310,     [PERSON_SCAN] = 60,         [PERSON_SOUND] = 120,
    [PERSON_NICKNAME] = 120,   [PERSON_INITIAL] = 50,      [PERSON_SWAPPED_NAMES] = 40,
    [PERSON_DATE_DIGIT] = 100, [PERSON_PHONE_DIGIT] = 40,  [PERSON_SWAPPED_DAY_MONTH] = 60,
    [PERSON_LOST_VALUE] = 80,  [PERSON_WRONG_GENDER] = 20,
};

/* Names are written wrongly more often than what is copied. */
static char *draw_text(person_random *random, person_record *record) {
    static const unsigned char fields[] = {
        PERSON_GIVEN_NAME,  PERSON_GIVEN_NAME,   PERSON_GIVEN_NAME,  PERSON_FAMILY_NAME,
        PERSON_FAMILY_NAME, PERSON_FAMILY_NAME,  PERSON_FAMILY_NAME, PERSON_ADDRESS_LINE,
        PERSON_CITY,        PERSON_ADDRESS_LINE, PERSON_EMAIL,       PERSON_POSTCODE,
    };
    return record->field[fields[person_draw_below(random, sizeof fields)]];
}

static bool swap_names(person_record *record) {
    char *given = record->field[PERSON_GIVEN_NAME];
    char *family = record->field[PERSON_FAMILY_NAME];
    char kept[PERSON_FIELD_BYTES];
    if (!*given || !*family) {
        return false;
    }
    strcpy(kept, given);
    strcpy(given, family);
    strcpy(family, kept);
    return true;
}

/* Where that makes another date. */
static bool swap_day_month(person_record *record) {
    char *date = record->field[PERSON_BIRTH_DATE];
    if (!*date || memcmp(date + 8, "12", 2) > 0 || memcmp(date + 5, date + 8, 2) == 0) {
        return false;
    }
    for (unsigned i = 5; i < 7; i++) {
        char kept = date[i];
        date[i] = date[i + 3];
        date[i + 3] = kept;
    }
    return true;
}

/* Another date that there is: of the year's last two digits, or the last one of month or day. */
static bool slip_date(person_random *random, person_record *record) {
    static const unsigned char places[] = {2, 3, 3, 6, 8, 9, 9};
    char *date = record->field[PERSON_BIRTH_DATE];
    char was[PERSON_FIELD_BYTES];
    if (!*date) {
        return false;
    }
    strcpy(was, date);
    date[places[person_draw_below(random, sizeof places)]] =
        (char)('0' + person_draw_below(random, 10));
    bool is_date = memcmp(date + 5, "01", 2) >= 0 && memcmp(date + 5, "12", 2) <= 0 &&
                   memcmp(date + 8, "01", 2) >= 0 && memcmp(date + 8, "28", 2) <= 0;
    bool changed = is_date && memcmp(date, "2017", 4) < 0 && strcmp(was, date) != 0;
    if (!changed) {
        strcpy(date, was);
    }
    return changed;
}

static bool make_initial(const person *who, person_record *record) {
    char *given = record->field[PERSON_GIVEN_NAME];
    if (who->is_chinese || strlen(given) < 2) {
        return false;
    }
    given[1] = '\0';
    return true;
}

/* The short form of the given name, where nothing else has been done to it. */
static bool make_nickname(const person_writer *writer, person_random *random, const person *who,
                          person_record *record) {
    const person_names *names = &writer->tables->names;
    char formal[WORD_BYTES];
    char *given = record->field[PERSON_GIVEN_NAME];
    if (who->is_chinese) {
        return false;
    }
    word_table_field(&names->given[who->is_female], who->given, 0, formal);
    return strcmp(given, formal) == 0 &&
           person_draw_nickname(names, who->is_female, who->given, random, given);
}

/* By ear, a Chinese character becomes another one. */
static bool slip_by_ear(const person_writer *writer, person_random *random, const person *who,
                        han_script script, person_record *record) {
    const han_names *names = &writer->tables->han;
    char *given = record->field[PERSON_GIVEN_NAME];
    char was[WORD_BYTES];
    han_given other = who->han_given;
    if (!who->is_chinese || script == HAN_ROMANISED) {
        return person_error_sound(random, draw_text(random, record), PERSON_FIELD_BYTES);
    }
    han_given_name(names, who->is_female, who->han_given, script, "", was);
    if (strcmp(given, was) != 0 || !han_draw_homophone(names, who->is_female, &other, random)) {
        return false;
    }
    han_given_name(names, who->is_female, other, script, "", given);
    return true;
}

static bool mistake_gender(person_record *record) {
    char *gender = record->field[PERSON_GENDER];
    bool is_said = *gender != '\0';
    if (is_said) {
        *gender = *gender == 'F' ? 'M' : 'F';
    }
    return is_said;
}

static bool lose_value(person_random *random, person_record *record) {
    unsigned field =
        PERSON_BIRTH_DATE + person_draw_below(random, PERSON_FIELDS - PERSON_BIRTH_DATE);
    bool had = record->field[field][0] != '\0';
    record->field[field][0] = '\0';
    return had;
}

static bool slip_once(const person_writer *writer, person_random *random, const person *who,
                      han_script script, person_change kind, person_record *record) {
    switch (kind) {
    case PERSON_TYPING:
        return person_error_typing(random, draw_text(random, record), PERSON_FIELD_BYTES);
    case PERSON_SCAN:
        return person_error_scan(random, draw_text(random, record), PERSON_FIELD_BYTES);
    case PERSON_SOUND:
        return slip_by_ear(writer, random, who, script, record);
    case PERSON_NICKNAME:
        return make_nickname(writer, random, who, record);
    case PERSON_INITIAL:
        return make_initial(who, record);
    case PERSON_SWAPPED_NAMES:
        return swap_names(record);
    case PERSON_SWAPPED_DAY_MONTH:
        return swap_day_month(record);
    case PERSON_DATE_DIGIT:
        return slip_date(random, record);
    case PERSON_PHONE_DIGIT:
        return person_error_digit(random, record->field[PERSON_PHONE]);
    case PERSON_WRONG_GENDER:
        return mistake_gender(record);
    default:
        return lose_value(random, record);
    }
}

static person_change draw_kind(person_random *random) {
    unsigned point = person_draw_below(random, 1000);
    unsigned kind = 0;
    while (point >= shares[kind]) {
        point -= shares[kind++];
    }
    return (person_change)kind;
}

void person_slip(const person_writer *writer, person_random *random, const person *who,
                 han_script script, person_record *record) {
    unsigned chance = writer->options->slips_permille;
    for (unsigned i = 0; i < SLIPS_MAX && person_draw_chance(random, chance); i++) {
        for (unsigned try = 0; try < TRIES; try++) {
            person_change kind = draw_kind(random);
            if (slip_once(writer, random, who, script, kind, record)) {
                writer->changes[kind]++;
                break;
            }
        }
        chance = ANOTHER;
    }
}
