#include "src/segment/token.h"

#include <string.h>

#include "src/base/error.h"
#include "src/base/number.h"
#include "src/base/text.h"
#include "src/segment/habit.h"

#define DATE_BYTES 10 /* 2024-02-29 */

static bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

static bool is_name_start(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || (unsigned char)c >= 0x80;
}

/* Blanks that no keyboard shows as others than blanks: those of web pages and of Chinese, and the
 * byte order mark. */
static bool is_blank(int32_t code_point) {
    return code_point == ' ' || (code_point >= '\t' && code_point <= '\r') || code_point == 0xA0 ||
           (code_point >= 0x2000 && code_point <= 0x200B) || code_point == 0x2028 ||
           code_point == 0x2029 || code_point == 0x202F || code_point == 0x205F ||
           code_point == 0x3000 || code_point == 0xFEFF;
}

/* The bytes of a character that may stand in a name; 0: it may not. */
static size_t name_part(const char *text, size_t size, size_t place) {
    size_t end = place;
    if (place >= size || (unsigned char)text[place] < 0x80) {
        return place < size && (is_name_start(text[place]) || is_digit(text[place]));
    }
    int32_t code_point = kithi_text_next(text, size, &end);
    return is_blank(code_point) || kithi_habit_looks_like_sign(code_point) ? 0 : end - place;
}

size_t kithi_name_size(const char *text, size_t size) {
    size_t end = 0, part = 1;
    if (size == 0 || !is_name_start(text[0])) {
        return 0;
    }
    while (part > 0) {
        part = name_part(text, size, end);
        end += part;
    }
    return end;
}

static bool is_name_part(const kithi_lexer *lexer, size_t place) {
    return name_part(lexer->text, lexer->size, place) > 0;
}

static char at(const kithi_lexer *lexer, size_t place) {
    return place < lexer->size ? lexer->text[place] : '\0';
}

void kithi_lexer_begin(kithi_lexer *lexer, const char *text, size_t size, kith_error *error) {
    *lexer = (kithi_lexer){.text = text, .size = size, .error = error};
}

static int fail(const kithi_lexer *lexer, size_t place, const char *what) {
    return kithi_error_set_at(lexer->error, KITH_INVALID, (int64_t)place, "%s", what);
}

static void skip_blanks(kithi_lexer *lexer) {
    size_t end = lexer->at;
    while (end < lexer->size && is_blank(kithi_text_next(lexer->text, lexer->size, &end))) {
        lexer->at = end;
    }
}

static size_t count_digits(const kithi_lexer *lexer, size_t place) {
    size_t count = 0;
    while (is_digit(at(lexer, place + count))) {
        count++;
    }
    return count;
}

int64_t kithi_unit_us(char unit) {
    const int64_t second = INT64_C(1000000);
    switch (unit) {
    case 's':
        return second;
    case 'm':
        return 60 * second;
    case 'h':
        return 3600 * second;
    case 'd':
        return 86400 * second;
    case 'w':
        return 7 * 86400 * second;
    default:
        return 0;
    }
}

/* Dates and times */

static bool looks_like_date(const kithi_lexer *lexer) {
    static const char shape[] = "0000-00-00";
    for (size_t i = 0; i < DATE_BYTES; i++) {
        char c = at(lexer, lexer->at + i);
        if (shape[i] == '0' ? !is_digit(c) : c != shape[i]) {
            return false;
        }
    }
    return !is_digit(at(lexer, lexer->at + DATE_BYTES));
}

/* The size of what follows a date as its time of day and zone. */
static size_t time_size(const kithi_lexer *lexer) {
    size_t end = lexer->at + DATE_BYTES + 1;
    while (is_digit(at(lexer, end)) || at(lexer, end) == ':' ||
           (at(lexer, end) == '.' && is_digit(at(lexer, end + 1)))) {
        end++;
    }
    char zone = at(lexer, end);
    if (zone == 'Z' || zone == 'z') {
        end++;
    } else if ((zone == '+' || zone == '-') && count_digits(lexer, end + 1) == 2 &&
               (at(lexer, end + 3) == ':' && count_digits(lexer, end + 4) == 2)) {
        end += 6;
    }
    return end - lexer->at;
}

static int read_date(kithi_lexer *lexer, kithi_token *out) {
    const char *text = lexer->text + lexer->at;
    char t = at(lexer, lexer->at + DATE_BYTES);
    int rc;
    if (t == 'T' || t == 't') {
        out->kind = KITHI_TOKEN_TIME;
        out->size = time_size(lexer);
        rc = kith_time_parse(text, out->size, &out->as.time_us);
    } else {
        out->kind = KITHI_TOKEN_DATE;
        out->size = DATE_BYTES;
        rc = kith_date_parse(text, out->size, &out->as.date_days);
    }
    if (rc != KITH_OK || is_name_part(lexer, lexer->at + out->size)) {
        return fail(lexer, lexer->at,
                    "no such date or time; it is written 2024-02-29, 2024-02-29T09:30Z or "
                    "2024-02-29T09:30:00+08:00");
    }
    return KITH_OK;
}

/* Numbers and durations */

/* Numbers with signs between that people take for a date, and the language for a sum. */
static bool looks_like_other_date(const kithi_lexer *lexer) {
    size_t sizes[3], place = lexer->at;
    char sign = at(lexer, place + count_digits(lexer, place));
    for (size_t i = 0; i < 3; i++) {
        sizes[i] = count_digits(lexer, place);
        place += sizes[i] + 1;
        if (sizes[i] == 0 || (i < 2 && at(lexer, place - 1) != sign)) {
            return false;
        }
    }
    return sign == '.' || ((sign == '-' || sign == '/') && (sizes[0] == 4 || sizes[2] == 4));
}

static int read_number(kithi_lexer *lexer, kithi_token *out) {
    const char *text = lexer->text + lexer->at;
    size_t size = count_digits(lexer, lexer->at);
    int64_t unit = kithi_unit_us(at(lexer, lexer->at + size)), count;
    if (looks_like_other_date(lexer)) {
        return fail(lexer, lexer->at,
                    "a date is written 2024-02-29; the signs of a sum have blanks around them");
    }
    if (unit > 0 && !is_name_part(lexer, lexer->at + size + 1)) {
        out->kind = KITHI_TOKEN_DURATION;
        out->size = size + 1;
        if (!kithi_integer_parse(text, size, &count) || count > INT64_MAX / 4 / unit) {
            return fail(lexer, lexer->at, "a duration that is longer than all time");
        }
        out->as.duration_us = count * unit;
        return KITH_OK;
    }
    if (size > 1 && text[0] == '0') {
        bool comma = lexer->at > 1 && text[-1] == ',' && is_digit(text[-2]);
        return fail(lexer, lexer->at,
                    comma ? "a number has no commas, such as 1000000"
                          : "a number has no 0 before it; a code such as '007' stands in quotes");
    }
    size = kithi_decimal_read(text, lexer->size - lexer->at, &out->as.number);
    out->kind = KITHI_TOKEN_NUMBER;
    out->size = size;
    if (size == 0) {
        return fail(lexer, lexer->at,
                    "a number has at most 31 digits, and at most six behind the point");
    }
    if (is_name_part(lexer, lexer->at + size)) {
        return fail(lexer, lexer->at,
                    kithi_habit_number(text + size, lexer->size - lexer->at - size));
    }
    return KITH_OK;
}

/* Texts, names, signs */

static int read_text(kithi_lexer *lexer, kithi_token *out) {
    char quote = lexer->text[lexer->at];
    size_t end = lexer->at + 1;
    while (end < lexer->size && lexer->text[end] != '\0') {
        if (lexer->text[end] != quote) {
            end++;
        } else if (at(lexer, end + 1) == quote) {
            end += 2;
        } else {
            out->kind = KITHI_TOKEN_TEXT;
            out->size = end + 1 - lexer->at;
            return KITH_OK;
        }
    }
    return end < lexer->size ? fail(lexer, end, "a NUL byte stands in no text")
                             : fail(lexer, lexer->at,
                                    "a quote that is never closed; within a text it is written "
                                    "twice, as in 'O''Brien'");
}

size_t kithi_token_text(const kithi_lexer *lexer, const kithi_token *token, char *out) {
    const char *text = lexer->text + token->at;
    size_t size = 0;
    for (size_t i = 1; i + 1 < token->size; i++) {
        out[size++] = text[i];
        i += text[i] == text[0];
    }
    return size;
}

static int read_sign(kithi_lexer *lexer, kithi_token *out) {
    const char *what = kithi_habit_sign(lexer->text + lexer->at, lexer->size - lexer->at);
    static const char *const signs[] = {"!=", "<>", "<=", ">=", "(", ")", "[", "]", ",",
                                        ".",  "+",  "-",  "*",  "/", "=", "<", ">"};
    if (what != NULL) {
        return fail(lexer, lexer->at, what);
    }
    for (size_t i = 0; i < sizeof signs / sizeof signs[0]; i++) {
        size_t size = strlen(signs[i]);
        if (lexer->at + size <= lexer->size &&
            memcmp(lexer->text + lexer->at, signs[i], size) == 0) {
            out->kind = KITHI_TOKEN_SIGN;
            out->size = size;
            out->as.sign = KITHI_SIGN(signs[i][0], signs[i][1]);
            return KITH_OK;
        }
    }
    return fail(lexer, lexer->at, "a sign that means nothing here");
}

int kithi_lexer_next(kithi_lexer *lexer, kithi_token *out) {
    skip_blanks(lexer);
    *out = (kithi_token){.kind = KITHI_TOKEN_END, .at = lexer->at};
    if (lexer->at == lexer->size) {
        return KITH_OK;
    }
    char c = lexer->text[lexer->at];
    int rc = KITH_OK;
    out->size = kithi_name_size(lexer->text + lexer->at, lexer->size - lexer->at);
    if (out->size > 0) {
        out->kind = KITHI_TOKEN_NAME;
    } else if (is_digit(c)) {
        rc = looks_like_date(lexer) ? read_date(lexer, out) : read_number(lexer, out);
    } else if (c == '\'' || c == '"') {
        rc = read_text(lexer, out);
    } else {
        rc = read_sign(lexer, out);
    }
    lexer->at += out->size;
    return rc;
}
