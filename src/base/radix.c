#include "src/base/radix.h"

#include <stdlib.h>
#include <string.h>

#define DIGIT_BITS 11
#define DIGITS     (UINT32_C(1) << DIGIT_BITS)

/* Moves places from one list to the other, in order of one digit of their numbers. */
static void move(const uint64_t *numbers, uint32_t count, unsigned shift, const uint32_t *from,
                 uint32_t *to) {
    uint32_t begins[DIGITS] = {0}, begin = 0;
    for (uint32_t i = 0; i < count; i++) {
        begins[numbers[i] >> shift & (DIGITS - 1)]++;
    }
    for (uint32_t digit = 0; digit < DIGITS; digit++) {
        uint32_t here = begins[digit];
        begins[digit] = begin;
        begin += here;
    }
    for (uint32_t i = 0; i < count; i++) {
        to[begins[numbers[from[i]] >> shift & (DIGITS - 1)]++] = from[i];
    }
}

/* The bits in which the numbers aren't all the same. */
static uint64_t bits_that_differ(const uint64_t *numbers, uint32_t count) {
    uint64_t bits = 0;
    for (uint32_t i = 1; i < count; i++) {
        bits |= numbers[i] ^ numbers[0];
    }
    return bits;
}

bool kithi_radix_order(const uint64_t *numbers, uint32_t count, uint32_t *out) {
    uint32_t *room = malloc(((size_t)count + 1) * sizeof *room), *from = out, *to = room;
    uint64_t bits = bits_that_differ(numbers, count);
    if (room == NULL) {
        return false;
    }
    for (uint32_t i = 0; i < count; i++) {
        out[i] = i;
    }
    for (unsigned shift = 0; shift < 64 && bits >> shift != 0; shift += DIGIT_BITS) {
        if ((bits >> shift & (DIGITS - 1)) != 0) {
            move(numbers, count, shift, from, to);
            uint32_t *moved = to;
            to = from;
            from = moved;
        }
    }
    if (from != out) {
        memcpy(out, from, count * sizeof *out);
    }
    free(room);
    return true;
}
