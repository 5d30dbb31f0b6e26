/*
 * Where a store is: the real path of its file, and room for the lock file that LMDB keeps beside
 * the name it is given.
 */
#ifndef KITHI_STORE_PLACE_H
#define KITHI_STORE_PLACE_H

#include <stdbool.h>
#include <sys/stat.h>

#include "kith/base.h"

/* The path without symbolic links: whatever name a store is opened by, its lock file is the one
 * beside the file. Owned; free it with free(). */
int kithi_place_resolve(const char *path, char **out, kith_error *error);

/* KITH_EXISTS where something has the name already, be it a link that leads nowhere. */
int kithi_place_check_free(const char *path, kith_error *error);

/* Refuses a file with several names: which lock file is the real one can't be told from it. */
int kithi_place_check_names(const char *path, const struct stat *status, kith_error *error);

/*
 * Allocates the lock file before LMDB maps it: LMDB makes it sparse, and where the disk is full, a
 * process that touches such a page dies of SIGBUS. A file that others have in use stays as it is.
 * Call it only while the process has no environment of the store, as closing the lock file lets go
 * of all the process's locks on it.
 */
int kithi_place_reserve_lock(const char *real_path, unsigned max_readers, kith_error *error);

/* Syncs the folder that a file is in: a sync of a new file is not bound to keep its name, and
 * without one a loss of power would take the file with all that was committed to it. */
int kithi_place_sync_folder(const char *path, kith_error *error);

#endif
