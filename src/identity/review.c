/*
 * Review: the queue of pairs for a person to decide on, and which of them would teach most.
 */
#include "src/identity/review.h"

#include <stdlib.h>
#include <string.h>

#include "src/base/sized.h"
#include "src/identity/identity.h"
#include "src/match/model_row.h"

#define PAIRS_USUAL   20
#define LESSONS_USUAL 10

/* A review and the memory of its pairs. */
typedef struct owned_review {
    kith_review public;
    kithi_arena arena;
} owned_review;

typedef struct reviewing {
    kith_txn *txn;
    const kith_review_options *options;
    kithi_choices choices;
    owned_review *out;
} reviewing;

const char *kith_review_reason_name(kith_review_reason reason) {
    switch (reason) {
    case KITH_REVIEW_DOUBTFUL:
        return "doubtful";
    case KITH_REVIEW_REFUSED:
        return "refused";
    }
    return "unknown";
}

static double bits_of(int32_t weight) {
    return (double)weight / KITHI_BIT;
}

static int take(void *context, const kithi_open_pair *pair) {
    reviewing *r = context;
    r->out->public.waiting_count++;
    return r->options->suggest ? kithi_suggestions_add(&r->choices, pair)
                               : kithi_best_add(&r->choices, pair);
}

static int name_record(const reviewing *r, uint32_t number, const char **out_source,
                       const char **out_key) {
    kith_record record = KITH_RECORD_INIT;
    int rc = kith_record_get_number(r->txn, number, &record);
    if (rc != KITH_OK) {
        return rc;
    }
    *out_source = kithi_arena_copy(&r->out->arena, record.source, strlen(record.source));
    *out_key = kithi_arena_copy(&r->out->arena, record.key, strlen(record.key));
    return *out_source != NULL && *out_key != NULL ? KITH_OK
                                                   : kithi_error_memory(kithi_txn_error(r->txn));
}

/* What a rule was broken by; NULL: the rule says it all. */
static const char *broken_by(const reviewing *r, const kithi_open_pair *from) {
    const kithi_catalog *catalog = kithi_txn_catalog(r->txn);
    if (from->rule == KITHI_RULE_SOURCE) {
        const kithi_source *source = kithi_catalog_source(catalog, from->detail);
        return source != NULL ? source->name : NULL;
    }
    bool counted = from->rule == KITHI_RULE_UNIQUE || from->rule == KITHI_RULE_LIMIT;
    const kithi_attribute *by = counted || from->rule == KITHI_RULE_VETO
                                    ? kithi_catalog_attribute(catalog, from->detail)
                                    : NULL;
    return by != NULL ? by->name : NULL;
}

/* Why a pair is in the queue. */
static int tell_reason(const reviewing *r, const kithi_open_pair *from, kith_review_pair *out) {
    const char *by = broken_by(r, from);
    out->reason = from->rule == KITHI_RULE_NONE ? KITH_REVIEW_DOUBTFUL : KITH_REVIEW_REFUSED;
    out->rule = kithi_rule_name(from->rule);
    out->detail = by != NULL ? kithi_arena_copy(&r->out->arena, by, strlen(by)) : NULL;
    return by == NULL || out->detail != NULL ? KITH_OK
                                             : kithi_error_memory(kithi_txn_error(r->txn));
}

static int fill(const reviewing *r, const kithi_choice *choice, kith_review_pair *out) {
    const kithi_open_pair *from = &choice->pair;
    bool swapped = choice->swapped;
    *out = (kith_review_pair){.size = sizeof *out,
                              .a = swapped ? from->b : from->a,
                              .b = swapped ? from->a : from->b,
                              .bits = bits_of(from->weight),
                              .alike_count = choice->alike};
    int rc = name_record(r, out->a, &out->source_a, &out->key_a);
    rc = rc == KITH_OK ? name_record(r, out->b, &out->source_b, &out->key_b) : rc;
    if (rc == KITH_OK) {
        rc = kithi_identity_id(r->txn, swapped ? from->head_b : from->head_a, &out->profile_a);
    }
    if (rc == KITH_OK) {
        rc = kithi_identity_id(r->txn, swapped ? from->head_a : from->head_b, &out->profile_b);
    }
    return rc == KITH_OK ? tell_reason(r, from, out) : rc;
}

static int give(reviewing *r) {
    size_t count = r->choices.count;
    kithi_arena *arena = &r->out->arena;
    const kith_review_pair **pairs = kithi_arena_calloc(arena, count + 1, sizeof *pairs);
    kith_review_pair *items = kithi_arena_calloc(arena, count + 1, sizeof *items);
    int rc = pairs != NULL && items != NULL ? KITH_OK : kithi_error_memory(kithi_txn_error(r->txn));
    for (size_t i = 0; rc == KITH_OK && i < count; i++) {
        pairs[i] = &items[i];
        rc = fill(r, &r->choices.items[i], &items[i]);
    }
    r->out->public.pairs = pairs;
    r->out->public.pair_count = count;
    return rc;
}

static int choose(reviewing *r, const kithi_model *model) {
    kith_review *out = &r->out->public;
    out->model_version = model->version;
    out->keep_at_bits = bits_of(model->keep_at);
    out->link_at_bits = bits_of(model->link_at);
    kithi_choices_init(&r->choices, r->txn, model->link_at, r->options->limit);
    int rc = kithi_open_pairs_each(r->txn, model, take, r);
    if (rc == KITH_OK && r->options->suggest) {
        rc = kithi_suggestions_end(&r->choices);
    } else if (rc == KITH_OK) {
        kithi_best_end(&r->choices);
    }
    rc = rc == KITH_OK ? give(r) : rc;
    kithi_choices_clear(&r->choices);
    return rc;
}

static int review(kith_txn *txn, const kith_review_options *options, owned_review *out) {
    reviewing r = {.txn = txn, .options = options, .out = out};
    const kithi_model *model = NULL;
    int rc = kithi_identity_resolve(txn);
    if (rc == KITH_OK) {
        rc = kithi_model_of(txn, &model);
    }
    return rc == KITH_OK && model != NULL ? choose(&r, model) : rc;
}

static void set_limit(kith_review_options *options) {
    if (options->limit == KITH_REVIEW_USUAL) {
        options->limit = options->suggest ? LESSONS_USUAL : PAIRS_USUAL;
    }
}

int kith_review_list(kith_txn *txn, const kith_review_options *given, kith_review **out) {
    kith_review_options options = KITH_REVIEW_OPTIONS_INIT;
    int rc = kithi_txn_check_read(txn);
    if (rc == KITH_OK && out == NULL) {
        rc = kithi_error_set(kithi_txn_error(txn), KITH_MISUSE,
                             "kith_review_list: a place for the review is required");
    }
    if (rc == KITH_OK) {
        rc = kithi_take(given, &options, sizeof options, "kith_review_options",
                        kithi_txn_error(txn));
    }
    if (rc != KITH_OK) {
        return rc;
    }
    owned_review *owned = calloc(1, sizeof *owned);
    if (owned == NULL) {
        return kithi_error_memory(kithi_txn_error(txn));
    }
    owned->public.size = sizeof owned->public;
    kithi_arena_init(&owned->arena);
    set_limit(&options);
    rc = review(txn, &options, owned);
    if (rc == KITH_OK) {
        *out = &owned->public;
    } else {
        kith_review_free(&owned->public);
    }
    return rc;
}

void kith_review_free(kith_review *review) {
    if (review != NULL) {
        owned_review *owned = (owned_review *)review;
        kithi_arena_clear(&owned->arena);
        free(owned);
    }
}
