/* kith_import as a whole: files in a folder of the test's own, into a store, and what is in it
 * afterwards. */
#include <fcntl.h>
#include <iconv.h>
#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "kith.h"
#include "tests/fault/scratch.h"

#define SECOND_US  INT64_C(1000000)
#define DAY_US     (86400 * SECOND_US)
#define NOW_US     (20000 * DAY_US)
#define PATH_BYTES (2 * SCRATCH_PATH_BYTES)

typedef struct fixture {
    char folder[SCRATCH_PATH_BYTES];
    char store_path[PATH_BYTES];
    char file[PATH_BYTES]; /* the last one written */
    char rejects[PATH_BYTES];
    kith *store;
    kith_import_options options;
    kith_import_report *report;
    kith_error error;
    char text[4096]; /* what the helpers show */
} fixture;

static int set_up(void **state) {
    fixture *f = calloc(1, sizeof *f);
    assert_non_null(f);
    scratch_make(f->folder);
    snprintf(f->store_path, sizeof f->store_path, "%s/s.kith", f->folder);
    snprintf(f->rejects, sizeof f->rejects, "%s/rejects.csv", f->folder);
    kith_open_options options = KITH_OPEN_OPTIONS_INIT;
    f->error = (kith_error)KITH_ERROR_INIT;
    options.flags = KITH_CREATE_NEW;
    options.map_size_bytes = (uint64_t)256 << 20;
    if (kith_open(f->store_path, &options, &f->store, &f->error) != KITH_OK) {
        fail_msg("%s", f->error.message);
    }
    f->options = (kith_import_options)KITH_IMPORT_OPTIONS_INIT;
    f->options.source = "shop";
    f->options.now_us = NOW_US;
    *state = f;
    return 0;
}

static int tear_down(void **state) {
    fixture *f = *state;
    char lock[PATH_BYTES + 8];
    snprintf(lock, sizeof lock, "%s-lock", f->store_path);
    kith_import_report_free(f->report);
    kith_close(f->store);
    unlink(f->file);
    unlink(f->rejects);
    unlink(f->store_path);
    unlink(lock);
    rmdir(f->folder);
    free(f);
    return 0;
}

/* Files in, store out */

static void write_bytes(fixture *f, const char *name, const void *data, size_t size) {
    unlink(f->file);
    snprintf(f->file, sizeof f->file, "%s/%s", f->folder, name);
    FILE *file = fopen(f->file, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(data, 1, size, file), size);
    assert_int_equal(fclose(file), 0);
}

static int import_file(fixture *f) {
    kith_import_report_free(f->report);
    f->report = NULL;
    f->error = (kith_error)KITH_ERROR_INIT;
    return kith_import(f->store, f->file, &f->options, &f->report, &f->error);
}

/* Imports a text that must be taken. */
static void import_text(fixture *f, const char *name, const char *text) {
    write_bytes(f, name, text, strlen(text));
    if (import_file(f) != KITH_OK) {
        fail_msg("%s", f->error.message);
    }
}

/* Imports a text that must be refused as a whole, with these words in the message. */
static void refuse_text(fixture *f, const char *name, const char *text, const char *words) {
    write_bytes(f, name, text, strlen(text));
    assert_int_equal(import_file(f), KITH_INVALID);
    if (f->report != NULL) { /* an option is to blame */
        assert_non_null(f->report->wrong_option);
        assert_int_equal(f->report->row_count, 0);
    }
    if (strstr(f->error.message, words) == NULL) {
        fail_msg("\"%s\" isn't in: %s", words, f->error.message);
    }
}

static void assert_facts(const fixture *f, uint64_t rows, uint64_t added, uint64_t updated,
                         uint64_t unchanged) {
    assert_int_equal(f->report->row_count, rows);
    assert_int_equal(f->report->added_count, added);
    assert_int_equal(f->report->updated_count, updated);
    assert_int_equal(f->report->unchanged_count, unchanged);
}

static void assert_reject_count(const fixture *f, kith_reject_reason reason, uint64_t count) {
    assert_int_equal(f->report->rejected_by_reason[reason], count);
}

static kith_txn *begin_read(fixture *f) {
    kith_txn *txn = NULL;
    assert_int_equal(kith_txn_begin(f->store, KITH_READ, &txn, &f->error), KITH_OK);
    return txn;
}

static void show(fixture *f, const char *format, ...) {
    size_t used = strlen(f->text);
    va_list list;
    va_start(list, format);
    vsnprintf(f->text + used, sizeof f->text - used, format, list);
    va_end(list);
}

static void show_value(fixture *f, const kith_value *value) {
    char time[KITH_TIME_TEXT_BYTES];
    switch (value->type) {
    case KITH_TYPE_TEXT:
        show(f, "%.*s", (int)value->as.text.size, value->as.text.data);
        break;
    case KITH_TYPE_INTEGER:
        show(f, "%" PRId64, value->as.integer);
        break;
    case KITH_TYPE_REAL:
        show(f, "%g", value->as.real);
        break;
    case KITH_TYPE_BOOLEAN:
        show(f, "%s", value->as.boolean ? "true" : "false");
        break;
    case KITH_TYPE_DATE:
        kith_date_format(value->as.date_days, time);
        show(f, "%s", time);
        break;
    case KITH_TYPE_TIME:
        kith_time_format(value->as.time_us, time);
        show(f, "%s", time);
        break;
    case KITH_TYPE_MAP:
        show(f, "map(%zu)", value->as.map.count);
        break;
    case KITH_TYPE_LIST:
        show(f, "list(%zu)", value->as.list.count);
        break;
    default:
        show(f, "null");
        break;
    }
}

/* The values that a record holds of an attribute, joined by "|"; "" where there are none. */
static const char *value_of(fixture *f, const char *key, const char *attribute) {
    kith_txn *txn = begin_read(f);
    kith_record record = KITH_RECORD_INIT;
    kith_record_value value = KITH_RECORD_VALUE_INIT;
    size_t cursor = 0;
    f->text[0] = '\0';
    if (kith_record_get(txn, f->options.source, key, &record) != KITH_OK) {
        show(f, "no record");
    } else {
        while (kith_record_next_value(&record, &cursor, &value) == KITH_OK) {
            if (strcmp(value.attribute, attribute) == 0) {
                show(f, f->text[0] ? "|" : "");
                show_value(f, &value.value);
            }
        }
    }
    kith_txn_abort(txn);
    return f->text;
}

/* A record's events as "type@day(property=value,...)", one a space. */
static const char *events_of(fixture *f, const char *key) {
    kith_txn *txn = begin_read(f);
    kith_record record = KITH_RECORD_INIT;
    kith_event event = KITH_EVENT_INIT;
    kith_event_iter *iter = NULL;
    kith_field field;
    f->text[0] = '\0';
    assert_int_equal(kith_record_get(txn, f->options.source, key, &record), KITH_OK);
    assert_int_equal(kith_event_iter_open(txn, record.number, INT64_MIN, INT64_MAX, &iter),
                     KITH_OK);
    while (kith_event_iter_next(iter, &event) == KITH_OK) {
        size_t cursor = 0;
        show(f, "%s%s@%d", f->text[0] ? " " : "", event.type, (int)(event.time_us / DAY_US));
        show(f, event.message_id ? "#%s(" : "%s(", event.message_id ? event.message_id : "");
        while (kith_event_next_property(&event, &cursor, &field) == KITH_OK) {
            show(f, f->text[strlen(f->text) - 1] == '(' ? "%s=" : ",%s=", field.name);
            show_value(f, &field.value);
        }
        show(f, ")");
    }
    kith_event_iter_close(iter);
    kith_txn_abort(txn);
    return f->text;
}

static const char *mapped(const fixture *f, const char *column) {
    for (size_t i = 0; i < f->report->column_count; i++) {
        if (strcmp(f->report->columns[i], column) == 0) {
            return f->report->attributes[i] ? f->report->attributes[i] : "(left out)";
        }
    }
    return "(no column)";
}

/* The usual exports */

static void test_shopify(void **state) {
    fixture *f = *state;
    import_text(f, "customers.csv",
                "Customer ID,First Name,Last Name,Email,Accepts Email Marketing,Default Address "
                "Company,Default Address Address1,Default Address City,Default Address Province "
                "Code,Default Address Country Code,Default Address Zip,Default Address "
                "Phone,Phone,Total Spent,Tags,Note\n"
                "'6001,Ann,Muir,Ann.Muir@mail.example,yes,Muir & Co,\"1 High St, Flat "
                "2\",Leeds,ENG,GB,'01234,'+44 7911 123456,+447911123457,120.50,\"vip, tea\",\n");
    assert_facts(f, 1, 1, 0, 0);
    assert_string_equal(f->report->key, "Customer ID");
    assert_string_equal(f->report->format, "csv");
    assert_string_equal(f->report->encoding, "UTF-8");
    assert_string_equal(mapped(f, "Default Address Zip"), "postcode");
    assert_string_equal(mapped(f, "Total Spent"), "total_spent");
    assert_string_equal(value_of(f, "6001", "given_name"), "Ann");
    assert_string_equal(value_of(f, "6001", "email"), "ann.muir@mail.example");
    assert_string_equal(value_of(f, "6001", "phone"), "+447911123456|+447911123457");
    assert_string_equal(value_of(f, "6001", "postcode"), "01234");
    assert_string_equal(value_of(f, "6001", "address_line"), "1 High St, Flat 2");
    assert_string_equal(value_of(f, "6001", "note"), "");
}

static const char *const senzing_csv =
    "DATA_SOURCE,RECORD_ID,PRIMARY_NAME_FULL,PRIMARY_NAME_LAST,PRIMARY_NAME_FIRST,DATE_OF_BIRTH,"
    "SSN_NUMBER,EMAIL_ADDRESS,ADDR_FULL,ADDR_LINE1,ADDR_CITY,PHONE_NUMBER,PHONE_TYPE,DATE\n"
    "CUSTOMERS,1001,,Smith,Robert,12/11/1978,,,\"123 Main Street, Las "
    "Vegas\",,,702-919-1300,HOME,1/2/18\n"
    "CUSTOMERS,1009,,Kusha,Edward,3/1/1970,294-66-9999,Kusha123@hmail.com,,1304 Poppy Hills "
    "Dr,Blacklick,,,1/7/18\n";

static void test_senzing(void **state) {
    fixture *f = *state;
    import_text(f, "customers.csv", senzing_csv);
    assert_facts(f, 2, 2, 0, 0);
    assert_string_equal(f->report->key, "RECORD_ID");
    assert_string_equal(mapped(f, "DATA_SOURCE"), "(left out)");
    assert_string_equal(mapped(f, "DATE"), "date");
    assert_string_equal(value_of(f, "1001", "family_name"), "Smith");
    assert_string_equal(value_of(f, "1001", "birth_date"), "1978-12-11");
    assert_string_equal(value_of(f, "1001", "address_line"), "123 Main Street, Las Vegas");
    assert_string_equal(value_of(f, "1009", "national_id"), "294669999");
    assert_string_equal(value_of(f, "1009", "address_line"), "1304 Poppy Hills Dr");
    import_text(f, "customers.jsonl",
                "{\"DATA_SOURCE\":\"CUSTOMERS\",\"RECORD_ID\":\"2\",\"FEATURES\":[{\"NAME_LAST\":"
                "\"Muir\",\"NAME_FIRST\":\"Jim\"},{\"PHONE_NUMBER\":\"702-919-1301\"},{\"PHONE_"
                "NUMBER\":\"702-919-1302\"}],\"AMOUNT\":\"100\"}\n");
    assert_string_equal(f->report->format, "jsonl");
    assert_string_equal(f->report->key, "RECORD_ID");
    assert_string_equal(value_of(f, "2", "family_name"), "Muir");
    assert_string_equal(value_of(f, "2", "phone"), "+17029191301|+17029191302");
    assert_string_equal(value_of(f, "2", "amount"), "100");
}

static void test_gb18030(void **state) {
    fixture *f = *state;
    char text[] =
        "会员号,姓名,手机号,邮箱,生日,性别,身份证号,备注\n"
        "V001,张三,１３９１２３４５６７８,zhang@mail.example,1990年2月3日,男,,老客户，喜欢茶\n"
        "V002,欧阳小明,13912345679,,1991/3/4,女,,\n";
    char encoded[1024];
    char *in = text;
    char *out = encoded;
    size_t in_left = strlen(text);
    size_t out_left = sizeof encoded;
    iconv_t converter = iconv_open("GB18030", "UTF-8");
    assert_true(converter != (iconv_t)-1);
    assert_true(iconv(converter, &in, &in_left, &out, &out_left) != (size_t)-1);
    iconv_close(converter);
    write_bytes(f, "会员.csv", encoded, sizeof encoded - out_left);
    assert_int_equal(import_file(f), KITH_OK);
    assert_facts(f, 2, 2, 0, 0);
    assert_string_equal(f->report->encoding, "GB18030");
    assert_string_equal(f->report->key, "会员号");
    assert_string_equal(value_of(f, "V001", "full_name"), "张三");
    assert_string_equal(value_of(f, "V001", "loyalty_id"), "V001");
    assert_string_equal(value_of(f, "V001", "phone"), "+8613912345678");
    assert_string_equal(value_of(f, "V001", "birth_date"), "1990-02-03");
    assert_string_equal(value_of(f, "V002", "full_name"), "欧阳小明");
    f->options.encoding = "UTF-8"; /* then it isn't guessed */
    assert_int_equal(import_file(f), KITH_INVALID);
    assert_non_null(strstr(f->error.message, "UTF-8"));
}

/* Their decoders hold a letter back, as an accent may follow. */
static void test_last_letter_of_other_encodings(void **state) {
    fixture *f = *state;
    static const char *const encodings[] = {"CP1258", "TCVN", "UTF-16LE", "SHIFT_JIS", "CP1252"};
    for (size_t i = 0; i < sizeof encodings / sizeof encodings[0]; i++) {
        char text[] = "key,given_name\n1,An\n2,Hoan", encoded[256];
        char *in = text, *out = encoded;
        size_t in_left = strlen(text), out_left = sizeof encoded;
        iconv_t converter = iconv_open(encodings[i], "UTF-8");
        assert_true(converter != (iconv_t)-1);
        assert_true(iconv(converter, &in, &in_left, &out, &out_left) != (size_t)-1);
        iconv_close(converter);
        write_bytes(f, "last.csv", encoded, sizeof encoded - out_left);
        f->options.source = encodings[i];
        f->options.encoding = encodings[i];
        f->options.key_column = "key";
        assert_int_equal(import_file(f), KITH_OK);
        assert_facts(f, 2, 2, 0, 0);
        assert_string_equal(value_of(f, "2", "given_name"), "Hoan");
    }
}

static void test_identifier_as_key(void **state) {
    fixture *f = *state;
    import_text(f, "list.csv",
                "Name;E-Mail;Phone\nAnn;ann@mail.example;\nBob;;13912345678\nNo;;\n");
    assert_facts(f, 3, 2, 0, 0);
    assert_reject_count(f, KITH_REJECT_NO_KEY, 1);
    assert_string_equal(f->report->key, "(identifier)");
    assert_string_equal(value_of(f, "email:ann@mail.example", "full_name"), "Ann");
    assert_string_equal(value_of(f, "phone:13912345678", "full_name"), "Bob");
}

static void test_map(void **state) {
    fixture *f = *state;
    f->options.map = "Karte=loyalty_id,geheim=";
    f->options.key_column = "Nr";
    import_text(f, "k.csv", "Nr,Karte,geheim,Name\n7,AB-1,x,Ann\n,AB-2,x,Bob\n");
    assert_facts(f, 2, 1, 0, 0);
    assert_reject_count(f, KITH_REJECT_NO_KEY, 1);
    assert_string_equal(mapped(f, "geheim"), "(left out)");
    assert_string_equal(value_of(f, "7", "loyalty_id"), "AB1");
    f->options.map = "Karten=loyalty_id";
    refuse_text(f, "k.csv", "Nr,Karte\n1,2\n", "no column \"Karten\"; it has: Nr, Karte");
    f->options.map = NULL;
    f->options.key_column = "Nummer";
    refuse_text(f, "k.csv", "Nr,Karte\n1,2\n", "no column \"Nummer\"");
}

static void test_versions(void **state) {
    fixture *f = *state;
    import_text(f, "a.csv", "id,name,Last Modified Date\n1,New,2024-05-01\n");
    import_text(f, "b.csv", "id,name,Last Modified Date\n1,Old,2024-04-01\n");
    assert_int_equal(f->report->added_count + f->report->updated_count, 0);
    assert_string_equal(value_of(f, "1", "full_name"), "New");
    import_text(f, "c.csv", "id,name,Last Modified Date\n2,Now,never\n");
    assert_string_equal(value_of(f, "2", "full_name"), "Now");
    f->options.time_column = "as of";
    import_text(f, "d.csv", "id,name,As Of\n3,A,2024-01-01\n4,B,never\n5,C,\n");
    assert_reject_count(f, KITH_REJECT_BAD_TIME, 2);
    assert_facts(f, 3, 1, 0, 0);
}

/* Events */

static void test_events(void **state) {
    fixture *f = *state;
    const char *text = "id,customer_id,order_date,Total Paid,Items,Code,When,Event ID\n"
                       "1,c1,2024-01-02,12.50,3,007,2024-01-05,m1\n"
                       "2,c1,2024-01-01,9,1,x,,m2\n"
                       "3,c2,never,1,1,,,m3\n"
                       "4,c2,,1,1,,,m4\n"
                       "5,,2024-01-01,1,1,,,m5\n";
    f->options.event_type = "order";
    import_text(f, "orders.csv", text);
    assert_facts(f, 5, 2, 0, 0);
    assert_reject_count(f, KITH_REJECT_BAD_TIME, 2);
    assert_reject_count(f, KITH_REJECT_NO_KEY, 1);
    assert_string_equal(f->report->key, "customer_id");
    assert_string_equal(mapped(f, "order_date"), "(time)");
    assert_string_equal(mapped(f, "Event ID"), "(message id)");
    const char *events = events_of(f, "c1");
    assert_non_null(strstr(events, "order@19723#m2("));
    assert_non_null(strstr(events, "order@19724#m1("));
    assert_non_null(strstr(events, "total_paid=12.5"));
    assert_non_null(strstr(events, "items=3"));
    assert_non_null(strstr(events, "code=007"));
    assert_non_null(strstr(events, "when=2024-01-05"));
    assert_null(strstr(events, "customer_id"));
    import_text(f, "orders.csv", text);
    assert_facts(f, 5, 0, 0, 2);
}

/* Orders that only know an e-mail address still find their customer: the record carries it. */
static void test_events_by_identifier(void **state) {
    fixture *f = *state;
    f->options.event_type = "order";
    import_text(f, "orders.csv",
                "Email,Created at,Total\nAnn@mail.example,2024-01-02,5\n,2024-01-02,5\n");
    assert_string_equal(f->report->key, "(identifier)");
    assert_reject_count(f, KITH_REJECT_NO_KEY, 1);
    assert_string_equal(value_of(f, "email:ann@mail.example", "email"), "ann@mail.example");
    assert_non_null(strstr(events_of(f, "email:ann@mail.example"), "total=5"));
    f->options.key_column = "email";
    import_text(f, "orders.csv", "Email,Created at,Total\nbob@mail.example,2024-01-02,5\n");
    assert_string_equal(value_of(f, "bob@mail.example", "email"), "bob@mail.example");
    f->options.key_column = NULL;
    refuse_text(f, "orders.csv", "Total,Created at\n1,2024-01-02\n", "key");
    refuse_text(f, "orders.csv", "Email,Total\nann,1\n", "time");
}

static void test_event_lines(void **state) {
    fixture *f = *state;
    f->options.event_type = "order";
    f->options.key_column = "customer.id";
    f->options.time_column = "at";
    import_text(
        f, "orders.jsonl",
        "{\"customer\":{\"id\":12},\"at\":1704153600,\"total\":5,\"items\":[{\"sku\":\"a\"}]}\n"
        "{\"customer\":{},\"at\":1704153600}\n"
        "{\"customer\":{\"id\":13},\"at\":\"x\"}\n");
    assert_facts(f, 3, 1, 0, 0);
    assert_reject_count(f, KITH_REJECT_NO_KEY, 1);
    assert_reject_count(f, KITH_REJECT_BAD_TIME, 1);
    const char *events = events_of(f, "12");
    assert_non_null(strstr(events, "order@19724("));
    assert_non_null(strstr(events, "items=list(1)"));
    assert_non_null(strstr(events, "customer=map(1)"));
}

/* Numbers */

static void configure(fixture *f, const char *json) {
    kith_txn *txn = NULL;
    assert_int_equal(kith_txn_begin(f->store, KITH_WRITE, &txn, &f->error), KITH_OK);
    assert_int_equal(kith_config_apply(txn, json, strlen(json)), KITH_OK);
    assert_int_equal(kith_txn_commit(txn, &f->error), KITH_OK);
}

/* "order.total", in millionths, of the profile of a record. */
static int64_t sum_of(fixture *f, const char *key, const char *event_type, const char *property) {
    kith_txn *txn = begin_read(f);
    kith_record record = KITH_RECORD_INIT;
    kith_profile profile = KITH_PROFILE_INIT;
    kith_aggregate aggregate = KITH_AGGREGATE_INIT;
    kith_property_sum sum = KITH_PROPERTY_SUM_INIT;
    size_t cursor = 0;
    int64_t found = 0;
    assert_int_equal(kith_record_get(txn, f->options.source, key, &record), KITH_OK);
    assert_int_equal(kith_profile_of_record(txn, record.number, NOW_US, &profile), KITH_OK);
    while (kith_profile_next_aggregate(&profile, &cursor, &aggregate) == KITH_OK) {
        size_t inner = 0;
        while (strcmp(aggregate.event_type, event_type) == 0 &&
               kith_aggregate_next_property(&aggregate, &inner, &sum) == KITH_OK) {
            found = strcmp(sum.property, property) == 0 ? sum.sum_micros : found;
        }
    }
    kith_txn_abort(txn);
    return found;
}

static void assert_non_number(const fixture *f, size_t at, const char *column, uint64_t values,
                              uint64_t line) {
    assert_true(at < f->report->non_number_count);
    assert_string_equal(f->report->non_numbers[at]->column, column);
    assert_int_equal(f->report->non_numbers[at]->value_count, values);
    assert_int_equal(f->report->non_numbers[at]->first_line, line);
}

/* Whatever isn't summed is told, and its row is an event all the same. */
static void test_amounts_of_events_are_summed_or_told(void **state) {
    fixture *f = *state;
    f->options.event_type = "order";
    import_text(f, "orders.csv",
                "customer_id,date,Total,Quantity,note\n"
                "c1,2024-01-01,\"12,50\",２,1 EUR\n"
                "c1,2024-01-02,5 EUR,1,\n"
                "c1,2024-01-03,€5.00,some,\n"
                "c1,2024-01-04,\"1,234.50\",,\n"
                ",2024-01-04,in a rejected row,,\n"
                "c1,2024-01-05,１２３,none,\n"
                "c1,2024-01-06,about 5,1,\n");
    assert_facts(f, 7, 6, 0, 0);
    assert_int_equal(f->report->rejected_count, 1);
    assert_int_equal(sum_of(f, "c1", "order", "total"), INT64_C(1380000000));
    assert_int_equal(sum_of(f, "c1", "order", "quantity"), INT64_C(4000000));
    assert_int_equal(f->report->non_number_count, 2);
    assert_non_number(f, 0, "Quantity", 2, 4);
    assert_non_number(f, 1, "Total", 1, 8);
    const char *events = events_of(f, "c1");
    assert_non_null(strstr(events, "total=about 5"));
    assert_non_null(strstr(events, "note=1 EUR")); /* nobody sums notes */
}

static void test_the_event_type_says_which_properties_are_amounts(void **state) {
    fixture *f = *state;
    configure(f, "{\"event_types\": {\"order\": {\"sums\": [\"paid\"]}}}");
    f->options.event_type = "order";
    f->options.map = "Rechnungsbetrag=paid";
    import_text(f, "orders.csv",
                "customer_id,date,Rechnungsbetrag,total\nc1,2024-01-01,\"1.234,50 €\",no sum\n"
                "c1,2024-01-02,?,no sum\n");
    assert_int_equal(sum_of(f, "c1", "order", "paid"), INT64_C(1234500000));
    assert_int_equal(f->report->non_number_count, 1);
    assert_non_number(f, 0, "Rechnungsbetrag", 1, 3);
}

static void test_amounts_in_lines_of_json(void **state) {
    fixture *f = *state;
    f->options.event_type = "order";
    import_text(f, "orders.jsonl",
                "{\"customer_id\":\"c1\",\"time\":\"2024-01-01\",\"total\":\"12,50\"}\n"
                "{\"customer_id\":\"c1\",\"time\":\"2024-01-02\",\"total\":{\"eur\":5}}\n"
                "{\"customer_id\":\"c1\",\"time\":\"2024-01-03\",\"total\":null}\n"
                "{\"customer_id\":\"c1\",\"time\":\"2024-01-04\",\"total\":2.5}\n");
    assert_int_equal(sum_of(f, "c1", "order", "total"), INT64_C(15000000));
    assert_non_number(f, 0, "total", 1, 2);
    f->options.event_type = NULL;
    f->options.format = KITH_FORMAT_SEGMENT;
    import_text(f, "web.jsonl",
                "{\"type\":\"track\",\"userId\":\"u1\",\"event\":\"Order\",\"timestamp\":"
                "\"2024-01-01\",\"properties\":{\"revenue\":\"5 "
                "EUR\",\"tax\":\"some\",\"discount\":\" \"}}\n");
    assert_int_equal(sum_of(f, "u1", "Order", "revenue"), INT64_C(5000000));
    assert_int_equal(f->report->non_number_count, 1);
    assert_non_number(f, 0, "tax", 1, 1);
}

static void test_attributes_that_are_numbers_are_read_as_such_or_told(void **state) {
    fixture *f = *state;
    configure(f, "{\"attributes\": {\"shoe_size\": {\"type\": \"integer\"},"
                 " \"height\": {\"type\": \"real\"}}}");
    import_text(
        f, "people.csv",
        "id,Shoe Size,height,street\n1,４２,\"1,85\",\"12,50\"\n2,42.5,1.9e0,\n3,large,tall,\n");
    assert_string_equal(value_of(f, "1", "shoe_size"), "42");
    assert_string_equal(value_of(f, "1", "height"), "1.85");
    assert_string_equal(value_of(f, "1", "address_line"), "12,50");
    assert_string_equal(value_of(f, "2", "height"), "1.9");
    assert_string_equal(value_of(f, "3", "shoe_size"), "large");
    assert_int_equal(f->report->non_number_count, 2);
    assert_non_number(f, 0, "Shoe Size", 2, 3);
    assert_non_number(f, 1, "height", 1, 4);
    assert_int_equal(f->report->invalid_value_count, 3);
    import_text(f, "people.jsonl", "{\"id\":4,\"height\":[\"1,7\",\"x\",1.8]}\n");
    assert_string_equal(value_of(f, "4", "height"), "x|1.7|1.8");
    assert_non_number(f, 0, "height", 1, 1);
}

/* Facts are kept as they were said: definitions change how they are read, not what they are. */

static void assert_nothing_new(const fixture *f) {
    assert_int_equal(f->report->added_count, 0);
    assert_int_equal(f->report->ignored_count, 0);
    assert_int_equal(f->report->rejected_count, 0);
}

static void test_events_stay_the_same_under_a_sum_that_is_declared_later(void **state) {
    static const char csv[] = "customer_id,date,paid\nc1,2024-01-01,\"12,50\"\n"
                              "c1,2024-01-02,5 EUR\nc1,2024-01-03,\"1.234,50\"\n"
                              "c1,2024-01-04,１２３\nc1,2024-01-05,2.5\nc1,2024-01-06,007\n";
    fixture *f = *state;
    f->options.event_type = "order";
    f->options.settle = true;
    import_text(f, "orders.csv", csv);
    assert_facts(f, 6, 6, 0, 0);
    assert_int_equal(sum_of(f, "c1", "order", "paid"), 0);
    configure(f, "{\"event_types\": {\"order\": {\"sums\": [\"paid\"]}}}");
    assert_int_equal(sum_of(f, "c1", "order", "paid"), INT64_C(1384500000));
    import_text(f, "orders.csv", csv);
    assert_nothing_new(f);
    assert_facts(f, 6, 0, 0, 6);
    assert_int_equal(f->report->non_number_count, 0);
    assert_int_equal(sum_of(f, "c1", "order", "paid"), INT64_C(1384500000));
    configure(f, "{\"event_types\": {\"order\": {\"sums\": []}}}");
    import_text(f, "orders.csv", csv);
    assert_nothing_new(f);
}

static void test_lines_stay_the_same_under_a_sum_that_is_declared_later(void **state) {
    static const char lines[] =
        "{\"type\":\"track\",\"userId\":\"u1\",\"event\":\"Order\","
        "\"timestamp\":\"2024-01-01\",\"properties\":{\"paid\":\"5 EUR\"}}\n"
        "{\"type\":\"identify\",\"userId\":\"u1\",\"timestamp\":"
        "\"2024-01-02\",\"traits\":{\"height\":\"1,85\"}}\n";
    fixture *f = *state;
    f->options.format = KITH_FORMAT_SEGMENT;
    import_text(f, "web.jsonl", lines);
    configure(f, "{\"event_types\": {\"Order\": {\"sums\": [\"paid\"]}},"
                 " \"attributes\": {\"height\": {\"type\": \"real\"}}}");
    assert_int_equal(sum_of(f, "u1", "Order", "paid"), INT64_C(5000000));
    import_text(f, "web.jsonl", lines);
    assert_nothing_new(f);
    assert_int_equal(sum_of(f, "u1", "Order", "paid"), INT64_C(5000000));
    assert_string_equal(value_of(f, "u1", "height"), "1.85");
}

/* Each row has its say, though both versions are of one time. */
static void test_records_stay_the_same_under_a_type_that_is_declared_later(void **state) {
    fixture *f = *state;
    char csv[1024] = "id,height\n", key[8], height[32];
    for (int i = 0; i < 20; i++) {
        size_t used = strlen(csv);
        snprintf(csv + used, sizeof csv - used, "%d,\"1,%d\"\n", i, 60 + i);
    }
    import_text(f, "people.csv", csv);
    assert_facts(f, 20, 20, 0, 0);
    assert_string_equal(value_of(f, "7", "height"), "1,67");
    configure(f, "{\"attributes\": {\"height\": {\"type\": \"real\"}}}");
    import_text(f, "people.csv", csv);
    assert_nothing_new(f);
    assert_facts(f, 20, 0, 20, 0);
    for (int i = 0; i < 20; i++) {
        snprintf(key, sizeof key, "%d", i);
        snprintf(height, sizeof height, "%g", (160 + i) / 100.0);
        assert_string_equal(value_of(f, key, "height"), height);
    }
}

static void put_order(kith_txn *txn, const char *total, int day) {
    kith_field field = {"total", kith_value_text(total)};
    kith_event_input input = KITH_EVENT_INPUT_INIT;
    input.source = "shop";
    input.key = "c1";
    input.type = "order";
    input.time_us = day * DAY_US;
    input.fields = &field;
    input.field_count = 1;
    assert_int_equal(kith_event_put(txn, &input, NULL), KITH_OK);
}

static void put_height(kith_txn *txn) {
    kith_field fields[] = {{"height", kith_value_text("1,85")},
                           {"shoe_size", kith_value_text("４２")},
                           {"street", kith_value_text("12,50")}};
    kith_record_input input = KITH_RECORD_INPUT_INIT;
    input.source = "shop";
    input.key = "c1";
    input.at_us = DAY_US;
    input.fields = fields;
    input.field_count = sizeof fields / sizeof fields[0];
    assert_int_equal(kith_record_put(txn, &input, NULL), KITH_OK);
}

/* Whoever puts them. */
static void test_amounts_that_are_put_as_text(void **state) {
    fixture *f = *state;
    kith_txn *txn = NULL;
    configure(f, "{\"attributes\": {\"shoe_size\": {\"type\": \"integer\"},"
                 " \"height\": {\"type\": \"real\"}}}");
    assert_int_equal(kith_txn_begin(f->store, KITH_WRITE, &txn, &f->error), KITH_OK);
    put_height(txn);
    put_order(txn, "€12,50", 1);
    put_order(txn, "5 EUR", 2);
    put_order(txn, "1.234,50", 3);
    put_order(txn, "１２", 4);
    put_order(txn, "about 5", 5);
    assert_int_equal(kith_settle(txn, NOW_US, 0, NULL), KITH_OK);
    assert_int_equal(kith_txn_commit(txn, &f->error), KITH_OK);
    assert_int_equal(sum_of(f, "c1", "order", "total"), INT64_C(1264000000));
    assert_string_equal(value_of(f, "c1", "height"), "1.85");
    assert_string_equal(value_of(f, "c1", "shoe_size"), "42");
    assert_string_equal(value_of(f, "c1", "street"), "12,50");
}

static void test_what_is_too_large_to_be_summed_is_told(void **state) {
    fixture *f = *state;
    f->options.event_type = "order";
    import_text(f, "orders.csv",
                "customer_id,date,total\nc1,2024-01-01,99999999999999\nc1,2024-01-02,5\n");
    assert_int_equal(f->report->non_number_count, 1);
    assert_non_number(f, 0, "total", 1, 2);
    assert_int_equal(sum_of(f, "c1", "order", "total"), INT64_C(5000000));
    assert_non_null(strstr(events_of(f, "c1"), "total=99999999999999"));
}

/* What the summary says */

static void assert_kind(const kith_fact_counts *facts, uint64_t added, uint64_t updated,
                        uint64_t unchanged) {
    assert_int_equal(facts->added, added);
    assert_int_equal(facts->updated, updated);
    assert_int_equal(facts->unchanged, unchanged);
}

static void test_facts_are_counted_by_kind(void **state) {
    fixture *f = *state;
    import_text(f, "a.csv", "id,name\n1,Ann\n2,Bob\n");
    assert_kind(&f->report->records, 2, 0, 0);
    assert_kind(&f->report->events, 0, 0, 0);
    f->options.event_type = "order";
    import_text(f, "orders.csv",
                "email,date\na@mail.example,2024-01-01\na@mail.example,2024-01-02\n"
                "b@mail.example,2024-01-01\n");
    assert_kind(&f->report->events, 3, 0, 0);
    assert_kind(&f->report->records, 2, 0, 0); /* which carry the addresses */
    assert_facts(f, 3, 5, 0, 0);
    assert_int_equal(import_file(f), KITH_OK);
    assert_kind(&f->report->events, 0, 0, 3);
    f->options.event_type = NULL;
    f->options.format = KITH_FORMAT_SEGMENT;
    import_text(f, "messages.jsonl",
                "{\"type\":\"identify\",\"userId\":\"u\",\"timestamp\":\"2024-01-01\"}\n"
                "{\"type\":\"page\",\"userId\":\"u\",\"timestamp\":\"2024-01-01\"}\n"
                "{\"type\":\"alias\",\"userId\":\"u\",\"previousId\":\"v\",\"timestamp\":"
                "\"2024-01-01\"}\n");
    assert_kind(&f->report->records, 2, 0, 0);
    assert_kind(&f->report->events, 1, 0, 0);
    assert_kind(&f->report->links, 1, 0, 0);
}

static void test_rows_dated_after_now_are_told(void **state) {
    fixture *f = *state; /* its now is in October 2024 */
    import_text(f, "a.csv",
                "id,name,updated at\n1,Ann,2024-01-01\n2,Bob,2031-01-01\n3,Cy,\n"
                "4,Di,2024-10-04T00:00:00.000001Z\n5,Ed,2024-10-04\n");
    assert_int_equal(f->report->future_row_count, 2);
    assert_int_equal(f->report->first_future_line, 3);
    f->options.event_type = "order";
    import_text(f, "b.csv", "customer_id,date\n1,2024-01-01\n,2031-01-01\n2,2031-01-01\n");
    assert_int_equal(f->report->future_row_count, 1);
    assert_int_equal(f->report->first_future_line, 4);
    f->options.event_type = NULL;
    f->options.format = KITH_FORMAT_SEGMENT;
    import_text(f, "c.jsonl",
                "{\"type\":\"page\",\"userId\":\"u\",\"timestamp\":\"2031-01-01\"}\n");
    assert_int_equal(f->report->future_row_count, 1);
    import_text(f, "d.jsonl", "{\"type\":\"page\",\"userId\":\"u\"}\n");
    assert_int_equal(f->report->future_row_count, 0);
}

static void test_a_file_of_several_sources_is_told(void **state) {
    fixture *f = *state;
    import_text(f, "a.csv", "DATA_SOURCE,RECORD_ID,name\nCRM,1,Ann\nERP,2,Bob\nCRM,3,Cy\n");
    assert_string_equal(f->report->source_column, "DATA_SOURCE");
    assert_int_equal(f->report->source_value_count, 2);
    import_text(f, "b.csv", "source,id,name\nCRM,1,Ann\nCRM,2,Bob\n,3,Cy\n");
    assert_null(f->report->source_column);
    assert_int_equal(f->report->source_value_count, 0);
    import_text(f, "c.jsonl", "{\"source\":\"a\",\"id\":1}\n{\"source\":\"b\",\"id\":2}\n");
    assert_int_equal(f->report->source_value_count, 2);
    f->options.map = "source=lead_source"; /* who says what it is knows */
    import_text(f, "d.csv", "source,id\na,1\nb,2\n");
    assert_null(f->report->source_column);
}

/* JSON lines */

static void test_record_lines(void **state) {
    fixture *f = *state;
    import_text(
        f, "people.jsonl",
        "{\"name\":\"nobody\"}\n"
        "{\"id\":1,\"firstName\":\"Ann\",\"address\":{\"city\":\"Leeds\"},\"emails\":[\"a@mail."
        "example\",\"b@mail.example\"],\"x\":{\"y\":true}}\n"
        "{\"id\":null,\"firstName\":\"Bob\"}\n"
        "{\"id\":3,\"firstName\":\n"
        "[]\n");
    assert_facts(f, 5, 1, 0, 0);
    assert_reject_count(f, KITH_REJECT_NO_KEY, 2);
    assert_reject_count(f, KITH_REJECT_SYNTAX, 2);
    assert_string_equal(value_of(f, "1", "given_name"), "Ann");
    assert_string_equal(value_of(f, "1", "city"), "Leeds");
    assert_string_equal(value_of(f, "1", "email"), "a@mail.example|b@mail.example");
    assert_string_equal(value_of(f, "1", "x.y"), "true");
    refuse_text(f, "list.json", " \n[{\"id\":1}]", "one object a line");
    refuse_text(f, "keyless.jsonl", "{\"a\":1}\n{\"b\":2}\n", "key");
}

static void test_format_by_first_byte(void **state) {
    fixture *f = *state;
    import_text(f, "data", "\n {\"id\":1,\"name\":\"Ann\"}\n");
    assert_string_equal(f->report->format, "jsonl");
    import_text(f, "data", "\nid,name\n2,Bob\n");
    assert_string_equal(f->report->format, "csv");
    f->options.format = KITH_FORMAT_JSONL;
    import_text(f, "data.csv", "{\"id\":1}\n");
    assert_string_equal(f->report->format, "jsonl");
}

/* Segment */

static const char *const segment_lines =
    "{\"type\":\"identify\",\"anonymousId\":\"dev\",\"userId\":\"u1\",\"timestamp\":\"2024-01-01\","
    "\"traits\":{\"firstName\":\"Ann\",\"email\":\"ann@mail.example\",\"address\":{\"city\":"
    "\"Leeds\"},"
    "\"company\":{\"name\":\"Muir\"},\"favouriteColour\":\"red\",\"createdAt\":\"2023-01-01\"}}\n"
    "{\"type\":\"track\",\"event\":\"Order Completed\",\"anonymousId\":\"dev\",\"userId\":\"u2\","
    "\"timestamp\":\"2024-01-02\",\"messageId\":\"m1\",\"properties\":{\"revenue\":12.5,"
    "\"productIds\":"
    "[1,2]},\"context\":{\"traits\":{\"phone\":\"13912345678\"}}}\n"
    "{\"type\":\"page\",\"anonymousId\":\"tab\",\"timestamp\":\"2024-01-03\",\"name\":\"Home\","
    "\"category\":"
    "\"Docs\",\"properties\":{\"name\":\"Start\",\"url\":\"/\"}}\n"
    "{\"type\":\"screen\",\"userId\":\"u1\",\"originalTimestamp\":\"2024-01-04\",\"name\":\"Main\"}"
    "\n"
    "{\"type\":\"group\",\"userId\":\"u1\",\"groupId\":\"g1\",\"sentAt\":\"2024-01-05\",\"traits\":"
    "{\"plan\":\"pro\"}}\n"
    "{\"type\":\"alias\",\"previousId\":\"tab\",\"userId\":\"u1\",\"timestamp\":\"2024-01-06\"}\n";

static void test_segment(void **state) {
    fixture *f = *state;
    f->options.format = KITH_FORMAT_SEGMENT;
    import_text(f, "messages.jsonl", segment_lines);
    assert_int_equal(f->report->row_count, 6);
    assert_int_equal(f->report->rejected_count, 0);
    assert_string_equal(f->report->format, "segment");
    assert_string_equal(mapped(f, "address.city"), "city");
    assert_string_equal(value_of(f, "u1", "user_id"), "u1");
    assert_string_equal(value_of(f, "u1", "anonymous_id"), "");
    assert_string_equal(value_of(f, "u1", "given_name"), "Ann");
    assert_string_equal(value_of(f, "u1", "city"), "Leeds");
    assert_string_equal(value_of(f, "u1", "company"), "Muir");
    assert_string_equal(value_of(f, "u1", "favourite_colour"), "red");
    assert_string_equal(value_of(f, "u1", "created_at"), "2023-01-01T00:00:00Z");
    assert_string_equal(value_of(f, "u1", "group_id"), "g1");
    assert_string_equal(value_of(f, "u2", "phone"), "+8613912345678");
    /* The device that two users share carries both. */
    assert_string_equal(value_of(f, "dev", "anonymous_id"), "dev");
    assert_string_equal(value_of(f, "dev", "user_id"), "u1|u2");
    assert_string_equal(value_of(f, "tab", "anonymous_id"), "tab");
    const char *events = events_of(f, "u2");
    assert_non_null(strstr(events, "Order Completed@19724#m1("));
    assert_non_null(strstr(events, "revenue=12.5"));
    assert_non_null(strstr(events, "productIds=list(2)"));
    events = events_of(f, "tab");
    assert_non_null(strstr(events, "page@19725("));
    assert_non_null(strstr(events, "name=Start"));
    assert_non_null(strstr(events, "category=Docs"));
    events = events_of(f, "u1");
    assert_non_null(strstr(events, "screen@19726(name=Main)"));
    assert_non_null(strstr(events, "group@19727("));
    assert_non_null(strstr(events, "plan=pro"));
    kith_txn *txn = begin_read(f);
    kith_stat stat = KITH_STAT_INIT;
    assert_int_equal(kith_stat_get(txn, &stat), KITH_OK);
    assert_int_equal(stat.assertion_count, 1);
    assert_int_equal(stat.record_count, 4);
    kith_txn_abort(txn);
    assert_int_equal(import_file(f), KITH_OK);
    assert_int_equal(f->report->added_count, 0);
    assert_int_equal(f->report->updated_count, 0);
}

static void test_segment_traits_change(void **state) {
    fixture *f = *state;
    f->options.format = KITH_FORMAT_SEGMENT;
    import_text(f, "m.jsonl",
                "{\"type\":\"identify\",\"userId\":\"u\",\"timestamp\":\"2024-01-02\",\"traits\":{"
                "\"city\":null,"
                "\"title\":\"CEO\"}}\n"
                "{\"type\":\"identify\",\"userId\":\"u\",\"timestamp\":\"2024-01-01\",\"traits\":{"
                "\"city\":\"Leeds\","
                "\"title\":\"CTO\",\"age\":40}}\n"
                "{\"type\":\"sing\",\"userId\":\"u\"}\n"
                "{\"type\":\"identify\"}\n"
                "{\"type\":\"track\",\"userId\":\"u\",\"event\":\"e\",\"timestamp\":\"late\"}\n");
    assert_string_equal(value_of(f, "u", "city"), "");
    assert_string_equal(value_of(f, "u", "job_title"), "CEO");
    assert_string_equal(value_of(f, "u", "age"), "40");
    assert_reject_count(f, KITH_REJECT_BAD_VALUE, 1);
    assert_reject_count(f, KITH_REJECT_NO_KEY, 1);
    assert_reject_count(f, KITH_REJECT_BAD_TIME, 1);
}

/* Rejected rows */

static void test_rejects_file(void **state) {
    fixture *f = *state;
    char content[1024] = "";
    f->options.rejects_path = f->rejects;
    import_text(f, "fine.csv", "id,name\n1,Ann\n");
    assert_int_not_equal(access(f->rejects, F_OK), 0);
    import_text(f, "bad.csv", "id,name\n1,Ann\n2,\"B, \"\"b\"\"\",x\n,Cy\n\"4,Di\n5,Ed\n");
    assert_facts(f, 5, 1, 0, 1);
    assert_int_equal(f->report->rejected_count, 3);
    FILE *file = fopen(f->rejects, "rb");
    assert_non_null(file);
    assert_true(fread(content, 1, sizeof content - 1, file) > 0);
    fclose(file);
    assert_string_equal(content,
                        "line,reason,detail,row\n"
                        "3,column_count,3 columns where the header has 2,\"2,\"\"B, "
                        "\"\"\"\"b\"\"\"\"\"\",x\"\n"
                        "4,no_key,\"the key column \"\"id\"\" is empty or missing\",\",Cy\"\n"
                        "5,syntax,a quote is opened and not closed,\"\"\"4,Di\"\n");
    f->options.rejects_path = f->file;
    assert_int_equal(import_file(f), KITH_INVALID);
    assert_non_null(strstr(f->error.message, "the file to import"));
    f->options.rejects_path = "/no/such/folder/rejects.csv";
    assert_int_equal(import_file(f), KITH_IO);
}

static int stop_at_reject(void *context, const kith_reject *reject) {
    uint64_t *line = context;
    *line = reject->line;
    return 1;
}

static void test_reject_callback_stops(void **state) {
    fixture *f = *state;
    uint64_t line = 0;
    f->options.reject = stop_at_reject;
    f->options.context = &line;
    f->options.batch_count = 1;
    const char *text = "id,name\n1,Ann\n2\n3,Cy\n";
    write_bytes(f, "a.csv", text, strlen(text));
    assert_int_equal(import_file(f), KITH_INTERRUPTED);
    assert_int_equal(line, 3);
    assert_non_null(f->report);
    assert_int_equal(f->report->row_count, 1);
    assert_int_equal(f->report->added_count, 1);
    assert_string_equal(value_of(f, "1", "full_name"), "Ann");
    assert_string_equal(value_of(f, "3", "full_name"), "no record");
}

static int stop_at_once(void *context, const kith_progress *progress) {
    kith_progress *seen = context;
    *seen = *progress;
    return 1;
}

static void test_progress_stops(void **state) {
    fixture *f = *state;
    kith_progress seen;
    f->options.progress = stop_at_once;
    f->options.context = &seen;
    f->options.batch_count = 2;
    const char *text = "id,name\n1,Ann\n2,Bob\n3,Cy\n";
    write_bytes(f, "a.csv", text, strlen(text));
    assert_int_equal(import_file(f), KITH_INTERRUPTED);
    assert_string_equal(seen.phase, "import");
    assert_int_equal(seen.rows, 2);
    assert_int_equal(seen.done, strlen(text) - strlen("3,Cy\n"));
    assert_int_equal(seen.total, strlen(text));
    assert_non_null(f->report);
    assert_int_equal(f->report->added_count, 2);
    f->options.progress = NULL;
    assert_int_equal(import_file(f), KITH_OK);
    assert_facts(f, 3, 1, 0, 2);
}

static void test_bad_values_are_counted(void **state) {
    fixture *f = *state;
    size_t size = KITH_VALUE_MAX_BYTES + 64;
    char *text = malloc(size + 2048);
    assert_non_null(text);
    import_text(f, "a.csv", "id,email,birthday\n1,nonsense,never\n2,a@mail.example,2000-01-01\n");
    assert_int_equal(f->report->invalid_value_count, 2);
    assert_string_equal(value_of(f, "1", "email"), "nonsense");
    int used = sprintf(text, "id,note\n1,");
    memset(text + used, 'x', size);
    strcpy(text + (size_t)used + size, "\n");
    memset(text + strlen(text), 'k', 1025);
    strcpy(text + (size_t)used + size + 1026, ",long key\n2,fine\n");
    f->options.now_us++;
    import_text(f, "b.csv", text);
    assert_reject_count(f, KITH_REJECT_TOO_LONG, 2);
    assert_int_equal(f->report->row_count, 3);
    assert_int_equal(f->report->updated_count + f->report->ignored_count, 1); /* of one time */
    free(text);
}

/* What the store refuses rejects the row alone. */
static void test_store_refuses(void **state) {
    fixture *f = *state;
    char *text = malloc(64000);
    assert_non_null(text);
    size_t used = (size_t)sprintf(text, "{\"id\":1,\"tags\":[0");
    for (int i = 1; i < 5000; i++) {
        used += (size_t)sprintf(text + used, ",%d", i);
    }
    sprintf(text + used, "]}\n{\"id\":2}\n");
    import_text(f, "a.jsonl", text);
    assert_reject_count(f, KITH_REJECT_BAD_VALUE, 1);
    assert_facts(f, 2, 1, 0, 0);
    free(text);
}

/* Bad files */

static void test_bad_files(void **state) {
    fixture *f = *state;
    refuse_text(f, "a.csv", "", "is empty");
    refuse_text(f, "a.csv", "\xEF\xBB\xBF\n\r\n", "is empty");
    refuse_text(f, "a.jsonl", "", "is empty");
    write_bytes(f, "a.csv", "\0\1\2", 3);
    assert_int_equal(import_file(f), KITH_INVALID);
    assert_non_null(strstr(f->error.message, "NUL"));
    refuse_text(f, "a.csv", "1001,702-919-1300,1990-01-01\n", "no header");
    refuse_text(f, "a.csv", "1001,Ann,ann@mail.example\n", "no header");
    refuse_text(f, "a.csv", "1001,Ann,Leeds\n1002,Bob,York\n", "no header");
    refuse_text(f, "a.csv", "Customers of 2024\nid,name\n1,Ann\n", "title");
    refuse_text(f, "a.csv", "# made by till, v2\nid,name\n1,Ann\n", "title");
    refuse_text(f, "a.xlsx", "PK\x03\x04\x14", "as CSV");
    refuse_text(f, "a.csv", "\xD0\xCF\x11\xE0\xA1\xB1", "as CSV");
    refuse_text(f, "a.csv.gz", "\x1F\x8B\x08", "unpack");
    refuse_text(f, "a.jsonl", "\x1F\x8B\x08", "unpack");
    refuse_text(f, "a.csv", "id,\"name\n1,Ann\n", "line 1");
    refuse_text(f, "a.csv", "id,\xFF\n1,Ann\n", "line 1");
    refuse_text(f, "a.csv", "name,city\nAnn,Leeds\n", "key");
    f->options.encoding = "klingon";
    refuse_text(f, "a.csv", "id,name\n", "klingon");
    f->options.encoding = NULL;
    import_text(f, "a.csv", "id,name\n");
    assert_facts(f, 0, 0, 0, 0);
    import_text(f, "a.csv", "id,,name,\n1,x,Ann,y\n");
    assert_string_equal(value_of(f, "1", "full_name"), "Ann");
    assert_int_equal(f->report->column_count, 4);
    assert_string_equal(mapped(f, "(column 2)"), "(left out)");
    assert_string_equal(mapped(f, "(column 4)"), "(left out)");
    import_text(f, "a.csv", "id,,name,\n1,,Ann, \n");
    assert_int_equal(f->report->column_count, 2);
    import_text(f, "a.jsonl", "{\"id\": 1, \"na");
    assert_reject_count(f, KITH_REJECT_SYNTAX, 1);
    unlink(f->file);
    assert_int_equal(import_file(f), KITH_NOT_FOUND);
}

static void test_bad_rows(void **state) {
    fixture *f = *state;
    static const char text[] =
        "id,name\n1\n2,a,b\n3,\0x\n4,\xC3(\n5,Ann\n\"6\"x,a\n7,\"open\n8,Bob\n";
    write_bytes(f, "a.csv", text, sizeof text - 1);
    assert_int_equal(import_file(f), KITH_OK);
    assert_int_equal(f->report->row_count, 8);
    assert_int_equal(f->report->added_count, 2);
    assert_reject_count(f, KITH_REJECT_COLUMN_COUNT, 2);
    assert_reject_count(f, KITH_REJECT_ENCODING, 2);
    assert_reject_count(f, KITH_REJECT_SYNTAX, 2);
    assert_string_equal(value_of(f, "8", "full_name"), "Bob");
}

/* As spreadsheets write them, and as people join them. */
static void test_files_of_spreadsheets(void **state) {
    fixture *f = *state;
    import_text(
        f, "a.csv",
        "sep=;\nid;name;Phone;Phone\n=\"1001\";Ann;=\"07911 123456\";\"=\"\"+447911123457\"\"\"\n"
        "id;name;Phone;Phone\n2;Bob;;\n");
    assert_string_equal(f->report->key, "id");
    assert_string_equal(value_of(f, "1001", "phone"), "07911123456|+447911123457");
    assert_string_equal(value_of(f, "2", "full_name"), "Bob");
    assert_string_equal(value_of(f, "id", "full_name"), "no record");
    assert_reject_count(f, KITH_REJECT_SYNTAX, 1);
    import_text(f, "b.csv", "id,name,id\n7,Ann,8\n"); /* the first one is the key */
    assert_string_equal(value_of(f, "7", "full_name"), "Ann");
}

/* Whom an order is sent to is not who ordered it. */
static void test_recipients_are_no_customers(void **state) {
    fixture *f = *state;
    f->options.key_column = "订单号";
    import_text(f, "a.csv",
                "订单号,买家手机,收件人,收件人电话\n1,13800123451,王奶奶,13900123499\n"
                "2,13800123452,王奶奶,13900123499\n");
    assert_string_equal(value_of(f, "1", "phone"), "+8613800123451");
    assert_string_equal(value_of(f, "2", "phone"), "+8613800123452");
    assert_string_equal(value_of(f, "1", "收件人"), "王奶奶");
    f->options.key_column = NULL;
    import_text(f, "orders.jsonl",
                "{\"id\":\"o1\",\"name\":\"#1001\",\"financial_status\":\"paid\",\"customer\":{"
                "\"email\":\"fam@x.co\",\"first_name\":\"Ann\",\"last_name\":\"Lee\",\"state\":"
                "\"enabled\"},\"billing_address\":{\"first_name\":\"Ann\",\"city\":\"Leeds\"},"
                "\"shipping_address\":{\"first_name\":\"Bob\",\"city\":\"York\",\"phone\":"
                "\"+442079460959\"}}\n");
    assert_string_equal(value_of(f, "o1", "given_name"), "Ann");
    assert_string_equal(value_of(f, "o1", "family_name"), "Lee");
    assert_string_equal(value_of(f, "o1", "full_name"), "");
    assert_string_equal(value_of(f, "o1", "order_number"), "#1001");
    assert_string_equal(value_of(f, "o1", "city"), "Leeds");
    assert_string_equal(value_of(f, "o1", "state"), "");
    assert_string_equal(value_of(f, "o1", "phone"), "");
    assert_string_equal(mapped(f, "shipping_address.city"), "shipping_address.city");
}

static void test_lists_of_contacts(void **state) {
    fixture *f = *state;
    import_text(f, "a.jsonl",
                "{\"id\":1,\"phones\":[{\"type\":\"home\",\"number\":\"+442079460951\"},"
                "\"+442079460952\"],\"emails\":[{\"value\":\"a@x.co\",\"primary\":true}],"
                "\"items\":[{\"value\":\"tea\"}]}\n");
    assert_string_equal(value_of(f, "1", "phone"), "+442079460951|+442079460952");
    assert_string_equal(value_of(f, "1", "email"), "a@x.co");
    assert_string_equal(value_of(f, "1", "items"), "{\"value\":\"tea\"}");
}

/* An event that says neither its time nor its id would be another one each time. */
static void test_segment_events_without_time(void **state) {
    fixture *f = *state;
    f->options.format = KITH_FORMAT_SEGMENT;
    static const char text[] =
        "{\"type\":\"track\",\"event\":\"Buy\",\"userId\":\"u\"}\n"
        "{\"type\":\"group\",\"groupId\":\"g\",\"userId\":\"u\"}\n"
        "{\"type\":\"track\",\"event\":\"Buy\",\"userId\":\"u\",\"messageId\":\"m\",\"context\":{"
        "\"device\":{\"id\":\"D-1\"}}}\n"
        "{\"type\":\"identify\",\"userId\":\"u\",\"traits\":{\"title\":\"CEO\"}}\n"
        "{\"type\":\"alias\",\"previousId\":\"p\",\"userId\":\"u\"}\n";
    import_text(f, "m.jsonl", text);
    assert_int_equal(f->report->rejected_count, 2);
    assert_reject_count(f, KITH_REJECT_BAD_TIME, 2);
    assert_int_equal(f->report->events.added, 1);
    assert_string_equal(mapped(f, "context.device.id"), "device_id");
    assert_string_equal(value_of(f, "u", "device_id"), "D-1");
    assert_string_equal(value_of(f, "u", "job_title"), "CEO");
    f->options.now_us += DAY_US;
    assert_int_equal(import_file(f), KITH_OK);
    assert_int_equal(f->report->events.added, 0);
}

static void test_names_that_are_data(void **state) {
    fixture *f = *state;
    enum { LINES = 600 };
    char *text = malloc((size_t)LINES * 100);
    size_t used = 0;
    assert_non_null(text);
    for (int i = 0; i < LINES; i++) {
        used += (size_t)sprintf(
            text + used, "{\"id\":%d,\"city\":\"York\",\"cart\":{\"a%d\":1,\"b%d\":2}}\n", i, i, i);
    }
    import_text(f, "a.jsonl", text);
    assert_facts(f, LINES, LINES, 0, 0);
    assert_int_equal(f->report->column_count, 1000);
    assert_int_equal(f->report->unmapped_value_count, 2 * LINES - 998);
    assert_string_equal(value_of(f, "599", "city"), "York");
    free(text);
}

static void test_huge_line(void **state) {
    fixture *f = *state;
    size_t size = (size_t)100 << 20;
    char *text = malloc(size + 64);
    assert_non_null(text);
    strcpy(text, "id,name\n1,Ann\n");
    memset(text + strlen(text), 'x', size);
    strcpy(text + 14 + size, "\n2,Bob\n");
    f->options.rejects_path = f->rejects;
    import_text(f, "a.csv", text);
    free(text);
    assert_facts(f, 3, 2, 0, 0);
    assert_reject_count(f, KITH_REJECT_TOO_LONG, 1);
    FILE *file = fopen(f->rejects, "rb");
    assert_non_null(file);
    assert_int_equal(fseek(file, 0, SEEK_END), 0);
    assert_true(ftell(file) < 70000);
    fclose(file);
}

/* An option that fits no file. */
static void assert_misuse(fixture *f, const char *option) {
    assert_int_equal(import_file(f), KITH_MISUSE);
    assert_null(f->report);
    assert_ptr_equal(strstr(f->error.message, option), f->error.message);
    f->options = (kith_import_options)KITH_IMPORT_OPTIONS_INIT;
    f->options.source = "shop";
    f->options.now_us = NOW_US;
}

static void test_options(void **state) {
    fixture *f = *state;
    char name[1100];
    const char *text = "id,name\n1,Ann\n";
    write_bytes(f, "a.csv", text, strlen(text));
    memset(name, 'x', sizeof name - 1);
    name[sizeof name - 1] = '\0';
    f->options.source = "";
    assert_misuse(f, "source: ");
    f->options.source = "a\nb";
    assert_misuse(f, "source: ");
    f->options.event_type = "a\x7f";
    assert_misuse(f, "event: ");
    f->options.source = NULL;
    assert_misuse(f, "source: ");
    f->options.source = name;
    assert_misuse(f, "source: ");
    f->options.event_type = "";
    assert_misuse(f, "event: ");
    f->options.event_type = name;
    assert_misuse(f, "event: ");
    f->options.key_column = "";
    assert_misuse(f, "key: ");
    f->options.time_column = name;
    assert_misuse(f, "time: ");
    f->options.format = (kith_format)9;
    assert_misuse(f, "format: ");
    assert_int_equal(kith_import(f->store, f->file, NULL, NULL, &f->error), KITH_MISUSE);
    assert_int_equal(kith_import(f->store, NULL, &f->options, NULL, &f->error), KITH_MISUSE);
    assert_int_equal(kith_import(f->store, f->file, &f->options, NULL, NULL), KITH_OK);
    kith_import_report_free(NULL);
    for (int i = 0; i <= KITH_REJECT_BAD_VALUE; i++) {
        assert_true(strlen(kith_reject_reason_name((kith_reject_reason)i)) > 0);
    }
}

/* The file and an option don't fit: the report names the option, and the message begins with it. */
static void assert_wrong_option(fixture *f, const char *text, const char *option) {
    char prefix[32];
    snprintf(prefix, sizeof prefix, "%s: ", option);
    write_bytes(f, "a.csv", text, strlen(text));
    assert_int_equal(import_file(f), KITH_INVALID);
    assert_non_null(f->report);
    assert_string_equal(f->report->wrong_option, option);
    assert_ptr_equal(strstr(f->error.message, prefix), f->error.message);
    f->options = (kith_import_options)KITH_IMPORT_OPTIONS_INIT;
    f->options.source = "shop";
}

static void test_an_option_that_does_not_fit_the_file_is_named(void **state) {
    fixture *f = *state;
    f->options.key_column = "kunde";
    assert_wrong_option(f, "id,name\n1,Ann\n", "key");
    assert_wrong_option(f, "name,city\nAnn,York\n", "key");
    f->options.time_column = "when";
    assert_wrong_option(f, "id,name\n1,Ann\n", "time");
    f->options.event_type = "order";
    assert_wrong_option(f, "customer_id,total\n1,2\n", "time");
    f->options.map = "kunde=email";
    assert_wrong_option(f, "id,name\n1,Ann\n", "map");
    f->options.map = "name";
    assert_wrong_option(f, "id,name\n1,Ann\n", "map");
    f->options.encoding = "klingon";
    assert_wrong_option(f, "id,name\n1,Ann\n", "encoding");
    f->options.rejects_path = f->file;
    assert_wrong_option(f, "id,name\n1,Ann\n", "rejects");
    f->options.rejects_path = f->store_path; /* any file but one of rejected rows stays as it is */
    assert_wrong_option(f, "id,name\n1,Ann\n", "rejects");
    char lock[PATH_BYTES + 8];
    snprintf(lock, sizeof lock, "%s-lock", f->store_path);
    f->options.rejects_path = lock;
    assert_wrong_option(f, "id,name\n1,Ann\n", "rejects");
    f->options.map = "name=E-Mail"; /* a column's name where an attribute is expected */
    assert_wrong_option(f, "id,name\n1,Ann\n", "map");
    f->options.map = "name=手机号";
    assert_wrong_option(f, "id,name\n1,Ann\n", "map");
    f->options.map = "name=a,name=b";
    assert_wrong_option(f, "id,name\n1,Ann\n", "map");
    assert_wrong_option(f, "{\"a\":1}\n{\"b\":2}\n", "key");
    /* What is wrong with the file alone blames no option. */
    refuse_text(f, "a.csv", "", "is empty");
    assert_null(f->report);
    refuse_text(f, "a.csv", "\x1F\x8B\x08", "unpack");
    assert_null(f->report);
    import_text(f, "a.jsonl", "{\"a\":1}\n{\"id\":2}\n");
    assert_null(f->report->wrong_option);
}

/* The same facts whatever the size of the transactions, and no more of them the second time. */
static void test_batches(void **state) {
    fixture *f = *state;
    char text[8192] = "id,name,email\n";
    for (int i = 0; i < 100; i++) {
        sprintf(text + strlen(text), "%d,Ann %d,ann%d@mail.example\n", i % 90, i, i);
    }
    f->options.batch_count = 7;
    import_text(f, "a.csv", text);
    assert_int_equal(f->report->row_count, 100);
    assert_int_equal(f->report->added_count, 90);
    f->options.batch_count = 0;
    assert_int_equal(import_file(f), KITH_OK);
    assert_int_equal(f->report->added_count, 0);
    assert_int_equal(f->report->updated_count, 0);
}

static void test_standard_input(void **state) {
    fixture *f = *state;
    const char *text = "id,name\n1,Ann\n";
    int kept = dup(STDIN_FILENO);
    write_bytes(f, "a.csv", text, strlen(text));
    int file = open(f->file, O_RDONLY);
    assert_true(kept >= 0 && file >= 0);
    assert_true(dup2(file, STDIN_FILENO) >= 0);
    int code = kith_import(f->store, "-", &f->options, &f->report, &f->error);
    assert_true(dup2(kept, STDIN_FILENO) >= 0);
    close(kept);
    close(file);
    assert_int_equal(code, KITH_OK);
    assert_facts(f, 1, 1, 0, 0);
}

static void test_settle(void **state) {
    fixture *f = *state;
    f->options.settle = true;
    import_text(f, "a.csv", "id,email\n1,a@mail.example\n2,a@mail.example\n3,b@mail.example\n");
    assert_int_equal(f->report->settled_count, 2);
    kith_txn *txn = begin_read(f);
    kith_stat stat = KITH_STAT_INIT;
    assert_int_equal(kith_stat_get(txn, &stat), KITH_OK);
    assert_int_equal(stat.profile_count, 2);
    assert_int_equal(stat.dirty_profile_count, 0);
    kith_txn_abort(txn);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(test_shopify),
        TEST(test_senzing),
        TEST(test_gb18030),
        TEST(test_last_letter_of_other_encodings),
        TEST(test_identifier_as_key),
        TEST(test_map),
        TEST(test_versions),
        TEST(test_events),
        TEST(test_events_by_identifier),
        TEST(test_event_lines),
        TEST(test_amounts_of_events_are_summed_or_told),
        TEST(test_the_event_type_says_which_properties_are_amounts),
        TEST(test_amounts_in_lines_of_json),
        TEST(test_attributes_that_are_numbers_are_read_as_such_or_told),
        TEST(test_events_stay_the_same_under_a_sum_that_is_declared_later),
        TEST(test_lines_stay_the_same_under_a_sum_that_is_declared_later),
        TEST(test_records_stay_the_same_under_a_type_that_is_declared_later),
        TEST(test_amounts_that_are_put_as_text),
        TEST(test_what_is_too_large_to_be_summed_is_told),
        TEST(test_facts_are_counted_by_kind),
        TEST(test_rows_dated_after_now_are_told),
        TEST(test_a_file_of_several_sources_is_told),
        TEST(test_record_lines),
        TEST(test_format_by_first_byte),
        TEST(test_segment),
        TEST(test_segment_traits_change),
        TEST(test_rejects_file),
        TEST(test_reject_callback_stops),
        TEST(test_progress_stops),
        TEST(test_bad_values_are_counted),
        TEST(test_store_refuses),
        TEST(test_bad_files),
        TEST(test_bad_rows),
        TEST(test_files_of_spreadsheets),
        TEST(test_recipients_are_no_customers),
        TEST(test_lists_of_contacts),
        TEST(test_segment_events_without_time),
        TEST(test_names_that_are_data),
        TEST(test_huge_line),
        TEST(test_options),
        TEST(test_an_option_that_does_not_fit_the_file_is_named),
        TEST(test_batches),
        TEST(test_standard_input),
        TEST(test_settle),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
