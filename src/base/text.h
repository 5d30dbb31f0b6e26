/*
 * Text: validity and folding of UTF-8. The one file of kith that knows utf8proc. Functions that
 * write take the caller's buffer and fail (false) rather than cut.
 */
#ifndef KITHI_BASE_TEXT_H
#define KITHI_BASE_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Whether the bytes are valid UTF-8 (no surrogates, no overlong forms); NUL bytes are valid. */
bool kithi_text_valid(const char *text, size_t size);
/* The number of leading bytes that are valid UTF-8. */
size_t kithi_text_valid_prefix(const char *text, size_t size);
/* Makes a NUL-terminated text that was put together from others, some of them cut, valid UTF-8 in
 * place: what is left of a character that was cut goes, other bytes that are none become '?'. */
void kithi_text_mend(char *text);
/*
 * Width and compatibility forms folded (NFKC: full-width digits and letters, half-width katakana,
 * U+3000), white space runs made one space, trimmed. Case stays. Fast for ASCII.
 */
bool kithi_text_clean(const char *text, size_t size, char *out, size_t capacity, size_t *out_size);
/* The same, and case, accents and hiragana/katakana folded as well: for comparing, never for
 * showing. */
bool kithi_text_fold(const char *text, size_t size, char *out, size_t capacity, size_t *out_size);
/* The text in composed form (NFC), with its case folded where asked for; all else stays. malloc'ed;
 * NULL: memory is out. */
char *kithi_text_compose(const char *text, size_t size, bool fold_case, size_t *out_size);
/* Whether all bytes are below 0x80. */
bool kithi_text_is_ascii(const char *text, size_t size);
/* Decodes the code point at *at (valid UTF-8) and moves on; -1 at the end. */
int32_t kithi_text_next(const char *text, size_t size, size_t *at);
/* Whether a code point is a Han character. */
bool kithi_text_is_han(int32_t code_point);

#endif
