/*
 * Each form is a fixed point of its pass, so that a normal form normalises to itself: text on which
 * a pass doesn't come to rest (odd mixes of signs that compose once others are gone) is no
 * identifier.
 */
#include "src/fact/normalise.h"

#include <string.h>

#include "src/base/letters.h"
#include "src/base/text.h"

#define PASSES_MAX     6
#define CLEAN_CAPACITY 1024 /* of a cleaned text before signs are dropped from it */

typedef bool (*pass_fn)(const char *text, size_t size, char *out, size_t *out_size);

static bool exact_pass(const char *text, size_t size, char *out, size_t *out_size) {
    if (!kithi_text_clean(text, size, out, KITHI_IDENTIFIER_MAX_BYTES, out_size)) {
        return false;
    }
    /* Values are shown as C strings, and control characters are no part of any id. */
    for (size_t i = 0; i < *out_size; i++) {
        if ((unsigned char)out[i] < 0x20 || out[i] == 0x7F) {
            return false;
        }
    }
    return true;
}

static bool id_pass(const char *text, size_t size, char *out, size_t *out_size) {
    char cleaned[CLEAN_CAPACITY];
    size_t cleaned_size = 0;
    if (!kithi_text_clean(text, size, cleaned, sizeof cleaned, &cleaned_size)) {
        return false;
    }
    *out_size = 0;
    for (size_t at = 0; at < cleaned_size;) {
        int32_t c = kithi_text_next(cleaned, cleaned_size, &at);
        int digit = kithi_text_digit(c);
        if (digit >= 0) {
            c = '0' + digit;
        } else if (kithi_text_is_word(c)) {
            c = kithi_text_to_upper(c);
        } else {
            continue;
        }
        if (!kithi_text_append(c, out, KITHI_IDENTIFIER_MAX_BYTES, out_size)) {
            return false;
        }
    }
    return true;
}

static bool name_pass(const char *text, size_t size, char *out, size_t *out_size) {
    char words[CLEAN_CAPACITY];
    size_t words_size = 0;
    if (!kithi_text_words(text, size, words, sizeof words, &words_size) ||
        words_size > KITHI_IDENTIFIER_MAX_BYTES) {
        return false;
    }
    memcpy(out, words, words_size);
    *out_size = words_size;
    return true;
}

static bool email_pass(const char *text, size_t size, char *out, size_t *out_size) {
    return kithi_normalise_email(text, size, out, out_size) == KITH_OK;
}

/* Whether a pass surely gives these bytes back: almost all identifiers are such. */
static bool is_plain(const char *text, size_t size) {
    for (size_t i = 0; i < size; i++) {
        char c = text[i];
        bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
        if (!letter && !(c >= '0' && c <= '9') && c != '.' && c != '_' && c != '-' && c != '+' &&
            c != '@') {
            return false;
        }
    }
    return size > 0;
}

static int settle(pass_fn pass, const char *text, size_t size, char *out, size_t *out_size) {
    char before[KITHI_IDENTIFIER_MAX_BYTES];
    size_t before_size = 0, now_size = 0;
    if (!pass(text, size, out, &now_size)) {
        return KITH_INVALID;
    }
    for (int i = 0; i < PASSES_MAX && now_size > 0; i++) {
        if (is_plain(out, now_size) || (now_size == size && memcmp(out, text, size) == 0)) {
            *out_size = now_size;
            return KITH_OK;
        }
        memcpy(before, out, now_size);
        before_size = now_size;
        text = before;
        size = before_size;
        if (!pass(text, size, out, &now_size)) {
            return KITH_INVALID;
        }
    }
    return KITH_INVALID;
}

int kithi_normalise(kithi_normaliser how, const char *region, const char *text, size_t size,
                    char *out, size_t *out_size) {
    if (text == NULL || size == 0) {
        return KITH_INVALID;
    }
    switch (how) {
    case KITHI_NORMALISE_EXACT:
        return settle(exact_pass, text, size, out, out_size);
    case KITHI_NORMALISE_ID:
        return settle(id_pass, text, size, out, out_size);
    case KITHI_NORMALISE_EMAIL:
        return settle(email_pass, text, size, out, out_size);
    case KITHI_NORMALISE_PHONE:
        return kithi_normalise_phone(region, text, size, out, out_size);
    case KITHI_NORMALISE_NAME:
        return settle(name_pass, text, size, out, out_size);
    }
    return KITH_INVALID;
}

static char lower(char c) {
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

/* Whether a pattern, in which '*' stands for any run of bytes, matches the whole text. The case of
 * Latin letters doesn't matter: programs write null, NULL and Null. */
static bool matches(const char *pattern, const char *text, size_t size) {
    const char *end = text + size;
    const char *star = NULL, *resume = NULL;
    while (text < end) {
        if (*pattern == '*') {
            star = pattern++;
            resume = text;
        } else if (*pattern != '\0' && lower(*pattern) == lower(*text)) {
            pattern++;
            text++;
        } else if (star != NULL) {
            pattern = star + 1;
            text = ++resume;
        } else {
            return false;
        }
    }
    while (*pattern == '*') {
        pattern++;
    }
    return *pattern == '\0';
}

/* A boolean as text: whether somebody has an account says nothing of who it is. */
static bool is_boolean(const char *text, size_t size) {
    return matches("true", text, size) || matches("false", text, size);
}

bool kithi_identifier_blocked(const kithi_identifier_rules *rules, const char *normal,
                              size_t size) {
    for (size_t i = 0; i < rules->blocked_count; i++) {
        const char *pattern = rules->blocked[i];
        bool begins =
            *pattern == '*' || (size > 0 && lower(*pattern) == lower(*normal)); /* most don't */
        if (begins && matches(pattern, normal, size)) {
            return true;
        }
    }
    return is_boolean(normal, size);
}
