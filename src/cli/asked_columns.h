/*
 * What --columns asks for: expressions with commas between them, each with a name where it ends in
 * `as NAME`. Commas and words within quotes and brackets are the expression's own.
 */
#ifndef KITH_CLI_ASKED_COLUMNS_H
#define KITH_CLI_ASKED_COLUMNS_H

#include "kith.h"
#include "src/cli/formula.h"
#include "src/cli/session.h"

/* What the first column of each answer is called. */
#define CLI_ID_COLUMN "profile_id"

typedef struct cli_columns {
    size_t count;
    kith_expression *expressions[KITH_QUERY_COLUMNS_MAX]; /* owned */
    char *names[KITH_QUERY_COLUMNS_MAX];                  /* owned */
} cli_columns;

/* The next column; takes what it is given. At most KITH_QUERY_COLUMNS_MAX. */
void cli_columns_add(cli_columns *columns, kith_expression *expression, char *name);
/* The same of an output of a score; takes the name. */
int cli_columns_add_output(cli_columns *columns, const cli_session *session, const char *score,
                           const char *output, char *name);
/*
 * Reads --columns, where it is given, behind the columns that are there, and checks it against the
 * session's store. Functions that fail have said why on stderr.
 *
 * @return CLI_OK: cli_columns_clear() it; CLI_NO (an expression means nothing); CLI_USAGE; CLI_BAD.
 */
int cli_columns_read(const cli_arguments *arguments, const cli_session *session, cli_columns *out);
/* The same of another option. */
int cli_columns_read_option(const cli_arguments *arguments, const cli_session *session,
                            const char *option, cli_columns *out);
void cli_columns_clear(cli_columns *columns);

#endif
