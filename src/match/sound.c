#include "src/match/sound.h"

#include <string.h>

#include "src/base/text.h"

#define WORD_MAX  64 /* letters compared; the rest of a longer word says nothing more */
#define ERROR_MIN 5  /* letters; in a shorter word an error makes another name */

/* A letter of a word in reading: `next` is the one behind it, or NUL. */
static char consonant(char c, char next) {
    bool soft = next == 'e' || next == 'i' || next == 'y';
    switch (c) {
    case 'a':
    case 'e':
    case 'i':
    case 'o':
    case 'u':
    case 'y':
    case 'h':
        return '\0';
    case 'c':
        return soft ? 's' : 'k';
    case 'q':
        return 'k';
    case 'z':
        return 's';
    case 'w':
        return 'v';
    case 'p':
        return next == 'h' ? 'f' : 'p';
    default:
        return c;
    }
}

size_t kithi_sound_skeleton(const char *word, size_t size, char *out) {
    size_t written = 0;
    char last = '\0'; /* of the letter before, so that doubled letters count once */
    for (size_t i = 0; i < size; i++) {
        char sound = consonant(word[i], i + 1 < size ? word[i + 1] : '\0');
        /* Bytes of other scripts are kept as they are, doubled or not. */
        bool doubled = sound == last && (unsigned char)sound < 0x80;
        if (sound != '\0' && !doubled) {
            out[written++] = sound;
        }
        last = sound;
        if (word[i] == 'x' && !doubled) {
            out[written - 1] = 'k';
            out[written++] = 's';
        }
    }
    return written;
}

static bool is_vowel(char c) {
    return c == 'a' || c == 'e' || c == 'i' || c == 'o' || c == 'u' || c == 'y';
}

/* The vowel at `i`, or the two that are spelled for one; `used` gets how many. */
static char vowel(const char *word, size_t size, size_t i, size_t *used) {
    char c = word[i], next = i + 1 < size ? word[i + 1] : '\0';
    bool at_end = i + 2 == size;
    *used = 2;
    if (c == 'o' && (next == 'o' || next == 'u')) {
        return 'u';
    }
    if ((c == 'e' && next == 'e') || (at_end && c == 'e' && (next == 'y' || next == 'i')) ||
        (at_end && c == 'i' && next == 'e')) {
        return 'i';
    }
    *used = 1;
    return c == 'y' ? 'i' : c;
}

static void put_once(char *out, size_t *written, char c) {
    bool doubled = *written > 0 && out[*written - 1] == c && (unsigned char)c < 0x80;
    if (!doubled) {
        out[(*written)++] = c;
    }
}

size_t kithi_sound_spelling(const char *word, size_t size, char *out) {
    size_t written = 0, used = 1;
    for (size_t i = 0; i < size; i += used) {
        used = 1;
        if (is_vowel(word[i])) {
            put_once(out, &written, vowel(word, size, i, &used));
        } else if (word[i] == 'x') {
            put_once(out, &written, 'k');
            put_once(out, &written, 's');
        } else if (word[i] != 'h') {
            put_once(out, &written, consonant(word[i], i + 1 < size ? word[i + 1] : '\0'));
        } else if (i == 0) {
            put_once(out, &written, 'h');
        }
    }
    return written;
}

typedef struct letters {
    int32_t at[WORD_MAX];
    size_t count;
} letters;

static void decode(const char *word, size_t size, letters *out) {
    out->count = 0;
    for (size_t at = 0; at < size && out->count < WORD_MAX;) {
        out->at[out->count++] = kithi_text_next(word, size, &at);
    }
}

static bool tails_equal(const letters *a, size_t i, const letters *b, size_t j) {
    size_t count = a->count - i;
    return i <= a->count && j <= b->count && b->count - j == count &&
           memcmp(a->at + i, b->at + j, count * sizeof a->at[0]) == 0;
}

bool kithi_sound_one_error(const char *a, size_t size_a, const char *b, size_t size_b) {
    letters first, second;
    decode(a, size_a, &first);
    decode(b, size_b, &second);
    size_t i = 0;
    while (i < first.count && i < second.count && first.at[i] == second.at[i]) {
        i++;
    }
    if (i == 0 || first.count < ERROR_MIN || second.count < ERROR_MIN) {
        return false;
    }
    if (i == first.count && i == second.count) {
        return true; /* alike for as long as words are compared */
    }
    bool swapped = i + 1 < first.count && i + 1 < second.count && first.at[i] == second.at[i + 1] &&
                   first.at[i + 1] == second.at[i] && tails_equal(&first, i + 2, &second, i + 2);
    return swapped || tails_equal(&first, i + 1, &second, i + 1) ||
           tails_equal(&first, i + 1, &second, i) || tails_equal(&first, i, &second, i + 1);
}
