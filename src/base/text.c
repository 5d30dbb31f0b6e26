/*
 * Normalisation is done in one pass without memory of its own: code points are decomposed into a
 * short segment (one base character and its marks), which is put in canonical order, composed and
 * written when the next base comes. Text with absurdly many marks on one character is refused, so
 * that no input needs more room than the segment.
 */
#include "src/base/text.h"

#include <string.h>

#include <utf8proc.h>

#include "src/base/letters.h"

#define SEGMENT_MAX       64 /* Unicode's stream-safe format allows 30 marks on a base */
#define DECOMPOSITION_MAX 32 /* the longest one, U+FDFA, has 18 */

/* A run of the normaliser: the segment in hand, and how the output stands. */
typedef struct writer {
    char *out;
    size_t capacity;
    size_t size;
    int32_t segment[SEGMENT_MAX];
    size_t segment_count;
    bool space; /* white space is due before the next character */
    bool fold;
} writer;

static size_t ascii_prefix(const char *text, size_t size) {
    size_t at = 0;
    while (size - at >= sizeof(uint64_t)) {
        uint64_t word;
        memcpy(&word, text + at, sizeof word);
        if (word & UINT64_C(0x8080808080808080)) {
            break;
        }
        at += sizeof word;
    }
    while (at < size && (unsigned char)text[at] < 0x80) {
        at++;
    }
    return at;
}

bool kithi_text_is_ascii(const char *text, size_t size) {
    return ascii_prefix(text, size) == size;
}

/* Decodes at `text`; the number of its bytes, or 0 where it isn't valid. */
static size_t decode(const char *text, size_t size, int32_t *out) {
    if (size > 0 && (unsigned char)text[0] < 0x80) {
        *out = text[0];
        return 1;
    }
    /* No code point is longer, and a larger size may not fit utf8proc's signed type. */
    size_t bounded = size < KITHI_UTF8_MAX_BYTES ? size : KITHI_UTF8_MAX_BYTES;
    utf8proc_ssize_t used =
        utf8proc_iterate((const utf8proc_uint8_t *)text, (utf8proc_ssize_t)bounded, out);
    return used > 0 && *out >= 0 ? (size_t)used : 0;
}

size_t kithi_text_valid_prefix(const char *text, size_t size) {
    size_t at = 0;
    for (;;) {
        at += ascii_prefix(text + at, size - at);
        if (at == size) {
            return at;
        }
        int32_t code_point;
        size_t used = decode(text + at, size - at, &code_point);
        if (used == 0) {
            return at;
        }
        at += used;
    }
}

bool kithi_text_valid(const char *text, size_t size) {
    return size == 0 || kithi_text_valid_prefix(text, size) == size;
}

/* The bytes at `text` of a character that lacks its end; 0 where they are no such thing. */
static size_t cut_character(const char *text, size_t size) {
    unsigned char lead = (unsigned char)text[0];
    size_t whole = lead < 0xC2 ? 0 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : lead < 0xF5 ? 4 : 0;
    size_t have = 1;
    while (have < size && ((unsigned char)text[have] & 0xC0) == 0x80) {
        have++;
    }
    return have < whole ? have : 0;
}

void kithi_text_mend(char *text) {
    size_t size = strlen(text);
    size_t at = kithi_text_valid_prefix(text, size), kept = at;
    while (at < size) {
        size_t cut = cut_character(text + at, size - at);
        if (cut == 0) {
            text[kept++] = '?';
        }
        at += cut > 0 ? cut : 1;
        size_t valid = kithi_text_valid_prefix(text + at, size - at);
        memmove(text + kept, text + at, valid);
        kept += valid;
        at += valid;
    }
    text[kept] = '\0';
}

int32_t kithi_text_next(const char *text, size_t size, size_t *at) {
    if (*at >= size) {
        return -1;
    }
    int32_t code_point;
    size_t used = decode(text + *at, size - *at, &code_point);
    if (used == 0) {
        *at += 1;
        return 0xFFFD;
    }
    *at += used;
    return code_point;
}

bool kithi_text_is_han(int32_t c) {
    return (c >= 0x4E00 && c <= 0x9FFF) || (c >= 0x3400 && c <= 0x4DBF) || c == 0x3005 ||
           c == 0x3007 || (c >= 0xF900 && c <= 0xFAFF) || (c >= 0x20000 && c <= 0x323AF);
}

static bool is_ascii_space(char c) {
    return c == ' ' || (c >= '\t' && c <= '\r');
}

static bool is_space(int32_t c) {
    return c == ' ' || (c >= '\t' && c <= '\r') || c == 0x85 || c == 0xA0 || c == 0x1680 ||
           (c >= 0x2000 && c <= 0x200A) || c == 0x2028 || c == 0x2029 || c == 0x202F ||
           c == 0x205F || c == 0x3000;
}

/*
 * Marks of layout that copying from web pages and address books leaves behind: byte order marks,
 * zero-width spaces, direction marks, soft hyphens. The joiners U+200C and U+200D mean something in
 * Persian, Hindi and emoji.
 */
static bool is_invisible(int32_t c) {
    return c == 0xAD || c == 0x200B || c == 0x200E || c == 0x200F || (c >= 0x202A && c <= 0x202E) ||
           (c >= 0x2060 && c <= 0x206F) || c == 0xFEFF;
}

/*
 * Marks that only decorate: accents, and the vowel points of Hebrew and Arabic. The vowel signs of
 * Indic and Thai writing are marks too, but without them other words remain; nor do the voicing
 * marks of kana decorate.
 */
static bool is_accent(int32_t c) {
    return (c >= 0x300 && c <= 0x36F) || (c >= 0x591 && c <= 0x5BD) || (c >= 0x64B && c <= 0x65F) ||
           c == 0x670 || (c >= 0x1AB0 && c <= 0x1AFF) || (c >= 0x1DC0 && c <= 0x1DFF) ||
           (c >= 0x20D0 && c <= 0x20FF) || (c >= 0xFE20 && c <= 0xFE2F);
}

/* Letters whose stroke or ligature Unicode doesn't decompose. */
static const char *plain_letters(int32_t c) {
    switch (c) {
    case 0xE6: /* ae */
        return "ae";
    case 0xF0: /* eth */
    case 0x111:
        return "d";
    case 0xF8:
        return "o";
    case 0xFE: /* thorn */
        return "th";
    case 0x127:
        return "h";
    case 0x131:
        return "i";
    case 0x142:
        return "l";
    case 0x153:
        return "oe";
    case 0x167:
        return "t";
    default:
        return NULL;
    }
}

static int32_t fold_kana(int32_t c) {
    bool katakana = (c >= 0x30A1 && c <= 0x30F6) || c == 0x30FD || c == 0x30FE;
    return katakana ? c - 0x60 : c;
}

static bool put_byte(writer *to, char byte) {
    if (to->size == to->capacity) {
        return false;
    }
    to->out[to->size++] = byte;
    return true;
}

bool kithi_text_append(int32_t code_point, char *out, size_t capacity, size_t *at) {
    utf8proc_uint8_t bytes[KITHI_UTF8_MAX_BYTES];
    size_t count = (size_t)utf8proc_encode_char(code_point, bytes);
    if (count == 0 || capacity - *at < count) {
        return false;
    }
    memcpy(out + *at, bytes, count);
    *at += count;
    return true;
}

static int combining_class(int32_t c) {
    return utf8proc_get_property(c)->combining_class;
}

/* Whether `c` begins a segment: nothing before it can compose with it or be reordered past it. */
static bool is_boundary(const writer *to, int32_t c) {
    if (c < 0x300) {
        return true;
    }
    if (c >= 0x1161 && c <= 0x11C2) { /* Hangul vowels and finals join the syllable in hand */
        int32_t last = to->segment_count > 0 ? to->segment[to->segment_count - 1] : 0;
        bool joins = (c <= 0x1175 && last >= 0x1100 && last <= 0x1112) ||
                     (c >= 0x11A8 && last >= 0x1161 && last <= 0x1175);
        return !joins;
    }
    utf8proc_category_t category = utf8proc_category(c);
    return category != UTF8PROC_CATEGORY_MN && category != UTF8PROC_CATEGORY_MC &&
           category != UTF8PROC_CATEGORY_ME && combining_class(c) == 0;
}

/* Marks sorted by class, each class in its order; characters of class 0 stay where they are. */
static void order_marks(int32_t *segment, size_t count) {
    for (size_t i = 1; i < count; i++) {
        int32_t mark = segment[i];
        int class = combining_class(mark);
        size_t at = i;
        while (class > 0 && at > 0 && combining_class(segment[at - 1]) > class) {
            segment[at] = segment[at - 1];
            at--;
        }
        segment[at] = mark;
    }
}

static bool flush(writer *to) {
    size_t count = to->segment_count;
    if (count > 1) {
        order_marks(to->segment, count);
        utf8proc_ssize_t composed =
            utf8proc_normalize_utf32(to->segment, (utf8proc_ssize_t)count,
                                     (utf8proc_option_t)(UTF8PROC_COMPOSE | UTF8PROC_STABLE));
        if (composed < 0) {
            return false;
        }
        count = (size_t)composed;
    }
    to->segment_count = 0;
    for (size_t i = 0; i < count; i++) {
        if (!kithi_text_append(to->segment[i], to->out, to->capacity, &to->size)) {
            return false;
        }
    }
    return true;
}

static bool push(writer *to, int32_t c) {
    if (is_space(c)) {
        to->space = to->size > 0 || to->segment_count > 0;
        return flush(to);
    }
    if ((to->space || is_boundary(to, c)) && !flush(to)) {
        return false;
    }
    if (to->space) {
        to->space = false;
        if (!put_byte(to, ' ')) {
            return false;
        }
    }
    if (to->segment_count == SEGMENT_MAX) {
        return false;
    }
    to->segment[to->segment_count++] = c;
    return true;
}

static bool push_folded(writer *to, int32_t c) {
    if (is_accent(c)) {
        return true;
    }
    const char *plain = plain_letters(c);
    if (plain == NULL) {
        return push(to, fold_kana(c));
    }
    for (; *plain != '\0'; plain++) {
        if (!push(to, *plain)) {
            return false;
        }
    }
    return true;
}

static bool push_decomposed(writer *to, int32_t c) {
    int options = UTF8PROC_COMPAT | UTF8PROC_COMPOSE | UTF8PROC_STABLE;
    if (to->fold) {
        options |= UTF8PROC_CASEFOLD | UTF8PROC_IGNORE;
    }
    int32_t parts[DECOMPOSITION_MAX];
    int boundary = 0;
    utf8proc_ssize_t count =
        utf8proc_decompose_char(c, parts, DECOMPOSITION_MAX, (utf8proc_option_t)options, &boundary);
    if (count < 0 || count > DECOMPOSITION_MAX) {
        return false;
    }
    for (utf8proc_ssize_t i = 0; i < count; i++) {
        if (!(to->fold ? push_folded(to, parts[i]) : push(to, parts[i]))) {
            return false;
        }
    }
    return true;
}

static char fold_ascii(char c) {
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

/* Most texts are ASCII, and need no memory of what came before. */
static bool normalise_ascii(const char *text, size_t size, char *out, size_t capacity,
                            size_t *out_size, bool fold) {
    size_t count = 0;
    bool space = false;
    for (size_t i = 0; i < size; i++) {
        if (is_ascii_space(text[i])) {
            space = count > 0;
            continue;
        }
        if (count + space >= capacity) {
            return false;
        }
        if (space) {
            out[count++] = ' ';
            space = false;
        }
        out[count++] = fold ? fold_ascii(text[i]) : text[i];
    }
    *out_size = count;
    return true;
}

static bool write_unicode(writer *to, const char *text, size_t size) {
    for (size_t at = 0; at < size;) {
        int32_t c;
        size_t used = decode(text + at, size - at, &c);
        if (used == 0) {
            return false;
        }
        at += used;
        bool ok;
        if (c < 0x80) {
            ok = push(to, to->fold ? fold_ascii((char)c) : c);
        } else {
            ok = is_invisible(c) || push_decomposed(to, c);
        }
        if (!ok) {
            return false;
        }
    }
    return flush(to);
}

static bool normalise(const char *text, size_t size, char *out, size_t capacity, size_t *out_size,
                      bool fold) {
    if (size == 0 || kithi_text_is_ascii(text, size)) {
        return normalise_ascii(text, size, out, capacity, out_size, fold);
    }
    writer to = {.out = out, .capacity = capacity, .fold = fold};
    if (!write_unicode(&to, text, size)) {
        return false;
    }
    *out_size = to.size;
    return true;
}

bool kithi_text_clean(const char *text, size_t size, char *out, size_t capacity, size_t *out_size) {
    return normalise(text, size, out, capacity, out_size, false);
}

bool kithi_text_fold(const char *text, size_t size, char *out, size_t capacity, size_t *out_size) {
    return normalise(text, size, out, capacity, out_size, true);
}

char *kithi_text_compose(const char *text, size_t size, bool fold_case, size_t *out_size) {
    utf8proc_uint8_t *out = NULL;
    int options = UTF8PROC_COMPOSE | UTF8PROC_STABLE | (fold_case ? UTF8PROC_CASEFOLD : 0);
    utf8proc_ssize_t count = utf8proc_map((const utf8proc_uint8_t *)text, (utf8proc_ssize_t)size,
                                          &out, (utf8proc_option_t)options);
    *out_size = count >= 0 ? (size_t)count : 0;
    return count >= 0 ? (char *)out : NULL;
}

bool kithi_text_is_word(int32_t c) {
    if (c < 0x80) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    }
    switch (utf8proc_category(c)) {
    case UTF8PROC_CATEGORY_LU:
    case UTF8PROC_CATEGORY_LL:
    case UTF8PROC_CATEGORY_LT:
    case UTF8PROC_CATEGORY_LM:
    case UTF8PROC_CATEGORY_LO:
    case UTF8PROC_CATEGORY_MN:
    case UTF8PROC_CATEGORY_MC:
    case UTF8PROC_CATEGORY_ND:
    case UTF8PROC_CATEGORY_NL:
        return true;
    default:
        return false;
    }
}

int kithi_text_digit(int32_t c) {
    static const int32_t zeros[] = {'0', 0x660, 0x6F0, 0x966, 0x9E6, 0xE50};
    for (size_t i = 0; i < sizeof zeros / sizeof zeros[0]; i++) {
        if (c >= zeros[i] && c <= zeros[i] + 9) {
            return (int)(c - zeros[i]);
        }
    }
    return -1;
}

int32_t kithi_text_to_upper(int32_t c) {
    return c >= 0x80 ? utf8proc_toupper(c) : c >= 'a' && c <= 'z' ? c - 'a' + 'A' : c;
}

int32_t kithi_text_to_lower(int32_t c) {
    return c >= 0x80 ? utf8proc_tolower(c) : c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c;
}

kithi_script kithi_text_script(int32_t c) {
    static const struct {
        int32_t first, last;
        kithi_script script;
    } ranges[] = {
        {'A', 'Z', KITHI_SCRIPT_LATIN},        {'a', 'z', KITHI_SCRIPT_LATIN},
        {0xC0, 0x24F, KITHI_SCRIPT_LATIN},     {0x370, 0x3FF, KITHI_SCRIPT_GREEK},
        {0x400, 0x52F, KITHI_SCRIPT_CYRILLIC}, {0x590, 0x5FF, KITHI_SCRIPT_HEBREW},
        {0x600, 0x77F, KITHI_SCRIPT_ARABIC},   {0x1100, 0x11FF, KITHI_SCRIPT_HANGUL},
        {0x1E00, 0x1EFF, KITHI_SCRIPT_LATIN},  {0x1F00, 0x1FFF, KITHI_SCRIPT_GREEK},
        {0x3041, 0x30FF, KITHI_SCRIPT_KANA},   {0x31F0, 0x31FF, KITHI_SCRIPT_KANA},
        {0xAC00, 0xD7A3, KITHI_SCRIPT_HANGUL},
    };
    for (size_t i = 0; i < sizeof ranges / sizeof ranges[0]; i++) {
        if (c >= ranges[i].first && c <= ranges[i].last) {
            return ranges[i].script;
        }
    }
    if (kithi_text_is_han(c)) {
        return KITHI_SCRIPT_HAN;
    }
    bool letter = c >= 0x80 && kithi_text_is_word(c) && combining_class(c) == 0 &&
                  utf8proc_category(c) != UTF8PROC_CATEGORY_ND;
    return letter ? KITHI_SCRIPT_OTHER : KITHI_SCRIPT_NONE;
}

static bool is_apostrophe(int32_t c) {
    return c == '\'' || c == '`' || c == 0x2018 || c == 0x2019 || (c >= 0x2B9 && c <= 0x2BC);
}

/* The letter or digit that a byte of ASCII is in a word; 0: it is in none. */
static char word_ascii(char c) {
    char low = (char)(c | 0x20);
    return low >= 'a' && low <= 'z' ? low : c >= '0' && c <= '9' ? c : 0;
}

/* As below, in one pass. */
static bool words_of_ascii(const char *text, size_t size, char *out, size_t capacity,
                           size_t *out_size) {
    size_t written = 0;
    bool space = false;
    for (size_t i = 0; i < size; i++) {
        char c = word_ascii(text[i]);
        if (c == 0) {
            space = space || (!is_apostrophe(text[i]) && written > 0);
            continue;
        }
        if (written + space >= capacity) {
            return false;
        }
        out[written] = ' ';
        written += space;
        out[written++] = c;
        space = false;
    }
    *out_size = written;
    return true;
}

bool kithi_text_words(const char *text, size_t size, char *out, size_t capacity, size_t *out_size) {
    size_t folded_size = 0;
    if (size > 0 && kithi_text_is_ascii(text, size)) {
        return words_of_ascii(text, size, out, capacity, out_size);
    }
    if (!kithi_text_fold(text, size, out, capacity, &folded_size)) {
        return false;
    }
    /* What is kept is never longer than what was read, so the words are made in place. */
    size_t written = 0;
    bool space = false;
    for (size_t at = 0, start = 0; at < folded_size; start = at) {
        int32_t c = kithi_text_next(out, folded_size, &at);
        if (is_apostrophe(c)) {
            continue;
        }
        if (!kithi_text_is_word(c)) {
            space = written > 0;
            continue;
        }
        if (space) {
            out[written++] = ' ';
            space = false;
        }
        memmove(out + written, out + start, at - start);
        written += at - start;
    }
    *out_size = written;
    return true;
}
