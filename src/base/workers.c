#include "src/base/workers.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <unistd.h>

#include "kith/base.h"

typedef struct crew {
    kithi_work_fn *work;
    void *context;
    size_t count;
    atomic_size_t next, done;
    pthread_mutex_t lock;
    size_t failed_at; /* SIZE_MAX: nothing failed */
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
    while (take_turn(data)) {
    }
    return NULL;
}

/* The caller's thread also tells how far all are. */
static void lead(crew *c, const kithi_workers_ear *ear) {
    while (take_turn(c)) {
        if (ear != NULL && ear->tell(ear->context, atomic_load(&c->done), c->count) != 0) {
            note_failure(c, 0, KITH_INTERRUPTED);
        }
    }
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
    size_t more = 0;
    atomic_init(&c.next, 0);
    atomic_init(&c.done, 0);
    while (more + 1 < threads && more + 1 < count && more < KITHI_WORKERS_MAX &&
           pthread_create(&started[more], NULL, take_turns, &c) == 0) {
        more++;
    }
    lead(&c, ear);
    for (size_t i = 0; i < more; i++) {
        pthread_join(started[i], NULL);
    }
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
