/* The reader of CSV and the input below it: rows, rejected rows, where they begin, encodings. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "src/ingest/csv.h"

/* What was read, as text: cells between [ and ], rejected rows as !reason, each row with its line
 * before it. */
static char shown[1 << 16];

static void show(const char *text, size_t size) {
    size_t used = strlen(shown);
    assert_true(used + size < sizeof shown);
    memcpy(shown + used, text, size);
    shown[used + size] = '\0';
}

static void show_row(const kithi_csv_row *row) {
    char line[32];
    snprintf(line, sizeof line, "%llu", (unsigned long long)row->row.line);
    show(line, strlen(line));
    if (row->row.rejected) {
        const char *reason = kith_reject_reason_name(row->row.reason);
        show("!", 1);
        show(reason, strlen(reason));
    }
    for (size_t i = 0; i < row->field_count && !row->row.rejected; i++) {
        show("[", 1);
        show(row->fields[i].data, row->fields[i].size);
        show("]", 1);
    }
    show(" ", 1);
}

static void read_input(kithi_input *input, char delimiter, size_t row_max) {
    kithi_csv csv;
    kithi_csv_row row;
    kith_error error = KITH_ERROR_INIT;
    int code = kithi_csv_open(&csv, input, delimiter, row_max, &error);
    assert_int_equal(code, KITH_OK);
    shown[0] = '\0';
    while ((code = kithi_csv_next(&csv, &row, &error)) == KITH_OK) {
        show_row(&row);
    }
    assert_int_equal(code, KITH_DONE);
    kithi_csv_close(&csv);
}

static const char *read_bytes(const char *data, size_t size, const char *encoding, bool guess,
                              size_t row_max) {
    kithi_input input;
    kith_error error = KITH_ERROR_INIT;
    int code = kithi_input_open_memory(&input, data, size, encoding, guess, &error);
    assert_int_equal(code, KITH_OK);
    read_input(&input, 0, row_max);
    kithi_input_close(&input);
    return shown;
}

static const char *read_text(const char *text) {
    return read_bytes(text, strlen(text), NULL, true, 0);
}

static void test_plain_rows(void **state) {
    (void)state;
    assert_string_equal(read_text("a,b\n1,2\n"), "1[a][b] 2[1][2] ");
    assert_string_equal(read_text("a,b\n1,2"), "1[a][b] 2[1][2] ");
    assert_string_equal(read_text("a,b\n,\n"), "1[a][b] 2[][] ");
    assert_string_equal(read_text("a\n"), "1[a] ");
    assert_string_equal(read_text(""), "");
    assert_string_equal(read_text("\n\n"), "");
    assert_string_equal(read_text("\xEF\xBB\xBF"), "");
    assert_string_equal(read_text("\xEF\xBB\xBF"
                                  "a,b\n"),
                        "1[a][b] ");
}

static void test_line_ends(void **state) {
    (void)state;
    assert_string_equal(read_text("a,b\r\n1,2\r\n3,4\r\n"), "1[a][b] 2[1][2] 3[3][4] ");
    assert_string_equal(read_text("a,b\r1,2\r3,4"), "1[a][b] 2[1][2] 3[3][4] ");
    assert_string_equal(read_text("\r\n\na,b\n\n\r\n\r1,2\n"), "3[a][b] 7[1][2] ");
    assert_string_equal(read_text("a,b\n\"x\ny\r\nz\rw\",2\n3,4\n"),
                        "1[a][b] 2[x\ny\r\nz\rw][2] 6[3][4] ");
}

static void test_quotes(void **state) {
    (void)state;
    assert_string_equal(read_text("a,b\n\"1,5\",\"say \"\"hi\"\"\"\n"),
                        "1[a][b] 2[1,5][say \"hi\"] ");
    assert_string_equal(read_text("a,b\n\"\",\"\"\"\"\n"), "1[a][b] 2[][\"] ");
    assert_string_equal(read_text("a,b\nMaria \"x\" Foo,5\" pipe\n"),
                        "1[a][b] 2[Maria \"x\" Foo][5\" pipe] ");
    assert_string_equal(read_text("a,b\n\"1\",\"2\""), "1[a][b] 2[1][2] ");
}

static void test_syntax(void **state) {
    (void)state;
    assert_string_equal(read_text("a,b\n\"1\"x,2\n3,4\n"), "1[a][b] 2!syntax 3[3][4] ");
    /* An open quote costs its line, not the rest of the file. */
    assert_string_equal(read_text("a,b\n\"1,2\n3,4\n5,6\n"), "1[a][b] 2!syntax 3[3][4] 4[5][6] ");
    assert_string_equal(read_text("a,b\n\"1,2\n3,\"4\"\n5,6\n"),
                        "1[a][b] 2!syntax 3[3][4] 4[5][6] ");
    assert_string_equal(read_text("a,b\n1,\"2"), "1[a][b] 2!syntax ");
    assert_string_equal(read_text("a,b\n\"1\n2\"x,2\n3,4\n"), "1[a][b] 2!syntax 3!syntax 4[3][4] ");
}

static void test_column_count(void **state) {
    (void)state;
    assert_string_equal(read_text("a,b\n1\n1,2,3\n1,2\n"),
                        "1[a][b] 2!column_count 3!column_count 4[1][2] ");
}

static void test_delimiters(void **state) {
    (void)state;
    assert_string_equal(read_text("a;b;c\n1,5;2;3\n"), "1[a][b][c] 2[1,5][2][3] ");
    assert_string_equal(read_text("a\tb\n1\t2\n"), "1[a][b] 2[1][2] ");
    assert_string_equal(read_text("a|b\n1|2\n"), "1[a][b] 2[1][2] ");
    assert_string_equal(read_text("\"a,b,c\";d\n1;2\n"), "1[a,b,c][d] 2[1][2] ");
    assert_string_equal(read_text("a\n1\n"), "1[a] 2[1] ");
}

static void test_encoding(void **state) {
    (void)state;
    assert_string_equal(read_bytes("a,b\n1,\0\n3,4\n", 12, NULL, true, 0),
                        "1[a][b] 2!encoding 3[3][4] ");
    assert_string_equal(read_text("a,b\n\xE5\xBC\xA0,2\n\xE5\xBC,4\n5,6\n"),
                        "1[a][b] 2[\xE5\xBC\xA0][2] 3!encoding 4[5][6] ");
    assert_string_equal(read_text("a,b\nM\xFCller,2\n3,4\n"), "1[a][b] 2!encoding 3[3][4] ");
    assert_string_equal(read_text("a,b\n\xC3\x28,2\n3,4\n"), "1[a][b] 2!encoding 3[3][4] ");
    assert_string_equal(read_text("a,b\n\xFF,2\n3,4\n"), "1[a][b] 2!encoding 3[3][4] ");
}

#define GB_NAME  "\xD0\xD5\xC3\xFB" /* 姓名 */
#define GB_PHONE "\xCA\xD6\xBB\xFA" /* 手机 */
#define GB_ZHANG "\xD5\xC5\xC8\xFD" /* 张三 */
#define GB_LI    "\xC0\xEE\xCB\xC4" /* 李四 */

static void test_gb18030(void **state) {
    (void)state;
    const char *text = GB_NAME "," GB_PHONE "\n" GB_ZHANG ",1\n" GB_LI ",2\n";
    const char *expected = "1[姓名][手机] 2[张三][1] 3[李四][2] ";
    assert_string_equal(read_text(text), expected);
    assert_string_equal(read_bytes(text, strlen(text), "GB18030", false, 0), expected);
    assert_string_equal(read_bytes(text, strlen(text), "GBK", false, 0), expected);
    /* A broken byte costs its row there too. */
    const char *broken = GB_NAME "," GB_PHONE "\n" GB_ZHANG "\xFF,1\n" GB_LI ",2\n";
    assert_string_equal(read_text(broken), "1[姓名][手机] 2!encoding 3[李四][2] ");
    /* And a UTF-8 file with one row of another encoding stays UTF-8. */
    const char *mixed = "姓名,手机\n张三,1\n" GB_LI ",2\n";
    assert_string_equal(read_text(mixed), "1[姓名][手机] 2[张三][1] 3!encoding ");
}

static void test_encoding_is_told_late(void **state) {
    (void)state;
    size_t size = 3 * KITHI_INPUT_GUESS_BYTES;
    char *text = malloc(size + 64);
    assert_non_null(text);
    memcpy(text, "a,b\n", 4);
    for (size_t i = 4; i < size; i += 4) {
        memcpy(text + i, "1,2\n", 4);
    }
    strcpy(text + size, GB_ZHANG "," GB_LI "\n");
    kithi_input input;
    kithi_csv csv;
    kithi_csv_row row;
    kith_error error = KITH_ERROR_INIT;
    kithi_csv_field last[2] = {{0}, {0}};
    assert_int_equal(kithi_input_open_memory(&input, text, strlen(text), NULL, true, &error),
                     KITH_OK);
    assert_int_equal(kithi_csv_open(&csv, &input, 0, 0, &error), KITH_OK);
    while (kithi_csv_next(&csv, &row, &error) == KITH_OK) {
        assert_false(row.row.rejected);
        memcpy(last, row.fields, sizeof last);
    }
    assert_int_equal(last[0].size, 6);
    assert_memory_equal(last[0].data, "张三", 6);
    assert_string_equal(input.encoding, "GB18030");
    kithi_csv_close(&csv);
    kithi_input_close(&input);
    free(text);
}

static void test_utf16(void **state) {
    (void)state;
    static const char little[] = "\xFF\xFE"
                                 "a\0\t\0b\0\n\0"
                                 "\x20\x5F\t\0"
                                 "2\0\n\0";
    assert_string_equal(read_bytes(little, sizeof little - 1, NULL, true, 0), "1[a][b] 2[张][2] ");
    static const char big[] = "\xFE\xFF\0a\0,\0b\0\n\x5F\x20\0,\0"
                              "2";
    assert_string_equal(read_bytes(big, sizeof big - 1, NULL, true, 0), "1[a][b] 2[张][2] ");
}

static void test_unknown_encoding(void **state) {
    (void)state;
    kithi_input input;
    kith_error error = KITH_ERROR_INIT;
    int code = kithi_input_open_memory(&input, "a", 1, "no-such-encoding", false, &error);
    assert_int_equal(code, KITH_INVALID);
    assert_non_null(strstr(error.message, "no-such-encoding"));
}

static void test_missing_file(void **state) {
    (void)state;
    kithi_input input;
    kith_error error = KITH_ERROR_INIT;
    assert_int_equal(kithi_input_open(&input, "/no/such/file", NULL, true, &error), KITH_NOT_FOUND);
    assert_non_null(strstr(error.message, "/no/such/file"));
    assert_int_equal(kithi_input_open(&input, "/", NULL, true, &error), KITH_IO);
}

static void test_row_limit(void **state) {
    (void)state;
    const char *text = "a,b\n1234567890123456,2\n3,4\n\"x\ny\nz12345678901234567890\",2\n5,6\n";
    assert_string_equal(read_bytes(text, strlen(text), NULL, true, 16),
                        "1[a][b] 2!too_long 3[3][4] 4!syntax 5!column_count 6!too_long 7[5][6] ");
}

/* A line of 100 MB is passed in the memory of a limit, and what follows is read. */
static void test_huge_line(void **state) {
    (void)state;
    size_t size = (size_t)100 << 20;
    const char *head = "a,b\n1,2\n";
    const char *tail = "\n3,4\n";
    char *text = malloc(size + 32);
    assert_non_null(text);
    memcpy(text, head, strlen(head));
    memset(text + strlen(head), 'x', size);
    strcpy(text + strlen(head) + size, tail);
    kithi_input input;
    kith_error error = KITH_ERROR_INIT;
    assert_int_equal(kithi_input_open_memory(&input, text, strlen(text), NULL, true, &error),
                     KITH_OK);
    read_input(&input, 0, 0);
    assert_string_equal(shown, "1[a][b] 2[1][2] 3!too_long 4[3][4] ");
    assert_true(input.capacity <= 2 * KITHI_ROW_MAX_BYTES + 2 * KITHI_INPUT_GUESS_BYTES);
    kithi_input_close(&input);
    text[strlen(head)] = '"'; /* inside a quote it is the same */
    assert_string_equal(read_text(text), "1[a][b] 2[1][2] 3!too_long 4[3][4] ");
    free(text);
}

/* Rows come out the same wherever the chunks of the input end. */
static void test_chunk_borders(void **state) {
    (void)state;
    size_t rows = 40000;
    char *text = malloc(rows * 48 + 64);
    assert_non_null(text);
    for (size_t shift = 0; shift < 24; shift++) {
        size_t used = 0;
        memset(text, 'h', shift + 1);
        used = shift + 1;
        used += (size_t)sprintf(text + used, ",b\r\n");
        for (size_t i = 0; i < rows; i++) {
            used += (size_t)sprintf(text + used, "\"%zu\"\"\r\n张\",%zu\r\n", i, i * i);
        }
        kithi_input input;
        kithi_csv csv;
        kithi_csv_row row;
        kith_error error = KITH_ERROR_INIT;
        assert_int_equal(kithi_input_open_memory(&input, text, used, NULL, true, &error), KITH_OK);
        assert_int_equal(kithi_csv_open(&csv, &input, 0, 0, &error), KITH_OK);
        size_t count = 0;
        assert_int_equal(kithi_csv_next(&csv, &row, &error), KITH_OK);
        while (kithi_csv_next(&csv, &row, &error) == KITH_OK) {
            char cell[64];
            int size = snprintf(cell, sizeof cell, "%zu\"\r\n张", count);
            assert_false(row.row.rejected);
            assert_int_equal(row.row.line, 2 + 2 * count);
            assert_int_equal(row.fields[0].size, size);
            assert_memory_equal(row.fields[0].data, cell, (size_t)size);
            count++;
        }
        assert_int_equal(count, rows);
        kithi_csv_close(&csv);
        kithi_input_close(&input);
    }
    free(text);
}

static void test_many_fields_in_a_row(void **state) {
    (void)state;
    size_t size = (size_t)1 << 20;
    char *text = malloc(size + 16);
    assert_non_null(text);
    strcpy(text, "a,b\n");
    memset(text + 4, ',', size);
    strcpy(text + 4 + size, "\n1,2\n");
    assert_string_equal(read_text(text), "1[a][b] 2!column_count 3[1][2] ");
    free(text);
}

static void test_lines(void **state) {
    (void)state;
    const char *text = "{1}\r\n  \n\n{2}\r{3}\n\xFF\n{4}";
    kithi_input input;
    kithi_lines lines;
    kithi_row row;
    kith_error error = KITH_ERROR_INIT;
    char seen[128] = "";
    assert_int_equal(kithi_input_open_memory(&input, text, strlen(text), NULL, false, &error),
                     KITH_OK);
    kithi_lines_init(&lines, &input, 0);
    while (kithi_lines_next(&lines, &row, &error) == KITH_OK) {
        snprintf(seen + strlen(seen), sizeof seen - strlen(seen), "%d%s%.*s ", (int)row.line,
                 row.rejected ? "!" : "", row.rejected ? 0 : (int)row.text_bytes, row.text);
    }
    assert_string_equal(seen, "1{1} 4{2} 5{3} 6! 7{4} ");
    kithi_lines_clear(&lines);
    kithi_input_close(&input);
}

/* Excel's own line: "sep=;", which is no row. */
static void test_a_line_that_names_the_delimiter(void **state) {
    (void)state;
    static const char *const cases[][2] = {
        {"sep=;\na;b,c\n", "2[a][b,c] "},
        {"\"SEP=|\"\r\na|b;c;d\r\n", "2[a][b;c;d] "},
        {"sep=\t\na\tb,c,d\n", "2[a][b,c,d] "},
        {"sep=;x\na;b\n", "1[sep=][x] 2[a][b] "},
        {"sep=", "1[sep=] "},
        {"separate,b\n", "1[separate][b] "},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        read_bytes(cases[i][0], strlen(cases[i][0]), NULL, false, 0);
        assert_string_equal(shown, cases[i][1]);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_line_that_names_the_delimiter),
        cmocka_unit_test(test_plain_rows),
        cmocka_unit_test(test_line_ends),
        cmocka_unit_test(test_quotes),
        cmocka_unit_test(test_syntax),
        cmocka_unit_test(test_column_count),
        cmocka_unit_test(test_delimiters),
        cmocka_unit_test(test_encoding),
        cmocka_unit_test(test_gb18030),
        cmocka_unit_test(test_encoding_is_told_late),
        cmocka_unit_test(test_utf16),
        cmocka_unit_test(test_unknown_encoding),
        cmocka_unit_test(test_missing_file),
        cmocka_unit_test(test_row_limit),
        cmocka_unit_test(test_huge_line),
        cmocka_unit_test(test_chunk_borders),
        cmocka_unit_test(test_many_fields_in_a_row),
        cmocka_unit_test(test_lines),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
