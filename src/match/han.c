#include "src/match/han.h"

#include <string.h>

#include "src/base/letters.h"
#include "src/base/text.h"

#define HAN_BYTES 3 /* of a character in the tables below */

/* Pairs: a form, and the one that stands for it. All are three bytes long. */
static const char variants[] = "偉伟國国華华東东劉刘陳陈張张楊杨趙赵黃黄吳吴孫孙馬马許许鄭郑謝谢"
                               "韓韩馮冯鄧邓葉叶蔣蒋餘余蘇苏呂吕盧卢鍾钟鐘钟譚谭陸陆範范賈贾韋韦"
                               "鄒邹蕭萧閻阎龍龙萬万賀贺賴赖龔龚龐庞齊齐歐欧遲迟諸诸賓宾嚴严溫温"
                               "莊庄關关蘭兰譽誉榮荣瑩莹鳳凤鵬鹏飛飞麗丽紅红綠绿蓮莲藝艺傑杰強强"
                               "軍军寶宝貴贵慶庆興兴運运達达連连遠远進进銘铭鋒锋鋼钢鈞钧錦锦銀银"
                               "鎮镇長长門门開开聞闻陽阳陰阴階阶隊队雲云電电霧雾靜静順顺頌颂題题"
                               "顏颜願愿顯显風风駿骏騰腾驚惊魚鱼鮮鲜鳴鸣鴻鸿鶴鹤麥麦黨党齡龄愛爱"
                               "憲宪應应懷怀戀恋戰战揚扬擇择擴扩曉晓曄晔晉晋時时書书會会棟栋業业"
                               "極极樂乐樹树橋桥歡欢氣气漢汉潔洁潤润濤涛瀟潇灝灏煒炜煥焕燁烨燦灿"
                               "爾尔獻献瑋玮瑤瑶環环瓊琼畢毕異异盡尽盤盘祿禄禮礼禎祯穎颖競竞節节"
                               "紀纪純纯紹绍經经維维綺绮緒绪緣缘練练縣县繼继纓缨義义習习聖圣聰聪"
                               "聲声職职膽胆臨临與与艷艳蕓芸薔蔷蘊蕴蘆芦衛卫裝装親亲觀观訓训詠咏"
                               "詩诗詳详誠诚語语調调論论諾诺謙谦謹谨證证識识議议讓让豐丰貞贞財财"
                               "貫贯費费貝贝賢贤質质賽赛贊赞躍跃車车軒轩軼轶輕轻輝辉輪轮轉转農农"
                               "遙遥適适選选鄉乡釗钊釋释劍剑創创劃划動动勁劲勝胜勛勋勳勋勵励勸劝"
                               "區区協协單单嘯啸嚮向圓圆園园團团執执堅坚塵尘壽寿夢梦奮奋姍姗娛娱"
                               "嬋婵嬌娇學学寧宁寬宽審审將将專专導导屆届嶽岳嵐岚峯峰崗岗嶺岭巖岩"
                               "帥帅師师幫帮幹干庫库廣广廳厅彥彦後后從从復复徵征徳德恆恒恵惠惲恽"
                               "澤泽沢泽邊边邉边辺边齋斋斎斋斉齐広广髙高﨑崎嵜崎眞真濱滨浜滨櫻樱"
                               "桜樱竜龙澀涩渋涩栄荣黒黑増增島岛嶋岛舘馆館馆瀧泷滝泷瀨濑瀬濑戶户"
                               "戸户淺浅豊丰實实実实彌弥圖图図图絵绘繪绘條条鐵铁鉄铁澁涩僑侨倫伦"
                               "傳传優优儀仪億亿兒儿內内兩两冊册凱凯則则剛刚貽贻賜赐鴛鸳鶯莺鵑鹃"
                               "鸞鸾驪骊騏骐駒驹駱骆騫骞閔闵閩闽闕阙闞阚鄔邬鄺邝竇窦賁贲藍蓝藺蔺"
                               "蘄蕲鍵键鎧铠鏡镜鑒鉴鑑鉴臺台穀谷轅辕離离獨独顓颛榖谷夾夹納纳覺觉"
                               "羅罗";

/* Surnames of two characters, in folded form. */
static const char surnames[] =
    "欧阳司马上官诸葛东方皇甫尉迟公孙令狐慕容司徒司空夏侯宇文长孙端木百里东郭南宫呼延西门左丘"
    "公冶公羊澹台公西太史申屠公良拓跋轩辕赫连钟离闾丘宗政濮阳淳于单于太叔仲孙万俟闻人独孤司寇"
    "第五羊舌微生梁丘段干鲜于亓官巫马颛孙壤驷漆雕乐正宰父谷梁夹谷公仪公户公玉公仲公门公山公坚"
    "公伯东门东里南门即墨达奚褚师贺兰纳兰完颜耶律叶赫那拉西陵归海南荣北宫屠岸库狄宿勤贺拔贺若";

void kithi_han_fold(char *text, size_t size) {
    for (size_t at = 0; at + HAN_BYTES <= size;) {
        size_t start = at;
        int32_t c = kithi_text_next(text, size, &at);
        if (at - start != HAN_BYTES || !kithi_text_is_han(c)) {
            continue;
        }
        for (size_t i = 0; i < sizeof variants - 1; i += 2 * HAN_BYTES) {
            if (memcmp(text + start, variants + i, HAN_BYTES) == 0) {
                memcpy(text + start, variants + i + HAN_BYTES, HAN_BYTES);
                break;
            }
        }
    }
}

bool kithi_han_is(const char *text, size_t size) {
    bool any = false;
    for (size_t at = 0; at < size;) {
        kithi_script script = kithi_text_script(kithi_text_next(text, size, &at));
        if (script != KITHI_SCRIPT_HAN && script != KITHI_SCRIPT_NONE) {
            return false;
        }
        any = any || script == KITHI_SCRIPT_HAN;
    }
    return any;
}

static bool begins_with_long_surname(const char *text, size_t size) {
    for (size_t i = 0; size >= 2 * HAN_BYTES && i < sizeof surnames - 1; i += 2 * HAN_BYTES) {
        if (memcmp(text, surnames + i, 2 * HAN_BYTES) == 0) {
            return true;
        }
    }
    return false;
}

static size_t first_character(const char *text, size_t size) {
    size_t at = 0;
    kithi_text_next(text, size, &at);
    return at;
}

size_t kithi_han_surname(const char *text, size_t size) {
    /* A surname of two is taken only where a given name is left. */
    bool longer = size > 2 * HAN_BYTES && begins_with_long_surname(text, size);
    return longer ? 2 * HAN_BYTES : first_character(text, size);
}

bool kithi_han_is_surname(const char *text, size_t size) {
    return size > 0 && (first_character(text, size) == size ||
                        (size == 2 * HAN_BYTES && begins_with_long_surname(text, size)));
}
