/*
 * Which of some words was likely meant by one that is none of them.
 */
#ifndef KITH_CLI_NEAREST_H
#define KITH_CLI_NEAREST_H

#include <stddef.h>

typedef struct cli_nearest {
    const char *written;
    const char *word; /* the nearest so far; NULL: none is near */
    size_t mistakes;
} cli_nearest;

cli_nearest cli_nearest_of(const char *written);
/* Takes a word of so many bytes, which it borrows, into the choice; the first of equals stays. */
void cli_nearest_offer(cli_nearest *nearest, const char *word, size_t size);

#endif
