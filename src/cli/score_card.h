/*
 * The definition of a score, for people and as JSON: its kind, its settings and what was learnt.
 */
#ifndef KITH_CLI_SCORE_CARD_H
#define KITH_CLI_SCORE_CARD_H

#include "kith.h"
#include "src/cli/groups.h"
#include "src/cli/json_writer.h"
#include "src/cli/table.h"

/* The settings, and under a title of its own what was learnt. */
void cli_score_print_model(const char *definition);
/* What was learnt: the JSON object of a fit. */
void cli_score_print_fitted(const char *fitted);
/* Which of the numbers that were learnt are other ones than in the definition before, where both
 * have learnt. */
void cli_score_print_drift(const char *before, uint32_t version, const char *fitted);

/* "learnt from 4 customers as of 2024-06-01", or "" where nothing was learnt; owned. */
char *cli_score_fitted_text(const char *definition);

/* Rows of what it is: whether it is fitted, and its outputs. */
void cli_score_add_rows(cli_table *table, kith_txn *txn, const char *score, const char *definition);

/* Member of an object: what a definition has learnt, an object or null. */
void cli_score_json_fitted(cli_json *json, const char *name, const char *definition);
/* Members of an object: "kind", "definition" and "fitted", an object or null. */
void cli_score_json_model(cli_json *json, const char *definition);
/* Members: "learns", "learnt", and the list "outputs". */
void cli_score_json_about(cli_json *json, kith_txn *txn, const char *score);

/* Puts the names that a score's settings give to customers, in their order. */
void cli_score_put_names(cli_groups *groups, const char *definition);

#endif
