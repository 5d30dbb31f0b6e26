/*
 * What changed from one JSON object to another of the same shape: numbers that stand in both.
 */
#ifndef KITH_CLI_JSON_DRIFT_H
#define KITH_CLI_JSON_DRIFT_H

#include <jansson.h>

#include "src/cli/table.h"

/* Columns of the table: where it stands, before, now, by how much. */
#define CLI_DRIFT_COLUMNS "lrrr"

/* A row for each number that is another one now. Long lists are left out, and lists of objects. */
void cli_json_add_drift(cli_table *table, const json_t *before, const json_t *now);

#endif
