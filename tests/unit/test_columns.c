/* Names of columns, and how the columns of a file become attributes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "src/ingest/columns.h"
#include "src/ingest/mapping.h"

/* Pairs of a column's name and its attribute. */
static void assert_attributes(const char *const pairs[][2], size_t count) {
    for (size_t i = 0; i < count; i++) {
        bool single = false;
        const char *attribute = kithi_columns_attribute(pairs[i][0], &single);
        if (attribute == NULL || strcmp(attribute, pairs[i][1]) != 0) {
            fail_msg("%s: %s, not %s", pairs[i][0], pairs[i][1], attribute ? attribute : "unknown");
        }
    }
}

static void test_names_of_one_attribute(void **state) {
    (void)state;
    static const char *const pairs[][2] = {
        {"First Name", "given_name"},
        {"first_name", "given_name"},
        {"FIRST-NAME", "given_name"},
        {"firstName", "given_name"},
        {"FirstName", "given_name"},
        {"Last Name", "family_name"},
        {"E-mail", "email"},
        {"Ｅｍａｉｌ", "email"},
        {"Email Address", "email"},
        {"Mobile Phone Number", "phone"},
        {"Phone 2", "phone"},
        {"Default Address Address1", "address_line"},
        {"Default Address Zip", "postcode"},
        {"Lat", "latitude"},
        {"lng", "longitude"},
        {"Geo Latitude", "latitude"},
        {"经度", "longitude"},
        {"Default Address Province Code", "state"},
        {"State/Region", "state"},
        {"Accepts Email Marketing", "marketing_consent"},
        {"MailingStreet", "address_line"},
        {"Account.Name", "company"},
        {"Birthdate", "birth_date"},
        {"LastModifiedDate", "updated_at"},
        {"Create Date", "created_at"},
        {"Title", "job_title"},
        {"PRIMARY_NAME_LAST", "family_name"},
        {"NAME_FIRST", "given_name"},
        {"SECONDARY_NAME_ORG", "organization"},
        {"NATIVE_NAME_FULL", "native_name"},
        {"SSN_NUMBER", "national_id"},
        {"NATIONAL_ID_NUMBER", "national_id"},
        {"ADDR_FULL", "address_line"},
        {"HOME_ADDR_CITY", "city"},
        {"ADDR_POSTAL_CODE", "postcode"},
        {"PASSPORT_NUMBER", "passport"},
        {"DRIVERS_LICENSE_NUMBER", "drivers_license"},
        {"TAX_ID_NUMBER", "tax_id"},
        {"EMPLOYER", "company"},
        {"姓名", "full_name"},
        {"手机号码", "phone"},
        {"电子邮箱", "email"},
        {"出生日期", "birth_date"},
        {"会员卡号", "loyalty_id"},
        {"身份证号", "national_id"},
        {"手机号（必填）", "phone"},
        {"微信 OpenID", "wechat_openid"},
        {"备注", "note"},
    };
    assert_attributes(pairs, sizeof pairs / sizeof pairs[0]);
}

/* Person accounts of Salesforce, and orders and lists of members from Chinese shops. */
static void test_names_of_persons_in_shops(void **state) {
    (void)state;
    static const char *const pairs[][2] = {
        {"PersonEmail", "email"},
        {"PersonMobilePhone", "phone"},
        {"PersonHomePhone", "phone"},
        {"PersonBirthdate", "birth_date"},
        {"PersonMailingStreet", "address_line"},
        {"PersonMailingCity", "city"},
        {"PersonMailingState", "state"},
        {"PersonMailingPostalCode", "postcode"},
        {"PersonMailingCountry", "country"},
        {"客户姓名", "full_name"},
        {"会员姓名", "full_name"},
        {"会员手机号", "phone"},
        {"会员邮箱", "email"},
        {"会员ID", "loyalty_id"},
        {"买家手机", "phone"},
        {"买家姓名", "full_name"},
        {"买家邮箱", "email"},
        {"下单人电话", "phone"},
        {"手機號碼", "phone"},
        {"電子郵件", "email"},
        {"會員編號", "loyalty_id"},
        {"身分證字號", "national_id"},
        {"買家姓名", "full_name"},
        {"创建时间", "created_at"},
        {"注册时间", "created_at"},
        {"电子信箱", "email"},
        {"Email地址", "email"},
    };
    assert_attributes(pairs, sizeof pairs / sizeof pairs[0]);
}

/* {"phone": {"mobile": ...}} gives the column phone.mobile. */
static void test_members_of_objects(void **state) {
    (void)state;
    static const char *const pairs[][2] = {
        {"phone.mobile", "phone"},
        {"phone.home", "phone"},
        {"phone.work", "phone"},
        {"phones.office", "phone"},
        {"tel.private", "phone"},
        {"contact.phone.mobile", "phone"},
        {"email.work", "email"},
        {"emails.primary", "email"},
        {"email.address", "email"},
        {"address.street", "address_line"},
        {"address.line1", "address_line"},
        {"address.line2", "address_line2"},
        {"address.city", "city"},
        {"address.town", "city"},
        {"address.province", "state"},
        {"address.region", "state"},
        {"address.postcode", "postcode"},
        {"address.zip_code", "postcode"},
        {"address.countryCode", "country"},
        {"home_address.city", "city"},
        {"billing.address.zip", "postcode"},
        {"name.first", "given_name"},
        {"name.given", "given_name"},
        {"name.last", "family_name"},
        {"name.family", "family_name"},
        {"name.full", "full_name"},
        {"customer.email", "email"},
        {"customer.first_name", "given_name"},
        {"customer.last_name", "family_name"},
        {"customer.default_address.city", "city"},
        {"billing_address.first_name", "given_name"},
        {"billing_address.phone", "phone"},
        {"billing_address.province", "state"},
        {"billing.last_name", "family_name"},
        {"billing.email", "email"},
        {"billing.address_1", "address_line"},
        {"context.device.id", "device_id"},
    };
    assert_attributes(pairs, sizeof pairs / sizeof pairs[0]);
}

static void test_names_of_none(void **state) {
    (void)state;
    static const char *const names[] = {"DATE",
                                        "STATUS",
                                        "ADDR_TYPE",
                                        "PHONE_TYPE",
                                        "AMOUNT",
                                        "Total Spent",
                                        "Tags",
                                        "PASSPORT_COUNTRY",
                                        "Fax",
                                        "Card Number",
                                        "",
                                        "***",
                                        "2",
                                        "Customer Since",
                                        "phone.verified",
                                        "email.type",
                                        "mobile app",
                                        "work",
                                        "wechat",
                                        "wechat nickname",
                                        "收货人",
                                        "收件人",
                                        "收货人手机",
                                        "收件人手机",
                                        "Shipping Phone Number",
                                        "shipping_address.city",
                                        "shipping.first_name",
                                        "用户名",
                                        "会员名",
                                        "customer.state",
                                        "customer.created_at",
                                        "customer.note"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        bool single = false;
        if (kithi_columns_attribute(names[i], &single) != NULL) {
            fail_msg("%s is known", names[i]);
        }
    }
    assert_true(kithi_columns_is_ignored("DATA_SOURCE"));
    assert_true(kithi_columns_is_source("DATA_SOURCE"));
    assert_true(kithi_columns_is_source("Source"));
    assert_false(kithi_columns_is_source("Source URL"));
}

static void test_snake_case(void **state) {
    (void)state;
    static const char *const pairs[][2] = {
        {"Total Spent", "total_spent"},
        {"customerID", "customer_id"},
        {"IDNumber", "id_number"},
        {"ADDR_TYPE", "addr_type"},
        {"  a -- b  ", "a_b"},
        {"金额(元)", "金额_元"},
        {"Größe", "größe"},
        {"a.firstName", "a.first_name"},
        {".a..b.", "a.b"},
        {"Address1City", "address1_city"},
        {"ＡＢ", "ab"},
    };
    char out[256];
    for (size_t i = 0; i < sizeof pairs / sizeof pairs[0]; i++) {
        assert_true(kithi_columns_snake(pairs[i][0], out, sizeof out));
        assert_string_equal(out, pairs[i][1]);
    }
    assert_false(kithi_columns_snake("***", out, sizeof out));
    assert_false(kithi_columns_snake("abcdef", out, 4));
}

static void test_keys_and_times(void **state) {
    (void)state;
    assert_true(kithi_columns_key_rank("RECORD_ID", false) >= 0);
    assert_true(kithi_columns_key_rank("客户编号", false) >= 0);
    assert_true(kithi_columns_key_rank("Id", false) < kithi_columns_key_rank("会员号", false));
    assert_int_equal(kithi_columns_key_rank("Id", true), -1);
    assert_int_equal(kithi_columns_key_rank("Account ID", false), -1);
    assert_true(kithi_columns_key_rank("customer_id", true) >= 0);
    assert_true(kithi_columns_time_rank("order_date") < kithi_columns_time_rank("created_at"));
    assert_true(kithi_columns_time_rank("下单时间") >= 0);
    assert_int_equal(kithi_columns_time_rank("birthday"), -1);
    assert_true(kithi_columns_is_message_id("messageId"));
    assert_false(kithi_columns_is_message_id("order_id"));
}

/* Mappings */

typedef struct columns {
    kithi_mapping mapping;
    kith_import_options options;
    kith_error error;
    const char *unique; /* NULL: no type is */
} columns;

static int map_columns(columns *c, kithi_mapping_of of, const char *names) {
    char copy[1024];
    char *rest = NULL;
    snprintf(copy, sizeof copy, "%s", names);
    c->error = (kith_error)KITH_ERROR_INIT;
    int code = kithi_mapping_init(&c->mapping, of, &c->options, &c->error);
    if (code == KITH_OK && c->unique != NULL) {
        assert_true(kithi_mapping_unique(&c->mapping, c->unique));
    }
    for (char *name = strtok_r(copy, ";", &rest); code == KITH_OK && name != NULL;
         name = strtok_r(NULL, ";", &rest)) {
        uint32_t column = 0;
        code = kithi_mapping_column(&c->mapping, name, strlen(name), &column, &c->error);
    }
    return code == KITH_OK ? kithi_mapping_decide(&c->mapping, true, &c->error) : code;
}

/* The mapping as text: attributes in order, "-" for what is left out. */
static void assert_mapping(columns *c, kithi_mapping_of of, const char *names,
                           const char *expected) {
    char text[1024] = "";
    assert_int_equal(map_columns(c, of, names), KITH_OK);
    for (size_t i = 0; i < c->mapping.column_count; i++) {
        const char *attribute = c->mapping.columns[i].attribute;
        snprintf(text + strlen(text), sizeof text - strlen(text), "%s%s", i ? ";" : "",
                 attribute ? attribute : "-");
    }
    assert_string_equal(text, expected);
    kithi_mapping_clear(&c->mapping);
}

static void test_mapping_of_records(void **state) {
    (void)state;
    columns c = {.options = KITH_IMPORT_OPTIONS_INIT};
    assert_mapping(&c, KITHI_MAPPING_RECORDS, "Id;Email;Phone;Mobile;Total Spent",
                   "-;email;phone;phone;total_spent");
    /* A single attribute takes the column of its very name, or else the first. */
    assert_mapping(&c, KITHI_MAPPING_RECORDS, "id;Surname;Last Name", "-;family_name;last_name");
    assert_mapping(&c, KITHI_MAPPING_RECORDS, "id;Surname;family_name", "-;surname;family_name");
    assert_mapping(&c, KITHI_MAPPING_RECORDS, "id;given_name;Given Name",
                   "-;given_name;given_name_2");
    assert_mapping(&c, KITHI_MAPPING_RECORDS, "id;Foo Bar;foo_bar;FooBar",
                   "-;foo_bar;foo_bar_2;foo_bar_3");
    assert_mapping(&c, KITHI_MAPPING_RECORDS, "DATA_SOURCE;RECORD_ID;DATE", "-;-;date");
    assert_mapping(&c, KITHI_MAPPING_RECORDS, "会员号;姓名", "loyalty_id;full_name");
    assert_mapping(&c, KITHI_MAPPING_RECORDS, "Email;Phone", "email;phone");
}

/* Of columns that hold one unique identifier one becomes it: the one of its name, or else the key,
 * or else the first. */
static void test_a_unique_identifier_takes_one_column(void **state) {
    (void)state;
    static const char *const cases[][2] = {
        {"id;会员号;会员卡号", "-;loyalty_id;会员卡号"},
        {"会员卡号;会员号;name", "会员卡号;loyalty_id;full_name"},
        {"id;Member No;loyalty_id", "-;member_no;loyalty_id"},
        {"id;loyalty_id;Loyalty ID", "-;loyalty_id;loyalty_id_2"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        columns c = {.options = KITH_IMPORT_OPTIONS_INIT, .unique = "loyalty_id"};
        assert_mapping(&c, KITHI_MAPPING_RECORDS, cases[i][0], cases[i][1]);
    }
}

static void test_key_is_chosen(void **state) {
    (void)state;
    columns c = {.options = KITH_IMPORT_OPTIONS_INIT};
    assert_int_equal(map_columns(&c, KITHI_MAPPING_RECORDS, "name;会员号;id"), KITH_OK);
    assert_string_equal(kithi_mapping_key_name(&c.mapping), "id");
    assert_null(c.mapping.key_attribute);
    kithi_mapping_clear(&c.mapping);
    assert_int_equal(map_columns(&c, KITHI_MAPPING_RECORDS, "name;会员号"), KITH_OK);
    assert_string_equal(kithi_mapping_key_name(&c.mapping), "会员号");
    assert_string_equal(c.mapping.key_attribute, "loyalty_id");
    kithi_mapping_clear(&c.mapping);
    assert_int_equal(map_columns(&c, KITHI_MAPPING_RECORDS, "name;email"), KITH_OK);
    assert_string_equal(kithi_mapping_key_name(&c.mapping), "(identifier)");
    kithi_mapping_clear(&c.mapping);
    assert_int_equal(map_columns(&c, KITHI_MAPPING_RECORDS, "name;city"), KITH_INVALID);
    assert_non_null(strstr(c.error.message, "name, city"));
    kithi_mapping_clear(&c.mapping);
    c.options.key_column = "Name";
    assert_int_equal(map_columns(&c, KITHI_MAPPING_RECORDS, "name;id"), KITH_OK);
    assert_string_equal(kithi_mapping_key_name(&c.mapping), "name");
    kithi_mapping_clear(&c.mapping);
    c.options.key_column = "kunde";
    assert_int_equal(map_columns(&c, KITHI_MAPPING_RECORDS, "name;id"), KITH_INVALID);
    assert_non_null(strstr(c.error.message, "\"kunde\"; it has: name, id"));
    kithi_mapping_clear(&c.mapping);
}

static void test_mapping_of_events(void **state) {
    (void)state;
    columns c = {.options = KITH_IMPORT_OPTIONS_INIT};
    assert_mapping(&c, KITHI_MAPPING_EVENTS, "id;customer_id;order_date;Order Total;Event ID;email",
                   "id;-;-;order_total;-;email");
    assert_mapping(&c, KITHI_MAPPING_EVENTS, "会员号;下单时间;金额", "-;-;金额");
    assert_int_equal(map_columns(&c, KITHI_MAPPING_EVENTS, "customer_id;total"), KITH_INVALID);
    assert_non_null(strstr(c.error.message, "time"));
    kithi_mapping_clear(&c.mapping);
}

static void test_map_option(void **state) {
    (void)state;
    columns c = {.options = KITH_IMPORT_OPTIONS_INIT};
    c.options.map = "Kunde=loyalty_id, \"Name, full\" = full_name,secret=";
    assert_mapping(&c, KITHI_MAPPING_RECORDS, "id;Kunde;Name, full;secret;name",
                   "-;loyalty_id;full_name;-;name");
    c.options.map = "id=external_id"; /* still the key */
    assert_int_equal(map_columns(&c, KITHI_MAPPING_RECORDS, "id;name"), KITH_OK);
    assert_string_equal(kithi_mapping_key_name(&c.mapping), "id");
    assert_string_equal(c.mapping.columns[0].attribute, "external_id");
    kithi_mapping_clear(&c.mapping);
    c.options.map = "nobody=email";
    assert_int_equal(map_columns(&c, KITHI_MAPPING_RECORDS, "id;name"), KITH_INVALID);
    assert_non_null(strstr(c.error.message, "\"nobody\"; it has: id, name"));
    kithi_mapping_clear(&c.mapping);
    static const char *const bad[] = {"name",     "=email",  "a=b,c",  "\"a=b",
                                      "\"a\"b=c", "a=x,a=y", "a=x,A=y"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        c.options.map = bad[i];
        if (map_columns(&c, KITHI_MAPPING_RECORDS, "id;a;name") != KITH_INVALID) {
            fail_msg("\"%s\" is taken", bad[i]);
        }
        kithi_mapping_clear(&c.mapping);
    }
}

static void test_names_in_other_languages(void **state) {
    (void)state;
    static const char *const pairs[][2] = {
        {"Vorname", "given_name"},
        {"Nachname", "family_name"},
        {"Name", "full_name"},
        {"E-Mail-Adresse", "email"},
        {"Telefon (privat)", "phone"},
        {"Handy", "phone"},
        {"Geburtsdatum", "birth_date"},
        {"Straße", "address_line"},
        {"STRASSE", "address_line"},
        {"PLZ", "postcode"},
        {"Ort", "city"},
        {"Land", "country"},
        {"Prénom", "given_name"},
        {"PRENOM", "given_name"},
        {"Nom", "family_name"},
        {"Courriel", "email"},
        {"Te\u0301le\u0301phone", "phone"},
        {"Date de naissance", "birth_date"},
        {"Adresse", "address_line"},
        {"Code postal", "postcode"},
        {"VILLE", "city"},
        {"Pays", "country"},
        {"Nombre", "given_name"},
        {"Apellidos", "family_name"},
        {"CORREO ELECTRÓNICO", "email"},
        {"Teléfono móvil", "phone"},
        {"Fecha de nacimiento", "birth_date"},
        {"Dirección", "address_line"},
        {"Código postal", "postcode"},
        {"Ciudad", "city"},
        {"País", "country"},
        {"address.city", "city"},
        {"given_name", "given_name"},
        {"微信号", "wechat_id"},
        {"WeChat ID", "wechat_id"},
        {"wechat.id", "wechat_id"},
    };
    assert_attributes(pairs, sizeof pairs / sizeof pairs[0]);
}

static void test_keys_in_other_languages(void **state) {
    (void)state;
    static const char *const keys[] = {"Kundennummer",     "Kunden-Nr.",        "N° client",
                                       "Numéro de client", "Número de cliente", "Nº cliente"};
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
        if (kithi_columns_key_rank(keys[i], false) < 0 ||
            kithi_columns_key_rank(keys[i], true) < 0) {
            fail_msg("\"%s\" is no key", keys[i]);
        }
    }
    assert_true(kithi_columns_time_rank("Bestelldatum") >= 0);
    assert_true(kithi_columns_time_rank("Date de commande") >= 0);
    assert_true(kithi_columns_time_rank("Fecha") >= 0);
}

static const char *attribute_in(const char *const *header, const char *name) {
    kithi_layout layout = {0};
    bool single = false;
    for (; *header != NULL; header++) {
        kithi_layout_see(&layout, *header);
    }
    return kithi_layout_attribute(&layout, name, &single);
}

static void test_a_lone_nom_or_nombre_is_the_whole_name(void **state) {
    (void)state;
    static const char *const french[] = {"id", "Nom", "Prénom", NULL};
    static const char *const spanish[] = {"Nombre", "Apellidos", NULL};
    static const char *const alone[] = {"id", "Nom", "Nombre de la ville", NULL};
    static const char *const nombre[] = {"Nombre", "Ciudad", NULL};
    static const char *const unknown[] = {NULL};
    assert_string_equal(attribute_in(french, "Nom"), "family_name");
    assert_string_equal(attribute_in(spanish, "Nombre"), "given_name");
    assert_string_equal(attribute_in(alone, "Nom"), "full_name");
    assert_string_equal(attribute_in(nombre, "NOMBRE"), "full_name");
    assert_string_equal(attribute_in(unknown, "Nom"), "family_name");
}

static void test_orders_of_shopify(void **state) {
    (void)state;
    static const char *const orders[] = {"Name", "Email", "Financial Status", "Device ID", NULL};
    static const char *const people[] = {"Name", "Email", "Device ID", NULL};
    assert_string_equal(attribute_in(orders, "Name"), "order_number");
    assert_string_equal(attribute_in(orders, "Billing Name"), "full_name");
    assert_string_equal(attribute_in(orders, "Device ID"), "pos_device_id");
    assert_string_equal(attribute_in(orders, "Email"), "email");
    assert_string_equal(attribute_in(people, "Name"), "full_name");
    assert_string_equal(attribute_in(people, "Device ID"), "device_id");
}

/* Beyond the room that the store has, columns are left out; those of attributes that it has are
 * not.
 */
static void test_columns_without_room(void **state) {
    (void)state;
    columns c = {.options = KITH_IMPORT_OPTIONS_INIT};
    uint32_t column = 0;
    static const char *const names[] = {"id", "Email", "a", "b", "First Name", "given_name"};
    static const char *const expected[] = {"-", "email", "-", "-", "-", "given_name"};
    assert_int_equal(kithi_mapping_init(&c.mapping, KITHI_MAPPING_RECORDS, &c.options, &c.error),
                     KITH_OK);
    c.mapping.room = 1; /* which the key takes, as it may be named as an attribute yet */
    assert_true(kithi_mapping_exists(&c.mapping, "email"));
    assert_true(kithi_mapping_exists(&c.mapping, "given_name"));
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        assert_int_equal(
            kithi_mapping_column(&c.mapping, names[i], strlen(names[i]), &column, &c.error),
            KITH_OK);
    }
    assert_int_equal(kithi_mapping_decide(&c.mapping, true, &c.error), KITH_OK);
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        const char *attribute = c.mapping.columns[i].attribute;
        assert_string_equal(attribute != NULL ? attribute : "-", expected[i]);
    }
    kithi_mapping_clear(&c.mapping);
}

static void test_members_beyond_the_most(void **state) {
    (void)state;
    columns c = {.options = KITH_IMPORT_OPTIONS_INIT};
    uint32_t column = 0;
    char name[32];
    assert_int_equal(kithi_mapping_init(&c.mapping, KITHI_MAPPING_RECORDS, &c.options, &c.error),
                     KITH_OK);
    for (int i = 0; i <= KITHI_MAPPING_MEMBER_MAX; i++) {
        int size = snprintf(name, sizeof name, "cart.sku%d", i);
        assert_int_equal(kithi_mapping_member(&c.mapping, name, (size_t)size, &column, &c.error),
                         KITH_OK);
    }
    assert_int_equal(column, KITHI_MAPPING_NONE);
    assert_int_equal(kithi_mapping_member(&c.mapping, "cart.sku7", 9, &column, &c.error), KITH_OK);
    assert_int_equal(column, 7);
    kithi_mapping_clear(&c.mapping);
}

static void test_many_columns(void **state) {
    (void)state;
    columns c = {.options = KITH_IMPORT_OPTIONS_INIT};
    uint32_t column = 0;
    char name[32];
    assert_int_equal(kithi_mapping_init(&c.mapping, KITHI_MAPPING_RECORDS, &c.options, &c.error),
                     KITH_OK);
    for (int i = 0; i < KITHI_MAPPING_COLUMN_MAX; i++) {
        int size = snprintf(name, sizeof name, "column %d", i);
        assert_int_equal(kithi_mapping_column(&c.mapping, name, (size_t)size, &column, &c.error),
                         KITH_OK);
        assert_int_equal(column, i);
    }
    assert_int_equal(kithi_mapping_column(&c.mapping, "one more", 8, &column, &c.error),
                     KITH_LIMIT);
    assert_int_equal(kithi_mapping_column(&c.mapping, "column 7", 8, &column, &c.error), KITH_OK);
    assert_int_equal(column, 7);
    kithi_mapping_clear(&c.mapping);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_names_of_one_attribute),
        cmocka_unit_test(test_names_of_persons_in_shops),
        cmocka_unit_test(test_members_of_objects),
        cmocka_unit_test(test_names_of_none),
        cmocka_unit_test(test_snake_case),
        cmocka_unit_test(test_keys_and_times),
        cmocka_unit_test(test_mapping_of_records),
        cmocka_unit_test(test_a_unique_identifier_takes_one_column),
        cmocka_unit_test(test_key_is_chosen),
        cmocka_unit_test(test_mapping_of_events),
        cmocka_unit_test(test_map_option),
        cmocka_unit_test(test_names_in_other_languages),
        cmocka_unit_test(test_keys_in_other_languages),
        cmocka_unit_test(test_a_lone_nom_or_nombre_is_the_whole_name),
        cmocka_unit_test(test_orders_of_shopify),
        cmocka_unit_test(test_columns_without_room),
        cmocka_unit_test(test_members_beyond_the_most),
        cmocka_unit_test(test_many_columns),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
