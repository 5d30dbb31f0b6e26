/*
 * Customer lifetime value: how 'kith clv' tells it, of all customers and of one.
 */
#ifndef KITH_CLI_CLV_H
#define KITH_CLI_CLV_H

#include "src/cli/asked_score.h"

/* What a definition of kind "repeat" says where it doesn't: README, "Scores". */
#define CLI_CLV_METHOD           "mbg/nbd"
#define CLI_CLV_HORIZON_DAYS     365
#define CLI_CLV_DISCOUNT_PERCENT 10

/* 1,234.50: an amount of money, rounded to hundredths. */
const char *cli_clv_amount_text(double amount, char text[CLI_NUMBER_BYTES]);

/* The model, what all are worth, and those who are worth most. */
int cli_clv_list(const cli_arguments *arguments, cli_asked_score *asked, int64_t now_us);
/* What is to be expected of the customer that --id, --record or --find means. */
int cli_clv_forecast(const cli_arguments *arguments, cli_asked_score *asked, int64_t now_us);

#endif
