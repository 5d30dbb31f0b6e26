/*
 * Names that customers have, and how many have each. Names that are known beforehand go first, in
 * their order; then the others, by their bytes.
 */
#ifndef KITH_CLI_GROUPS_H
#define KITH_CLI_GROUPS_H

#include <stddef.h>
#include <stdint.h>

typedef struct cli_group {
    char *name;  /* owned */
    size_t rank; /* among those that were known */
    uint64_t count;
} cli_group;

typedef struct cli_groups {
    cli_group **items; /* each stays where it is */
    size_t count;
} cli_groups;

/* The next of those that are known; a name that is there already stays where it is. */
void cli_groups_put(cli_groups *groups, const char *name);
/* The group of a name, which has one customer more. */
const cli_group *cli_groups_count(cli_groups *groups, const char *name, size_t size);
/* Below 0: a goes before b. */
int cli_group_compare(const cli_group *a, const cli_group *b);
/* From here on the items stand in their order, and no name is added. */
void cli_groups_sort(cli_groups *groups);
void cli_groups_clear(cli_groups *groups);

#endif
