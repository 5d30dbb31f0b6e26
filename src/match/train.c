#include "src/match/train.h"

#include <math.h>
#include <string.h>

#include "kith/base.h"
#include "src/match/compare_pair.h"
#include "src/match/count_terms.h"

#define ROUNDS_MAX       100
#define CLOSE_ENOUGH     1e-6
#define HOUSEHOLDS_SHOWN 0.01 /* of candidate pairs, where there are any */
#define EXPECTED_PAIRS   4.0
#define USUALLY          0.6 /* of a level, before anything is learnt */
#define SURE_OFF         4
#define PINS_MAX         4
#define MISSED_MOST      3 /* times as many as the rules are sure of: then they know too little */
#define FEW_PAIRS        (1ULL << 40)
#define RARELY_SHARED    0.001 /* of random pairs have such a text */
#define MOST_SHARE       0.25 /* of all pairs that may be thought one person before they are seen */

typedef double chances[KITHI_COMPARISONS_MAX][KITHI_LEVELS_MAX];

/* What a pair of records may be. */
enum {
    STRANGERS = KITHI_RIVAL_STRANGER,
    RELATIVES = KITHI_RIVAL_RELATIVE,
    ONE_PERSON = KITHI_RIVAL_COUNT,
    CLASSES
};

typedef struct learner {
    const kithi_model *model;
    kithi_training *training;
    chances of[CLASSES];
    double pairs[CLASSES]; /* of all pairs, how many are expected to be that */
} learner;

/* How likely a pair of this pattern is each of the classes. */
static void tell_classes(const learner *l, uint64_t pattern, double out[CLASSES]) {
    double sum = 0;
    for (size_t class = 0; class < CLASSES; class ++) {
        out[class] = l->pairs[class];
        for (size_t i = 0; i < l->model->comparison_count; i++) {
            unsigned level = kithi_pattern_level(pattern, i);
            out[class] *= level > 0 ? l->of[class][i][level] : 1;
        }
        sum += out[class];
    }
    for (size_t class = 0; class < CLASSES; class ++) {
        out[class] = sum > 0 ? out[class] / sum : class == STRANGERS;
    }
}

/* Makes chances of weighted counts; each level is thought to have been met `floor` times more.
 * Returns by how much they changed. */
static double normalise(const kithi_model *model, chances counts, double floor, chances out) {
    double change = 0;
    for (size_t i = 0; i < model->comparison_count; i++) {
        size_t levels = model->comparisons[i].kind->level_count;
        double sum = 0;
        for (size_t level = 1; level < levels; level++) {
            counts[i][level] += floor;
            sum += counts[i][level];
        }
        for (size_t level = 1; level < levels; level++) {
            double chance = counts[i][level] / sum;
            change += fabs(chance - out[i][level]);
            out[i][level] = chance;
        }
    }
    return change;
}

static void add_pattern(const learner *l, uint64_t pattern, double weight, chances counts) {
    for (size_t i = 0; i < l->model->comparison_count; i++) {
        counts[i][kithi_pattern_level(pattern, i)] += weight;
    }
}

static double share_of(unsigned levels, const double of[KITHI_LEVELS_MAX]) {
    double share = 0;
    for (unsigned level = 1; level < KITHI_LEVELS_MAX; level++) {
        share += levels >> level & 1 ? of[level] : 0;
    }
    return share;
}

/* Has these levels reached no oftener than `most`: what is too much goes to the others. */
static void keep_below(const kithi_kind_info *kind, unsigned levels, double most,
                       double of[KITHI_LEVELS_MAX]) {
    double share = share_of(levels, of);
    for (unsigned level = 1; share > most && level < kind->level_count; level++) {
        of[level] *= levels >> level & 1 ? most / share : (1 - most) / (1 - share);
    }
}

/* Father and son of one name are spelt as carelessly as anybody: that relatives have the same of
 * what is a person's own is told from where they are equal, and holds for where they are nearly. */
static void spell_alike(const kithi_kind_info *kind, const double person[KITHI_LEVELS_MAX],
                        double relatives[KITHI_LEVELS_MAX]) {
    double share = share_of(kind->own_levels, relatives), sum = 0;
    for (unsigned level = 1; level < kind->level_count; level++) {
        double least = kind->own_levels >> level & 1 ? share * person[level] : 0;
        relatives[level] = relatives[level] > least ? relatives[level] : least;
        sum += relatives[level];
    }
    for (unsigned level = 1; level < kind->level_count; level++) {
        relatives[level] /= sum;
    }
}

/* Relatives who were thought to share what is a person's own would be one person; and one person
 * who was thought to differ in it would be any two who live at one place. */
static void keep_apart(const kithi_model *model, chances of[CLASSES]) {
    for (size_t i = 0; i < model->comparison_count; i++) {
        const kithi_kind_info *kind = model->comparisons[i].kind;
        spell_alike(kind, of[ONE_PERSON][i], of[RELATIVES][i]);
        keep_below(kind, kind->own_levels, kind->own_most, of[RELATIVES][i]);
        keep_below(kind, kind->other_levels, kind->other_most, of[ONE_PERSON][i]);
    }
}

/* Before anything is learnt: the level that most pairs of a class are thought to have. Relatives
 * share what a household has. */
static unsigned usual_level(kithi_kind kind, size_t class) {
    unsigned equal = kithi_kind_of(kind)->level_count - 1u;
    if (class == ONE_PERSON) {
        return equal;
    }
    switch (kind) {
    case KITHI_KIND_NAME:
        return KITHI_NAME_GIVEN_DIFFERENT;
    case KITHI_KIND_ADDRESS:
    case KITHI_KIND_PHONE:
    case KITHI_KIND_TEXT:
    case KITHI_KIND_GEO:
        return equal;
    default:
        return KITHI_LEVEL_DIFFERENT;
    }
}

/* Counts as if EXPECTED_PAIRS pairs of the class had been seen already: what few records say
 * doesn't turn them round. */
static void add_expected(const kithi_model *model, size_t class, chances counts) {
    for (size_t i = 0; i < model->comparison_count; i++) {
        const kithi_kind_info *kind = model->comparisons[i].kind;
        unsigned usual = usual_level(kind->kind, class);
        for (unsigned level = 1; level < kind->level_count; level++) {
            counts[i][level] +=
                EXPECTED_PAIRS *
                (level == usual ? USUALLY : (1 - USUALLY) / (kind->level_count - 2));
        }
    }
}

static void begin_class(learner *l, size_t class) {
    chances counts = {{0}};
    add_expected(l->model, class, counts);
    normalise(l->model, counts, 0, l->of[class]);
}

/* How many of the random pairs look like one person, for one that is expected to be; no less than
 * one. */
static double count_excess(const learner *l) {
    const kithi_patterns *p = &l->training->counts.random;
    double all = 0, one = 0;
    for (size_t i = 0; i < p->count; i++) {
        double share[CLASSES];
        tell_classes(l, p->items[i].pattern, share);
        all += (double)p->items[i].count;
        one += share[ONE_PERSON] * (double)p->items[i].count;
    }
    double expected = all * l->training->match_count / l->training->counts.pair_count;
    bool sampled = all < l->training->counts.pair_count;
    return sampled && one > expected && expected > 0 ? one / expected : 1;
}

/* Strangers are seen best among random pairs. Those that agree in little that is compared may be
 * namesakes: no more of them are one person than of all pairs. */
static void learn_strangers(learner *l, bool weighted) {
    chances counts = {{0}};
    const kithi_patterns *p = &l->training->counts.random;
    double excess = weighted ? count_excess(l) : 1;
    for (size_t i = 0; i < p->count; i++) {
        double share[CLASSES] = {[STRANGERS] = 1};
        if (weighted) {
            tell_classes(l, p->items[i].pattern, share);
            share[STRANGERS] += share[ONE_PERSON] * (1 - 1 / excess);
        }
        add_pattern(l, p->items[i].pattern, share[STRANGERS] * (double)p->items[i].count, counts);
    }
    normalise(l->model, counts, 0.5, l->of[STRANGERS]);
}

/* The others are seen among the candidates. Returns by how much they changed. */
static double learn_candidates(learner *l, double found[CLASSES]) {
    chances counts[CLASSES] = {{{0}}};
    const kithi_patterns *p = &l->training->counts.candidates;
    memset(found, 0, CLASSES * sizeof *found);
    for (size_t i = 0; i < p->count; i++) {
        double share[CLASSES];
        tell_classes(l, p->items[i].pattern, share);
        for (size_t class = RELATIVES; class < CLASSES; class ++) {
            double weight = share[class] * (double)p->items[i].count;
            add_pattern(l, p->items[i].pattern, weight, counts[class]);
            found[class] += weight / l->training->counts.candidate_share;
        }
    }
    for (size_t class = RELATIVES; class < CLASSES; class ++) {
        add_expected(l->model, class, counts[class]);
    }
    double change = normalise(l->model, counts[ONE_PERSON], 0, l->of[ONE_PERSON]);
    normalise(l->model, counts[RELATIVES], 0, l->of[RELATIVES]);
    keep_apart(l->model, l->of);
    return change;
}

/*
 * How many pairs are one person, before anything is learnt: those that agree so much that they
 * surely are. While it learns the prior is pinned to it: left free, it would follow whatever else
 * pairs have in common. Where many times more is found the rules see little of these records, and
 * it learns once more with what was found as the pin. At the end what is found may move the prior
 * by a factor of SURE_OFF.
 */

/* Of texts it counts how rarely strangers have one: companies tell customers apart, professions
 * don't. */
static bool is_strong(const learner *l, size_t comparison, unsigned level) {
    kithi_kind kind = l->model->comparisons[comparison].kind->kind;
    switch (kind) {
    case KITHI_KIND_TEXT:
        return level + 1u == kithi_kind_of(kind)->level_count &&
               l->of[STRANGERS][comparison][level] < RARELY_SHARED;
    case KITHI_KIND_DATE:
    case KITHI_KIND_EMAIL:
    case KITHI_KIND_PHONE:
    case KITHI_KIND_CODE:
        return level + 1u == kithi_kind_of(kind)->level_count;
    case KITHI_KIND_ADDRESS:
        return level >= KITHI_ADDRESS_POSTCODE;
    default:
        return false;
    }
}

static bool is_sure(const learner *l, uint64_t pattern) {
    unsigned name = 0, strong = 0;
    for (size_t i = 0; i < l->model->comparison_count; i++) {
        unsigned level = kithi_pattern_level(pattern, i);
        name = l->model->comparisons[i].kind->kind == KITHI_KIND_NAME ? level : name;
        strong += is_strong(l, i, level);
    }
    return (name >= KITHI_NAME_EQUAL_BUT_ORDER && strong > 0) || (name == 0 && strong > 1);
}

static double count_sure(const learner *l) {
    const kithi_pattern_counts *counts = &l->training->counts;
    double count = 0;
    for (size_t i = 0; i < counts->candidates.count; i++) {
        const struct kithi_pattern_count *p = &counts->candidates.items[i];
        count += is_sure(l, p->pattern) ? (double)p->count : 0;
    }
    return (count + 1) / counts->candidate_share;
}

/* Relatives are known by what a household shares. Where records have neither streets, postcodes nor
 * telephones none are looked for. */
static bool shows_households(const kithi_model *model, const kithi_training *training) {
    double shown = 0, all = 0;
    for (size_t i = 0; i < training->counts.candidates.count; i++) {
        const struct kithi_pattern_count *p = &training->counts.candidates.items[i];
        bool shows = false;
        for (size_t c = 0; c < model->comparison_count; c++) {
            unsigned level = kithi_pattern_level(p->pattern, c);
            kithi_kind kind = model->comparisons[c].kind->kind;
            shows = shows || (kind == KITHI_KIND_PHONE && level > 0) ||
                    (kind == KITHI_KIND_ADDRESS && level >= KITHI_ADDRESS_POSTCODE);
        }
        shown += shows ? (double)p->count : 0;
        all += (double)p->count;
    }
    return shown > all * HOUSEHOLDS_SHOWN;
}

static double within(double found, double sure) {
    return found > sure * SURE_OFF   ? sure * SURE_OFF
           : found < sure / SURE_OFF ? sure / SURE_OFF
                                     : found;
}

static uint64_t to_units(double chance) {
    double units = chance * KITHI_CHANCE_UNIT;
    return units < 1 ? 1 : (uint64_t)units;
}

/* Of numbers of pairs, in parts of one where they are few. */
static int32_t log2_of_ratio(double ours, double theirs) {
    double parts = theirs < FEW_PAIRS ? 1024 : 1;
    return kithi_log2_ratio((uint64_t)(ours * parts) + 1, (uint64_t)(theirs * parts) + 1);
}

typedef bool seen_levels[KITHI_COMPARISONS_MAX][KITHI_LEVELS_MAX];

static void note_seen(const kithi_model *model, const kithi_patterns *patterns, seen_levels seen) {
    for (size_t i = 0; i < patterns->count; i++) {
        for (size_t c = 0; c < model->comparison_count; c++) {
            seen[c][kithi_pattern_level(patterns->items[i].pattern, c)] = true;
        }
    }
}

/* A level speaks for one person no less than a lower one does. */
static void lift(learner *l, size_t comparison, size_t level, size_t below) {
    double ours = l->of[ONE_PERSON][comparison][level];
    for (size_t rival = 0; rival < KITHI_RIVAL_COUNT; rival++) {
        double most = ours * l->of[rival][comparison][below] / l->of[ONE_PERSON][comparison][below];
        double *theirs = &l->of[rival][comparison][level];
        *theirs = *theirs < most ? *theirs : most;
    }
}

/* An address has several attributes, and what no pair had may be one of them: that streets are
 * equal says no less than that cities are, where there were only cities. */
static void lift_unseen(learner *l) {
    seen_levels seen = {{false}};
    note_seen(l->model, &l->training->counts.candidates, seen);
    note_seen(l->model, &l->training->counts.random, seen);
    for (size_t i = 0; i < l->model->comparison_count; i++) {
        const kithi_kind_info *kind = l->model->comparisons[i].kind;
        size_t below = KITHI_LEVEL_DIFFERENT;
        for (size_t level = below + 1; level < kind->level_count; level++) {
            if (seen[i][level]) {
                below = level;
            } else if (kind->kind == KITHI_KIND_ADDRESS && below > KITHI_LEVEL_DIFFERENT) {
                lift(l, i, level, below);
            }
        }
    }
}

static void write_model(kithi_model *model, const learner *l) {
    for (size_t i = 0; i < model->comparison_count; i++) {
        kithi_comparison *c = &model->comparisons[i];
        for (size_t level = 1; level < c->kind->level_count; level++) {
            c->m[level] = to_units(l->of[ONE_PERSON][i][level]);
            for (size_t rival = 0; rival < KITHI_RIVAL_COUNT; rival++) {
                c->u[rival][level] = to_units(l->of[rival][i][level]);
            }
        }
    }
    for (size_t rival = 0; rival < KITHI_RIVAL_COUNT; rival++) {
        model->prior[rival] = log2_of_ratio(l->pairs[ONE_PERSON], l->pairs[rival]);
    }
    model->match_count = (uint64_t)l->pairs[ONE_PERSON];
    kithi_model_weigh(model);
}

/* With the prior pinned, until nothing changes any more. */
static void learn_pinned(learner *l) {
    kithi_training *training = l->training;
    double change = 1;
    for (unsigned round = 0; round < ROUNDS_MAX && change > CLOSE_ENOUGH; round++) {
        double found[CLASSES];
        change = learn_candidates(l, found);
        training->match_count = found[ONE_PERSON];
        learn_strangers(l, true);
        l->pairs[RELATIVES] = found[RELATIVES];
        training->relative_count = found[RELATIVES];
        training->round_count++;
    }
}

static double less_of(double a, double b) {
    return a < b ? a : b;
}

static void learn(kithi_model *model, kithi_training *training) {
    learner l = {.model = model, .training = training};
    double most = training->counts.pair_count * MOST_SHARE;
    learn_strangers(&l, false);
    double pinned = less_of(count_sure(&l), most);
    l.pairs[ONE_PERSON] = pinned;
    l.pairs[RELATIVES] = shows_households(model, training) ? pinned : 0;
    l.pairs[STRANGERS] = training->counts.pair_count;
    begin_class(&l, ONE_PERSON);
    begin_class(&l, RELATIVES);
    learn_pinned(&l);
    for (unsigned pins = 1; pins < PINS_MAX && training->match_count > MISSED_MOST * pinned;
         pins++) {
        pinned = less_of(training->match_count, most);
        l.pairs[ONE_PERSON] = pinned;
        learn_pinned(&l);
    }
    l.pairs[ONE_PERSON] = less_of(within(training->match_count, pinned), most);
    lift_unseen(&l);
    write_model(model, &l);
}

void kithi_training_clear(kithi_training *training) {
    kithi_pattern_counts_clear(&training->counts);
    memset(training, 0, sizeof *training);
}

int kithi_model_train(kithi_model *model, const kithi_pool *pool, const kithi_blocks *blocks,
                      unsigned threads, kithi_training *out) {
    memset(out, 0, sizeof *out);
    int rc = kithi_terms_count_all(model, pool, threads);
    if (rc == KITH_OK) {
        rc = kithi_patterns_count_all(model, pool, blocks, threads, &out->counts);
    }
    if (rc == KITH_OK) {
        learn(model, out);
        model->record_count = pool->count;
    }
    return rc;
}
