/*
 * The words of the segment language: names, numbers, durations, dates, texts and signs, each with
 * its place in the text. Which names are keywords is the parser's affair.
 */
#ifndef KITHI_SEGMENT_TOKEN_H
#define KITHI_SEGMENT_TOKEN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "kith/base.h"
#include "src/segment/decimal.h"

typedef enum kithi_token_kind {
    KITHI_TOKEN_END,
    KITHI_TOKEN_NAME,     /* letters, digits, _, not a digit first; beyond ASCII all but blanks and
                             what looks like a sign */
    KITHI_TOKEN_TEXT,     /* 'text' or "text"; the quote within is written twice */
    KITHI_TOKEN_NUMBER,   /* 12, 12.5 */
    KITHI_TOKEN_DURATION, /* 90s 15m 2h 30d 2w */
    KITHI_TOKEN_DATE,     /* 2024-02-29 */
    KITHI_TOKEN_TIME,     /* 2024-02-29T09:30, with seconds and a zone where wanted */
    KITHI_TOKEN_SIGN      /* ( ) [ ] , . + - * / = != <> < <= > >= */
} kithi_token_kind;

/* A sign by its one or two characters. */
#define KITHI_SIGN(first, second) ((unsigned)(first) | (unsigned)(second) << 8)

typedef struct kithi_token {
    kithi_token_kind kind;
    size_t at, size; /* in the text, quotes included */
    union {
        unsigned sign;
        kithi_decimal number;
        int64_t duration_us;
        int64_t date_days;
        int64_t time_us;
    } as;
} kithi_token;

typedef struct kithi_lexer {
    const char *text;
    size_t size;
    size_t at;
    kith_error *error;
} kithi_lexer;

#define KITHI_UNITS "smhdw" /* of durations */

/* The text is valid UTF-8. */
void kithi_lexer_begin(kithi_lexer *lexer, const char *text, size_t size, kith_error *error);
/* The next token; KITH_INVALID, with the place: what stands there is none. */
int kithi_lexer_next(kithi_lexer *lexer, kithi_token *out);
/* The size of the name that a text begins with; 0: it begins with none. */
size_t kithi_name_size(const char *text, size_t size);
/* Microseconds of a unit of KITHI_UNITS; 0: it is none. */
int64_t kithi_unit_us(char unit);
/* Writes what a text token says, without its quotes; `out` has room for its size. Returns the size.
 */
size_t kithi_token_text(const kithi_lexer *lexer, const kithi_token *token, char *out);

#endif
