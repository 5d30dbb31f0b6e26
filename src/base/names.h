/*
 * Texts by dense numbers, in order of their first mention. For the working sets of a transaction.
 */
#ifndef KITHI_BASE_NAMES_H
#define KITHI_BASE_NAMES_H

#include "src/base/arena.h"
#include "src/base/map.h"

typedef struct kithi_names {
    const char **items; /* copies, by their numbers */
    size_t count, capacity;
    kithi_arena arena;
    kithi_map places; /* by hash, or the next one that is free */
} kithi_names;

void kithi_names_init(kithi_names *names);
/* The number of a text, which is added where it is new. False: memory is out. */
bool kithi_names_number(kithi_names *names, const char *text, uint32_t *out);
/* Forgets the texts, keeps the memory. */
void kithi_names_reset(kithi_names *names);
void kithi_names_clear(kithi_names *names);

#endif
