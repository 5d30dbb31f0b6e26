#include "src/match/positions.h"

#include <string.h>

#include "src/base/text.h"

#define CLEARED_AT_ONCE 32 /* bytes */

/* Whether the letter at a position is of ASCII where all before are: then it's the byte there, and
 * one to be seen. */
static bool is_ascii_at(const char *text, size_t size, size_t position) {
    return position < size && position < KITHI_POSITIONS_MAX &&
           (unsigned char)text[position] < KITHI_POSITIONS_SLOTS;
}

/* The slot that holds a letter beyond ASCII, or the free one where it would go. An alphabet's
 * letters stand together, so most have the slot of their last bits to themselves. */
static size_t slot_of(const kithi_positions *positions, int32_t letter) {
    size_t slot = (size_t)letter % KITHI_POSITIONS_SLOTS;
    while (positions->others[slot] != 0 && positions->other_letters[slot] != letter) {
        slot = (slot + 1) % KITHI_POSITIONS_SLOTS;
    }
    return slot;
}

/* In pieces that are a few stores each: for the whole, compilers take a string instruction, whose
 * start alone costs more than a name's letters. */
static void clear(uint8_t numbers[KITHI_POSITIONS_SLOTS]) {
    for (size_t at = 0; at < KITHI_POSITIONS_SLOTS; at += CLEARED_AT_ONCE) {
        memset(numbers + at, 0, CLEARED_AT_ONCE);
    }
}

static uint8_t *number_of(kithi_positions *positions, int32_t letter) {
    if (letter < KITHI_POSITIONS_SLOTS) {
        return &positions->ascii[letter];
    }
    if (!positions->has_others) {
        clear(positions->others);
        positions->has_others = true;
    }
    size_t slot = slot_of(positions, letter);
    positions->other_letters[slot] = letter;
    return &positions->others[slot];
}

static void put(kithi_positions *positions, uint8_t *number, size_t position) {
    positions->masks[position + 1] = positions->masks[*number] | UINT64_C(1) << position;
    *number = (uint8_t)(position + 1);
}

void kithi_positions_make(const char *text, size_t size, kithi_positions *out) {
    size_t count = 0;
    clear(out->ascii);
    out->masks[0] = 0;
    out->has_others = false;
    for (; is_ascii_at(text, size, count); count++) {
        put(out, &out->ascii[(unsigned char)text[count]], count);
    }
    for (size_t at = count; at < size && count < KITHI_POSITIONS_MAX; count++) {
        put(out, number_of(out, kithi_text_next(text, size, &at)), count);
    }
    out->count = count;
}

static uint64_t find(const kithi_positions *positions, int32_t letter) {
    if (letter < KITHI_POSITIONS_SLOTS) {
        return positions->masks[positions->ascii[letter]];
    }
    return positions->has_others ? positions->masks[positions->others[slot_of(positions, letter)]]
                                 : 0;
}

size_t kithi_positions_find(const kithi_positions *positions, const char *text, size_t size,
                            uint64_t out[KITHI_POSITIONS_MAX]) {
    size_t count = 0;
    for (; is_ascii_at(text, size, count); count++) {
        out[count] = positions->masks[positions->ascii[(unsigned char)text[count]]];
    }
    for (size_t at = count; at < size && count < KITHI_POSITIONS_MAX; count++) {
        out[count] = find(positions, kithi_text_next(text, size, &at));
    }
    return count;
}
