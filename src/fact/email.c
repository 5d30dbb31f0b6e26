/*
 * E-mail addresses. The local part is lower-cased too: the standard lets servers tell Jay@ from
 * jay@, none that people use does. Dots and plus-tags stay, as they mean different mailboxes at
 * most providers.
 */
#include "src/fact/normalise.h"

#include <string.h>

#include "src/base/letters.h"
#include "src/base/text.h"

#define TEXT_CAPACITY       1024 /* with a display name */
#define LOCAL_MAX_BYTES     64
#define LABEL_MAX_BYTES     63
#define TOP_LABEL_MIN_BYTES 2

typedef struct span {
    const char *data;
    size_t size;
} span;

static bool starts_with(span text, const char *prefix) {
    size_t size = strlen(prefix);
    return text.size >= size && memcmp(text.data, prefix, size) == 0;
}

static bool ends_with(span text, char c) {
    return text.size > 0 && text.data[text.size - 1] == c;
}

static span skip(span text, size_t size) {
    return (span){text.data + size, text.size - size};
}

/* The address in `Name <address>`, or the text without what lists and links put around it. */
static span find_address(span text) {
    while (ends_with(text, ';') || ends_with(text, ',') || ends_with(text, ' ')) {
        text.size--;
    }
    if (ends_with(text, '>')) {
        text.size--;
        size_t open = text.size;
        while (open > 0 && text.data[open - 1] != '<') {
            open--;
        }
        if (open == 0) {
            return (span){text.data, 0};
        }
        text = skip(text, open);
    }
    if (starts_with(text, "mailto:")) {
        text = skip(text, strlen("mailto:"));
    }
    while (text.size > 0 && text.data[0] == ' ') {
        text = skip(text, 1);
    }
    while (ends_with(text, ' ')) {
        text.size--;
    }
    return text;
}

/* Dots may stand anywhere but first: Japanese carriers gave out addresses with two in a row or one
 * at the end. */
static bool is_local(span text) {
    if (text.size == 0 || text.size > LOCAL_MAX_BYTES || text.data[0] == '.') {
        return false;
    }
    bool any_word = false;
    for (size_t at = 0; at < text.size;) {
        int32_t c = kithi_text_next(text.data, text.size, &at);
        bool word = kithi_text_is_word(c);
        any_word = any_word || word;
        if (!word && (c <= ' ' || c >= 0x7F || strchr("!#$%&'*+-/=?^_`{|}~.", (int)c) == NULL)) {
            return false;
        }
    }
    return any_word;
}

static bool is_label(span text) {
    if (text.size == 0 || text.size > LABEL_MAX_BYTES || text.data[0] == '-' ||
        text.data[text.size - 1] == '-') {
        return false;
    }
    for (size_t at = 0; at < text.size;) {
        int32_t c = kithi_text_next(text.data, text.size, &at);
        if (c != '-' && c != 0x30FB &&
            !kithi_text_is_word(c)) { /* the katakana middle dot is legal */
            return false;
        }
    }
    return true;
}

static bool is_number(span text) {
    for (size_t i = 0; i < text.size; i++) {
        if (text.data[i] < '0' || text.data[i] > '9') {
            return false;
        }
    }
    return true;
}

static bool is_domain(span text) {
    bool any_dot = false;
    for (;;) {
        const char *dot = memchr(text.data, '.', text.size);
        size_t size = dot != NULL ? (size_t)(dot - text.data) : text.size;
        span label = {text.data, size};
        if (!is_label(label)) {
            return false;
        }
        if (dot == NULL) {
            return any_dot && size >= TOP_LABEL_MIN_BYTES && !is_number(label);
        }
        any_dot = true;
        text = skip(text, size + 1);
    }
}

/* Lower case, and the ideographic full stop as a dot. */
static bool lower(span text, char *out, size_t *out_size) {
    *out_size = 0;
    for (size_t at = 0; at < text.size;) {
        int32_t c = kithi_text_next(text.data, text.size, &at);
        c = c == 0x3002 ? '.' : kithi_text_to_lower(c);
        if (!kithi_text_append(c, out, TEXT_CAPACITY, out_size)) {
            return false;
        }
    }
    return true;
}

int kithi_normalise_email(const char *text, size_t size, char *out, size_t *out_size) {
    char cleaned[TEXT_CAPACITY], lowered[TEXT_CAPACITY];
    size_t cleaned_size = 0, lowered_size = 0;
    if (!kithi_text_clean(text, size, cleaned, sizeof cleaned, &cleaned_size) ||
        !lower((span){cleaned, cleaned_size}, lowered, &lowered_size)) {
        return KITH_INVALID;
    }
    span address = find_address((span){lowered, lowered_size});
    const char *at = memchr(address.data, '@', address.size);
    if (at == NULL || address.size > KITHI_IDENTIFIER_MAX_BYTES) {
        return KITH_INVALID;
    }
    size_t local = (size_t)(at - address.data);
    /* A second @ is legal in neither part. */
    if (!is_local((span){address.data, local}) || !is_domain(skip(address, local + 1))) {
        return KITH_INVALID;
    }
    memcpy(out, address.data, address.size);
    *out_size = address.size;
    return KITH_OK;
}
