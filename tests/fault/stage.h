/*
 * What the fault tests play on: a small store that has some of everything, and the scenarios, each
 * a piece of work as a host does it. A scenario ends at the first failure, leaves nothing open, and
 * says what it read.
 */
#ifndef KITH_TESTS_FAULT_STAGE_H
#define KITH_TESTS_FAULT_STAGE_H

#include "tests/fault/scratch.h"

typedef struct stage {
    char folder[SCRATCH_PATH_BYTES];
    char path[SCRATCH_PATH_BYTES];     /* the store */
    char scored[SCRATCH_PATH_BYTES];   /* the same with a match model, to begin with */
    char segments[SCRATCH_PATH_BYTES]; /* another one, with segments and columns */
    char scores[SCRATCH_PATH_BYTES];   /* and one with scores */
    char other[SCRATCH_PATH_BYTES];    /* a file that the scenario writes; not there before it */
    kith *store;                       /* open, but for scenarios that open it themselves */
    kith_error error;                  /* of the failure */
    uint64_t answer;                   /* a hash of all that was read */
} stage;

#define SCENARIO_OPENS  1u /* no store is open when it begins */
#define SCENARIO_MAKES  2u /* and there is none */
#define SCENARIO_WRITES 4u /* it commits, once */
#define SCENARIO_NOTES                                                                             \
    8u /* its other file is a list, which a failure may leave behind; else a store */
#define SCENARIO_SCORED   16u  /* the store that it begins with has a match model */
#define SCENARIO_SEGMENTS 64u  /* it has segments */
#define SCENARIO_SCORES   128u /* it has scores */
#define SCENARIO_STEPS    32u  /* it commits several times: a failure may leave what is between */

typedef struct scenario {
    const char *name;
    int (*run)(stage *s);
    unsigned flags;
} scenario;

extern const scenario stage_scenarios[], stage_segment_scenarios[], stage_score_scenarios[];
extern const size_t stage_scenario_count, stage_segment_scenario_count, stage_score_scenario_count;

/* Makes the files that scenarios read, and the stores that all but one begin with. */
void stage_prepare(stage *s);
void stage_make_segments(const char *path);
void stage_make_scores(const char *path);
/* Takes in what a scenario read. */
void stage_hear(stage *s, const void *data, size_t size);

#endif
