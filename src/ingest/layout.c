#include "src/ingest/layout.h"

#include <stddef.h>
#include <string.h>

#include "src/ingest/columns.h"

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

typedef struct known {
    const char *name;
    const char *attribute;
    bool of_events; /* as a property too: its own name would say something else */
} known;

/* The customer of a Shopify order is who pays; whom it is sent to may be somebody else. */
static const known shopify_orders[] = {
    {"Name", "order_number", true},
    {"Id", "order_id", true},
    {"Device ID", "pos_device_id", true},
    {"Source", "order_source", true},
    {"Billing Name", "full_name", false},
    {"Billing Street", "address_line", false},
    {"Billing Address1", "billing_address1", false},
    {"Billing Address2", "address_line2", false},
    {"Billing Company", "company", false},
    {"Billing City", "city", false},
    {"Billing Zip", "postcode", false},
    {"Billing Province", "state", false},
    {"Billing Country", "country", false},
    {"Billing Phone", "phone", false},
};

static bool is_lone_word(const char *name) {
    return kithi_columns_same(name, "Nom") || kithi_columns_same(name, "Nombre");
}

void kithi_layout_see(kithi_layout *layout, const char *name) {
    bool single = false;
    const char *attribute = kithi_columns_attribute(name, &single);
    layout->seen = true;
    layout->has_name = layout->has_name || kithi_columns_same(name, "Name");
    layout->has_order = layout->has_order || kithi_columns_same(name, "Financial Status") ||
                        kithi_columns_same(name, "Lineitem name");
    if (attribute != NULL) {
        layout->has_given_name = layout->has_given_name || strcmp(attribute, "given_name") == 0;
        layout->has_family_name = layout->has_family_name || strcmp(attribute, "family_name") == 0;
    }
}

bool kithi_layout_is_shopify_orders(const kithi_layout *layout) {
    return layout->has_name && layout->has_order;
}

const char *kithi_layout_decided(const kithi_layout *layout, const char *name, bool of_events) {
    for (size_t i = 0; kithi_layout_is_shopify_orders(layout) && i < COUNT_OF(shopify_orders);
         i++) {
        const known *column = &shopify_orders[i];
        if ((column->of_events || !of_events) && kithi_columns_same(column->name, name)) {
            return column->attribute;
        }
    }
    return NULL;
}

const char *kithi_layout_attribute(const kithi_layout *layout, const char *name, bool *out_single) {
    const char *attribute = kithi_layout_decided(layout, name, false);
    bool alone = layout->seen && !(layout->has_given_name && layout->has_family_name);
    if (attribute == NULL && alone && is_lone_word(name)) {
        attribute = "full_name";
    }
    if (attribute == NULL) {
        return kithi_columns_attribute(name, out_single);
    }
    if (kithi_columns_attribute(attribute, out_single) == NULL) {
        *out_single = true;
    }
    return attribute;
}
