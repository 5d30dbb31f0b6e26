/*
 * Any bytes as a record's row; and as two records that are put and read: lines of an attribute, '='
 * and a text, or ':' and a number, with an empty line between the two. What is made of them stays
 * in its bounds, their block keys are few and each there once, and they weigh the same in either
 * order.
 */
#include "src/fact/record_key.h"
#include "src/match/model.h"
#include "tests/fuzz/compared.h"
#include "tests/fuzz/target_store.h"

#define FIELDS_MAX 48
#define VALUES_MAX 14 /* of an attribute that comes several times */

static kith_txn *txn;
static kithi_model *model;

static void leave(void) {
    kithi_model_free(model);
    kith_txn_abort(txn);
}

static void prepare(void) {
    if (!target_store_make()) {
        return;
    }
    txn = scratch_begin(target_store, KITH_READ);
    model = kithi_model_new(kithi_txn_catalog(txn));
    check(model != NULL);
    weigh_somehow(model);
    atexit(leave);
}

/* The fields of one record; values of one attribute become a list. */
typedef struct fields {
    kith_field items[FIELDS_MAX];
    kith_value values[FIELDS_MAX][VALUES_MAX];
    char names[FIELDS_MAX][40];
    size_t counts[FIELDS_MAX], count;
} fields;

static kith_value value_of(const char *sign, size_t size) {
    kith_value value = {KITH_TYPE_TEXT, {.text = {sign + 1, size}}};
    if (*sign == ':') {
        char digits[16] = "";
        memcpy(digits, sign + 1, size < sizeof digits ? size : sizeof digits - 1);
        value = (kith_value){KITH_TYPE_INTEGER, {.integer = strtoll(digits, NULL, 10)}};
    }
    return value;
}

static void add_field(fields *f, const char *line, size_t size) {
    size_t name = 0, i = 0;
    char text[40];
    while (name < size && line[name] != '=' && line[name] != ':') {
        name++;
    }
    if (name == 0 || name == size || name >= sizeof text || memchr(line, '\0', name) != NULL) {
        return;
    }
    memcpy(text, line, name);
    text[name] = '\0';
    while (i < f->count && strcmp(f->names[i], text) != 0) {
        i++;
    }
    if (i == FIELDS_MAX || kithi_catalog_find_attribute(kithi_txn_catalog(txn), text) == NULL) {
        return;
    }
    if (i == f->count) {
        memcpy(f->names[i], text, sizeof text);
        f->items[i].name = f->names[i];
        f->counts[f->count++] = 0;
    }
    if (f->counts[i] < VALUES_MAX) {
        f->values[i][f->counts[i]++] = value_of(line + name, size - name - 1);
    }
}

/* Takes the lines of a record; returns where the next one begins. */
static size_t take_lines(fields *f, const char *text, size_t size) {
    size_t at = 0;
    memset(f, 0, sizeof *f);
    while (at < size && text[at] != '\n') {
        const char *end = memchr(text + at, '\n', size - at);
        size_t length = end != NULL ? (size_t)(end - text) - at : size - at;
        add_field(f, text + at, length);
        at += length + (end != NULL);
    }
    return at < size ? at + 1 : size;
}

/* False: it is refused, for a text that is none. */
static bool put(kith_txn *into, const char *key, fields *f) {
    kith_record_input input = KITH_RECORD_INPUT_INIT;
    for (size_t i = 0; i < f->count; i++) {
        f->items[i].value = f->values[i][0];
        if (f->counts[i] > 1) {
            f->items[i].value.type = KITH_TYPE_LIST;
            f->items[i].value.as.list.items = f->values[i];
            f->items[i].value.as.list.count = f->counts[i];
        }
    }
    input.source = "crm";
    input.key = key;
    input.at_us = 1;
    input.fields = f->items;
    input.field_count = f->count;
    return kith_record_put(into, &input, NULL) == KITH_OK;
}

static void check_rows(const kithi_slice rows[2]) {
    compared_room rooms[2];
    for (size_t i = 0; i < 2; i++) {
        check(kithi_features_make(model, rows[i], &rooms[i].features));
        check_features(&rooms[i].features);
        check_block_keys(model, &rooms[i].features);
    }
    check_pair(model, &rooms[0].features, &rooms[1].features);
    check_pair(model, &rooms[1].features, &rooms[1].features);
}

static void check_records(const char *text, size_t size) {
    static fields first, second;
    size_t at = take_lines(&first, text, size);
    take_lines(&second, text + at, size - at);
    kith_txn *writing = scratch_begin(target_store, KITH_WRITE);
    kithi_slice rows[2];
    if (put(writing, "1", &first) && put(writing, "2", &second)) {
        check(kithi_record_row(writing, 0, &rows[0]) == KITH_OK);
        check(kithi_record_row(writing, 1, &rows[1]) == KITH_OK);
        check_rows(rows);
    }
    kith_txn_abort(writing);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    compared_room room;
    prepare();
    if (size == 0) {
        return 0;
    }
    if (kithi_features_make(model, (kithi_slice){data, size}, &room.features)) {
        check_features(&room.features);
        check_block_keys(model, &room.features);
        check_pair(model, &room.features, &room.features);
    }
    check_records((const char *)data, size);
    return 0;
}
