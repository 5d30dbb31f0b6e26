#include "src/segment/show.h"

#include <string.h>

#include "src/segment/print.h"

void kithi_operand_show(const kithi_operand *value, kithi_buffer *out) {
    char text[KITHI_DECIMAL_TEXT_BYTES > KITH_TIME_TEXT_BYTES ? KITHI_DECIMAL_TEXT_BYTES
                                                              : KITH_TIME_TEXT_BYTES];
    switch (value->sort) {
    case KITHI_SORT_NUMBER:
        kithi_decimal_format(value->as.number, text);
        break;
    case KITHI_SORT_DATE:
        kith_date_format(value->as.date_days, text);
        break;
    case KITHI_SORT_TIME:
        kith_time_format(value->as.us, text);
        break;
    case KITHI_SORT_BOOLEAN:
        strcpy(text, value->as.boolean ? "true" : "false");
        break;
    case KITHI_SORT_DURATION:
        kithi_print_duration(value->as.us, out);
        return;
    default:
        kithi_buffer_append(out, value->as.text.data, value->as.text.size);
        return;
    }
    kithi_buffer_append_text(out, text);
}
