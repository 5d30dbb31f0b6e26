/*
 * The subcommands that list the consents, the points or the scores of a customer.
 */
#ifndef KITH_CLI_MARK_LIST_H
#define KITH_CLI_MARK_LIST_H

#include "src/cli/command.h"

/* Lists what stands of one kind, or with --history all that was ever said of it. */
int cli_mark_list(const cli_arguments *arguments, kith_mark_kind kind);

#endif
