/* review: pairs of records that a person should decide on. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "src/cli/command.h"
#include "src/cli/console.h"
#include "src/cli/decision.h"
#include "src/cli/json_writer.h"
#include "src/cli/pair_table.h"
#include "src/cli/session.h"

/* As text */

static const char *or_empty(const char *text) {
    return text != NULL ? text : "";
}

static void print_reason(const kith_review_pair *pair) {
    printf("%s", kith_review_reason_name(pair->reason));
    if (pair->rule != NULL) {
        printf(" (%s%s%s)", pair->rule, pair->detail != NULL ? ": " : "", or_empty(pair->detail));
    }
    if (pair->alike_count > 0) {
        char number[CLI_NUMBER_BYTES];
        printf("; %s pair%s agree%s so", cli_count_text(pair->alike_count, number),
               cli_plural(pair->alike_count), pair->alike_count == 1 ? "s" : "");
    }
}

static void print_pair(kith_txn *txn, size_t place, const kith_review_pair *pair) {
    char *a = cli_record_text(txn, pair->a), *b = cli_record_text(txn, pair->b);
    printf("%s%4zu. %s — %s%s  %.1f bits, ", cli_bold(stdout), place, a, b, cli_plain(stdout),
           pair->bits);
    print_reason(pair);
    putchar('\n');
    free(a);
    free(b);
    cli_pair_print(txn, pair->a, pair->b, 6);
}

static void print_end(const kith_review *review, bool suggest) {
    char number[CLI_NUMBER_BYTES];
    if (review->model_version == 0) {
        puts("nothing to review: the store has no match model yet; 'kith resolve' learns one");
        return;
    }
    if (review->waiting_count == 0) {
        puts("nothing to review");
        return;
    }
    printf("\n%zu pair%s of customers%s, of %s pair%s of records in all; %.1f bits link\n",
           review->pair_count, cli_plural(review->pair_count),
           suggest ? " whose decision would teach most" : "",
           cli_count_text(review->waiting_count, number), cli_plural(review->waiting_count),
           review->link_at_bits);
}

static void print_review(kith_txn *txn, const kith_review *review, bool suggest) {
    for (size_t i = 0; i < review->pair_count; i++) {
        print_pair(txn, i + 1, review->pairs[i]);
    }
    print_end(review, suggest);
}

/* As JSON */

static void json_record(cli_json *json, const char *name, const kith_review_pair *pair,
                        bool second) {
    cli_json_object(json, name);
    cli_json_text(json, "source", second ? pair->source_b : pair->source_a);
    cli_json_text(json, "key", second ? pair->key_b : pair->key_a);
    cli_json_id(json, "profile", second ? &pair->profile_b : &pair->profile_a);
    cli_json_end(json);
}

static void json_pair(cli_json *json, kith_txn *txn, const kith_review_pair *pair, bool suggest) {
    cli_json_object(json, NULL);
    cli_json_real(json, "bits", pair->bits);
    cli_json_text(json, "reason", kith_review_reason_name(pair->reason));
    cli_json_text(json, "rule", pair->rule);
    cli_json_text(json, "detail", pair->detail);
    if (suggest) {
        cli_json_count(json, "alike", pair->alike_count);
    }
    json_record(json, "a", pair, false);
    json_record(json, "b", pair, true);
    cli_json_pair(json, "score", txn, pair->a, pair->b);
    cli_json_end(json);
}

static void json_review(kith_txn *txn, const kith_review *review, bool suggest) {
    cli_json json;
    cli_json_init(&json, stdout);
    cli_json_object(&json, NULL);
    cli_json_count(&json, "model", review->model_version);
    cli_json_count(&json, "waiting", review->waiting_count);
    cli_json_real(&json, "keep_at", review->keep_at_bits);
    cli_json_real(&json, "link_at", review->link_at_bits);
    cli_json_list(&json, "pairs");
    for (size_t i = 0; i < review->pair_count; i++) {
        json_pair(&json, txn, review->pairs[i], suggest);
    }
    cli_json_end(&json);
    cli_json_end(&json);
}

static int list_pairs(const cli_arguments *arguments) {
    cli_session session;
    kith_review_options options = KITH_REVIEW_OPTIONS_INIT;
    kith_review *review = NULL;
    uint64_t limit = 0;
    options.suggest = cli_option_get(arguments, "suggest") != NULL;
    int result = cli_option_count(arguments, "limit", options.limit, &limit);
    if (result == CLI_OK) {
        result = cli_session_begin(arguments, KITH_READ, &session);
    }
    if (result != CLI_OK) {
        return result;
    }
    options.limit = limit < SIZE_MAX ? (size_t)limit : SIZE_MAX;
    if (kith_review_list(session.txn, &options, &review) != KITH_OK) {
        result = cli_session_fail(&session);
    } else if (arguments->json) {
        json_review(session.txn, review, options.suggest);
    } else {
        print_review(session.txn, review, options.suggest);
    }
    kith_review_free(review);
    cli_session_end(&session);
    return result;
}

/* Listing takes no records, deciding takes two. */
static int run_review(const cli_arguments *arguments) {
    const cli_command *command = arguments->command;
    bool accept = cli_option_get(arguments, "accept") != NULL;
    bool reject = cli_option_get(arguments, "reject") != NULL;
    if (accept && reject) {
        return cli_usage(command, "a pair is accepted or rejected, not both");
    }
    if (!accept && !reject) {
        static const char *const of_decisions[] = {"by", "now"};
        for (size_t i = 0; i < sizeof of_decisions / sizeof of_decisions[0]; i++) {
            if (cli_option_get(arguments, of_decisions[i]) != NULL) {
                return cli_usage(command, "--%s goes with --accept or --reject", of_decisions[i]);
            }
        }
        return arguments->operands[1] == NULL
                   ? list_pairs(arguments)
                   : cli_usage(command, "two records go with --accept or --reject");
    }
    if (arguments->operands[2] == NULL) {
        return cli_usage(command, "--%s needs two records", accept ? "accept" : "reject");
    }
    if (cli_option_get(arguments, "limit") != NULL ||
        cli_option_get(arguments, "suggest") != NULL) {
        return cli_usage(command, "--limit and --suggest are for the list");
    }
    return cli_decide(arguments, accept ? CLI_DECIDE_LINK : CLI_DECIDE_UNLINK);
}

const cli_command cli_command_review = {
    .name = "review",
    .summary = "list the pairs that a person should decide on, and take decisions",
    .usage = "STORE [--limit N] [--suggest]\n"
             "       kith review STORE (--accept | --reject) SOURCE:KEY SOURCE:KEY --by WHO",
    .operands = {"STORE", "SOURCE:KEY", "a second SOURCE:KEY"},
    .optional_operands = 2,
    .options =
        {
            {"limit", "N", "how many to list (default: 20; suggestions: 10)"},
            {"suggest", NULL,
             "list the pairs whose decision would teach most: those that\nare nearest to what "
             "links and stand for most others"},
            {"accept", NULL, "the two are one customer; as 'kith link'"},
            {"reject", NULL, "the two are not one customer; as 'kith unlink'"},
            CLI_DECISION_OPTIONS,
        },
    .details =
        "Pairs of two customers that have too few bits to be linked and too many to be surely\n"
        "strangers (doubtful), or whose link a rule refused, the likeliest first; of each two\n"
        "customers their likeliest pair. A bit more doubles the odds. What was decided once is\n"
        "not asked again, and holds whatever a later model says. Without a match model, which\n"
        "'kith resolve' learns, there is nothing to review. Exit code 1: no such record.",
    .run = run_review,
};
