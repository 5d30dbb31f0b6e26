#include "src/ingest/parts.h"

#include <string.h>

#include "src/ingest/draft.h"

bool kithi_parts_possible(kithi_normaliser how) {
    return how == KITHI_NORMALISE_EMAIL || how == KITHI_NORMALISE_PHONE;
}

/* How many bytes of a mark between parts are at text[0], of full width too; 0: none. */
static size_t mark_at(kithi_normaliser how, const char *text, size_t size) {
    static const char *const marks[] = {";", "|", "；", "｜", ",", "，"};
    size_t count = how == KITHI_NORMALISE_EMAIL ? 6 : 4; /* those of e-mails last */
    for (size_t i = 0; i < count; i++) {
        size_t length = strlen(marks[i]);
        if (length <= size && memcmp(text, marks[i], length) == 0) {
            return length;
        }
    }
    return 0;
}

static bool is_of_form(kithi_normaliser how, const char *region, kith_value text) {
    char normal[KITHI_IDENTIFIER_MAX_BYTES];
    size_t size = 0;
    return kithi_normalise(how, region, text.as.text.data, text.as.text.size, normal, &size) ==
           KITH_OK;
}

static size_t count_marks(kithi_normaliser how, kith_value text) {
    size_t count = 0;
    for (size_t i = 0; i < text.as.text.size; i++) {
        count += mark_at(how, text.as.text.data + i, text.as.text.size - i) > 0;
    }
    return count;
}

/* Takes the part at *at off the text, without the space around it. */
static kith_value next_part(kithi_normaliser how, kith_value text, size_t *at) {
    const char *data = text.as.text.data;
    size_t begin = *at;
    size_t end = begin;
    size_t mark = 0;
    while (end < text.as.text.size &&
           (mark = mark_at(how, data + end, text.as.text.size - end)) == 0) {
        end++;
    }
    *at = end + (mark > 0 ? mark : 1);
    return kithi_draft_trim(kith_value_text_n(data + begin, end - begin));
}

bool kithi_parts_split(kithi_normaliser how, const char *region, kithi_arena *arena,
                       kith_value *value) {
    size_t marks = value->type == KITH_TYPE_TEXT ? count_marks(how, *value) : 0;
    size_t count = 0;
    if (marks == 0 || is_of_form(how, region, *value)) {
        return true;
    }
    kith_value *parts = kithi_arena_calloc(arena, marks + 1, sizeof *parts);
    if (parts == NULL) {
        return false;
    }
    for (size_t at = 0; at <= value->as.text.size;) {
        kith_value part = next_part(how, *value, &at);
        if (part.as.text.size == 0) {
            continue; /* a mark at the end */
        }
        if (!is_of_form(how, region, part)) {
            return true;
        }
        parts[count++] = part;
    }
    if (count == 1) {
        *value = parts[0];
    } else if (count > 1) {
        *value = (kith_value){KITH_TYPE_LIST, {0}};
        value->as.list.items = parts;
        value->as.list.count = count;
    }
    return true;
}
