/*
 * SQLite as a good engineer would set it up beside kith: write-ahead log, as durable
 * (synchronous=FULL), a page cache and a map that hold the whole file, statements prepared once.
 */
#ifndef KITH_BENCHMARKS_SQLITE_PEER_H
#define KITH_BENCHMARKS_SQLITE_PEER_H

#include <sqlite3.h>
#include <stdint.h>

/* Opens (and creates) a database; `schema` may hold several statements, or be NULL. */
sqlite3 *sqlite_peer_open(const char *path, const char *schema);
void sqlite_peer_close(sqlite3 *db);
void sqlite_peer_exec(sqlite3 *db, const char *sql);
/* Trades durability for speed while a peer's tables are filled outside of any measurement, and
 * back. */
void sqlite_peer_begin_fill(sqlite3 *db);
void sqlite_peer_end_fill(sqlite3 *db);
sqlite3_stmt *sqlite_peer_prepare(sqlite3 *db, const char *sql);
void sqlite_peer_bind_text(sqlite3_stmt *statement, int index, const char *text);
/* Runs a statement that gives no rows, and resets it. */
void sqlite_peer_run(sqlite3_stmt *statement);
/* Steps; true while there is a row. Resets after the last. */
int sqlite_peer_step(sqlite3_stmt *statement);
/* The first column of the first row of a query. */
int64_t sqlite_peer_ask(sqlite3 *db, const char *sql);
/* Moves the log into the file and returns the file's size. */
uint64_t sqlite_peer_checkpoint(sqlite3 *db, const char *path);

#endif
