#include "src/score/decay.h"

#include <string.h>

#include "src/base/integer.h"

__extension__ typedef __int128 wide;
__extension__ typedef unsigned __int128 unsigned_wide;

#define ONE_BITS   62
#define LOG_OF_TWO UINT64_C(0x2c5c85fdf473de6b) /* in units of 2^-62 */

/* exp(-x) for x below 1, by its series. */
static uint64_t exp_of_minus(uint64_t x) {
    uint64_t sum = KITHI_DECAY_ONE, term = KITHI_DECAY_ONE;
    for (uint64_t i = 1; term > 0; i++) {
        term = (uint64_t)((unsigned_wide)term * x >> ONE_BITS) / i;
        sum = i % 2 == 1 ? sum - term : sum + term;
    }
    return sum;
}

uint64_t kithi_decay_factor(uint32_t half_life_days, uint32_t days) {
    if (half_life_days == 0 || days == 0) {
        return KITHI_DECAY_ONE;
    }
    uint32_t halvings = days / half_life_days, rest = days % half_life_days;
    if (halvings > ONE_BITS) {
        return 0;
    }
    return exp_of_minus((uint64_t)((unsigned_wide)rest * LOG_OF_TWO / half_life_days)) >> halvings;
}

int64_t kithi_decay(int64_t points, uint32_t half_life_days, uint32_t days) {
    wide left = (wide)points * (wide)kithi_decay_factor(half_life_days, days);
    wide half = (wide)1 << (ONE_BITS - 1);
    return (int64_t)((left < 0 ? left - half : left + half) / (wide)KITHI_DECAY_ONE);
}

/* From `since` to a day that isn't before it. */
static uint32_t days_between(int64_t since, int64_t day) {
    uint64_t days = (uint64_t)day - (uint64_t)since;
    return days < UINT32_MAX ? (uint32_t)days : UINT32_MAX;
}

static int64_t saturated(wide sum) {
    return sum > INT64_MAX ? INT64_MAX : sum < INT64_MIN ? INT64_MIN : (int64_t)sum;
}

/* What a rule gives has one sign, so that where its sum stops doesn't hang on the order. */
static void add_event(const kithi_point_rule *rule, int64_t since, int64_t day, int64_t *part) {
    if (since <= day) {
        *part = kithi_add_saturated(
            *part, kithi_decay(rule->points, rule->half_life_days, days_between(since, day)));
    }
}

int64_t kithi_point_score(const kithi_point_rule *rules, size_t rule_count,
                          const kithi_point_event *events, size_t event_count, int64_t day,
                          const kithi_point_bounds *bounds, int64_t *parts) {
    wide sum = 0;
    memset(parts, 0, (rule_count + 1) * sizeof *parts);
    for (size_t i = 0; i < event_count; i++) {
        add_event(&rules[events[i].rule], events[i].day, day, &parts[events[i].rule]);
    }
    for (size_t i = 0; i < rule_count; i++) {
        if (rules[i].most > 0) {
            parts[i] = kithi_clamp(parts[i], -rules[i].most, rules[i].most);
        }
        sum += parts[i];
    }
    int64_t score = kithi_clamp(saturated(sum), bounds->low, bounds->high);
    parts[rule_count] = saturated(score - sum);
    return score;
}
