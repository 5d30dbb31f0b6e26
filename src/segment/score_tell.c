#include "src/segment/score_tell.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define REASON_BYTES 512

static kithi_score_reason *make_room(kithi_score_telling *t) {
    if (t->count == t->capacity) {
        size_t capacity = t->capacity > 0 ? 2 * t->capacity : 8;
        kithi_score_reason *grown = kithi_arena_calloc(t->arena, capacity, sizeof *grown);
        if (grown == NULL) {
            t->out_of_memory = true;
            return NULL;
        }
        if (t->count > 0) {
            memcpy(grown, t->reasons, t->count * sizeof *grown);
        }
        t->reasons = grown;
        t->capacity = capacity;
    }
    return &t->reasons[t->count];
}

static void add(kithi_score_telling *t, kithi_score_reason reason, const char *format,
                va_list arguments) {
    char text[REASON_BYTES];
    kithi_score_reason *room = make_room(t);
    vsnprintf(text, sizeof text, format, arguments);
    reason.text = room != NULL ? kithi_arena_copy(t->arena, text, strlen(text)) : NULL;
    if (reason.text == NULL) {
        t->out_of_memory = true;
    } else {
        *room = reason;
        t->count++;
    }
}

void kithi_score_tell(kithi_score_telling *t, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    add(t, (kithi_score_reason){NULL, false, 0}, format, arguments);
    va_end(arguments);
}

void kithi_score_tell_share(kithi_score_telling *t, double share, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    add(t, (kithi_score_reason){NULL, true, share}, format, arguments);
    va_end(arguments);
}
