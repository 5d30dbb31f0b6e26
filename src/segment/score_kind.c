/* The kinds of scores, and what their outputs are called. */
#include <stdio.h>
#include <string.h>

#include "src/segment/score_kinds.h"

static const kithi_score_kind *const kinds[] = {&kithi_score_rules, &kithi_score_tiers};

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
