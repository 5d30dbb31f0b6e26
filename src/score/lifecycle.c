#include "src/score/lifecycle.h"

#include <inttypes.h>
#include <stdio.h>

#include "src/base/civil.h"
#include "src/base/integer.h"

#define DAY   1000 /* thousandths */
#define TIMES 100  /* hundredths */

const char *kithi_stage_name(kithi_stage stage) {
    static const char *const names[KITHI_STAGES] = {
        [KITHI_STAGE_PROSPECT] = "prospect", [KITHI_STAGE_NEW] = "new",
        [KITHI_STAGE_ACTIVE] = "active",     [KITHI_STAGE_REGULAR] = "regular",
        [KITHI_STAGE_SLOWING] = "slowing",   [KITHI_STAGE_AT_RISK] = "at risk",
        [KITHI_STAGE_LAPSED] = "lapsed",     [KITHI_STAGE_WON_BACK] = "won back",
    };
    return (unsigned)stage < KITHI_STAGES ? names[stage] : NULL;
}

kithi_lifecycle kithi_lifecycle_default(void) {
    return (kithi_lifecycle){.slowing = 150,
                             .at_risk = 250,
                             .lapsed = 400,
                             .own_gaps = 1,
                             .regular_days = 4,
                             .least_gap = 7 * DAY,
                             .population_gap = 90 * DAY};
}

static bool is_gap(int64_t gap) {
    return gap >= 1 && gap <= KITHI_GAP_MAX;
}

bool kithi_lifecycle_is_valid(const kithi_lifecycle *r) {
    return r->slowing >= 1 && r->slowing < r->at_risk && r->at_risk < r->lapsed &&
           r->lapsed <= KITHI_TIMES_MAX && r->own_gaps >= 1 && is_gap(r->least_gap) &&
           is_gap(r->population_gap);
}

/* The usual gap */

static int64_t mean_gap(int64_t days, uint32_t gaps) {
    return days * DAY / gaps;
}

static int64_t ceiling(int64_t a, int64_t divisor) {
    return -kithi_floor_div(-a, divisor);
}

/* The first number of days that are so many times a gap, or more. */
static int64_t days_of(int64_t times, int64_t gap) {
    return ceiling(times * gap, (int64_t)TIMES * DAY);
}

typedef struct usual {
    int64_t gap;
    bool own;
} usual;

static usual usual_of(const kithi_lifecycle *r, int64_t own, uint32_t gaps) {
    bool has_own = gaps >= r->own_gaps;
    int64_t gap = has_own ? own : r->population_gap;
    return (usual){kithi_clamp(gap, r->least_gap, KITHI_GAP_MAX), has_own};
}

static usual usual_now(const kithi_lifecycle *r, const kithi_rhythm *c) {
    uint32_t gaps = c->active_days > 0 ? c->active_days - 1 : 0;
    int64_t days = (int64_t)c->last_day - c->first_day;
    return usual_of(r, gaps > 0 ? mean_gap(days, gaps) : 0, gaps);
}

/* What was usual before the last gap. */
static usual usual_before(const kithi_lifecycle *r, const kithi_rhythm *c) {
    uint32_t gaps = c->active_days - 2;
    int64_t days = (int64_t)c->last_day - c->first_day - c->last_gap;
    return usual_of(r, gaps > 0 ? mean_gap(days, gaps) : 0, gaps);
}

/* Stages */

typedef struct course {
    const kithi_lifecycle *rules;
    const kithi_rhythm *customer;
    usual usual;
    bool came_back;
} course;

static course course_of(const kithi_lifecycle *r, const kithi_rhythm *c) {
    course found = {r, c, usual_now(r, c), false};
    if (c->active_days >= 2 && c->last_gap > 0) {
        usual before = usual_before(r, c);
        found.came_back = c->last_gap >= days_of(r->lapsed, before.gap);
        found.usual = found.came_back ? before : found.usual;
    }
    return found;
}

static kithi_stage stage_after(const course *c, int64_t silent, int32_t *out_limit) {
    const kithi_lifecycle *r = c->rules;
    const int32_t limits[] = {r->lapsed, r->at_risk, r->slowing};
    static const kithi_stage stages[] = {KITHI_STAGE_LAPSED, KITHI_STAGE_AT_RISK,
                                         KITHI_STAGE_SLOWING};
    uint32_t days = c->customer->active_days;
    *out_limit = 0;
    if (days == 0) {
        return KITHI_STAGE_PROSPECT;
    }
    for (size_t i = 0; i < sizeof limits / sizeof *limits; i++) {
        if (silent >= days_of(limits[i], c->usual.gap)) {
            *out_limit = limits[i];
            return stages[i];
        }
    }
    if (c->came_back) {
        *out_limit = r->lapsed;
        return KITHI_STAGE_WON_BACK;
    }
    return days == 1                 ? KITHI_STAGE_NEW
           : days >= r->regular_days ? KITHI_STAGE_REGULAR
                                     : KITHI_STAGE_ACTIVE;
}

/* The next day on which a limit is reached, if there is one that the calendar has. */
static void find_change(const course *c, int64_t silent, kithi_standing *out) {
    const kithi_lifecycle *r = c->rules;
    const int32_t limits[] = {r->slowing, r->at_risk, r->lapsed};
    for (size_t i = 0; i < sizeof limits / sizeof *limits && !out->changes; i++) {
        int64_t days = days_of(limits[i], c->usual.gap), day = c->customer->last_day + days;
        int32_t limit;
        if (days > silent && day <= KITHI_LAST_DAY) {
            out->changes = true;
            out->change_day = (int32_t)day;
            out->change_stage = stage_after(c, days, &limit);
        }
    }
}

kithi_standing kithi_lifecycle_stand(const kithi_lifecycle *rules, const kithi_rhythm *customer,
                                     int32_t today) {
    kithi_standing s = {.stage = KITHI_STAGE_PROSPECT, .last_gap = customer->last_gap};
    if (customer->active_days == 0) {
        return s;
    }
    course c = course_of(rules, customer);
    int64_t silent = kithi_clamp((int64_t)today - customer->last_day, 0, INT32_MAX);
    s.silent_days = (int32_t)silent;
    s.usual_gap = c.usual.gap;
    s.own_gap = c.usual.own;
    s.stage = stage_after(&c, silent, &s.limit);
    int64_t held = s.stage == KITHI_STAGE_WON_BACK ? customer->last_gap : silent;
    s.times = held * DAY * TIMES / c.usual.gap;
    find_change(&c, silent, &s);
    return s;
}

/* Words */

/* With one digit behind the point where it isn't 0; rounded down. */
static const char *tenths(char out[24], int64_t number, int64_t one) {
    int64_t rest = number % one * 10 / one;
    if (rest == 0) {
        snprintf(out, 24, "%" PRId64, number / one);
    } else {
        snprintf(out, 24, "%" PRId64 ".%d", number / one, (int)rest);
    }
    return out;
}

size_t kithi_standing_say(const kithi_standing *s, char *out, size_t capacity) {
    char times[24], gap[24];
    const char *whose = s->own_gap ? "" : " of all customers";
    int length;
    tenths(times, s->times, TIMES);
    tenths(gap, s->usual_gap, DAY);
    if (s->stage == KITHI_STAGE_PROSPECT) {
        length = snprintf(out, capacity, "never bought");
    } else if (s->stage == KITHI_STAGE_WON_BACK) {
        length =
            snprintf(out, capacity, "came back after %" PRId32 " days, %s times the usual %s%s",
                     s->last_gap, times, gap, whose);
    } else {
        length = snprintf(out, capacity, "silent for %" PRId32 " day%s, %s times the usual %s%s",
                          s->silent_days, s->silent_days == 1 ? "" : "s", times, gap, whose);
    }
    return length < 0 ? 0 : (size_t)length;
}
