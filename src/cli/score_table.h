/*
 * What a store's models say of a profile, and the orders that they are worked out from, for people
 * and as JSON.
 */
#ifndef KITH_CLI_SCORE_TABLE_H
#define KITH_CLI_SCORE_TABLE_H

#include "src/cli/json_writer.h"
#include "src/cli/mark_table.h"
#include "src/cli/table.h"

/* A row each, as those of CLI_MARK_COLUMNS; `label` is put before the names. */
void cli_score_values_add(cli_table *table, const kith_profile *profile, const char *label);
void cli_orders_add(cli_table *table, const kith_profile *profile);

/* The lists "score_values" and "orders". */
void cli_json_score_values(cli_json *json, const kith_profile *profile);
void cli_json_orders(cli_json *json, const kith_profile *profile);

#endif
