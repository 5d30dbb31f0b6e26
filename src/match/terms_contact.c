/*
 * E-mail addresses: the local part without what providers pass over, and the domain. Telephone
 * numbers and codes: letters and digits alone.
 */
#include <string.h>

#include "src/base/text.h"
#include "src/match/features.h"

#define CAPACITY   256
#define LAST_SEVEN 7

void kithi_terms_of_email(kithi_feature_builder *b, size_t comparison, const char *text,
                          size_t size) {
    char folded[CAPACITY];
    size_t total, kept = 0;
    if (!kithi_text_fold(text, size, folded, sizeof folded, &total)) {
        return;
    }
    const char *at = memchr(folded, '@', total);
    size_t local = at != NULL ? (size_t)(at - folded) : total;
    const char *plus = memchr(folded, '+', local);
    size_t end = plus != NULL && plus > folded ? (size_t)(plus - folded) : local;
    for (size_t i = 0; i < end; i++) {
        char c = folded[i];
        if (c != '.' && c != '_' && c != '-') {
            folded[kept++] = c;
        }
    }
    const char *domain = local < total ? folded + local + 1 : "";
    kithi_builder_add(b, comparison, folded, kept, domain, local < total ? total - local - 1 : 0,
                      0);
}

void kithi_terms_of_phone(kithi_feature_builder *b, size_t comparison, const char *text,
                          size_t size) {
    char digits[CAPACITY];
    size_t count = 0;
    for (size_t i = 0; i < size && count < sizeof digits; i++) {
        if (text[i] >= '0' && text[i] <= '9') {
            digits[count++] = text[i];
        }
    }
    size_t tail = count < LAST_SEVEN ? count : LAST_SEVEN;
    kithi_builder_add(b, comparison, digits, count, digits + count - tail, tail, 0);
}

void kithi_terms_of_code(kithi_feature_builder *b, size_t comparison, const char *text,
                         size_t size) {
    char folded[CAPACITY];
    size_t total, kept = 0;
    if (!kithi_text_fold(text, size, folded, sizeof folded, &total)) {
        return;
    }
    for (size_t i = 0; i < total; i++) {
        bool sign = strchr(" -./", folded[i]) != NULL;
        folded[kept] = folded[i];
        kept += !sign;
    }
    kithi_builder_add(b, comparison, folded, kept, NULL, 0, 0);
}
