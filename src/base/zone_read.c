/*
 * TZif files, RFC 8536. Version 1 has a block of times in 32 bits. The later ones have a second
 * block behind it, which says the same and more in 64 bits, and a footer: the rule for all times
 * behind its last transition. Of those the first block is only skipped.
 */
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "kith/base.h"
#include "src/base/bytes.h"
#include "src/base/zone_data.h"

#define MAGIC           "TZif"
#define HEADER_BYTES    44
#define TYPE_BYTES      6
#define TYPES_MAX       256
#define TRANSITIONS_MAX 8192 /* real zones have some 250 */
#define DESIGNATION_MAX 4096 /* letters of all abbreviations; real zones have some 50 */
/* RFC 8536 allows no earlier transition, and none that is real is as late. */
#define TIME_MAX        (INT64_C(1) << 59)

typedef struct cursor {
    const uint8_t *at;
    size_t left;
} cursor;

/* How many there are of each thing in a block. */
typedef struct counts {
    uint32_t universal, standard, leaps, transitions, types, letters;
} counts;

/* A block of a checked size: where in it things are. */
typedef struct block {
    counts has;
    size_t time_bytes;
    const uint8_t *times, *kinds, *types;
} block;

/* The parts of the file */

static const uint8_t *take(cursor *in, uint64_t size) {
    const uint8_t *at = in->at;
    if (size > in->left) {
        return NULL;
    }
    in->at += size;
    in->left -= (size_t)size;
    return at;
}

static bool take_header(cursor *in, uint8_t *version, counts *out) {
    const uint8_t *at = take(in, HEADER_BYTES);
    if (at == NULL || memcmp(at, MAGIC, 4) != 0) {
        return false;
    }
    *version = at[4];
    out->universal = kithi_get32(at + 20);
    out->standard = kithi_get32(at + 24);
    out->leaps = kithi_get32(at + 28);
    out->transitions = kithi_get32(at + 32);
    out->types = kithi_get32(at + 36);
    out->letters = kithi_get32(at + 40);
    return *version == 0 || (*version >= '2' && *version <= '4');
}

static uint64_t block_bytes(const counts *has, uint64_t time_bytes) {
    return has->transitions * (time_bytes + 1) + has->types * UINT64_C(6) + has->letters +
           has->leaps * (time_bytes + 4) + has->standard + has->universal;
}

static bool are_possible(const counts *has) {
    return has->types >= 1 && has->types <= TYPES_MAX && has->transitions <= TRANSITIONS_MAX &&
           has->letters >= 1 && has->letters <= DESIGNATION_MAX && has->leaps == 0 &&
           (has->standard == 0 || has->standard == has->types) &&
           (has->universal == 0 || has->universal == has->types);
}

static int32_t type_offset(const block *in, size_t type) {
    return (int32_t)kithi_get32(in->types + type * TYPE_BYTES);
}

/* Each type: its offset, whether it is summer time, and where its abbreviation begins. */
static bool are_types_sound(const block *in) {
    for (size_t i = 0; i < in->has.types; i++) {
        const uint8_t *type = in->types + i * TYPE_BYTES;
        int32_t offset = type_offset(in, i);
        if (offset < -KITHI_ZONE_OFFSET_MAX || offset > KITHI_ZONE_OFFSET_MAX || type[4] > 1 ||
            type[5] >= in->has.letters) {
            return false;
        }
    }
    return true;
}

static int64_t time_of(const block *in, size_t transition) {
    const uint8_t *at = in->times + transition * in->time_bytes;
    return in->time_bytes == 8 ? (int64_t)kithi_get64(at) : (int32_t)kithi_get32(at);
}

static bool are_transitions_sound(const block *in) {
    for (size_t i = 0; i < in->has.transitions; i++) {
        int64_t at = time_of(in, i);
        if (at < -TIME_MAX || at > TIME_MAX || in->kinds[i] >= in->has.types ||
            (i > 0 && at <= time_of(in, i - 1))) {
            return false;
        }
    }
    return true;
}

static bool take_block(cursor *in, const counts *has, size_t time_bytes, block *out) {
    if (!are_possible(has)) {
        return false;
    }
    const uint8_t *at = take(in, block_bytes(has, time_bytes));
    if (at == NULL) {
        return false;
    }
    out->has = *has;
    out->time_bytes = time_bytes;
    out->times = at;
    out->kinds = out->times + has->transitions * time_bytes;
    out->types = out->kinds + has->transitions;
    return are_types_sound(out) && are_transitions_sound(out);
}

/* A line of its own behind all else; maybe empty. */
static bool take_footer(cursor *in, cursor *out) {
    if (in->left < 2 || in->at[0] != '\n' || in->at[in->left - 1] != '\n') {
        return false;
    }
    *out = (cursor){in->at + 1, in->left - 2};
    return true;
}

/* The block that counts, and what rule stands behind it. */
static bool split(cursor in, block *out, cursor *rule) {
    counts has;
    uint8_t version, again;
    *rule = (cursor){in.at, 0};
    if (!take_header(&in, &version, &has)) {
        return false;
    }
    if (version == 0) {
        return take_block(&in, &has, 4, out);
    }
    return take(&in, block_bytes(&has, 4)) != NULL && take_header(&in, &again, &has) &&
           again == version && take_block(&in, &has, 8, out) && take_footer(&in, rule);
}

/* The zone of it */

/* Of a zone's transitions many change the abbreviation alone. With the last one the rule begins. */
static int read_changes(const block *in, kithi_zone *zone) {
    zone->first = type_offset(in, 0);
    zone->rule_from = INT64_MIN;
    if (in->has.transitions == 0) {
        return KITH_OK;
    }
    size_t last = in->has.transitions - 1;
    zone->rule_from = time_of(in, last);
    zone->changes = malloc(in->has.transitions * sizeof *zone->changes);
    if (zone->changes == NULL) {
        return KITH_NO_MEMORY;
    }
    int32_t before = zone->first;
    for (size_t i = 0; i < last; i++) {
        int32_t offset = type_offset(in, in->kinds[i]);
        if (offset != before) {
            zone->changes[zone->count++] = (kithi_zone_change){time_of(in, i), offset};
            before = offset;
        }
    }
    return KITH_OK;
}

/* Without a rule the last offset of the table goes on. With one it should say the same as the rule;
 * compilers of zones have got that wrong, and then the rule holds, as it does in C libraries. */
static int read_rule(const block *in, cursor text, kithi_zone *zone) {
    if (text.left > 0) {
        return kithi_zone_rule_read((const char *)text.at, text.left, &zone->rule);
    }
    size_t count = in->has.transitions;
    zone->rule.offset = type_offset(in, count == 0 ? 0 : in->kinds[count - 1]);
    return KITH_OK;
}

int kithi_zone_parse(const uint8_t *data, size_t size, kithi_zone **out) {
    block in;
    cursor rule;
    if (!split((cursor){data, size}, &in, &rule)) {
        return KITH_INVALID;
    }
    kithi_zone *zone = calloc(1, sizeof *zone);
    if (zone == NULL) {
        return KITH_NO_MEMORY;
    }
    int code = read_changes(&in, zone);
    if (code == KITH_OK) {
        code = read_rule(&in, rule, zone);
    }
    if (code != KITH_OK) {
        kithi_zone_free(zone);
        return code;
    }
    *out = zone;
    return KITH_OK;
}
