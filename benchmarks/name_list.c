#include "name_list.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "generate_hash.h"
#include "harness.h"
#include "persons/person_names.h"

#define NAME_BYTES_MAX (NAME_LIST_BYTES / 2) /* so that there is room for Cyrillic letters */

static void add(name_list *list, const char *name, size_t size) {
    if (list->count < NAME_LIST_MAX && size > 0 && size <= NAME_BYTES_MAX) {
        memcpy(list->names[list->count], name, size);
        list->sizes[list->count++] = (uint8_t)size;
    }
}

void name_list_load(name_list *list) {
    word_table *surnames = bench_allocate(1, sizeof *surnames);
    word_table_load(surnames, person_census_surnames);
    list->count = 0;
    for (size_t i = 0; i < surnames->count; i++) {
        char name[WORD_BYTES];
        word_table_field(surnames, i, 0, name);
        for (char *at = name; *at; at++) {
            *at = (char)tolower((unsigned char)*at);
        }
        add(list, name, strlen(name));
    }
    free(surnames);
}

void name_list_misspell(const name_list *list, uint64_t seed, name_list *out) {
    out->count = 0;
    for (size_t i = 0; i < list->count; i++) {
        char name[NAME_LIST_BYTES];
        uint64_t bits = generate_hash(seed, i);
        size_t size = list->sizes[i], at = (bits >> 8) % size, rest = size - at;
        memcpy(name, list->names[i], size);
        switch (bits % 4) {
        case 0:
            name[at] = name[at] == 'a' ? 'e' : 'a';
            break;
        case 1:
            memmove(name + at, name + at + 1, rest - 1);
            size -= size > 1;
            break;
        case 2:
            memmove(name + at + 1, name + at, rest);
            size += size < NAME_BYTES_MAX;
            break;
        default:
            name[at] = list->names[i][at + (rest > 1)];
            name[at + (rest > 1)] = list->names[i][at];
        }
        add(out, name, size);
    }
}

void name_list_cyrillic(const name_list *list, name_list *out) {
    out->count = 0;
    for (size_t i = 0; i < list->count; i++) {
        out->sizes[i] = (uint8_t)(2 * list->sizes[i]);
        for (size_t at = 0; at < list->sizes[i]; at++) {
            unsigned letter = 0x430u + (unsigned char)list->names[i][at] % 32;
            out->names[i][2 * at] = (char)(0xC0 | letter >> 6);
            out->names[i][2 * at + 1] = (char)(0x80 | (letter & 0x3F));
        }
        out->count++;
    }
}
