/*
 * An expression that was typed or stands in a file: its text, what it means to a store, and how it
 * is told what is wrong with it. Functions that fail have said why and return the exit code.
 */
#ifndef KITH_CLI_FORMULA_H
#define KITH_CLI_FORMULA_H

#include <stdbool.h>
#include <stddef.h>

#include "kith.h"
#include "src/cli/options.h"

/* Options of the subcommands that keep or ask one. */
#define CLI_FORMULA_OPTIONS                                                                        \
    {"file", "FILE", "read the expression from a file (-: standard input) instead"}, {             \
        "any-name", NULL,                                                                          \
            "attributes, events and properties that the store doesn't know\nare no error"          \
    }

typedef struct cli_formula {
    char *text; /* owned */
    size_t size;
} cli_formula;

/* Reads `given`; where that is NULL or "-", what --file names, or else standard input. */
int cli_formula_read(const cli_arguments *arguments, const char *given, cli_formula *out);
/* The same where one of the last operand and --file must be given, and not both. */
int cli_formula_read_one(const cli_arguments *arguments, const char *given, cli_formula *out);
void cli_formula_clear(cli_formula *formula);

/* Prints an expression's text, which may have lines, as it may be shown. */
void cli_formula_print(const char *text);

/* Tells where it is wrong and what was expected there; as JSON also on standard output. Returns
 * CLI_NO. */
int cli_formula_refuse(const cli_formula *formula, const kith_error *error, bool json);
/* The same of a text that is JSON itself, where messages name the place. */
int cli_formula_refuse_json(const cli_formula *formula, const kith_error *error, bool json);
/* What it means to the store of a transaction, which may be NULL. CLI_NO where that is nothing. */
int cli_formula_parse(const cli_formula *formula, kith_txn *txn,
                      const kith_expression_options *options, bool json, kith_expression **out);
/* The same of the condition of --where; NULL where it isn't given. */
int cli_formula_where(const cli_arguments *arguments, kith_txn *txn, kith_expression **out);

#endif
