/*
 * Integers as big-endian bytes, so that the byte order of keys is their order. Signed times are
 * stored with the sign bit flipped for the same reason.
 */
#ifndef KITHI_BASE_BYTES_H
#define KITHI_BASE_BYTES_H

#include <stdint.h>

static inline void kithi_put16(uint8_t *at, uint16_t value) {
    at[0] = (uint8_t)(value >> 8);
    at[1] = (uint8_t)value;
}

static inline void kithi_put32(uint8_t *at, uint32_t value) {
    kithi_put16(at, (uint16_t)(value >> 16));
    kithi_put16(at + 2, (uint16_t)value);
}

static inline void kithi_put64(uint8_t *at, uint64_t value) {
    kithi_put32(at, (uint32_t)(value >> 32));
    kithi_put32(at + 4, (uint32_t)value);
}

static inline uint16_t kithi_get16(const uint8_t *at) {
    return (uint16_t)((uint16_t)at[0] << 8 | at[1]);
}

static inline uint32_t kithi_get32(const uint8_t *at) {
    return (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
}

static inline uint64_t kithi_get64(const uint8_t *at) {
    return (uint64_t)kithi_get32(at) << 32 | kithi_get32(at + 4);
}

#define KITHI_SIGN_BIT ((uint64_t)1 << 63)

static inline void kithi_put_time(uint8_t *at, int64_t time_us) {
    kithi_put64(at, (uint64_t)time_us ^ KITHI_SIGN_BIT);
}

static inline int64_t kithi_get_time(const uint8_t *at) {
    return (int64_t)(kithi_get64(at) ^ KITHI_SIGN_BIT);
}

#endif
