#!/usr/bin/env python3
"""DuckDB for a benchmark in C: reads statements, runs each, tells how long it took.

    duckdb_peer.py DATABASE THREADS

A line of input is `ask SQL` or `peak SQL`. The reply to the first is the first column of the first row and nanoseconds,
to the second the most bytes that were resident meanwhile and nanoseconds; or what went wrong.
"""

import sys
import time

try:
    import duckdb
except ImportError as missing:
    sys.exit(f"duckdb_peer: {missing}; pip install duckdb")


def forget_peak():
    with open("/proc/self/clear_refs", "w", encoding="ascii") as file:
        file.write("5")


def peak_bytes():
    with open("/proc/self/status", encoding="ascii") as file:
        return next(int(line.split()[1]) * 1024 for line in file if line.startswith("VmHWM:"))


def run(connection, sql):
    """The first value, as a whole number, and how long it took."""
    started = time.perf_counter_ns()
    row = connection.execute(sql).fetchone()
    taken = time.perf_counter_ns() - started
    return (row[0] if row and isinstance(row[0], int) else 0), taken


def reply(connection, word, sql):
    if word == "ask":
        return run(connection, sql)
    forget_peak()
    _, taken = run(connection, sql)
    return peak_bytes(), taken


def main():
    database, threads = sys.argv[1:]
    connection = duckdb.connect(database)
    connection.execute(f"SET threads = {threads}")
    connection.execute("SET enable_progress_bar = false")
    connection.execute("SET TimeZone = 'UTC'")
    for line in sys.stdin:
        word, _, sql = line.rstrip("\n").partition(" ")
        try:
            print(*reply(connection, word, sql), flush=True)
        except (duckdb.Error, OSError) as failure:
            print("failed:", " ".join(str(failure).split()), flush=True)


if __name__ == "__main__":
    main()
