/*
 * Definitions as rows of the catalog table: what kith_config_apply and definitions on the fly
 * write, and what a catalog is built from.
 */
#ifndef KITHI_STORE_DEFINITION_H
#define KITHI_STORE_DEFINITION_H

#include "src/store/env.h"

/* Each writes the row of one definition; the transaction's catalog must be reloaded after changes.
 */
int kithi_definition_put_source(kith_txn *txn, const kithi_source *source);
int kithi_definition_put_attribute(kith_txn *txn, const kithi_attribute *attribute);
int kithi_definition_put_event_type(kith_txn *txn, const kithi_event_type *type);
int kithi_definition_put_property(kith_txn *txn, const char *name, uint16_t id);
/* Deletes the row of one. */
int kithi_definition_delete(kith_txn *txn, kithi_catalog_kind kind, const char *name);
int kithi_definition_put_region(kith_txn *txn, const char *region);
int kithi_definition_put_time_zone(kith_txn *txn, const char *name);
/* A segment or a trait, and a row of this version, which stays. */
int kithi_definition_put_formula(kith_txn *txn, kithi_catalog_kind kind,
                                 const kithi_formula *formula);
/* Takes one back that was just put, and puts what was there before; NULL: nothing. */
int kithi_definition_take_back(kith_txn *txn, kithi_catalog_kind kind, const kithi_formula *formula,
                               const kithi_formula *before);
/* Reads a version of one; its texts are borrowed from the transaction's arena. KITH_NOT_FOUND. */
int kithi_definition_get_version(kith_txn *txn, kithi_catalog_kind kind, uint16_t id,
                                 uint32_t version, kithi_formula *out);
int kithi_definition_put_match(kith_txn *txn, const kithi_match_settings *settings);
int kithi_definition_put_sums(kith_txn *txn, const char *const *names, size_t count);

/* Makes the transaction's catalog one of its own, which later definitions are added to. */
int kithi_catalog_own(kith_txn *txn);
/* Builds the transaction's own catalog anew from the rows. */
int kithi_catalog_rebuild(kith_txn *txn);
/* Whether a name may stand in the catalog: 1 to 255 bytes of valid UTF-8 without control
 * characters. */
int kithi_definition_check_name(kith_txn *txn, const char *what, const char *name);

#endif
