#include "src/base/grow.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define ITEMS_FIRST 16

bool kithi_grow(void *items, size_t *capacity, size_t needed, size_t item_size) {
    size_t wanted = *capacity ? *capacity : ITEMS_FIRST;
    while (wanted < needed && wanted <= SIZE_MAX / 2) {
        wanted *= 2;
    }
    if (wanted < needed || wanted > SIZE_MAX / item_size) {
        return false;
    }
    void *memory;
    memcpy(&memory, items, sizeof memory); /* a pointer to any type may not be read as a void * */
    memory = realloc(memory, wanted * item_size);
    if (memory == NULL) {
        return false;
    }
    memcpy(items, &memory, sizeof memory);
    *capacity = wanted;
    return true;
}
