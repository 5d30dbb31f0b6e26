/*
 * Makes TZif files by hand, so that zones are tested against rules and tables that no place has.
 */
#ifndef KITH_TESTS_TZIF_FILE_H
#define KITH_TESTS_TZIF_FILE_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "src/base/bytes.h"

#define TZIF_BYTES_MAX    1024
#define TZIF_HEADER_BYTES 44
/* Where the second header of a file begins whose first block says nothing. */
#define TZIF_SECOND       (TZIF_HEADER_BYTES + 7)

typedef struct tzif_plan {
    char version; /* 0: only the first block, of 32 bits, and no rule */
    size_t transitions;
    const int64_t *times; /* since 1970, in seconds */
    const uint8_t *kinds; /* of each, its type */
    size_t types;
    const int32_t *offsets;
    const char *rule;
} tzif_plan;

static inline uint8_t *tzif_header(uint8_t *at, char version, size_t transitions, size_t types) {
    memset(at, 0, TZIF_HEADER_BYTES);
    memcpy(at, "TZif", 4);
    at[4] = (uint8_t)version;
    kithi_put32(at + 32, (uint32_t)transitions);
    kithi_put32(at + 36, (uint32_t)types);
    kithi_put32(at + 40, 1);
    return at + TZIF_HEADER_BYTES;
}

static inline uint8_t *tzif_block(uint8_t *at, const tzif_plan *plan, size_t time_bytes) {
    for (size_t i = 0; i < plan->transitions; i++, at += time_bytes) {
        if (time_bytes == 8) {
            kithi_put64(at, (uint64_t)plan->times[i]);
        } else {
            kithi_put32(at, (uint32_t)plan->times[i]);
        }
    }
    for (size_t i = 0; i < plan->transitions; i++) {
        *at++ = plan->kinds[i];
    }
    for (size_t i = 0; i < plan->types; i++, at += 6) {
        kithi_put32(at, (uint32_t)plan->offsets[i]);
        at[4] = at[5] = 0;
    }
    *at++ = '\0'; /* the one abbreviation of all */
    return at;
}

/* How many bytes of `out` the file has. */
static inline size_t tzif_make(const tzif_plan *plan, uint8_t out[TZIF_BYTES_MAX]) {
    static const int32_t none = 0;
    static const tzif_plan nothing = {.types = 1, .offsets = &none};
    if (plan->version == 0) {
        uint8_t *at = tzif_header(out, 0, plan->transitions, plan->types);
        return (size_t)(tzif_block(at, plan, 4) - out);
    }
    uint8_t *at = tzif_block(tzif_header(out, plan->version, 0, 1), &nothing, 4);
    at = tzif_header(at, plan->version, plan->transitions, plan->types);
    at = tzif_block(at, plan, 8);
    *at++ = '\n';
    size_t size = strlen(plan->rule);
    memcpy(at, plan->rule, size);
    at[size] = '\n';
    return (size_t)(at + size + 1 - out);
}

#endif
