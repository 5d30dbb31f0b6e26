#include "persons.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "person_writing.h"

#define WINDOW     16384 /* records that wait to be drawn */
#define ORDER_SEED UINT64_C(0x6f72646572)
/* A cluster of n records has the weight n^-2.5. */
#define ZIPF_BITS  40

const char *const person_sources[PERSON_SOURCES] = {"crm", "shop", "till"};
const char *const person_field_names[PERSON_FIELDS] = {
    [PERSON_GIVEN_NAME] = "given_name",
    [PERSON_FAMILY_NAME] = "family_name",
    [PERSON_BIRTH_DATE] = "birth_date",
    [PERSON_GENDER] = "gender",
    [PERSON_ADDRESS_LINE] = "address_line",
    [PERSON_CITY] = "city",
    [PERSON_POSTCODE] = "postcode",
    [PERSON_STATE] = "state",
    [PERSON_EMAIL] = "email",
    [PERSON_PHONE] = "phone",
};
const char *const person_change_names[PERSON_CHANGES] = {
    [PERSON_TYPING] = "typing",
    [PERSON_SCAN] = "scan",
    [PERSON_SOUND] = "sound",
    [PERSON_NICKNAME] = "nickname",
    [PERSON_INITIAL] = "initial",
    [PERSON_SWAPPED_NAMES] = "swapped_names",
    [PERSON_SWAPPED_DAY_MONTH] = "swapped_day_month",
    [PERSON_DATE_DIGIT] = "date_digit",
    [PERSON_PHONE_DIGIT] = "phone_digit",
    [PERSON_WRONG_GENDER] = "wrong_gender",
    [PERSON_LOST_VALUE] = "lost_value",
    [PERSON_MOVED] = "moved",
    [PERSON_MARRIED] = "married",
    [PERSON_NEW_EMAIL] = "new_email",
    [PERSON_NEW_MOBILE] = "new_mobile",
    [PERSON_FAMILY_PHONE] = "family_phone",
    [PERSON_FAMILY_EMAIL] = "family_email",
    [PERSON_TRADITIONAL] = "traditional",
    [PERSON_ROMANISED] = "romanised",
    [PERSON_ROMANISED_REVERSED] = "romanised_reversed",
    [PERSON_MISSING] = "missing",
};

struct persons {
    persons_options options;
    uint32_t cluster_upto[PERSONS_CLUSTER_LIMIT]; /* sums of weights */
    uint64_t changes[PERSON_CHANGES];
    person_tables tables;

    /* Where the writing is: the household, its member, that member's record. */
    uint64_t households;
    uint64_t written;
    person_random random;
    household home;
    unsigned member;
    unsigned record;
    unsigned records; /* of this member */

    uint64_t given_out;
    person_random order;
    size_t waiting;
    person_record window[WINDOW];
};

static uint64_t square_root(uint64_t of) {
    uint64_t root = 0;
    for (uint64_t bit = UINT64_C(1) << 31; bit; bit >>= 1) {
        root |= (root | bit) * (root | bit) <= of ? bit : 0;
    }
    return root;
}

static void weigh_clusters(persons *all) {
    uint32_t total = 0;
    for (uint64_t n = 1; n <= all->options.cluster_max; n++) {
        uint64_t power = square_root((n * n * n * n * n) << 20); /* n^2.5 in 1/1024 */
        total += (uint32_t)((UINT64_C(1) << ZIPF_BITS) / power);
        all->cluster_upto[n - 1] = total;
    }
}

static unsigned draw_records(persons *all) {
    uint32_t point =
        person_draw_below(&all->random, all->cluster_upto[all->options.cluster_max - 1]);
    unsigned records = 1;
    while (point >= all->cluster_upto[records - 1]) {
        records++;
    }
    return records;
}

static void next_member(persons *all) {
    all->member++;
    if (all->member >= all->home.size) {
        all->random.seed = generate_hash(all->options.seed, all->households);
        all->random.drawn = 0;
        household_draw(&all->tables, all->households, all->options.chinese_permille, &all->random,
                       &all->home);
        all->households++;
        all->member = 0;
    }
    all->record = 0;
    all->records = draw_records(all);
}

static void write_next(persons *all, person_record *out) {
    person_writer writer = {&all->tables, &all->options, all->changes};
    if (all->record >= all->records) {
        next_member(all);
    }
    person *who = &all->home.member[all->member];
    bool is_later = all->record > 0;
    if (is_later) {
        person_live_on(&writer, &all->random, who);
    }
    person_write(&writer, &all->random, who, &all->home, is_later, out);
    all->record++;
    all->written++;
}

persons *persons_new(const persons_options *options) {
    if (options->count > PERSONS_COUNT_MAX || options->chinese_permille > 1000 ||
        options->slips_permille > 1000 || options->cluster_max < 1 ||
        options->cluster_max > PERSONS_CLUSTER_LIMIT) {
        return NULL;
    }
    persons *all = calloc(1, sizeof *all);
    if (all == NULL) {
        return NULL;
    }
    all->options = *options;
    all->order.seed = generate_hash(ORDER_SEED, options->seed);
    person_tables_load(&all->tables);
    weigh_clusters(all);
    while (all->waiting < WINDOW && all->written < options->count) {
        write_next(all, &all->window[all->waiting++]);
    }
    return all;
}

bool persons_next(persons *all, person_record *out) {
    if (all->waiting == 0) {
        return false;
    }
    person_record *drawn = &all->window[person_draw_below(&all->order, (uint32_t)all->waiting)];
    *out = *drawn;
    snprintf(out->record_id, sizeof out->record_id, "r%09u", (unsigned)all->given_out++);
    if (all->written < all->options.count) {
        write_next(all, drawn);
    } else {
        *drawn = all->window[--all->waiting];
    }
    return true;
}

const uint64_t *persons_changes(const persons *all) {
    return all->changes;
}

void persons_free(persons *all) {
    free(all);
}
