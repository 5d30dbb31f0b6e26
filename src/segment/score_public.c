/* What a profile's row says of scores, and of the orders that they are worked out from. */
#include "src/base/sized.h"
#include "src/segment/plans.h"
#include "src/store/txn.h"

static int damaged(const kith_profile *profile) {
    return kithi_error_set(kithi_txn_error(profile->txn), KITH_CORRUPT,
                           "a profile's row can't be read; run kith verify");
}

static int begin(const kith_profile *profile, const void *cursor, const void *out, const char *what,
                 kithi_slice *out_row, kithi_state_header *out_header) {
    if (profile == NULL || profile->txn == NULL) {
        return KITH_MISUSE;
    }
    if (cursor == NULL || out == NULL) {
        return kithi_error_set(kithi_txn_error(profile->txn), KITH_MISUSE,
                               "%s: a cursor and a place are required", what);
    }
    *out_row = (kithi_slice){profile->row, profile->row_bytes};
    return kithi_state_read_header(*out_row, out_header) ? KITH_OK : damaged(profile);
}

static int give_value(const kith_profile *profile, const kithi_score_entry *entry,
                      kith_score_value *out) {
    const kithi_plans *plans;
    int rc = kithi_plans_of(profile->txn, &plans);
    const kithi_plan *plan =
        rc == KITH_OK ? kithi_plan_of(plans, KITHI_CATALOG_SCORE, entry->score) : NULL;
    kithi_walker packed = kithi_walker_of(entry->packed.data, entry->packed.size);
    kith_score_value found = KITH_SCORE_VALUE_INIT;
    if (rc != KITH_OK) {
        return rc;
    }
    if (plan == NULL || entry->output >= plan->score.kind->output_count ||
        !kithi_walk_value(&packed, kithi_txn_arena(profile->txn), &found.value)) {
        return damaged(profile);
    }
    found.score = plan->formula->name;
    found.output = plan->score.kind->outputs[entry->output].name;
    kithi_give(out, &found, sizeof found);
    return KITH_OK;
}

int kith_profile_next_score_value(const kith_profile *profile, size_t *cursor,
                                  kith_score_value *out) {
    kithi_slice row;
    kithi_state_header header;
    kithi_score_entry entry;
    int rc = begin(profile, cursor, out, "kith_profile_next_score_value", &row, &header);
    if (rc != KITH_OK) {
        return rc;
    }
    kithi_walker walker = kithi_state_scores(row, &header);
    const uint8_t *start = walker.at;
    walker.at += *cursor;
    if (kithi_walker_done(&walker)) {
        return KITH_DONE;
    }
    if (!kithi_score_next(&walker, &entry)) {
        return damaged(profile);
    }
    *cursor = (size_t)(walker.at - start);
    return give_value(profile, &entry, out);
}

static void give_orders(const kithi_score_orders *of, const kithi_summary *s, kith_orders *out) {
    kith_orders found = {
        .event = of->event,
        .amount = of->amount,
        .refund = of->refund,
        .first_days = s->first_day,
        .last_days = s->last_day,
        .order_count = s->orders,
        .day_count = s->active_days,
        .paid_count = s->paid_orders,
        .refund_count = s->refund_count,
        .last_gap_days = s->last_gap,
        .spent_micros = s->spent_micros,
        .first_spent_micros = s->first_day_spent_micros,
        .refunded_micros = s->refunded_micros,
        .squares = (double)s->squares * 1e-12,
        .log_gaps = (double)s->log_gaps / KITHI_LOG_ONE,
    };
    kithi_give(out, &found, sizeof found);
}

int kith_profile_next_orders(const kith_profile *profile, size_t *cursor, kith_orders *out) {
    kithi_slice row;
    kithi_state_header header;
    const kithi_plans *plans;
    kithi_summary summary;
    uint16_t score;
    int rc = begin(profile, cursor, out, "kith_profile_next_orders", &row, &header);
    rc = rc == KITH_OK ? kithi_plans_of(profile->txn, &plans) : rc;
    if (rc != KITH_OK) {
        return rc;
    }
    if (!kithi_state_summary_at(row, &header, *cursor, &score, &summary)) {
        return KITH_DONE;
    }
    const kithi_plan *plan = kithi_plan_of(plans, KITHI_CATALOG_SCORE, score);
    if (plan == NULL || plan->score.orders == NULL) {
        return damaged(profile);
    }
    ++*cursor;
    give_orders(plan->score.orders, &summary, out);
    return KITH_OK;
}
