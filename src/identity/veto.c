/*
 * Vetoes: whether what two records show of their persons surely differs.
 */
#include "src/base/value.h"
#include "src/identity/component.h"

static bool values_clash(const kith_value *a, const kith_value *b) {
    bool numbers = kithi_value_is_number(a) && kithi_value_is_number(b);
    if (a->type != b->type && !numbers) {
        return false;
    }
    switch (a->type) {
    case KITH_TYPE_DATE:
        return kithi_dates_differ(a->as.date_days, b->as.date_days);
    case KITH_TYPE_TEXT:
        return kithi_texts_differ(a->as.text.data, a->as.text.size, b->as.text.data,
                                  b->as.text.size);
    default:
        return kithi_value_compare(a, b) != 0;
    }
}

/* Text where a date is declared is no date: it says nothing sure. */
static bool is_sure(const kithi_attribute *attribute, const kith_value *value) {
    return value != NULL && (attribute->type != KITH_TYPE_DATE || value->type == KITH_TYPE_DATE);
}

/* What a persona shows of an attribute; NULL: nothing sure. */
static const kith_value *sure_value(const kithi_component *c, const kithi_persona *persona,
                                    const kithi_attribute *attribute) {
    for (size_t i = 0; i < c->veto_attribute_count; i++) {
        if (c->veto_attributes[i] == attribute->id && is_sure(attribute, persona->values[i])) {
            return persona->values[i];
        }
    }
    return NULL;
}

static bool clash_in(const kithi_component *c, const kithi_attribute *attribute,
                     const kithi_persona *p, const kithi_persona *q) {
    if (kithi_is_name_attribute(attribute)) {
        return kithi_given_names_differ(&p->name, &q->name);
    }
    const kith_value *a = sure_value(c, p, attribute), *b = sure_value(c, q, attribute);
    return a != NULL && b != NULL && values_clash(a, b);
}

bool kithi_personas_clash(const kithi_component *c, const kithi_attribute *type, uint32_t a,
                          uint32_t b, uint16_t *out_attribute) {
    const kithi_catalog *catalog = kithi_txn_catalog(c->txn);
    for (size_t i = 0; a != b && i < type->identifier->veto_count; i++) {
        *out_attribute = type->identifier->veto[i];
        if (clash_in(c, kithi_catalog_attribute(catalog, *out_attribute), &c->personas[a],
                     &c->personas[b])) {
            return true;
        }
    }
    return false;
}
