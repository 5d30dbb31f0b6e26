/*
 * Where a customer stands, told from his own rhythm: how long he has been silent, held against the
 * gap that is usual between two days on which he buys.
 *
 * The usual gap is the mean of his gaps; of one with fewer gaps than `own_gaps` it is that of the
 * population. It is never less than `least_gap`, so that who bought daily for a while isn't lost
 * after a week. Silence counts from his last day to today. Then the first rule that holds names the
 * stage:
 *
 *     prospect   he never bought
 *     lapsed     silent for `lapsed` times the usual gap or longer
 *     at risk    silent for `at_risk` times it or longer
 *     slowing    silent for `slowing` times it or longer
 *     won back   the gap before his last day was `lapsed` times the usual one or longer; usual is
 *                what was so before it, here and in the rules above
 *     new        he bought on one day
 *     regular    he bought on `regular_days` days or more
 *     active     else
 *
 * All of it is arithmetic of integers: days, gaps in thousandths of a day, times in hundredths.
 */
#ifndef KITHI_SCORE_LIFECYCLE_H
#define KITHI_SCORE_LIFECYCLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef enum kithi_stage {
    KITHI_STAGE_PROSPECT,
    KITHI_STAGE_NEW,
    KITHI_STAGE_ACTIVE,
    KITHI_STAGE_REGULAR,
    KITHI_STAGE_SLOWING,
    KITHI_STAGE_AT_RISK,
    KITHI_STAGE_LAPSED,
    KITHI_STAGE_WON_BACK,
    KITHI_STAGES
} kithi_stage;

/* "prospect", "new", "active", "regular", "slowing", "at risk", "lapsed", "won back". */
const char *kithi_stage_name(kithi_stage stage);

/* Gaps are in thousandths of a day, from 1 to KITHI_GAP_MAX; times in hundredths, which rise, from
 * 1 to KITHI_TIMES_MAX. */
#define KITHI_GAP_MAX   INT64_C(100000000)
#define KITHI_TIMES_MAX 100000

typedef struct kithi_lifecycle {
    int32_t slowing, at_risk, lapsed;
    uint32_t own_gaps; /* so many gaps make a rhythm of one's own; at least 1 */
    uint32_t regular_days;
    int64_t least_gap;
    int64_t population_gap;
} kithi_lifecycle;

/* 1.5, 2.5 and 4 times; 1 gap; 4 days; a week; 90 days. */
kithi_lifecycle kithi_lifecycle_default(void);
/* Whether all are in their ranges. */
bool kithi_lifecycle_is_valid(const kithi_lifecycle *rules);

/* How a customer has bought. Days count from 1970-01-01. */
typedef struct kithi_rhythm {
    uint32_t active_days; /* on which he bought */
    int32_t first_day, last_day;
    int32_t last_gap; /* from the day before the last one on which he bought; 0: there is none */
} kithi_rhythm;

typedef struct kithi_standing {
    kithi_stage stage;
    int32_t silent_days;
    int64_t usual_gap;  /* that silence is held against */
    bool own_gap;       /* it is his own, not the population's */
    int64_t times;      /* silence by the usual gap; of who was won back: the gap before by it */
    int32_t limit;      /* of the rule that fired, in times; 0: the rule has none */
    int32_t last_gap;   /* as it was given */
    bool changes;       /* if he doesn't buy, he gets to another stage */
    int32_t change_day; /* the first day of that */
    kithi_stage change_stage;
} kithi_standing;

/* Where he stands on a day. Of a day before his last one he isn't silent yet. */
kithi_standing kithi_lifecycle_stand(const kithi_lifecycle *rules, const kithi_rhythm *customer,
                                     int32_t today);

/* Says why, cut to the capacity: "silent for 45 days, 2.5 times the usual 18". Returns the length
 * that it would have. */
size_t kithi_standing_say(const kithi_standing *standing, char *out, size_t capacity);

#endif
