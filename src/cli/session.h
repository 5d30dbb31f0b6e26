/*
 * An open store and one transaction for the length of a subcommand, and the records that arguments
 * name. Functions that fail have said why on stderr and return the exit code.
 */
#ifndef KITH_CLI_SESSION_H
#define KITH_CLI_SESSION_H

#include "kith.h"
#include "src/cli/console.h"
#include "src/cli/options.h"

typedef struct cli_session {
    const cli_command *command;
    bool json; /* the answer is wanted as JSON */
    kith *store;
    kith_txn *txn;
} cli_session;

/* Opens the store that must be there, the first operand, with --map-size where that is given. */
int cli_store_open(const cli_arguments *arguments, unsigned flags, kith **out);
/* Opens it and begins a transaction: KITH_READ (the store is opened read-only) or KITH_WRITE. */
int cli_session_begin(const cli_arguments *arguments, unsigned mode, cli_session *out);
int cli_session_commit(cli_session *session);
/* Aborts what wasn't committed. A session that never began is fine. */
void cli_session_end(cli_session *session);

/* Says what the transaction says went wrong; returns CLI_BAD. */
int cli_session_fail(const cli_session *session);

/*
 * Says that what was asked for isn't there: a line on stderr, and where JSON is wanted
 * {"found": false, "message": ...} on stdout. Returns CLI_NO.
 */
int cli_session_no(const cli_session *session, const char *format, ...) CLI_PRINTF(2, 3);

/* SOURCE:KEY, parted at the first colon. */
typedef struct cli_record_name {
    char *source; /* owned */
    const char *key;
} cli_record_name;
int cli_record_name_read(const cli_session *session, const char *text, cli_record_name *out);
void cli_record_name_clear(cli_record_name *name);
/* The record that SOURCE:KEY names; CLI_NO where there is none. */
int cli_record_find(const cli_session *session, const char *text, kith_record *out);
/* "source:key" of a record, cleaned; owned. */
char *cli_record_text(kith_txn *txn, uint32_t number);

/* The whole of a text file ("-": standard input), NUL-terminated; owned. A NUL byte in it is
 * refused. */
int cli_file_read(const char *path, char **out);

#endif
