/*
 * Putting records. Each operation reads the row as a list of values with versions, lets versions
 * decide what stands, and writes the row anew. The identifier table follows when identity is
 * resolved.
 */
#include <stdlib.h>
#include <string.h>

#include "src/base/bytes.h"
#include "src/base/grow.h"
#include "src/base/sized.h"
#include "src/fact/coerce.h"
#include "src/fact/record_key.h"

typedef enum edit_kind { PUT, PATCH, ADD } edit_kind;

typedef struct value_list {
    kithi_row_value *items;
    size_t count, capacity;
} value_list;

/* One operation at work. */
typedef struct edit {
    kith_txn *txn;
    edit_kind operation;
    uint32_t record;
    kithi_row_header header;
    kithi_buffer row; /* a copy of the row as it stood: writing may move what LMDB lent */
    value_list old;   /* its values */
    value_list given; /* of the input; bytes in `packed` */
    value_list now;
    kithi_buffer packed;
    uint64_t said; /* sum over the hashes of what is given */
    kithi_version version;
} edit;

static bool list_add(value_list *list, const kithi_row_value *value) {
    if (!KITHI_GROW(list->items, list->capacity, list->count + 1)) {
        return false;
    }
    list->items[list->count++] = *value;
    return true;
}

static int no_memory(edit *e) {
    return kithi_txn_poison(e->txn, kithi_error_memory(kithi_txn_error(e->txn)));
}

static void end_edit(edit *e) {
    free(e->old.items);
    free(e->given.items);
    free(e->now.items);
    kithi_buffer_clear(&e->packed);
    kithi_buffer_clear(&e->row);
}

static void sort_values(value_list *list) {
    if (list->count > 1) {
        qsort(list->items, list->count, sizeof *list->items, kithi_row_value_compare);
    }
}

/* A given value while its bytes still move: `packed` holds an offset. */
static int take_value(edit *e, const kithi_attribute *attribute, const kith_value *value) {
    size_t start = e->packed.size;
    kithi_row_value taken = {.attribute = attribute->id};
    kithi_coerced what;
    int rc = kithi_coerce(e->txn, attribute, value, &e->packed, &what);
    if (rc != KITH_OK) {
        return rc;
    }
    if (!kithi_buffer_ok(&e->packed)) {
        return no_memory(e);
    }
    if (what.status == KITH_VALUE_INVALID) {
        kithi_fact_count_invalid(e->txn);
    }
    e->said += what.any || e->operation == PATCH ? what.said : 0;
    taken.status = what.status;
    taken.floor = !what.any; /* no value: the mark that a patch takes the attribute away */
    taken.packed = (const uint8_t *)start;
    taken.packed_size = e->packed.size - start;
    return list_add(&e->given, &taken) ? KITH_OK : no_memory(e);
}

static int take_field(edit *e, const kith_field *field) {
    const kithi_attribute *attribute;
    if (field->name == NULL) {
        return kithi_error_set(kithi_txn_error(e->txn), KITH_INVALID, "an attribute needs a name");
    }
    int rc = kithi_define_attribute(e->txn, field->name, &attribute);
    if (rc != KITH_OK || !kithi_is_values(&field->value)) {
        return rc == KITH_OK ? take_value(e, attribute, &field->value) : rc;
    }
    size_t count = field->value.as.list.count;
    if (count == 0) {
        kith_value none = kith_value_null();
        return take_value(e, attribute, &none);
    }
    for (size_t i = 0; rc == KITH_OK && i < count; i++) {
        rc = take_value(e, attribute, &field->value.as.list.items[i]);
    }
    return rc;
}

/* Drops "no value" marks beside values, and second copies. */
static void tidy_given(edit *e) {
    value_list *list = &e->given;
    size_t kept = 0;
    for (size_t i = 0; i < list->count; i++) {
        kithi_row_value *item = &list->items[i];
        bool has_next = i + 1 < list->count && list->items[i + 1].attribute == item->attribute;
        bool needless = item->floor && (has_next || e->operation != PATCH);
        bool copy = kept > 0 && kithi_row_value_compare(&list->items[kept - 1], item) == 0;
        if (!needless && !copy) {
            list->items[kept++] = *item;
        }
    }
    list->count = kept;
}

static int take_input(edit *e, const kith_record_input *input) {
    int rc = KITH_OK;
    for (size_t i = 0; rc == KITH_OK && i < input->field_count; i++) {
        rc = take_field(e, &input->fields[i]);
    }
    if (rc != KITH_OK) {
        return rc;
    }
    if (e->packed.size > KITH_PUT_MAX_BYTES || e->given.count > KITH_RECORD_MAX_VALUES) {
        return kithi_error_set(kithi_txn_error(e->txn), KITH_INVALID,
                               "record '%.60s' is given more than %d values or 512 KiB", input->key,
                               KITH_RECORD_MAX_VALUES);
    }
    for (size_t i = 0; i < e->given.count; i++) {
        e->given.items[i].packed = e->packed.data + (size_t)e->given.items[i].packed;
    }
    sort_values(&e->given);
    tidy_given(e);
    /* The content's hash is of what was said, in no order, so that what is said again is the same
     * version though definitions have changed. */
    e->version = (kithi_version){input->at_us, (uint64_t)e->operation + e->said};
    for (size_t i = 0; i < e->given.count; i++) {
        e->given.items[i].version = e->version;
    }
    return KITH_OK;
}

static int read_row(edit *e) {
    kithi_slice row;
    kithi_walker walker;
    kithi_row_value value;
    int rc = kithi_record_row(e->txn, e->record, &row);
    if (rc != KITH_OK) {
        return rc == KITH_NOT_FOUND ? kithi_record_damaged(e->txn, e->record) : rc;
    }
    kithi_buffer_append(&e->row, row.data, row.size);
    if (!kithi_buffer_ok(&e->row)) {
        return no_memory(e);
    }
    if (!kithi_row_values((kithi_slice){e->row.data, e->row.size}, &e->header, &walker)) {
        return kithi_record_damaged(e->txn, e->record);
    }
    while (kithi_row_next(&e->header, &walker, &value)) {
        if (!list_add(&e->old, &value)) {
            return no_memory(e);
        }
    }
    return kithi_walker_done(&walker) ? KITH_OK : kithi_record_damaged(e->txn, e->record);
}

/* What versions decide */

static kithi_version later(kithi_version a, kithi_version b) {
    return kithi_version_compare(a, b) >= 0 ? a : b;
}

static bool older(kithi_version a, kithi_version b) {
    return kithi_version_compare(a, b) < 0;
}

/* The version below which values of an attribute are forgotten, before this operation. */
static kithi_version floor_of(const edit *e, uint16_t attribute) {
    for (size_t i = 0; i < e->old.count; i++) {
        if (e->old.items[i].attribute == attribute && e->old.items[i].floor) {
            return later(e->old.items[i].version, e->header.floor);
        }
    }
    return e->header.floor;
}

static bool is_given(const edit *e, uint16_t attribute) {
    for (size_t i = 0; i < e->given.count; i++) {
        if (e->given.items[i].attribute == attribute) {
            return true;
        }
    }
    return false;
}

/*
 * Keeps an old value or floor unless this operation's version outdates it. What this very version
 * said is taken anew, as definitions may have changed since.
 */
static bool keeps(const edit *e, const kithi_row_value *old) {
    bool touched = e->operation == PUT || (e->operation == PATCH && is_given(e, old->attribute));
    return !touched || older(e->version, old->version);
}

/* Adds a given value, unless it stands there already: then the later version holds, and the status
 * that it was given now. */
static bool add_given(edit *e, const kithi_row_value *given) {
    for (size_t i = 0; i < e->now.count; i++) {
        kithi_row_value *present = &e->now.items[i];
        if (kithi_row_value_compare(present, given) == 0) {
            present->version = later(present->version, given->version);
            present->status = given->status;
            return true;
        }
    }
    return list_add(&e->now, given);
}

static int add_floor(edit *e, uint16_t attribute) {
    kithi_row_value floor = {.attribute = attribute, .floor = true, .version = e->version};
    return list_add(&e->now, &floor) ? KITH_OK : no_memory(e);
}

/* Whether an attribute was replaced at a later version. */
static bool is_outdated(const edit *e, uint16_t attribute) {
    return older(e->version, floor_of(e, attribute));
}

static int apply_given(edit *e) {
    int rc = KITH_OK;
    for (size_t i = 0; rc == KITH_OK && i < e->given.count; i++) {
        const kithi_row_value *given = &e->given.items[i];
        bool first = i == 0 || e->given.items[i - 1].attribute != given->attribute;
        if (is_outdated(e, given->attribute)) {
            continue;
        }
        if (e->operation == PATCH && first) {
            rc = add_floor(e, given->attribute);
        }
        if (rc == KITH_OK && !given->floor && !add_given(e, given)) {
            rc = no_memory(e);
        }
    }
    return rc;
}

static int apply(edit *e) {
    for (size_t i = 0; i < e->old.count; i++) {
        if (keeps(e, &e->old.items[i]) && !list_add(&e->now, &e->old.items[i])) {
            return no_memory(e);
        }
    }
    int rc = apply_given(e);
    if (rc == KITH_OK && e->operation == PUT) {
        e->header.floor = later(e->header.floor, e->version);
    }
    sort_values(&e->now);
    return rc;
}

/* What follows from the difference */

static bool is_live(const kithi_row_value *value) {
    return !value->floor && value->status == KITH_VALUE_LIVE;
}

/* Whether a list has a value, as live or not as the other is: definitions may change within a
 * transaction. */
static bool has_alike(const value_list *list, const kithi_row_value *value) {
    const kithi_row_value *found =
        list->count > 0
            ? bsearch(value, list->items, list->count, sizeof *list->items, kithi_row_value_compare)
            : NULL;
    return found != NULL && is_live(found) == is_live(value);
}

static bool same_values(const value_list *a, const value_list *b) {
    size_t i = 0, j = 0;
    for (;;) {
        while (i < a->count && a->items[i].floor) {
            i++;
        }
        while (j < b->count && b->items[j].floor) {
            j++;
        }
        if (i == a->count || j == b->count) {
            return i == a->count && j == b->count;
        }
        const kithi_row_value *x = &a->items[i++], *y = &b->items[j++];
        if (kithi_row_value_compare(x, y) != 0 || x->status != y->status) {
            return false;
        }
    }
}

/* Whether the difference shows in what identity looks at. */
static bool shapes_identity(const edit *e) {
    const kithi_catalog *catalog = kithi_txn_catalog(e->txn);
    const value_list *lists[2] = {&e->old, &e->now};
    for (int side = 0; side < 2; side++) {
        for (size_t i = 0; i < lists[side]->count; i++) {
            const kithi_row_value *value = &lists[side]->items[i];
            if (!value->floor && kithi_catalog_attribute(catalog, value->attribute)->identity &&
                !has_alike(lists[1 - side], value)) {
                return true;
            }
        }
    }
    return false;
}

/* The live identifiers of a list; malloc'ed, with the texts borrowed. */
static kithi_live_value *live_values(const value_list *list, size_t *out_count) {
    kithi_live_value *values = malloc((list->count + 1) * sizeof *values);
    size_t count = 0;
    for (size_t i = 0; values != NULL && i < list->count; i++) {
        const kithi_row_value *item = &list->items[i];
        kithi_walker walker = kithi_walker_of(item->packed, item->packed_size);
        if (is_live(item) && kithi_walk_text(&walker, &values[count].text, &values[count].size)) {
            values[count++].attribute = item->attribute;
        }
    }
    *out_count = count;
    return values;
}

/* Notes the change, with the identifiers that the record had and has. */
static int note(edit *e, bool identity) {
    kithi_live_value *before, *after;
    size_t before_count, after_count;
    if (!identity) {
        return kithi_fact_note(e->txn, e->record);
    }
    before = live_values(&e->old, &before_count);
    after = live_values(&e->now, &after_count);
    int rc =
        before != NULL && after != NULL
            ? kithi_fact_note_identity(e->txn, e->record, before, before_count, after, after_count)
            : no_memory(e);
    free(before);
    free(after);
    return rc;
}

/* Writes the row unless it stands so already. */
static int write_row(edit *e, bool added, bool *out_changed) {
    uint8_t number[4];
    kithi_buffer row;
    int rc = KITH_OK;
    kithi_buffer_init(&row);
    kithi_put32(number, e->record);
    kithi_row_write(&row, &e->header, e->now.items, e->now.count);
    *out_changed = added || row.size != e->row.size || memcmp(row.data, e->row.data, row.size) != 0;
    if (!kithi_buffer_ok(&row)) {
        rc = no_memory(e);
    } else if (added) {
        rc = kithi_append(e->txn, KITHI_TABLE_RECORD, number, sizeof number, row.data, row.size);
    } else if (*out_changed) {
        rc = kithi_put(e->txn, KITHI_TABLE_RECORD, number, sizeof number, row.data, row.size);
    }
    kithi_buffer_clear(&row);
    return rc;
}

static int store(edit *e, int64_t at_us, bool added, kith_change *out_change) {
    bool same = same_values(&e->old, &e->now);
    bool first = at_us < e->header.first_seen_us;
    bool changed;
    e->header.first_seen_us = first ? at_us : e->header.first_seen_us;
    e->header.at_us = at_us > e->header.at_us ? at_us : e->header.at_us;
    int rc = write_row(e, added, &changed);
    if (rc == KITH_OK && changed) {
        rc = note(e, first || (!same && shapes_identity(e)));
    }
    if (rc == KITH_OK && changed) {
        rc = kithi_fact_note_row(e->txn, e->record, (kithi_slice){e->row.data, e->row.size});
    }
    *out_change = added ? KITH_ADDED : same ? KITH_UNCHANGED : KITH_UPDATED;
    return rc;
}

/* How large the row may grow is known before anything is written. */
static int check_size(edit *e) {
    size_t bytes = e->header.key_size + 64;
    for (size_t i = 0; i < e->now.count; i++) {
        bytes += e->now.items[i].packed_size + 24;
    }
    if (bytes > KITH_RECORD_MAX_BYTES || e->now.count > KITH_RECORD_MAX_VALUES) {
        return kithi_error_set(kithi_txn_error(e->txn), KITH_INVALID,
                               "record '%.60s' would have more than %d values or 1 MiB",
                               e->header.key, KITH_RECORD_MAX_VALUES);
    }
    return KITH_OK;
}

static int check_input(kith_txn *txn, const kith_record_input *given, kith_record_input *out) {
    kith_error *error = kithi_txn_error(txn);
    int rc = kithi_txn_check_write(txn);
    if (rc == KITH_OK && given == NULL) {
        rc = kithi_error_set(error, KITH_MISUSE, "a kith_record_input is required");
    }
    if (rc == KITH_OK) {
        rc = kithi_take(given, out, sizeof *out, "kith_record_input", error);
    }
    if (rc == KITH_OK && out->field_count > 0 && out->fields == NULL) {
        rc = kithi_error_set(error, KITH_MISUSE, "kith_record_input: the fields are missing");
    }
    if (rc == KITH_OK && out->at_us == INT64_MAX) { /* so says a record of events only */
        rc = kithi_error_set(error, KITH_INVALID, "a record's time is less than INT64_MAX");
    }
    return rc == KITH_OK ? kithi_record_check_names(txn, out->source, out->key) : rc;
}

/* Reads the record as it stands, or the header that a new one begins with. */
static int read_record(edit *e, const kith_record_input *input, bool *out_added) {
    int rc = kithi_record_find(e->txn, input->source, input->key, &e->record, &e->header);
    *out_added = rc == KITH_NOT_FOUND;
    return rc == KITH_OK ? read_row(e) : *out_added ? KITH_OK : rc;
}

/* Works out the row, and writes it once it is known to be sound. */
static int edit_record(edit *e, const kith_record_input *input, kith_change *out_change) {
    bool added = false;
    int rc = take_input(e, input);
    if (rc == KITH_OK) {
        rc = read_record(e, input, &added);
    }
    bool outdated = rc == KITH_OK && older(e->version, e->header.floor);
    if (rc == KITH_OK && e->operation == PUT && e->version.at_us == e->header.floor.at_us &&
        e->version.hash != e->header.floor.hash) {
        kithi_fact_count_tied(e->txn);
    }
    if (rc == KITH_OK) {
        rc = apply(e);
    }
    if (rc == KITH_OK) {
        rc = check_size(e);
    }
    if (rc == KITH_OK && added) {
        rc = kithi_record_reserve(e->txn, &e->header, &e->record);
    }
    if (rc == KITH_OK) {
        rc = store(e, input->at_us, added, out_change);
    }
    if (rc == KITH_OK && outdated && *out_change == KITH_UNCHANGED) {
        *out_change = KITH_IGNORED;
    }
    return rc;
}

static int change_record(kith_txn *txn, edit_kind operation, const kith_record_input *given,
                         kith_change *out_change) {
    edit e = {.txn = txn, .operation = operation};
    kith_record_input input = KITH_RECORD_INPUT_INIT;
    kith_change change = KITH_UNCHANGED;
    kithi_buffer_init(&e.packed);
    kithi_buffer_init(&e.row);
    int rc = check_input(txn, given, &input);
    if (rc == KITH_OK) {
        const kithi_defined before = kithi_define_begin(txn);
        rc = edit_record(&e, &input, &change);
        rc = rc == KITH_INVALID ? kithi_define_undo(txn, &before, rc) : rc;
    }
    end_edit(&e);
    if (rc == KITH_OK && out_change != NULL) {
        *out_change = change;
    }
    return rc;
}

int kith_record_put(kith_txn *txn, const kith_record_input *input, kith_change *out_change) {
    return change_record(txn, PUT, input, out_change);
}

int kith_record_patch(kith_txn *txn, const kith_record_input *input, kith_change *out_change) {
    return change_record(txn, PATCH, input, out_change);
}

int kith_record_add(kith_txn *txn, const kith_record_input *input, kith_change *out_change) {
    return change_record(txn, ADD, input, out_change);
}

const char *kith_value_status_name(kith_value_status status) {
    switch (status) {
    case KITH_VALUE_PLAIN:
        return "plain";
    case KITH_VALUE_LIVE:
        return "live";
    case KITH_VALUE_INVALID:
        return "invalid";
    case KITH_VALUE_BLOCKED:
        return "blocked";
    }
    return "unknown";
}
