/*
 * An arena: memory that is freed all at once. Allocation bumps a pointer; blocks are kept over a
 * reset, so a warm transaction allocates nothing from the system.
 */
#ifndef KITHI_BASE_ARENA_H
#define KITHI_BASE_ARENA_H

#include <stddef.h>

typedef struct kithi_arena_block kithi_arena_block;

typedef struct kithi_arena {
    kithi_arena_block *first;
    kithi_arena_block *current;
} kithi_arena;

void kithi_arena_init(kithi_arena *arena);
/* Aligned for any type; NULL when memory is out. Not zeroed. */
void *kithi_arena_alloc(kithi_arena *arena, size_t size);
/* The same, zeroed; the product is checked. */
void *kithi_arena_calloc(kithi_arena *arena, size_t count, size_t size);
/* A copy of `size` bytes with a NUL behind. */
char *kithi_arena_copy(kithi_arena *arena, const void *data, size_t size);
/* Forgets all allocations and keeps one block. */
void kithi_arena_reset(kithi_arena *arena);
void kithi_arena_clear(kithi_arena *arena);

#endif
