#include "src/identity/generic.h"

#include "src/base/bytes.h"
#include "src/base/hash.h"
#include "src/fact/holders.h"
#include "src/identity/identity.h"

#define SECOND_SEED 0x6b697468u /* of the table's second hash */
#define NAMES_MAX   64          /* different names counted before a value is surely generic */

void kithi_generic_key(uint8_t out[16], const kithi_attribute *type, const char *text,
                       size_t size) {
    kithi_put64(out, kithi_identifier_hash(type, text, size));
    kithi_put64(out + 8, kithi_hash64(text, size, type->name_hash ^ SECOND_SEED));
}

/* The key of a node's name, worked out when it is first asked for: most are never counted. */
static uint64_t name_key_of(kithi_component *c, uint32_t node) {
    kithi_persona *persona = &c->personas[c->nodes[node].persona];
    if (!persona->has_key) {
        persona->name_key = kithi_name_key(&persona->name);
        persona->has_key = true;
    }
    return persona->name_key;
}

/* What the records of a value that were looked at show. */
typedef struct shown_names {
    uint64_t keys[NAMES_MAX];
    size_t count, nameless;
    size_t linking; /* records that may link by the value */
} shown_names;

/* Counts one more record; true once there are too many names, or records without one. */
static bool count_name(const kithi_identifier_rules *rules, uint64_t name_key, shown_names *names) {
    if (name_key == 0) {
        names->nameless++;
        return rules->generic_nameless > 0 && names->nameless > rules->generic_nameless;
    }
    if (rules->generic_names == 0) {
        return false;
    }
    for (size_t i = 0; i < names->count; i++) {
        if (names->keys[i] == name_key) {
            return false;
        }
    }
    names->keys[names->count++] = name_key;
    return names->count > rules->generic_names || names->count == NAMES_MAX;
}

static bool is_within(size_t count, size_t bound) {
    return bound == 0 || count <= bound; /* 0: no such bound */
}

int kithi_value_is_generic(kithi_component *c, const kithi_attribute *type, const char *text,
                           size_t size, size_t max, kithi_generic *out) {
    const kithi_identifier_rules *rules = type->identifier;
    kithi_holders holders;
    uint32_t record;
    shown_names names = {.count = 0};
    size_t count = 0;
    *out = KITHI_GENERIC_NO;
    if (rules->generic_names == 0 && rules->generic_nameless == 0) {
        return KITH_OK;
    }
    int rc = kithi_holders_all(c->txn, kithi_identifier_hash(type, text, size), &holders, &record,
                               &count);
    bool few = is_within(count, rules->generic_names) && is_within(count, rules->generic_nameless);
    while (rc == KITH_OK && !few && *out == KITHI_GENERIC_NO) {
        uint32_t node;
        rc = kithi_component_load(c, record, &node);
        if (rc == KITH_OK && kithi_node_has(c, node, type, text, size)) {
            names.linking += !c->nodes[node].shared;
            if (count_name(rules, name_key_of(c, node), &names)) {
                *out = KITHI_GENERIC_YES;
            } else if (max > 0 && names.linking > max) {
                *out = KITHI_GENERIC_UNKNOWN;
            }
        }
        rc = rc == KITH_OK ? kithi_holders_next(&holders, &record) : rc;
    }
    return rc == KITH_NOT_FOUND ? KITH_OK : rc;
}

int kithi_generic_is_marked(kith_txn *txn, const kithi_shared_value *value, bool *out) {
    uint8_t key[16];
    kithi_slice marker;
    kithi_generic_key(key, value->type, value->text, value->size);
    int rc = kithi_get(txn, KITHI_TABLE_GENERIC, key, sizeof key, &marker);
    *out = rc == KITH_OK;
    return rc == KITH_NOT_FOUND ? KITH_OK : rc;
}

/* Whether a record that links by the value waits: the first does where it was put off to ask
 * whether the value is generic. */
static int first_waits(kithi_component *c, const kithi_shared_value *value, bool *out) {
    kithi_holders holders;
    uint32_t record;
    bool found = false;
    *out = false;
    int rc = kithi_holders_first(c->txn, value->hash, &holders, &record);
    while (rc == KITH_OK && !found) {
        uint32_t node;
        rc = kithi_component_load(c, record, &node);
        if (rc == KITH_OK && !c->nodes[node].shared &&
            kithi_node_has(c, node, value->type, value->text, value->size)) {
            found = true;
            rc = kithi_identity_pending(c->txn, &record, 1, out);
        } else if (rc == KITH_OK) {
            rc = kithi_holders_next(&holders, &record);
        }
    }
    return rc == KITH_NOT_FOUND ? KITH_OK : rc;
}

int kithi_generic_should_be_marked(kithi_component *c, const kithi_shared_value *value, bool *out) {
    const kithi_shared_value v = *value; /* loading may move the array that it is in */
    kithi_generic generic, soon = KITHI_GENERIC_NO;
    bool marked = false, waits = false;
    int rc = kithi_value_is_generic(c, v.type, v.text, v.size, 0, &generic);
    *out = generic == KITHI_GENERIC_YES;
    if (rc == KITH_OK && *out) {
        rc = kithi_value_is_generic(c, v.type, v.text, v.size, kithi_component_limit(), &soon);
    }
    if (rc == KITH_OK && soon == KITHI_GENERIC_UNKNOWN) {
        rc = kithi_generic_is_marked(c->txn, &v, &marked);
    }
    if (rc == KITH_OK && soon == KITHI_GENERIC_UNKNOWN && !marked) {
        rc = first_waits(c, &v, &waits);
    }
    *out = *out && !waits;
    return rc;
}
