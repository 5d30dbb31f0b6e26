#include "src/match/roles.h"

#include <stddef.h>

const kithi_standard kithi_standards[] = {
    {"given_name", "name", KITHI_KIND_NAME, KITHI_ROLE_GIVEN},
    {"family_name", "name", KITHI_KIND_NAME, KITHI_ROLE_FAMILY},
    {"middle_name", "name", KITHI_KIND_NAME, KITHI_ROLE_MIDDLE},
    {"full_name", "name", KITHI_KIND_NAME, KITHI_ROLE_FULL},
    {"native_name", "name", KITHI_KIND_NAME, KITHI_ROLE_NATIVE},
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
    {"organization", "organization", KITHI_KIND_TEXT, KITHI_ROLE_VALUE},
    {"company", "company", KITHI_KIND_TEXT, KITHI_ROLE_VALUE},
    {"email", "email", KITHI_KIND_EMAIL, KITHI_ROLE_VALUE},
    {"phone", "phone", KITHI_KIND_PHONE, KITHI_ROLE_VALUE},
    {"national_id", "national_id", KITHI_KIND_CODE, KITHI_ROLE_VALUE},
    {"passport", "passport", KITHI_KIND_CODE, KITHI_ROLE_VALUE},
    {"drivers_license", "drivers_license", KITHI_KIND_CODE, KITHI_ROLE_VALUE},
    {"tax_id", "tax_id", KITHI_KIND_CODE, KITHI_ROLE_VALUE},
    {NULL, NULL, KITHI_KIND_COUNT, KITHI_ROLE_VALUE},
};
