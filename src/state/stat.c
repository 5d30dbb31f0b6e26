#include "src/base/sized.h"
#include "src/state/state.h"
#include "src/store/landing.h"
#include "src/store/size.h"

static int count_profiles(kith_txn *txn, kith_stat *stat) {
    uint64_t members;
    int rc = kithi_count(txn, KITHI_TABLE_RECORD, &stat->record_count);
    if (rc == KITH_OK) {
        rc = kithi_count(txn, KITHI_TABLE_MEMBER,
                         &members); /* one for each record that isn't its profile's smallest */
    }
    stat->profile_count = rc == KITH_OK ? stat->record_count - members : 0;
    return rc;
}

static int count_facts(kith_txn *txn, kith_stat *stat) {
    kithi_counters *counters;
    uint64_t sides = 0;
    int rc = kithi_txn_counters(txn, &counters);
    if (rc == KITH_OK) {
        rc = kithi_count(txn, KITHI_TABLE_EVENT_LOG, &stat->landed_event_count);
    }
    if (rc == KITH_OK) {
        stat->event_count = counters->packed_events + stat->landed_event_count;
        rc = kithi_count(txn, KITHI_TABLE_ASSERTION, &sides);
    }
    if (rc == KITH_OK) {
        stat->mark_count = counters->marks;
        stat->assertion_count =
            (sides - counters->marks) / 2; /* each stands under both of its records */
    }
    return rc;
}

static int count_identity(kith_txn *txn, kith_stat *stat) {
    int rc = kithi_landing_count(txn, KITHI_TABLE_IDENTIFIER, &stat->identifier_count);
    if (rc == KITH_OK) {
        rc = kithi_count(txn, KITHI_TABLE_GENERIC, &stat->generic_value_count);
    }
    if (rc == KITH_OK) {
        rc = kithi_count(txn, KITHI_TABLE_PENDING, &stat->pending_record_count);
    }
    return rc == KITH_OK
               ? kithi_identity_count_links(txn, &stat->link_count, &stat->refused_link_count)
               : rc;
}

static void count_definitions(kith_txn *txn, kith_stat *stat) {
    const kithi_catalog *catalog = kithi_txn_catalog(txn);
    stat->source_count = kithi_catalog_source_count(catalog);
    stat->attribute_count = kithi_catalog_attribute_count(catalog);
    stat->event_type_count = kithi_catalog_event_type_count(catalog);
}

int kith_stat_get(kith_txn *txn, kith_stat *out) {
    kith_stat stat = KITH_STAT_INIT;
    int rc = kithi_txn_check_read(txn);
    if (rc == KITH_OK) {
        rc = kithi_state_apply(txn);
    }
    if (rc == KITH_OK) {
        rc = count_profiles(txn, &stat);
    }
    if (rc == KITH_OK) {
        rc = count_facts(txn, &stat);
    }
    if (rc == KITH_OK) {
        rc = count_identity(txn, &stat);
    }
    if (rc == KITH_OK) {
        rc = kithi_dirty_count(txn, &stat.dirty_profile_count);
    }
    if (rc == KITH_OK) {
        rc = kithi_store_size(txn, &stat);
    }
    if (rc != KITH_OK) {
        return rc;
    }
    count_definitions(txn, &stat);
    kithi_give(out, &stat, sizeof stat);
    return KITH_OK;
}
