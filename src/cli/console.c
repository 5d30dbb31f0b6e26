#include "src/cli/console.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define DEFAULT_COLUMNS 80

char *cli_format_list(const char *format, va_list list) {
    va_list again;
    va_copy(again, list);
    int size = vsnprintf(NULL, 0, format, list);
    char *text = cli_allocate(size < 0 ? 1 : (size_t)size + 1);
    text[0] = '\0';
    if (size >= 0) {
        vsnprintf(text, (size_t)size + 1, format, again);
    }
    va_end(again);
    return text;
}

/* Whatever a message quotes, it stays one line. */
static void print_line(const char *message, const cli_command *command, bool usage) {
    char *clean = cli_text_clean(message, strlen(message));
    if (!usage) {
        fprintf(stderr, "kith: %s\n", clean);
    } else if (command == NULL) {
        fprintf(stderr, "kith: %s; see 'kith --help'\n", clean);
    } else {
        fprintf(stderr, "kith: %s; see 'kith %s --help'\n", clean, command->name);
    }
    free(clean);
}

int cli_fail(const char *format, ...) {
    va_list list;
    va_start(list, format);
    char *message = cli_format_list(format, list);
    va_end(list);
    print_line(message, NULL, false);
    free(message);
    return CLI_BAD;
}

int cli_fail_error(const kith_error *error) {
    const char *message = error != NULL ? error->message : "";
    return cli_fail("%s", message[0] != '\0' ? message : "the call failed without a reason");
}

int cli_usage(const cli_command *command, const char *format, ...) {
    va_list list;
    va_start(list, format);
    char *message = cli_format_list(format, list);
    va_end(list);
    print_line(message, command, true);
    free(message);
    return CLI_USAGE;
}

void *cli_grow(void *memory, size_t size) {
    void *grown = realloc(memory, size > 0 ? size : 1);
    if (grown == NULL) {
        /* The store is left as after a crash: nothing uncommitted is in it. */
        fputs("kith: out of memory\n", stderr);
        exit(CLI_BAD);
    }
    return grown;
}

void *cli_allocate(size_t size) {
    return cli_grow(NULL, size);
}

char *cli_format(const char *format, ...) {
    va_list list;
    va_start(list, format);
    char *text = cli_format_list(format, list);
    va_end(list);
    return text;
}

typedef struct range {
    int32_t first, last;
} range;

/* East Asian wide and full-width characters and emoji, after Unicode's EastAsianWidth.txt. */
static const range wide[] = {
    {0x1100, 0x115F},   {0x231A, 0x231B},   {0x2329, 0x232A},   {0x23E9, 0x23EC},
    {0x23F0, 0x23F0},   {0x23F3, 0x23F3},   {0x25FD, 0x25FE},   {0x2614, 0x2615},
    {0x2648, 0x2653},   {0x267F, 0x267F},   {0x2693, 0x2693},   {0x26A1, 0x26A1},
    {0x26AA, 0x26AB},   {0x26BD, 0x26BE},   {0x26C4, 0x26C5},   {0x26CE, 0x26CE},
    {0x26D4, 0x26D4},   {0x26EA, 0x26EA},   {0x26F2, 0x26F3},   {0x26F5, 0x26F5},
    {0x26FA, 0x26FA},   {0x26FD, 0x26FD},   {0x2705, 0x2705},   {0x270A, 0x270B},
    {0x2728, 0x2728},   {0x274C, 0x274C},   {0x274E, 0x274E},   {0x2753, 0x2755},
    {0x2757, 0x2757},   {0x2795, 0x2797},   {0x27B0, 0x27B0},   {0x27BF, 0x27BF},
    {0x2B1B, 0x2B1C},   {0x2B50, 0x2B50},   {0x2B55, 0x2B55},   {0x2E80, 0x303E},
    {0x3041, 0x3098},   {0x309B, 0x4DBF},   {0x4E00, 0xA4CF},   {0xA960, 0xA97F},
    {0xAC00, 0xD7A3},   {0xF900, 0xFAFF},   {0xFE10, 0xFE19},   {0xFE30, 0xFE6F},
    {0xFF01, 0xFF60},   {0xFFE0, 0xFFE6},   {0x16FE0, 0x18CFF}, {0x1AFF0, 0x1B2FF},
    {0x1F004, 0x1F004}, {0x1F0CF, 0x1F0CF}, {0x1F18E, 0x1F18E}, {0x1F191, 0x1F19A},
    {0x1F200, 0x1F320}, {0x1F32D, 0x1F335}, {0x1F337, 0x1F37C}, {0x1F37E, 0x1F393},
    {0x1F3A0, 0x1F3CA}, {0x1F3CF, 0x1F3D3}, {0x1F3E0, 0x1F3F0}, {0x1F3F4, 0x1F3F4},
    {0x1F3F8, 0x1F43E}, {0x1F440, 0x1F440}, {0x1F442, 0x1F4FC}, {0x1F4FF, 0x1F53D},
    {0x1F54B, 0x1F54E}, {0x1F550, 0x1F567}, {0x1F57A, 0x1F57A}, {0x1F595, 0x1F596},
    {0x1F5A4, 0x1F5A4}, {0x1F5FB, 0x1F64F}, {0x1F680, 0x1F6C5}, {0x1F6CC, 0x1F6CC},
    {0x1F6D0, 0x1F6D2}, {0x1F6D5, 0x1F6D7}, {0x1F6DC, 0x1F6DF}, {0x1F6EB, 0x1F6EC},
    {0x1F6F4, 0x1F6FC}, {0x1F7E0, 0x1F7EB}, {0x1F7F0, 0x1F7F0}, {0x1F90C, 0x1F93A},
    {0x1F93C, 0x1F945}, {0x1F947, 0x1F9FF}, {0x1FA70, 0x1FAFF}, {0x20000, 0x3FFFD},
};

/* The combining marks, joiners and selectors that are met in names. */
static const range narrow[] = {
    {0x0300, 0x036F}, {0x0483, 0x0489},   {0x0591, 0x05BD}, {0x0610, 0x061A}, {0x064B, 0x065F},
    {0x0670, 0x0670}, {0x093C, 0x093C},   {0x0941, 0x0948}, {0x094D, 0x094D}, {0x0E31, 0x0E31},
    {0x0E34, 0x0E3A}, {0x0E47, 0x0E4E},   {0x1AB0, 0x1AFF}, {0x1DC0, 0x1DFF}, {0x200B, 0x200D},
    {0x2060, 0x2064}, {0x20D0, 0x20FF},   {0x3099, 0x309A}, {0xFE00, 0xFE0F}, {0xFE20, 0xFE2F},
    {0xFEFF, 0xFEFF}, {0xE0100, 0xE01EF},
};

/* Characters that move the cursor or turn the writing direction. */
static const range hostile[] = {
    {0x0000, 0x001F}, {0x007F, 0x009F}, {0x061C, 0x061C},
    {0x200E, 0x200F}, {0x2028, 0x202E}, {0x2066, 0x206F},
};

static bool in_ranges(const range *ranges, size_t count, int32_t code_point) {
    size_t low = 0;
    size_t high = count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (code_point > ranges[middle].last) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low < count && code_point >= ranges[low].first;
}
#define IN(ranges, code_point) in_ranges(ranges, sizeof ranges / sizeof ranges[0], code_point)

/* The code point at `text` and its size in bytes; -1 and 1 where it isn't UTF-8. */
static int32_t decode(const unsigned char *text, size_t size, size_t *out_bytes) {
    static const int32_t least[5] = {0, 0, 0x80, 0x800, 0x10000};
    size_t bytes = text[0] < 0x80   ? 1
                   : text[0] < 0xC0 ? 0
                   : text[0] < 0xE0 ? 2
                   : text[0] < 0xF0 ? 3
                                    : 4;
    *out_bytes = 1;
    if (bytes == 0 || bytes > size || text[0] > 0xF4) {
        return -1;
    }
    int32_t code_point = bytes == 1 ? text[0] : text[0] & (0x7F >> bytes);
    for (size_t i = 1; i < bytes; i++) {
        if ((text[i] & 0xC0) != 0x80) {
            return -1;
        }
        code_point = code_point << 6 | (text[i] & 0x3F);
    }
    if (code_point < least[bytes] || code_point > 0x10FFFF || code_point >> 11 == 0x1B) {
        return -1;
    }
    *out_bytes = bytes;
    return code_point;
}

static char *replace_bad(const char *data, size_t size, bool only_invalid, size_t *out_size) {
    static const char replacement[] = "\xEF\xBF\xBD";
    char *copy = cli_allocate(size * 3 + 1);
    size_t used = 0;
    for (size_t at = 0, bytes = 0; at < size; at += bytes) {
        int32_t code_point = decode((const unsigned char *)data + at, size - at, &bytes);
        bool bad = code_point < 0 || (!only_invalid && IN(hostile, code_point));
        memcpy(copy + used, bad ? replacement : data + at, bad ? 3 : bytes);
        used += bad ? 3 : bytes;
    }
    copy[used] = '\0';
    *out_size = used;
    return copy;
}

char *cli_text_clean(const char *data, size_t size) {
    return replace_bad(data, size, false, &size);
}

char *cli_text_valid(const char *data, size_t size, size_t *out_size) {
    return replace_bad(data, size, true, out_size);
}

size_t cli_text_width(const char *text) {
    size_t width = 0;
    size_t size = strlen(text);
    for (size_t at = 0, bytes = 0; at < size; at += bytes) {
        int32_t code_point = decode((const unsigned char *)text + at, size - at, &bytes);
        width += IN(wide, code_point) ? 2 : IN(narrow, code_point) ? 0 : 1;
    }
    return width;
}

bool cli_is_terminal(FILE *out) {
    const char *term = getenv("TERM");
    return isatty(fileno(out)) && term != NULL && strcmp(term, "dumb") != 0;
}

bool cli_is_styled(FILE *out) {
    const char *no_color = getenv("NO_COLOR");
    return cli_is_terminal(out) && (no_color == NULL || no_color[0] == '\0');
}

size_t cli_terminal_columns(FILE *out) {
    struct winsize window = {0};
    if (ioctl(fileno(out), TIOCGWINSZ, &window) == 0 && window.ws_col > 0) {
        return window.ws_col;
    }
    return DEFAULT_COLUMNS;
}

const char *cli_bold(FILE *out) {
    return cli_is_styled(out) ? "\x1b[1m" : "";
}

const char *cli_plain(FILE *out) {
    return cli_is_styled(out) ? "\x1b[0m" : "";
}

const char *cli_count_text(uint64_t count, char text[CLI_NUMBER_BYTES]) {
    char digits[CLI_NUMBER_BYTES];
    int size = snprintf(digits, sizeof digits, "%" PRIu64, count);
    char *at = text;
    for (int i = 0; i < size; i++) {
        if (i > 0 && (size - i) % 3 == 0) {
            *at++ = ',';
        }
        *at++ = digits[i];
    }
    *at = '\0';
    return text;
}

const char *cli_micros_text(int64_t micros, char text[CLI_NUMBER_BYTES]) {
    uint64_t magnitude = micros < 0 ? (uint64_t)0 - (uint64_t)micros : (uint64_t)micros;
    char whole[CLI_NUMBER_BYTES];
    char part[CLI_NUMBER_BYTES];
    int digits = snprintf(part, sizeof part, "%06u", (unsigned)(magnitude % 1000000));
    while (digits > 2 && part[digits - 1] == '0') {
        part[--digits] = '\0';
    }
    snprintf(text, CLI_NUMBER_BYTES, "%s%.32s.%.8s", micros < 0 ? "-" : "",
             cli_count_text(magnitude / 1000000, whole), part);
    return text;
}

const char *cli_bytes_text(uint64_t bytes, char text[CLI_NUMBER_BYTES]) {
    static const char *const units[] = {"B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
    double size = (double)bytes;
    size_t unit = 0;
    while (size >= 1024 && unit + 1 < sizeof units / sizeof units[0]) {
        size /= 1024;
        unit++;
    }
    snprintf(text, CLI_NUMBER_BYTES, "%.*f %s", unit == 0 || size >= 100 ? 0 : 1, size,
             units[unit]);
    return text;
}

const char *cli_plural(uint64_t count) {
    return count == 1 ? "" : "s";
}

const char *cli_real_text(double real, char text[CLI_NUMBER_BYTES]) {
    for (int digits = 15; digits <= 17; digits++) {
        snprintf(text, CLI_NUMBER_BYTES, "%.*g", digits, real);
        if (strtod(text, NULL) == real) {
            break;
        }
    }
    return text;
}

static char *list_text(const kith_value *value) {
    char *text = cli_format("%s", "");
    for (size_t i = 0; i < value->as.list.count; i++) {
        char *item = cli_value_text(&value->as.list.items[i]);
        char *longer = cli_format("%s%s%s", text, i > 0 ? "; " : "", item);
        free(item);
        free(text);
        text = longer;
    }
    return text;
}

static char *map_text(const kith_value *value) {
    char *text = cli_format("%s", "");
    for (size_t i = 0; i < value->as.map.count; i++) {
        const kith_field *field = &value->as.map.fields[i];
        char *name = cli_text_clean(field->name, strlen(field->name));
        char *item = cli_value_text(&field->value);
        char *longer = cli_format("%s%s%s=%s", text, i > 0 ? "; " : "", name, item);
        free(name);
        free(item);
        free(text);
        text = longer;
    }
    return text;
}

char *cli_value_text(const kith_value *value) {
    char text[CLI_NUMBER_BYTES] = "";
    switch (value->type) {
    case KITH_TYPE_BOOLEAN:
        return cli_format("%s", value->as.boolean ? "true" : "false");
    case KITH_TYPE_INTEGER:
        return cli_format("%" PRId64, value->as.integer);
    case KITH_TYPE_REAL:
        return cli_format("%s", cli_real_text(value->as.real, text));
    case KITH_TYPE_TEXT:
        return cli_text_clean(value->as.text.data, value->as.text.size);
    case KITH_TYPE_DATE:
        kith_date_format(value->as.date_days, text);
        return cli_format("%s", text);
    case KITH_TYPE_TIME:
        kith_time_format(value->as.time_us, text);
        return cli_format("%s", text);
    case KITH_TYPE_LIST:
        return list_text(value);
    case KITH_TYPE_MAP:
        return map_text(value);
    case KITH_TYPE_NULL:
        break;
    }
    return cli_format("%s", "");
}
