/*
 * Common surnames that are nobody's given name, so that a full name with one of them in front is
 * read family name first. Folded words.
 */
#ifndef KITHI_MATCH_SURNAMES_H
#define KITHI_MATCH_SURNAMES_H

#include <stdbool.h>
#include <stddef.h>

/* Whether the word is a surname, by the table or by a Russian ending. */
bool kithi_surnames_know(const char *word, size_t size);
/* Whether a given name is a common surname too, so that alone it tells nothing: "thomas". */
bool kithi_surnames_may_be(const char *word, size_t size);
/* Whether it is one of the Vietnamese ones, which stand first, and the given name last. */
bool kithi_surnames_vietnamese(const char *word, size_t size);
/* Whether the word belongs to a surname and begins it: "van", "de". */
bool kithi_surnames_particle(const char *word, size_t size);
/* Whether the word is a patronymic: "иванович", "petrovna". */
bool kithi_surnames_patronymic(const char *word, size_t size);

#endif
