#include "naive_names.h"

#include <stdbool.h>

/* The letters of both that match, as marks; returns how many. */
static int naive_match(const char *a, int n, const char *b, int m, bool *in_a, bool *in_b) {
    int reach = (n > m ? n : m) / 2 - 1, matched = 0;
    reach = reach > 0 ? reach : 0;
    for (int i = 0; i < n; i++) {
        int from = i > reach ? i - reach : 0, to = i + reach + 1 < m ? i + reach + 1 : m;
        for (int j = from; j < to; j++) {
            if (!in_b[j] && a[i] == b[j]) {
                in_a[i] = in_b[j] = true;
                matched++;
                break;
            }
        }
    }
    return matched;
}

int naive_jaro_winkler(const char *a, size_t a_size, const char *b, size_t b_size) {
    int n = (int)a_size, m = (int)b_size, moved = 0, at = 0, prefix = 0;
    bool in_a[NAIVE_NAME_BYTES] = {false}, in_b[NAIVE_NAME_BYTES] = {false};
    int matched = naive_match(a, n, b, m, in_a, in_b);
    if (matched == 0) {
        return n == 0 && m == 0 ? 1000 : 0;
    }
    for (int i = 0; i < n; i++) {
        if (in_a[i]) {
            while (!in_b[at]) {
                at++;
            }
            moved += a[i] != b[at++];
        }
    }
    while (prefix < 4 && prefix < n && prefix < m && a[prefix] == b[prefix]) {
        prefix++;
    }
    double c = matched, jaro = (c / n + c / m + (c - moved / 2) / c) / 3;
    return (int)(1000 * (jaro + prefix * 0.1 * (1 - jaro)));
}

int naive_levenshtein(const char *a, size_t a_size, const char *b, size_t b_size) {
    int row[NAIVE_NAME_BYTES + 1];
    for (size_t j = 0; j <= b_size; j++) {
        row[j] = (int)j;
    }
    for (size_t i = 1; i <= a_size; i++) {
        int diagonal = row[0];
        row[0] = (int)i;
        for (size_t j = 1; j <= b_size; j++) {
            int replaced = diagonal + (a[i - 1] != b[j - 1]);
            int added = (row[j] < row[j - 1] ? row[j] : row[j - 1]) + 1;
            diagonal = row[j];
            row[j] = replaced < added ? replaced : added;
        }
    }
    return row[b_size];
}
