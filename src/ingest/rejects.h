/*
 * The rejects file: a CSV of the rows that an import couldn't use, each with its line, the reason
 * and the row as it stood. An import that rejects nothing leaves no file. A file that holds
 * anything but rejected rows is never written to.
 */
#ifndef KITHI_INGEST_REJECTS_H
#define KITHI_INGEST_REJECTS_H

#include <stdio.h>

#include "kith/ingest.h"
#include "src/base/buffer.h"

typedef struct kithi_rejects {
    const char *path; /* borrowed; NULL: no file is wanted */
    FILE *file;
    bool written;
    bool regular; /* a file, no device or pipe */
    bool made;    /* here: it wasn't there before */
    bool ours;    /* it was made here, or holds rejected rows: it may be removed */
    kithi_buffer line;
} kithi_rejects;

void kithi_rejects_init(kithi_rejects *rejects, const char *path);
/* KITH_OK; KITH_INVALID (the file holds something else); KITH_IO. */
int kithi_rejects_open(kithi_rejects *rejects, kith_error *error);
/* KITH_OK; KITH_IO; KITH_NO_MEMORY. */
int kithi_rejects_add(kithi_rejects *rejects, const kith_reject *reject, kith_error *error);
/* The import came to nothing: what an earlier one left there stays, unless a row has replaced it.
 */
void kithi_rejects_keep(kithi_rejects *rejects);
/* Closes the file; what couldn't be written to it is KITH_IO. May be called again. */
int kithi_rejects_close(kithi_rejects *rejects, kith_error *error);

#endif
