/*
 * The events that a stream lets through, by their columns.
 */
#ifndef KITHI_QUERY_SCAN_EVENT_H
#define KITHI_QUERY_SCAN_EVENT_H

#include "src/query/scan.h"
#include "src/state/event_columns.h"

/* Events of a block that are next to each other in time. */
typedef struct kithi_scanned {
    kithi_column times, places;
    const kithi_column *values; /* of the property that the stream asks for; without a sort: none of
                                   them has it; NULL: none is asked for */
    const kithi_chunk *events;  /* which of them the stream surely lets through */
    uint32_t count;             /* of all of them */
} kithi_scanned;

static inline uint16_t kithi_scanned_whose(const kithi_scanned *in, uint32_t event) {
    return (uint16_t)kithi_column_number(&in->places, event);
}

/* Takes some in; those of a profile come in their order. KITH_OK, or what ends all. */
typedef int kithi_scan_take_fn(void *context, const kithi_scanned *events);

/* The times that are of interest: from <= time < to. */
typedef struct kithi_times {
    int64_t from_us, to_us;
} kithi_times;
#define KITHI_ALL_TIMES ((kithi_times){INT64_MIN, INT64_MAX})

/*
 * Gives the events of a stream in the chunk at hand, of those times at least, block after block.
 * *unsure is of whom that can't be told: all for a stream that columns can't say.
 */
int kithi_scan_stream(kithi_scan *scan, const kithi_stream *stream, kithi_times times,
                      kithi_scan_take_fn *take, void *context, kithi_chunk *unsure);
/* The same of a stream without a window, that no condition has. */
int kithi_scan_times(kithi_scan *scan, const kithi_stream *stream, kithi_times times,
                     kithi_scan_take_fn *take, void *context, kithi_chunk *unsure);

#endif
