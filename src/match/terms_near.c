/*
 * What is compared by how near it is: numbers, as eight bytes of millionths, and places, as two
 * numbers of four bytes each, millionths of a degree.
 */
#include "src/base/amount.h"
#include "src/base/bytes.h"
#include "src/match/features.h"
#include "src/match/sphere.h"

void kithi_terms_of_number(kithi_feature_builder *b, size_t comparison, const kith_value *value) {
    int64_t micros;
    uint8_t bytes[8];
    if (b->counts[comparison] == 0 && kithi_amount_summed(value, &micros)) {
        kithi_put64(bytes, (uint64_t)micros);
        kithi_builder_add(b, comparison, (const char *)bytes, sizeof bytes, 0, 0);
    }
}

/* Where both are 0 nobody is: it is what programs write that know no place. */
void kithi_terms_of_place(kithi_feature_builder *b, size_t comparison, int64_t latitude,
                          int64_t longitude) {
    uint8_t bytes[8];
    bool is_place = latitude >= -KITHI_LATITUDE_MAX && latitude <= KITHI_LATITUDE_MAX &&
                    longitude >= -KITHI_LONGITUDE_MAX && longitude <= KITHI_LONGITUDE_MAX &&
                    (latitude != 0 || longitude != 0);
    if (is_place) {
        kithi_put32(bytes, (uint32_t)(int32_t)latitude);
        kithi_put32(bytes + 4, (uint32_t)(int32_t)longitude);
        kithi_builder_add(b, comparison, (const char *)bytes, sizeof bytes, 0, 0);
    }
}
