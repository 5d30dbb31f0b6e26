/*
 * An RFM analysis as it is shown: tables and a grid for people, or one JSON object.
 */
#ifndef KITH_CLI_RFM_CARD_H
#define KITH_CLI_RFM_CARD_H

#include "kith.h"

void cli_rfm_print(const kith_rfm_result *result);
void cli_rfm_print_json(const kith_rfm_result *result);

#endif
