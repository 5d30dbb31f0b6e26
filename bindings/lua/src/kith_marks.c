/* What a profile shows of tags, consents, points and scores. */
#include "kith_lua.h"

/* Where, when and by whom something was said. The transaction is held. */
static void set_said(lua_State *L, klua_txn *txn, uint32_t record, int64_t at_us, const char *by) {
    klua_push_reference(L, txn, record);
    lua_setfield(L, -2, "record");
    klua_set_time(L, "at", at_us);
    klua_set_text(L, "by", by);
}

static void push_tag(lua_State *L, klua_txn *txn, const kith_tag *tag) {
    lua_createtable(L, 0, 9);
    klua_set_text(L, "tag", tag->name);
    if (tag->value.type != KITH_TYPE_NULL) {
        klua_push_value(L, &tag->value);
        lua_setfield(L, -2, "value");
    }
    klua_set_text(L, "origin", kith_origin_name(tag->origin));
    klua_set_integer(L, "confidence", tag->confidence);
    klua_set_time(L, "expires", tag->expires_at_us);
    set_said(L, txn, tag->record, tag->at_us, tag->by);
}

static int profile_tag(lua_State *L) {
    const char *name = klua_check_text(L, 2);
    klua_profile *profile = klua_check_profile(L);
    kith_tag tag = KITH_TAG_INIT;
    int rc = kith_profile_tag(&profile->view, name, &tag);
    if (rc != KITH_OK) {
        return klua_fail_txn(L, profile->txn, rc);
    }
    profile->txn->held++;
    push_tag(L, profile->txn, &tag);
    profile->txn->held--;
    return 1;
}

static void push_tags(lua_State *L, klua_txn *txn, const kith_profile *view) {
    kith_tag tag = KITH_TAG_INIT;
    size_t cursor = 0;
    lua_newtable(L);
    while (kith_profile_next_tag(view, &cursor, &tag) == KITH_OK) {
        push_tag(L, txn, &tag);
        lua_setfield(L, -2, tag.name);
    }
}

static void push_consents(lua_State *L, klua_txn *txn, const kith_profile *view) {
    kith_consent consent = KITH_CONSENT_INIT;
    size_t cursor = 0;
    lua_newtable(L);
    for (int i = 1; kith_profile_next_consent(view, &cursor, &consent) == KITH_OK; i++) {
        lua_createtable(L, 0, 6);
        klua_set_text(L, "purpose", consent.purpose);
        klua_set_text(L, "channel", consent.channel);
        klua_set_boolean(L, "granted", consent.granted);
        set_said(L, txn, consent.record, consent.at_us, consent.by);
        lua_rawseti(L, -2, i);
    }
}

static void push_points(lua_State *L, klua_txn *txn, const kith_profile *view) {
    kith_points points = KITH_POINTS_INIT;
    size_t cursor = 0;
    (void)txn;
    lua_newtable(L);
    while (kith_profile_next_points(view, &cursor, &points) == KITH_OK) {
        lua_createtable(L, 0, 5);
        klua_set_micros(L, "balance", "balance_micros", points.balance_micros);
        klua_set_integer(L, "count", points.entry_count);
        klua_set_time(L, "last", points.last_us);
        klua_set_boolean(L, "overflow", points.overflow);
        lua_setfield(L, -2, points.ledger);
    }
}

static void push_scores(lua_State *L, klua_txn *txn, const kith_profile *view) {
    kith_score score = KITH_SCORE_INIT;
    size_t cursor = 0;
    lua_newtable(L);
    while (kith_profile_next_score(view, &cursor, &score) == KITH_OK) {
        lua_createtable(L, 0, 5);
        klua_set_micros(L, "value", "value_micros", score.value_micros);
        set_said(L, txn, score.record, score.at_us, score.by);
        lua_setfield(L, -2, score.name);
    }
}

typedef void (*push_fn)(lua_State *L, klua_txn *txn, const kith_profile *view);

static int push_all(lua_State *L, push_fn push) {
    klua_profile *profile = klua_check_profile(L);
    profile->txn->held++;
    push(L, profile->txn, &profile->view);
    profile->txn->held--;
    return 1;
}

static int profile_tags(lua_State *L) {
    return push_all(L, push_tags);
}

static int profile_consents(lua_State *L) {
    return push_all(L, push_consents);
}

static int profile_points(lua_State *L) {
    return push_all(L, push_points);
}

static int profile_scores(lua_State *L) {
    return push_all(L, push_scores);
}

static void release_tags(void *memory) {
    kith_tag_iter_close(memory);
}

static int profile_tag_history(lua_State *L) {
    klua_owned *box = klua_owned_new(L, release_tags);
    klua_profile *profile = klua_check_profile(L);
    kith_tag_iter *iter = NULL;
    kith_tag tag = KITH_TAG_INIT;
    int rc = kith_tag_iter_open(&profile->view, &iter);
    box->memory = iter;
    if (rc != KITH_OK) {
        return klua_fail_txn(L, profile->txn, rc);
    }
    profile->txn->held++;
    lua_newtable(L);
    for (int i = 1; kith_tag_iter_next(iter, &tag) == KITH_OK; i++) {
        push_tag(L, profile->txn, &tag);
        klua_set_boolean(L, "removed", tag.removed);
        lua_rawseti(L, -2, i);
    }
    profile->txn->held--;
    klua_owned_free(box);
    return 1;
}

static void release_marks(void *memory) {
    kith_mark_iter_close(memory);
}

static void push_mark(lua_State *L, klua_txn *txn, const kith_mark *mark) {
    lua_createtable(L, 0, 7);
    switch (mark->kind) {
    case KITH_MARK_CONSENT:
        klua_set_text(L, "purpose", mark->name);
        klua_set_text(L, "channel", mark->detail);
        klua_set_boolean(L, "granted", mark->granted);
        break;
    case KITH_MARK_POINTS:
        klua_set_text(L, "ledger", mark->name);
        klua_set_text(L, "entry", mark->detail);
        klua_set_micros(L, "amount", "amount_micros", mark->micros);
        break;
    case KITH_MARK_SCORE:
        klua_set_text(L, "score", mark->name);
        klua_set_micros(L, "value", "value_micros", mark->micros);
        break;
    }
    set_said(L, txn, mark->record, mark->at_us, mark->by);
}

static int push_history(lua_State *L, kith_mark_kind kind) {
    klua_owned *box = klua_owned_new(L, release_marks);
    klua_profile *profile = klua_check_profile(L);
    kith_mark_iter *iter = NULL;
    kith_mark mark = KITH_MARK_INIT;
    int rc = kith_mark_iter_open(&profile->view, kind, &iter);
    box->memory = iter;
    if (rc != KITH_OK) {
        return klua_fail_txn(L, profile->txn, rc);
    }
    profile->txn->held++;
    lua_newtable(L);
    for (int i = 1; kith_mark_iter_next(iter, &mark) == KITH_OK; i++) {
        push_mark(L, profile->txn, &mark);
        lua_rawseti(L, -2, i);
    }
    profile->txn->held--;
    klua_owned_free(box);
    return 1;
}

static int profile_consent_history(lua_State *L) {
    return push_history(L, KITH_MARK_CONSENT);
}

static int profile_points_history(lua_State *L) {
    return push_history(L, KITH_MARK_POINTS);
}

static int profile_score_history(lua_State *L) {
    return push_history(L, KITH_MARK_SCORE);
}

static int profile_consent(lua_State *L) {
    const char *purpose = klua_check_text(L, 2);
    const char *channel = klua_optional_text(L, 3);
    klua_profile *profile = klua_check_profile(L);
    bool granted = false;
    int rc = kith_profile_consent(&profile->view, purpose, channel, &granted, NULL);
    if (rc != KITH_OK) {
        return klua_fail_txn(L, profile->txn, rc);
    }
    lua_pushboolean(L, granted);
    return 1;
}

/* A number, and the same in millionths, which is exact. */
static int push_number(lua_State *L, int64_t micros) {
    lua_pushnumber(L, (double)micros / 1e6);
    klua_push_integer(L, micros);
    return 2;
}

static int profile_balance(lua_State *L) {
    const char *ledger = klua_check_text(L, 2);
    klua_profile *profile = klua_check_profile(L);
    int64_t micros = 0;
    int rc = kith_profile_points(&profile->view, ledger, &micros);
    return rc == KITH_OK ? push_number(L, micros) : klua_fail_txn(L, profile->txn, rc);
}

static int profile_score(lua_State *L) {
    const char *name = klua_check_text(L, 2);
    klua_profile *profile = klua_check_profile(L);
    kith_score score = KITH_SCORE_INIT;
    int rc = kith_profile_score(&profile->view, name, &score);
    return rc == KITH_OK ? push_number(L, score.value_micros) : klua_fail_txn(L, profile->txn, rc);
}

void klua_set_profile_marks(lua_State *L, klua_txn *txn, const kith_profile *view) {
    push_tags(L, txn, view);
    lua_setfield(L, -2, "tags");
    push_consents(L, txn, view);
    lua_setfield(L, -2, "consents");
    push_points(L, txn, view);
    lua_setfield(L, -2, "points");
    push_scores(L, txn, view);
    lua_setfield(L, -2, "scores");
}

const luaL_Reg klua_profile_marks[] = {{"tag", profile_tag},
                                       {"tags", profile_tags},
                                       {"tag_history", profile_tag_history},
                                       {"consent_history", profile_consent_history},
                                       {"points_history", profile_points_history},
                                       {"score_history", profile_score_history},
                                       {"consent", profile_consent},
                                       {"consents", profile_consents},
                                       {"balance", profile_balance},
                                       {"points", profile_points},
                                       {"score", profile_score},
                                       {"scores", profile_scores},
                                       {NULL, NULL}};
