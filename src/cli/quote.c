#include "src/cli/quote.h"

#include <stdlib.h>
#include <string.h>

#include "src/cli/console.h"

char *cli_quote(const char *name) {
    char *text = cli_allocate(2 * strlen(name) + sizeof "''");
    char *at = text;
    *at++ = '\'';
    for (; *name != '\0'; name++) {
        *at++ = *name;
        if (*name == '\'') {
            *at++ = '\'';
        }
    }
    memcpy(at, "'", sizeof "'");
    return text;
}

/* FUNCTION('NAME'): owned. */
static char *call(const char *function, const char *name) {
    char *quoted = cli_quote(name);
    char *text = cli_format("%s(%s)", function, quoted);
    free(quoted);
    return text;
}

char *cli_segment_test(const char *segment) {
    return call("segment", segment);
}

char *cli_score_call(const char *score, const char *output) {
    char *name = output != NULL ? cli_format("%s.%s", score, output) : cli_format("%s", score);
    char *text = call("score", name);
    free(name);
    return text;
}
