#include "person_contacts.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#define PHONE_ODD        UINT64_C(0x1f35a4bd)
#define NUMBER_ODD       UINT64_C(0x27d4eb2f)
#define EXCHANGES        792 /* three digits from 200 on, but for those that end in 11 */
#define LINES            10000
#define EMAIL_SEED       UINT64_C(0x656d61696c)
#define PEOPLE           6000000 /* who share out the addresses of a name among themselves */
#define SPARE            100     /* numbers for each of them */
#define INITIAL_SHARE    60000   /* of a million names, those with one initial */
#define LOCAL_BYTES      (2 * WORD_BYTES + 2)
#define YEAR_CHANCE      350
#define NUMBER_ADDRESSES 450 /* of Chinese mailboxes: a number before the @ */
#define COUNT_OF(all)    (sizeof(all) / sizeof((all)[0]))

static const unsigned short areas[] = {
    201, 202, 203, 205, 206, 207, 208, 209, 210, 212, 213, 214, 215, 216, 217, 218, 219, 224,
    225, 228, 229, 231, 234, 239, 240, 248, 251, 252, 253, 254, 256, 260, 262, 267, 269, 270,
    276, 281, 301, 302, 303, 304, 305, 307, 308, 309, 310, 312, 313, 314, 315, 316, 317, 318,
    319, 320, 321, 323, 325, 330, 334, 336, 337, 339, 347, 351, 352, 360, 361, 386, 401, 402,
    404, 405, 406, 407, 408, 409, 410, 412, 413, 414, 415, 417, 419, 423, 424, 425, 432, 434,
    435, 440, 443, 469, 478, 479, 480, 501, 502, 503, 504, 505, 507, 508, 509, 510, 512, 513,
    515, 516, 517, 518, 520, 530, 540, 541, 551, 559, 561, 562, 563, 570, 571, 573, 574, 580,
    585, 586, 601, 602, 603, 605, 606, 607, 608, 609, 610, 612, 614, 615, 616, 617, 618, 619,
};
static const unsigned char mobiles[] = {
    30, 31, 32, 33, 35, 36, 37, 38, 39, 50, 51, 52, 57, 58, 59, 78, 80, 82, 83, 86, 87, 88, 89, 99,
};

static void write_chinese(uint64_t number, phone_style style, char *out, size_t size) {
    unsigned prefix = 100 + mobiles[number % COUNT_OF(mobiles)];
    unsigned rest = (unsigned)(number / COUNT_OF(mobiles));
    static const char *const styles[] = {"+86%u%04u%04u", "%u%04u%04u", "%u-%04u-%04u"};
    snprintf(out, size, styles[style], prefix, rest / LINES, rest % LINES);
}

void person_write_phone(uint64_t owner, bool is_chinese, phone_style style, char *out,
                        size_t size) {
    uint64_t number = generate_scatter(owner, PHONE_ODD);
    if (is_chinese) {
        write_chinese(number, style, out, size);
        return;
    }
    static const char *const styles[] = {"+1%u%03u%04u", "(%u) %03u-%04u", "%u-%03u-%04u"};
    unsigned exchange = (unsigned)(number / LINES % EXCHANGES);
    unsigned last = exchange % 99;
    snprintf(out, size, styles[style], areas[number / LINES / EXCHANGES],
             (2 + exchange / 99) * 100 + last + (last >= 11), (unsigned)(number % LINES));
}

/* Small letters of a name, nothing else. */
static void plain(char *text) {
    char *to = text;
    for (const char *from = text; *from; from++) {
        if (isalnum((unsigned char)*from)) {
            *to++ = (char)tolower((unsigned char)*from);
        }
    }
    *to = '\0';
}

typedef struct mailbox_name {
    char given[WORD_BYTES];
    char family[WORD_BYTES];
    uint64_t given_share; /* of a million */
    uint64_t family_share;
} mailbox_name;

static void name_mailbox(const person_tables *tables, const person *owner, mailbox_name *out) {
    if (owner->is_chinese) {
        han_given_name(&tables->han, owner->is_female, owner->han_given, HAN_ROMANISED, "",
                       out->given);
        han_surname(&tables->han, owner->surname, HAN_ROMANISED, out->family);
        out->given_share = 2000;
        out->family_share = 3000;
    } else {
        word_table_field(&tables->names.given[owner->is_female], owner->given, 0, out->given);
        person_surname(&tables->names, owner->surname, out->family);
        out->given_share = person_given_share(&tables->names, owner->is_female, owner->given);
        out->family_share = person_surname_share(&tables->names, owner->surname);
    }
    plain(out->given);
    plain(out->family);
}

/* Joins the names in one of the usual ways. */
static void join_names(person_random *random, mailbox_name *name, char *out, size_t size) {
    static const char *const ways[] = {"%s.%s", "%s.%s", "%s.%s", "%s%s", "%s%s", "%s_%s"};
    unsigned way = person_draw_below(random, COUNT_OF(ways) + 4);
    if (way == COUNT_OF(ways)) {
        snprintf(out, size, "%s.%s", name->family, name->given);
    } else if (way == COUNT_OF(ways) + 1) {
        snprintf(out, size, "%s%c", name->given, name->family[0]);
        name->family_share = INITIAL_SHARE;
    } else if (way > COUNT_OF(ways)) {
        snprintf(out, size, "%c%s", name->given[0], name->family);
        name->given_share = INITIAL_SHARE;
    } else {
        snprintf(out, size, ways[way], name->given, name->family);
    }
}

/* What tells namesakes apart: as many digits as they need, or the year of birth where they need
 * none. */
static void add_number(person_random *random, const mailbox_name *name, unsigned year, char *local,
                       size_t size) {
    uint64_t namesakes =
        name->given_share * name->family_share * SPARE / 1000000 * (PEOPLE / 1000) / 1000;
    uint64_t limit = 1;
    unsigned digits = 0;
    while (limit < namesakes) {
        limit *= 10;
        digits++;
    }
    size_t used = strlen(local);
    uint64_t number = person_draw(random) % limit;
    if (digits > 0) {
        snprintf(local + used, size - used, "%0*u", (int)digits, (unsigned)number);
    } else if (person_draw_chance(random, YEAR_CHANCE)) {
        snprintf(local + used, size - used, "%02u", year % 100);
    }
}

static void write_local(const person_tables *tables, const person *owner, uint64_t mailbox,
                        person_random *random, char *out, size_t size) {
    if (owner->is_chinese && person_draw_chance(random, NUMBER_ADDRESSES)) {
        snprintf(out, size, "%u", (unsigned)(100000000 + generate_scatter(mailbox, NUMBER_ODD)));
        return;
    }
    mailbox_name name;
    name_mailbox(tables, owner, &name);
    join_names(random, &name, out, size);
    add_number(random, &name, owner->year, out, size);
}

void person_write_email(const person_tables *tables, const person *owner, uint64_t mailbox,
                        char *out, size_t size) {
    static const char *const providers[] = {
        "mail",  "mail",    "mail", "mail",     "post",   "post",   "post", "inbox",
        "inbox", "webmail", "home", "fastpost", "letter", "online", "box",  "cable"};
    person_random random = {generate_hash(EMAIL_SEED, mailbox), 0};
    char local[LOCAL_BYTES];
    write_local(tables, owner, mailbox, &random, local, sizeof local);
    unsigned at = person_draw_below(&random, COUNT_OF(providers) + 5);
    if (at < COUNT_OF(providers)) {
        snprintf(out, size, "%s@%s.example", local, providers[at]);
    } else {
        snprintf(out, size, "%s@firm%u.example", local, person_draw_below(&random, 400));
    }
}
