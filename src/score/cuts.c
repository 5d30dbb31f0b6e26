#include "src/score/cuts.h"

#include "src/score/ranks.h"

__extension__ typedef __int128 wide;

#define RANKS_MAX (2 * KITHI_BINS_MAX)

/* The ranks on both sides of each cut and the last one, each once, and what stands there. */
typedef struct standing {
    size_t ranks[RANKS_MAX];
    int64_t values[RANKS_MAX];
    size_t count;
} standing;

static void add_rank(standing *s, size_t rank) {
    if (s->count == 0 || s->ranks[s->count - 1] < rank) {
        s->ranks[s->count++] = rank;
    }
}

static int64_t at_rank(const standing *s, size_t rank) {
    size_t i = 0;
    while (s->ranks[i] < rank) {
        i++;
    }
    return s->values[i];
}

/* Where a cut stands: a rank, and how many of `bins` parts of the way to the next one. */
typedef struct place {
    size_t rank;
    unsigned parts;
} place;

static place place_of(size_t count, unsigned bins, unsigned cut) {
    wide way = (wide)(count - 1) * cut;
    return (place){(size_t)(way / bins), (unsigned)(way % bins)};
}

static bool find_standing(const int64_t *values, size_t count, unsigned bins, standing *out) {
    out->count = 0;
    for (unsigned cut = 1; cut < bins; cut++) {
        size_t rank = place_of(count, bins, cut).rank;
        add_rank(out, rank);
        add_rank(out, rank + 1 < count ? rank + 1 : rank);
    }
    add_rank(out, count - 1);
    return kithi_ranks(values, count, out->ranks, out->count, out->values);
}

/* The unit, or the tenth, hundredth ... of it that all are whole in. */
static int64_t find_unit(const int64_t *values, size_t count, int64_t unit) {
    for (size_t i = 0; i < count && unit > 1; i++) {
        while (values[i] % unit != 0) {
            unit /= 10;
        }
    }
    return unit;
}

/* The next smaller number that there is, or the largest where all are equal. */
static int64_t find_below(const int64_t *values, size_t count, int64_t largest) {
    int64_t below = largest;
    for (size_t i = 0; i < count; i++) {
        bool closer = below == largest || values[i] > below;
        below = values[i] < largest && closer ? values[i] : below;
    }
    return below;
}

static int64_t cut_between(const standing *s, size_t count, place at, unsigned bins, int64_t unit) {
    int64_t low = at_rank(s, at.rank);
    int64_t high = at_rank(s, at.rank + 1 < count ? at.rank + 1 : at.rank);
    wide steps = ((wide)high - low) / unit * at.parts;
    return (int64_t)(low + (steps + bins - 1) / bins * unit);
}

static void keep_below_largest(const int64_t *values, size_t count, int64_t largest,
                               kithi_cuts *cuts) {
    if (cuts->at[cuts->bins - 2] < largest) {
        return;
    }
    int64_t below = find_below(values, count, largest);
    for (unsigned i = 0; i + 1 < cuts->bins; i++) {
        cuts->at[i] = cuts->at[i] < below ? cuts->at[i] : below;
    }
}

bool kithi_cuts_make(const int64_t *values, size_t count, unsigned bins, int64_t unit,
                     kithi_cuts *out) {
    standing s;
    *out = (kithi_cuts){.bins = bins};
    if (count == 0) {
        return true;
    }
    if (!find_standing(values, count, bins, &s)) {
        return false;
    }
    unit = find_unit(values, count, unit);
    for (unsigned cut = 1; cut < bins; cut++) {
        out->at[cut - 1] = cut_between(&s, count, place_of(count, bins, cut), bins, unit);
    }
    keep_below_largest(values, count, s.values[s.count - 1], out);
    return true;
}

int64_t kithi_cuts_next(const kithi_cuts *cuts, int64_t value) {
    for (unsigned i = 0; i + 1 < cuts->bins; i++) {
        if (value <= cuts->at[i]) {
            return cuts->at[i] < INT64_MAX ? cuts->at[i] + 1 : INT64_MAX;
        }
    }
    return INT64_MAX;
}

/* How many of the crowd so many millionths are; at least one. */
static size_t heads(size_t count, uint64_t share) {
    size_t taken = (size_t)((wide)count * share / KITHI_SHARE_WHOLE);
    return taken > 0 ? taken : 1;
}

bool kithi_tiers_make(const int64_t *values, size_t count, const uint32_t *shares,
                      size_t share_count, kithi_tiers *out) {
    size_t ranks[KITHI_TIERS_MAX] = {0};
    int64_t found[KITHI_TIERS_MAX];
    uint64_t share = 0;
    *out = (kithi_tiers){.count = share_count};
    for (size_t i = 0; i < share_count; i++) {
        out->from[i] = INT64_MAX;
    }
    if (count == 0) {
        return true;
    }
    for (size_t i = 0; i < share_count; i++) {
        share += shares[i];
        ranks[share_count - 1 - i] = count - heads(count, share); /* the best stand last */
    }
    if (!kithi_ranks(values, count, ranks, share_count, found)) {
        return false;
    }
    for (size_t i = 0; i < share_count; i++) {
        int64_t least = found[share_count - 1 - i];
        out->from[i] = least > 0 ? least : 1;
    }
    return true;
}
