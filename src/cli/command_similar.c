/* similar: which items the same customers buy, and what is bought again. */
#include <stdlib.h>
#include <string.h>

#include "src/cli/asked_baskets.h"
#include "src/cli/command.h"
#include "src/cli/console.h"
#include "src/cli/json_writer.h"
#include "src/cli/session.h"
#include "src/cli/table.h"

/* What is asked for */

static int read_options(const cli_arguments *arguments, kith_similar_options *out) {
    int result = cli_similar_read(arguments, out);
    if (arguments->rest_count > 0) {
        out->items = arguments->rest;
        out->item_count = arguments->rest_count;
    }
    return result == CLI_OK ? cli_option_small(arguments, "limit", &out->limit) : result;
}

/* An item at a time, with what is similar */

/* The items that are shown, and the pairs, which come in the same order. */
typedef struct walk {
    const cli_arguments *arguments; /* with the items that were asked for, if any */
    const kith_baskets *baskets;
    kith_similar *similar;
    size_t at, pair_at;
    kith_basket_item item;  /* at hand */
    kith_similar_item pair; /* the next one */
    bool has_pair;
} walk;

static void step_pair(walk *w) {
    w->has_pair = kith_similar_next(w->similar, &w->pair_at, &w->pair) == KITH_OK;
}

/* Whether the next pair is of the item at hand. */
static bool is_of_item(const walk *w) {
    return w->has_pair && strcmp(w->pair.item, w->item.item) == 0;
}

static bool step_item(walk *w) {
    bool asked = w->arguments->rest_count > 0;
    if (asked) {
        return w->at < w->arguments->rest_count &&
               kith_baskets_find_item(w->baskets, w->arguments->rest[w->at++], &w->item) == KITH_OK;
    }
    while (kith_baskets_next_item(w->baskets, &w->at, &w->item) == KITH_OK) {
        if (is_of_item(w)) {
            return true;
        }
    }
    return false;
}

/* As JSON */

static void put_pair(cli_json *json, const kith_similar_item *pair) {
    cli_json_object(json, NULL);
    cli_json_text(json, "item", pair->other);
    cli_json_count(json, "customers", pair->other_customers);
    cli_json_count(json, "both", pair->both_customers);
    cli_json_count(json, "later", pair->later_customers);
    cli_json_real(json, "cosine", pair->cosine);
    cli_json_real(json, "likelihood_ratio", pair->likelihood_ratio);
    cli_json_end(json);
}

static void put_item(cli_json *json, walk *w) {
    cli_json_object(json, NULL);
    cli_json_text(json, "item", w->item.item);
    cli_json_count(json, "baskets", w->item.basket_count);
    cli_json_count(json, "customers", w->item.customer_count);
    cli_json_count(json, "again", w->item.again_count);
    cli_json_real(json, "repeat_share", w->item.repeat_share);
    cli_json_list(json, "similar");
    for (; is_of_item(w); step_pair(w)) {
        put_pair(json, &w->pair);
    }
    cli_json_end(json);
    cli_json_end(json);
}

static void json_similar(walk *w) {
    cli_json json;
    cli_json_init(&json, stdout);
    cli_json_object(&json, NULL);
    cli_json_baskets(&json, w->baskets);
    cli_json_list(&json, "items");
    while (step_item(w)) {
        put_item(&json, w);
    }
    cli_json_end(&json);
    cli_json_end(&json);
}

/* As tables */

static void print_item(const kith_basket_item *item) {
    char *name = cli_text_clean(item->item, strlen(item->item));
    char number[CLI_NUMBER_BYTES];
    printf("%s%s%s", cli_bold(stdout), name, cli_plain(stdout));
    printf("  %s customer%s", cli_count_text(item->customer_count, number),
           cli_plural(item->customer_count));
    printf(", %s bought it again; %.1f%% of their later baskets have it\n",
           cli_count_text(item->again_count, number), 100 * item->repeat_share);
    free(name);
}

static void add_pair(cli_table *table, const kith_similar_item *pair) {
    cli_table_add(table, "%s", pair->other);
    cli_table_add_count(table, pair->other_customers);
    cli_table_add_count(table, pair->both_customers);
    cli_table_add_count(table, pair->later_customers);
    cli_table_add(table, "%.3f", pair->cosine);
    cli_table_add(table, "%.1f", pair->likelihood_ratio);
}

static void print_pairs(walk *w) {
    static const char *const titles[] = {"item",  "customers", "both",
                                         "later", "cosine",    "likelihood ratio"};
    cli_table table;
    if (!is_of_item(w)) {
        puts("  nothing is similar");
        return;
    }
    cli_table_init(&table, "lrrrrr");
    table.indent = 2;
    cli_table_add_titles(&table, titles, sizeof titles / sizeof titles[0]);
    for (; is_of_item(w); step_pair(w)) {
        add_pair(&table, &w->pair);
    }
    cli_table_print(&table, stdout);
    cli_table_clear(&table);
}

static void print_similar(walk *w) {
    while (step_item(w)) {
        print_item(&w->item);
        print_pairs(w);
        putchar('\n');
    }
    cli_baskets_print(w->baskets);
    putchar('\n');
}

/* All of it */

static int show_similar(const cli_arguments *arguments, const cli_session *session,
                        const kith_baskets *baskets, kith_similar_options *options) {
    walk w = {arguments, baskets, NULL, 0, 0, KITH_BASKET_ITEM_INIT, KITH_SIMILAR_ITEM_INIT, false};
    int result = cli_similar_find(session, baskets, options, &w.similar);
    if (result == CLI_OK) {
        step_pair(&w);
        if (session->json) {
            json_similar(&w);
        } else {
            print_similar(&w);
        }
    }
    kith_similar_close(w.similar);
    return result;
}

static int run_similar(const cli_arguments *arguments) {
    kith_similar_options options = KITH_SIMILAR_OPTIONS_INIT;
    kith_baskets *baskets = NULL;
    cli_session session;
    int64_t now_us = 0;
    int result = cli_option_now(arguments, &now_us);
    result = result == CLI_OK ? read_options(arguments, &options) : result;
    result = result == CLI_OK ? cli_session_begin(arguments, KITH_READ, &session) : result;
    if (result != CLI_OK) {
        return result;
    }
    result = cli_baskets_read(arguments, &session, now_us, &baskets);
    if (result == CLI_OK) {
        result = show_similar(arguments, &session, baskets, &options);
    }
    kith_baskets_close(baskets);
    cli_session_end(&session);
    return result;
}

const cli_command cli_command_similar = {
    .name = "similar",
    .summary = "find the items that the same customers buy, and how often each is bought again",
    .usage = "STORE [ITEM ...] " CLI_BASKETS_USAGE "\n"
             "       [--by WHAT] [--customers N] [--limit N]",
    .operands = {"STORE"},
    .rest = "ITEM",
    .optional_rest = true,
    .options =
        {
            CLI_BASKETS_OPTIONS,
            CLI_SIMILAR_OPTIONS,
            {"limit", "N", "how many of each item (default: 10; 0: all)"},
            CLI_AS_OF_OPTIONS,
        },
    .details = CLI_BASKETS_DETAILS
    "Two items are alike by how many customers have bought both, whenever that was; later says\n"
    "how many of them bought the second one for the first time in a basket behind the first\n"
    "one with the other. Buying the same item again is told beside its name.\n" CLI_SIMILAR_DETAILS
    "\n"
    "  kith similar shop.kith MUG\n"
    "  kith similar shop.kith --by ratio --limit 3 --json\n"
    "\n"
    "Exit code 1: no basket has such an item, the store has no such events, or an expression\n"
    "means nothing.",
    .run = run_similar,
};
