/*
 * For tests that define a call of libc themselves, to see it or to let it fail, and hand on to
 * libc.
 */
#ifndef KITH_TESTS_FAULT_REAL_CALL_H
#define KITH_TESTS_FAULT_REAL_CALL_H

#include <dlfcn.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdlib.h>

static inline void *real_of(const char *name) {
    void *function = dlsym(RTLD_NEXT, name);
    if (function == NULL) {
        abort();
    }
    return function;
}

/* Declares `real`, libc's own function of the name. */
#define REAL(name)                                                                                 \
    static __typeof__(&name) real;                                                                 \
    if (real == NULL) {                                                                            \
        *(void **)&real = real_of(#name);                                                          \
    }

/* The third argument of open(), where there is one. */
static inline int real_mode(int flags, va_list list) {
    return flags & O_CREAT ? va_arg(list, int) : 0;
}

#endif
