/*
 * Normalising: raw text of an identifier becomes the one form in which equal identifiers are equal
 * bytes. Pure functions; what isn't of a type's form is KITH_INVALID, and the caller keeps the raw
 * text as an attribute.
 */
#ifndef KITHI_FACT_NORMALISE_H
#define KITHI_FACT_NORMALISE_H

#include <stddef.h>

#include "src/store/catalog.h"

#define KITHI_IDENTIFIER_MAX_BYTES 254

/*
 * @param region  default region of phone numbers: an ISO 3166 code such as "CN", or "auto".
 * @param out     room for KITHI_IDENTIFIER_MAX_BYTES; no NUL is written.
 * @return KITH_OK; KITH_INVALID.
 */
int kithi_normalise(kithi_normaliser how, const char *region, const char *text, size_t size,
                    char *out, size_t *out_size);

/* Whether a normal form is among the values of its type that never link: by the type's patterns, in
 * which the case of Latin letters doesn't matter, or since it is true or false, of any type. */
bool kithi_identifier_blocked(const kithi_identifier_rules *rules, const char *normal, size_t size);

/* One each; the same contract as kithi_normalise. */
int kithi_normalise_email(const char *text, size_t size, char *out, size_t *out_size);
int kithi_normalise_phone(const char *region, const char *text, size_t size, char *out,
                          size_t *out_size);

#endif
