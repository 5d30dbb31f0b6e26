/*
 * Segments, traits and scores that a store has, for people and as JSON: what a definition asks for,
 * who asks for it, and which versions it had.
 */
#ifndef KITH_CLI_DEFINITION_CARD_H
#define KITH_CLI_DEFINITION_CARD_H

#include "kith.h"
#include "src/cli/json_writer.h"
#include "src/cli/session.h"

/* The definition of a name; CLI_NO, with what was likely meant, where there is none. */
int cli_definition_get(const cli_session *session, kith_definition_kind kind, const char *name,
                       uint32_t version, kith_definition *out);
/* Counts those who are in a segment, or have a value of a trait or a score. */
int cli_definition_count(const cli_session *session, const kith_definition *definition,
                         int64_t now_us, uint64_t *out);

/* Prints all that is known of one. `members` and `all` are profiles. CLI_OK; CLI_BAD. */
int cli_definition_print(const cli_session *session, const kith_definition *definition,
                         uint64_t members, uint64_t all);
int cli_definition_print_json(const cli_session *session, const kith_definition *definition,
                              uint64_t members, uint64_t all);
/* The members of an object, or the lines, that any version has. */
void cli_definition_json_members(cli_json *json, const kith_definition *definition);
void cli_definition_print_head(const kith_definition *definition);
void cli_definition_print_body(const kith_definition *definition);

#endif
