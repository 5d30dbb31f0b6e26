#include "src/segment/bucket.h"

#include "src/base/hash.h"

kithi_bucket_range kithi_bucket_range_of(const kithi_node *node) {
    kithi_bucket_range range = {.low = 0};
    range.salt = kithi_hash64(node->kids[0]->as.text.data, node->kids[0]->as.text.size, 0);
    kithi_decimal_integer(node->kids[1]->number, &range.low);
    kithi_decimal_integer(node->kids[2]->number, &range.high);
    return range;
}

bool kithi_bucket_has(const kithi_bucket_range *range, const kith_id *id) {
    int64_t bucket =
        (int64_t)(kithi_hash64(id->bytes, sizeof id->bytes, range->salt) % KITHI_BUCKETS);
    return range->low <= bucket && bucket < range->high;
}
