/*
 * What column names mean: the names that shops, CRMs and spreadsheets give to the attributes of the
 * built-in definitions, in English, Chinese, German, French and Spanish. Names are compared by
 * their letters and digits only, without accents, so that "First Name", first_name, FIRST-NAME and
 * firstName are one, and "Prénom" and prenom. Pure functions over
 * constant tables.
 */
#ifndef KITHI_INGEST_COLUMNS_H
#define KITHI_INGEST_COLUMNS_H

#include <stdbool.h>
#include <stddef.h>

#define KITHI_COLUMN_NAME_MAX_BYTES 1024 /* of a column and of the attribute it becomes */

/*
 * The attribute that a column of records becomes, or NULL where the name is not known.
 * @param out_single  whether the attribute takes one column only; others (phone and mobile) give
 * several values.
 */
const char *kithi_columns_attribute(const char *name, bool *out_single);
/* Whether the column says nothing that the import doesn't know already (the source's name). */
bool kithi_columns_is_ignored(const char *name);
/* Whether the column's name says that it holds the name of the row's source. */
bool kithi_columns_is_source(const char *name);

/*
 * How well a column serves as the key of the record; 0 best, -1 not at all.
 * @param of_events  a row is an event: its own id is no key of a customer.
 */
int kithi_columns_key_rank(const char *name, bool of_events);
/* How well a column serves as the time of an event; 0 best, -1 not at all. */
int kithi_columns_time_rank(const char *name);
bool kithi_columns_is_message_id(const char *name);

/* Identifier types of the built-in definitions in the order in which they stand in for a key; NULL
 * past the end. */
const char *kithi_columns_identifier(size_t rank);
/* Where an attribute stands in that order; -1 where it is no identifier type of the built-in
 * definitions. */
int kithi_columns_identifier_rank(const char *attribute);

/* Whether two names are the same but for case, accents, spaces and punctuation. */
bool kithi_columns_same(const char *a, const char *b);
/*
 * The name in snake case: "Customer ID", customerId -> customer_id; letters of other scripts and
 * dots stay. False where nothing is left or it doesn't fit in `capacity` bytes with its NUL.
 */
bool kithi_columns_snake(const char *name, char *out, size_t capacity);

#endif
