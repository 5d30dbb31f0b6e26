/*
 * Customers in the order of a score: the highest number first, or those of one name after those of
 * another; ties by profile id. With a limit only so many are kept, in a heap, so that memory is
 * bounded by it.
 */
#ifndef KITH_CLI_RANKING_H
#define KITH_CLI_RANKING_H

#include <stdbool.h>
#include <stddef.h>

#include "kith.h"
#include "src/cli/groups.h"

typedef struct cli_ranked {
    kith_id id;
    const cli_group *group; /* borrowed; NULL: the number tells */
    double number;          /* the higher goes first */
    kith_value *values;     /* owned, texts too */
} cli_ranked;

/* All zero but these two, to begin with. */
typedef struct cli_ranking {
    size_t column_count;
    size_t limit; /* 0: all are kept */
    cli_ranked *items;
    size_t count, capacity;
} cli_ranking;

/* Takes a customer into the order, with a copy of the values. */
void cli_ranking_offer(cli_ranking *ranking, const kith_id *id, const cli_group *group,
                       double number, const kith_value *values);
/* From here on the items stand in their order. */
void cli_ranking_sort(cli_ranking *ranking);
void cli_ranking_clear(cli_ranking *ranking);

#endif
