/*
 * The events that a stream lets through, by their columns.
 */
#ifndef KITHI_QUERY_SCAN_EVENT_H
#define KITHI_QUERY_SCAN_EVENT_H

#include "src/query/scan.h"
#include "src/state/event_columns.h"

/* Events of a block. */
typedef struct kithi_scanned {
    const kithi_event_block *block;
    const kithi_column *values; /* of the property that the stream asks for; without a sort: nobody
                                   has it; NULL: none is asked for */
    const kithi_chunk *events;  /* those that the stream surely lets through, as places in it */
} kithi_scanned;

/* Takes some in; those of a profile come in their order. KITH_OK, or what ends all. */
typedef int kithi_scan_take_fn(void *context, const kithi_scanned *events);

/*
 * Gives the events of a stream in the chunk at hand, block after block. *out_unsure is for whom
 * that can't be told, all for a stream that columns can't say.
 */
int kithi_scan_stream(kithi_scan *scan, const kithi_stream *stream, kithi_scan_take_fn *take,
                      void *context, kithi_chunk *unsure);

#endif
