#include "src/identity/open_pairs.h"

#include "src/base/bytes.h"
#include "src/identity/identity.h"

typedef struct scan {
    kith_txn *txn;
    const kithi_model *model;
    kithi_map decided; /* pairs of profiles that a person decided on */
    int (*take)(void *context, const kithi_open_pair *pair);
    void *context;
} scan;

static int find_heads(kith_txn *txn, kithi_open_pair *pair) {
    int rc = kithi_identity_head(txn, pair->a, &pair->head_a);
    return rc == KITH_OK ? kithi_identity_head(txn, pair->b, &pair->head_b) : rc;
}

/* An unlink keeps the profiles apart; and a link that left them two is one that another unlink
 * overruled. */
static int take_decided(void *context, uint32_t a, uint32_t b) {
    scan *s = context;
    kithi_open_pair pair = {.a = a, .b = b};
    int rc = find_heads(s->txn, &pair);
    if (rc == KITH_OK && pair.head_a != pair.head_b &&
        kithi_map_put(&s->decided, kithi_open_pair_profiles(&pair), 0, NULL) == NULL) {
        rc = kithi_error_memory(kithi_txn_error(s->txn));
    }
    return rc;
}

/* What refused the link of a pair that is heavy enough. NONE: nothing yet. */
static int find_refusal(kith_txn *txn, kithi_open_pair *pair) {
    kithi_link link;
    int rc = kithi_link_find(txn, pair->a, pair->b, KITHI_LINK_SCORE, &link);
    if (rc == KITH_OK) {
        pair->rule = link.rule;
        pair->detail = link.detail;
    }
    return rc == KITH_NOT_FOUND ? KITH_OK : rc;
}

static int take_pair(scan *s, uint32_t record, uint32_t head, const kithi_scored *scored) {
    kithi_open_pair pair = {.a = record,
                            .b = scored->other,
                            .head_a = head,
                            .weight = scored->weight,
                            .pattern = scored->pattern};
    bool heavy = pair.weight >= s->model->link_at;
    int rc = kithi_identity_head(s->txn, pair.b, &pair.head_b);
    if (rc != KITH_OK || pair.head_a == pair.head_b ||
        kithi_map_get(&s->decided, kithi_open_pair_profiles(&pair)) != NULL) {
        return rc;
    }
    rc = heavy ? find_refusal(s->txn, &pair) : KITH_OK;
    if (rc != KITH_OK || (heavy && pair.rule == KITHI_RULE_NONE)) {
        return rc;
    }
    return s->take(s->context, &pair);
}

/* Each pair stands under both of its records; it is taken under the lesser one. */
static int take_scored(scan *s, uint32_t record, uint32_t head, kithi_slice row) {
    kithi_scored scored;
    if (!kithi_scored_read(row, &scored)) {
        return kithi_scored_damaged(s->txn);
    }
    return scored.other > record ? take_pair(s, record, head, &scored) : KITH_OK;
}

/* Links by an identifier, which weigh whatever the score says. */

/* One whose pair is scored is open by that, or was decided to be none. */
static int take_link(scan *s, uint32_t record, uint32_t head, kithi_slice row) {
    kithi_link link;
    kithi_scored weighed = {.weight = 0};
    bool scored = false;
    if (!kithi_link_read(row, &link)) {
        return kithi_links_damaged(s->txn);
    }
    if (link.rule == KITHI_RULE_NONE || link.other < record || link.type == KITHI_LINK_SCORE ||
        link.type == KITHI_LINK_DECISION) {
        return KITH_OK;
    }
    kithi_open_pair pair = {
        .a = record, .b = link.other, .head_a = head, .rule = link.rule, .detail = link.detail};
    int rc = kithi_identity_head(s->txn, pair.b, &pair.head_b);
    if (rc != KITH_OK || pair.head_a == pair.head_b ||
        kithi_map_get(&s->decided, kithi_open_pair_profiles(&pair)) != NULL) {
        return rc;
    }
    rc = kithi_scored_has(s->txn, pair.a, pair.b, &scored);
    if (rc != KITH_OK || scored) {
        return rc;
    }
    rc = kithi_scored_weigh(s->txn, s->model, pair.a, pair.b, &weighed);
    pair.weight = weighed.weight;
    pair.pattern = weighed.pattern;
    return rc == KITH_OK ? s->take(s->context, &pair) : rc;
}

/* All rows of a table of records, with the number of each record's profile. */
static int walk(scan *s, kithi_table table,
                int (*take)(scan *s, uint32_t record, uint32_t head, kithi_slice row)) {
    kithi_slice key = {NULL, 0}, row = {NULL, 0};
    kithi_cursor *cursor;
    uint32_t record = 0, head = 0;
    bool first = true;
    int rc = kithi_cursor_open(s->txn, table, &cursor);
    if (rc != KITH_OK) {
        return rc;
    }
    rc = kithi_cursor_seek(cursor, KITHI_SEEK_FIRST, &key, &row);
    while (rc == KITH_OK) {
        if (key.size != sizeof record) {
            rc = table == KITHI_TABLE_LINK ? kithi_links_damaged(s->txn)
                                           : kithi_scored_damaged(s->txn);
            break;
        }
        if (first || record != kithi_get32(key.data)) {
            record = kithi_get32(key.data);
            rc = kithi_identity_head(s->txn, record, &head);
            first = false;
        }
        rc = rc == KITH_OK ? take(s, record, head, row) : rc;
        rc = rc == KITH_OK ? kithi_cursor_seek(cursor, KITHI_SEEK_NEXT, &key, &row) : rc;
    }
    kithi_cursor_close(cursor);
    return rc == KITH_NOT_FOUND ? KITH_OK : rc;
}

int kithi_open_pairs_each(kith_txn *txn, const kithi_model *model,
                          int (*take)(void *context, const kithi_open_pair *pair), void *context) {
    scan s = {.txn = txn, .model = model, .take = take, .context = context};
    kithi_map_init(&s.decided);
    int rc = kithi_decided_each(txn, take_decided, &s);
    rc = rc == KITH_OK ? walk(&s, KITHI_TABLE_SCORED, take_scored) : rc;
    rc = rc == KITH_OK ? walk(&s, KITHI_TABLE_LINK, take_link) : rc;
    kithi_map_clear(&s.decided);
    return rc;
}
