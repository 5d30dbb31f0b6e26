/* The value of a part of an expression. */
#include <stdlib.h>
#include <string.h>

#include "src/base/calendar.h"
#include "src/base/civil.h"
#include "src/base/integer.h"
#include "src/base/text.h"
#include "src/segment/run.h"

/* Names */

static const kithi_happening *event_of_step(const kithi_run *run, int step) {
    if (step == KITHI_STEP_THIS) {
        return run->event;
    }
    size_t index = step == KITHI_STEP_PREVIOUS ? run->step_count - 1 : (size_t)step - 1;
    return index < run->step_count ? run->steps[index] : NULL;
}

static kithi_values property_values(kithi_run *run, const kithi_node *node) {
    kithi_values values = {.count = 0};
    const kithi_happening *event = event_of_step(run, node->step);
    if (event != NULL) {
        kithi_run_fail(
            run, kithi_happening_values(run->executor, event, node->id, node->inside, &values));
    }
    return values;
}

static kithi_values attribute_values(kithi_run *run, const kithi_node *node, int64_t *until) {
    kithi_values values = {.count = 0};
    if (node->trait) {
        const kithi_plan *plan = kithi_plan_of(run->executor->plans, KITHI_CATALOG_TRAIT, node->id);
        values.first = plan != NULL ? kithi_run_plan(run, plan, until) : kithi_operand_null();
        values.count = values.first.sort != KITHI_SORT_NULL;
        return values;
    }
    kithi_run_fail(run, kithi_customer_values(run->executor, node->id, node->inside, &values));
    return values;
}

kithi_values kithi_run_values(kithi_run *run, const kithi_node *node, int64_t *until) {
    if (node->op == KITHI_OP_ATTRIBUTE) {
        return attribute_values(run, node, until);
    }
    if (node->op == KITHI_OP_PROPERTY) {
        return property_values(run, node);
    }
    kithi_values values = {.first = kithi_run_value(run, node, until)};
    values.count = values.first.sort != KITHI_SORT_NULL;
    return values;
}

static kithi_operand first_of(kithi_values values) {
    return values.count > 0 ? values.first : kithi_operand_null();
}

static kithi_operand time_of_event(const kithi_run *run, const kithi_node *node) {
    const kithi_happening *event = event_of_step(run, node->step);
    return event != NULL ? kithi_operand_time(event->at_us, 0) : kithi_operand_null();
}

static kithi_operand today(const kithi_run *run, int64_t *until) {
    const kithi_zone *zone = run->executor->zone;
    int64_t tomorrow_us;
    kithi_calendar_start(zone, KITHI_CALENDAR_DAY, run->now_us, 0, &tomorrow_us);
    kithi_lower(until, tomorrow_us);
    return kithi_operand_date(kithi_calendar_date(zone, run->now_us));
}

/* Functions */

static kithi_operand age(kithi_run *run, const kithi_node *node, int64_t *until) {
    const kithi_zone *zone = run->executor->zone;
    kithi_operand born = kithi_run_value(run, node->kids[0], until), date = kithi_operand_date(0);
    if (!kithi_operands_meet(zone, &born, &date) || born.sort != KITHI_SORT_DATE) {
        return kithi_operand_null();
    }
    int64_t day = kithi_calendar_date(zone, run->now_us);
    int years = kithi_age_years(born.as.date_days, day);
    int64_t birthday = kithi_age_next(born.as.date_days, day);
    if (birthday <= KITHI_LAST_DAY) { /* the calendar ends with it */
        kithi_lower(until, kithi_calendar_date_start(zone, birthday));
    }
    return years >= 0 ? kithi_operand_number(kithi_decimal_of(years)) : kithi_operand_null();
}

/* A text in composed form, in the arena; a number is told as it is written. False: there is none.
 */
static bool text_of(kithi_run *run, const kithi_node *node, bool fold_case, int64_t *until,
                    kithi_operand *out) {
    char shown[KITHI_DECIMAL_TEXT_BYTES];
    kithi_operand value = kithi_run_value(run, node, until);
    if (value.sort == KITHI_SORT_NUMBER) {
        kithi_decimal_format(value.as.number, shown);
        value = kithi_operand_text(shown, strlen(shown));
    }
    if (value.sort != KITHI_SORT_TEXT) {
        return false;
    }
    size_t size;
    char *made = kithi_text_compose(value.as.text.data, value.as.text.size, fold_case, &size);
    char *kept = made != NULL ? kithi_arena_copy(&run->executor->arena, made, size) : NULL;
    free(made);
    *out = kithi_operand_text(kept, size);
    if (kept == NULL) {
        kithi_run_fail(run, KITH_NO_MEMORY);
    }
    return kept != NULL;
}

static kithi_operand length(kithi_run *run, const kithi_node *node, int64_t *until) {
    kithi_operand text;
    size_t at = 0;
    int64_t count = 0;
    if (!text_of(run, node->kids[0], false, until, &text)) {
        return kithi_operand_null();
    }
    while (kithi_text_next(text.as.text.data, text.as.text.size, &at) >= 0) {
        count++;
    }
    return kithi_operand_number(kithi_decimal_of(count));
}

static kithi_operand lower(kithi_run *run, const kithi_node *node, int64_t *until) {
    kithi_operand text;
    return text_of(run, node->kids[0], true, until, &text) ? text : kithi_operand_null();
}

static kithi_operand coalesce(kithi_run *run, const kithi_node *node, int64_t *until) {
    kithi_operand value = kithi_operand_null();
    for (size_t i = 0; i < node->kid_count && value.sort == KITHI_SORT_NULL; i++) {
        value = kithi_run_value(run, node->kids[i], until);
    }
    return value;
}

/* When a part had its value first, of the times before this one: from there on it changes next at
 * the same time. */
static int64_t part_begin(const kithi_zone *zone, kithi_date_part part, int64_t time_us) {
    int64_t until, found, high = time_us, low = time_us;
    kithi_calendar_part(zone, part, time_us, &until);
    for (int64_t step = 1000000; low > INT64_MIN / 2; step *= 2) {
        low = kithi_add_saturated(low, -step);
        kithi_calendar_part(zone, part, low, &found);
        if (found != until) {
            break;
        }
    }
    while (high - low > 1) {
        int64_t middle = low + (high - low) / 2;
        kithi_calendar_part(zone, part, middle, &found);
        if (found == until) {
            high = middle;
        } else {
            low = middle;
        }
    }
    return high;
}

/* How long until a moving time comes to another value of the part. */
static int64_t part_wait(const kithi_zone *zone, kithi_date_part part, const kithi_operand *time,
                         int64_t part_until) {
    kithi_operand border = kithi_operand_time(part_until, 0);
    if (time->slope >= 0) {
        return kithi_operand_crossing(KITHI_OP_LESS, time, &border);
    }
    border.as.us = part_begin(zone, part, time->as.us);
    return kithi_operand_crossing(KITHI_OP_GREATER_EQUAL, time, &border);
}

static kithi_operand date_part(kithi_run *run, const kithi_node *node, int64_t *until) {
    const kithi_zone *zone = run->executor->zone;
    kithi_date_part part = (kithi_date_part)kithi_date_part_of(node->kids[0]->as.text.data);
    kithi_operand moment = kithi_run_value(run, node->kids[1], until);
    int64_t part_until, value;
    kithi_operand_read_moment(&moment);
    if (moment.sort == KITHI_SORT_DATE) {
        value = kithi_date_part_of_day(part, moment.as.date_days);
    } else if (moment.sort == KITHI_SORT_TIME) {
        value = kithi_calendar_part(zone, part, moment.as.us, &part_until);
        if (moment.slope != 0) {
            kithi_lower(until,
                        kithi_ahead(run->now_us, part_wait(zone, part, &moment, part_until)));
        }
    } else {
        return kithi_operand_null();
    }
    return kithi_operand_number(kithi_decimal_of(value));
}

static kithi_operand call(kithi_run *run, const kithi_node *node, int64_t *until) {
    switch ((kithi_function)node->word) {
    case KITHI_FUNCTION_AGE:
        return age(run, node, until);
    case KITHI_FUNCTION_LOWER:
        return lower(run, node, until);
    case KITHI_FUNCTION_LENGTH:
        return length(run, node, until);
    case KITHI_FUNCTION_COALESCE:
        return coalesce(run, node, until);
    case KITHI_FUNCTION_DATE_PART:
        return date_part(run, node, until);
    default:
        return kithi_run_mark(run, node, until);
    }
}

/* All */

/* A difference that is a duration is one of moments, whichever way these are written. */
static kithi_operand combine(kithi_run *run, const kithi_node *node, int64_t *until) {
    kithi_operand a = kithi_run_value(run, node->kids[0], until);
    kithi_operand b = kithi_run_value(run, node->kids[1], until);
    if (node->op == KITHI_OP_SUBTRACT && node->sort == KITHI_SORT_DURATION) {
        kithi_operand_read_moment(&a);
        kithi_operand_read_moment(&b);
    }
    return kithi_operand_combine(node->op, run->executor->zone, a, b);
}

static kithi_operand literal(const kithi_node *node) {
    switch (node->op) {
    case KITHI_OP_BOOLEAN:
        return kithi_operand_boolean(node->as.boolean);
    case KITHI_OP_NUMBER:
        return kithi_operand_number(node->number);
    case KITHI_OP_TEXT:
        return kithi_operand_text(node->as.text.data, node->as.text.size);
    case KITHI_OP_DATE:
        return kithi_operand_date(node->as.date_days);
    case KITHI_OP_TIME:
        return kithi_operand_time(node->as.time_us, 0);
    case KITHI_OP_DURATION: {
        kithi_operand duration = {.sort = KITHI_SORT_DURATION, .as = {.us = node->as.duration_us}};
        return duration;
    }
    default:
        return kithi_operand_null();
    }
}

kithi_operand kithi_run_value(kithi_run *run, const kithi_node *node, int64_t *until) {
    switch (node->op) {
    case KITHI_OP_NOW:
        return kithi_operand_time(run->now_us, 1);
    case KITHI_OP_TODAY:
        return today(run, until);
    case KITHI_OP_ATTRIBUTE:
        return first_of(attribute_values(run, node, until));
    case KITHI_OP_PROPERTY:
        return first_of(property_values(run, node));
    case KITHI_OP_AT:
        return time_of_event(run, node);
    case KITHI_OP_ADD:
    case KITHI_OP_SUBTRACT:
    case KITHI_OP_MULTIPLY:
    case KITHI_OP_DIVIDE:
        return combine(run, node, until);
    case KITHI_OP_AGGREGATE:
        return kithi_run_aggregate(run, node, until);
    case KITHI_OP_CALL:
        return call(run, node, until);
    default:
        return node->op < KITHI_OP_NOW
                   ? literal(node)
                   : kithi_operand_boolean(kithi_run_condition(run, node, until));
    }
}
