#include "src/store/preset.h"

#include <stddef.h>

/* What people and systems write where they have no value; identifiers of normal form "id" block it.
 */
#define NOTHING                                                                                    \
    "\"NULL\",\"NONE\",\"NA\",\"NIL\",\"UNKNOWN\",\"TEST\",\"UNDEFINED\",\"0\",\"00\",\"000\","    \
    "\"0000\","                                                                                    \
    "\"00000\",\"000000\",\"0000000\",\"00000000\",\"000000000\",\"0000000000\",\"1111111\","      \
    "\"11111111\",\"111111111\",\"1111111111\",\"9999999\",\"99999999\",\"999999999\","            \
    "\"9999999999\","                                                                              \
    "\"123456789\",\"1234567890\""

static const char attributes[] =
    "{"
    "\"region\": \"auto\","
    "\"attributes\": {"
    " \"given_name\": {\"type\": \"text\"},"
    " \"middle_name\": {\"type\": \"text\"},"
    " \"family_name\": {\"type\": \"text\"},"
    " \"full_name\": {\"type\": \"text\"},"
    " \"native_name\": {\"type\": \"text\"},"
    " \"birth_date\": {\"type\": \"date\"},"
    " \"gender\": {\"type\": \"text\"},"
    " \"company\": {\"type\": \"text\"},"
    " \"organization\": {\"type\": \"text\"},"
    " \"job_title\": {\"type\": \"text\"},"
    " \"address_line\": {\"type\": \"text\"},"
    " \"address_line2\": {\"type\": \"text\"},"
    " \"city\": {\"type\": \"text\"},"
    " \"state\": {\"type\": \"text\"},"
    " \"postcode\": {\"type\": \"text\"},"
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

static const char identifiers[] =
    "{"
    "\"identifiers\": {"
    " \"loyalty_id\": {\"normalise\": \"id\", \"unique\": true, \"priority\": 100,"
    "  \"blocked\": [" NOTHING "]},"
    " \"national_id\": {\"normalise\": \"id\", \"unique\": true, \"priority\": 95,"
    "  \"blocked\": [" NOTHING "]},"
    " \"user_id\": {\"normalise\": \"exact\", \"unique\": true, \"priority\": 90,"
    "  \"veto\": [\"given_name\", \"birth_date\"],"
    "  \"blocked\": "
    "[\"null\",\"none\",\"undefined\",\"anonymous\",\"guest\",\"unknown\",\"test\",\"0\",\"-1\"]},"
    " \"wechat_unionid\": {\"normalise\": \"exact\", \"limit\": 10, \"priority\": 85,"
    "  \"blocked\": [\"null\",\"undefined\"]},"
    " \"wechat_openid\": {\"normalise\": \"exact\", \"limit\": 20, \"priority\": 80,"
    "  \"blocked\": [\"null\",\"undefined\"]},"
    " \"passport\": {\"normalise\": \"id\", \"limit\": 10, \"generic_at\": {\"names\": 8, "
    "\"nameless\": 50},"
    "  \"priority\": 75, \"blocked\": [" NOTHING "]},"
    " \"drivers_license\": {\"normalise\": \"id\", \"limit\": 10,"
    "  \"generic_at\": {\"names\": 8, \"nameless\": 50}, \"priority\": 70,"
    "  \"blocked\": [" NOTHING "]},"
    " \"tax_id\": {\"normalise\": \"id\", \"limit\": 10, \"generic_at\": {\"names\": 8, "
    "\"nameless\": 50},"
    "  \"priority\": 65, \"blocked\": [" NOTHING "]},"
    " \"external_id\": {\"normalise\": \"exact\", \"limit\": 100, \"priority\": 60,"
    "  \"veto\": [\"given_name\", \"birth_date\"],"
    "  \"blocked\": [\"null\",\"none\",\"undefined\",\"0\"]},"
    " \"email\": {\"normalise\": \"email\", \"limit\": 10, \"generic_at\": {\"names\": 8, "
    "\"nameless\": 50},"
    "  \"veto\": [\"given_name\", \"birth_date\"], \"priority\": 50,"
    "  \"blocked\": "
    "[\"test@*\",\"info@*\",\"noreply@*\",\"no-reply@*\",\"donotreply@*\",\"none@*\",\"null@*\","
    "   "
    "\"na@*\",\"nomail@*\",\"noemail@*\",\"admin@*\",\"office@*\",\"sales@*\",\"support@*\","
    "\"contact@*\","
    "   "
    "\"service@*\",\"kefu@*\",\"webmaster@*\",\"postmaster@*\",\"hello@*\",\"reception@*\",\"shop@*"
    "\","
    "   \"orders@*\",\"customerservice@*\"]},"
    " \"phone\": {\"normalise\": \"phone\", \"limit\": 10, \"generic_at\": {\"names\": 8, "
    "\"nameless\": 50},"
    "  \"veto\": [\"given_name\", \"birth_date\"], \"priority\": 40,"
    "  \"blocked\": [\"+8613800138000\",\"+8613800000000\",\"+8613888888888\",\"+8613900000000\","
    "   \"+8618888888888\",\"+8613812345678\",\"+86*00000000\"]},"
    " \"device_id\": {\"normalise\": \"exact\", \"limit\": 50,"
    "  \"generic_at\": {\"names\": 5, \"nameless\": 50}, \"veto\": [\"given_name\", "
    "\"birth_date\"],"
    "  \"priority\": 20, \"blocked\": "
    "[\"00000000-0000-0000-0000-000000000000\",\"null\",\"unknown\","
    "   \"9774d56d682e549c\"]},"
    " \"anonymous_id\": {\"normalise\": \"exact\", \"limit\": 200, \"priority\": 10,"
    "  \"blocked\": "
    "[\"00000000-0000-0000-0000-000000000000\",\"null\",\"undefined\",\"anonymous\"]}"
    "}"
    "}";

static const char sums[] =
    "{"
    "\"sums\": "
    "[\"amount\",\"revenue\",\"total\",\"value\",\"price\",\"quantity\",\"discount\",\"tax\","
    " \"shipping\",\"points\",\"金额\",\"实付金额\",\"数量\"]"
    "}";

const char *const kithi_preset_retail[] = {attributes, identifiers, sums, NULL};
