#include "src/cli/mark_table.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* For people */

void cli_marks_add_traits(cli_table *table, const kith_profile *profile, const char *label) {
    kith_profile_trait_value found = KITH_PROFILE_TRAIT_VALUE_INIT;
    size_t cursor = 0;
    while (kith_profile_next_trait(profile, &cursor, &found) == KITH_OK) {
        char *value = cli_value_text(&found.value);
        cli_table_add(table, "%s%s", label, found.trait);
        cli_table_add(table, "%s", value);
        for (size_t i = 2; i < strlen(CLI_MARK_COLUMNS); i++) {
            cli_table_add(table, "%s", "");
        }
        free(value);
    }
}

void cli_marks_add_segments(cli_table *table, const kith_profile *profile) {
    char *all = NULL;
    const char *name;
    size_t cursor = 0;
    while (kith_profile_next_segment(profile, &cursor, &name) == KITH_OK) {
        char *longer = cli_format("%s%s%s", all != NULL ? all : "", all != NULL ? ", " : "", name);
        free(all);
        all = longer;
    }
    if (all != NULL) {
        cli_table_add(table, "segments");
        cli_table_add(table, "%s", all);
        for (size_t i = 2; i < strlen(CLI_MARK_COLUMNS); i++) {
            cli_table_add(table, "%s", "");
        }
    }
    free(all);
}

static void add_record(cli_table *table, kith_txn *txn, uint32_t number) {
    char *record = cli_record_text(txn, number);
    cli_table_add(table, "%s", record);
    free(record);
}

static void add_date(cli_table *table, int64_t time_us) {
    char date[KITH_TIME_TEXT_BYTES];
    kith_time_format(time_us, date);
    cli_table_add(table, "%.10s", date);
}

/* "until 2025-01-01, rule, 90%, by ann": what isn't as usual. */
static char *note_of_tag(const kith_tag *tag) {
    char until[KITH_TIME_TEXT_BYTES] = "", sure[16] = "";
    bool expires = tag->expires_at_us != INT64_MAX, by_hand = tag->origin == KITH_ORIGIN_MANUAL;
    if (expires) {
        kith_time_format(tag->expires_at_us, until);
    }
    if (!tag->removed && tag->confidence < 100) {
        snprintf(sure, sizeof sure, ", %" PRIu32 "%%", tag->confidence);
    }
    char *note = cli_format("%s%.10s%s%s%s%s%s", expires ? ", until " : "", until,
                            by_hand ? "" : ", ", by_hand ? "" : kith_origin_name(tag->origin), sure,
                            tag->by != NULL ? ", by " : "", tag->by != NULL ? tag->by : "");
    if (note[0] != '\0') {
        memmove(note, note + 2, strlen(note) - 1);
    }
    return note;
}

static void add_tag(cli_table *table, kith_txn *txn, const kith_tag *tag) {
    char *value = cli_value_text(&tag->value);
    char *note = note_of_tag(tag);
    cli_table_add(table, "%s", tag->value.type != KITH_TYPE_NULL ? value : "");
    add_record(table, txn, tag->record);
    add_date(table, tag->at_us);
    cli_table_add(table, "%s", note);
    free(note);
    free(value);
}

void cli_marks_add_tags(cli_table *table, kith_txn *txn, const kith_profile *profile,
                        const char *label) {
    kith_tag tag = KITH_TAG_INIT;
    size_t cursor = 0;
    while (kith_profile_next_tag(profile, &cursor, &tag) == KITH_OK) {
        cli_table_add(table, "%s%s", label, tag.name);
        add_tag(table, txn, &tag);
    }
}

void cli_marks_add_history(cli_table *table, kith_txn *txn, const kith_tag *tag) {
    cli_table_add(table, "%s %s", tag->removed ? "removed" : "set", tag->name);
    add_tag(table, txn, tag);
}

void cli_marks_add_consents(cli_table *table, kith_txn *txn, const kith_profile *profile,
                            const char *label) {
    kith_consent consent = KITH_CONSENT_INIT;
    size_t cursor = 0;
    while (kith_profile_next_consent(profile, &cursor, &consent) == KITH_OK) {
        bool any = consent.channel == NULL;
        cli_table_add(table, "%s%s%s%s", label, consent.purpose, any ? "" : " by ",
                      any ? "" : consent.channel);
        cli_table_add(table, "%s", consent.granted ? "granted" : "withdrawn");
        add_record(table, txn, consent.record);
        add_date(table, consent.at_us);
        cli_table_add(table, "%s%s", consent.by != NULL ? "by " : "",
                      consent.by != NULL ? consent.by : "");
    }
}

void cli_marks_add_points(cli_table *table, const kith_profile *profile, const char *label) {
    kith_points points = KITH_POINTS_INIT;
    char number[CLI_NUMBER_BYTES];
    size_t cursor = 0;
    while (kith_profile_next_points(profile, &cursor, &points) == KITH_OK) {
        cli_table_add(table, "%s%s", label, points.ledger);
        cli_table_add(table, "%s", cli_micros_text(points.balance_micros, number));
        cli_table_add(table, "%s entr%s", cli_count_text(points.entry_count, number),
                      points.entry_count == 1 ? "y" : "ies");
        add_date(table, points.last_us);
        cli_table_add(table, "%s", points.overflow ? "and more" : "");
    }
}

void cli_marks_add_scores(cli_table *table, kith_txn *txn, const kith_profile *profile,
                          const char *label) {
    kith_score score = KITH_SCORE_INIT;
    char number[CLI_NUMBER_BYTES];
    size_t cursor = 0;
    while (kith_profile_next_score(profile, &cursor, &score) == KITH_OK) {
        cli_table_add(table, "%s%s", label, score.name);
        cli_table_add(table, "%s", cli_micros_text(score.value_micros, number));
        add_record(table, txn, score.record);
        add_date(table, score.at_us);
        cli_table_add(table, "%s%s", score.by != NULL ? "by " : "",
                      score.by != NULL ? score.by : "");
    }
}

/* JSON */

static void json_said(cli_json *json, kith_txn *txn, uint32_t number, int64_t at_us,
                      const char *by) {
    kith_record record = KITH_RECORD_INIT;
    if (kith_record_get_number(txn, number, &record) == KITH_OK) {
        cli_json_text(json, "source", record.source);
        cli_json_text(json, "key", record.key);
    }
    cli_json_time(json, "at", at_us);
    cli_json_text(json, "by", by);
}

void cli_json_tag(cli_json *json, kith_txn *txn, const kith_tag *tag) {
    cli_json_object(json, NULL);
    cli_json_text(json, "tag", tag->name);
    cli_json_value(json, "value", &tag->value);
    cli_json_text(json, "origin", kith_origin_name(tag->origin));
    cli_json_count(json, "confidence", tag->confidence);
    cli_json_time(json, "expires", tag->expires_at_us);
    json_said(json, txn, tag->record, tag->at_us, tag->by);
    cli_json_boolean(json, "removed", tag->removed);
    cli_json_end(json);
}

void cli_json_traits(cli_json *json, const kith_profile *profile) {
    kith_profile_trait_value found = KITH_PROFILE_TRAIT_VALUE_INIT;
    size_t cursor = 0;
    cli_json_list(json, "traits");
    while (kith_profile_next_trait(profile, &cursor, &found) == KITH_OK) {
        cli_json_object(json, NULL);
        cli_json_text(json, "trait", found.trait);
        cli_json_value(json, "value", &found.value);
        cli_json_end(json);
    }
    cli_json_end(json);
}

void cli_json_segments(cli_json *json, const kith_profile *profile) {
    const char *name;
    size_t cursor = 0;
    cli_json_list(json, "segments");
    while (kith_profile_next_segment(profile, &cursor, &name) == KITH_OK) {
        cli_json_text(json, NULL, name);
    }
    cli_json_end(json);
}

void cli_json_tags(cli_json *json, kith_txn *txn, const kith_profile *profile) {
    kith_tag tag = KITH_TAG_INIT;
    size_t cursor = 0;
    cli_json_list(json, "tags");
    while (kith_profile_next_tag(profile, &cursor, &tag) == KITH_OK) {
        cli_json_tag(json, txn, &tag);
    }
    cli_json_end(json);
}

void cli_json_consents(cli_json *json, kith_txn *txn, const kith_profile *profile) {
    kith_consent consent = KITH_CONSENT_INIT;
    size_t cursor = 0;
    cli_json_list(json, "consents");
    while (kith_profile_next_consent(profile, &cursor, &consent) == KITH_OK) {
        cli_json_object(json, NULL);
        cli_json_text(json, "purpose", consent.purpose);
        cli_json_text(json, "channel", consent.channel);
        cli_json_boolean(json, "granted", consent.granted);
        json_said(json, txn, consent.record, consent.at_us, consent.by);
        cli_json_end(json);
    }
    cli_json_end(json);
}

void cli_json_points(cli_json *json, const kith_profile *profile) {
    kith_points points = KITH_POINTS_INIT;
    size_t cursor = 0;
    cli_json_list(json, "points");
    while (kith_profile_next_points(profile, &cursor, &points) == KITH_OK) {
        cli_json_object(json, NULL);
        cli_json_text(json, "ledger", points.ledger);
        cli_json_micros(json, "balance", points.balance_micros);
        cli_json_count(json, "entries", points.entry_count);
        cli_json_time(json, "last", points.last_us);
        cli_json_boolean(json, "overflow", points.overflow);
        cli_json_end(json);
    }
    cli_json_end(json);
}

void cli_json_scores(cli_json *json, kith_txn *txn, const kith_profile *profile) {
    kith_score score = KITH_SCORE_INIT;
    size_t cursor = 0;
    cli_json_list(json, "scores");
    while (kith_profile_next_score(profile, &cursor, &score) == KITH_OK) {
        cli_json_object(json, NULL);
        cli_json_text(json, "score", score.name);
        cli_json_micros(json, "value", score.value_micros);
        json_said(json, txn, score.record, score.at_us, score.by);
        cli_json_end(json);
    }
    cli_json_end(json);
}

/* Histories */

static void add_mark(cli_table *table, kith_txn *txn, const kith_mark *mark) {
    char number[CLI_NUMBER_BYTES];
    bool consent = mark->kind == KITH_MARK_CONSENT, channel = consent && mark->detail != NULL;
    cli_table_add(table, "%s%s%s", mark->name, channel ? " by " : "", channel ? mark->detail : "");
    if (consent) {
        cli_table_add(table, "%s", mark->granted ? "granted" : "withdrawn");
    } else {
        cli_table_add(table, "%s", cli_micros_text(mark->micros, number));
    }
    add_record(table, txn, mark->record);
    add_date(table, mark->at_us);
    cli_table_add(table, "%s%s", mark->by != NULL ? "by " : "", mark->by != NULL ? mark->by : "");
    cli_table_add(table, "%s", mark->kind == KITH_MARK_POINTS ? mark->detail : "");
}

static void json_mark(cli_json *json, kith_txn *txn, const kith_mark *mark) {
    cli_json_object(json, NULL);
    if (mark->kind == KITH_MARK_CONSENT) {
        cli_json_text(json, "purpose", mark->name);
        cli_json_text(json, "channel", mark->detail);
        cli_json_boolean(json, "granted", mark->granted);
    } else if (mark->kind == KITH_MARK_POINTS) {
        cli_json_text(json, "ledger", mark->name);
        cli_json_text(json, "entry", mark->detail);
        cli_json_micros(json, "amount", mark->micros);
    } else {
        cli_json_text(json, "score", mark->name);
        cli_json_micros(json, "value", mark->micros);
    }
    json_said(json, txn, mark->record, mark->at_us, mark->by);
    cli_json_end(json);
}

/* Each goes to the table, or, where there is one, to the JSON. */
static int each_mark(const cli_session *session, const kith_profile *profile, kith_mark_kind kind,
                     cli_table *table, cli_json *json) {
    kith_mark_iter *iter = NULL;
    kith_mark mark = KITH_MARK_INIT;
    if (kith_mark_iter_open(profile, kind, &iter) != KITH_OK) {
        return cli_session_fail(session);
    }
    while (kith_mark_iter_next(iter, &mark) == KITH_OK) {
        if (json != NULL) {
            json_mark(json, session->txn, &mark);
        } else {
            add_mark(table, session->txn, &mark);
        }
    }
    kith_mark_iter_close(iter);
    return CLI_OK;
}

int cli_marks_print_history(const cli_session *session, const kith_profile *profile,
                            kith_mark_kind kind) {
    cli_table table;
    cli_table_init(&table, kind == KITH_MARK_CONSENT ? "llllll" : "lrllll");
    int result = each_mark(session, profile, kind, &table, NULL);
    cli_table_print(&table, stdout);
    cli_table_clear(&table);
    return result;
}

int cli_json_marks_history(cli_json *json, const cli_session *session, const kith_profile *profile,
                           kith_mark_kind kind) {
    cli_json_list(json, "history");
    int result = each_mark(session, profile, kind, NULL, json);
    cli_json_end(json);
    return result;
}
