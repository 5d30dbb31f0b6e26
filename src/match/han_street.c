#include "src/match/han_street.h"

#include <string.h>

#include "src/base/letters.h"
#include "src/base/text.h"
#include "src/match/han.h"
#include "src/match/words.h"

/* One character each, behind the names of places and roads. */
static const char *const endings[] = {
    "省", "市", "区", "县", "镇", "乡", "村", "路", "街", "道", "巷", "里", "都", "府", "町",
};

/* What numbers are of. */
static const char *const units[] = {
    "号",   "室", "楼", "栋",   "幢",   "座",   "层",   "户",   "门", "组",
    "单元", "院", "番", "号楼", "号室", "号院", "丁目", "番地", "弄",
};

#define COUNT(list) (sizeof(list) / sizeof(list)[0])

static bool has_han(const char *text, size_t size) {
    for (size_t at = 0; at < size;) {
        if (kithi_text_is_han(kithi_text_next(text, size, &at))) {
            return true;
        }
    }
    return false;
}

/* The size of the part at the front. */
static size_t part_size(const char *text, size_t size) {
    bool ascii = (unsigned char)text[0] < 0x80;
    size_t at = 0;
    while (at < size) {
        size_t start = at;
        kithi_text_next(text, size, &at);
        if (text[start] == ' ' || ((unsigned char)text[start] < 0x80) != ascii) {
            return start;
        }
        if (start > 0 && kithi_word_is_one_of(text + start, at - start, endings, COUNT(endings))) {
            return at;
        }
    }
    return size;
}

/* Whether what stands between two numbers makes them one: 4丁目2-8 is 4-2-8. */
static bool joins(const char *text, size_t size) {
    static const char *const between[] = {" ", "丁目", "番", "番地"};
    return kithi_word_is_one_of(text, size, between, COUNT(between));
}

static bool is_number(const char *text, size_t size) {
    size_t at = 0;
    while (at < size && text[at] >= '0' && text[at] <= '9') {
        at++;
    }
    return at > 0 && at == size;
}

size_t kithi_han_street(const char *words, size_t size, char *out, size_t capacity) {
    char folded[KITHI_HAN_STREET_MAX_BYTES];
    size_t written = 0, part;
    bool after_number = false, joined = false;
    if (size > sizeof folded || !has_han(words, size)) {
        return 0;
    }
    memcpy(folded, words, size);
    size = kithi_han_fold(folded, size);
    for (size_t at = 0; at < size; at += part) {
        const char *text = folded + at;
        part = *text == ' ' ? 1 : part_size(text, size - at);
        if (*text == ' ' || kithi_word_is_one_of(text, part, units, COUNT(units))) {
            joined = after_number && joins(text, part);
            after_number = joined;
            continue;
        }
        if (written + part + 1 > capacity) {
            return 0;
        }
        bool number = is_number(text, part);
        out[written] = number && joined ? '-' : ' ';
        written += written > 0;
        memcpy(out + written, text, part);
        written += part;
        after_number = number;
        joined = false;
    }
    return written;
}
