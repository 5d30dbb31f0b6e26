/* What is to be expected of one customer. */
#include <stdlib.h>

#include "src/cli/clv.h"
#include "src/cli/finding.h"
#include "src/cli/table.h"

#define SHARE_USUAL .8
#define BAR_CELLS   30
#define NO_LESS     .0005 /* of a chance that is shown */

static int read_options(const cli_arguments *arguments, int64_t now_us,
                        kith_forecast_options *out) {
    uint64_t days = 0;
    int result = cli_option_count(arguments, "days", 0, &days);
    result =
        result == CLI_OK ? cli_option_real(arguments, "share", SHARE_USUAL, &out->share) : result;
    if (result == CLI_OK && days == 0 && cli_option_get(arguments, "days") != NULL) {
        return cli_usage(arguments->command, "--days needs a number from 1 on");
    }
    if (result == CLI_OK && !(out->share > 0 && out->share < 1)) {
        return cli_usage(arguments->command, "--share is above 0 and below 1, such as .9 or 90%%");
    }
    out->now_us = now_us;
    out->days = (double)days;
    return result;
}

/* For people */

static void add_value(cli_table *table, const kith_forecast *f, double share) {
    char text[CLI_NUMBER_BYTES], high[CLI_NUMBER_BYTES];
    cli_table_add(table, "what a purchase brings");
    cli_table_add(table, "%s", cli_clv_amount_text(f->order_value, text));
    cli_table_add(table, "%s", "");
    cli_table_add(table, "what all of them bring");
    cli_table_add(table, "%s", cli_clv_amount_text(f->value, text));
    cli_table_add(table, "%s to %s in %g%% of cases", cli_clv_amount_text(f->value_low, text),
                  cli_clv_amount_text(f->value_high, high), 100 * share);
    cli_table_add(table, "its standard error");
    cli_table_add(table, "%s", cli_clv_amount_text(f->value_error, text));
    cli_table_add(table, "as the model is an estimate");
    cli_table_add(table, "at risk");
    cli_table_add(table, "%s", cli_clv_amount_text(f->at_risk, text));
    cli_table_add(table, "lost, if the customer is");
}

static void add_next(cli_table *table, const kith_forecast *f, double share) {
    cli_table_add(table, "next purchase");
    if (f->next_days > 0) {
        cli_table_add(table, "in %.0f days", f->next_days);
        cli_table_add(table, "%.0f to %.0f days in %g%% of cases, if there is one",
                      f->next_early_days, f->next_late_days, 100 * share);
    } else {
        cli_table_add(table, "-");
        cli_table_add(table, "there is hardly one to come");
    }
}

static void print_expected(const kith_forecast *f, double share) {
    cli_table table;
    cli_table_init(&table, "lrl");
    table.indent = 2;
    cli_table_add(&table, "still buying here");
    cli_table_add(&table, "%.1f%%", 100 * f->alive);
    cli_table_add(&table, "%.1f%% in %g days; %.1f%% after %g days of silence", 100 * f->alive_then,
                  f->days, 100 * f->alive_if_silent, f->days);
    cli_table_add(&table, "purchases to come");
    cli_table_add(&table, "%.2f", f->purchases);
    cli_table_add(&table, "on average");
    add_next(&table, f, share);
    if (f->has_value) {
        add_value(&table, f, share);
    }
    cli_table_print(&table, stdout);
    cli_table_clear(&table);
}

static void add_chance(cli_table *table, size_t count, bool more, double chance) {
    char bar[3 * BAR_CELLS + 1] = "";
    size_t cells = (size_t)(chance * BAR_CELLS + .5);
    for (size_t i = 0; i < cells && i < BAR_CELLS; i++) {
        snprintf(bar + 3 * i, 4, "█");
    }
    cli_table_add(table, "%zu%s", count, more ? " or more" : "");
    cli_table_add(table, "%.1f%%", 100 * chance);
    cli_table_add(table, "%s", bar);
}

/* Up to the last count that has a chance to speak of. */
static void print_chances(const kith_forecast *f) {
    size_t last = KITH_FORECAST_CHANCES - 1;
    cli_table table;
    while (last > 1 && f->chances[last] < NO_LESS) {
        last--;
    }
    printf("\n%show many purchases in %g days%s\n", cli_bold(stdout), f->days, cli_plain(stdout));
    cli_table_init(&table, "lrl");
    table.indent = 2;
    for (size_t i = 0; i <= last; i++) {
        add_chance(&table, i, i + 1 == KITH_FORECAST_CHANCES, f->chances[i]);
    }
    cli_table_print(&table, stdout);
    cli_table_clear(&table);
}

static void print_text(const cli_arguments *arguments, const cli_asked_score *asked,
                       const kith_profile *profile, const kith_forecast_options *options,
                       const kith_forecast *f) {
    char id[KITH_ID_TEXT_BYTES], date[KITH_TIME_TEXT_BYTES], *score = cli_asked_score_text(asked);
    kith_id_format(&profile->id, id);
    kith_time_format(options->now_us, date);
    printf("%sprofile %s%s in the next %g days, as of %.10s\nby %s\n\n", cli_bold(stdout), id,
           cli_plain(stdout), f->days, date, score);
    print_expected(f, options->share);
    print_chances(f);
    cli_asked_score_print_keeping(asked, arguments->operands[0]);
    free(score);
}

/* JSON */

static void put_value(cli_json *json, const kith_forecast *f, const char *name, double value) {
    if (f->has_value) {
        cli_json_real(json, name, value);
    } else {
        cli_json_null(json, name);
    }
}

static void put_next(cli_json *json, const kith_forecast *f, const char *name, double days) {
    if (f->next_days > 0) {
        cli_json_real(json, name, days);
    } else {
        cli_json_null(json, name);
    }
}

static void put_forecast(cli_json *json, const kith_forecast *f) {
    cli_json_real(json, "days", f->days);
    cli_json_real(json, "alive", f->alive);
    cli_json_real(json, "alive_then", f->alive_then);
    cli_json_real(json, "alive_if_silent", f->alive_if_silent);
    cli_json_real(json, "purchases", f->purchases);
    cli_json_list(json, "chances");
    for (size_t i = 0; i < KITH_FORECAST_CHANCES; i++) {
        cli_json_real(json, NULL, f->chances[i]);
    }
    cli_json_end(json);
    put_next(json, f, "next_days", f->next_days);
    put_next(json, f, "next_early_days", f->next_early_days);
    put_next(json, f, "next_late_days", f->next_late_days);
    put_value(json, f, "order_value", f->order_value);
    put_value(json, f, "value", f->value);
    put_value(json, f, "value_low", f->value_low);
    put_value(json, f, "value_high", f->value_high);
    put_value(json, f, "value_error", f->value_error);
    put_value(json, f, "at_risk", f->at_risk);
}

static void print_json(const cli_asked_score *asked, const kith_profile *profile,
                       const kith_forecast_options *options, const kith_forecast *f) {
    cli_json json;
    cli_json_init(&json, stdout);
    cli_json_object(&json, NULL);
    cli_json_boolean(&json, "found", true);
    cli_json_id(&json, CLI_ID_COLUMN, &profile->id);
    cli_json_asked_score(&json, asked);
    cli_json_time(&json, "as_of", options->now_us);
    cli_json_real(&json, "share", options->share);
    put_forecast(&json, f);
    cli_json_end(&json);
}

/* All */

static int foresee(const cli_arguments *arguments, const cli_asked_score *asked,
                   const kith_profile *profile, const kith_forecast_options *options) {
    const cli_session *session = &asked->session;
    kith_forecast f = KITH_FORECAST_INIT;
    int code = kith_score_forecast(profile, asked->name, options, &f);
    if (code == KITH_NOT_FOUND || code == KITH_INVALID) {
        return cli_session_no(session, "%s", kith_txn_error(session->txn)->message);
    }
    if (code != KITH_OK) {
        return cli_session_fail(session);
    }
    if (arguments->json) {
        print_json(asked, profile, options, &f);
    } else {
        print_text(arguments, asked, profile, options, &f);
    }
    return CLI_OK;
}

int cli_clv_forecast(const cli_arguments *arguments, cli_asked_score *asked, int64_t now_us) {
    kith_forecast_options options = KITH_FORECAST_OPTIONS_INIT;
    kith_profile profile;
    cli_shared shared = {1, NULL};
    int result = read_options(arguments, now_us, &options);
    result = result == CLI_OK
                 ? cli_profile_find(arguments, &asked->session, now_us, &profile, &shared)
                 : result;
    result = result == CLI_OK ? foresee(arguments, asked, &profile, &options) : result;
    if (result == CLI_OK && !arguments->json) {
        cli_finding_print_shared(&shared);
    }
    kith_free(shared.ids);
    return result;
}
