/*
 * Errors: one way to say what went wrong. A kith_error belongs to whoever asked; functions fill it
 * and return its code, so that `return kithi_error_set(...)` is the whole of a failure path.
 */
#ifndef KITHI_BASE_ERROR_H
#define KITHI_BASE_ERROR_H

#include "kith/base.h"

#if defined(__GNUC__)
#define KITHI_PRINTF(format_at, arguments_at)                                                      \
    __attribute__((format(printf, format_at, arguments_at)))
#else
#define KITHI_PRINTF(format_at, arguments_at)
#endif

/* Fills `error` (NULL is fine) and returns `code`. */
int kithi_error_set(kith_error *error, int code, const char *format, ...) KITHI_PRINTF(3, 4);
/* The same with the byte offset in the input that the message speaks of. */
int kithi_error_set_at(kith_error *error, int code, int64_t position, const char *format, ...)
    KITHI_PRINTF(4, 5);
/* The same for words that need no formatting: cheap enough for an answer, such as KITH_NOT_FOUND,
 * that many look-ups get. */
int kithi_error_say(kith_error *error, int code, const char *message);
/* Out of memory, in the same words everywhere. */
int kithi_error_memory(kith_error *error);
/* Copies what `from` says to the caller's struct, of whatever size it is; NULL is fine for either.
 */
void kithi_error_copy(kith_error *to, const kith_error *from);

#endif
