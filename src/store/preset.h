/*
 * The built-in `retail` definitions, in the form of a config file: what every new store begins with.
 */
#ifndef KITHI_STORE_PRESET_H
#define KITHI_STORE_PRESET_H

extern const char kithi_preset_retail[];

#endif
