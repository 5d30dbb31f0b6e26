/* rules: what is bought together. */
#include <stdlib.h>
#include <string.h>

#include "src/cli/asked_baskets.h"
#include "src/cli/command.h"
#include "src/cli/console.h"
#include "src/cli/json_writer.h"
#include "src/cli/progress_bar.h"
#include "src/cli/session.h"
#include "src/cli/table.h"

#define LIMIT_DEFAULT 20

/* What is asked for */

static const char *const order_names[] = {"lift", "confidence", "support", "leverage"};

static int read_order(const cli_arguments *arguments, kith_rules_order *out) {
    const char *by = cli_option_get(arguments, "by");
    for (int i = 0; by != NULL && i < (int)(sizeof order_names / sizeof order_names[0]); i++) {
        if (strcmp(by, order_names[i]) == 0) {
            *out = (kith_rules_order)i;
            return CLI_OK;
        }
    }
    return by == NULL ? CLI_OK
                      : cli_usage(arguments->command,
                                  "--by is lift, confidence, support or leverage, not '%s'", by);
}

static int read_options(const cli_arguments *arguments, kith_rules_options *out) {
    if (cli_option_get(arguments, "support") != NULL &&
        cli_option_get(arguments, "baskets") != NULL) {
        return cli_usage(arguments->command, "either --support, a share, or --baskets, a count");
    }
    out->redundant = cli_option_get(arguments, "redundant") != NULL;
    int result = read_order(arguments, &out->order);
    result = result == CLI_OK
                 ? cli_option_real(arguments, "support", out->min_support, &out->min_support)
                 : result;
    result = result == CLI_OK ? cli_option_count(arguments, "baskets", 0, &out->min_count) : result;
    result = result == CLI_OK ? cli_option_real(arguments, "confidence", out->min_confidence,
                                                &out->min_confidence)
                              : result;
    result = result == CLI_OK ? cli_option_real(arguments, "lift", out->min_lift, &out->min_lift)
                              : result;
    result = result == CLI_OK ? cli_option_real(arguments, "p", out->max_p, &out->max_p) : result;
    result = result == CLI_OK ? cli_option_small(arguments, "items", &out->max_items) : result;
    result =
        result == CLI_OK ? cli_option_small(arguments, "consequent", &out->max_consequent) : result;
    result = result == CLI_OK ? cli_option_size(arguments, "memory", &out->memory_bytes) : result;
    return result == CLI_OK ? cli_option_count(arguments, "limit", LIMIT_DEFAULT, &out->limit)
                            : result;
}

/* As JSON */

static void put_items(cli_json *json, const char *name, const char *const *items, size_t count) {
    cli_json_list(json, name);
    for (size_t i = 0; i < count; i++) {
        cli_json_text(json, NULL, items[i]);
    }
    cli_json_end(json);
}

static void put_rule(cli_json *json, const kith_rule *rule) {
    cli_json_object(json, NULL);
    put_items(json, "antecedent", rule->antecedent, rule->antecedent_count);
    put_items(json, "consequent", rule->consequent, rule->consequent_count);
    cli_json_count(json, "antecedent_baskets", rule->antecedent_baskets);
    cli_json_count(json, "consequent_baskets", rule->consequent_baskets);
    cli_json_count(json, "both_baskets", rule->both_baskets);
    cli_json_real(json, "support", rule->support);
    cli_json_real(json, "confidence", rule->confidence);
    cli_json_real(json, "lift", rule->lift);
    cli_json_real(json, "lift_low", rule->lift_low);
    cli_json_real(json, "lift_high", rule->lift_high);
    cli_json_real(json, "leverage", rule->leverage);
    if (rule->always) {
        cli_json_null(json, "conviction");
    } else {
        cli_json_real(json, "conviction", rule->conviction);
    }
    cli_json_real(json, "p", rule->p);
    cli_json_end(json);
}

static void json_rules(const kith_baskets *baskets, kith_rules *rules,
                       const kith_rules_summary *summary) {
    cli_json json;
    kith_rule rule = KITH_RULE_INIT;
    cli_json_init(&json, stdout);
    cli_json_object(&json, NULL);
    cli_json_baskets(&json, baskets);
    cli_json_count(&json, "min_baskets", summary->min_count);
    cli_json_count(&json, "frequent_items", summary->item_count);
    cli_json_count(&json, "itemsets", summary->itemset_count);
    cli_json_count(&json, "found", summary->rule_count);
    cli_json_count(&json, "redundant", summary->redundant_count);
    cli_json_list(&json, "rules");
    while (kith_rules_next(rules, &rule) == KITH_OK) {
        put_rule(&json, &rule);
    }
    cli_json_end(&json);
    cli_json_end(&json);
}

/* As a table */

/* "A + B"; owned. */
static char *items_text(const char *const *items, size_t count) {
    char *all = cli_format("%s", items[0]);
    for (size_t i = 1; i < count; i++) {
        char *longer = cli_format("%s + %s", all, items[i]);
        free(all);
        all = longer;
    }
    return all;
}

/* The items, which may be long, come last. */
static void add_rule(cli_table *table, const kith_rule *rule) {
    char *antecedent = items_text(rule->antecedent, rule->antecedent_count);
    char *consequent = items_text(rule->consequent, rule->consequent_count);
    cli_table_add_count(table, rule->both_baskets);
    cli_table_add(table, "%.2f%%", 100 * rule->support);
    cli_table_add(table, "%.1f%%", 100 * rule->confidence);
    cli_table_add(table, "%.2f", rule->lift);
    cli_table_add(table, "%.2f to %.2f", rule->lift_low, rule->lift_high);
    cli_table_add(table, "%.4f", rule->leverage);
    if (rule->always) {
        cli_table_add(table, "always");
    } else {
        cli_table_add(table, "%.2f", rule->conviction);
    }
    cli_table_add(table, rule->p < 1e-99 ? "<1e-99" : "%.2g", rule->p);
    cli_table_add(table, "%s → %s", antecedent, consequent);
    free(antecedent);
    free(consequent);
}

static void print_end(const kith_baskets *baskets, const kith_rules_summary *summary,
                      uint64_t shown) {
    char number[CLI_NUMBER_BYTES];
    fputs(shown > 0 ? "\n" : "", stdout);
    cli_baskets_print(baskets);
    printf("; %s itemset%s of at least", cli_count_text(summary->itemset_count, number),
           cli_plural(summary->itemset_count));
    printf(" %s basket%s\n", cli_count_text(summary->min_count, number),
           cli_plural(summary->min_count));
    printf("%s rule%s", cli_count_text(summary->rule_count, number),
           cli_plural(summary->rule_count));
    if (summary->redundant_count > 0) {
        printf(" beside %s redundant one%s", cli_count_text(summary->redundant_count, number),
               cli_plural(summary->redundant_count));
    }
    if (shown < summary->rule_count) {
        printf("; %s shown, --limit says how many", cli_count_text(shown, number));
    }
    putchar('\n');
}

static void print_rules(const kith_baskets *baskets, kith_rules *rules,
                        const kith_rules_summary *summary) {
    static const char *const titles[] = {"baskets",    "support",   "confidence",
                                         "lift",       "lift, 95%", "leverage",
                                         "conviction", "p",         "rule"};
    kith_rule rule = KITH_RULE_INIT;
    uint64_t shown = 0;
    cli_table table;
    cli_table_init(&table, "rrrrrrrrl");
    for (; kith_rules_next(rules, &rule) == KITH_OK; shown++) {
        if (shown == 0) {
            cli_table_add_titles(&table, titles, sizeof titles / sizeof titles[0]);
        }
        add_rule(&table, &rule);
    }
    cli_table_print(&table, stdout);
    cli_table_clear(&table);
    print_end(baskets, summary, shown);
}

/* All of it */

static int find_rules(const cli_session *session, const kith_baskets *baskets,
                      kith_rules_options *options, kith_rules **out) {
    kith_error error = KITH_ERROR_INIT;
    cli_progress bar;
    options->progress = cli_progress_step;
    options->context = &bar;
    cli_progress_begin(&bar);
    int code = kith_rules_open(baskets, options, out, &error);
    cli_progress_end(&bar);
    return code == KITH_INVALID ? cli_usage(session->command, "%s", error.message)
           : code != KITH_OK    ? cli_baskets_fail(session, &error)
                                : CLI_OK;
}

static int show_rules(const cli_session *session, const kith_baskets *baskets,
                      kith_rules_options *options) {
    kith_rules *rules = NULL;
    int result = find_rules(session, baskets, options, &rules);
    if (result == CLI_OK) {
        kith_rules_summary summary = KITH_RULES_SUMMARY_INIT;
        kith_rules_summarise(rules, &summary);
        if (session->json) {
            json_rules(baskets, rules, &summary);
        } else {
            print_rules(baskets, rules, &summary);
        }
    }
    kith_rules_close(rules);
    return result;
}

static int run_rules(const cli_arguments *arguments) {
    kith_rules_options options = KITH_RULES_OPTIONS_INIT;
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
        result = show_rules(&session, baskets, &options);
    }
    kith_baskets_close(baskets);
    cli_session_end(&session);
    return result;
}

const cli_command cli_command_rules = {
    .name = "rules",
    .summary = "find what is bought together, as association rules",
    .usage = "STORE " CLI_BASKETS_USAGE "\n"
             "       [--support SHARE | --baskets N] [--confidence SHARE] [--lift N] [--p P]\n"
             "       [--items N] [--consequent N] [--redundant] [--by WHAT] [--limit N]",
    .operands = {"STORE"},
    .options =
        {
            CLI_BASKETS_OPTIONS,
            {"support", "SHARE",
             "the least share of all baskets that have all of a rule\n(default: 1%)"},
            {"baskets", "N", "the least number of baskets instead"},
            {"confidence", "SHARE",
             "the least share of those with the first side that have the\nsecond (default: 20%)"},
            {"lift", "N", "how many times as often as by chance, at least"},
            {"p", "P", "the most of Fisher's exact test (default: 1)"},
            {"items", "N", "the most of both sides, 2 to 20 (default: 5)"},
            {"consequent", "N", "the most of the second side (default: 1)"},
            {"redundant", NULL, "rules that a shorter one implies, too"},
            {"by", "WHAT", "what orders them: lift (default), confidence, support, leverage"},
            {"limit", "N", "how many to list (default: 20; 0: all)"},
            CLI_AS_OF_OPTIONS,
        },
    .details = CLI_BASKETS_DETAILS
    "A rule says: of the baskets with the first side so many (of those, the confidence) have\n"
    "the second one, which is lift times as many as by chance. Leverage is the share of all\n"
    "baskets by which that is more; conviction, how many times as often the rule would fail\n"
    "by chance: 'always' (in JSON null) where it never fails; p, the chance of so many common\n"
    "baskets if the sides had nothing to do with one another. A rule is redundant where one of\n"
    "the same second side with fewer items before it, or none, has at least its confidence.\n"
    "\n"
    "  kith rules shop.kith --event order --item sku --order order_id --support 0.5%\n"
    "  kith rules shop.kith --where \"city = 'York'\" --by support\n"
    "\n"
    "Exit code 1: the store has no such events, or an expression means nothing.",
    .run = run_rules,
};
