#include "name_list.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "generate.h"
#include "harness.h"

#define CENSUS         "identity/generator_seeds_us_census/census_surnames_2010_top10k.csv"
#define NAME_BYTES_MAX (NAME_LIST_BYTES / 2) /* so that there is room for Cyrillic letters */
#define LINE_BYTES     256

static void add(name_list *list, const char *name, size_t size) {
    if (list->count < NAME_LIST_MAX && size > 0 && size <= NAME_BYTES_MAX) {
        memcpy(list->names[list->count], name, size);
        list->sizes[list->count++] = (uint8_t)size;
    }
}

/* The first column, below its heading. */
static bool load_census(name_list *list) {
    char path[BENCH_PATH_BYTES], line[LINE_BYTES];
    const char *data = getenv("KITH_DATA");
    snprintf(path, sizeof path, "%s/" CENSUS, data ? data : "");
    FILE *file = data ? fopen(path, "r") : NULL;
    if (!file) {
        return false;
    }
    for (bool heading = true; fgets(line, sizeof line, file); heading = false) {
        size_t size = strcspn(line, ",\r\n");
        for (size_t i = 0; i < size; i++) {
            line[i] = (char)tolower((unsigned char)line[i]);
        }
        add(list, line, heading ? 0 : size);
    }
    fclose(file);
    return list->count > 0;
}

/* Two to four syllables. */
static void make_up(name_list *list, uint64_t seed) {
    static const char *const syllables[] = {"ma", "son", "ri",  "ley", "ber", "to", "wil", "der",
                                            "ha", "ni",  "sch", "man", "co",  "el", "gra", "y"};
    list->made_up = true;
    for (uint64_t i = 0; i < NAME_LIST_MAX; i++) {
        char name[LINE_BYTES] = "";
        uint64_t bits = generate_hash(seed, i);
        for (uint64_t left = 2 + bits % 3; left > 0; left--) {
            bits >>= 4;
            strcat(name, syllables[bits % 16]);
        }
        add(list, name, strlen(name));
    }
}

void name_list_load(name_list *list, uint64_t seed) {
    list->count = 0;
    list->made_up = false;
    if (!load_census(list)) {
        make_up(list, seed);
    }
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
