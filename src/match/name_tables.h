/*
 * The tables of given names, which the build makes of name_tables/.
 */
#ifndef KITHI_MATCH_NAME_TABLES_H
#define KITHI_MATCH_NAME_TABLES_H

#include <stddef.h>
#include <stdint.h>

#define KITHI_GIVEN_NAME_BYTES 12 /* with the NUL: fixed, so that they can be searched */

/* In order; the rest of each is zeros. */
extern const char kithi_given_names[][KITHI_GIVEN_NAME_BYTES];
extern const size_t kithi_given_name_count;
/* The groups of name i, ascending: kithi_name_groups from kithi_name_group_begins[i] up to [i + 1].
 * Common names without others for them are of none. */
extern const uint16_t kithi_name_groups[], kithi_name_group_begins[];
/* The names of group g, the formal one first, in the same way. */
extern const uint16_t kithi_group_names[], kithi_group_name_begins[];

#endif
