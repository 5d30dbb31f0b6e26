#include "src/base/zone_rule.h"

#include <stdbool.h>
#include <stdlib.h>

#include "kith/base.h"
#include "src/base/civil.h"
#include "src/base/integer.h"
#include "src/base/order.h"

#define CYCLE_SECONDS     (KITHI_CYCLE_DAYS * KITHI_SECONDS_A_DAY)
#define TURNS             (2 * KITHI_CYCLE_YEARS)
#define NAME_LETTERS_MIN  3
#define OFFSET_HOURS_MAX  24
#define TURN_HOURS_MAX    167
#define TURN_HOUR_DEFAULT 2

typedef struct cursor {
    const char *at;
    const char *end;
} cursor;

typedef enum day_kind {
    DAY_BUT_LEAP, /* Jn: 1 to 365, as if there were no 29 February */
    DAY_FROM_0,   /* n: 0 to 365 */
    DAY_OF_WEEK   /* Mm.w.d: the w-th such weekday of a month, 5 is the last */
} day_kind;

/* When, each year, summer time begins or ends. */
typedef struct turn {
    day_kind kind;
    int number;
    int month, week, weekday; /* 0 is Sunday */
    int32_t second;           /* of that day, by the clock that goes until then */
} turn;

typedef struct posix_rule {
    int32_t standard, summer; /* seconds east of UTC */
    bool has_summer;
    turn begin, end;
} posix_rule;

/* The text */

static bool take(cursor *in, char c) {
    if (in->at == in->end || *in->at != c) {
        return false;
    }
    in->at++;
    return true;
}

/* Decimal digits, `digits` of them at most, of a number from `least` to `most`. */
static bool take_number(cursor *in, int digits, int least, int most, int *out) {
    int value = 0, taken = 0;
    while (taken < digits && in->at < in->end && *in->at >= '0' && *in->at <= '9') {
        value = value * 10 + (*in->at++ - '0');
        taken++;
    }
    *out = value;
    return taken > 0 && value >= least && value <= most;
}

static bool is_letter(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool is_quotable(char c) {
    return is_letter(c) || (c >= '0' && c <= '9') || c == '+' || c == '-';
}

/* CET, <+03>: what the clock is called is of no use here, but where it ends is. */
static bool take_name(cursor *in) {
    bool quoted = take(in, '<');
    const char *begin = in->at;
    while (in->at < in->end && (quoted ? is_quotable(*in->at) : is_letter(*in->at))) {
        in->at++;
    }
    return in->at - begin >= NAME_LETTERS_MIN && (!quoted || take(in, '>'));
}

/* [+-]h[:mm[:ss]] */
static bool take_clock(cursor *in, int hours_max, int32_t *out) {
    int hours, minutes = 0, seconds = 0;
    bool negative = take(in, '-');
    if (!negative) {
        take(in, '+');
    }
    if (!take_number(in, 3, 0, hours_max, &hours) ||
        (take(in, ':') && (!take_number(in, 2, 0, 59, &minutes) ||
                           (take(in, ':') && !take_number(in, 2, 0, 59, &seconds))))) {
        return false;
    }
    *out = (hours * 60 + minutes) * 60 + seconds;
    *out = negative ? -*out : *out;
    return true;
}

/* POSIX counts them west of Greenwich. */
static bool take_offset(cursor *in, int32_t *out) {
    int32_t west;
    if (!take_clock(in, OFFSET_HOURS_MAX, &west)) {
        return false;
    }
    *out = -west;
    return true;
}

static bool take_day(cursor *in, turn *out) {
    if (take(in, 'M')) {
        out->kind = DAY_OF_WEEK;
        return take_number(in, 2, 1, 12, &out->month) && take(in, '.') &&
               take_number(in, 1, 1, 5, &out->week) && take(in, '.') &&
               take_number(in, 1, 0, 6, &out->weekday);
    }
    out->kind = take(in, 'J') ? DAY_BUT_LEAP : DAY_FROM_0;
    return take_number(in, 3, out->kind == DAY_BUT_LEAP, 365, &out->number);
}

static bool take_turn(cursor *in, turn *out) {
    *out = (turn){.second = TURN_HOUR_DEFAULT * 3600};
    return take(in, ',') && take_day(in, out) &&
           (!take(in, '/') || take_clock(in, TURN_HOURS_MAX, &out->second));
}

static bool read_text(cursor in, posix_rule *out) {
    if (!take_name(&in) || !take_offset(&in, &out->standard)) {
        return false;
    }
    out->has_summer = in.at < in.end;
    if (!out->has_summer) {
        return true;
    }
    out->summer = out->standard + 3600;
    if (!take_name(&in) || (in.at < in.end && *in.at != ',' && !take_offset(&in, &out->summer))) {
        return false;
    }
    return take_turn(&in, &out->begin) && take_turn(&in, &out->end) && in.at == in.end;
}

/* The cycle */

static int64_t day_of_week(const turn *when, int64_t year) {
    int64_t first = kithi_civil_days((kithi_civil){year, when->month, 1});
    int ahead = (when->weekday - kithi_civil_weekday(first) % 7 + 7) % 7;
    int day = ahead + 7 * (when->week - 1);
    return first + (day < kithi_civil_month_days(year, when->month) ? day : day - 7);
}

static int64_t day_of(const turn *when, int64_t year) {
    int64_t first = kithi_civil_days((kithi_civil){year, 1, 1});
    switch (when->kind) {
    case DAY_OF_WEEK:
        return day_of_week(when, year);
    case DAY_BUT_LEAP:
        return first + when->number - (when->number < 60 || kithi_civil_month_days(year, 2) == 28);
    default:
        return first + when->number;
    }
}

/* The second of the cycle in which a year's turn is, from a clock with that offset. */
static uint64_t second_of(const turn *when, int64_t year, int32_t offset) {
    int64_t second = day_of(when, year) * KITHI_SECONDS_A_DAY + when->second - offset;
    return (uint64_t)kithi_floor_rest(second, CYCLE_SECONDS);
}

/* All turns of a cycle in their order: its second, doubled, and one more where summer time begins.
 * So where it ends and begins in the same second it goes on, as RFC 8536 writes one all year. */
static void list_turns(const posix_rule *rule, uint64_t turns[TURNS]) {
    for (int year = 0; year < KITHI_CYCLE_YEARS; year++) {
        turns[2 * year] = second_of(&rule->begin, 1970 + year, rule->standard) << 1 | 1;
        turns[2 * year + 1] = second_of(&rule->end, 1970 + year, rule->summer) << 1;
    }
    qsort(turns, TURNS, sizeof *turns, kithi_compare_u64);
}

/* Of several turns in one second the last one counts, and only where it changes something. */
static void keep_changes(const posix_rule *rule, const uint64_t turns[TURNS],
                         kithi_zone_rule *out) {
    bool summer = turns[TURNS - 1] & 1;
    for (size_t i = 0; i < TURNS; i++) {
        bool overruled = i + 1 < TURNS && turns[i + 1] >> 1 == turns[i] >> 1;
        if (!overruled && (turns[i] & 1) != summer) {
            summer = !summer;
            out->changes[out->count++] = (kithi_zone_change){
                (int64_t)(turns[i] >> 1), summer ? rule->summer : rule->standard};
        }
    }
    out->offset = summer ? rule->summer : rule->standard;
}

int kithi_zone_rule_read(const char *text, size_t size, kithi_zone_rule *out) {
    posix_rule rule;
    uint64_t turns[TURNS];
    if (!read_text((cursor){text, text + size}, &rule)) {
        return KITH_INVALID;
    }
    kithi_zone_rule made = {NULL, 0, rule.standard};
    if (rule.has_summer && rule.summer != rule.standard) {
        made.changes = malloc(TURNS * sizeof *made.changes);
        if (made.changes == NULL) {
            return KITH_NO_MEMORY;
        }
        list_turns(&rule, turns);
        keep_changes(&rule, turns, &made);
    }
    *out = made;
    return KITH_OK;
}

void kithi_zone_rule_clear(kithi_zone_rule *rule) {
    free(rule->changes);
    *rule = (kithi_zone_rule){NULL, 0, 0};
}

/* Asking */

size_t kithi_zone_changes_until(const kithi_zone_change *changes, size_t count, int64_t at) {
    size_t low = 0, high = count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (changes[middle].at <= at) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

kithi_zone_span kithi_zone_rule_at(const kithi_zone_rule *rule, int64_t at) {
    if (rule->count == 0) {
        return (kithi_zone_span){INT64_MAX, rule->offset};
    }
    int64_t second = kithi_floor_rest(at, CYCLE_SECONDS);
    size_t next = kithi_zone_changes_until(rule->changes, rule->count, second);
    /* Before the first change of a cycle the last one of the cycle before it holds. */
    size_t last = next > 0 ? next - 1 : rule->count - 1;
    int64_t until =
        next < rule->count ? rule->changes[next].at : rule->changes[0].at + CYCLE_SECONDS;
    return (kithi_zone_span){at - second + until, rule->changes[last].offset};
}
