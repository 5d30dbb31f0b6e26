#include "src/match/kind.h"

#include "src/match/words.h"

/* The levels from the one to the other. */
#define LEVELS(from, to) (((1u << ((to) - (from) + 1)) - 1) << (from))

static const kithi_kind_info kinds[KITHI_KIND_COUNT] = {
    {KITHI_KIND_NAME,
     "name",
     16,
     true,
     LEVELS(3, 4) | LEVELS(8, 15),
     0.05,
     false,
     {"missing", "different", "one word alike", "given equal, family different",
      "given equal, family missing", "one word equal",
      "family equal, given or generation different", "family equal, given missing",
      "given and family alike", "given equal, family alike", "family equal, given alike",
      "family equal, given an initial", "several words equal",
      "equal but for order or words left out", "given and family equal", "equal"}},
    {KITHI_KIND_DATE,
     "date",
     9,
     true,
     LEVELS(5, 8),
     0.08,
     true,
     {"missing", "different", "same year", "same day and month",
      "same year, one only a year or January 1", "two slips", "one slip", "day and month swapped",
      "equal"}},
    {KITHI_KIND_ADDRESS,
     "address",
     12,
     true,
     0,
     1,
     false,
     {"missing", "different", "same state", "near places", "same city", "same postal area",
      "same postcode", "a word of the street equal", "a word of the street equal, near places",
      "street equal, other place", "street equal, near places", "equal"}},
    {KITHI_KIND_TEXT,
     "text",
     6,
     true,
     0,
     1,
     false,
     {"missing", "different", "alike", "one holds the other", "nearly equal", "equal"}},
    {KITHI_KIND_CATEGORY, "category", 3, true, 0, 1, false, {"missing", "different", "equal"}},
    {KITHI_KIND_EMAIL,
     "email",
     6,
     true,
     0,
     1,
     false,
     {"missing", "different", "name alike", "name alike, same domain", "name equal", "equal"}},
    {KITHI_KIND_PHONE,
     "phone",
     5,
     true,
     0,
     1,
     false,
     {"missing", "different", "same area", "one digit differs", "equal"}},
    {KITHI_KIND_CODE,
     "code",
     5,
     true,
     LEVELS(2, 4),
     0.01,
     true,
     {"missing", "different", "two characters differ", "one character differs", "equal"}},
    {KITHI_KIND_NUMBER,
     "number",
     6,
     true,
     0,
     1,
     false,
     {"missing", "different", "within 20 %", "within 5 %", "within 1 %", "equal"}},
    {KITHI_KIND_GEO,
     "geo",
     6,
     false,
     0,
     1,
     false,
     {"missing", "different", "within 50 km", "within 10 km", "within 1 km", "within 100 m"}},
};

const kithi_kind_info *kithi_kind_of(kithi_kind kind) {
    return &kinds[kind];
}

const kithi_kind_info *kithi_kind_find(const char *name, size_t size) {
    for (size_t i = 0; i < KITHI_KIND_COUNT; i++) {
        if (kithi_word_is(name, size, kinds[i].name)) {
            return &kinds[i];
        }
    }
    return NULL;
}
