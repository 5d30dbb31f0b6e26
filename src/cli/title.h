/*
 * What a customer is called where one is shown.
 */
#ifndef KITH_CLI_TITLE_H
#define KITH_CLI_TITLE_H

#include "kith.h"

/* A name, or else the first record; owned. */
char *cli_title_text(kith_txn *txn, const kith_profile *profile);

#endif
