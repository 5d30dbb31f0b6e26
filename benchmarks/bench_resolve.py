#!/usr/bin/env python3
"""Generated persons with duplicates: train, and link them all. kith beside Splink on DuckDB.

Both get the same CSV, each works in a process of its own, in turn. kith: `kith resolve --train` of a store into which
the file was imported, profiles settled and all durable at the end. Splink: train, predict and cluster of a table into
which the file was read (splink_peer.py has its settings). Importing and reading aren't in the seconds; the memory is
that of the whole process. The clusters of both are measured by the same code against the truth.

Splink is installed by pip into the folder --splink, unless it is there. Where that can't be done, or with --no-peer,
kith is measured alone. Splink needs much more memory than kith: 10,000,000 records are for kith alone.
"""

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile

import bench_table
import measured_process
import pair_quality
import peer_venv

NOW = "2024-06-29"
DISK_BYTES_A_RECORD = 1500  # the file, the truth, the store, the clusters
MEMORY_BYTES_A_RECORD = 1000
FASTER_AT_LEAST = 5
TARGET_COUNT = 1_000_000
MEMORY_AT_MOST = 1_500_000_000  # of so many
SECONDS_AIM = 15
GIGABYTE = 1_000_000_000


def read_arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--generate", required=True, help="the program generate_persons")
    parser.add_argument("--command", required=True, help="the program kith")
    parser.add_argument("--splink", help="the folder that Splink is in, or is installed into")
    parser.add_argument("--no-peer", action="store_true", help="kith alone")
    parser.add_argument("--count", type=int, default=1000000, help="records (default: 1,000,000)")
    parser.add_argument("--seed", type=int, default=20240229)
    parser.add_argument("--rounds", type=int, default=1, help="how often the two take turns (default: 1)")
    parser.add_argument("--dir", help="where files go, and are removed again (default: $TMPDIR, else /tmp)")
    return parser.parse_args()


def note(text):
    print(f"  ... {text}", file=sys.stderr, flush=True)


def loudly(text):
    print(f"\nresolve: {text}\n", file=sys.stderr, flush=True)


def memory_bytes(name):
    with open("/proc/meminfo", encoding="ascii") as file:
        return next(int(line.split()[1]) * 1024 for line in file if line.startswith(name + ":"))


def check_room(folder, arguments):
    """Ends it where the files have no room; warns where memory may lack."""
    copies = 2 if arguments.rounds > 1 else 1
    needed, free = arguments.count * DISK_BYTES_A_RECORD * copies, shutil.disk_usage(folder).free
    if free < needed:
        sys.exit(f"benchmark failed: {arguments.count:,} records need about {needed / GIGABYTE:.1f} GB in {folder}, "
                 f"where {free / GIGABYTE:.1f} GB are free; --dir names another place")
    needed, free = arguments.count * MEMORY_BYTES_A_RECORD, memory_bytes("MemAvailable")
    if free < needed:
        loudly(f"{arguments.count:,} records need about {needed / GIGABYTE:.1f} GB of memory, and "
               f"{free / GIGABYTE:.1f} GB are available: it may not end")


class Files:
    """What is made of one seed, in one folder."""

    def __init__(self, folder, arguments):
        self.folder, self.arguments = folder, arguments
        self.people, self.truth = self.path("people.csv"), self.path("truth.csv")
        self.imported, self.store = self.path("imported.kith"), self.path("people.kith")
        self.kith_clusters, self.splink_clusters = self.path("kith.csv"), self.path("splink.csv")

    def path(self, name):
        return os.path.join(self.folder, name)

    def generate(self):
        measured_process.run([
            self.arguments.generate, "--count", str(self.arguments.count), "--seed", str(self.arguments.seed),
            "--source", "people", "--out", self.people, "--truth", self.truth
        ])

    def take_store(self, is_last):
        """The imported store, before anything is resolved: itself in the last round, a copy before."""
        if is_last:
            os.replace(self.imported, self.store)
        else:
            shutil.copyfile(self.imported, self.store)


# kith


def import_all(files):
    kith = files.arguments.command
    measured_process.run([kith, "init", files.imported])
    done = measured_process.run([
        kith, "import", files.imported, files.people, "--source", "people", "--key", "record_id", "--map",
        "entity_id=,source=", "--now", NOW, "--json"
    ])
    taken = json.loads(done.output)
    if taken["added"] != files.arguments.count or taken["rejected"]:
        sys.exit(f"benchmark failed: {taken['added']:,} records were imported, {taken['rejected']:,} rejected")
    note(f"imported, after {done.seconds:.1f} s")
    return done


def resolve(files, is_last):
    files.take_store(is_last)
    done = measured_process.run([files.arguments.command, "resolve", files.store, "--train", "--now", NOW, "--json"])
    note(f"kith resolved, after {done.seconds:.1f} s")
    return done


def export_clusters(files):
    with open(files.kith_clusters, "wb") as out:
        subprocess.run([files.arguments.command, "export", files.store, "clusters"], stdout=out, check=True)


# Splink


def find_splink(arguments):
    """The Python that has Splink; or None, and why."""
    if arguments.no_peer:
        return None, "left out, as --no-peer says"
    if arguments.splink is None:
        return None, "MISSING: --splink says no folder for it"
    python, reason = peer_venv.prepare("splink", arguments.splink)
    return python, reason and f"MISSING: it can't be installed into {arguments.splink}: {reason}"


def run_splink(files, python):
    peer = os.path.join(os.path.dirname(os.path.abspath(__file__)), "splink_peer.py")
    limit = min(12 * GIGABYTE, memory_bytes("MemTotal") * 6 // 10)
    done = measured_process.run([
        python, peer, files.people, "--clusters", files.splink_clusters, "--threads", str(os.cpu_count()), "--memory",
        f"{limit // 1_000_000}MB"
    ], folder=files.folder)
    note(f"Splink ended after {done.seconds:.1f} s, reading and eight thresholds included")
    return done


# The table


class Side:
    """What was measured of kith, or of its peer: all runs, and what the one of the median time told."""

    def __init__(self, runs, told, seconds, clusters, truth):
        self.seconds = statistics.median_low(seconds)
        middle = seconds.index(self.seconds)
        self.told, self.processor_seconds = told[middle], runs[middle].processor_seconds
        self.peak_bytes = max(run.peak_bytes for run in runs)
        self.own_peak_bytes = max(run.own_peak_bytes for run in runs)
        quality = pair_quality.measure(clusters, truth)
        self.precision, self.recall, self.f1 = quality.precision, quality.recall, quality.f1


def table_row(question, name, write, kith, peer, **more):
    """`more`: ratio, target, and whether it is met (None: that can't be said)."""
    met = more.get("met")
    return (question, write(getattr(kith, name)), f"Splink {write(getattr(peer, name))}" if peer else "-",
            more.get("ratio", "-"), more.get("target", "-"), "-" if met is None else "yes" if met else "NO")


def seconds_row(kith, peer, count):
    times = peer.seconds / kith.seconds if peer else None
    aim = f"; aim {SECONDS_AIM} s" if count == TARGET_COUNT else ""
    return table_row("train, compare and link all", "seconds", "{:.1f} s".format, kith, peer,
                     ratio=f"{times:.1f}x" if peer else "-", target=f">= {FASTER_AT_LEAST}x{aim}",
                     met=times >= FASTER_AT_LEAST if peer else None)


def memory_row(kith, peer, count):
    more = {"ratio": f"{peer.peak_bytes / kith.peak_bytes:.1f}x less"} if peer else {}
    if count <= TARGET_COUNT:
        more.update(target=f"<= {MEMORY_AT_MOST / 1e6:,.0f} MB", met=kith.peak_bytes <= MEMORY_AT_MOST)
    return table_row("most memory of the process", "peak_bytes", lambda size: f"{size / 1e6:,.0f} MB", kith, peer,
                     **more)


def rows_of(kith, peer, count):
    quality = "{:.4f}".format
    return [
        seconds_row(kith, peer, count),
        table_row("precision of the pairs", "precision", quality, kith, peer),
        table_row("their recall", "recall", quality, kith, peer),
        table_row("their F1", "f1", quality, kith, peer, target=">= the peer's",
                  met=kith.f1 >= peer.f1 if peer else None),
        memory_row(kith, peer, count),
    ]


def remarks_of(kith, imported):
    told = kith.told
    phases = ", ".join(f"{name} {ms / 1000:.1f} s" for name, ms in told["milliseconds"].items())
    return [
        f"kith: {phases}; {kith.processor_seconds:.1f} s of processor time; {told['compared']:,} pairs compared, "
        f"{told['scored']:,} kept, {told['profiles']:,} profiles.",
        f"Of its memory at most {kith.own_peak_bytes / 1e6:,.0f} MB were its own, the rest pages of the file, which "
        "the system takes back where it needs them.",
        f"Reading the file is in nobody's seconds: the import took {imported.seconds:.1f} s "
        f"({imported.peak_bytes / 1e6:,.0f} MB).",
    ]


def peer_remarks(peer, reason):
    if peer is None:
        return [f"Splink is {reason}; there is no peer in this table."]
    told = peer.told
    stages = ", ".join(f"{name} {seconds:.1f} s" for name, seconds in told["stages"].items())
    return [
        f"{told['peer']}: {stages}; {told['pairs']:,} pairs kept.",
        f"It clusters at {told['threshold']}, of eight thresholds the one of the best F1, which nobody knows without "
        "the truth.",
    ]


def print_table(arguments, kith, peer, remarks):
    bench_table.print_table(
        f"resolve: {arguments.count:,} records of generated persons, trained on and linked by {os.cpu_count()} cores, "
        f"median of {arguments.rounds} round{'s' if arguments.rounds > 1 else ''} (seed {arguments.seed})",
        rows_of(kith, peer, arguments.count), remarks)


def take_turns(files, rounds, splink, reason):
    """The runs of both, and the reason why there is no peer. A peer that fails once is left out."""
    resolved, linked = [], []
    for at in range(rounds):
        resolved.append(resolve(files, is_last=at == rounds - 1))
        if splink is None:
            continue
        try:
            linked.append(run_splink(files, splink))
        except measured_process.Failed as failure:
            splink, linked, reason = None, [], "MISSING: it failed, as told above"
            loudly(f"{failure}\nSplink is MISSING. kith is measured alone.")
    return resolved, linked, reason


def measure_all(files, arguments):
    splink, reason = find_splink(arguments)
    if splink is None:
        loudly(f"Splink is {reason}. kith is measured alone.")
    files.generate()
    imported = import_all(files)
    resolved, linked, reason = take_turns(files, arguments.rounds, splink, reason)
    export_clusters(files)
    told = [json.loads(run.output) for run in resolved]
    kith = Side(resolved, told, [run.seconds for run in resolved], files.kith_clusters, files.truth)
    peer = None
    if linked:
        told = [json.loads(run.output) for run in linked]
        peer = Side(linked, told, [each["seconds"] for each in told], files.splink_clusters, files.truth)
    print_table(arguments, kith, peer, remarks_of(kith, imported) + peer_remarks(peer, reason))


def main():
    arguments = read_arguments()
    if arguments.count < 100 or arguments.rounds < 1:
        sys.exit("benchmark failed: --count must be at least 100 and --rounds at least 1")
    with tempfile.TemporaryDirectory(prefix="kith-bench-", dir=arguments.dir) as folder:
        check_room(folder, arguments)
        try:
            measure_all(Files(folder, arguments), arguments)
        except measured_process.Failed as failure:
            sys.exit(f"benchmark failed: {failure}")


if __name__ == "__main__":
    main()
