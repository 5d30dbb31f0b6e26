/*
 * What an import did, for people and as JSON: the mapping used, rows and facts, and what in the
 * file deserves a look.
 */
#ifndef KITH_CLI_IMPORT_SUMMARY_H
#define KITH_CLI_IMPORT_SUMMARY_H

#include "kith.h"
#include "src/cli/options.h"

#define CLI_REJECTS_SHOWN 5

/* The first rejected rows, to be shown under the summary. */
typedef struct cli_reject {
    uint64_t line;
    kith_reject_reason reason;
    char *detail; /* owned */
} cli_reject;

typedef struct cli_import_summary {
    const cli_arguments *arguments;
    const kith_import_report *report;
    const kith_error *error; /* why it failed; NULL: it did not */
    bool stopped;
    int64_t now_us;   /* as the import had it */
    int64_t ahead_us; /* the file's own time, where it is still to come; 0: it isn't */
    cli_reject rejects[CLI_REJECTS_SHOWN];
    size_t reject_count;
} cli_import_summary;

void cli_import_summary_print(const cli_import_summary *summary);
void cli_import_summary_print_json(const cli_import_summary *summary);

#endif
