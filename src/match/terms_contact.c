/*
 * E-mail addresses: the local part without what providers pass over, and the domain. Telephone
 * numbers and codes: letters and digits alone.
 */
#include <string.h>

#include "src/match/features.h"
#include "src/match/fold.h"

#define CAPACITY   256
#define LAST_SEVEN 7
#define PHONE_MIN  5 /* digits of a number that somebody answers */

void kithi_terms_of_email(kithi_feature_builder *b, size_t comparison, const char *text,
                          size_t size) {
    char folded[CAPACITY];
    size_t total = kithi_fold(text, size, folded, sizeof folded);
    const char *at = memchr(folded, '@', total);
    if (at == NULL) { /* "none" and "n/a" are no addresses */
        return;
    }
    size_t local = (size_t)(at - folded);
    const char *plus = memchr(folded, '+', local);
    size_t end = plus != NULL && plus > folded ? (size_t)(plus - folded) : local;
    size_t kept = kithi_drop_signs(folded, end, "._-");
    uint32_t alias = kithi_alias_of(at + 1, total - local - 1);
    kithi_builder_add(b, comparison, folded, kept, alias, 0);
}

/* Takes a piece out of a text wherever it is; returns the size that is left. */
static size_t take_out(char *text, size_t size, const char *piece, size_t piece_size) {
    size_t kept = 0;
    for (size_t at = 0; at < size;) {
        if (at + piece_size <= size && memcmp(text + at, piece, piece_size) == 0) {
            at += piece_size;
        } else {
            text[kept++] = text[at++];
        }
    }
    return kept;
}

/*
 * What an address has besides its owner's name: "j84" of jsmith84 for John Smith, and the initial
 * goes too. Everybody of that name may have the rest.
 */
static size_t rest_of(const kithi_feature_builder *b, size_t name, const kithi_term *term,
                      char out[KITHI_TERM_MAX_BYTES]) {
    size_t size = term->size;
    size_t words = name < KITHI_COMPARISONS_MAX ? b->counts[name] : 0;
    memcpy(out, b->text + term->at, size);
    for (size_t i = 0; i < words; i++) {
        const kithi_term *word = &b->terms[name][i];
        if (word->size > 1) {
            size = take_out(out, size, b->text + word->at, word->size);
        }
    }
    bool initial = size > 0 && (out[0] < '0' || out[0] > '9') &&
                   (size == 1 || (out[1] >= '0' && out[1] <= '9'));
    if (initial && size < term->size) {
        memmove(out, out + 1, --size);
    }
    return size;
}

void kithi_terms_of_email_rests(kithi_feature_builder *b, size_t comparison, size_t name) {
    kithi_term all[KITHI_TERMS_MAX];
    size_t count =
        b->counts[comparison] < KITHI_TERMS_MAX / 2 ? b->counts[comparison] : KITHI_TERMS_MAX / 2;
    for (size_t i = 0; i < count; i++) {
        char rest[KITHI_TERM_MAX_BYTES];
        const kithi_term *term = &b->terms[comparison][i];
        size_t size = rest_of(b, name, term, rest);
        bool room = b->text_bytes + size <= sizeof b->text;
        all[2 * i] = *term;
        all[2 * i + 1] = (kithi_term){.at = (uint16_t)b->text_bytes,
                                      .size = (uint8_t)(room ? size : 0),
                                      .flags = KITHI_TERM_REST};
        memcpy(b->text + b->text_bytes, rest, room ? size : 0);
        b->text_bytes += room ? size : 0;
    }
    memcpy(b->terms[comparison], all, 2 * count * sizeof *all);
    b->counts[comparison] = (uint8_t)(2 * count);
}

/* 0000000 */
static bool is_one_digit(const char *digits, size_t count) {
    size_t at = 1;
    while (at < count && digits[at] == digits[0]) {
        at++;
    }
    return at >= count;
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
    if (count < PHONE_MIN || is_one_digit(digits, count)) {
        return;
    }
    size_t tail = count < LAST_SEVEN ? count : LAST_SEVEN;
    kithi_builder_add(b, comparison, digits, count, kithi_alias_of(digits + count - tail, tail), 0);
}

void kithi_terms_of_code(kithi_feature_builder *b, size_t comparison, const char *text,
                         size_t size) {
    char folded[CAPACITY];
    size_t total = kithi_fold(text, size, folded, sizeof folded);
    size_t kept = kithi_drop_signs(folded, total, " -./");
    kithi_builder_add(b, comparison, folded, kept, 0, 0);
}
