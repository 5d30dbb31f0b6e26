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
    X(segment_check)                                                                               \
    X(segment_add)                                                                                 \
    X(segment_list)                                                                                \
    X(segment_show)                                                                                \
    X(segment_test)                                                                                \
    X(segment_explain)                                                                             \
    X(segment_count)                                                                               \
    X(segment_members)                                                                             \
    X(segment_overlap)                                                                             \
    X(segment_history)                                                                             \
    X(segment_remove)                                                                              \
    X(trait_add)                                                                                   \
    X(trait_list)                                                                                  \
    X(trait_show)                                                                                  \
    X(trait_remove)                                                                                \
    X(transitions)                                                                                 \
    X(query)                                                                                       \
    X(rfm)                                                                                         \
    X(clv)                                                                                         \
    X(cluster)                                                                                     \
    X(profile)                                                                                     \
    X(why)                                                                                         \
    X(how)                                                                                         \
    X(blame)                                                                                       \
    X(link)                                                                                        \
    X(unlink)                                                                                      \
    X(review)                                                                                      \
    X(tag_add)                                                                                     \
    X(tag_remove)                                                                                  \
    X(tag_list)                                                                                    \
    X(consent_put)                                                                                 \
    X(consent_list)                                                                                \
    X(points_add)                                                                                  \
    X(points_list)                                                                                 \
    X(score_add)                                                                                   \
    X(score_list)                                                                                  \
    X(score_show)                                                                                  \
    X(score_fit)                                                                                   \
    X(score_drift)                                                                                 \
    X(score_apply)                                                                                 \
    X(score_explain)                                                                               \
    X(score_audience)                                                                              \
    X(score_remove)                                                                                \
    X(score_put)                                                                                   \
    X(rules)                                                                                       \
    X(similar)                                                                                     \
    X(recommend)                                                                                   \
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
