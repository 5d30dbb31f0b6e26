#include "src/ingest/segment.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "src/base/number.h"
#include "src/base/time.h"

#define NUMBER_TEXT_BYTES 24

static const char *const type_names[] = {"identify", "track", "page", "screen", "group", "alias"};

/* Members. A wrong type is told; what is missing, null or empty is NULL. */

static const json_t *member_of(const json_t *object, const char *name) {
    const json_t *member = json_object_get(object, name);
    return json_is_null(member) ? NULL : member;
}

static const json_t *object_member(const json_t *object, const char *name, kithi_row *row) {
    const json_t *member = member_of(object, name);
    if (member == NULL || json_is_object(member)) {
        return member;
    }
    kithi_row_reject(row, KITH_REJECT_BAD_VALUE, "%s is not an object", name);
    return NULL;
}

static const char *text_member(const json_t *object, const char *name) {
    const char *text = json_string_value(member_of(object, name));
    return text != NULL && *text != '\0' ? text : NULL;
}

/* An id: a string with the space around it taken off, or an integer. False: memory is out. */
static bool id_member(const json_t *object, const char *name, kithi_arena *arena, kithi_row *row,
                      const char **out) {
    char number[NUMBER_TEXT_BYTES];
    const json_t *member = member_of(object, name);
    const char *text = json_string_value(member);
    *out = NULL;
    if (json_is_integer(member)) {
        snprintf(number, sizeof number, "%" PRId64, (int64_t)json_integer_value(member));
        text = number;
    }
    if (text == NULL && member != NULL) {
        kithi_row_reject(row, KITH_REJECT_BAD_VALUE, "%s is neither a string nor an integer", name);
    }
    if (text == NULL) {
        return true;
    }
    text += strspn(text, " \t\r\n");
    size_t size = strlen(text);
    while (size > 0 && strchr(" \t\r\n", text[size - 1]) != NULL) {
        size--;
    }
    if (size > KITH_KEY_MAX_BYTES) {
        kithi_row_reject(row, KITH_REJECT_TOO_LONG, "%s has %zu bytes, more than %d", name, size,
                         KITH_KEY_MAX_BYTES);
    }
    *out = size > 0 ? kithi_arena_copy(arena, text, size) : NULL;
    return size == 0 || *out != NULL;
}

static bool read_ids(const json_t *object, kithi_arena *arena, kithi_row *row,
                     kithi_segment_message *out) {
    return id_member(object, "userId", arena, row, &out->user_id) &&
           id_member(object, "anonymousId", arena, row, &out->anonymous_id) &&
           id_member(object, "previousId", arena, row, &out->previous_id) &&
           id_member(object, "groupId", arena, row, &out->group_id) &&
           id_member(object, "messageId", arena, row, &out->message_id);
}

/* The time of the message */

static bool time_value(const json_t *member, int64_t *out_us) {
    char number[NUMBER_TEXT_BYTES];
    if (json_is_real(member)) { /* seconds and a fraction */
        return kithi_micros_of_real(json_real_value(member), out_us) &&
               kithi_unix_is_likely(*out_us);
    }
    if (json_is_integer(member)) {
        int size = snprintf(number, sizeof number, "%" PRId64, (int64_t)json_integer_value(member));
        return kith_time_parse(number, (size_t)size, out_us) == KITH_OK;
    }
    return json_is_string(member) && kith_time_parse(json_string_value(member),
                                                     json_string_length(member), out_us) == KITH_OK;
}

/* Whether the message says a time; `out_us` is then that. */
static bool read_time(const json_t *object, kithi_row *row, int64_t *out_us) {
    static const char *const names[] = {"timestamp", "originalTimestamp", "sentAt", "receivedAt"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        const json_t *member = member_of(object, names[i]);
        if (member == NULL || (json_is_string(member) && json_string_length(member) == 0)) {
            continue;
        }
        if (!time_value(member, out_us)) {
            kithi_row_reject(row, KITH_REJECT_BAD_TIME, "%s is no time of the years 0000 to 9999",
                             names[i]);
        }
        return true;
    }
    return false;
}

/* The time of an event is part of what it is: a later import must not give it another. */
static void decide_time(const json_t *object, int64_t now_us, kithi_row *row,
                        kithi_segment_message *out) {
    out->time_us = now_us;
    bool is_event = out->type != KITHI_SEGMENT_IDENTIFY && out->type != KITHI_SEGMENT_ALIAS;
    if (!read_time(object, row, &out->time_us) && is_event && out->message_id == NULL) {
        kithi_row_reject(row, KITH_REJECT_BAD_TIME,
                         "a %s message needs timestamp or messageId: with neither, importing it "
                         "again would add it again",
                         type_names[out->type]);
    }
}

/* What each type needs */

static bool read_type(const json_t *object, kithi_segment_message *out) {
    const char *name = text_member(object, "type");
    for (size_t i = 0; name != NULL && i < sizeof type_names / sizeof type_names[0]; i++) {
        if (strcmp(name, type_names[i]) == 0) {
            out->type = (kithi_segment_type)i;
            return true;
        }
    }
    return false;
}

static void check_needs(const json_t *object, kithi_row *row, kithi_segment_message *out) {
    out->key = out->user_id ? out->user_id : out->anonymous_id;
    if (out->key == NULL) {
        kithi_row_reject(row, KITH_REJECT_NO_KEY, "neither userId nor anonymousId is there");
        return;
    }
    switch (out->type) {
    case KITHI_SEGMENT_TRACK:
        out->event = text_member(object, "event");
        if (out->event == NULL) {
            kithi_row_reject(row, KITH_REJECT_BAD_VALUE, "a track message needs its event's name");
        }
        break;
    case KITHI_SEGMENT_GROUP:
        out->event = type_names[out->type];
        if (out->group_id == NULL) {
            kithi_row_reject(row, KITH_REJECT_BAD_VALUE, "a group message needs groupId");
        }
        break;
    case KITHI_SEGMENT_ALIAS:
        if (out->previous_id == NULL) {
            kithi_row_reject(row, KITH_REJECT_NO_KEY, "an alias message needs previousId");
        }
        break;
    default:
        out->event = type_names[out->type];
        break;
    }
}

int kithi_segment_read(const json_t *object, int64_t now_us, kithi_arena *arena, kithi_row *row,
                       kithi_segment_message *out) {
    memset(out, 0, sizeof *out);
    if (!read_type(object, out)) {
        kithi_row_reject(row, KITH_REJECT_BAD_VALUE,
                         "type is none of identify, track, page, screen, group, alias");
        return KITH_OK;
    }
    const json_t *context = object_member(object, "context", row);
    out->traits = object_member(object, "traits", row);
    out->context_traits = context ? object_member(context, "traits", row) : NULL;
    out->device_id = context ? text_member(json_object_get(context, "device"), "id") : NULL;
    out->properties = object_member(object, "properties", row);
    out->name = text_member(object, "name");
    out->category = text_member(object, "category");
    if (!read_ids(object, arena, row, out)) {
        return KITH_NO_MEMORY;
    }
    if (!row->rejected) {
        check_needs(object, row, out);
    }
    if (!row->rejected) {
        decide_time(object, now_us, row, out);
    }
    return KITH_OK;
}
