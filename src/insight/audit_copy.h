/*
 * Corrupted copies: a record as somebody else might have written it down, or years later. A pure
 * function of the record, of another one whose address is taken, and of the record's id, which is
 * all that chance depends on.
 */
#ifndef KITHI_INSIGHT_AUDIT_COPY_H
#define KITHI_INSIGHT_AUDIT_COPY_H

#include "src/base/buffer.h"
#include "src/fact/record_row.h"
#include "src/match/model.h"

typedef enum kithi_audit_slip {
    KITHI_AUDIT_TYPING,
    KITHI_AUDIT_MISSING,
    KITHI_AUDIT_INITIAL,
    KITHI_AUDIT_SWAPPED_NAMES,
    KITHI_AUDIT_SWAPPED_DATE,
    KITHI_AUDIT_DATE_DIGIT,
    KITHI_AUDIT_MOVED,
    KITHI_AUDIT_EMAIL,
    KITHI_AUDIT_PHONE,
    KITHI_AUDIT_SLIPS
} kithi_audit_slip;

const char *kithi_audit_slip_name(kithi_audit_slip slip);

typedef struct kithi_audit_copy {
    unsigned slips;  /* a bit for each kind that was made */
    bool identified; /* it still has an identifier of the original's */
} kithi_audit_copy;

/*
 * Makes the copy and appends its row, of what the model compares, to `out`. KITH_OK;
 * KITH_NO_MEMORY; KITH_CORRUPT (one of the rows is damaged).
 */
int kithi_audit_copy_make(const kithi_model *model, kithi_slice row, kithi_slice donor,
                          kithi_buffer *out, kithi_audit_copy *out_copy);

#endif
