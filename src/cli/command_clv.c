/* clv: what customers are still going to buy and to bring, by a model of repeat buying. */
#include <string.h>

#include "src/cli/clv.h"
#include "src/cli/command.h"
#include "src/cli/console.h"
#include "src/cli/finding.h"

static bool is_of_one(const cli_arguments *arguments) {
    return cli_option_get(arguments, "id") != NULL || cli_option_get(arguments, "record") != NULL ||
           cli_option_get(arguments, "find") != NULL;
}

static int refuse_any(const cli_arguments *arguments, const char *const *names, const char *why) {
    for (; *names != NULL; names++) {
        if (cli_option_get(arguments, *names) != NULL) {
            return cli_usage(arguments->command, "--%s is of %s", *names, why);
        }
    }
    return CLI_OK;
}

static int check_use(const cli_arguments *arguments) {
    static const char *const of_one[] = {"days", "share", NULL};
    static const char *const of_all[] = {"top", "where", "columns", "format", NULL};
    if (!is_of_one(arguments)) {
        return refuse_any(arguments, of_one, "one customer: --id, --record or --find");
    }
    int result = refuse_any(arguments, of_all, "all customers, not of one");
    return result == CLI_OK ? cli_finding_check(arguments) : result;
}

/* The model that nobody keeps */

static int put_decimal(const cli_arguments *arguments, const char *option, const char *key,
                       json_t *root) {
    int64_t micros = 0;
    if (cli_option_get(arguments, option) == NULL) {
        return CLI_OK;
    }
    int result = cli_option_micros(arguments, option, &micros);
    if (result == CLI_OK) {
        json_object_set_new(root, key,
                            micros % 1000000 == 0 ? json_integer(micros / 1000000)
                                                  : json_real((double)micros / 1e6));
    }
    return result;
}

static int make_repeat(const cli_arguments *arguments, const cli_session *session, int64_t now_us,
                       json_t **out) {
    const char *method = cli_option_get(arguments, "method");
    kith_rfm_result *orders = NULL;
    int result = cli_asked_orders(arguments, session, now_us, &orders);
    if (result != CLI_OK) {
        return result;
    }
    *out = json_pack("{s:s, s:s, s:s, s:s, s:s*}", "kind", "repeat", "method",
                     method != NULL ? method : CLI_CLV_METHOD, "event", orders->event, "amount",
                     orders->amount, "refund", orders->refund);
    kith_rfm_free(orders);
    if (*out == NULL) {
        return cli_fail("out of memory");
    }
    result = put_decimal(arguments, "horizon-days", "horizon_days", *out);
    return result == CLI_OK ? put_decimal(arguments, "discount-percent", "discount_percent", *out)
                            : result;
}

static const cli_asked_kind repeat = {
    .kind = "repeat",
    .name = "clv",
    .settings = (const char *const[]){"method", "event", "amount", "refund", "horizon-days",
                                      "discount-percent", NULL},
    .make = make_repeat,
};

/* All */

static int run_clv(const cli_arguments *arguments) {
    cli_asked_score asked;
    int64_t now_us = 0;
    int result = check_use(arguments);
    result = result == CLI_OK ? cli_option_now(arguments, &now_us) : result;
    result = result == CLI_OK ? cli_asked_score_begin(arguments, &repeat, now_us, &asked) : result;
    if (result != CLI_OK) {
        return result;
    }
    result = is_of_one(arguments) ? cli_clv_forecast(arguments, &asked, now_us)
                                  : cli_clv_list(arguments, &asked, now_us);
    cli_asked_score_end(&asked);
    return result;
}

const cli_command cli_command_clv = {
    .name = "clv",
    .summary = "tell what customers are still going to buy and to bring: customer lifetime value",
    .usage = "STORE [--score NAME] [--top N] [--where CONDITION] [--columns EXPRESSIONS]\n"
             "       [--format csv|jsonl] [--as-of TIME]\n"
             "       kith clv STORE (--id ID | --record SOURCE:KEY | --find TYPE=VALUE) [--days N]",
    .operands = {"STORE"},
    .options =
        {
            {"score", "NAME",
             "a fitted score of kind repeat (default: the one that the store has)"},
            {"method", "METHOD", "mbg/nbd (default), bg/nbd, pareto/nbd, mbg/cnbd or bg/cnbd"},
            {"event", "EVENT", "what an order is (default: as 'kith rfm' finds it)"},
            {"amount", "PROPERTY", "what an order came to (default: likewise)"},
            {"refund", "EVENT", "events whose amount goes back, whichever its sign"},
            {"horizon-days", "N", "how far ahead (default: 365)"},
            {"discount-percent", "P",
             "by how much money of a year ahead counts less (default: 10)"},
            {"top", "N", "list only the first N (default: 20 for people, else all)"},
            {"where", "CONDITION", "of those alone; the model is learnt from all customers"},
            {"columns", "EXPRESSIONS", "what else is asked about each: 'email, city as town'"},
            {"format", "FORMAT", "the rows alone: csv, or jsonl, one JSON object a line"},
            CLI_FINDING_OPTIONS,
            {"days", "N", "of one customer: how far ahead (default: the model's horizon)"},
            {"share", "SHARE", "of the intervals, such as .9 or 90% (default: 80%)"},
            CLI_AS_OF_OPTIONS,
        },
    .details =
        "Orders of one day are one purchase. Value is what all purchases up to the horizon are\n"
        "expected to bring, in the money of today; at risk is the part of it that is lost if the\n"
        "customer is: value * (1 - alive). With --id, --record or --find it tells what is to be\n"
        "expected of one customer, with intervals.\n"
        "Without a fitted score, or with settings of its own, it fits one for this answer alone:\n"
        "while it answers nobody else can write, and nothing is written. 'kith score add' and\n"
        "'kith score fit' keep one.\n" CLI_AS_OF_DETAILS "\n"
        "  kith clv shop.kith\n"
        "  kith clv shop.kith --where \"city = 'York'\" --columns email --top 100 --format csv\n"
        "  kith clv shop.kith --find email=ann@mail.example --days 90\n"
        "\n"
        "Exit code 1: there is no such event, property, score or customer, the customers tell no\n"
        "model, or an expression means nothing.",
    .run = run_clv,
};
