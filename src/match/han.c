#include "src/match/han.h"

#include <stdlib.h>
#include <string.h>

#include "src/base/letters.h"
#include "src/base/text.h"
#include "src/match/han_tables.h"

#define HAN_BYTES  3      /* of a character in the table below */
#define ITERATION  0x3005 /* 々 */
#define SHORT_LAST 0xFFFF /* of the characters that take no more bytes than 々 */

/* Surnames of two characters, in folded form. */
static const char surnames[] =
    "欧阳司马上官诸葛东方皇甫尉迟公孙令狐慕容司徒司空夏侯宇文长孙端木百里东郭南宫呼延西门左丘"
    "公冶公羊澹台公西太史申屠公良拓跋轩辕赫连钟离闾丘宗政濮阳淳于单于太叔仲孙万俟闻人独孤司寇"
    "第五羊舌微生梁丘段干鲜于亓官巫马颛孙壤驷漆雕乐正宰父谷梁夹谷公仪公户公玉公仲公门公山公坚"
    "公伯东门东里南门即墨达奚褚师贺兰纳兰完颜耶律叶赫那拉西陵归海南荣北宫屠岸库狄宿勤贺拔贺若";

static int compare_others(const void *wanted, const void *other) {
    int32_t code_point = *(const int32_t *)wanted;
    int32_t listed = ((const kithi_han_other *)other)->code_point;
    return (code_point > listed) - (code_point < listed);
}

static uint16_t entry_of(int32_t c) {
    if (c >= KITHI_HAN_BLOCK_FIRST && c <= KITHI_HAN_BLOCK_LAST) {
        return kithi_han_block[c - KITHI_HAN_BLOCK_FIRST];
    }
    const kithi_han_other *found = bsearch(&c, kithi_han_others, kithi_han_other_count,
                                           sizeof *kithi_han_others, compare_others);
    return found != NULL ? found->entry : 0;
}

static int32_t form_of(int32_t c) {
    uint16_t entry = entry_of(c);
    return entry >= KITHI_HAN_BLOCK_FIRST ? entry : c;
}

const char *kithi_han_syllable(int32_t code_point) {
    uint16_t entry = entry_of(form_of(code_point));
    return entry > 0 ? kithi_han_syllables[entry - 1] : NULL;
}

size_t kithi_han_fold(char *text, size_t size) {
    size_t written = 0;
    int32_t before = 0;
    if (kithi_text_is_ascii(text, size)) {
        return size;
    }
    for (size_t at = 0, start = 0; at < size; start = at) {
        int32_t c = kithi_text_next(text, size, &at);
        bool repeats = c == ITERATION && before > 0 && before <= SHORT_LAST;
        int32_t form = repeats ? before : c;
        before = kithi_text_is_han(c) ? form_of(form) : 0;
        if (before == 0 || before == c) {
            memmove(text + written, text + start, at - start);
            written += at - start;
        } else {
            kithi_text_append(before, text, size, &written);
        }
    }
    return written;
}

/* Whether the letters of a text are Han characters and kana only; which of them it has. */
static bool is_eastern(const char *text, size_t size, bool *out_han, bool *out_kana) {
    *out_han = *out_kana = false;
    for (size_t at = 0; at < size;) {
        kithi_script script = kithi_text_script(kithi_text_next(text, size, &at));
        *out_han = *out_han || script == KITHI_SCRIPT_HAN;
        *out_kana = *out_kana || script == KITHI_SCRIPT_KANA;
        if (script != KITHI_SCRIPT_HAN && script != KITHI_SCRIPT_KANA &&
            script != KITHI_SCRIPT_NONE) {
            return false;
        }
    }
    return true;
}

bool kithi_han_is(const char *text, size_t size) {
    bool han, kana;
    return is_eastern(text, size, &han, &kana) && han && !kana;
}

bool kithi_han_has_kana(const char *text, size_t size) {
    bool han, kana;
    return is_eastern(text, size, &han, &kana) && kana;
}

static bool begins_with_long_surname(const char *text, size_t size) {
    for (size_t i = 0; size >= 2 * HAN_BYTES && i < sizeof surnames - 1; i += 2 * HAN_BYTES) {
        if (memcmp(text, surnames + i, 2 * HAN_BYTES) == 0) {
            return true;
        }
    }
    return false;
}

static size_t first_character(const char *text, size_t size) {
    size_t at = 0;
    kithi_text_next(text, size, &at);
    return at;
}

size_t kithi_han_surname(const char *text, size_t size) {
    /* A surname of two is taken only where a given name is left. */
    bool longer = size > 2 * HAN_BYTES && begins_with_long_surname(text, size);
    return longer ? 2 * HAN_BYTES : first_character(text, size);
}

bool kithi_han_is_surname(const char *text, size_t size) {
    return size > 0 && (first_character(text, size) == size ||
                        (size == 2 * HAN_BYTES && begins_with_long_surname(text, size)));
}
