/*
 * Kinds of comparisons: what of a record each looks at, and the levels of likeness that it tells.
 */
#ifndef KITHI_MATCH_KIND_H
#define KITHI_MATCH_KIND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define KITHI_LEVELS_MAX 16
#define KITHI_SHARED_MAX 3 /* terms that two records share, of one comparison */
#define KITHI_PARTS_MAX  4 /* into which the terms of a comparison fall */

typedef enum kithi_kind {
    KITHI_KIND_NAME,
    KITHI_KIND_DATE,
    KITHI_KIND_ADDRESS,
    KITHI_KIND_TEXT,
    KITHI_KIND_CATEGORY,
    KITHI_KIND_EMAIL,
    KITHI_KIND_PHONE,
    KITHI_KIND_CODE,
    KITHI_KIND_NUMBER,
    KITHI_KIND_GEO,
    KITHI_KIND_COUNT
} kithi_kind;

/* Levels that are asked for by name. */
enum {
    KITHI_LEVEL_DIFFERENT = 1, /* of every kind */
    KITHI_NAME_GIVEN_DIFFERENT = 6,
    KITHI_NAME_EQUAL_BUT_ORDER = 13,
    KITHI_ADDRESS_POSTCODE = 6
};

typedef struct kithi_kind_info {
    kithi_kind kind;
    const char *name;
    uint8_t level_count; /* with level 0, which is "missing" */
    bool terms;          /* how frequent a shared term is counts */
    /* What its terms are: there are more surnames than given names, so each part has a usual
     * frequency of its own. The last one is of all that are no other. */
    uint8_t part_count;
    const char *part_names[KITHI_PARTS_MAX + 1]; /* NULL ends them */
    /* What a person has alone, a bit for each level: those that relatives reach by chance alone,
     * and no oftener than this; and those that say somebody else, which one person seldom reaches.
     */
    uint16_t own_levels;
    double own_most;
    uint16_t other_levels;
    double other_most;
    bool exclusive; /* a person has one, and it never changes: unlike a name */
    const char *level_names[KITHI_LEVELS_MAX];
} kithi_kind_info;

const kithi_kind_info *kithi_kind_of(kithi_kind kind);
/* By its name; NULL: there is none. */
const kithi_kind_info *kithi_kind_find(const char *name, size_t size);

#endif
