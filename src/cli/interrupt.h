/*
 * What Ctrl-C does. A command that can stop its work in order notes it (progress_bar.h); any other
 * is ended where it stands, with a line on stderr and the exit code that the help promises.
 */
#ifndef KITH_CLI_INTERRUPT_H
#define KITH_CLI_INTERRUPT_H

#include <stdbool.h>

/* From here on a Ctrl-C ends the process, unless whoever started it has Ctrl-C ignored. */
void cli_interrupt_ends(void);
/* From here on a first Ctrl-C, or a SIGTERM, is noted, and a second ends the process. */
void cli_interrupt_is_noted(void);
bool cli_interrupted(void);

#endif
