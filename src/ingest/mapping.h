/*
 * The columns of one import and what becomes of them: which is the key, the time, the message id,
 * and which attribute or property each of the others becomes. A CSV file has its columns from the
 * header; fields of JSON lines join as they are met.
 */
#ifndef KITHI_INGEST_MAPPING_H
#define KITHI_INGEST_MAPPING_H

#include "kith/ingest.h"
#include "src/base/arena.h"
#include "src/base/map.h"
#include "src/ingest/layout.h"
#include "src/store/catalog.h"

#define KITHI_MAPPING_COLUMN_MAX 2048 /* leaves the store room for as many again */
#define KITHI_MAPPING_MEMBER_MAX 1000 /* of JSON lines: what comes after them is data as names */
#define KITHI_MAPPING_NONE       UINT32_MAX

typedef enum kithi_mapping_of {
    KITHI_MAPPING_RECORDS,
    KITHI_MAPPING_EVENTS,
    KITHI_MAPPING_TRAITS /* records whose key and time stand elsewhere */
} kithi_mapping_of;

/* The number that a column's values should be. */
typedef enum kithi_number {
    KITHI_NUMBER_NONE,   /* any value is fine */
    KITHI_NUMBER_SUMMED, /* a property that its event type sums */
    KITHI_NUMBER_REAL,   /* an attribute of this type */
    KITHI_NUMBER_INTEGER
} kithi_number;

typedef struct kithi_column {
    const char *name;      /* as the file has it */
    const char *attribute; /* what it becomes; NULL: left out */
    const char *own;   /* the name in snake case: where a second value of a single attribute goes */
    uint32_t slot;     /* of the attribute, or KITHI_MAPPING_NONE; equal attributes share one */
    uint32_t own_slot; /* KITHI_MAPPING_NONE: the store has no room for it */
    int identifier_rank; /* of the identifier type that it holds, in the order of columns.h; -1:
                            none */
    bool known;          /* recognised by the table of names */
    bool single;         /* the attribute takes one column */
    bool mapped;         /* by the caller */
    bool placed;         /* single attributes: its turn is over */
    bool nameless;       /* its name is for people: the file has none */
    bool unmapped;       /* left out, as the store has no room for its attribute */
    kithi_number number; /* what its attribute or property should hold */
    kith_type moment; /* KITH_TYPE_DATE or KITH_TYPE_TIME where its attribute is one, else null */
    int parted_as;    /* the normal form of the several identifiers that a text of it may be; -1:
                         its texts stay whole */
    bool went_there, went_own; /* its values: to its attribute, to its own name */
} kithi_column;

typedef struct kithi_mapping {
    kithi_mapping_of of;
    const char *key_option, *time_option, *message_id_option; /* borrowed; NULL: recognised */
    kithi_layout layout; /* of a file whose columns are all known before the first is joined */
    const char *region;  /* of phone numbers; borrowed from the arena */
    kithi_column *columns;
    size_t column_count, column_capacity;
    const char **slots; /* slot -> attribute */
    size_t slot_count, slot_capacity;
    uint32_t key, time, message_id; /* columns, or KITHI_MAPPING_NONE */
    uint32_t source;                /* the column that seems to name the rows' sources, likewise */
    bool key_is_identifier;         /* no key column: the row's first identifier is the key */
    const char *key_attribute;      /* the identifier type that the key column holds, or NULL */
    bool decided;
    size_t room;              /* for attributes that the store doesn't have yet */
    uint64_t unmapped_values; /* left out: no column or no attribute was to be had for them */
    const char *wrong_option; /* after KITH_INVALID: the option to mend, as errors begin with it */
    /* private */
    kithi_arena arena;
    kithi_map by_name, by_slot, declared, existing, uniques, numbers, moments, parted;
    struct kithi_mapping_override *overrides;
    size_t override_count;
} kithi_mapping;

/*
 * @param options  borrowed while the mapping lives; its columns and map are read.
 * @return KITH_OK; KITH_INVALID (map is malformed); KITH_NO_MEMORY.
 */
int kithi_mapping_init(kithi_mapping *mapping, kithi_mapping_of of,
                       const kith_import_options *options, kith_error *error);
/* Takes a name that the store's definitions declare: a column of that name becomes it, whatever the
 * table of names says. */
bool kithi_mapping_declare(kithi_mapping *mapping, const char *name);
/* Takes the name of an attribute that the store has: a column that becomes it needs no room. */
bool kithi_mapping_exists(kithi_mapping *mapping, const char *name);
/* Takes the name of an identifier type of which a record has one value: one column becomes it. */
bool kithi_mapping_unique(kithi_mapping *mapping, const char *name);
/* Takes the name of an attribute or a property that should hold numbers. */
bool kithi_mapping_expect(kithi_mapping *mapping, const char *name, kithi_number number);
/* Takes the name of an attribute of KITH_TYPE_DATE or KITH_TYPE_TIME. */
bool kithi_mapping_moment(kithi_mapping *mapping, const char *name, kith_type type);
/* Takes the name of an identifier type of which a text may hold several, and how they are read. */
bool kithi_mapping_part(kithi_mapping *mapping, const char *name, kithi_normaliser how);
/* Takes the default region of phone numbers; it is copied. */
bool kithi_mapping_region(kithi_mapping *mapping, const char *region);
/*
 * Once the store's names are known: whether each attribute of the caller's map may be meant. One
 * that the store lacks and that is written as people name columns (E-Mail, 手机号) is not.
 * @return KITH_OK; KITH_INVALID (the error says which attribute may be).
 */
int kithi_mapping_check_map(kithi_mapping *mapping, kith_error *error);
void kithi_mapping_clear(kithi_mapping *mapping);

/*
 * The column of a name, joined where it is new.
 * @return KITH_OK; KITH_INVALID (no usable name, or too long); KITH_LIMIT (too many columns);
 * KITH_NO_MEMORY.
 */
int kithi_mapping_column(kithi_mapping *mapping, const char *name, size_t size,
                         uint32_t *out_column, kith_error *error);

/* The same for a member of JSON lines; KITHI_MAPPING_NONE where it is new and there are
 * KITHI_MAPPING_MEMBER_MAX already. */
int kithi_mapping_member(kithi_mapping *mapping, const char *name, size_t size,
                         uint32_t *out_column, kith_error *error);
/* Joins a column, of a name that is for people, whose values are left out. */
int kithi_mapping_nameless(kithi_mapping *mapping, const char *name, uint32_t *out_column,
                           kith_error *error);

/*
 * Chooses key, time and message id among the columns joined so far.
 * @param complete  these are all columns: the options must name some of them, and a single
 * attribute takes the column that has its very name, or else the first.
 * @return KITH_OK; KITH_INVALID (the error lists the columns); KITH_NO_MEMORY.
 */
int kithi_mapping_decide(kithi_mapping *mapping, bool complete, kith_error *error);

/* The key, for people: the column's name, or "(identifier)". */
const char *kithi_mapping_key_name(const kithi_mapping *mapping);
/*
 * What became of a column's values, for people: an attribute, or two ("a, b") where second values
 * of a single one went to the column's own name; NULL: it is left out. May live in `arena`.
 * @return false when memory is out.
 */
bool kithi_mapping_destination(const kithi_mapping *mapping, const kithi_column *column,
                               kithi_arena *arena, const char **out);
/* The slot of an attribute, or KITHI_MAPPING_NONE. */
uint32_t kithi_mapping_find_slot(const kithi_mapping *mapping, const char *attribute);

#endif
