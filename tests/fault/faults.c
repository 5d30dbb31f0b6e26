#include "tests/fault/faults.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <link.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/uio.h>
#include <unistd.h>

#include "tests/fault/real_call.h"

static struct {
    atomic_int kind;
    fault_plan plan;
    atomic_uint_fast64_t seen, failed;
    _Atomic(const char *) name;
} fault;

static atomic_int_fast64_t live;

void fault_arm(const fault_plan *plan) {
    fault.plan = *plan;
    atomic_store(&fault.seen, 0);
    atomic_store(&fault.failed, 0);
    atomic_store(&fault.name, "");
    atomic_store(&fault.kind, (int)plan->kind);
}

uint64_t fault_disarm(void) {
    atomic_store(&fault.kind, FAULT_NONE);
    return atomic_load(&fault.seen);
}

uint64_t fault_count(void) {
    return atomic_load(&fault.failed);
}

const char *fault_name(void) {
    return atomic_load(&fault.name);
}

int64_t fault_live_allocations(void) {
    return atomic_load(&live);
}

static void die(void) {
    kill(getpid(), SIGKILL);
    pause();
}

/* Whether the plan strikes this call. */
static bool strikes(fault_kind kind, const char *name) {
    if (atomic_load_explicit(&fault.kind, memory_order_relaxed) != (int)kind) {
        return false;
    }
    uint64_t number = atomic_fetch_add(&fault.seen, 1) + 1;
    uint64_t at = fault.plan.at;
    if (at == 0 || number < at || (number > at && !fault.plan.for_ever)) {
        return false;
    }
    if (atomic_fetch_add(&fault.failed, 1) == 0) {
        atomic_store(&fault.name, name);
    }
    if (fault.plan.effect == FAULT_KILLS_FIRST) {
        die();
    }
    return true;
}

/* Allocations */

static struct {
    uintptr_t from, to; /* where its code is */
    bool spared;
} jansson;

#define CALLER __builtin_return_address(0)

static int find_jansson(struct dl_phdr_info *library, size_t size, void *context) {
    if (strstr(library->dlpi_name, "libjansson") == NULL) {
        return 0;
    }
    for (int i = 0; i < library->dlpi_phnum; i++) {
        const ElfW(Phdr) *part = &library->dlpi_phdr[i];
        if (part->p_type == PT_LOAD && (part->p_flags & PF_X) != 0) {
            jansson.from = library->dlpi_addr + part->p_vaddr;
            jansson.to = jansson.from + part->p_memsz;
        }
    }
    return 1;
}

void fault_spare_jansson(bool spare) {
    dl_iterate_phdr(find_jansson, NULL);
    jansson.spared = spare;
}

static bool allocation_fails(const char *name, const void *caller) {
    uintptr_t at = (uintptr_t)caller;
    if (jansson.spared && at >= jansson.from && at < jansson.to) {
        return false;
    }
    if (!strikes(FAULT_ALLOCATION, name)) {
        return false;
    }
    errno = ENOMEM;
    return true;
}

#if defined(FAULT_WRAP)

void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *memory, size_t size);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *memory, size_t size);

void *__wrap_malloc(size_t size) {
    return allocation_fails("malloc", CALLER) ? NULL : __real_malloc(size);
}

void *__wrap_calloc(size_t count, size_t size) {
    return allocation_fails("calloc", CALLER) ? NULL : __real_calloc(count, size);
}

void *__wrap_realloc(void *memory, size_t size) {
    return allocation_fails("realloc", CALLER) ? NULL : __real_realloc(memory, size);
}

#else

void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *memory, size_t size);
void *__libc_memalign(size_t alignment, size_t size);
void __libc_free(void *memory);

static void *counted(void *memory) {
    if (memory != NULL) {
        atomic_fetch_add_explicit(&live, 1, memory_order_relaxed);
    }
    return memory;
}

void *malloc(size_t size) {
    return allocation_fails("malloc", CALLER) ? NULL : counted(__libc_malloc(size));
}

void *calloc(size_t count, size_t size) {
    return allocation_fails("calloc", CALLER) ? NULL : counted(__libc_calloc(count, size));
}

void free(void *memory) {
    if (memory != NULL) {
        atomic_fetch_sub_explicit(&live, 1, memory_order_relaxed);
    }
    __libc_free(memory);
}

void *realloc(void *memory, size_t size) {
    if (memory == NULL) {
        return allocation_fails("realloc", CALLER) ? NULL : counted(__libc_malloc(size));
    }
    if (size == 0) {
        free(memory);
        return NULL;
    }
    return allocation_fails("realloc", CALLER) ? NULL : __libc_realloc(memory, size);
}

int posix_memalign(void **out, size_t alignment, size_t size) {
    void *memory = allocation_fails("posix_memalign", CALLER)
                       ? NULL
                       : counted(__libc_memalign(alignment, size));
    if (memory == NULL) {
        return ENOMEM;
    }
    *out = memory;
    return 0;
}

void *aligned_alloc(size_t alignment, size_t size) {
    return allocation_fails("aligned_alloc", CALLER) ? NULL
                                                     : counted(__libc_memalign(alignment, size));
}

#endif

/* Store operations. The standard streams are not the store's. */

static bool operation_strikes(int file, const char *name) {
    return (file < 0 || file > STDERR_FILENO) && strikes(FAULT_OPERATION, name);
}

/* For calls that write no bytes: before, or instead of, or after them. */
#define STRIKE(file, name, failure, call)                                                          \
    if (operation_strikes(file, name)) {                                                           \
        if (fault.plan.effect == FAULT_FAILS) {                                                    \
            errno = fault.plan.error;                                                              \
            return failure;                                                                        \
        }                                                                                          \
        (void)!(call);                                                                             \
        die();                                                                                     \
    }

#define STRIKE_WRITE(file, name, call, half)                                                       \
    if (operation_strikes(file, name)) {                                                           \
        if (fault.plan.effect == FAULT_FAILS) {                                                    \
            errno = fault.plan.error;                                                              \
            return -1;                                                                             \
        }                                                                                          \
        (void)!(fault.plan.effect == FAULT_KILLS_HALF ? (half) : (call));                          \
        die();                                                                                     \
    }

ssize_t write(int file, const void *data, size_t size) {
    REAL(write)
    STRIKE_WRITE(file, "write", real(file, data, size), real(file, data, size / 2))
    return real(file, data, size);
}

/* A run of pages is written by one call: half of its pages get there. */
ssize_t writev(int file, const struct iovec *parts, int count) {
    REAL(writev)
    STRIKE_WRITE(file, "writev", real(file, parts, count),
                 count > 1 ? real(file, parts, count / 2) : 0)
    return real(file, parts, count);
}

#define DEFINE_PWRITE(name, offset_type)                                                           \
    ssize_t name(int file, const void *data, size_t size, offset_type offset) {                    \
        REAL(name)                                                                                 \
        STRIKE_WRITE(file, #name, real(file, data, size, offset),                                  \
                     real(file, data, size / 2, offset))                                           \
        return real(file, data, size, offset);                                                     \
    }
DEFINE_PWRITE(pwrite, off_t)
DEFINE_PWRITE(pwrite64, off64_t)

#define DEFINE_PWRITEV(name, offset_type)                                                          \
    ssize_t name(int file, const struct iovec *parts, int count, offset_type offset) {             \
        REAL(name)                                                                                 \
        STRIKE_WRITE(file, #name, real(file, parts, count, offset),                                \
                     count > 1 ? real(file, parts, count / 2, offset) : 0)                         \
        return real(file, parts, count, offset);                                                   \
    }
DEFINE_PWRITEV(pwritev, off_t)
DEFINE_PWRITEV(pwritev64, off64_t)

ssize_t read(int file, void *data, size_t size) {
    REAL(read)
    STRIKE(file, "read", -1, 0)
    return real(file, data, size);
}

#define DEFINE_PREAD(name, offset_type)                                                            \
    ssize_t name(int file, void *data, size_t size, offset_type offset) {                          \
        REAL(name)                                                                                 \
        STRIKE(file, #name, -1, 0)                                                                 \
        return real(file, data, size, offset);                                                     \
    }
DEFINE_PREAD(pread, off_t)
DEFINE_PREAD(pread64, off64_t)

int fsync(int file) {
    REAL(fsync)
    STRIKE(file, "fsync", -1, real(file))
    return real(file);
}

int fdatasync(int file) {
    REAL(fdatasync)
    STRIKE(file, "fdatasync", -1, real(file))
    return real(file);
}

#define DEFINE_FTRUNCATE(name, offset_type)                                                        \
    int name(int file, offset_type size) {                                                         \
        REAL(name)                                                                                 \
        STRIKE(file, #name, -1, real(file, size))                                                  \
        return real(file, size);                                                                   \
    }
DEFINE_FTRUNCATE(ftruncate, off_t)
DEFINE_FTRUNCATE(ftruncate64, off64_t)

#define DEFINE_OPEN(name)                                                                          \
    int name(const char *path, int flags, ...) {                                                   \
        REAL(name)                                                                                 \
        va_list list;                                                                              \
        va_start(list, flags);                                                                     \
        int mode = real_mode(flags, list);                                                         \
        va_end(list);                                                                              \
        STRIKE(-1, #name, -1, real(path, flags, mode))                                             \
        return real(path, flags, mode);                                                            \
    }
DEFINE_OPEN(open)
DEFINE_OPEN(open64)

#define DEFINE_FOPEN(name)                                                                         \
    FILE *name(const char *path, const char *mode) {                                               \
        REAL(name)                                                                                 \
        STRIKE(-1, #name, NULL, 0)                                                                 \
        return real(path, mode);                                                                   \
    }
DEFINE_FOPEN(fopen)
DEFINE_FOPEN(fopen64)

/* Only maps of files: others are how memory is allocated. */
#define DEFINE_MMAP(name, offset_type)                                                             \
    void *name(void *address, size_t size, int access, int flags, int file, offset_type offset) {  \
        REAL(name)                                                                                 \
        if (file >= 0 && operation_strikes(file, #name)) {                                         \
            if (fault.plan.effect != FAULT_FAILS) {                                                \
                die();                                                                             \
            }                                                                                      \
            errno = ENOMEM;                                                                        \
            return MAP_FAILED;                                                                     \
        }                                                                                          \
        return real(address, size, access, flags, file, offset);                                   \
    }
DEFINE_MMAP(mmap, off_t)
DEFINE_MMAP(mmap64, off64_t)
