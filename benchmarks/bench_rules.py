#!/usr/bin/env python3
"""Frequent itemsets and association rules of generated baskets: kith beside mlxtend's FP-growth.

The baskets are a T10I4D100K by generate_baskets.py. kith gets them as events of customers who have ten each, in a
settled store, and goes the whole way: reading baskets out of the store, mining, rules. mlxtend gets them as a table of
truth values in memory; what is compared is the mining alone, on one core each, and both must find as many itemsets.

mlxtend is installed by pip into the folder --mlxtend, unless it is there. Where that can't be done, or with --no-peer,
kith is measured alone.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time

import bench_table
import generate_baskets
import kith
import peer_venv

NOW = "2024-06-01"
BEGIN_US, HOUR_US = 1672531200000000, 3600000000
BASKETS_EACH, EVENTS_A_COMMIT = 10, 20_000
SUPPORT, ITEMS_MAX = 0.001, 20
FASTER_AT_LEAST, SECONDS_AIM = 10, 0.6
TARGET_COUNT = 100_000


def read_arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--mlxtend", help="the folder that mlxtend is in, or is installed into")
    parser.add_argument("--no-peer", action="store_true", help="kith alone")
    parser.add_argument("--count", type=int, default=TARGET_COUNT, help="baskets (default: 100,000)")
    parser.add_argument("--seed", type=int, default=20240229)
    parser.add_argument("--rounds", type=int, default=5, help="how often the two take turns (default: 5)")
    parser.add_argument("--dir", help="where files go, and are removed again (default: $TMPDIR, else /tmp)")
    return parser.parse_args()


def fill(store, baskets):
    """Each customer's orders an hour apart, each with the list of its items."""
    for first in range(0, len(baskets), EVENTS_A_COMMIT):
        with store.write() as txn:
            for at in range(first, min(first + EVENTS_A_COMMIT, len(baskets))):
                customer, order = divmod(at, BASKETS_EACH)
                txn.event("shop", str(customer), "order", BEGIN_US + order * HOUR_US, {"sku": baskets[at]})
    store.settle(NOW)


def timed(work):
    begun = time.perf_counter()
    made = work()
    return made, time.perf_counter() - begun


def measure_kith(store, threads):
    """Seconds of each step, by its name, and how many itemsets and rules there are."""
    with store.read() as txn:
        baskets, reading = timed(lambda: txn.baskets("order", "sku", now=NOW, threads=threads))
    # Rules that can't be: what is left is the mining.
    mined, mining = timed(lambda: baskets.rules(
        SUPPORT, min_confidence=1, min_lift=1e9, max_items=ITEMS_MAX, threads=threads))
    made, both = timed(lambda: baskets.rules(
        SUPPORT, min_confidence=0.5, max_items=ITEMS_MAX, limit=1000, threads=threads))
    assert mined["itemset_count"] == made["itemset_count"]
    return {"reading": reading, "mining": mining, "rules": both, "all": reading + both}, made


def measure_peer(python, path):
    peer = os.path.join(os.path.dirname(os.path.abspath(__file__)), "mlxtend_peer.py")
    done = subprocess.run([python, peer, path, "--support", str(SUPPORT)], stdout=subprocess.PIPE, check=False)
    return json.loads(done.stdout) if done.returncode == 0 else None


def find_peer(arguments):
    """The Python that has mlxtend; or None, and why."""
    if arguments.no_peer:
        return None, "left out, as --no-peer says"
    if arguments.mlxtend is None:
        return None, "MISSING: --mlxtend says no folder for it"
    python, reason = peer_venv.prepare("mlxtend", arguments.mlxtend)
    return python, reason and f"MISSING: it can't be installed into {arguments.mlxtend}: {reason}"


def median(runs, name):
    return statistics.median(run[name] for run in runs)


def of_target(arguments, met):
    """Targets are for so many baskets."""
    return ("yes" if met else "no") if arguments.count == TARGET_COUNT else "-"


def rows_of(arguments, one, all_cores, peer):
    mining = median(one, "mining")
    theirs = median(peer, "seconds") if peer else None
    faster = theirs / mining if peer else None
    target = f">= {FASTER_AT_LEAST}x; aim {SECONDS_AIM} s"
    met = of_target(arguments, mining <= SECONDS_AIM and (not peer or faster >= FASTER_AT_LEAST))
    return [
        (f"itemsets of {arguments.count:,} baskets at {SUPPORT}, one core", f"{mining:.3f} s",
         f"{peer[0]['peer']} {theirs:.2f} s" if peer else "-", f"{faster:.0f}x" if peer else "-", target, met),
        ("the same, all cores", f"{median(all_cores, 'mining'):.3f} s", "-", "-", "-", "-"),
        ("with their rules of confidence .5, all cores", f"{median(all_cores, 'rules'):.3f} s", "-", "-", "-", "-"),
        ("the whole way: store, baskets, itemsets, rules", f"{median(all_cores, 'all'):.3f} s", "-", "-", "-", "-"),
    ]


def measure_all(arguments, folder):
    python, reason = find_peer(arguments)
    options = generate_baskets.parse(["--count", str(arguments.count), "--seed", str(arguments.seed)])
    baskets = [[str(item) for item in basket] for basket in generate_baskets.make_baskets(options)]
    path = os.path.join(folder, "baskets.dat")
    with open(path, "w", encoding="ascii") as file:
        file.writelines(" ".join(basket) + "\n" for basket in baskets)
    one, all_cores, peer, made = [], [], [], None
    with kith.open(os.path.join(folder, "shop.kith"), create=True) as store:
        fill(store, baskets)
        for _ in range(arguments.rounds):
            steps, made = measure_kith(store, 1)
            one.append(steps)
            all_cores.append(measure_kith(store, 0)[0])
            theirs = measure_peer(python, path) if python else None
            if python and theirs is None:
                python, reason, peer = None, "MISSING: it failed, as told above", []
            if theirs:
                peer.append(theirs)
    if any(each["itemsets"] != made["itemset_count"] for each in peer):
        sys.exit(f"benchmark failed: kith finds {made['itemset_count']:,} itemsets, the peer "
                 f"{[each['itemsets'] for each in peer]}")
    told = f"both found {made['itemset_count']:,} itemsets" if peer else f"{made['itemset_count']:,} itemsets"
    remarks = [f"T10I4: {sum(map(len, baskets)):,} items in the baskets; {told}; {made['rule_count']:,} rules."]
    if not peer:
        remarks.append(f"mlxtend is {reason}; there is no peer in this table.")
        print(f"\nrules: {remarks[-1]}\n", file=sys.stderr)
    bench_table.print_table(
        f"rules: {arguments.count:,} generated baskets, median of {arguments.rounds} rounds (seed {arguments.seed})",
        rows_of(arguments, one, all_cores, peer), remarks)


def main():
    arguments = read_arguments()
    if arguments.count < 1000 or arguments.rounds < 1:
        sys.exit("benchmark failed: --count must be at least 1,000 and --rounds at least 1")
    with tempfile.TemporaryDirectory(prefix="kith-bench-", dir=arguments.dir) as folder:
        measure_all(arguments, folder)


if __name__ == "__main__":
    main()
