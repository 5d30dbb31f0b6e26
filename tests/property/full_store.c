#include "tests/property/full_store.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "tests/property/scored.h"

static history_op record(uint8_t key, int64_t seconds) {
    return (history_op){.kind = HISTORY_PUT, .key = key, .at_us = seconds * SECOND_US};
}

static void add_field(history_op *op, world_attribute attribute, uint8_t value) {
    op->fields[op->field_count++] = (history_field){(uint8_t)attribute, 1, {value}};
}

static void apply(stand *s, const history_op *op) {
    assert_int_equal(stand_apply(s, op, NULL), KITH_OK);
}

static void put_family(stand *s) {
    history_op jim = record(1, 1), james = record(2, 2), jane = record(3, 3), bridge = record(4, 4);
    add_field(&jim, WORLD_EMAIL, 0);
    add_field(&jim, WORLD_GIVEN_NAME, 0);
    add_field(&jim, WORLD_LOYALTY_ID, 0);
    add_field(&james, WORLD_EMAIL, 1);
    add_field(&james, WORLD_PHONE, 0);
    add_field(&james, WORLD_GIVEN_NAME, 1);
    add_field(&jane, WORLD_PHONE, 1);
    add_field(&jane, WORLD_GIVEN_NAME, 2);
    add_field(&bridge, WORLD_LOYALTY_ID, 1);
    apply(s, &jim);
    apply(s, &james);
    apply(s, &jane);
    apply(s, &bridge);
}

/* A device of three people, which is generic, and a tablet that has two loyalty ids, which is
 * shared. */
static void put_strangers(stand *s) {
    for (uint8_t i = 0; i < 3; i++) {
        history_op stranger = record((uint8_t)(5 + i), 5 + i);
        add_field(&stranger, WORLD_DEVICE_ID, 0);
        add_field(&stranger, WORLD_GIVEN_NAME, (uint8_t)(1 + i));
        apply(s, &stranger);
    }
    history_op tablet = record(8, 8);
    add_field(&tablet, WORLD_LOYALTY_ID, 0);
    tablet.fields[0] = (history_field){WORLD_LOYALTY_ID, 2, {2, 3}};
    apply(s, &tablet);
    history_op link = {.kind = HISTORY_LINK, .key = 5, .other_key = 8, .at_us = SECOND_US};
    apply(s, &link);
}

static void put_event(stand *s, uint8_t key, int64_t seconds, uint8_t message) {
    history_op event = {.kind = HISTORY_EVENT,
                        .key = key,
                        .at_us = seconds * SECOND_US,
                        .message = message,
                        .property_count = 1};
    apply(s, &event);
}

/* One mark of each kind, of which one expires and one is still to come. */
static void put_marks(stand *s) {
    for (history_kind kind = HISTORY_TAG; kind <= HISTORY_SCORE; kind++) {
        history_op mark = {.kind = kind,
                           .key = 5,
                           .at_us = 4 * SECOND_US,
                           .detail = 1,
                           .name = kind == HISTORY_UNTAG,
                           .expires_at_us = 15 * SECOND_US};
        apply(s, &mark);
    }
    history_op late = {
        .kind = HISTORY_TAG, .key = 6, .at_us = 12 * SECOND_US, .expires_at_us = INT64_MAX};
    apply(s, &late);
}

void full_store_make(stand *s, bool dirty) {
    history_op settle = {.kind = HISTORY_SETTLE, .at_us = 10 * SECOND_US};
    world_rules rules;
    memset(&rules, 0, sizeof rules);
    rules.types[WORLD_LOYALTY_ID] = (world_type){.unique = true, .priority = 30};
    rules.types[WORLD_NATIONAL_ID] = (world_type){.unique = true, .priority = 20};
    rules.types[WORLD_EMAIL] = (world_type){.limit = 3, .priority = 10, .veto = 1};
    rules.types[WORLD_PHONE] = (world_type){.limit = 3, .priority = 10, .veto = 1};
    rules.types[WORLD_DEVICE_ID] = (world_type){.names = 2};
    stand_open(s, &rules);
    put_family(s);
    put_strangers(s);
    put_event(s, 1, 3, 1);
    put_event(s, 1, 20, 2);
    put_event(s, 2, 4, 0);
    put_marks(s);
    apply(s, &settle);
    stand_commit(s);
    if (dirty) {
        put_event(s, 3, 5, 3);
        put_event(s, 9, 6, 0);
        history_op late = record(10, 7);
        add_field(&late, WORLD_EMAIL, 2);
        apply(s, &late);
        stand_commit(s);
    }
    stand_verify(s, "before any damage");
    assert_null(s->problem);
}

/* Three records that share no identifier, and are likely one person. */
static void put_triplets(stand *s) {
    for (uint8_t i = 0; i < 3; i++) {
        history_op op = record((uint8_t)(11 + i), 5 + i);
        add_field(&op, WORLD_GIVEN_NAME, 0);
        add_field(&op, WORLD_FAMILY_NAME, 0);
        add_field(&op, WORLD_BIRTH_DATE, (uint8_t)(i / 2));
        apply(s, &op);
    }
    stand_commit(s);
    stand_verify(s, "with the triplets");
    assert_null(s->problem);
}

void full_store_make_for(stand *s, kithi_table table) {
    static const history any = {.seed = 8};
    bool of_scored =
        table == KITHI_TABLE_MODEL || table == KITHI_TABLE_BLOCK || table == KITHI_TABLE_SCORED;
    scored_use(of_scored ? &any : NULL);
    full_store_make(s, table != KITHI_TABLE_STATE);
    scored_use(NULL);
    if (of_scored) {
        put_triplets(s);
    }
}
