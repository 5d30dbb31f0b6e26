/*
 * The baskets that rules, similar and recommend are about: which events they are read from, of
 * whom and of when. Functions that fail have said why and return the exit code.
 */
#ifndef KITH_CLI_ASKED_BASKETS_H
#define KITH_CLI_ASKED_BASKETS_H

#include "kith.h"
#include "src/cli/json_writer.h"
#include "src/cli/session.h"

#define CLI_BASKETS_USAGE                                                                          \
    "[--event TYPE] [--item PROPERTY] [--order PROPERTY]\n"                                        \
    "       [--since TIME] [--until TIME] [--where EXPRESSION]"
#define CLI_BASKETS_OPTIONS                                                                        \
    {"event", "TYPE",                                                                              \
     "the events in which something is bought (default: order, purchase\nor Order Completed, "     \
     "whichever there is)"},                                                                       \
        {"item", "PROPERTY",                                                                       \
         "their property that holds the item, or a list of items (default:\nsku, item, "           \
         "product_id or "                                                                          \
         "product, whichever there is)"},                                                          \
        {"order", "PROPERTY",                                                                      \
         "the property that holds the order's id: events of one customer\nthat have the same one " \
         "are one basket (default: those of one time)"},                                           \
        {"since", "TIME", "events from then on"}, {"until", "TIME", "events before that"},         \
        {"where", "EXPRESSION", "only customers whom it means"}, {                                 \
        "memory", "SIZE", "the most to be used, such as 4G (default: 1G)"                          \
    }
#define CLI_BASKETS_DETAILS                                                                        \
    "A basket is what one customer bought in one order; what is there twice counts once.\n"

/* Reads them, with a bar. CLI_OK: kith_baskets_close(); CLI_NO (the store has no such events, an
 * expression means nothing); CLI_USAGE; CLI_BAD. */
int cli_baskets_read(const cli_arguments *arguments, const cli_session *session, int64_t now_us,
                     kith_baskets **out);

/* How items are compared. */
#define CLI_SIMILAR_OPTIONS                                                                        \
    {"by", "WHAT", "what makes them alike: cosine (default) or ratio"}, {                          \
        "customers", "N", "who have bought both, at least (default: 2)"                            \
    }
#define CLI_SIMILAR_DETAILS                                                                        \
    "The cosine is the share of common customers; the ratio, Dunning's log-likelihood ratio,\n"    \
    "how sure it is that this is no chance, of items that are together more often than that.\n"
/* What --by and --customers say. */
int cli_similar_read(const cli_arguments *arguments, kith_similar_options *out);
/* Finds them, with a bar. CLI_OK: kith_similar_close(). */
int cli_similar_find(const cli_session *session, const kith_baskets *baskets,
                     kith_similar_options *options, kith_similar **out);

/* A count of 32 bits. */
int cli_option_small(const cli_arguments *arguments, const char *name, uint32_t *inout);

/* Tells what of them an analysis failed with: as JSON too where nothing was found. */
int cli_baskets_fail(const cli_session *session, const kith_error *error);

/* "baskets": {...} */
void cli_json_baskets(cli_json *json, const kith_baskets *baskets);
/* "18,532 baskets of 4,338 customers" and so on, as a line. */
void cli_baskets_print(const kith_baskets *baskets);

#endif
