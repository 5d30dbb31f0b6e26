#include "src/cli/nearest.h"

#include <string.h>

#define WORD_MAX_BYTES 32
#define MISTAKES_MAX   2

static size_t least(size_t a, size_t b) {
    return a < b ? a : b;
}

/* How many letters are wrong, missing or too many; two in the wrong order are two. */
static size_t count_mistakes(const char *a, const char *b, size_t b_size) {
    size_t row[WORD_MAX_BYTES + 1], a_size = strlen(a);
    if (a_size > WORD_MAX_BYTES || b_size > WORD_MAX_BYTES) {
        return MISTAKES_MAX + 1;
    }
    for (size_t j = 0; j <= b_size; j++) {
        row[j] = j;
    }
    for (size_t i = 0; i < a_size; i++) {
        size_t corner = row[0];
        row[0] = i + 1;
        for (size_t j = 0; j < b_size; j++) {
            size_t replaced = corner + (a[i] != b[j]);
            corner = row[j + 1];
            row[j + 1] = least(replaced, least(row[j], corner) + 1);
        }
    }
    return row[b_size];
}

cli_nearest cli_nearest_of(const char *written) {
    return (cli_nearest){written, NULL, least(MISTAKES_MAX, strlen(written) / 2) + 1};
}

void cli_nearest_offer(cli_nearest *nearest, const char *word, size_t size) {
    size_t mistakes = count_mistakes(nearest->written, word, size);
    if (mistakes < nearest->mistakes) {
        nearest->word = word;
        nearest->mistakes = mistakes;
    }
}
