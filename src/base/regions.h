/*
 * The numbering plans of the world's telephones, one row a region: enough to tell a number that
 * can't be one and to write the rest as E.164. Lengths are those that customers' numbers have;
 * short codes and services are left out.
 */
#ifndef KITHI_BASE_REGIONS_H
#define KITHI_BASE_REGIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct kithi_region {
    char name[3];     /* ISO 3166-1 alpha-2 */
    uint16_t code;    /* calling code */
    char trunk[4];    /* dialled before a national number inside the region; "" for none */
    uint8_t min, max; /* digits of a national number without the trunk prefix */
} kithi_region;

/* The region of an ISO code, in either case; NULL where it isn't known. */
const kithi_region *kithi_region_find(const char *name);
/* The first region whose calling code begins `digits`; *out_size is the number of digits of the
 * code. NULL if none. */
const kithi_region *kithi_region_of_number(const char *digits, size_t count, size_t *out_size);
/* The next region with the same calling code, or NULL. */
const kithi_region *kithi_region_next(const kithi_region *region);

#endif
