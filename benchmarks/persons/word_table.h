/*
 * Words that are drawn by weight. They stand in lines of text, entries parted by '|' and their
 * fields by ',': the word itself, its weight, then whatever goes with it.
 */
#ifndef KITH_BENCHMARKS_WORD_TABLE_H
#define KITH_BENCHMARKS_WORD_TABLE_H

#include <stddef.h>
#include <stdint.h>

#include "person_random.h"

#define WORD_TABLE_MAX 5120
#define WORD_BYTES     48 /* the longest field, with its NUL */

typedef struct word_table {
    size_t count;
    uint32_t total;
    const char *entry[WORD_TABLE_MAX]; /* borrowed from the lines; ends at '|' or NUL */
    uint32_t upto[WORD_TABLE_MAX];     /* the sum of the weights up to and with this entry */
} word_table;

/* `lines` ends with NULL. */
void word_table_load(word_table *table, const char *const *lines);
/* The index of an entry, by weight. */
size_t word_table_draw(const word_table *table, person_random *random);
/* The entry at a point of 0 to total - 1. */
size_t word_table_at(const word_table *table, uint32_t point);
uint32_t word_table_weight(const word_table *table, size_t index);
/* How many fields the entry has. */
unsigned word_table_fields(const word_table *table, size_t index);
/* Writes a field, which may be missing: then it is empty. Returns `out`. */
char *word_table_field(const word_table *table, size_t index, unsigned field, char out[WORD_BYTES]);
uint32_t word_table_number(const word_table *table, size_t index, unsigned field);

#endif
