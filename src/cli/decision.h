/*
 * What a person decides about two records, for the subcommands that take it.
 */
#ifndef KITH_CLI_DECISION_H
#define KITH_CLI_DECISION_H

#include "src/cli/options.h"

typedef enum cli_decision { CLI_DECIDE_LINK, CLI_DECIDE_UNLINK } cli_decision;

#define CLI_DECISION_OPTIONS                                                                       \
    {"by", "WHO", "who decided; kept and shown by 'kith why' (required)"}, {                       \
        "now", "TIME", "when it was decided, not later than the clock (default)"                   \
    }

/* Keeps the decision about the records that the second and the third operand name, and prints what
 * came of it. Returns the exit code. */
int cli_decide(const cli_arguments *arguments, cli_decision decision);

#endif
