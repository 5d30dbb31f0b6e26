#include "person_writing.h"

#include <stdio.h>
#include <string.h>

#include "person_contacts.h"
#include "person_slips.h"

/* Chances in a thousand. */
#define MOVES            110
#define MARRIES          50 /* a woman takes another surname */
#define CHANGES_EMAIL    90
#define CHANGES_MOBILE   60
#define GIVES_LANDLINE   80 /* who else gives the mobile's number */
#define REVERSES         450
#define MAILBOX_CHANGES  7
#define SHORTENS_ADDRESS 500

enum { CRM = 0, SHOP, TILL };

static const char *const genders[] = {"M", "F"};

void person_live_on(const person_writer *writer, person_random *random, person *who) {
    uint64_t *changes = writer->changes;
    const person_tables *tables = writer->tables;
    if (person_draw_chance(random, MOVES)) {
        who->place = person_draw_place(&tables->places, who->place.is_chinese, random);
        who->has_moved = true;
        who->uses_landline = false;
        changes[PERSON_MOVED]++;
    }
    if (who->is_female && !who->is_chinese && person_draw_chance(random, MARRIES)) {
        who->surname = person_draw_surname(&tables->names, random);
        changes[PERSON_MARRIED]++;
    }
    bool has_own = who->mailbox / (MAILBOX_CHANGES + 1) == who->entity;
    if (has_own && who->mailbox % (MAILBOX_CHANGES + 1) < MAILBOX_CHANGES &&
        person_draw_chance(random, CHANGES_EMAIL)) {
        who->mailbox++;
        changes[PERSON_NEW_EMAIL]++;
    }
    bool is_first = who->mobile % HOUSEHOLD_PHONES < HOUSEHOLD_MAX;
    if (is_first && person_draw_chance(random, CHANGES_MOBILE)) {
        who->mobile += HOUSEHOLD_MAX;
        changes[PERSON_NEW_MOBILE]++;
    }
}

/* Sources differ: the CRM writes as people write, the shop's forms like letters, the till has both.
 */
static han_script draw_script(const person_writer *writer, person_random *random, const person *who,
                              unsigned source) {
    static const unsigned romanises[PERSON_SOURCES] = {[CRM] = 30, [SHOP] = 600, [TILL] = 250};
    static const unsigned traditional = 120;
    unsigned chance = who->place.is_chinese ? romanises[source] : 800;
    if (!who->is_chinese) {
        return HAN_SIMPLIFIED;
    }
    if (person_draw_chance(random, chance)) {
        writer->changes[PERSON_ROMANISED]++;
        return HAN_ROMANISED;
    }
    if (person_draw_chance(random, traditional)) {
        writer->changes[PERSON_TRADITIONAL]++;
        return HAN_TRADITIONAL;
    }
    return HAN_SIMPLIFIED;
}

static void write_chinese_name(const person_writer *writer, person_random *random,
                               const person *who, han_script script, person_record *out) {
    static const char *const joints[] = {"", "", " ", "-"};
    const han_names *names = &writer->tables->han;
    const char *joint = joints[person_draw_below(random, 4)];
    bool reversed = script == HAN_ROMANISED && person_draw_chance(random, REVERSES);
    person_field given = reversed ? PERSON_FAMILY_NAME : PERSON_GIVEN_NAME;
    person_field family = reversed ? PERSON_GIVEN_NAME : PERSON_FAMILY_NAME;
    writer->changes[PERSON_ROMANISED_REVERSED] += reversed;
    han_given_name(names, who->is_female, who->han_given, script, joint, out->field[given]);
    han_surname(names, who->surname, script, out->field[family]);
}

static void write_name(const person_writer *writer, person_random *random, const person *who,
                       han_script script, person_record *out) {
    const person_names *names = &writer->tables->names;
    if (who->is_chinese) {
        write_chinese_name(writer, random, who, script, out);
        return;
    }
    word_table_field(&names->given[who->is_female], who->given, 0, out->field[PERSON_GIVEN_NAME]);
    person_surname(names, who->surname, out->field[PERSON_FAMILY_NAME]);
}

static void write_place(const person_writer *writer, person_random *random, const person *who,
                        han_script script, person_record *out) {
    person_address address;
    person_place_style style = {person_draw_chance(random, SHORTENS_ADDRESS), script};
    person_write_place(&writer->tables->places, &who->place, style, &address);
    strcpy(out->field[PERSON_ADDRESS_LINE], address.line);
    strcpy(out->field[PERSON_CITY], address.city);
    strcpy(out->field[PERSON_POSTCODE], address.postcode);
    strcpy(out->field[PERSON_STATE], address.state);
}

static void write_contacts(const person_writer *writer, person_random *random, const person *who,
                           const household *home, person_record *out) {
    static const phone_style styles[PERSON_SOURCES] = {
        [CRM] = PHONE_E164, [SHOP] = PHONE_NATIONAL, [TILL] = PHONE_DASHES};
    bool family_phone = home->has_landline && !who->has_moved &&
                        (who->uses_landline || person_draw_chance(random, GIVES_LANDLINE));
    person_write_phone(family_phone ? home->landline : who->mobile, who->place.is_chinese,
                       styles[out->source], out->field[PERSON_PHONE], PERSON_FIELD_BYTES);
    bool own_mailbox = who->mailbox / (MAILBOX_CHANGES + 1) == who->entity;
    person_write_email(writer->tables, own_mailbox ? who : &home->member[0], who->mailbox,
                       out->field[PERSON_EMAIL], PERSON_FIELD_BYTES);
    writer->changes[PERSON_FAMILY_PHONE] += family_phone;
    writer->changes[PERSON_FAMILY_EMAIL] += !own_mailbox;
}

/* A record without any name would be nobody's. */
static void leave_out(const person_writer *writer, person_random *random, person_record *out) {
    static const unsigned chances[PERSON_FIELDS] = {
        [PERSON_GIVEN_NAME] = 20,    [PERSON_FAMILY_NAME] = 10, [PERSON_BIRTH_DATE] = 120,
        [PERSON_GENDER] = 120,       [PERSON_CITY] = 60,        [PERSON_POSTCODE] = 80,
        [PERSON_ADDRESS_LINE] = 100, [PERSON_STATE] = 80,       [PERSON_EMAIL] = 300,
        [PERSON_PHONE] = 200,
    };
    for (unsigned i = 0; i < PERSON_FIELDS; i++) {
        bool keeps = i == PERSON_FAMILY_NAME && !out->field[PERSON_GIVEN_NAME][0];
        if (!keeps && person_draw_chance(random, chances[i])) {
            out->field[i][0] = '\0';
            writer->changes[PERSON_MISSING]++;
        }
    }
}

void person_write(const person_writer *writer, person_random *random, const person *who,
                  const household *home, bool is_later, person_record *out) {
    memset(out, 0, sizeof *out);
    out->entity = who->entity;
    out->source = person_draw_below(random, PERSON_SOURCES);
    out->is_later = is_later;
    han_script script = draw_script(writer, random, who, out->source);
    write_name(writer, random, who, script, out);
    snprintf(out->field[PERSON_BIRTH_DATE], PERSON_FIELD_BYTES, "%04u-%02u-%02u", who->year,
             who->month, who->day);
    strcpy(out->field[PERSON_GENDER], genders[who->is_female]);
    write_place(writer, random, who, script, out);
    write_contacts(writer, random, who, home, out);
    leave_out(writer, random, out);
    if (is_later) {
        person_slip(writer, random, who, script, out);
    }
}
