/*
 * What a disk may hold when the power goes while a recorded process runs: all that was synced, and
 * of the writes after that any, none, or any of their sectors; of the names, any that were given in
 * their order.
 *
 * Disks that don't keep what a sync promises are there to see that the tests notice them.
 */
#ifndef KITH_TESTS_CRASH_DISK_H
#define KITH_TESTS_CRASH_DISK_H

#include "tests/crash/recording.h"

typedef enum disk_kind {
    DISK_HONEST,
    DISK_LATE,     /* a sync is done only when the next one comes, and O_DSYNC means nothing */
    DISK_REORDERS, /* the same, but O_DSYNC is kept: what is written so comes before the rest */
} disk_kind;

typedef struct disk_file {
    char name[RECORDING_NAME_BYTES]; /* "": none */
    uint8_t *bytes;                  /* zeros beyond `size` */
    uint64_t size, capacity;
} disk_file;

typedef struct disk {
    const recording *of;
    disk_kind kind;
    size_t at;                           /* the operations before it have returned */
    disk_file safe[RECORDING_FILES_MAX]; /* what is surely there */
    size_t from[RECORDING_FILES_MAX];    /* the first operation of which that isn't sure */
    size_t
        synced[RECORDING_FILES_MAX]; /* of a late disk: the sync that is still to be done and 1 */
    size_t names_from;
    disk_file found[RECORDING_FILES_MAX]; /* the image: what is there when the power is back */
    uint64_t lost_count, torn_count;      /* writes that are not, or not whole, in the image */
} disk;

void disk_init(disk *d, const recording *of, disk_kind kind);
void disk_clear(disk *d);
/* Lets the operations before `at` return; `at` never gets less. */
void disk_advance(disk *d, size_t at);
/* Makes the image of a loss of power in the operation `at`, one of the many that there may be. */
void disk_cut_power(disk *d, uint64_t seed);
/* Makes the image of no loss at all. */
void disk_cut_nothing(disk *d);
/* A file of the image; NULL: there is none of this name. */
const disk_file *disk_find(const disk *d, const char *name);

#endif
