#include "src/score/reasons.h"

#include <math.h>
#include <stdio.h>

#include "src/base/text.h"
#include "src/base/value.h"

#define VALUE_BYTES 256

/* By insertion: few are wanted. */
size_t kithi_reasons_find(const double *parts, size_t count, size_t most, kithi_reason *out) {
    size_t found = 0;
    for (size_t i = 0; i < count; i++) {
        size_t at = found;
        while (at > 0 && fabs(out[at - 1].part) < fabs(parts[i])) {
            at--;
        }
        if (parts[i] == 0 || at == most) {
            continue;
        }
        found += found < most;
        for (size_t j = found - 1; j > at; j--) {
            out[j] = out[j - 1];
        }
        out[at] = (kithi_reason){i, parts[i]};
    }
    return found;
}

void kithi_reason_name(const char *name, const kith_value *value, char *out, size_t capacity) {
    char text[VALUE_BYTES];
    bool missing = value->type == KITH_TYPE_NULL;
    kithi_value_show(value, text, sizeof text);
    snprintf(out, capacity, "%s%s%s", name, missing ? "" : " = ", missing ? " missing" : text);
    kithi_text_mend(out);
}
