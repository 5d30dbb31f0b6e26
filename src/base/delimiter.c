#include "src/base/delimiter.h"

#include <string.h>

static const char candidates[] = ",;\t|";
static const char mark[] = "\xEF\xBB\xBF"; /* of the byte order */
#define CANDIDATE_COUNT (sizeof candidates - 1)

static bool ends_line(char c) {
    return c == '\n' || c == '\r';
}

/* Counts the candidates up to the end of the line; false where the text ends before. */
static bool count_candidates(const char *text, size_t size, size_t counts[CANDIDATE_COUNT]) {
    bool quoted = false;
    for (size_t at = 0; at < size; at++) {
        if (!quoted && ends_line(text[at])) {
            return true;
        }
        quoted = quoted != (text[at] == '"');
        for (size_t i = 0; i < CANDIDATE_COUNT && !quoted; i++) {
            counts[i] += text[at] == candidates[i];
        }
    }
    return false;
}

bool kithi_delimiter_find(const char *text, size_t size, char *out) {
    size_t counts[CANDIDATE_COUNT] = {0};
    size_t begin =
        size >= sizeof mark - 1 && memcmp(text, mark, sizeof mark - 1) == 0 ? sizeof mark - 1 : 0;
    size_t best = 0;
    while (begin < size && ends_line(text[begin])) {
        begin++;
    }
    bool whole = count_candidates(text + begin, size - begin, counts);
    for (size_t i = 1; i < CANDIDATE_COUNT; i++) {
        best = counts[i] > counts[best] ? i : best;
    }
    *out = candidates[best];
    return whole;
}
