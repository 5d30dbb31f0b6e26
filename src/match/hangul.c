#include "src/match/hangul.h"

#include <string.h>

#include "src/base/letters.h"
#include "src/base/text.h"

#define SYLLABLE_BYTES     3
#define SYLLABLES_MAX      4 /* of a Korean name; foreign names run longer */
#define LONG_NAME_AT_LEAST 3 /* syllables, for a surname of two */

static const char surnames[] =
    "김이박최정강조윤장임한오서신권황안송류유전홍고문양손배백허남심노하곽"
    "성차주우구민나진지엄채원천방공현함변염여추도소석선설마길연위표명기반"
    "왕금옥육인맹제모탁국어은편용예경봉사부가복태목형계피두감음빈온호범좌"
    "팽승간상시갈단동";

static const char long_surnames[] = "남궁황보제갈사공선우서문독고동방";

static bool is_one_of(const char *name, size_t size, const char *list, size_t list_size) {
    for (size_t at = 0; at < list_size; at += size) {
        if (memcmp(list + at, name, size) == 0) {
            return true;
        }
    }
    return false;
}

static bool is_short_surname(const char *name) {
    return is_one_of(name, SYLLABLE_BYTES, surnames, sizeof surnames - 1);
}

static bool is_long_surname(const char *name) {
    return is_one_of(name, 2 * SYLLABLE_BYTES, long_surnames, sizeof long_surnames - 1);
}

bool kithi_hangul_is(const char *text, size_t size) {
    bool any = false;
    for (size_t at = 0; at < size;) {
        kithi_script script = kithi_text_script(kithi_text_next(text, size, &at));
        if (script != KITHI_SCRIPT_HANGUL && script != KITHI_SCRIPT_NONE) {
            return false;
        }
        any = any || script == KITHI_SCRIPT_HANGUL;
    }
    return any;
}

size_t kithi_hangul_surname(const char *text, size_t size) {
    bool whole = size % SYLLABLE_BYTES == 0 && memchr(text, ' ', size) == NULL;
    size_t syllables = size / SYLLABLE_BYTES;
    if (!whole || syllables < 2 || syllables > SYLLABLES_MAX) {
        return 0;
    }
    if (syllables >= LONG_NAME_AT_LEAST && is_long_surname(text)) {
        return 2 * SYLLABLE_BYTES;
    }
    return is_short_surname(text) ? SYLLABLE_BYTES : 0;
}

bool kithi_hangul_is_surname(const char *word, size_t size) {
    return (size == SYLLABLE_BYTES && is_short_surname(word)) ||
           (size == 2 * SYLLABLE_BYTES && is_long_surname(word));
}
