#include "src/store/preset.h"

#include <stddef.h>

/* What people and programs write where they have no value; case doesn't matter. Both the signs of
 * an id as they stand and what is left of them in normal form "id" are here. */
#define NOTHING                                                                                                      \
    "\"null\",\"none\",\"na\",\"n/a\",\"n.a.\",\"nil\",\"nan\",\"unknown\",\"test\","                                \
    "\"undefined\",\"empty\",\"blank\",\"missing\",\"anonymous\",\"guest\","                                         \
    "\"walkin\",\"walk-in\",\"default\",\"dummy\",\"noid\",\"notavailable\","                                        \
    "\"notapplicable\",\"notprovided\",\"notset\",\"objectobject\",\"(null)\","                                      \
    "\"<null>\",\"#n/a\",\"-\",\"--\",\"---\",\".\",\"?\",\"??\",\"???\",\"无\",\"無\","                           \
    "\"暂无*\",\"暫無*\",\"没有*\",\"沒有*\",\"未知\",\"空\",\"不详\",\"不詳\",\"不明\",\"未填*"  \
    "\","                                                                                                            \
    "\"未提供\",\"匿名\",\"游客\",\"访客\",\"散客\",\"测试\",\"測試\",\"非会员\",\"非會員\","   \
    "\"keine\","                                                                                                     \
    "\"keiner\",\"unbekannt\",\"ohne\",\"aucun\",\"aucune\",\"inconnu\",\"inconnue\","                               \
    "\"ninguno\",\"ninguna\",\"desconocido\",\"desconocida\",\"nessuno\","                                           \
    "\"sconosciuto\",\"нет\",\"НЕТ\",\"неизвестно\",\"НЕИЗВЕСТНО\",\"なし\",\"없음\"," \
    "\"not available\",\"not applicable\",\"not provided\",\"not set\",\"no id\","                                   \
    "\"[object object]\""

/* Numbers that fill a field. */
#define FILLERS                                                                                    \
    "\"0\",\"00\",\"000\",\"0000\",\"00000\",\"000000\",\"0000000\",\"00000000\","                 \
    "\"000000000\",\"0000000000\",\"1111111\",\"11111111\",\"111111111\","                         \
    "\"1111111111\",\"9999999\",\"99999999\",\"999999999\",\"9999999999\","                        \
    "\"123456789\",\"1234567890\""

#define NO_UUID "\"00000000-0000-0000-0000-000000000000\""

/* Of ids a person has one or a few: one that many names show is the shop's, however few records
 * have no name. */
#define MANY_NAMES "\"generic_at\": {\"names\": 8, \"nameless\": 0}"
#define PERSON     "\"veto\": [\"given_name\", \"birth_date\"]"

/* A part for each type: a text of C has its limit. */
#define TYPE(name, rules, blocked)                                                                 \
    "{\"identifiers\": {\"" name "\": {" rules ", \"blocked\": [" blocked "]}}}"

static const char attributes[] =
    "{"
    "\"region\": \"auto\","
    "\"attributes\": {"
    " \"given_name\": {\"type\": \"text\"},"
    " \"middle_name\": {\"type\": \"text\"},"
    " \"family_name\": {\"type\": \"text\"},"
    " \"full_name\": {\"type\": \"text\"},"
    " \"native_name\": {\"type\": \"text\"},"
    " \"given_name_kana\": {\"type\": \"text\"},"
    " \"family_name_kana\": {\"type\": \"text\"},"
    " \"full_name_kana\": {\"type\": \"text\"},"
    " \"birth_date\": {\"type\": \"date\"},"
    " \"birth_place\": {\"type\": \"text\"},"
    " \"gender\": {\"type\": \"text\"},"
    " \"company\": {\"type\": \"text\"},"
    " \"organization\": {\"type\": \"text\"},"
    " \"job_title\": {\"type\": \"text\"},"
    " \"street_number\": {\"type\": \"text\"},"
    " \"address_line\": {\"type\": \"text\"},"
    " \"address_line2\": {\"type\": \"text\"},"
    " \"city\": {\"type\": \"text\"},"
    " \"state\": {\"type\": \"text\"},"
    " \"postcode\": {\"type\": \"text\"},"
    " \"latitude\": {\"type\": \"real\"},"
    " \"longitude\": {\"type\": \"real\"},"
    " \"country\": {\"type\": \"text\"},"
    " \"language\": {\"type\": \"text\"},"
    " \"time_zone\": {\"type\": \"text\"},"
    " \"website\": {\"type\": \"text\"},"
    " \"note\": {\"type\": \"text\", \"survivorship\": \"latest\"},"
    " \"marketing_consent\": {\"type\": \"text\", \"survivorship\": \"latest\"},"
    " \"created_at\": {\"type\": \"time\", \"survivorship\": \"min\"},"
    " \"updated_at\": {\"type\": \"time\", \"survivorship\": \"max\"}"
    "}"
    "}";

static const char loyalty_id[] =
    TYPE("loyalty_id", "\"normalise\": \"id\", \"unique\": true, \"priority\": 100, " MANY_NAMES,
         NOTHING "," FILLERS);

static const char national_id[] =
    TYPE("national_id", "\"normalise\": \"id\", \"unique\": true, \"priority\": 95, " MANY_NAMES,
         NOTHING "," FILLERS);

static const char user_id[] =
    TYPE("user_id",
         "\"normalise\": \"exact\", \"unique\": true, \"priority\": 90, " MANY_NAMES ", " PERSON,
         NOTHING ",\"0\",\"-1\"," NO_UUID);

static const char wechat_unionid[] =
    TYPE("wechat_unionid", "\"normalise\": \"exact\", \"limit\": 10, \"priority\": 85, " MANY_NAMES,
         NOTHING ",\"0\",\"-1\"");

static const char wechat_openid[] =
    TYPE("wechat_openid", "\"normalise\": \"exact\", \"limit\": 20, \"priority\": 80, " MANY_NAMES,
         NOTHING ",\"0\",\"-1\"");

static const char wechat_id[] =
    TYPE("wechat_id",
         "\"normalise\": \"exact\", \"limit\": 10, \"priority\": 78, " MANY_NAMES ", " PERSON,
         NOTHING ",\"0\",\"-1\"");

static const char passport[] =
    TYPE("passport", "\"normalise\": \"id\", \"limit\": 10, \"priority\": 75, " MANY_NAMES,
         NOTHING "," FILLERS);

static const char drivers_license[] =
    TYPE("drivers_license", "\"normalise\": \"id\", \"limit\": 10, \"priority\": 70, " MANY_NAMES,
         NOTHING "," FILLERS);

static const char tax_id[] =
    TYPE("tax_id", "\"normalise\": \"id\", \"limit\": 10, \"priority\": 65, " MANY_NAMES,
         NOTHING "," FILLERS);

static const char external_id[] =
    TYPE("external_id",
         "\"normalise\": \"exact\", \"limit\": 100, \"priority\": 60, " MANY_NAMES ", " PERSON,
         NOTHING ",\"0\",\"-1\"," NO_UUID);

static const char email[] =
    TYPE("email",
         "\"normalise\": \"email\", \"limit\": 10, \"priority\": 50, \"generic_at\": {\"names\": "
         "8, \"nameless\": 50}, " PERSON,
         "\"test@*\",\"info@*\",\"noreply@*\",\"no-reply@*\",\"no_reply@*\","
         "\"no.reply@*\",\"donotreply@*\",\"do-not-reply@*\",\"do_not_reply@*\","
         "\"none@*\",\"null@*\",\"na@*\",\"n.a@*\",\"nil@*\",\"undefined@*\","
         "\"unknown@*\",\"unbekannt@*\",\"nomail@*\",\"noemail@*\",\"no-mail@*\","
         "\"no-email@*\",\"no_mail@*\",\"no_email@*\",\"no.mail@*\",\"no.email@*\","
         "\"notprovided@*\",\"not-provided@*\",\"anonymous@*\",\"guest@*\","
         "\"dummy@*\",\"fake@*\",\"keine@*\",\"keineemail@*\",\"aucun@*\","
         "\"sinemail@*\",\"sincorreo@*\",\"admin@*\",\"office@*\",\"sales@*\","
         "\"support@*\",\"contact@*\",\"service@*\",\"kefu@*\",\"webmaster@*\","
         "\"postmaster@*\",\"mailer-daemon@*\",\"hello@*\",\"reception@*\",\"shop@*\","
         "\"orders@*\",\"customerservice@*\"");

static const char phone[] =
    TYPE("phone",
         "\"normalise\": \"phone\", \"limit\": 10, \"priority\": 40, \"generic_at\": {\"names\": "
         "8, \"nameless\": 50}, " PERSON,
         "\"+8613800138000\",\"+8613800000000\",\"+8613888888888\","
         "\"+8613900000000\",\"+8618888888888\",\"+8613812345678\",\"+86*00000000\"");

static const char device_id[] = TYPE("device_id",
                                     "\"normalise\": \"exact\", \"limit\": 50, \"priority\": 20, "
                                     "\"generic_at\": {\"names\": 5, \"nameless\": 50}, " PERSON,
                                     NOTHING ",\"0\",\"-1\",\"9774d56d682e549c\"," NO_UUID);

static const char anonymous_id[] =
    TYPE("anonymous_id", "\"normalise\": \"exact\", \"limit\": 200, \"priority\": 10",
         NOTHING ",\"0\",\"-1\"," NO_UUID);

static const char sums[] =
    "{"
    "\"sums\": "
    "[\"amount\",\"revenue\",\"total\",\"value\",\"price\",\"quantity\",\"discount\",\"tax\","
    " \"shipping\",\"points\",\"金额\",\"实付金额\",\"数量\"]"
    "}";

const char *const kithi_preset_retail[] = {
    attributes,    loyalty_id, national_id, user_id,         wechat_unionid,
    wechat_openid, wechat_id,  passport,    drivers_license, tax_id,
    external_id,   email,      phone,       device_id,       anonymous_id,
    sums,          NULL};
