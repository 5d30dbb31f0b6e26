/*
 * A file that gets its name only when it is whole. Until then it is PATH.partial, locked by the
 * process that writes it: nobody opens half of a store, nothing is taken away that others may have
 * opened, and what a killed process left can be told from what is being written.
 */
#ifndef KITHI_STORE_PARTIAL_H
#define KITHI_STORE_PARTIAL_H

#include <stdbool.h>

#include "kith/base.h"

#define KITHI_PARTIAL_PATH_BYTES 4096

typedef struct kithi_partial {
    char path[KITHI_PARTIAL_PATH_BYTES];
    char lock_path[KITHI_PARTIAL_PATH_BYTES + 5]; /* LMDB's, where it has the file open */
    int file;
} kithi_partial;

/*
 * Makes the empty file of what shall be `path`, and removes what a killed process left of it. Where
 * another writes one, it waits for the end of that, or fails. End it with one of the two below.
 * KITH_OK; KITH_EXISTS: `path` is there, or (it didn't wait) is being written; KITH_IO.
 */
int kithi_partial_open(const char *path, bool wait, kithi_partial *out, kith_error *error);

/*
 * Gives the file its name, and syncs the folder, so that a loss of power does not take the name
 * away again. Its bytes are on the disk by now, and LMDB has closed it. KITH_OK; KITH_EXISTS: the
 * name was taken meanwhile; KITH_IO. The file is removed if it can't be named; where only the sync
 * fails it stays, as others may have opened it by then.
 */
int kithi_partial_publish(kithi_partial *partial, const char *path, kith_error *error);

/* Removes the file. */
void kithi_partial_drop(kithi_partial *partial);

#endif
