#include "src/match/roles.h"

#include <stddef.h>
#include <string.h>

const kithi_standard kithi_standards[] = {
    {"given_name", "name", KITHI_KIND_NAME, KITHI_ROLE_GIVEN},
    {"family_name", "name", KITHI_KIND_NAME, KITHI_ROLE_FAMILY},
    {"middle_name", "name", KITHI_KIND_NAME, KITHI_ROLE_MIDDLE},
    {"full_name", "name", KITHI_KIND_NAME, KITHI_ROLE_FULL},
    {"native_name", "name", KITHI_KIND_NAME, KITHI_ROLE_NATIVE},
    {"given_name_kana", "name", KITHI_KIND_NAME, KITHI_ROLE_KANA},
    {"family_name_kana", "name", KITHI_KIND_NAME, KITHI_ROLE_KANA},
    {"full_name_kana", "name", KITHI_KIND_NAME, KITHI_ROLE_KANA},
    {"birth_date", "birth_date", KITHI_KIND_DATE, KITHI_ROLE_VALUE},
    {"street_number", "address", KITHI_KIND_ADDRESS, KITHI_ROLE_STREET},
    {"address_line", "address", KITHI_KIND_ADDRESS, KITHI_ROLE_STREET},
    {"address_line2", "address", KITHI_KIND_ADDRESS, KITHI_ROLE_STREET},
    {"city", "address", KITHI_KIND_ADDRESS, KITHI_ROLE_CITY},
    {"postcode", "address", KITHI_KIND_ADDRESS, KITHI_ROLE_POSTCODE},
    {"state", "address", KITHI_KIND_ADDRESS, KITHI_ROLE_STATE},
    {"birth_place", "birth_place", KITHI_KIND_TEXT, KITHI_ROLE_VALUE},
    {"gender", "gender", KITHI_KIND_CATEGORY, KITHI_ROLE_GENDER},
    {"job_title", "job_title", KITHI_KIND_TEXT, KITHI_ROLE_VALUE},
    {"organization", "organization", KITHI_KIND_TEXT, KITHI_ROLE_COMPANY},
    {"company", "company", KITHI_KIND_TEXT, KITHI_ROLE_COMPANY},
    {"email", "email", KITHI_KIND_EMAIL, KITHI_ROLE_VALUE},
    {"phone", "phone", KITHI_KIND_PHONE, KITHI_ROLE_VALUE},
    {"national_id", "national_id", KITHI_KIND_CODE, KITHI_ROLE_VALUE},
    {"passport", "passport", KITHI_KIND_CODE, KITHI_ROLE_VALUE},
    {"drivers_license", "drivers_license", KITHI_KIND_CODE, KITHI_ROLE_VALUE},
    {"tax_id", "tax_id", KITHI_KIND_CODE, KITHI_ROLE_VALUE},
    {"latitude", "location", KITHI_KIND_GEO, KITHI_ROLE_LATITUDE},
    {"longitude", "location", KITHI_KIND_GEO, KITHI_ROLE_LONGITUDE},
    {NULL, NULL, KITHI_KIND_COUNT, KITHI_ROLE_VALUE},
};

static const char *const names[KITHI_ROLE_COUNT] = {
    "value",    "given", "family", "middle",   "full",      "native",  "street", "city",
    "postcode", "state", "gender", "latitude", "longitude", "company", "kana"};

const char *kithi_role_name(kithi_role role) {
    return names[role];
}

int kithi_role_of(const char *name) {
    for (int i = 0; i < KITHI_ROLE_COUNT; i++) {
        if (strcmp(names[i], name) == 0) {
            return i;
        }
    }
    return -1;
}

bool kithi_role_fits(kithi_role role, kithi_kind kind) {
    switch (kind) {
    case KITHI_KIND_NAME:
        return (role >= KITHI_ROLE_GIVEN && role <= KITHI_ROLE_NATIVE) || role == KITHI_ROLE_KANA;
    case KITHI_KIND_ADDRESS:
        return role >= KITHI_ROLE_STREET && role <= KITHI_ROLE_STATE;
    case KITHI_KIND_GEO:
        return role == KITHI_ROLE_LATITUDE || role == KITHI_ROLE_LONGITUDE;
    case KITHI_KIND_CATEGORY:
        return role == KITHI_ROLE_VALUE || role == KITHI_ROLE_GENDER;
    case KITHI_KIND_TEXT:
        return role == KITHI_ROLE_VALUE || role == KITHI_ROLE_COMPANY;
    default:
        return role == KITHI_ROLE_VALUE;
    }
}
