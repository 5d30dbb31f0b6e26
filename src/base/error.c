#include "src/base/error.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "src/base/sized.h"
#include "src/base/text.h"

/* A caller's struct may be shorter: its message is then cut. */
static void give(kith_error *to, const kith_error *from) {
    kithi_give(to, from, sizeof *from);
    if (to->size < sizeof *to && to->size > offsetof(kith_error, message)) {
        ((char *)to)[to->size - 1] = '\0';
        kithi_text_mend(to->message);
    }
}

/* What a message quotes may hold anything; it stays one line that can be shown. */
static void make_one_line(char *message) {
    for (; *message != '\0'; message++) {
        if ((unsigned char)*message < ' ' || *message == '\x7f') {
            *message = ' ';
        }
    }
}

static void set(kith_error *error, int code, int64_t position, const char *format, va_list list) {
    kith_error whole = KITH_ERROR_INIT;
    kith_error *said = &whole;
    if (error == NULL) {
        return;
    }
    if (error->size >= sizeof *error) {
        said = error;
    }
    said->code = code;
    said->position = position;
    vsnprintf(said->message, sizeof said->message, format, list);
    kithi_text_mend(said->message); /* formats cut what they show, and the message ends */
    make_one_line(said->message);
    if (said != error) {
        give(error, said);
    }
}

int kithi_error_set(kith_error *error, int code, const char *format, ...) {
    va_list list;
    va_start(list, format);
    set(error, code, -1, format, list);
    va_end(list);
    return code;
}

int kithi_error_set_at(kith_error *error, int code, int64_t position, const char *format, ...) {
    va_list list;
    va_start(list, format);
    set(error, code, position, format, list);
    va_end(list);
    return code;
}

int kithi_error_memory(kith_error *error) {
    return kithi_error_set(error, KITH_NO_MEMORY, "out of memory");
}

void kithi_error_copy(kith_error *to, const kith_error *from) {
    if (to == NULL || from == NULL || to == from) {
        return;
    }
    give(to, from);
}

int kithi_error_say(kith_error *error, int code, const char *message) {
    size_t size = strlen(message);
    if (error == NULL || error->size < sizeof *error || size >= sizeof error->message) {
        return kithi_error_set(error, code, "%s", message);
    }
    error->code = code;
    error->position = -1;
    memcpy(error->message, message, size + 1);
    return code;
}

static const struct {
    int code;
    const char *name;
} code_names[] = {
    {KITH_OK, "KITH_OK"},
    {KITH_DONE, "KITH_DONE"},
    {KITH_NOT_FOUND, "KITH_NOT_FOUND"},
    {KITH_INVALID, "KITH_INVALID"},
    {KITH_MISUSE, "KITH_MISUSE"},
    {KITH_NO_MEMORY, "KITH_NO_MEMORY"},
    {KITH_IO, "KITH_IO"},
    {KITH_FULL, "KITH_FULL"},
    {KITH_CORRUPT, "KITH_CORRUPT"},
    {KITH_NEWER, "KITH_NEWER"},
    {KITH_BUSY, "KITH_BUSY"},
    {KITH_READ_ONLY, "KITH_READ_ONLY"},
    {KITH_INTERRUPTED, "KITH_INTERRUPTED"},
    {KITH_EXISTS, "KITH_EXISTS"},
    {KITH_LIMIT, "KITH_LIMIT"},
};

const char *kith_code_name(int code) {
    for (size_t i = 0; i < sizeof code_names / sizeof code_names[0]; i++) {
        if (code_names[i].code == code) {
            return code_names[i].name;
        }
    }
    return "unknown code";
}

const char *kith_version(void) {
    return KITH_VERSION_TEXT;
}
