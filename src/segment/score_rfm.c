/*
 * RFM as a score: the customer's days since the last order, orders and net amounts, each in the bin
 * that the cuts learnt put it in, and the named segment that they fall in.
 *
 *   {"kind": "rfm", "event": "order", "amount": "total", "bins": 5}
 */
#include "src/segment/score_rfm.h"

#include <string.h>

#include "src/base/amount.h"
#include "src/base/integer.h"
#include "src/segment/run.h"
#include "src/segment/score_kinds.h"
#include "src/segment/score_tell.h"

#define BINS_USUAL 5

typedef enum output { CODE, SEGMENT, RECENCY, FREQUENCY, MONETARY, OUTPUTS } output;

static const kithi_score_output outputs[OUTPUTS] = {
    [CODE] = {"code", KITHI_SORT_NUMBER, true, "the three scores in a row, as 543"},
    [SEGMENT] = {"segment", KITHI_SORT_TEXT, true, "the named segment that they fall in"},
    [RECENCY] = {"r", KITHI_SORT_NUMBER, true, "recency, the highest for the latest"},
    [FREQUENCY] = {"f", KITHI_SORT_NUMBER, true, "frequency"},
    [MONETARY] = {"m", KITHI_SORT_NUMBER, true, "monetary value"},
};

static int read_settings(kithi_score_reader *r, json_t *root) {
    kithi_score_rfm_settings *s = kithi_score_room(r, 1, sizeof *s);
    int64_t bins = BINS_USUAL;
    if (s == NULL) {
        return KITH_NO_MEMORY;
    }
    r->model->settings = s;
    int rc = kithi_score_read_orders(r, root);
    rc = rc == KITH_OK ? kithi_json_integer(&r->json, root, "bins", KITHI_BINS_MAX, &bins) : rc;
    if (rc == KITH_OK && bins < KITHI_BINS_MIN) {
        rc = kithi_json_refuse_member(&r->json, "bins", "expected 2 to 10");
    }
    s->bins = (unsigned)bins;
    return rc;
}

/* Fitted */

typedef struct reading {
    kithi_cuts *cuts;
    bool amounts; /* they are in millionths, written as decimals */
} reading;

static int read_cut(kithi_score_reader *r, json_t *member, size_t at, void *context) {
    const reading *in = context;
    const char *text = json_string_value(member);
    bool read = in->amounts
                    ? text != NULL && kithi_amount_micros(text, strlen(text), &in->cuts->at[at])
                    : json_is_integer(member);
    if (!read) {
        return kithi_json_refuse(&r->json, in->amounts ? "expected amounts, as texts"
                                                       : "expected whole numbers");
    }
    if (!in->amounts) {
        in->cuts->at[at] = json_integer_value(member);
    }
    return at == 0 || in->cuts->at[at] >= in->cuts->at[at - 1]
               ? KITH_OK
               : kithi_json_refuse(&r->json, "expected cuts that don't fall");
}

static int read_cuts(kithi_score_reader *r, json_t *object, const char *key, bool amounts,
                     kithi_cuts *out) {
    const kithi_score_rfm_settings *s = r->model->settings;
    reading in = {out, amounts};
    size_t count = 0;
    int rc = kithi_score_list(r, object, key, s->bins - 1, read_cut, &in, &count);
    if (rc == KITH_OK && count + 1 != s->bins) {
        return kithi_json_refuse_member(&r->json, key, "expected a cut between each two bins");
    }
    out->bins = s->bins;
    return rc;
}

static int read_fitted(kithi_score_reader *r, json_t *object) {
    kithi_rfm_cuts *cuts = kithi_score_room(r, 1, sizeof *cuts);
    if (cuts == NULL) {
        return KITH_NO_MEMORY;
    }
    int rc = read_cuts(r, object, "days", false, &cuts->days);
    rc = rc == KITH_OK ? read_cuts(r, object, "orders", false, &cuts->orders) : rc;
    rc = rc == KITH_OK ? read_cuts(r, object, "amounts", true, &cuts->micros) : rc;
    r->model->fitted = cuts;
    return rc;
}

/* Running */

typedef struct standing {
    int64_t days, orders, micros;
    kithi_rfm_code code;
} standing;

/* False: the customer has no orders, or nothing is learnt. Only the day at which the days since the
 * last order fall in another bin changes it. */
static bool find_standing(kithi_run *run, const kithi_plan *plan, int64_t *until, standing *out) {
    const kithi_rfm_cuts *cuts = plan->score.fitted;
    const kithi_summary *s = kithi_run_orders(run, plan->score.orders, until);
    int64_t tomorrow_us = KITHI_FOR_EVER;
    if (cuts == NULL || s->orders == 0) {
        return false;
    }
    out->days = kithi_run_day(run, &tomorrow_us) - s->last_day;
    out->orders = s->orders;
    out->micros = kithi_summary_net_micros(s);
    out->code = kithi_rfm_score(cuts, out->days, out->orders, out->micros);
    int64_t next = kithi_cuts_next(&cuts->days, out->days);
    if (next != INT64_MAX) {
        kithi_run_until_day(run, kithi_add_saturated(s->last_day, next), until);
    }
    return true;
}

static kithi_operand segment_of(const kithi_rfm_cuts *cuts, kithi_rfm_code code) {
    kithi_rfm_segments known = kithi_rfm_retail();
    size_t place = kithi_rfm_segment_of(&known, cuts->days.bins, code);
    return place < known.count
               ? kithi_operand_text(known.items[place].name, strlen(known.items[place].name))
               : kithi_operand_null();
}

static int64_t number_of(output which, kithi_rfm_code code) {
    switch (which) {
    case RECENCY:
        return code.r;
    case FREQUENCY:
        return code.f;
    case MONETARY:
        return code.m;
    default:
        return code.r * 100 + code.f * 10 + code.m;
    }
}

static kithi_operand run_rfm(kithi_run *run, const kithi_plan *plan, size_t which, int64_t *until) {
    standing found;
    if (!find_standing(run, plan, until, &found)) {
        return kithi_operand_null();
    }
    return which == SEGMENT
               ? segment_of(plan->score.fitted, found.code)
               : kithi_operand_number(kithi_decimal_of(number_of((output)which, found.code)));
}

static void tell_rfm(kithi_run *run, const kithi_plan *plan, kithi_score_telling *telling,
                     int64_t *until) {
    standing found;
    char amount[KITHI_DECIMAL_TEXT_BYTES];
    if (!find_standing(run, plan, until, &found)) {
        kithi_score_tell(telling, plan->score.fitted == NULL ? "it isn't fitted yet"
                                                             : "there are no orders");
        return;
    }
    kithi_run_day(run, until); /* the days since are told */
    kithi_decimal_format(found.micros, amount);
    kithi_score_tell(telling, "R %u: the last order is %lld day%s ago", found.code.r,
                     (long long)found.days, found.days == 1 ? "" : "s");
    kithi_score_tell(telling, "F %u: %lld order%s", found.code.f, (long long)found.orders,
                     found.orders == 1 ? "" : "s");
    kithi_score_tell(telling, "M %u: %s in all", found.code.m, amount);
}

const kithi_score_kind kithi_score_rfm = {
    .name = "rfm",
    .outputs = outputs,
    .output_count = OUTPUTS,
    .learns = true,
    .keys = (const char *const[]){"event", "amount", "refund", "bins", NULL},
    .read = read_settings,
    .read_fitted = read_fitted,
    .run = run_rfm,
    .tell = tell_rfm,
};
