/*
 * Messages of the Segment spec, a JSON object each: identify, track, page, screen, group, alias.
 * Reading one only takes it apart and checks it; import_segment.c makes the facts.
 */
#ifndef KITHI_INGEST_SEGMENT_H
#define KITHI_INGEST_SEGMENT_H

#include <jansson.h>

#include "src/base/arena.h"
#include "src/ingest/lines.h"

typedef enum kithi_segment_type {
    KITHI_SEGMENT_IDENTIFY,
    KITHI_SEGMENT_TRACK,
    KITHI_SEGMENT_PAGE,
    KITHI_SEGMENT_SCREEN,
    KITHI_SEGMENT_GROUP,
    KITHI_SEGMENT_ALIAS
} kithi_segment_type;

/* Texts are NULL where the message has none; all is borrowed from the JSON and the arena. */
typedef struct kithi_segment_message {
    kithi_segment_type type;
    const char *key; /* of the record it speaks of: user_id, or else anonymous_id */
    const char *user_id, *anonymous_id, *previous_id, *group_id, *message_id;
    const char *event; /* the event's type: of track its name, else "page", "screen", "group" */
    const char *name, *category;
    const char *device_id; /* of the context */
    int64_t time_us;
    const json_t *traits, *context_traits, *properties; /* objects, or NULL */
} kithi_segment_message;

/*
 * Reads a message, or rejects the row.
 * @param now_us  the time of a message that has none; an event without one needs a message id, or
 *                else it would be another event each time it is read.
 * @return KITH_OK; KITH_NO_MEMORY.
 */
int kithi_segment_read(const json_t *object, int64_t now_us, kithi_arena *arena, kithi_row *row,
                       kithi_segment_message *out);

#endif
