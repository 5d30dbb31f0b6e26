#include "sqlite_peer.h"

#include <stddef.h>

#include "harness.h"

static void check(sqlite3 *db, int code, const char *what) {
    if (code != SQLITE_OK && code != SQLITE_ROW && code != SQLITE_DONE) {
        bench_fail("SQLite: %s: %s", what, sqlite3_errmsg(db));
    }
}

void sqlite_peer_exec(sqlite3 *db, const char *sql) {
    check(db, sqlite3_exec(db, sql, NULL, NULL, NULL), sql);
}

sqlite3 *sqlite_peer_open(const char *path, const char *schema) {
    sqlite3 *db = NULL;
    /* One thread uses it, as one thread uses kith: no mutexes. */
    int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX;
    check(db, sqlite3_open_v2(path, &db, flags, NULL), path);
    sqlite_peer_exec(db, "PRAGMA journal_mode=WAL");
    sqlite_peer_exec(db, "PRAGMA synchronous=FULL");
    sqlite_peer_exec(db, "PRAGMA mmap_size=17179869184");
    sqlite_peer_exec(db, "PRAGMA cache_size=-65536");
    sqlite_peer_exec(db, "PRAGMA temp_store=MEMORY");
    if (schema) {
        sqlite_peer_exec(db, schema);
    }
    return db;
}

void sqlite_peer_close(sqlite3 *db) {
    sqlite3_stmt *statement = NULL;
    while ((statement = sqlite3_next_stmt(db, NULL)) != NULL) {
        sqlite3_finalize(statement);
    }
    if (sqlite3_close(db) != SQLITE_OK) {
        bench_fail("SQLite: the database doesn't close");
    }
}

void sqlite_peer_begin_fill(sqlite3 *db) {
    sqlite_peer_exec(db, "PRAGMA synchronous=OFF");
    sqlite_peer_exec(db, "BEGIN");
}

void sqlite_peer_end_fill(sqlite3 *db) {
    sqlite_peer_exec(db, "COMMIT");
    sqlite_peer_exec(db, "PRAGMA wal_checkpoint(TRUNCATE)");
    sqlite_peer_exec(db, "PRAGMA synchronous=FULL");
}

sqlite3_stmt *sqlite_peer_prepare(sqlite3 *db, const char *sql) {
    sqlite3_stmt *statement = NULL;
    check(db, sqlite3_prepare_v3(db, sql, -1, SQLITE_PREPARE_PERSISTENT, &statement, NULL), sql);
    return statement;
}

void sqlite_peer_bind_text(sqlite3_stmt *statement, int index, const char *text) {
    sqlite3_bind_text(statement, index, text, -1, SQLITE_STATIC);
}

int sqlite_peer_step(sqlite3_stmt *statement) {
    int code = sqlite3_step(statement);
    if (code == SQLITE_ROW) {
        return 1;
    }
    check(sqlite3_db_handle(statement), code, sqlite3_sql(statement));
    sqlite3_reset(statement);
    return 0;
}

void sqlite_peer_run(sqlite3_stmt *statement) {
    if (sqlite_peer_step(statement)) {
        sqlite3_reset(statement);
    }
}

int64_t sqlite_peer_ask(sqlite3 *db, const char *sql) {
    sqlite3_stmt *statement = sqlite_peer_prepare(db, sql);
    int64_t answer = sqlite_peer_step(statement) ? sqlite3_column_int64(statement, 0) : 0;
    sqlite3_finalize(statement);
    return answer;
}

uint64_t sqlite_peer_checkpoint(sqlite3 *db, const char *path) {
    sqlite_peer_exec(db, "PRAGMA wal_checkpoint(TRUNCATE)");
    return bench_file_bytes(path);
}
