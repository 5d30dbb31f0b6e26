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

size_t kithi_han_street(const char *words, size_t size, char *out, size_t capacity) {
    char folded[KITHI_HAN_STREET_MAX_BYTES];
    size_t written = 0, part;
    if (size > sizeof folded || !has_han(words, size)) {
        return 0;
    }
    memcpy(folded, words, size);
    size = kithi_han_fold(folded, size);
    for (size_t at = 0; at < size; at += part) {
        part = folded[at] == ' ' ? 1 : part_size(folded + at, size - at);
        if (folded[at] == ' ' || kithi_word_is_one_of(folded + at, part, units, COUNT(units))) {
            continue;
        }
        if (written + part + 1 > capacity) {
            return 0;
        }
        out[written] = ' ';
        written += written > 0;
        memcpy(out + written, folded + at, part);
        written += part;
    }
    return written;
}
