/*
 * Traits, segments, tags, consents, points and scores of a profile, for people and as JSON.
 */
#ifndef KITH_CLI_MARK_TABLE_H
#define KITH_CLI_MARK_TABLE_H

#include "src/cli/json_writer.h"
#include "src/cli/session.h"
#include "src/cli/table.h"

/* Columns of a table of marks: what, its value, the record, since when, and further words. */
#define CLI_MARK_COLUMNS "lllll"

/* A row each; `label` is put before the names. */
void cli_marks_add_traits(cli_table *table, const kith_profile *profile, const char *label);
/* All in one row. */
void cli_marks_add_segments(cli_table *table, const kith_profile *profile);
void cli_marks_add_tags(cli_table *table, kith_txn *txn, const kith_profile *profile,
                        const char *label);
void cli_marks_add_consents(cli_table *table, kith_txn *txn, const kith_profile *profile,
                            const char *label);
void cli_marks_add_points(cli_table *table, const kith_profile *profile, const char *label);
void cli_marks_add_scores(cli_table *table, kith_txn *txn, const kith_profile *profile,
                          const char *label);
/* A line of a tag's history. */
void cli_marks_add_history(cli_table *table, kith_txn *txn, const kith_tag *tag);

/* Lines of what was ever said of a kind, and the list "history" of it. CLI_OK; CLI_BAD. */
int cli_marks_print_history(const cli_session *session, const kith_profile *profile,
                            kith_mark_kind kind);
int cli_json_marks_history(cli_json *json, const cli_session *session, const kith_profile *profile,
                           kith_mark_kind kind);

/* Lists of these names. */
void cli_json_traits(cli_json *json, const kith_profile *profile);
void cli_json_segments(cli_json *json, const kith_profile *profile);
void cli_json_tags(cli_json *json, kith_txn *txn, const kith_profile *profile);
void cli_json_consents(cli_json *json, kith_txn *txn, const kith_profile *profile);
void cli_json_points(cli_json *json, const kith_profile *profile);
void cli_json_scores(cli_json *json, kith_txn *txn, const kith_profile *profile);
void cli_json_tag(cli_json *json, kith_txn *txn, const kith_tag *tag);

#endif
