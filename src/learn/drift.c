/* Drift: what two versions of a score say of the same customers. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "kith/learn.h"
#include "src/base/hash.h"
#include "src/base/sized.h"
#include "src/learn/gather.h"
#include "src/segment/score_guest.h"
#include "src/state/state.h"

#define GROUPS     10
#define SAME       1e-6 /* numbers that differ by no more are the same */
#define HALF       .5   /* that each group counts more */
#define GROUP_NONE UINT64_MAX

/* What a version says of a customer: a number, or the hash of a text. */
typedef struct said {
    bool any, number;
    double value;
    uint64_t hash;
} said;

typedef struct both {
    said from, to;
} both;

typedef struct comparing {
    const kithi_guest *from, *to;
} comparing;

static int ask_one(const kithi_guest *guest, kithi_executor *e, int64_t now_us, said *out) {
    kithi_outcome outcome;
    int rc = kithi_execute_score(e, &guest->plan, 0, now_us, &outcome);
    const kithi_operand *value = &outcome.value;
    if (rc != KITH_OK || value->sort == KITHI_SORT_NULL) {
        return rc;
    }
    out->any = true;
    out->number = value->sort == KITHI_SORT_NUMBER;
    if (out->number) {
        out->value = (double)value->as.number / KITHI_DECIMAL_ONE;
    } else if (value->sort == KITHI_SORT_TEXT) {
        out->hash = kithi_hash64(value->as.text.data, value->as.text.size, 0);
    }
    return KITH_OK;
}

static int ask_both(void *asker, kithi_executor *e, int64_t now_us, void *item, kithi_buffer *texts,
                    bool *out_take) {
    const comparing *c = asker;
    both *out = item;
    (void)texts;
    int rc = ask_one(c->from, e, now_us, &out->from);
    rc = rc == KITH_OK ? ask_one(c->to, e, now_us, &out->to) : rc;
    *out_take = out->from.any || out->to.any;
    return rc;
}

/* Sums */

static bool are_same(const both *b) {
    return b->from.any == b->to.any && (b->from.number ? fabs(b->from.value - b->to.value) <= SAME
                                                       : b->from.hash == b->to.hash);
}

static void add_up(const both *items, size_t count, kith_drift *out) {
    double from = 0, to = 0, change = 0;
    uint64_t from_count = 0, to_count = 0, both_count = 0;
    for (size_t i = 0; i < count; i++) {
        bool a = items[i].from.number, b = items[i].to.number;
        out->changed_count += !are_same(&items[i]);
        from += a ? items[i].from.value : 0;
        to += b ? items[i].to.value : 0;
        change += a && b ? fabs(items[i].to.value - items[i].from.value) : 0;
        from_count += a;
        to_count += b;
        both_count += a && b;
    }
    out->customer_count = count;
    out->from_mean = from_count > 0 ? from / (double)from_count : 0;
    out->to_mean = to_count > 0 ? to / (double)to_count : 0;
    out->mean_change = both_count > 0 ? change / (double)both_count : 0;
}

/* Groups */

typedef struct grouping {
    double cuts[GROUPS - 1]; /* the last numbers of all tenths but one */
    size_t cut_count;
} grouping;

static int ascending(const void *a, const void *b) {
    const double *x = a, *y = b;
    return (*x > *y) - (*x < *y);
}

/* False: memory is out. */
static bool find_cuts(const both *items, size_t count, grouping *out) {
    double *values = malloc((count + 1) * sizeof *values);
    size_t numbers = 0;
    for (size_t i = 0; values != NULL && i < count; i++) {
        if (items[i].from.number) {
            values[numbers++] = items[i].from.value;
        }
    }
    if (values == NULL) {
        return false;
    }
    qsort(values, numbers, sizeof *values, ascending);
    for (size_t k = 1; numbers > 0 && k < GROUPS; k++) {
        out->cuts[out->cut_count++] = values[(numbers - 1) * k / GROUPS];
    }
    free(values);
    return true;
}

static uint64_t group_of(const grouping *g, const said *s) {
    uint64_t group = 0;
    if (!s->any) {
        return GROUP_NONE;
    }
    if (!s->number) {
        return s->hash;
    }
    while (group < g->cut_count && s->value > g->cuts[group]) {
        group++;
    }
    return group;
}

typedef struct in_group {
    uint64_t group;
    uint32_t from, to;
} in_group;

static int by_group(const void *a, const void *b) {
    const in_group *x = a, *y = b;
    return (x->group > y->group) - (x->group < y->group);
}

static double index_of(in_group *list, size_t count, double customers) {
    double index = 0;
    size_t groups = 0;
    qsort(list, count, sizeof *list, by_group);
    for (size_t i = 0; i < count; groups++) {
        in_group *sum = &list[groups];
        in_group own = list[i];
        size_t j = i + 1;
        for (; j < count && list[j].group == own.group; j++) {
            own.from += list[j].from;
            own.to += list[j].to;
        }
        *sum = own;
        i = j;
    }
    double all = customers + HALF * (double)groups;
    for (size_t i = 0; i < groups; i++) {
        double p = (list[i].from + HALF) / all, q = (list[i].to + HALF) / all;
        index += (q - p) * log(q / p);
    }
    return index;
}

/* False: memory is out. */
static bool find_index(const both *items, size_t count, double *out) {
    grouping g = {.cut_count = 0};
    in_group *list = malloc((2 * count + 1) * sizeof *list);
    bool found = list != NULL && find_cuts(items, count, &g);
    for (size_t i = 0; found && i < count; i++) {
        list[2 * i] = (in_group){group_of(&g, &items[i].from), 1, 0};
        list[2 * i + 1] = (in_group){group_of(&g, &items[i].to), 0, 1};
    }
    *out = found ? index_of(list, 2 * count, (double)count) : 0;
    free(list);
    return found;
}

/* All */

static int compare(kith_txn *txn, const comparing *c, const kith_drift_options *options,
                   kith_drift *out) {
    kithi_gathered gathered;
    kithi_gather_plan plan = {.now_us = options->now_us,
                              .threads = options->threads,
                              .progress = options->progress,
                              .context = options->context,
                              .item_bytes = sizeof(both),
                              .ask = ask_both,
                              .asker = (void *)c};
    int rc = kithi_gather(txn, &plan, &gathered);
    if (rc == KITH_OK) {
        add_up(gathered.items, gathered.count, out);
        if (!find_index(gathered.items, gathered.count, &out->stability_index)) {
            rc = kithi_error_memory(kithi_txn_error(txn));
        }
    }
    kithi_gathered_clear(&gathered);
    return rc;
}

static int read_version(kith_txn *txn, const char *score, uint32_t version, kithi_guest *out) {
    kith_definition definition = KITH_DEFINITION_INIT;
    *out = (kithi_guest){.plan = {.expression = NULL}};
    int rc = kith_definition_get(txn, KITH_SCORE, score, version, &definition);
    return rc == KITH_OK ? kithi_guest_read(txn, score, definition.expression, true, out) : rc;
}

static int read_both(kith_txn *txn, const char *score, const kith_drift *drift, kithi_guest *from,
                     kithi_guest *to) {
    int rc = read_version(txn, score, drift->from_version, from);
    rc = rc == KITH_OK ? read_version(txn, score, drift->to_version, to) : rc;
    if (rc == KITH_OK && from->plan.score.kind != to->plan.score.kind) {
        rc = kithi_error_set(kithi_txn_error(txn), KITH_INVALID,
                             "score '%.60s' is of kind %s in version %u and of kind %s in version "
                             "%u",
                             score, from->plan.score.kind->name, drift->from_version,
                             to->plan.score.kind->name, drift->to_version);
    }
    return rc;
}

static int find_versions(kith_txn *txn, const char *score, const kith_drift_options *options,
                         kith_drift *out) {
    kith_definition now = KITH_DEFINITION_INIT;
    int rc = kith_definition_get(txn, KITH_SCORE, score, 0, &now);
    out->to_version = options->to_version != 0 ? options->to_version : now.version;
    out->from_version = options->from_version != 0 ? options->from_version : out->to_version - 1;
    if (rc == KITH_OK && out->from_version == 0) {
        rc = kithi_error_set(kithi_txn_error(txn), KITH_NOT_FOUND,
                             "score '%.60s' has no version before %u", score, out->to_version);
    }
    return rc;
}

static int find_drift(kith_txn *txn, const char *score, const kith_drift_options *options,
                      kith_drift *out) {
    kithi_guest from = {.plan = {.expression = NULL}}, to = {.plan = {.expression = NULL}};
    int rc = read_both(txn, score, out, &from, &to);
    if (rc == KITH_OK) {
        comparing c = {&from, &to};
        out->output = from.plan.score.kind->outputs[0].name;
        rc = compare(txn, &c, options, out);
    }
    kithi_guest_clear(&from);
    kithi_guest_clear(&to);
    return rc;
}

int kith_score_drift(kith_txn *txn, const char *score, const kith_drift_options *given,
                     kith_drift *out) {
    kith_drift_options options = KITH_DRIFT_OPTIONS_INIT;
    kith_drift drift = KITH_DRIFT_INIT;
    int rc = kithi_txn_check_read(txn);
    if (rc == KITH_OK && (score == NULL || out == NULL)) {
        rc = kithi_error_set(kithi_txn_error(txn), KITH_MISUSE,
                             "kith_score_drift: a name and a place for the drift are required");
    }
    rc = rc == KITH_OK ? kithi_state_apply(txn) : rc;
    rc = rc == KITH_OK
             ? kithi_take(given, &options, sizeof options, "kith_score_drift", kithi_txn_error(txn))
             : rc;
    rc = rc == KITH_OK ? find_versions(txn, score, &options, &drift) : rc;
    rc = rc == KITH_OK ? find_drift(txn, score, &options, &drift) : rc;
    if (rc == KITH_OK) {
        kithi_give(out, &drift, sizeof drift);
    }
    return rc;
}
