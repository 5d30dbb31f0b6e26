/*
 * Sections of a config that stand in files of their own.
 */
#ifndef KITHI_STORE_CONFIG_H
#define KITHI_STORE_CONFIG_H

#include "src/store/json_reader.h"

/* Refuses a name that is no attribute's, with the one that may be meant. */
int kithi_config_refuse_attribute(kithi_json_reader *r, const char *name);

/* config_match.c: the section "match", read over what is in force; and as it is in force, NULL
 * where it says nothing. */
int kithi_config_read_match(kithi_json_reader *r);
json_t *kithi_config_match_json(const kithi_catalog *catalog);

#endif
