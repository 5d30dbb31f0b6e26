#include "src/segment/like.h"

#include <stdlib.h>
#include <string.h>

#include "src/base/text.h"

typedef struct run_of_bytes {
    const char *data;
    size_t size;
} run_of_bytes;

static size_t character_size(run_of_bytes text, size_t at) {
    size_t end = at;
    kithi_text_next(text.data, text.size, &end);
    return end - at;
}

/* Whether one character fits: `_` takes any. */
static bool fits_one(run_of_bytes text, size_t at, run_of_bytes pattern, size_t in_pattern) {
    size_t size = character_size(pattern, in_pattern);
    return pattern.data[in_pattern] == '_' ||
           (text.size - at >= size && memcmp(text.data + at, pattern.data + in_pattern, size) == 0);
}

/* A `%` first takes nothing, and a character more each time that what follows doesn't fit; only the
 * last one need try again, as those before it took as little as they could. */
static bool is_like(run_of_bytes text, run_of_bytes pattern) {
    size_t at = 0, in_pattern = 0, retry_at = 0, retry_pattern = 0;
    bool any = false;
    while (at < text.size) {
        if (in_pattern < pattern.size && pattern.data[in_pattern] == '%') {
            any = true;
            retry_pattern = ++in_pattern;
            retry_at = at;
        } else if (in_pattern < pattern.size && fits_one(text, at, pattern, in_pattern)) {
            at += character_size(text, at);
            in_pattern += character_size(pattern, in_pattern);
        } else if (any) {
            retry_at += character_size(text, retry_at);
            at = retry_at;
            in_pattern = retry_pattern;
        } else {
            return false;
        }
    }
    while (in_pattern < pattern.size && pattern.data[in_pattern] == '%') {
        in_pattern++;
    }
    return in_pattern == pattern.size;
}

static bool fits(kithi_op op, run_of_bytes text, run_of_bytes pattern) {
    size_t rest = text.size - pattern.size;
    if (op == KITHI_OP_LIKE || op == KITHI_OP_ILIKE) {
        return is_like(text, pattern);
    }
    if (pattern.size == 0 || text.size < pattern.size) {
        return pattern.size == 0;
    }
    switch (op) {
    case KITHI_OP_STARTS_WITH:
        return memcmp(text.data, pattern.data, pattern.size) == 0;
    case KITHI_OP_ENDS_WITH:
        return memcmp(text.data + rest, pattern.data, pattern.size) == 0;
    default:
        return memmem(text.data, text.size, pattern.data, pattern.size) != NULL;
    }
}

bool kithi_text_fits(kithi_op op, const char *text, size_t size, const char *pattern,
                     size_t pattern_size, bool *out) {
    run_of_bytes a = {text, size}, b = {pattern, pattern_size};
    if (op != KITHI_OP_ILIKE && kithi_text_is_ascii(text, size) &&
        kithi_text_is_ascii(pattern, pattern_size)) {
        *out = fits(op, a, b);
        return true;
    }
    bool fold = op == KITHI_OP_ILIKE;
    char *left = kithi_text_compose(text, size, fold, &a.size);
    char *right = kithi_text_compose(pattern, pattern_size, fold, &b.size);
    bool made = left != NULL && right != NULL;
    if (made) {
        a.data = left;
        b.data = right;
        *out = fits(op, a, b);
    }
    free(left);
    free(right);
    return made;
}
