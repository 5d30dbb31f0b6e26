#include "src/store/block_rules.h"

#include <stdio.h>
#include <string.h>

#include "kith/base.h"
#include "src/base/hash.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* How much it says that two records have it in common. A rule that says less than STRONG, its
 * ingredients added up, is weak; one ingredient that is SLIGHT is no rule. */
enum { SLIGHT, LITTLE, HALF, MUCH, STRONG };

/* What it is taken from: two ingredients of one thing say no more than one of them. */
enum { OF_ITSELF, OF_NAMES, OF_DATES, OF_TEXTS, OF_CODES };

typedef struct ingredient {
    const char *name; /* of those of comparisons the kind */
    uint8_t says, source;
    bool several; /* a record may have different ones, so that two of them are a rule */
} ingredient;

static const ingredient known[KITHI_INGREDIENT_COUNT] = {
    [KITHI_INGREDIENT_WORD] = {"word", HALF, OF_NAMES, true},
    [KITHI_INGREDIENT_SOUND] = {"sound", LITTLE, OF_NAMES, true},
    [KITHI_INGREDIENT_YEAR] = {"year", SLIGHT, OF_DATES, false},
    [KITHI_INGREDIENT_DAY] = {"day", SLIGHT, OF_DATES, false},
    [KITHI_INGREDIENT_DATE] = {"date", MUCH, OF_DATES, false},
    [KITHI_INGREDIENT_NUMBER] = {"number", SLIGHT, OF_ITSELF, false},
    [KITHI_INGREDIENT_STREET] = {"street", HALF, OF_ITSELF, true},
    [KITHI_INGREDIENT_AREA] = {"area", SLIGHT, OF_ITSELF, false},
    [KITHI_INGREDIENT_PLACE] = {"place", SLIGHT, OF_TEXTS, true},
    [KITHI_INGREDIENT_EMAIL] = {"email", STRONG, OF_ITSELF, false},
    [KITHI_INGREDIENT_PHONE] = {"phone", STRONG, OF_ITSELF, false},
    [KITHI_INGREDIENT_CODE] = {"code", STRONG, OF_CODES, false},
};

/* The values of comparisons, by their kind. */
static const ingredient of_kinds[] = {{"text", HALF, OF_TEXTS, false},
                                      {"category", SLIGHT, OF_ITSELF, false},
                                      {"number", SLIGHT, OF_ITSELF, false},
                                      {"date", MUCH, OF_DATES, false},
                                      {"code", STRONG, OF_CODES, false}};

const char *const kithi_standard_block_rules[] = {
    "number+street", "number+area", "email",     "phone",    "code",
    "word+word",     "sound+sound", "word+year", "word+day", "word+area",
    "word+place",    "sound+date",  "date",      NULL};

/* Reading */

typedef struct part {
    const ingredient *what;
    char name[KITHI_BLOCK_OWN_NAME_BYTES];
    uint8_t number;
} part;

static const ingredient *find(const ingredient *list, size_t count, const char *name) {
    size_t i = 0;
    while (i < count && strcmp(list[i].name, name) != 0) {
        i++;
    }
    return i < count ? &list[i] : NULL;
}

static bool find_own(const kithi_own_ingredients *own, part *out) {
    kithi_own_ingredient found;
    if (!own->find(own->context, out->name, &found) || strlen(found.name) >= sizeof out->name) {
        return false;
    }
    out->what = find(of_kinds, COUNT(of_kinds), found.kind);
    out->number = (uint8_t)(KITHI_INGREDIENT_COUNT + found.number);
    memmove(out->name, found.name, strlen(found.name) + 1);
    return out->what != NULL;
}

static bool read_part(const char *text, size_t size, const kithi_own_ingredients *own, part *out) {
    if (size >= sizeof out->name) {
        return false;
    }
    memcpy(out->name, text, size);
    out->name[size] = '\0';
    out->what = find(known, COUNT(known), out->name);
    if (out->what == NULL) {
        return find_own(own, out);
    }
    out->number = (uint8_t)(out->what - known);
    return true;
}

static int tell_unknown(const char *unknown, size_t size, const char *text, char *problem) {
    size_t used = (size_t)snprintf(problem, KITHI_BLOCK_PROBLEM_BYTES,
                                   "unknown ingredient \"%.*s\" in \"%.60s\"; there are",
                                   size < 40 ? (int)size : 40, unknown, text);
    for (size_t i = 0; i < COUNT(known); i++) {
        used += (size_t)snprintf(problem + used, KITHI_BLOCK_PROBLEM_BYTES - used, " %s,",
                                 known[i].name);
    }
    snprintf(problem + used, KITHI_BLOCK_PROBLEM_BYTES - used,
             " and what \"comparisons\" compares as text, category, number, date or code");
    return KITH_INVALID;
}

static int tell(const char *text, const char *words, char *problem) {
    snprintf(problem, KITHI_BLOCK_PROBLEM_BYTES, "\"%.60s\" %s", text, words);
    return KITH_INVALID;
}

static bool is_own(const part *p) {
    return p->number >= KITHI_INGREDIENT_COUNT;
}

/* Own ones by their names: which numbers they have is the matter of a store. */
static bool precedes(const part *a, const part *b) {
    return is_own(a) && is_own(b) ? strcmp(a->name, b->name) < 0 : a->number < b->number;
}

static int check_parts(const part *parts, size_t count, const char *text, char *problem) {
    const part *a = &parts[0], *b = &parts[1];
    if (count == 1) {
        return a->what->says > SLIGHT ? KITH_OK : tell(text, "says too little alone", problem);
    }
    if (a->number == b->number) {
        return a->what->several ? KITH_OK
                                : tell(text, "joins with itself what a record has one of", problem);
    }
    bool same = a->what->source != OF_ITSELF && a->what->source == b->what->source;
    return !same || (is_own(a) && is_own(b))
               ? KITH_OK
               : tell(text, "joins two ingredients of one and the same value", problem);
}

/* Parts in their order. */
static int read_parts(const char *text, const kithi_own_ingredients *own, part parts[2],
                      size_t *out_count, char *problem) {
    *out_count = 0;
    for (const char *at = text;;) {
        size_t size = strcspn(at, "+");
        if (*out_count == 2) {
            return tell(text, "has more than two ingredients", problem);
        }
        if (!read_part(at, size, own, &parts[(*out_count)++])) {
            return tell_unknown(at, size, text, problem);
        }
        if (at[size] == '\0') {
            break;
        }
        at += size + 1;
    }
    if (*out_count == 2 && precedes(&parts[1], &parts[0])) {
        part first = parts[1];
        parts[1] = parts[0];
        parts[0] = first;
    }
    return check_parts(parts, *out_count, text, problem);
}

/* Where it stands among the standard ones; 0: it is none. */
static size_t rank_of(const char *name) {
    size_t i = 0;
    while (kithi_standard_block_rules[i] != NULL &&
           strcmp(kithi_standard_block_rules[i], name) != 0) {
        i++;
    }
    return kithi_standard_block_rules[i] != NULL ? i + 1 : 0;
}

static int compare_names(const char *a, const char *b) {
    size_t x = rank_of(a), y = rank_of(b);
    return x != y ? (x > y) - (x < y) : strcmp(a, b);
}

static void note_own(kithi_block_rules *rules, uint8_t number) {
    if (number >= KITHI_INGREDIENT_COUNT && number != KITHI_INGREDIENT_NONE) {
        rules->own |= UINT64_C(1) << (number - KITHI_INGREDIENT_COUNT);
    }
}

static int insert(kithi_block_rules *rules, const kithi_block_rule *rule, const char *text,
                  char *problem) {
    size_t at = 0;
    while (at < rules->count && compare_names(rules->items[at].name, rule->name) < 0) {
        at++;
    }
    if (at < rules->count && strcmp(rules->items[at].name, rule->name) == 0) {
        return tell(text, "is there twice", problem);
    }
    memmove(rules->items + at + 1, rules->items + at, (rules->count - at) * sizeof *rules->items);
    rules->items[at] = *rule;
    rules->count++;
    note_own(rules, rule->parts[0]);
    note_own(rules, rule->parts[1]);
    return KITH_OK;
}

int kithi_block_rules_add(kithi_block_rules *rules, const char *text,
                          const kithi_own_ingredients *own, kithi_arena *arena,
                          char problem[KITHI_BLOCK_PROBLEM_BYTES]) {
    part parts[2];
    size_t count;
    char name[KITHI_BLOCK_RULE_NAME_BYTES];
    if (rules->count == KITHI_BLOCK_RULES_MAX) {
        snprintf(problem, KITHI_BLOCK_PROBLEM_BYTES, "more than %d rules", KITHI_BLOCK_RULES_MAX);
        return KITH_INVALID;
    }
    int rc = read_parts(text, own, parts, &count, problem);
    if (rc != KITH_OK) {
        return rc;
    }
    bool two = count == 2;
    size_t size = (size_t)snprintf(name, sizeof name, "%s%s%s", parts[0].name, two ? "+" : "",
                                   two ? parts[1].name : "");
    kithi_block_rule rule = {
        .name = kithi_arena_copy(arena, name, size),
        .seed = kithi_hash64(name, size, 0),
        .parts = {parts[0].number, two ? parts[1].number : KITHI_INGREDIENT_NONE},
        .weak = parts[0].what->says + (two ? parts[1].what->says : 0) < STRONG,
    };
    return rule.name != NULL ? insert(rules, &rule, text, problem) : KITH_NO_MEMORY;
}

bool kithi_block_rules_are_standard(const kithi_block_rules *rules) {
    size_t i = 0;
    while (i < rules->count && rank_of(rules->items[i].name) == i + 1) {
        i++;
    }
    return i == rules->count && kithi_standard_block_rules[i] == NULL;
}

bool kithi_block_rules_equal(const kithi_block_rules *a, const kithi_block_rules *b) {
    bool same = a->count == b->count;
    for (size_t i = 0; same && i < a->count; i++) {
        same = strcmp(a->items[i].name, b->items[i].name) == 0;
    }
    return same;
}
