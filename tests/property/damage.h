/*
 * Damage in the file of a store, done behind kith's back, and what kith_verify tells of it. The
 * file is kept as it was while it was sound; each damage is done to a fresh copy.
 */
#ifndef TESTS_PROPERTY_DAMAGE_H
#define TESTS_PROPERTY_DAMAGE_H

#include "src/store/tables.h"
#include "tests/property/stand.h"

#define DAMAGE_ROW_MAX 65536

/* A row, copied. */
typedef struct damage_row {
    size_t key_size, value_size;
    uint8_t key[DAMAGE_ROW_MAX], value[DAMAGE_ROW_MAX];
} damage_row;

/* Reads a row by its place in the table. False: the table has no more. */
bool damage_read_row(const char *path, kithi_table table, size_t number, damage_row *out);
void damage_put_row(const char *path, kithi_table table, const void *key, size_t key_size,
                    const void *value, size_t value_size);

typedef struct damage {
    kithi_table table;
    size_t number; /* of the row in its table */
    size_t byte;   /* of the key and value, to alter; SIZE_MAX: the row is deleted */
} damage;

/* False: there is no such row or byte. */
bool damage_do(const char *path, const damage *d);

/* A store whose file is kept. */
typedef struct damage_stand {
    stand *s;
    uint8_t *sound;
    size_t size;
} damage_stand;

/* Keeps the file, and closes the store. */
void damage_begin(damage_stand *d, stand *s);
/* Makes the file what it was. */
void damage_undo(const damage_stand *d);
/* How many problems verify tells of the file as it is, and the first of them; to kith_check it must
 * be sound. */
uint64_t damage_verify(const damage_stand *d, char first[256]);
/* Verify must tell a problem, the first of them with these words. */
void damage_expect(const damage_stand *d, const char *words);
/* Removes the stand. */
void damage_end(damage_stand *d);

/* A row that is wrong, or one too many, and words of what verify tells of it. */
typedef struct damage_wrong_row {
    kithi_table table;
    const void *key;
    size_t key_size;
    const void *value;
    size_t value_size;
    const char *words;
    bool checked; /* the value gets the checksum that the table's values end in */
} damage_wrong_row;

/* Puts one after another, each into the sound file; removes the stand. */
void damage_expect_each(stand *s, const damage_wrong_row *rows, size_t count);

#endif
