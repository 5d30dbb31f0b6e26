/*
 * The steps of an explanation, for people and as JSON.
 */
#ifndef KITH_CLI_STEPS_H
#define KITH_CLI_STEPS_H

#include "src/cli/json_writer.h"

#define CLI_TABLES_MAX 3 /* of comparisons, in one answer for people */

/* An answer for people, while it is printed. */
typedef struct cli_telling {
    kith_txn *txn;
    uint32_t shown[CLI_TABLES_MAX][2]; /* pairs whose comparisons are printed */
    size_t shown_count, left_out;
} cli_telling;

/* "email bob@x.com", "score 7.32 bits", or "linked by Anna"; cleaned, owned. */
char *cli_step_reason(const kith_step *step);
/* The step in one line. */
void cli_step_print(cli_telling *telling, const kith_step *step);
/* The comparisons behind a step that has bits; nothing under others, and of further ones. */
void cli_step_print_table(cli_telling *telling, const kith_step *step, size_t indent);
/* Says how many tables were left out. */
void cli_telling_end(const cli_telling *telling);

void cli_json_record(cli_json *json, const char *name, kith_txn *txn, uint32_t number);
void cli_json_profile_id(cli_json *json, const char *name, kith_txn *txn, uint32_t number);
/* `step` may be NULL. */
void cli_json_step(cli_json *json, const char *name, kith_txn *txn, const kith_step *step);
void cli_json_steps(cli_json *json, kith_txn *txn, const kith_explanation *explanation);

#endif
