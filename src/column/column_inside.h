/*
 * Inside of columns: what packing and reading have in common.
 */
#ifndef KITHI_COLUMN_COLUMN_INSIDE_H
#define KITHI_COLUMN_COLUMN_INSIDE_H

#include "src/column/column.h"

#define KITHI_COLUMN_VERSION    1
#define KITHI_COLUMN_HEAD_BYTES 32
#define KITHI_COLUMN_GAPS       1u
#define KITHI_COLUMN_ODD        2u

#endif
