#include "src/store/definition.h"

#include <string.h>

#include "src/base/bytes.h"
#include "src/base/hash.h"
#include "src/base/text.h"
#include "src/store/block_rules.h"
#include "src/store/catalog_build.h"
#include "src/store/codec.h"

static const char version_key[] = "catalog";
static const char region_name[] = "region";
static const char time_zone_name[] = "time_zone";
static const char sums_name[] = "sums";
static const char match_name[] = "match";

/* Writing */

int kithi_definition_check_name(kith_txn *txn, const char *what, const char *name) {
    size_t size = name != NULL ? strlen(name) : 0;
    bool ok = size > 0 && size <= KITH_NAME_MAX_BYTES && kithi_text_valid(name, size);
    for (size_t i = 0; ok && i < size; i++) {
        ok = (unsigned char)name[i] >= ' ' && name[i] != 0x7f;
    }
    if (!ok) {
        return kithi_error_set(kithi_txn_error(txn), KITH_INVALID,
                               "a name of %s has 1 to %d bytes of UTF-8 and no control characters",
                               what, KITH_NAME_MAX_BYTES);
    }
    return KITH_OK;
}

/* The key of a row; the number of its bytes. */
static size_t write_key(uint8_t out[1 + KITH_NAME_MAX_BYTES], kithi_catalog_kind kind,
                        const char *name) {
    size_t size = strlen(name);
    out[0] = (uint8_t)kind;
    memcpy(out + 1, name, size);
    return size + 1;
}

static int put_row(kith_txn *txn, kithi_catalog_kind kind, const char *name, kithi_buffer *row) {
    uint8_t key[1 + KITH_NAME_MAX_BYTES];
    int rc = KITH_OK;
    if (!kithi_buffer_ok(row)) {
        rc = kithi_txn_poison(txn, kithi_error_memory(kithi_txn_error(txn)));
    } else {
        size_t size = write_key(key, kind, name);
        rc = kithi_put(txn, KITHI_TABLE_CATALOG, key, size, row->data, row->size);
    }
    kithi_buffer_clear(row);
    return rc;
}

static void pack_names(kithi_buffer *row, const char *const *names, size_t count) {
    kithi_pack_array(row, (uint32_t)count);
    for (size_t i = 0; i < count; i++) {
        kithi_pack_text(row, names[i], strlen(names[i]));
    }
}

int kithi_definition_put_source(kith_txn *txn, const kithi_source *source) {
    kithi_buffer row;
    kithi_buffer_init(&row);
    kithi_pack_uint(&row, source->id);
    kithi_pack_uint(&row, source->trust);
    kithi_pack_uint(&row, source->kind);
    kithi_pack_bool(&row, source->distinct);
    return put_row(txn, KITHI_CATALOG_SOURCE, source->name, &row);
}

static void pack_rules(kithi_buffer *row, const kithi_identifier_rules *rules) {
    kithi_pack_uint(row, rules->normaliser);
    kithi_pack_bool(row, rules->unique);
    kithi_pack_uint(row, rules->limit);
    kithi_pack_uint(row, rules->generic_names);
    kithi_pack_uint(row, rules->generic_nameless);
    kithi_pack_uint(row, rules->priority);
    kithi_pack_array(row, rules->veto_count);
    for (size_t i = 0; i < rules->veto_count; i++) {
        kithi_pack_uint(row, rules->veto[i]);
    }
    pack_names(row, rules->blocked, rules->blocked_count);
}

int kithi_definition_put_attribute(kith_txn *txn, const kithi_attribute *attribute) {
    kithi_buffer row;
    kithi_buffer_init(&row);
    kithi_pack_uint(&row, attribute->id);
    kithi_pack_uint(&row, attribute->type);
    kithi_pack_uint(&row, attribute->survivorship);
    if (attribute->identifier != NULL) {
        pack_rules(&row, attribute->identifier);
    } else {
        kithi_pack_nil(&row);
    }
    return put_row(txn, KITHI_CATALOG_ATTRIBUTE, attribute->name, &row);
}

int kithi_definition_put_event_type(kith_txn *txn, const kithi_event_type *type) {
    kithi_buffer row;
    kithi_buffer_init(&row);
    kithi_pack_uint(&row, type->id);
    kithi_pack_bool(&row, type->declares_sums);
    pack_names(&row, type->sums, type->sum_count);
    return put_row(txn, KITHI_CATALOG_EVENT_TYPE, type->name, &row);
}

int kithi_definition_put_property(kith_txn *txn, const char *name, uint16_t id) {
    kithi_buffer row;
    kithi_buffer_init(&row);
    kithi_pack_uint(&row, id);
    return put_row(txn, KITHI_CATALOG_PROPERTY, name, &row);
}

int kithi_definition_delete(kith_txn *txn, kithi_catalog_kind kind, const char *name) {
    uint8_t key[1 + KITH_NAME_MAX_BYTES];
    return kithi_delete(txn, KITHI_TABLE_CATALOG, key, write_key(key, kind, name));
}

static int put_text(kith_txn *txn, const char *name, const char *text) {
    kithi_buffer row;
    kithi_buffer_init(&row);
    kithi_pack_text(&row, text, strlen(text));
    return put_row(txn, KITHI_CATALOG_SETTING, name, &row);
}

int kithi_definition_put_region(kith_txn *txn, const char *region) {
    return put_text(txn, region_name, region);
}

int kithi_definition_put_time_zone(kith_txn *txn, const char *name) {
    return put_text(txn, time_zone_name, name);
}

/* Formulas: segments, traits and scores */

#define VERSION_KEY_BYTES 8

static void version_key_of(uint8_t out[VERSION_KEY_BYTES], kithi_catalog_kind kind, uint16_t id,
                           uint32_t version) {
    out[0] = KITHI_CATALOG_VERSION;
    out[1] = (uint8_t)kind;
    kithi_put16(out + 2, id);
    kithi_put32(out + 4, version);
}

static void pack_formula(kithi_buffer *row, const kithi_formula *formula) {
    kithi_pack_uint(row, formula->id);
    kithi_pack_uint(row, formula->version);
    kithi_pack_uint(row, formula->stamp);
    kithi_pack_bool(row, formula->removed);
    kithi_pack_int(row, formula->at_us);
    kithi_pack_text(row, formula->text, strlen(formula->text));
    kithi_pack_text(row, formula->note, strlen(formula->note));
}

int kithi_definition_put_formula(kith_txn *txn, kithi_catalog_kind kind,
                                 const kithi_formula *formula) {
    uint8_t key[VERSION_KEY_BYTES];
    kithi_buffer row;
    int rc = KITH_OK;
    kithi_buffer_init(&row);
    pack_formula(&row, formula);
    version_key_of(key, kind, formula->id, formula->version);
    if (kithi_buffer_ok(&row)) {
        rc = kithi_put(txn, KITHI_TABLE_CATALOG, key, sizeof key, row.data, row.size);
    }
    if (rc == KITH_OK) {
        return put_row(txn, kind, formula->name, &row);
    }
    kithi_buffer_clear(&row);
    return rc;
}

int kithi_definition_take_back(kith_txn *txn, kithi_catalog_kind kind, const kithi_formula *formula,
                               const kithi_formula *before) {
    uint8_t key[VERSION_KEY_BYTES];
    version_key_of(key, kind, formula->id, formula->version);
    int rc = kithi_delete(txn, KITHI_TABLE_CATALOG, key, sizeof key);
    if (rc != KITH_OK) {
        return rc;
    }
    return before != NULL ? kithi_definition_put_formula(txn, kind, before)
                          : kithi_definition_delete(txn, kind, formula->name);
}

int kithi_definition_put_sums(kith_txn *txn, const char *const *names, size_t count) {
    kithi_buffer row;
    kithi_buffer_init(&row);
    pack_names(&row, names, count);
    return put_row(txn, KITHI_CATALOG_SETTING, sums_name, &row);
}

/* Nil stands for what is not set. */
static void pack_setting(kithi_buffer *row, int32_t value) {
    if (value == KITHI_MATCH_UNSET) {
        kithi_pack_nil(row);
    } else {
        kithi_pack_int(row, value);
    }
}

int kithi_definition_put_match(kith_txn *txn, const kithi_match_settings *settings) {
    kithi_buffer row;
    kithi_buffer_init(&row);
    pack_setting(&row, settings->link_at);
    pack_setting(&row, settings->review_at);
    pack_setting(&row, settings->block_cap);
    pack_setting(&row, settings->cohesion);
    kithi_pack_array(&row, 2 * (uint32_t)settings->compared_count);
    for (size_t i = 0; i < settings->compared_count; i++) {
        const kithi_compared *c = &settings->compared[i];
        const char *kind = c->kind != NULL ? c->kind : "";
        kithi_pack_text(&row, c->attribute, strlen(c->attribute));
        kithi_pack_text(&row, kind, strlen(kind));
    }
    pack_names(&row, settings->blocks, settings->block_count);
    return put_row(txn, KITHI_CATALOG_SETTING, match_name, &row);
}

/* Reading: each function reads one row into the catalog's arena; false: damaged, or out of memory,
 * which the catalog notes. */

static void *room(kithi_catalog *catalog, size_t count, size_t size) {
    void *memory = kithi_arena_calloc(&catalog->arena, count, size);
    catalog->out_of_memory = catalog->out_of_memory || memory == NULL;
    return memory;
}

static char *keep(kithi_catalog *catalog, const void *text, size_t size) {
    char *copy = kithi_arena_copy(&catalog->arena, text, size);
    catalog->out_of_memory = catalog->out_of_memory || copy == NULL;
    return copy;
}

static bool add(kithi_catalog *catalog, kithi_catalog_kind kind, uint16_t id, const char *name,
                void *item) {
    bool added = kithi_catalog_add(catalog, kind, id, name, item);
    catalog->out_of_memory = catalog->out_of_memory || !added;
    return added;
}

static bool walk_u16(kithi_walker *walker, uint16_t *out) {
    uint64_t number;
    bool ok = kithi_walk_uint(walker, &number) && number <= UINT16_MAX;
    *out = ok ? (uint16_t)number : 0;
    return ok;
}

static bool walk_names(kithi_catalog *catalog, kithi_walker *walker, const char *const **out,
                       size_t *out_count) {
    uint32_t count;
    if (!kithi_walk_array(walker, &count)) {
        return false;
    }
    const char **names = room(catalog, (size_t)count + 1, sizeof *names);
    for (uint32_t i = 0; names != NULL && i < count; i++) {
        const char *name;
        size_t size;
        if (!kithi_walk_text(walker, &name, &size)) {
            return false;
        }
        names[i] = keep(catalog, name, size);
        if (names[i] == NULL) {
            return false;
        }
    }
    *out = names;
    *out_count = count;
    return names != NULL;
}

static bool load_source(kithi_catalog *catalog, const char *name, kithi_walker *row) {
    kithi_source *source = room(catalog, 1, sizeof *source);
    uint16_t trust, kind;
    if (source == NULL || !walk_u16(row, &source->id) || !walk_u16(row, &trust) ||
        !walk_u16(row, &kind) || !kithi_walk_bool(row, &source->distinct)) {
        return false;
    }
    source->name = name;
    source->trust = (uint8_t)trust;
    source->kind = (kithi_source_kind)kind;
    return add(catalog, KITHI_CATALOG_SOURCE, source->id, name, source);
}

static bool load_rules(kithi_catalog *catalog, kithi_walker *row, kithi_attribute *attribute) {
    if (kithi_walk_nil(row)) {
        return true;
    }
    kithi_identifier_rules *rules = room(catalog, 1, sizeof *rules);
    uint16_t normaliser;
    uint32_t veto_count;
    if (rules == NULL || !walk_u16(row, &normaliser) || !kithi_walk_bool(row, &rules->unique) ||
        !walk_u16(row, &rules->limit) || !walk_u16(row, &rules->generic_names) ||
        !walk_u16(row, &rules->generic_nameless) || !walk_u16(row, &rules->priority) ||
        !kithi_walk_array(row, &veto_count) || veto_count > KITHI_VETO_MAX) {
        return false;
    }
    rules->normaliser = (kithi_normaliser)normaliser;
    rules->veto_count = (uint16_t)veto_count;
    for (uint32_t i = 0; i < veto_count; i++) {
        if (!walk_u16(row, &rules->veto[i])) {
            return false;
        }
    }
    attribute->identifier = rules;
    return walk_names(catalog, row, &rules->blocked, &rules->blocked_count);
}

static bool load_attribute(kithi_catalog *catalog, const char *name, kithi_walker *row) {
    kithi_attribute *attribute = room(catalog, 1, sizeof *attribute);
    uint16_t type, survivorship;
    if (attribute == NULL || !walk_u16(row, &attribute->id) || !walk_u16(row, &type) ||
        !walk_u16(row, &survivorship) || !load_rules(catalog, row, attribute)) {
        return false;
    }
    attribute->name = name;
    attribute->name_hash = kithi_hash64(name, strlen(name), 0);
    attribute->type = (kith_type)type;
    attribute->survivorship = (kithi_survivorship)survivorship;
    return add(catalog, KITHI_CATALOG_ATTRIBUTE, attribute->id, name, attribute);
}

static bool walk_kept(kithi_catalog *catalog, kithi_walker *row, const char **out) {
    const char *text;
    size_t size;
    *out = kithi_walk_text(row, &text, &size) ? keep(catalog, text, size) : NULL;
    return *out != NULL;
}

static bool walk_formula(kithi_walker *row, kithi_formula *out) {
    uint64_t version = 0, stamp = 0;
    bool ok = walk_u16(row, &out->id) && kithi_walk_uint(row, &version) &&
              kithi_walk_uint(row, &stamp) && kithi_walk_bool(row, &out->removed) &&
              kithi_walk_int(row, &out->at_us);
    out->version = (uint32_t)version;
    out->stamp = (uint32_t)stamp;
    return ok;
}

static bool load_formula(kithi_catalog *catalog, kithi_catalog_kind kind, const char *name,
                         kithi_walker *row) {
    kithi_formula *formula = room(catalog, 1, sizeof *formula);
    if (formula == NULL || !walk_formula(row, formula) ||
        !walk_kept(catalog, row, &formula->text) || !walk_kept(catalog, row, &formula->note)) {
        return false;
    }
    formula->name = name;
    return add(catalog, kind, formula->id, name, formula);
}

static bool walk_copied(kith_txn *txn, kithi_walker *row, const char **out) {
    const char *text;
    size_t size;
    bool ok = kithi_walk_text(row, &text, &size);
    *out = ok ? kithi_arena_copy(kithi_txn_arena(txn), text, size) : NULL;
    return ok;
}

int kithi_definition_get_version(kith_txn *txn, kithi_catalog_kind kind, uint16_t id,
                                 uint32_t version, kithi_formula *out) {
    uint8_t key[VERSION_KEY_BYTES];
    kithi_slice value;
    version_key_of(key, kind, id, version);
    int rc = kithi_get(txn, KITHI_TABLE_CATALOG, key, sizeof key, &value);
    if (rc != KITH_OK) {
        return rc;
    }
    kithi_walker row = kithi_walker_of(value.data, value.size);
    if (!walk_formula(&row, out) || !walk_copied(txn, &row, &out->text) ||
        !walk_copied(txn, &row, &out->note)) {
        return kithi_error_set(kithi_txn_error(txn), KITH_CORRUPT,
                               "a definition can't be read; run kith check and restore a backup");
    }
    return out->text != NULL && out->note != NULL ? KITH_OK
                                                  : kithi_error_memory(kithi_txn_error(txn));
}

static bool load_event_type(kithi_catalog *catalog, const char *name, kithi_walker *row) {
    kithi_event_type *type = room(catalog, 1, sizeof *type);
    if (type == NULL || !walk_u16(row, &type->id) || !kithi_walk_bool(row, &type->declares_sums) ||
        !walk_names(catalog, row, &type->sums, &type->sum_count)) {
        return false;
    }
    type->name = name;
    return add(catalog, KITHI_CATALOG_EVENT_TYPE, type->id, name, type);
}

static bool load_property(kithi_catalog *catalog, const char *name, kithi_walker *row) {
    kithi_property *property = room(catalog, 1, sizeof *property);
    if (property == NULL || !walk_u16(row, &property->id)) {
        return false;
    }
    property->name = name;
    return add(catalog, KITHI_CATALOG_PROPERTY, property->id, name, property);
}

static bool walk_setting(kithi_walker *row, int32_t *out) {
    int64_t value;
    if (kithi_walk_nil(row)) {
        *out = KITHI_MATCH_UNSET;
        return true;
    }
    bool ok = kithi_walk_int(row, &value) && value > INT32_MIN && value <= INT32_MAX;
    *out = ok ? (int32_t)value : KITHI_MATCH_UNSET;
    return ok;
}

static bool load_match(kithi_catalog *catalog, kithi_walker *row) {
    kithi_match_settings *settings = &catalog->match;
    uint32_t count;
    if (!walk_setting(row, &settings->link_at) || !walk_setting(row, &settings->review_at) ||
        !walk_setting(row, &settings->block_cap) || !walk_setting(row, &settings->cohesion) ||
        !kithi_walk_array(row, &count) || count > 2 * KITHI_COMPARED_MAX || count % 2 != 0) {
        return false;
    }
    for (uint32_t i = 0; i < count / 2; i++) {
        kithi_compared *c = &settings->compared[i];
        if (!walk_kept(catalog, row, &c->attribute) || !walk_kept(catalog, row, &c->kind)) {
            return false;
        }
        c->kind = c->kind[0] != '\0' ? c->kind : NULL;
    }
    settings->compared_count = count / 2;
    return walk_names(catalog, row, &settings->blocks, &settings->block_count) &&
           settings->block_count <= KITHI_BLOCK_RULES_MAX;
}

static bool load_setting(kithi_catalog *catalog, const char *name, kithi_walker *row) {
    if (strcmp(name, sums_name) == 0) {
        return walk_names(catalog, row, &catalog->sums, &catalog->sum_count);
    }
    if (strcmp(name, match_name) == 0) {
        return load_match(catalog, row);
    }
    if (strcmp(name, time_zone_name) == 0) {
        return walk_kept(catalog, row, &catalog->time_zone);
    }
    return strcmp(name, region_name) == 0 && walk_kept(catalog, row, &catalog->region);
}

static bool load_row(kithi_catalog *catalog, kithi_slice key, kithi_slice value) {
    if (key.size < 2) {
        return false;
    }
    if (key.data[0] == KITHI_CATALOG_VERSION) {
        return true;
    }
    char *name = keep(catalog, key.data + 1, key.size - 1);
    if (name == NULL) {
        return false;
    }
    kithi_walker row = kithi_walker_of(value.data, value.size);
    switch ((kithi_catalog_kind)key.data[0]) {
    case KITHI_CATALOG_SOURCE:
        return load_source(catalog, name, &row);
    case KITHI_CATALOG_ATTRIBUTE:
        return load_attribute(catalog, name, &row);
    case KITHI_CATALOG_EVENT_TYPE:
        return load_event_type(catalog, name, &row);
    case KITHI_CATALOG_PROPERTY:
        return load_property(catalog, name, &row);
    case KITHI_CATALOG_SETTING:
        return load_setting(catalog, name, &row);
    case KITHI_CATALOG_SEGMENT:
    case KITHI_CATALOG_TRAIT:
    case KITHI_CATALOG_SCORE:
        return load_formula(catalog, (kithi_catalog_kind)key.data[0], name, &row);
    case KITHI_CATALOG_VERSION:
        break;
    }
    return false;
}

/* Marks the attributes that clusters depend on. Every one does that some type vetoes by. */
static void mark_identity(kithi_catalog *catalog) {
    static const char *const names[] = {"given_name", "family_name", "full_name"};
    kithi_catalog_list *list = &catalog->lists[KITHI_CATALOG_ATTRIBUTE];
    for (size_t i = 0; i < list->count; i++) {
        kithi_attribute *attribute = list->items[i];
        if (attribute == NULL) {
            continue;
        }
        for (size_t j = 0; j < sizeof names / sizeof names[0]; j++) {
            attribute->identity = attribute->identity || strcmp(attribute->name, names[j]) == 0;
        }
        const kithi_identifier_rules *rules = attribute->identifier;
        attribute->identity = attribute->identity || rules != NULL;
        for (size_t j = 0; rules != NULL && j < rules->veto_count; j++) {
            if (rules->veto[j] < list->count && list->items[rules->veto[j]] != NULL) {
                ((kithi_attribute *)list->items[rules->veto[j]])->identity = true;
            }
        }
    }
}

/* The newest model is the one in force. */
static int load_model_version(kith_txn *txn, uint32_t *out) {
    kithi_cursor *cursor;
    kithi_slice key = {NULL, 0};
    int rc = kithi_cursor_of(txn, KITHI_TABLE_MODEL, &cursor);
    if (rc == KITH_OK) {
        rc = kithi_cursor_seek(cursor, KITHI_SEEK_LAST, &key, NULL);
    }
    if (rc == KITH_OK) {
        *out = key.size == 4 ? kithi_get32(key.data) : 0;
    }
    return rc == KITH_NOT_FOUND ? KITH_OK : rc;
}

static int build(kith_txn *txn, uint64_t version, kithi_catalog **out) {
    kithi_catalog *catalog = kithi_catalog_new(version);
    if (catalog == NULL) {
        return kithi_error_memory(kithi_txn_error(txn));
    }
    kithi_cursor *cursor;
    kithi_slice key = {NULL, 0}, value = {NULL, 0};
    int rc = kithi_cursor_of(txn, KITHI_TABLE_CATALOG, &cursor);
    if (rc == KITH_OK) {
        rc = kithi_cursor_seek(cursor, KITHI_SEEK_FIRST, &key, &value);
    }
    while (rc == KITH_OK) {
        if (!load_row(catalog, key, value)) {
            rc = catalog->out_of_memory
                     ? kithi_error_memory(kithi_txn_error(txn))
                     : kithi_error_set(
                           kithi_txn_error(txn), KITH_CORRUPT,
                           "the catalog is damaged; run kith check and restore a backup");
            break;
        }
        rc = kithi_cursor_seek(cursor, KITHI_SEEK_NEXT, &key, &value);
    }
    if (rc == KITH_NOT_FOUND) {
        rc = load_model_version(txn, &catalog->model_version);
    }
    if (rc != KITH_OK) {
        kithi_catalog_release(catalog);
        return rc;
    }
    mark_identity(catalog);
    *out = catalog;
    return KITH_OK;
}

static int read_version(kith_txn *txn, uint64_t *out) {
    kithi_slice row;
    int rc = kithi_get(txn, KITHI_TABLE_META, version_key, strlen(version_key), &row);
    *out = rc == KITH_OK && row.size == 8 ? kithi_get64(row.data) : 0;
    return rc == KITH_NOT_FOUND ? KITH_OK : rc;
}

static int load_locked(kith_txn *txn, uint64_t snapshot, kithi_catalog **out) {
    kithi_env *env = txn->store->env;
    /*
     * Only a write transaction knows its snapshot by its number. A reader that is held up while it
     * begins may get the one two commits later under the number of the older (LMDB takes the number
     * first, then the meta page).
     */
    if (txn->writes && env->catalog != NULL && env->catalog_snapshot_id == snapshot) {
        *out = env->catalog;
        kithi_catalog_acquire(*out);
        return KITH_OK;
    }
    uint64_t version;
    int rc = read_version(txn, &version);
    if (rc != KITH_OK) {
        return rc;
    }
    if (env->catalog == NULL || env->catalog->version != version) {
        rc = build(txn, version, out);
        if (rc != KITH_OK) {
            return rc;
        }
        if (env->catalog != NULL && env->catalog->version > version) {
            return KITH_OK; /* an old snapshot's: not worth keeping */
        }
        kithi_catalog_release(env->catalog);
        env->catalog = *out;
    }
    env->catalog_snapshot_id = snapshot;
    *out = env->catalog;
    kithi_catalog_acquire(*out);
    return KITH_OK;
}

/*
 * Whether a reader's number is surely that of its snapshot: a newer one would show among the meta
 * pages by now. See load_locked.
 */
static bool number_is_sure(const kith_txn *txn) {
    MDB_envinfo info;
    return mdb_env_info(txn->store->env->mdb, &info) == 0 &&
           info.me_last_txnid == mdb_txn_id(txn->mdb);
}

bool kithi_catalog_still_holds(const kith_txn *txn) {
    return txn->snapshot_id == mdb_txn_id(txn->mdb) && number_is_sure(txn);
}

int kithi_catalog_load(kith_txn *txn, kithi_catalog **out) {
    kithi_env *env = txn->store->env;
    /* A write transaction's id is that of the snapshot it will make; it begins from the one before.
     */
    uint64_t snapshot = mdb_txn_id(txn->mdb) - (txn->writes ? 1 : 0);
    pthread_mutex_lock(&env->lock);
    int rc = load_locked(txn, snapshot, out);
    pthread_mutex_unlock(&env->lock);
    bool sure = rc == KITH_OK && (txn->writes || number_is_sure(txn));
    txn->snapshot_id = sure ? snapshot : KITHI_SNAPSHOT_UNSURE;
    return rc;
}

void kithi_catalog_publish(kith_txn *txn) {
    kithi_env *env = txn->store->env;
    pthread_mutex_lock(&env->lock);
    if (env->catalog == NULL || env->catalog->version < txn->catalog->version) {
        kithi_catalog_release(env->catalog);
        env->catalog = txn->catalog;
        kithi_catalog_acquire(txn->catalog);
        env->catalog_snapshot_id = 0; /* the next transaction compares versions */
    }
    pthread_mutex_unlock(&env->lock);
}

static int replace_own(kith_txn *txn, uint64_t version) {
    kithi_catalog *built;
    int rc = build(txn, version, &built);
    if (rc != KITH_OK) {
        return kithi_txn_poison(txn, rc);
    }
    kithi_txn_end_slot(txn, KITHI_SLOT_EXECUTOR);
    kithi_catalog_release(txn->catalog_before);
    txn->catalog_before = txn->catalog;
    txn->catalog = built;
    txn->catalog_own = true;
    return KITH_OK;
}

int kithi_catalog_own(kith_txn *txn) {
    if (txn->catalog_own) {
        return KITH_OK;
    }
    uint64_t version = txn->catalog->version + 1;
    uint8_t row[8];
    kithi_put64(row, version);
    int rc = kithi_put(txn, KITHI_TABLE_META, version_key, strlen(version_key), row, sizeof row);
    return rc == KITH_OK ? replace_own(txn, version) : rc;
}

int kithi_catalog_rebuild(kith_txn *txn) {
    return replace_own(txn, txn->catalog->version);
}

int kithi_definition_put_model(kith_txn *txn, uint32_t version, const void *model, size_t size) {
    uint8_t key[4];
    kithi_put32(key, version);
    int rc = kithi_catalog_own(txn);
    if (rc == KITH_OK) {
        rc = kithi_put(txn, KITHI_TABLE_MODEL, key, sizeof key, model, size);
    }
    return rc == KITH_OK ? kithi_catalog_rebuild(txn) : rc;
}
