"""How well scored links find the persons of published data sets: no shared key is needed, no label is used.

One set of defaults, no mapping; the truth is compared with afterwards. The figures reached are printed; the limits are
the promises made. The sets are found in KITH_DATA (default: ../shared/data beside the project); examples/data has the
truth set.
"""

import csv
import itertools
import json
import os
import random
import subprocess
from pathlib import Path

import pytest

KITH = os.environ.get("KITH_COMMAND", "kith")
ROOT = Path(__file__).resolve().parents[2]
IDENTITY = Path(os.environ.get("KITH_DATA", ROOT.parent / "shared/data")) / "identity"
TRUTHSET = ROOT / "examples/data"
SOURCES = ["CUSTOMERS", "REFERENCE", "WATCHLIST"]
NOW = "2024-06-01"


def kith(*arguments):
    done = subprocess.run([KITH, *map(str, arguments)], capture_output=True, text=True, timeout=250)
    assert done.returncode == 0, (arguments, done.stdout, done.stderr)
    return done.stdout


def answer(*arguments):
    return json.loads(kith(*arguments, "--json"))


def entity_of_febrl(row):
    return row["rec_id"].split("-")[1]


def entity_of_cluster(row):
    return row["cluster"]


# file, key column, entity of a row, columns that hold the truth, least F1
SETS = {
    "febrl1": ("febrl/dataset1.csv", "rec_id", entity_of_febrl, [], 0.99),
    "febrl3": ("febrl/dataset3.csv", "rec_id", entity_of_febrl, [], 0.99),
    "fake_1000": ("splink_fake1000/fake_1000.csv", "unique_id", entity_of_cluster, ["cluster"], 0.90),
    "historical_50k": ("splink_historical_50k/historical_50k.csv", "unique_id", entity_of_cluster, ["cluster"], 0.85),
}


def write_truth(path, source, table, key, entity_of):
    with table.open(newline="", encoding="utf-8") as file, path.open("w", newline="", encoding="utf-8") as out:
        writer = csv.writer(out)
        writer.writerow(["source", "key", "entity"])
        for row in csv.DictReader(file, skipinitialspace=True):
            writer.writerow([source, row[key], entity_of(row)])


def show(capsys, name, found, resolved):
    pairwise = found["pairwise"]
    with capsys.disabled():
        print(f"\n{name}: {resolved['records']:,} records, {resolved['compared']:,} pairs compared; precision "
              f"{pairwise['precision']:.4f}, recall {pairwise['recall']:.4f}, F1 {pairwise['f1']:.4f}")


@pytest.mark.parametrize("name", SETS)
def test_published_sets(name, tmp_path, capsys):
    file, key, entity_of, truth_columns, least = SETS[name]
    table = IDENTITY / file
    if not table.exists():
        pytest.skip(f"{table} isn't there: set KITH_DATA to the folder of the data sets")
    store = tmp_path / "people.kith"
    write_truth(tmp_path / "truth.csv", name, table, key, entity_of)
    kith("init", store)
    without_truth = ["--map", ",".join(f"{column}=" for column in truth_columns)] if truth_columns else []
    kith("import", store, table, "--source", name, "--key", key, *without_truth)
    resolved = answer("resolve", store)
    found = answer("eval", store, "--truth", tmp_path / "truth.csv")
    show(capsys, name, found, resolved)
    assert found["pairwise"]["f1"] >= least
    kith("verify", store)


def thin_out(table, out, entity_of, part, seed):
    """Keeps one record of each entity, and of this part of those that have more a second one."""
    entities = {}
    with table.open(newline="", encoding="utf-8") as file:
        for row in csv.DictReader(file, skipinitialspace=True):
            entities.setdefault(entity_of(row), []).append(row)
    picked = random.Random(seed)
    with out.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, next(iter(entities.values()))[0].keys())
        writer.writeheader()
        for rows in entities.values():
            wanted = 2 if len(rows) > 1 and picked.random() < part else 1
            writer.writerows(picked.sample(rows, wanted))


@pytest.mark.parametrize("part, least", [(0.2, 0.75), (0.05, 0.65)])
def test_few_duplicates(part, least, tmp_path, capsys):
    """Where hardly anybody is there twice, neighbours of one birthplace aren't taken for one person."""
    file, key, entity_of, truth_columns, _ = SETS["historical_50k"]
    table = IDENTITY / file
    if not table.exists():
        pytest.skip(f"{table} isn't there: set KITH_DATA to the folder of the data sets")
    seed = 20240229
    store, few = tmp_path / "people.kith", tmp_path / "few.csv"
    thin_out(table, few, entity_of, part, seed)
    write_truth(tmp_path / "truth.csv", "people", few, key, entity_of)
    kith("init", store)
    kith("import", store, few, "--source", "people", "--key", key, "--map",
         ",".join(f"{column}=" for column in truth_columns))
    resolved = answer("resolve", store)
    found = answer("eval", store, "--truth", tmp_path / "truth.csv")
    show(capsys, f"historical_50k, one in {1 / part:.0f} twice (seed {seed})", found, resolved)
    assert found["pairwise"]["f1"] >= least


def truthset(store, sources):
    kith("init", store)
    for source in sources:
        kith("import", store, TRUTHSET / f"{source.lower()}.csv", "--source", source, "--now", NOW)
    return answer("resolve", store, "--now", NOW)


def clusters(store):
    members = {}
    for row in csv.DictReader(kith("export", store, "clusters").splitlines()):
        members.setdefault(row["profile_id"], set()).add((row["source"], row["key"]))
    return {frozenset(records): profile_id for profile_id, records in members.items()}


def test_truthset(tmp_path, capsys):
    """Father and son, twins, two of one name in one house: nobody is taken for another."""
    store = tmp_path / "shop.kith"
    resolved = truthset(store, SOURCES)
    found = answer("eval", store, "--truth", TRUTHSET / "truth.csv")
    show(capsys, "truth set", found, resolved)
    assert found["pairwise"]["f1"] >= 0.95
    assert found["over_merges"] == []


@pytest.mark.parametrize("order", list(itertools.permutations(SOURCES))[1:], ids="-".join)
def test_order_does_not_matter(tmp_path, order):
    """What is learnt, too."""
    truthset(tmp_path / "a.kith", SOURCES)
    truthset(tmp_path / "b.kith", order)
    assert clusters(tmp_path / "a.kith") == clusters(tmp_path / "b.kith")


def test_one_by_one_is_all_at_once(tmp_path):
    """With a model in force, imports link what they bring as if all had been linked at once."""
    store = tmp_path / "shop.kith"
    truthset(store, SOURCES[:2])
    kith("import", store, TRUTHSET / "watchlist.csv", "--source", "WATCHLIST", "--now", NOW)
    one_by_one = clusters(store)
    kith("resolve", store, "--now", NOW)
    assert clusters(store) == one_by_one
    kith("verify", store, "--now", NOW)
