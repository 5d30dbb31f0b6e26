#include "src/cli/share.h"

#include <string.h>

#include "src/cli/console.h"

#define A_PER_CENT (KITH_SAMPLE_BUCKETS / 100)

/* Reads up to five digits. False: there is none, or there are more. */
static bool read_digits(const char **at, uint32_t *out) {
    size_t size = strspn(*at, "0123456789");
    *out = 0;
    for (size_t i = 0; i < size && size <= 5; i++) {
        *out = 10 * *out + (uint32_t)((*at)[i] - '0');
    }
    *at += size;
    return size > 0 && size <= 5;
}

/* Hundredths, of one digit or two. */
static bool read_decimals(const char **at, uint32_t *out) {
    size_t size = strspn(*at, "0123456789");
    bool ok = size <= 2 && read_digits(at, out);
    *out *= size == 1 ? 10 : 1;
    return ok;
}

/* The buckets; 0: it is no such share. */
static uint32_t read_share(const char *text) {
    uint32_t whole = 0, decimals = 0;
    if (!read_digits(&text, &whole)) {
        return 0;
    }
    if (strcmp(text, "/10000") == 0) {
        return whole <= KITH_SAMPLE_BUCKETS ? whole : 0;
    }
    if (*text == '.' && (text++, !read_decimals(&text, &decimals))) {
        return 0;
    }
    uint32_t share = A_PER_CENT * whole + decimals;
    return strcmp(text, "%") == 0 && share <= KITH_SAMPLE_BUCKETS ? share : 0;
}

int cli_share_read(const cli_arguments *arguments, kith_query_options *out) {
    const char *share = cli_option_get(arguments, "sample");
    out->salt = cli_option_get(arguments, "salt");
    if (share == NULL) {
        return out->salt == NULL ? CLI_OK
                                 : cli_usage(arguments->command, "--salt is of --sample SHARE");
    }
    out->sample = read_share(share);
    return out->sample > 0 ? CLI_OK
                           : cli_usage(arguments->command,
                                       "--sample is 0.01%% to 100%%, or 1/10000 to 10000/10000, "
                                       "not '%s'",
                                       share);
}
