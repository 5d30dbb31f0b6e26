/*
 * What stands in a name field and is no name: forms of address, remarks, words for nobody. They say
 * nothing of who somebody is.
 */
#ifndef KITHI_MATCH_REMARKS_H
#define KITHI_MATCH_REMARKS_H

#include <stdbool.h>
#include <stddef.h>

/* A piece of folded words. */
typedef struct kithi_span {
    const char *data;
    size_t size;
} kithi_span;

kithi_span kithi_span_first_word(kithi_span words);
kithi_span kithi_span_last_word(kithi_span words);

/* Makes spaces of remarks in brackets, in place, unless nothing else stands there:
 * "王伟（老客户）", "Ann Lee (VIP)". A given name in brackets stays: "Robert (Bob) Smith". */
void kithi_remarks_blank(char *text, size_t size);
/* The words without forms of address and "Jr."; empty for nobody ("Customer 17", 微信用户).
 * *out_addressed: a form of address stood there, so one word that is left is a surname. */
kithi_span kithi_remarks_strip(kithi_span words, bool *out_addressed);
/* Whether one word of Latin letters is no name: a form of address or a word for nobody. */
bool kithi_remarks_alone(kithi_span word);
/* Whether the word is one of those behind a name: "jr", "iii". */
bool kithi_remarks_suffix(kithi_span word);

#endif
