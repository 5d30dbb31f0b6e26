#include <stdio.h>

#include "person_places.h"

enum { CITY_TRADITIONAL = 2, CITY_PINYIN, CITY_POSTCODE, CITY_POSTCODES, CITY_PROVINCE };

/* Inhabitants in ten thousands and postcodes are roughly right. Simplified, weight, traditional,
 * pinyin, first postcode in hundreds, how many hundreds, the province in the three scripts. */
const char *const person_han_city_lines[] = {
    "北京,2150,北京,Beijing,1000,22,北京,北京,Beijing",
    "上海,2480,上海,Shanghai,2000,22,上海,上海,Shanghai",
    "广州,1870,廣州,Guangzhou,5100,9,广东,廣東,Guangdong",
    "深圳,1760,深圳,Shenzhen,5180,2,广东,廣東,Guangdong",
    "重庆,1600,重慶,Chongqing,4000,20,重庆,重慶,Chongqing",
    "成都,1650,成都,Chengdu,6100,9,四川,四川,Sichuan",
    "天津,1380,天津,Tianjin,3000,20,天津,天津,Tianjin",
    "武汉,1230,武漢,Wuhan,4300,9,湖北,湖北,Hubei",
    "西安,1220,西安,Xi'an,7100,9,陕西,陝西,Shaanxi",
    "杭州,1190,杭州,Hangzhou,3100,9,浙江,浙江,Zhejiang",
    "东莞,1040,東莞,Dongguan,5230,5,广东,廣東,Guangdong",
    "南京,930,南京,Nanjing,2100,9,江苏,江蘇,Jiangsu",
    "佛山,950,佛山,Foshan,5280,2,广东,廣東,Guangdong",
    "沈阳,900,瀋陽,Shenyang,1100,9,辽宁,遼寧,Liaoning",
    "青岛,1000,青島,Qingdao,2660,9,山东,山東,Shandong",
    "济南,920,濟南,Jinan,2500,9,山东,山東,Shandong",
    "长沙,1000,長沙,Changsha,4100,9,湖南,湖南,Hunan",
    "哈尔滨,950,哈爾濱,Harbin,1500,9,黑龙江,黑龍江,Heilongjiang",
    "大连,740,大連,Dalian,1160,9,辽宁,遼寧,Liaoning",
    "郑州,1260,鄭州,Zhengzhou,4500,9,河南,河南,Henan",
    "苏州,1270,蘇州,Suzhou,2150,9,江苏,江蘇,Jiangsu",
    "厦门,510,廈門,Xiamen,3610,5,福建,福建,Fujian",
    "福州,830,福州,Fuzhou,3500,9,福建,福建,Fujian",
    "昆明,840,昆明,Kunming,6500,9,云南,雲南,Yunnan",
    "合肥,930,合肥,Hefei,2300,9,安徽,安徽,Anhui",
    "宁波,940,寧波,Ningbo,3150,9,浙江,浙江,Zhejiang",
    NULL,
};
const char *const person_han_street_lines[] = {
    "中山,40,中山,Zhongshan|人民,40,人民,Renmin|解放,36,解放,Jiefang|建设,34,建設,Jianshe",
    "和平,24,和平,Heping|新华,26,新華,Xinhua|文化,20,文化,Wenhua|胜利,18,勝利,Shengli",
    "长江,18,長江,Changjiang|黄河,16,黃河,Huanghe|南京,14,南京,Nanjing|北京,14,北京,Beijing",
    "上海,10,上海,Shanghai|东风,16,東風,Dongfeng|光明,12,光明,Guangming|迎宾,10,迎賓,Yingbin",
    "滨江,12,濱江,Binjiang|滨河,10,濱河,Binhe|花园,12,花園,Huayuan|学院,14,學院,Xueyuan",
    "大学,8,大學,Daxue|科技,10,科技,Keji|工业,12,工業,Gongye|朝阳,14,朝陽,Chaoyang|环城,10,環城,"
    "Huancheng",
    "延安,12,延安,Yan'an|民主,8,民主,Minzhu|友谊,10,友誼,Youyi|五一,10,五一,Wuyi|体育,8,體育,Tiyu",
    "天河,6,天河,Tianhe|西湖,8,西湖,Xihu|莲花,8,蓮花,Lianhua|金沙,6,金沙,Jinsha|龙华,6,龍華,"
    "Longhua",
    NULL,
};
/* Kinds of streets, in the three scripts; a side of the sky parts long roads. */
static const char *const kinds[][3] = {
    {"路", "路", "Road"},           {"路", "路", "Road"},           {"街", "街", "Street"},
    {"大道", "大道", "Avenue"},     {"东路", "東路", "East Road"},  {"西路", "西路", "West Road"},
    {"南路", "南路", "South Road"}, {"北路", "北路", "North Road"},
};
#define KINDS (sizeof kinds / sizeof kinds[0])

void person_draw_han_place(const person_places *places, person_random *random,
                           person_place *place) {
    const word_table *cities = &places->han_cities;
    place->city = (uint32_t)word_table_draw(cities, random);
    place->postcode =
        word_table_number(cities, place->city, CITY_POSTCODE) * 100 +
        person_draw_below(random, 100 * word_table_number(cities, place->city, CITY_POSTCODES));
    place->street = (uint16_t)word_table_draw(&places->han_streets, random);
    place->kind = (uint8_t)person_draw_below(random, KINDS);
    place->number = 1 + person_draw_below(random, 900);
    place->has_unit = true;
    place->unit = (1 + person_draw_below(random, 28)) * 100 + 1 + person_draw_below(random, 6);
}

void person_write_han_place(const person_places *places, const person_place *place,
                            han_script script, person_address *out) {
    static const unsigned fields[] = {0, CITY_TRADITIONAL, CITY_PINYIN};
    char street[WORD_BYTES];
    word_table_field(&places->han_streets, place->street, fields[script], street);
    const char *kind = kinds[place->kind][script];
    if (script == HAN_ROMANISED) {
        snprintf(out->line, sizeof out->line, "Room %u, No. %u %s %s", place->unit, place->number,
                 street, kind);
    } else {
        snprintf(out->line, sizeof out->line, "%s%s%u%s%u室", street, kind, place->number,
                 script == HAN_TRADITIONAL ? "號" : "号", place->unit);
    }
    snprintf(out->postcode, sizeof out->postcode, "%06u", place->postcode);
    word_table_field(&places->han_cities, place->city, fields[script], out->city);
    word_table_field(&places->han_cities, place->city, CITY_PROVINCE + (unsigned)script,
                     out->state);
}
