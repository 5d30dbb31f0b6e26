/* What customers are worth: the model, the sums, and those who are worth most. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "src/cli/clv.h"
#include "src/cli/formula.h"
#include "src/cli/json_layout.h"
#include "src/cli/people.h"
#include "src/cli/ranking.h"
#include "src/cli/row_writer.h"
#include "src/cli/table.h"

#define CUSTOMERS_SHOWN 20 /* to people, unless they ask for more */
#define MICROS_MOST     9e12

typedef enum output { ALIVE, PURCHASES, ORDER_VALUE, VALUE, AT_RISK, OUTPUTS } output;

static const char *const outputs[] = {
    [ALIVE] = "alive", [PURCHASES] = "purchases", [ORDER_VALUE] = "order_value",
    [VALUE] = "value", [AT_RISK] = "at_risk",     [OUTPUTS] = NULL};

typedef struct listing {
    const cli_arguments *arguments;
    const cli_asked_score *asked;
    int64_t now_us;
    bool valued; /* what purchases bring was learnt too */
    cli_columns columns;
    kith_expression *where;
    cli_ranking ranking;
    uint64_t count, without; /* who have orders, and who have none */
    double sums[OUTPUTS];
} listing;

/* A number of an object; `fallback` where it has none. */
static double member_of(const json_t *object, const char *key, double fallback) {
    const json_t *member = json_object_get(object, key);
    return json_is_number(member) ? json_number_value(member) : fallback;
}

const char *cli_clv_amount_text(double amount, char text[CLI_NUMBER_BYTES]) {
    if (!(fabs(amount) < MICROS_MOST)) {
        snprintf(text, CLI_NUMBER_BYTES, "%.6g", amount);
        return text;
    }
    return cli_micros_text((int64_t)(round(amount * 100) * 1e4), text);
}

/* Reading */

static double number_of(const kith_value *value) {
    return value->type == KITH_TYPE_INTEGER ? (double)value->as.integer
           : value->type == KITH_TYPE_REAL  ? value->as.real
                                            : 0;
}

static void take_row(void *context, const kith_query_row *row) {
    listing *l = context;
    if (row->values[ALIVE].type == KITH_TYPE_NULL) {
        l->without++;
        return;
    }
    l->count++;
    for (size_t i = 0; i < OUTPUTS; i++) {
        l->sums[i] += number_of(&row->values[i]);
    }
    cli_ranking_offer(&l->ranking, &row->id, NULL,
                      number_of(&row->values[l->valued ? VALUE : PURCHASES]), row->values);
}

static int rank(listing *l) {
    l->ranking.column_count = l->columns.count;
    int result = cli_people_each(&l->asked->session, &l->columns, l->where, l->now_us, take_row, l);
    cli_ranking_sort(&l->ranking);
    return result;
}

/* For people */

static double percent(double part, double whole) {
    return whole > 0 ? 100 * part / whole : 0;
}

static double setting(const listing *l, const char *key, double fallback) {
    return member_of(l->asked->definition, key, fallback);
}

static void print_head(const listing *l) {
    char date[KITH_TIME_TEXT_BYTES], *score = cli_asked_score_text(l->asked);
    double discount = setting(l, "discount_percent", CLI_CLV_DISCOUNT_PERCENT);
    kith_time_format(l->now_us, date);
    printf("%swhat customers will bring in the next %g days%s, as of %.10s\n", cli_bold(stdout),
           setting(l, "horizon_days", CLI_CLV_HORIZON_DAYS), cli_plain(stdout), date);
    printf("by %s\n", score);
    if (l->valued && discount > 0) {
        printf("in the money of today: that of a year ahead counts %g%% less\n", discount);
    }
    free(score);
}

static void add_sum(cli_table *table, const char *name, double sum, bool whole, double share,
                    const char *of) {
    char text[CLI_NUMBER_BYTES];
    cli_table_add(table, "%s", name);
    if (whole) {
        cli_table_add(table, "%s", cli_count_text((uint64_t)(sum + .5), text));
    } else {
        cli_table_add(table, "%s", cli_clv_amount_text(sum, text));
    }
    if (of != NULL) {
        cli_table_add(table, "%.1f%% %s", share, of);
    } else {
        cli_table_add(table, "%s", "");
    }
}

static void print_sums(const listing *l) {
    char has[CLI_NUMBER_BYTES], none[CLI_NUMBER_BYTES];
    const double *sums = l->sums;
    cli_table table;
    printf("\n%s customer%s with orders", cli_count_text(l->count, has), cli_plural(l->count));
    printf(", %s without\n", cli_count_text(l->without, none));
    cli_table_init(&table, "lrl");
    table.indent = 2;
    add_sum(&table, "still buying here", sums[ALIVE], true, percent(sums[ALIVE], (double)l->count),
            "of them");
    add_sum(&table, "purchases to come", sums[PURCHASES], true, 0, NULL);
    if (l->valued) {
        add_sum(&table, "what they will bring", sums[VALUE], false, 0, NULL);
        add_sum(&table, "of that at risk", sums[AT_RISK], false,
                percent(sums[AT_RISK], sums[VALUE]), "of it");
    }
    cli_table_print(&table, stdout);
    cli_table_clear(&table);
    if (l->where == NULL && l->count > 0 && sums[ALIVE] < .5) {
        printf("Nobody is likely to be there that day: where the orders end long before it,\n"
               "--as-of TIME asks as of then.\n");
    }
}

/* What each is called stands with it. */
static void add_parameters(cli_table *table, const json_t *search) {
    const json_t *values = json_object_get(search, "parameters");
    const json_t *errors = json_object_get(search, "errors");
    const char *name;
    json_t *value;
    json_object_foreach((json_t *)values, name, value) {
        const json_t *error = json_object_get(errors, name);
        cli_table_add(table, "%s", name);
        cli_table_add(table, "%.7g", json_number_value(value));
        if (json_is_number(error)) {
            cli_table_add(table, "%.3g", json_number_value(error));
        } else {
            cli_table_add(table, "-");
        }
    }
}

static void print_search(const char *title, const json_t *search) {
    char number[CLI_NUMBER_BYTES];
    uint64_t customers = (uint64_t)json_integer_value(json_object_get(search, "customers"));
    cli_table table;
    printf("\n%s%s%s, learnt from %s customer%s\n", cli_bold(stdout), title, cli_plain(stdout),
           cli_count_text(customers, number), cli_plural(customers));
    cli_table_init(&table, "lrr");
    table.indent = 2;
    cli_table_add_titles(&table, (const char *const[]){"parameter", "estimate", "standard error"},
                         3);
    add_parameters(&table, search);
    cli_table_print(&table, stdout);
    cli_table_clear(&table);
    printf("  log-likelihood %.4f%s\n", member_of(search, "log_likelihood", 0),
           json_is_true(json_object_get(search, "converged")) ? ""
                                                              : "; the search did not converge");
}

/* How well the model foretold days that were kept from it. */
static void print_holdout(const json_t *holdout) {
    char number[CLI_NUMBER_BYTES];
    const char *refused = json_string_value(json_object_get(holdout, "refused"));
    double days = member_of(holdout, "days", 0);
    if (days == 0) {
        return;
    }
    printf("\n%show well it foretells%s: the last %g days, kept from it\n", cli_bold(stdout),
           cli_plain(stdout), days);
    if (refused != NULL) {
        printf("  can't be told: before them %s\n", refused);
        return;
    }
    uint64_t customers = (uint64_t)json_integer_value(json_object_get(holdout, "customers"));
    double predicted = member_of(holdout, "predicted", 0);
    double actual = member_of(holdout, "actual", 0);
    printf("  foretold %.3f purchases a customer, and %.3f came", predicted, actual);
    if (actual > 0) {
        printf(" (%+.1f%%)", 100 * (predicted / actual - 1));
    }
    printf("\n  of %s customer%s, off by %.3f on average\n", cli_count_text(customers, number),
           cli_plural(customers), member_of(holdout, "mean_error", 0));
}

static void print_model(const listing *l) {
    const json_t *fitted = l->asked->fitted, *spend = json_object_get(fitted, "spend");
    const char *given = json_string_value(json_object_get(l->asked->definition, "method"));
    const char *method = given != NULL ? given : CLI_CLV_METHOD;
    char *title = cli_format("purchases: %s", method);
    print_search(title, fitted);
    free(title);
    if (l->valued) {
        print_search("amounts: gamma-gamma", spend);
    } else if (spend != NULL) {
        printf("\namounts: can't be told, %s\n",
               json_string_value(json_object_get(spend, "refused")));
    }
    print_holdout(json_object_get(fitted, "holdout"));
}

static void add_output(cli_table *table, const listing *l, size_t column, const kith_value *value) {
    char text[CLI_NUMBER_BYTES];
    if (column >= OUTPUTS) {
        char *other = cli_value_text(value);
        cli_table_add(table, "%s", other);
        free(other);
    } else if (column == ALIVE) {
        cli_table_add(table, "%.1f%%", 100 * number_of(value));
    } else if (column == PURCHASES) {
        cli_table_add(table, "%.2f", number_of(value));
    } else {
        cli_table_add(table, "%s", l->valued ? cli_clv_amount_text(number_of(value), text) : "-");
    }
}

static void print_customers(const listing *l) {
    char alignment[CLI_COLUMNS_MAX + 1] = "l", id[KITH_ID_TEXT_BYTES];
    size_t count = l->columns.count < CLI_COLUMNS_MAX - 1 ? l->columns.count : CLI_COLUMNS_MAX - 1;
    cli_table table;
    for (size_t i = 0; i < count; i++) {
        bool text = i >= OUTPUTS && l->ranking.items[0].values[i].type == KITH_TYPE_TEXT;
        alignment[i + 1] = text ? 'l' : 'r';
    }
    putchar('\n');
    cli_table_init(&table, alignment);
    cli_table_add_titles(&table, (const char *const[]){CLI_ID_COLUMN}, 1);
    for (size_t i = 0; i < count; i++) {
        char *title = i < OUTPUTS ? cli_json_title(l->columns.names[i])
                                  : cli_format("%s", l->columns.names[i]);
        cli_table_add(&table, "%s", title);
        free(title);
    }
    for (size_t i = 0; i < l->ranking.count; i++) {
        kith_id_format(&l->ranking.items[i].id, id);
        cli_table_add(&table, "%s", id);
        for (size_t j = 0; j < count; j++) {
            add_output(&table, l, j, &l->ranking.items[i].values[j]);
        }
    }
    cli_table_print(&table, stdout);
    cli_table_clear(&table);
}

static void print_all(const listing *l) {
    char more[CLI_NUMBER_BYTES];
    print_head(l);
    print_sums(l);
    if (l->ranking.count > 0) {
        print_customers(l);
    }
    if (l->count > l->ranking.count) {
        printf("... and %s more; --top N shows more, --format csv writes all\n",
               cli_count_text(l->count - l->ranking.count, more));
    }
    print_model(l);
    cli_asked_score_print_keeping(l->asked, l->arguments->operands[0]);
}

/* JSON */

static void put_value(cli_json *json, const listing *l, const char *name, double value) {
    if (l->valued) {
        cli_json_real(json, name, value);
    } else {
        cli_json_null(json, name);
    }
}

static void put_customers(cli_json *json, const listing *l) {
    cli_json_list(json, "customers");
    for (size_t i = 0; i < l->ranking.count; i++) {
        cli_json_object(json, NULL);
        cli_json_id(json, CLI_ID_COLUMN, &l->ranking.items[i].id);
        for (size_t j = 0; j < l->columns.count; j++) {
            cli_json_value(json, l->columns.names[j], &l->ranking.items[i].values[j]);
        }
        cli_json_end(json);
    }
    cli_json_end(json);
}

static void print_json(const listing *l) {
    cli_json json;
    cli_json_init(&json, stdout);
    cli_json_object(&json, NULL);
    cli_json_boolean(&json, "found", true);
    cli_json_asked_score(&json, l->asked);
    cli_json_time(&json, "as_of", l->now_us);
    cli_json_real(&json, "horizon_days", setting(l, "horizon_days", CLI_CLV_HORIZON_DAYS));
    cli_json_real(&json, "discount_percent",
                  setting(l, "discount_percent", CLI_CLV_DISCOUNT_PERCENT));
    cli_json_count(&json, "count", l->count);
    cli_json_count(&json, "without", l->without);
    cli_json_real(&json, "alive", l->sums[ALIVE]);
    cli_json_real(&json, "purchases", l->sums[PURCHASES]);
    put_value(&json, l, "value", l->sums[VALUE]);
    put_value(&json, l, "at_risk", l->sums[AT_RISK]);
    put_customers(&json, l);
    cli_json_end(&json);
}

static void write_rows(const listing *l, kith_format format) {
    cli_rows rows;
    cli_rows_begin(&rows, &l->columns, format == KITH_FORMAT_JSONL);
    for (size_t i = 0; i < l->ranking.count; i++) {
        cli_rows_put(&rows, &l->ranking.items[i].id, l->ranking.items[i].values);
    }
}

/* All */

static int read_form(listing *l, kith_format *out_format, bool *out_rows) {
    uint64_t top = 0;
    *out_rows = cli_option_get(l->arguments, "format") != NULL;
    int result = cli_option_format(l->arguments, out_format);
    if (result == CLI_OK && *out_format == KITH_FORMAT_ARROW) {
        result = cli_usage(l->arguments->command,
                           "clv writes csv or jsonl; 'kith query' writes arrow, of a kept score");
    }
    uint64_t shown = *out_rows || l->arguments->json ? 0 : CUSTOMERS_SHOWN;
    result = result == CLI_OK ? cli_option_count(l->arguments, "top", shown, &top) : result;
    if (result == CLI_OK && top == 0 && cli_option_get(l->arguments, "top") != NULL) {
        result = cli_usage(l->arguments->command, "--top needs a number from 1 on");
    }
    l->ranking.limit = (size_t)top;
    return result;
}

int cli_clv_list(const cli_arguments *arguments, cli_asked_score *asked, int64_t now_us) {
    const json_t *spend = json_object_get(asked->fitted, "spend");
    listing l = {.arguments = arguments, .asked = asked, .now_us = now_us};
    kith_format format = KITH_FORMAT_CSV;
    bool rows = false;
    l.valued = json_object_get(spend, "parameters") != NULL;
    int result = read_form(&l, &format, &rows);
    result = result == CLI_OK ? cli_formula_where(arguments, asked->session.txn, &l.where) : result;
    result = result == CLI_OK ? cli_asked_score_add_columns(asked, outputs, &l.columns) : result;
    result = result == CLI_OK ? cli_columns_read(arguments, &asked->session, &l.columns) : result;
    result = result == CLI_OK ? rank(&l) : result;
    if (result == CLI_OK && rows) {
        write_rows(&l, format);
    } else if (result == CLI_OK && arguments->json) {
        print_json(&l);
    } else if (result == CLI_OK) {
        print_all(&l);
    }
    cli_ranking_clear(&l.ranking);
    cli_columns_clear(&l.columns);
    kith_expression_free(l.where);
    return result;
}
