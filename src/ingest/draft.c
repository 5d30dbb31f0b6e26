#include "src/ingest/draft.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "src/base/amount.h"
#include "src/base/grow.h"
#include "src/base/hash.h"
#include "src/base/number.h"
#include "src/base/text.h"
#include "src/fact/normalise.h"
#include "src/ingest/columns.h"
#include "src/ingest/parts.h"

#define NUMBER_TEXT_BYTES 32
#define DAY_US            INT64_C(86400000000)

struct kithi_draft_place {
    uint32_t slot;
    size_t list_capacity; /* of a field that became a list, else 0 */
};

void kithi_draft_init(kithi_draft *draft, kithi_mapping *mapping) {
    memset(draft, 0, sizeof *draft);
    draft->mapping = mapping;
    draft->identifier_rank = -1;
    kithi_arena_init(&draft->arena);
    kithi_map_init(&draft->sources);
}

void kithi_draft_clear(kithi_draft *draft) {
    free(draft->fields);
    free(draft->places);
    free(draft->field_of_slot);
    kithi_map_clear(&draft->sources);
    kithi_arena_clear(&draft->arena);
    memset(draft, 0, sizeof *draft);
}

void kithi_draft_reset(kithi_draft *draft) {
    for (size_t i = 0; i < draft->field_count; i++) {
        draft->field_of_slot[draft->places[i].slot] = 0;
    }
    draft->field_count = 0;
    draft->key = draft->time = draft->message_id = draft->identifier = kith_value_null();
    draft->identifier_rank = -1;
    kithi_arena_reset(&draft->arena);
}

/* Values */

static size_t space_at(const char *text, size_t size) {
    static const char wide[] = "\xE3\x80\x80"; /* U+3000 */
    static const char no_break[] = "\xC2\xA0"; /* U+00A0 */
    if (size == 0) {
        return 0;
    }
    if (*text == ' ' || (*text >= '\t' && *text <= '\r')) {
        return 1;
    }
    if (size >= 2 && memcmp(text, no_break, 2) == 0) {
        return 2;
    }
    return size >= 3 && memcmp(text, wide, 3) == 0 ? 3 : 0;
}

static size_t space_before(const char *text, size_t size) {
    for (size_t length = 1; length <= 3 && length <= size; length++) {
        if (space_at(text + size - length, length) == length) {
            return length;
        }
    }
    return 0;
}

kith_value kithi_draft_trim(kith_value value) {
    if (value.type != KITH_TYPE_TEXT) {
        return value;
    }
    const char *data = value.as.text.data;
    size_t size = value.as.text.size;
    for (size_t step = space_at(data, size); step > 0; step = space_at(data, size)) {
        data += step;
        size -= step;
    }
    for (size_t step = space_before(data, size); step > 0; step = space_before(data, size)) {
        size -= step;
    }
    return kith_value_text_n(data, size);
}

/* Fields */

static bool reserve_field(kithi_draft *draft) {
    size_t needed = draft->field_count + 1;
    return KITHI_GROW(draft->fields, draft->field_capacity, needed) &&
           KITHI_GROW(draft->places, draft->place_capacity, needed);
}

static bool reserve_slots(kithi_draft *draft) {
    size_t before = draft->slot_capacity;
    if (!KITHI_GROW(draft->field_of_slot, draft->slot_capacity, draft->mapping->slot_count)) {
        return false;
    }
    size_t added = draft->slot_capacity - before;
    if (added > 0) {
        memset(draft->field_of_slot + before, 0, added * sizeof *draft->field_of_slot);
    }
    return true;
}

static bool add_field(kithi_draft *draft, uint32_t slot, kith_value value) {
    if (!reserve_field(draft)) {
        return false;
    }
    size_t index = draft->field_count++;
    draft->fields[index] = (kith_field){draft->mapping->slots[slot], value};
    draft->places[index] = (kithi_draft_place){slot, 0};
    draft->field_of_slot[slot] = (uint32_t)index + 1;
    return true;
}

/* Makes room for `count` items in the field's value, which becomes a list made here. */
static bool reserve_items(kithi_draft *draft, size_t index, size_t count) {
    kith_value *value = &draft->fields[index].value;
    size_t *capacity = &draft->places[index].list_capacity;
    if (*capacity >= count) {
        return true;
    }
    size_t larger = 2 * count;
    kith_value *items = kithi_arena_alloc(&draft->arena, larger * sizeof *items);
    if (items == NULL) {
        return false;
    }
    size_t used = value->type == KITH_TYPE_LIST ? value->as.list.count : 1;
    if (value->type == KITH_TYPE_LIST && used > 0) {
        memcpy(items, value->as.list.items, used * sizeof *items);
    } else if (used > 0) {
        items[0] = *value;
    }
    *value = (kith_value){KITH_TYPE_LIST, {0}};
    value->as.list.items = items;
    value->as.list.count = used;
    *capacity = larger;
    return true;
}

static bool add_to_field(kithi_draft *draft, size_t index, kith_value value) {
    kith_value *field = &draft->fields[index].value;
    const kith_value *items = &value;
    size_t added = 1;
    size_t used = field->type == KITH_TYPE_LIST ? field->as.list.count : 1;
    if (field->type == KITH_TYPE_NULL) {
        *field = value;
        return true;
    }
    if (value.type == KITH_TYPE_LIST) {
        items = value.as.list.items;
        added = value.as.list.count;
    }
    if (added == 0) {
        return true;
    }
    if (!reserve_items(draft, index, used + added)) {
        return false;
    }
    kith_value *list = (kith_value *)(uintptr_t)field->as.list.items;
    memcpy(list + used, items, added * sizeof *items);
    field->as.list.count = used + added;
    return true;
}

static bool is_nothing(kith_value value) {
    return value.type == KITH_TYPE_NULL ||
           (value.type == KITH_TYPE_TEXT && value.as.text.size == 0);
}

/* A second value of a single attribute goes to the column's own name. */
static uint32_t slot_for(const kithi_draft *draft, const kithi_column *column) {
    bool second = column->single && draft->field_of_slot[column->slot] != 0;
    return second ? column->own_slot : column->slot;
}

/* Whether an attribute of the type will take the value, as coerce.c reads it. */
static bool is_typed(kithi_number wanted, const kith_value *value) {
    char number[NUMBER_TEXT_BYTES];
    kith_value text = *value;
    int64_t integer;
    double real;
    if (value->type == KITH_TYPE_INTEGER) {
        return true;
    }
    if (value->type == KITH_TYPE_REAL) {
        kithi_real_format(value->as.real, number);
        text = kith_value_text(number);
    }
    return text.type == KITH_TYPE_TEXT &&
           (wanted == KITHI_NUMBER_INTEGER
                ? kithi_amount_integer(text.as.text.data, text.as.text.size, &integer)
                : kithi_amount_real(text.as.text.data, text.as.text.size, &real));
}

static bool is_wanted(kithi_number wanted, const kith_value *value) {
    int64_t micros;
    return is_nothing(kithi_draft_trim(*value)) ||
           (wanted == KITHI_NUMBER_SUMMED ? kithi_amount_summed(value, &micros)
                                          : is_typed(wanted, value));
}

/* Notes the column where its value should be a number and is none. */
static bool check_number(kithi_draft *draft, const kithi_column *column, const kith_value *value) {
    return is_wanted(column->number, value) || kithi_tally_note(draft->non_numbers, column->name);
}

/* The same; of a list, of an attribute, each item is a value. */
static bool check_numbers(kithi_draft *draft, const kithi_column *column, const kith_value *value) {
    if (value->type != KITH_TYPE_LIST || column->number == KITHI_NUMBER_SUMMED) {
        return check_number(draft, column, value);
    }
    bool fine = true;
    for (size_t i = 0; fine && i < value->as.list.count; i++) {
        fine = check_number(draft, column, &value->as.list.items[i]);
    }
    return fine;
}

/* Dates and times as texts */

/* Notes what the numbers of a date show of its order. */
static bool note_date(kithi_draft *draft, const kithi_column *column, const kith_value *value) {
    kithi_date_shows other = draft->date_order == KITHI_DATE_DAY_FIRST
                                 ? KITHI_DATE_SHOWS_MONTH_FIRST
                                 : KITHI_DATE_SHOWS_DAY_FIRST;
    if (value->type != KITH_TYPE_TEXT) {
        return true;
    }
    kithi_date_shows shown = kithi_date_shown(value->as.text.data, value->as.text.size);
    if (shown == KITHI_DATE_SHOWS_EITHER) {
        return kithi_tally_note(draft->either_dates, column->name);
    }
    return shown != other || kithi_tally_note(draft->other_dates, column->name);
}

/* The store reads dates in their usual order: what the caller's order makes another is read here.
 */
static void read_in_order(const kithi_draft *draft, kith_type type, kith_value *value) {
    int64_t usual, given;
    int (*read)(const char *, size_t, kithi_date_order, int64_t *) =
        type == KITH_TYPE_DATE ? kithi_day_read : kithi_time_read;
    if (value->type != KITH_TYPE_TEXT || draft->date_order == KITHI_DATE_USUAL) {
        return;
    }
    const char *text = value->as.text.data;
    size_t size = value->as.text.size;
    if (read(text, size, KITHI_DATE_USUAL, &usual) == KITH_OK &&
        read(text, size, draft->date_order, &given) == KITH_OK && usual != given) {
        *value = type == KITH_TYPE_DATE ? kith_value_date(given) : kith_value_time(given);
    }
}

static bool add_to_slot(kithi_draft *draft, kithi_column *column, uint32_t slot, kith_value value) {
    if (slot == KITHI_MAPPING_NONE) { /* the store has no room for the column's own name */
        draft->mapping->unmapped_values++;
        return true;
    }
    column->went_there = column->went_there || slot == column->slot;
    column->went_own = column->went_own || slot != column->slot;
    bool numeric = column->number != KITHI_NUMBER_NONE && slot == column->slot;
    if (numeric && draft->non_numbers != NULL && !check_numbers(draft, column, &value)) {
        return false;
    }
    if (column->moment != KITH_TYPE_NULL && slot == column->slot) {
        if (!note_date(draft, column, &value)) {
            return false;
        }
        read_in_order(draft, column->moment, &value);
    }
    uint32_t place = draft->field_of_slot[slot];
    return place == 0 ? add_field(draft, slot, value) : add_to_field(draft, place - 1, value);
}

static bool add_plain(kithi_draft *draft, kithi_column *column, kith_value value) {
    if (column->slot == KITHI_MAPPING_NONE) {
        draft->mapping->unmapped_values += column->unmapped;
        return true;
    }
    return reserve_slots(draft) && add_to_slot(draft, column, slot_for(draft, column), value);
}

/* Remembers what a column of sources holds. */
static bool see_source(kithi_draft *draft, kith_value value) {
    if (value.type != KITH_TYPE_TEXT || draft->sources.count >= KITHI_DRAFT_SOURCES_MAX) {
        return true;
    }
    uint64_t hash = kithi_hash64(value.as.text.data, value.as.text.size, 0);
    return kithi_map_put(&draft->sources, hash, 0, NULL) != NULL;
}

/* The address in its one form, as its case makes no two of it. Other identifiers stay as the file
 * has them: the signs of an id may count, and a phone number is read by a region, which may change,
 * while a file that is imported again must give the keys that it gave before. */
static kith_value one_form(const char *type, kith_value text,
                           char out[KITHI_IDENTIFIER_MAX_BYTES]) {
    size_t size = 0;
    bool has_form =
        type != NULL && strcmp(type, "email") == 0 &&
        kithi_normalise_email(text.as.text.data, text.as.text.size, out, &size) == KITH_OK;
    return has_form ? kith_value_text_n(out, size) : text;
}

/* Where an event's key is an identifier among its properties, that one says what the key says: an
 * event that is told again with the address in another case is the same event. */
static bool take_form(kithi_draft *draft, const kithi_column *as, kith_value *value) {
    const kithi_mapping *mapping = draft->mapping;
    char out[KITHI_IDENTIFIER_MAX_BYTES];
    if (mapping->of != KITHI_MAPPING_EVENTS || !mapping->key_is_identifier ||
        as->identifier_rank < 0 || value->type != KITH_TYPE_TEXT) {
        return true;
    }
    kith_value form = one_form(kithi_columns_identifier((size_t)as->identifier_rank), *value, out);
    if (form.as.text.data == out) {
        const char *kept = kithi_arena_copy(&draft->arena, out, form.as.text.size);
        *value = kith_value_text_n(kept, form.as.text.size);
    }
    return value->as.text.data != NULL;
}

/* Of a trimmed value: what it is to the row, and the attribute it becomes. */
static bool take(kithi_draft *draft, uint32_t column, kith_value value) {
    const kithi_mapping *mapping = draft->mapping;
    kithi_column *as = &mapping->columns[column];
    bool first = draft->identifier_rank < 0 || as->identifier_rank < draft->identifier_rank;
    kith_value parts = value;
    if (as->parted_as >= 0 && !kithi_parts_split((kithi_normaliser)as->parted_as, mapping->region,
                                                 &draft->arena, &parts)) {
        return false;
    }
    if (as->identifier_rank >= 0 && first && !is_nothing(value)) {
        draft->identifier_rank = as->identifier_rank;
        draft->identifier = parts;
    }
    if (column == mapping->key) { /* of two columns of its name the first is it */
        draft->key = is_nothing(draft->key) ? parts : draft->key;
    } else if (column == mapping->time) {
        draft->time = value;
    }
    if (column == mapping->message_id) {
        draft->message_id = value;
    }
    if (column == mapping->time && as->moment == KITH_TYPE_NULL && !note_date(draft, as, &value)) {
        return false;
    }
    if (column == mapping->source && !see_source(draft, value)) {
        return false;
    }
    if (mapping->of != KITHI_MAPPING_EVENTS) {
        return add_plain(draft, as, parts);
    }
    return take_form(draft, as, &value) && add_plain(draft, as, value);
}

bool kithi_draft_add_own(kithi_draft *draft, uint32_t column, kith_value value) {
    kithi_column *as = &draft->mapping->columns[column];
    return reserve_slots(draft) && add_to_slot(draft, as, as->own_slot, kithi_draft_trim(value));
}

bool kithi_draft_add_any(kithi_draft *draft, uint32_t column, kith_value value) {
    return take(draft, column, kithi_draft_trim(value));
}

bool kithi_draft_add(kithi_draft *draft, uint32_t column, kith_value value) {
    value = kithi_draft_trim(value);
    return is_nothing(value) || take(draft, column, value);
}

/* Key, time, message id */

/* The text of a key; empty where the value can be none. Programs write the whole numbers of a
 * column with gaps as 7.0. Numbers are written into `number`. */
static kith_value text_of_key(kith_value value, char number[NUMBER_TEXT_BYTES]) {
    if (value.type == KITH_TYPE_LIST && value.as.list.count > 0) {
        value = value.as.list.items[0];
    }
    if (value.type == KITH_TYPE_REAL && kithi_real_is_whole(value.as.real)) {
        value = kith_value_integer((int64_t)value.as.real);
    }
    if (value.type == KITH_TYPE_INTEGER) {
        snprintf(number, NUMBER_TEXT_BYTES, "%" PRId64, value.as.integer);
        return kith_value_text(number);
    }
    return value.type == KITH_TYPE_TEXT ? kithi_draft_trim(value) : kith_value_text("");
}

/* What a value that can be no key is, for people. */
static const char *kind_of(kith_value value) {
    switch (value.type) {
    case KITH_TYPE_BOOLEAN:
        return "true or false";
    case KITH_TYPE_REAL:
        return "a number with a fraction";
    case KITH_TYPE_LIST:
        return "a list";
    case KITH_TYPE_MAP:
        return "an object";
    case KITH_TYPE_DATE:
    case KITH_TYPE_TIME:
        return "a date or a time";
    default:
        return "nothing";
    }
}

static void reject_without_key(const kithi_draft *draft, kithi_row *row, kith_value value) {
    const kithi_mapping *mapping = draft->mapping;
    if (value.type == KITH_TYPE_LIST && value.as.list.count > 0) {
        value = value.as.list.items[0];
    }
    if (!is_nothing(kithi_draft_trim(value))) {
        kithi_row_reject(row, KITH_REJECT_NO_KEY,
                         "the key is %s; it has to be a text or an integer", kind_of(value));
    } else if (mapping->key == KITHI_MAPPING_NONE) {
        kithi_row_reject(row, KITH_REJECT_NO_KEY, "the row holds no identifier");
    } else {
        kithi_row_reject(row, KITH_REJECT_NO_KEY, "the key column \"%.100s\" is empty or missing",
                         mapping->columns[mapping->key].name);
    }
}

void kithi_draft_key(const kithi_draft *draft, kithi_row *row, char out[KITHI_DRAFT_KEY_BYTES],
                     const char **out_identifier, kith_value *out_value) {
    char number[NUMBER_TEXT_BYTES], form[KITHI_IDENTIFIER_MAX_BYTES];
    kith_value value = draft->key;
    const char *type = draft->mapping->key_attribute;
    const char *prefix = "";
    if (draft->mapping->key_is_identifier && draft->identifier_rank >= 0) {
        value = draft->identifier;
        type = kithi_columns_identifier((size_t)draft->identifier_rank);
        prefix = type;
    }
    kith_value text = one_form(type, text_of_key(value, number), form);
    if (text.as.text.size == 0) {
        reject_without_key(draft, row, value);
        return;
    }
    int size = snprintf(out, KITHI_DRAFT_KEY_BYTES, "%s%s", prefix, *prefix ? ":" : "");
    if (text.as.text.size + (size_t)size >= KITHI_DRAFT_KEY_BYTES) {
        kithi_row_reject(row, KITH_REJECT_TOO_LONG, "the key has %zu bytes, more than %d",
                         text.as.text.size, KITH_KEY_MAX_BYTES);
        return;
    }
    memcpy(out + size, text.as.text.data, text.as.text.size);
    out[(size_t)size + text.as.text.size] = '\0';
    if (out_identifier != NULL) {
        *out_identifier = type;
        *out_value = value;
    }
}

static bool read_time(const kithi_draft *draft, int64_t *out_us) {
    char number[NUMBER_TEXT_BYTES];
    kith_value value = draft->time;
    if (value.type == KITH_TYPE_TIME) {
        *out_us = value.as.time_us;
        return true;
    }
    if (value.type == KITH_TYPE_DATE) {
        return !__builtin_mul_overflow(value.as.date_days, DAY_US, out_us);
    }
    if (value.type == KITH_TYPE_REAL) { /* seconds and a fraction */
        return kithi_micros_of_real(value.as.real, out_us) && kithi_unix_is_likely(*out_us);
    }
    kith_value text = text_of_key(value, number);
    return text.as.text.size > 0 && kithi_time_read(text.as.text.data, text.as.text.size,
                                                    draft->date_order, out_us) == KITH_OK;
}

static void reject_time(const kithi_draft *draft, kithi_row *row, const char *column) {
    char number[NUMBER_TEXT_BYTES];
    kith_value text = draft->time;
    double real;
    if (text.type == KITH_TYPE_REAL) {
        kithi_real_format(text.as.real, number);
        text = kith_value_text(number);
    } else {
        text = text_of_key(text, number);
    }
    const char *data = text.as.text.data;
    size_t size = text.as.text.size;
    const char *what = size > 0 && kithi_real_parse(data, size, &real)
                           ? "no Unix time, as numbers are taken to be: write it like 2024-01-31"
                           : "no time of the years 0000 to 9999";
    size = kithi_text_valid_prefix(data, size < 60 ? size : 60);
    kithi_row_reject(row, KITH_REJECT_BAD_TIME, "\"%.*s\" in column \"%.100s\" is %s", (int)size,
                     data, column, what);
}

static bool is_missing(kith_value value) {
    return is_nothing(kithi_draft_trim(value));
}

void kithi_draft_time(const kithi_draft *draft, kithi_row *row, int64_t *out_us) {
    const kithi_mapping *mapping = draft->mapping;
    const char *column = mapping->columns[mapping->time].name;
    if (is_missing(draft->time)) {
        kithi_row_reject(row, KITH_REJECT_BAD_TIME,
                         "the time column \"%.100s\" is empty or missing", column);
    } else if (!read_time(draft, out_us)) {
        reject_time(draft, row, column);
    }
}

void kithi_draft_version(const kithi_draft *draft, kithi_row *row, int64_t now_us,
                         int64_t *out_us) {
    const kithi_mapping *mapping = draft->mapping;
    *out_us = now_us;
    if (mapping->time == KITHI_MAPPING_NONE) {
        return;
    }
    if (mapping->time_option != NULL) {
        kithi_draft_time(draft, row, out_us);
    } else if (is_missing(draft->time) || !read_time(draft, out_us)) {
        *out_us = now_us;
    }
}

bool kithi_draft_message_id(const kithi_draft *draft, kithi_row *row,
                            char out[KITHI_DRAFT_KEY_BYTES]) {
    char number[NUMBER_TEXT_BYTES];
    kith_value text = text_of_key(draft->message_id, number);
    kith_type type = draft->message_id.type;
    if (text.as.text.size == 0) {
        if (type == KITH_TYPE_REAL || type == KITH_TYPE_BOOLEAN || type == KITH_TYPE_DATE ||
            type == KITH_TYPE_TIME) {
            kithi_row_reject(row, KITH_REJECT_BAD_VALUE,
                             "the message id is neither a text nor a whole number");
        }
        return false;
    }
    if (text.as.text.size > KITH_KEY_MAX_BYTES) {
        kithi_row_reject(row, KITH_REJECT_TOO_LONG, "the message id has %zu bytes, more than %d",
                         text.as.text.size, KITH_KEY_MAX_BYTES);
        return false;
    }
    memcpy(out, text.as.text.data, text.as.text.size);
    out[text.as.text.size] = '\0';
    return true;
}

static void check_value(kithi_row *row, const char *name, const kith_value *value) {
    if (value->type == KITH_TYPE_TEXT && value->as.text.size > KITH_VALUE_MAX_BYTES) {
        kithi_row_reject(row, KITH_REJECT_TOO_LONG,
                         "a value of \"%.100s\" has %zu bytes, more than %d", name,
                         value->as.text.size, KITH_VALUE_MAX_BYTES);
    }
}

void kithi_draft_check_values(const kithi_draft *draft, kithi_row *row) {
    for (size_t i = 0; i < draft->field_count && !row->rejected; i++) {
        const kith_field *field = &draft->fields[i];
        check_value(row, field->name, &field->value);
        for (size_t k = 0; field->value.type == KITH_TYPE_LIST && k < field->value.as.list.count;
             k++) {
            check_value(row, field->name, &field->value.as.list.items[k]);
        }
    }
}
