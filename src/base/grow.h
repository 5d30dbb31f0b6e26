/*
 * Growable arrays: three members of a struct (items, count, capacity) and one way to make room.
 * The items come from realloc(): the owner frees them.
 */
#ifndef KITHI_BASE_GROW_H
#define KITHI_BASE_GROW_H

#include <stdbool.h>
#include <stddef.h>

/*
 * Room for `needed` items in all; false when memory is out, and then the array is as it was. Both
 * `items` and `capacity` are changed. New room isn't zeroed.
 */
#define KITHI_GROW(items, capacity, needed)                                                        \
    ((needed) <= (capacity) || kithi_grow(&(items), &(capacity), (needed), sizeof *(items)))

/* What KITHI_GROW calls: `items` is the address of a pointer to items of any type. */
bool kithi_grow(void *items, size_t *capacity, size_t needed, size_t item_size);

#endif
