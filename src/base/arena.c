#include "src/base/arena.h"

#include <stdalign.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define ARENA_FIRST_BLOCK_BYTES   4096
#define ARENA_LARGEST_BLOCK_BYTES ((size_t)1 << 20)

struct kithi_arena_block {
    kithi_arena_block *next;
    size_t capacity;
    size_t used;
    alignas(max_align_t) unsigned char data[];
};

void kithi_arena_init(kithi_arena *arena) {
    arena->first = NULL;
    arena->current = NULL;
}

static size_t align_up(size_t size) {
    size_t mask = alignof(max_align_t) - 1;
    return (size + mask) & ~mask;
}

static kithi_arena_block *new_block(const kithi_arena *arena, size_t size) {
    size_t capacity = arena->current ? arena->current->capacity * 2 : ARENA_FIRST_BLOCK_BYTES;
    if (capacity > ARENA_LARGEST_BLOCK_BYTES) {
        capacity = ARENA_LARGEST_BLOCK_BYTES;
    }
    if (capacity < size) {
        capacity = size;
    }
    kithi_arena_block *block = malloc(sizeof *block + capacity);
    if (block != NULL) {
        block->next = NULL;
        block->capacity = capacity;
        block->used = 0;
    }
    return block;
}

void *kithi_arena_alloc(kithi_arena *arena, size_t size) {
    if (size > SIZE_MAX / 2) {
        return NULL;
    }
    size = align_up(size);
    kithi_arena_block *block = arena->current;
    if (block == NULL || block->capacity - block->used < size) {
        kithi_arena_block *added = new_block(arena, size);
        if (added == NULL) {
            return NULL;
        }
        if (block == NULL) {
            arena->first = added;
        } else {
            block->next = added;
        }
        arena->current = block = added;
    }
    void *memory = block->data + block->used;
    block->used += size;
    return memory;
}

void *kithi_arena_calloc(kithi_arena *arena, size_t count, size_t size) {
    if (size != 0 && count > SIZE_MAX / size) {
        return NULL;
    }
    void *memory = kithi_arena_alloc(arena, count * size);
    if (memory != NULL) {
        memset(memory, 0, count * size);
    }
    return memory;
}

char *kithi_arena_copy(kithi_arena *arena, const void *data, size_t size) {
    char *copy = size < SIZE_MAX ? kithi_arena_alloc(arena, size + 1) : NULL;
    if (copy != NULL) {
        if (size > 0) {
            memcpy(copy, data, size);
        }
        copy[size] = '\0';
    }
    return copy;
}

static void free_chain(kithi_arena_block *block) {
    while (block != NULL) {
        kithi_arena_block *next = block->next;
        free(block);
        block = next;
    }
}

void kithi_arena_reset(kithi_arena *arena) {
    if (arena->first == NULL) {
        return;
    }
    /* The last block is the largest: the one worth keeping. */
    kithi_arena_block *kept = arena->current;
    while (arena->first != kept) {
        kithi_arena_block *next = arena->first->next;
        free(arena->first);
        arena->first = next;
    }
    kept->used = 0;
}

void kithi_arena_clear(kithi_arena *arena) {
    free_chain(arena->first);
    kithi_arena_init(arena);
}
