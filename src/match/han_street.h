/*
 * Addresses in Han characters: 上海市浦东新区武福路87号1301室.
 */
#ifndef KITHI_MATCH_HAN_STREET_H
#define KITHI_MATCH_HAN_STREET_H

#include <stddef.h>

#define KITHI_HAN_STREET_MAX_BYTES 512

/*
 * Parts folded words that have Han characters: behind what says a province, town, district or road,
 * and where numbers begin and end; what only says of what a number is (号, 室) goes. Numbers of a
 * block and of a house in it are one. "上海市 浦东新区 武福路 87 1301", "港区 芝公園 4-2-8".
 * Characters come in one form, as kithi_han_fold() has them. Returns the size; 0: there are no Han
 * characters, or more than KITHI_HAN_STREET_MAX_BYTES, or no room.
 */
size_t kithi_han_street(const char *words, size_t size, char *out, size_t capacity);

#endif
