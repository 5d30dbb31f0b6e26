#include "src/learn/order_names.h"

#include <stdio.h>
#include <string.h>

#include "src/base/buffer.h"
#include "src/store/suggest.h"

#define COUNT(list)  (sizeof(list) / sizeof(list)[0])
#define LISTED_MAX   8
#define LISTED_BYTES 200

static const char *const usual_orders[] = {"order", "purchase", "Order Completed"};
static const char *const usual_amounts[] = {"amount", "total", "revenue", "value"};
static const char *const usual_items[] = {"sku", "item", "product_id", "product"};

/* What is named: events, or properties. */
typedef struct namespace {
    const char *what, *question;
    size_t (*count)(const kithi_catalog *catalog);
    const char *(*name)(const kithi_catalog *catalog, uint16_t id);
    int (*find)(const kithi_catalog *catalog, const char *name);
}
namespace;

static const char *event_name(const kithi_catalog *catalog, uint16_t id) {
    const kithi_event_type *type = kithi_catalog_event_type(catalog, id);
    return type != NULL ? type->name : NULL;
}

static int find_event(const kithi_catalog *catalog, const char *name) {
    const kithi_event_type *type = kithi_catalog_find_event_type(catalog, name);
    return type != NULL ? type->id : -1;
}

static const namespace events = {"event", "which events are orders?",
                                 kithi_catalog_event_type_count, event_name, find_event};
static const namespace properties = {"property", "which property says what an order came to?",
                                     kithi_catalog_property_count, kithi_catalog_property,
                                     kithi_catalog_find_property};
static const namespace items = {"property", "which property says what was bought?",
                                kithi_catalog_property_count, kithi_catalog_property,
                                kithi_catalog_find_property};

/* "a, b, c": the first of them. */
static void list(const kithi_catalog *catalog, const namespace *among, char out[LISTED_BYTES]) {
    size_t count = among->count(catalog), used = 0;
    out[0] = '\0';
    for (size_t id = 0; id < count && id < LISTED_MAX && used < LISTED_BYTES; id++) {
        const char *name = among->name(catalog, (uint16_t)id);
        int size = snprintf(out + used, LISTED_BYTES - used, "%s%.40s", id > 0 ? ", " : "",
                            name != NULL ? name : "");
        used += size > 0 ? (size_t)size : 0;
    }
}

static int refuse_none(kith_txn *txn, const namespace *among) {
    char listed[LISTED_BYTES];
    list(kithi_txn_catalog(txn), among, listed);
    return kithi_error_set(kithi_txn_error(txn), KITH_INVALID, "%s name one%s%s%s", among->question,
                           listed[0] != '\0' ? " of " : "", listed,
                           listed[0] != '\0' ? "" : ": the store has none");
}

static int refuse_name(kith_txn *txn, const namespace *among, const char *name) {
    const kithi_catalog *catalog = kithi_txn_catalog(txn);
    kithi_suggestion near = kithi_suggestion_of(name);
    char listed[LISTED_BYTES];
    for (size_t id = 0; id < among->count(catalog); id++) {
        const char *known = among->name(catalog, (uint16_t)id);
        if (known != NULL) {
            kithi_suggestion_offer(&near, known);
        }
    }
    if (near.name != NULL) {
        return kithi_error_set(kithi_txn_error(txn), KITH_INVALID,
                               "the store has no %s '%.80s'; did you mean '%.80s'?", among->what,
                               name, near.name);
    }
    list(catalog, among, listed);
    return kithi_error_set(kithi_txn_error(txn), KITH_INVALID, "the store has no %s '%.80s'%s%s",
                           among->what, name, listed[0] != '\0' ? "; it has " : "", listed);
}

static int find(kith_txn *txn, const namespace *among, const char *name, int *out) {
    *out = among->find(kithi_txn_catalog(txn), name);
    return *out >= 0 ? KITH_OK : refuse_name(txn, among, name);
}

/* The only one of the usual names of events that the store has. */
static int find_usual_order(kith_txn *txn, const char **out) {
    const char *found = NULL;
    for (size_t i = 0; i < COUNT(usual_orders); i++) {
        if (find_event(kithi_txn_catalog(txn), usual_orders[i]) < 0) {
            continue;
        }
        if (found != NULL) {
            return kithi_error_set(kithi_txn_error(txn), KITH_INVALID,
                                   "which events are orders? The store has '%s' and '%s': name one",
                                   found, usual_orders[i]);
        }
        found = usual_orders[i];
    }
    *out = found;
    return found != NULL ? KITH_OK : refuse_none(txn, &events);
}

/* The first of the usual names of properties that the store has. */
static int find_usual(kith_txn *txn, const namespace *among, const char *const *names, size_t count,
                      const char **out) {
    for (size_t i = 0; i < count; i++) {
        if (among->find(kithi_txn_catalog(txn), names[i]) >= 0) {
            *out = names[i];
            return KITH_OK;
        }
    }
    return refuse_none(txn, among);
}

/* A path may lead into what is nested: then the longest property that it begins with is meant. */
int kithi_property_find(kith_txn *txn, const char *name, int *out, const char **out_inside) {
    const kithi_catalog *catalog = kithi_txn_catalog(txn);
    char begin[KITH_NAME_MAX_BYTES + 1];
    *out = kithi_catalog_find_property(catalog, name);
    *out_inside = NULL;
    for (size_t size = strlen(name); *out < 0 && size > 0;) {
        while (--size > 0 && name[size] != '.') {
        }
        if (size > 0 && size < sizeof begin) {
            memcpy(begin, name, size);
            begin[size] = '\0';
            *out = kithi_catalog_find_property(catalog, begin);
            *out_inside = name + size + 1;
        }
    }
    return *out >= 0 ? KITH_OK : refuse_name(txn, &properties, name);
}

int kithi_bought_names_find(kith_txn *txn, const char **event, const char **item, int *out_event) {
    int rc = *event != NULL ? KITH_OK : find_usual_order(txn, event);
    rc = rc == KITH_OK ? find(txn, &events, *event, out_event) : rc;
    return rc == KITH_OK && *item == NULL
               ? find_usual(txn, &items, usual_items, COUNT(usual_items), item)
               : rc;
}

int kithi_order_names_find(kith_txn *txn, kithi_order_names *names, kithi_summary_of *out) {
    int rc = names->event != NULL ? KITH_OK : find_usual_order(txn, &names->event);
    out->refund = -1;
    rc = rc == KITH_OK ? find(txn, &events, names->event, &out->event) : rc;
    if (rc == KITH_OK && names->amount == NULL) {
        rc = find_usual(txn, &properties, usual_amounts, COUNT(usual_amounts), &names->amount);
    }
    rc = rc == KITH_OK ? find(txn, &properties, names->amount, &out->amount) : rc;
    if (rc == KITH_OK && names->refund != NULL) {
        rc = find(txn, &events, names->refund, &out->refund);
    }
    return rc;
}
