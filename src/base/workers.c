#include "src/base/workers.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <unistd.h>

#include "kith/base.h"

#define WAIT_NS 50000000 /* between two reports of one who waits */

typedef struct crew {
    kithi_work_fn *work;
    void *context;
    size_t count;
    atomic_size_t next, done;
    pthread_mutex_t lock;
    pthread_cond_t left;
    size_t helpers;   /* threads beside the caller's that haven't left yet */
    size_t failed_at; /* SIZE_MAX: nothing failed */
    size_t told;      /* how many were done when it was last told */
    bool stopped;     /* by who is told */
    int code;
} crew;

static void note_failure(crew *c, size_t index, int code) {
    pthread_mutex_lock(&c->lock);
    if (index < c->failed_at) {
        c->failed_at = index;
        c->code = code;
    }
    pthread_mutex_unlock(&c->lock);
    atomic_store(&c->next, c->count); /* no more are taken up */
}

/* False once there is none left. */
static bool take_turn(crew *c) {
    size_t index = atomic_fetch_add(&c->next, 1);
    if (index >= c->count) {
        return false;
    }
    int code = c->work(c->context, index);
    atomic_fetch_add(&c->done, 1);
    if (code != KITH_OK) {
        note_failure(c, index, code);
    }
    return true;
}

static void *take_turns(void *data) {
    crew *c = data;
    while (take_turn(c)) {
    }
    pthread_mutex_lock(&c->lock);
    c->helpers--;
    pthread_cond_signal(&c->left);
    pthread_mutex_unlock(&c->lock);
    return NULL;
}

static void tell(crew *c, const kithi_workers_ear *ear) {
    if (ear == NULL || c->stopped) {
        return;
    }
    c->told = atomic_load(&c->done);
    if (ear->tell(ear->context, c->told, c->count) != 0) {
        c->stopped = true;
        note_failure(c, 0, KITH_INTERRUPTED);
    }
}

/* By a clock that nobody sets back, which would make a little wait a long one. */
static void init_waits(pthread_cond_t *out) {
    pthread_condattr_t how;
    pthread_condattr_init(&how);
    pthread_condattr_setclock(&how, CLOCK_MONOTONIC);
    pthread_cond_init(out, &how);
    pthread_condattr_destroy(&how);
}

/* Waits a little for the others; whether some are still at work. */
static bool wait_for_others(crew *c) {
    struct timespec until;
    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_nsec += WAIT_NS;
    until.tv_sec += until.tv_nsec / 1000000000;
    until.tv_nsec %= 1000000000;
    pthread_mutex_lock(&c->lock);
    int rc = 0;
    while (c->helpers > 0 && rc == 0) {
        rc = pthread_cond_timedwait(&c->left, &c->lock, &until);
    }
    bool at_work = c->helpers > 0;
    pthread_mutex_unlock(&c->lock);
    return at_work;
}

/* The caller's thread also tells how far all are, and in the end that all is done. */
static void lead(crew *c, const kithi_workers_ear *ear) {
    while (take_turn(c)) {
        tell(c, ear);
    }
    if (ear == NULL) {
        return;
    }
    while (wait_for_others(c)) {
        tell(c, ear);
    }
    if (c->code == KITH_OK && c->told < atomic_load(&c->done)) {
        tell(c, ear);
    }
}

/* Threads beside the caller's, as far as they can be had. */
static size_t start_helpers(crew *c, size_t wanted, pthread_t out[KITHI_WORKERS_MAX]) {
    size_t started = 0;
    pthread_mutex_lock(&c->lock);
    while (started < wanted && started < KITHI_WORKERS_MAX &&
           pthread_create(&out[started], NULL, take_turns, c) == 0) {
        started++;
    }
    c->helpers = started;
    pthread_mutex_unlock(&c->lock);
    return started;
}

int kithi_workers_run_told(unsigned threads, size_t count, kithi_work_fn *work, void *context,
                           const kithi_workers_ear *ear) {
    pthread_t started[KITHI_WORKERS_MAX];
    crew c = {.work = work,
              .context = context,
              .count = count,
              .lock = PTHREAD_MUTEX_INITIALIZER,
              .failed_at = SIZE_MAX,
              .code = KITH_OK};
    size_t most = threads < count ? threads : count;
    init_waits(&c.left);
    atomic_init(&c.next, 0);
    atomic_init(&c.done, 0);
    size_t helpers = start_helpers(&c, most > 0 ? most - 1 : 0, started);
    lead(&c, ear);
    for (size_t i = 0; i < helpers; i++) {
        pthread_join(started[i], NULL);
    }
    pthread_cond_destroy(&c.left);
    pthread_mutex_destroy(&c.lock);
    return c.code;
}

int kithi_workers_run(unsigned threads, size_t count, kithi_work_fn *work, void *context) {
    return kithi_workers_run_told(threads, count, work, context, NULL);
}

unsigned kithi_workers_available(void) {
    long count = sysconf(_SC_NPROCESSORS_ONLN);
    return count < 1 ? 1 : count > KITHI_WORKERS_MAX ? KITHI_WORKERS_MAX : (unsigned)count;
}
