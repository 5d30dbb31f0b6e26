#include "person_han.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#define ONE_CHARACTER 220 /* of a thousand given names */

/*
 * The order and the shares of the surnames are those that China's Ministry of Public Security and
 * the press report for the most frequent ones, rounded, in about one of ten thousand; the last
 * ones, with the compound names, are estimates of our own.
 */
static const char *const surnames[] = {
    "王,718,王,Wang|李,719,李,Li|张,674,張,Zhang|刘,517,劉,Liu|陈,461,陳,Chen|杨,322,楊,Yang",
    "赵,224,趙,Zhao|黄,223,黃,Huang|周,210,周,Zhou|吴,200,吳,Wu|徐,166,徐,Xu|孙,152,孫,Sun",
    "胡,129,胡,Hu|朱,128,朱,Zhu|高,119,高,Gao|林,117,林,Lin|何,116,何,He|郭,115,郭,Guo|马,105,馬,"
    "Ma",
    "罗,95,羅,Luo|梁,94,梁,Liang|宋,92,宋,Song|郑,90,鄭,Zheng|谢,86,謝,Xie|韩,83,韓,Han|唐,80,唐,"
    "Tang",
    "冯,77,馮,Feng|于,76,于,Yu|董,72,董,Dong|萧,71,蕭,Xiao|程,68,程,Cheng|曹,67,曹,Cao|袁,64,袁,"
    "Yuan",
    "邓,63,鄧,Deng|许,62,許,Xu|傅,61,傅,Fu|沈,60,沈,Shen|曾,59,曾,Zeng|彭,58,彭,Peng|吕,56,呂,Lv",
    "苏,54,蘇,Su|卢,53,盧,Lu|蒋,52,蔣,Jiang|蔡,51,蔡,Cai|贾,49,賈,Jia|丁,48,丁,Ding|魏,47,魏,Wei",
    "薛,46,薛,Xue|叶,45,葉,Ye|阎,44,閻,Yan|余,43,余,Yu|潘,42,潘,Pan|杜,41,杜,Du|戴,40,戴,Dai",
    "夏,39,夏,Xia|钟,38,鍾,Zhong|汪,37,汪,Wang|田,37,田,Tian|任,36,任,Ren|姜,36,姜,Jiang|范,35,范,"
    "Fan",
    "方,34,方,Fang|石,33,石,Shi|姚,33,姚,Yao|谭,32,譚,Tan|廖,31,廖,Liao|邹,30,鄒,Zou|熊,30,熊,"
    "Xiong",
    "金,29,金,Jin|陆,29,陸,Lu|郝,28,郝,Hao|孔,28,孔,Kong|白,27,白,Bai|崔,27,崔,Cui|康,26,康,Kang",
    "毛,26,毛,Mao|邱,25,邱,Qiu|秦,25,秦,Qin|江,24,江,Jiang|史,24,史,Shi|顾,23,顧,Gu|侯,23,侯,Hou",
    "邵,22,邵,Shao|孟,22,孟,Meng|龙,21,龍,Long|万,21,萬,Wan|段,20,段,Duan|雷,20,雷,Lei|钱,19,錢,"
    "Qian",
    "汤,19,湯,Tang|尹,18,尹,Yin|黎,18,黎,Li|易,17,易,Yi|常,17,常,Chang|武,16,武,Wu|乔,16,喬,Qiao",
    "贺,15,賀,He|赖,15,賴,Lai|龚,14,龔,Gong|文,14,文,Wen|庞,12,龐,Pang|樊,12,樊,Fan|兰,11,蘭,Lan",
    "殷,11,殷,Yin|施,11,施,Shi|陶,10,陶,Tao|洪,10,洪,Hong|翟,9,翟,Zhai|安,9,安,An|颜,9,顏,Yan",
    "倪,8,倪,Ni|严,8,嚴,Yan|牛,8,牛,Niu|温,8,溫,Wen|芦,7,蘆,Lu|季,7,季,Ji|俞,7,俞,Yu|章,7,章,Zhang",
    "鲁,6,魯,Lu|葛,6,葛,Ge|伍,6,伍,Wu|韦,6,韋,Wei|申,5,申,Shen|尤,5,尤,You|毕,5,畢,Bi|聂,5,聶,Nie",
    "单,4,單,Shan|解,3,解,Xie|仇,2,仇,Qiu|欧阳,6,歐陽,Ouyang|司马,2,司馬,Sima|上官,2,上官,"
    "Shangguan",
    "诸葛,1,諸葛,Zhuge|司徒,1,司徒,Situ|令狐,1,令狐,Linghu|皇甫,1,皇甫,Huangfu",
    NULL,
};
/* Characters usual in given names, with estimates of our own. */
static const char *const men[] = {
    "伟,60,偉,wei|强,45,強,qiang|军,45,軍,jun|磊,40,磊,lei|勇,40,勇,yong|杰,42,傑,jie|涛,38,濤,tao",
    "明,45,明,ming|超,35,超,chao|刚,30,剛,gang|平,30,平,ping|辉,32,輝,hui|鹏,32,鵬,peng|华,36,華,"
    "hua",
    "飞,28,飛,fei|鑫,26,鑫,xin|波,26,波,bo|斌,28,斌,bin|宇,34,宇,yu|浩,36,浩,hao|凯,26,凱,kai",
    "健,26,健,jian|俊,34,俊,jun|帆,18,帆,fan|帅,18,帥,shuai|旭,20,旭,xu|宁,16,寧,ning|龙,24,龍,"
    "long",
    "林,22,林,lin|阳,22,陽,yang|建,40,建,jian|国,36,國,guo|志,38,志,zhi|文,36,文,wen|海,28,海,hai",
    "东,24,東,dong|晓,28,曉,xiao|小,24,小,xiao|永,22,永,yong|洪,16,洪,hong|红,10,紅,hong|春,12,春,"
    "chun",
    "光,16,光,guang|正,16,正,zheng|德,18,德,de|庆,16,慶,qing|生,14,生,sheng|成,18,成,cheng",
    "家,18,家,jia|嘉,16,嘉,jia|子,24,子,zi|梓,16,梓,zi|轩,22,軒,xuan|泽,20,澤,ze|天,18,天,tian",
    "昊,16,昊,hao|然,18,然,ran|博,20,博,bo|瑞,16,瑞,rui|锐,8,銳,rui|晨,18,晨,chen|辰,14,辰,chen",
    "佳,10,佳,jia|毅,14,毅,yi|义,10,義,yi|峰,22,峰,feng|锋,14,鋒,feng|雷,14,雷,lei|亮,20,亮,liang",
    "良,10,良,liang|松,12,松,song|坤,12,坤,kun|昆,6,昆,kun|振,14,振,zhen|立,14,立,li|力,10,力,li",
    "利,10,利,li|金,14,金,jin|锦,8,錦,jin|少,10,少,shao|思,10,思,si|一,12,一,yi|新,14,新,xin",
    "欣,6,欣,xin|胜,12,勝,sheng|兵,10,兵,bing|彬,12,彬,bin|启,8,啟,qi|奇,8,奇,qi|祥,12,祥,xiang",
    "翔,12,翔,xiang|云,12,雲,yun|运,6,運,yun|学,12,學,xue|忠,10,忠,zhong|中,8,中,zhong|长,8,長,"
    "chang",
    "昌,8,昌,chang|贵,8,貴,gui|桂,6,桂,gui|福,8,福,fu|富,6,富,fu|荣,12,榮,rong|民,10,民,min|敏,6,"
    "敏,min",
    NULL,
};
static const char *const women[] = {
    "芳,42,芳,fang|娜,36,娜,na|敏,40,敏,min|静,42,靜,jing|丽,44,麗,li|艳,34,豔,yan|娟,34,娟,juan",
    "霞,28,霞,xia|秀,30,秀,xiu|英,32,英,ying|燕,30,燕,yan|玲,32,玲,ling|桂,16,桂,gui|兰,22,蘭,lan",
    "梅,24,梅,mei|红,34,紅,hong|玉,26,玉,yu|婷,34,婷,ting|雪,26,雪,xue|慧,26,慧,hui|惠,14,惠,hui",
    "莉,20,莉,li|颖,22,穎,ying|洁,22,潔,jie|倩,20,倩,qian|琳,22,琳,lin|萍,24,萍,ping|丹,22,丹,dan",
    "晶,16,晶,jing|璐,14,璐,lu|蕾,14,蕾,lei|欣,24,欣,xin|怡,22,怡,yi|佳,26,佳,jia|嘉,12,嘉,jia",
    "琪,18,琪,qi|瑶,16,瑤,yao|梦,22,夢,meng|雨,26,雨,yu|宇,8,宇,yu|诗,18,詩,shi|涵,24,涵,han",
    "子,20,子,zi|梓,18,梓,zi|紫,10,紫,zi|萱,18,萱,xuan|轩,6,軒,xuan|思,22,思,si|晓,28,曉,xiao",
    "小,24,小,xiao|美,20,美,mei|文,20,文,wen|雯,14,雯,wen|春,16,春,chun|秋,10,秋,qiu|月,16,月,yue",
    "悦,14,悅,yue|云,18,雲,yun|芸,8,芸,yun|凤,14,鳳,feng|华,22,華,hua|花,8,花,hua|珍,14,珍,zhen",
    "真,6,真,zhen|珠,8,珠,zhu|莲,12,蓮,lian|莹,18,瑩,ying|盈,6,盈,ying|冰,10,冰,bing|心,10,心,xin",
    "馨,12,馨,xin|依,12,依,yi|一,14,一,yi|语,10,語,yu|可,12,可,ke|妍,12,妍,yan|彦,4,彥,yan",
    "菲,10,菲,fei|飞,4,飛,fei|楠,12,楠,nan|南,4,南,nan|宁,12,寧,ning|薇,12,薇,wei|微,4,微,wei",
    "巧,8,巧,qiao|爱,10,愛,ai|淑,14,淑,shu|舒,8,舒,shu|素,8,素,su|香,10,香,xiang|翠,8,翠,cui",
    "林,6,林,lin|青,8,青,qing|清,8,清,qing|晴,8,晴,qing|彤,10,彤,tong|桐,6,桐,tong|璇,10,璇,xuan",
    NULL,
};

void han_names_load(han_names *names) {
    word_table_load(&names->surnames, surnames);
    word_table_load(&names->given[0], men);
    word_table_load(&names->given[1], women);
}

uint32_t han_draw_surname(const han_names *names, person_random *random) {
    return (uint32_t)word_table_draw(&names->surnames, random);
}

han_given han_draw_given(const han_names *names, bool female, person_random *random) {
    const word_table *table = &names->given[female];
    bool is_short = person_draw_chance(random, ONE_CHARACTER);
    han_given given = {{(uint16_t)word_table_draw(table, random), HAN_NONE}};
    if (!is_short) {
        given.character[1] = (uint16_t)word_table_draw(table, random);
    }
    return given;
}

static unsigned field_of(han_script script) {
    return script == HAN_SIMPLIFIED ? 0 : script == HAN_TRADITIONAL ? 2 : 3;
}

char *han_surname(const han_names *names, uint32_t surname, han_script script,
                  char out[WORD_BYTES]) {
    return word_table_field(&names->surnames, surname, field_of(script), out);
}

char *han_given_name(const han_names *names, bool female, han_given given, han_script script,
                     const char *joint, char out[WORD_BYTES]) {
    char part[HAN_GIVEN_MAX][WORD_BYTES] = {"", ""};
    bool has_second = given.character[1] != HAN_NONE;
    for (unsigned i = 0; i < 1U + has_second; i++) {
        word_table_field(&names->given[female], given.character[i], field_of(script), part[i]);
    }
    bool romanised = script == HAN_ROMANISED;
    snprintf(out, WORD_BYTES, "%.20s%s%.20s", part[0], romanised && has_second ? joint : "",
             part[1]);
    for (char *c = out; romanised && *c; c++) {
        bool begins = c == out || c[-1] == ' ';
        *c = (char)(begins ? toupper((unsigned char)*c) : *c);
    }
    return out;
}

bool han_draw_homophone(const han_names *names, bool female, han_given *given,
                        person_random *random) {
    const word_table *table = &names->given[female];
    unsigned at = given->character[1] != HAN_NONE ? person_draw_below(random, HAN_GIVEN_MAX) : 0;
    char sound[WORD_BYTES];
    word_table_field(table, given->character[at], 3, sound);
    uint32_t from = person_draw_below(random, (uint32_t)table->count);
    for (size_t i = 0; i < table->count; i++) {
        char other[WORD_BYTES];
        size_t index = (from + i) % table->count;
        if (index != given->character[at] &&
            strcmp(word_table_field(table, index, 3, other), sound) == 0) {
            given->character[at] = (uint16_t)index;
            return true;
        }
    }
    return false;
}
