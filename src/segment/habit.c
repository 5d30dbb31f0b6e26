#include "src/segment/habit.h"

#include <string.h>

#include "src/base/text.h"

#define COUNT(list) (sizeof(list) / sizeof(list)[0])

#define NO_COMMENTS "an expression has no comments"
#define NO_CURRENCY "an amount is written without its currency"

/* Signs */

typedef struct sign_habit {
    const char *sign, *what;
} sign_habit;

/* The longer ones first. */
static const sign_habit signs[] = {
    {"!=", NULL}, /* a sign of the language, longer than ! */
    {"==", "write = instead of =="},
    {"&&", "write AND instead of &&"},
    {"||", "write OR instead of ||"},
    {"=>", "write >= instead of =>"},
    {"=<", "write <= instead of =<"},
    {"=~", "write LIKE instead of =~"},
    {"--", NO_COMMENTS "; between two minus signs stands a blank"},
    {"/*", NO_COMMENTS},
    {"//", NO_COMMENTS},
    {"#", NO_COMMENTS},
    {"!", "write NOT instead of !"},
    {"&", "write AND instead of &"},
    {"|", "write OR instead of |"},
    {"~", "write LIKE or ILIKE instead of ~"},
    {"`", "write ' instead of `; a name with blanks is written profile.'zip code'"},
    {";", "an expression ends without ;"},
    {"%", "% stands in quotes only, as in LIKE 'A%'"},
    {"@", "a text stands in quotes"},
    {"$", NO_CURRENCY},
    {":", "write = instead of :; a time is written 2024-02-29T09:30Z"},
    {"^", "there is no ^; a product is written a * a"},
    {"{", "write ( or [ instead of {; the JSON twin is read where it is asked for"},
    {"}", "write ) or ] instead of }"},
};

typedef struct look_alike {
    int32_t first, last;
    const char *what;
} look_alike;

static const look_alike look_alikes[] = {
    {0xA2, 0xA5, NO_CURRENCY},
    {0xAB, 0xAB, "write ' instead of this quote"},
    {0xAC, 0xAC, "write NOT instead of this sign"},
    {0xB4, 0xB4, "write ' instead of this quote"},
    {0xBB, 0xBB, "write ' instead of this quote"},
    {0xD7, 0xD7, "write * instead of this sign"},
    {0xF7, 0xF7, "write / instead of this sign"},
    {0x2010, 0x2015, "write - instead of this dash"},
    {0x2018, 0x201B, "write ' instead of this quote"},
    {0x201C, 0x201F, "write \" instead of this quote"},
    {0x2032, 0x2032, "write ' instead of this quote"},
    {0x2033, 0x2033, "write \" instead of this quote"},
    {0x20A0, 0x20BF, NO_CURRENCY},
    {0x2212, 0x2212, "write - instead of this dash"},
    {0x2227, 0x2227, "write AND instead of this sign"},
    {0x2228, 0x2228, "write OR instead of this sign"},
    {0x2260, 0x2260, "write != instead of this sign"},
    {0x2264, 0x2264, "write <= instead of this sign"},
    {0x2265, 0x2265, "write >= instead of this sign"},
    {0x3001, 0x3001, "write , instead of this comma"},
    {0x3002, 0x3002, "write . instead of this point"},
    {0x300C, 0x300F, "write ' instead of this quote"},
    {0x3010, 0x3010, "write [ instead of this bracket"},
    {0x3011, 0x3011, "write ] instead of this bracket"},
    {0xFF02, 0xFF02, "write \" instead of this quote"},
    {0xFF04, 0xFF04, NO_CURRENCY},
    {0xFF07, 0xFF07, "write ' instead of this quote"},
    {0xFF08, 0xFF08, "write ( instead of this bracket"},
    {0xFF09, 0xFF09, "write ) instead of this bracket"},
    {0xFF0C, 0xFF0C, "write , instead of this comma"},
    {0xFF10, 0xFF19, "write the digits 0 to 9 instead of these"},
    {0xFF01, 0xFF0F, "write the sign of ASCII instead of this one"},
    {0xFF1A, 0xFF20, "write the sign of ASCII instead of this one"},
    {0xFF3B, 0xFF3B, "write [ instead of this bracket"},
    {0xFF3D, 0xFF3D, "write ] instead of this bracket"},
    {0xFF5B, 0xFF65, "write the sign of ASCII instead of this one"},
    {0xFFE0, 0xFFE1, NO_CURRENCY},
    {0xFFE5, 0xFFE6, NO_CURRENCY},
};

static const char *find_look_alike(int32_t code_point) {
    for (size_t i = 0; i < COUNT(look_alikes); i++) {
        if (code_point >= look_alikes[i].first && code_point <= look_alikes[i].last) {
            return look_alikes[i].what;
        }
    }
    return NULL;
}

bool kithi_habit_looks_like_sign(int32_t code_point) {
    return find_look_alike(code_point) != NULL;
}

const char *kithi_habit_sign(const char *text, size_t size) {
    size_t end = 0;
    for (size_t i = 0; i < COUNT(signs); i++) {
        size_t sign_size = strlen(signs[i].sign);
        if (sign_size <= size && memcmp(text, signs[i].sign, sign_size) == 0) {
            return signs[i].what;
        }
    }
    return find_look_alike(kithi_text_next(text, size, &end));
}

/* Numbers */

static bool begins_with(const char *text, size_t size, const char *word) {
    size_t word_size = strlen(word);
    return size >= word_size && kithi_word_matches(text, word_size, word);
}

const char *kithi_habit_number(const char *more, size_t size) {
    bool digit = size > 1 && more[1] >= '0' && more[1] <= '9';
    if ((more[0] == 'e' || more[0] == 'E') && digit) {
        return "a number is written in full, such as 100000 or 0.001";
    }
    if (more[0] == '_') {
        return "a number is written in digits only, such as 1000000";
    }
    if (begins_with(more, size, "y") || begins_with(more, size, "mo")) {
        return "months and years are counted by the calendar, as in LAST 3 CALENDAR MONTHS";
    }
    return "neither a number nor a duration; durations are written 90s, 15m, 2h, 30d, 2w";
}
