#include "src/base/sized.h"

int kithi_take_other(const void *given, void *out, size_t known, const char *what,
                     kith_error *error) {
    size_t size;
    memcpy(&size, given, sizeof size);
    if (size < sizeof size) {
        return kithi_error_set(error, KITH_MISUSE,
                               "%s: a struct of size %zu; start it from its _INIT macro", what,
                               size);
    }
    for (size_t i = known; i < size; i++) {
        if (((const char *)given)[i] != 0) {
            return kithi_error_set(error, KITH_MISUSE,
                                   "%s: something is set that only a newer kith knows", what);
        }
    }
    memcpy(out, given, size < known ? size : known);
    memcpy(out, &known, sizeof known);
    return KITH_OK;
}

void kithi_give_shorter(void *out, const void *result) {
    size_t size;
    memcpy(&size, out, sizeof size);
    if (size > sizeof size) {
        memcpy((char *)out + sizeof size, (const char *)result + sizeof size, size - sizeof size);
    }
}
