#!/usr/bin/env python3
"""Writes readings.txt and variants.txt from the Unihan database of Unicode: make_data.py FOLDER

FOLDER holds Unihan_*.txt or, as Debian's package unicode-data has them, Unihan_*.txt.bz2. This is run by hand, for a new
version of Unicode or a pair added below; the build reads the two files (make_tables.py).
"""

import bz2
import collections
import pathlib
import sys
import unicodedata

HERE = pathlib.Path(__file__).parent
FILES = ("Readings", "Variants", "OtherMappings", "IRGSources")
BLOCK = {chr(c) for c in range(0x4E00, 0xA000)}  # the forms that stand for others are all here

# Pairs that Unihan lacks, or says otherwise than names need: a form, and the one that stands for it. Most are forms of
# the Japanese tables (jōyō, and what registers of families use).
BY_HAND = """
    锺钟 徵征 乹乾 浜滨 﨑崎 嵜崎 碕崎 邉边 辺边 沢泽 斎斋 𠮷吉 嶋岛 嶌岛 桒桑 曻升 濵滨 槗桥 𣘺桥 靏鹤 靍鹤 舩船
    籏旗 籔薮 﨟腊 渕渊 豊丰 弐贰 壱壹 糸丝 図图 帰归 対对 歯齿 煕熙 経经 絵绘 継继 続续 総总 縄绳 聡聪 粛肃
    脳脑 蛍萤 蝿蝇 覚觉 観观 訳译 読读 賎贱 軽轻 遅迟 醤酱 釈释 鉄铁 鉱矿 銭钱 錬炼 闘斗 霊灵 頬颊 顔颜 駅驿 髄髓
    鴎鸥 齢龄 亀龟 穐秋 靑青 淸清 仮假 剤剂 勧劝 囲围 圧压 壌壤 姫姬 尭尧 巌岩 悩恼 択择 拠据 拡扩 挙举 査查 桟栈
    権权 歓欢 殻壳 済济 渓溪 満满 営营 犠牺 猟猎 発发 穏稳 駈驱 麺面 乕虎 栃枥 薗园 躰体 騨驒 鯵鲹 晧皓 嶽岳 秊年
    埈峻 翆翠 燿耀 舗铺 葊庵 諌谏 讚赞 鉅巨 閒间 陞升 昇升 颕颖 驩欢 鳯凤 龢和 脩修 労劳 廃废 閲阅 甁瓶 繍绣 祕秘
    儁俊 崑昆 寀采 榦干 瀰弥 淩凌 綵彩 翫玩 蔘参 藴蕴 豔艳 遊游 霑沾 頽颓 産产 旣既 稜棱 佈布 佔占 鍼针 慼戚 欅榉
    灩滟 嚮向 掻搔 撹搅 唖哑 蝋蜡 暠皓 凃涂
"""

# Readings of given names where Unihan has another first.
READINGS = {
    "〇": "ling", "伽": "jia", "地": "di", "拓": "tuo", "晟": "sheng", "曾": "zeng", "莘": "xin", "著": "zhu", "长": "chang",
}

VOWELS = set("aeiou")  # hm, m and n are interjections

HEAD = """\
# {what}
# From the Unihan database of Unicode {version}, {fields};
# modified: see make_data.py, which writes this file. Licence: LICENSE.unicode.
"""


def read(folder):
    """What Unihan says: character -> field -> value; and its version."""
    said = collections.defaultdict(dict)
    version = None
    for name in FILES:
        path = pathlib.Path(folder) / f"Unihan_{name}.txt"
        packed = path.with_name(path.name + ".bz2")
        with (bz2.open(packed, "rt", encoding="utf-8") if packed.exists() else open(path, encoding="utf-8")) as lines:
            for line in lines:
                if line.startswith("# Unicode version:"):
                    version = line.split()[-1]
                elif line.startswith("U+"):
                    code, field, value = line.rstrip("\n").split("\t")
                    said[chr(int(code[2:], 16))][field] = value
    return said, version


class Han:
    def __init__(self, said):
        self.said = said
        self.standard = {c for c in said if "kTGH" in said[c]}  # the 8,105 characters of the table of 2013
        self.stands = {}

    def others(self, character, field):
        """The characters that a field of variants names, but not the character itself."""
        words = self.said[character].get(field, "").split()
        return [other for other in (chr(int(word.split("<")[0][2:], 16)) for word in words) if other != character]

    def reading(self, character):
        """Without its tone; ü is u, as in passports and in folded text."""
        if character in READINGS:
            return READINGS[character]
        marked = self.said[character].get("kMandarin", "").split(" ")[0]
        return "".join(c for c in unicodedata.normalize("NFD", marked) if not unicodedata.combining(c))

    def is_chinese(self, character):
        """Whether the character belongs to the usual sets of China or Taiwan: others have readings in name only."""
        sources = self.said[character].get("kIRG_GSource", "-"), self.said[character].get("kIRG_TSource", "-")
        return character in self.standard or sources[0].split("-")[0] in ("G0", "G1") or \
            sources[1].split("-")[0] in ("T1", "T2")

    def form(self, character):
        seen = set()
        while character in self.stands and character not in seen:
            seen.add(character)
            character = self.stands[character]
        return character

    def fold(self, variant, form):
        """Lets one stand for another, unless that is said already or goes in a circle."""
        if variant not in self.stands and self.form(form) != variant and variant != form:
            self.stands[variant] = form

    def fold_by_hand(self):
        for variant, form in BY_HAND.split():
            self.fold(variant, form)

    def fold_traditional(self):
        """A simplified form stands for the traditional one, unless that is a standard character of its own."""
        for character in sorted(self.said):
            simplified = self.others(character, "kSimplifiedVariant")
            if character in self.standard or character not in BLOCK or not simplified:
                continue
            known = [c for c in simplified if c in BLOCK]
            known.sort(key=lambda c: c not in self.standard)
            if known:
                self.fold(character, known[0])
            else:
                for other in simplified:
                    if other in self.standard:
                        self.fold(other, character)

    def fold_japanese(self):
        """The new form of the Japanese tables and the old one, which they name."""
        for old in sorted(self.said):
            for word in self.said[old].get("kJinmeiyoKanji", "").split():
                code = word.partition(":U+")[2]
                new = chr(int(code, 16)) if code else old
                if new == old or new not in BLOCK or old not in BLOCK:
                    continue
                if new not in self.standard:
                    self.fold(new, old)
                elif old not in self.standard:
                    self.fold(old, new)

    def fold_others(self):
        """Other variants, where one standard character with the same reading is named."""
        for character in sorted(BLOCK - self.standard - set(self.stands)):
            named = self.others(character, "kSemanticVariant") + self.others(character, "kZVariant")
            forms = {self.form(other) for other in named}
            forms = {c for c in forms if c in self.standard & BLOCK and self.reading(c) == self.reading(character) != ""}
            if len(forms) == 1:
                self.fold(character, forms.pop())

    def variants(self):
        """Form -> its variants."""
        out = collections.defaultdict(list)
        for variant in self.stands:
            form = self.form(variant)
            assert form in BLOCK, (variant, form)
            out[form].append(variant)
        return out

    def readings(self):
        """Syllable -> the characters that have it and stand for themselves."""
        forms = set(self.variants())
        out = collections.defaultdict(list)
        for character in set(self.said) | set(READINGS):
            usual = character in self.standard or (character in BLOCK and self.is_chinese(character))
            syllable = self.reading(character)
            wanted = usual or character in forms or character in READINGS
            if wanted and character not in self.stands and VOWELS & set(syllable):
                out[syllable].append(character)
        return out


def write(name, what, fields, version, lines):
    head = HEAD.format(what=what, version=version, fields=fields)
    (HERE / name).write_text(head + "".join(line + "\n" for line in lines), encoding="utf-8")


def main():
    said, version = read(sys.argv[1])
    han = Han(said)
    han.fold_by_hand()
    han.fold_traditional()
    han.fold_japanese()
    han.fold_others()
    variants = han.variants()
    write("variants.txt", "The form of a Han character that stands for all, and behind it its variants.",
          "kSimplifiedVariant, kJinmeiyoKanji, kSemanticVariant, kZVariant, kTGH", version,
          [form + " " + "".join(sorted(variants[form])) for form in sorted(variants)])
    readings = han.readings()
    write("readings.txt", "Syllables of pinyin without tones, and the Han characters that are read so.",
          "kMandarin, kTGH, kIRG_GSource, kIRG_TSource", version,
          [syllable + " " + "".join(sorted(readings[syllable])) for syllable in sorted(readings)])


if __name__ == "__main__":
    main()
