/*
 * The subcommands. Each file command_*.c holds one group; main.c lists them.
 */
#ifndef KITH_CLI_COMMAND_H
#define KITH_CLI_COMMAND_H

#include "src/cli/options.h"

#define CLI_COMMANDS(X)                                                                            \
    X(init)                                                                                        \
    X(config)                                                                                      \
    X(import)                                                                                      \
    X(resolve)                                                                                     \
    X(model)                                                                                       \
    X(search)                                                                                      \
    X(profile)                                                                                     \
    X(why)                                                                                         \
    X(how)                                                                                         \
    X(blame)                                                                                       \
    X(link)                                                                                        \
    X(unlink)                                                                                      \
    X(review)                                                                                      \
    X(export)                                                                                      \
    X(eval)                                                                                        \
    X(audit)                                                                                       \
    X(settle)                                                                                      \
    X(verify)                                                                                      \
    X(check)                                                                                       \
    X(stat)                                                                                        \
    X(backup)

#define CLI_DECLARE(name) extern const cli_command cli_command_##name;
CLI_COMMANDS(CLI_DECLARE)
#undef CLI_DECLARE

#endif
