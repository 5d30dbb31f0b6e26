/*
 * The built-in `retail` definitions, what every new store begins with: config texts to apply in
 * turn, and NULL.
 */
#ifndef KITHI_STORE_PRESET_H
#define KITHI_STORE_PRESET_H

extern const char *const kithi_preset_retail[];

#endif
