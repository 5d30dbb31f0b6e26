/* Phones and e-mail addresses: pure functions of their owner. */
#ifndef KITH_BENCHMARKS_PERSON_CONTACTS_H
#define KITH_BENCHMARKS_PERSON_CONTACTS_H

#include "person_household.h"

typedef enum phone_style { PHONE_E164 = 0, PHONE_NATIONAL, PHONE_DASHES, PHONE_STYLES } phone_style;

/* One-to-one with the owner. */
void person_write_phone(uint64_t owner, bool is_chinese, phone_style style, char *out, size_t size);
/* The address of the person's mailbox, from the name that the person has now. Two strangers may
 * have the same one, but fewer than one in ten thousand do. */
void person_write_email(const person_tables *tables, const person *owner, uint64_t mailbox,
                        char *out, size_t size);

#endif
