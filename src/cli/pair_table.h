/*
 * Two records in bits: what each comparison adds to the prior, down to their sum.
 */
#ifndef KITH_CLI_PAIR_TABLE_H
#define KITH_CLI_PAIR_TABLE_H

#include "src/cli/json_writer.h"

void cli_pair_print(kith_txn *txn, uint32_t a, uint32_t b, size_t indent);
/* null where they can't be compared. */
void cli_json_pair(cli_json *json, const char *name, kith_txn *txn, uint32_t a, uint32_t b);

#endif
