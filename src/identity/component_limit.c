#include "src/identity/component.h"

size_t kithi_component_limit(void) {
    return KITHI_COMPONENT_MAX;
}
