#include "src/match/remarks.h"

#include <string.h>

#include "src/base/letters.h"
#include "src/match/han.h"
#include "src/match/hangul.h"
#include "src/match/nicknames.h"
#include "src/match/words.h"

#define WORD_CAPACITY          64
#define JAPANESE_SURNAME_BYTES (3 * 3)
#define COUNT(list)            (sizeof(list) / sizeof(list)[0])

static const char *const titles[] = {
    "mr",    "mrs",    "ms",       "miss",   "mx",  "dr",   "prof", "sir",
    "madam", "mister", "herr",     "frau",   "sra", "srta", "mme",  "mlle",
    "senor", "senora", "monsieur", "madame", "씨",  "님",
};

static const char *const suffixes[] = {"jr", "sr", "ii", "iii", "iv", "esq", "phd"};

/* What a whole name is made of where there is none. */
static const char *const nouns[] = {
    "customer", "customers", "guest",      "anonymous", "unknown", "user",   "client", "member",
    "visitor",  "buyer",     "shopper",    "walkin",    "name",    "test",   "vip",    "cliente",
    "kunde",    "gast",      "покупатель", "клиент",    "гость",   "аноним", "고객",   "고객님",
    "손님",     "회원",      "회원님",     "익명",      "사용자",
};

/* What may stand beside them. */
static const char *const fillers[] = {
    "no", "new", "online", "web", "the", "a", "wechat", "walk", "in", "valued", "default", "store",
};

/* Folded, as han.c writes them. The ends of names first, the longer ones before the shorter. */
static const char *const han_titles[] = {
    "总经理", "董事长", "先生", "女士", "小姐", "太太", "夫人", "男士", "老师",
    "经理",   "主任",   "医生", "师傅", "阿姨", "叔叔", "老板", "同学", "律师",
    "教授",   "博士",   "院长", "校长", "店长", "大哥", "大姐",
};

/* Behind a surname only, as they may end a given name. */
static const char *const short_titles[] = {"总", "哥", "姐", "工", "董", "叔", "姨", "氏"};

/* Behind Japanese names. A short one is a surname, and where it ends can't be told. */
static const char *const japanese_titles[] = {"样", "殿"};

static const char *const han_nouns[] = {
    "微信用户", "匿名用户", "匿名", "客户", "客人", "顾客", "会员", "用户", "游客", "访客",
    "散客",     "来宾",     "贵宾", "买家", "网友", "路人", "未知", "无名", "测试", "微信",
};

static const char *const han_fillers[] = {"新", "老", "大"};

static bool is_one_of(kithi_span word, const char *const *list, size_t count) {
    return kithi_word_is_one_of(word.data, word.size, list, count);
}

kithi_span kithi_span_first_word(kithi_span words) {
    const char *space = words.size > 0 ? memchr(words.data, ' ', words.size) : NULL;
    return (kithi_span){words.data, space != NULL ? (size_t)(space - words.data) : words.size};
}

kithi_span kithi_span_last_word(kithi_span words) {
    size_t at = words.size;
    while (at > 0 && words.data[at - 1] != ' ') {
        at--;
    }
    return (kithi_span){words.data + at, words.size - at};
}

bool kithi_remarks_suffix(kithi_span word) {
    return is_one_of(word, suffixes, COUNT(suffixes));
}

bool kithi_remarks_alone(kithi_span word) {
    return is_one_of(word, nouns, COUNT(nouns)) || is_one_of(word, titles, COUNT(titles));
}

static kithi_span without_front(kithi_span words, size_t size) {
    size_t skip = size + (size < words.size && words.data[size] == ' ');
    return (kithi_span){words.data + skip, words.size - skip};
}

static kithi_span without_end(kithi_span words, size_t size) {
    words.size -= size;
    words.size -= words.size > 0 && words.data[words.size - 1] == ' ';
    return words;
}

/* customer17 */
static kithi_span without_digits(kithi_span word) {
    while (word.size > 0 && word.data[word.size - 1] >= '0' && word.data[word.size - 1] <= '9') {
        word.size--;
    }
    return word;
}

/* Brackets */

static const struct {
    const char *open, *close;
} brackets[] = {{"(", ")"}, {"[", "]"}, {"【", "】"}};

/* The size of the remark that begins at `at`, with its brackets; one that is left open runs to the
 * end. 0 where none begins. `inner` gets what stands in it. */
static size_t remark_size(const char *text, size_t size, size_t at, kithi_span *inner) {
    for (size_t i = 0; i < COUNT(brackets); i++) {
        size_t open = strlen(brackets[i].open), close = strlen(brackets[i].close);
        if (size - at < open || memcmp(text + at, brackets[i].open, open) != 0) {
            continue;
        }
        size_t end = at + open;
        while (end + close <= size && memcmp(text + end, brackets[i].close, close) != 0) {
            end++;
        }
        bool closed = end + close <= size;
        end = closed ? end : size;
        *inner = (kithi_span){text + at + open, end - at - open};
        return end + (closed ? close : 0) - at;
    }
    return 0;
}

static bool is_given_name(kithi_span text) {
    char words[WORD_CAPACITY];
    size_t size = 0;
    return text.size > 0 && kithi_text_words(text.data, text.size, words, sizeof words, &size) &&
           kithi_nicknames_know(words, size);
}

/* Whether a letter stands outside of all remarks. */
static bool any_outside(const char *text, size_t size) {
    kithi_span inner;
    for (size_t at = 0; at < size; at++) {
        size_t remark = remark_size(text, size, at, &inner);
        if (remark > 0) {
            at += remark - 1;
        } else if (text[at] != ' ') {
            return true;
        }
    }
    return false;
}

void kithi_remarks_blank(char *text, size_t size) {
    kithi_span inner;
    if (!any_outside(text, size)) {
        return;
    }
    for (size_t at = 0; at < size; at++) {
        size_t remark = remark_size(text, size, at, &inner);
        if (remark > 0 && !is_given_name(inner)) {
            memset(text + at, ' ', remark);
        }
        at += remark > 0 ? remark - 1 : 0;
    }
}

/* Han */

/* The size of the entry that ends (or begins) the words, 0 where none does. */
static size_t listed_end(kithi_span words, const char *const *list, size_t count) {
    return kithi_word_ending(words.data, words.size, list, count);
}

static size_t listed_front(kithi_span words, const char *const *list, size_t count) {
    for (size_t i = 0; i < count; i++) {
        size_t size = strlen(list[i]);
        if (words.size >= size && memcmp(words.data, list[i], size) == 0) {
            return size;
        }
    }
    return 0;
}

static size_t title_end(kithi_span words) {
    size_t size = listed_end(words, han_titles, COUNT(han_titles));
    if (size == 0) {
        size = listed_end(words, japanese_titles, COUNT(japanese_titles));
        size = size > 0 && words.size <= JAPANESE_SURNAME_BYTES + size ? words.size : size;
    }
    if (size == 0) {
        size = listed_end(words, short_titles, COUNT(short_titles));
        kithi_span rest = without_end(words, size);
        return kithi_han_is_surname(rest.data, rest.size) ? size : 0;
    }
    return size;
}

/* 客户 at either end, and 老 or 新 that stood before it. */
static kithi_span without_nouns(kithi_span words) {
    size_t size = listed_front(words, han_nouns, COUNT(han_nouns));
    if (size > 0) {
        return without_front(words, size);
    }
    size = listed_front(words, han_fillers, COUNT(han_fillers));
    if (size > 0 && listed_front(without_front(words, size), han_nouns, COUNT(han_nouns)) > 0) {
        return without_front(words, size);
    }
    size = listed_end(words, han_nouns, COUNT(han_nouns));
    if (size > 0) {
        kithi_span rest = without_end(words, size);
        return without_end(rest, listed_end(rest, han_fillers, COUNT(han_fillers)));
    }
    return words;
}

static kithi_span strip_han(kithi_span words, bool *out_addressed) {
    for (size_t before = 0; words.size != before;) {
        before = words.size;
        words = without_end(words, words.size - without_digits(words).size);
        size_t title = title_end(words);
        *out_addressed = *out_addressed || title > 0;
        words = without_nouns(without_end(words, title));
    }
    return words;
}

/* Other scripts */

/* Numbers, and ids as "user_8f3a" has them. */
static bool has_digit(kithi_span word) {
    return kithi_word_has_digit(word.data, word.size);
}

static bool is_nobody(kithi_span words) {
    bool any = kithi_word_is(words.data, words.size, "n a"); /* n/a */
    for (kithi_span rest = words; rest.size > 0 && !kithi_word_is(words.data, words.size, "n a");) {
        kithi_span word = kithi_span_first_word(rest);
        bool noun = is_one_of(without_digits(word), nouns, COUNT(nouns));
        if (!noun && !has_digit(word) && !is_one_of(word, fillers, COUNT(fillers))) {
            return false;
        }
        any = any || noun;
        rest = without_front(rest, word.size);
    }
    return any;
}

/* 김민수님 */
static kithi_span without_nim(kithi_span words, bool *out_addressed) {
    static const char *const endings[] = {"고객님", "선생님", "님"};
    size_t size =
        kithi_hangul_is(words.data, words.size) ? listed_end(words, endings, COUNT(endings)) : 0;
    *out_addressed = *out_addressed || size > 0;
    return without_end(words, size);
}

static kithi_span strip_words(kithi_span words, bool *out_addressed) {
    while (words.size > 0) {
        kithi_span first = kithi_span_first_word(words), last = kithi_span_last_word(words);
        if (is_one_of(first, titles, COUNT(titles))) {
            words = without_front(words, first.size);
            *out_addressed = true;
        } else if (kithi_hangul_is(last.data, last.size) &&
                   is_one_of(last, titles, COUNT(titles))) {
            words = without_end(words, last.size);
            *out_addressed = true;
        } else if (last.size < words.size && kithi_remarks_suffix(last)) {
            words = without_end(words, last.size);
        } else {
            break;
        }
    }
    return without_nim(words, out_addressed);
}

kithi_span kithi_remarks_strip(kithi_span words, bool *out_addressed) {
    *out_addressed = false;
    if (kithi_han_is(words.data, words.size)) {
        return strip_han(words, out_addressed);
    }
    if (is_nobody(words)) {
        return (kithi_span){words.data, 0};
    }
    kithi_span kept = strip_words(words, out_addressed);
    bool left = kept.size == words.size || !is_nobody(kept);
    return (kithi_span){kept.data, left ? kept.size : 0};
}
