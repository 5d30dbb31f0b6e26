"""What the tests of the Python binding share: a new store for each, and a fixed now."""

from datetime import datetime, timezone

import kith
import pytest

NOW = datetime(2024, 6, 1, tzinfo=timezone.utc)


@pytest.fixture
def now():
    return NOW


@pytest.fixture
def path(tmp_path):
    return tmp_path / "shop.kith"


@pytest.fixture
def store(path):
    with kith.open(path, create=True) as opened:
        yield opened


@pytest.fixture
def shop(store):
    """A store in which two systems know Ann, and Bob stands alone."""
    with store.write() as txn:
        txn.put("crm", "1", {"given_name": "Ann", "email": "ann@mail.example", "phone": "+442079460958"}, "2024-01-15")
        txn.put("web", "77", {"given_name": "Anne", "email": "Ann@Mail.Example", "city": "Leeds"}, "2024-03-02")
        txn.put("crm", "2", {"given_name": "Bob", "email": "bob@mail.example"}, "2024-02-01")
        txn.event("web", "77", "order", "2024-03-03T10:00:00Z", {"total": 19.5, "items": 2}, message_id="o-1")
        txn.event("web", "77", "order", "2024-04-03T10:00:00Z", {"total": 30.25, "items": 1}, message_id="o-2")
        txn.event("crm", "1", "call", "2024-02-03T10:00:00Z")
    return store


GIVEN = ["Alice", "Benjamin", "Charlotte", "Daniel", "Eleanor", "Frank", "Gabriel", "Hannah", "Isaac", "Julia"]
FAMILY = ["Abbott", "Barnes", "Carter", "Dawson", "Ellis", "Foster", "Graham", "Howard", "Ingram", "Jennings"]
PEOPLE_COUNT = 150  # every third of them has a second record, with a slip


def person(number):
    """What is said of a made-up person: a function of the number."""
    spread = number * 7919
    return {
        "given_name": GIVEN[spread % 10],
        "family_name": FAMILY[spread // 10 % 10],
        "birth_date": f"{1940 + spread % 61}-{1 + spread % 12:02}-{1 + spread % 27:02}",
        "address_line": f"{1 + spread % 89} {FAMILY[spread // 7 % 10]} Street",
        "city": ["Leeds", "York", "Hull"][spread % 3],
    }


def slip(said):
    said["family_name"] = said["family_name"][:2] + "x" + said["family_name"][3:]
    return said


@pytest.fixture
def people(store):
    """A small town in which nobody has an identifier."""
    with store.write() as txn:
        for number in range(PEOPLE_COUNT):
            txn.put("crm", str(number), person(number), "2024-01-01")
            if number % 3 == 0:
                txn.put("shop", str(number), slip(person(number)), "2024-02-01")
    return store


@pytest.fixture
def resolved(people, now):
    """The same, when kith has learnt who is like whom."""
    people.resolve(now)
    return people


@pytest.fixture
def truth(tmp_path):
    """Who is who in that town."""
    path = tmp_path / "truth.csv"
    rows = [f"crm,{number},p{number}\n" for number in range(PEOPLE_COUNT)]
    rows += [f"shop,{number},p{number}\n" for number in range(0, PEOPLE_COUNT, 3)]
    path.write_text("source,key,entity\n" + "".join(rows))
    return path
