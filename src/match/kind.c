#include "src/match/kind.h"

#include "src/match/words.h"

/* The levels from the one to the other. */
#define LEVELS(from, to) (((1u << ((to) - (from) + 1)) - 1) << (from))

static const kithi_kind_info kinds[KITHI_KIND_COUNT] = {
    {.kind = KITHI_KIND_NAME,
     .name = "name",
     .level_count = 16,
     .terms = true,
     .own_levels = LEVELS(3, 4) | LEVELS(8, 15),
     .own_most = 0.05,
     .other_levels = LEVELS(1, 3) | LEVELS(5, 5),
     .other_most = 0.2,
     .level_names = {"missing", "different", "one word alike", "given equal, family different",
                     "given equal, family missing", "one word equal",
                     "family equal, given or generation different", "family equal, given missing",
                     "given and family alike", "given equal, family alike",
                     "family equal, given alike", "family equal, given an initial",
                     "several words equal", "equal but for order or words left out",
                     "given and family equal", "equal"}},
    {.kind = KITHI_KIND_DATE,
     .name = "date",
     .level_count = 9,
     .terms = true,
     .own_levels = LEVELS(5, 8),
     .own_most = 0.08,
     .other_levels = LEVELS(1, 3),
     .other_most = 0.1,
     .exclusive = true,
     .level_names = {"missing", "different", "same year", "same day and month",
                     "same year, one only a year or January 1", "two slips", "one slip",
                     "day and month swapped", "equal"}},
    {.kind = KITHI_KIND_ADDRESS,
     .name = "address",
     .level_count = 12,
     .terms = true,
     .level_names = {"missing", "different", "same state", "near places", "same city",
                     "same postal area", "same postcode", "a word of the street equal",
                     "a word of the street equal, near places", "street equal, other place",
                     "street equal, near places", "equal"}},
    {.kind = KITHI_KIND_TEXT,
     .name = "text",
     .level_count = 6,
     .terms = true,
     .level_names = {"missing", "different", "alike", "one holds the other", "nearly equal",
                     "equal"}},
    {.kind = KITHI_KIND_CATEGORY,
     .name = "category",
     .level_count = 3,
     .terms = true,
     .level_names = {"missing", "different", "equal"}},
    {.kind = KITHI_KIND_EMAIL,
     .name = "email",
     .level_count = 6,
     .terms = true,
     .level_names = {"missing", "different", "name alike", "name alike, same domain", "name equal",
                     "equal"}},
    {.kind = KITHI_KIND_PHONE,
     .name = "phone",
     .level_count = 5,
     .terms = true,
     .level_names = {"missing", "different", "same area", "one digit differs", "equal"}},
    {.kind = KITHI_KIND_CODE,
     .name = "code",
     .level_count = 5,
     .terms = true,
     .own_levels = LEVELS(2, 4),
     .own_most = 0.01,
     .exclusive = true,
     .level_names = {"missing", "different", "two characters differ", "one character differs",
                     "equal"}},
    {.kind = KITHI_KIND_NUMBER,
     .name = "number",
     .level_count = 6,
     .terms = true,
     .level_names = {"missing", "different", "within 20 %", "within 5 %", "within 1 %", "equal"}},
    {.kind = KITHI_KIND_GEO,
     .name = "geo",
     .level_count = 6,
     .level_names = {"missing", "different", "within 50 km", "within 10 km", "within 1 km",
                     "within 100 m"}},
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
