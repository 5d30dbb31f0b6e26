#include "src/store/tables.h"

#define TABLE_NAME(name, text, many, checked) text,
const char *const kithi_table_names[KITHI_TABLE_COUNT] = {KITHI_TABLES(TABLE_NAME)};

#define TABLE_MANY(name, text, many, checked) many,
const unsigned char kithi_table_many[KITHI_TABLE_COUNT] = {KITHI_TABLES(TABLE_MANY)};

#define TABLE_CHECKED(name, text, many, checked) checked,
const unsigned char kithi_table_checked[KITHI_TABLE_COUNT] = {KITHI_TABLES(TABLE_CHECKED)};
