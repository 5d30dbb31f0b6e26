#include "person_errors.h"

#include <ctype.h>
#include <string.h>

#define COUNT_OF(all) (sizeof(all) / sizeof((all)[0]))
#define TRIES         8

typedef struct pair {
    const char *from;
    const char *to;
} pair;

/* What a scanner takes for what. */
static const pair scans[] = {
    {"rn", "m"}, {"m", "rn"}, {"cl", "d"}, {"d", "cl"}, {"vv", "w"}, {"w", "vv"}, {"l", "1"},
    {"1", "l"},  {"i", "l"},  {"l", "i"},  {"o", "0"},  {"0", "o"},  {"s", "5"},  {"5", "s"},
    {"b", "8"},  {"8", "b"},  {"g", "q"},  {"q", "g"},  {"e", "c"},  {"c", "e"},  {"u", "v"},
    {"h", "b"},  {"n", "h"},  {"z", "2"},  {"2", "z"},  {"6", "b"},  {"7", "1"},  {"t", "f"},
};
/* What sounds alike. */
static const pair sounds[] = {
    {"ph", "f"},  {"f", "ph"},  {"ck", "k"},    {"k", "ck"},    {"c", "k"},    {"k", "c"},
    {"ee", "ea"}, {"ea", "ee"}, {"ie", "y"},    {"y", "ie"},    {"y", "i"},    {"i", "y"},
    {"ll", "l"},  {"l", "ll"},  {"nn", "n"},    {"n", "nn"},    {"tt", "t"},   {"t", "tt"},
    {"ss", "s"},  {"s", "z"},   {"z", "s"},     {"sch", "sh"},  {"sh", "sch"}, {"th", "t"},
    {"dt", "tt"}, {"gh", ""},   {"son", "sen"}, {"sen", "son"}, {"ei", "ie"},  {"ie", "ei"},
    {"ai", "ay"}, {"ay", "ai"}, {"mac", "mc"},  {"mc", "mac"},  {"er", "ar"},  {"v", "w"},
    {"j", "g"},   {"x", "ks"},  {"qu", "kw"},   {"wr", "r"},    {"kn", "n"},   {"ou", "u"},
};
static const char *const keyboard[] = {"qwertyuiop", "asdfghjkl", "zxcvbnm", "1234567890"};

static bool is_ascii(const char *text) {
    for (; *text; text++) {
        if ((unsigned char)*text > 127) {
            return false;
        }
    }
    return true;
}

static char like(char letter, char as) {
    return (char)(as >= 'A' && as <= 'Z' ? toupper((unsigned char)letter) : letter);
}

static char lower(char letter) {
    return (char)tolower((unsigned char)letter);
}

/* The key beside it, or 0. */
static char neighbour(person_random *random, char letter) {
    for (size_t row = 0; row < COUNT_OF(keyboard); row++) {
        const char *found = strchr(keyboard[row], lower(letter));
        if (found && *found) {
            bool right =
                person_draw_chance(random, 500) ? found[1] != '\0' : found == keyboard[row];
            return like(right ? found[1] : found[-1], letter);
        }
    }
    return '\0';
}

static bool insert(person_random *random, char *text, size_t length, size_t at) {
    char letter = neighbour(random, text[at]);
    if (letter == '\0') {
        return false;
    }
    memmove(text + at + 2, text + at + 1, length - at);
    text[at + 1] = lower(letter);
    return true;
}

static bool swap(char *text, size_t at) {
    char one = text[at];
    char two = text[at + 1];
    if (!isalnum((unsigned char)one) || !isalnum((unsigned char)two) || lower(one) == lower(two)) {
        return false;
    }
    text[at] = like(lower(two), one);
    text[at + 1] = like(lower(one), two);
    return true;
}

static bool type_wrong(person_random *random, char *text, size_t length) {
    size_t at = person_draw_below(random, (uint32_t)length);
    switch (person_draw_below(random, 4)) {
    case 0:
        return insert(random, text, length, at);
    case 1:
        if (!isalnum((unsigned char)text[at])) {
            return false;
        }
        memmove(text + at, text + at + 1, length - at);
        return true;
    case 2: {
        char letter = neighbour(random, text[at]);
        text[at] = letter ? letter : text[at];
        return letter != '\0';
    }
    default:
        return at + 1 < length && swap(text, at);
    }
}

bool person_error_typing(person_random *random, char *text, size_t size) {
    size_t length = strlen(text);
    if (length < 2 || length + 2 > size || !is_ascii(text)) {
        return false;
    }
    for (unsigned i = 0; i < TRIES; i++) {
        if (type_wrong(random, text, length)) {
            return true;
        }
    }
    return false;
}

static char *find(char *text, const char *part) {
    size_t size = strlen(part);
    for (; *text; text++) {
        size_t same = 0;
        while (same < size && lower(text[same]) == part[same]) {
            same++;
        }
        if (same == size) {
            return text;
        }
    }
    return NULL;
}

/* The first pair that fits, from a random one on. */
static bool replace(person_random *random, const pair *pairs, size_t count, char *text,
                    size_t size) {
    size_t length = strlen(text);
    if (length < 2 || length + 2 > size || !is_ascii(text)) {
        return false;
    }
    size_t from = person_draw_below(random, (uint32_t)count);
    for (size_t i = 0; i < count; i++) {
        const pair *chosen = &pairs[(from + i) % count];
        char *at = find(text, chosen->from);
        if (at) {
            size_t old = strlen(chosen->from);
            size_t new = strlen(chosen->to);
            char first = *at;
            memmove(at + new, at + old, strlen(at + old) + 1);
            memcpy(at, chosen->to, new);
            *at = like(*at, first);
            return true;
        }
    }
    return false;
}

bool person_error_scan(person_random *random, char *text, size_t size) {
    return replace(random, scans, COUNT_OF(scans), text, size);
}

bool person_error_sound(person_random *random, char *text, size_t size) {
    return replace(random, sounds, COUNT_OF(sounds), text, size);
}

bool person_error_digit(person_random *random, char *text) {
    size_t length = strlen(text);
    for (unsigned i = 0; length && i < TRIES; i++) {
        char *digit = &text[person_draw_below(random, (uint32_t)length)];
        if (isdigit((unsigned char)*digit)) {
            *digit = (char)('0' + (*digit - '0' + 1 + (int)person_draw_below(random, 9)) % 10);
            return true;
        }
    }
    return false;
}
