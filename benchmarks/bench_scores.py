#!/usr/bin/env python3
"""Scores: fits beside lifetimes and scikit-learn, what they say of all customers, and what it costs settle to keep them.

BG/NBD is fitted to CDNOW's customers (of the folder KITH_DATA; without it, of as many generated ones), up to 1997-09-30.
All else is asked of --count generated customers, whose orders are made as BG/NBD supposes; and of as many others with 20
numbers each, who have left or not. What is compared is the fit alone, on one core each, by the time that the processor
worked, so that others on the machine hardly matter; the whole call is told beside it.
The two have to agree: in the parameters of BG/NBD to four digits, in the area under the curve to three; and clusters must
not be worse than the peer's.

The peers are installed by pip into the folders --lifetimes and --sklearn, unless they are there. Where that can't be
done, or with --no-peer, kith is measured alone.
"""

import argparse
import array
import json
import math
import os
import random
import statistics
import subprocess
import sys
import tempfile
import time

import bench_table
import cdnow_orders
import generate_buyers
import kith
import peer_venv

HERE = os.path.dirname(os.path.abspath(__file__))
ONE_THREAD = {name: "1" for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")}
TARGET_COUNT = 1_000_000
BEGIN_US, DAYS, NOW = 1672531200000000, 730, "2024-12-31"
CUSTOMERS_A_COMMIT = 10_000

CDNOW_LAST_DAY, CDNOW_NOW = "1997-09-30", "1997-09-30T23:59:59Z"
CDNOW_MS_AT_MOST, CDNOW_FASTER = {"sample": 5, "master": 30}, 100
CDNOW_AS_OFTEN = 5  # as all else, as its fits take milliseconds
PARAMETERS_WITHIN = 1e-4  # of each
INERTIA_WITHIN = 1e-3
ALL_SECONDS = {"bg.purchases": 0.5, "pareto.alive": 2}

BG = {"kind": "repeat", "method": "bg/nbd", "event": "order"}
PARETO = {**BG, "method": "pareto/nbd"}
GROUPS = {"kind": "clusters", "clusters": 5, "of": "did(order)",
          "features": ["today - last(order.at)", "count(order)", "sum(order.total)"]}
UNITS = (86400000000, 1, 1)  # a model has days, a query microseconds
KEPT = {"rfm": {"kind": "rfm", "event": "order", "amount": "total"},
        "rhythm": {"kind": "lifecycle", "event": "order"},
        "rep": {**BG, "amount": "total"}}
NUMBERS, FOLDS = 20, 5
LEFT = {"kind": "chance", "target": "left = true", "features": [f"n{i}" for i in range(NUMBERS)]}


def read_arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--lifetimes", help="the folder that lifetimes is in, or is installed into")
    parser.add_argument("--sklearn", help="the folder that scikit-learn is in, or is installed into")
    parser.add_argument("--no-peer", action="store_true", help="kith alone")
    parser.add_argument("--count", type=int, default=TARGET_COUNT, help="generated customers (default: 1,000,000)")
    parser.add_argument("--seed", type=int, default=20240229)
    parser.add_argument("--rounds", type=int, default=3, help="how often each is asked (default: 3)")
    parser.add_argument("--dir", help="where files go, and are removed again (default: $TMPDIR, else /tmp)")
    return parser.parse_args()


def fail(text):
    sys.exit(f"benchmark failed: {text}")


def note(text):
    print(f"  {text}", file=sys.stderr, flush=True)


# Peers


class Peer:
    """A library in a Python of its own, if it is to be had."""

    def __init__(self, arguments, name):
        folder = getattr(arguments, name)
        self.script, self.python, self.missing = os.path.join(HERE, f"{name}_peer.py"), None, None
        if arguments.no_peer:
            self.missing = f"{name} is left out, as --no-peer says; it isn't in this table."
        elif folder is None:
            self.missing = f"{name} is MISSING: --{name} says no folder for it."
        else:
            self.python, reason = peer_venv.prepare(name, folder)
            self.missing = reason and f"{name} is MISSING: it can't be installed into {folder}: {reason}"

    def ask(self, *arguments):
        """What it tells, on one core; None: it isn't there."""
        if self.python is None:
            return None
        done = subprocess.run([self.python, self.script, *map(str, arguments)], stdout=subprocess.PIPE, check=False,
                              env={**os.environ, **ONE_THREAD})
        if done.returncode != 0:
            fail(f"{self.script} ended with {done.returncode}, as told above")
        return json.loads(done.stdout)


# Fits


class Fit:
    """A fit on one core that writes nothing, and how long the processor worked."""

    def __init__(self, store, score, now):
        self.read_at, self.told = None, []
        begun = time.process_time()
        self.fitted = store.fit_score(score, now, dry_run=True, threads=1, progress=self.hear)["fitted"]
        ended = time.process_time()
        self.all = ended - begun
        # Some kinds tell that their fit begins, of others it is all that comes after reading.
        self.alone = ended - (self.told[0][0] if self.told[0][1] == 0 else self.read_at)

    def hear(self, phase, done, _total, _rows):
        at = time.process_time()
        if phase == "fit":
            self.told.append((at, done))
        else:
            self.read_at = at

    def first_model(self):
        """Of a kind that tells of each model before and after it is fitted."""
        return self.told[1][0] - self.told[0][0]


def fit_often(store, name, definition, now, rounds):
    """The first, in which all warms up, isn't counted."""
    with store.write() as txn:
        txn.define_score(name, definition, now)
    return [Fit(store, name, now) for _ in range(rounds + 1)][1:]


def median_of(fits, what):
    return statistics.median(what(fit) for fit in fits)


# The table


def span(seconds):
    digits = 2 if seconds < 0.01 else 1 if seconds < 0.1 else 0
    return f"{seconds * 1e3:.{digits}f} ms" if seconds < 1 else f"{seconds:.2f} s"


def yes_or_no(arguments, *met):
    """Targets of so many customers; None: there is nothing to say of one."""
    told = ["-" if one is None or arguments.count != TARGET_COUNT else "yes" if one else "no" for one in met]
    return "; ".join(told)


def row(question, ours, theirs=None, name=None, target="-", met="-"):
    """Spans, in seconds."""
    return (question, span(ours), f"{name} {span(theirs)}" if theirs else "-", f"{theirs / ours:.1f}x" if theirs else "-",
            target, met)


# BG/NBD of CDNOW


def put_cdnow(store, orders):
    with store.write() as txn:
        for customer, day, dollars in orders:
            txn.event("cdnow", customer, "order", f"{day}T12:00:00Z", {"total": dollars})
    store.settle(CDNOW_NOW)


def check_parameters(ours, peer):
    for name, value in ours.items():
        if not math.isclose(value, peer["parameters"][name], rel_tol=PARAMETERS_WITHIN):
            fail(f"kith's parameters are {ours}, those of {peer['peer']} {peer['parameters']}")


def rows_of_cdnow(which, fits, peer):
    ours, customers, most = median_of(fits, Fit.first_model), fits[0].fitted["customers"], CDNOW_MS_AT_MOST[which]
    theirs = statistics.median(peer["seconds"]) if peer else None
    met = "yes" if ours * 1e3 <= most else "no"
    if peer:
        met += "; yes" if theirs / ours >= CDNOW_FASTER else "; no"
    whole = median_of(fits, lambda fit: fit.all)
    return [
        row(f"BG/NBD fit, {customers:,} customers", ours, theirs, peer and peer["peer"],
            f"<= {most} ms; >= {CDNOW_FASTER}x", met),
        row("the whole call: reading, this fit, that of half the time and how it foretold", whole),
    ]


def measure_cdnow(which, arguments, folder, peer):
    data = os.environ.get("KITH_DATA") or os.path.join(HERE, "..", "..", "shared", "data")
    orders, real = cdnow_orders.orders_of(which, data, arguments.seed)
    path = os.path.join(folder, "orders.csv")
    with open(path, "w", encoding="ascii") as file:
        file.writelines(f"{customer},{day}\n" for customer, day, _ in orders)
    with kith.open(os.path.join(folder, f"{which}.kith"), create=True) as store:
        put_cdnow(store, orders)
        fits = fit_often(store, "bg", BG, CDNOW_NOW, arguments.rounds * CDNOW_AS_OFTEN)
    theirs = peer.ask(path, "--until", CDNOW_LAST_DAY, "--rounds", arguments.rounds * CDNOW_AS_OFTEN)
    if theirs:
        check_parameters(fits[0].fitted["parameters"], theirs)
    told = ", ".join(f"{name} {value:.4g}" for name, value in fits[0].fitted["parameters"].items())
    whose = f"CDNOW's {which}" if real else f"as many customers as CDNOW's {which} has, generated: its files aren't there"
    remark = f"BG/NBD of {whose}: {told}{'; the same of both' if theirs else ''}."
    return rows_of_cdnow(which, fits, theirs), remark


# A shop


def fill_shop(store, arguments):
    """How many orders there are."""
    customers, orders = generate_buyers.make_customers(arguments.seed, arguments.count, DAYS), 0
    for first in range(0, arguments.count, CUSTOMERS_A_COMMIT):
        with store.write() as txn:
            for customer in range(first, min(first + CUSTOMERS_A_COMMIT, arguments.count)):
                for at, total in next(customers):
                    txn.event("shop", str(customer), "order", BEGIN_US + at, {"total": total})
                    orders += 1
    return orders


def processor_seconds(work):
    begun = time.process_time()
    made = work()
    return made, time.process_time() - begun


def count_often(store, condition, rounds):
    """How many customers it holds of; medians of seconds by processors, and by the clock."""
    used, passed = [], []
    with store.read() as txn:
        for _ in range(rounds):
            begun = time.perf_counter()
            found, seconds = processor_seconds(lambda: txn.count(condition, NOW))
            passed.append(time.perf_counter() - begun)
            used.append(seconds)
    return found, statistics.median(used), statistics.median(passed)


def measure_asking(store, arguments):
    """A definition that is new is in no row yet, so every customer is asked."""
    rows = []
    for name, definition, words in (("bg", BG, "BG/NBD"), ("pareto", PARETO, "Pareto/NBD")):
        fits = fit_often(store, name, definition, NOW, arguments.rounds)
        rows.append(row(f"{words} fit, {arguments.count:,} customers", median_of(fits, Fit.first_model)))
        store.fit_score(name, NOW)
    asked = {"bg.purchases": "BG/NBD expectation for a year", "pareto.alive": "Pareto/NBD P(alive)"}
    plain = count_often(store, "count(order) > 1", arguments.rounds)[1]
    for score, words in asked.items():
        _, used, _ = count_often(store, f"score('{score}') > 0.5", arguments.rounds)
        ours, most = used - plain, ALL_SECONDS[score]
        rows.append(row(f"{words}, {arguments.count:,} customers: beyond a query of their count of orders", ours,
                        target=f"<= {most} s", met=yes_or_no(arguments, ours <= most)))
        rows.append(row("the whole query", used))
    return rows


# Clusters


def write_points(store, fitted, path):
    """The features as both are given them: what kith reads, scaled as it says."""
    points, scales = array.array("d"), list(zip(UNITS, fitted["means"], fitted["deviations"]))
    with store.read() as txn:
        for customer in txn.query(GROUPS["of"], GROUPS["features"], now=NOW):
            points.extend((float(value) / unit - mean) / deviation
                          for value, (unit, mean, deviation) in zip(customer["values"], scales))
    with open(path, "wb") as file:
        points.tofile(file)


def measure_clusters(store, arguments, folder, peer):
    fits = fit_often(store, "groups", GROUPS, NOW, arguments.rounds)
    path, ours = os.path.join(folder, "points"), median_of(fits, lambda fit: fit.alone)
    theirs, fitted = None, fits[0].fitted
    if peer.python:
        write_points(store, fitted, path)
        theirs = peer.ask("kmeans", path, "--columns", len(GROUPS["features"]), "--clusters", GROUPS["clusters"])
    if theirs and fitted["inertia"] > theirs["inertia"] * (1 + INERTIA_WITHIN):
        fail(f"kith's inertia is {fitted['inertia']}, that of {theirs['peer']} {theirs['inertia']}")
    rows = [
        row(f"k-means: {fitted['customers']:,} x {len(GROUPS['features'])}, k = {GROUPS['clusters']}", ours,
            theirs and theirs["seconds"], theirs and theirs["peer"], "not slower",
            yes_or_no(arguments, ours <= theirs["seconds"] if theirs else None)),
        row("the whole call: reading, too", median_of(fits, lambda fit: fit.all)),
    ]
    return rows, f"Inertia: {fitted['inertia']:,.1f}" + (f"; the peer's {theirs['inertia']:,.1f}." if theirs else ".")


# Settling


def fit_kept(store):
    """Each definition with what it learnt."""
    made = {}
    for name, definition in KEPT.items():
        with store.write() as txn:
            txn.define_score(name, definition, NOW)
        store.fit_score(name, NOW)
        with store.read() as txn:
            made[name] = txn.score_definition(name)["definition"]
    return made


def measure_settle(store, arguments):
    done, seconds = processor_seconds(lambda: store.settle(NOW))
    if done["settled_count"] != arguments.count:
        fail(f"of {arguments.count} customers {done['settled_count']} were settled")
    return arguments.count / seconds


def rows_of_settling(store, arguments, plain, definitions):
    """Of a copy in which nothing is settled yet."""
    with store.write() as txn:
        for name, definition in definitions.items():
            txn.define_score(name, definition, NOW)
    kept = measure_settle(store, arguments)
    found, _, passed = count_often(store, "score('rep.alive') > 0.5", arguments.rounds)
    return [
        (f"settle of {arguments.count:,} customers without scores, a core", f"{plain:,.0f}/s", "-", "-", "-", "-"),
        ("the same with RFM, lifecycle, and BG/NBD with spending", f"{kept:,.0f}/s", "-", "-", "-", "-"),
        row(f"then, by the clock: how many have P(alive) > .5 ({found:,})", passed),
    ]


def measure_shop(arguments, folder, peer):
    path, copy = os.path.join(folder, "shop.kith"), os.path.join(folder, "copy.kith")
    with kith.open(path, create=True) as store:
        note(f"{arguments.count:,} customers: orders")
        orders = fill_shop(store, arguments)
        store.backup(copy)
        plain = measure_settle(store, arguments)
        note("scores of all")
        rows = measure_asking(store, arguments)
        note("clusters")
        of_clusters, remark = measure_clusters(store, arguments, folder, peer)
        definitions = fit_kept(store)
    os.remove(path)
    note("settling")
    with kith.open(copy) as store:
        rows += of_clusters + rows_of_settling(store, arguments, plain, definitions)
    os.remove(copy)
    return rows, [f"The customers of the shop have {orders:,} orders. {remark}"]


# Chances


def make_leavers(seed, count):
    """(numbers, whether one left) of each: some numbers tell much, some little, the last four nothing."""
    draw = random.Random(seed)
    weights = [0.9 / (i + 1) * (-1) ** i if i < NUMBERS - 4 else 0 for i in range(NUMBERS)]
    for _ in range(count):
        numbers = [round(draw.gauss(0, 1), 3) for _ in range(NUMBERS)]
        sum_of = -1.5 + sum(weight * number for weight, number in zip(weights, numbers))
        yield numbers, draw.random() < 1 / (1 + math.exp(-sum_of))


def fill_leavers(store, arguments, folder):
    """Puts them into the store, and into two files for the peer."""
    customers = make_leavers(arguments.seed, arguments.count)
    names = LEFT["features"]
    with open(os.path.join(folder, "matrix"), "wb") as matrix, open(os.path.join(folder, "happened"), "wb") as happened:
        for first in range(0, arguments.count, CUSTOMERS_A_COMMIT):
            with store.write() as txn:
                for customer in range(first, min(first + CUSTOMERS_A_COMMIT, arguments.count)):
                    numbers, left = next(customers)
                    txn.put("crm", str(customer), {**dict(zip(names, numbers)), "left": left}, BEGIN_US)
                    array.array("d", numbers).tofile(matrix)
                    happened.write(bytes([left]))
    store.settle(NOW)


def measure_chances(arguments, folder, peer):
    path = os.path.join(folder, "leavers.kith")
    with kith.open(path, create=True) as store:
        note(f"{arguments.count:,} customers with {NUMBERS} numbers")
        fill_leavers(store, arguments, folder)
        note("chances")
        fits = fit_often(store, "left", LEFT, NOW, arguments.rounds)
    os.remove(path)
    theirs = peer.ask("logistic", os.path.join(folder, "matrix"), "--columns", NUMBERS, "--folds", FOLDS,
                      "--happened", os.path.join(folder, "happened"))
    area = fits[0].fitted["calibration"]["auc"]
    # Folds are drawn by each for itself.
    if theirs and abs(area - theirs["auc"]) > 1 / math.sqrt(arguments.count):
        fail(f"kith's area under the curve is {area}, that of {theirs['peer']} {theirs['auc']}")
    rows = [
        row(f"logistic regression: {arguments.count:,} x {NUMBERS}, and {FOLDS} folds",
            median_of(fits, lambda fit: fit.alone), theirs and theirs["seconds"], theirs and theirs["peer"]),
        row("the whole call: reading, too", median_of(fits, lambda fit: fit.all)),
    ]
    return rows, [f"Area under the curve: {area:.4f}" + (f"; the peer's {theirs['auc']:.4f}." if theirs else ".")]


# All


def measure_all(arguments, folder):
    lifetimes, sklearn = Peer(arguments, "lifetimes"), Peer(arguments, "sklearn")
    rows, remarks = [], []
    for which in cdnow_orders.FILES:
        made, remark = measure_cdnow(which, arguments, folder, lifetimes)
        rows += made
        remarks.append(remark)
    for made, told in (measure_shop(arguments, folder, sklearn), measure_chances(arguments, folder, sklearn)):
        rows += made
        remarks += told
    missing = [peer.missing for peer in (lifetimes, sklearn) if peer.missing]
    for text in missing:
        print(f"\nscores: {text}\n", file=sys.stderr)
    bench_table.print_table(
        f"scores: fits on one core, by processor time, median of {arguments.rounds} rounds, "
        f"of CDNOW's of {CDNOW_AS_OFTEN} times as many (seed {arguments.seed})", rows,
        remarks + missing)


def main():
    arguments = read_arguments()
    if arguments.count < 1000 or arguments.rounds < 1:
        fail("--count must be at least 1,000 and --rounds at least 1")
    with tempfile.TemporaryDirectory(prefix="kith-bench-", dir=arguments.dir) as folder:
        measure_all(arguments, folder)


if __name__ == "__main__":
    main()
