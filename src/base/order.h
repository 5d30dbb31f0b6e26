/*
 * Orders that several modules sort by.
 */
#ifndef KITHI_BASE_ORDER_H
#define KITHI_BASE_ORDER_H

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* As memcmp orders them, and a prefix before what it begins. */
static inline int kithi_bytes_compare(const void *a, size_t a_size, const void *b, size_t b_size) {
    size_t common = a_size < b_size ? a_size : b_size;
    int order = common > 0 ? memcmp(a, b, common) : 0;
    return order != 0 ? order : (a_size > b_size) - (a_size < b_size);
}

/* For qsort(), of uint32_t. */
static inline int kithi_compare_u32(const void *a, const void *b) {
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return (x > y) - (x < y);
}

/* For qsort(), of uint64_t. */
static inline int kithi_compare_u64(const void *a, const void *b) {
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

/* Sorts numbers: by insertion while they are a few dozen, which calls nothing. */
static inline void kithi_sort_u64(uint64_t *items, size_t count) {
    if (count > 64) {
        qsort(items, count, sizeof *items, kithi_compare_u64);
        return;
    }
    for (size_t i = 1; i < count; i++) {
        uint64_t item = items[i];
        size_t j = i;
        for (; j > 0 && items[j - 1] > item; j--) {
            items[j] = items[j - 1];
        }
        items[j] = item;
    }
}

/* The same for smaller ones. */
static inline void kithi_sort_u32(uint32_t *items, size_t count) {
    if (count > 64) {
        qsort(items, count, sizeof *items, kithi_compare_u32);
        return;
    }
    for (size_t i = 1; i < count; i++) {
        uint32_t item = items[i];
        size_t j = i;
        for (; j > 0 && items[j - 1] > item; j--) {
            items[j] = items[j - 1];
        }
        items[j] = item;
    }
}

#endif
