/*
 * Time zones: what the clocks of a place show. Read from the system's zoneinfo by kith itself, as
 * the C library knows one zone for the whole process.
 *
 * A zone never changes: any threads may ask it at once. Times are microseconds since 1970-01-01 in
 * UTC; a local time is the same count of what a local clock and calendar show.
 */
#ifndef KITHI_BASE_ZONE_H
#define KITHI_BASE_ZONE_H

#include <stddef.h>
#include <stdint.h>

#define KITHI_ZONE_NAME_MAX   64
#define KITHI_ZONE_FILE_BYTES ((size_t)1 << 20)

typedef struct kithi_zone kithi_zone;

/*
 * Reads a TZif file (RFC 8536, versions 1 to 4) from memory. Untrusted bytes are fine.
 * KITH_INVALID: it is none, is damaged, says what no zone can be, or counts leap seconds, which
 * these times do not. KITH_NO_MEMORY. The caller frees *out, which is set on success only.
 */
int kithi_zone_parse(const uint8_t *data, size_t size, kithi_zone **out);
/*
 * The zone of an IANA name, such as Asia/Shanghai, from the first of the system's folders that has
 * it. UTC needs no file. KITH_NOT_FOUND: no such name or file. KITH_INVALID: as above, or the file
 * is larger than any. KITH_IO: the system refuses to read it, now. KITH_NO_MEMORY.
 */
int kithi_zone_load(const char *name, kithi_zone **out);
/* The same from one folder, for UTC too. */
int kithi_zone_load_from(const char *folder, const char *name, kithi_zone **out);
void kithi_zone_free(kithi_zone *zone);

/* Seconds east of UTC, and the next instant at which they are others; INT64_MAX: never. NULL is
 * fine for the latter. */
int32_t kithi_zone_offset(const kithi_zone *zone, int64_t time_us, int64_t *out_until_us);
/*
 * The first instant at which clocks show a local time. Where they never do, as they were put
 * forward over it: the instant at which that was. One outside int64_t becomes the nearest inside.
 */
int64_t kithi_zone_instant(const kithi_zone *zone, int64_t local_us);

#endif
