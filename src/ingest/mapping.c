#include "src/ingest/mapping.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "src/base/error.h"
#include "src/base/grow.h"
#include "src/base/hash.h"
#include "src/ingest/columns.h"

#define LIST_BYTES 300 /* of column names in an error */

/* What the caller says about a column. */
typedef struct kithi_mapping_override {
    const char *column;
    const char *attribute; /* NULL: leave it out */
} kithi_mapping_override;

/* The caller's map: column=attribute,... A column's name may be quoted, to hold the two signs. */

static bool add_override(kithi_mapping *mapping, char *column, char *attribute) {
    kithi_mapping_override *list =
        realloc(mapping->overrides, (mapping->override_count + 1) * sizeof *list);
    if (list == NULL) {
        return false;
    }
    mapping->overrides = list;
    list[mapping->override_count++] =
        (kithi_mapping_override){column, *attribute ? attribute : NULL};
    return true;
}

static char *trim(char *text) {
    text += strspn(text, " \t");
    size_t size = strlen(text);
    while (size > 0 && (text[size - 1] == ' ' || text[size - 1] == '\t')) {
        text[--size] = '\0';
    }
    return text;
}

/* Cuts the column's name off `*at`, which then stands behind the '='; NULL where there is none. */
static char *take_column(char **at) {
    char *name = *at + strspn(*at, " \t");
    bool quoted = *name == '"';
    name += quoted;
    char *end = strchr(name, quoted ? '"' : '=');
    if (end == NULL) {
        return NULL;
    }
    char *equals = end + quoted;
    equals += strspn(equals, " \t");
    if (*equals != '=') {
        return NULL;
    }
    *end = '\0';
    *at = equals + 1;
    return quoted ? name : trim(name);
}

static int named_twice(const char *column, kith_error *error) {
    return kithi_error_set(error, KITH_INVALID, "map: it names column \"%.100s\" twice", column);
}

static bool is_overridden(const kithi_mapping *mapping, const char *column) {
    for (size_t i = 0; i < mapping->override_count; i++) {
        if (strcmp(mapping->overrides[i].column, column) == 0) {
            return true;
        }
    }
    return false;
}

static int take_override(kithi_mapping *mapping, char *column, char *attribute, kith_error *error) {
    if (strlen(attribute) > KITHI_COLUMN_NAME_MAX_BYTES) {
        return kithi_error_set(error, KITH_INVALID,
                               "map: the attribute of column \"%s\" is longer than %d bytes",
                               column, KITHI_COLUMN_NAME_MAX_BYTES);
    }
    if (is_overridden(mapping, column)) {
        return named_twice(column, error);
    }
    if (*attribute == '(') { /* as summaries show what is no attribute */
        return kithi_error_set(error, KITH_INVALID,
                               "map: column \"%.100s\" can't become \"%.60s\", a name for an "
                               "attribute is needed; key, time and message id have options of "
                               "their own",
                               column, attribute);
    }
    return add_override(mapping, column, attribute) ? KITH_OK : kithi_error_memory(error);
}

static int parse_map(kithi_mapping *mapping, const char *map, kith_error *error) {
    char *copy = kithi_arena_copy(&mapping->arena, map, strlen(map));
    char *at = copy;
    int code = copy != NULL ? KITH_OK : kithi_error_memory(error);
    while (code == KITH_OK && *trim(at) != '\0') {
        size_t position = (size_t)(at - copy);
        char *column = take_column(&at);
        if (column == NULL || *column == '\0') {
            return kithi_error_set_at(error, KITH_INVALID, (int64_t)position,
                                      "map: \"column=attribute\" is expected at \"%.60s\"",
                                      map + position);
        }
        char *comma = strchr(at, ',');
        char *next = comma ? comma + 1 : at + strlen(at);
        if (comma != NULL) {
            *comma = '\0';
        }
        code = take_override(mapping, column, trim(at), error);
        at = next;
    }
    return code;
}

int kithi_mapping_init(kithi_mapping *mapping, kithi_mapping_of of,
                       const kith_import_options *options, kith_error *error) {
    memset(mapping, 0, sizeof *mapping);
    mapping->of = of;
    mapping->key_option = options->key_column;
    mapping->time_option = options->time_column;
    mapping->message_id_option = options->message_id_column;
    mapping->key = mapping->time = mapping->message_id = KITHI_MAPPING_NONE;
    mapping->source = KITHI_MAPPING_NONE;
    mapping->room = SIZE_MAX;
    kithi_arena_init(&mapping->arena);
    kithi_map_init(&mapping->by_name);
    kithi_map_init(&mapping->by_slot);
    kithi_map_init(&mapping->declared);
    kithi_map_init(&mapping->existing);
    kithi_map_init(&mapping->uniques);
    kithi_map_init(&mapping->numbers);
    kithi_map_init(&mapping->moments);
    kithi_map_init(&mapping->parted);
    mapping->region = "auto";
    int code = options->map ? parse_map(mapping, options->map, error) : KITH_OK;
    mapping->wrong_option = code == KITH_INVALID ? "map" : NULL;
    return code;
}

void kithi_mapping_clear(kithi_mapping *mapping) {
    free(mapping->columns);
    free(mapping->slots);
    free(mapping->overrides);
    kithi_map_clear(&mapping->by_name);
    kithi_map_clear(&mapping->by_slot);
    kithi_map_clear(&mapping->declared);
    kithi_map_clear(&mapping->existing);
    kithi_map_clear(&mapping->uniques);
    kithi_map_clear(&mapping->numbers);
    kithi_map_clear(&mapping->moments);
    kithi_map_clear(&mapping->parted);
    kithi_arena_clear(&mapping->arena);
    memset(mapping, 0, sizeof *mapping);
}

/* Tables of names. A map hit is verified; names whose hashes collide are found the slow way. */

static uint32_t find_column(const kithi_mapping *mapping, const char *name, size_t size) {
    const uint64_t *hit = kithi_map_get(&mapping->by_name, kithi_hash64(name, size, 0));
    if (hit == NULL) {
        return KITHI_MAPPING_NONE;
    }
    const char *found = mapping->columns[*hit].name;
    if (strlen(found) == size && memcmp(found, name, size) == 0) {
        return (uint32_t)*hit;
    }
    for (size_t i = 0; i < mapping->column_count; i++) {
        found = mapping->columns[i].name;
        if (strlen(found) == size && memcmp(found, name, size) == 0) {
            return (uint32_t)i;
        }
    }
    return KITHI_MAPPING_NONE;
}

uint32_t kithi_mapping_find_slot(const kithi_mapping *mapping, const char *attribute) {
    const uint64_t *hit =
        kithi_map_get(&mapping->by_slot, kithi_hash64(attribute, strlen(attribute), 0));
    if (hit == NULL || strcmp(mapping->slots[*hit], attribute) == 0) {
        return hit ? (uint32_t)*hit : KITHI_MAPPING_NONE;
    }
    for (size_t i = 0; i < mapping->slot_count; i++) {
        if (strcmp(mapping->slots[i], attribute) == 0) {
            return (uint32_t)i;
        }
    }
    return KITHI_MAPPING_NONE;
}

/* Properties of events have a table of their own. */
static bool take_room(kithi_mapping *mapping, const char *attribute) {
    uint64_t hash = kithi_hash64(attribute, strlen(attribute), 0);
    if (mapping->of == KITHI_MAPPING_EVENTS || kithi_map_get(&mapping->existing, hash) != NULL) {
        return true;
    }
    bool room = mapping->room > 0;
    mapping->room -= room;
    return room;
}

/* KITHI_MAPPING_NONE where the store has no room for one more attribute. */
static bool join_slot(kithi_mapping *mapping, const char *attribute, uint32_t *out) {
    *out = kithi_mapping_find_slot(mapping, attribute);
    if (*out != KITHI_MAPPING_NONE || !take_room(mapping, attribute)) {
        return true;
    }
    if (!KITHI_GROW(mapping->slots, mapping->slot_capacity, mapping->slot_count + 1)) {
        return false;
    }
    *out = (uint32_t)mapping->slot_count;
    mapping->slots[mapping->slot_count++] = attribute;
    bool added = false;
    return kithi_map_put(&mapping->by_slot, kithi_hash64(attribute, strlen(attribute), 0), *out,
                         &added) != NULL;
}

/* Columns */

static const kithi_mapping_override *find_override(const kithi_mapping *mapping, const char *name) {
    for (size_t i = 0; i < mapping->override_count; i++) {
        if (strcmp(mapping->overrides[i].column, name) == 0) {
            return &mapping->overrides[i];
        }
    }
    for (size_t i = 0; i < mapping->override_count; i++) {
        if (kithi_columns_same(mapping->overrides[i].column, name)) {
            return &mapping->overrides[i];
        }
    }
    return NULL;
}

/* What is noted of attributes: of each name a number. */

static bool note(kithi_map *map, const char *name, uint64_t number) {
    return kithi_map_put(map, kithi_hash64(name, strlen(name), 0), number, NULL) != NULL;
}

/* NULL: nothing is noted of it, or it has no name. */
static const uint64_t *noted(const kithi_map *map, const char *name) {
    return name != NULL ? kithi_map_get(map, kithi_hash64(name, strlen(name), 0)) : NULL;
}

bool kithi_mapping_declare(kithi_mapping *mapping, const char *name) {
    return note(&mapping->declared, name, 0);
}

static bool is_declared(const kithi_mapping *mapping, const char *name) {
    return noted(&mapping->declared, name) != NULL;
}

bool kithi_mapping_exists(kithi_mapping *mapping, const char *name) {
    return note(&mapping->existing, name, 0);
}

bool kithi_mapping_unique(kithi_mapping *mapping, const char *name) {
    return note(&mapping->uniques, name, 0);
}

static bool is_unique(const kithi_mapping *mapping, const char *attribute) {
    return noted(&mapping->uniques, attribute) != NULL;
}

bool kithi_mapping_expect(kithi_mapping *mapping, const char *name, kithi_number number) {
    return note(&mapping->numbers, name, number);
}

static kithi_number number_of(const kithi_mapping *mapping, const char *attribute) {
    const uint64_t *found = noted(&mapping->numbers, attribute);
    return found != NULL ? (kithi_number)*found : KITHI_NUMBER_NONE;
}

bool kithi_mapping_moment(kithi_mapping *mapping, const char *name, kith_type type) {
    return note(&mapping->moments, name, type);
}

static kith_type moment_of(const kithi_mapping *mapping, const char *attribute) {
    const uint64_t *found = noted(&mapping->moments, attribute);
    return found != NULL ? (kith_type)*found : KITH_TYPE_NULL;
}

bool kithi_mapping_part(kithi_mapping *mapping, const char *name, kithi_normaliser how) {
    return note(&mapping->parted, name, how);
}

bool kithi_mapping_region(kithi_mapping *mapping, const char *region) {
    const char *copy = kithi_arena_copy(&mapping->arena, region, strlen(region));
    mapping->region = copy != NULL ? copy : mapping->region;
    return copy != NULL;
}

/* By the file's layout, else by a declared name, else by the table of names, else its own name. */
static void recognise(const kithi_mapping *mapping, kithi_column *column) {
    const kithi_layout *layout = &mapping->layout;
    const char *known = kithi_layout_attribute(layout, column->name, &column->single);
    bool declared = kithi_layout_decided(layout, column->name, false) == NULL &&
                    is_declared(mapping, column->own);
    column->known = known != NULL;
    if (declared && (known == NULL || strcmp(known, column->own) != 0)) {
        column->known = true;
        column->single = false;
    } else if (known != NULL) {
        column->attribute = known;
    } else if (kithi_columns_is_ignored(column->name)) {
        column->attribute = NULL;
    }
    column->single = column->single || is_unique(mapping, column->attribute);
}

/* The attribute of a column by the caller's word, else as it is recognised. */
static void choose_attribute(const kithi_mapping *mapping, kithi_column *column) {
    const kithi_mapping_override *override = find_override(mapping, column->name);
    column->attribute = column->own;
    if (override != NULL) {
        column->mapped = true;
        column->attribute = override->attribute;
    } else if (mapping->of != KITHI_MAPPING_EVENTS) {
        recognise(mapping, column);
    } else {
        const char *decided = kithi_layout_decided(&mapping->layout, column->name, true);
        column->attribute = decided != NULL ? decided : column->own;
    }
}

/* Also of events, where the column becomes a property under its own name. */
static void set_identifier(const kithi_mapping *mapping, kithi_column *column) {
    bool single = false;
    const char *attribute = column->mapped || is_declared(mapping, column->own)
                                ? column->attribute
                                : kithi_layout_attribute(&mapping->layout, column->name, &single);
    const uint64_t *how = noted(&mapping->parted, attribute);
    column->identifier_rank = attribute != NULL ? kithi_columns_identifier_rank(attribute) : -1;
    column->parted_as = how != NULL ? (int)*how : -1;
}

/* Where a second value goes. A column that has the name of a unique type itself keeps it apart, as
 * two values of one would make the record shared. */
static bool set_own_slot(kithi_mapping *mapping, kithi_column *column) {
    const char *name = column->own;
    bool itself =
        mapping->of != KITHI_MAPPING_EVENTS && !column->mapped && is_unique(mapping, column->own);
    if (itself) {
        char other[KITHI_COLUMN_NAME_MAX_BYTES + 1];
        int size = snprintf(other, sizeof other, "%.1000s_2", column->own);
        name = kithi_arena_copy(&mapping->arena, other, (size_t)size);
    }
    return name != NULL && join_slot(mapping, name, &column->own_slot);
}

static void leave_out(kithi_column *column) {
    column->attribute = NULL;
    column->slot = KITHI_MAPPING_NONE;
}

static void leave_out_unmapped(kithi_column *column) {
    if (column->attribute != NULL && column->slot == KITHI_MAPPING_NONE) {
        column->unmapped = true;
        leave_out(column);
    }
}

/* Its attribute comes first where there is room for one more only. */
static bool set_slots(kithi_mapping *mapping, kithi_column *column) {
    column->slot = KITHI_MAPPING_NONE;
    column->number = number_of(mapping, column->attribute);
    column->moment = moment_of(mapping, column->attribute);
    bool joined =
        (column->attribute == NULL || join_slot(mapping, column->attribute, &column->slot)) &&
        set_own_slot(mapping, column);
    leave_out_unmapped(column);
    return joined;
}

static int describe_column(kithi_mapping *mapping, kithi_column *column, const char *name,
                           size_t size, kith_error *error) {
    char own[KITHI_COLUMN_NAME_MAX_BYTES + 1];
    memset(column, 0, sizeof *column);
    column->name = kithi_arena_copy(&mapping->arena, name, size);
    if (column->name == NULL) {
        return kithi_error_memory(error);
    }
    if (!kithi_columns_snake(column->name, own, sizeof own)) {
        snprintf(own, sizeof own, "column_%zu", mapping->column_count + 1);
    }
    column->own = kithi_arena_copy(&mapping->arena, own, strlen(own));
    if (column->own == NULL) {
        return kithi_error_memory(error);
    }
    choose_attribute(mapping, column);
    set_identifier(mapping, column);
    return set_slots(mapping, column) ? KITH_OK : kithi_error_memory(error);
}

/* The first column that seems to name the rows' sources, unless the caller said what it is. */
static void note_source(kithi_mapping *mapping, uint32_t at) {
    const kithi_column *column = &mapping->columns[at];
    if (mapping->source == KITHI_MAPPING_NONE && mapping->of != KITHI_MAPPING_TRAITS &&
        !column->mapped && !kithi_layout_is_shopify_orders(&mapping->layout) &&
        kithi_columns_is_source(column->name)) {
        mapping->source = at;
    }
}

int kithi_mapping_column(kithi_mapping *mapping, const char *name, size_t size,
                         uint32_t *out_column, kith_error *error) {
    *out_column = find_column(mapping, name, size);
    if (*out_column != KITHI_MAPPING_NONE) {
        return KITH_OK;
    }
    if (size == 0 || size > KITHI_COLUMN_NAME_MAX_BYTES || memchr(name, '\0', size) != NULL) {
        return kithi_error_set(error, KITH_INVALID, "a column's name has 1 to %d bytes, not %zu",
                               KITHI_COLUMN_NAME_MAX_BYTES, size);
    }
    if (mapping->column_count == KITHI_MAPPING_COLUMN_MAX) {
        return kithi_error_set(error, KITH_LIMIT, "the file has more than %d different columns",
                               KITHI_MAPPING_COLUMN_MAX);
    }
    if (!KITHI_GROW(mapping->columns, mapping->column_capacity, mapping->column_count + 1)) {
        return kithi_error_memory(error);
    }
    kithi_column *column = &mapping->columns[mapping->column_count];
    int code = describe_column(mapping, column, name, size, error);
    if (code != KITH_OK) {
        return code;
    }
    bool added = false;
    *out_column = (uint32_t)mapping->column_count;
    if (kithi_map_put(&mapping->by_name, kithi_hash64(name, size, 0), *out_column, &added) ==
        NULL) {
        return kithi_error_memory(error);
    }
    mapping->column_count++;
    note_source(mapping, *out_column);
    return KITH_OK;
}

int kithi_mapping_member(kithi_mapping *mapping, const char *name, size_t size,
                         uint32_t *out_column, kith_error *error) {
    *out_column = find_column(mapping, name, size);
    bool full = mapping->column_count >= KITHI_MAPPING_MEMBER_MAX;
    return full || *out_column != KITHI_MAPPING_NONE
               ? KITH_OK
               : kithi_mapping_column(mapping, name, size, out_column, error);
}

int kithi_mapping_nameless(kithi_mapping *mapping, const char *name, uint32_t *out_column,
                           kith_error *error) {
    int code = kithi_mapping_column(mapping, name, strlen(name), out_column, error);
    if (code == KITH_OK) {
        leave_out(&mapping->columns[*out_column]);
        mapping->columns[*out_column].nameless = true;
    }
    return code;
}

/* Choosing */

static void list_columns(const kithi_mapping *mapping, char out[LIST_BYTES]) {
    size_t used = 0;
    out[0] = '\0';
    for (size_t i = 0; i < mapping->column_count; i++) {
        const char *name = mapping->columns[i].name;
        if (used + strlen(name) + sizeof ", ..." > LIST_BYTES) {
            memcpy(out + used, used ? ", ..." : "...", used ? sizeof ", ..." : sizeof "...");
            return;
        }
        used += (size_t)snprintf(out + used, LIST_BYTES - used, "%s%s", i ? ", " : "", name);
    }
}

static int unknown_column(const kithi_mapping *mapping, const char *option, const char *name,
                          kith_error *error) {
    char list[LIST_BYTES];
    list_columns(mapping, list);
    return kithi_error_set(error, KITH_INVALID, "%s: the file has no column \"%.100s\"; it has: %s",
                           option, name, list);
}

static uint32_t find_by_option(const kithi_mapping *mapping, const char *name) {
    uint32_t found = find_column(mapping, name, strlen(name));
    for (size_t i = 0; found == KITHI_MAPPING_NONE && i < mapping->column_count; i++) {
        if (kithi_columns_same(mapping->columns[i].name, name)) {
            found = (uint32_t)i;
        }
    }
    return found;
}

/* A column that the options name: it must be there if all are known, and is joined if they aren't.
 */
static int choose_named(kithi_mapping *mapping, const char *option, const char *name, bool complete,
                        uint32_t *out, kith_error *error) {
    *out = find_by_option(mapping, name);
    if (*out != KITHI_MAPPING_NONE) {
        return KITH_OK;
    }
    return complete ? unknown_column(mapping, option, name, error)
                    : kithi_mapping_column(mapping, name, strlen(name), out, error);
}

static int rank_as_key(const kithi_mapping *mapping, const kithi_column *column) {
    bool left_out = column->mapped && column->attribute == NULL;
    return left_out ? -1
                    : kithi_columns_key_rank(column->name, mapping->of == KITHI_MAPPING_EVENTS);
}

static int rank_as_time(const kithi_mapping *mapping, const kithi_column *column) {
    if (column->mapped && mapping->of == KITHI_MAPPING_EVENTS) {
        return -1; /* the caller wants it as a property */
    }
    if (mapping->of == KITHI_MAPPING_EVENTS) {
        return kithi_columns_time_rank(column->name);
    }
    return column->attribute != NULL && strcmp(column->attribute, "updated_at") == 0 ? 0 : -1;
}

static int rank_as_message_id(const kithi_mapping *mapping, const kithi_column *column) {
    if (column->mapped) { /* to be it, or to be a property */
        bool named = column->attribute != NULL && strcmp(column->attribute, "message_id") == 0;
        return named ? 0 : -1;
    }
    return kithi_columns_is_message_id(column->name) ? 1 : -1;
}

static uint32_t choose_best(const kithi_mapping *mapping,
                            int (*rank)(const kithi_mapping *, const kithi_column *)) {
    uint32_t best = KITHI_MAPPING_NONE;
    int best_rank = -1;
    for (size_t i = 0; i < mapping->column_count; i++) {
        int found = rank(mapping, &mapping->columns[i]);
        if (found >= 0 && (best_rank < 0 || found < best_rank)) {
            best = (uint32_t)i;
            best_rank = found;
        }
    }
    return best;
}

static bool has_identifier(const kithi_mapping *mapping) {
    for (size_t i = 0; i < mapping->column_count; i++) {
        if (mapping->columns[i].identifier_rank >= 0) {
            return true;
        }
    }
    return false;
}

static int no_column_known(const kithi_mapping *mapping, const char *option, const char *what,
                           kith_error *error) {
    char list[LIST_BYTES];
    list_columns(mapping, list);
    return kithi_error_set(error, KITH_INVALID,
                           "%s: no column is known to hold %s, so it has to be named; there are: "
                           "%s",
                           option, what, list);
}

static int decide_key(kithi_mapping *mapping, bool complete, kith_error *error) {
    int code = KITH_OK;
    if (mapping->key_option != NULL) {
        code = choose_named(mapping, "key", mapping->key_option, complete, &mapping->key, error);
    } else {
        mapping->key = choose_best(mapping, rank_as_key);
    }
    if (code != KITH_OK) {
        return code;
    }
    if (mapping->key == KITHI_MAPPING_NONE) {
        mapping->key_is_identifier = has_identifier(mapping);
        return mapping->key_is_identifier
                   ? KITH_OK
                   : no_column_known(mapping, "key", "the record's key", error);
    }
    kithi_column *column = &mapping->columns[mapping->key];
    if (column->identifier_rank >= 0) {
        mapping->key_attribute = kithi_columns_identifier((size_t)column->identifier_rank);
    }
    bool stays = column->mapped || mapping->key_attribute != NULL;
    if (mapping->of == KITHI_MAPPING_EVENTS || !stays) {
        leave_out(column);
    }
    return KITH_OK;
}

static int decide_time(kithi_mapping *mapping, bool complete, kith_error *error) {
    if (mapping->time_option != NULL) {
        int code =
            choose_named(mapping, "time", mapping->time_option, complete, &mapping->time, error);
        if (code != KITH_OK) {
            return code;
        }
    } else {
        mapping->time = choose_best(mapping, rank_as_time);
    }
    if (mapping->of != KITHI_MAPPING_EVENTS) {
        return KITH_OK;
    }
    if (mapping->time == KITHI_MAPPING_NONE) {
        return no_column_known(mapping, "time", "the events' time", error);
    }
    leave_out(&mapping->columns[mapping->time]);
    return KITH_OK;
}

static int decide_message_id(kithi_mapping *mapping, bool complete, kith_error *error) {
    int code = KITH_OK;
    if (mapping->of != KITHI_MAPPING_EVENTS) {
        return KITH_OK;
    }
    if (mapping->message_id_option != NULL) {
        code = choose_named(mapping, "message-id", mapping->message_id_option, complete,
                            &mapping->message_id, error);
    } else {
        mapping->message_id = choose_best(mapping, rank_as_message_id);
    }
    if (code == KITH_OK && mapping->message_id != KITHI_MAPPING_NONE &&
        mapping->message_id != mapping->key) {
        leave_out(&mapping->columns[mapping->message_id]);
    }
    return code;
}

static int check_overrides(const kithi_mapping *mapping, kith_error *error) {
    for (size_t i = 0; i < mapping->override_count; i++) {
        const char *name = mapping->overrides[i].column;
        uint32_t column = find_by_option(mapping, name);
        if (column == KITHI_MAPPING_NONE) {
            return unknown_column(mapping, "map", name, error);
        }
        for (size_t j = 0; j < i; j++) {
            if (find_by_option(mapping, mapping->overrides[j].column) == column) {
                return named_twice(name, error);
            }
        }
    }
    return KITH_OK;
}

/* Attributes are in snake case; those of a store's own have any name, but are there already. */
static bool is_written_as_column(const char *attribute) {
    char snake[KITHI_COLUMN_NAME_MAX_BYTES + 1];
    for (const char *at = attribute; *at != '\0'; at++) {
        if ((unsigned char)*at >= 0x80) {
            return true;
        }
    }
    return !kithi_columns_snake(attribute, snake, sizeof snake) || strcmp(snake, attribute) != 0;
}

int kithi_mapping_check_map(kithi_mapping *mapping, kith_error *error) {
    for (size_t i = 0; i < mapping->override_count && mapping->of != KITHI_MAPPING_EVENTS; i++) {
        const char *attribute = mapping->overrides[i].attribute;
        bool single = false;
        bool is_there = attribute == NULL ||
                        kithi_map_get(&mapping->existing,
                                      kithi_hash64(attribute, strlen(attribute), 0)) != NULL;
        const char *meant = is_there ? NULL : kithi_columns_attribute(attribute, &single);
        if (meant != NULL && is_written_as_column(attribute)) {
            mapping->wrong_option = "map";
            return kithi_error_set(error, KITH_INVALID,
                                   "map: there is no attribute \"%.100s\"; did you mean %s? What "
                                   "is expected is column=attribute",
                                   attribute, meant);
        }
    }
    return KITH_OK;
}

/* One column for each single attribute */

/* Gives the column its own name, with a number behind it where that is taken too. */
static bool use_own_name(kithi_mapping *mapping, kithi_column *column, const bool *taken) {
    char name[KITHI_COLUMN_NAME_MAX_BYTES + 1];
    column->slot = column->own_slot;
    column->attribute = column->own;
    column->known = false;
    if (column->slot != KITHI_MAPPING_NONE) {
        column->attribute = mapping->slots[column->slot];
    }
    for (unsigned i = 2; column->slot != KITHI_MAPPING_NONE && taken[column->slot]; i++) {
        int size = snprintf(name, sizeof name, "%.1000s_%u", column->own, i);
        column->attribute = kithi_arena_copy(&mapping->arena, name, (size_t)size);
        if (column->attribute == NULL || !join_slot(mapping, column->attribute, &column->slot)) {
            return false;
        }
    }
    column->number = number_of(mapping, column->attribute);
    leave_out_unmapped(column);
    column->moment = moment_of(mapping, column->attribute);
    return true;
}

static bool takes_one(const kithi_column *column) {
    return column->attribute != NULL && !column->mapped && (column->single || !column->known);
}

typedef enum turn { OF_THAT_NAME, KEY, OTHERS, TURN_COUNT } turn;

static turn turn_of(const kithi_mapping *mapping, size_t at) {
    const kithi_column *column = &mapping->columns[at];
    if (column->known && kithi_columns_same(column->name, column->attribute)) {
        return OF_THAT_NAME;
    }
    return at == mapping->key ? KEY : OTHERS;
}

static bool separate(kithi_mapping *mapping, bool *taken, turn now) {
    for (size_t i = 0; i < mapping->column_count; i++) {
        kithi_column *column = &mapping->columns[i];
        if (column->attribute == NULL || column->placed || turn_of(mapping, i) != now) {
            continue;
        }
        column->placed = true;
        if (takes_one(column) && taken[column->slot] && !use_own_name(mapping, column, taken)) {
            return false;
        }
        if (column->slot != KITHI_MAPPING_NONE) {
            taken[column->slot] = true;
        }
    }
    return true;
}

static int separate_columns(kithi_mapping *mapping, kith_error *error) {
    /* Each column may bring an attribute of its own and one with a number. */
    bool *taken = calloc(mapping->slot_count + 2 * mapping->column_count + 1, sizeof *taken);
    bool fine = taken != NULL;
    for (size_t i = 0; fine && i < mapping->column_count; i++) {
        const kithi_column *column = &mapping->columns[i];
        if (column->mapped && column->attribute != NULL) {
            taken[column->slot] = true;
        }
    }
    for (turn now = OF_THAT_NAME; fine && now < TURN_COUNT; now++) {
        fine = separate(mapping, taken, now);
    }
    free(taken);
    return fine ? KITH_OK : kithi_error_memory(error);
}

int kithi_mapping_decide(kithi_mapping *mapping, bool complete, kith_error *error) {
    const char *option = "map";
    int code = complete ? check_overrides(mapping, error) : KITH_OK;
    if (code == KITH_OK) {
        option = "key";
        code = decide_key(mapping, complete, error);
    }
    if (code == KITH_OK) {
        option = "time";
        code = decide_time(mapping, complete, error);
    }
    if (code == KITH_OK) {
        option = "message-id";
        code = decide_message_id(mapping, complete, error);
    }
    mapping->wrong_option = code == KITH_INVALID ? option : NULL;
    if (code == KITH_OK && complete) {
        code = separate_columns(mapping, error);
    }
    mapping->decided = code == KITH_OK;
    return code;
}

const char *kithi_mapping_key_name(const kithi_mapping *mapping) {
    return mapping->key == KITHI_MAPPING_NONE ? "(identifier)"
                                              : mapping->columns[mapping->key].name;
}

bool kithi_mapping_destination(const kithi_mapping *mapping, const kithi_column *column,
                               kithi_arena *arena, const char **out) {
    const char *own =
        column->own_slot != KITHI_MAPPING_NONE ? mapping->slots[column->own_slot] : NULL;
    *out = column->attribute;
    if (column->went_own && !column->went_there) {
        *out = own;
    } else if (column->went_own) {
        size_t size = strlen(column->attribute) + strlen(", ") + strlen(own);
        char *both = kithi_arena_alloc(arena, size + 1);
        if (both != NULL) {
            snprintf(both, size + 1, "%s, %s", column->attribute, own);
        }
        *out = both;
    }
    return *out != NULL || column->attribute == NULL;
}
