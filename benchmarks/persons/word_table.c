#include "word_table.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

static void add_entry(word_table *table, const char *entry) {
    assert(table->count < WORD_TABLE_MAX);
    table->entry[table->count++] = entry;
    table->total += word_table_number(table, table->count - 1, 1);
    table->upto[table->count - 1] = table->total;
}

void word_table_load(word_table *table, const char *const *lines) {
    table->count = 0;
    table->total = 0;
    for (; *lines; lines++) {
        for (const char *entry = *lines; entry; entry = strchr(entry, '|')) {
            entry += *entry == '|';
            add_entry(table, entry);
        }
    }
}

size_t word_table_at(const word_table *table, uint32_t point) {
    size_t low = 0;
    size_t high = table->count - 1;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (point < table->upto[middle]) {
            high = middle;
        } else {
            low = middle + 1;
        }
    }
    return low;
}

size_t word_table_draw(const word_table *table, person_random *random) {
    return word_table_at(table, person_draw_below(random, table->total));
}

uint32_t word_table_weight(const word_table *table, size_t index) {
    return table->upto[index] - (index ? table->upto[index - 1] : 0);
}

static bool is_end(char c) {
    return c == '\0' || c == '|';
}

unsigned word_table_fields(const word_table *table, size_t index) {
    unsigned fields = 1;
    for (const char *at = table->entry[index]; !is_end(*at); at++) {
        fields += *at == ',';
    }
    return fields;
}

static const char *find_field(const char *at, unsigned field) {
    for (; field > 0 && !is_end(*at); at++) {
        field -= *at == ',';
    }
    return at;
}

char *word_table_field(const word_table *table, size_t index, unsigned field,
                       char out[WORD_BYTES]) {
    const char *at = find_field(table->entry[index], field);
    size_t size = strcspn(at, ",|");
    assert(size < WORD_BYTES);
    memcpy(out, at, size);
    out[size] = '\0';
    return out;
}

uint32_t word_table_number(const word_table *table, size_t index, unsigned field) {
    return (uint32_t)strtoul(find_field(table->entry[index], field), NULL, 10);
}
