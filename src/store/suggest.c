#include "src/store/suggest.h"

#include <stdbool.h>
#include <string.h>

#define NAME_MAX_BYTES    64 /* nobody misspells longer ones */
#define DISTANCE_MAX      3
#define BYTES_A_MISTAKE   3 /* shorter names take fewer mistakes */
#define DISTANCE_TOO_MUCH ((size_t)DISTANCE_MAX + 1)

/* Case and the sign between words make no difference. */
static char fold(char c) {
    if (c >= 'A' && c <= 'Z') {
        return (char)(c - 'A' + 'a');
    }
    return c == ' ' || c == '-' ? '_' : c;
}

static size_t least(size_t a, size_t b) {
    return a < b ? a : b;
}

/*
 * One row of the table of distances: how far the first i + 1 bytes of `a` are from each beginning
 * of `b`, from the two rows before. Two letters in the wrong order are one mistake.
 */
static void next_row(const char *a, size_t i, const char *b, size_t b_size, const size_t *last,
                     const size_t *before_last, size_t *row) {
    row[0] = i + 1;
    for (size_t j = 0; j < b_size; j++) {
        bool same = fold(a[i]) == fold(b[j]);
        row[j + 1] = least(least(row[j], last[j + 1]) + 1, last[j] + !same);
        if (i > 0 && j > 0 && fold(a[i]) == fold(b[j - 1]) && fold(a[i - 1]) == fold(b[j])) {
            row[j + 1] = least(row[j + 1], before_last[j - 1] + 1);
        }
    }
}

static size_t distance(const char *a, const char *b) {
    size_t rows[3][NAME_MAX_BYTES + 1];
    size_t a_size = strlen(a), b_size = strlen(b);
    size_t apart = a_size > b_size ? a_size - b_size : b_size - a_size;
    if (a_size > NAME_MAX_BYTES || b_size > NAME_MAX_BYTES || apart > DISTANCE_MAX) {
        return DISTANCE_TOO_MUCH;
    }
    for (size_t j = 0; j <= b_size; j++) {
        rows[2][j] = j;
    }
    for (size_t i = 0; i < a_size; i++) {
        next_row(a, i, b, b_size, rows[(i + 2) % 3], rows[(i + 1) % 3], rows[i % 3]);
    }
    return rows[(a_size + 2) % 3][b_size];
}

kithi_suggestion kithi_suggestion_of(const char *written) {
    size_t allowed = least(strlen(written) / BYTES_A_MISTAKE, DISTANCE_MAX);
    return (kithi_suggestion){written, NULL, allowed + 1};
}

void kithi_suggestion_offer(kithi_suggestion *suggestion, const char *name) {
    size_t apart = distance(suggestion->written, name);
    if (apart < suggestion->distance) {
        suggestion->name = name;
        suggestion->distance = apart;
    }
}
