/*
 * Something that is said of one customer: who is meant, since when, and who says it; for the
 * subcommands that put it. Functions that fail have said why on stderr and return the exit code.
 */
#ifndef KITH_CLI_SAYING_H
#define KITH_CLI_SAYING_H

#include "src/cli/finding.h"

#define CLI_WHOM_USAGE "(--id ID | --record SOURCE:KEY | --find TYPE=VALUE)"
#define CLI_SAYING_OPTIONS                                                                         \
    {"by", "NAME", "who says it; kept and shown"},                                                 \
        {"at", "TIME", "since when it holds; in the future, from then on (default: --now)"},       \
        {"now", "TIME", "the time that it is (default: the clock)"}, CLI_MAP_SIZE_OPTION

typedef struct cli_saying {
    cli_finding finding; /* the profile, in a write transaction */
    /* What an input takes: the record that was named, by source and key or by an id; of --find the
     * profile's own. */
    const char *source, *key;
    const kith_id *id;
    const char *by; /* NULL: nobody */
    int64_t at_us;
    cli_record_name name; /* private */
    kith_id given;
} cli_saying;

/* Reads when it is, opens the store and finds who is meant: one profile, or CLI_NO. */
int cli_saying_begin(const cli_arguments *arguments, cli_saying *out);
/* Takes what the put answered, commits, prints what came of it, and lets go of the store. */
int cli_saying_end(cli_saying *saying, int code, kith_change change);
/* Lets go of it without a put. */
void cli_saying_drop(cli_saying *saying);

/* When something is said, and by whom, without a person. */
int cli_saying_times(const cli_arguments *arguments, int64_t *out_at_us);

#endif
