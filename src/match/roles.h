/*
 * What attributes are to comparisons: the standard attributes that a model compares when nobody
 * says otherwise.
 */
#ifndef KITHI_MATCH_ROLES_H
#define KITHI_MATCH_ROLES_H

#include "src/match/kind.h"

typedef enum kithi_role {
    KITHI_ROLE_VALUE,
    KITHI_ROLE_GIVEN,
    KITHI_ROLE_FAMILY,
    KITHI_ROLE_MIDDLE,
    KITHI_ROLE_FULL,
    KITHI_ROLE_NATIVE,
    KITHI_ROLE_STREET,
    KITHI_ROLE_CITY,
    KITHI_ROLE_POSTCODE,
    KITHI_ROLE_STATE,
    KITHI_ROLE_GENDER,
    KITHI_ROLE_LATITUDE,
    KITHI_ROLE_LONGITUDE,
    KITHI_ROLE_COMPANY,
    KITHI_ROLE_KANA, /* of a name: how it is read */
    KITHI_ROLE_COUNT
} kithi_role;

/* Whether an attribute may be that to a comparison of the kind. */
bool kithi_role_fits(kithi_role role, kithi_kind kind);

typedef struct kithi_standard {
    const char *attribute;
    const char *comparison; /* its name; attributes of one name are compared together */
    kithi_kind kind;
    kithi_role role;
} kithi_standard;

const char *kithi_role_name(kithi_role role);
/* -1: none has the name. */
int kithi_role_of(const char *name);

/* Ends with an attribute of NULL. */
extern const kithi_standard kithi_standards[];

#endif
