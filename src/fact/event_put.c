/*
 * Putting events: they land in the log; a second copy is found inside the record, landed or packed.
 */
#include <stdlib.h>
#include <string.h>

#include "src/base/bytes.h"
#include "src/base/sized.h"
#include "src/base/text.h"
#include "src/fact/coerce.h"
#include "src/fact/event.h"
#include "src/fact/record_key.h"

#define PROPERTIES_MAX 1000

/* An event of the same record that is the same, or has the same message id, as the one that is put.
 */
typedef struct twin {
    kithi_event event;
    bool packed;
    uint64_t sequence, before; /* of a landed one */
} twin;

static int refuse(kith_txn *txn, const char *name, const char *problem) {
    return kithi_error_set(kithi_txn_error(txn), KITH_INVALID, "property '%.60s' %s", name,
                           problem);
}

static int compare_fields(const void *a, const void *b) {
    const kith_field *const *x = a;
    const kith_field *const *y = b;
    int order = strcmp((*x)->name, (*y)->name);
    return order != 0 ? order : (*x > *y) - (*x < *y);
}

#define FEW_FIELDS 16

/* Few properties, which is almost always, are sorted by insertion: no calls, and often they are in
 * order already. */
static void sort_by_name(const kith_field **fields, size_t count) {
    if (count > FEW_FIELDS) {
        qsort(fields, count, sizeof *fields, compare_fields);
        return;
    }
    for (size_t i = 1; i < count; i++) {
        const kith_field *field = fields[i];
        size_t at = i;
        for (; at > 0 && compare_fields(&fields[at - 1], &field) > 0; at--) {
            fields[at] = fields[at - 1];
        }
        fields[at] = field;
    }
}

/* The given properties in order of their names; of one name the last; null is no value. */
static int sort_fields(kith_txn *txn, const kith_event_input *input, const kith_field ***out,
                       size_t *out_count) {
    const kith_field **sorted =
        kithi_arena_calloc(kithi_txn_arena(txn), input->field_count + 1, sizeof *sorted);
    size_t count = 0;
    if (sorted == NULL) {
        return kithi_error_memory(kithi_txn_error(txn));
    }
    for (size_t i = 0; i < input->field_count; i++) {
        if (input->fields[i].name == NULL) {
            return kithi_error_set(kithi_txn_error(txn), KITH_INVALID, "a property needs a name");
        }
        if (input->fields[i].value.type != KITH_TYPE_NULL) {
            sorted[count++] = &input->fields[i];
        }
    }
    sort_by_name(sorted, count);
    size_t kept = 0;
    for (size_t i = 0; i < count; i++) {
        if (i + 1 == count || strcmp(sorted[i]->name, sorted[i + 1]->name) != 0) {
            sorted[kept++] = sorted[i];
        }
    }
    *out = sorted;
    *out_count = kept;
    return KITH_OK;
}

static int pack_properties(kith_txn *txn, const kith_event_input *input, kithi_buffer *out) {
    const kith_field **fields = NULL;
    size_t count = 0;
    int rc = sort_fields(txn, input, &fields, &count);
    if (rc != KITH_OK) {
        return rc;
    }
    kithi_pack_map(out, (uint32_t)count);
    for (size_t i = 0; rc == KITH_OK && i < count; i++) {
        uint16_t property;
        const char *problem = kithi_value_problem(&fields[i]->value);
        rc = problem == NULL ? KITH_OK : refuse(txn, fields[i]->name, problem);
        if (rc == KITH_OK) {
            rc = kithi_define_property(txn, fields[i]->name, &property);
        }
        if (rc == KITH_OK) {
            kithi_pack_uint(out, property);
            if (!kithi_pack_value(out, &fields[i]->value)) {
                rc = refuse(txn, fields[i]->name, "is nested too deep or of no known type");
            }
        }
    }
    if (rc == KITH_OK && out->size > KITH_EVENT_MAX_BYTES) {
        rc = kithi_error_set(kithi_txn_error(txn), KITH_INVALID,
                             "the event's properties take more than 1 MiB");
    }
    if (rc == KITH_OK && !kithi_buffer_ok(out)) {
        rc = kithi_error_memory(kithi_txn_error(txn));
    }
    return rc;
}

static int take_input(kith_txn *txn, const kith_event_input *given, kith_event_input *out) {
    kith_error *error = kithi_txn_error(txn);
    int rc = kithi_txn_check_write(txn);
    if (rc == KITH_OK && given == NULL) {
        rc = kithi_error_set(error, KITH_MISUSE, "a kith_event_input is required");
    }
    if (rc == KITH_OK) {
        rc = kithi_take(given, out, sizeof *out, "kith_event_input", error);
    }
    if (rc == KITH_OK && out->field_count > 0 && out->fields == NULL) {
        rc = kithi_error_set(error, KITH_MISUSE, "kith_event_input: the fields are missing");
    }
    return rc;
}

static int check_input(kith_txn *txn, const kith_event_input *input) {
    kith_error *error = kithi_txn_error(txn);
    if (input->type == NULL || input->type[0] == '\0') {
        return kithi_error_set(error, KITH_INVALID, "an event needs a type");
    }
    if (input->time_us == INT64_MAX) { /* it means never, and no range of times holds it */
        return kithi_error_set(error, KITH_INVALID, "an event's time is less than INT64_MAX");
    }
    if (input->field_count > PROPERTIES_MAX) {
        return kithi_error_set(error, KITH_INVALID, "an event has at most %d properties",
                               PROPERTIES_MAX);
    }
    if (input->message_id != NULL) {
        size_t size = strlen(input->message_id);
        if (size > KITH_KEY_MAX_BYTES || !kithi_text_valid(input->message_id, size)) {
            return kithi_error_set(error, KITH_INVALID, "a message id is UTF-8 of at most %d bytes",
                                   KITH_KEY_MAX_BYTES);
        }
    }
    return kithi_record_check_names(txn, input->source, input->key);
}

static int make_event(kith_txn *txn, const kith_event_input *input, kithi_buffer *properties,
                      kithi_event *out) {
    const kithi_event_type *type;
    int rc = pack_properties(txn, input, properties);
    if (rc == KITH_OK) {
        rc = kithi_define_event_type(txn, input->type, &type);
    }
    if (rc != KITH_OK) {
        return rc;
    }
    bool has_id = input->message_id != NULL && input->message_id[0] != '\0';
    *out = (kithi_event){.time_us = input->time_us,
                         .type = type->id,
                         .message_id = has_id ? input->message_id : NULL,
                         .message_id_size = has_id ? strlen(input->message_id) : 0,
                         .properties = properties->data,
                         .properties_size = properties->size};
    out->identity = kithi_event_identity(kithi_txn_catalog(txn), out);
    return KITH_OK;
}

/* Looks for a twin in the packed block of a time. */
static int find_packed(kith_txn *txn, uint32_t record, int64_t time_us, const kithi_event *event,
                       twin *out) {
    kithi_block_place place;
    int rc = kithi_block_find(txn, record, time_us, event->identity, &place);
    if (rc != KITH_OK) {
        return rc;
    }
    kithi_walker block = kithi_walker_of(place.content.data, place.content.size);
    int64_t last_us = kithi_get_time(place.key + 4);
    while (kithi_block_next(&block, &last_us, &out->event)) {
        if (out->event.time_us == time_us && kithi_event_same(&out->event, event)) {
            out->event.identity = event->identity;
            out->packed = true;
            return KITH_OK;
        }
    }
    return KITH_NOT_FOUND;
}

/* Looks for a packed event with the same message id. */
static int find_message(kith_txn *txn, uint32_t record, const kithi_event *event, twin *out) {
    uint8_t number[4], wanted[KITHI_MESSAGE_BYTES];
    kithi_cursor *cursor;
    kithi_put32(number, record);
    kithi_message_write(wanted, event->identity, INT64_MIN);
    kithi_slice key = {number, sizeof number}, value = {wanted, sizeof wanted};
    int rc = kithi_cursor_of(txn, KITHI_TABLE_EVENT_MESSAGE, &cursor);
    if (rc == KITH_OK) {
        rc = kithi_cursor_seek(cursor, KITHI_SEEK_VALUE_FROM, &key, &value);
    }
    while (rc == KITH_OK && value.size == sizeof wanted && memcmp(value.data, wanted, 8) == 0) {
        rc = find_packed(txn, record, kithi_get_time(value.data + 8), event, out);
        if (rc != KITH_NOT_FOUND) {
            return rc;
        }
        rc = kithi_cursor_seek(cursor, KITHI_SEEK_NEXT_OF_KEY, &key, &value);
    }
    return rc == KITH_OK ? KITH_NOT_FOUND : rc;
}

/* Looks through the record's chain, if the filter doesn't rule that out. */
static int find_landed(kith_txn *txn, uint32_t record, const kithi_chain *chain,
                       const kithi_event *event, twin *out) {
    uint64_t next = kithi_chain_may_have(chain, event->identity) ? chain->last : 0;
    while (next != 0) {
        out->sequence = next;
        int rc = kithi_chain_step(txn, record, &next, &out->event);
        if (rc != KITH_OK) {
            return rc;
        }
        if (kithi_event_same(&out->event, event)) {
            out->event.identity = event->identity;
            out->packed = false;
            out->before = next;
            return KITH_OK;
        }
    }
    return KITH_NOT_FOUND;
}

static int find_twin(kith_txn *txn, uint32_t record, const kithi_chain *chain,
                     const kithi_event *event, twin *out) {
    uint64_t blocks;
    int rc = find_landed(txn, record, chain, event, out);
    if (rc != KITH_NOT_FOUND) {
        return rc;
    }
    rc = kithi_count(txn, KITHI_TABLE_EVENT, &blocks);
    if (rc != KITH_OK || blocks == 0) {
        return rc == KITH_OK ? KITH_NOT_FOUND : rc;
    }
    return event->message_id != NULL ? find_message(txn, record, event, out)
                                     : find_packed(txn, record, event->time_us, event, out);
}

/* Writes an event's row into the log. */
static int write_log(kith_txn *txn, uint32_t record, uint64_t sequence, uint64_t before,
                     const kithi_event *event) {
    uint8_t key[8];
    kithi_buffer row;
    kithi_buffer_init(&row);
    kithi_put64(key, sequence);
    kithi_log_write(&row, record, before, event);
    int rc = kithi_buffer_ok(&row)
                 ? kithi_append(txn, KITHI_TABLE_EVENT_LOG, key, sizeof key, row.data, row.size)
                 : kithi_txn_poison(txn, kithi_error_memory(kithi_txn_error(txn)));
    kithi_buffer_clear(&row);
    return rc;
}

/* A new event lands at the end of the log and of its record's chain. */
static int land(kith_txn *txn, uint32_t record, kithi_chain *chain, const kithi_event *event) {
    kithi_counters *counters;
    uint64_t packed;
    int rc = kithi_txn_counters(txn, &counters);
    if (rc == KITH_OK) {
        rc = write_log(txn, record, counters->next_sequence, chain->last, event);
    }
    if (rc != KITH_OK) {
        return rc;
    }
    chain->last = counters->next_sequence++;
    chain->count++;
    kithi_chain_mark(chain, event->identity);
    rc = kithi_chain_put(txn, record, chain);
    return rc == KITH_OK && chain->count > KITHI_CHAIN_MAX ? kithi_events_pack(txn, record, &packed)
                                                           : rc;
}

/* Whether two packed events with message ids share their row of message ids: their hashes collide
 * at one time. */
static bool share_entry(const kithi_catalog *catalog, const kithi_event *a, const kithi_event *b) {
    return a->message_id != NULL && a->time_us == b->time_us &&
           kithi_event_identity(catalog, a) == b->identity;
}

/* Writes a block without one of its events; *out_shared: another one needs its row of message ids.
 */
static int cut_from_block(kith_txn *txn, uint32_t record, const kithi_event *event,
                          bool *out_shared) {
    kithi_block_place place;
    int rc = kithi_block_find(txn, record, event->time_us, event->identity, &place);
    if (rc != KITH_OK) {
        return rc == KITH_NOT_FOUND ? kithi_event_damaged(txn, record) : rc;
    }
    kithi_buffer rest;
    kithi_event present;
    uint8_t first[KITHI_EVENT_KEY_BYTES];
    kithi_buffer_init(&rest);
    kithi_walker block = kithi_walker_of(place.content.data, place.content.size);
    int64_t last_us = kithi_get_time(place.key + 4), written_us = 0;
    *out_shared = false;
    while (kithi_block_next(&block, &last_us, &present)) {
        if (kithi_event_same(&present, event)) {
            continue;
        }
        *out_shared = *out_shared || share_entry(kithi_txn_catalog(txn), &present, event);
        if (rest.size == 0) {
            written_us = present.time_us;
            kithi_block_key(first, record, present.time_us,
                            kithi_event_identity(kithi_txn_catalog(txn), &present));
        }
        kithi_block_append(&rest, &written_us, &present);
    }
    if (!kithi_buffer_ok(&rest)) {
        rc = kithi_error_memory(kithi_txn_error(txn));
    } else if (!kithi_walker_done(&block)) {
        rc = kithi_event_damaged(txn, record);
    }
    if (rc == KITH_OK) {
        rc = kithi_delete(txn, KITHI_TABLE_EVENT, place.key, sizeof place.key);
    }
    if (rc == KITH_OK && rest.size > 0) {
        rc = kithi_put(txn, KITHI_TABLE_EVENT, first, sizeof first, rest.data, rest.size);
    }
    kithi_buffer_clear(&rest);
    return rc == KITH_OK ? rc : kithi_txn_poison(txn, rc);
}

/* Takes a packed event out of its block. */
static int unpack(kith_txn *txn, uint32_t record, const kithi_event *event) {
    uint8_t number[4], row[KITHI_MESSAGE_BYTES];
    kithi_counters *counters;
    bool shared = false;
    kithi_put32(number, record);
    kithi_message_write(row, event->identity, event->time_us);
    int rc = kithi_txn_counters(txn, &counters);
    if (rc == KITH_OK) {
        rc = cut_from_block(txn, record, event, &shared);
    }
    if (rc == KITH_OK) {
        counters->packed_events--;
    }
    return rc == KITH_OK && !shared ? kithi_delete_one(txn, KITHI_TABLE_EVENT_MESSAGE, number,
                                                       sizeof number, row, sizeof row)
                                    : rc;
}

/* Puts beside what the record has of it. */
static int put_event(kith_txn *txn, uint32_t record, const kithi_event *event, kith_change *out) {
    twin old;
    kithi_chain chain;
    *out = KITH_ADDED;
    int rc = kithi_chain_get(txn, record, &chain);
    if (rc == KITH_OK) {
        rc = find_twin(txn, record, &chain, event, &old);
    }
    if (rc == KITH_NOT_FOUND) {
        return land(txn, record, &chain, event);
    }
    if (rc != KITH_OK) {
        return rc;
    }
    const kithi_catalog *catalog = kithi_txn_catalog(txn);
    if (event->message_id == NULL || !kithi_event_precedes(catalog, event, &old.event)) {
        bool copy = event->message_id == NULL || !kithi_event_precedes(catalog, &old.event, event);
        *out = copy ? KITH_UNCHANGED : KITH_IGNORED;
        return KITH_OK;
    }
    *out = KITH_UPDATED;
    if (!old.packed) {
        return write_log(txn, record, old.sequence, old.before, event);
    }
    rc = unpack(txn, record, &old.event);
    return rc == KITH_OK ? land(txn, record, &chain, event) : rc;
}

/* Makes what the event names, then puts it. */
static int put_input(kith_txn *txn, const kith_event_input *input, kith_change *out_change) {
    kithi_buffer properties;
    kithi_event event;
    uint32_t record;
    bool added;
    kithi_buffer_init(&properties);
    int rc = make_event(txn, input, &properties, &event);
    if (rc == KITH_OK) {
        rc = kithi_record_obtain(txn, input->source, input->key, &record, &added);
    }
    if (rc == KITH_OK) {
        rc = put_event(txn, record, &event, out_change);
    }
    if (rc == KITH_OK && (*out_change == KITH_ADDED || *out_change == KITH_UPDATED)) {
        rc = kithi_fact_note(txn, record);
    }
    kithi_buffer_clear(&properties);
    return rc;
}

int kith_event_put(kith_txn *txn, const kith_event_input *given, kith_change *out_change) {
    kith_event_input input = KITH_EVENT_INPUT_INIT;
    kith_change change = KITH_UNCHANGED;
    int rc = take_input(txn, given, &input);
    if (rc == KITH_OK) {
        rc = check_input(txn, &input);
    }
    if (rc == KITH_OK) {
        const kithi_defined before = kithi_define_begin(txn);
        rc = put_input(txn, &input, &change);
        rc = rc == KITH_INVALID ? kithi_define_undo(txn, &before, rc) : rc;
    }
    if (rc == KITH_OK && out_change != NULL) {
        *out_change = change;
    }
    return rc;
}
