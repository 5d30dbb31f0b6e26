#include "src/match/cyrillic.h"

#include <string.h>

#include "src/base/text.h"

#define FIRST_LETTER 0x430 /* а */

/* From а to я. Soft and hard signs have no letter, as few names differ by them. */
static const char latin[][5] = {"a",  "b",  "v",  "g",    "d", "e", "zh", "z", "i",  "i", "k",
                                "l",  "m",  "n",  "o",    "p", "r", "s",  "t", "u",  "f", "kh",
                                "ts", "ch", "sh", "shch", "",  "y", "",   "e", "yu", "ya"};

/* Ukrainian і, ї, є and ґ, where folding leaves them. */
static const char *other_letter(int32_t c) {
    switch (c) {
    case 0x454:
        return "e";
    case 0x456:
    case 0x457:
        return "i";
    case 0x491:
        return "g";
    default:
        return "";
    }
}

size_t kithi_cyrillic_latin(const char *word, size_t size, char *out) {
    size_t written = 0;
    for (size_t at = 0; at < size;) {
        int32_t c = kithi_text_next(word, size, &at);
        size_t place = (size_t)(c - FIRST_LETTER);
        bool usual = c >= FIRST_LETTER && place < sizeof latin / sizeof latin[0];
        const char *letters = usual ? latin[place] : other_letter(c);
        size_t count = strlen(letters);
        memcpy(out + written, letters, count);
        written += count;
    }
    return written;
}
