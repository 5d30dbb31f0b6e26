/*
 * Inside of a query: its steps, for those who take its rows in another form than the public one.
 */
#ifndef KITHI_QUERY_QUERY_H
#define KITHI_QUERY_QUERY_H

#include "kith/query.h"
#include "src/query/crew.h"
#include "src/query/sample.h"

struct kith_query {
    kith_txn *txn;
    kith_query_options options;
    kithi_watch watch;
    kithi_sample sample;
    const kith_expression *where; /* with the sample in it */
    kithi_crew crew;
    kithi_chunk *chosen;          /* in the chunks at hand */
    uint32_t first_chunk, chunks; /* which they are */
    uint32_t chunk;               /* of them the one at hand, */
    uint32_t next_bit;            /* of the chosen ones */
    uint64_t given;
    kith_value values[]; /* of the row at hand */
};

/* Takes the next profile into the executor. Whoever has made a row of it passes it; until then it
 * is the next one, so that a query which was stopped leaves nobody out when it goes on. KITH_DONE;
 * what kith_query_next() returns. */
int kithi_query_step(kith_query *query, uint32_t *out_profile);
void kithi_query_pass(kith_query *query);
/* What a column gives of it; texts are borrowed until the next step. */
int kithi_query_ask(kith_query *query, size_t column, kithi_operand *out);

#endif
