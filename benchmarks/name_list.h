/*
 * Surnames to compare: the most frequent ones of the United States, as the generator of persons has
 * them. In small letters of ASCII, as folded.
 */
#ifndef KITH_BENCHMARKS_NAME_LIST_H
#define KITH_BENCHMARKS_NAME_LIST_H

#include <stddef.h>
#include <stdint.h>

#define NAME_LIST_MAX   5120
#define NAME_LIST_BYTES 32 /* of one name */

typedef struct name_list {
    size_t count;
    uint8_t sizes[NAME_LIST_MAX];
    char names[NAME_LIST_MAX][NAME_LIST_BYTES];
} name_list;

void name_list_load(name_list *list);
/* Each name with one typing error: a letter replaced, left out, doubled or exchanged with the next.
 */
void name_list_misspell(const name_list *list, uint64_t seed, name_list *out);
/* Each name with Cyrillic letters in the place of its own: two bytes each. */
void name_list_cyrillic(const name_list *list, name_list *out);

#endif
