/*
 * DuckDB in a process of its own (duckdb_peer.py), which is asked one statement after another. It
 * measures itself, so that the way there and back is in nobody's time.
 */
#ifndef KITH_BENCHMARKS_DUCKDB_PEER_H
#define KITH_BENCHMARKS_DUCKDB_PEER_H

#include <stdint.h>

typedef struct duckdb_peer duckdb_peer;

/* Runs `command DATABASE THREADS` by the shell. */
duckdb_peer *duckdb_peer_open(const char *command, const char *database, unsigned threads);
void duckdb_peer_close(duckdb_peer *peer);
/* The first column of the first row, and its time; 0 where there is no row. A statement is one
 * line. */
int64_t duckdb_peer_ask(duckdb_peer *peer, const char *sql, double *us);
void duckdb_peer_exec(duckdb_peer *peer, const char *sql);
/* Bytes that were resident at most while the statement ran. */
uint64_t duckdb_peer_peak_bytes(duckdb_peer *peer, const char *sql);
/* Moves the log into the file and returns the file's size. */
uint64_t duckdb_peer_checkpoint(duckdb_peer *peer);

#endif
