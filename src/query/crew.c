#include "src/query/crew.h"

#include <stdlib.h>

#include "src/query/scan_mark.h"

/* Others that read the same, as far as they are to be had. */
static int begin_twins(kithi_crew *c, size_t wanted) {
    const kithi_scan *first = &c->scans[0];
    int rc = KITH_OK;
    while (rc == KITH_OK && c->count < wanted) {
        kith_txn *twin;
        if (kithi_txn_begin_twin(first->txn, &twin) != KITH_OK) {
            break;
        }
        rc = kithi_scan_begin(&c->scans[c->count++], twin, first->where, first->now_us);
        if (rc != KITH_OK) {
            kithi_error_copy(kithi_txn_error(first->txn), kith_txn_error(twin));
        }
    }
    return rc;
}

/* Whether sets alone tell it, which is quicker than to start a thread. */
static bool is_set_work(const kithi_node *node) {
    bool sets = node->op == KITHI_OP_BOOLEAN || kithi_scan_is_set(node) ||
                node->op == KITHI_OP_AND || node->op == KITHI_OP_OR || node->op == KITHI_OP_NOT;
    for (size_t i = 0; sets && node->op != KITHI_OP_TEST && i < node->kid_count; i++) {
        sets = is_set_work(node->kids[i]);
    }
    return sets;
}

static int is_worth_it(const kithi_scan *scan, const kithi_crew_plan *plan, bool *out) {
    uint64_t dirty = 0;
    int rc = kithi_count(scan->txn, KITHI_TABLE_DIRTY, &dirty);
    bool sets = dirty == 0 && !scan->past && scan->due_count == 0;
    for (size_t i = 0; sets && i < plan->condition_count; i++) {
        sets = plan->conditions[i] == NULL || is_set_work(plan->conditions[i]->root);
    }
    *out = plan->reads_events || (plan->conditions[0] != NULL && !sets);
    return rc;
}

static int stop(kith_txn *txn) {
    return kithi_error_set(kithi_txn_error(txn), KITH_INTERRUPTED, "the query was stopped");
}

/* Only the thread that runs the crew tells of progress; the others hear of it what was said. Who
 * has had enough is not told again. */
static int tell(void *context, size_t done, size_t count) {
    kithi_crew *c = context;
    kith_progress state = {sizeof state, "query", c->done + done, c->scans[0].chunk_count,
                           c->found};
    (void)count;
    c->told = done;
    if (c->progress != NULL && !atomic_load(&c->stopped) && c->progress(c->context, &state) != 0) {
        atomic_store(&c->stopped, true);
    }
    return atomic_load(&c->stopped);
}

static int ask_stop(void *context, kith_txn *txn) {
    kithi_crew *c = context;
    if (pthread_equal(pthread_self(), c->leader)) {
        tell(c, c->told, 0);
    }
    return atomic_load(&c->stopped) ? stop(txn) : KITH_OK;
}

static int begin_scans(kithi_crew *c, kith_txn *txn, const kithi_crew_plan *plan, size_t wanted) {
    c->count = 1;
    int rc = kithi_scan_begin(&c->scans[0], txn, plan->conditions[0], plan->now_us);
    bool more = false;
    wanted = wanted < c->scans[0].chunk_count ? wanted : c->scans[0].chunk_count;
    rc = rc == KITH_OK && wanted > 1 ? is_worth_it(&c->scans[0], plan, &more) : rc;
    rc = rc == KITH_OK && more ? begin_twins(c, wanted) : rc;
    for (size_t i = 0; i < c->count; i++) {
        c->idle[c->idle_count++] = i;
    }
    return rc;
}

int kithi_crew_begin(kithi_crew *c, kith_txn *txn, const kithi_crew_plan *plan) {
    size_t wanted = plan->threads != 0 ? plan->threads : kithi_workers_available();
    wanted = wanted < KITHI_WORKERS_MAX ? wanted : KITHI_WORKERS_MAX;
    *c = (kithi_crew){.progress = plan->progress, .context = plan->context};
    c->pause = (kithi_pause){ask_stop, c};
    c->scans = calloc(wanted, sizeof *c->scans);
    if (c->scans == NULL) {
        return kithi_error_memory(kithi_txn_error(txn));
    }
    pthread_mutex_init(&c->lock, NULL);
    return begin_scans(c, txn, plan, wanted);
}

void kithi_crew_end(kithi_crew *c) {
    for (size_t i = 0; i < c->count; i++) {
        kith_txn *txn = c->scans[i].txn;
        kithi_scan_end(&c->scans[i]);
        if (i > 0) {
            kith_txn_abort(txn);
        }
    }
    if (c->scans != NULL) {
        free(c->scans);
        pthread_mutex_destroy(&c->lock);
    }
}

static size_t take_idle(kithi_crew *c) {
    pthread_mutex_lock(&c->lock);
    size_t taken = c->idle[--c->idle_count];
    pthread_mutex_unlock(&c->lock);
    return taken;
}

static void give_back(kithi_crew *c, size_t scan) {
    pthread_mutex_lock(&c->lock);
    c->idle[c->idle_count++] = scan;
    pthread_mutex_unlock(&c->lock);
}

typedef struct running {
    kithi_crew *crew;
    kithi_crew_work *work;
    void *context;
} running;

static int run_one(void *context, size_t index) {
    running *r = context;
    size_t taken = take_idle(r->crew);
    int rc = r->work(r->context, &r->crew->scans[taken], index);
    give_back(r->crew, taken);
    return rc;
}

/* What a twin says went wrong is said by the caller's transaction. */
static void tell_error(kithi_crew *c, int rc) {
    kith_error *error = kithi_txn_error(c->scans[0].txn);
    for (size_t i = 1; i < c->count; i++) {
        const kith_error *other = kith_txn_error(c->scans[i].txn);
        if (other->code == rc) {
            kithi_error_copy(error, other);
            return;
        }
    }
}

/* Whoever runs a crew may be stopped from now on. Gives the pause that the caller's transaction had
 * before. */
static const kithi_pause *begin_pauses(kithi_crew *c) {
    c->leader = pthread_self();
    c->told = 0;
    atomic_store(&c->stopped, false);
    for (size_t i = 1; i < c->count; i++) {
        kithi_txn_set_pause(c->scans[i].txn, &c->pause);
    }
    return kithi_txn_set_pause(c->scans[0].txn, &c->pause);
}

static int run_all(kithi_crew *c, size_t count, running *r) {
    kithi_workers_ear ear = {tell, c};
    int rc = tell(c, 0, count) != 0
                 ? KITH_INTERRUPTED
                 : kithi_workers_run_told((unsigned)c->count, count, run_one, r, &ear);
    if (rc == KITH_INTERRUPTED) {
        return stop(c->scans[0].txn);
    }
    if (rc != KITH_OK && kithi_txn_error(c->scans[0].txn)->code != rc) {
        tell_error(c, rc);
    }
    return rc;
}

int kithi_crew_run(kithi_crew *c, size_t count, kithi_crew_work *work, void *context) {
    running r = {c, work, context};
    const kithi_pause *before = begin_pauses(c);
    int rc = run_all(c, count, &r);
    kithi_txn_set_pause(c->scans[0].txn, before);
    c->done += rc == KITH_OK ? count : 0;
    return rc;
}

int kithi_crew_ask(kithi_crew *c, const kith_expression *expression, kithi_outcome *out) {
    kithi_scan *scan = &c->scans[0];
    const kithi_pause *before = begin_pauses(c);
    int rc = kithi_execute(&scan->executor, expression, scan->now_us, false, out);
    kithi_txn_set_pause(scan->txn, before);
    return rc;
}

typedef struct choosing {
    uint32_t first;
    kithi_chunk *out;
} choosing;

static int choose_one(void *context, kithi_scan *scan, size_t index) {
    choosing *k = context;
    return kithi_scan_choose(scan, k->first + (uint32_t)index, &k->out[index]);
}

int kithi_crew_choose(kithi_crew *c, uint32_t first, size_t count, kithi_chunk *out) {
    choosing k = {first, out};
    return kithi_crew_run(c, count, choose_one, &k);
}
