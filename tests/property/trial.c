#include "tests/property/trial.h"

#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/property/scored.h"

#define DEFAULT_SEED 20240229

/* Under sanitizers each step takes many times as long, so fewer histories are the default there. */
#if defined(__SANITIZE_ADDRESS__)
#define SLOWNESS 4
#else
#define SLOWNESS 1
#endif

uint64_t trial_seed(void) {
    const char *text = getenv("KITH_SEED");
    return text != NULL ? strtoull(text, NULL, 10) : DEFAULT_SEED;
}

unsigned trial_count(unsigned count) {
    const char *text = getenv("KITH_HISTORIES");
    if (text != NULL) {
        return (unsigned)strtoul(text, NULL, 10);
    }
    return count / SLOWNESS > 0 ? count / SLOWNESS : 1;
}

char *trial_end(stand *s) {
    char *problem = s->problem;
    s->problem = NULL;
    stand_close(s);
    return problem;
}

unsigned trial_count_long(unsigned count, unsigned each) {
    unsigned histories = trial_count(count * each);
    return histories / each + (histories % each > 0);
}

/* A store beside the model. */
typedef struct beside {
    stand s;
    model *m;
    uint64_t state;
    trial_compare compare;
    unsigned flags;
} beside;

static void step(beside *b, const history_op *op) {
    stand *s = &b->s;
    switch (op->kind) {
    case HISTORY_COMMIT:
        stand_commit(s);
        model_commit(b->m);
        b->compare(s, b->m, &b->state, "after a commit");
        break;
    case HISTORY_ABORT:
        stand_abort(s);
        model_abort(b->m);
        break;
    case HISTORY_READ:
        stand_compare(s, b->m, op->at_us, b->flags, "inside a transaction");
        break;
    default:
        stand_expect(s, stand_apply(s, op, NULL), model_apply(b->m, op), "an operation");
    }
}

char *trial_equals_model(const history *h, trial_compare compare, unsigned flags) {
    beside b = {.m = model_new(&h->rules), .state = h->seed, .compare = compare, .flags = flags};
    stand_open(&b.s, &h->rules);
    for (size_t i = 0; i < h->count && b.s.problem == NULL; i++) {
        step(&b, &h->ops[i]);
    }
    stand_commit(&b.s);
    compare(&b.s, b.m, &b.state, "at the end");
    model_free(b.m);
    return trial_end(&b.s);
}

/* Takes `count` operations from `at` on away if the property still fails without them. */
static bool try_without(history *h, trial_property holds, size_t at, size_t count) {
    history smaller;
    history_copy(&smaller, h);
    memmove(smaller.ops + at, smaller.ops + at + count,
            (smaller.count - at - count) * sizeof *smaller.ops);
    smaller.count -= count;
    char *problem = holds(&smaller);
    bool fails = problem != NULL;
    if (fails) {
        h->count = smaller.count;
        memcpy(h->ops, smaller.ops, smaller.count * sizeof *h->ops);
    }
    history_clear(&smaller);
    free(problem);
    return fails;
}

/* Takes a field of an operation away if the property still fails without it. */
static bool try_without_field(history *h, trial_property holds, size_t at, int field) {
    history_op *op = &h->ops[at];
    history_op before = *op;
    memmove(op->fields + field, op->fields + field + 1,
            (size_t)(op->field_count - field - 1) * sizeof *op->fields);
    op->field_count--;
    char *problem = holds(h);
    bool fails = problem != NULL;
    if (!fails) {
        *op = before;
    }
    free(problem);
    return fails;
}

/* Drops halves, quarters, ... single operations, then fields, while it still fails. */
static void shrink(history *h, trial_property holds) {
    bool smaller = true;
    for (size_t chunk = h->count / 2; chunk > 0 && (smaller || chunk > 1);
         chunk = chunk > 1 ? chunk / 2 : 1) {
        smaller = false;
        for (size_t at = 0; at + chunk <= h->count;) {
            bool dropped = try_without(h, holds, at, chunk);
            smaller = smaller || dropped;
            at += dropped ? 0 : chunk;
        }
    }
    for (size_t at = 0; at < h->count; at++) {
        for (int field = 0; field < h->ops[at].field_count;) {
            field += try_without_field(h, holds, at, field) ? 0 : 1;
        }
    }
}

static void report(history *h, trial_property holds, char *problem) {
    printf("a history of %zu operations fails:\n%s\nmaking it smaller ...\n", h->count, problem);
    fflush(stdout);
    shrink(h, holds);
    char *least = holds(h);
    history_print(stdout, h);
    printf("%s\n", least != NULL ? least : problem);
    fflush(stdout);
    free(least);
}

void trial_run(const char *name, trial_property holds, unsigned flags, unsigned count) {
    uint64_t seed = trial_seed();
    unsigned wanted = trial_count(count);
    printf("%s: KITH_SEED=%" PRIu64 ", %u histories\n", name, seed, wanted);
    fflush(stdout);
    for (unsigned i = 0; i < wanted; i++) {
        history h;
        history_make(&h, seed + i, flags);
        scored_use(flags & HISTORY_SCORED ? &h : NULL);
        char *problem = holds(&h);
        if (problem != NULL) {
            report(&h, holds, problem);
        }
        history_clear(&h);
        bool failed = problem != NULL;
        free(problem);
        if (failed) {
            fail_msg("%s fails; KITH_SEED=%" PRIu64 " KITH_HISTORIES=1 replays it", name, seed + i);
        }
    }
    scored_use(NULL);
    scored_tell();
}
