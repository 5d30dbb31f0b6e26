#!/usr/bin/env python3
"""A point read from Python beside the same read from C: who has this phone?

Both find the same phones in the same store, each in one open snapshot, in turn. The C side is
`bench_lookup --point-only`, which also writes down the phones. Processor time, as nothing here waits.
"""

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time

import bench_table
import kith

NOW_US = 1704067200000000 + 180 * 86400000000  # GENERATE_NOW_US in generate.h
TARGET_NS = 300


def read_arguments():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--lookup", required=True, help="the program bench_lookup")
    parser.add_argument("--store", required=True, help="a prepared store; made if missing, and kept")
    parser.add_argument("--count", type=int, default=1000000)
    parser.add_argument("--seed", type=int, default=20240229)
    parser.add_argument("--rounds", type=int, default=7)
    return parser.parse_args()


def measure_c(arguments, queries):
    command = [arguments.lookup, "--point-only", "--rounds", "3", "--queries", queries]
    command += ["--store", arguments.store, "--dir", os.path.dirname(queries)]
    command += ["--count", str(arguments.count), "--seed", str(arguments.seed)]
    return float(subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout)


def measure_python(txn, phones):
    find = txn.find
    started = time.process_time_ns()
    for phone in phones:
        find("phone", phone, NOW_US)
    return (time.process_time_ns() - started) / len(phones)


def print_table(python_ns, c_ns, arguments, phone_count):
    above = python_ns - c_ns
    row = (
        "find a profile by phone",
        f"{python_ns / 1000:.3f} us",
        f"C {c_ns / 1000:.3f} us",
        f"{above / 1000:.3f} us",
        f"+ <= {TARGET_NS / 1000:.1f} us",
        "yes" if above <= TARGET_NS else "NO",
    )
    version = ".".join(map(str, sys.version_info[:3]))
    bench_table.print_table(
        f"python: a point read in an open snapshot from Python {version}, processor time "
        f"({arguments.count} profiles, {arguments.rounds} rounds of {phone_count}, seed {arguments.seed})", [row],
        header=("question", "kith from Python", "peer", "above", "target", "met"))


def main():
    arguments = read_arguments()
    with tempfile.TemporaryDirectory(prefix="kith-bench-") as directory:
        queries = os.path.join(directory, "queries")
        measure_c(arguments, queries)  # prepares the store where there is none
        with open(queries, encoding="ascii") as file:
            phones = file.read().split()
        c_rounds, python_rounds = [], []
        with kith.open(arguments.store + ".kith") as store, store.begin() as txn:
            if any(txn.find("phone", phone, NOW_US) is None for phone in phones):
                sys.exit("benchmark failed: a phone isn't found")
            for _ in range(arguments.rounds):
                python_rounds.append(measure_python(txn, phones))
                c_rounds.append(measure_c(arguments, queries))
    print_table(statistics.median(python_rounds), statistics.median(c_rounds), arguments, len(phones))


if __name__ == "__main__":
    main()
