#include "tests/property/scored.h"

#include <stdlib.h>
#include <string.h>

#include "src/fact/record_key.h"
#include "src/identity/identity.h"
#include "src/identity/scored.h"
#include "src/match/block.h"
#include "src/match/compare_pair.h"
#include "src/match/model_row.h"

/* The town */

static const char *const town_given[] = {"Jim",    "James", "Jane",   "Maria",  "Ann",   "Robert",
                                         "Bob",    "Emma",  "Oliver", "Sophie", "Karl",  "Lena",
                                         "Thomas", "Tom",   "Helen",  "Ruth",   "Peter", "Paul",
                                         "伟",     "李娜",  "Yusuf",  "Aisha",  "Igor",  "Olga"};
static const char *const town_family[] = {
    "Muir",   "Smith", "王",     "Baker", "Cooper", "Fischer", "Novak",   "Rossi", "Martin",
    "Clarke", "Jones", "Taylor", "Brown", "Wilson", "Evans",   "Schmidt", "Lopez", "Haddad"};
static const char *const town_cities[] = {"Leeds", "York", "Hull", "Ripon", "Selby", "Whitby"};

#define COUNT(list) (sizeof(list) / sizeof(list)[0])

typedef struct townsman {
    char given[32], family[32], birth[16], city[16], email[64], phone[24], id[16];
} townsman;

static townsman make_townsman(uint64_t *state, int number) {
    townsman t;
    snprintf(t.given, sizeof t.given, "%s", town_given[random_below(state, COUNT(town_given))]);
    snprintf(t.family, sizeof t.family, "%s", town_family[random_below(state, COUNT(town_family))]);
    snprintf(t.birth, sizeof t.birth, "%04u-%02u-%02u", 1940 + random_below(state, 60),
             1 + random_below(state, 12), 1 + random_below(state, 28));
    snprintf(t.city, sizeof t.city, "%s", town_cities[random_below(state, COUNT(town_cities))]);
    snprintf(t.email, sizeof t.email, "box%d@mail.cn", number * 37);
    snprintf(t.phone, sizeof t.phone, "139%08u", random_below(state, 100000000));
    snprintf(t.id, sizeof t.id, "N%05u", random_below(state, 100000));
    return t;
}

/* Two letters of a word of letters change places. */
static void misspell(uint64_t *state, char *word) {
    size_t size = strlen(word);
    size_t at = size > 3 ? 1 + random_below(state, (uint32_t)size - 2) : 0;
    if (at > 0 && (word[at] & 0x80) == 0 && (word[at + 1] & 0x80) == 0) {
        char moved = word[at];
        word[at] = word[at + 1];
        word[at + 1] = moved;
    }
}

static void put_townsman(stand *s, townsman t, int number, int copy) {
    uint64_t state = (uint64_t)number * 8 + (uint64_t)copy;
    kith_record_input input = KITH_RECORD_INPUT_INIT;
    char key[24];
    if (copy > 0 && random_one_in(&state, 3)) {
        misspell(&state, random_one_in(&state, 2) ? t.given : t.family);
    }
    if (copy > 0 && random_one_in(&state, 4)) {
        snprintf(t.city, sizeof t.city, "%s",
                 town_cities[random_below(&state, COUNT(town_cities))]);
    }
    kith_field all[] = {
        {"given_name", kith_value_text(t.given)}, {"family_name", kith_value_text(t.family)},
        {"birth_date", kith_value_text(t.birth)}, {"city", kith_value_text(t.city)},
        {"email", kith_value_text(t.email)},      {"phone", kith_value_text(t.phone)},
        {"national_id", kith_value_text(t.id)}};
    kith_field fields[COUNT(all)];
    for (size_t i = 0; i < COUNT(all); i++) {
        if (i < 2 || !random_one_in(&state, 4)) {
            fields[input.field_count++] = all[i];
        }
    }
    snprintf(key, sizeof key, "%d-%d", number, copy);
    input.source = "town";
    input.key = key;
    input.at_us = SECOND_US;
    input.fields = fields;
    stand_expect(s, kith_record_put(s->txn, &input, NULL), KITH_OK, "a townsman");
}

void scored_put_town(stand *s, uint64_t seed) {
    kith_error error = KITH_ERROR_INIT;
    uint64_t state = 1;
    townsman people[TOWN_PEOPLE];
    for (int i = 0; i < TOWN_PEOPLE; i++) {
        people[i] = make_townsman(&state, i);
    }
    if (kith_txn_begin(s->store, KITH_WRITE, &s->txn, &error) != KITH_OK) {
        stand_fail(s, "begin: %s", error.message);
        return;
    }
    for (int i = 0; i < 3 * TOWN_PEOPLE; i++) { /* 7919 is prime to their number */
        int place = (int)(((uint64_t)i * 7919 + seed) % (3 * TOWN_PEOPLE));
        place = seed % 2 ? 3 * TOWN_PEOPLE - 1 - place : place;
        if (place % 3 <= place / 3 % 3) { /* one has one record, the next two, the next three */
            put_townsman(s, people[place / 3], place / 3, place % 3);
        }
    }
    stand_commit(s);
}

uint8_t *scored_read_model(stand *s, size_t *out_size) {
    kith_txn *txn = NULL;
    kith_error error = KITH_ERROR_INIT;
    kithi_cursor *cursor = NULL;
    kithi_slice key = {NULL, 0}, row = {NULL, 0};
    if (kith_txn_begin(s->store, KITH_READ, &txn, &error) != KITH_OK ||
        kithi_cursor_open(txn, KITHI_TABLE_MODEL, &cursor) != KITH_OK ||
        kithi_cursor_seek(cursor, KITHI_SEEK_LAST, &key, &row) != KITH_OK) {
        abort();
    }
    uint8_t *copy = malloc(row.size);
    memcpy(copy, row.data, row.size);
    *out_size = row.size;
    kithi_cursor_close(cursor);
    kith_txn_abort(txn);
    return copy;
}

/* The model */

static struct {
    bool wanted;
    uint64_t seed;  /* of the history */
    uint8_t *model; /* learnt of the town */
    size_t size;
    uint64_t linking, known; /* pairs that were weighed */
} scored;

static void learn(void) {
    stand s;
    kith_error error = KITH_ERROR_INIT;
    kith_resolve_options options = KITH_RESOLVE_OPTIONS_INIT;
    stand_open_config(&s, NULL);
    scored_put_town(&s, 0);
    if (s.problem != NULL || kith_resolve(s.store, &options, NULL, &error) != KITH_OK) {
        abort();
    }
    scored.model = scored_read_model(&s, &scored.size);
    stand_close(&s);
}

void scored_use(const history *h) {
    scored.wanted = h != NULL;
    scored.seed = h != NULL ? h->seed : 0;
}

/* Other keys for every second history. */
static void vary_blocks(kithi_model *own, uint64_t *state) {
    static const char *const others[][4] = {{"word+word", "date"},
                                            {"word", "year+word", "word+place"},
                                            {"email", "phone", "word+gender", "sound+date"},
                                            {"street+area", "word+birth_date", "word+area"}};
    char problem[KITHI_BLOCK_PROBLEM_BYTES];
    size_t at = random_below(state, 2 * COUNT(others));
    if (at >= COUNT(others)) {
        return;
    }
    own->blocks = (kithi_block_rules){.count = 0};
    for (size_t i = 0; i < COUNT(others[at]) && others[at][i] != NULL; i++) {
        if (kithi_model_add_block(own, others[at][i], problem) != KITH_OK) {
            abort();
        }
    }
}

/* Blocks of few records pass the cap often; low thresholds make many links. */
static void vary(kithi_model *own, uint64_t seed) {
    static const uint32_t caps[] = {2, 3, 4, 8, 150};
    uint64_t state = seed + 17;
    own->block_cap = caps[random_below(&state, COUNT(caps))];
    own->weak_least = 1 + random_below(&state, 2);
    own->link_at = (2 - 3 * (int32_t)random_below(&state, 4)) * KITHI_BIT;
    own->known_at = own->link_at - 2 * (int32_t)random_below(&state, 3) * KITHI_BIT;
    own->keep_at = own->known_at - 2 * (int32_t)random_below(&state, 2) * KITHI_BIT;
    vary_blocks(own, &state);
}

static void put_varied(stand *s, uint64_t seed) {
    kith_error error = KITH_ERROR_INIT;
    kithi_model *own = NULL;
    if (scored.model == NULL) {
        learn();
    }
    if (s->txn == NULL && kith_txn_begin(s->store, KITH_WRITE, &s->txn, &error) != KITH_OK) {
        stand_fail(s, "begin: %s", error.message);
        return;
    }
    kithi_slice row = {scored.model, scored.size};
    stand_expect(s, kithi_model_unpack(s->txn, row, &own), KITH_OK, "kithi_model_unpack");
    if (own != NULL) {
        vary(own, seed);
        stand_expect(s, kithi_model_put(s->txn, own), KITH_OK, "kithi_model_put");
    }
    kithi_model_free(own);
    stand_commit(s);
}

void scored_put(stand *s, const history *h) {
    put_varied(s, h->seed);
}

void scored_begin(stand *s) {
    if (scored.wanted && s->problem == NULL) {
        put_varied(s, scored.seed);
    }
}

/* Weighing */

typedef struct weighing {
    stand *s;
    kith_txn *txn;
    const kithi_model *model;
    size_t count;
    uint8_t source[WORLD_RECORDS + 2], key[WORLD_RECORDS + 2];
    uint64_t features[WORLD_RECORDS + 2][KITHI_FEATURES_MAX_BYTES / 8];
    uint64_t keys[WORLD_RECORDS + 2][KITHI_BLOCK_KEYS_MAX];
    size_t key_count[WORLD_RECORDS + 2];
} weighing;

static const kithi_features *features_of(const weighing *w, size_t i) {
    return (const kithi_features *)(const void *)w->features[i];
}

static bool read_one(weighing *w, uint32_t number) {
    kith_record record = KITH_RECORD_INIT;
    size_t i = w->count;
    kithi_features *features = (kithi_features *)(void *)w->features[i];
    if (kith_record_get_number(w->txn, number, &record) != KITH_OK) {
        return false;
    }
    while (strcmp(world_sources[w->source[i]], record.source) != 0) {
        w->source[i]++;
    }
    w->key[i] = (uint8_t)atoi(record.key);
    stand_expect(w->s, kithi_features_read(w->txn, w->model, number, features), KITH_OK,
                 "kithi_features_read");
    w->key_count[i] = kithi_block_keys(w->model, features, w->keys[i]);
    w->count++;
    return true;
}

static bool has_key(const weighing *w, size_t i, uint64_t key) {
    for (size_t k = 0; k < w->key_count[i] && w->keys[i][k] <= key; k++) {
        if (w->keys[i][k] == key) {
            return true;
        }
    }
    return false;
}

/* Whether blocks of no more records than the cap have both: a strong one, or enough weak ones, of
 * which all that join a name with a home are one. */
static bool is_proposed(const weighing *w, size_t i, size_t j) {
    size_t counts[] = {[KITHI_BLOCK_WEAK] = 0, [KITHI_BLOCK_STRONG] = 0, [KITHI_BLOCK_PLACED] = 0};
    for (size_t k = 0; k < w->key_count[i]; k++) {
        size_t members = 0;
        for (size_t n = 0; has_key(w, j, w->keys[i][k]) && n < w->count; n++) {
            members += has_key(w, n, w->keys[i][k]);
        }
        bool proposes = members > 0 && members <= w->model->block_cap;
        counts[kithi_block_kind_of(w->keys[i][k])] += proposes;
    }
    size_t weak = counts[KITHI_BLOCK_WEAK] + (counts[KITHI_BLOCK_PLACED] > 0);
    return counts[KITHI_BLOCK_STRONG] > 0 || weak >= w->model->weak_least;
}

static int32_t weigh(const weighing *w, size_t i, size_t j) {
    const kithi_features *a = features_of(w, i), *b = features_of(w, j);
    uint64_t pattern = 0, turned = 0, asked = 0;
    int32_t weight = kithi_pair_weight(w->model, a, b, INT32_MIN / 2, &pattern);
    int32_t back = kithi_pair_weight(w->model, b, a, INT32_MIN / 2, &turned);
    int32_t least = kithi_pair_weight(w->model, a, b, w->model->keep_at, &asked);
    if (weight != back || pattern != turned) {
        stand_fail(w->s, "%d:%d and %d:%d weigh %d, exchanged %d", w->source[i], w->key[i],
                   w->source[j], w->key[j], weight, back);
    }
    if (weight >= w->model->keep_at ? least != weight || asked != pattern
                                    : least >= w->model->keep_at) {
        stand_fail(w->s, "a pair weighs %d, and asked for %d at least %d", weight,
                   w->model->keep_at, least);
    }
    return weight;
}

/* Whether two records show the same of what may contradict. */
static bool show_same(const weighing *w, size_t i, size_t j) {
    for (size_t c = 0; c < w->model->comparison_count; c++) {
        kithi_term_list a = kithi_features_of(features_of(w, i), c);
        kithi_term_list b = kithi_features_of(features_of(w, j), c);
        bool same = a.count == b.count;
        for (size_t t = 0; same && t < a.count; t++) {
            same = kithi_terms_equal(&a, &a.terms[t], &b, &b.terms[t]) &&
                   a.terms[t].flags == b.terms[t].flags;
        }
        if (w->model->comparisons[c].kind->exclusive && !same) {
            return false;
        }
    }
    return true;
}

static void tell_shown(const weighing *w, model_weights *out) {
    for (size_t i = 0; i < w->count; i++) {
        size_t place = model_place(w->source[i], w->key[i]), first = 0;
        while (!show_same(w, first, i)) {
            first++;
        }
        out->shown[place] = first;
        for (size_t j = 0; j < w->count; j++) {
            out->contradict[place][model_place(w->source[j], w->key[j])] =
                kithi_features_contradict(w->model, features_of(w, i), features_of(w, j));
        }
    }
}

static void tell_pairs(const weighing *w, model *m) {
    model_weight *pairs = malloc((w->count * w->count + 1) * sizeof *pairs);
    model_weights weights = {.pairs = pairs, .link_at = w->model->link_at};
    size_t count = 0;
    for (size_t i = 0; i < w->count; i++) {
        for (size_t j = 0; j < i; j++) {
            int32_t weight = weigh(w, i, j);
            if (weight >= w->model->known_at && weight >= w->model->keep_at &&
                is_proposed(w, i, j)) {
                pairs[count++] =
                    (model_weight){w->source[i], w->key[i], w->source[j], w->key[j], weight};
                scored.linking += weight >= w->model->link_at;
                scored.known += weight < w->model->link_at;
            }
        }
    }
    weights.count = count;
    tell_shown(w, &weights);
    model_weigh(m, &weights);
    free(pairs);
}

void scored_weigh(stand *s, kith_txn *txn, model *m) {
    weighing *w = calloc(1, sizeof *w);
    w->s = s;
    w->txn = txn;
    if (txn == s->txn) { /* a config is worked into the rows only then */
        stand_expect(s, kithi_identity_resolve(txn), KITH_OK, "kithi_identity_resolve");
    }
    stand_expect(s, kithi_model_of(txn, &w->model), KITH_OK, "kithi_model_of");
    if (w->model == NULL) {
        model_weigh(m, NULL);
    } else {
        while (w->count < WORLD_RECORDS + 2 && read_one(w, (uint32_t)w->count)) {
        }
        tell_pairs(w, m);
    }
    free(w);
}

void scored_tell(void) {
    if (scored.linking == 0) {
        return;
    }
    printf("weighed: %llu pairs that link, %llu that are only known\n",
           (unsigned long long)scored.linking, (unsigned long long)scored.known);
}
