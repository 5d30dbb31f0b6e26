/* The kinds of scores, and what their outputs are called. */
#include <stdio.h>
#include <string.h>

#include "src/base/sized.h"
#include "src/segment/score_kinds.h"

static const kithi_score_kind *const kinds[] = {
    &kithi_score_repeat, &kithi_score_lifecycle, &kithi_score_rfm,
    &kithi_score_chance, &kithi_score_lookalike, &kithi_score_clusters,
    &kithi_score_points, &kithi_score_rules,     &kithi_score_tiers};

#define KINDS (sizeof kinds / sizeof kinds[0])

const kithi_score_kind *kithi_score_kind_of(const char *name) {
    for (size_t i = 0; i < KINDS; i++) {
        if (strcmp(kinds[i]->name, name) == 0) {
            return kinds[i];
        }
    }
    return NULL;
}

void kithi_score_kind_names(char *out, size_t size) {
    size_t used = 0;
    out[0] = '\0';
    for (size_t i = 0; i < KINDS && used < size; i++) {
        used +=
            (size_t)snprintf(out + used, size - used, "%s%s", i > 0 ? ", " : "", kinds[i]->name);
    }
}

bool kithi_score_learns(const kithi_score_model *model) {
    const kithi_score_kind *kind = model->kind;
    return kind->learns && (kind->needs == NULL || kind->needs(model));
}

size_t kithi_score_name_size(const char *name) {
    return strcspn(name, ".");
}

int kithi_score_output_of(const kithi_score_kind *kind, const char *name) {
    size_t size = kithi_score_name_size(name);
    const char *output = name[size] == '.' ? name + size + 1 : kind->outputs[0].name;
    for (size_t i = 0; i < kind->output_count; i++) {
        if (strcmp(kind->outputs[i].name, output) == 0) {
            return (int)i;
        }
    }
    return KITHI_UNKNOWN;
}

/* Of its orders; names that there aren't are none. */
static kith_mention mention_at(const kithi_score_orders *orders, size_t at) {
    static const char *const words[] = {"event", "property", "event"};
    const char *names[] = {orders->event, orders->amount, orders->refund};
    return (kith_mention){sizeof(kith_mention), words[at], names[at]};
}

#define ORDER_NAMES 3

int kithi_score_next_mention(const kith_expression *expression, const kithi_score_model *model,
                             size_t *cursor, kith_mention *out) {
    size_t own = model->orders != NULL ? ORDER_NAMES : 0;
    while (*cursor < own) {
        kith_mention found = mention_at(model->orders, (*cursor)++);
        if (found.name != NULL) {
            kithi_give(out, &found, sizeof found);
            return KITH_OK;
        }
    }
    size_t inner = *cursor - own;
    int rc = kith_expression_next_mention(expression, &inner, out);
    *cursor = inner + own;
    return rc;
}
