/*
 * What is done with definitions of any kind, segments, traits and scores: the subcommands add,
 * list, show and remove. They return exit codes.
 */
#ifndef KITH_CLI_DEFINE_H
#define KITH_CLI_DEFINE_H

#include "kith.h"
#include "src/cli/options.h"

#define CLI_DEFINE_NOW_OPTION                                                                      \
    { "now", "TIME", "as of this time (default: the clock)" }
#define CLI_DEFINE_VERSION_OPTION                                                                  \
    { "version", "N", "what it said in this version" }

int cli_define_add(const cli_arguments *arguments, kith_definition_kind kind);

typedef int cli_define_action(const cli_arguments *arguments, kith_definition_kind kind,
                              int64_t now_us);
cli_define_action cli_define_list, cli_define_show, cli_define_remove;
/* Does one of them at the time that --now says. */
int cli_define_run(const cli_arguments *arguments, kith_definition_kind kind,
                   cli_define_action *act);

#endif
