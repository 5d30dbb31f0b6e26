/*
 * Tables as JSON text, for definitions that are JSON, and JSON text as tables.
 *
 * Writing measures first and then fills one userdata, so that nothing is owned by C. Reading takes
 * text that the core wrote: it is known to be JSON, of a bounded depth.
 */
#include "kith_lua.h"

#include <float.h>
#include <locale.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

/* ---- writing ---- */

/* Where text goes; NULL: it is only measured. */
typedef struct writer {
    lua_State *L;
    int argument; /* that the errors speak of */
    char *out;
    size_t size;
} writer;

static void put(writer *w, const char *text, size_t size) {
    if (w->out != NULL) {
        memcpy(w->out + w->size, text, size);
    }
    w->size += size;
}

static void put_text(writer *w, const char *text, size_t size) {
    put(w, "\"", 1);
    for (size_t i = 0; i < size; i++) {
        unsigned char byte = (unsigned char)text[i];
        char escaped[8];
        if (byte == '"' || byte == '\\') {
            put(w, "\\", 1);
        }
        if (byte < 0x20) {
            put(w, escaped, (size_t)snprintf(escaped, sizeof escaped, "\\u%04x", byte));
        } else {
            put(w, text + i, 1);
        }
    }
    put(w, "\"", 1);
}

/* In the fewest digits that give it back, with a point whatever the program's language is. */
static void put_real(writer *w, double real) {
    char text[40];
    if (!isfinite(real)) {
        luaL_argerror(w->L, w->argument, "a number must be finite");
    }
    for (int digits = DBL_DIG; digits <= DBL_DECIMAL_DIG; digits++) {
        snprintf(text, sizeof text, "%.*g", digits, real);
        if (strtod(text, NULL) == real) {
            break;
        }
    }
    char *comma = strchr(text, ',');
    if (comma != NULL) {
        *comma = '.';
    }
    put(w, text, strlen(text));
}

static void put_value(writer *w, const kith_value *value);

static void put_list(writer *w, const kith_value *list) {
    put(w, "[", 1);
    for (size_t i = 0; i < list->as.list.count; i++) {
        put(w, ",", i > 0);
        put_value(w, &list->as.list.items[i]);
    }
    put(w, "]", 1);
}

static void put_members(writer *w, const kith_field *fields, size_t count) {
    put(w, "{", 1);
    for (size_t i = 0; i < count; i++) {
        put(w, ",", i > 0);
        put_text(w, fields[i].name, strlen(fields[i].name));
        put(w, ":", 1);
        put_value(w, &fields[i].value);
    }
    put(w, "}", 1);
}

static void put_value(writer *w, const kith_value *value) {
    char number[32];
    switch (value->type) {
    case KITH_TYPE_BOOLEAN:
        put(w, value->as.boolean ? "true" : "false", value->as.boolean ? 4 : 5);
        break;
    case KITH_TYPE_INTEGER:
        put(w, number,
            (size_t)snprintf(number, sizeof number, "%lld", (long long)value->as.integer));
        break;
    case KITH_TYPE_REAL:
        put_real(w, value->as.real);
        break;
    case KITH_TYPE_TEXT:
        put_text(w, value->as.text.data, value->as.text.size);
        break;
    case KITH_TYPE_LIST:
        put_list(w, value);
        break;
    case KITH_TYPE_MAP:
        put_members(w, value->as.map.fields, value->as.map.count);
        break;
    default:
        put(w, "null", 4);
    }
}

const char *klua_check_json(lua_State *L, int index) {
    if (lua_type(L, index) == LUA_TSTRING) {
        return klua_check_text(L, index);
    }
    size_t count = 0;
    luaL_checktype(L, index, LUA_TTABLE);
    const kith_field *fields = klua_check_fields(L, index, &count);
    writer w = {L, index, NULL, 0};
    put_members(&w, fields, count);
    w.out = lua_newuserdata(L, w.size + 1);
    w.size = 0;
    put_members(&w, fields, count);
    w.out[w.size] = '\0';
    return w.out;
}

/* ---- reading ---- */

typedef struct reader {
    lua_State *L;
    const char *at;
} reader;

static void skip_blanks(reader *r) {
    r->at += strspn(r->at, " \t\r\n");
}

static unsigned read_hex(const char *at) {
    char digits[5] = {at[0], at[1], at[2], at[3], '\0'};
    return (unsigned)strtoul(digits, NULL, 16);
}

/* The character of \u and four digits, whose two halves may stand one after another. */
static unsigned read_escaped(reader *r) {
    unsigned unit = read_hex(r->at);
    r->at += 4;
    if (unit >= 0xD800 && unit < 0xDC00 && r->at[0] == '\\' && r->at[1] == 'u') {
        unit = 0x10000 + ((unit - 0xD800) << 10) + (read_hex(r->at + 2) - 0xDC00);
        r->at += 6;
    }
    return unit;
}

static void add_character(luaL_Buffer *buffer, unsigned c) {
    if (c < 0x80) {
        luaL_addchar(buffer, (char)c);
        return;
    }
    int rest = c < 0x800 ? 1 : c < 0x10000 ? 2 : 3;
    static const unsigned first[] = {0, 0xC0, 0xE0, 0xF0};
    luaL_addchar(buffer, (char)(first[rest] | c >> (6 * rest)));
    while (rest-- > 0) {
        luaL_addchar(buffer, (char)(0x80 | (c >> (6 * rest) & 0x3F)));
    }
}

static void push_text(reader *r) {
    static const char from[] = "\"\\/bfnrt", to[] = "\"\\/\b\f\n\r\t";
    luaL_Buffer buffer;
    luaL_buffinit(r->L, &buffer);
    for (r->at++; *r->at != '"';) {
        const char *known = *r->at == '\\' && r->at[1] != 'u' ? strchr(from, r->at[1]) : NULL;
        if (known != NULL) {
            luaL_addchar(&buffer, to[known - from]);
            r->at += 2;
        } else if (*r->at == '\\') {
            r->at += 2;
            add_character(&buffer, read_escaped(r));
        } else {
            luaL_addchar(&buffer, *r->at);
            r->at++;
        }
    }
    r->at++;
    luaL_pushresult(&buffer);
}

/* strtod() reads the point of the program's language: it is given that one. */
static double read_real(const char *text, size_t size) {
    char copy[64] = "";
    char *point;
    memcpy(copy, text, size < sizeof copy ? size : sizeof copy - 1);
    if ((point = memchr(copy, '.', sizeof copy)) != NULL) {
        *point = localeconv()->decimal_point[0];
    }
    return strtod(copy, NULL);
}

static void push_number(reader *r) {
    size_t size = strspn(r->at, "+-0123456789.eE");
    if (memchr(r->at, '.', size) == NULL && strcspn(r->at, "eE") >= size) {
        klua_push_integer(r->L, strtoll(r->at, NULL, 10));
    } else {
        lua_pushnumber(r->L, (lua_Number)read_real(r->at, size));
    }
    r->at += size;
}

static void push_any(reader *r);

static void push_items(reader *r) {
    lua_newtable(r->L);
    r->at++;
    skip_blanks(r);
    for (int i = 1; *r->at != ']'; i++) {
        push_any(r);
        lua_rawseti(r->L, -2, i);
        r->at += *r->at == ',';
        skip_blanks(r);
    }
    r->at++;
}

static void push_members(reader *r) {
    lua_newtable(r->L);
    r->at++;
    skip_blanks(r);
    while (*r->at != '}') {
        push_text(r);
        skip_blanks(r);
        r->at++; /* the colon */
        push_any(r);
        lua_rawset(r->L, -3);
        r->at += *r->at == ',';
        skip_blanks(r);
    }
    r->at++;
}

static void push_word(reader *r) {
    if (*r->at == 'n') {
        lua_pushlightuserdata(r->L, NULL);
    } else {
        lua_pushboolean(r->L, *r->at == 't');
    }
    r->at += *r->at == 'f' ? 5 : 4;
}

static void push_any(reader *r) {
    luaL_checkstack(r->L, LUA_MINSTACK, "JSON is nested too deep");
    skip_blanks(r);
    switch (*r->at) {
    case '{':
        push_members(r);
        break;
    case '[':
        push_items(r);
        break;
    case '"':
        push_text(r);
        break;
    case 't':
    case 'f':
    case 'n':
        push_word(r);
        break;
    default:
        push_number(r);
    }
    skip_blanks(r);
}

void klua_push_json(lua_State *L, const char *json) {
    reader r = {L, json};
    push_any(&r);
}
