#include "src/match/company.h"

#include <string.h>

#include "src/match/words.h"

#define COUNT(list) (sizeof(list) / sizeof(list)[0])

/* No person is called so. */
static const char *const sure_forms[] = {
    "inc",  "incorporated", "ltd",  "limited", "llc",  "llp",  "plc", "gmbh",
    "corp", "corporation",  "sarl", "eirl",    "ohg",  "kgaa", "mbh", "bvba",
    "ооо",  "оао",          "зао",  "пао",     "ltda", "sro",  "oyj",
};

/* People may be called so: they are left out where a company is known to stand. */
static const char *const other_forms[] = {
    "co",  "company", "ag",  "kg",  "ug", "se",  "sa",  "sas", "sl", "slu",
    "srl", "bv",      "nv",  "ab",  "as", "oy",  "aps", "asa", "kk", "lp",
    "pc",  "pte",     "pvt", "pty", "sc", "kft", "cv",  "ао",  "ип", "group",
};

/* Longer ones before those that they end in. */
static const char *const dense_ends[] = {
    "股份有限公司", "有限责任公司", "集团有限公司", "有限公司", "集团公司", "株式会社",
    "有限会社",     "合同会社",     "公司",         "集团",     "주식회사", "유한회사",
};
static const char *const dense_fronts[] = {"株式会社", "有限会社", "合同会社", "주식회사"};

static const char *const articles[] = {"the", "la", "le", "el", "die", "der", "das"};
static const char *const joints[] = {"and", "und", "et", "of", "y"};

static bool is_one_of(kithi_span word, const char *const *list, size_t count) {
    return kithi_word_is_one_of(word.data, word.size, list, count);
}

static kithi_span without_last(kithi_span words) {
    words.size -= kithi_span_last_word(words).size;
    words.size -= words.size > 0;
    return words;
}

static kithi_span without_first(kithi_span words) {
    size_t skip = kithi_span_first_word(words).size;
    skip += skip < words.size;
    return (kithi_span){words.data + skip, words.size - skip};
}

/* "s a", "s p a": what is left of a form with dots. */
static kithi_span without_letters(kithi_span words) {
    kithi_span rest = words;
    size_t count = 0;
    while (kithi_span_last_word(rest).size == 1) {
        rest = without_last(rest);
        count++;
    }
    return count > 1 ? rest : words;
}

static kithi_span strip_end(kithi_span words) {
    kithi_span last = kithi_span_last_word(words);
    if (is_one_of(last, sure_forms, COUNT(sure_forms)) ||
        is_one_of(last, other_forms, COUNT(other_forms)) ||
        is_one_of(last, joints, COUNT(joints))) {
        return without_last(words);
    }
    size_t end = kithi_word_ending(words.data, words.size, dense_ends, COUNT(dense_ends));
    words.size -= end;
    while (end > 0 && words.size > 0 && words.data[words.size - 1] == ' ') {
        words.size--;
    }
    return end > 0 ? words : without_letters(words);
}

static kithi_span strip_front(kithi_span words) {
    kithi_span first = kithi_span_first_word(words);
    if (is_one_of(first, articles, COUNT(articles)) ||
        is_one_of(first, sure_forms, COUNT(sure_forms))) {
        return without_first(words);
    }
    for (size_t i = 0; i < COUNT(dense_fronts); i++) {
        size_t size = strlen(dense_fronts[i]);
        if (words.size >= size && memcmp(words.data, dense_fronts[i], size) == 0) {
            size += size < words.size && words.data[size] == ' ';
            return (kithi_span){words.data + size, words.size - size};
        }
    }
    return words;
}

kithi_span kithi_company_strip(kithi_span words) {
    kithi_span kept = words;
    for (kithi_span next = strip_end(kept); next.size > 0 && next.size < kept.size;) {
        kept = next;
        next = strip_end(kept);
    }
    kithi_span behind = strip_front(kept);
    return behind.size > 0 ? behind : kept;
}

bool kithi_company_is(kithi_span words) {
    kithi_span last = kithi_span_last_word(words);
    return last.size < words.size && is_one_of(last, sure_forms, COUNT(sure_forms));
}
