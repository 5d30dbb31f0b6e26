/*
 * The one profile that a subcommand is about: by --id, --record or --find. Functions that fail have
 * said why on stderr and return the exit code.
 */
#ifndef KITH_CLI_FINDING_H
#define KITH_CLI_FINDING_H

#include "src/cli/session.h"

#define CLI_FINDING_USAGE "STORE (--id ID | --record SOURCE:KEY | --find TYPE=VALUE)"
#define CLI_FINDING_OPTIONS                                                                        \
    {"id", "ID", "any id ever given out; it still resolves after merges and splits"},              \
        {"record", "SOURCE:KEY", "the profile that this record belongs to"}, {                     \
        "find", "TYPE=VALUE", "who has this identifier, such as phone=138... or email=..."         \
    }

/* The profiles that share the value of --find. */
typedef struct cli_shared {
    size_t count;
    kith_id *ids; /* owned: kith_free(); NULL where there is only the one */
} cli_shared;

/* A subcommand about one profile, and its transaction. */
typedef struct cli_finding {
    cli_session session;
    kith_profile profile;
    cli_shared shared; /* who shares the value of --find; else the one */
} cli_finding;

/* Whether just one of the three is given. CLI_OK; CLI_USAGE. */
int cli_finding_check(const cli_arguments *arguments);
/* Finds it in a session that has begun. The shared ids are the caller's, also on failure. */
int cli_profile_find(const cli_arguments *arguments, cli_session *session, int64_t now_us,
                     kith_profile *out, cli_shared *out_shared);

/*
 * Checks that one of the three is given, opens the store and finds the profile.
 *
 * @return CLI_OK: cli_finding_end() it; CLI_NO: there is none; CLI_USAGE; CLI_BAD.
 */
int cli_finding_begin(const cli_arguments *arguments, int64_t now_us, cli_finding *out);
/* The same in a write transaction. */
int cli_finding_begin_write(const cli_arguments *arguments, int64_t now_us, cli_finding *out);
void cli_finding_end(cli_finding *finding);
/* Says for people which others share the value too, where some do. */
void cli_finding_print_shared(const cli_shared *shared);

#endif
