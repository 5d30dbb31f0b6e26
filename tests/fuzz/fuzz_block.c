/*
 * Any bytes as a block of events, and as a row of the event log. What is accepted is written again
 * and then says the same; and what was written is written again as the same bytes. To skim finds
 * the events that reading finds.
 */
#include <string.h>

#include "src/fact/event.h"
#include "tests/fuzz/target.h"

#define EVENTS_MAX 4096

typedef struct block {
    kithi_event events[EVENTS_MAX];
    size_t count;
} block;

static void check_inside(const kithi_event *event, const uint8_t *data, size_t size) {
    check(inside(event->properties, event->properties_size, data, size));
    check(event->message_id == NULL
              ? event->message_id_size == 0
              : inside(event->message_id, event->message_id_size, data, size));
}

static bool same_bytes(const void *a, size_t a_size, const void *b, size_t b_size) {
    return a_size == b_size && (a_size == 0 || memcmp(a, b, a_size) == 0);
}

static void check_same(const kithi_event *a, const kithi_event *b) {
    check(a->time_us == b->time_us && a->type == b->type);
    check((a->message_id == NULL) == (b->message_id == NULL));
    check(same_bytes(a->message_id, a->message_id_size, b->message_id, b->message_id_size));
    check(same_bytes(a->properties, a->properties_size, b->properties, b->properties_size));
}

/* False: the block is damaged. */
static bool read_block(const uint8_t *data, size_t size, int64_t first_us, block *out) {
    kithi_walker walker = kithi_walker_of(data, size), skimmer = walker;
    int64_t last_us = first_us, skimmed_us = first_us;
    uint16_t type;
    out->count = 0;
    while (out->count < EVENTS_MAX &&
           kithi_block_next(&walker, &last_us, &out->events[out->count])) {
        const kithi_event *event = &out->events[out->count++];
        check_inside(event, data, size);
        check(event->time_us == last_us);
        check(kithi_block_skim(&skimmer, &skimmed_us, &type));
        check(skimmed_us == last_us && type == event->type && skimmer.at == walker.at);
    }
    check(inside(walker.at, 0, data, size));
    return kithi_walker_done(&walker);
}

static void write_block(const block *from, int64_t first_us, kithi_buffer *out) {
    int64_t last_us = first_us;
    for (size_t i = 0; i < from->count; i++) {
        kithi_block_append(out, &last_us, &from->events[i]);
    }
    check(kithi_buffer_ok(out));
}

static void check_block(const uint8_t *data, size_t size) {
    static block first, second;
    kithi_buffer written, again;
    int64_t first_us = size > 0 ? (int64_t)((uint64_t)data[0] << 56) : 0;
    if (!read_block(data, size, first_us, &first)) {
        return;
    }
    kithi_buffer_init(&written);
    kithi_buffer_init(&again);
    write_block(&first, first_us, &written);
    check(read_block(written.data, written.size, first_us, &second));
    check(first.count == second.count);
    for (size_t i = 0; i < first.count; i++) {
        check_same(&first.events[i], &second.events[i]);
    }
    write_block(&second, first_us, &again);
    check(same_bytes(again.data, again.size, written.data, written.size));
    kithi_buffer_clear(&written);
    kithi_buffer_clear(&again);
}

static void check_log(const uint8_t *data, size_t size) {
    kithi_event first, second;
    kithi_buffer written, again;
    uint32_t record, other;
    uint64_t before, other_before;
    if (!kithi_log_read((kithi_slice){data, size}, &record, &before, &first)) {
        return;
    }
    check_inside(&first, data, size);
    kithi_buffer_init(&written);
    kithi_buffer_init(&again);
    kithi_log_write(&written, record, before, &first);
    check(
        kithi_log_read((kithi_slice){written.data, written.size}, &other, &other_before, &second));
    check(other == record && other_before == before);
    check_same(&first, &second);
    kithi_log_write(&again, other, other_before, &second);
    check(same_bytes(again.data, again.size, written.data, written.size));
    kithi_buffer_clear(&written);
    kithi_buffer_clear(&again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    if (size == 0) {
        return 0; /* libFuzzer gives no address then */
    }
    check_block(data, size);
    check_log(data, size);
    return 0;
}
