/*
 * The tables of a store: one LMDB named database each, all opened at open. src/store/FORMAT.md
 * describes keys and values; a change here is a change of the format.
 *
 * Tables of facts hold values that end in an 8-byte checksum (src/store/checksum.h); derived tables
 * don't, since kith_verify recomputes them.
 */
#ifndef KITHI_STORE_TABLES_H
#define KITHI_STORE_TABLES_H

#define KITHI_FORMAT_VERSION 3
#define KITHI_FORMAT_MAGIC   "kith store"

/* X(enum name, table name, holds several fixed-size values a key, values end in a checksum) */
#define KITHI_TABLES(X)                                                                            \
    X(META, "meta", 0, 1)                                                                          \
    X(CATALOG, "catalog", 0, 1)                                                                    \
    X(RECORD, "record", 0, 1)                                                                      \
    X(RECORD_KEY, "record_key", 0, 0)                                                              \
    X(RECORD_KEY_LANDED, "record_key_landed", 0, 0)                                                \
    X(IDENTIFIER, "identifier", 1, 0)                                                              \
    X(IDENTIFIER_LANDED, "identifier_landed", 1, 0)                                                \
    X(GENERIC, "generic", 0, 0)                                                                    \
    X(LINK, "link", 1, 0)                                                                          \
    X(MEMBER, "member", 0, 0)                                                                      \
    X(CLUSTER, "cluster", 1, 0)                                                                    \
    X(PENDING, "pending", 0, 0)                                                                    \
    X(EVENT_LOG, "event_log", 0, 1)                                                                \
    X(EVENT_CHAIN, "event_chain", 0, 0)                                                            \
    X(EVENT, "event", 0, 1)                                                                        \
    X(EVENT_MESSAGE, "event_message", 1, 0)                                                        \
    X(ASSERTION, "assertion", 0, 1)                                                                \
    X(STATE, "state", 0, 0)                                                                        \
    X(DUE, "due", 0, 0)                                                                            \
    X(DIRTY, "dirty", 0, 0)                                                                        \
    X(BLOCK, "block", 0, 0)                                                                        \
    X(MODEL, "model", 0, 1)                                                                        \
    X(SCORED, "scored", 1, 0)                                                                      \
    X(BITMAP, "bitmap", 0, 0)                                                                      \
    X(DEPARTED, "departed", 0, 0)                                                                  \
    X(TRANSITION, "transition", 0, 1)                                                              \
    X(COLUMN, "column", 0, 0)

typedef enum kithi_table {
#define KITHI_TABLE_ENUM(name, text, many, checked) KITHI_TABLE_##name,
    KITHI_TABLES(KITHI_TABLE_ENUM)
#undef KITHI_TABLE_ENUM
        KITHI_TABLE_COUNT
} kithi_table;

extern const char *const kithi_table_names[KITHI_TABLE_COUNT];
extern const unsigned char kithi_table_many[KITHI_TABLE_COUNT];
extern const unsigned char kithi_table_checked[KITHI_TABLE_COUNT];

#endif
