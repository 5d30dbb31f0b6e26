/*
 * Segment-spec lines as facts.
 *
 * A record stands for each userId and each anonymousId. Where a message has both, the anonymous
 * record also gets the user's id, which links the two; a device that two users share then carries
 * two user ids and joins neither. A trait never gives a record a second user id.
 */
#include <string.h>

#include "src/base/amount.h"
#include "src/ingest/import.h"
#include "src/ingest/jsonl.h"
#include "src/ingest/segment.h"
#include "src/store/txn.h"

#define LINKED_BY "segment alias"

/* A message at work. */
typedef struct task {
    kithi_import *import;
    kithi_row *row;
    kithi_segment_message message;
} task;

static int put_fields(task *t, const char *key, kithi_batch_how how, const kith_field *fields,
                      size_t count) {
    kith_record_input input = KITH_RECORD_INPUT_INIT;
    input.source = t->import->options.source;
    input.key = key;
    input.at_us = t->message.time_us;
    input.fields = fields;
    input.field_count = count;
    return kithi_batch_record(&t->import->batch, t->row, how, &input);
}

/* Who the message speaks of. */
static int add_ids(task *t) {
    const kithi_segment_message *m = &t->message;
    int code = KITH_OK;
    if (m->anonymous_id != NULL) {
        kith_field fields[2] = {{"anonymous_id", kith_value_text(m->anonymous_id)}};
        size_t count = 1;
        if (m->user_id != NULL) {
            fields[count++] = (kith_field){"user_id", kith_value_text(m->user_id)};
        }
        code = put_fields(t, m->anonymous_id, KITHI_BATCH_ADD, fields, count);
    }
    if (code == KITH_OK && !t->row->rejected && m->user_id != NULL) {
        kith_field field = {"user_id", kith_value_text(m->user_id)};
        code = put_fields(t, m->user_id, KITHI_BATCH_ADD, &field, 1);
    }
    return code;
}

/* Traits: attributes of the record. A null takes one away. */

/* A trait that would become the user's id, in a message that says it itself: the message wins, and
 * what the trait says otherwise goes to the trait's own name, as two ids would make the record
 * shared. */
static bool is_second_user_id(const task *t, uint32_t column) {
    const kithi_column *as = &t->import->mapping.columns[column];
    return t->message.user_id != NULL && !as->mapped && as->attribute != NULL &&
           strcmp(as->attribute, "user_id") == 0;
}

static bool is_user_id_again(const task *t, uint32_t column, kith_value value) {
    kith_value text = kithi_draft_trim(value);
    return is_second_user_id(t, column) && text.type == KITH_TYPE_TEXT &&
           text.as.text.size == strlen(t->message.user_id) &&
           memcmp(text.as.text.data, t->message.user_id, text.as.text.size) == 0;
}

static int take_trait(void *context, const char *path, size_t path_bytes, kith_value value) {
    task *t = context;
    kith_error problem = KITH_ERROR_INIT;
    uint32_t column = KITHI_MAPPING_NONE;
    int code = kithi_mapping_member(&t->import->mapping, path, path_bytes, &column, &problem);
    if (code == KITH_INVALID || code == KITH_LIMIT) {
        kithi_row_reject(t->row, KITH_REJECT_BAD_VALUE, "%s", problem.message);
        return KITH_OK;
    }
    if (code == KITH_OK && column == KITHI_MAPPING_NONE) {
        t->import->mapping.unmapped_values++;
        return KITH_OK;
    }
    if (code != KITH_OK || is_user_id_again(t, column, value)) {
        return code;
    }
    kithi_draft *draft = &t->import->draft;
    bool added = is_second_user_id(t, column) ? kithi_draft_add_own(draft, column, value)
                                              : kithi_draft_add_any(draft, column, value);
    return added ? KITH_OK : KITH_NO_MEMORY;
}

/* The traits of the message over those of its context; owned; NULL where memory is out. */
static json_t *merge_traits(const kithi_segment_message *m) {
    bool of_group = m->type == KITHI_SEGMENT_GROUP; /* then they are the group's */
    json_t *merged = json_object();
    int failed = merged == NULL;
    if (!failed && m->context_traits != NULL) {
        failed = json_object_update(merged, (json_t *)(uintptr_t)m->context_traits);
    }
    if (!failed && m->traits != NULL && !of_group) {
        failed = json_object_update(merged, (json_t *)(uintptr_t)m->traits);
    }
    if (failed) {
        json_decref(merged);
        merged = NULL;
    }
    return merged;
}

static int patch_traits(task *t) {
    kithi_draft *draft = &t->import->draft;
    json_t *traits = merge_traits(&t->message);
    if (traits == NULL) {
        return kithi_error_memory(t->import->error);
    }
    int code = kithi_json_walk(traits, KITHI_JSON_FLAT, &draft->arena, t->row, take_trait, t);
    if (code != KITH_OK) {
        kithi_error_memory(t->import->error);
    }
    if (code == KITH_OK && !t->row->rejected) {
        kithi_draft_check_values(draft, t->row);
    }
    if (code == KITH_OK && !t->row->rejected && draft->field_count > 0) {
        code = put_fields(t, t->message.key, KITHI_BATCH_PATCH, draft->fields, draft->field_count);
    }
    json_decref(traits);
    return code;
}

/* The device stands in the context; a person's record gets each one that it is seen with. */
static int add_device(task *t) {
    static const char path[] = "context.device.id";
    kithi_mapping *mapping = &t->import->mapping;
    uint32_t column = KITHI_MAPPING_NONE;
    kith_value device =
        kithi_draft_trim(kith_value_text(t->message.device_id ? t->message.device_id : ""));
    if (device.as.text.size == 0) {
        return KITH_OK;
    }
    int code = kithi_mapping_member(mapping, path, strlen(path), &column, t->import->error);
    if (code != KITH_OK || column == KITHI_MAPPING_NONE ||
        mapping->columns[column].attribute == NULL) {
        return code;
    }
    kith_field field = {mapping->columns[column].attribute, device};
    return put_fields(t, t->message.key, KITHI_BATCH_ADD, &field, 1);
}

/* Events */

static void add_unless_there(kith_field *fields, size_t *count, const char *name,
                             const char *text) {
    for (size_t i = 0; i < *count; i++) {
        if (strcmp(fields[i].name, name) == 0) {
            return;
        }
    }
    if (text != NULL) {
        fields[(*count)++] = (kith_field){name, kith_value_text(text)};
    }
}

static bool is_in(const char *name, const char *const *names, size_t count) {
    for (size_t i = 0; i < count; i++) {
        if (strcmp(names[i], name) == 0) {
            return true;
        }
    }
    return false;
}

static bool is_blank(kith_value value) {
    return value.type == KITH_TYPE_NULL ||
           (value.type == KITH_TYPE_TEXT && kithi_draft_trim(value).as.text.size == 0);
}

/* Notes the properties that the event's type would sum and can't. */
static bool check_numbers(task *t, const kith_field *fields, size_t count) {
    kithi_batch *batch = &t->import->batch;
    const char *const *sums = NULL;
    size_t sum_count = kithi_import_sums(kithi_txn_catalog(batch->txn), t->message.event, &sums);
    bool fine = true;
    int64_t micros;
    for (size_t i = 0; fine && i < count; i++) {
        if (is_in(fields[i].name, sums, sum_count) && !is_blank(fields[i].value) &&
            !kithi_amount_summed(&fields[i].value, &micros)) {
            fine = kithi_tally_note(&batch->non_numbers, fields[i].name);
        }
    }
    return fine;
}

/* The properties of the message and what stands beside them. */
static kith_field *event_fields(task *t, size_t *out_count) {
    const kithi_segment_message *m = &t->message;
    kithi_arena *arena = &t->import->draft.arena;
    bool of_group = m->type == KITHI_SEGMENT_GROUP;
    const json_t *given = of_group ? m->traits : m->properties;
    kith_value map = {KITH_TYPE_MAP, {0}};
    if (given != NULL && !kithi_json_value(arena, given, &map)) {
        return NULL;
    }
    kith_field *fields = kithi_arena_calloc(arena, map.as.map.count + 2, sizeof *fields);
    *out_count = 0;
    if (fields == NULL) {
        return NULL;
    }
    if (of_group) {
        add_unless_there(fields, out_count, "group_id", m->group_id);
    }
    for (size_t i = 0; i < map.as.map.count; i++) {
        const kith_field *field = &map.as.map.fields[i];
        bool taken = of_group && strcmp(field->name, "group_id") == 0;
        if (field->name[0] != '\0' && !taken) {
            fields[(*out_count)++] = *field;
        }
    }
    if (!of_group) {
        add_unless_there(fields, out_count, "name", m->name);
        add_unless_there(fields, out_count, "category", m->category);
    }
    return check_numbers(t, fields, *out_count) ? fields : NULL;
}

static int put_event(task *t) {
    kith_event_input input = KITH_EVENT_INPUT_INIT;
    input.fields = event_fields(t, &input.field_count);
    if (input.fields == NULL) {
        return kithi_error_memory(t->import->error);
    }
    input.source = t->import->options.source;
    input.key = t->message.key;
    input.type = t->message.event;
    input.time_us = t->message.time_us;
    input.message_id = t->message.message_id;
    return kithi_batch_event(&t->import->batch, t->row, &input);
}

static int put_group(task *t) {
    kith_field field = {"group_id", kith_value_text(t->message.group_id)};
    int code = put_fields(t, t->message.key, KITHI_BATCH_ADD, &field, 1);
    return code == KITH_OK && !t->row->rejected ? put_event(t) : code;
}

/* The earlier id may never have been seen: its record is made with nothing in it. */
static int put_alias(task *t) {
    const kithi_segment_message *m = &t->message;
    int code = put_fields(t, m->previous_id, KITHI_BATCH_ADD, NULL, 0);
    if (code != KITH_OK || t->row->rejected) {
        return code;
    }
    return kithi_batch_link(&t->import->batch, t->row, m->previous_id, m->key, LINKED_BY,
                            m->time_us);
}

static int put_rest(task *t) {
    switch (t->message.type) {
    case KITHI_SEGMENT_IDENTIFY:
        return KITH_OK;
    case KITHI_SEGMENT_GROUP:
        return put_group(t);
    case KITHI_SEGMENT_ALIAS:
        return put_alias(t);
    default:
        return put_event(t);
    }
}

static int put_message(task *t) {
    kithi_batch_date(&t->import->batch, t->message.time_us);
    int code = add_ids(t); /* begins the transaction that what follows goes on with */
    if (code == KITH_OK && !t->row->rejected) {
        code = patch_traits(t);
    }
    if (code == KITH_OK && !t->row->rejected) {
        code = add_device(t);
    }
    if (code == KITH_OK && !t->row->rejected) {
        code = put_rest(t);
    }
    return code;
}

static int take_line(kithi_import *import, kithi_row *row) {
    task t = {import, row, {0}};
    json_t *object = NULL;
    kithi_draft_reset(&import->draft);
    int code = row->rejected ? KITH_OK : kithi_json_parse(row, &object, import->error);
    if (object != NULL) {
        code = kithi_segment_read(object, import->options.now_us, &import->draft.arena, row,
                                  &t.message);
        if (code != KITH_OK) {
            kithi_error_memory(import->error);
        } else if (!row->rejected) {
            code = put_message(&t);
        }
    }
    if (code == KITH_OK) {
        code = kithi_batch_end_row(&import->batch, row);
    }
    json_decref(object);
    return code;
}

int kithi_import_segment(kithi_import *import) {
    kithi_lines lines;
    kithi_row row;
    int code = KITH_OK;
    kithi_lines_init(&lines, &import->input, 0);
    while (code == KITH_OK) {
        code = kithi_lines_next(&lines, &row, import->error);
        if (code == KITH_OK) {
            code = take_line(import, &row);
        }
    }
    kithi_lines_clear(&lines);
    return code == KITH_DONE ? KITH_OK : code;
}
