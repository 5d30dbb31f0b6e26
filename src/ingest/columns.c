#include "src/ingest/columns.h"

#include <string.h>

#include "src/base/text.h"

#define CORE_BYTES (KITHI_COLUMN_NAME_MAX_BYTES * 4)

#define LATIN_LEAD '\xC3' /* of the letters U+00C0 to U+00FF in UTF-8 */

enum {
    ONE = 0,  /* the attribute takes one column */
    MANY = 1, /* further columns give further values; "Phone 2" is one of them */
    FEATURE =
        2, /* a feature name of the Senzing form: PRIMARY_, HOME_ and so on may stand before it */
};

typedef struct alias {
    const char *attribute;
    unsigned flags;
    const char *names; /* cores of names, separated by spaces */
} alias;

/* A core is a name's letters and digits, in lower case, folded to their usual width and without
 * accents: "Prénom" is prenom, "Straße" strasse. */
static const alias aliases[] = {
    /* identifiers */
    {"loyalty_id", MANY,
     "loyaltyid loyaltynumber loyaltyno loyaltycard loyaltycardid loyaltycardnumber loyaltycardno "
     "memberid membernumber memberno membercode membershipid membershipnumber membershipno "
     "membercard membercardid membercardnumber membercardno 会员号 会员卡号 会员编号 会员卡 会员id "
     "会员码 卡号 會員編號 會員號 會員號碼 會員卡號 會員id kundenkarte kundenkartennummer "
     "mitgliedsnummer mitgliedsnr mitgliedernummer "
     "cartefidelite cartedefidelite numerofidelite numerodefidelite numerocartefidelite "
     "tarjetadefidelidad numerodesocio"},
    {"national_id", MANY,
     "nationalid nationalidnumber nationalidno nationalidentitynumber ssn ssnnumber "
     "socialsecuritynumber socialsecurityno socsecid idcardnumber idcardno identitycard "
     "identitycardnumber identitynumber personalidnumber 身份证 身份证号 身份证号码 证件号 "
     "证件号码 身分證 身分證號 身分證號碼 身分證字號 身份證 身份證號 身份證號碼 身份證字號 "
     "統一證號"},
    {"user_id", MANY, "userid useridentifier uid 用户id 用户编号 用户号 用戶id 用戶編號"},
    {"email", MANY,
     "email emailaddress mail mailaddress emailaddr emails primaryemail personalemail workemail "
     "contactemail customeremail secondaryemail otheremail personemail 邮箱 邮箱地址 电子邮箱 "
     "电子信箱 email地址 电子邮件 电子邮件地址 邮件 邮件地址 郵箱 電子郵箱 電子郵件 電子郵件地址 "
     "電子信箱 信箱 emailadresse mailadresse adresseemail "
     "adressemail adresseelectronique courriel correo correoelectronico direcciondecorreo "
     "direcciondecorreoelectronico direcciondeemail"},
    {"phone", MANY,
     "phone phonenumber phoneno phones telephone telephonenumber tel telno telnumber mobile "
     "mobileno mobilenumber mobilephone mobilephonenumber cell cellphone cellphonenumber "
     "cellnumber homephone homephonenumber workphone workphonenumber businessphone otherphone "
     "primaryphone personmobilephone personhomephone contactphone contactnumber customerphone "
     "msisdn defaultaddressphone 手机 手机号 手机号码 电话 电话号码 联系电话 联系手机 联系方式 "
     "移动电话 固定电话 座机 手機 手機號 手機號碼 行動電話 電話 電話號碼 聯絡電話 聯繫電話 "
     "telefon telefonnummer telefonnr telnr rufnummer festnetz festnetznummer handy handynummer "
     "handynr mobil mobilnummer mobiltelefon mobilfunknummer telephoneportable telephonemobile "
     "telephonefixe telportable telmobile numerodetelephone numerotelephone portable "
     "numerodeportable telefono telefonomovil telefonofijo telefonocelular numerodetelefono movil "
     "celular"},
    {"wechat_openid", MANY, "wechatopenid weixinopenid wxopenid openid 微信openid"},
    {"wechat_unionid", MANY, "wechatunionid weixinunionid wxunionid unionid 微信unionid"},
    {"wechat_id", MANY,
     "wechatid wechataccount wechatno wechatnumber weixinid weixinhao wxid 微信号 微信id 微信账号 "
     "微信帐号 微信号码 微信號"},
    {"device_id", MANY,
     "deviceid contextdeviceid deviceidentifier deviceuuid advertisingid idfa gaid imei 设备号 "
     "设备id"},
    {"anonymous_id", MANY, "anonymousid anonid visitorid 匿名id"},
    {"external_id", MANY, "externalid externalidentifier externalcustomerid 外部id 外部编号"},
    {"passport", MANY, "passport passportnumber passportno passportid 护照 护照号 护照号码"},
    {"drivers_license", MANY,
     "driverslicense driverslicence driverslicensenumber driverslicencenumber driverlicense "
     "driverlicence driverlicensenumber drivinglicense drivinglicence drivinglicencenumber 驾照 "
     "驾照号 驾驶证 驾驶证号"},
    {"tax_id", MANY, "taxid taxidnumber taxnumber taxno vatnumber vatid 税号 纳税人识别号"},
    /* names */
    {"given_name", ONE,
     "givenname givennames firstname forename fname namegiven defaultaddressfirstname 名 名字 "
     "vorname vornamen prenom prenoms nombre nombres nombredepila"},
    {"middle_name", ONE,
     "middlename middlenames middleinitial secondname zweitername deuxiemeprenom segundonombre"},
    {"family_name", ONE,
     "familyname lastname surname lname namefamily namesurname defaultaddresslastname 姓 姓氏 "
     "nachname familienname nom nomdefamille apellido apellidos primerapellido"},
    {"full_name", ONE,
     "fullname name displayname namedisplay customername contactname personname clientname "
     "membername firstandlastname defaultaddressname 姓名 全名 客户姓名 客户名称 会员姓名 顾客姓名 "
     "联系人 联系人姓名 用户姓名 聯絡人 聯絡人姓名 kundenname vorundnachname "
     "vornamenachname namevorname nomcomplet nometprenom nomprenom prenomnom prenometnom nomclient "
     "nomduclient nombrecompleto nombreyapellido nombreyapellidos nombrecliente nombredelcliente"},
    {"native_name", ONE, "nativename nativenamefull localname 本地姓名"},
    {"given_name_kana", ONE, "givennamekana firstnamekana 名カナ 名かな メイ めい"},
    {"family_name_kana", ONE, "familynamekana lastnamekana 姓カナ 姓かな セイ せい"},
    {"full_name_kana", ONE,
     "fullnamekana namekana kana furigana 氏名カナ 氏名かな フリガナ ふりがな カナ氏名"},
    /* the person */
    {"birth_date", ONE,
     "birthdate personbirthdate birthday dateofbirth dob bday birthyear yearofbirth 生日 出生日期 "
     "出生年月 出生年月日 "
     "geburtsdatum geburtstag datedenaissance datenaissance fechadenacimiento fechanacimiento"},
    {"gender", ONE, "gender sex 性别 性別 geschlecht sexe sexo genero"},
    {"company", ONE,
     "company companyname employer employername accountname associatedcompany "
     "defaultaddresscompany 公司 公司名称 单位 工作单位 firma unternehmen societe entreprise "
     "empresa"},
    {"organization", MANY, "organization organisation organizationname organisationname"},
    {"birth_place", ONE,
     "birthplace placeofbirth birthcity cityofbirth birthtown birthlocation 出生地 籍贯 geburtsort "
     "lieudenaissance lieunaissance lugardenacimiento"},
    {"job_title", ONE,
     "jobtitle title position occupation profession job 职位 职务 职业 beruf metier ocupacion "
     "profesion"},
    {"language", ONE,
     "language preferredlanguage hslanguage locale lang languagecode 语言 语种 sprache langue "
     "idioma"},
    {"time_zone", ONE, "timezone tz hstimezone 时区"},
    {"website", ONE, "website websiteurl homepage 网站 网址"},
    /* the address */
    {"address_line", MANY,
     "addressline addressline1 address1 address street streetaddress street1 streetaddress1 "
     "addressstreet addressstreet1 addressaddress1 addressfull addressformatted mailingstreet "
     "personmailingstreet mailingaddress homeaddress contactaddress defaultaddressaddress1 "
     "defaultaddressstreet 地址 详细地址 联系地址 家庭地址 通讯地址 收货地址 詳細地址 聯絡地址 "
     "通訊地址 街道 街道地址 "
     "anschrift adresse adresse1 adresszeile1 strasse strassehausnummer strasseundhausnummer "
     "strassenr adressepostale rue direccion direccion1 direccionpostal domicilio calle"},
    {"street_number", ONE,
     "streetnumber streetno housenumber houseno buildingnumber 门牌号 hausnummer hausnr "
     "numeroderue numerodecalle"},
    {"address_line2", ONE,
     "addressline2 address2 street2 streetaddress2 streetaddressline2 addressstreet2 "
     "addressaddress2 defaultaddressaddress2 adresse2 adresszusatz adresszeile2 complementadresse "
     "complementdadresse direccion2"},
    {"city", ONE,
     "city town suburb addresscity addresstown addresssuburb mailingcity personmailingcity "
     "defaultaddresscity 市 城市 所在城市 ort stadt wohnort ville commune ciudad localidad "
     "poblacion municipio"},
    {"state", ONE,
     "state province stateregion stateprovince region statecode provincecode addressstate "
     "addressstatecode addressprovince addressprovincecode addressregion mailingstate "
     "personmailingstate mailingstateprovince defaultaddressprovincecode defaultaddressprovince "
     "defaultaddressstate 省 省份 所在省份 bundesland kanton provincia"},
    {"postcode", ONE,
     "postcode postalcode zip zipcode zippostalcode postalzip postalzipcode addresspostalcode "
     "addresspostcode addresszip addresszipcode mailingpostalcode personmailingpostalcode "
     "mailingzippostalcode mailingzip defaultaddresszip defaultaddresspostalcode 邮编 邮政编码 "
     "郵遞區號 plz "
     "postleitzahl codepostal codigopostal"},
    {"country", ONE,
     "country countryregion countrycode countryname addresscountry addresscountrycode "
     "addresscountryname mailingcountry personmailingcountry defaultaddresscountrycode "
     "defaultaddresscountry 国家 国家地区 國家 land pays pais"},
    {"latitude", ONE,
     "latitude lat geolat geolatitude locationlatitude addresslatitude gpslatitude gpslat "
     "mailinglatitude defaultaddresslatitude 纬度 緯度 breitengrad latitud"},
    {"longitude", ONE,
     "longitude lng lon geolng geolon geolongitude locationlongitude addresslongitude "
     "gpslongitude gpslng gpslon mailinglongitude defaultaddresslongitude 经度 經度 laengengrad "
     "langengrad longitud"},
    /* the record */
    {"created_at", ONE,
     "createdat createdate createddate creationdate createdon datecreated createtime createdtime "
     "registeredat registrationdate signupdate 注册时间 注册日期 创建时间 创建日期 建档时间 "
     "入会时间 开卡时间 erstelltam erstellungsdatum angelegtam datedecreation dateinscription "
     "datedinscription fechadecreacion fechadealta fechaderegistro"},
    {"updated_at", ONE,
     "updatedat updatedate updateddate updatedon dateupdated updatetime updatedtime lastmodified "
     "lastmodifieddate lastmodifiedat lastmodifiedon modifiedat modifieddate modifiedon lastupdate "
     "lastupdated lastupdatedat lastupdatedate systemmodstamp 更新时间 更新日期 修改时间 修改日期 "
     "最后修改时间 geandertam geaendertam aktualisiertam datedemodification datedemiseajour "
     "fechademodificacion fechadeactualizacion"},
    {"note", ONE,
     "note notes comment comments remark remarks 备注 備註 bemerkung bemerkungen notiz notizen "
     "kommentar remarque remarques commentaire commentaires observaciones notas comentario "
     "comentarios"},
    {"marketing_consent", ONE,
     "marketingconsent acceptsmarketing acceptsemailmarketing emailmarketingconsent "
     "emailmarketingconsentstate"},
    /* features as Senzing names them */
    {"full_name", ONE | FEATURE, "namefull"},
    {"family_name", ONE | FEATURE, "namelast"},
    {"given_name", ONE | FEATURE, "namefirst"},
    {"middle_name", ONE | FEATURE, "namemiddle"},
    {"organization", MANY | FEATURE, "nameorg"},
    {"address_line", MANY | FEATURE,
     "addrfull addrline1 addressfull addressline1 addressstreet addressstreet1"},
    {"address_line2", ONE | FEATURE, "addrline2 addressline2 addressstreet2"},
    {"city", ONE | FEATURE, "addrcity addresscity addresstown"},
    {"state", ONE | FEATURE, "addrstate addressstate addressprovince addressregion"},
    {"postcode", ONE | FEATURE,
     "addrpostalcode addresspostalcode addresspostcode addresszip addresszipcode"},
    {"country", ONE | FEATURE, "addrcountry addresscountry addresscountrycode"},
    {"phone", MANY | FEATURE, "phonenumber"},
    {"email", MANY | FEATURE, "emailaddress"},
    {"website", ONE | FEATURE, "websiteaddress"},
};

static const char *const feature_prefixes[] = {
    "primary", "secondary", "home",    "work",     "mobile",
    "cell",    "mailing",   "billing", "business", "other",
};

/* Whose attribute it is: customer.first_name, billing_address.phone, 会员手机号. Whom goods are
 * sent to (shipping, 收件人) is another person as often as not, so that is no attribute of the
 * customer. */
static const char *const owners[] = {
    "customer", "buyer", "member", "client", "contact", "person", "billingaddress",
    "billing",  "会员",  "买家",   "客户",   "顾客",    "用户",   "下单人",
    "购买人",   "會員",  "買家",   "客戶",   "顧客",    "用戶",   "訂購人",
};
#define OWNED_MIN_BYTES 4 /* 用户名 and 会员名 are names of accounts, 名 alone is a given name */

/* What else has an owner says something else of it: when it was made, what it is for. */
static const char *const owned = "given_name middle_name family_name full_name native_name email "
                                 "phone wechat_id national_id birth_date gender company "
                                 "address_line address_line2 city state postcode country";

/* What stands behind the name of what may come several times: phone.mobile, emails.work. */
static const char *const uses = "mobile cell cellular landline home private personal work office "
                                "business main primary secondary alternate alternative other "
                                "privat mobil geschaftlich portable fixe movil fijo";

static const char *const ignored = "datasource";
static const char *const sources = "datasource source sourcesystem 数据来源 来源系统";
static const char *const message_ids = "messageid eventid msgid 消息id 事件id";

/* Best first. Loyalty numbers and user ids come last: they are the source's own key only where it
 * has no other. */
static const char *const record_keys =
    "recordid recordidcontact hsobjectid id customerid "
    "customerno customernumber customercode custid custno "
    "contactid leadid clientid personid profileid uniqueid "
    "recid guid uuid 客户编号 客户号 客户id 客户代码 顾客编号 "
    "顾客id 客戶編號 顧客編號 kundennummer kundennr kundenid numeroclient "
    "numerodeclient noclient n°client idclient codeclient "
    "numerocliente numerodecliente nocliente n°cliente "
    "idcliente codigocliente codigodecliente 编号 loyaltyid "
    "loyaltynumber loyaltycardnumber memberid membernumber "
    "memberno membershipid membershipnumber membercardno "
    "membercode 会员号 会员编号 会员id 会员卡号 卡号 會員編號 會員號 會員卡號 userid "
    "用户id 用户编号 externalid";

/* The customer's key in a list of events: "id" there is the event's own. */
static const char *const event_keys =
    "customerid customerno customernumber customercode custid custno contactid clientid personid "
    "profileid recordid recid 客户编号 客户号 客户id 客户代码 顾客编号 顾客id 客戶編號 顧客編號 "
    "kundennummer "
    "kundennr kundenid numeroclient numerodeclient noclient n°client idclient codeclient "
    "numerocliente numerodecliente nocliente n°cliente idcliente codigocliente codigodecliente "
    "loyaltyid loyaltynumber loyaltycardnumber memberid membernumber memberno membershipid "
    "membershipnumber membercardno membercode 会员号 会员编号 会员id 会员卡号 卡号 會員編號 會員號 "
    "會員卡號 userid 用户id "
    "用户编号 externalid";

static const char *const times =
    "timestamp time datetime eventtime eventtimestamp occurredat eventdate orderdate ordertime "
    "orderedat orderdatetime ordertimestamp orderplacedat purchasedate purchasetime purchasedat "
    "transactiondate transactiontime transactiontimestamp transactiondatetime invoicedate "
    "visitdate visittime createdat createddate createdate createtime creationdate datecreated "
    "paidat paymentdate paymenttime processedat date 下单时间 下单日期 订单时间 订单日期 交易时间 "
    "交易日期 付款时间 支付时间 消费时间 消费日期 购买时间 购买日期 bestelldatum bestelltam "
    "kaufdatum rechnungsdatum datedecommande datecommande datedachat fechadepedido fechapedido "
    "fechadecompra datum fecha 发生时间 创建时间 时间 日期";

static const char *const identifiers[] = {
    "loyalty_id",  "national_id",    "user_id",         "email",     "phone",
    "external_id", "wechat_unionid", "wechat_openid",   "wechat_id", "anonymous_id",
    "device_id",   "passport",       "drivers_license", "tax_id",
};

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

/* Cores of names */

static bool is_upper(char c) {
    return c >= 'A' && c <= 'Z';
}

static bool is_lower(char c) {
    return c >= 'a' && c <= 'z';
}

static bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

static bool is_kept(char c) {
    return (unsigned char)c >= 0x80 || is_upper(c) || is_lower(c) || is_digit(c);
}

static char lower(char c) {
    return is_upper(c) ? (char)(c - 'A' + 'a') : c;
}

/* Writes the letter between U+00C0 and U+00FF whose second byte in UTF-8 this is (the first is C3)
 * without case and accent; false where it is none that German, French or Spanish have. */
static bool fold_latin(unsigned char second, char *out, size_t *used) {
    /* In two rows of 32 that differ in case; a blank: it stays as it is. */
    static const char plain[] = "aaaaaa ceeeeiiii nooooo  uuuuy  ";
    char letter = plain[(second - 0x80) % 0x20];
    if (second == 0x9F) { /* ß */
        out[(*used)++] = 's';
        letter = 's';
    }
    if (letter == ' ') {
        return false;
    }
    out[(*used)++] = letter;
    return true;
}

static bool core_of(const char *name, bool without_brackets, char out[CORE_BYTES]) {
    char clean[CORE_BYTES];
    size_t size = 0;
    size_t used = 0;
    unsigned depth = 0;
    if (!kithi_text_clean(name, strlen(name), clean, sizeof clean - 1, &size)) {
        return false;
    }
    for (size_t i = 0; i < size; i++) {
        depth += without_brackets && clean[i] == '(';
        if (depth == 0 && clean[i] == LATIN_LEAD && i + 1 < size &&
            fold_latin((unsigned char)clean[i + 1], out, &used)) {
            i++;
        } else if (is_kept(clean[i]) && depth == 0) {
            out[used++] = lower(clean[i]);
        }
        depth -= depth > 0 && clean[i] == ')';
    }
    out[used] = '\0';
    return used > 0;
}

/* The place of a word in a list separated by spaces, or -1. */
static int place_in(const char *list, const char *word) {
    size_t size = strlen(word);
    int place = 0;
    const char *at = list;
    while (*at != '\0') {
        size_t length = strcspn(at, " ");
        if (length == size && memcmp(at, word, size) == 0) {
            return place;
        }
        place++;
        at += length;
        at += *at == ' ';
    }
    return -1;
}

/* Looking up */

static const alias *find_core(const char *core, unsigned flags) {
    for (size_t i = 0; i < COUNT_OF(aliases); i++) {
        if ((aliases[i].flags & flags) == flags && place_in(aliases[i].names, core) >= 0) {
            return &aliases[i];
        }
    }
    return NULL;
}

/* PRIMARY_NAME_LAST, HOME_PHONE_NUMBER: the feature behind a word for its use. */
static const alias *find_feature(const char *core) {
    for (size_t i = 0; i < COUNT_OF(feature_prefixes); i++) {
        size_t size = strlen(feature_prefixes[i]);
        if (strncmp(core, feature_prefixes[i], size) == 0) {
            const alias *found = find_core(core + size, FEATURE);
            if (found != NULL) {
                return found;
            }
        }
    }
    return NULL;
}

/* What may come several times, by the first `size` bytes of a core. */
static const alias *find_repeated(const char *core, size_t size) {
    char shorter[CORE_BYTES];
    memcpy(shorter, core, size);
    shorter[size] = '\0';
    const alias *found = find_core(shorter, MANY);
    bool repeats = found != NULL && (strcmp(found->attribute, "phone") == 0 ||
                                     strcmp(found->attribute, "email") == 0);
    return repeats ? found : NULL;
}

/* "Phone 2", "E-mail 1": with a number behind the name. */
static const alias *find_numbered(const char *core) {
    size_t size = strlen(core);
    while (size > 0 && is_digit(core[size - 1])) {
        size--;
    }
    return size > 0 && core[size] != '\0' ? find_repeated(core, size) : NULL;
}

/* "phone.mobile", "emails.work": with a word for its use behind the name. */
static const alias *find_used(const char *core) {
    const alias *found = NULL;
    size_t size = strlen(core);
    for (const char *use = uses; found == NULL && *use != '\0';) {
        size_t length = strcspn(use, " ");
        if (size > length && memcmp(core + size - length, use, length) == 0) {
            found = find_repeated(core, size - length);
        }
        use += length;
        use += *use == ' ';
    }
    return found;
}

/* "customer.first_name", "会员手机号": what is its owner's, by the name without the owner. */
static const alias *find_owned(const char *core) {
    for (size_t i = 0; i < COUNT_OF(owners); i++) {
        size_t size = strlen(owners[i]);
        const alias *found = NULL;
        if (strncmp(core, owners[i], size) == 0 && strlen(core + size) >= OWNED_MIN_BYTES) {
            found = find_core(core + size, ONE);
            found = found ? found : find_numbered(core + size);
        }
        if (found != NULL && place_in(owned, found->attribute) >= 0) {
            return found;
        }
    }
    return NULL;
}

/* What data that was made up or made anonymous has behind the names of its columns. */
static const alias *find_unmarked(const char *core) {
    static const char *const marks[] = {"fake", "masked", "anonymised", "anonymized", "synthetic"};
    char bare[CORE_BYTES];
    size_t size = strlen(core);
    for (size_t i = 0; i < COUNT_OF(marks); i++) {
        size_t mark = strlen(marks[i]);
        if (size > mark && strcmp(core + size - mark, marks[i]) == 0) {
            memcpy(bare, core, size - mark);
            bare[size - mark] = '\0';
            return find_core(bare, ONE);
        }
    }
    return NULL;
}

static const alias *find(const char *core) {
    const alias *found = find_core(core, ONE);
    found = found ? found : find_unmarked(core);
    if (found == NULL) {
        found = find_feature(core);
    }
    bool status = strcmp(core, "customerstate") == 0; /* whether the shop enabled it */
    found = found || status ? found : find_owned(core);
    found = found ? found : find_numbered(core);
    return found ? found : find_used(core);
}

const char *kithi_columns_attribute(const char *name, bool *out_single) {
    char core[CORE_BYTES];
    const alias *found = NULL;
    for (size_t i = 0; i < COUNT_OF(aliases); i++) {
        if (strcmp(aliases[i].attribute, name) == 0) {
            found = &aliases[i];
            break;
        }
    }
    if (found == NULL && core_of(name, false, core)) {
        found = find(core);
    }
    if (found == NULL && core_of(name, true, core)) { /* "生日(必填)" */
        found = find(core);
    }
    if (found == NULL) {
        return NULL;
    }
    *out_single = (found->flags & MANY) == 0;
    return found->attribute;
}

static int rank_in(const char *list, const char *name) {
    char core[CORE_BYTES];
    int rank = core_of(name, false, core) ? place_in(list, core) : -1;
    return rank < 0 && core_of(name, true, core) ? place_in(list, core) : rank;
}

bool kithi_columns_is_ignored(const char *name) {
    return rank_in(ignored, name) >= 0;
}

bool kithi_columns_is_source(const char *name) {
    return rank_in(sources, name) >= 0;
}

int kithi_columns_key_rank(const char *name, bool of_events) {
    return rank_in(of_events ? event_keys : record_keys, name);
}

int kithi_columns_time_rank(const char *name) {
    return rank_in(times, name);
}

bool kithi_columns_is_message_id(const char *name) {
    return rank_in(message_ids, name) >= 0;
}

const char *kithi_columns_identifier(size_t rank) {
    return rank < COUNT_OF(identifiers) ? identifiers[rank] : NULL;
}

int kithi_columns_identifier_rank(const char *attribute) {
    for (size_t i = 0; i < COUNT_OF(identifiers); i++) {
        if (strcmp(identifiers[i], attribute) == 0) {
            return (int)i;
        }
    }
    return -1;
}

bool kithi_columns_same(const char *a, const char *b) {
    char core_a[CORE_BYTES];
    char core_b[CORE_BYTES];
    return core_of(a, false, core_a) && core_of(b, false, core_b) && strcmp(core_a, core_b) == 0;
}

/* Snake case */

/* Whether a word begins at text[at] with no mark before it: customerId, HTMLPage. */
static bool begins_word(const char *text, size_t size, size_t at) {
    if (at == 0 || !is_upper(text[at])) {
        return false;
    }
    char before = text[at - 1];
    bool acronym_ends = is_upper(before) && at + 1 < size && is_lower(text[at + 1]);
    return is_lower(before) || is_digit(before) || acronym_ends;
}

bool kithi_columns_snake(const char *name, char *out, size_t capacity) {
    char clean[CORE_BYTES];
    size_t size = 0;
    size_t used = 0;
    bool gap = false;
    if (!kithi_text_clean(name, strlen(name), clean, sizeof clean, &size)) {
        return false;
    }
    for (size_t i = 0; i < size; i++) {
        char c = clean[i];
        if (!is_kept(c) && c != '.') {
            gap = true;
            continue;
        }
        gap = (gap || begins_word(clean, size, i)) && used > 0 && out[used - 1] != '.' && c != '.';
        if (used + 2 >= capacity) {
            return false;
        }
        if (gap) {
            out[used++] = '_';
        }
        if (c != '.' || (used > 0 && out[used - 1] != '.')) {
            out[used++] = lower(c);
        }
        gap = false;
    }
    while (used > 0 && out[used - 1] == '.') {
        used--;
    }
    if (capacity > 0) {
        out[used] = '\0';
    }
    return used > 0;
}
