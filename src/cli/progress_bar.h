/*
 * A bar on stderr for long work, only where stderr is a terminal, and a clean stop on Ctrl-C
 * anywhere.
 */
#ifndef KITH_CLI_PROGRESS_BAR_H
#define KITH_CLI_PROGRESS_BAR_H

#include <stdbool.h>
#include <stdint.h>

#include "kith.h"

typedef struct cli_progress {
    bool shown;        /* stderr is a terminal */
    bool drawn;        /* a bar stands on the line */
    const char *phase; /* the one being drawn */
    int64_t begun_us;  /* monotonic: of the whole, of the phase, of the last drawing */
    int64_t phase_us;
    int64_t drawn_us;
} cli_progress;

/* From here on a first Ctrl-C is noted, and a second ends the process. */
void cli_progress_begin(cli_progress *progress);
/* A kith_progress_fn; its context is the cli_progress. Stops the work after Ctrl-C. */
int cli_progress_step(void *context, const kith_progress *step);
/* Removes the bar. */
void cli_progress_end(cli_progress *progress);

double cli_progress_seconds(const cli_progress *progress);

#endif
