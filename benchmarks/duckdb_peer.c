#include "duckdb_peer.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "harness.h"

#define REPLY_BYTES 4096

struct duckdb_peer {
    pid_t process;
    FILE *to, *from;
    char database[BENCH_PATH_BYTES];
};

static void become(const char *command, const char *database, unsigned threads, const int to[2],
                   const int from[2]) {
    char shell[2 * BENCH_PATH_BYTES], number[16];
    snprintf(shell, sizeof shell, "exec %s \"$0\" \"$1\"", command);
    snprintf(number, sizeof number, "%u", threads);
    dup2(to[0], STDIN_FILENO);
    dup2(from[1], STDOUT_FILENO);
    close(to[1]);
    close(from[0]);
    execl("/bin/sh", "sh", "-c", shell, database, number, (char *)NULL);
    _exit(127);
}

duckdb_peer *duckdb_peer_open(const char *command, const char *database, unsigned threads) {
    duckdb_peer *peer = bench_allocate(1, sizeof *peer);
    int to[2], from[2];
    if (pipe(to) != 0 || pipe(from) != 0) {
        bench_fail("can't make a pipe to DuckDB");
    }
    snprintf(peer->database, sizeof peer->database, "%s", database);
    peer->process = fork();
    if (peer->process == 0) {
        become(command, database, threads, to, from);
    }
    close(to[0]);
    close(from[1]);
    peer->to = fdopen(to[1], "w");
    peer->from = fdopen(from[0], "r");
    if (peer->process < 0 || !peer->to || !peer->from) {
        bench_fail("can't start DuckDB: %s", command);
    }
    duckdb_peer_exec(peer, "SELECT 1");
    return peer;
}

void duckdb_peer_close(duckdb_peer *peer) {
    if (peer) {
        fclose(peer->to);
        fclose(peer->from);
        waitpid(peer->process, NULL, 0);
        free(peer);
    }
}

/* Each request is a word and a statement; each reply two numbers, or what went wrong. */
static int64_t request(duckdb_peer *peer, const char *word, const char *sql, int64_t *second) {
    char reply[REPLY_BYTES];
    int64_t first = 0;
    fprintf(peer->to, "%s %s\n", word, sql);
    if (fflush(peer->to) != 0 || !fgets(reply, sizeof reply, peer->from)) {
        bench_fail("DuckDB ended at: %s", sql);
    }
    if (sscanf(reply, "%" SCNd64 " %" SCNd64, &first, second) != 2) {
        bench_fail("DuckDB: %s: %s", sql, reply);
    }
    return first;
}

int64_t duckdb_peer_ask(duckdb_peer *peer, const char *sql, double *us) {
    int64_t nanoseconds = 0;
    int64_t answer = request(peer, "ask", sql, &nanoseconds);
    *us = (double)nanoseconds / 1e3;
    return answer;
}

void duckdb_peer_exec(duckdb_peer *peer, const char *sql) {
    double us;
    duckdb_peer_ask(peer, sql, &us);
}

uint64_t duckdb_peer_peak_bytes(duckdb_peer *peer, const char *sql) {
    int64_t unused;
    return (uint64_t)request(peer, "peak", sql, &unused);
}

uint64_t duckdb_peer_checkpoint(duckdb_peer *peer) {
    duckdb_peer_exec(peer, "CHECKPOINT");
    return bench_file_bytes(peer->database);
}
