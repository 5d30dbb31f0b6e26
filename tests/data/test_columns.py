"""How well scored links find persons by few columns: what a till, a list of guests or an old ledger has.

The persons are generated, the truth with them; each case keeps some columns of the same rows. The figures reached are
printed; the limits are the promises made. KITH_GENERATE_PERSONS is the path of the generator, KITH_COMMAND that of the
command.
"""

import csv
import json
import os
import random
import subprocess

import pytest

KITH = os.environ.get("KITH_COMMAND", "kith")
GENERATE = os.environ.get("KITH_GENERATE_PERSONS", "generate_persons")
COUNT, SEED = 20000, 11

NAME = ["given_name", "family_name"]
PLACE = ["address_line", "city", "postcode"]
# columns (None: all), how many of those with several records keep a second one (1: all keep all), least F1
CASES = {
    "name and birth date": ([*NAME, "birth_date"], 1, 0.87),
    "name and address": ([*NAME, *PLACE], 1, 0.58),
    "name and postcode": ([*NAME, "postcode"], 1, 0.55),
    "family name, birth date and postcode": (["family_name", "birth_date", "postcode"], 1, 0.68),
    "given name, birth date and postcode": (["given_name", "birth_date", "postcode"], 1, 0.80),
    "birth date and address": (["birth_date", *PLACE], 1, 0.60),
    "name and phone": ([*NAME, "phone"], 1, 0.75),
    "all, few are there twice": (None, 0.05, 0.86),
    "name and birth date, few are there twice": ([*NAME, "birth_date"], 0.05, 0.65),
}


def run(*command):
    done = subprocess.run([str(word) for word in command], capture_output=True, text=True, timeout=250)
    assert done.returncode == 0, (command, done.stdout, done.stderr)
    return done.stdout


@pytest.fixture(scope="module")
def persons(tmp_path_factory):
    path = tmp_path_factory.mktemp("persons") / "persons.csv"
    run(GENERATE, "--count", COUNT, "--seed", SEED, "--source", "people", "--out", path)
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def thin_out(rows, part):
    """All rows, or one of each person and of this part of those who have more a second one."""
    if part == 1:
        return rows
    entities = {}
    for row in rows:
        entities.setdefault(row["entity_id"], []).append(row)
    picked = random.Random(SEED)
    return [row for mine in entities.values()
            for row in picked.sample(mine, 2 if len(mine) > 1 and picked.random() < part else 1)]


def write(rows, columns, people, truth):
    wanted = columns or [c for c in rows[0] if c not in ("record_id", "entity_id", "source")]
    with people.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, ["record_id", *wanted], extrasaction="ignore")
        writer.writeheader()
        writer.writerows(rows)
    with truth.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["source", "key", "entity"])
        writer.writerows(["people", row["record_id"], row["entity_id"]] for row in rows)


@pytest.mark.parametrize("case", CASES)
def test_columns(persons, case, tmp_path, capsys):
    columns, part, least = CASES[case]
    store, people, truth = tmp_path / "people.kith", tmp_path / "people.csv", tmp_path / "truth.csv"
    write(thin_out(persons, part), columns, people, truth)
    run(KITH, "init", store)
    run(KITH, "import", store, people, "--source", "people", "--key", "record_id")
    resolved = json.loads(run(KITH, "resolve", store, "--json"))
    found = json.loads(run(KITH, "eval", store, "--truth", truth, "--json"))["pairwise"]
    with capsys.disabled():
        print(f"\n{case}: {resolved['records']:,} records, seed {SEED}; precision {found['precision']:.4f}, "
              f"recall {found['recall']:.4f}, F1 {found['f1']:.4f}")
    assert found["f1"] >= least
