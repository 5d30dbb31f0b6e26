/*
 * What the names of all columns of a file tell of each of them, where its name alone would mislead:
 *  - Shopify's export of orders calls the number of the order "Name", and the till "Device ID";
 *  - "Nom" and "Nombre" are the family name and the given name beside the other one, and the whole
 *    name where they stand alone.
 * Of a file whose columns aren't known beforehand (JSON lines) each name counts alone.
 */
#ifndef KITHI_INGEST_LAYOUT_H
#define KITHI_INGEST_LAYOUT_H

#include <stdbool.h>

/* All false: no column is known. */
typedef struct kithi_layout {
    bool seen;                /* all columns of the file were */
    bool has_name, has_order; /* "Name", and a column that only an order has */
    bool has_given_name, has_family_name;
} kithi_layout;

/* Takes the name of one of the columns, before any is asked for. */
void kithi_layout_see(kithi_layout *layout, const char *name);
bool kithi_layout_is_shopify_orders(const kithi_layout *layout);

/*
 * The attribute of a record, or the property of an event, that the column becomes in this layout
 * whatever the store's definitions say of its name; NULL: the layout doesn't decide.
 */
const char *kithi_layout_decided(const kithi_layout *layout, const char *name, bool of_events);
/* As kithi_columns_attribute(). */
const char *kithi_layout_attribute(const kithi_layout *layout, const char *name, bool *out_single);

#endif
