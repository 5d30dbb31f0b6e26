#include "tests/fault/stage.h"

#include "src/identity/block_index.h"
#include "src/match/model_json.h"
#include "src/match/model_row.h"
#include "tests/unit/arrow_stand.h"

#define PEOPLE 24

/* The store */

static void put_people(kith_txn *txn) {
    static const char *const names[] = {"Ann", "Bob", "Cem", "Dora", "Eva", "Fritz"};
    for (int i = 0; i < PEOPLE; i++) {
        char key[16], email[40], phone[24];
        int64_t at_us = SCRATCH_NOW_US - (i + 10) * SCRATCH_DAY_US;
        snprintf(key, sizeof key, "%d", i);
        snprintf(email, sizeof email, "p%d@mail.test", i);
        snprintf(phone, sizeof phone, "+4930901820%02d", i % 12);
        const char *name = names[i % 6];
        scratch_record(txn, kith_record_put, "crm", key, at_us, NULL, "email", email, "given_name",
                       name, "birth_date", "1980-02-03", "city", "Berlin", NULL);
        scratch_record(txn, kith_record_put, "shop", key, at_us + 7, NULL, "email", email, "phone",
                       phone, "given_name", name, "size", "L", NULL);
    }
}

/* A family (veto), a tablet (shared), a till's address (blocked), a hotline (generic). */
static void put_rules(kith_txn *txn) {
    int64_t at_us = SCRATCH_NOW_US - 9 * SCRATCH_DAY_US;
    scratch_record(txn, kith_record_put, "crm", "jim", at_us, NULL, "email", "muir@mail.test",
                   "given_name", "Jim", "birth_date", "1950-01-01", NULL);
    scratch_record(txn, kith_record_put, "crm", "jane", at_us, NULL, "email", "muir@mail.test",
                   "given_name", "Jane", "birth_date", "1988-05-05", NULL);
    scratch_record(txn, kith_record_put, "web", "tablet", at_us, NULL, "loyalty_id", "L100",
                   "device_id", "d-1", NULL);
    scratch_record(txn, kith_record_add, "web", "tablet", at_us, NULL, "loyalty_id", "L200", NULL);
    scratch_record(txn, kith_record_put, "web", "till", at_us, NULL, "email", "info@shop.test",
                   NULL);
    for (int i = 0; i < 11; i++) {
        char key[16], name[16];
        snprintf(key, sizeof key, "h%d", i);
        snprintf(name, sizeof name, "Name%c", 'A' + i);
        scratch_record(txn, kith_record_put, "web", key, at_us + i, NULL, "phone", "+493055501",
                       "given_name", name, NULL);
    }
    kith_record_link(txn, "crm", "3", "crm", "4", "desk", at_us, NULL);
    kith_record_unlink(txn, "crm", "5", "shop", "5", "desk", at_us, NULL);
}

static void put_events(kith_txn *txn, int from, int to) {
    for (int i = from; i < to; i++) {
        char key[16], id[16], amount[16];
        snprintf(key, sizeof key, "%d", i % 5);
        snprintf(id, sizeof id, "m-%d", i);
        snprintf(amount, sizeof amount, "%d.50", i);
        scratch_event(txn, "shop", key, i % 3 ? "order" : "visit",
                      SCRATCH_NOW_US - (i % 17) * SCRATCH_DAY_US, i % 2 ? id : NULL, NULL, "amount",
                      amount, "shop", "north", NULL);
    }
}

/* People that share no identifier; names misspelt, a birthday swapped. */
static void put_likely(kith_txn *txn) {
    static const char *const people[][3] = {
        {"Katharina", "Lehmann", "1971-04-09"}, {"Katarina", "Lehmann", "1971-04-09"},
        {"Katharina", "Lehman", "1971-09-04"},  {"Rupert", "Oberhof", "1958-11-30"},
        {"Rupert", "Oberhoff", "1958-11-30"},   {"Wilma", "Oberhof", "1961-02-17"},
    };
    for (size_t i = 0; i < sizeof people / sizeof people[0]; i++) {
        char key[16];
        snprintf(key, sizeof key, "l%d", (int)i);
        scratch_record(txn, kith_record_put, "fair", key, SCRATCH_NOW_US - SCRATCH_DAY_US, NULL,
                       "given_name", people[i][0], "family_name", people[i][1], "birth_date",
                       people[i][2], "city", "Bonn", NULL);
    }
}

/* Some profiles are settled and clean, others dirty; some events are packed, others have landed. */
static void make_store(const char *path) {
    kith *store = scratch_open(path, KITH_CREATE_NEW);
    kith_txn *txn = scratch_begin(store, KITH_WRITE);
    put_people(txn);
    put_rules(txn);
    put_likely(txn);
    put_events(txn, 0, 60);
    scratch_commit(txn);
    txn = scratch_begin(store, KITH_WRITE);
    scratch_must(kith_settle(txn, SCRATCH_NOW_US, 0, NULL) == KITH_OK, "kith_settle", path);
    scratch_commit(txn);
    txn = scratch_begin(store, KITH_WRITE);
    put_events(txn, 60, 90);
    scratch_record(txn, kith_record_patch, "crm", "7", SCRATCH_NOW_US, NULL, "city", "Bonn", NULL);
    scratch_commit(txn);
    kith_close(store);
}

static int resolve(kith *store, kith_error *error) {
    kith_resolve_options options = KITH_RESOLVE_OPTIONS_INIT;
    options.now_us = SCRATCH_NOW_US;
    options.threads = 1;
    return kith_resolve(store, &options, NULL, error);
}

static void make_scored_store(const char *path) {
    kith_error error = KITH_ERROR_INIT;
    make_store(path);
    kith *store = scratch_open(path, 0);
    scratch_must(resolve(store, &error) == KITH_OK, "kith_resolve", error.message);
    kith_close(store);
}

static void stage_file(const stage *s, const char *name, const char *text) {
    char path[SCRATCH_PATH_BYTES];
    scratch_path(path, s->folder, name);
    scratch_write_text(path, text);
}

void stage_prepare(stage *s) {
    scratch_make(s->folder);
    scratch_path(s->path, s->folder, "store.kith");
    scratch_path(s->other, s->folder, "other");
    scratch_path(s->scored, s->folder, "scored.kith");
    make_store(s->path);
    make_scored_store(s->scored);
    scratch_path(s->segments, s->folder, "segments.kith");
    stage_make_segments(s->segments);
    scratch_path(s->scores, s->folder, "scores.kith");
    stage_make_scores(s->scores);
    stage_file(s, "people.csv",
               "id,email,first name,phone,birthday,shoe\n"
               "n1,p1@mail.test,Ann,030 9018201,1980-02-03,41\n"
               "n2,new@mail.test,\"Zo\xC3\xAB, the second\",,not a date,\n"
               "n3,p2@mail.test\n"
               ",,,,,\n"
               "n4,p4@mail.test,Dora,+4930901823,29.02.1999,38\n");
    stage_file(s, "likely.csv",
               "id,first name,last name,birthday,city\n"
               "k1,Catharina,Lehmann,1971-04-09,Bonn\n"
               "k2,Rupert,Oberhof,1958-11-30,Ulm\n"
               "l3,Rupert,Obermeyer,1985-11-03,Bonn\n"
               "k4,Jim,Muir,1950-01-01,\n");
    /* The same in GB18030, a name and a header of which are Chinese. */
    stage_file(s, "people_gb.csv",
               "\xBB\xE1\xD4\xB1\xBA\xC5,\xD0\xD5\xC3\xFB,\xCA\xD6\xBB\xFA\xBA\xC5\n"
               "10001,\xCD\xF5\xD0\xA1\xC3\xF7,13900139001\n"
               "10002,\xC0\xEE\xC0\xBC,13900139002\n");
    stage_file(s, "people.jsonl",
               "{\"id\": \"j1\", \"email\": [\"p5@mail.test\", \"j1@mail.test\"], \"points\": 12}\n"
               "{\"id\": \"j2\", \"given_name\": \"Eva\", \"tags\": {\"a\": [1, 2.5, null]}}\n"
               "{\"id\": \"j3\", \n"
               "{\"id\": \"j4\", \"phone\": \"+493090182003\"}\n");
    stage_file(s, "web.jsonl",
               "{\"type\":\"identify\",\"userId\":\"u1\",\"messageId\":\"a\",\"timestamp\":"
               "\"2024-01-02T03:04:05Z\",\"traits\":{\"email\":\"p6@mail.test\"}}\n"
               "{\"type\":\"track\",\"userId\":\"u1\",\"anonymousId\":\"x\",\"messageId\":\"b\","
               "\"timestamp\":\"2024-01-02T03:05:05Z\",\"event\":\"order\",\"properties\":"
               "{\"revenue\":12.5,\"items\":[{\"sku\":\"s\"}]}}\n");
    stage_file(s, "orders.csv",
               "id,ordered at,total\n0,2024-03-01 10:00,9.90\n"
               "1,2024-03-02 11:30,19.90\n9999,bad,1\nnew,2024-03-03,5\n");
    stage_file(s, "tags.csv", "id\n1\nunheard of\n2\n\"3\" x\n5\n");
    stage_file(s, "truth.csv",
               "source,key,entity\ncrm,1,a\nshop,1,a\ncrm,2,b\nshop,2,c\n"
               "crm,jim,d\ncrm,jane,e\nnone,1,f\n");
}

/* Hearing answers */

void stage_hear(stage *s, const void *data, size_t size) {
    const uint8_t *bytes = data;
    for (size_t i = 0; i < size; i++) {
        s->answer = (s->answer ^ bytes[i]) * UINT64_C(0x100000001b3);
    }
}

static void hear_text(stage *s, const char *text) {
    stage_hear(s, text != NULL ? text : "(null)", text != NULL ? strlen(text) + 1 : 7);
}

static void hear_number(stage *s, uint64_t number) {
    stage_hear(s, &number, sizeof number);
}

static void hear_value(stage *s, const kith_value *value) {
    hear_number(s, (uint64_t)value->type);
    if (value->type == KITH_TYPE_TEXT) {
        stage_hear(s, value->as.text.data, value->as.text.size);
    } else if (value->type != KITH_TYPE_LIST && value->type != KITH_TYPE_MAP) {
        hear_number(s, (uint64_t)value->as.integer);
    }
}

/* Ends a transaction that failed, or has been read to its end. */
static int end(stage *s, kith_txn *txn, int code) {
    if (code < 0) {
        s->error = *kith_txn_error(txn);
    }
    kith_txn_abort(txn);
    return code == KITH_DONE ? KITH_OK : code;
}

static int commit(stage *s, kith_txn *txn, int code) {
    return code == KITH_OK ? kith_txn_commit(txn, &s->error) : end(s, txn, code);
}

static int begin(stage *s, unsigned mode, kith_txn **out) {
    return kith_txn_begin(s->store, mode, out, &s->error);
}

/* Opening */

static int open_and_close(stage *s, unsigned flags, const char *config) {
    kith_open_options options = KITH_OPEN_OPTIONS_INIT;
    kith *store = NULL;
    options.flags = flags;
    options.map_size_bytes = (uint64_t)1 << 30;
    options.config = config;
    int code = kith_open(s->path, &options, &store, &s->error);
    kith_close(store);
    return code;
}

static int run_create(stage *s) {
    return open_and_close(s, KITH_CREATE_NEW,
                          "{\"region\": \"DE\", \"sources\": {\"crm\": {\"trust\": 90}},"
                          " \"identifiers\": {\"card\": {\"normalise\": \"id\"}}}");
}

static int run_open(stage *s) {
    return open_and_close(s, 0, NULL);
}

static int run_open_read_only(stage *s) {
    return open_and_close(s, KITH_OPEN_READ_ONLY, NULL);
}

/* Definitions */

static int run_config_apply(stage *s) {
    static const char json[] =
        "{\"region\": \"DE\","
        " \"sources\": {\"shop\": {\"trust\": 70, \"kind\": \"second_party\", \"distinct\": true}},"
        " \"attributes\": {\"mood\": {}},"
        " \"identifiers\": {\"email\": {\"blocked\": [\"p1@*\", \"p2@*\"], \"unique\": true},"
        "                 \"size\": {\"normalise\": \"exact\", \"veto\": [\"city\", \"mood\"]}},"
        " \"event_types\": {\"order\": {\"sums\": [\"amount\"]}},"
        " \"sums\": [\"amount\", \"total\"],"
        " \"match\": {\"comparisons\": {\"mood\": \"category\", \"gender\": false}, \"link_at\": "
        "3}}";
    kith_txn *txn;
    int code = begin(s, KITH_WRITE, &txn);
    if (code != KITH_OK) {
        return code;
    }
    return commit(s, txn, kith_config_apply(txn, json, sizeof json - 1));
}

static int run_config_get(stage *s) {
    kith_txn *txn;
    char *json = NULL;
    int code = begin(s, KITH_READ, &txn);
    if (code != KITH_OK) {
        return code;
    }
    code = kith_config_get(txn, &json);
    if (code == KITH_OK) {
        hear_text(s, json);
    }
    kith_free(json);
    return end(s, txn, code);
}

/* Facts */

static int write_facts(stage *s, int (*write)(kith_txn *txn)) {
    kith_txn *txn;
    int code = begin(s, KITH_WRITE, &txn);
    return code == KITH_OK ? commit(s, txn, write(txn)) : code;
}

static int put_facts(kith_txn *txn) {
    /* A bridge of two profiles, a former identifier, new names for everything. */
    int code = scratch_record(txn, kith_record_put, "crm", "9", SCRATCH_NOW_US, NULL, "email",
                              "p10@mail.test", "given_name", "Eva", NULL);
    if (code == KITH_OK) {
        code = scratch_record(txn, kith_record_put, "fair", "f1", SCRATCH_NOW_US, NULL, "email",
                              "p11@mail.test", "phone", "+493090182001", "hat", "6", NULL);
    }
    return code;
}

static int patch_facts(kith_txn *txn) {
    int code = scratch_record(txn, kith_record_patch, "crm", "8", SCRATCH_NOW_US, NULL, "email",
                              NULL, "city", "Ulm", NULL);
    return code == KITH_OK ? scratch_record(txn, kith_record_patch, "crm", "jim", SCRATCH_NOW_US,
                                            NULL, "given_name", "Jane", NULL)
                           : code;
}

static int add_facts(kith_txn *txn) {
    int code = scratch_record(txn, kith_record_add, "crm", "2", SCRATCH_NOW_US, NULL, "email",
                              "p3@mail.test", "phone", "bad phone", NULL);
    return code == KITH_OK ? scratch_record(txn, kith_record_add, "web", "h1", SCRATCH_NOW_US, NULL,
                                            "given_name", "Another", NULL)
                           : code;
}

static int event_facts(kith_txn *txn) {
    int64_t at_us = SCRATCH_NOW_US - 3 * SCRATCH_DAY_US;
    int code = scratch_event(txn, "shop", "1", "order", at_us, NULL, NULL, "amount", "3", NULL);
    if (code == KITH_OK) { /* m-11 is packed already, at a later time */
        code = scratch_event(txn, "shop", "1", "order", at_us - 50 * SCRATCH_DAY_US, "m-11", NULL,
                             "amount", "4", NULL);
    }
    if (code == KITH_OK) { /* m-61 has landed */
        code = scratch_event(txn, "shop", "1", "order", at_us - 50 * SCRATCH_DAY_US, "m-61", NULL,
                             "amount", "4", NULL);
    }
    if (code == KITH_OK) {
        code = scratch_event(txn, "shop", "unheard of", "return", at_us, "r-1", NULL, "why", "big",
                             NULL);
    }
    return code;
}

static int link_facts(kith_txn *txn) {
    int code = kith_record_link(txn, "crm", "jim", "crm", "jane", "desk", SCRATCH_NOW_US, NULL);
    return code == KITH_OK
               ? kith_record_unlink(txn, "crm", "1", "shop", "1", "desk", SCRATCH_NOW_US, NULL)
               : code;
}

/* One of each kind, of a profile that is settled and of one that isn't. */
static int mark_facts(kith_txn *txn) {
    kith_tag_input tag = KITH_TAG_INPUT_INIT;
    kith_consent_input consent = KITH_CONSENT_INPUT_INIT;
    kith_points_input points = KITH_POINTS_INPUT_INIT;
    kith_score_input score = KITH_SCORE_INPUT_INIT;
    tag.source = consent.source = points.source = score.source = "crm";
    tag.key = consent.key = "1";
    points.key = score.key = "7";
    tag.at_us = consent.at_us = points.at_us = score.at_us = SCRATCH_NOW_US;
    tag.tag = consent.purpose = points.ledger = points.entry = score.score = "fair";
    tag.expires_at_us = SCRATCH_NOW_US + SCRATCH_DAY_US;
    tag.value = kith_value_text("a hat");
    consent.granted = true;
    points.amount_micros = score.value_micros = 5;
    int code = kith_tag_add(txn, &tag, NULL);
    tag.key = "7";
    code = code == KITH_OK ? kith_tag_remove(txn, &tag, NULL) : code;
    code = code == KITH_OK ? kith_consent_put(txn, &consent, NULL) : code;
    code = code == KITH_OK ? kith_points_put(txn, &points, NULL) : code;
    return code == KITH_OK ? kith_score_put(txn, &score, NULL) : code;
}

static int run_mark(stage *s) {
    return write_facts(s, mark_facts);
}

static int settle_after_marks(kith_txn *txn) {
    int code = mark_facts(txn);
    return code == KITH_OK ? kith_settle(txn, SCRATCH_NOW_US, 0, NULL) : code;
}

static int run_settle_marks(stage *s) {
    return write_facts(s, settle_after_marks);
}

static void hear_marks(stage *s, const kith_profile *profile) {
    kith_tag tag = KITH_TAG_INIT;
    kith_consent consent = KITH_CONSENT_INIT;
    kith_points points = KITH_POINTS_INIT;
    kith_score score = KITH_SCORE_INIT;
    size_t cursor = 0;
    while (kith_profile_next_tag(profile, &cursor, &tag) == KITH_OK) {
        hear_text(s, tag.name);
        hear_value(s, &tag.value);
    }
    for (cursor = 0; kith_profile_next_consent(profile, &cursor, &consent) == KITH_OK;) {
        hear_text(s, consent.purpose);
    }
    for (cursor = 0; kith_profile_next_points(profile, &cursor, &points) == KITH_OK;) {
        hear_number(s, (uint64_t)points.balance_micros);
    }
    for (cursor = 0; kith_profile_next_score(profile, &cursor, &score) == KITH_OK;) {
        hear_number(s, (uint64_t)score.value_micros);
    }
}

static int hear_history(stage *s, const kith_profile *profile) {
    kith_tag_iter *iter = NULL;
    kith_tag tag = KITH_TAG_INIT;
    int code = kith_tag_iter_open(profile, &iter);
    while (code == KITH_OK && (code = kith_tag_iter_next(iter, &tag)) == KITH_OK) {
        hear_text(s, tag.name);
        hear_number(s, (uint64_t)tag.at_us);
    }
    kith_tag_iter_close(iter);
    return code == KITH_DONE ? KITH_OK : code;
}

/* What was said just now, in the transaction that says it; it isn't kept. */
static int run_read_marks(stage *s) {
    kith_txn *txn;
    kith_record record = KITH_RECORD_INIT;
    kith_profile profile = KITH_PROFILE_INIT;
    int code = begin(s, KITH_WRITE, &txn);
    if (code != KITH_OK) {
        return code;
    }
    code = mark_facts(txn);
    code = code == KITH_OK ? kith_record_get(txn, "crm", "7", &record) : code;
    code = code == KITH_OK ? kith_profile_of_record(txn, record.number, SCRATCH_NOW_US, &profile)
                           : code;
    if (code == KITH_OK) {
        hear_marks(s, &profile);
        code = hear_history(s, &profile);
    }
    return end(s, txn, code);
}

static int run_put(stage *s) {
    return write_facts(s, put_facts);
}

static int run_patch(stage *s) {
    return write_facts(s, patch_facts);
}

static int run_add(stage *s) {
    return write_facts(s, add_facts);
}

static int run_events(stage *s) {
    return write_facts(s, event_facts);
}

static int run_link(stage *s) {
    return write_facts(s, link_facts);
}

/* Settling */

static int settle_all(kith_txn *txn) {
    return kith_settle(txn, SCRATCH_NOW_US, 0, NULL);
}

static int settle_after_facts(kith_txn *txn) {
    int code = event_facts(txn);
    if (code == KITH_OK) {
        code = put_facts(txn);
    }
    return code == KITH_OK ? kith_settle(txn, SCRATCH_NOW_US + SCRATCH_DAY_US, 3, NULL) : code;
}

static int run_settle(stage *s) {
    return write_facts(s, settle_all);
}

static int run_settle_some(stage *s) {
    return write_facts(s, settle_after_facts);
}

/* Match models; what is put isn't kept, as the pairs of the store are none of it */

static const char model_text[] =
    "{\"records\": 24, \"matches\": 3, \"block_cap\": 20, \"weak_least\": 1, \"cohesion\": 0.5,"
    " \"prior\": {\"stranger_bits\": -7, \"relative_bits\": 1},"
    " \"thresholds\": {\"link_at_bits\": 2, \"known_at_bits\": 0, \"review_at_bits\": -4},"
    " \"comparisons\": {\"mood\": {\"kind\": \"category\", \"attributes\": {\"mood\": \"value\"},"
    "  \"levels\": {\"different\": {\"m\": 0.1, \"u\": 0.6, \"relative_u\": 0.5},"
    "             \"equal\": {\"m\": 0.9, \"u\": 0.4, \"relative_u\": 0.5}},"
    "  \"terms\": {\"total\": 24, \"rest\": 1, \"shared_bits\": {\"value\": -2},"
    "            \"listed\": {\"00000000000000ff\": 9}}}},"
    " \"blocks\": [\"word+word\", \"word+mood\"]}";

static int put_model(kith_txn *txn) {
    kithi_model *model = NULL;
    int code = kithi_model_parse(txn, model_text, sizeof model_text - 1, &model);
    code = code == KITH_OK ? kithi_model_put(txn, model) : code;
    kithi_model_free(model);
    return code;
}

static int read_models(stage *s, kith_txn *txn) {
    static const char config[] = "{\"match\": {\"comparisons\": {\"mood\": \"text\"},"
                                 " \"blocks\": [\"word+word\", \"word+mood\"]}}";
    kith_model_changes *changes = NULL;
    char *json = NULL;
    int code = kith_model_export(txn, 1, &json);
    if (code == KITH_OK) {
        hear_text(s, json);
        code = kith_config_apply(txn, config, sizeof config - 1);
    }
    kith_free(json);
    json = NULL;
    code = code == KITH_OK ? kith_config_get(txn, &json) : code;
    code = code == KITH_OK ? kith_model_compare(txn, 1, 0, &changes) : code;
    if (code == KITH_OK) {
        hear_text(s, json);
        hear_number(s, kith_model_change_count(changes));
    }
    kith_model_changes_free(changes);
    kith_free(json);
    return code;
}

static int run_model(stage *s) {
    kith_txn *txn;
    int code = begin(s, KITH_WRITE, &txn);
    if (code != KITH_OK) {
        return code;
    }
    code = put_model(txn);
    code = code == KITH_OK ? read_models(s, txn) : code;
    return end(s, txn, code);
}

/* The index of block keys; what is done to it isn't kept, as the facts say what belongs in it */

static void block_entries(kithi_block_entry *out, size_t count, uint32_t first) {
    for (size_t i = 0; i < count; i++) {
        uint32_t record = first + (uint32_t)i;
        out[i] = (kithi_block_entry){record * UINT64_C(0x9e3779b97f4a7c15) >> 24, record};
    }
}

static int change_block_index(kith_txn *txn) {
    kithi_block_entry entries[1200];
    for (size_t i = 0; i < 1200; i++) {
        entries[i] = (kithi_block_entry){(uint64_t)i << 29, (uint32_t)i};
    }
    int code = kithi_block_index_clear(txn);
    code = code == KITH_OK ? kithi_block_index_load(txn, entries, 1200) : code;
    for (uint32_t i = 0; code == KITH_OK && i < 6; i++) {
        block_entries(entries, 60, i * 60);
        code = kithi_block_index_add(txn, entries, 60);
    }
    block_entries(entries, 90, 100);
    code = code == KITH_OK ? kithi_block_index_remove(txn, entries, 90) : code;
    block_entries(entries, 600, 500);
    return code == KITH_OK ? kithi_block_index_add(txn, entries, 600) : code;
}

static int hear_block_entry(void *context, kithi_block_entry entry) {
    hear_number(context, entry.key);
    hear_number(context, entry.record);
    return KITH_OK;
}

static int run_block_index(stage *s) {
    kith_txn *txn;
    uint32_t records[3];
    size_t count = 0;
    int code = begin(s, KITH_WRITE, &txn);
    if (code != KITH_OK) {
        return code;
    }
    code = change_block_index(txn);
    if (code == KITH_OK) {
        code = kithi_block_index_each(txn, hear_block_entry, s);
    }
    if (code == KITH_OK) {
        code = kithi_block_index_find(txn, 0, 2, records, &count);
        hear_number(s, count);
    }
    return end(s, txn, code);
}

/* Scored links */

static int run_resolve(stage *s) {
    return resolve(s->store, &s->error);
}

/* Import, export */

static void hear_report(stage *s, const kith_import_report *report) {
    hear_number(s, report->row_count);
    hear_number(s, report->rejected_count);
    hear_number(s, report->invalid_value_count);
    hear_text(s, report->format);
    hear_text(s, report->encoding);
    hear_text(s, report->key);
    for (size_t i = 0; i < report->column_count; i++) {
        hear_text(s, report->columns[i]);
        hear_text(s, report->attributes[i]);
    }
}

static int import(stage *s, const char *name, const kith_import_options *options) {
    char path[SCRATCH_PATH_BYTES];
    kith_import_report *report = NULL;
    scratch_path(path, s->folder, name);
    int code = kith_import(s->store, path, options, &report, &s->error);
    if (code == KITH_OK) {
        hear_report(s, report);
    }
    kith_import_report_free(report);
    return code;
}

static kith_import_options import_options(const char *source) {
    kith_import_options options = KITH_IMPORT_OPTIONS_INIT;
    options.source = source;
    options.now_us = SCRATCH_NOW_US;
    return options;
}

static int run_import_csv(stage *s) {
    kith_import_options options = import_options("fair");
    options.rejects_path = s->other;
    options.map = "shoe=shoe_size";
    return import(s, "people.csv", &options);
}

static int run_import_likely(stage *s) {
    kith_import_options options = import_options("fair");
    return import(s, "likely.csv", &options);
}

static int run_import_gb18030(stage *s) {
    kith_import_options options = import_options("erp");
    return import(s, "people_gb.csv", &options);
}

static int run_import_jsonl(stage *s) {
    kith_import_options options = import_options("app");
    return import(s, "people.jsonl", &options);
}

static int run_import_segment(stage *s) {
    kith_import_options options = import_options("site");
    options.format = KITH_FORMAT_SEGMENT;
    return import(s, "web.jsonl", &options);
}

static int run_tag_import(stage *s) {
    char path[SCRATCH_PATH_BYTES];
    kith_tag_input tag = KITH_TAG_INPUT_INIT;
    kith_tag_import_options options = KITH_TAG_IMPORT_OPTIONS_INIT;
    kith_tag_import_report report = KITH_TAG_IMPORT_REPORT_INIT;
    tag.tag = "fair";
    tag.at_us = SCRATCH_NOW_US;
    options.source = "crm";
    options.tag = &tag;
    scratch_path(path, s->folder, "tags.csv");
    int code = kith_tag_import(s->store, path, &options, &report, &s->error);
    hear_number(s, report.added_count);
    hear_number(s, report.unknown_count);
    return code;
}

/* Whom sets, rows and columns tell of. */
static int run_tag_where(stage *s) {
    kith_tag_input tag = KITH_TAG_INPUT_INIT;
    kith_tag_where_options options = KITH_TAG_WHERE_OPTIONS_INIT;
    kith_tag_where_report report = KITH_TAG_WHERE_REPORT_INIT;
    tag.tag = "spring";
    tag.value = kith_value_text("gold");
    tag.at_us = SCRATCH_NOW_US;
    options.where = "tag('vip') OR bucket('spring', 0, 5000) OR city = 'York'";
    options.now_us = SCRATCH_NOW_US;
    options.tag = &tag;
    int code = kith_tag_where(s->store, &options, &report, &s->error);
    hear_number(s, report.matched_count);
    hear_number(s, report.added_count);
    return code;
}

static int run_import_events(stage *s) {
    kith_import_options options = import_options("shop");
    options.event_type = "order";
    options.time_column = "ordered at";
    options.key_column = "id";
    return import(s, "orders.csv", &options);
}

static int hear_bytes(void *context, const char *data, size_t size) {
    stage_hear(context, data, size);
    return 0;
}

static int run_export(stage *s, kith_format format) {
    int code = KITH_OK;
    for (int what = KITH_EXPORT_RECORDS; code == KITH_OK && what <= KITH_EXPORT_CLUSTERS; what++) {
        code = kith_export(s->store, (kith_export_what)what, format, SCRATCH_NOW_US, hear_bytes, s,
                           &s->error);
    }
    return code;
}

static int run_export_csv(stage *s) {
    return run_export(s, KITH_FORMAT_CSV);
}

static int run_export_jsonl(stage *s) {
    return run_export(s, KITH_FORMAT_JSONL);
}

/* Arrow */

static int run_export_arrow(stage *s) {
    return run_export(s, KITH_FORMAT_ARROW);
}

static int run_import_arrow(stage *s) {
    static const int32_t ids[] = {0, 1, 2, 2}, emails[] = {0, 8, 16, 24};
    static const int64_t amounts[] = {1990, 0, -1, -1, INT64_MAX, 1};
    static const table_column columns[] = {
        {"u", "id", 3, 0, 0, {NULL, ids, "12"}, 3, NULL},
        {"u", "email", 3, 0, 0, {NULL, emails, "a@x.testb@x.testc@x.test"}, 3, NULL},
        {"d:30,2", "limit", 3, 0, 0, {NULL, amounts}, 2, NULL}};
    kith_import_options options = import_options("fair");
    kith_import_report *report = NULL;
    table made = {.columns = columns, .column_count = 3, .length = 3, .batch_count = 2};
    struct ArrowArrayStream stream = table_stream(&made);
    options.key_column = "id";
    int code = kith_import_arrow(s->store, &stream, &options, &report, &s->error);
    if (code == KITH_OK) {
        hear_report(s, report);
    }
    kith_import_report_free(report);
    stream.release(&stream);
    scratch_must(made.live == 0, "kith_import_arrow", "something wasn't released");
    return code;
}

static int write_query(stage *s, kith_txn *txn, const kith_expression *column) {
    kith_query_options options = KITH_QUERY_OPTIONS_INIT;
    struct ArrowArrayStream stream;
    options.now_us = SCRATCH_NOW_US;
    options.columns = &column;
    options.column_count = 1;
    int code = kith_query_arrow(txn, &options, NULL, &stream);
    if (code != KITH_OK) {
        s->error = *kith_txn_error(txn);
        return code;
    }
    code = kith_arrow_write(&stream, hear_bytes, s, &s->error);
    stream.release(&stream);
    return code;
}

static int run_query_arrow(stage *s) {
    static const char text[] = "sum(order.total)";
    kith_expression_options options = KITH_EXPRESSION_OPTIONS_INIT;
    kith_expression *column = NULL;
    kith_txn *txn = NULL;
    options.value = true;
    options.any_name = true;
    int code = kith_txn_begin(s->store, KITH_READ, &txn, &s->error);
    if (code == KITH_OK) {
        code = kith_expression_parse(text, strlen(text), txn, &options, &column, &s->error);
    }
    code = code == KITH_OK ? write_query(s, txn, column) : code;
    kith_expression_free(column);
    kith_txn_abort(txn);
    return code;
}

/* Care */

static int run_backup(stage *s) {
    return kith_backup(s->store, s->other, NULL, NULL, &s->error);
}

static void hear_problem(void *context, const char *problem) {
    hear_text(context, problem);
}

static int run_verify(stage *s) {
    kith_check_options options = KITH_CHECK_OPTIONS_INIT;
    uint64_t count = 0;
    options.problem = hear_problem;
    options.context = s;
    int code = kith_verify(s->store, SCRATCH_NOW_US, &options, &count, &s->error);
    hear_number(s, count);
    return code;
}

static int run_check(stage *s) {
    kith_check_options options = KITH_CHECK_OPTIONS_INIT;
    uint64_t count = 0;
    options.problem = hear_problem;
    options.context = s;
    int code = kith_check(s->path, &options, &count, &s->error);
    hear_number(s, count);
    return code;
}

static int run_stat(stage *s) {
    kith_txn *txn;
    kith_stat stat = KITH_STAT_INIT;
    int code = begin(s, KITH_READ, &txn);
    if (code != KITH_OK) {
        return code;
    }
    code = kith_stat_get(txn, &stat);
    if (code == KITH_OK) {
        hear_number(s, stat.record_count + 1000 * stat.event_count + 1000000 * stat.link_count);
    }
    kith_txn_reset(txn);
    if (code == KITH_OK) {
        code = kith_txn_renew(txn);
    }
    return end(s, txn, code);
}

static int run_tag_counts(stage *s) {
    kith_txn *txn;
    kith_tag_counts *counts = NULL;
    kith_tag_count count = KITH_TAG_COUNT_INIT;
    int code = begin(s, KITH_READ, &txn);
    if (code != KITH_OK) {
        return code;
    }
    code = kith_tag_counts_open(txn, SCRATCH_NOW_US, &counts);
    while (code == KITH_OK && kith_tag_counts_next(counts, &count) == KITH_OK) {
        hear_text(s, count.name);
        hear_number(s, count.profile_count);
    }
    kith_tag_counts_close(counts);
    return end(s, txn, code);
}

static int run_evaluate(stage *s) {
    char path[SCRATCH_PATH_BYTES];
    kith_evaluation *evaluation = NULL;
    scratch_path(path, s->folder, "truth.csv");
    int code = kith_evaluate(s->store, path, NULL, NULL, &evaluation, &s->error);
    if (code == KITH_OK) {
        hear_number(s, evaluation->record_count);
        hear_number(s, evaluation->over_listed);
        hear_number(s, evaluation->under_listed);
        stage_hear(s, &evaluation->bcubed, sizeof evaluation->bcubed);
    }
    kith_evaluation_free(evaluation);
    return code;
}

/* Explaining */

static int explain(stage *s, kith_txn *txn, uint32_t a, uint32_t b) {
    kith_explanation *explanation = NULL;
    int code =
        a == b ? kith_explain_how(txn, a, &explanation) : kith_explain_why(txn, a, b, &explanation);
    for (size_t i = 0; code == KITH_OK && i < kith_explanation_step_count(explanation); i++) {
        const kith_step *step = kith_explanation_step(explanation, i);
        hear_number(s, (uint64_t)step->kind);
        hear_text(s, step->type);
        hear_text(s, step->value);
        hear_text(s, step->rule);
        hear_text(s, step->detail);
    }
    kith_explanation_free(explanation);
    return code;
}

static int number_of(kith_txn *txn, const char *source, const char *key, uint32_t *out) {
    kith_record record = KITH_RECORD_INIT;
    int code = kith_record_get(txn, source, key, &record);
    *out = record.number;
    return code;
}

/* Without a match model there is nothing to weigh a pair by. */
static int explain_pair(stage *s, kith_txn *txn, uint32_t a, uint32_t b) {
    kith_pair_report *report = NULL;
    int code = kith_explain_pair(txn, a, b, &report);
    if (code == KITH_OK) {
        const kith_pair_comparison *c;
        hear_number(s, (uint64_t)(int64_t)(kith_pair_report_total(report)->bits * 256));
        for (size_t i = 0; (c = kith_pair_report_comparison(report, i)) != NULL; i++) {
            hear_text(s, c->level_name);
            hear_text(s, c->value_a);
            hear_text(s, c->value_b);
        }
    }
    kith_pair_report_free(report);
    return code == KITH_NOT_FOUND ? KITH_OK : code;
}

static int explain_blame(stage *s, kith_txn *txn, uint32_t record) {
    kith_blame *blame = NULL;
    int code = kith_explain_blame(txn, record, &blame);
    if (code == KITH_OK) {
        hear_number(s, kith_blame_part_count(blame));
        hear_text(s, kith_blame_link(blame) != NULL ? kith_blame_link(blame)->value : NULL);
    }
    kith_blame_free(blame);
    return code;
}

static int run_explain(stage *s) {
    static const char *const pairs[][4] = {
        {"crm", "1", "shop", "1"},    {"crm", "jim", "crm", "jane"}, {"web", "h1", "web", "h2"},
        {"crm", "5", "shop", "5"},    {"crm", "3", "shop", "4"},     {"crm", "1", "crm", "1"},
        {"crm", "jim", "crm", "jim"}, {"web", "till", "crm", "2"},
    };
    kith_txn *txn;
    int code = begin(s, KITH_READ, &txn);
    if (code != KITH_OK) {
        return code;
    }
    for (size_t i = 0; code == KITH_OK && i < sizeof pairs / sizeof pairs[0]; i++) {
        uint32_t a = 0, b = 0;
        code = number_of(txn, pairs[i][0], pairs[i][1], &a);
        if (code == KITH_OK) {
            code = number_of(txn, pairs[i][2], pairs[i][3], &b);
        }
        if (code == KITH_OK) {
            code = explain(s, txn, a, b);
        }
        if (code == KITH_OK) {
            code = explain_pair(s, txn, a, b);
        }
        if (code == KITH_OK) {
            code = explain_blame(s, txn, a);
        }
    }
    return end(s, txn, code);
}

/* Reading */

static int read_profile(stage *s, const kith_profile *profile) {
    kith_golden golden = KITH_GOLDEN_INIT;
    kith_aggregate aggregate = KITH_AGGREGATE_INIT;
    kith_property_sum sum = KITH_PROPERTY_SUM_INIT;
    size_t cursor = 0, inner = 0;
    int code;
    stage_hear(s, &profile->id, sizeof profile->id);
    hear_number(s, profile->event_count);
    while ((code = kith_profile_next_value(profile, &cursor, &golden)) == KITH_OK) {
        hear_text(s, golden.attribute);
        hear_value(s, &golden.value);
    }
    cursor = 0;
    while (code == KITH_DONE &&
           (code = kith_profile_next_aggregate(profile, &cursor, &aggregate)) == KITH_OK) {
        hear_number(s, aggregate.count);
        inner = 0;
        while ((code = kith_aggregate_next_property(&aggregate, &inner, &sum)) == KITH_OK) {
            hear_number(s, (uint64_t)sum.sum_micros);
        }
    }
    return code == KITH_DONE ? KITH_OK : code;
}

static int run_profiles(stage *s) {
    kith_txn *txn;
    kith_profile profile = KITH_PROFILE_INIT;
    kith_profile_iter *iter = NULL;
    size_t sharers = 0;
    uint64_t orders = 0;
    int code = begin(s, KITH_READ, &txn);
    if (code != KITH_OK) {
        return code;
    }
    code = kith_profile_find(txn, "phone", "+493055501", SCRATCH_NOW_US, &profile, &sharers);
    hear_number(s, sharers);
    if (code == KITH_OK) { /* a dirty one */
        code = kith_profile_find(txn, "email", "P1@mail.test", SCRATCH_NOW_US, &profile, NULL);
    }
    if (code == KITH_OK) {
        code = kith_profile_count_events(&profile, "order", 0, SCRATCH_NOW_US, &orders);
        hear_number(s, orders);
    }
    if (code == KITH_OK) {
        code = kith_profile_iter_open(txn, SCRATCH_NOW_US, &iter);
    }
    while (code == KITH_OK && (code = kith_profile_iter_next(iter, &profile)) == KITH_OK) {
        code = read_profile(s, &profile);
    }
    kith_profile_iter_close(iter);
    return end(s, txn, code);
}

static int read_record(stage *s, kith_txn *txn, const kith_record *record) {
    kith_record_value value = KITH_RECORD_VALUE_INIT;
    kith_event_iter *iter = NULL;
    kith_event event = KITH_EVENT_INIT;
    kith_field field;
    size_t cursor = 0;
    int code;
    while ((code = kith_record_next_value(record, &cursor, &value)) == KITH_OK) {
        hear_text(s, value.attribute);
        hear_value(s, &value.value);
    }
    if (code == KITH_DONE) {
        code = kith_event_iter_open(txn, record->number, INT64_MIN, INT64_MAX, &iter);
    }
    while (code == KITH_OK && (code = kith_event_iter_next(iter, &event)) == KITH_OK) {
        hear_number(s, (uint64_t)event.time_us);
        hear_text(s, event.message_id);
        cursor = 0;
        while ((code = kith_event_next_property(&event, &cursor, &field)) == KITH_OK) {
            hear_value(s, &field.value);
        }
        code = code == KITH_DONE ? KITH_OK : code;
    }
    kith_event_iter_close(iter);
    return code == KITH_DONE ? KITH_OK : code;
}

static int run_records(stage *s) {
    kith_txn *txn;
    kith_record record = KITH_RECORD_INIT;
    kith_record_iter *iter = NULL;
    int code = begin(s, KITH_READ, &txn);
    if (code != KITH_OK) {
        return code;
    }
    code = kith_record_iter_open(txn, &iter);
    while (code == KITH_OK && (code = kith_record_iter_next(iter, &record)) == KITH_OK) {
        code = read_record(s, txn, &record);
    }
    kith_record_iter_close(iter);
    return end(s, txn, code);
}

/* Expressions */

/* Reads one and writes it in both forms: text as JSON, then JSON as text. */
static int read_expression(stage *s, kith_txn *txn, const char *text, bool json, char **out_other) {
    kith_expression_options options = KITH_EXPRESSION_OPTIONS_INIT;
    kith_expression *expression = NULL;
    options.json = json;
    options.any_name = true;
    int code = kith_expression_parse(text, strlen(text), txn, &options, &expression, &s->error);
    if (code == KITH_OK) {
        code = json ? kith_expression_text(expression, 40, out_other)
                    : kith_expression_json(expression, true, out_other);
        s->error.code = code;
        snprintf(s->error.message, sizeof s->error.message, "%s", kith_code_name(code));
    }
    if (code == KITH_OK) {
        hear_text(s, *out_other);
    }
    kith_expression_free(expression);
    return code;
}

static int run_expressions(stage *s) {
    static const char text[] =
        "did(order LAST 30d THEN order WHERE items.sku = prev.sku AND amount > 1.5 WITHIN 7d)"
        " AND birth_date < '2000-01-01' AND city IN ('Leeds', 'York') OR NOT tag('vip')"
        " AND regularly(order LAST 12 CALENDAR MONTHS, 1, MONTH, 10) AND no_such.name = 3d";
    kith_txn *txn;
    char *json = NULL, *again = NULL;
    int code = begin(s, KITH_READ, &txn);
    if (code != KITH_OK) {
        return code;
    }
    code = read_expression(s, txn, text, false, &json);
    if (code == KITH_OK) {
        code = read_expression(s, txn, json, true, &again);
    }
    kith_free(json);
    kith_free(again);
    kith_txn_abort(txn);
    return code;
}

const scenario stage_scenarios[] = {
    {"create", run_create, SCENARIO_OPENS | SCENARIO_MAKES | SCENARIO_WRITES},
    {"open", run_open, SCENARIO_OPENS},
    {"open read-only", run_open_read_only, SCENARIO_OPENS},
    {"config apply", run_config_apply, SCENARIO_WRITES},
    {"config get", run_config_get, 0},
    {"put", run_put, SCENARIO_WRITES},
    {"patch", run_patch, SCENARIO_WRITES},
    {"add", run_add, SCENARIO_WRITES},
    {"events", run_events, SCENARIO_WRITES},
    {"link", run_link, SCENARIO_WRITES},
    {"marks", run_mark, SCENARIO_WRITES},
    {"marks, settled", run_settle_marks, SCENARIO_WRITES},
    {"read marks", run_read_marks, 0},
    {"model", run_model, 0},
    {"block index", run_block_index, 0},
    {"settle", run_settle, SCENARIO_WRITES},
    {"settle some", run_settle_some, SCENARIO_WRITES},
    {"resolve", run_resolve, SCENARIO_WRITES | SCENARIO_STEPS},
    {"resolve, scored", run_resolve, SCENARIO_STEPS | SCENARIO_SCORED},
    {"put, scored", run_put, SCENARIO_WRITES | SCENARIO_SCORED},
    {"patch, scored", run_patch, SCENARIO_WRITES | SCENARIO_SCORED},
    {"link, scored", run_link, SCENARIO_WRITES | SCENARIO_SCORED},
    {"import, scored", run_import_likely, SCENARIO_WRITES | SCENARIO_SCORED},
    {"verify, scored", run_verify, SCENARIO_SCORED},
    {"import csv", run_import_csv, SCENARIO_WRITES | SCENARIO_NOTES},
    {"import gb18030", run_import_gb18030, SCENARIO_WRITES},
    {"import jsonl", run_import_jsonl, SCENARIO_WRITES},
    {"import segment", run_import_segment, SCENARIO_WRITES},
    {"import events", run_import_events, SCENARIO_WRITES},
    {"import tags", run_tag_import, SCENARIO_WRITES},
    {"tag where", run_tag_where, SCENARIO_WRITES},
    {"export csv", run_export_csv, 0},
    {"export jsonl", run_export_jsonl, 0},
    {"export arrow", run_export_arrow, 0},
    {"import arrow", run_import_arrow, SCENARIO_WRITES},
    {"query arrow", run_query_arrow, 0},
    {"backup", run_backup, 0},
    {"verify", run_verify, 0},
    {"check", run_check, 0},
    {"stat", run_stat, 0},
    {"tag counts", run_tag_counts, 0},
    {"evaluate", run_evaluate, 0},
    {"explain", run_explain, 0},
    {"profiles", run_profiles, 0},
    {"records", run_records, 0},
    {"expressions", run_expressions, 0},
};
const size_t stage_scenario_count = sizeof stage_scenarios / sizeof stage_scenarios[0];
