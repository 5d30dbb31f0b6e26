#include "src/match/nicknames.h"

#include <stdlib.h>
#include <string.h>

#include "src/match/cyrillic.h"
#include "src/match/name_tables.h"

#define CYRILLIC_BYTES 64 /* a longer word is in no table */

static int compare_names(const void *a, const void *b) {
    return memcmp(a, b, KITHI_GIVEN_NAME_BYTES);
}

size_t kithi_nicknames_find(const char *name, size_t size) {
    char padded[KITHI_GIVEN_NAME_BYTES] = {0};
    if (size == 0 || size >= sizeof padded) {
        return 0;
    }
    memcpy(padded, name, size);
    const char *found = bsearch(padded, kithi_given_names, kithi_given_name_count,
                                KITHI_GIVEN_NAME_BYTES, compare_names);
    return found != NULL ? (size_t)(found - kithi_given_names[0]) / KITHI_GIVEN_NAME_BYTES + 1 : 0;
}

bool kithi_nicknames_share_group(size_t a, size_t b) {
    size_t i = kithi_name_group_begins[a - 1], j = kithi_name_group_begins[b - 1];
    while (i < kithi_name_group_begins[a] && j < kithi_name_group_begins[b]) {
        if (kithi_name_groups[i] == kithi_name_groups[j]) {
            return true;
        }
        bool less = kithi_name_groups[i] < kithi_name_groups[j];
        i += less;
        j += !less;
    }
    return false;
}

size_t kithi_nicknames_formal_of(size_t number) {
    size_t first = kithi_name_group_begins[number - 1];
    return first < kithi_name_group_begins[number]
               ? kithi_group_names[kithi_group_name_begins[kithi_name_groups[first]]] + (size_t)1
               : number;
}

bool kithi_nicknames_match(const char *a, size_t size_a, const char *b, size_t size_b) {
    size_t x = kithi_nicknames_find(a, size_a), y = kithi_nicknames_find(b, size_b);
    return x > 0 && y > 0 && kithi_nicknames_share_group(x, y);
}

bool kithi_nicknames_know(const char *name, size_t size) {
    char latin[2 * CYRILLIC_BYTES];
    size_t written = size <= CYRILLIC_BYTES ? kithi_cyrillic_latin(name, size, latin) : 0;
    return kithi_nicknames_find(written > 0 ? latin : name, written > 0 ? written : size) > 0;
}

bool kithi_nicknames_have_initial(const char *name, size_t size, char initial) {
    size_t number = kithi_nicknames_find(name, size);
    for (size_t i = number > 0 ? kithi_name_group_begins[number - 1] : 0;
         number > 0 && i < kithi_name_group_begins[number]; i++) {
        size_t group = kithi_name_groups[i];
        for (size_t j = kithi_group_name_begins[group]; j < kithi_group_name_begins[group + 1];
             j++) {
            if (kithi_given_names[kithi_group_names[j]][0] == initial) {
                return true;
            }
        }
    }
    return false;
}

const char *kithi_nicknames_formal(const char *name, size_t size) {
    size_t number = kithi_nicknames_find(name, size);
    bool grouped =
        number > 0 && kithi_name_group_begins[number - 1] < kithi_name_group_begins[number];
    return grouped ? kithi_given_names[kithi_nicknames_formal_of(number) - 1] : NULL;
}
