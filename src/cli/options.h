/*
 * The command line: what each subcommand takes, how it is read, how its help is printed. A
 * subcommand is a table; its function sees only arguments that stand in the table.
 */
#ifndef KITH_CLI_OPTIONS_H
#define KITH_CLI_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "kith.h"

#define CLI_OPTIONS_MAX  20
#define CLI_OPERANDS_MAX 3
#define CLI_REST_MAX     64

/* Exit codes. */
#define CLI_OK    0
#define CLI_NO    1 /* it ran, and the answer is no */
#define CLI_USAGE 2 /* wrong use of the command */
#define CLI_BAD   3 /* bad data, a bad store, the system refused, or Ctrl-C */

typedef struct cli_option {
    const char *name;     /* without the dashes */
    const char *argument; /* the word for its value in the help; NULL: a switch */
    const char *help;     /* lines are broken with \n */
} cli_option;

/* An option of the commands that make a store grow. */
#define CLI_MAP_SIZE_OPTION                                                                        \
    {                                                                                              \
        "map-size", "SIZE",                                                                        \
            "the largest the store may grow to, such as 200G (default: 64G,\nor more where the "   \
            "last write had more); kept by the next write"                                         \
    }

/* Options of the commands that answer of a past time too, and what they say of it. */
#define CLI_AS_OF_OPTIONS                                                                          \
    {"as-of", "TIME", "as it was then, by the facts (default: the clock)"}, {                      \
        "now", "TIME", "the same word for a present that isn't the clock's"                        \
    }
#define CLI_AS_OF_DETAILS                                                                          \
    "As of a time: the events, tags, consents, points and scores up to it, whenever they "         \
    "arrived.\n"                                                                                   \
    "What was overwritten isn't kept: attributes, who belongs together and definitions are "       \
    "today's.\n"

struct cli_arguments;

typedef struct cli_command {
    const char *name;
    const char *summary;                        /* one line */
    const char *usage;                          /* what follows the name in the usage line */
    const char *operands[CLI_OPERANDS_MAX + 1]; /* the words for them; NULL ends */
    size_t optional_operands;                   /* of them, at the end: they may be left out */
    const char *rest;   /* the word for what must follow them, once or more; NULL: nothing may */
    bool optional_rest; /* nothing of it need follow */
    cli_option options[CLI_OPTIONS_MAX + 1]; /* beside --json and --help; NULL ends */
    const char *details;                     /* printed after the options; NULL: none */
    int (*run)(const struct cli_arguments *arguments);
} cli_command;

typedef struct cli_arguments {
    const cli_command *command;
    const char *operands[CLI_OPERANDS_MAX];
    const char *rest[CLI_REST_MAX];
    size_t rest_count;
    const char *values[CLI_OPTIONS_MAX]; /* beside command->options; "" where a switch is on */
    bool json;
    bool help;
} cli_arguments;

/* Reads what follows the subcommand's name. CLI_OK, or CLI_USAGE when a line on stderr has said
 * why. */
int cli_arguments_read(const cli_command *command, int count, char **words, cli_arguments *out);

/* The value of an option; NULL where it wasn't given. */
const char *cli_option_get(const cli_arguments *arguments, const char *name);
/* A whole number >= 0, or `fallback` where the option wasn't given. CLI_OK; CLI_USAGE. */
int cli_option_count(const cli_arguments *arguments, const char *name, uint64_t fallback,
                     uint64_t *out);
/* How rows are wanted: by --format csv, jsonl or arrow, or by --json. Arrow is refused where
 * standard output is a terminal. CLI_OK; CLI_USAGE. */
int cli_option_format(const cli_arguments *arguments, kith_format *out);
/* A number from 0 on, of at most six decimals, such as 0.01 or 1%, or `fallback` where the option
 * wasn't given. CLI_OK; CLI_USAGE. */
int cli_option_real(const cli_arguments *arguments, const char *name, double fallback, double *out);
/* The same, which may be below 0 too. CLI_OK; CLI_USAGE. */
int cli_option_change(const cli_arguments *arguments, const char *name, double fallback,
                      double *out);
/* Bytes, also with K, M, G or T behind them, or 0 where the option wasn't given. CLI_OK; CLI_USAGE.
 */
int cli_option_size(const cli_arguments *arguments, const char *name, uint64_t *out);
/* The bytes of --map-size, or 0 where it wasn't given. CLI_OK; CLI_USAGE. */
int cli_option_map_size(const cli_arguments *arguments, uint64_t *out);
/* What --now or --as-of says, or the wall clock: the one place where kith reads it. CLI_OK;
 * CLI_USAGE. */
int cli_option_now(const cli_arguments *arguments, int64_t *out_us);
int64_t cli_clock_us(void);
/* What an option of a time says, or `fallback_us` where it wasn't given. CLI_OK; CLI_USAGE. */
int cli_option_time(const cli_arguments *arguments, const char *name, int64_t fallback_us,
                    int64_t *out_us);
/* What an option that must be given says as a decimal of at most six places, in millionths. CLI_OK;
 * CLI_USAGE. */
int cli_option_micros(const cli_arguments *arguments, const char *name, int64_t *out_micros);

void cli_help_print(const cli_command *command, FILE *out);

#endif
