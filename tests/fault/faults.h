/*
 * Faults on demand: the n-th allocation or the n-th store operation of the process fails, or the
 * process is killed there.
 *
 * faults.c defines malloc and its family and the calls that open, map, read, write and sync files,
 * and hands on to libc; nothing fails unless armed. So it works in release builds and needs no hook
 * in the library. Under AddressSanitizer, which needs malloc for itself, the linker's --wrap gives
 * the allocations of kith's own objects alone (those of LMDB and jansson then don't fail), and
 * leaks are the sanitizer's to find.
 */
#ifndef KITH_TESTS_FAULT_FAULTS_H
#define KITH_TESTS_FAULT_FAULTS_H

#include <stdbool.h>
#include <stdint.h>

typedef enum fault_kind { FAULT_NONE, FAULT_ALLOCATION, FAULT_OPERATION } fault_kind;

typedef enum fault_effect {
    FAULT_FAILS,       /* the call fails with `error` and does nothing */
    FAULT_KILLS_FIRST, /* SIGKILL before the call */
    FAULT_KILLS_HALF,  /* SIGKILL after half of the bytes, where the call writes any */
    FAULT_KILLS_LAST   /* SIGKILL after the call */
} fault_effect;

typedef struct fault_plan {
    fault_kind kind;
    uint64_t at;   /* 1: the first one after arming; 0: none, they are only counted */
    bool for_ever; /* that one and all after it */
    int error;     /* errno of an operation; a map always fails with ENOMEM */
    fault_effect effect;
} fault_plan;

void fault_arm(const fault_plan *plan);
/* Returns how many calls of the plan's kind there were since. */
uint64_t fault_disarm(void);
/* How many calls failed since the last arming. */
uint64_t fault_count(void);
/* The name of the call that failed first; "" where none did. */
const char *fault_name(void);
/*
 * Whether allocations that jansson makes are left alone. jansson 2.14 does not look whether the
 * buffer of its scanner could grow, and where the closing quote of a text is lost it runs on
 * through memory and aborts.
 */
void fault_spare_jansson(bool spare);
/* Allocations that are not freed, of the whole process; always 0 under AddressSanitizer. */
int64_t fault_live_allocations(void);

#endif
