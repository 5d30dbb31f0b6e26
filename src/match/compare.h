/*
 * Comparing what two records say, for the vetoes: are these two values clearly different? A veto
 * must be sure, so every doubt (a missing part, an initial, a nickname, another script, a likely
 * typing error) is "no". Pure functions on folded text.
 */
#ifndef KITHI_MATCH_COMPARE_H
#define KITHI_MATCH_COMPARE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define KITHI_NAME_MAX_BYTES 256

/* The folded parts of a person's name; any may be empty. Compare by kithi_names_equal. */
typedef struct kithi_name {
    char given[KITHI_NAME_MAX_BYTES];
    char family[KITHI_NAME_MAX_BYTES];
    char latin[KITHI_NAME_MAX_BYTES]; /* the name again in Latin letters, beside Han or Hangul */
    bool guessed; /* of a full name: which of its words are the given name isn't sure */
} kithi_name;

/*
 * Makes a name of the attributes that a record has (each may be NULL with size 0): given_name and
 * family_name where there are any, else the parts of full_name ("Last, First"; "First Last"; 王伟,
 * with compound surnames; 이민호; "Nguyễn Văn An"). Forms of address, remarks and words for nobody
 * ("Customer 17") are no part of it.
 */
void kithi_name_make(const char *given, size_t given_size, const char *family, size_t family_size,
                     const char *full, size_t full_size, kithi_name *out);

/* Whether two names are the same in all parts, so that nothing tells them apart. */
bool kithi_names_equal(const kithi_name *a, const kithi_name *b);
uint64_t kithi_name_hash(const kithi_name *name);

/* Whether two given names surely belong to two people. */
bool kithi_given_names_differ(const kithi_name *a, const kithi_name *b);
/* What programs write where no date was given: the first and last days that they can count. Eight
 * digits, 20240229. */
bool kithi_date_is_unset(const char *date);
/* Whether two dates (days since 1970-01-01) are no likely misreading of one another. A date that
 * programs write for none (1900-01-01) proves nothing. */
bool kithi_dates_differ(int64_t days_a, int64_t days_b);
/* Whether two texts of any other attribute differ once folded. */
bool kithi_texts_differ(const char *a, size_t size_a, const char *b, size_t size_b);

/* One short key a name, for counting how many different names share a value; 0 where there is no
 * name. */
uint64_t kithi_name_key(const kithi_name *name);

#endif
