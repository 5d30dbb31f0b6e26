/*
 * What stands of a profile's marks, as the state row holds it: the tags it has, then consents by
 * purpose and channel, balances, scores; each kind in order of names.
 */
#ifndef KITHI_PROFILE_MARKS_ROW_H
#define KITHI_PROFILE_MARKS_ROW_H

#include "src/base/buffer.h"
#include "src/fact/mark.h"

typedef struct kithi_row_mark {
    kithi_mark_kind kind; /* of what stands there is no removal */
    uint32_t record;      /* that said it; of points how many entries there are */
    int64_t at_us;        /* of points that of the latest entry */
    int64_t amount; /* of a tag when it expires; of points the balance; of a score its value */
    kith_origin origin;
    uint8_t confidence;
    bool flag;           /* of a consent: granted; of points: the balance stands at its bound */
    const char *name;    /* of these texts none may be NULL but the next two */
    const char *channel; /* of a consent */
    const char *by;
    kithi_slice value; /* of a tag, packed */
} kithi_row_mark;

/* Appends what stands at a time of all that was said of these records. *out_next_us: the next time
 * at which something is said, or a tag expires; INT64_MAX: never. */
int kithi_marks_compute(kith_txn *txn, const uint32_t *records, size_t count, int64_t now_us,
                        kithi_buffer *out, int64_t *out_next_us);
/* The next entry; false at the end or where it is damaged (then the walker isn't done). */
bool kithi_row_mark_next(kithi_walker *walker, kithi_row_mark *out);
/* What the public view of a row's marks and of their history have in common: a tag's value. */
bool kithi_tag_value(kithi_slice packed, kith_value *out);

#endif
