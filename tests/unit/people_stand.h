/*
 * What the tests of searching and auditing start from: a small town of made-up people, all that is
 * said of them a function of their number, some of them with a second record that has slips.
 */
#ifndef KITH_TEST_PEOPLE_STAND_H
#define KITH_TEST_PEOPLE_STAND_H

#include "tests/fault/scratch.h"

#define PEOPLE_COUNT 600u /* every third of them has two records */

typedef struct person {
    char given[24], family[24], birth_date[16], city[24], street[40], email[64], phone[24];
} person;

typedef struct stand {
    char folder[SCRATCH_PATH_BYTES];
    char path[SCRATCH_PATH_BYTES];
    kith *store;
} stand;

/* Well spread numbers below n. */
static inline unsigned people_draw(unsigned number, unsigned what, unsigned n) {
    uint64_t x = (number * UINT64_C(64) + what + 1) * UINT64_C(0x9E3779B97F4A7C15);
    x = (x ^ (x >> 29)) * UINT64_C(0xBF58476D1CE4E5B9);
    return (unsigned)((x >> 32) % n);
}

static inline void people_person(unsigned number, person *out) {
    static const char *const given[] = {"Alice",    "Benjamin", "Charlotte", "Daniel", "Eleanor",
                                        "Frank",    "Gabriel",  "Hannah",    "Isaac",  "Julia",
                                        "Kenneth",  "Laura",    "Matthew",   "Nora",   "Oscar",
                                        "Patricia", "Quentin",  "Rebecca",   "Samuel", "Teresa"};
    static const char *const families[] = {"Abbott", "Barnes",  "Carter", "Dawson", "Ellis",
                                           "Foster", "Graham",  "Howard", "Ingram", "Jennings",
                                           "Keller", "Lawson",  "Morton", "Norris", "Osborne",
                                           "Palmer", "Quigley", "Rhodes", "Sutton", "Thornton"};
    static const char *const cities[] = {"Springfield", "Riverton", "Oakdale", "Maplewood",
                                         "Lakeside"};
    const char *first = given[people_draw(number, 0, 20)];
    const char *last = families[people_draw(number, 1, 20)];
    snprintf(out->given, sizeof out->given, "%s", first);
    snprintf(out->family, sizeof out->family, "%s", last);
    snprintf(out->birth_date, sizeof out->birth_date, "%u-%02u-%02u",
             1940 + people_draw(number, 2, 60), 1 + people_draw(number, 3, 12),
             1 + people_draw(number, 4, 28));
    snprintf(out->city, sizeof out->city, "%s", cities[people_draw(number, 5, 5)]);
    snprintf(out->street, sizeof out->street, "%u %s Street", 1 + people_draw(number, 6, 90),
             families[people_draw(number, 7, 20)]);
    snprintf(out->email, sizeof out->email, "%s.%s%u@mail.example", first, last, number);
    snprintf(out->phone, sizeof out->phone, "+1415%07u", 2000000 + number * 7919 % 7000000);
}

/* Slips of the second record. */
static inline void people_slip(unsigned number, person *p) {
    switch (number % 4) {
    case 0:
        p->family[2] = 'x';
        break;
    case 1:
        p->email[0] = '\0';
        break;
    case 2:
        p->phone[0] = '\0';
        snprintf(p->given + 1, sizeof p->given - 1, "%s", "");
        break;
    default:
        p->birth_date[3] = (char)('0' + (p->birth_date[3] - '0' + 3) % 10);
    }
}

static inline size_t people_fields(const person *p, kith_field fields[7]) {
    const struct {
        const char *name, *text;
    } all[] = {{"given_name", p->given}, {"family_name", p->family},  {"birth_date", p->birth_date},
               {"city", p->city},        {"address_line", p->street}, {"email", p->email},
               {"phone", p->phone}};
    size_t count = 0;
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
        if (all[i].text[0] != '\0') {
            fields[count++] = (kith_field){all[i].name, kith_value_text(all[i].text)};
        }
    }
    return count;
}

/* Without contacts nothing of it is an identifier. */
static inline void people_put(kith_txn *txn, const char *source, unsigned number, bool contacts) {
    person p;
    kith_field fields[7];
    char key[16];
    kith_record_input input = KITH_RECORD_INPUT_INIT;
    people_person(number, &p);
    if (strcmp(source, "shop") == 0) {
        people_slip(number, &p);
    }
    if (!contacts) {
        p.email[0] = p.phone[0] = '\0';
    }
    snprintf(key, sizeof key, "%u", number);
    input.source = source;
    input.key = key;
    input.at_us = SCRATCH_DAY_US;
    input.fields = fields;
    input.field_count = people_fields(&p, fields);
    int code = kith_record_put(txn, &input, NULL);
    scratch_must(code == KITH_OK, "kith_record_put", kith_txn_error(txn)->message);
}

/* Puts all, those of greater numbers first where `backwards`. */
static inline void people_put_all(kith *store, bool backwards, bool contacts) {
    kith_txn *txn = scratch_begin(store, KITH_WRITE);
    for (unsigned i = 0; i < PEOPLE_COUNT; i++) {
        unsigned number = backwards ? PEOPLE_COUNT - 1 - i : i;
        if (number % 3 == 0) {
            people_put(txn, "shop", number, contacts);
        }
        people_put(txn, "crm", number, contacts);
    }
    scratch_commit(txn);
}

static inline void people_resolve(kith *store) {
    kith_error error = KITH_ERROR_INIT;
    int code = kith_resolve(store, NULL, NULL, &error);
    scratch_must(code == KITH_OK, "kith_resolve", error.message);
}

/* Close and remove it by people_tear_down(). */
static inline stand *people_make(bool backwards, bool contacts) {
    stand *s = calloc(1, sizeof *s);
    scratch_must(s != NULL, "calloc", "");
    scratch_make(s->folder);
    scratch_path(s->path, s->folder, "people.kith");
    s->store = scratch_open(s->path, KITH_CREATE_NEW);
    people_put_all(s->store, backwards, contacts);
    people_resolve(s->store);
    return s;
}

static inline int people_set_up(void **state) {
    *state = people_make(false, true);
    return 0;
}

static inline int people_tear_down(void **state) {
    stand *s = *state;
    kith_close(s->store);
    scratch_remove(s->folder);
    free(s);
    return 0;
}

#endif
