#include "src/cli/score_table.h"

#include <stdlib.h>
#include <string.h>

#define DAY_US INT64_C(86400000000)

/* Scores */

void cli_score_values_add(cli_table *table, const kith_profile *profile, const char *label) {
    kith_score_value found = KITH_SCORE_VALUE_INIT;
    size_t cursor = 0;
    while (kith_profile_next_score_value(profile, &cursor, &found) == KITH_OK) {
        char *value = cli_value_text(&found.value);
        cli_table_add(table, "%s%s.%s", label, found.score, found.output);
        cli_table_add(table, "%s", value);
        cli_table_add(table, "by its model");
        for (size_t i = 3; i < strlen(CLI_MARK_COLUMNS); i++) {
            cli_table_add(table, "%s", "");
        }
        free(value);
    }
}

void cli_json_score_values(cli_json *json, const kith_profile *profile) {
    kith_score_value found = KITH_SCORE_VALUE_INIT;
    size_t cursor = 0;
    cli_json_list(json, "score_values");
    while (kith_profile_next_score_value(profile, &cursor, &found) == KITH_OK) {
        cli_json_object(json, NULL);
        cli_json_text(json, "score", found.score);
        cli_json_text(json, "output", found.output);
        cli_json_value(json, "value", &found.value);
        cli_json_end(json);
    }
    cli_json_end(json);
}

/* Orders */

static void date_text(int64_t days, char text[KITH_TIME_TEXT_BYTES]) {
    kith_time_format(days * DAY_US, text);
    text[10] = '\0';
}

/* "12 on 10 days, 1,234.50 spent, 20.00 given back"; owned. */
static char *orders_text(const kith_orders *orders) {
    char count[CLI_NUMBER_BYTES], days[CLI_NUMBER_BYTES];
    char spent[CLI_NUMBER_BYTES], back[CLI_NUMBER_BYTES];
    bool paid = orders->amount != NULL, refunded = orders->refunded_micros != 0;
    return cli_format("%s on %s day%s%s%s%s%s%s%s", cli_count_text(orders->order_count, count),
                      cli_count_text(orders->day_count, days), cli_plural(orders->day_count),
                      paid ? ", " : "", paid ? cli_micros_text(orders->spent_micros, spent) : "",
                      paid ? " spent" : "", refunded ? ", " : "",
                      refunded ? cli_micros_text(orders->refunded_micros, back) : "",
                      refunded ? " given back" : "");
}

void cli_orders_add(cli_table *table, const kith_profile *profile) {
    kith_orders orders = KITH_ORDERS_INIT;
    size_t cursor = 0;
    while (kith_profile_next_orders(profile, &cursor, &orders) == KITH_OK) {
        char first[KITH_TIME_TEXT_BYTES] = "", last[KITH_TIME_TEXT_BYTES] = "";
        char *text = orders_text(&orders);
        if (orders.order_count > 0) {
            date_text(orders.first_days, first);
            date_text(orders.last_days, last);
        }
        cli_table_add(table, "orders");
        cli_table_add(table, "%s", text);
        cli_table_add(table, "each %s", orders.event != NULL ? orders.event : "");
        cli_table_add(table, "%s", first);
        cli_table_add(table, "%s%s", last[0] != '\0' ? "to " : "", last);
        free(text);
    }
}

static void json_date(cli_json *json, const char *name, const kith_orders *orders, int64_t days) {
    char text[KITH_TIME_TEXT_BYTES];
    date_text(days, text);
    cli_json_text(json, name, orders->order_count > 0 ? text : NULL);
}

void cli_json_orders(cli_json *json, const kith_profile *profile) {
    kith_orders orders = KITH_ORDERS_INIT;
    size_t cursor = 0;
    cli_json_list(json, "orders");
    while (kith_profile_next_orders(profile, &cursor, &orders) == KITH_OK) {
        cli_json_object(json, NULL);
        cli_json_text(json, "event", orders.event);
        cli_json_text(json, "amount", orders.amount);
        cli_json_text(json, "refund", orders.refund);
        json_date(json, "first", &orders, orders.first_days);
        json_date(json, "last", &orders, orders.last_days);
        cli_json_count(json, "order_count", orders.order_count);
        cli_json_count(json, "day_count", orders.day_count);
        cli_json_count(json, "paid_count", orders.paid_count);
        cli_json_count(json, "refund_count", orders.refund_count);
        cli_json_count(json, "last_gap_days", orders.last_gap_days);
        cli_json_micros(json, "spent", orders.spent_micros);
        cli_json_micros(json, "first_spent", orders.first_spent_micros);
        cli_json_micros(json, "refunded", orders.refunded_micros);
        cli_json_real(json, "squares", orders.squares);
        cli_json_real(json, "log_gaps", orders.log_gaps);
        cli_json_end(json);
    }
    cli_json_end(json);
}
