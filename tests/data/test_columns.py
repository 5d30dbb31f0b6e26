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
    "name and birth date": ([*NAME, "birth_date"], 1, 0.84),
    "name and address": ([*NAME, *PLACE], 1, 0.58),
    "name and postcode": ([*NAME, "postcode"], 1, 0.55),
    "family name, birth date and postcode": (["family_name", "birth_date", "postcode"], 1, 0.68),
    "given name, birth date and postcode": (["given_name", "birth_date", "postcode"], 1, 0.80),
    "birth date and address": (["birth_date", *PLACE], 1, 0.60),
    "name and phone": ([*NAME, "phone"], 1, 0.66),
    "all, few are there twice": (None, 0.05, 0.86),
    "name and birth date, few are there twice": ([*NAME, "birth_date"], 0.05, 0.62),
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


def resolve(tmp_path, case, rows, columns, capsys):
    """Imports and links the rows; prints and returns the F1 that is reached."""
    store, people, truth = tmp_path / "people.kith", tmp_path / "people.csv", tmp_path / "truth.csv"
    write(rows, columns, people, truth)
    run(KITH, "init", store)
    run(KITH, "import", store, people, "--source", "people", "--key", "record_id")
    resolved = json.loads(run(KITH, "resolve", store, "--json"))
    found = json.loads(run(KITH, "eval", store, "--truth", truth, "--json"))["pairwise"]
    with capsys.disabled():
        print(f"\n{case}: {resolved['records']:,} records, seed {SEED}; precision {found['precision']:.4f}, "
              f"recall {found['recall']:.4f}, F1 {found['f1']:.4f}")
    return found["f1"]


@pytest.mark.parametrize("case", CASES)
def test_columns(persons, case, tmp_path, capsys):
    columns, part, least = CASES[case]
    assert resolve(tmp_path, case, thin_out(persons, part), columns, capsys) >= least


def found_company(row, founders, picked):
    """A company in the person's place: its name is that of some founder and a trade, its form in law what anybody
    writes for it."""
    named = random.Random(row["entity_id"])
    founder, trade = named.choice(founders), named.choice(["Foods", "Tools", "Bakery", "Logistics", "Motors", "& Sons"])
    slip = picked.random() < 0.1
    form = picked.choice(["", "Ltd", "Limited", "Ltd.", "Co.", "Inc"])
    return {**row, "company": f"{founder[1:] if slip else founder} {trade} {form}" if row["family_name"] else ""}


def test_companies_by_name_and_address(persons, tmp_path, capsys):
    picked = random.Random(SEED)
    founders = [row["family_name"] for row in persons if row["family_name"].isascii() and len(row["family_name"]) > 3]
    rows = [found_company(row, founders, picked) for row in persons]
    assert resolve(tmp_path, "companies, name and address", rows, ["company", *PLACE], capsys) >= 0.75


def sons(persons, picked):
    """Of every fourth person who lives somewhere a son of the same name, as often there as the father."""
    births = {}
    for row in persons:
        if int(row["entity_id"][1:]) % 4 or not row["birth_date"] or not row["address_line"]:
            continue
        birth = births.setdefault(row["entity_id"], f"{picked.randrange(1985, 2005)}-{picked.randrange(1, 13):02}-"
                                                    f"{picked.randrange(1, 29):02}")
        yield {**row, "record_id": row["record_id"] + "-son", "entity_id": row["entity_id"] + "-son",
               "birth_date": birth}


def test_father_and_son_of_one_name(persons, tmp_path, capsys):
    rows = [*persons, *sons(persons, random.Random(SEED))]
    assert resolve(tmp_path, "father and son of one name", rows, [*NAME, "birth_date", *PLACE], capsys) >= 0.83


def with_siblings(persons, picked):
    """All with two surnames, and of every third who lives somewhere a sister or a brother at the same telephone."""
    families = sorted({row["family_name"] for row in persons if row["family_name"].isascii() and row["family_name"]})
    given = sorted({row["given_name"] for row in persons if row["given_name"].isascii() and len(row["given_name"]) > 3})
    siblings = {}
    for row in persons:
        second = random.Random(row["entity_id"]).choice(families)
        row = {**row, "family_name": f"{row['family_name']} {second}" if row["family_name"] else ""}
        yield row
        if int(row["entity_id"][1:]) % 3 or not row["family_name"] or not row["address_line"]:
            continue
        name, birth = siblings.setdefault(row["entity_id"], (picked.choice(given), picked.randrange(1960, 2005)))
        yield {**row, "record_id": row["record_id"] + "-sib", "entity_id": row["entity_id"] + "-sib",
               "given_name": name, "birth_date": f"{birth}-{birth % 12 + 1:02}-{birth % 28 + 1:02}"}


def test_siblings_of_two_surnames(persons, tmp_path, capsys):
    rows = list(with_siblings(persons, random.Random(SEED)))
    columns = [*NAME, "birth_date", *PLACE, "phone"]
    assert resolve(tmp_path, "siblings of two surnames", rows, columns, capsys) >= 0.93
