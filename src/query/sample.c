#include "src/query/sample.h"

#include <stdio.h>

#include "kith/query.h"
#include "src/base/buffer.h"
#include "src/store/txn.h"

/* bucket('SALT', 0, COUNT) */
static void write_test(kithi_buffer *out, const char *salt, uint32_t count) {
    char numbers[32];
    kithi_buffer_append_text(out, "bucket('");
    for (; *salt != '\0'; salt++) {
        kithi_buffer_append_byte(out, (uint8_t)*salt);
        if (*salt == '\'') {
            kithi_buffer_append_byte(out, '\'');
        }
    }
    snprintf(numbers, sizeof numbers, "', 0, %u)", count);
    kithi_buffer_append_text(out, numbers);
}

static int parse_test(kith_txn *txn, const char *salt, uint32_t count, kith_expression **out) {
    kithi_buffer text;
    kithi_buffer_init(&text);
    write_test(&text, salt, count);
    int rc = kithi_buffer_ok(&text) ? kith_expression_parse((const char *)text.data, text.size, txn,
                                                            NULL, out, kithi_txn_error(txn))
                                    : kithi_error_memory(kithi_txn_error(txn));
    kithi_buffer_clear(&text);
    return rc;
}

int kithi_sample_init(kithi_sample *sample, kith_txn *txn, const kith_expression *where,
                      uint32_t count, const char *salt) {
    *sample = (kithi_sample){.buckets = NULL};
    if (count > KITHI_BUCKETS) {
        return kithi_error_set(kithi_txn_error(txn), KITH_INVALID,
                               "a sample is 1 to %d buckets of as many, not %u", KITHI_BUCKETS,
                               count);
    }
    int rc = parse_test(txn, salt != NULL ? salt : KITH_SAMPLE_SALT, count, &sample->buckets);
    if (rc != KITH_OK) {
        return rc;
    }
    sample->parts[0] = sample->buckets->root;
    sample->parts[1] = where != NULL ? where->root : NULL;
    sample->both = (kithi_node){.op = KITHI_OP_AND,
                                .sort = KITHI_SORT_BOOLEAN,
                                .kids = sample->parts,
                                .kid_count = where != NULL ? 2 : 1};
    sample->where = (kith_expression){.root = &sample->both,
                                      .condition = true,
                                      .stream_count = where != NULL ? where->stream_count : 0};
    return KITH_OK;
}

void kithi_sample_clear(kithi_sample *sample) {
    kith_expression_free(sample->buckets);
}
