/*
 * What is known of each Han character: 42 KB that the build makes of han_tables/readings.txt and
 * han_tables/variants.txt, which are made from the Unihan database of Unicode (see
 * han_tables/make_data.py and LICENSE.unicode there). Only han.c and pinyin.c look in here.
 */
#ifndef KITHI_MATCH_HAN_TABLES_H
#define KITHI_MATCH_HAN_TABLES_H

#include <stddef.h>
#include <stdint.h>

#define KITHI_HAN_BLOCK_FIRST    0x4E00
#define KITHI_HAN_BLOCK_LAST     0x9FFF
#define KITHI_HAN_SYLLABLE_BYTES 7 /* the longest is zhuang */

/*
 * An entry is 0 where nothing is known; the code point of the character that stands for this one,
 * always one of the block; or, for one that stands for itself, 1 and up, its syllable's place in
 * the list of syllables.
 */
extern const uint16_t kithi_han_block[KITHI_HAN_BLOCK_LAST - KITHI_HAN_BLOCK_FIRST + 1];

/* The characters outside the block that have entries, in order. */
typedef struct kithi_han_other {
    int32_t code_point;
    uint16_t entry;
} kithi_han_other;
extern const kithi_han_other kithi_han_others[];
extern const size_t kithi_han_other_count;

/* Pinyin without tones, in order; u stands for ü too. */
extern const char kithi_han_syllables[][KITHI_HAN_SYLLABLE_BYTES];
extern const size_t kithi_han_syllable_count;

#endif
