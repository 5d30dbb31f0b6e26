/* recommend: what a customer is likely to buy next. */
#include <stdlib.h>
#include <string.h>

#include "src/cli/asked_baskets.h"
#include "src/cli/command.h"
#include "src/cli/console.h"
#include "src/cli/finding.h"
#include "src/cli/json_writer.h"
#include "src/cli/table.h"
#include "src/cli/title.h"

#define SIMILAR_LIMIT 10 /* items that one of the customer's speaks for */

/* As JSON */

static void put_reasons(cli_json *json, const kith_recommendation *made) {
    cli_json_list(json, "reasons");
    for (size_t i = 0; i < made->reason_count; i++) {
        cli_json_object(json, NULL);
        cli_json_text(json, "item", made->reasons[i].item);
        cli_json_real(json, "part", made->reasons[i].part);
        cli_json_end(json);
    }
    cli_json_end(json);
}

static void put_recommendation(cli_json *json, const kith_recommendation *made) {
    cli_json_object(json, NULL);
    cli_json_text(json, "item", made->item);
    cli_json_text(json, "kind", made->repeat ? "repeat" : "new");
    cli_json_real(json, "score", made->score);
    if (made->repeat) {
        cli_json_count(json, "baskets", made->basket_count);
        cli_json_count(json, "later", made->later_count);
    } else {
        put_reasons(json, made);
    }
    cli_json_end(json);
}

static void json_all(const kith_profile *customer, const kith_baskets *baskets,
                     kith_recommendations *all) {
    cli_json json;
    kith_recommendation made = KITH_RECOMMENDATION_INIT;
    cli_json_init(&json, stdout);
    cli_json_object(&json, NULL);
    cli_json_id(&json, "profile", &customer->id);
    cli_json_baskets(&json, baskets);
    cli_json_list(&json, "recommendations");
    while (kith_recommendations_next(all, &made) == KITH_OK) {
        put_recommendation(&json, &made);
    }
    cli_json_end(&json);
    cli_json_end(&json);
}

/* As tables */

static void add_repeat(cli_table *table, const kith_recommendation *made) {
    char number[CLI_NUMBER_BYTES];
    cli_table_add(table, "%s", made->item);
    cli_table_add(table, "%.1f%%", 100 * made->score);
    cli_table_add(table, "in %s basket%s", cli_count_text(made->basket_count, number),
                  cli_plural(made->basket_count));
    cli_table_add(table, "%s since the first one", cli_count_text(made->later_count, number));
}

static void add_new(cli_table *table, const kith_recommendation *made) {
    char *because = cli_format("%s", "");
    for (size_t i = 0; i < made->reason_count; i++) {
        const kith_recommend_reason *reason = &made->reasons[i];
        char *longer =
            cli_format("%s%s%s %.2f", because, i > 0 ? ", " : "", reason->item, reason->part);
        free(because);
        because = longer;
    }
    cli_table_add(table, "%s", made->item);
    cli_table_add(table, "%.3f", made->score);
    cli_table_add(table, "%s", because[0] != '\0' ? because : "what most customers buy");
    free(because);
}

static void print_table(cli_table *table, const char *title) {
    if (table->cell_count > 0) {
        printf("%s%s%s\n", cli_bold(stdout), title, cli_plain(stdout));
        cli_table_print(table, stdout);
        putchar('\n');
    }
    cli_table_clear(table);
}

static void print_all(const cli_finding *finding, const kith_baskets *baskets,
                      kith_recommendations *all) {
    kith_recommendation made = KITH_RECOMMENDATION_INIT;
    char *title = cli_title_text(finding->session.txn, &finding->profile);
    cli_table again, first;
    printf("%s\n\n", title);
    free(title);
    cli_table_init(&again, "lrlr");
    cli_table_init(&first, "lrl");
    again.indent = first.indent = 2;
    while (kith_recommendations_next(all, &made) == KITH_OK) {
        if (made.repeat) {
            add_repeat(&again, &made);
        } else {
            add_new(&first, &made);
        }
    }
    print_table(&again, "again, and how likely the next basket has it");
    print_table(&first, "for the first time, and what speaks for it");
    cli_baskets_print(baskets);
    putchar('\n');
    cli_finding_print_shared(&finding->shared);
}

/* All of it */

static int show(const cli_finding *finding, const kith_baskets *baskets,
                const kith_similar *similar, const kith_recommend_options *options) {
    kith_error error = KITH_ERROR_INIT;
    kith_recommendations *all = NULL;
    if (kith_recommendations_open(similar, options, &all, &error) != KITH_OK) {
        return cli_fail_error(&error);
    }
    if (finding->session.json) {
        json_all(&finding->profile, baskets, all);
    } else {
        print_all(finding, baskets, all);
    }
    kith_recommendations_close(all);
    return CLI_OK;
}

static int recommend(const cli_arguments *arguments, const cli_finding *finding, int64_t now_us,
                     kith_similar_options *asked, kith_recommend_options *options) {
    kith_baskets *baskets = NULL;
    kith_similar *similar = NULL;
    options->customer = &finding->profile;
    options->items = arguments->rest;
    options->item_count = arguments->rest_count;
    asked->customer = arguments->rest_count == 0 ? options->customer : NULL;
    asked->limit = SIMILAR_LIMIT;
    int result = cli_baskets_read(arguments, &finding->session, now_us, &baskets);
    result =
        result == CLI_OK ? cli_similar_find(&finding->session, baskets, asked, &similar) : result;
    result = result == CLI_OK ? show(finding, baskets, similar, options) : result;
    kith_similar_close(similar);
    kith_baskets_close(baskets);
    return result;
}

static int run_recommend(const cli_arguments *arguments) {
    kith_similar_options asked = KITH_SIMILAR_OPTIONS_INIT;
    kith_recommend_options options = KITH_RECOMMEND_OPTIONS_INIT;
    cli_finding finding;
    int64_t now_us = 0;
    int result = cli_option_now(arguments, &now_us);
    result = result == CLI_OK ? cli_similar_read(arguments, &asked) : result;
    result = result == CLI_OK ? cli_option_small(arguments, "limit", &options.limit) : result;
    result =
        result == CLI_OK ? cli_option_small(arguments, "reasons", &options.reason_limit) : result;
    result = result == CLI_OK ? cli_finding_begin(arguments, now_us, &finding) : result;
    if (result == CLI_OK) {
        result = recommend(arguments, &finding, now_us, &asked, &options);
        cli_finding_end(&finding);
    }
    return result;
}

const cli_command cli_command_recommend = {
    .name = "recommend",
    .summary = "tell what a customer is likely to buy next: again, and for the first time",
    .usage = CLI_FINDING_USAGE " [ITEM ...]\n       " CLI_BASKETS_USAGE "\n"
                               "       [--by WHAT] [--customers N] [--limit N] [--reasons N]",
    .operands = {"STORE"},
    .rest = "ITEM",
    .optional_rest = true,
    .options =
        {
            CLI_FINDING_OPTIONS,
            CLI_BASKETS_OPTIONS,
            CLI_SIMILAR_OPTIONS,
            {"limit", "N", "how many of each kind (default: 10; 0: all)"},
            {"reasons", "N", "how many speak for a new one (default: 3; 0: all)"},
            CLI_AS_OF_OPTIONS,
        },
    .details = CLI_BASKETS_DETAILS
    "How likely an item is bought again is told by the customer's own baskets behind the first\n"
    "one with it, and of few of them by what is usual for it. New ones are those that are most\n"
    "alike to what the customer has bought, item by item, as 'kith similar' tells it. Where\n"
    "nothing was bought yet, what most customers have bought is recommended. Each ITEM lies in\n"
    "the basket at hand: it is not recommended, and speaks for others.\n"
    "\n"
    "  kith recommend shop.kith --find email=ann@mail.example --item category\n"
    "  kith recommend shop.kith MUG TEA --record till:77\n"
    "\n"
    "Exit code 1: there is no such customer, the store has no such events, or an expression\n"
    "means nothing.",
    .run = run_recommend,
};
