/*
 * The score that a subcommand asks: one that the store has, or one that is fitted for this answer
 * alone. That one is put into a write transaction which is never committed, so that expressions can
 * ask it like any other, and nobody keeps it. Functions that fail have said why and return the exit
 * code.
 */
#ifndef KITH_CLI_ASKED_SCORE_H
#define KITH_CLI_ASKED_SCORE_H

#include <jansson.h>

#include "src/cli/asked_columns.h"
#include "src/cli/json_writer.h"
#include "src/cli/session.h"

/* Which scores a subcommand may ask, and how one is made where the store has none. */
typedef struct cli_asked_kind {
    const char *kind;            /* of model */
    const char *name;            /* what it is called that nobody keeps, unless that is taken */
    const char *const *settings; /* options that only one has that nobody keeps; NULL ends */
    /* Its definition; owned by the caller. */
    int (*make)(const cli_arguments *arguments, const cli_session *session, int64_t now_us,
                json_t **out);
} cli_asked_kind;

typedef struct cli_asked_score {
    cli_session session; /* whose transaction knows the score */
    char *name;          /* owned */
    uint32_t version;    /* 0: nobody keeps it */
    json_t *definition;  /* owned: its settings */
    json_t *fitted;      /* owned: what was learnt */
    size_t fitted_count; /* how many of the kind the store has */
} cli_asked_score;

/*
 * Opens the store. The score is that of --score; else the one of the kind that is fitted, if there
 * is just one and no setting is given; else one that nobody keeps.
 *
 * @return CLI_OK: cli_asked_score_end() it; CLI_NO; CLI_USAGE; CLI_BAD.
 */
int cli_asked_score_begin(const cli_arguments *arguments, const cli_asked_kind *kind,
                          int64_t now_us, cli_asked_score *out);
void cli_asked_score_end(cli_asked_score *asked);

/* "score 'clv', version 2", or that it was fitted for this answer alone; owned. */
char *cli_asked_score_text(const cli_asked_score *asked);
/* How one is kept that nobody keeps. */
void cli_asked_score_print_keeping(const cli_asked_score *asked, const char *path);
/* Members of an object: "score", null where nobody keeps it, "version", "kind", "definition" and
 * "fitted". */
void cli_json_asked_score(cli_json *json, const cli_asked_score *asked);

/* Adds its outputs to columns that are asked for; names end with NULL. */
int cli_asked_score_add_columns(const cli_asked_score *asked, const char *const *outputs,
                                cli_columns *out);
/* Which events are orders and what they came to: what --event, --amount and --refund say, or else
 * as 'kith rfm' finds them. Owned by the caller: kith_rfm_free(). */
int cli_asked_orders(const cli_arguments *arguments, const cli_session *session, int64_t now_us,
                     kith_rfm_result **out);

#endif
