/*
 * What kith writes by itself, an export or an Arrow stream, to standard output.
 */
#ifndef KITH_CLI_OUTPUT_H
#define KITH_CLI_OUTPUT_H

#include "kith.h"

typedef struct cli_output {
    int failure; /* of errno.h; 0: none */
} cli_output;

/* A kith_write_fn whose context is a cli_output. Ctrl-C stops it. */
int cli_output_write(void *context, const char *data, size_t bytes);
/* What came of it: `code` is what the function that wrote returned. A reader that has had enough is
 * no failure. Returns the exit code. */
int cli_output_end(const cli_output *output, int code, const kith_error *error);

#endif
