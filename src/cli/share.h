/*
 * A sample, as it is typed: 10%, 0.05% or 500/10000.
 */
#ifndef KITH_CLI_SHARE_H
#define KITH_CLI_SHARE_H

#include "kith.h"
#include "src/cli/options.h"

#define CLI_SHARE_USAGE "[--sample SHARE [--salt TEXT]]"
#define CLI_SHARE_OPTIONS                                                                          \
    {"sample", "SHARE", "of them only so many, such as 10%, the same each time"}, {                \
        "salt", "TEXT",                                                                            \
            "of --sample: another text draws another one (default: " KITH_SAMPLE_SALT ")"          \
    }

/* What --sample and --salt say. CLI_OK; CLI_USAGE, when a line on stderr has said why. */
int cli_share_read(const cli_arguments *arguments, kith_query_options *out);

#endif
