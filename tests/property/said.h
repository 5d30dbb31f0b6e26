/*
 * The model's part for tags, consents, points and scores: what stands of all that was said at the
 * records of a profile, found by looking at every pair.
 */
#ifndef TESTS_PROPERTY_SAID_H
#define TESTS_PROPERTY_SAID_H

#include "tests/property/history.h"
#include "tests/property/lines.h"

/* Something that was said of a record. */
typedef struct said {
    const history_op *op;
    const kith_id *record_id;
} said;

bool history_is_mark(const history_op *op);

/* Writes out what stands at a time, of a profile that is known by its id. */
void said_dump(const said *list, size_t count, int64_t now_us, const char *id, lines *out);
/* When that may change next. */
int64_t said_next(const said *list, size_t count, int64_t now_us);

/* Whether a tag stands, whether a consent does for a channel, and what a score is, if any. */
bool said_has_tag(const said *list, size_t count, uint8_t name, int64_t now_us);
bool said_consents(const said *list, size_t count, uint8_t name, uint8_t channel, int64_t now_us);
bool said_score(const said *list, size_t count, uint8_t name, int64_t now_us, int64_t *out_micros);

#endif
