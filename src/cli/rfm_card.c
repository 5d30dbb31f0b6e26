#include "src/cli/rfm_card.h"

#include <string.h>

#include "src/cli/console.h"
#include "src/cli/json_writer.h"
#include "src/cli/table.h"

static const kith_rfm_cell *cell_at(const kith_rfm_result *result, unsigned r, unsigned f) {
    return &result->grid[(r - 1) * result->bins + f - 1];
}

/* Tables */

static void print_title(const char *title) {
    printf("\n%s%s%s\n", cli_bold(stdout), title, cli_plain(stdout));
}

static void print_head(const kith_rfm_result *result) {
    char date[KITH_TIME_TEXT_BYTES], number[CLI_NUMBER_BYTES];
    kith_date_format(result->today_days, date);
    printf("as of %s, by %s of %s", date, result->amount, result->event);
    if (result->refund != NULL) {
        printf(", less %s of %s", result->amount, result->refund);
    }
    printf("\n%s customer%s with orders", cli_count_text(result->customer_count, number),
           cli_plural(result->customer_count));
    printf(", %s without", cli_count_text(result->without_orders_count, number));
    printf("; %s order%s", cli_count_text(result->order_count, number),
           cli_plural(result->order_count));
    printf(" of %s\n", cli_micros_text(result->spent_micros, number));
    if (result->without_amounts_count > 0) {
        printf("%s of them never paid anything\n",
               cli_count_text(result->without_amounts_count, number));
    }
}

static double share(double part, double whole) {
    return whole > 0 ? 100 * part / whole : 0;
}

static void add_group(cli_table *table, const kith_rfm_result *result, const kith_rfm_group *g) {
    char number[CLI_NUMBER_BYTES];
    cli_table_add(table, "%s", g->name);
    cli_table_add_count(table, g->customer_count);
    cli_table_add(table, "%.1f%%",
                  share((double)g->customer_count, (double)result->customer_count));
    cli_table_add_count(table, g->order_count);
    cli_table_add(table, "%s", cli_micros_text(g->spent_micros, number));
    cli_table_add(table, "%.1f%%", share((double)g->spent_micros, (double)result->spent_micros));
    cli_table_add(table, "%g", g->median_days);
    cli_table_add(table, "%g", g->median_orders);
    cli_table_add(table, "%s", cli_micros_text(g->median_spent_micros, number));
}

static void print_groups(const kith_rfm_result *result, const char *title,
                         const kith_rfm_group *const *groups, size_t count) {
    const char *const header[] = {title, "customers", "",  "orders", "spent",
                                  "",    "median R",  "F", "M"};
    cli_table table;
    putchar('\n');
    cli_table_init(&table, "lrrrrrrrr");
    cli_table_add_titles(&table, header, sizeof header / sizeof header[0]);
    for (size_t i = 0; i < count; i++) {
        add_group(&table, result, groups[i]);
    }
    cli_table_print(&table, stdout);
    cli_table_clear(&table);
}

/* Darker the more customers there are. */
static const char *shade_of(uint64_t count, uint64_t most) {
    static const char *const shades[] = {"  ", "░░", "▒▒", "▓▓", "██"};
    size_t step = most > 0 ? (size_t)((double)count / (double)most * 4 + .5) : 0;
    return shades[count > 0 && step == 0 ? 1 : step];
}

static uint64_t most_customers(const kith_rfm_result *result) {
    uint64_t most = 0;
    for (size_t i = 0; i < (size_t)result->bins * result->bins; i++) {
        uint64_t count = result->grid[i].customer_count;
        most = count > most ? count : most;
    }
    return most;
}

static void print_grid(const kith_rfm_result *result) {
    char alignment[2 * KITH_RFM_BINS_MAX + 2] = "l", number[CLI_NUMBER_BYTES];
    uint64_t most = most_customers(result);
    cli_table table;
    print_title("customers by recency (down) and frequency (across)");
    memset(alignment + 1, 'r', result->bins);
    cli_table_init(&table, alignment);
    for (unsigned r = result->bins; r >= 1; r--) {
        cli_table_add(&table, "R %u", r);
        for (unsigned f = 1; f <= result->bins; f++) {
            uint64_t count = cell_at(result, r, f)->customer_count;
            cli_table_add(&table, "%s %s", cli_count_text(count, number), shade_of(count, most));
        }
    }
    cli_table_add(&table, "%s", "");
    for (unsigned f = 1; f <= result->bins; f++) {
        cli_table_add(&table, "F %u   ", f);
    }
    cli_table_print(&table, stdout);
    cli_table_clear(&table);
}

static void print_cuts(const kith_rfm_result *result) {
    char alignment[KITH_RFM_BINS_MAX + 2] = "l", number[CLI_NUMBER_BYTES];
    cli_table table;
    print_title("up to and with: where one score ends");
    memset(alignment + 1, 'r', result->bins - 1);
    cli_table_init(&table, alignment);
    cli_table_add(&table, "days since (R %u, %u ...)", result->bins, result->bins - 1);
    for (unsigned i = 0; i + 1 < result->bins; i++) {
        cli_table_add_count(&table, (uint64_t)result->day_cuts[i]);
    }
    cli_table_add(&table, "orders (F 1, 2 ...)");
    for (unsigned i = 0; i + 1 < result->bins; i++) {
        cli_table_add_count(&table, (uint64_t)result->order_cuts[i]);
    }
    cli_table_add(&table, "spent (M 1, 2 ...)");
    for (unsigned i = 0; i + 1 < result->bins; i++) {
        cli_table_add(&table, "%s", cli_micros_text(result->spent_cuts_micros[i], number));
    }
    cli_table_print(&table, stdout);
    cli_table_clear(&table);
}

void cli_rfm_print(const kith_rfm_result *result) {
    print_head(result);
    if (result->customer_count > 0) {
        print_groups(result, "segment", result->segments, result->segment_count);
        print_groups(result, "tier", result->tiers, result->tier_count);
        print_grid(result);
        print_cuts(result);
    }
}

/* JSON */

static void put_group(cli_json *json, const kith_rfm_group *g, bool tier) {
    cli_json_object(json, NULL);
    cli_json_text(json, tier ? "tier" : "segment", g->name);
    cli_json_count(json, "customers", g->customer_count);
    cli_json_count(json, "orders", g->order_count);
    cli_json_micros(json, "spent", g->spent_micros);
    cli_json_real(json, "median_days", g->median_days);
    cli_json_real(json, "median_orders", g->median_orders);
    cli_json_micros(json, "median_spent", g->median_spent_micros);
    if (tier && g->least_spent_micros != INT64_MIN && g->least_spent_micros != INT64_MAX) {
        cli_json_micros(json, "from", g->least_spent_micros);
    } else if (tier) {
        cli_json_null(json, "from");
    }
    cli_json_end(json);
}

static void put_groups(cli_json *json, const char *name, const kith_rfm_group *const *groups,
                       size_t count, bool tiers) {
    cli_json_list(json, name);
    for (size_t i = 0; i < count; i++) {
        put_group(json, groups[i], tiers);
    }
    cli_json_end(json);
}

static void put_grid(cli_json *json, const kith_rfm_result *result) {
    cli_json_list(json, "grid");
    for (unsigned r = 1; r <= result->bins; r++) {
        for (unsigned f = 1; f <= result->bins; f++) {
            const kith_rfm_cell *cell = cell_at(result, r, f);
            cli_json_object(json, NULL);
            cli_json_count(json, "r", r);
            cli_json_count(json, "f", f);
            cli_json_count(json, "customers", cell->customer_count);
            cli_json_micros(json, "spent", cell->spent_micros);
            cli_json_end(json);
        }
    }
    cli_json_end(json);
}

static void put_cuts(cli_json *json, const kith_rfm_result *result) {
    const int64_t *const counts[] = {result->day_cuts, result->order_cuts};
    static const char *const names[] = {"days", "orders"};
    cli_json_object(json, "cuts");
    for (size_t i = 0; i < 2; i++) {
        cli_json_list(json, names[i]);
        for (unsigned k = 0; k + 1 < result->bins; k++) {
            cli_json_count(json, NULL, (uint64_t)counts[i][k]);
        }
        cli_json_end(json);
    }
    cli_json_list(json, "spent");
    for (unsigned k = 0; k + 1 < result->bins; k++) {
        cli_json_micros(json, NULL, result->spent_cuts_micros[k]);
    }
    cli_json_end(json);
    cli_json_end(json);
}

void cli_rfm_print_json(const kith_rfm_result *result) {
    char date[KITH_TIME_TEXT_BYTES];
    cli_json json;
    kith_date_format(result->today_days, date);
    cli_json_init(&json, stdout);
    cli_json_object(&json, NULL);
    cli_json_text(&json, "as_of", date);
    cli_json_text(&json, "event", result->event);
    cli_json_text(&json, "amount", result->amount);
    cli_json_text(&json, "refund", result->refund);
    cli_json_count(&json, "bins", result->bins);
    cli_json_count(&json, "customers", result->customer_count);
    cli_json_count(&json, "without_orders", result->without_orders_count);
    cli_json_count(&json, "without_amounts", result->without_amounts_count);
    cli_json_count(&json, "orders", result->order_count);
    cli_json_micros(&json, "spent", result->spent_micros);
    put_groups(&json, "segments", result->segments, result->segment_count, false);
    put_groups(&json, "tiers", result->tiers, result->tier_count, true);
    put_grid(&json, result);
    put_cuts(&json, result);
    cli_json_end(&json);
}
